"""The frontier's durable tables: what is pending, leased and done, what was skipped, and the run of each source."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from spiders.asks import Ask, Fault, Outcome, Skip, from_json, host_of, key_of, pattern_of, to_json

# States: 0 pending, 1 leased, 2 done. They stand in the statements as numbers, for the index of what is pending.
UNWANTED = frozenset({"before_window", "after_window", "no_query_in_title"})
"""Why a listed address is none for this study, however else it may be found."""
_ROW = "id, spider, key, host, attempts, hops, request"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS {of}runs (source_id TEXT NOT NULL, run INTEGER NOT NULL, started_at TEXT NOT NULL,"
    " ended_at TEXT, PRIMARY KEY (source_id, run)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS {of}asked (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, spider TEXT NOT NULL,"
    " source_id TEXT NOT NULL, host TEXT NOT NULL, run INTEGER NOT NULL, state INTEGER NOT NULL, outcome TEXT,"
    " reason TEXT, priority INTEGER NOT NULL, seed INTEGER NOT NULL, listing INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0, hops INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0,"
    " target TEXT, request TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS {of}asked_next ON {of}asked (spider, host, priority DESC, id) WHERE state = 0",
    "CREATE TABLE IF NOT EXISTS {of}listed (source_id TEXT NOT NULL, run INTEGER NOT NULL, key TEXT NOT NULL,"
    " found_by TEXT NOT NULL, skipped TEXT, PRIMARY KEY (source_id, run, key)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS {of}faults (source_id TEXT NOT NULL, run INTEGER NOT NULL, key TEXT NOT NULL,"
    " fault TEXT NOT NULL, PRIMARY KEY (source_id, run, key, fault)) WITHOUT ROWID",
)


@dataclass(slots=True, eq=False)
class Row:
    """An address in the queue."""

    id: int
    spider: str
    key: str
    host: str
    attempts: int
    hops: int
    ask: Ask


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger holds of a canonical address."""

    run: int
    outcome: str | None
    target: str | None


