"""Whole crawls over a loopback server: politeness between requests, retries, resumption, exit codes, safeguards."""

import re
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import BaseSettings, Settings

from corpus.errors import RefusedError, UserError
from corpus.study import load_study
from spiders import settings as settings_module
from spiders.crawl import CrawlResult, crawlers, run_crawl, spider_of
from spiders.settings import SAFEGUARDS, check_safeguards, from_study, user_agent
from spiders.sources import SourceCounts, plan, status
from tests.crawled import ROOT, captures, crawl, write_study
from tests.served import Answer, Seen, page, serve

ROBOTS = Answer("User-agent: *\nDisallow: /private", media="text/plain")
FRONT = 'fronts = ["http://{host}.example/"]\narticle = ["/a/"]'


def outlets(*names: str) -> dict[str, str]:
    return {name: FRONT.format(host=name) for name in names}


def site(**more: Any) -> dict[tuple[str, str], Any]:
    found = {
        ("*", "/robots.txt"): ROBOTS,
        ("*", "/"): Answer(page("Front", "/a/1", "/a/2", "/a/3")),
        ("*", "*"): Answer(page("A page")),
    }
    return {**found, **{("*", path): answer for path, answer in more.items()}}


def test_a_host_is_asked_one_thing_at_a_time_and_left_alone_between(tmp_path: Path) -> None:
    took = []
    for number in range(3):
        with serve(site(**{"/a/1": Answer(page("slow"), delay=0.3)})) as served:
            result = crawl(write_study(tmp_path / str(number), served.place, outlets("harbour"), delay=0.2))
            moments = [seen.at for seen in served.requests()]
            assert result["exit_code"] == 0
            assert served.paths() == ["/robots.txt", "/", "/a/1", "/a/2", "/a/3"]
            assert served.most_at_once == 1
            assert all(after - before >= 0.19 for before, after in pairwise(moments))
        took.append(moments[-1] - moments[0])
        if took[-1] < 4:
            return
    raise AssertionError(f"the engine was not woken when the clock was due: {took}")


def test_hosts_do_not_wait_for_each_other(tmp_path: Path) -> None:
    met = threading.Barrier(3)

    def slow(seen: Seen) -> Answer:
        met.wait(15)
        return Answer(page("slow"))

    with serve(site(**{"/a/1": slow})) as served:
        crawl(write_study(tmp_path, served.place, outlets("harbour", "river", "tower")))
        assert served.most_at_once == 3
        assert len(served.paths()) == 15


def test_too_many_requests_pause_the_host_and_lose_nothing(tmp_path: Path) -> None:
    busy = [Answer("later", 429, [("Retry-After", "1")]), Answer(page("now"))]
    with serve(site(**{"/a/1": busy})) as served:
        result = crawl(write_study(tmp_path, served.place, outlets("harbour")))
        moments = [seen.at for seen in served.requests() if seen.path == "/a/1"]
        paused = [seen.at for seen in served.requests() if seen.at > moments[0]]
        assert result["exit_code"] == 0
        assert result["sources"][0]["fetched"] == 4
        assert len(moments) == 2 and min(paused) - moments[0] >= 0.95


def test_a_host_that_turns_us_away_is_closed_and_reported(tmp_path: Path) -> None:
    with serve(site(**{"/": Answer(page("F", *(f"/a/{n}" for n in range(9)))), "*": Answer("no", 403)})) as served:
        folder = write_study(tmp_path, served.place, outlets("harbour", "river"))
        result = crawl(folder)
        assert len([path for path in served.paths("harbour.example") if path.startswith("/a/")]) == 3
        assert set(result["closed"]) == {"http://harbour.example", "http://river.example"}
        assert sum(result["sources"][0]["refused"].values()) == 9
        assert result["exit_code"] == 6
        assert status(load_study(folder))["closed"] == result["closed"]


