"""An evaluation's figures are those that can be counted by hand, and bad gold is named line by line."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import analysis.evaluate
from analysis.annotators import Annotate, Label, Passage
from analysis.evaluate import Evaluation, evaluate
from analysis.gold import read_gold
from analysis.learning.codes import learn_from_codes
from corpus.cli import app
from corpus.errors import UserError
from corpus.study import Study, load_study
from tests.studies import make_study
from tests.test_analysis_coded import BARE
from tests.test_analysis_coded import ROWS as CODED

ANSWERS = {
    "p": Label("positive", 0.9),
    "n": Label("negative", 0.6),
    "0": Label("neutral", 0.3),
    "-": Label("abstain"),
}


class Echo:
    """A test's annotator: the text says what it answers; several letters, several labels; `x1-3`, a span."""

    version = "7"
    labels = ("negative", "neutral", "positive")
    card = "Echo."
    probabilities = True

    def prepare(self, study: Study | None) -> Annotate:
        def all_of(passages: Sequence[Passage]) -> list[list[Label]]:
            return [self.one(passage.text) for passage in passages]

        return all_of

    def one(self, text: str) -> list[Label]:
        words = text.split()
        spans = [Label("x", None, *map(int, word[1:].split("-"))) for word in words if word[0] == "x"]
        return [ANSWERS[word] for word in words if word in ANSWERS] + spans or [Label("none")]


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Echo:
    one = Echo()
    monkeypatch.setattr(analysis.evaluate, "annotator_named", lambda name: one)
    return one


