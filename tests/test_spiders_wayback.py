"""The years behind, from a Wayback machine: from its index and its archived listings to documents of the outlets."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.build import build
from corpus.mementos import memento_of, stamp_of, unfold
from corpus.records import Capture, Finding, Permission
from corpus.study import load_study
from spiders import cdx
from tests.archives import Page, WaybackServer
from tests.captured import capture
from tests.crawled import ROOT, captures, crawl, write_study
from tests.served import Answer, Seen, Served, page, serve

SITE = "https://harbour.example"
TEXT = "Visitors and hosts on the app told each other about cats, rent and grammar until late in the evening. " * 4
FEED = """<?xml version="1.0"?><rss><channel><title>Harbour</title>
<item><title>RedNote greets its visitors</title><link>https://harbour.example/news/titled</link>
<pubDate>Wed, 15 Jan 2025 08:00:00 GMT</pubDate></item>
<item><title>Ferry timetable</title><link>https://harbour.example/news/ferry</link></item>
<item><title>RedNote before its time</title><link>https://harbour.example/news/early</link>
<pubDate>Wed, 01 Jan 2020 08:00:00 GMT</pubDate></item>
<item><title>RedNote, never kept</title><link>https://harbour.example/news/lost</link></item>
<item><title>RedNote elsewhere</title><link>https://other.example/news/1</link></item>
</channel></rss>"""
INDEX = (
    "<sitemapindex><sitemap><loc>https://harbour.example/map-1.xml</loc></sitemap>"
    "<sitemap><loc>https://harbour.example/map-old.xml</loc><lastmod>2019-01-01</lastmod></sitemap></sitemapindex>"
)
MAP = "<urlset><url><loc>https://harbour.example/news/mapped</loc><lastmod>2025-01-16</lastmod></url></urlset>"
OUTLET = (
    'feeds = ["https://harbour.example/feed.xml"]\nsitemaps = ["https://harbour.example/sitemap.xml"]\n'
    'fronts = ["https://harbour.example/"]\narticle = ["/news/"]'
)
RIVER = 'article = ["/story/"]'
ARCHIVE = 'kind = "archive"\nfronts = ["http://wayback.example/cdx/search/cdx"]'


def article(title: str) -> str:
    return page(title, "/news/linked-from-an-article", text=f"{title}. {TEXT}")


def kept() -> list[Page]:
    xml = "application/xml"
    return [
        Page("20250115090000", f"{SITE}/feed.xml", FEED, xml),
        Page("20250115110000", f"{SITE}/feed.xml", FEED, xml),  # too soon after
        Page("20250116090000", f"{SITE}/feed.xml", FEED, xml),  # the same bytes
        Page("20250301090000", f"{SITE}/feed.xml", FEED.replace("titled", "of-march"), xml),
        Page("20250115090000", f"{SITE}/sitemap.xml", INDEX, xml),
        Page("20250117000000", f"{SITE}/map-1.xml", MAP, xml),
        Page("20250115120000", f"{SITE}/", page("front", "/news/fronted", "/about", "/news/ferry")),
        Page("20250112100000", f"{SITE}/news/titled", article("titled, earlier")),
        Page("20250115100000", f"{SITE}/news/titled", article("titled")),
        Page("20250120100000", f"{SITE}/news/titled", article("titled, later")),
        Page("20250115100000", f"{SITE}/news/ferry", article("ferry")),
        Page("20250117100000", f"{SITE}/news/mapped", article("mapped")),
        Page("20250115130000", f"{SITE}/news/fronted", article("fronted")),
        Page("20250115130000", f"{SITE}/news/2023/05/01/dated", article("dated")),
        Page("20250115130000", f"{SITE}/news/error", "no", status="500"),
        Page("20250115130000", f"{SITE}/news/script.js", "no", "text/javascript"),
        Page("20250115130000", f"{SITE}/about", article("about")),
        Page("20250115130000", "http://www.harbour.example:80/news/www", article("another host")),
        Page("20250118130000", f"{SITE}/news/moved", "moved", location=f"{SITE}/news/moved-here"),
        Page("20250119130000", f"{SITE}/news/moved-here", article("moved here")),
        Page("20250118130000", f"{SITE}/news/away", "away", location="https://other.example/news/2"),
        Page("20250118130000", "https://other.example/news/2", article("other")),
        Page("20241201000000", "http://river.example/story/1?b=2&a=%E4%BD%A0", article("river one")),
        Page("20250121000000", "http://river.example/story/1?b=2&a=%E4%BD%A0", article("river one"), status="-"),
        Page("20250122000000", "https://river.example/story/2", article("river two")),
        Page("20250220000000", "https://river.example/story/3", article("river three")),
    ]


WANTED = {
    ("harbour", f"{SITE}/news/titled"),
    ("harbour", f"{SITE}/news/mapped"),
    ("harbour", f"{SITE}/news/fronted"),
    ("harbour", f"{SITE}/news/moved-here"),
    ("river", "https://river.example/story/1?a=%E4%BD%A0&b=2"),
    ("river", "https://river.example/story/2"),
}


def make(folder: Path, served: Served, server: WaybackServer, **more: Any) -> Path:
    served.on("wayback.example", "*", server.answer)
    return write_study(folder, served.place, {"harbour": OUTLET, "river": RIVER, "wayback": ARCHIVE}, **more)


def documents(folder: Path) -> list[dict[str, Any]]:
    snapshot = build(load_study(folder), workers=1).snapshot
    return list(snapshot.table("documents").to_pylist())


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any], WaybackServer]]:
    with pytest.MonkeyPatch.context() as patch, serve() as served:
        patch.setenv("HUANYING_KEYS", str(tmp_path_factory.mktemp("keys")))
        server = WaybackServer(kept())
        folder = make(tmp_path_factory.mktemp("wayback"), served, server)
        yield folder, crawl(folder, "wayback"), server


def test_from_query_to_documents(crawled: tuple[Path, dict[str, Any], WaybackServer]) -> None:
    folder, result, _ = crawled
    found = documents(folder)
    assert {(one["source_id"], one["url"]) for one in found} == WANTED, result["log"][-3000:]
    assert all(one["kind"] == "article" and "Visitors and hosts" in one["text"] for one in found)
    (titled,) = (one for one in found if one["url"].endswith("/titled"))
    assert titled["published_at"].astimezone(UTC) == datetime(2025, 1, 15, 8, tzinfo=UTC)
    assert "titled, " not in titled["text"], "the capture nearest to the listing, and that alone"


def test_captures_tell_the_page_and_its_day(crawled: tuple[Path, dict[str, Any], WaybackServer]) -> None:
    folder, _, _ = crawled
    (titled,) = (
        one for one in captures(folder) if "id_/" in one.url and one.url.endswith("titled") and one.status == 200
    )
    assert titled.source_id == "harbour"
    assert titled.url == f"http://wayback.example/web/20250115100000id_/{SITE}/news/titled"
    assert (titled.finding.found_by, titled.finding.value) == ("archive", "wayback")
    assert titled.finding.title == "RedNote greets its visitors"
    unfolded = unfold(titled)
    assert isinstance(unfolded, Capture) and unfolded.id == titled.id
    assert unfolded.url == f"{SITE}/news/titled"
    assert unfolded.finding.collected_at == datetime(2025, 1, 15, 10, tzinfo=UTC)
    assert unfolded.fetched_at == titled.fetched_at
    snapshot = build(load_study(folder), workers=1).snapshot
    row = next(one for one in snapshot.table("captures").to_pylist() if one["id"] == titled.id)
    assert row["original_url"] == f"{SITE}/news/titled"
    assert row["collected_at"].astimezone(UTC) == datetime(2025, 1, 15, 10, tzinfo=UTC)


def test_each_skip_is_counted_with_its_reason(crawled: tuple[Path, dict[str, Any], WaybackServer]) -> None:
    _, result, _ = crawled
    assert [one["source_id"] for one in result["sources"]] == ["wayback"]
    counts = result["sources"][0]
    assert counts["skipped"] == {
        "before_window": 3,  # in the feed, in the sitemap index, by its address
        "no_query_in_title": 1,
        "not_an_article": 2,  # the front page is none either
        "other_host": 2,
    }
    assert counts["gone"] == 1, "listed, never kept"
    assert counts["refused"] == {"redirect_to_other_host": 1}
    assert counts["failed"] == {} and counts["faults"] == {} and counts["requeued"] == 0
    assert counts["listed"] >= 13


def test_only_what_may_show_something_new_is_asked_for(
    crawled: tuple[Path, dict[str, Any], WaybackServer],
) -> None:
    _, _, server = crawled
    assert len(server.asked) == len(set(server.asked))
    assert sum(path.endswith("id_/https://harbour.example/feed.xml") for path in server.asked) == 1
    assert not any("ferry" in path or "of-march" in path or "map-old" in path for path in server.asked)
    assert not any(
        "linked-from" in path or "20250120100000" in path or "20250112100000" in path for path in server.asked
    )
    questions = [path for path in server.asked if path.startswith("/cdx/")]
    assert all("from=20250109160000" in path for path in questions), "the study's days are those of Shanghai"
    assert sum("resumeKey" in path for path in questions) >= 2


@pytest.mark.parametrize("encoded", [True, False])
def test_every_page_of_an_index_is_read(tmp_path: Path, encoded: bool) -> None:
    pages = [Page(f"202501150000{n:02}", f"https://river.example/story/{n}", article(str(n))) for n in range(10)]
    with serve() as served:
        server = WaybackServer(pages, encoded=encoded)
        folder = make(tmp_path, served, server)
        result = crawl(folder, "wayback")
        assert result["sources"][0]["pages"] == 10, result["log"][-2000:]
        assert result["exit_code"] == 0
        again = crawl(folder, "wayback")
        assert again["sources"][0]["pages"] == 0, "one capture of an article, also in the next run"


def asked_for(folder: Path) -> set[str]:
    """Addresses captured, of archived pages their own: a listing and the index may name one page at two moments, and
    which of them is read first is the network's doing."""
    return {memento.url if (memento := memento_of(one.url)) else one.url for one in captures(folder)}


