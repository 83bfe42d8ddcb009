"""Read a row of a researcher's own table, which its mapping has turned into our fields."""

from typing import Any

from corpus.counts import read_count
from corpus.identity import Keys, canonical_url, mask_handles
from corpus.mapped import FIELDS, Cell, Moment, moment_of, tags_of
from corpus.records import Capture, Document, Kind, Observation, Reading, Rejection, Sighting
from corpus.rednote.hashtags import hashtags_in, without_topics
from corpus.rednote.places import level_of
from corpus.strictjson import JSONFault, read_json

_KINDS: dict[str, Kind] = {"article": "article", "post": "post", "comment": "comment", "turn": "turn"}
_SIGNED = ("article", "turn")
_COUNTS = ("likes", "collects", "comments", "shares")


class Row:
    """One row, one document, with the id that the same item has in every other capture."""

    version = "1"
    rank = 50

    def accepts(self, capture: Capture) -> bool:
        return capture.format == "row"

    def read(self, capture: Capture, keys: Keys) -> Reading:
        try:
            row = read_json(capture.body)
        except JSONFault as fault:
            return _rejected(capture, f"json_{fault.reason}", f"at {fault.offset}")
        kind = _KINDS.get(row["kind"]) if isinstance(row, dict) and isinstance(row.get("kind"), str) else None
        if kind is None or not isinstance(row.get("fields"), dict):
            return _rejected(capture, "unknown_shape")
        return _Read(capture, keys, kind, row).reading()


class _Read:
    """A row being read."""

    def __init__(self, capture: Capture, keys: Keys, kind: Kind, row: dict[str, Any]) -> None:
        self.capture, self.keys, self.kind = capture, keys, kind
        self.cells: dict[str, Cell] = {
            name: value
            for name, value in row["fields"].items()
            if name in FIELDS
            and (isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value)))
        }
        self.times = row["times"] if isinstance(row.get("times"), str) else "auto"
        self.zone = row["zone"] if isinstance(row.get("zone"), str) else None

    def cell(self, name: str) -> str:
        value = self.cells.get(name, "")
        return (value if isinstance(value, str) else " ".join(value)).strip()

    def moment(self, name: str) -> Moment | None:
        raw = self.cell(name)
        return moment_of(raw, self.times, self.zone) if raw else None

    def key(self, name: str) -> str | None:
        """The document that a cell names by the platform's id."""
        return self.keys.document(self.capture.source_id, self.cell(name)) if self.cell(name) else None

    def url(self) -> str | None:
        try:
            return canonical_url(self.cell("url"))
        except ValueError:
            return None

    def reading(self) -> Reading:
        url = self.url()
        document_id = self.keys.page(url) if url and self.kind == "article" else self.key("id")
        if document_id is None:
            return _rejected(self.capture, "no_id")
        document = self.document(document_id, url)
        return Reading((document,), (self.sighting(document),), self.observations(document_id))

    def document(self, document_id: str, url: str | None) -> Document:
        raw, title, source = self.cell("text"), self.cell("title"), self.capture.source_id
        published, edited = self.moment("published"), self.moment("edited")
        author, place = self.author(), self.cell("place")
        thread = document_id if self.kind == "post" else self.key("thread")
        told = "hashtags" in self.cells
        tags = tags_of(self.cells["hashtags"]) if told else () if self.kind in _SIGNED else hashtags_in(raw)
        return Document(
            id=document_id,
            source_id=source,
            kind=self.kind,
            url=url,
            title=self.mask(title) or None,
            text=self.mask(without_topics(raw)),
            published_at=published.at if published else None,
            published_precision=published.precision if published else None,
            published_raw=self.cell("published")[:64] or None,
            zone_assumed=published.zone_assumed if published else None,
            edited_at=edited.at if edited and (published is None or edited.at > published.at) else None,
            author_key=author,
            bylines=self.bylines(),
            is_thread_author=True if self.kind == "post" and author else None,
            ip_location_raw=place[:40] or None,
            ip_location_level=level_of(place) if place else None,
            ip_location_of="document" if place else None,
            reply_to=self.key("reply_to") or (thread if self.kind == "comment" else None),
            thread_id=thread,
            hashtags=tuple(map(self.mask, tags)),
            flags=self.flags(author, published, thread),
        )

    def author(self) -> str | None:
        if self.kind in _SIGNED:
            return None
        if account := self.cell("author"):
            return self.keys.author(self.capture.source_id, account)
        name = self.cell("author_name")
        return self.keys.author(self.capture.source_id, "name:" + name) if name else None

    def bylines(self) -> tuple[str, ...]:
        name = self.cell("author_name") or self.cell("author")
        return (name[:200],) if name and self.kind in _SIGNED else ()

    def mask(self, text: str) -> str:
        return text if self.kind in _SIGNED else mask_handles(text, self.capture.source_id, self.keys)

    def flags(self, author: str | None, published: Moment | None, thread: str | None) -> tuple[str, ...]:
        missing = {
            "no_text": not self.cell("text"),
            "no_time": published is None,
            "no_author": author is None and self.kind not in _SIGNED,
            "no_thread": thread is None and self.kind in ("comment", "turn"),
        }
        return tuple(sorted(name for name, is_missing in missing.items() if is_missing))

    def sighting(self, document: Document) -> Sighting:
        how, capture = self.capture.finding, self.capture
        seen = how.collected_at or capture.fetched_at
        if how.found_by == "file" and self.kind in ("comment", "turn") and document.thread_id:
            return Sighting(document.id, capture.id, "thread", document.thread_id, how.rank, None, seen)
        return Sighting(document.id, capture.id, how.found_by, how.value, how.rank, how.sort_order, seen)

    def observations(self, document_id: str) -> tuple[Observation, ...]:
        """What was counted. That a file lies here does not say when a post was there."""
        likes, collects, comments, shares = (read_count(self.cell(name) or None) for name in _COUNTS)
        known = any(count.raw is not None for count in (likes, collects, comments, shares))
        if not known and "collected_at_unknown" in self.capture.problems:
            return ()
        seen = self.capture.finding.collected_at or self.capture.fetched_at
        return (Observation(document_id, self.capture.id, seen, likes, collects, comments, shares),)


def _rejected(capture: Capture, reason: str, detail: str | None = None) -> Reading:
    return Reading(rejections=(Rejection(capture.id, None, "read", reason, detail),))


READER = Row()
