"""Find the lines that a host prints on many of its articles; no text is changed."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.identity import Keys
from corpus.schemas import TABLES
from corpus.store import arrow_schema

LEAST_TEXTS, LEAST_LENGTH = 3, 6
_COLUMNS = ["id", "source_id", "url", "title", "text"]


@dataclass(frozen=True, slots=True)
class _Article:
    id: str
    host: str
    title: str | None
    text: str

    def lines(self) -> Iterator[tuple[int, str]]:
        """Lines that may repeat, each with its first code point: neither short nor the title."""
        at = 0
        for line in self.text.split("\n"):
            if len(line) >= LEAST_LENGTH and line != self.title:
                yield at, line
            at += len(line) + 1


@dataclass(slots=True)
class _Found:
    """A line of a host that may repeat: on how many pages, in which texts, and where."""

    pages: int = 0
    texts: set[str] = field(default_factory=set)
    places: list[tuple[str, int]] = field(default_factory=list)


def repeated_lines(documents: pa.Table, rows: pa.Array, copies: pa.Table, keys: Keys) -> tuple[pa.Table, pa.Table]:
    """Rows of the tables ``repeated_lines`` and ``line_places``, in no particular order; the same for any order of rows.

    ``documents`` has id, source_id, kind, url, title and text, ``rows`` are the numbers of its rows that count;
    ``copies`` has document_id and cluster_id: what is copied whole is one text, wherever its lines stand. Texts are read
    twice, batch by batch: eight bytes a line tell which may repeat, and only those are held.
    """
    counted = np.zeros(len(documents), np.bool_)
    counted[rows.to_numpy()] = True
    counted &= pc.equal(documents.column("kind"), "article").to_numpy()
    articles: Counter[str] = Counter()
    seen = array("q")
    for one in _articles(documents, counted):
        articles[one.host] += 1
        # Of a collision of hashes nothing comes but a line that is looked at and not kept.
        seen.extend({hash((one.host, line)) for _, line in one.lines()})
    often = _often(seen)
    del seen
    text_of = dict(zip(*(copies.column(name).to_pylist() for name in ("document_id", "cluster_id")), strict=True))
    found: dict[tuple[str, str], _Found] = {}
    for one in _articles(documents, counted) if often else ():
        own: set[str] = set()
        for start, line in one.lines():
            if hash((one.host, line)) in often:
                place = found.setdefault((one.host, line), _Found())
                place.places.append((one.id, start))
                place.pages += line not in own
                place.texts.add(text_of.get(one.id, one.id))
                own.add(line)
    kept = {name: one for name, one in found.items() if len(one.texts) >= LEAST_TEXTS}
    return _tables(kept, articles, keys)


def _often(seen: "array[int]") -> frozenset[int]:
    values, times = np.unique(np.frombuffer(seen, np.int64), return_counts=True) if seen else (np.zeros(0), np.zeros(0))
    return frozenset(values[times >= LEAST_TEXTS].tolist())


def _articles(documents: pa.Table, counted: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Iterator[_Article]:
    at = 0
    for batch in documents.select(_COLUMNS).to_batches():
        mask = counted[at : at + len(batch)]
        at += len(batch)
        for row in batch.filter(pa.array(mask)).to_pylist() if mask.any() else ():
            yield _Article(row["id"], _host(row["url"]) or row["source_id"], row["title"], row["text"])


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def _tables(
    kept: Mapping[tuple[str, str], _Found], articles: Mapping[str, int], keys: Keys
) -> tuple[pa.Table, pa.Table]:
    ids = {name: keys.line(*name) for name in kept}
    lines = [
        {
            "id": ids[host, line],
            "host": host,
            "line": line,
            "pages": one.pages,
            "texts": len(one.texts),
            "of": articles[host],
        }
        for (host, line), one in kept.items()
    ]
    places = [
        {"document_id": document, "start": start, "end": start + len(name[1]), "line_id": ids[name]}
        for name, one in kept.items()
        for document, start in one.places
    ]
    return (
        pa.Table.from_pylist(lines, schema=arrow_schema(TABLES["repeated_lines"])),
        pa.Table.from_pylist(places, schema=arrow_schema(TABLES["line_places"])),
    )
