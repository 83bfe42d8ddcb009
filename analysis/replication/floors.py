"""Hide what too few authors wrote, and as much more as it takes that no subtraction gives it back."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.reporting.counting import K

Coarser = Mapping[str, Sequence[Mapping[Any, Any]]]
"""By key the coarser groupings of its values that other tables print, each as a map from value to group."""


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


def hidden(cells: Sequence[Cell], keys: Sequence[str], coarser: Coarser) -> frozenset[int]:
    """The places of the cells that are not to be printed.

    Each cell of fewer than K authors; and, in each group that another table may print as a whole (some of the keys, or
    coarser groupings of them), the smallest others until what is hidden in it is of K authors together. Hence two tables
    that count the same texts differ, on whatever they have in common, by nobody or by K authors at least: of a group of
    fewer than K authors no table prints anything, and of any other what is hidden is of K.
    """
    out = {place for place, cell in enumerate(cells) if len(cell.authors) < K}
    views = _views(cells, keys, coarser)
    grown = True
    while grown:
        grown = False
        for members in views:
            lost = [cells[place].authors for place in members if place in out]
            rest = [place for place in members if place not in out]
            if lost and rest and len(frozenset[str]().union(*lost)) < K:
                out.add(min(rest, key=lambda place: (cells[place].n, place)))
                grown = True
    return frozenset(out)


def _views(cells: Sequence[Cell], keys: Sequence[str], coarser: Coarser) -> list[list[int]]:
    """The groups of cells, as places, by every choice of the keys and of coarser groupings of them, the finest first."""
    options: list[list[Mapping[Any, Any] | bool]] = [[True, *coarser.get(key, ()), False] for key in keys]
    found: list[list[int]] = []
    for choice in product(*options):
        groups: dict[Hashable, list[int]] = {}
        for place, cell in enumerate(cells):
            groups.setdefault(tuple(map(_seen, choice, cell.values)), []).append(place)
        found += [members for members in groups.values() if len(members) > 1]
    return found


def _seen(how: Mapping[Any, Any] | bool, value: Any) -> Any:
    return (value if how else None) if isinstance(how, bool) else how[value]


def held_back(cells: Sequence[Cell], out: frozenset[int]) -> int | None:
    """How many texts the hidden cells have; null where that would tell of fewer than K authors."""
    authors = frozenset[str]().union(*(cells[place].authors for place in out))
    return sum(cells[place].n for place in out) if not out or len(authors) >= K else None


def meet(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> dict[Any, Any]:
    """Of two maps of the same values, the finest grouping of the classes of the first that both can tell."""
    group = {name: name for name in one.values()}
    for told in sorted(set(other.values())):
        joined = {group[one[value]] for value in one if other[value] == told}
        first = min(joined)
        group = {name: first if now in joined else now for name, now in group.items()}
    return group


def personal(rows: pa.Table) -> pa.Table:
    """The posts and comments of a table: what people wrote, not outlets and offices."""
    return rows.filter(pc.equal(rows.column("texts"), "public"))
