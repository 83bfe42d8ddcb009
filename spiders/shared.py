"""What all spiders of one crawl share: study, archive, hosts, frontier."""

from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.crawler import Crawler

from corpus.archive import Archive
from corpus.errors import UserError
from corpus.study import Study
from corpus.visits import Plan
from spiders.frontier import Frontier
from spiders.hosts import Hosts
from spiders.sources import Shown


@dataclass(slots=True)
class Shared:
    """Handed to every component as setting ``SHARED``. One object a process: Scrapy copies settings, but never this."""

    study: Study
    archive: Archive
    hosts: Hosts
    frontier: Frontier
    shown: dict[str, Shown] = field(default_factory=dict)
    """What the notes of a platform declare and what they showed, by source."""
    plan: Plan | None = None
    """Of a recheck: what is to be looked at again."""
    own: bool = False
    """Opened for a single crawler, so that its end closes it."""
    _source_of: dict[str, str] = field(default_factory=dict)

    def __deepcopy__(self, _: dict[int, Any]) -> "Shared":
        return self

    def __copy__(self) -> "Shared":
        return self

    def source_of(self, url: str) -> str:
        """Id of the source to which an address's host belongs; of several, the first; empty where it is nobody's."""
        if not self._source_of:
            for name in sorted(self.study.outlets):
                for host in self.study.outlets[name].hosts:
                    self._source_of.setdefault(host, name)
        return self._source_of.get(urlsplit(url).hostname or "", "")

    def leave(self) -> None:
        """A crawler is through."""
        if self.own:
            self.close()

    def close(self) -> None:
        self.frontier.close()
        self.archive.close()


def open_shared(
    study: Study, sources: list[str], archive: Archive | None = None, own: bool = False, plan: Plan | None = None
) -> Shared:
    """Open archive and frontier for these sources, or for a recheck by ``plan``; raises UserError where another process
    works on the study."""
    archive = archive or Archive(study.archive_folder)
    hosts = Hosts(archive.database)
    frontier = Frontier(study, archive, hosts, sources, recheck=plan is not None)
    return Shared(study, archive, hosts, frontier, plan=plan, own=own)


def study_of(crawler: Crawler) -> Study:
    """The study of a crawler; raises UserError where there is none."""
    study = crawler.settings.get("STUDY")
    if not isinstance(study, Study):
        raise UserError("no study here", hint="stand in a study's folder, or add -s STUDY_DIR=FOLDER")
    return study


def shared_of(crawler: Crawler) -> Shared:
    """The shared objects of a crawler; raises UserError where it was started around our settings."""
    shared = crawler.settings["SHARED"]
    if not isinstance(shared, Shared):
        raise UserError(
            "this crawler was not started on a study", hint="use `huanying crawl`, or `scrapy crawl` from a checkout"
        )
    return shared


class Collecting(Spider):
    """What all spiders of a crawl have in common: ``-a outlet=ID,ID`` names some sources, and `prepare` is called once
    what the crawl shares is there."""

    def __init__(self, outlet: str = "", **known: Any) -> None:
        super().__init__(**known)
        self.chosen = [name.strip() for name in outlet.split(",") if name.strip()]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **known: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **known)
        spider.prepare(crawler)
        return spider

    def prepare(self, crawler: Crawler) -> None:
        """Take from the crawl what the spider needs."""
        raise NotImplementedError
