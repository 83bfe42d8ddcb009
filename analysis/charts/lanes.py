"""Where the rows of a picture lie that has one row a name."""

from dataclasses import dataclass

from analysis.charts.drawing import NARROW, SIZE, SMALL, SOFT, WIDE, Group, Letters
from analysis.charts.lettering import shortened, width


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
