"""Load and check a codebook of themes: what each theme means, by which cues it is found, on which texts it is tried."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from corpus.faults import line_of, load_right
from corpus.identity import digest
from corpus.studyfile import Filled, Part, Regex


def _has_all(value: dict[str, str]) -> dict[str, str]:
    missing = {"en"} - value.keys()
    if missing:
        raise ValueError(f"says nothing in {', '.join(sorted(missing))}")
    return value


Texts = Annotated[dict[str, Filled], AfterValidator(_has_all)]
ThemeId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
RESERVED = frozenset({"none", "abstain", "not_applicable", "unsure"})


class About(Part):
    """What holds for all themes. A theme is given where the weights of its distinct cues reach `threshold`."""

    id: Filled
    version: Filled
    unit: str = ""
    multi_label: bool = True
    window: tuple[str, ...] = ()
    languages: tuple[Filled, ...] = ("zh-Hans", "zh-Hant", "zh", "en", "mul")
    threshold: float = Field(default=2, gt=0)
    abstain_below: float = Field(default=1, gt=0)
    """From this sum up to the threshold the machine is unsure: it abstains, which is no absence."""
    normalise: tuple[str, ...] = ()
    match: str = ""
    scope_note: str = ""


class Articles(Part):
    """How articles differ: they are long and mention much, so a cue counts in the title or where it recurs."""

    threshold: float = Field(default=3, gt=0)
    abstain_below: float = Field(default=2, gt=0)
    title_factor: float = Field(default=2, ge=1)
    """A cue found in the title weighs so many times as much."""
    recur: int = Field(default=2, ge=1)
    """A cue that the title does not hold counts from so many places in the text on."""


class Cue(Part):
    """One sign of a theme, as regular expressions for each way of writing, and its weight."""

    hans: Regex | None = None
    hant: Regex | None = None
    en: Regex | None = None
    w: float = Field(gt=0)

    @model_validator(mode="after")
    def _says_something(self) -> "Cue":
        if not (self.hans or self.hant or self.en):
            raise ValueError("has no pattern: write hans, hant or en")
        return self


class Theme(Part):
    """A theme: its names, its definition, its cues, what is no sign of it, and texts that hold and do not hold it."""

    id: ThemeId
    tier: str = "core"
    label: Texts
    define: Texts
    cues: tuple[Cue, ...]
    exclude: tuple[Regex, ...] = ()
    not_this: str = ""
    test_hit: tuple[Filled, ...] = ()
    test_miss: tuple[Filled, ...] = ()
    maps_to: dict[str, str] = Field(default_factory=dict)


class Codebook(Part):
    """All of a codebook file."""

    codebook: About
    article: Articles = Articles()
    theme: tuple[Theme, ...]


def load_codebook(path: Path) -> Codebook:
    """The codebook in ``path``; raises UserError with every fault at once, each with its line."""
    return load_right(path, Codebook, _faults_of)


def codebook_digest(path: Path) -> str:
    """First 8 hex digits of the SHA-256 of the codebook file, for the version of labels made by it."""
    return digest(path.read_bytes())[:8]


def _faults_of(path: Path, book: Codebook) -> list[str]:
    text = path.read_text(encoding="utf-8-sig")
    faults = []
    if not book.theme:
        faults.append(f"  {path}:1: theme: there is none")
    ids = [theme.id for theme in book.theme]
    for index, name in enumerate(ids):
        where = f"  {path}:{line_of(text, ('theme', index, 'id'))}: theme.{index}.id: {name!r}"
        if name in ids[:index]:
            faults.append(f"{where} is named twice")
        if not book.theme[index].cues:
            faults.append(f"{where} has no cues")
        if name in RESERVED:
            faults.append(f"{where} is a label with a meaning of its own; take another")
    for table, part in (("codebook", book.codebook), ("article", book.article)):
        if part.abstain_below > part.threshold:
            line = line_of(text, (table, "abstain_below"))
            faults.append(f"  {path}:{line}: {table}.abstain_below: lies above the threshold")
    return faults
