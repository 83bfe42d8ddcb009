"""Learn a label from a study's own coded sample: a small linear model, tried on rows it has not seen, calibrated."""

import hashlib
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.learning.copies import groups
from analysis.signs.phrases import plain
from corpus.disk import Disk
from corpus.errors import UserError
from corpus.identity import digest
from corpus.lemmas import lemmas
from corpus.strictjson import JSONFault, read_json

Numbers = npt.NDArray[np.float64]

METHOD = "2"
_BITS = 18
_LONGEST = 2000
"""Signs of a text that are read: so many that sums of whole weights stay exact."""
_FINE = 4
"""Steps of a feature's weight to the unit."""
_FOLDS = 5
_STEPS, _RATE, _RIDGE = 400, 1.5, 0.003
_SURE = 0.5
"""A label is given from this calibrated probability on; below it the model abstains."""
FEWEST, FEWEST_OF_A_LABEL = 60, 10
_DECIMALS = 6
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*|[0-9]+|[!?]")


@dataclass(frozen=True, slots=True)
class Coded:
    """A text with the label that the study's coders gave it, and its language."""

    text: str
    label: str
    language: str = "und"


@dataclass(frozen=True, slots=True)
class Model:
    """What a text's features say of each label, and for each label the slope and offset that make it a probability.

    `weights`: by feature first its own weight, which is the greater the rarer it is, then one number a label.
    """

    labels: tuple[str, ...]
    weights: Mapping[int, tuple[float, ...]]
    offsets: tuple[float, ...]
    platt: tuple[tuple[float, float], ...]
    figures: Mapping[str, Any]
    digest: str
    codes: str = ""
    """The SHA-256 of the file of codes."""
    seen: tuple[str, ...] = ()
    """Keyed digests of the texts that it has learned from; who has not the study's key cannot guess a text by them."""

    def probabilities(self, text: str) -> dict[str, float]:
        """The calibrated probability of each label; they sum to 1."""
        known = [self.weights[one] for one in features(text) if one in self.weights]
        size = math.sqrt(math.fsum(row[0] ** 2 for row in known)) or 1.0
        scores = [
            math.fsum(row[number] for row in known) / size + offset for number, offset in enumerate(self.offsets, 1)
        ]
        return dict(zip(self.labels, _calibrated(np.array([scores]), self.platt)[0].tolist(), strict=True))

    def label(self, text: str) -> tuple[str, float] | None:
        """The likeliest label and its probability, or None where no label is likely enough."""
        likely = self.probabilities(text)
        best = max(sorted(likely), key=likely.__getitem__)
        return (best, round(likely[best], 4)) if likely[best] >= _SURE else None


def features(text: str) -> tuple[int, ...]:
    """Hashed runs of 1 to 4 signs of the folded, Simplified text, its English words' lemmas, and pairs of these.

    Hashtags stay, as they often tell a position; mentions and addresses do not. Each feature once, in order.
    """
    ready = " ".join(plain(text[:_LONGEST], hashtags=True).text.split())
    padded = f" {ready} "
    runs = {padded[at : at + size] for size in (1, 2, 3, 4) for at in range(len(padded) - size + 1)}
    table = lemmas()
    words = [table.get(word, word) for word in _WORD.findall(ready)]
    runs.update(f"\0{word}" for word in words)
    runs.update(f"\0{one}\0{other}" for one, other in pairwise(words))
    return tuple(sorted({zlib.crc32(run.encode("utf-8", "surrogatepass")) & ((1 << _BITS) - 1) for run in runs}))


def learn(coded: Sequence[Coded], *, seed: int = 0) -> Model:
    """A model of the coded rows: weights from all of them, calibration and figures from rows left out in turn.

    Multinomial logistic regression with a ridge, by full-batch gradient steps from zero, labels weighted evenly, five
    folds; Platt's sigmoid for each label, fitted on the scores of left-out rows. Texts that are all but equal stay in one
    fold. The same rows in any order give the same model. Raises UserError where texts or labels are too few to learn from.
    """
    read = sorted(
        ((features(one.text), one) for one in coded),
        key=lambda pair: (_key(pair[0], seed), pair[1].label, pair[1].language),
    )
    found, rows = [one for one, _ in read], [one for _, one in read]
    alike = groups(found)
    count = Counter(label for _, label in {(group, one.label) for group, one in zip(alike, rows, strict=True)})
    labels = tuple(sorted(count))
    if len(set(alike)) < FEWEST or len(labels) < 2 or min(count.values()) < FEWEST_OF_A_LABEL:
        raise UserError(
            f"too few codes to learn from: {dict(sorted(count.items()))}, texts that are all but equal taken as one",
            hint=f"at least {FEWEST} texts, two labels and {FEWEST_OF_A_LABEL} texts of each are needed",
        )
    gold = np.array([labels.index(one.label) for one in rows])
    fold = _folds(alike, gold)
    outside = np.zeros((len(rows), len(labels)))
    for number in range(_FOLDS):
        inside, left = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        cosine = _likeness(found, _rarity([found[place] for place in inside]))
        shares, offsets = _fit(cosine[np.ix_(inside, inside)], gold[inside], len(labels))
        outside[left] = cosine[np.ix_(left, inside)] @ shares + offsets
    platt = _sigmoids(outside, gold)
    figures = {"texts": len(set(alike)), **_figures(rows, labels, gold, _told_outside(outside, gold, fold))}
    rarity = _rarity(found)
    shares, offsets = _fit(_likeness(found, rarity), gold, len(labels))
    weights = _weights(found, rarity, shares)
    return sealed(Model(labels, weights, tuple(round(one, _DECIMALS) for one in offsets.tolist()), platt, figures, ""))


