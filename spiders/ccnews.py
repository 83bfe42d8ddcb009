"""Sieves CC-NEWS, Common Crawl's stream of news, for the study's news outlets: month by month, file by file, in pieces.

There is no index: whole files must be read. Of what is read only the members that hold a page of the study's outlets
are written (docs/decisions/0011-a-sieve-keeps-what-fits.md). Where a file is read from next stands in the ask alone.
"""

import json
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Response

from corpus.decoding import decode_content
from corpus.identity import digest
from corpus.listings import Listed
from corpus.members import Member, Page, Sieve, read_member, warc_date
from corpus.records import Finding
from spiders.archiving import cut_out
from spiders.asks import Ask, Ended, Fault, Kept, Said, Skip
from spiders.choosing import Chooser, day_in
from spiders.ranges import length_of, span_of
from spiders.shared import Collecting, shared_of, study_of

PIECE = 8 << 20
"""Bytes of a file that are asked for at once; half of what a body may be where that is less."""
LATER = timedelta(days=2)
"""After the study's window in which its news may still have been fetched: CC-NEWS follows feeds, within hours mostly."""
_EARLIER = timedelta(days=1)
"""Before a record's own moment its file may have been begun."""
_MONTH, _PIECE, _FILE = 30, 20, 10
_NAME = re.compile(r"crawl-data/CC-NEWS/\d{4}/\d\d/CC-NEWS-(\d{14})-\d+\.warc\.gz")
_log = logging.getLogger(__name__)