def written(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def single(path: Path, pairs: Sequence[tuple[str, str, str]]) -> Evaluation:
    names = {"p": "positive", "n": "negative", "0": "neutral"}
    rows = [
        {"id": n, "lang": lang, "text": text, "label": names.get(gold, gold)}
        for n, (gold, text, lang) in enumerate(pairs)
    ]
    return evaluate("echo", written(path, rows))


def scorer(gold: list[str], told: list[str | None]) -> float:
    """Macro-F1 as the public scorers count it."""
    total = 0.0
    for one in set(gold):
        right = sum(a == b == one for a, b in zip(gold, told, strict=True))
        total += 2 * right / (gold.count(one) + told.count(one))
    return total / len(set(gold))


def test_figures_by_hand(tmp_path: Path, echo: Echo) -> None:
    pairs = [("p", "p", "en"), ("p", "n", "en"), ("n", "n", "zh"), ("n", "-", "zh"), ("0", "0", "zh"), ("0", "p", "en")]
    figures = single(tmp_path / "gold.jsonl", pairs).figures
    assert (figures["n"], figures["answered"], figures["accuracy"]) == (6, 5 / 6, 0.5)
    by_class = {row["class"]: row for row in figures["classes"]}
    assert {name: (row["gold"], row["given"], row["right"]) for name, row in by_class.items()} == {
        "positive": (2, 2, 1),
        "negative": (2, 2, 1),
        "neutral": (2, 1, 1),
    }
    assert by_class["neutral"]["precision"] == 1 and by_class["neutral"]["recall"] == 0.5
    assert by_class["neutral"]["f1"]["value"] == pytest.approx(2 / 3)
    assert figures["macro_f1"]["value"] == pytest.approx((0.5 + 0.5 + 2 / 3) / 3)
    assert 0 <= figures["macro_f1"]["low"] < figures["macro_f1"]["value"] < figures["macro_f1"]["high"] <= 1
    assert figures["confusion"] == {
        "negative": {"negative": 1, "no answer": 1},
        "neutral": {"neutral": 1, "positive": 1},
        "positive": {"negative": 1, "positive": 1},
    }
    english, chinese = figures["languages"]
    assert (english["language"], english["n"], english["answered"]) == ("en", 3, 1)
    assert (chinese["n"], chinese["answered"]) == (3, 2 / 3)
    bins = {round(one["from"], 1): one for one in figures["calibration"]["bins"]}
    assert {at: (one["n"], one["right"]) for at, one in bins.items()} == {0.9: (2, 0.5), 0.6: (2, 0.5), 0.3: (1, 1.0)}
    assert figures["calibration"]["error"] == pytest.approx((2 * 0.4 + 2 * 0.1 + 0.7) / 5)


LETTERS = st.sampled_from("pn0-")


@given(st.lists(st.tuples(st.sampled_from("pn0"), LETTERS), min_size=1, max_size=30))
def test_macro_f1_is_the_scorers(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis.evaluate, "annotator_named", lambda name: Echo())
        patch.setattr(analysis.evaluate, "RESAMPLES", 20)
        figures = single(path, [(*pair, "en") for pair in pairs]).figures
    gold, told = [pair[0] for pair in pairs], [pair[1] if pair[1] != "-" else None for pair in pairs]
    assert figures["macro_f1"]["value"] == pytest.approx(scorer(gold, told))
    for one in (figures["macro_f1"], figures["micro_f1"], *(row["f1"] for row in figures["classes"])):
        assert one["value"] is None or 0 <= one["low"] <= one["high"] <= 1


def test_the_interval_is_the_same_each_time_and_narrows(tmp_path: Path, echo: Echo) -> None:
    pairs = [("p", "p", "en"), ("p", "n", "en"), ("n", "n", "en"), ("0", "0", "en"), ("0", "p", "en")]
    few = single(tmp_path / "few.jsonl", pairs * 8).figures["macro_f1"]
    assert single(tmp_path / "few.jsonl", pairs * 8).figures["macro_f1"] == few
    many = single(tmp_path / "many.jsonl", pairs * 80).figures["macro_f1"]
    assert many["high"] - many["low"] < (few["high"] - few["low"]) / 2
    assert many["low"] < many["value"] < many["high"]
    # Of 400 independent rows the share that is right has a standard error of sqrt(p (1 - p) / n).
    micro = single(tmp_path / "many.jsonl", pairs * 80).figures["micro_f1"]
    assert micro["high"] - micro["low"] == pytest.approx(2 * 1.96 * (0.6 * 0.4 / 400) ** 0.5, rel=0.15)


def test_several_labels_and_spans(tmp_path: Path, echo: Echo) -> None:
    rows = [
        {"id": 1, "text": "p n", "label": ["positive"]},
        {"id": 2, "text": "p", "label": ["positive", "negative"]},
        {"id": 3, "text": "nothing", "label": []},
        {"id": 4, "text": "-", "label": ["neutral"]},
    ]
    figures = evaluate("echo", written(tmp_path / "many.jsonl", rows)).figures
    assert figures["confusion"] is None and figures["calibration"]["error"] is None
    assert (figures["accuracy"], figures["answered"]) == (0.25, 0.75)
    assert [(row["class"], row["gold"], row["given"], row["right"]) for row in figures["classes"]] == [
        ("negative", 1, 1, 0),
        ("neutral", 1, 0, 0),
        ("positive", 2, 2, 2),
    ]
    rows = [
        {"id": 1, "text": "x0-2 x3-4", "label": [[0, 2, "x", "x0"], [5, 6, "x"]]},
        {"id": 2, "text": "nothing", "label": []},
    ]
    figures = evaluate("echo", written(tmp_path / "spans.jsonl", rows)).figures
    assert [(row["gold"], row["given"], row["right"]) for row in figures["classes"]] == [(2, 2, 1)]
    assert figures["micro_f1"]["value"] == 0.5


def test_not_applicable_is_a_class_where_the_gold_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANSWERS, "/", Label("not_applicable"))
    monkeypatch.setattr(analysis.evaluate, "annotator_named", lambda name: Echo())
    found = single(tmp_path / "gold.jsonl", [("p", "p", "en"), ("not_applicable", "/", "en"), ("p", "/", "en")])
    classes = {row["class"]: (row["gold"], row["given"], row["right"]) for row in found.figures["classes"]}
    assert classes == {"not_applicable": (1, 2, 1), "positive": (2, 1, 1)}
    assert found.figures["answered"] == 1 and not found.figures["never_given"]
    found = single(tmp_path / "gold.jsonl", [("p", "p", "en"), ("p", "/", "en")])
    assert found.figures["answered"] == 0.5 and "not_applicable" not in str(found.figures["classes"])


def test_none_in_a_list_is_no_label(tmp_path: Path, echo: Echo) -> None:
    rows = [
        {"id": 1, "text": "nothing", "label": ["none"]},
        {"id": 2, "text": "p", "label": ["positive"]},
        {"id": 3, "text": "nothing", "label": []},
    ]
    figures = evaluate("echo", written(tmp_path / "gold.jsonl", rows)).figures
    assert [row["class"] for row in figures["classes"]] == ["positive"] and figures["accuracy"] == 1


def test_it_says_that_no_codebook_was_read(tmp_path: Path) -> None:
    gold = written(tmp_path / "gold.jsonl", [{"id": 1, "text": "猫税交了吗", "label": ["cat_tax"]}])
    assert "no study was read: --study" in " ".join(evaluate("themes", gold).notes())
    assert "--study" not in " ".join(evaluate("themes", gold, make_study(tmp_path / "small")).notes())


