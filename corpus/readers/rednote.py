"""Read RedNote (Xiaohongshu): notes and comments from captured items of its interface and from its pages."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from corpus.charset import decode_text
from corpus.counts import read_count
from corpus.identity import Keys, mask_handles
from corpus.records import Capture, Document, Finding, Observation, Reading, Rejection, Sighting
from corpus.rednote.hashtags import hashtags_in, without_topics
from corpus.rednote.items import Item, is_rednote, items, moment, native_id, part, pick, shape_of, without_tokens
from corpus.rednote.pages import PageNote, read_page
from corpus.rednote.places import level_of
from corpus.rednote.refusals import Refusal, note_id_in
from corpus.strictjson import JSONFault, read_json

PLATFORM = "rednote"
NOTE_URL = "https://www.xiaohongshu.com/explore/{}"
_COMMENT_DEPTH = 8
_PSEUDONYM_LENGTH = 32


def safe_finding(finding: Finding, keys: Keys) -> Finding:
    """``finding`` with an account's id, alone or in a profile's address, as its pseudonym. Twice is as once."""
    value = finding.value
    if value and "/user/profile/" in value:
        account = value.split("/user/profile/", 1)[1].split("?")[0].split("/")[0]
        return replace(finding, found_by="account", value=keys.author(PLATFORM, account))
    if value and finding.found_by == "account" and not _is_pseudonym(value):
        return replace(finding, value=keys.author(PLATFORM, value))
    return finding


def _is_pseudonym(value: str) -> bool:
    return len(value) == _PSEUDONYM_LENGTH and all(sign in "0123456789abcdef" for sign in value)


@dataclass(slots=True)
class _Collected:
    """What has been read of one capture; of equal ids the first counts."""

    capture: Capture
    keys: Keys
    finding: Finding
    documents: dict[str, Document] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def seen_at(self) -> datetime:
        return self.finding.collected_at or self.capture.fetched_at

    def reject(self, reason: str, detail: str | None = None, document_id: str | None = None) -> None:
        self.rejections.append(Rejection(self.capture.id, document_id, "read", reason, detail))

    def note(self, note: Item, note_id: str | None, times: Item | None = None) -> str | None:
        """Take a note of any shape; the key of its author where known. ``times``: where they are not the item's own."""
        user = part(note, "user")
        author = self.author(user)
        if note_id is None:
            self.reject("no_id")
            return author
        document_id = self.keys.document(PLATFORM, note_id)
        if document_id in self.documents:
            return author
        desc = _text(pick(note, "desc"))
        handles = _handles(note)
        times = times or _times(note)
        kind = pick(note, "type")
        self.documents[document_id] = Document(
            id=document_id,
            source_id=self.capture.source_id,
            kind="post",
            url=NOTE_URL.format(note_id),
            title=self.mask(_text(pick(note, "title", "display_title", "displayTitle")).strip(), handles) or None,
            text=self.mask(without_topics(desc), handles),
            **times,
            author_key=author,
            is_thread_author=None if author is None else True,
            **_place(note),
            thread_id=document_id,
            hashtags=tuple(self.mask(tag, ()) for tag in (_tags(note) or hashtags_in(desc))),
            note_type=kind if native_id(kind) else None,
            flags=_missing(desc.strip(), times, author),
        )
        self.found(document_id)
        info = part(note, "interact_info", "interactInfo")
        self.observations.append(
            Observation(
                document_id=document_id,
                capture_id=self.capture.id,
                observed_at=self.seen_at,
                likes=read_count(pick(info, "liked_count", "likedCount")),
                collects=read_count(pick(info, "collected_count", "collectedCount")),
                comments=read_count(pick(info, "comment_count", "commentCount")),
                shares=read_count(pick(info, "shared_count", "share_count", "sharedCount", "shareCount")),
            )
        )
        return author

    def comment(self, item: Item, note_id: str | None, note_author: str | None) -> None:
        """Take a comment and the replies nested in it."""
        waiting: list[tuple[Item, str | None, str | None, int]] = [(item, None, note_id, 0)]
        while waiting:
            one, parent, thread, depth = waiting.pop()
            thread = native_id(pick(one, "note_id", "noteId")) or thread
            own = self._one_comment(one, parent, thread, note_author)
            if depth < _COMMENT_DEPTH:
                replies = items(one, "sub_comments", "subComments")
                waiting += [(reply, own or parent, thread, depth + 1) for reply in reversed(replies)]

    def _one_comment(self, item: Item, parent: str | None, note_id: str | None, note_author: str | None) -> str | None:
        own = native_id(pick(item, "id", "comment_id", "commentId"))
        if own is None:
            self.reject("comment_without_id")
            return None
        document_id = self.keys.document(PLATFORM, own)
        if document_id in self.documents:
            return own
        thread = self.keys.document(PLATFORM, note_id) if note_id else None
        target = native_id(part(item, "target_comment", "targetComment").get("id")) or parent
        author = self.author(part(item, "user_info", "userInfo", "user"))
        content = _text(pick(item, "content"))
        times = _times(item)
        flags = _missing(content.strip(), times, author)
        self.documents[document_id] = Document(
            id=document_id,
            source_id=self.capture.source_id,
            kind="comment",
            url=NOTE_URL.format(note_id) if note_id else None,
            title=None,
            text=self.mask(without_topics(content), _handles(item)),
            **times,
            author_key=author,
            is_thread_author=_is_thread_author(item, author, note_author),
            **_place(item),
            reply_to=self.keys.document(PLATFORM, target) if target else thread,
            thread_id=thread,
            hashtags=tuple(self.mask(tag, ()) for tag in hashtags_in(content)),
            flags=flags if thread else (*flags, "no_thread"),
        )
        self.sightings.append(Sighting(document_id, self.capture.id, "thread", thread, None, None, self.seen_at))
        self.observations.append(
            Observation(
                document_id=document_id,
                capture_id=self.capture.id,
                observed_at=self.seen_at,
                likes=read_count(pick(item, "like_count", "likeCount")),
                comments=read_count(pick(item, "sub_comment_count", "subCommentCount")),
            )
        )
        return own

    def found(self, document_id: str) -> None:
        finding = safe_finding(self.finding, self.keys)
        self.sightings.append(
            Sighting(
                document_id,
                self.capture.id,
                finding.found_by,
                finding.value,
                finding.rank,
                finding.sort_order,
                self.seen_at,
            )
        )

    def author(self, user: Item) -> str | None:
        account = native_id(pick(user, "user_id", "userId", "userid"))
        if account:
            return self.keys.author(PLATFORM, account)
        name = _text(pick(user, "nickname", "nick_name", "nickName")).strip()
        return self.keys.author(PLATFORM, "name:" + name) if name else None

    def mask(self, text: str, handles: tuple[str, ...]) -> str:
        return mask_handles(without_tokens(text).strip(), PLATFORM, self.keys, handles)

    def refused(self, refusal: Refusal, note_id: str | None) -> None:
        """A note that is known by its id and was not shown: a rejection, and an observation of its state."""
        document_id = self.keys.document(PLATFORM, note_id) if note_id else None
        self.reject(refusal.state, refusal.evidence, document_id)
        if document_id:
            self.observations.append(
                Observation(document_id, self.capture.id, self.seen_at, state=refusal.state, evidence=refusal.evidence)
            )

    def reading(self) -> Reading:
        return Reading(
            tuple(self.documents.values()), tuple(self.sightings), tuple(self.observations), tuple(self.rejections)
        )


