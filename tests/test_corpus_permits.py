"""What hosts permitted, as a person and the corpus are told."""

from contextlib import closing
from pathlib import Path

import pytest

from corpus.archive import open_database
from corpus.permits import PermissionEvent, Permits, read_permits
from spiders.hosts import Hosts

ROBOTS = b"User-agent: *\nDisallow: /private\n"


def recorded(folder: Path) -> Permits:
    with closing(open_database(folder)) as database:
        hosts = Hosts(database)
        state = hosts.get("https://harbour.example")
        hosts.note(state.origin, "deny", "robots.txt answers 503")
        state.robots_decision, state.robots_body, state.robots_digest = "rules", ROBOTS, "d" * 64
        hosts.changed(state)
        hosts.note(state.origin, "rules", "robots.txt answers 200")
        for _ in range(3):
            hosts.note(state.origin, "refused", "robots", "line 2: Disallow: /private")
        hosts.note(state.origin, "refused", "host", "2 requests of https://harbour.example/u/7?xsec_token=SECRET here")
        hosts.note(state.origin, "paused", "answers 429; asks for 120 s")
        hosts.close(state, "captcha: answers 461")
        hosts.reopen()
        hosts.write(database)
    return read_permits(folder)


def test_each_moment_is_told_with_its_robots_txt_and_line(tmp_path: Path) -> None:
    permits = recorded(tmp_path)
    rows = permits.rows()
    told = list(dict.fromkeys(row["decision"] for row in rows))
    assert told == ["deny", "rules", "refused", "paused", "closed", "reopened"]
    assert rows[0]["robots_digest"] is None and {row["robots_digest"] for row in rows[1:]} == {"d" * 64}
    assert permits.robots == {"d" * 64: len(ROBOTS)}
    lines = permits.lines()
    assert [line[6] for line in lines] == [1, 1, 3, 1, 1, 1, 1], "the same again and again is one line"
    assert lines[2][3:6] == ("robots", f"dddddddddddd, {len(ROBOTS)} bytes", "line 2: Disallow: /private")
    assert lines[5][2:4] == ("closed", "captcha: answers 461")


def test_no_address_with_its_token_comes_into_the_corpus(tmp_path: Path) -> None:
    permits = recorded(tmp_path)
    assert "SECRET" not in str(permits.rows()) + str(permits.lines())
    assert "2 requests of [address] here" in str(permits.rows())


def test_a_study_that_asked_nobody_has_none(tmp_path: Path) -> None:
    assert read_permits(tmp_path) == Permits()
    open_database(tmp_path).close()
    assert read_permits(tmp_path).rows() == []


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("Disallow: /@alice", "Disallow: /[profile]"),
        ("Disallow: /@alice@port.example/1", "Disallow: /[profile]/1"),
        ("Disallow: /users/alice/statuses", "Disallow: /users/[profile]/statuses"),
        ("Disallow: /user/profile/5f0000000000000000000001?a", "Disallow: /user/profile/[profile]?a"),
        ("Disallow: /profile/did:plc:abc234/post", "Disallow: /profile/[profile]/post"),
        ("Disallow: /x?actor=did%3Aplc%3Aabc234&b=1", "Disallow: /x?actor=[profile]&b=1"),
        ("Disallow: /users/", "Disallow: /users/"),
        ("Disallow: /users/*", "Disallow: /users/*"),
        ("Disallow: /user/login", "Disallow: /user/login"),
        ("Disallow: /@*/media$", "Disallow: /@*/media$"),
        ("Disallow: /private", "Disallow: /private"),
        ("Disallow: /menu/items", "Disallow: /menu/items"),
    ],
)
def test_no_account_that_a_robots_txt_names_comes_into_the_corpus(rule: str, told: str) -> None:
    event = PermissionEvent("https://port.example", 0.0, "refused", f"robots: {rule}", None, f"line 2: {rule}")
    [row] = Permits((event,)).rows()
    assert (row["reason"], row["rule"]) == (f"robots: {told}", f"line 2: {told}")
    assert Permits((event,)).lines()[0][3:6] == (f"robots: {told}", "", f"line 2: {told}")
