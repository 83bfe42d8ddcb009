"""No address but a public one is reached, in whatever way a crawl comes upon it: counted in accepted connections."""

import contextlib
import json
import re
import socket
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from pydantic import TypeAdapter, ValidationError

from corpus.archive import DATABASE
from corpus.chromium import Chromium, find
from corpus.studyfile import Address, Host
from tests import crawled, weakened
from tests.driven import drive, write_study
from tests.hostile import hostile, hosts
from tests.rebinding import PRIVATE, PUBLIC
from tests.served import Answer, Seen, Served, page, serve
from tests.test_spiders_guard import Listener
from tests.traps import GROUPS, TOP, WAYS, declared, trap

QUERY = "SELECT key, outcome, reason FROM asked"
ADDRESS, HOST = TypeAdapter(Address), TypeAdapter(Host)


@pytest.fixture
def private() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def served() -> Iterator[Served]:
    with serve() as server:
        server.on("*", "/robots.txt", Answer("", 404))
        server.on("*", "*", Answer(page("A page")))
        yield server


def fits(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True


def rows(study: Path, query: str) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(study / "archive" / DATABASE)
    found = database.execute(query).fetchall()
    database.close()
    return found


def escaped(url: str) -> str:
    """As it can stand in a header: control characters and letters beyond ASCII as escapes."""
    return "".join(one if " " < one < "\x7f" else "".join(f"%{byte:02X}" for byte in one.encode()) for one in url)


def test_the_set_is_large_and_reaches_the_listener_by_itself(private: Listener, served: Served, tmp_path: Path) -> None:
    """Without guard and resolver many of these addresses do reach the listener: the count below means something."""
    urls = hostile(private.port)
    assert len(urls) >= 150
    study = write_study(tmp_path / "study", {"harbour.example": served.place})
    resolver = "scrapy.resolver.CachingHostnameResolver"
    known = [url for url in urls if url.startswith(("http://1", "http://0", "http://l", "http://2130"))]
    drive(study, known, guard=None, courtesy=None, resolver=resolver, settings={"DOWNLOAD_TIMEOUT": 3})
    assert private.accepted >= 15


@pytest.mark.parametrize("guard", ["spiders.guard.Guard", "tests.faulty.AnyPort"])
@pytest.mark.parametrize("way", ["seed", "link", "redirect", "sitemap"])
def test_no_address_is_reached(private: Listener, served: Served, tmp_path: Path, way: str, guard: str) -> None:
    """By the downloader alone, with nothing before it that knows of sources; and by the resolver alone."""
    urls = hostile(private.port)
    starts, places = ["http://harbour.example/go"], {"harbour.example": served.place}
    if way == "seed":
        starts = urls
    elif way == "link":
        served.on("harbour.example", "/go", Answer(page("Links", *(url.replace('"', "%22") for url in urls))))
    elif way == "sitemap":
        listed = "".join(f"<url><loc>{url.replace('<', '%3C')}</loc></url>" for url in urls)
        served.on("harbour.example", "/go", Answer(f"<urlset>{listed}</urlset>", media="application/xml"))
    else:
        for number, url in enumerate(urls):  # a host each, so that none waits for the other
            places[f"go-{number}.example"] = served.place
            served.on(f"go-{number}.example", "/go", Answer(status=302, headers=[("Location", escaped(url))]))
        starts = [f"http://{host}/go" for host in places if host.startswith("go-")]
    study = write_study(tmp_path / "study", places)
    driven = drive(study, starts, follow=way != "seed", guard=guard, patience=60, settings={"DOWNLOAD_TIMEOUT": 30})
    assert private.accepted == 0, private.asked
    ends = {url: end for url, end in driven.ends.items() if not re.match(r"http://(harbour|go-\d+)\.example[/\\]", url)}
    assert len(ends) >= len(urls) * 0.9
    wrong = {url: end for url, end in ends.items() if end.outcome not in ("refused", "ValueError")}
    assert wrong == {}
    assert sum(end.outcome == "refused" for end in ends.values()) >= 130


def test_a_whole_crawl_reaches_none(private: Listener, served: Served, tmp_path: Path) -> None:
    """Where the outlet's own file names the hosts and ports, as seeds, links, redirects and in a sitemap."""
    urls = [url for url in hostile(private.port) if not url.startswith("https:")]
    own = [host for host in hosts() if fits(HOST, host)]
    seeds = [url for url in urls if fits(ADDRESS, url) and urlsplit(url).hostname in own]
    assert len(own) >= 30
    assert len(seeds) >= 40
    starts = [f"go-{number}.example" for number in range(len(urls))]  # a host each, so that none waits for the other
    for host, url in zip(starts, urls, strict=True):
        served.on(host, "/go", Answer(status=302, headers=[("Location", escaped(f"{url}moved"))]))
    listed = "".join(f"<url><loc>{url.replace('<', '%3C')}listed</loc></url>" for url in urls)
    served.on("harbour.example", "/sitemap.xml", Answer(f"<urlset>{listed}</urlset>", media="application/xml"))
    links = [f"{url}linked".replace('"', "%22") for url in urls]
    served.on("harbour.example", "/links", Answer(page("Links", *links)))
    fronts = [*seeds, *(f"http://{host}/go" for host in starts), "http://harbour.example/links"]
    more = f'fronts = {json.dumps(fronts)}\nsitemaps = ["http://harbour.example/sitemap.xml"]\narticle = ["."]\n'
    study = crawled.write_study(
        tmp_path / "study",
        served.place,
        {"harbour": more},
        hosts={"harbour": ["harbour.example", *starts, *own]},
        delay=1.0,
    )
    lines = (study / "study.toml").read_text().splitlines()
    (study / "study.toml").write_text("\n".join(one for one in lines if '" = "' not in one or '.example" = ' in one))
    [counts] = crawled.crawl(study)["sources"]
    assert private.accepted == 0, private.asked
    ends = rows(study, "SELECT key, outcome, reason FROM asked WHERE host NOT LIKE '%.example'")
    assert {outcome for _, outcome, _ in ends} == {"refused"}
    assert len(ends) >= 60
    words = Counter(reason.partition(":")[0] for _, _, reason in ends)
    assert words.keys() <= {"address", "port", "host", "credentials", "scheme", "robots-unreadable"}
    assert words["robots-unreadable"] <= 40, "names that nobody has: localhost.localdomain"
    assert words["address"] >= 60
    moved = rows(study, "SELECT outcome, COUNT(*) FROM asked WHERE host LIKE 'go-%' GROUP BY outcome")
    assert dict(moved)["refused"] >= 30
    assert counts["skipped"]["other_host"] >= 30


TURNING = ["turning.example", "both.example", "dead.example"]


@pytest.fixture
def faces(private: Listener) -> Iterator[Served]:
    """A server at an address that plays a public one, at the port at which the private listener has another."""
    with serve(at=(PUBLIC, private.port)) as server:
        server.on("*", "/robots.txt", Answer("", 404, headers=[("Connection", "close")]))
        server.on("*", "*", Answer(page("A page"), headers=[("Connection", "close")]))
        yield server


def rebind(folder: Path, port: int, pages: tuple[int, ...], more: str = "") -> list[tuple[str, list[str]]]:
    """Crawl names that change their faces, so many pages of each; what was looked up."""
    fronts = [f"http://{host}:{port}/{n}" for host, count in zip(TURNING, pages, strict=True) for n in range(count)]
    study = crawled.write_study(
        folder,
        f"127.0.0.1:{port}",
        {"turning": f"fronts = {json.dumps(fronts)}\n{more}"},
        hosts={"turning": TURNING},
        delay=1.0,
        timeout=20.0,
        budget="attempts = 1",
    )
    text = (study / "study.toml").read_text().partition("[loopback]")[0]
    (study / "study.toml").write_text(text)
    crawled.crawl(study, module="tests.rebinding")
    found: list[tuple[str, list[str]]] = json.loads((study / "looked-up.json").read_text())
    return found


def test_a_name_that_turns_private_is_not_followed(private: Listener, faces: Served, tmp_path: Path) -> None:
    study = tmp_path / "study"
    known = rebind(study, private.port, (3, 2, 2))
    assert private.accepted == 0, private.asked
    assert [PRIVATE] in [found for name, found in known if name == "turning.example"], "it did turn"
    assert sorted(faces.paths("both.example")) == ["/0", "/1", "/robots.txt"]
    ends = {key.rpartition("://")[2]: (outcome, reason) for key, outcome, reason in rows(study, QUERY)}
    assert len(ends) == 7
    turning = [ends[f"turning.example:{private.port}/{number}"] for number in range(3)]
    assert turning.count(("fetched", None)) in (1, 2)
    assert turning.count(("refused", "address: 127.0.0.1 in 127.0.0.0/8: loopback")) == 3 - turning.count(
        ("fetched", None)
    )
    assert ends[f"dead.example:{private.port}/0"][0] == "refused", "its robots.txt cannot be had"


# From within a page in the browser.

needs_chromium = pytest.mark.skipif(not isinstance(find(), Chromium), reason="no Chromium: `huanying doctor` tells")
RESOLVER_ALONE = (
    "spiders.guard.Guard=tests.faulty.AnyPort,spiders.load.Load.refusal=tests.weakened.lets_all_out,"
    "spiders.parts.Parts.admits=tests.weakened.admits_all"
)
SEEN = {"fetch", "keepalive", "xhr", "events", "script", "module", "import", "style", "frame", "refresh", "location"}
SEEN |= {"worker", "scripts", "hop", "framed-hop", "script-hop"}
"""Ways in which a page may ask for what is permitted."""
QUIET = {"turn", "transport", "icon", "speculation"}
"""Ways that need not end in a request of HTTP, even where nothing stands before them."""


class Datagrams:
    """Counts what is sent to a port by UDP: WebRTC and HTTP/3 go no other way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.count = 0
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        with contextlib.suppress(OSError):
            while self.socket.recv(2000):
                self.count += 1


@pytest.fixture
def datagrams(private: Listener) -> Iterator[Datagrams]:
    one = Datagrams(private.port)
    yield one
    one.socket.close()


def hop(seen: Seen) -> Answer:
    return Answer(status=302, headers=[("Location", escaped(unquote(seen.path.partition("?")[2])))])


@needs_chromium
def test_a_bare_browser_reaches_the_listener_in_nearly_every_way(
    private: Listener, datagrams: Datagrams, served: Served, tmp_path: Path
) -> None:
    """What is counted below as nothing is something where nothing of ours stands in between."""
    served.on("*", "/hop", hop)
    here = f"http://127.0.0.1:{private.port}"
    served.on("*", "/", Answer(trap([], WAYS, f"{here}/")))
    chromium = find()
    assert isinstance(chromium, Chromium)
    switches = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-proxy-server"]
    switches.append("--disable-popup-blocking")
    for number in range(3):  # a loaded machine may not come round to all of them in one go
        page = ["--timeout=8000", "--dump-dom", f"http://127.0.0.1:{served.port}/"]
        command = [str(chromium.path), *switches, f"--user-data-dir={tmp_path / str(number)}", *page]
        subprocess.run(command, capture_output=True, timeout=120, check=False)
        missing = WAYS.keys() - QUIET - {one.split(b" ")[1].decode().strip("/") for one in private.asked if b" " in one}
        if not missing and datagrams.count:
            break
    assert not missing
    assert datagrams.count


@needs_chromium
@pytest.mark.parametrize("fault", ["", RESOLVER_ALONE], ids=["as-it-is", "resolver-alone"])
def test_no_page_in_the_browser_reaches_any(
    private: Listener, datagrams: Datagrams, served: Served, tmp_path: Path, fault: str
) -> None:
    urls = [url for url in hostile(private.port) if not url.startswith("https:")]
    some = urls[:62]
    served.on("*", "/hop", hop)
    sent = {f"top-{way}-{n}.example": (way, url) for way in TOP for n, url in enumerate((some[0], some[21]))}
    for group, ways in GROUPS.items():
        targets = some[::10] if group == "costly" else some
        code = {way: WAYS[way] for way in ways}
        served.on(f"{group}.example", "/trap", Answer(trap(targets, code, f"http://{group}.example/control/")))
    for host, (way, url) in sent.items():
        served.on(host, "/trap", Answer(trap([url], {way: TOP[way]})))
    served.on("declared.example", "/trap", declared([url for url in some[:20] if url.isascii()]))
    hosts = [*(f"{group}.example" for group in GROUPS), *sent, "declared.example"]
    fronts = json.dumps([f"http://{host}/trap" for host in hosts])
    study = crawled.write_study(
        tmp_path / "study",
        served.place,
        {"traps": f"browser = true\nfronts = {fronts}\n"},
        hosts={"traps": hosts},
        timeout=30.0,
    )
    crawled.crawl(study, fault=f"{weakened.SLOWLY},{fault}", module="tests.weakened")
    assert private.accepted == 0, private.asked
    assert datagrams.count == 0
    ends = {key.split("/")[2]: (outcome, reason) for key, outcome, reason in rows(study, QUERY) if "/trap" in key}
    assert {ends[f"{group}.example"] for group in (*GROUPS, "declared")} == {("fetched", None)}
    assert {ends[host] for host in sent} == {("refused", "redirect_to_other_host")}
    controls = {path.rpartition("/")[2] for path in served.paths() if path.startswith("/control/")}
    assert controls >= SEEN, "what is permitted came, after all that was not"
    if fault:
        events = rows(study, "SELECT origin, reason FROM permissions WHERE decision = 'deny'")
        assert len({origin for origin, reason in events if reason.startswith("address: ")}) >= 30


@needs_chromium
def test_a_page_in_the_browser_follows_no_name_that_turns(private: Listener, faces: Served, tmp_path: Path) -> None:
    ask = [f"http://{host}:{private.port}/part/{number}" for host in TURNING[:2] for number in range(4)]
    faces.on("*", "*", Answer(trap(ask, {"fetch": WAYS["fetch"]}), headers=[("Connection", "close")]))
    known = rebind(tmp_path / "study", private.port, (2, 1, 0), "browser = true")
    assert private.accepted == 0, private.asked
    assert [PRIVATE] in [found for name, found in known if name == "turning.example"], "it did turn"
    assert {path for path in faces.paths("both.example") if path.startswith("/part/")}