class RedNote:
    """Every shape in which a note or a comment comes; one note is one document, whichever it was."""

    version = "1"
    rank = 50

    def accepts(self, capture: Capture) -> bool:
        if capture.format == "zeeschuimer":
            return True
        if capture.format != "page":
            return False
        if capture.url.startswith(("http://", "https://")):
            return is_rednote(capture.url)
        return b"__INITIAL_STATE__" in capture.body and b"noteDetailMap" in capture.body

    def read(self, capture: Capture, keys: Keys) -> Reading:
        collected = _Collected(capture, keys, capture.finding)
        if capture.format == "zeeschuimer":
            _read_item(collected)
        else:
            _read_page(collected)
        return collected.reading()


def _read_item(collected: _Collected) -> None:
    try:
        item = read_json(collected.capture.body)
    except JSONFault as fault:
        return collected.reject(f"json_{fault.reason}", f"at {fault.offset}")
    data = item.get("data") if isinstance(item, dict) else None
    shape = shape_of(data)
    if not isinstance(item, dict) or not isinstance(data, dict) or shape == "stub":
        return collected.reject("stub" if shape == "stub" else "unknown_shape")
    own = native_id(data.get("id")) or native_id(item.get("item_id"))
    if shape == "comment":
        return collected.comment(data, note_id_in(_text(item.get("source_platform_url"))), None)
    if shape == "html":
        return _read_tile(collected, data, own)
    note = part(data, "note_card", "noteCard") or part(data, "note") or data
    note_id = native_id(pick(note, "note_id", "noteId")) or own
    author = collected.note(note, note_id)
    return _read_comments(collected, part(data, "comments"), note_id, author)


