"""Take Weibo's items apart: statuses of its mobile and desktop interfaces, their ids, words, times, and what stands for a lost one."""

import re
from datetime import UTC, datetime, timedelta, timezone
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from corpus.posts.values import objects, text_of
from corpus.records import State
from corpus.rednote.fields import string
from corpus.rednote.items import Item, part, pick

PLATFORM = "weibo"
_HOSTS = ("weibo.com", "weibo.cn")
_OBJECTS_LIMIT = 200_000
_OF_A_STATUS = frozenset({"reposts_count", "attitudes_count", "mblogid", "bid", "isLongText", "deleted", "mblogtype"})
_MID = re.compile(r"[1-9]\d{9,19}")
_BID = re.compile(r"[0-9A-Za-z]{5,12}")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_IN_ADDRESS = re.compile(r"/(?:(?:status|detail)/|\d{5,12}/)([0-9A-Za-z]{5,20})/?")
_CREATED = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PICTURED = re.compile(
    r"""<img\b[^<>]{0,500}?\balt=(?:"([^"<>]{0,80})"|'([^'<>]{0,80})'|([^\s"'<>]{1,80}))[^<>]{0,500}>"""
)
_MORE = re.compile(r"(?:\.{3}|…)?(?<!\s)\s*+<a\b[^<>]{0,500}>\s*+(?:全文|展开)\s*+</a>|\.{3}\s*+(?:全文|展开)\s*+$")
_PASSED_ON = re.compile(r"//\s?[@＠]([\w\-·]{1,40})")
_TOPIC = re.compile(r"[#＃](?!\s)([^#＃\n]{1,100})(?<!\s)[#＃]")
_MARKUP = re.compile(r"<br\s*+/?>|</a>|<(?:a|span|img)\s+[a-z-]+=", re.IGNORECASE)
_STATES: tuple[tuple[State, tuple[str, ...]], ...] = (
    ("unknown", ("微博不存在或暂无查看权限",)),
    ("gone", ("已被作者删除", "已被删除", "现已无法查看", "微博不存在", "该账号因")),
    ("private", ("作者已设置", "作者设置", "博主设置", "隐私设置", "查看权限", "此内容无法访问", "暂不可见")),
    ("blocked", ("Sina Visitor System", "请先登录", "打开微博客户端", "访问受限", "安全验证")),
)
"""Texts that stand where a status was. As public code quotes them, not seen first hand."""


def is_weibo(url: str) -> bool:
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return False
    return any(host == name or host.endswith("." + name) for name in _HOSTS)


def is_status(value: Any) -> bool:
    """A post; comments have much in common with it but a root."""
    return (
        isinstance(value, dict)
        and "rootid" not in value
        and not _OF_A_STATUS.isdisjoint(value)
        and isinstance(pick(value, "text", "text_raw"), str)
        and mid_of(value) is not None
    )


def statuses_in(value: Any) -> list[Item]:
    """The statuses of an answer, a list or a page's state, in order, wherever they stand in it; not those within others."""
    found: list[Item] = []
    waiting, seen = [value], 0
    while waiting and seen < _OBJECTS_LIMIT:
        one = waiting.pop()
        seen += 1
        if is_status(one):
            found.append(one)
        elif isinstance(one, dict | list):
            inner = one if isinstance(one, list) else list(one.values())
            waiting += [each for each in reversed(inner) if isinstance(each, dict | list)]
    return found


def mid_of(status: Item) -> str | None:
    """The number by which a status is known in every interface."""
    for name in ("mid", "idstr", "id"):
        value = status.get(name)
        if isinstance(value, int | str) and not isinstance(value, bool) and _MID.fullmatch(str(value).strip()):
            return str(value).strip()
    return number_of(string(pick(status, "bid", "mblogid")))


def number_of(short: str) -> str | None:
    """The number that an id of letters, as addresses have it, stands for: four letters of base 62 are seven digits."""
    if _MID.fullmatch(short):
        return short
    if not _BID.fullmatch(short):
        return None
    parts = [short[max(0, end - 4) : end] for end in range(len(short), 0, -4)]
    digits = ""
    for letters in parts:
        number = 0
        for letter in letters:
            number = number * 62 + _DIGITS.index(letter)
        digits = f"{number:07d}" + digits
    found = digits.lstrip("0")
    return found if _MID.fullmatch(found) else None


