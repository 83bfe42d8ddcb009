"""Agreement of a round of coding as it stands on disk: coders with one another, and the machine with people."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.agreed import against, agreed, codings, confusion
from analysis.coding.schemes import Variable
from analysis.estimates.basis import Basis
from analysis.estimates.bootstrap import TIMES

FORMAT, FOLDER = "huanying-agreement/1", "agreement"
CODERS, MACHINE = "coders", "people and machine"
SCOPE = {
    "en": "Of the units that two or more coded, unweighted: what coders as these would say of units as these. Not whether they are right.",
    "zh": "仅就两人以上编码的单元而言，未加权：反映同类编码员对同类单元的一致程度，不说明编码是否正确。",
}
_MACHINE_SCOPE = {
    "en": "Of the coded units, unweighted: the machine held against the codes that hold. Units that the machine gave no label among these codes are left out.",
    "zh": "仅就已编码单元而言，未加权：机器标注与最终编码相比；机器未给出编码方案内标注的单元不计入。",
}

_LEARNED = {
    "en": "Of the coded units, unweighted: the labels were learned from codes, texts of these units among them or perhaps: how well they were remembered, not how right the machine is.",
    "zh": "仅就已编码单元而言，未加权：机器标注由编码学得，其中包含或可能包含这些单元的文本；只反映记忆程度，不说明标注是否正确。",
}


def agreement_of(basis: Basis, times: int = TIMES) -> dict[str, Any]:
    """Of each variable how far coders agree, and people and machine, with intervals over ``times`` resamples of units."""
    return {
        "format": FORMAT,
        **basis.document,
        "rederive": f"huanying agree {basis.round.name}",
        "resamples": times,
        "agreement": [
            one
            for variable in basis.round.scheme.variables
            for one in (_coders(basis, variable, times), _machine(basis, variable, times))
            if one
        ],
    }


def _coders(basis: Basis, variable: Variable, times: int) -> dict[str, Any] | None:
    table = codings(basis.rows).get(variable.id, {})
    if not any(len(row) > 1 for row in table.values()):
        return None
    found = agreed(table, variable.level, basis.sample.seed, basis.languages, variable.ids, times)
    told = f"analysis.agreed.agreed(codings(rows)[{variable.id!r}], {variable.level!r}, the draw's seed)"
    return {
        "variable": variable.id,
        "between": CODERS,
        "scope": SCOPE,
        "rederive": told,
        "figures": [asdict(one) for one in found],
    }


def _machine(basis: Basis, variable: Variable, times: int) -> dict[str, Any] | None:
    truth, labels = basis.truth.get(variable.id), basis.labels.get(variable.id)
    if not truth or labels is None:
        return None
    table = against(truth, labels.labels)
    found = agreed(table, variable.level, basis.sample.seed, basis.languages, variable.ids, times)
    told = f"analysis.agreed.agreed(against(codes, labels of {variable.id}), {variable.level!r}, the draw's seed)"
    return {
        "variable": variable.id,
        "between": MACHINE,
        "scope": _MACHINE_SCOPE if labels.learned is False else _LEARNED,
        "rederive": told,
        "figures": [asdict(one) for one in found],
        "confusion": confusion(truth, {**labels.labels, **labels.others}, basis.languages),
    }


def agreement_path(study_folder: Path, name: str) -> Path:
    """Where the agreement of a round stands."""
    return study_folder / FOLDER / f"{name}.json"
