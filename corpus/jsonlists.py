"""Read the elements of a JSON list one by one, within bounds, however long the list is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus.jsonlines import LINE_LIMIT, Line

_PIECE = 1 << 20
_BLANK = b" \t\r\n"
_IN_TEXT = re.compile(rb'["\\]')
_OUTSIDE = re.compile(rb'["\[\]{},]')
_OPENING, _CLOSING = frozenset(b"[{"), frozenset(b"]}")
_QUOTE, _BACKSLASH, _COMMA = b'"\\,'


@dataclass(slots=True)
class _Scan:
    """Where in the list the scan stands; `element`: what of the element at hand was read, `begins`: its first byte."""

    limit: int
    element: bytearray = field(default_factory=bytearray)
    begins: int = 0
    depth: int = 0
    in_text: bool = False
    escaped: bool = False
    too_long: bool = False

    def take(self, data: bytes, at: int) -> Iterator[Line]:
        """The elements that end in ``data``, which begins at byte ``at`` of the file."""
        start = position = 0
        while position < len(data):
            if self.escaped:
                self.escaped = False
                position += 1
                continue
            found = (_IN_TEXT if self.in_text else _OUTSIDE).search(data, position)
            if found is None:
                break
            position = found.end()
            if self._ends(data[found.start()]):
                yield from self.add(data[start : found.start()], at + start)
                yield from self.over(True)
                start = position
                self.begins = at + start
        yield from self.add(data[start:], at + start)

    def _ends(self, sign: int) -> bool:
        """Whether ``sign`` parts two elements, or the list from what stands around it."""
        if sign == _BACKSLASH:
            self.escaped = True
        elif sign == _QUOTE:
            self.in_text = not self.in_text
        elif sign in _OPENING:
            self.depth += 1
            return self.depth == 1
        elif sign in _CLOSING:
            self.depth = max(0, self.depth - 1)
            return self.depth == 0
        return sign == _COMMA and self.depth == 1

    def add(self, data: bytes, at: int) -> Iterator[Line]:
        if not self.element and not self.too_long:
            bare = data.lstrip(_BLANK)
            self.begins = at + len(data) - len(bare)
            data = bare
        self.element += data
        while len(self.element) >= self.limit:
            self.too_long = True
            yield Line(self.begins, bytes(self.element[: self.limit]), False, True)
            del self.element[: self.limit]

    def over(self, ended: bool) -> Iterator[Line]:
        """The element at hand is at its end; between a bracket and a comma there may be none."""
        raw = bytes(self.element).rstrip(_BLANK)
        if raw:
            yield Line(self.begins, raw, ended, self.too_long)
        self.element.clear()
        self.too_long = False


def read_elements(path: Path, limit: int = LINE_LIMIT) -> Iterator[Line]:
    """The elements of the list that a file holds, each as its bytes; `Line.number` is the byte offset of its first.

    Elements are not parsed: what is broken within one is for who reads it. What stands outside the brackets comes out
    as an element of its own, so nothing is passed over. Memory: one element, and never more than ``limit`` bytes of it;
    a longer one comes in pieces, flagged `too_long`.
    """
    scan, at = _Scan(limit), 0
    with path.open("rb") as file:
        if file.read(3) != b"\xef\xbb\xbf":
            file.seek(0)
        at = file.tell()
        while data := file.read(_PIECE):
            yield from scan.take(data, at)
            at += len(data)
    yield from scan.over(False)


def elements_of(data: bytes) -> Iterator[Line]:
    """The elements that end within ``data``, which begins at the list's bracket."""
    return _Scan(len(data) + 1).take(data, 0)
