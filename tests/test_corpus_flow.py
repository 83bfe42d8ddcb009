"""How far addresses and captures came: each sum adds up, whatever the crawls did."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.archive import DATABASE, open_database
from corpus.flow import Key, crawl_flow, flow_rows, read_flow
from corpus.schemas import TABLES
from corpus.store import arrow_schema
from spiders.asks import Ask, Skip
from spiders.ledger import Ledger, Row

ENDS = ("fetched", "redirected", "gone", "refused", "failed")
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 15),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["listed", "skipped", "waits", "part", "next run", "spider_error", *ENDS]),
    ),
    max_size=40,
)


def database_of(folder: Path, events: list[tuple[int, str, str]]) -> None:
    """A crawl's tables after these events, written by the ledger itself."""
    with closing(open_database(folder)) as database:
        ledger = Ledger(database, ["a", "b"])
        ledger.begin()
        for number, source, event in events:
            url = f"https://harbour.example/{number}"
            if event == "next run":
                database.execute("UPDATE runs SET ended_at = 'then'")
                ledger = Ledger(database, ["a", "b"])
                ledger.begin()
                continue
            if event in ("listed", "skipped"):
                ledger.skip(Skip(url, source, "feed", "before_window")) if event == "skipped" else ledger.listed(
                    source, url, "feed", None
                )
            else:
                part: dict[str, Any] = {"first": 0, "last": 9} if event == "part" else {}
                ask = Ask(url, source, "read", None, **part)  # type: ignore[arg-type]
                _ask(ledger, database, ask, event)
            ledger.write(database)


def _ask(ledger: Ledger, database: sqlite3.Connection, ask: Ask, event: str) -> None:
    if ledger.known(ask.key) is None:
        database.execute(
            "INSERT INTO asked (key, spider, source_id, host, run, state, priority, seed, listing, request)"
            " VALUES (?, 'news', ?, 'harbour.example', 1, 0, 0, 0, 0, '{}')",
            (ask.key, ask.source_id),
        )
    if event in (*ENDS, "spider_error"):
        row = database.execute("SELECT id FROM asked WHERE key = ?", (ask.key,)).fetchone()
        reason = "robots: line 2: Disallow: /" if event == "refused" else None
        ledger.ended(Row(row[0], "news", ask.key, "harbour.example", 0, 0, ask), event, reason)  # type: ignore[arg-type]


def stages(counts: Counter[Key], source: str) -> Counter[str]:
    summed: Counter[str] = Counter()
    for (of, stage, _), number in counts.items():
        summed[stage] += number if of == source else 0
    return summed


@given(events=EVENTS)
def test_what_was_discovered_is_accounted_for(events: list[tuple[int, str, str]], tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("flow")
    database_of(folder, events)
    counts = crawl_flow(folder)
    for source in ("a", "b"):
        found = stages(counts, source)
        assert found["discovered"] == found["skipped"] + found["asked"]
        assert found["asked"] == sum(found[end] for end in ENDS) + found["waiting"]
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        asked = database.execute("SELECT COUNT(*) FROM asked").fetchone()[0]
    assert asked == stages(counts, "a")["asked"] + stages(counts, "b")["asked"]


def test_reasons_are_words(tmp_path: Path) -> None:
    database_of(tmp_path, [(1, "a", "refused"), (2, "a", "spider_error"), (3, "a", "skipped"), (4, "a", "part")])
    assert flow_rows(crawl_flow(tmp_path)) == [
        {"source_id": "a", "stage": stage, "reason": reason, "items": number}
        for stage, reason, number in (
            ("asked", None, 3),
            ("discovered", None, 4),
            ("failed", "spider_error", 1),
            ("refused", "robots", 1),
            ("skipped", "before_window", 1),
            ("waiting", None, 1),
        )
    ]


def test_what_one_source_lists_and_another_asks_for_is_the_other_s(tmp_path: Path) -> None:
    database_of(tmp_path, [(1, "a", "listed"), (1, "b", "fetched")])
    counts = crawl_flow(tmp_path)
    assert counts["a", "skipped", "of_another_source"] == counts["a", "discovered", None] == 1
    assert counts["b", "fetched", None] == 1


def test_an_address_that_was_skipped_once_and_asked_for_later_counts_once(tmp_path: Path) -> None:
    database_of(tmp_path, [(1, "a", "skipped"), (1, "a", "next run"), (1, "a", "fetched")])
    assert stages(crawl_flow(tmp_path), "a") == {"discovered": 1, "asked": 1, "fetched": 1}


def test_without_a_crawl_there_is_none(tmp_path: Path) -> None:
    assert not crawl_flow(tmp_path)
    open_database(tmp_path).close()
    assert not crawl_flow(tmp_path)


@pytest.mark.parametrize("twice", [False, True])
def test_captures_are_read_or_rejected(twice: bool) -> None:
    made = [
        {"id": "1", "source_id": "a", "how": "http", "outcome": "documents"},
        {"id": "2", "source_id": "a", "how": "import", "outcome": "documents"},
        {"id": "3", "source_id": "a", "how": "http", "outcome": "rejected"},
        {"id": "4", "outcome": "rejected"},
    ]
    why = [{"capture_id": "3", "reason": "http_404"}, {"capture_id": "4", "reason": "damaged"}]
    why += [{"capture_id": "3", "reason": "stub"}, {"capture_id": "2", "reason": "stub"}] if twice else []
    captures = pa.Table.from_pylist(made, arrow_schema(TABLES["captures"]))
    rejections = pa.Table.from_pylist(why, arrow_schema(TABLES["rejections"]))
    documents = pa.table({"id": ["x", "y", "z"], "source_id": ["a", "a", "a"], "kind": ["post"] * 3})
    counts = read_flow(captures, rejections, documents)
    assert {key: number for key, number in counts.items() if number} == {
        ("a", "captured", None): 3,
        ("a", "imported", None): 1,
        ("a", "read", None): 2,
        ("a", "rejected", "http_404"): 1,
        (None, "captured", None): 1,
        (None, "rejected", "damaged"): 1,
        ("a", "kept", None): 3,
    }
