"""Shares by machine labels that people's codes correct: read from the estimates of a study, for the labels that are shown."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from analysis.coding.codes import rows_of, simulated
from analysis.coding.schemes import YES
from analysis.estimates.claims import CORRECTED, LABELS
from analysis.estimates.standing import FOLDER, FORMAT
from analysis.reporting.counting import PUBLISHED, K
from analysis.reporting.tables import Claimed
from corpus.errors import UserError
from corpus.snapshot import Snapshot, read_file
from corpus.strictjson import JSONFault, read_json
from corpus.study import Study

LEAST_CODED = 10
"""Of a language or a phase with fewer coded documents only the whole frame's figure is told."""
DAYS = {"sentiment": "sentiment_days", "themes": "theme_days"}
"""The figures over days of annotators that have one."""
Kind = Literal["all", "language", "phase"]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Corrected:
    """The share of one label in one part of the frame: by labels alone, and corrected with its interval, or null.

    `part`: a language, the number of a phase, or null for all of the frame; `n` documents of it were coded.
    """

    label: str
    kind: Kind
    part: str | None
    alone: Claimed
    share: Claimed | None
    n: int


@dataclass(frozen=True, slots=True)
class Phase:
    number: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Series:
    """What people's codes say of the labels of one annotator; `coded` documents of the frame's `size` were coded."""

    annotator: str
    rows: tuple[Corrected, ...]
    phases: tuple[Phase, ...]
    scope: Mapping[str, str]
    rounds: tuple[str, ...]
    coded: int
    size: int
    zone: str | None

    def of(self, *kinds: Kind) -> list[Corrected]:
        return [row for row in self.rows if row.kind in kinds]

    @property
    def phased(self) -> bool:
        """Whether a phase has a corrected figure."""
        return any(row.share is not None for row in self.of("phase"))


@dataclass(frozen=True, slots=True)
class Stale:
    """Estimates that are not shown, and why: `snapshot` or `version` (they are of other labels) or `draw` (it is not here)."""

    round: str
    annotator: str
    reason: str


@dataclass(frozen=True, slots=True)
class Corrections:
    """`later`: rounds of which codes came in after their estimates were made, with how many; `simulated`: rounds that
    programs coded, with their names; `shown`: rounds whose figures stand in the report, that with
    most coded documents first: the page on method tells of that one."""

    series: Mapping[str, Series]
    stale: tuple[Stale, ...] = ()
    later: tuple[tuple[str, int], ...] = ()
    simulated: tuple[tuple[str, tuple[str, ...]], ...] = ()
    shown: tuple[str, ...] = ()


def corrections(study: Study, snapshot: Snapshot) -> Corrections:
    """The corrected figures of the labels that ``snapshot`` shows, by annotator.

    Where several rounds correct the same labels, that with most coded documents is taken (of equals the first by name).
    Parts of a frame by fewer than K authors are left out as everywhere in a report. Raises UserError where a file of
    estimates cannot be read.
    """
    found: dict[tuple[str, str | None], Series] = {}
    stale: list[Stale] = []
    later: list[tuple[str, int]] = []
    programs: list[tuple[str, tuple[str, ...]]] = []
    for path in sorted((study.folder / FOLDER).glob("*.json")):
        said = _read(path)
        rows = rows_of(study.folder / "coding" / path.stem)
        used, names = int(said["codes"]["rows"]), simulated(rows)
        later += [(path.stem, len(rows) - used)] if len(rows) > used else []
        programs += [(path.stem, tuple(names))] if names else []
        for variable, machine in said["labels"].get("machine", {}).items():
            key = (str(machine["annotator"]), machine["label"])
            if not any(one["variable"] == variable and one["by"] == CORRECTED for one in said["claims"]):
                continue
            reason = _outdated(said, variable, key[0], snapshot) or _undrawn(study, said)
            if reason:
                stale.append(Stale(path.stem, key[0], reason))
                continue
            made = _series(study, said, variable, *key)
            if key not in found or made.coded > found[key].coded:
                found[key] = made
    told = sorted({annotator for annotator, _ in found})
    return Corrections(
        {name: _joined([one for (annotator, _), one in found.items() if annotator == name]) for name in told},
        tuple(sorted(set(stale), key=lambda one: (one.round, one.annotator))),
        tuple(later),
        tuple(programs),
        _shown(list(found.values())),
    )


def _shown(series: Collection[Series]) -> tuple[str, ...]:
    """The rounds of these series: by most coded documents, then by most series, then by name."""
    of = {name: [one.coded for one in series if name in one.rounds] for one in series for name in one.rounds}
    return tuple(sorted(of, key=lambda name: (-max(of[name]), -len(of[name]), name)))


