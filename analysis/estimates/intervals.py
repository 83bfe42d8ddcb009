"""Intervals from an estimate, its variance and its effective number: symmetric ones, and those for shares near 0 and 1."""

import math

from analysis.estimates.quantiles import beta, student

LEVEL = 0.95
FEW = 10.0
"""Effective number of the rarer kind under which a share gets the exact interval: symmetric ones fail there."""
Interval = tuple[float, float]


def symmetric(value: float, variance: float, freedom: float, level: float = LEVEL) -> Interval:
    """Value ± t * standard error, t with the design's degrees of freedom."""
    reach = student((1.0 + level) / 2.0, freedom) * math.sqrt(variance)
    return value - reach, value + reach


def wilson(share: float, n: float, freedom: float = math.inf, level: float = LEVEL) -> Interval:
    """Wilson's (1927) score interval of a share with ``n``, the design's effective number; t in the place of z."""
    z2 = student((1.0 + level) / 2.0, freedom) ** 2
    middle = (share + z2 / (2.0 * n)) / (1.0 + z2 / n)
    reach = math.sqrt(z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))) / (1.0 + z2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def korn_graubard(share: float, n_eff: float, n: float, freedom: float = math.inf, level: float = LEVEL) -> Interval:
    """Korn and Graubard's (1998) interval: Clopper and Pearson's (1934) with the effective number.

    The effective number is scaled by the degrees of freedom that the design has, and never above the ``n`` units.
    """
    upper = (1.0 + level) / 2.0
    scaled = n_eff * (student(upper, max(n - 1.0, 1.0)) / student(upper, freedom)) ** 2
    number = min(n, scaled)
    found = share * number
    return beta(1.0 - upper, found, number - found + 1.0), beta(upper, found + 1.0, number - found)


def of_share(share: float, n_eff: float, n: float, freedom: float, level: float = LEVEL) -> tuple[Interval, str]:
    """Interval of a share, and its name: Wilson's, or Korn and Graubard's where the rarer kind is rare."""
    if n_eff * min(share, 1.0 - share) < FEW:
        return korn_graubard(share, n_eff, n, freedom, level), "korn-graubard"
    return wilson(share, n_eff, freedom, level), "wilson"


def of_difference(first: float, one: Interval, second: float, other: Interval) -> Interval:
    """Interval of the difference of two shares from the interval of each (Newcombe 1998; Zou and Donner 2008)."""
    apart = first - second
    low = apart - math.hypot(first - one[0], other[1] - second)
    high = apart + math.hypot(one[1] - first, second - other[0])
    return max(-1.0, low), min(1.0, high)
