"""What a survey is: it looks at the whole corpus instead of single texts and writes a table of its own.

Each module of this folder offers ``SURVEY``; the module's name is the survey's id and its table's name.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.compute as pc

from corpus.errors import UserError
from corpus.rows import Row
from corpus.schemas import Table
from corpus.snapshot import Snapshot
from corpus.study import Study


@runtime_checkable
class Survey(Protocol):
    """Makes rows from a whole corpus. It may offer besides: `default` (False: run only by name)."""

    table: Table
    """Named as its module; its columns hold `version`, a part of its key, which is filled in for it."""
    card: str
    """What it does, how, measured how, and where it fails."""

    def version_for(self, study: Study) -> str:
        """The version under which its rows are kept, with the digest of the study's files that it reads."""
        ...

    def run(self, snapshot: Snapshot, study: Study) -> list[Row]:
        """Its rows, the same for the same corpus; ``snapshot`` holds the documents and what annotators said of them."""
        ...


def newest(snapshot: Snapshot, name: str, columns: Sequence[str]) -> pa.Table | None:
    """What the annotator or survey ``name`` said in the version of its last run; None where it never ran.

    Raises UserError where its table was written before it had one of the columns.
    """
    if name not in snapshot.tables:
        return None
    table = snapshot.table(name, [*columns, *(["version"] if "version" not in columns else [])])
    if lacking := sorted(set(columns) - set(table.column_names)):
        raise UserError(
            f"the labels of {name} are of an older version, without {', '.join(lacking)}",
            where=snapshot.folder,
            hint=f"run `huanying annotate {name}`",
        )
    current = snapshot.manifest["tables"][name]["current_version"]
    return table.filter(pc.equal(table.column("version"), current)).select(list(columns))
