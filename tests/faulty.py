"""Safeguards that are turned off, each in one way: a test that does not turn red with them proves nothing."""

from scrapy import Request
from scrapy.http import Response

from corpus.records import Permission
from spiders.courtesy import Courtesy
from spiders.guard import Guard
from spiders.hosts import HostState
from spiders.load import Load
from spiders.refusals import Refused


class AllowsOnFailure(Courtesy):
    """As Scrapy's own: a robots.txt that cannot be read allows."""

    def _permit(self, state: HostState, url: str) -> Permission:
        if state.robots_decision == "deny":
            return Permission("allowed")
        return super()._permit(state, url)


class AsksForEach(Courtesy):
    """Every request that waits asks for robots.txt by itself."""

    async def _know(self, state: HostState, load: Load | None) -> None:
        if state.robots_decision == "unknown":
            self._decide(state, await self._ask(state.origin))


class LetsWaitersThrough(Courtesy):
    """Whoever comes while robots.txt is being asked for is let through, as with Scrapy's own under concurrency."""

    async def _know(self, state: HostState, load: Load | None) -> None:
        if state.origin not in self.hosts.asking:
            await super()._know(state, load)

    def _permit(self, state: HostState, url: str) -> Permission:
        return Permission("allowed") if state.robots_decision == "unknown" else super()._permit(state, url)


class LetsPartsThrough(Courtesy):
    """What a page in the browser asks for is let out unseen, as with a browser that has a network of its own."""

    async def process_request(self, request: Request) -> None:
        if "part_of" not in request.meta or "robots" in request.meta:
            await super().process_request(request)
        request.meta.setdefault("permission", Permission("allowed"))


class HasNoClock(Courtesy):
    async def _require_turn(self, state: HostState, load: Load | None) -> None:
        pass


class ClosesNothing(Courtesy):
    def _close(self, state: HostState, why: str) -> None:
        pass

    def process_response(self, request: Request, response: Response) -> Response:
        try:
            return super().process_response(request, response)
        except Refused:
            return response


class _High:
    def __contains__(self, named: tuple[str, int]) -> bool:
        return named[1] >= 10_000


class AnyPort(Guard):
    """Permits the high ports on which tests listen, at every host, so that what is left is the resolver's work."""

    def process_request(self, request: Request) -> None:
        self.ports = _High()  # type: ignore[assignment]
        super().process_request(request)
