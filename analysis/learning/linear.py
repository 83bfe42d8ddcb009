"""A linear model of sentiment in plain numbers: what of a text it counts, and how likely it makes each class."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import add
from pathlib import Path
from typing import Any

from analysis.signs.polarity import LEXICONS, Reading, polarity
from corpus.errors import UserError
from corpus.identity import digest
from corpus.scripts import HAN
from corpus.strictjson import JSONFault, read_json

CLASSES = ("negative", "neutral", "positive")
PARTS = ("zh", "en")
MODEL = LEXICONS / "sentiment_model.json"
PINNED = "77db45d78b09c4626b9eee3fc10eb54b399a054beaa9bf77ce36fe4006bd57fd"
"""SHA-256 of the model that is shipped with this version; `make train` tells the new one."""

NUMBERS = ("squashed", "sharp", "good", "bad", "best", "worst", "first", "last", "lean", "both", "none", "asks", "exclaims", "length")  # fmt: skip
FORMAT, SCALE = 1, 1000

_HAN_RUN = re.compile(f"[{HAN}]+")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")

Row = tuple[float, float, float]
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Part:
    """One language's weights of negative and positive over neutral: of the numbers by their order, of words by name."""

    offsets: Pair
    numbers: tuple[Pair, ...]
    words: Mapping[str, Pair]
    heat: float
    """What scores are divided by before they become probabilities: above 1 makes them less sure."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model's parts by language, what it was trained on (source, licence, rows), and the SHA-256 of its file."""

    parts: Mapping[str, Part]
    trained: tuple[Mapping[str, Any], ...]
    digest: str

    def likely(self, reading: Reading) -> Row | None:
        """How likely each of CLASSES is for a text that was read, or None where nothing in it is known."""
        part, held = self.parts[part_of(reading)], words(reading.plain)
        known = [pair for pair in map(part.words.get, held) if pair]
        if not known and not reading.found:
            return None
        bad, good = part.offsets
        for (one, other), value in zip(part.numbers, numbers(reading), strict=True):
            bad, good = bad + one * value, good + other * value
        for one, other in known:
            bad, good = bad + one, good + other
        return _shares(bad / part.heat, good / part.heat)


def _shares(bad: float, good: float) -> Row:
    most = max(bad, 0.0, good)
    one, two, three = math.exp(bad - most), math.exp(-most), math.exp(good - most)
    total = one + two + three
    return one / total, two / total, three / total


def part_of(reading: Reading) -> str:
    """Which part of a model reads a text: ``zh`` where it has Han signs, or no letters at all, else ``en``."""
    return "en" if not reading.han and _WORD.search(reading.plain) else "zh"


def numbers(reading: Reading) -> tuple[float, ...]:
    """What the lexicon's words weigh together, in the order of NUMBERS; each is of the order of 1."""
    found, plain = reading.found, reading.plain
    asks, exclaims = float("?" in plain), float("!" in plain)
    length = math.log1p(len(plain)) / 5
    if not found:
        return (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, asks, exclaims, length)
    weights = [one.weight for one in found]
    good = math.fsum(weight for weight in weights if weight > 0)
    bad = math.fsum(-weight for weight in weights if weight < 0)
    total, size = good - bad, good + bad
    return (
        polarity(found),
        total / math.sqrt(total * total + 3),
        math.log1p(good),
        math.log1p(bad),
        max(*weights, 0.0) / 3,
        min(*weights, 0.0) / 3,
        weights[0] / 3,
        weights[-1] / 3,
        total / size if size else 0.0,
        float(good > 0 and bad > 0),
        0.0,
        asks,
        exclaims,
        length,
    )


def words(plain: str) -> set[str]:
    """Han signs and pairs of them, and English words, each once; of a folded text in Simplified script."""
    found: set[str] = set()
    if not plain.isascii():
        for run in _HAN_RUN.findall(plain):
            found.update(run)
            found.update(map(add, run, run[1:]))
    found.update(_WORD.findall(plain))
    return found


def load_model(path: Path, pinned: str | None = None) -> Model:
    """The model in ``path``; raises UserError where it is none, or not the file whose SHA-256 is ``pinned``."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(f"the sentiment model cannot be read: {error}", where=path) from error
    if pinned is not None and digest(raw) != pinned:
        raise UserError(
            f"the sentiment model is not the one of this version: its SHA-256 is {digest(raw)}, not {pinned}",
            where=path,
            hint="install Huanying again; after `make train` put the new digest into analysis/learning/linear.py",
        )
    try:
        body = read_json(raw)
        if body["format"] != FORMAT or tuple(body["classes"]) != CLASSES or tuple(body["numbers"]) != NUMBERS:
            raise ValueError("of another form")
        parts = {name: _part(body["parts"][name]) for name in PARTS}
        return Model(parts, tuple(dict(one) for one in body["trained"]), digest(raw))
    except (JSONFault, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"no sentiment model: {error}", where=path, hint="train it again") from error


def _part(body: Mapping[str, Any]) -> Part:
    rows = tuple(map(_pair, body["numbers"]))
    if len(rows) != len(NUMBERS) or not float(body["heat"]) > 0:
        raise ValueError("not as many numbers as it should have")
    listed = {str(word): _pair(row) for word, row in body["words"].items()}
    return Part(_pair(body["offsets"]), rows, listed, float(body["heat"]))


def _pair(row: Sequence[int]) -> Pair:
    bad, neutral, good = row
    return (int(bad) - int(neutral)) / SCALE, (int(good) - int(neutral)) / SCALE


@cache
def shipped() -> Model:
    """The model that comes with this version; raises UserError where its file was changed."""
    return load_model(MODEL, PINNED)
