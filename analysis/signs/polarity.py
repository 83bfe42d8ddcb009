"""Weigh the words of feeling in a text: how good or bad it speaks, by lexicon, negation, degree and contrast."""

import math
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import add
from pathlib import Path

from analysis.signs.cues import Copies, fold
from corpus.identity import digest
from corpus.lemmas import lemmas
from corpus.scripts import BRACKET_EMOJI, EMAIL, HASHTAG, MENTION, URL, has_han

LEXICONS = Path(__file__).resolve().parent.parent / "lexicons"
_FILES = ("sentiment_zh.toml", "sentiment_en.toml")

# How far back, in signs of Chinese and in words of English, a negation or a degree still reaches.
_REACH_ZH = 4
_REACH_EN = 4
# A negated good word is bad but less so than a bad one; a negated bad word says nothing.
_NEGATED_GOOD, _NEGATED_BAD = -0.8, 0.0
_BEFORE_CONTRAST, _AFTER_CONTRAST = 0.6, 1.4
_ASKED = 0.5
_REFUTED = -0.8
_EXCLAIMED = 1.15
_SHOUTED = 1.2
_SQUASH = 12.0
_FEW = 24  # signs of a text that may be made of acronyms alone

_ADDRESS = re.compile(f"{URL}|{EMAIL}|{MENTION}")
_HASHTAG = re.compile(HASHTAG)
_BRACKET = re.compile(BRACKET_EMOJI)
_GOOD_TO = "看吃听喝用玩闻笑奇像感转学懂"
_CLAUSE = re.compile(r"[^,，.。!！?？;；:：\n…~～、]+[!！?？]*|[!！?？]+")
_SENTENCE = re.compile(r"[^.!?\n;。！？；]+[.!?。！？]*|[!?！？]+")
_ENGLISH = re.compile(r"[a-z]+(?:'[a-z]+)*")
_LONG = re.compile(r"([a-z])\1{2,}")
# What speaks of nothing that is there: wishes (如果再便宜点就好了, 希望服务能改善) and movements of figures (上涨0.2%).
_WISHED = re.compile(
    r"(?:如果|要是|若是|假如|[要再能])[^,，。!！?？;；\n]{0,16}就[更太最]?好[了啦]"
    r"|(?:希望|建议|但愿)[^,，。!！?？;；\n]{0,20}(?:改进|改善|改良|改正|提高|提升|加强|完善|优化|整改|重视|解决|修复)"
)
_WISHES = ("就", "希望", "建议", "但愿")
_MOVED = re.compile(r"(?:上涨|增长|提升|提高|回升|下跌|下降)(?=(?:了|至|到|约|近|逾|超过?){0,2}\s?\d)")
_RHETORICAL = "谁说"


@dataclass(frozen=True, slots=True)
class Found:
    """A word of feeling at its place in the stored text, with what it weighs there."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of feeling of a text in order of place, and the text folded, Simplified, without marks and addresses."""

    found: list[Found]
    folded: str
    """With marks and addresses."""
    plain: str
    han: bool
    """Whether it holds Han signs."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What a string of the lexicon can be; a few are both word and degree (好 alone, 好难)."""

    word: float | None = None
    degree: float | None = None
    negates: bool = False
    contrasts: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language's strings and their senses; `lengths` gives for two first signs the lengths to try, longest first."""

    senses: dict[str, Sense]
    lengths: dict[str, tuple[int, ...]]
    starts: frozenset[str]
    """First words of the phrases of several."""
    marks: dict[str, float]
    """Emoji, emoticons and, in Chinese, the names within brackets."""


@cache
def lexicon(name: str) -> Lexicon:
    """The lexicon of ``zh`` or ``en``."""
    table = tomllib.loads((LEXICONS / f"sentiment_{name}.toml").read_text(encoding="utf-8"))
    senses: dict[str, Sense] = {}
    words = {word: float(group["weight"]) for group in table["words"] for word in group["text"].split()}
    words |= {
        phrase: float(weight) for weight, listed in table.get("phrases", {}).items() for phrase in listed.split("|")
    }
    degrees = {word: float(weight) for weight, listed in table["degrees"].items() for word in listed.split()}
    negators = frozenset(table["negators"].split()) | frozenset(filter(None, table.get("denying", "").split("|")))
    contrasts = frozenset(table["contrast"].split())
    for string in sorted({*words, *degrees, *negators, *contrasts}):
        negates, contrast = string in negators, string in contrasts
        senses[string] = Sense(
            None if negates or contrast else words.get(string), degrees.get(string), negates, contrast
        )
    lengths: dict[str, set[int]] = {}
    for string in senses:
        lengths.setdefault(string[:2], set()).add(len(string))
    starts = frozenset(string.split()[0] for string in senses if " " in string)
    marks = table.get("bracket") or table["emoji"]
    if name == "zh":
        found = {mark: float(weight) for weight, listed in marks.items() for mark in listed.split()}
        found |= {mark: float(weight) for weight, listed in table["emoji"].items() for mark in listed.split()}
    else:
        found = {mark.lower(): float(weight) for mark, weight in marks.items()}
    tried = {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()}
    return Lexicon(senses, tried, starts, found)


