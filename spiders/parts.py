"""Answers what a page in the browser asks for: refused, out of the run's memory, or through all of Scrapy's safeguards."""

import re
import time
from asyncio import Queue, Semaphore
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlsplit

from scrapy import Request
from scrapy.core.engine import ExecutionEngine
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from corpus.identity import canonical_url
from corpus.records import Finding
from spiders.failures import NotArchived
from spiders.hosts import origin_of
from spiders.load import AT_ONCE, Load
from spiders.proxy import Reply, refusal
from spiders.refusals import FAILURES, Refused

_SENT_ON = frozenset(
    "accept accept-language content-type origin referer sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user"
    " x-requested-with".split()
)
"""All that a host is told of a page's own headers; never a cookie or another credential."""
BROKEN = frozenset({"dataloss", "download_stopped", "partial"})
"""Scrapy's flags of an answer that did not come whole."""
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d+)")
_KEPT_KINDS = ("javascript", "ecmascript", "css", "wasm")
_KEPT_BYTES = 64 << 20
_LONGEST_KEPT = 3600.0


@dataclass(slots=True)
class Memory:
    """Scripts and styles that a host allows to be kept: asked for once a run, not once a page."""

    size: int = 0
    _kept: OrderedDict[tuple[str, str], tuple[float, Reply]] = field(default_factory=OrderedDict)

    def get(self, url: str, origin: str) -> Reply | None:
        until, reply = self._kept.get((url, origin), (0.0, None))
        return reply if until > time.monotonic() else None

    def keep(self, url: str, origin: str, reply: Reply) -> None:
        """Keep it where its headers allow that; the oldest go where there is no room."""
        age = _lifetime(reply)
        if age <= 0 or len(reply.body) > _KEPT_BYTES // 4:
            return
        _, before = self._kept.pop((url, origin), (0.0, Reply(200)))
        self._kept[url, origin] = (time.monotonic() + min(age, _LONGEST_KEPT), reply)
        self.size += len(reply.body) - len(before.body)
        while self.size > _KEPT_BYTES:
            _, (_, old) = self._kept.popitem(last=False)
            self.size -= len(old.body)


def _lifetime(reply: Reply) -> float:
    """Seconds for which an answer may be kept for all; 0 for none."""
    known: dict[str, list[str]] = {}
    for name, value in reply.headers:
        known.setdefault(name.lower(), []).append(value.lower())
    control = ",".join(known.get("cache-control", ()))
    vary = {one.strip() for one in ",".join(known.get("vary", ())).split(",")} - {"", "accept-encoding", "origin"}
    age = _MAX_AGE.search(control)
    if reply.status != 200 or age is None or vary or "set-cookie" in known:
        return 0.0
    if re.search(r"\b(no-store|no-cache|private)\b", control):
        return 0.0
    media = ",".join(known.get("content-type", ()))
    return float(age[1]) if any(kind in media for kind in _KEPT_KINDS) else 0.0


class Lines:
    """Six connections to each host, for all page loads of a crawler together: each a download slot of its own."""

    def __init__(self) -> None:
        self._free: dict[str, Queue[int]] = {}

    @asynccontextmanager
    async def one_to(self, host: str) -> AsyncIterator[int]:
        """The number of one that is free, for as long as it is used."""
        free = self._of(host)
        number = await free.get()
        try:
            yield number
        finally:
            free.put_nowait(number)

    def _of(self, host: str) -> Queue[int]:
        free = self._free.get(host)
        if free is None:
            free = self._free[host] = Queue()
            for number in range(AT_ONCE):
                free.put_nowait(number)
        return free


class Parts:
    """The `Answerer` of one page load."""

    def __init__(self, engine: ExecutionEngine, load: Load, request: Request, memory: Memory, lines: Lines) -> None:
        self.engine, self.load, self.request, self.memory, self.lines = engine, load, request, memory, lines
        self._room = Semaphore(AT_ONCE)
        self.page: Reply | None = None
        """The main answer, until the browser has asked for it."""

    async def main(self) -> Response:
        """The page itself, as sent; what Guard, Courtesy, Archiver or the network raise comes out as for plain pages."""
        meta = self.request.meta
        response = await self._fetch("GET", self.load.url, {}, meta.get("format", "page"), meta.get("finding"))
        self.page = _reply(response)
        return response

    def admits(self, host: str) -> bool:
        if host in self.load.hosts:
            return True
        self.load.refused["host"] += 1
        return False

    async def answer(self, method: str, url: str, headers: dict[str, str]) -> Reply:
        load, url = self.load, urldefrag(url).url
        page = self.page
        if page is not None and method == "GET" and ("upgrade-insecure-requests" in headers or _same(url, load.url)):
            self.page = None
            return page
        reason = load.refusal(method, url, headers.get("sec-fetch-dest") or _kind(headers))
        if reason is not None:
            return self._refused(reason)
        load.parts += 1
        origin = headers.get("origin", "")
        kept = self.memory.get(url, origin) if method == "GET" else None
        if kept is not None:
            load.moved_at = time.monotonic()
            return kept
        sent = {name: value for name, value in headers.items() if name in _SENT_ON}
        try:
            response = await self._fetch(method, url, sent, "part", Finding("link", value=load.url))
        except Refused as refused:
            return self._refused(refused.reason)
        except NotArchived as error:
            load.stop(error)
            return self._refused("not-archived")
        except (IgnoreRequest, *FAILURES):
            load.cut = True
            return self._refused("failed", 504)
        reply = _reply(response)
        if BROKEN.intersection(response.flags):
            load.cut = True
        elif method == "GET":
            self.memory.keep(url, origin, reply)
        return reply

    def _refused(self, reason: str, status: int = 403) -> Reply:
        self.load.refused[reason] += 1
        self.load.moved_at = time.monotonic()
        return refusal(reason, status)

    async def _fetch(
        self, method: str, url: str, headers: dict[str, str], format: str, finding: Finding | None
    ) -> Response:
        load, host = self.load, urlsplit(url).netloc
        load.open += 1
        load.moved_at = time.monotonic()
        try:
            async with self._room, self.lines.one_to(host) as number:
                meta: dict[str, Any] = {
                    "part_of": load,
                    "source_id": load.source_id,
                    "finding": finding,
                    "format": format,
                    "download_slot": f"{host}#{number}",
                    "download_timeout": max(min(load.left, self._longest), 0.1),
                }
                response = await self.engine.download_async(
                    Request(url, method=method, headers=headers, meta=meta, dont_filter=True)
                )
                load.received += len(response.body)
                if b"html" in (response.headers.get("Content-Type") or b"html").lower():
                    load.origins.add(origin_of(url))
                return response
        finally:
            load.open -= 1
            load.moved_at = time.monotonic()

    @property
    def _longest(self) -> float:
        return float(self.request.meta.get("download_timeout") or 60.0)


def _same(url: str, other: str) -> bool:
    try:
        return canonical_url(url) == canonical_url(other)
    except ValueError:
        return False


def _kind(headers: dict[str, str]) -> str:
    """What a request is for where the browser does not say: it does so on https only."""
    if headers.get("accept", "").startswith("image/"):
        return "image"
    return "video" if "range" in headers else ""


def _reply(response: Response) -> Reply:
    return Reply(
        response.status,
        tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, values in response.headers.items()
            for value in values
        ),
        response.body,
    )
