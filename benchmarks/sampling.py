"""Draw thousands of samples of invented documents whose truth is known: how often intervals hold it, and what bias is left.

Every draw is made by the product's own code from its own seed; nothing else varies. Intervals of 95 of 100 hold the
truth in 93 to 97 of 100, give or take the error of the simulation. The machine's labels are wrong by 10 points and more.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from analysis.estimates.corrected import corrected
from analysis.estimates.estimators import Estimate, estimate
from analysis.estimates.sampled import Sample, sample_of
from analysis.sampling.keys import seed
from analysis.sampling.plans import Plan
from analysis.sampling.samples import capped
from analysis.sampling.samples import sample_of as drawn_of

DOCUMENTS, DRAWN, TIMES = 12_000, 600, 400
DAYS = 63
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class World:
    """Documents with what designs use of them, the truth of each (0 or 1), and the machine's label."""

    ids: list[str]
    strata: list[str]
    days: list[int]
    clusters: list[str]
    authors: list[str]
    sizes: list[int]
    truth: dict[str, int]
    machine: dict[str, str]

    @property
    def codes(self) -> dict[str, str]:
        """The truth as coders would write it."""
        return {one: "yes" if value else "no" for one, value in self.truth.items()}


def world(documents: int = DOCUMENTS) -> World:
    """Skewed authors and copies, engagement that goes with the answer, and a machine that says yes far too often."""
    draws = np.random.default_rng(20_250_113)
    names = [f"d{number:05d}" for number in range(documents)]
    strata = draws.choice(4, documents, p=(0.5, 0.3, 0.15, 0.05))
    authors = np.floor(documents * 0.35 * draws.random(documents) ** 1.5).astype(int)
    clusters = np.floor(documents * 0.5 * draws.random(documents) ** 1.3).astype(int)
    days = np.floor(DAYS * draws.beta(2, 3, documents)).astype(int)
    of_author, of_cluster, of_day = (draws.normal(0, 0.7, documents + DAYS) for _ in range(3))
    lean = (
        np.array((0.4, -0.6, 0.9, -1.4))[strata] + of_author[authors] + 0.6 * of_cluster[clusters] + 0.3 * of_day[days]
    )
    truth = draws.random(documents) < 1 / (1 + np.exp(-lean))
    sizes = np.clip(np.ceil(np.exp(draws.normal(1.2 + 0.5 * truth, 0.7))), 1, 40).astype(int)
    machine = np.where(truth, draws.random(documents) < 0.9, draws.random(documents) < 0.42)
    return World(
        names,
        [f"s{one}" for one in strata],
        days.tolist(),
        [f"c{one:05d}" for one in clusters],
        [f"a{one:05d}" for one in authors],
        sizes.tolist(),
        dict(zip(names, truth.astype(int).tolist(), strict=True)),
        {name: "yes" if label else "no" for name, label in zip(names, machine, strict=True)},
    )


def plan_of(design: Mapping[str, Any], estimand: str = "documents", twice: float | None = None) -> Plan:
    """A plan of that design."""
    content: dict[str, Any] = {
        "plan": {"name": "simulated", "title": "Simulated", "declared_at": "2026-01-01", "estimand": estimand},
        "seed": {"family": "simulated"},
        "population": {"definition": "invented"},
        "design": design,
    }
    if twice:
        content["second_coding"] = {"fraction": twice}
    return Plan.model_validate(content)


def frame_of(one: World, by: str, cluster: str = "copies", sized: bool = False) -> pa.Table:
    """The frame as it would be frozen for a design."""
    days = [f"day {day:02d}" for day in one.days]
    strata = {
        "all": ["all"] * len(one.ids),
        "strata": one.strata,
        "day": days,
        "weekday": [f"w{day % 7}" for day in one.days],
    }
    return pa.table(
        {
            "id": one.ids,
            "stratum": strata[by],
            "cluster": days if cluster == "day" else one.clusters,
            "author": one.authors,
            "size": pa.array([float(size) for size in one.sizes] if sized else [None] * len(one.ids), pa.float64()),
            "wave": pa.array([0] * len(one.ids), pa.int32()),
            "text_commitment": [""] * len(one.ids),
        }
    )


