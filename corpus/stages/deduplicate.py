"""Mark documents whose texts are equal or nearly so as copies of the first of them; none is removed."""

import hashlib
import unicodedata

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpus.identity import Keys
from corpus.scripts import has_han, to_simplified
from corpus.stages.reuse import SIGNATURE_BYTES, Keyed, families, signatures_of


class _Told(dict[int, int | None]):
    """What `str.translate` does with each sign: white space, punctuation and invisible signs go."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code))[0] in "PZC" else code
        return self[code]


_TOLD = _Told()


def fold(text: str) -> str:
    """What two texts must share to count as equal: their letters, digits and symbols.

    Case, width, white space, punctuation and invisible signs do not count, nor whether Chinese is written in Traditional
    or Simplified script. A text of nothing else is itself, so that ``……`` and ``???`` stay apart.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_TOLD) or text
    return to_simplified(folded) if has_han(folded) else folded


def text_digest(text: str) -> str:
    """SHA-256, as 64 hex digits, of the folded text."""
    return folded_digest(fold(text))


def folded_digest(folded: str) -> str:
    """`text_digest` of a text that was folded before."""
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()


def copies(documents: pa.Table, keys: Keys, rows: pa.Array | None = None) -> pa.Table:
    """Rows of the table ``copies``: the documents of every cluster of two or more, in no particular order.

    ``documents`` has id (each once), text, text_digest and published_at, and ``signature`` (of `reuse.signed`) where that
    was made before; ``rows`` are the numbers of its rows that count (default: all). Documents with one digest are copies; texts
    that `reuse.families` finds near join their clusters. ``first`` is the earliest published (undated ones come last),
    then the smallest id. A document without text is no copy of anything. The outcome does not depend on the order of
    rows. A cluster keeps its id for as long as its first document's text stays the first.
    """
    written, whole = documents.column("text"), documents
    rows = pa.array(np.arange(len(documents))) if rows is None else rows
    documents = documents.select(["id", "text_digest", "published_at"]).append_column("size", pc.binary_length(written))
    documents = documents.take(rows).append_column("row", rows)
    documents = documents.filter(pc.greater(documents.column("size"), 0))
    documents = documents.sort_by([("published_at", "ascending"), ("id", "ascending")])
    # Equal texts are one; the first of its documents stands for it. Texts are numbered in the order of their digests.
    numbered = documents.select(["text_digest"]).append_column("place", pa.array(np.arange(len(documents))))
    texts = numbered.group_by("text_digest").aggregate([("place", "min")]).sort_by("text_digest")
    place = texts.column("place_min").to_numpy()
    row = documents.column("row").to_numpy()[place]
    # What is compared is read and folded when it is needed: texts of a mapped table stay on disk.
    first, distances = families(lambda number: fold(written[row[number]].as_py()), place, _signatures(whole, row))
    text = pc.index_in(documents.column("text_digest"), value_set=texts.column("text_digest")).to_numpy()
    of = first[text]
    inside = np.bincount(of, minlength=len(texts))[of] > 1
    begins = np.arange(len(documents)) == place[of]
    role = np.where(begins, "first", np.where(of == text, "copy", "edited"))
    digests = texts.column("text_digest").to_pylist()
    ids = {number: keys.cluster("text", digests[number]) for number in np.unique(of[inside]).tolist()}
    return pa.table(
        {
            "document_id": documents.column("id").filter(pa.array(inside)),
            "cluster_id": pa.array([ids[number] for number in of[inside].tolist()], pa.string()),
            "role": pa.array(role[inside].tolist(), pa.string()),
            "distance": pa.array(distances[text][inside]),
        }
    )


def _signatures(documents: pa.Table, row: npt.NDArray[np.int64]) -> tuple[Keyed, npt.NDArray[np.bool_]] | None:
    """Of the texts in these rows, where they were made before."""
    if "signature" not in documents.column_names:
        return None
    found = documents.column("signature").take(pa.array(row)).combine_chunks()
    start = found.offset * SIGNATURE_BYTES
    held = found.buffers()[1] or b""  # what stands where there is none is never looked at
    return signatures_of(memoryview(held)[start : start + len(found) * SIGNATURE_BYTES]), pc.is_valid(found).to_numpy(
        False
    )


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
