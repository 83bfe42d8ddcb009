"""What a column and a table are, and the columns that several tables share."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """`type` is one of string, int32, int64, float64, bool, timestamp (microseconds, UTC), date, list<string>, list<int32>,
    list<struct<label,score>>. `personal`: none, pseudonym, text (may tell who wrote it) or place."""

    name: str
    type: str
    description: str
    personal: str = "none"


@dataclass(frozen=True, slots=True)
class Table:
    """`key` is unique and, after `order`, makes the one total order in which rows are stored."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    order: tuple[str, ...] = field(default=())

    @property
    def sort(self) -> tuple[str, ...]:
        return self.order + tuple(name for name in self.key if name not in self.order)


ID = "Keyed digest, 128 bits in hex"
DAYS = (
    Column("day_utc", "date", "Day of `published_at` in UTC"),
    Column("day_shanghai", "date", "Day of `published_at` in Asia/Shanghai"),
    Column("day_new_york", "date", "Day of `published_at` in America/New_York"),
)
DOCUMENT = (
    Column("id", "string", f"{ID} of platform and native id, or of the canonical address"),
    Column("source_id", "string", "The outlet or platform; `sources.id`"),
    Column("kind", "string", "article, post, comment or turn (a question, an answer or another turn of speech)"),
    Column("url", "string", "Address of the document; null where it has none of its own", "text"),
    Column("title", "string", "Title as published", "text"),
    Column("text", "string", "Text after normalising and masking; all offsets count its Unicode code points", "text"),
    Column("characters", "int32", "Length of `text` in Unicode code points"),
    Column("published_at", "timestamp", "When it was published; null where that is not known"),
    *DAYS,
    Column("edited_at", "timestamp", "When it was last edited, as the source says"),
    Column("published_precision", "string", "second, minute, hour, day, month or year: how exact `published_at` is"),
    Column("published_raw", "string", "The date as printed"),
    Column("zone_assumed", "string", "IANA zone taken for a time printed without one; null where the time had one"),
    Column("author_key", "string", "Keyed pseudonym of the account, stable in this study only", "pseudonym"),
    Column(
        "bylines", "list<string>", "Names under which a news article was published, or who speaks in a turn", "text"
    ),
    Column(
        "credit", "string", "The news agency that a news article is credited to, as printed; null where none is named"
    ),
    Column("is_thread_author", "bool", "Whether a comment is by the author of the post it stands under"),
    Column("ip_location_raw", "string", "Place as the platform displays it", "place"),
    Column("ip_location_level", "string", "province, country or unknown"),
    Column("ip_location_of", "string", "Whether the place is said of the author or of the document"),
    Column("reply_to", "string", "`documents.id` that this one answers"),
    Column("thread_id", "string", "`documents.id` of the post at the root"),
    Column("hashtags", "list<string>", "Hashtags without their sign"),
    Column("note_type", "string", "The platform's own type of post"),
    Column(
        "language", "string", "BCP 47: zh-Hans, zh-Hant, zh, en, another code; mul mixed, zxx none, und undetermined"
    ),
    Column("language_shares", "list<struct<label,score>>", "Share of the letters in each language"),
    Column("span_starts", "list<int32>", "Where each run of one language begins; it ends where the next begins"),
    Column("span_languages", "list<string>", "Language of each run, parallel to `span_starts`"),
    Column("translated_by", "string", "By whom a text was translated before it reached us"),
    Column("flags", "list<string>", "What a user of this document should know of its reading"),
    Column(
        "extraction_confidence",
        "float64",
        "Of a news article's text: how far the extractors asked agree on it, 0 to 1; null where none had to choose",
    ),
    Column(
        "text_digest", "string", "Digest under which equal texts meet: case, width, white space and punctuation apart"
    ),
)
WIDE = frozenset(
    "id source_id kind url title text characters published_at day_utc day_shanghai day_new_york published_precision"
    " author_key reply_to thread_id hashtags language flags".split()
)
FOUND_BY = "seed, feed, sitemap, link, query, tag, account, file, thread, archive or recheck"
COUNT_NOTE = "null is unknown, 0 is none"


def count_columns(name: str, what: str) -> tuple[Column, ...]:
    return (
        Column(f"{name}_value", "int64", f"{what}; {COUNT_NOTE}"),
        Column(f"{name}_low", "int64", f"Least number that the printed {name} can mean"),
        Column(f"{name}_high", "int64", f"Greatest number that the printed {name} can mean; null: no bound"),
        Column(f"{name}_raw", "string", f"{what} as printed"),
    )
