"""Find signs that a text may mean something else than it says: a dog emoji, a smile that is none, scare quotes."""

import tomllib
from dataclasses import dataclass
from functools import cache

from analysis.signs.needles import Needled
from analysis.signs.phrases import Plain
from analysis.signs.polarity import LEXICONS
from corpus.identity import digest

_FILE = LEXICONS / "irony.toml"


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of irony at its place in the stored text; `weight` 1 where meant as one, less where often sincere."""

    name: str
    weight: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Cue:
    name: str
    weight: float
    pattern: Needled
    unless: Needled | None
    mocks: bool


@cache
def _cues() -> tuple[_Cue, ...]:
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        _Cue(
            cue["name"],
            cue["weight"],
            Needled(cue["any"]),
            Needled(cue["unless"]) if cue.get("unless") else None,
            cue.get("mocks", False),
        )
        for cue in table["cue"]
    )


@cache
def irony_digest() -> str:
    """First 8 hex digits of the SHA-256 of the list of signs, for the version of what is made with it."""
    return digest(_FILE.read_bytes())[:8]


def ironic_signs(read: Plain) -> list[Sign]:
    """Every sign of irony in a text, in order of place, without overlaps."""
    found = [
        (*span, cue)
        for cue in _cues()
        for span in cue.pattern.spans(read.text)
        if not (cue.unless and cue.unless.spans(read.text))
    ]
    signs, last = [], -1
    for start, end, cue in sorted(found, key=lambda one: (one[0], -one[1], -one[2].weight, one[2].name)):
        if start >= last:
            signs.append(Sign(cue.name, cue.weight, *read.span(start, end)))
            last = end
    return signs


def mocks(folded: str) -> bool:
    """Whether a folded text holds a sign beside which praise is not to be believed."""
    return any(cue.pattern.spans(folded) for cue in _cues() if cue.mocks)
