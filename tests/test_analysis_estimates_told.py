"""What estimates on disk tell of labels and codes: labels learned from the sample, documents without, disputes, weights."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.coding.schemes import MachineLabels
from analysis.estimates.basis import basis_of, newest, write
from analysis.estimates.concord import agreement_of
from analysis.estimates.held import LATER
from analysis.estimates.labels import Labels
from analysis.estimates.learned import held_against
from analysis.estimates.standing import estimates_of, estimates_path
from analysis.learning.codes import learn_from_codes, version_of_model
from corpus.cli import app
from corpus.study import Study
from tests.estimated import TONES, checked, claims, edit, make_coded, make_standing
from tests.test_analysis_coded import ROWS

Row = dict[str, Any]
CORRECTED = "one/sentiment/negative/all/codes-and-labels"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_coded(tmp_path_factory.mktemp("built") / "small")


@pytest.fixture
def study(built: Path, tmp_path: Path) -> Study:
    return make_standing(built, tmp_path / "small")


def learned(study: Study, texts: list[str], path: Path) -> str:
    """The version of a model of stance that learned from these texts and from others."""
    lines = [{"text": row.text, "label": row.label, "language": row.language} for row in ROWS]
    lines += [{"text": text, "label": "welcoming", "language": "en"} for text in texts]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    model, _ = learn_from_codes(study, "stance", path)
    return version_of_model(model)


def test_labels_learned_from_texts_of_the_sample_are_not_corrected_by_it(study: Study, tmp_path: Path) -> None:
    snapshot = newest(study)
    assert snapshot is not None
    basis = basis_of(study, "one", snapshot=snapshot)
    frame, drawn = frozenset(basis.sample.frame), frozenset(basis.sample.ids)
    texts = {row["id"]: row["text"] for row in snapshot.table("documents", ["id", "text"]).to_pylist()}
    labels = dict.fromkeys(frame, "welcoming")

    def told(version: str) -> Labels:
        found = {"stance": Labels(MachineLabels(annotator="stance"), version, labels, {})}
        return held_against(study, snapshot, found, frame, drawn)["stance"]

    assert told("2").learned is False and told("2").barred is None
    others = learned(study, ["words that nobody else wrote"], tmp_path / "others.jsonl")
    assert told(others).learned is False
    own = learned(study, [texts[sorted(drawn)[0]]], tmp_path / "own.jsonl")
    assert own != others and told(own).learned is True and "learned from codes" in str(told(own).barred)
    assert told(others).learned is False, "a model that was put aside still tells what it learned from"
    assert told("codes+x+000000000000").learned is None and told("codes+x+000000000000").barred
    study.key_path.unlink()
    assert told(own).learned is None and told(own).barred
    with_them = replace(basis, labels={"stance": replace(told("2"), learned=True)})
    said = estimates_of(with_them)
    by = {one["by"]: one for one in said["claims"] if one["claim"].startswith("one/stance/welcoming/all/")}
    assert set(by) == {"codes", "labels"} and not by["labels"]["validated"]
    assert (
        "learned from codes"
        in {one["claim"]: one["reason"] for one in said["not_estimated"]}["one/stance/welcoming/all/codes-and-labels"]
    )
    (machine,) = (one for one in agreement_of(with_them, 20)["agreement"] if one["between"] == "people and machine")
    assert "remembered" in machine["scope"]["en"] and machine["scope"]["zh"]


def test_an_annotator_that_did_not_come_to_all_documents_is_not_corrected(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    found = basis.labels["sentiment"]
    snapshot = newest(study)
    assert found.unvisited == 0 and snapshot is not None
    kept = {*found.labels} - {*list(found.labels)[:3]}
    some = replace(found, labels={one: found.labels[one] for one in kept})
    frame, drawn = frozenset(basis.sample.frame), frozenset(basis.sample.ids)
    partly = held_against(study, snapshot, {"sentiment": some}, frame, drawn)
    assert partly["sentiment"].unvisited == 3
    said = estimates_of(replace(basis, labels=partly))
    by = {one["claim"]: one for one in said["claims"]}
    assert CORRECTED not in by and by["one/sentiment/negative/all/labels"]["unlabelled"] == 3 + len(found.others)
    assert any("never came to 3 documents" in one["reason"] for one in said["not_estimated"])


def test_how_codes_were_found_and_how_many_are_disputed_is_told(study: Study) -> None:
    said = json.loads(estimates_path(study.folder, "one").read_bytes())
    basis = basis_of(study, "one")
    ways = Counter(how for (_, variable), (_, how) in basis.settled.items() if variable == "sentiment")
    held = said["held"]["sentiment"]
    assert {how: n for how, n in held.items() if n and how != "disputed"} == dict(ways)
    assert held["disputed"] == ways["first"] > 0 and said["held"]["theme_cat_tax"]["disputed"] == 0
    done = CliRunner().invoke(app, ["estimate", "--study", str(study.folder)])
    assert done.exit_code == 0
    assert f"sentiment: coders differ on {held['disputed']} documents" in " ".join(done.output.split())
    assert f"{held['single']} single" in done.output and "precise as:" in done.output


def test_where_labels_make_a_figure_less_sure_the_command_says_so(study: Study) -> None:
    found = claims(study)
    errors = {
        by: {t: found[f"one/sentiment/{t}/all/{by}"]["se"] for t in TONES} for by in ("codes", "codes-and-labels")
    }
    worse = [tone for tone in TONES if errors["codes-and-labels"][tone] > errors["codes"][tone]]
    assert worse
    done = CliRunner().invoke(app, ["estimate", "--study", str(study.folder)])
    said = " ".join(done.output.split())
    assert f"sentiment: labels make the figure less sure than codes alone for {', '.join(worse)}" in said
    assert "stance: labels make" not in said and "annotate --from-codes" in said


def test_nothing_is_said_where_labels_are_right(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    truth = basis.truth["sentiment"]
    right = replace(basis.labels["sentiment"], labels=dict.fromkeys(basis.sample.frame, "neutral") | truth)
    said = estimates_of(replace(basis, labels={"sentiment": right}))
    from corpus.cli_samples import _behind

    own = [one for one in said["claims"] if one["variable"] == "sentiment"]
    assert any(one["by"] == "codes and labels" for one in own)
    assert not [line for line in _behind("sentiment", own, None) if "less sure" in line]


def test_extreme_weights_are_accepted_by_name_and_the_document_says_so(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    weight = basis.sample.weight.copy()
    weight[0] *= 1_000
    heavy = replace(basis, sample=replace(basis.sample, weight=weight))
    refused = estimates_of(heavy)
    assert any(
        "--accept-extreme" in one["reason"] or "hang on a few" in one["reason"] for one in refused["not_estimated"]
    )
    assert not any(one["by"] == "codes and labels" and one["domain"]["kind"] == "all" for one in refused["claims"])
    taken = estimates_of(heavy, extreme=True)
    assert taken["accept_extreme_weights"] and taken["rederive"].endswith("--accept-extreme-weights")
    assert CORRECTED in {one["claim"] for one in taken["claims"]}
    done = CliRunner().invoke(app, ["estimate", "--study", str(study.folder), "--accept-extreme-weights"])
    assert done.exit_code == 0 and checked(study)[11].outcome == "ok"
    edit(estimates_path(study.folder, "one"), lambda said: said.update(accept_extreme_weights=False))
    assert checked(study)[11].outcome == "failed"


def test_documents_that_figures_lack_are_told_below_them(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    some = {variable: dict(list(codes.items())[2:]) for variable, codes in basis.truth.items()}
    partly = replace(basis, sample=replace(basis.sample, gone=tuple(basis.sample.frame[:1]), replaced=("r", "q")))
    partly.__dict__["truth"] = some
    found = {one["claim"]: one for one in estimates_of(partly)["claims"]}[CORRECTED]
    assert (found["missing"], found["unavailable"], found["replaced"], found["ineligible"]) == (2, 1, 2, 0)
    codes = study.folder / "coding" / "one" / "codes.jsonl"
    first = json.loads(codes.read_bytes().splitlines()[0])["doc_id"]
    lines = [line for line in codes.read_bytes().splitlines(True) if json.loads(line)["doc_id"] != first]
    codes.write_bytes(b"".join(lines))
    done = CliRunner().invoke(app, ["estimate", "--study", str(study.folder)])
    assert done.exit_code == 0 and "sentiment, documents: 1 drawn but not coded" in " ".join(done.output.split())


SHAPES: dict[str, Callable[[Row], Any]] = {
    "no labels": lambda said: said.pop("labels"),
    "no rows": lambda said: said["codes"].update(rows="3"),
    "no claims": lambda said: said.update(claims={"a": 1}),
    "a claim without a value": lambda said: said["claims"][0].pop("value"),
    "labels of no snapshot": lambda said: said.update(labels={}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_no_document_of_estimates_is_said_to_be_none(study: Study, name: str) -> None:
    edit(estimates_path(study.folder, "one"), SHAPES[name])
    for number in (11, 12):
        found = checked(study)[number]
        assert found.outcome == "failed" and "is no document of estimates" in found.message


def test_a_list_in_place_of_estimates_is_said_to_be_none(study: Study) -> None:
    estimates_path(study.folder, "one").write_bytes(b"[]\n")
    assert "is no document of estimates" in checked(study)[11].message
    assert set(LATER) == {"agreement", "estimates", "claims"}


def test_no_error_of_0_beside_an_interval(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    right = replace(basis.labels["sentiment"], labels=basis.labels["sentiment"].labels | basis.truth["sentiment"])
    write(estimates_path(study.folder, "one"), estimates_of(replace(basis, labels={"sentiment": right})))
    found = claims(study)[CORRECTED]
    assert found["wrong"] == 0 and found["se"] is None and found["interval"]["low"] < found["interval"]["high"]