def test_errors_are_tried_again_and_then_counted(tmp_path: Path) -> None:
    answers = site(
        **{"/a/1": [Answer("x", 500), Answer(page("ok"))], "/a/2": Answer("x", 502), "/a/3": Answer(reset=True)}
    )
    with serve(answers) as served:
        result = crawl(write_study(tmp_path, served.place, outlets("harbour"), budget="attempts = 3"))
        source = result["sources"][0]
        assert source["fetched"] == 2
        assert source["failed"] == {"failed": 1, "http_502": 1}
        assert served.paths().count("/a/2") == 3
        assert result["exit_code"] == 6


def test_a_second_crawl_asks_listings_anew_and_pages_never(tmp_path: Path) -> None:
    with serve(site()) as served:
        folder = write_study(tmp_path, served.place, outlets("harbour", "river"))
        assert crawl(folder)["exit_code"] == 0
        served.log.clear()
        served.on("harbour.example", "/", Answer(page("Front", "/a/1", "/a/new")))
        result = crawl(folder, "harbour")
        assert served.paths() == ["/", "/a/new"]
        assert [one["source_id"] for one in result["sources"]] == ["harbour"]
        assert status(load_study(folder))["runs"] == {"harbour": 2, "river": 1}


def test_a_callback_with_a_mistake_keeps_what_it_found(tmp_path: Path) -> None:
    with serve(site()) as served:
        folder = write_study(tmp_path, served.place, outlets("harbour"))
        result = crawl(folder, fault="raises")
        assert result["sources"][0]["spider_errors"] == 3
        assert {"/a/1", "/a/1-found", "/a/2-found"} <= set(served.paths())
        assert len(captures(folder)) == len(served.paths())
        assert result["exit_code"] == 6


def test_everything_refused_is_an_exit_code_of_its_own(tmp_path: Path) -> None:
    with serve(site(**{"/robots.txt": Answer("User-agent: *\nDisallow: /", media="text/plain")})) as served:
        result = crawl(write_study(tmp_path, served.place, outlets("harbour")))
        assert served.paths() == ["/robots.txt"]
        assert result["sources"][0]["refused"] == {"robots": 1}
        assert result["exit_code"] == 4


def test_the_log_holds_no_queries_of_addresses(tmp_path: Path) -> None:
    answers = site(**{"/": Answer(page("F", "/a/1?token=SECRET-CANARY")), "/a/1": Answer("x", 500)})
    with serve(answers) as served:
        folder = write_study(tmp_path, served.place, outlets("harbour"), budget="attempts = 1")
        result = crawl(folder, fault="raises")
        log = (folder / "log" / "crawl.log").read_text()
        assert "/a/1?token=SECRET-CANARY" in served.paths()
        assert "SECRET-CANARY" not in log + result["log"]
        assert log


def test_scrapys_own_command_obeys_the_same_study(tmp_path: Path) -> None:
    with serve(site()) as served:
        folder = write_study(tmp_path, served.place, outlets("harbour", "river"))
        run = _scrapy("-a", "outlet=harbour", "-s", f"STUDY_DIR={folder}")
        assert run.returncode == 0, run.stderr
        assert served.paths("harbour.example") == ["/robots.txt", "/", "/a/1", "/a/2", "/a/3"]
        assert not served.paths("river.example")
        assert len(captures(folder)) == 5
        refused = _scrapy("-s", f"STUDY_DIR={folder}", "-s", "HTTPPROXY_ENABLED=1")
        assert refused.returncode != 0
        assert "safeguards were changed: HTTPPROXY_ENABLED" in refused.stderr
        unknown = _scrapy("-a", "outlet=nobody", "-s", f"STUDY_DIR={folder}")
        assert "the study has no source 'nobody'" in unknown.stderr
        assert "no study here" in _scrapy().stderr
        assert len(served.paths()) == 5


def test_scrapys_own_log_holds_no_query(tmp_path: Path) -> None:
    with serve() as served:
        served.on("harbour.example", "/robots.txt", Answer("User-agent: *\nDisallow:\n", media="text/plain"))
        front = 'fronts = ["http://harbour.example/?xsec_token=planted"]\n'
        folder = write_study(tmp_path / "study", served.place, {"harbour": front})
        run = _scrapy("-s", f"STUDY_DIR={folder}", "-s", "LOG_LEVEL=DEBUG")
        assert served.paths("harbour.example") == ["/robots.txt", "/?xsec_token=planted"]
    assert "http://harbour.example/?..." in run.stderr, run.stderr
    assert "planted" not in run.stderr + run.stdout


