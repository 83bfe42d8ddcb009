"""What a frame stands on besides its plan and a snapshot: facts of the study, written into the draw, so that who changes
the study's window or events later changes no draw."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from analysis.replication.phases import DAYS, phases
from analysis.sampling.plans import Plan, by_phase
from corpus.errors import UserError
from corpus.study import Study


@dataclass(frozen=True, slots=True)
class Period:
    """A phase of the study; both days are counted."""

    number: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Ground:
    """Of the study: its id, the days of the population in ``zone``, both counted, and its phases where strata are
    phases."""

    study_id: str
    zone: str
    start: date
    end: date
    periods: tuple[Period, ...] = ()

    @property
    def phases(self) -> list[dict[str, Any]] | None:
        """The phases as sample.json has them."""
        found = [{"number": p.number, "first": str(p.first), "last": str(p.last)} for p in self.periods]
        return found or None


def ground_of(study: Study, plan: Plan) -> Ground:
    """What a draw by this plan stands on now; raises UserError where the corpus has no days of the study's zone."""
    days, named = study.file.window, plan.population
    zone = named.zone or days.zone
    if zone not in DAYS:
        hint = f"name one under [population]: zone = {', '.join(DAYS)}"
        raise UserError(f"population.zone: the corpus has no days of the study's zone {zone}", hint=hint)
    periods = phases(study) if by_phase(plan.design) else ()
    fixed = tuple(Period(one.number, one.first, one.last) for one in periods)
    return Ground(study.id, zone, named.start or days.start, named.end or days.end, fixed)


def ground_said(document: Mapping[str, Any]) -> Ground:
    """What a draw says in sample.json that it stands on; raises KeyError, TypeError or ValueError where it says none."""
    population = document["population"]
    start, end = (date.fromisoformat(population["window"][name]) for name in ("start", "end"))
    fixed = (
        Period(one["number"], date.fromisoformat(one["first"]), date.fromisoformat(one["last"]))
        for one in population.get("phases") or ()
    )
    return Ground(document["study_id"], population["zone"], start, end, tuple(fixed))


def moved(ground: Ground, study: Study, plan: Plan) -> Iterator[str]:
    """What the study says otherwise now; the draw goes by what it was."""
    try:
        now = ground_of(study, plan)
    except UserError as error:
        yield f"the study's phases cannot be asked: {error.what}"
        return
    if (now.zone, now.start, now.end) != (ground.zone, ground.start, ground.end):
        yield (
            f"the study's window has changed since: {now.start} to {now.end} ({now.zone}) now,"
            f" {ground.start} to {ground.end} ({ground.zone}) of the draw"
        )
    elif now.periods != ground.periods:
        yield "the study's events have changed since: its phases are others now than those of the draw"