def _key(read: tuple[int, ...], seed: int) -> str:
    """Of what the model reads of a text, so that what it cannot tell apart has one place."""
    return hashlib.sha256(repr((seed, read)).encode()).hexdigest()


def _folds(alike: Sequence[int], gold: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """A fold for each row: texts of one group fall together, each into the fold that has least of its label."""
    dealt: Counter[tuple[int, int]] = Counter()
    fold_of: dict[int, int] = {}
    for group, label in zip(alike, gold.tolist(), strict=True):
        if group not in fold_of:
            fold_of[group] = min(range(_FOLDS), key=lambda one: (dealt[one, label], one))
        dealt[fold_of[group], label] += 1
    return np.array([fold_of[group] for group in alike])


def text_key(text: str) -> str:
    """Equal for texts that the model cannot tell apart."""
    return _key(features(text), 0)


def _rarity(found: Sequence[tuple[int, ...]]) -> dict[int, int]:
    """The weight of each feature of two rows or more, in whole numbers: inverse document frequency, as is usual."""
    often = Counter(one for row in found for one in row)
    return {one: round(_FINE * (math.log((1 + len(found)) / (1 + n)) + 1)) for one, n in sorted(often.items()) if n > 1}


def _size(row: tuple[int, ...], rarity: Mapping[int, int]) -> float:
    return math.sqrt(sum(rarity.get(one, 0) ** 2 for one in row)) or 1.0


def _likeness(found: Sequence[tuple[int, ...]], rarity: Mapping[int, int]) -> Numbers:
    """The cosine of each pair of rows; weights are summed in whole numbers, which no order of adding changes."""
    place = {one: number for number, one in enumerate(rarity)}
    table = np.zeros((len(found), len(place)), dtype=np.float32)
    for number, row in enumerate(found):
        for one in row:
            if one in place:
                table[number, place[one]] = rarity[one]
    size = np.array([_size(row, rarity) for row in found])
    cosine: Numbers = (table @ table.T).astype(np.float64) / size[:, None] / size[None, :]
    return cosine


def _fit(alike: Numbers, gold: npt.NDArray[np.int64], classes: int) -> tuple[Numbers, Numbers]:
    """Each row's share in the weights of each label, and the labels' offsets.

    The weights stay sums of rows, so the steps are taken in the rows' shares: the same steps, in far fewer numbers.
    """
    often = np.bincount(gold, minlength=classes)
    weight = (len(gold) / (classes * np.maximum(often, 1)))[gold] / len(gold)
    wanted = np.eye(classes)[gold]
    shares, offsets = np.zeros((len(gold), classes)), np.zeros(classes)
    for _ in range(_STEPS):
        scores = alike @ shares + offsets
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores)
        likely /= likely.sum(axis=1, keepdims=True)
        error = (likely - wanted) * weight[:, None]
        shares -= _RATE * (error + _RIDGE * shares)
        offsets -= _RATE * error.sum(axis=0)
    return shares, offsets


def _weights(
    found: Sequence[tuple[int, ...]], rarity: Mapping[int, int], shares: Numbers
) -> dict[int, tuple[float, ...]]:
    """By feature its own weight, and what it adds to the score of each label in a text of size 1."""
    sums = {one: np.zeros(shares.shape[1]) for one in rarity}
    for row, share in zip(found, shares, strict=True):
        part = share / _size(row, rarity)
        for one in row:
            if one in sums:
                sums[one] += part
    return {
        one: (float(weight), *(round(number, _DECIMALS) for number in (sums[one] * weight**2).tolist()))
        for one, weight in rarity.items()
    }


