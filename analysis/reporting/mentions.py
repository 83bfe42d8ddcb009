"""What texts name, quote and count: names by kind, speakers in the news, quantities, and articles of one story."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from analysis.reporting.counting import PUBLISHED, Row
from analysis.surveys import newest
from corpus.snapshot import Snapshot

NAMED = ("person", "organisation", "place", "platform", "outlet")
SPEAKING = ("person", "organisation", "outlet", "platform")
"""What may speak, the likeliest first: of "Ministry spokeswoman Li" the person speaks. A place seldom does."""
LEAST_COUNT = 100
"""Smaller numbers of things stand in several articles by chance."""
_MANNERS = ("direct", "partial", "indirect")
_SHOWN = 6
"""So many signs of one kind are told of a story."""
EVIDENCE = ("credited", "people", "figures", "quotations")
_EVIDENCE = {"dateline": "credited", "credit": "credited", "outlet": "credited", "person": "people", "known": "people"}
_EVIDENCE |= {"figure": "figures", "quote": "quotations"}
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Names with their counts of mentions, documents and sources; outside news media only names that a gazetteer knows.

    Those who wrote, edited or photographed an article are left out: names in bylines, and the article's own `bylines`.

    Speakers, quantities and stories are of articles alone: nothing that a person wrote for himself is told word by word.
    """

    names: list[Row]
    named: Row
    """Over all names: `mentions`, `documents`, `names`."""
    speakers: list[Row]
    quoted: Row
    """Over all articles: `articles` that quote, `utterances`, `direct` ones, `named` ones, whose speaker is a name."""
    amounts: list[Row]
    """By kind and value, in two articles or more: how it is bounded, its units, its subjects as they stand, with counts."""
    counted: Row
    """Over all articles: `articles` with a quantity, `quantities`, `values` in several articles, `split`: several subjects."""
    stories: list[Row]
    told: Row
    """`articles` in a story, `stories`, and all articles in `of`."""


def mentions(snapshot: Snapshot, wide: pa.Table, sources: Mapping[str, str]) -> Mentions:
    """Count what annotators marked; ``sources``: names by id. What was not annotated has no rows."""
    names, named = _names(snapshot, wide)
    articles = wide.filter(pc.equal(wide.column("kind"), "article"))
    of = dict(zip(articles.column("id").to_pylist(), articles.column("source_id").to_pylist(), strict=True))
    spoken, quoted = _speakers(snapshot, of)
    amounts, counted = _amounts(snapshot, of)
    stories, told = _stories(snapshot, articles, sources)
    return Mentions(names, named, spoken, quoted, amounts, counted, stories, told)


def _marked(snapshot: Snapshot, name: str, columns: tuple[str, ...], documents: pa.ChunkedArray) -> pa.Table | None:
    """The places that an annotator marked in ``documents``; None where it never ran."""
    table = newest(snapshot, name, ("document_id", "label", "start", *columns))
    if table is None:
        return None
    inside = pc.is_in(table.column("document_id"), value_set=documents)
    return table.filter(pc.and_(pc.is_valid(table.column("start")), inside))


def _names(snapshot: Snapshot, wide: pa.Table) -> tuple[list[Row], Row]:
    marked = _marked(snapshot, "entities", ("name", "score", "byline"), wide.column("id"))
    if marked is None:
        return [], {}
    place = pc.index_in(marked.column("document_id"), value_set=wide.column("id"))
    beside = wide.select(["kind", "source_id", "platform"]).take(place)
    marked = marked.append_column("source", beside.column("source_id"))
    published = pc.is_in(beside.column("kind"), value_set=pa.array(PUBLISHED))
    published = pc.and_(published, pc.equal(beside.column("platform"), "news"))
    told = pc.or_(published, pc.equal(marked.column("score"), 1.0))
    marked = marked.filter(pc.and_(told, pc.invert(_made_by(snapshot, marked))))
    each = marked.group_by(["label", "name"]).aggregate(
        [([], "count_all"), ("document_id", "count_distinct"), ("source", "count_distinct")]
    )
    rows = [
        {"kind": label, "name": name, "mentions": n, "documents": documents, "sources": sources}
        for label, name, n, documents, sources in zip(
            *(
                each.column(one).to_pylist()
                for one in ("label", "name", "count_all", "document_id_count_distinct", "source_count_distinct")
            ),
            strict=True,
        )
    ]
    rows.sort(key=lambda row: (-row["documents"], -row["mentions"], row["name"], row["kind"]))
    documents = pc.count_distinct(marked.column("document_id")).as_py()
    return rows, {"mentions": len(marked), "documents": documents, "names": len(rows)}


