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


class _Runs(dict[str, tuple[tuple[str, ...], bytes]]):
    """Tokens and codes of each run: spaCy cuts every one by itself, and most come again and again."""

    def __init__(self) -> None:
        super().__init__({"": ((), b"")})
        self._left = 0
        self._blank: Any = None

    def __missing__(self, run: str) -> tuple[tuple[str, ...], bytes]:
        if run.isspace():
            tokens: tuple[str, ...] = (run,)
        elif len(run) >= _TOO_LONG:
            tokens = tuple(_PLAIN.findall(run))
        else:
            tokens = self._tokenize(run)
        found = (tokens, bytes(map(code_of, tokens)))
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


def cut_english(text: str) -> tuple[list[str], bytes]:
    """The tokens of ``text``, white space among them, so that joined they give it back; and the code of each."""
    found = list(map(_runs().__getitem__, _GAPS.split(text)))
    return list(chain.from_iterable([tokens for tokens, _ in found])), b"".join([codes for _, codes in found])


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
