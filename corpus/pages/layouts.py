"""What an outlet's own selectors find on a page, checked against the answer that needs none."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import urlsplit

from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from corpus.pages.blocks import page_lines
from corpus.pages.bylines import names_of
from corpus.pages.choosing import Choice, candidate, likeness, shingles
from corpus.pages.dating import Dated, parse_date
from corpus.pages.markup import Markup
from corpus.pages.titles import folded
from corpus.studyfile import Layout, Outlet

ALIKE, SURE = 0.6, 0.8
AGREED, PARTED, EMPTY = FLAGS = ("layout_agreed", "layout_parted", "layout_empty")
"""Flags of a document whose page has a layout: both answers are alike; they part; the layout finds nothing."""


@dataclass(frozen=True, slots=True)
class Guide:
    """The layout of one page, and whose clock the outlet's times show."""

    layout: Layout
    zone: str


@dataclass(frozen=True, slots=True)
class Layouts:
    """Of each host with layouts: its outlet's zone, and the layouts in the order in which they ended, the present one last."""

    of: Mapping[str, tuple[str, tuple[Layout, ...]]]

    def at(self, url: str, day: date) -> Guide | None:
        """The layout that the page had on ``day``; None for a host, or a day, without one."""
        try:
            host = (urlsplit(url).hostname or "").rstrip(".")
        except ValueError:
            return None
        zone, layouts = self.of.get(host, ("", ()))
        return next((Guide(one, zone) for one in layouts if one.until is None or day < one.until), None)


NO_LAYOUTS = Layouts({})


def layouts_of(outlets: Mapping[str, Outlet]) -> Layouts:
    """The layouts of a study's outlets by host; a host of two outlets is that of the first by name."""
    found: dict[str, tuple[str, tuple[Layout, ...]]] = {}
    for _, outlet in sorted(outlets.items()):
        ordered = tuple(sorted(outlet.layout, key=lambda one: one.until or date.max))
        for host in outlet.hosts if ordered else ():
            found.setdefault(host, (outlet.zone, ordered))
    return Layouts(found)


@dataclass(frozen=True, slots=True)
class Told:
    """What a layout's selectors find; `lines` is None where it has none for the text."""

    lines: tuple[str, ...] | None
    title: str | None
    bylines: tuple[str, ...]
    dated: Dated | None


def told_by(guide: Guide, page: Markup) -> Told:
    """What ``guide`` finds on a page, which stays as it is. What `remove` names is taken out before the text is read."""
    layout, tree = guide.layout, page.tree
    if layout.remove:
        tree = copy.deepcopy(tree)
        for element in _outermost(_selected(tree, layout.remove)):
            if element.getparent() is not None:
                element.drop_tree()
    lines = None
    if layout.text:
        lines = tuple(line for one in _outermost(_selected(tree, layout.text)) for line in page_lines(one))
    titles = [text for one in _selected(tree, layout.title) if (text := _text(one))]
    names = [name for one in _selected(tree, layout.byline) for name in names_of(_text(one))]
    dates = [found for one in _selected(tree, layout.published) if (found := _dated(one, guide.zone))]
    return Told(lines, titles[0] if titles else None, tuple(dict.fromkeys(names))[:12], dates[0] if dates else None)


def settle(told: Told, generic: Choice, title: str | None) -> tuple[Choice, str, bool]:
    """The text that holds, the flag that tells how the answers fared, and whether the layout is believed at all.

    Texts are alike from F1 `ALIKE` of their shingles: then the layout's holds. Where they part, the page has changed
    or the generic answer errs: the layout's holds unless the generic extractors agree among themselves (`SURE`).
    A layout without a selector for the text is judged by its title.
    """
    if told.lines is None:
        return generic, *_judged_by_title(told, title)
    lines, removed, own = candidate(told.lines, told.title or title)
    if not own:
        return generic, EMPTY, False
    alike = likeness(own, shingles("\n".join(generic.lines)))
    laid = Choice(lines, removed, "layout", alike)
    if alike >= ALIKE:
        return laid, AGREED, True
    believed = generic.agreement < SURE or not generic.lines
    return (laid if believed else generic), PARTED, believed


def _judged_by_title(told: Told, title: str | None) -> tuple[str, bool]:
    if not (told.title or told.bylines or told.dated):
        return EMPTY, False
    one, other = folded(told.title or ""), folded(title or "")
    parted = bool(one and other) and one not in other and other not in one
    return (PARTED if parted else AGREED), True


@lru_cache(maxsize=1024)
def _selector(text: str) -> CSSSelector:
    return CSSSelector(text, translator="html")


def _selected(tree: HtmlElement, selector: str | None) -> list[HtmlElement]:
    return list(_selector(selector)(tree)) if selector else []


def _outermost(elements: Iterable[HtmlElement]) -> list[HtmlElement]:
    """Without those that lie in another of them, which comes before."""
    kept: list[HtmlElement] = []
    seen: set[HtmlElement] = set()
    for element in elements:
        if seen.isdisjoint(element.iterancestors()):
            kept.append(element)
            seen.add(element)
    return kept


def _text(element: HtmlElement) -> str:
    return " ".join((element.get("content") or "".join(element.itertext())).split())[:500]


def _dated(element: HtmlElement, zone: str) -> Dated | None:
    for raw in (element.get("datetime"), element.get("content"), "".join(element.itertext())):
        found = parse_date(" ".join(raw.split())[:200], zone) if raw else None
        if found and found.at:
            return found
    return None
