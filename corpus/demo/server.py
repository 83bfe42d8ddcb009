"""Serve the demonstration's invented hosts on 127.0.0.1, by Host header, and keep a log of every request."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import urlsplit

from corpus.demo.answers import Host, Reply


class RequestLog:
    """Requests as JSON lines: time, until (UTC), host, method, path, status, user_agent, retry_after (seconds, null), later."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def write(self, **row: Any) -> None:
        with self._lock:
            if not self._file.closed:
                self._file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def close(self) -> None:
        with self._lock:
            self._file.close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True
    request_queue_size = 128

    def __init__(self, hosts: Mapping[str, Host], log: RequestLog) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.hosts = hosts
        self.log = log
        self.later = False
        self._asked: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def asked_before(self, host: str, path: str) -> int:
        with self._lock:
            self._asked[host, path] += 1
            return self._asked[host, path] - 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, killed for instance, is none of the server's troubles: no traceback."""


class _Answering(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        began = _now()
        name = (self.headers.get("Host") or "").partition(":")[0].lower().rstrip(".")
        host = self.server.hosts.get(name)
        path = urlsplit(self.path)
        asked = path.path + (f"?{path.query}" if path.query else "")
        if host is None:
            reply = Reply(b"This server does not know that host.\n", "text/plain", 421)
        else:
            found = host.reply(asked, self.server.asked_before(name, asked), self.server.later)
            reply = (
                self._unchanged(host, found)
                or found
                or Reply(b"<!DOCTYPE html><title>404 Not Found</title><h1>Not found</h1>", status=404)
            )
        until = _now()  # once it is sent, who has it may ask again sooner than this thread goes on
        try:
            self._send(reply)
        finally:
            retry_after = next((int(value) for key, value in reply.headers if key == "Retry-After"), None)
            self.server.log.write(
                time=began,
                until=until,
                host=name,
                method=self.command,
                path=asked,
                status=reply.status,
                user_agent=self.headers.get("User-Agent"),
                retry_after=retry_after,
                later=self.server.later,
            )

    def _unchanged(self, host: Host, reply: Reply | None) -> Reply | None:
        """304 for a page that the visitor has as it is; with its entity tag where he has not; None where it has none."""
        if reply is None or not host.validates or reply.status != 200 or reply.promised is not None:
            return None
        headers = (*reply.headers, ("ETag", reply.tag()))
        if self.headers.get("If-None-Match") == reply.tag():
            return replace(reply, body=b"", status=304, headers=headers)
        return replace(reply, headers=headers)

    do_HEAD = do_POST = do_PUT = do_OPTIONS = do_GET

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.status != 304:
            self.send_header("Content-Type", reply.media_type)
            self.send_header("Content-Length", str(len(reply.body) if reply.promised is None else reply.promised))
        for key, value in reply.headers:
            self.send_header(key, value)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal: the request log has it all."""


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="microseconds")


class PrivateListener:
    """A door that nobody may knock at: listens on a port of 127.0.0.1 (and of ::1 where there is one) and counts."""

    def __init__(self) -> None:
        self._sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port: int = self._sockets[0].getsockname()[1]
        with suppress(OSError):  # a machine without IPv6: nothing there to knock at
            self._sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._count = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=(one,), daemon=True) for one in self._sockets]
        for one in self._sockets:
            one.settimeout(0.2)
        for thread in self._threads:
            thread.start()

    @property
    def connections(self) -> int:
        with self._lock:
            return self._count

    def _watch(self, door: socket.socket) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = door.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with self._lock:
                self._count += 1
            connection.close()

    def close(self) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join(timeout=2)
        for one in self._sockets:
            one.close()


class DemoServer:
    """Serves `hosts` on one port of 127.0.0.1 until closed; each request in its own thread."""

    def __init__(self, hosts: Mapping[str, Host], log: Path) -> None:
        self.hosts = hosts
        self.log = RequestLog(log)
        self._listener = _Listener(hosts, self.log)
        self.port: int = self._listener.server_address[1]
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __enter__(self) -> "DemoServer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def go_on(self) -> None:
        """Let time pass: from now on the hosts answer as they do later."""
        self._listener.later = True

    def close(self) -> None:
        self._listener.shutdown()
        self._thread.join(timeout=5)
        self._listener.server_close()
        self.log.close()
