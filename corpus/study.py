"""Load and check study.toml and the outlets it names; the only reader of the environment."""

import csv
import difflib
import ipaddress
import json
import os
import re
import secrets
import tomllib
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from corpus.errors import RefusedError, UserError
from corpus.identity import Keys, digest
from corpus.records import Source

OUTLETS = Path(__file__).resolve().parent.parent / "spiders" / "outlets"
STUDY_FILE = "study.toml"
Model = TypeVar("Model", bound=BaseModel)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no IANA time zone such as Asia/Shanghai") from error
    return name


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return text


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Zone = Annotated[str, AfterValidator(_zone)]
Regex = Annotated[str, AfterValidator(_pattern)]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/\S*)?$")]
Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+$")]


class Part(BaseModel):
    """A table of a file of ours: unknown keys are errors, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class About(Part):
    id: Identifier
    title: Filled
    purpose: Filled
    contact: Filled
    """A mail or web address at which whoever is crawled can reach you; it is sent with every request."""
    legal_basis: Filled
    ethics: str = ""
    retention: date | None = None


class Window(Part):
    """The days that are studied, first and last included, as days of `zone`."""

    start: date
    end: date
    zone: Zone = "Asia/Shanghai"


class Queries(Part):
    """Neutral words by which coverage is selected; never words of praise or blame."""

    zh: tuple[Filled, ...] = ()
    en: tuple[Filled, ...] = ()
    select: Literal["all", "title"] = "title"
    """``title``: ask for a page whose listed title holds a query or that is listed without a title; ``all``: every page."""


class SourceChoice(Part):
    id: Identifier
    pages: int | None = Field(default=None, ge=1)
    """At most so many pages of this source a run; the study's budget where absent."""


class Politeness(Part):
    """Seconds and sizes. A host's own Crawl-delay and Retry-After count where they ask for more."""

    delay: float = Field(default=5.0, ge=0.0, le=3600)
    timeout: float = Field(default=60.0, gt=0, le=600)
    body_mib: int = Field(default=16, ge=1, le=64)
    expansion: int = Field(default=200, ge=2, le=1000)
    """Largest ratio of a body after decompression to the bytes sent."""


class Budget(Part):
    pages_per_host: int = Field(default=2000, ge=1)
    pages_per_pattern: int = Field(default=500, ge=1)
    """Of addresses alike but for digits: what ends an endless calendar."""
    depth: int = Field(default=4, ge=0)
    attempts: int = Field(default=4, ge=1, le=20)


class StudyWord(Part):
    """A word that the segmenter must not cut. With dates, only in texts published from `start` to `end`."""

    text: Filled
    start: date | None = None
    end: date | None = None


class Language(Part):
    word: tuple[StudyWord, ...] = ()
    english: str = ""
    """Name of an installed spaCy pipeline for English; empty for rules and lemma look-up."""
    chinese: str = ""


class Files(Part):
    themes: str | None = None
    stance: str | None = None
    emotions: str | None = None
    events: str | None = None


class Release(Part):
    licence: str = "none stated"
    creators: tuple[Filled, ...] = ()
    version: str = "0.1.0"


class StudyFile(Part):
    """All of study.toml."""

    study: About
    window: Window
    queries: Queries = Queries()
    source: tuple[SourceChoice, ...] = ()
    politeness: Politeness = Politeness()
    budget: Budget = Budget()
    language: Language = Language()
    files: Files = Files()
    release: Release = Release()
    loopback: dict[Host, Annotated[str, StringConstraints(pattern=r"^(127\.\d+\.\d+\.\d+|\[::1\]):\d{1,5}$")]] = {}
    """Invented host names and where on this machine they are served: for tests and demonstrations only."""
    test_ca: str | None = None
    """A certificate authority that is trusted for the names of `loopback` and for no others."""


class Dated(Part):
    """A classification with its day and where it is said."""

    value: Filled
    as_of: date
    source: Filled


class OwnerDated(Dated):
    value: Literal["state", "public", "private", "party", "movement"]


class Layout(Part):
    """CSS selectors of a page as it looked until a day (exclusive); the generic reading answers where they find nothing."""

    until: date | None = None
    text: str | None = None
    title: str | None = None
    byline: str | None = None
    published: str | None = None


class Expect(Part):
    """What a run over this outlet gives at the least; less is a loud failure, for then a layout or a feed has changed."""

    listed: int = Field(default=0, ge=0)
    """Addresses found in feeds and sitemaps."""
    pages: int = Field(default=0, ge=0)
    """Article pages fetched."""


