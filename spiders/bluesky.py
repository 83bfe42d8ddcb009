"""Collects Bluesky: the posts that a study names, with the threads below them, from the public interface."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Response

from corpus.posts.bluesky import items_in, shown_in, uri_of_page
from corpus.records import Finding
from corpus.strictjson import JSONFault, read_json
from spiders.asks import Ask, Ended, Fault, Said
from spiders.shared import Collecting, Shared, shared_of, study_of
from spiders.sources import seeds_of

_DEPTH = 10
"""Levels of replies below a post."""


class Bluesky(Collecting):
    """Each post is asked for once. No search: it wants an account since January 2025, and nothing here logs in."""

    name = "bluesky"

    def prepare(self, crawler: Crawler) -> None:
        self.shared: Shared = shared_of(crawler)
        self.outlet = study_of(crawler).outlets.get(self.name)

    async def start(self) -> AsyncIterator[Any]:
        if self.outlet is None or self.name not in self.shared.frontier.ledger.runs:
            return
        for seed in seeds_of(self.outlet):
            uri = uri_of_page(seed.url)
            if seed.kind == "page" and uri:
                yield self._thread(f"{urlsplit(seed.url).scheme}://{self.outlet.hosts[0]}", uri).request()
            else:
                self.shared.frontier.say(Fault(seed.url, self.name, "not_a_post"), self.name)

    def _thread(self, origin: str, uri: str) -> Ask:
        return Ask(
            f"{origin}/xrpc/app.bsky.feed.getPostThread?uri={quote(uri, safe='')}&depth={_DEPTH}",
            self.name,
            "read_thread",
            Finding("seed", value="page"),
            format="bluesky",
            seed=True,
            also=400,
        )

    def read_thread(self, response: Response) -> Iterator[Said]:
        """A thread is all that is asked of a post: nothing in it is followed."""
        try:
            answer = read_json(response.body)
        except JSONFault:
            answer = None
        if response.status == 400:
            missing = isinstance(answer, dict) and answer.get("error") == "NotFound"
            raise Ended("gone" if missing else "failed", "not_found" if missing else "http_400")
        shown = next((one for item in items_in(answer) or () for one in shown_in(item)), None)
        if shown is None or (shown.view is None and shown.state is None):
            yield Fault(response.url, self.name, "not_a_thread")
        elif shown.state:
            raise Ended("gone" if shown.state == "gone" else "refused", f"post_{shown.state}")
