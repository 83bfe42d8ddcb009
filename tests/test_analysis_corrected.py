"""Machine labels corrected by a coded sample: unbiased over every sample, whatever the machine says."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.estimates.corrected import corrected
from analysis.estimates.estimators import Method, estimate, freedom
from corpus.errors import UserError
from tests.samples import plain

FRAME = [f"d{n}" for n in range(7)]
LABELS = st.lists(st.sampled_from(["yes", "no", ""]), min_size=7, max_size=7)


def every(truth: dict[str, str], machine: dict[str, str], power: float, domain: set[str] | None) -> np.ndarray:
    """Value and variance over all draws of 4 of the 7 documents; a draw without the domain counts as the machine says."""
    rows = []
    for taken in combinations(FRAME, 4):
        rest = iter(one for one in FRAME if one not in taken)
        sample = plain(list(taken), of=7)
        names = {name: next(rest) for name in sample.frame if name.startswith("x")}
        labels = machine | {name: machine.get(one, "") for name, one in names.items()}
        own = None if domain is None else {n for n in (*taken, *names) if names.get(n, n) in domain}
        told = corrected(sample, labels, {one: truth[one] for one in taken}, "yes", own, power=power)
        rows.append((told.estimate.value, told.estimate.se**2, told.naive))
    return np.array(rows)


@settings(max_examples=40, deadline=None)
@given(LABELS, LABELS, st.sampled_from([1.0, 0.5, 0.0]), st.booleans())
def test_it_is_unbiased_with_an_unbiased_variance_whatever_the_labels(
    right: list[str], said: list[str], power: float, part: bool
) -> None:
    truth, machine = dict(zip(FRAME, right, strict=True)), dict(zip(FRAME, said, strict=True))
    domain = set(FRAME[:5]) if part else None  # every 4 of the 7 have one of these 5
    told = every(truth, machine, power, domain)
    share = np.mean([truth[one] == "yes" for one in FRAME if domain is None or one in domain])
    assert told[:, 0].mean() == pytest.approx(share)
    if not part:  # there it is a ratio, of which the variance is linearised
        assert told[:, 1].mean() == pytest.approx(told[:, 0].var())
    assert told[0, 2] == pytest.approx(
        np.mean([machine[one] == "yes" for one in FRAME if domain is None or one in domain])
    )


IDS = [f"d{n:03d}" for n in range(100)]


def test_a_machine_without_an_error_in_the_sample_is_not_taken_to_be_without_any() -> None:
    sample = plain(IDS, of=1000)
    truth = {one: "yes" if n < 30 else "no" for n, one in enumerate(IDS)}
    machine = truth | {f"x{n}": "yes" if n < 270 else "no" for n in range(900)}
    told = corrected(sample, machine, truth, "yes")
    assert told.naive == told.estimate.value == pytest.approx(0.3) and told.wrong == 0 and told.size == 1000
    assert told.estimate.se == 0 and told.estimate.low < 0.27 and told.estimate.high > 0.33
    assert told.estimate.interval == "newcombe of both kinds of error"
    assert told.estimate.high - told.estimate.low < estimate(sample, yes(truth)).high - estimate(sample, yes(truth)).low


def yes(labels: dict[str, str]) -> dict[str, float]:
    return {one: float(label == "yes") for one, label in labels.items()}


def test_it_takes_back_what_the_machine_says_too_often_and_is_sharper_than_codes_alone() -> None:
    sample = plain(IDS, of=1000)
    truth = {one: "yes" if n % 10 < 4 else "no" for n, one in enumerate(IDS)}
    machine = {one: "yes" if n % 10 < 6 or n % 20 == 19 else "no" for n, one in enumerate(IDS)}
    machine |= {f"x{n}": "yes" if n % 10 < 6 or n % 20 == 19 else "no" for n in range(900)}
    told = corrected(sample, machine, truth, "yes")
    assert told.naive == pytest.approx(0.65) and told.estimate.value == pytest.approx(0.4) and told.wrong == 25
    assert told.estimate.low < 0.4 < told.estimate.high < told.naive
    alone, bare = estimate(sample, yes(truth)), corrected(sample, machine, truth, "yes", power=0.0)
    assert bare.estimate.value == pytest.approx(alone.value) and bare.estimate.se == pytest.approx(alone.se)
    assert told.estimate.se < alone.se and told.estimate.n_eff > alone.n_eff


def test_ineligible_documents_leave_both_sums_and_missing_codes_are_told() -> None:
    sample = plain(IDS, of=1000, status=dict.fromkeys(IDS[:20], "ineligible"))
    truth = {one: "yes" if n % 2 else "no" for n, one in enumerate(IDS)}
    machine = truth | {f"x{n}": "yes" if n % 2 else "no" for n in range(900)}
    told = corrected(sample, machine, truth, "yes").estimate
    # 200 of the 1,000 are estimated ineligible, half of them labelled yes.
    assert told.value == pytest.approx(400 / 800) and told.n == 80 and told.se > 0
    some = corrected(plain(IDS, of=1000), machine, {one: truth[one] for one in IDS[10:]}, "yes").estimate
    assert some.missing == 10 and some.n == 90


def test_a_domain_without_a_code_is_refused() -> None:
    sample = plain(IDS, of=1000)
    with pytest.raises(UserError, match="no document of this domain was coded"):
        corrected(sample, {}, dict.fromkeys(IDS, "yes"), "yes", {"x1", "x2"})


def test_in_a_domain_errors_are_divided_by_what_came_of_it() -> None:
    """10 of the frame's 1,000 are in the domain, and by chance 8 of the 100 drawn: each stands for 10, not for one of 10."""
    sample = plain(IDS, of=1000)
    domain = {*IDS[:8], "x0", "x1"}
    truth = dict.fromkeys(IDS, "yes") | {IDS[0]: "no"}
    machine = dict.fromkeys(sample.frame, "no") | dict.fromkeys(IDS[6:8], "yes")
    told = corrected(sample, machine, truth, "yes", domain)
    assert told.naive == pytest.approx(0.2) and told.size == 10 and told.wrong == 5
    assert told.estimate.value == pytest.approx(0.2 + 5 / 8) and not told.estimate.outside  # 0.2 + 50/10 before
    shares = [corrected(sample, machine, truth, one, domain).estimate.value for one in ("yes", "no")]
    assert sum(shares) == pytest.approx(1.0)
    gone = plain(IDS, of=1000, status={IDS[7]: "ineligible"})
    # Of 8 that came one is none: labels say 0.2 of 80, less its 10, and 50 that were missed, of 70.
    left = corrected(gone, machine, truth, "yes", domain).estimate
    assert left.value == pytest.approx((0.2 * 80 - 10 + 50) / 70) and left.n == 7 and left.ineligible == 1
    assert left.low <= left.value <= left.high


