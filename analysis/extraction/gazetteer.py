"""A gazetteer: names of known things with their other names, found in a text by longest match, in either script."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from analysis.extraction.beside import Named, another_person, offices
from analysis.extraction.tagging import Words
from analysis.signs.cues import Copies, fold
from corpus.faults import load_right
from corpus.identity import digest
from corpus.scripts import has_han
from corpus.study import Study
from corpus.studyfile import Filled, Part

LABELS = ("person", "organisation", "place", "platform", "outlet")
LEXICON = Path(__file__).resolve().parent.parent / "lexicons" / "entities.toml"
_NEVER = "(?!)"
_SHORT = 3  # signs of a Chinese name that a longer word may hold by chance
_WORD = re.compile("[a-z0-9_\u00c0-\u024f]")


@dataclass(frozen=True, slots=True)
class _Form:
    label: str
    name: str
    exact: str | None
    """The form with its capitals, where these count."""
    after: re.Pattern[str] | None
    beside_han: bool
    family: bool
    """A person's family name alone, in Latin letters."""
    country: str | None
    """Whose office this is where no other country stands beside it."""


class Names(Part):
    """A file of names: canonical name to other names under each label, and what is asked of some forms besides.

    ``exact`` ones are told apart by capitals, ``after`` ones follow one of some words, ``beside_han`` ones touch a Chinese
    sign, and ``office`` ones, under a country, are its offices where no other country stands beside them.
    """

    exact: tuple[Filled, ...] = ()
    after: dict[str, tuple[Filled, ...]] = Field(default_factory=dict)
    beside_han: tuple[Filled, ...] = ()
    office: dict[str, tuple[Filled, ...]] = Field(default_factory=dict)
    person: dict[str, tuple[Filled, ...]] = Field(default_factory=dict)
    organisation: dict[str, tuple[Filled, ...]] = Field(default_factory=dict)
    place: dict[str, tuple[Filled, ...]] = Field(default_factory=dict)
    platform: dict[str, tuple[Filled, ...]] = Field(default_factory=dict)
    outlet: dict[str, tuple[Filled, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _asked_of_forms(self) -> Self:
        """What is asked of a form is asked of one that stands here."""
        forms = {form for label in LABELS for name, others in getattr(self, label).items() for form in (name, *others)}
        offices = (form for one in self.office.values() for form in one)
        strangers = {*self.exact, *self.after, *self.beside_han, *offices} - forms
        if strangers:
            raise ValueError(f"no names here, though exact, after, beside_han or office has them: {sorted(strangers)}")
        return self


class Gazetteer:
    """Names to be found; a later entry for the same form takes the place of an earlier one."""

    def __init__(self, files: Iterable[Names], sources: Iterable[tuple[str, str]] = ()) -> None:
        """``sources``: label and printed name of each outlet and platform of a study; brackets and commas part its names."""
        self._forms: dict[str, _Form] = {}
        for label, printed in sources:
            name, *others = _printed(printed)
            self._add(label, name, (name, *others), Names())
        for names in files:
            for label in LABELS:
                for name, others in getattr(names, label).items():
                    self._add(label, name, (name, *others), names)
        lengths: dict[str, set[int]] = {}
        for key in self._forms:
            lengths.setdefault(key[:2], set()).add(len(key))
        self._lengths = {head: tuple(sorted(sizes, reverse=True)) for head, sizes in lengths.items()}
        self._heads = _heads(lengths)

    def _add(self, label: str, name: str, forms: Iterable[str], names: Names) -> None:
        countries = {form: country for country, offices in names.office.items() for form in offices}
        for form in forms:
            capitals = form in names.exact or (form.isascii() and form.isupper() and len(form) <= 4)
            words = "|".join(map(re.escape, names.after.get(form, ())))
            needs = re.compile(rf"\b(?:{words})\s$", re.IGNORECASE) if words else None
            family = label == "person" and form.isalpha() and form.isascii() and " " in name
            self._forms[fold(form).simplified] = _Form(
                label, name, form if capitals else None, needs, form in names.beside_han, family, countries.get(form)
            )

    def find(self, text: str, words: Words | None = None) -> list[Named]:
        """Every known name in ``text``, in order, the longest where several begin, none overlapping another.

        ``words``: those of ``text`` in Simplified script, which short Chinese names may not break; those of
        platforms, which are newer than the dictionary, may.
        """
        copies = fold(text)
        found: list[Named] = []
        countries: dict[int, str] = {}
        at, lengths, folded = 0, self._lengths, copies.simplified
        for start in self._heads.finditer(folded):
            here = start.start()
            sizes = (lengths.get(folded[here : here + 2]) or lengths.get(folded[here])) if here >= at else None
            taken = self._at(text, copies, here, sizes, words, found) if sizes else None
            if taken is not None:
                form, begin, end, at = taken
                if form.country:
                    countries[len(found)] = form.country
                found.append(Named(begin, end, form.label, form.name))
        return offices(text, found, countries) if countries else found

    def _at(
        self, text: str, copies: Copies, at: int, sizes: tuple[int, ...], words: Words | None, found: Sequence[Named]
    ) -> tuple[_Form, int, int, int] | None:
        folded = copies.simplified
        for length in sizes:
            form = self._forms.get(folded[at : at + length])
            if form is None or at + length > len(folded) or not _ends(folded, at + length):
                continue
            start, end = copies.span(at, at + length)
            if form.exact is not None and text[start:end] != form.exact:
                continue
            if form.after is not None and not form.after.search(text[max(0, start - 12) : start]):
                continue
            if form.beside_han and not has_han(text[max(0, start - 1) : start] + text[end : end + 1]):
                continue
            short = length <= _SHORT and form.label != "platform" and not form.country and folded[at] > "\u2e80"
            if words and short and words.cuts(start, end, form.label == "place"):
                continue
            if form.label == "person" and another_person(
                text, start, end, form.family, bool(found) and found[-1].end >= start - 1
            ):
                continue
            return form, start, end, at + length
        return None


def _heads(heads: Iterable[str]) -> re.Pattern[str]:
    """What finds places where a form may begin, by its first two signs; Latin ones only where no Latin letter goes before."""
    latin: list[str] = []
    other: list[str] = []
    for head in heads:
        (latin if _WORD.match(head) else other).append(head)
    return re.compile(f"(?<!{_WORD.pattern}){_either(latin)}|{_either(other)}")


def _either(heads: list[str]) -> str:
    firsts = _class(head[0] for head in heads)
    alone = any(len(head) == 1 for head in heads)
    return firsts if alone or firsts == _NEVER else f"{firsts}(?={_class(head[1] for head in heads)})"


def _class(signs: Iterable[str]) -> str:
    return f"[{''.join(map(re.escape, sorted(set(signs))))}]".replace("[]", _NEVER)


def _ends(folded: str, end: int) -> bool:
    """Whether no Latin letter or digit goes on after a form that ends with one."""
    return not (end < len(folded) and _WORD.match(folded[end]) and _WORD.match(folded[end - 1]))


def _printed(name: str) -> list[str]:
    """The names in one as printed: `RedNote (Xiaohongshu, 小红书)` has three; what a comma adds outside is no name."""
    before, _, inside = name.partition("(")
    others = re.split("[,，]", inside.partition(")")[0])
    return [before.partition(",")[0].strip() or name, *(other.strip() for other in others if len(other.strip()) > 1)]


def own_names(study: Study | None) -> Path | None:
    """The study's own file of names, where it has one."""
    path = study.folder / "gazetteer.toml" if study else None
    return path if path and path.is_file() else None


def load_names(path: Path) -> Names:
    """The names in ``path``; raises UserError with every fault at once, each with its line."""
    return load_right(path, Names)


def names_digest(paths: Iterable[Path], sources: Iterable[tuple[str, str]] = ()) -> str:
    """First 8 hex digits of the SHA-256 over the files of names and a study's sources, for the version of labels."""
    return digest(b"".join(path.read_bytes() for path in paths) + repr(sorted(sources)).encode())[:8]
