"""Pages drawn in a browser a second, with all safeguards on, against bare scrapy-playwright over the same pages.

The site is built as RedNote's is: a shell of HTML, scripts and a style that may be kept, a note as JSON by fetch, a dozen
pictures, a font; the text stands in the page only after its scripts have run. Bare: scrapy-playwright as it comes, as many
pages at once as ours, waiting for the same text. Runs alternate in processes of their own, and the best of each kind is
compared: the ratio is what matters. ``python -m benchmarks.browsing [PAGES [ROUNDS]]``.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, ClassVar

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy_playwright.page import PageMethod

from corpus.archive import journal, read_captures
from corpus.chromium import Chromium, find
from corpus.records import Capture
from corpus.study import load_study
from spiders.browsing import WINDOWS
from spiders.crawl import run_crawl

HOSTS = 8
COMMENTS = 20
PICTURES = 12
AIM = 1.5
_WORDS = "harbour ship guest letter street market welcome river lamp paper tea morning question answer window".split()
_SHELL = """<!doctype html><html lang="zh"><head><title>Note</title>
<link rel="stylesheet" href="http://static.example/app.css"><meta name="keep" content="%s"></head>
<body><div id="app"></div><script>window.__INITIAL_STATE__ = {"user": {"loggedIn": false}, "note": undefined}</script>
<script src="http://static.example/vendor.js"></script><script src="http://static.example/app.js"></script></body></html>"""
_APP = """
const made = Object.keys(window).filter(name => name.startsWith("part")).map(name => window[name](7)).length
const id = location.pathname.split("/").pop()
fetch("/api/note?id=" + id).then(answer => answer.json()).then(note => {
  const app = document.getElementById("app")
  const put = (name, text, where = app) => { const e = document.createElement(name); e.textContent = text; where.append(e); return e }
  put("h1", note.title)
  for (const picture of note.pictures) put("img", "").src = picture
  for (const comment of note.comments) put("p", comment).className = "comment"
  put("p", note.last).id = "last"
})
"""


def _text(drawn: random.Random, size: int) -> str:
    return " ".join(drawn.choice(_WORDS) + str(drawn.randrange(100)) for _ in range(size // 9))


def _script(name: str, size: int) -> str:
    """So many bytes of functions, each of which does a little."""
    drawn = random.Random(name)
    body = (
        "function part{0}(n) {{ const a = []; for (let i = 0; i < n; i++) a.push(i * {1}); return a.length + '{2}' }}\n"
    )
    made = [body.format(f"{name}{n}", drawn.randrange(99), _text(drawn, 200)) for n in range(size // 300)]
    return "".join(made)


def last_of(host: str, number: str) -> str:
    """The last words of a note: in the page only when all of it is there."""
    return f"the end of {host} {number}"


class _Site(asyncio.Protocol):
    """The least server that holds connections open. It counts what it is asked for."""

    asked: ClassVar[Counter[str]] = Counter()
    kept: ClassVar[dict[str, tuple[str, bytes]]] = {}

    @classmethod
    def prepare(cls) -> None:
        drawn = random.Random(7)
        cls.kept = {
            "/vendor.js": ("text/javascript", _script("v", 150_000).encode()),
            "/app.js": ("text/javascript", (_script("a", 150_000) + _APP).encode()),
            "/app.css": (
                "text/css",
                b"@font-face { font-family: f; src: url(/font.woff2) } body { font-family: f }\n"
                + "".join(f".c{n} {{ margin: {n}px; padding: {n}px }}\n" for n in range(800)).encode(),
            ),
            "/font.woff2": ("font/woff2", drawn.randbytes(40_000)),
            "/picture": ("image/webp", drawn.randbytes(30_000)),
            "/shell": ("text/html; charset=utf-8", (_SHELL % _text(drawn, 20_000)).encode()),
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.waiting = b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        while b"\r\n\r\n" in self.waiting:
            head, _, self.waiting = self.waiting.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            path = lines[0].split(" ")[1]
            host = next((line[6:] for line in lines if line.lower().startswith("host: ")), "").partition(":")[0]
            kind, body, more = self._answer(host, path)
            status = "200 OK" if kind else "404 Not Found"
            top = f"HTTP/1.1 {status}\r\nContent-Type: {kind or 'text/plain'}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
            self.transport.write(top.encode() + body)  # type: ignore[attr-defined]

    def _answer(self, host: str, path: str) -> tuple[str, bytes, str]:
        if path == "/asked":
            told = json.dumps(self.asked).encode()
            self.asked.clear()
            return "application/json", told, ""
        plain = path.partition("?")[0]
        self.asked["page" if plain.startswith("/explore/") else plain.rpartition("/")[0] or plain] += 1
        if plain.startswith("/explore/"):
            return *self.kept["/shell"], ""
        if plain == "/api/note":
            return "application/json", _note(host, path.rpartition("=")[2]), ""
        if plain.startswith("/picture/"):
            return *self.kept["/picture"], "Cache-Control: public, max-age=31536000\r\n"
        if plain in self.kept:
            return *self.kept[plain], "Cache-Control: public, max-age=31536000\r\nAccess-Control-Allow-Origin: *\r\n"
        return "", b"", ""


def _note(host: str, number: str) -> bytes:
    drawn = random.Random(f"{host}{number}")
    note = {
        "title": _text(drawn, 60),
        "pictures": [f"http://img.example/picture/{host}-{number}-{n}" for n in range(PICTURES)],
        "comments": [_text(drawn, 120) for _ in range(COMMENTS)],
        "last": last_of(host, number),
    }
    return json.dumps(note).encode()


async def serve() -> None:
    """Serve for ever; the port is told on the standard output."""
    _Site.prepare()
    server = await asyncio.get_running_loop().create_server(_Site, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def pages_of(pages: int) -> list[tuple[str, str]]:
    return [(f"app{n % HOSTS}.example", str(n)) for n in range(pages)]


# Bare.


class Bare(scrapy.Spider):
    """Asks for the pages in turn, and waits for their text."""

    name = "bare"
    pages = 0
    good = 0

    async def start(self) -> AsyncIterator[Any]:
        for host, number in pages_of(Bare.pages):
            wait = PageMethod("wait_for_selector", "#last", state="attached")
            meta = {"playwright": True, "playwright_page_methods": [wait]}
            yield scrapy.Request(f"http://{host}/explore/{number}", meta=meta)

    def parse(self, response: Response, **_: Any) -> None:
        host, number = response.url.split("/")[2], response.url.rpartition("/")[2]
        Bare.good += last_of(host, number).encode() in response.body


def run_bare(port: int, pages: int) -> int:
    chromium = find()
    assert isinstance(chromium, Chromium)
    Bare.pages = pages
    handler = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
    process = CrawlerProcess(
        {
            "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
            "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
            "PLAYWRIGHT_LAUNCH_OPTIONS": {
                "executable_path": str(chromium.path),
                "args": ["--no-sandbox", "--disable-gpu", f"--host-resolver-rules=MAP *.example 127.0.0.1:{port}"],
            },
            "CONCURRENT_REQUESTS": WINDOWS,
            "CONCURRENT_REQUESTS_PER_DOMAIN": WINDOWS,
            "DOWNLOAD_DELAY": 0,
            "LOG_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "RETRY_ENABLED": False,
            "ROBOTSTXT_OBEY": False,
        }
    )
    process.crawl(Bare)
    process.start()
    return Bare.good


# Ours.


def run_ours(port: int, pages: int, folder: Path) -> None:
    _write_study(folder, port, pages)
    run_crawl(load_study(folder))


def good_of(folder: Path) -> int:
    """How many pages of the archive have their text."""
    study = load_study(folder)
    good = 0
    for _, one in read_captures(study.archive_folder, journal(study.archive_folder), study.keys()):
        if isinstance(one, Capture) and one.how == "rendered":
            host, number = one.url.split("/")[2], one.url.rpartition("/")[2]
            good += last_of(host, number).encode() in one.body
    return good


def _write_study(folder: Path, port: int, pages: int) -> None:
    (folder / "outlets").mkdir(parents=True)
    hosts = [f"app{number}.example" for number in range(HOSTS)]
    fronts = [f"http://{host}/explore/{number}" for host, number in pages_of(pages)]
    (folder / "outlets" / "app.toml").write_text(
        'name = "App"\nowner = { value = "private", as_of = 2025-01-01, source = "invented" }\n'
        'country = { value = "CN", as_of = 2025-01-01, source = "invented" }\nlanguages = ["zh"]\n'
        f'homepage = "http://app0.example/"\nhosts = {json.dumps(hosts)}\nfronts = {json.dumps(fronts)}\n'
        'browser = true\nbrowser_hosts = ["static.example", "img.example"]\n'
    )
    names = "".join(f'"{name}" = "127.0.0.1:{port}"\n' for name in [*hosts, "static.example", "img.example"])
    (folder / "study.toml").write_text(
        '[study]\nid = "bench"\ntitle = "Measurement"\npurpose = "speed"\ncontact = "https://bench.example/"\n'
        'legal_basis = "none needed"\n[window]\nstart = 2025-01-01\nend = 2025-02-01\n'
        f'[politeness]\ndelay = 0.0\n[[source]]\nid = "app"\n[loopback]\n{names}'
    )


# Measuring.


def measured(kind: str, port: str, pages: str) -> dict[str, Any]:
    """One run in a process of its own, with all that it starts: Chromium's processes too."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: whoever loses its parent is counted here
    _asked(port)
    peak = Peak()
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HUANYING_KEYS"] = folder
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.browsing", f"{kind}-run", port, pages, folder],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - began
        peak.over.set()
        _reap()
        good = int(done.stdout.split()[-1]) if kind == "bare" else good_of(Path(folder) / "study")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if good != int(pages):
        raise RuntimeError(f"{kind}: {good} of {pages} pages had their text: the measurement is void")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "clock": good / seconds,
        "processor": good / processor,
        "mib": peak.mib,
        "asked": {name: number / good for name, number in _asked(port).items()},
    }


