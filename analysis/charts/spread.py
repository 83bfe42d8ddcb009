"""The picture of texts that recur: one line a cluster, a sign where a document appeared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from analysis.charts.days import DATES_HEIGHT, SHANGHAI, Days, dates
from analysis.charts.drawing import (
    BLUE,
    FAINT,
    GRID,
    INK,
    NARROW,
    ORANGE,
    PAPER,
    SIZE,
    SMALL,
    SOFT,
    WIDE,
    Dot,
    Group,
    Letters,
    Line,
    Mark,
    Shape,
    picture,
)
from analysis.charts.legend import Entry, key, note
from analysis.charts.lettering import counted, plain, sentences, shortened, width
from analysis.reporting.words import Words

Row = Mapping[str, Any]
SHOWN = 25
MARKS = 600
"""So many signs at most: above it, signs near each other are put together over a broader room."""
# First, equal, edited: shape, colour, and pixels above or below the line, so that none hides another.
ROLES: dict[str, tuple[Shape, str, float]] = {
    "copy": ("circle", BLUE, -6),
    "edited": ("triangle-up", ORANGE, 6),
    "first": ("diamond", INK, 0),
}
_SIZES = ((100, 150.0), (10, 110.0), (2, 76.0), (1, 46.0))
_BESIDE = 204


@dataclass(frozen=True, slots=True)
class Cluster:
    """The dated documents of one cluster, earliest first, and where the first of them appeared."""

    name: str
    rows: Sequence[Row]
    source: str
    """Empty where the name says what it is."""


def copies(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """Documents of clusters over time, shape by role; documents at one place share one larger sign.

    A row without a time is counted below the picture and drawn nowhere. Nothing where no row has a time.
    """
    dated = [row for row in rows if row["at"] is not None]
    clusters = _clusters(dated)
    if not clusters:
        return ""
    total, left = (NARROW, 8) if narrow else (WIDE, _BESIDE)
    shown = sorted(clusters, key=lambda cluster: -len(cluster.rows))[:SHOWN]
    shown = [cluster for cluster in clusters if cluster in shown]
    ends = [counted(len(cluster.rows), words) for cluster in shown]
    right = 10 if narrow else max(width(end, SMALL) for end in ends) + 22
    every = (_shanghai(row["at"]).date() for cluster in shown for row in cluster.rows)
    days = Days.over(every, left, total - left - right, 0)
    signs, several = _signs(shown, days)
    entries = [
        Entry(words(f"chart.role.{role}"), ROLES[role][1], PAPER, shape=ROLES[role][0])
        for role in ("first", "copy", "edited")
        if any(role == here for cluster_signs in signs for here, _, _ in cluster_signs)
    ]
    entries += [Entry(words("chart.several"), BLUE, PAPER, shape="circle", size=130)] if several else []
    legend, top = key(entries, 4 if narrow else left, 2, total - left)
    apart, high = (46, 46) if narrow else (28, 28)
    groups: list[Group] = []
    bottom = top + apart * len(shown) + 4
    for n, (cluster, end) in enumerate(zip(shown, ends, strict=True)):
        y = top + n * apart + (30 if narrow else high / 2)
        groups += _line(cluster, end, days, y, total, words, narrow)
        groups += [Group(role, [Dot(x, y + ROLES[role][2], *_look(role, n_here))]) for role, x, n_here in signs[n]]
    groups += _dates(days, bottom, words)
    notes = [words("chart.more_groups", n=len(clusters) - len(shown))] if len(clusters) > len(shown) else []
    notes += [words("chart.undated", n=len(rows) - len(dated))] if len(dated) < len(rows) else []
    below, more = note(sentences(notes, words), 4 if narrow else left, bottom + DATES_HEIGHT, total - left)
    span = {"first": words.full_day(days.first), "last": words.full_day(days.last)}
    story = words("chart.copies.story", n=len(clusters), **span)
    return picture([*legend, *groups, *below], total, bottom + DATES_HEIGHT + more, words, words("chart.copies"), story)


def _clusters(rows: Sequence[Row]) -> list[Cluster]:
    """The clusters in the order of the rows."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row["cluster"], []).append(row)
    out = []
    for name, documents in found.items():
        timed = sorted(documents, key=lambda row: (_shanghai(row["at"]), row["role"] != "first", str(row["source"])))
        begun = next((row for row in timed if row["role"] == "first"), timed[0])
        out.append(Cluster(str(name), timed, "" if isinstance(name, str) else str(begun["source"])))
    return out


def _shanghai(at: datetime) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(SHANGHAI)


def _place(at: datetime, days: Days) -> float:
    here = _shanghai(at)
    return days.at(here.date(), (here.hour * 60 + here.minute) / 1440)


def _signs(clusters: Sequence[Cluster], days: Days) -> tuple[list[list[tuple[str, float, int]]], bool]:
    """Role, place and number of documents of each cluster's signs, and whether one stands for several."""
    room = 4
    while True:
        out = []
        for cluster in clusters:
            found: dict[tuple[str, int], list[float]] = {}
            for row in cluster.rows:
                x = _place(row["at"], days)
                role = row["role"] if row["role"] in ROLES else "copy"
                found.setdefault((role, int(x // room)), []).append(x)
            # The first comes last, so that it lies on top.
            order = sorted(found.items(), key=lambda item: (list(ROLES).index(item[0][0]), item[0][1]))
            out.append([(role, sum(places) / len(places), len(places)) for (role, _), places in order])
        if room > 64 or sum(map(len, out)) <= MARKS:
            return out, any(n > 1 for signs in out for _, _, n in signs)
        room *= 2


def _look(role: str, n: int) -> tuple[Shape, str, float]:
    shape, colour, _ = ROLES[role]
    return shape, colour, next(size for least, size in _SIZES if n >= least) + (20 if role == "first" else 0)


def _line(cluster: Cluster, end: str, days: Days, y: float, total: int, words: Words, narrow: bool) -> list[Group]:
    name, source = plain(cluster.name) or "—", plain(cluster.source)
    name = words("chart.cluster", name=name, source=source) if source else name
    room = total - 8 - width(end, SMALL) - 12 if narrow else _BESIDE - 12
    text = shortened(name, room, SIZE)
    whole = name if text != name else None
    label = Letters(4, y - 16, text, whole=whole) if narrow else Letters(_BESIDE - 8, y + 4, text, "right", whole=whole)
    far = Letters(total - 4, y - 16 if narrow else y + 4, end, "right", SMALL, SOFT)
    first, last = (_place(cluster.rows[n]["at"], days) for n in (0, -1))
    whole_line = Line(days.left, y, days.left + days.room, y, GRID)
    return [
        Group("names", [label]),
        Group("totals", [far]),
        Group("lines", [whole_line]),
        Group("spans", [Line(first, y, last, y, FAINT, 2)] if last > first else []),
    ]


def _dates(days: Days, bottom: float, words: Words) -> list[Group]:
    """Dates below the lines; hours as well where there is one day only."""
    if days.last > days.first:
        return dates(days, bottom, words)
    ticks: list[Mark] = []
    labels: list[Mark] = []
    for hour in (0, 6, 12, 18, 24):
        x = days.at(days.first, hour / 24)
        ticks.append(Line(x, bottom, x, bottom + 4, FAINT))
        text = f"{hour:02}:00"
        labels.append(Letters(min(max(x, 20), days.left + days.room - 6), bottom + 16, text, "center", SMALL, SOFT))
    labels.append(Letters(days.left, bottom + 30, words.full_day(days.first), "left", SMALL, SOFT))
    return [Group("ticks", ticks), Group("dates", labels)]
