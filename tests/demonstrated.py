"""One run of the demonstration for all tests of a session, in however many processes: each module works on a copy of it."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEY = f"{7:064x}"
"""The demonstration's key in tests: by it ids, draw and figures are the same each time."""


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """A copy of the demonstration's folder, what the command said, and what processes that work on it are to find."""

    folder: Path
    said: str
    environment: dict[str, str]


def demonstrated(factory: pytest.TempPathFactory) -> Demonstrated:
    """A copy of the demonstration; the first to ask runs it, and others wait for that."""
    base = factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demonstration"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "HUANYING_KEYS": str(home / "keys"), "NO_COLOR": "1", "COLUMNS": "160"}
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "said.json").is_file():
            _run(home, environment)
        code, said = json.loads((home / "said.json").read_text(encoding="utf-8"))
    assert code == 0, said
    folder = factory.mktemp("demo") / "huanying-demo"
    shutil.copytree(home / "huanying-demo", folder, symlinks=True)
    return Demonstrated(folder, said, environment)


def _run(home: Path, environment: dict[str, str]) -> None:
    (home / "keys").mkdir(mode=0o700)
    key = home / "keys" / "demo.key"
    key.touch(mode=0o600)
    key.write_text(KEY + "\n", encoding="ascii")
    calm = "from tests.calm import wait_longer; wait_longer(); from corpus.cli import main; main()"
    line = [sys.executable, "-c", calm, "demo", str(home / "huanying-demo")]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=1200, check=False)
    said = json.dumps([done.returncode, done.stdout + done.stderr])
    (home / "said.json").write_text(said, encoding="utf-8")
