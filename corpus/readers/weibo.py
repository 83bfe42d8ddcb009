"""Read Weibo: posts as its interface gives them, alone, in answers or in a page's state, and what stands for lost ones."""

from corpus.answers import refusal, state_of
from corpus.charset import decode_text
from corpus.identity import Keys, mask_handles
from corpus.jsliteral import LiteralError, read_literal
from corpus.posts.gathered import Gathered, medium
from corpus.posts.values import to_second
from corpus.posts.weibo import (
    PLATFORM,
    handles_in,
    has_video,
    is_public,
    is_status,
    is_weibo,
    lost,
    mid_in,
    mid_of,
    moment_of,
    pictures_of,
    said_of,
    statuses_in,
    topics_of,
    words_of,
)
from corpus.records import Capture, Document, Medium, Reading, Sighting
from corpus.rednote.fields import missing_of, string
from corpus.rednote.items import Item, part
from corpus.rednote.places import level_of
from corpus.strictjson import JSONFault, read_json
from corpus.walls import visible

_ADDRESS = "https://m.weibo.cn/status/{}"
_STATE = "$render_data"
_ANSWERS = (b'"mblog"', b'"attitudes_count"', b'"reposts_count"')
_TURNED_AWAY = frozenset({418, 432})  # no standard ones: reported as this platform's answers to unknown visitors


class Weibo:
    """Each post is a document by its number; a repost names the post that it passes on, which is another.

    Reasons of rejections: those of `refusal`, ``json_*``, ``not_public``, ``unknown_shape``, ``no_state``, and the states
    of posts that are not shown.
    """

    version = "1"
    rank = 40

    def accepts(self, capture: Capture) -> bool:
        if capture.format == "weibo":
            return True
        ours = is_weibo(capture.url)
        if capture.format == "answer":
            return ours and any(mark in capture.body for mark in _ANSWERS)
        return capture.format == "page" and (ours or capture.source_id == PLATFORM)

    def read(self, capture: Capture, keys: Keys) -> Reading:
        gathered = Gathered(capture, keys, PLATFORM)
        (_read_page if capture.format == "page" else _read_items)(gathered)
        return gathered.reading()


def _read_items(gathered: Gathered) -> None:
    if why := refusal(gathered.capture):
        return gathered.reject(*why)
    try:
        value = read_json(gathered.capture.body)
    except JSONFault as fault:
        return gathered.reject(f"json_{fault.reason}", f"at {fault.offset}")
    statuses = statuses_in(value)
    for status in statuses:
        _take(gathered, status)
    if not statuses:
        gathered.reject("unknown_shape")
    return None


def _read_page(gathered: Gathered) -> None:
    capture = gathered.capture
    page = decode_text(capture.body, capture.charset).text
    statuses = statuses_in(_state_of(page))
    for status in statuses:
        _take(gathered, status)
    if statuses:
        return None
    asked = mid_in(capture.url)
    if capture.status in _TURNED_AWAY:
        return gathered.lost("blocked", f"status {capture.status}", asked)
    if told := said_of(visible(page[: 1 << 20])):
        return gathered.lost(told[0], f"text {told[1]}", asked)
    reason, detail = refusal(capture) or ("no_state", None)
    state = state_of(reason, detail, capture.url, capture.status)
    if state and asked:
        return gathered.lost(state[0], state[1], asked)
    return gathered.reject(reason, detail)


def _state_of(page: str) -> object:
    """The state that a mobile page carries in a script: ``var $render_data = [{...}][0] || {}``."""
    at = page.find(_STATE)
    start = page.find("[", at) if at >= 0 else -1
    if start < 0 or page[at + len(_STATE) : start].strip() != "=":
        return None
    try:
        return read_literal(page, start)[0]
    except LiteralError:
        return None


def _take(gathered: Gathered, status: Item) -> None:
    mid = mid_of(status) or ""
    if gone := lost(status):
        return gathered.lost(gone[0], f"text {gone[1]}", mid)
    document_id = gathered.id_of(mid)
    if not is_public(status):
        return gathered.reject("not_public", None, document_id)
    gathered.found(document_id)
    original = part(status, "retweeted_status")
    told = is_status(original)
    _keep(gathered, status, mid, gathered.id_of(mid_of(original) or "") if told else None)
    if not told:
        return None
    if lost(original) or not is_public(original):
        return _take(gathered, original)
    capture, own = gathered.capture, mid_of(original) or ""
    gathered.sightings.append(
        Sighting(gathered.id_of(own), capture.id, "link", document_id, None, None, gathered.seen_at)
    )
    return _keep(gathered, original, own, None)


def _keep(gathered: Gathered, status: Item, mid: str, original: str | None) -> None:
    document_id = gathered.id_of(mid)
    if document_id in gathered.documents:
        return
    text, cut = words_of(status)
    user = part(status, "user")
    account = str(user.get("idstr") or user.get("id") or "")
    author = gathered.keys.author(PLATFORM, account) if account.isdecimal() else None
    published, edited = moment_of(status.get("created_at")), moment_of(status.get("edit_at"))
    place = string(status.get("region_name")).strip()
    flags = {"text_truncated": cut, "repost": bool(part(status, "retweeted_status"))}
    document = Document(
        id=document_id,
        source_id=gathered.capture.source_id,
        kind="post",
        url=_ADDRESS.format(mid),
        title=None,
        text=gathered.mask(mask_handles(text, PLATFORM, gathered.keys, handles_in(text))),
        published_at=to_second(published),
        edited_at=to_second(edited) if edited and published and edited > published else None,
        published_precision="second" if published else None,
        published_raw=string(status.get("created_at"))[:40] or None,
        author_key=author,
        is_thread_author=True if author else None,
        ip_location_raw=place[:40] or None,
        ip_location_level=level_of(place.removeprefix("发布于")) if place else None,
        ip_location_of="document" if place else None,
        reply_to=original,
        thread_id=document_id,
        hashtags=tuple(map(gathered.mask, topics_of(status, text))),
        flags=tuple(
            sorted(
                {
                    *(name for name, is_so in flags.items() if is_so),
                    *missing_of(text, {"published_at": published}, author),
                }
            )
        ),
    )
    gathered.take(
        document,
        _media(gathered, status, document_id),
        status.get("attitudes_count"),
        status.get("comments_count"),
        status.get("reposts_count"),
    )


def _media(gathered: Gathered, status: Item, document_id: str) -> list[Medium]:
    shown = [("image", size) for size in pictures_of(status)]
    shown += [("video", {})] if has_video(status) else []
    found = (medium(gathered, document_id, place, kind, None, size) for place, (kind, size) in enumerate(shown))
    return [one for one in found if one]


READER = Weibo()
