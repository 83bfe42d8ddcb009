"""The steps from the corpus to the coded sample, each with what was left out after it and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.reporting.method_contents import Method
from analysis.reporting.method_draw import Drawn
from analysis.reporting.tables import Name, named, own_name
from analysis.reporting.words import LANGUAGES, Words

Lost = list[tuple[Name, int]]


@dataclass(frozen=True, slots=True)
class Step:
    """So many there were; `lost`: what of them is not in the next step."""

    name: Name
    n: int
    lost: Lost


def both(say: Callable[[Words], str], raw: str) -> Name:
    """A value in both languages; downloads hold ``raw``."""
    return Name(raw, *(say(Words(language)) for language in LANGUAGES))


def flow_steps(method: Method) -> list[Step]:
    """From all documents of the corpus to those that were coded by two; empty without a draw."""
    made = method.drawn
    if made is None:
        return []
    steps = _drawn(made)
    told = method.coded
    if told is None:
        return steps
    steps[-1] = Step(steps[-1].name, steps[-1].n, _uncoded(made, told.coded))
    steps.append(Step(_step("coded"), told.coded, []))
    return [*steps, Step(_step("twice"), told.twice, [])] if told.twice else steps


def _drawn(made: Drawn) -> list[Step]:
    """Steps before the frame are one: what they leave out stands beside its arrow."""
    flow: Sequence[Mapping[str, Any]] = made.document["flow"]
    before = [step for step in flow if step["stage"] not in ("draw", "cap on authors")]
    lost = [(lost_name(step["stage"], one["reason"]), int(one["n"])) for step in before for one in step["excluded"]]
    steps = [Step(_step("documents"), int(flow[0]["n_in"]), lost)]
    name = _step("frame")
    for step in flow[len(before) :]:
        lost = [(lost_name(step["stage"], one["reason"]), int(one["n"])) for one in step["excluded"]]
        steps.append(Step(name, int(step["n_in"]), lost))
        name = _step("capped")
    return [*steps, Step(_step("drawn"), made.n, [])]


def _uncoded(made: Drawn, coded: int) -> Lost:
    missing = made.n - coded
    return [(_reason("uncoded"), missing)] if missing > 0 else []


def lost_name(step: str, reason: str) -> Name:
    """Why documents were left out at a step of the flow, in words."""
    start, _, rest = reason.partition(" first ")
    if start == "beyond the" and rest.split(" ")[0].isdigit():
        return both(lambda words: words("flow.reason.beyond", n=rest.split(" ")[0]), reason)
    short = reason.removeprefix("fewer than ").removesuffix(" characters")
    if short.isdigit():
        return both(lambda words: words("flow.reason.short", n=short), reason)
    known = Words("en").has(f"flow.reason.{reason}")
    said = named("flow.reason" if known else step, reason) or own_name(reason)
    if known or not Words("en").has(f"flow.step.{step}"):
        return said
    of = named("flow.step", step) or own_name(step)
    en, zh = (
        Words(language)("flow.lost", step=of.said(language), reason=said.said(language)) for language in LANGUAGES
    )
    return Name(f"{step}: {reason}", en, zh)


def _step(name: str) -> Name:
    return both(lambda words: words(f"flow.{name}"), name)


def _reason(name: str) -> Name:
    return both(lambda words: words(f"flow.reason.{name}"), name)