def _reap() -> None:
    """Wait for what was left behind, a moment at the most."""
    until = time.monotonic() + 5
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < until:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)


def _asked(port: str) -> dict[str, int]:
    """What the server was asked for since the last time."""
    connection = HTTPConnection("127.0.0.1", int(port))
    connection.request("GET", "/asked")
    told: dict[str, int] = json.loads(connection.getresponse().read())
    connection.close()
    return told


class Peak(threading.Thread):
    """The most memory that all processes below this one had at one moment; what they share is counted once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.mib = 0.0
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(1.0):
            self.mib = max(self.mib, sum(_kib(one) for one in _below(os.getpid())) / 1024)


def _below(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def _kib(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def main(pages: int, rounds: int) -> str:
    """The comparison as a table in Markdown."""
    here = [sys.executable, "-m", "benchmarks.browsing"]
    server = subprocess.Popen([*here, "serve"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        port = server.stdout.readline().strip()
        runs: dict[str, list[dict[str, Any]]] = {"bare": [], "ours": []}
        for _ in range(rounds):
            for kind, done in runs.items():
                told = subprocess.run([*here, kind, port, str(pages)], stdout=subprocess.PIPE, text=True, check=True)
                done.append(json.loads(told.stdout.splitlines()[-1]))
    finally:
        server.terminate()
        server.wait()
    return table(runs, pages)


def table(runs: dict[str, list[dict[str, Any]]], pages: int) -> str:
    best = {
        kind: {name: max(one[name] for one in done) for name in ("clock", "processor")} for kind, done in runs.items()
    }
    mib = {kind: min(one["mib"] for one in done) for kind, done in runs.items()}
    asked = {kind: done[-1]["asked"] for kind, done in runs.items()}
    names = {"bare": "bare scrapy-playwright", "ours": "with archive, permission, address filter, proxy, frontier"}
    lines = [
        "| crawl | pages a second | pages a processor second | requests a page | memory, MiB |",
        "|---|--:|--:|--:|--:|",
    ]
    for kind, name in names.items():
        one, requests = best[kind], sum(asked[kind].values())
        lines.append(f"| {name} | {one['clock']:.2f} | {one['processor']:.2f} | {requests:.1f} | {mib[kind]:.0f} |")
    ratios = [best["ours"][name] / best["bare"][name] for name in ("clock", "processor")]
    lines.append(f"| **ratio** (aim {AIM}) | **{ratios[0]:.2f}** | **{ratios[1]:.2f}** | | |")
    lines.append(
        f"\n{pages} pages on {HOSTS} hosts, {WINDOWS} at once: 20 kB of HTML, two scripts of 150 kB, a style, JSON, {PICTURES}"
        f" pictures of 30 kB, a font; the best of {len(runs['ours'])} alternating runs of each. Every page had its text."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["serve"]:
        asyncio.run(serve())
    elif words[:1] in (["bare"], ["ours"]):
        print(json.dumps(measured(*words)))
    elif words[:1] == ["bare-run"]:
        print(run_bare(int(words[1]), int(words[2])))
    elif words[:1] == ["ours-run"]:
        run_ours(int(words[1]), int(words[2]), Path(words[3]) / "study")
    else:
        print(main(int(words[0]) if words else 64, int(words[1]) if len(words) > 1 else 3))
