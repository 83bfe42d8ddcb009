"""Printed numbers and their bounds; hashtags and places, which stand beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.counts import read_count
from corpus.records import UNKNOWN_COUNT, Count
from corpus.rednote.hashtags import hashtags_in, without_topics
from corpus.rednote.places import bare_place, level_of


@pytest.mark.parametrize(
    ("raw", "value", "low", "high"),
    [
        ("0", 0, 0, 0),
        (0, 0, 0, 0),
        (36, 36, 36, 36),
        (36.0, 36, 36, 36),
        ("1,234", 1234, 1234, 1234),
        ("１，２３４", 1234, 1234, 1234),
        ("1.2万", 12000, 11500, 12499),
        ("1.2 w", 12000, 11500, 12499),
        ("3k", 3000, 2500, 3499),
        ("3K+", None, 3000, None),
        ("1.5亿", 150_000_000, 145_000_000, 154_999_999),
        ("2.35M", 2_350_000, 2_345_000, 2_354_999),
        ("10+", None, 10, None),
        ("10万+", None, 100_000, None),
        ("0+", None, 0, None),
    ],
)
def test_numbers(raw: object, value: int | None, low: int | None, high: int | None) -> None:
    assert read_count(raw) == Count(value, low, high, str(raw) if not isinstance(raw, float) else "36")


@pytest.mark.parametrize(
    "raw", ["", "赞", "评论", "收藏", "分享", "-3", "1.5", "1,23", "NaN", "1e9", "十", "9" * 16, "99999999999亿", "1 2"]
)
def test_what_is_no_number_is_unknown_and_kept(raw: str) -> None:
    assert read_count(raw) == Count(None, None, None, raw)


def test_null_is_unknown_and_odd_values_are_named_only() -> None:
    assert read_count(None) == UNKNOWN_COUNT
    assert read_count(True) == Count(None, None, None, "bool")
    assert read_count({"name": "x"}) == Count(None, None, None, "dict")
    assert read_count(float("inf")).value is None
    assert read_count(10**40) == Count(None, None, None, "too large")
    assert read_count("1" + " " * 80 + "x").raw == "1" + " " * 63


@given(st.text() | st.integers() | st.floats() | st.none())
def test_any_value_is_bounded_by_low_and_high(raw: object) -> None:
    count = read_count(raw)
    if count.value is not None:
        assert (
            count.low is not None and count.high is not None and 0 <= count.low <= count.value <= count.high < 1 << 63
        )


@given(st.integers(10_000, 99_999_999))
def test_the_bounds_hold_what_was_rounded(number: int) -> None:
    tenths = (number + 500) // 1000
    count = read_count(f"{tenths // 10}.{tenths % 10}万")
    assert count.low is not None and count.high is not None and count.low <= number <= count.high


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#猫税！#欢迎，来", ("猫税", "欢迎")),
        ("hi #cattax#welcome, C#sharp https://a.example/#top #1", ("cattax", "welcome")),
        ("你好#猫税🐱 #猫税", ("猫税",)),
        ("＃全角 #a_b #don't", ("全角", "a_b", "don")),
        ("#tiktok refugee[话题]# #猫税[话题]#", ("tiktok refugee", "猫税")),
        ("# no #", ()),
    ],
)
def test_hashtags(text: str, tags: tuple[str, ...]) -> None:
    assert hashtags_in(text) == tags


def test_topics_are_taken_out_with_their_blanks() -> None:
    assert without_topics("大家好 #学中文[话题]# #a b[话题]# 再见\n#猫税[话题]#") == "大家好 再见"
    assert without_topics("no topic #猫税") == "no topic #猫税"


@pytest.mark.parametrize(
    ("place", "level"),
    [("四川", "province"), ("中国台湾", "province"),
     ("广东省", "province"), ("IP属地：北京", "province"), ("美国", "country"),
     ("United States", "country"), ("Inner Mongolia", "province"), ("火星", "unknown"), ("", "unknown")],
)  # fmt: skip
def test_places(place: str, level: str) -> None:
    assert level_of(place) == level


def test_a_label_is_no_part_of_a_place() -> None:
    assert bare_place(" IP属地: 四川") == "四川" and bare_place("Ipswich") == "Ipswich"
