"""How many units each stratum gives: one seat after the other by Sainte-Laguë's divisors, so that more never takes one away."""

import heapq
from collections.abc import Mapping
from fractions import Fraction


def sainte_lague(
    weights: Mapping[str, Fraction | int], sizes: Mapping[str, int], n: int, least: int = 0
) -> dict[str, int]:
    """``n`` seats over strata by ``weights``, none over its size; each has ``least`` first, where it has so many units.

    The next seat goes to the largest weight / (2 seats + 1), in exact fractions; ties by the stratum's name. So the
    seats of n are among those of n + 1 in every stratum (no Alabama paradox). Strata of weight 0 come last.

    Raises ValueError where the sizes hold fewer than ``n`` units, or the minima more.
    """
    seats = {name: min(least, size) for name, size in sizes.items()}
    left = n - sum(seats.values())
    if left < 0:
        raise ValueError(f"the minima alone ask for {sum(seats.values())} units, and n is {n}")
    if n > sum(sizes.values()):
        raise ValueError(f"n is {n}, and there are {sum(sizes.values())} units")
    waiting = [
        (-_quotient(weights[name], seats[name]), name) for name, size in sorted(sizes.items()) if seats[name] < size
    ]
    heapq.heapify(waiting)
    for _ in range(left):
        name = waiting[0][1]
        seats[name] += 1
        if seats[name] < sizes[name]:
            heapq.heapreplace(waiting, (-_quotient(weights[name], seats[name]), name))
        else:
            heapq.heappop(waiting)
    return dict(sorted(seats.items()))


def _quotient(weight: Fraction | int, seats: int) -> Fraction:
    return Fraction(weight) / (2 * seats + 1)


def proportional(sizes: Mapping[str, int], n: int, least: int = 0) -> dict[str, int]:
    """Seats by the number of units."""
    return sainte_lague(sizes, sizes, n, least)


def neyman(sizes: Mapping[str, int], spreads: Mapping[str, float], n: int, least: int = 0) -> dict[str, int]:
    """Seats by N_h * S_h (Neyman 1934), with S_h, the standard deviation in the stratum, fixed in the plan beforehand."""
    weights = {name: size * Fraction(str(spreads[name])) for name, size in sizes.items()}
    return sainte_lague(weights, sizes, n, least)
