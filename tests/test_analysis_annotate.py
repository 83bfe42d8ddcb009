"""Annotators and surveys write tables of their own, with their own columns, version beside version."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from analysis.annotate import annotate, annotators, surveys
from analysis.annotators import Annotate, Label, Passage
from analysis.surveys import newest
from corpus.build import build
from corpus.errors import HuanyingError, UserError
from corpus.manifest import verify
from corpus.schemas import Column, Table, annotations_table
from corpus.snapshot import Snapshot
from corpus.study import Study
from tests.studies import make_study

COLUMNS = (Column("speaker", "string", "Who speaks", "text"), Column("words", "int32", "How many words"))


class Shouts:
    """A test's annotator: finds the first word and says how long the text is."""

    labels = ("shout",)
    card = "Shouts: a first word."
    columns = COLUMNS
    default = False

    def __init__(self, version: str = "1", label: Label | None = None) -> None:
        self.version, self.label = version, label

    def prepare(self, study: Study | None) -> Annotate:
        def all_of(passages: Sequence[Passage]) -> list[list[Label]]:
            return [self.one(passage) for passage in passages]

        return all_of

    def one(self, passage: Passage) -> list[Label]:
        more = {"speaker": passage.kind, "words": len(passage.text.split())}
        return [Label("none"), self.label or Label("shout", None, 0, 1, more)]


class Counted:
    """A test's survey: what an annotator has said in this same run, counted."""

    card = "Counts shouts."
    default = False
    table = Table(
        "counted",
        "Shouts by kind",
        (Column("kind", "string", "Kind"), Column("version", "string", "Version"), Column("n", "int64", "Shouts")),
        ("kind", "version"),
    )

    def __init__(self, version: str = "1", twice: bool = False) -> None:
        self.version, self.twice = version, twice

    def version_for(self, study: Study) -> str:
        return self.version

    def run(self, snapshot: Snapshot, study: Study) -> list[dict[str, Any]]:
        found = newest(snapshot, "shouts", ("speaker", "label"))
        assert found is not None and newest(snapshot, "absent", ("label",)) is None
        kinds = [row["speaker"] for row in found.to_pylist() if row["label"] == "shout"]
        rows = [{"kind": kind, "n": kinds.count(kind)} for kind in sorted(set(kinds), reverse=True)]
        return rows * (2 if self.twice else 1)


def offer(folder: Path, package: str, name: str, **offered: object) -> None:
    """Put a module into a room of plug-ins for the time of a test."""
    (folder / f"{name}.py").touch()
    module = ModuleType(f"{package}.{name}")
    module.__dict__.update(offered)
    sys.modules[f"{package}.{name}"] = module
    sys.modules[package].__path__.append(str(folder))


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    import analysis.annotators
    import analysis.surveys

    folders = tmp_path / "annotators", tmp_path / "surveys"
    before = [list(room.__path__) for room in (analysis.annotators, analysis.surveys)]
    for folder in folders:
        folder.mkdir()
    yield folders
    for room, paths in zip((analysis.annotators, analysis.surveys), before, strict=True):
        room.__path__[:] = paths
    for name in ("analysis.annotators.shouts", "analysis.surveys.counted"):
        sys.modules.pop(name, None)


def with_plugins(rooms: tuple[Path, Path], annotator: Shouts, survey: Counted) -> None:
    offer(rooms[0], "analysis.annotators", "shouts", ANNOTATOR=annotator)
    offer(rooms[1], "analysis.surveys", "counted", SURVEY=survey)


def test_an_annotator_s_own_columns_and_a_survey_of_them(tmp_path: Path, rooms: tuple[Path, Path]) -> None:
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    with_plugins(rooms, Shouts(), Counted())
    done = annotate(study, ["counted", "shouts", "shouts"], workers=1)
    verify(done.snapshot)
    table = done.snapshot.table("shouts")
    common = [column.name for column in annotations_table("shouts", "").columns]
    assert table.column_names == [*common, "speaker", "words"]
    documents = {row["id"]: row for row in done.snapshot.table("documents").to_pylist()}
    spans = [row for row in table.to_pylist() if row["start"] is not None]
    assert len(spans) == len(documents)
    for row in spans:
        text = documents[row["document_id"]]["text"]
        assert (row["speaker"], row["words"]) == (documents[row["document_id"]]["kind"], len(text.split()))
    assert all(row["speaker"] is None for row in table.to_pylist() if row["start"] is None)
    kinds = [row["kind"] for row in documents.values()]
    assert done.snapshot.table("counted").to_pylist() == [
        {"kind": kind, "version": "1", "n": kinds.count(kind)} for kind in sorted(set(kinds))
    ]
    assert (done.labels, done.rows) == ({"shouts": {"none": len(kinds)}}, {"counted": len(set(kinds))})
    assert done.places == {"shouts": len(kinds)}
    told = {(row["table"], row["column"]): row["personal"] for row in done.snapshot.table("columns").to_pylist()}
    assert told["shouts", "speaker"] == "text" and ("counted", "n") in told
    assert "Shouts by kind" in (done.snapshot.folder / "README.md").read_text(encoding="utf-8")


