"""The reviewer's walk, followed word by word on the demonstration: each command runs, and says what the page says it does."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demonstrated import ROOT, demonstrated

PAGE = ROOT / "docs" / "reviewing.md"
FENCED = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AFTER = "--- after block"


def walk() -> tuple[str, list[tuple[str, str]]]:
    """The first commands, which make the demonstration; then each block of commands with what is said to come of it."""
    blocks = FENCED.findall(PAGE.read_text(encoding="utf-8"))
    (_, first), *rest = blocks
    pairs: list[tuple[str, str]] = []
    for kind, text in rest:
        if kind == "sh":
            pairs.append((text, ""))
        else:
            assert pairs and not pairs[-1][1], "what is said to be seen stands below commands"
            pairs[-1] = (pairs[-1][0], text)
    return first, pairs


def tools(folder: Path) -> Path:
    """A folder with what an activated environment has: `huanying` and `python`."""
    folder.mkdir()
    for name, words in (("python", ""), ("huanying", ' -c "from corpus.cli import main; main()"')):
        path = folder / name
        path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)}{words} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """Each block of commands, what is said to come of it, and what came: all in one shell, as the page has it."""
    demo = demonstrated(tmp_path_factory)
    home = tmp_path_factory.mktemp("walk")
    path = os.pathsep.join((str(tools(home / "bin")), os.environ["PATH"]))
    environment = demo.environment | {"PATH": path, "PYTHONPATH": str(ROOT), "TMPDIR": str(home)}
    _, pairs = walk()
    script = home / "walk.sh"
    script.write_text("".join(f"{commands}\necho '{AFTER}'\n" for commands, _ in pairs), encoding="utf-8")
    done = subprocess.run(
        ["sh", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=demo.folder,
        env=environment,
        timeout=600,
        check=False,
    )
    came = done.stdout.split(AFTER + "\n")
    assert len(came) == len(pairs) + 1, done.stdout
    return [(commands, told, one) for (commands, told), one in zip(pairs, came, strict=False)]


def absent(told: str, came: str) -> list[str]:
    """Lines of ``told`` that do not come in their order; `…` stands for anything, and a space for any white space."""
    lines = [" ".join(line.split()) for line in came.splitlines()]
    missing = []
    for line in told.splitlines():
        form = re.compile(".*".join(re.escape(part.strip()) for part in " ".join(line.split()).split("…")))
        place = next((n for n, one in enumerate(lines) if form.fullmatch(one)), None)
        if place is None:
            missing.append(line)
        else:
            lines = lines[place + 1 :]
    return missing


def test_the_page_is_followed_word_by_word(followed: list[tuple[str, str, str]]) -> None:
    for commands, told, came in followed:
        assert not absent(told, came), f"{commands}\n{absent(told, came)} did not come, but:\n{came}"
        assert "Traceback" not in came


def test_the_digest_by_hand_is_the_one_that_is_told(followed: list[tuple[str, str, str]]) -> None:
    (came,) = (came for commands, _, came in followed if "| sh\n" in commands)
    by_hand, told = (line.split()[0] for line in came.splitlines())
    assert len(by_hand) == 64 and by_hand == told


def test_the_first_commands_are_those_that_there_are() -> None:
    first, _ = walk()
    assert first == "make demo\n. .venv/bin/activate\ncd huanying-demo\n"
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\ndemo: setup" in made and "$(BIN)/huanying demo\n" in made and "VENV := .venv\n" in made


@pytest.mark.parametrize(
    ("told", "came"),
    [("a … c", "a b d"), ("one\ntwo", "two\none"), ("exit code 0", "exit code 05"), ("6 … failed", "6 ok")],
)
def test_what_does_not_come_is_missed(told: str, came: str) -> None:
    assert absent(told, came)
