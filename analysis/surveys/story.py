"""Find articles that tell the same story anew: other words, but the same people, figures, credits and quotations within days."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

from analysis.annotators import Label, Passage
from analysis.annotators.entities import ANNOTATOR as ENTITIES
from analysis.annotators.quantities import ANNOTATOR as QUANTITIES
from analysis.annotators.quantities import find as amounts
from analysis.annotators.quotes import ANNOTATOR as QUOTES
from analysis.annotators.quotes import find as quotations
from analysis.extraction.credits import credits_of
from corpus.rows import Row
from corpus.schemas import Column, Table
from corpus.scripts import HAN, to_simplified
from corpus.snapshot import Snapshot
from corpus.study import Study

_DAYS = 5
_COMMON, _FEW = 100, 10  # articles that may share a sign: at most 100, or a fifth of all, and 10 in any case
_FIGURE = 1_000.0  # smaller numbers are shared by chance
_WORDS, _SIGNS = 5, 10  # English words, or Chinese signs, in a row that two quotations share
_ENOUGH = 6.0
_KINDS = 2
_WEIGHTS = {"quote": 4.0, "dateline": 3.0, "figure": 2.0, "person": 2.0, "credit": 1.0, "outlet": 0.75, "known": 0.5}
_ONCE = frozenset({"quote", "dateline"})
_OUTLETS = 1.5  # the most that outlets weigh together
_EVIDENCE = 12
_TOKEN = re.compile(rf"[{HAN}]|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*")

Sign = tuple[str, str]
"""A kind of sign, as `_WEIGHTS` has them, and what it says."""

_CARD = f"""\
Story: articles that tell one story anew, in other words, so that text reuse does not find them.

