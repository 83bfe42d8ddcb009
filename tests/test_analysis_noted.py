"""What a report says of the annotators' tables comes again by SQL, tells of no author, and is left out where none ran."""

import json
from collections import Counter
from pathlib import Path

import pytest
from lxml import html as parsing

from analysis.reporting.measures import Figures, figures
from analysis.reporting.mentions import _whole
from analysis.reporting.noted import noted
from analysis.reporting.readings import NOT_GIVEN
from analysis.reporting.report import write_report
from analysis.reporting.words import LANGUAGES, entries
from corpus.snapshot import Snapshot
from tests.annotated import VERSION
from tests.reported import NAMES, make_snapshot
from tests.test_analysis_findings import again
from tests.test_analysis_report import NASTY, assert_shown

ALL = {"stance", "emotion", "irony", "names", "speakers", "amounts", "stories"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Figures, Snapshot]:
    study, snapshot = make_snapshot(tmp_path_factory.mktemp("noted") / "study", documents=600, annotated=True)
    return figures(study, snapshot), snapshot


@pytest.mark.parametrize(("documents", "authors"), [(600, 30), (300, 12), (400, 4)])
def test_every_number_comes_again_by_sql(tmp_path: Path, documents: int, authors: int) -> None:
    study, snapshot = make_snapshot(tmp_path / "study", documents=documents, authors=authors, annotated=True)
    counted = figures(study, snapshot)
    found = noted(counted.readings, counted.mentions)
    assert found.keys() == (ALL if authors > 4 else ALL - {"stance", "emotion"})
    for finding in found.values():
        assert again(finding, snapshot) == finding.values, finding.key
        for part in (*finding.said, f"{finding.said[0]}.title"):
            assert set(LANGUAGES) <= entries()[f"finding.{part}"].keys()
        assert all(f"scope.{scope}" in entries() for scope in finding.scope)
        assert f"finding.n.{finding.unit}" in entries() and "machine" in finding.scope


def test_labels_are_counted_as_one_by_one(made: tuple[Figures, Snapshot]) -> None:
    counted, snapshot = made
    kinds = {row["id"]: row for row in snapshot.table("documents", ["id", "kind", "language"]).to_pylist()}

    def labels(name: str) -> list[dict[str, str]]:
        rows = snapshot.table(name).to_pylist()
        return [
            {**row, **kinds[row["document_id"]]}
            for row in rows
            if row["version"] == VERSION and row["start"] is None and row["label"] != "not_applicable"
        ]

    english = [row for row in labels("emotion") if row["language"] == "en" and row["kind"] in ("post", "comment")]
    each = Counter(row["label"] for row in english)
    rows = {row["emotion"]: row for row in counted.readings.emotion if row["script"] == "en"}
    assert {label: row["n"] for label, row in rows.items()} == each
    texts = {row["document_id"] for row in english}
    assert all(row["total"] == len(texts) and row["share"] == row["n"] / len(texts) for row in rows.values())
    cues = {row["document_id"]: row["label"] for row in labels("ironic_cue")}
    looked = [cues[one] for one in texts if cues[one] != "abstain"]
    assert rows["joy"]["ironic"] == looked.count("cue") / len(looked)
    stances = [row for row in labels("stance") if row["language"] == "en" and row["kind"] == "post"]
    found = {r["stance"]: r["n"] for r in counted.readings.stance if (r["script"], r["kind"]) == ("en", "post")}
    assert found == Counter(row["label"] for row in stances)


def test_irony_stands_beside_every_table_of_feelings(made: tuple[Figures, Snapshot], tmp_path: Path) -> None:
    counted, _ = made
    for rows in (counted.sentiment, counted.sentiment_days, counted.readings.emotion, counted.readings.stance):
        assert rows and any(row["ironic"] for row in rows)
        assert all(row["ironic"] is None or 0 <= row["ironic"] <= 1 for row in rows)
    study, _ = make_snapshot(tmp_path / "study", annotated=True)
    tree = parsing.fromstring(write_report(study).read_bytes())
    for name in ("sentiment", "sentiment_days", "stance"):
        heads = tree.xpath(f"//*[@id='en-figure-{name}']//table[1]/thead//th/text()")
        assert heads[-1] == "signs of irony", name
    assert "texts with a sign of irony" in tree.xpath("string(//*[@id='en-figure-emotion']//table)")


