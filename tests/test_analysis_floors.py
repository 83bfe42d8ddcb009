"""Attacks on the printed tables: nothing that can be reckoned from all of them may tell of one to K - 1 authors."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from analysis.replication.cells import Cut, cells, of
from analysis.replication.floors import TOGETHER, Cell, classed, held_back, pooled
from analysis.replication.published import CUTS
from analysis.reporting.counting import K

Row = dict[str, Any]
Name = tuple[Any, ...]
CLASSES = {
    "li2025": {"joy": "joy", "praise": "praise", "anger": "other", "fear": "other", "none": "other"},
    "tk8911": {"joy": "快乐", "praise": "赞美", "anger": "愤怒", "fear": "恐惧", "none": "中性"},
    "polarity": {"joy": "positive", "praise": "positive", "anger": "negative", "fear": "negative", "none": "either"},
}
VALUES: Mapping[str, Sequence[Any]] = {
    "kind": ("post", "comment", "article"),
    "phase": (0, 1, 2),
    "language": ("zh", "en"),
    "emotion": ("joy", "praise", "anger", "fear", "none"),
    "stance": ("none", "hostile", "welcoming"),
    "country_stance": ("none", "pro_china"),
    "sentiment": ("positive", "negative"),
    "speaker": ("host", "newcomer"),
    "irony": ("none", "cue"),
}
THEMES = (["food"], ["food"], ["none"], ["abstain"], ["ban_law", "food"])


def document(number: int, author: int, places: Sequence[int], themes: int) -> Row:
    one = {key: values[place % len(values)] for (key, values), place in zip(VALUES.items(), places, strict=True)}
    one |= {key: classes[one["emotion"]] for key, classes in CLASSES.items()}
    one["texts"] = "published" if one["kind"] == "article" else "public"
    one["author_key"] = str(author) if author else None
    return {"id": str(number), "themes": THEMES[themes], **one}


# Skewed, as people are: most texts have the commonest value.
PLACE = st.integers(0, 9).map(lambda n: max(0, n - 6))
DOCUMENTS = st.integers(2, 40).flatmap(
    lambda authors: st.lists(
        st.tuples(st.integers(0, authors), st.tuples(*(PLACE for _ in VALUES)), st.integers(0, len(THEMES) - 1)),
        min_size=1,
        max_size=120,
    )
)


def people(texts: Sequence[Row]) -> int:
    return len({one["author_key"] for one in texts} - {None})


def exploded(texts: Sequence[Row], cut: Cut) -> list[Row]:
    public = [one for one in texts if one["texts"] == "public"]
    return [{**one, "theme": theme} for one in public for theme in one["themes"]] if "theme" in cut.keys else public


def printed_of(texts: Sequence[Row], cuts: Sequence[Cut]) -> list[tuple[Cut, list[Row]]]:
    table = pa.Table.from_pylist(list(texts))
    table = table.set_column(
        table.column_names.index("author_key"), "author_key", table["author_key"].cast(pa.string())
    )
    found = [(cut, cells(cut, table, CLASSES)[0]) for cut in cuts]
    return [(cut, [row for row in rows if row.get("texts") != "published"]) for cut, rows in found]


def told_as(texts: Sequence[Row], cut: Cut, rows: Sequence[Row]) -> list[Name]:
    """The row in which whoever holds the printed table finds each text, by what it says of `together`."""
    told: list[Name] = [()] * len(texts)
    for depth, key in enumerate(cut.keys, start=1):
        known = {tuple(row[name] for name in cut.keys[:depth]) for row in rows}
        finer = [(*name, one[key]) for one, name in zip(texts, told, strict=True)]
        told = [name if name in known else (*name[:-1], TOGETHER) for name in finer]
    return told


def system(texts: Sequence[Row], printed: Sequence[tuple[Cut, list[Row]]]) -> tuple[Any, Any]:
    """All that is printed as linear equations: a column for each possible kind of text in ``texts``, a row a number."""
    equations, numbers = [], []
    for cut, rows in printed:
        names = told_as(texts, cut, rows)
        for row in rows:
            name = tuple(row[key] for key in cut.keys)
            equations += [[one == name for one in names], [one[:-1] == name[:-1] for one in names]]
            numbers += [row["n"], row["total"]]
    return np.array(equations, float).reshape(-1, len(texts)), np.array(numbers, float)


def asked_of(texts: Sequence[Row], printed: Sequence[tuple[Cut, list[Row]]]) -> list[list[Name]]:
    """Names by which texts may be grouped, a list a grouping: by one or two attributes, by the cells of each table, by what
    each tells together, and by what the classes of one table leave over of the emotions of another."""
    choices = [keys for size in (1, 2) for keys in combinations(KINDS, size)]
    choices += [("theme", "emotion", key) for key in ("stance", "country_stance", "irony")]
    named = [[tuple(one[key] for key in keys) for one in texts] for keys in choices]
    for cut, rows in printed:
        told = told_as(texts, cut, rows)
        named.append(told)
        if cut.keys[1] == "emotion":
            named += [[(*name[:2], one[key]) for one, name in zip(texts, told, strict=True)] for key in CLASSES]
    return named


def reckoned(texts: Sequence[Row], printed: Sequence[tuple[Cut, list[Row]]]) -> list[Any]:
    """The groups of fewer than K authors whose number follows from the printed ones, by whatever adding and subtracting."""
    equations, numbers = system(POSSIBLE, printed)
    truth = exploded(texts, THEMED[0])
    if not len(equations) or not truth:
        return []
    assert all(np.isclose(equations @ counted(truth), numbers)), "the equations are those of the printed numbers"
    _, sizes, basis = np.linalg.svd(equations, full_matrices=False)
    basis = basis[sizes > 1e-9]
    found = []
    for possible, held in zip(asked_of(POSSIBLE, printed), asked_of(truth, printed), strict=True):
        members: dict[Name, list[Row]] = {}
        for one, name in zip(truth, held, strict=True):
            members.setdefault(name, []).append(one)
        few = [name for name, of in members.items() if people(of) < K]
        asked = np.array([[own == name for own in possible] for name in few], float).reshape(len(few), len(possible))
        left = np.linalg.norm(asked - (asked @ basis.T) @ basis, axis=1)
        found += [name for name, rest in zip(few, left, strict=True) if rest < 1e-6]
    return found


def counted(truth: Sequence[Row]) -> Any:
    keys = [key for key in KINDS if key not in CLASSES]
    numbers = Counter(tuple(one[key] for key in keys) for one in truth)
    return np.array([numbers[tuple(one[key] for key in keys)] for one in POSSIBLE], float)


THEMED = [cut for cut in CUTS if cut.labelled and "theme" in cut.keys] + [Cut("kinds", ("theme", "kind"), public=True)]
KINDS = ("theme", "emotion", *CLASSES, "stance", "country_stance", "sentiment", "irony", "kind")
POSSIBLE = [
    {**one, **{key: classes[one["emotion"]] for key, classes in CLASSES.items()}, "texts": "public"}
    for values in product(
        ("food", "none", "abstain", "ban_law"),
        *(VALUES[key] for key in ("emotion", "stance", "country_stance", "sentiment", "irony")),
        VALUES["kind"][:2],
    )
    for one in [dict(zip([key for key in KINDS if key not in CLASSES], values, strict=True))]
]
"""Every kind of post or comment that the themed tables can tell apart: an attacker does not know which there are."""


@settings(max_examples=20, deadline=None)
@given(DOCUMENTS)
def test_no_sum_or_difference_of_printed_numbers_is_that_of_fewer_than_k_authors(drawn: list[Any]) -> None:
    texts = [document(number, *one) for number, one in enumerate(drawn)]
    assert reckoned(texts, printed_of(texts, THEMED)) == []


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_every_row_is_of_k_authors_and_the_rows_are_all_there_is(drawn: list[Any]) -> None:
    texts = [document(number, *one) for number, one in enumerate(drawn)]
    for cut, rows in printed_of(texts, [cut for cut in CUTS if cut.labelled]):
        truth = exploded(texts, cut)
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for one, name in zip(truth, told_as(truth, cut, rows), strict=True):
            groups.setdefault(name, []).append(one)
        if people(truth) < K:
            assert rows == []
            continue
        assert {tuple(row[key] for key in cut.keys): row["n"] for row in rows} == {
            name: len(members) for name, members in groups.items()
        }
        assert all(people(members) >= K for members in groups.values())


def skewed(seed: int) -> list[Row]:
    random = Random(seed)
    return [
        document(n, random.randint(1, 14), [max(0, random.randint(-5, 3)) for _ in VALUES], random.randint(0, 4))
        for n in range(90)
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_told_together_is_not_bounded_to_one_number_either(seed: int) -> None:
    """By linear programming: no count is below 0, and still a small cell may be of at least two sizes."""
    texts = skewed(seed)
    printed = printed_of(texts, THEMED)
    assert sum(TOGETHER not in row.values() for _, rows in printed for row in rows) > 9
    equations, numbers = system(POSSIBLE, printed)
    truth = exploded(texts, THEMED[0])
    for key in ("stance", "country_stance", "irony"):
        names = [(one["theme"], one["emotion"], one[key]) for one in truth]
        few = [
            name for name in sorted(set(names)) if people([truth[n] for n, own in enumerate(names) if own == name]) < K
        ]
        assert len(few) > 3
        for name in few[:12]:
            cost = np.array([(one["theme"], one["emotion"], one[key]) == name for one in POSSIBLE], float)
            least, most = (sign * linprog(sign * cost, A_eq=equations, b_eq=numbers).fun for sign in (1, -1))
            assert most - least > 0.9, name


def test_the_attack_finds_what_is_not_guarded() -> None:
    texts = skewed(1)
    bare = [(cut, cells(replace(cut, labelled=False), pa.Table.from_pylist(texts), CLASSES)[0]) for cut in THEMED]
    large = [
        (cut, [row for row in rows if people([one for one in exploded(texts, cut) if is_in(one, row, cut)]) >= K])
        for cut, rows in bare
    ]
    for one in large:
        assert reckoned(texts, [one]), "totals without small cells tell of these"
    classes, *others = printed_of(texts, [cut for cut in THEMED if cut.name in ("emotion_polarity", "stance")])[::-1]
    assert classes[0].name == "emotion_polarity"
    assert reckoned(texts, [next(one for one in bare if one[0].name == "emotion_polarity"), *others])


def is_in(one: Row, row: Row, cut: Cut) -> bool:
    return all(one[key] == row[key] for key in cut.keys)


def cell(n: int, authors: str, *values: str) -> Cell:
    return Cell(values, n, frozenset(authors))


def test_few_are_told_with_the_smallest_others_until_they_are_enough() -> None:
    many, more = "abcdef", "abcdefgh"
    cells = [cell(3, "xyz", "a", "p"), cell(9, more, "a", "q"), cell(6, many, "a", "r"), cell(6, many, "b", "p")]
    joined = ("a", TOGETHER)
    assert pooled(cells) == [joined, ("a", "q"), joined, ("b", "p")]
    assert held_back(cells, pooled(cells)) == 9
    assert pooled(cells[1:]) == [("a", "q"), ("a", "r"), ("b", "p")]
    assert pooled([cell(9, "xyz", "a", "p")]) == [()], "nothing is told of so few"
    assert held_back(cells[:1], [()]) is None
    small = [cell(2, "xy", "a", "p"), cell(3, "uvw", "b", "q"), cell(5, many, "c", "p")]
    assert pooled(small) == [(TOGETHER, TOGETHER), (TOGETHER, TOGETHER), ("c", "p")]


def test_a_class_is_told_where_it_is_of_whole_pools() -> None:
    cells = [cell(3, "xyz", "joy"), cell(9, "abcdef", "praise"), cell(8, "abcdef", "anger"), cell(8, "abcdef", "fear")]
    told = pooled(cells)
    assert told == [(TOGETHER,), ("praise",), (TOGETHER,), ("fear",)]
    polarity = {"joy": "positive", "praise": "positive", "anger": "negative", "fear": "either"}
    assert classed(cells, told, polarity) == [(TOGETHER,), (TOGETHER,), (TOGETHER,), ("either",)]
    assert classed(cells, told, {**polarity, "anger": "positive"}) == [("positive",)] * 3 + [("either",)]


def test_a_cut_counts_a_text_once_for_each_of_its_themes() -> None:
    table = pa.Table.from_pylist([document(1, 1, [0] * len(VALUES), 4)])
    assert of(CUTS[-1], table).column("theme").to_pylist() == ["ban_law", "food"]
