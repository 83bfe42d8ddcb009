"""Find what stands between quotation marks, Chinese and English, curly, cornered and straight."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_CLOSERS = {"“": '”"', "「": "」", "『": "』", "‘": "’", '"': '"”', "'": "'"}
_MARK = re.compile("[“”「」『』‘’\"']")
_PARAGRAPH = re.compile(r"[^\s\0][^\n]*")
_LONGEST = 4_000  # signs; a mark that far from its partner was never closed


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words between marks: ``text[start:end]`` without the marks, ``text[outer:after]`` with them."""

    outer: int
    start: int
    end: int
    after: int

    @property
    def open(self) -> bool:
        """Whether it ends with its paragraph instead of a mark."""
        return self.after == self.end


def quoted(text: str) -> list[Quoted]:
    """Every outermost quotation of ``text``, in order; a quotation ends with its paragraph at the latest.

    A paragraph that opens a quotation and never closes it is quoted to its end where the next opens with the same
    mark, as English newspapers print a speech of several paragraphs. Time grows with the text alone.
    """
    if not _MARK.search(text):
        return []
    text = text.replace("''", '"\0')  # two apostrophes are one mark
    found: list[Quoted] = []
    paragraphs = list(_PARAGRAPH.finditer(text))
    for number, paragraph in enumerate(paragraphs):
        marks = list(_MARK.finditer(text, *paragraph.span()))
        if not marks:
            continue
        end = paragraph.end() - (len(paragraph.group()) - len(paragraph.group().rstrip()))
        following = text[paragraphs[number + 1].start()] if number + 1 < len(paragraphs) else ""
        nested = _nested(text, marks, end, following)
        found += _flat(text, marks) if nested is None else nested
    return [one for one in (_fitted(text, one) for one in found) if one.end > one.start]


def _nested(text: str, marks: list[re.Match[str]], end: int, following: str) -> list[Quoted] | None:
    """Quotations whose inner ones are part of them; None where the paragraph's marks do not pair."""
    found: list[Quoted] = []
    opened: list[tuple[int, str]] = []
    for mark in marks:
        at, sign = mark.start(), mark.group()
        if opened and sign in _CLOSERS[opened[-1][1]] and _closes(text, at) and not _inner(text, at, opened[-1][1]):
            start = opened.pop()[0]
            if not opened and at > start + 1:
                if at - start > _LONGEST:
                    return None
                found.append(Quoted(start, start + 1, at, at + 1))
        elif (_inner(text, at, opened[-1][1]) if opened else _opens(text, at)) and len(opened) < 3:
            opened.append((at, sign))
    if not opened:
        return found
    last, sign = opened.pop()
    if opened or sign != following or sign not in '“"' or not 1 < end - last <= _LONGEST:
        return None
    return [*found, Quoted(last, last + 1, end, end)]


def _inner(text: str, at: int, outer: str) -> bool:
    """Whether the mark opens a quotation within one whose own end looks like the inner one's."""
    sign = text[at]
    if sign == "“":
        return outer in '“"'
    return sign == '"' and outer == "“" and text[at - 1] in " (" and not text[at + 1 : at + 2].isspace()


def _flat(text: str, marks: list[re.Match[str]]) -> Iterator[Quoted]:
    """Quotations that end at the first mark that can end them; a mark that nothing closes is passed over."""
    closing: dict[str, list[int]] = {}
    for mark in marks:
        if _closes(text, mark.start()):
            for sign, closers in _CLOSERS.items():
                if mark.group() in closers:
                    closing.setdefault(sign, []).append(mark.start())
    floor = 0
    for mark in marks:
        at = mark.start()
        if at < floor or not _opens(text, at):
            continue
        ends = closing.get(mark.group(), [])
        number = bisect_right(ends, at)
        if number < len(ends) and ends[number] - at <= _LONGEST and not _crossed(text, at, ends[number]):
            floor = ends[number] + 1
            if floor > at + 2:
                yield Quoted(at, at + 1, ends[number], floor)


def _crossed(text: str, start: int, end: int) -> bool:
    """Whether a curly mark that ends what a straight one began has an opening curly one of its own."""
    return text[start] == '"' and text[end] == "”" and text.find("“", start, end) > 0


def _opens(text: str, at: int) -> bool:
    sign, before = text[at], text[at - 1] if at else " "
    if sign in "‘'" and _in_word(before):
        return False  # an apostrophe
    if sign == "'":
        return text[at + 1 : at + 2].isalnum()
    return sign in _CLOSERS


def _closes(text: str, at: int) -> bool:
    return text[at] not in "’'" or not _in_word(text[at + 1 : at + 2])


def _in_word(sign: str) -> bool:
    return sign.isalnum() and sign < "\u3000"


def _fitted(text: str, one: Quoted) -> Quoted:
    """The second half of a double mark belongs to the mark, and white space at either end to neither."""
    after = one.after + (not one.open and text[one.after : one.after + 1] == "\0" and text[one.end] == '"')
    inside = text[one.start : one.end]
    kept = inside.strip("\0 \t\u00a0\u3000")
    start = one.start + (inside.index(kept) if kept else 0)
    end = start + len(kept)
    return Quoted(one.outer, start, end, end if one.open else after)