class Outlet(Part):
    """A news outlet or a platform as its file under outlets/ describes it; the file's name is its id."""

    name: Filled
    kind: Literal["news", "platform"] = "news"
    owner: OwnerDated
    country: Dated
    languages: tuple[Filled, ...] = Field(min_length=1)
    homepage: Address
    hosts: tuple[Host, ...] = Field(min_length=1)
    """Every host whose pages count as this outlet's; links to others are not followed."""
    feeds: tuple[Address, ...] = ()
    sitemaps: tuple[Address, ...] = ()
    fronts: tuple[Address, ...] = ()
    """Pages whose links are followed."""
    article: tuple[Regex, ...] = ()
    """An address is an article's where one of these is found in it; with none, every listed address is."""
    follow: tuple[Regex, ...] = ()
    """Further listing pages (archives, tags, calendars) whose links are followed."""
    browser: bool = False
    browser_hosts: tuple[Host, ...] = ()
    delay: float | None = Field(default=None, ge=0)
    zone: Zone = "UTC"
    """Zone of times that the outlet prints without one."""
    layout: tuple[Layout, ...] = ()
    expect: Expect = Expect()
    tried: date | None = None
    """When its addresses were last seen to answer; absent: untried."""
    note: str = ""

    def source(self, outlet_id: str) -> Source:
        return Source(
            id=outlet_id,
            name=self.name,
            kind=self.kind,
            owner=self.owner.value,
            owner_as_of=self.owner.as_of.isoformat(),
            owner_source=self.owner.source,
            base_country=self.country.value,
            languages=self.languages,
            homepage=self.homepage,
        )


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
    def sources(self) -> tuple[Source, ...]:
        return tuple(self.outlets[name].source(name) for name in sorted(self.outlets))

    def document_file(self, name: Literal["themes", "stance", "emotions", "events"]) -> Path | None:
        """Place of a companion file of the study, or None where the study names none."""
        value: str | None = getattr(self.file.files, name)
        return None if value is None else self.folder / value

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what shapes the corpus: the study file but for where it is served and how politely it is asked."""
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
        """The study's secret, made at first use, 0600, outside the study folder and outside any git tree."""
        path = key_folder() / f"{self.id}.key"
        forbid_key_place(path, self.folder)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
        try:
            return Keys(bytes.fromhex(path.read_text(encoding="ascii").strip()))
        except ValueError as error:
            raise UserError(
                "is no study key (64 hex digits)", where=path, hint="restore it from your backup: ids depend on it"
            ) from error


def key_folder() -> Path:
    """Where study keys lie: HUANYING_KEYS, else the user's data folder."""
    named = os.environ.get("HUANYING_KEYS")
    return Path(named) if named else Path(platformdirs.user_data_dir("huanying")) / "keys"


def chromium_named() -> str | None:
    """The browser that the user named, if any."""
    return os.environ.get("HUANYING_CHROMIUM")


def forbid_key_place(path: Path, study_folder: Path) -> None:
    """Raises RefusedError where a key would lie in the study folder or in a git tree: it would be shared with them."""
    places = path.resolve().parents
    if study_folder.resolve() in places:
        raise RefusedError("the study key may not lie in the study folder", where=path, hint="set HUANYING_KEYS to a place outside")
    for parent in places:
        if (parent / ".git").exists():
            raise RefusedError(
                f"the study key may not lie in a git tree ({parent})", where=path, hint="set HUANYING_KEYS to a place outside"
            )


def load_study(folder: Path) -> Study:
    """Read ``folder/study.toml`` and the outlets it names: from ``folder/outlets/`` first, then from the catalogue.

    Raises UserError with every fault of every file at once, each with its line and a hint.
    """
    path = folder / STUDY_FILE
    if not path.is_file():
        raise UserError("no study here", where=path, hint="`huanying init DIR` writes one; --study DIR names another folder")
    file, faults = load_table(path, StudyFile)
    outlets: dict[str, Outlet] = {}
    if file is not None:
        faults += _faults_of_study(path, file, folder)
        for choice in file.source:
            found = [place for place in (folder / "outlets", OUTLETS) if (place / f"{choice.id}.toml").is_file()]
            if not found:
                faults.append(_unknown_outlet(path, choice.id, folder))
                continue
            outlet, more = load_table(found[0] / f"{choice.id}.toml", Outlet)
            faults += more
            if outlet is not None:
                outlets[choice.id] = outlet
    if file is None or faults:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise UserError(f"{count} in the study's files\n" + "\n".join(faults), hint="mend them and run `huanying check`")
    return Study(folder, file, outlets)


