"""Import the pages of a WARC file that another tool wrote; each response, resource and resolved revisit is one item.

What is archived is the content as it was captured, but for what was removed from it (see `corpus.exchanges`). Requests
are never archived. What is torn in the file is quarantined with its place, and reading goes on behind it.
"""

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from corpus.archive import split_media_type
from corpus.errors import UserError
from corpus.exchanges import Exchange, take
from corpus.foreign import ForeignWarc, Record, Torn
from corpus.imports import Damaged, Held, Item, Stub, Taken
from corpus.members import warc_date
from corpus.messages import Message, read_message
from corpus.records import Finding
from corpus.secrets import without_secrets
from corpus.strictjson import JSONFault, read_json

_MEDIA_CLOUD = "application/x.mediacloud-indexer+json"
_NOT_ITEMS = frozenset({"warcinfo", "request", "metadata"})
_REMEMBERED = 500_000
"""Payloads that a later revisit may name; those beyond it are not remembered."""
_LARGE_TEXTS = ("text/", "application/json", "application/xhtml", "application/xml")
_VALUE_LIMIT = 500

Finder = Callable[[str, datetime | None], Finding]


@dataclass(slots=True)
class Reading:
    """WARC files taken one after the other, so that a revisit in one may point to a payload in one before it."""

    held: Held
    modified: datetime
    finding: Finder
    form: str = "WARC"
    payloads: dict[bytes, tuple[ForeignWarc, int] | None] = field(default_factory=dict)
    """By the start of their digest; None: it was seen and is nothing to read."""

    def items(self, warc: ForeignWarc, base: int = 0) -> Iterator[Item]:
        """The items of ``warc``; ``base`` is where it begins in the file that positions are told of."""
        waiting: tuple[Record, Taken] | None = None
        for found in warc:
            if waiting and isinstance(found, Record) and found.kind in ("metadata", "request"):
                waiting = (waiting[0], _with_metadata(*waiting, found))
                continue
            if waiting:
                yield waiting[1]
                waiting = None
            if isinstance(found, Torn):
                yield Damaged(found.reason, base + found.offset, found.raw)
                continue
            for item in self._taken(found, base):
                if isinstance(item, Taken):
                    waiting = (found, item)
                else:
                    yield item
        if waiting:
            yield waiting[1]

    def _taken(self, record: Record, base: int) -> Iterator[Item]:
        position = base + record.offset
        kind = record.kind.lower()
        if kind in _NOT_ITEMS:
            return
        if not record.is_whole:
            yield from _large(record, base)
        elif "warc-segment-number" in record.fields or kind == "continuation":
            yield Stub("segmented", position)
        elif kind == "revisit":
            yield self._revisited(record, position)
        elif kind in ("response", "resource", "conversion"):
            item = self._read(record, record, position)
            self._remember(record, item)
            yield item
        else:
            yield Stub("unknown_record", position)

    def _read(self, record: Record, payload: Record, position: int) -> Taken | Stub:
        """The item of ``record``, whose content stands in ``payload``: itself, or what it is a revisit of."""
        message = _message(payload)
        if message is None:
            return Stub("no_http", position)
        url = record.fields.get("warc-target-uri", "")
        at = warc_date(record.fields["warc-date"])
        problems = (*message.problems, *(("truncated",) if "warc-truncated" in payload.fields else ()))
        exchange = Exchange(
            url, at, message.status, message.headers, message.body, position, self.finding(url, at), problems
        )
        return take(exchange, self.held, self.modified, self.form)

    def _revisited(self, record: Record, position: int) -> Taken | Stub:
        if "not-modified" in record.fields.get("warc-profile", ""):
            return Stub("not_modified", position)
        key = _key(record)
        if key is None or key not in self.payloads:
            return Stub("revisit_without_payload", position)
        place = self.payloads[key]
        if place is None:
            return Stub("no_text", position)
        payload = place[0].at(place[1])
        if payload is None:
            return Stub("revisit_without_payload", position)
        return self._read(record, payload, position)

    def _remember(self, record: Record, item: Taken | Stub) -> None:
        key = _key(record)
        if key is not None and key not in self.payloads and len(self.payloads) < _REMEMBERED:
            self.payloads[key] = (record.source, record.offset) if isinstance(item, Taken) else None


def _message(record: Record) -> Message | None:
    media = record.fields.get("content-type", "")
    if record.kind.lower() == "response":
        return read_message(record.block)
    return Message(200, (("Content-Type", media),) if media else (), record.block, record.block)


