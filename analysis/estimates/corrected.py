"""Shares by machine labels, corrected by a coded sample: right on average whatever the classifier does wrong."""

import math
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from analysis.estimates.estimators import (
    DIFFERENCE,
    Estimate,
    counts,
    freedom,
    inside,
    known,
    refuse_extremes,
    spread,
    worth,
)
from analysis.estimates.intervals import FEW, LEVEL, Interval, korn_graubard, of_difference, of_share, symmetric
from analysis.estimates.sampled import Mask, Sample
from analysis.estimates.variances import Vector
from corpus.errors import UserError

_CHANCE = 0.003
"""How rarely the labelled among the drawn may differ so far from the others that it is still taken for chance."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """The share of a class: `estimate` by labels and codes, `naive` by the labels alone.

    `size` documents of the frame are in the domain, `unlabelled` of them without a label; of the `estimate.n` coded ones
    the machine is wrong on `wrong`.
    """

    estimate: Estimate
    naive: float
    size: int
    wrong: int
    unlabelled: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many documents of the frame are in a domain, and how many of them bear each label, those without one under null.

    `covered`: the same of those that are in none of the strata `lost`; null where that is all of them.
    """

    size: int
    bearing: Mapping[str | None, int]
    covered: "Counted | None" = None
    lost: frozenset[str] = frozenset()


def count(sample: Sample, machine: Mapping[str, str], domain: Container[str] | None = None) -> Counted:
    """Count the labels of a domain."""
    names = [one for one in sample.frame if domain is None or one in domain]
    found = Counter(machine.get(one) for one in names)
    if not sample.lost or not sample.places:
        return Counted(len(names), found)
    pairs = zip(sample.frame, sample.places, strict=True)
    known = {one for one, place in pairs if place not in sample.lost}
    covered = count(replace(sample, lost=frozenset()), machine, known.intersection(names))
    return Counted(len(names), found, covered, sample.lost)


def corrected(
    draw: Path | Sample,
    machine: Mapping[str, str],
    truth: Mapping[str, str],
    klass: str,
    domain: Container[str] | None = None,
    *,
    power: float = 1.0,
    level: float = LEVEL,
    counted: Counted | None = None,
    extreme: bool = False,
) -> Corrected:
    """Share of ``klass``: machine labels over the whole frame, plus the weighted errors found in the coded sample.

    Difference estimator, (sum over U of ŷ + sum over s of (y - ŷ)/π) / N (Särndal, Swensson and Wretman 1992, 6.3);
    the same as design-based supervised learning (Egami et al. 2023) and prediction-powered inference (Angelopoulos et
    al. 2023). In a ``domain`` the errors are divided by the sum of the weights there in the place of N: how many of its
    documents came is chance, and weighs no error more than it is (Hájek 1971; the variance is linearised). ``machine`` must not have learned from ``truth``. No label counts as not ``klass``, whether the document
    was drawn or not. ``domain`` must tell of every frame document. ``power`` (PPI++, Angelopoulos, Duchi and Zrnic 2023)
    scales the labels: fixed beforehand the estimate stays unbiased, 0 uses the codes alone; it is not tuned here on the
    codes that it is used with. ``counted``: what `count` gives for the same sample, labels and domain.

    Documents that coders found ineligible are taken from both sums, which makes a ratio of two such estimates. A domain of
    which every document was drawn and is known is a census. Strata of
    which nothing is known are left out. The value is not forced into 0..1, which would bias it; its interval is. With few
    errors the interval is put together of those of the two kinds of error, so that a machine without an error in the
    sample is not taken to be without any.
    Raises UserError where no document of the domain was coded, where the estimand is not documents, where weights are
    extreme and ``extreme`` is not set, and where the drawn documents have labels more or less often than the others.
    """
    sample, missing = known(draw, truth, domain)
    if sample.estimand != "documents":
        raise UserError("machine labels can be corrected for documents only", hint="draw with estimand documents")
    kept = inside(sample, domain)
    if not kept.any():
        raise UserError("no document of this domain was coded", hint="take a wider domain")
    refuse_extremes(sample, extreme)
    of = _reached(sample, counted, machine, domain)
    here = np.array([domain is None or one in domain for one in sample.ids], bool)
    _refuse_partial(sample, here, machine, of)
    naive = of.bearing.get(klass, 0) / of.size
    said = power * np.array([machine.get(one) == klass for one in sample.ids], float)
    true = np.where(kept, np.array([truth.get(one) == klass for one in sample.ids], float), 0.0)
    errors, whole = np.where(here, true - said, 0.0), sample.whole_in(domain)
    found = _Found(sample, here, kept, errors, power * naive, of.size, domain is not None)
    value, wrong = found.value, int((errors[kept] != 0.0).sum())
    variance = 0.0 if whole else spread(sample, found.parts)
    (low, high), name = ((value, value), "census") if whole else _interval(found, variance, power, level)
    single = value * (1.0 - value)
    n_eff = single / variance if single > 0.0 and variance > 0.0 else worth(sample, kept)[0]
    told = DIFFERENCE if power == 1.0 else f"{DIFFERENCE}, power {power:g}"
    more, n, se = counts(sample, domain, missing), int(kept.sum()), math.sqrt(variance)
    figure = Estimate(value, se, low, high, n, n_eff, told, name, outside=not 0.0 <= value <= 1.0, **more)
    return Corrected(figure, naive, of.size, wrong, of.bearing.get(None, 0))


