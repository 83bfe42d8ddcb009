"""What a page says of itself: its meta tags and its JSON-LD, read within limits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from corpus.strictjson import JSONFault, read_json

BLOCK_LIMIT = 2 << 20
BLOCKS_LIMIT = 100
DEPTH_LIMIT = 64
_OBJECTS_LIMIT = 5_000
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*<!\[CDATA\[\*/)|(?:-->|//\s*\]\]>|\]\]>|/\*\]\]>\*/)\s*;?\s*$"
)
_ARTICLES = re.compile(r"(?:Article|BlogPosting|Report|Review|DiscussionForumPosting|SocialMediaPosting)$")


@dataclass(frozen=True, slots=True)
class PageData:
    """`meta` maps lower-case names (of ``name``, ``property``, ``itemprop``) to their first filled content.

    `objects` are the JSON-LD objects of the page, those of articles first.
    """

    meta: dict[str, str]
    objects: tuple[dict[str, Any], ...]

    def first(self, *names: str) -> str | None:
        """The content of the first of ``names`` that the page gives."""
        return next((self.meta[name] for name in names if name in self.meta), None)

    def articles(self) -> Iterator[dict[str, Any]]:
        return (one for one in self.objects if is_article(one))


def page_data(tree: HtmlElement) -> PageData:
    """The data of a page; blocks beyond a limit, or that are no JSON, are passed over."""
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = (element.get("content") or "").strip()
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").strip().lower()
            if name and content:
                meta.setdefault(name, content[:2000])
    objects = [one for block in _blocks(tree) for one in _objects(block)]
    objects.sort(key=lambda one: not is_article(one))
    return PageData(meta, tuple(objects))


def is_article(one: dict[str, Any]) -> bool:
    kinds = one.get("@type")
    return any(
        isinstance(kind, str) and _ARTICLES.search(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def text_of(value: Any) -> str | None:
    """A JSON-LD value as text: a string, the ``@value`` or ``name`` of an object, the first of a list."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    return unescape(value).strip() or None if isinstance(value, str) else None


def _blocks(tree: HtmlElement) -> Iterator[Any]:
    found = 0
    for element in tree.iter("script"):
        if "ld+json" not in (element.get("type") or "").lower():
            continue
        found += 1
        if found > BLOCKS_LIMIT:
            return
        text = _WRAPPING.sub("", element.text or "").strip()
        try:
            # Raw line ends within strings are the commonest fault, and harmless.
            yield read_json(re.sub(r"[\x00-\x1f]", " ", text), depth=DEPTH_LIMIT, limit=BLOCK_LIMIT)
        except JSONFault:
            continue


def _objects(block: Any) -> Iterator[dict[str, Any]]:
    todo, count = [block], 0
    while todo and count < _OBJECTS_LIMIT:
        one = todo.pop(0)
        count += 1
        if isinstance(one, list):
            todo[:0] = one
        elif isinstance(one, dict):
            yield one
            inner = [
                one[key]
                for key in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement", "item")
                if key in one
            ]
            todo[:0] = [value for value in inner if isinstance(value, dict | list)]