def test_killed_once_and_resumed_it_ends_the_same(
    crawled: tuple[Path, dict[str, Any], WaybackServer], tmp_path: Path
) -> None:
    with serve() as served:
        for number, fault in enumerate(("answered:6", "after-commit:3", "answered:10")):
            folder = make(tmp_path / str(number), served, WaybackServer(kept()))
            command = [sys.executable, "-W", "error", "-m", "tests.crawler", str(folder), fault, "wayback"]
            killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            result = crawl(folder, "wayback")
            assert result["sources"][0]["requeued"] == 0
            assert {(one["source_id"], one["url"]) for one in documents(folder)} == WANTED
            assert asked_for(folder) == asked_for(crawled[0])


def test_robots_of_the_archive_decide(tmp_path: Path) -> None:
    with serve() as served:
        server = WaybackServer(kept(), robots=Answer("User-agent: *\nDisallow: /web/\n", media="text/plain"))
        result = crawl(make(tmp_path / "some", served, server), "wayback")
        assert server.asked and all(path.startswith("/cdx/") for path in server.asked)
        assert set(result["sources"][0]["refused"]) == {"robots"}
        assert result["sources"][0]["forbidden"] == {"wayback.example": "line 2: Disallow: /web/"}
        assert "huanying import" in result["advice"][0] and "Disallow: /web/" in result["advice"][0]
        server = WaybackServer(kept(), robots=Answer("busy", 503))
        assert crawl(make(tmp_path / "all", served, server), "wayback")["exit_code"] != 0
        assert not server.asked


