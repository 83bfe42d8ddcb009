"""The words by which texts differ in what they are about: each language's content words, document by document."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from corpus.scripts import LATIN, has_han, to_simplified
from corpus.snapshot import Snapshot

Side = Literal["zh", "en"]
SIDES: tuple[Side, ...] = ("zh", "en")
Numbers = npt.NDArray[np.int32]
LEAST_WORDS = 2
"""Content words of the vocabulary, all different, that a document must hold for a topic to be told."""
_RARE, _RARER, _COMMON, _MOST = 3, 2_000, 0.4, 20_000
"""A word stands in at least 3 texts and in one of 2,000, in at most 40 % of them; of those the 20,000 of most texts."""
_LATIN_WORD = re.compile(rf"[{LATIN}][{LATIN}'’-]*[{LATIN}]")
_HAN_WORD = re.compile(r"[^\W\d_]{2,}")
_SHORTEST_LATIN = 3
_PLAIN = Path(__file__).resolve().parent.parent / "lexicons" / "plain_words.toml"


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's documents: their ids, and of each the numbers of its content words in order."""

    side: Side
    ids: list[str]
    words: tuple[str, ...]
    sequences: list[Numbers]


@dataclass(slots=True)
class _Gathered:
    ids: list[str] = field(default_factory=list)
    sequences: list[list[str]] = field(default_factory=list)


@cache
def plain_words() -> frozenset[str]:
    """Words that no topic is told by, in both languages."""
    found = tomllib.loads(_PLAIN.read_text(encoding="utf-8"))
    return frozenset(f"{found['zh']} {found['en']}".split())


@cache
def content_word(token: str, lemma: str | None) -> tuple[str, Side] | None:
    """A token as the word it counts as, and its side: Han in Simplified script, Latin as its base form in lower case.

    None for marks, numbers, single signs, names of accounts, addresses, hashtags and words that stand everywhere.
    """
    if has_han(token):
        word = to_simplified(token).lower()
        return None if word in plain_words() or not _HAN_WORD.fullmatch(word) else (word, "zh")
    if not _LATIN_WORD.fullmatch(token):
        return None
    word = (lemma or token).lower().replace("’", "'")
    plain = len(word) < _SHORTEST_LATIN or word in plain_words() or token.lower() in plain_words()
    return None if plain else (word, "en")


def gather(snapshot: Snapshot) -> tuple[dict[Side, Texts], tuple[str, ...]]:
    """The texts of each language of a corpus, in the order of the table `tokens`, and the ids of all others.

    A mixed text is one of both languages, with its words of each.
    """
    languages: dict[str, str] = {}
    for part in snapshot.slices("documents", ("id", "language")):
        languages |= zip(part.column("id").to_pylist(), part.column("language").to_pylist(), strict=True)
    gathered: dict[Side, _Gathered] = {side: _Gathered() for side in SIDES}
    for part in snapshot.slices("tokens", ("document_id", "tokens", "lemmas")):
        for row in part.to_pylist():
            tokens = row["tokens"] or []
            words = [content_word(*one) for one in zip(tokens, row["lemmas"] or [None] * len(tokens), strict=True)]
            for side, sides in _read_as(languages.get(row["document_id"])):
                gathered[side].ids.append(row["document_id"])
                gathered[side].sequences.append([one[0] for one in words if one and one[1] in sides])
    read = {name for found in gathered.values() for name in found.ids}
    others = tuple(sorted(languages.keys() - read))
    return {side: texts(side, found.ids, found.sequences) for side, found in gathered.items()}, others


def _read_as(language: str | None) -> Iterable[tuple[Side, tuple[Side, ...]]]:
    """As which sides a text is read, each with the words that it takes: Chinese texts hold names in Latin letters."""
    if language == "mul":
        return (("zh", ("zh",)), ("en", ("en",)))
    if language and language.startswith("zh"):
        return (("zh", SIDES),)
    return (("en", ("en",)),) if language == "en" else ()


def texts(side: Side, ids: list[str], sequences: Sequence[Sequence[str]]) -> Texts:
    """The texts with their words as numbers; words too rare or too common for topics are left out."""
    documents = Counter(word for sequence in sequences for word in set(sequence))
    least = max(_RARE, len(sequences) // _RARER)
    most = max(_COMMON * len(sequences), least)
    kept = sorted((-count, word) for word, count in documents.items() if least <= count <= most)[:_MOST]
    words = tuple(sorted(word for _, word in kept))
    numbers = {word: number for number, word in enumerate(words)}
    return Texts(
        side,
        ids,
        words,
        [np.array([numbers[word] for word in sequence if word in numbers], np.int32) for sequence in sequences],
    )


def as_words(written: str) -> list[str]:
    """What is written in a study's file as the content words it would count as; a Chinese word is one word."""
    found = (content_word(part, None) for part in written.split())
    return [one[0] for one in found if one]
