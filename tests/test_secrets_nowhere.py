"""What gives access or names the researcher is nowhere after an import; accounts are nowhere but in the private archive."""

import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import corpus
from corpus import secrets
from corpus.build import build
from corpus.intake import intake
from corpus.posts import taking
from corpus.study import Study, load_study
from tests.imported import make_study
from tests.planted import Planted, leaks, plant, shown_in

QUARANTINE = "archive/quarantine/"
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Done:
    planted: Planted
    held: Path
    study: Study
    output: str
    """Of every command, both streams."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The whole way by the command line."""
    folder, planted = tmp_path_factory.mktemp("nowhere"), Planted()
    keys = str(tmp_path_factory.mktemp("keys"))
    paths = plant(planted, folder / "held")
    make_study(folder / "study")
    environment = {**os.environ, "HUANYING_KEYS": keys, "NO_COLOR": "1", "COLUMNS": "200"}
    output = ""
    for arguments, code in (
        (("import", *map(str, paths)), 6),
        (("import", "--json", *map(str, paths)), 6),
        (("look", str(paths[0])), 0),
        (("build", "--workers", "1"), 0),
        (("annotate", "--workers", "1"), 0),
        (("report",), 0),
        (("status",), 0),
        (("status", "--permissions"), 0),
        (("verify",), 0),
    ):
        study = () if arguments[0] == "look" else ("--study", str(folder / "study"))
        line = [sys.executable, "-c", "from corpus.cli import main; main()", *arguments, *study]
        ran = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=240, check=False)
        assert ran.returncode == code, ran.stdout[-2000:] + ran.stderr[-2000:]
        output += ran.stdout + ran.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUANYING_KEYS", keys)
        loaded = load_study(folder / "study")
        loaded.keys()
    return Done(planted, folder / "held", loaded, output)


def test_most_of_it_is_found_in_the_files_as_they_were_held(done: Done) -> None:
    """What is packed within packed files is not looked into here."""
    found = set().union(*leaks(done.planted, done.held).values())
    secrets_there = [where for where in done.planted.secrets.values() if f"secret: {where}" in found]
    assert len(secrets_there) > 0.9 * len(done.planted.secrets) > 5_000
    assert sum(one.startswith("account: ") for one in found) > 0.8 * len(done.planted.accounts) > 50


def test_no_secret_is_archived_and_no_account_leaves_the_archive(done: Done) -> None:
    """Raw ids and names of accounts stay in the archive, which is private: pseudonyms are made of them."""
    found = leaks(done.planted, done.study.folder, done.study.keys())
    assert {name: shown for name, shown in found.items() if QUARANTINE not in name} == {}
    archive = set().union(
        *(done.planted.found(one) for path in done.study.archive_folder.glob("*.gz") for one in shown_in(path))
    )
    assert {one.split(":")[0] for one in archive} == {"account"}


BARE = {f"{file} {way}" for file in ("z.csv", "4.csv", "search_contents.csv") for way in ("cut", "wide")}
"""Broken rows of tables, whose cells have no names by which to know them."""


def ways(found: dict[str, set[str]]) -> set[str]:
    """In short, where that was planted which is found."""
    return {where.removeprefix("secret: ").rsplit(" ", 1)[0] for shown in found.values() for where in shown}


def test_what_the_quarantine_keeps_is_blanked_where_it_has_names(done: Done) -> None:
    """Cells of broken rows that look like no key stay as they are, in the archive, which is private."""
    assert ways(leaks(done.planted, done.study.folder, done.study.keys())) == BARE
    quarantined = list((done.study.archive_folder / "quarantine").iterdir())
    assert len(quarantined) > 60 and sum(path.stat().st_size > 100 for path in quarantined) > 50


def test_nothing_of_it_is_said(done: Done) -> None:
    assert done.planted.found(done.output.encode()) == set()
    for name in (
        "field xsec_token",
        "parameter xsec_token",
        "header set-cookie",
        "cookies",
        "posted data",
        "field user_agent",
    ):
        assert name in done.output, "what was removed is named"


Clean = Callable[..., Any]
OFF: dict[str, Clean] = {
    "clean": lambda value: (value, ()),
    "clean_bytes": lambda body: (body, ()),
    "clean_text": lambda text: (text, ()),
    "clean_headers": lambda headers: (tuple(headers), ()),
    "without_secrets": lambda url: (url, ()),
    "blanked": lambda raw: raw,
    "without_people": lambda value, inside, removed: value,
}


GUARDS = {name: getattr(taking if name == "without_people" else secrets, name) for name in OFF}
TWICE = frozenset(
    {
        ("corpus.imports.har", "clean_bytes"),  # of broken entries, which the intake blanks again
        ("corpus.imports.wacz", "clean_bytes"),  # of broken lines of page lists, likewise
        (
            "corpus.imports.warc",
            "without_secrets",
        ),  # of a feed's address, cleaned again with all that tells how it was found
        ("corpus.exchanges", "clean_text"),  # of what tells how it was found, cleaned again by the intake
        ("corpus.imports.wacz", "without_secrets"),  # of names of collections, in a message
    }
)
"""Uses that alone keep nothing out: another stands behind them."""


def uses() -> list[tuple[str, str]]:
    """Where something of `corpus.secrets` is used: module and name."""
    found = []
    for module in pkgutil.walk_packages(corpus.__path__, "corpus."):
        if module.name.split(".")[1] in ("demo", "cli", "secrets", "blanking", "telltale"):
            continue
        names = vars(importlib.import_module(module.name))
        found += [(module.name, name) for name, own in GUARDS.items() if names.get(name) is own]
    return sorted(set(found) - TWICE)


@pytest.mark.parametrize(("module", "name"), uses(), ids=lambda one: one.removeprefix("corpus."))
def test_a_cleaning_that_is_switched_off_is_noticed(
    module: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = Planted()
    paths = plant(planted, tmp_path / "held")
    study = make_study(tmp_path / "study")
    monkeypatch.setattr(f"{module}.{name}", OFF[name])
    intake(study, paths)
    assert ways(leaks(planted, study.folder, study.keys())) - BARE, f"{module}.{name} guards nothing"


def test_accounts_that_are_not_masked_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = Planted()
    paths = plant(planted, tmp_path / "held")
    study = make_study(tmp_path / "study")
    intake(study, paths)
    monkeypatch.setattr("corpus.read.pseudonymise", lambda document, keys: document)
    build(study, workers=1)
    assert any(name.startswith("corpus/") for name in leaks(planted, study.folder, study.keys()))
