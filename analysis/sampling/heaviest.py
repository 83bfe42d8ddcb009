"""How much one document, or one cluster, of a frame can come to weigh by a plan, whichever of them is drawn."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from analysis.sampling.designs import Chosen, target_shares
from analysis.sampling.plans import Plan
from analysis.sampling.samples import drawn_whole

EXTREME = 20.0
"""Largest weight over the mean weight, beyond which a few documents would decide an estimate of documents."""
_COLUMNS = ("id", "stratum", "wave", "cluster", "author", "size")
Place = tuple[Any, Any]


def largest(frame: pa.Table, stage: Mapping[str, Any], estimand: str) -> tuple[float, float]:
    """The largest weight that a document of the frame can get, and the mean weight that the design gives; both 0 where
    nothing can be drawn. ``stage`` is the stage ``draw`` of sample.json."""
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in zip(*_lists(frame), strict=True)]
    members = Counter((row["cluster"], row["wave"]) for row in rows)
    volumes = Counter((row["author"] or row["id"], row["wave"]) for row in rows)
    heaviest = total = came = 0.0
    for row, base in _chances(rows, stage):
        weight, spread = 1.0 / base, 1.0
        if stage.get("within") == "representative":
            spread = members[row["cluster"], row["wave"]]
            weight *= spread
        elif stage.get("take"):
            volume = volumes[row["author"] or row["id"], row["wave"]]
            taken = min(volume, stage["take"])
            spread = volume / taken
            weight *= spread if estimand == "documents" else 1.0 / taken if estimand == "author-means" else 1.0
        heaviest, total, came = max(heaviest, weight), total + weight * base / spread, came + base / spread
    return (heaviest, total / came) if came else (0.0, 0.0)


def _chances(rows: list[dict[str, Any]], stage: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], float]]:
    """Each document that can be drawn, with the chance of its unit."""
    of: dict[Place, list[dict[str, Any]]] = {}
    for row in rows:
        of.setdefault((row["stratum"], row["wave"]), []).append(row)
    for cell in stage["strata"]:
        here = of.get((cell.get("stratum"), cell.get("wave")), [])
        shares: Mapping[str, float] = {}
        if stage["method"] == "pps" and cell["n"]:
            shares = target_shares({row["id"]: int(row["size"] or 0) for row in here}, cell["n"])
        for row in here:
            if stage["method"] == "poisson":
                base = min(1.0, stage["rate"] * (1 if row["size"] is None else row["size"]))
            else:
                base = shares[row["id"]] if shares else cell["n"] / cell["N"]
            if base > 0.0:
                yield row, base


def notes_of(frame: pa.Table, plan: Plan, cells: tuple[Chosen, ...]) -> list[str]:
    """Where one document could weigh so much that no estimate would be given, and where one cluster that is drawn whole or
    not at all holds more than its part of a stratum."""
    design = plan.design
    strata = [{"stratum": one.stratum, "wave": one.wave, "N": one.N, "n": one.n} for one in cells]
    within = design.within if drawn_whole(design) else None
    told = {"method": design.method, "take": design.take, "rate": design.rate, "within": within, "strata": strata}
    heaviest, mean = largest(frame, told, plan.estimand)
    notes = []
    if mean and heaviest > EXTREME * mean:
        notes.append(
            f"one document of the frame can weigh {heaviest / mean:.0f} times the mean: whichever are drawn, no estimate is "
            "given but by --accept-extreme-weights; draw by strata of author volume, or by size with a higher size_floor"
        )
    return [*notes, *_clusters(frame, cells)] if within == "all" else notes


def _clusters(frame: pa.Table, cells: tuple[Chosen, ...]) -> Iterator[str]:
    of: dict[Place, Counter[str]] = {}
    for _, stratum, wave, cluster, _, _ in zip(*_lists(frame), strict=True):
        of.setdefault((stratum, wave), Counter())[cluster] += 1
    for cell in cells:
        sizes = of.get((cell.stratum, cell.wave))
        if not sizes or not 0 < cell.n < cell.N:
            continue
        name, size = sizes.most_common(1)[0]
        if size * cell.n > sizes.total():
            yield (
                f"cluster {name} holds {size} of the {sizes.total()} documents of {cell.stratum}, more than 1 in n = {cell.n}: "
                "whether it comes decides the figures, and intervals can miss the truth far more often than they say; draw "
                "documents in the place of clusters, or in strata"
            )


def _lists(frame: pa.Table) -> list[list[Any]]:
    return [frame.column(name).to_pylist() for name in _COLUMNS]
