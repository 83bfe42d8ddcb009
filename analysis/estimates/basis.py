"""What figures of a round of coding rest on: its draw, its codes as far as they had come, and labels of one snapshot."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.coding.codes import CODES_FILE, Row, rows_of, settled
from analysis.coding.rounds import Round, load_round
from analysis.estimates.sampled import Sample, read_sample
from analysis.sampling.history import samples_folder
from analysis.sampling.keys import canonical
from corpus.disk import Disk
from corpus.errors import UserError, VerificationError
from corpus.snapshot import Snapshot, latest, read_file
from corpus.strictjson import read_json
from corpus.study import Study

Labels = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Basis:
    """`machine`: by variable of the scheme the label of each document of the frame that has one; `versions`: whose."""

    round: Round
    draw_id: str
    sample: Sample
    languages: Mapping[str, str]
    rows: tuple[Row, ...]
    codes: Mapping[str, Any]
    snapshot_id: str | None
    versions: Mapping[str, str]
    machine: Labels

    @cached_property
    def truth(self) -> Labels:
        """By variable the code that holds of each document."""
        found: Labels = {}
        for (name, variable), (code, _) in sorted(settled(self.rows, self.round.coders).items()):
            found.setdefault(variable, {})[name] = code
        return found

    @cached_property
    def all_languages(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.languages.values())))

    def speaking(self, language: str | None) -> frozenset[str] | None:
        """The documents of the frame in a language; null: all."""
        if language is None:
            return None
        return frozenset(name for name, own in self.languages.items() if own == language)

    @property
    def document(self) -> dict[str, Any]:
        """What pins the basis, so that figures can be made from the same again."""
        return {
            "round": self.round.name,
            "draw": self.round.document["draw"],
            "draw_id": self.draw_id,
            "scheme_digest": self.round.scheme.digest,
            "codes": dict(self.codes),
            "labels": {"snapshot_id": self.snapshot_id, "versions": dict(self.versions)},
        }


def basis_of(
    study: Study, name: str, folder: Path | None = None, rows: int | None = None, snapshot: Snapshot | None = None
) -> Basis:
    """What a round rests on now; or with its first ``rows`` rows of codes, the draw in ``folder``, labels of ``snapshot``.

    Raises UserError where round or draw are not here, VerificationError where they do not belong together, or a code is
    none of the scheme.
    """
    made = load_round(study, name)
    place = folder or samples_folder(study) / str(made.document["draw"])
    sample = read_sample(place)
    draw_id = str(read_json((place / "sample.json").read_bytes())["draw_id"])
    if draw_id != made.document["draw_id"]:
        raise VerificationError(f"is not the draw that {name} codes", where=place, hint="restore it from a copy")
    frame = read_file(place / "frame.parquet").select(["id", "language"]).to_pylist()
    languages = {row["id"]: row["language"] or "und" for row in frame}
    given = tuple(rows_of(made.folder)[:rows])
    _check(made, given)
    machine, versions = _labels(snapshot, made, languages) if snapshot else ({}, {})
    codes = _pinned(made.folder / CODES_FILE, len(given))
    return Basis(made, draw_id, sample, languages, given, codes, snapshot.id if snapshot else None, versions, machine)


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
    for number, row in enumerate(rows, 1):
        if row["code"] not in known.get(row["variable"], ()):
            raise VerificationError(
                f"row {number} holds no code of the scheme",
                where=made.folder / CODES_FILE,
                hint="restore it from a copy",
            )


def _labels(snapshot: Snapshot, made: Round, frame: Mapping[str, str]) -> tuple[Labels, dict[str, str]]:
    """Labels of whole documents by the annotators that bear the names of variables; none where one gives several a text."""
    found: Labels = {}
    versions: dict[str, str] = {}
    for variable in made.scheme.variables:
        facts = snapshot.manifest["tables"].get(variable.id, {})
        if "current_version" not in facts:
            continue
        version, several = str(facts["current_version"]), False
        labels: dict[str, str] = {}
        for part in snapshot.slices(variable.id, ["document_id", "version", "start", "label"]):
            for row in part.to_pylist():
                name = row["document_id"]
                if row["version"] == version and row["start"] is None and name in frame:
                    several |= labels.setdefault(name, row["label"]) != row["label"]
        if labels and not several:
            found[variable.id], versions[variable.id] = labels, version
    return found, versions
