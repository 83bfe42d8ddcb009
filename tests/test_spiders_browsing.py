"""Pages in real Chromium: what is archived of them, what they may ask, how they end; read off the server's own log."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from scrapy import Request
from scrapy.settings import Settings

from corpus.archive import journal, open_database, read_entry
from corpus.build import build
from corpus.chromium import Chromium, find
from corpus.errors import RefusedError
from corpus.permits import permission_events
from corpus.records import Capture
from corpus.study import load_study
from spiders.hosts import Hosts, origin_of
from spiders.load import PARTS, Load
from spiders.refusals import Later, Refused
from spiders.settings import SAFEGUARDS, check_safeguards, from_study
from spiders.turns import Turns
from tests import crawled
from tests.scrolling import SCROLLS
from tests.served import Answer, Seen, Served, page, serve
from tests.test_spiders_guard import certificate, pem, tls
from tests.waiting import waits_until

pytestmark = pytest.mark.skipif(not isinstance(find(), Chromium), reason="no Chromium: `huanying doctor` tells")
ROBOTS = Answer("User-agent: *\nDisallow: /private/\n", media="text/plain")
SCRIPT = "text/javascript"


STORY = [
    f"On day {day} of the exchange the harbour town received another {day * 40} visitors, and the ferry company put on "
    f"{day + 2} more boats. Shopkeepers along the quay said that they had learnt a few words of greeting, and that the "
    f"guests had brought photographs of their own gardens. A choir of {day * 3 + 11} people sang in the evening."
    for day in range(1, 7)
]


def html(script: str, rest: str = "", title: str = "A page") -> str:
    return f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{rest}<script>{script}</script></body></html>"


def shows(expression: str) -> str:
    """Script that writes the value of an expression, once it is known, into the page."""
    return f"(async () => {{ const p = document.createElement('p'); p.id = 'told'; p.textContent = JSON.stringify(await ({expression})); document.body.append(p) }})()"


STATE = """(async () => {
  const store = await new Promise(done => { const o = indexedDB.open('d', 1); o.onupgradeneeded = () => o.result.createObjectStore('s', {autoIncrement: true}); o.onsuccess = () => done(o.result) })
  const rows = () => new Promise(done => { const q = store.transaction('s').objectStore('s').count(); q.onsuccess = () => done(q.result) })
  const cache = self.caches ? (await caches.keys()).length : 0
  const before = [localStorage.length, sessionStorage.length, document.cookie, window.name, await rows(), cache]
  localStorage.x = sessionStorage.x = window.name = 'x'; document.cookie = 'x=1'; document.cookie = 'y=1; path=/deep'
  store.transaction('s', 'readwrite').objectStore('s').add('x')
  if (self.caches) await caches.open('c')
  addEventListener('pagehide', () => { localStorage.late = sessionStorage.late = 'x'; window.name = 'late' })
  return before
})()"""
ANSWERS = """Promise.all([fetch('/own403'), fetch('/private/x'), fetch('http://stranger.example/x').catch(e => e), fetch('/x', {method: 'POST', body: 'x'})]
  .map(async one => { const r = await one; return [r.status || String(r), r.headers ? r.headers.get('x-huanying-refused') : null] }))"""
SELF = "[navigator.userAgent, Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.language]"
MORE = """let n = 0; const box = document.querySelector(BOX); const root = BOX === 'body' ? null : box
const more = async () => { for (const text of await (await fetch('/more?' + n++)).json()) { const p = document.createElement('p'); p.style.height = '700px'; p.textContent = text; box.append(p) } }
more(); (root || document).addEventListener('scroll', more)"""


def more(seen: Seen) -> Answer:
    number = int(seen.path.partition("?")[2])
    return Answer(
        json.dumps([f"comment {number}.{one}" for one in range(3)] if number < 3 else []), media="application/json"
    )


def pages(served: Served) -> dict[str, str]:
    """Invented sources, each with one page that shows one thing; host by name."""
    on = served.on
    on("*", "/robots.txt", ROBOTS)
    on(
        "plain.example",
        "/",
        Answer(
            html(shows("fetch('/api').then(r => r.json())"), '<script src="/app.js"></script><a href="/next">next</a>')
        ),
    )
    on(
        "plain.example",
        "/next",
        Answer(html(shows("fetch('/api').then(r => r.json())"), '<script src="/app.js"></script>')),
    )
    on("plain.example", "/app.js", Answer("1", media=SCRIPT, headers=[("Cache-Control", "public, max-age=600")]))
    on(
        "plain.example",
        "/api",
        Answer(
            '["one comment"]',
            media="application/json; charset=utf-8",
            headers=[("Set-Cookie", "a=b"), ("Cache-Control", "max-age=600")],
        ),
    )
    on("moved.example", "/", Answer(status=302, headers=[("Location", "/there")]))
    on("moved.example", "/there", Answer(page("There")))
    on("sent.example", "/", Answer(html("location.href = '/there'")))
    on("sent.example", "/there", Answer(page("There")))
    on("gone.example", "/", Answer(html("fetch('/api')"), 404))
    on("data.example", "/", Answer('{"a": 1}', media="application/json"))
    on(
        "answers.example",
        "/",
        Answer(
            html(shows(ANSWERS), '<img src="/i.png"><link rel="stylesheet" href="/s.css"><video src="/v.mp4"></video>'),
            headers=[("Set-Cookie", "sid=1")],
        ),
    )
    on("answers.example", "/own403", Answer("no", 403, headers=[("x-huanying-refused", "forged")]))
    on(
        "answers.example",
        "/s.css",
        Answer("body { background: url(/b.png) } @font-face { font-family: f; src: url(/f) }", media="text/css"),
    )
    on("self.example", "/", Answer(html(shows(SELF))))
    on("fresh.example", "/", Answer(html(shows(STATE), "".join(f'<a href="/{n}">n</a>' for n in range(3)))))
    for number in range(3):
        on("fresh.example", f"/{number}", Answer(html(shows(STATE))))
    on(
        "endless.example",
        "/",
        Answer(html("setInterval(() => { fetch('/tick?' + Math.random()); document.body.append('tick ') }, 20)")),
    )
    on("stuck.example", "/", Answer(html("setTimeout(() => { while (true) { } }, 50)")))
    on(
        "walled.example",
        "/",
        Answer(html("fetch('/comments').finally(() => fetch('/after'))", '<a href="/next">n</a>')),
    )
    on("walled.example", "/comments", Answer("", 461))
    on("busy.example", "/", Answer(html(shows("fetch('/api').then(r => r.status)"))))
    on(
        "busy.example",
        "/api",
        [Answer("", 429, headers=[("Retry-After", "1")]), Answer("{}", media="application/json")],
    )
    for name, box in (("scrolled", "body"), ("boxed", "#box")):
        on(
            f"{name}.example",
            "/",
            Answer(
                html(f"const BOX = '{box}'; {MORE}", '<div id="box" style="height: 300px; overflow-y: auto"></div>')
            ),
        )
        on(f"{name}.example", "/more", more)
    on("written.example", "/", Answer(html("", '<a href="/story/1">A story</a>')))
    on(
        "written.example",
        "/story/1",
        Answer(
            html(
                f"for (const one of {json.dumps(STORY)}) {{ const p = document.createElement('p'); p.textContent = one; document.querySelector('article').append(p) }}",
                "<article><h1>The harbour welcomes its guests</h1></article>",
                "The harbour welcomes its guests",
            )
        ),
    )
    on("*", "*", Answer("x", media=SCRIPT))
    besides = {"written": 'article = ["/story/"]\n'}
    return {
        name: f'browser = true\nfollow = ["/next$", "/[0-9]$"]\nfronts = ["http://{name}.example/"]\n'
        + besides.get(name, "")
        for name, _ in ((host.split(".")[0], 0) for host, path in served.answers if host != "*" and path == "/")
    }


@dataclass(frozen=True, slots=True)
class Crawled:
    served: Served
    folder: Path
    counts: dict[str, dict[str, Any]]
    captures: list[Capture]
    log: str

    def of(self, name: str, how: str | None = None) -> list[Capture]:
        return [
            one for one in self.captures if one.source_id == name and one.format != "robots" and how in (None, one.how)
        ]

    def told(self, name: str) -> list[Any]:
        """What the pages of a source wrote into themselves."""
        found = [re.search(rb'id="told">(.*?)</p>', one.body) for one in self.of(name, "rendered")]
        return [json.loads(one[1].replace(b"&amp;", b"&")) for one in found if one]


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """One crawl over all of them, four pages at a time."""
    folder = tmp_path_factory.mktemp("browsing")
    with pytest.MonkeyPatch.context() as patch, serve() as served:
        patch.setenv("HUANYING_KEYS", str(tmp_path_factory.mktemp("keys")))
        study = crawled.write_study(folder / "study", served.place, pages(served), delay=0.05, timeout=15.0)
        fault = "spiders.news.Ask=tests.scrolling.Scrolling,spiders.settling._HUNG=tests.weakened.HUNG"
        result = crawled.crawl(study, fault=fault, module="tests.weakened")
        counts = {one["source_id"]: one for one in result["sources"]}
        log = (study / "log" / "crawl.log").read_text()
        yield Crawled(served, study, counts, crawled.captures(study), log)


def test_the_page_as_sent_and_as_drawn(crawl: Crawled) -> None:
    first = [one for one in crawl.of("plain") if one.url.endswith("/") or one.finding.value == "http://plain.example/"]
    wire, *parts, drawn = [one for one in first if not one.url.endswith("/next")]
    assert (wire.how, wire.format, wire.status, b"one comment" in wire.body) == ("http", "front", 200, False)
    assert (drawn.how, drawn.format, drawn.status, drawn.url) == ("rendered", "front", 200, wire.url)
    assert (drawn.media_type, drawn.charset) == ("text/html", "utf-8")
    assert b'<p id="told">["one comment"]</p>' in drawn.body
    assert {(one.url.rsplit("/")[-1], one.format, one.how) for one in parts} == {
        ("app.js", "part", "http"),
        ("api", "answer", "http"),
    }
    assert {(one.finding.found_by, one.finding.value) for one in parts} == {("link", wire.url)}
    assert drawn.permission.decision == "allowed" == wire.permission.decision
    kinds = {}
    study = load_study(crawl.folder)
    for place in journal(study.archive_folder):
        entry = read_entry(study.archive_folder, place)
        kinds[entry.url, entry.how] = entry
    assert [name for name, _ in kinds[wire.url, "rendered"].headers] == ["Content-Type"]
    assert dict(kinds[wire.url, "http"].headers)["Content-Length"]


def test_a_drawn_page_never_stands_without_the_page_as_sent(crawl: Crawled) -> None:
    sent: set[str] = set()
    for one in crawl.captures:
        if one.how == "rendered":
            assert one.url in sent, one.url
        elif one.status == 200 and one.format in ("front", "page"):
            sent.add(one.url)


def test_a_script_is_asked_for_once_a_run_and_data_each_time(crawl: Crawled) -> None:
    paths = crawl.served.paths("plain.example")
    assert sorted(paths) == ["/", "/api", "/api", "/app.js", "/next", "/robots.txt"]


def test_what_is_no_page_is_given_back_as_it_is(crawl: Crawled) -> None:
    assert crawl.counts["moved"]["redirected"] == 1
    assert [(one.status, one.how) for one in crawl.of("moved")] == [(302, "http"), (200, "http"), (200, "rendered")]
    assert crawl.counts["gone"]["failed"] == {"http_404": 1}, "an address of the outlet's own file"
    assert [(one.status, one.how) for one in crawl.of("data")] == [(200, "http")]
    assert crawl.counts["data"]["fetched"] == 1
    for name in ("gone", "data"):
        assert crawl.served.paths(f"{name}.example") == ["/robots.txt", "/"], "no script of it ran"


def test_a_page_that_sends_the_browser_elsewhere_is_a_redirect(crawl: Crawled) -> None:
    assert (crawl.counts["sent"]["redirected"], crawl.counts["sent"]["fetched"]) == (1, 1)
    assert [one.url for one in crawl.of("sent", "rendered")] == ["http://sent.example/there"]


def test_refusals_are_told_from_a_sites_own(crawl: Crawled) -> None:
    (told,) = crawl.told("answers")
    assert told[0] == [403, None], "the site's own, and its header is not taken for ours"
    assert told[1] == [403, "robots"]
    assert told[2][0].startswith("TypeError")
    assert told[3] == [403, "method"]
    assert sorted(crawl.served.paths("answers.example")) == ["/", "/own403", "/robots.txt", "/s.css"]
    assert not crawl.served.paths("stranger.example")
    with closing(open_database(crawl.folder / "archive")) as database:
        noted = [one for one in permission_events(database) if one.origin == "http://answers.example"]
    assert {one.reason for one in noted if one.decision == "refused"} >= {"host", "method", "robots"}


def test_only_what_is_ours_to_tell_goes_out(crawl: Crawled) -> None:
    agents = {one.headers["user-agent"] for one in crawl.served.requests()}
    assert len(agents) == 1 and agents.pop().startswith("Huanying/")
    known = {name for one in crawl.served.requests() for name in one.headers}
    assert known <= {
        "accept",
        "accept-encoding",
        "accept-language",
        "host",
        "origin",
        "referer",
        "user-agent",
        "connection",
    }
    assert {one.method for one in crawl.served.requests()} == {"GET"}
    (told,) = crawl.told("self")
    assert told[0].startswith("Huanying/")
    assert told[1:] == ["UTC", "en-US"]


def test_nothing_of_a_page_is_left_for_the_next(crawl: Crawled) -> None:
    assert crawl.told("fresh") == [[0, 0, "", "", 0, 0]] * 4


def test_an_endless_page_is_taken_as_it_stands(crawl: Crawled) -> None:
    assert crawl.counts["endless"]["fetched"] == 1
    assert b"tick tick" in crawl.of("endless", "rendered")[0].body
    assert len(crawl.served.paths("endless.example")) <= PARTS + 2


def test_a_stuck_page_fails_and_the_others_go_on(crawl: Crawled) -> None:
    assert crawl.counts["stuck"]["failed"] == {"browser_hangs": 1}
    assert [one.how for one in crawl.of("stuck")] == ["http"]


def test_a_wall_met_by_a_part_closes_the_host(crawl: Crawled) -> None:
    assert crawl.counts["walled"]["refused"] == {"wall": 1}
    assert [one.how for one in crawl.of("walled")] == ["http", "http"]
    assert crawl.served.paths("walled.example") == ["/robots.txt", "/", "/comments"]


def test_a_host_that_wants_to_be_left_alone_is_asked_later(crawl: Crawled) -> None:
    assert crawl.counts["busy"]["fetched"] == 1
    assert crawl.told("busy") == [200]
    first, second = [one.at for one in crawl.served.requests("busy.example") if one.path == "/"]
    assert second - first >= 1.0, "as its Retry-After asked"


def test_scrolling_brings_what_is_loaded_only_then(crawl: Crawled) -> None:
    for name in ("scrolled", "boxed"):
        (drawn,) = crawl.of(name, "rendered")
        assert [f"comment {n}.{one}".encode() in drawn.body for n in range(3) for one in range(3)] == [True] * 9, name
        at = [one.at for one in crawl.served.requests(f"{name}.example") if one.path.startswith("/more")]
        assert 4 <= len(at) <= SCROLLS + 2
        assert len([one for one in crawl.of(name) if one.format == "answer"]) == len(at)


def test_an_archive_with_drawn_pages_is_built(crawl: Crawled) -> None:
    study = load_study(crawl.folder)
    built = build(study, workers=1)
    tables = {
        name: pq.read_table(next((built.snapshot.folder / "data" / name).glob("*.parquet"))).to_pylist()
        for name in ("captures", "documents", "rejections")
    }
    assert len(tables["captures"]) == len(crawl.captures)
    (document,) = [one for one in tables["documents"] if one["url"].endswith("/story/1")]
    assert all(one in document["text"] for one in STORY), "of the page as drawn, and once"
    sent = {one["id"]: one["how"] for one in tables["captures"] if one["url"].endswith("/story/1")}
    assert sorted(sent.values()) == ["http", "rendered"]
    assert not [one for one in tables["rejections"] if sent.get(one["capture_id"]) == "rendered"]
    assert "part_of_page" in {one["reason"] for one in tables["rejections"]}
    asked = [one.url for one in crawl.captures if one.format == "answer"]
    told = [one["url"] for one in tables["captures"] if one["format"] in ("part", "answer")]
    assert any("?" in url for url in asked) and not any("?" in url for url in told), (
        "queries name accounts and sessions"
    )


# What needs crawls of its own.


def small(folder: Path, served: Served, script: str, hosts: list[str] | None = None, **more: Any) -> Path:
    served.on("*", "/robots.txt", ROBOTS)
    served.on("harbour.example", "/", Answer(html(script)))
    outlet = 'browser = true\nfronts = ["http://harbour.example/"]\n'
    if hosts:
        outlet += f"browser_hosts = {json.dumps(hosts)}\n"
    study = crawled.write_study(folder, served.place, {"harbour": outlet}, **more)
    if hosts:
        names = "".join(f'"{host}" = "{served.place}"\n' for host in hosts)
        (study / "study.toml").write_text((study / "study.toml").read_text() + names)
    return study


def test_a_page_with_half_a_part_says_that_something_is_missing(tmp_path: Path) -> None:
    with serve() as served:
        study = small(tmp_path, served, "fetch('/half').catch(() => 0)")
        served.on("harbour.example", "/half", Answer("half " * 200, media="application/json", cut=100))
        (counts,) = crawled.crawl(study)["sources"]
        assert counts["fetched"] == 1
        (drawn,) = [one for one in crawled.captures(study) if one.how == "rendered"]
        assert drawn.problems == ("truncated",)


def test_each_host_of_a_page_is_asked_for_its_robots_and_its_pace(tmp_path: Path) -> None:
    with serve() as served:
        script = (
            "fetch('http://parts.example/a', {mode: 'no-cors'}); fetch('http://closed.example/a', {mode: 'no-cors'})"
        )
        study = small(tmp_path, served, script, ["parts.example", "closed.example"])
        served.on(
            "parts.example", "/robots.txt", Answer("User-agent: *\nCrawl-delay: 1\nDisallow:\n", media="text/plain")
        )
        served.on("closed.example", "/robots.txt", Answer("", 503))
        (counts,) = crawled.crawl(study)["sources"]
        assert counts["fetched"] == 1
        assert served.paths("closed.example") == ["/robots.txt"]
        asked, given = served.requests("parts.example")
        assert (asked.path, given.path) == ("/robots.txt", "/a")
        assert given.at - asked.at >= 1.0


def test_no_more_than_six_requests_are_open(tmp_path: Path) -> None:
    with serve() as served:
        study = small(tmp_path, served, "for (let n = 0; n < 30; n++) fetch('/part?' + n)")
        served.on("harbour.example", "/part", Answer("x", delay=0.1))
        crawled.crawl(study)
        assert len(served.paths("harbour.example")) == 32
        assert 4 <= served.most_at_once <= 6


def test_certificates_are_verified_for_the_browser_as_well(tmp_path: Path) -> None:
    authority = certificate("Test authority", authority=True)
    good = tls(tmp_path / "good", certificate("harbour.example", authority))
    alone = tls(tmp_path / "alone", certificate("alone.example"))
    with serve(tls=good) as first, serve(tls=alone) as second:
        for one in (first, second):
            one.on("*", "/robots.txt", ROBOTS)
        show = shows("fetch('https://alone.example/a', {mode: 'no-cors'}).then(r => r.type)")
        first.on(
            "harbour.example",
            "/",
            Answer(
                html(
                    show + "; try { new WebSocket('wss://harbour.example/socket') } catch { }",
                    "<iframe src='/frame'></iframe>",
                )
            ),
        )
        first.on("harbour.example", "/frame", Answer(html("fetch('/inner'); fetch('/private/inner')")))
        outlet = 'browser = true\nfronts = ["https://harbour.example/"]\nbrowser_hosts = ["alone.example"]\n'
        study = crawled.write_study(tmp_path / "study", first.place, {"harbour": outlet})
        text = (study / "study.toml").read_text() + f'"alone.example" = "{second.place}"\n'
        (study / "study.toml").write_text('test_ca = "ca.pem"\n' + text)
        (study / "ca.pem").write_bytes(pem(authority[0]))
        (counts,) = crawled.crawl(study)["sources"]
        assert counts["fetched"] == 1
        assert sorted(first.paths()) == ["/", "/frame", "/inner", "/robots.txt"]
        assert second.paths() == []


def family(process: int) -> dict[int, str]:
    """All that a process has started, with what is known of each."""
    parents, words = {}, {}
    for one in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(one.name)] = int((one / "stat").read_text().rpartition(")")[2].split()[1])
            words[int(one.name)] = (one / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except (OSError, ProcessLookupError):
            continue
    found = {process}
    for _ in range(8):
        found |= {one for one, parent in parents.items() if parent in found}
    return {one: words[one] for one in found if one != process and words.get(one)}


def alive(processes: dict[int, str]) -> list[str]:
    return [words for one, words in processes.items() if one_is(one, words)]


def one_is(process: int, words: str) -> bool:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace") == words
    except OSError:
        return False


@pytest.mark.parametrize("whom", ["renderer", "browser", "crawl"])
def test_who_dies_leaves_nothing_behind(tmp_path: Path, whom: str) -> None:
    """A killed renderer or browser fails its page alone, which is tried again; a killed crawl leaves no process."""
    with serve() as served:
        study = small(tmp_path, served, "fetch('/slow')")
        killed = threading.Event()

        def slow(seen: Seen) -> Answer:
            killed.wait(60)
            return Answer("x")

        served.on("harbour.example", "/slow", slow)
        started: list[dict[int, str]] = []

        def kill(crawl: int) -> None:
            assert waits_until(lambda: "/slow" in served.paths("harbour.example"))
            started.append(family(crawl))
            marks = {"renderer": "--type=renderer", "browser": "--remote-debugging-pipe"}
            chosen = [
                one
                for one, words in started[0].items()
                if marks.get(whom, " ") in words and (whom == "renderer" or "--type=" not in words)
            ]
            for one in [crawl] if whom == "crawl" else chosen:
                os.kill(one, signal.SIGKILL)
            killed.set()

        command = [sys.executable, "-m", "tests.crawler", str(study), ""]
        with subprocess.Popen(command, cwd=crawled.ROOT, stdout=subprocess.PIPE, text=True) as process:
            killer = threading.Thread(target=kill, args=(process.pid,))
            killer.start()
            said, _ = process.communicate(timeout=240)
            killer.join()
        if whom != "crawl":
            (counts,) = json.loads(said.splitlines()[-1])["sources"]
            assert (counts["fetched"], counts["failed"]) == (1, {})
            assert served.paths("harbour.example").count("/") == 2
        assert any("chromium" in words for words in started[0].values())
        assert waits_until(lambda: not alive(started[0])), alive(started[0])


def test_without_a_browser_plain_sources_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANYING_CHROMIUM", str(tmp_path / "absent"))
    with serve() as served:
        served.on("*", "/robots.txt", ROBOTS)
        served.on("*", "*", Answer(page("A page")))
        outlets = {
            "drawn": 'browser = true\nfronts = ["http://drawn.example/"]\n',
            "sent": 'fronts = ["http://sent.example/"]\n',
        }
        result = crawled.crawl(crawled.write_study(tmp_path, served.place, outlets))
        drawn, sent = result["sources"]
        assert (drawn["failed"], sent["fetched"]) == ({"no_browser": 1}, 1)
        assert "/" not in served.paths("drawn.example")


# Laws.


@pytest.mark.parametrize("name", ["PLAYWRIGHT_LAUNCH_OPTIONS", "PLAYWRIGHT_CDP_URL", "_PLAYWRIGHT_THREADED_LOOP"])
def test_no_setting_leads_round_the_safeguards(tmp_path: Path, name: str) -> None:
    study = load_study(crawled.write_study(tmp_path, "127.0.0.1:9", {"harbour": ""}))
    settings = Settings({**SAFEGUARDS, **from_study(study)})
    check_safeguards(settings, study)
    settings.set(name, {}, "spider")
    with pytest.raises(RefusedError, match=name):
        check_safeguards(settings, study)


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[Turns]:
    study = load_study(crawled.write_study(tmp_path, "127.0.0.1:9", {"harbour": 'browser_hosts = ["parts.example"]\n'}))
    study.archive_folder.mkdir()
    database = sqlite3.connect(":memory:")
    yield Turns(study, Hosts(database), 10.0)
    database.close()


def test_nobody_makes_himself_a_turn(turns: Turns) -> None:
    url = "http://harbour.example/"
    forged = Load(url, "harbour", frozenset({"harbour.example"}), 0.0, 60.0, 1)
    for part_of in (forged, None, {}, url, True):
        with pytest.raises(Refused, match="turn"):
            turns.load_of(Request(url, meta={"part_of": part_of}))
    assert turns.load_of(Request(url)) is None


def test_a_load_has_the_turn_of_its_page_until_it_is_over(turns: Turns) -> None:
    url = "http://harbour.example/"
    state = turns.hosts.get(origin_of(url))
    outer = Request(url, meta={"browser": True, "source_id": "harbour"})
    turns.take(state, outer, None)
    load = outer.meta["load"]
    part = Request(url + "api", meta={"part_of": load})
    assert turns.load_of(part) is load
    assert load.hosts == {"harbour.example", "parts.example"}
    asyncio.run(turns.require(state, load))
    with pytest.raises(Later):
        asyncio.run(turns.require(state, None))
    turns.left(state, part)
    assert turns.load_of(part) is load, "a part that is over ends nothing"
    turns.left(state, outer)
    with pytest.raises(Refused, match="turn"):
        turns.load_of(part)


def test_what_waits_at_another_host_goes_nowhere_once_its_page_is_over(turns: Turns) -> None:
    url, other = "http://harbour.example/", "http://parts.example/a.js"
    outer = Request(url, meta={"browser": True, "source_id": "harbour"})
    turns.take(turns.hosts.get(origin_of(url)), outer, None)
    load, state = outer.meta["load"], turns.hosts.get(origin_of(other))
    load.start()
    turns.set_clock(state, time.time() + 8)

    async def waits() -> None:
        waiting = asyncio.ensure_future(turns.require(state, load))
        await asyncio.sleep(0.1)
        load.over = True
        with pytest.raises(Refused, match="turn"):
            await waiting

    asyncio.run(waits())
    with pytest.raises(Refused, match="turn"):
        turns.take(state, Request(other, meta={"part_of": load}), load)


def test_a_load_has_the_turn_of_each_host_it_asks_and_gives_all_of_them_back(turns: Turns) -> None:
    url, other = "http://harbour.example/", "http://parts.example/a.js"
    outer = Request(url, meta={"browser": True, "source_id": "harbour"})
    turns.take(turns.hosts.get(origin_of(url)), outer, None)
    load, state = outer.meta["load"], turns.hosts.get(origin_of(other))
    load.start()
    turns.take(state, Request(other, meta={"part_of": load}), load)
    with pytest.raises(Later, match="another request"):
        asyncio.run(turns.require(state, None))
    turns.left(turns.hosts.get(origin_of(url)), outer)
    assert turns.hosts.open_until["parts.example"] <= time.time() + 0.5
