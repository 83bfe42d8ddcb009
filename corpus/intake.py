"""Take what a researcher holds into the archive: recognise, append, quarantine what is broken, count everything."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from corpus.archive import Archive, Entry
from corpus.disk import Disk, is_no_space
from corpus.engine import ahead, workers_here
from corpus.errors import NoSpaceError, UserError
from corpus.identity import Keys, digest
from corpus.imports import Damaged, Held, Item, Stub, Taken
from corpus.imports.tables import mapping_for
from corpus.recognition import Found, find, kinds, why_unknown
from corpus.records import Source
from corpus.rednote.collected import PLATFORM as REDNOTE
from corpus.rednote.collected import safe_finding
from corpus.rednote.items import is_rednote
from corpus.secrets import blanked, clean_text
from corpus.study import Study
from corpus.tally import FileIntake, IntakeResult

BATCH = 1000
_BATCH_BYTES = 8 << 20
_LARGE = 16 << 20
"""From so many bytes on a file is read in a process of its own, while this one writes."""
_OF_MANY = frozenset({"har", "warc", "wacz", "zeeschuimer"})
"""Kinds of which a file holds items of many sources: one that the study does not name stops none of the others."""

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


def intake(
    study: Study, paths: Sequence[Path], kind: str | None = None, say: Say | None = None, disk: Disk | None = None
) -> IntakeResult:
    """Import files and folders into the study's archive; what was archived before, byte for byte, is not taken twice.

    Raises UserError for paths and kinds that do not exist, and where there is but one file, for what keeps it from being
    taken: a faulty table beside files, items of a platform that the study does not name. Of several files each is taken
    that can be, and the result tells the faults of the others. Raises NoSpaceError where the disk fills. What was
    committed until then stays, and the same command goes on from there.
    """
    tell = say or (lambda _: None)
    plan = _planned(study, paths, kind)
    try:
        with Archive(study.archive_folder, disk) as archive:
            taking = _Taking(study, archive, study.keys(), tell)
            for one, counted in plan.files:
                if one is not None:
                    tell(f"{one.path}: {one.kind} ({one.why})")
                    _take(taking, one, counted, is_alone=len(plan.files) == 1)
                tell(f"{counted.path}: not taken: {counted.fault}" if counted.fault else counted.summary())
    except (OSError, sqlite3.Error) as error:
        if is_no_space(error):
            raise NoSpaceError(
                "the disk is full",
                where=study.archive_folder,
                hint="make room and run the same command again; nothing is lost",
            ) from error
        raise
    for path, why in plan.ignored.items():
        tell(f"{path}: {why}, left alone")
    files = tuple(counted for _, counted in plan.files)
    advice = tuple(_advice(files, study))
    for line in advice:
        tell(line)
    return IntakeResult(files, tuple(map(str, plan.ignored)), advice)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The files to take, each with its count (None: what kept it from being found out is in the count), and those left alone."""

    files: list[tuple[Found | None, FileIntake]]
    ignored: dict[Path, str]


def _planned(study: Study, paths: Sequence[Path], kind: str | None) -> _Plan:
    plan = _Plan([], {})
    for path in paths:
        try:
            more, unknown = find(path, kind)
        except UserError as error:
            if len(paths) == 1 or not path.exists() or (kind is not None and kind not in kinds()):
                raise
            plan.files.append((None, FileIntake(str(path), kind or "", "", fault=_fault(error, path))))
            continue
        plan.ignored.update((one, (why_unknown(one) or ("of no known kind",))[0]) for one in unknown)
        for found in more:
            if kind or path.is_file() or not _is_unexplained(found, study):
                plan.files.append((found, FileIntake(str(found.path), found.kind, found.why)))
            else:
                plan.ignored[found.path] = "a table for which the study has no mapping"
    return plan


def _take(taking: "_Taking", found: Found, counted: FileIntake, *, is_alone: bool) -> None:
    """Take a file; where there are others, what keeps it from being taken is noted, and they go on."""
    try:
        taking.take(found, counted)
    except UserError as error:
        if is_alone:
            raise
        counted.fault = _fault(error, found.path)


def _fault(error: UserError, path: Path) -> str:
    """What is wrong and what to do, without the path where that stands beside it."""
    return str(error).removeprefix(f"{path}: ")


def _is_unexplained(found: Found, study: Study) -> bool:
    """Whether a table of a folder is one that the study says nothing of: the folder's other files are taken without it."""
    return found.kind == "tables" and mapping_for(found.path, held_by(study).tables) is None


