"""The archive: entries appended to WARC files durably, and read back strictly."""

import base64
import fcntl
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO

from corpus.decoding import decode_content
from corpus.disk import Disk
from corpus.errors import ArchiveError, UserError
from corpus.identity import Keys, digest
from corpus.records import Capture, Finding, How, Permission

DATABASE = "frontier.sqlite"
ROLL_BYTES = 1 << 30
_MEMBER_LIMIT = 128 << 20
_CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be archived: bytes as they came and all that is known of how. `fetched_at` is UTC."""

    source_id: str
    url: str
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    """Of the response; for an import, at least its Content-Type."""
    body: bytes
    """As sent: still content-encoded where `headers` say so."""
    how: How
    format: str
    finding: Finding
    permission: Permission
    request_headers: tuple[tuple[str, str], ...] = ()
    address: str | None = None
    """The address that was dialled."""
    problems: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: its records are `length` bytes of whole gzip members from `offset` of `file`."""

    file: str
    offset: int
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Damage:
    """An entry that cannot be read back as it was written."""

    place: Place
    reason: str


@dataclass(slots=True)
class _Open:
    name: str
    file: BinaryIO
    end: int
    """Bytes of it that are journalled or waiting to be."""
    waiting: list[Place] = field(default_factory=list)


class Archive:
    """The one writer of a study's archive; a context manager. One process a study holds it at a time.

    `append` hands bytes to the file; `commit` makes them durable: fsync of the WARC, then one SQLite transaction with
    their journal rows and whatever the caller adds to it. Only what `commit` has returned for is acknowledged. On
    opening, bytes after the journal's end are moved to ``quarantine/``.

    Raises UserError where another process holds the archive.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self.disk = disk or Disk()
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(folder)
        self.database = open_database(folder)
        self._open: _Open | None = None
        self.recovered_tails = self._cut_tails()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, entry: Entry) -> Place:
        """Hand an entry's records to the current file. Not durable, and not to be acted on, before `commit` returns."""
        data = b"".join(_members(entry))
        current = self._current(len(data))
        place = Place(current.name, current.end, len(data), digest(data))
        self.disk.write(current.file, data)
        current.end += len(data)
        current.waiting.append(place)
        return place

    def commit(self, also: Callable[[sqlite3.Connection], None] | None = None) -> int:
        """Make everything appended durable, with ``also``'s statements in the same transaction; the count of entries.

        After an exception nothing of the batch counts: reopen the archive to go on.
        """
        current = self._open
        places = current.waiting if current else []
        if current and places:
            self.disk.sync(current.file)
        with transaction(self.database):
            self.database.executemany(
                "INSERT INTO journal (file, position, length, sha256) VALUES (?, ?, ?, ?)",
                [(place.file, place.offset, place.length, place.sha256) for place in places],
            )
            if also:
                also(self.database)
        if current:
            current.waiting = []
        return len(places)

    def quarantine(self, name: str, data: bytes) -> Path:
        """Keep bytes that could not be taken; ``name`` is made from counters and digests only."""
        folder = self.folder / "quarantine"
        folder.mkdir(exist_ok=True)
        path = folder / name
        self.disk.write_whole(path, data)
        return path

    def close(self) -> None:
        """Let go without committing: an uncommitted tail is cut at the next opening."""
        if self._open:
            with suppress(OSError):
                self._open.file.close()
            self._open = None
        self.database.close()
        self._lock.close()

    def _current(self, need: int) -> _Open:
        current = self._open
        if current and (current.waiting or current.end + need <= ROLL_BYTES):
            return current
        if current:
            current.file.close()
        self.disk.require_space(self.folder)
        row = self.database.execute("SELECT file, MAX(position + length) FROM journal GROUP BY file ORDER BY file DESC").fetchone()
        number = 0 if row is None else int(row[0].split(".")[0])
        end = 0 if row is None else int(row[1])
        if end + need > ROLL_BYTES:
            number, end = number + 1, 0
        name = f"{number:05d}.warc.gz"
        file = self.disk.append(self.folder / name)
        self._open = _Open(name, file, end)
        if end == 0:
            self.disk.sync_folder(self.folder)
            data = _warcinfo(name)
            self.disk.write(file, data)
            self._open.end = len(data)
        return self._open

    def _cut_tails(self) -> list[Path]:
        """Move what no journal row covers out of the WARC files: the torn end of a batch that was never acknowledged."""
        ends = dict(self.database.execute("SELECT file, MAX(position + length) FROM journal GROUP BY file").fetchall())
        moved = []
        for path in sorted(self.folder.glob("*.warc.gz")):
            end, size = int(ends.get(path.name, 0)), path.stat().st_size
            if size < end:
                raise ArchiveError("is shorter than its journal says", path=path, offset=size)
            if size > end:
                with path.open("rb") as file:
                    file.seek(end)
                    tail = file.read()
                moved.append(self.quarantine(f"tail-{path.name[:5]}-{end}-{digest(tail)[:12]}.bin", tail))
                self.disk.truncate(path, end)
        return moved


