"""The tables of the published studies of January 2025, counted from a snapshot: phases, stance, emotion, engagement."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.replication.cells import CLASSES, Cut, Scheme, cells, of, prepared, query, scheme
from analysis.replication.engagement import COLUMNS, engagement, engagement_query
from analysis.replication.phases import Phase
from analysis.reporting.counting import Row
from corpus.errors import UserError
from corpus.snapshot import Snapshot
from corpus.study import Study

CUTS = (
    Cut("volume", ("phase", "kind"), labelled=False),
    Cut("languages", ("phase", "texts", "language"), labelled=False),
    Cut("stance", ("theme", "emotion", "stance"), public=True),
    Cut("speakers", ("speaker", "stance"), public=True),
    Cut("country_stance", ("theme", "emotion", "country_stance"), public=True),
    *(Cut(f"emotion_{key}", ("theme", key), public=True) for key in CLASSES),
    Cut("irony", ("theme", "emotion", "irony"), public=True),
    Cut("sentiment", ("texts", "theme", "sentiment")),
)
"""Stance is of posts and comments: what an article quotes is not its own."""
NAMES = (*(cut.name for cut in CUTS), "engagement")


@dataclass(frozen=True, slots=True)
class Told:
    """A table as it is written; `n` documents could be counted, `held` of them (once a theme) are told only together with
    others, null where too few."""

    name: str
    columns: tuple[str, ...]
    heads: int
    rows: list[Row]
    n: int
    held: int | None
    sql: str

    def lines(self) -> list[list[Any]]:
        """The rows as they stand in the CSV."""
        return [[row[column] for column in self.columns] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Published:
    """All tables for which the snapshot has the labels, the phases, and the number of documents."""

    phases: tuple[Phase, ...]
    tables: tuple[Told, ...]
    documents: int


def published(study: Study, snapshot: Snapshot) -> Published:
    """Count the tables. Days are days of the window's zone; no table is by author.

    Cells of fewer than K authors are told together with others, and all tables of posts and comments count the same texts
    and pool them alike, so that no subtraction tells of fewer. Raises UserError
    where no text was labelled yet.
    """
    if not {"themes", "sentiment"}.issubset(snapshot.tables):
        raise UserError("this corpus has no labels", where=snapshot.folder, hint="run `huanying annotate`")
    by = scheme(study, snapshot)
    documents = prepared(snapshot, by)
    there = set(snapshot.tables)
    cuts = [
        cut for cut in CUTS if there.issuperset(cut.labels) and not (set(CLASSES) - set(by.classes)) & set(cut.keys)
    ]
    tables = [_told(cut, snapshot, documents, by) for cut in cuts]
    rows, held = engagement(snapshot, documents)
    public = pc.sum(pc.equal(documents.column("texts"), "public")).as_py() or 0
    tables.append(Told("engagement", COLUMNS, 3, rows, public, held, engagement_query(snapshot, by, rows)))
    return Published(by.phases, tuple(tables), len(documents))


def _told(cut: Cut, snapshot: Snapshot, documents: pa.Table, by: Scheme) -> Told:
    rows, held = cells(cut, documents, by.classes)
    n = pc.count_distinct(of(cut, documents).column("id")).as_py()
    return Told(
        cut.name, (*cut.keys, "n", "total", "share"), len(cut.keys), rows, n, held, query(cut, snapshot, by, rows)
    )
