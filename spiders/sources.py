"""What will be asked of whom, and what came of it: a study's sources before, during and after a crawl."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from corpus.archive import DATABASE
from corpus.chromium import INSTALL
from corpus.study import Outlet, Study

SeedKind = Literal["feed", "sitemap", "front", "page"]


@dataclass(frozen=True, slots=True)
class Seed:
    """An address that the outlet's own file names."""

    kind: SeedKind
    url: str


def seeds_of(outlet: Outlet) -> list[Seed]:
    """An outlet's addresses to begin with: feeds, then sitemaps, front pages, single pages."""
    named: tuple[tuple[SeedKind, tuple[str, ...]], ...] = (
        ("feed", outlet.feeds),
        ("sitemap", outlet.sitemaps),
        ("front", outlet.fronts),
        ("page", outlet.pages),
    )
    return [Seed(kind, url) for kind, urls in named for url in urls]


def spider_name(source_id: str, outlet: Outlet) -> str:
    """Name of the spider that asks a source: one for all news, one for each platform and each archive."""
    return "news" if outlet.kind == "news" else source_id


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """What a crawl will ask of one source."""

    source_id: str
    name: str
    kind: Literal["news", "platform", "archive"]
    seeds: tuple[Seed, ...]
    hosts: tuple[str, ...]
    pages: int
    """At most so many in a run."""
    delay: float
    """Seconds between two requests to one host, at the least."""
    browser: bool
    tried: bool
    """Whether its addresses were ever seen to answer."""
    note: str


def plan(study: Study) -> list[SourcePlan]:
    """What will be asked of whom, source by source; asks nobody anything."""
    pages = {choice.id: choice.pages for choice in study.file.source}
    return [
        SourcePlan(
            source_id=name,
            name=outlet.name,
            kind=outlet.kind,
            seeds=tuple(seeds_of(outlet)),
            hosts=outlet.hosts,
            pages=pages.get(name) or study.file.budget.pages_per_host,
            delay=max(study.file.politeness.delay, outlet.delay or 0.0),
            browser=outlet.browser,
            tried=outlet.tried is not None,
            note=outlet.note,
        )
        for name, outlet in sorted(study.outlets.items())
    ]


@dataclass(slots=True)
class Shown:
    """What the notes that this crawl saw declare, and what they showed. A declared count is the least that it can mean."""

    notes: int = 0
    declared: int = 0
    comments: int = 0


@dataclass(slots=True)
class SourceCounts:
    """What came of one source's run. `asked` is the sum of all outcomes and of what is still to be asked."""

    source_id: str
    run: int
    listed: int = 0
    """Different addresses in feeds, sitemaps and archives."""
    asked: int = 0
    fetched: int = 0
    pages: int = 0
    """Of the fetched: those that list nothing, articles mostly."""
    redirected: int = 0
    gone: int = 0
    spider_errors: int = 0
    requeued: int = 0
    """Still to be asked when the crawl ended."""
    refused: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    forbidden: dict[str, str] = field(default_factory=dict)
    """Hosts of which robots.txt forbids pages that were to be asked for, with the rule that decided for one of them."""
    shown: Shown | None = None
    """Of a platform whose notes declare how many comments they have."""


