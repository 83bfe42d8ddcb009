"""A host's permission, pace and refusal, as the host itself sees them: every claim is read off the server's log."""

import itertools
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from corpus.archive import open_database
from corpus.permits import permission_events
from corpus.study import load_study
from spiders.hosts import HostState
from spiders.turns import Turns
from tests.driven import Driven, drive, write_study
from tests.served import Answer, Seen, Served, page, serve

RULES = "User-agent: *\nDisallow: /private\n"
OPEN, CLOSED = "/open", "/private/letter"
BIG = (
    "User-agent: *\n"
    + "".join(f"Disallow: /shelf/{number:06d}/box\n" for number in range(20_000))
    + "Disallow: /open\n"
)


def moved(target: str) -> Answer:
    return Answer(status=302, headers=[("Location", target)])


def robots(body: str | bytes, status: int = 200, media: str = "text/plain") -> Answer:
    return Answer(body, status, media=media)


# Host: answer for /robots.txt, and which of the two pages may be fetched.
MATRIX: dict[str, tuple[Answer, set[str]]] = {
    "says200.example": (robots(RULES), {OPEN}),
    "says204.example": (robots("", 204), {OPEN, CLOSED}),
    "empty.example": (robots(""), {OPEN, CLOSED}),
    "bom.example": (robots(b"\xef\xbb\xbf" + RULES.encode()), {OPEN}),
    "gbk-comment.example": (robots("# 抓取规则\n".encode("gbk") + RULES.encode()), {OPEN}),
    "cr-only.example": (robots(RULES.replace("\n", "\r")), {OPEN}),
    "named.example": (robots("User-agent: *\nDisallow: /\n\nUser-agent: Huanying\nDisallow: /private\n"), {OPEN}),
    "big.example": (robots(BIG), {CLOSED}),  # 600 KiB: obeyed to its last line
    "huge.example": (robots("User-agent: *\nDisallow:\n" + "# a remark\n" * 200_000), set()),  # 2.2 MB: forbids, unread
    "hop.example": (moved("/other"), {OPEN}),
    "abroad.example": (moved("http://says200.example/robots.txt"), {OPEN}),
    "five.example": (moved("/hop1"), {OPEN}),
    "six.example": (moved("/hop0"), set()),
    "loop.example": (moved("/robots.txt"), set()),
    "inward.example": (moved("http://127.0.0.1:1/robots.txt"), set()),
    "nowhere.example": (Answer(status=302), set()),
    "says202.example": (robots("", 202), set()),
    "says401.example": (robots("", 401), set()),
    "says403.example": (robots(RULES, 403), set()),
    "says404.example": (robots("not here", 404), {OPEN, CLOSED}),
    "says410.example": (robots("gone", 410), {OPEN, CLOSED}),
    "says429.example": (robots(RULES, 429), set()),
    "says451.example": (robots("", 451), set()),
    "says500.example": (robots(RULES, 500), set()),
    "says503.example": (robots(RULES, 503), set()),
    "slow.example": (Answer(RULES, delay=60), set()),
    "reset.example": (Answer(reset=True), set()),
    "cut.example": (Answer(RULES, cut=16), set()),
    "utf16.example": (robots(RULES.encode("utf-16")), set()),
    "utf16be.example": (robots(RULES.encode("utf-16-be")), set()),
    "latin1.example": (robots(b"User-agent: *\nDisallow: /priv\xe9\n"), set()),
    "page.example": (robots(page("Welcome"), media="text/html"), set()),
    "prose.example": (robots("Please be kind to our server.\n"), set()),
    "challenge.example": (robots("<html><title>Just a moment...</title>", media="text/html"), set()),
}
WITHOUT_ROBOTS = {"hop.example", "five.example"}


@pytest.fixture
def served() -> Iterator[Served]:
    with serve() as server:
        server.on("*", "*", Answer(page("A page", text="words " * 50)))
        yield server


def run_matrix(served: Served, tmp_path: Path, **options: Any) -> Driven:
    for host, (answer, _) in MATRIX.items():
        served.on(host, "/robots.txt", answer)
    served.on("hop.example", "/other", robots(RULES))
    for hop in range(5):
        served.on("*", f"/hop{hop}", moved(f"/hop{hop + 1}"))
    served.on("*", "/hop5", robots(RULES))
    study = write_study(tmp_path / "study", dict.fromkeys(MATRIX, served.place))
    urls = [f"http://{host}{path}" for host in MATRIX for path in (OPEN, CLOSED)]
    return drive(study, urls, settings={"DOWNLOAD_TIMEOUT": 8}, **options)


def check_matrix(served: Served) -> None:
    got = {host: {path for path in served.paths(host) if path in (OPEN, CLOSED)} for host in MATRIX}
    assert got == {host: expected for host, (_, expected) in MATRIX.items()}