def _key(record: Record) -> bytes | None:
    """By what a revisit names its payload; where a response states no digest, the one that most tools would state."""
    stated = record.fields.get("warc-payload-digest")
    if stated is None:
        message = _message(record) if record.kind.lower() == "response" else None
        if message is None:
            return None
        stated = "sha1:" + _base32_sha1(message.sent)
    return hashlib.sha256(stated.strip().lower().encode()).digest()[:12]


def _base32_sha1(data: bytes) -> str:
    return base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _large(record: Record, base: int) -> Iterator[Item]:
    """A record too large to be held: quarantined in pieces where it may be text, else counted."""
    message = _message(record)
    media = split_media_type(message.header("content-type"))[0] if message else ""
    if not media.startswith(_LARGE_TEXTS):
        yield Stub("no_text", base + record.offset)
        return
    for torn in record.source.torn("record_too_large", record.offset, record.offset + record.length):
        yield Damaged(torn.reason, base + torn.offset, torn.raw)


def _with_metadata(record: Record, taken: Taken, beside: Record) -> Taken:
    """With what Media Cloud wrote of a page beside it: the feed that listed it, title and date."""
    fields = beside.fields
    same = fields.get("warc-target-uri") == record.fields.get("warc-target-uri")
    named = record.fields["warc-record-id"] in (fields.get("warc-concurrent-to"), fields.get("warc-refers-to"))
    if not (same or named) or not fields.get("content-type", "").startswith(_MEDIA_CLOUD) or not beside.is_whole:
        return taken
    try:
        known = read_json(beside.block)
    except JSONFault:
        return taken
    listed, content = (_part(known, name) for name in ("rss_entry", "content_metadata"))
    feed = _text(listed.get("source_url"))
    title = _text(listed.get("title")) or _text(content.get("article_title"))
    published = _text(listed.get("pub_date")) or _text(content.get("publication_date"))
    finding = replace(taken.entry.finding, title=title, published_raw=published)
    if feed:
        address, _ = without_secrets(feed)
        finding = replace(finding, found_by="feed", value=address)
    return replace(taken, entry=replace(taken.entry, finding=finding))


def _part(value: object, name: str) -> dict[str, object]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    return value.strip()[:_VALUE_LIMIT] or None if isinstance(value, str) else None


def modified_at(path: Path) -> datetime:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC)


class Warc:
    """Pages, feeds and answers of interfaces in a WARC file of any tool, compressed or not."""

    title = "web archive file of any crawler or browser (.warc, .warc.gz)"

    def recognise(self, path: Path, head: bytes) -> str | None:
        text = _unpacked(head)
        if text.startswith(b"WARC/"):
            return "it begins with a WARC record"
        if text.startswith(b"filedesc://") or _is_named(path, ".arc", ".arc.gz"):
            return "an ARC file, the format before WARC"
        return "its name ends as that of a WARC file" if _is_named(path, ".warc", ".warc.gz", ".warc.zst") else None

    def items(self, path: Path, held: Held) -> Iterator[Item]:
        """Raises UserError for what has to be converted first: ARC, and WARC packed as Zstandard."""
        with path.open("rb") as file:
            _refuse(path, _unpacked(file.read(1 << 16)))
            finding = Finding("file", path.name)
            with ForeignWarc(file) as warc:
                yield from Reading(held, modified_at(path), lambda url, at: finding).items(warc)


def _is_named(path: Path, *endings: str) -> bool:
    return path.name.lower().endswith(endings)


def _unpacked(head: bytes) -> bytes:
    """The first bytes of the text that a file begins with, packed or not."""
    if head[:2] != b"\x1f\x8b":
        return head[:64]
    try:
        return zlib.decompressobj(31).decompress(head, 64)
    except zlib.error:
        return b""


def _refuse(path: Path, text: bytes) -> None:
    if text.startswith(b"filedesc://") or (_is_named(path, ".arc", ".arc.gz") and not text.startswith(b"WARC/")):
        raise UserError(
            "is an ARC file, the format before WARC, which is not read",
            where=path,
            hint=f"convert it with `warcio recompress {path.name} {path.name.split('.')[0]}.warc.gz` and import that",
        )
    if text.startswith(b"\x28\xb5\x2f\xfd"):
        raise UserError(
            "is packed as Zstandard, which is not read",
            where=path,
            hint=f"unpack it with `zstd -d {path.name}` and import what comes out",
        )


IMPORT = Warc()
