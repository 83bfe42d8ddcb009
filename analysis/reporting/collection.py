"""What collecting came to: how far items came, what hosts permitted, how documents were found, what stands beside them."""

from collections import defaultdict
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from analysis.reporting.counting import Row
from corpus.snapshot import Snapshot

STAGES = (
    "discovered",
    "skipped",
    "asked",
    "refused",
    "failed",
    "gone",
    "redirected",
    "waiting",
    "fetched",
    "captured",
    "imported",
    "read",
    "rejected",
    "kept",
)
_WHOLE = ("account", "thread", "link", "seed")


def stages(snapshot: Snapshot, names: Mapping[str, str]) -> tuple[list[Row], list[Row]]:
    """Rows of the table ``flow`` by source, stage and reason; and by source what was listed, what was had, and documents.

    Addresses that were listed are null where nothing lists them: all was imported. What was had may hold several
    documents each, or none.
    """
    rows = snapshot.table("flow").to_pylist()
    for row in rows:
        row["source"] = names.get(row["source_id"], row["source_id"] or "—")
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        sums[row["source"]][row["stage"]] += row["items"]
    order = {stage: n for n, stage in enumerate(STAGES)}
    rows.sort(key=lambda row: (row["source"], order.get(row["stage"], 99), -row["items"], row["reason"] or ""))
    each = [
        {
            "source": source,
            "known": of["discovered"] if of["discovered"] else None,
            "had": of["fetched"] + of["imported"],
            "documents": of["kept"],
        }
        for source, of in sorted(sums.items())
    ]
    return rows, [row for row in each if row["known"] or row["had"]]


def ledger(snapshot: Snapshot) -> list[Row]:
    """One row a host and what was decided of it for one reason: how often, when first and last, by which rule."""
    columns = ["origin", "decision", "reason", "robots_digest", "rule"]
    table = snapshot.table("permissions", [*columns, "at"])
    found = table.group_by(columns).aggregate([("at", "min"), ("at", "max"), ([], "count_all")]).to_pylist()
    rows = [
        {name: row[name] for name in columns}
        | {"first": row["at_min"].date(), "last": row["at_max"].date(), "n": row["count_all"]}
        for row in found
    ]
    for row in rows:
        row["robots_digest"] = row["robots_digest"][:12] if row["robots_digest"] else None
    return sorted(
        rows, key=lambda row: (row["origin"], row["first"], row["decision"], row["reason"], row["rule"] or "")
    )


def ways(snapshot: Snapshot) -> list[Row]:
    """By way of finding (query, tag, feed, archive ...): documents found by it, and those found by no other way.

    The two numbers tell what a search for it gives, and what would be missing without it. Accounts, threads and links
    are told as a whole: no row is a person.
    """
    seen = snapshot.table("sightings", ["document_id", "found_by", "value"])
    seen = seen.filter(pc.not_equal(seen.column("found_by"), "recheck"))  # who looks again finds what was found before
    whole = pc.is_in(seen.column("found_by"), value_set=pa.array(_WHOLE))
    value = pc.if_else(whole, pa.scalar(None, pa.string()), seen.column("value"))
    seen = seen.set_column(2, "value", value).group_by(["document_id", "found_by", "value"]).aggregate([])
    times = seen.group_by("document_id").aggregate([([], "count_all")])
    once = times.filter(pc.equal(times.column("count_all"), 1)).column("document_id").combine_chunks()
    alone = pc.cast(pc.is_in(seen.column("document_id"), value_set=once), pa.int64())
    found = (
        seen.append_column("only", alone)
        .group_by(["found_by", "value"])
        .aggregate([([], "count_all"), ("only", "sum")])
    )
    rows = [
        {"found_by": row["found_by"], "value": row["value"], "n": row["count_all"], "only": row["only_sum"]}
        for row in found.to_pylist()
    ]
    return sorted(rows, key=lambda row: (-row["n"], row["found_by"], row["value"] or ""))


def replies(wide: pa.Table, names: Mapping[str, str]) -> list[Row]:
    """By source: comments that declare replies, the replies that they declare, and those that are in this corpus."""
    comments = wide.filter(pc.and_(pc.equal(wide.column("kind"), "comment"), pc.is_valid(wide.column("comments"))))
    roots = comments.filter(pc.greater(comments.column("comments"), 0))
    answered = wide.filter(pc.is_valid(wide.column("reply_to"))).group_by("reply_to").aggregate([([], "count_all")])
    found = dict(zip(answered.column("reply_to").to_pylist(), answered.column("count_all").to_pylist(), strict=True))
    rows: dict[str, Row] = {}
    for row in roots.select(["id", "source_id", "comments"]).to_pylist():
        one = rows.setdefault(
            row["source_id"], {"source": names[row["source_id"]], "roots": 0, "declared": 0, "captured": 0}
        )
        one["roots"] += 1
        one["declared"] += row["comments"]
        one["captured"] += min(found.get(row["id"], 0), row["comments"])
    return [rows[source] for source in sorted(rows, key=lambda source: (-rows[source]["roots"], source))]


def beside(snapshot: Snapshot, wide: pa.Table, names: Mapping[str, str]) -> list[Row]:
    """By source and kind of medium: documents that have any, how many there are, how many of them are described."""
    media = snapshot.table("media", ["document_id", "kind", "alt"])
    if not media.num_rows:
        return []
    described = pc.cast(pc.is_valid(media.column("alt")), pa.int64())
    joined = media.append_column("described", described).join(
        wide.select(["id", "source_id"]), keys="document_id", right_keys="id", join_type="inner"
    )
    found = joined.group_by(["source_id", "kind"]).aggregate(
        [("document_id", "count_distinct"), ([], "count_all"), ("described", "sum")]
    )
    rows = [
        {
            "source": names[row["source_id"]],
            "medium": row["kind"],
            "documents": row["document_id_count_distinct"],
            "n": row["count_all"],
            "described": row["described_sum"],
        }
        for row in found.to_pylist()
    ]
    return sorted(rows, key=lambda row: (-row["n"], row["source"], row["medium"]))
