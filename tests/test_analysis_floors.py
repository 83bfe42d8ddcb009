"""Attacks on the printed tables: no subtraction, within one or between two of them, may tell of one to K - 1 authors."""

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.replication.cells import Cut, Scheme, cells, of
from analysis.replication.floors import Cell, hidden, meet
from analysis.replication.published import CUTS
from analysis.reporting.counting import K

Row = dict[str, Any]
CLASSES = {
    "li2025": {"joy": "joy", "praise": "praise", "anger": "other", "fear": "other", "none": "other"},
    "tk8911": {"joy": "快乐", "praise": "赞美", "anger": "愤怒", "fear": "恐惧", "none": "中性"},
    "polarity": {"joy": "positive", "praise": "positive", "anger": "negative", "fear": "negative", "none": "either"},
}
BY = Scheme((), "day_shanghai", CLASSES)
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
ATTRIBUTES = (*VALUES, *CLASSES, "texts", "theme")


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


def isolated(texts: Sequence[Row], printed: Mapping[str, tuple[Cut, Sequence[Row]]]) -> list[Any]:
    """What an attacker gets who subtracts from each total that two tables have in common what one of them prints."""
    found: list[Any] = []
    for name, (cut, rows) in printed.items():
        shown = {tuple(row[key] for key in cut.keys) for row in rows}
        finer = {"kind": ("texts",), "emotion": tuple(CLASSES)}
        told = {*cut.keys, *(coarse for key in cut.keys for coarse in finer.get(key, ()))}
        for other, (against, _) in printed.items():
            theirs = {*against.keys, *(coarse for key in against.keys for coarse in finer.get(key, ()))}
            # Theme tables count texts by theme; with the others they have no total in common.
            if ("theme" in cut.keys) != ("theme" in against.keys):
                continue
            common = [key for key in ATTRIBUTES if key in told & theirs]
            for size in range(len(common) + 1):
                for view in combinations(common, size):
                    found += [(name, other, view, group) for group in _lost(texts, cut, shown, view)]
    return found


def _lost(texts: Sequence[Row], cut: Cut, shown: set[Any], view: Sequence[str]) -> list[Any]:
    groups: dict[Any, list[Row]] = {}
    for one in texts:
        groups.setdefault(tuple(one[key] for key in view), []).append(one)
    found = []
    for group, members in groups.items():
        lost = [one for one in members if tuple(one[key] for key in cut.keys) not in shown]
        few = bool(lost) and people(lost) < K
        if few and len(lost) < len(members):  # where all are lost and few, nobody prints a total of them
            found.append(group)
    return found


def exploded(texts: Sequence[Row], cut: Cut) -> list[Row]:
    public = [one for one in texts if one["texts"] == "public"]
    return [{**one, "theme": theme} for one in public for theme in one["themes"]] if "theme" in cut.keys else public


def printed_of(texts: Sequence[Row]) -> dict[str, tuple[Cut, Sequence[Row]]]:
    table = pa.Table.from_pylist(list(texts))
    table = table.set_column(
        table.column_names.index("author_key"), "author_key", table["author_key"].cast(pa.string())
    )
    return {cut.name: (cut, cells(cut, table, BY.coarser)[0]) for cut in CUTS if cut.labelled}


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_no_subtraction_tells_of_fewer_than_k_authors(drawn: list[Any]) -> None:
    texts = [document(number, *one) for number, one in enumerate(drawn)]
    printed = printed_of(texts)
    for themed in (True, False):
        of_kind = {name: one for name, one in printed.items() if ("theme" in one[0].keys) == themed}
        counted = exploded(texts, next(iter(of_kind.values()))[0])
        assert isolated(counted, of_kind) == []
    for cut, rows in printed.values():
        truth = exploded(texts, cut)
        for row in rows:
            mine = [one for one in truth if all(one[key] == row[key] for key in cut.keys)]
            assert row.get("texts", row.get("kind")) in ("published", "article") or people(mine) >= K


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_every_printed_number_subtracted_from_every_other(drawn: list[Any]) -> None:
    """By the numbers alone: sums of printed rows and printed totals of one group, whichever table they stand in."""
    texts = [document(number, *one) for number, one in enumerate(drawn)]
    printed = printed_of(texts)
    for (name, (cut, rows)), (other, (against, theirs)) in product(printed.items(), repeat=2):
        common = [key for key in cut.keys if key in against.keys]
        if ("theme" in cut.keys) != ("theme" in against.keys) or cut.public != against.public:
            continue
        for group in {tuple(row[key] for key in common) for row in (*rows, *theirs)}:
            mine, whole = (
                [row for row in some if tuple(row[key] for key in common) == group] for some in (rows, theirs)
            )
            totals = {tuple(row[key] for key in against.groups): row["total"] for row in whole}
            known = {sum(row["n"] for row in whole), sum(totals.values())}
            truth = [one for one in exploded(texts, cut) if tuple(one[key] for key in common) == group]
            shown = {tuple(row[key] for key in cut.keys) for row in mine}
            lost = [one for one in truth if tuple(one[key] for key in cut.keys) not in shown]
            if cut.public and len(truth) in known and mine:
                assert not lost or people(lost) >= K, (name, other, group)


def cell(n: int, authors: str, *values: str) -> Cell:
    return Cell(values, n, frozenset(authors))


def test_the_smallest_others_are_hidden_beside_a_small_cell_until_a_group_hides_enough() -> None:
    many, more = "abcdef", "abcdefgh"
    cells = [cell(3, "xyz", "a", "p"), cell(9, more, "a", "q"), cell(6, many, "a", "r"), cell(6, many, "b", "p")]
    assert hidden(cells, ("one", "two"), {}) == {0, 2, 3}, "by row with r, by column with p of b"
    assert hidden(cells[1:], ("one", "two"), {}) == frozenset()
    assert hidden([cell(9, "xyz", "a", "p")], ("one", "two"), {}) == {0}, "alone, nothing is told of it"


def test_a_small_cell_is_hidden_from_coarser_classes_too() -> None:
    cells = [cell(3, "xyz", "joy"), cell(9, "abcdef", "praise"), cell(8, "abcdef", "anger")]
    assert hidden(cells, ("emotion",), {}) == {0, 2}
    polarity = {"joy": "positive", "praise": "positive", "anger": "negative"}
    assert hidden(cells, ("emotion",), {"emotion": [polarity]}) == {0, 1}, "positive without praise would be joy"


def test_what_two_maps_can_tell_together() -> None:
    one = {"a": "A", "b": "B", "c": "C", "d": "C"}
    other = {"a": "x", "b": "x", "c": "y", "d": "z"}
    assert meet(one, other) == {"A": "A", "B": "A", "C": "C"}


def test_a_cut_counts_a_text_once_for_each_of_its_themes() -> None:
    table = pa.Table.from_pylist([document(1, 1, [0] * len(VALUES), 4)])
    assert of(CUTS[-1], table).column("theme").to_pylist() == ["ban_law", "food"]
