"""Freeze the frame of a plan from a snapshot, and count at each step what was left out and why."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from analysis.replication.phases import DAYS
from analysis.reporting.counting import language_group
from analysis.sampling.frames import commitment, frame_table, salt
from analysis.sampling.grounds import Ground, Period
from analysis.sampling.plans import Design, Plan, Population
from corpus.errors import UserError
from corpus.identity import Keys
from corpus.snapshot import Snapshot

Row = Mapping[str, Any]
Flow = list[dict[str, Any]]
_COLUMNS = (
    "id source_id kind title text characters published_precision author_key thread_id language platform source_owner"
    " cluster_id is_copy likes collects comments shares token_count"
).split()
_EXACT = ("second", "minute", "hour", "day")
_WEEK = ("1-Monday", "2-Tuesday", "3-Wednesday", "4-Thursday", "5-Friday", "6-Saturday", "7-Sunday")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frame (rows of `FRAME`), and the flow that led to it: n_out of each step is n_in of the next. `gone`: documents
    of the frame whose text is no longer in the corpus; `missing`: documents that the snapshot counts and does not hold."""

    frame: pa.Table
    flow: Flow
    gone: frozenset[str]
    notes: tuple[str, ...]
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One condition: `why_not` says why a document is left out, or None."""

    name: str
    why_not: Callable[[Row], str | None]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A document that stays, with what its stratum is made from."""

    id: str
    language: str | None
    kind: str
    source: str
    platform: str
    owner: str | None
    day: date | None
    author: str | None
    cluster: str | None
    size: float | None
    wave: int
    commitment: str


def freeze(
    ground: Ground, plan: Plan, snapshot: Snapshot, secret: Keys | None, parent: pa.Table | None = None
) -> Frozen:
    """The plan's frame; without the study's key its commitments are empty. Of an extension, ``parent`` (the frame of the
    draw that is extended) stays as it was frozen, and documents that are not in it are a wave of their own.

    Raises UserError where no document is left, or where the corpus was built by a version that knew less.
    """
    known = frozenset(parent.column("id").to_pylist()) if parent is not None else frozenset()
    wave = max(parent.column("wave").to_pylist(), default=-1) + 1 if parent is not None else 0
    steps = conditions(ground, plan)
    lost = [Counter[str]() for _ in steps]
    units: list[_Unit] = []
    small = Counter[str]()
    again: set[str] = set()
    documents, missing = snapshot.rows("documents_wide"), snapshot.rows("documents_wide")
    unmet = {one.id for one in plan.frame.exclude}
    for row in rows_of(snapshot, ground.zone):
        missing -= 1
        unmet.discard(row["id"])
        if row["id"] in known:
            again.add(row["id"])
            continue
        place, reason = _left_out(steps, row)
        if reason is not None:
            lost[place][reason] += 1
            continue
        committed = commitment(salt(secret, row["id"]), row["text"] or "") if secret else ""
        units.append(_unit(row, plan, wave, committed))
        small[_too_small(row, plan.design)] += 1
    labels = _labels(ground, plan, units)
    old = parent.to_pylist() if parent is not None else []
    rows = [*old, *(_row(unit, label) for unit, label in zip(units, labels, strict=True))]
    gone = known - again
    flow = _flow(documents, steps, lost, len(gone))
    if not rows:
        after = "; ".join(f"{row['stage']}: {row['n_out']} of {row['n_in']} left" for row in flow)
        told = "no document is left for the frame" + (f" ({after})" if after else "")
        raise UserError(told, hint="see [frame] and [population] of the plan")
    notes = [f"frame.exclude names {one}, which is not in the corpus" for one in sorted(unmet)]
    notes += _floored(small, plan.design, len(units))
    return Frozen(frame_table(rows), flow, gone, tuple(notes), missing)


