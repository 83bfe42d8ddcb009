"""A model learned from coded rows: the same for any order, honest about what it cannot tell, refused when changed."""

import json
from pathlib import Path

import pytest

from analysis.annotators import Passage
from analysis.annotators.stance import ANNOTATOR as STANCE
from analysis.learning.coded import (
    Coded,
    features,
    learn,
    learn_from_codes,
    load_model,
    model_file,
    read_codes,
    save_model,
)
from corpus.errors import UserError
from corpus.study import load_study
from tests.studies import STUDY

BARE = STUDY.replace('[[source]]\nid = "harbour-daily"\n', "").replace('themes = "codebook.toml"\n', "")
KINDS = {
    "welcoming": ("很高兴见到", "glad to meet", "请坐喝茶", "have some tea"),
    "hostile": ("快走开", "go away", "不想看见", "never show up"),
    "none": ("按钮在哪", "where is the button", "几点开门", "what time is it"),
}
WHO = ("老外", "他们", "the guests", "新朋友", "visitors", "邻居", "those folk", "客人", "the crowd", "大家")
ROWS = [
    Coded(f"{who} {said} {number}", label, "en" if said.isascii() else "zh")
    for label, sayings in KINDS.items()
    for said in sayings
    for number, who in enumerate(WHO)
]


def test_it_learns_what_can_be_learned_and_says_how_well() -> None:
    model = learn(ROWS)
    assert model.figures["macro_f1"] > 0.9 > 0.5 > model.figures["macro_f1_of_the_commonest_label"]
    assert model.figures["rows"] == len(ROWS) and set(model.figures["languages"]) == {"en", "zh"}
    assert 0 <= model.figures["calibration_error"] < 0.2
    told = model.label("陌生人 很高興見到 你")
    assert told is not None and told[0] == "welcoming" and told[1] >= 0.5
    assert sum(model.probabilities("anything").values()) == pytest.approx(1)


def test_labels_that_mean_nothing_are_not_learned() -> None:
    shuffled = [Coded(row.text, ("a", "b")[number * 7 % 11 % 2], "zh") for number, row in enumerate(ROWS)]
    figures = learn(shuffled).figures
    assert figures["macro_f1"] < 0.75
    assert figures["answered"] == 0 or figures["accuracy_where_answered"] < 0.8


def test_equal_texts_never_stand_on_both_sides() -> None:
    twice = [Coded(f"{number:03d}{number * 7919 % 997:03d}", ("a", "b")[number % 2]) for number in range(80)]
    assert learn(twice * 3).figures["macro_f1"] < 0.75, "a model that has seen the same text would know it by heart"


def test_the_same_rows_in_any_order_give_the_same_model() -> None:
    assert learn(ROWS).digest == learn(ROWS[::-1]).digest
    assert learn(ROWS).digest != learn(ROWS, seed=1).digest


def test_both_scripts_have_the_same_features() -> None:
    assert features("歡迎你們") == features("欢迎你们") != features("再见")


def test_too_few_codes_are_refused() -> None:
    for rows in (ROWS[:30], [row for row in ROWS if row.label == "none"] * 2, [*ROWS, Coded("x", "rare")]):
        with pytest.raises(UserError, match="too few"):
            learn(rows)


def test_codes_of_a_study_change_its_stance(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(BARE, encoding="utf-8")
    study = load_study(tmp_path)
    before = STANCE.version_for(study)
    codes = tmp_path / "codes.jsonl"
    rows = [{"text": row.text, "label": row.label, "language": row.language} for row in ROWS]
    codes.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"text": "?", "label": None}]), encoding="utf-8")
    model, place = learn_from_codes(study, "stance", codes)
    assert place == model_file(study, "stance") and place.is_file()
    assert STANCE.version_for(study) == f"codes+{model.digest}" != before
    labels = STANCE.prepare(study)([Passage("the neighbours: glad to meet you", "en"), Passage("bonjour", "fr")])
    assert [found[0].label for found in labels] == ["welcoming", "abstain"]
    assert not any(row.text in place.read_text(encoding="utf-8") for row in ROWS)


def test_a_table_gives_the_same_codes(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("text,label\n欢迎,welcoming\n走开,hostile\n没编,\n", encoding="utf-8-sig")
    assert read_codes(path) == [Coded("欢迎", "welcoming"), Coded("走开", "hostile")]
    path.write_text("document_id,label\nd1,welcoming\n", encoding="utf-8")
    assert read_codes(path, {"d1": ("你好", "zh")}) == [Coded("你好", "welcoming", "zh")]
    with pytest.raises(UserError, match="codes.csv:2"):
        read_codes(path, {})


@pytest.mark.parametrize("spoil", ["not json", '{"digest": "x"}', "[]"])
def test_a_spoilt_model_is_refused(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "stance.codes.json"
    path.write_text(spoil, encoding="utf-8")
    with pytest.raises(UserError, match="no model"):
        load_model(path)


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stance.codes.json"
    save_model(learn(ROWS), path)
    assert load_model(path).digest == learn(ROWS).digest
    path.write_text(path.read_text(encoding="utf-8").replace('"offsets":[', '"offsets":[1', 1), encoding="utf-8")
    with pytest.raises(UserError, match="changed"):
        load_model(path)
