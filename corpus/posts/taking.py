"""What a post out of a dump becomes at import: the values of the file, and an entry of the archive for each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from corpus.archive import Entry
from corpus.identity import digest
from corpus.imports import Damaged, Shape, Taken
from corpus.jsonlines import Line, read_lines
from corpus.jsonlists import elements_of, read_elements
from corpus.records import Finding, Permission
from corpus.rednote.fields import string
from corpus.rednote.items import Item, moment
from corpus.rednote.taking import Origin, json_bytes
from corpus.secrets import clean
from corpus.strictjson import BYTES_LIMIT, JSONFault, read_json

_LOOKED_AT = 64 << 10
_PIECE = 16 << 20
_BLANK = b"\xef\xbb\xbf \t\r\n"
_LINES_LOOKED_AT, _LISTS_LOOKED_AT = 8, 4
_WRAPPERS = ("__import_meta", "4CAT_metadata")
_PEOPLE = frozenset({"account", "author", "creator", "by", "user"})
# Beside what is secret everywhere: pictures of an account, what it told its server alone, what the researcher did to it.
_OF_PEOPLE = frozenset(
    {
        *("header", "header_static", "banner", "email", "source", "role", "pronouns"),
        *("following", "follow_me", "followed_by", "like", "like_me", "remark", "special_follow", "block", "block_me"),
    }
)
_OF_READER = frozenset({"muted", "pinned", "filtered", "favorited", "attitudes_status"})
_PLAIN_NAME = 40
_UNNAMED = "(no plain word)"


def head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LOOKED_AT)


def first_values(head: bytes) -> Iterator[Any]:
    """JSON that stands first in a file: its first whole lines, and the first elements of its first lists; nothing for
    what does not begin as JSON."""
    start = head.lstrip(_BLANK)
    if start[:1] not in (b"[", b"{"):
        return
    lines = [line for line in start.split(b"\n") if line.strip()][:_LINES_LOOKED_AT]
    yield from filter(None, map(_value, (*lines, start)))
    for bracket in islice(re.finditer(rb"\[", start), _LISTS_LOOKED_AT):
        for element in islice(elements_of(start[bracket.start() :]), 1):
            if value := _value(element.raw):
                yield value


def _value(raw: bytes) -> Any:
    try:
        return read_json(raw)
    except JSONFault:
        return None


def read_values(path: Path) -> Iterator[Line | Damaged]:
    """The values of lines of JSON, the elements of a list, or the one object that a file is; still as bytes."""
    head = head_of(path).lstrip(_BLANK)
    if head[:1] == b"[":
        yield from read_elements(path)
    elif _is_one(head):
        yield from _whole(path)
    else:
        yield from read_lines(path)


def _is_one(head: bytes) -> bool:
    """Whether it is one object over several lines, by how its second line begins."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    if len(lines) < 2 or not head.startswith(b"{") or lines[1].lstrip().startswith(b"{"):
        return False
    try:
        read_json(lines[0])
    except JSONFault:
        return lines[0].strip() == b"{" or lines[1][:1].isspace()
    return False


def _whole(path: Path) -> Iterator[Line | Damaged]:
    if path.stat().st_size <= BYTES_LIMIT:
        yield Line(1, path.read_bytes(), True)
        return
    with path.open("rb") as file:
        position = 0
        while piece := file.read(_PIECE):
            yield Damaged("file_too_large", position, piece)
            position += len(piece)


def value_of(line: Line | Damaged) -> Any:
    """The value, or the damage that keeps it from being one."""
    if isinstance(line, Damaged):
        return line
    if line.too_long:
        return Damaged("line_too_long", line.number, line.raw)
    try:
        return read_json(line.raw)
    except JSONFault as fault:
        cut = not line.ended and fault.reason == "syntax"
        return Damaged("line_cut" if cut else f"json_{fault.reason}", line.number, line.raw)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """An item out of what a tool put around it. ``told``: what the tool says of it."""

    item: Any
    told: Item

    @property
    def collected(self) -> datetime | None:
        told = self.told
        return moment(told.get("timestamp_collected")) or moment(told.get("collected_at"))

    @property
    def platform(self) -> str:
        return string(self.told.get("source_platform"))

    def finding(self, file: str) -> Finding:
        """By the query that the tool kept, else by the file."""
        query, rank = self.told.get("query"), self.told.get("rank")
        if isinstance(query, str) and query.strip():
            place = rank if isinstance(rank, int) and not isinstance(rank, bool) and rank > 0 else None
            return Finding("query", query.strip()[: _PLAIN_NAME * 5], place, collected_at=self.collected)
        return Finding("file", file, collected_at=self.collected)


def unwrapped(value: Any) -> Wrapped:
    """``value`` as it was before 4CAT or Zeeschuimer kept it."""
    if isinstance(value, dict):
        for name in _WRAPPERS:
            if isinstance(told := value.get(name), dict):
                return Wrapped({key: one for key, one in value.items() if key != name}, told)
        if isinstance(value.get("source_platform"), str) and isinstance(value.get("data"), dict):
            return Wrapped(value["data"], {key: one for key, one in value.items() if key != "data"})
    return Wrapped(value, {})


def taken(platform: str, item: Item, shape: Shape, finding: Finding, origin: Origin, ended: bool) -> Taken:
    """An entry that holds ``item`` without its secrets. An item has no address of its own: those hold accounts."""
    removed: set[str] = set()
    kept, named = clean(without_people(item, "", removed))
    body = json_bytes(kept)
    problems = [] if finding.collected_at else ["collected_at_unknown"]
    problems += [] if ended else ["last_line_unended"]
    entry = Entry(
        source_id=platform,
        url=f"urn:huanying:item:{digest(body)[:32]}",
        fetched_at=finding.collected_at or origin.modified,
        status=200,
        headers=(("Content-Type", "application/json"),),
        body=body,
        how="import",
        format=platform,
        finding=finding,
        permission=Permission("own-capture"),
        problems=tuple(problems),
    )
    return Taken(entry, shape, tuple(sorted({*named, *(f"field {name}" for name in removed)})))


def without_people(value: Any, inside: str, removed: set[str]) -> Any:
    """``value`` without pictures of accounts, what they told their server alone, and what the researcher did to posts."""
    if isinstance(value, dict):
        dropped = {name for name in value if (inside in _PEOPLE and name in _OF_PEOPLE) or name in _OF_READER}
        removed |= dropped
        return {name: without_people(one, name, removed) for name, one in value.items() if name not in dropped}
    return [without_people(one, inside, removed) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Fields:
    """Names of an item's fields, without case and ``_``: what is expected, what may be there beside, and of which
    objects in it the same is known."""

    expected: frozenset[str]
    known: frozenset[str]
    below: tuple[tuple[str, "Fields"], ...] = ()


def fields(expected: str, beside: str = "", **below: Fields) -> Fields:
    wanted = frozenset(map(_plain, expected.split()))
    return Fields(wanted, wanted | set(map(_plain, beside.split())), tuple(below.items()))


def shape(name: str, item: Item, known: Fields) -> Shape:
    """The shape called ``name`` of an item: what it lacks, and what it has that nobody expects."""
    missing: list[str] = []
    unknown: list[str] = []
    _compare(known, item, "", missing, unknown)
    return Shape(name, tuple(missing), tuple(unknown))


def _compare(known: Fields, item: Item, path: str, missing: list[str], unknown: list[str]) -> None:
    have = {_plain(name): name for name, value in item.items() if value is not None}
    missing += sorted(path + name for name in known.expected - have.keys())
    unknown += sorted({path + _shown(item_name) for name, item_name in have.items() if name not in known.known})
    for name, below in known.below:
        inner = item.get(name)
        if isinstance(inner, dict):
            _compare(below, inner, f"{path}{name}.", missing, unknown)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _shown(name: str) -> str:
    plain = len(name) <= _PLAIN_NAME and name.isascii() and name.replace("_", "").replace("$", "").isalnum()
    return name if plain and not name.isdigit() else _UNNAMED
