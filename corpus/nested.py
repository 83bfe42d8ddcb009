"""Read the elements of lists that stand within the one object of a JSON file, one by one, however large the file is."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

from corpus.jsonlines import Line
from corpus.strictjson import JSONFault, read_json

_PIECE = 1 << 20
_KEY_LIMIT = 1 << 16
_SPACE = re.compile(rb"[ \t\r\n]*")
_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_OUTSIDE = re.compile(rb'["\[\]{}]')
_SCALAR_END = re.compile(rb"[,\]}\s]")
_OPENING, _CLOSING = frozenset(b"[{"), frozenset(b"]}")
_QUOTE = ord('"')


class NestedFault(ValueError):
    """Why reading cannot go on, and at which byte: ``cut`` (the file ends within), ``syntax``, ``trailing``."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason} at byte {offset}")
        self.reason = reason
        self.offset = offset


class Nested:
    """The object of a JSON file, in which the lists called ``names`` within the object ``inside`` are looked for.

    `elements` gives each with the list's name, as its bytes: not parsed, but for where it ends. Whatever else the file
    holds is passed over without being kept. `found`: the lists that were there. Memory: one element, and never more
    than ``limit`` bytes of it; a longer one comes in pieces, flagged `too_long`. `Line.number` is a byte offset.
    """

    def __init__(self, path: Path, inside: str, names: Collection[str], limit: int) -> None:
        self.path, self.inside, self.names, self.limit = path, inside, names, limit
        self.found: set[str] = set()

    def elements(self) -> Iterator[tuple[str, Line]]:
        """Raises NestedFault where what stands around the elements is no JSON, after those before it."""
        with self.path.open("rb") as file:
            scan = _Scan(file)
            for name in scan.members():
                if name != self.inside or scan.next() != ord("{"):
                    scan.skip()
                    continue
                for inner in scan.members():
                    if inner not in self.names or scan.next() != ord("["):
                        scan.skip()
                        continue
                    self.found.add(inner)
                    for line in scan.listed(self.limit):
                        yield inner, line
                        if not line.ended and not line.too_long:
                            raise NestedFault("cut", line.number + len(line.raw))
            if scan.next() is not None:
                raise scan.fault("trailing")


class _Scan:
    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.data, self.at, self.base = b"", 0, 0
        self._more()
        if self.data.startswith(b"\xef\xbb\xbf"):
            self.at = 3

    def fault(self, reason: str) -> NestedFault:
        return NestedFault(reason, self.base + self.at)

    def _more(self) -> bool:
        """Go on to the next piece of the file; what was read of this one is let go."""
        piece = self.file.read(_PIECE)
        if piece:
            self.base += self.at
            self.data = self.data[self.at :] + piece
            self.at = 0
        return bool(piece)

    def next(self) -> int | None:
        """The next byte that is no white space, still to be read; None at the end."""
        while True:
            found = _SPACE.match(self.data, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.data):
                return self.data[self.at]
            if not self._more():
                return None

    def _expect(self, signs: bytes) -> int:
        sign = self.next()
        if sign is None or sign not in signs:
            raise self.fault("cut" if sign is None else "syntax")
        self.at += 1
        return sign

    def members(self) -> Iterator[str]:
        """The names of the object that begins here; each value is to be read before the next is asked for."""
        self._expect(b"{")
        if self.next() == ord("}"):
            self.at += 1
            return
        while True:
            if self.next() != _QUOTE:
                raise self.fault("cut" if self.next() is None else "syntax")
            raw = b"".join(self.value(_KEY_LIMIT))
            self._expect(b":")
            try:
                name = read_json(raw)
            except JSONFault:
                raise self.fault("syntax") from None
            yield name
            if self._expect(b",}") == ord("}"):
                return

    def skip(self) -> None:
        for _ in self.value():
            pass

    def listed(self, limit: int) -> Iterator[Line]:
        """The elements of the list that begins here; the last one is not `ended` where the file is cut within it."""
        self._expect(b"[")
        if self.next() == ord("]"):
            self.at += 1
            return
        while True:
            self.next()
            begin, held, too_long = self.base + self.at, bytearray(), False
            try:
                for piece in self.value():
                    held += piece
                    while len(held) >= limit:
                        too_long = True
                        yield Line(begin, bytes(held[:limit]), False, True)
                        begin += limit
                        del held[:limit]
            except NestedFault as fault:
                if fault.reason != "cut":
                    raise
                yield Line(begin, bytes(held), False, False)
                return
            if held:
                yield Line(begin, bytes(held), True, too_long)
            if self._expect(b",]") == ord("]"):
                return

    def value(self, limit: int | None = None) -> Iterator[bytes]:
        """The bytes of the value that begins here, in pieces; raises NestedFault where the file ends within it."""
        first = self.next()
        if first is None or first in b",:]}":
            raise self.fault("cut" if first is None else "syntax")
        if first != _QUOTE and first not in _OPENING:
            yield from self._scalar()
            return
        depth, in_text, size = 0, False, 0
        while True:
            found = (_TEXT.match if in_text else _OUTSIDE.search)(self.data, self.at)
            end = found.end() if found else len(self.data)
            sign = self.data[end - 1] if found and not in_text else 0
            if in_text and end < len(self.data) and self.data[end] == _QUOTE:
                sign, end = _QUOTE, end + 1
            size += end - self.at
            yield self.data[self.at : end]
            self.at = end
            if limit is not None and size > limit:
                raise self.fault("syntax")
            in_text ^= sign == _QUOTE
            depth += (sign in _OPENING) - (sign in _CLOSING)
            if sign and depth == 0 and not in_text:
                return
            if not sign and not self._more():
                yield self.data[self.at :]
                self.at = len(self.data)
                raise self.fault("cut")

    def _scalar(self) -> Iterator[bytes]:
        while True:
            found = _SCALAR_END.search(self.data, self.at)
            end = found.start() if found else len(self.data)
            piece, self.at = self.data[self.at : end], end
            yield piece
            if found:
                return
            if not self._more():
                raise self.fault("cut")
