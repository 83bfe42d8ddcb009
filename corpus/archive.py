"""The archive: entries appended to WARC files durably, and read back strictly."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from corpus.decoding import decode_content
from corpus.disk import Disk
from corpus.errors import ArchiveError, UserError
from corpus.identity import Keys, digest
from corpus.records import Capture
from corpus.warc import Entry, entry_of, members, split_media_type, strict_records, warcinfo

__all__ = [
    "Archive",
    "Damage",
    "Entry",
    "Place",
    "journal",
    "open_database",
    "read_captures",
    "read_entry",
    "split_media_type",
    "transaction",
    "verify_archive",
]

DATABASE = "frontier.sqlite"
ROLL_BYTES = 1 << 30


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
        try:
            self.recovered_tails = self._cut_tails()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, entry: Entry) -> Place:
        """Hand an entry's records to the current file. Not durable, and not to be acted on, before `commit` returns."""
        data = b"".join(members(entry))
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
        if current and current.waiting:
            return current
        self.disk.require_space(self.folder)  # at the beginning of each batch
        if current and current.end + need <= ROLL_BYTES:
            return current
        if current:
            current.file.close()
        row = self.database.execute(
            "SELECT file, MAX(position + length) FROM journal GROUP BY file ORDER BY file DESC"
        ).fetchone()
        number = 0 if row is None else int(row[0].split(".")[0])
        end = 0 if row is None else int(row[1])
        if end + need > ROLL_BYTES:
            number, end = number + 1, 0
        name = f"{number:05d}.warc.gz"
        file = self.disk.append(self.folder / name)
        self._open = _Open(name, file, end)
        if end == 0:
            self.disk.sync_folder(self.folder)
            data = warcinfo(name)
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


class transaction:
    """``with transaction(database):`` commits at the end and rolls back on any exception."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def __enter__(self) -> None:
        self.database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            try:
                self.database.execute("COMMIT")
                return
            except sqlite3.Error:
                self._roll_back()
                raise
        self._roll_back()

    def _roll_back(self) -> None:
        """Where the disk is full SQLite may have rolled back by itself, and then says that there is nothing to do."""
        if self.database.in_transaction:
            self.database.execute("ROLLBACK")


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
            return _entry_at(file, path, place)
    except OSError as error:
        raise ArchiveError(f"cannot be read: {error.strerror}", path=path, offset=place.offset) from error


def _entry_at(file: BinaryIO, path: Path, place: Place) -> Entry:
    file.seek(place.offset)
    data = file.read(place.length)
    if digest(data) != place.sha256:
        raise ArchiveError("bytes differ from the journal's digest", path=path, offset=place.offset)
    entry = entry_of(strict_records(data, path, place.offset))
    if entry is None:
        raise ArchiveError("entry without its content or what is known of it", path=path, offset=place.offset)
    return entry


def read_captures(folder: Path, places: list[Place], keys: Keys) -> Iterator[tuple[Place, Capture | Damage]]:
    """Each place with its capture, content decoded, or with the reason why it cannot be read."""
    files: dict[str, BinaryIO] = {}
    with ExitStack() as opened:
        for place in places:
            path = folder / place.file
            try:
                if place.file not in files:
                    files[place.file] = opened.enter_context(path.open("rb"))
                found: Capture | Damage = capture_of(_entry_at(files[place.file], path, place), place, keys)
            except ArchiveError as error:
                found = Damage(place, error.what)
            except OSError as error:
                found = Damage(place, f"cannot be read: {error.strerror}")
            yield place, found


_CONDITIONS = frozenset({"if-none-match", "if-modified-since"})


def capture_of(entry: Entry, place: Place, keys: Keys) -> Capture:
    """An entry as readers see it: content decoded, with its keyed id."""
    body, problems = decode_content(entry.body, entry.header("Content-Encoding"))
    media_type, charset = split_media_type(entry.header("Content-Type"))
    payload = digest(entry.body)
    if entry.status == 304 and not any(name.lower() in _CONDITIONS for name, _ in entry.request_headers):
        problems = (*problems, "unconditional")
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


def verify_archive(folder: Path) -> int:
    """Read every acknowledged entry back strictly; their number. Raises ArchiveError at the first that is damaged."""
    places = journal(folder)
    for place in places:
        read_entry(folder, place)
    return len(places)
