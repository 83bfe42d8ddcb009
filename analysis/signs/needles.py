"""Regular expressions that are tried only on texts that hold one of the strings they cannot match without."""

import importlib
import re
from collections import defaultdict
from collections.abc import Sequence
from operator import add
from typing import Any

# Private, but the only parser that agrees with `re` on every pattern; Python 3.11 to 3.13 have it.
_parser: Any = importlib.import_module("re._parser")
_UPPER = re.compile(r"\\.|[A-Z]", re.DOTALL)
_MOST = 200
_WIDEST = 4


class Needled:
    """A pattern for folded text. `spans` costs a few substring searches where the text has nothing of it."""

    __slots__ = ("_pattern", "needles")

    def __init__(self, pattern: str, *, bordered: bool = False) -> None:
        """``bordered``: no ASCII letter or digit may touch what is found."""
        lowered = _UPPER.sub(
            lambda found: found.group() if found.group()[0] == "\\" else found.group().lower(), pattern
        )
        self.needles = needles(lowered)
        self._pattern = re.compile(rf"(?<![a-z0-9])(?:{lowered})(?![a-z0-9])" if bordered else lowered)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the pattern is found in ``text``, which is folded for case."""
        if self.needles is not None:
            for needle in self.needles:
                if needle in text:
                    break
            else:
                return []
        return self.tried(text)

    def tried(self, text: str) -> list[tuple[int, int]]:
        """The same, where a sieve has looked for the strings already."""
        return [found.span() for found in self._pattern.finditer(text)]


class Sieve:
    """Of many patterns, those that a text may hold: its runs of up to four signs are looked up, so that more patterns
    cost a text nothing."""

    def __init__(self, patterns: Sequence[Needled]) -> None:
        self._always = tuple(number for number, one in enumerate(patterns) if one.needles is None)
        self._known: list[dict[str, list[tuple[str, int]]]] = [defaultdict(list) for _ in range(_WIDEST)]
        for number, one in enumerate(patterns):
            for needle in one.needles or ():
                self._known[min(len(needle), _WIDEST) - 1][needle[:_WIDEST]].append((needle, number))

    def among(self, text: str) -> list[int]:
        """Numbers of the patterns that may be found in ``text``, which is folded for case."""
        found = set(self._always)
        runs: Sequence[str] = text
        for width, known in enumerate(self._known, 1):
            for run in known.keys() & set(runs):
                found.update(number for needle, number in known[run] if len(needle) == width or needle in text)
            runs = list(map(add, runs, text[width:]))
        return sorted(found)


def needles(pattern: str) -> tuple[str, ...] | None:
    """Strings of which every match of ``pattern`` holds at least one; None where there is no such set."""
    found = _of_sequence(_parser.parse(pattern))
    return (
        None if found is None or len(found) > _MOST else tuple(sorted(found, key=lambda needle: (len(needle), needle)))
    )


def _of_sequence(sequence: Any) -> set[str] | None:
    """The best of the sets that the parts of a sequence need: that whose shortest string is longest."""
    candidates: list[set[str]] = []
    run: list[str] = []

    def close() -> None:
        if run:
            candidates.append({"".join(run)})
            run.clear()

    for operation, argument in sequence:
        name = str(operation)
        if name == "LITERAL":
            run.append(chr(argument))
            continue
        close()
        needed = _of_part(name, argument)
        if needed:
            candidates.append(needed)
    close()
    if not candidates:
        return None
    return max(candidates, key=lambda strings: (min(map(len, strings)), -len(strings), sorted(strings)))


def _of_part(name: str, argument: Any) -> set[str] | None:
    if name == "SUBPATTERN":
        return _of_sequence(argument[3])
    if name == "ATOMIC_GROUP":
        return _of_sequence(argument)
    if name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        return _of_sequence(argument[2]) if argument[0] >= 1 else None
    if name == "BRANCH":
        return _union([_of_sequence(branch) for branch in argument[1]])
    if name == "IN":
        return _union([{chr(value)} if str(kind) == "LITERAL" else None for kind, value in argument])
    return None


def _union(parts: list[set[str] | None]) -> set[str] | None:
    together: set[str] = set()
    for part in parts:
        if part is None:
            return None
        together |= part
    return together
