"""No address but a public one is reached, in whatever way a crawl comes upon it: counted in accepted connections."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import TypeAdapter, ValidationError

from corpus.archive import DATABASE
from corpus.studyfile import Address, Host
from tests import crawled
from tests.driven import drive, write_study
from tests.hostile import hostile, hosts
from tests.rebinding import PRIVATE, PUBLIC
from tests.served import Answer, Served, page, serve
from tests.test_spiders_guard import Listener

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
    starts = ["http://harbour.example/go"]
    if way == "seed":
        starts = urls
    elif way == "link":
        served.on("harbour.example", "/go", Answer(page("Links", *(url.replace('"', "%22") for url in urls))))
    elif way == "sitemap":
        listed = "".join(f"<url><loc>{url.replace('<', '%3C')}</loc></url>" for url in urls)
        served.on("harbour.example", "/go", Answer(f"<urlset>{listed}</urlset>", media="application/xml"))
    else:
        starts = [f"http://harbour.example/go/{number}" for number in range(len(urls))]
        for number, url in enumerate(urls):
            served.on("harbour.example", f"/go/{number}", Answer(status=302, headers=[("Location", escaped(url))]))
    study = write_study(tmp_path / "study", {"harbour.example": served.place})
    driven = drive(study, starts, follow=way != "seed", guard=guard, patience=30, settings={"DOWNLOAD_TIMEOUT": 5})
    assert private.accepted == 0, private.asked
    ends = {url: end for url, end in driven.ends.items() if not re.match(r"http://harbour\.example[/\\]", url)}
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


def rebind(folder: Path, port: int, more: str = "") -> list[tuple[str, list[str]]]:
    """Crawl names that change their faces; what was looked up."""
    fronts = [f"http://{host}:{port}/{number}" for host in TURNING for number in range(3 if host == TURNING[0] else 2)]
    study = crawled.write_study(
        folder,
        f"127.0.0.1:{port}",
        {"turning": f"fronts = {json.dumps(fronts)}\n{more}"},
        hosts={"turning": TURNING},
        delay=1.0,
        timeout=3.0,
        budget="attempts = 1",
    )
    text = (study / "study.toml").read_text().partition("[loopback]")[0]
    (study / "study.toml").write_text(text)
    crawled.crawl(study, module="tests.rebinding")
    found: list[tuple[str, list[str]]] = json.loads((study / "looked-up.json").read_text())
    return found


def test_a_name_that_turns_private_is_not_followed(private: Listener, faces: Served, tmp_path: Path) -> None:
    study = tmp_path / "study"
    known = rebind(study, private.port)
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
