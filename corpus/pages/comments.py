"""Readers' comments below an article, where a page marks each of them beyond doubt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from corpus.pages.blocks import page_lines
from corpus.pages.dating import Dated, parse_date
from corpus.pages.markup import Markup
from corpus.pages.pagedata import PageData, text_of

AT_MOST = 2000
_SIGNS = ("comment-content", "commentText")
_ID = re.compile(r"(?:(?:li|div|article)-)?comment-(\d{1,18})")
_CONTENT = etree.XPath(
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' comment-content ') or @itemprop='commentText']"
)
_AUTHOR = etree.XPath(
    "descendant::*[contains(concat(' ', normalize-space(@class), ' '), ' fn ')"
    " or contains(concat(' ', normalize-space(@class), ' '), ' comment-author-name ')"
    " or @itemprop='creator' or @itemprop='author']"
)
_TIME = etree.XPath("descendant::*[@datetime]")
_NOBODY = frozenset(
    "anonymous anonym guest visitor unknown user deleted 匿名 匿名用户 匿名網友 匿名网友 游客 遊客 网友 網友".split()
)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the page shows it. `native`: its number or address, or what it says; `author`: the raw name, for a pseudonym only."""

    native: str
    text: str
    author: str | None
    dated: Dated | None
    answers: str | None
    """`native` of the comment that it answers; None: the article."""


def find_comments(page: Markup, data: PageData, zone: str, latest: datetime | None) -> tuple[Comment, ...]:
    """Comments in the page's order, each once: those in blocks of comment text within elements numbered as comments
    (``id="comment-7"``, as most blogs write), else those that the article's own data hold. No others: what only looks
    like a comment is none."""
    marks = any(sign in page.source for sign in _SIGNS)  # most pages have none, and to look is quick
    found = {one.native: one for one in (_marked(page.tree, zone, latest) if marks else ())}
    return tuple((found or {one.native: one for one in _stated(data, zone, latest)}).values())


def _marked(tree: HtmlElement, zone: str, latest: datetime | None) -> Iterator[Comment]:
    for block in _CONTENT(tree)[:AT_MOST]:
        way = list(_numbered(block))
        text = "\n".join(page_lines(block))
        if not way or not text:
            continue
        native = way[0][0]
        whole = next(reversed([element for number, element in way if number == native]))
        own = [element for element in _AUTHOR(whole) if _number_of(element) == native]
        times = [element.get("datetime") for element in _TIME(whole) if _number_of(element) == native]
        name = _name("".join(own[0].itertext())) if own else None
        above = next((number for number, _ in way if number != native), None)
        yield Comment(native, text, name, _date(times[0] if times else None, zone, latest), above)


def _numbered(element: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """What holds ``element`` and is numbered as a comment, from within."""
    for up in (element, *element.iterancestors()):
        if found := _ID.fullmatch(up.get("id") or ""):
            yield found.group(1), up


def _number_of(element: HtmlElement) -> str | None:
    return next((number for number, _ in _numbered(element)), None)


def _stated(data: PageData, zone: str, latest: datetime | None) -> Iterator[Comment]:
    todo: list[tuple[Any, str | None]] = [(one.get("comment"), None) for one in data.articles()]
    count = 0
    while todo and count < AT_MOST:
        one, above = todo.pop(0)
        if isinstance(one, list):
            todo[:0] = [(inner, above) for inner in one[:AT_MOST]]
        elif isinstance(one, dict) and one.get("@type") == "Comment":
            count += 1
            text, name = text_of(one.get("text")), _name(text_of(one.get("author")))
            date = one.get("dateCreated") or one.get("datePublished")
            date = date if isinstance(date, str) else None
            if text:
                stated = one.get("@id") or one.get("url")
                native = stated if isinstance(stated, str) and stated else f"{name}\n{date}\n{text}"
                yield Comment(native, text, name, _date(date, zone, latest), above)
                above = native
            todo.insert(0, (one.get("comment"), above))


def _name(raw: str | None) -> str | None:
    name = " ".join((raw or "").split())
    return name if 0 < len(name) <= 100 and name.casefold() not in _NOBODY else None


def _date(raw: str | None, zone: str, latest: datetime | None) -> Dated | None:
    found = parse_date(raw[:100], zone) if raw else None
    return found if found and found.at and (latest is None or found.at <= latest) else None
