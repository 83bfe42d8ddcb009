"""Where the rows of a picture lie that has one row a name."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.charts.drawing import INK, NARROW, PAPER, SIZE, SMALL, SOFT, WIDE, Box, Group, Letters, Mark
from analysis.charts.legend import HATCHED, hatch
from analysis.charts.lettering import percent, shortened, width


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where the rows of a picture lie: names beside their row, or above it on narrow screens."""

    narrow: bool
    beside: float
    right: float
    top: float
    high: float = 18

    @property
    def total(self) -> int:
        return NARROW if self.narrow else WIDE

    @property
    def left(self) -> float:
        return 4 if self.narrow else self.beside

    @property
    def room(self) -> float:
        return self.total - self.left - (6 if self.narrow else self.right)

    @property
    def apart(self) -> float:
        return self.high + (24 if self.narrow else 8)

    def of(self, n: int) -> float:
        """Upper edge of the n-th row's marks."""
        return self.top + n * self.apart + (18 if self.narrow else 0)

    def named(self, n: int, name: str, beside: str) -> list[Group]:
        """The row's name, shortened, and what is told at its end."""
        y = self.of(n) - 5 if self.narrow else self.of(n) + self.high / 2 + 4
        room = self.total - 8 - width(beside, SMALL) - 12 if self.narrow else self.beside - 12
        text = shortened(name, room, SIZE)
        whole = name if text != name else None
        if self.narrow:
            label = Letters(self.left, y, text, whole=whole)
        else:
            label = Letters(self.left - 8, y, text, "right", whole=whole)
        far = Letters(self.total - 6, y, beside, "right", SMALL, SOFT)
        return [Group("names", [label]), Group("totals", [far] if beside else [])]

    def stacked(self, n: int, counts: Mapping[str, int], fills: Mapping[str, str], pale: frozenset[str]) -> list[Group]:
        """The n-th row as one bar of 100 per cent, a part for each of `fills`; those `pale` carry dark text, and what is
        hatched carries none."""
        total, x, top = sum(counts.values()), self.left, self.of(n)
        boxes: list[Mark] = []
        hatched: list[Mark] = []
        texts: list[Mark] = []
        for name, fill in fills.items():
            share = counts.get(name, 0) / total
            wide = share * self.room
            if not wide:
                continue
            boxes.append(Box(x, top, max(wide - 1, 0.6), self.high, fill))
            text = percent(share)
            if fill == HATCHED:
                hatched += hatch(x, top, max(wide - 1, 0.6), self.high)
            elif width(text, SMALL) + 6 < wide:
                colour = INK if name in pale else PAPER
                texts.append(Letters(x + wide / 2, top + self.high / 2 + 4, text, "center", SMALL, colour))
            x += wide
        return [Group("shares", boxes), Group("hatching", hatched), Group("percentages", texts)]
