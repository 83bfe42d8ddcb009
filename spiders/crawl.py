"""Runs a crawl: all spiders in one process, over one frontier and one archive, and tells what came of it."""

import importlib
import logging
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.settings import Settings
from twisted.python.failure import Failure

import spiders
from corpus.archive import Archive
from corpus.errors import HuanyingError, UserError
from corpus.study import Study
from corpus.visits import Plan
from spiders.masking import Masked
from spiders.recheck import Recheck, RecheckResult
from spiders.recheck import result_of as rechecked
from spiders.shared import Shared, open_shared
from spiders.sources import SourceCounts, advice, counts_of, expectations, spider_name

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """What came of a crawl, source by source."""

    sources: tuple[SourceCounts, ...]
    closed: dict[str, str]
    """Hosts of which nothing more was asked, and why."""
    expect_failures: tuple[str, ...]
    advice: tuple[str, ...] = ()
    """What the researcher can do about what was not had: import it, or install a browser."""
    stopped: HuanyingError | None = None
    """What ended the crawl before its time."""

    @property
    def exit_code(self) -> int:
        """0 all is well; 3 no space; 4 all was refused; 6 something failed, is still to be asked, or is too little."""
        if self.stopped is not None:
            return self.stopped.exit_code
        if any(one.refused for one in self.sources) and not any(one.fetched for one in self.sources):
            return 4
        wrong = any(one.failed or one.spider_errors or one.requeued or one.faults for one in self.sources)
        return 6 if wrong or self.closed or self.expect_failures else 0

    def document(self) -> dict[str, Any]:
        """As plain data, for ``--json``."""
        return {
            "sources": [asdict(one) for one in self.sources],
            "closed": self.closed,
            "expect_failures": list(self.expect_failures),
            "advice": list(self.advice),
            "stopped": None if self.stopped is None else str(self.stopped),
            "exit_code": self.exit_code,
        }


def run_crawl(
    study: Study, *, outlets: list[str] | None = None, progress: Told | None = None, archive: Archive | None = None
) -> CrawlResult:
    """Ask the study's sources, or those named, for what they list, and archive every answer.

    Goes on where a crawl was cut off. ``progress`` is told how many addresses are done and how many are known.
    ``archive`` is for tests that put faults into its disk. A process can run one crawl only: Twisted's reactor does not start twice.

    Raises UserError for an unknown source and where another process works on the study, RefusedError where a safeguard
    was changed.
    """
    known = crawlers()
    chosen = _chosen(study, outlets, known)
    shared = open_shared(study, chosen, archive)
    try:
        _work(
            shared, [known[name] for name in sorted({spider_of(study, one, known) or "" for one in chosen})], progress
        )
        return result_of(shared)
    finally:
        shared.archive.close()


def run_recheck(
    study: Study, plan: Plan, *, progress: Told | None = None, archive: Archive | None = None
) -> RecheckResult:
    """Look again at the pages of ``plan``, as politely as they were asked for first; goes on where one was cut off.

    Raises UserError where another process works on the study, RefusedError where a safeguard was changed.
    """
    shared = open_shared(study, list(plan.sources), archive, plan=plan)
    try:
        _work(shared, [Recheck], progress)
        return rechecked(shared)
    finally:
        shared.archive.close()


def _work(shared: Shared, classes: list[type[scrapy.Spider]], progress: Told | None) -> None:
    settings = Settings()
    settings.setmodule("spiders.settings", priority="project")
    settings.set("STUDY", shared.study, "project")
    settings.set("SHARED", shared, "project")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, "project")
    if progress is not None:
        shared.frontier.watch = progress
    with logged(shared.study.log_folder):
        _run(settings, classes)
        shared.frontier.close()


def _run(settings: Settings, classes: list[type[scrapy.Spider]]) -> None:
    process = CrawlerProcess(settings)
    failures: list[BaseException] = []

    def failed(failure: Failure) -> None:
        if failure.value is not None:
            failures.append(failure.value)

    for spider in classes:
        process.crawl(spider).addErrback(failed)
    if not failures:
        process.start()
    if failures:
        raise failures[0]


def result_of(shared: Shared) -> CrawlResult:
    """Counts of the runs that this crawl was part of, as the database has them."""
    runs = shared.frontier.ledger.runs
    counts = tuple(counts_of(shared.archive.database, source, run) for source, run in sorted(runs.items()))
    through = [one for one in counts if not one.requeued]
    for one in counts:
        one.shown = shared.shown.get(one.source_id)
    closed = {state.origin: state.closed for state in shared.hosts.all() if state.closed is not None}
    failures, told = tuple(expectations(shared.study, through)), tuple(advice(shared.study, counts))
    return CrawlResult(counts, closed, failures, told, shared.frontier.halted)


def crawlers() -> dict[str, type[scrapy.Spider]]:
    """Every spider of this folder by its name: ``news``, and one for each platform that may be crawled."""
    found: dict[str, type[scrapy.Spider]] = {}
    for info in pkgutil.iter_modules(spiders.__path__):
        module = importlib.import_module(f"spiders.{info.name}")
        for one in vars(module).values():
            ours = isinstance(one, type) and issubclass(one, scrapy.Spider) and one.__module__ == module.__name__
            if ours and getattr(one, "name", None):  # what spiders have in common has none
                found[one.name] = one
    return found


def crawlable(study: Study, source_id: str, known: dict[str, type[scrapy.Spider]]) -> bool:
    """Whether there is anything to ask of a source, and somebody to ask it."""
    return spider_of(study, source_id, known) is not None and bool(study.outlets[source_id].addresses)


def spider_of(study: Study, source_id: str, known: dict[str, type[scrapy.Spider]]) -> str | None:
    """Name of the spider that asks a source; None for a platform that is only imported."""
    name = spider_name(source_id, study.outlets[source_id])
    return name if name in known else None


def _chosen(study: Study, outlets: list[str] | None, known: dict[str, type[scrapy.Spider]]) -> list[str]:
    for name in outlets or ():
        if name not in study.outlets:
            raise UserError(
                f"the study has no source {name!r}", hint=f"it has: {', '.join(sorted(study.outlets)) or 'none'}"
            )
        if spider_of(study, name, known) is None:
            raise UserError(
                f"{name!r} has no spider: it may not be crawled",
                hint="import captures that you made yourself: `huanying import FILE`",
            )
        if not crawlable(study, name, known):
            raise UserError(
                f"the file of {name!r} names no address to begin with",
                hint="name its topics as `fronts` or single pages as `pages`, or import captures that you made"
                " yourself: `huanying import FILE`",
            )
    chosen = [name for name in outlets or sorted(study.outlets) if crawlable(study, name, known)]
    if not chosen:
        raise UserError("the study names no source that may be crawled", hint="add a [[source]] to study.toml")
    return chosen


@contextmanager
def logged(folder: Path) -> Iterator[None]:
    """Write what happens to ``crawl.log`` in ``folder``, without the queries of addresses: they may hold tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(folder / "crawl.log", encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(Masked("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.INFO)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()
