"""Puts every answer into the archive before anybody may read it: the innermost downloader middleware.

One kind of answer passes it by: a part of a file of which the spider keeps what fits, as entries of its own
(docs/decisions/0011-a-sieve-keeps-what-fits.md).
"""

import logging
import sqlite3
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Response

from corpus.archive import Entry
from corpus.errors import HuanyingError
from corpus.records import Finding, Permission
from spiders.asks import Ask
from spiders.failures import NotArchived, as_halt
from spiders.ranges import length_of, misfit_of, range_of, span_of
from spiders.shared import shared_of

_log = logging.getLogger(__name__)
_PROBLEMS = {"dataloss": "payload_incomplete", "partial": "payload_incomplete", "download_stopped": "truncated"}
_Pairs = tuple[tuple[str, str], ...]
_KEPT_OUT = {"cookie", "authorization", "proxy-authorization"}


class Archiver:
    """Sees answers as they came, still content-coded. It drops none: what cannot be written fails the request."""

    def __init__(self, crawler: Crawler) -> None:
        self.shared = shared_of(crawler)
        self.limit = self.shared.study.file.politeness.body_mib << 20
        crawler.signals.connect(self.stop_at_limit, signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Archiver":
        return cls(crawler)

    def stop_at_limit(self, data: bytes, request: Request) -> None:
        """Of a body without end, the beginning is kept and flagged as truncated; a part of a file has no more bytes than
        were asked for."""
        received = request.meta["received"] = request.meta.get("received", 0) + len(data)
        ask = request.meta.get("ask")
        asked = length_of(ask) if isinstance(ask, Ask) else None
        if received > (self.limit if asked is None else min(asked, self.limit)):
            raise StopDownload(fail=False)

    def process_response(self, request: Request, response: Response) -> Response:
        frontier = self.shared.frontier
        if frontier.halted:
            raise NotArchived(frontier.halted)
        if "cached" in response.flags:
            raise NotArchived(HuanyingError("an answer out of a cache is no capture", where=request.url))
        if "load" in request.meta and "rendered" not in response.flags:
            return response  # the page's own answer, which passed here when it came
        ask = request.meta.get("ask")
        try:
            entry = self._entry(request, response)
            if isinstance(ask, Ask):  # judged here, where it is as it was sent; raised once Courtesy has seen it too
                request.meta["misfit"] = misfit_of(ask, response)
            if not _is_sieved(request, response):
                self.shared.archive.append(entry)
        except (OSError, sqlite3.Error, HuanyingError) as error:
            halt = as_halt(error)
            frontier.halt(halt)
            raise NotArchived(halt) from error
        frontier.changed(0)
        return response

    def _entry(self, request: Request, response: Response) -> Entry:
        meta = request.meta
        robots = bool(meta.get("robots"))
        rendered = "rendered" in response.flags
        return Entry(
            source_id=_source(meta) or self.shared.source_of(request.url),
            url=request.url,
            fetched_at=datetime.now(UTC),
            status=response.status,
            headers=_pairs(response),
            body=response.body,
            how="rendered" if rendered else "http",
            format="robots" if robots else _format(meta, response),
            finding=meta.get("finding") or Finding("seed"),
            permission=_permission(request),
            request_headers=() if rendered else _asked(request),
            address=_address(response),
            problems=tuple(sorted({_PROBLEMS[flag] for flag in response.flags if flag in _PROBLEMS})),
        )


def cut_out(response: Response, source_id: str, finding: Finding, at: int, body: bytes) -> Entry:
    """An entry of ``body``, which lies at byte ``at`` of the answer's own body: as if that part alone had been asked for.

    Its headers say so: Range, Content-Range and Content-Length are those of the part, all else is as it was.
    """
    request, span = response.request, span_of(response)
    assert request is not None and span is not None
    first = span.first + at
    last = first + len(body) - 1
    total = "*" if span.total is None else str(span.total)
    own = (("Content-Range", f"bytes {first}-{last}/{total}"), ("Content-Length", str(len(body))))
    return Entry(
        source_id=source_id,
        url=request.url,
        fetched_at=datetime.now(UTC),
        status=response.status,
        headers=(*_without(_pairs(response), own), *own),
        body=body,
        how="http",
        format="warc-member",
        finding=finding,
        permission=_permission(request),
        request_headers=(*_without(_asked(request), (("Range", ""),)), ("Range", range_of(first, last))),
        address=_address(response),
    )


def _is_sieved(request: Request, response: Response) -> bool:
    """Whether it is a part of a file, or the file, of which no more is kept than fits. A page in its place is neither: what
    a host says instead, a wall say, is kept as evidence."""
    ask = request.meta.get("ask")
    if not (isinstance(ask, Ask) and ask.sieved and response.status in (200, 206)):
        return False
    is_page = (
        b"html" in (response.headers.get("Content-Type") or b"").lower() or response.body[:64].lstrip()[:1] == b"<"
    )
    return not (is_page and request.meta.get("misfit"))


def _permission(request: Request) -> Permission:
    permission = request.meta.get("permission")
    if not isinstance(permission, Permission):
        raise HuanyingError(
            "a request left without a permission on record", where=request.url, hint="this is a fault in the spiders"
        )
    return permission


def _asked(request: Request) -> _Pairs:
    return tuple(pair for pair in _pairs(request) if pair[0].lower() not in _KEPT_OUT)


def _without(pairs: _Pairs, names: _Pairs) -> _Pairs:
    out = {name.lower() for name, _ in names}
    return tuple(pair for pair in pairs if pair[0].lower() not in out)


def _address(response: Response) -> str | None:
    return None if response.ip_address is None else str(response.ip_address)


def _source(meta: dict[str, Any]) -> str | None:
    """Whose page it is; of what an archive holds, not the archive's."""
    return getattr(meta.get("ask"), "about", None) or meta.get("source_id")


def _format(meta: dict[str, Any], response: Response) -> str:
    """What a body is: of a page's parts, those that carry data may be read by themselves."""
    named = str(meta.get("format", "page"))
    media = (response.headers.get("Content-Type") or b"").partition(b";")[0].strip().lower()
    return "answer" if named == "part" and media.endswith(b"json") else named


def _pairs(message: Request | Response) -> _Pairs:
    return tuple(
        (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
        for name, values in message.headers.items()
        for value in values
    )