class Ledger:
    """Every change is kept in memory until `write`, which is called within the archive's transaction.

    What `write` has not written is as if it had not been: a kill loses it whole, and the address is asked for again.
    `of`: whose tables it keeps, the crawl's or those of rechecks. Neither ever sees the other's runs and addresses, so that
    a recheck neither uses up a crawl's budget nor gives another chance to what it was refused.
    """

    def __init__(self, database: sqlite3.Connection, sources: Iterable[str], of: Literal["", "recheck_"] = "") -> None:
        self.database = database
        self._of = of
        for statement in _TABLES:
            database.execute(statement.format(of=of))
        self.sources = frozenset(sources)
        self._own = f"source_id IN ({', '.join('?' * len(self.sources))})"
        self.runs: dict[str, int] = {}
        self.resumed: set[str] = set()
        """Sources whose last run was not ended: this one goes on with it."""
        self.interrupted = False
        """Whether a run, of whatever source, of a crawl or of a recheck, was not ended when this one began."""
        self.filling = False
        """A spider has not yet said all that it begins with: a run that stops now is not through."""
        self.touched: set[int] = set()
        """Rows with a change that is not yet written."""
        self._forget()

    def _forget(self) -> None:
        self._fresh: dict[str, str] = {}
        self._new: list[tuple[object, ...]] = []
        self._ended: list[tuple[object, ...]] = []
        self._again: list[tuple[object, ...]] = []
        self._listed: list[tuple[object, ...]] = []
        self._faults: list[tuple[object, ...]] = []
        self._skipped: set[tuple[str, str]] = set()
        self._leases: set[int] = set()
        self.touched.clear()

    @property
    def dirty(self) -> bool:
        return bool(self._new or self._ended or self._again or self._listed or self._faults)

    def begin(self) -> None:
        """Within a transaction: put leases back, and go on with each source's run or begin its next.

        A new run gives another chance to what failed or was refused; what was fetched stays done.
        """
        self.interrupted = self._any_open()
        self.database.execute(f"UPDATE {self._of}asked SET state = 0 WHERE state = 1")
        now = datetime.now(UTC).isoformat()
        for source in sorted(self.sources):
            last = self.database.execute(
                f"SELECT run, ended_at FROM {self._of}runs WHERE source_id = ? ORDER BY run DESC LIMIT 1", (source,)
            ).fetchone()
            if last is not None and last[1] is None:
                self.runs[source] = int(last[0])
                self.resumed.add(source)
                continue
            run = self.runs[source] = 1 if last is None else int(last[0]) + 1
            self.database.execute(
                f"INSERT INTO {self._of}runs (source_id, run, started_at) VALUES (?, ?, ?)", (source, run, now)
            )
            if self._of:  # every page is due again; what came of the last time is in the archive
                self.database.execute(f"DELETE FROM {self._of}asked WHERE source_id = ?", (source,))
                continue
            self.database.execute(
                "UPDATE asked SET state = 0, outcome = NULL, reason = NULL, attempts = 0, hops = 0, not_before = 0,"
                " target = NULL, run = ? WHERE source_id = ? AND state = 2 AND outcome IN ('failed', 'refused')",
                (run, source),
            )

    def _any_open(self) -> bool:
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('runs', 'recheck_runs')"
        return any(
            self.database.execute(f"SELECT 1 FROM {table} WHERE ended_at IS NULL LIMIT 1").fetchone()
            for (table,) in self.database.execute(named).fetchall()
        )

    def end(self) -> None:
        """Within a transaction: close the runs that have nothing left to ask."""
        now = datetime.now(UTC).isoformat()
        for source, run in self.runs.items() if not self.filling else ():
            self.database.execute(
                f"UPDATE {self._of}runs SET ended_at = ? WHERE source_id = ? AND run = ?"
                f" AND NOT EXISTS (SELECT 1 FROM {self._of}asked WHERE source_id = ? AND state < 2)",
                (now, source, run, source),
            )

    def counts(self) -> tuple[Counter[str], Counter[str], Counter[str], Counter[str]]:
        """Of the present runs: addresses by host, by source (pages), by pattern, and those pending by spider."""
        hosts, pages, patterns, pending = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        for source, run in self.runs.items():
            rows = self.database.execute(
                f"SELECT key, host, listing FROM {self._of}asked WHERE source_id = ? AND run = ? AND seed = 0",
                (source, run),
            )
            for key, host, listing in rows:
                hosts[host] += 1
                patterns[pattern_of(key)] += 1
                pages[source] += not listing
            waiting = f"SELECT spider, COUNT(*) FROM {self._of}asked WHERE source_id = ? AND state < 2 GROUP BY spider"
            pending.update(dict(self.database.execute(waiting, (source,))))
        return hosts, pages, patterns, pending

    def known(self, key: str) -> Known | None:
        source = self._fresh.get(key)
        if source is not None:
            return Known(self.runs[source], None, None)
        row = self.database.execute(
            f"SELECT run, outcome, target FROM {self._of}asked WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else Known(*row)

    def asked_by(self, spider: str) -> Iterator[Ask]:
        """All that one spider ever asked for and that is written."""
        for row in self.database.execute("SELECT request FROM asked WHERE spider = ?", (spider,)):
            yield from_json(row[0])

    def insert(self, ask: Ask, spider: str, hops: int, refusal: str | None = None) -> None:
        """Put an address into the queue; one with a ``refusal`` is done for this run, and the next one asks for it."""
        key, run = ask.key, self.runs[ask.source_id]
        self._fresh[key] = ask.source_id
        ended = (0, None, None) if refusal is None else (2, "refused", refusal)
        plan = (ask.priority, ask.seed, ask.listing, hops, to_json(ask))
        self._new.append((key, spider, ask.source_id, host_of(key), run, *ended, *plan))

    def renew(self, ask: Ask) -> None:
        """Ask for a listing again, in a new run."""
        key = ask.key
        self._fresh[key] = ask.source_id
        self._again.append((0, 0, 0.0, self.runs[ask.source_id], to_json(ask), key))

    def ended(self, row: Row, outcome: Outcome, reason: str | None, target: str | None = None) -> None:
        self._ended.append((outcome, reason, target, row.attempts, row.id))
        self.touched.add(row.id)
        self._leases.discard(row.id)

    def requeued(self, row: Row, not_before: float) -> None:
        self._again.append(
            (row.attempts, row.hops, not_before, self.runs[row.ask.source_id], to_json(row.ask), row.key)
        )
        self.touched.add(row.id)
        self._leases.discard(row.id)

    def leased(self, row: Row) -> None:
        self._leases.add(row.id)

    def was_skipped(self, source_id: str, key: str) -> bool:
        """Whether a listing of this run names the address as one that the study does not want."""
        if (source_id, key) in self._skipped:
            return True
        row = self.database.execute(
            f"SELECT skipped FROM {self._of}listed WHERE source_id = ? AND run = ? AND key = ?",
            (source_id, self.runs[source_id], key),
        ).fetchone()
        return row is not None and row[0] in UNWANTED

    def listed(self, source_id: str, url: str, found_by: str, skipped: str | None) -> None:
        key = _key_or_raw(url)
        self._listed.append((source_id, self.runs[source_id], key, found_by, skipped))
        if skipped in UNWANTED:
            self._skipped.add((source_id, key))

    def fault(self, fault: Fault) -> None:
        self._faults.append((fault.source_id, self.runs[fault.source_id], _key_or_raw(fault.url), fault.reason))

    def skip(self, skip: Skip) -> None:
        self.listed(skip.source_id, skip.url, skip.found_by, skip.reason)

    def write(self, database: sqlite3.Connection) -> set[str]:
        """Write all changes; hosts that may have something to ask now."""
        hosts = {str(row[3]) for row in self._new} | {host_of(str(row[5])) for row in self._again}
        database.executemany(
            f"INSERT OR IGNORE INTO {self._of}asked (key, spider, source_id, host, run, state, outcome, reason, priority, seed,"
            " listing, hops, request) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._new,
        )
        database.executemany(
            f"UPDATE {self._of}asked SET state = 0, outcome = NULL, reason = NULL, target = NULL, attempts = ?, hops = ?,"
            " not_before = ?, run = ?, request = ? WHERE key = ?",
            self._again,
        )
        database.executemany(
            f"UPDATE {self._of}asked SET state = 2, outcome = ?, reason = ?, target = ?, attempts = ? WHERE id = ?",
            self._ended,
        )
        database.executemany(
            f"UPDATE {self._of}asked SET state = 1 WHERE id = ? AND state = 0", [(lease,) for lease in self._leases]
        )
        database.executemany(
            f"INSERT INTO {self._of}listed (source_id, run, key, found_by, skipped) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET skipped = NULL WHERE excluded.skipped IS NULL",
            self._listed,
        )
        database.executemany(
            f"INSERT OR IGNORE INTO {self._of}faults (source_id, run, key, fault) VALUES (?, ?, ?, ?)", self._faults
        )
        self._forget()
        return hosts

    def close_host(self, host: str, reason: str, besides: set[int]) -> list[Row]:
        """All that is pending of a host that wants us no more, but for the rows ``besides``."""
        rows = self.database.execute(
            f"SELECT {_ROW} FROM {self._of}asked WHERE state < 2 AND host = ? AND {self._own}",
            (host, *self.runs),
        ).fetchall()
        return [row for row in map(_row, rows) if row.id not in besides and row.id not in self.touched]

    def next_rows(self, spider: str, host: str, now: float, besides: set[int], limit: int) -> list[Row]:
        """Up to ``limit`` rows that may be asked for now, best first, without those ``besides``."""
        rows = self.database.execute(
            f"SELECT {_ROW} FROM {self._of}asked WHERE state = 0 AND spider = ? AND host = ?"
            f" AND not_before <= ? AND {self._own} ORDER BY priority DESC, id LIMIT ?",
            (spider, host, now, *self.runs, limit + len(besides) + len(self.touched)),
        ).fetchall()
        return [_row(row) for row in rows if row[0] not in besides and row[0] not in self.touched][:limit]

    def next_time(self, spider: str, host: str, after: float) -> float | None:
        """When the first of a host's rows that wait becomes due."""
        row = self.database.execute(
            f"SELECT MIN(not_before) FROM {self._of}asked WHERE state = 0 AND spider = ? AND host = ? AND not_before > ?"
            f" AND {self._own}",
            (spider, host, after, *self.runs),
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def hosts(self, spider: str) -> list[str]:
        rows = self.database.execute(
            f"SELECT DISTINCT host FROM {self._of}asked WHERE state = 0 AND spider = ? AND {self._own} ORDER BY host",
            (spider, *self.runs),
        )
        return [row[0] for row in rows]

    def leads_to(self, key: str, wanted: str, hops: int) -> bool:
        """Whether the redirects from ``key`` lead to ``wanted`` in at most so many hops."""
        for _ in range(hops):
            if key == wanted:
                return True
            known = self.known(key)
            if known is None or known.target is None:
                return False
            key = known.target
        return True


def moved(row: Row, url: str) -> Row:
    """The same row at another spelling of its address, or at another address; validators are of the first alone."""
    also = None if row.ask.also == 304 else row.ask.also
    return replace(row, hops=row.hops + 1, ask=replace(row.ask, url=url, etag=None, since=None, also=also))


def _row(columns: tuple[int, str, str, str, int, int, str]) -> Row:
    return Row(*columns[:6], ask=from_json(columns[6]))


def _key_or_raw(url: str) -> str:
    try:
        return key_of(url)
    except ValueError:
        return url[:500]
