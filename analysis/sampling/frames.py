"""A frozen frame: every unit that could be drawn with what the design needs of it, no text, and the digests that pin it."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from corpus.identity import Keys
from corpus.schemas import Column, Table
from corpus.store import arrow_schema

FRAME = Table(
    "frame",
    "Every document that could be drawn, with what the design needs of it; no text",
    (
        Column("id", "string", "`documents.id`"),
        Column("stratum", "string", "Stratum of the unit that it belongs to; `all` where there are none"),
        Column(
            "cluster",
            "string",
            "Cluster, thread or day that is drawn as one, with /wave after a later one; else its cluster of copies, or null",
        ),
        Column("author", "string", "Pseudonym of its author; null where none is known", "pseudonym"),
        Column("size", "float64", "What its chance is in proportion to, floor and cap applied; null where not used"),
        Column("wave", "int32", "0: there from the first; else the extension that brought it"),
        Column("day", "date", "Day of publication in the plan's zone; null where undated"),
        Column("language", "string", "As in `documents`"),
        Column("kind", "string", "As in `documents`"),
        Column("source_id", "string", "As in `documents`"),
        Column("text_commitment", "string", 'SHA-256 of salt in hex + "\\n" + text; the salt goes with the text'),
    ),
    ("id",),
)
SALTS = Table(
    "salts",
    "Private, never released: what makes a commitment checkable, destroyed together with the text",
    (Column("id", "string", "`documents.id`"), Column("salt", "string", "16 bytes in hex")),
    ("id",),
)
_DESIGNED = ("id", "stratum", "cluster", "author", "size", "wave", "text_commitment")


def salt(keys: Keys, document_id: str) -> str:
    """The salt of a document's text in hex, so that a draw is a pure function and no text can be guessed without the key."""
    return hmac.digest(keys.secret, f"sample-text/1\n{document_id}".encode(), "sha256")[:16].hex()


def commitment(salt_hex: str, text: str) -> str:
    """What is published of a text: it shows whether a text is the one that was drawn, and nothing without the salt."""
    return hashlib.sha256(f"{salt_hex}\n{text}".encode()).hexdigest()


def frame_table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows of a frame as a table in its one order, by id (code points)."""
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["id"])), schema=arrow_schema(FRAME))


def frame_digest(frame: pa.Table) -> str:
    """SHA-256 over the sorted ids, each with a line end."""
    return _digest(f"{one}\n" for one in frame.column("id").to_pylist())


def design_digest(frame: pa.Table) -> str:
    """SHA-256 over all that a draw depends on and the texts' commitments, a line a document; null is empty."""
    columns = [frame.column(name).to_pylist() for name in _DESIGNED]
    return _digest("\t".join(map(_cell, row)) + "\n" for row in zip(*columns, strict=True))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def _digest(lines: Iterable[str]) -> str:
    made = hashlib.sha256()
    for line in lines:
        made.update(line.encode())
    return made.hexdigest()
