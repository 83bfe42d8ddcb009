"""Hold an annotator against texts that people have labelled, and say how sure each figure is."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.annotators import Annotator, Label, Passage, version_of
from analysis.gold import Form, Gold, Item, read_gold
from analysis.serving import NO_CLASS, annotator_named, passage_of, spans_of
from corpus.errors import UserError
from corpus.snapshot import LATEST, latest
from corpus.stages.normalise import clean
from corpus.study import Study

RESAMPLES, SEED, LEVEL = 1_000, 20_250_113, 95
BINS = 10
Counts = npt.NDArray[np.float64]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What the annotator said of one gold row: its labels or spans, and the first label of the whole with its score."""

    items: frozenset[Item]
    answered: bool
    first: Label | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one annotator on one file of gold rows; shares and F1 lie in 0..1, null where not defined."""

    figures: Row

    def tables(self) -> list[tuple[str, tuple[str, ...], list[tuple[object, ...]]]]:
        """The same for a person: title, columns, rows."""
        all_of = self.figures
        told: list[tuple[object, ...]] = [
            ("rows", all_of["n"]),
            ("answered", _shown(all_of["answered"])),
            ("accuracy", _shown(all_of["accuracy"])),
            ("macro-F1", _with_interval(all_of["macro_f1"])),
            ("micro-F1", _with_interval(all_of["micro_f1"])),
        ]
        shown: list[tuple[str, tuple[str, ...], list[tuple[object, ...]]]] = []
        shown.append((f"{all_of['annotator']} {all_of['version']} on {all_of['gold']}", ("", ""), told))
        columns = ("class", "gold", "given", "right", "precision", "recall", "F1")
        rows: list[tuple[object, ...]] = [
            (
                *(one[name] for name in ("class", "gold", "given", "right")),
                _shown(one["precision"]),
                _shown(one["recall"]),
                _with_interval(one["f1"]),
            )
            for one in all_of["classes"]
        ]
        shown.append(("by class", columns, rows))
        rows = [
            (one["language"], one["n"], _shown(one["answered"]), _with_interval(one["macro_f1"]))
            for one in all_of["languages"]
        ]
        shown.append(("by language", ("language", "rows", "answered", "macro-F1"), rows))
        if all_of["confusion"]:
            given = sorted({told for of in all_of["confusion"].values() for told in of})
            rows = [(gold, *(of.get(one, 0) for one in given)) for gold, of in all_of["confusion"].items()]
            shown.append(("gold (down) and given (across)", ("", *given), rows))
        bins = all_of["calibration"].get("bins", [])
        rows = [(f"{b['from']:.1f} to {b['to']:.1f}", b["n"], _shown(b["score"]), _shown(b["right"])) for b in bins]
        shown.append(("calibration", ("score", "rows", "mean score", "right"), rows))
        return shown

    def notes(self) -> list[str]:
        """What a reader of the figures must know."""
        interval = self.figures["interval"]
        notes = [f"[low to high]: {interval['level']} % interval, {interval['resamples']} resamples of the gold rows"]
        calibration = self.figures["calibration"]
        error = calibration["error"]
        notes.append(f"calibration: {calibration['why'] if error is None else f'mean error {error:.3f}'}")
        learned = self.figures["learned_from"]
        if learned is None:
            notes.append("whether the model has learned from these rows cannot be told: the study's key is not here")
        elif learned:
            notes.append(
                f"{learned} of the {self.figures['n']} gold rows are texts that the model has learned from: the figures say"
                " nothing of others. The figures of rows left out were told when it was learned"
            )
        notes += self.figures["notes"]
        if self.figures["never_given"]:
            notes.append(f"in the gold, but no label of this annotator: {', '.join(self.figures['never_given'])}")
        return notes


def evaluate(name: str, gold: Path, study: Study | None = None) -> Evaluation:
    """The figures of the annotator ``name`` on the gold rows of a file (its form: `analysis.gold`).

    Macro-F1: mean over the classes of the gold; an abstention is wrong for its class. A string as gold meets the first
    label of the whole text; a list of labels or of spans meets all that are given, exactly. Intervals: percentiles of
    the figure over resamples of the rows, drawn by a fixed seed. Raises UserError for an unknown name or bad gold, and
    where an annotator that asks others ended before all rows were asked: figures of such a run would be false.
    """
    annotator = annotator_named(name)
    rows, form = read_gold(gold)
    passages = [passage_of({"text": row.text, "title": row.title, "kind": row.kind}) for row in rows]
    found, notes = _asked(annotator, study, rows, passages)
    classes = sorted({item[0] for row in rows for item in row.items})
    unheard = NO_CLASS - set(classes)
    told = [_told(annotator, form, labels, unheard) for labels in found]
    others = sorted({item[0] for one in told for item in one.items} - set(classes))
    counts = _counts(rows, told, [*classes, *others])
    languages = [row.lang or passage.language for row, passage in zip(rows, passages, strict=True)]
    whole = _figures(counts, told, len(classes))
    single = form == "label"
    figures: Row = {
        "annotator": name,
        "version": version_of(annotator, study),
        "study": study.id if study else None,
        "gold": gold.name,
        "n": len(rows),
        **{key: whole[key] for key in ("answered", "macro_f1", "micro_f1")},
        "accuracy": sum(row.items == one.items for row, one in zip(rows, told, strict=True)) / len(rows),
        "classes": _by_class(counts, [*classes, *others], whole["f1"]),
        "languages": _by_language(counts, told, languages, len(classes)),
        "confusion": _confusion(rows, told) if single else None,
        "calibration": _calibration(_are_probabilities(annotator, study), rows, told, single),
        "never_given": sorted(set(classes) - {*annotator.labels, "none", *NO_CLASS})
        if annotator.labels and single
        else [],
        "learned_from": _learned_from(annotator, study, passages),
        "notes": [*notes, *_unread(found, study)],
        "interval": {"resamples": RESAMPLES, "seed": SEED, "level": LEVEL, "method": "percentile, gold rows resampled"},
    }
    return Evaluation(figures)


def _asked(
    annotator: Annotator, study: Study | None, rows: Sequence[Gold], passages: Sequence[Passage]
) -> tuple[list[list[Label]], list[str]]:
    """The labels of each row, and what the annotator has to say of the run; what may not be seen is not shown to it."""
    settled = _withheld(annotator, study, rows)
    function = annotator.prepare(study)
    shown = iter(function([one for number, one in enumerate(passages) if number not in settled]))
    found = [[settled[number]] if number in settled else next(shown) for number in range(len(rows))]
    if ended := getattr(function, "ended", None):
        raise UserError(
            f"{ended}: not all gold rows were asked, so there are no figures",
            hint="run it again: what was answered is kept",
        )
    notes = list(getattr(function, "notes", ()))
    if settled:
        notes.append(
            f"{len(settled)} gold rows are documents that were last seen gone or private, or flagged: not shown"
        )
    return found, notes


def _withheld(annotator: Annotator, study: Study | None, rows: Sequence[Gold]) -> Mapping[int, Label]:
    """Gold rows, by number, that are documents of the corpus which the annotator may not see, by their id or their text."""
    withhold = getattr(annotator, "withheld", None)
    if study is None or not callable(withhold) or not (study.corpus_folder / LATEST).is_file():
        return {}
    snapshot = latest(study.corpus_folder)
    settled: Mapping[str, Label] = withhold(snapshot, study)
    texts = {
        text: settled[name]
        for part in snapshot.slices("documents", ("id", "text"))
        for name, text in zip(part.column("id").to_pylist(), part.column("text").to_pylist(), strict=True)
        if name in settled
    }
    labels = (settled.get(row.id) or texts.get(row.text) or texts.get(clean(row.text)[0]) for row in rows)
    return {number: label for number, label in enumerate(labels) if label}


def _are_probabilities(annotator: Annotator, study: Study | None) -> bool:
    told = getattr(annotator, "probabilities", False)
    return bool(told(study) if callable(told) else told)


def _learned_from(annotator: Annotator, study: Study | None, passages: Sequence[Passage]) -> int | None:
    """How many of the gold rows the annotator has learned from; None where that cannot be told."""
    tell = getattr(annotator, "learned_from", None)
    known = tell(study) if callable(tell) else None
    told = [known(passage.text) for passage in passages] if known else []
    return None if None in told else sum(map(bool, told))


def _unread(found: Sequence[Sequence[Label]], study: Study | None) -> list[str]:
    if any(label.label != "not_applicable" for labels in found for label in labels):
        return []
    why = "the study names no file for it" if study else "no study was read: --study names one"
    return [f"every answer is not_applicable: {why}"]


def _told(annotator: Annotator, form: Form, labels: Sequence[Label], unheard: Collection[str]) -> Told:
    """``unheard``: labels that are no answer; where the gold has one of them as a class, it is one."""
    whole = [label for label in labels if label.start is None]
    spans = [label for label in labels if label.start is not None]
    first = whole[0] if whole and whole[0].label not in unheard else None
    if form == "label":
        return Told(frozenset({(first.label, None)} if first else ()), first is not None, first)
    if form == "spans":
        places = frozenset((str(kind), (start, end)) for start, end, kind in spans_of(annotator, labels))
        return Told(places, bool(first or spans), None)
    given = frozenset((one.label, None) for one in whole if one.label not in {*unheard, "none"})
    return Told(given, first is not None, None)


def _counts(rows: Sequence[Gold], told: Sequence[Told], classes: Sequence[str]) -> Counts:
    """Of each row (first axis), class (second): how many items are gold, given, and both (third)."""
    place = {name: number for number, name in enumerate(classes)}
    counts = np.zeros((len(rows), len(classes), 3))
    for number, (row, one) in enumerate(zip(rows, told, strict=True)):
        for kind, items in enumerate((row.items, one.items, row.items & one.items)):
            for item in items:
                counts[number, place[item[0]], kind] += 1
    return counts


def _f1(sums: Counts) -> Counts:
    """F1 of sums of gold, given and right (last axis); NaN where nothing is gold and nothing given."""
    below = sums[..., 0] + sums[..., 1]
    return np.where(below > 0, 2 * sums[..., 2] / np.where(below > 0, below, 1), np.nan)


def _figures(counts: Counts, told: Sequence[Told], gold_classes: int) -> Row:
    """Macro-F1, micro-F1 and F1 by class, each with its interval; the first ``gold_classes`` classes are the gold's."""
    number = len(counts)
    flat = counts.reshape(number, -1)
    draws = np.random.default_rng(SEED)
    often = np.stack([np.bincount(draws.integers(0, number, number), minlength=number) for _ in range(RESAMPLES)])
    drawn = (often.astype(np.float64) @ flat).reshape(RESAMPLES, *counts.shape[1:])
    sums = counts.sum(axis=0)
    present = sums[:gold_classes, 0] > 0

    def macro(some: Counts) -> Counts:
        each = _f1(some[..., :gold_classes, :])[..., present]
        asked = (~np.isnan(each)).sum(axis=-1)
        return np.where(asked > 0, np.nansum(each, axis=-1) / np.where(asked > 0, asked, 1), np.nan)

    by_class, drawn_by_class = _f1(sums), _f1(drawn)
    return {
        "answered": sum(one.answered for one in told) / number,
        "macro_f1": _interval(float(macro(sums)), macro(drawn)),
        "micro_f1": _interval(float(_f1(sums.sum(axis=0))), _f1(drawn.sum(axis=1))),
        "f1": [_interval(float(by_class[at]), drawn_by_class[:, at]) for at in range(len(by_class))],
    }


