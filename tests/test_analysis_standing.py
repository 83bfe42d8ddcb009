"""Agreement and estimates on disk: what they say and what they rest on."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from analysis.coding.rounds import load_round
from analysis.estimates.basis import basis_of, newest, write
from analysis.estimates.claims import Cell
from analysis.estimates.concord import agreement_of, agreement_path
from analysis.estimates.corrected import corrected
from analysis.estimates.domains import Domain, periods_of
from analysis.estimates.labels import labels_of
from analysis.estimates.standing import estimates_of, estimates_path
from corpus.build import finish
from corpus.cli import app
from corpus.errors import UserError
from corpus.schemas import TABLES, annotations_table
from corpus.snapshot import Snapshot
from corpus.store import Staging
from corpus.study import Study
from corpus.wide import add_wide
from tests.estimated import TONES, checked, claims, coded_by, make_coded, make_standing, outcomes
from tests.samples import plain

Row = dict[str, Any]
CORRECTED = "one/sentiment/negative/all/codes-and-labels"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_coded(tmp_path_factory.mktemp("built") / "small")


@pytest.fixture
def study(built: Path, tmp_path: Path) -> Study:
    return make_standing(built, tmp_path / "small")


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
    wrong = [(truth[one] == "negative") - (machine.get(one) == "negative") for one in truth]
    assert both["value"] == pytest.approx(bare["value"] + sum(wrong) / 40)
    assert both["wrong"] == sum(map(abs, wrong)) > 0
    for one in found.values():
        assert one["scope"]["en"] and one["scope"]["zh"] and one["rederive"] and one["method"]
        assert (one["by"] == "labels") == (one["interval"] is None)
        if one["interval"]:
            assert 0 <= one["interval"]["low"] < one["interval"]["high"] <= 1 and one["n"] and one["n_eff"]
            assert one["outside"] or one["interval"]["low"] <= one["value"] <= one["interval"]["high"]
            assert one["se"] is None or one["se"] > 0
    assert {one["language"] for one in found.values()} > {None, "en", "zh-Hans"}
    whole = sum(found[f"one/sentiment/{tone}/all/codes-and-labels"]["n"] for tone in TONES)
    assert whole == 120 == 3 * 40 and not any(
        one["by"] != "codes" for one in found.values() if one["variable"] == "stance"
    )


def test_a_theme_of_several_is_corrected_as_a_yes_or_no(study: Study) -> None:
    snapshot = newest(study)
    assert snapshot is not None
    basis = basis_of(study, "one", snapshot=snapshot)
    rows = snapshot.table("themes").to_pylist()
    bears = {row["document_id"] for row in rows if row["label"] == "cat_tax"}
    assert basis.machine["theme_cat_tax"] == {
        row["document_id"]: "yes" if row["document_id"] in bears else "no"
        for row in rows
        if row["document_id"] in basis.languages
    }
    found, truth = claims(study), basis.truth["theme_cat_tax"]
    both, bare = (found[f"one/theme_cat_tax/yes/all/{by}"] for by in ("codes-and-labels", "labels"))
    frame = basis.sample.frame
    assert bare["value"] == pytest.approx(sum(one in bears for one in frame) / len(frame)) and bare["validated"]
    errors = sum((code == "yes") - (one in bears) for one, code in truth.items())
    assert errors and both["value"] == pytest.approx(bare["value"] + errors / len(truth))
    said = json.loads(estimates_path(study.folder, "one").read_bytes())
    assert said["labels"]["machine"]["theme_cat_tax"] == {"annotator": "themes", "label": "cat_tax"}
    assert [one for one in said["not_estimated"] if "fewer than 5" not in one["reason"]] == [
        {"claim": "one/theme_language_help", "reason": "themes labels no document of the frame language_help"}
    ]


def test_abstaining_is_neither_yes_nor_no_and_older_labels_and_places_do_not_count(study: Study) -> None:
    frame = basis_of(study, "one").sample.frame
    given = [("cat_tax", 0.9), ("food", 0.9), ("none", None), ("abstain", None), ("cat_tax", 0.7)]
    rows = [
        {"document_id": name, "annotator": "themes", "version": version, "label": label, "score": score}
        for name, (label, score) in zip(frame, given, strict=False)
        for version in ("2", "1")
    ]
    rows.append(rows[0] | {"label": "food", "score": 0.5})
    rows += [rows[2] | {"label": "cat_tax", "start": 0, "end": 2}, rows[3] | {"label": "cat_tax"}]
    snapshot = relabelled(study, "themes", rows)
    found, reasons = labels_of(snapshot, load_round(study, "one").scheme, frozenset(frame))
    cats = found["theme_cat_tax"]
    told = dict(zip(frame, ("yes", "no", "no", "abstain", "yes"), strict=False))
    left = {name: told.pop(name) for name, label in list(told.items()) if label == "abstain"}
    assert cats.labels == told and cats.others == left == {frame[3]: "abstain"}
    assert cats.version == "2" and list(reasons) == ["theme_language_help"]
    assert cats.above(0.8) == {name: label for name, label in told.items() if name != frame[4]}
    assert cats.above(0.7) == told and labels_of(snapshot, load_round(study, "one").scheme, frame[1:])[1]


def relabelled(study: Study, name: str, rows: list[Row]) -> Snapshot:
    """The study's snapshot with other labels of version 2."""
    base = newest(study)
    assert base is not None
    with Staging(study.corpus_folder) as staging:
        for table in base.tables:
            if table not in ("columns", "documents_wide", name):
                staging.keep(base, table)
        staging.add_rows(annotations_table(name, f"Labels: {name}"), rows, current_version="2")
        add_wide(staging)
        return finish(staging, study, base.manifest["made_from"], base.manifest["dates"], base.manifest["counts"])


