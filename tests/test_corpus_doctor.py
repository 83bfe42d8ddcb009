"""The doctor names what an installation may do without, and what is then not to be had."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from corpus import doctor

ROOT = Path(__file__).resolve().parent.parent


def test_extras_are_those_that_can_be_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    offered = {
        extra: tuple(re.split(r"[<>=]", need)[0] for need in needs)
        for extra, needs in project["optional-dependencies"].items()
        if extra not in ("dev", "dask")
    }
    assert {extra: names for extra, (names, _) in doctor._EXTRAS.items()} == offered


def test_an_extra_that_is_not_here_is_told_and_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: iter(()))
    found = {one.name: one for one in doctor.examine()}
    line = found["extra llm"].line()
    assert line.startswith("absent ") and "pip install 'huanying[llm]'" in line and "`llm`" in line
    assert not any(one.needed for name, one in found.items() if name.startswith("extra "))
