"""A model learned from coded rows: the same for any order, honest about what it cannot tell, refused when changed."""

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import analysis.learning.coded as coded_module
from analysis.annotate import annotate
from analysis.annotators import Passage
from analysis.annotators.stance import ANNOTATOR as STANCE
from analysis.learning.coded import METHOD, Coded, features, learn, load_model, save_model, text_key
from analysis.learning.codes import learn_from_codes, model_file, read_codes
from corpus.build import build
from corpus.errors import UserError
from corpus.identity import digest
from corpus.study import Study, load_study
from tests.studies import STUDY, make_study

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
    rows = [replace(row, label=random.Random(number).choice("ab")) for number, row in enumerate(ROWS)]
    figures = learn(rows).figures
    assert figures["macro_f1"] < 0.6, "two labels at random: 0.5, and as much more as 120 rows may have by chance"
    assert figures["calibration_error"] < 0.1
    assert figures["answered"] == 0 or figures["accuracy_where_answered"] < 0.65


COPIES: dict[str, Callable[[str, int], str]] = {
    "equal": lambda text, _: text,
    "mention": lambda text, number: f"@{'u' * (3 + number)} {text}",
    "address": lambda text, number: f"{text} https://x.example/{'p' * number}",
    "spaces": lambda text, number: text + " " * number,
    "line": lambda text, number: text[:5] + " \n"[number % 2] * number + text[5:],
    "sign": lambda text, number: text + "哈！?~"[number],
}


@pytest.mark.parametrize("kind", COPIES)
def test_copies_of_a_text_never_stand_on_both_sides(kind: str) -> None:
    draw, rows = random.Random(5), []
    for _ in range(60):
        text = "".join(draw.choice("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏") for _ in range(14))
        label = draw.choice("ab")
        rows += [Coded(COPIES[kind](text, number), label) for number in range(4)]
    figures = learn(rows).figures
    assert figures["macro_f1"] < 0.6, "a model that has seen a copy would know the label by heart"
    assert (figures["rows"], figures["texts"]) == (240, 60)


def test_copies_do_not_make_a_sample() -> None:
    with pytest.raises(UserError, match="too few"):
        learn([Coded(f"{row.text} {'!' * n}", row.label) for row in ROWS[::3] for n in range(4)])


def test_scores_that_say_the_contrary_tell_nothing() -> None:
    scores, right = np.array([3.0, 2.0, 1.0, -1.0, -2.0, -3.0]), np.array([False, False, False, True, True, False])
    slope, offset = coded_module._platt(scores, right)
    assert (slope, offset) == (0, round(math.log(2 / 4), 6)), "what is left is how often the label is right"
    slope, _ = coded_module._platt(scores, ~right)
    assert slope > 0


def test_calibration_is_told_of_rows_that_did_not_set_it() -> None:
    draw = np.random.default_rng(3)
    scores, gold = draw.normal(size=(60, 2)), draw.integers(0, 2, 60)
    fold = np.arange(60) % 5
    likely = coded_module._told_outside(scores, gold, fold)
    changed = np.where(fold == 2, 1 - gold, gold)
    again = coded_module._told_outside(scores, changed, fold)
    assert np.array_equal(likely[fold == 2], again[fold == 2]) and not np.array_equal(likely, again)


def test_the_same_rows_in_any_order_give_the_same_model() -> None:
    assert learn(ROWS).digest == learn(ROWS[::-1]).digest
    assert learn(ROWS).digest != learn(ROWS, seed=1).digest


def test_both_scripts_have_the_same_features() -> None:
    assert features("歡迎你們") == features("欢迎你们") != features("再见")


def test_too_few_codes_are_refused() -> None:
    for rows in (ROWS[:30], [row for row in ROWS if row.label == "none"] * 2, [*ROWS, Coded("x", "rare")]):
        with pytest.raises(UserError, match="too few"):
            learn(rows)


