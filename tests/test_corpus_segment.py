"""Tokens are slices of the text; Chinese ones are jieba's; marks are never cut."""

import importlib
import multiprocessing
import re
import tomllib
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UserError
from corpus.records import Tokens
from corpus.stages.cut import cutter
from corpus.stages.segment import Segmenter
from corpus.studyfile import StudyWord

STUDIES = Path(__file__).resolve().parent.parent / "studies"
SEGMENTER = Segmenter([StudyWord(text="洋抖难民"), StudyWord(text="猫税"), StudyWord(text="Cat Tax")])
LANGUAGES = ("zh-Hans", "zh-Hant", "zh", "en", "mul", "ja", "fr", "zxx", "und")


def tokens(text: str, language: str, published: date | None = None) -> tuple[str, ...]:
    return SEGMENTER.segment("d", text, language, published).tokens


def check(text: str, cut: Tokens) -> None:
    """Law 6: tokens are slices, ordered and disjoint, and the gaps are white space."""
    end = 0
    for token, start in zip(cut.tokens, cut.starts, strict=True):
        assert token and text[start : start + len(token)] == token
        assert start >= end and not text[end:start].strip()
        assert token == token.strip() and (len(token.split()) == 1 or token.casefold() == "cat tax")
        end = start + len(token)
    assert not text[end:].strip()
    assert set(cut.sentence_starts) <= set(cut.starts)
    assert list(cut.sentence_starts) == sorted(set(cut.sentence_starts))
    assert cut.sentence_starts[:1] == cut.starts[:1]
    for parallel in (cut.lemmas, cut.pos):
        assert parallel is None or len(parallel) == len(cut.tokens)


PARTS = st.sampled_from(
    [
        "欢迎",
        "歡迎",
        "洋抖难民",
        "猫税",
        "Cat tax",
        "don't",
        "I love you",
        "re_new",
        "3.5%",
        "C++",
        "[笑哭R]",
        "#猫税[话题]#",
        "#tag",
        "@user_ab",
        "https://a.example/b",
        "👩\u200d👧",
        "❤️",
        "🇨🇳",
        "。",
        "！",
        "?",
        ".",
        "...",
        " ",
        "\n",
        "\u3000",
        "\x1c",
        "café",
        "한국어",
        "のね",
        "x" * 30,
        "“",
        "�",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PARTS, max_size=14).map("".join))


@settings(deadline=None)  # the first example loads the dictionaries
@given(TEXTS, st.sampled_from(LANGUAGES))
def test_tokens_are_slices(text: str, language: str) -> None:
    check(text, SEGMENTER.segment("d", text, language, None))


def test_marks_stay_whole() -> None:
    text = "洋抖难民交猫税啦[笑哭R]👩\u200d👩\u200d👧❤️ #猫税[话题]# #小红书 @user_0123abcd https://a.example/b?c=1。好"
    cut = tokens(text, "zh-Hans")
    assert {
        "[笑哭R]",
        "👩\u200d👩\u200d👧",
        "❤️",
        "#猫税[话题]#",
        "#小红书",
        "@user_0123abcd",
        "https://a.example/b?c=1",
        "洋抖难民",
        "猫税",
    } <= set(cut)


def test_traditional_is_cut_as_simplified_but_kept_as_written() -> None:
    assert tokens("歡迎洋抖難民來到我們的平臺", "zh-Hant") == ("歡迎", "洋抖難民", "來到", "我們", "的", "平臺")


def test_english_words_have_lemmas() -> None:
    cut = SEGMENTER.segment("d", "The cats aren't running", "en", None)
    assert cut.tokens == ("The", "cats", "are", "n't", "running")
    assert cut.lemmas == ("the", "cat", "be", "not", "run")
    assert cut.pos is None and cut.pos_scheme is None


def test_mixed_text_by_runs() -> None:
    assert tokens("我爱你 I don't know it 但是T恤很好", "mul") == (
        "我爱你",
        "I",
        "do",
        "n't",
        "know",
        "it",
        "但是",
        "T恤",
        "很",
        "好",
    )


