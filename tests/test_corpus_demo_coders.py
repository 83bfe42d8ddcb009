"""The demonstration's end: simulated coders slip as often as they are said to, and what follows from their codes is near what is known."""

import csv
import json
import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer

from analysis.coding.schemes import load_scheme
from corpus import cli_demo
from corpus.demo.coders import FIRST, SECOND, SLIP, Answers, answers, give_back
from corpus.demo.site import companion, demo_folder
from corpus.identity import Keys
from tests.demonstrated import KEY, Demonstrated, demonstrated

Claim = Mapping[str, Any]
KNOWN = answers(Keys(bytes.fromhex(KEY)))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demonstrated:
    return demonstrated(tmp_path_factory)


@pytest.fixture(scope="module")
def claims(demo: Demonstrated) -> dict[str, Claim]:
    found = json.loads((demo.folder / "estimates" / "first.json").read_bytes())["claims"]
    return {one["claim"]: one for one in found}


@pytest.fixture(scope="module")
def frame(demo: Demonstrated) -> list[str]:
    table = pq.ParquetFile(demo.folder / "samples" / "first" / "frame.parquet").read(["id"])
    return list(table["id"].to_pylist())


def sheet(folder: Path, known: Answers, coder: str) -> Path:
    """A coder's file as a round writes it, of all that is known and one thing that is not."""
    path = folder / f"{coder}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["doc_id", "coder", "text", "sentiment", "stance", "theme_cat_tax", "note"])
        writer.writerows([one, coder, "猫税\n“already paid”; thanks", "", "", "", ""] for one in [*known, "unknown"])
    return path


def given(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["doc_id"]: row for row in csv.DictReader(file, delimiter=";")}


def test_answers_are_codes_of_the_scheme_and_tell_of_each_text_once() -> None:
    scheme = load_scheme(companion("coding.toml"))
    for own in KNOWN.values():
        assert own.keys() == {variable.id for variable in scheme.variables}
        assert all(own[variable.id] in variable.ids for variable in scheme.variables)
    files = [
        (demo_folder() / name, table) for name, table in (("captures/known.toml", "known"), ("answers.toml", "answer"))
    ]
    ids = [row["id"] for path, table in files for row in tomllib.loads(path.read_text(encoding="utf-8"))[table]]
    assert len(ids) == len(set(ids)) == len(KNOWN) >= 240


def test_coders_slip_as_often_as_they_are_said_to_and_not_alike(tmp_path: Path) -> None:
    slips: dict[str, set[tuple[str, str]]] = {}
    for coder in (FIRST, SECOND):
        back = given(give_back(sheet(tmp_path, KNOWN, coder), coder, KNOWN, tmp_path / "back"))
        assert back.pop("unknown")["sentiment"] == ""
        slips[coder] = {
            (one, name) for one in KNOWN for name in ("sentiment", "stance") if back[one][name] != KNOWN[one][name]
        }
        assert all(row["text"] == "猫税\n“already paid”; thanks" and not row["note"] for row in back.values())
        assert 0.5 * SLIP < len(slips[coder]) / (2 * len(KNOWN)) < 1.7 * SLIP
        themes = Counter((KNOWN[one]["theme_cat_tax"], back[one]["theme_cat_tax"]) for one in KNOWN)
        assert themes["no", "yes"] == 0 < themes["yes", "yes"]
    assert slips[FIRST] - slips[SECOND] and slips[SECOND] - slips[FIRST]


def test_the_same_file_is_coded_the_same(tmp_path: Path) -> None:
    task = sheet(tmp_path, KNOWN, FIRST)
    one, two = (give_back(task, FIRST, KNOWN, tmp_path / name).read_bytes() for name in ("one", "two"))
    assert one == two


def test_what_is_known_is_no_part_of_the_study(demo: Demonstrated) -> None:
    assert not [path for path in demo.folder.rglob("*") if path.name in ("answers.toml", "known.toml")]


