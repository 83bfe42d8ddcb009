"""Erasing a text: what rounds of coding keep of it goes, what coders were given is named, and the draw still holds."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.coding.returned import take_back
from analysis.coding.rounds import Asked, Round, export_round
from analysis.coding.units import parents_of
from corpus.cli import app
from corpus.snapshot import latest
from corpus.study import Study, load_study
from tests.estimated import checked, coded_by, make_coded, make_standing

NOTE = "their very words"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The round ``one`` is blind; in ``two`` a comment was shown with what it answers, and every row came with a remark,
    every code of blue on the first five units being none of the scheme."""
    folder = make_coded(tmp_path_factory.mktemp("built") / "small", 160, 80)
    study = load_study(folder)
    made = export_round(study, Asked("first", "two", ("blue", "green"), show=("parent",))).round
    take_back(study, made, [noted(made, "blue", folder.parent / "back")])
    return folder


@pytest.fixture
def study(built: Path, tmp_path: Path) -> Study:
    return make_standing(built, tmp_path / "small")


def noted(made: Round, coder: str, target: Path) -> Path:
    rows = list(csv.DictReader(io.StringIO((made.folder / "tasks" / f"{coder}.csv").read_text(encoding="utf-8-sig"))))
    for place, row in enumerate(rows):
        row |= {one.id: coded_by(coder)(row["doc_id"], one.id) for one in made.scheme.variables} | {"note": NOTE}
        row |= {"stance": "unheard_of"} if place < 5 else {}
    target.mkdir(exist_ok=True)
    with (target / f"{coder}.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return target / f"{coder}.csv"


def kept(study: Study, name: str) -> list[str]:
    """Of which documents the round ``two`` keeps rows there."""
    path = study.folder / "coding" / "two" / name
    return [json.loads(line)["doc_id"] for line in path.read_text(encoding="utf-8").splitlines()]


def erase(study: Study, *ids: str) -> tuple[dict[str, int], list[str]]:
    words = ["sample", "erase", *ids, "--reason", "asked for", "--study", str(study.folder), "--json"]
    said = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)
    home = study.folder / "coding"
    rows = {Path(path).relative_to(home).as_posix(): n for path, n in said["rows"].items()}
    return rows, [Path(path).relative_to(home).as_posix() for path in said["files"]]


def tasks_with(study: Study, *names: str) -> list[str]:
    home = study.folder / "coding"
    paths = [
        path for path in sorted(home.glob("*/tasks/*")) if any(n in path.read_text(encoding="utf-8") for n in names)
    ]
    return [path.relative_to(home).as_posix() for path in paths]


def test_rows_of_an_erased_text_go_and_the_draw_still_holds(study: Study) -> None:
    one = kept(study, "quarantine.jsonl")[0]
    before = {name: kept(study, name) for name in ("notes.jsonl", "quarantine.jsonl")}
    codes = (study.folder / "coding" / "two" / "codes.jsonl").read_bytes()
    rows, files = erase(study, one)
    assert rows == {f"two/{name}": n for name, ids in before.items() if (n := ids.count(one))}
    assert rows["two/quarantine.jsonl"] == 1
    for name, ids in before.items():
        path = study.folder / "coding" / "two" / name
        assert kept(study, name) == [other for other in ids if other != one]
        assert path.stat().st_mode & 0o077 == 0
    assert (study.folder / "coding" / "two" / "codes.jsonl").read_bytes() == codes
    assert set(tasks_with(study, one)) <= set(files) and "two/tasks/blue.csv" in files
    found = checked(study)
    assert "1 document erased, text or salt: by the frozen frame" in found[9].message
    assert found[10].outcome == found[11].outcome == "ok"


def test_a_text_that_was_shown_beside_its_answers_is_found_there(study: Study) -> None:
    parents = dict(parents_of(latest(study.corpus_folder)))
    drawn = set(kept(study, "notes.jsonl"))
    root = next(above for name, above in sorted(parents.items()) if name in drawn)
    answers = [name for name, above in parents.items() if above == root]
    _, files = erase(study, root)
    shown = [path for path in tasks_with(study, *answers) if path.startswith("two/")]
    assert shown and set(files) == {*shown, *tasks_with(study, root)}


def test_where_nothing_tells_what_was_shown_every_file_of_such_a_round_is_named(study: Study) -> None:
    shutil.rmtree(study.corpus_folder)
    _, files = erase(study, "0" * 32)
    assert files and {path.split("/")[0] for path in files} == {"two"}
    assert files == tasks_with(study, "")[-len(files) :]


def test_what_holds_nothing_of_it_stays_byte_for_byte(study: Study) -> None:
    before = {path: path.read_bytes() for path in study.folder.glob("coding/**/*") if path.is_file()}
    words = ["sample", "erase", "0" * 32, "--reason", "asked for", "--study", str(study.folder)]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0 and "no file of a coder holds the text" in " ".join(done.output.split())
    assert {path: path.read_bytes() for path in study.folder.glob("coding/**/*") if path.is_file()} == before


def test_a_file_that_comes_back_later_brings_no_remark_of_it(study: Study, tmp_path: Path) -> None:
    made = export_round(study, Asked("first", "two", ("blue", "green"), show=("parent",))).round
    file = noted(made, "green", tmp_path / "green")
    one = next(row["doc_id"] for row in csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    erase(study, one)
    taken = take_back(study, made, [file])
    assert taken.reasons["text_erased"] == 1 and one not in kept(study, "notes.jsonl")
    lines = (made.folder / "quarantine.jsonl").read_text(encoding="utf-8").splitlines()
    (row,) = [json.loads(line) for line in lines if json.loads(line)["doc_id"] == one]
    assert row["note"] is None and row["reason"] == "text_erased"
