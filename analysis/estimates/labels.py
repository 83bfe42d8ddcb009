"""The labels that machines gave the documents of a frame, as the variables of a coding scheme ask for them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow.compute as pc

from analysis.coding.schemes import NO, YES, MachineLabels, Scheme
from corpus.snapshot import Snapshot

NOT_GIVEN = ("abstain", "not_applicable", "unknown")
"""Labels that say that nothing can be told of a text: never that it lacks what was asked for."""
Given = dict[str, dict[str, float | None]]
"""Of each document its labels, each with its score."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What one variable is held against: by document the label, one of the variable's codes, and its score where it has one.

    `others`: what the machine said of the documents to which it gave none of these codes, as that it abstained: they count
    as documents without a label. `learned`: whether labels were learned from texts of the sample, null where nobody can
    tell; `unvisited`: how many documents of the frame the machine said nothing of at all.
    """

    source: MachineLabels
    version: str
    labels: Mapping[str, str]
    scores: Mapping[str, float]
    others: Mapping[str, str] = field(default_factory=dict)
    learned: bool | None = False
    unvisited: int = 0

    @property
    def barred(self) -> str | None:
        """Why the codes of the sample cannot correct them; null where they can."""
        name = self.source.annotator
        if self.learned is not False:
            return f"the labels of {name} were learned from codes, and texts of this sample are among them or may be"
        if self.unvisited:
            return f"{name} never came to {self.unvisited} documents of the frame: annotate them"
        return None

    def above(self, score: float) -> dict[str, str]:
        """Without the labels whose score is lower."""
        return {name: label for name, label in self.labels.items() if self.scores.get(name, score) >= score}


def labels_of(snapshot: Snapshot, scheme: Scheme, frame: Collection[str]) -> tuple[dict[str, Labels], dict[str, str]]:
    """By variable its labels, of the current version and of whole documents; and why another variable has none.

    Nothing is said of variables for which no annotator ran. A variable of one label is `yes` where a document bears
    that label, `no` where it bears others or `none`; where the machine abstained it is neither.
    """
    found: dict[str, Labels] = {}
    reasons: dict[str, str] = {}
    read: dict[str, Given] = {}
    for variable in scheme.variables:
        source = variable.labelled_by
        facts = snapshot.manifest["tables"].get(source.annotator, {})
        if "current_version" not in facts:
            if variable.machine:
                reasons[variable.id] = f"the corpus has no labels of {source.annotator}"
            continue
        version = str(facts["current_version"])
        if source.annotator not in read:
            read[source.annotator] = _given(snapshot, source.annotator, version, frame)
        given = read[source.annotator]
        if source.label is None and any(len(labels) > 1 for labels in given.values()):
            reasons[variable.id] = f"{source.annotator} gives several labels a text: ask for one of them"
        elif source.label and not any(source.label in labels for labels in given.values()):
            reasons[variable.id] = f"{source.annotator} labels no document of the frame {source.label}"
        elif given:
            found[variable.id] = _labels(source, version, given, variable.ids)
    return found, reasons


def _given(snapshot: Snapshot, name: str, version: str, frame: Collection[str]) -> Given:
    found: Given = {}
    for document, label, score in _rows(snapshot, name, version):
        if document in frame:
            found.setdefault(document, {})[label] = score
    return found


def _rows(snapshot: Snapshot, name: str, version: str) -> Iterator[tuple[str, str, float | None]]:
    for part in snapshot.slices(name, ["document_id", "version", "start", "label", "score"]):
        kept = part.filter(pc.and_(pc.equal(part.column("version"), version), pc.is_null(part.column("start"))))
        columns = [kept.column(column).to_pylist() for column in ("document_id", "label", "score")]
        yield from zip(*columns, strict=True)


def _labels(source: MachineLabels, version: str, given: Given, codes: Collection[str]) -> Labels:
    labels: dict[str, str] = {}
    others: dict[str, str] = {}
    scores: dict[str, float] = {}
    for name, own in given.items():
        if source.label is None:
            (label,) = own
        elif source.label in own:
            label = YES
        else:
            label = NO if set(own) - set(NOT_GIVEN) else min(own)
        if label not in codes:
            others[name] = label
            continue
        labels[name] = label
        score = own.get(source.label or label)
        if score is not None:
            scores[name] = score
    return Labels(source, version, labels, scores, others)
