"""Turn a plan into a draw folder: the frozen frame, the sample, and one document that says how each follows."""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from analysis.sampling import keys
from analysis.sampling.days import begins
from analysis.sampling.describing import describe, read_me, stage_of, without_chance
from analysis.sampling.frames import FRAME, SALTS, salt
from analysis.sampling.freezing import Frozen, freeze
from analysis.sampling.grounds import Ground, ground_of, ground_said
from analysis.sampling.heaviest import notes_of
from analysis.sampling.history import Log, draws_in, entries, erased_in, held, line_of, put_aside, samples_folder
from analysis.sampling.plans import Plan, PlanFile, load_plan
from analysis.sampling.samples import SAMPLE, Sample, sample_of, units_by_wave
from analysis.sampling.waves import Wave, drawn_by_wave, n_of, waves_of
from corpus.disk import Disk
from corpus.errors import UserError
from corpus.identity import Keys
from corpus.snapshot import Snapshot, latest, read_file
from corpus.store import arrow_schema, write_file
from corpus.study import Study

STANDALONE = Path(__file__).resolve().parent / "standalone"
_IGNORE = """\
# Private: what opens the commitments to texts, and what a killed draw leaves behind.
salts.parquet
.*/
"""


@dataclass(frozen=True, slots=True)
class Parent:
    """A draw that is extended."""

    folder: Path
    document: Mapping[str, Any]
    frame: pa.Table
    sample: pa.Table
    plan: Plan

    @property
    def drawn(self) -> dict[int, int]:
        """Units drawn, by wave."""
        return drawn_by_wave(stage_of(self.document), self.plan.design)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw on disk. `again`: it was there already, the same to the last digit; `revised`: it was there, and what was
    [[found]] of its documents was added."""

    folder: Path
    document: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    again: bool = False
    revised: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """How many documents a plan's frame has now, null where there is none, and why it could not be drawn by, if so."""

    documents: int | None
    why_not: str | None = None
    hint: str | None = None
    notes: tuple[str, ...] = ()


def draw(plan: Path, study: Study) -> Path:
    """Draw what the plan says; the draw's folder. See `draw_sample` for errors."""
    return draw_sample(plan, study).folder


def draw_sample(path: Path, study: Study) -> Drawn:
    """Draw what the plan in ``path`` says: freeze the frame, order it, write ``samples/<name>/`` whole or not at all.

    Equal plan, study, key, snapshot and version give equal bytes; a second time nothing is written. Where the plan of a
    draw has more [[found]] than it had and is else the same, the draw is made again from the same snapshot, and the former
    version is put aside.
    Raises UserError for faults of the plan, an empty frame, or where another draw has that name.
    """
    read = load_plan(path, study)
    _refuse_untold(read)
    parent = parent_of(study, read)
    home = samples_folder(study)
    snapshot, ground = _stands_on(study, read)
    frozen = freeze(ground, read.plan, snapshot, study.keys(), parent.frame if parent else None)
    waves, sample = _chosen(study, read, parent, frozen, snapshot.id)
    told = (*frozen.notes, *_unmet(read.plan, frozen.frame), *_without_effect(read.plan, parent, frozen), *sample.notes)
    told = (*told, *notes_of(frozen.frame, read.plan, sample.cells))
    part = home / f".{read.plan.plan.name}-{os.getpid()}"
    with held(home) as log:
        for left in home.glob(".*-*/"):  # nobody else writes while the log is held: a killed draw left it behind
            shutil.rmtree(left)
        part.mkdir()
        ignore = home / ".gitignore"
        if not ignore.exists():
            ignore.write_text(_IGNORE, encoding="utf-8")
        try:
            _write(part, read, frozen, sample, study.keys())
            document = describe(ground, read, snapshot.id, frozen, sample, waves, _outputs(part))
            _finish(part, document)
            return _publish(
                part,
                log,
                read,
                document,
                (*told, *without_chance(document)),
            )
        finally:
            shutil.rmtree(part, ignore_errors=True)


def try_plan(read: PlanFile, study: Study) -> Trial:
    """Whether the plan could be drawn by of the corpus as it is now. Nothing is written, and nothing is told of what would
    be drawn, so that a plan can be looked through before it is registered."""
    documents = None
    try:
        _refuse_untold(read)
        parent = parent_of(study, read)
        snapshot, ground = _stands_on(study, read)
        frozen = freeze(ground, read.plan, snapshot, None, parent.frame if parent else None)
        documents = frozen.frame.num_rows
        _, sample = _chosen(study, read, parent, frozen, snapshot.id)
    except UserError as error:
        return Trial(documents, error.what, error.hint)
    return Trial(
        documents,
        notes=(*frozen.notes, *_unmet(read.plan, frozen.frame), *notes_of(frozen.frame, read.plan, sample.cells)),
    )


