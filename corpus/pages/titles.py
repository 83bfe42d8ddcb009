"""Find the headline of a page among its heading, its meta data and its title bar."""

import re
import unicodedata
from collections.abc import Sequence

from lxml.html import HtmlElement

from corpus.pages.pagedata import PageData, text_of
from corpus.scripts import HAN

_SPACE = re.compile(r"\s+")
# A bare hyphen parts two names in Chinese alone; elsewhere it joins words.
_CUTS = re.compile(
    rf"\s*(?:\s[-–—·•«:]\s|[|｜»]|_{{1,3}}|——|--|\s-|(?<=[{HAN}])-\s|—(?=\S{{2,12}}$)|(?<![A-Za-z0-9])-(?=[^-]{{2,16}}$))\s*"
)
_HYPHENS = re.compile(r"(?<=[^\x00-\x7f])-(?=[^\x00-\x7f])")
_LIMIT = 500
_TITLED = "//*[@class='title' or @id='title' or @class='headline' or @class='tit' or @class='bt']"
_LONGEST = 120
"""Signs of a headline."""
_HAN = re.compile(f"[{HAN}]")


def find_title(tree: HtmlElement, data: PageData, lines: Sequence[str] = ()) -> str | None:
    """The headline, on one line; None where the page has none. `lines`: what the page prints.

    In order: a heading that also stands in ``<title>`` or ``og:title``; the headline of JSON-LD; a heading where the bar
    names no more than site and column; ``og:title`` or ``<title>`` without the name of the site; a first heading.
    """
    bar = _tidy(tree.findtext(".//title"))
    shared = [one for one in (_tidy(data.first("og:title", "twitter:title")), bar) if one]
    heading = _heading(tree, shared)
    if heading:
        return heading
    for one in data.articles():
        named = _tidy(text_of(one.get("headline")) or text_of(one.get("name")))
        if named:
            return named
    if shared:
        if all(map(_short, filter(None, _CUTS.split(shared[0])))):
            told = [text for text in map(_text, (*tree.iter("h1", "h2"), *tree.xpath(_TITLED))) if text]
            likely = [text for text in told if not _short(text) and len(text) <= _LONGEST]
            if likely:
                return likely[0]
        return _without_site(shared[0], _tidy(data.first("og:site_name", "application-name")), lines)
    return next((text for text in map(_text, tree.iter("h1")) if text), None)


def folded(text: str) -> str:
    """Letters and digits only, of one width and case: for comparing what was printed twice."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _tidy(text: str | None) -> str | None:
    return _SPACE.sub(" ", text or "").strip()[:_LIMIT] or None


def _text(element: HtmlElement) -> str | None:
    return _tidy("".join(element.itertext()))


def _heading(tree: HtmlElement, shared: list[str]) -> str | None:
    """The longest heading of the first rank that occurs in a shared title and is more than the site's name."""
    keys = [folded(one) for one in shared]
    if not keys:
        return None
    for tag in ("h1", "h2", "h3"):
        found = [text for text in map(_text, tree.iter(tag)) if text]
        fitting = [text for text in found if _fits(folded(text), keys)]
        if fitting:
            return max(fitting, key=len)
    return None


def _fits(key: str, keys: list[str]) -> bool:
    return len(key) >= (3 if _HAN.match(key) else 4) and any(key in one and _leads(key, one) for one in keys)


def _leads(key: str, title: str) -> bool:
    """Whether a heading is what a title begins with, or most of it; what it only ends with is the name of the site."""
    if title.startswith(key):
        return len(key) * 2.5 >= len(title)
    return len(key) * 10 > len(title) * (7 if title.endswith(key) else 5)


def _short(text: str) -> bool:
    """Whether it is of a length for the name of a site or a column, rather than for a headline."""
    signs = len(_HAN.findall(text))
    return signs <= 7 and len(text.split()) <= 3 and len(text) <= 40


def _without_site(title: str, site: str | None, lines: Sequence[str]) -> str:
    """What is left of a bar: what the page prints as a line, else what stands before or after the name of the site."""
    cuts = [(found.start(), found.end()) for found in _CUTS.finditer(title)]
    if not cuts:
        return title
    every = sorted({*cuts, *((found.start(), found.end()) for found in _HYPHENS.finditer(title))})
    starts, ends = [0, *(end for _, end in every)], [*(start for start, _ in every), len(title)]
    printed = set(lines)
    runs = [title[start:end] for start in starts for end in ends if start < end]
    found = [run for run in runs if not _short(run) and run in printed]
    if found:
        return max(found, key=len)
    if site:
        for start, end in cuts:
            if folded(title[end:]) == folded(site):
                return title[:start]
            if folded(title[:start]) == folded(site):
                return title[end:]
    first, rest = title[: cuts[0][0]], title[cuts[0][1] :]
    if len(cuts) == 1 and _short(first) and not _short(rest) and len(rest) > 1.5 * len(first):
        return rest
    first_cut = next((start for start, _ in cuts if start >= 6), None)
    return title[:first_cut].strip() if first_cut else title