def test_documents_that_the_machine_gave_none_of_the_codes_are_told_as_unlabelled(study: Study) -> None:
    """An abstention is no label: it is told beside every figure, in the agreement, and where labels are of the drawn alone."""
    basis = basis_of(study, "one", snapshot=newest(study))
    frame, drawn = basis.sample.frame, set(basis.sample.ids)
    shy = frame[::5]
    rows = [
        {
            "document_id": name,
            "annotator": "sentiment",
            "version": "2",
            "label": "abstain" if name in shy else "neutral",
        }
        for name in frame
    ]
    again = basis_of(study, "one", snapshot=relabelled(study, "sentiment", [one | {"score": None} for one in rows]))
    labels = again.labels["sentiment"]
    assert set(labels.others) == set(shy) and labels.unvisited == 0 and set(labels.labels) == {*frame} - {*shy}
    said = {one["claim"]: one for one in estimates_of(again)["claims"]}
    bare = [said[f"one/sentiment/{tone}/all/labels"] for tone in TONES]
    assert {one["unlabelled"] for one in bare} == {len(shy)} == {said[CORRECTED]["unlabelled"]}
    assert sum(one["value"] for one in bare) == pytest.approx(1 - len(shy) / len(frame))
    agreement = {(one["variable"], one["between"]): one for one in agreement_of(again, 20)["agreement"]}
    one = agreement["sentiment", "people and machine"]
    assert sum(row.get("abstain", 0) for row in one["confusion"]["all"].values()) == len(drawn & {*shy})
    some = {name: "abstain" if name not in drawn else "neutral" for name in frame}
    odd = [row | {"label": some[row["document_id"]], "score": None} for row in rows]
    lost = estimates_of(basis_of(study, "one", snapshot=relabelled(study, "sentiment", odd)))["not_estimated"]
    assert any(one["claim"] == CORRECTED and "of the drawn documents have a label" in one["reason"] for one in lost)


