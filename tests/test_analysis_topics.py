"""Topics that were planted are found, told alike every time, aligned, seeded, named and merged; too few texts are said to be."""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.annotate import annotate, surveys
from analysis.surveys import newest, topics, topics_documents
from analysis.topicmodels.discovery import _discover
from analysis.topicmodels.topics import find_topics
from corpus.build import build
from corpus.cli import app
from corpus.errors import UserError
from corpus.intake import intake
from corpus.manifest import verify
from corpus.snapshot import Snapshot
from corpus.study import Study, load_study
from tests.planted_topics import GLOSSARY, POOLS, Text, staged, study_of, texts
from tests.studies import STUDY, comment, make_study

THREE = "[topics]\nnumber = { zh = 3, en = 3 }\n"
Row = dict[str, Any]


@contextmanager
def snapshot_of(study: Study, found: list[Text]) -> Any:
    for staging in staged(study, found):
        yield staging.so_far()


def run(study: Study, found: list[Text]) -> tuple[list[Row], list[Row]]:
    _discover.cache_clear()
    with snapshot_of(study, found) as snapshot:
        return topics.SURVEY.run(snapshot, study), topics_documents.SURVEY.run(snapshot, study)


def planted(row: Row) -> str:
    """The topic that the words of a row were made of."""
    words = {one["label"] for one in row["words"]}
    return max(POOLS, key=lambda name: len(words & set(" ".join(POOLS[name]).split())))


@pytest.mark.parametrize("method", ["clusters", "nmf"])
def test_what_was_planted_is_found(tmp_path: Path, method: str) -> None:
    found = texts()
    rows, places = run(study_of(tmp_path, topics=f'{THREE}method = "{method}"\n'), found)
    told = {row["topic_id"]: row for row in rows if row.get("words")}
    assert Counter((row["language"], planted(row)) for row in told.values()) == Counter(
        (side, name) for side in ("zh", "en") for name in POOLS
    )
    right = [
        place["document_id"].split("-")[1] == planted(told[place["topic_id"]]) for place in places if place.get("rank")
    ]
    assert len(right) == 360 and sum(right) > 350
    for row in told.values():
        assert row["coherence"] > 0.2 and row["stability"] > 0.6 and row["diversity"] == 1
        assert planted(told[row["aligned_with"]]) == planted(row) and row["alignment"] > 0.4


def test_every_document_stands_once_in_each_language_it_is_read_in(tmp_path: Path) -> None:
    mixed = ("mul-0", "mul", ["猫咪", "cat", "宠物", "pet", "@somebody", "🐱", "#猫税", "https://a.example/x"])
    found = [*texts(), mixed]
    rows, places = run(study_of(tmp_path, topics=THREE), found)
    read = Counter((place["document_id"], place["language"]) for place in places)
    assert set(read.values()) == {1}
    assert {name for name, _ in read} == {name for name, _, _ in found}
    assert {side for name, side in read if name == "mul-0"} == {"zh", "en"}
    counted = {row["topic_id"]: row["documents"] for row in rows}
    assert counted == Counter(place["topic_id"] for place in places)
    without = {place["document_id"]: place["topic_id"] for place in places if not place.get("rank")}
    assert without == {"zh-short-0": "zh-none", "en-empty-0": "en-none", "fr-0": "other-none"}
    for name in counted.keys() - {"zh-none", "en-none", "other-none"}:
        ranked = [place for place in places if place["topic_id"] == name]
        assert [place["rank"] for place in ranked] == list(range(1, len(ranked) + 1))
        assert [place["score"] for place in ranked] == sorted((place["score"] for place in ranked), reverse=True)


