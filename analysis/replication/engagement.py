"""How often posts and comments of a theme were liked, saved, answered and shared: quantiles, and how much is unknown."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.replication.cells import THEMES_QUERY, Scheme, base_query, printed, with_themes
from analysis.replication.floors import cells_of, held_back, personal, pooled
from analysis.reporting.counting import Row
from analysis.reporting.queries import table_files
from corpus.snapshot import Snapshot

COUNTS = ("likes", "collects", "comments", "shares")
PERCENT = {"q25": 25, "median": 50, "q75": 75, "q90": 90}
STATES = ("exact", "bounded", "unknown")
COLUMNS = ("kind", "theme", "count", "n", *STATES, *PERCENT, "median_at_most")
LEAST = {"q25": 20, "median": 20, "q75": 20, "q90": 50, "median_at_most": 20}
"""Known counts from which on a quantile is told: of fewer it would be one text's number."""
_KEYS = ("theme", "kind", "state")


def engagement(snapshot: Snapshot, documents: pa.Table) -> tuple[list[Row], int | None]:
    """One row a kind, theme and count, in that order; and how many texts were held back, null where that tells of fewer
    than K authors.

    A document's count is the newest that is known of it. `exact` documents have a number; `bounded` ones a rounded one
    ("1.2万") or a least one ("10+"); `unknown` ones none; each is null where it would tell of fewer than K authors. The
    quantiles are of the least that each count can mean, of exact and bounded ones; `median_at_most` is the median of the
    most, null where that has no bound. The p-th of n sorted numbers stands at place p * n, rounded up, from 1.
    """
    public = with_themes(personal(documents))
    columns = [f"{name}_{end}" for name in COUNTS for end in ("low", "high")]
    observed = snapshot.table("observations", ["document_id", "capture_id", "observed_at", *columns])
    observed = observed.sort_by([(name, "ascending") for name in ("observed_at", "capture_id")])
    whole = cells_of(public, _KEYS[:2])
    told = pooled(whole)
    totals = {cell.values: cell.n for cell, one in zip(whole, told, strict=True) if one == cell.values}
    rows = [row for name in COUNTS for row in _rows(name, _known(observed, name, public), totals)]
    return sorted(rows, key=lambda row: (row["kind"], row["theme"], COUNTS.index(row["count"]))), held_back(whole, told)


def _known(observed: pa.Table, name: str, public: pa.Table) -> pa.Table:
    """``public`` with `low` and `high` of the count, null where it is not known, and its `state`."""
    found = observed.filter(pc.is_valid(observed.column(f"{name}_low")))
    found = found.append_column("row", pa.array(range(len(found)), pa.int64()))
    last = found.group_by("document_id", use_threads=False).aggregate([("row", "max")])
    newest = found.take(last.column("row_max"))
    places = pc.index_in(public.column("id"), value_set=newest.column("document_id"))
    for end in ("low", "high"):
        public = public.append_column(end, newest.column(f"{name}_{end}").take(places))
    exact = pc.fill_null(pc.equal(public.column("low"), public.column("high")), False)
    state = pc.if_else(exact, "exact", pc.if_else(pc.is_valid(public.column("low")), "bounded", "unknown"))
    return public.append_column("state", state)


def _rows(name: str, public: pa.Table, totals: Mapping[tuple[Any, ...], int]) -> list[Row]:
    """The rows of one count, for the themes and kinds of ``totals`` of which enough authors' counts are known."""
    cells = cells_of(public, _KEYS)
    told = {cell.values: cell.n if one == cell.values else None for cell, one in zip(cells, pooled(cells), strict=True)}
    known = public.filter(pc.is_valid(public.column("low")))
    groups: dict[tuple[str, str], list[tuple[int, int | None]]] = {}
    columns = (known.column(one).to_pylist() for one in ("theme", "kind", "low", "high"))
    for theme, kind, low, high in zip(*columns, strict=True):
        groups.setdefault((theme, kind), []).append((low, high))
    rows = []
    for (theme, kind), bounds in groups.items():
        states = {state: told.get((theme, kind, state), 0) for state in STATES}
        if (theme, kind) in totals and (states["exact"] or states["bounded"]):
            head = {"kind": kind, "theme": theme, "count": name, "n": totals[theme, kind]}
            rows.append({**head, **states, **_quantiles(bounds)})
    return rows


def _quantiles(bounds: Sequence[tuple[int, int | None]]) -> Row:
    low = sorted(one for one, _ in bounds)
    high = sorted((one for _, one in bounds), key=lambda one: (one is None, one or 0))
    found: Row = {called: low[_place(percent, len(low))] for called, percent in PERCENT.items()}
    found["median_at_most"] = high[_place(50, len(high))]
    return {called: value if len(bounds) >= LEAST[called] else None for called, value in found.items()}


def _place(percent: int, n: int) -> int:
    return (percent * n + 99) // 100 - 1


def engagement_query(snapshot: Snapshot, by: Scheme, rows: Sequence[Row]) -> str:
    """The query that gives the rows of `engagement`, for DuckDB in the snapshot's folder; it names what is told."""
    newest = "\n  UNION ALL ".join(
        f"""SELECT document_id, {number} AS place, '{name}' AS "count",
    arg_max({{'low': {name}_low, 'high': {name}_high}}, (observed_at, capture_id)) AS known
  FROM {table_files("observations")} WHERE {name}_low IS NOT NULL GROUP BY document_id"""
        for number, name in enumerate(COUNTS)
    )
    quantiles = ", ".join(
        f"CASE WHEN count(*) >= {LEAST[called]} THEN list_sort(list(known.low))[(count(*) * {percent} + 99) // 100] END"
        f" AS {called}"
        for called, percent in PERCENT.items()
    )
    named = [row | {f"{state}_told": str(row[state] is not None) for state in STATES} for row in rows]
    keys = ("kind", "theme", "count", *(f"{state}_told" for state in STATES))
    states = ", ".join(f"CASE WHEN {state}_told = 'True' THEN {state} END AS {state}" for state in STATES)
    return f"""WITH base AS ({base_query(("themes",), snapshot, by)}),
public AS (SELECT * FROM ({THEMES_QUERY}) WHERE texts = 'public'),
totals AS (SELECT kind, theme, count(*) AS n FROM public GROUP BY kind, theme),
newest AS ({newest}),
counted AS (SELECT kind, theme, place, "count", count(*) FILTER (known.low = known.high) AS exact,
    count(*) - exact AS bounded, count(*) AS known, {quantiles},
    CASE WHEN count(*) >= {LEAST["median_at_most"]} THEN
      list_sort(list(known.high), 'ASC', 'NULLS LAST')[(count(*) * 50 + 99) // 100] END AS median_at_most
  FROM public JOIN newest ON newest.document_id = public.id
  GROUP BY kind, theme, place, "count"),
every AS (SELECT *, n - known AS unknown FROM counted JOIN totals USING (kind, theme))
SELECT kind, theme, "count", n, {states}, {", ".join(PERCENT)}, median_at_most
FROM every JOIN ({printed(keys, named)}) USING (kind, theme, "count") ORDER BY kind, theme, place"""
