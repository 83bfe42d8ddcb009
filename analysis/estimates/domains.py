"""The parts of a frame that figures are given for: all of it, each language, each phase of the study."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from analysis.replication.phases import Phase, phases
from corpus.errors import UserError
from corpus.study import Study

Kind = Literal["all", "language", "phase"]


@dataclass(frozen=True, slots=True)
class Domain:
    """A part of the frame; `value`: the language's tag, the phase's number, null for all."""

    kind: Kind = "all"
    value: str | None = None

    @property
    def name(self) -> str:
        """As it stands in the name of a claim."""
        return {"all": "all", "language": f"{self.value}", "phase": f"phase-{self.value}"}[self.kind]

    @property
    def said(self) -> str:
        """As it stands in what derives a claim again."""
        return "domain=the frame" if self.kind == "all" else f"domain={self.kind} {self.value}"

    @property
    def document(self) -> dict[str, str | None]:
        return {"kind": self.kind, "value": self.value}


@dataclass(frozen=True, slots=True)
class Periods:
    """The phases of a study, in days of `zone`; none, and `reason`, where there are no figures by phase."""

    zone: str
    phases: tuple[Phase, ...] = ()
    reason: str | None = None

    def number(self, day: date | None) -> str | None:
        """The phase of a day; null where it lies in none, or is not known."""
        found = (one for one in self.phases if day and one.first <= day <= one.last)
        return next((str(one.number) for one in found), None)

    @property
    def document(self) -> dict[str, Any]:
        told = [
            {
                "number": one.number,
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "events": [event.event_id for event in one.events],
            }
            for one in self.phases
        ]
        return {"zone": self.zone, "list": told, "reason": self.reason}


def periods_of(study: Study, zone: str) -> Periods:
    """The phases of a study for a frame whose days are days of ``zone``."""
    own = study.file.window.zone
    if own != zone:
        return Periods(zone, reason=f"the frame has days of {zone}, the study's phases are days of {own}")
    try:
        found = phases(study)
    except UserError as error:
        return Periods(zone, reason=error.what)
    return Periods(zone, found) if len(found) > 1 else Periods(zone, reason="no event divides the study's window")


def in_phases(ids: Sequence[str], days: Sequence[date | None], periods: Periods) -> dict[Domain, frozenset[str]]:
    """The documents of each phase."""
    numbers = {day: periods.number(day) for day in set(days)}
    parts: dict[str | None, list[str]] = {str(one.number): [] for one in periods.phases}
    for name, day in zip(ids, days, strict=True):
        parts.setdefault(numbers[day], []).append(name)
    return {Domain("phase", number): frozenset(names) for number, names in parts.items() if number is not None}
