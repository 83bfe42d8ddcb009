"""English cut by spaCy's rules, a run between white space at a time, and the lemmas of its words."""

import importlib
import re
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

from corpus.lemmas import lemmas
from corpus.stages.kinds import code_of

_GAPS = re.compile(r"(\s+)")
_PLAIN = re.compile(r"\w+|[^\w\s]")
# spaCy takes quadratic time on long runs without white space, which are no words anyway.
_TOO_LONG = 200
_KEPT, _RENEWED_AFTER = 100_000, 100_000


Cut = tuple[Sequence[int], bytes]
"""How long each token is, gaps among them, and the code of each."""


class _Runs(dict[str, Cut]):
    """Each run as it is cut: spaCy cuts every one by itself, and most come again and again."""

    def __init__(self) -> None:
        super().__init__({"": ((), b"")})
        self._left = 0
        self._blank: Any = None

    def __missing__(self, run: str) -> Cut:
        if run.isspace():
            tokens: tuple[str, ...] = (run,)
        elif len(run) >= _TOO_LONG:
            tokens = tuple(_PLAIN.findall(run))
        else:
            tokens = self._tokenize(run)
        found = (tuple(map(len, tokens)), bytes(map(code_of, tokens)))
        if len(run) < _TOO_LONG:
            if len(self) > _KEPT:
                self.clear()
                self[""] = ((), b"")
            self[run] = found
        return found

    def _tokenize(self, run: str) -> tuple[str, ...]:
        if self._left == 0:  # made anew now and then: it remembers every word it ever saw
            self._blank = importlib.import_module("spacy").blank("en").tokenizer  # takes seconds the first time
            self._left = _RENEWED_AFTER
        self._left -= 1
        return tuple(token.text for token in self._blank(run))


@cache
def _runs() -> _Runs:
    return _Runs()


def cut_english(text: str) -> Cut:
    """``text`` cut at white space and by spaCy's rules."""
    lengths, codes = zip(*map(_runs().__getitem__, _GAPS.split(text)), strict=True)
    return list(chain.from_iterable(lengths)), b"".join(codes)


class _Lemmas(dict[str, str]):
    def __missing__(self, word: str) -> str:
        if len(self) > _KEPT:
            self.clear()
        lowered = word.lower()
        self[word] = lemma = lemmas().get(lowered, lowered)
        return lemma


@cache
def _lemmas() -> _Lemmas:
    return _Lemmas()


def lemmas_of(words: Sequence[str]) -> list[str]:
    """The lemma of each English word; a word that the tables do not know is its own, in lower case."""
    return list(map(_lemmas().__getitem__, words))
