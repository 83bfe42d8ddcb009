"""Pictures of shares that people's codes correct: the corrected share with its interval, and labels alone in grey."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from analysis.charts.days import DATES_HEIGHT, Days, dates, numbered
from analysis.charts.drawing import (
    BLUE,
    FAINT,
    GREY,
    GRID,
    INK,
    NARROW,
    PURPLE,
    SIZE,
    SMALL,
    SOFT,
    VERMILION,
    WIDE,
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
from analysis.charts.lettering import between, capital, number, percent, plain, sentences, shortened, width
from analysis.charts.overtime import Panel, binned, crossed, grid, titled
from analysis.charts.shares import SCRIPTS, STANCES, TONES, round_share, scale, stance_fills, ticks
from analysis.reporting.words import Words
from corpus.study import Event

Row = Mapping[str, Any]
ALONE = "#b3bbc2"
_DAY = "#7d8892"
"""Labels alone; where they are points and thin lines, darker."""
FEW = 10
"""A day of fewer texts has no point: one text more or less would move it by more than ten points."""
_HEAD = 24
_BESIDE = 190
_GREYS = {
    BLUE: "#4a555f",
    VERMILION: GREY,
    PURPLE: "#59646e",
    TONES["negative"]: GREY,
    STANCES["worried"]: "#59646e",
    "#5f7a1f": "#7d8892",
    "#7d5a3c": "#55616b",
}
_COLOUR = re.compile(r'(?<==")#[0-9a-f]{6}(?=")')


def greyed(svg: str) -> str:
    """A picture of labels alone with greys for its colours, dark enough for the white text in them."""
    return _COLOUR.sub(lambda found: _GREYS.get(found.group(), found.group()), svg)


def corrected(rows: Sequence[Row], about: str, words: Words, narrow: bool = False) -> str:
    """A lane for each share: a grey bar by labels alone, and where it was corrected a sign with its interval.

    Rows of kind and place (name) of the part of the frame, script, label, name, naive, share, low, high (null where
    nothing corrects it), n.
    Tones and stances stand together by part of the frame, other labels each with the parts in which it was counted.
    """
    if not rows:
        return ""
    by_part = about in ("sentiment", "stance")
    colour = _colours(rows, about)
    head, name = ("place", "name") if by_part else ("name", "place")
    groups = [(head_of, list(of)) for head_of, of in groupby(rows, key=lambda row: row[head])]
    told = {id(row): _told(row, words) for row in rows}
    entries = [
        Entry(words("chart.corrected.bar"), ALONE),
        Entry(words("chart.corrected.sign"), INK, shape="circle"),
    ]
    left, room = 4 if narrow else _BESIDE, (NARROW - 4 if narrow else WIDE - _BESIDE)
    legend, top = key(entries, left, 2, room)
    end = round_share(max(max(row["naive"], row["high"] or 0.0) for row in rows))
    out: list[Group] = []
    first = Lanes(narrow, _BESIDE, max(width(text, SMALL) for text in told.values()) + 16, top + 22, high=12)
    lanes = first
    for title, of in groups:
        beside = words("chart.coded", n=of[0]["n"], number=number(of[0]["n"])) if by_part else ""
        out += _headed(lanes, capital(plain(title)), beside)
        lanes = _below(lanes, _HEAD)
        for n, row in enumerate(of):
            out += lanes.named(n, plain(row[name]) or "—", told[id(row)])
            out += _lane(row, lanes, n, end, colour(row))
        lanes = _below(lanes, lanes.of(len(of)) - lanes.of(0) + 4)
    bottom = lanes.top
    axis = [*([scale(first, bottom)] if not narrow else []), *ticks(first, end, bottom)]
    hollow = words("chart.corrected.none") if any(row["share"] is None for row in rows) else ""
    below, more = note(hollow, first.left, bottom + 20, first.room)
    story = words("chart.corrected.story", n=len(rows))
    title = words("chart.corrected", of=words(f"chart.{about}"))
    return picture([*axis, *legend, *out, *below], first.total, bottom + 24 + more, words, title, story)


def _colours(rows: Sequence[Row], about: str) -> Callable[[Row], str]:
    """The colour of a row's class; pale classes take ink, for a thin line would not be seen."""
    fills = TONES if about == "sentiment" else stance_fills(row["label"] for row in rows)
    pale = {"neutral", "none", "abstain"}
    if about in ("sentiment", "stance"):
        return lambda row: INK if row["label"] in pale else fills.get(row["label"], BLUE)
    whole = {"all": INK, "phase": BLUE}
    return lambda row: SCRIPTS[row["script"]][1] if row["script"] in SCRIPTS else whole[row["kind"]]