def test_live_and_archived_are_one_document(tmp_path: Path) -> None:
    with serve() as served:
        body = article("titled")
        feed = FEED.replace("https://harbour.example", "http://harbour.example")
        for path, answer in (("/feed.xml", Answer(feed, media="application/xml")), ("/news/titled", Answer(body))):
            served.on("harbour.example", path, answer)
        outlet = OUTLET.replace("https://harbour.example", "http://harbour.example")
        pages = [Page("20250115100000", f"{SITE}/news/titled", body)]
        served.on("wayback.example", "*", WaybackServer(pages).answer)
        folder = write_study(tmp_path, served.place, {"harbour": outlet, "wayback": ARCHIVE})
        crawl(folder)
        (found,) = documents(folder)
        assert found["url"] == f"{SITE}/news/titled"
        of_it = [one for one in captures(folder) if one.url.endswith("/news/titled") and one.status == 200]
        assert {one.url.startswith("http://wayback.example/web/") for one in of_it} == {True, False}
        assert {one.source_id for one in of_it} == {"harbour"}


def test_a_pause_that_the_archive_asks_for_is_kept_and_a_broken_answer_is_told(tmp_path: Path) -> None:
    pages = [Page("20250115100000", "https://river.example/story/1", article("one"))]
    server = WaybackServer(pages)
    turns = iter([Answer("slow down", 429, headers=[("Retry-After", "1")]), Answer('[["timestamp","original"', 200)])

    def answer(seen: Seen) -> Answer:
        broken = next(turns, None) if "river.example" in seen.path and "/cdx/" in seen.path else None
        return broken or server.answer(seen)

    with serve({("wayback.example", "*"): answer}) as served:
        folder = write_study(tmp_path, served.place, {"river": RIVER, "wayback": ARCHIVE})
        first = crawl(folder, "wayback")
        assert first["sources"][0]["failed"] == {"not_json": 1}
        assert first["sources"][0]["faults"] == {"not_json: syntax": 1}
        asked = served.requests("wayback.example")
        assert asked[2].at - asked[1].at >= 0.95
        assert crawl(folder, "wayback")["sources"][0]["pages"] == 1


