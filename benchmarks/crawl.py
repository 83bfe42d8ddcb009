"""Throughput of a crawl with archive, permission, address filter and frontier on, against bare Scrapy over the same pages.

Both ask the same loopback server for the same pages (ten links each), take the same links from them, with
pauses off; ours keeps one connection a host, bare Scrapy as many as it likes. Runs alternate in processes of their own, and the best of each kind is compared: the
ratio is what matters, as the machine's speed falls out of it. ``python -m benchmarks.crawl [PAGES [ROUNDS]]``.
"""

import asyncio
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, ClassVar

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import TextResponse
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from zope.interface import implementer

from corpus.archive import journal
from corpus.study import load_study
from spiders.choosing import links_of
from spiders.crawl import run_crawl

HOSTS = 32
LINKS = 10
PAGE_BYTES = 20_000
AIM = 0.8
_WORDS = "harbour ship guest letter street market welcome river lamp paper tea morning question answer window".split()


def page_of(host: int, number: int, pages: int) -> bytes:
    """An invented page of about `PAGE_BYTES`, with `LINKS` links to pages of the same host."""
    drawn = random.Random(host * 1_000_003 + number)
    links = "".join(f'<a href="/p/{(number * LINKS + n) % pages}">{n}</a> ' for n in range(1, LINKS + 1))
    text = " ".join(drawn.choice(_WORDS) + str(drawn.randrange(100)) for _ in range(PAGE_BYTES // 9))
    return f"<html><head><title>{number}</title></head><body>{links}<p>{text}</p></body></html>".encode()


class _Site(asyncio.Protocol):
    """The least server that holds connections open; pages are made before anything is measured."""

    pages: ClassVar[dict[bytes, bytes]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            host = re.search(rb"(?i)host: h(\d+)\.", head)
            body = self.pages.get(path if host is None else host.group(1) + path, b"")
            status, kind = (b"200 OK", b"text/html") if body else (b"404 Not Found", b"text/plain")
            lines = (b"HTTP/1.1 " + status, b"Content-Type: " + kind, b"Content-Length: %d" % len(body), b"", body)
            self.transport.write(b"\r\n".join(lines))  # type: ignore[attr-defined]


async def serve(pages: int) -> None:
    """Serve for ever; the port is told on the standard output."""
    each = pages // HOSTS
    for host in range(HOSTS):
        _Site.pages.update({b"%d/p/%d" % (host, number): page_of(host, number, each) for number in range(each)})
        _Site.pages[b"%d/" % host] = _Site.pages[b"%d/p/0" % host]
    server = await asyncio.get_running_loop().create_server(_Site, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@implementer(IHostResolution)
class _Known:
    name = "known"

    def cancel(self) -> None:
        pass


@implementer(IHostnameResolver)
class StaticResolver:
    """Sends every name to the loopback server, for the bare runs."""

    def __init__(self, crawler: Any, reactor: Any) -> None:
        self.port = crawler.settings.getint("SERVED_AT")
        self.reactor = reactor

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> "StaticResolver":
        return cls(crawler, reactor)

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    def resolveHostName(self, receiver: Any, host: str, port: int = 0, *_: Any, **__: Any) -> Any:
        known = _Known()
        receiver.resolutionBegan(known)
        receiver.addressResolved(IPv4Address("TCP", "127.0.0.1", self.port))
        receiver.resolutionComplete()
        return known


class Bare(scrapy.Spider):
    """The news spider's work without any of ours around it."""

    name = "bare"
    fetched = 0
    pattern = re.compile("/p/")

    async def start(self) -> AsyncIterator[Any]:
        for host in range(HOSTS):
            yield scrapy.Request(f"http://h{host}.example/")

    def parse(self, response: TextResponse, **_: Any) -> Iterator[scrapy.Request]:  # type: ignore[override]
        Bare.fetched += 1
        host = response.url.split("/")[2]
        for url in dict.fromkeys(links_of(response)):
            if url.split("/")[2] == host and self.pattern.search(url):
                yield scrapy.Request(url)


def run_bare(port: int) -> int:
    process = CrawlerProcess(
        {
            "SERVED_AT": port,
            "TWISTED_DNS_RESOLVER": StaticResolver,
            "LOG_ENABLED": False,
            "CONCURRENT_ITEMS": 1,
            "CONCURRENT_REQUESTS": 64,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 64,
            "DOWNLOAD_DELAY": 0,
            "COOKIES_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "RETRY_ENABLED": False,
            "ROBOTSTXT_OBEY": False,
            "WARN_ON_GENERATOR_RETURN_VALUE": False,
        }
    )
    process.crawl(Bare)
    process.start()
    return Bare.fetched


def run_ours(port: int, folder: Path) -> int:
    _write_study(folder, port)
    study = load_study(folder)
    result = run_crawl(study)
    fetched = sum(one.fetched for one in result.sources)
    if len(journal(study.archive_folder)) < fetched:
        raise RuntimeError("pages were not archived: the measurement is void")
    return fetched


def _write_study(folder: Path, port: int) -> None:
    (folder / "outlets").mkdir(parents=True)
    for host in range(HOSTS):
        (folder / "outlets" / f"h{host}.toml").write_text(
            f'name = "Host {host}"\nowner = {{ value = "private", as_of = 2025-01-01, source = "invented" }}\n'
            f'country = {{ value = "US", as_of = 2025-01-01, source = "invented" }}\nlanguages = ["en"]\n'
            f'homepage = "http://h{host}.example/"\nhosts = ["h{host}.example"]\n'
            f'fronts = ["http://h{host}.example/"]\narticle = ["/p/"]\n'
        )
    sources = "".join(f'[[source]]\nid = "h{host}"\n' for host in range(HOSTS))
    names = "".join(f'"h{host}.example" = "127.0.0.1:{port}"\n' for host in range(HOSTS))
    (folder / "study.toml").write_text(
        '[study]\nid = "bench"\ntitle = "Measurement"\npurpose = "speed"\ncontact = "https://bench.example/"\n'
        'legal_basis = "none needed"\n[window]\nstart = 2025-01-01\nend = 2025-02-01\n'
        "[politeness]\ndelay = 0.0\n[budget]\npages_per_host = 100000\npages_per_pattern = 100000\ndepth = 100000\n"
        f"{sources}[loopback]\n{names}"
    )


def measured(kind: str, port: int) -> None:
    """One run; pages a second of the clock and of the processor as JSON."""
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HUANYING_KEYS"] = folder
        fetched = run_bare(port) if kind == "bare" else run_ours(port, Path(folder) / "study")
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = time.perf_counter() - began
    processor = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    told = {
        "pages": fetched,
        "clock": fetched / seconds,
        "processor": fetched / processor,
        "mib": after.ru_maxrss >> 10,
    }
    print(json.dumps(told))


def main(pages: int, rounds: int) -> str:
    """The comparison as a table in Markdown."""
    here = [sys.executable, "-m", "benchmarks.crawl"]
    server = subprocess.Popen([*here, "serve", str(pages)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        port = server.stdout.readline().strip()
        runs: dict[str, list[dict[str, float]]] = {"bare": [], "ours": []}
        for _ in range(rounds):
            for kind, done in runs.items():
                told = subprocess.run([*here, kind, port], stdout=subprocess.PIPE, text=True, check=True).stdout
                done.append(json.loads(told.splitlines()[-1]))
    finally:
        server.terminate()
        server.wait()
    return table(runs)


def table(runs: dict[str, list[dict[str, float]]]) -> str:
    best = {
        kind: {name: max(one[name] for one in done) for name in ("clock", "processor", "pages", "mib")}
        for kind, done in runs.items()
    }
    pages = {one["pages"] for done in runs.values() for one in done}
    if len(pages) != 1:
        raise RuntimeError(f"the runs did not fetch the same number of pages: {sorted(pages)}")
    ours, bare = best["ours"], best["bare"]
    rows = [
        ("bare Scrapy", bare["clock"], bare["processor"], bare["mib"]),
        ("with archive, permission, address filter, frontier", ours["clock"], ours["processor"], ours["mib"]),
    ]
    lines = ["| crawl | pages a second | pages a processor second | memory, MiB |", "|---|--:|--:|--:|"]
    lines += [f"| {name} | {clock:.0f} | {processor:.0f} | {mib:.0f} |" for name, clock, processor, mib in rows]
    ratios = (ours["clock"] / bare["clock"], ours["processor"] / bare["processor"])
    lines.append(f"| **ratio** (aim {AIM}) | **{ratios[0]:.2f}** | **{ratios[1]:.2f}** | |")
    lines.append(
        f"\n{pages.pop():.0f} pages of {PAGE_BYTES // 1000} kB with {LINKS} links on {HOSTS} hosts,"
        f" the best of {len(runs['ours'])} alternating runs of each."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["serve"]:
        asyncio.run(serve(int(words[1])))
    elif words[:1] in (["bare"], ["ours"]):
        measured(words[0], int(words[1]))
    else:
        print(main(int(words[0]) if words else 3200, int(words[1]) if len(words) > 1 else 3))
