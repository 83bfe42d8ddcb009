"""The reader of articles: every capture becomes one document, or one rejection with its reason."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.readers.article import READER
from corpus.records import Finding
from tests.captured import KEYS, RECORDED, capture, plain, recorded_capture

URL = "https://harbour-daily.example/2025/01/16/classes.html"
SENTENCES = "The evening classes at the harbour school had eleven pupils, and the caretaker fetched chairs for them. "
PARAGRAPH = f"<p>{SENTENCES * 3}</p>"
PAGE = f"<html><head><title>Classes</title></head><body><h1>Classes</h1>{PARAGRAPH * 3}</body></html>"


def reason(body: bytes | str, **known: object) -> str | None:
    reading = READER.read(capture(body, **{"url": URL, **known}), KEYS)
    assert len(reading.documents) + len(reading.rejections) == 1
    return reading.rejections[0].reason if reading.rejections else None


@pytest.mark.parametrize("case", sorted((RECORDED / "article").iterdir()), ids=lambda case: case.name)
def test_recorded(case: Path) -> None:
    found = recorded_capture(case)
    assert READER.accepts(found)
    assert plain(READER.read(found, KEYS)) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


def test_why_a_page_is_no_article() -> None:
    assert reason(PAGE) is None
    assert reason(PAGE, status=404) == "http_404"
    assert reason(PAGE, status=0) is None
    assert reason(PAGE, status=302, location="/login") == "redirect"
    assert reason(PAGE, media_type="application/pdf") == "not_html"
    assert reason("%PDF-1.7", media_type="application/octet-stream") == "not_html"
    assert reason(PAGE, media_type="application/octet-stream") is None
    assert reason("  \n") == "empty"
    assert reason("<html><body><p>Log in.</p></body></html>") == "no_text"
    assert (
        reason("<html><title>404 Not Found</title><body><h1>Not Found</h1><p>Try the search.</p></body></html>")
        == "gone"
    )
    assert reason("<html><body><p>该内容已被发布者删除，请看看别的内容吧，谢谢。</p></body></html>") == "gone"


def test_an_article_about_missing_pages_is_not_gone() -> None:
    assert reason(PAGE.replace("<title>Classes", "<title>Why we see 404 Not Found") * 2) is None


ABSENT = (
    ("页面不存在 - 港城新闻网", "<p>抱歉，您访问的页面不存在或已删除。</p><p>5秒后返回首页。</p>"),
    ("港城新闻网", "<h1>提示</h1><p>很抱歉，您要访问的页面不存在！</p><p>返回首页 联系我们</p>"),
    ("港城日报", "<p>文章已删除</p><p>您可以看看其他新闻，或者返回首页继续浏览。</p>"),
    ("港城日報", "<p>對不起，您訪問的頁面不存在。</p><p>請返回首頁繼續瀏覽其他新聞。</p>"),
    ("Page not found | Harbour Daily", "<h1>Oops!</h1><p>Try the search, or go back to the front page.</p>"),
    ("Harbour Daily", "<h1>Sorry</h1><p>Sorry, this article is no longer available. Try the search instead.</p>"),
    ("Harbour Daily", "<p>404</p><p>We looked for it in every drawer of the office, and in the boxes below.</p>"),
    ("404", "<p>We looked for it in every drawer of the office.</p>"),
    ("Harbour Daily", "<p>We can't find that page. It may have moved when the site was rebuilt last year.</p>"),
)
THERE = (
    (
        "渡轮笔记被删",
        "<p>该内容已被删除，港城办事处周一回应称，系统误判所致。办事处将恢复该笔记，并向乘客致歉。乘客纷纷留言。</p>",
    ),
    (
        "渡轮笔记被删，办事处道歉",
        "<p>该内容已被删除。港城办事处周一表示，这是系统误判所致，办事处将恢复该笔记，并向乘客致歉。乘客纷纷留言。</p>",
    ),
    (
        "404 chinese names given to visitors of the harbour",
        "<p>404 names were given to the visitors on Sunday. The harbour office counted them twice and was glad of each one.</p>",
    ),
    (
        "Timetable removed from the harbour",
        "<p>This page is no longer available, passengers told the harbour office on Monday. It came back later that day.</p>",
    ),
    (
        "Harbour page was down",
        "<p>Readers who asked for the timetable on Sunday were told that the page was not found, the harbour office said, and it apologised.</p>",
    ),
    (
        "Why we see 404 Not Found",
        "<p>The number was that of a room, an old story says, and the story is wrong, a historian of the harbour office said on Monday.</p>",
    ),
    (
        "港城办事处网页故障",
        "<p>周日，不少市民在查询渡轮时刻表时看到“页面不存在”的提示，办事处随后表示歉意，并称已经修复故障。</p>",
    ),
    (
        "“文章已删除”成了流行语",
        "<p>“文章已删除”，一位渡轮乘客这样回答朋友的问题，周围的人都笑了起来，这句话从此传遍港城。</p>",
    ),
    (
        "删帖之后",
        "<p>记者周一发现，港城办事处关于渡轮停航的文章已删除，办事处发言人说，新的文章将在周三之前重新发布。</p>",
    ),
)


@pytest.mark.parametrize(("title", "body"), ABSENT)
def test_a_page_that_says_there_is_none_is_gone(title: str, body: str) -> None:
    page = f"<html><head><title>{title}</title></head><body><nav><a href='/'>首页</a></nav>{body}</body></html>"
    reading = READER.read(capture(page, url=URL), KEYS)
    [rejection], [observation] = reading.rejections, reading.observations
    assert rejection.reason == "gone" and observation.state == "gone"
    assert rejection.document_id == observation.document_id == KEYS.page(URL)


@pytest.mark.parametrize(("title", "body"), THERE)
def test_a_short_report_on_missing_pages_is_not_gone(title: str, body: str) -> None:
    page = f"<html><head><title>{title} | Harbour Daily</title></head><body><h1>{title}</h1>{body}</body></html>"
    assert reason(page) is None


@pytest.mark.parametrize(
    ("known", "state", "evidence"),
    [
        ({"status": 304, "how": "http"}, "live", "304"),
        ({"status": 304, "how": "http", "problems": ("unconditional",)}, None, None),
        ({"status": 304, "how": "import"}, None, None),
        ({"status": 304, "how": "rendered"}, None, None),
        ({"status": 404}, "gone", "status 404"),
        ({"status": 410}, "gone", "status 410"),
        ({"status": 403}, "blocked", "status 403"),
        ({"status": 302, "location": "/"}, "unknown", "sent on to the front page (302)"),
        ({"status": 307, "location": "/"}, "unknown", "sent on to the front page (307)"),
        ({"status": 308, "location": "https://www.harbour-daily.example/"}, "gone", "sent on to the front page"),
        ({"status": 301, "location": "https://consent.elsewhere.example/"}, None, None),
        ({"status": 301, "location": "https://m.harbour-daily.example/"}, None, None),
        ({"status": 301, "location": "https://elsewhere.example/404.html"}, None, None),
        ({"status": 301, "location": "https://harbour-daily.example/index.html"}, "gone", "sent on to the front page"),
        ({"status": 302, "location": "/error/404.html"}, "gone", "sent on to 404.html"),
        ({"status": 302, "location": "/error-404/"}, "gone", "sent on to error-404"),
        ({"status": 302, "location": "/zh/page-not-found?from=a"}, "gone", "sent on to page-not-found"),
        ({"status": 302, "location": "/deleted"}, "gone", "sent on to deleted"),
        ({"status": 301, "location": "/error/404/@alice"}, None, None),
        ({"status": 301, "location": "/2025/01/15/deleted-tiktok-heres-how-to-get-it-back"}, None, None),
        ({"status": 301, "location": "/tech/removed-app-returns"}, None, None),
        ({"status": 301, "location": "/news/404-chinese-names-given"}, None, None),
        ({"status": 301, "location": "/story/not-found-a-home-refugees"}, None, None),
        ({"status": 301, "location": "/tag/removed.html"}, None, None),
        ({"status": 301, "location": "/tag/deleted/"}, None, None),
        (
            {"status": 302, "location": "/login?next=%2F2025"},
            "blocked",
            "login: sent on to harbour-daily.example/login",
        ),
        ({"status": 302, "location": "/login/@alice"}, "blocked", "login: sent on to harbour-daily.example/login"),
        ({"status": 301, "location": "/2025/01/16/classes-again.html"}, None, None),
        ({"status": 301, "location": "https://[broken"}, None, None),
        ({"status": 429}, None, None),
        ({"status": 503}, None, None),
    ],
)
def test_what_an_answer_without_a_page_tells_of_the_document(
    known: dict[str, object], state: str | None, evidence: str | None
) -> None:
    reading = READER.read(capture(PAGE, url=URL, **known), KEYS)
    [rejection] = reading.rejections
    assert [(one.state, one.evidence) for one in reading.observations] == ([(state, evidence)] if state else [])
    assert rejection.document_id == (KEYS.page(URL) if state else None)


def test_flags_tell_what_is_doubtful() -> None:
    def flags(body: bytes | str, **known: object) -> tuple[str, ...]:
        return READER.read(capture(body, **{"url": URL, **known}), KEYS).documents[0].flags

    assert flags(PAGE) == ()
    assert flags(PAGE, problems=("payload_incomplete",)) == ("payload_incomplete",)
    assert flags(PAGE, url="urn:huanying:file:a.html") == ("no_time",)
    assert "charset_replaced" in flags(PAGE.encode() + b"<p>\xff</p>", charset="utf-8")
    assert "parse_truncated" in flags(f"<html><body>{'<div>' * 5000}{PARAGRAPH}")
    hint = Finding("feed", title="From the feed", published_raw="2025-01-15")
    bare = f"<html><body>{PARAGRAPH}</body></html>"
    assert flags(bare, url="https://a.example/b", finding=hint) == ("date_from_listing", "title_from_listing")


def test_the_deepest_nesting_keeps_its_text() -> None:
    reading = READER.read(capture(f"<body>{'<div>' * 100_000}{PARAGRAPH * 2}", url=URL), KEYS)
    assert reading.documents[0].text.startswith("The evening classes")


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda text: (PARAGRAPH + text + PARAGRAPH).encode("utf-16", "surrogatepass")),
    )
)
def test_any_bytes_are_accounted_for(body: bytes) -> None:
    reason(body)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div>",
                "<a href=x>",
                "</a>",
                "<td>",
                "<script>",
                "<!--",
                "]]>",
                "&#xD800;",
                "\x00",
                "<br>",
                SENTENCES,
                "记者张",
                "（",
                "2025-13-45",
            ]
        ),
        max_size=40,
    )
)
def test_any_markup_is_accounted_for(parts: list[str]) -> None:
    reason("".join(parts))


def test_malformed_pages_of_others(shared: Path) -> None:
    """Inputs written to break parsers of HTML and feeds."""
    inputs: list[str] = []
    for path in sorted((shared / "data/cases/html5").rglob("*.test"))[::2]:
        for tests in json.loads(path.read_bytes()).values():
            inputs += [
                test["input"] for test in tests if isinstance(test, dict) and isinstance(test.get("input"), str)
            ][::20]
    feeds = [path.read_bytes() for path in sorted((shared / "data/cases/feeds").rglob("*.xml"))[::10]]
    assert inputs and feeds
    for text in inputs:
        reason(text.encode("utf-8", "surrogatepass"))
    for body in feeds:
        reason(body)
