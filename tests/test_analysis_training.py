"""Training: the same rows give the same bytes, the shipped file is the one pinned, and licences are kept."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Passage
from analysis.annotators.sentiment import ANNOTATOR
from analysis.learning.linear import CLASSES, MODEL, PARTS, PINNED, load_model, shipped
from analysis.learning.training import OWN_LICENCE, STUDYS, Labelled, main, own_texts, supplied, train
from analysis.signs.polarity import read
from corpus.errors import UserError
from corpus.identity import digest
from corpus.study import load_study
from tests.studies import STUDY as FULL

BARE = FULL.replace('[[source]]\nid = "harbour-daily"\n', "").replace('themes = "codebook.toml"\n', "")
ROWS = [
    Labelled("invented", "MIT", label, text)
    for label, texts in {
        "positive": ("the soup was a joy", "a joy to read", "苹果又大又甜", "开心的一天", "一天都甜"),
        "neutral": ("the soup is at noon", "we read at noon", "苹果在桌上", "一天有二十四小时", "桌上有书"),
        "negative": ("the soup was foul", "foul and cold", "苹果全烂了", "难过的一天", "书也烂了"),
    }.items()
    for text in texts
]


def written(folder: Path, *rows: dict[str, str]) -> Path:
    (folder / "sentiment_x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def row(text: str, label: str = "positive", licence: str = "MIT") -> dict[str, str]:
    return {"text": text, "label": label, "source": "invented", "licence": licence, "lang": "en"}


def test_the_same_rows_give_the_same_bytes_in_any_order() -> None:
    shuffled = random.Random(7).sample(ROWS, len(ROWS))
    assert train(ROWS) == train(shuffled) == train([*ROWS, *ROWS[:4]])


def test_it_learns_what_no_lexicon_says(tmp_path: Path) -> None:
    rows = [
        Labelled("invented", "MIT", label, f"{word} {rest}")
        for label, word in (("positive", "blorp"), ("neutral", "zibbet"), ("negative", "quonk"))
        for rest in ("on monday", "by the door", "in the hall", "at ten")
    ]
    path = tmp_path / "model.json"
    path.write_bytes(train([*rows, *(one for one in ROWS if not one.text.isascii())]))
    model = load_model(path)
    for label, word in zip(CLASSES, ("quonk", "zibbet", "blorp"), strict=True):
        likely = model.likely(read(f"{word} on the road"))
        assert likely and CLASSES[likely.index(max(likely))] == label
    assert model.likely(read("xyzzy")) is None


def test_the_shipped_model_is_the_one_pinned() -> None:
    assert digest(MODEL.read_bytes()) == PINNED == shipped().digest
    assert PINNED[:8] in ANNOTATOR.version
    assert all(one["licence"].startswith("MIT") for one in shipped().trained)


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(MODEL.read_bytes().replace(b"7", b"8", 1))
    with pytest.raises(UserError, match="not the one of this version"):
        load_model(path, PINNED)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", b'{"format": 2}', b'{"format":1,"classes":["negative","neutral","positive"]}'],
)
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match="no sentiment model"):
        load_model(path)
    with pytest.raises(UserError, match="cannot be read"):
        load_model(tmp_path / "none.json")


@given(st.text())
def test_probabilities_sum_to_one(text: str) -> None:
    likely = shipped().likely(read(text))
    assert likely is None or (abs(sum(likely) - 1) < 1e-9 and min(likely) >= 0)


def test_own_texts_are_many_and_each_stands_once() -> None:
    rows = own_texts()
    assert len(rows) > 800 and len({one.text for one in rows}) == len(rows)
    for label in CLASSES:
        assert sum(one.label == label for one in rows) > 200


def test_own_texts_are_nobody_elses(shared: Path) -> None:
    taken = {
        " ".join(json.loads(line)["text"].split())
        for path in (shared / "data" / "language-dev").glob("sentiment_*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    assert taken and not [one.text for one in own_texts() if " ".join(one.text.split()) in taken]


@pytest.mark.parametrize("line", ["* what", "+", "+no space", "0 "])
def test_a_line_without_its_label_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "texts.txt"
    path.write_text(f"# title\n+ fine\n{line}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"texts.txt:3"):
        own_texts(path)


def test_only_rows_that_may_be_shipped_are_taken(tmp_path: Path) -> None:
    folder = written(tmp_path, row("a"), row("b", licence="research only"), row("c", licence="CC0"))
    assert [one.text for one in supplied(folder)] == ["a", "c"]
    assert [one.text for one in supplied(folder, any_licence=True)] == ["a", "b", "c"]


@pytest.mark.parametrize("bad", [row("a", label="joy"), {"text": "a", "label": "positive"}, []])
def test_a_row_that_is_none_is_named(tmp_path: Path, bad: dict[str, str]) -> None:
    with pytest.raises(UserError, match=r"sentiment_x.jsonl:2"):
        supplied(written(tmp_path, row("a"), bad))


def test_a_study_may_have_a_model_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, study_folder = tmp_path / "data", tmp_path / "study"
    data.mkdir()
    study_folder.mkdir()
    (study_folder / "study.toml").write_text(BARE, encoding="utf-8")
    rows = [row(f"blorp {number}", "negative", "research only") for number in range(40)]
    assert main([str(written(data, *rows)), "--study", str(study_folder)]) == 0
    assert "research only" in capsys.readouterr().out
    study = load_study(study_folder)
    assert ANNOTATOR.version_for(study) != ANNOTATOR.version == ANNOTATOR.version_for(None)
    told = [ANNOTATOR.prepare(one)([Passage("blorp", "en")])[0][0].label for one in (study, None)]
    assert told == ["negative", "abstain"]
    (study_folder / STUDYS).write_bytes(b"{}")
    with pytest.raises(UserError, match="no sentiment model"):
        ANNOTATOR.prepare(study)


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--out", str(tmp_path / "model.json")]) == 2
    assert "no sentiment*.jsonl" in capsys.readouterr().err
    assert not (tmp_path / "model.json").exists()


def test_the_shipped_model_is_made_again_to_the_bit(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "model.json"
    assert main([str(shared / "data" / "language-dev"), "--out", str(made)]) == 0
    assert made.read_bytes() == MODEL.read_bytes()
    assert "as pinned" in capsys.readouterr().out
    assert {one["licence"] for one in shipped().trained} > {OWN_LICENCE}
    assert set(json.loads(made.read_bytes())["parts"]) == set(PARTS)
