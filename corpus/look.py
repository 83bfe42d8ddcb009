"""Tell what a capture file holds before any study exists, without showing a text, a handle or a token."""

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from corpus.archive import Entry, Place, capture_of, split_media_type
from corpus.errors import UserError
from corpus.identity import Keys
from corpus.imports import Damaged, Held, Stub, Taken
from corpus.imports import Shape as Form
from corpus.read import read_capture
from corpus.readers.rednote import READER as REDNOTE
from corpus.recognition import Found, find, kinds
from corpus.records import Reading
from corpus.strictjson import JSONFault, read_json
from corpus.tally import ShapeCount

_FIELDS_SHOWN = 12
_HOSTS_SHOWN = 12
_PLAIN_NAME = 40
_PAGES = frozenset({"page", "feed", "front", "robots", "text", "part", "answer", "warc-member"})
"""Formats of what a browser or crawler fetches, which only a build reads."""
_NOWHERE = Place("", 0, 0, "")
"""What is only looked at stands in no archive."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Items of one form: how many, the names of their first fields, and how many lack a field or have a new one."""

    name: str
    items: int
    fields: tuple[str, ...]
    missing: dict[str, int]
    unknown: dict[str, int]


@dataclass(frozen=True, slots=True)
class Completeness:
    """Of the notes that state how many comments they have: how many they state, and how many are here."""

    notes: int
    declared: int
    found: int


@dataclass(frozen=True, slots=True)
class Looked:
    """One file, or one folder as a whole. Bytes are those on disk; dates are of capture, in UTC."""

    path: str
    kind: str
    why: str
    size: int
    items: int
    shapes: tuple[Shape, ...]
    stubs: dict[str, int]
    damaged: dict[str, int]
    first: datetime | None
    last: datetime | None
    hosts: dict[str, int]
    documents: dict[str, int]
    """By kind, where they can be read at a glance: items of platforms and tables, and RedNote's pages; no other pages."""
    flags: dict[str, int]
    """What is missing from those documents."""
    removed: dict[str, int]
    """Names of secrets that an import would remove, and from how many items."""
    comments: Completeness | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class LookResult:
    files: tuple[Looked, ...]
    ignored: tuple[str, ...]

    def lines(self) -> list[str]:
        """For a person."""
        lines = [line for file in self.files for line in _lines(file)]
        if self.ignored:
            lines.append(f"{len(self.ignored)} files of no known kind: {', '.join(self.ignored[:5])}")
        return lines


@dataclass(slots=True)
class _Tally:
    shapes: dict[str, ShapeCount]
    fields: dict[str, dict[str, None]]
    stubs: Counter[str]
    damaged: Counter[str]
    hosts: Counter[str]
    moments: list[datetime]
    documents: dict[str, str]
    flags: Counter[str]
    declared: dict[str, int]
    threads: dict[str, set[str]]
    removed: Counter[str]
    items: int = 0


def look(path: Path) -> LookResult:
    """What ``path``, a file or a folder, holds, and as what it would be imported. Reads it once and writes nothing.

    Raises UserError, naming the kinds that there are, where nothing of it is of one.
    """
    found, ignored = find(path)
    keys = Keys(secrets.token_bytes(32))  # ids are only compared with one another here, and forgotten
    return LookResult(tuple(_looked(one, keys) for one in found), tuple(str(file) for file in ignored))


def _looked(found: Found, keys: Keys) -> Looked:
    tally = _Tally({}, {}, Counter(), Counter(), Counter(), [], {}, Counter(), {}, {}, Counter())
    fault = None
    try:
        for item in kinds()[found.kind].items(found.path, Held()):
            tally.items += 1
            if isinstance(item, Stub):
                tally.stubs[item.reason] += 1
            elif isinstance(item, Damaged):
                tally.damaged[item.reason] += 1
            else:
                _count(item if isinstance(item, Taken) else Taken(item, _form(item)), tally, keys)
    except UserError as error:
        fault = str(error)
    except OSError as error:
        fault = f"cannot be read: {error.strerror}"
    files = [found.path] if found.path.is_file() else [file for file in found.path.rglob("*") if file.is_file()]
    return Looked(
        path=str(found.path),
        kind=found.kind,
        why=found.why,
        size=sum(file.stat().st_size for file in files),
        items=tally.items,
        shapes=tuple(
            Shape(name, one.items, tuple(tally.fields[name]), _plain(one.missing), _plain(one.unknown))
            for name, one in sorted(tally.shapes.items())
        ),
        stubs=dict(sorted(tally.stubs.items())),
        damaged=dict(sorted(tally.damaged.items())),
        first=min(tally.moments, default=None),
        last=max(tally.moments, default=None),
        hosts=dict(tally.hosts.most_common(_HOSTS_SHOWN)),
        documents=dict(sorted(Counter(tally.documents.values()).items())),
        flags=dict(sorted(tally.flags.items())),
        removed=_plain(tally.removed),
        comments=_completeness(tally),
        fault=fault,
    )


