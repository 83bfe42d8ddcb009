"""How long articles and posts stay to be had: states at the newest check, and what interval-censored checks allow to say."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.reporting.counting import Row
from corpus.snapshot import Snapshot

STATES = ("live", "edited", "gone", "private", "blocked", "unknown")
THERE = frozenset({"live", "edited"})
AWAY = frozenset({"gone", "private"})
"""No longer public. ``blocked`` and ``unknown`` tell nothing of the document."""
LEAST = 30
"""Documents that were checked again; of fewer no share is estimated."""
LATEST = 24.0
"""Hours. Where half the documents were first seen later than this after they were published, what vanished before is
unknown and may be most: on one platform nine of ten deletions came within a day (Zhu et al. 2013)."""
GRID = (0, 1, 3, 6, 12, 24, 48, 72, 120, 168, 240, 336, 504, 672, 1008, 1344, 2160, 4320, 8760, 17520)
"""Hours since publication at which the estimate is told; checks are widened outwards to them."""
_RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """What the checks of one document say, in hours since it was published: first and last found, first missed since."""

    first: float
    last: float
    missed: float | None


@dataclass(frozen=True, slots=True)
class Lasting:
    """`states`: rows source, state, n, total (documents at their newest check). `again`: of those with more than one
    check, their number and how many are gone, private, edited. `estimates`: rows source, reason (null where it can be
    told, else ``once``, ``few`` or ``late``), n, rechecked, lag (median hours to the first capture), points (rows hours,
    share, low, high)."""

    states: list[Row]
    again: Row
    estimates: list[Row]


def lasting(snapshot: Snapshot, wide: pa.Table, names: Mapping[str, str]) -> Lasting:
    """Count the table ``availability`` by source; documents without a time of publication are in the states only."""
    checks: dict[str, list[tuple[datetime, str]]] = {}
    table = snapshot.table("availability", ["document_id", "checked_at", "capture_id", "state"])
    for row in table.sort_by([("checked_at", "ascending"), ("capture_id", "ascending")]).to_pylist():
        checks.setdefault(row["document_id"], []).append((row["checked_at"], row["state"]))
    ids = pa.array(list(checks), pa.string())
    about = wide.select(["id", "source_id", "published_at", "published_precision"])
    found = about.filter(pc.is_in(about.column("id"), value_set=ids)).to_pylist()
    newest: dict[str, Counter[str]] = {}
    seen: dict[str, list[Seen]] = {}
    for row in found:
        of = checks[row["id"]]
        newest.setdefault(row["source_id"], Counter())[of[-1][1]] += 1
        if row["published_at"] is not None and row["published_precision"] in ("second", "minute", "hour"):
            one = _seen(of, row["published_at"])
            seen.setdefault(row["source_id"], []).extend([one] if one else [])
    order = sorted(newest, key=lambda source: (-newest[source].total(), names[source]))
    states = [
        {"source": names[source], "state": state, "n": newest[source][state], "total": newest[source].total()}
        for source in order
        for state in STATES
        if newest[source][state]
    ]
    estimates = [
        {"source": names[source], "n": newest[source].total()} | estimate(seen.get(source, [])) for source in order
    ]
    last = Counter(of[-1][1] for of in checks.values() if len(of) > 1)
    again = {"documents": last.total()} | {state: last[state] for state in STATES}
    return Lasting(states, again, estimates)


def _seen(checks: Sequence[tuple[datetime, str]], published: datetime) -> Seen | None:
    ages = [((at - published).total_seconds() / 3600, state) for at, state in checks]
    there = [age for age, state in ages if state in THERE and age >= 0]
    if not there:
        return None
    missed = [age for age, state in ages if state in AWAY and age > there[-1]]
    return Seen(there[0], there[-1], missed[0] if missed else None)


def estimate(seen: Sequence[Seen]) -> dict[str, Any]:
    """What share of a source's documents is still public so many hours after publication, where that can be told.

    Of those that were there at the earliest look. Self-consistent estimate for interval-censored and left-truncated
    data (Turnbull 1976); 95 of 100 resamples of the documents lie within `low` and `high`. `rechecked`: documents looked at more than once.
    """
    again = [one for one in seen if one.missed is not None or one.last > one.first]
    lag = median(one.first for one in seen) if seen else None
    told: dict[str, Any] = {"rechecked": len(again), "lag": lag, "reason": None, "points": []}
    if not again:
        return told | {"reason": "once"}
    if lag is not None and lag > LATEST:
        return told | {"reason": "late"}
    if len(again) < LEAST:
        return told | {"reason": "few"}
    grid = np.array(GRID, dtype=np.float64)
    groups = Counter(_placed(one, grid) for one in seen)
    kinds, weights = list(groups), np.array(list(groups.values()), dtype=np.float64)
    inside = np.array([[last <= cell < missed for cell in range(len(GRID))] for _, last, missed in kinds])
    entered = np.array([[cell >= first for cell in range(len(GRID))] for first, _, _ in kinds])
    share = still(weights, inside, entered)
    random = np.random.default_rng(2025)
    draws = [
        still(random.multinomial(len(seen), weights / weights.sum()).astype(np.float64), inside, entered)
        for _ in range(_RESAMPLES)
    ]
    low, high = np.quantile(np.array(draws), (0.025, 0.975), axis=0)
    # Nothing is known before the first look at any of them, nor beyond the last.
    begun, reached = min(first for first, _, _ in kinds), max(last for _, last, _ in kinds)
    points = [
        {"hours": GRID[n], "share": float(share[n]), "low": float(low[n]), "high": float(high[n])}
        for n in range(begun, reached + 1)
    ]
    return told | {"points": points}


def _placed(one: Seen, grid: NDArray[np.float64]) -> tuple[int, int, int]:
    """Places on the grid of first, last and missed: the first two rounded down, the third up."""
    first, last = (int(np.searchsorted(grid, value, "right")) - 1 for value in (one.first, one.last))
    missed = len(GRID) if one.missed is None else int(np.searchsorted(grid, one.missed, "left"))
    return first, last, max(missed, last + 1)


def still(weights: NDArray[np.float64], inside: NDArray[Any], entered: NDArray[Any]) -> NDArray[np.float64]:
    """The share that is still there at each place of the grid.

    Row i of `inside` (groups x cells) holds the cells in which the end of group i may lie, the last cell being "later
    than all"; of `entered`, the cells that come after it was first seen. Cell n reaches from place n to place n + 1.
    """
    # Before the first look at any document nothing can be told: all is said given that it was there then.
    mass = entered.any(axis=0) / entered.any(axis=0).sum()
    for _ in range(2000):
        within = inside * mass
        unseen = (~entered) * mass
        expected = weights @ (within / np.maximum(within.sum(axis=1, keepdims=True), 1e-12))
        # For each document that was there to be seen, those that had vanished before anybody looked.
        ghosts = weights @ (unseen / np.maximum((entered * mass).sum(axis=1, keepdims=True), 1e-12))
        new = (expected + ghosts) / (expected + ghosts).sum()
        if np.abs(new - mass).max() < 1e-9:
            break
        mass = new
    return np.asarray(1 - np.concatenate([[0.0], np.cumsum(mass)[:-1]]))
