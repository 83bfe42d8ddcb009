"""The frontier by itself: leases, clocks, budgets, retries, runs; and the one private name of Scrapy that it leans on."""

import asyncio
import errno
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.core import engine as engine_module
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.utils.reactor import CallLaterOnce

from corpus.archive import Archive
from corpus.disk import Disk
from corpus.errors import HuanyingError, NoSpaceError
from corpus.records import Finding
from corpus.study import Study, load_study
from spiders import frontier as frontier_module
from spiders.asks import Ask, Ended, Fault, Skip, from_json, key_of, pattern_of, to_json
from spiders.courtesy import Later, Refused
from spiders.failures import Again, Answered, End, Halt, Moved, NotArchived, as_halt, judge
from spiders.frontier import Frontier
from spiders.hosts import Hosts
from spiders.ledger import Row
from spiders.scheduling import wake
from tests.crawled import write_study


def ask(path: str = "/1", host: str = "harbour", **changes: Any) -> Ask:
    known: dict[str, Any] = {"url": f"http://{host}.example{path}", "source_id": host, "callback": "read_article"}
    return Ask(**{**known, "finding": Finding("feed", title="小红书"), **changes})


class Crawl:
    """A frontier with an event loop around it, as the reactor is."""

    def __init__(
        self, study: Study, disk: Disk | None = None, sources: list[str] | None = None, recheck: bool = False
    ) -> None:
        self.archive = Archive(study.archive_folder, disk)
        self.hosts = Hosts(self.archive.database)
        self.frontier = Frontier(study, self.archive, self.hosts, sources or sorted(study.outlets), recheck=recheck)
        self.waits: list[float] = []
        self.frontier.attach("news", self.waits.append)

    def __enter__(self) -> "Crawl":
        return self

    def __exit__(self, *_: object) -> None:
        self.frontier.close()
        self.archive.close()

    def say(self, *said: Ask | Skip | Fault) -> None:
        for one in said:
            self.frontier.say(one, "news")

    def take(self) -> Row:
        row = self.frontier.next("news")
        assert row is not None
        return row

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        self.frontier.commit()
        return self.archive.database.execute(query).fetchall()


@pytest.fixture
def study(tmp_path: Path) -> Study:
    budget = "pages_per_host = 6\npages_per_pattern = 4\ndepth = 2\nattempts = 3"
    return load_study(write_study(tmp_path / "study", "127.0.0.1:9", {"harbour": "", "river": ""}, budget=budget))