def _interval(value: float, drawn: Counts) -> Row:
    known = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(known):
        return {"value": None, "low": None, "high": None}
    low, high = np.percentile(known, ((100 - LEVEL) / 2, (100 + LEVEL) / 2))
    return {"value": value, "low": float(low), "high": float(high)}


def _by_class(counts: Counts, classes: Sequence[str], f1: Sequence[Row]) -> list[Row]:
    rows = []
    for name, sums, score in zip(classes, counts.sum(axis=0), f1, strict=True):
        gold, given, right = (int(one) for one in sums)
        precision, recall = (right / given if given else None), (right / gold if gold else None)
        row = {"class": name, "gold": gold, "given": given, "right": right, "precision": precision, "recall": recall}
        rows.append({**row, "f1": score})
    return rows


def _by_language(counts: Counts, told: Sequence[Told], languages: Sequence[str], gold_classes: int) -> list[Row]:
    rows = []
    for language in sorted(set(languages)):
        own = [number for number, one in enumerate(languages) if one == language]
        figures = _figures(counts[own], [told[number] for number in own], gold_classes)
        rows.append({"language": language, "n": len(own), **{k: figures[k] for k in ("answered", "macro_f1")}})
    return rows


def _confusion(rows: Sequence[Gold], told: Sequence[Told]) -> dict[str, dict[str, int]]:
    """Of each class of the gold, how many rows were given which label."""
    pairs = Counter(
        (next(iter(row.items))[0], one.first.label if one.first else "no answer")
        for row, one in zip(rows, told, strict=True)
    )
    table: dict[str, dict[str, int]] = {}
    for (gold, given), count in sorted(pairs.items()):
        table.setdefault(gold, {})[given] = count
    return table


def _calibration(probabilities: bool, rows: Sequence[Gold], told: Sequence[Told], single: bool) -> Row:
    """Where scores are probabilities: how often the label is right in each tenth of the score."""
    if not single or not probabilities:
        why = "the scores of this annotator are no probabilities" if single else "each row may have several labels"
        return {"error": None, "why": why}
    scored = [
        (one.first.score, one.items == row.items)
        for row, one in zip(rows, told, strict=True)
        if one.first is not None and one.first.score is not None
    ]
    bins = []
    for number in range(BINS):
        own = [pair for pair in scored if min(int(pair[0] * BINS), BINS - 1) == number]
        if own:
            score, right = (sum(values) / len(own) for values in zip(*own, strict=True))
            bins.append(
                {"from": number / BINS, "to": (number + 1) / BINS, "n": len(own), "score": score, "right": right}
            )
    error = sum(one["n"] * abs(one["score"] - one["right"]) for one in bins) / len(scored) if scored else None
    return {"error": error, "why": "no row has a score" if error is None else None, "bins": bins}


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _with_interval(one: Row) -> str:
    return "" if one["value"] is None else f"{one['value']:.3f} [{one['low']:.3f} to {one['high']:.3f}]"
