"""Train the linear model of sentiment: from the project's own texts, and from labelled texts that the user supplies."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.learning.linear import CLASSES, FORMAT, MODEL, NUMBERS, PARTS, PINNED, SCALE, numbers, part_of, words
from analysis.signs.polarity import LEXICONS, read
from corpus.errors import UserError
from corpus.identity import digest
from corpus.jsonlines import read_lines
from corpus.strictjson import JSONFault, read_json

OWN = LEXICONS / "sentiment_texts.txt"
STUDYS = "sentiment.model.json"
"""The file's name in the folder of a study that has a model of its own."""
OWN_LICENCE = "MIT, written for this project"
_FREE = ("MIT", "Apache-2.0", "BSD", "CC0", "CC BY 4.0")
"""What a licence must begin with for what is learned from a row to be shipped."""
_SIGNS = {"-": "negative", "0": "neutral", "+": "positive"}

# How often an own text counts, the ridge, the value of a word beside the numbers, what is added to neutral's score, and
# what scores are divided by to be as sure as they are right: chosen on development texts, no weight was.
_OWN_COUNTS = 2.0
_FEWEST = 2  # texts that a word must stand in to have a weight
_RIDGE = {"zh": 3.0, "en": 3.0}
_WORD_SIZE = {"zh": 1.0, "en": 0.5}
_NUDGE = {"zh": 0.3, "en": 0.0}
_HEAT = {"zh": 2.2, "en": 1.6}
_STEPS = 400

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, order=True)
class Labelled:
    """A text with its class, where it comes from and under which licence."""

    source: str
    licence: str
    label: str
    text: str


def own_texts(path: Path = OWN) -> list[Labelled]:
    """The project's own labelled texts: a line each, ``+``, ``0`` or ``-`` before it; raises UserError naming the line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        if line[0] not in _SIGNS or line[1:2] != " " or not line[2:].strip():
            raise UserError("no labelled text", where=f"{path}:{number}", hint="write +, 0 or -, a space and the text")
        found.append(Labelled("own texts", OWN_LICENCE, _SIGNS[line[0]], line[2:].strip()))
    return found


def supplied(folder: Path, *, any_licence: bool = False) -> list[Labelled]:
    """The labelled rows of ``folder/sentiment*.jsonl``: objects with text, label, source and licence.

    Only rows are taken whose licence lets what is learned from them be shipped, unless ``any_licence``. Raises UserError
    for a line that is no such object.
    """
    paths = sorted(folder.glob("sentiment*.jsonl"))
    if not paths:
        raise UserError("no sentiment*.jsonl here", where=folder, hint="each line: text, label, source, licence")
    rows = [row for path in paths for row in _rows(path)]
    return [row for row in rows if any_licence or row.licence.startswith(_FREE)]


def _rows(path: Path) -> Iterator[Labelled]:
    for line in read_lines(path):
        try:
            row = read_json(line.raw)
        except JSONFault as fault:
            raise UserError(f"not JSON: {fault}", where=f"{path}:{line.number}") from fault
        names = ("source", "licence", "label", "text")
        values = [row[name] for name in names if isinstance(row.get(name), str)] if isinstance(row, dict) else []
        if len(values) < len(names) or values[2] not in CLASSES:
            hint = f"give text, source and licence, and as label one of {', '.join(CLASSES)}"
            raise UserError("no labelled text", where=f"{path}:{line.number}", hint=hint)
        yield Labelled(*values)


def train(rows: Sequence[Labelled]) -> bytes:
    """The model's file for ``rows``, in whatever order they come.

    Multinomial logistic regression for each language, labels weighted evenly, own texts counted twice; weights rounded
    to thousandths, so that the last bits of a machine's arithmetic do not show. Raises UserError where a class is missing.
    """
    listed = sorted(set(rows))
    body = {
        "format": FORMAT,
        "classes": CLASSES,
        "numbers": NUMBERS,
        "trained": _told(listed),
        "parts": dict(zip(PARTS, _parts(listed), strict=True)),
    }
    return (json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n").encode()


def _told(rows: Sequence[Labelled]) -> list[dict[str, Any]]:
    count = Counter((row.source, row.licence) for row in rows)
    told = []
    for (source, licence), number in sorted(count.items()):
        taken = "".join(f"{row.label}\t{row.text}\n" for row in rows if (row.source, row.licence) == (source, licence))
        told.append({"source": source, "licence": licence, "rows": number, "sha256": digest(taken.encode())})
    return told


def _parts(rows: Sequence[Labelled]) -> Iterator[dict[str, Any]]:
    read_rows = [(row, read(row.text)) for row in rows]
    for name in PARTS:
        inside = [(row, reading) for row, reading in read_rows if part_of(reading) == name]
        held = [words(reading.plain) for _, reading in inside]
        count = Counter(word for found in held for word in found)
        listed = sorted(word for word, often in count.items() if often >= _FEWEST)
        place = {word: number for number, word in enumerate(listed, start=len(NUMBERS))}
        sheet = Sheet.of(
            [numbers(reading) for _, reading in inside],
            [sorted(place[word] for word in found if word in place) for found in held],
            len(NUMBERS) + len(listed),
            _WORD_SIZE[name],
        )
        gold = np.array([CLASSES.index(row.label) for row, _ in inside], dtype=np.int64)
        if len(set(gold.tolist())) < len(CLASSES):
            raise UserError(f"no texts of every class for {name}", hint=f"give some of {', '.join(CLASSES)}")
        counts = np.array([_OWN_COUNTS if row.licence == OWN_LICENCE else 1.0 for row, _ in inside])
        yield _rounded(name, listed, *_fit(sheet, gold, counts, _RIDGE[name]))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sparse table of features: the value at each (row, column), rows in order."""

    rows: Places
    columns: Places
    values: Numbers
    shape: tuple[int, int]

    @classmethod
    def of(cls, dense: Sequence[Sequence[float]], sparse: Sequence[Sequence[int]], width: int, size: float) -> "Sheet":
        """Rows of numbers in the first columns, and of ``size`` at the columns of each row's words."""
        cells = [
            (number, column, value)
            for number, (some, others) in enumerate(zip(dense, sparse, strict=True))
            for column, value in [*enumerate(some), *((column, size) for column in others)]
            if value
        ]
        rows, columns, values = zip(*cells, strict=True)
        shape = (len(dense), width)
        return cls(np.array(rows), np.array(columns), np.array(values, dtype=np.float64), shape)

    def times(self, weights: Numbers) -> Numbers:
        """The table times one column of weights; sums are made in order of place, the same on every machine."""
        return np.bincount(self.rows, self.values * weights[self.columns], self.shape[0]).astype(np.float64)

    def turned_times(self, errors: Numbers) -> Numbers:
        """The turned table times one column of errors."""
        return np.bincount(self.columns, self.values * errors[self.rows], self.shape[1]).astype(np.float64)


