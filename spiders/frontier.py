"""Decides what is asked next: one address a host at a time, within budgets, durable at every moment."""

import asyncio
import heapq
import itertools
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from corpus.answers import state_of
from corpus.archive import Archive
from corpus.errors import HuanyingError
from corpus.study import Study
from spiders.asks import Ask, Fault, Kept, Outcome, Said, Skip, astray, host_of, pattern_of
from spiders.failures import Again, End, Halt, as_halt, judge
from spiders.hosts import Hosts, HostState
from spiders.ledger import Ledger, Row, moved
from spiders.sources import spider_name
from spiders.window import Wanted

BATCH = 50
BATCH_SECONDS = 0.2
HOPS = 10
"""Redirects that are followed one after the other."""
PATIENCE = 3600.0
"""Seconds. Where all that is left waits for longer, the crawl ends and the next one goes on."""
_LONGEST_BACKOFF = 3600.0
_AHEAD = 32
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Lane:
    """One host's queue for one spider: some rows read ahead, and whether the ledger may hold more."""

    spider: str
    host: str
    rows: deque[Row] = field(default_factory=deque)
    more: bool = True
    later: float | None = None
    queued: bool = False


class Frontier:
    """The one queue of a study's crawl, shared by all its spiders; all its methods are called in the reactor's thread.

    Changes are written in batches: the archive is synced, then one transaction holds the journal, what was found, what
    is done and what is known of the hosts. Only then is it acknowledged.
    """

    def __init__(
        self, study: Study, archive: Archive, hosts: Hosts, sources: Iterable[str], *, recheck: bool = False
    ) -> None:
        self.archive, self.hosts, self.recheck = archive, hosts, recheck
        self.ledger = Ledger(archive.database, sources, "recheck_" if recheck else "")
        archive.commit(lambda _: self.ledger.begin())
        if not self.ledger.interrupted:
            hosts.reopen()
        self.outlets, self._wanted = study.outlets, Wanted(study.file)
        self.budget, self._pause = study.file.budget, study.file.politeness.delay
        self._limits = {choice.id: choice.pages for choice in study.file.source}
        self._of_host, self._of_source, self._of_pattern, self.pending = self.ledger.counts()
        self.halted: HuanyingError | None = None
        self.exhausted = False
        self.watch: Callable[[int, int], None] | None = None
        """Told after each commit how many addresses are done and how many are known."""
        self.done = self._changes = 0
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._heaps: dict[str, list[tuple[float, int, _Lane]]] = {}
        self._wakers: dict[str, Callable[[float], None]] = {}
        self._finders: set[str] = set()
        self._turn = itertools.count()
        self._busy: set[str] = set()
        self._held: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None

    # What spiders say.

    def attach(self, spider: str, wake: Callable[[float], None]) -> None:
        """Serve a spider; ``wake(seconds)`` makes its engine ask for work after so long.

        While an archive's spider is at work the others wait: it may find pages for them.
        """
        if spider in self.outlets and self.outlets[spider].kind == "archive":
            self._finders.add(spider)
        self._wakers[spider] = wake
        self._heaps.setdefault(spider, [])
        for host in self.ledger.hosts(spider):
            self._push(self._lane(spider, host), 0.0)

    def detach(self, spider: str) -> None:
        """A spider is through."""
        self._finders.discard(spider)
        for waker in self._wakers.values():
            waker(0.0)

    def say(self, said: Said, spider: str, hops: int = 0) -> None:
        """Take what a spider found; durable with the next commit."""
        self._take(said, spider, hops)
        self.changed()

    def _take(self, said: Said, spider: str, hops: int = 0) -> None:
        if isinstance(said, Ask):
            self._ask(said, spider, hops)
        elif isinstance(said, Skip):
            self.ledger.skip(said)
        elif isinstance(said, Fault):
            self.ledger.fault(said)
        elif self.halted is None:
            self._keep(said)

    def _keep(self, kept: Kept) -> None:
        try:
            self.archive.append(kept.entry)
        except (OSError, sqlite3.Error, HuanyingError) as error:
            self.halt(as_halt(error))

    def _ask(self, ask: Ask, spider: str, hops: int) -> None:
        if ask.source_id not in self.ledger.runs:
            raise ValueError(f"{ask.source_id!r} is no source of this crawl")
        try:
            key = ask.key
        except ValueError:
            self.ledger.fault(Fault(ask.url, ask.source_id, "bad_address"))
            return
        if spider in self._finders and ask.source_id != spider:
            spider = spider_name(ask.source_id, self.outlets[ask.source_id])
        known = self.ledger.known(key)
        if known is None and ask.finding.found_by == "link" and self.ledger.was_skipped(ask.source_id, key):
            return  # what a listing ruled out is not let in by a link
        refusal = None if known else self._over_budget(ask, key, hops)
        if (hops == 0 and ask.finding.found_by in ("feed", "sitemap", "archive")) or refusal:
            self.ledger.listed(ask.source_id, ask.url, ask.finding.found_by, refusal)
        if refusal:
            if ask.onward:
                self.ledger.insert(ask, spider, hops, refusal)
            return
        if known is None:
            self.ledger.insert(ask, spider, hops)
        elif ask.listing and known.run < self.ledger.runs[ask.source_id]:
            self.ledger.renew(ask)
        else:
            return
        self.pending[spider] += 1
        if not ask.seed:
            self._of_host[host_of(key)] += 1
            self._of_pattern[pattern_of(key)] += 1
            self._of_source[ask.source_id] += not ask.listing

    def _over_budget(self, ask: Ask, key: str, hops: int) -> str | None:
        limit = self._limits.get(ask.source_id)
        if hops > HOPS:
            return "too_many_redirects"
        if ask.seed or self.recheck:  # a recheck asks once for each page that a budget let in before
            return None
        if ask.depth > self.budget.depth:
            return "budget_depth"
        if self._of_host[host_of(key)] >= max(self.budget.pages_per_host, limit or 0):
            return "budget_host"
        if limit is not None and not ask.listing and self._of_source[ask.source_id] >= limit:
            return "budget_source"
        if ask.first is None and self._of_pattern[pattern_of(key)] >= self.budget.pages_per_pattern:
            return "budget_pattern"
        return None

    # What the engine asks.

    def has_pending(self, spider: str) -> bool:
        waits = bool(self._finders) and spider not in self._finders
        return self.halted is None and not self.exhausted and (waits or self.pending[spider] > 0)

    def next(self, spider: str) -> Row | None:
        """Lease the next address that is due, or None; its host is then busy until it is finished or put back."""
        if self.halted or self.exhausted:
            return None
        row = self._due(spider)
        if row is None and not self._busy and self.ledger.dirty:
            self.commit()
            row = self._due(spider) if self.halted is None else None
        if row is None:
            self._wait(spider)
            return None
        self._busy.add(row.host)
        self._held.add(row.id)
        self.ledger.leased(row)
        return row

    def _due(self, spider: str) -> Row | None:
        now, heap = time.time(), self._heaps[spider]
        while heap and heap[0][0] <= now:
            lane = heapq.heappop(heap)[2]
            lane.queued = False
            if lane.host in self._busy or not self._fill(lane, now):
                continue
            state = self._state(lane.rows[0])
            if state.closed is not None:
                self._close_host(lane, f"closed: {state.closed}")
                continue
            due = self._clock(state)
            if due > now:
                self._push(lane, due)
                continue
            return lane.rows.popleft()
        return None

    def _fill(self, lane: _Lane, now: float) -> bool:
        """Whether the lane has a row that may be asked for, read from the ledger if need be."""
        if lane.rows:
            return True
        if lane.later is not None and lane.later <= now:
            lane.more, lane.later = True, None
        if lane.more:
            lane.rows.extend(self.ledger.next_rows(lane.spider, lane.host, now, self._held, _AHEAD))
            lane.more = len(lane.rows) == _AHEAD
            self._held.update(row.id for row in lane.rows)
            lane.later = self.ledger.next_time(lane.spider, lane.host, now)
        if not lane.rows and lane.later is not None:
            self._push(lane, lane.later)
        return bool(lane.rows)

    def _wait(self, spider: str) -> None:
        heap = self._heaps[spider]
        if not heap:
            return
        seconds = heap[0][0] - time.time()
        if seconds > PATIENCE and not self._busy and not self.ledger.dirty:
            if all(not other or other[0][0] - time.time() > PATIENCE for other in self._heaps.values()):
                _log.warning("all that is left waits for more than %.0f s: the next crawl goes on", PATIENCE)
                self.exhausted = True
            return
        self._wakers[spider](max(0.0, min(seconds, 60.0)))

    def _state(self, row: Row) -> HostState:
        return self.hosts.get(f"{urlsplit(row.ask.url).scheme.lower()}://{row.host}")

    def _clock(self, state: HostState) -> float:
        twin = self.hosts.twin(state)
        return max(state.next_allowed_at, twin.next_allowed_at) if twin else state.next_allowed_at

    def _lane(self, spider: str, host: str) -> _Lane:
        return self._lanes.setdefault((spider, host), _Lane(spider, host))

    def _push(self, lane: _Lane, due: float) -> None:
        if not lane.queued:
            lane.queued = True
            heapq.heappush(self._heaps[lane.spider], (due, next(self._turn), lane))

    def _close_host(self, lane: _Lane, reason: str) -> None:
        rows = [*lane.rows, *self.ledger.close_host(lane.host, reason, self._held)]
        for row in rows:
            self._over(row, "refused", reason)
        lane.rows.clear()
        lane.more = bool(self.ledger.touched)
        self.changed(len(rows))

    # How a lease ends.

    def finish(self, row: Row, outcome: Outcome, reason: str | None = None, said: Iterable[Said] = ()) -> None:
        """The address is done, and this is what was found on it: durable as one, for nothing is written in between."""
        found = list(said)
        for one in found:
            self._take(one, row.spider)
        self._over(row, outcome, reason)
        self._changes += len(found)
        self._release(row)

    def _over(self, row: Row, outcome: Outcome, reason: str | None, target: str | None = None) -> None:
        self.ledger.ended(row, outcome, reason, target)
        self._held.discard(row.id)
        self.pending[row.spider] -= 1
        self.done += 1

    def put_back(self, row: Row, until: float, reason: str, counts: bool) -> None:
        """Ask again, not before ``until`` (seconds since the epoch); given up where all attempts are used up."""
        row.attempts += counts
        if row.attempts >= self.budget.attempts:
            self.finish(row, "failed", reason)
            return
        self.ledger.requeued(row, until)
        self._held.discard(row.id)
        self._release(row)

    def failed(self, row: Row, error: BaseException) -> None:
        """The one place for whatever went wrong between the lease and the spider."""
        verdict = judge(error, row.ask.seed)
        if isinstance(verdict, Halt):
            self.halt(verdict.error)
            self._release(row)
        elif isinstance(verdict, End):
            if verdict.outcome == "spider_error":
                _log.error("our own code failed on %s", row.ask.url, exc_info=error)
            self.finish(row, verdict.outcome, verdict.reason)
        elif isinstance(verdict, Again):
            until = time.time() + self._backoff(row) if verdict.until is None else verdict.until
            self.put_back(row, until, verdict.reason, verdict.counts)
        else:
            self._redirected(row, verdict.location, verdict.status)

    def _redirected(self, row: Row, location: str, status: int) -> None:
        try:
            url = urljoin(row.ask.url, location)
            key = moved(row, url).ask.key
        except ValueError:
            self.finish(row, "failed", "redirect_to_bad_address")
            return
        outlet = self.outlets[row.ask.source_id]
        told = state_of("redirect", location, row.ask.url, status) if self.recheck and outlet.kind == "news" else None
        if told is not None:  # the front page in its place, say: nobody needs that page a hundred times
            self.finish(row, "gone" if told[0] == "gone" else "refused", f"{told[0]}: {told[1]}")
            return
        refusal = astray(self.outlets, row.ask, url, self._wanted)
        if refusal is not None:
            self.finish(row, "refused", refusal)
            return
        if key == row.key:  # from http to https, say: the same page by our reckoning, and not yet fetched
            if row.hops >= HOPS or url == row.ask.url:
                self.finish(row, "failed", "redirect_loop")
            else:
                self.ledger.requeued(moved(row, url), 0.0)
                self._held.discard(row.id)
                self._release(row)
            return
        if self.ledger.leads_to(key, row.key, HOPS):
            self.finish(row, "failed", "redirect_loop")
            return
        self.say(moved(row, url).ask, row.spider, row.hops + 1)
        self._over(row, "redirected", None, key)
        self._release(row)

    def _backoff(self, row: Row) -> float:
        return float(min(6 * max(self._pause, 0.01) * 2**row.attempts, _LONGEST_BACKOFF))

    def _release(self, row: Row) -> None:
        self._busy.discard(row.host)
        self.changed()
        clock = self._clock(self._state(row))
        for spider, waker in self._wakers.items():
            lane = self._lanes.get((spider, row.host))
            if lane is not None:
                self._push(lane, clock)
                if spider != row.spider:
                    waker(max(0.0, clock - time.time()))

    # How changes become durable.

    def changed(self, count: int = 1) -> None:
        """Something is to be committed: at once where a batch is full, else soon."""
        self._changes += count
        if self.halted:
            return
        if self._changes >= BATCH:
            self.commit()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(BATCH_SECONDS, self.commit)

    def commit(self) -> None:
        """Make everything so far durable; where that fails, halt: the batch is lost as a whole and asked for again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.halted:
            return
        self._changes = 0
        found: set[str] = set()
        try:
            self.archive.commit(lambda database: found.update(self._write(database)))
        except (OSError, sqlite3.Error, HuanyingError) as error:
            self.halt(as_halt(error))
            return
        for host in sorted(found):
            for spider in self._wakers:
                lane = self._lane(spider, host)
                lane.more = True
                self._push(lane, 0.0)
        for waker in self._wakers.values() if found else ():
            waker(0.0)
        if self.watch is not None:
            self.watch(self.done, self.done + sum(self.pending.values()))

    def _write(self, database: sqlite3.Connection) -> set[str]:
        self.hosts.write(database)
        return self.ledger.write(database)

    def halt(self, error: HuanyingError) -> None:
        """Stop: nothing more is asked or written. What was acknowledged is safe."""
        if self.halted is None:
            _log.error("the crawl stops: %s", error)
            self.halted = error
        for waker in self._wakers.values():
            waker(0.0)

    def close(self) -> None:
        """Write what is left and end the runs that are through."""
        self.commit()
        if self.halted is None:
            self.archive.commit(lambda _: self.ledger.end())
