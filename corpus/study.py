"""Load and check study.toml and the outlets it names; the only reader of the environment."""

import csv
import difflib
import ipaddress
import json
import os
import secrets
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import TypeAdapter, ValidationError

from corpus.errors import RefusedError, UserError
from corpus.faults import describe, line_of, load_table, read_toml
from corpus.identity import Keys, digest
from corpus.records import Source
from corpus.studyfile import (
    About,
    Budget,
    Event,
    Files,
    Language,
    Layout,
    Outlet,
    Part,
    Politeness,
    Queries,
    Release,
    SourceChoice,
    StudyFile,
    StudyWord,
    Window,
)

__all__ = [
    "About",
    "Budget",
    "Event",
    "Files",
    "Language",
    "Layout",
    "Outlet",
    "Part",
    "Politeness",
    "Queries",
    "Release",
    "SourceChoice",
    "Study",
    "StudyFile",
    "StudyWord",
    "Window",
    "chromium_named",
    "forbid_key_place",
    "key_folder",
    "line_of",
    "load_events",
    "load_study",
    "load_table",
    "secret_named",
]

OUTLETS = Path(__file__).resolve().parent.parent / "spiders" / "outlets"
STUDY_FILE = "study.toml"
_COMPANIONS = ("themes", "stance", "emotions", "events")
_EVENT_COLUMNS = frozenset(name for name, field in Event.model_fields.items() if field.is_required())
_LEAST_DELAY = 1.0  # seconds; less only where the study serves the host itself


class Study:
    """A study folder: its file, checked, and the places of everything in it."""

    def __init__(self, folder: Path, file: StudyFile, outlets: dict[str, Outlet]) -> None:
        self.folder = folder
        self.file = file
        self.outlets = outlets

    @property
    def id(self) -> str:
        return self.file.study.id

    @property
    def archive_folder(self) -> Path:
        return self.folder / "archive"

    @property
    def corpus_folder(self) -> Path:
        return self.folder / "corpus"

    @property
    def report_folder(self) -> Path:
        return self.folder / "report"

    @property
    def log_folder(self) -> Path:
        return self.folder / "log"

    @property
    def key_path(self) -> Path:
        """Where the study's key lies, or will."""
        return key_folder() / f"{self.id}.key"

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(self.outlets[name].source(name) for name in sorted(self.outlets))

    def document_file(self, name: Literal["themes", "stance", "emotions", "events"]) -> Path | None:
        """Place of a companion file of the study, or None where the study names none."""
        value: str | None = getattr(self.file.files, name)
        return None if value is None else self.folder / value

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what shapes the corpus: all of the study but where it is served and how politely it is asked."""
        shaped = self.file.model_dump(mode="json", exclude={"loopback", "test_ca", "politeness", "budget"})
        outlets = {name: outlet.model_dump(mode="json") for name, outlet in sorted(self.outlets.items())}
        return digest(json.dumps([shaped, outlets], ensure_ascii=False, sort_keys=True).encode())

    def loopback_address(self, host: str) -> tuple[str, int] | None:
        """Address and port at which the study serves an invented host name on this machine."""
        place = self.file.loopback.get(host.lower().rstrip("."))
        if place is None:
            return None
        address, _, port = place.rpartition(":")
        return str(ipaddress.ip_address(address.strip("[]"))), int(port)

    def keys(self) -> Keys:
        """The study's secret, made at first use, 0600, outside the study folder and outside any git tree.

        Raises RefusedError where it would lie in one or others may read it, UserError where it is no key.
        """
        path = self.key_path
        forbid_key_place(path, self.folder)
        if not path.exists():
            _make_key(path)
        elif path.stat().st_mode & 0o077:
            raise RefusedError("the study key can be read by others", where=path, hint=f"chmod 600 {path}")
        try:
            return Keys(bytes.fromhex(path.read_text(encoding="ascii").strip()))
        except ValueError as error:
            raise UserError(
                "is no study key (64 hex digits)", where=path, hint="restore it from your backup: ids depend on it"
            ) from error


def _make_key(path: Path) -> None:
    """A new key, there whole or not at all, durable, and never over one that another process made meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(part, path)
    part.unlink()


def key_folder() -> Path:
    """Where study keys lie: HUANYING_KEYS, else the user's data folder."""
    named = os.environ.get("HUANYING_KEYS")
    return Path(named).expanduser() if named else Path(platformdirs.user_data_dir("huanying")) / "keys"


