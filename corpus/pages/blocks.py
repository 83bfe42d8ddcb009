"""Find the article of a page in one pass: lines weighed by length, punctuation and links, summed up the tree."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

from corpus.pages.rules import any_of

_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li",
    "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "br",
    "summary", "details",
))  # fmt: skip
_DROPPED = frozenset((
    "script", "style", "noscript", "template", "iframe", "svg", "canvas", "button", "select", "option", "textarea",
    "input", "head", "object", "embed", "audio", "video", "map", "math", "nav", "footer", "aside", "dialog",
    "datalist",
))  # fmt: skip
_UNIT = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_MARKS = re.compile(r"[，。！？；、：,.!?;:…”」]")
_ENDS = re.compile(r"[。！？!?…”」.\"'）)]\s*$")
# Names of what stands beside an article. The strong ones hold wherever they occur; the others do not make the article's
# own element ("article-body pagination-first") go.
_STRONG = any_of("beside_strong", before=r"(?:^|[-_\s])", after=r"(?:$|[-_\s\d])")
_WEAK = any_of("beside_weak", before=r"(?:^|[-_\s])", after=r"(?:$|[-_\s\d])")
_OWN = any_of("own", before=r"(?:^|\s)")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_WITHIN = frozenset(("p", "br", "li", "ul", "ol", "blockquote", "h2", "h3", "h4", "pre", "dd"))
"""Blocks of running text: they belong to the container around them."""
_UNSEEN = re.compile(r"display\s*:\s*none")


@dataclass(slots=True)
class _Line:
    """One printed line: what stands between two block boundaries."""

    order: int
    text: str
    linked: int
    """Units (Chinese characters, or words) within links."""
    tag: str
    units: int = 0
    weight: float = 0.0


@dataclass(slots=True)
class _Node:
    element: HtmlElement
    parent: "_Node | None"
    lines: list[_Line] = field(default_factory=list)
    children: list["_Node"] = field(default_factory=list)
    named: str = ""
    away: bool = False
    good: float = 0.0
    total: float = 0.0
    units: int = 0
    linked: int = 0


@dataclass(frozen=True, slots=True)
class Survey:
    """A page at a glance: all lines that it prints, those of its article, and its words within links and in all."""

    lines: tuple[str, ...]
    article: tuple[str, ...]
    together: float
    """Share of the article's running text that stands in one container, 0 to 1: little where teasers stand beside it."""
    linked: int
    units: int

    @property
    def link_share(self) -> float:
        """Share of the words that are links, 0 to 1."""
        return self.linked / self.units if self.units else 0.0


def survey(tree: HtmlElement) -> Survey:
    """Read a page's lines and choose those of its article; none where no line reads as running text.

    Each line of text weighs what its words weigh when it is punctuated and not a link; links weigh against. The
    smallest element whose weights sum highest is the article; parts of it that weigh below nothing are left out.
    """
    root = _grow(tree)
    _weigh(root)
    best = _best(root)
    chosen, together = ([], 0.0) if best is None or best.total <= 0 else _kept(best)
    everything = _printed(line for node in _upwards(root) for line in node.lines)
    return Survey(tuple(everything), tuple(_printed(chosen)), together, root.linked, root.units)


def page_lines(tree: HtmlElement) -> list[str]:
    """All lines that a tree prints, in order, without choosing among them."""
    return _printed(line for node in _upwards(_grow(tree)) for line in node.lines)


def _printed(lines: Iterable[_Line]) -> list[str]:
    return [line.text for line in sorted(lines, key=lambda line: line.order)]


def units(text: str) -> int:
    """Length of a text in Chinese characters and words of other scripts."""
    return len(_UNIT.findall(text))


def _grow(tree: HtmlElement) -> _Node:
    """The block elements of a page, with their lines; without recursion, for pages nest deep."""
    body = tree.find("body")
    start = tree if body is None else body
    builder = _Builder(_Node(start, None))
    walk = etree.iterwalk(start, events=("start", "end"))
    skipped: HtmlElement | None = None
    for event, element in walk:
        if event == "start":
            if not builder.opens(element):
                skipped = element
                walk.skip_subtree()
        elif skipped is not None and element is skipped:
            skipped = None
            builder.say(element.tail)
        else:
            builder.closes(element)
    builder.flush()
    return builder.root


