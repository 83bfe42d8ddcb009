"""What is taken off an article: by which rule, so that it can be put back, and the agency that it is credited to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.pages.blocks import survey
from corpus.pages.credits import find_credit
from corpus.pages.markup import parse_markup
from corpus.pages.trimming import is_chinese, trim
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


@pytest.mark.parametrize(
    "sentence",
    [
        "24小时内，报名的人就翻了三倍。",
        "网友评论说：“这大概是全港最热闹的教室。”",
        "你可能会问，为什么偏偏是夜校？",
        "相关报道发出后，又来了三十个人。",
        "热门评论里，一句“我也要去”得到最多的赞。",
        "声明：老师只是开个玩笑，没有恶意。",
        "追蹤這所夜校的人一夜之間多了三千。",
        "来源：没有人知道第一张海报来自哪里。",
        "打开夜校APP，首页一半是手写的课表。",
        "大中小学生都来旁听。",
        "扫码点单，让老人们大开眼界。",
        "Trending that night was a photo of the caretaker's chairs.",
        "Sign up took her six minutes.",
        "Copyright lawyers were less amused by the photocopies.",
        "Latest news from home reached her in two languages.",
        "Share this, someone wrote, and thousands did.",
        "You may like it here, she told her sister.",
        "Topics: chairs, rent, homework, in that order.",
        "Advertisement money followed.",
        "Watch: that was her only word of English.",
    ],
)
def test_a_sentence_that_begins_like_a_tail_is_of_the_article(sentence: str) -> None:
    lines = [BODY if is_chinese(sentence) else ENGLISH] * 7
    lines[4] = sentence
    assert trim(lines, None).lines == tuple(lines)


@pytest.mark.parametrize(
    "heading",
    [
        "你可能不知道的夜校",
        "跟帖里的老师",
        "更多精彩藏在深夜",
        "打印店里的课表",
        "Trending: why everybody wants chairs",
    ],
)
def test_a_subheading_is_no_heading_of_a_tail(heading: str) -> None:
    lines = [BODY if is_chinese(heading) else ENGLISH] * 7
    lines[4] = heading
    assert trim(lines, None).lines == tuple(lines)


@pytest.mark.parametrize(
    ("body", "tail"),
    [
        (BODY, ["欢迎关注港城夜校的公众号！", "相关阅读：夜校的椅子"]),
        (BODY, ["相关新闻", BODY, BODY]),
        (BODY, ["评论（12）", BODY]),
        (BODY, ["网友评论 32条", BODY]),
        (BODY, ["转载请注明出处。", BODY, BODY]),
        (BODY, ["热门推荐", BODY]),
        (BODY, ["地址：港城某路1号 电话：000 Copyright 港城新闻网 版权所有"]),
        (BODY, ["免责声明：" + "本网站所载文章仅代表作者个人观点，与本网站无关。" * 4]),
        (ENGLISH, ["Subscribe to our newsletter.", "More stories"]),
        (ENGLISH, ["Trending now", ENGLISH, ENGLISH]),
        (ENGLISH, ["© 2025 The Harbour Daily. " + "No part of this page may be printed elsewhere without leave. " * 2]),
    ],
)
def test_tails_still_go(body: str, tail: list[str]) -> None:
    assert trim([*[body] * 3, *tail], None).lines == (body,) * 3


def test_a_flash_of_one_paragraph_has_a_tail_too() -> None:
    notice = "免责声明：" + "本网站所载文章仅代表作者个人观点，与本网站无关。" * 4
    assert trim([BODY, notice], None).lines == (BODY,)


@pytest.mark.parametrize(
    "line",
    ["By Nora Fielding", "BY NORA FIELDING", "January 16, 2025 4:12 PM GMT+8", "Jan. 16, 2025, 11:30 p.m. ET", "16 January 2025", "Wednesday, January 16, 2025", "Posted January 16, 2025", "Updated 9:41 PM", "Share", "Home"],
)  # fmt: skip
def test_english_lines_above_an_article(line: str) -> None:
    assert [one.rule for one in trim(["Classes", line, *[ENGLISH] * 3], None).removed] == ["head", "head"]


def test_a_sentence_with_a_date_is_no_line_above_an_article() -> None:
    lines = ["On January 16, 2025, the hall was full again", *[ENGLISH] * 3]
    assert trim(lines, None).lines == tuple(lines)


@pytest.mark.parametrize(
    "line",
    ["点击上方蓝字关注我们", "↑↑↑点击关注", "關注", "返回搜狐，查看更多", "请继续往下阅读", "SKIP ADVERTISEMENT"],
)
def test_stock_lines_go_wherever_they_stand(line: str) -> None:
    body = ENGLISH if line.isascii() else BODY
    assert trim([body, line, body, body], None).lines == (body,) * 3


@pytest.mark.parametrize(
    "line",
    [
        "撰文：何田",
        "图片由通讯员 提供",
        "想了解更多新闻，点击阅读原文。",
        "打开夜校APP，查看更多图片。",
        "长按识别二维码，关注公众号。",
        "图片来自网络。",
        "※ 本文版權所有，非經授權，不得轉載。",
        "网友评论仅供其表达个人看法，并不表明本站立场。",
        "（本文仅代表作者个人观点。）",
        "—END—",
        "Our Standards: The Thomson Reuters Trust Principles., opens new tab",
        "A version of this article appears in print on Jan. 16, 2025, Section B, Page 1 of the New York edition with the headline: Chairs",
        "Nora Fielding can be reached at nora@harbour.example.",
        "You may also like these stories.",
        "Comments are closed.",
        "Thanks for reading Harbour Notes! This post is public, so feel free to share it with all your friends.",
    ],
)
def test_stock_lines_go_at_the_end(line: str) -> None:
    body = ENGLISH if line.isascii() else BODY
    assert trim([body, body, body, line], None).lines == (body,) * 3
