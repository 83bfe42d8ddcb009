"""Puts every answer into the archive before anybody may read it: the innermost downloader middleware."""

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
from corpus.records import Finding
from spiders.failures import NotArchived, as_halt
from spiders.shared import shared_of

_log = logging.getLogger(__name__)
_PROBLEMS = {"dataloss": "payload_incomplete", "partial": "payload_incomplete", "download_stopped": "truncated"}
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
        """Of a body without end, the beginning is kept and flagged as truncated."""
        received = request.meta["received"] = request.meta.get("received", 0) + len(data)
        if received > self.limit:
            raise StopDownload(fail=False)

    def process_response(self, request: Request, response: Response) -> Response:
        frontier = self.shared.frontier
        if frontier.halted:
            raise NotArchived(frontier.halted)
        if "cached" in response.flags:
            raise NotArchived(HuanyingError("an answer out of a cache is no capture", where=request.url))
        if "load" in request.meta and "rendered" not in response.flags:
            return response  # the page's own answer, which passed here when it came
        try:
            self.shared.archive.append(self._entry(request, response))
        except (OSError, sqlite3.Error, HuanyingError) as error:
            halt = as_halt(error)
            frontier.halt(halt)
            raise NotArchived(halt) from error
        frontier.changed(0)
        return response

    def _entry(self, request: Request, response: Response) -> Entry:
        meta = request.meta
        robots = bool(meta.get("robots"))
        permission = meta.get("permission")
        if permission is None:
            raise HuanyingError(
                "a request left without a permission on record",
                where=request.url,
                hint="this is a fault in the spiders",
            )
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
            permission=permission,
            request_headers=() if rendered else tuple(p for p in _pairs(request) if p[0].lower() not in _KEPT_OUT),
            address=None if response.ip_address is None else str(response.ip_address),
            problems=tuple(sorted({_PROBLEMS[flag] for flag in response.flags if flag in _PROBLEMS})),
        )


def _source(meta: dict[str, Any]) -> str | None:
    """Whose page it is; of what an archive holds, not the archive's."""
    return getattr(meta.get("ask"), "about", None) or meta.get("source_id")


def _format(meta: dict[str, Any], response: Response) -> str:
    """What a body is: of a page's parts, those that carry data may be read by themselves."""
    named = str(meta.get("format", "page"))
    media = (response.headers.get("Content-Type") or b"").partition(b";")[0].strip().lower()
    return "answer" if named == "part" and media.endswith(b"json") else named


def _pairs(message: Request | Response) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
        for name, values in message.headers.items()
        for value in values
    )
