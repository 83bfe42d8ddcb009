"""What lies in a draw folder, each part read when it is first asked for, and what can be made again from it."""

from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from analysis.sampling.drawing import frozen_again, parent_of
from analysis.sampling.frames import salt
from analysis.sampling.freezing import Frozen, by_week
from analysis.sampling.plans import Plan, PlanFile, load_plan
from analysis.sampling.samples import Sample, sample_of
from corpus.errors import UserError, VerificationError
from corpus.snapshot import Snapshot, read_file
from corpus.strictjson import read_json
from corpus.study import Study

Row = dict[str, Any]


class Wrong(Exception):
    """A check found something wrong, which the message says."""


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
    def again(self) -> Sample:
        """The sample, drawn again from frozen frame and plan; of later waves, as many as are said to be drawn."""
        design, said = self.plan.design, self.document
        together = max if by_week(design) else sum
        wanted: dict[int, int | None] = {
            wave: together(cell["n"] for cell in self.cells if cell["wave"] == wave) if design.n else None
            for wave in {cell["wave"] for cell in self.cells}
        }
        seed_hex, snapshot = said["seed"]["hex"], said["frame"]["snapshot_id"]
        try:
            return sample_of(self.frame, self.plan, seed_hex, snapshot, wanted | {0: design.n})
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
    def refrozen(self) -> Frozen | str:
        """The frame, frozen anew, or why that cannot be done."""
        if isinstance(self.snapshot, str) or self.study is None:
            return str(self.snapshot)
        if not self.study.key_path.exists():
            return "the study key is not here"
        secret = self.study.keys()
        if any(salt(secret, name) != made for name, made in self.salts.items()):
            return "the study key here is not the one that it was drawn with"
        try:
            parent_of(self.study, self.read)
        except UserError:
            return "the draw that it extends is not here"
        return frozen_again(self.study, self.folder)
