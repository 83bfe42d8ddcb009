"""The heat map of sources and days, in which each kind of silence can be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from analysis.charts.days import DATES_HEIGHT, FLAGS_HEIGHT, Days, dates, event_lines, flags, numbered
from analysis.charts.drawing import (
    FAINT,
    GRID,
    INK,
    NARROW,
    PAPER,
    SIZE,
    SMALL,
    SOFT,
    WIDE,
    Box,
    Group,
    Letters,
    Line,
    Mark,
    picture,
)
from analysis.charts.legend import HATCHED, Entry, key, note, point
from analysis.charts.lettering import number, plain, shortened, width
from analysis.charts.scales import classes
from analysis.reporting.words import Words
from corpus.study import Event

Row = Mapping[str, Any]
SHOWN = 25
_BLUES = ("#d3e3f3", "#9dc3e3", "#5a9bcf", "#1f6dab", "#08306b")
_BESIDE = 204
"""Pixels for the names of sources beside the map; on narrow screens they stand above their row."""


@dataclass(slots=True)
class Lane:
    """The days of one source, or of several: counts, the days that were asked for, and why others were not."""

    name: str
    counts: dict[date, int] = field(default_factory=dict)
    asked: set[date] = field(default_factory=set)
    state: str = ""

    @property
    def n(self) -> int:
        return sum(self.counts.values())


def coverage(rows: Sequence[Row], events: Sequence[Event], words: Words, narrow: bool = False) -> str:
    """Documents by source and day: the more the darker; a point where nothing came, hatching where nothing was asked.

    The 25 sources of most documents have a row each, the rest one together. A row may have a `state`: "refused" and
    "not_asked" stand for its total. Nothing where there is no source.
    """
    every = _lanes(rows)
    if not every:
        return ""
    lanes = every if len(every) <= SHOWN + 1 else [*every[:SHOWN], _together(every[SHOWN:], words)]
    total = NARROW if narrow else WIDE
    left = 4 if narrow else _BESIDE
    totals = [_total(lane, words) for lane in lanes]
    right = 4 if narrow else max(width(text, SMALL) for text in totals) + 10
    days = Days.over((row["day"] for row in rows), left, total - left - right, 5)
    legend, taken = key(_entries(_most(every[:SHOWN], days), words), 4 if narrow else left, 2, total - left - 4)
    base = taken + (FLAGS_HEIGHT if numbered(events, days) else 4)
    high, apart = (16, 36) if narrow else (18, 20)
    groups: list[Group] = []
    most = _most(every[:SHOWN], days)
    for n, (lane, text) in enumerate(zip(lanes, totals, strict=True)):
        top = base + n * apart + (apart - high - 1)
        groups += _named(lane, text, top, total, narrow)
        groups += _cells(lane, days, top, high, most)
        # A line through a number would make it hard to read.
        groups += [] if _printed(most, days) else [event_lines(events, days, top, top + high)]
    bottom = base + len(lanes) * apart + 2
    groups += [*flags(events, days, base), *dates(days, bottom, words)]
    text = words("chart.per_days", n=days.per) if days.per > 1 else ""
    below, more = note(text, left, bottom + DATES_HEIGHT, total - left)
    story = words(
        "chart.coverage.story",
        n=len(every),
        silent=sum(1 for lane in every if not lane.n),
        first=words.full_day(days.first),
        last=words.full_day(days.last),
    )
    height = bottom + DATES_HEIGHT + more
    return picture([*legend, *groups, *below], total, height, words, words("chart.coverage"), story)


def _lanes(rows: Sequence[Row]) -> list[Lane]:
    """One lane a source, those of most documents first."""
    found: dict[str, Lane] = {}
    for row in rows:
        lane = found.setdefault(str(row["source"]), Lane(str(row["source"]), state=row.get("state", "")))
        lane.counts[row["day"]] = lane.counts.get(row["day"], 0) + (row["n"] or 0)
        if row.get("asked", True):
            lane.asked.add(row["day"])
    return sorted(found.values(), key=lambda lane: (-lane.n, not lane.asked, lane.name))


def _together(lanes: Sequence[Lane], words: Words) -> Lane:
    whole = Lane(words("chart.others", n=len(lanes)))
    for lane in lanes:
        whole.asked |= lane.asked
        for day, n in lane.counts.items():
            whole.counts[day] = whole.counts.get(day, 0) + n
    return whole


def _columns(lane: Lane, days: Days) -> dict[int, int]:
    found: dict[int, int] = {}
    for day, n in lane.counts.items():
        found[days.column(day)] = found.get(days.column(day), 0) + n
    return found


def _most(lanes: Sequence[Lane], days: Days) -> int:
    return max([1, *(n for lane in lanes for n in _columns(lane, days).values())])


def _total(lane: Lane, words: Words) -> str:
    if lane.n or lane.state not in ("refused", "not_asked"):
        return number(lane.n)
    return words("chart.refused" if lane.state == "refused" else "chart.unasked")


def _entries(most: int, words: Words) -> list[Entry]:
    scale = classes(most)
    entries = [Entry(_range(low, high), fill) for (low, high), fill in zip(scale, _shades(len(scale)), strict=True)]
    return [
        Entry(words("chart.documents")),
        *entries,
        Entry(words("chart.nothing"), PAPER, GRID, inside="point"),
        Entry(words("chart.not_asked"), HATCHED, inside="hatch"),
    ]


def _shades(count: int) -> tuple[str, ...]:
    return {1: _BLUES[3:4], 2: (_BLUES[1], _BLUES[3]), 3: (_BLUES[0], _BLUES[2], _BLUES[4])}.get(
        count, _BLUES[5 - count :]
    )


def _range(low: int, high: int | None) -> str:
    if high is None:
        return f"{number(low)}+"
    return number(low) if low == high else f"{number(low)}–{number(high)}"


def _named(lane: Lane, total: str, top: float, right: float, narrow: bool) -> list[Group]:
    name = plain(lane.name) or "—"
    room = right - 8 - width(total, SMALL) - 12 if narrow else _BESIDE - 12
    text = shortened(name, room, SIZE)
    whole = name if text != name else None
    if narrow:
        label, beside = Letters(4, top - 4, text, whole=whole), Letters(right - 4, top - 4, total, "right", SMALL, SOFT)
    else:
        label = Letters(_BESIDE - 8, top + 13, text, "right", whole=whole)
        beside = Letters(right - 4, top + 13, total, "right", SMALL, SOFT)
    return [Group("names", [label]), Group("totals", [beside])]


def _printed(most: int, days: Days) -> bool:
    """Whether each number of the picture fits into its cell."""
    return width(number(most), SMALL) + 4 < days.step


def _cells(lane: Lane, days: Days, top: float, high: float, most: int) -> list[Group]:
    """One cell a column: shaded by its class, with a point where asked in vain, hatched where never asked.

    Cells are thick lines, which take half the bytes of boxes. Numbers stand in them where each of the picture fits.
    """
    counts, asked = _columns(lane, days), {days.column(day) for day in lane.asked}
    scale = classes(most)
    shades = _shades(len(scale))
    full: list[Mark] = []
    points: list[Mark] = []
    unasked: list[Mark] = []
    hatches: list[Mark] = []
    numbers: list[Mark] = []
    wide, middle = days.step - min(1.5, days.step * 0.15), top + high / 2
    for column in range(days.columns):
        x, n = days.left + column * days.step, counts.get(column, 0)
        if n:
            rank = max(i for i, (low, _) in enumerate(scale) if n >= low)
            full.append(Line(x, middle, x + wide, middle, shades[rank], high))
            if _printed(most, days):
                colour = PAPER if shades[rank] in _BLUES[3:] else INK
                numbers.append(Letters(x + wide / 2, middle + 4, number(n), "center", SMALL, colour))
        elif column in asked:
            points.append(point(x, top, wide, high))
        else:
            unasked.append(Line(x, middle, x + wide, middle, HATCHED, high))
            hatches.append(Line(x, top + high, x + wide, top, FAINT))
    return [
        Group("lanes", [Box(days.left - 0.5, top - 0.5, days.columns * days.step, high + 1, PAPER, GRID)]),
        Group("silent", points),
        Group("unasked", unasked),
        Group("hatching", hatches),
        Group("counted", sorted(full, key=lambda mark: str(mark.values()["stroke"]))),
        Group("numbers", numbers),
    ]
