"""What an annotator is: it gives labels to texts and knows nothing of who wrote them.

Each module of this folder offers ``ANNOTATOR``; the module's name is the annotator's id and its table's name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from corpus.study import Study


@dataclass(frozen=True, slots=True)
class Passage:
    """What an annotator is given: a document's title and text (offsets count in `text`), kind and language (BCP 47)."""

    text: str
    language: str
    kind: str = "post"
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A label with its score in 0..1 or -1..1 as the annotator's card says; null offsets: the whole text."""

    label: str
    score: float | None = None
    start: int | None = None
    end: int | None = None


Annotate = Callable[[Sequence[Passage]], list[list[Label]]]


@runtime_checkable
class Annotator(Protocol):
    """Makes a function from passages to labels: one list a passage, in order, and never an empty one."""

    version: str
    labels: tuple[str, ...]
    """Every label it can give beside ``none``, ``abstain`` and ``not_applicable``; empty where the study's codebook says."""
    card: str
    """What it does, how, trained on what, measured how, and where it fails."""

    def prepare(self, study: Study | None) -> Annotate:
        """Ready the annotator for a study (its codebook, its words); with None, for texts of no study."""
        ...
