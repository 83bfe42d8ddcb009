"""What texts name, quote and count: names by kind, speakers in the news, quantities, and articles of one story."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.counting import PUBLISHED, Row
from analysis.surveys import newest
from corpus.snapshot import Snapshot

NAMED = ("person", "organisation", "place", "platform", "outlet")
SPEAKING = ("person", "organisation", "outlet", "platform", "place")
"""What may speak, the likeliest first: of "Ministry spokeswoman Li" the person speaks."""
_MANNERS = ("direct", "partial", "indirect")
_SHOWN = 12
"""So many names, figures or subjects are told of one row."""
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Mentions:
    """Names with their counts of mentions, documents and sources; of posts and comments only names that a gazetteer knows.

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
    marked = _marked(snapshot, "entities", ("name", "score"), wide.column("id"))
    if marked is None:
        return [], {}
    place = pc.index_in(marked.column("document_id"), value_set=wide.column("id"))
    beside = wide.select(["kind", "source_id"]).take(place)
    marked = marked.append_column("source", beside.column("source_id"))
    published = pc.is_in(beside.column("kind"), value_set=pa.array(PUBLISHED))
    marked = marked.filter(pc.or_(published, pc.equal(marked.column("score"), 1.0)))
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
    inside = [one for one in names if one["start"] < quote["speaker_end"] and one["end"] > quote["speaker_start"]]
    best = min(inside, key=lambda one: (SPEAKING.index(one["label"]), one["start"]), default=None)
    return None if best is None else (best["label"], best["name"])


def _commonest(values: Iterable[str | None]) -> str | None:
    counts = Counter(value for value in values if value)
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None


def _amounts(snapshot: Snapshot, of: Mapping[str, str]) -> tuple[list[Row], Row]:
    """Quantities of articles by kind and value, those in most sources first; spans of time are left out."""
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
            if row["value"] is not None:
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
    """Stories with what their articles share: names of people, outlets that they credit, figures, words of quotations."""
    ids = articles.column("id")
    table = newest(snapshot, "story", ("document_id", "story"))
    if table is None:
        return [], {}
    table = table.filter(pc.is_in(table.column("document_id"), value_set=ids))
    members: defaultdict[str, list[str]] = defaultdict(list)
    for document, story in zip(table.column("document_id").to_pylist(), table.column("story").to_pylist(), strict=True):
        members[story].append(document)
    about = _about(snapshot, articles, table.column("document_id"))
    shared = _signs(snapshot, table.column("document_id"), about)
    rows = [_story(of, about, shared, sources) for of in members.values()]
    rows.sort(key=lambda row: (-row["sources"], -row["articles"], row["first_id"]))
    return rows, {"articles": len(table), "stories": len(rows), "of": len(ids)}


def _about(snapshot: Snapshot, articles: pa.Table, ids: pa.ChunkedArray) -> dict[str, Row]:
    columns = ["id", "source_id", "published_at", "day_shanghai", "script"]
    rows = articles.select(columns).filter(pc.is_in(articles.column("id"), value_set=ids)).to_pylist()
    about = {row["id"]: row for row in rows}
    for part in snapshot.slices("documents", ("id", "title", "text")):
        for row in part.filter(pc.is_in(part.column("id"), value_set=ids)).to_pylist():
            if row["id"] in about:
                about[row["id"]] |= {"title": row["title"], "text": row["text"]}
    return about


def _signs(snapshot: Snapshot, ids: pa.ChunkedArray, about: Mapping[str, Row]) -> dict[str, set[tuple[str, str]]]:
    """By article: the people and outlets it names, its figures, and its direct quotations, folded."""
    signs: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    entities = _marked(snapshot, "entities", ("name",), ids)
    for row in entities.to_pylist() if entities else ():
        if row["label"] in ("person", "outlet"):
            signs[row["document_id"]].add((row["label"], row["name"]))
    amounts = _marked(snapshot, "quantities", ("value", "unit"), ids)
    for row in amounts.to_pylist() if amounts else ():
        if row["label"] != "time" and row["value"] is not None and row["value"] >= 1_000:
            signs[row["document_id"]].add(("figure", f"{row['value']:,.12g}"))
    quotes = _marked(snapshot, "quotes", ("end",), ids)
    for row in quotes.to_pylist() if quotes else ():
        if row["label"] != "indirect":
            words = about[row["document_id"]]["text"][row["start"] : row["end"]].casefold().split()
            signs[row["document_id"]].add(("quote", " ".join(words).strip(" ,.，。")))
    return signs


def _story(
    of: list[str], about: Mapping[str, Row], signs: Mapping[str, set[tuple[str, str]]], sources: Mapping[str, str]
) -> Row:
    def place(document: str) -> tuple[bool, Any, str]:
        at = about[document]["published_at"]
        return at is None, at and at.timestamp(), document

    first = about[min(of, key=place)]
    counts = Counter(sign for document in of for sign in signs.get(document, ()))
    shared = sorted((sign for sign, n in counts.items() if n > 1), key=lambda sign: (-counts[sign], sign))
    return {
        "first_id": first["id"],
        "title": first["title"],
        "first_source": sources.get(first["source_id"], first["source_id"]),
        "first_day": first["day_shanghai"],
        "articles": len(of),
        "sources": len({about[one]["source_id"] for one in of}),
        "languages": len({about[one]["script"] for one in of}),
        "people": [text for kind, text in shared if kind == "person"][:_SHOWN],
        "credited": [text for kind, text in shared if kind == "outlet"][:_SHOWN],
        "figures": [text for kind, text in shared if kind == "figure"][:_SHOWN],
        "quotations": sum(kind == "quote" for kind, _ in shared),
    }
