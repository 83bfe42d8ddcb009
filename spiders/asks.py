"""What a spider says to the frontier: ask for this, I skipped that, this listing is at fault, keep that part."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

from scrapy import Request

from corpus.identity import canonical_url
from corpus.mementos import memento_of
from corpus.records import Finding, FoundBy
from corpus.study import Outlet
from corpus.warc import Entry
from spiders.window import LATER, Wanted

Outcome = Literal["fetched", "redirected", "gone", "refused", "failed", "spider_error"]
"""How an address ended. ``gone``: 404 or 410; ``spider_error``: archived, but our own code failed on it."""

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Ask:
    """An address to be asked for. `callback` names the spider's method that is given the answer."""

    url: str
    source_id: str
    callback: str
    finding: Finding
    format: str = "page"
    about: str | None = None
    """Id of the source whose page it is, where a web archive is asked for it: the capture is that source's."""
    listing: bool = False
    """It lists pages, and so is asked for anew in each run; a page is asked for once."""
    seed: bool = False
    """Named by the outlet's own file: no budget counts it."""
    priority: int = 0
    depth: int = 0
    nesting: int = 0
    """How many sitemap indexes stand above it."""
    browser: bool = False
    """To be rendered in a real browser."""
    scrolls: int = 0
    """How often a rendered page may be scrolled at most, for what it loads only then."""
    first: int | None = None
    last: int | None = None
    """Of a part of a file: its first and its last byte, both included; the part is what the answer must be."""
    sieved: str | None = None
    """The part itself is not archived: the spider keeps what fits of it (docs/decisions/0011-a-sieve-keeps-what-fits.md).
    A digest of what it looks for; another sieve has to see the part anew."""
    onward: bool = False
    """It goes on where another ended, and nothing lists it: what a budget refuses of it is left to the next run."""
    also: int | None = None
    """A status beside those of success that the callback reads: an index says with 404 that it has nothing."""
    etag: str | None = None
    since: str | None = None
    """Validators (ETag, Last-Modified) of an answer that the archive holds: the host may say that nothing has changed."""

    @property
    def key(self) -> str:
        """The one spelling of what is asked for: the canonical address, which has no fragment, and the part of it.

        Raises ValueError as `canonical_url` does.
        """
        key = key_of(self.url)
        if self.first is None:
            return key
        return f"{key}#bytes={self.first}-{self.last}" + (f"&sieve={self.sieved}" if self.sieved else "")

    def request(self) -> Request:
        """As a request, for `Spider.start`; callbacks yield the Ask itself."""
        return Request(self.url, meta={"ask": self}, dont_filter=True)


@dataclass(frozen=True, slots=True)
class Skip:
    """A listed address that is not asked for, and why."""

    url: str
    source_id: str
    found_by: FoundBy
    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a listing or a page that the run's report must show."""

    url: str
    source_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Something out of an answer that is archived by itself; durable together with its address's end."""

    entry: Entry


Said = Ask | Skip | Fault | Kept


class Ended(Exception):
    """Raised by a callback that has read the page and knows how its address ended: gone, say, though the answer was 200."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason


class Unready(Exception):
    """Raised by a callback for what is no answer yet, whatever its status: it is asked for again after a while."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def to_json(ask: Ask) -> str:
    """What the frontier's columns do not hold of ``ask``: plain data, never code."""
    known = asdict(ask)
    known["finding"] = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in known["finding"].items()
        if value is not None
    }
    plain = {name: value for name, value in known.items() if value != _DEFAULTS.get(name)}
    return json.dumps(plain, ensure_ascii=False)


def from_json(text: str) -> Ask:
    known: dict[str, Any] = json.loads(text)
    finding = known.pop("finding")
    if "collected_at" in finding:
        finding["collected_at"] = datetime.fromisoformat(finding["collected_at"])
    return Ask(**known, finding=Finding(**finding))


_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(Ask)}


@lru_cache(maxsize=1 << 16)
def key_of(url: str) -> str:
    """The one spelling of ``url``; raises ValueError as `canonical_url` does. Pages repeat their links: it is kept."""
    return canonical_url(url)


def host_of(key: str) -> str:
    """Host, with its port where it is no default one, of a canonical address: what has one clock."""
    return urlsplit(key).netloc


def pattern_of(key: str) -> str:
    """A canonical address without its digits: equal for all days of a calendar."""
    return _DIGITS.sub("0", key)


def belongs(outlet: Outlet, url: str) -> bool:
    """Whether an absolute address is one of the outlet's own; what is no address is nobody's."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".") in outlet.hosts
    except ValueError:
        return False


def astray(outlets: Mapping[str, Outlet], ask: Ask, url: str, wanted: Wanted) -> str | None:
    """Why a redirect of ``ask`` to ``url`` is not followed; None where it is.

    It may not leave its source. Of what an archive holds it may lead to another capture alone, of a page of the same
    outlet: what else an archive shows is its own. An archive has nothing of the moment that was asked for where the
    nearest capture lies so long before or after the time that is wanted.
    """
    before, after = memento_of(ask.url), memento_of(url)
    away = after is not None and ask.about is not None and not belongs(outlets[ask.about], after.url)
    if away or not belongs(outlets[ask.source_id], url) or (before is not None and after is None):
        return "redirect_to_other_host"
    if before is not None and after is not None and not wanted.start <= after.at <= wanted.end + LATER:
        return "far_from_window"
    return None