def test_every_answer_to_robots_txt(served: Served, tmp_path: Path) -> None:
    driven = run_matrix(served, tmp_path)
    check_matrix(served)
    for host in MATRIX:
        asked = len(served.paths(host)) - len([path for path in served.paths(host) if path in (OPEN, CLOSED)])
        assert asked <= 6, f"{host} was asked {asked} times for its robots.txt"
        assert served.paths(host).count("/robots.txt") == (
            6 if host == "loop.example" else 2 if host == "says200.example" else 1
        )
    ends = driven.ends
    assert ends["http://says200.example/private/letter"].detail == "robots: line 2: Disallow: /private"
    assert ends["http://named.example/private/letter"].detail == "robots: line 5: Disallow: /private"
    assert ends["http://says503.example/open"].detail == "robots-unreadable: robots.txt answers 503"
    assert ends["http://slow.example/open"].detail.startswith(
        "robots-unreadable: robots.txt cannot be had: DownloadTimeoutError"
    )
    assert ends["http://inward.example/open"].detail == "port: 127.0.0.1:1"
    assert ends["http://says200.example/open"].permission == "allowed: None"
    assert ends["http://says404.example/open"].permission == "no-robots: there is no robots.txt (404)"
    database = open_database(tmp_path / "study" / "archive")
    events = permission_events(database)
    database.close()
    assert {event.origin for event in events if event.decision == "deny"} == {
        f"http://{host}" for host, (_, expected) in MATRIX.items() if not expected
    }
    assert ("refused", "robots", "line 2: Disallow: /private") in {
        (event.decision, event.reason, event.rule) for event in events
    }


def test_a_courtesy_that_allows_on_failure_is_caught(served: Served, tmp_path: Path) -> None:
    run_matrix(served, tmp_path, courtesy="tests.faulty.AllowsOnFailure")
    with pytest.raises(AssertionError):
        check_matrix(served)


def run_ten(served: Served, tmp_path: Path, **options: Any) -> None:
    served.on("harbour.example", "/robots.txt", Answer("User-agent: *\nDisallow: /\n", delay=0.5))
    study = write_study(tmp_path / "study", dict.fromkeys(["harbour.example"], served.place))
    drive(study, [f"http://harbour.example/p{number}" for number in range(10)], **options)


def check_ten(served: Served) -> None:
    assert served.paths() == ["/robots.txt"]


def test_ten_at_once_wait_for_one_robots_txt(served: Served, tmp_path: Path) -> None:
    run_ten(served, tmp_path)
    check_ten(served)


@pytest.mark.parametrize("fault", ["tests.faulty.AsksForEach", "tests.faulty.LetsWaitersThrough"])
def test_a_courtesy_without_the_one_future_is_caught(served: Served, tmp_path: Path, fault: str) -> None:
    run_ten(served, tmp_path, courtesy=fault)
    with pytest.raises(AssertionError):
        check_ten(served)


def gaps(seen: list[Seen]) -> list[float]:
    return [later.at - earlier.at for earlier, later in itertools.pairwise(seen)]


def paced(served: Served, tmp_path: Path, **options: Any) -> Driven:
    hosts = ["plain.example", "crawl-delay.example", "rate.example"]
    served.on("*", "/robots.txt", robots("User-agent: *\nAllow: /\n"))
    served.on("crawl-delay.example", "/robots.txt", robots("User-agent: *\nCrawl-delay: 0.7\n"))
    served.on("rate.example", "/robots.txt", robots("User-agent: *\nRequest-rate: 2/1\n"))
    study = write_study(tmp_path / "study", dict.fromkeys(hosts, served.place), delay=0.3)
    return drive(study, [f"http://{host}/p{number}" for host in hosts for number in range(4)], **options)


def check_pace(served: Served) -> None:
    for host, least in (("plain.example", 0.3), ("crawl-delay.example", 0.7), ("rate.example", 0.5)):
        seen = served.requests(host)
        assert len(seen) == 5
        assert seen[0].path == "/robots.txt"
        assert min(gaps(seen)[1:]) >= least, (host, gaps(seen))
        assert gaps(seen)[0] >= least, "the first page waits its turn after robots.txt"


def test_hosts_are_asked_no_faster_than_study_and_host_say(served: Served, tmp_path: Path) -> None:
    driven = paced(served, tmp_path)
    assert driven.outcomes() == {"fetched"}
    check_pace(served)


def test_a_courtesy_without_a_clock_is_caught(served: Served, tmp_path: Path) -> None:
    paced(served, tmp_path, courtesy="tests.faulty.HasNoClock")
    with pytest.raises(AssertionError):
        check_pace(served)


