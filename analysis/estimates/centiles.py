"""A median or another quantile of a number, with its interval over resamples."""

from collections.abc import Container, Mapping
from pathlib import Path

import numpy as np

from analysis.estimates.bootstrap import TIMES, replicates
from analysis.estimates.estimators import Estimate, counts, heavy_enough, inside, kish, known
from analysis.estimates.intervals import LEVEL
from analysis.estimates.sampled import Sample
from analysis.estimates.variances import Vector
from corpus.errors import UserError


def centile(
    draw: Path | Sample,
    values: Mapping[str, float],
    part: float = 0.5,
    domain: Container[str] | None = None,
    *,
    level: float = LEVEL,
) -> Estimate:
    """The smallest value that at least ``part`` of the documents do not exceed; 0.5 gives the median.

    Standard error and percentiles over replicate weights (Rao, Wu and Yue 1992; of draws by size Beaumont and Patak
    2012): a quantile is no smooth function of totals, so that no variance is linearised. Raises UserError where nothing
    is known, ValueError where ``part`` does not lie between 0 and 1.
    """
    if not 0.0 < part < 1.0:
        raise ValueError("a part lies between 0 and 1")
    sample, missing = known(draw, values, domain)
    here = inside(sample, domain)
    if not here.any():
        raise UserError("no document that was drawn and coded is in this domain", hint="take a wider domain")
    y = np.array([float(values.get(one, 0.0)) for one in sample.ids])[here]
    order = np.argsort(y, kind="stable")
    weight = sample.weight[here]
    value = float(_reached(y[order], weight[None, order], part)[0])
    weights = replicates(sample)[:, np.flatnonzero(here)[order]]
    drawn = _reached(y[order], weights[heavy_enough(weights)], part)
    low, high = np.quantile(drawn, [(1.0 - level) / 2.0, (1.0 + level) / 2.0]).tolist()
    se = 0.0 if sample.whole else float(drawn.std(ddof=1))
    return Estimate(
        value,
        se,
        low,
        high,
        len(y),
        kish(weight),
        f"quantile {part:g}, {TIMES} replicates",
        interval="percentile",
        **counts(sample, domain, missing),
    )


def _reached(rising: Vector, weights: Vector, part: float) -> Vector:
    """Of each row of weights the first value at which they come to ``part`` of their sum."""
    grown = np.cumsum(weights, axis=1)
    found: Vector = rising[(grown >= part * grown[:, -1:] * (1.0 - 1e-12)).argmax(axis=1)]
    return found