def _reached(
    sample: Sample, counted: Counted | None, machine: Mapping[str, str], domain: Container[str] | None
) -> Counted:
    """Of the documents that others could stand for; raises UserError where the frame does not tell which these are."""
    if sample.uncovered and not sample.places:
        raise UserError("strata of which nothing is known cannot be left out", hint="read the draw from its folder")
    if counted is None or counted.lost != sample.lost:  # codes that are not there can lose strata
        counted = count(sample, machine, domain)
    return counted.covered or counted


def _refuse_partial(sample: Sample, here: Mask, machine: Mapping[str, str], of: Counted) -> None:
    """Raise UserError where drawn documents have labels so much more or less often than the frame's that it is no chance."""
    share = 1.0 - of.bearing.get(None, 0) / of.size
    weight = sample.weight * here
    drawn = float(weight @ np.array([one in machine for one in sample.ids], float)) / float(weight.sum())
    # Were labels given without regard to the draw, the share would vary as that of so many units drawn plainly.
    low, high = korn_graubard(drawn, (units := worth(sample, here)[0]), units, level=1.0 - _CHANCE)
    if not low - 1e-9 <= share <= high + 1e-9:
        raise UserError(
            f"{100 * drawn:.0f} in 100 of the drawn documents have a label, and {100 * share:.0f} in 100 of all",
            hint="give all documents of the frame labels: huanying annotate",
        )


@dataclass(frozen=True)
class _Found:
    """Errors of labels in the coded sample, and the share that follows; `before`: what labels alone say of it.

    Of the documents `here` those `kept` are eligible; `size` are in the frame. `ratio`: errors are divided by the
    weights of those that came, not by how many there are.
    """

    sample: Sample
    here: Mask
    kept: Mask
    errors: Vector
    before: float
    size: int
    ratio: bool

    @cached_property
    def base(self) -> float:
        """How many eligible documents there are."""
        if self.ratio:
            return float(self.sample.weight[self.kept].sum())
        return self.size - float(self.sample.weight[self.here & ~self.kept].sum())

    @cached_property
    def value(self) -> float:
        size = float(self.sample.weight[self.here].sum()) if self.ratio else self.size
        return (size * self.before + float((self.sample.weight * self.errors).sum())) / self.base

    @cached_property
    def parts(self) -> Vector:
        """What of each document the variance is the variance of the weighted sum of."""
        if self.ratio:
            return np.where(self.here, self.errors + self.before - self.value * self.kept, 0.0) / self.base
        return (self.errors + self.value * (self.here & ~self.kept)) / self.base

    def of_share(self, values: Vector, share: float) -> Vector:
        """The same of ``values`` of the eligible documents, whose mean is ``share``."""
        return (values - share * self.kept if self.ratio else values) / self.base


def _rarer(errors: Vector) -> int:
    """How many documents are not as most are: right, missed or given wrongly."""
    return len(errors) - int(np.unique(errors, return_counts=True)[1].max())


def _possible(made: Interval) -> Interval:
    """What of an interval lies within 0..1; where nothing does, as much as it reaches to one side from the nearer end."""
    reach = (made[1] - made[0]) / 2.0
    if made[1] < 0.0:
        return 0.0, min(1.0, reach)
    if made[0] > 1.0:
        return max(0.0, 1.0 - reach), 1.0
    return max(0.0, made[0]), min(1.0, made[1])


def _interval(found: _Found, variance: float, power: float, level: float) -> tuple[Interval, str]:
    """The interval within 0..1, and its name."""
    if power == 1.0 and _rarer(found.errors[found.kept]) < 2 * FEW:
        return _possible(_of_few(found, level)), "newcombe of both kinds of error"
    degrees = freedom(found.sample, found.here, found.parts)
    return _possible(symmetric(found.value, variance, degrees, level)), "symmetric"


def _of_few(found: _Found, level: float) -> Interval:
    """Interval where few errors were seen: of both kinds of error, and beside them of what was found ineligible."""
    sample, kept, base = found.sample, found.kept, found.base
    errors = np.where(kept, found.errors, 0.0)
    difference, apart = float((sample.weight * errors).sum()) / base, _of_errors(found, level)
    reach = 0.0
    if not np.array_equal(kept, found.here):
        rest = found.parts - found.of_share(errors, difference)
        low, high = symmetric(0.0, spread(sample, rest), freedom(sample, found.here), level)
        reach = max(-low, high)
    low, high = math.hypot(difference - apart[0], reach), math.hypot(apart[1] - difference, reach)
    return found.value - low, found.value + high


def _of_errors(found: _Found, level: float) -> Interval:
    """Interval of the share that the machine missed less the share that it gave wrongly."""
    sample, kept = found.sample, found.kept
    shares, intervals = [], []
    degrees = freedom(sample, kept, kept.astype(np.float64))
    for kind in (1.0, -1.0):
        one = np.where(kept, np.clip(kind * found.errors, 0.0, None), 0.0)
        share = min(1.0, float((sample.weight * one).sum()) / found.base)
        variance = spread(sample, found.of_share(one, share))
        varies = variance > 0.0 and 0.0 < share < 1.0
        n_eff, units = (share * (1.0 - share) / variance, float(kept.sum())) if varies else worth(sample, kept)
        shares.append(share)
        intervals.append(of_share(share, n_eff, units, degrees, level)[0])
    return of_difference(shares[0], intervals[0], shares[1], intervals[1])
