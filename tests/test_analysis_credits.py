"""News agencies that an article credits, in its dateline or elsewhere; all texts are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.extraction.credits import Credit, credits_of
from tests.growing import grows_with_the_text_alone


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("HARBOUR CITY, Jan. 14 (Xinhua) -- The ferry came.", Credit("Xinhua News Agency", "harbour city", (1, 14))),
        ("LONDON (AP) — The ferry came.", Credit("Associated Press", "london")),
        ("HARBOUR, D.C., January 14 (Reuters) - Boats.", Credit("Reuters", "harbour", (1, 14))),
        ("新华社江海1月14日电 渡轮来了。", Credit("Xinhua News Agency", "江海", (1, 14))),
        ("中新網1月14日電 渡輪來了。", Credit("China News Service", None, (1, 14))),
        ("渡轮来了。\n（来源：路透社）", Credit("Reuters")),
        ("來源：新華社", Credit("Xinhua News Agency")),
        ("据法新社消息，渡轮来了。", Credit("Agence France-Presse")),
        ("The ferry came.\nSource: Reuters", Credit("Reuters")),
        ("The ferry came. The Associated Press contributed to this report.", Credit("Associated Press")),
        ("The ferry came.\n— AFP", Credit("Agence France-Presse")),
        ("By Reuters Staff\nThe ferry came.", Credit("Reuters")),
        ("The ferry came. (With inputs from AFP)", Credit("Agence France-Presse")),
    ],
)
def test_credits(text: str, credit: Credit) -> None:
    assert credits_of(text) == [credit]


@pytest.mark.parametrize(
    "text",
    [
        "According to Reuters, the ferry came.",
        "The ferry, built by AP Moller, came.\nby ap far",
        "他说，记者问路透社的人在哪里。",
        "The ferry came on Jan. 14 (a Tuesday).",
        "The ferry came.\n- Reuters Institute study says so",
        "By Bloomberg Intelligence\nThe ferry came.",
        "From Bloomberg Terminals",
        "With reporting by AP Moller",
        "",
    ],
)
def test_a_name_alone_is_no_credit(text: str) -> None:
    assert credits_of(text) == []


def test_a_dateline_with_no_such_day() -> None:
    assert credits_of("新华社江海13月41日电") == [Credit("Xinhua News Agency", "江海")]


@given(st.text(st.sampled_from("ABC, .()新华社北京据电月日0123456789来源：Reuters\n—-"), max_size=100))
def test_nothing_breaks(text: str) -> None:
    assert len(credits_of(text)) <= len(text)


@pytest.mark.parametrize("piece", ["A", "A ", "B, C, ", "(AP", "新华社", "据", "1月", "\n", " "])
def test_time_grows_with_the_text_alone(piece: str) -> None:
    assert grows_with_the_text_alone(lambda passages: [credits_of(one.text) for one in passages], piece)
