"""Dates are taken as printed, with zone and precision, and never guessed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from corpus.pages.dating import Dated, find_date, parse_date
from corpus.pages.pagedata import page_data


@pytest.mark.parametrize(
    ("text", "moment", "precision", "assumed"),
    [
        ("2025-01-16T08:30:00-05:00", "2025-01-16T13:30:00", "second", False),
        ("2025-01-16T08:30:00.123Z", "2025-01-16T08:30:00", "second", False),
        ("2025年1月16日 09:05", "2025-01-16T01:05:00", "minute", True),
        ("2025年01月16日09时05分", "2025-01-16T01:05:00", "minute", True),
        ("发布时间：2025/1/16", "2025-01-15T16:00:00", "day", True),
        ("2025-01-16 下午 3:05", "2025-01-16T07:05:00", "minute", True),
        ("民國114年1月16日", "2025-01-15T16:00:00", "day", True),
        ("Thu, 16 Jan 2025 13:30:00 GMT", "2025-01-16T13:30:00", "second", False),
        ("January 16, 2025 at 3:05 PM EST", "2025-01-16T20:05:00", "minute", False),
        ("16th January 2025", "2025-01-15T16:00:00", "day", True),
        ("16. Januar 2025", "2025-01-15T16:00:00", "day", True),
        ("le 16 janvier 2025 à 09:05", "2025-01-16T01:05:00", "minute", True),
        ("16.01.2025", "2025-01-15T16:00:00", "day", True),
        ("01/16/2025", "2025-01-15T16:00:00", "day", True),
    ],
)
def test_forms(text: str, moment: str, precision: str, assumed: bool) -> None:
    found = parse_date(text, "Asia/Shanghai")
    assert found and found.at
    assert found.at.astimezone(UTC).replace(tzinfo=None).isoformat() == moment
    assert (found.precision, found.zone_assumed is not None) == (precision, assumed)


@pytest.mark.parametrize(
    "text", ["05/06/2025", "2025-13-45", "2025-02-30", "12:30", "no date", "2025", "call 2025-0116-77"]
)
def test_what_is_no_date_or_may_be_two(text: str) -> None:
    assert parse_date(text, "UTC") is None


@pytest.mark.parametrize("text", ["3小时前", "昨天 22:27", "2 hours ago", "yesterday", "刚刚"])
def test_relative_times_are_kept_as_printed_and_never_guessed(text: str) -> None:
    found = parse_date(text, "UTC")
    assert found and found.at is None and found.precision is None
    assert found.raw in text


def date_of(head: str, body: str = "", url: str | None = None, **known: object) -> Dated | None:
    tree = document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")
    lines = [line for line in body.replace("<p>", "").split("</p>") if line]
    return find_date(tree, page_data(tree), url, lines, "The title", "UTC", **known)  # type: ignore[arg-type]


def test_layers_in_order() -> None:
    ld = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2025-01-16T08:30:00Z"}</script>'
    meta = '<meta property="article:published_time" content="2025-01-15T08:30:00Z">'
    script = "<script>var ct = '1736985900';</script>"
    body = "<p>2025-01-01</p><p>The title</p><p>2025-01-13 10:00</p>"
    url = "https://a.example/2025/01/12/b.html"
    expected = [("json-ld", 16), ("meta", 15), ("script", 16), ("text", 13), ("address", 12)]
    for layers, (found_in, day) in enumerate(expected):
        head = "".join([ld, meta, script][layers:])
        found = date_of(head, body if layers < 4 else "", url)
        assert found and found.at and (found.found, found.at.day) == (found_in, day)


def test_a_day_is_made_exact_by_a_later_layer_of_the_same_day() -> None:
    found = date_of('<meta name="pubdate" content="20250113">', "<p>The title</p><p>2025-01-13 10:00</p>")
    assert found and (found.precision, found.raw) == ("minute", "2025-01-13 10:00")
    other = date_of('<meta name="pubdate" content="20250114">', "<p>The title</p><p>2025-01-13 10:00</p>")
    assert other and (other.precision, other.raw) == ("day", "20250114")


def test_no_page_is_of_the_future_or_older_than_the_web() -> None:
    latest = datetime(2025, 1, 20, tzinfo=UTC)
    assert (
        date_of('<meta name="pubdate" content="2031-01-01"><meta name="date" content="1970-01-01">', latest=latest)
        is None
    )


@given(st.text(max_size=80), st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]))
def test_any_text_is_no_accident(text: str, zone: str) -> None:
    found = parse_date(text, zone)
    assert found is None or found.raw in text


@given(st.datetimes(datetime(1995, 1, 1), datetime(2089, 1, 1)))
def test_what_is_written_is_read(moment: datetime) -> None:
    found = parse_date(moment.strftime("%Y年%m月%d日 %H:%M:%S"), "Asia/Shanghai")
    assert found and found.at and found.at.replace(tzinfo=None) == moment.replace(microsecond=0)
