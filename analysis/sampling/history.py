"""The log of all draws of a study, discarded ones too: lines are only added, and each holds the digest of the one before."""

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus.errors import UserError, VerificationError
from corpus.study import Study

LOG = "draws.jsonl"
SAMPLES = "samples"
DISCARDED = "discarded"


def samples_folder(study: Study) -> Path:
    """Where the draws of a study lie."""
    return study.folder / SAMPLES


def append(folder: Path, event: str, facts: Mapping[str, Any]) -> None:
    """Add a line to the log in ``folder``; durable when this returns. Raises VerificationError as `entries` does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOG).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        raw = file.read()
        _checked(folder / LOG, raw)
        before = _line_digest(raw.splitlines()[-1]) if raw else ""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        line = json.dumps({"at": now, "before": before, "event": event, **facts}, ensure_ascii=False, sort_keys=True)
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def entries(folder: Path) -> list[dict[str, Any]]:
    """The lines of the log, oldest first; raises VerificationError where one was changed, taken out or cut."""
    path = folder / LOG
    return _checked(path, path.read_bytes()) if path.is_file() else []


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
        before = _line_digest(line)
    if raw and not raw.endswith(b"\n"):
        raise VerificationError("its last line was cut", where=path, hint="restore the log from a copy")
    return found


def _line_digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def discard(study: Study, name: str, reason: str) -> Path:
    """Put a draw aside for good, with the reason; it stays in the log and, under ``samples/discarded``, on disk."""
    home = samples_folder(study)
    folder = home / name
    try:
        identity = json.loads((folder / "sample.json").read_bytes())["draw_id"]
    except (OSError, ValueError, KeyError) as error:
        raise UserError("no draw here", where=folder, hint="`huanying sample list` shows the draws") from error
    if not reason.strip():
        raise UserError("a draw is discarded with a reason", hint='--reason "..."')
    target = home / DISCARDED / f"{name}-{identity[:12]}"
    target.parent.mkdir(exist_ok=True)
    append(home, "discarded", {"draw_id": identity, "name": name, "reason": reason.strip()})
    folder.rename(target)
    return target