def rows_of(snapshot: Snapshot, zone: str) -> Iterator[Row]:
    """Documents of the snapshot, one at a time, with the day in the zone as ``day``; see `freeze` for errors."""
    day = DAYS[zone]
    known = {column["name"] for column in snapshot.manifest["tables"].get("documents_wide", {"columns": []})["columns"]}
    if not known.issuperset([*_COLUMNS, day]):
        raise UserError(
            "the snapshot was built by a version that knew less", where=snapshot.folder, hint="run `huanying build`"
        )
    for part in snapshot.slices("documents_wide", [*_COLUMNS, day]):
        for row in part.to_pylist():
            row["day"] = row[day] if row["published_precision"] in _EXACT else None
            yield row


def conditions(ground: Ground, plan: Plan) -> list[Step]:
    """The steps of a plan's [frame] and [population], in the order in which they are counted."""
    chosen = plan.frame
    steps = [
        Step("kind", _among("kind", chosen.kinds)),
        Step("platform", _among("platform", chosen.platforms)),
        Step("source", _among("source_id", chosen.sources)),
        Step("language", lambda row: _other_language(row["language"], chosen.languages)),
        Step("window", lambda row: _outside(row["day"], ground.start, ground.end, plan.population)),
        Step("text", lambda row: _too_short(len(row["text"] or ""), chosen.characters)),
    ]
    if chosen.contains:
        words = tuple(word.casefold() for word in chosen.contains)
        steps.append(Step("words", lambda row: None if _holds(row, words) else "holds none of the words"))
    if chosen.copies == "first":
        steps.append(Step("copies", lambda row: "copy of another document" if row["is_copy"] else None))
    if chosen.exclude:
        named = {one.id: one.reason for one in chosen.exclude}
        steps.append(Step("named", lambda row: named.get(row["id"])))
    return steps


def why_not(ground: Ground, plan: Plan, row: Row) -> tuple[str, str] | None:
    """The step that leaves a document out, and the reason; None where it belongs to the frame."""
    steps = conditions(ground, plan)
    place, reason = _left_out(steps, row)
    return None if reason is None else (steps[place].name, reason)


def _left_out(steps: list[Step], row: Row) -> tuple[int, str | None]:
    for place, step in enumerate(steps):
        if (reason := step.why_not(row)) is not None:
            return place, reason
    return -1, None


def _among(column: str, allowed: tuple[str, ...]) -> Callable[[Row], str | None]:
    return lambda row: None if not allowed or row[column] in allowed else str(row[column] or UNKNOWN)


def _other_language(language: str | None, allowed: tuple[str, ...]) -> str | None:
    said = language or "und"
    fits = not allowed or any(said == one or said.startswith(f"{one}-") for one in allowed)
    return None if fits else said


def _outside(day: date | None, start: date, end: date, population: Population) -> str | None:
    if day is None:
        return "undated" if population.undated == "leave out" else None
    if start <= day <= end:
        return None
    return "before the window" if day < start else "after the window"


def _too_short(characters: int, least: int) -> str | None:
    if characters >= least:
        return None
    return f"fewer than {least} characters" if characters else "no text"


def _holds(row: Row, words: tuple[str, ...]) -> bool:
    text = f"{row['title'] or ''}\n{row['text'] or ''}".casefold()
    return any(word in text for word in words)


def _unit(row: Row, plan: Plan, wave: int, committed: str) -> _Unit:
    return _Unit(
        id=row["id"],
        language=row["language"],
        kind=row["kind"],
        source=row["source_id"],
        platform=row["platform"],
        owner=row["source_owner"],
        day=row["day"],
        author=row["author_key"],
        cluster=_cluster(row, plan.design, wave),
        size=_size(row, plan.design),
        wave=wave,
        commitment=committed,
    )


def _cluster(row: Row, design: Design, wave: int) -> str | None:
    """What is drawn as one with this document; outside such designs, the cluster of copies that it is in, if any.

    What a later wave brings to a cluster goes by a name, and so by a digest, of its own: else of two waves the same
    clusters were drawn, and the waves, which estimates take for independent, were not.
    """
    copies: str | None = row["cluster_id"]
    if by_week(design):
        own = str(row["day"])
    elif design.cluster is not None:
        own = (row["thread_id"] if design.cluster == "thread" else copies) or str(row["id"])
    else:
        return copies
    return f"{own}/{wave}" if wave else own


