"""What an exchange between a browser and a host, as somebody recorded it, becomes at import: an entry without secrets.

What such an import archives is thus as it was captured, but for what was removed: secret headers, parameters, fields of
JSON, and tokens in the text of pages are gone or blank. Where a body had to be changed for that, it is kept decoded.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from corpus.archive import Entry, split_media_type
from corpus.decoding import BODY_LIMIT, RATIO_LIMIT, decode_content
from corpus.identity import canonical_url
from corpus.imports import Held, Shape, Stub, Taken
from corpus.posts import bluesky, mastodon, weibo
from corpus.posts.taking import without_people
from corpus.records import Finding, Permission
from corpus.rednote.collected import PLATFORM as REDNOTE
from corpus.rednote.items import is_rednote
from corpus.rednote.taking import json_bytes
from corpus.secrets import Pairs, clean, clean_bytes, clean_headers, clean_text, without_secrets
from corpus.strictjson import JSONFault, read_json

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_JSON = frozenset({"application/json", "text/json", "text/x-json"})
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/unknown"})
_PACKED = frozenset({"application/gzip", "application/x-gzip"})
_SCRIPTS = (".js", ".mjs", ".css", ".map", ".vtt", ".srt")
_LISTS = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf|urlset|sitemapindex)[\s>]", re.IGNORECASE)
_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_BOM = b"\xef\xbb\xbf"
_NOTES = (b'"comments"', b'"note_card"', b'"noteCard"', b'"display_title"', b'"displayTitle"')
_PRIVATE_PATHS = ("/api/im/", "/you/", "/user/me", "/user/selfinfo")
_HIDDEN = frozenset({"private", "direct", "unlisted"})
_HIDDEN_TOLD = "post not public"
_CHANGED = frozenset({"content-encoding", "content-length", "content-md5", "digest", "transfer-encoding"})
_LOOKED_AT = 4096
_STEP = 64 << 10


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked for and what came. ``at``: when, UTC; None where the file does not say."""

    url: str
    at: datetime | None
    status: int
    headers: Pairs
    body: bytes
    """Without its chunks; still content-encoded where `headers` say so."""
    position: int
    finding: Finding
    problems: tuple[str, ...] = ()
    is_get: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """A body that a reader can use: its format, the source it belongs to (empty: to that of its host), and its bytes
    without secrets, which are ``None`` where the bytes as they came hold none."""

    format: str
    source_id: str = ""
    body: bytes | None = None
    removed: tuple[str, ...] = ()
    hidden: int = 0
    """Posts left out that are not for all to see."""


def take(exchange: Exchange, held: Held, modified: datetime, form: str) -> Taken | Stub:
    """The entry of an exchange; a stub where there is nothing in it to read.

    ``form`` names the kind of file, ``modified`` stands for a time that is not told. Reasons of stubs: ``no_web_address``
    (``dns:``, ``urn:`` ...), ``no_answer``, ``not_modified``, ``no_content``, ``no_text`` (pictures, films, scripts),
    ``coding_unknown``, ``json_of_no_known_interface``, ``private``, ``not_asked_by_get`` (a form's answer, which may be meant for one person).
    """
    address = exchange.url.strip().strip("<>").replace(" ", "%20")
    url, named = without_secrets(address)
    if not _is_web(url):
        return Stub("no_web_address", exchange.position)
    if not 100 <= exchange.status <= 599:
        return Stub("no_answer", exchange.position)
    if exchange.status == 304:
        return Stub("not_modified", exchange.position)
    exchange = _uncoded(exchange)
    plain, problems = decode_content(exchange.body, _header(exchange, "content-encoding"))
    if "coding_unknown" in problems:
        return Stub("coding_unknown", exchange.position)
    told = _told(exchange, url, plain, held)
    if isinstance(told, str):
        return Stub(told, exchange.position)
    headers, more = clean_headers(exchange.headers)
    if told.body is not None:
        headers = tuple(pair for pair in headers if pair[0].lower() not in _CHANGED)
    found, inner = _clean_finding(exchange.finding, exchange.at)
    notes = {*exchange.problems, *(problems if told.body is not None else ())}
    notes |= {"truncated"} if exchange.status == 206 else set()
    notes |= {"collected_at_unknown"} if exchange.at is None else set()
    # That it was asked for with its token tells a note that is gone from one that is not shown without it.
    notes |= {"token_removed"} if "parameter xsec_token" in named else set()
    entry = Entry(
        source_id=told.source_id,
        url=url,
        fetched_at=exchange.at or modified,
        status=exchange.status,
        headers=headers,
        body=exchange.body if told.body is None else told.body,
        how="import",
        format=told.format,
        finding=found,
        permission=Permission("own-capture"),
        problems=tuple(sorted(notes)),
    )
    missing = (*(() if exchange.at else ("date",)), *(() if entry.header("Content-Type") else ("content-type",)))
    removed = (*sorted({*named, *more, *told.removed, *inner}), *(_HIDDEN_TOLD,) * told.hidden)
    return Taken(entry, Shape(f"{form} {told.format}", missing), removed)


