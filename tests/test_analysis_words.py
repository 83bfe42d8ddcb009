"""Every text of a report exists in both languages and takes the same values."""

import re
from datetime import date
from string import Formatter

import pytest

from analysis.reporting.words import LANGUAGES, Words, entries


def taken(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", sorted(entries()))
def test_a_text_says_the_same_in_both_languages(key: str) -> None:
    texts = entries()[key]
    assert set(texts) in ({"en", "zh"}, {"en", "zh", "en_one"})
    assert all(text.strip() for text in texts.values())
    assert taken(texts["en"]) == taken(texts["zh"])
    if "en_one" in texts:
        assert taken(texts["en_one"]) <= taken(texts["en"]) | {"n"}
    for text in texts.values():
        assert "<" not in re.sub("</?code>", "", text), "no markup but <code>"


@pytest.mark.parametrize("key", sorted(entries()))
def test_a_chinese_text_is_simplified_chinese(key: str) -> None:
    from corpus.scripts import to_simplified

    assert to_simplified(entries()[key]["zh"]) == entries()[key]["zh"]


def test_a_missing_key_or_value_is_an_error() -> None:
    for language in LANGUAGES:
        with pytest.raises(KeyError):
            Words(language)("no such key")


def test_days_and_lists_are_said_as_each_language_says_them() -> None:
    en, zh = Words("en"), Words("zh")
    day = date(2025, 1, 4)
    assert (en.day(day), zh.day(day)) == ("4 Jan", "1月4日")
    assert (en.full_day(day), zh.full_day(day)) == ("4 January 2025", "2025年1月4日")
    assert (en.listed(["a", "b", "c"]), zh.listed(["a", "b", "c"])) == ("a, b and c", "a、b和c")
    assert (en.listed(["a"]), zh.listed([])) == ("a", "")
    assert en.named("kind", "post") == "posts" and en.named("kind", "unheard of") == "unheard of"
