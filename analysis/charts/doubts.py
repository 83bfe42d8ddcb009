"""The picture of figures that have an interval: a sign with a line for each, in panels, beside what it is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Literal

from analysis.charts.drawing import (
    BLUE,
    FAINT,
    GRID,
    INK,
    PAPER,
    SIZE,
    SMALL,
    SOFT,
    VERMILION,
    Box,
    Dot,
    Group,
    Letters,
    Line,
    Mark,
    picture,
)
from analysis.charts.lanes import Lanes
from analysis.charts.legend import Entry, key, note
from analysis.charts.lettering import between, capital, percent, plain, shortened, width
from analysis.charts.shares import round_share
from analysis.reporting.words import Words, minus

Row = Mapping[str, Any]
ALONE = "#b3bbc2"
_BESIDE = 230
_HEAD = 26.0
_HIGH = 12.0
_TICKS = (-1.0, -0.5, 0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture of figures looks: what its signs mean, and its scale.

    `sign` and `beside` name the figure and what it is held against, which is drawn as a bar or as an upright line;
    `shares` are printed as per cent, other figures with two decimals; `ends` of the scale, from 0 to a round share where
    null; `guides`: upright lines through the whole picture; `alarm`: the meaning of a figure whose interval does not
    hold what it is held against, if that is to be seen.
    """

    title: str
    story: str
    sign: str
    beside: str = ""
    against: Literal["bar", "line"] = "bar"
    shares: bool = True
    ends: tuple[float, float] | None = None
    guides: tuple[float, ...] = ()
    alarm: str = ""
    note: str = ""

    def told(self, value: float) -> str:
        return percent(value) if self.shares else minus(f"{value:.2f}")


def doubts(rows: Sequence[Row], look: Look, words: Words, narrow: bool = False) -> str:
    """Rows of group (a panel's title, or ""), name, value, low, high, beside (each null where there is none).

    Rows of one group stand together.
    """
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return ""
    ends = look.ends or (0.0, round_share(max(_most(row) for row in known)))
    told = {id(row): _told(row, look, words) for row in known}
    left, room = (4, 332) if narrow else (_BESIDE, 530)
    legend, top = key(_entries(known, look), left, 2, room)
    right = max(width(text, SMALL) for text in told.values()) + 16
    lanes = first = Lanes(narrow, _BESIDE, right, top + 20, _HIGH)
    out: list[Group] = []
    for title, of in groupby(known, key=lambda row: str(row["group"])):
        if title:
            out.append(_headed(lanes, title))
            lanes = replace(lanes, top=lanes.top + _HEAD)
        same = list(of)
        for n, row in enumerate(same):
            out += lanes.named(n, plain(row["name"]) or "—", told[id(row)])
            out += _lane(row, lanes, n, ends, look)
        lanes = replace(lanes, top=lanes.top + len(same) * lanes.apart + 4)
    bottom = lanes.top
    below, more = note(look.note, first.left, bottom + 20, first.room)
    axis = _axis(first, ends, look, bottom)
    return picture([*axis, *legend, *out, *below], first.total, bottom + 24 + more, words, look.title, look.story)


def _most(row: Row) -> float:
    return max(float(row[name] or 0.0) for name in ("value", "high", "beside"))


def _told(row: Row, look: Look, words: Words) -> str:
    # An interval without a width is that of a share that the design keeps as it is.
    if row["low"] is None or (look.shares and row["high"] - row["low"] < 1e-9):
        return look.told(row["value"])
    return between(look.told(row["value"]), look.told(row["low"]), look.told(row["high"]), words)


def _off(row: Row, look: Look) -> bool:
    """Whether a figure's interval does not hold what it is held against, and that is to be seen."""
    known = row["low"] is not None and row["beside"] is not None and look.alarm
    return bool(known) and not row["low"] - 1e-9 <= row["beside"] <= row["high"] + 1e-9


def _entries(rows: Sequence[Row], look: Look) -> list[Entry]:
    entries = [Entry(look.sign, BLUE, PAPER, shape="circle")]
    if look.beside and any(row["beside"] is not None for row in rows):
        entries.append(Entry(look.beside, ALONE) if look.against == "bar" else Entry(look.beside, INK, inside="line"))
    if any(_off(row, look) for row in rows):
        entries.append(Entry(look.alarm, VERMILION, PAPER, shape="square"))
    return entries


def _headed(lanes: Lanes, title: str) -> Group:
    room = lanes.total - 12
    text = shortened(capital(plain(title)), room, SIZE)
    y = lanes.top + 15
    return Group("titles", [Letters(4, y, text, bold=True, whole=title if text != title else None)])


def _lane(row: Row, lanes: Lanes, n: int, ends: tuple[float, float], look: Look) -> list[Group]:
    def x(value: float) -> float:
        return lanes.left + (min(max(value, ends[0]), ends[1]) - ends[0]) / (ends[1] - ends[0]) * lanes.room

    top = lanes.of(n)
    y = top + lanes.high / 2
    colour, off = (VERMILION, True) if _off(row, look) else (BLUE, False)
    against: list[Mark] = []
    if row["beside"] is not None and look.against == "bar":
        against.append(Box(lanes.left, top + 1, max(1.0, x(row["beside"]) - lanes.left), lanes.high - 2, ALONE))
    elif row["beside"] is not None:
        against.append(Line(x(row["beside"]), top - 3, x(row["beside"]), top + lanes.high + 3, INK, 2.5))
    interval = [] if row["low"] is None else [Line(x(row["low"]), y, x(row["high"]), y, colour, 2.5)]
    rails: list[Mark] = [Line(lanes.left, y, lanes.left + lanes.room, y, GRID)]
    if lanes.narrow:
        rails += [Line(x(guide), top - 1, x(guide), top + lanes.high + 1, SOFT) for guide in look.guides]
    return [
        Group("rails", rails),
        Group("against", against),
        Group("intervals", interval),
        Group("figures", [Dot(x(row["value"]), y, "square" if off else "circle", colour, 70)]),
    ]


def _axis(lanes: Lanes, ends: tuple[float, float], look: Look, bottom: float) -> list[Group]:
    def x(value: float) -> float:
        return lanes.left + (value - ends[0]) / (ends[1] - ends[0]) * lanes.room

    told = (
        [value for value in _TICKS if ends[0] <= value <= ends[1]]
        if not look.shares
        else [ends[1] * n / 2 for n in (0, 1, 2)]
    )
    # A narrow picture's names lie where lines would run through them.
    lines = told if not look.shares else [ends[1] * n / 4 for n in range(5)]
    grid: list[Mark] = [Line(x(at), lanes.top - 2, x(at), bottom, GRID) for at in lines if not lanes.narrow]
    texts: list[Mark] = []
    for value in told:
        text = (
            minus(f"{value:g}") if not look.shares else percent(value) if (value * 100) % 1 < 1e-9 else f"{value:.1%}"
        )
        half = width(text, SMALL) / 2
        at = min(max(x(value), half), lanes.total - half - 2)
        texts += [Letters(at, y, text, "center", SMALL, SOFT) for y in (lanes.top - 7, bottom + 13)]
    grid += [Line(x(at), lanes.top - 2, x(at), bottom, FAINT, 1, True) for at in look.guides if not lanes.narrow]
    return [Group("grid", grid), Group("values", texts)]
