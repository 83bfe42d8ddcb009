"""Recognises the answers by which a host turns crawlers away: login walls, captchas, challenges."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

LOOKED_AT = 64 << 10
"""Bytes of a body that are looked at: a wall is a short page."""
_SHORT = 1500  # characters of visible text; an article is longer, a captcha box beneath one is no wall

Kind = Literal["login", "captcha", "challenge"]


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall and what gives it away. A `sure` one closes its host at once, another one counts as a strike."""

    kind: Kind
    evidence: str
    sure: bool

    def __str__(self) -> str:
        return f"{self.kind}: {self.evidence}"


def wall_of(url: str, status: int, headers: Mapping[str, str], body: bytes) -> Wall | None:
    """The wall that an answer is, or None. `headers`: names in lower case; `body`: decoded of content coding."""
    if status in _CAPTCHA_STATUS:
        return Wall("captcha", f"answers {status}", True)
    by_header = _by_header(status, headers)
    if by_header:
        return by_header
    if 300 <= status < 400:
        return _by_redirect(url, headers.get("location"))
    if not _is_page(headers.get("content-type", ""), body):
        return None
    if len(body) > LOOKED_AT and status not in _TURNED_AWAY:
        return None
    return _by_page(status, body[:LOOKED_AT].decode("utf-8", "replace"))


_TURNED_AWAY = frozenset({202, 401, 403, 405, 429, 503})
_CAPTCHA_STATUS = frozenset({461, 471})  # no standard ones: Xiaohongshu's own


def _by_header(status: int, headers: Mapping[str, str]) -> Wall | None:
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return Wall("challenge", "header cf-mitigated: challenge", True)
    waf = headers.get("x-amzn-waf-action", "").lower()
    if waf in ("captcha", "challenge"):
        return Wall("captcha" if waf == "captcha" else "challenge", f"header x-amzn-waf-action: {waf}", True)
    if status in (401, 407):
        return Wall("login", f"answers {status}: {headers.get('www-authenticate', 'sign in')[:60]}", False)
    if status in (403, 429) and "x-datadome" in headers:
        return Wall("captcha", f"header x-datadome with {status}", True)
    return None


_CAPTCHA_PATH = re.compile(
    r"/(?:[\w-]*captcha[\w-]*|website-login/(?:captcha|error)|unhuman|sorry/index|verify-?(?:human|you)|antispider|antibot)\b",
    re.I,
)
_LOGIN_PATH = re.compile(
    r"/(?:log-?in|log-?on|sign-?in|website-login|sso|passport|oauth2?/authori[sz]e|account/(?:login|signin)|users/sign_in)(?:[/.?]|$)",
    re.I,
)
_LOGIN_HOST = re.compile(r"^(?:login|signin|passport|accounts?|auth|sso|id)\.", re.I)
_CAPTCHA_HOST = re.compile(
    r"(?:^|\.)(?:captcha-delivery\.com|hcaptcha\.com|geetest\.com|captcha\.[\w.-]+)$|^captcha\.", re.I
)


def _by_redirect(url: str, location: str | None) -> Wall | None:
    if not location:
        return None
    try:
        target, asked = urlsplit(urljoin(url, location)), urlsplit(url)
        host = target.hostname or ""
    except ValueError:
        return None
    captcha, login = _CAPTCHA_PATH.search(target.path), _LOGIN_PATH.search(target.path)
    if captcha or _CAPTCHA_HOST.search(host):
        return Wall("captcha", f"sent on to {host}{_named(captcha)}", True)
    if _LOGIN_PATH.search(asked.path) or _LOGIN_HOST.match(asked.hostname or ""):
        return None  # who asks for a login page is not turned away by one
    if login or (_LOGIN_HOST.match(host) and host != asked.hostname):
        return Wall("login", f"sent on to {host}{_named(login)}", "website-login" in target.path)
    return None


def _named(found: re.Match[str] | None) -> str:
    """What of a path gives a wall away, and no more: the rest may name an account."""
    return "" if found is None else found.group().rstrip("/.?")


# Letters that only a wall's own page has: each is enough, whatever the status.
_MARKS: tuple[tuple[Kind, str], ...] = (
    ("challenge", "_cf_chl_opt"),
    ("challenge", "cf-browser-verification"),
    ("challenge", "sucuri_cloudproxy_js"),
    ("challenge", "Incapsula incident ID"),
    ("challenge", "acw_sc__v2"),
    ("challenge", "ddos-guard/js-challenge"),
    ("challenge", "window.awsWafCookieDomainList"),
    ("captcha", "geo.captcha-delivery.com"),
    ("captcha", "px-captcha"),
    ("captcha", "/_sec/cp_challenge/"),
    ("captcha", "aliyun_waf"),
)
# Words and boxes that an ordinary page may have too: they count on a short page only, or with a status that turns away.
_TITLES = re.compile(
    r"<title[^>]*>\s*(?:just a moment|attention required|pardon our interruption|are you (?:a )?(?:human|robot)"
    r"|access to this page has been denied|checking your browser|security check|verify you are human"
    r"|请完成(?:安全)?验证|(?:安全|访问|滑块|滑动|人机)验证|验证码)",
    re.I,
)
_LOGIN_TITLES = re.compile(r"<title[^>]*>\s*(?:log ?in|sign ?in|登[录錄入]|请先?登[录錄])", re.I)
_BOXES = re.compile(
    r"class=[\"'][^\"']*\b(?:g-recaptcha|h-captcha|cf-turnstile)\b|TencentCaptcha|initGeetest|AliyunCaptcha|nc_1_n1z",
    re.I,
)
_PASSWORD = re.compile(r"<input\b[^>]*\btype=[\"']?password\b", re.I)


def _by_page(status: int, text: str) -> Wall | None:
    short = len(visible(text)) < _SHORT
    turned = status in _TURNED_AWAY
    if not (short or turned):
        return None
    for kind, mark in _MARKS:
        if mark in text:
            return Wall(kind, f"page with {mark}", True)
    title = _TITLES.search(text)
    if title:
        return Wall("challenge", f"page titled {_after_tag(title.group())!r}", True)
    box = _BOXES.search(text)
    if box and (turned or not _PASSWORD.search(text)):
        return Wall("captcha", f"hardly a page but {box.group()[:40]!r}", turned)
    if _LOGIN_TITLES.search(text) and _PASSWORD.search(text):
        return Wall("login", "a login form in place of the page", False)
    return None


def visible(text: str) -> str:
    """About what a reader would see of a page: without scripts, styles and tags."""
    return " ".join(
        re.sub(
            r"(?is)<(script|style|noscript|template)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>", " ", text
        ).split()
    )


def _is_page(media_type: str, body: bytes) -> bool:
    return "html" in media_type.lower() or body[:512].lstrip().startswith(b"<")


def _after_tag(title: str) -> str:
    return title.partition(">")[2].strip()