class transaction:  # noqa: N801 - reads as a statement
    """``with transaction(database):`` commits at the end and rolls back on any exception."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def __enter__(self) -> None:
        self.database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.database.execute("COMMIT" if kind is None else "ROLLBACK")


def open_database(folder: Path) -> sqlite3.Connection:
    """The study's one database: the journal here, the frontier's tables beside it; WAL, synchronous FULL."""
    database = sqlite3.connect(folder / DATABASE, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(
        "CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY, file TEXT NOT NULL, position INTEGER NOT NULL,"
        " length INTEGER NOT NULL, sha256 TEXT NOT NULL, UNIQUE (file, position))"
    )
    return database


def _lock(folder: Path) -> BinaryIO:
    file = (folder / "lock").open("a+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        owner = file.read().decode("ascii", "replace").strip() or "unknown"
        file.close()
        raise UserError(
            f"another process works on this study (pid {owner})", where=folder, hint="wait for it to end, or stop it"
        ) from error
    file.truncate(0)
    file.write(f"{os.getpid()}\n".encode())
    file.flush()
    return file


# Writing. The records are put together here and not by the WARC library: measured, that is a sixth of its time
# (docs/decisions/0002-own-warc-writer.md); the library's own checker passes over what comes out.


def _members(entry: Entry) -> Iterator[bytes]:
    date = _warc_date(entry.fetched_at)
    payload = hashlib.sha256(entry.body).hexdigest()
    main_id = _record_id("main", entry.url, date, payload)
    if entry.how == "http":
        block = _http_head(f"HTTP/1.1 {entry.status} {_phrase(entry.status)}", entry.headers) + entry.body
        kind, media = "response", "application/http; msgtype=response"
    else:
        block = entry.body
        kind, media = ("conversion" if entry.how == "rendered" else "resource"), entry.header("Content-Type") or "application/octet-stream"
    head = [("WARC-Payload-Digest", f"sha256:{payload}")]
    if entry.address:
        head.append(("WARC-IP-Address", entry.address))
    if "truncated" in entry.problems:
        head.append(("WARC-Truncated", "length"))
    yield _member(kind, main_id, entry.url, date, media, block, head)
    beside = [("WARC-Concurrent-To", main_id)]
    if entry.request_headers:
        block = _http_head(f"GET {_path_of(entry.url)} HTTP/1.1", entry.request_headers)
        yield _member("request", _record_id("request", main_id), entry.url, date, "application/http; msgtype=request", block, beside)
    known = {
        "source_id": entry.source_id,
        "fetched_at": entry.fetched_at.isoformat(),
        "status": entry.status,
        "headers": [] if entry.how == "http" else [list(pair) for pair in entry.headers],
        "how": entry.how,
        "format": entry.format,
        "finding": _plain(entry.finding),
        "permission": _plain(entry.permission),
        "problems": list(entry.problems),
    }
    block = json.dumps(known, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    yield _member("metadata", _record_id("metadata", main_id), entry.url, date, "application/json", block, beside)


def _member(kind: str, record_id: str, url: str | None, date: str, media: str, block: bytes, more: list[tuple[str, str]]) -> bytes:
    lines = ["WARC/1.1", f"WARC-Type: {kind}", f"WARC-Record-ID: {record_id}", f"WARC-Date: {date}"]
    if url is not None:
        lines.append(f"WARC-Target-URI: {_one_line(url)}")
    lines += [f"{name}: {_one_line(value)}" for name, value in more]
    lines += [f"WARC-Block-Digest: sha256:{hashlib.sha256(block).hexdigest()}", f"Content-Type: {_one_line(media)}", f"Content-Length: {len(block)}"]
    squeezed = zlib.compressobj(6, zlib.DEFLATED, 31)
    head = "\r\n".join(lines).encode("utf-8", "replace")
    return squeezed.compress(head + b"\r\n\r\n" + block + b"\r\n\r\n") + squeezed.flush()


def _warcinfo(name: str) -> bytes:
    block = (
        b"software: Huanying\r\nformat: WARC File Format 1.1\r\n"
        b"description: payload bytes are as sent; reason phrase, header order and case, and transfer coding are not kept\r\n"
    )
    date = _warc_date(datetime.now(timezone.utc))
    return _member("warcinfo", _record_id("warcinfo", name, date), None, date, "application/warc-fields", block, [("WARC-Filename", name)])


def _record_id(*parts: str) -> str:
    name = hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"<urn:uuid:{name[:8]}-{name[8:12]}-8{name[13:16]}-8{name[17:20]}-{name[20:32]}>"


def _http_head(first: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [first, *(f"{name}: {_one_line(value)}" for name, value in headers)]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _path_of(url: str) -> str:
    after = url.split("://", 1)[-1]
    return "/" + after.split("/", 1)[1] if "/" in after else "/"


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


def _warc_date(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(record: Finding | Permission) -> dict[str, Any]:
    """What is known of a flat record, as plain data; `dataclasses.asdict` would copy each value deeply first."""
    known = ((name, getattr(record, name)) for name in record.__slots__)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in known if value is not None}


# Reading.


def journal(folder: Path) -> list[Place]:
    """Places of all acknowledged entries, in the order in which they were archived; empty where there is no archive."""
    if not (folder / DATABASE).is_file():
        return []
    database = open_database(folder)
    try:
        rows = database.execute("SELECT file, position, length, sha256 FROM journal ORDER BY id").fetchall()
    finally:
        database.close()
    return [Place(*row) for row in rows]


def read_entry(folder: Path, place: Place) -> Entry:
    """The entry at ``place``; raises ArchiveError where a byte of it is not as it was written."""
    path = folder / place.file
    try:
        with path.open("rb") as file:
            file.seek(place.offset)
            data = file.read(place.length)
    except OSError as error:
        raise ArchiveError(f"cannot be read: {error.strerror}", path=path, offset=place.offset) from error
    if digest(data) != place.sha256:
        raise ArchiveError("bytes differ from the journal's digest", path=path, offset=place.offset)
    records = [record for record in strict_records(data, path, place.offset) if record.kind != "warcinfo"]
    main = next((record for record in records if record.kind in ("response", "resource", "conversion")), None)
    beside = next((record for record in records if record.kind == "metadata"), None)
    if main is None or beside is None:
        raise ArchiveError("entry without its content or its metadata record", path=path, offset=place.offset)
    return _entry(main, beside, next((record for record in records if record.kind == "request"), None))


def read_captures(folder: Path, places: list[Place], keys: Keys) -> Iterator[tuple[Place, Capture | Damage]]:
    """Each place with its capture, content decoded, or with the reason why it cannot be read."""
    for place in places:
        try:
            yield place, _capture(read_entry(folder, place), place, keys)
        except ArchiveError as error:
            yield place, Damage(place, error.what)


def _capture(entry: Entry, place: Place, keys: Keys) -> Capture:
    body, problems = decode_content(entry.body, entry.header("Content-Encoding"))
    media_type, charset = split_media_type(entry.header("Content-Type"))
    payload = digest(entry.body)
    return Capture(
        id=keys.capture(entry.url, payload, entry.fetched_at.isoformat()),
        source_id=entry.source_id,
        url=entry.url,
        fetched_at=entry.fetched_at,
        status=entry.status,
        media_type=media_type,
        charset=charset,
        body=body,
        how=entry.how,
        format=entry.format,
        payload_digest=payload,
        finding=entry.finding,
        permission=entry.permission,
        location=entry.header("Location"),
        problems=tuple(sorted({*entry.problems, *problems})),
        warc_path=place.file,
        warc_offset=place.offset,
    )


def split_media_type(value: str | None) -> tuple[str, str | None]:
    """``text/html; charset=GBK`` as ``("text/html", "gbk")``."""
    parts = (value or "").split(";")
    charset = next((p.split("=", 1)[1].strip(" \"'").lower() for p in parts[1:] if p.strip().lower().startswith("charset=")), None)
    return parts[0].strip().lower() or "application/octet-stream", charset or None


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record of a WARC file, checked: length, required fields, digests."""

    kind: str
    fields: dict[str, str]
    block: bytes
    offset: int