def _told(row: Row, words: Words) -> str:
    if row["share"] is None:
        return words("chart.corrected.not")
    return between(percent(row["share"]), percent(row["low"]), percent(row["high"]), words)


def _below(lanes: Lanes, more: float) -> Lanes:
    return Lanes(lanes.narrow, lanes.beside, lanes.right, lanes.top + more, lanes.high)


def _headed(lanes: Lanes, text: str, beside: str) -> list[Group]:
    y = lanes.top + 13
    shown = shortened(text, lanes.total - 20 - width(beside, SMALL), SIZE)
    head = Letters(4, y, shown, bold=True, whole=text if shown != text else None)
    far = [Letters(lanes.total - 6, y, beside, "right", SMALL, SOFT)] if beside else []
    return [Group("titles", [head]), Group("counts", far)]


def _lane(row: Row, lanes: Lanes, n: int, end: float, colour: str) -> list[Group]:
    middle = lanes.of(n) + lanes.high / 2

    def x(share: float) -> float:
        return lanes.left + min(max(share / end, 0.0), 1.0) * lanes.room

    bar = Box(lanes.left, middle - 4, max(x(row["naive"]) - lanes.left, 0.6), 8, ALONE)
    edge = Line(lanes.left, middle - 8, lanes.left, middle + 8, FAINT)
    out = [Group("alone", [bar]), Group("rails", [edge])]
    if row["share"] is None:
        return out
    low, high = x(row["low"]), x(row["high"])
    whisker: list[Mark] = [Line(low, middle, high, middle, colour, 2)]
    whisker += [Line(at, middle - 4, at, middle + 4, colour, 2) for at in (low, high)]
    return [*out, Group("intervals", whisker), Group("corrected", [Dot(x(row["share"]), middle, "circle", colour, 64)])]


def phased(
    rows: Sequence[Row], days: Sequence[Row], events: Sequence[Event], words: Words, about: str, narrow: bool = False
) -> str:
    """One panel a label over days: the corrected share of each phase as a step in the band of its interval.

    In grey: labels alone, of each phase as a broken line and, where ``days`` has rows of label, day, n and total, of days
    as points. Rows of label, name, first, last, naive, share, low, high (null where not corrected), n.
    """
    names = list(dict.fromkeys(row["label"] for row in rows))
    if not names:
        return ""
    total, across, high = (NARROW, 1, 92) if narrow else (WIDE, min(2, len(names)), 110)
    margin = width("100%", SMALL) + 10
    room = (total - margin - 8 - (across - 1) * 24) / across
    placed = Days.over([day for row in rows for day in (row["first"], row["last"])], margin, room, 2.5)
    points = {name: _points([row for row in days if row["label"] == name], placed) for name in names}
    tops = [max(row["naive"], row["high"] or 0.0) for row in rows]
    end = round_share(max([*tops, *(share for of in points.values() for share in of.values())]))
    colour = _colours(rows, about.removesuffix("_days"))
    entries = [
        Entry(words("chart.phased.step"), INK),
        Entry(words("chart.phased.band"), _tint(INK)),
        Entry(words("chart.corrected.bar"), _DAY),
    ]
    legend, taken = key(entries, 4 if narrow else margin, 2, total - (8 if narrow else margin))
    panels = grid(len(names), across, placed, taken, high, 24, bool(numbered(events, placed)))
    bands: list[Group] = []
    over: list[Group] = []
    for name, panel in zip(names, panels, strict=True):
        of = [row for row in rows if row["label"] == name]
        over += titled(panel, capital(plain(of[0]["name"])), "", panel.days.left + panel.days.room)
        bands += _scaled(panel, end)
        bands += [Group("bands", [_band(row, panel, end, colour(row)) for row in of if row["share"] is not None])]
        over += [_dots(points[name], panel, end)]
        over += _steps(of, panel, end, colour(of[0]))
        over += dates(panel.days, panel.base, words) if panel.below else []
    bottom = max(panel.base for panel in panels) + DATES_HEIGHT
    missing = any(row["share"] is None for row in rows)
    notes = [words("chart.phased.days", n=FEW)] if days else []
    notes += [words("chart.phased.alone"), words("chart.per_days", n=placed.per) if placed.per > 1 and days else ""]
    notes += [words("chart.phased.none")] if missing else []
    below, more = note(sentences(notes, words), margin, bottom, total - margin)
    story = words("chart.phased.story", n=len({(row["first"], row["last"]) for row in rows}))
    title = words("chart.phased", of=words(f"chart.{about}"))
    return picture(
        [*legend, *bands, *crossed(events, panels), *over, *below], total, bottom + more, words, title, story
    )