def test_other_scripts_are_not_shredded() -> None:
    assert tokens("한국어 텍스트", "ko") == ("한국어", "텍스트")


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("你好！今天很好。是吗", ["你", "今", "是"]),
        ("好的！😂[笑哭R]谢谢", ["好", "谢"]),
        ("他说：“来吧。”我去", ["他", "我"]),
        ("Hi there. Dr. Lee left at 3.30 p.m. today! Ok", ["H", "D", "O"]),
        ("one\ntwo\n\nthree", ["o", "t", "t"]),
        ("Really?! Yes...", ["R", "Y"]),
    ],
)
def test_sentences(text: str, starts: list[str]) -> None:
    cut = SEGMENTER.segment("d", text, "mul", None)
    assert [text[start] for start in cut.sentence_starts] == starts


def test_dated_words_hold_in_their_days_only() -> None:
    dated = Segmenter([StudyWord(text="中美大对账", start=date(2025, 1, 13), end=date(2025, 3, 31))])
    text = "中美大对账开始"
    assert "中美大对账" in dated.segment("d", text, "zh-Hans", date(2025, 1, 20)).tokens
    for day in (date(2025, 1, 12), date(2025, 4, 1), None):
        assert "中美大对账" not in dated.segment("d", text, "zh-Hans", day).tokens


def test_words_without_han_or_with_a_space_stay_whole() -> None:
    cut = SEGMENTER.segment("d", "my cat tax, not my cat taxonomy", "en", None)
    assert cut.tokens == ("my", "cat tax", ",", "not", "my", "cat", "taxonomy")


def test_the_segmenter_names_its_versions() -> None:
    assert re.fullmatch(
        r"rjieba \S+ \+ jieba dict [0-9a-f]{8} \+ OpenCC \S+ \+ words [0-9a-f]{8}; spaCy \S+ \+ \S+ \S+",
        SEGMENTER.segmenter,
    )
    assert Segmenter().segmenter != SEGMENTER.segmenter
    assert (
        Segmenter([StudyWord(text="猫税"), StudyWord(text="洋抖难民")]).segmenter
        == Segmenter([StudyWord(text="洋抖难民"), StudyWord(text="猫税")]).segmenter
    )


def test_an_absent_pipeline_is_the_user_s_mistake() -> None:
    with pytest.raises(UserError, match="not installed"):
        Segmenter(english="en_core_web_none")


def test_it_goes_to_worker_processes() -> None:
    text = "洋抖难民说 hello my friends"
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.apply(SEGMENTER.segment, ("d", text, "mul", None))
    assert there == SEGMENTER.segment("d", text, "mul", None)


def test_long_runs_take_no_time() -> None:
    for text in (
        "a-" * 20_000 + "吗",
        "a b " * 10_000 + "a吗",
        "5, " * 10_000 + "吗",
        "#" * 20_000,
        "[" * 20_000,
        "👩\u200d" * 10_000,
    ):
        check(text, SEGMENTER.segment("d", text, "mul", None))


def own_sentences() -> list[str]:
    """Chinese that was written for the project: every string of its companion files and of the demonstration."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, str):
            found.update(part for part in re.split(r"[\n。]", value) if re.search("[\u4e00-\u9fff]", part))
        elif isinstance(value, dict):
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    for path in sorted(STUDIES.rglob("*.toml")):
        walk(tomllib.loads(path.read_text(encoding="utf-8")))
    walk("\n".join(path.read_text(encoding="utf-8") for path in sorted(STUDIES.rglob("*.csv"))))
    return sorted(found) + [f"版本v2.{n} re_new-{n} 3.{n}% a.b_c-d {n}+{n}=C# 完" for n in range(20)]


def test_parity_with_jieba(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42.1 has invalid escapes and asks for pkg_resources
        jieba = importlib.import_module("jieba")
    jieba.setLogLevel(60)
    reference = jieba.Tokenizer()
    reference.tmp_dir = str(tmp_path)
    words = ("洋抖难民", "猫税", "小红书")
    for word in words:
        reference.add_word(word)
    sentences = own_sentences()
    assert len(sentences) >= 300
    for sentence in sentences:
        assert cutter(words).cut_chinese(sentence) == reference.lcut(sentence), sentence
