"""Members of foreign WARC files: found in a stretch of bytes, and the one page that a member holds, read strictly."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import islice

from corpus.decoding import decode_content
from corpus.foreign import ForeignWarc, Record, Torn, read_head
from corpus.identity import canonical_url
from corpus.messages import Message, read_message
from corpus.records import Capture
from corpus.warc import split_media_type

RAW_LIMIT = 64 << 20
"""Bytes of a member after inflation; the archives that are read here cut records far below."""
_MAGIC = b"\x1f\x8b\x08"
_STEP = 32 << 10
_LOOK = 4 << 10


@dataclass(frozen=True, slots=True)
class Member:
    """A whole gzip member that holds a WARC record: its place in what was looked through, and its bytes."""

    at: int
    data: bytes
    fields: dict[str, str]
    """Of the record's own header, names in lower case; its block is not yet checked."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """Bytes that are no such member.

    ``damaged_member``, ``not_a_member``, ``not_a_record``, ``head_faulty``, ``member_too_large``, ``cut_member``.
    """

    at: int
    reason: str


class Sieve:
    """A stretch of a .warc.gz file, taken apart into whole members and what is spoilt.

    After `__iter__` is through, ``rest`` is the first byte that is not yet accounted for: the next stretch begins with
    it. ``seeking``: it may lie within what is spoilt, so that the next stretch has to look for a member first.
    Damage ends at the next gzip member that begins a WARC record. `is_end`: the file ends with this stretch.
    """

    def __init__(self, data: bytes, is_end: bool, seeking: bool = False) -> None:
        self.data, self.is_end, self.seeking = data, is_end, seeking
        self.rest = 0

    def __iter__(self) -> Iterator[Member | Spoilt]:
        view = memoryview(self.data)
        if self.seeking:
            self._seek(view)
        while self.rest < len(view) and not self.seeking:
            at = self.rest
            found = _member(view, at)
            if found is None and not self.is_end:
                return
            if isinstance(found, tuple):
                data, raw = found
                self.rest = at + len(data)
                head = read_head(raw)
                yield Spoilt(at, head) if isinstance(head, str) else Member(at, data, head[0])
                continue
            yield Spoilt(at, found or "cut_member")
            self.rest += 1
            self._seek(view)

    def _seek(self, view: memoryview) -> None:
        """Go to the next member that begins a WARC record; where there is none, to where one could begin."""
        at = self.data.find(_MAGIC, self.rest)
        while at >= 0:
            begins = _begins_record(view[at : at + _LOOK])
            self.seeking = begins is None and not self.is_end and len(view) - at < _LOOK
            if begins or self.seeking:
                self.rest = at
                return
            at = self.data.find(_MAGIC, at + 1)
        self.seeking = not self.is_end
        self.rest = len(view) if self.is_end else max(len(view) - len(_MAGIC) + 1, self.rest)


def _member(view: memoryview, at: int) -> tuple[bytes, bytes] | str | None:
    """The member at ``at``, as it is and inflated; None where it does not end within the view; else what is wrong."""
    head = bytes(view[at : at + len(_MAGIC)])
    if head != _MAGIC:
        return None if _MAGIC.startswith(head) else "not_a_member"
    inflate, raw = zlib.decompressobj(31), bytearray()
    for start in range(at, len(view), _STEP):
        step = view[start : start + _STEP]
        try:
            raw += inflate.decompress(step, RAW_LIMIT - len(raw) + 1)
        except zlib.error:
            return "damaged_member"
        if len(raw) > RAW_LIMIT:
            return "member_too_large"
        if inflate.eof:
            return bytes(view[at : start + len(step) - len(inflate.unused_data)]), bytes(raw)
    return None


def _begins_record(view: memoryview) -> bool | None:
    """Whether a gzip member that begins a WARC record begins here; None: too few bytes to tell."""
    try:
        raw = zlib.decompressobj(31).decompress(view, 8)
    except zlib.error:
        return False
    return raw.startswith(b"WARC/") if len(raw) >= 5 else None


@dataclass(frozen=True, slots=True)
class Page:
    """What the one response of a member holds: a page as whoever made the archive was sent it. `body` is decoded."""

    url: str
    collected_at: datetime
    status: int
    media_type: str
    charset: str | None
    location: str | None
    body: bytes
    problems: tuple[str, ...]


def read_member(data: bytes) -> Page | str:
    """The page in a gzip member with one response record; a str says why there is none.

    ``damaged``, ``not_one_record``, ``too_large``, ``revisit``, ``not_a_response`` (another kind of record, or one without HTTP),
    ``bad_address``, ``bad_date``.
    """
    warc = ForeignWarc(BytesIO(data))
    found = list(islice(warc, 2))
    record = found[0] if found else None
    if not isinstance(record, Record) or any(isinstance(one, Torn) for one in found):
        return "damaged"
    if record.source is not warc or not warc.is_gzip or record.length != len(data):
        return "not_one_record"
    if not record.is_whole:
        return "too_large"
    kind = record.kind.lower()
    if kind != "response":
        return "revisit" if kind == "revisit" else "not_a_response"
    url = record.fields.get("warc-target-uri", "").strip("<>")
    collected_at = warc_date(record.fields["warc-date"])
    if not _is_address(url):
        return "bad_address"
    return "bad_date" if collected_at is None else _page(record, url, collected_at)


def warc_date(text: str) -> datetime | None:
    """A WARC-Date in UTC; None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def unfold_member(capture: Capture) -> Capture | str:
    """The capture of the page that a fetched WARC member holds, with the same id; else why there is none.

    Reasons: those of `read_member`, and ``redirect`` or ``http_<status>`` where the archive gave no member.
    """
    if 300 <= capture.status < 400:
        return "redirect"
    if capture.status not in (0, 200, 206):
        return f"http_{capture.status}"
    page = read_member(capture.body)
    if isinstance(page, str):
        return page
    return replace(
        capture,
        url=page.url,
        finding=replace(capture.finding, collected_at=page.collected_at),
        status=page.status,
        media_type=page.media_type,
        charset=page.charset,
        body=page.body,
        format="page",
        location=page.location,
        problems=tuple(sorted({*capture.problems, *page.problems})),
    )


def _is_address(url: str) -> bool:
    try:
        return bool(canonical_url(url))
    except ValueError:
        return False


def _page(record: Record, url: str, collected_at: datetime) -> Page | str:
    message = read_message(record.block)
    if message is None:
        return "not_a_response"
    body, problems = _decoded(message)
    if "warc-truncated" in record.fields:
        problems = (*problems, "truncated")
    media_type, charset = split_media_type(message.header("Content-Type"))
    location = message.header("Location")
    return Page(url, collected_at, message.status, media_type, charset, location, body, tuple(sorted(set(problems))))


def _decoded(message: Message) -> tuple[bytes, tuple[str, ...]]:
    """Without content coding. Archives often undo it and leave the header that named it."""
    plain, problems = decode_content(message.body, message.header("Content-Encoding"))
    if "payload_damaged" in problems and message.body.lstrip()[:1] in (b"<", b"{"):
        return message.body, message.problems
    return plain, (*message.problems, *problems)
