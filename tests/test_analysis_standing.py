"""Agreement and estimates on disk: what they say, what they rest on, and that a changed one is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.coding.returned import take_back
from analysis.coding.rounds import Asked, Round, export_round, load_round
from analysis.estimates.basis import basis_of, newest, write
from analysis.estimates.concord import agreement_of, agreement_path
from analysis.estimates.held import LATER
from analysis.estimates.standing import estimates_of, estimates_path
from analysis.sampling.checking import Check, verify
from analysis.sampling.drawing import draw
from analysis.sampling.keys import canonical
from corpus.cli import app
from corpus.study import Study, load_study
from tests.coders import code
from tests.planned import write_plan
from tests.reported import make_snapshot

SCHEME = Path(__file__).resolve().parent.parent / "studies" / "demo" / "coding.toml"
TONES, STANCES = ("negative", "neutral", "positive"), ("welcoming", "hostile")
Row = dict[str, Any]


def coded_by(coder: str) -> Callable[[str, str], str]:
    """Red differs from blue on every fourth unit."""

    def answer(doc_id: str, name: str) -> str:
        number = int(doc_id[-6:], 16)
        number += coder == "red" and number % 4 == 0
        return TONES[number % 3] if name == "sentiment" else STANCES[number % 2]

    return answer


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "small"
    study, _ = make_snapshot(folder, documents=120)
    shutil.copyfile(SCHEME, folder / "coding.toml")
    draw(write_plan(folder.parent / "p.toml", {"method": "srs", "n": 40}, "[second_coding]\nfraction = 0.5\n"), study)
    made = export_round(study, Asked("first", "one", ("blue",), ("red",))).round
    for coder in made.coders:
        take_back(study, made, code(made, coder, coded_by(coder), folder.parent / coder))
    return folder


@pytest.fixture
def study(built: Path, tmp_path: Path) -> Study:
    shutil.copytree(built, tmp_path / "small")
    study = load_study(tmp_path / "small")
    basis = basis_of(study, "one", snapshot=newest(study))
    write(estimates_path(study.folder, "one"), estimates_of(basis))
    write(agreement_path(study.folder, "one"), agreement_of(basis, 20))
    return study


def checked(study: Study) -> dict[int, Check]:
    found = {check.number: check for check in verify(study.folder / "samples" / "first", study, LATER)}
    assert all(found[number].outcome == "ok" for number in range(1, 10))
    return found


def outcomes(study: Study) -> tuple[str, ...]:
    found = checked(study)
    return tuple(found[number].outcome for number in (10, 11, 12))


def claims(study: Study) -> dict[str, Row]:
    said = json.loads(estimates_path(study.folder, "one").read_bytes())
    return {one["claim"]: one for one in said["claims"]}


def edit(path: Path, change: Callable[[Row], None]) -> None:
    said = json.loads(path.read_bytes())
    change(said)
    path.write_bytes(canonical(said) + b"\n")


def test_shares_by_codes_by_labels_and_corrected(study: Study) -> None:
    found = claims(study)
    by_codes = found["one/sentiment/negative/all/codes"]
    truth = basis_of(study, "one").truth["sentiment"]
    assert len(truth) == 40
    assert by_codes["value"] == pytest.approx(sum(one == "negative" for one in truth.values()) / 40)
    both = found["one/sentiment/negative/all/codes-and-labels"]
    bare = found["one/sentiment/negative/all/labels"]
    size = len(basis_of(study, "one").sample.frame)
    assert both["naive"] == bare["value"] and both["size"] == size and bare["interval"] is None and bare["validated"]
    machine = basis_of(study, "one", snapshot=newest(study)).machine["sentiment"]
    wrong = [(truth[one] == "negative") - (machine[one] == "negative") for one in truth]
    assert both["value"] == pytest.approx(bare["value"] + sum(wrong) / 40)
    assert both["wrong"] == sum(map(abs, wrong)) > 0
    for one in found.values():
        assert one["scope"]["en"] and one["scope"]["zh"] and one["rederive"] and one["method"]
        assert (one["by"] == "labels") == (one["se"] is None) == (one["interval"] is None)
        if one["interval"]:
            assert one["interval"]["low"] <= one["value"] <= one["interval"]["high"] and one["n"] and one["n_eff"]
    assert {one["language"] for one in found.values()} > {None, "en", "zh-Hans"}
    whole = sum(found[f"one/sentiment/{tone}/all/codes-and-labels"]["n"] for tone in TONES)
    assert whole == 120 == 3 * 40 and not any(
        one["by"] != "codes" for one in found.values() if one["variable"] == "stance"
    )


def test_labels_that_no_code_corrects_are_not_validated(study: Study) -> None:
    codes = study.folder / "coding" / "one" / "codes.jsonl"
    codes.unlink()
    said = estimates_of(basis_of(study, "one", snapshot=newest(study)))
    assert said["claims"] and all(one["by"] == "labels" and not one["validated"] for one in said["claims"])
    assert all("not validated by humans" in one["scope"]["en"] for one in said["claims"])
    write(estimates_path(study.folder, "one"), said)
    agreement_path(study.folder, "one").unlink()
    assert outcomes(study) == ("not_applicable", "ok", "not_applicable")
    done = CliRunner().invoke(app, ["estimate", "--study", str(study.folder)])
    assert done.exit_code == 0 and "not validated by humans" in done.output


def test_agreement_of_coders_and_of_the_machine(study: Study) -> None:
    said = json.loads(agreement_path(study.folder, "one").read_bytes())
    pairs = {(one["variable"], one["between"]): one for one in said["agreement"]}
    assert set(pairs) == {("sentiment", "coders"), ("stance", "coders"), ("sentiment", "people and machine")}
    first = {one["statistic"]: one for one in pairs["sentiment", "coders"]["figures"] if one["language"] == one["code"]}
    twice = [name for name, unit in load_round(study, "one").units.items() if len(unit["coders"]) == 2]
    same = sum(coded_by("red")(name, "sentiment") == coded_by("blue")(name, "sentiment") for name in twice)
    assert first["percent"]["value"] == pytest.approx(same / len(twice)) and same < len(twice) == 20
    assert first["alpha"]["level"] == "ordinal" and first["alpha"]["units"] == 20 and first["alpha"]["coders"] == 2
    told = pairs["sentiment", "people and machine"]["confusion"]["all"]
    assert sum(n for row in told.values() for n in row.values()) == 40


def test_what_stands_is_made_again(study: Study) -> None:
    assert outcomes(study) == ("ok", "ok", "not_applicable")


def test_codes_that_came_later_change_nothing(study: Study) -> None:
    made: Round = load_round(study, "one")
    path = made.folder / "codes.jsonl"
    row = json.loads(path.read_bytes().splitlines()[0])
    row |= {"kind": "adjudication", "coder": "judge", "code": "neutral" if row["code"] != "neutral" else "positive"}
    with path.open("ab") as file:
        file.write(json.dumps(row).encode() + b"\n")
    assert outcomes(study) == ("ok", "ok", "not_applicable")
    assert estimates_of(basis_of(study, "one", snapshot=newest(study)))["claims"] != list(claims(study).values())


MUTATIONS: dict[str, tuple[str, int, Callable[[Row], None], str]] = {
    "an estimate": (
        "estimates", 11, lambda said: said["claims"][0].update(value=said["claims"][0]["value"] + 1e-9),
        "claims[one/sentiment/negative/all/codes].value",
    ),
    "a low end": ("estimates", 11, lambda said: said["claims"][0]["interval"].update(low=0.0), "].interval.low"),
    "a scope": ("estimates", 11, lambda said: said["claims"][0]["scope"].update(en="Of everybody."), "].scope.en"),
    "validated": ("estimates", 11, lambda said: said["claims"][2].update(validated=False), "].validated"),
    "a claim taken away": ("estimates", 11, lambda said: said["claims"].pop(), "entries"),
    "another draw": ("estimates", 11, lambda said: said.update(draw_id="0" * 64), "draw_id"),
    "other codes": ("estimates", 11, lambda said: said["codes"].update(sha256="0" * 64), "codes.sha256"),
    "fewer codes": ("estimates", 11, lambda said: said["codes"].update(rows=60), "was changed"),
    "an alpha": (
        "agreement", 10, lambda said: said["agreement"][0]["figures"][0].update(value=0.99), "figures[0].value",
    ),
    "endless resamples": ("agreement", 10, lambda said: said.update(resamples=10**12), "1000000000000 resamples"),
    "a confusion": ("agreement", 10, lambda said: said["agreement"][1]["confusion"].pop("en"), "confusion"),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_changed_figure_is_told(study: Study, name: str) -> None:
    kind, number, change, message = MUTATIONS[name]
    edit(study.folder / kind / "one.json", change)
    found = checked(study)
    assert found[number].outcome == "failed" and message in found[number].message
    assert f"{kind}/one.json" in found[number].message or "resamples" in message
    assert [one for one in (10, 11) if found[one].outcome == "failed"] == [number]


def test_the_command_fails_where_an_estimate_was_changed(study: Study) -> None:
    words = ["sample", "verify", str(study.folder / "samples" / "first"), "--json"]
    assert CliRunner().invoke(app, words).exit_code == 0
    edit(study.folder / "estimates" / "one.json", lambda said: said["claims"][1].update(value=0.5))
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 5 and json.loads(done.stdout)["failed"] == [11]


def test_without_its_snapshot_what_codes_say_is_still_held(study: Study) -> None:
    shutil.rmtree(study.corpus_folder / "snapshots")
    found = checked(study)
    assert found[11].outcome == found[10].outcome == "ok" and "by codes alone" in found[11].message
    edit(study.folder / "estimates" / "one.json", lambda said: said["claims"][0].update(value=0.5))
    assert checked(study)[11].outcome == "failed"


def test_claims_of_the_report_stand_among_the_estimates(study: Study) -> None:
    name = "one/sentiment/negative/all/codes"
    value = claims(study)[name]["value"]
    study.report_folder.mkdir(exist_ok=True)
    page = study.report_folder / "index.html"
    for told, outcome in ((repr(value), "ok"), (f"{value:.3f}", "ok"), (f"{value + 0.01:.3f}", "failed")):
        page.write_text(f'<p><data data-claim="{name}" value="{told}">a share</data></p>', encoding="utf-8")
        assert outcomes(study) == ("ok", "ok", outcome)
    page.write_text('<data data-claim="one/sentiment/joyful/all/codes" value="0.5">', encoding="utf-8")
    assert "which no estimate tells" in checked(study)[12].message


def test_commands_write_what_verifies(study: Study) -> None:
    for kind in ("agreement", "estimates"):
        shutil.rmtree(study.folder / kind)
    said = CliRunner().invoke(app, ["estimate", "one", "--study", str(study.folder), "--json"])
    assert said.exit_code == 0 and len(json.loads(said.stdout)["claims"]) > 20
    shown = CliRunner().invoke(app, ["estimate", "one", "--study", str(study.folder)])
    assert shown.exit_code == 0 and "codes and labels" in shown.output and "Of the collected frame" in shown.output
    first = (study.folder / "estimates" / "one.json").read_bytes()
    agreed = CliRunner().invoke(app, ["agree", "--resamples", "20", "--study", str(study.folder)])
    assert agreed.exit_code == 0 and "people and machine" in agreed.output and "alpha" in agreed.output
    assert (study.folder / "estimates" / "one.json").read_bytes() == first
    assert outcomes(study) == ("ok", "ok", "not_applicable")
