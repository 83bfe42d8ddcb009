"""Count how many addresses, captures and documents of each source came how far, and why others did not."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from corpus.archive import DATABASE

Key = tuple[str | None, str, str | None]
"""Source, stage and reason."""
_STAGES = {"spider_error": "failed", None: "waiting"}
_ASKED = "SELECT source_id, outcome, reason, COUNT(*) FROM asked GROUP BY source_id, outcome, reason"
# Of an address that several runs listed, the newest run's word counts; a part of a file is listed as the file.
_SKIPPED = """
SELECT source_id, skipped, COUNT(*) FROM (SELECT source_id, key, skipped, MAX(run) FROM listed GROUP BY source_id, key)
WHERE (source_id, key) NOT IN
  (SELECT source_id, CASE instr(key, '#') WHEN 0 THEN key ELSE substr(key, 1, instr(key, '#') - 1) END FROM asked)
GROUP BY source_id, skipped
"""


def crawl_flow(archive_folder: Path) -> Counter[Key]:
    """What came of every address that the study's crawls came to know, whichever run that was; none without a crawl.

    ``discovered`` = ``skipped`` + ``asked``; ``asked`` = ``fetched`` + ``redirected`` + ``gone`` + ``refused`` +
    ``failed`` + ``waiting``.
    """
    counts: Counter[Key] = Counter()
    for source, stage, reason, number in _crawled(archive_folder / DATABASE):
        counts[source, stage, reason] += number
        counts[source, "discovered", None] += number
        if stage != "skipped":
            counts[source, "asked", None] += number
    return counts


def _crawled(path: Path) -> Iterator[tuple[str, str, str | None, int]]:
    if not path.is_file():
        return
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"asked", "listed"} <= tables:
            return
        for source, outcome, reason, number in database.execute(_ASKED):
            stage = _STAGES.get(outcome, outcome)
            why = (reason or "unknown").partition(": ")[0] if stage in ("refused", "failed") else None
            yield source, stage, why if outcome != "spider_error" else outcome, number
        for source, skipped, number in database.execute(_SKIPPED):
            yield source, "skipped", skipped or "of_another_source", number
    finally:
        database.close()


def read_flow(captures: pa.Table, rejections: pa.Table, documents: pa.Table) -> Counter[Key]:
    """What came of every capture, and how many documents were ``kept``.

    ``captured`` = ``read`` + ``rejected``; ``imported`` are those of the captured that nobody here fetched. Of several
    rejections in one capture that gave no document the first by name counts.
    """
    counts: Counter[Key] = Counter()
    first = rejections.group_by("capture_id").aggregate([("reason", "min")])
    why = first.column("reason_min").take(pc.index_in(captures.column("id"), value_set=first.column("capture_id")))
    table = captures.select(["source_id", "how", "outcome"]).append_column("reason", why)
    grouped = table.group_by(["source_id", "how", "outcome", "reason"]).aggregate([([], "count_all")])
    for row in grouped.to_pylist():
        source, number = row["source_id"], row["count_all"]
        counts[source, "captured", None] += number
        counts[source, "imported", None] += number if row["how"] == "import" else 0
        stage, reason = ("read", None) if row["outcome"] == "documents" else ("rejected", row["reason"])
        counts[source, stage, reason] += number
    for row in documents.group_by("source_id").aggregate([([], "count_all")]).to_pylist():
        counts[row["source_id"], "kept", None] += row["count_all"]
    return counts


def flow_rows(*counts: Mapping[Key, int]) -> list[dict[str, str | int | None]]:
    """Rows of the table ``flow``, in one order; nothing is told of what did not occur."""
    return [
        {"source_id": source, "stage": stage, "reason": reason, "items": number}
        for (source, stage, reason), number in sorted(
            ((key, number) for part in counts for key, number in part.items() if number), key=str
        )
    ]
