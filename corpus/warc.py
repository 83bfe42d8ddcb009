"""WARC records of an entry: put together for the archive, and taken apart strictly.

They are put together here and not by the WARC library: measured, that is a sixth of its time
(docs/decisions/0002-own-warc-writer.md); the library's own checker passes over what comes out. What is known of an
import stands in a header line of its one record (docs/decisions/0012-one-record-an-import.md).
"""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from corpus.errors import ArchiveError
from corpus.records import Finding, How, Permission

_MEMBER_LIMIT = 128 << 20
_CRLF = b"\r\n"
_BLANKS = " \t\n\r\x0b\x0c"
_KNOWN = "Huanying-Entry"
"""Header line of a record that stands alone: JSON in ASCII, as otherwise a metadata record beside it holds."""
_as_line = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_Digest = str
"""SHA-256 in hex."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be archived: bytes as they came and all that is known of how. `fetched_at` is UTC."""

    source_id: str
    url: str
    fetched_at: datetime
    status: int
    headers: tuple[tuple[str, str], ...]
    """Of the response; for an import, at least its Content-Type."""
    body: bytes
    """As sent: still content-encoded where `headers` say so."""
    how: How
    format: str
    finding: Finding
    permission: Permission
    request_headers: tuple[tuple[str, str], ...] = ()
    address: str | None = None
    """The address that was dialled."""
    problems: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None


@lru_cache(maxsize=256)
def split_media_type(value: str | None) -> tuple[str, str | None]:
    """``text/html; charset=GBK`` as ``("text/html", "gbk")``."""
    parts = (value or "").split(";")
    charset = next(
        (p.split("=", 1)[1].strip(" \"'").lower() for p in parts[1:] if p.strip().lower().startswith("charset=")), None
    )
    return parts[0].strip().lower() or "application/octet-stream", charset or None


