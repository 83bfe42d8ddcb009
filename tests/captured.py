"""Captures for tests of readers, and recorded cases: an input, what is known of it, and what is expected."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus.identity import Keys, digest
from corpus.records import Capture, Finding, Permission, Reading

KEYS = Keys(b"a key that tests share, 32 bytes long or more")
RECORDED = Path(__file__).resolve().parent / "recorded"
FETCHED_AT = datetime(2025, 1, 20, 12, 0, 0, tzinfo=UTC)


def capture(body: bytes | str, **known: Any) -> Capture:
    """A capture of ``body``; ``known`` are fields of it that differ from a page fetched without fault."""
    data = body.encode() if isinstance(body, str) else body
    fields: dict[str, Any] = {
        "id": "0" * 32,
        "source_id": "rednote",
        "url": "urn:huanying:file:page.html",
        "fetched_at": FETCHED_AT,
        "status": 200,
        "media_type": "text/html",
        "charset": None,
        "body": data,
        "how": "import",
        "format": "page",
        "payload_digest": digest(data),
        "finding": Finding("file", "page.html"),
        "permission": Permission("own-capture"),
        "location": None,
        "problems": (),
        "warc_path": "00000.warc.gz",
        "warc_offset": 0,
    }
    return Capture(**{**fields, **known})


def recorded_capture(case: Path) -> Capture:
    """The input of a recorded case: ``input.*``, with fields of the capture and its finding from ``capture.json``."""
    known = json.loads((case / "capture.json").read_text(encoding="utf-8"))
    if "finding" in known:
        known["finding"] = Finding(**known["finding"])
    if "fetched_at" in known:
        known["fetched_at"] = datetime.fromisoformat(known["fetched_at"])
    return capture(next(case.glob("input.*")).read_bytes(), **known)


def plain(reading: Reading) -> Any:
    """A reading as JSON holds it, without what is null or empty."""
    return json.loads(json.dumps(_plain(asdict(reading)), ensure_ascii=False, default=_moment))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None and one != () and one != {}}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value))
