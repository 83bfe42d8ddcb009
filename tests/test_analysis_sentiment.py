"""Sentiment: what the rules do, and that it does not fall below what was measured."""

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Label, Passage
from analysis.annotators.sentiment import ANNOTATOR
from analysis.signs.polarity import LEXICONS, lexicon, polarity, weigh
from corpus.stages.language import detect
from tests.growing import grows_with_the_text_alone

ANNOTATE = ANNOTATOR.prepare(None)
FLOORS = {"zh": 0.68, "en": 0.57}


def labels(text: str, language: str | None = None) -> list[Label]:
    return ANNOTATE([Passage(text, language or detect(text).language)])[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("太喜欢你们了，欢迎！", "positive"),
        ("太喜歡你們了，歡迎！", "positive"),
        ("一点也不喜欢，很失望", "negative"),
        ("难吃，再也不会来了", "negative"),
        ("价格不贵，味道很不错", "positive"),
        ("今天去超市买了两斤土豆", "neutral"),
        ("[笑哭R][笑哭R] 你们也太可爱了吧", "positive"),
        ("首页全是英文，烦死了[怒]", "negative"),
        ("I love this app, everyone is so kind!", "positive"),
        ("This is not good, I am really disappointed", "negative"),
        ("The meeting starts at nine on Monday", "neutral"),
        ("sooooo happyyyy", "positive"),
        ("谢谢你们, you are all so kind", "positive"),
        ("😍😍", "positive"),
        ("I can't wait :)", "positive"),
    ],
)
def test_label(text: str, expected: str) -> None:
    assert labels(text)[0].label == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("没有人不喜欢这座桥吧", "positive"),
        ("谁说这条路不好走的，谁说风景不好？", "positive"),
        ("Never been happier than on that ferry", "positive"),
        ("这碗面如果再便宜点就好了", "neutral"),
        ("希望码头的指示牌以后能改进", "neutral"),
        ("据统计，渡轮票价上涨0.2%", "neutral"),
        ("又晚点两小时，真是谢谢您嘞", "neutral"),
        ("yeah right, super helpful harbour office", "neutral"),
        ("这家茶馆夯爆了", "positive"),
        ("排队的人太下头了", "negative"),
        ("嗰間舖啲麵好難食，唔會再嚟", "negative"),
        ("The ferry could be better", "negative"),
        ("YYDS！", "positive"),
        ("yyds yyds", "positive"),
        ("xswl", "positive"),
    ],
)
def test_what_is_denied_twice_wished_for_mocked_or_slang(text: str, expected: str) -> None:
    assert labels(text)[0].label == expected


def test_what_is_granted_before_another_thing_weighs_nothing() -> None:
    assert total("贵是贵了点，但是好吃") > total("贵了点，但是好吃")
    assert total("好是好，就是太贵了") < total("好，就是太贵了")


def total(text: str) -> float:
    return sum(found.weight for found in weigh(text))


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("非常好看", "好看"),
        ("好看", "有点好看"),
        ("好看", "不好看"),
        ("糟糕", "非常糟糕"),
        ("very good", "good"),
        ("good", "not good"),
        ("GOOD", "good"),
        ("good!", "good"),
        ("bad but good", "good but bad"),
        ("难看但是好吃", "好吃但是难看"),
    ],
)
def test_rules(more: str, less: str) -> None:
    assert total(more) > total(less)


def test_a_sign_within_another_word_does_not_count() -> None:
    for text in ("好像", "小红书的爱好者", "美国银行", "class category", "http://love.example/happy", "@happy_cat"):
        assert weigh(text) == [], text


def test_evidence_stands_where_it_was_found() -> None:
    text = "ﬁ 非常喜歡！ but I HATE spiders 😡"
    evidence = [
        (text[label.start : label.end], label.label) for label in labels(text, "mul") if label.start is not None
    ]
    assert evidence == [("喜歡", "positive"), ("HATE", "negative"), ("😡", "negative")]


def test_it_declines_where_it_knows_nothing() -> None:
    assert labels("Je suis très content", "fr") == [Label("abstain")]
    assert labels("https://a.example/", "zxx") == [Label("abstain")]
    assert labels("привет", "ru") == [Label("abstain")]


@given(st.text(), st.sampled_from(["zh", "zh-Hant", "en", "mul", "zxx", "fr"]))
def test_scores_and_places_are_in_range(text: str, language: str) -> None:
    found = labels(text, language)
    assert found and found[0].start is None
    assert all(-1 <= (label.score or 0) <= 1 for label in found[:1])
    for label in found[1:]:
        assert label.start is not None and label.end is not None and 0 <= label.start < label.end <= len(text)
    assert -1 <= polarity(weigh(text)) <= 1


@pytest.mark.parametrize("piece", ["好吃", "但好，", "不", "很好", "not good ", "but good, ", "😂", "[赞]", "哈"])
def test_time_grows_with_the_text_alone(piece: str) -> None:
    assert grows_with_the_text_alone(ANNOTATE, piece)


@pytest.mark.parametrize("name", ["zh", "en"])
def test_no_word_is_listed_twice(name: str) -> None:
    table = tomllib.loads((LEXICONS / f"sentiment_{name}.toml").read_text(encoding="utf-8"))
    words = Counter(word for group in table["words"] for word in group["text"].split())
    assert not [word for word, count in words.items() if count > 1]
    assert sum(1 for sense in lexicon(name).senses.values() if sense.word) > 1200


def test_the_version_tells_the_lexicons_and_the_card_tells_all() -> None:
    assert "+" in ANNOTATOR.version
    for word in ("How:", "Trained on:", "Measured", "Fails on:"):
        assert word in ANNOTATOR.card


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_it_is_as_good_as_was_measured(shared: Path, name: str) -> None:
    rows = [
        json.loads(line)
        for line in (shared / "data" / "language-dev" / f"sentiment_{name}.jsonl").read_text("utf-8").splitlines()
    ]
    told = [found[0].label for found in ANNOTATE([Passage(row["text"], detect(row["text"]).language) for row in rows])]
    gold = [row["label"] for row in rows]
    scores = []
    for one in ANNOTATOR.labels:
        right = sum(a == b == one for a, b in zip(told, gold, strict=True))
        scores.append(2 * right / (told.count(one) + gold.count(one)))
    assert sum(scores) / len(scores) >= FLOORS[name]
