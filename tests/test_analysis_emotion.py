"""Emotions and signs of irony: invented texts of each label, what denies or doubles a sign, and where it stands."""

import shutil
import time
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Label, Passage
from analysis.annotators import emotion as emotion_module
from analysis.annotators.ironic_cue import ANNOTATOR as IRONY
from analysis.signs import emotions, polarity
from analysis.signs.emotions import EmotionFinder, built_in, load_emotions
from analysis.signs.phrases import Phrasebook, denied, plain
from analysis.signs.polarity import LEXICONS
from corpus.errors import UserError
from corpus.schemas import annotations_table
from corpus.stages.language import detect
from corpus.study import load_study

EMOTION = emotion_module.ANNOTATOR
FEELS = EMOTION.prepare(None)
FLAGS = IRONY.prepare(None)
STUDY = Path(__file__).resolve().parent.parent / "studies" / "tiktok-refugees"
LANGUAGES = ["zh", "zh-Hant", "en", "mul", "zxx", "fr"]


def felt(text: str, language: str | None = None) -> list[Label]:
    return FEELS([Passage(text, language or detect(text).language)])[0]


def flagged(text: str) -> list[Label]:
    return FLAGS([Passage(text, detect(text).language)])[0]


def whole(labels: list[Label]) -> list[str]:
    return [label.label for label in labels if label.start is None]


def shown(text: str, labels: list[Label]) -> list[tuple[str, str]]:
    return [(text[label.start : label.end], label.label) for label in labels if label.start is not None]


EACH = [
    ("哈哈哈今天太好玩了", "joy"),
    ("[笑哭R][笑哭R] 我笑了", "joy"),
    ("lol we had so much fun tonight", "joy"),
    ("你画得真棒", "praise"),
    ("You are so talented, well done", "praise"),
    ("作为中国人我很骄傲", "pride"),
    ("I am so proud of my town", "pride"),
    ("谢谢你们，看得我泪目", "moved"),
    ("Thank you so much, this is heartwarming", "moved"),
    ("好奇你们早饭吃什么", "curiosity"),
    ("I'm curious what school is like", "curiosity"),
    ("什么情况，我看不懂", "confusion"),
    ("I don't get it, what is going on", "confusion"),
    ("没想到今天会下雪", "surprise"),
    ("omg I can't believe it", "surprise"),
    ("好难过，舍不得走", "sadness"),
    ("I'm heartbroken, I will miss this place", "sadness"),
    ("有点害怕，也很担心", "fear"),
    ("I'm scared and a little nervous", "fear"),
    ("气死我了，凭什么", "anger"),
    ("I'm furious, how dare they", "anger"),
    ("真是丢人，可笑", "contempt"),
    ("What a joke, pathetic", "contempt"),
    ("看得我恶心，反胃", "disgust"),
    ("Eww, that is gross", "disgust"),
]


@pytest.mark.parametrize(("text", "expected"), EACH)
def test_each_emotion(text: str, expected: str) -> None:
    found = felt(text)
    assert whole(found)[0] == expected
    assert all(0 < (label.score or 0) < 1 for label in found if label.start is None)
    assert any(label == expected for _, label in shown(text, found))


def test_each_label_is_tried_in_both_languages() -> None:
    tried = Counter(label for _, label in EACH)
    assert set(tried) == set(built_in()) and min(tried.values()) == 2


@pytest.mark.parametrize(
    ("hans", "hant"),
    [("太开心了，谢谢你们", "太開心了，謝謝你們"), ("气死我了", "氣死我了"), ("没想到这么厉害", "沒想到這麼厲害")],
)
def test_both_scripts_are_read_alike(hans: str, hant: str) -> None:
    assert felt(hans, "zh-Hans") == felt(hant, "zh-Hant")
    assert whole(felt(hans)) != ["none"]


@pytest.mark.parametrize(
    "text",
    [
        "我不害怕",
        "别担心",
        "沒有生氣",
        "I'm not scared",
        "Don't worry",
        "nobody is angry",
        "The train leaves at nine",
        "今天去超市买菜",
        "恐怕要下雨",
        "天气预报说有雨，一切照旧",
        "Good morning everyone",
    ],
)
def test_what_is_denied_or_no_sign_is_none(text: str) -> None:
    assert whole(felt(text)) == ["none"]


