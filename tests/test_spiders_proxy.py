"""The browser's proxy, spoken to over real connections: it hands on everything, sends nothing on, and cannot be confused."""

import asyncio
import base64
import hashlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import h11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spiders.proxy import REFUSED, Certificate, Proxy, Reply, refusal

CERTIFICATE = Certificate()
HELLO = Reply(200, (("Content-Type", "text/plain"),), b"hello")


@dataclass
class Page:
    """Answers everything alike, and keeps what it was asked."""

    reply: Reply = HELLO
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def admits(self, host: str) -> bool:
        return host.endswith(".example")

    async def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        self.asked.append((method, url, headers))
        return self.reply


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def ask(line: Line, head: bytes, method: str = "GET") -> Answered | None:
    """Send bytes and read one answer; None where the connection ends without one."""
    reader, writer = line
    writer.write(head)
    state = h11.Connection(h11.CLIENT)
    state.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
    state.send(h11.EndOfMessage())
    found: Answered | None = None
    while True:
        event = state.next_event()
        if event is h11.NEED_DATA:
            state.receive_data(await asyncio.wait_for(reader.read(65536), 60))
        elif isinstance(event, h11.Response):
            headers = {name.decode(): value.decode("latin-1") for name, value in event.headers}
            found = Answered(event.status_code, headers, b"")
        elif isinstance(event, h11.Data):
            assert found is not None
            found.body += event.data
        else:
            return found


def get(url: str, method: str = "GET", more: str = "") -> bytes:
    return f"{method} {url} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()


def run(answerer: Page | None, told: Callable[[Proxy, Line], Awaitable[None]]) -> Proxy:
    async def whole() -> Proxy:
        proxy = Proxy(CERTIFICATE, answerer)
        await proxy.start()
        line = await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))
        try:
            await told(proxy, line)
        finally:
            line[1].transport.abort()
            await proxy.close()
        return proxy

    return asyncio.run(whole())


