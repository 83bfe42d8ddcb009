"""What each table of a corpus holds: columns with their types and meaning, as plain data; the normative dictionary."""

from corpus.columns import COUNT_NOTE, DOCUMENT, FOUND_BY, ID, WIDE, Column, Table, count_columns

__all__ = ["SCHEMA_VERSION", "TABLES", "Column", "Table", "annotations_table"]

SCHEMA_VERSION = "1.0.0"


def annotations_table(name: str, what: str, columns: tuple[Column, ...] = ()) -> Table:
    """The side table of the annotator ``name``; ``columns``: its own, after those that all annotators have."""
    return Table(
        name,
        what,
        (
            Column("document_id", "string", "`documents.id`"),
            Column("annotator", "string", "Name of the annotator"),
            Column("version", "string", "Its version, with the digest of the codebook or lexicon it used"),
            Column("start", "int32", "First code point of the span; null: the whole document"),
            Column("end", "int32", "Code point after the span; null: the whole document"),
            Column("label", "string", "The label; none, abstain and not_applicable are labels of their own"),
            Column(
                "score", "float64", "As the annotator's card says; of a span it may exceed 1; null where there is none"
            ),
            *columns,
        ),
        ("document_id", "annotator", "version", "start", "end", "label"),
    )


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "sources",
            "Outlets and platforms, with dated and sourced classifications",
            (
                Column("id", "string", "Name of the source's file"),
                Column("name", "string", "Name as it calls itself"),
                Column("kind", "string", "news, platform or archive"),
                Column("owner", "string", "state, public, private, party or movement"),
                Column("owner_as_of", "string", "Day on which that was so"),
                Column("owner_source", "string", "Where it is said"),
                Column("base_country", "string", "ISO 3166 code of the country it works from"),
                Column("languages", "list<string>", "BCP 47"),
                Column("homepage", "string", "Address"),
            ),
            ("id",),
        ),
        Table(
            "captures",
            "Everything archived, documents or not: the denominator",
            (
                Column("id", "string", f"{ID} of address, payload digest and fetch time"),
                Column("source_id", "string", "`sources.id`"),
                Column("url", "string", "Address asked for", "text"),
                Column(
                    "original_url",
                    "string",
                    "The page's own address where a web archive gave it; null elsewhere",
                    "text",
                ),
                Column("fetched_at", "timestamp", "When it was fetched, or collected by whoever made the capture"),
                Column("collected_at", "timestamp", "When the web archive had captured it; null elsewhere"),
                Column("status", "int32", "HTTP status; 200 for an import"),
                Column("media_type", "string", "As declared"),
                Column("how", "string", "http, rendered or import"),
                Column("format", "string", "page, feed, robots, text, zeeschuimer ..."),
                Column("payload_digest", "string", "SHA-256 of the payload as sent"),
                Column("found_by", "string", FOUND_BY),
                Column("permission", "string", "By which decision it was allowed"),
                Column("permission_rule", "string", "Line of robots.txt that decided"),
                Column("problems", "list<string>", "What was wrong with its bytes"),
                Column("outcome", "string", "documents or rejected"),
                Column("documents", "int32", "Documents read from it, further captures of one document included"),
                Column("warc_path", "string", "File of the archive"),
                Column("warc_offset", "int64", "Byte offset in that file"),
            ),
            ("id", "warc_path", "warc_offset"),
        ),
        Table("documents", "One row a text: articles, posts, comments", DOCUMENT, ("id",), ("language", "day_utc")),
        Table(
            "copies",
            "Clusters of equal or nearly equal texts; nothing is removed for being a copy",
            (
                Column("document_id", "string", "`documents.id`"),
                Column("cluster_id", "string", "`clusters.id`"),
                Column(
                    "role",
                    "string",
                    "first (published earliest in this corpus), copy (equal to it) or edited (near to it)",
                ),
                Column(
                    "distance", "float64", "Edit distance to the first over the folded texts as a share, 0 (equal) to 1"
                ),
            ),
            ("document_id",),
        ),
        Table(
            "clusters",
            "Texts used again: two or more documents whose texts are equal or nearly so, across sources and scripts",
            (
                Column("id", "string", f"{ID} of the cluster"),
                Column("documents", "int32", "Documents in it"),
                Column("equal", "int32", "Of these, further documents equal to the first"),
                Column("edited", "int32", "Of these, documents near to the first and not equal to it"),
                Column("sources", "int32", "Different sources"),
                Column("languages", "list<string>", "Languages of its documents"),
                Column("first_document_id", "string", "`documents.id` of the earliest published in this corpus"),
                Column("first_published_at", "timestamp", "Earliest publication; null where none is dated"),
                Column("last_published_at", "timestamp", "Latest publication; null where none is dated"),
            ),
            ("id",),
        ),
        Table(
            "sightings",
            "How each document was found, as often as it was",
            (
                Column("document_id", "string", "`documents.id`"),
                Column("capture_id", "string", "`captures.id`"),
                Column("found_by", "string", FOUND_BY),
                Column("value", "string", "The query, tag, feed, linking page, file or web archive"),
                Column("rank", "int32", "Position in that list, from 1"),
                Column("sort_order", "string", "How the list was sorted"),
                Column("collected_at", "timestamp", "When"),
            ),
            ("document_id", "capture_id", "found_by", "value", "rank"),
        ),
        Table(
            "observations",
            "Counts and state of a document at one moment",
            (
                Column("document_id", "string", "`documents.id`"),
                Column("capture_id", "string", "`captures.id`"),
                Column("observed_at", "timestamp", "When"),
                *count_columns("likes", "Likes"),
                *count_columns("collects", "Times saved"),
                *count_columns("comments", "Comments declared by the platform"),
                *count_columns("shares", "Shares"),
                Column("state", "string", "live, edited, gone, blocked, private or unknown"),
                Column("evidence", "string", "Why that state"),
            ),
            ("document_id", "capture_id", "observed_at"),
        ),
        Table(
            "media",
            "Pictures, films and sounds beside a document's text; neither addresses nor files",
            (
                Column("document_id", "string", "`documents.id`"),
                Column("position", "int32", "From 0, in the order shown"),
                Column("kind", "string", "image, video or audio"),
                Column("alt", "string", "The description that its author or publisher wrote", "text"),
                Column("width", "int32", "Pixels, as declared"),
                Column("height", "int32", "Pixels, as declared"),
            ),
            ("document_id", "position"),
        ),
        Table(
            "removed_lines",
            "Lines that a rule took off the text of an article: put at their places they give back what was extracted",
            (
                Column("document_id", "string", "`documents.id`"),
                Column("position", "int32", "Number of the line, from 0, among all lines of the text as extracted"),
                Column(
                    "rule",
                    "string",
                    "title (says the title again), head (date, source, author above), noise (controls, advertisements), "
                    "tail (editors, rights, related pages below) or comments (by readers, below)",
                ),
                Column(
                    "line", "string", "The line, masked; null for comments by readers, which are only counted", "text"
                ),
            ),
            ("document_id", "position"),
        ),
        Table(
            "repeated_lines",
            "Lines that stand in three or more different articles of one host, copies counted once: what it prints on many "
            "pages. They stay in the texts; who counts words leaves out the tokens that begin within their `line_places`",
            (
                Column("id", "string", f"{ID} of host and line"),
                Column("host", "string", "Host of the articles; `sources.id` where they have no address"),
                Column("line", "string", "The line as it stands in the texts, masked as they are", "text"),
                Column("pages", "int32", "Articles of the host that hold it"),
                Column("texts", "int32", "Different texts among these: copies and near copies of one are one"),
                Column(
                    "of", "int32", "Articles of the host; a line on few of many may be a sentence that is quoted often"
                ),
            ),
            ("id",),
            ("host",),
        ),
        Table(
            "line_places",
            "Where the repeated lines stand in the texts of articles",
            (
                Column("document_id", "string", "`documents.id`"),
                Column("start", "int32", "First code point of the line in `documents.text`"),
                Column("end", "int32", "Code point after it"),
                Column("line_id", "string", "`repeated_lines.id`"),
            ),
            ("document_id", "start"),
        ),
        Table(
            "availability",
            "Whether each article and post was still to be had, check by check; between two checks nothing is known",
            (
                Column("document_id", "string", "`documents.id`"),
                Column("checked_at", "timestamp", "When it was looked at"),
                Column("capture_id", "string", "`captures.id`"),
                Column("state", "string", "live, edited, gone, blocked, private or unknown"),
                Column("evidence", "string", "Why that state"),
                Column("text_digest", "string", "Digest of the text as it was then; null where none was shown"),
                Column("diff", "string", "For edited: lines removed and added since the check before", "text"),
            ),
            ("document_id", "checked_at", "capture_id"),
        ),
        Table(
            "tombstones",
            "Documents found to be gone, without their text",
            (
                Column("document_id", "string", "`documents.id`"),
                Column("source_id", "string", "`sources.id`"),
                Column("kind", "string", "As in `documents`"),
                Column("state", "string", "gone"),
                Column("last_live_at", "timestamp", "The last check that found it; null where none did"),
                Column("gone_by", "timestamp", "The first check since then that did not"),
                Column("evidence", "string", "Why it is taken for gone"),
            ),
            ("document_id",),
        ),
        Table(
            "permissions",
            "What each host permitted, when, and by which line of its robots.txt; and when and why it was left alone",
            (
                Column("origin", "string", "Scheme, host and port"),
                Column("at", "timestamp", "When it was decided"),
                Column("decision", "string", "rules, allow, deny, refused, closed ..."),
                Column("reason", "string", "Why"),
                Column("robots_digest", "string", "SHA-256 of the robots.txt that was obeyed"),
                Column("rule", "string", "Its line that decided"),
            ),
            ("origin", "at", "decision", "reason", "rule"),
        ),
        Table(
            "flow",
            "How many items of each source came how far, and why others did not",
            (
                Column("source_id", "string", "`sources.id`"),
                Column(
                    "stage", "string", "discovered, skipped, refused, failed, gone, fetched, imported, read, kept ..."
                ),
                Column("reason", "string", "Why, for those that went no further"),
                Column("items", "int64", "Their number"),
            ),
            ("source_id", "stage", "reason"),
        ),
        Table(
            "tokens",
            "Segmented text, parallel lists; `views.sql` has the flat view",
            (
                Column("document_id", "string", "`documents.id`"),
                Column("tokens", "list<string>", "Slices of the text", "text"),
                Column("starts", "list<int32>", "Offset of each token in code points"),
                Column(
                    "kinds", "list<string>", "word, number, punctuation, emoji, platform_emoji, hashtag, mention ..."
                ),
                Column("sentence_starts", "list<int32>", "Offset of each sentence's first token"),
                Column("lemmas", "list<string>", "Base form where the segmenter gives one", "text"),
                Column("pos", "list<string>", "Part of speech where the segmenter gives one"),
                Column("pos_scheme", "string", "Tag set of `pos`"),
                Column("segmenter", "string", "Segmenters with versions and dictionary digest"),
            ),
            ("document_id",),
        ),
        Table(
            "rejections",
            "What became no document, and why",
            (
                Column("capture_id", "string", "`captures.id`"),
                Column("document_id", "string", "The document it would have been, where that is known"),
                Column("stage", "string", "archive, read, normalise ..."),
                Column("reason", "string", "One of a fixed vocabulary"),
                Column("detail", "string", "More, in words"),
            ),
            ("capture_id", "stage", "reason", "document_id", "detail"),
        ),
        Table(
            "columns",
            "The data dictionary",
            (
                Column("table", "string", "Table"),
                Column("column", "string", "Column"),
                Column("type", "string", "Type"),
                Column("description", "string", "Meaning"),
                Column("personal", "string", "none, pseudonym, text or place"),
                Column("position", "int32", "From 0"),
            ),
            ("table", "column"),
            ("table", "position"),
        ),
        Table(
            "documents_wide",
            "One row a document with what most questions need, for those who want one file",
            (
                *(column for column in DOCUMENT if column.name in WIDE),
                Column("source_name", "string", "Name of the source"),
                Column("source_owner", "string", "Class of its owner"),
                Column("platform", "string", "news, or the platform's id"),
                Column("likes", "int64", f"Likes when last observed; {COUNT_NOTE}"),
                Column("collects", "int64", f"Times saved when last observed; {COUNT_NOTE}"),
                Column("comments", "int64", f"Comments declared when last observed; {COUNT_NOTE}"),
                Column("shares", "int64", f"Shares when last observed; {COUNT_NOTE}"),
                Column("token_count", "int32", "Number of tokens"),
                Column(
                    "comments_captured",
                    "int32",
                    "Comments in this corpus: of a post's thread, or below a comment that answers no other; null elsewhere",
                ),
                Column("cluster_id", "string", "`clusters.id` where its text is found again; null elsewhere"),
                Column("cluster_size", "int32", "Documents in that cluster; null outside clusters"),
                Column("copy_role", "string", "`copies.role`; null outside clusters"),
                Column("is_copy", "bool", "Whether its cluster begins with another document"),
                Column("sentiment", "string", "Label of the newest sentiment version; null before annotating"),
                Column("sentiment_score", "float64", "Its score"),
                Column(
                    "themes", "list<string>", "Themes of the newest version; null before annotating, empty: none found"
                ),
            ),
            ("id",),
            ("language", "day_utc"),
        ),
    )
}
