"""How good topics are: whether their words stand together, whether they differ, and whether they come again."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from analysis.topicmodels.factors import Floats, Ints, Words, assign

WINDOW = 10
_EPSILON = 1e-12
Top = Sequence[Sequence[int]]
"""Of each topic its most telling words, by number, best first."""


def top_words(words: Floats, number: int) -> list[list[int]]:
    """The words that tell most of each topic; of equal ones the first in the vocabulary. Words that tell nothing are none."""
    order = np.argsort(-words, axis=1, kind="stable")[:, :number]
    return [[int(one) for one in row if words[topic, one] > 0] for topic, row in enumerate(order)]


def c_npmi(top: Top, sequences: Sequence[Words]) -> list[float | None]:
    """Of each topic the mean NPMI of all pairs of its words, -1 (never together) to 1 (only together).

    NPMI(a, b) = log(P(a, b) / P(a) P(b)) / -log P(a, b) (Bouma 2009), with P from windows of ten content words that slide
    over each text by one (Röder, Both and Hinneburg 2015); a shorter text is one window. None for fewer than two words.
    """
    wanted = sorted({word for words in top for word in words})
    places = np.full(1 + max([-1, *wanted, *(int(one.max()) for one in sequences if len(one))]), -1)
    places[wanted] = np.arange(len(wanted))
    alone, together, windows = _counted([places[one] for one in sequences], len(wanted))
    if not windows:
        return [None] * len(top)
    found: list[float | None] = []
    for words in top:
        own = places[list(words)]
        pairs = [(a, b) for at, a in enumerate(own) for b in own[:at]]
        values = [_npmi(together[a, b] / windows, alone[a] / windows, alone[b] / windows) for a, b in pairs]
        found.append(float(np.mean(values)) if values else None)
    return found


def _npmi(both: float, one: float, other: float) -> float:
    if both >= 1:
        return 1.0
    return float(np.log((both + _EPSILON) / max(one * other, _EPSILON)) / -np.log(both + _EPSILON))


def _counted(sequences: Sequence[Ints], size: int) -> tuple[Floats, Floats, int]:
    """In how many windows each word stands, each pair of words stands, and how many windows there are."""
    windows = 0
    rows: list[Ints] = []
    columns: list[Ints] = []
    for one in sequences:
        if not len(one):
            continue
        number = max(len(one) - WINDOW + 1, 1)
        for at in np.flatnonzero(one >= 0).tolist():
            within = np.arange(max(at - WINDOW + 1, 0), min(at, number - 1) + 1)
            rows.append(windows + within)
            columns.append(np.full(len(within), one[at]))
        windows += number
    if not rows:
        return np.zeros(size), np.zeros((size, size)), windows
    places = (np.concatenate(rows), np.concatenate(columns))
    held = csr_matrix((np.ones(len(places[0])), places), (windows, size))
    held.data[:] = 1  # a word that stands twice in a window is there once
    together = np.asarray((held.T @ held).todense())
    return together.diagonal().copy(), together, windows


def diversity(top: Top) -> float | None:
    """Share of different words among the most telling words of all topics (Dieng, Ruiz and Blei 2020)."""
    every = [word for words in top for word in words]
    return len(set(every)) / len(every) if every else None


def alike(one: Top, other: Top) -> Floats:
    """Jaccard index of the most telling words of each topic of ``one`` (row) and of ``other`` (column)."""
    sets, others = [set(words) for words in one], [set(words) for words in other]
    return np.array([[len(a & b) / max(len(a | b), 1) for b in others] for a in sets]).reshape(len(sets), len(others))


def agreement(reference: Top, again: Sequence[Top]) -> Floats:
    """How well each topic of ``reference`` comes again in further fits, 0..1: the mean Jaccard index of its best partners.

    Partners are assigned one to one for each fit (Greene, O'Callaghan and Cunningham 2014).
    """
    total = np.zeros(len(reference))
    for other in again:
        likeness = alike(reference, other)
        for row, column in assign(likeness):
            total[row] += likeness[row, column]
    return total / max(len(again), 1)
