"""What an import is: it takes apart a file that a researcher holds, item by item, for the archive.

Each module of this folder offers ``IMPORT``; the module's name is its kind (``huanying import --as KIND``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

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


@dataclass(frozen=True, slots=True)
class Shape:
    """Which form of item this is, and how it differs from what is expected of that form. Names of fields, no values."""

    name: str
    """As people may read it: ``rednote card``, ``mastodon status``."""
    missing: tuple[str, ...] = ()
    """Expected of its form, and absent or null."""
    unknown: tuple[str, ...] = ()
    """Never seen before in this form; a name that may be a person's (a key of a map) is none to give here."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry with what is counted of it beside: its shape, and the names, never values, of secrets removed from it."""

    entry: Entry
    shape: Shape
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What an import may know of the study for which it works."""

    source_ids: frozenset[str] = frozenset()
    hosts: Mapping[str, str] = field(default_factory=dict)
    """The source to which each host belongs."""
    tables: tuple[Any, ...] = ()
    """The mappings by which study.toml explains the researcher's own tables."""


Item = Entry | Taken | Damaged | Stub


@runtime_checkable
class Import(Protocol):
    """Takes one kind of file apart. Streams: its memory does not grow with the file."""

    title: str

    def recognise(self, path: Path, head: bytes) -> str | None:
        """Why this is a file of its kind, in words said aloud to the user; None where it is not. `head`: first 64 KiB."""
        ...

    def items(self, path: Path, held: Held) -> Iterator[Item]:
        """Its items in order; a platform's item names the platform as the source of its entry (``rednote``).

        An entry whose `source_id` is empty, or that the study does not name, goes to the source of its host.
        """
        ...
