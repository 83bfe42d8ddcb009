"""Decides from what a listing says of a page whether the study wants it: by its date and by its title."""

import re
import unicodedata
from datetime import datetime, time, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from corpus.listings import Listed
from corpus.study import StudyFile

_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s*(?P<offset>Z|UTC|GMT|[+-]\d\d:?\d\d)?)?)?)?",
    re.IGNORECASE,
)
_MARGIN = timedelta(days=1)
"""Around a date without a zone: it may be that of any place on earth."""
LATER = timedelta(days=7)
"""After the window in which an archive may have first captured a page of its last days."""

Span = tuple[datetime, datetime]


def span_of(raw: str, zone: str) -> Span | None:
    """First and last moment that a printed date can mean, where it names no zone in ``zone``; None: not understood."""
    raw = " ".join(raw.split())
    found = _ISO.fullmatch(raw)
    try:
        if found is None:
            moment = parsedate_to_datetime(raw)
            return _around(moment, zone) if moment.tzinfo is None else (moment, moment)
        return _span_of_iso(found, zone)
    except (ValueError, OverflowError):
        return None


def _span_of_iso(found: "re.Match[str]", zone: str) -> Span:
    year, month, day = int(found["year"]), found["month"], found["day"]
    if found["clock"]:
        moment = datetime.fromisoformat(f"{year:04d}-{month}-{day}T{found['clock']}{_offset(found['offset'])}")
        return _around(moment, zone) if moment.tzinfo is None else (moment, moment)
    first = datetime(year, int(month or 1), int(day or 1), tzinfo=ZoneInfo(zone))
    if day:
        after = first + timedelta(days=1)
    else:
        after = first.replace(year=year + 1) if not month or month == "12" else first.replace(month=int(month) + 1)
        after = after.replace(month=1) if month == "12" else after
    return first - _MARGIN, after + _MARGIN


def _offset(text: str | None) -> str:
    if text is None:
        return ""
    return "+00:00" if text.upper() in ("Z", "UTC", "GMT") else text


def _around(moment: datetime, zone: str) -> Span:
    known = moment.replace(tzinfo=ZoneInfo(zone))
    return known - _MARGIN, known + _MARGIN


class Wanted:
    """A study's window, from `start` to `end`, and its queries, applied to listed entries."""

    def __init__(self, file: StudyFile) -> None:
        zone = ZoneInfo(file.window.zone)
        self.start = datetime.combine(file.window.start, time.min, zone)
        self.end = datetime.combine(file.window.end, time.max, zone)
        self._all = file.queries.select == "all"
        self._queries = tuple(_query(text) for text in (*file.queries.zh, *file.queries.en))

    def refusal(self, entry: Listed, zone: str) -> str | None:
        """Why an entry is not wanted; None where it is, or where its listing says too little to tell."""
        published = span_of(entry.published_raw, zone) if entry.published_raw else None
        if published is not None:
            if published[1] < self.start:
                return "before_window"
            if published[0] > self.end:
                return "after_window"
        modified = span_of(entry.modified_raw, zone) if entry.modified_raw else None
        if modified is not None and modified[1] < self.start:
            return "before_window"
        if entry.title and not entry.nested and not self.selects(entry.title):
            return "no_query_in_title"
        return None

    def selects(self, title: str) -> bool:
        plain = _plain(title)
        return self._all or not self._queries or any(query.search(plain) for query in self._queries)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _query(text: str) -> re.Pattern[str]:
    """Found at the beginning of a word, so that ``refugee`` finds ``refugees``; Chinese has no such beginnings."""
    plain = _plain(text)
    return re.compile((r"(?<![a-z0-9])" if plain[:1].isascii() else "") + re.escape(plain))
