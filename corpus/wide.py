"""One row a document with what most questions need, put together from the tables of a snapshot in the making."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.schemas import TABLES
from corpus.store import Staging, arrow_schema

_TAKEN = tuple(
    c.name for c in TABLES["documents_wide"].columns if c.name in {d.name for d in TABLES["documents"].columns}
)
_COUNTS = ("likes", "collects", "comments", "shares")


def add_wide(staging: Staging) -> None:
    """Write ``documents_wide`` from the tables that ``staging`` already holds, annotations included where there are any."""
    documents = staging.read("documents", _TAKEN)
    columns: dict[str, Any] = {name: documents.column(name) for name in _TAKEN}
    ids = documents.column("id").to_pylist()
    sources = {row["id"]: row for row in staging.read("sources").to_pylist()}
    of = [sources.get(name, {}) for name in documents.column("source_id").to_pylist()]
    columns["source_name"] = [row.get("name") for row in of]
    columns["source_owner"] = [row.get("owner") for row in of]
    columns["platform"] = [row.get("id") if row.get("kind") == "platform" else "news" for row in of]
    observed = _newest_counts(staging)
    for place, name in enumerate(_COUNTS):
        columns[name] = [observed.get(key, (None,) * 4)[place] for key in ids]
    tokens = staging.read("tokens", ("document_id", "tokens"))
    lengths = dict(
        zip(
            tokens.column("document_id").to_pylist(),
            pc.list_value_length(tokens.column("tokens")).to_pylist(),
            strict=True,
        )
    )
    columns["token_count"] = [lengths.get(key) for key in ids]
    clusters = {row["document_id"]: row for row in staging.read("copies").to_pylist()}
    columns["cluster_id"] = [clusters.get(key, {}).get("cluster_id") for key in ids]
    columns["is_copy"] = [clusters.get(key, {}).get("role") == "copy" for key in ids]
    columns |= _sentiment(staging, ids) | _themes(staging, ids)
    schema = arrow_schema(TABLES["documents_wide"])
    staging.add(TABLES["documents_wide"], pa.table({name: columns[name] for name in schema.names}, schema=schema))


def _newest_counts(staging: Staging) -> Mapping[str, tuple[int | None, ...]]:
    """Per document, the newest known value of each count."""
    found: dict[str, tuple[int | None, ...]] = {}
    table = staging.read("observations", ("document_id", "observed_at", *(f"{name}_value" for name in _COUNTS)))
    for row in sorted(table.to_pylist(), key=lambda row: row["observed_at"]):
        before = found.get(row["document_id"], (None,) * len(_COUNTS))
        now = [row[f"{name}_value"] for name in _COUNTS]
        found[row["document_id"]] = tuple(old if new is None else new for old, new in zip(before, now, strict=True))
    return found


def _whole_labels(staging: Staging, name: str) -> Mapping[str, list[tuple[str, float | None]]] | None:
    """Labels of whole documents by an annotator in the version of its last run; None where it never ran."""
    if name not in staging.tables:
        return None
    table = staging.read(name)
    newest = staging.tables[name]["current_version"]
    found: dict[str, list[tuple[str, float | None]]] = {}
    for row in table.filter(
        pc.and_(pc.is_null(table.column("start")), pc.equal(table.column("version"), newest))
    ).to_pylist():
        found.setdefault(row["document_id"], []).append((row["label"], row["score"]))
    return found


def _sentiment(staging: Staging, ids: list[str]) -> dict[str, Any]:
    labels = _whole_labels(staging, "sentiment")
    first = [labels[key][0] if labels and labels.get(key) else (None, None) for key in ids]
    return {"sentiment": [label for label, _ in first], "sentiment_score": [score for _, score in first]}


def _themes(staging: Staging, ids: list[str]) -> dict[str, Any]:
    labels = _whole_labels(staging, "themes")
    if labels is None:
        return {"themes": [None] * len(ids)}
    apart = {"none", "abstain", "not_applicable"}
    return {"themes": [sorted(label for label, _ in labels.get(key, []) if label not in apart) for key in ids]}