def _platt(scores: Numbers, right: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of a sigmoid through scores (Platt 1999, with his softened targets), by Newton's method."""
    good, bad = int(right.sum()), int((~right).sum())
    wanted = np.where(right, (good + 1) / (good + 2), 1 / (bad + 2))
    slope, offset = 1.0, math.log((good + 1) / (bad + 1))
    for _ in range(50):
        likely = 1 / (1 + np.exp(-np.clip(slope * scores + offset, -30, 30)))
        error, spread = likely - wanted, likely * (1 - likely)
        down = np.array([(error * scores).sum(), error.sum()])
        across = float((spread * scores).sum())
        bend = np.array([[float((spread * scores**2).sum()) + 1e-6, across], [across, float(spread.sum()) + 1e-6]])
        step = np.linalg.solve(bend, down)
        slope, offset = slope - float(np.clip(step[0], -1, 1)), offset - float(np.clip(step[1], -1, 1))
    if slope < 0:  # the scores say the contrary of what is right: nothing is told by them
        slope, offset = 0.0, math.log(max(good, 1) / max(bad, 1))
    return round(slope, _DECIMALS), round(offset, _DECIMALS)


def _sigmoids(scores: Numbers, gold: npt.NDArray[np.int64]) -> tuple[tuple[float, float], ...]:
    return tuple(_platt(scores[:, number], gold == number) for number in range(scores.shape[1]))


def _told_outside(scores: Numbers, gold: npt.NDArray[np.int64], fold: npt.NDArray[np.int64]) -> Numbers:
    """Probabilities for each fold by sigmoids fitted on the others, so that what is told of them is not of their own."""
    likely = np.zeros_like(scores)
    for number in range(_FOLDS):
        left = fold == number
        likely[left] = _calibrated(scores[left], _sigmoids(scores[~left], gold[~left]))
    return likely


def _calibrated(scores: Numbers, platt: Sequence[tuple[float, float]]) -> Numbers:
    slopes, offsets = np.array([one for one, _ in platt]), np.array([one for _, one in platt])
    likely = 1 / (1 + np.exp(-np.clip(scores * slopes + offsets, -30, 30)))
    total: Numbers = likely / likely.sum(axis=1, keepdims=True)
    return total


def _figures(
    rows: Sequence[Coded], labels: tuple[str, ...], gold: npt.NDArray[np.int64], likely: Numbers
) -> dict[str, Any]:
    """What the model can be trusted for, from rows left out: macro-F1, per label and language, calibration, answers."""
    told, sure = likely.argmax(axis=1), likely.max(axis=1)
    answered = sure >= _SURE
    right = told == gold
    bins = np.minimum((sure * 10).astype(int), 9)
    gap = sum(abs(float(sure[bins == one].sum() - right[bins == one].sum())) for one in range(10)) / len(rows)
    often = np.bincount(gold, minlength=len(labels))
    always = 2 * often.max() / (len(rows) + often.max()) / len(labels)
    languages = np.array([one.language for one in rows])
    return {
        "rows": len(rows),
        "folds": _FOLDS,
        "macro_f1": _macro(gold, told, len(labels)),
        "macro_f1_of_the_commonest_label": round(float(always), 4),
        "labels": {
            label: {"rows": int(often[number]), "f1": round(_f1(gold == number, told == number), 4)}
            for number, label in enumerate(labels)
        },
        "languages": {
            str(one): {
                "rows": int((languages == one).sum()),
                "macro_f1": _macro(gold[languages == one], told[languages == one], len(labels)),
            }
            for one in sorted(set(languages.tolist()))
        },
        "calibration_error": round(gap, 4),
        "answered": round(float(answered.mean()), 4),
        "accuracy_where_answered": round(float(right[answered].mean()), 4) if answered.any() else None,
    }


def _f1(gold: npt.NDArray[np.bool_], told: npt.NDArray[np.bool_]) -> float:
    total = int(gold.sum() + told.sum())
    return 2 * int((gold & told).sum()) / total if total else 0.0


def _macro(gold: npt.NDArray[np.int64], told: npt.NDArray[np.int64], classes: int) -> float:
    present = [one for one in range(classes) if (gold == one).any()]
    return round(math.fsum(_f1(gold == one, told == one) for one in present) / len(present), 4)


def sealed(model: Model, **changes: Any) -> Model:
    """The model with the digest of all that is in it, after ``changes``."""
    model = replace(model, **changes)
    return replace(model, digest=digest(_written(_body(model)))[:12])


def _body(model: Model) -> dict[str, Any]:
    return {
        "method": METHOD,
        "labels": model.labels,
        "bits": _BITS,
        "offsets": model.offsets,
        "platt": model.platt,
        "figures": model.figures,
        "codes": model.codes,
        "seen": model.seen,
        "weights": {str(one): row for one, row in model.weights.items()},
    }


def _written(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def save_model(model: Model, path: Path) -> None:
    """Write a model as JSON, with its digest; no text of the sample is in it, but weights of what its texts hold."""
    Disk().write_whole(path, _written({"digest": model.digest, "model": _body(model)}) + b"\n")


def load_model(path: Path) -> Model:
    """The model in ``path``; raises UserError where it is not one, or not the one that its digest tells."""
    try:
        whole = read_json(path.read_bytes())
        body = whole["model"]
        if body.get("method") != METHOD:
            raise UserError("the model was learned by another method", where=path, hint="learn it again")
        model = sealed(
            Model(
                tuple(body["labels"]),
                {int(one): tuple(map(float, row)) for one, row in body["weights"].items()},
                tuple(map(float, body["offsets"])),
                tuple((float(slope), float(offset)) for slope, offset in body["platt"]),
                body["figures"],
                "",
                str(body["codes"]),
                tuple(map(str, body["seen"])),
            )
        )
        sound = model.digest == whole["digest"] and body["bits"] == _BITS
    except (OSError, JSONFault, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"no model that can be read: {error}", where=path, hint="learn it again") from error
    if not sound:
        raise UserError("the model was changed after it was learned", where=path, hint="learn it again")
    return model
