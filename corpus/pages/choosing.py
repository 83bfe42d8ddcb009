"""Choose the text of an article among extractors that fail in different ways: agreement first, then the medoid."""

import copy
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import trafilatura
from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement
from readability import Document as ReadableDocument
from readability.readability import Unparseable
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from corpus.pages.blocks import Survey, page_lines
from corpus.pages.markup import Markup
from corpus.pages.trimming import Removed, is_chinese, trim

LIKE_WHOLE, LIKE_WHOLE_TOGETHER, TOGETHER = 0.9, 0.8, 0.9
LIKE_FAST, LIKE_SHORT = 0.85, 0.95
SHORT = 60
"""Shingles of a text that is taken for short: two of them agree too easily."""
_SHINGLE = 4
_TOKEN = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_VISIBLE = re.compile(
    r"[^\s\x00-\x1f\x7f-\xa0\xad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\ufffe\uffff]"
)
# Each tells of every page that it finds nothing on; that is no news here, for another candidate answers.
for _name in ("trafilatura", "readability", "htmldate"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Choice:
    """The lines chosen, what was trimmed off them, whose they are, how far candidates agree (0 to 1)."""

    lines: tuple[str, ...]
    removed: tuple[Removed, ...]
    extractor: str
    agreement: float


Candidate = tuple[tuple[str, ...], tuple[Removed, ...], "Counter[tuple[str, ...]]"]
"""Lines that stay, what was trimmed off them, and their shingles."""


def choose(page: Markup, seen: Survey, title: str | None) -> Choice:
    """The article of a page; ``seen`` is what our block scorer made of it.

    Each step costs many times the one before, and is taken only in doubt. Where our own extractor (`blocks`) agrees with
    resiliparse, which keeps nearly all that is no menu, its answer holds: for Chinese at `LIKE_WHOLE`, for others at
    `LIKE_WHOLE_TOGETHER` if the text also stands together in one container, for both may take in the teasers beside it.
    Where it agrees with trafilatura's fast mode (`LIKE_FAST`; `LIKE_SHORT` for short texts), the first answers for Chinese, the second for others.
    Else readability is asked too, and the candidate that is most like all others answers: the medoid. Agreement is F1 of
    4-token shingles, 0 to 1.
    """
    own, whole = candidate(seen.article, title), candidate(_resiliparse(page), title)
    chinese = is_chinese("".join(seen.article or whole[0]))
    alike = likeness(own[2], whole[2])
    sure = alike >= LIKE_WHOLE if chinese else alike >= LIKE_WHOLE_TOGETHER and seen.together >= TOGETHER
    short = own[2].total() < SHORT
    if sure and not short:
        return Choice(own[0], own[1], "blocks", alike)
    fast = candidate(_trafilatura(page), title)
    alike = likeness(own[2], fast[2])
    if alike >= (LIKE_SHORT if short else LIKE_FAST):
        name, (lines, removed, _) = ("blocks", own) if chinese else ("trafilatura", fast)
        return Choice(lines, removed, name, alike)
    found = {"blocks": own, "trafilatura": fast, "readability": candidate(_readability(page), title)}
    if chinese:
        found["resiliparse"] = whole
    given = {name: one for name, one in found.items() if one[2]}
    if not given:
        return Choice((), (), "none", 0.0)
    means = {name: _mean_likeness(name, given) for name in given}
    name = max(means, key=lambda one: means[one])
    return Choice(given[name][0], given[name][1], name, means[name])


def likeness(one: "Counter[tuple[str, ...]]", other: "Counter[tuple[str, ...]]") -> float:
    """F1 of two multisets of shingles, 0 to 1; two empty ones are not alike."""
    total = one.total() + other.total()
    return 2 * sum((one & other).values()) / total if total else 0.0


def shingles(text: str) -> "Counter[tuple[str, ...]]":
    """Runs of four tokens, a token being a Chinese character or a word, as a multiset; a shorter text is one run."""
    tokens = _TOKEN.findall(text)
    if 0 < len(tokens) < _SHINGLE:
        return Counter([tuple(tokens)])
    return Counter(zip(*(tokens[start:] for start in range(_SHINGLE)), strict=False))


def _mean_likeness(name: str, given: dict[str, Candidate]) -> float:
    others = [likeness(given[name][2], one[2]) for other, one in given.items() if other != name]
    return sum(others) / len(others) if others else 0.0


def candidate(lines: Sequence[str], title: str | None) -> Candidate:
    """Lines as an extractor gave them, trimmed; it is empty where none is visible."""
    trimmed = trim([line for line in lines if _VISIBLE.search(line)], title)
    return trimmed.lines, trimmed.removed, shingles("\n".join(trimmed.lines))


def _lines(text: str | None) -> list[str]:
    return [line for line in (" ".join(line.split()) for line in (text or "").split("\n")) if line]


def _trafilatura(page: Markup) -> list[str]:
    try:
        return _lines(trafilatura.extract(page.tree, fast=True, include_comments=False))  # works on a copy of its own
    except (RecursionError, etree.LxmlError, ValueError, AttributeError, TypeError, IndexError):
        return []  # its author's oversight is not the page's end: the other candidates answer


class Readable(ReadableDocument):  # type: ignore[misc]
    """Readability on a tree that is parsed already, without its cleaner, which looks at every attribute twice a page: what
    that takes out beside these elements are attributes. It has no public way to leave it out; a test holds it to the same lines."""

    def _parse(self, tree: HtmlElement) -> HtmlElement:
        own = copy.deepcopy(tree)
        etree.strip_elements(own, "script", "style", "link", with_tail=False)
        return own


def _readability(page: Markup) -> list[str]:
    try:
        summary: HtmlElement = lxml_html.fromstring(Readable(page.tree).summary(html_partial=True))
    except (Unparseable, RecursionError, etree.LxmlError, ValueError, AttributeError, TypeError, IndexError):
        return []
    return page_lines(summary)


def _resiliparse(page: Markup) -> list[str]:
    return _lines(extract_plain_text(HTMLTree.parse(page.source), main_content=True, alt_texts=False))
