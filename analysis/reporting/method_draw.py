"""What the page on method tells of a draw: which one it is, what it holds, how like its frame it is."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any

from analysis.estimates.estimators import estimate, kish
from analysis.estimates.sampled import Sample, read_sample
from analysis.replication.phases import Phase, phases
from analysis.reporting.counting import Row
from analysis.sampling.checking import Check, verify
from analysis.sampling.history import ERASED, draws_in, entries, samples_folder
from analysis.sampling.plans import Plan, load_plan
from corpus.errors import UserError
from corpus.snapshot import read_file
from corpus.strictjson import JSONFault, read_json
from corpus.study import Study

OF_THE_DRAW = 9
"""The checks up to this number are of the draw itself; the others are of what was made of it."""
_CLASSES = 10
_FRAME = ["id", "stratum", "day", "language", "kind", "source_id"]
_DIMENSIONS = ("language", "kind", "platform", "source", "phase", "stratum")


@dataclass(frozen=True, slots=True)
class Listed:
    """A draw as the log has it. `state`: kept, discarded, revised, or missing where its folder is not here; `ids`: those
    that it had before documents of it were found gone."""

    name: str
    draw_id: str
    day: date | None
    n: int | None
    state: str
    reason: str | None = None
    ids: frozenset[str] = frozenset()

    @property
    def every(self) -> frozenset[str]:
        """All ids under which rounds of coding may know it."""
        return self.ids | {self.draw_id}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw that holds, and the figures that follow from its manifests.

    `margins`: rows of dimension, value, frame, n, plain (share of the documents drawn), share (weighted), low, high,
    difference (standardised). `weights`: rows of low, high, n. `lost`: drawn documents that are not as drawn, by status.
    """

    name: str
    document: Mapping[str, Any]
    plan: Plan
    n_eff: float
    weights: Sequence[Row]
    strata: Sequence[Row]
    margins: Sequence[Row]
    phases: Mapping[str, tuple[date, date]]
    lost: Mapping[str, int]

    @property
    def stage(self) -> Mapping[str, Any]:
        return next(dict(one) for one in self.document["stages"] if one["name"] == "draw")

    @property
    def n(self) -> int:
        return int(self.document["flow"][-1]["n_out"])


def listed(study: Study) -> list[Listed]:
    """All draws of the study, oldest first, those put aside too; raises VerificationError where the log was changed."""
    home = samples_folder(study)
    names = {draw_id: folder.name for folder in draws_in(home) if (draw_id := _id_of(folder / "sample.json"))}
    found: dict[str, Listed] = {}
    for row in entries(home):
        if row.get("event") == ERASED:
            continue
        draw_id, former = str(row.get("draw_id")), str(row.get("revises"))
        before = found.pop(draw_id, None)
        if row.get("event") == "discarded" and before:
            found[draw_id] = replace(before, state="discarded", reason=str(row.get("reason") or ""))
            continue
        day, n = date.fromisoformat(str(row["at"])[:10]), row.get("n")
        made = Listed(str(row.get("name")), draw_id, day, n, "kept" if draw_id in names else "missing")
        if old := found.get(former):
            found[former] = replace(old, state="revised")
            made = replace(made, ids=old.ids | {former})
        found[draw_id] = made
    unlogged = {draw_id: Listed(name, draw_id, None, None, "kept") for draw_id, name in names.items()}
    return [*found.values(), *(one for draw_id, one in unlogged.items() if draw_id not in found)]


def chosen(draws: Sequence[Listed], coded: Collection[str], report: str | None = None) -> Listed | None:
    """The draw known by the id ``report``; else the newest of which one of its ids is ``coded``; else the newest.

    Never one that was put aside.
    """
    kept = [one for one in draws if one.state == "kept"]
    if found := next((one for one in kept if report in one.every), None):
        return found
    known = [one for one in kept if not one.every.isdisjoint(coded)]
    return next(reversed(known or kept), None)


def checked(study: Study, name: str) -> list[Check]:
    """The checks of the draw itself; what was made of it is checked by `huanying sample verify`."""
    return verify(samples_folder(study) / name, study)[:OF_THE_DRAW]


