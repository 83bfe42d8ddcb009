"""Read WARC files that other tools wrote, strictly: the records that are whole and true, and the stretches that are not.

A record counts when its header is whole, its block has the length that it states and ends in two line ends, its digests
match, and, where it is compressed, its gzip member ends as its own checksum says. Where something is wrong, reading
goes on at the next gzip member, or the next line of a plain file, that begins a record. An end of file exactly between
two records cannot be told from a file that is complete.
"""

import re
import zlib
from collections import OrderedDict
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO

from corpus.checksums import digests_hold
from corpus.decoding import RATIO_LIMIT

RECORD_LIMIT = 64 << 20
"""Bytes of a block that is held in memory; a larger record is shown by its beginning."""
PIECE = 16 << 20
UNPACKED_LIMIT = 16 << 30
"""Bytes to which one gzip member with many records may unpack in a temporary file."""
_HEAD_LIMIT = 64 << 10
_STEP = 64 << 10
_WINDOW = 1 << 20
_SMALL = 1 << 20
_MAGIC = b"\x1f\x8b\x08"
_END = b"\r\n\r\n"
_VERSION = re.compile(rb"WARC/[01]\.\d{1,2}\r*\n")
_BEGINS = re.compile(rb"\nWARC/[01]\.\d{1,2}\r*\n")
_ANYWHERE = re.compile(rb"WARC/[01]\.\d{1,2}\r*\n(?=[A-Za-z-]+:)")
_HEAD_END = re.compile(rb"\n\r*\n")
_LONGEST_BEGIN = 40
_TRIES = 1000
_SPOOLS = 4
"""Temporary files that are kept at a time; what is read again from a member whose own is gone is unpacked anew."""
_REQUIRED = ("warc-type", "warc-record-id", "warc-date", "content-length")


@dataclass(frozen=True, slots=True)
class Record:
    """A record that is whole and true."""

    kind: str
    fields: dict[str, str]
    """Names in lower case."""
    block: bytes
    """Where `is_whole` is False, only its beginning: the record is larger than `RECORD_LIMIT`."""
    offset: int
    """Of its gzip member, or of the record in a plain file; within a member of many records, in what that unpacks to."""
    length: int
    """Bytes from `offset` to its end, as the file has them."""
    source: "ForeignWarc"
    """Where it can be read again: ``record.source.at(record.offset)``."""
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Torn:
    """A stretch that is no record, or a piece of it of at most `PIECE` bytes; pieces follow on one another."""

    reason: str
    offset: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class _Inflated:
    """What a gzip member holds. `fault`: None, ``cut`` (the file ends before it), ``damaged`` or ``too_large``."""

    text: bytes
    length: int
    fault: str | None
    goes_on: bool = False
    """It holds more than was unpacked."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A piece of what a member unpacks to; `used`: bytes of the member until here."""

    piece: bytes
    used: int
    is_last: bool = False
    fault: str | None = None


