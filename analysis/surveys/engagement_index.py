"""One number for how much a post was engaged with, among the posts of its source: counts weighted by their entropy."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.rows import Row
from corpus.schemas import Column, Table
from corpus.snapshot import Snapshot
from corpus.study import Study
from corpus.wide import COUNTS, OBSERVED, newest_counts

_LEAST = 10
"""Posts of a source with all counts known; of fewer no weights are made."""
_DIGITS = 6
"""To which scores and weights are rounded, so that no machine's last bit shows."""
Matrix = npt.NDArray[np.float64]

_CARD = """\
Engagement of a post among the posts of its source, 0 to 1: likes, saves, comments and shares weighted by entropy.

How: the newest known counts of each post. Within a source each count is scaled from its least (0) to its greatest (1); its
weight is what its entropy lacks of that of an even spread, as a share of what all counts lack (entropy weight method, as
arXiv 2510.18894 uses it for RedNote). So a count that few posts have much of weighs most. The score is the weighted sum.
A count that fewer than half of the source's posts show, or that is the same for all, weighs nothing. The score is null where
one of the other counts is not known (it is not taken for 0), and where fewer than ten posts of a source show them all. The
weights stand beside each score: they belong to this corpus, and another corpus of the same source has others.
Trained on: nothing. Measured: not; no gold exists for engagement.
Fails on: comparisons across sources or times of capture, for older posts had longer to collect; a single post far ahead of
all others, which presses them to near 0 (ranks within a source stay right). It says nothing of who wrote a post: no authors
are scored or ranked."""


class EngagementIndex:
    """The survey; it runs only by name."""

    default = False
    card = _CARD
    table = Table(
        "engagement_index",
        "How much each post was engaged with among the posts of its source, by entropy-weighted counts; run by name only",
        (
            Column("document_id", "string", "`documents.id` of a post"),
            Column("version", "string", "Version of the method"),
            Column("source_id", "string", "`sources.id`: scores of different sources cannot be compared"),
            Column("score", "float64", "0 (least) to 1; null where a count that it needs is not known"),
            *(
                Column(
                    f"{name}_weight", "float64", f"Weight of {name} within the source; null where none could be made"
                )
                for name in COUNTS
            ),
        ),
        ("document_id", "version"),
    )

    def version_for(self, study: Study) -> str:
        """No file of a study is read."""
        return "1"

    def run(self, snapshot: Snapshot, study: Study) -> list[Row]:
        """A row a post, source by source, in the order of the documents."""
        documents = snapshot.table("documents", ("id", "source_id", "kind"))
        posts = documents.filter(pc.equal(documents.column("kind"), "post"))
        ids = posts.column("id")
        newest = newest_counts(snapshot.table("observations", OBSERVED), ids)
        counts = np.column_stack([_floats(newest[name]) for name in COUNTS])
        sources = np.array(posts.column("source_id").to_pylist(), dtype=object)
        rows: list[Row] = []
        for source in sorted(set(sources)):
            own = np.flatnonzero(sources == source)
            scores, weights = scored(counts[own])
            told = {f"{name}_weight": _told(weight) for name, weight in zip(COUNTS, weights, strict=True)}
            rows += [
                {"document_id": ids[int(at)].as_py(), "source_id": source, "score": _told(score), **told}
                for at, score in zip(own, scores, strict=True)
            ]
        return rows


def scored(counts: Matrix) -> tuple[Matrix, Matrix]:
    """Scores of posts (one a row) and the weights of their counts (one a column); NaN where there is none.

    ``counts``: NaN where not known. Scores lie in 0..1, weights sum to 1 or are all NaN.
    """
    number, width = counts.shape
    none = np.full(number, np.nan), np.full(width, np.nan)
    shown = (~np.isnan(counts)).sum(axis=0) * 2 >= max(number, 1)
    whole = ~np.isnan(counts[:, shown]).any(axis=1)
    if not shown.any() or whole.sum() < _LEAST:
        return none
    known = counts[whole][:, shown]
    low, span = known.min(axis=0), np.ptp(known, axis=0)
    if not span.any():
        return none
    scaled = (known - low) / np.where(span > 0, span, 1)
    shares = scaled / np.where(span > 0, scaled.sum(axis=0), 1)
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=0) / np.log(len(known))
    lacking = np.where(span > 0, 1 - entropy, 0)
    weights = np.zeros(width)
    weights[shown] = lacking / lacking.sum()
    scores = np.full(number, np.nan)
    scores[whole] = scaled @ weights[shown]
    return scores, weights


def _floats(column: pa.ChunkedArray) -> Matrix:
    return np.array([np.nan if value is None else value for value in column.to_pylist()], np.float64)


def _told(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), _DIGITS)


SURVEY = EngagementIndex()
