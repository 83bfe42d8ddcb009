"""Many texts cut at one go: marks and English are held apart, the rest is one text for jieba."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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
from corpus.stages.kinds import BETWEEN, HOLDER, MARK, Codes, Integers, classes, code_of, points
from corpus.stages.pipeline import Piece, Pipeline

Words = tuple[str, ...]
Pipelines = tuple[Pipeline | None, Pipeline | None]
"""For English and for Chinese, where a study names them."""

# Letters that neither tokenizer knows: kana, Hangul, Cyrillic, Thai ... each run of them is one token.
_FOREIGN = "\u0370-\u167f\u1681-\u1fff\u2c00-\u2dff\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\ua000-\uabff\uac00-\ud7ff\uff66-\uff9f"
# Marks end with their text, though many texts are one.
_ADDRESS_MARK, _TAG_MARK = (pattern.replace("[^", f"[^{BETWEEN}") for pattern in (URL, HASHTAG))
_MARKS = {
    "url": _ADDRESS_MARK,
    "email": EMAIL,
    "mention": MENTION,
    "hashtag": _TAG_MARK,
    "platform": BRACKET_EMOJI,
    "emoji": EMOJI,
    "foreign": f"[{_FOREIGN}]+",
}
_MARK_CODES = {
    "url": kinds.URL,
    "email": kinds.OTHER,
    "mention": kinds.MENTION,
    "hashtag": kinds.HASHTAG,
    "platform": kinds.PLATFORM_EMOJI,
    "emoji": kinds.EMOJI,
    "foreign": kinds.WORD,
}
# Patterns begin with a set of signs where they can: those without any of them are passed over at the greatest speed.
_HEADS = f"@＠#＃\\[{EMOJI_SIGN}{_FOREIGN}"
_TAILS = "|".join(
    (
        f"(?<=[@＠])(?P<mention>{MENTION.removeprefix('[@＠]')})",
        f"(?<=[#＃])(?P<hashtag>{_TAG_MARK.removeprefix('[#＃]')})",
        rf"(?<=\[)(?P<platform>{BRACKET_EMOJI[2:]})",
        f"(?<=[{EMOJI_SIGN}])(?P<emoji>(?<=[{FLAG_SIGN}])[{FLAG_SIGN}]|{EMOJI_TAIL})",
        f"(?<=[{_FOREIGN}])(?P<foreign>[{_FOREIGN}]*)",
    )
)
_ADDRESS_TAIL = r"(?P<url>(?:(?<=h)ttps?://|(?<=w)ww\.)" + _ADDRESS_MARK.removeprefix(r"(?:https?://|www\.)") + ")"
_HEADED = re.compile(f"[{_HEADS}](?:{_TAILS})")
"""The marks of texts without addresses; `_WITH_ADDRESSES` of those with them, unless one is that of an e-mail account."""
_WITH_ADDRESSES = re.compile(f"[hw{_HEADS}](?:{_ADDRESS_TAIL}|{_TAILS})")
_ADDRESS = re.compile(r"://|www\.")
_KEYCAP, _ACCOUNT = "\u20e3", re.compile(r"@(?<=[A-Za-z0-9._%+-]@)")
_REST = rf"(?:[{LATIN}0-9'’\-]*[{LATIN}0-9])?"
# English inside Chinese: two words or more, or one that jieba would break (it's, café). What touches Han is jieba's.
# Words part at white space, so that a run can be read in one way only.
_BETWEEN_WORDS = r"[!-/:-@\[-^{-~]{0,3}[ \t]+[!-/:-@\[-^{-~]{0,2}"
_RUN_TAIL = (
    rf"(?<=[{LATIN}])(?<![{HAN}{LATIN}0-9_'’\-].)"
    rf"(?:{_REST}(?:{_BETWEEN_WORDS}(?:[{LATIN}]{_REST}|[0-9]+(?:[.,:][0-9]+)*))+"
    rf"|[{LATIN}]*['’][{LATIN}]+|(?:(?<=[\u00c0-\u024f])|[A-Za-z]*[\u00c0-\u024f])[{LATIN}]*)"
    rf"(?![{HAN}{LATIN}0-9_])[.!?,;:)\"]*"
)
# All that stands between two marks is English, or what runs of it are inside Chinese.
_EDGES = BETWEEN + MARK
_WITHOUT_HAN = rf"(?<=[{_EDGES}])[^{_EDGES}{HAN}]++(?![^{_EDGES}])"
_ENGLISH = re.compile(f"[{_EDGES}{LATIN}](?:{_WITHOUT_HAN}|{_RUN_TAIL})")
_PARTS = re.compile(f"[{_EDGES}][^{_EDGES}]+")
_LATIN = re.compile(f"[{LATIN}]")
_TAKEN = re.compile(f"[{BETWEEN}{HOLDER}{MARK}]")
_SYMBOLIC = re.compile(r"[a-zA-Z0-9+#&._%-]+")
_SYMBOL_STEP = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_ASCII_SIGN = np.array([_SYMBOLIC.fullmatch(chr(point)) is not None for point in range(128)] + [False])
_KEPT = 100_000
_AT_ONCE = 1 << 13
"""Signs that jieba is given at one go: few enough for the fastest part of the machine's memory."""


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


