"""As whom a text speaks is taken from its own words: what it says of itself, not what others said, are asked or imagine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Label, Passage
from analysis.annotators.speaker_role import ANNOTATOR, CUES
from analysis.signs.codebook import load_codebook
from corpus.stages.language import detect

ANNOTATE = ANNOTATOR.prepare(None)
BOOK = load_codebook(CUES)
CASES = [
    (theme.id, text, hit)
    for theme in BOOK.theme
    for hit, texts in ((True, theme.test_hit), (False, theme.test_miss))
    for text in texts
]


def labels(text: str, language: str | None = None, kind: str = "comment") -> list[Label]:
    return ANNOTATE([Passage(text, language or detect(text).language, kind)])[0]


def role(text: str) -> str:
    return labels(text)[0].label


@pytest.mark.parametrize(("name", "text", "hit"), CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(CASES)])
def test_the_cues_own_texts(name: str, text: str, hit: bool) -> None:
    assert (role(text) == name) == hit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天的面真好吃", "abstain"),
        ("what a lovely cat", "abstain"),
        ("我是美国人，不过我们中国人的胃我懂", "abstain"),
        ("她写道：“我刚来小红书，请多关照。”", "abstain"),
        ("她說：「我們中國人都歡迎你」", "abstain"),
        ('He told me "I just joined from TikTok"', "abstain"),
        ("我是“TikTok难民”", "newcomer"),
        ('I am a "TikTok refugee"', "newcomer"),
        ("哈哈哈//@路人: 我刚来小红书", "abstain"),
        ("> I just joined from TikTok\nlovely", "abstain"),
        ("> lovely\nI just joined from TikTok", "newcomer"),
        ("谢谢你们 thank you for having us", "newcomer"),
    ],
)
def test_own_words_only(text: str, expected: str) -> None:
    assert role(text) == expected


def test_evidence_stands_where_it_was_found() -> None:
    text = "Ｈｅｌｌｏ 😀 作為一個美國人，我剛來小紅書！ﬁn"
    found = labels(text, "zh-Hant")
    assert found[0].label == "newcomer" and found[0].start is None
    assert [text[one.start : one.end] for one in found[1:]] == ["作為一個美國人", "我剛來小紅書"]
    assert found[0].score is not None and found[0].score > max(one.score or 0 for one in found[1:])


def test_news_speaks_from_outside_and_other_languages_are_declined() -> None:
    assert labels("We Chinese welcome you to our app", "en", "article") == [Label("outside")]
    assert labels("Je viens d'arriver de TikTok", "fr") == [Label("abstain")]


@given(st.text(), st.sampled_from(["zh", "en", "mul", "zxx"]))
def test_any_text_is_answered_within_itself(text: str, language: str) -> None:
    found = labels(text, language)
    assert found and found[0].start is None
    for label in found[1:]:
        assert label.start is not None and label.end is not None and 0 <= label.start < label.end <= len(text)


def test_the_version_tells_the_cues_and_the_card_tells_all() -> None:
    assert "+" in ANNOTATOR.version
    for word in ("How:", "Trained on:", "Measured:", "Fails on:"):
        assert word in ANNOTATOR.card
