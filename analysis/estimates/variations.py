"""Figures of a round made otherwise: without copies, without the heaviest author, by days of another zone, by surer labels."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.coding.schemes import Variable
from analysis.estimates.basis import Basis
from analysis.estimates.claims import CODES, CORRECTED, Cell, Claim
from analysis.estimates.corrected import count
from analysis.estimates.domains import Domain, in_phases
from analysis.replication.phases import DAYS
from corpus.errors import UserError

COPIES, AUTHOR, ZONE, THRESHOLD = "copies_out", "heaviest_author_out", "zone", "threshold"
THRESHOLDS = (0.6, 0.8)
_ALL = Domain()


@dataclass(frozen=True)
class _Way:
    """One way to make figures otherwise: of which parts of the frame, and whether by labels that are sure enough."""

    variation: str
    setting: str | None
    domains: dict[Domain, frozenset[str] | None]
    least: float | None = None

    @property
    def name(self) -> str:
        return self.variation + (f"-{self.setting.replace('/', '-')}" if self.setting else "")


def variations_of(
    basis: Basis, claims: Sequence[Claim], extreme: bool = False
) -> tuple[list[Claim], list[dict[str, str | None]]]:
    """Each way's figures, each held against one of ``claims`` (`base`); and which ways there are not, with the reason.

    ``copies_out``: one document of each cluster of copies, the earliest by day, then by id. ``heaviest_author_out``:
    without the author of most documents of the frame. Both of all of the frame. ``zone``: by phase, with the same dates
    read as days of another zone. ``threshold``: labels whose score is lower count as none. Figures go by codes and
    labels where the claim does, else by codes.
    """
    known = {one["claim"]: one for one in claims}
    made: list[Claim] = []
    lost: list[dict[str, str | None]] = []

    def not_varied(way: _Way, variable: str | None, reason: str) -> None:
        lost.append({"variation": way.variation, "setting": way.setting, "variable": variable, "reason": reason})

    for way, missing in _ways(basis):
        if missing:
            not_varied(way, None, missing)
            continue
        for variable in basis.round.scheme.variables:
            if way.least is not None and (reason := _unsure(basis, variable.id)):
                not_varied(way, variable.id, reason)
                continue
            for cell, labels in _cells(basis, way, variable):
                base = _base(cell, known)
                if base is None or (way.least is not None and base["by"] == CODES):
                    continue
                try:
                    figure = _made(basis, replace(cell, extreme=extreme), base["by"], labels)
                    made.append(figure | {"variation": way.variation, "setting": way.setting, "base": base["claim"]})
                except UserError as error:
                    not_varied(way, variable.id, f"{cell.code}, {cell.domain.name}: {error.what}")
    return made, lost


def _cells(basis: Basis, way: _Way, variable: Variable) -> Iterator[tuple[Cell, Mapping[str, str]]]:
    """Each figure of a variable that a way makes, and the labels that it goes by."""
    own = basis.labels.get(variable.id)
    labels = {} if own is None else own.labels if way.least is None else own.above(way.least)
    for domain, names in way.domains.items():
        counted = None if own is None else count(basis.sample, labels, names)
        for code in variable.ids:
            yield Cell(basis.round.name, basis.sample, variable.id, code, domain, names, counted, way.name), labels


def _base(cell: Cell, known: dict[str, Claim]) -> Claim | None:
    plain = replace(cell, varied=None)
    return known.get(plain.name(CORRECTED)) or known.get(plain.name(CODES))


def _made(basis: Basis, cell: Cell, by: str, labels: Mapping[str, str]) -> Claim:
    truth = basis.truth[cell.variable]
    return cell.by_codes(truth) if by == CODES else cell.by_both(labels, truth)


def _ways(basis: Basis) -> Iterator[tuple[_Way, str | None]]:
    """Each way, with the reason where it cannot be gone."""
    single = _without_copies(basis) if basis.copies else None
    yield _Way(COPIES, None, {_ALL: single}), None if single else "what was drawn as one are not copies"
    others = _without_heaviest(basis)
    yield _Way(AUTHOR, None, {_ALL: others}), None if others else "no author of the frame is known, or all is of one"
    for zone in DAYS:
        if zone != basis.periods.zone:
            days = basis.days(zone)
            parts = in_phases(basis.sample.frame, days, basis.periods) if days else {}
            reason = basis.periods.reason or (None if days else "the corpus that the labels are of is not here")
            yield _Way(ZONE, zone, dict(parts)), reason
    for least in THRESHOLDS:
        yield _Way(THRESHOLD, f"{least:g}", {_ALL: None}, least), None


def _without_copies(basis: Basis) -> frozenset[str]:
    rows = basis.rows_of_frame("id", "day", "cluster")
    first: dict[str, str] = {}
    alone = []
    for name, _, cluster in sorted(rows, key=lambda row: (row[1] is None, str(row[1]), row[0])):
        if cluster is None:
            alone.append(name)
        else:
            first.setdefault(cluster, name)
    return frozenset((*alone, *first.values()))


def _without_heaviest(basis: Basis) -> frozenset[str]:
    rows = list(basis.rows_of_frame("id", "author"))
    counts = Counter(author for _, author in rows if author is not None)
    if not counts:
        return frozenset()
    heaviest = min(counts, key=lambda author: (-counts[author], author))
    return frozenset(name for name, author in rows if author != heaviest)


def _unsure(basis: Basis, variable: str) -> str | None:
    """Why labels of a variable cannot be told apart by how sure they are."""
    if variable not in basis.labels:
        return "no labels"
    scores = basis.labels[variable].scores.values()
    if not scores:
        return "its labels have no scores"
    return None if all(0.0 <= one <= 1.0 for one in scores) else "its scores are no probabilities"
