"""The log of all draws of a study, discarded ones too: lines are only added, and each holds the digest of the one before."""

import fcntl
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from corpus.disk import Disk
from corpus.errors import UserError, VerificationError
from corpus.study import Study

LOG = "draws.jsonl"
TORN = "draws.torn"
"""Where a last line goes that was never written whole, as when the disk was full: it told of nothing that exists."""
SAMPLES = "samples"
DISCARDED = "discarded"
ERASED = "erased"
"""An event of the log: the texts of the documents ``ids`` were taken out of the corpus, and their salts with them."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def samples_folder(study: Study) -> Path:
    """Where the draws of a study lie."""
    return study.folder / SAMPLES


def draws_in(home: Path, aside: bool = False) -> list[Path]:
    """The folders of draws, sorted by name; ``aside``: after them those that were put aside. What a killed draw left
    behind is none of them."""
    folders = [path.parent for path in sorted(home.glob("*/sample.json"))]
    folders += [path.parent for path in sorted(home.glob(f"{DISCARDED}/*/sample.json"))] if aside else []
    return [folder for folder in folders if not folder.name.startswith(".")]


class Log:
    """The log, held by one process alone. `rows`: its lines; `torn`: whether its last line had to be set aside."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        file.seek(0)
        raw = file.read()
        whole = raw[: raw.rfind(b"\n") + 1]
        self.rows = _checked(path, whole)
        self.torn = len(whole) < len(raw)
        if self.torn:
            with path.with_name(TORN).open("ab") as aside:
                aside.write(raw[len(whole) :] + b"\n")
                Disk().sync(aside)
            file.truncate(len(whole))
        self._before = _last_digest(whole)

    def add(self, event: str, facts: Mapping[str, Any]) -> None:
        """Add a line; durable when this returns. A clock that was set back gives the moment of the line before."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        now = max(now, str(self.rows[-1].get("at", ""))) if self.rows else now
        row = {"at": now, "before": self._before, "event": event, **facts}
        line = json.dumps(row, ensure_ascii=False, sort_keys=True).encode()
        self._file.write(line + b"\n")
        Disk().sync(self._file)
        self.rows.append(row)
        self._before = hashlib.sha256(line).hexdigest()

    def stands(self, draw_id: str) -> bool:
        """Whether the log holds the draw as one that is neither put aside nor revised since."""
        last = [row for row in self.rows if draw_id in (row.get("draw_id"), row.get("revises"))][-1:]
        return any(row.get("draw_id") == draw_id and row.get("event") != "discarded" for row in last)


@contextmanager
def held(home: Path) -> Iterator[Log]:
    """The log of the draws in ``home``, for this process alone: draws of a study are made and put aside one at a time.

    Raises VerificationError as `entries` does.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOG).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Log(file, home / LOG)


def append(home: Path, event: str, facts: Mapping[str, Any]) -> None:
    """Add a line to the log in ``home``; durable when this returns. Raises VerificationError as `entries` does."""
    with held(home) as log:
        log.add(event, facts)


def entries(home: Path) -> list[dict[str, Any]]:
    """The whole lines of the log, oldest first; raises VerificationError where one was changed or taken out."""
    path = home / LOG
    if not path.is_file():
        return []
    raw = path.read_bytes()
    return _checked(path, raw[: raw.rfind(b"\n") + 1])


def head(home: Path) -> str:
    """The digest of the log's last line: noted elsewhere, it pins all lines before. Empty where there is none."""
    path = home / LOG
    raw = path.read_bytes() if path.is_file() else b""
    return _last_digest(raw[: raw.rfind(b"\n") + 1])


def _last_digest(whole: bytes) -> str:
    return hashlib.sha256(whole.splitlines()[-1]).hexdigest() if whole else ""


def _checked(path: Path, raw: bytes) -> list[dict[str, Any]]:
    found, before = [], ""
    for number, line in enumerate(raw.splitlines(), 1):
        try:
            row = json.loads(line)
            sound = isinstance(row, dict) and row.get("before") == before
        except ValueError:
            sound = False
        if not sound:
            raise VerificationError(
                f"line {number} does not follow from the line before: a line was changed or taken out",
                where=path,
                hint="restore the log from a copy; it is only ever added to",
            )
        found.append(row)
        before = hashlib.sha256(line).hexdigest()
    return found


def erased_in(rows: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Documents whose erasure these lines of the log have on record."""
    return frozenset(str(one) for row in rows if row["event"] == ERASED for one in row["ids"])


def line_of(name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """What the log says of a draw, beside the event and its moment."""
    frame, seed = document["frame"], document["seed"]
    return {
        "name": name,
        "draw_id": document["draw_id"],
        "title": document["title"],
        "plan_sha256": document["plan"]["sha256"],
        "snapshot_id": frame["snapshot_id"],
        "frame_digest": frame["frame_digest"],
        "design_digest": frame["design_digest"],
        "seed_family": seed["family"],
        "public_value": seed["public_value"],
        "n": document["flow"][-1]["n_out"],
    }


def ids_of(home: Path, draw_id: str) -> frozenset[str]:
    """The id of a draw, and those that it had before [[found]] was added to its plan."""
    found = {draw_id}
    for row in reversed(entries(home)):
        if row.get("event") == "revised" and row.get("draw_id") in found:
            found.add(str(row.get("revises")))
    return frozenset(found)


def discard(study: Study, name: str, reason: str) -> Path:
    """Put a draw aside for good, with the reason; it stays in the log and, under ``samples/discarded``, on disk.

    Raises UserError where there is no such draw, no reason, or where a round of coding rests on it.
    """
    home = samples_folder(study)
    folder = home / name
    try:
        if not _NAME.fullmatch(name):
            raise ValueError
        identity = str(json.loads((folder / "sample.json").read_bytes())["draw_id"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError("no draw here", where=folder, hint="`huanying sample list` shows the draws") from error
    if not reason.strip():
        raise UserError("a draw is discarded with a reason", hint='--reason "..."')
    with held(home) as log:
        _refuse_coded(study, ids_of(home, identity))
        log.add("discarded", {"draw_id": identity, "name": name, "reason": reason.strip()})
        return put_aside(folder, identity)


def _refuse_coded(study: Study, ids: frozenset[str]) -> None:
    for path in sorted(study.folder.glob("coding/*/round.json")):
        try:
            coded = json.loads(path.read_bytes())["draw_id"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if coded in ids:
            raise UserError(
                f"the round {path.parent.name} codes this draw, and its codes would hang in the air",
                where=path.parent,
                hint="documents found gone or out of scope are added to the plan as [[found]]: the draw and its codes stay",
            )


def put_aside(folder: Path, identity: str) -> Path:
    """Move a draw's folder to ``samples/discarded``, durably; it takes no other's place."""
    target = folder.parent / DISCARDED / f"{folder.name}-{identity[:12]}"
    target.parent.mkdir(exist_ok=True)
    number = 1
    while target.exists():
        number += 1
        target = target.with_name(f"{folder.name}-{identity[:12]}-{number}")
    folder.rename(target)
    for place in (target.parent, folder.parent):
        Disk().sync_folder(place)
    return target
