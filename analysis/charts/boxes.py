"""The picture of a flow: one box a step, from top to bottom, and beside each arrow what was left out there and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.charts.drawing import (
    BLUE,
    GRID,
    INK,
    NARROW,
    SIZE,
    SMALL,
    SOFT,
    WIDE,
    Box,
    Dot,
    Group,
    Letters,
    Line,
    Mark,
    picture,
)
from analysis.charts.lettering import broken, number, plain, shortened, width
from analysis.reporting.words import Words

Row = Mapping[str, Any]
REASONS = 7
"""So many reasons are named beside an arrow at most; the table has all."""
_MAIN, _SIDE, _GAP = "#eaf2f8", "#f6f4ee", 34.0
_HEAD = 50.0
_LINE = 17.0


def flow(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """Rows of name, n, lost: what was left out before the next step, pairs of reason and number; all as they are said.

    A bar at the foot of each box is as long as the step's share of the first one.
    """
    if not rows:
        return ""
    total = NARROW if narrow else WIDE
    wide = total - 2.0 if narrow else 330.0
    spine = 24.0 if narrow else wide / 2
    left = 48.0 if narrow else 384.0
    most = max(1, *(row["n"] for row in rows))
    groups: list[Group] = []
    y = 1.0
    for place, row in enumerate(rows):
        last = place == len(rows) - 1
        groups += _step(row, y, wide, most)
        y += _HEAD
        if last:
            break
        reasons = _told(row["lost"], words)
        high = _LINE * (len(reasons) + 1) + 14 if reasons else 0.0
        gap = max(_GAP, high + 20)
        if reasons:
            top = y + (gap - high) / 2
            groups += _lost(reasons, sum(n for _, n in row["lost"]), left, top, total - left - 1, high, words)
            groups.append(Group("arrows", [Line(spine, top + high / 2, left, top + high / 2, SOFT)]))
        groups.append(Group("arrows", [Line(spine, y, spine, y + gap - 5, SOFT)]))
        groups.append(Group("heads", [Dot(spine, y + gap - 5, "triangle-down", SOFT, 70, SOFT)]))
        y += gap
    story = words("chart.method_flow.story", steps=words.listed([f"{row['name']}: {number(row['n'])}" for row in rows]))
    return picture(groups, total, y + 2, words, words("chart.method_flow"), story)


def _step(row: Row, y: float, wide: float, most: int) -> list[Group]:
    count = number(row["n"])
    room = wide - 28 - width(count, 20)
    name = plain(row["name"])
    lines = broken(name, room, SIZE, 2)
    first = y + 25 if len(lines) == 1 else y + 19
    texts: list[Mark] = [Letters(12, first + 16 * n, line, size=SIZE) for n, line in enumerate(lines)]
    long = max(1.0, row["n"] / most * (wide - 2)) if row["n"] else 0.0
    bar: list[Mark] = [Box(1.5, y + _HEAD - 5, wide - 2, 4, GRID)]
    return [
        Group("boxes", [Box(1, y, wide - 1, _HEAD, _MAIN, "#b9d2e4")]),
        Group("rails", bar),
        Group("bars", [Box(1.5, y + _HEAD - 5, long, 4, BLUE)] if long else []),
        Group("numbers", [Letters(wide - 12, y + 29, count, "right", 20, INK, bold=True)]),
        Group("names", texts),
    ]


def _told(lost: Sequence[tuple[str, int]], words: Words) -> list[tuple[str, int]]:
    """The reasons that have room, the most frequent first; the others together."""
    ordered = sorted(lost, key=lambda one: (-one[1], one[0]))
    if len(ordered) <= REASONS + 1:
        return ordered
    rest = ordered[REASONS:]
    return [*ordered[:REASONS], (words("chart.others", n=len(rest)), sum(n for _, n in rest))]


def _lost(
    reasons: Sequence[tuple[str, int]], n: int, x: float, y: float, wide: float, high: float, words: Words
) -> list[Group]:
    texts: list[Mark] = [Letters(x + 10, y + 18, words("chart.left_out"), size=SMALL, colour=SOFT, bold=True)]
    counts: list[Mark] = [Letters(x + wide - 10, y + 18, number(n), "right", SMALL, INK, bold=True)]
    for place, (reason, count) in enumerate(reasons, 1):
        told, name = number(count), plain(reason)
        text = shortened(name, wide - 34 - width(told, SMALL), SMALL)
        at = y + 18 + _LINE * place
        texts.append(Letters(x + 10, at, text, size=SMALL, whole=name if text != name else None))
        counts.append(Letters(x + wide - 10, at, told, "right", SMALL, SOFT))
    return [
        Group("sides", [Box(x, y, wide, high, _SIDE, "#ddd7ca")]),
        Group("reasons", texts),
        Group("counts", counts),
    ]
