"""A row of a researcher's own table as the archive keeps it, and the values in it: our fields, under their mapping."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from corpus.pages.dating import parse_date
from corpus.posts import weibo
from corpus.records import Precision

FIELDS = (
    *("id", "text", "title", "author", "author_name", "published", "edited", "collected", "thread", "reply_to", "url"),
    *("likes", "collects", "comments", "shares", "place", "hashtags", "query", "rank"),
)
_EXACT = 1 << 53  # a float holds whole numbers exactly up to here; ids are longer
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = 631_152_000, 4_102_444_800  # 1990 and 2100
_UNIX = re.compile(r"(\d{9,17})(?:\.\d{0,9})?")
_ROUNDED = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+?\d{2}")
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")
_MINUTE = re.compile(r"\d{4}-?\d{2}-?\d{2}[T ]\d{2}:?\d{2}(?:Z|[+-]\d{2}(?::?\d{2})?)?")
_LONGEST_TIME = 64
_TAGS = re.compile("[,，;；、|\n\t]+")

_LISTED = re.compile(r"""'((?:[^'\\]|\\.)*+)'|"((?:[^"\\]|\\.)*+)\"""")
_LIST = re.compile(r"""\s*\[\s*(?:(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")\s*+,?\s*+)*+\]\s*""")

Cell = str | list[str]


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is in UTC; `zone_assumed`: the mapping's, where the time was printed without one."""

    at: datetime
    precision: Precision
    zone_assumed: str | None


class Inexact(ValueError):
    """A number that was rounded before it came here: no id any more."""


def plain(value: Any) -> Cell | None:
    """A cell of any table as text, or a list of texts; None where it is empty. Equal cells of CSV, Parquet and JSON are equal.

    Whole numbers lose their decimals, times get ISO 8601 with a blank. Raises Inexact for a float beyond 2**53.
    """
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, list | tuple):
        parts = [one for one in map(plain, value) if isinstance(one, str)]
        return parts or None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return None
        if abs(value) > _EXACT:
            raise Inexact
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip() or None
    if isinstance(value, int | Decimal | date):
        return str(value).strip() or None
    return None


def is_rounded(identifier: str) -> bool:
    """Whether an id reads ``1.73693E+18``: what spreadsheets make of long numbers."""
    return _ROUNDED.fullmatch(identifier) is not None


def as_body(fields: Mapping[str, Cell], kind: str, zone: str | None, times: str) -> bytes:
    """A row as the archive keeps it: nothing but what the mapping names."""
    row = {"kind": kind, "zone": zone, "times": times, "fields": dict(sorted(fields.items()))}
    try:
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # a lone surrogate: kept as the escape that it was
        return json.dumps(row, separators=(",", ":")).encode()


def moment_of(raw: str, times: str, zone: str | None) -> Moment | None:
    """When ``raw`` is, read as `times` of the mapping says; None where it is no full date, or has no zone and none is given.

    ``auto`` takes ISO 8601, Weibo's ``Tue Jan 14 10:00:00 +0800 2025``, seconds and milliseconds since 1970, and dates as pages print them in Chinese and English.
    """
    text = raw.strip()[:_LONGEST_TIME]
    if times.startswith("unix") or (times == "auto" and _UNIX.fullmatch(text)):
        return _since_1970(text, times)
    if "%" in times:
        try:
            found = datetime.strptime(text, times)
        except (ValueError, re.error):
            return None
        return _in_zone(found, _printed_in(times), zone)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        if times == "auto" and (told := weibo.moment_of(text)):
            return _in_zone(told, "second", zone)
        return _printed(text, zone) if times == "auto" else None
    precision: Precision = "day" if _DAY.fullmatch(text) else "minute" if _MINUTE.fullmatch(text) else "second"
    return _in_zone(found, precision, zone)


def _since_1970(text: str, times: str) -> Moment | None:
    found = _UNIX.fullmatch(text)
    if found is None:
        return None
    number = int(found.group(1))
    if times == "unix_ms" or (times == "auto" and number > _LATEST):
        number //= 1000
    if times == "auto" and number > _LATEST:  # microseconds, as some stores keep them
        number //= 1000
    return Moment(_EPOCH + timedelta(seconds=number), "second", None) if _EARLIEST <= number <= _LATEST else None


def _printed_in(times: str) -> Precision:
    signs = set(re.findall(r"%-?([A-Za-z])", times))
    if signs & set("ScXTsf"):
        return "second"
    if signs & set("MR"):
        return "minute"
    if signs & set("HI"):
        return "hour"
    return "day" if signs & set("dxDFj") else "month" if signs & set("mbB") else "year"


def _in_zone(found: datetime, precision: Precision, zone: str | None) -> Moment | None:
    """With the offset that was printed, else in ``zone``."""
    try:
        assumed = None if found.tzinfo else zone
        if found.tzinfo is None:
            if zone is None:
                return None
            found = found.replace(tzinfo=ZoneInfo(zone))
        at = found.astimezone(UTC)
    except (ZoneInfoNotFoundError, OverflowError, ValueError, OSError):
        return None
    return Moment(at.replace(microsecond=0), precision, assumed) if 1990 <= at.year < 2100 else None


def _printed(text: str, zone: str | None) -> Moment | None:
    """As pages print dates; a relative one (``3天前``) is none."""
    try:
        found = parse_date(text, zone or "UTC")
    except (ZoneInfoNotFoundError, OverflowError, ValueError, OSError):
        return None
    if found is None or found.at is None or found.precision is None or (found.zone_assumed and zone is None):
        return None
    return Moment(found.at.astimezone(UTC), found.precision, found.zone_assumed)


def tags_of(cell: Cell | None) -> tuple[str, ...]:
    """Hashtags out of a list, the text of one (``['a', 'b']``, as pandas writes it), or of one text that joins them with
    commas, semicolons or their own signs."""
    if cell is None:
        return ()
    names: Iterable[str]
    if isinstance(cell, str) and _LIST.fullmatch(cell):
        names = [re.sub(r"\\(.)", r"\1", one or other) for one, other in _LISTED.findall(cell)]
    else:
        parts = cell if isinstance(cell, list) else re.split(r"[#＃]", cell) if re.search("[#＃]", cell) else [cell]
        names = (name for part in parts for name in _TAGS.split(part))
    return tuple(dict.fromkeys(tag for name in names if (tag := name.strip().strip("#＃").strip())))[:200]
