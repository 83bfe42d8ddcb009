"""Recognise what kind of capture a file, or a folder as a whole, is: asked by its first bytes, in a fixed order."""

import codecs
import functools
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import UserError
from corpus.imports import Import
from corpus.imports.files import SIDECARS
from corpus.plugins import discover

_HEAD = 64 << 10
_GZIP = b"\x1f\x8b"
_BY_NAME = "files"
"""The kind that goes by file names alone, asked last; it takes a folder as a whole."""
_LAST = ("tables", _BY_NAME)
"""Kinds that know little of a file by its looks, asked after all others."""
_FIRST = "zeeschuimer"
"""Asked before the kinds of single platforms, of which its files may hold items among others."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file, or a folder as a whole, and the import that takes it."""

    path: Path
    kind: str
    why: str


@functools.cache
def kinds() -> dict[str, Import]:
    """Every kind of file that can be imported, by name."""
    return discover("corpus.imports", "IMPORT", Import)


def kinds_told() -> str:
    """The kinds in words: what to show to a person whose file is of none."""
    return "; ".join(f"{name}: {one.title}" for name, one in sorted(kinds().items()))


def find(path: Path, kind: str | None = None) -> tuple[list[Found], list[Path]]:
    """What of ``path``, a file or a folder, can be imported, and the files of a folder that are of no known kind.

    With ``kind``, it is taken for that whatever it looks like. Raises UserError for a missing path, an unknown kind,
    and a file or folder of which nothing is known.
    """
    if kind is not None and kind not in kinds():
        raise UserError(f"no import is called {kind!r}", hint=f"the kinds are {kinds_told()}")
    if not path.exists():
        raise UserError("there is no such file or folder", where=path, hint="check the path")
    found, ignored = _find_in_folder(path, kind) if path.is_dir() else _find_file(path, kind)
    if not found:
        what, hint = why_unknown(path) or (
            "nothing here is of a kind that can be imported",
            f"the kinds are {kinds_told()}",
        )
        raise UserError(what, where=path, hint=hint)
    return found, ignored


def _find_file(path: Path, kind: str | None) -> tuple[list[Found], list[Path]]:
    if kind is not None:
        return [Found(path, kind, "as you said")], []
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=path, hint="check its permissions") from error
    for name, one in sorted(kinds().items(), key=_turn):
        why = one.recognise(path, head)
        if why and (name == _BY_NAME or not _unreadable(head, name)):
            return [Found(path, name, why)], []
    return [], [path]


def _turn(kind: tuple[str, Import]) -> tuple[bool, bool, bool, str]:
    """When a kind is asked."""
    name, _ = kind
    return name in _LAST, name == _BY_NAME, name != _FIRST, name


def _unreadable(head: bytes, kind: str | None = None) -> tuple[str, str] | None:
    """Why nothing can be made of a file that begins so, whatever it is called, and what to do; None where something can."""
    if not head:
        return "is empty", "see whether the export of it went through, and export it anew"
    if head.startswith(_GZIP) and kind not in ("warc", "wacz"):
        return "is packed (gzip)", "unpack it first, with `gunzip --keep` and its name, and import what comes out"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "is text in UTF-16", "save it as UTF-8 and import that"
    return None


def why_unknown(path: Path) -> tuple[str, str] | None:
    """Why nothing can be made of a file, whatever its kind, and what to do; None where it just is of no known one."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return _unreadable(file.read(_HEAD))


def _find_in_folder(folder: Path, kind: str | None) -> tuple[list[Found], list[Path]]:
    whole = [
        Found(folder, name, why if kind is None else "as you said")
        for name, one in sorted(kinds().items())
        if kind in (None, name) and (why := one.recognise(folder, b""))
    ]
    taken_by_name = any(one.kind == _BY_NAME for one in whole)
    if kind == _BY_NAME or (whole and not taken_by_name):
        return whole, []
    found, ignored = [], []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or (taken_by_name and path.name in SIDECARS):
            continue
        one, unknown = _find_file(path, kind)
        found += [file for file in one if file.kind != _BY_NAME]
        ignored += unknown
    return [*found, *whole], ignored