Run = tuple[Sequence[int], bytes, Sequence[Piece]]
"""How long each token is, the code of each, and what a trained pipeline says of them."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What is cut already, in order: a `MARK` or a `HOLDER` each stands in the text that jieba cuts."""

    mark_lengths: list[int] = field(default_factory=list)
    mark_codes: bytearray = field(default_factory=bytearray)
    runs: list[Run] = field(default_factory=list)

    def mark(self, found: re.Match[str]) -> str:
        start, end = found.span()
        self.mark_lengths.append(end - start)
        kind = found.lastgroup
        self.mark_codes.append(_MARK_CODES[kind] if kind else code_of(found.group()))  # the latter of a study word
        return MARK


class Cutter:
    """Cuts with the words of one day."""

    def __init__(self, words: Words, pipelines: Pipelines) -> None:
        self._english, self._chinese = pipelines
        self._words = words
        self._dictionary = _dictionary(tuple(word for word in words if has_han(word)))
        self._symbols = _Symbols(self._dictionary)
        # jieba cannot hold words without a Han sign or with white space.
        # It minds capitals too: TIKTOK难民 is one word as TikTok难民 is.
        spelled = [word for word in words if not has_han(word) or len(word.split()) > 1 or _LATIN.search(word)]
        self._marks = _marks(tuple(sorted({*spelled, *map(to_simplified, spelled)})))
        self._spelled = tuple(sorted({word.lower() for word in (*spelled, *map(to_simplified, spelled))}))

    def cut(self, texts: Sequence[Text], converted: bool = False) -> Flat:
        """All ``texts`` cut; ``converted``: as their Simplified copies are."""
        own = BETWEEN + BETWEEN.join([text.text for text in texts])
        if HOLDER in own or MARK in own or own.count(BETWEEN) > len(texts):
            texts = [text._replace(text=_TAKEN.sub("\ufffd", text.text)) for text in texts]
        if converted:
            texts = [text._replace(text=to_simplified(text.text)) for text in texts]
        held = _Held()
        lengths, parts = [], []
        for batch in batches(texts, 1 if self._english or self._chinese else _AT_ONCE):
            part = self._marked(BETWEEN + BETWEEN.join([text.text for text in texts[batch]]), held)
            part = self._runs_held(part, texts[batch.start].language, held)
            parts.append(part)
            lengths.append(np.fromiter(map(len, self._dictionary.cut(part, True)), np.int32))
        return self._put_back(own, np.concatenate(lengths), "".join(parts), held)

    def cut_chinese(self, text: str) -> list[str]:
        """Tokens of ``text``, all of it, white space too: as ``jieba.lcut`` with its HMM gives them."""
        tokens: list[str] = []
        for token in self._dictionary.cut(text, True):
            tokens += self._symbols.parts(token) if len(token) > 1 and token.isascii() else (token,)
        return tokens

    def _marked(self, text: str, held: _Held) -> str:
        """``text`` with a `MARK` for each mark, which goes to ``held``."""
        lowered = text.lower() if self._spelled else ""
        if any(word in lowered for word in self._spelled) or _headless(text):
            if text.count(BETWEEN) > 1:  # slow: for those texts alone that need it
                return "".join([self._marked(BETWEEN + one, held) for one in text.split(BETWEEN)[1:]])
            return self._marks.sub(held.mark, text)
        return (_WITH_ADDRESSES if _ADDRESS.search(text) else _HEADED).sub(held.mark, text)

    def _runs_held(self, text: str, language: str, held: _Held) -> str:
        """``text`` with a `HOLDER` for each run that is not jieba's: English goes to spaCy, Chinese where a study names
        another for it."""

        def hold(found: re.Match[str]) -> str:
            part = found.group()
            edge = part[0] if part[0] in _EDGES else ""
            part = part[len(edge) :]
            if self._chinese and has_han(part):
                pipeline: Pipeline | None = self._chinese
            elif _LATIN.search(part):
                pipeline = self._english if takes_english(language) else None
            else:
                return found.group()
            if pipeline:
                pieces = pipeline.cut(part, self._words)
                tokens = [piece.token for piece in pieces]
                held.runs.append((list(map(len, tokens)), bytes(map(code_of, tokens)), pieces))
            else:
                held.runs.append((*cut_english(part), ()))
            return edge + HOLDER

        return (_PARTS if self._chinese else _ENGLISH).sub(hold, text)

    def _put_back(self, own: str, lengths: Integers, whole: str, held: _Held) -> Flat:
        """Tokens of ``whole`` with what is held in its place, and ASCII tokens as jieba breaks them."""
        starts = np.cumsum(lengths) - lengths
        firsts = points(whole)[starts]
        codes = classes()[firsts]
        ascii_tokens = (lengths > 1) & _ASCII_SIGN[np.minimum(firsts, 128)]
        marks = firsts == ord(MARK)
        lengths[marks], codes[marks] = held.mark_lengths, held.mark_codes
        special = np.flatnonzero(ascii_tokens | (firsts == ord(HOLDER)))
        if not len(special):
            return Flat(own, lengths, codes, {})
        waiting = iter(held.runs)
        placed = [
            next(waiting) if (token := whole[start : start + length]) == HOLDER else (*self._symbols[token], ())
            for start, length in zip(starts[special].tolist(), lengths[special].tolist(), strict=True)
        ]
        repeats = np.ones(len(lengths), np.int32)
        repeats[special] = [len(its_codes) for _, its_codes, _ in placed]
        changed = np.zeros(len(lengths), bool)
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


