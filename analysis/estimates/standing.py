"""Estimates of a round of coding as they stand on disk: shares by codes, by labels, and by labels that codes correct."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.estimates.basis import Basis
from analysis.estimates.corrected import Corrected, corrected
from analysis.estimates.estimators import SCOPES, Estimate, estimate
from analysis.estimates.intervals import LEVEL
from corpus.errors import UserError

FORMAT, FOLDER = "huanying-estimates/1", "estimates"
CODES, CORRECTED, LABELS = "codes", "codes and labels", "labels"
"""What a figure goes by."""
_ALONE = {
    "en": "Labels of a machine alone, over the collected frame; not validated by humans: how wrong they are is not known.",
    "zh": "仅为机器标注在已收集抽样框内的占比；未经人工验证，误差未知。",
}
_NAIVE = {
    "en": "Labels of a machine alone, over the collected frame, uncorrected: for comparison with the corrected figure.",
    "zh": "仅为机器标注在已收集抽样框内的占比，未经校正；仅供与校正值对照。",
}
Claim = dict[str, Any]


@dataclass(frozen=True)
class _Cell:
    """One class of one variable in one language (null: all of the frame); with code null the mean of numbers."""

    basis: Basis
    variable: str
    code: str | None
    language: str | None

    @cached_property
    def domain(self) -> frozenset[str] | None:
        return self.basis.speaking(self.language)

    def claim(self, by: str, rederive: str, scope: Mapping[str, str], **facts: Any) -> Claim:
        """``facts`` over those of a figure without an error of its own."""
        where = self.language or "all"
        named = "mean" if self.code is None else self.code
        bare = {"se": None, "interval": None, "n": 0, "n_eff": None, "missing": 0, "uncovered": 0, "validated": True}
        return {
            **bare,
            "claim": f"{self.basis.round.name}/{self.variable}/{named}/{where}/{by.replace(' ', '-')}",
            "variable": self.variable,
            "code": self.code,
            "language": self.language,
            "by": by,
            "rederive": rederive,
            "scope": dict(scope),
            **facts,
        }

    @property
    def said(self) -> str:
        return f"domain={'the frame' if self.language is None else 'language ' + self.language}"


def estimates_of(basis: Basis) -> dict[str, Any]:
    """What the codes and labels of a round say of its frame: `claims`, and `not_estimated` with the reason of each.

    Of each class in all of the frame and in each language: by codes alone (`codes`), by labels corrected with the codes
    (`codes and labels`), by labels alone (`labels`, without an interval; `validated` is false where nothing corrects them).
    """
    claims: list[Claim] = []
    refused: list[dict[str, str]] = []
    for cell in _cells(basis):
        given, lost = _claims(cell)
        claims += given
        refused += [{"claim": claim, "reason": reason} for claim, reason in lost]
    return {
        "format": FORMAT,
        **basis.document,
        "estimand": basis.sample.estimand,
        "rederive": f"huanying estimate {basis.round.name}",
        "claims": claims,
        "not_estimated": refused,
    }


def _cells(basis: Basis) -> Iterator[_Cell]:
    for variable in basis.round.scheme.variables:
        for language in (None, *basis.all_languages):
            for code in (*variable.ids, *((None,) if variable.level == "interval" else ())):
                yield _Cell(basis, variable.id, code, language)


def _claims(cell: _Cell) -> tuple[list[Claim], list[tuple[str, str]]]:
    truth = cell.basis.truth.get(cell.variable, {})
    machine = cell.basis.machine.get(cell.variable)
    made: list[Claim] = []
    lost: list[tuple[str, str]] = []
    if truth:
        try:
            made.append(_by_codes(cell, truth))
        except UserError as error:
            lost.append((cell.claim(CODES, "", {})["claim"], error.what))
    if machine is None or cell.code is None:
        return made, lost
    naive, scope = _naive(cell, machine), _ALONE
    if truth:
        try:
            found = corrected(cell.basis.sample, machine, truth, cell.code, cell.domain)
            made.append(_by_both(cell, found))
            naive, scope = found.naive, _NAIVE
        except UserError as error:
            lost.append((cell.claim(CORRECTED, "", {})["claim"], error.what))
    told = f"share of documents labelled {cell.code}, {cell.said}"
    method = "count of labels"
    made.append(cell.claim(LABELS, told, scope, value=naive, method=method, validated=scope is _NAIVE))
    return made, lost


def _by_codes(cell: _Cell, truth: Mapping[str, str]) -> Claim:
    values = {one: float(code) if cell.code is None else float(code == cell.code) for one, code in truth.items()}
    found = estimate(cell.basis.sample, values, cell.domain)
    what = f"code of {cell.variable}" if cell.code is None else f"code of {cell.variable} is {cell.code}"
    told = f"analysis.estimates.estimators.estimate(draw, values={what}, {cell.said})"
    return cell.claim(CODES, told, SCOPES, **_facts(found))


def _by_both(cell: _Cell, found: Corrected) -> Claim:
    told = f"analysis.estimates.corrected.corrected(draw, labels, codes of {cell.variable}, {cell.code}, {cell.said})"
    facts = _facts(found.estimate) | {"naive": found.naive, "size": found.size, "wrong": found.wrong}
    return cell.claim(CORRECTED, told, SCOPES, **facts)


def _facts(found: Estimate) -> dict[str, Any]:
    return {
        "value": found.value,
        "se": found.se,
        "interval": {"level": LEVEL, "low": found.low, "high": found.high, "how": found.interval},
        "n": found.n,
        "n_eff": found.n_eff,
        "method": found.method,
        "missing": found.missing,
        "uncovered": found.uncovered,
    }


def _naive(cell: _Cell, machine: Mapping[str, str]) -> float:
    names = cell.domain if cell.domain is not None else cell.basis.languages.keys()
    return sum(machine.get(one) == cell.code for one in names) / len(names)


def estimates_path(study_folder: Path, name: str) -> Path:
    """Where the estimates of a round stand."""
    return study_folder / FOLDER / f"{name}.json"
