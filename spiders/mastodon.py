"""Collects Mastodon: the public timelines of the tags that a study names, and the threads of what stands in them."""

import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from corpus.posts.mastodon import is_status, local_id, original_of, tag_in
from corpus.posts.values import moment_of, objects
from corpus.records import Finding
from corpus.rednote.fields import string
from corpus.rednote.items import Item
from corpus.strictjson import JSONFault, read_json
from corpus.study import Window
from spiders.asks import Ask, Ended, Fault, Said
from spiders.hosts import origin_of
from spiders.shared import Collecting, Shared, shared_of, study_of
from spiders.sources import seeds_of

_THREAD, _TIMELINE = 0, 10
_PAGE = 40
"""Statuses a page: the most that the interface gives."""
_CLOSED = {401: "it wants an account", 403: "it forbids it", 422: "it wants an account"}
"""Answers of a timeline after which nothing more is asked of its instance."""
_MARGIN = timedelta(days=1)
_SEQUENCE_BITS = 16
_log = logging.getLogger(__name__)


class Mastodon(Collecting):
    """Pages through each tag's timeline from its newest status, or from the window's end where the instance's ids tell
    their moment, back to the window's start. A page is asked for anew in each run, a thread once. No search, no account.
    """

    name = "mastodon"

    def prepare(self, crawler: Crawler) -> None:
        crawler.signals.connect(self.heard, signals.response_received)
        self.shared: Shared = shared_of(crawler)
        self.outlet = study_of(crawler).outlets.get(self.name)
        self.span = span_of(self.shared.study.file.window)

    async def start(self) -> AsyncIterator[Any]:
        if self.outlet is None or self.name not in self.shared.frontier.ledger.runs:
            return
        for seed in seeds_of(self.outlet):
            tag = tag_in(seed.url)
            if seed.kind == "front" and tag:
                yield self._timeline(f"{origin_of(seed.url)}/api/v1/timelines/tag/{quote(tag, safe='')}", tag).request()
            else:
                self.shared.frontier.say(Fault(seed.url, self.name, "not_a_tag"), self.name)

    def heard(self, response: Response, request: scrapy.Request) -> None:
        """Close an instance that keeps its timelines for those with an account."""
        ask = request.meta.get("ask")
        if isinstance(ask, Ask) and ask.listing and (why := _CLOSED.get(response.status)):
            hosts = self.shared.hosts
            hosts.close(hosts.get(origin_of(response.url)), f"answers {response.status}: {why}")

    def _timeline(self, url: str, tag: str, before: str | None = None) -> Ask:
        return Ask(
            f"{url}?limit={_PAGE}" + (f"&max_id={before}" if before else ""),
            self.name,
            "read_timeline",
            Finding("tag", tag, sort_order="newest"),
            format="mastodon",
            listing=True,
            seed=before is None,
            priority=_TIMELINE,
            depth=0 if before is None else 1,
            onward=before is not None,
            also=422,
        )

    def read_timeline(self, response: Response) -> Iterator[Said]:
        """A page of a tag's timeline: the threads of what it shows, and the page after it while the window lasts."""
        ask: Ask = response.meta["ask"]
        if response.status in _CLOSED:
            raise Ended("refused", f"http_{response.status}")
        statuses = _answer(response)
        if not isinstance(statuses, list):
            yield Fault(response.url, self.name, "not_a_timeline")
            return
        shown = [original_of(one) for one in statuses if is_status(one)]
        if len(shown) < len(statuses):
            yield Fault(response.url, self.name, "not_a_status")
        for status in shown:
            if thread := self._thread(response.url, status):
                yield thread
        before = self._next(response.url, objects(statuses))
        if before and ask.finding.value:
            yield self._timeline(response.url.partition("?")[0], ask.finding.value, before)

    def _thread(self, url: str, status: Item) -> Ask | None:
        """The thread of a public status of the window that was answered."""
        own, uri, replies = local_id(status.get("id")), string(status.get("uri")), status.get("replies_count")
        at = moment_of(status.get("created_at"))
        wanted = at is not None and self.span[0] <= at <= self.span[1]
        if not (own and uri and wanted and status.get("visibility") == "public"):
            return None
        if not isinstance(replies, int) or replies < 1:
            return None
        return Ask(
            f"{origin_of(url)}/api/v1/statuses/{own}/context",
            self.name,
            "read_thread",
            Finding("thread", uri),
            format="mastodon",
            priority=_THREAD,
            depth=1,
        )

    def _next(self, url: str, statuses: list[Item]) -> str | None:
        """The id below which the next page begins; None at the end of the timeline, or of the window.

        A status may bear a wrong date: the window is left where more than half of a page is older.
        """
        known = [
            (own, moment_of(one.get("created_at"))) for one in statuses if (own := local_id(one.get("id"))) is not None
        ]
        older = sum(1 for _, at in known if at is not None and at < self.span[0])
        if not known or older * 2 > len(known):
            return None
        last = known[-1][0]
        if last == (parse_qs(urlsplit(url).query).get("max_id") or [""])[0]:
            return None
        return _leap([own for own, _ in known], [at for _, at in known], self.span[1] + _MARGIN) or last

    def read_thread(self, response: Response) -> Iterator[Said]:
        """A thread is all that is asked of it: what it holds is for the readers."""
        if not isinstance(_answer(response), dict):
            yield Fault(response.url, self.name, "not_a_thread")


def span_of(window: Window) -> tuple[datetime, datetime]:
    """First and last moment of a study's window."""
    zone = ZoneInfo(window.zone)
    first, last = datetime.combine(window.start, time.min, zone), datetime.combine(window.end, time.max, zone)
    return first.astimezone(UTC), last.astimezone(UTC)


def _answer(response: Response) -> Any:
    try:
        return read_json(response.body)
    except JSONFault as fault:
        _log.warning("%s: no JSON: %s", response.url, fault)
        return None


def _leap(ids: list[str], moments: list[datetime | None], end: datetime) -> str | None:
    """The id that a status of the moment ``end`` would have, where all of a page is newer and every id is a number that
    holds its status's moment, as Mastodon makes them; None elsewhere: then every page must be asked for."""
    if not all(own.isascii() and own.isdigit() for own in ids):
        return None
    for own, at in zip(ids, moments, strict=True):
        if (
            at is None
            or at <= end
            or abs((int(own) >> _SEQUENCE_BITS) / 1000 - at.timestamp()) > _MARGIN.total_seconds()
        ):
            return None
    leap = int(end.timestamp() * 1000) << _SEQUENCE_BITS
    return str(leap) if leap < min(map(int, ids)) else None
