"""Read RedNote (Xiaohongshu): notes and comments from captured items of its interface and from its pages."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from corpus.answers import refusal
from corpus.charset import decode_text
from corpus.identity import Keys
from corpus.records import Capture, Reading
from corpus.rednote.collected import PLATFORM, Collected
from corpus.rednote.exports import (
    comment_of_4cat,
    comment_of_mediacrawler,
    is_4cat_comment,
    note_of_4cat,
    note_of_mediacrawler,
)
from corpus.rednote.fields import string
from corpus.rednote.items import Item, is_rednote, items, native_id, part, pick, shape_of
from corpus.rednote.listings import cards_in, listing_of, notes_linked
from corpus.rednote.pages import PageNote, read_page, state_of
from corpus.rednote.refusals import Refusal, note_id_in, refusal_of, visible_text
from corpus.strictjson import JSONFault, read_json


class RedNote:
    """Every shape in which a note or a comment comes; one note is one document, whichever it was."""

    version = "3"
    rank = 50

    def accepts(self, capture: Capture) -> bool:
        if capture.format in _ITEMS:
            return True
        ours = capture.source_id == PLATFORM or is_rednote(capture.url)
        if capture.format == "answer":
            return ours and any(mark in capture.body for mark in _ANSWERS)
        if capture.format == "front":
            return ours
        if capture.format != "page":
            return False
        if capture.url.startswith(("http://", "https://")):
            return ours
        return b"__INITIAL_STATE__" in capture.body and b"noteDetailMap" in capture.body

    def read(self, capture: Capture, keys: Keys) -> Reading:
        collected = Collected(capture, keys, capture.finding)
        _READ.get(capture.format, _read_page)(collected)
        return collected.reading()


def _read_item(collected: Collected) -> None:
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
        return collected.comment(data, note_id_in(string(item.get("source_platform_url"))))
    if shape == "html":
        return _read_tile(collected, data, own)
    note = part(data, "note_card", "noteCard") or part(data, "note") or data
    note_id = native_id(pick(note, "note_id", "noteId")) or own
    author = collected.note(note, note_id)
    return _read_comments(collected, part(data, "comments"), note_id, author)


def _read_row(collected: Collected) -> None:
    """A row of 4CAT's or MediaCrawler's, which is a note or a comment in another tool's spelling."""
    try:
        row = read_json(collected.capture.body)
    except JSONFault as fault:
        return collected.reject(f"json_{fault.reason}", f"at {fault.offset}")
    if not isinstance(row, dict):
        return collected.reject("unknown_shape")
    if collected.capture.format == "fourcat":
        if is_4cat_comment(row):
            return collected.comment(comment_of_4cat(row), None)
        note = note_of_4cat(row)
    elif "comment_id" in row:
        return collected.comment(comment_of_mediacrawler(row), None)
    else:
        note = note_of_mediacrawler(row)
    collected.note(note, native_id(note["note_id"]))
    return None


def _read_tile(collected: Collected, tile: Item, note_id: str | None) -> None:
    # `author_url` holds the author's name, by a fault of the tool; an address only where that was mended.
    account = string(tile.get("author_url"))
    user: Item = {"nickname": string(tile.get("author_name")) or account}
    if "/user/profile/" in account:
        user["user_id"] = account.split("/user/profile/", 1)[1].split("?")[0].strip("/")
    note = {"title": tile.get("title"), "user": user, "interact_info": {"liked_count": tile.get("likes")}}
    collected.note(note, note_id or note_id_in(string(tile.get("url"))))


def _read_comments(collected: Collected, comments: Item, note_id: str | None, author: str | None) -> None:
    for comment in items(comments, "list", "comments"):
        collected.comment(comment, note_id, author)


def _read_page(collected: Collected) -> None:
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


def _take(collected: Collected, found: PageNote) -> None:
    note_id = native_id(pick(found.note, "noteId", "note_id")) or native_id(found.key)
    author = collected.note(found.note, note_id, found.times)
    _read_comments(collected, found.comments, note_id, author)


def _read_listing(collected: Collected) -> None:
    """A topic, or another page that lists notes: a sighting of each at its rank, and what its card shows of it."""
    capture = collected.capture
    page = decode_text(capture.body, capture.charset).text
    cards = dict(cards_in(state_of(page)[0]))
    listing = replace(listing_of(capture.url) or collected.finding, collected_at=collected.seen_at)
    for rank, note_id in enumerate(notes_linked(page) or cards, start=1):
        collected.finding = replace(listing, rank=rank)
        if card := cards.get(note_id):
            collected.note(card, note_id)
        else:
            collected.found(collected.keys.document(PLATFORM, note_id))
    if not collected.documents:
        shown = refusal_of(capture.url, capture.location, capture.status, visible_text(page))
        if shown and not collected.sightings:
            return collected.refused(shown, None)
        collected.reject(*(refusal(capture) or ("listing", None)))
    return None


def _read_answer(collected: Collected) -> None:
    """What a page of the platform asked for by itself, as its interface sends it: further comments, replies, cards."""
    capture = collected.capture
    try:
        answer = read_json(capture.body)
    except JSONFault as fault:
        return collected.reject(f"json_{fault.reason}", f"at {fault.offset}")
    data = part(answer, "data") if isinstance(answer, dict) else {}
    asked = dict(parse_qsl(urlsplit(capture.url).query))
    for comment in items(data, "comments"):
        parent = native_id(asked.get("root_comment_id"))
        collected.comment(comment, native_id(asked.get("note_id")), parent=parent)
    listing = listing_of(capture.finding.value or "") or collected.finding
    collected.finding = replace(listing, collected_at=collected.seen_at)
    for note_id, card in cards_in(data):
        collected.note(card, note_id)
    if not collected.documents and not collected.rejections:
        refused = isinstance(answer, dict) and answer.get("success") is False
        collected.reject(*(("answer_refused", f"code {answer.get('code')!r:.20}") if refused else ("empty_answer",)))
    return None


_ITEMS = {"zeeschuimer": _read_item, "fourcat": _read_row, "mediacrawler": _read_row}
_READ = {**_ITEMS, "front": _read_listing, "answer": _read_answer}
_ANSWERS = (b'"comments"', b'"note_card"', b'"noteCard"', b'"display_title"', b'"displayTitle"')


READER = RedNote()
