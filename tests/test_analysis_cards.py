"""What a corpus says of its annotations: whole cards in it, and which of them a new build lacks."""

from pathlib import Path

from typer.testing import CliRunner

from analysis.annotate import annotate, annotators, surveys
from corpus.build import build
from corpus.cli import app
from corpus.snapshot import latest
from tests.studies import make_study


def test_whole_cards_stand_in_the_manifest_and_the_datasheet(tmp_path: Path) -> None:
    study = make_study(tmp_path / "study")
    build(study, workers=1)
    annotate(study, ["sentiment", "story"], workers=1)
    snapshot = latest(study.corpus_folder)
    sheet = (snapshot.folder / "DATASHEET.md").read_text(encoding="utf-8")
    for name, card in (("sentiment", annotators()["sentiment"].card), ("story", surveys()["story"].card)):
        assert len(card.strip().splitlines()) > 1
        assert snapshot.manifest["tables"][name]["card"] == card.strip()
        assert f"### {name}\n\n{card.strip()}\n" in sheet
    annotate(study, ["ironic_cue"], workers=1)
    assert "Fails on" in latest(study.corpus_folder).manifest["tables"]["sentiment"]["card"], (
        "a kept table keeps its card"
    )


def test_a_new_build_names_the_annotations_that_it_lacks(tmp_path: Path) -> None:
    study = make_study(tmp_path / "study")
    build(study, workers=1)
    annotate(study, ["sentiment", "story"], workers=1)
    told = [CliRunner().invoke(app, ["build", "--study", str(study.folder)]) for _ in range(2)]
    assert [one.exit_code for one in told] == [0, 0]
    line = "without annotations yet (sentiment, story): run `huanying annotate`"
    assert [line in " ".join(one.output.split()) for one in told] == [True, False]
