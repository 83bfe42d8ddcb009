"""Asks a Wayback machine's CDX server and reads its answers: which captures it holds, and where the next page begins.

The protocol is that of the Internet Archive's wayback (README of its CDX server): a table in JSON whose first row names
the columns; with ``showResumeKey`` an empty row and one with the key end a page that has a next one.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urldefrag, urlencode, urlsplit

from corpus.mementos import stamp_of
from corpus.strictjson import JSONFault, read_json

PAGE = 5000
"""Rows of one answer, at most."""
COLUMNS = ("timestamp", "original", "mimetype", "statuscode", "digest")
_KEY = re.compile(r"[A-Za-z0-9%+._~!*'-]+")
"""A key that stands in an address already: it is sent back as it came."""


@dataclass(frozen=True, slots=True)
class Held:
    """A capture that an archive holds; `at` is UTC. `digest` is the archive's own."""

    url: str
    at: datetime
    media_type: str
    status: str
    """``-`` of a revisit: the page was as at the capture before, and is served from there."""
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one answer lists, the key of the next, and what was wrong with it."""

    held: tuple[Held, ...] = ()
    resume: str | None = None
    faults: tuple[str, ...] = ()
    """``not_json: <reason>``, ``no_table``, ``no_columns``, ``rows_unread``."""


def query(endpoint: str, url: str, first: datetime, last: datetime, **more: str) -> str:
    """Address that asks for the captures of ``url`` from ``first`` to ``last`` that were pages when they were made."""
    asked = [
        ("url", url),
        ("from", stamp_of(first)),
        ("to", stamp_of(last)),
        ("output", "json"),
        ("fl", ",".join(COLUMNS)),
        ("filter", "statuscode:200|-"),
        *more.items(),
        ("limit", str(PAGE)),
        ("showResumeKey", "true"),
    ]
    return f"{endpoint}?{urlencode(asked, safe=':,/*')}"


def following(asked: str, resume: str) -> str:
    """Address of the page that follows the one ``asked`` for."""
    key = resume if _KEY.fullmatch(resume) else quote(resume, safe="")
    return f"{asked.partition('&resumeKey=')[0]}&resumeKey={key}"


def raw(endpoint: str, at: datetime, url: str) -> str:
    """Address of the bytes that the archive holds of ``url``, as they were at that moment or nearest to it."""
    place = urlsplit(endpoint)
    return f"{place.scheme}://{place.netloc}/web/{stamp_of(at)}id_/{urldefrag(url).url}"


def read_answer(body: bytes) -> Answer:
    """The captures of one answer; nothing is raised for any bytes. An empty table is an answer: there are none."""
    try:
        table = read_json(body)
    except JSONFault as fault:
        return Answer(faults=(f"not_json: {fault.reason}",))
    if not isinstance(table, list) or not all(isinstance(row, list) for row in table):
        return Answer(faults=("no_table",))
    resume = None
    if len(table) >= 2 and table[-2] == [] and len(table[-1]) == 1 and isinstance(table[-1][0], str):
        resume, table = table[-1][0], table[:-2]
    table = [row for row in table if row]
    if not table:
        return Answer(resume=resume)
    names = {name: place for place, name in enumerate(table[0]) if isinstance(name, str)}
    if not {"timestamp", "original"} <= names.keys():
        return Answer(resume=resume, faults=("no_columns",))
    rows = [_held(row, names) for row in table[1:]]
    faults = ("rows_unread",) if None in rows else ()
    return Answer(tuple(row for row in rows if row is not None), resume, faults)


def _held(row: list[Any], names: dict[str, int]) -> Held | None:
    told = {name: row[place] for name, place in names.items() if place < len(row) and isinstance(row[place], str)}
    stamp, url = told.get("timestamp", ""), told.get("original", "")
    if not re.fullmatch(r"[0-9]{14}", stamp) or not re.fullmatch(r"https?://[^\s/]\S*", url):
        return None
    try:
        at = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Held(url, at, told.get("mimetype", ""), told.get("statuscode", ""), told.get("digest", ""))


def thinned(held: tuple[Held, ...], apart: timedelta) -> list[Held]:
    """Of one address's captures those that may show something new: at least so long ``apart``, and not the same bytes."""
    kept: list[Held] = []
    for one in sorted(held, key=lambda held: held.at):
        last = kept[-1] if kept else None
        if last is None or (one.at - last.at >= apart and not (one.digest and one.digest == last.digest)):
            kept.append(one)
    return kept
