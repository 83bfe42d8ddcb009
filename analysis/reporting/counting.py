"""Count Arrow tables by groups: the few verbs that the numbers of a report are said in."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Row = dict[str, Any]
PUBLISHED = ("article", "turn")
"""Kinds of documents that an outlet or an office publishes, not a person."""
K = 5
"""Posts and comments of a group by fewer authors than this carry no label in any figure: it would be one person's."""


def language_group(language: str | None) -> str:
    """A language as reports group it: zh (any script), en, mixed, other."""
    if language is None or language in ("zxx", "und"):
        return "other"
    if language.startswith("zh"):
        return "zh"
    return {"en": "en", "mul": "mixed"}.get(language, "other")


def mapped(column: pa.ChunkedArray, change: Any) -> pa.Array:
    """The column with every value changed; ``change`` runs once for each distinct value."""
    coded = pc.dictionary_encode(column, null_encoding="encode").combine_chunks()
    return pa.array([change(value) for value in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def counted(table: pa.Table, keys: Sequence[str]) -> list[Row]:
    """Rows of the keys and their count ``n``, in the order of the keys, null last."""
    found = table.select(keys).group_by(list(keys)).aggregate([([], "count_all")]).rename_columns([*keys, "n"])
    return list(found.sort_by([(key, "ascending") for key in keys]).to_pylist())


def shares(table: pa.Table, groups: Sequence[str], label: str) -> list[Row]:
    """Counts of a label within groups, with the group's own total and the share."""
    totals = {tuple(row[key] for key in groups): row["n"] for row in counted(table, groups)}
    rows = counted(table, (*groups, label))
    for row in rows:
        row["total"] = totals[tuple(row[key] for key in groups)]
        row["share"] = row["n"] / row["total"]
    return rows


def exploded(table: pa.Table, lists: str, name: str) -> pa.Table:
    """One row for each item of the column ``lists``, as ``name``, with the other columns beside it."""
    column = table.column(lists).combine_chunks()
    rest = table.drop_columns([lists]).take(pc.list_parent_indices(column))
    return rest.append_column(name, pc.list_flatten(column))


def floored(table: pa.Table, groups: Sequence[str]) -> tuple[pa.Table, int]:
    """The table without posts and comments of groups by fewer than K authors, and how many rows were held back.

    Articles and turns of conferences stay: they are published by outlets and offices. A document whose author is not
    known adds no author to its group.
    """
    keys = [*groups, "personal"]
    published = pc.is_in(table.column("kind"), value_set=pa.array(PUBLISHED))
    of = table.select([*groups, "author_key"]).append_column("personal", pc.invert(published))
    authors = of.group_by(keys).aggregate([("author_key", "count_distinct")])
    small = authors.filter(pc.and_(authors["personal"], pc.less(authors["author_key_count_distinct"], K))).select(keys)
    numbered = of.select(keys).append_column("row", pa.array(range(table.num_rows), pa.int64()))
    kept = numbered.join(small, keys, join_type="left anti").column("row")
    return table.take(kept), table.num_rows - len(kept)
