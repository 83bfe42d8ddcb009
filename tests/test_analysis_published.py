"""The published studies' tables: known answers on a small corpus, the floor of authors, and the same numbers by SQL."""

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from analysis.replication.phases import phases
from analysis.replication.printing import write_tables
from analysis.replication.published import Told, published
from analysis.reporting.counting import K
from corpus.build import finish
from corpus.counts import read_count
from corpus.errors import UserError
from corpus.manifest import versions
from corpus.schemas import TABLES, annotations_table
from corpus.snapshot import Snapshot
from corpus.store import Staging
from corpus.study import Study, load_study
from corpus.wide import add_wide
from tests.studies import CODEBOOK, OUTLET, STUDY

EVENTS = """event_id,date,time_local,zone,precision,event,kind,source,certainty,note
a,2025-01-13,,America/New_York,day,"First in a | chart",platform,invented,probable,
b,2025-01-14,,Asia/Shanghai,day,An office speaks,official,invented,certain,
c,2025-01-18,22:30,America/New_York,hour,The other application goes dark,platform,invented,certain,
d,2025-01-19,,Asia/Shanghai,day,Translation ships,platform,invented,probable,
e,2025-01-22,,Asia/Shanghai,day,A rumour,platform,invented,reported,
f,2025-03-01,,Asia/Shanghai,day,Later than the window,platform,invented,certain,
"""
ANNOTATORS = ("sentiment", "themes", "stance", "stance_country", "emotion", "ironic_cue", "speaker_role")
Row = dict[str, Any]


def text(number: int, author: int | None, day: int, **labels: Any) -> Row:
    """A text with its labels: a list of pairs of label and score for an annotator, or one label."""
    kind = labels.pop("kind", "post")
    return {"number": number, "author": author, "day": day, "kind": kind, "language": "zh-Hans", **labels}


def make_snapshot(folder: Path, texts: Sequence[Row], annotators: Sequence[str] = ANNOTATORS) -> tuple[Study, Snapshot]:
    (folder / "outlets").mkdir(parents=True)
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET, encoding="utf-8")
    content = STUDY.replace("[files]", '[files]\nevents = "events.csv"')
    (folder / "study.toml").write_text(content, encoding="utf-8")
    (folder / "codebook.toml").write_bytes(CODEBOOK.read_bytes())
    (folder / "events.csv").write_text(EVENTS, encoding="utf-8")
    study = load_study(folder)
    rows = {"documents": [_document(one) for one in texts], "observations": list(_observations(texts))}
    rows["tokens"] = [{"document_id": _id(one["number"]), "tokens": ["a"]} for one in texts]
    with Staging(study.corpus_folder) as staging:
        for name in TABLES:
            if name not in ("columns", "documents_wide"):
                staging.add_rows(TABLES[name], rows.get(name, []))
        for name in annotators:
            labels = [row for one in texts for row in _labels(one, name)]
            staging.add_rows(annotations_table(name, "Labels: of a test"), labels, current_version="2")
        add_wide(staging)
        made_from = {
            "archive_sha256": "0" * 64,
            "study": {"id": study.id, "title": study.file.study.title, "digest": study.digest},
            "key_fingerprint": "0" * 16,
            "versions": versions(),
        }
        return study, finish(staging, study, made_from, {}, {})


def _id(number: int) -> str:
    return f"{number:032x}"


def _document(one: Row) -> Row:
    return {
        "id": _id(one["number"]),
        "source_id": "rednote",
        "kind": one["kind"],
        "text": "Invented.",
        "day_shanghai": date(2025, 1, one["day"]) if one["day"] else None,
        "author_key": None if one["author"] is None else f"{one['author']:032x}",
        "language": one["language"],
        "hashtags": [],
        "flags": [],
    }


def _observations(texts: Sequence[Row]) -> list[Row]:
    found = []
    for one in texts:
        for hour, printed in enumerate(one.get("likes", ())):
            count = read_count(printed)
            found.append(
                {
                    "document_id": _id(one["number"]),
                    "capture_id": _id(900 + hour),
                    "observed_at": datetime(2025, 2, 1, hour, tzinfo=UTC),
                    "likes_value": count.value,
                    "likes_low": count.low,
                    "likes_high": count.high,
                    "likes_raw": count.raw,
                }
            )
    return found


def _labels(one: Row, name: str) -> list[Row]:
    """The labels of a text, one of a span, and one of an older version, which must not count."""
    given = one.get(name)
    if given is None:
        return []
    pairs = [(given, None)] if isinstance(given, str) else given
    row = {"document_id": _id(one["number"]), "annotator": name, "version": "2"}
    return [
        *({**row, "label": label, "score": score} for label, score in pairs),
        {**row, "label": "of a span", "score": 1.0, "start": 0, "end": 3},
        {**row, "label": "of old", "score": 1.0, "version": "1"},
    ]


def by_name(tables: Sequence[Told]) -> dict[str, Told]:
    return {told.name: told for told in tables}


