"""Every answer to robots.txt, for plain requests and in the browser: what was asked is read off the server's own log."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from corpus.archive import DATABASE
from corpus.chromium import Chromium, find
from corpus.records import Capture
from spiders.asks import key_of
from tests import crawled, weakened
from tests.served import Answer, Seen, Served, page, serve
from tests.test_spiders_courtesy import CLOSED, MATRIX, OPEN, RULES, moved, robots

TIMEOUT = 10.0
"""Seconds that an answer may take in these crawls."""
ALL = {OPEN, CLOSED}
UNREAD = "robots-unreadable: "
BIG_EARLY = f"User-agent: *\nDisallow: /private\n{'# a long shelf of remarks' * 40}\n" * 600
SAYS_NOTHING = page("Welcome")

# Host: answer for /robots.txt, which of the two pages may be asked for, and the record of what was refused.
CONDITIONS: dict[str, tuple[Answer, set[str]]] = {
    **MATRIX,
    "slow.example": (Answer(RULES, delay=TIMEOUT + 2), set()),
    "none.example": (robots("User-agent: *\nDisallow: /\n"), set()),
    "to-none.example": (moved("/elsewhere"), set()),
    "says301.example": (Answer(status=301, headers=[("Location", "/other")]), {OPEN}),
    "says307.example": (Answer(status=307, headers=[("Location", "/other")]), {OPEN}),
    "says308.example": (Answer(status=308, headers=[("Location", "/other")]), {OPEN}),
    "long-early.example": (robots(BIG_EARLY), {OPEN}),
    "aborted.example": (Answer(abort=True), set()),
    "says404-page.example": (robots(SAYS_NOTHING, 404, "text/html"), ALL),
}
REASONS = {
    "none.example": "robots: line 2: Disallow: /",
    "to-none.example": "robots: line 2: Disallow: /",
    "named.example": "robots: line 5: Disallow: /private",
    "gbk-comment.example": "robots: line 3: Disallow: /private",
    "six.example": f"{UNREAD}robots.txt redirects more than 5 times",
    "loop.example": f"{UNREAD}robots.txt redirects more than 5 times",
    "inward.example": "port: 127.0.0.1:1",
    "nowhere.example": f"{UNREAD}robots.txt answers 302",
    "slow.example": f"{UNREAD}robots.txt cannot be had: DownloadTimeoutError",
    "reset.example": f"{UNREAD}robots.txt cannot be had: ",
    "aborted.example": f"{UNREAD}robots.txt cannot be had: ",
    "cut.example": f"{UNREAD}robots.txt broke off",
    "utf16.example": f"{UNREAD}robots.txt is not UTF-8 text",
    "utf16be.example": f"{UNREAD}robots.txt is not UTF-8 text",
    "latin1.example": f"{UNREAD}robots.txt is not UTF-8 text",
    "page.example": f"{UNREAD}a page in place of robots.txt (text/html)",
    "prose.example": f"{UNREAD}not one line of robots.txt",
    "big.example": "robots: line 20002: Disallow: /open",
    "huge.example": f"{UNREAD}robots.txt is longer than",
    "challenge.example": f"{UNREAD}in place of robots.txt: challenge",
    "says401.example": f"{UNREAD}in place of robots.txt: login: answers 401",
    **{f"says{code}.example": f"{UNREAD}robots.txt answers {code}" for code in (202, 403, 429, 451, 500, 503)},
}
"""How the record of a refused page begins; where a host is not named, by line 2."""
LINE = "robots: line 2: Disallow: /private"


@dataclass(frozen=True, slots=True)
class Crawled:
    """What a server saw of a crawl, and what the crawl itself has on record: address to outcome and reason."""

    seen: list[Seen]
    ends: dict[str, tuple[str, str | None]]
    captures: list[Capture] = field(default_factory=list)

    def paths(self, host: str) -> list[str]:
        return [one.path for one in self.seen if one.host == host]

    def asked(self, host: str) -> set[str]:
        """Which of the two pages the host was asked for."""
        return ALL.intersection(self.paths(host))


def set_up(served: Served, prefix: str = "") -> None:
    served.on("*", "/other", robots(RULES))
    served.on("*", "/elsewhere", robots("User-agent: *\nDisallow: /\n"))
    served.on("*", "/hop5", robots(RULES))
    for hop in range(5):
        served.on("*", f"/hop{hop}", moved(f"/hop{hop + 1}"))
    for host, (answer, _) in CONDITIONS.items():
        served.on(prefix + host, "/robots.txt", answer)


def write(folder: Path, served: Served, outlets: dict[str, str], hosts: dict[str, list[str]], more: set[str]) -> Path:
    """The study of one crawl; `more` hosts are served beside those of the outlets."""
    crawled.write_study(folder, served.place, outlets, hosts=hosts, timeout=TIMEOUT, budget="attempts = 2")
    with (folder / "study.toml").open("a") as file:
        file.writelines(f'"{host}" = "{served.place}"\n' for host in sorted(more))
    return folder


def seeds(hosts: list[str]) -> str:
    return f"fronts = {json.dumps([f'http://{host}{path}' for host in hosts for path in (OPEN, CLOSED)])}\n"


def ends_of(study: Path) -> dict[str, tuple[str, str | None]]:
    database = sqlite3.connect(study / "archive" / DATABASE)
    rows: list[tuple[Any, ...]] = database.execute("SELECT key, outcome, reason FROM asked").fetchall()
    database.close()
    return {key: (outcome, reason) for key, outcome, reason in rows}


def run_plain(folder: Path, fault: str = "") -> Crawled:
    with serve({("*", "*"): Answer(page("A page", text="words " * 50))}) as served:
        set_up(served)
        hosts = list(CONDITIONS)
        study = write(folder, served, {"matrix": seeds(hosts)}, {"matrix": hosts}, set())
        crawled.crawl(study, fault=fault, module="tests.weakened")
        return Crawled(served.requests(), ends_of(study))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUANYING_KEYS", str(tmp_path_factory.mktemp("keys")))
        yield


@pytest.fixture(scope="module")
def plain(keys: None, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return run_plain(tmp_path_factory.mktemp("plain") / "study")


def check_pages(crawl: Crawled, host: str) -> None:
    """The server saw what is permitted and nothing else, and the record says so of each of the two pages."""
    allowed = CONDITIONS[host][1]
    assert crawl.asked(host) == allowed
    for path in ALL:
        outcome, reason = crawl.ends[key_of(f"http://{host}{path}")]
        if path in allowed:
            assert (outcome, reason) == ("fetched", None)
        else:
            assert outcome == "refused"
            assert (reason or "").startswith(REASONS.get(host, LINE)), reason
    at_first = crawl.paths(host)[0]
    assert at_first == "/robots.txt"


@pytest.mark.parametrize("host", CONDITIONS)
def test_plain(plain: Crawled, host: str) -> None:
    check_pages(plain, host)


def test_a_crawl_that_allows_on_failure_is_caught(tmp_path: Path) -> None:
    crawl = run_plain(tmp_path / "study", "spiders.courtesy.Courtesy=tests.faulty.AllowsOnFailure")
    caught = []
    for host, (_, allowed) in CONDITIONS.items():
        try:
            check_pages(crawl, host)
        except AssertionError:
            caught.append(host)
        else:
            assert allowed or host in ("none.example", "to-none.example"), host
    assert len(caught) > 15


# In the browser: the page's own host has the condition, or a host of which the page asks for its parts.

needs_chromium = pytest.mark.skipif(not isinstance(find(), Chromium), reason="no Chromium: `huanying doctor` tells")
PART, ASKER = "part-", "asker-"
WAYS = ("script", "module", "style", "fetch", "head", "xhr", "frame", "worker", "import")
GROUPS = 8
"""Pages that ask for parts: each of those of some hosts, for a page in the browser costs most of a second."""
PARTED = """<!doctype html><html><head><title>Parts</title></head><body><h1>Parts</h1><script>
const working = new Set()
const add = (name, set) => { const e = document.createElement(name); Object.assign(e, set); document.body.append(e) }
for (const host of HOSTS) {
  const at = (place, way) => "http://" + host + place + way
  for (const place of ["/open/", "/private/"]) {
    add("script", {src: at(place, "script")})
    add("script", {src: at(place, "module"), type: "module"})
    add("link", {rel: "stylesheet", href: at(place, "style")})
    add("iframe", {src: at(place, "frame")})
    fetch(at(place, "fetch"), {mode: "no-cors"}).catch(() => 0)
    fetch(at(place, "head"), {mode: "no-cors", method: "HEAD"}).catch(() => 0)
    fetch(at(place, "post"), {mode: "no-cors", method: "POST", body: "x"}).catch(() => 0)
    const x = new XMLHttpRequest(); x.open("GET", at(place, "xhr")); x.send()
  }
  working.add(host)
  const worker = new Worker(URL.createObjectURL(new Blob([`
    for (const place of ["/open/", "/private/"]) {
      fetch("http://${host}" + place + "worker", {mode: "no-cors"}).catch(() => 0)
      try { importScripts("http://${host}" + place + "import") } catch { }
    }
    postMessage("done")`])))
  worker.onmessage = () => working.delete(host)
}
const clock = setInterval(() => {
  document.body.append(document.createComment("at work"))
  if (!working.size) clearInterval(clock)
}, 30)
</script></body></html>"""
"""It changes until its workers are through: one that waits between two imports looks like a page at rest."""


def groups_of(hosts: list[str]) -> dict[str, list[str]]:
    """Which page asks for the parts of which hosts."""
    return {f"{ASKER}{number}.example": hosts[number::GROUPS] for number in range(min(GROUPS, len(hosts)))}


def run_browser(folder: Path, hosts: list[str], fault: str = "") -> Crawled:
    with serve({("*", "*"): Answer(page("A page", text="words " * 50))}) as served:
        set_up(served)
        set_up(served, PART)
        groups = groups_of(hosts)
        for asker, group in groups.items():
            served.on(asker, "/robots.txt", robots("", 404))
            served.on(asker, "/page", Answer(PARTED.replace("HOSTS", json.dumps([PART + host for host in group]))))
        parts = [PART + host for host in hosts]
        fronts = json.dumps([f"http://{asker}/page" for asker in groups])
        outlets = {
            "pages": f"browser = true\n{seeds(hosts)}",
            "parts": f"browser = true\nbrowser_hosts = {json.dumps(parts)}\nfronts = {fronts}\n",
        }
        study = write(folder, served, outlets, {"pages": hosts, "parts": list(groups)}, set(parts))
        crawled.crawl(study, fault=f"{weakened.SLOWLY},{fault}", module="tests.weakened")
        return Crawled(served.requests(), ends_of(study), crawled.captures(study))


@pytest.fixture(scope="module")
def browser(keys: None, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return run_browser(tmp_path_factory.mktemp("browser") / "study", list(CONDITIONS))


@needs_chromium
@pytest.mark.parametrize("host", CONDITIONS)
def test_pages_in_the_browser(browser: Crawled, host: str) -> None:
    check_pages(browser, host)


ROOTS = {"/open/": OPEN, "/private/": CLOSED}


def permitted(host: str) -> set[str]:
    """Every way of asking for what the host permits."""
    return {place + way for place, root in ROOTS.items() for way in WAYS if root in CONDITIONS[host][1]}


def parts_of(crawl: Crawled, host: str) -> set[str]:
    return {path for path in crawl.paths(PART + host) if path.startswith(tuple(ROOTS))}


@needs_chromium
@pytest.mark.parametrize("host", CONDITIONS)
def test_parts_in_the_browser(browser: Crawled, host: str) -> None:
    assert parts_of(browser, host) == permitted(host), "each way of what is permitted, and nothing else"
    [asker] = [one for one, group in groups_of(list(CONDITIONS)).items() if host in group]
    assert browser.ends[key_of(f"http://{asker}/page")] == ("fetched", None), "the page came nonetheless"
    assert {one.method for one in browser.seen if one.host == PART + host} <= {"GET", "HEAD"}
    assert browser.paths(PART + host)[0] == "/robots.txt"


@needs_chromium
def test_nobody_else_was_asked(browser: Crawled) -> None:
    known = {prefix + host for host in CONDITIONS for prefix in ("", PART)}
    assert {one.host for one in browser.seen} == known | groups_of(list(CONDITIONS)).keys()


@needs_chromium
def test_each_part_is_archived_with_the_page_that_asked_for_it(browser: Crawled) -> None:
    """And not with one in another window; the pages themselves as they came and as they were drawn."""
    parts = [one for one in browser.captures if one.format == "part"]
    assert len(parts) > 200
    asker_of = {host: asker for asker, group in groups_of(list(CONDITIONS)).items() for host in group}
    for one in parts:
        host = (urlsplit(one.url).hostname or "").removeprefix(PART)
        assert (one.source_id, one.how, one.finding.value) == ("parts", "http", f"http://{asker_of[host]}/page"), (
            one.url
        )
    pages = ("/open", "/private", "/page")
    seen = Counter(f"http://{one.host}{one.path}" for one in browser.seen if one.path.startswith(pages))
    assert Counter(one.url for one in parts) == {url: n for url, n in seen.items() if f"//{PART}" in url}
    for how in ("http", "rendered"):
        fronts = {one.url for one in browser.captures if one.how == how and one.format == "front"}
        assert fronts == {url for url in seen if f"//{PART}" not in url}
    assert set(seen.values()) == {1}, "nothing is asked for twice"


@needs_chromium
@pytest.mark.parametrize(
    ("fault", "hosts"),
    [
        ("spiders.courtesy.Courtesy=tests.faulty.AllowsOnFailure", ["says503.example", "utf16.example"]),
        ("spiders.courtesy.Courtesy=tests.faulty.LetsPartsThrough", ["says200.example", "says503.example"]),
    ],
)
def test_a_browser_without_the_rules_is_caught(tmp_path: Path, fault: str, hosts: list[str]) -> None:
    crawl = run_browser(tmp_path / "study", hosts, fault)
    for host in hosts:
        assert parts_of(crawl, host) - permitted(host)
