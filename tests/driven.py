"""Drives the downloader with its safeguards over given addresses, in a process of its own, and tells how each ended."""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

from corpus.archive import open_database, transaction
from corpus.study import Study, load_study
from spiders.courtesy import FAILURES, Later, Refused
from spiders.hosts import Hosts
from spiders.settings import SAFEGUARDS, from_study

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class End:
    """How an address ended: ``fetched`` (detail: status), ``refused`` (reason, rule), ``later`` (seconds), an error."""

    url: str
    outcome: str
    detail: str
    permission: str | None = None


@dataclass(slots=True)
class Drive:
    """What the driving process is told. Classes are dotted paths, so that a test can put in one that is at fault."""

    study: str
    urls: list[str]
    settings: dict[str, Any] = field(default_factory=dict)
    guard: str | None = "spiders.guard.Guard"
    courtesy: str | None = "spiders.courtesy.Courtesy"
    resolver: str = "spiders.guard.GuardResolver"
    follow: bool = False
    patience: float = 30.0
    """Seconds from the start: an address that is put off beyond ends as ``later``."""


@dataclass(slots=True)
class Driven:
    ends: dict[str, End]
    peak_mib: int
    seconds: float

    def outcomes(self) -> set[str]:
        return {end.outcome for end in self.ends.values()}


def write_study(folder: Path, places: dict[str, str], delay: float = 0.0, before: str = "") -> Path:
    """A study whose invented hosts are served at their ``places``. `before`: lines for the top of the file."""
    names = "".join(f'"{host}" = "{place}"\n' for host, place in places.items())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(
        f'{before}\n[study]\nid = "driven"\ntitle = "A test"\npurpose = "to test"\ncontact = "nobody@harbour.example"\n'
        'legal_basis = "none needed"\n[window]\nstart = 2025-01-13\nend = 2025-01-20\n'
        f"[politeness]\ndelay = {delay}\n[loopback]\n{names}",
        encoding="utf-8",
    )
    return folder


def drive(study: Path, urls: Sequence[str], environment: dict[str, str] | None = None, **options: Any) -> Driven:
    """Ask for all ``urls`` at once, each until it is fetched, refused, failed or put off for long."""
    order = Drive(str(study), list(urls), **options)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.driven", json.dumps(asdict(order))],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **(environment or {})},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    return Driven({one["url"]: End(**one) for one in told["ends"]}, told["peak_mib"], time.monotonic() - began)


class Shared:
    """What the safeguards need of a crawl's shared objects."""

    def __init__(self, study: Study, hosts: Hosts) -> None:
        self.study, self.hosts = study, hosts
        self.ends: list[End] = []

    def __deepcopy__(self, _: object) -> "Shared":
        return self


class Driver(Spider):
    name = "driver"
    order: Drive

    async def start(self) -> AsyncIterator[Any]:
        self.ends: list[End] = self.settings["SHARED"].ends
        await asyncio.gather(*(self._one(url) for url in self.order.urls))
        for nothing in ():
            yield nothing

    async def _one(self, url: str) -> None:
        began = time.time()
        while True:
            try:
                request = Request(url, dont_filter=True)
                assert self.crawler.engine is not None
                response = await self.crawler.engine.download_async(request)
            except Later as later:
                wait = later.until - time.time()
                if later.until > began + self.order.patience:
                    self.ends.append(End(url, "later", f"{wait:.1f}"))
                    return
                await asyncio.sleep(max(wait, 0.001))
                continue
            except Refused as refused:
                self.ends.append(End(url, "refused", f"{refused.reason}: {refused.rule}"))
                return
            except FAILURES as error:
                self.ends.append(End(url, type(error).__name__, str(error)))
                return
            break
        permission = request.meta.get("permission")
        rule = None if permission is None else f"{permission.decision}: {permission.rule}"
        self.ends.append(End(url, "fetched", str(response.status), rule))
        if self.order.follow:
            await asyncio.gather(*(self._one(found) for found in _links(response)))


def _links(response: Response) -> list[str]:
    location = response.headers.get("Location")
    found = [] if location is None else [location]
    found += [link or listed for link, listed in re.findall(rb'href="([^"]+)"|<loc>([^<]+)</loc>', response.body)]
    return [_joined(response.url, one.decode()) for one in found]


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # it is no address: asked for as it stands
        return link


def main() -> None:
    order = Drive(**json.loads(sys.argv[1]))
    study = load_study(Path(order.study))
    study.archive_folder.mkdir(exist_ok=True)
    database = open_database(study.archive_folder)
    shared = Shared(study, Hosts(database))
    middlewares = {
        **dict.fromkeys(SAFEGUARDS["DOWNLOADER_MIDDLEWARES"]),
        **({order.guard: 40} if order.guard else {}),
        **({order.courtesy: 50} if order.courtesy else {}),
    }
    process = CrawlerProcess(
        {
            **SAFEGUARDS,
            **from_study(study),
            "SCHEDULER": "scrapy.core.scheduler.Scheduler",
            "SPIDER_MIDDLEWARES": {},
            "DOWNLOADER_MIDDLEWARES": middlewares,
            "TWISTED_DNS_RESOLVER": order.resolver,
            "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
            "CONCURRENT_REQUESTS": 64,
            "LOG_LEVEL": "CRITICAL",
            "STUDY": study,
            "SHARED": shared,
            **order.settings,
        }
    )
    Driver.order = order
    process.crawl(Driver)
    process.start()
    with transaction(database):
        shared.hosts.write(database)
    # Not ru_maxrss: a new process inherits the peak of the one that it was forked from.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) >> 10
    print(json.dumps({"ends": [asdict(end) for end in shared.ends], "peak_mib": peak}))


if __name__ == "__main__":
    main()