def strict_records(data: bytes, path: Path, base: int = 0) -> Iterator[WarcRecord]:
    """Records of gzip members, one record a member; raises ArchiveError at the first that is not whole and true.

    Stricter than the common readers, which give a short record without a word where a file was cut: each member must
    end, hold exactly one record whose block has the length it states, be followed by two line ends, carry the required
    fields, and match its block digest.
    """
    position = 0
    while position < len(data):
        inflate = zlib.decompressobj(31)
        try:
            raw = inflate.decompress(data[position:], _MEMBER_LIMIT)
        except zlib.error as error:
            raise ArchiveError(f"damaged gzip member: {error}", path=path, offset=base + position) from error
        if not inflate.eof:
            raise ArchiveError("gzip member does not end", path=path, offset=base + position)
        yield _strict_record(raw, path, base + position)
        position = len(data) - len(inflate.unused_data)


def _strict_record(raw: bytes, path: Path, offset: int) -> WarcRecord:
    def wrong(what: str) -> ArchiveError:
        return ArchiveError(what, path=path, offset=offset)

    head, separator, rest = raw.partition(b"\r\n\r\n")
    if not separator or not head.startswith(b"WARC/1."):
        raise wrong("no WARC header")
    fields: dict[str, str] = {}
    for line in head.split(_CRLF)[1:]:
        name, colon, value = line.partition(b":")
        if not colon:
            raise wrong("header line without a colon")
        fields[name.strip().decode("utf-8", "replace").lower()] = value.strip().decode("utf-8", "replace")
    for name in ("warc-type", "warc-record-id", "warc-date", "content-length"):
        if name not in fields:
            raise wrong(f"required field {name} is missing")
    length = int(fields["content-length"]) if fields["content-length"].isdecimal() else -1
    block = rest[:length] if length >= 0 else b""
    if len(block) != length or rest[length:] != b"\r\n\r\n":
        raise wrong("block does not have the length it states")
    stated = fields.get("warc-block-digest")
    if stated and not _digest_holds(stated, block):
        raise wrong("block digest does not match")
    return WarcRecord(fields["warc-type"], fields, block, offset)


