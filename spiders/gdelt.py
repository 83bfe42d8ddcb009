"""Asks GDELT which pages of the study's news outlets it saw; what is wanted of them their own spider asks for, live.

The DOC 2.0 API is asked first (https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/); where it errs, or says nothing
of a window that lies further back than it promises to reach, the bulk files are.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from scrapy.crawler import Crawler
from scrapy.http import Response

from corpus.listings import Listed
from corpus.mementos import stamp_of
from corpus.records import Finding
from corpus.strictjson import JSONFault, read_json
from spiders import gkg
from spiders.asks import Ask, Ended, Fault, Said, Skip, Unready
from spiders.choosing import Chooser
from spiders.shared import Collecting, shared_of, study_of

MOST = 250
"""Articles of one answer at most; one so full is asked for again by halves."""
REACH = timedelta(days=90)
"""How far back the API promises to look."""
_PROBE, _QUESTION, _BULK = 20, 10, 0
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|)')
_CONTROL = re.compile("[\x00-\x1f]")
_TAG = re.compile(r"<[^<>]*>")
_LATER = re.compile(r"limit requests|too many requests|every \d+ seconds", re.IGNORECASE)
_SPAN = re.compile(r"timespan|time span|time range|date ?range|datetime", re.IGNORECASE)
_QUERY = re.compile(
    r"too short|too long|too common|parenthes|phrase|illegal character|your query|keyword", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered: articles, or why not. `mended`: it had illegal escapes; each was read as a plain backslash."""

    articles: tuple[dict[str, Any], ...] = ()
    mended: bool = False
    fault: str | None = None
    """``later``, ``timespan``, ``query``, or ``not_json`` where the text is none of these, with that text."""


