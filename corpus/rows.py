"""Records as table rows: plain dictionaries whose keys are the columns of `schemas`."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from corpus.archive import Damage, Place
from corpus.records import Capture, Count, Document, Medium, Observation, Rejection, Sighting, Source, Tokens

Row = dict[str, Any]
_ZONES = {
    "day_utc": ZoneInfo("UTC"),
    "day_shanghai": ZoneInfo("Asia/Shanghai"),
    "day_new_york": ZoneInfo("America/New_York"),
}


def days(moment: datetime | None) -> Mapping[str, date | None]:
    """The day of a moment in each zone that the corpus groups by."""
    return {name: None if moment is None else moment.astimezone(zone).date() for name, zone in _ZONES.items()}


def _fields(record: Any) -> Row:
    return {name: getattr(record, name) for name in type(record).__dataclass_fields__}


def source_row(source: Source) -> Row:
    return {**_fields(source), "languages": list(source.languages)}


def document_row(document: Document, digest: str) -> Row:
    return {
        **_fields(document),
        **days(document.published_at),
        "characters": len(document.text),
        "language_shares": [{"label": label, "score": score} for label, score in document.language_shares],
        "bylines": list(document.bylines),
        "hashtags": list(document.hashtags),
        "flags": sorted(set(document.flags)),
        "text_digest": digest,
    }


def tokens_row(tokens: Tokens) -> Row:
    return {
        **_fields(tokens),
        "tokens": list(tokens.tokens),
        "starts": list(tokens.starts),
        "sentence_starts": list(tokens.sentence_starts),
        "lemmas": None if tokens.lemmas is None else list(tokens.lemmas),
        "pos": None if tokens.pos is None else list(tokens.pos),
    }


def capture_row(capture: Capture, documents: int, original_url: str | None, collected_at: datetime | None) -> Row:
    """``original_url`` and ``collected_at``: of the page itself, where a web archive gave it."""
    return {
        "id": capture.id,
        "source_id": capture.source_id,
        "url": capture.url,
        "original_url": original_url,
        "fetched_at": capture.fetched_at,
        "collected_at": collected_at,
        "status": capture.status,
        "media_type": capture.media_type,
        "how": capture.how,
        "format": capture.format,
        "payload_digest": capture.payload_digest,
        "found_by": capture.finding.found_by,
        "permission": capture.permission.decision,
        "permission_rule": capture.permission.rule,
        "problems": list(capture.problems),
        "outcome": "documents" if documents else "rejected",
        "documents": documents,
        "warc_path": capture.warc_path,
        "warc_offset": capture.warc_offset,
    }


def damage_row(damage: Damage, capture_id: str) -> Row:
    place: Place = damage.place
    return {
        "id": capture_id,
        "problems": ["archive_damaged"],
        "outcome": "rejected",
        "documents": 0,
        "warc_path": place.file,
        "warc_offset": place.offset,
    }


def sighting_row(sighting: Sighting) -> Row:
    return _fields(sighting)


def medium_row(medium: Medium) -> Row:
    return _fields(medium)


def rejection_row(rejection: Rejection) -> Row:
    return _fields(rejection)


def observation_row(observation: Observation) -> Row:
    row: Row = {
        "document_id": observation.document_id,
        "capture_id": observation.capture_id,
        "observed_at": observation.observed_at,
        "state": observation.state,
        "evidence": observation.evidence,
    }
    for name in ("likes", "collects", "comments", "shares"):
        count: Count = getattr(observation, name)
        row |= {f"{name}_{part}": getattr(count, part) for part in ("value", "low", "high", "raw")}
    return row