async def tunnel(line: Line, place: str) -> None:
    line[1].write(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
    assert (await line[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def secure(line: Line) -> ssl.SSLObject:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    await line[1].start_tls(context, server_hostname="page.example")
    found: ssl.SSLObject = line[1].get_extra_info("ssl_object")
    return found


def test_plain_requests_come_one_after_the_other_over_one_connection() -> None:
    page = Page()

    async def told(proxy: Proxy, line: Line) -> None:
        for number in range(3):
            answered = await ask(line, get(f"http://page.example/{number}?q=1", more="Cookie: a=b\r\n"))
            assert answered is not None
            assert (answered.status, answered.body) == (200, b"hello")
            assert answered.headers["cache-control"] == "no-store"

    run(page, told)
    assert [url for _, url, _ in page.asked] == [f"http://page.example/{number}?q=1" for number in range(3)]
    assert page.asked[0][2]["cookie"] == "a=b", "what goes on is for the answerer to choose"


@pytest.mark.parametrize(
    ("place", "url"), [("page.example:443", "https://page.example"), ("page.example:8443", "https://page.example:8443")]
)
def test_tls_ends_here_under_the_one_key(place: str, url: str) -> None:
    page = Page()

    async def told(proxy: Proxy, line: Line) -> None:
        await tunnel(line, place)
        shown = x509.load_der_x509_certificate((await secure(line)).getpeercert(binary_form=True) or b"")
        public = shown.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert base64.b64encode(hashlib.sha256(public).digest()).decode() == CERTIFICATE.spki
        for _ in range(2):
            answered = await ask(line, get("/a?b"))
            assert answered is not None and answered.body == b"hello"

    run(page, told)
    assert [asked[:2] for asked in page.asked] == [("GET", f"{url}/a?b")] * 2


def test_each_run_has_a_key_of_its_own() -> None:
    assert Certificate().spki != CERTIFICATE.spki


def test_a_tunnel_to_a_stranger_is_not_opened_and_plain_text_in_one_ends_it() -> None:
    page = Page()

    async def stranger(proxy: Proxy, line: Line) -> None:
        answered = await ask(line, b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered is not None and answered.status == 403

    async def socket(proxy: Proxy, line: Line) -> None:
        await tunnel(line, "page.example:80")
        line[1].write(get("/chat", more="Upgrade: websocket\r\nConnection: Upgrade\r\n"))
        assert b"HTTP/1" not in await asyncio.wait_for(line[0].read(), 60)

    assert run(page, stranger).denied == {"127.0.0.1": 1}
    run(page, socket)
    assert page.asked == []


def test_upgrades_are_refused_and_bodies_go_nowhere() -> None:
    page = Page()

    async def told(proxy: Proxy, line: Line) -> None:
        answered = await ask(line, get("http://page.example/", more="Upgrade: websocket\r\nConnection: Upgrade\r\n"))
        assert answered is not None and answered.headers[REFUSED] == "upgrade"

    async def posts(proxy: Proxy, line: Line) -> None:
        head = get("http://page.example/", "POST", "Content-Length: 5\r\n") + b"hello"
        assert await ask(line, head, "POST") is not None
        assert await ask(line, get("http://page.example/second")) is not None

    async def floods(proxy: Proxy, line: Line) -> None:
        line[1].write(get("http://page.example/", "POST", "Content-Length: 99999999\r\n"))
        with pytest.raises((ConnectionError, h11.RemoteProtocolError)):
            while True:
                line[1].write(b"x" * 65536)
                await line[1].drain()
                await asyncio.sleep(0)

    run(page, told)
    assert page.asked == []
    run(page, posts)
    assert [method for method, _, _ in page.asked] == ["POST", "GET"]
    run(page, floods)
    assert len(page.asked) == 2


def test_without_an_answerer_everything_is_denied_and_counted() -> None:
    async def told(proxy: Proxy, line: Line) -> None:
        for _ in range(2):
            answered = await ask(line, get("http://maker.example/update"))
            assert answered is not None and answered.headers[REFUSED] == "closed"
        answered = await ask(line, b"CONNECT maker.example:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered is not None and answered.status == 403

    assert run(None, told).denied == {"maker.example": 3}


def test_what_is_ours_is_marked_and_no_site_can_mark_itself() -> None:
    kept = (("X-Own", "1"), ("Access-Control-Allow-Origin", "*"))
    dropped = (
        (REFUSED, "robots"),
        ("Set-Cookie", "a=b"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Encoding", "gzip"),
    )
    more = (
        ("Content-Length", "9"),
        ("Strict-Transport-Security", "max-age=9"),
        ("Clear-Site-Data", "*"),
        ("Connection", "close"),
    )
    page = Page(Reply(403, (*kept, *dropped, *more), b"no"))

    async def told(proxy: Proxy, line: Line) -> None:
        own = await ask(line, get("http://page.example/"))
        page.reply = refusal("robots")
        ours = await ask(line, get("http://page.example/"))
        assert own is not None and ours is not None
        assert own.headers == {
            "x-own": "1",
            "access-control-allow-origin": "*",
            "content-length": "2",
            "cache-control": "no-store",
        }
        assert (ours.status, ours.headers[REFUSED]) == (403, "robots")

    run(page, told)


TEXT = st.text(max_size=20)
ODD = st.one_of(TEXT, st.sampled_from(["a\r\nb: c", "\0", " ", "content-length", "transfer-encoding", "ü", "A-B"]))


@settings(max_examples=60, deadline=None)
@given(st.integers(-5, 1200), st.lists(st.tuples(ODD, ODD), max_size=6), st.binary(max_size=200), st.booleans())
@example(200, [("a", "\f"), ("b", "c\vd")], b"", False)
def test_no_answer_whatever_is_taken_for_two(
    status: int, headers: list[tuple[str, str]], body: bytes, head: bool
) -> None:
    page = Page(Reply(status, tuple(headers), body))

    async def told(proxy: Proxy, line: Line) -> None:
        method = "HEAD" if head else "GET"
        first = await ask(line, get("http://page.example/", method), method)
        assert first is not None and 200 <= first.status < 600
        assert first.body == (b"" if head or first.status in (204, 205, 304) else body)
        page.reply = Reply(200, (), b"second")
        second = await ask(line, get("http://page.example/"))
        assert second is not None and (second.status, second.body) == (200, b"second")

    run(page, told)


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_end_in_an_answer_or_the_end(noise: bytes) -> None:
    page = Page()

    async def told(proxy: Proxy, line: Line) -> None:
        line[1].write(noise)
        line[1].write_eof()
        await asyncio.wait_for(line[0].read(), 60)

    run(page, told)
