"""Whose turn it is at a host, and for how long the host is left alone afterwards."""

import asyncio
import random
import time

from scrapy import Request

from corpus.study import Study
from spiders.hosts import LONGEST_PAUSE, Hosts, HostState
from spiders.load import SETTLING, Load
from spiders.refusals import Later, Refused

LONGEST_DELAY = 60.0
"""Seconds to which the pause after a slow answer is limited; Crawl-delay, Retry-After and study may ask for more."""
LOAD_FACTOR = 5.0
"""A host that took a second to answer is left alone for five."""
_WAITING = 600.0
"""Seconds that a page may wait for a free browser window, beyond those of its load."""


class Turns:
    """One request a host at a time, and one page load a host at a time: all that it asks is within its one turn.

    `longest`: seconds after which a request is over at the latest.
    """

    def __init__(self, study: Study, hosts: Hosts, longest: float) -> None:
        self.study, self.hosts, self.longest = study, hosts, longest
        self._loads: set[Load] = set()
        """Those that are open: a load that was made anywhere else, or is over, gives no right."""
        self._delays: dict[str, float] = {}
        for outlet in study.outlets.values():
            for host in outlet.hosts:
                self._delays[host] = max(outlet.delay or 0.0, self._delays.get(host, 0.0))

    async def require(self, state: HostState, load: Load | None) -> None:
        """None before the clock, and none beside another: raises Later.

        A page load has its turn already at the hosts that it has entered; at others it waits, while it has time.
        """
        while load is None or _host(state) not in load.entered:
            self._require_open(load)
            later = self._too_early(state)
            if later is None:
                return
            if load is None or later.until > load.deadline:
                raise later
            await asyncio.sleep(min(later.until - time.time(), 1.0))

    def _too_early(self, state: HostState) -> Later | None:
        now = time.time()
        if self.hosts.open_until.get(_host(state), 0.0) > now:
            return Later(max(state.next_allowed_at, now + 0.05), "another request to the host is open", counts=False)
        if state.next_allowed_at > now:
            return Later(state.next_allowed_at, "waits its turn", counts=False)
        return None

    def take(self, state: HostState, request: Request, load: Load | None) -> None:
        """The request has the turn, or its `load` has it; a page's is given the Load of all its parts, ``meta["load"]``."""
        if load is not None:
            self._require_open(load)
            if _host(state) not in load.entered:
                load.entered.add(_host(state))
                self.hosts.open_until[_host(state)] = load.deadline
            return
        longest = self.longest
        if request.meta.get("browser"):
            load = request.meta["load"] = self._new_load(state, request)
            self._loads.add(load)
            longest = load.seconds + _WAITING
        self.hosts.open_until[_host(state)] = time.time() + longest
        self.set_clock(state, time.time() + self.pause(state))

    def give_back(self, state: HostState, request: Request) -> None:
        if "part_of" not in request.meta:
            self.hosts.open_until.pop(_host(state), None)

    def left(self, state: HostState, request: Request) -> None:
        """The answer is here, or none will come; a middleware that raises on it must not keep its host shut."""
        if "part_of" in request.meta:
            return
        load = request.meta.get("load")
        entered = {_host(state)}
        if load in self._loads:
            self._loads.discard(load)
            entered |= load.entered
        for host in entered & self.hosts.open_until.keys():
            self.hosts.open_until[host] = time.time() + 0.5

    def load_of(self, request: Request) -> Load | None:
        """The open page load of which this is a part; raises Refused where it claims one and has none."""
        if "part_of" not in request.meta:
            return None
        load = request.meta["part_of"]
        if not isinstance(load, Load):
            raise Refused("turn", "part of no page load")
        self._require_open(load)
        return load

    def _require_open(self, load: Load | None) -> None:
        """What waited for robots.txt or for a turn may find that its page is through: then it no longer has one."""
        if load is not None and (load.over or load not in self._loads):
            raise Refused("turn", "part of no open page load")

    def _new_load(self, state: HostState, request: Request) -> Load:
        source_id = request.meta.get("source_id") or ""
        outlet = self.study.outlets.get(source_id)
        named = () if outlet is None else (*outlet.hosts, *outlet.browser_hosts)
        scrolls = getattr(request.meta.get("ask"), "scrolls", 0)
        pause = self.pause(state)
        return Load(
            request.url,
            source_id,
            frozenset({*named, name_of(state.origin)}),
            pause=pause,
            seconds=2 * self.longest + SETTLING + scrolls * (pause + SETTLING),
            size=4 * self.study.file.politeness.body_mib << 20,
            scrolls=scrolls,
            entered={_host(state)},
        )

    def pause(self, state: HostState, took: float = 0.0) -> float:
        """Seconds for which a host is left alone after an answer: no less than study and Crawl-delay ask for."""
        name = name_of(state.origin)
        least = max(self.study.file.politeness.delay, self._delays.get(name, 0.0))
        if self.study.loopback_address(name) is None:
            least = max(least, 1.0)
        asked = max(least, min(state.crawl_delay or 0.0, LONGEST_PAUSE))
        load = min(LOAD_FACTOR * took * random.uniform(0.8, 1.2), LONGEST_DELAY) if least >= 1 else 0.0
        return max(asked * random.uniform(1.0, 1.2), load)

    def set_clock(self, state: HostState, until: float) -> None:
        """Nothing is asked of the host before ``until``; a longer pause that already holds is kept."""
        for one in (state, self.hosts.twin(state)):
            if one is not None and until > one.next_allowed_at:
                one.next_allowed_at = until
                self.hosts.changed(one)


def _host(state: HostState) -> str:
    """Host and port: one machine under both schemes."""
    return state.origin.partition("://")[2]


def name_of(origin: str) -> str:
    """The host name of an origin, without its port."""
    host = origin.partition("://")[2]
    return host if host.endswith("]") else host.rpartition(":")[0] or host
