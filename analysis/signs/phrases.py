"""Find listed words, phrases and emoji in a text of either script, the longest first, and tell which are denied."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from analysis.signs.cues import Copies, fold
from analysis.signs.polarity import lexicon
from corpus.lemmas import lemmas
from corpus.scripts import EMAIL, HASHTAG, MENTION, URL, has_han

Meaning = TypeVar("Meaning")

_ADDRESS = re.compile(f"{URL}|{EMAIL}|{MENTION}")
_HASHTAG = re.compile(HASHTAG)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_LONG = re.compile(r"([a-z])\1{2,}")
_CLAUSE_END = re.compile(r"[,，.。!！?？;；:：\n~、]")

# How far back a denial reaches, in signs of Chinese and words of English (as the lexicon of sentiment has it), and how
# many signs are looked at for it.
_REACH_ZH, _REACH_EN, _BACK = 4, 4, 32
# After these words "not" denies nothing.
_NO_DENIAL = frozenset(("only", "just", "merely"))


@dataclass(frozen=True, slots=True)
class Plain:
    """A text made ready: folded, Simplified, with addresses blotted out; offsets are those of the folded copy."""

    text: str
    copies: Copies

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the stored text."""
        return self.copies.span(start, end)


def plain(text: str, *, hashtags: bool = False) -> Plain:
    """``text`` ready to be searched; mentions and addresses are blanks in it, and hashtags unless asked for."""
    copies = fold(text)
    ready = copies.simplified.replace("’", "'")
    if "@" in ready or "://" in ready or "www." in ready:
        ready = _blank(_ADDRESS, ready)
    if not hashtags and "#" in ready:
        ready = _blank(_HASHTAG, ready)
    return Plain(ready, copies)


def _blank(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: " " * len(match.group()), text)


class Phrasebook(Generic[Meaning]):
    """Strings and what each means. An English word is also found in its inflections, and with letters drawn out."""

    def __init__(self, meanings: Mapping[str, Meaning]) -> None:
        """``meanings``: by string as a writer would write it; it is folded here like the texts."""
        self._meanings = {_key(string): meaning for string, meaning in meanings.items() if _key(string)}
        lengths: dict[str, set[int]] = {}
        for string in self._meanings:
            lengths.setdefault(_head(string, 0), set()).add(len(string))
        # By the first word, or else the first two signs: the lengths to try, longest first.
        self._lengths = {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()}
        signs = "".join(re.escape(first) for first in sorted({first[0] for first in lengths}) if not _in_word(first))
        words = r"(?<![a-z0-9])[a-z0-9]"
        self._first = re.compile(f"{words}|[{signs}]" if signs else words)

    def find(self, text: str) -> Iterator[tuple[int, int, Meaning]]:
        """Start, end and meaning of each string found in ``text`` (of a `Plain`), from left to right, disjoint."""
        after = 0
        for match in self._first.finditer(text):
            start = match.start()
            if start < after:
                continue
            found = self._at(text, start)
            if found is not None:
                after, meaning = found
                yield start, after, meaning

    def _at(self, text: str, start: int) -> tuple[int, Meaning] | None:
        first = _head(text, start)
        for length in self._lengths.get(first, ()):
            string = text[start : start + length]
            end = start + len(string)
            if string in self._meanings and not (_in_word(string[-1]) and _in_word(text[end : end + 1])):
                return end, self._meanings[string]
        if not _in_word(first[0]):
            return (start + 1, self._meanings[first[0]]) if first[0] in self._meanings else None
        end = start + len(first)
        if _in_word(text[end : end + 1]):
            return None
        for form in _forms(first):
            if form in self._meanings:
                return end, self._meanings[form]
        return None


def _head(text: str, start: int) -> str:
    word = _WORD.match(text, start)
    return word.group() if word else text[start : start + 2]


def _key(string: str) -> str:
    return fold(string).simplified.replace("’", "'").strip("\ufe0f ")


def _in_word(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


@lru_cache(maxsize=50_000)
def _forms(word: str) -> tuple[str, ...]:
    stem = word.removesuffix("'s")
    shorter = (_LONG.sub(r"\1\1", word), _LONG.sub(r"\1", word)) if _LONG.search(word) else ()
    return (*shorter, stem, lemmas().get(stem, stem))


def denied(text: str, start: int, since: int = 0) -> bool:
    """Whether what stands at ``start`` is denied ("not", 没有) in its own clause, by signs not before ``since``.

    The negations and their reach are those of the lexicons of sentiment.
    """
    head = text[max(since, start - _BACK, 0) : start]
    cut = max((match.end() for match in _CLAUSE_END.finditer(head)), default=0)
    return _denies(head[cut:])


@lru_cache(maxsize=20_000)
def _denies(head: str) -> bool:
    turned = False
    if has_han(head):
        for _, end, negates in _negations().find(head):
            turned ^= negates and len(head) - end <= _REACH_ZH
    words = _WORD.findall(head)[-_REACH_EN:]
    senses = lexicon("en").senses
    for number, word in enumerate(words):
        sense = senses.get(word)
        if sense is not None and sense.negates and not _NO_DENIAL.intersection(words[number + 1 : number + 2]):
            turned = not turned
    return turned


@lru_cache(maxsize=1)
def _negations() -> Phrasebook[bool]:
    """Every Chinese string of the lexicon, so that 不 of 不得不 or 是不是 denies nothing."""
    return Phrasebook({string: sense.negates for string, sense in lexicon("zh").senses.items()})
