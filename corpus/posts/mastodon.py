"""Take Mastodon's items apart: statuses in answers and dumps, whose they are, and where they stand in a thread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from re import compile
from typing import Any
from urllib.parse import unquote, urlsplit

from corpus.posts.values import host_in
from corpus.rednote.fields import string
from corpus.rednote.items import Item, part

PLATFORM = "mastodon"
THREAD = "huanying_thread"
"""Key under which an import notes a status's place in its thread: alone it says only what its own server calls the one above."""
_LOCAL_ID = compile(r"[A-Za-z0-9_-]{1,64}")
_CONTEXT = compile(r"/api/v1/statuses/([A-Za-z0-9_-]{1,64})/context/?")
_TAG = compile(r"/(?:tags|explore/tags|api/v1/timelines/tag)/([^/]{1,200})/?")


def is_status(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("account"), dict)
        and isinstance(value.get("uri"), str)
        and ("content" in value or isinstance(value.get("reblog"), dict))
    )


def statuses_in(value: Any) -> list[Any] | None:
    """The statuses of an answer or a list; None for what is neither. What stands among them and is no status stays."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    if is_status(value):
        return [value]
    if isinstance(value.get("statuses"), list):
        return list(value["statuses"])
    if isinstance(value.get("ancestors"), list) and isinstance(value.get("descendants"), list):
        return [*value["ancestors"], *value["descendants"]]
    return None


def local_id(value: Any) -> str | None:
    """An id as one instance gives it; it means nothing on another."""
    return value if isinstance(value, str) and _LOCAL_ID.fullmatch(value) else None


def original_of(status: Item) -> Item:
    """What a boost passes on; any other status itself."""
    return part(status, "reblog") or status


def account_of(status: Item) -> str | None:
    """The account as ``name@host``, the same on whichever instance the status was seen."""
    account = part(status, "account")
    name, _, told = (string(account.get("acct")) or string(account.get("username"))).partition("@")
    host = host_in(account.get("url")) or told or host_in(status.get("uri"))
    return f"{name}@{host}".lower() if name and host else None


def context_id(url: str) -> str | None:
    """The id of the status whose thread an address asks for."""
    found = _CONTEXT.fullmatch(_path(url))
    return found.group(1) if found else None


def tag_in(url: str) -> str | None:
    """The tag of a tag's page, or of its timeline."""
    found = _TAG.fullmatch(_path(url))
    return (unquote(found.group(1)).strip("#") or None) if found else None


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a reply stands: `uri` of what it answers and of the first of its thread, and whether one account wrote that
    and the reply; each None where the statuses at hand do not tell."""

    parent: str | None = None
    root: str | None = None
    by_root: bool | None = None

    def plain(self) -> Item:
        return {"parent": self.parent, "root": self.root, "by_root": self.by_root}


def noted(status: Item) -> Thread:
    """What an import noted, as far as it has the form."""
    told = part(status, THREAD)
    parent, root, by_root = told.get("parent"), told.get("root"), told.get("by_root")
    return Thread(
        parent if isinstance(parent, str) else None,
        root if isinstance(root, str) else None,
        by_root if isinstance(by_root, bool) else None,
    )


def threads_of(statuses: Iterable[Item], asked: Item | None = None) -> dict[str, Thread]:
    """The place of each reply among ``statuses``, which are of one instance, by its local id.

    ``asked``: id, uri and in_reply_to_id of the status whose thread they are, where it is not among them.
    """
    known = {own: status for status in statuses if (own := local_id(status.get("id")))}
    if asked is not None:
        known.setdefault(asked["id"], asked)
    writers = {own: local_id(part(status, "account").get("id")) for own, status in known.items()}
    for status in known.values():
        if above := local_id(status.get("in_reply_to_id")):
            writers[above] = writers.get(above) or local_id(status.get("in_reply_to_account_id"))
    tops = _tops(known)
    return {
        own: _place(own, tops[own], known, writers) for own, status in known.items() if status.get("in_reply_to_id")
    }


def _tops(known: Mapping[str, Item]) -> dict[str, str | None]:
    """The first of the thread of each, as far up as it is known; None where it answers itself in a ring."""
    tops: dict[str, str | None] = {}
    for own in known:
        way: dict[str, None] = {}
        at = own
        while at not in tops and at not in way and (above := local_id(known.get(at, {}).get("in_reply_to_id"))):
            way[at] = None
            at = above
        top = None if at in way else tops.get(at, at)
        tops.update(dict.fromkeys((*way, own), top))
    return tops


def _place(own: str, top: str | None, known: Mapping[str, Item], writers: Mapping[str, str | None]) -> Thread:
    parent = local_id(known[own].get("in_reply_to_id"))
    if parent is None or top is None:
        return Thread()
    first, writer = known.get(top, {}), writers.get(top)
    answered = known.get(parent, {}).get("uri")
    root = first.get("uri")
    by_root = writer == writers.get(own) if root and writer and writers.get(own) else None
    return Thread(answered if isinstance(answered, str) else None, root if isinstance(root, str) else None, by_root)
