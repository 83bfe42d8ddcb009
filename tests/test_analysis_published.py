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


def make_snapshot(
    folder: Path, texts: Sequence[Row], annotators: Sequence[str] = ANNOTATORS, emotions: bool = False
) -> tuple[Study, Snapshot]:
    (folder / "outlets").mkdir(parents=True)
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET, encoding="utf-8")
    content = STUDY.replace("[files]", '[files]\nevents = "events.csv"')
    if emotions:
        content += 'emotions = "emotions.toml"\n'
        (folder / "emotions.toml").write_bytes(CODEBOOK.with_name("emotions.toml").read_bytes())
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


def test_the_study_s_own_zone_cuts_the_phases(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", known())
    file = study.folder / "study.toml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("end = 2025-02-10", 'end = 2025-02-10\nzone = "America/New_York"'), encoding="utf-8")
    there = load_study(study.folder)
    assert [one.first.isoformat() for one in phases(there)] == ["2025-01-10", "2025-01-13", "2025-01-18"]
    # The texts have days in Shanghai only; in New York they have none.
    volume = by_name(published(there, snapshot).tables)["volume"]
    assert [row["phase"] for row in volume.rows] == [0, 0] and "day_new_york" in volume.sql
    file.write_text(before.replace("end = 2025-02-10", 'end = 2025-02-10\nzone = "Europe/Paris"'), encoding="utf-8")
    with pytest.raises(UserError, match="no days of the window's zone Europe/Paris"):
        phases(load_study(study.folder))


def test_known_answers(tmp_path: Path) -> None:
    more = [
        text(20 + n, 20 + n, 13, themes="food", stance="hostile", emotion="anger", sentiment="negative")
        for n in range(4)
    ]
    study, snapshot = make_snapshot(tmp_path / "study", [*known(), *more])
    found = published(study, snapshot)
    tables = by_name(found.tables)
    assert found.documents == 14
    # How many texts there are is told of few authors too: it says nothing of anybody.
    assert tables["volume"].lines() == [
        [0, "post", 1, 1, 1.0], [1, "post", 3, 3, 1.0], [2, "post", 9, 9, 1.0], [3, "article", 1, 1, 1.0]
    ]  # fmt: skip
    assert [row[:4] for row in tables["languages"].lines()] == [
        [0, "public", "zh", 1], [1, "public", "zh", 3], [2, "public", "zh", 9], [3, "published", "zh", 1]
    ]  # fmt: skip
    assert (tables["languages"].held, tables["languages"].n) == (0, 14)
    # The strongest emotion counts. The one text without a theme is one author's: it is told with food, the only other.
    assert tables["stance"].lines() == [
        ["together", "joy", "welcoming", 7, 7, 1.0], ["together", "together", "together", 6, 6, 1.0]
    ]  # fmt: skip
    assert (tables["stance"].held, tables["stance"].n) == (13, 13)
    assert tables["sentiment"].lines() == [
        ["public", "together", "positive", 7, 13, 0.54],
        ["public", "together", "together", 6, 13, 0.46],
        ["published", "ban_law", "neutral", 1, 1, 1.0],
        ["published", "food", "neutral", 1, 1, 1.0],
    ]


def test_a_cell_is_shown_from_so_many_authors_on_and_not_from_so_many_texts(tmp_path: Path) -> None:
    few = [text(n, n % (K - 1), 12, themes="food", stance="none", emotion="joy") for n in range(30)]
    study, snapshot = make_snapshot(tmp_path / "few", few)
    told = by_name(published(study, snapshot).tables)["stance"]
    assert (told.rows, told.held) == ([], None), "how many texts so few wrote is not told either"
    study, snapshot = make_snapshot(tmp_path / "enough", [*few, replace_author(few[0], 77)])
    told = by_name(published(study, snapshot).tables)["stance"]
    assert (told.lines(), told.held) == ([["food", "joy", "none", 31, 31, 1.0]], 0)


@pytest.mark.parametrize(("lost", "shown"), [(0, True), (1, False), (3, False), (5, True)])
def test_what_is_told_together_is_of_so_many_authors_or_of_nobody(tmp_path: Path, lost: int, shown: bool) -> None:
    texts = [text(n, n, 12, themes="food", sentiment="positive") for n in range(6)]
    labels = ("negative", "neutral", "abstain", "neutral", "abstain")
    texts += [text(20 + n, 20 + n, 12, themes="food", sentiment=labels[n]) for n in range(lost)]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    told = by_name(published(study, snapshot).tables)["sentiment"]
    share = (200 * 6 + 6 + lost) // (2 * (6 + lost)) / 100
    whole = [["public", "food", "positive", 6, 6 + lost, share]] if shown else []
    joined = lost if shown else 6 + lost
    rest = (200 * joined + 6 + lost) // (2 * (6 + lost)) / 100
    assert told.lines() == whole + ([["public", "food", "together", joined, 6 + lost, rest]] if joined else [])
    assert told.held == joined
    assert again(told, snapshot) == told.lines()


def test_what_the_machine_declines_is_no_theme_none(tmp_path: Path) -> None:
    labels = ["none"] * 5 + ["abstain"] * 6 + ["not_applicable"] * 7
    texts = [text(n, n, 12, themes=label, sentiment="neutral") for n, label in enumerate(labels)]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    told = by_name(published(study, snapshot).tables)["sentiment"]
    assert [row[1:4] for row in told.lines()] == [
        ["abstain", "neutral", 6], ["none", "neutral", 5], ["not_applicable", "neutral", 7]
    ]  # fmt: skip
    assert again(told, snapshot) == told.lines()


def test_of_two_emotions_equally_strong_none_is_the_main_one(tmp_path: Path) -> None:
    tie = [("joy", 0.5), ("anger", 0.5), ("fear", 0.2)]
    texts = [text(n, n, 12, themes="food", emotion=tie, stance="none", sentiment="neutral") for n in range(K)]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    told = by_name(published(study, snapshot).tables)["stance"]
    assert told.lines() == [["food", "several", "none", 5, 5, 1.0]] == again(told, snapshot)


def test_emotions_in_the_classes_of_other_studies(tmp_path: Path) -> None:
    texts = [
        text(10 * place + n, 10 * place + n, 12, themes="food", emotion=emotion, sentiment="neutral")
        for place, emotion in enumerate(("joy", "fear", "anger", "contempt", "none"))
        for n in range(K)
    ]
    study, snapshot = make_snapshot(tmp_path / "study", texts, emotions=True)
    tables = by_name(published(study, snapshot).tables)
    found = {name: [row[1:3] for row in tables[name].lines()] for name in tables if name.startswith("emotion_")}
    assert found == {
        "emotion_li2025": [["anger", 5], ["contempt", 5], ["joy", 5], ["none", 5], ["other (not comparable)", 5]],
        "emotion_tk8911": [["中性", 5], ["厌恶", 5], ["快乐", 5], ["恐惧", 5], ["愤怒", 5]],
        "emotion_polarity": [["either", 5], ["negative", 15], ["positive", 5]],
    }
    for told in tables.values():
        assert again(told, snapshot) == told.lines(), told.name


def test_a_corpus_without_documents_has_empty_tables(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", [])
    found = published(study, snapshot)
    assert found.documents == 0 and all(told.rows == [] == again(told, snapshot) for told in found.tables)
    assert write_tables(study).files


def test_tables_that_are_no_longer_made_do_not_stay_beside_the_new_ones(tmp_path: Path) -> None:
    study, _ = make_snapshot(tmp_path / "study", known(), ("sentiment", "themes"))
    folder = study.report_folder / "tables"
    folder.mkdir(parents=True)
    for name in ("stance.csv", "my_own.csv"):
        (folder / name).write_text("old", encoding="utf-8")
    write_tables(study)
    assert not (folder / "stance.csv").exists() and (folder / "my_own.csv").exists()


def replace_author(one: Row, author: int) -> Row:
    return {**one, "number": 500 + author, "author": author}


@pytest.mark.parametrize(("cued", "shares"), [(0, [1.0]), (1, [1.0]), (K - 1, [1.0]), (K, [0.5, 0.5])])
def test_signs_of_irony_are_of_nobody_alone(tmp_path: Path, cued: int, shares: list[float]) -> None:
    texts = [
        text(n, n, 12, themes="food", emotion="joy", sentiment="positive", ironic_cue="cue" if n < cued else "none")
        for n in range(2 * K)
    ]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    rows = by_name(published(study, snapshot).tables)["irony"].rows
    assert [row["share"] for row in rows] == shares
    assert (rows[0]["irony"] == "together") == (0 < cued < K)


def test_engagement_keeps_unknown_and_bounded_apart(tmp_path: Path) -> None:
    printed: list[Sequence[Any]] = [(3,), (0,), (8, 9), ("1.2万",), ("10+",), (None,), ("赞",), (7, None)]
    texts = [
        text(10 * n + copy, 10 * n + copy, 12, themes="food", likes=likes)
        for n, likes in enumerate(printed)
        for copy in range(10)
    ]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    told = by_name(published(study, snapshot).tables)["engagement"]
    # Known, at least: 0 3 7 9 10 11500; at most: 0 3 7 9 12499 and without a bound; of each ten.
    assert told.lines() == [["post", "food", "likes", 80, 40, 20, 20, 3, 7, 10, 11500, 7]]
    assert again(told, snapshot) == told.lines()
    few = [one for one in texts if one["number"] % 10 == 0 and one["number"] < 70]
    study, snapshot = make_snapshot(tmp_path / "few", few)
    told = by_name(published(study, snapshot).tables)["engagement"]
    assert told.rows == [], "each state is known of too few authors"


@pytest.mark.parametrize(
    ("known_of", "told"), [(19, [None] * 5), (20, [5, 10, 15, None, 10]), (50, [13, 25, 38, 45, 25])]
)
def test_quantiles_are_of_nobody_s_one_text(tmp_path: Path, known_of: int, told: list[int | None]) -> None:
    texts = [text(n, n, 12, themes="food", likes=(n,)) for n in range(1, known_of + 1)]
    study, snapshot = make_snapshot(tmp_path / "study", texts)
    [row] = (found := by_name(published(study, snapshot).tables)["engagement"]).lines()
    assert row == ["post", "food", "likes", known_of, known_of, 0, 0, *told]
    assert again(found, snapshot) == found.lines()


def test_a_median_without_a_bound_is_none(tmp_path: Path) -> None:
    texts = [text(n, n, 12, themes="food", likes=("10+",)) for n in range(20)]
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
    assert len(tables) == 8 and any(told.held != 0 for told in tables)
    assert all(told.rows for told in tables) or authors < 400
    for told in tables:
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
        assert snapshot.id in page and page.count("```sql") == 8
        assert "First in a \\| chart" in page
    assert "not validated by humans" in english and "未经人工验证" in chinese
    assert "n = 9 documents" in english
    whole = english + chinese + "".join(path.read_text("utf-8-sig") for path in written.files)
    assert not any(f"{author:032x}" in whole for author in range(1, 9))
    with (written.folder / "sentiment.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["theme"], row["n"], row["share"]) for row in csv.DictReader(file)] == [
            ("together", "9", "1.0"), ("ban_law", "1", "1.0"), ("food", "1", "1.0")
        ]  # fmt: skip
    before = {path.name: path.read_bytes() for path in written.files}
    other = write_tables(study, tmp_path / "elsewhere")
    assert {path.name: path.read_bytes() for path in other.files} == before