def test_two_runs_say_the_same_and_another_process_too(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    found = texts()
    first = run(study, found)
    assert run(study, found) == first
    told = next(row for row in first[0] if row["language"] == "zh")
    assert [one["label"] for one in told["tried"]] == ["6", "8"]  # of 180 texts, twenty for each topic
    line = (
        "import json; from pathlib import Path; from corpus.study import load_study;"
        "from tests.planted_topics import texts; from tests.test_analysis_topics import run;"
        f"print(json.dumps(run(load_study(Path({str(tmp_path)!r})), texts())))"
    )
    for seed in ("1",):
        environment = {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "2", "PATH": "/usr/bin:/bin"}
        there = subprocess.run(
            [sys.executable, "-c", line], capture_output=True, text=True, env=environment, check=True
        )
        assert json.loads(there.stdout) == json.loads(json.dumps(first))


def test_texts_that_came_many_times_make_no_topic_of_their_own(tmp_path: Path) -> None:
    copies: list[Text] = [(f"zh-copy-{n}", "zh-Hans", ["猫咪", "房租", "作业"]) for n in range(200)]
    rows, places = run(study_of(tmp_path, topics=THREE), [*texts(), *copies])
    assert {planted(row) for row in rows if row["language"] == "zh" and row.get("words")} == set(POOLS)
    assert len({place["topic_id"] for place in places if "copy" in place["document_id"]}) == 1


@pytest.mark.parametrize("method", ["clusters", "nmf"])
def test_seeds_begin_topics(tmp_path: Path, method: str) -> None:
    seeds = '[[seed]]\nname = "pets"\nzh = ["貓咪", "宠物"]\nen = ["Cat", "fur", "unheard"]\n[[seed]]\nname = "costs"\nen = ["rent"]\n'
    rows, _ = run(study_of(tmp_path, topics=f'{THREE}method = "{method}"\n{seeds}'), texts())
    begun = {(row["language"], row["seeded_by"]): planted(row) for row in rows if row.get("seeded_by")}
    assert begun == {("zh", "pets"): "cats", ("en", "pets"): "cats", ("en", "costs"): "money"}


@pytest.mark.parametrize(
    "found",
    [[], texts(each=1), [("a", "fr", ["chat"])], [("a", "en", ["cat", "pet"])] * 1, [("a", "zh-Hans", ["猫咪"] * 400)]],
    ids=["nothing", "few", "french", "one", "long"],
)
def test_too_few_texts_are_said_to_be(tmp_path: Path, found: list[Text]) -> None:
    rows, places = run(study_of(tmp_path), found)
    assert [row["topic_id"] for row in rows if row.get("words")] == []
    assert len(places) == len(found)
    assert all("too few texts" in row["note"] for row in rows if row.get("language"))


@pytest.mark.parametrize("method", ["clusters", "nmf"])
@pytest.mark.parametrize("words", [8, 12])
def test_more_topics_than_words_can_tell_are_no_error(tmp_path: Path, method: str, words: int) -> None:
    dice = random.Random(3)
    pool = POOLS["cats"][1].split()[:words]
    found: list[Text] = [(f"{n:04d}", "en", [dice.choice(pool) for _ in range(3)]) for n in range(400)]
    study = study_of(tmp_path, topics=f'[topics]\nmethod = "{method}"\nnumber = {{ en = 200 }}\n')
    rows, places = run(study, found)
    assert len(places) == 400 and sum(bool(row.get("words")) for row in rows) <= words
    assert any(row.get("words") for row in rows)


def test_without_a_glossary_names_in_latin_letters_align(tmp_path: Path) -> None:
    found = [(name, of, [*words, "RedNote"] if "cats" in name else words) for name, of, words in texts()]
    rows, _ = run(study_of(tmp_path, topics=THREE, glossary=""), found)
    aligned = {row["language"]: planted(row) for row in rows if row.get("aligned_with")}
    assert aligned == {"zh": "cats", "en": "cats"}


def test_without_scikit_learn_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_of(tmp_path)
    with snapshot_of(study, texts(each=1)) as snapshot:
        monkeypatch.setitem(sys.modules, "sklearn", None)
        with pytest.raises(UserError, match=r"pip install 'huanying\[topics\]'"):
            topics.SURVEY.run(snapshot, study)


def test_surveys_introduce_themselves_and_run_by_name_only() -> None:
    for name in ("topics", "topics_documents"):
        survey = surveys()[name]
        assert not survey.default and survey.table.name == name  # type: ignore[attr-defined]
        for part in ("How: ", "Trained on: ", "Measured", "Fails on: "):
            assert part in survey.card


def written(folder: Path, files: Sequence[tuple[str, str]] = ()) -> Study:
    """A corpus built from captures: comments of the planted topics."""
    folder.mkdir()
    (folder / "study.toml").write_text(
        STUDY.replace('[[source]]\nid = "harbour-daily"\n', "").split("[files]")[0], encoding="utf-8"
    )
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    items = []
    for number, (_, language, words) in enumerate(one for one in texts(each=45) if one[2]):
        item: Any = comment(number)
        item["data"]["content"] = ("，" if language != "en" else " ").join(words)
        items.append(json.dumps(item, ensure_ascii=False))
    (folder / "held").mkdir()
    (folder / "held" / "notes.ndjson").write_text("\n".join(items) + "\n", encoding="utf-8")
    study = load_study(folder)
    intake(study, [folder / "held"], None, say=lambda line: None)
    build(study, workers=1)
    return study


def test_topics_are_named_and_merged_by_the_researcher(tmp_path: Path) -> None:
    study = written(tmp_path / "s", [("topics.toml", THREE), ("glossary.toml", GLOSSARY)])
    told = find_topics(study)
    assert told.added == 6 and told.merge.name == "topics.merge.toml"
    before = {row["topic_id"]: planted(row) for row in told.rows if row["words"]}
    assert Counter(before.values()) == {"cats": 2, "money": 2, "lessons": 2}
    assert all(1 <= len(told.best[name]) <= 10 for name in before)
    verify(told.snapshot)
    text = told.merge.read_text(encoding="utf-8")
    own = {planted_as: name for name, planted_as in before.items() if name.startswith("zh")}
    text = "# mine\n" + text.replace(f'id = "{own["cats"]}"', f'id = "{own["cats"]}"', 1)
    head, _, tail = text.partition(f'id = "{own["cats"]}"')
    text = head + f'id = "{own["cats"]}"' + tail.replace('name = ""', 'name = "猫"', 1)
    head, _, tail = text.partition(f'id = "{own["money"]}"')
    text = head + f'id = "{own["money"]}"' + tail.replace('into = ""', f'into = "{own["cats"]}"', 1)
    told.merge.write_text(text, encoding="utf-8")

    again = find_topics(study)
    assert again.added == 0 and again.merge.read_text(encoding="utf-8") == text
    rows = newest(again.snapshot, "topics", ["topic_id", "name", "merged", "documents"])
    assert rows is not None
    after = {row["topic_id"]: row for row in rows.to_pylist()}
    assert own["money"] not in after and before.keys() - {own["money"]} <= after.keys()
    merged = after[own["cats"]]
    assert merged["name"] == "猫" and merged["merged"] == sorted([own["cats"], own["money"]])
    assert merged["documents"] == 90
    older = again.snapshot.table("topics", ["version"]).column("version").to_pylist()
    assert len(set(older)) == 2, "what was said before the merge stays, under its own version"
    told_tables = {title: rows for title, _, rows in again.tables()}
    assert len(told_tables["topics, zh"]) == 3 and json.dumps(again.document(), default=str)


def test_topics_come_again_under_their_ids_when_the_corpus_grows(tmp_path: Path) -> None:
    study = study_of(tmp_path, topics=THREE)
    first, _ = run(study, texts())
    ids = {planted(row): row["topic_id"] for row in first if row["language"] == "zh" and row.get("words")}
    entries = "".join(
        f'[[topic]]\nid = "zh-kept{number}"\nwords = {json.dumps(POOLS[name][0].split()[:8], ensure_ascii=False)}\n'
        for number, name in enumerate(ids)
    )
    (tmp_path / "topics.merge.toml").write_text(entries, encoding="utf-8")
    later, _ = run(study, texts(each=80))
    kept = {planted(row): row["topic_id"] for row in later if row["language"] == "zh" and row.get("words")}
    assert kept == {name: f"zh-kept{number}" for number, name in enumerate(ids)}


def test_a_tiny_corpus_is_no_error(tmp_path: Path) -> None:
    study = make_study(tmp_path / "s")
    build(study, workers=1)
    told = find_topics(study)
    assert told.added == 0 and not told.merge.exists()
    assert {row["topic_id"] for row in told.rows} <= {"zh-none", "en-none", "other-none"}
    assert sum(row["documents"] for row in told.rows) >= told.snapshot.rows("documents")
    done = CliRunner().invoke(app, ["topics", "--study", str(study.folder), "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["added_to_it"] == 0
    done = CliRunner().invoke(app, ["topics", "--study", str(study.folder)])
    assert done.exit_code == 0 and "too few texts" in " ".join(done.stdout.split())


def test_both_tables_are_of_one_snapshot(tmp_path: Path) -> None:
    study = make_study(tmp_path / "s")
    build(study, workers=1)
    snapshot: Snapshot = annotate(study, ["topics_documents", "topics"]).snapshot
    versions = {name: snapshot.manifest["tables"][name]["current_version"] for name in ("topics", "topics_documents")}
    assert len(set(versions.values())) == 1
