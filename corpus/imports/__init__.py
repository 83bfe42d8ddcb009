"""What an import is: it takes apart a file that a researcher holds, item by item, for the archive.

Each module of this folder offers ``IMPORT``; the module's name is its kind (``huanying import --as KIND``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from corpus.archive import Entry


@dataclass(frozen=True, slots=True)
class Damaged:
    """An item that could not be taken: kept byte for byte in quarantine, with its place and the reason."""

    reason: str
    position: int
    """Line (from 1) of a line-based file, else byte offset."""
    raw: bytes


@dataclass(frozen=True, slots=True)
class Stub:
    """An item that is known to hold no content (a tile without its note): counted, no error."""

    reason: str
    position: int


@runtime_checkable
class Import(Protocol):
    """Takes one kind of file apart. Streams: its memory does not grow with the file."""

    title: str

    def recognise(self, path: Path, head: bytes) -> str | None:
        """Why this is a file of its kind, in words said aloud to the user; None where it is not. `head`: first 64 KiB."""
        ...

    def items(self, path: Path, source_ids: frozenset[str]) -> Iterator[Entry | Damaged | Stub]:
        """Its items in order. `source_ids`: sources of the study, to which an item's own host may point."""
        ...
