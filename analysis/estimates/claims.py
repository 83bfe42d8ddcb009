"""One figure of a round as a claim: its name, what it goes by, what it covers, and what derives it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.estimates.corrected import Corrected, Counted, corrected
from analysis.estimates.domains import Domain
from analysis.estimates.estimators import Estimate, estimate
from analysis.estimates.intervals import LEVEL
from analysis.estimates.sampled import Sample
from corpus.errors import UserError

CODES, CORRECTED, LABELS = "codes", "codes and labels", "labels"
"""What a figure goes by."""
Claim = dict[str, Any]
LEAST = 5
"""Coded documents: what fewer stand for is not estimated, unless they are all that there is."""
_COUNTED = ("missing", "unavailable", "replaced", "ineligible", "uncovered")


@dataclass(frozen=True)
class Cell:
    """One class of one variable in one part of the frame; with code null the mean of numbers.

    `names`: the documents of that part, null for all; `counted`: of their labels, if there are any; `varied`: how it is
    made otherwise than the claim it is held against. `extreme`: whether extreme weights are taken as they are.
    """

    round: str
    sample: Sample
    variable: str
    code: str | None
    domain: Domain
    names: frozenset[str] | None
    counted: Counted | None = None
    varied: str | None = None
    extreme: bool = False

    def name(self, by: str) -> str:
        """Of the claim that goes by ``by``."""
        named = "mean" if self.code is None else self.code
        parts = (self.round, self.variable, named, self.domain.name, by.replace(" ", "-"), self.varied)
        return "/".join(part for part in parts if part is not None)

    @property
    def said(self) -> str:
        return self.domain.said + (f", {self.varied}" if self.varied else "")

    def claim(self, by: str, rederive: str, scope: Mapping[str, str], **facts: Any) -> Claim:
        """``facts`` over those of a figure without an error of its own."""
        bare = {"se": None, "interval": None, "n": 0, "n_eff": None, "validated": True, **dict.fromkeys(_COUNTED, 0)}
        return {
            **bare,
            "claim": self.name(by),
            "variable": self.variable,
            "code": self.code,
            "domain": self.domain.document,
            "language": self.domain.value if self.domain.kind == "language" else None,
            "by": by,
            "rederive": rederive,
            "scope": dict(scope),
            **facts,
        }

    def by_codes(self, truth: Mapping[str, str]) -> Claim:
        """By codes alone; for errors see `estimate`. Raises UserError too where fewer than `LEAST` were coded."""
        values = {one: float(code) if self.code is None else float(code == self.code) for one, code in truth.items()}
        what = f"code of {self.variable}" if self.code is None else f"code of {self.variable} is {self.code}"
        told = f"analysis.estimates.estimators.estimate(draw, values={what}, {self.said})"
        found = estimate(self.sample, values, self.names, extreme=self.extreme)
        _refuse_few(found)
        return self.claim(CODES, told, found.scopes, **facts_of(found))

    def by_both(self, labels: Mapping[str, str], truth: Mapping[str, str]) -> Claim:
        """By labels corrected with codes; for errors see `corrected` and `by_codes`."""
        assert self.code is not None
        found: Corrected = corrected(
            self.sample, labels, truth, self.code, self.names, counted=self.counted, extreme=self.extreme
        )
        _refuse_few(found.estimate)
        told = (
            f"analysis.estimates.corrected.corrected(draw, labels, codes of {self.variable}, {self.code}, {self.said})"
        )
        more = {"naive": found.naive, "size": found.size, "wrong": found.wrong, "unlabelled": found.unlabelled}
        return self.claim(CORRECTED, told, found.estimate.scopes, **facts_of(found.estimate), **more)

    def by_labels(self, scope: Mapping[str, str], validated: bool) -> Claim:
        """By labels alone."""
        assert self.counted is not None
        value = self.counted.bearing.get(self.code, 0) / self.counted.size
        told = f"share of documents labelled {self.code}, {self.said}"
        more = {"unlabelled": self.counted.bearing.get(None, 0), "size": self.counted.size}
        return self.claim(LABELS, told, scope, value=value, method="count of labels", validated=validated, **more)


def _refuse_few(found: Estimate) -> None:
    if found.n < LEAST and found.interval != "census":
        raise UserError(f"{found.n} coded documents stand for all of this part, fewer than {LEAST}")


def facts_of(found: Estimate) -> dict[str, Any]:
    """What a claim says of an estimate."""
    return {
        "value": found.value,
        # Where nothing varied, the formula's error is 0, and that is not how much is known.
        "se": found.se if found.se > 0.0 or found.interval == "census" else None,
        "interval": {"level": LEVEL, "low": found.low, "high": found.high, "how": found.interval},
        "n": found.n,
        "n_eff": found.n_eff,
        "method": found.method,
        "outside": found.outside,
        **{name: getattr(found, name) for name in _COUNTED},
    }
