"""Read Mastodon: statuses of its interface, alone, in lists and in threads, live or out of a dump."""

from dataclasses import replace

from corpus.answers import refusal
from corpus.identity import Keys
from corpus.posts.gathered import Gathered, medium
from corpus.posts.mastodon import (
    PLATFORM,
    Thread,
    account_of,
    context_id,
    is_status,
    local_id,
    noted,
    original_of,
    statuses_in,
    threads_of,
)
from corpus.posts.values import moment_of, objects, text_of, to_second
from corpus.records import Capture, Document, Medium, Reading
from corpus.rednote.fields import missing_of, string
from corpus.rednote.items import Item, part
from corpus.strictjson import JSONFault, read_json

_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
_LEVELS = ("unlisted", "private", "direct")


class Mastodon:
    """Each public status is a document by its `uri`, which is the same on every instance; a boost is a sighting of it.

    Reasons of rejections: those of `refusal`, ``json_*``, ``not_public``, ``no_id``, ``answer_refused``,
    ``empty_answer``, ``unknown_shape``; ``gone`` where a thread's status is not found.
    """

    version = "1"
    rank = 50

    def accepts(self, capture: Capture) -> bool:
        return capture.format == "mastodon"

    def read(self, capture: Capture, keys: Keys) -> Reading:
        gathered = Gathered(capture, keys, PLATFORM)
        _read(gathered)
        return gathered.reading()


def _read(gathered: Gathered) -> None:
    capture = gathered.capture
    asked = context_id(capture.url)
    if asked and capture.status in (404, 410) and capture.finding.value:
        return gathered.lost("gone", f"http_{capture.status}", capture.finding.value)
    if why := refusal(capture):
        return gathered.reject(*why)
    try:
        answer = read_json(capture.body)
    except JSONFault as fault:
        return gathered.reject(f"json_{fault.reason}", f"at {fault.offset}")
    statuses = statuses_in(answer)
    if statuses is None:
        refused = isinstance(answer, dict) and "error" in answer
        return gathered.reject("answer_refused" if refused else "unknown_shape")
    originals = [original_of(status) for status in objects(statuses)]
    threads = threads_of(originals, _asked(asked, capture.finding.value, answer))
    for status in statuses:
        original = original_of(status) if isinstance(status, dict) else status
        if is_status(original):
            thread = threads.get(string(original.get("id")), Thread())
            _take(gathered, original, thread if thread.parent else noted(original), bool(asked))
        else:
            gathered.reject("unknown_shape")
    return None


def _asked(own: str | None, uri: str | None, answer: object) -> Item | None:
    """The status whose thread an answer is, as far as the answer tells: it is not among its own thread."""
    if own is None or uri is None or not isinstance(answer, dict):
        return None
    above = objects(answer.get("ancestors"))
    return {"id": own, "uri": uri, "in_reply_to_id": local_id(above[-1].get("id")) if above else None}


def _take(gathered: Gathered, status: Item, thread: Thread, in_thread: bool) -> None:
    uri = string(status.get("uri")).strip()
    if not uri:
        return gathered.reject("no_id")
    document_id = gathered.id_of(uri)
    level = status.get("visibility")
    if level != "public":
        return gathered.reject("not_public", level if level in _LEVELS else "visibility unknown", document_id)
    replies = bool(status.get("in_reply_to_id"))
    root = gathered.id_of(thread.root) if thread.root else None
    if in_thread:
        gathered.found_in_thread(document_id, root or document_id)
    else:
        gathered.found(document_id)
    if document_id not in gathered.documents:
        media, flags = _media(gathered, status, document_id)
        document = _document(gathered, status, document_id, flags)
        document = _placed(gathered, document, thread, root) if replies else document
        gathered.take(
            document, media, status.get("favourites_count"), status.get("replies_count"), status.get("reblogs_count")
        )
    return None


def _document(gathered: Gathered, status: Item, document_id: str, flags: set[str]) -> Document:
    """As it is where it answers nothing."""
    account = account_of(status)
    author = gathered.keys.author(PLATFORM, account) if account else None
    text = text_of(string(status.get("content")))
    raw = status.get("created_at")
    published = moment_of(raw)
    edited = moment_of(status.get("edited_at"))
    tags = (gathered.mask(string(tag.get("name")).strip("#")) for tag in objects(status.get("tags")))
    told = {"sensitive": status.get("sensitive"), "bot": part(status, "account").get("bot"), "quote": _quotes(status)}
    flags |= {name for name, is_so in told.items() if is_so is True}
    flags |= set(missing_of(text, {"published_at": published}, author))
    return Document(
        id=document_id,
        source_id=gathered.capture.source_id,
        kind="post",
        url=None,
        title=gathered.mask(string(status.get("spoiler_text"))) or None,
        text=gathered.mask(text),
        published_at=to_second(published),
        edited_at=to_second(edited) if edited and published and edited > published else None,
        published_precision="second" if published else None,
        published_raw=string(raw)[:40] or None,
        author_key=author,
        is_thread_author=True if author else None,
        thread_id=document_id,
        hashtags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        flags=tuple(sorted(flags)),
    )


def _placed(gathered: Gathered, post: Document, thread: Thread, root: str | None) -> Document:
    return replace(
        post,
        kind="comment",
        is_thread_author=thread.by_root,
        reply_to=gathered.id_of(thread.parent) if thread.parent else None,
        thread_id=root,
        flags=post.flags if root else tuple(sorted({*post.flags, "no_thread"})),
    )


def _quotes(status: Item) -> bool:
    return bool(part(status, "quote"))


def _media(gathered: Gathered, status: Item, document_id: str) -> tuple[list[Medium], set[str]]:
    """What is attached, and a flag where something of it is of no kind that is known: not every instance keeps copies."""
    media: list[Medium] = []
    flags: set[str] = set()
    for position, one in enumerate(objects(status.get("media_attachments"))):
        size = part(part(one, "meta"), "original")
        found = medium(
            gathered, document_id, position, _KINDS.get(string(one.get("type"))), one.get("description"), size
        )
        if found is None:
            flags.add("media_unknown")
        else:
            media.append(found)
    return media, flags


READER = Mastodon()
