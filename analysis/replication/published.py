"""The tables of the published studies of January 2025, counted from a snapshot: phases, stance, emotion, engagement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.replication.cells import Cut, cells, of, prepared, query
from analysis.replication.engagement import COLUMNS, engagement, engagement_query
from analysis.replication.phases import Phase, phases
from analysis.reporting.counting import Row
from corpus.errors import UserError
from corpus.snapshot import Snapshot
from corpus.study import Study

CUTS = (
    Cut("volume", ("phase", "kind"), floored=False),
    Cut("languages", ("phase", "texts", "language")),
    Cut("stance", ("theme", "emotion", "stance"), public=True, irony=True),
    Cut("speakers", ("speaker", "stance"), public=True, irony=True),
    Cut("country_stance", ("theme", "emotion", "country_stance"), public=True, irony=True),
    Cut("sentiment", ("texts", "theme", "sentiment"), irony=True),
)
"""Stance is of posts and comments: what an article quotes is not its own."""


@dataclass(frozen=True, slots=True)
class Told:
    """A table as it is written; `n` documents could be counted, `held` counts lie in cells of too few people."""

    name: str
    columns: tuple[str, ...]
    heads: int
    rows: list[Row]
    n: int
    held: int
    sql: str

    def lines(self) -> list[list[Any]]:
        """The rows as they stand in the CSV."""
        return [[row[column] for column in self.columns] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Published:
    """All tables for which the snapshot has the labels, the phases, and the numbers of documents that have none."""

    phases: tuple[Phase, ...]
    tables: tuple[Told, ...]
    documents: int
    undated: int
    outside: int


def published(study: Study, snapshot: Snapshot) -> Published:
    """Count the tables. Days are days of Asia/Shanghai; no table is by author.

    Cells of fewer than K authors are left out and counted in `held`. Raises UserError where no text was labelled yet.
    """
    if not {"themes", "sentiment"}.issubset(snapshot.tables):
        raise UserError("this corpus has no labels", where=snapshot.folder, hint="run `huanying annotate`")
    cut_into = phases(study)
    documents = prepared(snapshot, cut_into)
    tables = [_told(cut, snapshot, documents, cut_into) for cut in CUTS if set(cut.labels).issubset(snapshot.tables)]
    rows, held = engagement(snapshot, documents)
    public = pc.sum(pc.equal(documents.column("texts"), "public")).as_py() or 0
    tables.append(Told("engagement", COLUMNS, 3, rows, public, held, engagement_query(snapshot, cut_into)))
    undated = documents.column("day").null_count
    outside = documents.column("phase").null_count - undated
    return Published(cut_into, tuple(tables), len(documents), undated, outside)


def _told(cut: Cut, snapshot: Snapshot, documents: pa.Table, cut_into: Sequence[Phase]) -> Told:
    rows, held = cells(cut, documents)
    columns = (*cut.keys, "n", "total", "share", *(["irony"] if cut.irony else []))
    n = pc.count_distinct(of(cut, documents).column("id")).as_py()
    return Told(cut.name, columns, len(cut.keys), rows, n, held, query(cut, snapshot, cut_into))
