"""Checks 10 to 12 of a draw: agreement and estimates are made again, and a changed figure is told."""

import json
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.coding.rounds import Round, load_round
from analysis.estimates.basis import basis_of, newest
from analysis.estimates.held import LATER
from analysis.estimates.standing import estimates_of, estimates_path
from analysis.sampling.checking import verify
from analysis.sampling.history import ERASED, append
from corpus.cli import app
from corpus.errors import VerificationError
from corpus.study import Study
from tests.estimated import checked, claims, edit, make_coded, make_standing, outcomes
from tests.test_analysis_verifying import change_corpus

Row = dict[str, Any]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_coded(tmp_path_factory.mktemp("built") / "small")


@pytest.fixture
def study(built: Path, tmp_path: Path) -> Study:
    return make_standing(built, tmp_path / "small")


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
    "a figure made otherwise": (
        "estimates", 11, lambda said: said["robustness"][0].update(value=said["robustness"][0]["value"] + 1e-9),
        "robustness[one/sentiment/negative/all/codes-and-labels/copies_out].value",
    ),
    "what it is held against": (
        "estimates", 11, lambda said: said["robustness"][0].update(base="one/sentiment/negative/all/codes"), "].base",
    ),
    "a phase": ("estimates", 11, lambda said: said["phases"]["list"][1].update(first="2025-01-14"), "phases.list[1]"),
    "a domain": ("estimates", 11, lambda said: said["claims"][0]["domain"].update(kind="phase"), "].domain.kind"),
    "whose labels": (
        "estimates", 11, lambda said: said["labels"]["machine"]["theme_cat_tax"].update(label="food"), "labels.machine",
    ),
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
    said = json.loads(estimates_path(study.folder, "one").read_bytes())
    values = {one["claim"]: one["value"] for one in (*said["claims"], *said["robustness"])}
    names = ("one/sentiment/negative/all/codes", "one/sentiment/negative/all/codes-and-labels/copies_out")
    study.report_folder.mkdir(exist_ok=True)
    page = study.report_folder / "index.html"
    for name, (told, outcome) in product(names, (("{!r}", "ok"), ("{:.3f}", "ok"), ("1{:.3f}", "failed"))):
        told = told.format(values[name])
        shown = f"{values[name]:.1%}".replace("-", "\N{MINUS SIGN}")
        page.write_text(f'<p><data data-claim="{name}" value="{told}">{shown}</data></p>', encoding="utf-8")
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


def turn_labels(content: list[Row]) -> None:
    for row in content:
        row["label"] = "positive" if row["label"] == "negative" else row["label"]


@pytest.mark.parametrize("table", ["sentiment", "themes", "documents", "documents_wide"])
def test_a_table_of_the_corpus_that_was_altered_is_seen_and_nothing_is_made_from_it(study: Study, table: str) -> None:
    def take_one_out(content: list[Row]) -> None:
        content.pop()

    change_corpus(study, turn_labels if table == "sentiment" else take_one_out, table)
    found = {check.number: check for check in verify(study.folder / "samples" / "first", study, LATER)}
    for number in (10, 11):
        assert found[number].outcome == "failed"
        assert f"the snapshot is not as it was built: data/{table}" in found[number].message
    for command in ("estimate", "agree"):
        done = CliRunner().invoke(app, [command, "one", "--study", str(study.folder)])
        assert isinstance(done.exception, VerificationError) and f"data/{table}" in done.exception.what


def test_labels_that_lack_since_an_erasure_are_left_out_and_those_that_were_turned_are_not(study: Study) -> None:
    append(study.folder / "samples", ERASED, {"ids": ["f" * 32], "reason": "its author asked for it"})
    change_corpus(study, lambda content: content.remove(content[0]), "sentiment")
    found = checked(study)
    for number in (10, 11):
        assert found[number].outcome == "ok" and "is, since an erasure, not as it was built" in found[number].message
    change_corpus(study, lambda content: content.append(content[0]), "sentiment")
    change_corpus(study, turn_labels, "sentiment")
    assert checked(study)[11].outcome == "failed"


def test_what_a_page_shows_is_held_and_not_what_it_names_alone(study: Study) -> None:
    name = "one/sentiment/negative/all/codes"
    one = claims(study)[name]
    value, low, high = one["value"], one["interval"]["low"], one["interval"]["high"]
    study.report_folder.mkdir(exist_ok=True)
    page = study.report_folder / "index.html"
    for text, outcome in (
        (f"{value:.0%}", "ok"),
        (f"<b>{value:.2%}</b>", "ok"),
        (f"{value:.3f}", "ok"),
        (f"{value + 0.3:.0%}", "failed"),
        (f"\N{MINUS SIGN}{value:.0%}", "failed"),
        (f"{value:.0%}, or 99%", "failed"),
        ("most", "failed"),
        ("", "failed"),
    ):
        page.write_text(f'<p><data data-claim="{name}" value="{value!r}">{text}</data></p>', encoding="utf-8")
        assert outcomes(study)[2] == outcome, text
    assert f"shows '' for {name}" in checked(study)[12].message
    for said, shown, outcome in (
        ((low, high), (low, high), "ok"),
        ((low, high), (low, high - 0.1), "failed"),
        ((low, high - 0.1), (low, high), "failed"),
    ):
        span = f'<span data-of="{name}" data-low="{said[0]!r}" data-high="{said[1]!r}"> ({shown[0]:.0%} to {shown[1]:.0%})</span>'
        page.write_text(f'<data data-claim="{name}" value="{value!r}">{value:.0%}</data>{span}', encoding="utf-8")
        assert outcomes(study)[2] == outcome


def test_a_code_that_was_changed_is_told_by_its_file(study: Study) -> None:
    path = load_round(study, "one").folder / "codes.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    row = json.loads(lines[0])
    row["code"] = "neutral" if row["code"] != "neutral" else "positive"
    path.write_bytes(b"".join([json.dumps(row, sort_keys=True).encode() + b"\n", *lines[1:]]))
    found = checked(study)
    for number in (10, 11):
        assert (
            found[number].outcome == "failed" and f"first {len(lines)} rows of one/codes.jsonl" in found[number].message
        )
