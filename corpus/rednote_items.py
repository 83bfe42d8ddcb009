"""Take RedNote's items apart: the spellings of their fields, and the shapes in which they come."""

from typing import Any
from urllib.parse import urlsplit

HOSTS = ("xiaohongshu.com", "rednote.com")
_ID_LIMIT = 64
_NO_IDS = frozenset({"", "null", "undefined"})

Item = dict[str, Any]


def is_rednote(url: str) -> bool:
    """Whether an address is one of the platform's, under either of its names."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    return any(host == name or host.endswith("." + name) for name in HOSTS)


def pick(item: Item, *names: str) -> Any:
    """The first value under ``names`` that is not null: one field has several spellings."""
    return next((item[name] for name in names if item.get(name) is not None), None)


def part(item: Item, *names: str) -> Item:
    """As `pick`, where an object is expected; empty where there is none."""
    value = pick(item, *names)
    return value if isinstance(value, dict) else {}


def items(item: Item, *names: str) -> list[Item]:
    """As `pick`, where a list of objects is expected."""
    value = pick(item, *names)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def native_id(value: Any) -> str | None:
    """An id as the platform gives it, or None for what only looks like one (``""``, ``"null"``, ``"undefined"``)."""
    if not isinstance(value, str) or len(value) > _ID_LIMIT:
        return None
    name = value.strip()
    plain = name.replace("_", "").replace("-", "")
    return name if name not in _NO_IDS and plain.isascii() and plain.isalnum() else None


def shape_of(data: Any) -> str:
    """Which of the shapes an item has: ``card``, ``profile``, ``state``, ``html``, ``comment``; ``stub`` where it has
    no content (a tile seen before its note was loaded), ``unknown`` where it is no object."""
    if not isinstance(data, dict):
        return "unknown"
    if pick(data, "sub_comment_count", "subCommentCount") is not None or (
        "content" in data and pick(data, "user_info", "userInfo", "note_id", "noteId") is not None
    ):
        return "comment"
    if part(data, "note_card", "noteCard"):
        return "card"
    if part(data, "note"):
        return "state"
    if data.get("_zs-origin") == "html" or ("author_name" in data and "url" in data):
        return "html"
    if part(data, "user") or part(data, "interact_info", "interactInfo"):
        return "profile"
    return "stub"