How: an article's signs are the people it names ("known": those of a gazetteer, who stand in every article of an affair), its
figures of {_FIGURE:,.0f} and more, every {_WORDS} words (or {_SIGNS} Chinese signs) in a row of its quotations, the news agencies it credits (with a
dateline's place and day where there is one: BEIJING, Jan. 14 (Xinhua); 新华社北京1月14日电) and the outlets it names. Two articles
at most {_DAYS} days apart (or of unknown day) belong together where the weights of shared signs reach {_ENOUGH:g} and at least {_KINDS} kinds are
shared: quotation 4 and dateline 3 (once each), figure and person 2 each, credit 1, outlet 0.75 (1.5 at most), known person 0.5.
A dateline counts only beside a shared quotation or figure, as one correspondent tells of several events on one day, and its
own agency does not count again; those who wrote, edited or photographed an article are no signs. A sign shared by more than
{_COMMON} articles within those days, or by more than a fifth of all articles (but {_FEW} always may), counts nothing; so time grows with
the number of articles. Stories are the groups that such pairs make; their name is the least id in them. `evidence`: the
signs shared with `nearest`. Articles in no story have no row. Two languages are joined only by canonical names, figures and
agencies.
Trained on: nothing. Measured: on the two articles from which the project began, which it joins, and on invented ones; weights
and threshold are judgements, so read some stories before you count them.
Fails on: chains (A like B, B like C) that make one story of two, long running affairs with the same people and figures, and
short articles with too few signs."""


@dataclass(frozen=True, slots=True)
class Told:
    """An article's id, moment (None: unknown), signs, and the agency that it credits first."""

    id: str
    at: datetime | None
    signs: frozenset[Sign]
    wire: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An article's place in a story: the story's name, the nearest other article of it, and what they share."""

    story: str
    nearest: str
    score: float
    shared: tuple[Sign, ...]


def signs_of(text: str, title: str | None, names: Iterable[tuple[str, str, float]]) -> frozenset[Sign]:
    """The signs of an article by which another telling of its story is known; ``names``: label, canonical name, score."""
    whole = f"{title}\n{text}" if title else text
    found: set[Sign] = set()
    credits = credits_of(text)
    credited = {one.agency for one in credits}
    for credit in credits:
        found.add(("credit", credit.agency))
        if credit.day:
            found.add(("dateline", f"{credit.agency} {credit.place or ''} {credit.day[0]}-{credit.day[1]}"))
    for label, name, score in names:
        if label == "person":
            found.add(("known" if score == 1 else "person", name))
        elif label == "outlet" and name not in credited:
            found.add(("outlet", name))
    for one in amounts(whole):
        if one.value is not None and one.value >= _FIGURE and one.kind != "time":
            found.add(("figure", f"{one.kind} {one.value:.12g}"))
    for quotation in quotations(text):
        if quotation.kind != "indirect":
            found |= set(_in_a_row(to_simplified(text[quotation.start : quotation.end])))
    return frozenset(found)


def _in_a_row(words: str) -> Iterator[Sign]:
    tokens = _TOKEN.findall(words.casefold())
    chinese = sum(token > "\u2e80" for token in tokens) * 2 > len(tokens)
    size, between = (_SIGNS, "") if chinese else (_WORDS, " ")
    for at in range(len(tokens) - size + 1):
        yield "quote", between.join(tokens[at : at + size])


def stories(articles: Iterable[Told]) -> dict[str, Link]:
    """For each article in a story its `Link`; the same for any order of the articles."""
    told = sorted(articles, key=lambda one: (one.at or datetime.max.replace(tzinfo=UTC), one.id))
    shared: defaultdict[tuple[int, int], list[Sign]] = defaultdict(list)
    for sign, numbers in sorted(_holders(told).items()):
        for pair in _pairs(told, numbers):
            shared[pair].append(sign)
    roots = list(range(len(told)))
    best: dict[int, tuple[float, str, int, tuple[Sign, ...]]] = {}
    for (first, second), signs in shared.items():
        score = _score(signs)
        if score < _ENOUGH:
            continue
        for one, other in ((first, second), (second, first)):
            held = best.get(one)
            if held is None or (-score, told[other].id) < (-held[0], held[1]):
                best[one] = (score, told[other].id, other, tuple(signs))
        roots[_root(roots, first)] = _root(roots, second)
    names: dict[int, str] = {}
    for number in best:
        root = _root(roots, number)
        names[root] = min(names.get(root, told[number].id), told[number].id)
    return {
        told[number].id: Link(names[_root(roots, number)], nearest, score, signs)
        for number, (score, nearest, _, signs) in best.items()
    }


def _holders(told: Sequence[Told]) -> dict[Sign, list[int]]:
    """Which articles have each sign, by number; without signs that one alone or that too many have."""
    holders: defaultdict[Sign, list[int]] = defaultdict(list)
    for number, article in enumerate(told):
        for sign in article.signs:
            holders[sign].append(number)
    most = max(_FEW, len(told) // 5)
    return {sign: numbers for sign, numbers in holders.items() if 1 < len(numbers) <= most}


def _pairs(told: Sequence[Told], numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Pairs of ``numbers`` (by moment, unknown ones last) that lie near each other; none from where too many do."""
    if len(numbers) <= _FEW:
        yield from (pair for pair in combinations(numbers, 2) if _near(told[pair[0]].at, told[pair[1]].at))
        return
    moments = [at for number in numbers if (at := told[number].at) is not None]
    undated = numbers[len(moments) :]
    for place, number in enumerate(numbers[: len(moments)]):
        end = bisect_right(moments, moments[place] + timedelta(days=_DAYS))
        if end - place <= _COMMON:
            yield from ((number, other) for other in numbers[place + 1 : end])
    if undated and len(numbers) <= _COMMON:
        yield from ((one, other) for place, other in enumerate(numbers) if other in undated for one in numbers[:place])


def _near(first: datetime | None, second: datetime | None) -> bool:
    return first is None or second is None or abs(first - second) <= timedelta(days=_DAYS)


def _score(signs: Sequence[Sign]) -> float:
    """The weight of shared signs; 0 where they are all of one kind."""
    signs = _telling(signs)
    if len({"person" if kind == "known" else kind for kind, _ in signs}) < _KINDS:
        return 0.0
    often = Counter(kind for kind, _ in signs)
    weights = {kind: _WEIGHTS[kind] * (1 if kind in _ONCE else count) for kind, count in often.items()}
    weights["outlet"] = min(weights.get("outlet", 0.0), _OUTLETS)
    return sum(weights.values())


def _telling(signs: Sequence[Sign]) -> list[Sign]:
    """Shared signs without datelines beside which no quotation or figure is shared, else without these ones' own agency."""
    if not any(kind == "dateline" for kind, _ in signs):
        return list(signs)
    if not any(kind in ("quote", "figure") for kind, _ in signs):
        return [sign for sign in signs if sign[0] != "dateline"]
    datelines = tuple(said for kind, said in signs if kind == "dateline")
    return [
        (kind, said)
        for kind, said in signs
        if kind != "credit" or not any(one.startswith(f"{said} ") for one in datelines)
    ]


def _root(roots: list[int], number: int) -> int:
    while roots[number] != number:
        roots[number] = roots[roots[number]]
        number = roots[number]
    return number


class Story:
    """The survey."""

    version = "2"
    card = _CARD
    table = Table(
        "story",
        "Articles that tell the same story in other words",
        (
            Column("document_id", "string", "`documents.id`"),
            Column("version", "string", "Version of the survey and of the annotators whose labels it uses"),
            Column("story", "string", "Least `documents.id` of the story's articles"),
            Column("nearest", "string", "`documents.id` of the article with which it shares most"),
            Column("score", "float64", "Weight of the signs shared with that article, from 6"),
            Column("evidence", "string", f"Those signs, each with its kind; the first {_EVIDENCE}", "text"),
            Column("wire", "string", "News agency that the article credits first; null: none found", "text"),
        ),
        ("document_id", "version"),
    )

    def version_for(self, study: Study | None) -> str:
        """Its own version and those of the names, quotations and quantities that it uses."""
        return f"{self.version}+{ENTITIES.version_for(study)}+quotes-{QUOTES.version}+quantities-{QUANTITIES.version}"

    def run(self, snapshot: Snapshot, study: Study) -> list[Row]:
        """One row for each article that shares its story with another."""
        label, told = ENTITIES.prepare(study), []
        for number in range(snapshot.row_groups("documents")):
            columns = ("id", "kind", "title", "text", "language", "published_at")
            for row in snapshot.row_group("documents", number, columns).to_pylist():
                if row["kind"] == "article":
                    told.append(_told(row, label([Passage(row["text"], row["language"] or "und")])[0]))
        version = self.version_for(study)
        wires = {one.id: one.wire for one in told}
        return [
            {
                "document_id": document,
                "version": version,
                "story": link.story,
                "nearest": link.nearest,
                "score": link.score,
                "evidence": "; ".join(f"{kind}: {said}" for kind, said in link.shared[:_EVIDENCE]),
                "wire": wires[document],
            }
            for document, link in sorted(stories(told).items())
        ]


def _told(row: Mapping[str, Any], labels: Iterable[Label]) -> Told:
    names = [
        (one.label, one.more["name"], one.score or 0.0)
        for one in labels
        if one.start is not None and not one.more["byline"]
    ]
    credits = credits_of(row["text"])
    wire = credits[0].agency if credits else None
    return Told(row["id"], row["published_at"], signs_of(row["text"], row["title"], names), wire)


SURVEY = Story()
