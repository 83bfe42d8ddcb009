"""Collects what a Wayback machine kept of the study's news outlets: its index, archived listings, and the articles."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse

from corpus.listings import Listed, read_listing
from corpus.mementos import memento_of
from corpus.records import Finding
from spiders import cdx
from spiders.asks import Ask, Ended, Fault, Said, Skip, belongs, key_of
from spiders.choosing import Chooser, day_in, refusal_of
from spiders.shared import Collecting, shared_of, study_of
from spiders.sources import seeds_of
from spiders.window import LATER

APART = timedelta(hours=6)
"""Between two captures of one feed, sitemap or front page that are looked into."""
_CAPTURES, _FEED, _SITEMAP, _FRONT, _INDEX, _TITLED, _ARTICLE = 60, 50, 40, 30, 20, 10, 0
_LISTINGS = {
    "feed": ("read_listed", "feed", _FEED),
    "sitemap": ("read_listed", "feed", _SITEMAP),
    "front": ("read_front", "front", _FRONT),
}
"""How captures of a listing are read, by its kind: callback, format, priority."""


class Wayback(Collecting):
    """One capture of each article. Archived listings go first: they have titles, so window and queries decide; of what
    only the index names, the address decides."""

    name = "wayback"

    def prepare(self, crawler: Crawler) -> None:
        self.study, self.ledger = study_of(crawler), shared_of(crawler).frontier.ledger
        self.chooser = Chooser(self.study)
        self.first, self.last = self.chooser.wanted.start, self.chooser.wanted.end
        asked = (memento_of(ask.url) for ask in self.ledger.asked_by(self.name) if ask.callback == "read_article")
        self._asked = {key_of(memento.url) for memento in asked if memento}
        """Articles of which a capture was asked for, by their own addresses."""

    async def start(self) -> AsyncIterator[Any]:
        """Each outlet's listings and hosts are asked after anew in each run."""
        if self.name not in self.ledger.runs:
            return
        for endpoint in self.study.outlets[self.name].fronts:
            for about in self.chooser.news():
                outlet = self.study.outlets[about]
                for seed in seeds_of(outlet):
                    if seed.kind in _LISTINGS:
                        yield self._captures(endpoint, seed.kind, seed.url).request()
                for host in sorted(
                    {host.removeprefix("www.") for host in outlet.hosts}
                ):  # an archive's index has no www
                    more = {"matchType": "host", "filter": "mimetype:text/html|warc/revisit", "collapse": "urlkey"}
                    url = cdx.query(endpoint, host, self.first, self.last + LATER, **more)
                    yield self._question(url, "read_index", "host", _INDEX).request()

    def _captures(self, endpoint: str, kind: str, url: str, nesting: int = 0) -> Ask:
        """Asks which captures there are of a feed, a sitemap or a front page."""
        asked = cdx.query(endpoint, url, self.first, self.last, collapse="timestamp:10")
        return replace(self._question(asked, "read_captures", kind, _CAPTURES), nesting=nesting, seed=nesting == 0)

    def _question(self, url: str, callback: str, kind: str, priority: int) -> Ask:
        finding = Finding("seed", value=kind)
        return Ask(url, self.name, callback, finding, "front", listing=True, seed=True, priority=priority)

    # The index.

    def read_index(self, response: Response) -> Iterator[Said]:
        """All pages that the archive has of a host, the earliest capture of each."""
        ask: Ask = response.meta["ask"]
        answer = cdx.read_answer(response.body)
        yield from self._rest(ask, answer)
        for held in answer.held:
            about = self.chooser.house(held.url)
            refusal = self._unfit(held) if about else "other_host"
            if about and refusal is None:
                yield from self._article(ask.url, about, Listed(held.url), held.at, _ARTICLE)
            elif refusal:
                yield Skip(held.url, self.name, "archive", refusal)

    def _unfit(self, held: cdx.Held) -> str | None:
        """What was not asked for, should the index list it all the same."""
        if held.status not in ("200", "-"):
            return refusal_of(held.status)
        if held.media_type not in ("text/html", "warc/revisit", "application/xhtml+xml"):
            return "not_html"
        return "not_an_article" if urlsplit(held.url).path in ("", "/") else None

    def read_captures(self, response: Response) -> Iterator[Said]:
        """Captures of one feed, sitemap or front page."""
        ask: Ask = response.meta["ask"]
        kind = ask.finding.value or ""
        callback, form, priority = _LISTINGS[kind]
        answer = cdx.read_answer(response.body)
        yield from self._rest(ask, answer)
        about = self._owner(parse_qs(urlsplit(ask.url).query)["url"][0])
        own = tuple(held for held in answer.held if about and belongs(self.study.outlets[about], held.url))
        for held in answer.held:
            if held not in own:
                yield Skip(held.url, self.name, "archive", "other_host")
        for held in cdx.thinned(own, APART):
            yield Ask(
                cdx.raw(ask.url, held.at, held.url),
                self.name,
                callback,
                Finding("archive", value=self.name),
                form,
                about,
                listing=True,
                priority=priority,
                depth=1,
                nesting=ask.nesting,
            )

    def _owner(self, url: str) -> str | None:
        """The outlet that names a listing, else that to whose host it belongs."""
        named = (
            name for name in self.chooser.news() if url in {seed.url for seed in seeds_of(self.study.outlets[name])}
        )
        return next(named, None) or self.chooser.house(url)

    def _rest(self, ask: Ask, answer: cdx.Answer) -> Iterator[Said]:
        """What was wrong with an answer of the index, and its next page."""
        for fault in answer.faults:
            yield Fault(ask.url, self.name, fault)
        if answer.faults and not answer.held and answer.resume is None:
            raise Ended("failed", answer.faults[0])
        if answer.resume is not None:
            yield replace(ask, url=cdx.following(ask.url, answer.resume), seed=False, onward=True)

    # Archived listings.

    def read_listed(self, response: Response) -> Iterator[Said]:
        """A feed or a sitemap as it was."""
        ask: Ask = response.meta["ask"]
        memento = memento_of(response.url)
        about = ask.about or ""
        if memento is None:
            yield Fault(response.url, self.name, "not_a_capture")
            return
        listing = read_listing(response.body, memento.url)
        for fault in (*listing.faults, *(["entries_without_address"] if listing.dropped else [])):
            yield Fault(response.url, self.name, fault)
        for entry in listing.entries:
            if not entry.nested:
                yield from self._article(ask.url, about, entry, memento.at, _TITLED if entry.title else _ARTICLE)
            elif refusal := self.chooser.refusal(about, entry, ask.nesting):
                yield Skip(entry.url, self.name, "archive", refusal)
            else:
                for endpoint in self.study.outlets[self.name].fronts:
                    yield self._captures(endpoint, "sitemap", entry.url, ask.nesting + 1)

    def read_front(self, response: Response) -> Iterator[Said]:
        """A front page as it was: its links that the outlet's patterns call articles."""
        ask: Ask = response.meta["ask"]
        memento = memento_of(response.url)
        if memento is None or not isinstance(response, TextResponse):
            yield Fault(response.url, self.name, "not_a_page")
            return
        about = ask.about or ""
        for url, is_article in self.chooser.links(about, response.replace(url=memento.url)):
            if is_article:
                yield from self._article(ask.url, about, Listed(url), memento.at, _ARTICLE)

    def _article(self, near: str, about: str, entry: Listed, at: datetime, priority: int) -> Iterator[Said]:
        """An article's capture at that moment or nearest to it, where it is wanted and none was asked for before."""
        try:
            key = key_of(entry.url)
        except ValueError:
            yield Skip(entry.url, self.name, "archive", "bad_address")
            return
        refusal = self.chooser.refusal(about, replace(entry, published_raw=entry.published_raw or day_in(entry.url)))
        if refusal is not None:
            yield Skip(entry.url, self.name, "archive", refusal)
        elif key not in self._asked and not (entry.title is None and self.ledger.was_skipped(self.name, key)):
            self._asked.add(key)
            finding = Finding("archive", self.name, title=entry.title, published_raw=entry.published_raw)
            url = cdx.raw(near, at, entry.url)
            yield Ask(url, self.name, "read_article", finding, about=about, priority=priority, depth=1)

    def read_article(self, response: Response) -> Iterator[Said]:
        """An article as it was: nothing on it is followed."""
        yield from ()
