"""Tell which documents must not be shown to anybody outside: those last seen gone or private, what hangs on them, and flagged ones."""

from collections.abc import Collection, Mapping

import pyarrow as pa

from analysis.annotators import Label
from corpus.snapshot import Snapshot

_THERE = frozenset({"live", "edited"})
_LEFT = frozenset({"gone", "private"})
"""Other states (blocked, unknown) tell nothing of a document."""


def withheld(snapshot: Snapshot, flags: Collection[str]) -> Mapping[str, Label]:
    """Ids of the documents that stay here, each with the label that is written for it: ``abstain`` with its reason."""
    documents = snapshot.table("documents", ("id", "thread_id", "flags"))
    left = _last_seen(snapshot)
    label = Label("abstain", more={"reason": "withheld"})
    return {
        row["id"]: label
        for batch in documents.to_batches()
        for row in batch.to_pylist()
        if row["id"] in left or row["thread_id"] in left or not set(flags).isdisjoint(row["flags"] or ())
    }


def _last_seen(snapshot: Snapshot) -> frozenset[str]:
    """Documents of which the last that any check or any list told is that they are gone or private."""
    last: dict[str, tuple[object, bool]] = {}
    for name, at in (("availability", "checked_at"), ("observations", "observed_at")):
        if name not in snapshot.tables:
            continue
        table: pa.Table = snapshot.table(name, ("document_id", at, "state"))
        rows = zip(*(table.column(one).to_pylist() for one in ("document_id", at, "state")), strict=True)
        told = (
            (document, (when, state in _LEFT)) for document, when, state in rows if state in _THERE | _LEFT and when
        )
        for document, seen in told:
            last[document] = max(last.get(document, seen), seen)  # at equal times, having left is later
    return frozenset(document for document, (_, left) in last.items() if left)