def test_gold_that_a_model_has_learned_from_is_marked(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(BARE, encoding="utf-8")
    study = load_study(tmp_path)
    rows = [{"id": n, "text": row.text, "label": row.label} for n, row in enumerate(CODED)]
    codes = written(tmp_path / "codes.jsonl", rows)
    learn_from_codes(study, "stance", codes)
    found = evaluate("stance", codes, study)
    assert found.figures["learned_from"] == len(rows) and found.figures["macro_f1"]["value"] > 0.99
    assert f"{len(rows)} of the {len(rows)} gold rows are texts that the model has learned from" in found.notes()[2]
    assert found.figures["calibration"]["error"] is not None, "scores of a learned stance are probabilities"
    others = [{"id": n, "text": f"other {n}", "label": "none"} for n in range(5)]
    found = evaluate("stance", written(tmp_path / "new.jsonl", others), study)
    assert found.figures["learned_from"] == 0 and "learned" not in " ".join(found.notes())
    study.key_path.unlink()
    found = evaluate("stance", codes, study)
    assert found.figures["learned_from"] is None and "cannot be told: the study's key" in " ".join(found.notes())
    assert not study.key_path.exists(), "to ask makes no key"


def test_half_a_sign_breaks_no_evaluation(tmp_path: Path) -> None:
    rows = [{"id": 1, "text": "\ud83d I love it 我太喜歡了", "title": "\udc00", "label": "positive"}]
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps(rows[0]) + "\n", encoding="utf-8")
    for name in ("sentiment", "emotion", "stance", "ironic_cue", "themes", "language"):
        assert evaluate(name, gold).figures["n"] == 1


def test_scores_that_are_no_probabilities_are_not_calibrated(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "lang": "en", "text": "I love it", "label": "newcomer"},
        {"id": 2, "text": "烦死了", "label": "furious"},
    ]
    found = evaluate("speaker_role", written(tmp_path / "gold.jsonl", rows))
    assert "no probabilities" in found.figures["calibration"]["why"]
    assert found.figures["never_given"] == ["furious"] and "furious" in " ".join(found.notes())
    assert [row["language"] for row in found.figures["languages"]] == ["en", "zh-Hans"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "no object"),
        ('{"id": 2, "text": "x"}', "without label"),
        ('{"id": 2, "label": "x"}', "without text"),
        ('{"id": 2, "text": 5, "label": "x"}', "text is no string"),
        ('{"id": 2, "text": "x", "label": 5}', "neither a string nor a list"),
        ('{"id": 2, "text": "x", "label": {"a": 1}}', "neither a string nor a list"),
        ('{"id": 2, "text": "x", "label": ["a"]}', "another form"),
        ('{"id": 2, "text": "x", "label": [[0, 2, "a"]]}', "not .start, end, type. within"),
        ('{"id": 2, "text": "x", "lang": 5, "label": "a"}', "lang is no string"),
        ('{"id": 1, "text": "x", "label": "a"}', "id stands in line 1"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "gold.jsonl"
    good = '{"id": 1, "text": "x", "label": "a"}\n'
    path.write_text(f"{good}\n{line}\n" + '{"id": 3}\n', encoding="utf-8")
    with pytest.raises(UserError, match=f"line 3: .*{reason}(.|\n)*line 4: without text, label"):
        read_gold(path)


@given(st.binary(max_size=60))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    path.write_bytes(data)
    with pytest.raises(UserError):
        read_gold(path)


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        {"id": 1, "lang": "en", "text": "I love it", "label": "positive"},
        {"id": 2, "lang": "zh", "text": "烦死了", "label": "negative"},
    ]
    gold = written(tmp_path / "gold.jsonl", rows)
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, ["evaluate", "sentiment", str(gold)])
    assert told.exit_code == 0 and "macro-F1" in told.output and "1.000 [1.000 to 1.000]" in told.output
    assert "resamples" in told.output and "gold (down) and given (across)" in told.output
    figures = json.loads(CliRunner().invoke(app, ["evaluate", "sentiment", str(gold), "--json"]).output)
    assert figures["macro_f1"]["value"] == 1 and figures["study"] is None and figures["interval"]["resamples"] == 1000
    study = make_study(tmp_path / "small")
    themes = written(tmp_path / "themes.jsonl", [{"id": 1, "text": "猫税交了吗", "label": ["cat_tax"]}])
    for more in (["--study", str(study.folder)], []):
        monkeypatch.chdir(study.folder)
        figures = json.loads(CliRunner().invoke(app, ["evaluate", "themes", str(themes), "--json", *more]).output)
        assert figures["study"] == "small" and figures["macro_f1"]["value"] == 1 and "+" in figures["version"]