def test_denial_of_a_sentence_does_not_reach_the_next() -> None:
    assert whole(felt("不是我。害怕")) == ["fear"]
    assert whole(felt("Not me. I'm scared")) == ["fear"]
    assert whole(felt("not only scared")) == ["fear"]
    assert "anger" in whole(felt("不得不说，气死我了"))


def test_the_unsure_abstain() -> None:
    for text in ("😭😭", "[哭惹R]", "你们开心吗？", "他们很害怕", "They are so angry", "Are you happy?"):
        assert whole(felt(text)) == ["abstain"], text
    assert felt("Je suis très content", "fr") == [Label("abstain")]
    assert felt("https://happy.example @happy_cat", "zxx") == [Label("abstain")]


def test_several_emotions_and_the_strongest_first() -> None:
    text = "没想到你们这么友好，太感动了，泪目"
    assert whole(felt(text)) == ["moved", "surprise", "praise"]
    assert whole(felt("哈哈哈 that is gross, disgusting", "mul"))[0] == "disgust"


def test_the_same_sign_again_says_no_more() -> None:
    assert felt("😡😡😡😡")[0] == felt("😡")[0]
    assert len(felt("😡😡😡😡")) == 5


def test_signs_stand_where_they_were_found() -> None:
    text = "ﬁ 太開心了！ so HAPPYYYY 😡 [哭惹R]"
    assert shown(text, felt(text, "mul")) == [
        ("太開心", "joy"),
        ("HAPPYYYY", "joy"),
        ("😡", "anger"),
        ("[哭惹R]", "joy"),
    ]


def test_a_study_s_labels_and_signs(tmp_path: Path) -> None:
    path = tmp_path / "emotions.toml"
    path.write_text(
        '[[emotion]]\nid = "joy"\nname = { en = "Joy" }\ncues = ["nyan"]\n[[emotion]]\nid = "awe"\nname = { en = "Awe" }\n'
        'cues = ["天大地大", "in awe"]\n[[emotion]]\nid = "none"\nname = { en = "None" }\n',
        encoding="utf-8",
    )
    finder = EmotionFinder(load_emotions(path))
    assert finder.labels == ("joy", "awe")
    text = "nyan, so happy, 天大地大, I am in awe and furious"
    assert {one.emotion for one in finder.find(plain(text))} == {"joy", "awe"}


@pytest.mark.parametrize("name", ["abstain", "not_applicable"])
def test_a_study_cannot_take_a_reserved_label(tmp_path: Path, name: str) -> None:
    path = tmp_path / "emotions.toml"
    path.write_text(f'[[emotion]]\nid = "{name}"\nname = {{ en = "A" }}\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"emotions.toml:2"):
        load_emotions(path)


def test_the_published_study_s_file_and_its_maps() -> None:
    book = load_emotions(STUDY / "emotions.toml")
    ids = {one.id for one in book.emotion}
    assert ids - {"none"} == set(built_in())
    polarity = book.crosswalk["to_polarity"]
    assert isinstance(polarity, dict)
    assert sorted(one for group in polarity.values() for one in group) == sorted(ids)
    other = book.crosswalk["to_tk8911"]
    assert isinstance(other, dict) and set(other) == ids
    for one in book.emotion:
        finder = EmotionFinder(book)
        for cue in one.cues:
            assert one.id in {found.emotion for found in finder.find(plain(cue))}, cue


def test_a_place_has_its_weight_and_a_text_a_score_up_to_one() -> None:
    found = felt("I am absolutely terrified and heartbroken, 我吓死了")
    assert all(label.score is not None and 0 <= label.score <= 1 for label in found if label.start is None)
    assert max(label.score or 0 for label in found if label.start is not None) > 1
    assert "more than 1" in (Label.__doc__ or "")
    (score,) = (column for column in annotations_table("emotion", "").columns if column.name == "score")
    assert "may exceed 1" in score.description


def test_versions_tell_the_lexicon_and_the_study() -> None:
    study = load_study(STUDY)
    assert EMOTION.version_for(None) == EMOTION.version
    assert EMOTION.version_for(study).startswith(EMOTION.version + "+")
    for card in (EMOTION.card, IRONY.card):
        assert all(word in card for word in ("How:", "Trained on:", "Measured", "Fails on:"))


def test_the_version_tells_of_the_words_that_deny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = tmp_path / "lexicons"
    shutil.copytree(LEXICONS, copies)
    for module in (emotions, polarity):
        monkeypatch.setattr(module, "LEXICONS", copies)

    def version() -> str:
        polarity.lexicons_digest.cache_clear()
        return emotions.emotions_digest.__wrapped__()

    before = version()
    for name in ("sentiment_zh.toml", "sentiment_en.toml", "emotion_en.toml"):
        (copies / name).write_text((copies / name).read_text(encoding="utf-8") + "\n# more\n", encoding="utf-8")
        assert version() != before
        before = version()
    monkeypatch.undo()
    polarity.lexicons_digest.cache_clear()


@pytest.mark.parametrize("name", ["zh", "en"])
def test_no_sign_stands_twice_for_an_emotion(name: str) -> None:
    table = tomllib.loads((LEXICONS / f"emotion_{name}.toml").read_text(encoding="utf-8"))
    for emotion, group in table.items():
        listed = [
            " ".join(part.split())
            for tier, text in group.items()
            for part in (text.split(",") if "," in text and tier not in {"marks", "weak"} else text.split())
        ]
        assert not [string for string, count in Counter(filter(None, listed)).items() if count > 1], emotion


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("你可真行啊[doge]", "[doge]"),
        ("好得很🙂", "🙂"),
        ("呵呵", "呵呵"),
        ("笑死，就这也配", "笑死，就这"),
        ("所谓的民主", "所谓的民主"),
        ("他們的「自由」", "「自由」"),
        ("太好了🐶", "🐶"),
        ("Everything is fine /s", "/s"),
        ("Sure, that will work out well", "Sure, "),
        ("what a “friendly” place", "“friendly”"),
        ("oh great, more ads", "oh great"),
        ("yeah right", "yeah right"),
        ("洋大人來了", "洋大人"),
    ],
)
def test_signs_of_irony(text: str, sign: str) -> None:
    found = flagged(text)
    assert whole(found) == ["cue"]
    assert (sign, "cue") in shown(text, found)


