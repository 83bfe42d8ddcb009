"""Collects news: feeds, sitemaps and front pages of the study's outlets, and the articles that they list."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse

from corpus.listings import Listed, read_listing
from corpus.records import Finding, FoundBy
from spiders.asks import Ask, Fault, Said, Skip
from spiders.choosing import Chooser
from spiders.shared import Collecting, shared_of, study_of
from spiders.sources import seeds_of

_ARTICLE, _FRONT, _SITEMAP, _FEED = 0, 10, 20, 30
_SEEDS = {
    "feed": ("read_listed", "feed", _FEED),
    "sitemap": ("read_listed", "feed", _SITEMAP),
    "front": ("read_front", "front", _FRONT),
    "page": ("read_article", "page", _ARTICLE),
}


class News(Collecting):
    """One spider for all outlets: what differs between them is data. ``-a outlet=ID,ID`` names some."""

    name = "news"

    def prepare(self, crawler: Crawler) -> None:
        self.study = study_of(crawler)
        self.chooser = Chooser(self.study)

    async def start(self) -> AsyncIterator[Any]:
        """Each source's listings, asked for anew in each run."""
        for name in shared_of(self.crawler).frontier.ledger.runs:
            outlet = self.study.outlets[name]
            if outlet.kind != "news" or (self.chosen and name not in self.chosen):
                continue
            for seed in seeds_of(outlet):
                callback, form, priority = _SEEDS[seed.kind]
                yield Ask(
                    seed.url,
                    name,
                    callback,
                    Finding("seed", value=seed.kind),
                    format=form,
                    listing=seed.kind != "page",
                    seed=True,
                    priority=priority,
                    browser=outlet.browser and seed.kind in ("front", "page"),
                ).request()

    def read_listed(self, response: Response) -> Iterator[Said]:
        """A feed or a sitemap."""
        ask: Ask = response.meta["ask"]
        listing = read_listing(response.body, response.url)
        for fault in listing.faults:
            yield Fault(response.url, ask.source_id, fault)
        if listing.dropped:
            yield Fault(response.url, ask.source_id, "entries_without_address")
        found_by: FoundBy = "feed" if listing.kind == "feed" else "sitemap"
        for entry in listing.entries:
            yield self._of_entry(ask, entry, found_by, response.url)

    def _of_entry(self, ask: Ask, entry: Listed, found_by: FoundBy, listed_at: str) -> Said:
        refusal = self.chooser.refusal(ask.source_id, entry, ask.nesting)
        if refusal is not None:
            return Skip(entry.url, ask.source_id, found_by, refusal)
        browser = self.study.outlets[ask.source_id].browser
        finding = Finding(found_by, value=listed_at, title=entry.title, published_raw=entry.published_raw)
        if entry.nested:
            return Ask(
                entry.url,
                ask.source_id,
                "read_listed",
                finding,
                "feed",
                listing=True,
                priority=_SITEMAP,
                nesting=ask.nesting + 1,
            )
        return Ask(entry.url, ask.source_id, "read_article", finding, depth=1, priority=_ARTICLE, browser=browser)

    def read_front(self, response: Response) -> Iterator[Said]:
        """A front page, or another page whose links are followed."""
        yield from self._links(response)

    def read_article(self, response: Response) -> Iterator[Said]:
        """An article: of its links only those are followed that the outlet's own patterns name."""
        yield from self._links(response)

    def _links(self, response: Response) -> Iterator[Ask]:
        ask: Ask = response.meta["ask"]
        if not isinstance(response, TextResponse):
            return
        browser = self.study.outlets[ask.source_id].browser
        finding = Finding("link", value=response.url)
        for url, is_article in self.chooser.links(ask.source_id, response):
            if is_article:
                yield Ask(url, ask.source_id, "read_article", finding, depth=ask.depth + 1, browser=browser)
            else:
                yield Ask(
                    url,
                    ask.source_id,
                    "read_front",
                    finding,
                    "front",
                    listing=True,
                    priority=_FRONT,
                    depth=ask.depth + 1,
                    browser=browser,
                )