def _scrapy(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "scrapy", "crawl", "news", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.parametrize("name", sorted({*SAFEGUARDS, "USER_AGENT", "DOWNLOAD_MAXSIZE", "DOWNLOAD_TIMEOUT"}))
def test_a_changed_safeguard_stops_the_start(name: str, tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path, "127.0.0.1:9", outlets("harbour")))
    settings = Settings()
    settings.setmodule("spiders.settings", priority="project")
    settings.update(from_study(study), priority="project")
    check_safeguards(settings, study)
    changed: Any = not value if isinstance(value := settings.get(name), bool) else "changed"
    if isinstance(value, BaseSettings | dict):
        changed = {"changed": 1}
    settings.set(name, changed, "cmdline")
    with pytest.raises(RefusedError, match=name):
        check_safeguards(settings, study)


@pytest.mark.parametrize("name", ["DNS_RESOLVER", "DOWNLOADER_MIDDLEWARES_BASE", "EXTENSIONS_BASE"])
@pytest.mark.filterwarnings("ignore:The DNS_RESOLVER setting")
def test_a_way_round_a_safeguard_stops_the_start(name: str, tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path, "127.0.0.1:9", outlets("harbour")))
    settings = Settings()
    settings.setmodule("spiders.settings", priority="project")
    settings.update(from_study(study), priority="project")
    settings.set(name, "scrapy.resolver.CachingThreadedResolver" if name == "DNS_RESOLVER" else {"x": 1}, "cmdline")
    with pytest.raises(RefusedError, match=name):
        check_safeguards(settings, study)


def test_unknown_sources_and_sources_without_a_spider(tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path, "127.0.0.1:9", {**outlets("harbour"), "posts": 'kind = "platform"'}))
    with pytest.raises(UserError, match="no source 'nobody'"):
        run_crawl(study, outlets=["nobody"])
    with pytest.raises(UserError, match="has no spider"):
        run_crawl(study, outlets=["posts"])
    assert spider_of(study, "harbour", crawlers()) == "news"
    assert spider_of(study, "posts", crawlers()) is None


def test_the_plan_and_an_empty_status(tmp_path: Path) -> None:
    folder = write_study(tmp_path, "127.0.0.1:9", outlets("harbour"), delay=2.0, source="pages = 7")
    study = load_study(folder)
    (planned,) = plan(study)
    assert [(seed.kind, seed.url) for seed in planned.seeds] == [("front", "http://harbour.example/")]
    assert (planned.pages, planned.delay, planned.hosts) == (7, 2.0, ("harbour.example",))
    assert status(study) == {}


def test_user_agent(tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path, "127.0.0.1:9", outlets("harbour")))
    assert re.fullmatch(r"Huanying/\S+ \(\+https://study.example/contact; An invented study\)", user_agent(study))
    text = (tmp_path / "study.toml").read_text().replace("An invented study", "欢迎")
    (tmp_path / "study.toml").write_text(text)
    assert user_agent(load_study(tmp_path)).endswith("; test)")
    assert settings_module.ROBOTS_TOKEN in user_agent(study).lower()


def test_exit_codes() -> None:
    def code(closed: dict[str, str] | None = None, expect: tuple[str, ...] = (), **counts: Any) -> int:
        return CrawlResult((SourceCounts("harbour", 1, **counts),), closed or {}, expect).exit_code

    assert code(fetched=1) == 0
    assert code(fetched=1, refused={"robots": 1}) == 0
    assert code(refused={"robots": 1}) == 4
    assert code(fetched=1, failed={"timeout": 1}) == 6
    assert code(fetched=1, spider_errors=1) == 6
    assert code(fetched=1, requeued=1) == 6
    assert code(fetched=1, faults={"not_a_listing": 1}) == 6
    assert code({"http://h.example": "answers 403"}, fetched=1) == 6
    assert code(expect=("harbour: pages 0, expected at least 5",), fetched=1) == 6
