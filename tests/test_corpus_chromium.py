"""The browser is found where it is said to be, by its own word; and where there is none, every place is told."""

import os
from pathlib import Path

import pytest

from corpus import chromium
from corpus.chromium import Chromium, NoChromium, find
from corpus.doctor import examine


def program(path: Path, says: str, code: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(code)
    return path


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a browser."""
    monkeypatch.delenv("HUANYING_CHROMIUM", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(chromium, "_PLACES", (str(tmp_path / "usual"),))


def test_nothing_is_found_and_each_place_is_told(tmp_path: Path) -> None:
    found = find()
    assert isinstance(found, NoChromium)
    for place in ("own", "usual"):
        assert str(tmp_path / place) in str(found)
    (told,) = [one for one in examine() if one.name == "browser"]
    assert not told.ok and not told.needed
    assert "apt install chromium" in told.line() and "HUANYING_CHROMIUM" in told.line()


def test_the_named_one_comes_first_and_no_other_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin" / "chromium", "Chromium 150.0.1.2 built on a test")
    named = program(tmp_path / "mine", "Chromium 151.2.3.4")
    monkeypatch.setenv("HUANYING_CHROMIUM", str(named))
    assert find() == Chromium(named, "Chromium 151.2.3.4", "HUANYING_CHROMIUM")
    (told,) = [one for one in examine() if one.name == "browser"]
    assert told.ok and str(named) in told.found and "HUANYING_CHROMIUM" in told.found
    named.unlink()
    found = find()
    assert isinstance(found, NoChromium), "who names one means that one"
    assert found.tried == (f"{named} (HUANYING_CHROMIUM): is not there",)


def test_playwrights_newest_comes_before_the_systems(tmp_path: Path) -> None:
    system = program(tmp_path / "bin" / "chromium", "Chromium 150.0.1.2")
    assert find() == Chromium(system, "Chromium 150.0.1.2", "a usual place")
    for revision in ("999", "1200"):
        program(tmp_path / "own" / f"chromium-{revision}" / "chrome-linux" / "chrome", f"Chromium 1.0.{revision}")
    found = find()
    assert isinstance(found, Chromium)
    assert (found.version, found.found_by) == ("Chromium 1.0.1200", "Playwright's own")


@pytest.mark.parametrize(
    ("says", "code", "wrong"),
    [("Command not found", 0o755, "does not say its version"), ("Chromium 150.0.1.2", 0o644, "does not start")],
)
def test_what_is_none_is_passed_over_and_told(tmp_path: Path, says: str, code: int, wrong: str) -> None:
    if code == 0o644 and os.name != "posix":
        pytest.skip("no such thing as an executable bit")
    broken = program(tmp_path / "own" / "chromium-7" / "chrome-linux64" / "chrome", says, code)
    found = find()
    assert isinstance(found, NoChromium)
    assert any(str(broken) in one and wrong in one for one in found.tried)
    program(tmp_path / "usual", "Chromium 150.0.1.2")
    assert isinstance(find(), Chromium)
