"""Take what a researcher holds into the archive: recognise, append, quarantine what is broken, count everything."""

import functools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from corpus.archive import Archive, Entry
from corpus.disk import Disk, is_no_space
from corpus.engine import ahead, workers_here
from corpus.errors import NoSpaceError, UserError
from corpus.identity import Keys, digest
from corpus.imports import Damaged, Held, Import, Item, Stub, Taken
from corpus.imports.files import SIDECARS
from corpus.imports.tables import mapping_for
from corpus.plugins import discover
from corpus.records import Source
from corpus.rednote.collected import PLATFORM as REDNOTE
from corpus.rednote.collected import safe_finding
from corpus.rednote.items import is_rednote
from corpus.study import Study
from corpus.tally import FileIntake, IntakeResult

BATCH = 1000
_BATCH_BYTES = 8 << 20
_HEAD = 64 << 10
_LARGE = 16 << 20
"""From so many bytes on a file is read in a process of its own, while this one writes."""
_BY_NAME = "files"
"""The kind that goes by file names alone, asked last; it takes a folder as a whole."""
_LAST = ("tables", _BY_NAME)
"""Kinds that know little of a file by its looks, asked after all others."""

FILES = Source(
    id="files",
    name="Files held by the researcher",
    kind="news",
    owner="private",
    owner_as_of="1970-01-01",
    owner_source="not classified: files without a source of the study",
    base_country="ZZ",
    languages=("und",),
    homepage=None,
)
"""The source of files that belong to none that the study names."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """A file, or a folder as a whole, and the import that takes it."""

    path: Path
    kind: str
    why: str


@functools.cache
def kinds() -> dict[str, Import]:
    """Every kind of file that can be imported, by name."""
    return discover("corpus.imports", "IMPORT", Import)


def kinds_told() -> str:
    """The kinds in words: what to show to a person whose file is of none."""
    return "; ".join(f"{name}: {one.title}" for name, one in sorted(kinds().items()))


def find(path: Path, kind: str | None = None) -> tuple[list[Found], list[Path]]:
    """What of ``path``, a file or a folder, can be imported, and the files of a folder that are of no known kind.

    With ``kind``, it is taken for that whatever it looks like. Raises UserError for a missing path, an unknown kind,
    and a file or folder of which nothing is known.
    """
    if kind is not None and kind not in kinds():
        raise UserError(f"no import is called {kind!r}", hint=f"the kinds are {kinds_told()}")
    if not path.exists():
        raise UserError("there is no such file or folder", where=path, hint="check the path")
    found, ignored = _find_in_folder(path, kind) if path.is_dir() else _find_file(path, kind)
    if not found:
        raise UserError(
            "nothing here is of a kind that can be imported", where=path, hint=f"the kinds are {kinds_told()}"
        )
    return found, ignored


def _find_file(path: Path, kind: str | None) -> tuple[list[Found], list[Path]]:
    if kind is not None:
        return [Found(path, kind, "as you said")], []
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=path, hint="check its permissions") from error
    for name, one in sorted(kinds().items(), key=lambda item: (item[0] in _LAST, item[0] == _BY_NAME, item[0])):
        why = one.recognise(path, head)
        if why:
            return [Found(path, name, why)], []
    return [], [path]


def _find_in_folder(folder: Path, kind: str | None) -> tuple[list[Found], list[Path]]:
    whole = [
        Found(folder, name, why if kind is None else "as you said")
        for name, one in sorted(kinds().items())
        if kind in (None, name) and (why := one.recognise(folder, b""))
    ]
    taken_by_name = any(one.kind == _BY_NAME for one in whole)
    if kind == _BY_NAME or (whole and not taken_by_name):
        return whole, []
    found, ignored = [], []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or (taken_by_name and path.name in SIDECARS):
            continue
        one, unknown = _find_file(path, kind)
        found += [file for file in one if file.kind != _BY_NAME]
        ignored += unknown
    return [*found, *whole], ignored


def intake(
    study: Study, paths: Sequence[Path], kind: str | None = None, say: Say | None = None, disk: Disk | None = None
) -> IntakeResult:
    """Import files and folders into the study's archive; what was archived before, byte for byte, is not taken twice.

    Raises UserError for paths and kinds that do not exist, for a table beside files that is faulty, and for items of a
    platform that the study does not name; NoSpaceError where the disk fills. What was committed until then stays, and
    the same command goes on from there.
    """
    tell = say or (lambda _: None)
    found: list[Found] = []
    ignored: list[Path] = []
    for path in paths:
        more, unknown = find(path, kind)
        strange = [] if kind or path.is_file() else [one for one in more if _is_unexplained(one, study)]
        found += [one for one in more if one not in strange]
        ignored += [*unknown, *(one.path for one in strange)]
    files = [FileIntake(str(one.path), one.kind, one.why) for one in found]
    try:
        with Archive(study.archive_folder, disk) as archive:
            taking = _Taking(study, archive, study.keys(), tell)
            for one, counted in zip(found, files, strict=True):
                tell(f"{one.path}: {one.kind} ({one.why})")
                taking.take(one, counted)
                tell(counted.summary())
    except (OSError, sqlite3.Error) as error:
        if is_no_space(error):
            raise NoSpaceError(
                "the disk is full",
                where=study.archive_folder,
                hint="make room and run the same command again; nothing is lost",
            ) from error
        raise
    for path in ignored:
        tell(f"{path}: of no known kind, left alone")
    advice = tuple(_advice(files))
    for line in advice:
        tell(line)
    return IntakeResult(tuple(files), tuple(str(path) for path in ignored), advice)


def _is_unexplained(found: Found, study: Study) -> bool:
    """Whether a table of a folder is one that the study says nothing of: the folder's other files are taken without it."""
    return found.kind == "tables" and mapping_for(found.path, held_by(study).tables) is None