def test_rows_of_other_versions_stay_and_the_same_version_is_replaced(tmp_path: Path, rooms: tuple[Path, Path]) -> None:
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    for version in ("1", "2", "2"):
        with_plugins(rooms, Shouts(version), Counted(version))
        done = annotate(study, ["shouts", "counted"], workers=1)
    documents = done.snapshot.rows("documents")
    assert done.snapshot.rows("shouts") == 4 * documents
    now = newest(done.snapshot, "shouts", ("version", "speaker"))
    assert now is not None and set(now.column("version").to_pylist()) == {"2"} and len(now) == 2 * documents
    assert {row["version"] for row in done.snapshot.table("counted").to_pylist()} == {"1", "2"}
    without = Shouts("3")
    without.columns = COLUMNS[:1]
    with_plugins(rooms, without, Counted())
    without.label = Label("shout", None, 0, 1, {"speaker": "x"})
    after = annotate(study, ["shouts"], workers=1).snapshot.table("shouts")
    assert "words" not in after.column_names and len(after) == 6 * documents


def test_what_is_costly_runs_by_name_only(tmp_path: Path, rooms: tuple[Path, Path]) -> None:
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    with_plugins(rooms, Shouts(), Counted())
    assert getattr(surveys()["engagement_index"], "default", True) is False
    done = annotate(study, workers=1)
    assert not {"shouts", "counted", "engagement_index"} & set(done.snapshot.tables)
    assert set(done.labels) >= {"sentiment", "speaker_role", "themes"}
    named = annotate(study, ["shouts"], workers=1)
    assert set(done.snapshot.tables) | {"shouts"} == set(named.snapshot.tables)


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        (Label("shout", None, 3, 3), "span outside the text"),
        (Label("shout", None, 0, 10**6), "span outside the text"),
        (Label("shout", None, 0, None), "span outside the text"),
        (Label("shout", None, 0, 1, {"loudness": 3}), "no columns"),
    ],
)
def test_a_faulty_annotator_is_named(tmp_path: Path, rooms: tuple[Path, Path], label: Label, reason: str) -> None:
    study = make_study(tmp_path / "small")
    before = build(study, workers=1).snapshot
    with_plugins(rooms, Shouts("1", label), Counted())
    with pytest.raises(HuanyingError, match=f"shouts, slice 0: .*{reason}"):
        annotate(study, ["shouts"], workers=1)
    assert (study.corpus_folder / "LATEST").read_text().strip() == before.id


class Particular(Shouts):
    """A test's annotator that finds out in the midst of a corpus what its user has to mend."""

    def one(self, passage: Passage) -> list[Label]:
        raise UserError("the words leave no room for a text", where="models.toml", hint="shorter words")


def test_a_user_s_mistake_stays_one(tmp_path: Path, rooms: tuple[Path, Path]) -> None:
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    with_plugins(rooms, Particular(), Counted())
    with pytest.raises(UserError) as raised:
        annotate(study, ["shouts"], workers=1)
    assert str(raised.value) == "models.toml: the words leave no room for a text\n  next: shorter words"
    assert "fault of ours" not in str(raised.value)


def test_a_survey_s_key_is_a_key(tmp_path: Path, rooms: tuple[Path, Path]) -> None:
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    with_plugins(rooms, Shouts(), Counted(twice=True))
    with pytest.raises(HuanyingError, match="counted gave two rows"):
        annotate(study, ["shouts", "counted"], workers=1)


def test_an_unknown_name_tells_annotators_and_surveys(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="engagement_index.*sentiment"):
        annotate(make_study(tmp_path / "small"), ["mood"])


def test_all_plug_ins_agree_with_the_ground() -> None:
    common = {column.name for column in annotations_table("x", "").columns}
    assert not set(annotators()) & set(surveys())
    for annotator in annotators().values():
        own = [column.name for column in getattr(annotator, "columns", ())]
        assert not common & set(own) and len(own) == len(set(own))
    for name, survey in surveys().items():
        assert survey.table.name == name and "version" in survey.table.key and survey.card.strip()
        assert set(survey.table.key) <= {column.name for column in survey.table.columns}


def test_labels_are_equal_by_what_they_say() -> None:
    assert Label("a") == Label("a", more={}) and hash(Label("a")) == hash(Label("a", more={"x": 1}))
    assert Label("a") != Label("a", more={"x": 1})
    with pytest.raises(TypeError):
        Label("a").more["x"] = 1  # type: ignore[index]