def _made_by(snapshot: Snapshot, marked: pa.Table) -> pa.Array:
    """Which names are of those who made the document in which they stand."""
    documents = snapshot.table("documents", ("id", "bylines"))
    documents = documents.filter(pc.greater(pc.list_value_length(documents.column("bylines")), 0))
    rows = zip(*(documents.column(one).to_pylist() for one in ("id", "bylines")), strict=True)
    makers = {(document, name) for document, names in rows for name in names}
    places = zip(*(marked.column(one).to_pylist() for one in ("document_id", "name", "byline")), strict=True)
    return pa.array([bool(byline) or (document, name) in makers for document, name, byline in places], pa.bool_())


def _speakers(snapshot: Snapshot, of: Mapping[str, str]) -> tuple[list[Row], Row]:
    """Named speakers of articles: an utterance counts once, for the name that stands where its speaker does."""
    ids = pa.chunked_array([pa.array(of, pa.string())])
    quotes = _marked(snapshot, "quotes", ("quotation", "speaker_start", "speaker_end", "role"), ids)
    entities = _marked(snapshot, "entities", ("end", "name"), ids)
    if quotes is None or entities is None:
        return [], {}
    first: dict[tuple[str, int], Row] = {}
    for row in quotes.to_pylist():
        key = row["document_id"], row["quotation"]
        if key not in first or row["start"] < first[key]["start"]:
            first[key] = row
    named: defaultdict[str, list[Row]] = defaultdict(list)
    for row in entities.to_pylist():
        named[row["document_id"]].append(row)
    found: dict[tuple[str, str], list[Row]] = {}
    for row in first.values():
        name = _name_at(row, named[row["document_id"]])
        if name is not None:
            found.setdefault(name, []).append(row)
    rows = [
        {
            "kind": label,
            "name": name,
            "role": _commonest(row["role"] for row in said),
            "utterances": len(said),
            **{manner: sum(row["label"] == manner for row in said) for manner in _MANNERS},
            "articles": len({row["document_id"] for row in said}),
            "sources": len({of[row["document_id"]] for row in said}),
        }
        for (label, name), said in found.items()
    ]
    rows.sort(key=lambda row: (-row["utterances"], -row["articles"], row["name"], row["kind"]))
    return rows, {
        "articles": len({document for document, _ in first}),
        "utterances": len(first),
        "direct": sum(row["label"] == "direct" for row in first.values()),
        "named": sum(row["utterances"] for row in rows),
        "speakers": len(rows),
    }


def _name_at(quote: Row, names: Iterable[Row]) -> tuple[str, str] | None:
    """The kind and name of who speaks: of names where the speaker stands the first of the likeliest kind."""
    if quote["speaker_start"] is None:
        return None
    start, end = quote["speaker_start"], quote["speaker_end"]
    inside = [one for one in names if one["label"] in SPEAKING and one["start"] < end and one["end"] > start]
    best = min(inside, key=lambda one: (SPEAKING.index(one["label"]), one["start"]), default=None)
    return None if best is None else (best["label"], best["name"])


def _commonest(values: Iterable[str | None]) -> str | None:
    counts = Counter(value for value in values if value)
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None


def _amounts(snapshot: Snapshot, of: Mapping[str, str]) -> tuple[list[Row], Row]:
    """Quantities of articles by kind and value, those in most sources first; spans of time and small counts are left out."""
    ids = pa.chunked_array([pa.array(of, pa.string())])
    marked = _marked(snapshot, "quantities", ("value", "low", "high", "unit", "subject"), ids)
    if marked is None:
        return [], {}
    found: defaultdict[tuple[str, float], list[Row]] = defaultdict(list)
    documents, number = set(), 0
    for row in marked.to_pylist():
        if row["label"] != "time":
            documents.add(row["document_id"])
            number += 1
            if row["value"] is not None and (row["label"] != "count" or row["value"] >= LEAST_COUNT):
                found[row["label"], row["value"]].append(row)
    rows: list[Row] = []
    for (label, value), group in found.items():
        articles = {row["document_id"] for row in group}
        if len(articles) > 1:
            rows.append(
                {
                    "amount_kind": label,
                    "value": value,
                    "bounds": _often(_bound(row) for row in group),
                    "units": _often(row["unit"] for row in group),
                    "subjects": _often(row["subject"] for row in group),
                    "articles": len(articles),
                    "sources": len({of[one] for one in articles}),
                }
            )
    rows.sort(key=lambda row: (-row["sources"], -row["articles"], -row["value"], row["amount_kind"]))
    split = sum(len(row["subjects"]) > 1 for row in rows)
    return rows, {"articles": len(documents), "quantities": number, "values": len(rows), "split": split}


