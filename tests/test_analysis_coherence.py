"""The figures of topics are what their formulas say, worked out once more in plain words."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.topicmodels.coherence import WINDOW, agreement, alike, c_npmi, diversity, top_words

SEQUENCES = st.lists(st.lists(st.integers(0, 7), max_size=25), min_size=1, max_size=12)


def by_hand(words: list[int], sequences: list[list[int]]) -> float | None:
    """c_npmi once more, window by window."""
    windows = [set(one[at : at + WINDOW]) for one in sequences if one for at in range(max(len(one) - WINDOW + 1, 1))]
    if len(words) < 2 or not windows:
        return None
    values = []
    for one, other in combinations(words, 2):
        both = sum({one, other} <= window for window in windows) / len(windows)
        apart = [sum(word in window for window in windows) / len(windows) for word in (one, other)]
        if both == 1:
            values.append(1.0)
            continue
        values.append(math.log((both + 1e-12) / max(apart[0] * apart[1], 1e-12)) / -math.log(both + 1e-12))
    return sum(values) / len(values)


@given(SEQUENCES, st.lists(st.lists(st.integers(0, 9), unique=True, max_size=5), max_size=4))
def test_coherence_is_the_mean_npmi_of_windows(sequences: list[list[int]], top: list[list[int]]) -> None:
    found = c_npmi(top, [np.array(one, np.int32) for one in sequences])
    expected = [by_hand(words, sequences) for words in top]
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one is None) == (other is None)
        assert one is None or one == pytest.approx(other, abs=1e-6)


def test_words_that_stand_together_or_never_do() -> None:
    sequences = [np.array(one, np.int32) for one in ([0, 1], [0, 1], [2], [3])]
    together, never = c_npmi([[0, 1], [2, 3]], sequences)
    assert together == pytest.approx(1) and never is not None and never < -0.8


def test_words_that_tell_nothing_are_none() -> None:
    weights = np.array([[0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0]])
    assert top_words(weights, 3) == [[1, 2], []]


def test_diversity_and_likeness() -> None:
    assert diversity([[0, 1], [1, 2]]) == 0.75
    assert diversity([]) is None
    assert alike([[0, 1]], [[1, 2], [0, 1]]).tolist() == [[1 / 3, 1]]


def test_agreement_pairs_one_to_one() -> None:
    reference = [[0, 1], [2, 3]]
    assert agreement(reference, [[[2, 3], [0, 1]]]).tolist() == [1, 1]
    assert agreement(reference, [[[0, 1], [0, 1]]]).tolist() == [1, 0], "one partner is not shared by two"
    assert agreement(reference, [[[0, 1]], [[2, 3], [0, 1]]]).tolist() == [1, 0.5]
    assert agreement(reference, []).tolist() == [0, 0]
