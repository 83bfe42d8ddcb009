"""Collects RedNote where its robots.txt allows: the topics and notes that the study names, in a browser."""

import logging
from collections.abc import AsyncIterator, Iterator
from re import compile
from typing import Any

from lxml import etree
from scrapy.crawler import Crawler
from scrapy.http import Response, TextResponse

from corpus.counts import read_count
from corpus.records import Finding
from corpus.rednote.items import native_id, part, pick
from corpus.rednote.listings import listing_of
from corpus.rednote.pages import PageNote, read_page
from corpus.rednote.refusals import Refusal, note_id_in, refusal_of, visible_text
from spiders.asks import Ask, Ended, Fault, Outcome, Said, belongs
from spiders.choosing import links_of
from spiders.hosts import origin_of
from spiders.shared import Collecting, Shared, shared_of, study_of
from spiders.sources import Shown, seeds_of

_NOTE, _TOPIC = 0, 10
_OUTCOMES: dict[str, Outcome] = {"gone": "gone", "private": "refused", "unknown": "failed"}
_log = logging.getLogger(__name__)


class RedNote(Collecting):
    """Topics are asked for anew in each run, notes once. Nothing is asked that the outlet's file or a topic does not
    name: no search, no account, no page that a note leads to."""

    name = "rednote"

    def prepare(self, crawler: Crawler) -> None:
        self.shared: Shared = shared_of(crawler)
        self.outlets = {name: one for name, one in study_of(crawler).outlets.items() if name == self.name}
        self.scrolls = self.shared.study.file.budget.scrolls
        self._notes = {name: [compile(one) for one in outlet.article] for name, outlet in self.outlets.items()}

    async def start(self) -> AsyncIterator[Any]:
        for name in self.shared.frontier.ledger.runs:
            for seed in seeds_of(self.outlets[name]) if name in self.outlets else ():
                if seed.kind == "front":
                    yield self._ask(seed.url, "read_topic", Finding("seed", value="front"), listing=True).request()
                elif seed.kind == "page":
                    yield self._ask(seed.url, "read_note", Finding("seed", value="page")).request()

    def _ask(self, url: str, callback: str, finding: Finding, listing: bool = False, depth: int = 0) -> Ask:
        """The address as it was given: the token that its platform hung on it is needed to be let in, and is kept for
        the request alone."""
        return Ask(
            url,
            self.name,
            callback,
            finding,
            format="front" if listing else "page",
            listing=listing,
            seed=depth == 0,
            priority=_TOPIC if listing else _NOTE,
            depth=depth,
            browser=True,
            scrolls=self.scrolls,
        )

    def read_topic(self, response: Response) -> Iterator[Said]:
        """A topic's page as it was drawn: its notes, in its order."""
        ask: Ask = response.meta["ask"]
        if not isinstance(response, TextResponse):
            yield Fault(response.url, ask.source_id, "not_a_page")
            return
        notes: dict[str, str] = {}
        for url in links_of(response):
            if (note_id := native_id(note_id_in(url))) and self._is_note(url):
                notes.setdefault(note_id, url)
        if not notes:
            self._turned_away(response, refusal_of(response.url, None, response.status, visible_text(response.text)))
            yield Fault(response.url, ask.source_id, "no_notes")
        listing = listing_of(response.url) or Finding("link", value=response.url)
        for rank, url in enumerate(notes.values(), start=1):
            finding = Finding(listing.found_by, listing.value, rank, listing.sort_order)
            yield self._ask(url, "read_note", finding, depth=ask.depth + 1)

    def _is_note(self, url: str) -> bool:
        patterns = self._notes[self.name]
        return belongs(self.outlets[self.name], url) and (
            not patterns or any(pattern.search(url) for pattern in patterns)
        )

    def read_note(self, response: Response) -> Iterator[Said]:
        """A note's page as it was drawn: nothing on it is followed; what it declares is held against what it showed."""
        ask: Ask = response.meta["ask"]
        if not isinstance(response, TextResponse):
            yield Fault(response.url, ask.source_id, "not_a_page")
            return
        found = read_page(response.text, response.url, None, response.status)
        if isinstance(found, Refusal):
            self._turned_away(response, found)
            _log.info("note %s: %s, %s", note_id_in(response.url), found.state, found.evidence)
            raise Ended(_OUTCOMES[found.state], f"note_{found.state}: {found.evidence}")
        if isinstance(found, str):
            yield Fault(response.url, ask.source_id, found)
            return
        for note in found:
            self._compare(note, response)

    def _compare(self, note: PageNote, response: TextResponse) -> None:
        declared = read_count(pick(part(note.note, "interactInfo", "interact_info"), "commentCount", "comment_count"))
        shown = comments_shown(response)
        told = self.shared.shown.setdefault(self.name, Shown())
        told.notes += 1
        told.comments += shown
        told.declared += declared.low or 0
        said = "an unknown number of" if declared.raw is None else declared.raw
        _log.info("note %s declares %s comments; %d were shown", note_id_in(response.url), said, shown)

    def _turned_away(self, response: Response, refusal: Refusal | None) -> None:
        """A wall that only the drawn page shows: nothing more is asked of its host."""
        if refusal is None or refusal.state != "blocked":
            return
        hosts = self.shared.hosts
        hosts.close(hosts.get(origin_of(response.url)), refusal.evidence)
        raise Ended("refused", f"wall: {refusal.evidence}")


def comments_shown(response: TextResponse) -> int:
    """Comments and replies that a drawn page shows, by the class that the platform's own application gives them."""
    try:
        return len(response.xpath("//*[contains(concat(' ', @class, ' '), ' comment-item ')]"))
    except (ValueError, etree.LxmlError):
        return 0
