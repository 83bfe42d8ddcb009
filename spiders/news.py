"""Collects news: feeds, sitemaps and front pages of the study's outlets, and the articles that they list."""

from collections.abc import AsyncIterator, Iterator
from re import Pattern, compile
from typing import Any
from urllib.parse import urljoin

import scrapy
from lxml import etree
from scrapy.http import Response, TextResponse

from corpus.listings import Listed, read_listing
from corpus.records import Finding, FoundBy
from corpus.study import Outlet
from spiders.asks import Ask, Fault, Said, Skip, belongs
from spiders.shared import shared_of, study_of
from spiders.sources import seeds_of
from spiders.window import Wanted

NESTING = 5
"""Sitemap indexes that may stand above a sitemap."""
_ARTICLE, _FRONT, _SITEMAP, _FEED = 0, 10, 20, 30
_SEEDS = {
    "feed": ("read_listed", "feed", _FEED),
    "sitemap": ("read_listed", "feed", _SITEMAP),
    "front": ("read_front", "front", _FRONT),
    "page": ("read_article", "page", _ARTICLE),
}
_LINKS_PER_PAGE = 2_000


class News(scrapy.Spider):
    """One spider for all outlets: what differs between them is data. ``-a outlet=ID,ID`` names some."""

    name = "news"

    def __init__(self, outlet: str = "", **known: Any) -> None:
        super().__init__(**known)
        self.chosen = [name.strip() for name in outlet.split(",") if name.strip()]

    @classmethod
    def from_crawler(cls, crawler: scrapy.crawler.Crawler, *args: Any, **known: Any) -> "News":
        spider = super().from_crawler(crawler, *args, **known)
        spider.prepare(crawler)
        return spider

    def prepare(self, crawler: scrapy.crawler.Crawler) -> None:
        self.study = study_of(crawler)
        self.wanted = Wanted(self.study.file)
        self._articles: dict[str, list[Pattern[str]]] = {}
        self._follows: dict[str, list[Pattern[str]]] = {}
        for name, outlet in self.study.outlets.items():
            self._articles[name] = [compile(pattern) for pattern in outlet.article]
            self._follows[name] = [compile(pattern) for pattern in outlet.follow]

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
        outlet: Outlet = self.study.outlets[ask.source_id]
        if not belongs(outlet, entry.url):
            return Skip(entry.url, ask.source_id, found_by, "other_host")
        refusal = self.wanted.refusal(entry, outlet.zone)
        if refusal is None and not entry.nested and not self._is_article(ask.source_id, entry.url):
            refusal = "not_an_article"
        if refusal is None and ask.nesting >= NESTING and entry.nested:
            refusal = "nested_too_deep"
        if refusal is not None:
            return Skip(entry.url, ask.source_id, found_by, refusal)
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
        return Ask(
            entry.url, ask.source_id, "read_article", finding, depth=1, priority=_ARTICLE, browser=outlet.browser
        )

    def read_front(self, response: Response) -> Iterator[Said]:
        """A front page, or another page whose links are followed."""
        yield from self._links(response)

    def read_article(self, response: Response) -> Iterator[Said]:
        """An article: of its links only those are followed that the outlet's own patterns name."""
        yield from self._links(response)

    def _links(self, response: Response) -> Iterator[Ask]:
        ask: Ask = response.meta["ask"]
        outlet: Outlet = self.study.outlets[ask.source_id]
        articles, follows = self._articles[ask.source_id], self._follows[ask.source_id]
        if not (articles or follows) or not isinstance(response, TextResponse):
            return
        for url in dict.fromkeys(links_of(response)):
            if not belongs(outlet, url):
                continue
            finding = Finding("link", value=response.url)
            if any(pattern.search(url) for pattern in articles):
                yield Ask(url, ask.source_id, "read_article", finding, depth=ask.depth + 1, browser=outlet.browser)
            elif any(pattern.search(url) for pattern in follows):
                yield Ask(
                    url,
                    ask.source_id,
                    "read_front",
                    finding,
                    "front",
                    listing=True,
                    priority=_FRONT,
                    depth=ask.depth + 1,
                    browser=outlet.browser,
                )

    def _is_article(self, source_id: str, url: str) -> bool:
        patterns = self._articles[source_id]
        return not patterns or any(pattern.search(url) for pattern in patterns)


def links_of(response: TextResponse) -> Iterator[str]:
    """Absolute http(s) addresses of a page's links, in their order; a page that cannot be parsed has none."""
    try:
        found = response.xpath("//a/@href | //area/@href").getall()[:_LINKS_PER_PAGE]
        base = response.xpath("string(//base/@href)").get() or ""
    except (ValueError, etree.LxmlError):
        return
    for link in found:
        try:
            url = urljoin(urljoin(response.url, base), link.strip())
        except ValueError:
            continue
        if url.startswith(("http://", "https://")):
            yield url
