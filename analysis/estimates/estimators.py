"""Estimates of totals, means and shares from a draw, each with the variance of the way it was drawn and its interval."""

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

import numpy as np

from analysis.estimates.bootstrap import TIMES, replicates
from analysis.estimates.intervals import LEVEL, Interval, of_share, symmetric
from analysis.estimates.sampled import Mask, Sample, read_sample
from analysis.estimates.scopes import Texts, scope_of
from analysis.estimates.variances import Codes, Vector, order, poisson, taylor, two_phase
from analysis.sampling.heaviest import EXTREME
from corpus.errors import UserError

Method = Literal["hajek", "horvitz-thompson", "total", "bootstrap"]
DIFFERENCE = "difference estimator"
"""The method that corrects labels."""


class Counts(TypedDict):
    """Documents of a domain that are told of by no value of their own; see `Estimate`."""

    missing: int
    uncovered: int
    unavailable: int
    replaced: int
    ineligible: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its standard error, its interval and what it rests on.

    `n` documents in the domain, worth `n_eff` of a plain draw. Of the domain's documents, `missing` were drawn and have no
    value, and `unavailable` were gone: those of their stratum stand for both; `replaced` gave their place to a reserve;
    `ineligible` were found to be no part of the frame; `uncovered` are in strata of which nothing is known: nothing is
    told of them. `interval` names how the interval was made; `outside`: the value is none that could be.
    """

    value: float
    se: float
    low: float
    high: float
    n: int
    n_eff: float
    method: str
    interval: str = "symmetric"
    missing: int = 0
    uncovered: int = 0
    unavailable: int = 0
    replaced: int = 0
    ineligible: int = 0
    outside: bool = False

    @property
    def scopes(self) -> Texts:
        """What the interval covers, in both languages."""
        return scope_of(self.interval, self.method.startswith(DIFFERENCE), self.uncovered)

    @property
    def scope(self) -> str:
        return self.scopes["en"]


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
    number of documents in the frame or the domain (Horvitz and Thompson 1952). ``total``: the weighted sum. ``bootstrap``: the ratio, with standard error and percentiles over replicate
    weights. ``domain`` must tell of every document of the frame: one of which all was drawn and is known is a census.
    ``second``: only the documents of the second phase, by double expansion. Documents found ineligible are of
    no domain. Raises UserError where nothing is known, where weights are extreme and ``extreme`` is not set, where a mean
    is asked for of numbers that are all the same, and where a sum is asked for of what no document stands for.
    """
    sample, missing = known(draw, values, domain, second)
    here = inside(sample, domain)
    if not here.any():
        raise UserError("no document that was drawn and coded is in this domain", hint="take a wider domain")
    refuse_extremes(sample, extreme)
    told = counts(sample, domain, missing)
    if told["uncovered"] and method in ("horvitz-thompson", "total"):
        raise UserError("no document stands for some strata, so that there is no sum", hint="take method hajek")
    y = np.array([float(values.get(one, 0.0)) for one in sample.ids])
    value, residual = _point(sample, here, y, domain, method)
    whole = sample.whole_in(domain)
    named = f"{method}, {_named(sample, whole)}"
    if method == "bootstrap" and not whole:
        weights = replicates(sample)[:, here]
        some = heavy_enough(weights)
        drawn = (weights[some] @ y[here]) / weights[some].sum(axis=1)
        variance = float(drawn.var(ddof=1))
        (low, high), n_eff, name = _interval(sample, here, y, residual, value, variance, method, level, whole)
        if np.ptp(y[here]) > 0.0:
            low, high = np.quantile(drawn, [(1.0 - level) / 2.0, (1.0 + level) / 2.0]).tolist()
            name = "percentile"
        named = f"{named}, {TIMES} replicates"
    else:
        variance = 0.0 if whole else spread(sample, residual)
        (low, high), n_eff, name = _interval(sample, here, y, residual, value, variance, method, level, whole)
    n, se = int(here.sum()), math.sqrt(variance)
    return Estimate(value, se, low, high, n, n_eff, named, name, **told)


def heavy_enough(weights: Vector) -> Mask:
    """The resamples that hold a document at all; raises UserError where fewer than half of them do."""
    some: Mask = weights.sum(axis=1) > 0.0
    if 2 * int(some.sum()) < len(some):
        raise UserError("most resamples hold no document of this domain", hint="take a wider domain")
    return some


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
        variance = two_phase(expanded * first.pi * second.pi, first, second)
        if variance < -1e-12 * float(
            (expanded**2).sum()
        ):  # unbiased, but none: units as drawn with replacement, upwards
            units = sample.authors if sample.kind == "authors" else sample.clusters
            strata = np.zeros_like(units) if sample.kind == "authors" else sample.strata
            variance = taylor(expanded, strata, units, np.ones_like(pi))
        variance = variance if math.isnan(variance) else max(0.0, variance)
    else:
        spare = np.ones_like(pi) if twice else sample.spare
        variance = taylor(expanded, sample.strata, sample.clusters, spare)
    if math.isnan(variance):
        raise UserError("one drawn unit tells nothing of how much units differ", hint="draw more units")
    return variance


