"""What the page on method tells of a round of coding: how far it is, how far coders agree, what it says of the frame."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from analysis.agreed import Agreed
from analysis.coding.codes import WAYS, rows_of, settled
from analysis.coding.rounds import CODING, Round, load_round
from analysis.coding.schemes import Variable
from analysis.estimates.claims import CODES, CORRECTED, LABELS
from analysis.estimates.concord import CODERS, agreement_path
from analysis.estimates.concord import FORMAT as AGREEMENT
from analysis.estimates.standing import FORMAT as ESTIMATES
from analysis.estimates.standing import estimates_path
from analysis.reporting.counting import Row
from corpus.errors import HuanyingError
from corpus.strictjson import JSONFault, read_json
from corpus.study import Study


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure as estimates/<round>.json has it; `kind` and `place` are those of its domain.

    `outside`: the share is none that could be. `base`, `variation` and `setting` are of figures made again in another way: what they are held against, and the way.
    """

    name: str
    variable: str
    code: str | None
    kind: str
    place: str | None
    by: str
    value: float
    se: float | None
    low: float | None
    high: float | None
    n: int
    n_eff: float | None
    validated: bool
    scope: Mapping[str, str]
    outside: bool = False
    base: str | None = None
    variation: str | None = None
    setting: str | None = None


@dataclass(frozen=True, slots=True)
class Estimates:
    claims: Sequence[Claim]
    robustness: Sequence[Claim]
    not_estimated: Sequence[tuple[str, str]]
    not_varied: Sequence[tuple[str, str | None]]
    phases: Mapping[str, tuple[date, date]]
    snapshot_id: str | None
    codes: int

    def of(self, variable: str, kind: str, by: str) -> dict[tuple[str | None, str | None], Claim]:
        """By place and code."""
        return {
            (one.place, one.code): one
            for one in self.claims
            if one.variable == variable and one.kind == kind and one.by == by
        }

    def best(self, variable: str, kind: str) -> dict[tuple[str | None, str | None], Claim]:
        """The best that is known of each place and code: by codes and labels, else by codes alone."""
        return self.of(variable, kind, CODES) | self.of(variable, kind, CORRECTED)

    def naive(self, variable: str, kind: str) -> dict[tuple[str | None, str | None], Claim]:
        """What labels alone say."""
        return self.of(variable, kind, LABELS)


@dataclass(frozen=True, slots=True)
class Concord:
    """Agreement on a variable, of coders with one another or of people and machine; `confusion`: by language and code."""

    variable: str
    between: str
    scope: Mapping[str, str]
    figures: Sequence[Agreed]
    confusion: Mapping[str, Mapping[str, Mapping[str, int]]]

    @property
    def people(self) -> bool:
        return self.between == CODERS


@dataclass(frozen=True, slots=True)
class Coded:
    """A round: units with a code and with codes of two, how codes that hold were found, and what was made of it.

    `faults` names files that cannot be shown.
    """

    round: Round
    units: int
    coded: int
    twice: int
    rows: int
    how: Mapping[str, Mapping[str, int]]
    agreement: Sequence[Concord]
    estimates: Estimates | None
    faults: Sequence[str]

    def variable(self, name: str) -> Variable | None:
        return self.round.scheme.variable(name)


def rounds_of(study: Study) -> dict[str, list[str]]:
    """Names of rounds by the draw that they code; what names no draw is left out."""
    found: dict[str, list[str]] = {}
    for path in sorted((study.folder / CODING).glob("*/round.json")):
        try:
            draw_id = str(read_json(path.read_bytes())["draw_id"])
        except (JSONFault, OSError, KeyError, TypeError):
            continue
        found.setdefault(draw_id, []).append(path.parent.name)
    return found


def fullest_round(study: Study, names: Sequence[str]) -> str | None:
    """Of those with estimates, else of all, that with most coded documents; of equals the first by name."""
    estimated = [name for name in names if estimates_path(study.folder, name).is_file()]
    return min(estimated or names, key=lambda name: (-_coded_in(study, name), name), default=None)


def _coded_in(study: Study, name: str) -> int:
    try:
        return len({row["doc_id"] for row in rows_of(study.folder / CODING / name)})
    except HuanyingError:
        return 0