def draw(frame: pa.Table, plan: Plan, number: int) -> Sample:
    """The sample of that number."""
    hexed = seed("simulated", str(number), "")
    made = drawn_of(frame, plan, hexed)
    cells = [{"N": cell.N, "n": cell.n} for cell in made.cells]
    stage = {"name": "draw", "method": plan.design.method, "take": plan.design.take, "strata": cells}
    described = {"stages": [stage], "estimand": plan.estimand, "seed": {"hex": hexed}}
    return sample_of(made.table, described, frame.column("id").to_pylist())


@dataclass(frozen=True, slots=True)
class Case:
    """A design with the figure that is estimated from it; `truth` of the seed's hex, which only a cap depends on."""

    name: str
    frame: pa.Table
    plan: Plan
    figure: Callable[[Sample], Estimate]
    truth: Callable[[Sample], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one case: how often the interval held the truth, bias and spread in points of 100, the mean standard error,
    and the error of `bias` that the simulation itself leaves."""

    name: str
    n: float
    held: float
    bias: float
    spread: float
    se: float
    error: float


def simulate(case: Case, times: int = TIMES) -> Outcome:
    """Draw ``times`` samples of a case."""
    rows = []
    for number in range(times):
        sample = draw(case.frame, case.plan, number)
        told, truth = case.figure(sample), case.truth(sample)
        rows.append((told.n, told.low <= truth <= told.high, told.value - truth, told.se))
    n, held, off, se = (np.array(column, float) for column in zip(*rows, strict=True))
    spread = float(100 * off.std(ddof=1))
    mean_se = float(100 * np.sqrt((se**2).mean()))
    return Outcome(
        case.name, n.mean(), 100 * held.mean(), 100 * off.mean(), spread, mean_se, spread / float(np.sqrt(times))
    )


def cases(one: World, n: int = DRAWN) -> list[Case]:
    """One case a design, then the corrected labels by three designs."""
    share = float(np.mean(list(one.truth.values())))
    values: dict[str, float] = {name: float(value) for name, value in one.truth.items()}
    plain, strata, sized = frame_of(one, "all"), frame_of(one, "strata"), frame_of(one, "all", sized=True)
    spreads = {"s0": 0.5, "s1": 0.45, "s2": 0.4, "s3": 0.35}
    known = partial(_always, share)
    by_size = {"method": "pps", "n": n, "size": "likes"}
    by_author = {"method": "author", "take": 3, "n": n}
    allotted = {"method": "stratified", "n": n, "strata": ["language"]}
    rate = n / len(one.ids)
    designs: list[tuple[str, pa.Table, Plan]] = [
        ("srs", plain, plan_of({"method": "srs", "n": n})),
        ("stratified, proportional", strata, plan_of(allotted)),
        ("stratified, Neyman", strata, plan_of({**allotted, "allocation": "neyman", "spread": spreads})),
        ("stratified, at least 100 each", strata, plan_of({**allotted, "minimum": n // 6})),
        ("temporal, days", frame_of(one, "day"), plan_of({"method": "temporal", "n": n, "minimum": 2})),
        ("temporal, three constructed weeks", frame_of(one, "weekday", "day"), plan_of({"method": "temporal", "by": "constructed week", "n": 3})),
        ("pps, sequential Poisson", sized, plan_of(by_size)),
        ("pps, Pareto", sized, plan_of({**by_size, "scheme": "pareto"})),
        ("Poisson, one rate", plain, plan_of({"method": "poisson", "rate": rate})),
        ("Poisson, rate by size", sized, plan_of({"method": "poisson", "rate": rate / float(np.mean(one.sizes)), "size": "likes"})),
        ("clusters of copies, all of each", plain, plan_of({"method": "cluster", "cluster": "copies", "n": n // 3})),
        ("clusters of copies, one of each", plain, plan_of({"method": "cluster", "cluster": "copies", "n": n, "within": "representative"})),
        ("three an author, documents", plain, plan_of(by_author)),
    ]  # fmt: skip
    mean = partial(estimate, values=values)
    found = [Case(name, frame, plan, mean, known) for name, frame, plan in designs]
    found.append(Case("three an author, capped frame", plain, plan_of(by_author, "authors-capped"), mean, partial(_capped, plain, plan_of(by_author, "authors-capped"), values)))  # fmt: skip
    found.append(Case("three an author, author means", plain, plan_of(by_author, "author-means"), mean, partial(_always, _author_means(one))))  # fmt: skip
    twice = plan_of({**allotted, "n": 2 * n}, twice=0.5)
    found.append(Case("two phases: half of a stratified draw", strata, twice, partial(estimate, values=values, second=True), known))  # fmt: skip
    found.append(Case("srs, 30 of a rare kind in 1,000", plain, plan_of({"method": "srs", "n": n}), partial(estimate, values=_rare(one)), partial(_always, float(np.mean(list(_rare(one).values()))))))  # fmt: skip
    found.append(Case("stratified, resampled", strata, plan_of(allotted), partial(estimate, values=values, method="bootstrap"), known))  # fmt: skip
    fix = partial(_corrected, one.machine, one.codes)
    for name, frame, plan in (designs[0], designs[1], designs[3], designs[6], designs[10]):
        found.append(Case(f"corrected labels: {name}", frame, plan, fix, known))
    return found


def _always(value: float, _: Sample) -> float:
    return value


def _corrected(machine: Mapping[str, str], codes: Mapping[str, str], sample: Sample) -> Estimate:
    coded = {one: codes[one] for one in sample.ids}
    return corrected(sample, machine, coded, "yes").estimate


def _capped(frame: pa.Table, plan: Plan, values: Mapping[str, float], sample: Sample) -> float:
    kept = capped(frame.to_pylist(), plan.design, sample.seed)
    return float(np.mean([values[row["id"]] for row in kept]))


def _author_means(one: World) -> float:
    of: dict[str, list[int]] = {}
    for name, author in zip(one.ids, one.authors, strict=True):
        of.setdefault(author, []).append(one.truth[name])
    return float(np.mean([np.mean(some) for some in of.values()]))


def _rare(one: World) -> dict[str, float]:
    """Three in a hundred, spread evenly."""
    return {name: float(number % 100 < 3) for number, name in enumerate(one.ids)}


def naive(one: World) -> float:
    """By how many points of 100 the machine's share is off."""
    return 100 * float(np.mean([label == "yes" for label in one.machine.values()]) - np.mean(list(one.truth.values())))


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes in Markdown."""
    head = "| design | documents | interval holds the truth, of 100 | bias, points | its error | spread | mean standard error |\n|---|---|---|---|---|---|---|"
    rows = [
        f"| {one.name} | {one.n:,.0f} | {one.held:.1f} | {one.bias:+.2f} | {one.error:.2f} | {one.spread:.2f} | {one.se:.2f} |"
        for one in outcomes
    ]
    return "\n".join([head, *rows])


def main() -> None:
    """Print the table; words after the module's name choose among the designs, `times=N` how often each is drawn."""
    told = dict(one.split("=", 1) for one in sys.argv[1:] if "=" in one)
    words = [one for one in sys.argv[1:] if "=" not in one]
    times = int(told.get("times", TIMES))
    one = world()
    chosen = [case for case in cases(one) if not words or any(word in case.name for word in words)]
    print(
        f"{DOCUMENTS:,} invented documents, {times} draws of each design. Naive share of the machine: off by {naive(one):+.1f} points.\n"
    )
    print(table([simulate(case, times) for case in chosen]))


if __name__ == "__main__":
    main()
