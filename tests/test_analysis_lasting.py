"""How long documents last: the estimate against cases that can be told by hand, and against a simulated truth."""

from random import Random

import pytest

from analysis.reporting.lasting import GRID, Seen, estimate


def _points(seen: list[Seen]) -> dict[int, float]:
    return {point["hours"]: point["share"] for point in estimate(seen)["points"]}


def test_without_truncation_the_estimate_is_the_share_that_was_found() -> None:
    """All seen at once, half of them missed at the next look between 24 and 48 hours: no more can be known."""
    seen = [Seen(0.0, 24.0, 48.0)] * 40 + [Seen(0.0, 48.0, None)] * 40
    points = _points(seen)
    assert points[24] == pytest.approx(1.0, abs=1e-6)
    assert points[48] == pytest.approx(0.5, abs=1e-6)
    assert max(points) == 48  # beyond the last look nothing is said


def test_documents_that_nobody_looked_at_again_carry_no_estimate() -> None:
    assert estimate([])["reason"] == "once"
    assert estimate([Seen(1.0, 1.0, None)] * 200)["reason"] == "once"
    assert estimate([Seen(1.0, 30.0, None)] * 29)["reason"] == "few"
    assert estimate([Seen(1.0, 30.0, None)] * 30)["reason"] is None


def test_captures_that_begin_late_are_not_estimable_whatever_their_number() -> None:
    late = estimate([Seen(15_000.0, 15_100.0, None)] * 500 + [Seen(15_000.0, 15_000.0, 15_050.0)] * 500)
    assert late["reason"] == "late"
    assert late["points"] == []
    assert late["lag"] == 15_000.0


def test_late_entries_do_not_hide_early_deletions() -> None:
    """Half vanish within the first two days. Those that entered late survived by selection; the estimate knows."""
    random = Random(11)
    seen: list[Seen] = []
    while len(seen) < 4000:
        ends = random.uniform(0, 48) if random.random() < 0.5 else 1e9
        entered = random.choice([0.0, 0.0, 24.0])
        looks = [entered, *(age for age in (24.0, 48.0, 72.0) if age > entered)]
        there = [age for age in looks if age < ends]
        if not there:
            continue  # never seen by anybody
        missed = [age for age in looks if age >= ends]
        seen.append(Seen(there[0], there[-1], missed[0] if missed else None))
    points = _points(seen)
    assert points[48] == pytest.approx(0.5, abs=0.03)
    assert points[24] == pytest.approx(0.75, abs=0.03)
    naive = sum(one.missed is None for one in seen) / len(seen)
    assert naive > 0.53  # what one would say who forgets that the vanished could not enter


def test_the_interval_holds_the_estimate_and_is_the_same_each_time() -> None:
    seen = [Seen(0.0, 24.0, 48.0)] * 20 + [Seen(0.0, 168.0, None)] * 60
    first, second = estimate(seen), estimate(seen)
    assert first == second
    for point in first["points"]:
        assert point["low"] - 1e-6 <= point["share"] <= point["high"] + 1e-6
    at = next(point for point in first["points"] if point["hours"] == 48)
    assert 0.6 < at["low"] < 0.75 < at["high"] < 0.9
    assert {point["hours"] for point in first["points"]} <= set(GRID)
