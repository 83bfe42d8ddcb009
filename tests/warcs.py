"""Writes WARC, WACZ and HAR files for tests, and says what the pages in them are; with faults where a test asks for them."""

import base64
import gzip
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

DATE = "2025-01-14T08:00:00Z"
PLANTED = "PLANTED0secret9"


def sha1(data: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def record(
    kind: str, block: bytes, media: str, url: str | None = None, digests: bool = True, **more: str | None
) -> bytes:
    """One WARC record. ``more``: further fields, ``_`` for ``-``; None leaves one out that would be there."""
    name = hashlib.md5(kind.encode() + (url or "").encode() + block).hexdigest()
    fields: dict[str, str | None] = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{name[:8]}-{name[8:12]}-4{name[13:16]}-8{name[17:20]}-{name[20:]}>",
        "WARC-Date": DATE,
        "WARC-Target-URI": url,
        "WARC-Block-Digest": sha1(block) if digests else None,
        "Content-Type": media,
        "Content-Length": str(len(block)),
    } | {key.replace("_", "-"): value for key, value in more.items()}
    lines = ["WARC/1.1", *(f"{key}: {value}" for key, value in fields.items() if value is not None)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def http(
    body: bytes, media: str = "text/html; charset=utf-8", status: int = 200, headers: tuple[str, ...] = ()
) -> bytes:
    lines = [f"HTTP/1.1 {status} Reason", *([f"Content-Type: {media}"] if media else []), *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def response(
    url: str,
    body: bytes,
    media: str = "text/html; charset=utf-8",
    status: int = 200,
    headers: tuple[str, ...] = (),
    **more: Any,
) -> bytes:
    known = {"WARC_Payload_Digest": sha1(body)} if more.get("digests", True) else {}
    block = http(body, media, status, headers)
    return record("response", block, "application/http; msgtype=response", url, **{**known, **more})


def request(url: str) -> bytes:
    block = f"GET / HTTP/1.1\r\nCookie: a={PLANTED}\r\nUser-Agent: Tester/{PLANTED}\r\n\r\n".encode()
    return record("request", block, "application/http; msgtype=request", url)


def warcinfo() -> bytes:
    return record("warcinfo", b"software: a test\r\n", "application/warc-fields")


def members(*records: bytes) -> bytes:
    """As .warc.gz: each record a gzip member."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def page(title: str, text: str = "", lang: str = "en") -> bytes:
    paragraphs = (
        text or f"{title}. " + "The hosts greeted the newcomers with pictures of their cats and great patience. " * 4
    )
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title></head><body><article>'
        f"<h1>{title}</h1><p>{paragraphs}</p></article></body></html>"
    ).encode()


def wacz(path: Path, parts: dict[str, bytes], package: dict[str, Any] | None = None, **options: Any) -> Path:
    """A WACZ of ``parts`` (name in the zip and bytes). ``package``: instead of the datapackage.json that fits them;
    ``extra``: (name, bytes) pairs written besides; ``deflated``: names that are compressed; ``digest``: False for none."""
    listed = [
        {
            "name": name.split("/")[-1],
            "path": name,
            "hash": "sha256:" + hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
        }
        for name, data in parts.items()
    ]
    made = package if package is not None else {"profile": "data-package", "wacz_version": "1.1.1", "resources": listed}
    told = json.dumps({**made, **options.get("told", {})}).encode()
    beside = {"path": "datapackage.json", "hash": "sha256:" + hashlib.sha256(told).hexdigest()}
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            how = zipfile.ZIP_DEFLATED if name in options.get("deflated", ()) else zipfile.ZIP_STORED
            file.writestr(name, data, compress_type=how)
        for name, data in options.get("extra", ()):
            file.writestr(name, data)
        file.writestr("datapackage.json", told, compress_type=zipfile.ZIP_DEFLATED)
        if options.get("digest", True):
            file.writestr("datapackage-digest.json", json.dumps(options.get("digested", beside)).encode())
    return path


def pages_list(*pages: dict[str, Any]) -> bytes:
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    return b"".join(json.dumps(one).encode() + b"\n" for one in (head, *pages))


def entry(
    url: str, body: str | bytes | None, media: str = "text/html; charset=utf-8", status: int = 200, **more: Any
) -> dict[str, Any]:
    """An entry of a HAR; ``more``: ``method``, ``post``, ``pageref``, ``headers`` of the answer."""
    content: dict[str, Any] = {"size": len(body or ""), "mimeType": media}
    if isinstance(body, bytes):
        content |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
    elif body is not None:
        content["text"] = body
    asked: dict[str, Any] = {
        "method": more.get("method", "GET"),
        "url": url,
        "httpVersion": "h2",
        "headers": [
            {"name": "Cookie", "value": f"web_session={PLANTED}"},
            {"name": "User-Agent", "value": f"Tester {PLANTED}"},
            {"name": "Authorization", "value": f"Bearer {PLANTED}"},
        ],
        "queryString": [{"name": "xsec_token", "value": PLANTED}],
        "cookies": [{"name": "web_session", "value": PLANTED}],
    }
    if "post" in more:
        asked["postData"] = {"mimeType": "application/json", "text": more["post"]}
    headers = [
        ("set-cookie", f"sid={PLANTED}"),
        ("Content-Encoding", "br"),
        ("content-type", media),
        *more.get("headers", ()),
    ]
    return {
        "startedDateTime": "2025-01-14T16:00:00.000+08:00",
        "pageref": more.get("pageref", "page_1"),
        "request": asked,
        "response": {
            "status": status,
            "headers": [{"name": name, "value": value} for name, value in headers],
            "cookies": [{"name": "sid", "value": PLANTED}],
            "content": content,
        },
        "_initiator": {"type": "other"},
    }


def har(
    path: Path, entries: list[dict[str, Any]], pages: tuple[dict[str, Any], ...] = (), indent: int | None = None
) -> Path:
    log = {"version": "1.2", "creator": {"name": "a test"}, "pages": list(pages), "entries": entries}
    path.write_text(json.dumps({"log": log}, indent=indent, ensure_ascii=False), encoding="utf-8")
    return path
