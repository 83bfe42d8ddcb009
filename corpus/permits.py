"""What each host permitted, when, and by which line of its robots.txt; and when and why it was left alone."""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from corpus.archive import DATABASE

_ADDRESS = re.compile(r"https?://\S+")
_ACCOUNT = re.compile(
    r"(?<=/)@[^\s/?#*$]+|\bdid(?::|%3a)[a-z]+(?::|%3a)[^\s/?#&*$]+"
    r"|(?<=/)(?P<folder>(?:users?/)?profiles?|users?|u|n|people|accounts?|members?|authors?)/"
    r"(?!(?:log|sign|regist|pass|edit|setting|new\b|search|\$?$))[^\s/?#*$]+",
    re.IGNORECASE,
)
"""Somebody's name in a path; `folder` is whose it is."""


@dataclass(frozen=True, slots=True)
class PermissionEvent:
    """A moment (seconds since the epoch) at which an origin's permission was decided, a request refused, or the host
    left alone. Append-only."""

    origin: str
    at: float
    decision: str
    """Of a robots.txt: ``rules``, ``allow``, ``deny``; of addresses: ``allowed`` (once for each line), ``refused``; of the
    host: ``paused``, ``closed``, ``reopened``."""
    reason: str
    robots_digest: str | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class Permits:
    """The whole record of a study, oldest first, and how long each robots.txt was that was obeyed: bytes by digest."""

    events: tuple[PermissionEvent, ...] = ()
    robots: Mapping[str, int] | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Rows of the table ``permissions``: each but once, without the addresses that were asked for."""
        found = {
            (
                event.origin,
                _moment(event.at),
                event.decision,
                _plain(event.reason),
                event.robots_digest,
                None if event.rule is None else _plain(event.rule),
            )
            for event in self.events
        }
        names = ("origin", "at", "decision", "reason", "robots_digest", "rule")
        return [
            dict(zip(names, row, strict=True))
            for row in sorted(found, key=lambda row: (*row[:4], row[4] or "", row[5] or ""))
        ]

    def lines(self) -> list[tuple[str, str, str, str, str, str, int]]:
        """For a person: host, since when, decision, reason, robots.txt (digest and length), rule, how often in a row."""
        told = []
        for origin, events in groupby(sorted(self.events, key=lambda event: event.origin), lambda event: event.origin):
            for same, group in groupby(events, lambda one: (one.decision, one.reason, one.robots_digest, one.rule)):
                again = list(group)
                at = f"{_moment(again[0].at):%Y-%m-%d %H:%M:%S}"
                decision, reason, robots, rule = same
                told.append(
                    (origin, at, decision, _plain(reason), self._robots(robots), _plain(rule or ""), len(again))
                )
        return told

    def _robots(self, digest: str | None) -> str:
        return "" if digest is None else f"{digest[:12]}, {(self.robots or {}).get(digest, 0)} bytes"


def read_permits(archive_folder: Path) -> Permits:
    """What the study's database holds; empty where nothing was crawled."""
    path = archive_folder / DATABASE
    if not path.is_file():
        return Permits()
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"permissions", "robots"} <= tables:
            return Permits()
        robots = dict(database.execute("SELECT digest, length(body) FROM robots ORDER BY digest"))
        return Permits(tuple(permission_events(database)), robots)
    finally:
        database.close()


def permission_events(database: sqlite3.Connection) -> list[PermissionEvent]:
    """The whole record of permissions, oldest first."""
    rows: Iterable[tuple[Any, ...]] = database.execute(
        "SELECT origin, at, decision, reason, robots_digest, rule FROM permissions ORDER BY id"
    )
    return [PermissionEvent(*row) for row in rows]


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _plain(text: str) -> str:
    """Without addresses, which may hold accounts and tokens, and without accounts in the path that a rule names."""
    return _ACCOUNT.sub(_unnamed, _ADDRESS.sub("[address]", text))


def _unnamed(found: re.Match[str]) -> str:
    return f"{found['folder']}/[profile]" if found["folder"] else "[profile]"
