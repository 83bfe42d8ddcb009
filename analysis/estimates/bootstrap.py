"""Resamples that anyone can make again, from digests, and the replicate weights that follow from them."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.sampled import Sample
from analysis.estimates.variances import Vector
from analysis.sampling.keys import digests, uniform

TIMES = 1_000
Places = NDArray[np.int64]


@lru_cache(maxsize=16)
def resamples(seed: str, n: int, times: int = TIMES, label: str = "") -> Places:
    """``times`` rows of ``n`` places of 0..n-1, drawn with replacement.

    Place j of resample b is floor(u * n) with u of the stream ``bootstrap/<b>`` and the unit ``<label>/<j>`` (without
    label ``<j>``): no generator, so any language gives the same ones. The array is shared: it cannot be written.
    """
    names = [f"{label}/{j}" if label else str(j) for j in range(n)]
    rows = [[int(uniform(one) * n) for one in digests(seed, f"bootstrap/{b}", names)] for b in range(times)]
    made = np.array(rows, np.int64).reshape(times, n)
    made.flags.writeable = False
    return made


def often(seed: str, n: int, times: int = TIMES) -> Vector:
    """How often each of ``n`` units is in each resample; shape (times, n)."""
    places = resamples(seed, n, times)
    flat = places + np.arange(times)[:, None] * n
    return np.bincount(flat.ravel(), minlength=times * n).reshape(times, n).astype(np.float64)


def replicates(sample: Sample, times: int = TIMES) -> Vector:
    """Replicate weights, shape (times, documents): the variance over them is that of the design, for linear estimates."""
    if sample.kind in ("order", "poisson"):
        return _generalised(sample, times)
    return _rescaled(sample, times)


def _rescaled(sample: Sample, times: int) -> Vector:
    """Rao, Wu and Yue (1992), with n_h - 1 of the n_h primary units of each stratum drawn with replacement.

    The finite population correction comes in as in Rao and Wu (1988). A stratum with one primary unit does not vary.
    """
    by_author = sample.kind == "authors"
    strata = np.zeros_like(sample.strata) if by_author else sample.strata
    units = sample.authors if by_author else sample.clusters
    spare = np.ones_like(sample.pi) if by_author or (sample.later < 1.0).any() else sample.spare
    factors = np.ones((times, len(sample.ids)))
    for code in np.unique(strata):
        here = strata == code
        _, unit = np.unique(units[here], return_inverse=True)
        n = int(unit.max()) + 1
        if n < 2:
            continue
        drawn = resamples(sample.seed, n, times, f"stratum-{code}")[:, : n - 1]
        flat = drawn + np.arange(times)[:, None] * n
        counts = np.bincount(flat.ravel(), minlength=times * n).reshape(times, n)
        reach = np.sqrt(spare[here])
        factors[:, here] = 1.0 - reach + reach * n / (n - 1) * counts[:, unit.ravel()]
    made: Vector = sample.weight * factors
    return made


def _generalised(sample: Sample, times: int) -> Vector:
    """Generalised bootstrap (Beaumont and Patak 2012): signs from digests, scaled to 1 - π and centred as Rosén (1997).

    Independent draws are not centred.
    """
    signs = np.array(
        [
            [1.0 if uniform(one) >= 0.5 else -1.0 for one in digests(sample.seed, f"bootstrap/{b}", sample.ids)]
            for b in range(times)
        ]
    )
    spare = np.clip(1.0 - sample.pi * sample.later, 0.0, None)
    moved = np.sqrt(spare) * signs
    for code in np.unique(sample.strata) if sample.kind == "order" else ():
        here = sample.strata == code
        n, total = int((spare[here] > 0).sum()), float(spare[here].sum())
        if n > 1:
            pull = moved[:, here].sum(axis=1, keepdims=True) / total
            moved[:, here] = np.sqrt(n / (n - 1)) * (moved[:, here] - spare[here] * pull)
    made: Vector = sample.weight * (1.0 + moved)
    return made
