"""What an item of RedNote's becomes at import: an entry of the archive, with its address, its moment and how it was found."""

import functools
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from corpus.archive import Entry
from corpus.identity import canonical_url, digest
from corpus.imports import Damaged, Shape, Stub, Taken
from corpus.records import Finding, Permission
from corpus.rednote.collected import NOTE_URL, PLATFORM
from corpus.rednote.exports import is_4cat_comment
from corpus.rednote.items import Item, is_rednote, native_id
from corpus.rednote.listings import listing_of
from corpus.rednote.refusals import note_id_in
from corpus.rednote.shapes import shape
from corpus.secrets import clean

_VALUE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that items come from: its name, and when it was last written."""

    file: str
    modified: datetime

    @classmethod
    def of(cls, path: Path) -> Self:
        return cls(path.name, datetime.fromtimestamp(int(path.stat().st_mtime), UTC))


def taken(
    item: Item,
    form: str,
    item_shape: Shape,
    note_id: str | None,
    finding: Finding,
    origin: Origin,
    ended: bool = True,
    tab: str = "",
) -> Taken:
    """An entry of format ``form`` that holds ``item`` without its secrets. ``ended``: whether its end was seen.

    ``tab``: the address at which the researcher was; its host tells under which of its names the platform was used.
    """
    kept, removed = clean(item)
    body = json_bytes(kept)
    problems = [] if finding.collected_at else ["collected_at_unknown"]
    problems += [] if ended else ["last_line_unended"]
    entry = Entry(
        source_id=PLATFORM,
        url=note_url(note_id, tab) if note_id else f"urn:huanying:item:{digest(body)[:32]}",
        fetched_at=finding.collected_at or origin.modified,
        status=200,
        headers=(("Content-Type", "application/json"),),
        body=body,
        how="import",
        format=form,
        finding=finding,
        permission=Permission("own-capture"),
        problems=tuple(problems),
    )
    return Taken(entry, item_shape, removed)


def row_taken(row: Item, position: int, raw: bytes, origin: Origin, ended: bool = True) -> Taken | Damaged | Stub:
    """A row in the columns of 4CAT, which Zeeschuimer's CSV shares. It does not tell when it was collected."""
    own = native_id(row.get("id"))
    if own is None:
        return Damaged("no_id", position, raw)
    tab = text_of(row.get("collected_from_url"))
    if not any(is_rednote(address) for address in (tab, text_of(row.get("url")))):
        return Stub("other_platform", position)
    is_comment = is_4cat_comment(row)
    note_id = native_id(row.get("thread_id")) if is_comment else own
    finding = finding_of(tab, note_id, origin.file, None)
    lacks = text_of(row.get("missing_fields")).split(",")
    missing = tuple(name.strip() for name in lacks if name.strip() in row)
    item_shape = shape("4CAT comment" if is_comment else "4CAT note", row, missing)
    return taken(row, "fourcat", item_shape, note_id, finding, origin, ended, tab)


def finding_of(tab: str, note_id: str | None, file: str, collected: datetime | None) -> Finding:
    """How a note came before the researcher, told from the address of the tab; the account of a profile as given."""
    return replace(_found_at(tab, note_id, file), collected_at=collected)


@functools.lru_cache(maxsize=1024)
def _found_at(tab: str, note_id: str | None, file: str) -> Finding:
    if not is_rednote(tab):
        return Finding("file", file)
    if listing := listing_of(tab):
        return listing
    on = note_id_in(tab)
    if on and on != note_id:
        parts = urlsplit(tab)
        try:
            return Finding("link", canonical_url(f"https://{parts.hostname}{parts.path}")[:_VALUE_LIMIT])
        except ValueError:  # such as half of a sign of two (an unpaired surrogate) in the address
            pass
    return Finding("link", None)


def note_url(note_id: str, tab: str = "") -> str:
    """The public address of a note, on the platform's Chinese or international site, whichever the tab was on."""
    try:
        host = urlsplit(tab).hostname or ""
    except ValueError:
        host = ""
    return (
        NOTE_URL.format(note_id) if not host.endswith("rednote.com") else f"https://www.rednote.com/explore/{note_id}"
    )


def json_bytes(value: Any) -> bytes:
    """As compact JSON in UTF-8; a lone surrogate as the escape that it was."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""
