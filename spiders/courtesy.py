"""Asks a host's permission before each request, waits its turn, and stops where the host does not want us."""

import asyncio
import time
from urllib.parse import urljoin

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from corpus.identity import digest
from corpus.mementos import memento_of
from corpus.records import Permission
from corpus.study import Study
from corpus.walls import Wall, wall_of
from spiders.hosts import LONGEST_PAUSE, Hosts, HostState, origin_of
from spiders.load import Load
from spiders.refusals import FAILURES, Later, Refused
from spiders.robots import REDIRECTS, SHORTLY, Rules, Verdict, judge, retry_after, unreadable
from spiders.turns import LONGEST_DELAY, Turns, name_of

LONGEST_BACKOFF = 3600.0
FIRST_BACKOFF = 30.0
STRIKES = 3
"""Answers 403, 429, 503 or an unsure wall in a row after which a host is closed for the run."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TURNED_AWAY = frozenset({403, 429, 503})
_ASKER = object()
"""Marks the requests for robots.txt that are made here; no request out of a file or a spider can carry it."""


class Courtesy:
    """Downloader middleware, order 50. Fails closed: what is not known to be permitted is refused.

    It owns each host's clock (`HostState.next_allowed_at`): a request that comes before its turn, also the first page
    after its robots.txt, is given back as `Later`, so that no connection slot is held by one that sleeps. The frontier
    leases one address a host, no sooner than that clock allows.

    A page in the browser has one turn for all that it asks: it is a `Load`, made here, and its requests carry it as
    ``meta["part_of"]``. They wait for no turn of their own at a host where the load has it, and for all else are judged
    as any request. What a host says that turns us away ends the load.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.study: Study = crawler.settings["STUDY"]
        self.hosts: Hosts = crawler.settings["SHARED"].hosts
        self.turns = Turns(self.study, self.hosts, crawler.settings.getfloat("DOWNLOAD_TIMEOUT") + 1.0)
        self._rules: dict[str, Rules] = {}
        self._told: set[tuple[str, str | None, str | None]] = set()
        """Origins, robots.txt and the lines by which they allow, as far as they are on record."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Courtesy":
        courtesy = cls(crawler)
        crawler.signals.connect(courtesy._left, signals.request_left_downloader)
        return courtesy

    async def process_request(self, request: Request) -> None:
        """Raises Refused or Later; sets ``request.meta["permission"]`` where it lets the request go."""
        request.meta.pop("load", None)  # given below, and by nobody else
        state = self.hosts.get(_origin(request.url))
        if state.closed is not None:
            raise Refused("closed", state.closed)
        if request.meta.get("asker") is _ASKER:
            return
        load = self.turns.load_of(request)
        await self._know(state, load)
        permission = self._permit(state, request.url)
        await self._require_turn(state, load)
        self.turns.take(state, request, load)
        request.meta["permission"] = permission

    def process_response(self, request: Request, response: Response) -> Response:
        """Sets the clock; raises Later for 429 and 503, Refused where a wall closed the host."""
        state = self.hosts.get(_origin(request.url))
        self.turns.give_back(state, request)
        now = time.time()
        self.turns.set_clock(state, now + self.turns.pause(state, float(request.meta.get("download_latency") or 0.0)))
        if "load" in request.meta and "rendered" not in response.flags:
            return response  # the page as sent: it was judged when it came
        asked = self._retry_after(response, now)
        if asked is not None and (response.status in (429, 503)):
            self.turns.set_clock(state, now + asked)
        if request.meta.get("asker") is _ASKER:
            return response
        wall = self._wall_of(request, response)
        if wall is not None and wall.sure:
            self._close(state, str(wall))
            raise _stopping(request, Refused("wall", str(wall)))
        if wall is None and response.status not in _TURNED_AWAY:
            if "rendered" not in response.flags:  # that is our own, no answer of the host
                self._welcome(state)
            return response
        self._strike(state, str(wall) if wall else f"answers {response.status}", asked)
        if state.closed is not None and (response.status in (429, 503) or "part_of" in request.meta):
            raise _stopping(request, Refused("closed", state.closed))
        if response.status in (429, 503):
            raise _stopping(
                request, Later(state.next_allowed_at, f"host answers {response.status}", counts=asked is None)
            )
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """A failed download sets the clock as an answer does; refusals of our own do not."""
        if isinstance(exception, IgnoreRequest):
            return
        state = self.hosts.get(_origin(request.url))
        self.turns.give_back(state, request)
        self.turns.set_clock(state, time.time() + self.turns.pause(state))

    def _wall_of(self, request: Request, response: Response) -> Wall | None:
        """The wall that the host itself puts up. What an archive kept is not its own word: neither a body, nor where the
        page of that day led, but for its own headers, statuses and login."""
        outlet = self.study.outlets.get(request.meta.get("source_id") or "")
        if outlet is None or outlet.kind != "archive" or memento_of(request.url) is None:
            return _wall(response)
        headers = _headers(response)
        if memento_of(_joined(response.url, headers.get("location", ""))) is not None:
            del headers["location"]
        is_kept = response.status == 200 or "memento-datetime" in headers
        return wall_of(response.url, response.status, headers, b"" if is_kept else response.body)

    # Permission.

    async def _know(self, state: HostState, load: Load | None) -> None:
        """Wait until the host's robots.txt is known and fresh; of many that wait, one asks."""
        while state.robots_decision == "unknown" or state.robots_expires_at <= time.time():
            asking = self.hosts.asking.get(state.origin)
            if asking is not None:
                await asyncio.wait([asking])
                continue
            await self._require_turn(state, load)
            if state.origin in self.hosts.asking:
                continue
            asking = self.hosts.asking[state.origin] = asyncio.get_running_loop().create_future()
            try:
                self._decide(state, await self._ask(state.origin))
            finally:
                del self.hosts.asking[state.origin]
                asking.set_result(None)

    async def _ask(self, origin: str) -> Verdict:
        """Fetch robots.txt, following up to five redirects, each of which passes every check of its own."""
        url = f"{origin}/robots.txt"
        for hop in range(REDIRECTS + 1):
            try:
                if hop:
                    await self._await_turn(self.hosts.get(_origin(url)))
                meta = {
                    "robots": True,
                    "asker": _ASKER,
                    "permission": Permission("asking", "RFC 9309: /robots.txt"),
                    "download_slot": f"{url}#robots",  # not the host's own, in which a page may wait for this very answer
                }
                response = await self._fetch(Request(url, meta=meta, dont_filter=True))
            except Refused as refused:
                return unreadable(f"{refused.reason}: {refused.rule}")
            except Later as later:
                return unreadable(f"robots.txt: {later.reason}", max(later.until - time.time(), 1.0))
            except FAILURES as error:
                return unreadable(f"robots.txt cannot be had: {type(error).__name__}")
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or location is None:
                return self._judge(response)
            url = urljoin(url, location.decode("utf-8", "replace"))
        return unreadable(f"robots.txt redirects more than {REDIRECTS} times")

    async def _fetch(self, request: Request) -> Response:
        engine = self.crawler.engine
        assert engine is not None
        return await engine.download_async(request)

    def _judge(self, response: Response) -> Verdict:
        asked = self._retry_after(response, time.time())
        wall = _wall(response)
        if wall is not None:
            return unreadable(f"in place of robots.txt: {wall}", asked or SHORTLY)
        if "dataloss" in response.flags:
            return unreadable("robots.txt broke off")
        if "download_stopped" in response.flags:
            return unreadable("robots.txt is longer than a body may be")
        media_type = _header(response, "Content-Type") or "no media type"
        verdict = judge(response.status, media_type, response.body, whole="partial" not in response.flags)
        if verdict.decision == "deny" and asked is not None:
            return unreadable(verdict.reason, max(asked, 1.0))
        return verdict

    def _decide(self, state: HostState, verdict: Verdict) -> None:
        state.robots_decision, state.robots_reason = verdict.decision, verdict.reason
        state.robots_expires_at = time.time() + verdict.lifetime
        state.robots_body, state.robots_digest, state.crawl_delay = verdict.body, None, None
        self._rules.pop(state.origin, None)
        if verdict.decision == "rules":
            state.robots_digest = digest(verdict.body)
            state.crawl_delay = self._rules_of(state).crawl_delay
        self.hosts.changed(state)
        self.hosts.note(state.origin, verdict.decision, verdict.reason, None)
        self.turns.set_clock(state, time.time() + self.turns.pause(state))

    def _permit(self, state: HostState, url: str) -> Permission:
        if state.robots_decision == "allow":
            return Permission("no-robots", state.robots_reason)
        if state.robots_decision != "rules":
            word, _, rest = state.robots_reason.partition(": ")
            known = word in ("address", "scheme", "port", "credentials", "host", "proxy", "closed")
            raise Refused(word, rest) if known else Refused("robots-unreadable", state.robots_reason)
        rules = self._rules_of(state)
        rule = rules.rule(url)
        if not rules.allowed(url):
            self.hosts.note(state.origin, "refused", "robots", rule)
            raise Refused("robots", rule)
        if (state.origin, state.robots_digest, rule) not in self._told:
            self._told.add((state.origin, state.robots_digest, rule))
            self.hosts.note(state.origin, "allowed", "robots", rule)
        return Permission("allowed", rule, state.robots_digest)

    def _rules_of(self, state: HostState) -> Rules:
        rules = self._rules.get(state.origin)
        if rules is None or rules.body != state.robots_body:
            rules = self._rules[state.origin] = Rules(state.robots_body)
        return rules

    # The turn.

    async def _require_turn(self, state: HostState, load: Load | None) -> None:
        await self.turns.require(state, load)

    def _left(self, request: Request) -> None:
        self.turns.left(self.hosts.get(_origin(request.url)), request)

    async def _await_turn(self, state: HostState) -> None:
        """For the few hops of a redirected robots.txt, which cannot be given back; a long pause ends the asking."""
        wait = state.next_allowed_at - time.time()
        if wait > 2 * LONGEST_DELAY:
            await self._require_turn(state, None)
        await asyncio.sleep(max(wait, 0.0))

    @staticmethod
    def _retry_after(response: Response, now: float) -> float | None:
        return retry_after(_header(response, "Retry-After"), now, LONGEST_PAUSE)

    # Strikes.

    def _welcome(self, state: HostState) -> None:
        if state.strikes or state.backoff:
            state.strikes = state.backoff = 0
            self.hosts.changed(state)

    def _strike(self, state: HostState, why: str, asked: float | None) -> None:
        state.strikes += 1
        self.hosts.changed(state)
        told = f"asks for {asked or 0:.0f} s"
        if asked is None:
            first = FIRST_BACKOFF
            if self.study.loopback_address(name_of(state.origin)) is not None:
                first = min(first, 6 * self.study.file.politeness.delay)
            pause = min(first * 2**state.backoff, LONGEST_BACKOFF)
            self.turns.set_clock(state, time.time() + pause)
            state.backoff, told = min(state.backoff + 1, 16), f"left alone for {pause:.0f} s"
        self.hosts.note(state.origin, "paused", f"{why}; {told}")
        if state.strikes >= STRIKES:
            self._close(state, f"{STRIKES} times in a row: {why}")

    def _close(self, state: HostState, why: str) -> None:
        self.hosts.close(state, why)


def _stopping(request: Request, error: Refused | Later) -> Refused | Later:
    """The error, of which the page load that asked is told."""
    load = request.meta.get("part_of")
    if isinstance(load, Load):
        load.stop(error)
    return error


def _origin(url: str) -> str:
    try:
        return origin_of(url)
    except ValueError as error:
        raise Refused("host", str(error)) from error


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1")


def _headers(response: Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): values[-1].decode("latin-1")
        for name, values in response.headers.items()
        if values
    }


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location) if location else ""
    except ValueError:
        return ""


def _wall(response: Response) -> Wall | None:
    return wall_of(response.url, response.status, _headers(response), response.body)