def counts_of(database: sqlite3.Connection, source_id: str, run: int) -> SourceCounts:
    """A source's counts in one of its runs."""
    counts = SourceCounts(source_id, run)
    rows = database.execute(
        "SELECT outcome, reason, listing, COUNT(*) FROM asked WHERE source_id = ? AND run = ?"
        " GROUP BY outcome, reason, listing",
        (source_id, run),
    )
    for outcome, reason, listing, number in rows:
        counts.asked += number
        if outcome in ("refused", "failed"):
            into = counts.refused if outcome == "refused" else counts.failed
            into[_short(reason)] = into.get(_short(reason), 0) + number
        elif outcome is None:
            counts.requeued += number
        else:
            name = "spider_errors" if outcome == "spider_error" else outcome
            setattr(counts, name, getattr(counts, name) + number)
            counts.pages += number if outcome == "fetched" and not listing else 0
    forbidden = database.execute(
        "SELECT host, MIN(reason) FROM asked WHERE source_id = ? AND run = ? AND outcome = 'refused'"
        " AND reason LIKE 'robots%' GROUP BY host ORDER BY host",
        (source_id, run),
    )
    counts.forbidden = {host: reason.partition(": ")[2] or reason for host, reason in forbidden}
    by_reason = Counter[str | None]()
    query = (
        "SELECT skipped, COUNT(*), SUM(found_by IN ('feed', 'sitemap', 'archive')) FROM listed"
        " WHERE source_id = ? AND run = ? GROUP BY skipped"
    )
    for reason, number, listed in database.execute(query, (source_id, run)):
        by_reason[reason] += number
        counts.listed += listed
    counts.skipped = {reason: number for reason, number in sorted(by_reason.items(), key=str) if reason is not None}
    faults = database.execute(
        "SELECT fault, COUNT(*) FROM faults WHERE source_id = ? AND run = ? GROUP BY fault", (source_id, run)
    )
    counts.faults = dict(faults.fetchall())
    return counts


def _short(reason: str | None) -> str:
    """A refusal's word without the rule or the answer that decided."""
    return (reason or "unknown").partition(": ")[0]


def expectations(study: Study, counts: Iterable[SourceCounts]) -> list[str]:
    """Where a source gave less than its file says it must: its layout or its feeds have changed."""
    failures = []
    for one in counts:
        outlet = study.outlets[one.source_id]
        wanted = (("listed", outlet.expect.listed, one.listed), ("pages", outlet.expect.pages, one.pages))
        failures += [
            f"{one.source_id}: {name} {found}, expected at least {least}"
            for name, least, found in wanted
            if found < least
        ]
    return failures


NO_BROWSER = "no_browser"
"""Why a page failed that only a browser can draw, on a machine that has none."""


def advice(study: Study, counts: Iterable[SourceCounts]) -> list[str]:
    """What can be done about what a crawl could not have: a line for each platform or archive that forbids it, and each browser
    that is missing."""
    lines = []
    for one in counts:
        if study.outlets[one.source_id].kind != "news":
            lines += [
                f"{one.source_id}: robots.txt of {host} forbids it ({rule}); bring captures that you made yourself:"
                " `huanying import FILE`"
                for host, rule in one.forbidden.items()
            ]
        if missing := one.failed.get(NO_BROWSER, 0):
            lines.append(
                f"{one.source_id}: {missing} pages need a browser, and there is none here: {INSTALL}; `huanying doctor`"
                " tells where one was looked for; what needs no browser was collected"
            )
    return lines


def status(study: Study) -> dict[str, Any]:
    """Counts of the newest run of each source, and the closed hosts; empty where nothing was crawled."""
    path = study.archive_folder / DATABASE
    if not path.is_file():
        return {}
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"asked", "hosts"} <= tables:
            return {}
        runs = database.execute("SELECT source_id, MAX(run) FROM runs GROUP BY source_id ORDER BY source_id").fetchall()
        counts = [counts_of(database, source_id, run) for source_id, run in runs]
        closed = database.execute(
            "SELECT origin, closed FROM hosts WHERE closed IS NOT NULL ORDER BY origin"
        ).fetchall()
    finally:
        database.close()
    return {
        "fetched": sum(one.fetched for one in counts),
        "pending": sum(one.requeued for one in counts),
        "refused": sum(sum(one.refused.values()) for one in counts),
        "failed": sum(sum(one.failed.values()) for one in counts),
        "skipped": sum(sum(one.skipped.values()) for one in counts),
        "runs": {one.source_id: one.run for one in counts},
        "closed": dict(closed),
    }
