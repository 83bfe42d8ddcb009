"""A draw as the estimators need it: who was drawn, from which strata and clusters, with what probability and weight."""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analysis.estimates.variances import Codes, Phase, Vector
from analysis.sampling.heaviest import largest
from corpus.errors import UserError
from corpus.snapshot import read_file
from corpus.strictjson import JSONFault, read_json

Kind = Literal["strata", "order", "poisson", "authors"]
"""How units were drawn: a plain draw in each stratum, of documents or of clusters; by size with a fixed number; each by
itself; or at most so many of each author and then a plain draw."""
_COLUMNS = [
    "doc_id", "unit_id", "stratum", "wave", "N_h", "n_h", "pi", "weight", "psu_id", "cluster_size", "double_code", "status",
]  # fmt: skip
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sample:
    """The documents of a draw, one place in each array: what was drawn in place of others is in, what was replaced out.

    `taken` of `sizes` units of a stratum were drawn, `kept` of `volumes` documents of an author before that. `weight` is
    what a document stands for, 1 over its chance, times what the estimand makes of it. `later` is the chance to be in
    the second phase, 1 where there is none. `clusters` are the units that were drawn.

    `cells` names the strata that `strata` counts, and `places` the stratum of each document of the frame, where that is
    told. Nothing is known of the strata `lost`: none was drawn from them, or none that was drawn is known; `uncovered` of
    their documents or clusters are in the frame. Drawn documents that were found `gone` stand in no array, nor do those
    that were `replaced` by another.

    `heaviest`: the largest weight that a document of the frame could have got, `usual`: the mean weight, both by the design
    and the same for every draw of a plan; 0 where the frame does not tell.
    """

    ids: tuple[str, ...]
    strata: Codes
    waves: Codes
    clusters: Codes
    authors: Codes
    pi: Vector
    weight: Vector
    taken: Vector
    sizes: Vector
    kept: Vector
    volumes: Vector
    later: Vector
    eligible: Mask
    twice: Mask
    kind: Kind
    estimand: str
    seed: str
    frame: tuple[str, ...]
    cells: tuple[str, ...]
    places: tuple[str, ...] = ()
    lost: frozenset[str] = frozenset()
    uncovered: int = 0
    gone: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    heaviest: float = 0.0
    usual: float = 0.0

    @property
    def spare(self) -> Vector:
        """Finite population correction of the first phase, 1 - f of each stratum; 1 where a unit was not taken whole."""
        spare = 1.0 - self.taken / self.sizes
        inside = self.pi * (1.0 + 1e-9) < self.taken / self.sizes
        return np.where(inside, 1.0, spare) if self.kind == "strata" else spare

    @property
    def certain(self) -> Mask:
        """Which documents were certain to be in; a cap on authors is not in `pi` where the estimand is their means."""
        made: Mask = self.pi * self.later >= 1.0
        return made & (self.kept >= self.volumes) if self.kind == "authors" else made

    @property
    def whole(self) -> bool:
        """Whether every document was certain to be in."""
        return bool(self.certain.all())

    def whole_in(self, domain: Container[str] | None) -> bool:
        """Whether every document of the domain that others could stand for was certain to be in: nothing is left to chance
        there."""
        if self.whole:
            return True
        sure = {one for one, certain in zip(self.ids, self.certain, strict=True) if certain}
        if domain is None or (self.lost and not self.places):
            return False
        places = self.places or ("",) * len(self.frame)
        pairs = zip(self.frame, places, strict=True)
        return all(one in sure for one, place in pairs if one in domain and place not in self.lost)

    @property
    def plain(self) -> bool:
        """Whether documents were drawn, not clusters of them."""
        return len(np.unique(self.clusters)) == len(self.ids)

    def answering(self, known: Collection[str]) -> "Sample":
        """Only the documents of which something is known; they stand for the others of their stratum.

        Weighting classes (Särndal, Swensson and Wretman 1992, 15.6): right where, within a stratum, those without a
        code are like those with one. A stratum of which nothing is known is lost: nobody stands for it.
        """
        kept = np.array([one in known for one in self.ids], bool)
        if kept.all():
            return self
        before = np.bincount(self.strata, self.weight)
        after = np.bincount(self.strata, self.weight * kept, minlength=len(before))
        empty = np.flatnonzero((before > 0) & (after == 0))
        _, first = np.unique(self.strata, return_index=True)
        without = sum(int(self.sizes[one]) for one in first if self.strata[one] in empty)
        drop = np.where(after > 0, after, 1.0) / np.where(before > 0, before, 1.0)
        units = _units_kept(self.strata, self.clusters, kept)
        made = self._of(kept)
        return replace(
            made,
            lost=self.lost | {self.cells[one] for one in empty},
            uncovered=self.uncovered + without,
            pi=np.minimum(1.0, made.pi * drop[made.strata]),
            weight=made.weight / drop[made.strata],
            taken=made.taken * units[made.strata],
        )

    def outside(self, domain: Container[str] | None) -> int:
        """How many documents of the domain are in strata of which nothing is known; `uncovered`, where the frame does not
        tell strata."""
        if not self.lost or not self.places:
            return self.uncovered
        pairs = zip(self.frame, self.places, strict=True)
        return sum(place in self.lost and (domain is None or one in domain) for one, place in pairs)

    def second_phase(self) -> "Sample":
        """Only the documents that were drawn again to be coded twice, each standing for n/n2 of its wave's sample."""
        if not self.twice.any():
            raise UserError("this draw has no second phase", hint="name [second_coding] in the plan and draw anew")
        share = np.bincount(self.waves, self.twice) / np.maximum(np.bincount(self.waves), 1)
        made = self._of(self.twice)
        later = share[made.waves]
        return replace(made, later=later, weight=made.weight / later)

    def phases(self) -> tuple[Phase, Phase]:
        """The two phases, where both were plain draws in strata: the cap on authors and the draw, or the draw and the
        choice of what is coded twice."""
        draw = Phase(self.strata, self.taken, self.sizes)
        if self.kind == "authors":
            return Phase(self.authors, self.kept, self.volumes), draw
        number = np.bincount(self.waves)[self.waves].astype(np.float64)
        return draw, Phase(self.waves, number, number / self.later)

    def _of(self, kept: Mask) -> "Sample":
        arrays = (
            "strata", "waves", "clusters", "authors", "pi", "weight", "taken", "sizes", "kept", "volumes", "later",
            "eligible", "twice",
        )  # fmt: skip
        cut: dict[str, Any] = {name: getattr(self, name)[kept] for name in arrays}
        return replace(self, ids=tuple(one for one, here in zip(self.ids, kept, strict=True) if here), **cut)


