"""Tell what too few authors wrote together with other texts only, so that no subtraction gives it back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.reporting.counting import K

TOGETHER = "together"
"""Printed in place of a value: of several values that are told as one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The values of a cell's keys, its number of texts, and K of its authors or all of them where they are fewer."""

    values: tuple[Any, ...]
    n: int
    authors: frozenset[str]


def cells_of(rows: pa.Table, keys: Sequence[str]) -> list[Cell]:
    """The cells of a table in the order of their keys; a text whose author is not known adds no author."""
    found = rows.group_by(list(keys)).aggregate([([], "count_all"), ("author_key", "distinct")])
    found = found.sort_by([(key, "ascending") for key in keys])
    authors = found.column("author_key_distinct").to_pylist()
    values = zip(*(found.column(key).to_pylist() for key in keys), strict=True)
    counts = found.column("count_all").to_pylist()
    return [
        Cell(value, n, frozenset([one for one in of if one is not None][:K]))
        for value, n, of in zip(values, counts, authors, strict=True)
    ]


def pooled(cells: Sequence[Cell]) -> list[tuple[Any, ...]]:
    """What each cell is printed as: its values, the last of them `TOGETHER` where it is told with others only; of a table
    by fewer than K authors nothing is told, and each is printed as the empty tuple.

    From the first key to the last: within what is printed as one so far, the values of the next key by fewer than K authors
    are told together, with the smallest others beside them until all that are told together are by K authors. So cells are
    pooled in groups by K authors or more, and each number that is printed, totals too, is a sum of such groups: nothing
    that can be reckoned from them tells of a part of one. What is pooled depends on the keys up to there alone. Hence
    tables with the same first keys pool these alike, and what is reckoned between two tables tells no more.
    """
    told: list[tuple[Any, ...]] = [() for _ in cells]
    if not cells or _few(cells):
        return told
    for depth in range(len(cells[0].values)):
        parents: dict[tuple[Any, ...], dict[Any, list[int]]] = {}
        for place, cell in enumerate(cells):
            parents.setdefault(told[place], {}).setdefault(cell.values[depth], []).append(place)
        for parent, values in parents.items():
            of = {value: [cells[place] for place in places] for value, places in values.items()}
            few = {value for value in of if _few(of[value])}
            rest = sorted(set(of) - few, key=lambda value: (sum(cell.n for cell in of[value]), value))
            while few and _few([cell for value in few for cell in of[value]]):
                few.add(rest.pop(0))
            for value, places in values.items():
                for place in places:
                    told[place] = (*parent, TOGETHER if value in few else value)
    return told


def _few(cells: Iterable[Cell]) -> bool:
    return len(frozenset[str]().union(*(cell.authors for cell in cells))) < K


def classed(
    cells: Sequence[Cell], told: Sequence[tuple[Any, ...]], classes: Mapping[Any, Any]
) -> list[tuple[Any, ...]]:
    """``told`` with the last key in coarser classes: those that do not consist of whole pools are told together."""
    by_pool: dict[tuple[Any, ...], set[Any]] = {}
    for cell, pool in zip(cells, told, strict=True):
        by_pool.setdefault(pool, set()).add(classes[cell.values[-1]])
    split = {(*pool[:-1], one) for pool, of in by_pool.items() if len(of) > 1 for one in of}
    named = ((*pool[:-1], classes[cell.values[-1]]) if pool else () for cell, pool in zip(cells, told, strict=True))
    return [(*one[:-1], TOGETHER) if one in split else one for one in named]


def held_back(cells: Sequence[Cell], told: Sequence[tuple[Any, ...]]) -> int | None:
    """How many texts are told only together with others; null where that would tell of fewer than K authors."""
    return None if () in told else sum(cell.n for cell, one in zip(cells, told, strict=True) if TOGETHER in one)


def personal(rows: pa.Table) -> pa.Table:
    """The posts and comments of a table: what people wrote, not outlets and offices."""
    return rows.filter(pc.equal(rows.column("texts"), "public"))