def mid_in(url: str) -> str | None:
    """The number of the status to which an address leads."""
    try:
        found = _IN_ADDRESS.fullmatch(urlsplit(url).path) if is_weibo(url) else None
    except ValueError:
        return None
    return number_of(found.group(1)) if found else None


def moment_of(raw: Any) -> datetime | None:
    """``Tue Jan 14 10:00:00 +0800 2025``; None for ``5分钟前`` and the like."""
    found = _CREATED.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if found is None or found.group(1) not in _MONTHS:
        return None
    _, day, hour, minute, second, sign, hours, minutes, year = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        at = datetime(
            int(year),
            _MONTHS.index(found.group(1)) + 1,
            int(day),
            int(hour),
            int(minute),
            int(second),
            0,
            timezone(offset),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if 2009 <= at.year < 2100 else None  # the platform began in 2009


def words_of(status: Item) -> tuple[str, bool]:
    """What a status says, and whether it is cut: the interface gives long ones in part, and the rest on asking."""
    whole = string(pick(part(status, "longText"), "longTextContent", "content")) or string(
        status.get("longTextContent")
    )
    plain = "" if whole else string(status.get("text_raw"))
    raw = whole or plain or string(status.get("text"))
    cut = not whole and (status.get("isLongText") is True or _MORE.search(raw) is not None)
    if "<" not in raw or (plain and _MARKUP.search(raw) is None):  # `text_raw` is as it was typed: I <3 you
        return unescape(_MORE.sub("", raw)).strip(), cut
    shown = _PICTURED.sub(lambda found: found.group(1) or found.group(2) or found.group(3) or "", _MORE.sub("", raw))
    return text_of(shown.replace("\n", "<br>")), cut


def handles_in(text: str) -> tuple[str, ...]:
    """Names of those whose words a repost passes on: ``//@name:``."""
    return tuple(dict.fromkeys(_PASSED_ON.findall(text)))


def topics_of(status: Item, text: str) -> tuple[str, ...]:
    """As the interface lists them; else those between two signs in its ``text``: ``#猫税#``."""
    listed = [string(pick(one, "topic_title", "title")).strip() for one in objects(status.get("topic_struct"))]
    linked = [string(one.get("url_title")).strip() for one in objects(status.get("url_struct"))]
    listed += [title[1:-1] for title in linked if len(title) > 2 and title[0] in "#＃" and title[-1] in "#＃"]
    names = (found.removesuffix("[超话]").strip() for found in (list(filter(None, listed)) or _TOPIC.findall(text)))
    return tuple(dict.fromkeys(name for name in names if name))


def pictures_of(status: Item) -> list[Item]:
    """Sizes of its pictures in order, empty where they are not told."""
    if shown := objects(status.get("pics")):
        return [_size(part(part(one, "large"), "geo") or part(one, "geo")) for one in shown]
    infos = part(status, "pic_infos")
    ids = status.get("pic_ids")
    if isinstance(ids, list) and ids:
        return [_size(part(part(infos, string(one)), "large", "original")) for one in ids[:100]]
    number = status.get("pic_num")
    return [{}] * min(number, 100) if isinstance(number, int) and not isinstance(number, bool) and number > 0 else []


def _size(told: Item) -> Item:
    sizes = {name: told.get(name) for name in ("width", "height")}
    return {
        name: int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 8 else value
        for name, value in sizes.items()
    }


def has_video(status: Item) -> bool:
    info = part(status, "page_info")
    return "video" in (info.get("type"), info.get("object_type"))


def is_public(status: Item) -> bool:
    """Whether all may see it, not its author, friends or followers alone."""
    return part(status, "visible").get("type") in (None, 0, "0")


def said_of(shown: str) -> tuple[State, str] | None:
    """State and evidence that a text in the place of a status tells."""
    return next(((state, sign) for state, signs in _STATES for sign in signs if sign in shown), None)


def lost(status: Item) -> tuple[State, str] | None:
    """What became of a status of which only a remark is left; None for others."""
    remark = string(pick(status, "text_raw", "text"))
    is_marked = status.get("deleted") in (1, "1", True)
    if not is_marked and part(status, "user"):
        return None
    told = said_of(remark)
    return told or (("gone", "marked as deleted") if is_marked else None)
