"""Estimates and their variances: against every sample that could be drawn, another package, and published examples."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.estimates.bootstrap import often, replicates, resamples
from analysis.estimates.centiles import centile
from analysis.estimates.estimators import estimate, spread
from analysis.estimates.intervals import korn_graubard, of_difference, symmetric, wilson
from analysis.estimates.quantiles import beta, incomplete_beta, student
from analysis.estimates.variances import Phase, order, poisson, taylor, two_phase
from analysis.sampling.frames import FRAME, frame_table
from analysis.sampling.samples import SAMPLE
from analysis.sampling.samples import sample_of as drawn_of
from benchmarks.invented import naive, plan_of, world
from benchmarks.sampling import CORRECTED, SHARE, cases, simulate
from corpus.errors import UserError
from corpus.store import write_file
from tests.samples import SEED, plain

# Invented: three strata of 10, 8 and 5 clusters, of which 3, 2 and 2 were drawn; unequal weights within clusters.
STRATA = np.array([0] * 7 + [1] * 4 + [2] * 5)
CLUSTERS = np.array([1, 1, 2, 3, 3, 3, 2, 1, 1, 2, 2, 1, 2, 2, 1, 2])
Y = np.array([3.0, 5, 1, 4, 4, 2, 8, 0, 6, 7, 1, 2, 9, 5, 3, 3])
X = np.array([1.0, 2, 1, 1, 3, 1, 2, 1, 2, 2, 1, 1, 3, 2, 1, 1])
INSIDE = np.array([1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1], bool)
EACH = np.array([1, 1, 2, 1, 1, 1, 2, 1.5, 1.5, 1, 1, 3, 1, 1, 3, 1])
WEIGHT = np.array([10 / 3] * 7 + [4.0] * 4 + [2.5] * 5) * EACH
SPARE = np.array([0.7] * 7 + [0.75] * 4 + [0.6] * 5)


@pytest.mark.parametrize(
    ("expanded", "spare", "error"),
    [  # samplics 0.4.19, TaylorEstimator: total, mean, ratio, domain mean
        (WEIGHT * Y, SPARE, 26.08320021265284),
        (WEIGHT * Y, 1.0, 31.214312956291913),
        (WEIGHT * (Y - 3.696551724137931) / WEIGHT.sum(), SPARE, 0.3996243236059736),
        (WEIGHT * (Y - 3.696551724137931) / WEIGHT.sum(), 1.0, 0.50563418561828),
        (WEIGHT * (Y - 2.5125 * X) / (WEIGHT @ X), SPARE, 0.15778548751644045),
        (WEIGHT * INSIDE * (Y - 2.9668049792531117) / WEIGHT[INSIDE].sum(), SPARE, 0.510629742968252),
    ],
)
def test_taylor_variance_is_that_of_another_package(expanded: np.ndarray, spare: Any, error: float) -> None:
    found = taylor(expanded, STRATA, CLUSTERS, np.broadcast_to(spare, Y.shape))
    assert math.sqrt(found) == pytest.approx(error, abs=1e-9)


VALUES = np.array([3.0, 1, 4, 1, 5, 9, 2, 6])


def held(outcomes: Iterable[tuple[float, float, float]], truth: float) -> None:
    """Over all samples with their chances: the estimate is right in the mean, and so is its variance."""
    chance, told, variance = np.array(list(outcomes)).T
    assert chance.sum() == pytest.approx(1)
    assert chance @ told == pytest.approx(truth)
    assert chance @ variance == pytest.approx(chance @ (told - truth) ** 2)


def test_a_plain_draw_in_strata_is_right_over_all_samples() -> None:
    firsts, seconds = list(combinations(range(5), 3)), list(combinations(range(5, 8), 2))
    strata, each = np.array([0, 0, 0, 1, 1]), np.array([5 / 3] * 3 + [1.5] * 2)
    spare = np.array([0.4] * 3 + [1 / 3] * 2)

    def outcomes() -> Iterable[tuple[float, float, float]]:
        for one, other in product(firsts, seconds):
            expanded = VALUES[[*one, *other]] * each
            chance = 1 / len(firsts) / len(seconds)
            yield chance, expanded.sum(), taylor(expanded, strata, np.arange(5), spare)

    held(outcomes(), VALUES.sum())


def test_clusters_are_right_over_all_samples() -> None:
    clusters = [[0], [1, 2, 3], [4, 5], [6, 7]]

    def outcomes() -> Iterable[tuple[float, float, float]]:
        for chosen in combinations(range(4), 2):
            places = [place for one in chosen for place in clusters[one]]
            names = np.array([one for one in chosen for _ in clusters[one]])
            expanded = 2 * VALUES[places]
            none = np.zeros_like(names)
            yield 1 / 6, expanded.sum(), taylor(expanded, none, names, np.full(len(names), 0.5))

    held(outcomes(), VALUES.sum())


def test_independent_draws_are_right_over_all_samples() -> None:
    pi = np.array([0.2, 0.9, 0.5, 1.0, 0.3, 0.7, 0.4, 0.6])

    def outcomes() -> Iterable[tuple[float, float, float]]:
        for taken in product((False, True), repeat=8):
            here = np.array(taken)
            chance = float(np.where(here, pi, 1 - pi).prod())
            expanded = VALUES[here] / pi[here]
            yield chance, expanded.sum(), poisson(expanded, pi[here])

    held(outcomes(), VALUES.sum())


def test_two_phases_are_right_over_all_samples() -> None:
    """Two of three, three of five by stratum; then three of the five, drawn in strata that cut across."""
    firsts = [[*one, *other] for one in combinations(range(3), 2) for other in combinations(range(3, 8), 3)]
    strata, taken, sizes = np.array([0] * 3 + [1] * 5), np.array([2.0] * 3 + [3] * 5), np.array([3.0] * 3 + [5] * 5)

    def outcomes() -> Iterable[tuple[float, float, float]]:
        for one in firsts:
            groups = one[:3], one[3:]
            seconds = [[*a, *b] for a in combinations(groups[0], 2) for b in combinations(groups[1], 2)]
            for here in seconds:
                first = Phase(strata[here], taken[here], sizes[here])
                second = Phase(np.array([0, 0, 1, 1]), np.full(4, 2.0), np.array([3.0, 3, 2, 2]))
                told = VALUES[here] / first.pi / second.pi
                yield 1 / len(firsts) / len(seconds), told.sum(), two_phase(VALUES[here], first, second)

    held(outcomes(), VALUES.sum())


def test_order_sampling_of_equal_shares_is_a_plain_draw_and_certain_units_add_nothing() -> None:
    expanded, shares, strata = VALUES / 0.25, np.full(8, 0.25), np.zeros(8, np.int64)
    bare = taylor(expanded, strata, np.arange(8), np.full(8, 0.75))
    assert order(expanded, shares, strata) == pytest.approx(bare)
    more, sure = np.append(expanded, 400.0), np.append(shares, 1.0)
    assert order(more, sure, np.zeros(9, np.int64)) == pytest.approx(bare)
    apart = order(np.append(expanded, expanded), np.append(shares, shares), np.repeat([0, 1], 8))
    assert apart == pytest.approx(2 * bare)


def test_a_lonely_unit_is_held_against_all_and_one_unit_in_all_tells_nothing() -> None:
    alone = taylor(np.array([1.0, 3, 8]), np.array([0, 0, 1]), np.arange(3), np.ones(3))
    assert alone == pytest.approx(2.0 * (1 + 1) + (8 - 4) ** 2)
    assert math.isnan(taylor(np.ones(2), np.zeros(2, int), np.zeros(2, int), np.ones(2)))
    with pytest.raises(UserError, match="one drawn unit"):
        estimate(plain(["a"], of=5), {"a": 1.0})


@pytest.mark.parametrize(
    ("found", "of", "score", "exact"),
    [  # Newcombe (1998), Statistics in Medicine 17, table I, and statsmodels 0.15.0 to the last digits
        (81, 263, (0.2552885198782742, 0.36620957698280004), (0.25273674558527137, 0.36762192260135135)),
        (15, 148, (0.06238639953073628, 0.16048724172330803), (0.05784401008344857, 0.161650490349479)),
        (0, 20, (0.0, 0.1611251580528194), (0.0, 0.16843347098308534)),
        (1, 29, (0.006113214292762667, 0.17175521879320294), (0.000872646883579922, 0.17764429548872293)),
        (29, 29, (0.8830302015002592, 1.0), (0.8805551309304973, 1.0)),
    ],
)
def test_intervals_of_shares_are_the_published_ones(found: int, of: int, score: Any, exact: Any) -> None:
    assert wilson(found / of, of) == pytest.approx(score, abs=1e-9)
    plainly = korn_graubard(found / of, of, of, of - 1)
    assert plainly == pytest.approx(exact, abs=1e-9)


def test_the_interval_of_a_difference_is_the_published_one() -> None:
    """Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10; statsmodels 0.15.0."""
    for (a, m, b, n), told in (
        ((56, 70, 48, 80), (0.05243147240236498, 0.33387265403690614)),
        ((9, 10, 3, 10), (0.1705227239345029, 0.809017973535488)),
        ((10, 10, 0, 10), (0.6075093504305241, 1.0)),
    ):
        assert of_difference(a / m, wilson(a / m, m), b / n, wilson(b / n, n)) == pytest.approx(told, abs=1e-9)


@given(st.floats(0, 1), st.floats(1, 5000), st.floats(1, 400))
def test_an_interval_of_a_share_holds_it_and_widens_as_less_is_known(share: float, n: float, degrees: float) -> None:
    def width(number: float, freedom: float, way: Callable[[float, float], tuple[float, float]]) -> float:
        low, high = way(number, freedom)
        assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1
        return high - low

    for way in (
        lambda number, freedom: wilson(share, number, freedom),
        lambda number, freedom: korn_graubard(share, number, 5000, freedom),
    ):
        assert width(n, degrees, way) >= width(2 * n, degrees, way) - 1e-12
        assert width(n, degrees, way) >= width(n, 2 * degrees, way) - 1e-12


def test_quantiles_are_those_of_another_package() -> None:
    """scipy 1.12.0."""
    for probability, freedom, told in (
        (0.975, 1, 12.706204736432095),
        (0.975, 2, 4.302652729911275),
        (0.975, 10, 2.2281388519649385),
        (0.975, 57.5, 2.0020881507960824),
        (0.995, 4, 4.604094871415897),
        (0.1, 3, -1.6377443536962102),  # by the closed form of 3 degrees; scipy is off in the tenth digit
        (0.975, math.inf, 1.959963984540054),
    ):
        assert student(probability, freedom) == pytest.approx(told, rel=1e-9)
    for probability, a, b, told in (
        (0.025, 3, 5, 0.09898827844250786),
        (0.975, 81, 183, 0.36367197761346737),
        (0.025, 0.5, 0.5, 0.001541333133436012),
        (0.3, 1.7, 250.2, 0.0034401119470728655),
        (0.975, 4000, 2, 0.9999394570807434),
        (0.025, 16.3, 140, 0.06154793959726506),
    ):
        assert beta(probability, a, b) == pytest.approx(told, rel=1e-9)
    assert beta(0.5, 0, 3) == 0 and beta(0.5, 3, 0) == 1
    assert incomplete_beta(0.3, 2, 5) + incomplete_beta(0.7, 5, 2) == pytest.approx(1)


def test_a_plain_draw_gives_mean_total_and_their_errors() -> None:
    ids = [f"d{n}" for n in range(8)]
    values = dict(zip(ids, VALUES.tolist(), strict=True))
    told = estimate(plain(ids, of=20), values)
    error = math.sqrt(0.6 * VALUES.var(ddof=1) / 8)
    assert (told.value, told.se, told.n) == (pytest.approx(VALUES.mean()), pytest.approx(error), 8)
    assert (told.low, told.high) == pytest.approx(symmetric(VALUES.mean(), error**2, 7))
    assert "nor collection" in told.scope and told.interval == "symmetric"
    total = estimate(plain(ids, of=20), values, method="total")
    assert (total.value, total.se) == (pytest.approx(20 * VALUES.mean()), pytest.approx(20 * error))
    other = estimate(plain(ids, of=20), values, method="horvitz-thompson")
    assert (other.value, other.se) == (pytest.approx(told.value), pytest.approx(told.se))
    part = estimate(plain(ids, of=20), values, {"d0", "d1", "d5", "x7"})
    assert part.value == pytest.approx(13 / 3) and part.n == 3
    within = estimate(plain(ids, of=20), values, {"d0", "d1", "d5", "x7"}, "horvitz-thompson")
    assert within.value == pytest.approx(13 * 2.5 / 4)
    with pytest.raises(UserError, match="in this domain"):
        estimate(plain(ids, of=20), values, {"x17"})


def test_shares_near_nought_get_the_exact_interval_and_a_census_none() -> None:
    ids = [f"d{n:03d}" for n in range(60)]
    none = estimate(plain(ids, of=1000), dict.fromkeys(ids, 0.0))
    assert (none.value, none.se, none.low, none.interval) == (0.0, 0.0, 0.0, "korn-graubard")
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 60))
    half = estimate(plain(ids, of=1000), {one: float(n % 2) for n, one in enumerate(ids)})
    assert half.interval == "wilson" and 0 < half.low < 0.5 < half.high < 1
    whole = estimate(plain(ids, of=60), {one: float(n % 2) for n, one in enumerate(ids)})
    assert whole.low == whole.high == whole.value == 0.5 and whole.interval == "census" and whole.se == 0


def test_documents_without_a_value_are_stood_for_by_their_stratum() -> None:
    ids = [f"d{n}" for n in range(8)]
    sample = plain(ids, of=[8, 80], strata=[0, 0, 0, 0, 1, 1, 1, 1])
    values: dict[str, float] = {"d0": 1, "d1": 1, "d2": 0, "d3": 0, "d4": 1, "d5": 0}
    told = estimate(sample, values)
    assert told.missing == 2 and told.n == 6 and told.value == pytest.approx((8 * 0.5 + 80 * 0.5) / 88)
    lost = plain(ids, of=20, status={"d0": "unavailable", "d1": "ineligible"})
    assert "d0" not in lost.ids
    rest = estimate(lost, dict.fromkeys(ids, 1.0) | {"d1": 5.0})
    assert rest.value == 1.0 and rest.n == 6


def test_extreme_weights_are_refused_unless_they_are_accepted_by_name() -> None:
    ids = [f"d{n:02d}" for n in range(60)]
    sample = plain(ids, of=[59 * 2, 300], strata=[0] * 59 + [1])
    with pytest.raises(UserError, match="hang on a few"):
        estimate(sample, {one: float(n % 2) for n, one in enumerate(ids)})
    assert estimate(sample, {one: float(n % 2) for n, one in enumerate(ids)}, extreme=True).n == 60


def test_the_second_phase_stands_for_the_whole_frame() -> None:
    ids = [f"d{n:02d}" for n in range(24)]
    sample = plain(ids, of=96, twice=ids[::2])
    values = {one: float(n % 3) for n, one in enumerate(ids)}
    told = estimate(sample, {one: values[one] for one in ids[::2]}, second=True)
    inner = np.array([values[one] for one in ids[::2]])
    # Two plain draws one after the other are one plain draw of 12 of 96.
    assert told.value == pytest.approx(inner.mean()) and told.n == 12 and told.missing == 0
    assert told.se == pytest.approx(math.sqrt((1 - 12 / 96) * inner.var(ddof=1) / 12))
    with pytest.raises(UserError, match="no second phase"):
        estimate(plain(ids, of=96), values, second=True)


def test_resamples_follow_from_digests_that_anyone_can_compute() -> None:
    made = resamples(SEED, 7, 5, "stratum-0")
    for b, j in ((0, 0), (3, 6), (4, 2)):
        text = f"huanying-sample/1\n{SEED}\nbootstrap/{b}\nstratum-0/{j}"
        u = (int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) + 0.5) / 2**52
        assert made[b, j] == int(u * 7)
    assert np.unique(resamples(SEED, 7, 300)).tolist() == list(range(7))


def test_many_resamples_are_counted_in_parts() -> None:
    places = resamples(SEED, 700, 400)
    assert all(
        (row == np.bincount(of, minlength=700)).all() for row, of in zip(often(SEED, 700, 400), places, strict=True)
    )


def test_replicate_weights_come_of_all_places_of_a_stratum_but_the_last() -> None:
    ids = [f"d{n}" for n in range(9)]
    sample = plain(ids, of=[8, 9, 5], strata=[0] * 5 + [1] * 3 + [2])
    sample = replace(sample, clusters=np.array([0, 1, 1, 2, 3, 4, 5, 6, 7]))
    made, reach = replicates(sample, 50) / sample.weight, np.sqrt(sample.spare)
    for h, unit in ((0, [0, 1, 1, 2, 3]), (1, [0, 1, 2])):
        n, here = max(unit) + 1, sample.strata == h
        counts = np.array(
            [[row[:-1].tolist().count(j) for j in unit] for row in resamples(SEED, n, 50, f"stratum-{h}")]
        )
        assert made[:, here] == pytest.approx(1 - reach[here] + reach[here] * n / (n - 1) * counts)
    assert (made[:, 8] == 1).all(), "one unit does not vary"


def test_coins_of_independent_draws_follow_from_digests() -> None:
    ids, pi = ["d0", "d1", "猫"], np.array([0.2, 0.5, 0.7])
    sample = replace(plain(ids, of=30), kind="poisson", pi=pi, weight=1 / pi)
    for b, row in enumerate(replicates(sample, 20)):
        texts = [f"huanying-sample/1\n{SEED}\nbootstrap/{b}\n{one}" for one in ids]
        signs = [1 if hashlib.sha256(text.encode()).digest()[0] >= 128 else -1 for text in texts]
        assert row == pytest.approx((1 + np.sqrt(1 - pi) * signs) / pi)


@pytest.mark.parametrize("kind", ["strata", "order", "poisson"])
def test_replicate_weights_give_back_the_variance_of_the_design(kind: Any) -> None:
    ids = [f"d{n:02d}" for n in range(40)]
    sample = plain(ids, of=[60, 100], strata=[0] * 20 + [1] * 20)
    if kind != "strata":
        pi = np.linspace(0.1, 0.9, 40)
        sample = replace(sample, kind=kind, pi=pi, weight=1 / pi)
    values = np.array([float((7 * n) % 5) for n in range(40)])
    drawn = replicates(sample, 1500) @ values
    assert drawn.mean() == pytest.approx(float(sample.weight @ values), rel=0.02)
    assert drawn.var() == pytest.approx(spread(sample, values), rel=0.12)


def test_a_bootstrap_estimate_is_near_the_linear_one() -> None:
    ids = [f"d{n:02d}" for n in range(40)]
    values = {one: float((3 * n) % 4) for n, one in enumerate(ids)}
    one, other = estimate(plain(ids, of=90), values), estimate(plain(ids, of=90), values, method="bootstrap")
    assert other.value == one.value and other.se == pytest.approx(one.se, rel=0.1) and other.interval == "percentile"
    assert other.low == pytest.approx(one.low, abs=0.1) and other.high == pytest.approx(one.high, abs=0.1)


def test_a_draw_is_read_from_its_folder_and_what_is_no_draw_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no draw can be read here"):
        estimate(tmp_path, {})
    plan = plan_of({"method": "srs", "n": 4})
    rows = [{"id": f"d{n}", "stratum": "all", "wave": 0, "text_commitment": ""} for n in range(9)]
    frame = frame_table(rows)
    drawn = drawn_of(frame, plan, SEED)
    write_file(tmp_path / "frame.parquet", FRAME, frame)
    write_file(tmp_path / "sample.parquet", SAMPLE, drawn.table)
    stage = {"name": "draw", "method": "srs", "take": None, "strata": [{"N": 9, "n": 4}]}
    content = {"stages": [stage], "estimand": "documents", "seed": {"hex": SEED}}
    (tmp_path / "sample.json").write_text(json.dumps(content), encoding="utf-8")
    ids = drawn.table.column("doc_id").to_pylist()
    told = estimate(tmp_path, {one: float(n) for n, one in enumerate(ids)}, method="total")
    assert told.value == pytest.approx(9 * 1.5) and told.n == 4 and told.missing == 0


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """A small form of `benchmarks/sampling.py`, with its own draws: 60 of each, so between 52 and all of 60."""
    small = world(1_200)
    assert naive(small) > 10
    wanted = {"stratified, proportional", "pps, sequential Poisson", "three an author, documents"}
    for case in cases(small, 150):
        if case.name in wanted:
            wanted.remove(case.name)
            told = {one.figure: one for one in simulate([replace(case, figures=case.figures[:2])], 60)}
            for one in (told[SHARE], told[CORRECTED]):
                assert one.held >= 100 * 52 / 60 and abs(one.bias) < min(4 * one.error, 3), one
                assert 0.75 < one.se / one.spread < 1.3 and one.refused == 0, one
    assert not wanted


def test_a_median_is_that_of_the_frame_when_all_is_drawn_and_has_an_interval_when_not() -> None:
    ids = [f"d{n:02d}" for n in range(40)]
    values = {one: float(n) for n, one in enumerate(ids)}
    whole = centile(plain(ids, of=40), values)
    assert (whole.value, whole.se, whole.low, whole.high) == (19.0, 0.0, 19.0, 19.0)
    some = centile(plain(ids, of=[20, 2_000], strata=[0] * 20 + [1] * 20), values, 0.25)
    assert some.value == 24.0 and 20 <= some.low < 24 < some.high < 30 and some.n == 40
    low = centile(plain(ids, of=400), values, domain=set(ids[:9]))
    assert low.value == 4.0 and low.n == 9 and "quantile 0.5" in low.method
    with pytest.raises(ValueError, match="between 0 and 1"):
        centile(plain(ids, of=400), values, 1.0)
    with pytest.raises(UserError, match="in this domain"):
        centile(plain(ids, of=400), values, domain={"x1"})