def _is_web(url: str) -> bool:
    try:
        return bool(canonical_url(url))
    except ValueError:
        return False


def _header(exchange: Exchange, name: str) -> str | None:
    return next((value for key, value in exchange.headers if key.lower() == name), None)


def _clean_finding(finding: Finding, at: datetime | None) -> tuple[Finding, tuple[str, ...]]:
    value, removed = clean_text(finding.value) if finding.value else (finding.value, ())
    title, more = clean_text(finding.title) if finding.title else (finding.title, ())
    return replace(finding, value=value, title=title, collected_at=finding.collected_at or at), (*removed, *more)


def _uncoded(exchange: Exchange) -> Exchange:
    """Without a content coding that readers do not know (zstd), and without the name of one that was undone before."""
    coding = (_header(exchange, "content-encoding") or "").strip().lower()
    body = exchange.body
    if not coding:
        return exchange
    problems = exchange.problems
    if coding == "zstd" and body[:4] == b"\x28\xb5\x2f\xfd":
        body, problem = _unzstd(body)
        problems = (*problems, problem) if problem else problems
    elif not _is_undone(coding, body):
        return exchange
    kept = tuple(pair for pair in exchange.headers if pair[0].lower() not in _CHANGED)
    return replace(exchange, headers=kept, body=body, problems=problems)


def _unzstd(body: bytes) -> tuple[bytes, str | None]:
    """Within the bounds of `decode_content`, and with its problems; what comes before a fault is kept."""
    limit = min(BODY_LIMIT, max(1 << 20, len(body) * RATIO_LIMIT))
    plain = bytearray()
    try:
        with pa.CompressedInputStream(pa.BufferReader(body), "zstd") as stream:
            while piece := stream.read(_STEP):
                plain += piece
                if len(plain) > limit:
                    return bytes(plain[:limit]), "payload_too_large"
    except OSError:
        return bytes(plain), "payload_incomplete"
    return bytes(plain), None


def _is_undone(coding: str, body: bytes) -> bool:
    """Whether a body is no longer coded, though its header says so: many tools undo codings and keep the header."""
    if coding in ("gzip", "x-gzip"):
        return body[:2] != b"\x1f\x8b"
    _, problems = decode_content(body, coding)
    return "payload_damaged" in problems and body.removeprefix(_BOM).lstrip()[:1] in (b"<", b"{", b"[")


def _told(exchange: Exchange, url: str, plain: bytes, held: Held) -> Told | str:
    """What a body is, by its declared type and by its look; a str: why there is nothing to read."""
    media = split_media_type(_header(exchange, "content-type"))[0] if _header(exchange, "content-type") else ""
    path = urlsplit(url).path.lower()
    start = plain.removeprefix(_BOM).lstrip()[:_LOOKED_AT]
    if media in _JSON or media.endswith("+json") or (media in _UNTOLD | {"text/plain"} and start[:1] in (b"{", b"[")):
        return _told_json(exchange, url, plain, held) if start else "no_content"
    if not exchange.is_get:
        return "not_asked_by_get"
    form = _format(exchange.status, media, path, start, exchange.body)
    if form not in ("page", "feed", "robots", "text"):
        return form
    body, removed = clean_bytes(plain)
    own = REDNOTE if REDNOTE in held.source_ids and is_rednote(url) else ""
    return Told(form, own, body if removed else None, removed)


