"""Find under whose names an article was published: in Chinese from its text, in other languages from what it states."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.html import HtmlElement

from corpus.pages.pagedata import PageData
from corpus.pages.reporters import reporters
from corpus.pages.rules import any_of, listed
from corpus.pages.titles import folded
from corpus.pages.trimming import is_chinese

_LIMIT = 12
_BY = re.compile(
    r"^(?:(?:written |words |story |article |posted |reported |review(?:ed)? )?by|von|par|por|di|door|av|text"
    r"|autor(?:in)?|auteur|author)s?\b\s*:?\s+",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:[,;|/、，]|\s(?:and|und|et|y|e|&|with|mit)\s)\s*", re.IGNORECASE)
_ROLE = any_of("no_names", before=r"\b", after=r"\b")
_CLASSES = re.compile(
    r"(?:^|[\s_-])(?:author(?:s|-name|_name|__name|name)?|byline(?:-name|__name|_name|__author)?|writer)(?:$|\s)",
    re.IGNORECASE,
)


def find_bylines(tree: HtmlElement, data: PageData, lines: list[str], body: list[str]) -> tuple[str, ...]:
    """Names under which an article was published, in order and each once; empty where none is found.

    ``lines`` are all printed lines of the page, ``body`` those of the article before trimming. Editors are no authors.
    """
    if is_chinese("".join(body)):
        names = _chinese(lines, body)
        if names:
            return _each_once(names)
        stated = [name for name in _stated(data) if not re.search("[网網报報社台刊]$|编辑|編輯", name)]
        return _each_once(stated)
    stated = list(_stated(data))
    return _each_once(stated or list(_marked(tree)))


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(folded(name), name)
    return tuple(found.values())[:_LIMIT]


def _chinese(lines: list[str], body: list[str]) -> list[str]:
    start = next((index for index, line in enumerate(lines) if body and line == body[0]), 0)
    near = [
        *lines[max(0, start - 12) : start],
        *body[:4],
        *body[-3:],
        *lines[start + len(body) : start + len(body) + 3],
    ]
    return reporters(near)


def _stated(data: PageData) -> Iterator[str]:
    found = False
    for one in data.articles():
        for value in _each(one.get("author")) or _each(one.get("creator")):
            for name in names_of(value):
                found = True
                yield name
        if found:
            return
    for key in listed("author_names"):
        names = list(names_of(data.meta.get(key, "")))
        if names:
            yield from names
            return


def _each(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        kind = value.get("@type")
        name = value.get("name")
        return _each(name) if kind != "Organization" and isinstance(name, str | list) else []
    return [name for one in value for name in _each(one)] if isinstance(value, list) else []


def names_of(text: str) -> Iterator[str]:
    """Single names of a stated author: no addresses, no roles, no whole sentences."""
    text = " ".join(text.split())
    if len(text) > 200 or "://" in text:
        return
    for part in _JOINED.split(_BY.sub("", text)):
        name = part.strip(" :-–—")
        name = name if re.search(r"\b(?:[JS]r|[A-Z])\.$", name) else name.strip(".")
        if (
            1 < len(name) <= 50
            and len(name.split()) <= 5
            and not _ROLE.search(name)
            and "@" not in name
            and not any(char.isdecimal() for char in name)
        ):
            yield name


def _marked(tree: HtmlElement) -> Iterator[str]:
    """Names in what is marked up as an author: ``rel``, ``itemprop``, class names."""
    for pick in (_by_relation, _by_class):
        names = []
        for element in tree.iter("a", "span", "p", "div", "address", "li", "strong"):
            if pick(element) and not _in_comments(element):
                text = " ".join("".join(element.itertext()).split())
                names += list(names_of(text)) if len(text) <= 100 else []
        if names:
            yield from names[:4]
            return


def _in_comments(element: HtmlElement) -> bool:
    return any(
        "comment" in (up.get("class") or up.get("id") or "").lower() for up in islice(element.iterancestors(), 8)
    )


def _by_relation(element: HtmlElement) -> bool:
    return element.get("rel") == "author" or (element.get("itemprop") or "").lower() in ("author", "author name")


def _by_class(element: HtmlElement) -> bool:
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    return _CLASSES.search(name) is not None
