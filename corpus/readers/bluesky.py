"""Read Bluesky: posts of its interface, alone, in lists, feeds and threads, live or out of a dump."""

from dataclasses import replace

from corpus.answers import refusal
from corpus.identity import Keys
from corpus.posts.bluesky import (
    PLATFORM,
    Shown,
    author_in,
    is_for_all,
    is_post,
    items_in,
    post_uri,
    shown_in,
    uri_of_page,
)
from corpus.posts.gathered import Gathered, medium
from corpus.posts.values import moment_of, objects, to_second
from corpus.records import Capture, Document, Medium, Reading
from corpus.rednote.fields import missing_of, string
from corpus.rednote.items import Item, part, pick
from corpus.strictjson import JSONFault, read_json

_SENSITIVE = frozenset(
    {"porn", "sexual", "nudity", "graphic-media", "gore", "corpse", "self-harm", "sensitive", "!warn", "!hide"}
)
_EVIDENCE = {"gone": "notFoundPost", "blocked": "blockedPost"}


class Bluesky:
    """Each post is a document by its address within the network, which has no name in it that may change.

    Reasons of rejections: those of `refusal`, ``json_*``, ``gone``, ``blocked``, ``not_public`` (its author asks that it
    be not shown to all), ``no_id``, ``no_post``, ``answer_refused``, ``empty_answer``, ``unknown_shape``.
    """

    version = "1"
    rank = 50

    def accepts(self, capture: Capture) -> bool:
        return capture.format == "bluesky"

    def read(self, capture: Capture, keys: Keys) -> Reading:
        gathered = Gathered(capture, keys, PLATFORM)
        _read(gathered)
        return gathered.reading()


def _read(gathered: Gathered) -> None:
    capture = gathered.capture
    why = None if capture.status == 400 else refusal(capture)
    if why:
        return gathered.reject(*why)
    try:
        answer = read_json(capture.body)
    except JSONFault as fault:
        return gathered.reject(f"json_{fault.reason}", f"at {fault.offset}")
    items = items_in(answer)
    if isinstance(answer, dict) and "error" in answer:
        if answer["error"] == "NotFound":
            return gathered.lost("gone", "NotFound", post_uri(uri_of_page(capture.url)))
        return gathered.reject("answer_refused")
    if items is None or capture.status == 400:
        return gathered.reject("unknown_shape")
    for item in items:
        for shown in shown_in(item):
            _take(gathered, shown)
    return None


def _take(gathered: Gathered, shown: Shown) -> None:
    if shown.state:
        return gathered.lost(shown.state, _EVIDENCE[shown.state], shown.uri)
    view = shown.view
    if view is None:
        return gathered.reject("unknown_shape")
    uri = post_uri(shown.uri)
    if uri is None or not is_post(view):
        return gathered.reject("no_id" if uri is None else "no_post")
    document_id = gathered.id_of(uri)
    if not is_for_all(view):
        return gathered.reject("not_public", "not for those who are not logged in", document_id)
    reply = part(part(view, "record"), "reply")
    root, parent = (post_uri(part(reply, name).get("uri")) for name in ("root", "parent"))
    thread_id = gathered.id_of(root) if root else None if reply else document_id
    if shown.in_thread:
        gathered.found_in_thread(document_id, thread_id)
    else:
        gathered.found(document_id)
    if document_id not in gathered.documents:
        document = _document(gathered, view, uri, document_id)
        if reply:
            document = _placed(document, thread_id, gathered.id_of(parent) if parent else None, root, uri)
        counts = (pick(view, f"{name}Count", f"{name}_count") for name in ("like", "reply", "repost"))
        gathered.take(document, _media(gathered, view, document_id), *counts)
    return None


def _document(gathered: Gathered, view: Item, uri: str, document_id: str) -> Document:
    """As it is where it answers nothing."""
    record = part(view, "record")
    account = author_in(uri)
    author = gathered.keys.author(PLATFORM, account) if account else None
    text = string(record.get("text"))
    raw = pick(record, "createdAt", "created_at")
    published, indexed = moment_of(raw), moment_of(pick(view, "indexedAt", "indexed_at"))
    flags = set(missing_of(text.strip(), {"published_at": published}, author)) | _flags(view)
    if published and indexed and published > indexed:
        flags.add("time_after_indexed")  # the author's own device says when a post was written
    return Document(
        id=document_id,
        source_id=gathered.capture.source_id,
        kind="post",
        url=None,
        title=None,
        text=gathered.mask(text),
        published_at=to_second(published),
        published_precision="second" if published else None,
        published_raw=string(raw)[:40] or None,
        author_key=author,
        is_thread_author=True if author else None,
        thread_id=document_id,
        hashtags=tuple(dict.fromkeys(filter(None, map(gathered.mask, _tags(record))))),
        flags=tuple(sorted(flags)),
    )


def _placed(post: Document, thread_id: str | None, reply_to: str | None, root: str | None, uri: str) -> Document:
    return replace(
        post,
        kind="comment",
        is_thread_author=author_in(root) == author_in(uri) if root else None,
        reply_to=reply_to,
        thread_id=thread_id,
        flags=post.flags if thread_id else tuple(sorted({*post.flags, "no_thread"})),
    )


def _tags(record: Item) -> list[str]:
    """Hashtags of the text, which are marked in it, and those beside it."""
    marked = [
        feature.get("tag") for facet in objects(record.get("facets")) for feature in objects(facet.get("features"))
    ]
    beside = record.get("tags")
    told = [*marked, *(beside if isinstance(beside, list) else [])]
    return [name for tag in told if (name := string(tag).strip().lstrip("#＃"))]


def _flags(view: Item) -> set[str]:
    author = part(view, "author")
    own = part(part(view, "record"), "labels").get("values")
    labels = {string(label.get("val")) for label in [*objects(view.get("labels")), *objects(own)]}
    of_author = {string(label.get("val")) for label in objects(author.get("labels"))}
    kinds = {string(pick(embed, "$type", "py_type")) for embed in _embeds(view)}
    found = {"sensitive": labels & _SENSITIVE, "bot": "bot" in of_author, "quote": _quotes(kinds)}
    return {name for name, is_so in found.items() if is_so}


def _quotes(kinds: set[str]) -> bool:
    return any(kind.startswith(("app.bsky.embed.record#", "app.bsky.embed.recordWithMedia")) for kind in kinds) or (
        "app.bsky.embed.record" in kinds
    )


def _embeds(view: Item) -> list[Item]:
    """What stands below a text, as shown where that is known, else as written."""
    return [one for one in (part(view, "embed"), part(part(view, "record"), "embed")) if one]


def _media(gathered: Gathered, view: Item, document_id: str) -> list[Medium]:
    for embed in _embeds(view):
        beside = part(embed, "media") or embed
        shown = objects(beside.get("images"))
        kind = "image"
        if not shown and "video" in string(pick(beside, "$type", "py_type")):
            shown, kind = [beside], "video"
        made = [
            medium(gathered, document_id, n, kind, one.get("alt"), part(one, "aspectRatio", "aspect_ratio"))
            for n, one in enumerate(shown)
        ]
        if made:
            return [one for one in made if one]
    return []


READER = Bluesky()
