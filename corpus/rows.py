"""Records as the columns of tables: the rows of one shard are gathered and turned into columns at one go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from corpus.archive import Damage, Place
from corpus.records import Capture, Document, Medium, Observation, Rejection, RemovedLine, Sighting, Source

Row = dict[str, Any]
Columns = Mapping[str, Sequence[Any]]
_ZONES = (ZoneInfo("UTC"), ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York"))
_DAYS = ("day_utc", "day_shanghai", "day_new_york")
_COUNTS = tuple(
    (name, part) for name in ("likes", "collects", "comments", "shares") for part in ("value", "low", "high", "raw")
)
_QUARTER = 15
_EVEN_SINCE = 1970
"""Since then each of the zones has changed its offset, and so its day, at a whole quarter of an hour of UTC."""


def days(moment: datetime | None) -> tuple[date | None, date | None, date | None]:
    """The day of a moment (UTC) in each zone that the corpus groups by: UTC, Shanghai, New York."""
    if moment is None:
        return None, None, None
    if moment.year < _EVEN_SINCE:
        return _days(moment)
    return _days(moment.replace(minute=moment.minute // _QUARTER * _QUARTER, second=0, microsecond=0))


@lru_cache(maxsize=10_000)
def _days(moment: datetime) -> tuple[date, date, date]:
    utc, shanghai, new_york = (moment.astimezone(zone).date() for zone in _ZONES)
    return utc, shanghai, new_york


@dataclass(frozen=True, slots=True)
class Read:
    """A document as it is stored: with its language, its digest, and what decides whether this reading of it counts."""

    document: Document
    language: str
    language_shares: tuple[tuple[str, float], ...]
    spans: tuple[tuple[int, str], ...]
    folded: str
    text_digest: str
    quality: int
    seen_at: datetime
    capture_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A medium as one capture shows it; see `Read`."""

    medium: Medium
    quality: int
    seen_at: datetime
    capture_id: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A line that was removed from the text that one capture gave."""

    line: RemovedLine
    capture_id: str


@dataclass(slots=True)
class Gathered:
    """What is read of one shard. `columns` gives each table."""

    captures: list[Row] = field(default_factory=list)
    documents: list[Read] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    media: list[Shown] = field(default_factory=list)
    removed_lines: list[Removed] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)

    def columns(self, table: str) -> Columns:
        """By the name of the table."""
        if table == "captures":
            return {name: [row.get(name) for row in self.captures] for name in _CAPTURE}
        if table == "documents":
            return _documents(self.documents)
        if table == "media":
            return {
                **_of([one.medium for one in self.media], _names(Medium)),
                "fetched_at": [one.seen_at for one in self.media],
                **_of(self.media, ("quality", "capture_id")),
            }
        if table == "removed_lines":
            lines = _of([one.line for one in self.removed_lines], _names(RemovedLine))
            return {**lines, **_of(self.removed_lines, ("capture_id",))}
        if table == "observations":
            plain = ("document_id", "capture_id", "observed_at", "state", "evidence")
            counts = {
                f"{name}_{part}": list(map(attrgetter(f"{name}.{part}"), self.observations)) for name, part in _COUNTS
            }
            return {**_of(self.observations, plain), **counts}
        records: Sequence[Any] = getattr(self, table)
        return _of(records, _names(_PLAIN[table]))


_PLAIN: Mapping[str, type[Sighting | Rejection]] = {
    "sightings": Sighting,
    "rejections": Rejection,
}


def _names(record: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(record))


def _of(records: Sequence[Any], names: Iterable[str]) -> dict[str, list[Any]]:
    return {name: list(map(attrgetter(name), records)) for name in names}


def _documents(read: Sequence[Read]) -> Columns:
    documents = [one.document for one in read]
    columns = _of(documents, _names(Document))
    calendar = [days(moment) for moment in columns["published_at"]]
    columns |= {name: [of[place] for of in calendar] for place, name in enumerate(_DAYS)}
    columns["characters"] = list(map(len, columns["text"]))
    columns["flags"] = [sorted(set(flags)) for flags in columns["flags"]]
    columns["fetched_at"] = [one.seen_at for one in read]
    for place, name in enumerate(("span_starts", "span_languages")):
        columns[name] = [[span[place] for span in one.spans] for one in read]
    return columns | _of(read, ("language", "language_shares", "text_digest", "quality", "capture_id"))


def source_row(source: Source) -> Row:
    return {name: getattr(source, name) for name in _names(Source)}


_CAPTURE = (
    *("id", "source_id", "url", "original_url", "fetched_at", "collected_at", "status", "media_type", "how", "format"),
    *("payload_digest", "found_by", "permission", "permission_rule", "problems", "outcome", "documents"),
    *("warc_path", "warc_offset"),
)


def capture_row(
    capture: Capture, url: str, documents: int, original_url: str | None, collected_at: datetime | None
) -> Row:
    """``url``: as it may be published. ``original_url`` and ``collected_at``: of the page itself, where a web archive gave it."""
    return {
        "id": capture.id,
        "source_id": capture.source_id,
        "url": url,
        "original_url": original_url,
        "fetched_at": capture.fetched_at,
        "collected_at": collected_at,
        "status": capture.status,
        "media_type": capture.media_type,
        "how": capture.how,
        "format": capture.format,
        "payload_digest": capture.payload_digest,
        "found_by": capture.finding.found_by,
        "permission": capture.permission.decision,
        "permission_rule": capture.permission.rule,
        "problems": capture.problems,
        "outcome": "documents" if documents else "rejected",
        "documents": documents,
        "warc_path": capture.warc_path,
        "warc_offset": capture.warc_offset,
    }


def damage_row(damage: Damage, capture_id: str) -> Row:
    place: Place = damage.place
    return {
        "id": capture_id,
        "problems": ["archive_damaged"],
        "outcome": "rejected",
        "documents": 0,
        "warc_path": place.file,
        "warc_offset": place.offset,
    }
