"""Estimates of a round of coding as they stand on disk: shares by codes, by labels, and by labels that codes correct."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from analysis.coding.codes import WAYS, disputed
from analysis.estimates.basis import Basis
from analysis.estimates.claims import CODES, CORRECTED, Cell, Claim
from analysis.estimates.corrected import count
from analysis.estimates.medians import medians_of
from analysis.estimates.scopes import ALONE, NAIVE
from analysis.estimates.variations import variations_of
from corpus.errors import UserError

FORMAT, FOLDER = "huanying-estimates/1", "estimates"


def estimates_of(basis: Basis, extreme: bool = False, counts: Sequence[str] = ()) -> dict[str, Any]:
    """What the codes and labels of a round say of its frame: `claims`, and `not_estimated` with the reason of each.

    Of each class in all of the frame, in each language and in each phase: by codes alone (`codes`), by labels corrected
    with the codes (`codes and labels`), by labels alone (`labels`, without an interval; `validated` is false where
    nothing corrects them). `robustness`: the same figures made otherwise, see `variations_of`; `not_varied`: why not.
    `held`: of each variable how the codes that hold were found, and how many are disputed, which nobody has judged.
    ``extreme``: extreme weights are taken as they are. ``counts``: with them `medians` of these, see `medians_of`.
    """
    claims: list[Claim] = []
    refused = [{"claim": f"{basis.round.name}/{name}", "reason": told} for name, told in basis.reasons.items()]
    for cell in _cells(basis, extreme):
        given, lost = _claims(basis, cell)
        claims += given
        refused += [{"claim": claim, "reason": reason} for claim, reason in lost]
    robustness, not_varied = variations_of(basis, claims, extreme)
    medians, without = medians_of(basis, counts, extreme)
    told = (" --accept-extreme-weights" if extreme else "") + "".join(f" --median {one}" for one in counts)
    return {
        "format": FORMAT,
        **basis.document,
        "estimand": basis.sample.estimand,
        "phases": basis.periods.document,
        "accept_extreme_weights": extreme,
        "held": _held(basis),
        "rederive": f"huanying estimate {basis.round.name}{told}",
        "claims": claims,
        "not_estimated": refused + without,
        "robustness": robustness,
        "not_varied": not_varied,
        **({"counts": list(counts), "medians": medians} if counts else {}),
    }


def _held(basis: Basis) -> dict[str, dict[str, int]]:
    ways = Counter((variable, how) for (_, variable), (_, how) in basis.settled.items())
    open_ = Counter(variable for variables in disputed(basis.rows).values() for variable in variables)
    return {
        name: {how: ways[name, how] for how in WAYS} | {"disputed": open_[name]}
        for name in dict.fromkeys(variable for variable, _ in sorted(ways))
    }


def _cells(basis: Basis, extreme: bool) -> Iterator[Cell]:
    for variable in basis.round.scheme.variables:
        labels = basis.machine.get(variable.id)
        for domain, names in basis.domains.items():
            counted = None if labels is None else count(basis.sample, labels, names)
            for code in (*variable.ids, *((None,) if variable.level == "interval" else ())):
                yield Cell(basis.round.name, basis.sample, variable.id, code, domain, names, counted, extreme=extreme)


def _claims(basis: Basis, cell: Cell) -> tuple[list[Claim], list[tuple[str, str]]]:
    truth = basis.truth.get(cell.variable, {})
    labels = basis.machine.get(cell.variable)
    made: list[Claim] = []
    lost: list[tuple[str, str]] = []
    if truth:
        try:
            made.append(cell.by_codes(truth))
        except UserError as error:
            lost.append((cell.name(CODES), error.what))
    if labels is None or cell.code is None or not (cell.counted and cell.counted.size):
        return made, lost
    scope = ALONE
    if truth and (barred := basis.labels[cell.variable].barred):
        lost.append((cell.name(CORRECTED), barred))
    elif truth:
        try:
            made.append(cell.by_both(labels, truth))
            scope = NAIVE
        except UserError as error:
            lost.append((cell.name(CORRECTED), error.what))
    made.append(cell.by_labels(scope, scope is NAIVE))
    return made, lost


def estimates_path(study_folder: Path, name: str) -> Path:
    """Where the estimates of a round stand."""
    return study_folder / FOLDER / f"{name}.json"
