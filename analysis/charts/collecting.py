"""Pictures of collecting: how far the items of each source came, and what of them is still to be had."""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.charts.drawing import (
    BLUE,
    FAINT,
    GREY,
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
from analysis.charts.lanes import Lanes
from analysis.charts.legend import HATCHED, Entry, key, note
from analysis.charts.lettering import counted, number, percent, plain, sentences, shortened, width
from analysis.reporting.words import Words

Row = Mapping[str, Any]
SHOWN = 25
STATES = {
    "live": BLUE,
    "edited": PURPLE,
    "gone": VERMILION,
    "private": ORANGE,
    "blocked": GREY,
    "unknown": HATCHED,
}
_BESIDE = 200
_PALE = frozenset({"private"})
_HIGH = 120
_BAND = "#cfe3f1"
_TOLD = (1, 6, 24, 72, 168, 336, 672, 1344, 2160, 4320, 8760, 17520)


def stages(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """By source: addresses that were listed (outline), and pages and items that were had (full).

    Rows of source, known (null where nothing was listed), had, documents.
    """
    order = sorted(rows, key=lambda row: (-max(row["known"] or 0, row["had"]), str(row["source"])))
    if not order:
        return ""
    shown = order[:SHOWN]
    texts = [_told(row, words) for row in shown]
    left = 4 if narrow else _BESIDE
    entries = [
        Entry(words("chart.had"), BLUE),
        Entry(words("chart.known"), PAPER, INK),
    ]
    legend, taken = key(entries, left, 2, (NARROW if narrow else WIDE) - left)
    lanes = Lanes(narrow, _BESIDE, max(width(text, SMALL) for text in texts) + 16, taken + 4, high=14)
    most = max(1, *(max(row["known"] or 0, row["had"]) for row in shown))
    out: list[Group] = []
    for n, (row, text) in enumerate(zip(shown, texts, strict=True)):
        out += lanes.named(n, plain(row["source"]) or "—", text)
        out += _nested(row, lanes, n, most)
    bottom = lanes.of(len(shown) - 1) + lanes.high + 8
    more = words("chart.more_groups", n=len(order) - SHOWN) if len(order) > SHOWN else ""
    below, high = note(more, lanes.left, bottom, lanes.room)
    story = words("chart.stages.story", n=len(order))
    return picture([*legend, *out, *below], lanes.total, bottom + high, words, words("chart.stages"), story)


def _told(row: Row, words: Words) -> str:
    numbers = {"had": number(row["had"]), "documents": number(row["documents"])}
    if row["known"] is None:
        return words("chart.stages.of", **numbers)
    return words("chart.stages.known", known=number(row["known"]), **numbers)


def _nested(row: Row, lanes: Lanes, n: int, most: int) -> list[Group]:
    top, edge = lanes.of(n), lanes.of(n) + lanes.high

    def wide(count: int) -> float:
        return max(1.0, count / most * lanes.room)

    out = [Group("zero", [Line(lanes.left, top - 2, lanes.left, edge + 2, FAINT)])]
    if row["had"]:
        out.append(Group("had", [Box(lanes.left, top + 3, wide(row["had"]), lanes.high - 6, BLUE)]))
    if row["known"]:
        out.append(Group("known", [Box(lanes.left + 0.5, top + 0.5, wide(row["known"]), lanes.high - 1, "none", INK)]))
    return out


def states(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """By source, in which state its articles and posts were found at the newest check, as one bar of 100 per cent.

    Rows of source, state, n, total.
    """
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row["source"], {})[row["state"]] = row["n"]
    order = sorted(
        (source for source in found if sum(found[source].values())),
        key=lambda source: (-sum(found[source].values()), str(source)),
    )
    if not order:
        return ""
    shown = order[:SHOWN]
    ends = [counted(sum(found[source].values()), words) for source in shown]
    left = 4 if narrow else _BESIDE
    entries = [
        Entry(words.named("availability", state), fill, **_unsure(state))
        for state, fill in STATES.items()
        if any(found[source].get(state) for source in order)
    ]
    legend, taken = key(entries, left, 2, (NARROW if narrow else WIDE) - left)
    lanes = Lanes(narrow, _BESIDE, max(width(end, SMALL) for end in ends) + 14, taken + 4)
    out: list[Group] = []
    for n, (source, end) in enumerate(zip(shown, ends, strict=True)):
        out += lanes.named(n, plain(source) or "—", end)
        out += lanes.stacked(n, found[source], STATES, _PALE)
    bottom = lanes.of(len(shown) - 1) + lanes.high + 8
    more = words("chart.more_groups", n=len(order) - SHOWN) if len(order) > SHOWN else ""
    below, high = note(more, lanes.left, bottom, lanes.room)
    story = words("chart.states.story", n=len(order))
    return picture([*legend, *out, *below], lanes.total, bottom + high, words, words("chart.states"), story)


def _unsure(state: str) -> dict[str, Any]:
    return {"inside": "hatch", "stroke": FAINT} if state == "unknown" else {}


def remaining(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """By source, the share that is still public so long after publication, with its interval; one panel a source.

    Rows of source, n, points (rows hours, share, low, high); sources without points are left out.
    """
    known = sorted((row for row in rows if len(row["points"]) > 1), key=lambda row: (-row["n"], str(row["source"])))
    if not known:
        return ""
    total, shown = NARROW if narrow else WIDE, known[:6]
    across = 1 if narrow or len(shown) == 1 else 2
    margin, gap = width("100%", SMALL) + 10, 34.0
    room = (total - margin - 8 - (across - 1) * (gap + margin)) / across
    out: list[Group] = []
    bottom = 0.0
    for n, row in enumerate(shown):
        line, column = divmod(n, across)
        left, top = margin + column * (room + gap + margin), 28 + line * (_HIGH + 66)
        out += _panel(row, left, float(top), room, words)
        bottom = top + _HIGH + 34
    notes = sentences(
        [words("chart.remaining.boxes"), words("chart.more_groups", n=len(known) - 6) if len(known) > 6 else ""], words
    )
    below, high = note(notes, 4, bottom, total - 8)
    story = words("chart.remaining.story", n=len(known))
    return picture([*out, *below], total, bottom + high, words, words("chart.remaining"), story)


def _panel(row: Row, left: float, top: float, room: float, words: Words) -> list[Group]:
    """The estimate at each place of time, which are drawn equally far apart; boxes between two of them."""
    points: Sequence[Row] = row["points"]
    step = room / (len(points) - 1)

    def y(share: float) -> float:
        return top + (1 - min(max(share, 0.0), 1.0)) * _HIGH

    places = [left + n * step for n in range(len(points))]
    grid: list[Mark] = [Line(left, y(share), left + room, y(share), GRID) for share in (0, 0.5, 1)]
    values: list[Mark] = [
        Letters(left - 6, y(share) + 4, percent(share), "right", SMALL, SOFT) for share in (0, 0.5, 1)
    ]
    band: list[Mark] = []
    for place in range(len(points) - 1):
        high, low = y(points[place]["share"]), y(points[place + 1]["share"])
        band.append(Box(places[place], high, step, max(low - high, 1.5), _BAND))
    doubts: list[Mark] = [Line(x, y(p["low"]), x, y(p["high"]), BLUE, 2) for x, p in zip(places, points, strict=True)]
    marks: list[Mark] = [
        Line(x - 4, y(p["share"]), x + 4, y(p["share"]), BLUE, 2) for x, p in zip(places, points, strict=True)
    ]
    ticks: list[Mark] = []
    last = -1e9
    for x, point in zip(places, points, strict=True):
        text = _time(point["hours"], words)
        half = width(text, SMALL) / 2
        if point["hours"] in _TOLD and x - half > last + 6 and x + half <= left + room + 8:
            ticks.append(Letters(x, top + _HIGH + 16, text, "center", SMALL, SOFT))
            last = x + half
    name = plain(row["source"]) or "—"
    n = counted(row["n"], words)
    title = shortened(name, room - width(n, SMALL) - 16, SIZE)
    titles: list[Mark] = [Letters(left, top - 12, title, size=SIZE, bold=True, whole=name if title != name else None)]
    beside: list[Mark] = [Letters(left + room, top - 12, n, "right", SMALL, SOFT)]
    return [
        Group("grid", grid),
        Group("values", values),
        Group("between", band),
        Group("doubts", doubts),
        Group("estimates", marks),
        Group("dates", ticks),
        Group("titles", titles),
        Group("counts", beside),
    ]


def _time(hours: int, words: Words) -> str:
    if hours < 24:
        return words("chart.hours", n=hours)
    return words("chart.days", n=hours // 24) if hours < 8760 else words("chart.years", n=hours // 8760)
