"""Collects what Common Crawl holds of the study's news outlets: its index is asked, then each page's own bytes.

The index speaks pywb's CDX protocol (https://commoncrawl.org/cdxj-index). The first host of the outlet's file is the
index's; the files that it names lie at the last.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Response

from corpus.listings import Listed
from corpus.mementos import stamp_of
from corpus.records import Finding
from corpus.strictjson import JSONFault, read_json
from spiders.asks import Ask, Ended, Fault, Said, Skip
from spiders.choosing import Chooser, day_in, refusal_of
from spiders.shared import Collecting, shared_of, study_of

LATER = timedelta(days=30)
"""After the study's window in which a page of the window may have been captured: a crawl of the whole web comes by once
in a month or two."""
MOST_PAGES = 10_000
_INDEX, _PAGE = 20, 0
_LINE_LIMIT = 1 << 20
_FILE = re.compile(r"[\w-]+(?:/[\w.-]+)*/[\w.-]+\.warc\.gz")
_NUMBER = re.compile(r"\d{1,15}")


@dataclass(frozen=True, slots=True)
class Held:
    """A line of the index: a capture, and where its record lies."""

    url: str
    at: datetime
    status: str
    media_type: str
    digest: str
    file: str
    offset: int
    length: int


class CommonCrawl(Collecting):
    """Of each news source's hosts every page of the index is asked for, and each capture that the study wants once.

    Titles are not known here: the window and the addresses decide.
    """

    name = "commoncrawl"

    def prepare(self, crawler: Crawler) -> None:
        self.study = study_of(crawler)
        self.chooser = Chooser(self.study)
        self.limit = self.study.file.politeness.body_mib << 20
        if self.name in self.study.outlets:
            self.outlet = self.study.outlets[self.name]

    async def start(self) -> AsyncIterator[Any]:
        if self.name not in shared_of(self.crawler).frontier.ledger.runs:
            return
        hosts = {host.removeprefix("www.") for name in self.chooser.news() for host in self.study.outlets[name].hosts}
        for front in self.outlet.fronts:
            for host in sorted(hosts):
                yield self._index(f"{front}?{self._query(host)}&showNumPages=true", "read_number").request()

    def _query(self, host: str) -> str:
        """The index leaves out ``www.`` by itself."""
        wanted = self.chooser.wanted
        return urlencode(
            [
                ("url", f"{host}/*"),
                ("output", "json"),
                ("from", stamp_of(wanted.start)),
                ("to", stamp_of(wanted.end + LATER)),
                ("filter", "=status:200"),
                ("filter", "~mime:.*html"),
            ]
        )

    def _index(self, url: str, callback: str, depth: int = 0) -> Ask:
        return Ask(
            url,
            self.name,
            callback,
            Finding("seed", value="front") if depth == 0 else Finding("archive", value=_collection(url)),
            "front",
            listing=True,
            seed=depth == 0,
            priority=_INDEX,
            depth=depth,
            onward=depth > 0,
            also=404,
        )

    def read_number(self, response: Response) -> Iterator[Said]:
        """How many pages the index has on a host."""
        ask: Ask = response.meta["ask"]
        self._stop_without_captures(response)
        try:
            told = read_json(response.body)
        except JSONFault as fault:
            raise Ended("failed", f"not_json: {fault.reason}") from None
        pages = told.get("pages") if isinstance(told, dict) else told
        if not isinstance(pages, int) or isinstance(pages, bool) or pages < 0:
            raise Ended("failed", "no_number_of_pages")
        if pages > MOST_PAGES:
            yield Fault(ask.url, self.name, "too_many_pages")
        query = ask.url.removesuffix("&showNumPages=true")
        for page in range(min(pages, MOST_PAGES)):
            yield self._index(f"{query}&page={page}", "read_lines", depth=1)

    def read_lines(self, response: Response) -> Iterator[Said]:
        """A page of the index. Captures of one address stand together, the oldest first."""
        ask: Ask = response.meta["ask"]
        self._stop_without_captures(response)
        faults = 0
        before: set[tuple[str, str]] = set()
        for line in response.body.splitlines():
            held = held_of(line) if line.strip() else None
            if held is None:
                faults += bool(line.strip())
                continue
            yield self._of_line(ask, held, before)
        if faults:
            yield Fault(response.url, self.name, f"lines_unread: {faults}")
        if "download_stopped" in response.flags:
            yield Fault(response.url, self.name, "index_page_cut")

    def _of_line(self, ask: Ask, held: Held, before: set[tuple[str, str]]) -> Said:
        about = self.chooser.house(held.url)
        if about is None:
            return Skip(held.url, self.name, "archive", "other_host")
        refusal = self.chooser.refusal(about, Listed(held.url, published_raw=day_in(held.url)))
        if refusal is None:
            refusal = self._unfit(held) or ("unchanged" if (held.url, held.digest) in before else None)
        if refusal is not None:
            return Skip(held.url, self.name, "archive", refusal)
        before.add((held.url, held.digest))
        return Ask(
            f"{urlsplit(ask.url).scheme}://{self.outlet.hosts[-1]}/{held.file}",
            self.name,
            "read_member",
            Finding("archive", value=_collection(ask.url), collected_at=held.at),
            "warc-member",
            about=about,
            depth=1,
            priority=_PAGE,
            first=held.offset,
            last=held.offset + held.length - 1,
        )

    def _unfit(self, held: Held) -> str | None:
        """What the index was asked to leave out, should it list it all the same; and what no answer may be as long as."""
        if held.status != "200":
            return refusal_of(held.status)
        if "html" not in held.media_type:
            return "not_html"
        if held.at < self.chooser.wanted.start:
            return "before_window"
        if held.at > self.chooser.wanted.end + LATER:
            return "after_window"
        return "too_large" if held.length > self.limit else None

    def _stop_without_captures(self, response: Response) -> None:
        """The index says with 404 that it has nothing; any other 404 is a wrong address."""
        if response.status != 404:
            return
        if b"No Captures found" in response.body:
            raise Ended("fetched", "no_captures")
        raise Ended("failed", "http_404")

    def read_member(self, response: Response) -> Iterator[Said]:
        """A record as it lies in its file. It is read when the corpus is built."""
        yield from ()


def held_of(line: bytes) -> Held | None:
    """A line of the index, whose numbers are strings; None where it is none."""
    try:
        known = read_json(line, limit=_LINE_LIMIT)
    except JSONFault:
        return None
    if not isinstance(known, dict):
        return None
    names = ("url", "timestamp", "status", "mime", "digest", "filename", "offset", "length")
    url, stamp, status, mime, digest, file, offset, length = (str(known.get(name, "")) for name in names)
    if not (_NUMBER.fullmatch(offset) and _NUMBER.fullmatch(length) and int(length) and _FILE.fullmatch(file)):
        return None
    try:
        at = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    if ".." in file or not url.startswith(("http://", "https://")):
        return None
    return Held(url, at, status, mime, digest, file, int(offset), int(length))


def _collection(url: str) -> str:
    """Name of the crawl whose index an address asks."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].removesuffix("-index")