def _format(status: int, media: str, path: str, start: bytes, body: bytes) -> str:
    is_text = media.startswith("text/") or media in _HTML or "xml" in media or media in _UNTOLD
    if path == "/robots.txt" and is_text:
        return "robots"
    if body[:2] == b"\x1f\x8b" and path.endswith(".xml.gz") and media in _PACKED | _UNTOLD:
        return "feed"
    if not is_text or path.endswith(_SCRIPTS) or media in ("text/css", "text/javascript"):
        return "no_text"
    if not start:  # a redirect or a page that is gone says something without a body
        return "page" if status >= 300 and media in _HTML | _UNTOLD else "no_content"
    if start.startswith(b"<") and _LISTS.search(start) and not _PAGE.match(start):
        return "feed"
    if media in _HTML or ((media in _UNTOLD or "xml" in media) and (_PAGE.match(start) or b"<html" in start.lower())):
        return "page"
    return "text" if media == "text/plain" else "no_text"


def _told_json(exchange: Exchange, url: str, plain: bytes, held: Held) -> Told | str:
    """An answer of a platform's interface, as far as there is a reader for it."""
    if is_rednote(url) or _is_said_of(url, held, REDNOTE):
        if any(part in urlsplit(url).path for part in _PRIVATE_PATHS):
            return "private"
        if not any(mark in plain for mark in _NOTES):
            return "json_of_no_known_interface"
        return _cleaned("answer", REDNOTE, plain)
    try:
        value = read_json(plain)
    except JSONFault:
        return "json_of_no_known_interface"
    if (found := mastodon.statuses_in(value)) and any(mastodon.is_status(one) for one in found):
        return _cleaned(mastodon.PLATFORM, mastodon.PLATFORM, plain, value)
    if (shown := bluesky.items_in(value)) and any(bluesky.is_item(one) for one in shown):
        return _cleaned(bluesky.PLATFORM, bluesky.PLATFORM, plain, value)
    if (weibo.is_weibo(url) or _is_said_of(url, held, weibo.PLATFORM)) and weibo.statuses_in(value):
        return _cleaned(weibo.PLATFORM, weibo.PLATFORM, plain, value)
    return "json_of_no_known_interface"


def _is_said_of(url: str, held: Held, platform: str) -> bool:
    """Whether the study says of a host that it is the platform's."""
    return held.hosts.get((urlsplit(url).hostname or "").lower()) == platform


def _public(value: Any, hidden: list[Any]) -> Any:
    """An answer without the posts that are not for all to see: what a person saw who was logged in. Those are put into
    ``hidden``."""
    if isinstance(value, list):
        hidden += (one for one in value if _is_hidden(one))
        return [_public(one, hidden) for one in value if not _is_hidden(one)]
    if isinstance(value, dict):
        hidden += (one for one in value.values() if _is_hidden(one))
        return {name: _public(one, hidden) for name, one in value.items() if not _is_hidden(one)}
    return value


def _is_hidden(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    if mastodon.is_status(value):
        return value.get("visibility") in _HIDDEN
    if weibo.is_status(value):
        return not weibo.is_public(value)
    return bluesky.is_view(value) and not bluesky.is_for_all(value)


def _cleaned(form: str, source_id: str, plain: bytes, value: Any = None) -> Told:
    """Without secret fields and posts that are not public; one that cannot be read as JSON, with its secrets blanked out."""
    hidden: list[Any] = []
    try:
        value = read_json(plain) if value is None else value
    except JSONFault:
        body, names = clean_bytes(plain)
        return Told(form, source_id, body, names)
    if form in (mastodon.PLATFORM, bluesky.PLATFORM, weibo.PLATFORM):
        value = _public(value, hidden)
    if form in (mastodon.PLATFORM, bluesky.PLATFORM):
        value = without_people(value, "", set())
    kept, names = clean(value)
    return Told(form, source_id, json_bytes(kept), names, len(hidden))
