"""Amounts are read with their bounds, units and subjects, and dates and ordinals are none; all texts are invented."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Label, Passage
from analysis.annotators.quantities import ANNOTATOR
from tests.growing import grows_with_the_text_alone

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
        (
            "more than a third of teens",
            ("share", "more than a third of teens", 100 / 3, 100 / 3, None, "third", "teens"),
        ),
        (
            "up to 40 percent of ferrymen",
            ("share", "up to 40 percent of ferrymen", 40, None, 40, "percent", "ferrymen"),
        ),
        (
            "between 100 and 200 boats",
            ("count", "between 100 and 200 boats", None, 100, 200, None, "boats"),
        ),
        ("3.4 million-plus guests", ("count", "3.4 million-plus guests", 3.4e6, 3.4e6, None, None, "guests")),
        ("过万条渡轮", ("count", "过万条渡轮", 1e4, 1e4, None, "条", "渡轮")),
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
    assert grows_with_the_text_alone(LABEL, piece)


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


@pytest.mark.parametrize(
    ("text", "kind", "value", "low", "high", "subject"),
    [
        ("700,000 US users joined", "count", 7e5, 7e5, 7e5, "US users"),
        ("170 million US users", "count", 17e7, 17e7, 17e7, "US users"),
        ("7,000 U.S. employees", "count", 7e3, 7e3, 7e3, "U.S. employees"),
        ("half a million users", "count", 5e5, 5e5, 5e5, "users"),
        ("a quarter of a million people", "count", 25e4, 25e4, 25e4, "people"),
        ("One hundred and fifty users", "count", 150, 150, 150, "users"),
        ("two and a half million users", "count", 25e5, 25e5, 25e5, "users"),
        ("three to five million users", "count", None, 3e6, 5e6, "users"),
        ("one in five adults", "share", 20, 20, 20, "adults"),
        ("more than nine out of ten guests", "share", 90, 90, None, "guests"),
        ("1.5 crore users", "count", 15e6, 15e6, 15e6, "users"),
        ("2000 new users joined", "count", 2e3, 2e3, 2e3, "new users"),
        ("There were 1800 comments.", "count", 1800, 1800, 1800, "comments"),
        ("On Monday 300 guests came", "count", 300, 300, 300, "guests"),
        ("十三亿五千万人", "count", 13.5e8, 13.5e8, 13.5e8, "人"),
        ("七八万人", "count", None, 7e4, 8e4, "人"),
        ("十七八万人", "count", None, 17e4, 18e4, "人"),
        ("两三百人", "count", None, 200, 300, "人"),
        ("三四百名学生", "count", None, 300, 400, "学生"),
        ("7、8万人", "count", None, 7e4, 8e4, "人"),
        ("七至八万人", "count", None, 7e4, 8e4, "人"),
        ("3亿5千万人", "count", 3.5e8, 3.5e8, 3.5e8, "人"),
        ("1亿2000万用户", "count", 1.2e8, 1.2e8, 1.2e8, "用户"),
        ("3万5000名学生", "count", 35e3, 35e3, 35e3, "学生"),
        ("三点五亿人", "count", 3.5e8, 3.5e8, 3.5e8, "人"),
        ("一万五名学生", "count", 15e3, 15e3, 15e3, "学生"),
        ("成千上万的网友", "count", None, 1e3, None, "网友"),
        ("US$500万", "money", 5e6, 5e6, 5e6, None),
        ("HK$3亿", "money", 3e8, 3e8, 3e8, None),
        ("3个半小时", "time", 3.5, 3.5, 3.5, None),
    ],
)
def test_composed_numbers_have_one_value(
    text: str, kind: str, value: float | None, low: float, high: float | None, subject: str | None
) -> None:
    ((label, _, *bounds, _, counted),) = amounts(text)
    assert (label, *bounds, counted) == (kind, value, low, high, subject)


@pytest.mark.parametrize(
    "text",
    ["iPhone 16 Pro", "A Boeing 747 landed", "At 10 Downing Street", "7-Eleven", "Fortune 500 companies", "Formula 1 drivers",
     "万人空巷", "In 1984 users wrote", "Since 1999 guests came", "the 2016 elections", "三五成群", "亿万名用户"],
)  # fmt: skip
def test_numbers_of_names_and_sayings_count_nothing(text: str) -> None:
    assert amounts(text) == []


_LITTLE = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_english(number: int) -> str:
    """A number below 10^15 in words: one million two hundred thousand and five."""
    for size, name in (
        (10**12, "trillion"),
        (10**9, "billion"),
        (10**6, "million"),
        (10**3, "thousand"),
        (100, "hundred"),
    ):
        if number >= size:
            many, rest = divmod(number, size)
            between = " and " if rest < 100 else " "
            return f"{in_english(many)} {name}" + (between + in_english(rest) if rest else "")
    if number < 20:
        return _LITTLE[number]
    return _TENS[number // 10 - 2] + (f"-{_LITTLE[number % 10]}" if number % 10 else "")


def in_chinese(number: int) -> str:
    """A number up to 10^12 in signs: 三千零五万零二十."""
    for size, sign in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            many, rest = divmod(number, size)
            return in_chinese(many) + sign + (("零" if rest < size // 10 else "") + in_chinese(rest) if rest else "")
    return "零一二三四五六七八九"[number]


_NUMBERS = st.one_of(
    st.integers(10, 10**12),
    st.lists(st.sampled_from([0, 1, 5, 10, 12, 20, 21, 100, 105, 110, 999]), min_size=4, max_size=4).map(
        lambda groups: max(10, sum(group * 1000**place for place, group in enumerate(groups)))
    ),
)


@given(_NUMBERS)
def test_a_number_written_out_is_read_back(number: int) -> None:
    for text in (f"{in_english(number)} guests", f"{in_chinese(number)}名客人"):
        found = amounts(text)
        assert [one[2:5] for one in found] == [(number, number, number)], text