class CCNews(Collecting):
    """A file once begun is read to its end before the next is begun, as far as may be."""

    name = "ccnews"

    def prepare(self, crawler: Crawler) -> None:
        study = study_of(crawler)
        self.outlets = study.outlets
        self.chooser = Chooser(study)
        self.largest = study.file.politeness.body_mib << 20
        self.piece = min(PIECE, self.largest // 2)
        self.hosts = frozenset(host for name in self.chooser.news() for host in study.outlets[name].hosts)
        self.begin, self.end = self.chooser.wanted.start, self.chooser.wanted.end + LATER
        looked_for = [(name, study.outlets[name].hosts, study.outlets[name].article) for name in self.chooser.news()]
        self.sieve = digest(json.dumps([str(self.begin), str(self.end), looked_for]).encode())[:12]

    async def start(self) -> AsyncIterator[Any]:
        """Each month's list of files."""
        if self.name not in shared_of(self.crawler).frontier.ledger.runs:
            return
        for front in self.outlets[self.name].fronts:
            for month in months(self.begin - _EARLIER, self.end):
                finding = Finding("seed", value=f"CC-NEWS {month}")
                url = f"{front.rstrip('/')}/{month}/warc.paths.gz"
                yield Ask(
                    url, self.name, "read_paths", finding, "front", listing=True, seed=True, priority=_MONTH
                ).request()

    def read_paths(self, response: Response) -> Iterator[Said]:
        """The files of a month, those of the study's window alone; their names tell when each was begun."""
        ask: Ask = response.meta["ask"]
        body, problems = decode_content(response.body, "gzip" if response.body[:2] == b"\x1f\x8b" else None)
        if problems:
            yield Fault(response.url, self.name, problems[0])
        lines = body.decode("utf-8", "replace").split()
        unread = 0
        for line in sorted(lines):
            found = _NAME.fullmatch(line)
            begun = None if found is None else _moment(found[1])
            if begun is None:
                unread += 1
                continue
            url = urljoin(response.url, f"/{line}")
            if not self.begin - _EARLIER <= begun <= self.end:
                yield Skip(url, self.name, "archive", "before_window" if begun < self.begin else "after_window")
                continue
            finding = Finding("archive", value=ask.finding.value)
            yield Ask(
                url,
                self.name,
                "read_piece",
                finding,
                depth=1,
                priority=_FILE,
                first=0,
                last=self.piece - 1,
                sieved=self.sieve,
            )
        if unread:
            yield Fault(response.url, self.name, f"lines_unread: {unread}")

    def read_piece(self, response: Response) -> Iterator[Said]:
        """A piece of a file, which begins with a member."""
        yield from self._sift(response, seeking=False)

    def seek_piece(self, response: Response) -> Iterator[Said]:
        """A piece of a file that begins within what was spoilt or too large: the next member is to be found first."""
        yield from self._sift(response, seeking=True)

    def _sift(self, response: Response, seeking: bool) -> Iterator[Said]:
        ask: Ask = response.meta["ask"]
        if ask.sieved != self.sieve:
            raise Ended(
                "fetched", "another_sieve"
            )  # the study was changed: its files are read anew from their beginning
        span = span_of(response)
        if span is None:
            raise Ended("failed", "no_content_range")
        is_end = span.is_end or (span.total is None and len(response.body) < (length_of(ask) or 0))
        sieve = Sieve(response.body, is_end, seeking)
        seen = Counter[str]()
        for found in sieve:
            if isinstance(found, Member):
                yield from self._of_member(ask, response, found, seen)
            else:
                yield Fault(ask.url, self.name, f"{found.reason} at {span.first + found.at}")
        _log.info(
            "%s from byte %d: %s", ask.url, span.first, ", ".join(f"{n} {what}" for what, n in sorted(seen.items()))
        )
        if is_end:
            return
        if sieve.rest == 0 and not sieve.seeking and len(response.body) >= self.largest:
            yield Fault(ask.url, self.name, f"member_too_large at {span.first}")
            sieve.rest, sieve.seeking = len(response.body), True
        yield self._onward(ask, span.first, sieve, len(response.body))

    def _onward(self, ask: Ask, first: int, sieve: Sieve, length: int) -> Ask:
        """The next piece of the file: from the first byte that is not accounted for, and twice as long where that is
        this piece's own first."""
        step = self.piece if sieve.rest else min(2 * length, self.largest)
        start = first + sieve.rest
        return replace(
            ask,
            callback="seek_piece" if sieve.seeking else "read_piece",
            first=start,
            last=start + step - 1,
            priority=_PIECE,
            onward=True,
        )

    def _of_member(self, ask: Ask, response: Response, member: Member, seen: "Counter[str]") -> Iterator[Said]:
        """What becomes of a member: kept, skipped with a reason where it is of a host of the study, or passed over."""
        fields = member.fields
        if fields.get("warc-type") != "response":
            seen["other records"] += 1
            return
        url = fields.get("warc-target-uri", "").strip("<>")
        about = self._house(url)
        if about is None:
            seen["of other hosts"] += 1
            return
        refusal = self._refusal(about, url, fields)
        page = read_member(member.data) if refusal is None else refusal
        refusal = _unfit(page) if isinstance(page, Page) else page
        seen["kept" if refusal is None else "skipped"] += 1
        if refusal is not None:
            yield Skip(url, self.name, "archive", refusal)
            return
        yield Kept(cut_out(response, about, ask.finding, member.at, member.data))

    def _house(self, url: str) -> str | None:
        """Whose page it is. Most are nobody's: a quick look at the host first."""
        try:
            host = (urlsplit(url).hostname or "").rstrip(".")
        except ValueError:
            return None
        return self.chooser.house(url) if host in self.hosts else None

    def _refusal(self, about: str, url: str, fields: dict[str, str]) -> str | None:
        at = warc_date(fields.get("warc-date", ""))
        if at is None:
            return "bad_date"
        if not self.begin <= at <= self.end:
            return "before_window" if at < self.begin else "after_window"
        return self.chooser.refusal(about, Listed(url, published_raw=day_in(url)))


def _unfit(page: Page) -> str | None:
    if page.status != 200:
        return f"http_{page.status}"
    return None if "html" in page.media_type else "not_html"


def months(first: datetime, last: datetime) -> list[str]:
    """The months, in UTC, from the one of ``first`` to the one of ``last``: ``2025/01``."""
    begin, end = first.astimezone(UTC), last.astimezone(UTC)
    numbers = range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month)
    return [f"{number // 12}/{number % 12 + 1:02d}" for number in numbers]


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
