"""A frame and a plan become the rows of a sample: what is drawn, with what chance, and what stands by."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

import pyarrow as pa

from analysis.sampling.designs import Chosen, Ranked, Unit, choose
from analysis.sampling.freezing import by_week
from analysis.sampling.keys import AUTHOR, SECOND, WITHIN, digest
from analysis.sampling.plans import Design, Found, Plan
from corpus.errors import UserError
from corpus.schemas import Column, Table
from corpus.store import arrow_schema

SAMPLE = Table(
    "sample",
    "Documents drawn and their reserves. A row whose weight is null is no part of an estimate",
    (
        Column("doc_id", "string", "`documents.id`"),
        Column("unit_id", "string", "What was drawn: the document, or the cluster, thread or day that it is in"),
        Column("stratum", "string", "As in the frame"),
        Column("wave", "int32", "As in the frame"),
        Column("N_h", "int64", "Units of that stratum and wave in the frame, after a cap on authors"),
        Column(
            "n_h", "int64", "Units drawn of them, reserves not counted; DuckDB names it n_h_1 and reads N_h for n_h"
        ),
        Column("rank", "int64", "Place of the unit in its stratum and wave, from 1"),
        Column("digest", "string", "What orders units; see `rank` in sample.json"),
        Column("u", "float64", "The same as a number between 0 and 1"),
        Column("lambda", "float64", "Target chance of a unit drawn by size or by rate; null where the digest decides"),
        Column("order_key", "float64", "What orders units drawn by size or by rate; null where the digest does"),
        Column(
            "pi_num", "int64", "Chance of the document to be drawn, numerator; null where it is no fraction: see pi"
        ),
        Column("pi_den", "int64", "The same, denominator"),
        Column(
            "pi",
            "float64",
            "The same, for authors-capped and author-means given what the cap left; null where no weight is",
        ),
        Column("weight", "float64", "1 / pi; for author-means, divided by the documents kept of that author"),
        Column("fpc", "float64", "1 - n_h / N_h; null where the size of the sample is not fixed, and for PPS"),
        Column("psu_id", "string", "Primary sampling unit: cluster, else author of a capped draw, else document"),
        Column("cluster_size", "int64", "Documents in the frame of that cluster or author; 1 for a document"),
        Column("is_reserve", "bool", "Whether its rank lies beyond those drawn"),
        Column("replaces", "string", "The document in whose place this reserve was taken; null where it was not"),
        Column("double_code", "bool", "Whether it is coded a second time"),
        Column("text_commitment", "string", "As in the frame"),
        Column("snapshot_id", "string", "Snapshot that the frame was frozen from"),
        Column("status", "string", "drawn, replaced, unavailable or ineligible"),
        Column("status_reason", "string", "Why it is not as drawn"),
    ),
    ("doc_id",),
    ("stratum", "wave", "rank"),
)
_ESTIMATE = ("pi_num", "pi_den", "pi", "weight", "fpc")
_DESIGNED = ["id", "stratum", "cluster", "author", "size", "wave", "text_commitment"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """`table` has rows of `SAMPLE`; `cells`: the outcome in every stratum and wave; `capped`: documents in the frame
    after a cap on authors, null where there is none; `second`: documents coded twice, by wave."""

    table: pa.Table
    cells: tuple[Chosen, ...]
    capped: int | None
    second: Mapping[int, int]
    notes: tuple[str, ...]


def sample_of(
    frame: pa.Table,
    plan: Plan,
    seed_hex: str,
    snapshot_id: str = "",
    n_by_wave: Mapping[int, int | None] | None = None,
) -> Sample:
    """Draw from a frozen frame: a pure function of its arguments, whatever the order of the frame's rows.

    ``n_by_wave`` (default: the plan's n of wave 0): units to draw of each wave. Raises UserError as `choose` does.
    """
    design = plan.design
    documents: list[Row] = frame.select(_DESIGNED).to_pylist()
    kept = capped(documents, design, seed_hex) if design.take else documents
    members = members_of(kept, design)
    cells = choose(units_of(members), design, seed_hex, n_by_wave or {0: design.n}, plan.reserves.n)
    volumes = _volumes(documents) if design.take else {}
    rows: list[Row] = []
    for cell in cells:
        for one in cell.ranked:
            of = members[one.unit.id, cell.wave]
            for document in _within(of, design, seed_hex):
                rows.append(_row(document, one, cell, plan, of, volumes) | {"snapshot_id": snapshot_id})
    rows, notes = _after(rows, plan)
    second = _code_twice(rows, plan, seed_hex)
    table = pa.Table.from_pylist(rows, schema=arrow_schema(SAMPLE))
    return Sample(table, tuple(cells), len(kept) if design.take else None, second, tuple(notes))


def units_by_wave(frame: pa.Table, design: Design, seed_hex: str) -> Counter[int]:
    """How many units there are to draw from in each wave, after a cap on authors."""
    documents: list[Row] = frame.select(_DESIGNED).to_pylist()
    kept = capped(documents, design, seed_hex) if design.take else documents
    return Counter(wave for _, wave in members_of(kept, design))


def capped(documents: Sequence[Row], design: Design, seed_hex: str) -> list[Row]:
    """At most `take` documents of each author and wave: those of the smallest digests of the stream ``author``."""
    of: dict[tuple[str, int], list[Row]] = {}
    for row in documents:
        of.setdefault(_author(row), []).append(row)
    return [
        row
        for rows in of.values()
        for row in sorted(rows, key=lambda row: (digest(seed_hex, AUTHOR, row["id"]), row["id"]))[: design.take]
    ]


def _author(row: Row) -> tuple[str, int]:
    """Whose document it is; one without a known author is an author's only one."""
    return row["author"] or row["id"], row["wave"]


def _volumes(documents: Sequence[Row]) -> dict[tuple[str, int], int]:
    counts: dict[tuple[str, int], int] = {}
    for row in documents:
        counts[_author(row)] = counts.get(_author(row), 0) + 1
    return counts


def members_of(documents: Sequence[Row], design: Design) -> dict[tuple[str, int], list[Row]]:
    """The documents of each unit by its id and wave, sorted by id: what came later to a cluster is a unit of its own."""
    if not drawn_whole(design):
        return {(row["id"], row["wave"]): [row] for row in documents}
    members: dict[tuple[str, int], list[Row]] = {}
    for row in sorted(documents, key=lambda row: str(row["id"])):
        members.setdefault((row["cluster"], row["wave"]), []).append(row)
    return members


def drawn_whole(design: Design) -> bool:
    """Whether units are clusters of documents."""
    return design.method == "cluster" or by_week(design)


def units_of(members: Mapping[tuple[str, int], list[Row]]) -> Iterator[Unit]:
    """The units to draw from."""
    for (name, wave), of in members.items():
        size = None if of[0]["size"] is None else int(of[0]["size"])
        yield Unit(name, of[0]["stratum"], wave, size)


def _within(members: list[Row], design: Design, seed_hex: str) -> list[Row]:
    if design.within == "all":
        return members
    return [min(members, key=lambda row: (digest(seed_hex, WITHIN, row["id"]), row["id"]))]


def _row(
    document: Row, one: Ranked, cell: Chosen, plan: Plan, members: list[Row], volumes: Mapping[tuple[str, int], int]
) -> Row:
    whole, volume = drawn_whole(plan.design), volumes.get(_author(document), 1)
    taken = min(volume, plan.design.take or volume)
    return {
        "doc_id": document["id"],
        "unit_id": one.unit.id,
        "stratum": cell.stratum,
        "wave": cell.wave,
        "N_h": cell.N,
        "n_h": cell.n,
        "rank": one.rank,
        "digest": one.digest,
        "u": one.u,
        "lambda": one.share,
        "order_key": one.key,
        **_chance(one, cell, plan, len(members), volume, taken),
        "psu_id": one.unit.id if whole else (document["author"] or document["id"]) if volumes else document["id"],
        "cluster_size": len(members) if whole else volume,
        "is_reserve": one.rank > cell.n,
        "replaces": None,
        "double_code": False,
        "text_commitment": document["text_commitment"],
        "status": "drawn",
        "status_reason": None,
    }


def _chance(one: Ranked, cell: Chosen, plan: Plan, members: int, volume: int, taken: int) -> Row:
    """Chance and weight of a document, as if it were drawn; `_after` takes them from what is no part of the sample."""
    if one.share is not None:
        return {"pi_num": None, "pi_den": None, "pi": one.share, "weight": 1.0 / one.share, "fpc": None}
    above, below = cell.n, cell.N
    if plan.design.within == "representative":
        below *= members
    if volume > 1 and plan.estimand == "documents":
        above, below = above * taken, below * volume
    if above == 0:
        return dict.fromkeys(_ESTIMATE)
    weight = below / above
    return {
        "pi_num": above,
        "pi_den": below,
        "pi": above / below,
        "weight": weight / taken if plan.estimand == "author-means" else weight,
        "fpc": 1.0 - cell.n / cell.N,
    }


def _after(rows: list[Row], plan: Plan) -> tuple[list[Row], list[str]]:
    """Give units that were found gone or ineligible their status, and their reserves their places, in order of rank."""
    found = {one.id: one for one in plan.found}
    strangers = sorted(found.keys() - {row["doc_id"] for row in rows})
    if strangers:
        raise UserError(
            f"[[found]] names {strangers[0]}, which was not drawn",
            hint="`huanying sample explain ID` tells of a document whether it is in a draw",
        )
    notes = []
    waiting: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        if row["is_reserve"]:
            waiting.setdefault((row["stratum"], row["wave"]), []).append(row)
    for row in rows:
        one = found.get(row["doc_id"])
        if one is None or (row["is_reserve"] and row["replaces"] is None):
            continue
        reserves = waiting.get((row["stratum"], row["wave"]), [])
        notes += _give_status(row, one, plan, reserves)
    for row in rows:
        if row["status"] == "replaced" or (row["is_reserve"] and row["replaces"] is None):
            row |= dict.fromkeys(_ESTIMATE)
    return rows, notes


def _give_status(row: Row, one: Found, plan: Plan, reserves: list[Row]) -> list[str]:
    rule = getattr(plan.status_rules, one.status)
    row |= {"status": one.status, "status_reason": one.reason}
    if rule == "keep":
        return []
    if not reserves:
        return [f"no reserve is left for {one.id} in {row['stratum']}: it stays, as {one.status}"]
    reserves.pop(0)["replaces"] = row["doc_id"]
    row |= {"status": "replaced", "status_reason": f"{one.status}: {one.reason}"}
    return []


def _code_twice(rows: list[Row], plan: Plan, seed_hex: str) -> dict[int, int]:
    """Mark, in each wave, the share of the documents first drawn that has the smallest digests of the stream ``second``;
    what takes a marked document's place is marked too."""
    if plan.second_coding is None:
        return {}
    share, counts, marked = Fraction(str(plan.second_coding.fraction)), dict[int, int](), set[str]()
    for wave in sorted({row["wave"] for row in rows}):
        of = [row["doc_id"] for row in rows if row["wave"] == wave and not row["is_reserve"]]
        counts[wave] = ceil(share * len(of))
        marked |= set(sorted(of, key=lambda name: (digest(seed_hex, SECOND, name), name))[: counts[wave]])
    for row in rows:  # reserves stand after what they replace
        if row["doc_id"] in marked or row["replaces"] in marked:
            marked.add(row["doc_id"])
            row["double_code"] = True
    return counts
