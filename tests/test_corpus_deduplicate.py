"""Equal texts meet in one cluster, in whatever order they come."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.identity import Keys
from corpus.stages.deduplicate import copies, text_digest

KEYS = Keys(bytes(range(32)))
DAY = datetime(2025, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Welcome, friends!", "welcome  FRIENDS"),
        ("欢迎，朋友！", "欢迎朋友"),
        ("ＡＢＣ１", "abc1"),
        ("Straße", "STRASSE"),
        ("a\u200bb", "ab"),
    ],
)
def test_trivially_equal(one: str, other: str) -> None:
    assert text_digest(one) == text_digest(other)


@pytest.mark.parametrize(
    ("one", "other"), [("yes", "no"), ("……", "???"), ("猫税😂", "猫税😭"), ("歡迎", "欢迎"), ("", "!")]
)
def test_apart(one: str, other: str) -> None:
    assert text_digest(one) != text_digest(other)


def test_first_is_the_earliest_then_the_smallest_id() -> None:
    rows = [
        ("c", "x", None),
        ("b", "x", DAY + timedelta(days=1)),
        ("a", "x", DAY + timedelta(days=1)),
        ("alone", "y", DAY),
    ]
    found = copies(rows, KEYS)
    assert [(copy.document_id, copy.role) for copy in found] == [("a", "first"), ("b", "copy"), ("c", "copy")]
    assert len({copy.cluster_id for copy in found}) == 1
    assert all(copy.distance == 0.0 for copy in found)


def test_a_row_given_twice_is_no_copy() -> None:
    assert copies([("a", "x", DAY), ("a", "x", DAY), ("a", "x", None)], KEYS) == []


ROWS = st.lists(
    st.tuples(
        st.sampled_from([f"d{n}" for n in range(8)]),
        st.sampled_from("xyz"),
        st.one_of(st.none(), st.integers(0, 3).map(lambda days: DAY + timedelta(days=days))),
    ),
    max_size=20,
)


@given(ROWS, st.randoms())
def test_no_order_changes_the_clusters(rows: list[tuple[str, str, datetime | None]], chance: random.Random) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    found = copies(rows, KEYS)
    assert copies(shuffled, KEYS) == found
    for cluster in {copy.cluster_id for copy in found}:
        roles = [copy.role for copy in found if copy.cluster_id == cluster]
        assert len(roles) >= 2 and roles.count("first") == 1
