"""A small loopback web server for tests: hosts told apart by name, scripted answers, a log of every request."""

import json
import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came: its moment (monotonic, seconds), host without port, path with query, and headers."""

    at: float
    host: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted answer. `delay`: seconds before it; `drip`: between single bytes; `cut`: close after so many."""

    body: bytes | str = b""
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    media: str = "text/html; charset=utf-8"
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    reset: bool = False
    """Close the connection without a word."""
    abort: bool = False
    """Break the connection off: the other side sees it reset, not closed."""

    def data(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


Script = Answer | Sequence[Answer] | Callable[[Seen], Answer]
NOT_FOUND = Answer("not here", 404)


@dataclass
class Served:
    """Answers by host and path; ``"*"`` as host or path is whatever has no answer of its own.

    A sequence of answers is given one after the other, the last for ever; a function is asked each time.
    """

    server: ThreadingHTTPServer
    answers: dict[tuple[str, str], Script] = field(default_factory=dict)
    log: list[Seen] = field(default_factory=list)
    most_at_once: int = 0
    """The most requests that waited for their answer at one moment."""
    _open: int = 0
    _given: dict[tuple[str, str], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def place(self) -> str:
        """``127.0.0.1:port``, as `[loopback]` of a study wants it."""
        return f"127.0.0.1:{self.port}"

    def on(self, host: str, path: str, script: Script) -> None:
        self.answers[host, path] = script

    def paths(self, host: str | None = None) -> list[str]:
        """Paths asked for so far, in order."""
        with self._lock:
            return [seen.path for seen in self.log if host is None or seen.host == host]

    def requests(self, host: str | None = None) -> list[Seen]:
        with self._lock:
            return [seen for seen in self.log if host is None or seen.host == host]

    def save(self, path: Path) -> None:
        """Write the log as JSON lines."""
        path.write_text("".join(json.dumps([s.host, s.method, s.path]) + "\n" for s in self.requests()))

    def answer(self, seen: Seen) -> Answer:
        with self._lock:
            self.log.append(seen)
            plain = seen.path.partition("?")[0]
            keys = [
                (seen.host, seen.path),
                (seen.host, plain),
                ("*", seen.path),
                ("*", plain),
                (seen.host, "*"),
                ("*", "*"),
            ]
            key = next((key for key in keys if key in self.answers), None)
            if key is None:
                return NOT_FOUND
            script = self.answers[key]
            turn = self._given[key] = self._given.get(key, -1) + 1
        if isinstance(script, Answer):
            return script
        if callable(script):
            return script(seen)
        return script[min(turn, len(script) - 1)]

    def entered(self) -> None:
        with self._lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)

    def left(self) -> None:
        with self._lock:
            self._open -= 1


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: Served

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.served.entered()
        try:
            answer = self._asked()
        finally:
            self.served.left()  # before it is sent: who has the answer may ask again sooner than this thread goes on
        try:
            self._give(answer)
        except OSError:  # the other side went away: a killed crawler
            self.close_connection = True

    do_HEAD = do_GET
    do_POST = do_GET

    def _asked(self) -> Answer:
        host = (self.headers.get("Host") or "").rpartition(":")[0] or (self.headers.get("Host") or "")
        answer = self.served.answer(
            Seen(
                time.monotonic(),
                host.lower(),
                self.command,
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            )
        )
        if answer.delay:
            time.sleep(answer.delay)
        return answer

    def _give(self, answer: Answer) -> None:
        if answer.reset:
            self.close_connection = True
            return
        if answer.abort:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
            return
        body = answer.data()
        self.send_response(answer.status)
        named = {name.lower() for name, _ in answer.headers}
        if "content-type" not in named:
            self.send_header("Content-Type", answer.media)
        if not named & {"content-length", "transfer-encoding"}:
            self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send(answer, body)

    def _send(self, answer: Answer, body: bytes) -> None:
        if answer.cut is not None:
            body = body[: answer.cut]
            self.close_connection = True
        if not answer.drip:
            self.wfile.write(body)
            return
        for position in range(len(body)):
            self.wfile.write(body[position : position + 1])
            self.wfile.flush()
            time.sleep(answer.drip)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def serve(
    answers: dict[tuple[str, str], Script] | None = None,
    tls: ssl.SSLContext | None = None,
    at: tuple[str, int] = ("127.0.0.1", 0),
) -> Iterator[Served]:
    """A running server, on a free loopback port where ``at`` names none; with ``tls`` it speaks https."""
    server = _Quiet(at, type("Conversation", (_Conversation,), {}))
    served = Served(server, dict(answers or {}))
    server.RequestHandlerClass.served = served  # type: ignore[attr-defined]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def page(title: str, *links: str, text: str = "") -> str:
    """A small invented page with links."""
    anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    head = f"<!doctype html><html><head><title>{title}</title></head>"
    return f"{head}<body><h1>{title}</h1><p>{text}</p><ul>{anchors}</ul></body></html>"
