"""Fields of a document out of a RedNote item: times, place, tags, names, and what is missing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from corpus.rednote.items import Item, items, moment, pick
from corpus.rednote.places import level_of


def string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def handles_of(item: Item) -> tuple[str, ...]:
    named = items(item, "at_users", "atUsers", "at_user_list", "atUserList")
    return tuple(
        dict.fromkeys(name for user in named if (name := string(pick(user, "nickname", "nick_name", "nickName"))))
    )


def tags_of(note: Item) -> tuple[str, ...]:
    names = (
        string(tag.get("name")).strip().strip("#")
        for tag in items(note, "tag_list", "tagList")
        if tag.get("type") in _TOPICS
    )
    return tuple(dict.fromkeys(name for name in names if name))


_TOPICS = (None, "", "topic", "topic_page", "hashtag")


def _second(value: Any) -> datetime | None:
    found = moment(value)
    return found.replace(microsecond=0) if found else None


def times_of(item: Item) -> Item:
    """The times of a document as its fields. Only times that are given count: an id's first digits are no date."""
    raw = pick(item, "time", "create_time", "createTime")
    published, edited = _second(raw), _second(pick(item, "last_update_time", "lastUpdateTime"))
    shown = next(_shown_times(item), None) if raw is None else str(raw)[:40]
    return {
        "published_at": published,
        "published_precision": "second" if published else None,
        "published_raw": shown,
        "edited_at": edited if edited and published and edited > published else None,
    }


def _shown_times(item: Item) -> Iterator[str]:
    """``3天前`` and the like on a search result: kept as printed, never computed with."""
    for tag in items(item, "corner_tag_info", "cornerTagInfo"):
        if tag.get("type") == "publish_time" and (text := string(tag.get("text"))):
            yield text[:40]


def place_of(item: Item) -> Item:
    raw = string(pick(item, "ip_location", "ipLocation")).strip()
    if not raw:
        return {}
    return {"ip_location_raw": raw[:40], "ip_location_level": level_of(raw), "ip_location_of": "document"}


def is_thread_author(item: Item, author: str | None, note_author: str | None) -> bool | None:
    """Whether the note's author wrote a comment: as the platform tags it, which needs no look at the note itself."""
    shown = pick(item, "show_tags", "showTags")
    if isinstance(shown, list) and "is_author" in shown:
        return True
    if author is not None and note_author is not None:
        return author == note_author
    return False if isinstance(shown, list) else None


def missing_of(text: str, times: Item, author: str | None) -> tuple[str, ...]:
    missing = {"no_text": not text, "no_time": times.get("published_at") is None, "no_author": author is None}
    return tuple(sorted(name for name, is_missing in missing.items() if is_missing))
