"""News: what listings name is asked for where the study wants it, what pages link to where the outlet's file says so."""

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.listings import Listed
from corpus.records import Capture
from corpus.study import About, Queries, StudyFile, Window
from spiders.window import Wanted, span_of
from tests.crawled import captures, crawl, write_study
from tests.served import Answer, Served, page, serve

SITE = "http://harbour.example"


def _item(
    path: str, title: str = "RedNote guests", day: str = "Tue, 14 Jan 2025 08:00:00 GMT", host: str = SITE
) -> str:
    return f"<item><title>{title}</title><link>{host}{path}</link><pubDate>{day}</pubDate></item>"


RSS = (
    "<rss><channel>"
    + _item("/story/feed?utm_source=rss")
    + _item("/story/early", day="Thu, 09 Jan 2025 15:59:59 +0800")
    + _item("/story/first", day="Fri, 10 Jan 2025 00:00:00 +0800")
    + _item("/story/late", day="Tue, 11 Feb 2025 00:00:01 +0800")
    + _item("/story/cats", title="All about cats")
    + _item("/story/chinese", title="大家都在小红书")
    + _item("/video/1")
    + _item("/story/else", host="http://elsewhere.example")
    + "<item><title>RedNote, without an address</title></item>"
    + "</channel></rss>"
)
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>rednote atom</title><link href="/story/atom"/>'
    "<published>2025-01-15T00:00:00Z</published></entry></feed>"
)


def _index(path: str, lastmod: str = "") -> str:
    return f"<sitemapindex><sitemap><loc>{SITE}{path}</loc>{lastmod}</sitemap></sitemapindex>"


NEWS_SITEMAP = (
    '<urlset xmlns:news="n"><url>'
    f"<loc>{SITE}/story/sitemap</loc><news:news><news:publication_date>2025-01-20</news:publication_date>"
    "<news:title>RedNote in a sitemap</news:title></news:news></url>"
    f"<url><loc>{SITE}/story/untitled</loc></url>"
    f"<url><loc>{SITE}/story/stale</loc><lastmod>2024-12-01</lastmod></url></urlset>"
)


def answers() -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {
        ("*", "/robots.txt"): Answer("User-agent: *\nDisallow: /private", media="text/plain"),
        ("*", "/rss"): Answer(RSS, media="application/rss+xml"),
        ("*", "/atom"): Answer(ATOM, media="application/atom+xml"),
        ("*", "/broken"): Answer("<html>not found, but 200</html>"),
        ("*", "/index.xml"): Answer(
            f"<sitemapindex><sitemap><loc>{SITE}/news.xml.gz</loc></sitemap>"
            f"<sitemap><loc>{SITE}/old.xml</loc><lastmod>2023-05-01</lastmod></sitemap>"
            f"<sitemap><loc>{SITE}/deep1.xml</loc></sitemap></sitemapindex>"
        ),
        ("*", "/news.xml.gz"): Answer(gzip.compress(NEWS_SITEMAP.encode()), media="application/gzip"),
        ("*", "/"): Answer(
            page("Front", "/story/linked", "/archive/1", "/about", "http://elsewhere.example/story/x", "mailto:a@b")
        ),
        ("*", "/archive/1"): Answer(page("Archive 1", "/story/archived", "/archive/2")),
        ("*", "/archive/2"): Answer(page("Archive 2", "/story/deeper", "/archive/3")),
        ("*", "/archive/3"): Answer(page("Archive 3", "/story/too-deep")),
        ("*", "/story/feed"): Answer(page("A story", "/story/related", "/about", "/private/story/x")),
        ("*", "*"): Answer(page("A story", text="invented")),
    }
    for level in range(1, 8):
        found["*", f"/deep{level}.xml"] = Answer(_index(f"/deep{level + 1}.xml"))
    return found


OUTLET = f"""
feeds = ["{SITE}/rss", "{SITE}/atom", "{SITE}/broken"]
sitemaps = ["{SITE}/index.xml"]
fronts = ["{SITE}/"]
article = ["/story/"]
follow = ["/archive/"]
expect = {{ listed = 50, pages = 5 }}
"""


@dataclass
class Crawled:
    folder: Path
    result: dict[str, Any]
    captures: list[Capture]
    served: Served

    @property
    def source(self) -> dict[str, Any]:
        source: dict[str, Any] = self.result["sources"][0]
        return source


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    os.environ["HUANYING_KEYS"] = str(tmp_path_factory.mktemp("module-keys"))
    folder = tmp_path_factory.mktemp("news")
    with serve(answers()) as served:
        write_study(folder, served.place, {"harbour": OUTLET}, budget="depth = 3")
        result = crawl(folder)
        yield Crawled(folder, result, captures(folder), served)


def test_what_is_wanted_is_asked_for_and_nothing_else(crawled: Crawled) -> None:
    stories = {path for path in crawled.served.paths() if path.startswith("/story/")}
    assert stories == {
        *("/story/feed?utm_source=rss", "/story/first", "/story/chinese", "/story/atom"),
        *("/story/sitemap", "/story/untitled", "/story/linked", "/story/archived", "/story/deeper", "/story/related"),
    }
    assert not {"/about", "/archive/4", "/old.xml", "/private/story/x", "/video/1"} & set(crawled.served.paths())
    assert {seen.host for seen in crawled.served.requests()} == {"harbour.example"}


def test_each_page_is_asked_for_once(crawled: Crawled) -> None:
    paths = crawled.served.paths()
    assert len(paths) == len(set(paths))


