"""Find what stands between quotation marks, Chinese and English, curly, cornered and straight."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PAIRS = {"“": "”", "「": "」", "『": "』", "‘": "’"}
_LETTER = re.compile(r"\w")
_LONGEST = 4_000  # signs; a mark that far from its partner was never closed


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words between marks: ``text[start:end]`` without the marks, ``text[outer:after]`` with them."""

    outer: int
    start: int
    end: int
    after: int


def quoted(text: str) -> list[Quoted]:
    """Every outermost quotation of ``text``, in order; a quotation ends with its paragraph at the latest.

    A paragraph that opens a quotation and never closes it is quoted to its end where the next opens one too, as
    English newspapers print a speech of several paragraphs. One pass over the text.
    """
    text = text.replace("''", '"\0')  # two apostrophes are one mark
    found: list[Quoted] = []
    paragraphs = list(_paragraphs(text))
    for number, (start, end) in enumerate(paragraphs):
        opens_next = number + 1 < len(paragraphs) and text[paragraphs[number + 1][0]] in '“"'
        found += _in_paragraph(text, start, end, opens_next)
    return [_fitted(text, one) for one in found]


def _fitted(text: str, one: Quoted) -> Quoted:
    """The second half of a double mark belongs to the mark, and white space at either end to neither."""
    after = one.after + (text[one.after : one.after + 1] == "\0" and text[one.end] == '"' if one.after > one.end else 0)
    inside = text[one.start : one.end]
    kept = inside.strip("\0 \t\u00a0\u3000")
    start = one.start + (inside.index(kept) if kept else 0)
    return Quoted(one.outer, start, start + len(kept), after)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    for found in re.finditer(r"[^\n]+", text):
        line = found.group()
        if line.strip():
            yield found.start() + len(line) - len(line.lstrip()), found.end() - (len(line) - len(line.rstrip()))


def _in_paragraph(text: str, start: int, end: int, opens_next: bool) -> Iterator[Quoted]:
    at, opened, closer = start, -1, ""
    while at < end:
        sign = text[at]
        if opened < 0:
            if sign in "“「『‘\"'" and (partner := _opens(text, at, start)):
                opened, closer = at, partner
        elif sign in closer and _closes(text, at, end):
            if at > opened + 1:
                yield Quoted(opened, opened + 1, at, at + 1)
            opened = -1
        elif at - opened > _LONGEST:
            at, opened = opened, -1
            end = min(end, at + 1)  # what follows an endless mark is left alone
        at += 1
    if opened >= 0 and opens_next and text[opened] in '“"' and end - opened > 1:
        yield Quoted(opened, opened + 1, end, end)


def _opens(text: str, at: int, start: int) -> str:
    """The signs that may close what ``text[at]`` opens, or an empty string where it opens nothing."""
    sign = text[at]
    before = text[at - 1] if at > start else " "
    if sign in "‘'" and (_LETTER.match(before) and before < "\u3000"):
        return ""  # an apostrophe
    if sign == '"':
        return '"”'
    if sign == "'":
        return "'" if not before.isalnum() and at + 1 < len(text) and text[at + 1].isalnum() else ""
    return _PAIRS[sign] + ('"' if sign == "“" else "")


def _closes(text: str, at: int, end: int) -> bool:
    if text[at] not in "’'":
        return True
    after = text[at + 1] if at + 1 < end else " "
    return not (after.isalnum() and after < "\u3000")
