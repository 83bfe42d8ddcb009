"""A new study: loads as it is, is explained, and never writes over anything."""

import subprocess
from pathlib import Path

import pytest

from corpus.authoring import write_study
from corpus.errors import UserError
from corpus.study import load_events, load_study


def test_a_new_study_loads_without_a_touch(tmp_path: Path) -> None:
    written = write_study(tmp_path / "a" / "my-study", "my-study")
    assert sorted(path.name for path in written) == [".gitignore", "codebook.toml", "events.csv", "study.toml"]
    study = load_study(tmp_path / "a" / "my-study")
    assert study.id == "my-study"
    assert list(study.outlets) == ["rednote"]
    assert load_events(tmp_path / "a" / "my-study" / "events.csv")


@pytest.mark.parametrize(("given", "kept"), [("My Study", "my-study"), ("a_b.c", "a-b-c"), ("x" * 63, "x" * 63)])
def test_an_id_is_made_plain(tmp_path: Path, given: str, kept: str) -> None:
    write_study(tmp_path / "new", given)
    assert load_study(tmp_path / "new").id == kept


@pytest.mark.parametrize("given", ["", "..", "研究", "a/b", "x" * 64, 'a"b', "a\nb = 1"])
def test_what_is_no_id_is_refused_and_nothing_is_written(tmp_path: Path, given: str) -> None:
    with pytest.raises(UserError, match="is no id"):
        write_study(tmp_path / "new", given)
    assert not (tmp_path / "new").exists()


def test_a_title_of_any_text_stays_a_title(tmp_path: Path) -> None:
    title = 'He said "欢迎" \\ and\nleft {study_id} [x]'
    write_study(tmp_path / "new", "new", title)
    assert load_study(tmp_path / "new").file.study.title == " ".join(title.split())


@pytest.mark.parametrize("name", ["study.toml", "codebook.toml", "events.csv", ".gitignore"])
def test_nothing_is_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UserError, match=f"{name} is there already"):
        write_study(tmp_path, "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match="cannot be written"):
        write_study(tmp_path / "file" / "study", "new")


PRIVATE = (
    "archive/a.warc.gz captures/notes.ndjson corpus/LATEST coding/pilot/tasks/blue.csv coding/pilot/adjudication/judge.csv"
    " coding/pilot/quarantine.jsonl coding/pilot/notes.jsonl samples/first/salts.parquet samples/discarded/first-2/salts.parquet"
).split()
KEPT = (
    "study.toml sample.toml samples/draws.jsonl samples/first/sample.json samples/first/frame.parquet samples/first/verify_draw.py"
    " coding/pilot/round.json coding/pilot/codes.jsonl agreement/pilot.json estimates/pilot.json"
).split()


def test_what_is_private_does_not_get_into_version_control(tmp_path: Path) -> None:
    write_study(tmp_path / "new", "new")
    subprocess.run(["git", "init", "-q", tmp_path / "new"], check=True)
    done = subprocess.run(
        ["git", "check-ignore", *PRIVATE, *KEPT], cwd=tmp_path / "new", capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == PRIVATE
