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
_FOR = re.compile(r"\s+for\s+(?=[A-Z])")
_AGENCY = any_of("agencies_en", flags=re.NOFLAG)
_WORD = r"(?:[A-ZÀ-Þ][\w'’.-]*|d[eai]|del|della|van|von|der|den|la|le|bin|al|el|Ó)"
_FULL_NAME = re.compile(
    rf"(?!(?:The|A|An|Our|My|All|Any|Popular|Now)\b)[A-ZÀ-Þ][\w'’.-]*(?: {_WORD}){{0,3}} [A-ZÀ-Þ][\w'’.-]+"
)
_ONE_WORD = re.compile(r"[A-ZÀ-Þ][\w'’-]{2,20}")
_PRINTED = re.compile(
    r"^\W{0,6}(?P<verb>(?i:written|posted|story|words|text|reported|published)\b(?:\s+on\b[\w\s,.]{6,24}?)?\s*)?"
    r"(?:[Bb][Yy]|Von|Par|Por|Di|Door|Av)\b\s*:?\s+(?P<names>[A-ZÀ-Þ].{2,120})$"
)
_PARTED = re.compile(r"\s*,\s*(?:and\s+)?|\s+(?:and|und|et|y|e|en|och|&|AND)\s+")
_ENDED = re.compile(
    r"\s*(?:[|·•@/(\[]|\s[-–—]\s|\d|\b(?:Updated|Published|Posted|on|for|in|at|Special|Staff|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)\.?|"
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December))(?=\W|$))"
)
_ELSEWHERE = re.compile(
    r"comment|(?:^|[\s_-])(?:related|recommend)|(?:^|\s)(?:site-?)?(?:sidebar|footer)(?:\s|$)", re.IGNORECASE
)
_OWN_FOOT = re.compile("entry|post|article", re.IGNORECASE)
_CLASSES = re.compile(
    r"(?:^|[\s_-])(?:author(?:s|-name|_name|__name|name)?|byline(?:-name|__name|_name|__author)?|writer)(?:$|\s)",
    re.IGNORECASE,
)


def find_bylines(
    tree: HtmlElement, data: PageData, lines: list[str], body: list[str], title: str | None = None
) -> tuple[str, ...]:
    """Names under which an article was published, in order and each once; empty where none is found.

    ``lines`` are all printed lines of the page, ``body`` those of the article before trimming. Editors are no authors.
    """
    if is_chinese("".join(body)):
        names = _chinese(lines, body, title)
        if names:
            return _each_once(names)
        stated = [name for name in _stated(data) if not re.search("[网網报報社台刊]$|编辑|編輯", name)]
        return _each_once(stated)
    names = list(_stated(data)) or list(_marked(tree)) or _in_print(_head(lines, body, title))
    return _each_once(_persons(names, data))


def _persons(names: list[str], data: PageData) -> list[str]:
    """Without agencies and the site's own name, where people are named beside them."""
    site = folded(data.first("og:site_name", "application-name") or "")
    left = [name for name in names if folded(name) != site and not _AGENCY.fullmatch(name)]
    return left or names


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(folded(name), name)
    return tuple(found.values())[:_LIMIT]


def _chinese(lines: list[str], body: list[str], title: str | None) -> list[str]:
    start = _start(lines, body)
    after = lines[start + len(body) : start + len(body) + 3]
    short = [line for line in body[4:8] if len(line) <= 30]
    return reporters([*_head(lines, body, title), *short, *body[-3:], *after])


def _head(lines: list[str], body: list[str], title: str | None) -> list[str]:
    """Lines above an article and its first, those next to the headline before."""
    start = _start(lines, body)
    above = lines[max(0, start - 12) : start]
    if title and title in lines[:start]:
        at = start - 1 - lines[:start][::-1].index(title)
        above = above if start - at <= 12 else [*lines[at + 1 : at + 7], *above]
    return [*above, *body[:4]]


def _start(lines: list[str], body: list[str]) -> int:
    return next((index for index, line in enumerate(lines) if body and line == body[0]), 0)


def _in_print(lines: list[str]) -> list[str]:
    """Names of the first line that reads "By A. Name and B. Name", whatever date or office follows."""
    for line in lines:
        found = _PRINTED.search(line) if len(line.split()) <= 16 and not line.endswith(("!", "?")) else None
        names = _printed_names(found.group("names"), bool(found.group("verb"))) if found else []
        if names:
            return names
    return []


def _printed_names(text: str, posted: bool) -> list[str]:
    names: list[str] = []
    for part in _PARTED.split(_ENDED.split(text, maxsplit=1)[0]):
        name = part.strip(" .:-–—") if not re.search(r"\b(?:[JS]r|[A-Z])\.$", part.strip()) else part.strip()
        if not (_FULL_NAME.fullmatch(name) or (posted and _ONE_WORD.fullmatch(name))) or _ROLE.search(name):
            break
        names.append(name)
    return names


def _stated(data: PageData) -> Iterator[str]:
    found = False
    for one in data.articles():
        for value in _each(one.get("author"), data) or _each(one.get("creator"), data):
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


def _each(value: object, data: PageData) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        if "name" not in value and "@id" in value:  # told beside it
            told = next((one for one in data.objects if "name" in one and one.get("@id") == value["@id"]), None)
            value = value if told is None else told
        kind = value.get("@type")
        name = value.get("name")
        return _each(name, data) if kind != "Organization" and isinstance(name, str | list) else []
    return [name for one in value for name in _each(one, data)] if isinstance(value, list) else []


def names_of(text: str) -> Iterator[str]:
    """Single names of a stated author: no addresses, no roles, no whole sentences."""
    text = " ".join(text.split())
    if len(text) > 200 or "://" in text:
        return
    for part in _JOINED.split(_BY.sub("", text)):
        name = _FOR.split(part.strip(" :-–—"), maxsplit=1)[0]
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
    """Names in what is marked up as an author: ``rel``, ``itemprop``, class names; those beside the first."""
    for pick in (_by_relation, _by_class):
        names: list[str] = []
        near: set[HtmlElement] = set()
        for element in tree.iter("a", "span", "p", "div", "address", "li", "strong"):
            if not pick(element) or _elsewhere(element):
                continue
            if near and near.isdisjoint(element.iterancestors()):
                continue
            text = " ".join("".join(element.itertext()).split())
            found = list(names_of(text)) if len(text) <= 100 else []
            names += found
            if found and not near:
                near.update(islice(element.iterancestors(), 3))
        if names:
            yield from names[:4]
            return


def _elsewhere(element: HtmlElement) -> bool:
    """Whether it stands in comments, or beside or below the article; the foot of the article itself is not elsewhere."""
    above = list(islice(element.iterancestors(), 8))
    within = any(up.tag == "article" for up in above)
    return any(
        up.tag in ("aside", "nav")
        or (up.tag == "footer" and not within and not _OWN_FOOT.search(up.get("class") or ""))
        or _ELSEWHERE.search(up.get("class") or up.get("id") or "")
        for up in above
    )


def _by_relation(element: HtmlElement) -> bool:
    return element.get("rel") == "author" or (element.get("itemprop") or "").lower() in ("author", "author name")


def _by_class(element: HtmlElement) -> bool:
    name = f"{element.get('class') or ''} {element.get('id') or ''}"
    return _CLASSES.search(name) is not None