def _bound(row: Row) -> str:
    if row["low"] is None:
        return "about" if row["high"] is None else "at_most"
    return "at_least" if row["high"] is None else "exactly" if row["low"] == row["high"] else "between"


def _often(values: Iterable[str | None]) -> list[tuple[str, int]]:
    counts = Counter(value for value in values if value is not None)
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _stories(snapshot: Snapshot, articles: pa.Table, sources: Mapping[str, str]) -> tuple[list[Row], Row]:
    """Stories with what their articles share, as the survey gives it for each article and the one nearest to it."""
    table = newest(snapshot, "story", ("document_id", "story", "evidence"))
    if table is None:
        return [], {}
    table = table.filter(pc.is_in(table.column("document_id"), value_set=articles.column("id")))
    members: defaultdict[str, list[Row]] = defaultdict(list)
    for row in table.to_pylist():
        members[row["story"]].append(row)
    of = articles.select(["id", "source_id", "published_at", "day_shanghai", "script"])
    told = of.filter(pc.is_in(of.column("id"), value_set=table.column("document_id"))).to_pylist()
    about = {row["id"]: row for row in told}
    rows = [_story([about[row["document_id"]] for row in group], group, sources) for group in members.values()]
    titles = _titles(snapshot, [row["first_id"] for row in rows])
    rows = [row | {"title": titles.get(row["first_id"])} for row in rows]
    rows.sort(key=lambda row: (-row["sources"], -row["articles"], row["first_id"]))
    return rows, {"articles": len(table), "stories": len(rows), "of": len(articles)}


def _titles(snapshot: Snapshot, ids: list[str]) -> dict[str, str | None]:
    titles = snapshot.table("documents", ("id", "title"))
    titles = titles.filter(pc.is_in(titles.column("id"), value_set=pa.array(ids, pa.string())))
    return dict(zip(*(titles.column(name).to_pylist() for name in ("id", "title")), strict=True))


def _story(articles: list[Row], told: Iterable[Row], sources: Mapping[str, str]) -> Row:
    first = min(articles, key=lambda row: (row["published_at"] is None, row["published_at"] or _NEVER, row["id"]))
    shared: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in told:
        for sign in (row["evidence"] or "").split("; "):
            kind, _, said = sign.partition(": ")
            shared[_EVIDENCE.get(kind, "")][said] += 1
    return {
        "first_id": first["id"],
        "first_source": sources.get(first["source_id"], first["source_id"]),
        "first_day": first["day_shanghai"],
        "articles": len(articles),
        "sources": len({row["source_id"] for row in articles}),
        "languages": len({row["script"] for row in articles}),
        **{column: _often(shared[column].elements())[:_SHOWN] for column in EVIDENCE[:-1]},
        EVIDENCE[-1]: _whole(shared[EVIDENCE[-1]])[:_SHOWN],
    }


def _whole(runs: Mapping[str, int]) -> list[tuple[str, int]]:
    """Runs of words (of signs in Chinese) that overlap in all but one, put together again; the longest first."""
    apart = {run: tuple(run.split(" ")) if " " in run else tuple(run) for run in runs}
    after = {words[:-1]: run for run, words in sorted(apart.items()) if len(words) > 1}
    follows = {words[1:] for words in apart.values()}
    found = []
    for run, words in sorted(apart.items()):
        if len(words) > 1 and words[:-1] in follows:
            continue  # another run begins before it
        between, text, seen = " " if " " in run else "", words, {run}
        while (following := after.get(text[1 - len(words) :])) and following not in seen:
            seen.add(following)
            text += apart[following][-1:]
        found.append((between.join(text), max(runs[one] for one in seen)))
    return sorted(found, key=lambda one: (-len(one[0]), one[0]))