def _digest_holds(stated: str, block: bytes) -> bool:
    name, _, value = stated.partition(":")
    if name.lower() not in ("sha1", "sha256", "md5"):
        return True
    found = hashlib.new(name.lower(), block, usedforsecurity=False).digest()
    return value.strip("=").lower() in (found.hex(), base64.b32encode(found).decode().strip("=").lower())


def _entry(main: WarcRecord, beside: WarcRecord, request: WarcRecord | None) -> Entry:
    known = json.loads(beside.block)
    finding = dict(known["finding"])
    if "collected_at" in finding:
        finding["collected_at"] = datetime.fromisoformat(finding["collected_at"])
    entry = Entry(
        source_id=known["source_id"],
        url=main.fields["warc-target-uri"],
        fetched_at=datetime.fromisoformat(known["fetched_at"]),
        status=known["status"],
        headers=tuple((name, value) for name, value in known["headers"]),
        body=main.block,
        how=known["how"],
        format=known["format"],
        finding=Finding(**finding),
        permission=Permission(**known["permission"]),
        address=main.fields.get("warc-ip-address"),
        problems=tuple(known["problems"]),
    )
    if main.kind == "response":
        head, _, body = main.block.partition(b"\r\n\r\n")
        entry = replace(entry, headers=_header_pairs(head), body=body)
    if request is not None:
        entry = replace(entry, request_headers=_header_pairs(request.block.partition(b"\r\n\r\n")[0]))
    return entry


def _header_pairs(head: bytes) -> tuple[tuple[str, str], ...]:
    pairs = [line.decode("utf-8", "surrogateescape").partition(": ") for line in head.split(_CRLF)[1:]]
    return tuple((name, value) for name, _, value in pairs)


def verify_archive(folder: Path) -> int:
    """Read every acknowledged entry back strictly; their number. Raises ArchiveError at the first that is damaged."""
    places = journal(folder)
    for place in places:
        read_entry(folder, place)
    return len(places)
