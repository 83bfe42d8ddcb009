"""One row a document with what most questions need, put together from the tables of a snapshot in the making."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.schemas import TABLES
from corpus.store import Staging, arrow_schema

_TAKEN = tuple(
    c.name for c in TABLES["documents_wide"].columns if c.name in {d.name for d in TABLES["documents"].columns}
)
COUNTS = ("likes", "collects", "comments", "shares")
OBSERVED = ("document_id", "capture_id", "observed_at", *(f"{name}_value" for name in COUNTS))
_NO_THEME = pa.array(["none", "abstain", "not_applicable"])
_DEEPEST = 12
Columns = dict[str, pa.ChunkedArray | pa.Array]


def add_wide(staging: Staging) -> None:
    """Write ``documents_wide`` from the tables that ``staging`` already holds, annotations included where there are any.

    Its rows stand in the order of ``documents``, so that texts are passed on slice by slice; only the rest is held.
    """
    documents = staging.read("documents", ("id", "source_id", "kind", "thread_id", "reply_to"))
    ids = documents.column("id")
    beside: Columns = _sources(staging, documents.column("source_id"))
    beside |= newest_counts(staging.read("observations", OBSERVED), ids) | _token_counts(staging, ids)
    beside["comments_captured"] = _comments_captured(documents)
    beside |= _copies(staging, ids) | _sentiment(staging, ids) | _themes(staging, ids)
    table = TABLES["documents_wide"]
    assert table.sort == TABLES["documents"].sort
    staging.add_slices(table, _slices(staging, pa.table(beside), arrow_schema(table)))


def _slices(staging: Staging, beside: pa.Table, schema: pa.Schema) -> Iterator[pa.Table]:
    start = 0
    for part in staging.slices("documents", _TAKEN):
        more = beside.slice(start, len(part))
        columns = {name: part.column(name) if name in _TAKEN else more.column(name) for name in schema.names}
        yield pa.table(columns).cast(schema)
        start += len(part)


def _found(ids: pa.ChunkedArray, keys: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The value beside each id among ``keys`` (where it first stands), null where it stands nowhere."""
    return values.take(pc.index_in(ids, value_set=keys))


def _all_found(ids: pa.ChunkedArray, keys: pa.ChunkedArray, values: Columns) -> Columns:
    """As `_found`, for several columns beside the same keys."""
    places = pc.index_in(ids, value_set=keys)
    return {name: column.take(places) for name, column in values.items()}


def _token_counts(staging: Staging, ids: pa.ChunkedArray) -> Columns:
    parts = [
        pa.table({"id": part.column("document_id"), "token_count": pc.list_value_length(part.column("tokens"))})
        for part in staging.slices("tokens", ("document_id", "tokens"))
    ]
    counted = pa.concat_tables(parts)
    return {"token_count": _found(ids, counted.column("id"), counted.column("token_count"))}


def _sources(staging: Staging, of: pa.ChunkedArray) -> Columns:
    sources = staging.read("sources", ("id", "name", "owner", "kind"))
    is_platform = pc.equal(_found(of, sources.column("id"), sources.column("kind")), "platform")
    return {
        "source_name": _found(of, sources.column("id"), sources.column("name")),
        "source_owner": _found(of, sources.column("id"), sources.column("owner")),
        "platform": pc.if_else(pc.fill_null(is_platform, False), of, "news"),
    }


def newest_counts(observed: pa.Table, ids: pa.ChunkedArray) -> Columns:
    """Per document of ``ids``, the newest known value of each count among ``observed``, rows of `OBSERVED` columns."""
    values = [f"{name}_value" for name in COUNTS]
    # They stand in the order of documents and captures; sorting keeps it among those of one moment.
    observed = observed.take(pc.sort_indices(observed.column("observed_at")))
    # In one thread, so that the last row is the newest; nulls are passed over.
    last = observed.group_by("document_id", use_threads=False).aggregate([(value, "last") for value in values])
    newest: Columns = {name: last.column(f"{name}_value_last") for name in COUNTS}
    return _all_found(ids, last.column("document_id"), newest)


def _comments_captured(documents: pa.Table) -> pa.ChunkedArray:
    """Of each post, the comments of its thread that are in this corpus; of each comment that answers no other comment,
    the replies below it, however deep; null for what is neither."""
    ids, is_post = documents.column("id"), pc.equal(documents.column("kind"), "post")
    comments = documents.filter(pc.equal(documents.column("kind"), "comment")).select(["id", "thread_id", "reply_to"])
    counted = comments.group_by("thread_id").aggregate([([], "count_all")])
    captured = _found(ids, counted.column("thread_id"), counted.column("count_all"))
    own = np.arange(len(comments))
    parents = pc.index_in(comments.column("reply_to"), value_set=comments.column("id"))
    roots = np.where(pc.is_null(parents).to_numpy(), own, pc.fill_null(parents, 0).to_numpy())
    is_root = roots == own
    for _ in range(_DEEPEST):  # each step doubles how far it reaches; replies in a ring have no root
        roots = roots[roots]
    replies = np.bincount(roots, minlength=len(comments))[is_root] - 1
    below = _found(ids, comments.column("id").filter(pa.array(is_root)), pa.chunked_array([pa.array(replies)]))
    return pc.if_else(is_post, pc.fill_null(captured, 0), below)


def _copies(staging: Staging, ids: pa.ChunkedArray) -> Columns:
    copies = staging.read("copies", ("document_id", "cluster_id", "role"))
    clusters = staging.read("clusters", ("id", "documents"))
    known: Columns = {name: copies.column(name) for name in ("cluster_id", "role")}
    cluster, role = _all_found(ids, copies.column("document_id"), known).values()
    return {
        "cluster_id": cluster,
        "cluster_size": _found(cluster, clusters.column("id"), clusters.column("documents")),
        "copy_role": role,
        "is_copy": pc.fill_null(pc.not_equal(role, "first"), False),
    }


def _whole_labels(staging: Staging, name: str) -> pa.Table | None:
    """Labels of whole documents by an annotator in the version of its last run; None where it never ran."""
    if name not in staging.tables:
        return None
    table = staging.read(name, ("document_id", "version", "start", "label", "score"))
    newest = pc.equal(table.column("version"), staging.tables[name]["current_version"])
    return table.filter(pc.and_(pc.is_null(table.column("start")), newest))


def _sentiment(staging: Staging, ids: pa.ChunkedArray) -> Columns:
    labels = _whole_labels(staging, "sentiment")
    if labels is None:
        return {"sentiment": pa.nulls(len(ids)), "sentiment_score": pa.nulls(len(ids))}
    known: Columns = {"sentiment": labels.column("label"), "sentiment_score": labels.column("score")}
    return _all_found(ids, labels.column("document_id"), known)


def _themes(staging: Staging, ids: pa.ChunkedArray) -> Columns:
    labels = _whole_labels(staging, "themes")
    if labels is None:
        return {"themes": pa.nulls(len(ids))}
    labels = labels.filter(pc.invert(pc.is_in(labels.column("label"), value_set=_NO_THEME)))
    # The table is sorted by document and label, so each list comes sorted.
    lists = labels.group_by("document_id", use_threads=False).aggregate([("label", "list")])
    themes = _found(ids, lists.column("document_id"), lists.column("label_list"))
    return {"themes": pc.fill_null(themes, pa.scalar([], pa.list_(pa.string())))}