def test_what_is_skipped_is_counted_with_its_reason(crawled: Crawled) -> None:
    assert crawled.source["skipped"] == {
        "after_window": 1,
        "before_window": 3,
        "budget_depth": 1,
        "nested_too_deep": 1,
        "no_query_in_title": 1,
        "not_an_article": 1,
        "other_host": 1,
    }
    assert crawled.source["faults"] == {"entries_without_address": 1, "not_a_listing": 1}
    assert crawled.source["refused"] == {"robots": 1}


def test_sitemap_indexes_nest_five_times_and_no_more(crawled: Crawled) -> None:
    deep = sorted(path for path in crawled.served.paths() if path.startswith("/deep"))
    assert deep == [f"/deep{level}.xml" for level in range(1, 6)]


def test_hints_are_kept_with_the_capture(crawled: Crawled) -> None:
    by_path = {capture.url.removeprefix(SITE).partition("?")[0]: capture for capture in crawled.captures}
    feed = by_path["/story/feed"].finding
    assert (feed.found_by, feed.value, feed.title) == ("feed", f"{SITE}/rss", "RedNote guests")
    assert feed.published_raw == "Tue, 14 Jan 2025 08:00:00 GMT"
    sitemap = by_path["/story/sitemap"].finding
    assert (sitemap.found_by, sitemap.title, sitemap.published_raw) == ("sitemap", "RedNote in a sitemap", "2025-01-20")
    assert by_path["/story/linked"].finding.found_by == "link"
    assert by_path["/"].finding.found_by == "seed"
    formats = {path: capture.format for path, capture in by_path.items()}
    assert (formats["/robots.txt"], formats["/rss"], formats["/index.xml"], formats["/news.xml.gz"]) == (
        "robots",
        "feed",
        "feed",
        "feed",
    )
    assert (formats["/"], formats["/story/atom"]) == ("front", "page")
    assert {capture.source_id for capture in crawled.captures} == {"harbour"}


def test_too_little_fails_loudly(crawled: Crawled) -> None:
    assert crawled.result["expect_failures"] == [f"harbour: listed {crawled.source['listed']}, expected at least 50"]
    assert crawled.result["exit_code"] == 6


def test_we_say_who_we_are(crawled: Crawled) -> None:
    for seen in crawled.served.requests():
        assert seen.headers["user-agent"].startswith("Huanying/")
        assert "(+https://study.example/contact; An invented study)" in seen.headers["user-agent"]
        assert not {"cookie", "referer", "authorization"} & set(seen.headers)
        assert seen.headers["accept-encoding"] == "gzip, deflate, br"


FILE = StudyFile(
    study=About(id="s", title="t", purpose="p", contact="mailto:a@study.example", legal_basis="l"),
    window=Window(start=date(2025, 1, 10), end=date(2025, 2, 10)),
    queries=Queries(zh=("小红书",), en=("RedNote", "TikTok refugee")),
)


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        ("Tue, 14 Jan 2025 08:00:00 GMT", None),
        ("Thu, 09 Jan 2025 15:59:59 GMT", "before_window"),
        ("Thu, 09 Jan 2025 16:00:00 GMT", None),
        ("2025-02-10T23:59:59+08:00", None),
        ("2025-02-10T16:00:01Z", "after_window"),
        ("2025-02-10 16:00:01.25 +0000", "after_window"),
        ("2025-02-11", None),  # a day of nobody knows which zone
        ("2025-02-13", "after_window"),
        ("2025-01", None),
        ("2024-12", "before_window"),
        ("2025", None),
        ("2023", "before_window"),
        ("2025-12-05", "after_window"),
        ("2025-13-45", None),
        ("gestern", None),
        ("", None),
        ("Tue, 14 Jan 2025", None),
        ("Tue, 99 Xyz 2025 99:99:99", None),
    ],
)
def test_window(raw: str, refusal: str | None) -> None:
    assert Wanted(FILE).refusal(Listed("http://h.example/", published_raw=raw), "America/New_York") == refusal


def test_a_page_that_last_changed_before_the_window_was_published_before() -> None:
    assert Wanted(FILE).refusal(Listed("http://h.example/", modified_raw="2024-01-01"), "UTC") == "before_window"
    assert Wanted(FILE).refusal(Listed("http://h.example/", modified_raw="2026-01-01"), "UTC") is None


@pytest.mark.parametrize(
    ("title", "selected"),
    [
        ("Why REDNOTE is full", True),
        ("ＲｅｄＮｏｔｅ guests", True),
        ("TikTok refugees arrive", True),
        ("TikTok  Refugee diaries", True),
        ("Predrednote", False),
        ("大家在小红书上", True),
        ("Cats", False),
    ],
)
def test_queries(title: str, selected: bool) -> None:
    refusal = Wanted(FILE).refusal(Listed("http://h.example/", title), "UTC")
    assert refusal == (None if selected else "no_query_in_title")


def test_all_or_no_queries_select_every_page() -> None:
    every = FILE.model_copy(update={"queries": Queries(zh=("小红书",), select="all")})
    assert Wanted(every).selects("Cats")
    assert Wanted(FILE.model_copy(update={"queries": Queries()})).selects("Cats")


@given(st.text(alphabet="0123456789-:TZ+ .GMTaJn,", max_size=30))
def test_no_date_is_too_odd(raw: str) -> None:
    span = span_of(raw, "Asia/Shanghai")
    assert span is None or span[0] <= span[1]
