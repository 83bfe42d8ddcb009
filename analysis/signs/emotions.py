"""The emotions that a text may express: a study's labels and maps, the signs of each, and what they weigh in a text."""

import math
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ConfigDict, Field

from analysis.signs.codebook import RESERVED, ThemeId
from analysis.signs.phrases import Phrasebook, Plain, denied
from analysis.signs.polarity import LEXICONS, lexicons_digest
from corpus.faults import line_of, load_right
from corpus.identity import digest
from corpus.studyfile import Filled, Part

_FILES = ("emotion_zh.toml", "emotion_en.toml")
_OWN_WEIGHT = 1.0
_MARK_WEIGHT, _WEAK_MARK_WEIGHT = 1.0, 0.5
# A sign in a question is half a sign, and so is one that is said of others where the emotion is a state of the writer.
_ASKED, _OF_OTHERS = 0.5, 0.25
_ASKING = frozenset(("curiosity", "confusion", "surprise"))
_STATES = frozenset(("sadness", "fear", "anger", "curiosity", "confusion", "surprise", "pride", "disgust"))
_SENTENCE_END = re.compile(r"[.!?;。\n]")
_OTHERS = re.compile(
    r"(?:他们?|她们?|人家|别人|有人|有的人|大家都?|美国人|外国人|老外|网友们?)(?:[很都会就也真更太非常有点]{0,2})$"
    r"|(?<![a-z])(?:they|he|she|people|everyone|everybody|someone|americans|foreigners|(?:are|were) you"
    r"|you are|you're|they're|if you|if you're|don't be|some)"
    r"(?: (?:are|is|was|were|be|get|got|seem|seems|so|very|really|all|just|feel|felt))*[ ]$"
)


class Emotion(Part):
    """An emotion of a study: its names, its counterparts in other sets of labels, and signs beside the lexicon's."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: ThemeId
    name: dict[str, Filled]
    cues: tuple[Filled, ...] = ()
    """Literal words, phrases and emoji, each of weight 1 where the lexicon gives it no other for this emotion."""


class Emotions(Part):
    """What a machine reads of an emotions file; the rest of it is for coders."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    emotion: tuple[Emotion, ...] = Field(min_length=1)
    crosswalk: dict[str, dict[str, str | list[str]] | str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Felt:
    """A sign of an emotion at its place in the stored text, with what it weighs there; `string` tells equal ones."""

    emotion: str
    weight: float
    start: int
    end: int
    string: str


def load_emotions(path: Path) -> Emotions:
    """The emotions file at ``path``; raises UserError with every fault, each with its line."""
    return load_right(path, Emotions, _faults_of)


def _faults_of(path: Path, book: Emotions) -> list[str]:
    text = path.read_text(encoding="utf-8-sig")
    faults = []
    ids = [one.id for one in book.emotion]
    for index, name in enumerate(ids):
        where = f"  {path}:{line_of(text, ('emotion', index, 'id'))}: emotion.{index}.id: {name!r}"
        if name in ids[:index]:
            faults.append(f"{where} is named twice")
        if name in RESERVED and (name != "none" or book.emotion[index].cues):
            faults.append(f"{where} is a label with a meaning of its own; take another, or `none` without cues")
    return faults


@cache
def built_in() -> dict[str, dict[str, float]]:
    """The lexicon's signs: by emotion, each string and its weight."""
    signs: dict[str, dict[str, float]] = {}
    for name in _FILES:
        for emotion, group in _lexicon(name).items():
            if emotion == "nothing":
                continue
            mine = signs.setdefault(emotion, {})
            for tier, listed in group.items():
                weight = {"marks": _MARK_WEIGHT, "weak": _WEAK_MARK_WEIGHT}.get(tier)
                for string in _split(listed, marks=weight is not None):
                    mine[string] = max(mine.get(string, 0.0), float(tier) if weight is None else weight)
    return signs


def _lexicon(name: str) -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = tomllib.loads((LEXICONS / name).read_text(encoding="utf-8"))
    return table


def _split(listed: str, *, marks: bool) -> list[str]:
    """Strings between commas where there are any, as in English, else between spaces."""
    if "," in listed and not marks:
        return [string for string in (" ".join(part.split()) for part in listed.split(",")) if string]
    return listed.split()


@cache
def emotions_digest() -> str:
    """First 8 hex digits of the SHA-256 over the lexicon's files and those that tell denials, for the version of what is
    made with them."""
    own = b"".join((LEXICONS / name).read_bytes() for name in _FILES)
    return digest(own + lexicons_digest().encode())[:8]


class EmotionFinder:
    """Finds the signs of a set of emotions: the lexicon's, and those of a study's file where there is one."""

    def __init__(self, book: Emotions | None = None) -> None:
        given = built_in()
        own = {one.id: one.cues for one in book.emotion if one.id != "none"} if book else dict.fromkeys(given, ())
        self.labels = tuple(own)
        meanings: dict[str, dict[str, float]] = {}
        for emotion, cues in own.items():
            listed = dict.fromkeys(cues, _OWN_WEIGHT) | given.get(emotion, {})
            for string, weight in listed.items():
                meanings.setdefault(string, {})[emotion] = weight
        for name in _FILES:
            for string in _split(_lexicon(name)["nothing"]["text"], marks=False):
                meanings.setdefault(string, {})
        self._book = Phrasebook({string: tuple(sorted(meant.items())) for string, meant in meanings.items()})

    def find(self, read: Plain) -> list[Felt]:
        """Every sign that is not denied, in order of place."""
        found: list[Felt] = []
        text, since = read.text, 0
        for start, end, meant in self._book.find(text):
            if not meant:
                continue
            mark = not text[start].isalnum()
            if mark or not denied(text, start, since):
                asked = not mark and _is_asked(text, end)
                others = not mark and _OTHERS.search(text, max(0, start - 24), start) is not None
                place = read.span(start, end)
                for emotion, weight in meant:
                    weight *= _ASKED if asked and emotion not in _ASKING else 1.0
                    weight *= _OF_OTHERS if others and emotion in _STATES else 1.0
                    found.append(Felt(emotion, weight, *place, text[start:end]))
            since = end
        return found


def _is_asked(text: str, end: int) -> bool:
    stop = _SENTENCE_END.search(text, end, end + 60)
    return stop is not None and stop.group() == "?"


def strengths(found: list[Felt]) -> dict[str, float]:
    """By emotion the sum of the weights of its distinct signs; the same sign again says no more."""
    best: dict[tuple[str, str], float] = {}
    for one in found:
        key = one.emotion, one.string
        best[key] = max(best.get(key, 0.0), one.weight)
    sums: dict[str, float] = {}
    for (emotion, _), weight in sorted(best.items()):
        sums[emotion] = sums.get(emotion, 0.0) + weight
    return sums


def score(strength: float) -> float:
    """A strength as a number in 0..1: 1 - 2**-s, so 0.5 at a strength of 1. It orders labels and is no probability."""
    return 1.0 - math.pow(2.0, -strength)
