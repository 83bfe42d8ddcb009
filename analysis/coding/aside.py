"""What an import leaves beside codes: a line on each, what coders remarked, and what was refused, without its text."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.coding import Given
from corpus.disk import Disk

IMPORTS, QUARANTINE, NOTES = "imports.jsonl", "quarantine.jsonl", "notes.jsonl"
PRIVATE = ("*/tasks/", "*/adjudication/", f"*/{QUARANTINE}", f"*/{NOTES}")
"""What in the folder ``coding`` holds texts or may quote them."""
LONG = 2000
"""Signs of a remark that are kept."""
_SHORT = 60


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken. `told`: why, in words that hold no text and no mail address."""

    file: str
    place: str
    reason: str
    told: str
    given: Given

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.told}"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an import: `rows` added, `again` those that were there, `passed_over` units without a code."""

    rows: int
    again: int
    passed_over: int
    refused: tuple[Refused, ...]
    notes: tuple[str, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows were refused, by reason."""
        return dict(sorted(Counter(one.reason for one in self.refused).items()))


def called(name: str) -> str:
    """A file's name as it is kept: doccano names one after each user, some by mail address."""
    return "named after a mail address" if "@" in name else name


def short(name: str) -> str:
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[:_SHORT])
    return "a mail address" if "@" in shown else repr(shown)


def keep_private(home: Path) -> None:
    """See to it that ``.gitignore`` in the folder of all rounds names what is `PRIVATE`: an earlier version may have named less."""
    path = home / ".gitignore"
    there = path.read_bytes() if path.is_file() else b"# Texts given to coders, and what may quote them, are private.\n"
    missing = [line for line in PRIVATE if line.encode() not in map(bytes.strip, there.splitlines())]
    if missing:
        home.mkdir(parents=True, exist_ok=True)
        before = there + b"\n" if there and not there.endswith(b"\n") else there
        Disk().write_whole(path, before + "".join(f"{line}\n" for line in missing).encode())


def quarantine(folder: Path, refused: Iterable[Refused]) -> None:
    """Keep refused rows, without text and without the tool's names of people."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for one in refused:
        row = {
            "at": now,
            "file": called(one.file),
            "place": one.place,
            "reason": one.reason,
            "told": one.told if one.reason != "coder_unknown" else "its coder is not of this round",
            "doc_id": one.given.doc_id[:LONG],
            "codes": [list(pair) for pair in one.given.codes],
            "note": one.given.note[:LONG] if one.given.note and one.reason != "text_erased" else None,
        }
        append(folder / QUARANTINE, row)


def remarks(folder: Path, kind: str, found: Iterable[tuple[Given, str]]) -> None:
    """Keep what coders remarked, once each, in a private file: a remark may quote the text, and codes are for all to read."""
    path = folder / NOTES
    there = set(path.read_text(encoding="utf-8").split("\n")) if path.is_file() else set()
    for given, coder in found:
        if given.note:
            row = {"doc_id": given.doc_id, "coder": coder, "kind": kind, "note": given.note[:LONG]}
            line = json.dumps(row, ensure_ascii=False, sort_keys=True)
            if line not in there:
                append(path, row)
                there.add(line)


def log(folder: Path, paths: Sequence[Path], tool: str, kind: str, taken: Taken) -> None:
    files = [{"name": called(path.name), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()} for path in paths]
    row = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": files,
        "tool": tool,
        "kind": kind,
        "rows": taken.rows,
        "again": taken.again,
        "passed_over": taken.passed_over,
        "refused": taken.reasons,
    }
    append(folder / IMPORTS, row)


def append(path: Path, row: Mapping[str, Any]) -> None:
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        path.chmod(0o600)
        file.write(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n")
