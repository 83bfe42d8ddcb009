"""Downloads hold what the tables hold, and no spreadsheet runs them."""

import base64
import csv
import io
import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.reporting.downloads import csv_text, data_address

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_texts_come_back_and_none_begins_as_a_formula(rows: list[tuple[str, str]]) -> None:
    got = read(csv_text(("a", "b"), rows))
    assert got[0] == ["a", "b"] and len(got) == len(rows) + 1
    for row, cells in zip(rows, got[1:], strict=True):
        for text, cell in zip(row, cells, strict=True):
            assert cell.replace("'", "") == text.replace("'", "")
            assert not re.search(r"[;\t|\r\n]\s*[=+\-@＝＋－＠]", cell), "whatever sign a spreadsheet cuts at"
            assert not cell.startswith(SIGNS) and not cell.lstrip().startswith(SIGNS)


def test_a_formula_behind_another_separator_is_inert_too() -> None:
    [[_], [cell]] = read(csv_text(("title",), [("Welcome;=HYPERLINK(1); -2 | @x\t=1",)]))
    assert cell == "Welcome;'=HYPERLINK(1); '-2 | '@x\t'=1"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", ["", " ", "\u3000", "\u00a0"])
def test_a_formula_gets_an_apostrophe(sign: str, before: str) -> None:
    text = sign + "HYPERLINK(1)" if sign.isspace() else f"{before}{sign}HYPERLINK(1)"
    assert read(csv_text((text,), [(text,)])) == [[f"'{text}"]] * 2


def test_values_are_written_as_data_has_them() -> None:
    row = (None, 0, -3, 0.25, date(2025, 1, 14), datetime(2025, 1, 14, tzinfo=UTC), ["zh", "en"], ["=1"], "a,b", 'q"q')
    assert read(csv_text([str(n) for n in range(len(row))], [row]))[1] == [
        "",
        "0",
        "-3",
        "0.25",
        "2025-01-14",
        "2025-01-14T00:00:00+00:00",
        "zh; en",
        "'=1",
        "a,b",
        'q"q',
    ]


def test_the_address_is_utf_8_with_the_mark_that_a_spreadsheet_looks_for() -> None:
    address = data_address("猫税\r\n")
    assert address.startswith("data:text/csv;charset=utf-8;base64,")
    assert base64.b64decode(address.rsplit(",", 1)[1]) == b"\xef\xbb\xbf" + "猫税\r\n".encode()
