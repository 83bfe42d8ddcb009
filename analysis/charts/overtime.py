"""Pictures over days in panels: volume, sentiment and themes day by day, with the events as numbered lines."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from analysis.charts.days import DATES_HEIGHT, EVENT, FAINTER, FLAGS_HEIGHT, Days, dates, event_lines, flags, numbered
from analysis.charts.drawing import (
    BLUE,
    FAINT,
    GRID,
    INK,
    NARROW,
    ORANGE,
    PAPER,
    PURPLE,
    SIZE,
    SMALL,
    SOFT,
    VERMILION,
    WIDE,
    Box,
    Group,
    Letters,
    Line,
    Mark,
    picture,
)
from analysis.charts.legend import Entry, key, note
from analysis.charts.lettering import broken, capital, counted, number, plain, sentences, width
from analysis.charts.scales import Height, rounded_up
from analysis.reporting.words import Words
from corpus.study import Event

Row = Mapping[str, Any]
KINDS = {"article": BLUE, "turn": PURPLE, "post": VERMILION, "comment": ORANGE}
POSITIVE, NEGATIVE = BLUE, VERMILION
PANELS = 24
FEW = 10
"""A day of fewer documents is drawn hollow: one text more or less would move its share by more than ten points."""
_TITLE = 20
_GAP = 12


@dataclass(frozen=True, slots=True)
class Panel:
    """A small picture: its plot from ``top`` over ``high`` pixels, the base line of its ``title``, and whether it
    begins a row, stands in the first row or ends a column."""

    days: Days
    title: float
    top: float
    high: float
    first: bool
    above: bool
    below: bool

    @property
    def base(self) -> float:
        return self.top + self.high


def volume(rows: Sequence[Row], events: Sequence[Event], words: Words, narrow: bool = False) -> str:
    """Documents a day, one panel a kind; nothing where there is no document.

    The panels have one scale where the kinds are of one order, else one each, and then say so.
    """
    found = _counts(rows, "kind")
    kinds = sorted(found, key=lambda kind: (list(KINDS).index(kind) if kind in KINDS else len(KINDS), kind))
    if not kinds:
        return ""
    total = NARROW if narrow else WIDE
    every = [row["day"] for row in rows]
    tops = {kind: rounded_up(max(binned(found[kind], Days.over(every, 0, total - 60, 2.5)).values())) for kind in kinds}
    shared = max(tops.values()) <= 6 * min(tops.values())
    tops = dict.fromkeys(kinds, max(tops.values())) if shared else tops
    margin = max(width(number(top), SMALL) for top in tops.values()) + 10
    days = Days.over(every, margin, total - margin - 8, 2.5)
    panels = grid(len(kinds), 1, days, 2, 84 if narrow else 96, 0, bool(numbered(events, days)))
    groups = crossed(events, panels)
    for kind, panel in zip(kinds, panels, strict=True):
        name, n = capital(words.named("kind", plain(kind))), sum(found[kind].values())
        bars = binned(found[kind], panel.days)
        peak = max(found[kind], key=lambda day: (found[kind][day], -day.toordinal()))
        beside = words("chart.most", total=number(n), day=words.day(peak), most=number(found[kind][peak]))
        groups += _axis(panel, Height(tops[kind], panel.base, panel.high), total - 8)
        groups += _unknown(panel, {row["day"] for row in rows if row["kind"] == kind and row["n"] is not None})
        groups += _bars(bars, panel, tops[kind], KINDS.get(kind, SOFT))
        groups += titled(panel, name, beside, total - 8)
    last = panels[-1]
    groups += dates(last.days, last.base, words)
    notes = [_per(days, words)] + ([] if shared else [words("chart.own_scales")]) + _missing(rows, days, words)
    below, more = note(sentences(notes, words), margin, last.base + DATES_HEIGHT, total - margin)
    n = sum(sum(counts.values()) for counts in found.values())
    story = words("chart.volume.story", n=n, number=number(n), **_span(days, words))
    height = last.base + DATES_HEIGHT + more
    return picture([*groups, *below], total, height, words, words("chart.volume"), story)


def theme_days(rows: Sequence[Row], events: Sequence[Event], words: Words, narrow: bool = False) -> str:
    """Documents a day by theme, one panel a theme on one scale, the most frequent first; nothing without documents."""
    found = _counts(rows, "theme")
    names = sorted(found, key=lambda name: (-sum(found[name].values()), str(name)))
    if not names:
        return ""
    total, across, high = (NARROW, 2, 44) if narrow else (WIDE, 3, 56)
    shown, every = names[:PANELS], [row["day"] for row in rows]
    across = min(across, len(shown))
    days, margin, top = _common(every, [found[name] for name in shown], total, across)
    labels = {name: plain(name) or "—" for name in shown}
    beside = width(number(max(sum(found[name].values()) for name in shown)), SMALL) + 10
    lines = 2 if any(width(label, SIZE) > days.room - beside for label in labels.values()) else 1
    panels = grid(len(shown), across, days, 2, high, _GAP, bool(numbered(events, days)), lines)
    groups = crossed(events, panels, FAINTER)
    for name, panel in zip(shown, panels, strict=True):
        groups += _axis(panel, Height(top, panel.base, panel.high), panel.days.left + panel.days.room)
        groups += _bars(binned(found[name], panel.days), panel, top, BLUE)
        groups += titled(panel, labels[name], number(sum(found[name].values())), panel.days.left + days.room, lines)
    for panel in panels:
        groups += dates(panel.days, panel.base, words) if panel.below else []
    bottom = max(panel.base for panel in panels) + DATES_HEIGHT
    more = words("chart.more_themes", n=len(names) - len(shown)) if len(names) > len(shown) else ""
    below, taken = note(sentences([_per(days, words), more], words), margin, bottom, total - margin)
    story = words("chart.theme_days.story", n=len(names), **_span(days, words))
    return picture([*groups, *below], total, bottom + taken, words, words("chart.theme_days"), story)


def sentiment_days(rows: Sequence[Row], events: Sequence[Event], words: Words, narrow: bool = False) -> str:
    """Shares of positive texts (upwards) and negative ones (downwards) a day, one panel a group of languages.

    The days reach from the first of the rows to the last, those of no known group of languages among them.
    """
    totals: dict[str, dict[date, int]] = {}
    for row in rows:
        totals.setdefault(row["script"], {})[row["day"]] = row["total"] or 0
    scripts = [script for script in ("zh", "en", "mixed", "other") if any(totals.get(script, {}).values())]
    if not scripts:
        return ""
    total, across, high = (NARROW, 1, 92) if narrow else (WIDE, min(2, len(scripts)), 110)
    margin = width("100%", SMALL) + 10
    room = (total - margin - 8 - (across - 1) * 2 * _GAP) / across
    days = Days.over((row["day"] for row in rows), margin, room, 2.5)
    legend, taken = key(_tones(words), margin, 2, total - margin)
    panels = grid(len(scripts), across, days, taken, high, 2 * _GAP, bool(numbered(events, days)))
    groups = crossed(events, panels)
    for script, panel in zip(scripts, panels, strict=True):
        groups += _tone(panel, rows, script, totals[script])
        n = sum(totals[script].values())
        groups += titled(
            panel, capital(words.named("script", script)), counted(n, words), panel.days.left + panel.days.room
        )
    for panel in panels:
        groups += dates(panel.days, panel.base, words) if panel.below else []
    bottom = max(panel.base for panel in panels) + DATES_HEIGHT
    notes = sentences([_per(days, words, share=True), words("chart.broken_line")], words)
    below, more = note(notes, margin, bottom, total - margin)
    story = words("chart.sentiment_days.story", **_span(days, words))
    return picture([*legend, *groups, *below], total, bottom + more, words, words("chart.sentiment_days"), story)


def _tones(words: Words) -> list[Entry]:
    return [
        Entry(words("chart.above", name=words.named("sentiment", "positive")), POSITIVE),
        Entry(words("chart.below", name=words.named("sentiment", "negative")), NEGATIVE),
        Entry(words("chart.few", n=FEW), PAPER, SOFT),
    ]


def _tone(panel: Panel, rows: Sequence[Row], script: str, totals: Mapping[date, int]) -> list[Group]:
    """Bars of one group of languages on both sides of a line, which breaks where there is no document."""
    half, days = panel.high / 2, panel.days
    middle = panel.top + half
    out: list[Group] = []
    right = days.left + days.room
    out.append(Group("grid", [Line(days.left, y, right, y, GRID) for y in (panel.top, panel.base)]))
    if panel.first:
        labels = [(panel.top, "100%"), (middle, "0"), (panel.base, "100%")]
        out.append(Group("values", [Letters(days.left - 6, y + 4, text, "right", SMALL, SOFT) for y, text in labels]))
    n = binned(totals, days)
    for name, colour, up in (("positive", POSITIVE, True), ("negative", NEGATIVE, False)):
        counts = {row["day"]: row["n"] for row in rows if row["script"] == script and row["sentiment"] == name}
        bars: list[Mark] = []
        for column, count in sorted(binned(counts, days).items()):
            if not count or not n.get(column):
                continue
            (x, wide), high = days.bar(column), half * count / n[column]
            few = n[column] < FEW
            edge = min(0.5, wide / 4) if few else 0
            box = (x + edge, (middle - high if up else middle) + edge, wide - 2 * edge, max(high - 2 * edge, 0.2))
            bars.append(Box(*box, PAPER if few else colour, colour if few else "none"))
        out.append(Group(name, bars))
    step = days.step
    there = [Line(days.left + c * step, middle, days.left + (c + 1) * step, middle, INK) for c in sorted(n) if n[c]]
    return [*out, Group("documents", there)]


def _common(
    every: Iterable[date], counts: Sequence[Mapping[date, int]], total: int, across: int
) -> tuple[Days, float, float]:
    """Days of the first panel of a row, the left margin, and the top of the scale that all panels share."""
    days = list(every)
    margin = 0.0
    for _ in range(2):  # the margin depends on the scale, the scale on how many days a column has
        room = (total - margin - 8 - (across - 1) * _GAP) / across
        placed = Days.over(days, margin, room, 1.5)
        top = rounded_up(max(max(binned(found, placed).values()) for found in counts))
        margin = width(number(top), SMALL) + 10
    room = (total - margin - 8 - (across - 1) * _GAP) / across
    return Days(placed.first, placed.last, margin, room, placed.per), margin, top


def grid(
    count: int, across: int, days: Days, start: float, high: float, gap: float, flagged: bool, lines: int = 1
) -> list[Panel]:
    """Panels row by row from ``start``; the first row leaves room for the numbers of events, each for its title."""
    out = []
    above = _TITLE + 14 * (lines - 1)
    for n in range(count):
        row, column = divmod(n, across)
        top = start + above + row * (high + above + 14) + (FLAGS_HEIGHT if flagged else 0)
        title = top - 8 - (FLAGS_HEIGHT if flagged and not row else 0)
        place = days.moved(days.left + column * (days.room + gap))
        out.append(Panel(place, title, top, high, column == 0, row == 0, n + across >= count))
    return out


def crossed(events: Sequence[Event], panels: Sequence[Panel], colour: str = EVENT) -> list[Group]:
    """Lines through all panels and their numbers above the first row."""
    out = [event_lines(events, panel.days, panel.top, panel.base, colour) for panel in panels]
    for panel in panels:
        out += flags(events, panel.days, panel.top) if panel.above else []
    return out


def _axis(panel: Panel, height: Height, right: float) -> list[Group]:
    ticks = height.ticks()
    lines = Group(
        "grid", [Line(panel.days.left, height.at(n), right, height.at(n), GRID if n else FAINT) for n in ticks]
    )
    if not panel.first:
        return [lines]
    texts = [Letters(panel.days.left - 6, height.at(n) + 4, number(n), "right", SMALL, SOFT) for n in ticks]
    return [lines, Group("values", texts)]


def _bars(counts: Mapping[int, int], panel: Panel, top: float, fill: str) -> list[Group]:
    """Bars as thick lines: a third of the bytes of boxes."""
    height = Height(top, panel.base, panel.high)
    bars: list[Mark] = []
    for column, n in sorted(counts.items()):
        if n:
            x, wide = panel.days.bar(column)
            bars.append(Line(x + wide / 2, panel.base, x + wide / 2, height.at(n), fill, round(wide, 2)))
    return [Group("bars", bars)]


def titled(panel: Panel, name: str, beside: str, right: float, lines: int = 1) -> list[Group]:
    """The panel's name, shortened, and a number right of it."""
    left = panel.days.left
    shown = broken(name, right - left - width(beside, SMALL) - 10, SIZE, lines)
    whole = name if "".join(shown).endswith("…") else None
    y = panel.title - 14 * (len(shown) - 1)
    title = [Letters(left, y + 14 * n, text, size=SIZE, bold=True, whole=whole) for n, text in enumerate(shown)]
    return [Group("titles", title), Group("counts", [Letters(right, y, beside, "right", SMALL, SOFT)])]


