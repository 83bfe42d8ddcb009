"""What lies in a draw folder, each part read when it is first asked for, and what can be made again from it."""

from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from analysis.sampling.drawing import Parent, parent_of
from analysis.sampling.freezing import Frozen, freeze
from analysis.sampling.grounds import Ground, ground_said
from analysis.sampling.history import entries, erased_in, samples_folder
from analysis.sampling.plans import Plan, PlanFile, load_plan
from analysis.sampling.samples import Sample, sample_of, units_by_wave
from analysis.sampling.waves import BEFORE, Wave, drawn_by_wave, n_of, waves_of
from corpus.errors import UserError, VerificationError
from corpus.identity import Keys
from corpus.manifest import Altered, altered
from corpus.snapshot import Snapshot, read_file
from corpus.strictjson import read_json
from corpus.study import Study

Row = dict[str, Any]


class Wrong(Exception):
    """A check found something wrong, which the message says."""


class Partly(str):
    """What a check found right that could not be done fully, and why not."""

    __slots__ = ()


def hold(right: bool, message: str) -> None:
    """Raises Wrong with the message where it is not right."""
    if not right:
        raise Wrong(message)


class DrawFolder:
    """What lies in a draw folder, each part read when a check first asks for it."""

    def __init__(self, folder: Path, study: Study | None) -> None:
        self.folder, self.study = folder, study

    @cached_property
    def document(self) -> dict[str, Any]:
        found = read_json((self.folder / "sample.json").read_bytes())
        if not isinstance(found, dict):
            raise VerificationError("holds no object", where=self.folder / "sample.json")
        return found

    @cached_property
    def read(self) -> PlanFile:
        return load_plan(self.folder / "plan.toml")

    @property
    def plan(self) -> Plan:
        return self.read.plan

    @cached_property
    def frame(self) -> pa.Table:
        return read_file(self.folder / "frame.parquet")

    @cached_property
    def rows(self) -> list[Row]:
        found: list[Row] = read_file(self.folder / "sample.parquet").to_pylist()
        return found

    @cached_property
    def salts(self) -> dict[str, str]:
        """What opens the commitments, by document; empty where salts.parquet is not here, as in a release."""
        path = self.folder / "salts.parquet"
        return {row["id"]: row["salt"] for row in read_file(path).to_pylist()} if path.is_file() else {}

    @property
    def stage(self) -> Row:
        for stage in self.document["stages"]:
            if stage["name"] == "draw":
                return dict(stage)
        raise VerificationError("has no stage named draw", where=self.folder / "sample.json")

    @cached_property
    def cells(self) -> list[Row]:
        found: list[Row] = self.stage["strata"]
        return found

    @cached_property
    def ground(self) -> Ground:
        """What the draw says that it stands on."""
        return ground_said(self.document)

    @cached_property
    def parent(self) -> Parent | str | None:
        """The draw that this one extends, put aside or not; null where it extends none, or why it cannot be asked."""
        if self.plan.extends is None:
            return None
        try:
            return parent_of(self.study, self.read, aside=True) if self.study else "the study is not here"
        except UserError:
            return "the draw that it extends is not here"

    @cached_property
    def waves(self) -> tuple[Wave, ...]:
        """How many units are to be drawn of each wave; of those before the newest as they are said to be drawn where the
        draw that is extended is not here."""
        design, before = self.plan.design, dict[int, int]()
        if isinstance(self.parent, Parent):
            before = self.parent.drawn
        elif self.parent is not None:
            own = {wave["wave"] for wave in self.stage["waves"] if wave["by"] == BEFORE}
            before = {wave: n for wave, n in drawn_by_wave(self.stage, design).items() if wave in own}
        return waves_of(self.plan, units_by_wave(self.frame, design, self.document["seed"]["hex"]), before)

    @cached_property
    def again(self) -> Sample:
        """The sample, drawn again from frozen frame and plan."""
        said = self.document
        seed_hex, snapshot = said["seed"]["hex"], said["frame"]["snapshot_id"]
        try:
            return sample_of(self.frame, self.plan, seed_hex, snapshot, n_of(self.waves))
        except UserError as error:
            raise VerificationError(f"cannot be drawn again from frame, plan and seed: {error.what}") from error

    @cached_property
    def expected(self) -> list[Row]:
        found: list[Row] = self.again.table.to_pylist()
        return found

    @cached_property
    def snapshot(self) -> Snapshot | str:
        """The snapshot that the frame was frozen from, or why it cannot be asked."""
        if self.study is None:
            return "the study is not here"
        name = str(self.document["frame"]["snapshot_id"])
        place = self.study.corpus_folder / "snapshots" / name
        if Path(name).name != name or not place.is_dir():
            return f"the snapshot {name} is no longer here"
        return Snapshot(place)

    @cached_property
    def damage(self) -> Altered | None:
        """What is wrong with the snapshot's documents, held against its manifest and its name; null where nothing is."""
        return None if isinstance(self.snapshot, str) else altered(self.snapshot, ("documents_wide", "documents"))

    def hold_documents(self) -> None:
        """Raises Wrong where documents of the snapshot were changed otherwise than by an erasure that is on record."""
        fault = self.damage
        hold(
            fault is None or (bool(self.erased) and fault.fewer),
            f"the snapshot is not as it was built: {fault and fault.told}",
        )

    @cached_property
    def erased(self) -> frozenset[str]:
        """Documents whose erasure the log of draws has on record."""
        if self.study is None:
            return frozenset()
        return erased_in(entries(samples_folder(self.study)))

    @cached_property
    def secret(self) -> Keys | None:
        """The study's key, where it is here."""
        return self.study.keys() if self.study and self.study.key_path.exists() else None

    @cached_property
    def refrozen(self) -> Frozen | str:
        """The frame, frozen anew from what the draw stands on, or why that cannot be done."""
        if isinstance(self.snapshot, str):
            return self.snapshot
        if isinstance(self.parent, str):
            return self.parent
        old = self.parent.frame if self.parent else None
        return freeze(self.ground, self.plan, self.snapshot, self.secret, old)
