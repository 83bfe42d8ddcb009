"""Import WACZ files: WARC files in a zip file, with a list of pages and digests that are all checked before anything is taken.

The file is never unpacked. What of it is not as its datapackage.json says is refused with its reason, and the rest goes on.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from corpus.errors import UserError
from corpus.foreign import ForeignWarc
from corpus.identity import canonical_url
from corpus.imports import Damaged, Held, Item, Stub
from corpus.imports.warc import Reading, modified_at
from corpus.members import warc_date
from corpus.records import Finding
from corpus.secrets import clean_bytes, without_secrets
from corpus.strictjson import JSONFault, read_json
from corpus.zipped import ZipFault, Zipped

PACKAGE, PACKAGE_DIGEST = "datapackage.json", "datapackage-digest.json"
_WARC = re.compile(r"archive/[^/]+\.warc(?:\.gz)?", re.IGNORECASE)
_PAGES = re.compile(r"pages/[^/]+\.jsonl", re.IGNORECASE)
_MULTI = "multi-wacz-package"
_ALGORITHMS = {"sha256": "sha256", "sha-256": "sha256", "md5": "md5", "sha512": "sha512", "sha1": "sha1"}
_TEXT_LIMIT = 16 << 20
_LINE_LIMIT = 4 << 20
_LISTED_LIMIT = 200_000
"""Pages of the page lists whose titles are remembered."""
_TITLE_LIMIT = 500
_NEAR = timedelta(days=1)
_NAMED = 5
_HINT = (
    "make it anew with the tool that wrote it (`wacz validate` names every fault), or take the .warc.gz files out of its"
    " folder `archive` and import those"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A member as datapackage.json describes it; None where it does not say."""

    path: str
    size: int | None
    digest: str | None
    """``sha256:`` and its value."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a page list says of a page."""

    title: str | None
    at: datetime | None
    is_seed: bool


class Wacz:
    """A collection of captured pages, or several collections in one file."""

    title = "web archive collection (.wacz)"

    def recognise(self, path: Path, head: bytes) -> str | None:
        named = path.name.lower().endswith(".wacz")
        if head.startswith(b"PK") and (named or PACKAGE.encode() in head or b"archive/" in head[:200]):
            return "a zip file with the parts of a WACZ"
        return "its name ends as that of a WACZ" if named else None

    def items(self, path: Path, held: Held) -> Iterator[Item]:
        """Raises UserError for a file that is no WACZ: what is wrong, and what to do."""
        with path.open("rb") as file:
            yield from _Collection(path, file, 0, path.name).items(held)


