"""Every answer to robots.txt, for plain requests and in the browser: what was asked is read off the server's own log."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corpus.archive import DATABASE
from spiders.asks import key_of
from tests import crawled
from tests.served import Answer, Seen, Served, page, serve
from tests.test_spiders_courtesy import CLOSED, MATRIX, OPEN, RULES, moved, robots

TIMEOUT = 4.0
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

    def paths(self, host: str) -> list[str]:
        return [one.path for one in self.seen if one.host == host]

    def asked(self, host: str) -> set[str]:
        """Which of the two pages, or what lies beneath them, the host was asked for."""
        return {begin for begin in ALL for path in self.paths(host) if path.startswith(begin)}


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
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUANYING_KEYS", str(tmp_path_factory.mktemp("keys")))
        yield run_plain(tmp_path_factory.mktemp("plain") / "study")


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
