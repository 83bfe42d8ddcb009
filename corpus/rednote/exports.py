"""Rows that other tools make of RedNote's items (4CAT, Zeeschuimer's CSV, MediaCrawler), put back into the platform's form."""

from typing import Any

from corpus.rednote.items import Item, native_id, pick

_NOTHING = ("", "null", "undefined")
"""What a tool writes where it knows nothing of a name or a number. A text of this one word is a text."""
_TITLE_CUT = 255
_ROOTS = ("", "0", 0, None)


def is_4cat_comment(row: Item) -> bool:
    return "replies" in row and "title" not in row


def note_of_4cat(row: Item) -> Item:
    """A note. `timestamp` is in the time of some server, and `hashtags` cut at the wrong signs: neither is used."""
    pictures = _listed(row.get("image_urls"))
    return {
        "note_id": row.get("id"),
        "title": _text(row, "title"),
        "desc": _text(row, "body"),
        "time": _said(row, "unix_timestamp"),
        "user": {"nickname": _said(row, "author")},
        "interact_info": {"liked_count": _said(row, "likes")},
        # `image_url` is a first picture only, which tells nothing of their number.
        "image_list": [{} for _ in pictures],
        "type": "video" if _said(row, "video_url") else None,
    }


def comment_of_4cat(row: Item) -> Item:
    return {
        "id": row.get("id"),
        "note_id": row.get("thread_id"),
        "content": _text(row, "body"),
        "create_time": _said(row, "unix_timestamp"),
        "ip_location": _said(row, "ip_location"),
        "like_count": _said(row, "likes"),
        "sub_comment_count": _said(row, "replies"),
        "user_info": {"nickname": _said(row, "author")},
    }


def note_of_mediacrawler(row: Item) -> Item:
    """A note of either generation. A title that is but the text's beginning was put there by the tool, and is none."""
    desc, title = _text(row, "desc"), _text(row, "title")
    return {
        "note_id": row.get("note_id"),
        "title": None if desc and title == desc[:_TITLE_CUT] else title,
        "desc": desc,
        "type": _said(row, "type"),
        "time": _said(row, "time"),
        "last_update_time": _said(row, "last_update_time"),
        "ip_location": _said(row, "ip_location"),
        "user": _user(row),
        "interact_info": {
            name: _said(row, name) for name in ("liked_count", "collected_count", "comment_count", "share_count")
        },
        "image_list": [{} for _ in _listed(row.get("image_list"))],
        "tag_list": [{"name": name} for name in _listed(row.get("tag_list"))],
        "video": {"url": True} if _said(row, "video_url") else None,
    }


def comment_of_mediacrawler(row: Item) -> Item:
    parent = row.get("parent_comment_id")
    return {
        "id": row.get("comment_id"),
        "note_id": row.get("note_id"),
        "content": _text(row, "content"),
        "create_time": _said(row, "create_time"),
        "ip_location": _said(row, "ip_location"),
        "like_count": _said(row, "like_count"),
        "sub_comment_count": _said(row, "sub_comment_count"),
        "user_info": _user(row),
        "target_comment": None if parent in _ROOTS else {"id": parent},
        "pictures": [{} for _ in _listed(row.get("pictures"))],
    }


def account_of(row: Item) -> str | None:
    """The account of a row of MediaCrawler's, as authors are told apart: its id, or its hash as ``hash:...``."""
    user = _user(row)
    if hashed := native_id(user.get("creator_hash")):
        return f"hash:{hashed}"
    return native_id(user.get("user_id"))


def _user(row: Item) -> Item:
    """Since July 2026 a name is masked, so that many share one: an account then goes by its hash or not at all."""
    if "creator_hash" in row:
        return {"creator_hash": _said(row, "creator_hash")}
    return {"user_id": _said(row, "user_id"), "nickname": _said(row, "nickname")}


def _said(row: Item, name: str) -> Any:
    value = pick(row, name)
    if isinstance(value, dict) and value.get("__missing"):  # as 4CAT's interface marks it
        return None
    return None if value in _NOTHING else value


def _text(row: Item, name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _listed(value: Any) -> list[str]:
    """The parts of a list joined by commas."""
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str) and one.strip()]
    return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else []