class _Collection:
    """One WACZ in ``file``, which may be a stretch of another file that begins at ``base``."""

    def __init__(self, path: Path, file: IO[bytes], base: int, name: str) -> None:
        self.path, self.base, self.name = path, base, name
        try:
            self.zip = Zipped(file)
        except ZipFault as fault:
            raise self._invalid(str(fault)) from fault
        self.package = self._package()
        self.resources = self._resources()

    def items(self, held: Held, nested: bool = False) -> Iterator[Item]:
        for refused in self.zip.refused:
            yield Damaged(refused.reason, self.base + refused.offset, refused.name.encode("utf-8", "replace"))
        if self.package.get("profile") == _MULTI and not nested:
            yield from self._inner(held)
            return
        listed = [one for one in self.resources if _WARC.fullmatch(one.path)]
        if not listed:
            raise self._invalid(f"{PACKAGE} lists no WARC file in `archive`{self._first_fault()}")
        sound: set[str] = set()
        for resource in self.resources:
            if fault := self._fault(resource):
                yield self._refused(resource, fault)
            else:
                sound.add(resource.path)
        known = {one.path for one in self.resources}
        for name in self.zip.names():
            if _WARC.fullmatch(name) and name not in known:
                yield self._refused(Resource(name, None, None), "not_in_datapackage")
        lists = sorted(name for name in sound if _PAGES.fullmatch(name))
        pages: dict[bytes, Listed] = {}
        for name in lists:
            yield from self._listed(name, pages)
        reading = Reading(held, modified_at(self.path), _Finder(self.name, pages, bool(lists)), "WACZ")
        with ExitStack() as stack:  # a revisit may point into any of the files before it
            for resource in listed:
                if resource.path in sound:
                    window = self.zip.stored(resource.path)
                    assert window is not None, "looked at with its digest"
                    warc = stack.enter_context(ForeignWarc(window.opened))
                    yield from reading.items(warc, self.base + window.start)

    def _invalid(self, what: str) -> UserError:
        inner = "" if self.name == self.path.name else f" (collection {self.name})"
        return UserError(f"is no valid WACZ{inner}: {what}", where=self.path, hint=_HINT)

    def _package(self) -> dict[str, Any]:
        raw = self._text(PACKAGE)
        if raw is None:
            raise self._invalid(f"it holds no {PACKAGE}, which lists its parts and their digests")
        package = self._json(PACKAGE, raw)
        if (told := self._text(PACKAGE_DIGEST)) is not None:
            stated = _stated(self._json(PACKAGE_DIGEST, told))
            if stated and _holds(stated, iter([raw])) is False:
                raise self._invalid(f"{PACKAGE} is not as {PACKAGE_DIGEST} says; it was changed after it was written")
        return package

    def _json(self, name: str, raw: bytes) -> dict[str, Any]:
        try:
            value = read_json(raw)
        except JSONFault as fault:
            raise self._invalid(f"{name} cannot be read as JSON ({fault})") from fault
        if not isinstance(value, dict):
            raise self._invalid(f"{name} is no JSON object")
        return value

    def _text(self, name: str) -> bytes | None:
        if name not in self.zip.names():
            return None
        if self.zip.size_of(name) > _TEXT_LIMIT:
            raise self._invalid(f"{name} is larger than {_TEXT_LIMIT >> 20} MiB")
        try:
            return b"".join(self.zip.pieces(name))
        except ZipFault as fault:
            raise self._invalid(str(fault)) from fault

    def _resources(self) -> list[Resource]:
        listed = self.package.get("resources")
        if not isinstance(listed, list) or not listed:
            raise self._invalid(f"{PACKAGE} has no list of resources")
        found: dict[str, Resource] = {}
        for one in listed:
            path = one.get("path") if isinstance(one, dict) else None
            if not isinstance(path, str) or path in found:
                raise self._invalid(
                    f"{PACKAGE} lists a resource " + ("twice" if isinstance(path, str) else "without path")
                )
            old = one.get("stats") if isinstance(one.get("stats"), dict) else one
            size = old.get("bytes")
            found[path] = Resource(path, size if isinstance(size, int) else None, _stated({**one, **old}))
        return list(found.values())

    def _first_fault(self) -> str:
        faults = [f"{one.path}: {fault.replace('_', ' ')}" for one in self.resources if (fault := self._fault(one))]
        return f"; of what it lists, {faults[0]}" if faults else ""

    def _fault(self, resource: Resource) -> str | None:
        """Why a resource is not to be used, after reading it from end to end; None where it is as it should be."""
        if resource.path not in self.zip.names():
            return "resource_missing"
        if resource.digest is None:
            return "digest_missing"
        if resource.size is not None and resource.size != self.zip.size_of(resource.path):
            return "size_wrong"
        is_held = _WARC.fullmatch(resource.path) or resource.path.lower().endswith(".wacz")
        if is_held and self.zip.stored(resource.path) is None:
            return "not_stored"
        try:
            holds = _holds(resource.digest, self.zip.pieces(resource.path))
        except ZipFault:
            return "damaged"
        return None if holds else "digest_wrong" if holds is False else "digest_of_unknown_kind"

    def _refused(self, resource: Resource, reason: str) -> Damaged:
        """What is kept of a part that is refused is what was said of it: the part itself stays in the user's file."""
        there = resource.path in self.zip.names()
        told = {"collection": self.name, "path": resource.path, "digest": resource.digest, "bytes": resource.size}
        place = self.zip.offset(resource.path) if there else 0
        return Damaged(reason, self.base + place, json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"))

    def _listed(self, name: str, pages: dict[bytes, Listed]) -> Iterator[Damaged]:
        """Remember the pages of a list; a line of it that cannot be read is told."""
        for raw in self.zip.lines(name, _LINE_LIMIT):
            if not raw.strip() or len(pages) >= _LISTED_LIMIT:
                continue
            try:
                page = read_json(raw)
            except JSONFault as fault:
                yield Damaged(f"page_json_{fault.reason}", self.base + self.zip.offset(name), clean_bytes(raw)[0])
                continue
            url = page.get("url") if isinstance(page, dict) else None
            if isinstance(url, str) and (key := _key(url)):
                pages.setdefault(key, _page(page, name))

    def _inner(self, held: Held) -> Iterator[Item]:
        """The collections within, one after the other; those that are elsewhere are counted."""
        inner = [one for one in self.resources if one.path.lower().split("?")[0].endswith(".wacz")]
        elsewhere = [one for one in inner if one.path not in self.zip.names()]
        if len(elsewhere) == len(inner):
            names = ", ".join(without_secrets(one.path)[0] for one in elsewhere[:_NAMED])
            raise UserError(
                f"only names collections and holds none: {names}"
                if inner
                else "is a list of collections that is empty",
                where=self.path,
                hint="fetch the .wacz files that it names and import those",
            )
        for resource in inner:
            if resource in elsewhere:
                yield Stub("collection_elsewhere", 0)
            elif fault := self._fault(resource):
                yield self._refused(resource, fault)
            else:
                window = self.zip.stored(resource.path)
                assert window is not None, "looked at with its digest"
                try:
                    collection = _Collection(self.path, window.opened, self.base + window.start, resource.path)
                    yield from collection.items(held, nested=True)
                except UserError as error:
                    yield Damaged("collection_invalid", self.base + window.start, error.what.encode())


@dataclass(frozen=True, slots=True)
class _Finder:
    """Seeds, and captures without a page list, came with the file; what a page led to, by a link."""

    file: str
    pages: dict[bytes, Listed]
    has_list: bool

    def __call__(self, url: str, at: datetime | None) -> Finding:
        page = self.pages.get(_key(url) or b"")
        if page is None:
            return Finding("link") if self.has_list and self.pages else Finding("file", self.file)
        near = page.at if page.at and (at is None or abs(page.at - at) <= _NEAR) else None
        if page.is_seed:
            return Finding("file", self.file, collected_at=near, title=page.title)
        return Finding("link", collected_at=near, title=page.title)


def _page(page: dict[str, Any], name: str) -> Listed:
    title, ts = page.get("title"), page.get("ts")
    stated = page.get("seed") if isinstance(page.get("seed"), bool) else page.get("depth", 0) == 0
    known = title.strip()[:_TITLE_LIMIT] if isinstance(title, str) and not title.startswith("http") else None
    is_seed = bool(stated) and not name.lower().endswith("/extrapages.jsonl")
    return Listed(known or None, warc_date(ts) if isinstance(ts, str) else None, is_seed)


def _key(url: str) -> bytes | None:
    try:
        return hashlib.sha256(canonical_url(url.strip().strip("<>")).encode("utf-8", "replace")).digest()[:12]
    except ValueError:
        return None


def _stated(told: dict[str, Any]) -> str | None:
    """A digest with its kind; older files name the kind beside it. One without a name is of the kind its length tells."""
    value, kind = told.get("hash"), told.get("hashing")
    if not isinstance(value, str) or not value:
        return None
    if ":" in value:
        return value
    return f"{kind if isinstance(kind, str) else {32: 'md5', 64: 'sha256'}.get(len(value), 'unknown')}:{value}"


def _holds(stated: str, pieces: Iterator[bytes]) -> bool | None:
    """Whether a digest is that of what is read; None for a kind that is not known."""
    kind, _, value = stated.partition(":")
    algorithm = _ALGORITHMS.get(kind.lower())
    if algorithm is None:
        return None
    found = hashlib.new(algorithm, usedforsecurity=False)
    for piece in pieces:
        found.update(piece)
    return found.hexdigest() == value.strip().lower()


IMPORT = Wacz()