class Gdelt(Collecting):
    """Each host of the study's news sources is asked after by itself, once a language of the queries."""

    name = "gdelt"

    def prepare(self, crawler: Crawler) -> None:
        self.study, self.frontier = study_of(crawler), shared_of(crawler).frontier
        self.chooser = Chooser(self.study)
        fronts = self.study.outlets[self.name].fronts if self.name in self.study.outlets else ()
        self.bulk = [front for front in fronts if front.endswith("/")]
        self.api = [front for front in fronts if not front.endswith("/")]
        now = datetime.now(UTC).replace(microsecond=0)
        self.first, self.last = self.chooser.wanted.start, min(self.chooser.wanted.end, now)
        self.old = self.first < now - REACH
        names = self.chooser.news()
        self.hosts = sorted({host.removeprefix("www.") for name in names for host in self.study.outlets[name].hosts})
        spoken = {language for name in names for language in self.study.outlets[name].languages}
        self.tables = ["gkg"] * any(one.startswith("en") for one in spoken)
        self.tables += ["translation.gkg"] * any(not one.startswith("en") for one in spoken)

    async def start(self) -> AsyncIterator[Any]:
        """First whether the API has anything of the window at all; without an API, the bulk files."""
        if self.name not in self.frontier.ledger.runs or not self.hosts:
            return
        for api in self.api:
            probe = next(iter(self._words()), "") or _any_of(f"domainis:{host}" for host in self.hosts[:5])
            yield self._question(api, probe, self.first, self.last, "read_probe", _PROBE).request()
        for ask in () if self.api else self._files():
            yield ask.request()

    def _words(self) -> list[str]:
        """The study's queries as GDELT writes them, by language; none where each listed page is wanted."""
        queries = self.study.file.queries
        if queries.select == "all":
            return []
        plain = ([word.replace('"', " ").strip() for word in words] for words in (queries.en, queries.zh))
        return [_any_of(f'"{word}"' for word in words if word) for words in plain if any(words)]

    def _question(self, api: str, query: str, first: datetime, last: datetime, callback: str, priority: int) -> Ask:
        asked = {
            "query": query,
            "mode": "artlist",
            "format": "json",
            "maxrecords": str(MOST),
            "startdatetime": stamp_of(first),
            "enddatetime": stamp_of(last),
        }
        url = f"{api}?{urlencode(asked)}"
        finding = Finding("seed", value="front")
        return Ask(url, self.name, callback, finding, "front", listing=True, seed=True, priority=priority)

    def _files(self) -> Iterator[Ask]:
        """The bulk files of the window: asked for once, since they never change, and counted as pages of this source."""
        for bulk in self.bulk:
            for step in gkg.steps(self.first, self.last):
                for table in self.tables:
                    url = f"{bulk}{stamp_of(step)}.{table}.csv.zip"
                    yield Ask(url, self.name, "read_file", Finding("seed", value="front"), "front", priority=_BULK)

    # The API.

    def read_probe(self, response: Response) -> Iterator[Said]:
        """Where the API knows of anything, each host is asked after; where not, the bulk files are asked for."""
        ask: Ask = response.meta["ask"]
        answer = read_answer(response.body)
        if answer.articles or not (answer.fault or self.old):
            api = ask.url.partition("?")[0]
            for host in self.hosts if answer.articles else ():
                for words in self._words() or [""]:
                    query = f"{words} domainis:{host}".strip()
                    yield self._question(api, query, self.first, self.last, "read_articles", _QUESTION)
            return
        self._wait_if_told(response, answer)
        yield from self._files()
        yield from self._told(ask, answer)

    def read_articles(self, response: Response) -> Iterator[Said]:
        """Articles of one host in one span of time; a span that is full is cut in two."""
        ask: Ask = response.meta["ask"]
        answer = read_answer(response.body)
        self._wait_if_told(response, answer)
        yield from self._told(ask, answer)
        if len(answer.articles) >= MOST:
            halves = self._halves(ask)
            yield from halves
            if halves:
                return
            yield Fault(ask.url, self.name, "window_full")
        for article in answer.articles:
            url, title, seen = (article.get(name) for name in ("url", "title", "seendate"))
            if not isinstance(url, str):
                yield Fault(ask.url, self.name, "entries_without_address")
                continue
            yield self._found(url, title if isinstance(title, str) else None, _moment(seen))

    def _halves(self, ask: Ask) -> list[Ask]:
        told = parse_qs(urlsplit(ask.url).query)
        first, last = (_moment(told[name][0]) for name in ("startdatetime", "enddatetime"))
        if first is None or last is None or last - first <= gkg.STEP:
            return []
        middle = first + (last - first) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        api, query = ask.url.partition("?")[0], told["query"][0]
        spans = ((first, middle), (middle + timedelta(seconds=1), last))
        return [
            replace(self._question(api, query, *span, "read_articles", _QUESTION), seed=False, onward=True)
            for span in spans
        ]

    def _wait_if_told(self, response: Response, answer: Answer) -> None:
        """Raises Unready while there are attempts left and the fault may pass."""
        attempts = response.meta["lease"].attempts + 1
        if answer.fault and answer.fault.startswith(("later", "not_json")) and attempts < self.frontier.budget.attempts:
            raise Unready(answer.fault)

    def _told(self, ask: Ask, answer: Answer) -> Iterator[Fault]:
        """What is wrong with an answer; raises Ended where it is none."""
        if answer.mended:
            yield Fault(ask.url, self.name, "illegal_escapes")
        if answer.fault:
            yield Fault(ask.url, self.name, answer.fault)
            raise Ended("refused" if answer.fault.startswith("query") else "failed", answer.fault)

    def _found(self, url: str, title: str | None, seen: datetime | None) -> Said:
        about = self.chooser.house(url)
        if about is None:
            return Skip(url, self.name, "archive", "other_host")
        # When it was first seen is not when it was published, which was then or before.
        entry = Listed(url, title=title, modified_raw=None if seen is None else seen.isoformat())
        refusal = self.chooser.refusal(about, entry)
        if refusal is None and about not in self.frontier.ledger.runs:
            refusal = "source_not_in_this_crawl"
        if refusal is not None:
            return Skip(url, self.name, "archive", refusal)
        finding = Finding("archive", self.name, title=title)
        return Ask(url, about, "read_article", finding, depth=1, browser=self.study.outlets[about].browser)

    # The bulk files.

    def read_file(self, response: Response) -> Iterator[Said]:
        """A quarter of an hour of the world's news: rows of other hosts are passed over."""
        ask: Ask = response.meta["ask"]
        seen_at = _moment(urlsplit(ask.url).path.rpartition("/")[2].partition(".")[0])
        try:
            for seen in gkg.read_table(response.body, self.study.file.politeness.expansion):
                if self.chooser.house(seen.url) is not None:
                    yield self._found(seen.url, seen.title, seen_at)
        except gkg.Damaged as damage:
            yield Fault(ask.url, self.name, str(damage))


def read_answer(body: bytes) -> Answer:
    """An answer of the API; nothing is raised for any bytes. Its errors are pages or lines of text with status 200, and
    its JSON holds escapes that JSON does not know."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff").strip()
    mended = False

    def plain(found: re.Match[str]) -> str:
        nonlocal mended
        if found.group(1) is not None:
            return found.group()
        mended = True
        return r"\\"

    try:
        known = read_json(_CONTROL.sub(" ", _ESCAPE.sub(plain, text)))
    except JSONFault:
        words = " ".join(_TAG.sub(" ", text).split())[:200]
        kinds = (("later", _LATER), ("timespan", _SPAN), ("query", _QUERY))
        kind = next((kind for kind, pattern in kinds if pattern.search(words)), "not_json")
        return Answer(fault=f"{kind}: {words or 'nothing'}")
    articles = known.get("articles", []) if isinstance(known, dict) else None
    if not isinstance(articles, list) or (known and "articles" not in known):
        return Answer(fault="not_json: no list of articles")
    return Answer(tuple(one if isinstance(one, dict) else {} for one in articles), mended)


def _any_of(words: Iterator[str]) -> str:
    """Brackets stand around alternatives only: around one word they are an error there."""
    found = list(words)
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def _moment(text: object) -> datetime | None:
    digits = re.sub(r"[TZ]", "", text) if isinstance(text, str) else ""
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
