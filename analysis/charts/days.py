"""Days side by side: columns, their dates, and numbered events above them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from analysis.charts.drawing import FAINT, INK, SMALL, SOFT, Group, Letters, Line, Mark
from analysis.charts.lettering import width
from analysis.reporting.words import Words
from corpus.study import Event

SHANGHAI = ZoneInfo("Asia/Shanghai")
FLAGS_HEIGHT = 34
"""Pixels that the numbers of events take above a picture."""
DATES_HEIGHT = 34
EVENT, FAINTER = "#8794a0", "#bcc6cf"
"""Lines of events, and those in small panels, where they must not outweigh the bars."""
_BINS = (1, 2, 3, 7, 14, 28, 91, 182, 364)
_APART = 10
_FURTHEST = 34
"""So many pixels a number may be moved aside from its line before neighbours share one."""


@dataclass(frozen=True, slots=True)
class Days:
    """The days from ``first`` to ``last`` over ``room`` pixels from ``left``, ``per`` days to a column."""

    first: date
    last: date
    left: float
    room: float
    per: int = 1

    @classmethod
    def over(cls, days: Iterable[date], left: float, room: float, least: float) -> "Days":
        """As few days to a column as leave each column ``least`` pixels."""
        every = set(days)
        first, last = min(every), max(every)
        count = (last - first).days + 1
        per = next((bin for bin in _BINS if room / -(-count // bin) >= least), _BINS[-1])
        return cls(first, last, left, room, per)

    @property
    def columns(self) -> int:
        return -(-((self.last - self.first).days + 1) // self.per)

    @property
    def step(self) -> float:
        return self.room / self.columns

    def column(self, day: date) -> int:
        return (day - self.first).days // self.per

    def bar(self, column: int, most: float = 44) -> tuple[float, float]:
        """Left edge and width of a column's bar."""
        wide = min(most, self.step - min(2.0, self.step * 0.22))
        return self.left + (column + 0.5) * self.step - wide / 2, wide

    def at(self, day: date, share: float = 0.5) -> float:
        """The middle of a day, or its place after ``share`` of it, in pixels."""
        return self.left + ((day - self.first).days + share) * self.step / self.per

    def moved(self, left: float) -> "Days":
        return Days(self.first, self.last, left, self.room, self.per)


def dates(days: Days, top: float, words: Words) -> list[Group]:
    """Dates below a picture at ``top``: as many as stand apart; the year under the first of each."""
    ticks: list[Mark] = []
    labels: list[Mark] = []
    year = None
    for day in _dated(days, words):
        middle = _middle(days, day)
        ticks.append(Line(middle, top, middle, top + 4, FAINT))
        for row, text in enumerate(
            [words.day(day)] + ([words("chart.year", year=day.year)] if day.year != year else [])
        ):
            labels.append(
                Letters(_kept(days, middle, width(text, SMALL)), top + 16 + 13 * row, text, "center", SMALL, SOFT)
            )
        year = day.year
    return [Group("ticks", ticks), Group("dates", labels)]


def _dated(days: Days, words: Words) -> list[date]:
    for chosen in _choices(days):
        wide = [width(words.day(day), SMALL) for day in chosen]
        places = [_kept(days, _middle(days, day), room) for day, room in zip(chosen, wide, strict=True)]
        if all(b - a >= room + _APART for (a, b), room in zip(pairwise(places), wide, strict=False)):
            return chosen
    return [days.first]


def _middle(days: Days, day: date) -> float:
    return days.left + (days.column(day) + 0.5) * days.step


def _kept(days: Days, middle: float, wide: float) -> float:
    """The middle of a label that stays within the days, or nearly, and within the picture."""
    least = max(days.left - 8, 1) + wide / 2
    return max(least, min(middle, days.left + days.room + 3 - wide / 2))


