"""Mark documents with equal texts as copies of the first of them; none is removed."""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from corpus.identity import Keys
from corpus.records import Copy

_LATEST = datetime.max.replace(tzinfo=UTC)

Row = tuple[str, str, datetime | None]
"""A document's id, the digest of its text, and when it was published."""


def text_digest(text: str) -> str:
    """SHA-256, as 64 hex digits, of what two texts must share to count as equal: their letters, digits and symbols.

    Case, width, white space, punctuation and invisible signs do not count. A text of nothing else is digested as it is,
    so that ``……`` and ``???`` stay apart.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    told = "".join(sign for sign in folded if unicodedata.category(sign)[0] not in "PZC")
    return hashlib.sha256((told or text).encode("utf-8", "surrogatepass")).hexdigest()


def copies(rows: Iterable[Row], keys: Keys) -> list[Copy]:
    """Clusters of two or more documents with one digest, sorted by cluster, first member first, then by document.

    ``first`` is the earliest published (undated ones come last), then the smallest id. The outcome does not depend on
    the order of ``rows``, and a row given twice counts once.
    """
    members: defaultdict[str, set[tuple[datetime, str]]] = defaultdict(set)
    for document_id, digest, published_at in rows:
        members[digest].add((published_at or _LATEST, document_id))
    found = []
    for digest, dated in members.items():
        earliest: dict[str, datetime] = {}
        for moment, document_id in dated:
            earliest[document_id] = min(moment, earliest.get(document_id, _LATEST))
        if len(earliest) < 2:
            continue
        first = min(earliest, key=lambda document_id: (earliest[document_id], document_id))
        cluster = keys.cluster("exact", digest)
        found += [
            Copy(document_id, cluster, "first" if document_id == first else "copy", 0.0) for document_id in earliest
        ]
    return sorted(found, key=lambda copy: (copy.cluster_id, copy.role != "first", copy.document_id))


def clusters(found: pa.Table, documents: pa.Table) -> pa.Table:
    """One row a cluster of ``found`` (the rows of `copies`), with what its ``documents`` tell of it.

    ``documents`` has id, source_id, language and published_at of all documents in clusters, others may be there too.
    """
    place = pc.index_in(found.column("document_id"), value_set=documents.column("id"))
    members = found.select(["cluster_id", "document_id", "role"])
    for name in ("source_id", "language", "published_at"):
        members = members.append_column(name, documents.column(name).take(place))
    for role in ("copy", "edited"):
        members = members.append_column(role, pc.cast(pc.equal(members.column("role"), role), pa.int32()))
    counted = members.group_by("cluster_id").aggregate(
        [
            ([], "count_all"),
            ("copy", "sum"),
            ("edited", "sum"),
            ("source_id", "count_distinct"),
            ("published_at", "min"),
            ("published_at", "max"),
        ]
    )
    tongues = members.group_by(["cluster_id", "language"]).aggregate([]).sort_by("language")
    tongues = tongues.filter(pc.is_valid(tongues.column("language")))
    tongues = tongues.group_by("cluster_id", use_threads=False).aggregate([("language", "list")])
    first = members.filter(pc.equal(members.column("role"), "first"))
    ids = counted.column("cluster_id")

    def beside(table: pa.Table, name: str) -> pa.ChunkedArray:
        return table.column(name).take(pc.index_in(ids, value_set=table.column("cluster_id")))

    return pa.table(
        {
            "id": ids,
            "documents": counted.column("count_all"),
            "equal": counted.column("copy_sum"),
            "edited": counted.column("edited_sum"),
            "sources": counted.column("source_id_count_distinct"),
            "languages": pc.fill_null(beside(tongues, "language_list"), pa.scalar([], pa.list_(pa.string()))),
            "first_document_id": beside(first, "document_id"),
            "first_published_at": counted.column("published_at_min"),
            "last_published_at": counted.column("published_at_max"),
        }
    )
