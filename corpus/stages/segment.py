"""Cut a text into tokens and sentences: Chinese by jieba's method, English by spaCy's tokenizer, marks never."""

import hashlib
import importlib
import importlib.util
import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rjieba

from corpus.errors import UserError
from corpus.lemmas import lemmas
from corpus.records import Tokens
from corpus.scripts import (
    BRACKET_EMOJI,
    EMAIL,
    EMOJI,
    HAN,
    HASHTAG,
    LATIN,
    MENTION,
    URL,
    has_han,
    to_simplified,
    variant,
)
from corpus.studyfile import StudyWord

_MARKS = f"{URL}|{EMAIL}|{MENTION}|{HASHTAG}|{BRACKET_EMOJI}|{EMOJI}"
# Runs of letters that neither tokenizer knows: kana, Hangul, Cyrillic, Thai ... each run is one token.
_FOREIGN = "[\u0370-\u167f\u1681-\u1fff\u2c00-\u2dff\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\ua000-\uabff\uac00-\ud7ff\uff66-\uff9f]+"
_WORD = rf"[{LATIN}](?:[{LATIN}0-9'’\-]*[{LATIN}0-9])?"
# English inside Chinese: two words or more, or one that jieba would break (it's, café). What touches Han is jieba's.
# Words part at white space, so that a run can be read in one way only.
_BETWEEN_WORDS = r"[!-/:-@\[-^{-~]{0,3}[ \t]+[!-/:-@\[-^{-~]{0,2}"
_ENGLISH_RUN = re.compile(
    rf"(?<![{HAN}{LATIN}0-9_'’\-])(?:{_WORD}(?:{_BETWEEN_WORDS}(?:{_WORD}|[0-9]+(?:[.,:][0-9]+)*))+"
    rf"|[{LATIN}]+['’][{LATIN}]+|[A-Za-z]*[\u00c0-\u024f][{LATIN}]*)(?![{HAN}{LATIN}0-9_])[.!?,;:)\"]*"
)
_SYMBOLIC = re.compile(r"[a-zA-Z0-9+#&._%-]+")
_SYMBOL_STEP = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_LATIN_TOKEN = re.compile(rf"[{LATIN}]+")
_ODD_SPACE = re.compile("[\x1c-\x1f]")
_NOT_SPACE = re.compile(r"\S+")
# spaCy takes quadratic time on long runs without white space, which are no words anyway.
_TOO_LONG = 200
_SHORT = 24
_RENEWED_AFTER = 100_000
_ENDLESS = re.compile(rf"\S{{{_TOO_LONG},}}")
_PLAIN = re.compile(r"\w+|[^\w\s]")
_ENDS = re.compile(r"[。！？!?｡‼⁉]+|\.+")
_END_SIGNS = frozenset("。！？!?｡‼⁉.")
_GOES_ON = re.compile(rf"[。！？!?｡‼⁉…\.”’」』）)\]】》\"'~～]+|{BRACKET_EMOJI}|{EMOJI}")


Piece = tuple[int, str, str | None, str | None]
"""A token on its way: where it starts, itself, its lemma and its part of speech where known."""


class Segmenter:
    """Cuts texts for one study. Holds only its words, so that it can be sent to worker processes; they load the rest.

    ``words`` are never cut; those with dates only in texts published within them. ``english`` names an installed spaCy
    pipeline; empty for spaCy's rules and lemmas by look-up.
    """

    def __init__(self, words: Sequence[StudyWord] = (), english: str = "") -> None:
        self._words = tuple(sorted({(word.text, word.start, word.end) for word in words}, key=str))
        self._english = english
        if english and importlib.util.find_spec(english.replace("-", "_")) is None:
            raise UserError(
                f"the spaCy pipeline {english!r} is not installed",
                where="study.toml: language.english",
                hint='install it, or set english = ""',
            )

    @cached_property
    def segmenter(self) -> str:
        """Names and versions of everything that shapes the tokens."""
        listed = json.dumps([[word, str(start), str(end)] for word, start, end in self._words], ensure_ascii=False)
        words = f" + words {hashlib.sha256(listed.encode()).hexdigest()[:8]}" if self._words else ""
        name = self._english or "spacy-lookups-data"
        return (
            f"rjieba {version('rjieba')} + jieba dict {_dictionary_digest()} + OpenCC {version('opencc')}{words}; "
            f"spaCy {version('spacy')} + {name} {version(name)}"
        )

    def segment(self, document_id: str, text: str, language: str, published: date | None) -> Tokens:
        """The tokens of ``text``: slices of it in order, with only white space between them.

        ``language`` is BCP 47 as `corpus.stages.language.detect` gives it; ``published`` chooses among dated words.
        """
        words = tuple(
            word
            for word, start, end in self._words
            if (start is None and end is None)
            or (published is not None and (start is None or start <= published) and (end is None or published <= end))
        )
        cut = _known if len(text) <= _SHORT else _cut
        return Tokens(document_id, *cut(text, language, words, self._english), self.segmenter)