def again(told: Told, snapshot: Snapshot) -> list[list[Any]]:
    with duckdb.connect() as connection:
        connection.execute(f"SET file_search_path = '{snapshot.folder}'")
        connection.execute("SET TimeZone = 'America/New_York'")
        asked = connection.execute(told.sql)
        assert tuple(column[0] for column in asked.description) == told.columns
        return [list(row) for row in asked.fetchall()]


def known(**more: Any) -> list[Row]:
    """Seven welcoming and joyful texts of food by six authors, two of them with a sign of irony; one hostile; articles."""
    of = {"themes": "food", "stance": "welcoming", "emotion": [("praise", 0.4), ("joy", 0.5)], "sentiment": "positive"}
    texts = [text(n, min(n, 6), 12 + 3 * (n % 2), ironic_cue="none", **of, **more) for n in range(1, 8)]
    texts.append(text(8, 8, 13, themes="food", stance="hostile", emotion="anger", sentiment="negative"))
    texts.append(text(9, None, 20, kind="article", themes=[("food", 1.0), ("ban_law", 1.0)], sentiment="neutral"))
    texts.append(text(10, 1, 0, themes="none", stance="none", emotion="none", sentiment="neutral"))
    return texts


def test_phases_begin_with_the_events_of_the_platform_on_their_day_in_shanghai(tmp_path: Path) -> None:
    study, _ = make_snapshot(tmp_path / "study", known())
    found = [(one.first.isoformat(), one.last.isoformat(), [e.event_id for e in one.events]) for one in phases(study)]
    assert found == [
        ("2025-01-10", "2025-01-12", []),
        ("2025-01-13", "2025-01-18", ["a"]),
        ("2025-01-19", "2025-02-10", ["d", "c"]),
    ]


def test_a_study_without_events_has_one_phase(tmp_path: Path) -> None:
    study, _ = make_snapshot(tmp_path / "study", known())
    (study.folder / "events.csv").write_text(EVENTS.splitlines()[0] + "\n", encoding="utf-8")
    assert [(one.first, one.last) for one in phases(study)] == [(date(2025, 1, 10), date(2025, 2, 10))]


