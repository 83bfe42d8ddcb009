"""What estimates refuse, leave out and tell: labels for a part, strata without a chance, and samples in which nothing varies."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analysis.agreed import agreed
from analysis.agreement import alpha
from analysis.estimates.centiles import centile
from analysis.estimates.corrected import Corrected, corrected, count
from analysis.estimates.estimators import Estimate, estimate, freedom, spread
from analysis.estimates.intervals import korn_graubard
from analysis.estimates.sampled import Sample, sample_of
from analysis.estimates.variances import two_phase
from analysis.sampling.samples import sample_of as drawn_of
from corpus.errors import UserError
from tests.planned import frame_of, plan_of
from tests.samples import SEED, plain


def drawn(frame: pa.Table, method: str, **design: Any) -> Sample:
    """A draw of a frame, as it would be read from its folder."""
    plan = plan_of(method, **design)
    made = drawn_of(frame, plan, SEED)
    cells = [{"stratum": one.stratum, "wave": one.wave, "N": one.N, "n": one.n} for one in made.cells]
    stage = {"name": "draw", "method": plan.design.method, "take": plan.design.take, "strata": cells}
    described = {"stages": [stage], "estimand": plan.estimand, "seed": {"hex": SEED}}
    rows = frame.select(["id", "stratum", "wave"]).to_pylist()
    places = [f"{row['stratum']}\t{row['wave']}" for row in rows]
    return sample_of(made.table, described, [row["id"] for row in rows], places)


def told_by(sample: Sample, truth: dict[str, str], machine: dict[str, str], **more: Any) -> Corrected:
    return corrected(sample, machine, {one: truth[one] for one in sample.ids}, "y", **more)


def test_labels_of_the_drawn_documents_alone_are_not_corrected() -> None:
    ids = [f"d{n}" for n in range(40)]
    sample = plain(ids, of=400)
    truth = {one: "ny"[n % 2] for n, one in enumerate(sample.frame)}
    for labelled in (sample.frame[:40], sample.frame[:200], sample.frame[40:]):
        with pytest.raises(UserError, match="of the drawn documents have a label"):
            told_by(sample, truth, {one: truth[one] for one in labelled})
    spared = {one: truth[one] for n, one in enumerate(sample.frame) if n % 5}
    half = told_by(sample, truth, spared)
    assert half.unlabelled == 80 and half.estimate.low < 0.5 < half.estimate.high and half.naive < 0.5


def test_strata_without_a_chance_are_left_out_and_counted() -> None:
    frame = frame_of(1_000, stratum=lambda n: "a" if n < 100 else "b")
    sample = drawn(frame, "stratified", allocation="fixed", fixed={"a": 20, "b": 0}, strata=("kind",))
    names = sample.frame
    values = dict.fromkeys(names, 1.0)
    assert sample.uncovered == 900
    for method in ("horvitz-thompson", "total"):
        with pytest.raises(UserError, match="no document stands for some strata"):
            estimate(sample, values, method=method)  # type: ignore[arg-type]
    some = estimate(sample, values)
    assert some.uncovered == 900 and "Left out: 900 documents" in some.scope and "900" in some.scopes["zh"]
    assert estimate(sample, values, domain=set(names[:100])).uncovered == 0
    machine = {one: "y" if n < 100 else "n" for n, one in enumerate(names)}
    found = told_by(sample, dict.fromkeys(names, "y"), machine)
    assert found.naive == found.estimate.value == 1.0 and found.size == 100 and found.estimate.uncovered == 900
    assert count(sample, machine).size == 1_000
    with pytest.raises(UserError, match="cannot be left out"):
        told_by(replace(sample, places=()), dict.fromkeys(names, "y"), machine)


def test_a_stratum_of_which_nothing_came_by_chance_is_covered() -> None:
    frame = frame_of(40, stratum=lambda n: f"s{n // 4}")
    sample = drawn(frame, "poisson", rate=0.2, strata=("kind",))
    assert len(sample.cells) < 10 and sample.uncovered == 0 and not sample.lost


def test_a_stratum_of_which_nothing_is_known_is_lost_and_the_others_are_estimated() -> None:
    ids = [f"d{n}" for n in range(12)]
    strata = [0] * 4 + [1] * 4 + [2] * 4
    sample = plain(ids, of=[40, 60, 80], strata=strata, status=dict.fromkeys(ids[:4], "unavailable"))
    assert sample.uncovered == 40 and sample.gone == tuple(ids[:4])
    values = {one: float(n % 2) for n, one in enumerate(ids) if n >= 8}
    told = estimate(sample, values)
    assert (told.n, told.missing, told.unavailable, told.uncovered) == (4, 4, 4, 100)
    only = estimate(sample, values, domain=set(ids[8:]) | {f"x{n}" for n in range(92, 168)})
    assert (only.missing, only.unavailable, only.uncovered) == (0, 0, 0)
    truth = {one: "ny"[int(value)] for one, value in values.items()}
    machine = dict.fromkeys(sample.frame, "n")
    found = corrected(sample, machine, truth, "y", counted=count(sample, machine))
    assert found.size == 80 and found.estimate.value == 0.5 and found.estimate.uncovered == 100
    none = plain(ids, of=[40, 60, 80], strata=strata, status=dict.fromkeys(ids, "unavailable"))
    assert not none.ids and none.uncovered == 180
    with pytest.raises(UserError, match="no document"):
        estimate(none, values)


def test_documents_gone_replaced_and_ineligible_are_counted() -> None:
    ids = [f"d{n}" for n in range(10)]
    sample = plain(ids, of=50, status={"d0": "unavailable", "d1": "ineligible", "d2": "unavailable"})
    told = estimate(replace(sample, replaced=("r0",)), {one: float(one > "d5") for one in ids})
    assert (told.n, told.missing, told.unavailable, told.ineligible, told.replaced) == (7, 0, 2, 1, 1)


def test_a_cap_on_authors_makes_no_census_of_their_means() -> None:
    frame = frame_of(60, author=lambda n: f"a{n // 6}")
    sample = drawn(frame, "author", take=2, estimand="author-means")
    values = {one: float(n % 6 < 2) for n, one in enumerate(sample.frame)}
    told = estimate(sample, values)
    assert told.interval != "census" and told.low < told.value < told.high and told.se > 0
    every = estimate(drawn(frame, "author", take=6, estimand="author-means"), values)
    assert every.interval == "census" and every.value == pytest.approx(1 / 3)


def test_clusters_that_are_all_alike_count_as_clusters() -> None:
    frame = frame_of(2_000, cluster=lambda n: f"c{n // 100:03d}")
    sample = drawn(frame, "cluster", n=5, cluster="thread", within="all")
    none = estimate(sample, dict.fromkeys(sample.frame, 0.0))
    assert none.n == 500 and none.n_eff == pytest.approx(5)
    assert none.high == pytest.approx(korn_graubard(0.0, 5, 5, 4)[1]) and none.high > 0.4
    named = dict.fromkeys(sample.frame, "n")
    assert told_by(sample, named, named).estimate.high > 0.4


def test_one_ineligible_document_leaves_the_guard_against_no_error_seen() -> None:
    ids = [f"d{n}" for n in range(60)]
    widths = []
    for status in ({}, {"d0": "ineligible"}, {"d1": "ineligible"}):
        sample = plain(ids, of=2_000, status=status)
        machine = {one: "n" if n % 3 else "y" for n, one in enumerate(sample.frame)}
        found = told_by(sample, machine, machine).estimate
        assert found.low < found.value < found.high and found.interval.startswith("newcombe")
        widths.append(found.high - found.low)
    assert widths[1] > widths[0] and widths[2] > widths[0]
    few = plain(ids[:10], of=2_000, status={"d0": "ineligible", "d1": "ineligible"})
    all_yes = dict.fromkeys(few.frame, "y")
    one = told_by(few, all_yes, all_yes).estimate
    assert one.value == 1.0 and one.low < 0.75 and one.high == 1.0


def test_heavy_weights_leave_few_degrees_and_extreme_ones_are_refused() -> None:
    ids = [f"d{n:02d}" for n in range(60)]
    pi = np.where(np.arange(60) < 4, 0.02, 0.5)
    heavy = replace(plain(ids, of=2_000), kind="order", pi=pi, weight=1 / pi)
    here, even = np.ones(60, bool), replace(plain(ids, of=2_000), kind="order")
    assert freedom(even, here) == pytest.approx(59) and 4 < freedom(heavy, here) < 12 < 59
    parts = np.where(np.arange(60) == 0, 1.0, 0.01)
    assert freedom(heavy, here, parts) == 1.0 and freedom(replace(heavy, kind="strata"), here, parts) == 59
    worse = replace(heavy, weight=np.where(np.arange(60) == 0, 4_000.0, 2.0))
    truth = {one: "ny"[n % 2] for n, one in enumerate(worse.frame)}
    machine = {one: "ny"[n % 3 == 0] for n, one in enumerate(worse.frame)}
    with pytest.raises(UserError, match="hang on a few"):
        told_by(worse, truth, machine)
    assert told_by(heavy, truth, machine).estimate.n == 60


def test_an_interval_stays_within_0_and_1_and_the_value_outside_is_told() -> None:
    ids = [f"d{n}" for n in range(20)]
    sample = plain(ids, of=200)
    machine = {one: "y" if n < 4 or 20 <= n < 22 else "n" for n, one in enumerate(sample.frame)}
    found = told_by(sample, dict.fromkeys(sample.frame, "n"), machine).estimate
    assert found.value < 0 and found.outside and found.low == 0.0 and 0 < found.high < 0.2
    assert not told_by(sample, machine, machine).estimate.outside
    many = [f"d{n}" for n in range(400)]
    wide = plain(many, of=40_000)
    seen = {one: "y" if n < 30 or n == 500 else "n" for n, one in enumerate(wide.frame)}
    low = told_by(wide, dict.fromkeys(wide.frame, "n"), seen).estimate
    assert low.value < -0.05 and low.outside and low.interval == "symmetric"
    assert low.low == 0.0 and 0.02 < low.high < 0.05


def test_a_machine_that_is_always_wrong_is_not_taken_to_be_so_for_certain() -> None:
    ids = [f"d{n}" for n in range(60)]
    sample = plain(ids, of=2_000)
    found = told_by(sample, dict.fromkeys(sample.frame, "y"), dict.fromkeys(sample.frame, "n"))
    assert found.wrong == 60 and found.estimate.value == 1.0 and 0.8 < found.estimate.low < 0.98


def test_no_mean_of_one_number_or_of_numbers_that_are_the_same() -> None:
    ids = [f"d{n}" for n in range(20)]
    sample = plain(ids, of=200)
    for values, domain in (({one: float(one[1:]) for one in ids}, {"d3"}), (dict.fromkeys(ids, 2.0), None)):
        with pytest.raises(UserError, match="tell nothing of an error"):
            estimate(sample, values, domain)
    assert estimate(plain(ids, of=20), dict.fromkeys(ids, 2.0)).value == 2.0
    none = estimate(sample, dict.fromkeys(ids, 0.0), method="bootstrap")
    assert none.low == 0.0 and none.high > 0.1 and none.interval == "korn-graubard"


def test_resamples_without_a_document_of_the_domain_are_left_out() -> None:
    frame = frame_of(60, cluster=lambda n: f"c{n // 3}")
    sample = drawn(frame, "cluster", n=6, cluster="thread", within="representative")
    values = {one: float(n % 2) for n, one in enumerate(sample.ids)}
    two = estimate(sample, values, domain=set(sample.ids[:2]), method="bootstrap")
    assert math.isfinite(two.se) and 0 <= two.low <= two.high <= 1
    assert math.isfinite(centile(sample, values, domain=set(sample.ids[:1])).value)


def test_a_variance_below_nought_gives_way_to_one_that_errs_upwards() -> None:
    frame = frame_of(9, author=lambda n: f"a{int(n > 3) + int(n > 6)}")
    plan, found = plan_of("author", take=2, n=4, estimand="documents"), []
    stage = {"name": "draw", "method": "author", "take": 2, "strata": [{"N": 6, "n": 4}]}
    described = {"stages": [stage], "estimand": "documents", "seed": {"hex": SEED}}
    for number in range(40):
        made = drawn_of(frame, plan, f"{number:02d}" * 32)
        sample = sample_of(made.table, described, frame.column("id").to_pylist())
        values = np.array([(0.35, 1.8, 2.1, 0.4, 2.4, 1.5, 0.5, 1.6, 2.4)[int(one[-1])] for one in sample.ids])
        first, second = sample.phases()
        bare = two_phase(values * sample.weight * first.pi * second.pi, first, second)
        found.append(bare < 0)
        assert spread(sample, values) > 0 if bare < 0 else spread(sample, values) == pytest.approx(bare)
    assert any(found) and not all(found)


def test_agreement_that_cannot_vary_has_no_interval_and_data_that_do_not_no_alpha() -> None:
    for units in (2, 4, 8):
        table = {f"u{n}": {"a": "0.1", "b": "0.1", "c": "0.1"} for n in range(units)}
        assert math.isnan(alpha(table, "interval"))
    few = {f"u{n}": {"a": "ny"[n % 2], "b": "ny"[n > 2]} for n in range(4)}
    assert all(one.low is None and one.high is None for one in agreed(few, "nominal", SEED, times=50))
    same = {f"u{n}": {"a": "ny"[n % 2], "b": "ny"[n % 2]} for n in range(20)}
    assert {(one.value, one.low) for one in agreed(same, "nominal", SEED, times=50)} == {(1.0, None)}
    differ = {f"u{n}": {"a": "ny"[n % 2], "b": "ny"[n % 3 == 1]} for n in range(20)}
    assert all(one.low is not None for one in agreed(differ, "nominal", SEED, times=50))


def test_scopes_are_as_wide_as_what_was_done() -> None:
    def scopes(**more: Any) -> str:
        return Estimate(0.5, 0.1, 0.3, 0.7, 10, 10.0, more.pop("method", "hajek"), **more).scope

    assert "errors of the labels" in scopes(method="difference estimator") and "errors of the labels" not in scopes()
    assert "is not covered" in scopes(interval="census") and "Left out" not in scopes()
