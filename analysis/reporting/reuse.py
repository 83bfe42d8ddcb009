"""Text that recurs, and threads of which only a part was captured: clusters of copies, declared and captured comments."""

import math
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from analysis.reporting.counting import Row
from corpus.snapshot import Snapshot

SHOWN = 12
"""So many clusters a figure shows, those of most sources first."""


def clusters(snapshot: Snapshot, wide: pa.Table, names: Mapping[str, str]) -> list[Row]:
    """Clusters that begin with an article, those of most sources first, each with its path through the sources.

    Clusters of posts and comments are counted with the rest but never shown one by one: they would show people.
    """
    articles = wide.filter(pc.equal(wide.column("kind"), "article")).select(["id", "source_id", "day_shanghai"])
    first = {row["id"]: row for row in articles.to_pylist()}
    titles = snapshot.table("documents", ["id", "title"])
    rows = [row for row in snapshot.table("clusters").to_pylist() if row["first_document_id"] in first]
    wanted = pa.array([row["first_document_id"] for row in rows], pa.string())
    title = {
        row["id"]: row["title"] for row in titles.filter(pc.is_in(titles.column("id"), value_set=wanted)).to_pylist()
    }
    hours = _hours(
        wide.filter(pc.is_in(wide.column("cluster_id"), value_set=pa.array([row["id"] for row in rows], pa.string())))
    )
    for row in rows:
        begun = first[row["first_document_id"]]
        row["first_source"], row["first_day"] = names[begun["source_id"]], begun["day_shanghai"]
        row["title"], row["hours"] = title[row["first_document_id"]], hours[row["id"]]
    rows.sort(key=lambda row: (-row["sources"], -row["documents"], row["id"]))
    return rows


def _hours(wide: pa.Table) -> Mapping[str, int | None]:
    """Per cluster, hours from its first to its last document, begun ones counted; null where a time is not exact."""
    found: dict[str, list[Row]] = {}
    for row in wide.select(["cluster_id", "published_at", "published_precision"]).to_pylist():
        found.setdefault(row["cluster_id"], []).append(row)
    return {
        cluster: math.ceil((max(times) - min(times)).total_seconds() / 3600) if len(times) == len(rows) else None
        for cluster, rows in found.items()
        for times in [[row["published_at"] for row in rows if row["published_precision"] in ("second", "minute")]]
    }


def reuse(wide: pa.Table) -> Row:
    """Documents that lie in clusters, and the number of clusters, of every kind."""
    ids = wide.column("cluster_id")
    return {"documents": pc.count(ids).as_py(), "clusters": pc.count_distinct(ids).as_py()}


def copies(snapshot: Snapshot, wide: pa.Table, names: Mapping[str, str]) -> list[Row]:
    """One row a dated document of the clusters that a figure shows, in the order of `clusters`.

    `cluster` is the number of the cluster in that order, from 1.
    """
    shown = [row["id"] for row in clusters(snapshot, wide, names)[:SHOWN]]
    number = {name: n for n, name in enumerate(shown, 1)}
    wanted = pc.and_(
        pc.is_in(wide.column("cluster_id"), value_set=pa.array(shown, pa.string())),
        pc.is_valid(wide.column("published_at")),
    )
    distance = dict(
        zip(*(snapshot.table("copies").column(name).to_pylist() for name in ("document_id", "distance")), strict=True)
    )
    rows = [
        {
            "cluster": number[row["cluster_id"]],
            "source": names[row["source_id"]],
            "at": row["published_at"],
            "role": row["copy_role"],
            "distance": distance[row["id"]],
        }
        for row in wide.filter(wanted).to_pylist()
    ]
    return sorted(rows, key=lambda row: (row["cluster"], row["at"], row["source"], row["role"]))


def completeness(wide: pa.Table, names: Mapping[str, str]) -> list[Row]:
    """Per source, of posts whose number of comments is known: that number, and the comments that are in the corpus."""
    posts = wide.filter(pc.equal(wide.column("kind"), "post")).select(["source_id", "comments", "comments_captured"])
    known = pc.is_valid(posts.column("comments"))
    unknown = {
        row["source_id"]: row["count_all"]
        for row in posts.filter(pc.invert(known)).group_by("source_id").aggregate([([], "count_all")]).to_pylist()
    }
    posts = posts.filter(known)
    full = pc.greater_equal(pc.fill_null(posts.column("comments_captured"), 0), posts.column("comments"))
    found = (
        posts.append_column("complete", pc.cast(full, pa.int64()))
        .group_by("source_id")
        .aggregate([("comments", "sum"), ("comments_captured", "sum"), ("complete", "sum"), ([], "count_all")])
    )
    return [
        {
            "source": names[row["source_id"]],
            "posts": row["count_all"],
            "complete": row["complete_sum"],
            "unknown": unknown.get(row["source_id"], 0),
            "declared": row["comments_sum"],
            "captured": row["comments_captured_sum"] or 0,
        }
        for row in sorted(found.to_pylist(), key=lambda row: (-row["count_all"], row["source_id"]))
    ]
