"""Pictures of shares: sentiment of groups, themes by language, and comments captured of those declared."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.charts.drawing import (
    BLUE,
    FAINT,
    GREY,
    GRID,
    INK,
    NARROW,
    PAPER,
    PURPLE,
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
    Shape,
    picture,
)
from analysis.charts.lanes import Lanes
from analysis.charts.legend import HATCHED, Entry, key, note
from analysis.charts.lettering import capital, counted, number, percent, plain, sentences, width
from analysis.reporting.words import Words

Row = Mapping[str, Any]
SHOWN = 25
FEW = 30
"""A group of fewer documents is drawn hollow: its shares move by more than three points with one document."""
TONES = {"negative": "#b34a00", "neutral": "#d3d9df", "positive": BLUE, "abstain": HATCHED}
SCRIPTS: dict[str, tuple[Shape, str]] = {
    "zh": ("circle", VERMILION),
    "en": ("square", BLUE),
    "mixed": ("diamond", PURPLE),
    "other": ("triangle-up", GREY),
}
_KINDS = ("article", "turn", "post", "comment")
STANCES = {"welcoming": BLUE, "worried": "#8a6d00", "hostile": "#b34a00", "none": "#d3d9df", "abstain": HATCHED}
_PALE = frozenset({"neutral", "none"})
_BESIDE = 270


def sentiment(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """Shares of the tones within each group of language and kind, as one bar of 100 per cent each."""
    return _stacked(rows, "sentiment", TONES, words, narrow)


def stance(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """The same of stances; those that a study's codes taught have colours of their own."""
    given = {row["stance"] for row in rows}
    fills = {name: fill for name, fill in stance_fills(given).items() if name in given}
    return _stacked(rows, "stance", fills, words, narrow)


def stance_fills(given: Iterable[str]) -> dict[str, str]:
    """The colours of the stances of the rules and of those ``given`` besides, in the order in which they are told."""
    others = sorted(set(given) - STANCES.keys())
    fills = {name: colour for name, colour in STANCES.items() if name not in ("none", "abstain")}
    fills |= dict(zip(others, itertools.cycle((PURPLE, "#5f7a1f", "#7d5a3c")), strict=False))
    return fills | {name: STANCES[name] for name in ("none", "abstain")}


def _stacked(rows: Sequence[Row], about: str, fills: Mapping[str, str], words: Words, narrow: bool) -> str:
    groups: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        groups.setdefault((row["script"], row["kind"]), {})[row[about]] = row["n"] or 0
    order = sorted((group for group in groups if sum(groups[group].values())), key=_place)
    if not order:
        return ""
    ends = {group: counted(sum(groups[group].values()), words) for group in order}
    legend, taken = key(
        [Entry(words.named(about, plain(label)), fill, **_declined(label)) for label, fill in fills.items()],
        4 if narrow else 150,
        2,
        (NARROW if narrow else WIDE) - 150 * (not narrow),
    )
    lanes = Lanes(narrow, 150, max(width(end, SMALL) for end in ends.values()) + 14, taken + 4)
    out: list[Group] = []
    for n, group in enumerate(order):
        script, kind = map(plain, group)
        name = words("chart.group", script=words.named("script", script), kind=words.named("kind", kind))
        out += lanes.named(n, capital(name), ends[group])
        out += lanes.stacked(n, groups[group], fills, _PALE)
    bottom = lanes.of(len(order) - 1) + lanes.high
    axis = [Letters(lanes.left + lanes.room * at, bottom + 17, percent(at), align, SMALL, SOFT) for at, align in _ENDS]
    story = words(f"chart.{about}.story", n=len(order))
    return picture(
        [*legend, *out, Group("values", axis)], lanes.total, bottom + 26, words, words(f"chart.{about}"), story
    )


_ENDS: tuple[tuple[float, Any], ...] = ((0, "left"), (0.5, "center"), (1, "right"))


