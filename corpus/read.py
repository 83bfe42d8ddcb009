"""One shard of the archive read: captures in, rows of every table out."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from corpus.archive import Damage, Place, read_captures
from corpus.errors import HuanyingError
from corpus.identity import Keys
from corpus.mementos import unfold
from corpus.pages.layouts import NO_LAYOUTS, Layouts
from corpus.plugins import discover
from corpus.readers import Guided, Reader
from corpus.reasons import plain, plainly
from corpus.records import Capture, Document, Medium, Reading, Rejection, RemovedLine, Sighting
from corpus.rednote.items import without_tokens
from corpus.rows import Columns, Gathered, Read, Removed, Shown, capture_row, damage_row, days
from corpus.schemas import TABLES, Column, Table
from corpus.stages.cut import Text
from corpus.stages.deduplicate import fold, folded_digest
from corpus.stages.language import detect
from corpus.stages.normalise import clean, is_empty, normalise
from corpus.stages.pseudonymise import mask, mask_value, pseudonymise, shows_account
from corpus.stages.reuse import signed
from corpus.stages.segment import Segmenter
from corpus.store import arrow_schema, write_columns
from corpus.study import StudyWord

_TABLES = ("captures", "documents", "tokens", "sightings", "observations", "media", "removed_lines", "rejections")
# Which reading of a document counts, and which texts are near copies, is decided when all shards are in; these columns
# are for that and are not published.
CHOICE = (
    Column("quality", "int32", "How much of the document this capture shows"),
    Column("fetched_at", "timestamp", "When it was as it was read"),
    Column("capture_id", "string", "Whose reading it is; ties"),
)
SIGNATURE = Column("signature", "bytes128", "Of its text, to find near copies; null where it is short")
SHARD_TABLES: dict[str, Table] = {name: TABLES[name] for name in _TABLES} | {
    "documents": replace(TABLES["documents"], columns=(*TABLES["documents"].columns, *CHOICE, SIGNATURE)),
    "media": replace(TABLES["media"], columns=TABLES["media"].columns + CHOICE),
    "removed_lines": replace(TABLES["removed_lines"], columns=(*TABLES["removed_lines"].columns, CHOICE[-1])),
}


@dataclass(frozen=True, slots=True)
class Shard:
    """Some places of an archive and where their rows go; all that a worker process needs."""

    number: int
    places: tuple[Place, ...]
    archive: Path
    work: Path
    words: tuple[StudyWord, ...]
    english: str
    chinese: str
    layouts: Layouts
    secret: bytes = field(repr=False)

    def path(self, table: str) -> Path:
        return self.work / f"{table}-{self.number:06d}.arrow"


@functools.cache
def readers() -> tuple[tuple[str, Reader], ...]:
    """All readers, those with the higher rank first."""
    found = discover("corpus.readers", "READER", Reader)
    return tuple(sorted(found.items(), key=lambda item: (-item[1].rank, item[0])))


@functools.cache
def _segmenter(words: tuple[StudyWord, ...], english: str, chinese: str) -> Segmenter:
    return Segmenter(words, english, chinese)


def read_shard(shard: Shard) -> int:
    """Read the shard's captures and write its rows as Arrow files; the number of captures."""
    keys, segmenter = Keys(shard.secret), _segmenter(shard.words, shard.english, shard.chinese)
    out = Gathered()
    for place, capture in read_captures(shard.archive, list(shard.places), keys):
        if isinstance(capture, Damage):
            capture_id = keys.capture(place.file, place.sha256, str(place.offset))
            out.captures.append(damage_row(capture, capture_id))
            out.rejections.append(Rejection(capture_id, None, "archive", "damaged", capture.reason))
        else:
            _take(capture, out, keys, shard.layouts)
    for name, table in SHARD_TABLES.items():
        columns = _tokens(out.documents, segmenter) if name == "tokens" else out.columns(name)
        if name == "documents":
            columns = {**columns, SIGNATURE.name: signed([one.folded for one in out.documents])}
        write_columns(shard.path(name), arrow_schema(table), columns)
    return len(shard.places)


def read_capture(capture: Capture, keys: Keys, layouts: Layouts = NO_LAYOUTS) -> Reading:
    """What the one reader that is asked says of a capture; raises HuanyingError where it says nothing at all.

    ``layouts``: of the study's outlets; the one of the day on which the page was as it is counts.
    """
    name, reader = next(((name, reader) for name, reader in readers() if reader.accepts(capture)), (None, None))
    if reader is None:
        return Reading(rejections=(Rejection(capture.id, None, "read", "no_reader", capture.format),))
    guide = layouts.at(capture.url, (capture.finding.collected_at or capture.fetched_at).date())
    if guide is not None and isinstance(reader, Guided):
        reading = reader.read_by(guide, capture, keys)
    else:
        reading = reader.read(capture, keys)
    if not reading.documents and not reading.rejections:
        raise HuanyingError(
            f"reader {name} gave neither documents nor a rejection",
            where=f"{capture.warc_path} at byte {capture.warc_offset}",
        )
    return reading


