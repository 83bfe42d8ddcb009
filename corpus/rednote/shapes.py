"""The fields that each shape of RedNote item is known to have: what an item lacks of them, and what it has beside."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corpus.imports import Shape
from corpus.rednote.items import Item

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLAIN_NAME = 40
_NOTHING = (None, "")
_UNNAMED = "(no plain word)"
"""Stands for a field's name that may be a person's."""


@dataclass(frozen=True, slots=True)
class Level:
    """An object of an item. Names are in snake case, whatever the case of the item's own; ``a|b``: either will do."""

    expected: tuple[tuple[str, ...], ...]
    known: frozenset[str]
    below: Mapping[str, "Level"]


def _level(expected: str, beside: str = "", **below: "Level") -> Level:
    wanted = tuple(tuple(name.split("|")) for name in expected.split())
    names = {name for names in wanted for name in names}
    return Level(wanted, frozenset({*names, *beside.split(), *below}), below)


_USER = _level(
    "user_id nickname|nick_name",
    "avatar image images xsec_token follow red_official_verified red_official_verify_type user_token desc",
)
_INTERACT = _level(
    "liked_count collected_count comment_count shared_count|share_count",
    "liked collected followed relation sticky liked_by_me",
)
_NOTE = _level(
    "title|display_title desc type time user interact_info",
    "image_list id note_id ip_location tag_list last_update_time create_time xsec_token cover video at_user_list at_users"
    " share_info un_share corner_tag_info model_type track_id cursor sticky index widgets_context privacy",
    user=_USER,
    interact_info=_INTERACT,
)
_COMMENT = _level(
    "id note_id content create_time like_count sub_comment_count user_info ip_location",
    "sub_comment_cursor sub_comment_has_more sub_comments at_users show_tags pictures status liked target_comment"
    " expanded has_more loading show_tags_v2 un_share parent_comment_id",
    user_info=_USER,
)
_LEVELS: dict[str, Level] = {
    "rednote card": _level("id note_card", "model_type xsec_token track_id index note_id", note_card=_NOTE),
    "rednote profile": _NOTE,
    "rednote state": _level("id note", "comments current_time", note=_NOTE),
    "rednote html": _level(
        "id url author_name likes title", "author_url author_avatar_url thumbnail_url _zs-origin xsec_token"
    ),
    "rednote comment": _COMMENT,
    "4CAT note": _level(
        "id url title body author likes unix_timestamp",
        "collected_from_url thread_id hashtags timestamp author_avatar_url image_url image_urls video_url missing_fields",
    ),
    "4CAT comment": _level(
        "id thread_id body author ip_location likes replies unix_timestamp",
        "collected_from_url url timestamp author_avatar_url missing_fields",
    ),
}
_MADE = "note_id title desc type time liked_count collected_count comment_count share_count image_list last_modify_ts"
_BESIDE = "video_url last_update_time tag_list note_url source_keyword xsec_token"
_SAID = "comment_id create_time note_id content sub_comment_count like_count last_modify_ts"
for _name, _who, _more in (
    ("before July 2026", "user_id nickname ip_location", "avatar"),
    ("since July 2026", "creator_hash", "nickname"),
):
    _LEVELS[f"MediaCrawler note, {_name}"] = _level(f"{_MADE} {_who}", f"{_BESIDE} {_more}")
    _LEVELS[f"MediaCrawler comment, {_name}"] = _level(f"{_SAID} {_who}", f"pictures parent_comment_id {_more}")


def shape(name: str, item: Item, missing: tuple[str, ...] = ()) -> Shape:
    """The shape called ``name`` of an item, with what it lacks (``missing`` too) and has beside what is known."""
    lacks: list[str] = []
    beside: list[str] = []
    _compare(_LEVELS[name], item, "", lacks, beside)
    return Shape(name, tuple(dict.fromkeys((*lacks, *missing))), tuple(dict.fromkeys(beside)))


def _compare(level: Level, item: Mapping[str, Any], path: str, lacks: list[str], beside: list[str]) -> None:
    have = {_snake(name): value for name, value in item.items()}
    for names in level.expected:
        if have.get(names[0]) in _NOTHING and all(have.get(name) in _NOTHING for name in names[1:]):
            lacks.append(path + names[0])
    if not have.keys() <= level.known:
        beside += [path + _shown(name) for name in have.keys() - level.known]
    for name, below in level.below.items():
        if isinstance(inner := have.get(name), dict):
            _compare(below, inner, f"{path}{name}.", lacks, beside)


@functools.lru_cache(maxsize=4096)
def _snake(name: str) -> str:
    return _HUMP.sub("_", name).lower()


def _shown(name: str) -> str:
    plain = len(name) <= _PLAIN_NAME and name.isascii() and name.replace("_", "").isalpha()
    return name if plain else _UNNAMED
