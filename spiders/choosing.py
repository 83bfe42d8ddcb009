"""Decides whose page a listed address is and whether the study wants it: the same for live listings and for archives."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from lxml import etree
from scrapy.http import TextResponse

from corpus.listings import Listed
from corpus.study import Study
from spiders.asks import belongs
from spiders.window import Wanted

NESTING = 5
"""Sitemap indexes that may stand above a sitemap."""
_LINKS_PER_PAGE = 2_000
_DATED = re.compile(r"(?<![A-Za-z0-9])(20\d\d)[-/]?(0[1-9]|1[0-2])(?:[-/]?(0[1-9]|[12]\d|3[01])(?![0-9])|(?=[/_.]|$))")


class Chooser:
    """A study's outlets, window and queries, applied to what feeds, sitemaps, pages and archives list."""

    def __init__(self, study: Study) -> None:
        self.outlets = study.outlets
        self.wanted = Wanted(study.file)
        self._articles = {name: [re.compile(one) for one in outlet.article] for name, outlet in self.outlets.items()}
        self._follows = {name: [re.compile(one) for one in outlet.follow] for name, outlet in self.outlets.items()}

    def news(self) -> list[str]:
        """Ids of the study's news sources: those whose pages an archive is asked for."""
        return [name for name, outlet in sorted(self.outlets.items()) if outlet.kind == "news"]

    def house(self, url: str) -> str | None:
        """Id of the news source to which an address belongs; of several with one host, that which calls it an article."""
        owners = [name for name in self.news() if belongs(self.outlets[name], url)]
        return next((name for name in owners if self.is_article(name, url)), owners[0] if owners else None)

    def refusal(self, source_id: str, entry: Listed, nesting: int = 0) -> str | None:
        """Why an entry is not asked for; None where it is. `nesting`: how many sitemap indexes stand above its listing."""
        outlet = self.outlets[source_id]
        if not belongs(outlet, entry.url):
            return "other_host"
        refusal = self.wanted.refusal(entry, outlet.zone)
        if refusal is None and not entry.nested and not self.is_article(source_id, entry.url):
            return "not_an_article"
        if refusal is None and entry.nested and nesting >= NESTING:
            return "nested_too_deep"
        return refusal

    def is_article(self, source_id: str, url: str) -> bool:
        """By the outlet's own patterns; every address is one where it has none."""
        patterns = self._articles[source_id]
        return not patterns or any(pattern.search(url) for pattern in patterns)

    def links(self, source_id: str, page: TextResponse) -> Iterator[tuple[str, bool]]:
        """The outlet's own addresses on a page that its patterns name, and whether each is an article or a page to follow."""
        articles, follows = self._articles[source_id], self._follows[source_id]
        for url in dict.fromkeys(links_of(page)) if articles or follows else ():
            if not belongs(self.outlets[source_id], url):
                continue
            if any(pattern.search(url) for pattern in articles):
                yield url, True
            elif any(pattern.search(url) for pattern in follows):
                yield url, False


def day_in(url: str) -> str | None:
    """The day or month that an address names, as news addresses do (``/2025/01/15/``, ``/202501/``): ``2025-01-15``."""
    found = _DATED.search(urlsplit(url).path)
    return None if found is None else "-".join(part for part in found.groups() if part)


def refusal_of(status: str) -> str:
    """Why a capture is not asked for of which an index says that it was no page. The index may say anything."""
    return f"http_{status}" if re.fullmatch(r"[0-9]{3}", status) else "http_other"


def links_of(page: TextResponse) -> Iterator[str]:
    """Absolute http(s) addresses of a page's links, in their order; a page that cannot be parsed has none."""
    try:
        found = page.xpath("//a/@href | //area/@href").getall()[:_LINKS_PER_PAGE]
        base = page.xpath("string(//base/@href)").get() or ""
    except (ValueError, etree.LxmlError):
        return
    for link in found:
        try:
            url = urljoin(urljoin(page.url, base), link.strip())
        except ValueError:
            continue
        if url.startswith(("http://", "https://")):
            yield url
