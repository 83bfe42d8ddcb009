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


def alpha_of(told: Tally, level: Level = "nominal") -> float:
    """The same of a tally."""
    return float(alphas(told, level, _once(told))[0])


def ac1_of(told: Tally) -> float:
    """The same of a tally."""
    return float(ac1s(told, _once(told))[0])


def percent_of(told: Tally) -> float:
    """The same of a tally."""
    return float(percents(told, _once(told))[0])


def alphas(told: Tally, level: Level, often: Vector) -> Vector:
    """Alpha of each row of ``often``, which says how often each unit counts; shape (rows, units)."""
    counts, kinds = told.counts, len(told.values)
    coders = counts.sum(axis=1)
    weight = np.where(coders > 1, often, 0.0)
    given = weight @ counts
    n = given.sum(axis=1)
    # Pairs of values that different coders gave one unit: a row of values by values a unit (Krippendorff's coincidences).
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(kinds)
    pairs /= np.maximum(coders - 1.0, 1.0)[:, None, None]
    together = (weight @ pairs.reshape(len(counts), kinds * kinds)).reshape(len(often), kinds, kinds)
    apart = _distances(told, level, given)
    observed = (together * apart).sum(axis=(1, 2))
    expected = (given[:, :, None] * given[:, None, :] * apart).sum(axis=(1, 2))
    # By count, not by `expected` alone: of values such as 0.1 the differences do not come to nought.
    sound = (n > 1.0) & (expected > 0.0) & ((given > 0.0).sum(axis=1) > 1)
    return np.where(sound, 1.0 - (n - 1.0) * observed / np.where(sound, expected, 1.0), math.nan)


def _distances(told: Tally, level: Level, given: Vector) -> Vector:
    """Squared distances of values, shape (1 or rows, values, values)."""
    if level == "nominal":
        return 1.0 - np.eye(len(told.values))[None]
    # An ordinal distance is the squared difference of mean ranks, ranks being those of the values that were given.
    numbers = told.numbers[None] if level == "interval" else np.cumsum(given, axis=1) - given / 2.0
    made: Vector = (numbers[:, :, None] - numbers[:, None, :]) ** 2
    return made


def ac1s(told: Tally, often: Vector) -> Vector:
    """AC1 of each row of ``often``, as in `alphas`."""
    kinds = len(told.values)
    same = percents(told, often)
    sound = ~np.isnan(same) & (kinds > 1)
    every = np.where(sound, often.sum(axis=1), 1.0)
    shares = often @ (told.counts / told.counts.sum(axis=1, keepdims=True)) / every[:, None]
    by_chance = np.where(sound, (shares * (1.0 - shares)).sum(axis=1) / max(kinds - 1, 1), 0.0)
    return np.where(sound, (same - by_chance) / (1.0 - by_chance), math.nan)


def percents(told: Tally, often: Vector) -> Vector:
    """Share of equal pairs of each row of ``often``, as in `alphas`."""
    coders = told.counts.sum(axis=1)
    weight = np.where(coders > 1, often, 0.0)
    same = (told.counts * (told.counts - 1.0)).sum(axis=1) / np.maximum(coders * (coders - 1.0), 1.0)
    every = weight.sum(axis=1)
    return np.where(every > 0.0, weight @ same / np.where(every > 0.0, every, 1.0), math.nan)


def _once(told: Tally) -> Vector:
    return np.ones((1, len(told.units)))
