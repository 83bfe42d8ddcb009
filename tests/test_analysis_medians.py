"""Medians of counts of the documents with a code: asked for by name, held by check 11, and not of a few."""

import json
from pathlib import Path
from statistics import median_low

import pytest
from typer.testing import CliRunner

from analysis.estimates.basis import basis_of, newest
from analysis.estimates.medians import LEAST, medians_of
from analysis.estimates.standing import estimates_path
from corpus.cli import app
from corpus.study import Study
from tests.estimated import checked, edit, make_coded, make_standing


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_coded(tmp_path_factory.mktemp("built") / "small", 240, 80)


@pytest.fixture
def study(built: Path, tmp_path: Path) -> Study:
    return make_standing(built, tmp_path / "small")


def test_the_median_of_each_codes_documents_with_what_is_unknown_and_not_of_a_few(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    assert basis.snapshot is not None
    rows = basis.snapshot.table("documents_wide").select(["id", "comments"]).to_pylist()
    comments = {row["id"]: row["comments"] for row in rows}
    claims, refused = medians_of(basis, ["comments"])
    assert claims and refused
    few = {one["claim"] for one in refused}
    found = {one["claim"]: one for one in claims}
    for variable, truth in basis.truth.items():
        for code in set(truth.values()):
            coded = [comments[name] for name, own in truth.items() if own == code]
            known = [one for one in coded if one is not None]
            name = f"one/{variable}/{code}/all/codes/median-comments"
            assert (name in few) == (len(known) < LEAST) == (name not in found)
            if name in found:
                one = found[name]
                assert one["value"] == median_low(known) and one["n"] == len(known) and one["count"] == "comments"
                assert one["unknown"] == len(coded) - len(known)
                assert one["interval"]["low"] <= one["value"] <= one["interval"]["high"] and one["scope"]["zh"]
    assert any(one["interval"]["low"] < one["value"] < one["interval"]["high"] for one in claims)


def test_they_are_asked_for_by_name_and_made_again_by_verify(study: Study) -> None:
    path = estimates_path(study.folder, "one")
    assert "medians" not in json.loads(path.read_bytes())
    done = CliRunner().invoke(
        app, ["estimate", "--study", str(study.folder), "--median", "comments", "--median", "nix"]
    )
    assert "no medians of nix" in str(done.exception)
    words = ["estimate", "--study", str(study.folder), "--median", "comments", "--median", "comments"]
    done = CliRunner().invoke(app, words, env={"COLUMNS": "160"})
    said = json.loads(path.read_bytes())
    assert done.exit_code == 0 and "medians" in done.output and said["counts"] == ["comments"]
    assert said["rederive"] == "huanying estimate one --median comments"
    assert checked(study)[11].outcome == "ok"
    (study.report_folder).mkdir(exist_ok=True)
    claim = said["medians"][0]
    page = f'<data data-claim="{claim["claim"]}" value="{claim["value"]}">{claim["value"]}</data>'
    (study.report_folder / "own.html").write_text(page, encoding="utf-8")
    assert checked(study)[12].outcome == "ok"
    edit(path, lambda said: said["medians"][0].update(value=claim["value"] + 1.0))
    found = checked(study)
    assert found[11].outcome == "failed" and claim["claim"] in found[11].message and found[12].outcome == "failed"


@pytest.mark.parametrize(("counts", "told"), [(["nix"], "medians of"), (3, "medians of"), ([], "was changed")])
def test_what_cannot_have_been_asked_for_fails(study: Study, counts: object, told: str) -> None:
    edit(estimates_path(study.folder, "one"), lambda said: said.update(counts=counts, medians=[]))
    found = checked(study)[11]
    assert found.outcome == "failed" and (told in found.message or "other fields" in found.message)


def test_a_list_of_medians_that_is_none_is_said_to_be_none(study: Study) -> None:
    edit(estimates_path(study.folder, "one"), lambda said: said.update(counts=["comments"], medians=[{"claim": 3}]))
    assert "is no document of estimates" in checked(study)[11].message