def drawn(study: Study, name: str) -> Drawn:
    """The figures of a draw whose checks hold."""
    folder = samples_folder(study) / name
    document = read_json((folder / "sample.json").read_bytes())
    sample = read_sample(folder)
    frame = read_file(folder / "frame.parquet").select(_FRAME).to_pylist()
    rows = read_file(folder / "sample.parquet").select(["status", "is_reserve", "replaces"]).to_pylist()
    used = [row["status"] for row in rows if not row["is_reserve"] or row["replaces"] is not None]
    lost = {status: used.count(status) for status in ("replaced", "unavailable", "ineligible") if status in used}
    stage = next(one for one in document["stages"] if one["name"] == "draw")
    return Drawn(
        name,
        document,
        load_plan(folder / "plan.toml").plan,
        kish(sample.weight),
        _weights(sorted(float(one) for one in sample.weight)),
        [cell | {"rate": cell["n"] / cell["N"] if cell["N"] else None} for cell in stage["strata"]],
        _margins(study, document, sample, frame),
        {str(one.number): (one.first, one.last) for one in _phases(study, document)},
        lost,
    )


def _id_of(path: Path) -> str | None:
    try:
        said = read_json(path.read_bytes())
    except (OSError, JSONFault):
        return None
    return str(said.get("draw_id")) if isinstance(said, dict) else None


def _weights(weights: Sequence[float]) -> list[Row]:
    """Documents by weight: one row a weight where there are few, else classes of equal width."""
    low, high = weights[0], weights[-1]
    different = sorted({float(f"{one:.9g}") for one in weights})
    if len(different) <= _CLASSES:
        return [
            {"low": one, "high": one, "n": sum(float(f"{weight:.9g}") == one for weight in weights)}
            for one in different
        ]
    step = (high - low) / _CLASSES
    counts = [0] * _CLASSES
    for weight in weights:
        counts[min(_CLASSES - 1, int((weight - low) / step))] += 1
    return [{"low": low + step * n, "high": low + step * (n + 1), "n": count} for n, count in enumerate(counts)]


def _margins(study: Study, document: Mapping[str, Any], sample: Sample, frame: Sequence[Row]) -> list[Row]:
    """Of each value of each dimension its share in the frame and in the sample."""
    found: list[Row] = []
    for dimension, value_of in _dimensions(study, document):
        values = {row["id"]: value_of(row) for row in frame}
        known = sorted({*values.values()}, key=lambda value: value or "")
        if len(known) < 2:
            continue
        shares = {value: sum(one == value for one in values.values()) / len(values) for value in known}
        for value in known:
            here = {name: float(values.get(name) == value) for name in sample.ids}
            found.append({"dimension": dimension, "value": value, "frame": shares[value]} | _drawn_share(sample, here))
            found[-1]["difference"] = _difference(found[-1]["share"], shares[value])
    return found


def _drawn_share(sample: Sample, here: Mapping[str, float]) -> Row:
    n = int(sum(here.values()))
    weighted = sum(weight * here[name] for name, weight in zip(sample.ids, sample.weight.tolist(), strict=True))
    row: Row = {
        "n": n,
        "plain": n / len(here),
        "share": weighted / float(sample.weight.sum()),
        "low": None,
        "high": None,
    }
    try:
        told = estimate(sample, here)
    except UserError:  # too few units in a stratum, or weights too far apart: the share stands without an interval
        return row
    return row | {"low": told.low, "high": told.high}


def _difference(one: float, other: float) -> float | None:
    """Standardised difference of two shares (Austin 2009); null where neither varies."""
    spread = (one * (1 - one) + other * (1 - other)) / 2
    return (one - other) / sqrt(spread) if spread > 0 else 0.0 if one == other else None


def _dimensions(study: Study, document: Mapping[str, Any]) -> list[tuple[str, Callable[[Row], str | None]]]:
    kinds = {source.id: source.kind for source in study.sources}
    ways: dict[str, Callable[[Row], str | None]] = {
        "language": lambda row: row["language"],
        "kind": lambda row: row["kind"],
        "platform": lambda row: row["source_id"] if kinds.get(row["source_id"]) == "platform" else "news",
        "source": lambda row: row["source_id"],
        "stratum": lambda row: row["stratum"],
    }
    periods = _phases(study, document)
    if periods:
        ways["phase"] = lambda row: next(
            (str(one.number) for one in periods if row["day"] and one.first <= row["day"] <= one.last), None
        )
    return [(name, ways[name]) for name in _DIMENSIONS if name in ways]


def _phases(study: Study, document: Mapping[str, Any]) -> tuple[Phase, ...]:
    """The study's phases, where the days of the frame are days of the same zone."""
    try:
        found = phases(study)
    except UserError:
        return ()
    return found if document["population"]["zone"] == study.file.window.zone else ()
