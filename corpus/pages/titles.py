"""Find the headline of a page among its heading, its meta data and its title bar."""

import re
import unicodedata

from lxml.html import HtmlElement

from corpus.pages.pagedata import PageData, text_of

_SPACE = re.compile(r"\s+")
_CUTS = re.compile(r"\s*(?:\s[-–—|｜·•»«:]\s|[|｜]|_{1,3}|——|--|\s-|-\s|—(?=\S{2,12}$)|-(?=[^-]{2,16}$))\s*")
_LIMIT = 500


def find_title(tree: HtmlElement, data: PageData) -> str | None:
    """The headline, on one line; None where the page has none.

    In order: a heading that also stands in ``<title>`` or ``og:title``; the headline of JSON-LD; ``og:title`` without
    the name of the site; a lone first heading; ``<title>`` cut at the name of the site.
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
        return _without_site(shared[0], _tidy(data.first("og:site_name", "application-name")))
    headings = [text for text in map(_text, tree.iter("h1")) if text]
    return headings[0] if headings else None


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
    return len(key) >= 4 and any(key in one and _leads(key, one) for one in keys)


def _leads(key: str, title: str) -> bool:
    """Whether a heading is what a title begins with, or most of it; what it only ends with is the name of the site."""
    if title.startswith(key):
        return len(key) * 2.5 >= len(title)
    return len(key) * 10 > len(title) * (7 if title.endswith(key) else 5)


def _without_site(title: str, site: str | None) -> str:
    parts = [(found.start(), found.end()) for found in _CUTS.finditer(title)]
    if not parts:
        return title
    if site:
        for start, end in parts:
            if folded(title[end:]) == folded(site):
                return title[:start]
            if folded(title[:start]) == folded(site):
                return title[end:]
    first_cut = next((start for start, _ in parts if start >= 6), None)
    return title[:first_cut].strip() if first_cut else title