def test_busy_hosts_are_left_alone_for_as_long_as_they_say(served: Served, tmp_path: Path) -> None:
    served.on("*", "/robots.txt", robots("", 404))
    busy = {
        "seconds.example": Answer("busy", 429, headers=[("Retry-After", "2")]),
        "date.example": Answer("busy", 503, headers=[("Retry-After", formatdate(time.time() + 5, usegmt=True))]),
        "silent.example": Answer("busy", 503),
        "long.example": Answer("busy", 429, headers=[("Retry-After", "100000")]),
        "past.example": Answer("busy", 503, headers=[("Retry-After", "Tue, 14 Jan 2025 08:00:00 GMT")]),
    }
    for host, answer in busy.items():
        served.on(host, "*", [answer, Answer(page("A page"))])
    study = write_study(tmp_path / "study", dict.fromkeys(busy, served.place), delay=0.05)
    due = time.monotonic() + 4 - 0.5
    driven = drive(study, [f"http://{host}/p{number}" for host in busy for number in range(2)])
    between = {host: gaps([seen for seen in served.requests(host) if seen.path != "/robots.txt"]) for host in busy}
    assert between["seconds.example"][0] >= 2.0
    # The first back-off: six times the study's own delay, not half a minute; a stalled machine may add to it.
    assert 0.3 <= between["silent.example"][0] < 15
    assert between["past.example"][0] >= 0.05
    assert between["long.example"] == []
    second = [seen for seen in served.requests("date.example") if seen.path != "/robots.txt"][1]
    assert second.at >= due - 0.5
    assert {end.outcome for url, end in driven.ends.items() if "long" not in url} == {"fetched"}
    put_off = [float(end.detail) for url, end in driven.ends.items() if "long" in url]
    assert len(put_off) == 2
    assert all(86_300 < wait <= 86_400 for wait in put_off), "Retry-After counts up to a day"


WALLS = {
    "captcha.example": Answer('<html><title>Verify</title><div class="g-recaptcha"></div>', 403),
    "challenge.example": Answer("<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>", 503),
    "header.example": Answer("x", 403, headers=[("cf-mitigated", "challenge")]),
    "sent-to-captcha.example": moved("https://captcha.harbour.example/verify"),
}
STRIKES = {
    "forbids.example": Answer("no", 403),
    "unavailable.example": Answer("no", 503, headers=[("Retry-After", "0")]),
    "members.example": moved("https://passport.harbour.example/signin?next=1"),
}


def run_walls(served: Served, tmp_path: Path, **options: Any) -> Driven:
    served.on("*", "/robots.txt", robots("", 404))
    for host, answer in {**WALLS, **STRIKES}.items():
        served.on(host, "*", answer)
    served.on("recovers.example", "*", [Answer("no", 403), Answer("no", 403), Answer(page("A page"))])
    hosts = [*WALLS, *STRIKES, "recovers.example"]
    study = write_study(tmp_path / "study", dict.fromkeys(hosts, served.place), delay=0.02)
    return drive(study, [f"http://{host}/p{number}" for host in hosts for number in range(5)], **options)


def check_walls(served: Served) -> None:
    pages = {host: len([path for path in served.paths(host) if path != "/robots.txt"]) for host in (*WALLS, *STRIKES)}
    assert pages == {**dict.fromkeys(WALLS, 1), **dict.fromkeys(STRIKES, 3)}


def test_a_wall_closes_its_host_at_once_and_three_refusals_do(served: Served, tmp_path: Path) -> None:
    driven = run_walls(served, tmp_path)
    check_walls(served)
    refused = {end.detail for url, end in driven.ends.items() if end.outcome == "refused" and "//challenge" in url}
    assert "closed: challenge: page with _cf_chl_opt" in refused
    assert len([path for path in served.paths("recovers.example") if path != "/robots.txt"]) == 5
    before = len(served.log)
    study = tmp_path / "study"
    again = drive(study, ["http://forbids.example/more", "http://captcha.example/more", "http://recovers.example/more"])
    assert [seen.path for seen in served.log[before:]] == ["/more"], "robots.txt is known, and closed hosts stay closed"
    assert again.ends["http://forbids.example/more"].detail == "closed: 3 times in a row: answers 403"


def test_a_courtesy_that_goes_on_after_a_wall_is_caught(served: Served, tmp_path: Path) -> None:
    run_walls(served, tmp_path, courtesy="tests.faulty.ClosesNothing", patience=2.0)
    with pytest.raises(AssertionError):
        check_walls(served)


def test_only_invented_hosts_may_be_asked_more_often_than_once_a_second(served: Served, tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path / "study", dict.fromkeys(["harbour.example"], served.place), delay=0.1))
    turns = Turns.__new__(Turns)
    turns.study, turns._delays = study, {"slow.example": 9.0}
    pauses = [turns.pause(HostState("http://news.example")) for _ in range(200)]
    assert 1.0 <= min(pauses) < max(pauses) <= 1.2
    assert turns.pause(HostState("http://harbour.example"), 3.0) <= 0.12
    assert 8.0 <= turns.pause(HostState("http://news.example"), 2.0) <= 12.0
    assert turns.pause(HostState("http://news.example"), 500.0) == 60.0
    assert turns.pause(HostState("http://slow.example")) >= 9.0
    assert turns.pause(HostState("http://news.example", crawl_delay=300.0)) >= 300.0
    assert turns.pause(HostState("http://news.example", crawl_delay=1e9)) <= 1.2 * 86_400