def _read(path: Path) -> Document:
    hint = f"make them anew: huanying estimate {path.stem}"
    try:
        said = read_json(path.read_bytes())
    except JSONFault as error:
        raise UserError("the estimates cannot be read", where=path, hint=hint) from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise UserError("these are no estimates as this version writes them", where=path, hint=hint)
    return said


def _outdated(said: Document, variable: str, annotator: str, snapshot: Snapshot) -> str | None:
    if said["labels"]["snapshot_id"] != snapshot.id:
        return "snapshot"
    shown = snapshot.manifest["tables"].get(annotator, {}).get("current_version")
    return None if said["labels"]["versions"].get(variable) == shown is not None else "version"


def _undrawn(study: Study, said: Document) -> str | None:
    return None if _frame_path(study, said).is_file() else "draw"


def _frame_path(study: Study, said: Document) -> Path:
    return study.folder / "samples" / str(said["draw"]) / "frame.parquet"


def _series(study: Study, said: Document, variable: str, annotator: str, label: str | None) -> Series:
    phases = tuple(
        Phase(str(one["number"]), date.fromisoformat(one["first"]), date.fromisoformat(one["last"]))
        for one in said["phases"]["list"]
    )
    claims = [one for one in said["claims"] if one["variable"] == variable and one["code"] is not None]
    if label is not None:
        claims = [one for one in claims if one["code"] == YES]
    frame = read_file(_frame_path(study, said)).select(["author", "kind", "language", "day"]).to_pylist()
    shown = told_parts(frame, phases)
    rows = tuple(row for row in _rows(claims, label) if (row.kind, row.part) in shown)
    both = [one for one in claims if one["by"] == CORRECTED and one["domain"]["kind"] == "all"]
    coded = max((one["n"] for one in both), default=0)
    scope = both[0]["scope"] if both else {}
    return Series(annotator, rows, phases, scope, (said["round"],), coded, len(frame), said["phases"]["zone"])


def _rows(claims: Collection[Document], label: str | None) -> Iterator[Corrected]:
    both = {_place(one): one for one in claims if one["by"] == CORRECTED}
    for bare in claims:
        if bare["by"] != LABELS:
            continue
        kind, part = bare["domain"]["kind"], bare["domain"]["value"]
        made, share = both.get(_place(bare)), None
        if made and (kind == "all" or made["n"] >= LEAST_CODED):
            share = Claimed(made["value"], made["claim"], (made["interval"]["low"], made["interval"]["high"]))
        alone = Claimed(bare["value"], bare["claim"])
        yield Corrected(label or bare["code"], kind, part, alone, share, made["n"] if made else 0)


def _place(claim: Document) -> tuple[str, str, str | None]:
    return claim["code"], claim["domain"]["kind"], claim["domain"]["value"]


def told_parts(frame: Collection[Document], phases: Collection[Phase]) -> set[tuple[str, str | None]]:
    """The parts of a frame of which labels may be told: by K authors or more, or by outlets and offices alone."""
    spans = [(one.first, one.last, one.number) for one in phases]

    def phase(day: date | None) -> str | None:
        return next((number for first, last, number in spans if day and first <= day <= last), None)

    found: set[tuple[str, str | None]] = set()
    for kind, part in (
        ("all", lambda row: None),
        ("language", lambda row: row["language"] or "und"),
        ("phase", lambda row: phase(row["day"])),
    ):
        writers: dict[str | None, set[str]] = {}
        for row in frame:
            of = writers.setdefault(part(row), set())
            if row["kind"] not in PUBLISHED:
                of.add(row["author"] or "")
        found |= {(kind, one) for one in _floored(writers)}
    return found


def _floored(writers: Mapping[str | None, set[str]]) -> set[str | None]:
    """The parts that may be told, so that no subtraction from the whole tells of fewer than K authors either."""

    def few(authors: set[str]) -> bool:
        return bool(authors) and len(authors - {""}) < K

    held = {part for part, authors in writers.items() if few(authors)}
    rest = sorted(writers.keys() - held, key=lambda part: (len(writers[part]), str(part)))
    while held and rest and few(set().union(*(writers[part] for part in held))):
        held.add(rest.pop(0))
    return set(rest)


def _joined(series: list[Series]) -> Series:
    """Labels of one annotator, each of which people coded by itself, as one series."""
    first = max(series, key=lambda one: one.coded)
    same = [one for one in series if one.phases == first.phases]
    return Series(
        first.annotator,
        tuple(row for one in series for row in one.rows if row.kind != "phase" or one in same),
        first.phases,
        first.scope,
        tuple(sorted({name for one in series for name in one.rounds})),
        first.coded,
        first.size,
        first.zone,
    )
