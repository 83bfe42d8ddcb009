"""Many texts cut at one go: marks and English are held apart, the rest is one text for jieba."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
import rjieba

from corpus.scripts import (
    BRACKET_EMOJI,
    EMAIL,
    EMOJI,
    EMOJI_SIGN,
    EMOJI_TAIL,
    FLAG_SIGN,
    HAN,
    HASHTAG,
    LATIN,
    MENTION,
    URL,
    has_han,
    to_simplified,
)
from corpus.stages import kinds
from corpus.stages.english import Cut, cut_english
from corpus.stages.kinds import BETWEEN, HOLDER, Codes, Integers, classes, code_of, points
from corpus.stages.pipeline import Piece, Pipeline

Words = tuple[str, ...]
Pipelines = tuple[Pipeline | None, Pipeline | None]
"""For English and for Chinese, where a study names them."""

# Letters that neither tokenizer knows: kana, Hangul, Cyrillic, Thai ... each run of them is one token.
_FOREIGN = "\u0370-\u167f\u1681-\u1fff\u2c00-\u2dff\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\ua000-\uabff\uac00-\ud7ff\uff66-\uff9f"
_MARKS = {
    "url": URL,
    "email": EMAIL,
    "mention": MENTION,
    "hashtag": HASHTAG,
    "platform": BRACKET_EMOJI,
    "emoji": EMOJI,
    "foreign": f"[{_FOREIGN}]+",
}
_MARK_CODES = {
    "url": bytes([kinds.URL]),
    "email": bytes([kinds.OTHER]),
    "mention": bytes([kinds.MENTION]),
    "hashtag": bytes([kinds.HASHTAG]),
    "platform": bytes([kinds.PLATFORM_EMOJI]),
    "emoji": bytes([kinds.EMOJI]),
    "foreign": bytes([kinds.WORD]),
}
# Patterns begin with a set of signs where they can: those without any of them are passed over at the greatest speed.
_HEADS = f"@＠#＃\\[{EMOJI_SIGN}{_FOREIGN}"
_TAILS = "|".join(
    (
        f"(?<=[@＠])(?P<mention>{MENTION.removeprefix('[@＠]')})",
        f"(?<=[#＃])(?P<hashtag>{HASHTAG.removeprefix('[#＃]')})",
        rf"(?<=\[)(?P<platform>{BRACKET_EMOJI[2:]})",
        f"(?<=[{EMOJI_SIGN}])(?P<emoji>(?<=[{FLAG_SIGN}])[{FLAG_SIGN}]|{EMOJI_TAIL})",
        f"(?<=[{_FOREIGN}])(?P<foreign>[{_FOREIGN}]*)",
    )
)
_ADDRESS_TAIL = r"(?P<url>(?:(?<=h)ttps?://|(?<=w)ww\.)" + URL.removeprefix(r"(?:https?://|www\.)") + ")"
_HEADED = re.compile(f"[{_HEADS}](?:{_TAILS})")
"""The marks of a text without addresses; `_WITH_ADDRESSES` of one with them, unless one is that of an e-mail account."""
_WITH_ADDRESSES = re.compile(f"[hw{_HEADS}](?:{_ADDRESS_TAIL}|{_TAILS})")
_ADDRESS = re.compile(r"://|www\.")
_HEADLESS = re.compile(r"\u20e3|@(?<=[A-Za-z0-9._%+-]@)")
# A text without any of these is jieba's as it stands.
_RICH = re.compile(f"[{LATIN}\u20e3{_HEADS}]")
_REST = rf"(?:[{LATIN}0-9'’\-]*[{LATIN}0-9])?"
# English inside Chinese: two words or more, or one that jieba would break (it's, café). What touches Han is jieba's.
# Words part at white space, so that a run can be read in one way only.
_BETWEEN_WORDS = r"[!-/:-@\[-^{-~]{0,3}[ \t]+[!-/:-@\[-^{-~]{0,2}"
_ENGLISH_RUN = re.compile(
    rf"[{LATIN}](?<![{HAN}{LATIN}0-9_'’\-].)(?:{_REST}(?:{_BETWEEN_WORDS}(?:[{LATIN}]{_REST}|[0-9]+(?:[.,:][0-9]+)*))+"
    rf"|[{LATIN}]*['’][{LATIN}]+|(?:(?<=[\u00c0-\u024f])|[A-Za-z]*[\u00c0-\u024f])[{LATIN}]*)"
    rf"(?![{HAN}{LATIN}0-9_])[.!?,;:)\"]*"
)
_LATIN = re.compile(f"[{LATIN}]")
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


def takes_english(language: str) -> bool:
    """Whether Latin words in a text of ``language`` are taken for English ones."""
    return language in {"en", "mul"} or language.startswith("zh")


@dataclass(frozen=True, slots=True)
class Flat:
    """Texts one after the other, `BETWEEN` before each, and how they are cut: gaps are tokens too.

    ``lengths`` in signs and ``codes`` of `corpus.stages.kinds`, one a token; ``said``: what a trained pipeline says of
    the token at a position.
    """

    text: str
    lengths: Integers
    codes: Codes
    said: dict[int, Piece]


class _Symbols(dict[str, Cut]):
    """What jieba makes of the ASCII tokens that rjieba keeps whole: it breaks ``re_new`` at its symbols."""

    def __init__(self, dictionary: rjieba.Jieba) -> None:
        super().__init__()
        self._dictionary = dictionary

    def parts(self, token: str) -> list[str]:
        if token.isalnum() or not _SYMBOLIC.fullmatch(token) or self._dictionary.has_word(token):
            return [token]
        return list(filter(None, _SYMBOL_STEP.split(token)))

    def __missing__(self, token: str) -> Cut:
        if len(self) > _KEPT:
            self.clear()
        tokens = self.parts(token)
        found = self[token] = (tuple(map(len, tokens)), bytes(map(code_of, tokens)))
        return found


Held = tuple[Sequence[int], bytes, Sequence[Piece]]


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
        """All ``texts`` cut; ``converted``: as their Simplified copies are."""
        held: list[Held] = []
        own = BETWEEN + BETWEEN.join([text.text for text in texts])
        if HOLDER in own or own.count(BETWEEN) > len(texts):
            texts = [text._replace(text=text.text.translate(_TAKEN)) for text in texts]
        if converted:
            texts = [text._replace(text=to_simplified(text.text)) for text in texts]
        whole = BETWEEN + BETWEEN.join([self._ready(text, held) for text in texts])
        return self._put_back(own, self._dictionary.cut(whole, True), whole, held)

    def cut_chinese(self, text: str) -> list[str]:
        """Tokens of ``text``, all of it, white space too: as ``jieba.lcut`` with its HMM gives them."""
        tokens: list[str] = []
        for token in self._dictionary.cut(text, True):
            tokens += self._symbols.parts(token) if len(token) > 1 and token.isascii() else (token,)
        return tokens

    def _ready(self, text: Text, held: list[Held]) -> str:
        """``text`` for jieba, with a `HOLDER` for each piece that goes to ``held``."""
        plain = text.text
        if not (self._spelled or self._chinese or _RICH.search(plain)):
            return plain
        if self._spelled or _HEADLESS.search(plain):
            marks = self._marks
        else:
            marks = _WITH_ADDRESSES if _ADDRESS.search(plain) else _HEADED
        if not self._chinese and not _LATIN.search(plain):

            def hold(found: re.Match[str]) -> str:
                held.append(_mark(found))
                return HOLDER

            return marks.sub(hold, plain)
        at = 0
        parts: list[str] = []
        for found in marks.finditer(plain):
            start, end = found.span()
            if start > at:
                parts.append(self._between(plain[at:start], text, held))
            held.append(_mark(found))
            parts.append(HOLDER)
            at = end
        if at < len(plain):
            parts.append(self._between(plain[at:], text, held))
        return "".join(parts)

    def _between(self, part: str, text: Text, held: list[Held]) -> str:
        """What lies between marks: English runs by spaCy, the rest by jieba, unless the study names others for them."""
        latin, chinese = _LATIN.search(part), has_han(part)
        if not latin and not (chinese and self._chinese):
            return part
        pipeline = self._chinese if chinese else self._english if takes_english(text.language) else None
        if pipeline:
            pieces = pipeline.cut(part, self._words)
            tokens = [piece.token for piece in pieces]
            held.append((list(map(len, tokens)), bytes(map(code_of, tokens)), pieces))
            return HOLDER
        if not chinese:
            held.append((*cut_english(part), ()))
            return HOLDER

        def hold(found: re.Match[str]) -> str:
            return self._between(found.group(), text, held)

        return _ENGLISH_RUN.sub(hold, part)

    def _put_back(self, own: str, raw: list[str], whole: str, held: list[Held]) -> Flat:
        """Tokens of ``whole`` with what is held in its place, and ASCII tokens as jieba breaks them."""
        lengths = np.fromiter(map(len, raw), np.int32, len(raw))
        firsts = points(whole)[np.cumsum(lengths) - lengths]
        codes = classes()[firsts]
        special = np.flatnonzero((lengths > 1) & _ASCII_SIGN[np.minimum(firsts, 128)] | (codes == kinds.HELD))
        if not len(special):
            return Flat(own, lengths, codes, {})
        waiting = iter(held)
        placed = [
            next(waiting) if (token := raw[position]) == HOLDER else (*self._symbols[token], ())
            for position in special.tolist()
        ]
        repeats = np.ones(len(raw), np.int32)
        repeats[special] = [len(its_codes) for _, its_codes, _ in placed]
        changed = np.zeros(len(raw), bool)
        changed[special] = True
        changed = np.repeat(changed, repeats)
        lengths, codes = np.repeat(lengths, repeats), np.repeat(codes, repeats)
        lengths[changed] = list(chain.from_iterable([its_lengths for its_lengths, _, _ in placed]))
        codes[changed] = np.frombuffer(b"".join([its_codes for _, its_codes, _ in placed]), np.uint8)
        said: dict[int, Piece] = {}
        if self._english or self._chinese:
            begins = (np.cumsum(repeats) - repeats)[special].tolist()
            for begin, (_, _, pieces) in zip(begins, placed, strict=True):
                said.update(enumerate(pieces, begin))
        return Flat(own, lengths, codes, said)


def _mark(found: re.Match[str]) -> Held:
    start, end = found.span()
    code = _MARK_CODES.get(found.lastgroup or "") or bytes([code_of(found.group())])  # the latter of a study word
    return (end - start,), code, ()


@lru_cache(maxsize=8)
def cutter(words: Words, pipelines: Pipelines = (None, None)) -> Cutter:
    """The cutter for ``words``; its dictionary takes a moment to load."""
    return Cutter(words, pipelines)


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
    named = [f"(?P<{name}>{pattern})" for name, pattern in _MARKS.items()]
    return re.compile("|".join([*named[:-1], *([f"(?i:{listed})"] if listed else []), named[-1]]))