def _choices(days: Days) -> Iterator[list[date]]:
    """Days that may be written below the columns, the closest choice first."""
    count = (days.last - days.first).days + 1
    for step in (1, 2, 3, 7, 14, 28):
        if step % days.per == 0 and count > step:
            yield [days.first + timedelta(n) for n in range(0, count, step)]
    every = [days.first + timedelta(n) for n in range(count)]
    for months in (1, 2, 3, 6, 12):
        firsts = [day for day in every if day.day == 1 and (day.month - 1) % months == 0]
        if len(firsts) > 1:
            yield firsts


def flags(events: Sequence[Event], days: Days, base: float) -> list[Group]:
    """The numbers of the events above ``base`` in one row, each joined to the lines of its days.

    Numbers that would touch are moved aside in order; where that would take them too far, neighbours share one
    label ("9–14"). Nothing where no event falls into the days.
    """
    found = numbered(events, days)
    if not found:
        return []
    labels = _spread([[day] for day in sorted(found)], found, days)
    leaders: list[Mark] = []
    names: list[Mark] = []
    for x, joined, text in labels:
        names.append(Letters(x, base - 20, text, "center", SMALL, INK, bold=True))
        leaders += [Line(x, base - 16, days.at(day), base, SOFT) for day in joined]
    return [Group("leaders", leaders), Group("event-numbers", names)]


def event_lines(events: Sequence[Event], days: Days, top: float, bottom: float, colour: str = EVENT) -> Group:
    return Group(
        "events",
        [Line(days.at(day), top, days.at(day), bottom, colour, dashed=True) for day in sorted(numbered(events, days))],
    )


def numbered(events: Sequence[Event], days: Days) -> dict[date, list[int]]:
    """The numbers of the events (their places in the list, from 1) by day of Shanghai, of the days shown."""
    found: dict[date, list[int]] = {}
    for n, event in enumerate(events, 1):
        if days.first <= (day := day_of(event)) <= days.last:
            found.setdefault(day, []).append(n)
    return found


def day_of(event: Event) -> date:
    """The day of an event among days of Shanghai: without an hour it keeps the day that its source names."""
    return event.at.astimezone(SHANGHAI).date() if event.time_local else event.date


def _spread(groups: list[list[date]], found: dict[date, list[int]], days: Days) -> list[tuple[float, list[date], str]]:
    """Place, days and text of each label; nearest neighbours are put together until all fit near their lines."""
    while True:
        wanted = [sum(map(days.at, group)) / len(group) for group in groups]
        texts = [ranges(n for day in group for n in found[day]) for group in groups]
        wide = [width(text, SMALL) + 7 for text in texts]
        fits = sum(wide) <= days.room
        places = _apart(wanted, wide, days.left - 6, days.left + days.room + 6) if fits else wanted
        if len(groups) == 1 or (fits and max(abs(a - b) for a, b in zip(wanted, places, strict=True)) <= _FURTHEST):
            return list(zip(places, groups, texts, strict=True))
        nearest = min(range(len(groups) - 1), key=lambda i: (wanted[i + 1] - wanted[i], i))
        groups = [*groups[:nearest], groups[nearest] + groups[nearest + 1], *groups[nearest + 2 :]]


def _apart(wanted: Sequence[float], wide: Sequence[float], left: float, right: float) -> list[float]:
    """Places nearest to the wanted ones (least squares) at which labels of these widths do not touch.

    Isotonic regression by pooling adjacent violators, on the places less the room that the labels before take.
    """
    before = [sum(wide[:i]) + wide[i] / 2 for i in range(len(wide))]
    pools: list[tuple[float, int]] = []
    for place, taken in zip(wanted, before, strict=True):
        mean, size = place - taken, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, size = (mean * size + other * more) / (size + more), size + more
        pools.append((mean, size))
    flat = [mean for mean, size in pools for _ in range(size)]
    return [min(max(x, left), right - sum(wide)) + taken for x, taken in zip(flat, before, strict=True)]


def ranges(numbers: Iterable[int]) -> str:
    """9–14, 17."""
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    # Two in a row are as short with a comma, and clearer.
    parts = [f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join(parts)