@pytest.fixture(autouse=True)
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Timers of the frontier go to a loop that is never run: every test commits by itself."""
    made = asyncio.new_event_loop()
    asyncio._set_running_loop(made)
    yield made
    asyncio._set_running_loop(None)
    made.close()


def test_one_lease_a_host_and_one_spelling_an_address(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/1"), ask("/2"), ask("/1?utm_source=x"), ask("/1", "river"), ask("//1#x"))
        first, second = crawl.take(), crawl.take()
        assert {first.host, second.host} == {"harbour.example", "river.example"}
        assert crawl.frontier.next("news") is None
        crawl.frontier.finish(first, "fetched")
        third = crawl.take()
        assert (third.host, third.ask.url[-1]) == (first.host, "2")
        assert third.ask.finding.title == "小红书"
        crawl.frontier.finish(second, "fetched")
        crawl.frontier.finish(third, "fetched")
        assert crawl.frontier.next("news") is None
        assert not crawl.frontier.has_pending("news")


def test_priority_goes_before_age(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/old"), ask("/new", priority=5))
        assert crawl.take().ask.url.endswith("/new")


def test_a_host_waits_for_its_clock_and_the_engine_is_woken(study: Study) -> None:
    with Crawl(study) as crawl:
        state = crawl.hosts.get("http://harbour.example")
        state.next_allowed_at = time.time() + 30
        crawl.hosts.changed(state)
        crawl.say(ask("/1"), ask("/1", "river"))
        row = crawl.take()
        assert row.host == "river.example"
        crawl.frontier.finish(row, "fetched")
        assert crawl.frontier.next("news") is None
        assert 25 < crawl.waits[-1] <= 30
        state.next_allowed_at = time.time() - 1
        crawl.frontier._heaps["news"][:] = [(0.0, 0, crawl.frontier._heaps["news"][0][2])]
        assert crawl.take().host == "harbour.example"


def test_the_twin_scheme_has_the_same_clock(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.hosts.get("https://harbour.example").next_allowed_at = time.time() + 30
        crawl.say(ask("/1"))
        assert crawl.frontier.next("news") is None


def test_a_closed_host_is_emptied(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(*(ask(f"/{n}") for n in range(3)), ask("/1", "river"))
        crawl.frontier.commit()
        crawl.hosts.get("http://harbour.example").closed = "3 times in a row: answers 403"
        assert crawl.take().host == "river.example"
        assert crawl.frontier.next("news") is None
        refused = crawl.rows("SELECT outcome, reason, COUNT(*) FROM asked WHERE source_id = 'harbour' GROUP BY 1, 2")
        assert refused == [("refused", "closed: 3 times in a row: answers 403", 3)]


def test_budgets(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(*(ask(f"/day/{n}") for n in range(6)))  # alike but for digits
        crawl.say(ask("/a"), ask("/b"), ask("/c"), ask("/deep", depth=3), ask("/seed", seed=True))
        skipped = dict(crawl.rows("SELECT skipped, COUNT(*) FROM listed GROUP BY skipped"))
        assert skipped == {None: 7, "budget_pattern": 2, "budget_host": 1, "budget_depth": 1}
        assert crawl.rows("SELECT COUNT(*) FROM asked") == [(7,)]


def test_a_link_does_not_let_in_what_a_listing_ruled_out(study: Study) -> None:
    link = Finding("link")
    with Crawl(study) as crawl:
        crawl.say(
            Skip("http://harbour.example/cats", "harbour", "feed", "no_query_in_title"), ask("/cats", finding=link)
        )
        crawl.frontier.commit()
        crawl.say(ask("/cats", finding=link))
        assert crawl.frontier.next("news") is None
        crawl.say(ask("/cats"))  # another listing has it without a title
        assert crawl.take().ask.url.endswith("/cats")
        assert crawl.rows("SELECT skipped FROM listed") == [(None,)]


def test_budgets_hold_over_a_restart(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(*(ask(f"/day/{n}") for n in range(3)))
    with Crawl(study) as crawl:
        crawl.say(*(ask(f"/day/{n}") for n in range(3, 6)))
        assert crawl.rows("SELECT COUNT(*) FROM asked") == [(4,)]


def test_leases_go_back_at_the_next_start_and_done_stays_done(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/1"), ask("/1", "river"))
        crawl.frontier.finish(crawl.take(), "fetched")
        crawl.take()
        assert sorted(crawl.rows("SELECT state FROM asked")) == [(1,), (2,)]
    with Crawl(study) as crawl:
        assert crawl.frontier.pending["news"] == 1
        crawl.frontier.finish(crawl.take(), "fetched")
        assert crawl.frontier.next("news") is None


def test_what_was_not_committed_is_as_if_it_had_not_been(study: Study) -> None:
    crawl = Crawl(study)
    crawl.say(ask("/1"))
    crawl.frontier.commit()
    crawl.frontier.finish(crawl.take(), "fetched", said=[ask("/2")])
    crawl.archive.close()
    with Crawl(study) as again:
        assert again.rows("SELECT key, state FROM asked") == [("https://harbour.example/1", 0)]


def test_retries_are_counted_and_end(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/1"))
        for attempt in range(3):
            row = crawl.take()
            assert row.attempts == attempt
            crawl.frontier.put_back(row, time.time() - 1, "timeout", counts=True)
        assert crawl.rows("SELECT state, outcome, reason, attempts FROM asked") == [(2, "failed", "timeout", 3)]


def test_later_waits_and_uses_up_nothing(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/1"))
        for _ in range(5):
            crawl.frontier.failed(crawl.take(), Later(time.time() - 1, "waits its turn", counts=False))
        crawl.frontier.failed(crawl.take(), Later(time.time() + 40, "waits its turn", counts=False))
        assert crawl.frontier.next("news") is None
        assert crawl.frontier.has_pending("news")
        assert 30 < crawl.waits[-1] <= 40
        assert crawl.rows("SELECT attempts FROM asked") == [(0,)]


def test_a_crawl_does_not_wait_for_hours(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontier_module, "PATIENCE", 100.0)
    with Crawl(study) as crawl:
        crawl.say(ask("/1"))
        crawl.frontier.failed(crawl.take(), Later(time.time() + 500, "host answers 429", counts=False))
        assert crawl.frontier.next("news") is None
        assert crawl.frontier.next("news") is None
        assert not crawl.frontier.has_pending("news")
    with Crawl(study) as crawl:
        assert crawl.frontier.ledger.resumed == {"harbour"}
        assert crawl.frontier.pending["news"] == 1


def test_listings_are_asked_anew_in_each_run_and_pages_once(study: Study) -> None:
    for run in (1, 2):
        with Crawl(study) as crawl:
            crawl.say(ask("/rss", listing=True, seed=True), ask("/rss", listing=True, seed=True), ask("/1"))
            assert crawl.frontier.ledger.runs["harbour"] == run
            asked = []
            while (row := crawl.frontier.next("news")) is not None:
                asked.append(row.ask.url[-4:])
                crawl.frontier.finish(row, "fetched")
            assert asked == (["/rss", "le/1"] if run == 1 else ["/rss"])


def test_a_new_run_gives_another_chance_to_what_failed(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/1"), ask("/1", "river"))
        crawl.frontier.finish(crawl.take(), "failed", "http_500")
        crawl.frontier.finish(crawl.take(), "refused", "robots")
    with Crawl(study) as crawl:
        assert crawl.frontier.pending["news"] == 2


def test_sources_that_are_not_chosen_are_left_alone(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/1"), ask("/1", "river"))
    with Crawl(study, sources=["river"]) as crawl:
        assert crawl.take().host == "river.example"
        assert crawl.frontier.next("news") is None
        assert crawl.frontier.pending["news"] == 1
        with pytest.raises(ValueError, match="no source of this crawl"):
            crawl.say(ask("/2"))


@pytest.mark.parametrize(("cut", "other"), [(False, True), (False, False), (True, False)])
def test_while_a_run_is_cut_short_no_other_opens_the_hosts_that_it_closed(study: Study, cut: bool, other: bool) -> None:
    """`cut`: the one that is cut short is a recheck; `other`: a crawl of another source begins, else of the other kind."""
    with Crawl(study, sources=["harbour"], recheck=cut) as crawl:
        crawl.hosts.close(crawl.hosts.get("http://closed.example"), "captcha")
        crawl.say(ask("/1"), ask("/2"))
        crawl.frontier.commit()
        crawl.frontier.halt(HuanyingError("cut short"))
    for source, recheck in (("river", cut) if other else ("harbour", not cut), ("harbour", cut)):
        with Crawl(study, sources=[source], recheck=recheck) as crawl:
            assert crawl.hosts.get("http://closed.example").closed == "captcha"
            while (row := crawl.frontier.next("news")) is not None:
                crawl.frontier.finish(row, "fetched")
    with Crawl(study, sources=["river"]) as crawl:
        assert crawl.hosts.get("http://closed.example").closed is None, "nothing is left to go on with"


def test_a_page_that_moved_is_no_unchanged_one(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/1", also=304, etag="E"), ask("/2", "river", also=404))
        for _ in range(2):
            row = crawl.take()
            crawl.frontier.failed(row, Answered(301, f"{row.ask.url}/there"))
        found = {row.ask.url[-7:]: (row.ask.also, row.ask.etag) for row in (crawl.take(), crawl.take())}
        assert found == {"1/there": (None, None), "2/there": (404, None)}


def test_redirects(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/a"))
        crawl.frontier.failed(crawl.take(), Answered(301, "https://harbour.example/a"))  # the same by our reckoning
        again = crawl.take()
        assert (again.ask.url, again.hops) == ("https://harbour.example/a", 1)
        crawl.frontier.failed(again, Answered(302, "/b"))
        moved = crawl.take()
        assert (moved.ask.url, moved.hops, moved.ask.finding) == ("https://harbour.example/b", 2, again.ask.finding)
        crawl.frontier.failed(moved, Answered(302, "/a"))  # and back
        crawl.say(ask("/c"))
        crawl.frontier.failed(crawl.take(), Answered(302, "http://elsewhere.example/"))
        crawl.say(ask("/d"))
        crawl.frontier.failed(crawl.take(), Answered(302, "http://[::1"))
        crawl.say(ask("/e"))
        crawl.frontier.failed(crawl.take(), Answered(302, "/e"))
        assert {
            key[-1]: (outcome, reason) for key, outcome, reason in crawl.rows("SELECT key, outcome, reason FROM asked")
        } == {
            "a": ("redirected", None),
            "b": ("failed", "redirect_loop"),
            "c": ("refused", "redirect_to_other_host"),
            "d": ("failed", "redirect_to_bad_address"),
            "e": ("failed", "redirect_loop"),
        }


def test_an_endless_redirect_ends(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/x", seed=True))
        for hop in range(frontier_module.HOPS + 1):
            crawl.frontier.failed(crawl.take(), Answered(302, "/x" + "y" * (hop + 1)))
        assert crawl.frontier.next("news") is None
        assert crawl.rows("SELECT skipped FROM listed WHERE skipped IS NOT NULL") == [("too_many_redirects",)]


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (Refused("robots", "Disallow: /"), End("refused", "robots: Disallow: /")),
        (Refused("closed"), End("refused", "closed")),
        (Later(5.0, "host answers 429", True), Again("host answers 429", 5.0, True)),
        (Answered(404), End("gone", "http_404")),
        (Answered(403), End("refused", "http_403")),
        (Answered(418), End("failed", "http_418")),
        (Answered(503), Again("http_503")),
        (Answered(200, incomplete=True), Again("payload_incomplete")),
        (Answered(302, "/b"), Moved("/b", 302)),
        (Ended("fetched", "end_of_file"), End("fetched", "end_of_file")),
        (DownloadTimeoutError("x"), Again("timeout")),
        (ConnectionResetError("x"), Again("connection_reset")),
        (IgnoreRequest("x"), End("failed", "ignore_request")),
        (KeyError("x"), End("spider_error", "KeyError")),
    ],
)
def test_every_failure_has_one_verdict(error: Exception, verdict: object) -> None:
    assert judge(error, seed=False) == verdict


def test_a_seed_that_is_gone_is_a_failure() -> None:
    assert judge(Answered(404), seed=True) == End("failed", "http_404")


def test_what_halts() -> None:
    full = as_halt(OSError(errno.ENOSPC, "no space"))
    assert isinstance(full, NoSpaceError)
    assert isinstance(as_halt(sqlite3.OperationalError("database or disk is full")), NoSpaceError)
    assert as_halt(OSError(errno.EIO, "io")).exit_code == 1
    assert isinstance(judge(NotArchived(full), seed=False), Halt)


class FullAtSync(Disk):
    def sync(self, file: BinaryIO) -> None:
        raise OSError(errno.ENOSPC, "no space left")


def test_a_commit_that_fails_halts_and_acknowledges_nothing(study: Study) -> None:
    from tests.test_corpus_archive import entry

    with Crawl(study, FullAtSync()) as crawl:
        crawl.archive.append(entry(1))
        crawl.say(ask("/1"))
        crawl.frontier.commit()
        assert isinstance(crawl.frontier.halted, NoSpaceError)
        assert crawl.frontier.next("news") is None
        assert not crawl.frontier.has_pending("news")
    with Crawl(study) as crawl:
        assert crawl.rows("SELECT COUNT(*) FROM asked") == [(0,)]
        assert crawl.rows("SELECT COUNT(*) FROM journal") == [(0,)]


def test_a_batch_is_committed_when_it_is_full(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontier_module, "BATCH", 3)
    with Crawl(study) as crawl:
        crawl.say(ask("/1"), ask("/2"))
        database = sqlite3.connect(study.archive_folder / "frontier.sqlite")
        assert database.execute("SELECT COUNT(*) FROM asked").fetchone() == (0,)
        crawl.say(ask("/3"))
        assert database.execute("SELECT COUNT(*) FROM asked").fetchone() == (3,)
        database.close()


def test_halt_ends_what_is_pending(study: Study) -> None:
    with Crawl(study) as crawl:
        crawl.say(ask("/1"), ask("/2"))
        row = crawl.take()
        crawl.frontier.failed(row, NotArchived(HuanyingError("no")))
        assert crawl.frontier.next("news") is None
        assert not crawl.frontier.has_pending("news")


@given(st.text(max_size=30), st.none() | st.integers(0, 9), st.booleans(), st.integers(0, 30))
def test_an_ask_survives_its_storage(title: str, rank: int | None, flag: bool, number: int) -> None:
    one = ask("/1", finding=Finding("query", title, rank), listing=flag, seed=not flag, priority=number, depth=number)
    assert from_json(to_json(one)) == one


def test_patterns_fold_digits() -> None:
    keys = [key_of(f"http://harbour.example/2025/0{n}/1{n}?page={n}") for n in (1, 2)]
    assert len({pattern_of(key) for key in keys}) == 1


def test_the_private_name_that_wakes_the_engine_is_still_there() -> None:
    """`wake` leans on ``engine._slot.nextcall.schedule``; a new Scrapy that moves it must turn this red, not stall crawls."""
    assert isinstance(engine_module.ExecutionEngine._SLOT_HEARTBEAT_INTERVAL, float)
    called: list[bool] = []
    loop = asyncio.new_event_loop()
    try:
        once = CallLaterOnce(lambda: called.append(True))
        slot = engine_module._Slot.__new__(engine_module._Slot)
        slot.closing, slot.nextcall = None, once
        engine = engine_module.ExecutionEngine.__new__(engine_module.ExecutionEngine)
        engine._slot = slot
        asyncio._set_running_loop(loop)
        handle = wake(engine, 0.3)
        assert handle is not None
        assert 0.2 < handle.when() - loop.time() <= 0.3
        slot.closing = object()  # type: ignore[assignment]
        assert wake(engine, 0.3) is None
        handle.cancel()
    finally:
        asyncio._set_running_loop(None)
        loop.close()
