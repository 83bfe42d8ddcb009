"""Import HAR files, the log of a browser's network panel: each answer that it received is one item.

What is archived is the content as it was received, but for what was removed from it (see `corpus.exchanges`). Of what
the browser sent only the address is archived: no cookie, no header, no posted data.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from corpus.archive import split_media_type
from corpus.errors import UserError
from corpus.exchanges import Exchange, take
from corpus.imports import Damaged, Held, Item, Stub
from corpus.imports.warc import modified_at
from corpus.jsonlines import Line
from corpus.members import warc_date
from corpus.nested import Nested, NestedFault
from corpus.records import Finding
from corpus.rednote.items import is_rednote
from corpus.rednote.listings import listing_of
from corpus.secrets import Pairs, clean_bytes
from corpus.strictjson import JSONFault, read_json
from corpus.telltale import is_secret_header, told

_ENTRY_LIMIT = 64 << 20
_PAGES_LIMIT = 10_000
_QUERY_LIMIT = 200
_BEGINS = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{')
_UNDONE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_NO_TEXT = re.compile(rb'"mimeType"\s*:\s*"(?:video|image|audio|font)/', re.IGNORECASE)
_QUERY = re.compile(rb"\?[^\"\\\s]*")
_SENT = re.compile(rb'("(?:value|text|data|postData|params|cookies?)"\s*:\s*)"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_HINT = 'export it anew: in the browser\'s network panel, "Save all as HAR"'


@dataclass(slots=True)
class _Opened:
    """What is known of the file while its entries pass. ``pages``: the address of each page of the log."""

    file: str
    modified: datetime
    held: Held
    pages: dict[str, str] = field(default_factory=dict)

    def page(self, line: Line) -> None:
        try:
            page = read_json(line.raw)
        except JSONFault:
            return
        name, title = _get(page, "id"), _get(page, "title")
        if isinstance(name, str) and isinstance(title, str) and len(self.pages) < _PAGES_LIMIT:
            self.pages[name] = title

    def entry(self, line: Line) -> Item:
        try:
            entry = read_json(line.raw)
        except JSONFault as fault:
            return Damaged(f"json_{fault.reason}" if line.ended else "entry_cut", line.number, _blanked(line.raw))
        url, method, status = _get(entry, "request", "url"), _get(entry, "request", "method"), _status(entry)
        if not isinstance(url, str) or not isinstance(method, str) or status is None:
            return Damaged("not_an_entry", line.number, _blanked(line.raw))
        return self._taken(entry, url, method.upper(), status, line)

    def _taken(self, entry: Any, url: str, method: str, status: int, line: Line) -> Item:
        if status == 0:
            return Stub("no_answer", line.number)
        try:
            body, is_text = _body(entry)
        except (binascii.Error, ValueError):
            return Damaged("base64_faulty", line.number, _blanked(line.raw))
        answered = 300 <= status != 304  # a redirect, or a page that is gone, says something without its content
        if body is None and not answered:
            return Stub("no_content", line.number)
        started = _get(entry, "startedDateTime")
        at = warc_date(started) if isinstance(started, str) else None
        from_cache = status == 304 and bool(body)
        exchange = Exchange(
            url=url,
            at=at,
            status=200 if from_cache else status,
            headers=_headers(entry, is_text),
            body=body or b"",
            position=line.number,
            finding=self._finding(entry, url),
            problems=("from_cache",) if from_cache else (),
            is_get=method == "GET",
        )
        item = take(exchange, self.held, self.modified, "HAR")
        if isinstance(item, Stub):
            return item
        return replace(item, removed=(*item.removed, *sorted(_left_out(entry) - {*item.removed})))

    def _finding(self, entry: Any, url: str) -> Finding:
        """By the search that was posted, or by the listing that the page was; else by the file."""
        if is_rednote(url):
            if asked := _asked(entry, url):
                return asked
            if listing := listing_of(self.pages.get(str(_get(entry, "pageref")), "")):
                return listing
        return Finding("file", self.file)


def _get(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _status(entry: Any) -> int | None:
    status = _get(entry, "response", "status")
    return status if isinstance(status, int) and not isinstance(status, bool) else None


def _body(entry: Any) -> tuple[bytes | None, bool]:
    """What was received, decoded, and whether the file holds it as text (which is written as UTF-8 here)."""
    text = _get(entry, "response", "content", "text")
    if not isinstance(text, str) or not text:
        return None, False
    if _get(entry, "response", "content", "encoding") == "base64":
        return base64.b64decode("".join(text.split()), validate=True), False
    return text.encode("utf-8", "replace"), True


def _pairs(entry: Any, side: str) -> list[tuple[str, str]]:
    listed = _get(entry, side, "headers")
    pairs = [(_get(one, "name"), _get(one, "value")) for one in listed] if isinstance(listed, list) else []
    return [
        (name, value)
        for name, value in pairs
        if isinstance(name, str) and isinstance(value, str) and name and not name.startswith(":")
    ]


def _headers(entry: Any, is_text: bool) -> Pairs:
    """Of the answer, as they go with a decoded body."""
    kept = [pair for pair in _pairs(entry, "response") if pair[0].lower() not in _UNDONE]
    told = next((value for name, value in kept if name.lower() == "content-type"), None)
    mime = _get(entry, "response", "content", "mimeType")
    media = told or (mime if isinstance(mime, str) and mime != "x-unknown" else "")
    if is_text and media:
        media = f"{split_media_type(media)[0]}; charset=utf-8"
    kept = [pair for pair in kept if pair[0].lower() != "content-type"]
    return (*((("Content-Type", media),) if media else ()), *kept)


def _left_out(entry: Any) -> set[str]:
    """Names of the secrets that the browser sent."""
    names = set(told("header", (name for name, _ in _pairs(entry, "request") if is_secret_header(name))))
    names |= {"cookies"} if _get(entry, "request", "cookies") or _get(entry, "response", "cookies") else set()
    return names | ({"posted data"} if _get(entry, "request", "postData") else set())


def _asked(entry: Any, url: str) -> Finding | None:
    """The words that were searched for; nothing else of what was posted is looked at."""
    text = _get(entry, "request", "postData", "text")
    if not urlsplit(url).path.endswith("/search/notes") or not isinstance(text, str):
        return None
    try:
        posted = read_json(text)
    except JSONFault:
        return None
    words, sort = _get(posted, "keyword"), _get(posted, "sort")
    if not isinstance(words, str) or not words.strip():
        return None
    return Finding("query", words.strip()[:_QUERY_LIMIT], sort_order=sort[:40] if isinstance(sort, str) else None)


def _blanked(raw: bytes) -> bytes:
    """An entry that cannot be read, as far as it may be kept: headers, cookies and what was posted or received left out."""
    return clean_bytes(_QUERY.sub(b"", _SENT.sub(rb'\1""', raw)))[0]


def _too_long(line: Line) -> Item:
    """By its first piece. Nothing of it is kept: where it was cut, a secret could not be told."""
    return Stub("no_text", line.number) if _NO_TEXT.search(line.raw) else Damaged("entry_too_long", line.number, b"")


class Har:
    """The answers that a browser received, in the order in which it asked."""

    title = "network log of a browser (.har)"

    def recognise(self, path: Path, head: bytes) -> str | None:
        if _BEGINS.match(head) and (b'"entries"' in head or b'"creator"' in head or b'"pages"' in head):
            return "a JSON object with `log`, as browsers save their network panel"
        return "its name ends as that of a HAR file" if path.name.lower().endswith(".har") else None

    def items(self, path: Path, held: Held) -> Iterator[Item]:
        """Raises UserError for a file that has no list of entries at all."""
        nested = Nested(path, "log", ("pages", "entries"), _ENTRY_LIMIT)
        opened = _Opened(path.name, modified_at(path), held)
        too_long = -1
        try:
            for name, line in nested.elements():
                if name == "pages":
                    opened.page(line)
                    continue
                if not line.too_long:
                    yield opened.entry(line)
                elif too_long < 0:
                    yield _too_long(line)
                too_long = line.number if line.too_long and not line.ended else -1
        except NestedFault as fault:
            if "entries" not in nested.found:
                raise UserError(f"is no HAR file: {fault}", where=path, hint=_HINT) from fault
            yield Damaged(f"har_{fault.reason}", fault.offset, b"")
        if "entries" not in nested.found:
            raise UserError("is no HAR file: it has no `log.entries`", where=path, hint=_HINT)


IMPORT = Har()