def test_what_an_index_names_beside_the_study_s_own_is_skipped_and_the_rest_is_asked_for(tmp_path: Path) -> None:
    rows = [
        ["20250115100000", "https://[river.example/story/0", "text/html", "200", "D0"],
        ["20250115100000", "https://exa\u2100mple.com/story/0", "text/html", "200", "D0"],
        ["20250115100000", "https://river.example/story/0", "text/html", "alice@mail.example", "D0"],
        ["20250115100000", "https://river.example/story/1", "text/html", "200", "D1"],
    ]
    feeds = [
        ["20250115090000", "https://other.example/feed.xml", "text/xml", "200", "D2"],
        ["20250115100000", "https://harbour.example/feed.xml", "text/xml", "200", "D3"],
    ]
    server = WaybackServer([Page("20250115100000", "https://river.example/story/1", article("one"))])

    def answer(seen: Seen) -> Answer:
        if "/cdx/" not in seen.path:
            return server.answer(seen)
        told = rows if "url=river.example" in seen.path else feeds if "feed.xml" in seen.path else []
        return Answer(json.dumps([["timestamp", "original", "mimetype", "statuscode", "digest"], *told]))

    with serve({("wayback.example", "*"): answer}) as served:
        served.on("wayback.example", "/robots.txt", server.robots)
        folder = write_study(tmp_path, served.place, {"harbour": OUTLET, "river": RIVER, "wayback": ARCHIVE})
        counts = crawl(folder, "wayback")["sources"][0]
    assert counts["pages"] == 1
    assert counts["skipped"] == {"other_host": 3, "http_other": 1}
    raw = [path for path in server.asked if path.startswith("/web/")]
    assert sorted(path.rpartition("id_/")[2] for path in raw) == [
        "https://harbour.example/feed.xml",
        "https://river.example/story/1",
    ]


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("/web/20250115100000/https://river.example/story/1", "redirect_to_other_host"),
        ("/about/welcome", "redirect_to_other_host"),
        ("/web/20190501000000id_/https://river.example/story/1", "far_from_window"),
        ("/web/20250301000000id_/https://river.example/story/1", "far_from_window"),
        ("/web/20250216000000id_/https://river.example/story/1", None),
    ],
)
def test_only_another_capture_near_the_window_is_taken_for_the_page(
    tmp_path: Path, target: str, told: str | None
) -> None:
    server = WaybackServer([Page("20250115100000", "https://river.example/story/1", article("one"))])

    def answer(seen: Seen) -> Answer:
        if seen.path == target:
            return Answer(page("The archive", "/news/x", text=f"You look at the archive's own page. {TEXT}"))
        if "id_/https://river.example/story/1" in seen.path:
            return Answer("", 302, headers=[("Location", f"http://wayback.example{target}")])
        return server.answer(seen)

    with serve({("wayback.example", "*"): answer}) as served:
        folder = write_study(tmp_path, served.place, {"river": RIVER, "wayback": ARCHIVE})
        counts = crawl(folder, "wayback")["sources"][0]
        assert (target in served.paths("wayback.example")) == (told is None)
    assert counts["refused"] == ({told: 1} if told else {})
    assert len(documents(folder)) == (told is None)


