"""`huanying topics`: find the topics of a corpus, and list them in the researcher's file to be named and merged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.annotate import annotate
from analysis.surveys import newest
from analysis.topicmodels.merging import add_new
from corpus.snapshot import Snapshot
from corpus.study import Study

_SURVEYS = ["topics", "topics_documents"]
_SHOWN_WORDS, _SHOWN_DOCUMENTS = 8, 3


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the merge file lists it."""

    id: str
    top: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """The rows of the table `topics`, the documents that fit each best, and where they are to be named."""

    snapshot: Snapshot
    rows: Sequence[Mapping[str, Any]]
    best: Mapping[str, Sequence[str]]
    merge: Path
    added: int

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        rows = [{**row, "best_documents": self.best.get(row["topic_id"], [])} for row in self.rows]
        return {"snapshot": self.snapshot.id, "topics": rows, "merge_file": self.merge, "added_to_it": self.added}

    def tables(self) -> list[tuple[str, tuple[str, ...], list[tuple[object, ...]]]]:
        """For a person: title, columns, rows."""
        found: list[tuple[str, tuple[str, ...], list[tuple[object, ...]]]] = []
        for side in ("zh", "en", None):
            rows: list[tuple[object, ...]] = [self._row(row) for row in self.rows if row["language"] == side]
            columns = ("topic", "name", "documents", "coherence", "stability", "partner", "words", "best documents")
            found.append((f"topics, {side or 'further languages'}", columns, rows))
        return found

    def lines(self) -> list[str]:
        """What to do next."""
        return [
            "coherence about 0 is chance, stability 1 is certain: read words and documents before you believe in a topic",
            f"{self.added} new topics in {self.merge}: name and merge them there, then run the same command again",
        ]

    def _row(self, row: Mapping[str, Any]) -> tuple[object, ...]:
        words = " ".join(one["label"] for one in (row["words"] or [])[:_SHOWN_WORDS]) or row["note"]
        figures = ("" if row[name] is None else f"{row[name]:.2f}" for name in ("coherence", "stability"))
        best = " ".join(self.best.get(row["topic_id"], [])[:_SHOWN_DOCUMENTS])
        return row["topic_id"], row["name"], row["documents"], *figures, row["aligned_with"], words, best


def find_topics(study: Study) -> Told:
    """Run the surveys of topics on the newest corpus; raises UserError without scikit-learn, or for faults in its files."""
    snapshot = annotate(study, _SURVEYS).snapshot
    names = ["topic_id", "language", "name", "documents", "coherence", "stability", "aligned_with", "words", "note"]
    rows, places = (
        newest(snapshot, "topics", names),
        newest(snapshot, "topics_documents", ["topic_id", "document_id", "rank"]),
    )
    assert rows is not None and places is not None
    ordered = sorted(rows.to_pylist(), key=lambda row: (row["language"] or "~", -row["documents"], row["topic_id"]))
    ranked = sorted((row for row in places.to_pylist() if (row["rank"] or 99) <= 10), key=lambda row: row["rank"])
    best: dict[str, list[str]] = {}
    for row in ranked:
        best.setdefault(row["topic_id"], []).append(row["document_id"])
    merge, added = add_new(study, [
        Topic(row["topic_id"], tuple(one["label"] for one in row["words"][:10])) for row in ordered if row["words"]
    ])  # fmt: skip
    return Told(snapshot, ordered, best, merge, added)
