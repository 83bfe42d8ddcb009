"""Agreement with its interval, by variable, language and code; and machine labels against people's."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from analysis.agreement import Codings, Level, Tally, Value, Vector, ac1s, alphas, percents, tally
from analysis.estimates.bootstrap import TIMES, often
from analysis.estimates.intervals import LEVEL

Statistic = Literal["alpha", "ac1", "percent"]
HUMAN, MACHINE = "human", "machine"
LEAST = 5
"""Units that two or more coded, of which fewer tell nothing of how much agreement varies."""
_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Agreed:
    """One figure. `language` null: all; `code` null: the whole variable, else that code against all others.

    `units` were coded by two or more. `value` is null where it is not defined (nothing varies); low and high also where
    there are fewer than `LEAST` units, all resamples say the same, or fewer than half of them have a figure.
    """

    statistic: Statistic
    level: Level
    language: str | None
    code: str | None
    value: float | None
    low: float | None
    high: float | None
    units: int
    coders: int


def agreed(
    table: Codings,
    level: Level,
    seed: str,
    languages: Mapping[str, str] | None = None,
    codes: Sequence[Value] = (),
    times: int = TIMES,
) -> list[Agreed]:
    """Alpha, AC1 and per cent of one variable: of all units, of each language, and of each code in both.

    Intervals of 95 of 100 are percentiles over resamples of the units that two or more coded (bootstrap of units: Zapf et
    al. 2016), drawn by digest from ``seed``. They tell of coders on units such as these, unweighted. One code against all others is nominal.
    """
    found: list[Agreed] = []
    groups: list[str | None] = [None, *sorted(set((languages or {}).values()))]
    for language in groups:
        own = {unit: row for unit, row in table.items() if language is None or (languages or {}).get(unit) == language}
        if not own:
            continue
        told = tally(own, level, codes)
        drawn = _drawn(told, seed, times)
        coders = len({who for row in own.values() for who, value in row.items() if value is not None})
        found += _figures(told, drawn, level, language, None, coders)
        for code in codes or told.values:
            found += _figures(_alone(told, code), drawn, "nominal", language, str(code), coders)
    return found


def _drawn(told: Tally, seed: str, times: int) -> Vector:
    """How often each unit is in each resample of those that two or more coded; the others always once."""
    paired = told.counts.sum(axis=1) > 1
    counted = np.ones((times, len(told.units)))
    if paired.any():
        counted[:, paired] = often(seed, int(paired.sum()), times)
    return counted


def _alone(told: Tally, code: Value) -> Tally:
    """One code against all others."""
    given = told.counts[:, told.values.index(code)]
    counts = np.stack([given, told.counts.sum(axis=1) - given], axis=1)
    return Tally(told.units, ("yes", "no"), counts, np.arange(2.0))


def _figures(
    told: Tally, drawn: Vector, level: Level, language: str | None, code: str | None, coders: int
) -> Iterator[Agreed]:
    units = int((told.counts.sum(axis=1) > 1).sum())
    ways: dict[Statistic, Callable[[Vector], Vector]] = {
        "alpha": lambda often: alphas(told, level, often),
        "ac1": lambda often: ac1s(told, often),
        "percent": lambda often: percents(told, often),
    }
    for name, way in ways.items():
        value = _known(float(way(np.ones((1, len(told.units))))[0]))
        low, high = _interval(way(drawn)) if value is not None and units >= LEAST else (None, None)
        yield Agreed(name, level, language, code, value, low, high, units, coders)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _interval(drawn: Vector) -> tuple[float | None, float | None]:
    known = drawn[~np.isnan(drawn)]
    if 2 * len(known) < len(drawn) or not len(known) or np.ptp(known) < _SAME:
        return None, None
    low, high = np.quantile(known, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return float(low), float(high)


def codings(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, str]]]:
    """Variable, unit, coder: code, of rows of a round's codes; adjudications are no coder's, the last code of one counts."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows:
        if row["kind"] == "code":
            found.setdefault(row["variable"], {}).setdefault(row["doc_id"], {})[row["coder"]] = row["code"]
    return found


def against(truth: Mapping[str, Value], machine: Mapping[str, Value | None]) -> dict[str, dict[str, Value | None]]:
    """People and the machine as two coders of the units of ``truth``."""
    return {unit: {HUMAN: value, MACHINE: machine.get(unit)} for unit, value in truth.items()}


def confusion(
    truth: Mapping[str, str], machine: Mapping[str, str | None], languages: Mapping[str, str] | None = None
) -> dict[str, dict[str, dict[str, int]]]:
    """Language (``all`` for every one), people's code, machine's label: number of units; no label is an empty string."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for unit, code in sorted(truth.items()):
        label = machine.get(unit) or ""
        for language in ("all", (languages or {}).get(unit)):
            if language:
                row = found.setdefault(language, {}).setdefault(code, {})
                row[label] = row.get(label, 0) + 1
    return {
        language: {code: dict(sorted(row.items())) for code, row in sorted(table.items())}
        for language, table in sorted(found.items(), key=lambda pair: (pair[0] != "all", pair[0]))
    }
