"""Take what rounds of coding keep of erased documents out of them, and name the files that still hold their texts."""

import fcntl
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.coding.aside import NOTES, QUARANTINE
from analysis.coding.codes import CODES_FILE
from analysis.coding.rounds import CODING, JUDGED, ROUND_FILE, TASKS
from analysis.coding.units import parents_of
from corpus.errors import UserError
from corpus.snapshot import latest
from corpus.strictjson import JSONFault, read_json
from corpus.study import Study


@dataclass(frozen=True, slots=True)
class Left:
    """`rows`: how many rows of each file were taken out; `files`: those given to coders, which still hold the texts."""

    rows: Mapping[Path, int]
    files: tuple[Path, ...]


def erase_rows(study: Study, documents: Collection[str]) -> Left:
    """Take the rows of these documents out of what all rounds keep of remarks and of refused rows.

    Codes stay: they hold no text. Files that were given out are named, not changed: coders have copies of them. As a
    comment may have been shown with the text that it answers, files with answers to an erased text are named too, where
    the round shows parents; where the corpus is not here to tell which these are, all files of such a round.
    """
    rows: dict[Path, int] = {}
    files: list[Path] = []
    answers = _answers(study, documents)
    for folder in sorted(path.parent for path in (study.folder / CODING).glob(f"*/{ROUND_FILE}")):
        with _alone(folder):
            for name in (NOTES, QUARANTINE):
                if (folder / name).is_file() and (count := _cut(folder / name, documents)):
                    rows[folder / name] = count
        telling = {*documents, *(answers or ())} if _shows_parents(folder) else set(documents)
        every = answers is None and _shows_parents(folder)
        given = [path for home in (TASKS, JUDGED) for path in sorted((folder / home).rglob("*")) if path.is_file()]
        files += [path for path in given if every or any(one.encode() in path.read_bytes() for one in telling)]
    return Left(rows, tuple(files))


def _answers(study: Study, documents: Collection[str]) -> frozenset[str] | None:
    """The documents beside which coders may have seen one of these; null where nothing tells."""
    try:
        snapshot = latest(study.corpus_folder)
    except UserError:
        return None
    return frozenset(name for name, above in parents_of(snapshot) if above in documents)


def _shows_parents(folder: Path) -> bool:
    try:
        said = read_json((folder / ROUND_FILE).read_bytes())
        return "parent" in said["shown"]
    except (JSONFault, KeyError, TypeError):
        return True  # a damaged round tells nothing of what it showed


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No import adds to the round meanwhile."""
    path = folder / CODES_FILE
    if not path.is_file():
        yield
        return
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _cut(path: Path, documents: Collection[str]) -> int:
    """Write the file without the rows of these documents; how many there were."""
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if _document(line) not in documents]
    if len(kept) < len(lines):
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_bytes(b"".join(kept))
        part.replace(path)
    return len(lines) - len(kept)


def _document(line: bytes) -> str | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return str(row["doc_id"]) if isinstance(row, dict) and "doc_id" in row else None
