"""Find the cues of a codebook in a text, in whichever script it is written, and say where they stand in it."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from analysis.codebook import Codebook, Theme
from corpus.scripts import has_han, to_simplified

_MASK = "\ue000"  # a private sign that no cue holds
_LATIN = re.compile("[a-z]")
_POINTS_BACK = re.compile(r"\\[1-9]|\(\?(?:P|\(|[aiLmsux])")


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
        chinese, english = has_han(copies.folded), _LATIN.search(copies.folded) is not None
        found = []
        for number, theme in enumerate(self._themes):
            for cue, start, end in theme.find(copies, chinese, english):
                found.append(Hit(number, cue, *copies.span(start, end)))
        return found


class _CompiledTheme:
    def __init__(self, theme: Theme) -> None:
        self._cues = [
            tuple(
                re.compile(pattern, re.IGNORECASE) if pattern else None
                for pattern in (cue.hans, cue.hant, _bordered(cue.en))
            )
            for cue in theme.cues
        ]
        self._exclude = [re.compile(pattern, re.IGNORECASE) for pattern in theme.exclude]
        every = [f"(?:{p})" for cue in theme.cues for p in (cue.hans, cue.hant, _bordered(cue.en)) if p]
        # One look for all cues together: most themes are not there, and that is then told at once. Patterns that
        # point back at their groups, or name them, cannot stand together.
        alone = any(_POINTS_BACK.search(pattern) for pattern in every)
        self._any = None if alone else re.compile("|".join(every), re.IGNORECASE)

    def find(self, copies: Copies, chinese: bool, english: bool) -> Iterator[tuple[int, int, int]]:
        texts = {copies.folded, copies.simplified}
        if self._any is not None and not any(self._any.search(text) for text in texts):
            return
        folded, simplified = self._masked(copies)
        for number, (hans, hant, en) in enumerate(self._cues):
            spans = set()
            if chinese and hans:
                spans |= {match.span() for match in hans.finditer(simplified)}
            if chinese and hant:
                spans |= {match.span() for match in hant.finditer(folded)}
            if en and (english or not chinese):
                spans |= {match.span() for match in en.finditer(simplified)}
            if not chinese and hans:  # emoji and signs stand in every language
                spans |= {match.span() for match in hans.finditer(simplified)}
            yield from ((number, start, end) for start, end in _apart(spans))

    def _masked(self, copies: Copies) -> tuple[str, str]:
        """Both copies with every span of an `exclude` pattern blotted out: what lies in it is no sign of the theme."""
        spans = {span for text in {copies.folded, copies.simplified} for span in self._excluded(text)}
        folded, simplified = copies.folded, copies.simplified
        for start, end in spans:
            blot = _MASK * (end - start)
            folded = folded[:start] + blot + folded[end:]
            simplified = simplified[:start] + blot + simplified[end:]
        return folded, simplified

    def _excluded(self, text: str) -> Iterator[tuple[int, int]]:
        for pattern in self._exclude:
            yield from (match.span() for match in pattern.finditer(text))


def _bordered(pattern: str | None) -> str | None:
    return rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])" if pattern else None


def _apart(spans: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in order, without empty ones and without those that overlap an earlier, longer one."""
    last = -1
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end > start >= last:
            yield start, end
            last = end
