"""What an annotator is: it gives labels to texts and knows nothing of who wrote them.

Each module of this folder offers ``ANNOTATOR``; the module's name is the annotator's id and its table's name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from corpus.schemas import Column
from corpus.study import Study

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Passage:
    """What an annotator is given: a document's title and text (offsets count in `text`), kind and language (BCP 47)."""

    text: str
    language: str
    kind: str = "post"
    title: str | None = None

    def is_in(self, *others: str) -> bool:
        """Whether it is in Chinese, English or both, or in one of ``others`` (``zxx``: in none; ``und``: nobody can tell)."""
        return self.language.startswith("zh") or self.language in ("en", "mul", *others)


@dataclass(frozen=True, slots=True)
class Label:
    """A label, of the whole text where the offsets are null. Its score is what the annotator's card says: for a whole text a
    number in 0..1 or -1..1, for a place what the sign there weighs, which may be more than 1."""

    label: str
    score: float | None = None
    start: int | None = None
    end: int | None = None
    more: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, hash=False)
    """Values of the annotator's own columns, by their names; a column that is not named is null."""


Annotate = Callable[[Sequence[Passage]], list[list[Label]]]


@runtime_checkable
class Annotator(Protocol):
    """Makes a function from passages to labels: one list a passage, in order, and never an empty one.

    It may offer besides: `columns` (its own columns beside the common ones, filled from `Label.more`), `default`
    (False: run only by name), `learns` (True: from a study's codes, by `analysis.learning.codes`), `learned_from(study)`
    (tells of a text whether it learned from it; None: from none), `probabilities` (True, or a function of the study: the
    score of a whole text is the probability that its label is right) and `version_for(study)` (the version with the digest
    of the study's files that it reads). One that asks somebody else may offer `alone` (True: it runs in one process,
    after the others; its function may have `notes`, lines for the user), `withheld(snapshot, study)` (documents that it may
    not see: their ids, and the label that each gets instead) and `made_with(study)` (what its version stands for, for the
    manifest: no clock, no place of this machine).
    """

    version: str
    labels: tuple[str, ...]
    """Every label it can give beside ``none``, ``abstain`` and ``not_applicable``; empty where the study's codebook says."""
    card: str
    """What it does, how, trained on what, measured how, and where it fails."""

    def prepare(self, study: Study | None) -> Annotate:
        """Ready the annotator for a study (its codebook, its words); with None, for texts of no study."""
        ...


def each(label: Callable[[Passage], list[Label]]) -> Annotate:
    """The function of an annotator that labels every passage by itself."""
    return lambda passages: [label(passage) for passage in passages]


def places(find: Callable[[str], list[Label]]) -> Annotate:
    """The function of an annotator of places in Chinese and English: it abstains for others, and says where it finds none."""

    def label(passage: Passage) -> list[Label]:
        return (find(passage.text) or [Label("none")]) if passage.is_in("zxx", "und") else [Label("abstain")]

    return each(label)


def columns_of(annotator: Annotator) -> tuple[Column, ...]:
    """The columns of its own that the annotator's table has beside the common ones."""
    return tuple(getattr(annotator, "columns", ()))


def version_of(annotator: Annotator, study: Study | None) -> str:
    """The version under which its labels are kept: with the digest of the study's codebook where it reads one."""
    specific = getattr(annotator, "version_for", None)
    return str(specific(study)) if callable(specific) else annotator.version
