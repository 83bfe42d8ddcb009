"""Quantiles of Student's t and of the beta distribution, from the incomplete beta function."""

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

_ENDLESS = 1e6
_TINY, _STEPS = 1e-300, 10_000


def normal(probability: float) -> float:
    """Quantile of the standard normal distribution."""
    return NormalDist().inv_cdf(probability)


@lru_cache(maxsize=1_024)
def student(probability: float, freedom: float) -> float:
    """Quantile of Student's t with ``freedom`` degrees, which need not be whole; beyond a million the normal one.

    Source: with T of t, T²/(freedom + T²) is beta(1/2, freedom/2) (Abramowitz and Stegun 1964, 26.7.1).
    """
    if freedom >= _ENDLESS:
        return normal(probability)
    if probability < 0.5:
        return -student(1.0 - probability, freedom)
    squared = beta(2.0 * probability - 1.0, 0.5, freedom / 2.0)
    return math.sqrt(freedom * squared / (1.0 - squared))


def beta(probability: float, a: float, b: float) -> float:
    """Quantile of the beta distribution; where ``a`` is 0 all of it lies at 0, where ``b`` is 0 at 1."""
    if a <= 0.0 or probability <= 0.0:
        return 0.0
    if b <= 0.0 or probability >= 1.0:
        return 1.0
    return _root(lambda x: incomplete_beta(x, a, b) - probability)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b), by its continued fraction (NIST DLMF 8.17.22)."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(1.0 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front) / a / _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)), by the method of Lentz (1976)."""
    value, above, below = 1.0, 1.0, 0.0
    for step in range(1, _STEPS):
        m = step // 2
        if step % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        below = 1.0 / _away(1.0 + d * below)
        above = _away(1.0 + d / above)
        value *= above * below
        if abs(above * below - 1.0) < 1e-16:
            break
    return value


def _away(number: float) -> float:
    return number if abs(number) > _TINY else _TINY


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function on 0..1 crosses zero, to the last bit."""
    low, high = 0.0, 1.0
    while True:
        middle = (low + high) / 2.0
        if not low < middle < high:
            return middle
        if rising(middle) < 0.0:
            low = middle
        else:
            high = middle
