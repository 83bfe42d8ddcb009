"""Import what the browser extension Zeeschuimer recorded of RedNote: one JSON object a line."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from corpus.archive import Entry
from corpus.identity import canonical_url, digest
from corpus.imports import Damaged, Held, Stub
from corpus.imports import Item as Given
from corpus.jsonlines import Line, read_lines
from corpus.records import Finding, Permission
from corpus.rednote.items import Item, is_rednote, moment, native_id, part, pick, shape_of, without_tokens
from corpus.rednote.listings import listing_of
from corpus.rednote.refusals import note_id_in
from corpus.strictjson import JSONFault, read_json

SOURCE_ID = "rednote"
_META = "__import_meta"
_LINES_LOOKED_AT = 8
_VALUE_LIMIT = 200
_PLATFORMS = ("xiaohongshu", "rednote")
_MARKS = (b'"source_platform"', b'"timestamp_collected"')
# What names or tracks the researcher, gives access, or shows a face: nobody needs it to read a note.
_DROPPED = frozenset(
    {
        *("xsec_token", "xsectoken", "xsec_source", "xsecsource", "web_session", "authorization", "cookie", "cookies"),
        *("set-cookie", "user_agent", "useragent", "avatar", "avatarurl", "avatar_url", "author_avatar_url"),
        *("liked", "collected", "followed", "relation"),
    }
)
_PICTURES = frozenset({"image", "images", "imageb", "avatar"})
_PEOPLE = frozenset({"user", "user_info", "userinfo"})
_SECRET_PARAMETER = re.compile(
    r"(token|session|secret|signature|passw|cookie|auth|^sid$|^key$|^a1$|^xsec_)", re.IGNORECASE
)


class Zeeschuimer:
    """Notes and comments as the platform's interface sent them to the researcher's own browser."""

    title = "Zeeschuimer export of RedNote (.ndjson)"

    def recognise(self, path: Path, head: bytes) -> str | None:
        lines = [line for line in head.split(b"\n") if line.strip()][:_LINES_LOOKED_AT]
        for line in lines:
            try:
                item = _unfolded(read_json(line))
            except JSONFault:
                continue
            if item is not None:
                return "lines of JSON with `source_platform` and `data`, as Zeeschuimer exports them"
        if lines and lines[0].lstrip(b"\xef\xbb\xbf \t").startswith(b"{") and all(mark in lines[0] for mark in _MARKS):
            return "a first line of JSON that names `source_platform` and `timestamp_collected`, as Zeeschuimer does"
        return None

    def items(self, path: Path, held: Held) -> Iterator[Given]:
        modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        for line in read_lines(path):
            yield _taken(line, path.name, modified)


def _taken(line: Line, file: str, modified: datetime) -> Entry | Damaged | Stub:
    if line.too_long:
        return Damaged("line_too_long", line.number, line.raw)
    try:
        item = _unfolded(read_json(line.raw))
    except JSONFault as fault:
        cut = not line.ended and fault.reason == "syntax"
        return Damaged("line_cut" if cut else f"json_{fault.reason}", line.number, line.raw)
    if item is None:
        return Damaged("not_an_item", line.number, line.raw)
    if not str(item.get("source_platform")).startswith(_PLATFORMS):
        return Stub("other_platform", line.number)
    if shape_of(item["data"]) == "stub":
        return Stub("tile_without_note", line.number)
    return _entry(_clean(item), file, modified, line.ended)


def _unfolded(value: Any) -> Item | None:
    """An item as Zeeschuimer writes it, also from the other spelling: data, and all else under one key."""
    if not isinstance(value, dict):
        return None
    item: Item = value
    if isinstance(meta := item.get(_META), dict):
        item = {**meta, "data": {name: one for name, one in item.items() if name != _META}}
    if isinstance(item.get("source_platform"), str) and isinstance(item.get("data"), dict):
        return item
    return None


def _entry(item: Item, file: str, modified: datetime, ended: bool) -> Entry:
    collected = moment(item.get("timestamp_collected"))
    tab = _string(item.get("source_platform_url"))
    note_id = _note_id(item, tab)
    body = _json(item)
    problems = [] if collected else ["collected_at_unknown"]
    problems += [] if ended else ["last_line_unended"]
    return Entry(
        source_id=SOURCE_ID,
        url=_note_url(note_id, tab) if note_id else f"urn:huanying:item:{digest(body)[:32]}",
        fetched_at=collected or modified,
        status=200,
        headers=(("Content-Type", "application/json"),),
        body=body,
        how="import",
        format="zeeschuimer",
        finding=finding_of(tab, note_id, file, collected),
        permission=Permission("own-capture"),
        problems=tuple(problems),
    )


def _note_id(item: Item, tab: str) -> str | None:
    data = part(item, "data")
    if shape_of(data) == "comment":
        return native_id(pick(data, "note_id", "noteId")) or native_id(note_id_in(tab))
    note = part(data, "note_card", "noteCard") or part(data, "note") or data
    own = native_id(pick(note, "note_id", "noteId")) or native_id(data.get("id")) or native_id(item.get("item_id"))
    return own or native_id(note_id_in(_string(data.get("url"))))


def _note_url(note_id: str, tab: str) -> str:
    try:
        host = urlsplit(tab).hostname or ""
    except ValueError:
        host = ""
    name = "rednote" if host.endswith("rednote.com") else "xiaohongshu"
    return f"https://www.{name}.com/explore/{note_id}"


def finding_of(tab: str, note_id: str | None, file: str, collected: datetime | None) -> Finding:
    """How a note came before the researcher, told from the address of the tab; the account of a profile as given."""
    try:
        parts = urlsplit(tab)
        known = is_rednote(tab)
    except ValueError:
        known = False
    if not known:
        return Finding("file", file, collected_at=collected)
    if listing := listing_of(tab):
        return replace(listing, collected_at=collected)
    on = note_id_in(tab)
    if on and on != note_id:
        return Finding(
            "link", canonical_url(f"https://{parts.hostname}{parts.path}")[:_VALUE_LIMIT], collected_at=collected
        )
    return Finding("link", None, collected_at=collected)


def _clean(value: Any, inside: str = "") -> Any:
    """``value`` without secrets and faces; its structure otherwise as it was."""
    if isinstance(value, dict):
        return {
            name: _clean(one, name.lower())
            for name, one in value.items()
            if name.lower() not in _DROPPED and not (inside in _PEOPLE and name.lower() in _PICTURES)
        }
    if isinstance(value, list):
        return [_clean(one, inside) for one in value]
    return _clean_text(value) if isinstance(value, str) else value


def _clean_text(text: str) -> str:
    if not text.startswith(("http://", "https://")) or "?" not in text or any(sign.isspace() for sign in text):
        return without_tokens(text)
    try:
        parts = urlsplit(text)
    except ValueError:
        return without_tokens(text)
    kept = [
        pair for pair in parts.query.split("&") if not _SECRET_PARAMETER.search(unquote(unquote(pair)).split("=", 1)[0])
    ]
    return without_tokens(urlunsplit(parts._replace(query="&".join(kept))))


def _json(item: Item) -> bytes:
    try:
        return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # a lone surrogate: kept as the escape that it was
        return json.dumps(item, separators=(",", ":")).encode()


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


IMPORT = Zeeschuimer()
