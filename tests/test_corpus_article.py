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
