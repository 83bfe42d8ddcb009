"""A crawl that is killed at every awkward moment ends like one that was never killed."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.archive import DATABASE, journal
from tests.crawled import ROOT, captures, crawl, write_study
from tests.served import Answer, Seen, Served, page, serve

Found = set[tuple[str, str]]


class Graph:
    """`pages` invented pages on each of `hosts` hosts, each linking to ten others and reached from the front."""

    def __init__(self, hosts: int, pages: int) -> None:
        self.pages = pages
        self.outlets = {
            f"h{n}": f'fronts = ["http://h{n}.example/"]\narticle = ["/p/"]\nfollow = ["/none/"]' for n in range(hosts)
        }

    def answer(self, seen: Seen) -> Answer:
        if seen.path == "/robots.txt":
            return Answer("User-agent: *\nDisallow: /private\n", media="text/plain")
        if seen.path == "/":
            return Answer(page(f"front of {seen.host}", *(f"/p/{n}" for n in range(0, self.pages, 10))))
        number = int(seen.path.rpartition("/")[2])
        links = (f"/p/{(number // 10 * 10 + n) % self.pages}" for n in range(10))
        return Answer(page(f"{seen.host} {number}", *links, text=f"invented text {number} " * 40))


@pytest.fixture(scope="module")
def graph() -> Iterator[tuple[Graph, Served]]:
    known = Graph(hosts=4, pages=30)
    with serve({("*", "*"): known.answer}) as served:
        yield known, served


@pytest.fixture(scope="module")
def unkilled(graph: tuple[Graph, Served], tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("unkilled")
    os.environ.setdefault("HUANYING_KEYS", str(tmp_path_factory.mktemp("module-keys")))
    result = crawl(write_study(folder, graph[1].place, graph[0].outlets))
    assert result["exit_code"] == 0
    return _found(folder)


def _found(folder: Path) -> Found:
    return {(capture.url, capture.payload_digest) for capture in captures(folder)}


def _acknowledged(folder: Path) -> tuple[set[str], set[str]]:
    """Digests of the journal's entries, and the addresses that are done."""
    path = folder / "archive" / DATABASE
    if not path.is_file():
        return set(), set()
    database = sqlite3.connect(path)
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    done = set[str]()
    if "asked" in tables:
        done = {row[0] for row in database.execute("SELECT key FROM asked WHERE outcome = 'fetched'")}
    database.close()
    return {place.sha256 for place in journal(folder / "archive")}, done


def _killed(folder: Path, fault: str) -> bool:
    """Crawl with a fault; whether the process was killed by it."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.crawler", str(folder), fault],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode in (0, -signal.SIGKILL), run.stderr
    return run.returncode != 0


def _survives(folder: Path, faults: list[str], unkilled: Found) -> None:
    journalled, done, kills = set[str](), set[str](), 0
    for fault in faults:
        kills += _killed(folder, fault)
        now_journalled, now_done = _acknowledged(folder)
        assert journalled <= now_journalled, f"entries acknowledged before the kill {fault} are lost"
        assert done <= now_done, f"addresses done before the kill {fault} are not done after it"
        kept = {capture.url.replace("http:", "https:") for capture in captures(folder)}
        assert now_done <= kept, f"after {fault} an address is done whose capture is not there"
        journalled, done = now_journalled, now_done
    assert kills == len(faults), "a fault did not come to pass: the graph is too small for it"
    result = crawl(folder)
    assert result["exit_code"] == 0
    assert sum(source["requeued"] for source in result["sources"]) == 0
    assert _found(folder) == unkilled


PLACED = [
    "answered:3",
    "append:1",
    "append:6",
    "synced:2",
    "before-commit:2",
    "before-commit:3",
    "after-commit:2",
    "after-commit:3",
    "answered:17",
    "append:9",
]


def test_ten_kills(graph: tuple[Graph, Served], unkilled: Found, tmp_path: Path) -> None:
    _survives(write_study(tmp_path, graph[1].place, graph[0].outlets), PLACED, unkilled)


def test_order_holds_where_a_kill_forgets_what_was_not_synced(
    graph: tuple[Graph, Served], unkilled: Found, tmp_path: Path
) -> None:
    """The page cache outlives a SIGKILL; here it does not: what was committed must have been synced before."""
    faults = ["unsynced-append:5", "unsynced-after-commit:3", "unsynced-before-commit:3", "unsynced-after-commit:2"]
    _survives(write_study(tmp_path, graph[1].place, graph[0].outlets), faults, unkilled)


def test_full_disk_ends_the_crawl_and_loses_nothing(
    graph: tuple[Graph, Served], unkilled: Found, tmp_path: Path
) -> None:
    folder = write_study(tmp_path, graph[1].place, graph[0].outlets)
    result = crawl(folder, fault="nospace:30")
    assert result["exit_code"] == 3
    assert "make room" in str(result["stopped"])
    journalled, _ = _acknowledged(folder)
    assert len(captures(folder)) == len(journalled)
    assert crawl(folder)["exit_code"] == 0
    assert _found(folder) == unkilled


@pytest.mark.soak
def test_fifty_kills_over_two_thousand_pages(tmp_path: Path) -> None:
    drawn = random.Random(2025)
    known = Graph(hosts=8, pages=250)
    points = ["answered", "append", "synced", "before-commit", "after-commit"]
    faults = [
        f"{(point := drawn.choice(points))}:{drawn.randint(1, 30 if point in points[:2] else 4)}" for _ in range(50)
    ]
    with serve({("*", "*"): known.answer}) as served:
        reference = write_study(tmp_path / "reference", served.place, known.outlets, budget="pages_per_pattern = 5000")
        assert crawl(reference)["exit_code"] == 0
        folder = write_study(tmp_path / "killed", served.place, known.outlets, budget="pages_per_pattern = 5000")
        _survives(folder, faults, _found(reference))
