"""Why a document is in a draw, or not: its place in the order, and where the line was drawn."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.sampling.designs import Ranked, ranked
from analysis.sampling.freezing import rows_of, why_not
from analysis.sampling.grounds import ground_said
from analysis.sampling.history import draws_in, samples_folder
from analysis.sampling.keys import AUTHOR, PREFIX, digest
from analysis.sampling.plans import Plan, load_plan
from analysis.sampling.samples import capped, drawn_whole, members_of, units_of
from corpus.errors import UserError
from corpus.snapshot import Snapshot, read_file
from corpus.study import Study

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Explained:
    """What one draw has to say of a document: `state` is drawn, reserve, not_drawn, capped or not_in_frame."""

    draw: str
    state: str
    lines: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {"draw": self.draw, "state": self.state, "lines": list(self.lines)}


def explain(study: Study, document_id: str, name: str | None = None) -> list[Explained]:
    """Of each draw of the study, or of the one named, why the document is in it or not.

    Raises UserError where there is no draw, or where neither a frame nor the corpus knows the document.
    """
    home = samples_folder(study)
    folders = [folder for folder in draws_in(home) if name in (None, folder.name)]
    if not folders:
        raise UserError("no draw here", where=home / (name or ""), hint="`huanying sample draw PLAN` makes one")
    found = [_explained(study, folder, document_id) for folder in folders]
    if all(one is None for one in found):
        raise UserError(
            f"no document {document_id} in any frame or snapshot of these draws", hint="give a documents.id"
        )
    return [one for one in found if one is not None]


def _explained(study: Study, folder: Path, document_id: str) -> Explained | None:
    document = json.loads((folder / "sample.json").read_bytes())
    plan = load_plan(folder / "plan.toml").plan
    frame = read_file(folder / "frame.parquet")
    own = frame.filter(pc.equal(frame.column("id"), document_id)).to_pylist()
    if not own:
        return _outside(study, folder, plan, document, document_id)
    state, lines = _inside(frame, plan, document, own[0])
    sample = read_file(folder / "sample.parquet").to_pylist()
    drawn = next((row for row in sample if row["doc_id"] == document_id), None)
    if drawn is None and state in ("drawn", "reserve"):
        state, lines = "not_drawn", [*lines, "of its cluster another document was taken, whose digest is smaller"]
    return Explained(folder.name, state, (*lines, *(_chance(drawn) if drawn else ())))


def _outside(study: Study, folder: Path, plan: Plan, document: Mapping[str, Any], wanted: str) -> Explained | None:
    place = study.corpus_folder / "snapshots" / document["frame"]["snapshot_id"]
    if not place.is_dir():
        gone = f"not in the frame, and the snapshot {place.name}, which would tell why, is no longer here"
        return Explained(folder.name, "not_in_frame", (gone,))
    ground = ground_said(document)
    row = next((row for row in rows_of(Snapshot(place), ground.zone) if row["id"] == wanted), None)
    if row is None:
        return None
    step, reason = why_not(ground, plan, row) or ("", "the draw's own snapshot would take it in: see `sample verify`")
    said = f"not in the frame: left out at the step {step}: {reason}" if step else f"not in the frame: {reason}"
    return Explained(folder.name, "not_in_frame", (said,))


def _inside(frame: pa.Table, plan: Plan, document: Mapping[str, Any], own: Row) -> tuple[str, list[str]]:
    """The order of the document's cell, made again from the frame."""
    rows: list[Row] = frame.to_pylist()
    seed_hex, lines = (
        document["seed"]["hex"],
        [f"in the frame of {len(rows)}: stratum {own['stratum']}, wave {own['wave']}"],
    )
    if plan.design.take is not None:
        rows = capped(rows, plan.design, seed_hex)
        if own["id"] not in {row["id"] for row in rows}:
            made = digest(seed_hex, AUTHOR, own["id"])
            lines.append(
                f"left out by the cap: its author has {plan.design.take} documents of smaller digests than {made}"
            )
            return "capped", lines
    members = members_of(rows, plan.design)
    unit_id = own["cluster"] if drawn_whole(plan.design) else own["id"]
    units = list(units_of(members))
    unit = next(one for one in units if (one.id, one.wave) == (unit_id, own["wave"]))
    stage = next(stage for stage in document["stages"] if stage["name"] == "draw")
    cell = next(cell for cell in stage["strata"] if (cell["stratum"], cell["wave"]) == (unit.stratum, unit.wave))
    order = ranked(
        [one for one in units if (one.stratum, one.wave) == (unit.stratum, unit.wave)], plan.design, seed_hex, cell["n"]
    )
    one = next((one for one in order if one.unit.id == unit_id), None)
    if one is None:
        return "not_drawn", [*lines, "nothing was drawn of its stratum"]
    return _state(one, cell, plan), [*lines, *_ordered(one, cell, unit_id, own["id"], seed_hex)]


def _state(one: Ranked, cell: Mapping[str, Any], plan: Plan) -> str:
    if one.rank <= cell["n"]:
        return "drawn"
    return "reserve" if one.rank <= cell["n"] + plan.reserves.n else "not_drawn"


def _ordered(one: Ranked, cell: Mapping[str, Any], unit_id: str, own: str, seed_hex: str) -> Iterator[str]:
    if unit_id != own:
        yield f"drawn as one with its cluster {unit_id}"
    yield f"digest {one.digest}, u {one.u!r}"
    if one.share is not None:
        yield f"chance {one.share!r}, order key {one.key!r}"
    yield f"rank {one.rank} of {cell['N']}; the first {cell['n']} were drawn"
    if cell["tau"] is not None:
        yield f"the line: the first unit not drawn has {'the digest' if one.key is None else 'the key'} {cell['tau']}"
    yield f"by hand: printf '%s\\n%s\\n%s\\n%s' {PREFIX} {seed_hex} draw {unit_id} | sha256sum"


def _chance(row: Mapping[str, Any]) -> Iterator[str]:
    if row["weight"] is not None:
        exact = "" if row["pi_num"] is None else f" = {row['pi_num']}/{row['pi_den']}"
        yield f"chance of the document {row['pi']!r}{exact}, weight {row['weight']!r}"
    if row["status"] != "drawn":
        yield f"status {row['status']}: {row['status_reason']}"
    if row["replaces"]:
        yield f"a reserve, in the place of {row['replaces']}"
    if row["double_code"]:
        yield "coded a second time"
