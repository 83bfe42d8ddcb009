"""What a study says of its topics: how they are sought, from which words, and which words of two languages mean the same.

Two files beside `study.toml`, both optional: `topics.toml` and `glossary.toml`. They shape no corpus, only readings of it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints, model_validator

from corpus.faults import load_right
from corpus.study import Study
from corpus.studyfile import Filled, Part

TOPICS, GLOSSARY = "topics.toml", "glossary.toml"
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Number = Annotated[int, Field(ge=2, le=200)]
Loaded = TypeVar("Loaded", bound=Part)


class Wanted(Part):
    """How many topics of each language; absent: as many as come again most surely."""

    zh: Number | None = None
    en: Number | None = None


class Settings(Part):
    """`clusters`: each document has one topic; `nmf`: topics mix, and a document's greatest is told."""

    method: Literal["clusters", "nmf"] = "clusters"
    number: Wanted = Wanted()
    seed: int = Field(default=20_250_113, ge=0, lt=2**31)


class Pair(Part):
    """Words in both languages, as the segmenter cuts them; Chinese in either script, English in any form."""

    zh: tuple[Filled, ...] = ()
    en: tuple[Filled, ...] = ()


class Seed(Pair):
    """Words from which a topic is begun; it may still wander off."""

    name: Name

    @model_validator(mode="after")
    def _says_something(self) -> "Seed":
        if not (self.zh or self.en):
            raise ValueError("has no words: write zh or en")
        return self


class Term(Pair):
    """What the study calls one thing in both languages; an English term may be of several words."""

    @model_validator(mode="after")
    def _says_both(self) -> "Term":
        if not (self.zh and self.en):
            raise ValueError("is no translation: write zh and en")
        return self


class TopicsFile(Part):
    """All of `topics.toml`."""

    topics: Settings = Settings()
    seed: tuple[Seed, ...] = ()


class GlossaryFile(Part):
    """All of `glossary.toml`."""

    term: tuple[Term, ...] = ()


def topics_file(study: Study) -> TopicsFile:
    """What the study says of how its topics are sought; raises UserError with every fault."""
    return load_beside(study, TOPICS, TopicsFile)


def glossary(study: Study) -> tuple[Term, ...]:
    """The study's translations; raises UserError with every fault."""
    return load_beside(study, GLOSSARY, GlossaryFile).term


def load_beside(
    study: Study, name: str, model: type[Loaded], further: Callable[[Path, Loaded], list[str]] = lambda path, found: []
) -> Loaded:
    """A file beside `study.toml`, or what ``model`` says without one; raises UserError with every fault at once."""
    path = study.folder / name
    return load_right(path, model, further) if path.is_file() else model()


def contents(study: Study, names: tuple[str, ...]) -> bytes:
    """The bytes of those of the files that are there, for the version of what is made from them."""
    paths: list[Path] = [study.folder / name for name in names]
    return b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in paths if path.is_file())
