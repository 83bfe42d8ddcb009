"""Topics out of counts of words: clusters of texts or non-negative factors, by scikit-learn, the same for the same seed."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans, MiniBatchKMeans, kmeans_plusplus
from sklearn.decomposition import NMF, TruncatedSVD
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]
"""A text: the numbers of its words in order."""
Seeds = Sequence[Mapping[int, float]]
"""Of each seeded topic the numbers of its words, with weights."""
Method = Literal["clusters", "nmf"]
_DIMENSIONS, _MANY = 100, 20_000
_STARTS = 8
_SEEDED, _UNSEEDED = 1.0, 0.01


@dataclass(frozen=True, slots=True)
class Fit:
    """Topics: how much each word (column) tells of each (row, sums to 1), each text's topic, and how well it fits, 0..1.

    A text without any weight has the topic -1.
    """

    words: Floats
    topics: Ints
    scores: Floats


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in one order: with several threads their last bits differ from run to run."""
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def counts_of(sequences: Sequence[Words], words: int) -> Any:
    """Counts of words (columns) in texts (rows), sparse."""
    starts = np.cumsum([0, *(len(one) for one in sequences)])
    columns = np.concatenate(sequences) if sequences else np.zeros(0, np.int32)
    found = csr_matrix((np.ones(len(columns)), columns, starts), shape=(len(sequences), words))
    found.sum_duplicates()
    return found


class Space:
    """Texts made ready once, to be fitted with any number of topics."""

    def __init__(self, counts: Any, method: Method, seed: int) -> None:
        self.counts, self._method, self._seed = counts, method, seed
        self._tfidf = TfidfTransformer(sublinear_tf=True).fit(counts)
        self._weights = self._tfidf.transform(counts)
        if method == "clusters":
            size = max(min(_DIMENSIONS, *(side - 1 for side in counts.shape)), 1)
            self._svd = TruncatedSVD(size, random_state=seed).fit(self._weights)
            self._points = normalize(self._svd.transform(self._weights))

    def fit(self, number: int, seeds: Seeds = ()) -> Fit:
        """``number`` topics, the first of them begun at ``seeds``."""
        begun = self._begun(seeds) if seeds else None
        return self._clusters(number, begun) if self._method == "clusters" else self._nmf(number, begun)

    def _begun(self, seeds: Seeds) -> Any:
        rows = np.zeros((len(seeds), self.counts.shape[1]))
        for row, seed in zip(rows, seeds, strict=True):
            row[list(seed)] = list(seed.values())
        return self._tfidf.transform(csr_matrix(rows))

    def _clusters(self, number: int, begun: Any) -> Fit:
        """LSA (Deerwester et al. 1990), k-means on the unit sphere, words by class-based TF-IDF (Grootendorst 2022)."""
        start: Any = "k-means++"
        if begun is not None:
            # The mean of the texts that hold a seed's words knows the words that stand beside them.
            seeds = normalize(np.asarray((begun @ self._weights.T) @ self._points))
            start = self._around(seeds[:number], number)
        make = MiniBatchKMeans if len(self._points) > _MANY else KMeans
        found = make(number, init=start, n_init=1 if begun is not None else _STARTS, random_state=self._seed)
        topics = found.fit_predict(self._points).astype(np.int64)
        centres = normalize(found.cluster_centers_)
        scores = np.clip((self._points * centres[topics]).sum(axis=1), 0, 1)
        topics[np.asarray(self._weights.sum(axis=1)).ravel() == 0] = -1
        return Fit(self._class_words(topics, number), topics, scores)

    def _around(self, seeds: Floats, number: int) -> Floats:
        """The seeds and further centres, each the least like those before it among texts that lie well apart."""
        drawn, _ = kmeans_plusplus(self._points, min(3 * number, len(self._points)), random_state=self._seed)
        chosen = list(seeds)
        while len(chosen) < number:
            nearest = (drawn @ np.array(chosen).T).max(axis=1)
            chosen.append(drawn[int(nearest.argmin())])
        return np.array(chosen)

    def _class_words(self, topics: Ints, number: int) -> Floats:
        of = csr_matrix((np.ones(len(topics)), (np.maximum(topics, 0), np.arange(len(topics)))), (number, len(topics)))
        sums = np.asarray((of @ self.counts).todense(), np.float64)
        every = sums.sum(axis=0)
        shares = sums / np.maximum(sums.sum(axis=1, keepdims=True), 1)
        told: Floats = shares * np.log1p(sums.sum() / number / np.maximum(every, 1))
        lengths: Floats = np.maximum(told.sum(axis=1, keepdims=True), 1e-12)
        return np.asarray(told / lengths)

    def _nmf(self, number: int, begun: Any) -> Fit:
        """Lee and Seung 1999, begun by NNDSVD (Boutsidis and Gallopoulos 2008), or by the seeds' words."""
        if begun is None:
            found = NMF(number, init="nndsvd", random_state=self._seed, max_iter=150, tol=1e-3)
            weights = found.fit_transform(self._weights)
        else:
            mean = float(np.sqrt(self._weights.mean() / number))
            random = np.random.default_rng(self._seed)
            words = _UNSEEDED * mean * (1 + random.random((number, self.counts.shape[1])))
            words[: begun.shape[0]] += _SEEDED * begun.toarray()[:number]
            words[begun.shape[0] :] *= 1 / _UNSEEDED
            texts = np.full((self.counts.shape[0], number), mean)
            found = NMF(number, init="custom", random_state=self._seed, max_iter=150, tol=1e-3)
            weights = found.fit_transform(self._weights, W=texts, H=words)
        lengths = np.maximum(found.components_.sum(axis=1, keepdims=True), 1e-12)
        weights = weights * lengths.T
        whole = weights.sum(axis=1)
        topics = np.where(whole > 0, weights.argmax(axis=1), -1)
        scores = weights.max(axis=1) / np.maximum(whole, 1e-12)
        return Fit(found.components_ / lengths, topics.astype(np.int64), scores)


def assign(likeness: Floats) -> list[tuple[int, int]]:
    """Pairs (row, column) that together are most alike, each row and column at most once (Kuhn 1955)."""
    if not likeness.size:
        return []
    return [(int(row), int(column)) for row, column in zip(*linear_sum_assignment(-likeness), strict=True)]
