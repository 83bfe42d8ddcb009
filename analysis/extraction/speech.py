"""What a quotation is: words, whose they are said to be, and the word that says so; and where sentences part."""

import re
from dataclasses import dataclass
from typing import Literal

Span = tuple[int, int]
_SHORT = "".join(
    rf"(?<!\b{short}\.)"
    for short in ("Mr", "Mrs", "Ms", "Dr", "Rep", "Sen", "Gov", "St", "Lt", "Gen", "Rev", "Prof", "Col", "vs")
) + "".join(  # Jan. 19 is a day; the end of a sentence is told from it by no more than the figure
    rf"(?!(?<=\b{month}\.)\s\d)"
    for month in ("Jan", "Feb", "Mar", "Apr", "Aug", "Sept", "Sep", "Oct", "Nov", "Dec", "No")
)
STOP = rf"(?<=[a-z0-9,”\"’%)]\.){_SHORT}"
_ENDS = re.compile(rf"(?<=[。！？!?…])[”’」』\"')）]*\s*|{STOP}[”’\"')]*\s+(?=[“\"‘A-Z\d])|\n+")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is said to speak: the place of the name or words, of the word of saying, and of the title beside the name."""

    who: Span | None
    cue: Span
    role: Span | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """A quotation: the place of its content, how it stands there, and its speaker where one is found."""

    start: int
    end: int
    kind: Literal["direct", "partial", "indirect"]
    """`partial`: words taken over into a sentence of the writer's."""
    by: Speaker | None
    goes_on: bool = False
    """Whether it is one utterance with the quotation before it."""


def sentences(text: str) -> list[Span]:
    """Places of the sentences, without white space around them; a rough cut, at signs alone."""
    found: list[Span] = []
    start = 0
    for gap in _ENDS.finditer(text):
        if gap.end() > start:
            _add(found, text, start, gap.end())
            start = gap.end()
    _add(found, text, start, len(text))
    return found


def _add(found: list[Span], text: str, start: int, end: int) -> None:
    part = text[start:end]
    kept = part.strip()
    if kept:
        begin = start + part.index(kept)
        found.append((begin, begin + len(kept)))
