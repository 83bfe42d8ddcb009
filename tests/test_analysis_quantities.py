"""Amounts are read with their bounds, units and subjects, and dates and ordinals are none; all texts are invented."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Label, Passage
from analysis.annotators.quantities import ANNOTATOR

LABEL = ANNOTATOR.prepare(None)


def amounts(text: str) -> list[tuple[Any, ...]]:
    """Label, words, value, low, high, unit and subject of each amount."""
    return [
        (
            one.label,
            text[one.start : one.end],
            *(one.more[name] for name in ("value", "low", "high", "unit", "subject")),
        )
        for one in LABEL([Passage(text, "mul")])[0]
        if one.start is not None
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "more than 700,000 new users came",
            ("count", "more than 700,000 new users", 7e5, 7e5, None, None, "new users"),
        ),
        ("nearly 40% of the ferrymen said", ("share", "nearly 40% of the ferrymen", 40, None, 40, "%", "ferrymen")),
        ("about 1,200 posts", ("count", "about 1,200 posts", 1200, None, None, None, "posts")),
        ("3.4 million", ("count", "3.4 million", 3.4e6, 3.4e6, 3.4e6, None, None)),
        ("it costs $900 a night", ("money", "$900", 900, 900, 900, "$", None)),
        ("3 to 5 million guests", ("count", "3 to 5 million guests", None, 3e6, 5e6, None, "guests")),
        ("at least twelve boats", ("count", "at least twelve boats", 12, 12, None, None, "boats")),
        ("half of the boats", ("share", "half of the boats", 50, 50, 50, "half", "boats")),
        (
            "hundreds of thousands of guests",
            ("count", "hundreds of thousands of guests", None, 2e5, None, None, "guests"),
        ),
        ("超过70万名新用户涌入", ("count", "超过70万名新用户", 7e5, 7e5, None, "名", "新用户")),
        ("約3.4萬名新用戶", ("count", "約3.4萬名新用戶", 34000, None, None, "名", "新用戶")),
        ("1.2万", ("count", "1.2万", 12000, 12000, 12000, None, None)),
        ("过半网友表示支持", ("share", "过半网友", 50, 50, None, "过半", "网友")),
        ("近四成用户认为", ("share", "近四成用户", 40, None, 40, "成", "用户")),
        ("300多名学生", ("count", "300多名学生", 300, 300, None, "名", "学生")),
        ("七十多万美国网友来到", ("count", "七十多万美国网友", 7e5, 7e5, None, None, "美国网友")),
        ("百分之四十的用户", ("share", "百分之四十的用户", 40, 40, 40, "百分之", "用户")),
        ("数十万用户", ("count", "数十万用户", None, 2e5, None, None, "用户")),
        ("票价900元", ("money", "900元", 900, 900, 900, "元", None)),
        ("70万至80万名游客", ("count", "70万至80万名游客", None, 7e5, 8e5, "名", "游客")),
    ],
)
def test_one_amount(text: str, expected: tuple[Any, ...]) -> None:
    assert amounts(text) == [expected]


@pytest.mark.parametrize(
    "text",
    ["On January 14, 2025 at 10 pm", "in 1989", "the 3rd boat", "page 3", "version 1.2.3", "22:27", "5G", "https://a.example/700000/users",
     "2025年1月13日", "晚上10点", "第700名", "三年级", "一个人", "千万不要", "万一下雨", "十万火急", "90年代"],
)  # fmt: skip
def test_no_amount(text: str) -> None:
    assert amounts(text) == []


def test_nothing_and_other_languages() -> None:
    assert LABEL([Passage("Rain fell.", "en"), Passage("700 bateaux", "fr")]) == [[Label("none")], [Label("abstain")]]


@given(
    st.text(
        st.sampled_from("0123456789０１,.，%$元万亿千百十多名成数几至 -~more thanusersmillion过半约第"), max_size=80
    )
)
def test_places_hold_and_nothing_breaks(text: str) -> None:
    last = 0
    for one in LABEL([Passage(text, "mul")])[0]:
        if one.start is None or one.end is None:
            continue
        assert last <= one.start < one.end <= len(text)
        last = one.end
        low, high, subject = one.more["low"], one.more["high"], one.more["subject"]
        assert low is None or high is None or low <= high
        assert subject is None or subject in text[one.start : one.end]


@pytest.mark.parametrize(
    "piece", ["7", "7,", "700,000 ", "more than ", "万", "一二", "超过", "7-", "a ", "70万名新用户"]
)
def test_time_grows_with_the_text_alone(piece: str) -> None:
    def took(size: int) -> float:
        text = (piece * size)[:size]
        began = time.process_time()
        LABEL([Passage(text, "mul")])
        return time.process_time() - began

    took(1_000)
    assert took(80_000) < 12 * max(took(20_000), 0.02)


def test_the_number_of_the_seed_articles_has_two_subjects(shared: Path) -> None:
    files = sorted((shared / "data" / "coverage").glob("*.txt"))
    if not files:
        pytest.skip("no seed articles among the measuring data")
    found = [one for path in files for one in amounts(path.read_text(encoding="utf-8")) if one[2] == 700_000]
    assert {one[6] for one in found} == {"new American users", "new users"}
    assert {(one[3], one[4]) for one in found} == {(700_000, None)}


@pytest.mark.parametrize(
    ("text", "value", "low", "high"),
    [
        ("$65.4 billion", 65.4e9, 65.4e9, 65.4e9),
        ("1.1万名用户", 11_000.0, 11_000.0, 11_000.0),
        ("60%-70%的用户", None, 60.0, 70.0),
        ("60% to 70% of the users", None, 60.0, 70.0),
    ],
)
def test_numbers_are_as_written(text: str, value: float | None, low: float, high: float) -> None:
    (found,) = LABEL([Passage(text, "mul")])[0]
    assert [found.more[name] for name in ("value", "low", "high")] == [value, low, high]
