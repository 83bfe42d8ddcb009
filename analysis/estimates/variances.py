"""Variances of an estimated total, one for each way of drawing; all take the values already divided by their probability."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Phase:
    """A stratified draw without replacement: of each unit its stratum, how many were drawn there, and of how many."""

    strata: Codes
    taken: Vector
    sizes: Vector

    @property
    def pi(self) -> Vector:
        """Probability of each unit to be drawn."""
        return self.taken / self.sizes

    @property
    def pairs(self) -> Vector:
        """Probability of a unit and another of its stratum to be drawn together."""
        below = np.where(self.sizes > 1, self.sizes * (self.sizes - 1), 1)
        return np.where(self.sizes > 1, self.taken * (self.taken - 1) / below, 0.0)

    def of(self, here: NDArray[np.bool_]) -> "Phase":
        """The same of some of the units."""
        return Phase(self.strata[here], self.taken[here], self.sizes[here])


def taylor(expanded: Vector, strata: Codes, clusters: Codes, spare: Vector) -> float:
    """Between primary units within strata, with the finite population correction ``spare`` (1 - f) of the stratum.

    Source: ultimate clusters (Hansen, Hurwitz and Madow 1953; Särndal, Swensson and Wretman 1992, 4.3 and 5.5); of a
    ratio or a domain give the linearised values (Woodruff 1971). A stratum with one primary unit is centred on the
    mean of all (Lumley 2010, lonely units "adjust"). NaN where there is one primary unit in all.
    """
    _, first, unit = np.unique(np.stack([strata, clusters]), axis=1, return_index=True, return_inverse=True)
    totals = np.bincount(unit.ravel(), expanded)
    if len(totals) < 2:
        return 0.0 if not spare.any() else float("nan")
    _, stratum = np.unique(strata[first], return_inverse=True)
    often = np.bincount(stratum)
    means = np.bincount(stratum, totals) / often
    centre = np.where(often == 1, totals.mean(), means)[stratum]
    factor = np.where(often == 1, 1.0, often / np.maximum(often - 1, 1))[stratum]
    return float((spare[first] * factor * (totals - centre) ** 2).sum())


def order(expanded: Vector, shares: Vector, strata: Codes) -> float:
    """Order sampling of fixed size (sequential Poisson, Pareto) with target shares λ: Hájek's form with c = 1 - λ.

    Source: Rosén (1997) for Pareto; Ohlsson (1998) for sequential Poisson; the form is Hájek's (1964). Units that are
    certain have c = 0 and add nothing.
    """
    spare = np.clip(1.0 - shares, 0.0, None)
    _, stratum = np.unique(strata, return_inverse=True)
    weight = np.bincount(stratum, spare)
    centre = np.bincount(stratum, spare * expanded) / np.where(weight > 0, weight, 1.0)
    often = np.bincount(stratum, spare > 0)
    centre = np.where(often > 1, centre, 0.0)[stratum]
    factor = np.where(often > 1, often / np.maximum(often - 1, 1), 1.0)[stratum]
    return float((factor * spare * (expanded - centre) ** 2).sum())


def poisson(expanded: Vector, pi: Vector) -> float:
    """Independent draws: the sum of (1 - π)(y/π)² (Särndal, Swensson and Wretman 1992, 3.5)."""
    return float(((1.0 - pi) * expanded**2).sum())


def two_phase(values: Vector, first: Phase, second: Phase) -> float:
    """Of the double expansion estimator, sum of y/(π1 π2): both phases stratified draws without replacement.

    Source: Särndal, Swensson and Wretman (1992), result 9.3.1 and its estimator (9.3.7). Where one unit of several was
    taken in a first-phase stratum no pair is known; its part then stands without the centring, which errs upwards. Unbiased, so it can fall below 0 by chance.
    """
    once = values / first.pi
    own = (1.0 - first.pi) * once**2 / second.pi
    known = first.pairs > 0
    tie = np.where(known, 1.0 - first.pi**2 / np.where(known, first.pairs, 1.0), 0.0)
    tied = tie != 0.0
    paired = 0.0 if not tied.any() else _pairs(once[tied], first.strata[tied], tie[tied], second.of(tied))
    later = taylor(once / second.pi, second.strata, np.arange(len(values)), 1.0 - second.pi)
    return float(own.sum()) + paired + later


def _pairs(values: Vector, group: Codes, tie: Vector, phase: Phase) -> float:
    """Sum over ordered pairs of different units of a group of tie y_k y_l / π_kl, with the probabilities of ``phase``."""
    _, place, inverse = np.unique(np.stack([group, phase.strata]), axis=1, return_index=True, return_inverse=True)
    cell = inverse.ravel()
    sums, squares, often = np.bincount(cell, values), np.bincount(cell, values**2), np.bincount(cell)
    together, apart = phase.pairs[place], sums / phase.pi[place]
    within = np.where(often > 1, (sums**2 - squares) / np.where(together > 0, together, 1.0), 0.0)
    _, first, owner = np.unique(group[place], return_index=True, return_inverse=True)
    across = np.bincount(owner, apart) ** 2 - np.bincount(owner, apart**2)
    return float(tie[place] @ within + tie[place][first] @ across)
