"""Tell a page that shows nothing: whether its note is gone, withheld from this visitor, or not known to be either."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

_DELETED = ("该笔记已被删除", "笔记已删除", "内容不存在", "内容已被删除", "笔记不存在", "This note has been deleted")
_PRIVATE = ("仅作者可见", "仅自己可见", "作者设置了私密")
_HIDDEN = ("当前笔记暂时无法浏览", "This note is currently unavailable", "300031")
"""Shown for deleted notes, and for any note that is asked for without its xsec_token."""
_CHALLENGE = (
    "安全验证",
    "滑动验证",
    "请完成验证",
    "人机验证",
    "访问过于频繁",
    "Security Verification",
    "captcha-container",
)
_LOGIN = ("登录后", "请先登录", "登录以继续", "Log in to continue", "Login to view")
_WALL_PATH = re.compile(r"/(?:website-login|login|web-login|captcha|verify)(?:[/?#]|$)", re.IGNORECASE)
_NOTE_PATH = re.compile(
    r"/(?:explore|discovery/item|search_result|user/profile/[0-9A-Za-z_-]+|note)/([0-9A-Za-z_-]{1,64})(?=[/?#&]|$)"
)
_BLOCKING_STATUS = frozenset({401, 403, 429, 461, 471})

Shown = Literal["gone", "private", "blocked", "unknown"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the platform let be known instead of a note, and by which sign."""

    state: Shown
    evidence: str


def note_id_in(url: str | None) -> str | None:
    """The id of the RedNote note that an address names, itself or in a parameter of its error page; else None."""
    plain = url or ""
    for _ in range(3):
        found = _NOTE_PATH.search(plain)
        if found and found.group(1).lower() not in ("null", "undefined"):
            return found.group(1)
        plain = unquote(plain)
    return None


def refusal_of(url: str, location: str | None, status: int, shown: str) -> Refusal | None:
    """Why a RedNote page holds no note; None where nothing of it says so. ``shown``: its visible text.

    A missing note is called gone only where the platform says so of that note. Without an ``xsec_token`` in the
    address it answers 300031 for notes that exist as well: unknown. A login wall or a captcha says nothing of the note:
    blocked.
    """
    addresses = " ".join(unquote(unquote(address)) for address in (url, location or ""))
    if _WALL_PATH.search(addresses) or status in _BLOCKING_STATUS:
        return Refusal(
            "blocked", f"status {status}" if status in _BLOCKING_STATUS else "sent to a login or captcha page"
        )
    for signs, state in ((_DELETED, "gone"), (_PRIVATE, "private")):
        if sign := _first(signs, shown):
            return Refusal("gone" if state == "gone" else "private", f"text {sign}")
    hidden = "300031" if "300031" in addresses else _first(_HIDDEN, shown)
    if not hidden and status in (404, 410):
        hidden = f"status {status}"
    if hidden:
        if "xsec_token=" in addresses:
            return Refusal("gone", hidden)
        return Refusal("unknown", f"{hidden}, asked without xsec_token")
    if sign := _first(_CHALLENGE, shown):
        return Refusal("blocked", f"text {sign}")
    wanted = note_id_in(url) or not url.startswith("http")
    if wanted and (sign := _first(_LOGIN, shown)):
        return Refusal("blocked", f"text {sign}")
    return None


def _first(signs: tuple[str, ...], text: str) -> str | None:
    return next((sign for sign in signs if sign in text), None)


def visible_text(page: str) -> str:
    """The source of a page without its scripts and styles: enough to look for words that a visitor would see."""
    lower, parts, at = page.lower(), [], 0
    if len(lower) != len(page):  # a letter whose small form is longer
        lower = page
    while at < len(page):
        starts = [(begin, name) for name in ("script", "style") if (begin := lower.find("<" + name, at)) >= 0]
        if not starts:
            break
        begin, name = min(starts)
        parts.append(page[at:begin])
        close = lower.find("</" + name, begin)
        end = lower.find(">", close) if close >= 0 else -1
        at = end + 1 if end >= 0 else len(page)
    parts.append(page[at:])
    return "".join(parts)
