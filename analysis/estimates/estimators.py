"""Estimates of totals, means and shares from a draw, each with the variance of the way it was drawn and its interval."""

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from analysis.estimates.bootstrap import TIMES, replicates
from analysis.estimates.intervals import LEVEL, Interval, of_share, symmetric
from analysis.estimates.sampled import Mask, Sample, read_sample
from analysis.estimates.variances import Vector, order, poisson, taylor, two_phase
from corpus.errors import UserError

Method = Literal["hajek", "horvitz-thompson", "total", "bootstrap"]
SCOPES = {
    "en": "Of the collected frame: covers errors of the draw, of coding and of labels; not of collection, ranking, deletion.",
    "zh": "仅就已收集的抽样框而言：涵盖抽样、编码与标注误差；不涵盖采集、排序推荐与删除所致的误差。",
}
EXTREME = 20.0
"""Largest weight over the mean weight, beyond which a few documents would decide an estimate of documents."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its standard error, its interval and what it rests on.

    `n` documents in the domain, worth `n_eff` of a plain draw; `missing` were drawn and have no value: those of their
    stratum stand for them. `uncovered` units of the frame are in strata from which none was drawn: nothing is told of
    them. `interval` names how the interval was made.
    """

    value: float
    se: float
    low: float
    high: float
    n: int
    n_eff: float
    method: str
    scope: str = SCOPES["en"]
    interval: str = "symmetric"
    missing: int = 0
    uncovered: int = 0


def estimate(
    draw: Path | Sample,
    values: Mapping[str, float],
    domain: Container[str] | None = None,
    method: Method = "hajek",
    *,
    second: bool = False,
    level: float = LEVEL,
    extreme: bool = False,
) -> Estimate:
    """Mean of ``values`` (a share, where they are 0 and 1) or their total, in the frame or in a ``domain`` of it.

    ``hajek``: ratio of weighted sums (Hájek 1971), its variance linearised. ``horvitz-thompson``: weighted sum over the
    number of documents in the frame or the domain (Horvitz and Thompson 1952), which the domain must then tell of every
    document. ``total``: the weighted sum. ``bootstrap``: the ratio, with standard error and percentiles over replicate
    weights. ``second``: only the documents of the second phase, by double expansion. Documents found ineligible are of
    no domain. Raises UserError where nothing is known, or where weights are extreme and ``extreme`` is not set.
    """
    sample, missing = known(draw, values, second)
    here = inside(sample, domain)
    if not here.any():
        raise UserError("no document that was drawn and coded is in this domain", hint="take a wider domain")
    if not extreme:
        _refuse_extremes(sample)
    y = np.array([float(values.get(one, 0.0)) for one in sample.ids])
    value, residual = _point(sample, here, y, domain, method)
    named = f"{method}, {_named(sample)}"
    if method == "bootstrap":
        weights = replicates(sample)[:, here]
        drawn = (weights @ y[here]) / weights.sum(axis=1)
        variance = float(drawn.var(ddof=1))
        _, n_eff, _ = _interval(sample, here, y, value, variance, True, level)
        low, high = np.quantile(drawn, [(1.0 - level) / 2.0, (1.0 + level) / 2.0]).tolist()
        named, name = f"{named}, {TIMES} replicates", "percentile"
    else:
        variance = spread(sample, residual)
        (low, high), n_eff, name = _interval(sample, here, y, value, variance, method != "total", level)
    n = int(here.sum())
    se = math.sqrt(variance)
    return Estimate(value, se, low, high, n, n_eff, named, interval=name, missing=missing, uncovered=sample.uncovered)


def _point(
    sample: Sample, here: Mask, y: Vector, domain: Container[str] | None, method: Method
) -> tuple[float, Vector]:
    """The figure, and what of each document its variance is the variance of the weighted sum of."""
    total = float((sample.weight * y)[here].sum())
    if method == "total":
        return total, np.where(here, y, 0.0)
    if method == "horvitz-thompson":
        size = _frame_size(sample, domain)
        return total / size, np.where(here, y, 0.0) / size
    weighed = float(sample.weight[here].sum())
    return total / weighed, np.where(here, y - total / weighed, 0.0) / weighed