def chromium_named() -> str | None:
    """The browser that the user named, if any."""
    return os.environ.get("HUANYING_CHROMIUM")


def secret_named(variable: str) -> str | None:
    """The secret in an environment variable of ours, for whoever must show it; it is written nowhere."""
    return os.environ.get(variable, "").strip() or None if variable.startswith("HUANYING_") else None


def playwright_folder() -> Path:
    """Where Playwright keeps the browsers that it downloads: PLAYWRIGHT_BROWSERS_PATH, else its usual place."""
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if named and named != "0":
        return Path(named).expanduser()
    caches = {"darwin": "Library/Caches", "win32": "AppData/Local"}
    return Path.home() / caches.get(sys.platform, ".cache") / "ms-playwright"


def forbid_key_place(path: Path, study_folder: Path) -> None:
    """Raises RefusedError where a key would lie in the study folder or in a git tree: it would be shared with them."""
    places, hint = path.resolve().parents, "set HUANYING_KEYS to a place outside"
    if study_folder.resolve() in places:
        raise RefusedError("the study key may not lie in the study folder", where=path, hint=hint)
    for parent in places:
        if (parent / ".git").exists():
            raise RefusedError(f"the study key may not lie in a git tree ({parent})", where=path, hint=hint)


def load_study(folder: Path) -> Study:
    """Read ``folder/study.toml`` and the outlets it names: from ``folder/outlets/`` first, then from the catalogue.

    Raises UserError with every fault of every file at once, each with its line and a hint.
    """
    path = folder / STUDY_FILE
    if not path.is_file():
        raise UserError(
            "no study here", where=path, hint="`huanying init DIR` writes one; --study DIR names another folder"
        )
    content, text, faults = read_toml(path)
    file: StudyFile | None = None
    outlets: dict[str, Outlet] = {}
    if content is not None:
        try:
            file = StudyFile.model_validate(content)
        except ValidationError as error:
            faults += describe(path, text, StudyFile, error)
        faults += _faults_of_study(path, text, content)
        outlets, more = _load_outlets(path, text, content)
        faults += more
    if file is None or faults:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise UserError(
            f"{count} in the study's files\n" + "\n".join(faults), hint="mend them and run `huanying check`"
        )
    return Study(folder, file, outlets)


def _right(content: Mapping[str, Any], name: str) -> Any:
    """The part ``name`` of a study file where it is right by itself, else None.

    So one wrong table does not hide the faults of others.
    """
    form: Any = StudyFile.model_fields[name].annotation
    if name not in content:
        return None
    try:
        return TypeAdapter(form).validate_python(content[name])
    except ValidationError:
        return None


def _choices(content: Mapping[str, Any]) -> list[tuple[int, SourceChoice]]:
    rows = content.get("source")
    found = []
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        with suppress(ValidationError):
            found.append((index, SourceChoice.model_validate(row)))
    return found


def _faults_of_study(path: Path, text: str, content: Mapping[str, Any]) -> list[str]:
    """What is wrong between the parts of a study file, or between it and the folder."""
    faults: list[str] = []

    def fault(what: str, *where: str | int) -> None:
        faults.append(f"  {path}:{line_of(text, where)}: {'.'.join(map(str, where))}: {what}")

    window: Window | None = _right(content, "window")
    if window and window.end < window.start:
        fault("lies before window.start", "window", "end")
    names = [choice.id for _, choice in _choices(content)]
    for number, (index, choice) in enumerate(_choices(content)):
        if choice.id in names[:number]:
            fault(f"{choice.id!r} is named twice", "source", index, "id")
    tables = [table.source for table in _right(content, "table") or ()]
    for index, name in [(index, name) for index, name in enumerate(tables) if name not in names]:
        fault(f"{name!r} is no [[source]] of this study", "table", index, "source")
    files: Files = _right(content, "files") or Files()
    for key in _COMPANIONS:
        value = getattr(files, key)
        if value is not None and not (path.parent / value).is_file():
            fault(f"there is no file {path.parent / value}", "files", key)
    if files.events and (path.parent / files.events).is_file():
        faults += _read_events(path.parent / files.events)[1]
    loopback = _right(content, "loopback") or {}
    politeness: Politeness = _right(content, "politeness") or Politeness()
    if politeness.delay < _LEAST_DELAY and not loopback:
        fault("under 1 second only on [loopback] names", "politeness", "delay")
    authority = content.get("test_ca")
    if isinstance(authority, str) and not loopback:
        fault("is for [loopback] names, and there are none", "test_ca")
    elif isinstance(authority, str) and not (path.parent / authority).is_file():
        fault(f"there is no file {path.parent / authority}", "test_ca")
    return faults


