"""Scripts are told apart, and Traditional text turns Simplified sign by sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.scripts import has_han, letters, to_simplified, variant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("欢迎来到这里", "zh-Hans"),
        ("歡迎來到這裡", "zh-Hant"),
        ("你好", "zh"),
        ("一二三 hello", "zh"),
        ("", "zh"),
        ("国國", "zh"),
        ("一群人", "zh"),
        ("我在台北等你", "zh"),
        ("皇后大道", "zh"),
        ("只有三公里", "zh"),
        ("吃飽", "zh-Hant"),
        ("台灣", "zh-Hant"),
        ("歡迎來到国", "zh-Hant"),
    ],
)
def test_variant(text: str, expected: str) -> None:
    assert variant(text) == expected


def test_letters_by_script() -> None:
    assert letters("猫 cat ネコ 고양이 кот แมว γάτα!1😂") == {
        "Han": 1,
        "Latin": 3,
        "Kana": 2,
        "Hangul": 3,
        "Cyrillic": 3,
        "Thai": 3,
        "Greek": 4,
    }
    assert letters("😂 123 !?") == {}
    assert letters("ქართული") == {"Other": 7}


def test_to_simplified() -> None:
    assert to_simplified("歡迎來到小紅書，貓稅") == "欢迎来到小红书，猫税"


@given(st.one_of(st.text(), st.text(alphabet=st.sampled_from("著乾後裏麵髮發歡迎台臺颱網路軟體隻只餘于於a 1"))))
def test_conversion_keeps_every_offset(text: str) -> None:
    done = to_simplified(text)
    assert len(done) == len(text)
    assert has_han(done) == has_han(text)