def _advice(files: Sequence[FileIntake], study: Study) -> Iterator[str]:
    """What a kind of file says of the shapes that it holds (an import's `advice`, sentences by shape, where it has any);
    the platforms to name so that their items be taken; and which files held nothing."""
    for file in files:
        known: Mapping[str, str] = getattr(kinds().get(file.kind), "advice", {})
        for name, sentence in sorted(known.items()):
            if name in file.shapes:
                yield f"{file.path}: {sentence.format(file.shapes[name].items)}"
        for source_id, count in sorted(file.not_named.items()):
            yield f"{file.path}: {count} {_told_to_name(source_id, study)}"
        if not file.seen and not file.fault:
            yield f"{file.path}: holds no items; see whether its export went through"


def _told_to_name(source_id: str, study: Study) -> str:
    return (
        f"items of {source_id} were left out, which the study does not name as a source;"
        f" to have them, {_naming(source_id, study)}"
    )


def _naming(source_id: str, study: Study) -> str:
    return f'add to {study.folder / "study.toml"}:\n\n    [[source]]\n    id = "{source_id}"\n'


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
        """Raises UserError for what only a person can mend; what came before it is archived."""
        same_names = 0
        try:
            for item in self._items(found):
                self._one(item, found, counted)
                if len(self.waiting) + len(self.broken) >= BATCH or self.waiting_bytes >= _BATCH_BYTES:
                    same_names += self._commit(counted)
        except UserError:
            self._commit(counted)
            raise
        same_names += self._commit(counted)
        if same_names:
            self.say(
                f"  {same_names} files have the path of one imported before but other bytes: they count as newer"
                " captures of the same document; rename the folder if they are others"
            )

    def _one(self, item: Item, found: Found, counted: FileIntake) -> None:
        if isinstance(item, Stub):
            counted.stubs[item.reason] += 1
        elif isinstance(item, Damaged):
            self._quarantine(item, found)
            counted.quarantined[item.reason] += 1
        else:
            entry = item.entry if isinstance(item, Taken) else item
            placed = self._placed(entry, found)
            if placed is None:
                counted.left_out(entry.source_id)
                return
            if isinstance(item, Taken):
                counted.shaped(item.shape, item.removed)
            finding = placed.finding
            if finding.value or finding.title:
                value, title = (text and clean_text(text)[0] for text in (finding.value, finding.title))
                placed = replace(placed, finding=replace(finding, value=value, title=title))
            self.waiting.append(placed)
            self.waiting_bytes += len(placed.body)

    def _items(self, found: Found) -> Iterator[Item]:
        """The import's items. A file that cannot be read is the user's to mend, unlike an archive."""
        large = found.path.is_file() and found.path.stat().st_size >= _LARGE and workers_here() > 1
        asked = (found, self.held)
        items = ahead(_items_of, asked, _size) if large else iter(_items_of(asked))
        while True:
            try:
                item = next(items, None)
            except OSError as error:
                if is_no_space(error):  # reading writes nothing but what it unpacks for a while
                    raise NoSpaceError(
                        "the disk is full, where what is packed is unpacked for a while",
                        where=tempfile.gettempdir(),
                        hint="make room there, or name another folder as TMPDIR, and run the same command again",
                    ) from error
                raise UserError(
                    f"cannot be read: {error.strerror}",
                    where=error.filename or found.path,
                    hint="mend it and run the same command again",
                ) from error
            if item is None:
                return
            yield item

    def _placed(self, entry: Entry, found: Found) -> Entry | None:
        """The entry with its source; None where that is one of many in its file, and one that the study does not name."""
        source_id: str | None = entry.source_id
        if source_id not in self.held.source_ids:
            source_id = self._source(entry, found)
        if source_id is None:
            return None
        if source_id == REDNOTE or entry.source_id == REDNOTE or is_rednote(entry.url):
            return replace(entry, source_id=source_id, finding=safe_finding(entry.finding, self.keys))
        return entry if source_id == entry.source_id else replace(entry, source_id=source_id)

    def _source(self, entry: Entry, found: Found) -> str | None:
        host = urlsplit(entry.url).hostname if entry.url.startswith("http") else None
        if host and (own := self.held.hosts.get(host) or self.held.hosts.get(host.removeprefix("www."))):
            return own
        if entry.source_id in ("", FILES.id):
            return FILES.id
        if found.kind in _OF_MANY and (found.kind, entry.source_id) != ("zeeschuimer", REDNOTE):
            return None
        raise UserError(
            f"holds items of {entry.source_id}, which the study does not name as a source",
            where=found.path,
            hint=_naming(entry.source_id, self.study),
        )

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
        self.archive.quarantine(name, blanked(item.raw))
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
