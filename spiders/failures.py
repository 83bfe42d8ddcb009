"""Judges whatever went wrong between the lease of an address and its spider."""

import sqlite3
from dataclasses import dataclass

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from corpus.disk import is_no_space
from corpus.errors import HuanyingError, NoSpaceError
from spiders.asks import Ended, Outcome, Unready
from spiders.refusals import Later, Refused

_NETWORK = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    TimeoutError,
    ConnectionError,
)


class Answered(Exception):
    """An answer that is archived but is no page to read: a redirect, an error, half a body."""

    def __init__(self, status: int, location: str | None = None, incomplete: bool = False) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.location = location
        self.incomplete = incomplete


class Unrendered(IgnoreRequest):
    """The browser failed on a page, or there is none: ``no_browser``, ``browser_hangs``, ``browser_crashed`` ...

    Another page may have brought it down, so what crashed is asked for again.
    """

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class NotArchived(Exception):
    """What came could not be written: nobody may read it, and the crawl ends."""

    def __init__(self, error: HuanyingError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class End:
    """The address is done."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Again:
    """To be asked again: at ``until`` (seconds since the epoch), or after the usual back-off."""

    reason: str
    until: float | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Moved:
    location: str
    status: int = 301


@dataclass(frozen=True, slots=True)
class Halt:
    error: HuanyingError


def judge(error: BaseException, seed: bool) -> End | Again | Moved | Halt:
    """What is to be done about ``error``; ``seed``: an outlet's file names the address, so its absence is a failure."""
    if isinstance(error, NotArchived):
        return Halt(error.error)
    if isinstance(error, Refused):
        return End("refused", error.reason if error.rule is None else f"{error.reason}: {error.rule}")
    if isinstance(error, Later):
        return Again(error.reason, error.until, error.counts)
    if isinstance(error, Ended):
        return End(error.outcome, error.reason)
    if isinstance(error, Unready):
        return Again(error.reason)
    if isinstance(error, Unrendered):
        return Again(error.word) if error.word == "browser_crashed" else End("failed", error.word)
    if isinstance(error, Answered):
        return _of_answer(error, seed)
    if isinstance(error, _NETWORK):
        return Again(_words(error))
    if isinstance(error, IgnoreRequest):
        return End("failed", _words(error))
    return End("spider_error", type(error).__name__)


def _of_answer(answer: Answered, seed: bool) -> End | Again | Moved:
    reason = f"http_{answer.status}"
    if answer.location is not None:
        return Moved(answer.location, answer.status)
    if answer.incomplete:
        return Again("payload_incomplete")
    if answer.status in (404, 410) and not seed:
        return End("gone", reason)
    if answer.status in (401, 403, 451):
        return End("refused", reason)
    if answer.status in (408, 425, 429) or answer.status >= 500:
        return Again(reason)
    return End("failed", reason)


def as_halt(error: OSError | sqlite3.Error | HuanyingError) -> HuanyingError:
    """What ends a crawl, as an error that says what to do."""
    if isinstance(error, HuanyingError):
        return error
    full = isinstance(error, sqlite3.Error) and "full" in str(error)
    if full or (isinstance(error, OSError) and is_no_space(error)):
        return NoSpaceError(
            "the disk is full", hint="make room and run the same command again; nothing acknowledged is lost"
        )
    return HuanyingError(f"the archive cannot be written: {error}", hint="mend the disk and run the same command again")


def _words(error: BaseException) -> str:
    """``DownloadTimeoutError`` as ``timeout``."""
    name = type(error).__name__.removesuffix("Error").removeprefix("Download").removeprefix("_")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).strip("_")
