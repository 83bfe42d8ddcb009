"""Find articles that tell the same story anew: other words, but the same people, figures and quotations within days."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from analysis.annotators import Label, Passage
from analysis.annotators.entities import ANNOTATOR as ENTITIES
from analysis.annotators.quantities import find as amounts
from analysis.annotators.quotes import find as quotations
from corpus.rows import Row
from corpus.schemas import Column, Table
from corpus.snapshot import Snapshot
from corpus.study import Study

_DAYS = 5
_COMMON = 100  # a sign that more articles share tells no story
_FIGURE = 1_000.0  # smaller numbers are shared by chance
_WORDS = 5  # words in a row that two quotations share
_ENOUGH = 6.0
_KINDS = 2
_WEIGHTS = {"quote": 3.0, "figure": 2.0, "person": 2.0, "outlet": 0.75}

_CARD = f"""\
Story: articles that tell one story anew, in other words, so that text reuse does not find them.

How: an article's signs are the people it names, its figures of {_FIGURE:,.0f} and more, every {_WORDS} words in a row of its direct
quotations, and the outlets that it names as a source. Two articles at most {_DAYS} days apart (or of unknown day) belong together
where the weights of shared signs reach {_ENOUGH:g} and at least {_KINDS} kinds of sign are shared: quotation 3 (once), figure and person 2,
outlet 0.75 each. A sign that more than {_COMMON} articles share counts nothing. Stories are the groups that such pairs make; their
name is the least id in them. Articles in no story have no row. No two languages are joined save by shared canonical names and
figures.
Trained on: nothing. Measured: on the two articles from which the project began, which it joins, and on invented ones; weights
and threshold are judgements, so read some stories before you count them.
Fails on: chains (A like B, B like C) that make one story of two, long running affairs with the same people and figures, and
short articles with too few signs."""


@dataclass(frozen=True, slots=True)
class Told:
    """An article's id, day and signs, each with its kind."""

    id: str
    at: datetime | None
    signs: frozenset[tuple[str, str]]


def signs_of(text: str, title: str | None, names: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """The signs of an article by which another telling of its story is known; ``names``: label and canonical name."""
    whole = f"{title}\n{text}" if title else text
    found = {("person", name) for label, name in names if label == "person"}
    found |= {("outlet", name) for label, name in names if label == "outlet"}
    for one in amounts(whole):
        if one.value is not None and one.value >= _FIGURE and one.kind != "time":
            found.add(("figure", f"{one.kind} {one.value:.12g}"))
    for quotation in quotations(text):
        if quotation.kind != "indirect":
            words = text[quotation.start : quotation.end].casefold().split()
            found |= {("quote", " ".join(words[at : at + _WORDS])) for at in range(len(words) - _WORDS + 1)}
    return frozenset(found)


def stories(articles: Iterable[Told]) -> dict[str, tuple[str, float]]:
    """For each article in a story the story's name and its best score with another article of it."""
    told = sorted(articles, key=lambda one: one.id)
    holders: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, article in enumerate(told):
        for sign in article.signs:
            holders[sign].append(number)
    shared: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for (kind, _), numbers in holders.items():
        if 1 < len(numbers) <= _COMMON:
            for pair in combinations(numbers, 2):
                shared[pair][kind] += 1
    roots, best = list(range(len(told))), [0.0] * len(told)
    for (first, second), kinds in shared.items():
        score = sum(_WEIGHTS[kind] * (1 if kind == "quote" else count) for kind, count in kinds.items())
        if score >= _ENOUGH and len(kinds) >= _KINDS and _near(told[first].at, told[second].at):
            best[first], best[second] = max(best[first], score), max(best[second], score)
            low, high = sorted((_root(roots, first), _root(roots, second)))
            roots[high] = low
    return {
        article.id: (told[_root(roots, number)].id, best[number])
        for number, article in enumerate(told)
        if best[number] > 0
    }


def _root(roots: list[int], number: int) -> int:
    while roots[number] != number:
        roots[number] = roots[roots[number]]
        number = roots[number]
    return number


def _near(first: datetime | None, second: datetime | None) -> bool:
    return first is None or second is None or math.fabs((first - second).total_seconds()) <= _DAYS * 86_400


class Story:
    """The survey."""

    version = "1"
    card = _CARD
    table = Table(
        "story",
        "Articles that tell the same story in other words",
        (
            Column("document_id", "string", "`documents.id`"),
            Column("version", "string", "Version of the survey and of the annotators whose labels it uses"),
            Column("story", "string", "Least `documents.id` of the story's articles"),
            Column("score", "float64", "Weight of the signs shared with the nearest other article, from 6"),
        ),
        ("document_id", "version"),
    )

    def version_for(self, study: Study | None) -> str:
        """Its own version and that of the names it uses."""
        return f"{self.version}+{ENTITIES.version_for(study)}"

    def run(self, snapshot: Snapshot, study: Study) -> list[Row]:
        """One row for each article that shares its story with another."""
        name, told = ENTITIES.prepare(study), []
        for number in range(snapshot.row_groups("documents")):
            columns = ("id", "kind", "title", "text", "language", "published_at")
            for row in snapshot.row_group("documents", number, columns).to_pylist():
                if row["kind"] == "article":
                    told.append(_told(row, name([Passage(row["text"], row["language"] or "und")])[0]))
        version = self.version_for(study)
        return [
            {"document_id": document, "version": version, "story": story, "score": score}
            for document, (story, score) in sorted(stories(told).items())
        ]


def _told(row: Mapping[str, Any], labels: Iterable[Label]) -> Told:
    names = [(one.label, one.more["name"]) for one in labels if one.start is not None]
    return Told(row["id"], row["published_at"], signs_of(row["text"], row["title"], names))


SURVEY = Story()
