"""What is known of each host: its robots.txt, its clock, its back-off, whether it is closed; durable."""

import asyncio
import sqlite3
import time
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from corpus.permits import PermissionEvent

RobotsDecision = Literal["unknown", "rules", "allow", "deny"]
LONGEST_PAUSE = 24 * 3600.0
"""Seconds. No Retry-After is kept for longer; a stored pause beyond it comes of a clock that was set back."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_COLUMNS = (
    "origin",
    "next_allowed_at",
    "crawl_delay",
    "robots_decision",
    "robots_digest",
    "robots_reason",
    "robots_expires_at",
    "strikes",
    "backoff",
    "closed",
)


@dataclass(slots=True)
class HostState:
    """One origin (``http://host[:port]``). Moments are seconds since the epoch; change it and tell `Hosts.changed`."""

    origin: str
    next_allowed_at: float = 0.0
    crawl_delay: float | None = None
    robots_decision: RobotsDecision = "unknown"
    robots_body: bytes = b""
    """The bytes that are obeyed: the first 500 KiB of what was sent; empty unless the decision is ``rules``."""
    robots_digest: str | None = None
    robots_reason: str = ""
    robots_expires_at: float = 0.0
    strikes: int = 0
    """Answers 403, 429, 503 or a challenge in a row."""
    backoff: int = 0
    """How often the back-off was doubled."""
    closed: str | None = None
    """Why nothing more is asked of it in this run."""


@dataclass(slots=True)
class _Pending:
    states: dict[str, HostState] = field(default_factory=dict)
    events: list[PermissionEvent] = field(default_factory=list)


class Hosts:
    """Every host of a study, held in memory and in table ``hosts``; its permissions in table ``permissions``.

    Nothing is durable before `write`, which the frontier calls within its own transaction.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        database.execute(
            "CREATE TABLE IF NOT EXISTS hosts (origin TEXT PRIMARY KEY, next_allowed_at REAL NOT NULL,"
            " crawl_delay REAL, robots_decision TEXT NOT NULL, robots_digest TEXT, robots_reason TEXT NOT NULL,"
            " robots_expires_at REAL NOT NULL, strikes INTEGER NOT NULL, backoff INTEGER NOT NULL, closed TEXT)"
        )
        database.execute("CREATE TABLE IF NOT EXISTS robots (digest TEXT PRIMARY KEY, body BLOB NOT NULL)")
        database.execute(
            "CREATE TABLE IF NOT EXISTS permissions (id INTEGER PRIMARY KEY, origin TEXT NOT NULL, at REAL NOT NULL,"
            " decision TEXT NOT NULL, reason TEXT NOT NULL, robots_digest TEXT, rule TEXT)"
        )
        self._pending = _Pending()
        self._states: dict[str, HostState] = {}
        self._bodies: dict[str, bytes] = dict(database.execute("SELECT digest, body FROM robots").fetchall())
        self.asking: dict[str, asyncio.Future[None]] = {}
        """Origins whose robots.txt is being asked for at this moment, by any spider of the process."""
        self.open_until: dict[str, float] = {}
        """Host and port with which a request is open at this moment, and when it must be over at the latest."""
        latest = time.time() + LONGEST_PAUSE
        for row in database.execute(f"SELECT {', '.join(_COLUMNS)} FROM hosts ORDER BY origin"):
            state = HostState(**dict(zip(_COLUMNS, row, strict=True)))
            state.robots_body = self._bodies.get(state.robots_digest or "", b"")
            if state.robots_decision == "rules" and not state.robots_body:
                state.robots_decision = "unknown"
            state.next_allowed_at = min(state.next_allowed_at, latest)
            state.robots_expires_at = min(state.robots_expires_at, latest)
            self._states[state.origin] = state

    def get(self, origin: str) -> HostState:
        """The state of ``origin`` (see `origin_of`), made where it is new; with its twin's clock and closing."""
        state = self._states.get(origin)
        if state is None:
            state = self._states[origin] = HostState(origin)
            twin = self.twin(state)
            if twin is not None:
                state.next_allowed_at, state.closed = twin.next_allowed_at, twin.closed
        return state

    def twin(self, state: HostState) -> HostState | None:
        """The same host under the other scheme, where it is known: one machine, one clock."""
        scheme, _, host = state.origin.partition("://")
        return self._states.get(f"{'http' if scheme == 'https' else 'https'}://{host}")

    def close(self, state: HostState, why: str) -> None:
        """Ask nothing more of a host in this run, under either scheme."""
        for one in (state, self.twin(state)):
            if one is not None and one.closed is None:
                one.closed = why
                self.changed(one)
                self.note(one.origin, "closed", why)

    def changed(self, state: HostState) -> None:
        """Say that ``state`` is to be written with the next commit."""
        self._pending.states[state.origin] = state

    def note(self, origin: str, decision: str, reason: str, rule: str | None = None) -> None:
        """Add a line to the record of permissions, with the digest of the robots.txt that holds at this moment."""
        known = self._states.get(origin)
        digest = known.robots_digest if known else None
        self._pending.events.append(PermissionEvent(origin, time.time(), decision, reason, digest, rule))

    def write(self, database: sqlite3.Connection) -> None:
        """Write what changed since the last time, in the caller's transaction; after a roll-back reopen the study."""
        pending, self._pending = self._pending, _Pending()
        columns = ", ".join(_COLUMNS)
        bodies = {state.robots_digest: state.robots_body for state in pending.states.values() if state.robots_digest}
        fresh = [(name, body) for name, body in sorted(bodies.items()) if name not in self._bodies]
        database.executemany("INSERT OR IGNORE INTO robots (digest, body) VALUES (?, ?)", fresh)
        self._bodies.update(fresh)
        database.executemany(
            f"INSERT OR REPLACE INTO hosts ({columns}) VALUES ({', '.join('?' * len(_COLUMNS))})",
            [tuple(getattr(state, column) for column in _COLUMNS) for state in pending.states.values()],
        )
        database.executemany(
            "INSERT INTO permissions (origin, at, decision, reason, robots_digest, rule) VALUES (?, ?, ?, ?, ?, ?)",
            [(one.origin, one.at, one.decision, one.reason, one.robots_digest, one.rule) for one in pending.events],
        )

    def all(self) -> list[HostState]:
        """Every known host, by origin."""
        return [self._states[origin] for origin in sorted(self._states)]

    def reopen(self) -> None:
        """A new run asks closed hosts again; not while another, which may have closed them, is still to be gone on with."""
        for state in self._states.values():
            if state.closed is not None or state.strikes:
                if state.closed is not None:
                    self.note(state.origin, "reopened", "a new run")
                state.closed, state.strikes = None, 0
                self.changed(state)


def origin_of(url: str) -> str:
    """``scheme://host[:port]`` of an http(s) address: lower case, IDNA, no final dot, no default port.

    Raises ValueError for any other address, and for one without a host or with an impossible port.
    """
    parts = urlsplit(url.strip())
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in _DEFAULT_PORTS or not host:
        raise ValueError(f"not an absolute http(s) address: {url!r}")
    try:
        host = host.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        host = host.lower()
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    return f"{scheme}://{host}" if port is None or port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"