def by_week(design: Design) -> bool:
    """Whether days are drawn: as many of each weekday."""
    return design.method == "temporal" and design.by == "constructed week"


def _size(row: Row, design: Design) -> float | None:
    if design.size is None:
        return None
    size = max(int(row[design.size] or 0), design.size_floor)
    return float(min(size, design.size_cap) if design.size_cap else size)


def _too_small(row: Row, design: Design) -> str:
    """Why a document counts as `size_floor`, as far as the frame is to tell of it; empty where it counts as it is."""
    if design.size is None:
        return ""
    known = row[design.size]
    return f"of unknown {design.size}" if known is None else "of fewer" if known < design.size_floor else ""


def _floored(small: Counter[str], design: Design, documents: int) -> list[str]:
    """How many of the documents frozen now count as more than is known of them, and so have a chance at all."""
    why = ", ".join(f"{n} {reason}" for reason, n in sorted(small.items(), reverse=True) if reason)
    n = documents - small[""]
    return [f"by design.size_floor {n} of {documents} documents count as {design.size_floor}: {why}"] if n else []


def _labels(ground: Ground, plan: Plan, units: list[_Unit]) -> list[str]:
    """The stratum of each unit: its values joined by "/"."""
    design = plan.design
    if by_week(design):
        return [_WEEK[unit.day.weekday()] if unit.day else UNKNOWN for unit in units]
    names: tuple[str, ...] = design.strata
    if design.method == "temporal":
        names = (design.by, *(name for name in names if name != design.by))
    if not names:
        return ["all"] * len(units)
    volumes = Counter(unit.author for unit in units)
    parts: dict[str, Callable[[_Unit], str | None]] = {
        "language": lambda unit: unit.language,
        "script": lambda unit: language_group(unit.language),
        "kind": lambda unit: unit.kind,
        "source": lambda unit: unit.source,
        "platform": lambda unit: unit.platform,
        "owner": lambda unit: unit.owner,
        "day": lambda unit: str(unit.day) if unit.day else None,
        "phase": lambda unit: _phase(unit.day, ground.periods),
        "author_volume": lambda unit: _volume(volumes[unit.author] if unit.author else 1, design.breaks),
    }
    return ["/".join(parts[name](unit) or UNKNOWN for name in names) for unit in units]


def _phase(day: date | None, periods: tuple[Period, ...]) -> str | None:
    found = next((one for one in periods if day and one.first <= day <= one.last), None)
    return f"phase {found.number}" if found else "outside" if day else None


def _volume(documents: int, breaks: tuple[int, ...]) -> str:
    low = 1
    for high in breaks:
        if documents <= high:
            return f"{low}" if low == high else f"{low}-{high}"
        low = high + 1
    return f"{low}+"


def _row(unit: _Unit, label: str) -> dict[str, Any]:
    return {
        "id": unit.id,
        "stratum": label,
        "cluster": unit.cluster,
        "author": unit.author,
        "size": unit.size,
        "wave": unit.wave,
        "day": unit.day,
        "language": unit.language,
        "kind": unit.kind,
        "source_id": unit.source,
        "text_commitment": unit.commitment,
    }


def _flow(documents: int, steps: list[Step], lost: list[Counter[str]], gone: int) -> Flow:
    """Each step that left something out. ``gone``: documents frozen before that are no longer in the corpus; they stay in
    the frame, and so they are counted from the beginning."""
    rows: Flow = []
    n = documents + gone
    for step, reasons in zip(steps, lost, strict=True):
        if reasons:
            excluded = [{"reason": reason, "n": count} for reason, count in sorted(reasons.items())]
            rows.append({"stage": step.name, "n_in": n, "n_out": n - sum(reasons.values()), "excluded": excluded})
            n = rows[-1]["n_out"]
    return rows