def _headless(text: str) -> bool:
    """Whether a mark may begin otherwise than all others do: a keycap, or the address of an e-mail account."""
    return _KEYCAP in text or _ACCOUNT.search(text) is not None


def batches(texts: Sequence[Text], signs: int) -> Iterator[slice]:
    """Where texts of about so many ``signs`` stand that are looked at together."""
    ends = np.cumsum([len(text.text) + 1 for text in texts])
    numbers = np.flatnonzero(np.diff(ends // signs, prepend=-1, append=-1))
    return map(slice, numbers[:-1].tolist(), numbers[1:].tolist())


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


def _apart(word: str) -> str:
    """What finds a word where no Latin letter or digit goes on at its ends; Han beside it is another word."""
    return rf"(?<![{LATIN}0-9_]){re.escape(word)}(?![{LATIN}0-9_])"


@lru_cache(maxsize=64)
def _marks(spelled: Words) -> re.Pattern[str]:
    """What is never cut: marks, foreign runs, and the words that are ``spelled`` out."""
    listed = "|".join(_apart(word) for word in sorted(spelled, key=lambda word: (-len(word), word)))
    named = [f"(?P<{name}>{pattern})" for name, pattern in _MARKS.items()]
    return re.compile("|".join([*named[:-1], *([f"(?i:{listed})"] if listed else []), named[-1]]))