def _refuse_untold(read: PlanFile) -> None:
    """Raises UserError where a plan has a public value of a day that has not come: nobody can know it yet."""
    seed = read.plan.seed
    if seed.public_value and seed.public_at and begins(seed.public_at) > datetime.now(UTC):
        raise UserError(
            f"seed.public_at: {seed.public_at} has not come, and seed.public_value is there already",
            where=read.path,
            hint="leave public_value empty, register the plan, and draw when the value can be read",
        )


def _stands_on(study: Study, read: PlanFile) -> tuple[Snapshot, Ground]:
    """What a plan is drawn from now, or was, where it is that of a draw with more [[found]]."""
    former = _former(samples_folder(study) / read.plan.plan.name, read.plan)
    if former:
        return _snapshot_named(study, former["frame"]["snapshot_id"]), ground_said(former)
    return _snapshot(study, read.plan), ground_of(study, read.plan)


def _chosen(
    study: Study, read: PlanFile, parent: Parent | None, frozen: Frozen, snapshot_id: str
) -> tuple[tuple[Wave, ...], Sample]:
    plan = read.plan
    seed_hex = keys.seed(study.id, plan.seed.family, plan.seed.public_value)
    units = units_by_wave(frozen.frame, plan.design, seed_hex)
    waves = waves_of(plan, units, parent.drawn if parent else None)
    sample = sample_of(frozen.frame, plan, seed_hex, snapshot_id, n_of(waves))
    if parent:
        _hold_together(read, parent, sample)
        _refuse_nothing_new(read, parent, frozen.frame, sample)
    return waves, sample


def _unmet(plan: Plan, frame: pa.Table) -> list[str]:
    """Names in a plan that nothing in the frame has: most often they are misspelt."""
    strata, tags = (set(frame.column(name).to_pylist()) for name in ("stratum", "language"))
    named: dict[str, Mapping[str, float]] = {"design.fixed": plan.design.fixed, "design.spread": plan.design.spread}
    notes = [
        f"{key} names {one}, which no document has" for key, of in named.items() for one in of if one not in strata
    ]
    lost = [one for one in plan.frame.languages if not any(tag and f"{tag}-".startswith(f"{one}-") for tag in tags)]
    return notes + [f"frame.languages names {one}, which no document of the frame has" for one in lost]


def _former(folder: Path, plan: Plan) -> dict[str, Any] | None:
    """What the draw in ``folder`` says of itself, where ``plan`` is its plan with more [[found]] and nothing else."""
    try:
        document: dict[str, Any] = json.loads((folder / "sample.json").read_bytes())
        former = load_plan(folder / "plan.toml").plan
    except (OSError, ValueError, UserError):
        return None
    alike = former.model_dump(exclude={"found"}) == plan.model_dump(exclude={"found"})
    more = len(plan.found) > len(former.found) and all(one in plan.found for one in former.found)
    return document if alike and more else None


def _snapshot(study: Study, plan: Plan) -> Snapshot:
    named = plan.frame.snapshot
    return latest(study.corpus_folder) if named is None else _snapshot_named(study, named)


def _snapshot_named(study: Study, identity: str) -> Snapshot:
    folder = study.corpus_folder / "snapshots" / identity
    if not folder.is_dir():
        raise UserError("frame.snapshot: there is no such snapshot", where=folder, hint="leave it out for the newest")
    return Snapshot(folder)


def parent_of(study: Study, read: PlanFile, aside: bool = False) -> Parent | None:
    """The draw that a plan extends, with ``aside`` one that was put aside too; raises UserError where there is none."""
    extends = read.plan.extends
    if extends is None:
        return None
    for folder in draws_in(samples_folder(study), aside):
        document = json.loads((folder / "sample.json").read_bytes())
        if document.get("draw_id") == extends.draw:
            frame, sample = read_file(folder / "frame.parquet"), read_file(folder / "sample.parquet")
            return Parent(folder, document, frame, sample, load_plan(folder / "plan.toml").plan)
    raise UserError(
        f"extends.draw: no draw of this study has the id {extends.draw}",
        where=read.path,
        hint="its sample.json has its draw_id; a discarded draw is not extended",
    )


def _hold_together(read: PlanFile, parent: Parent, sample: Sample) -> None:
    """Raises UserError where an extension would not be one: another design or seed, or a unit lost."""
    plan, where = read.plan, read.path
    former = parent.plan
    if (plan.seed.family, plan.seed.public_value) != (former.seed.family, former.seed.public_value):
        raise UserError(
            "seed: differs from that of the draw that it extends", where=where, hint="an extension keeps it"
        )
    grows = {"n", "fixed"}
    if plan.design.model_dump(exclude=grows) != former.design.model_dump(exclude=grows):
        raise UserError(
            "design: differs in more than n from that of the draw that it extends",
            where=where,
            hint="draw anew instead",
        )
    lost = _taken(parent.sample) - _taken(sample.table)
    if lost:
        raise UserError(
            f"design.n: {len(lost)} documents that were drawn would be lost, {min(lost)} for one",
            where=where,
            hint="n may not fall, nor by PPS rise so far that more units become certain; and every [[found]] of "
            f"{parent.folder.name}, where it has some, is repeated in this plan",
        )


