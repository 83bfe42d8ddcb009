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
from typing import Any, NamedTuple

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
_NOT_SPACE = re.compile(r"\S+")
# spaCy takes quadratic time on long runs without white space, which are no words anyway.
_ENDLESS = re.compile(r"\S{200,}")
_PLAIN = re.compile(r"\w+|[^\w\s]")
_ENDS = re.compile(r"[。！？!?｡‼⁉]+|\.+")
_GOES_ON = re.compile(rf"[。！？!?｡‼⁉…\.”’」』）)\]】》\"'~～]+|{BRACKET_EMOJI}|{EMOJI}")


class Piece(NamedTuple):
    """A token on its way: where it starts, itself, its lemma and part of speech where known."""

    start: int
    text: str
    lemma: str | None = None
    pos: str | None = None


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
        pieces = list(_pieces(text, language, words, self._english))
        found = tuple(piece.lemma for piece in pieces)
        pos = tuple(piece.pos for piece in pieces)
        tagged = any(pos)
        return Tokens(
            document_id=document_id,
            tokens=tuple(piece.text for piece in pieces),
            starts=tuple(piece.start for piece in pieces),
            sentence_starts=tuple(_sentence_starts(text, pieces)),
            lemmas=found if any(found) else None,
            pos=pos if tagged else None,
            pos_scheme="UD" if tagged else None,
            segmenter=self.segmenter,
        )


def _pieces(text: str, language: str, words: tuple[str, ...], english: str) -> Iterator[Piece]:
    marks = _marks(words)
    traditional = language == "zh-Hant" or (language != "zh-Hans" and variant(text) == "zh-Hant")
    at = 0
    for found in marks.finditer(text):
        for piece in _between(text[at : found.start()], at, language, words, english, traditional):
            yield from _without_space(piece)
        yield Piece(found.start(), found.group())
        at = found.end()
    for piece in _between(text[at:], at, language, words, english, traditional):
        yield from _without_space(piece)


def _between(
    text: str, offset: int, language: str, words: tuple[str, ...], english: str, traditional: bool
) -> Iterator[Piece]:
    """What lies between marks: English runs by spaCy, the rest by jieba."""
    if not text or text.isspace():
        return
    if not has_han(text) and (_LATIN_TOKEN.search(text) or not language.startswith("zh")):
        yield from _english(text, offset, language, english)
        return
    at = 0
    for found in _ENGLISH_RUN.finditer(text):
        yield from _chinese(text[at : found.start()], offset + at, language, words, traditional)
        yield from _english(found.group(), offset + found.start(), "en", english)
        at = found.end()
    yield from _chinese(text[at:], offset + at, language, words, traditional)


def _chinese(text: str, offset: int, language: str, words: tuple[str, ...], traditional: bool) -> Iterator[Piece]:
    if not text:
        return
    at = 0
    known = lemmas() if _LATIN_TOKEN.search(text) else {}
    for token in cut_chinese(to_simplified(text) if traditional else text, words):
        own = text[at : at + len(token)]
        lemma = known.get(own.lower(), own.lower()) if known and _LATIN_TOKEN.fullmatch(own) else None
        yield Piece(offset + at, own, lemma)
        at += len(token)


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


def _english(text: str, offset: int, language: str, pipeline: str) -> Iterator[Piece]:
    at = 0
    for found in _ENDLESS.finditer(text):
        yield from _spacy(text[at : found.start()], offset + at, language, pipeline)
        yield from (Piece(offset + found.start() + one.start(), one.group()) for one in _PLAIN.finditer(found.group()))
        at = found.end()
    if at < len(text):
        yield from _spacy(text[at:], offset + at, language, pipeline)


def _spacy(text: str, offset: int, language: str, pipeline: str) -> Iterator[Piece]:
    if pipeline and language in {"en", "mul"}:
        for token in _pipeline(pipeline)(text):
            if not token.is_space:
                yield Piece(offset + token.idx, token.text, token.lemma_ or None, token.pos_ or None)
        return
    known = lemmas() if language in {"en", "mul"} or language.startswith("zh") else {}
    for token in _pipeline("").make_doc(text):
        own: str = token.text
        if own.isspace():
            continue
        lemma = known.get(own.lower(), own.lower()) if known and own[0].isalpha() else None
        yield Piece(offset + token.idx, own, lemma)


def _without_space(piece: Piece) -> Iterator[Piece]:
    """White space is no token, and none but a study word holds any."""
    if piece.text.isspace():
        return
    if len(piece.text.split()) == 1 and piece.text == piece.text.strip():
        yield piece
        return
    for found in _NOT_SPACE.finditer(piece.text):
        yield Piece(piece.start + found.start(), found.group(), piece.lemma, piece.pos)


def _sentence_starts(text: str, pieces: list[Piece]) -> Iterator[int]:
    """Sentences end at 。！？!?, at a full stop before white space and at line ends; closing signs and emoji join."""
    ended, end = True, 0
    for piece in pieces:
        gap = text[end : piece.start]
        if "\n" in gap or (ended and not (end and _GOES_ON.fullmatch(piece.text))):
            yield piece.start
            ended = False
        end = piece.start + len(piece.text)
        if _ENDS.fullmatch(piece.text):
            ended = piece.text[0] != "." or not text[end : end + 1].strip() or has_han(text[end : end + 1])


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
    spacy = importlib.import_module("spacy")  # takes seconds: only where a text needs it
    return spacy.load(name) if name else spacy.blank("en")


@cache
def _dictionary_digest() -> str:
    """First 8 hex digits of the SHA-256 of jieba's own dictionary, of which rjieba carries a copy."""
    place = importlib.util.find_spec("jieba")
    if place is None or not place.submodule_search_locations:
        return "unknown"
    content = (Path(place.submodule_search_locations[0]) / "dict.txt").read_bytes()
    return hashlib.sha256(content).hexdigest()[:8]