@cache
def lexicons_digest() -> str:
    """First 8 hex digits of the SHA-256 over both lexicon files, for the version of what is made with them."""
    return digest(b"".join((LEXICONS / name).read_bytes() for name in _FILES))[:8]


def weigh(text: str) -> list[Found]:
    """Every word of feeling in ``text``, Chinese and English, in order of place, with what it weighs there."""
    return read(text).found


def read(text: str) -> Reading:
    """``text`` with its words of feeling found."""
    copies = fold(text)
    folded = plain = copies.simplified.replace("’", "'")
    found = list(_marks(plain, copies))
    if "[" in plain:
        plain = _blank(_BRACKET, plain)
    if "@" in plain or "://" in plain or "www." in plain:
        plain = _blank(_ADDRESS, plain)
    han = not plain.isascii() and has_han(plain)
    if han:
        found += _chinese(_meant(_blank(_HASHTAG, plain) if "#" in plain else plain), copies)
    elif len(plain) <= _FEW and all(map(lexicon("zh").senses.__contains__, _ENGLISH.findall(plain))):
        found += _chinese(plain, copies)  # yyds and the like alone: Chinese without a Han sign
    if _ENGLISH.search(plain):
        found += _english(plain, text, copies)
    if len(found) > 1:
        found.sort(key=_place)
    return Reading(found, folded, plain, han)


def _place(one: Found) -> tuple[int, int]:
    return one.start, one.end


def polarity(found: list[Found]) -> float:
    """The score of a text, -1 (bad) to 1 (good), from what its words weigh; 0 where there are none.

    The sum s is squashed to s / sqrt(s² + 12), so that long texts do not count more than they say.
    """
    total = math.fsum(one.weight for one in found)
    return total / math.sqrt(total * total + _SQUASH)


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: " " * len(match.group()), text)


def _meant(text: str) -> str:
    """The text without what speaks of nothing that is there, and without what is granted before another thing is said:
    贵是贵; of 不是不 the two denials, too."""
    if any(one in text for one in _WISHES):
        text = _blank(_WISHED, text)
    text = _blank(_MOVED, text)
    granted = []
    at = text.find("是", 1)
    while at > 0:
        for size in (3, 2, 1):
            word = text[max(0, at - size) : at]
            if text.startswith(word, at + 1) and has_han(word):
                granted.append((at - len(word), at + 1 + len(word)))
                break
        at = text.find("是", at + 1)
    if not granted:
        return text
    signs = list(text)
    for start, end in granted:
        signs[start:end] = " " * (end - start)
    return "".join(signs)


def _marks(plain: str, copies: Copies) -> Iterator[Found]:
    chinese, english = lexicon("zh").marks, lexicon("en").marks
    for match in _BRACKET.finditer(plain) if "[" in plain else ():
        name = match.group()[1:-1]
        weight = chinese.get(name) or chinese.get(name.removesuffix("r"))
        if weight:
            yield Found(*copies.span(*match.span()), weight)
    before, (signs, hint, emoticons) = "", _mark_patterns()
    for match in () if plain.isascii() else signs.finditer(plain):
        mark = match.group()
        # The same mark again and again says it once more, not every time.
        yield Found(*copies.span(*match.span()), chinese[mark] * (0.3 if mark == before else 1.0))
        before = mark
    for match in emoticons.finditer(plain) if hint.search(plain) or "xd" in plain else ():
        mark = match.group()
        yield Found(*copies.span(*match.span()), english[mark] * (0.3 if mark == before else 1.0))
        before = mark


@cache
def _mark_patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """The emoji that are known, a sign that every emoticon but xD holds, quick to look for, and the emoticons."""
    emoji = "".join(mark for mark in lexicon("zh").marks if not (mark[0].isalnum() or has_han(mark)))
    emoticons = sorted(lexicon("en").marks, key=lambda mark: (-len(mark), mark))
    signs = sorted({sign for mark in emoticons for sign in mark if not sign.isalnum()})
    return (
        re.compile(f"[{emoji}]"),
        re.compile(f"[{re.escape(''.join(signs))}]"),
        re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, emoticons))})(?![a-z0-9/])"),
    )


def _chinese(plain: str, copies: Copies) -> Iterator[Found]:
    for sentence in _SENTENCE.finditer(plain):
        clauses = [
            _clause_zh(clause.group(), sentence.start() + clause.start())
            for clause in _CLAUSE.finditer(sentence.group())
        ]
        turns = sum(turns_at is not None for _, turns_at in clauses)
        turned = False
        for found, turns_at in clauses:
            turns -= turns_at is not None
            turned |= turns_at is not None
            before = _BEFORE_CONTRAST**turns
            for start, end, weight in found:
                after = _AFTER_CONTRAST if turned and start >= (turns_at or 0) else 1.0
                yield Found(*copies.span(start, end), weight * after * before)


