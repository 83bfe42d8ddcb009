"""Which topic each document has: one row a document and language, from the same finding as the survey `topics`."""

from analysis.surveys import topics
from corpus.rows import Row
from corpus.schemas import Column, Table
from corpus.snapshot import Snapshot
from corpus.study import Study

_CARD = """\
Which topic of the survey `topics` each document has, and how well it fits; run by name only (`huanying topics`).

How: see `topics`. Rank 1 is the document that fits its topic best, so `rank <= 10` are the documents to read. A document in
both languages has a row for each. What has no topic stands under zh-none, en-none or other-none: none is missing.
Score: of `clusters`, the cosine of document and topic; of `nmf`, the topic's share of the document.
Trained on: nothing. Measured: see `topics`.
Fails on: as `topics` does. A document has one topic here, though it may speak of several things; the themes of the codebook
are several."""


class TopicsDocuments:
    """The survey; it runs only by name."""

    default = False
    card = _CARD
    table = Table(
        "topics_documents",
        "Which topic each document has, with its rank within the topic; run by name only",
        (
            Column("document_id", "string", "`documents.id`"),
            Column("version", "string", "As in `topics`"),
            Column("language", "string", "Language as which it was read: zh or en; und: neither"),
            Column("topic_id", "string", "`topics.topic_id`; zh-none, en-none, other-none: it has no topic"),
            Column("score", "float64", "How well it fits the topic, 0 to 1"),
            Column("rank", "int32", "Place among the documents of the topic, from 1, best first"),
        ),
        ("document_id", "version", "language"),
    )

    def version_for(self, study: Study) -> str:
        """The version of the topics."""
        return topics.SURVEY.version_for(study)

    def run(self, snapshot: Snapshot, study: Study) -> list[Row]:
        """A row a document and language, topic by topic."""
        found = topics.discovered(snapshot, study)
        rows: list[Row] = []
        for side, grouped in found.sides.items():
            for topic in grouped.topics:
                rows += [
                    {
                        "document_id": name,
                        "language": side,
                        "topic_id": topic.id,
                        "rank": rank,
                        "score": round(score, 4),
                    }
                    for rank, (name, score) in enumerate(topic.documents, 1)
                ]
            rows += [{"document_id": name, "language": side, "topic_id": f"{side}-none"} for name in grouped.left_out]
        rows += [{"document_id": name, "language": "und", "topic_id": "other-none"} for name in found.others]
        return rows


SURVEY = TopicsDocuments()
