"""A finding says what its query gives again from the Parquet files; and nothing where the data do not carry it."""

import itertools
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analysis.reporting.findings import LEAST, Finding, findings, headlines
from analysis.reporting.measures import figures
from analysis.reporting.words import LANGUAGES, entries
from corpus.snapshot import Snapshot
from corpus.store import Staging
from tests.reported import make_snapshot

ALL = {
    "peak",
    "sources",
    "silence",
    "reuse",
    "comments",
    "checked",
    "tone",
    "themes",
    "languages",
    "tone_days",
    "theme_days",
    "flow",
    "permission",
}


def again(finding: Finding, snapshot: Snapshot) -> dict[str, Any]:
    """What the query of a finding gives, run in the snapshot's folder by a DuckDB of its own."""
    with duckdb.connect() as connection:
        connection.execute(f"SET file_search_path = '{snapshot.folder}'")
        connection.execute("SET TimeZone = 'America/New_York'")
        asked = connection.execute(finding.sql)
        names = [column[0] for column in asked.description]
        [row] = asked.fetchall()
    found = {name: tuple(value) if isinstance(value, list) else value for name, value in zip(names, row, strict=True)}
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize(
    ("documents", "authors", "end"),
    [(240, 30, "2025-02-10"), (600, 300, "2025-01-20"), (400, 12, "2025-01-31"), (300, 4, "2025-02-10")],
)
def test_every_number_comes_again_by_sql(tmp_path: Path, documents: int, authors: int, end: str) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", documents=documents, authors=authors, end=end)
    found = findings(figures(study, snapshot))
    assert found
    for finding in found.values():
        told = {name: value for name, value in finding.values.items() if name != "events"}
        assert again(finding, snapshot) == told, finding.key


def test_a_rich_corpus_carries_all_findings_and_eight_open_the_report(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", documents=600)
    found = findings(figures(study, snapshot))
    assert found.keys() == ALL
    assert [finding.key for finding in headlines(found)] == [
        "peak",
        "sources",
        "silence",
        "reuse",
        "comments",
        "checked",
        "tone",
        "themes",
    ]
    for finding in found.values():
        assert finding.n >= LEAST or finding.unit != "documents"
        assert f"finding.n.{finding.unit}" in entries() or finding not in headlines(found)
        for part in (*finding.said, f"{finding.said[0]}.title"):
            assert set(LANGUAGES) <= entries()[f"finding.{part}"].keys()
        assert all(f"scope.{scope}" in entries() for scope in finding.scope)


def test_labels_are_said_to_be_of_machines(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", documents=600)
    found = findings(figures(study, snapshot))
    for key in ("tone", "themes", "tone_days", "theme_days"):
        assert "machine" in found[key].scope


def test_few_documents_carry_no_shares(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", documents=LEAST - 1)
    found = findings(figures(study, snapshot))
    assert found.keys() <= {"silence", "comments", "flow", "permission", "tone_days"}


def test_a_tie_of_themes_is_no_finding(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", documents=600)
    counted = figures(study, snapshot)
    assert "themes" in findings(counted)
    first = max((row for row in counted.themes if row["script"] == "en"), key=lambda row: row["n"])
    counted.themes.append(first | {"theme": "another"})
    assert "themes" not in findings(counted)


def test_fewer_authors_than_five_show_no_tone(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", documents=600, authors=4)
    counted = figures(study, snapshot)
    assert {row["kind"] for row in counted.sentiment} == {"article"}
    assert findings(counted)["tone"].said == ("tone.articles",)


def test_events_of_the_day_and_of_the_day_before_are_named_and_no_other(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study")
    counted = figures(study, snapshot)
    for day, events in ((12, ()), (13, ("1",)), (14, ("1", "2")), (15, ("2",)), (16, ())):
        for row in counted.volume:
            row["n"] = 100 if row["day"] == date(2025, 1, day) and row["kind"] == "post" else 1
        found = findings(counted)["peak"]
        assert (found.values["day"], found.values["events"]) == (date(2025, 1, day), events)
        assert found.said == ("peak", "peak.events" if events else "peak.no_event")


def test_no_finding_holds_a_text_or_an_author(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", documents=600)
    found = findings(figures(study, snapshot))
    authors = set(snapshot.table("documents", ["author_key"]).column("author_key").to_pylist()) - {None}
    said = set(itertools.chain.from_iterable(map(str, finding.values.values()) for finding in found.values()))
    assert authors and not said & authors
    assert "author" not in "".join(finding.sql.split("SELECT", 1)[1].split("FROM", 1)[0] for finding in found.values())


def test_the_sql_can_be_seen_to_differ(tmp_path: Path) -> None:
    """The control: with one document less in the files, the same queries give other numbers."""
    study, snapshot = make_snapshot(tmp_path / "study")
    found = findings(figures(study, snapshot))
    from corpus.schemas import TABLES

    with Staging(study.corpus_folder) as staging:
        for name in snapshot.tables:
            if name != "documents_wide":
                staging.keep(snapshot, name)
        staging.add(TABLES["documents_wide"], snapshot.table("documents_wide").slice(1))
        other = staging.publish(snapshot.manifest | {"tables": staging.tables, "snapshot_id": "f" * 32})
    for key in ("peak", "languages", "reuse"):
        assert again(found[key], other) != {n: v for n, v in found[key].values.items() if n != "events"}