def bare(folder: Path, stance: str | None = None) -> Study:
    named = "" if stance is None else '\n[files]\nstance = "stance.toml"\n'
    if stance is not None:
        (folder / "stance.toml").write_text(stance, encoding="utf-8")
    (folder / "study.toml").write_text(BARE.replace("\n[files]\n", named) if named else BARE, encoding="utf-8")
    return load_study(folder)


def written(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def as_row(row: Coded) -> dict[str, object]:
    return {"text": row.text, "label": row.label, "language": row.language}


def test_codes_of_a_study_change_its_stance(tmp_path: Path) -> None:
    study = bare(tmp_path)
    before = STANCE.version_for(study)
    codes = written(tmp_path / "codes.jsonl", [*map(as_row, ROWS), {"text": "?", "label": None}])
    model, place = learn_from_codes(study, "stance", codes)
    assert place == model_file(study, "stance") and place.is_file()
    assert STANCE.version_for(study) == f"codes+{METHOD}+{model.digest}" != before
    labels = STANCE.prepare(study)([Passage("the neighbours: glad to meet you", "en"), Passage("bonjour", "fr")])
    assert [found[0].label for found in labels] == ["welcoming", "abstain"]
    assert not any(row.text in place.read_text(encoding="utf-8") for row in ROWS)


@pytest.mark.parametrize("kind", ["article", "turn"])
def test_a_learned_stance_is_not_told_of_who_speaks_for_others(tmp_path: Path, kind: str) -> None:
    study = bare(tmp_path)
    learn_from_codes(study, "stance", written(tmp_path / "codes.jsonl", map(as_row, ROWS)))
    text = "the neighbours: glad to meet you"
    labels = STANCE.prepare(study)([Passage(text, "en", kind), Passage(text, "en", "comment")])
    assert [found[0].label for found in labels] == ["abstain", "welcoming"]


def test_what_was_learned_is_recorded_and_what_was_learned_before_is_kept(tmp_path: Path) -> None:
    study = bare(tmp_path)
    codes = written(tmp_path / "codes.jsonl", map(as_row, ROWS))
    first, place = learn_from_codes(study, "stance", codes)
    facts = STANCE.made_with(study)
    assert facts["codes"] == digest(codes.read_bytes()) and facts["method"] == METHOD
    assert facts["figures"]["rows"] == len(ROWS) and facts["model"] == first.digest
    learn_from_codes(study, "stance", codes)
    assert sorted(path.name for path in tmp_path.glob("stance.*")) == ["stance.codes.json"]
    second, _ = learn_from_codes(study, "stance", written(codes, map(as_row, ROWS[:-1])))
    assert second.digest != first.digest and load_model(place) == second
    assert load_model(tmp_path / f"stance.codes.{first.digest}.json") == first
    assert STANCE.made_with(None) == {} and "rules" not in STANCE.card.splitlines()[0]


def test_the_manifest_tells_what_was_learned(tmp_path: Path) -> None:
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    codes = tmp_path / "codes.jsonl"
    versions = []
    for rows in (ROWS, ROWS[:-1]):
        model, _ = learn_from_codes(study, "stance", written(codes, map(as_row, rows)))
        done = annotate(study, ["stance"], workers=1)
        versions.append(f"codes+{METHOD}+{model.digest}")
    table = done.snapshot.manifest["tables"]["stance"]
    assert table["current_version"] == versions[1] and sorted(table["made_with"]) == sorted(versions)
    assert [table["made_with"][one]["figures"]["rows"] for one in versions] == [len(ROWS), len(ROWS) - 1]
    assert table["made_with"][versions[1]]["codes"] == digest(codes.read_bytes())
    described = {name: told for name, told in table.items() if name != "card"}
    assert "by rules" not in json.dumps(described)


def test_a_model_that_has_learned_nothing_does_not_take_the_place_of_another(tmp_path: Path) -> None:
    study = bare(tmp_path)
    first, place = learn_from_codes(study, "stance", written(tmp_path / "codes.jsonl", map(as_row, ROWS)))
    draw, signs = random.Random(3), "天地玄黄宇宙洪荒日月盈昃辰宿列张"
    texts = ["".join(draw.choice(signs) for _ in range(12)) for _ in range(100)]
    rows = [{"text": text, "label": "none" if number % 5 else "hostile"} for number, text in enumerate(texts)]
    with pytest.raises(UserError, match="nothing was learned: macro-F1 0"):
        learn_from_codes(study, "stance", written(tmp_path / "random.jsonl", rows))
    assert load_model(place) == first


def test_who_learned_from_a_text_says_so(tmp_path: Path) -> None:
    study = bare(tmp_path)
    assert STANCE.learned_from(study) is None and not STANCE.probabilities(study)
    model, place = learn_from_codes(study, "stance", written(tmp_path / "codes.jsonl", map(as_row, ROWS)))
    known = STANCE.learned_from(study)
    assert known is not None and STANCE.probabilities(study)
    assert known(ROWS[0].text) and known(f"@{'u' * 9} {ROWS[0].text}") and not known("another text")
    assert len(model.seen) == len(ROWS) and not {text_key(row.text) for row in ROWS} & set(model.seen)
    assert text_key(ROWS[0].text)[:32] not in place.read_text(encoding="utf-8"), "short texts could be guessed by it"


def test_a_table_gives_the_same_codes(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("text,label\n欢迎,welcoming\n走开, hostile \n没编,\n", encoding="utf-8-sig")
    assert read_codes(path) == [Coded("欢迎", "welcoming"), Coded("走开", "hostile")]
    path.write_text("document_id,label\nd1,welcoming\n", encoding="utf-8")
    assert read_codes(path, {"d1": ("你好", "zh")}) == [Coded("你好", "welcoming", "zh")]
    with pytest.raises(UserError, match="codes.csv:2"):
        read_codes(path, {})


def test_an_empty_text_is_looked_up_by_its_id_and_never_learned_from(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("document_id,text,label\nd1,,welcoming\nd2, ,hostile\n,x,none\n", encoding="utf-8")
    known = {"d1": ("你好", "zh"), "d2": ("go", "en")}
    assert read_codes(path, known) == [
        Coded("你好", "welcoming", "zh"),
        Coded("go", "hostile", "en"),
        Coded("x", "none"),
    ]
    with pytest.raises(UserError, match="codes.csv:2: no text"):
        read_codes(path)
    with pytest.raises(UserError, match="no corpus was built"):
        learn_from_codes(bare(tmp_path), "stance", path)


def test_labels_that_the_stance_file_does_not_name_are_refused(tmp_path: Path) -> None:
    study = bare(tmp_path, '[codebook]\nlabels = ["welcoming", "hostile", "none"]\n')
    for odd in ("Welcoming", "worried"):
        rows = [*map(as_row, ROWS), {"text": "x", "label": odd}]
        with pytest.raises(UserError, match=rf"codes.jsonl:{len(rows)}: '{odd}' is no label"):
            learn_from_codes(study, "stance", written(tmp_path / "codes.jsonl", rows))
    learn_from_codes(study, "stance", written(tmp_path / "codes.jsonl", map(as_row, ROWS)))
    with pytest.raises(UserError, match="'abstain' is no label"):
        read_codes(written(tmp_path / "codes.jsonl", [{"text": "x", "label": "abstain"}]))


@pytest.mark.parametrize(
    ("table", "missing"),
    [("text,code\nx,none\n", "label"), ("text;label\nx;none\n", "label"), ("words,label\nx,\n", "text")],
)
def test_a_missing_column_is_named(tmp_path: Path, table: str, missing: str) -> None:
    path = tmp_path / "codes.csv"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(UserError, match=f"no column {missing}"):
        read_codes(path)


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