def freedom(sample: Sample, here: Mask, parts: Vector | None = None) -> float:
    """Degrees of freedom: primary units less strata, of those that have a document in the domain; at the least 1. Units
    that were certain to come add nothing to a variance and count for nothing here.

    Where chances differ from unit to unit a few can make most of a variance: then no more than the units are worth less
    one, by their weights. With ``parts``, what the variance is the variance of the weighted sum of, no more than the
    degrees (Σz)²/Σz² - 1 (Satterthwaite 1946) of each document's part z of it, where documents were drawn by size or rate.
    """
    strata, units = _units(sample)
    pairs = np.unique(np.stack([strata, units])[:, here & ~sample.certain], axis=1)
    degrees = float(pairs.shape[1] - len(np.unique(pairs[0])))
    if sample.kind == "strata":
        return max(1.0, degrees)
    if parts is None or sample.kind == "authors":
        most = worth(sample, here)[0]
    else:
        z = np.clip(1.0 - sample.pi * sample.later, 0.0, None) * (sample.weight * parts) ** 2
        most = kish(z) if z.any() else math.inf
    return max(1.0, min(degrees, most - 1.0))


def _units(sample: Sample) -> tuple[Codes, Codes]:
    """Stratum and primary unit of each document."""
    if sample.kind == "authors":
        return np.zeros_like(sample.strata), sample.authors
    return sample.strata, sample.clusters


def kish(weight: Vector) -> float:
    """How many units of equal weight these are worth (Kish 1965)."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def worth(sample: Sample, here: Mask) -> tuple[float, float]:
    """How many primary units of equal weight the documents are worth, and how many primary units they are of.

    What a share rests on where nothing varies: the documents of a cluster may all be alike.
    """
    _, unit = np.unique(np.stack(_units(sample))[:, here], axis=1, return_inverse=True)
    totals: Vector = np.bincount(unit.ravel(), sample.weight[here]).astype(np.float64)
    return kish(totals), float(len(totals))


def _interval(
    sample: Sample,
    here: Mask,
    y: Vector,
    residual: Vector,
    value: float,
    variance: float,
    method: Method,
    level: float,
    whole: bool,
) -> tuple[Interval, float, str]:
    """Interval, effective number, and the interval's name."""
    inner, weight = y[here], sample.weight[here]
    if whole:
        return (value, value), float(len(inner)), "census"
    mean = method != "total"
    shares = mean and bool(np.isin(inner, (0.0, 1.0)).all()) and 0.0 <= value <= 1.0
    if method in ("hajek", "bootstrap") and not shares and not np.ptp(inner) > 0.0:
        raise UserError(
            "one number, or several that are the same, tell nothing of an error", hint="code more documents"
        )
    middle = float((weight * inner).sum() / weight.sum())
    single = value * (1.0 - value) if shares else float((weight * (inner - middle) ** 2).sum() / weight.sum())
    of_mean = variance if mean else variance / float(weight.sum()) ** 2
    varies = single > 0.0 and of_mean > 0.0
    n_eff, units = (single / of_mean, float(len(inner))) if varies else worth(sample, here)
    if shares:
        made, name = of_share(value, n_eff, units, freedom(sample, here), level)
        return made, n_eff, name
    return symmetric(value, variance, freedom(sample, here, residual), level), n_eff, "symmetric"


def known(
    draw: Path | Sample, values: Container[str], domain: Container[str] | None = None, second: bool = False
) -> tuple[Sample, int]:
    """The documents with a value, and how many of the domain's drawn ones have none."""
    sample = draw if isinstance(draw, Sample) else read_sample(draw)
    if second:
        sample = sample.second_phase()
    wanted = {one for one, good in zip(sample.ids, sample.eligible, strict=True) if good}
    told = {one for one in sample.ids if one in values or one not in wanted}
    missing = sum(one not in told and (domain is None or one in domain) for one in sample.ids)
    return sample.answering(told), missing


def counts(sample: Sample, domain: Container[str] | None, missing: int) -> Counts:
    """Of the domain's documents, those that are told of by no value of their own, by the fields of `Estimate`."""
    bad = [one for one, good in zip(sample.ids, sample.eligible, strict=True) if not good]
    kinds = {"unavailable": sample.gone, "replaced": sample.replaced, "ineligible": bad}
    found = {name: sum(domain is None or one in domain for one in ids) for name, ids in kinds.items()}
    return Counts(
        missing=missing,
        uncovered=sample.outside(domain),
        unavailable=found["unavailable"],
        replaced=found["replaced"],
        ineligible=found["ineligible"],
    )


def inside(sample: Sample, domain: Container[str] | None) -> Mask:
    made: Mask = sample.eligible & np.array([domain is None or one in domain for one in sample.ids], bool)
    return made


def _frame_size(sample: Sample, domain: Container[str] | None) -> int:
    size = len(sample.frame) if domain is None else sum(one in domain for one in sample.frame)
    if not size or sample.estimand != "documents" or not sample.eligible.all():
        raise UserError("the frame does not tell how many these are", hint="take method hajek")
    return size


def refuse_extremes(sample: Sample, accepted: bool) -> None:
    """Raise UserError where one document of the frame could decide, drawn or not, and that was not ``accepted``.

    What was drawn is asked only for gaps in the codes: to refuse the draws that a heavy document came to, and to give
    figures of the others, would leave those that are wrong.
    """
    seen = sample.weight * sample.later
    usual = max(sample.usual, float(seen.mean()))
    worst = max(float(seen.max()) / usual, sample.heaviest / sample.usual if sample.usual else 0.0)
    if worst > EXTREME and not accepted:
        raise UserError(
            f"one document of the frame can count for {worst:.0f} of the mean weight: an estimate would hang on a few",
            hint="draw by strata of author volume instead, or by size with a higher size_floor; "
            "or accept them: huanying estimate --accept-extreme-weights",
        )


def _named(sample: Sample, whole: bool) -> str:
    if whole:
        return "census"
    named = {"strata": "taylor", "order": "order sampling", "poisson": "poisson", "authors": "two-phase"}[sample.kind]
    return "two-phase" if (sample.later < 1.0).any() and sample.kind == "strata" else named
