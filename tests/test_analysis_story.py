"""Articles that tell one story in other words are joined, and others are not; all texts are invented."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Passage
from analysis.annotators.entities import ANNOTATOR
from analysis.annotators.quantities import ANNOTATOR as QUANTITIES
from analysis.annotators.quotes import ANNOTATOR as QUOTES
from analysis.surveys.story import SURVEY, Sign, Told, _told, stories
from corpus.build import build
from corpus.intake import intake
from corpus.snapshot import latest
from tests.growing import grows_alone
from tests.studies import SENTENCES, make_study

NAMES = ANNOTATOR.prepare(None)
DAY = datetime(2025, 1, 14, tzinfo=UTC)
FIRST = (
    "Mira Holt said that over 9,300 guests had come to the harbour. Clerk Jonas Vale said, "
    "“Nobody here had ever seen so many boats at once.” The report was by Reuters."
)
AGAIN = (
    "More than 9,300 visitors reached the port, clerk Jonas Vale told Reuters. Minister Mira Holt was pleased. "
    "“I know nobody here had ever seen so many boats,” Vale added."
)
OTHER = "Mira Holt said that the lamp was lit. Some 800 people danced, Reuters reported."


def told(name: str, text: str, at: datetime | None = DAY) -> Told:
    labels = NAMES([Passage(text, "en", "article")])[0]
    return _told({"id": name, "published_at": at, "text": text, "title": None}, labels)


def people(count: int) -> frozenset[Sign]:
    return frozenset(("person", f"Person {number}") for number in range(count))


def test_a_story_told_anew_is_joined_and_others_are_not() -> None:
    found = stories([told("b", AGAIN), told("a", FIRST), told("c", OTHER)])
    assert {document: (link.story, link.nearest) for document, link in found.items()} == {
        "a": ("a", "b"),
        "b": ("a", "a"),
    }
    assert ("figure", "count 9300") in found["a"].shared
    assert ("quote", "here had ever seen so") in found["a"].shared


def test_days_part_stories_and_an_unknown_day_does_not() -> None:
    assert stories([told("a", FIRST), told("b", AGAIN, DAY + timedelta(days=9))]) == {}
    assert set(stories([told("a", FIRST), told("b", AGAIN, None)])) == {"a", "b"}


def test_one_kind_of_sign_is_not_enough() -> None:
    assert stories([Told("a", DAY, people(9)), Told("b", DAY, people(9))]) == {}
    known = frozenset(("known", f"Person {number}") for number in range(9))
    assert stories([Told("a", DAY, people(3) | known), Told("b", DAY, people(3) | known)]) == {}


@pytest.mark.parametrize("at", [DAY, None])
def test_a_sign_that_many_share_tells_no_story(at: datetime | None) -> None:
    signs = people(2) | {("figure", "count 9300")}
    assert len(stories([Told(f"{number:03}", at, signs) for number in range(10)])) == 10
    assert stories([Told(f"{number:03}", at, signs) for number in range(11)]) == {}


def test_a_sign_common_in_a_year_may_be_rare_in_its_days() -> None:
    signs = people(2) | {("figure", "count 9300")}
    other = [Told(f"x{number}", DAY, frozenset()) for number in range(200)]
    year = [Told(f"{number:03}", DAY + timedelta(days=10 * (number // 2)), signs) for number in range(40)]
    found = stories([*other, *year])
    assert len(found) == 40
    assert {link.nearest for link in found.values()} == {one.id for one in year}
    assert len({link.story for link in found.values()}) == 20


def test_one_dateline_and_two_figures_make_a_story_in_chinese() -> None:
    first = told("a", "新华社江海1月14日电 （记者林小舟）超过3.2万名游客乘渡轮来到这里，共有1.1万辆车。")
    second = told("b", "3.2万余名游客来了。他们从各地赶来，还有1.1万辆车。（来源：新华社江海1月14日电）")
    assert ("dateline", "Xinhua News Agency 江海 1-14") in first.signs & second.signs
    assert set(stories([first, second])) == {"a", "b"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "新华社江海1月14日电（记者林小舟 王小渡）发言人陈小明说，渡轮将停航。",
            "新华社江海1月14日电（记者林小舟 王小渡）发言人陈小明说，灯塔将重建。",
        ),
        (
            "HARBOUR, Jan 14 (Reuters) - Clerk Jonas Vale said the lamp was lit. Reporting by Mark Holt and Emma Pier.",
            "HARBOUR, Jan 14 (Reuters) - Clerk Jonas Vale said the pier was shut. Reporting by Mark Holt and Emma Pier.",
        ),
        (
            "新华社江海1月14日电（记者林小舟）超过3.2万名游客乘渡轮来到这里。",
            "新华社江海1月14日电（记者林小舟）3.2万名居民迁出。",
        ),
    ],
)
def test_one_dateline_tells_of_several_events(first: str, second: str) -> None:
    assert stories([told("a", first), told("b", second)]) == {}


def test_who_made_an_article_is_no_sign_of_its_story() -> None:
    article = told("a", "（记者林小舟 王小渡）发言人陈小明说，渡轮将停航。编辑：王小明")
    assert {said for kind, said in article.signs if kind == "person"} == {"陈小明"}


def test_outlets_together_weigh_little() -> None:
    signs = frozenset(("outlet", f"Daily {number}") for number in range(20)) | {("figure", "count 9300")} | people(1)
    assert stories([Told("a", DAY, signs), Told("b", DAY, signs)]) == {}


def test_the_version_knows_what_its_signs_were_made_with() -> None:
    version = SURVEY.version_for(None)
    assert all(one in version for one in (ANNOTATOR.version, QUOTES.version, QUANTITIES.version))


def test_quotations_are_shared_in_either_script() -> None:
    first = told("a", "发言人林小舟表示：“我们欢迎所有远道而来的新朋友到江边走走。”")
    second = told("b", "“歡迎所有遠道而來的新朋友到江邊走走。”發言人林小舟說。")
    assert {kind for kind, _ in first.signs & second.signs} == {"quote", "person"}


SIGN = st.sampled_from(sorted([*people(4), ("figure", "count 9300"), ("outlet", "A"), ("quote", "q"), ("known", "K")]))


@given(
    st.lists(
        st.tuples(st.frozensets(SIGN, min_size=2), st.none() | st.integers(0, 8)), min_size=2, max_size=26
    ).flatmap(lambda made: st.tuples(st.just(made), st.permutations(range(len(made)))))
)
def test_order_changes_nothing(made: tuple[list[tuple[frozenset[Sign], int | None]], list[int]]) -> None:
    rows, order = made
    articles = [
        Told(f"{number:02}", None if day is None else DAY + timedelta(days=day), signs)
        for number, (signs, day) in enumerate(rows)
    ]
    found = stories(articles)
    assert stories([articles[number] for number in order]) == found
    for name, link in found.items():
        assert found[link.nearest].story == link.story <= name


def test_time_grows_with_the_articles_alone() -> None:
    def took(count: int) -> float:
        articles = [
            Told(
                f"{number:06}",
                DAY + timedelta(hours=number // 20),
                frozenset(
                    [("outlet", "A"), ("figure", f"count {number // 4 % 50}"), ("person", f"P{number % 997}")]
                    + [("quote", f"q{number // 4} {place}") for place in range(10)]
                ),
            )
            for number in range(count)
        ]
        began = time.process_time()
        assert stories(articles)
        return time.process_time() - began

    took(500)
    assert grows_alone(took, 4_000, 16_000, 9)


def test_a_whole_corpus(tmp_path: Path) -> None:
    study = make_study(tmp_path, posts=2)
    held = tmp_path / "told"
    held.mkdir()
    for name, text in (("one", FIRST), ("two", AGAIN), ("three", OTHER)):
        (held / f"{name}.txt").write_text(f"Boats, {name}\n{text}\n{SENTENCES[0]}\n", encoding="utf-8")
    intake(study, [held], None, say=lambda line: None)
    build(study, workers=1)
    snapshot = latest(study.corpus_folder)
    rows = SURVEY.run(snapshot, study)
    titles = {row["id"]: row["title"] for row in snapshot.table("documents", ["id", "title"]).to_pylist()}
    assert {titles[row["document_id"]] for row in rows} == {"Boats, one", "Boats, two"}
    assert {row["story"] for row in rows} == {min(row["document_id"] for row in rows)}
    assert all("person: Jonas Vale" in row["evidence"] for row in rows)
    assert all(row["version"] == SURVEY.version_for(study) for row in rows)


def test_the_seed_articles_are_one_story(shared: Path) -> None:
    files = sorted((shared / "data" / "coverage").glob("*.txt"))
    if not files:
        pytest.skip("no seed articles among the measuring data")
    found = stories(
        [told(path.name, path.read_text(encoding="utf-8"), None) for path in files] + [told("c", OTHER, None)]
    )
    assert set(found) == {path.name for path in files}
    assert len({link.story for link in found.values()}) == 1