def test_known_answers(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", known())
    found = published(study, snapshot)
    tables = by_name(found.tables)
    assert (found.documents, found.undated, found.outside) == (10, 1, 0)
    assert tables["volume"].lines() == [
        [1, "post", 3, 3, 1.0],
        [2, "post", 5, 5, 1.0],
        [3, "article", 1, 1, 1.0],
    ]
    # Of phase 1 there are three authors, of phase 2 five; articles have no authors to protect.
    assert tables["languages"].lines() == [[2, "public", "zh", 5, 5, 1.0], [3, "published", "zh", 1, 1, 1.0]]
    assert (tables["languages"].held, tables["languages"].n) == (3, 9)
    # The strongest emotion counts; the one hostile text, and the one without a theme, are of too few authors.
    assert tables["stance"].lines() == [["food", "joy", "welcoming", 7, 7, 1.0, 0.0]]
    assert (tables["stance"].held, tables["stance"].n) == (2, 9)
    assert tables["sentiment"].lines() == [
        ["public", "food", "positive", 7, None, None, 0.0],  # a total would tell of the one negative text
        ["published", "ban_law", "neutral", 1, 1, 1.0, None],
        ["published", "food", "neutral", 1, 1, 1.0, None],
    ]
    assert tables["speakers"].rows == tables["country_stance"].rows == []


def test_a_cell_is_shown_from_so_many_authors_on_and_not_from_so_many_texts(tmp_path: Path) -> None:
    few = [text(n, n % (K - 1), 12, themes="food", stance="none", emotion="joy") for n in range(30)]
    study, snapshot = make_snapshot(tmp_path / "few", few)
    told = by_name(published(study, snapshot).tables)["stance"]
    assert (told.rows, told.held) == ([], 30)
    study, snapshot = make_snapshot(tmp_path / "enough", [*few, replace_author(few[0], 77)])
    told = by_name(published(study, snapshot).tables)["stance"]
    assert (told.lines(), told.held) == ([["food", "joy", "none", 31, 31, 1.0, None]], 0)


@pytest.mark.parametrize(("lost", "total"), [(0, 6), (1, None), (3, None), (5, 11)])
def test_a_total_is_told_only_where_it_tells_of_nobody_left_out(tmp_path: Path, lost: int, total: int | None) -> None:
    texts = [text(n, n, 12, themes="food", sentiment="positive") for n in range(6)]
    labels = ("negative", "neutral", "abstain", "neutral", "abstain")
    texts += [text(20 + n, 20 + n, 12, themes="food", sentiment=labels[n]) for n in range(lost)]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    told = by_name(published(study, snapshot).tables)["sentiment"]
    share = None if total is None else 6 / total
    assert (told.lines(), told.held) == ([["public", "food", "positive", 6, total, share, None]], lost)
    assert again(told, snapshot) == told.lines()


def replace_author(one: Row, author: int) -> Row:
    return {**one, "number": 500 + author, "author": author}


@pytest.mark.parametrize(("cued", "share"), [(0, 0.0), (1, None), (K - 1, None), (K, 0.5)])
def test_the_share_with_a_sign_of_irony_is_of_nobody_alone(tmp_path: Path, cued: int, share: float | None) -> None:
    texts = [
        text(n, n, 12, themes="food", sentiment="positive", ironic_cue="cue" if n < cued else "none")
        for n in range(2 * K)
    ]
    texts.append(text(90, 90, 12, themes="food", sentiment="positive", ironic_cue="abstain"))
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    [row] = by_name(published(study, snapshot).tables)["sentiment"].rows
    assert (row["n"], row["irony"]) == (2 * K + 1, share)


def test_engagement_keeps_unknown_and_bounded_apart(tmp_path: Path) -> None:
    printed: list[Sequence[Any]] = [(3,), (0,), (8, 9), ("1.2万",), ("10+",), (None,), ("赞",), (7, None)]
    texts = [text(n, n, 12, themes="food", likes=likes) for n, likes in enumerate(printed)]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    told = by_name(published(study, snapshot).tables)["engagement"]
    # Known, at least: 0 3 7 9 10 11500; at most: 0 3 7 9 12499 and without a bound.
    assert told.lines() == [["post", "food", "likes", 8, 4, 2, 2, 3, 7, 10, 11500, 7]]
    assert again(told, snapshot) == told.lines()
    few = [one for one in texts if one["number"] in (0, 1, 2, 3, 5, 6)]
    study, snapshot = make_snapshot(tmp_path / "few", few)
    told = by_name(published(study, snapshot).tables)["engagement"]
    assert (told.rows, told.held) == ([], 4), "known of four authors only"


def test_a_median_without_a_bound_is_none(tmp_path: Path) -> None:
    texts = [text(n, n, 12, themes="food", likes=("10+",)) for n in range(K)]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    [row] = by_name(published(study, snapshot).tables)["engagement"].rows
    assert (row["median"], row["median_at_most"]) == (10, None)


@pytest.mark.parametrize(("seed", "authors"), [(1, 400), (2, 25), (3, 9), (4, 4)])
def test_every_table_comes_again_by_sql(tmp_path: Path, seed: int, authors: int) -> None:
    random = Random(seed)

    def some(*values: Any) -> Any:
        return random.choice((*values, None))

    texts = [
        text(
            n,
            some(*range(authors)),
            random.choice((0, 11, 12, 13, 15, 19, 31)),
            kind=random.choice(("post", "comment", "article", "turn")),
            language=some("zh-Hans", "zh-Hant", "en", "mul", "zxx"),
            themes=some("none", "food", [("food", 1.0), ("welcome", 0.5)]),
            sentiment=some("positive", "neutral", "abstain"),
            stance=some("welcoming", "hostile", "none", "abstain"),
            stance_country=some("pro_china", "not_applicable"),
            emotion=some("none", "joy", [("joy", 0.5), ("anger", 0.5)], [("anger", 0.7), ("joy", 0.5)]),
            ironic_cue=some("cue", "none", "abstain"),
            speaker_role=some("host", "newcomer"),
            likes=random.choice(((), (3,), (5, 4), ("10+",), ("10+", 12), (2, None), ("3.4万",), ("赞",))),
        )
        for n in range(600)
    ]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    tables = published(study, snapshot).tables
    assert len(tables) == 7 and any(told.held for told in tables)
    for told in tables:
        assert told.rows or authors < K, told.name
        assert again(told, snapshot) == told.lines(), told.name


def test_what_was_not_annotated_has_no_table(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "some", known(), ("sentiment", "themes", "ironic_cue"))
    assert set(by_name(published(study, snapshot).tables)) == {"volume", "languages", "sentiment", "engagement"}
    study, snapshot = make_snapshot(tmp_path / "none", known(), ())
    with pytest.raises(UserError, match="huanying annotate"):
        published(study, snapshot)


def test_pages_hold_n_scope_query_and_no_author(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", known(likes=("3",)))
    written = write_tables(study)
    assert written.folder == study.report_folder / "tables"
    english, chinese = ((written.folder / f"tables.{one}.md").read_text(encoding="utf-8") for one in ("en", "zh"))
    for page in (english, chinese):
        assert snapshot.id in page and page.count("```sql") == 7
        assert "First in a \\| chart" in page
    assert "not validated by humans" in english and "未经人工验证" in chinese
    assert "| 7 (100%) |" in english and "n = 9 documents" in english
    whole = english + chinese + "".join(path.read_text("utf-8-sig") for path in written.files)
    assert not any(f"{author:032x}" in whole for author in range(1, 9))
    with (written.folder / "stance.csv").open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert row == {
        "theme": "food", "emotion": "joy", "stance": "welcoming", "n": "7", "total": "7", "share": "1.0", "irony": "0.0"
    }  # fmt: skip
    before = {path.name: path.read_bytes() for path in written.files}
    other = write_tables(study, tmp_path / "elsewhere")
    assert {path.name: path.read_bytes() for path in other.files} == before