Cut = tuple[
    tuple[str, ...],
    tuple[int, ...],
    tuple[int, ...],
    tuple[str | None, ...] | None,
    tuple[str | None, ...] | None,
    str | None,
]
"""What `Tokens` holds between its document and its segmenter."""


def _cut(text: str, language: str, words: tuple[str, ...], english: str) -> Cut:
    pieces = _pieces(text, language, words, english)
    starts, tokens, found, pos = zip(*pieces, strict=True) if pieces else ((), (), (), ())
    sentences = tuple(_sentence_starts(text, pieces))
    tagged = any(pos)
    return (
        tokens,
        starts,
        sentences,
        found if any(found) else None,
        pos if tagged else None,
        "UD" if tagged else None,
    )


_known = lru_cache(maxsize=20_000)(_cut)  # greetings come again and again


def _pieces(text: str, language: str, words: tuple[str, ...], english: str) -> list[Piece]:
    traditional = language == "zh-Hant" or (language != "zh-Hans" and has_han(text) and variant(text) == "zh-Hant")
    pieces: list[Piece] = []
    at = 0
    for found in _marks(words).finditer(text):
        start, end = found.span()
        if start > at:
            pieces += _between(text[at:start], at, language, words, english, traditional)
        pieces.append((start, found.group(), None, None))
        at = end
    if at < len(text):
        pieces += _between(text[at:], at, language, words, english, traditional)
    return pieces


def _between(
    text: str, offset: int, language: str, words: tuple[str, ...], english: str, traditional: bool
) -> list[Piece]:
    """What lies between marks: English runs by spaCy, the rest by jieba."""
    if text.isspace():
        return []
    if not has_han(text) and (not language.startswith("zh") or _LATIN_TOKEN.search(text)):
        return _without_space(_english(text, offset, language, english), text)
    at = 0
    pieces: list[Piece] = []
    for found in _ENGLISH_RUN.finditer(text):
        pieces += _chinese(text[at : found.start()], offset + at, words, traditional)
        pieces += _english(found.group(), offset + found.start(), "en", english)
        at = found.end()
    pieces += _chinese(text[at:], offset + at, words, traditional)
    return _without_space(pieces, text)


def _without_space(pieces: list[Piece], text: str) -> list[Piece]:
    """The pieces of ``text`` without white space: jieba gives each sign of it as a token.

    Where the text holds one of the four signs that only Python takes for white space, tokens may hold it: they are cut.
    """
    if not _ODD_SPACE.search(text):
        return [piece for piece in pieces if not piece[1].isspace()]
    return [
        (start + found.start(), found.group(), lemma, pos)
        for start, token, lemma, pos in pieces
        for found in _NOT_SPACE.finditer(token)
    ]


def _chinese(text: str, offset: int, words: tuple[str, ...], traditional: bool) -> list[Piece]:
    if not text:
        return []
    at = offset
    known = lemmas() if _LATIN_TOKEN.search(text) else None
    pieces: list[Piece] = []
    for token in cut_chinese(to_simplified(text) if traditional else text, words):
        end = at + len(token)
        own = text[at - offset : end - offset] if traditional else token
        lemma = known.get(own.lower(), own.lower()) if known and _LATIN_TOKEN.fullmatch(own) else None
        pieces.append((at, own, lemma, None))
        at = end
    return pieces