def members(entry: Entry) -> Iterator[bytes]:
    """An entry's records, a gzip member each: what was sent, what was asked where that is known, and what is known of both.

    An import is one record: nobody asked, and what is known stands in its header.
    """
    date = _warc_date(entry.fetched_at)
    payload = hashlib.sha256(entry.body).hexdigest()
    main_id = _record_id("main", entry.url, date, payload)
    head = [("WARC-Payload-Digest", f"sha256:{payload}")]
    if entry.address:
        head.append(("WARC-IP-Address", entry.address))
    if "truncated" in entry.problems:
        head.append(("WARC-Truncated", "length"))
    media = entry.header("Content-Type") or "application/octet-stream"
    if entry.how == "import" and not entry.request_headers:
        head.append((_KNOWN, _as_line(_known(entry))))
        yield _member("resource", main_id, entry.url, date, media, entry.body, head, payload)
        return
    if entry.how == "http":
        block = _http_head(f"HTTP/1.1 {entry.status} {_phrase(entry.status)}", entry.headers) + entry.body
        yield _member("response", main_id, entry.url, date, "application/http; msgtype=response", block, head)
    else:
        kind = "conversion" if entry.how == "rendered" else "resource"
        yield _member(kind, main_id, entry.url, date, media, entry.body, head, payload)
    beside = [("WARC-Concurrent-To", main_id)]
    if entry.request_headers:
        block = _http_head(f"GET {_path_of(entry.url)} HTTP/1.1", entry.request_headers)
        asked = "application/http; msgtype=request"
        yield _member("request", _record_id("request", main_id), entry.url, date, asked, block, beside)
    block = json.dumps(_known(entry), ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    yield _member("metadata", _record_id("metadata", main_id), entry.url, date, "application/json", block, beside)


def _known(entry: Entry) -> dict[str, Any]:
    return {
        "source_id": entry.source_id,
        "fetched_at": entry.fetched_at.isoformat(),
        "status": entry.status,
        "headers": [] if entry.how == "http" else [list(pair) for pair in entry.headers],
        "how": entry.how,
        "format": entry.format,
        "finding": _plain(entry.finding),
        "permission": _plain(entry.permission),
        "problems": list(entry.problems),
    }


def _member(
    kind: str,
    record_id: str,
    url: str | None,
    date: str,
    media: str,
    block: bytes,
    more: list[tuple[str, str]],
    digest: _Digest = "",
) -> bytes:
    """``digest``: of the block, where that is known already."""
    lines = ["WARC/1.1", f"WARC-Type: {kind}", f"WARC-Record-ID: {record_id}", f"WARC-Date: {date}"]
    if url is not None:
        lines.append(f"WARC-Target-URI: {_one_line(url)}")
    lines += [f"{name}: {_one_line(value)}" for name, value in more]
    lines += [
        f"WARC-Block-Digest: sha256:{digest or hashlib.sha256(block).hexdigest()}",
        f"Content-Type: {_one_line(media)}",
        f"Content-Length: {len(block)}",
    ]
    head = "\r\n".join(lines).encode("utf-8", "replace")
    return zlib.compress(head + b"\r\n\r\n" + block + b"\r\n\r\n", 6, 31)


def warcinfo(name: str) -> bytes:
    block = (
        b"software: Huanying\r\nformat: WARC File Format 1.1\r\n"
        b"description: payload bytes are as sent; reason phrase, header order and case, and transfer coding are not kept\r\n"
    )
    date = _warc_date(datetime.now(UTC))
    return _member(
        "warcinfo",
        _record_id("warcinfo", name, date),
        None,
        date,
        "application/warc-fields",
        block,
        [("WARC-Filename", name)],
    )


def _record_id(*parts: str) -> str:
    name = hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"<urn:uuid:{name[:8]}-{name[8:12]}-8{name[13:16]}-8{name[17:20]}-{name[20:32]}>"


def _http_head(first: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [first, *(f"{name}: {_one_line(value)}" for name, value in headers)]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _path_of(url: str) -> str:
    after = url.split("://", 1)[-1]
    return "/" + after.split("/", 1)[1] if "/" in after else "/"


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"


def _warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _plain(record: Finding | Permission) -> dict[str, Any]:
    """What is known of a flat record, as plain data; `dataclasses.asdict` would copy each value deeply first."""
    known = ((name, getattr(record, name)) for name in record.__slots__)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in known if value is not None
    }


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """One record of a WARC file, checked: length, required fields, digests."""

    kind: str
    fields: dict[str, str]
    block: bytes
    offset: int


def strict_records(data: bytes, path: Path, base: int = 0) -> Iterator[WarcRecord]:
    """Records of gzip members, one record a member; raises ArchiveError at the first that is not whole and true.

    Stricter than the common readers, which give a short record without a word where a file was cut: each member must
    end, hold exactly one record whose block has the length it states, be followed by two line ends, carry the required
    fields, and match its block digest.
    """
    position = 0
    while position < len(data):
        inflate = zlib.decompressobj(31)
        try:
            raw = inflate.decompress(data[position:], _MEMBER_LIMIT)
        except zlib.error as error:
            raise ArchiveError(f"damaged gzip member: {error}", path=path, offset=base + position) from error
        if not inflate.eof:
            raise ArchiveError("gzip member does not end", path=path, offset=base + position)
        yield _strict_record(raw, path, base + position)
        position = len(data) - len(inflate.unused_data)


def _strict_record(raw: bytes, path: Path, offset: int) -> WarcRecord:
    def wrong(what: str) -> ArchiveError:
        return ArchiveError(what, path=path, offset=offset)

    head, separator, rest = raw.partition(b"\r\n\r\n")
    if not separator or not head.startswith(b"WARC/1."):
        raise wrong("no WARC header")
    fields: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise wrong("header line without a colon")
        fields[name.strip(_BLANKS).lower()] = value.strip(_BLANKS)
    for required in ("warc-type", "warc-record-id", "warc-date", "content-length"):
        if required not in fields:
            raise wrong(f"required field {required} is missing")
    length = int(fields["content-length"]) if fields["content-length"].isdecimal() else -1
    block = rest[:length] if length >= 0 else b""
    if len(block) != length or rest[length:] != b"\r\n\r\n":
        raise wrong("block does not have the length it states")
    stated = fields.get("warc-block-digest")
    if stated and not _digest_holds(stated, block):
        raise wrong("block digest does not match")
    return WarcRecord(fields["warc-type"], fields, block, offset)


def _digest_holds(stated: str, block: bytes) -> bool:
    name, _, value = stated.partition(":")
    if name.lower() not in ("sha1", "sha256", "md5"):
        return True
    found = hashlib.new(name.lower(), block, usedforsecurity=False)
    if value.lower() == found.hexdigest():
        return True
    return value.strip("=").lower() == base64.b32encode(found.digest()).decode().strip("=").lower()


def entry_of(records: Iterable[WarcRecord]) -> Entry | None:
    """The entry that its records make; None where they are not all there."""
    kinds = {record.kind: record for record in records}
    main = kinds.get("response") or kinds.get("resource") or kinds.get("conversion")
    if main is None:
        return None
    line, beside = main.fields.get(_KNOWN.lower()), kinds.get("metadata")
    if line is None and beside is None:
        return None
    known = json.loads(line or (beside.block if beside else b""))
    request = kinds.get("request")
    finding = dict(known["finding"])
    if "collected_at" in finding:
        finding["collected_at"] = datetime.fromisoformat(finding["collected_at"])
    entry = Entry(
        source_id=known["source_id"],
        url=main.fields["warc-target-uri"],
        fetched_at=datetime.fromisoformat(known["fetched_at"]),
        status=known["status"],
        headers=tuple((name, value) for name, value in known["headers"]),
        body=main.block,
        how=known["how"],
        format=known["format"],
        finding=Finding(**finding),
        permission=Permission(**known["permission"]),
        address=main.fields.get("warc-ip-address"),
        problems=tuple(known["problems"]),
    )
    if main.kind == "response":
        head, _, body = main.block.partition(b"\r\n\r\n")
        entry = replace(entry, headers=_header_pairs(head), body=body)
    if request is not None:
        entry = replace(entry, request_headers=_header_pairs(request.block.partition(b"\r\n\r\n")[0]))
    return entry


def _header_pairs(head: bytes) -> tuple[tuple[str, str], ...]:
    pairs = [line.decode("utf-8", "surrogateescape").partition(": ") for line in head.split(_CRLF)[1:]]
    return tuple((name, value) for name, _, value in pairs)