class ForeignWarc:
    """One WARC file, plain or of gzip members, in ``file`` (opened for reading bytes, seekable); a context manager.

    Iterate over it for its records and torn stretches, in order. Memory: one record. Reasons of torn stretches:
    ``member_cut``, ``member_damaged``, ``member_too_large`` (it unpacks to more than 200 times its size),
    ``not_a_record``, ``head_faulty``, ``record_cut``, ``length_wrong``, ``digest_wrong``, ``holds_other_records``.
    """

    def __init__(self, file: IO[bytes], trusted: bool = True) -> None:
        self.file = file
        self.size = file.seek(0, 2)
        self.trusted = trusted
        """Whether a record without a digest of its own is taken."""
        self.is_gzip = self._looks_packed()
        self._spools: OrderedDict[int, _Spool] = OrderedDict()

    def __enter__(self) -> "ForeignWarc":
        return self

    def __exit__(self, *_: object) -> None:
        """Records are not to be read again after this. The file itself is the caller's to close."""
        for spool in self._spools.values():
            spool.file.close()

    def __iter__(self) -> Iterator[Record | Torn]:
        at = 0
        while at < self.size:
            found = self._member(at) if self.is_gzip else self._plain(at)
            if isinstance(found, Record):
                yield found
                at += found.length
            elif isinstance(found, int):
                at += found
            elif isinstance(found, _Inflated):
                at = yield from self._several(at)
            else:
                end = self._next_member(at + 1) if self.is_gzip else self._next_line(at)
                yield from self.torn(found, at, end)
                at = end

    def at(self, offset: int) -> Record | None:
        """The record at ``offset``, read again; None where none is there."""
        found = self._member(offset) if self.is_gzip else self._plain(offset)
        return found if isinstance(found, Record) else None

    def torn(self, reason: str, start: int, end: int) -> Iterator[Torn]:
        """A stretch of the file in pieces."""
        for at in range(start, end, PIECE):
            yield Torn(reason, at, self._read(at, min(PIECE, end - at)))

    def _read(self, at: int, length: int) -> bytes:
        self.file.seek(at)
        return self.file.read(length)

    def _looks_packed(self) -> bool:
        """By its first bytes; where they are neither, by which form of record comes first."""
        start = self._read(0, 5)
        if start == b"WARC/" or start[:2] == _MAGIC[:2]:
            return start != b"WARC/"
        return self._next_member(0) < self._next_line(-1)

    # Plain records

    def _plain(self, at: int) -> Record | str:
        head = read_head(self._read(at, _HEAD_LIMIT))
        if isinstance(head, str):
            return head
        fields, begin, length = head
        end = at + begin + length
        if end + len(_END) > self.size:
            return "record_cut"
        tail = self._read(end, len(_END) + 5)
        if not tail.startswith(_END):
            return "length_wrong"
        is_followed = tail[len(_END) :] in (b"", b"WARC/")
        is_whole = length <= RECORD_LIMIT
        block = self._read(at + begin, length if is_whole else _HEAD_LIMIT)
        holds = digests_hold(fields, block) if is_whole else None
        if not holds:
            if holds is False:
                return "digest_wrong"
            if not is_followed:
                return "length_wrong"
            if is_whole and _swallows(block):
                return "holds_other_records"
            if not self.trusted:
                return "member_damaged"
        return Record(fields["warc-type"], fields, block, at, begin + length + len(_END), self, is_whole)

    def _next_line(self, at: int) -> int:
        """Where after ``at`` a plain record begins; the end of the file where none does."""
        at += 1
        while at < self.size:
            window = self._read(at, _WINDOW)
            if found := _ANYWHERE.search(window):
                return at + found.start()
            at += max(1, len(window) - _LONGEST_BEGIN)
            if len(window) < _WINDOW:
                break
        return self.size

    # Gzip members

    def _member(self, at: int) -> Record | _Inflated | int | str:
        """The record of the member at ``at``; the length of a member that is empty; what is inflated of one that holds
        many records; or what is wrong."""
        if self._read(at, 2) != _MAGIC[:2]:
            return "not_a_record"
        inflated = self._inflate(at)
        text = inflated.text
        if not text and inflated.fault is None:
            return inflated.length
        head = read_head(text)
        broken = f"member_{inflated.fault}" if inflated.fault else None
        if isinstance(head, str):
            return broken or (inflated if _BEGINS.search(text) else head)
        fields, begin, length = head
        end = begin + length
        is_followed = text[end : end + len(_END)] == _END and _VERSION.match(text, end + len(_END)) is not None
        if is_followed:
            return inflated
        if broken:
            return broken
        if inflated.goes_on:
            return self._large(at, fields, begin, length)
        if text[end:] != _END or (digests_hold(fields, text[begin:end]) is None and _swallows(text[begin:end])):
            goes_over = len(text) < end + len(_END) and self._is_continued(at + inflated.length)
            return inflated if goes_over or _BEGINS.search(text) else "length_wrong"
        block = text[begin:end]
        if digests_hold(fields, block) is False:
            return "digest_wrong"
        return Record(fields["warc-type"], fields, block, at, inflated.length, self)

    def _inflate(self, at: int) -> _Inflated:
        """What the member at ``at`` holds, up to one record of the greatest size that is held in memory."""
        limit = RECORD_LIMIT + _HEAD_LIMIT + len(_END)
        text = bytearray()
        for step in self._unpacked(at):
            text += step.piece
            if step.is_last or len(text) > limit:
                return _Inflated(bytes(text), step.used, step.fault, not step.is_last)
        return _Inflated(bytes(text), self.size - at, "cut")

    def _unpacked(self, at: int) -> Iterator[_Step]:
        """What the member at ``at`` unpacks to, piece by piece; no last one where the file is cut."""
        inflate, used, made = zlib.decompressobj(31), 0, 0
        place = at
        while True:
            self.file.seek(place)
            waiting = self.file.read(_STEP)
            place += len(waiting)
            if not waiting:
                return
            while waiting and not inflate.eof:
                try:
                    piece = inflate.decompress(waiting, _SMALL)
                except zlib.error:
                    yield _Step(b"", used, True, "damaged")
                    return
                used += len(waiting) - len(inflate.unconsumed_tail) - len(inflate.unused_data)
                made += len(piece)
                waiting = inflate.unconsumed_tail
                if made > max(_SMALL, used * RATIO_LIMIT):
                    yield _Step(b"", used, True, "too_large")
                    return
                yield _Step(piece, used, inflate.eof)
            if inflate.eof:
                return

    def _large(self, at: int, fields: dict[str, str], begin: int, length: int) -> Record | str:
        """A record too large for memory: unpacked to its end, shown by its beginning."""
        made, last, block = 0, b"", bytearray()
        step = _Step(b"", 0)
        for step in self._unpacked(at):
            made += len(step.piece)
            last = (last + step.piece)[-len(_END) :]
            if len(block) < begin + _HEAD_LIMIT:
                block += step.piece
        if not step.is_last or step.fault:
            return f"member_{step.fault or 'cut'}"
        if made != begin + length + len(_END) or last != _END:
            return "length_wrong"
        shown = bytes(block[begin : begin + _HEAD_LIMIT])
        return Record(fields["warc-type"], fields, shown, at, step.used, self, is_whole=False)

    def _several(self, at: int) -> Generator[Record | Torn, None, int]:
        """The records of a member that holds many, or of members that do not keep to records; where they end.

        They are unpacked to a temporary file first: only at a member's end its checksum tells whether all is as it was.
        """
        spool = self.spool(at)
        # What a cut leaves is as it was; what a fault of the data leaves is so only where a digest says it.
        yield from _Inner(self, at, trusted=spool.fault in (None, "cut"))
        if spool.fault is None:
            return spool.end
        yield Torn(f"member_{spool.fault}", spool.end, b"")
        return self._next_member(spool.end + 1)

    def spool(self, at: int) -> "_Spool":
        """What the member at ``at``, and those that go on with it, unpack to; of several the last used are kept."""
        found = self._spools.get(at)
        if found is None:
            while len(self._spools) >= _SPOOLS:
                self._spools.popitem(last=False)[1].file.close()
            found = self._spools[at] = _Spool(TemporaryFile(), at)  # noqa: SIM115 - it is closed when it is given up
            self._fill(found)
        self._spools.move_to_end(at)
        return found

    def _fill(self, spool: "_Spool") -> None:
        while True:
            length = self._unpack(spool.end, spool.file)
            if isinstance(length, str):
                spool.fault = length
                return
            spool.end += length
            if not self._is_continued(spool.end):
                return

    def _unpack(self, at: int, spool: IO[bytes]) -> int | str:
        """Put what a member holds into ``spool``: its length, or ``cut``, ``damaged``, ``too_large``."""
        for step in self._unpacked(at):
            spool.write(step.piece)
            if spool.tell() > UNPACKED_LIMIT:
                return "too_large"
            if step.is_last:
                return step.fault or step.used
        return "cut"

    def _is_continued(self, at: int) -> bool:
        """Whether a member stands at ``at`` that does not begin a record."""
        return self._read(at, 3) == _MAGIC and not self._begins_record(at)

    def _next_member(self, at: int) -> int:
        """Where from ``at`` on a gzip member begins whose text begins a record; the end of the file where none does."""
        while at < self.size:
            window = self._read(at, _WINDOW)
            begin = window.find(_MAGIC)
            while begin >= 0:
                if self._begins_record(at + begin):
                    return at + begin
                begin = window.find(_MAGIC, begin + 1)
            if len(window) < _WINDOW:
                break
            at += len(window) - len(_MAGIC) + 1
        return self.size

    def _begins_record(self, at: int) -> bool:
        try:
            return zlib.decompressobj(31).decompress(self._read(at, 4 << 10), 5) == b"WARC/"
        except zlib.error:
            return False