CHALLENGE = "<html><head><title>Just a moment...</title></head><body>wait</body></html>"


def test_a_wall_that_an_archive_kept_is_not_its_own(tmp_path: Path) -> None:
    stamp, pages = "20250115100000", [f"https://river.example/story/{n}" for n in range(3)]
    kept = [Page(stamp, url, article(url[-1])) for url in pages]
    kept[0] = Page(stamp, pages[0], CHALLENGE)
    kept[1] = Page(stamp, pages[1], "", location="https://river.example/captcha/x")
    with serve() as served:
        result = crawl(make(tmp_path, served, WaybackServer(kept, page=100)), "wayback")
        assert result["closed"] == {}
        assert {path.rpartition("/")[2] for path in served.paths() if "id_/" in path and "story" in path} == set("012")
        (found,) = documents(tmp_path)
        assert found["url"].endswith("/story/2")


@pytest.mark.parametrize(
    "own",
    [
        Answer("", 200, headers=[("cf-mitigated", "challenge")]),
        Answer(CHALLENGE, 403),
        Answer("", 302, headers=[("Location", "http://wayback.example/captcha/x")]),
        Answer("", 302, headers=[("Location", "http://[wayback.example/")]),
        Answer("busy", 429),
        Answer(CHALLENGE, 403, headers=[("Memento-Datetime", "Wed, 15 Jan 2025 10:00:00 GMT")]),
    ],
)
def test_the_archive_s_own_wall_closes_it(tmp_path: Path, own: Answer) -> None:
    pages = [Page("20250115100000", f"https://river.example/story/{n}", article(str(n))) for n in range(6)]
    server = WaybackServer(pages, page=100)
    broken = "[" in dict(own.headers).get("Location", "")

    def answer(seen: Seen) -> Answer:
        return own if "id_/" in seen.path else server.answer(seen)

    with serve({("wayback.example", "*"): answer}) as served:
        folder = write_study(tmp_path, served.place, {"river": RIVER, "wayback": ARCHIVE}, budget="attempts = 2")
        result = crawl(folder, "wayback")
        asked = sum("id_/" in path for path in served.paths("wayback.example"))
    assert list(result["closed"]) == ([] if broken else ["http://wayback.example"])
    assert asked == (6 if broken else 3 if own.status == 429 or dict(own.headers).get("Memento-Datetime") else 1)


