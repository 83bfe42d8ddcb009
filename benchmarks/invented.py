"""Invented documents whose truth is known, and the plans by which samples of them are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from analysis.sampling.plans import Plan

DOCUMENTS, DAYS = 12_000, 63
PHASES = ((0, 20), (20, 27), (27, 40), (40, DAYS))
"""First day of each phase, and the first that is no longer of it."""


@dataclass(frozen=True)
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

    @cached_property
    def codes(self) -> dict[str, str]:
        """The truth as coders would write it."""
        return {one: "yes" if value else "no" for one, value in self.truth.items()}

    @cached_property
    def values(self) -> dict[str, float]:
        """The truth as numbers."""
        return {one: float(value) for one, value in self.truth.items()}

    @cached_property
    def seconds(self) -> dict[str, float]:
        """A number of each document that is no share: skewed, and longer where there are more likes."""
        draws = np.random.default_rng(20_250_120)
        made = np.exp(draws.normal(0, 0.8, len(self.ids))) * (5 + np.array(self.sizes)) / 100
        return dict(zip(self.ids, made.tolist(), strict=True))

    @cached_property
    def early(self) -> frozenset[str]:
        """Documents of the first days: a domain that cuts across every design but the temporal ones."""
        return frozenset(one for one, day in zip(self.ids, self.days, strict=True) if day < DAYS // 4)

    def rare(self, of_thousand: int) -> dict[str, float]:
        """A share of that many in 1,000, spread evenly."""
        return {one: float(number * 7_919 % 1_000 < of_thousand) for number, one in enumerate(self.ids)}


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


def naive(one: World) -> float:
    """By how many points of 100 the machine's share is off."""
    return 100 * float(np.mean([label == "yes" for label in one.machine.values()]) - np.mean(list(one.truth.values())))


def author_means(one: World) -> float:
    """The mean over authors of the share of each."""
    of: dict[str, list[int]] = {}
    for name, author in zip(one.ids, one.authors, strict=True):
        of.setdefault(author, []).append(one.truth[name])
    return float(np.mean([np.mean(some) for some in of.values()]))


def plan_of(design: Mapping[str, Any], estimand: str = "documents", twice: float | None = None) -> Plan:
    """A plan of that design."""
    content: dict[str, Any] = {
        "plan": {"name": "simulated", "title": "Simulated", "declared_at": date(2026, 1, 1), "estimand": estimand},
        "seed": {"family": "simulated"},
        "population": {"definition": "invented"},
        "design": design,
    }
    if twice:
        content["second_coding"] = {"fraction": twice}
    return Plan.model_validate(content)


def frame_of(one: World, by: str = "all", cluster: str = "copies", sized: bool = False, later: int = 0) -> pa.Table:
    """The frame as it would be frozen for a design; the last ``later`` documents came as a wave of their own."""
    days, documents = [f"day {day:02d}" for day in one.days], len(one.ids)
    return pa.table(
        {
            "id": one.ids,
            "stratum": _strata(one, by),
            "cluster": days if cluster == "day" else one.clusters,
            "author": one.authors,
            "size": pa.array([float(size) for size in one.sizes] if sized else [None] * documents, pa.float64()),
            "wave": pa.array([0] * (documents - later) + [1] * later, pa.int32()),
            "text_commitment": [""] * documents,
        }
    )


def _strata(one: World, by: str) -> Sequence[str]:
    if by == "strata":
        return one.strata
    if by == "day":
        return [f"day {day:02d}" for day in one.days]
    if by == "phase":
        return [next(f"phase {n}" for n, (a, b) in enumerate(PHASES) if a <= day < b) for day in one.days]
    if by == "weekday":
        return [f"w{day % 7}" for day in one.days]
    if by == "volume":
        names, counts = np.unique(one.authors, return_counts=True)
        of = dict(zip(names.tolist(), counts.tolist(), strict=True))
        return ["1" if of[author] == 1 else "2-5" if of[author] < 6 else "6+" for author in one.authors]
    return ["all"] * len(one.ids)
