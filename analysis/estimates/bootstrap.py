"""Resamples that anyone can make again, from digests, and the replicate weights that follow from them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.sampled import Sample
from analysis.estimates.variances import Vector
from analysis.sampling.keys import raw_digests

TIMES = 1_000
_BLOCK = 1 << 18
Places = NDArray[np.int64]
Counts = NDArray[np.unsignedinteger]


def resamples(seed: str, n: int, times: int = TIMES, label: str = "") -> Places:
    """``times`` rows of ``n`` places of 0..n-1, drawn with replacement.

    Place j of resample b is floor(u * n) with u of the stream ``bootstrap/<b>`` and the unit ``<label>/<j>`` (without
    label ``<j>``): no generator, so any language gives the same ones.
    """
    return _places(seed, n, range(times), label)


def _places(seed: str, n: int, which: range, label: str) -> Places:
    names = [f"{label}/{j}" if label else str(j) for j in range(n)]
    return (_uniforms(seed, names, which) * n).astype(np.int64)


def _uniforms(seed: str, names: Sequence[str], which: range) -> Vector:
    """`keys.uniform` of each name in the stream ``bootstrap/<b>`` of each b; shape (which, names)."""
    ids, heads = [one.encode() for one in names], np.empty((len(which), len(names)), np.uint64)
    for row, b in zip(heads, which, strict=True):
        row[:] = np.frombuffer(b"".join(raw_digests(seed, f"bootstrap/{b}", ids)), ">u8")[::4]
    return ((heads >> 12).astype(np.float64) + 0.5) / 2.0**52


def _blocks(times: int, n: int) -> Iterator[range]:
    """The resamples in turn, so few at once that what is made of them on the way stays small."""
    step = max(1, _BLOCK // max(1, n))
    return (range(start, min(start + step, times)) for start in range(0, times, step))


def often(seed: str, n: int, times: int = TIMES) -> Vector:
    """How often each of ``n`` units is in each resample; shape (times, n)."""
    return _counted(seed, (("", n, n),), times).astype(np.float64)


@lru_cache(maxsize=8)
def _counted(seed: str, strata: tuple[tuple[str, int, int], ...], times: int) -> Counts:
    """How often each unit of each stratum is among the first m of its n places, strata side by side: (label, n, m).

    Kept for the next figure of the same draw, in as few bytes as do.
    """
    made = np.empty((times, sum(n for _, n, _ in strata)), np.min_scalar_type(max(m for _, _, m in strata)))
    left = 0
    for label, n, m in strata:
        for which in _blocks(times, n):
            flat = _places(seed, n, which, label)[:, :m] + np.arange(len(which))[:, None] * n
            counts = np.bincount(flat.ravel(), minlength=len(which) * n)
            made[which.start : which.stop, left : left + n] = counts.reshape(-1, n)
        left += n
    return made


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
    pairs, unit = np.unique(np.stack([strata, units]), axis=1, return_inverse=True)
    codes, sizes = np.unique(pairs[0], return_counts=True)
    drawn = tuple((f"stratum-{code}", n, n - 1) for code, n in zip(codes.tolist(), sizes.tolist(), strict=True))
    counts = _counted(sample.seed, drawn, times)[:, unit.ravel()]
    n = sizes[np.searchsorted(codes, strata)]
    reach = np.where(n > 1, np.sqrt(spare), 0.0)
    made: Vector = sample.weight * (1.0 - reach + reach * n / np.maximum(n - 1, 1) * counts)
    return made


def _generalised(sample: Sample, times: int) -> Vector:
    """Generalised bootstrap (Beaumont and Patak 2012): signs from digests, scaled to 1 - π and centred as Rosén (1997).

    Independent draws are not centred.
    """
    spare = np.clip(1.0 - sample.pi * sample.later, 0.0, None)
    moved = np.sqrt(spare) * np.where(_heads(sample.seed, sample.ids, times), 1.0, -1.0)
    for code in np.unique(sample.strata) if sample.kind == "order" else ():
        here = sample.strata == code
        n, total = int((spare[here] > 0).sum()), float(spare[here].sum())
        if n > 1:
            pull = moved[:, here].sum(axis=1, keepdims=True) / total
            moved[:, here] = np.sqrt(n / (n - 1)) * (moved[:, here] - spare[here] * pull)
    made: Vector = sample.weight * (1.0 + moved)
    return made


@lru_cache(maxsize=8)
def _heads(seed: str, ids: tuple[str, ...], times: int) -> NDArray[np.bool_]:
    """A coin for each document and resample."""
    return np.concatenate([_uniforms(seed, ids, which) >= 0.5 for which in _blocks(times, len(ids))])
