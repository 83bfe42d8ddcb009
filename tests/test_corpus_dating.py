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
        ("January 16, 2025 4:12 PM GMT+8", "2025-01-16T08:12:00", "minute", False),
        ("2025-01-16 16:12 UTC+0530", "2025-01-16T10:42:00", "minute", False),
        ("Thursday 16th of January 2025", "2025-01-15T16:00:00", "day", True),
        ("二〇二五年一月十六日", "2025-01-15T16:00:00", "day", True),
        ("二○二五年十二月三十一日", "2025-12-30T16:00:00", "day", True),
        ("一九九九年十月二十日", "1999-10-19T16:00:00", "day", True),
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


@pytest.mark.parametrize(
    "lines",
    [
        ["更新时间：2025-01-18 10:00　发布时间：2025-01-15 09:00"],
        ["发布时间：2025-01-15 09:00　更新时间：2025-01-18 10:00"],
        ["Last updated: Jan 18, 2025 10:00", "First published: Jan 15, 2025 09:00"],
        ["Jan 15, 2025 09:00, updated Jan 18, 2025 10:00"],
    ],
)
def test_published_goes_before_updated(lines: list[str]) -> None:
    found = date_of("", "<p>The title</p>" + "".join(f"<p>{line}</p>" for line in lines))
    assert found and found.at and found.at.day == 15
    [only] = [date_of("", "<p>The title</p><p>更新时间：2025-01-18 10:00</p>")]
    assert only and only.at and only.at.day == 18


def test_dates_of_other_things_are_not_taken() -> None:
    story = "<p>The title</p><p>01-15 09:30</p>" + "<p>A line.</p>" * 20
    assert date_of("", f"{story}<p>An old story 2023-02-03</p><p>Site last built 2019-05-06</p>", end=21) is None
    short = "<p>The title</p><p>01-15 09:30</p><p>A line.</p><p>An old story 2023-02-03</p>"
    assert date_of("", short, end=2) is None
    below = date_of("", f"{story}<p>An old story 2023-02-03</p><p>Published: 2025-01-15</p>", end=21)
    assert below and below.at and below.at.year == 2025
    signed = date_of("", f"{story}<p>2025-01-15</p>", end=21)
    assert signed and signed.at and signed.at.year == 2025
    for sentence in (
        "The law was signed on April 24, 2024 and it holds.",
        "2024年4月24日，港城通过了这项法案，次日生效。",
    ):
        assert date_of("", f"<p>The title</p><p>{sentence}</p>") is None
    assert date_of("", url="https://a.example/news/kind-week-20240424-law") is None


@pytest.mark.parametrize("line", ["海湾社港城2025年1月16日电 夜校又来了新同学。", "港城市外事办公室 2025年1月16日。"])
def test_datelines_and_dates_at_the_end_stand(line: str) -> None:
    found = date_of("", f"<p>The title</p><p>{line}</p>")
    assert found and found.at and found.at.day == 16


def test_no_page_is_of_years_to_come() -> None:
    assert date_of("<script>var ct = '9999999999';</script>") is None


@given(st.text(max_size=80), st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]))
def test_any_text_is_no_accident(text: str, zone: str) -> None:
    found = parse_date(text, zone)
    assert found is None or found.raw in text


@given(st.datetimes(datetime(1995, 1, 1), datetime(2089, 1, 1)))
def test_what_is_written_is_read(moment: datetime) -> None:
    found = parse_date(moment.strftime("%Y年%m月%d日 %H:%M:%S"), "Asia/Shanghai")
    assert found and found.at and found.at.replace(tzinfo=None) == moment.replace(microsecond=0)