def _points(rows: Sequence[Row], days: Days) -> dict[int, float]:
    """By column the share of a label, where there are not too few texts."""
    n = binned({row["day"]: row["n"] for row in rows}, days)
    totals = binned({row["day"]: row["total"] for row in rows}, days)
    return {column: n[column] / total for column, total in totals.items() if total >= FEW}


def _y(panel: Panel, share: float, end: float) -> float:
    return panel.base - min(max(share / end, 0.0), 1.0) * panel.high


def _scaled(panel: Panel, end: float) -> list[Group]:
    places = (0.0, end / 2, end)
    right = panel.days.left + panel.days.room
    lines = [
        Line(panel.days.left, _y(panel, at, end), right, _y(panel, at, end), GRID if at else FAINT) for at in places
    ]
    texts = [Letters(panel.days.left - 6, _y(panel, at, end) + 4, _percent(at), "right", SMALL, SOFT) for at in places]
    return [Group("grid", lines), Group("values", texts if panel.first else [])]


def _percent(share: float) -> str:
    return percent(share) if (share * 100) % 1 < 1e-9 else f"{share:.1%}"


def _span(panel: Panel, first: date, last: date) -> tuple[float, float]:
    return panel.days.at(first, 0.04), panel.days.at(last, 0.96)


def _band(row: Row, panel: Panel, end: float, colour: str) -> Box:
    left, right = _span(panel, row["first"], row["last"])
    top, base = _y(panel, row["high"], end), _y(panel, row["low"], end)
    return Box(left, top, right - left, max(base - top, 1.0), _tint(colour))


def _dots(points: Mapping[int, float], panel: Panel, end: float) -> Group:
    marks: list[Mark] = []
    for column, share in sorted(points.items()):
        left, wide = panel.days.bar(column)
        marks.append(Dot(left + wide / 2, _y(panel, share, end), "circle", _DAY, 26))
    return Group("alone", marks)


def _steps(rows: Sequence[Row], panel: Panel, end: float, colour: str) -> list[Group]:
    alone: list[Mark] = []
    steps: list[Mark] = []
    texts: list[Mark] = []
    for row in rows:
        left, right = _span(panel, row["first"], row["last"])
        alone.append(Line(left, _y(panel, row["naive"], end), right, _y(panel, row["naive"], end), _DAY, 1.5, True))
        if row["share"] is not None:
            y, text = _y(panel, row["share"], end), percent(row["share"])
            steps.append(Line(left, y, right, y, colour, 2.5))
            if width(text, SMALL) < right - left:
                texts.append(
                    Letters((left + right) / 2, max(y - 5, panel.top + 9), text, "center", SMALL, colour, True)
                )
    return [Group("alone-phases", alone), Group("corrected", steps), Group("percentages", texts)]


def _tint(colour: str) -> str:
    """A colour mixed with four parts of white."""
    parts = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * 0.2):02x}" for part in parts)
