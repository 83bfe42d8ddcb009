"""Joins the frontier to Scrapy: its scheduler, the middleware that hands over what a spider found, and the wake-up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request, Spider
from scrapy.core.engine import ExecutionEngine
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders.asks import Ask, Ended, Said, Unready
from spiders.failures import Answered
from spiders.frontier import Frontier
from spiders.ledger import Row
from spiders.masking import mask_all
from spiders.ranges import header_of
from spiders.refusals import Refused
from spiders.shared import Shared, shared_of

_log = logging.getLogger(__name__)
_HALF = {"dataloss", "partial"}


def wake(engine: ExecutionEngine, seconds: float) -> asyncio.TimerHandle | None:
    """Make the engine ask its scheduler for work after so long; by itself it would only every five seconds.

    Scrapy has no public name for this; a test holds the private one.
    """
    slot = engine._slot
    if slot is None or slot.closing is not None:
        return None
    return asyncio.get_running_loop().call_later(seconds, slot.nextcall.schedule)


class Scheduler(BaseScheduler):
    """Scrapy's scheduler over the shared frontier: what was enqueued is on disk, and what is handed out is a lease."""

    def __init__(self, crawler: Crawler, shared: Shared) -> None:
        self.crawler = crawler
        self.shared = shared
        self.frontier: Frontier = shared.frontier
        self._alarm: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Scheduler":
        return cls(crawler, shared_of(crawler))

    def open(self, spider: Spider) -> None:
        mask_all()  # by now Scrapy has put up its own handlers
        self.frontier.attach(spider.name, self._wake)

    def close(self, reason: str) -> None:
        self.frontier.commit()
        self.frontier.detach(self._name)
        self.shared.leave()

    def has_pending_requests(self) -> bool:
        return self.frontier.has_pending(self._name)

    def enqueue_request(self, request: Request) -> bool:
        ask = request.meta.get("ask")
        if not isinstance(ask, Ask):
            raise TypeError(f"{request} was not made by Ask.request(): the frontier would not know whose it is")
        self.frontier.say(ask, self._name)
        return True

    def next_request(self) -> Request | None:
        while (row := self.frontier.next(self._name)) is not None:
            try:
                return self._request(row)
            except ValueError as error:  # Scrapy makes no request of it; raised in the engine, it would stop the crawl
                self.frontier.failed(row, Refused("host", str(error)))
        return None

    def _request(self, row: Row) -> Request:
        ask = row.ask
        return Request(
            ask.url,
            callback=getattr(self.crawler.spider, ask.callback),
            errback=self.failed,
            dont_filter=True,
            headers=header_of(ask),
            meta={
                "lease": row,
                "ask": ask,
                "source_id": ask.source_id,
                "finding": ask.finding,
                "format": ask.format,
                "browser": ask.browser,
                "handle_httpstatus_all": True,
            },
        )

    def failed(self, failure: Failure) -> None:
        """The errback of every lease: refusals, network errors and answers that are no page end here."""
        meta = failure.request.meta  # type: ignore[attr-defined]
        meta["judged"] = True
        row: Row = meta["lease"]
        if isinstance(failure.value, Exception):
            self.frontier.failed(row, failure.value)

    @property
    def _name(self) -> str:
        assert self.crawler.spider is not None
        return self.crawler.spider.name

    def _wake(self, seconds: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = wake(self.crawler.engine, seconds)


class Collector:
    """Spider middleware: gathers all that a callback yields and hands it over with the address's end, as one.

    Nothing goes on to the engine. When Scrapy's own way is exhausted, links are yielded but not yet enqueued: to call
    the address done then would lose them all at a kill.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.frontier = shared_of(crawler).frontier
        self._found: dict[int, list[Said]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Collector":
        return cls(crawler)

    def process_spider_input(self, response: Response) -> None:
        """Answers that are no page go to the errback. By now the host's own word, a wall or a pause, is obeyed."""
        misfit = response.meta.get("misfit")
        if misfit is not None:
            raise misfit
        status, location = response.status, response.headers.get("Location")
        if 300 <= status < 400 and location:
            raise Answered(status, location.decode("utf-8", "replace"))
        row: Row = response.meta["lease"]
        if not 200 <= status < 300 and status != row.ask.also:
            raise Answered(status)
        if _HALF.intersection(response.flags) and row.attempts + 1 < self.frontier.budget.attempts:
            raise Answered(status, incomplete=True)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        if "judged" in response.meta:  # what an errback gives comes through here as well
            return
        row: Row = response.meta["lease"]
        found = self._found[row.id] = []
        async for one in result:
            if not isinstance(one, Said):
                raise TypeError(f"a callback yields Ask, Skip, Fault or Kept, not {type(one).__name__}")
            found.append(one)
        if row.id in self._found:  # else `Ended` has been here
            self.frontier.finish(row, "fetched", None, self._found.pop(row.id))
        return
        yield  # an asynchronous generator that yields nothing

    def process_spider_exception(self, response: Response, exception: Exception) -> list[Any] | None:
        """The callback raised: the capture and what it found before are kept; Scrapy goes on to log it.

        `Ended` is no error: it says how the address ended. Nor is `Unready`: what came is no answer yet.
        """
        if isinstance(exception, Answered) or exception is response.meta.get("misfit"):
            return None
        row: Row = response.meta["lease"]
        said = self._found.pop(row.id, [])
        if isinstance(exception, Ended):
            self.frontier.finish(row, exception.outcome, exception.reason, said)
            return []
        if isinstance(exception, Unready):
            self.frontier.failed(row, exception)
            return []
        self.frontier.finish(row, "spider_error", type(exception).__name__, said)
        return None
