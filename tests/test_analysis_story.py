"""Articles that tell one story in other words are joined, and others are not; all texts are invented."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Passage
from analysis.annotators.entities import ANNOTATOR
from analysis.surveys.story import Told, signs_of, stories

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
    return Told(
        name, at, signs_of(text, None, [(one.label, one.more["name"]) for one in labels if one.start is not None])
    )


def test_a_story_told_anew_is_joined_and_others_are_not() -> None:
    found = stories([told("b", AGAIN), told("a", FIRST), told("c", OTHER)])
    assert {document: story for document, (story, _) in found.items()} == {"a": "a", "b": "a"}


def test_days_part_stories_and_an_unknown_day_does_not() -> None:
    assert stories([told("a", FIRST), told("b", AGAIN, DAY + timedelta(days=9))]) == {}
    assert set(stories([told("a", FIRST), told("b", AGAIN, None)])) == {"a", "b"}


def test_one_kind_of_sign_is_not_enough() -> None:
    people = frozenset(("person", f"Person {number}") for number in range(9))
    assert stories([Told("a", DAY, people), Told("b", DAY, people)]) == {}


def test_a_sign_that_all_share_tells_no_story() -> None:
    signs = frozenset(
        {("person", "Mira Holt"), ("person", "Jonas Vale"), ("figure", "count 9300"), ("quote", "a b c d e")}
    )
    assert len(stories([Told(f"{number:03}", DAY, signs) for number in range(100)])) == 100
    assert stories([Told(f"{number:03}", DAY, signs) for number in range(101)]) == {}


@given(st.permutations([told("a", FIRST), told("b", AGAIN), told("c", OTHER), told("d", FIRST, None)]))
def test_order_changes_nothing(articles: list[Told]) -> None:
    assert stories(articles) == stories(sorted(articles, key=lambda one: one.id))


def test_the_seed_articles_are_one_story(shared: Path) -> None:
    files = sorted((shared / "data" / "coverage").glob("*.txt"))
    if not files:
        pytest.skip("no seed articles among the measuring data")
    found = stories(
        [told(path.name, path.read_text(encoding="utf-8"), None) for path in files] + [told("c", OTHER, None)]
    )
    assert set(found) == {path.name for path in files}
    assert len({story for story, _ in found.values()}) == 1
