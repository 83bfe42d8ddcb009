"""What annotators and a survey might have said of invented documents: rows for their tables, with given strings."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from analysis.annotators.entities import ANNOTATOR as ENTITIES
from analysis.annotators.quantities import ANNOTATOR as QUANTITIES
from analysis.annotators.quotes import ANNOTATOR as QUOTES
from analysis.reporting.mentions import NAMED
from analysis.surveys.story import SURVEY as STORY
from corpus.schemas import Table, annotations_table

VERSION = "1+it's"
OLD = "0"
Row = dict[str, Any]


def annotations(documents: Sequence[Row], names: Sequence[str], random: Random) -> Iterator[tuple[Table, list[Row]]]:
    """Each table with its rows; of an older version too, which no figure may count."""
    yield annotations_table("emotion", "Emotions"), _whole(documents, "emotion", _emotions, random)
    yield annotations_table("stance", "Stances"), _whole(documents, "stance", _stances, random)
    yield annotations_table("ironic_cue", "Irony"), _whole(documents, "ironic_cue", _irony, random)
    yield (
        annotations_table("entities", "Names", ENTITIES.columns),
        _places(documents, "entities", _entity, names, random),
    )
    yield annotations_table("quotes", "Quotes", QUOTES.columns), _places(documents, "quotes", _quote, names, random)
    yield (
        annotations_table("quantities", "Quantities", QUANTITIES.columns),
        _places(documents, "quantities", _quantity, names, random),
    )
    articles = [row["id"] for row in documents if row["kind"] == "article"][:40]
    told = [
        {"document_id": one, "story": articles[n // 4 * 4], "score": 6.0, "evidence": _evidence(names, n)}
        for n, one in enumerate(articles)
    ]
    yield STORY.table, [row | {"version": VERSION} for row in told] + [told[0] | {"version": OLD}] if told else []


def _evidence(names: Sequence[str], number: int) -> str:
    person = names[number // 4 % len(names)]
    return f"person: {person}; figure: count 700000; quote: no single owner could stop; credit: The Agency"


def _row(document: Row, annotator: str, label: str, **more: Any) -> Row:
    return {"document_id": document["id"], "annotator": annotator, "version": VERSION, "label": label} | more


def _whole(documents: Sequence[Row], name: str, labels: Any, random: Random) -> list[Row]:
    rows = [_row(one, name, label, score=0.5) for one in documents for label in labels(one, random)]
    marks = [_row(one, name, "joy", score=0.5, start=0, end=2) for one in documents[:50]]
    return rows + marks + [row | {"version": OLD, "label": "anger"} for row in rows[:20]]


def _emotions(document: Row, random: Random) -> Sequence[str]:
    if random.random() < 0.4:
        return ("none",) if random.random() < 0.8 else ("abstain",)
    return random.sample(("joy", "joy", "anger", "praise"), 1) + (["fear"] if random.random() < 0.3 else [])


def _stances(document: Row, random: Random) -> Sequence[str]:
    if document["kind"] not in ("post", "comment"):
        return ("not_applicable",)
    return (random.choice(("abstain", "abstain", "none", "welcoming", "worried", "hostile")),)


def _irony(document: Row, random: Random) -> Sequence[str]:
    return (random.choice(("none",) * 8 + ("cue", "abstain")),)


def _places(documents: Sequence[Row], name: str, make: Any, names: Sequence[str], random: Random) -> list[Row]:
    rows: list[Row] = []
    for document in documents:
        made = [make(document, n, names, random) for n in range(random.randrange(4))]
        rows += made or [_row(document, name, "none")]
    return rows + [row | {"version": OLD} for row in rows[:30]]


def _entity(document: Row, number: int, names: Sequence[str], random: Random) -> Row:
    place = {"start": number * 3, "end": number * 3 + 2}
    known = random.random() < 0.5
    name = random.choice(names)
    more = {"name": name, "byline": random.random() < 0.1}
    return _row(document, "entities", random.choice(NAMED), score=1.0 if known else 0.5, **more, **place)


def _quote(document: Row, number: int, names: Sequence[str], random: Random) -> Row:
    label = ("direct", "partial", "indirect")[number]
    speaker = {"speaker": "x", "speaker_start": number * 3, "speaker_end": number * 3 + 1} if number != 1 else {}
    quotation = 1 if number < 2 else 2
    place = {"start": number * 3, "end": number * 3 + 3}
    return _row(document, "quotes", label, quotation=quotation, role=random.choice(names), **speaker, **place)


def _quantity(document: Row, number: int, names: Sequence[str], random: Random) -> Row:
    value = random.choice((3.5, 700_000.0, 40.0, 1_000.0, None))
    low, high = random.choice(((value, value), (value, None), (None, value), (None, None)))
    place = {"start": number * 2, "end": number * 2 + 1}
    more = {"value": value, "low": low, "high": high, "unit": "%", "subject": random.choice((*names[:6], None))}
    return _row(document, "quantities", random.choice(("count", "share", "time")), **more, **place)
