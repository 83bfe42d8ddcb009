"""Plans a recheck: which articles and posts of the newest snapshot are due, at which address, with which validators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.answers import state_of
from corpus.archive import Place, journal, read_entry
from corpus.errors import ArchiveError, UserError
from corpus.identity import Keys, canonical_url
from corpus.pages.layouts import Layouts, layouts_of
from corpus.read import read_capture
from corpus.records import Capture, State
from corpus.snapshot import Snapshot, latest
from corpus.stages.deduplicate import text_digest
from corpus.stages.normalise import is_empty, normalise
from corpus.stages.pseudonymise import pseudonymise
from corpus.study import Study
from corpus.visits import Plan, Visit

_KINDS = pa.array(["article", "post"])
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Due:
    document_id: str
    source_id: str
    url: str
    checked_at: datetime
    shown: Row | None
    """The newest capture of a page that shows it."""

    @property
    def fetched_here(self) -> bool:
        row = self.shown
        return row is not None and row["how"] != "import" and row["original_url"] is None and row["status"] == 200


def plan_recheck(study: Study, sources: list[str] | None = None) -> Plan:
    """Every article and post of the newest snapshot that has a public address and a source of the study, or one of
    ``sources``. Comments, and sources that only bring in what others published, are not asked for.

    Raises UserError for an unknown source and where there is no snapshot, an old one, or nothing in it to look at again.
    """
    for name in sources or ():
        if name not in study.outlets:
            raise UserError(
                f"the study has no source {name!r}", hint=f"it has: {', '.join(sorted(study.outlets)) or 'none'}"
            )
    snapshot = latest(study.corpus_folder)
    if "availability" not in snapshot.tables:
        raise UserError("the newest snapshot has no table of availability", hint="run `huanying build` anew")
    wanted = [name for name in sources or sorted(study.outlets) if study.outlets[name].kind != "archive"]
    due = _due(snapshot, wanted)
    if not due:
        raise UserError(
            "the newest snapshot has no article or post with a public address to look at again",
            hint="crawl or import, then `huanying build`",
        )
    places = {(place.file, place.offset): place for place in journal(study.archive_folder)}
    known = _Known(study.keys(), _digests(snapshot, due), layouts_of(study.outlets))
    return Plan(
        tuple(sorted({one.source_id for one in due})),
        lambda: _visits(due, study.archive_folder, places),
        known.state,
    )


def _due(snapshot: Snapshot, sources: list[str]) -> list[_Due]:
    documents = snapshot.table("documents", ["id", "source_id", "kind", "url"])
    mask = pc.and_(
        pc.is_in(documents.column("kind"), value_set=_KINDS),
        pc.is_in(documents.column("source_id"), value_set=pa.array(sources, pa.string())),
    )
    rows = documents.filter(pc.and_(mask, pc.is_valid(documents.column("url")))).to_pylist()
    checked, shown = _checks(snapshot)
    due = [
        _Due(row["id"], row["source_id"], row["url"], checked.get(row["id"], _NEVER), shown.get(row["id"]))
        for row in rows
        if row["url"].startswith(("http://", "https://"))
    ]
    return sorted(due, key=lambda one: (one.checked_at, one.document_id))


def _checks(snapshot: Snapshot) -> tuple[dict[str, datetime], dict[str, Row]]:
    """When each document was last looked at, and the newest capture of a page that shows it."""
    names = ["id", "url", "original_url", "status", "how", "format", "problems", "outcome", "warc_path", "warc_offset"]
    captures = snapshot.table("captures", names)
    shows = pc.and_(pc.equal(captures.column("format"), "page"), pc.equal(captures.column("outcome"), "documents"))
    pages = {row["id"]: row for row in captures.filter(pc.fill_null(shows, False)).to_pylist()}
    checked: dict[str, datetime] = {}
    shown: dict[str, Row] = {}
    # The table is in the order of documents and of time.
    for row in snapshot.table("availability", ["document_id", "checked_at", "capture_id", "text_digest"]).to_pylist():
        checked[row["document_id"]] = row["checked_at"]
        if row["text_digest"] and row["capture_id"] in pages:
            shown[row["document_id"]] = pages[row["capture_id"]]
    return checked, shown


def _visits(due: list[_Due], archive: Path, places: Mapping[tuple[str, int], Place]) -> Iterator[Visit]:
    seen: set[str] = set()
    for one in due:
        visit = _visit(one, archive, places)
        key = canonical_url(visit.url)
        if key not in seen:
            seen.add(key)
            yield visit


def _visit(due: _Due, archive: Path, places: Mapping[tuple[str, int], Place]) -> Visit:
    """At the address that gave the document, spelled as it was; validators only of an answer as the host sent it."""
    row = due.shown
    place = None if row is None else places.get((row["warc_path"], row["warc_offset"]))
    if row is None or place is None or not due.fetched_here:
        named = None if row is None else row["original_url"] or row["url"]
        return Visit(named if named and _same(named, due.url) else due.url, due.source_id)
    try:
        entry = read_entry(archive, place)
    except ArchiveError:
        return Visit(due.url, due.source_id)
    if entry.how != "http" or row["problems"]:  # of half a page nobody can say that it is as it was
        return Visit(entry.url, due.source_id)
    return Visit(entry.url, due.source_id, _told(entry.header("ETag")), _told(entry.header("Last-Modified")))


def _same(one: str, other: str) -> bool:
    try:
        return canonical_url(one) == canonical_url(other)
    except ValueError:
        return False


def _told(value: str | None) -> str | None:
    """A validator that can be sent back as it came."""
    return value if value and value.isascii() and value.isprintable() and len(value) <= 500 else None


def _digests(snapshot: Snapshot, due: list[_Due]) -> dict[str, str]:
    """Of documents with a capture of ours, the digest of the text: what was imported may differ without an edit."""
    table = snapshot.table("documents", ["id", "text_digest"])
    ids = pa.array([one.document_id for one in due if one.fetched_here], pa.string())
    rows = table.filter(pc.is_in(table.column("id"), value_set=ids)).to_pylist()
    return {row["id"]: row["text_digest"] for row in rows}


@dataclass(frozen=True, slots=True)
class _Known:
    keys: Keys
    digests: Mapping[str, str]
    layouts: Layouts

    def state(self, capture: Capture) -> tuple[State, str | None]:
        """What the build will say of it, as far as one answer tells; `Plan.state`."""
        reading = read_capture(capture, self.keys, self.layouts)
        for found in reading.documents:
            document = pseudonymise(normalise(found), self.keys)
            if document.kind in ("article", "post") and not is_empty(document):
                before = self.digests.get(document.id)
                return ("live" if before in (None, text_digest(document.text)) else "edited"), None
        for observation in reading.observations:
            return observation.state, observation.evidence
        for rejection in reading.rejections:
            told = state_of(rejection.reason, rejection.detail, capture.url, capture.status)
            return told or ("unknown", rejection.reason)
        return "unknown", None
