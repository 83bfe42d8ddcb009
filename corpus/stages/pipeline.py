"""Trained spaCy pipelines that a study names: their tokens, lemmas and parts of speech."""

import hashlib
import importlib
import importlib.util
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from corpus.errors import UserError
from corpus.stages.english import cut_english

# spaCy takes quadratic time on runs without white space.
_ENDLESS = {"en": re.compile(r"\S{1000}"), "zh": re.compile(r"[!-~]{1000}")}


@dataclass(frozen=True, slots=True)
class Piece:
    """A token with what the pipeline says of it."""

    token: str
    lemma: str | None = None
    pos: str | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A spaCy pipeline, by the name of an installed package or the path of a folder; raises UserError where it is neither,
    or of another language than ``language`` (en, zh)."""

    name: str
    language: str

    def __post_init__(self) -> None:
        setting = f"study.toml: language.{'english' if self.language == 'en' else 'chinese'}"
        folder = _folder(self.name)
        if folder is None:
            raise UserError(
                f"the spaCy pipeline {self.name!r} is not installed",
                where=setting,
                hint="install it, give the path of its folder, or leave it empty",
            )
        told = str(_meta(folder).get("lang", "unknown"))
        if told != self.language:
            raise UserError(
                f"the spaCy pipeline {self.name!r} is for the language {told}, not {self.language}", where=setting
            )

    def __str__(self) -> str:
        """Name, version and the first 8 hex digits of a digest of its files; no path."""
        folder = _folder(self.name)
        assert folder is not None
        meta = _meta(folder)
        return f"{self.language}_{meta.get('name', '')} {meta.get('version', '')} {_digest(folder)}"

    def cut(self, text: str, words: Sequence[str]) -> list[Piece]:
        """Tokens of ``text``, white space among them, so that joined they give it back; none of ``words`` is cut."""
        found: list[Piece] = []
        model = _load(self.name)
        with model.memory_zone():
            for line in text.splitlines(keepends=True):
                if _ENDLESS[self.language].search(line):
                    ends = accumulate(cut_english(line)[0], initial=0)
                    found += [Piece(line[start:end]) for start, end in pairwise(ends)]
                    continue
                model.max_length = max(model.max_length, len(line))
                for token in model(line):
                    found.append(Piece(token.text, token.lemma_ or None, token.pos_ or None))
                    if token.whitespace_:
                        found.append(Piece(token.whitespace_))
        return list(_kept_whole(found, text, words)) if words else found

    def entities(self, text: str) -> list[tuple[int, int, str]]:
        """What the pipeline takes for names, in order: their places in ``text``, with its own labels (PERSON, GPE ...)."""
        found: list[tuple[int, int, str]] = []
        model, at = _load(self.name), 0
        with model.memory_zone():
            for line in text.splitlines(keepends=True):
                if not _ENDLESS[self.language].search(line):
                    model.max_length = max(model.max_length, len(line))
                    found += [(at + one.start_char, at + one.end_char, one.label_) for one in model(line).ents]
                at += len(line)
        return found


def _kept_whole(pieces: list[Piece], text: str, words: Sequence[str]) -> Iterator[Piece]:
    """``pieces`` of ``text`` with each of ``words`` as one token; it takes the part of speech of the last piece in it."""
    listed = "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
    spans = [found.span() for found in re.finditer(rf"(?i:{listed})", text)]
    at = 0
    for piece in pieces:
        begin, at = at, at + len(piece.token)
        while spans and spans[0][0] < at:
            start, end = spans[0]
            if begin < start:
                yield Piece(text[begin:start], None, piece.pos)
            if end > at:
                begin = at
                break
            yield Piece(text[start:end], text[start:end].lower(), piece.pos)
            begin = end
            spans.pop(0)
        if begin < at:
            yield piece if begin == at - len(piece.token) else Piece(text[begin:at], None, piece.pos)


def _folder(name: str) -> Path | None:
    if (Path(name) / "meta.json").is_file():
        return Path(name)
    package = name.replace("-", "_")
    found = importlib.util.find_spec(package) if package.isidentifier() else None
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(found.submodule_search_locations[0])
    return folder if (folder / "meta.json").is_file() else None


@cache
def _meta(folder: Path) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads((folder / "meta.json").read_bytes())
    return meta


@cache
def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(path.relative_to(folder).as_posix().encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:8]


@cache
def _load(name: str) -> Any:
    return importlib.import_module("spacy").load(name)  # takes seconds: only where a text needs it