def _unknown(panel: Panel, known: set[date]) -> list[Group]:
    """A pale band for days of which no number is given: not the same as none."""
    days = panel.days
    gaps = set(range(days.columns)) - {days.column(day) for day in known}
    bands: list[Mark] = [
        Box(days.left + column * days.step, panel.top, days.step, panel.high, "#eceff2") for column in sorted(gaps)
    ]
    return [Group("unknown", bands)]


def _missing(rows: Sequence[Row], days: Days, words: Words) -> list[str]:
    kinds = {row["kind"] for row in rows}
    given = {(row["kind"], row["day"]) for row in rows if row["n"] is not None}
    whole = len(kinds) * ((days.last - days.first).days + 1)
    return [words("chart.unknown_days")] if len(given) < whole else []


def _counts(rows: Sequence[Row], by: str) -> dict[Any, dict[date, int]]:
    """Counts by group and day, of the groups that have any."""
    found: dict[Any, Counter[date]] = {}
    for row in rows:
        found.setdefault(row[by], Counter())[row["day"]] += row["n"] or 0
    return {name: dict(counts) for name, counts in found.items() if any(counts.values())}


def binned(counts: Mapping[date, int], days: Days) -> dict[int, int]:
    found: Counter[int] = Counter()
    for day, n in counts.items():
        found[days.column(day)] += n
    return dict(found)


def _per(days: Days, words: Words, share: bool = False) -> str:
    if days.per > 1:
        return words("chart.per_days", n=days.per)
    return "" if share else words("chart.per_day")


def _span(days: Days, words: Words) -> dict[str, str]:
    return {"first": words.full_day(days.first), "last": words.full_day(days.last)}
