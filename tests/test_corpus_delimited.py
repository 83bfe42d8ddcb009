"""Tables of delimited text: rows with their lines, and what is broken told without spoiling its neighbours."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.delimited import ROW_LIMIT, columns_of, read_rows


def rows(folder: Path, content: bytes, delimiter: str = ",") -> list[tuple[int, tuple[str, ...], str | None]]:
    path = folder / "table.csv"
    path.write_bytes(content)
    return [(row.number, row.cells, row.fault) for row in read_rows(path, delimiter)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\r\n1,2\r\n", [(1, ("a", "b"), None), (2, ("1", "2"), None)]),
        (b"\xef\xbb\xbfa,b\n\n \n1,2", [(1, ("a", "b"), None), (4, ("1", "2"), None)]),
        (b'a,b\n"x\n\ny","z""z"\n3,4\n', [(1, ("a", "b"), None), (2, ("x\n\ny", 'z"z'), None), (5, ("3", "4"), None)]),
        (b"a,b\n1\n2,3\n", [(1, ("a", "b"), None), (2, (), "row_width"), (3, ("2", "3"), None)]),
        (b"a,b\n\xff,1\n2,3", [(1, ("a", "b"), None), (2, (), "not_utf8"), (3, ("2", "3"), None)]),
        (b'a,b\n"x"y,1\n2,3', [(1, ("a", "b"), None), (2, (), "row_syntax"), (3, ("2", "3"), None)]),
        # A stray quote opens what a later one seems to close: only the line of the first is lost.
        (
            b'a,b\n1,"x\n3,4\n5,"6"\n',
            [(1, ("a", "b"), None), (2, (), "row_cut"), (3, ("3", "4"), None), (4, ("5", "6"), None)],
        ),
        (b'a,b\n1,2\n3,"cut', [(1, ("a", "b"), None), (2, ("1", "2"), None), (3, (), "row_cut")]),
        (b"", []),
    ],
)
def test_rows_and_their_faults(tmp_path: Path, content: bytes, expected: list[object]) -> None:
    assert rows(tmp_path, content) == expected


def test_columns_and_what_parts_them() -> None:
    assert columns_of(b"\xef\xbb\xbfa;b;c\n1;2;3") == (("a", "b", "c"), ";")
    assert columns_of(b"a,b\r\n") == (("a", "b"), ",")
    assert columns_of(b"one")[0] == columns_of(b"\xff,\n")[0] == columns_of(b'"a,b\n')[0] == ()


def test_a_line_beyond_the_limit_comes_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"a,b\n" + b"x" * (ROW_LIMIT + 10) + b"\n1,2\n")
    found = list(read_rows(path))
    assert [row.fault for row in found] == [None, "row_too_long", "row_too_long", None]
    assert (
        sum(len(row.raw) for row in found[1:3]) == ROW_LIMIT + 11
        or sum(len(r.raw) for r in found[1:3]) == ROW_LIMIT + 10
    )
    assert found[3].cells == ("1", "2") and found[3].number == 3


def test_an_open_quote_does_not_take_the_file_with_it(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_bytes(b'a,b\n"1,2\n' + b"3,4\n" * 400_000)
    found = list(read_rows(path))
    assert [row.fault for row in found[:3]] == [None, "row_too_long", None] and len(found) == 400_002
    assert all(row.fault is None for row in found[2:])


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=8),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(",;\t"),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, written: list[list[str]], delimiter: str
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["a", "b"], *written])
    found = rows(tmp_path_factory.mktemp("table"), out.getvalue().encode(), delimiter)
    assert [list(cells) for _, cells, _ in found[1:]] == written and all(fault is None for *_, fault in found)


@given(st.binary(max_size=200))
def test_any_bytes_are_accounted_for(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("table") / "any.csv"
    path.write_bytes(content)
    found = list(read_rows(path))
    assert bool(found) == bool(content.removeprefix(b"\xef\xbb\xbf").strip())
    kept = b"".join(row.raw for row in found)
    assert [byte for byte in content if byte > 32 and byte not in b"\xef\xbb\xbf"] == [
        byte for byte in kept if byte > 32 and byte not in b"\xef\xbb\xbf"
    ]