def coded(study: Study, name: str, ids: Collection[str]) -> Coded:
    """What is known of a round of the draw with ``ids``; raises HuanyingError where its codes cannot be read."""
    made = load_round(study, name)
    rows = rows_of(made.folder)
    coders: dict[str, set[str]] = {}
    for row in rows:
        coders.setdefault(row["doc_id"], set()).add(row["coder"])
    how: dict[str, Counter[str]] = {one.id: Counter() for one in made.scheme.variables}
    for (_, variable), (_, way) in settled(rows, made.coders).items():
        how.setdefault(variable, Counter())[way] += 1
    faults: list[str] = []
    agreement = _standing(study, made, agreement_path(study.folder, name), AGREEMENT, ids, faults)
    estimates = _standing(study, made, estimates_path(study.folder, name), ESTIMATES, ids, faults)
    return Coded(
        made,
        len(made.units),
        len(coders),
        sum(len(who) > 1 for who in coders.values()),
        len(rows),
        {variable: {way: ways[way] for way in WAYS if ways[way]} for variable, ways in how.items()},
        agreement if isinstance(agreement, list) else [],
        estimates if isinstance(estimates, Estimates) else None,
        faults,
    )


def _standing(
    study: Study, made: Round, path: Path, form: str, ids: Collection[str], faults: list[str]
) -> Estimates | list[Concord] | None:
    """A document of the round, where it is one of this draw and of the form that it should have."""
    if not path.is_file():
        return None
    try:
        said = read_json(path.read_bytes())
        if said["format"] != form or said["draw_id"] not in ids:
            raise ValueError("of another draw")
        if form == ESTIMATES:
            return _estimates(said)
        known = {one.id for one in made.scheme.variables}
        return [_concord(one) for one in said["agreement"] if one["variable"] in known]
    except (JSONFault, OSError, KeyError, TypeError, ValueError, AttributeError):
        faults.append(path.relative_to(study.folder).as_posix())
        return None


def _estimates(said: Mapping[str, Any]) -> Estimates:
    labels = said["labels"]["snapshot_id"]
    return Estimates(
        [_claim(one) for one in said["claims"]],
        [_claim(one) for one in said["robustness"]],
        [(str(one["claim"]), str(one["reason"])) for one in said["not_estimated"]],
        [(str(one["variation"]), _text(one["setting"])) for one in said["not_varied"]],
        {
            str(one["number"]): (date.fromisoformat(one["first"]), date.fromisoformat(one["last"]))
            for one in said["phases"]["list"]
        },
        None if labels is None else str(labels),
        int(said["codes"]["rows"]),
    )


def _claim(row: Row) -> Claim:
    domain, between = row["domain"], row["interval"] or {"low": None, "high": None}
    return Claim(
        name=str(row["claim"]),
        variable=str(row["variable"]),
        code=_text(row["code"]),
        kind=str(domain["kind"]),
        place=_text(domain["value"]),
        by=str(row["by"]),
        value=float(row["value"]),
        se=_number(row["se"]),
        low=_number(between["low"]),
        high=_number(between["high"]),
        n=int(row["n"]),
        n_eff=_number(row["n_eff"]),
        validated=bool(row["validated"]),
        scope={language: str(row["scope"][language]) for language in ("en", "zh")},
        outside=bool(row.get("outside")),
        base=_text(row.get("base")),
        variation=_text(row.get("variation")),
        setting=_text(row.get("setting")),
    )


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _concord(row: Row) -> Concord:
    confusion = {
        str(language): {str(code): {str(label): int(n) for label, n in given.items()} for code, given in table.items()}
        for language, table in row.get("confusion", {}).items()
    }
    scope = {language: str(row["scope"][language]) for language in ("en", "zh")}
    return Concord(
        str(row["variable"]), str(row["between"]), scope, [_agreed(one) for one in row["figures"]], confusion
    )


def _agreed(one: Row) -> Agreed:
    return Agreed(
        one["statistic"],
        one["level"],
        _text(one["language"]),
        _text(one["code"]),
        _number(one["value"]),
        _number(one["low"]),
        _number(one["high"]),
        int(one["units"]),
        int(one["coders"]),
    )