def _declined(label: str) -> dict[str, Any]:
    return {"inside": "hatch", "stroke": FAINT} if label == "abstain" else {}


def _place(group: tuple[str, str]) -> tuple[int, int, str, str]:
    script, kind = group
    scripts = list(SCRIPTS)
    return (
        scripts.index(script) if script in scripts else len(scripts),
        _KINDS.index(kind) if kind in _KINDS else len(_KINDS),
        *group,
    )


def emotion(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """The share of each language's posts and comments with an emotion; rows as `themes` takes them."""
    return themes(rows, words, narrow, "emotion")


def themes(rows: Sequence[Row], words: Words, narrow: bool = False, about: str = "themes") -> str:
    """The share of each language's documents with a theme: a sign a language, the most frequent themes first."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        if row["n"]:
            found.setdefault(row["theme"], {})[row["script"]] = row
    order = sorted(found, key=lambda theme: (-sum(row["n"] for row in found[theme].values()), str(theme)))
    if not order:
        return ""
    sizes = {row["script"]: row["total"] for row in rows}
    scripts = [script for script in SCRIPTS if sizes.get(script)]
    entries = [
        Entry(f"{words.named('script', s)} ({counted(sizes[s], words)})", *_sign(s, sizes[s]), shape=SCRIPTS[s][0])
        for s in scripts
    ]
    legend, taken = key(entries, 4 if narrow else _BESIDE, 2, (NARROW if narrow else WIDE - _BESIDE) - 4)
    shown = order[:SHOWN]
    lanes = Lanes(narrow, _BESIDE, 60, taken + 22, high=4.0 + 7 * len(scripts))
    top = round_share(max(row["share"] for theme in shown for row in found[theme].values()))
    bottom = lanes.of(len(shown) - 1) + lanes.high + 4
    out = [scale(lanes, bottom)] if not narrow else []
    out += ticks(lanes, top, bottom)
    for n, theme in enumerate(shown):
        out += lanes.named(n, plain(theme) or "—", number(sum(row["n"] for row in found[theme].values())))
        out += _signs(found[theme], scripts, sizes, lanes, n, top)
    notes = [words("chart.hollow", n=FEW)] if any(sizes[s] < FEW for s in scripts) else []
    notes += [words("chart.more_themes", n=len(order) - SHOWN)] if len(order) > SHOWN else []
    below, more = note(sentences(notes, words), lanes.left, bottom + 20, lanes.room)
    story = words(f"chart.{about}.story", n=len(order))
    return picture([*out, *legend, *below], lanes.total, bottom + 24 + more, words, words(f"chart.{about}"), story)


def round_share(most: float) -> float:
    """The end of a scale of shares that reach up to ``most``."""
    return next(top for top in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if top >= min(most, 1.0))


def ticks(lanes: Lanes, top: float, bottom: float) -> list[Group]:
    """Shares from 0 to ``top``, above the first lane and below ``bottom``."""
    texts: list[Mark] = []
    for part in (0, 0.5, 1):
        x, text = (
            lanes.left + part * lanes.room,
            percent(part * top) if (part * top * 100) % 1 < 1e-9 else f"{part * top:.1%}",
        )
        half = width(text, SMALL) / 2
        x = min(max(x, half), lanes.total - half - 2)
        texts += [Letters(x, y, text, "center", SMALL, SOFT) for y in (lanes.top - 8, bottom + 13)]
    return [Group("values", texts)]


def scale(lanes: Lanes, bottom: float) -> Group:
    """Upright lines at the quarters of a scale."""
    places = [lanes.left + part * lanes.room for part in (0, 0.25, 0.5, 0.75, 1)]
    return Group("grid", [Line(x, lanes.top - 2, x, bottom, GRID) for x in places])


def _sign(script: str, size: int) -> tuple[str, str]:
    """Fill and outline: hollow where the group is small."""
    colour = SCRIPTS[script][1]
    return (PAPER, colour) if size < FEW else (colour, PAPER)


def _signs(
    found: Mapping[str, Row], scripts: Sequence[str], sizes: Mapping[str, int], lanes: Lanes, n: int, top: float
) -> list[Group]:
    """The signs of one theme, each language on a line of its own, so that equal shares do not hide each other."""
    out: list[Group] = []
    rails: list[Mark] = []
    for lane, script in enumerate(scripts):
        y = lanes.of(n) + 5 + 7 * lane
        x = lanes.left + found[script]["share"] / top * lanes.room if script in found else lanes.left
        rails.append(Line(lanes.left, y, x, y, FAINT if script in found else GRID))
        if script in found:
            out.append(Group("shares", [Dot(x, y, SCRIPTS[script][0], *_sized(script, sizes[script]))]))
    edge = Line(lanes.left, lanes.of(n), lanes.left, lanes.of(n) + lanes.high, FAINT)
    return [Group("rails", [*rails, edge]), *out]


def _sized(script: str, size: int) -> tuple[str, float, str]:
    fill, stroke = _sign(script, size)
    return fill, 54, stroke


def completeness(rows: Sequence[Row], words: Words, narrow: bool = False) -> str:
    """Comments captured (full bar) of those declared (outline) by source; a number not declared is told as unknown."""
    known = sorted(rows, key=lambda row: (-(row["declared"] or 0), -(row["captured"] or 0), str(row["source"])))
    if not known:
        return ""
    shown = [(plain(row["source"]) or "—", row["declared"], row["captured"] or 0) for row in known]
    if len(known) > SHOWN + 1:
        rest = known[SHOWN:]
        # A sum of which a part is unknown is unknown, and so is left out of the outline.
        declared = None if any(row["declared"] is None for row in rest) else sum(row["declared"] for row in rest)
        captured = sum(row["captured"] or 0 for row in rest)
        shown = [*shown[:SHOWN], (words("chart.others", n=len(rest)), declared, captured)]
    texts = [_told(declared, captured, words) for _, declared, captured in shown]
    left = 4 if narrow else 200
    entries = [Entry(words("chart.captured"), BLUE), Entry(words("chart.declared"), PAPER, INK)]
    legend, taken = key(entries, left, 2, (NARROW if narrow else WIDE) - left)
    lanes = Lanes(narrow, 200, max(width(text, SMALL) for text in texts) + 16, taken + 4, high=14)
    # The sum of many is told in words: drawn, it would dwarf the others.
    drawn = len(known) if len(shown) == len(known) else SHOWN
    most = max(1, *(max(declared or 0, captured) for _, declared, captured in shown[:drawn]))
    out: list[Group] = []
    for n, ((name, declared, captured), text) in enumerate(zip(shown, texts, strict=True)):
        top = lanes.of(n)
        out += lanes.named(n, name, text)
        out.append(Group("zero", [Line(lanes.left, top - 2, lanes.left, top + lanes.high + 2, FAINT)]))
        if captured and n < drawn:
            out.append(Group("captured", [Box(lanes.left, top + 3, max(1, captured / most * lanes.room), 8, BLUE)]))
        if declared and n < drawn:
            wide = max(1, declared / most * lanes.room)
            out.append(Group("declared", [Box(lanes.left + 0.5, top + 0.5, wide, lanes.high - 1, "none", INK)]))
    bottom = lanes.of(len(shown) - 1) + lanes.high + 8
    story = words("chart.completeness.story", n=len(known))
    return picture([*legend, *out], lanes.total, bottom, words, words("chart.completeness"), story)


def _told(declared: int | None, captured: int, words: Words) -> str:
    if declared is None:
        return words("chart.declared_unknown", captured=number(captured))
    if not declared:
        return words("chart.of_none", captured=number(captured), declared=number(0))
    share = percent(captured / declared)
    return words("chart.of", captured=number(captured), declared=number(declared), share=share)
