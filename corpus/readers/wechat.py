"""Read articles of WeChat public accounts: text hidden until scripted, date in a script, and what stands where one was."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from lxml.html import HtmlElement

from corpus.answers import refusal, state_of
from corpus.charset import decode_text
from corpus.identity import Keys, canonical_url
from corpus.pages.blocks import page_lines
from corpus.pages.dating import Dated, parse_date
from corpus.pages.markup import parse_markup
from corpus.records import Capture, Document, Medium, Observation, Reading, Rejection, Sighting, State
from corpus.walls import visible

PLATFORM = "wechat"
HOST = "mp.weixin.qq.com"
_ZONE = "Asia/Shanghai"
_FIRST_ARTICLE = datetime(2012, 8, 1, tzinfo=UTC)  # when public accounts began
# What an article's address needs, under its newer and its older names; all else is of whoever opened it.
_NEEDED = {"__biz": "__biz", "mid": "mid", "appmsgid": "mid", "idx": "idx", "itemidx": "idx", "sn": "sn", "sign": "sn"}
_NATIVE = ("__biz", "mid", "idx")
_SCRIPT_LIMIT = 4 << 20
_ASSIGNED = r"""\s*[:=]\s*(?:window\.\w+\s*\|\|\s*)?(?:["']{2}\s*\|\|\s*){0,4}(?:\w{1,20}\()?["']?"""
# The same moment under the names of several generations of the page, the surest first.
_SECONDS = tuple(
    re.compile(rf"(?<![\w$]){name}['\"]?{_ASSIGNED}(1[3-9]\d{{8}})(?!\d)")
    for name in ("ct", "oriCreateTime", "ori_create_time", "create_time")
)
_PRINTED = tuple(
    re.compile(rf"(?<![\w$]){name}['\"]?{_ASSIGNED}(20\d\d-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?)")
    for name in ("createTime", "create_time", "publish_time")
)
_TITLE = re.compile(r"""(?<![\w$])msg_title\s*=\s*(["'])((?:(?!\1)[^\\\n]|\\.){1,500})\1""")
_ACCOUNT = re.compile(
    r"""(?<![\w$])(?:nickname|nick_name)\s*[:=]\s*(?:\w{1,20}\()?(["'])((?:(?!\1)[^\\\n]|\\.){1,200})\1"""
)
_LINK = re.compile(r"""(?<![\w$])msg_link\s*=\s*["'](https?:[^"'\\\n]{10,600})""")
_OWN_ID = tuple(
    re.compile(rf"(?<![\w$]){name}{_ASSIGNED}([\w=+/-]{{1,64}})[\"']") for name in (r"(?:biz|__biz)", "mid", "idx")
)
_NO_ALT = frozenset({"图片", "图像", "image", "img", ""})
_LARGEST = 1 << 20
_FILMS = {"iframe": "video", "video": "video", "mpvideo": "video", "mp-common-videosnap": "video"}
_SOUNDS = frozenset({"mpvoice", "mp-common-mpaudio", "audio", "qqmusic", "mp-common-qqmusic"})

_STATES: tuple[tuple[State, tuple[str, ...]], ...] = (
    (
        "gone",
        (
            *("内容已被发布者删除", "内容已被删除", "此内容因违规", "此内容被投诉", "此内容涉嫌", "内容已失效"),
            *("账号已被屏蔽", "帐号已被屏蔽", "公众号已被封禁", "账号已注销", "帐号已注销", "账号已自主注销", "帐号已自主注销"),
            *("已停止访问该网页", "The content has been deleted by the author", "This content can't be viewed"),
        ),
    ),
    ("private", ("仅自己可见", "无权查看", "无权限查看")),
    (
        "blocked",
        ("环境异常", "完成验证后即可继续访问", "访问过于频繁", "操作过于频繁", "请在微信客户端打开", "Environment abnormal"),
    ),
    ("unknown", ("参数错误", "链接已过期", "公众号已迁移", "系统出错", "系统错误", "Parameter error")),
)  # fmt: skip
"""Texts of the page that stands where an article was asked for. Seen quoted in public code, not first hand."""


@dataclass(frozen=True, slots=True)
class Address:
    """An article's address without what is of its visitor; `native`: account, message and place in it, where it says so."""

    url: str
    native: str | None


def address_of(url: str) -> Address | None:
    """The article that an address of the platform leads to; None for other addresses.

    The page of a captcha names it in a parameter.
    """
    for _ in range(3):
        try:
            parts = urlsplit(url.replace("&amp;", "&"))
            own = (parts.hostname or "").rstrip(".").lower() == HOST and parts.scheme in ("http", "https")
        except ValueError:
            return None
        if not own:
            return None
        asked = dict(reversed(parse_qsl(parts.query)))
        if "target_url" not in asked:
            break
        url = unquote(asked["target_url"]) if "%3A" in asked["target_url"] else asked["target_url"]
    kept = {_NEEDED[name]: value for name, value in asked.items() if name in _NEEDED}
    native = "/".join(kept[name] for name in _NATIVE) if all(kept.get(name) for name in _NATIVE) else None
    path = parts.path if native is None else "/s"
    query = urlencode(sorted(kept.items()), errors="replace") if native or path == "/s" else ""
    return Address(canonical_url(f"https://{HOST}{path}{'?' if query else ''}{query}"), native)


class WeChat:
    """One page, one article. Where another page stands for it, a rejection and an observation of its state.

    The article's id is made of account, message and place in it (``__biz``, ``mid``, ``idx``) where its address names
    them, else of the address: so a deleted article, whose page names nothing, is known again.
    """

    version = "1"
    rank = 40

    def accepts(self, capture: Capture) -> bool:
        if capture.format != "page":
            return False
        if capture.url.startswith(("http://", "https://")):
            return capture.source_id == PLATFORM or address_of(capture.url) is not None
        return b"js_content" in capture.body and b"activity-name" in capture.body

    def read(self, capture: Capture, keys: Keys) -> Reading:
        address = address_of(capture.url)
        page = parse_markup(decode_text(capture.body, capture.charset).text)
        found = None if page is None else _Page(page.tree, visible(page.source[:_SCRIPT_LIMIT]))
        if found is not None:
            address = _own_address(address, found)
            document = _document(found, address, capture, keys)
            if document is not None and not (capture.status and not 200 <= capture.status < 300):
                return Reading((document,), (_sighting(document.id, capture),), media=_media(found, document.id))
        return _refused(found, address, capture, keys)


class _Page:
    """A page's parts. `scripts`: all of them, one after another; `shown`: about what a visitor sees."""

    def __init__(self, tree: HtmlElement, shown: str) -> None:
        self.shown = shown
        self.tree = tree
        parts, length = [], 0
        for element in tree.iter("script"):
            text = (element.text or "")[: _SCRIPT_LIMIT - length]
            length += len(text)
            parts.append(text)
        self.scripts = "\n".join(parts)
        self.content = self.by_id("js_content")

    def by_id(self, name: str) -> HtmlElement | None:
        return next((one for one in self.tree.iter() if isinstance(one.tag, str) and one.get("id") == name), None)

    def printed(self, name: str) -> str:
        element = self.by_id(name)
        texts = () if element is None else (text for text in element.itertext() if isinstance(text, str))
        return " ".join(" ".join(texts).split())[:500] if element is not None and element.tag != "script" else ""

    def meta(self, name: str) -> str:
        for element in self.tree.iter("meta"):
            if name in (element.get("property"), element.get("name")):
                return " ".join((element.get("content") or "").split())
        return ""

    def said(self, pattern: re.Pattern[str]) -> str:
        """What a script variable says, without escapes of its own."""
        found = pattern.search(self.scripts)
        return " ".join(_unescaped(found.group(found.lastindex or 0)).split()) if found else ""


def _unescaped(text: str) -> str:
    plain = re.sub(
        r"\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})", lambda one: chr(int(one.group(1) or one.group(2), 16)), text
    )
    plain = re.sub(r"\\(.)", r"\1", plain)
    for entity, sign in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ):
        plain = plain.replace(entity, sign)
    return plain


def _own_address(address: Address | None, page: _Page) -> Address | None:
    """The address, or what the page says of its own where there is none, or one that soon expires."""
    if address is not None and (address.native or urlsplit(address.url).path.startswith("/s/")):
        return address
    told = next(filter(None, map(address_of, (page.meta("og:url"), page.said(_LINK)))), None)
    if told is not None and (told.native or urlsplit(told.url).path.startswith("/s/")):
        return told
    biz, mid, idx = (page.said(pattern) for pattern in _OWN_ID)
    if biz and mid.isdigit() and idx.isdigit():
        return address_of(f"https://{HOST}/s?{urlencode({'__biz': biz, 'mid': mid, 'idx': idx})}")
    return address


def _identity(address: Address | None, capture: Capture, keys: Keys) -> tuple[str, str]:
    if address is not None:
        own = keys.document(PLATFORM, address.native) if address.native else keys.page(address.url)
        return own, address.url
    try:
        return keys.page(capture.url), canonical_url(capture.url)
    except ValueError:
        return keys.document("file", capture.url), capture.url


def _document(page: _Page, address: Address | None, capture: Capture, keys: Keys) -> Document | None:
    """The article; None where the page holds none."""
    lines = [] if page.content is None else page_lines(page.content)
    title = page.printed("activity-name") or page.said(_TITLE) or page.meta("og:title") or capture.finding.title or ""
    flags = {*capture.problems}
    if not lines and page.content is not None and (told := page.meta("og:description") or page.meta("description")):
        lines = [told]  # a post of pictures: its words stand in the page's own description
        flags.add("text_from_description")
    pictures = page.content is not None and next(page.content.iter("img"), None) is not None
    if not lines and not (pictures and title):
        return None
    dated = _dated(page, capture)
    flags |= {name for name, missing in (("no_time", dated is None), ("no_text", not lines)) if missing}
    document_id, url = _identity(address, capture, keys)
    account = page.printed("js_name") or page.said(_ACCOUNT)
    author = page.printed("js_author_name") or page.meta("author")
    return Document(
        id=document_id,
        source_id=capture.source_id,
        kind="article",
        url=url,
        title=title or None,
        text="\n".join(lines),
        published_at=dated.at.astimezone(UTC) if dated and dated.at else None,
        published_precision=dated.precision if dated else None,
        published_raw=dated.raw if dated else None,
        zone_assumed=dated.zone_assumed if dated else None,
        bylines=tuple(dict.fromkeys(name[:200] for name in (account, author) if name)),
        flags=tuple(sorted(flags)),
    )


def _dated(page: _Page, capture: Capture) -> Dated | None:
    latest = capture.fetched_at + timedelta(days=1)
    for one in _dates(page, capture):
        if one is not None and one.at is not None and _FIRST_ARTICLE <= one.at <= latest:
            return one
    return None


def _dates(page: _Page, capture: Capture) -> Iterator[Dated | None]:
    for pattern in _SECONDS:
        if found := pattern.search(page.scripts):
            raw = found.group(1)
            yield Dated(datetime.fromtimestamp(int(raw), UTC), "second", raw, None, "script")
    for pattern in _PRINTED:
        if found := pattern.search(page.scripts):
            yield parse_date(found.group(1), _ZONE, "script")
    for printed in (page.printed("publish_time"), page.printed("post-date"), capture.finding.published_raw or ""):
        yield parse_date(printed[:80], _ZONE)


def _media(page: _Page, document_id: str) -> tuple[Medium, ...]:
    found: list[Medium] = []
    for element in () if page.content is None else page.content.iter():
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "img" and (element.get("data-src") or element.get("src")):
            width, ratio = _number(element.get("data-w")), _number(element.get("data-ratio"))
            alt = " ".join((element.get("alt") or "").split())[:500]
            found.append(
                Medium(
                    document_id,
                    len(found),
                    "image",
                    None if alt.casefold() in _NO_ALT else alt,
                    round(width) if width else None,
                    (round(width * ratio) or None) if width and ratio and width * ratio < _LARGEST else None,
                )
            )
        elif tag in _SOUNDS:
            found.append(Medium(document_id, len(found), "audio"))
        elif tag in _FILMS:
            found.append(Medium(document_id, len(found), "video"))
    return tuple(found)


def _number(text: str | None) -> float | None:
    plain = (text or "").strip()
    found = float(plain) if re.fullmatch(r"\d{1,7}(?:\.\d{1,20})?", plain) else 0.0
    return found if 0 < found < _LARGEST else None


def _sighting(document_id: str, capture: Capture) -> Sighting:
    how = capture.finding
    seen = how.collected_at or capture.fetched_at
    return Sighting(document_id, capture.id, how.found_by, how.value, how.rank, how.sort_order, seen)


def _refused(page: _Page | None, address: Address | None, capture: Capture, keys: Keys) -> Reading:
    """Why there is no article, and what that says of it."""
    told = _said(page.shown) if page is not None else None
    if told is not None:
        reason, state, evidence = str(told[0]), told[0], f"text {told[1]}"
    else:
        reason, detail = refusal(capture) or ("no_text", None)
        known = state_of(reason, detail, capture.url, capture.status)
        if known is None:
            return Reading(rejections=(Rejection(capture.id, None, "read", reason, detail),))
        state, evidence = known
    document_id, _ = _identity(address, capture, keys)
    seen = capture.finding.collected_at or capture.fetched_at
    return Reading(
        observations=(Observation(document_id, capture.id, seen, state=state, evidence=evidence),),
        rejections=(Rejection(capture.id, document_id, "read", reason, evidence),),
    )


def _said(shown: str) -> tuple[State, str] | None:
    for state, signs in _STATES:
        for sign in signs:
            if sign in shown:
                return state, sign
    return None


READER = WeChat()
