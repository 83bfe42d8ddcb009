"""Take RedNote's items apart: the spellings of their fields, and the shapes in which they come."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

HOSTS = ("xiaohongshu.com", "rednote.com")
_ID_LIMIT = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = 1_325_376_000, 4_102_444_800  # 2012, when the platform did not exist, and 2100
_QUERY = re.compile(r"\?([!$-&(-;=@-~]*xsec_[!$-&(-;=@-~]*)", re.IGNORECASE)
_WHOLE = re.compile(r"([0-9]{1,16})(?:\.0{1,6})?")
"""As pandas writes a column of whole numbers in which one is missing: ``1736930000.0``."""
_NO_IDS = frozenset({"", "null", "undefined"})

Item = dict[str, Any]


@lru_cache(maxsize=4096)
def is_rednote(url: str) -> bool:
    """Whether an address is one of the platform's, under either of its names."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    return any(host == name or host.endswith("." + name) for name in HOSTS)


def pick(item: Item, *names: str) -> Any:
    """The first value under ``names`` that is not null: one field has several spellings."""
    for name in names:
        if (value := item.get(name)) is not None:
            return value
    return None


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


def moment(value: Any) -> datetime | None:
    """A count of milliseconds, or of seconds, since 1970; None for anything that is no time of this platform's life."""
    if isinstance(value, str) and (digits := _WHOLE.fullmatch(value)):
        value = int(digits.group(1))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    milliseconds = value if value > _LATEST else value * 1000
    if not _EARLIEST <= milliseconds / 1000 <= _LATEST:
        return None
    return _EPOCH + timedelta(milliseconds=int(milliseconds))


def without_tokens(text: str) -> str:
    """``text`` without the access tokens that the platform hangs on its addresses."""
    return _QUERY.sub(_tokenless, text)


def _tokenless(query: re.Match[str]) -> str:
    kept = [pair for pair in query.group(1).split("&") if "xsec_" not in unquote(unquote(pair)).lower()]
    return "?" + "&".join(kept) if kept else ""
