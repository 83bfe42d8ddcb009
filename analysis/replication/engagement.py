"""How often posts and comments of a theme were liked, saved, answered and shared: quantiles, and how much is unknown."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from analysis.replication.cells import THEMES_QUERY, base_query, with_themes
from analysis.replication.phases import Phase
from analysis.reporting.counting import K, Row, counted, floored
from analysis.reporting.queries import table_files
from corpus.snapshot import Snapshot

COUNTS = ("likes", "collects", "comments", "shares")
PERCENT = {"q25": 25, "median": 50, "q75": 75, "q90": 90}
COLUMNS = ("kind", "theme", "count", "n", "exact", "bounded", "unknown", *PERCENT, "median_at_most")


def engagement(snapshot: Snapshot, documents: pa.Table) -> tuple[list[Row], int]:
    """One row a kind, theme and count, in that order; and how many known counts were held back as of too few authors.

    A document's count is the newest that is known of it. `exact` documents have a number; `bounded` ones a rounded one
    ("1.2万") or a least one ("10+"); `unknown` ones none. The quantiles are of the least that each count can mean, of
    exact and bounded ones; `median_at_most` is the median of the most, null where that has no bound. The p-th of n
    sorted numbers stands at place p * n, rounded up, from 1.
    """
    public = with_themes(documents.filter(pc.equal(documents.column("texts"), "public")))
    columns = [f"{name}_{end}" for name in COUNTS for end in ("low", "high")]
    observed = snapshot.table("observations", ["document_id", "capture_id", "observed_at", *columns])
    observed = observed.sort_by([(name, "ascending") for name in ("observed_at", "capture_id")])
    totals = {(row["kind"], row["theme"]): row["n"] for row in counted(public, ("kind", "theme"))}
    rows: list[Row] = []
    held = 0
    for name in COUNTS:
        known, out = floored(_known(observed, name, public), ("kind", "theme"))
        held += out
        groups: dict[tuple[str, str], list[tuple[int, int | None]]] = {}
        columns_of = (known.column(one).to_pylist() for one in ("kind", "theme", "low", "high"))
        for kind, theme, low, high in zip(*columns_of, strict=True):
            groups.setdefault((kind, theme), []).append((low, high))
        rows += [_row(*group, name, totals[group], bounds) for group, bounds in groups.items()]
    return sorted(rows, key=lambda row: (row["kind"], row["theme"], COUNTS.index(row["count"]))), held


def _known(observed: pa.Table, name: str, public: pa.Table) -> pa.Table:
    """The rows of ``public`` of which the count is known, with its `low` and `high`."""
    found = observed.filter(pc.is_valid(observed.column(f"{name}_low")))
    found = found.append_column("row", pa.array(range(len(found)), pa.int64()))
    last = found.group_by("document_id", use_threads=False).aggregate([("row", "max")])
    newest = found.take(last.column("row_max"))
    places = pc.index_in(public.column("id"), value_set=newest.column("document_id"))
    for end in ("low", "high"):
        public = public.append_column(end, newest.column(f"{name}_{end}").take(places))
    return public.filter(pc.is_valid(places))


def _row(kind: str, theme: str, name: str, n: int, bounds: Sequence[tuple[int, int | None]]) -> Row:
    low = sorted(one for one, _ in bounds)
    high = sorted((one for _, one in bounds), key=lambda one: (one is None, one or 0))
    exact = sum(one == other for one, other in bounds)
    known = {"exact": exact, "bounded": len(bounds) - exact, "unknown": n - len(bounds)}
    quantiles = {called: low[_place(percent, len(low))] for called, percent in PERCENT.items()}
    most = high[_place(50, len(high))]
    return {"kind": kind, "theme": theme, "count": name, "n": n, **known, **quantiles, "median_at_most": most}


def _place(percent: int, n: int) -> int:
    return (percent * n + 99) // 100 - 1


def engagement_query(snapshot: Snapshot, phases: Sequence[Phase]) -> str:
    """The query that gives the rows of `engagement`, for DuckDB in the snapshot's folder."""
    newest = "\n  UNION ALL ".join(
        f"""SELECT document_id, {number} AS place, '{name}' AS "count",
    arg_max({{'low': {name}_low, 'high': {name}_high}}, (observed_at, capture_id)) AS known
  FROM {table_files("observations")} WHERE {name}_low IS NOT NULL GROUP BY document_id"""
        for number, name in enumerate(COUNTS)
    )
    quantiles = ", ".join(
        f"list_sort(list(known.low))[(count(*) * {percent} + 99) // 100] AS {called}"
        for called, percent in PERCENT.items()
    )
    return f"""WITH base AS ({base_query((), snapshot, phases)}),
public AS (SELECT * FROM ({THEMES_QUERY}) WHERE texts = 'public'),
totals AS (SELECT kind, theme, count(*) AS n FROM public GROUP BY kind, theme),
newest AS ({newest}),
counted AS (SELECT kind, theme, place, "count", count(*) FILTER (known.low = known.high) AS exact,
    count(*) - exact AS bounded, count(*) AS known, {quantiles},
    list_sort(list(known.high), 'ASC', 'NULLS LAST')[(count(*) * 50 + 99) // 100] AS median_at_most
  FROM public JOIN newest ON newest.document_id = public.id
  GROUP BY kind, theme, place, "count" HAVING count(DISTINCT author_key) >= {K})
SELECT kind, theme, "count", n, exact, bounded, n - known AS unknown, {", ".join(PERCENT)}, median_at_most
FROM counted JOIN totals USING (kind, theme) ORDER BY kind, theme, place"""