def _take(capture: Capture, out: Gathered, keys: Keys, layouts: Layouts) -> None:
    unfolded = unfold(capture)
    if isinstance(unfolded, str):
        page, reading = capture, Reading(rejections=(Rejection(capture.id, None, "read", unfolded),))
    else:
        page, reading = unfolded, read_capture(unfolded, keys, layouts)
    seen_at = _seen_at(page, capture)
    kept = 0
    qualities: dict[str, int] = {}
    pictured = {medium.document_id for medium in reading.media}  # a post of pictures alone is a post
    for read in reading.documents:
        document = pseudonymise(normalise(read), keys)
        if is_empty(document) and document.id not in pictured:
            out.rejections.append(Rejection(capture.id, document.id, "normalise", "empty"))
            continue
        detected = detect(document.text or document.title or "")
        quality = qualities[document.id] = _quality(document)
        folded = fold(document.text)
        spans = detected.spans if document.text else ()
        known = (detected.language, detected.shares, spans, folded, folded_digest(folded), quality, seen_at, capture.id)
        out.documents.append(Read(document, *known))
        kept += 1
    original = (None, None) if page is capture else (_address(page), page.finding.collected_at)
    out.captures.append(capture_row(capture, _address(capture), kept, *original))
    out.sightings += [_sighted(sighting, capture.source_id, keys) for sighting in reading.sightings]
    out.observations += [plainly(one, page, keys) for one in reading.observations]
    out.media += [
        Shown(_described(medium, capture.source_id, keys), qualities[medium.document_id], seen_at, capture.id)
        for medium in reading.media
        if medium.document_id in qualities
    ]
    out.removed_lines += [
        Removed(_plain_line(one, capture.source_id, keys), capture.id)
        for one in reading.removed
        if one.document_id in qualities
    ]
    out.rejections += [plain(one, page, keys) for one in reading.rejections]


def _tokens(read: Sequence[Read], segmenter: Segmenter) -> Columns:
    """Of all documents at one go: to cut them one by one takes much longer."""
    calendar = (days(one.document.published_at) for one in read)  # study words hold by the day in Shanghai
    texts = [
        Text(one.document.id, one.document.text, one.language, shanghai)
        for one, (_, shanghai, _) in zip(read, calendar, strict=True)
    ]
    table = segmenter.table(texts)
    return {name: table.column(name) for name in table.column_names}


def _sighted(sighting: Sighting, platform: str, keys: Keys) -> Sighting:
    """As it may be published: what was typed or named may hold accounts, an address may be one's."""
    value = sighting.value
    if value is None or sighting.found_by in ("thread", "account"):
        return sighting
    if sighting.found_by in ("query", "tag", "file"):
        shown = mask_value(value, platform, keys)
    else:
        shown = "[profile]" if shows_account(value) else value
    return sighting if shown == value else replace(sighting, value=shown)


def _described(medium: Medium, platform: str, keys: Keys) -> Medium:
    """With nothing that leads to a person in its description."""
    return replace(medium, alt=mask(medium.alt, platform, keys)) if medium.alt else medium


def _plain_line(removed: RemovedLine, platform: str, keys: Keys) -> RemovedLine:
    """As its document's text is: normalised and masked."""
    if removed.line is None:
        return removed
    return replace(removed, line=mask(" ".join(clean(removed.line)[0].split()), platform, keys))


def _seen_at(page: Capture, capture: Capture) -> datetime:
    """When the page was as it is read: an old state that was fetched today is an old state."""
    return page.fetched_at if page is capture else page.finding.collected_at or page.fetched_at


def _address(capture: Capture) -> str:
    """As it may be published. The queries of what a page asked by itself are its own business: accounts, sessions."""
    if shows_account(capture.url):
        return "[profile]"
    url = without_tokens(capture.url)
    return url.partition("?")[0] if capture.format in ("part", "answer", "mastodon", "bluesky", "weibo") else url


def _quality(document: Document) -> int:
    """How complete a reading is: a full note beats the same note as a search result, whenever that was seen."""
    known: Sequence[object] = (
        document.text,
        document.published_at,
        document.author_key,
        document.title,
        document.ip_location_raw,
        document.edited_at,
        document.hashtags,
        document.note_type,
        document.reply_to,
        document.thread_id,
        document.is_thread_author is not None,
    )
    return sum(1 for value in known if value) + (2 if document.text else 0)
