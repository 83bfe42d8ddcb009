"""The demonstration loads, its server answers as each host should, and its log shows every way of wronging one."""

import gzip
import http.client
import json
import re
import socket
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from corpus.demo.layouts import LAYOUTS
from corpus.demo.pages import load_article, load_articles
from corpus.demo.rednote import CLOSED, OPEN, SINGLE, WALLED, address_of
from corpus.demo.site import MARKER, DemoSite, check_log, demo_folder, prepare, read_log
from corpus.errors import UserError
from corpus.study import load_events, load_study
from tests.waiting import waits_until

ADDRESS_OF_WALL = address_of(WALLED)
CONTENT = sorted((demo_folder() / "content").rglob("*.toml"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[DemoSite]:
    with prepare(tmp_path / "demo") as prepared:
        yield prepared


def ask(site: DemoSite, host: str, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Status, headers (lower case) and body of an answer as it came over the wire."""
    connection = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=60)
    try:
        connection.request(method, path, headers={"Host": host, "User-Agent": "test"})
        answer = connection.getresponse()
        try:
            body = answer.read()
        except http.client.IncompleteRead as error:
            body = error.partial
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, body
    finally:
        connection.close()


def rows_of(site: DemoSite, count: int) -> None:
    """Wait until the server has logged so many requests: it does so just after it has answered."""
    assert waits_until(lambda: len(read_log(site.log)) >= count), "requests are missing from the log"


@pytest.mark.parametrize("path", CONTENT, ids=lambda path: path.stem)
def test_article_loads(path: Path) -> None:
    article = load_article(path)
    assert article.outlet in {*LAYOUTS, "slow-down", "torn-pages", "trapdoor"}
    assert article.title.strip() == article.title
    assert len("".join(article.paragraphs)) > 60
    assert (2025, 1, 9) <= (article.published.year, article.published.month, article.published.day) <= (2025, 2, 10)


def test_study_and_outlets_load(site: DemoSite) -> None:
    study = load_study(site.folder)
    assert {host for outlet in study.outlets.values() for host in outlet.hosts} == set(site.server.hosts)
    assert sorted(name for name, outlet in study.outlets.items() if outlet.kind == "platform") == [
        "bluesky",
        "mastodon",
        "rednote",
        "weibo",
    ]
    for outlet in study.outlets.values():
        for host in outlet.hosts:
            assert study.loopback_address(host) == ("127.0.0.1", site.server.port)
    events = study.document_file("events")
    assert events is not None
    assert 6 <= len(load_events(events)) <= 8
    for name in ("themes", "stance", "emotions"):
        place = study.document_file(name)
        assert place is not None and place.is_file()


def test_every_listed_article_is_served(site: DemoSite) -> None:
    lists = {
        "harbour-daily": "/rss.xml",
        "silk-road-monitor": "/sitemap-news.xml",
        "jianghai-zaobao": "/sitemap.xml",
        "gangwan-shibao": "/feed.atom",
    }
    articles = load_articles(demo_folder() / "content")
    for outlet, path in lists.items():
        host = f"{outlet}.example"
        root = ElementTree.fromstring(ask(site, host, path)[2])  # noqa: S314 - our own server's text
        text = ElementTree.tostring(root, encoding="unicode")
        for article in articles.get(outlet, ()):
            address = LAYOUTS[outlet].address(article)
            assert f"http://{host}{address}" in text
            status, _, body = ask(site, host, address)
            assert status == 200
            drawn = unescape(body.decode(LAYOUTS[outlet].charset))
            plain = drawn.translate(str.maketrans("“”‘’–", "\"\"''-")) if outlet == "silk-road-monitor" else drawn
            assert all(f">{paragraph}<" in plain for paragraph in article.paragraphs)
        assert "/private/" in text


def test_chinese_outlet_is_served_in_gb18030(site: DemoSite) -> None:
    _, headers, body = ask(site, "jianghai-zaobao.example", "/")
    assert "charset" not in headers["content-type"]
    assert b"charset=gb2312" in body
    assert "江海早报网" in body.decode("gb18030")
    assert "䶮".encode("gb18030") in body  # four bytes: in GB18030, not in GBK
    for wrong in ("utf-8", "gbk"):
        with pytest.raises(UnicodeDecodeError):
            body.decode(wrong)


def test_old_tables_are_served_in_windows_1252(site: DemoSite) -> None:
    _, headers, body = ask(site, "silk-road-monitor.example", "/a/202501/15/us-users-flock-to-rednote.html")
    assert "charset" not in headers["content-type"]
    assert b"charset=windows-1252" in body and b"\x93TikTok refugees\x94" in body


def test_exact_copy_stands_under_a_second_address(site: DemoSite) -> None:
    twice = [one for one in load_articles(demo_folder() / "content")["harbour-daily"] if one.also_at]
    assert len(twice) == 1
    first = ask(site, "harbour-daily.example", LAYOUTS["harbour-daily"].address(twice[0]))
    assert ask(site, "harbour-daily.example", twice[0].also_at)[2] == first[2]


def test_robots_of_each_kind(site: DemoSite) -> None:
    assert ask(site, "robots-broken.example", "/robots.txt")[0] == 503
    assert b"Disallow: /\n" in ask(site, "robots-closed.example", "/robots.txt")[2]
    assert b"Disallow: /private/\nCrawl-delay: 0.2\n" in ask(site, "harbour-daily.example", "/robots.txt")[2]


def test_slow_down_answers_429_once(site: DemoSite) -> None:
    status, headers, _ = ask(site, "slow-down.example", "/story/one")
    assert (status, headers["retry-after"]) == (429, "3")
    assert ask(site, "slow-down.example", "/story/one")[0] == 200


def test_torn_pages_are_torn(site: DemoSite) -> None:
    _, headers, short = ask(site, "torn-pages.example", "/story/one")
    assert headers["content-encoding"] == "gzip" and int(headers["content-length"]) == len(short)
    with pytest.raises(EOFError):
        gzip.decompress(short)
    assert b"Cedar Rapids" in zlib.decompressobj(31).decompress(short)
    _, headers, broken = ask(site, "torn-pages.example", "/story/two")
    assert len(broken) < int(headers["content-length"])
    assert ask(site, "torn-pages.example", "/story/three")[0] == 200


def test_trapdoor_leads_inside(site: DemoSite) -> None:
    targets = [ask(site, "trapdoor.example", f"/story/{one}")[1]["location"] for one in ("loopback", "metadata", "six")]
    port = site.private.port
    assert targets == [
        f"http://127.0.0.1:{port}/secret",
        "http://169.254.169.254/latest/meta-data/",
        f"http://[::1]:{port}/",
    ]


def test_calendar_has_no_end(site: DemoSite) -> None:
    assert b"/calendar/2025/02" in ask(site, "endless-calendar.example", "/calendar/2025/01")[2]
    assert b"/calendar/2100/01" in ask(site, "endless-calendar.example", "/calendar/2099/12")[2]
    assert ask(site, "endless-calendar.example", "/calendar/2025/13")[0] == 404


def test_login_wall_is_shown(site: DemoSite) -> None:
    assert b'type="password"' in ask(site, "members-only.example", "/story/one")[2]


def test_polite_visit_leaves_no_fault(site: DemoSite) -> None:
    for path in ("/robots.txt", "/rss.xml", "/"):
        ask(site, "harbour-daily.example", path)
        time.sleep(0.25)
    ask(site, "robots-closed.example", "/robots.txt")
    rows_of(site, 4)
    assert check_log(site) == []


@pytest.mark.parametrize(
    ("visits", "fault"),
    [
        ([("harbour-daily.example", "/robots.txt"), ("harbour-daily.example", "/private/x")], "robots.txt forbids"),
        ([("robots-broken.example", "/robots.txt"), ("robots-broken.example", "/")], "cannot be read"),
        ([("slow-down.example", "/")], "before robots.txt"),
        ([("slow-down.example", "/robots.txt"), ("slow-down.example", "/wp-admin")], "no page names it"),
        ([("elsewhere.example", "/robots.txt")], "does not exist"),
        ([("slow-down.example", "/robots.txt"), *[("slow-down.example", "/")] * 20], "not 0.15 s"),
        ([("slow-down.example", path) for path in ("/robots.txt", "/story/one", "/story/one")], "before Retry-After"),
        ([("members-only.example", path) for path in ("/robots.txt", *["/story/one"] * 4)], "3 login walls"),
    ],
)
def test_each_wrong_is_found(site: DemoSite, visits: list[tuple[str, str]], fault: str) -> None:
    for host, path in visits:
        ask(site, host, path)
    rows_of(site, len(visits))
    assert any(fault in one for one in check_log(site))


NOTE = f"/explore/{SINGLE}"
PLATFORM_WRONGS = [
    ([("/robots.txt", 0), ("/user/me", 1)], "robots.txt forbids"),
    ([("/robots.txt", 0), (f"/picture/{SINGLE}.jpg", 1)], "a picture"),
    ([("/robots.txt", 0), ("/app.js", 1)], "no page was open"),
    ([("/robots.txt", 0), (NOTE, 1), ("/app.js", 40)], "39 s after its page"),
    ([("/robots.txt", 0), (NOTE, 1), *[("/app.js", 2)] * 7], "one of 7 requests at once"),
    ([("/robots.txt", 0), (NOTE, 1), ("/app.js", 2), (NOTE, 2.05)], "not 0.15 s"),
    ([("/robots.txt", 0), (NOTE, 1), ("/app.js", 2), (NOTE, 2.3)], "still being answered"),
    ([("/robots.txt", 0), (ADDRESS_OF_WALL, 1), (NOTE, 3)], "after the captcha"),
]


@pytest.mark.parametrize(("visits", "fault"), PLATFORM_WRONGS, ids=[fault for _, fault in PLATFORM_WRONGS])
def test_each_wrong_of_a_browser_is_found(site: DemoSite, visits: list[tuple[str, float]], fault: str) -> None:
    write_log(site, visits)
    assert any(fault in one for one in check_log(site)), check_log(site)


def test_a_page_and_its_parts_are_one_visit(site: DemoSite) -> None:
    parts = [("/app.js", 1.4), *[("/api/sns/web/v2/comment/page", 1.4)] * 5]
    write_log(site, [("/robots.txt", 0), (NOTE, 1), *parts, (NOTE, 2)])
    assert check_log(site) == []


def write_log(site: DemoSite, visits: list[tuple[str, float]]) -> None:
    """What the server would have written of requests to the platform: paths and seconds; each answer took 0.35 s."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    rows = [
        {
            "time": (start + timedelta(seconds=at)).isoformat(),
            "until": (start + timedelta(seconds=at + 0.35)).isoformat(),
            "host": OPEN,
            "method": "GET",
            "path": path,
            "status": 302 if path == ADDRESS_OF_WALL else 200,
            "user_agent": "test",
            "retry_after": None,
            "later": False,
        }
        for path, at in visits
    ]
    site.log.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_a_request_that_changes_something_is_found(site: DemoSite) -> None:
    ask(site, OPEN, "/robots.txt")
    ask(site, OPEN, "/api/collect", "POST")
    rows_of(site, 2)
    assert any("POST /api/collect" in one for one in check_log(site))


def test_the_platform_hides_notes_from_whoever_has_no_token(site: DemoSite) -> None:
    page = ask(site, OPEN, "/page/topics/tiktokrefugee")[2].decode()
    note_id, token = re.findall(r'"id":"([0-9a-f]{24})","modelType":"note","xsecToken":"([^"]+)"', page)[0]
    assert "当前笔记暂时无法浏览" in ask(site, OPEN, f"/explore/{note_id}")[2].decode()
    values = urlencode({"xsec_token": token, "xsec_source": "pc_topic"})
    shown = ask(site, OPEN, f"/explore/{note_id}?{values}")[2].decode()
    assert f'"noteId":"{note_id}"' in shown and ":undefined" in shown and 'src="/app.js"' in shown
    assert b"Disallow: /\n" in ask(site, CLOSED, "/robots.txt")[2]


def test_a_knock_at_the_private_port_is_found(site: DemoSite) -> None:
    socket.create_connection(("127.0.0.1", site.private.port), timeout=60).close()
    waits_until(lambda: site.private_connections)
    assert check_log(site) == ["1 connections to the private port"]


def test_other_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="nothing was changed"), prepare(tmp_path):
        raise AssertionError("never reached")
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(UserError, match="is a file"), prepare(tmp_path / "thesis.txt"):
        raise AssertionError("never reached")


def test_an_earlier_demonstration_is_emptied(tmp_path: Path) -> None:
    with prepare(tmp_path / "demo") as first:
        (first.folder / "archive").mkdir()
        (first.folder / "archive" / "old.warc.gz").write_bytes(b"old")
    with prepare(tmp_path / "demo") as second:
        assert not (second.folder / "archive").exists()
        assert (second.folder / MARKER).is_file()
        assert load_study(second.folder).id == "demo"


FAULTY = 'slug="a"\ntitle="b"\nbyline=""\nsection=""\ntags=[]\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("slug = ", "TOML"),
        ('slug = "a"', "missing"),
        (f'{FAULTY}published="soon"\ntext="c"\noutlet="x"', "published"),
        (f'{FAULTY}published="2025-01-15T09:30:00"\ntext="c"\noutlet="x"', "zone"),
        (f'{FAULTY}published="2025-01-15T09:30:00Z"\ntext=" "\noutlet="x"', "empty"),
        (f'{FAULTY}published="2025-01-15T09:30:00Z"\ntext="c"', "outlet"),
        (f'{FAULTY}published="2025-01-15T09:30:00Z"\ntext="c"\noutlet="x"\nbody="d"', "unknown body"),
    ],
)
def test_faulty_article_is_named(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "article.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=fault) as caught:
        load_article(path)
    assert caught.value.where == str(path)
