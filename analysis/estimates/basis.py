"""What figures of a round of coding rest on: its draw, its codes as far as they had come, and labels of one snapshot."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from analysis.coding.codes import CODES_FILE, Row, rows_of, settled
from analysis.coding.rounds import Round, load_round
from analysis.estimates.domains import Domain, Periods, in_phases, periods_of
from analysis.estimates.intact import refuse_damaged
from analysis.estimates.labels import Labels, labels_of
from analysis.estimates.learned import held_against
from analysis.estimates.sampled import Sample, read_sample
from analysis.replication.phases import DAYS
from analysis.sampling.coded import odd_row
from analysis.sampling.freezing import by_week
from analysis.sampling.history import ids_of, samples_folder
from analysis.sampling.keys import canonical
from analysis.sampling.plans import load_plan
from corpus.disk import Disk
from corpus.errors import UserError, VerificationError
from corpus.snapshot import Snapshot, latest, read_file
from corpus.strictjson import read_json
from corpus.study import Study

_FRAME = ("id", "language", "day", "author", "cluster")


@dataclass(frozen=True)
class Basis:
    """`labels`: by variable what the machine says of the documents of the frame; `reasons`: why it says nothing of others.

    `copies`: whether clusters of the frame are clusters of copies.
    """

    round: Round
    draw_id: str
    sample: Sample
    frame: pa.Table
    copies: bool
    periods: Periods
    rows: tuple[Row, ...]
    codes: Mapping[str, Any]
    snapshot: Snapshot | None = None
    labels: Mapping[str, Labels] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def settled(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Of each document and variable the code that holds, and how it was found."""
        return dict(sorted(settled(self.rows, self.round.coders).items()))

    @cached_property
    def truth(self) -> dict[str, dict[str, str]]:
        """By variable the code that holds of each document."""
        found: dict[str, dict[str, str]] = {}
        for (name, variable), (code, _) in self.settled.items():
            found.setdefault(variable, {})[name] = code
        return found

    @property
    def machine(self) -> dict[str, Mapping[str, str]]:
        """By variable the label of each document of the frame that has one among its codes."""
        return {variable: labels.labels for variable, labels in self.labels.items()}

    @cached_property
    def languages(self) -> dict[str, str]:
        return {name: language or "und" for name, language in self.rows_of_frame("id", "language")}

    @cached_property
    def domains(self) -> dict[Domain, frozenset[str] | None]:
        """All of the frame (null), each language, each phase: the documents of the frame that are in it."""
        found: dict[Domain, frozenset[str] | None] = {Domain(): None}
        for language in sorted(set(self.languages.values())):
            names = frozenset(name for name, own in self.languages.items() if own == language)
            found[Domain("language", language)] = names
        days = self.frame.column("day").to_pylist()
        return found | in_phases(self.sample.frame, days, self.periods)

    def rows_of_frame(self, *columns: str) -> Iterable[tuple[Any, ...]]:
        """These columns of the frame, a row a document."""
        return zip(*(self.frame.column(name).to_pylist() for name in columns), strict=True)

    def days(self, zone: str) -> list[date | None] | None:
        """The day of each document of the frame in another zone, where the frame has its day; null without a snapshot."""
        if self.snapshot is None:
            return None
        column = DAYS[zone]
        dated = {name for name, day in self.rows_of_frame("id", "day") if day is not None}
        found: dict[str, date] = {}
        for part in self.snapshot.slices("documents", ["id", column]):
            pairs = zip(part.column("id").to_pylist(), part.column(column).to_pylist(), strict=True)
            found |= {name: day for name, day in pairs if name in dated}
        return [found.get(name) for name in self.sample.frame]

    @property
    def document(self) -> dict[str, Any]:
        """What pins the basis, so that figures can be made from the same again."""
        return {
            "round": self.round.name,
            "draw": self.round.document["draw"],
            "draw_id": self.draw_id,
            "scheme_digest": self.round.scheme.digest,
            "codes": dict(self.codes),
            "labels": {
                "snapshot_id": self.snapshot.id if self.snapshot else None,
                "versions": {variable: one.version for variable, one in self.labels.items()},
                "machine": {variable: one.source.model_dump() for variable, one in self.labels.items()},
            },
        }


def basis_of(
    study: Study, name: str, folder: Path | None = None, rows: int | None = None, snapshot: Snapshot | None = None
) -> Basis:
    """What a round rests on now; or with its first ``rows`` rows of codes, the draw in ``folder``, labels of ``snapshot``.

    Raises UserError where round or draw are not here, VerificationError where they do not belong together, a code is
    none of the scheme, or what is read of the snapshot is not as it was built.
    """
    made = load_round(study, name)
    place = folder or samples_folder(study) / str(made.document["draw"])
    sample = read_sample(place)
    described = read_json((place / "sample.json").read_bytes())
    if made.document["draw_id"] not in ids_of(samples_folder(study), described["draw_id"]):
        raise VerificationError(f"is not the draw that {name} codes", where=place, hint="restore it from a copy")
    design = load_plan(place / "plan.toml").plan.design
    given = tuple(rows_of(made.folder)[:rows])
    _check(made, given)
    names = frozenset(sample.frame)
    if snapshot:
        refuse_damaged(snapshot, made.scheme)
    labels, reasons = labels_of(snapshot, made.scheme, names) if snapshot else ({}, {})
    if snapshot:
        labels = held_against(study, snapshot, labels, names, frozenset(sample.ids))
    return Basis(
        round=made,
        draw_id=str(described["draw_id"]),
        sample=sample,
        frame=read_file(place / "frame.parquet").select(_FRAME),
        copies=not by_week(design) and design.cluster != "thread",
        periods=periods_of(study, str(described["population"]["zone"])),
        rows=given,
        codes=_pinned(made.folder / CODES_FILE, len(given)),
        snapshot=snapshot,
        labels=labels,
        reasons=reasons,
    )


def newest(study: Study) -> Snapshot | None:
    """The snapshot whose labels are taken: the newest; null where nothing was built."""
    try:
        return latest(study.corpus_folder)
    except UserError:
        return None


def write(path: Path, document: Mapping[str, Any]) -> Path:
    """The one JSON text of a document, whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    Disk().write_whole(path, canonical(document) + b"\n")
    return path


def _pinned(path: Path, rows: int) -> dict[str, Any]:
    """The rows that were used: the file only grows, so that its beginning can be held against this later."""
    lines = path.read_bytes().split(b"\n") if path.is_file() else []
    used = [line + b"\n" for line in lines if line][:rows]
    return {"rows": rows, "sha256": hashlib.sha256(b"".join(used)).hexdigest()}


def _check(made: Round, rows: tuple[Row, ...]) -> None:
    known = {variable.id: set(variable.ids) for variable in made.scheme.variables}
    if odd := odd_row(rows, made.document):
        where = made.folder / CODES_FILE
        raise VerificationError(f"holds what is none of this round: {odd}", where=where, hint="restore it from a copy")
    for number, row in enumerate(rows, 1):
        if row["code"] not in known.get(row["variable"], ()):
            raise VerificationError(
                f"row {number} holds no code of the scheme",
                where=made.folder / CODES_FILE,
                hint="restore it from a copy",
            )
