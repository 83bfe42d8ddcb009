"""Many texts cut at one go: marks and English are held apart, the rest is one text for jieba."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import rjieba

from corpus.scripts import (
    BRACKET_EMOJI,
    EMAIL,
    EMOJI,
    EMOJI_SIGN,
    HAN,
    HASHTAG,
    LATIN,
    MENTION,
    URL,
    has_han,
    to_simplified,
)
from corpus.stages import kinds
from corpus.stages.english import cut_english
from corpus.stages.kinds import BETWEEN, HOLDER, classes, code_of
from corpus.stages.pipeline import Piece, Pipeline

Words = tuple[str, ...]
Pipelines = tuple[Pipeline | None, Pipeline | None]
"""For English and for Chinese, where a study names them."""

# Letters that neither tokenizer knows: kana, Hangul, Cyrillic, Thai ... each run of them is one token.
_FOREIGN = "\u0370-\u167f\u1681-\u1fff\u2c00-\u2dff\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\ua000-\uabff\uac00-\ud7ff\uff66-\uff9f"
_MARKS = {
    "url": (URL, kinds.URL),
    "email": (EMAIL, kinds.OTHER),
    "mention": (MENTION, kinds.MENTION),
    "hashtag": (HASHTAG, kinds.HASHTAG),
    "platform": (BRACKET_EMOJI, kinds.PLATFORM_EMOJI),
    "emoji": (EMOJI, kinds.EMOJI),
    "foreign": (f"[{_FOREIGN}]+", kinds.WORD),
}
_WORD = rf"[{LATIN}](?:[{LATIN}0-9'’\-]*[{LATIN}0-9])?"
# English inside Chinese: two words or more, or one that jieba would break (it's, café). What touches Han is jieba's.
# Words part at white space, so that a run can be read in one way only.
_BETWEEN_WORDS = r"[!-/:-@\[-^{-~]{0,3}[ \t]+[!-/:-@\[-^{-~]{0,2}"
_ENGLISH_RUN = re.compile(
    rf"(?<![{HAN}{LATIN}0-9_'’\-])(?:{_WORD}(?:{_BETWEEN_WORDS}(?:{_WORD}|[0-9]+(?:[.,:][0-9]+)*))+"
    rf"|[{LATIN}]+['’][{LATIN}]+|[A-Za-z]*[\u00c0-\u024f][{LATIN}]*)(?![{HAN}{LATIN}0-9_])[.!?,;:)\"]*"
)
_LATIN = re.compile(f"[{LATIN}]")
# A text without any of these is jieba's as it stands; only with one of the latter can it hold a mark.
_RICH = re.compile(f"[{LATIN}@＠#＃\\[\u20e3{EMOJI_SIGN}{_FOREIGN}]")
_MARKED = re.compile(f"[@＠#＃\\[\u20e3{EMOJI_SIGN}{_FOREIGN}]|://|www\\.")
_TAKEN = str.maketrans({BETWEEN: "\ufffd", HOLDER: "\ufffd"})
_SYMBOLIC = re.compile(r"[a-zA-Z0-9+#&._%-]+")
_SYMBOL_STEP = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_ASCII_SIGN = np.array([_SYMBOLIC.fullmatch(chr(point)) is not None for point in range(128)] + [False])
_KEPT = 100_000


class Text(NamedTuple):
    """What is to be cut. ``language`` is BCP 47 as `corpus.stages.language.detect` gives it; ``published`` chooses among
    words with dates."""

    document_id: str
    text: str
    language: str
    published: date | None

    @property
    def has_english(self) -> bool:
        """Whether its Latin words are taken for English ones."""
        return self.language in {"en", "mul"} or self.language.startswith("zh")


@dataclass(slots=True)
class Flat:
    """The tokens of texts one after the other, `BETWEEN` before each; joined they give the texts back, gaps and all.

    ``codes``: of `corpus.stages.kinds`, one a token. ``said``: what a trained pipeline says of the token at a position.
    """

    tokens: list[str]
    codes: bytes
    said: dict[int, Piece] = field(default_factory=dict)


class _Symbols(dict[str, tuple[list[str], bytes]]):
    """What jieba makes of the ASCII tokens that rjieba keeps whole: it breaks ``re_new`` at its symbols."""

    def __init__(self, dictionary: rjieba.Jieba) -> None:
        super().__init__()
        self._dictionary = dictionary

    def __missing__(self, token: str) -> tuple[list[str], bytes]:
        tokens = [token]
        if not token.isalnum() and _SYMBOLIC.fullmatch(token) and not self._dictionary.has_word(token):
            tokens = list(filter(None, _SYMBOL_STEP.split(token)))
        if len(self) > _KEPT:
            self.clear()
        found = self[token] = (tokens, bytes(map(code_of, tokens)))
        return found


Held = tuple[Sequence[str], bytes, Sequence[Piece]]


class Cutter:
    """Cuts with the words of one day."""

    def __init__(self, words: Words, pipelines: Pipelines) -> None:
        self._english, self._chinese = pipelines
        self._words = words
        self._dictionary = _dictionary(tuple(word for word in words if has_han(word)))
        self._symbols = _Symbols(self._dictionary)
        # jieba cannot hold words without a Han sign or with white space.
        self._spelled = tuple(word for word in words if not has_han(word) or len(word.split()) > 1)
        self._marks = _marks(self._spelled)

    def cut(self, texts: Sequence[Text], converted: bool = False) -> Flat:
        """The tokens of all ``texts``; ``converted``: they are cut as their Simplified copies are."""
        held: list[Held] = []
        whole = BETWEEN + BETWEEN.join([self._ready(text, held, converted) for text in texts])
        flat = self._put_back(self._dictionary.cut(whole, True), whole, held)
        if converted:
            own = BETWEEN + BETWEEN.join([text.text for text in texts])
            ends = accumulate(map(len, flat.tokens), initial=0)
            flat.tokens = [own[start:end] for start, end in pairwise(ends)]
        return flat

    def _ready(self, text: Text, held: list[Held], converted: bool) -> str:
        """``text`` for jieba, with a `HOLDER` for each piece that goes to ``held``."""
        plain = text.text
        if converted:
            plain = to_simplified(plain.translate(_TAKEN))
        if not (self._spelled or self._chinese or _RICH.search(plain)):
            return plain
        if not self._spelled and not _MARKED.search(plain):
            return self._between(plain, text, held)
        at = 0
        parts: list[str] = []
        for found in self._marks.finditer(plain):
            start, end = found.span()
            if start > at:
                parts.append(self._between(plain[at:start], text, held))
            kind, mark = found.lastgroup or "", found.group()
            held.append(((mark,), bytes([_MARKS[kind][1] if kind in _MARKS else code_of(mark)]), ()))
            parts.append(HOLDER)
            at = end
        parts.append(self._between(plain[at:], text, held))
        return "".join(parts)

    def _between(self, part: str, text: Text, held: list[Held]) -> str:
        """What lies between marks: English runs by spaCy, the rest by jieba, unless the study names others for them."""
        chinese = has_han(part)
        if not chinese and not _LATIN.search(part):
            return part
        pipeline = self._chinese if chinese else self._english if text.has_english else None
        if pipeline:
            pieces = pipeline.cut(part, self._words)
            tokens = [piece.token for piece in pieces]
            held.append((tokens, bytes(map(code_of, tokens)), pieces))
            return HOLDER
        if not chinese:
            held.append((*cut_english(part), ()))
            return HOLDER

        def hold(found: re.Match[str]) -> str:
            return self._between(found.group(), text, held)

        return _ENGLISH_RUN.sub(hold, part) if _LATIN.search(part) else part

    def _put_back(self, raw: list[str], whole: str, held: list[Held]) -> Flat:
        """Tokens of ``whole`` with what is held in its place, and ASCII tokens as jieba breaks them."""
        lengths = np.fromiter(map(len, raw), np.int64, len(raw))
        points = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
        firsts = points[np.cumsum(lengths) - lengths]
        codes = classes()[firsts]
        ascii_run = (lengths > 1) & _ASCII_SIGN[np.minimum(firsts, 128)]
        all_codes, tokens, parts, said = codes.tobytes(), list[str](), list[bytes](), dict[int, Piece]()
        waiting = iter(held)
        at = 0
        for position in np.flatnonzero(ascii_run | (codes == kinds.HELD)).tolist():
            tokens += raw[at:position]
            parts.append(all_codes[at:position])
            if all_codes[position] == kinds.HELD:
                own, its_codes, pieces = next(waiting)
                said.update(enumerate(pieces, len(tokens)))
            else:
                own, its_codes = self._symbols[raw[position]]
            tokens += own
            parts.append(its_codes)
            at = position + 1
        return Flat(tokens + raw[at:], b"".join([*parts, all_codes[at:]]), said)


@lru_cache(maxsize=8)
def cutter(words: Words, pipelines: Pipelines = (None, None)) -> Cutter:
    """The cutter for ``words``; its dictionary takes a moment to load."""
    return Cutter(words, pipelines)


def cut_chinese(text: str, words: Words = ()) -> list[str]:
    """Tokens of ``text``, all of it, white space too: as ``jieba.lcut`` with its HMM gives them."""
    made = cutter(words)
    tokens: list[str] = []
    for token in made._dictionary.cut(text, True):
        tokens += made._symbols[token][0] if len(token) > 1 and token.isascii() else (token,)
    return tokens


@lru_cache(maxsize=8)
def _dictionary(words: Words) -> rjieba.Jieba:
    dictionary = rjieba.Jieba()
    for word in sorted({*words, *map(to_simplified, words)}):
        dictionary.add_word(word, None, None)
    return dictionary


@lru_cache(maxsize=64)
def _marks(spelled: Words) -> re.Pattern[str]:
    """What is never cut: marks, foreign runs, and the words that are ``spelled`` out."""
    listed = "|".join(
        rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(spelled, key=lambda word: (-len(word), word))
    )
    named = [f"(?P<{name}>{pattern})" for name, (pattern, _) in _MARKS.items()]
    return re.compile("|".join([*named[:-1], *([f"(?i:{listed})"] if listed else []), named[-1]]))