def _refuse_nothing_new(read: PlanFile, parent: Parent, frame: pa.Table, sample: Sample) -> None:
    """Raises UserError where an extension would be the draw that it extends under another name."""
    here, there = (table.drop_columns(["snapshot_id"]) for table in (sample.table, parent.sample))
    if frame.num_rows == parent.frame.num_rows and here.equals(there):
        raise UserError(
            f"extends: nothing would be added: no document came later than those of {parent.folder.name}",
            where=read.path,
            hint="collect and `huanying build` first; or raise design.n, which draws more of the documents that it had",
        )


def _without_effect(plan: Plan, parent: Parent | None, frozen: Frozen) -> list[str]:
    """That [extends] n asks for units of a wave that is not there."""
    if parent is None or plan.extends is None or not plan.extends.n or frozen.frame.num_rows > parent.frame.num_rows:
        return []
    return [f"extends.n = {plan.extends.n} had no effect: no document came later than those of {parent.folder.name}"]


def _taken(sample: pa.Table) -> set[str]:
    rows = sample.select(["doc_id", "is_reserve", "replaces"]).to_pylist()
    return {row["doc_id"] for row in rows if not row["is_reserve"] or row["replaces"] is not None}


def _write(part: Path, read: PlanFile, frozen: Frozen, sample: Sample, secret: Keys) -> None:
    """All files but those that tell of the draw itself."""
    frame, gone = frozen.frame, frozen.gone | erased_in(entries(part.parent))
    (part / "plan.toml").write_bytes(read.raw)
    write_file(part / "frame.parquet", FRAME, frame)
    write_file(part / "sample.parquet", SAMPLE, sample.table)
    salts = [{"id": one, "salt": salt(secret, one)} for one in frame.column("id").to_pylist() if one not in gone]
    write_file(part / "salts.parquet", SALTS, pa.Table.from_pylist(salts, schema=arrow_schema(SALTS)))
    (part / "salts.parquet").chmod(0o600)
    for path in sorted(STANDALONE.glob("verify_draw.*")):
        shutil.copyfile(path, part / path.name)


def _outputs(part: Path) -> dict[str, Any]:
    """SHA-256 and rows of the files that sample.json vouches for."""
    paths = [part / f"{name}.parquet" for name in ("frame", "sample")]
    return {
        path.name: {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "rows": read_file(path).num_rows}
        for path in paths
    }


def _finish(part: Path, document: Mapping[str, Any]) -> None:
    (part / "sample.json").write_bytes(keys.canonical(document) + b"\n")
    (part / "README.md").write_text(read_me(document), encoding="utf-8")
    for path in part.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _publish(part: Path, log: Log, read: PlanFile, document: dict[str, Any], notes: tuple[str, ...]) -> Drawn:
    """The log first, then the place: what the log does not know was never looked at, and a draw that was killed between
    the two is finished by drawing again."""
    home, final, identity = part.parent, part.with_name(read.plan.plan.name), document["draw_id"]
    line, revised = line_of(final.name, document), False
    if log.torn:
        notes = (*notes, "the last line of draws.jsonl was never written whole; it is set aside in draws.torn")
    if final.exists():
        there = _said(final)
        if there.get("draw_id") == identity or _alike(final, part, there, document):
            if not log.stands(there["draw_id"]):
                log.add("drawn", line_of(final.name, there))
            return Drawn(final, there, notes, again=True)
        revised = _former(final, read.plan) is not None and there["frame"] == document["frame"]
        if not revised:
            raise UserError(
                "plan.name: another draw has that name",
                where=final,
                hint=f'name this plan otherwise, or `huanying sample discard {final.name} --reason "..."`',
            )
        line |= {"revises": there["draw_id"]}
    if not log.stands(identity):
        log.add("revised" if revised else "drawn", line)
    if revised:
        put_aside(final, line["revises"])
    part.rename(final)
    Disk().sync_folder(home)
    return Drawn(final, document, notes, revised=revised)


def _alike(here: Path, part: Path, said: Mapping[str, Any], made: Mapping[str, Any]) -> bool:
    """Whether two draws differ in the bytes of their tables alone, as two versions of pyarrow write them."""
    one, other = ({**document, "outputs": None, "software": None, "draw_id": None} for document in (said, made))
    names = ("frame.parquet", "sample.parquet")
    return one == other and all(read_file(here / name).equals(read_file(part / name)) for name in names)


def _said(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / "sample.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}