def _count(item: Taken, tally: _Tally, keys: Keys) -> None:
    entry, name = item.entry, item.shape.name
    tally.shapes.setdefault(name, ShapeCount()).add(item.shape)
    tally.removed.update(item.removed)
    known = tally.fields.setdefault(name, {})
    if len(known) < _FIELDS_SHOWN:
        for field in _fields(entry)[: _FIELDS_SHOWN - len(known)]:
            known[field] = None
    tally.moments = [min([*tally.moments, entry.fetched_at]), max([*tally.moments, entry.fetched_at])]
    tally.hosts[urlsplit(entry.url).hostname or "no address"] += 1
    capture = capture_of(entry, _NOWHERE, keys)
    if entry.format not in _PAGES or REDNOTE.accepts(capture):
        _count_reading(read_capture(capture, keys), tally)


def _form(entry: Entry) -> Form:
    return Form(f"{entry.format} {split_media_type(entry.header('Content-Type'))[0]} {entry.status}")


def _fields(entry: Entry) -> list[str]:
    """Names of an item's fields. One may be a person's (a map by name): only plain words are shown."""
    if entry.format in _PAGES:
        return []
    try:
        value = read_json(entry.body)
    except JSONFault:
        return []
    inner = value.get("data") if isinstance(value, dict) and entry.format == "zeeschuimer" else value
    names = inner if isinstance(inner, dict) else ()
    return [name for name in names if len(name) <= _PLAIN_NAME and name.isascii() and name.replace("_", "").isalpha()]


def _count_reading(reading: Reading, tally: _Tally) -> None:
    for document in reading.documents:
        if document.id not in tally.documents:
            tally.documents[document.id] = document.kind
            tally.flags.update(document.flags)
        if document.kind == "comment" and document.thread_id:
            tally.threads.setdefault(document.thread_id, set()).add(document.id)
    for seen in reading.observations:
        if tally.documents.get(seen.document_id) == "post" and seen.comments.value is not None:
            tally.declared[seen.document_id] = max(seen.comments.value, tally.declared.get(seen.document_id, 0))
    tally.flags.update(f"rejected {rejection.reason}" for rejection in reading.rejections)


def _completeness(tally: _Tally) -> Completeness | None:
    if not tally.declared:
        return None
    found = sum(len(tally.threads.get(note, ())) for note in tally.declared)
    return Completeness(len(tally.declared), sum(tally.declared.values()), found)


def _lines(file: Looked) -> list[str]:
    lines = [f"{file.path}", f"  {file.kind}: {file.why}", f"  {file.size:,} bytes, {file.items:,} items"]
    for shape in file.shapes:
        lines.append(f"  {shape.items:>8,} {shape.name}{_named(shape.fields)}")
        if shape.missing:
            lines.append(f"           lack: {_counts(shape.missing)}")
        if shape.unknown:
            lines.append(f"           never seen before: {_counts(shape.unknown)}")
    lines += [f"  {count:>8,} stubs: {reason}" for reason, count in file.stubs.items()]
    lines += [f"  {count:>8,} damaged: {reason}" for reason, count in file.damaged.items()]
    if file.first and file.last:
        lines.append(f"  captured {file.first:%Y-%m-%d %H:%M} to {file.last:%Y-%m-%d %H:%M} UTC")
    if file.hosts:
        lines.append("  hosts: " + _counts(file.hosts))
    if file.documents:
        lines.append("  documents: " + _counts(file.documents))
    if file.flags:
        lines.append("  missing: " + _counts(file.flags))
    if file.removed:
        lines.append("  an import removes: " + _counts(file.removed))
    if file.comments:
        told = file.comments
        lines.append(f"  comments: {told.found:,} here of {told.declared:,} that {told.notes:,} notes state")
    if file.fault:
        lines.append(f"  stopped: {file.fault}")
    return lines


def _plain(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _named(fields: tuple[str, ...]) -> str:
    return f" ({', '.join(fields)} ...)" if fields else ""


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
