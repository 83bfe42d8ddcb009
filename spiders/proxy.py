"""The browser's only way out: a loopback proxy that ends TLS and has no network of its own.

Each request is handed to an `Answerer`; what that gives is all that the browser ever sees of the web.
"""

import asyncio
import base64
import datetime
import hashlib
import re
import secrets
import ssl
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

import h11
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_TOKEN = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
REFUSED = "x-huanying-refused"
"""Header of every answer that is our own and not a site's."""
_LONGEST_BODY = 1 << 20
_PATIENCE = 15.0
"""Seconds for a handshake, and for the rest of a request that has begun."""
_OURS = frozenset(
    "alt-svc cache-control clear-site-data connection content-encoding content-length expires keep-alive nel pragma"
    " proxy-authenticate proxy-connection refresh report-to reporting-endpoints set-cookie strict-transport-security"
    " trailer transfer-encoding upgrade x-huanying-refused".split()
)
"""Headers that a browser is not told: about the connection, which ours replaces, and what it is to remember."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the browser is answered. `body`: free of content coding."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    refused: str | None = None
    """Why there is no answer of the site's."""


def refusal(reason: str, status: int = 403) -> Reply:
    """An answer in the place of a site's, marked as ours."""
    return Reply(status, refused=reason)


class Answerer(Protocol):
    """Whoever stands between the browser and the web."""

    def admits(self, host: str) -> bool:
        """Whether a tunnel to ``host`` may be opened at all."""

    async def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        """The answer to one request. `headers`: names in lower case."""


class Certificate:
    """A key that lives as long as the process, and one certificate of it for whatever name.

    No authority signed it and none is installed: the browser is told to accept this key, and no other, by `spki`.
    """

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.spki = base64.b64encode(hashlib.sha256(public).digest()).decode()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "huanying")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .sign(key, hashes.SHA256())
        )
        # Python takes keys from files only, so it is written encrypted, under a password that is never written.
        password = secrets.token_bytes(32)
        kept = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password),
        )
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_alpn_protocols(["http/1.1"])
        with tempfile.NamedTemporaryFile() as file:
            file.write(certificate.public_bytes(serialization.Encoding.PEM) + kept)
            file.flush()
            self.context.load_cert_chain(file.name, password=password)


@dataclass(slots=True)
class Proxy:
    """Listens on a free loopback port. Without an `answerer` it refuses everything, and counts by host."""

    certificate: Certificate
    answerer: Answerer | None = None
    denied: Counter[str] = field(default_factory=Counter)
    _server: asyncio.Server | None = None
    _open: set[asyncio.WriteTransport] = field(default_factory=set)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", 0)

    @property
    def closed(self) -> bool:
        """Whether it is not listening."""
        return self._server is None or not self._server.is_serving()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def drop(self) -> None:
        """Break off whatever is open."""
        for connection in list(self._open):
            connection.abort()

    async def close(self) -> None:
        self.answerer = None
        if self._server is not None:
            self._server.close()
            self.drop()
            await self._server.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.transport  # not the writer's own later: with a handshake that fails it has none
        self._open.add(connection)
        try:
            await self._speak(_Line(reader, writer))
        except (OSError, ssl.SSLError, EOFError, h11.ProtocolError, TimeoutError):
            pass  # the browser went away, or spoke something that is no HTTP: a WebSocket without TLS, say
        finally:
            self._open.discard(connection)
            connection.abort()

    async def _speak(self, line: "_Line") -> None:
        tunnel: str | None = None
        while (asked := await line.next()) is not None:
            method, target, headers = asked
            if method == "CONNECT":
                if not self._admits(_host_of(target)):
                    await line.send(method, refusal("host"))
                    return
                tunnel = f"https://{target.removesuffix(':443')}"
                await line.secure(self.certificate.context)
                continue
            url = target if tunnel is None else tunnel + target
            await line.send(method, await self._answer(method, url, headers))

    def _admits(self, host: str) -> bool:
        if self.answerer is not None and self.answerer.admits(host):
            return True
        self.denied[host] += 1
        return False

    async def _answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        if self.answerer is None:
            self.denied[_host_of(url.partition("://")[2].partition("/")[0])] += 1
            return refusal("closed")
        if "upgrade" in headers:
            return refusal("upgrade")
        return await self.answerer.answer(method, url, headers)


class _Line:
    """HTTP/1.1 over one connection, as a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.state = h11.Connection(h11.SERVER)

    async def next(self) -> tuple[str, str, dict[str, str]] | None:
        """Method, target and headers of the next request; None where there is none."""
        request = await self._event()
        if not isinstance(request, h11.Request):
            return None
        method, target = request.method.decode("ascii"), request.target.decode("ascii")
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in request.headers}
        if method != "CONNECT":
            async with asyncio.timeout(_PATIENCE):
                await self._skip()
        return method, target, headers

    async def _skip(self) -> None:
        """Past the body of a request: none is ever sent on."""
        size = 0
        while isinstance(event := await self._event(), h11.Data):
            size += len(event.data)
            if size > _LONGEST_BODY:
                raise EOFError

    async def _event(self) -> object:
        while (event := self.state.next_event()) is h11.NEED_DATA:
            self.state.receive_data(await self.reader.read(1 << 16))
        return event

    async def secure(self, context: ssl.SSLContext) -> None:
        self.writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            await self.writer.start_tls(context, ssl_handshake_timeout=_PATIENCE)
        except AttributeError as error:  # asyncio's own: the other side left within the handshake
            raise EOFError from error
        self.state = h11.Connection(h11.SERVER)

    async def send(self, method: str, reply: Reply) -> None:
        body = b"" if method == "HEAD" or reply.status in (204, 205, 304) else reply.body
        status = reply.status if 200 <= reply.status < 600 else 502
        headers = [*_told(reply.headers), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
        if reply.refused is not None:
            headers.append((REFUSED.encode("ascii"), reply.refused.encode("ascii")))
        events: list[h11.Event] = [h11.Response(status_code=status, headers=headers)]
        events += [h11.Data(data=body)] if body else []
        self.writer.write(b"".join(self.state.send(event) or b"" for event in (*events, h11.EndOfMessage())))
        await self.writer.drain()
        if self.state.our_state is h11.MUST_CLOSE:
            raise EOFError
        self.state.start_next_cycle()


def _told(headers: tuple[tuple[str, str], ...]) -> list[tuple[bytes, bytes]]:
    """Headers of a site as the browser is told them: those that are well formed, and its to know."""
    told = []
    for name, value in headers:
        plain = value.strip(" \t\r\n").encode("latin-1", "replace")
        if name.lower() not in _OURS and _TOKEN.fullmatch(name) and not set(plain) & set(b"\0\r\n\v\f"):
            told.append((name.encode("ascii"), plain))
    return told


def _host_of(place: str) -> str:
    """The host of ``host:port``, without brackets."""
    host, colon, port = place.rpartition(":")
    return (host if colon and port.isdecimal() else place).strip("[]").lower().rstrip(".")
