"""The heaviest document that a plan allows: the same for every draw of it, and told before anything is drawn."""

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from analysis.estimates.estimators import estimate
from analysis.estimates.sampled import Sample
from analysis.sampling.heaviest import largest, notes_of
from analysis.sampling.samples import sample_of
from corpus.errors import UserError
from tests.planned import frame_of, plan_of
from tests.samples import plain

HALF = frame_of(200, cluster=lambda n: "big" if n < 100 else f"c{n}", author=lambda n: "a0" if n < 100 else f"a{n}")
SIZED = frame_of(200, size=lambda n: 1 + n % 50)
EVEN = frame_of(200, cluster=lambda n: f"c{n // 4}", stratum=lambda n: "a" if n < 60 else "b")


def told(frame: pa.Table, method: str, **design: Any) -> tuple[float, float, list[float], list[float]]:
    """What the plan allows, and over 60 draws the largest weight and the mean of each."""
    plan, largests, means = plan_of(method, **design), [], []
    for number in range(60):
        made = sample_of(frame, plan, f"{number:02d}" * 32)
        weights = [one for one in made.table.column("weight").to_pylist() if one is not None]
        largests.append(max(weights, default=0.0))
        means += weights
    strata = [{"stratum": one.stratum, "wave": one.wave, "N": one.N, "n": one.n} for one in made.cells]
    within = plan.design.within if method == "cluster" else None
    stage = {"method": method, "take": plan.design.take, "rate": plan.design.rate, "within": within, "strata": strata}
    return *largest(frame, stage, plan.estimand), largests, means


@pytest.mark.parametrize(
    ("frame", "method", "design"),
    [
        (HALF, "srs", {"n": 20}),
        (EVEN, "stratified", {"n": 20, "strata": ("kind",), "minimum": 9}),
        (EVEN, "cluster", {"n": 10, "cluster": "thread"}),
        (HALF, "cluster", {"n": 20, "cluster": "copies", "within": "representative"}),
        (SIZED, "pps", {"n": 30, "size": "likes"}),
        (SIZED, "poisson", {"rate": 0.01, "size": "likes"}),
        (HALF, "author", {"n": 20, "take": 2, "estimand": "documents"}),
        (HALF, "author", {"n": 20, "take": 2, "estimand": "authors-capped"}),
        (HALF, "author", {"n": 20, "take": 2, "estimand": "author-means"}),
    ],
)
def test_what_a_plan_allows_is_what_its_draws_come_to(frame: pa.Table, method: str, design: dict[str, Any]) -> None:
    heaviest, usual, largests, every = told(frame, method, **design)
    assert max(largests) == pytest.approx(heaviest)
    assert sum(every) / len(every) == pytest.approx(usual, rel=0.12)


def test_a_plan_that_lets_one_document_decide_gives_no_estimate_of_any_draw() -> None:
    """The heavy one has not come: weights look even, and the figure would be far off."""
    ids = [f"d{n}" for n in range(30)]
    values = {one: float(n % 2) for n, one in enumerate(ids)}
    even: Sample = plain(ids, of=300)
    assert estimate(even, values).value == 0.5
    with pytest.raises(UserError, match="one document of the frame can count for 25 of the mean weight"):
        estimate(replace(even, heaviest=250.0, usual=10.0), values)
    assert estimate(replace(even, heaviest=250.0, usual=10.0), values, extreme=True).value == 0.5
    assert estimate(replace(even, heaviest=190.0, usual=10.0), values).value == 0.5


def test_plans_tell_of_a_heavy_document_and_of_a_cluster_beyond_its_part() -> None:
    def notes(frame: pa.Table, method: str, **design: Any) -> list[str]:
        plan = plan_of(method, **design)
        return notes_of(frame, plan, sample_of(frame, plan, "5e" * 32).cells)

    (heavy,) = notes(HALF, "cluster", n=20, cluster="copies", within="representative")
    assert "can weigh 51 times the mean" in heavy and "size_floor" in heavy
    (whole,) = notes(HALF, "cluster", n=20, cluster="copies")
    assert "cluster big holds 100 of the 200 documents of all, more than 1 in n = 20" in whole
    assert not notes(EVEN, "cluster", n=10, cluster="thread")
    assert not notes(HALF, "cluster", n=101, cluster="copies")  # all of them
    assert not notes(HALF, "author", n=20, take=10, estimand="documents")
    assert notes(HALF, "author", n=20, take=2, estimand="documents")