def _fit(sheet: Sheet, gold: Places, counts: Numbers, ridge: float) -> tuple[Numbers, Numbers]:
    """Weights (columns by classes) and offsets, by Nesterov's steps, each column's as long as its curvature allows."""
    often = np.bincount(gold, counts, len(CLASSES))
    weight = counts * (often.sum() / (len(CLASSES) * often))[gold]
    wanted = np.eye(len(CLASSES))[gold]
    reach = np.bincount(sheet.rows, np.abs(sheet.values), sheet.shape[0]) + 1.0
    bend = 0.5 * np.bincount(sheet.columns, np.abs(sheet.values) * (weight * reach)[sheet.rows], sheet.shape[1]) + ridge
    bend_offset = 0.5 * float(np.add.accumulate(weight * reach)[-1])
    weights, offsets = np.zeros((sheet.shape[1], len(CLASSES))), np.zeros(len(CLASSES))
    ahead, ahead_offsets, speed = weights, offsets, 1.0
    for _ in range(_STEPS):
        scores = np.stack([sheet.times(ahead[:, one]) for one in range(len(CLASSES))], axis=1) + ahead_offsets
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = (scores / scores.sum(axis=1, keepdims=True) - wanted) * weight[:, None]
        slope = np.stack([sheet.turned_times(error[:, one]) for one in range(len(CLASSES))], axis=1) + ridge * ahead
        before, before_offsets = weights, offsets
        weights = ahead - slope / bend[:, None]
        offsets = ahead_offsets - np.add.accumulate(error, axis=0)[-1] / bend_offset
        faster = (1 + (1 + 4 * speed * speed) ** 0.5) / 2
        ahead = weights + (speed - 1) / faster * (weights - before)
        ahead_offsets = offsets + (speed - 1) / faster * (offsets - before_offsets)
        speed = faster
    return weights, offsets


def _rounded(name: str, listed: Sequence[str], weights: Numbers, offsets: Numbers) -> dict[str, Any]:
    offsets = offsets + np.array([0.0, _NUDGE[name], 0.0])
    whole = np.rint(weights * SCALE).astype(int)
    of_words = np.rint(weights[len(NUMBERS) :] * _WORD_SIZE[name] * SCALE).astype(int)
    return {
        "heat": _HEAT[name],
        "offsets": np.rint(offsets * SCALE).astype(int).tolist(),
        "numbers": whole[: len(NUMBERS)].tolist(),
        "words": {word: row for word, row in zip(listed, of_words.tolist(), strict=True) if any(row)},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: writes the model, tells its SHA-256, and whether it is the one that this version ships."""
    asked = argparse.ArgumentParser(prog="python -m analysis.learning.training", description=__doc__)
    asked.add_argument("data", type=Path, help="folder of sentiment*.jsonl: text, label, source, licence")
    asked.add_argument("--study", type=Path, help=f"train on rows of any licence, and write {STUDYS} into this folder")
    asked.add_argument("--out", type=Path, help="write to this file instead of the one that is shipped")
    given = asked.parse_args(arguments)
    try:
        rows = own_texts() + supplied(given.data, any_licence=given.study is not None)
        made = train(rows)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    out = given.out or (given.study / STUDYS if given.study else MODEL)
    out.write_bytes(made)
    _tell(out, made)
    return 0


def _tell(out: Path, made: bytes) -> None:
    trained: list[Mapping[str, Any]] = json.loads(made)["trained"]
    for one in trained:
        print(f"{one['rows']:7} rows: {one['source']} ({one['licence']})")
    same = "as pinned" if digest(made) == PINNED else "not the one that analysis/learning/linear.py pins"
    print(f"{out}: {len(made):,} bytes, SHA-256 {digest(made)}, {same}")


if __name__ == "__main__":
    sys.exit(main())
