"""The picture of weights: how many drawn documents stand for how many of the frame."""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.charts.drawing import BLUE, FAINT, NARROW, SMALL, SOFT, WIDE, Box, Group, Letters, Line, picture
from analysis.charts.lanes import Lanes
from analysis.charts.lettering import counted, number, width
from analysis.reporting.words import Words

Row = Mapping[str, Any]
_BESIDE = 210


def weights(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """Rows of low, high (equal where it is one weight) and n; a bar each, as long as its number of documents."""
    if not rows:
        return ""
    most = max(row["n"] for row in rows)
    ends = [counted(row["n"], words) for row in rows]
    lanes = Lanes(narrow, _BESIDE, max(width(end, SMALL) for end in ends) + 16, 26, 14)
    out = [
        Group(
            "titles", [Letters(4 if narrow else lanes.left, 14, words("chart.weights.axis"), size=SMALL, colour=SOFT)]
        )
    ]
    for n, (row, end) in enumerate(zip(rows, ends, strict=True)):
        top = lanes.of(n)
        out += lanes.named(n, _named(row, words), end)
        out.append(Group("zero", [Line(lanes.left, top - 2, lanes.left, top + lanes.high + 2, FAINT)]))
        if row["n"]:
            out.append(Group("bars", [Box(lanes.left, top, max(1.0, row["n"] / most * lanes.room), lanes.high, BLUE)]))
    bottom = lanes.of(len(rows) - 1) + lanes.high + 8
    story = words(
        "chart.weights.story",
        n=sum(row["n"] for row in rows),
        low=_weight(rows[0]["low"]),
        high=_weight(rows[-1]["high"]),
    )
    return picture(out, NARROW if narrow else WIDE, bottom, words, words("chart.weights"), story)


def _named(row: Row, words: Words) -> str:
    if row["low"] == row["high"]:
        return words("chart.weights.one", weight=_weight(row["low"]))
    return words("chart.weights.class", low=_weight(row["low"]), high=_weight(row["high"]))


def _weight(value: float) -> str:
    """7; 7.25; 1,204."""
    return number(value) if value >= 1000 or abs(value - round(value)) < 5e-7 else f"{value:.3g}"
