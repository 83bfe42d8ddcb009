"""What passes between a round of coding and a tool that people code with.

Each module named after a tool offers ``TOOL``: it writes tasks as that tool reads them, and reads back what it gives.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from analysis.coding.schemes import Scheme

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Task:
    """A unit as one coder gets it: `text` (with its title above it) and, where it was asked for, what `shown` holds."""

    doc_id: str
    coder: str
    text: str
    shown: Mapping[str, str] = field(default_factory=lambda: _NOTHING, hash=False)
    scheme: str = ""
    """The marks of the scheme that it is coded by, and of the round; see `rounds.mark_of`."""
    asked: tuple[str, ...] = ()
    """Variables that are to be coded; none named: all of the scheme."""


@dataclass(frozen=True, slots=True)
class Given:
    """What came back for a unit. `place`: where it stands in the file, such as ``line 7``.

    `who`: names that the tool has for the coder, the surest first; `assigned`, `scheme`: whom the task was written for, by which scheme and in which round; `codes`:
    pairs of variable and code, none where it was passed over; `fault`: why it cannot be read, and all else is empty.
    """

    place: str
    doc_id: str = ""
    who: tuple[str, ...] = ()
    assigned: str | None = None
    scheme: str | None = None
    text: str | None = None
    codes: tuple[tuple[str, str], ...] = ()
    at: str | None = None
    note: str | None = None
    chosen: bool = False
    """Marked in the tool as the right one among several."""
    loose: bool = False
    """Read from columns, of which some may be the coder's own and no variables."""
    fault: str | None = None


class Tool(Protocol):
    """A tool that people code with."""

    title: str
    help: str
    """How its files are used, in a sentence or two, for the README of a round."""

    def write(self, tasks: Sequence[Task], scheme: Scheme, folder: Path, name: str) -> list[Path]:
        """Write the tasks of one coder into ``folder``, files named after ``name``; the files."""
        ...

    def read(self, path: Path) -> Iterator[Given]:
        """What a file of the tool holds, one unit and coder at a time; raises UserError where it is no file of it."""
        ...


def listed(value: object) -> list[object]:
    """``value`` where it is a list, else nothing: for files that anybody may have edited."""
    return value if isinstance(value, list) else []


def table(value: object) -> dict[str, object]:
    """``value`` where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def said(value: object) -> str | None:
    """``value`` where it is a string that says something, else None."""
    return value if isinstance(value, str) and value.strip() else None