def _load_outlets(path: Path, text: str, content: Mapping[str, Any]) -> tuple[dict[str, Outlet], list[str]]:
    """The outlets that a study names, and the faults of their files."""
    outlets: dict[str, Outlet] = {}
    faults: list[str] = []
    loopback = _right(content, "loopback") or {}
    politeness: Politeness = _right(content, "politeness") or Politeness()
    done: set[str] = set()
    for index, choice in _choices(content):
        if choice.id in done:
            continue
        done.add(choice.id)
        places = [folder / f"{choice.id}.toml" for folder in (path.parent / "outlets", OUTLETS)]
        place = next((one for one in places if one.is_file()), None)
        if place is None:
            line = line_of(text, ("source", index, "id"))
            faults.append(f"  {path}:{line}: source.{index}.id: {_unknown_outlet(choice.id, path.parent)}")
            continue
        outlet, more = load_table(place, Outlet)
        faults += more
        if outlet is not None:
            outlets[choice.id] = outlet
            faults += _faults_of_outlet(place, outlet, politeness.delay, loopback)
    return outlets, faults


def _faults_of_outlet(path: Path, outlet: Outlet, delay: float, loopback: Mapping[str, str]) -> list[str]:
    text = path.read_text(encoding="utf-8-sig")
    faults = []
    for key, index, url in outlet.addresses:
        host = (urlsplit(url).hostname or "").rstrip(".")
        if host not in outlet.hosts:
            line = line_of(text, (key, index), url)
            faults.append(f"  {path}:{line}: {key}.{index}: {host} is not among hosts, so it would never be asked")
    abroad = [host for host in outlet.hosts if host not in loopback]
    if max(delay, outlet.delay or 0.0) < _LEAST_DELAY and loopback and abroad:
        line = line_of(text, ("hosts",))
        faults.append(
            f"  {path}:{line}: hosts: {abroad[0]} is no [loopback] name: a pause under 1 second is not for it"
        )
    return faults


def _unknown_outlet(name: str, folder: Path) -> str:
    known = sorted(
        {file.stem for place in (folder / "outlets", OUTLETS) if place.is_dir() for file in place.glob("*.toml")}
    )
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"write {folder / 'outlets' / (name + '.toml')}"
    return f"there is no outlet {name!r}; {hint}"


def load_events(path: Path) -> list[Event]:
    """The study's events, earliest first; raises UserError with every fault and its line."""
    events, faults = _read_events(path)
    if faults:
        raise UserError("faults in the events file\n" + "\n".join(faults), hint="mend them and run `huanying check`")
    return sorted(events, key=lambda event: (event.at, event.event_id))


def _read_events(path: Path) -> tuple[list[Event], list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [f"  {path}: not UTF-8 at byte {error.start}: save it as UTF-8"]
    except OSError as error:
        return [], [f"  {path}: cannot be read: {error.strerror}"]
    events: list[Event] = []
    faults: list[str] = []
    rows = csv.DictReader(text.splitlines(keepends=True), restkey="too many cells", restval="", strict=True)
    try:
        missing = _EVENT_COLUMNS - set(rows.fieldnames or ())
        if missing:
            return [], [f"  {path}:1: without the column {', '.join(sorted(missing))}"]
        for row in rows:
            event, more = _event(path, rows.line_num, row)
            faults += more
            events += [event] if event else []
    except csv.Error as error:
        faults.append(f"  {path}:{rows.line_num}: not CSV: {error}")
    return events, faults + _named_twice(path, events)


def _event(path: Path, line: int, row: Mapping[str, Any]) -> tuple[Event | None, list[str]]:
    try:
        return Event.model_validate(row), []
    except ValidationError as error:
        items = [
            (".".join(map(str, item["loc"])) or "row", item["msg"].removeprefix("Value error, "))
            for item in error.errors()
        ]
        return None, [f"  {path}:{line}: {key}: {message}" for key, message in items]


def _named_twice(path: Path, events: Iterable[Event]) -> list[str]:
    seen: set[str] = set()
    faults = []
    for event in events:
        if event.event_id in seen:
            faults.append(f"  {path}: event_id {event.event_id!r} is used twice")
        seen.add(event.event_id)
    return faults
