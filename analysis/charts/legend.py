"""Keys of colours, shapes and sizes, only where a label beside the mark has no room."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.charts.drawing import FAINT, SIZE, SMALL, SOFT, Box, Dot, Group, Letters, Line, Mark, Shape
from analysis.charts.lettering import broken, width

_ROW = 19
HATCHED = "#eceff2"


@dataclass(frozen=True, slots=True)
class Entry:
    """A sign and what it means: a shape, or a box that may be hatched or hold a point; without a colour, a heading."""

    text: str
    fill: str = ""
    stroke: str = "none"
    shape: Shape | None = None
    size: float = 70
    inside: str = ""
    """hatch, point or line"""


def key(entries: Sequence[Entry], left: float, top: float, room: float) -> tuple[list[Group], float]:
    """The entries in as many rows as they need, and the pixels that these take."""
    x, y = left, top
    signs: list[Mark] = []
    texts: list[Mark] = []
    for entry in entries:
        indent = 18 if entry.fill else 0
        wide = indent + width(entry.text, SIZE) + 12
        if x > left and x + wide - 12 > left + room:
            x, y = left, y + _ROW
        signs += sign(entry, x, y) if entry.fill else []
        texts.append(Letters(x + indent, y + 11, entry.text, size=SIZE))
        x += wide
    return [Group("key", signs), Group("key-texts", texts)], y - top + _ROW + 4


def sign(entry: Entry, x: float, y: float) -> list[Mark]:
    if entry.shape:
        return [Dot(x + 7, y + 7, entry.shape, entry.fill, entry.size, entry.stroke)]
    if entry.inside == "line":
        return [Box(x + 6, y, 2.5, 14, entry.fill)]
    box: list[Mark] = [Box(x, y + 1, 13, 12, entry.fill, entry.stroke)]
    if entry.inside == "hatch":
        return box + hatch(x, y + 1, 13, 12)
    if entry.inside == "point":
        return [*box, point(x, y + 1, 13, 12)]
    return box


def hatch(x: float, y: float, wide: float, high: float) -> list[Mark]:
    """Slanting lines within a box, 5 pixels apart."""
    lines: list[Mark] = []
    start = -high + 2.5
    while start < wide:
        left, right = max(start, 0), min(start + high, wide)
        if right - left > 0.5:
            lines.append(Line(x + left, y + high - (left - start), x + right, y + high - (right - start), FAINT))
        start += 5
    return lines


def point(x: float, y: float, wide: float, high: float) -> Box:
    """The mark of an empty cell: asked, and nothing there."""
    return Box(x + wide / 2 - 1, y + high / 2 - 1, 2, 2, SOFT)


def note(text: str, left: float, y: float, room: float) -> tuple[list[Group], float]:
    """Small text below a picture, in as many lines as it needs, and the pixels that these take."""
    lines = broken(text, room, SMALL) if text else []
    letters = [Letters(left, y + 12 + 15 * n, line, size=SMALL, colour=SOFT) for n, line in enumerate(lines)]
    return [Group("note", letters)], 15 * len(lines) + 4
