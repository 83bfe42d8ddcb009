"""Looks again at pages that a corpus holds: whether they are still there, by the same rules as they were asked for first."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import scrapy
from scrapy.http import Response

from corpus.errors import HuanyingError
from corpus.records import Capture, Finding, Permission
from corpus.visits import Plan, Visit
from corpus.warc import split_media_type
from spiders.asks import Ask, Ended, Outcome, Said, Skip, belongs
from spiders.hosts import origin_of
from spiders.rednote import RedNote
from spiders.shared import Shared, shared_of

STATES = ("live", "edited", "gone", "blocked", "private", "unknown")
_OUTCOMES: dict[str, Outcome] = {"gone": "gone", "blocked": "refused", "private": "refused"}
_BLOCKED = ("http_401", "http_403", "http_451", "wall")
_NOT_MODIFIED = "live: 304"


class Recheck(scrapy.Spider):
    """Asks once for each page that the plan of the run names, oldest check first, and follows nothing."""

    name = "recheck"

    @classmethod
    def from_crawler(cls, crawler: scrapy.crawler.Crawler, *args: Any, **known: Any) -> "Recheck":
        spider = super().from_crawler(crawler, *args, **known)
        spider.shared = shared_of(crawler)
        return spider

    shared: Shared

    @property
    def plan(self) -> Plan:
        plan = self.shared.plan
        if plan is None:
            raise HuanyingError("a recheck needs a plan", hint="use `huanying recheck`")
        return plan

    async def start(self) -> AsyncIterator[Any]:
        self.shared.frontier.ledger.filling = True
        for visit in self.plan.visits():
            if belongs(self.shared.study.outlets[visit.source_id], visit.url):
                yield self._ask(visit).request()
            else:
                self.shared.frontier.say(Skip(visit.url, visit.source_id, "recheck", "other_host"), self.name)
        self.shared.frontier.ledger.filling = False

    def _ask(self, visit: Visit) -> Ask:
        outlet = self.shared.study.outlets[visit.source_id]
        browser = outlet.browser or visit.source_id == RedNote.name
        etag, since = (None, None) if browser else (visit.etag, visit.since)
        return Ask(
            visit.url,
            visit.source_id,
            "read",
            Finding("recheck"),
            browser=browser,
            also=304 if etag or since else None,
            etag=etag,
            since=since,
        )

    def read(self, response: Response) -> Iterator[Said]:
        """What the page is now; a wall that only the drawn page of a platform shows closes its host."""
        yield from ()
        ask: Ask = response.meta["ask"]
        state, evidence = self.plan.state(_capture(response, ask))
        if state == "blocked" and self.shared.study.outlets[ask.source_id].kind == "platform":
            self.shared.hosts.close(self.shared.hosts.get(origin_of(response.url)), evidence or "a wall")
        raise Ended(_OUTCOMES.get(state, "fetched"), state if evidence is None else f"{state}: {evidence}")


def _capture(response: Response, ask: Ask) -> Capture:
    """The answer as readers will see it when it comes out of the archive."""
    media_type, charset = split_media_type((response.headers.get("Content-Type") or b"").decode("latin-1"))
    return Capture(
        id="",
        source_id=ask.source_id,
        url=response.url,
        fetched_at=datetime.now(UTC),
        status=response.status,
        media_type=media_type,
        charset=charset,
        body=response.body,
        how="rendered" if "rendered" in response.flags else "http",
        format=ask.format,
        payload_digest="",
        finding=ask.finding,
        permission=Permission("allowed"),
        location=None,
        problems=(),
        warc_path="",
        warc_offset=0,
    )


@dataclass(slots=True)
class Rechecked:
    """What a recheck found of one source. `asked` = sum of `states`, `refused` and `failed`, and `waiting`."""

    source_id: str
    run: int
    asked: int = 0
    """Pages; those that a page was sent on to are not counted beside it."""
    states: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    unchanged: int = 0
    """Of the live ones, those of which the host said so by 304."""
    refused: dict[str, int] = field(default_factory=dict)
    """Not asked for, and why: no observation."""
    failed: dict[str, int] = field(default_factory=dict)
    """No answer that tells anything: no observation."""
    skipped: dict[str, int] = field(default_factory=dict)
    waiting: int = 0

    def count(self, outcome: str | None, reason: str | None, number: int) -> None:
        """Add so many pages that ended like this."""
        if outcome == "redirected":
            return
        self.asked += number
        word = (reason or "").partition(": ")[0]
        if outcome is None:
            self.waiting += number
        elif outcome == "gone" or word in STATES:
            self.states["gone" if outcome == "gone" else word] += number
            self.unchanged += number if reason == _NOT_MODIFIED else 0
        elif outcome == "refused" and word in _BLOCKED:
            self.states["blocked"] += number
        else:
            into = self.refused if outcome == "refused" else self.failed
            into[word or "unknown"] = into.get(word or "unknown", 0) + number


@dataclass(frozen=True, slots=True)
class RecheckResult:
    """What came of a recheck, source by source."""

    sources: tuple[Rechecked, ...]
    closed: dict[str, str]
    stopped: HuanyingError | None = None

    @property
    def exit_code(self) -> int:
        """0 all is well; 3 no space; 4 nothing may be asked for; 6 something gave no answer or is still to be asked."""
        if self.stopped is not None:
            return self.stopped.exit_code
        if any(one.refused for one in self.sources) and not any(sum(one.states.values()) for one in self.sources):
            return 4
        return 6 if self.closed or any(one.failed or one.waiting for one in self.sources) else 0

    def document(self) -> dict[str, Any]:
        """As plain data, for ``--json``."""
        return {
            "sources": [asdict(one) for one in self.sources],
            "closed": self.closed,
            "stopped": None if self.stopped is None else str(self.stopped),
            "exit_code": self.exit_code,
        }


def result_of(shared: Shared) -> RecheckResult:
    """Counts of the runs that this recheck was part of, as the database has them."""
    database, runs = shared.archive.database, shared.frontier.ledger.runs
    closed = {state.origin: state.closed for state in shared.hosts.all() if state.closed is not None}
    return RecheckResult(
        tuple(_rechecked(database, source, run) for source, run in sorted(runs.items())), closed, shared.frontier.halted
    )


def _rechecked(database: sqlite3.Connection, source_id: str, run: int) -> Rechecked:
    found = Rechecked(source_id, run)
    asked = (
        "SELECT outcome, reason, COUNT(*) FROM recheck_asked WHERE source_id = ? AND run = ? GROUP BY outcome, reason"
    )
    for outcome, reason, number in database.execute(asked, (source_id, run)):
        found.count(outcome, reason, number)
    skipped = (
        "SELECT skipped, COUNT(*) FROM recheck_listed WHERE source_id = ? AND run = ? AND skipped IS NOT NULL"
        " GROUP BY skipped ORDER BY skipped"
    )
    found.skipped = dict(database.execute(skipped, (source_id, run)).fetchall())
    return found
