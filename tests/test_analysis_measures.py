"""The numbers of a report, against the same counted the slow way."""

import re
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.charts.days import day_of
from analysis.reporting.counting import K, counted, exploded, floored, language_group, mapped, shares
from analysis.reporting.measures import Figures, figures
from analysis.reporting.report import write_report
from corpus.snapshot import Snapshot
from tests.reported import make_snapshot

Row = dict[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Figures, list[Row], Snapshot]:
    study, snapshot = make_snapshot(tmp_path_factory.mktemp("measures") / "study", documents=500, authors=25)
    return figures(study, snapshot), snapshot.table("documents_wide").to_pylist(), snapshot


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "group": st.sampled_from(["a", "b", "c"]),
            "day": st.sampled_from([1, 2]),
            "kind": st.sampled_from(["article", "post", "comment"]),
            "author_key": st.sampled_from([None, *"uvwxyz"]),
            "themes": st.lists(st.sampled_from(["x", "y", "z"]), unique=True),
        }
    ),
    max_size=60,
)
SCHEMA = pa.schema(
    {
        "group": pa.string(),
        "day": pa.int32(),
        "kind": pa.string(),
        "author_key": pa.string(),
        "themes": pa.list_(pa.string()),
    }
)


def in_chunks(rows: list[Row]) -> pa.Table:
    """As a table read from Parquet comes: in pieces."""
    half = len(rows) // 2
    return pa.concat_tables([pa.Table.from_pylist(part, schema=SCHEMA) for part in (rows[:half], rows[half:])])


@given(ROWS)
def test_no_group_of_posts_or_comments_by_few_authors_is_left(rows: list[Row]) -> None:
    kept, held = floored(in_chunks(rows), ["group", "day"])
    left = kept.to_pylist()
    authors: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in rows:
        if row["kind"] != "article" and row["author_key"] is not None:
            authors[row["group"], row["day"]].add(row["author_key"])
    expected = [row for row in rows if row["kind"] == "article" or len(authors[row["group"], row["day"]]) >= K]

    def key(row: Row) -> str:
        return str([row[name] for name in SCHEMA.names])

    assert sorted(left, key=key) == sorted(expected, key=key)
    assert held == len(rows) - len(expected)


@given(ROWS)
def test_counts_shares_and_lists_are_as_counted_one_by_one(rows: list[Row]) -> None:
    table = in_chunks(rows)
    plain = Counter((row["group"], row["kind"]) for row in rows)
    assert {(row["group"], row["kind"]): row["n"] for row in counted(table, ["group", "kind"])} == plain
    totals = Counter(row["group"] for row in rows)
    for row in shares(table, ["group"], "kind"):
        assert row["total"] == totals[row["group"]] and row["share"] == row["n"] / row["total"]
    pairs = Counter((row["group"], theme) for row in rows for theme in row["themes"])
    assert {
        (r["group"], r["theme"]): r["n"] for r in counted(exploded(table, "themes", "theme"), ["group", "theme"])
    } == pairs
    assert mapped(table.column("group"), lambda value: value * 2).to_pylist() == [row["group"] * 2 for row in rows]


def test_languages_are_grouped() -> None:
    assert [language_group(one) for one in ("zh-Hans", "zh-Hant", "zh", "en", "mul", "zxx", "und", None, "ja")] == [
        "zh",
        "zh",
        "zh",
        "en",
        "mixed",
        "other",
        "other",
        "other",
        "other",
    ]


def test_every_day_and_source_has_its_place_and_sums_hold(made: tuple[Figures, list[Row], Snapshot]) -> None:
    got, wide, _ = made
    assert len(got.volume) == 32 * 3 and len(got.coverage) == 32 * 9
    inside = [
        row for row in wide if row["day_shanghai"] and date(2025, 1, 10) <= row["day_shanghai"] <= date(2025, 2, 10)
    ]
    assert sum(row["n"] for row in got.volume) == sum(row["n"] for row in got.coverage) == len(inside)
    assert len(inside) + got.undated + got.outside == got.documents == len(wide) == 500
    assert got.undated and got.outside
    days = Counter((row["day_shanghai"], row["kind"]) for row in inside)
    assert all(row["n"] == days[row["day"], row["kind"]] for row in got.volume)


