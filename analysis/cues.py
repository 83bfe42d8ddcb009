"""Find the cues of a codebook in a text, in whichever script it is written, and say where they stand in it."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from analysis.codebook import Codebook, Theme
from analysis.needles import Needled
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


@cache
def _folded(sign: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sign).casefold())


def fold(text: str) -> Copies:
    """The copies of ``text`` on which cues are tried."""
    if text.isascii():
        lowered = text.lower()
        return Copies(lowered, lowered, None)
    signs = [_folded(sign) for sign in text]
    folded = "".join(signs)
    places = None
    if len(folded) != len(text) or any(len(sign) != 1 for sign in signs):
        places = tuple(at for at, sign in enumerate(signs) for _ in sign)
    return Copies(folded, to_simplified(folded) if has_han(folded) else folded, places)


class CueFinder:
    """A codebook's patterns, compiled: English ones with word borders, all of them blind to case."""

    def __init__(self, book: Codebook) -> None:
        self._themes = [_CompiledTheme(theme) for theme in book.theme]

    def find(self, text: str) -> list[Hit]:
        """Every cue's places in ``text``, theme by theme, cue by cue, without overlaps of a cue with itself."""
        copies = fold(text)
        return [
            Hit(number, cue, *copies.span(start, end))
            for number, theme in enumerate(self._themes)
            for cue, start, end in theme.find(copies)
        ]


class _CompiledTheme:
    def __init__(self, theme: Theme) -> None:
        self._cues: list[tuple[list[Needled], list[Needled]]] = []
        for cue in theme.cues:
            on_simplified = [Needled(cue.hans)] if cue.hans else []
            on_simplified += [Needled(cue.en, bordered=True)] if cue.en else []
            self._cues.append((on_simplified, [Needled(cue.hant)] if cue.hant else []))
        self._exclude = [Needled(pattern) for pattern in theme.exclude]

    def find(self, copies: Copies) -> list[tuple[int, int, int]]:
        if not self._spans(copies.folded, copies.simplified):
            return []
        return self._spans(*self._masked(copies))

    def _spans(self, folded: str, simplified: str) -> list[tuple[int, int, int]]:
        found = []
        for number, (on_simplified, on_folded) in enumerate(self._cues):
            spans = {span for pattern in on_simplified for span in pattern.spans(simplified)}
            spans.update(span for pattern in on_folded for span in pattern.spans(folded))
            found += [(number, start, end) for start, end in _apart(spans)]
        return found

    def _masked(self, copies: Copies) -> tuple[str, str]:
        """Both copies with every span of an `exclude` pattern blotted out: what lies in it is no sign of the theme."""
        folded, simplified = copies.folded, copies.simplified
        for start, end in {span for text in (folded, simplified) for one in self._exclude for span in one.spans(text)}:
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