def test_it_ends_with_all_that_the_plan_promises(demo: Demonstrated) -> None:
    said = json.loads((demo.folder / "samples" / "first" / "sample.json").read_bytes())
    assert said["flow"][-1]["n_out"] == 60 and not said["seed"]["shopping_proof"] and said["plan"]["registered"] is None
    made = json.loads((demo.folder / "coding" / "first" / "round.json").read_bytes())
    assert made["coders"] == [FIRST, SECOND] and made["shown"] == ["parent"] and len(made["units"]) == 60
    assert Counter(len(unit["coders"]) for unit in made["units"]) == {1: 30, 2: 30}
    rows = [json.loads(line) for line in (demo.folder / "coding" / "first" / "codes.jsonl").read_bytes().splitlines()]
    assert {row["coder"] for row in rows} == {FIRST, SECOND} and all("simulated" in row["coder"] for row in rows)
    assert not (demo.folder / "coding" / "first" / "quarantine.jsonl").exists()
    for verifier in ("python verify_draw.py", "duckdb < verify_draw.sql"):
        after = demo.said.partition(f"&& {verifier}\n")[2].splitlines()
        assert len([line for line in after if re.fullmatch(r"\d [a-z ]+: ok", line)][:9]) == 9, verifier
    assert "drawn again: the same" in demo.said and "FAILED" not in demo.said


def test_coders_agree_well_and_not_wholly(demo: Demonstrated) -> None:
    found = json.loads((demo.folder / "agreement" / "first.json").read_bytes())["agreement"]
    whole = {
        (one["variable"], one["between"]): figure["value"]
        for one in found
        for figure in one["figures"]
        if (figure["statistic"], figure["language"], figure["code"]) == ("alpha", None, None)
    }
    for variable in ("sentiment", "stance"):
        assert 0.5 < whole[variable, "coders"] < 0.95
    assert whole["sentiment", "people and machine"] < 0.4


def test_corrected_shares_hold_what_is_known_and_labels_alone_do_not(
    claims: Mapping[str, Claim], frame: list[str]
) -> None:
    assert len(frame) == 249 and set(frame) <= KNOWN.keys()
    held = [one for one in claims.values() if one["domain"]["kind"] == "all" and one["by"] == "codes and labels"]
    assert len(held) == 11
    for one in held:
        true = sum(KNOWN[name][one["variable"]] == one["code"] for name in frame) / len(frame)
        assert one["interval"]["low"] <= true <= one["interval"]["high"], one["claim"]
    positive = claims["first/sentiment/positive/all/codes-and-labels"]
    assert positive["naive"] < positive["interval"]["low"] and positive["value"] - positive["naive"] > 0.15
    welcoming = claims["first/stance/welcoming/all/codes-and-labels"]
    assert welcoming["naive"] < welcoming["interval"]["low"]


def test_pages_show_the_corrected_share_and_say_that_coders_are_simulated(
    demo: Demonstrated, claims: Mapping[str, Claim]
) -> None:
    one = claims["first/sentiment/positive/all/codes-and-labels"]
    for name in ("index.html", "method.html"):
        page = (demo.folder / "report" / name).read_text(encoding="utf-8")
        assert f'data-claim="{one["claim"]}"' in page, name
        shown = re.findall(rf'<data data-claim="{re.escape(one["claim"])}" value="([^"]+)"', page)
        assert shown and all(float(value) == one["value"] for value in shown), name
    assert FIRST in page and SECOND in page


def test_without_duckdb_it_is_said_that_one_verifier_did_not_run(
    demo: Demonstrated, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli_demo, "find_spec", lambda name: None)
    cli_demo._by_strangers(demo.folder / "samples" / "first")
    told = capfd.readouterr()
    assert "9 texts: ok" in told.out and "drawn again" not in told.out
    assert "verify_draw.sql was not run: DuckDB is not installed here" in told.err


def test_a_spoilt_draw_ends_the_demonstration_with_code_5(demo: Demonstrated, tmp_path: Path) -> None:
    shutil.copytree(demo.folder / "samples" / "first", tmp_path / "first")
    with (tmp_path / "first" / "sample.parquet").open("ab") as file:
        file.write(b"PAR1")
    with pytest.raises(typer.Exit) as ended:
        cli_demo._by_strangers(tmp_path / "first")
    assert ended.value.exit_code == 5
