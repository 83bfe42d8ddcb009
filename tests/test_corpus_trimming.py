"""Trimming takes what is printed around an article, says so, and never takes all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.pages.trimming import is_chinese, trim

SENTENCE = "去年十二月，港城夜校只有十一名学生，上个星期教室里坐了九十四个人。"
ENGLISH = "The evening classes at the harbour school had eleven pupils in December, and ninety-four last week."


@pytest.mark.parametrize(
    "tail",
    [
        "责任编辑：何田",
        "責任編輯：何田",
        "（责编：何田）",
        "相关阅读",
        "延伸閱讀",
        "来源：港城新闻网",
        "版权声明：本文",
        "扫一扫，关注我们",
        "上一篇：旧椅子",
        "分享到：",
        "标签：夜校",
    ],
)
def test_chinese_tails_go_with_all_that_follows(tail: str) -> None:
    found = trim([SENTENCE] * 4 + [tail, "渡轮春季时刻表公布"], None)
    assert found.lines == (SENTENCE,) * 4
    assert [line for _, line in found.removed] == [tail, "渡轮春季时刻表公布"]


@pytest.mark.parametrize(
    "tail",
    [
        "Related stories",
        "Share this article",
        "Filed under: school",
        "3 Comments",
        "© 2025 The Harbour Daily",
        "You may also like",
    ],
)
def test_english_tails_go(tail: str) -> None:
    assert trim([ENGLISH] * 4 + [tail, "Ferry timetable"], None).lines == (ENGLISH,) * 4


def test_heads_go() -> None:
    lines = [
        "夜校来了新同学",
        "2025年01月16日 09:05　来源：港城新闻网　作者：苏小舟　字号：大 中 小",
        "分享",
        SENTENCE,
        SENTENCE,
    ]
    found = trim(lines, "夜校来了新同学")
    assert found.lines == (SENTENCE, SENTENCE)
    assert found.removed[0] == ("title", "夜校来了新同学")
    assert trim(["By Nora Fielding", "3 hours ago", ENGLISH], "Classes").lines == (ENGLISH,)


def test_words_of_a_tail_within_the_text_stay() -> None:
    lines = [SENTENCE, "来源：港城新闻网", *[SENTENCE] * 5]
    assert trim(lines, None).lines[0] == SENTENCE
    long_tail = "责任编辑这个工作，" + SENTENCE * 3
    assert trim([SENTENCE] * 3 + [long_tail], None).lines[-1] == long_tail


def test_script_tells_the_language() -> None:
    assert is_chinese("他说 yes，然后走了") and not is_chinese("He said 好 and went away")
    assert not is_chinese("")


@given(
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from([SENTENCE, ENGLISH, "责任编辑：何田", "分享", "Advertisement", "2025-01-16"]),
        ),
        max_size=12,
    )
)
def test_nothing_is_lost(lines: list[str]) -> None:
    found = trim(lines, "夜校来了新同学")
    assert sorted([*found.lines, *(line for _, line in found.removed)]) == sorted(lines)
    assert bool(found.lines) == bool(lines)
