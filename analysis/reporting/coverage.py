"""What was asked of each source and what came: documents by source and day, and each kind of silence by its name."""

from datetime import date, timedelta, timezone

import pyarrow as pa
import pyarrow.compute as pc

from analysis.reporting.counting import Row, counted
from corpus.snapshot import Snapshot

# A fixed offset will do: Shanghai has had no summer time since 1991.
SHANGHAI = timezone(timedelta(hours=8))


def named_sources(snapshot: Snapshot, captures: pa.Table, wide: pa.Table) -> list[Row]:
    """Each source with its classification, counts, `label` (a name that no other has) and `state`.

    `state` is documents, nothing (asked, and no document came), refused (only its robots.txt was read: nothing was
    allowed or answered beyond it), not_asked, or archive (it gives what others published). `last` is the day of its last capture, null where nothing was asked.
    """
    every = {row["source_id"]: row["n"] for row in counted(captures, ["source_id"])}
    asked = captures.filter(pc.not_equal(captures.column("format"), "robots"))
    last = {
        row["source_id"]: row["fetched_at_max"].astimezone(SHANGHAI).date()
        for row in asked.group_by("source_id").aggregate([("fetched_at", "max")]).to_pylist()
    }
    documents = {row["source_id"]: row["n"] for row in counted(wide, ["source_id"])}
    rows: list[Row] = snapshot.table("sources").to_pylist()
    names = [row["name"] for row in rows]
    for row in rows:
        here = row["id"]
        row["label"] = row["name"] if names.count(row["name"]) == 1 else f"{row['name']} ({here})"
        row["captures"], row["documents"], row["last"] = every.get(here, 0), documents.get(here, 0), last.get(here)
        row["share"] = row["documents"] / wide.num_rows if wide.num_rows else None
        row["state"] = (
            "archive"
            if row["kind"] == "archive"
            else "documents"
            if row["documents"]
            else "nothing"
            if here in last
            else "refused"
            if row["captures"]
            else "not_asked"
        )
    return sorted(rows, key=lambda row: (-row["documents"], row["label"]))


def coverage(sources: list[Row], inside: pa.Table, days: list[date]) -> list[Row]:
    """Documents per source and day of the window, and whether that day could be asked for at all.

    A day after a source's last capture was not asked for. A source that gave none keeps its rows, so that silence shows.
    """
    found = {
        (row["source_id"], row["day_shanghai"]): row["n"] for row in counted(inside, ["source_id", "day_shanghai"])
    }
    return [
        {
            "source": source["label"],
            "source_id": source["id"],
            "state": source["state"],
            "day": day,
            "n": found.get((source["id"], day), 0),
            "asked": source["last"] is not None and day <= source["last"],
        }
        for source in sources
        for day in days
    ]
