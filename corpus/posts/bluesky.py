"""Take Bluesky's items apart: posts in answers, feeds, threads and dumps, in either spelling of their fields."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from corpus.posts.values import objects
from corpus.rednote.fields import string
from corpus.rednote.items import Item, part, pick

PLATFORM = "bluesky"
_DID = r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}"
_POST = re.compile(rf"at://({_DID})/app\.bsky\.feed\.post/([A-Za-z0-9._:~-]{{1,512}})")
_PAGE = re.compile(r"/profile/([A-Za-z0-9._:%-]{1,253})/post/([A-Za-z0-9._:~-]{1,512})/?")
_RECORDS = ("app.bsky.feed.post", "app.bsky.feed.post#main", None)
Lost = Literal["gone", "blocked"]
_NOT_FOR_ALL = "!no-unauthenticated"


@dataclass(frozen=True, slots=True)
class Shown:
    """One post of an answer: `view`, None where it is only named; `state` tells why."""

    view: Item | None
    uri: str | None = None
    state: Lost | None = None
    in_thread: bool = False


def is_view(value: Any) -> bool:
    """Whether it is a post as the interface shows it."""
    return isinstance(value, dict) and isinstance(value.get("record"), dict) and isinstance(value.get("uri"), str)


def post_uri(value: Any) -> str | None:
    """An address of a post within the network, with the account's own id in it; None for any other."""
    return value if isinstance(value, str) and _POST.fullmatch(value) else None


def author_in(uri: str | None) -> str | None:
    found = _POST.fullmatch(uri) if uri else None
    return found.group(1) if found else None


def uri_of_page(url: str) -> str | None:
    """What to ask of the interface for a post's page; the account as its address names it, by id or by name."""
    try:
        parts = urlsplit(url)
        found = _PAGE.fullmatch(parts.path)
        named = (parse_qs(parts.query).get("uri") or [""])[0]
    except ValueError:
        return None
    if found:
        return f"at://{found.group(1)}/app.bsky.feed.post/{found.group(2)}"
    return named if named.startswith("at://") else None


def is_lost(value: Any) -> Lost | None:
    """``gone`` or ``blocked`` for what stands in a post's place."""
    if not isinstance(value, dict) or is_view(value):
        return None
    if pick(value, "notFound", "not_found") is True:
        return "gone"
    return "blocked" if value.get("blocked") is True else None


def is_post(view: Item) -> bool:
    return pick(part(view, "record"), "$type", "py_type") in _RECORDS


def is_for_all(view: Item) -> bool:
    """False where the author asks that who is not logged in be not shown the account."""
    labels = objects(part(view, "author").get("labels"))
    return not any(label.get("val") == _NOT_FOR_ALL for label in labels)


def items_in(value: Any) -> list[Any] | None:
    """The items of a dump's value or an answer, each a post, a post of a feed, a thread or what stands in its place;
    None for what is none of these."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    if is_item(value):
        return [value]
    for name in ("posts", "feed"):
        if isinstance(value.get(name), list):
            return list(value[name])
    return [value["thread"]] if isinstance(value.get("thread"), dict) else None


def is_item(value: Any) -> bool:
    return is_view(value) or bool(is_lost(value)) or (isinstance(value, dict) and is_view(value.get("post")))


def shown_in(item: Any, in_thread: bool = False) -> Iterator[Shown]:
    """Every post of an item; those of a thread in its order, its own post first. A repost is the post itself."""
    waiting = [(item, in_thread)]
    while waiting:
        one, inside = waiting.pop()
        if is_view(one):
            yield Shown(one, string(one.get("uri")), None, inside)
        elif state := is_lost(one):
            yield Shown(None, post_uri(one.get("uri")), state, inside)
        elif isinstance(one, dict) and is_view(one.get("post")):
            yield Shown(one["post"], string(one["post"].get("uri")), None, inside)
            below = one.get("replies")
            waiting += [(reply, True) for reply in reversed(below if isinstance(below, list) else [])]
            waiting += [(one["parent"], True)] if isinstance(one.get("parent"), dict) else []
        else:
            yield Shown(None, None, None, inside)
