"""Find the cues of a codebook in a text, in whichever script it is written, and say where they stand in it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.signs.codebook import Codebook
from analysis.signs.needles import Needled, Sieve
from corpus.scripts import has_han, to_simplified

_MASK = "\ue000"  # a private sign that no cue holds


@dataclass(frozen=True, slots=True)
class Copies:
    """A text folded for matching (NFKC, case), the same in Simplified script, and where each sign comes from."""

    folded: str
    simplified: str
    places: tuple[int, ...] | None
    """Offset in the stored text of each folded sign, and its length at the end; None where they are the same."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the stored text of ``folded[start:end]``; a sign that folds to several counts whole."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found: its theme's and its own number, and its place in the stored text."""

    theme: int
    cue: int
    start: int
    end: int


class _Folds(dict[int, str]):
    """What each sign folds to, worked out once."""

    def __missing__(self, code: int) -> str:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", chr(code)).casefold())
        self[code] = folded
        return folded


_FOLDS = _Folds()


def fold(text: str) -> Copies:
    """The copies of ``text`` on which cues are tried."""
    if text.isascii():
        lowered = text.lower()
        return Copies(lowered, lowered, None)
    folded = text.translate(_FOLDS)
    places = None
    if len(folded) != len(text):  # no sign folds to none, so equal lengths mean one for one
        places = tuple(at for at, sign in enumerate(text) for _ in _FOLDS[ord(sign)])
    return Copies(folded, to_simplified(folded) if has_han(folded) else folded, places)


class CueFinder:
    """A codebook's patterns, compiled: English ones with word borders, all of them blind to case."""

    def __init__(self, book: Codebook) -> None:
        self._patterns: list[Needled] = []
        self._owners: list[tuple[int, int, bool]] = []
        """Theme and cue of each pattern, and whether it is tried on the copy in Simplified script."""
        for number, theme in enumerate(book.theme):
            for place, cue in enumerate(theme.cues):
                self._add(cue.hans, (number, place, True))
                self._add(cue.en, (number, place, True), bordered=True)
                self._add(cue.hant, (number, place, False))
        self._sieve = Sieve(self._patterns)
        self._exclude = [[Needled(pattern) for pattern in theme.exclude] for theme in book.theme]

    def _add(self, pattern: str | None, owner: tuple[int, int, bool], *, bordered: bool = False) -> None:
        if pattern:
            self._patterns.append(Needled(pattern, bordered=bordered))
            self._owners.append(owner)

    def find(self, text: str) -> list[Hit]:
        """Every cue's places in ``text``, theme by theme, cue by cue, without overlaps of a cue with itself."""
        copies = fold(text)
        themes: dict[int, list[int]] = {}
        for pattern in self._among(copies):
            themes.setdefault(self._owners[pattern][0], []).append(pattern)
        return [
            Hit(theme, cue, *copies.span(start, end))
            for theme, patterns in sorted(themes.items())
            for cue, start, end in self._of_theme(theme, patterns, copies)
        ]

    def _among(self, copies: Copies) -> list[int]:
        on_simplified = self._sieve.among(copies.simplified)
        if copies.folded == copies.simplified:
            return on_simplified
        on_folded = self._sieve.among(copies.folded)
        wanted = {one for one in on_simplified if self._owners[one][2]}
        return sorted(wanted | {one for one in on_folded if not self._owners[one][2]})

    def _of_theme(self, theme: int, patterns: list[int], copies: Copies) -> list[tuple[int, int, int]]:
        if not self._spans(patterns, copies.folded, copies.simplified):
            return []
        return self._spans(patterns, *self._masked(theme, copies))

    def _spans(self, patterns: list[int], folded: str, simplified: str) -> list[tuple[int, int, int]]:
        found: dict[int, set[tuple[int, int]]] = {}
        for one in patterns:
            _, cue, on_simplified = self._owners[one]
            found.setdefault(cue, set()).update(self._patterns[one].tried(simplified if on_simplified else folded))
        return [(cue, start, end) for cue, spans in sorted(found.items()) for start, end in _apart(spans)]

    def _masked(self, theme: int, copies: Copies) -> tuple[str, str]:
        """Both copies with every span of an `exclude` pattern blotted out: what lies in it is no sign of the theme."""
        folded, simplified = copies.folded, copies.simplified
        spans = {span for text in (folded, simplified) for one in self._exclude[theme] for span in one.spans(text)}
        for start, end in spans:
            blot = _MASK * (end - start)
            folded = folded[:start] + blot + folded[end:]
            simplified = simplified[:start] + blot + simplified[end:]
        return folded, simplified


def _apart(spans: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in order, without empty ones and without those that overlap an earlier, longer one."""
    last = -1
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end > start >= last:
            yield start, end
            last = end