@pytest.mark.parametrize(
    "text",
    [
        "今天真好",
        "哈哈哈呵呵呵呵",
        "我家狗狗真乖🐶",
        "笑死我了太好玩",
        "w/s ratio",
        "see http://a.example/s",
        "Sure, I can help you",
        "Sure! See you there",
        "这些“TikTok难民”来了",
        "a great job",
    ],
)
def test_no_sign_of_irony(text: str) -> None:
    assert flagged(text) == [Label("none")]


def test_irony_in_other_languages() -> None:
    assert FLAGS([Passage("bien sûr 🙃", "fr")])[0][0] == Label("cue", 0.5)
    assert FLAGS([Passage("bien sûr", "fr")])[0] == [Label("abstain")]


@given(st.text(), st.sampled_from(LANGUAGES))
def test_any_text_is_answered_and_places_hold(text: str, language: str) -> None:
    for found in (felt(text, language), FLAGS([Passage(text, language)])[0]):
        assert found and found[0].start is None
        for label in found:
            if label.start is not None and label.end is not None:
                assert 0 <= label.start < label.end <= len(text)


@pytest.mark.parametrize("piece", ["不太开心，", "not happy ", "“自由”", "😡", "笑死", "aaaa", "他们很", "“", "sure, "])
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    def seconds(times: int) -> float:
        text = piece * times
        start = time.process_time()
        felt(text, "mul")
        FLAGS([Passage(text, "mul")])
        return time.process_time() - start

    seconds(10)
    small = min(seconds(2_000) for _ in range(3))
    assert seconds(16_000) < 8 * 4 * small + 0.2


def test_a_phrasebook_takes_the_longest_and_whole_words() -> None:
    book = Phrasebook({"cat": 1, "cat tax": 2, "猫": 3, "猫税": 4, "😀": 5, "[猫R]": 6})
    text = plain("cats concat CAT TAX 貓稅 catty 😀[猫r] caaaat")
    found = [(text.text[start:end], meaning) for start, end, meaning in book.find(text.text)]
    assert found == [("cats", 1), ("cat tax", 2), ("猫税", 4), ("😀", 5), ("[猫r]", 6), ("caaaat", 1)]


def test_denials_cancel_and_stop_at_a_clause() -> None:
    for text, word, expected in (
        ("不喜欢", "喜欢", True),
        ("不是不喜欢", "喜欢", False),
        ("不，喜欢", "喜欢", False),
        ("not really happy", "happy", True),
        ("no, happy", "happy", False),
        ("是不是喜欢", "喜欢", False),
    ):
        assert denied(text, text.index(word)) == expected, text
