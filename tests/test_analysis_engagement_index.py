"""The index of engagement is what the entropy weight method gives, within a source, and says null where it cannot."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.surveys.engagement_index import SURVEY, scored
from corpus.schemas import TABLES
from corpus.store import Staging
from corpus.study import load_study
from tests.studies import OUTLET, STUDY

NAMES = ("likes", "collects", "comments", "shares")


def by_hand(counts: list[list[float]]) -> tuple[list[float], list[float]]:
    """The method once more, in plain words."""
    columns = list(zip(*counts, strict=True))
    scaled = [[(x - min(c)) / (max(c) - min(c)) if max(c) > min(c) else 0.0 for x in c] for c in columns]
    lacking = []
    for column in scaled:
        whole = sum(column)
        shares = [x / whole for x in column if x] if whole else []
        lacking.append(1 + sum(p * math.log(p) for p in shares) / math.log(len(column)) if whole else 0.0)
    weights = [one / sum(lacking) for one in lacking]
    return [sum(w * c[n] for w, c in zip(weights, scaled, strict=True)) for n in range(len(counts))], weights


@given(st.lists(st.tuples(*[st.integers(0, 10**6)] * 4), min_size=10, max_size=40))
def test_it_is_the_entropy_weight_method(rows: list[tuple[int, ...]]) -> None:
    counts = [[float(value) for value in row] for row in rows]
    scores, weights = scored(np.array(counts))
    if all(len(set(column)) == 1 for column in zip(*counts, strict=True)):
        assert np.isnan(scores).all() and np.isnan(weights).all()
        return
    expected = by_hand(counts)
    assert np.allclose(scores, expected[0]) and np.allclose(weights, expected[1])
    assert np.isclose(weights.sum(), 1) and (scores >= -1e-9).all() and (scores <= 1 + 1e-9).all()


def test_a_rarer_count_weighs_more() -> None:
    even = [float(n) for n in range(1, 21)]
    rare = [0.0] * 19 + [50.0]
    _, weights = scored(np.column_stack([even, rare]))
    assert weights[1] > 0.9


def test_what_is_not_known_is_not_taken_for_none() -> None:
    counts = np.array([[float(n), float(n % 3), np.nan, 5.0] for n in range(20)])
    counts[4, 1] = np.nan
    counts[7, 2] = 1.0
    scores, weights = scored(counts)
    assert np.isnan(scores[4]) and not np.isnan(np.delete(scores, 4)).any()
    assert weights[2] == weights[3] == 0 and weights[0] > 0 and weights[1] > 0
    assert np.isnan(scored(counts[:9])[0]).all()
    assert np.isnan(scored(np.full((30, 4), np.nan))[0]).all()


def test_rows_of_posts_source_by_source(tmp_path: Path) -> None:
    (tmp_path / "outlets").mkdir()
    (tmp_path / "outlets" / "harbour-daily.toml").write_text(OUTLET, encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY.split("[files]")[0], encoding="utf-8")
    study = load_study(tmp_path)
    documents, observations = [], []
    for number in range(24):
        kind, source = (
            ("post", "rednote") if number < 12 else ("post", "weibo") if number < 18 else ("comment", "rednote")
        )
        documents.append({"id": f"d{number:02d}", "source_id": source, "kind": kind, "text": "x", "language": "en"})
        for day in range(2):
            moment = datetime(2025, 1, 14 + day, tzinfo=UTC) + timedelta(hours=number)
            counts = {f"{name}_value": (number + day) * (place + 1) % 13 for place, name in enumerate(NAMES)}
            if day == 1 and number == 3:
                counts["likes_value"] = None  # the day before is the newest that is known
            observations.append(
                {"document_id": f"d{number:02d}", "capture_id": str(day), "observed_at": moment, **counts}
            )
    with Staging(study.corpus_folder) as staging:
        staging.add_rows(TABLES["documents"], documents)
        staging.add_rows(TABLES["observations"], observations)
        rows = SURVEY.run(staging.so_far(), study)
    assert sorted(row["document_id"] for row in rows) == [f"d{number:02d}" for number in range(18)]
    of = {row["document_id"]: row for row in rows}
    newest = [[float((n + (n != 3 or place > 0)) * (place + 1) % 13) for place in range(4)] for n in range(12)]
    scores, weights = by_hand(newest)
    assert [of[f"d{n:02d}"]["score"] for n in range(12)] == pytest.approx(scores, abs=1e-6)
    assert [of["d00"][f"{name}_weight"] for name in NAMES] == pytest.approx(weights, abs=1e-6)
    assert all(row["score"] is row["likes_weight"] is None for row in rows if row["source_id"] == "weibo")
    assert "author" not in " ".join(column.name for column in SURVEY.table.columns)
