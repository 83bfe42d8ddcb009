"""How many units are drawn of each wave of a frame, and by what: the plan, its [extends], or the draw that it extends."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from analysis.sampling.freezing import by_week
from analysis.sampling.plans import Design, Plan

BEFORE = "the draw that it extends"


@dataclass(frozen=True, slots=True)
class Wave:
    """Units to draw of a wave, null for as many as the design gives by itself; ``by`` what the number goes by."""

    wave: int
    n: int | None
    by: str

    def document(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


def waves_of(plan: Plan, units: Mapping[int, int], former: Mapping[int, int] | None = None) -> tuple[Wave, ...]:
    """Of the waves of a frame with so many ``units``: the first as the plan says, those between as they were drawn
    (``former``: units drawn of each wave of the draw that is extended), and the newest as [extends] says or, where it does
    not, at the rate of the first."""
    first, said = plan.design.n, plan.extends.n if plan.extends else None
    if first is None:
        return tuple(Wave(number, None, "design") for number in sorted(units))
    found = [Wave(0, first, "design.n")]
    for number in sorted(units.keys() - {0}):
        if former and number in former:
            found.append(Wave(number, former[number], BEFORE))
        elif said is not None:
            found.append(Wave(number, said, "extends.n"))
        else:
            at_rate = first if by_week(plan.design) else -(-first * units[number] // units[0])
            found.append(Wave(number, at_rate, "the rate of the first wave"))
    return tuple(found)


def n_of(waves: Iterable[Wave]) -> dict[int, int | None]:
    """Units to draw by wave."""
    return {one.wave: one.n for one in waves}


def drawn_by_wave(stage: Mapping[str, Any], design: Design) -> dict[int, int]:
    """Units that were drawn of each wave, by the stage ``draw`` of a sample.json."""
    together = max if by_week(design) else sum  # of a constructed week, n counts weeks, and each weekday has them
    cells = stage["strata"]
    return {
        wave: together(cell["n"] for cell in cells if cell["wave"] == wave) for wave in {cell["wave"] for cell in cells}
    }
