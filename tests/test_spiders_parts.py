"""What a page in the browser may ask, and what of it is kept for the run."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders import parts
from spiders.load import PARTS, Load
from spiders.parts import Memory
from spiders.proxy import Reply

URL = "https://page.example/app.js"


def load(**more: object) -> Load:
    made = Load("https://page.example/", "page", frozenset({"page.example"}), 0.0, 60.0, 1000, **more)  # type: ignore[arg-type]
    made.start()
    return made


def test_only_what_a_text_may_need_is_let_out() -> None:
    one = load()
    for kind in ("", "script", "style", "empty", "iframe", "worker"):
        assert one.refusal("GET", URL, kind) is None
    assert one.refusal("HEAD", URL, "") is None
    for method in ("POST", "PUT", "OPTIONS", "DELETE", "get", "CONNECT"):
        assert one.refusal(method, URL, "") == "method"
    for kind in ("image", "font", "video", "audio", "track", "document", "websocket", "serviceworker"):
        assert one.refusal("GET", URL, kind) == "kind"
    for path in ("a.png", "A.WOFF2", "a.mp4?x=1"):
        assert one.refusal("GET", f"https://page.example/{path}", "") == "kind"
    for url in (
        "https://other.example/",
        "https://page.example.other.example/",
        "https://page.example@other.example/",
        "http://[",
        "file:///x",
        "https://127.0.0.1/",
    ):
        assert one.refusal("GET", url, "") == "host"
    assert one.refusal("GET", "https://PAGE.example./x", "") is None


@given(st.text(), st.text(max_size=9), st.text(max_size=9))
def test_a_refusal_never_fails(url: str, method: str, kind: str) -> None:
    assert load().refusal(method, url, kind) in {"method", "host", "kind", None}


def test_a_load_is_bounded_in_parts_bytes_and_time() -> None:
    for one in (load(parts=PARTS), load(received=1001)):
        assert one.refusal("GET", URL, "") == "budget"
        assert one.cut
    late = load()
    late.deadline = time.time() - 1
    assert late.refusal("GET", URL, "") == "budget"
    assert not load().cut


def reply(body: bytes = b"1", status: int = 200) -> Reply:
    return Reply(status, (("Content-Type", "text/javascript"), ("Cache-Control", "max-age=60")), body)


def test_only_what_may_be_kept_for_all_is_kept() -> None:
    for more in ((), (("vary", "Accept-Encoding, Origin"),), (("etag", "1"),)):
        memory, one = Memory(), Reply(200, (*reply().headers, *more), b"1")
        memory.keep(URL, "", one)
        assert memory.get(URL, "") is one
        assert memory.get(URL, "https://other.example") is None
        assert memory.get(URL + "?2", "") is None
    never = [
        ("set-cookie", "a=b"),
        ("cache-control", "no-store"),
        ("cache-control", "private"),
        ("vary", "Cookie"),
        ("vary", "*"),
    ]
    for name, value in never:
        memory = Memory()
        memory.keep(URL, "", Reply(200, (*reply().headers, (name, value)), b"1"))
        assert memory.get(URL, "") is None, (name, value)
    for one in (
        reply(status=404),
        Reply(200, (("content-type", "text/javascript"),), b"1"),
        Reply(200, (("content-type", "application/json"), ("cache-control", "max-age=9")), b"1"),
    ):
        memory = Memory()
        memory.keep(URL, "", one)
        assert memory.get(URL, "") is None


def test_what_is_kept_grows_old_and_has_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    monkeypatch.setattr(parts, "_KEPT_BYTES", 100)
    for number in range(50):
        memory.keep(f"{URL}?{number % 20}", "", reply(b"x" * 20))
        assert memory.size == sum(len(one.body) for _, one in memory._kept.values()) <= 100
    memory.keep(f"{URL}?big", "", reply(b"x" * 90))
    assert memory.get(f"{URL}?big", "") is None
    now = time.monotonic()
    monkeypatch.setattr(parts.time, "monotonic", lambda: now + 61)
    assert memory.get(f"{URL}?9", "") is None