def test_in_a_domain_the_error_it_tells_is_that_of_its_draws() -> None:
    dice = np.random.default_rng(5)
    frame = [f"d{n:03d}" for n in range(400)]
    truth = {one: "yes" if n % 3 else "no" for n, one in enumerate(frame)}
    machine = {one: "yes" if n % 2 else "no" for n, one in enumerate(frame)}
    domain, rows = set(frame[:100]), []
    for _ in range(300):
        taken = sorted(dice.choice(frame, 120, replace=False).tolist())
        sample = plain(taken, of=400)
        rest = [one for one in frame if one not in set(taken)]
        names = dict(zip((one for one in sample.frame if one.startswith("x")), rest, strict=True))
        labels = machine | {name: machine[one] for name, one in names.items()}
        own = {name for name in sample.frame if names.get(name, name) in domain}
        one = corrected(sample, labels, {name: truth[name] for name in taken}, "yes", own).estimate
        rows.append((one.value, one.se, one.low <= 0.66 <= one.high))
    value, se, held = np.array(rows, float).T
    assert value.mean() == pytest.approx(0.66, abs=4 * value.std() / 300**0.5)
    assert np.sqrt((se**2).mean()) == pytest.approx(value.std(), rel=0.12)
    assert held.mean() > 0.91


def test_a_part_of_the_frame_that_was_drawn_whole_is_a_census() -> None:
    sample = plain(IDS[:40], of=[10, 300], strata=[0] * 10 + [1] * 30)
    truth = {one: "yes" if n % 5 < 2 else "no" for n, one in enumerate(IDS[:40])}
    methods: tuple[Method, ...] = ("hajek", "bootstrap", "horvitz-thompson")
    for method in methods:
        alone = estimate(sample, yes(truth), set(IDS[:10]), method)
        assert (alone.value, alone.se, alone.low, alone.high, alone.interval) == (0.4, 0.0, 0.4, 0.4, "census")
        assert "all of which was coded" in alone.scope and alone.method.endswith("census")
    both = corrected(sample, dict.fromkeys(sample.frame, "yes"), truth, "yes", set(IDS[:10])).estimate
    assert both.value == pytest.approx(0.4) and both.se == 0.0
    assert (both.low, both.high, both.interval) == (both.value, both.value, "census")
    same = estimate(sample, dict.fromkeys(IDS[:40], 3.0), set(IDS[:10]))
    assert same.value == same.low == same.high == 3.0
    for domain in ({*IDS[:10], "x0"}, {*IDS[:11]}):  # one is not known, or stands for ten
        assert estimate(sample, yes(truth), domain).interval != "census"
    some = {one: code for one, code in truth.items() if one != IDS[0]}
    assert estimate(sample, yes(some), set(IDS[:10])).interval != "census"  # one that was drawn has no code


def test_what_was_certain_to_come_brings_no_degrees_of_freedom() -> None:
    sample = plain(IDS[:40], of=[10, 300], strata=[0] * 10 + [1] * 30)
    assert freedom(sample, np.ones(40, bool)) == 29
    assert freedom(sample, np.arange(40) < 13) == 2
