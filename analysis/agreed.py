"""Agreement with its interval, by variable, language and code; and machine labels against people's."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from analysis.agreement import Codings, Level, Tally, Value, Vector, ac1_of, alpha_of, percent_of, tally
from analysis.estimates.bootstrap import TIMES, often
from analysis.estimates.intervals import LEVEL

Statistic = Literal["alpha", "ac1", "percent"]
HUMAN, MACHINE = "human", "machine"


@dataclass(frozen=True, slots=True)
class Agreed:
    """One figure. `language` null: all; `code` null: the whole variable, else that code against all others.

    `units` were coded by two or more. `value` is null where it is not defined (nothing varies); low and high also where
    fewer than half of the resamples have a figure.
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
        found += _figures(own, level, seed, times, language, None, codes)
        for code in codes or tally(own, level).values:
            bare = {unit: {who: _is(value, code) for who, value in row.items()} for unit, row in own.items()}
            found += _figures(bare, "nominal", seed, times, language, str(code), ("yes", "no"))
    return found


def _is(value: Value | None, code: Value) -> str | None:
    return None if value is None else "yes" if value == code else "no"


def _figures(
    table: Codings, level: Level, seed: str, times: int, language: str | None, code: str | None, codes: Sequence[Value]
) -> Iterator[Agreed]:
    told = tally(table, level, codes)
    paired = told.counts.sum(axis=1) > 1
    units = int(paired.sum())
    coders = len({who for row in table.values() for who, value in row.items() if value is not None})
    counted = np.zeros((times, len(told.units)))
    if units:
        counted[:, paired] = often(seed, units, times)
        counted[:, ~paired] = 1.0
    ways: dict[Statistic, Callable[[Tally, Vector], float]] = {
        "alpha": lambda told, weight: alpha_of(told, level, weight),
        "ac1": ac1_of,
        "percent": percent_of,
    }
    once = np.ones(len(told.units))
    for name, way in ways.items():
        value = _known(way(told, once))
        low, high = _interval([way(told, row) for row in counted]) if value is not None else (None, None)
        yield Agreed(name, level, language, code, value, low, high, units, coders)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _interval(drawn: Sequence[float]) -> tuple[float | None, float | None]:
    known = [value for value in drawn if not math.isnan(value)]
    if 2 * len(known) < len(drawn) or not known:
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