def _read_tile(collected: _Collected, tile: Item, note_id: str | None) -> None:
    # `author_url` holds the author's name, by a fault of the tool; an address only where that was mended.
    account = _text(tile.get("author_url"))
    user: Item = {"nickname": _text(tile.get("author_name")) or account}
    if "/user/profile/" in account:
        user["user_id"] = account.split("/user/profile/", 1)[1].split("?")[0].strip("/")
    note = {"title": tile.get("title"), "user": user, "interact_info": {"liked_count": tile.get("likes")}}
    collected.note(note, note_id or note_id_in(_text(tile.get("url"))))


def _read_comments(collected: _Collected, comments: Item, note_id: str | None, author: str | None) -> None:
    for comment in items(comments, "list", "comments"):
        collected.comment(comment, note_id, author)


def _read_page(collected: _Collected) -> None:
    capture = collected.capture
    decoded = decode_text(capture.body, capture.charset)
    read = read_page(decoded.text, capture.url, capture.location, capture.status)
    if isinstance(read, Refusal):
        return collected.refused(read, note_id_in(capture.url) or note_id_in(capture.location))
    if isinstance(read, str):
        return collected.reject(read)
    for page_note in read:
        _take(collected, page_note)
    return None


def _take(collected: _Collected, found: PageNote) -> None:
    note_id = native_id(pick(found.note, "noteId", "note_id")) or native_id(found.key)
    author = collected.note(found.note, note_id, found.times)
    _read_comments(collected, found.comments, note_id, author)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _handles(item: Item) -> tuple[str, ...]:
    named = items(item, "at_users", "atUsers", "at_user_list", "atUserList")
    return tuple(
        dict.fromkeys(name for user in named if (name := _text(pick(user, "nickname", "nick_name", "nickName"))))
    )


def _tags(note: Item) -> tuple[str, ...]:
    names = (
        _text(tag.get("name")).strip().strip("#")
        for tag in items(note, "tag_list", "tagList")
        if tag.get("type") in _TOPICS
    )
    return tuple(dict.fromkeys(name for name in names if name))


_TOPICS = (None, "", "topic", "topic_page", "hashtag")


def _second(value: Any) -> datetime | None:
    found = moment(value)
    return found.replace(microsecond=0) if found else None


def _times(item: Item) -> Item:
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
        if tag.get("type") == "publish_time" and (text := _text(tag.get("text"))):
            yield text[:40]


def _place(item: Item) -> Item:
    raw = _text(pick(item, "ip_location", "ipLocation")).strip()
    if not raw:
        return {}
    return {"ip_location_raw": raw[:40], "ip_location_level": level_of(raw), "ip_location_of": "document"}


def _is_thread_author(item: Item, author: str | None, note_author: str | None) -> bool | None:
    shown = pick(item, "show_tags", "showTags")
    if isinstance(shown, list) and "is_author" in shown:
        return True
    return None if author is None or note_author is None else author == note_author


def _missing(text: str, times: Item, author: str | None) -> tuple[str, ...]:
    missing = {"no_text": not text, "no_time": times.get("published_at") is None, "no_author": author is None}
    return tuple(sorted(name for name, is_missing in missing.items() if is_missing))


READER = RedNote()
