"""A crawl with a kill or a full disk at a named point: `python -m tests.crawler STUDY [FAULT [OUTLET ...]]`.

FAULT is ``POINT:N``: at the N-th time (from 1) that POINT is passed, the process kills itself; POINT is one of
``append``, ``synced``, ``before-commit``, ``after-commit``, ``answered`` (as many answers reached the archive);
``nospace:N``: the N-th write finds the disk full; ``unsynced-POINT:N``: the kill also forgets what was not synced;
``raises``: the news spider finds one link on each article and then fails.
"""

import errno
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from scrapy.http import Response

from corpus.archive import Archive, Entry, Place
from corpus.disk import Disk
from corpus.records import Finding
from corpus.study import load_study
from spiders.asks import Ask
from spiders.crawl import run_crawl
from spiders.news import News
from tests.calm import calm


class Points:
    """Counts how often each point is passed, and kills where it is told to."""

    def __init__(self, fault: str) -> None:
        name, _, number = fault.partition(":")
        self.forget = name.startswith("unsynced-")
        self.point, self.at = name.removeprefix("unsynced-"), int(number or 0)
        self.passed: dict[str, int] = {}
        self.disk: FaultyDisk | None = None

    def passes(self, point: str) -> bool:
        """Whether it is now the time of ``point``."""
        self.passed[point] = self.passed.get(point, 0) + 1
        return point == self.point and self.passed[point] == self.at

    def kill_at(self, point: str) -> None:
        if self.passes(point):
            if self.forget and self.disk is not None:
                self.disk.forget()
            os.kill(os.getpid(), signal.SIGKILL)


class FaultyDisk(Disk):
    """Knows how much of each file is synced, so that a kill can take the rest as a power cut would."""

    def __init__(self, points: Points) -> None:
        self.points = points
        points.disk = self
        self.synced: dict[str, int] = {}

    def append(self, path: Path) -> BinaryIO:
        file = super().append(path)
        self.synced.setdefault(str(path), path.stat().st_size)
        return file

    def write(self, file: BinaryIO, data: bytes) -> None:
        if self.points.passes("nospace"):
            file.write(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "no space left")
        super().write(file, data)
        file.flush()
        self.points.kill_at("append")

    def sync(self, file: BinaryIO) -> None:
        super().sync(file)
        if file.name in self.synced:
            self.synced[file.name] = os.fstat(file.fileno()).st_size
        self.points.kill_at("synced")

    def forget(self) -> None:
        """Cut every file back to what was synced."""
        for name, length in self.synced.items():
            os.truncate(name, length)


class KillingArchive(Archive):
    """Passes the points around its commit."""

    points: Points

    def append(self, entry: Entry) -> Place:
        self.points.kill_at("answered")
        return super().append(entry)

    def commit(self, also: Callable[[sqlite3.Connection], None] | None = None) -> int:
        def last(database: sqlite3.Connection) -> None:
            if also is not None:
                also(database)
            self.points.kill_at("before-commit")

        count = super().commit(last)
        self.points.kill_at("after-commit")
        return count


def fails(self: News, response: Response) -> Iterator[Ask]:
    """A callback with a mistake in it."""
    yield Ask(f"{response.url}-found", response.meta["source_id"], "read_front", Finding("link"), depth=1)
    raise KeyError("a mistake in a spider")


def main() -> None:
    folder, fault, *outlets = [*sys.argv[1:], ""][: max(2, len(sys.argv) - 1)]
    points = Points(fault)
    if fault == "raises":
        News.read_article = fails  # type: ignore[method-assign]
    study = calm(load_study(Path(folder)))
    KillingArchive.points = points
    archive = KillingArchive(study.archive_folder, FaultyDisk(points))
    result = run_crawl(study, outlets=outlets or None, archive=archive)
    # Not ru_maxrss: a new process inherits the peak of the one that it was forked from.
    peak = int(Path("/proc/self/status").read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) >> 10
    print(json.dumps({**result.document(), "peak_mib": peak}))


if __name__ == "__main__":
    main()