def load_table(path: Path, model: type[Model]) -> tuple[Model | None, list[str]]:
    """A TOML file as ``model``, and its faults, each as ``file:line: key: what is wrong``."""
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except UnicodeDecodeError as error:
        return None, [f"  {path}: not UTF-8 at byte {error.start}: save it as UTF-8"]
    except tomllib.TOMLDecodeError as error:
        return None, [f"  {path}: not TOML: {error}"]
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        return None, [_fault(path, text, model, dict(item)) for item in error.errors()]


def _fault(path: Path, text: str, model: type[BaseModel], item: dict[str, Any]) -> str:
    where = tuple(item["loc"])
    key = ".".join(str(part) for part in where)
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = "unknown key" + _nearest(model, where)
    elif item["type"] == "missing":
        message = "is missing"
    elif item["type"] == "string_pattern_mismatch":
        message = f"{item['input']!r} does not have the form {item['ctx']['pattern']}"
    return f"  {path}:{line_of(text, where)}: {key}: {message}"


def _nearest(model: type[BaseModel], where: tuple[str | int, ...]) -> str:
    known: set[str] = set()
    todo: list[Any] = [model]
    while todo:
        one = todo.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            known |= set(one.model_fields)
            todo += [field.annotation for field in one.model_fields.values()]
        else:
            todo += getattr(one, "__args__", ())
    close = difflib.get_close_matches(str(where[-1]), sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|[A-Za-z0-9_-]+))*)\s*=""")


def line_of(text: str, where: tuple[str | int, ...]) -> int:
    """The line (from 1) of a TOML text at which the value of ``where`` stands, or that of its nearest enclosing table."""
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    best, best_length = 1, 0
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = tuple(part.strip().strip("\"'") for part in header.group(2).split("."))
            if header.group(1) == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            place = table
        elif key:
            place = (*table, *(part.strip().strip("\"'") for part in key.group(1).split(".")))
        else:
            continue
        if place == where[: len(place)] and len(place) > best_length:
            best, best_length = number, len(place)
    return best


def _faults_of_study(path: Path, file: StudyFile, folder: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    faults = []
    if file.window.end < file.window.start:
        faults.append(f"  {path}:{line_of(text, ('window', 'end'))}: window.end: lies before window.start")
    names = [choice.id for choice in file.source]
    for index, name in enumerate(names):
        if name in names[:index]:
            faults.append(f"  {path}:{line_of(text, ('source', index, 'id'))}: source.{index}.id: {name!r} is named twice")
    for key in ("themes", "stance", "emotions", "events"):
        value = getattr(file.files, key)
        if value is not None and not (folder / value).is_file():
            faults.append(f"  {path}:{line_of(text, ('files', key))}: files.{key}: there is no file {folder / value}")
    if file.politeness.delay < 1 and not file.loopback:
        faults.append(f"  {path}:{line_of(text, ('politeness', 'delay'))}: politeness.delay: under 1 second only on [loopback] names")
    return faults


def _unknown_outlet(path: Path, name: str, folder: Path) -> str:
    known = sorted({file.stem for place in (folder / "outlets", OUTLETS) if place.is_dir() for file in place.glob("*.toml")})
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"write {folder / 'outlets' / (name + '.toml')}"
    text = path.read_text(encoding="utf-8")
    line = next((n for n, row in enumerate(text.splitlines(), 1) if re.match(rf"\s*id\s*=\s*[\"']{re.escape(name)}[\"']", row)), 1)
    return f"  {path}:{line}: source: there is no outlet {name!r}; {hint}"


class Event(Part):
    """A dated thing that happened, from the study's events file."""

    event_id: Filled
    date: date
    time_local: str = ""
    zone: Zone
    precision: Literal["minute", "hour", "day", "week"]
    event: Filled
    kind: Filled
    source: Filled
    certainty: Literal["certain", "probable", "reported", "disputed", "unverified"]
    note: str = ""

    @property
    def at(self) -> datetime:
        """Its moment, or the first of its day, in its own zone."""
        clock = datetime.strptime(self.time_local or "00:00", "%H:%M").time()
        return datetime.combine(self.date, clock, ZoneInfo(self.zone))


def load_events(path: Path) -> list[Event]:
    """The study's events; raises UserError with every fault and its line."""
    faults: list[str] = []
    events: list[Event] = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        for row in rows:
            try:
                events.append(Event.model_validate(row))
            except ValidationError as error:
                faults += [f"  {path}:{rows.line_num}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
    if faults:
        raise UserError("faults in the events file\n" + "\n".join(faults), hint="mend them and run `huanying check`")
    return sorted(events, key=lambda event: (event.at, event.event_id))
