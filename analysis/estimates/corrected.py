"""Shares by machine labels, corrected by a coded sample: unbiased whatever the classifier does wrong."""

import math
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.estimates.estimators import Estimate, freedom, inside, kish, known, spread
from analysis.estimates.intervals import FEW, LEVEL, Interval, of_difference, of_share, symmetric
from analysis.estimates.sampled import Mask, Sample
from analysis.estimates.variances import Vector
from corpus.errors import UserError


@dataclass(frozen=True, slots=True)
class Corrected:
    """The share of a class: `estimate` by labels and codes, `naive` by the labels alone.

    `size` documents of the frame are in the domain; of the `estimate.n` coded ones the machine is wrong on `wrong`.
    """

    estimate: Estimate
    naive: float
    size: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many documents of the frame are in a domain, and how many of them bear each label."""

    size: int
    bearing: Mapping[str | None, int]


def count(sample: Sample, machine: Mapping[str, str], domain: Container[str] | None = None) -> Counted:
    """Count the labels of a domain; those without one under null."""
    found = Counter(machine.get(one) for one in sample.frame if domain is None or one in domain)
    return Counted(found.total(), found)


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
) -> Corrected:
    """Share of ``klass``: machine labels over the whole frame, plus the weighted errors found in the coded sample.

    Difference estimator, (sum over U of ŷ + sum over s of (y - ŷ)/π) / N (Särndal, Swensson and Wretman 1992, 6.3);
    the same as design-based supervised learning (Egami et al. 2023) and prediction-powered inference (Angelopoulos et
    al. 2023). ``machine`` has a label of every frame document, or none: no label counts as not ``klass``. ``domain``
    must tell of every frame document. ``power`` (PPI++, Angelopoulos, Duchi and Zrnic 2023) scales the labels: fixed
    beforehand the estimate stays unbiased, 0 uses the codes alone; it is not tuned here on the codes that it is used with.
    ``counted``: what `count` gives for the same labels and domain, where several classes of them are asked for.

    Documents that coders found ineligible are taken from both sums, which makes a ratio of two such estimates.
    The value is not forced into 0..1, which would bias it; its interval is. With few errors the interval is put
    together of those of the two kinds of error, so that a machine without an error in the sample is not taken to be without any.
    Raises UserError where no document of the domain was coded, or where the estimand is not documents.
    """
    sample, missing = known(draw, truth)
    if sample.estimand != "documents":
        raise UserError("machine labels can be corrected for documents only", hint="draw with estimand documents")
    here = np.array([domain is None or one in domain for one in sample.ids], bool)
    kept = inside(sample, domain)
    if not kept.any():
        raise UserError("no document of this domain was coded", hint="take a wider domain")
    labelled = counted or count(sample, machine, domain)
    size, naive = labelled.size, labelled.bearing.get(klass, 0) / labelled.size
    said = power * np.array([machine.get(one) == klass for one in sample.ids], float)
    true = np.where(kept, np.array([truth.get(one) == klass for one in sample.ids], float), 0.0)
    errors, gone = np.where(here, true - said, 0.0), np.where(here & ~kept, 1.0, 0.0)
    base = size - float((sample.weight * gone).sum())
    value = (size * naive * power + float((sample.weight * errors).sum())) / base
    variance = spread(sample, (errors + value * gone) / base)
    degrees, wrong = freedom(sample, here), int((errors[kept] != 0.0).sum())
    name = "symmetric"
    made = symmetric(value, variance, degrees, level)
    if sample.whole:
        made, name = (value, value), "census"
    elif wrong < 2 * FEW and power == 1.0 and not gone.any():
        apart = _of_errors(sample, errors / size, kept, degrees, level)
        made, name = (naive + apart[0], naive + apart[1]), "newcombe of both kinds of error"
    low, high = min(value, max(0.0, made[0])), max(value, min(1.0, made[1]))
    single = value * (1.0 - value)
    n_eff = single / variance if single > 0.0 and variance > 0.0 else kish(sample.weight[kept])
    told = "difference estimator" + (f", power {power:g}" if power != 1.0 else "")
    n, outside = int(kept.sum()), sample.uncovered
    se = math.sqrt(variance)
    figure = Estimate(value, se, low, high, n, n_eff, told, interval=name, missing=missing, uncovered=outside)
    return Corrected(figure, naive, size, wrong)


def _of_errors(sample: Sample, errors: Vector, here: Mask, degrees: float, level: float) -> Interval:
    """Interval of the share that the machine missed less the share that it gave wrongly."""
    shares, intervals = [], []
    for kind in (1.0, -1.0):
        one = np.clip(kind * errors, 0.0, None)
        share = min(1.0, float((sample.weight * one).sum()))
        variance = spread(sample, one)
        n_eff = share * (1.0 - share) / variance if variance > 0.0 and share < 1.0 else kish(sample.weight[here])
        shares.append(share)
        intervals.append(of_share(share, n_eff, float(here.sum()), degrees, level)[0])
    return of_difference(shares[0], intervals[0], shares[1], intervals[1])