def test_what_fewer_than_five_coded_documents_stand_for_is_not_estimated(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    coded = sorted(basis.truth["sentiment"])
    four, five = (Domain("language", one) for one in ("four", "five"))
    parts = {four: frozenset({*coded[:4], *basis.sample.frame[90:]}), five: frozenset(coded[:5])}
    parts[four] -= {*coded[4:]}
    cell = Cell("one", basis.sample, "sentiment", "negative", four, parts[four])
    for told in (cell.by_codes, lambda truth: cell.by_both(basis.machine["sentiment"], truth)):
        with pytest.raises(UserError, match="4 coded documents stand for all of this part, fewer than 5"):
            told(basis.truth["sentiment"])
    basis.__dict__["domains"] = parts
    said = estimates_of(basis)
    for by in ("codes", "codes-and-labels"):
        assert f"one/sentiment/negative/four/{by}" in {one["claim"] for one in said["not_estimated"]}
        assert f"one/sentiment/negative/five/{by}" in {one["claim"] for one in said["claims"]}
    bare = next(one for one in said["claims"] if one["claim"] == "one/sentiment/negative/four/labels")
    assert not bare["validated"] and "not validated by humans" in bare["scope"]["en"]
    every = plain(coded[:3], of=3)
    whole = replace(cell, sample=every, names=None).by_codes(dict.fromkeys(coded[:3], "negative"))
    assert whole["value"] == 1.0 and whole["n"] == 3 and whole["interval"]["how"] == "census"


def test_figures_by_phase_are_those_of_its_days(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    said = estimates_of(basis)
    assert [(one["number"], one["first"]) for one in said["phases"]["list"]] == [(1, "2025-01-10"), (2, "2025-01-13")]
    later = {one for one, day in basis.rows_of_frame("id", "day") if day and day >= date(2025, 1, 13)}
    truth = basis.truth["sentiment"]
    found = {one["claim"]: one for one in said["claims"]}
    one = found["one/sentiment/negative/phase-2/codes"]
    inside = [truth[name] for name in truth if name in later]
    assert 0 < len(inside) < 40 and one["n"] == len(inside) and one["language"] is None
    assert one["value"] == pytest.approx(inside.count("negative") / len(inside))
    assert one["domain"] == {"kind": "phase", "value": "2"} and one["rederive"].endswith("domain=phase 2)")
    assert found["one/sentiment/negative/phase-2/codes-and-labels"]["size"] == len(later)
    assert {one["domain"]["kind"] for one in found.values()} == {"all", "language", "phase"}


def test_no_phases_where_days_are_of_another_zone_or_nothing_divides_the_window(study: Study) -> None:
    assert "days of Asia/Shanghai" in str(periods_of(study, "UTC").reason)
    (study.folder / "events.csv").write_text(
        "event_id,date,time_local,zone,precision,event,kind,source,certainty,note\n", encoding="utf-8"
    )
    said = estimates_of(basis_of(study, "one", snapshot=newest(study)))
    assert "no event divides" in said["phases"]["reason"] and not said["phases"]["list"]
    assert all(one["domain"]["kind"] != "phase" for one in said["claims"])
    assert {"variation": "zone", "setting": "UTC", "variable": None, "reason": said["phases"]["reason"]} in said[
        "not_varied"
    ]
    failed = checked(study)[11]
    assert failed.outcome == "failed" and "made again" in failed.message


def varied(said: Row, ending: str) -> Row:
    """The figure of negative texts that was made otherwise in this way."""
    (found,) = (one for one in said["robustness"] if one["claim"].endswith(f"sentiment/negative/{ending}"))
    assert found["base"] in {one["claim"] for one in said["claims"]} and found["claim"].startswith(found["base"] + "/")
    return dict(found)


def test_figures_without_copies_and_without_the_heaviest_author(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    said = estimates_of(basis)
    rows = basis.frame.to_pylist()
    clusters = Counter(row["cluster"] for row in rows if row["cluster"])
    authors = Counter(row["author"] for row in rows if row["author"])
    assert max(clusters.values()) > 1
    single = varied(said, "all/codes-and-labels/copies_out")
    assert single["size"] == len(rows) - sum(clusters.values()) + len(clusters) and single["setting"] is None
    without = varied(said, "all/codes-and-labels/heaviest_author_out")
    assert without["size"] == len(rows) - max(authors.values()) < len(rows)
    heaviest = min(authors, key=lambda one: (-authors[one], one))
    kept = {row["id"] for row in rows if row["author"] != heaviest}
    truth, labels = basis.truth["sentiment"], basis.machine["sentiment"]
    again = corrected(basis.sample, labels, truth, "negative", kept)
    assert without["value"] == again.estimate.value and without["interval"]["low"] == again.estimate.low
    stances = [one for one in said["robustness"] if one["variable"] == "stance"]
    assert stances and all(one["by"] == "codes" and one["base"].endswith("/codes") for one in stances)


def test_figures_by_days_of_another_zone(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    shifted = [day and day - timedelta(days=1) for (day,) in basis.rows_of_frame("day")]
    place = basis.frame.schema.get_field_index("day")
    moved = replace(basis, frame=basis.frame.set_column(place, "day", pa.array(shifted, pa.date32())))
    said = estimates_of(moved)
    plain = estimates_of(basis)
    bare = {one["claim"]: one for one in plain["claims"]}
    for zone in ("UTC", "America-New_York"):
        one = varied(said, f"phase-2/codes-and-labels/zone-{zone}")
        base = bare["one/sentiment/negative/phase-2/codes-and-labels"]
        assert one["value"] == base["value"] and one["size"] == base["size"]
        assert one["value"] != next(row for row in said["claims"] if row["claim"] == one["base"])["value"]
    base = newest(study)
    assert base is not None
    rows = [row | {"day_new_york": date(2025, 1, 1)} for row in base.table("documents").to_pylist()]
    with Staging(study.corpus_folder) as staging:
        staging.add_rows(TABLES["documents"], rows)
        told = replace(basis, snapshot=staging.so_far())
        assert set(told.days("America/New_York") or ()) <= {date(2025, 1, 1), None}
        assert told.days("UTC") == basis.days("UTC") != told.days("America/New_York")
    alone = estimates_of(basis_of(study, "one"))
    assert {one["variation"] for one in alone["robustness"]} == {"copies_out", "heaviest_author_out"}
    assert any(one["variation"] == "zone" and "is not here" in one["reason"] for one in alone["not_varied"])


def test_figures_by_labels_that_are_sure_enough(study: Study) -> None:
    basis = basis_of(study, "one", snapshot=newest(study))
    assert {one["reason"] for one in estimates_of(basis)["not_varied"]} >= {"no labels", "its labels have no scores"}
    labels = basis.labels["sentiment"]
    scores = {name: (0.5, 0.7, 0.9)[number % 3] for number, name in enumerate(sorted(labels.labels))}
    said = estimates_of(replace(basis, labels={"sentiment": replace(labels, scores=scores)}))
    for least in (0.6, 0.8):
        kept = {name: label for name, label in labels.labels.items() if scores[name] >= least}
        again = corrected(basis.sample, kept, basis.truth["sentiment"], "negative")
        one = varied(said, f"all/codes-and-labels/threshold-{least}")
        assert one["value"] == again.estimate.value and one["setting"] == str(least)
        assert one["value"] != next(row for row in said["claims"] if row["claim"] == one["base"])["value"]
    sums = replace(labels, scores=dict.fromkeys(scores, 2.0))
    told = estimates_of(replace(basis, labels={"sentiment": sums}))["not_varied"]
    assert any(one["reason"] == "its scores are no probabilities" for one in told)


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
    themes = {(f"theme_{name}", "coders") for name in ("cat_tax", "language_help")}
    machine = {(name, "people and machine") for name in ("sentiment", "theme_cat_tax")}
    assert set(pairs) == {("sentiment", "coders"), ("stance", "coders")} | themes | machine
    first = {one["statistic"]: one for one in pairs["sentiment", "coders"]["figures"] if one["language"] == one["code"]}
    twice = [name for name, unit in load_round(study, "one").units.items() if len(unit["coders"]) == 2]
    same = sum(coded_by("red")(name, "sentiment") == coded_by("blue")(name, "sentiment") for name in twice)
    assert first["percent"]["value"] == pytest.approx(same / len(twice)) and same < len(twice) == 20
    assert first["alpha"]["level"] == "ordinal" and first["alpha"]["units"] == 20 and first["alpha"]["coders"] == 2
    told = pairs["sentiment", "people and machine"]["confusion"]["all"]
    assert sum(n for row in told.values() for n in row.values()) == 40
