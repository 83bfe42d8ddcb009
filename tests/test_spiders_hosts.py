"""What is known of a host survives the process, and nothing of it before it is written."""

import time
from pathlib import Path

import pytest

from corpus.archive import open_database, transaction
from corpus.permits import permission_events
from spiders.hosts import LONGEST_PAUSE, Hosts, origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://Harbour.Example/a?b#c", "http://harbour.example"),
        ("https://harbour.example:443/", "https://harbour.example"),
        ("https://harbour.example:80/", "https://harbour.example:80"),
        ("HTTP://harbour.example.:8080/x", "http://harbour.example:8080"),
        ("http://user:secret@harbour.example/", "http://harbour.example"),
        ("http://日报.example/", "http://xn--4ru45e.example"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("http://１２７.０.０.１/", "http://127.0.0.1"),
    ],
)
def test_an_origin_has_one_spelling(url: str, origin: str) -> None:
    assert origin_of(url) == origin
    assert origin_of(origin) == origin


@pytest.mark.parametrize(
    "url",
    ["file:///etc/hostname", "data:,x", "//harbour.example/", "http:///x", "http://h.example:99999/", "", "http://./"],
)
def test_what_is_no_address_has_no_origin(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        origin_of(url)


def test_states_and_permissions_are_durable_once_written(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    hosts = Hosts(database)
    state = hosts.get("http://harbour.example")
    assert hosts.get("http://harbour.example") is state
    state.robots_decision, state.robots_body, state.robots_digest = "rules", b"User-agent: *\nDisallow: /x\n", "d" * 64
    state.crawl_delay, state.next_allowed_at, state.closed = 7.5, time.time() + 60, "captcha"
    hosts.changed(state)
    hosts.note(state.origin, "rules", "robots.txt answers 200", None)
    assert [one.origin for one in Hosts(database).all()] == []
    with transaction(database):
        hosts.write(database)
    assert Hosts(database).all() == [state]
    state.strikes = 1
    hosts.changed(state)
    with transaction(database):
        hosts.write(database)
    assert Hosts(database).all() == [state]
    assert database.execute("SELECT COUNT(*) FROM robots").fetchone() == (1,)
    [event] = permission_events(database)
    assert (event.decision, event.robots_digest) == ("rules", "d" * 64)
    with transaction(database):
        hosts.write(database)
    assert len(permission_events(database)) == 1
    database.close()


def test_only_a_new_run_opens_a_closed_host(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    hosts = Hosts(database)
    state = hosts.get("http://harbour.example")
    state.closed, state.strikes, state.backoff = "captcha", 3, 2
    hosts.changed(state)
    hosts.write(database)
    assert Hosts(database).get("http://harbour.example").closed == "captcha"
    hosts = Hosts(database)
    hosts.reopen()
    hosts.write(database)
    again = Hosts(database).get("http://harbour.example")
    assert (again.closed, again.strikes, again.backoff) == (None, 0, 2)
    database.close()


def test_a_clock_set_back_does_not_stop_a_host_for_years(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    hosts = Hosts(database)
    state = hosts.get("http://harbour.example")
    state.next_allowed_at = state.robots_expires_at = time.time() + 1e9
    hosts.changed(state)
    hosts.write(database)
    again = Hosts(database).get("http://harbour.example")
    assert again.next_allowed_at <= time.time() + LONGEST_PAUSE + 1
    assert again.robots_expires_at <= time.time() + LONGEST_PAUSE + 1
    database.close()


def test_http_and_https_of_a_host_share_clock_and_closing(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    hosts = Hosts(database)
    plain = hosts.get("http://harbour.example")
    plain.next_allowed_at, plain.closed = 123.0, "login"
    secure = hosts.get("https://harbour.example")
    assert (secure.next_allowed_at, secure.closed) == (123.0, "login")
    assert hosts.twin(plain) is secure
    assert hosts.twin(hosts.get("http://other.example")) is None
    database.close()
