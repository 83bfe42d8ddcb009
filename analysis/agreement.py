"""How far coders agree, beyond chance: Krippendorff's alpha, Gwet's AC1, and the per cent of pairs that are the same."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Level = Literal["nominal", "ordinal", "interval"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")
Value = str | int | float
Codings = Mapping[str, Mapping[str, Value | None]]
"""Of each unit, what each coder said; a coder who is absent or null did not code it."""
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """`counts`: of each unit (row) how many coders gave each value (column); units that nobody coded are not in.

    `numbers`: the values as numbers where they are interval, else their places.
    """

    units: tuple[str, ...]
    values: tuple[Value, ...]
    counts: Vector
    numbers: Vector


def tally(table: Codings, level: Level = "nominal", codes: Sequence[Value] = ()) -> Tally:
    """Count a table. ``codes``: all values that could be given, in their order; without, those that were, sorted.

    Raises ValueError where a value is not among ``codes``, or an interval value is no number.
    """
    given = {value for row in table.values() for value in row.values() if value is not None}
    if codes and given - set(codes):
        raise ValueError(f"{sorted(map(str, given - set(codes)))[0]!r} is no code of this variable")
    if level == "interval":
        values = tuple(sorted(codes or given, key=float))
        numbers = np.array([float(value) for value in values])
    else:
        values = tuple(codes) or tuple(sorted(given, key=_natural))
        numbers = np.arange(float(len(values)))
    place = {value: number for number, value in enumerate(values)}
    units = tuple(sorted(unit for unit, row in table.items() if any(value is not None for value in row.values())))
    counts = np.zeros((len(units), len(values)))
    for number, unit in enumerate(units):
        for value in table[unit].values():
            if value is not None:
                counts[number, place[value]] += 1
    return Tally(units, values, counts, numbers)


def _natural(value: Value) -> tuple[int, float, str]:
    try:
        return 0, float(value), str(value)
    except ValueError:
        return 1, 0.0, str(value)


def alpha(table: Codings, level: Level = "nominal", codes: Sequence[Value] = ()) -> float:
    """Krippendorff's alpha, 1 - observed/expected disagreement; 1 is perfect, 0 is chance. NaN where nothing varies.

    Source: Krippendorff (2018), Content Analysis, 4th edition, chapter 12. Units that fewer than two coded do not count.
    Ordinal values go by the order of ``codes``, or by their numbers.
    """
    return alpha_of(tally(table, level, codes), level)


def ac1(table: Codings, codes: Sequence[Value] = ()) -> float:
    """Gwet's AC1, which does not fall where one code is rare. NaN with fewer than two codes, or no unit coded twice.

    Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition, chapter 5, for several coders and gaps: units
    that one coded count for how often codes are given. ``codes``: all that could be given, else those that were.
    """
    return ac1_of(tally(table, "nominal", codes))


def percent(table: Codings) -> float:
    """Share, 0 to 1, of pairs of coders of a unit who say the same, over units that two or more coded. NaN without any."""
    return percent_of(tally(table))


def alpha_of(told: Tally, level: Level = "nominal", often: Vector | None = None) -> float:
    """The same of a tally, each unit counted ``often`` times (default: once)."""
    counts = told.counts
    coders = counts.sum(axis=1)
    weight = np.where(coders > 1, 1.0 if often is None else often, 0.0)
    given = weight @ counts
    n = float(given.sum())
    if n <= 1.0:
        return math.nan
    pairs = np.maximum(coders - 1.0, 1.0)
    if level == "nominal":
        apart = (coders**2 - (counts**2).sum(axis=1)) / pairs
        expected = n * n - float((given**2).sum())
    else:
        # An ordinal distance is the squared difference of mean ranks, ranks being those of the values that were given.
        numbers = told.numbers if level == "interval" else np.cumsum(given) - given / 2.0
        numbers = numbers - float(given @ numbers) / n
        apart = 2.0 * (coders * (counts @ numbers**2) - (counts @ numbers) ** 2) / pairs
        expected = 2.0 * n * float(given @ numbers**2)
    if expected <= 0.0:
        return math.nan
    return 1.0 - (n - 1.0) * float(weight @ apart) / expected


def ac1_of(told: Tally, often: Vector | None = None) -> float:
    """The same of a tally, each unit counted ``often`` times (default: once)."""
    kinds = len(told.values)
    weight = np.ones(len(told.units)) if often is None else often
    agreed = percent_of(told, weight)
    if kinds < 2 or math.isnan(agreed):
        return math.nan
    shares = weight @ (told.counts / told.counts.sum(axis=1, keepdims=True)) / weight.sum()
    by_chance = float((shares * (1.0 - shares)).sum()) / (kinds - 1)
    return (agreed - by_chance) / (1.0 - by_chance)


def percent_of(told: Tally, often: Vector | None = None) -> float:
    """The same of a tally, each unit counted ``often`` times (default: once)."""
    coders = told.counts.sum(axis=1)
    weight = np.where(coders > 1, 1.0 if often is None else often, 0.0)
    if not weight.sum():
        return math.nan
    same = (told.counts * (told.counts - 1.0)).sum(axis=1) / np.maximum(coders * (coders - 1.0), 1.0)
    return float(weight @ same) / float(weight.sum())
