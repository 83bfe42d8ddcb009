"""What is taken off an article: by which rule, so that it can be put back, and the agency that it is credited to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.pages.blocks import survey
from corpus.pages.credits import find_credit
from corpus.pages.markup import parse_markup
from corpus.pages.trimming import trim
from corpus.readers.article import READER
from tests.captured import KEYS, capture

BODY = "去年十二月，港城夜校只有十一名学生，上个星期教室里坐了九十四个人。"
ENGLISH = "The evening classes at the harbour school had eleven pupils in December, and ninety-four last week."
LINES = st.sampled_from(
    [BODY, ENGLISH, "Classes", "夜校来了新同学", "2025-01-16 09:05", "来源：港城新闻网", "责任编辑：何田", "分享到", "网友评论", "甲：好。", "By Nora", "Comments (3)"]
)  # fmt: skip


@given(st.lists(LINES, max_size=30), st.sampled_from([None, "Classes", "夜校来了新同学"]))
def test_what_is_removed_can_be_put_back(lines: list[str], title: str | None) -> None:
    trimmed = trim(lines, title)
    back = list(trimmed.lines)
    for one in trimmed.removed:
        back.insert(one.position, one.line)
    assert back == lines and (trimmed.lines or not lines)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("分享到：微信", "noise"),
        ("夜校的新学生在上课。（本报记者何田摄）", "noise"),
        ("圖為夜校的學生。（資料照）", "noise"),
        (f"{BODY}（本报记者何田摄影报道，持续关注夜校的新学生）", None),
    ],
)
def test_rules_within_a_text(line: str, rule: str | None) -> None:
    found = trim([BODY, line, BODY, BODY], None).removed
    assert [one.rule for one in found] == ([] if rule is None else [rule])


def test_comments_by_readers_are_counted_and_not_kept() -> None:
    paragraphs = f"<p>{BODY * 2}</p>" * 4
    tail = "<p>责任编辑：何田</p><p>网友评论</p><p>港城小鱼88：说得好，我也想去那里上课，真的。</p><p>@someone_77 你呢？</p>"
    reading = READER.read(capture(f"<body><div>{paragraphs}{tail}</div></body>"), KEYS)
    assert [(one.rule, one.line) for one in reading.removed] == [
        ("tail", "责任编辑：何田"),
        ("tail", "网友评论"),
        ("comments", None),
        ("comments", None),
    ]
    assert [one.position for one in reading.removed] == [4, 5, 6, 7]


@pytest.mark.parametrize(
    ("head", "body", "tail", "credit"),
    [
        ([], [f"新华社港城1月16日电（记者何田）{BODY}"], [], "新华社"),
        ([], [f"（中央社記者何田港城16日電）{BODY}"], [], "中央社"),
        ([], [f"中新网1月16日电 {BODY}"], [], "中新网"),
        (["2025年01月16日 09:05 来源：新华社 作者：何田"], [BODY], [], "新华社"),
        ([], [BODY], ["來源：路透社"], "路透社"),
        ([], [BODY, f"{BODY}（法新社）"], [], "法新社"),
        ([], [f"据新华社1月16日电，{BODY}"], [], None),
        ([], [f"{BODY}他对路透社记者说。", BODY], [], None),
        ([], [f"HARBOUR, Jan. 16 (Xinhua) -- {ENGLISH}"], [], "Xinhua"),
        ([], [f"HARBOUR (Reuters) - {ENGLISH}"], [], "Reuters"),
        (["By The Associated Press"], [ENGLISH], [], "The Associated Press"),
        ([], [ENGLISH], ["© 2025 AFP"], "AFP"),
        ([], [f"{ENGLISH} He told Reuters so."], [], None),
        (["By Apolline Reuterswerd"], [ENGLISH], [], None),
        (["来源：港城新闻网"], [BODY], [], None),
    ],
)
def test_credits(head: list[str], body: list[str], tail: list[str], credit: str | None) -> None:
    assert find_credit(head, body, tail) == credit


def test_an_article_tells_its_credit_and_how_sure_its_text_is() -> None:
    page = f"<body><div><p>新华社港城1月16日电 {BODY * 2}</p><p>{BODY * 3}</p></div></body>"
    [document] = READER.read(capture(page), KEYS).documents
    assert document.credit == "新华社" and document.extraction_confidence is not None
    assert 0.9 <= document.extraction_confidence <= 1
    [picture] = READER.read(capture(page.replace("新华社", "")), KEYS).documents
    assert picture.credit is None


def test_teasers_beside_an_article_do_not_stand_together_with_it() -> None:
    paragraphs = "".join(f"<p>{ENGLISH} {number}.</p>" for number in range(6))
    teasers = "".join(f"<div><div><p>{ENGLISH} Elsewhere, {number}.</p></div></div>" for number in range(6))
    alone = parse_markup(f"<body><div>{paragraphs}</div></body>")
    beside = parse_markup(f"<body><div><div>{paragraphs}</div>{teasers}</div></body>")
    assert alone is not None and beside is not None
    assert survey(alone.tree).together == 1.0 and 0.3 < survey(beside.tree).together < 0.7
