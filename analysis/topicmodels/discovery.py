"""The topics of a corpus in both languages, found once for all tables that tell of them, and aligned."""

from dataclasses import dataclass
from functools import lru_cache

from analysis.signs.codebook import load_codebook
from analysis.topicmodels.alignment import align, themes_of
from analysis.topicmodels.glossary import glossary, topics_file
from analysis.topicmodels.grouping import Grouped, group
from analysis.topicmodels.merging import load_merge
from analysis.topicmodels.vocabulary import SIDES, Side, gather
from corpus.snapshot import Snapshot
from corpus.study import Study


@dataclass(frozen=True, slots=True)
class Discovered:
    """What was found in each language; of each topic its themes; and which topics are partners, by id, with likeness."""

    sides: dict[Side, Grouped]
    themes: dict[str, dict[str, float]]
    partners: dict[str, tuple[str, float]]
    others: tuple[str, ...]
    """Documents in no language in which topics are sought."""


class _Asked:
    """A question that is the same as an earlier one where its key is: `lru_cache` looks at nothing else."""

    def __init__(self, snapshot: Snapshot, study: Study, version: str) -> None:
        self.snapshot, self.study = snapshot, study
        made = [str(snapshot.manifest["tables"][name]["logical_digest"]) for name in ("documents", "tokens")]
        self.key = (str(study.folder), version, *made)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


def discover(snapshot: Snapshot, study: Study, version: str) -> Discovered:
    """The topics of a corpus; ``version`` tells the study's files from others. Raises UserError for faults in them."""
    return _discover(_Asked(snapshot, study, version))


@lru_cache(maxsize=1)
def _discover(asked: _Asked) -> Discovered:
    wanted, merge, terms = topics_file(asked.study), load_merge(asked.study), glossary(asked.study)
    path = asked.study.document_file("themes")
    book = load_codebook(path) if path else None
    texts, others = gather(asked.snapshot)
    sides = {side: group(texts[side], wanted.topics, wanted.seed, merge) for side in SIDES}
    themes: dict[str, list[dict[str, float]]] = {side: themes_of(grouped, book) for side, grouped in sides.items()}
    partners: dict[str, tuple[str, float]] = {}
    for row, column, likeness in align(sides["zh"], sides["en"], terms, themes):
        one, other = sides["zh"].topics[row].id, sides["en"].topics[column].id
        partners |= {one: (other, likeness), other: (one, likeness)}
    told = {topic.id: themes[side][at] for side, grouped in sides.items() for at, topic in enumerate(grouped.topics)}
    return Discovered(sides, told, partners, others)