def _advice(files: Sequence[FileIntake]) -> Iterator[str]:
    """What a kind of file says of the shapes that it holds: an import's `advice`, sentences by shape, where it has any."""
    for file in files:
        known: Mapping[str, str] = getattr(kinds()[file.kind], "advice", {})
        for name, sentence in sorted(known.items()):
            if name in file.shapes:
                yield f"{file.path}: {sentence.format(file.shapes[name].items)}"


def held_by(study: Study) -> Held:
    """What imports may know of a study."""
    hosts = {host: name for name, outlet in sorted(study.outlets.items()) for host in outlet.hosts}
    return Held(frozenset(study.outlets), hosts, study.file.table)


def _mark(entry: Entry) -> str:
    """Equal for two entries that would make one capture. A moment that is the file's own says nothing of the item."""
    moment = "" if "collected_at_unknown" in entry.problems else entry.fetched_at.isoformat()
    parts = (entry.url, entry.format, moment, digest(entry.body))
    return digest("\n".join(parts).encode("utf-8", "surrogateescape"))


def _items_of(asked: tuple[Found, Held]) -> Iterator[Item]:
    found, held = asked
    return kinds()[found.kind].items(found.path, held)


def _size(item: Item) -> int:
    if isinstance(item, Taken):
        item = item.entry
    return len(item.body) if isinstance(item, Entry) else len(item.raw) if isinstance(item, Damaged) else 0


