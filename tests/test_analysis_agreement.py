"""Agreement of coders: figures of two published implementations, laws, intervals, and machine labels against people's."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreed import Agreed, against, agreed, codings, confusion
from analysis.agreement import LEVELS, Level, ac1, alpha, alphas, percent, tally
from analysis.estimates.bootstrap import often

SEED = "5e" * 32
_ = None
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: four coders, twelve units, gaps.
TEXTBOOK = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]
INVENTED = [
    [4, 4, _, 5, 3, 3, 4, _, 5, 2, 2, _, _, _, 1, 1, 1, 1, 1, 4],
    [4, 5, 4, 5, 3, 3, 4, 4, 4, _, _, _, 3, 3, _, 1, 1, 4, 1, 5],
    [4, 5, 1, 5, 3, 3, 4, 2, 5, 5, 2, 2, 3, 3, 1, _, _, 1, 2, 5],
]
Rows = list[list[int | None]]


def of(rows: Rows) -> dict[str, dict[str, int | None]]:
    return {
        f"u{unit:02d}": {f"c{coder}": row[unit] for coder, row in enumerate(rows)} for unit, _ in enumerate(rows[0])
    }


@pytest.mark.parametrize(
    ("rows", "level", "figure"),
    [  # krippendorff 0.9.0
        (TEXTBOOK, "nominal", 0.743421052631579),
        (TEXTBOOK, "ordinal", 0.8153875037548814),
        (TEXTBOOK, "interval", 0.8491071428571428),
        (INVENTED, "nominal", 0.585446527012128),
        (INVENTED, "ordinal", 0.6606804037644202),
        (INVENTED, "interval", 0.6589259796806965),
    ],
)
def test_alpha_is_that_of_the_textbook_and_of_another_implementation(rows: Rows, level: Level, figure: float) -> None:
    assert alpha(of(rows), level) == pytest.approx(figure, abs=1e-9)


def test_ac1_and_per_cent_are_those_of_another_implementation() -> None:
    """irrCAC 0.4.4; the ratings are those of the textbook, for which Gwet has 0.775."""
    assert ac1(of(TEXTBOOK)) == pytest.approx(0.775444068126995, abs=1e-9)
    assert ac1(of(INVENTED)) == pytest.approx(0.583821043048511, abs=1e-9)
    assert percent(of(TEXTBOOK)) == pytest.approx(0.818181818181818, abs=1e-9)
    assert percent(of(INVENTED)) == pytest.approx(2 / 3, abs=1e-9)


def test_codes_that_nobody_gave_count_for_chance_and_order_is_that_of_the_scheme() -> None:
    table = {"a": {"x": "low", "y": "low"}, "b": {"x": "high", "y": "mid"}, "c": {"x": "mid", "y": "mid"}}
    scheme = ("low", "mid", "high")
    assert ac1(table, (*scheme, "none")) > ac1(table, scheme)
    assert alpha(table, "ordinal", scheme) > alpha(table, "ordinal", ("mid", "low", "high"))
    assert alpha(table, "ordinal", scheme) == pytest.approx(
        alpha({u: {c: scheme.index(v) for c, v in row.items()} for u, row in table.items()}, "ordinal")
    )
    with pytest.raises(ValueError, match="'mid' is no code"):
        alpha(table, "nominal", ("low", "high"))


def test_what_is_not_defined_is_said_to_be_so() -> None:
    alone = {"a": {"x": 1}, "b": {"y": 2}}
    same = {"a": {"x": 1, "y": 1}, "b": {"x": 1, "y": 1}}
    assert all(math.isnan(alpha(table, level)) for table in ({}, alone, same) for level in LEVELS)
    assert math.isnan(percent(alone)) and math.isnan(ac1({})) and math.isnan(ac1(same))
    assert percent(same) == 1.0 and ac1(same, (1, 2)) == 1.0


RATINGS = st.lists(st.lists(st.none() | st.integers(1, 4), min_size=3, max_size=3), min_size=1, max_size=9)


@settings(max_examples=60, deadline=None)
@given(RATINGS, st.randoms(use_true_random=False), st.sampled_from(LEVELS))
def test_names_and_order_of_units_and_coders_do_not_matter(rows: Rows, chance: object, level: Level) -> None:
    table = {f"u{number}": {f"c{who}": value for who, value in enumerate(row)} for number, row in enumerate(rows)}
    turned = {f"v{9 - n}": dict(reversed(row.items())) for n, row in enumerate(table.values())}
    for one, other in ((alpha(table, level), alpha(turned, level)), (ac1(table), ac1(turned))):
        assert one == pytest.approx(other, nan_ok=True)
        assert math.isnan(one) or one <= 1.0 + 1e-12


@settings(max_examples=40, deadline=None)
@given(RATINGS, st.lists(st.integers(0, 3), min_size=9, max_size=9), st.sampled_from(LEVELS))
def test_a_unit_counted_twice_is_two_units(rows: Rows, times: list[int], level: Level) -> None:
    table = {f"u{number}": {f"c{who}": value for who, value in enumerate(row)} for number, row in enumerate(rows)}
    copies = {f"{unit}/{copy}": row for (unit, row), n in zip(table.items(), times, strict=False) for copy in range(n)}
    told = tally(table, level)
    weight = np.array([times[int(unit[1:])] for unit in told.units], float)
    assert alphas(told, level, weight[None])[0] == pytest.approx(alpha(copies, level), nan_ok=True)


def test_intervals_hold_the_figure_by_language_and_code_and_are_the_same_each_time() -> None:
    table, languages = of(INVENTED), {f"u{n:02d}": "zh" if n < 10 else "en" for n in range(20)}
    found = agreed(table, "ordinal", SEED, languages, (1, 2, 3, 4, 5), times=200)
    assert found == agreed(dict(reversed(table.items())), "ordinal", SEED, languages, (1, 2, 3, 4, 5), times=200)
    assert Counter(one.language for one in found) == {None: 18, "zh": 18, "en": 18}
    whole = {one.statistic: one for one in found if one.language is None and one.code is None}
    assert whole["alpha"].value == pytest.approx(0.6606804037644202) and whole["percent"].value == pytest.approx(2 / 3)
    for one in whole.values():
        assert one.low is not None and one.high is not None and one.value is not None
        assert one.low < one.value < one.high and one.units == 19 and one.coders == 3
    code = next(one for one in found if one.code == "3" and one.language is None and one.statistic == "alpha")
    bare = {u: {c: v if v is None else v == 3 for c, v in row.items()} for u, row in table.items()}
    assert code.level == "nominal" and code.value == pytest.approx(alpha(bare))
    drawn = [alphas(tally(table, "ordinal"), "ordinal", _paired(row)[None])[0] for row in often(SEED, 19, 200)]
    assert whole["alpha"].low == pytest.approx(np.quantile(drawn, 0.025))
    assert found != agreed(table, "ordinal", "6e" * 32, languages, (1, 2, 3, 4, 5), times=200)


def _paired(row: np.ndarray) -> np.ndarray:
    """A resample of the units that two or more coded, over all units that anybody did."""
    told = tally(of(INVENTED))
    full = np.ones(len(told.units))
    full[told.counts.sum(axis=1) > 1] = row
    return full


def test_rows_of_a_round_and_a_machine_become_codings_and_a_table_of_confusion() -> None:
    rows = [
        {"doc_id": "d1", "variable": "tone", "code": "warm", "coder": "ann", "kind": "code"},
        {"doc_id": "d1", "variable": "tone", "code": "cold", "coder": "bo", "kind": "code"},
        {"doc_id": "d1", "variable": "tone", "code": "warm", "coder": "bo", "kind": "code"},
        {"doc_id": "d1", "variable": "tone", "code": "cold", "coder": "chair", "kind": "adjudication"},
    ]
    assert codings(rows) == {"tone": {"d1": {"ann": "warm", "bo": "warm"}}}
    truth = {"a": "warm", "b": "warm", "c": "cold", "d": "cold"}
    machine: dict[str, str | None] = {"a": "warm", "b": "cold", "c": "cold", "d": None}
    assert confusion(truth, machine, {"a": "zh", "b": "en", "c": "en"}) == {
        "all": {"cold": {"": 1, "cold": 1}, "warm": {"cold": 1, "warm": 1}},
        "en": {"cold": {"cold": 1}, "warm": {"cold": 1}},
        "zh": {"warm": {"warm": 1}},
    }
    figures = agreed(against(truth, machine), "nominal", SEED, codes=("warm", "cold"), times=50)
    assert isinstance(figures[0], Agreed) and figures[0].units == 3 and figures[2].value == pytest.approx(2 / 3)