def test_an_answer_of_the_index() -> None:
    rows = [
        ["timestamp", "original", "mimetype", "statuscode", "digest"],
        ["20250115100000", "http://a.example:80/x", "text/html", "200", "D"],
        ["20250115100000", "http://a.example/y", "warc/revisit", "-", "D"],
        ["20259915100000", "http://a.example/z", "text/html", "200", "D"],
        ["20250115100000", "mailto:x"],
        [],
        ["com%2Ca%29%2F+1"],
    ]
    answer = cdx.read_answer(json.dumps(rows).encode())
    assert [(one.url, one.status) for one in answer.held] == [
        ("http://a.example:80/x", "200"),
        ("http://a.example/y", "-"),
    ]
    assert (answer.resume, answer.faults) == ("com%2Ca%29%2F+1", ("rows_unread",))
    assert cdx.read_answer(b"[]") == cdx.Answer()
    for broken, fault in (
        (b"", "not_json"),
        (b"<html>", "not_json"),
        (b"{}", "no_table"),
        (b'[["a"],["b"]]', "no_columns"),
    ):
        assert cdx.read_answer(broken).faults[0].startswith(fault)


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(), lambda some: st.lists(some)).map(lambda x: json.dumps(x).encode())
)
def test_no_bytes_of_an_index_raise(body: bytes) -> None:
    assert isinstance(cdx.read_answer(body), cdx.Answer)


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from(["A", "B", ""]))))
def test_thinned_captures_lie_apart_and_differ(drawn: list[tuple[int, str]]) -> None:
    start, apart = datetime(2025, 1, 10, tzinfo=UTC), timedelta(hours=6)
    held = tuple(cdx.Held("https://a.example/", start + timedelta(hours=h), "x", "200", digest) for h, digest in drawn)
    kept = cdx.thinned(held, apart)
    assert bool(kept) == bool(held)
    for one, other in pairwise(kept):
        assert other.at - one.at >= apart and (one.digest != other.digest or not one.digest)


@given(
    st.datetimes(datetime(1996, 1, 1), datetime(2035, 1, 1)),
    st.sampled_from(["http", "https"]),
    st.text("ab/?&=%20:.", min_size=1),
)
def test_an_address_in_the_archive_gives_back_the_page_and_the_moment(at: datetime, scheme: str, rest: str) -> None:
    moment, url = at.replace(tzinfo=UTC, microsecond=0), f"{scheme}://a.example/{rest.strip()}"
    memento = memento_of(cdx.raw("https://archive.example/cdx", moment, url))
    assert memento is not None and (memento.url, memento.at) == (url, moment)
    assert stamp_of(memento.at) == moment.strftime("%Y%m%d%H%M%S")


@pytest.mark.parametrize(
    ("url", "status", "expected"),
    [
        ("https://x.example/web/20250115100000id_/https://a.example/1", 404, "not_archived"),
        ("https://x.example/web/20250115100000id_/https://a.example/1", 302, "redirect"),
        ("https://x.example/web/20250115100000id_/https://a.example/1", 503, "http_503"),
        ("https://x.example/web/20250115100000/https://a.example/1", 200, None),
        ("https://x.example/web/20251315100000id_/https://a.example/1", 200, None),
        ("https://x.example/web/20991231000000id_/https://a.example/1", 200, "kept_after_fetched"),
        ("https://a.example/1", 404, None),
    ],
)
def test_what_is_no_page_of_an_archive_is_told_or_left_alone(url: str, status: int, expected: str | None) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    held = Capture(
        "c", "a", url, moment, status, "text/html", None, b"x", "http", "page", "d", Finding("archive"), Permission("allowed"), None, (), "w", 0
    )  # fmt: skip
    assert unfold(held) == (expected or held)


def test_a_host_speaks_for_no_other_by_a_path_like_an_archive_s() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for host, found_by, own in [
        ("harbour.example", "link", None),
        ("harbour.example", "recheck", None),
        ("harbour.example", "archive", "https://river.example/1"),
        ("web.archive.org", "file", "https://river.example/1"),
        ("web.archive.org.harbour.example", "file", None),
        ("[web.archive.org", "file", None),
    ]:
        url = f"https://{host}/web/20250115100000id_/https://river.example/1"
        held = capture("x", url=url, finding=Finding(found_by), fetched_at=moment)
        found = unfold(held)
        assert isinstance(found, Capture) and found.url == (own or url)
        assert (found.finding.collected_at is None) == (own is None)