def cut_chinese(text: str, words: tuple[str, ...] = ()) -> list[str]:
    """Tokens of ``text``, all of it, white space too: as ``jieba.lcut`` with its HMM gives them.

    rjieba keeps ASCII runs such as ``re_new`` whole where jieba breaks them at symbols; the second step does that.
    """
    dictionary = _dictionary(words)
    tokens: list[str] = []
    for token in dictionary.cut(text, True):
        if len(token) > 1 and not token.isalnum() and _SYMBOLIC.fullmatch(token) and not dictionary.has_word(token):
            tokens += filter(None, _SYMBOL_STEP.split(token))
        else:
            tokens.append(token)
    return tokens


def _english(text: str, offset: int, language: str, pipeline: str) -> list[Piece]:
    if len(text) < _TOO_LONG:
        return _spacy(text, offset, language, pipeline)
    at = 0
    pieces: list[Piece] = []
    for found in _ENDLESS.finditer(text):
        pieces += _spacy(text[at : found.start()], offset + at, language, pipeline)
        start = offset + found.start()
        pieces += [(start + one.start(), one.group(), None, None) for one in _PLAIN.finditer(found.group())]
        at = found.end()
    return pieces + _spacy(text[at:], offset + at, language, pipeline)


def _spacy(text: str, offset: int, language: str, pipeline: str) -> list[Piece]:
    if not text:
        return []
    english = language in {"en", "mul"} or language.startswith("zh")
    if pipeline and english:
        return [
            (offset + token.idx, token.text, token.lemma_ or None, token.pos_ or None)
            for token in _pipeline(pipeline)(text)
        ]
    document = _rules().tokenize(text)
    if not english:
        return [(offset + token.idx, token.text, None, None) for token in document]
    known = lemmas()
    pieces: list[Piece] = []
    for token in document:
        own: str = token.text
        lowered = own.lower()
        pieces.append((offset + token.idx, own, known.get(lowered, lowered) if own[0].isalpha() else None, None))
    return pieces


def _sentence_starts(text: str, pieces: list[Piece]) -> Iterator[int]:
    """Sentences end at 。！？!?, at a full stop before white space and at line ends; closing signs and emoji join."""
    ended, end = True, 0
    for start, token, _, _ in pieces:
        if (ended and not (end and _GOES_ON.fullmatch(token))) or (start > end and "\n" in text[end:start]):
            yield start
            ended = False
        end = start + len(token)
        if token[0] in _END_SIGNS and _ENDS.fullmatch(token):
            ended = token[0] != "." or not text[end : end + 1].strip() or has_han(text[end : end + 1])


@lru_cache(maxsize=64)
def _marks(words: tuple[str, ...]) -> re.Pattern[str]:
    """What is never cut: marks, foreign runs, and study words that jieba cannot hold (no Han sign, or white space)."""
    spelled = sorted(
        (word for word in words if not has_han(word) or len(word.split()) > 1), key=lambda word: (-len(word), word)
    )
    listed = "".join(rf"(?<!\w){re.escape(word)}(?!\w)|" for word in spelled)
    return re.compile(f"{_MARKS}|(?i:{listed[:-1]})|{_FOREIGN}" if listed else f"{_MARKS}|{_FOREIGN}")


@lru_cache(maxsize=8)
def _dictionary(words: tuple[str, ...]) -> rjieba.Jieba:
    dictionary = rjieba.Jieba()
    chinese = [word for word in words if has_han(word)]
    for word in sorted({*chinese, *map(to_simplified, chinese)}):
        dictionary.add_word(word, None, None)
    return dictionary


@cache
def _pipeline(name: str) -> Any:
    return importlib.import_module("spacy").load(name)  # takes seconds: only where a text needs it


class _Rules:
    """spaCy's English tokenizer, made anew now and then: it remembers every word it ever saw."""

    def __init__(self) -> None:
        self._left = 0
        self._blank: Any = None

    def tokenize(self, text: str) -> Any:
        if self._left == 0:
            self._blank = importlib.import_module("spacy").blank("en")  # takes seconds the first time
            self._left = _RENEWED_AFTER
        self._left -= 1
        return self._blank.make_doc(text)


@cache
def _rules() -> _Rules:
    return _Rules()


@cache
def _dictionary_digest() -> str:
    """First 8 hex digits of the SHA-256 of jieba's own dictionary, of which rjieba carries a copy."""
    place = importlib.util.find_spec("jieba")
    if place is None or not place.submodule_search_locations:
        return "unknown"
    content = (Path(place.submodule_search_locations[0]) / "dict.txt").read_bytes()
    return hashlib.sha256(content).hexdigest()[:8]