def _clause_zh(clause: str, offset: int) -> tuple[list[tuple[int, int, float]], int | None]:
    """Words of feeling of one clause, and where in the text it turns ("but")."""
    items = list(_items(clause, lexicon("zh")))
    if not items:
        return [], None
    tone = (_ASKED if "?" in clause else 1.0) * (_EXCLAIMED if "!" in clause else 1.0)
    refuted = _RHETORICAL in clause
    found, turn = [], None
    for index, (start, end, sense) in enumerate(items):
        if sense.contrasts:
            turn = offset + end
        following = items[index + 1] if index + 1 < len(items) else None
        as_degree = sense.degree is not None and following and following[0] == end and following[2].word
        if not sense.word or as_degree:
            continue
        weight = sense.word
        negated = False
        for place in range(index - 1, -1, -1):
            _, before_end, before = items[place]
            if start - before_end > _REACH_ZH or (before.word and before.degree is None):
                break
            # 从没吃过这么...: what was never met before is this, so nothing is denied.
            negated ^= before.negates and "过" not in clause[before_end:start]
            weight *= before.degree or 1.0
        if following and following[0] == end and following[2].degree and not following[2].word:
            weight *= following[2].degree if following[1] - following[0] > 1 else 1.0
        if negated:
            weight *= _NEGATED_GOOD if weight > 0 else _NEGATED_BAD
        found.append((offset + start, offset + end, weight * (_REFUTED if refuted else tone)))
    return found, turn


def _items(text: str, lexicon: Lexicon) -> Iterator[tuple[int, int, Sense]]:
    senses, lengths, done = lexicon.senses, lexicon.lengths, 0
    pairs = map(add, text, f"{text[1:]} ")
    for start in [
        at for at, (sign, pair) in enumerate(zip(text, pairs, strict=True)) if pair in lengths or sign in senses
    ]:
        if start < done:
            continue
        for length in (*lengths.get(text[start : start + 2], ()), 1):
            end = start + length
            sense = senses.get(text[start:end])
            if sense is not None and end <= len(text) and _stands(text, start, end):
                yield start, end, sense
                done = end
                break


def _stands(text: str, start: int, end: int) -> bool:
    """Whether a string found is not cut out of others: an ASCII one of a longer word, 很好 of 很 and 好看."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if text[start].isascii():
        return not ((before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum()))
    return not (end - start > 1 and text[end - 1] == "好" and after in _GOOD_TO and after)


def _english(plain: str, text: str, copies: Copies) -> Iterator[Found]:
    book = lexicon("en")
    for sentence in _SENTENCE.finditer(plain):
        words = [(match.start(), match.end(), match.group()) for match in _ENGLISH.finditer(sentence.group())]
        senses = _senses_en(words, book)
        turn = max((index for index, (_, sense) in senses.items() if sense.contrasts), default=-1)
        tone = (_ASKED if "?" in sentence.group() else 1.0) * (_EXCLAIMED if "!" in sentence.group() else 1.0)
        for index, (last, sense) in senses.items():
            if not sense.word:
                continue
            start, end = copies.span(sentence.start() + words[index][0], sentence.start() + words[last][1])
            weight = _in_place(index, sense.word, senses) * tone
            if turn >= 0:
                weight *= _AFTER_CONTRAST if index > turn else _BEFORE_CONTRAST
            shown = text[start:end]
            yield Found(start, end, weight * (_SHOUTED if len(shown) > 2 and shown.isupper() else 1.0))


def _in_place(index: int, weight: float, senses: dict[int, tuple[int, Sense]]) -> float:
    negated = False
    for distance in range(1, _REACH_EN + 1):
        before = senses.get(index - distance)
        if before is None:
            continue
        negated ^= before[1].negates
        if before[1].degree:
            weight *= 1 + (before[1].degree - 1) * (1 - 0.3 * (distance - 1))
    if negated:
        weight *= _NEGATED_GOOD if weight > 0 else _NEGATED_BAD
    return weight


def _senses_en(words: list[tuple[int, int, str]], book: Lexicon) -> dict[int, tuple[int, Sense]]:
    """By number of the first word: the number of the last one, and what they are; phrases before single words."""
    found: dict[int, tuple[int, Sense]] = {}
    index = 0
    while index < len(words):
        for length in (3, 2) if words[index][2] in book.starts else ():
            phrase = " ".join([word for _, _, word in words[index : index + length]])
            if index + length <= len(words) and phrase in book.senses:
                found[index] = (index + length - 1, book.senses[phrase])
                index += length
                break
        else:
            sense = _sense_en(words[index][2])
            if sense is not None:
                found[index] = (index, sense)
            index += 1
    return found


@lru_cache(maxsize=50_000)
def _sense_en(word: str) -> Sense | None:
    book = lexicon("en")
    if word in book.senses:
        return book.senses[word]
    for shorter in (_LONG.sub(r"\1\1", word), _LONG.sub(r"\1", word)):
        if shorter != word and shorter in book.senses:
            return book.senses[shorter]
    stem = word.removesuffix("'s")
    return book.senses.get(lemmas().get(stem, stem))