class _Builder:
    """Follows a walk through a page and puts each run of inline text where it belongs."""

    def __init__(self, root: _Node) -> None:
        self.root = root
        self.start = root.element
        self.node = root
        self.count = 0
        self.parts: list[str] = []
        self.linked: list[str] = []
        self.links = 0

    def opens(self, element: HtmlElement) -> bool:
        """Whether what the element holds is printed."""
        tag = element.tag
        if tag in _DROPPED or not isinstance(tag, str) or _hidden(element):
            if tag in _BLOCKS:
                self.flush()
            return False
        if tag in _BLOCKS:
            if element is not self.start:
                self.flush()
                node = _Node(element, self.node, named=_named(element, tag))
                self.node.children.append(node)
                self.node = node
        elif tag == "a":
            self.links += 1
        self.say(element.text)
        return True

    def closes(self, element: HtmlElement) -> None:
        if element is self.start:
            return
        tag = element.tag
        if tag in _BLOCKS:
            self.flush()
            if self.node.parent is not None:
                self.node = self.node.parent
        elif tag == "a":
            self.links -= 1
        self.say(element.tail)

    def say(self, text: str | None) -> None:
        if text:
            self.parts.append(text)
            if self.links:
                self.linked.append(text)

    def flush(self) -> None:
        """End the line that is being gathered."""
        if not self.parts:
            return
        text = " ".join("".join(self.parts).split())
        if text:
            node = self.node
            # A line break is a block without content: its line belongs to what it breaks.
            line = _Line(self.count, text, units("".join(self.linked)) if self.linked else 0, str(node.element.tag))
            node.lines.append(line)
            self.count += 1
        self.parts, self.linked = [], []


def _hidden(element: HtmlElement) -> bool:
    style = element.get("style")
    return (style is not None and _UNSEEN.search(style) is not None) or element.get("hidden") is not None


def _named(element: HtmlElement, tag: str) -> str:
    class_, own = element.get("class"), element.get("id")
    if tag in ("body", "main") or not (class_ or own):
        return ""
    return _name_says(f"{class_ or ''} {own or ''}".strip(), tag == "article")


@lru_cache(maxsize=16_384)
def _name_says(name: str, is_article: bool) -> str:
    if _STRONG.search(name):
        return "strong"
    return "weak" if not is_article and _WEAK.search(name) and not _OWN.search(name) else ""


def _weigh(root: _Node) -> None:
    order = list(_upwards(root))
    for node in order:
        for line in node.lines:
            line.units = units(line.text)
            line.weight = weight = _weight(line)
            node.units += line.units
            node.linked += line.linked
            node.total += weight
            if weight > 0.0:
                node.good += weight
        parent = node.parent
        if parent is not None:
            parent.units += node.units
            parent.linked += node.linked
            parent.good += node.good
    _put_away(root)
    for node in order:
        if node.away and node.total > 0:
            node.total = 0.0
        if node.parent is not None:
            node.parent.total += node.total


def _put_away(root: _Node) -> None:
    """Mark what its name puts beside the article, unless it is nearly all that the page has to say."""
    todo = [root]
    while todo:
        node = todo.pop()
        for child in node.children:
            rest = root.good - child.good
            if child.named == "strong":
                child.away = rest > 40
            elif child.named == "weak":
                child.away = rest > child.good
            child.away = child.away or node.away
            todo.append(child)


def _upwards(root: _Node) -> Iterator[_Node]:
    order = [root]
    for node in order:
        order.extend(node.children)
    return reversed(order)


def _weight(line: _Line) -> float:
    plain = line.units - line.linked
    if line.units == 0:
        return 0.0
    if line.linked > plain:
        return -min(float(line.linked), 20.0) - 1
    if line.tag in _HEADINGS:
        return 0.0
    if not _MARKS.search(line.text):
        return -1.0
    if plain < 12 and not _ENDS.search(line.text):
        return -0.5
    return plain - line.linked - 1.0


def _best(root: _Node) -> _Node | None:
    best: _Node | None = None
    for node in _upwards(root):
        if node.away:
            continue
        if best is None or node.total > best.total:
            best = node
    return best


def _kept(best: _Node) -> tuple[list[_Line], float]:
    """The lines of an article; and the share of their weight that the container with most of it holds."""
    lines: list[_Line] = []
    held: dict[int, float] = defaultdict(float)
    todo = [(best, 0)]
    containers = 1
    while todo:
        node, container = todo.pop()
        if node is not best and _left_out(node):
            continue
        if node.element.tag not in _WITHIN:
            containers += 1
            container = containers
        for line in node.lines:
            if line.weight > 0:
                held[container] += line.weight
            if not (line.linked * 2 > line.units and line.tag in ("li", "td", "div")):
                lines.append(line)
        todo.extend((child, container) for child in node.children)
    return lines, max(held.values(), default=0.0) / (sum(held.values()) or 1.0)


def _left_out(node: _Node) -> bool:
    if node.away or str(node.element.tag) in ("figcaption", "figure", "form"):
        return True
    return node.total < 0 and node.linked * 2 > node.units
