"""Whether labels of a machine may be corrected by the codes of a sample: not those learned from its texts, nor a part of all."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from analysis.estimates.labels import Labels
from analysis.learning.codes import LEARNED, has_learned, model_of_version
from corpus.snapshot import Snapshot
from corpus.study import Study


def held_against(
    study: Study, snapshot: Snapshot, found: Mapping[str, Labels], frame: Collection[str], drawn: Collection[str]
) -> dict[str, Labels]:
    """The labels, each told whether they were learned from texts of ``drawn``, and how many documents of the frame that
    the snapshot has bear none at all."""
    if not found:
        return {}
    here: set[str] = set()
    texts: list[str] = []
    for part in snapshot.slices("documents", ["id", "text"]):
        for name, text in zip(part.column("id").to_pylist(), part.column("text").to_pylist(), strict=True):
            if name in frame:
                here.add(name)
            if name in drawn and text is not None:
                texts.append(text)
    return {
        variable: replace(
            one,
            learned=_learned(study, one, texts),
            unvisited=len(here.difference(one.labels, one.others)),
        )
        for variable, one in found.items()
    }


def _learned(study: Study, labels: Labels, texts: Collection[str]) -> bool | None:
    """Whether they were learned from one of the texts; null where nobody can tell."""
    if not labels.version.startswith(LEARNED):
        return False
    model = model_of_version(study, labels.source.annotator, labels.version)
    told = {has_learned(study, model)(text) for text in texts} if model else {None}
    return True if True in told else None if None in told else False