def _units_kept(strata: Codes, clusters: Codes, kept: Mask) -> Vector:
    """Of each stratum, which part of the drawn units still has a document."""
    pairs = np.stack([strata, clusters])
    before = np.bincount(np.unique(pairs, axis=1)[0])
    after = np.bincount(np.unique(pairs[:, kept], axis=1)[0] if kept.any() else pairs[0, :0], minlength=len(before))
    return after / np.maximum(before, 1)


def read_sample(folder: Path) -> Sample:
    """The draw in ``folder``; raises UserError where it is not one, VerificationError where a file of it is damaged."""
    try:
        described = read_json((folder / "sample.json").read_bytes())
    except (OSError, JSONFault) as error:
        raise UserError(
            f"no draw can be read here: {error}", where=folder, hint="see `huanying sample draw`"
        ) from error
    frame = read_file(folder / "frame.parquet")
    ids, strata, waves = (frame.column(name).to_pylist() for name in ("id", "stratum", "wave"))
    places = [_cell(*pair) for pair in zip(strata, waves, strict=True)]
    made = sample_of(read_file(folder / "sample.parquet"), described, ids, places)
    stage = next(one for one in described["stages"] if one["name"] == "draw")
    heaviest, usual = largest(frame, stage, str(described["estimand"]))
    return replace(made, heaviest=heaviest, usual=usual)


def sample_of(
    rows: pa.Table, described: Mapping[str, Any], frame: Collection[str], places: Sequence[str] = ()
) -> Sample:
    """The same from tables: rows of sample.parquet, the content of sample.json, the ids of the frame and their strata."""
    every = rows.select(_COLUMNS).to_pylist()
    used = [row for row in every if row["weight"] is not None]
    if not used:
        raise UserError("nothing was drawn", hint="see `huanying sample explain`")
    stage = next(one for one in described["stages"] if one["name"] == "draw")
    kind, take = _kind(stage["method"], described["estimand"]), stage.get("take")
    volumes = _vector(used, "cluster_size")
    strata = [_cell(row["stratum"], row["wave"]) for row in used]
    # That none came of a stratum is chance, where each document is drawn by itself: others stand for it.
    empty = [one for one in stage["strata"] if one["N"] and not one["n"] and kind != "poisson"]
    gone = tuple(str(row["doc_id"]) for row in used if row["status"] == "unavailable")
    made = Sample(
        ids=tuple(str(row["doc_id"]) for row in used),
        strata=_codes(strata),
        waves=_codes([str(row["wave"]) for row in used]),
        clusters=_codes([str(row["unit_id"]) for row in used]),
        authors=_codes([f"{row['psu_id']}\t{row['wave']}" for row in used]),
        pi=_vector(used, "pi"),
        weight=_vector(used, "weight"),
        taken=_vector(used, "n_h"),
        sizes=_vector(used, "N_h"),
        kept=np.minimum(volumes, take or np.inf),
        volumes=volumes,
        later=np.ones(len(used)),
        eligible=np.array([row["status"] != "ineligible" for row in used], bool),
        twice=np.array([bool(row["double_code"]) for row in used], bool),
        kind=kind,
        estimand=str(described["estimand"]),
        seed=str(described["seed"]["hex"]),
        frame=tuple(frame),
        cells=tuple(sorted(set(strata))),
        places=tuple(places),
        lost=frozenset(_cell(one.get("stratum"), one.get("wave")) for one in empty),
        uncovered=sum(one["N"] for one in empty),
        gone=gone,
        replaced=tuple(str(row["doc_id"]) for row in every if row["status"] == "replaced"),
    )
    return made.answering(set(made.ids) - set(gone))


def _cell(stratum: object, wave: object) -> str:
    return f"{stratum}\t{wave}"


def _kind(method: str, estimand: str) -> Kind:
    if method == "author":
        return "strata" if estimand == "authors-capped" else "authors"
    named: dict[str, Kind] = {"pps": "order", "poisson": "poisson"}
    return named.get(method, "strata")


def _codes(names: list[str]) -> Codes:
    return np.unique(np.array(names), return_inverse=True)[1].ravel().astype(np.int64)


def _vector(rows: list[dict[str, Any]], name: str) -> Vector:
    return np.array([float(row[name]) for row in rows])
