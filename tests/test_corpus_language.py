"""The language of short texts, mixed ones among them."""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.stages.language import detect

FLOOR = 0.945


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("欢迎来到我们的平台", "zh-Hans"),
        ("歡迎來到我們的平台", "zh-Hant"),
        ("你好", "zh"),
        ("What a lovely cat you have", "en"),
        ("hello", "en"),
        ("lmaooo", "en"),
        ("TikTok", "en"),
        ("Hello from Ohio! 大家好，我是新来的", "mul"),
        ("谢谢 my friend", "mul"),
        ("I love this app 你好", "en"),
        ("这个 app 很好用，大家快来看看吧", "zh-Hans"),
        ("Bonjour tout le monde, je suis content d'être ici", "fr"),
        ("Hola a todos, me gusta mucho esta aplicación", "es"),
        ("こんにちは、猫の写真です", "ja"),
        ("안녕하세요 여러분", "ko"),
        ("Привет всем, как дела", "ru"),
        ("สวัสดีครับทุกคน", "th"),
        ("😂😂 [笑哭R] https://a.example/b @user_12345678 #猫税[话题]#", "zxx"),
        ("", "zxx"),
        ("2025 !!!", "zxx"),
        ("ქართული", "ka"),
        ("iPhone16 Pro Max很好", "zh"),
        ("Starbucks Frappuccino 超好喝", "zh"),
        ("vlog plog ootd 今日份", "zh"),
        ("Chanel Chloé 和 Pokémon Café 还有 Frappuccino Venti Latte", "zh-Hans"),
        ("我也是の", "zh"),
        ("谢谢の", "zh-Hans"),
        ("私の本", "ja"),
        ("你好 Bonjour tout le monde, je suis content d'être ici", "fr"),
    ],
)
def test_told(text: str, language: str) -> None:
    assert detect(text).language == language


def test_marks_do_not_count() -> None:
    assert detect("@tabby_cat #cattax #hello https://a.example/a-long-english-address 欢迎你们").language == "zh-Hans"
    assert detect("[doge][笑哭R] so funny").language == "en"


PARTS = (
    "你好",
    "歡迎",
    "hello",
    "the cat",
    "привет",
    "のね",
    "한국어",
    "😂",
    " ",
    "\n",
    "@tabby",
    "[笑哭R]",
    "#tag",
    "12",
    "。",
    "ª",
)


@given(st.one_of(st.text(), st.lists(st.sampled_from(PARTS)).map("".join)))
def test_spans_are_ordered_disjoint_and_cover_the_text(text: str) -> None:
    detected = detect(text)
    starts = [start for start, _ in detected.spans]
    assert starts == sorted(set(starts))
    assert starts[:1] == ([0] if text else []) and all(0 <= start < len(text) for start in starts)
    languages = [language for _, language in detected.spans]
    assert all(one != after for one, after in pairwise(languages))
    assert set(languages) == ({name for name, _ in detected.shares} or ({"zxx"} if text else set()))


def test_spans_of_a_mixed_text() -> None:
    text = "Hello from Ohio! 大家好，我是新来的 [笑哭R] @someone_1 so happy"
    detected = detect(text)
    ends = [*[start for start, _ in detected.spans[1:]], len(text)]
    assert [(language, text[start:end]) for (start, language), end in zip(detected.spans, ends, strict=True)] == [
        ("en", "Hello from Ohio! "),
        ("zh-Hans", "大家好，我是新来的 [笑哭R] @someone_1 "),
        ("en", "so happy"),
    ]


@given(st.text())
def test_shares_sum_to_one_or_are_none(text: str) -> None:
    detected = detect(text)
    if detected.language == "zxx":
        assert detected.shares == ()
    else:
        assert math.isclose(sum(share for _, share in detected.shares), 1, abs_tol=0.001)
        assert [share for _, share in detected.shares] == sorted((share for _, share in detected.shares), reverse=True)


def test_accuracy_on_the_development_texts(shared: Path) -> None:
    lines = (shared / "data" / "language-dev" / "langid.jsonl").read_text(encoding="utf-8").splitlines()
    right = 0
    for row in map(json.loads, lines):
        language = detect(row["text"]).language
        told = "zh" if language.startswith("zh") else {"en": "en", "mul": "mixed"}.get(language, "other")
        right += told == row["label"]
    assert right / len(lines) >= FLOOR