def spread(sample: Sample, values: Vector) -> float:
    """Variance of the weighted sum of ``values``, by the way the sample was drawn.

    Raises UserError where one unit is all there is.
    """
    expanded, pi = values * sample.weight, sample.pi * sample.later
    twice = bool((sample.later < 1.0).any())
    if sample.kind == "poisson" and not twice:
        variance = poisson(expanded, pi)
    elif sample.kind in ("order", "poisson"):
        variance = order(expanded, pi, sample.strata)
    elif sample.kind == "authors" and twice:  # three phases: authors as drawn with replacement, which errs upwards
        variance = taylor(expanded, np.zeros_like(sample.strata), sample.authors, np.ones_like(pi))
    elif sample.kind == "authors" or (twice and sample.plain):
        first, second = sample.phases()
        variance = max(0.0, two_phase(expanded * first.pi * second.pi, first, second))
    else:
        spare = np.ones_like(pi) if twice else sample.spare
        variance = taylor(expanded, sample.strata, sample.clusters, spare)
    if math.isnan(variance):
        raise UserError("one drawn unit tells nothing of how much units differ", hint="draw more units")
    return variance


def freedom(sample: Sample, here: Mask) -> float:
    """Degrees of freedom: primary units less strata, of those that have a document in the domain; at the least 1."""
    units = sample.authors if sample.kind == "authors" else sample.clusters
    strata = np.zeros_like(sample.strata) if sample.kind == "authors" else sample.strata
    pairs = np.unique(np.stack([strata, units])[:, here], axis=1)
    return float(max(1, pairs.shape[1] - len(np.unique(pairs[0]))))


def kish(weight: Vector) -> float:
    """How many units of equal weight these are worth (Kish 1965)."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def _interval(
    sample: Sample, here: Mask, y: Vector, value: float, variance: float, mean: bool, level: float
) -> tuple[Interval, float, str]:
    """Interval, effective number, and the interval's name."""
    inner, weight = y[here], sample.weight[here]
    if sample.whole:
        return (value, value), float(len(inner)), "census"
    shares = mean and bool(np.isin(inner, (0.0, 1.0)).all()) and 0.0 <= value <= 1.0
    middle = float((weight * inner).sum() / weight.sum())
    single = value * (1.0 - value) if shares else float((weight * (inner - middle) ** 2).sum() / weight.sum())
    of_mean = variance if mean else variance / float(weight.sum()) ** 2
    n_eff = single / of_mean if single > 0.0 and of_mean > 0.0 else kish(weight)
    degrees = freedom(sample, here)
    if shares:
        made, name = of_share(value, n_eff, float(len(inner)), degrees, level)
        return made, n_eff, name
    return symmetric(value, variance, degrees, level), n_eff, "symmetric"


def known(draw: Path | Sample, values: Container[str], second: bool = False) -> tuple[Sample, int]:
    """The documents with a value, and how many of the drawn have none."""
    sample = draw if isinstance(draw, Sample) else read_sample(draw)
    if second:
        sample = sample.second_phase()
    wanted = {one for one, good in zip(sample.ids, sample.eligible, strict=True) if good}
    told = {one for one in sample.ids if one in values or one not in wanted}
    return sample.answering(told), len(sample.ids) - len(told)


def inside(sample: Sample, domain: Container[str] | None) -> Mask:
    made: Mask = sample.eligible & np.array([domain is None or one in domain for one in sample.ids], bool)
    return made


def _frame_size(sample: Sample, domain: Container[str] | None) -> int:
    size = len(sample.frame) if domain is None else sum(one in domain for one in sample.frame)
    if not size or sample.estimand != "documents" or not sample.eligible.all():
        raise UserError("the frame does not tell how many these are", hint="take method hajek")
    return size


def _refuse_extremes(sample: Sample) -> None:
    worst = float(sample.weight.max() / sample.weight.mean())
    if worst > EXTREME:
        raise UserError(
            f"one document would count for {worst:.0f} of the mean weight: an estimate would hang on a few",
            hint="draw by strata of author volume instead, or accept extreme weights by name",
        )


def _named(sample: Sample) -> str:
    if sample.whole:
        return "census"
    named = {"strata": "taylor", "order": "order sampling", "poisson": "poisson", "authors": "two-phase"}[sample.kind]
    return "two-phase" if (sample.later < 1.0).any() and sample.kind == "strata" else named
