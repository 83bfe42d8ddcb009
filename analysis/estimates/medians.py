"""Medians of a count, such as likes, of the documents that people gave each code."""

from collections.abc import Sequence

from analysis.coding.schemes import Variable
from analysis.estimates.basis import Basis
from analysis.estimates.centiles import centile
from analysis.estimates.claims import CODES, Cell, Claim, facts_of
from analysis.estimates.domains import Domain
from analysis.estimates.estimators import refuse_extremes
from corpus.errors import UserError

COUNTS = ("likes", "collects", "comments", "shares")
LEAST = 10
"""Coded documents with a known count: a median of fewer is none of the frame."""
Refused = dict[str, str]


def medians_of(basis: Basis, counts: Sequence[str], extreme: bool = False) -> tuple[list[Claim], list[Refused]]:
    """Of each of ``counts`` the median of each code's documents in the frame, and which there are not, with the reason.

    Counts are those of the snapshot that labels are of. Documents whose count is not known are left out: `unknown` of
    those with that code.
    """
    claims: list[Claim] = []
    refused: list[Refused] = []
    for count in counts:
        known = _known(basis, count)
        for variable in basis.round.scheme.variables:
            truth = basis.truth.get(variable.id, {})
            for code in (one for one in variable.ids if one in truth.values()):
                cell = Cell(basis.round.name, basis.sample, variable.id, code, Domain(), None, varied=f"median-{count}")
                try:
                    claims.append(_median(cell, variable, count, known, truth, extreme))
                except UserError as error:
                    refused.append({"claim": cell.name(CODES), "reason": error.what})
    return claims, refused


def _median(
    cell: Cell, variable: Variable, count: str, known: dict[str, int], truth: dict[str, str], extreme: bool
) -> Claim:
    coded = {name for name, code in truth.items() if code == cell.code}
    here = coded & known.keys()
    if len(here) < LEAST:
        raise UserError(f"{len(here)} coded documents have known {count}, fewer than {LEAST}")
    refuse_extremes(cell.sample, extreme)
    # Whatever the count, a coded document is known to lie in the domain or not; only the others are stood for.
    found = centile(cell.sample, {name: float(known.get(name, 0)) for name in truth}, domain=here)
    told = f"analysis.estimates.centiles.centile(draw, {count}, domain=code of {variable.id} is {cell.code}, {count} known)"
    return cell.claim(CODES, told, found.scopes, **facts_of(found), count=count, unknown=len(coded - here))


def _known(basis: Basis, count: str) -> dict[str, int]:
    """The count of each coded document where it is known."""
    found: dict[str, int] = {}
    coded = {name for name, _ in basis.settled}
    for part in basis.snapshot.slices("documents_wide", ["id", count]) if basis.snapshot else ():
        pairs = zip(part.column("id").to_pylist(), part.column(count).to_pylist(), strict=True)
        found |= {name: number for name, number in pairs if name in coded and number is not None}
    return found