@dataclass(slots=True)
class _Spool:
    """A temporary file of what members unpack to; ``end``: where in the archive the next one begins, or the faulty one."""

    file: IO[bytes]
    end: int
    fault: str | None = None


class _Inner(ForeignWarc):
    """The records that a spool of ``outer`` holds; it may be given up between two readings, and is then made anew."""

    def __init__(self, outer: ForeignWarc, begin: int, trusted: bool) -> None:
        self.outer, self.begin = outer, begin
        super().__init__(outer.spool(begin).file, trusted)
        self.is_gzip = False

    def _read(self, at: int, length: int) -> bytes:
        self.file = self.outer.spool(self.begin).file
        return super()._read(at, length)


def read_head(text: bytes) -> tuple[dict[str, str], int, int] | str:
    """Fields, length of the header, and length of the block it states; or ``not_a_record``, ``head_faulty``."""
    if _VERSION.match(text) is None:
        return "not_a_record"
    end = _HEAD_END.search(text, 0, _HEAD_LIMIT)
    if end is None:
        return "head_faulty"
    fields: dict[str, str] = {}
    name = ""
    for line in text[: end.start()].split(b"\n")[1:]:
        plain = line.rstrip(b"\r").decode("utf-8", "replace")
        if plain[:1] in (" ", "\t") and name:
            fields[name] += " " + plain.strip()
            continue
        name, colon, value = plain.partition(":")
        name = name.strip().lower()
        if not colon or (name in fields and name in _REQUIRED):
            return "head_faulty"
        fields[name] = value.strip()
    stated = fields.get("content-length", "")
    if any(required not in fields for required in _REQUIRED) or not (stated.isascii() and stated.isdigit()):
        return "head_faulty"
    return (fields, end.end(), int(stated)) if len(stated) < 19 else "head_faulty"


def _swallows(block: bytes) -> bool:
    """Whether a block that no digest vouches for goes on into the next records, as a lying length would make it."""
    for tries, found in enumerate(_BEGINS.finditer(block)):
        begin = found.start() + 1
        # No page speaks of records so often; one made to cost time is told as what cannot be trusted.
        if tries >= _TRIES or not isinstance(read_head(block[begin : begin + _HEAD_LIMIT]), str):
            return True
    return False