def test_each_silence_has_its_name(made: tuple[Figures, list[Row], Snapshot]) -> None:
    got, _, _ = made
    states = {row["id"]: row["state"] for row in got.sources}
    assert states["closed"] == "refused" and states["unasked"] == "not_asked"
    assert set(states.values()) == {"documents", "refused", "not_asked"}
    last = {row["id"]: row["last"] for row in got.sources}
    assert last["closed"] is None and last["rednote"] == date(2025, 1, 30)
    for row in got.coverage:
        assert row["asked"] == (row["source_id"] not in ("closed", "unasked") and row["day"] <= date(2025, 1, 30))


def test_two_sources_of_one_name_are_told_apart(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", ("Daily", "Daily", "Other"), documents=60)
    labels = [row["label"] for row in figures(study, snapshot).sources]
    assert {"Daily (source-0)", "Daily (source-1)", "Other"} < set(labels) and len(labels) == len(set(labels))


def test_labels_of_few_authors_are_held_back_and_counted(made: tuple[Figures, list[Row], Snapshot]) -> None:
    got, wide, _ = made
    groups = Counter((row["day_shanghai"], language_group(row["language"])) for row in wide if row["sentiment"])
    assert got.held_back["sentiment_days"] > 0
    shown = Counter()
    for row in got.sentiment_days:
        shown[row["day"], row["script"]] += row["n"]
        assert row["total"] <= groups[row["day"], row["script"]]
    inside = sum(1 for row in wide if row["day_shanghai"] and row["day_shanghai"] <= date(2025, 2, 10))
    assert shown.total() + got.held_back["sentiment_days"] == inside
    for row in got.sentiment:
        assert row["share"] == row["n"] / row["total"]


def test_themes_are_shares_of_the_annotated(made: tuple[Figures, list[Row], Snapshot]) -> None:
    got, wide, _ = made
    zh = [row for row in wide if language_group(row["language"]) == "zh"]
    for row in got.themes:
        if row["script"] == "zh":
            assert row["total"] == len(zh)
            assert row["n"] == sum(row["theme"] in one["themes"] for one in zh)


def test_comments_are_counted_where_posts_declare_them(made: tuple[Figures, list[Row], Snapshot]) -> None:
    got, wide, _ = made
    posts = [row for row in wide if row["kind"] == "post"]
    known = [row for row in posts if row["comments"] is not None]
    threads = Counter(row["thread_id"] for row in wide if row["kind"] == "comment")
    [row] = got.completeness
    assert row["posts"] == len(known) and row["unknown"] == len(posts) - len(known) > 0
    assert row["declared"] == sum(post["comments"] for post in known)
    assert row["captured"] == sum(threads[post["id"]] for post in known)
    assert row["complete"] == sum(threads[post["id"]] >= post["comments"] for post in known)


def test_clusters_show_articles_by_their_sources(made: tuple[Figures, list[Row], Snapshot]) -> None:
    got, wide, _ = made
    assert got.reuse == {"documents": sum(row["cluster_id"] is not None for row in wide), "clusters": 6}
    assert [row["sources"] for row in got.clusters] == sorted((row["sources"] for row in got.clusters), reverse=True)
    kinds = {row["id"]: row["kind"] for row in wide}
    assert all(kinds[row["first_document_id"]] == "article" for row in got.clusters)
    assert len(got.copies) == 18 and {row["role"] for row in got.copies} == {"first", "copy", "edited"}
    assert all(row["hours"] is not None for row in got.clusters)


def test_events_stand_in_the_order_of_the_days_that_the_figures_give_them(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", documents=60)
    head = "event_id,date,time_local,zone,precision,event,kind,source,certainty,note"
    rows = (
        "evening,2025-01-18,22:30,America/New_York,hour,late in New York,platform,a,certain,",
        "morning,2025-01-19,08:00,Asia/Shanghai,hour,early in Shanghai,platform,a,certain,",
        "undated,2025-01-18,,America/New_York,day,some time of that day,platform,a,certain,",
        "earlier,2025-01-18,,Asia/Shanghai,day,the day before,platform,a,certain,",
    )
    (study.folder / "events.csv").write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    found = [(event.event_id, day_of(event).day) for event in figures(study, snapshot).events]
    assert found == [("earlier", 18), ("undated", 18), ("morning", 19), ("evening", 19)]
    page = write_report(study).read_text(encoding="utf-8")
    days = re.findall(
        r'<li><span class="day">2025-01-(\d\d)', page.partition('<ol class="events">')[2].partition("</ol>")[0]
    )
    assert days == ["18", "18", "19", "19"]
