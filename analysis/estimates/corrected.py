"""Shares by machine labels, corrected by a coded sample: unbiased whatever the classifier does wrong."""

import math
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
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
from analysis.estimates.intervals import FEW, LEVEL, Interval, of_difference, of_share, symmetric
from analysis.estimates.sampled import Mask, Sample
from analysis.estimates.variances import Vector
from corpus.errors import UserError

_CHANCE = 3.0
"""Standard errors beyond which the labelled among the drawn are not taken to differ from the others by chance."""


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
    al. 2023). ``machine`` must not have learned from ``truth``. No label counts as not ``klass``, whether the document
    was drawn or not. ``domain`` must tell of every frame document. ``power`` (PPI++, Angelopoulos, Duchi and Zrnic 2023)
    scales the labels: fixed beforehand the estimate stays unbiased, 0 uses the codes alone; it is not tuned here on the
    codes that it is used with. ``counted``: what `count` gives for the same sample, labels and domain.

    Documents that coders found ineligible are taken from both sums, which makes a ratio of two such estimates. Strata of
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
    errors, gone = np.where(here, true - said, 0.0), np.where(here & ~kept, 1.0, 0.0)
    base = of.size - float((sample.weight * gone).sum())
    value = (of.size * naive * power + float((sample.weight * errors).sum())) / base
    parts = (errors + value * gone) / base
    variance, wrong = spread(sample, parts), int((errors[kept] != 0.0).sum())
    if sample.whole:
        low, high, name = value, value, "census"
    elif power == 1.0 and _rarer(errors[kept]) < 2 * FEW:
        name = "newcombe of both kinds of error"
        low, high = _possible(_of_few(sample, parts, kept, value, level))
    else:
        low, high = _possible(symmetric(value, variance, freedom(sample, here, parts), level))
        name = "symmetric"
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
    error = math.sqrt(share * (1.0 - share) / worth(sample, here)[0])
    if abs(drawn - share) > _CHANCE * error + 1e-9:
        raise UserError(
            f"{100 * drawn:.0f} in 100 of the drawn documents have a label, and {100 * share:.0f} in 100 of all",
            hint="give all documents of the frame labels: huanying annotate",
        )


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


def _of_few(sample: Sample, parts: Vector, kept: Mask, value: float, level: float) -> Interval:
    """Interval where few errors were seen: of both kinds of error, and beside them of what was found ineligible."""
    errors, gone = np.where(kept, parts, 0.0), np.where(kept, 0.0, parts)
    difference, apart = float((sample.weight * errors).sum()), _of_errors(sample, errors, kept, level)
    reach = 0.0
    if gone.any():
        low, high = symmetric(0.0, spread(sample, gone), freedom(sample, kept | (gone != 0.0)), level)
        reach = max(-low, high)
    low, high = math.hypot(difference - apart[0], reach), math.hypot(apart[1] - difference, reach)
    return value - low, value + high


def _of_errors(sample: Sample, errors: Vector, here: Mask, level: float) -> Interval:
    """Interval of the share that the machine missed less the share that it gave wrongly."""
    shares, intervals = [], []
    degrees = freedom(sample, here, here.astype(np.float64))
    for kind in (1.0, -1.0):
        one = np.clip(kind * errors, 0.0, None)
        share = min(1.0, float((sample.weight * one).sum()))
        variance = spread(sample, one)
        varies = variance > 0.0 and 0.0 < share < 1.0
        n_eff, units = (share * (1.0 - share) / variance, float(here.sum())) if varies else worth(sample, here)
        shares.append(share)
        intervals.append(of_share(share, n_eff, units, degrees, level)[0])
    return of_difference(shares[0], intervals[0], shares[1], intervals[1])
