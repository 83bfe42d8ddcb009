"""The form of study.toml, of an outlet's file and of an events file: what each key means and may be."""

import ipaddress
import re
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cssselect import HTMLTranslator, SelectorError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from corpus.records import Source


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Asia" is a folder
        raise ValueError("is no IANA time zone such as Asia/Shanghai") from error
    if name in ("localtime", "posixrules"):
        raise ValueError("means another zone on each machine: name one, such as Asia/Shanghai")
    return name


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return text


def _selector(text: str) -> str:
    try:
        HTMLTranslator().css_to_xpath(text)
    except SelectorError as error:
        raise ValueError(f"is no CSS selector: {error}") from error
    return text


def _line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds a line break or another control character")
    return text


def _reachable(contact: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+\.\S+|(mailto:)?[^\s@]+@[^\s@]+\.[^\s@]+", contact):
        raise ValueError("is neither a mail address nor a web address: whoever is crawled must be able to reach you")
    return contact


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise ValueError("holds a user name or password: a study file is shared, and nothing here logs in")
        if not parts.hostname or parts.port == 0:
            raise ValueError("has no host, or port 0")
    except ValueError as error:
        raise ValueError(f"is no address: {error}") from error
    return url


def _companion(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise ValueError("must be a path inside the study folder, with / between its parts")
    return name


def _served(place: str) -> str:
    address, _, port = place.rpartition(":")
    try:
        loopback = ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        loopback = False
    if not loopback or not 0 < int(port) < 65536:
        raise ValueError("must be an address of this machine and a port, such as 127.0.0.1:8000")
    return place


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Line = Annotated[Filled, AfterValidator(_line)]
Contact = Annotated[Line, AfterValidator(_reachable)]
Zone = Annotated[str, AfterValidator(_zone)]
Regex = Annotated[str, AfterValidator(_pattern)]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/\S*)?$"), AfterValidator(_address)]
Host = Annotated[str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
Companion = Annotated[Filled, AfterValidator(_companion)]
Selector = Annotated[Line, AfterValidator(_selector)]
Served = Annotated[str, StringConstraints(pattern=r"^(127\.\d+\.\d+\.\d+|\[::1\]):\d{1,5}$"), AfterValidator(_served)]


class Part(BaseModel):
    """A table of a file of ours: unknown keys are errors, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class About(Part):
    id: Identifier
    title: Line
    purpose: Filled
    contact: Contact
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

    zh: tuple[Line, ...] = ()
    en: tuple[Line, ...] = ()
    select: Literal["all", "title"] = "title"
    """``title``: ask for a page whose listed title holds a query, or that is listed without one; ``all``: for each."""


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
    scrolls: int = Field(default=30, ge=0)
    """How often a page in the browser is scrolled at most, for the comments that it loads only then."""


class StudyWord(Part):
    """A word that the segmenter must not cut. With dates, only in texts published from `start` to `end`.

    Both are days in Asia/Shanghai, as `day_shanghai` of a document is.
    """

    text: Line
    start: date | None = None
    end: date | None = None


class Language(Part):
    word: tuple[StudyWord, ...] = ()
    english: str = ""
    """Name of an installed spaCy pipeline for English; empty for rules and lemma look-up."""
    chinese: str = ""


class Files(Part):
    """Companion files, as paths inside the study folder."""

    themes: Companion | None = None
    stance: Companion | None = None
    emotions: Companion | None = None
    events: Companion | None = None


class Release(Part):
    licence: Line = "none stated"
    creators: tuple[Line, ...] = ()
    version: Line = "0.1.0"


class Columns(Part):
    """Which column of a researcher's table holds what: our field = its column (a.b: b within a, where values nest)."""

    id: Line | None = None
    """The platform's own id; of an article with an address it may be absent."""
    text: Line | None = None
    title: Line | None = None
    author: Line | None = None
    """The account's id; of an article or a turn, the name as printed."""
    author_name: Line | None = None
    """The account's name, where its id is not known."""
    published: Line | None = None
    edited: Line | None = None
    collected: Line | None = None
    """When the row was collected; the file's own date where absent."""
    thread: Line | None = None
    """Id of the note, the conference or the live room that it belongs to."""
    reply_to: Line | None = None
    url: Line | None = None
    likes: Line | None = None
    collects: Line | None = None
    comments: Line | None = None
    shares: Line | None = None
    place: Line | None = None
    hashtags: Line | None = None
    query: Line | None = None
    rank: Line | None = None

    @property
    def named(self) -> dict[str, str]:
        """Our field: their column; without those that the table has not."""
        return {name: value for name in Columns.model_fields if (value := getattr(self, name)) is not None}


class Mapping(Part):
    """How a table that the researcher holds (CSV, Parquet, lines of JSON) is to be read: a row is a document."""

    files: Companion
    """Which files: the end of their paths, with * and ? (``captures/live-chat*.csv``)."""
    source: Identifier
    """A source of the study; ids of its items meet those of its other captures."""
    kind: Literal["article", "post", "comment", "turn"]
    columns: Columns
    zone: Zone | None = None
    """Whose clock a time shows that is printed without a zone."""
    times: Line = "auto"
    """``auto``, ``iso``, ``unix_s``, ``unix_ms``, or a pattern of strptime (``%d/%m/%Y %H:%M``)."""

    @model_validator(mode="after")
    def _readable(self) -> "Mapping":
        columns = self.columns
        if columns.id is None and not (self.kind == "article" and columns.url):
            raise ValueError("columns.id is missing: name the column of the platform's own id")
        if columns.text is None and columns.title is None:
            raise ValueError("columns.text is missing: name the column of the text")
        if self.times not in ("auto", "iso", "unix_s", "unix_ms") and "%" not in self.times:
            raise ValueError("times is auto, iso, unix_s, unix_ms or a pattern such as %d/%m/%Y %H:%M")
        timed = columns.published or columns.edited or columns.collected
        if timed and self.zone is None and not self.times.startswith("unix"):
            raise ValueError("zone is missing: whose clock do times without a zone show? Such as Asia/Shanghai")
        return self


class StudyFile(Part):
    """All of study.toml."""

    study: About
    window: Window
    queries: Queries = Queries()
    source: tuple[SourceChoice, ...] = ()
    table: tuple[Mapping, ...] = ()
    """Tables of the researcher's own, in the order in which they are tried."""
    politeness: Politeness = Politeness()
    budget: Budget = Budget()
    language: Language = Language()
    files: Files = Files()
    release: Release = Release()
    loopback: dict[Host, Served] = {}
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
    """CSS selectors of a page as it looked until a day (exclusive, UTC); where they find nothing, generic reading does."""

    until: date | None = None
    """Absent: as it looks now."""
    text: Selector | None = None
    """The article's text: all elements that it names, in the page's order."""
    title: Selector | None = None
    byline: Selector | None = None
    published: Selector | None = None
    """The first full date in ``datetime`` or ``content`` of the element, or in its text."""
    remove: Selector | None = None
    """What is taken out before anything is looked for."""

    @model_validator(mode="after")
    def _finds_something(self) -> "Layout":
        if not (self.text or self.title or self.byline or self.published):
            raise ValueError("names nothing to find: text, title, byline or published")
        return self


class Expect(Part):
    """What a run over this outlet gives at the least; less is a loud failure: a layout or a feed has changed."""

    listed: int = Field(default=0, ge=0)
    """Addresses found in feeds and sitemaps."""
    pages: int = Field(default=0, ge=0)
    """Article pages fetched."""


class Outlet(Part):
    """A news outlet, a platform or a web archive as its file under outlets/ describes it; the file's name is its id."""

    name: Line
    kind: Literal["news", "platform", "archive"] = "news"
    """An archive publishes nothing of its own: it is asked for what it holds of the study's news outlets."""
    owner: OwnerDated
    country: Dated
    languages: tuple[Filled, ...] = Field(min_length=1)
    homepage: Address
    hosts: tuple[Host, ...] = Field(min_length=1)
    """Every host that is asked for this outlet, those of feeds and sitemaps too; links to others are not followed."""
    feeds: tuple[Address, ...] = ()
    sitemaps: tuple[Address, ...] = ()
    fronts: tuple[Address, ...] = ()
    """Pages whose links are followed; of a platform, its topics; of an archive, the addresses that answer questions."""
    pages: tuple[Address, ...] = ()
    """Single pages, articles or notes, that are asked for whether or not anything lists them."""
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

    @model_validator(mode="after")
    def _layouts_apart(self) -> "Outlet":
        ends = [one.until for one in self.layout]
        if len(set(ends)) < len(ends):
            raise ValueError("two layouts end on one day: give each its own `until`, and only the present one none")
        return self

    @property
    def addresses(self) -> tuple[tuple[str, int, str], ...]:
        """Every address at which a crawl begins, with the key under which it stands and its place in that list."""
        lists = (("feeds", self.feeds), ("sitemaps", self.sitemaps), ("fronts", self.fronts), ("pages", self.pages))
        return tuple((key, index, url) for key, urls in lists for index, url in enumerate(urls))

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


class Event(Part):
    """A dated thing that happened, from the study's events file."""

    event_id: Line
    date: date
    time_local: Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = ""
    zone: Zone
    precision: Literal["minute", "hour", "day", "week"]
    event: Line
    kind: Line
    source: Line
    certainty: Literal["certain", "probable", "reported", "disputed", "unverified"]
    note: str = ""

    @model_validator(mode="after")
    def _time_when_said(self) -> "Event":
        if self.precision in ("minute", "hour") and not self.time_local:
            raise ValueError(f"precision {self.precision} needs a time_local")
        return self

    @property
    def at(self) -> datetime:
        """Its moment, or the first of its day, in its own zone."""
        clock = datetime.strptime(self.time_local or "00:00", "%H:%M").time()
        return datetime.combine(self.date, clock, ZoneInfo(self.zone))