def test_people_s_own_words_are_told_by_no_table(made: tuple[Figures, Snapshot]) -> None:
    counted, snapshot = made
    documents = {row["id"]: row for row in snapshot.table("documents").to_pylist()}
    kinds = {one: row["kind"] for one, row in documents.items()}
    rows = [row for row in snapshot.table("entities").to_pylist() if row["version"] == VERSION and row["name"]]
    told = [row for row in rows if _published(documents[row["document_id"]]) or row["score"] == 1.0]
    made = [row for row in told if row["byline"] or row["name"] in documents[row["document_id"]]["bylines"]]
    assert 0 < len(made) < len(told) < len(rows) and counted.mentions.named["mentions"] == len(told) - len(made)
    own = [
        row for row in rows if kinds[row["document_id"]] == "article" and not _published(documents[row["document_id"]])
    ]
    assert any(row["score"] < 1 for row in own), (
        "accounts that publish articles on a platform are people's own words too"
    )
    quotes = [row for row in snapshot.table("quotes").to_pylist() if row["version"] == VERSION and row["quotation"]]
    of_articles = {(r["document_id"], r["quotation"]) for r in quotes if kinds[r["document_id"]] == "article"}
    assert counted.mentions.quoted["utterances"] == len(of_articles)
    assert {row["name"] for row in counted.mentions.speakers} <= set(NAMES)
    assert sum(row["articles"] for row in counted.mentions.amounts) < snapshot.rows("quantities")
    assert all(kinds[row["first_id"]] == "article" for row in counted.mentions.stories)
    authors = {one for one in snapshot.table("documents").column("author_key").to_pylist() if one}
    assert not any(author in json.dumps(counted.mentions.__getstate__(), default=str) for author in authors)


def _published(document: dict[str, str]) -> bool:
    return document["kind"] == "article" and document["source_id"].startswith("source-")


def test_one_value_shows_its_subjects_side_by_side(made: tuple[Figures, Snapshot]) -> None:
    rows = {(row["amount_kind"], row["value"]): row for row in made[0].mentions.amounts}
    assert {kind for kind, _ in rows} == {"count", "share"}
    subjects = rows["count", 700_000.0]["subjects"]
    assert len(subjects) > 2 and subjects == sorted(subjects, key=lambda one: (-one[1], one[0]))
    assert {bound for bound, _ in rows["count", 700_000.0]["bounds"]} == {"exactly", "at_least", "at_most", "about"}
    assert ("count", 40.0) not in rows and ("share", 40.0) in rows


def test_a_story_shows_what_its_articles_share(made: tuple[Figures, Snapshot]) -> None:
    rows = made[0].mentions.stories
    assert len(rows) == 10 and all(row["articles"] == 4 and row["title"] for row in rows)
    for row in rows:
        assert row["figures"] == [("count 700000", 4)] and row["credited"] == [("The Agency", 4)]
        assert row["quotations"] == [("no single owner could stop", 4)] and row["people"][0][1] == 4


def test_words_in_a_row_are_put_together_again() -> None:
    runs = {"i came for the joke": 2, "came for the joke and": 2, "for the joke and i": 3, "none of us could see": 1}
    assert _whole(runs) == [("i came for the joke and i", 3), ("none of us could see", 1)]
    assert _whole({"我们都来这里看看猫": 2, "们都来这里看看猫咪": 2}) == [("我们都来这里看看猫咪", 2)]
    assert _whole({"a b a b a": 2, "b a b a b": 2}) == [] and _whole({"x": 1}) == [("x", 1)]


def test_what_was_not_annotated_is_left_out_in_a_line(tmp_path: Path) -> None:
    study, snapshot = make_snapshot(tmp_path / "study")
    counted = figures(study, snapshot)
    assert noted(counted.readings, counted.mentions) == {}
    assert "ironic" not in str(counted.sentiment[0]) or counted.sentiment[0]["ironic"] is None
    tree = parsing.fromstring(write_report(study).read_bytes())
    for language in LANGUAGES:
        page = tree.xpath(f"//div[@id='{language}']")[0]
        told = {code.text_content() for code in page.xpath(".//section/p[not(@class)]/code")}
        names = ("emotion", "stance", "entities", "quotes", "quantities", "story")
        assert told >= {f"huanying annotate {name}" for name in names}
        assert not page.xpath(f".//*[@id='{language}-figure-emotion']")


def test_an_emotion_that_most_show_is_none_where_none_is_shown(made: tuple[Figures, Snapshot]) -> None:
    found = noted(made[0].readings, made[0].mentions)["emotion"]
    assert not {found.values["zh_emotion"], found.values["en_emotion"]} & set(NOT_GIVEN)


def test_nasty_names_subjects_and_roles_are_shown_as_they_stand(tmp_path: Path) -> None:
    study, _ = make_snapshot(tmp_path / "study", NASTY, documents=400, end="2025-01-13", annotated=True)
    page = write_report(study)
    assert_shown(page, NASTY)
    tree = parsing.fromstring(page.read_bytes())
    assert not tree.xpath("//script|//img|//iframe|//@onload|//@onerror|//*[@src]")
