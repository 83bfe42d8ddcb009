"""Gather what one capture tells of RedNote: its notes and comments as documents, how they were found, what was counted."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from corpus.counts import read_count
from corpus.identity import Keys, mask_handles
from corpus.records import Capture, Document, Finding, Medium, Observation, Reading, Rejection, Sighting
from corpus.rednote.fields import handles_of, is_thread_author, missing_of, place_of, string, tags_of, times_of
from corpus.rednote.hashtags import hashtags_in, without_topics
from corpus.rednote.items import Item, items, native_id, part, pick, without_tokens
from corpus.rednote.media import media_of
from corpus.rednote.refusals import Refusal

PLATFORM = "rednote"
NOTE_URL = "https://www.xiaohongshu.com/explore/{}"
_COMMENT_DEPTH = 8
_PSEUDONYM_LENGTH = 32


def safe_finding(finding: Finding, keys: Keys) -> Finding:
    """``finding`` without access tokens, and with an account's id, alone or in a profile's address, as its pseudonym.

    Twice is as once.
    """
    value = finding.value
    if value and "/user/profile/" in value:
        account = value.split("/user/profile/", 1)[1].split("?")[0].split("/")[0]
        return replace(finding, found_by="account", value=keys.author(PLATFORM, account))
    if value and finding.found_by == "account" and not _is_pseudonym(value):
        return replace(finding, value=keys.author(PLATFORM, value))
    return finding if value is None else replace(finding, value=without_tokens(value))


def _is_pseudonym(value: str) -> bool:
    return len(value) == _PSEUDONYM_LENGTH and all(sign in "0123456789abcdef" for sign in value)


@dataclass(slots=True)
class Collected:
    """What has been read of one capture; of equal ids the first counts."""

    capture: Capture
    keys: Keys
    finding: Finding
    documents: dict[str, Document] = field(default_factory=dict)
    sightings: list[Sighting] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    media: list[Medium] = field(default_factory=list)

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
        desc = string(pick(note, "desc"))
        handles = handles_of(note)
        times = times or times_of(note)
        kind = pick(note, "type")
        self.documents[document_id] = Document(
            id=document_id,
            source_id=self.capture.source_id,
            kind="post",
            url=NOTE_URL.format(note_id),
            title=self.mask(string(pick(note, "title", "display_title", "displayTitle")).strip(), handles) or None,
            text=self.mask(without_topics(desc), handles),
            **times,
            author_key=author,
            is_thread_author=None if author is None else True,
            **place_of(note),
            thread_id=document_id,
            hashtags=tuple(self.mask(tag, ()) for tag in (tags_of(note) or hashtags_in(desc))),
            note_type=kind if native_id(kind) else None,
            flags=missing_of(desc.strip(), times, author),
        )
        self.found(document_id)
        self.media += media_of(note, document_id)
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

    def comment(
        self, item: Item, note_id: str | None, note_author: str | None = None, parent: str | None = None
    ) -> None:
        """Take a comment and the replies nested in it. ``parent``: what it answers where it does not say so itself."""
        waiting: list[tuple[Item, str | None, str | None, int]] = [(item, parent, note_id, 0)]
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
        content = string(pick(item, "content"))
        times = times_of(item)
        flags = missing_of(content.strip(), times, author)
        self.documents[document_id] = Document(
            id=document_id,
            source_id=self.capture.source_id,
            kind="comment",
            url=NOTE_URL.format(note_id) if note_id else None,
            title=None,
            text=self.mask(without_topics(content), handles_of(item)),
            **times,
            author_key=author,
            is_thread_author=is_thread_author(item, author, note_author),
            **place_of(item),
            reply_to=self.keys.document(PLATFORM, target) if target else thread,
            thread_id=thread,
            hashtags=tuple(self.mask(tag, ()) for tag in hashtags_in(content)),
            flags=flags if thread else (*flags, "no_thread"),
        )
        self.sightings.append(Sighting(document_id, self.capture.id, "thread", thread, None, None, self.seen_at))
        self.media += media_of(item, document_id)
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
        """The key of an account: by its id, else by a tool's hash of it, else by its name; the three do not meet."""
        account = native_id(pick(user, "user_id", "userId", "userid"))
        if account:
            return self.keys.author(PLATFORM, account)
        if hashed := native_id(user.get("creator_hash")):
            return self.keys.author(PLATFORM, "hash:" + hashed)
        name = string(pick(user, "nickname", "nick_name", "nickName")).strip()
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
            tuple(self.documents.values()),
            tuple(self.sightings),
            tuple(self.observations),
            tuple(self.rejections),
            tuple(self.media),
        )