class _Taking:
    """Hands items to the archive in batches; each batch and the note of what is in it become durable together."""

    def __init__(self, study: Study, archive: Archive, keys: Keys, say: Say) -> None:
        self.study = study
        self.archive = archive
        self.keys = keys
        self.say = say
        self.held = held_by(study)
        self.waiting: list[Entry] = []
        self.waiting_bytes = 0
        self.broken: list[tuple[str, str, str, int, str]] = []
        database = archive.database
        database.execute(
            "CREATE TABLE IF NOT EXISTS imported (digest TEXT PRIMARY KEY, url TEXT NOT NULL) WITHOUT ROWID"
        )
        database.execute("CREATE INDEX IF NOT EXISTS imported_url ON imported (url) WHERE url <> ''")
        database.execute(
            "CREATE TABLE IF NOT EXISTS quarantined (name TEXT PRIMARY KEY, kind TEXT NOT NULL, reason TEXT NOT NULL,"
            " position INTEGER NOT NULL, origin TEXT NOT NULL) WITHOUT ROWID"
        )

    def take(self, found: Found, counted: FileIntake) -> None:
        same_names = 0
        for item in self._items(found):
            if isinstance(item, Stub):
                counted.stubs[item.reason] += 1
            elif isinstance(item, Damaged):
                self._quarantine(item, found)
                counted.quarantined[item.reason] += 1
            else:
                if isinstance(item, Taken):
                    counted.shaped(item.shape, item.removed)
                    item = item.entry
                self.waiting.append(self._placed(item, found))
                self.waiting_bytes += len(item.body)
            if len(self.waiting) + len(self.broken) >= BATCH or self.waiting_bytes >= _BATCH_BYTES:
                same_names += self._commit(counted)
        same_names += self._commit(counted)
        if same_names:
            self.say(
                f"  {same_names} files have the path of one imported before but other bytes: they count as newer"
                " captures of the same document; rename the folder if they are others"
            )

    def _items(self, found: Found) -> Iterator[Item]:
        """The import's items. A file that cannot be read is the user's to mend, unlike an archive."""
        large = found.path.is_file() and found.path.stat().st_size >= _LARGE and workers_here() > 1
        asked = (found, self.held)
        items = ahead(_items_of, asked, _size) if large else iter(_items_of(asked))
        while True:
            try:
                item = next(items, None)
            except OSError as error:
                raise UserError(
                    f"cannot be read: {error.strerror}",
                    where=error.filename or found.path,
                    hint="mend it and run the same command again",
                ) from error
            if item is None:
                return
            yield item

    def _placed(self, entry: Entry, found: Found) -> Entry:
        source_id = entry.source_id
        if source_id not in self.held.source_ids:
            source_id = self._source(entry, found)
        if source_id == REDNOTE or entry.source_id == REDNOTE or is_rednote(entry.url):
            return replace(entry, source_id=source_id, finding=safe_finding(entry.finding, self.keys))
        return entry if source_id == entry.source_id else replace(entry, source_id=source_id)

    def _source(self, entry: Entry, found: Found) -> str:
        host = urlsplit(entry.url).hostname if entry.url.startswith("http") else None
        if host and (own := self.held.hosts.get(host) or self.held.hosts.get(host.removeprefix("www."))):
            return own
        if entry.source_id not in ("", FILES.id):
            raise UserError(
                f"holds items of {entry.source_id}, which the study does not name as a source",
                where=found.path,
                hint=f'add to {self.study.folder / "study.toml"}:\n\n    [[source]]\n    id = "{entry.source_id}"\n',
            )
        return FILES.id

    def _known(self, marks: Sequence[str]) -> set[str]:
        """Those of ``marks`` whose entries are in the archive."""
        places = ", ".join("?" * len(marks))
        rows = self.archive.database.execute(f"SELECT digest FROM imported WHERE digest IN ({places})", marks)
        return {row[0] for row in rows}

    def _same_name(self, name: str, names: Iterable[str]) -> bool:
        """Whether a file of this name was imported before, or stands among ``names``; "" is no name."""
        query = "SELECT 1 FROM imported WHERE url = ? AND url <> ''"
        return name != "" and (name in names or self.archive.database.execute(query, (name,)).fetchone() is not None)

    def _quarantine(self, item: Damaged, found: Found) -> None:
        name = f"import-{found.kind}-{item.position}-{digest(item.raw)[:16]}.bin"
        self.archive.quarantine(name, item.raw)
        self.broken.append((name, found.kind, item.reason, item.position, str(found.path)))

    def _commit(self, counted: FileIntake) -> int:
        """Archive what waits, but what is there already; how many of it are files of a name that is there already."""
        marks = [_mark(entry) for entry in self.waiting]
        known, broken, same_names = self._known(marks), self.broken, 0
        new: dict[str, str] = {}
        for mark, entry in zip(marks, self.waiting, strict=True):
            if mark in known or mark in new:
                counted.already += 1
                continue
            name = entry.url if entry.url.startswith("urn:huanying:file:") else ""
            same_names += self._same_name(name, new.values())
            self.archive.append(entry)
            new[mark] = name
            counted.kept += 1

        def note(database: sqlite3.Connection) -> None:
            database.executemany("INSERT OR IGNORE INTO imported (digest, url) VALUES (?, ?)", list(new.items()))
            database.executemany("INSERT OR REPLACE INTO quarantined VALUES (?, ?, ?, ?, ?)", broken)

        self.archive.commit(note)
        self.waiting, self.waiting_bytes, self.broken = [], 0, []
        return same_names
