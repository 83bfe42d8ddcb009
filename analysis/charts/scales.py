"""Heights for numbers: round tops of axes, and classes of counts."""

import math
from dataclasses import dataclass
from itertools import pairwise

_CLASSES = ((1, 2, 3, 4, 5), (1, 2, 5, 10, 20), (1, 3, 10, 30, 100), (1, 5, 20, 100, 500), (1, 10, 100, 1000, 10000))


@dataclass(frozen=True, slots=True)
class Height:
    """Numbers from 0 to ``top`` over ``room`` pixels that end at ``base``."""

    top: float
    base: float
    room: float

    def at(self, n: float) -> float:
        return self.base - self.of(n)

    def of(self, n: float) -> float:
        """Pixels for a number; what is not nothing keeps one pixel."""
        return max(1.0, n / self.top * self.room) if n > 0 else 0.0

    def ticks(self) -> list[float]:
        """0, the top, and the half between where that is a whole number."""
        return [0, self.top / 2, self.top] if self.top % 2 == 0 and self.room > 50 else [0, self.top]


def rounded_up(most: float) -> float:
    """The next of 1, 2, 3, 4, 5, 6, 8, 10 and their tens, of 12 and 15 and theirs, that is not smaller."""
    if most <= 1:
        return 1
    unit = 10 ** math.floor(math.log10(most))
    steps = (1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 10) if unit > 1 else (1, 2, 3, 4, 5, 6, 8, 10)
    return float(next(round(step * unit) for step in steps if step * unit >= most))


def classes(most: int) -> list[tuple[int, int | None]]:
    """At most five classes of counts with round bounds, each broader than the one before; the last is open.

    >>> classes(40)
    [(1, 1), (2, 4), (5, 9), (10, 19), (20, None)]
    """
    bounds = next((bounds for bounds in _CLASSES if 3 * bounds[-1] >= most), _CLASSES[-1])
    lows = [low for low in bounds if low <= most]
    return [*((low, above - 1) for low, above in pairwise(lows)), (lows[-1], None)]
