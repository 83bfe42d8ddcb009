"""Tables as CSV that a spreadsheet opens rightly and never runs, inside the page itself as data: addresses."""

import base64
import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

# What makes a spreadsheet take a cell for a formula, also in full width and behind white space; see OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """CSV of RFC 4180: null is empty, days and times are ISO 8601, lists are joined by "; "."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([inert(name) for name in columns])
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return out.getvalue()


def data_address(text: str) -> str:
    """The text as a data: address; the byte order mark lets Excel see that it is UTF-8."""
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode("utf-8-sig")).decode("ascii")


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return inert("; ".join(map(str, value)))
    return inert(value) if isinstance(value, str) else value


# Signs at which some spreadsheets, by their language, cut a line whatever the file says.
_BEHIND = re.compile(rf"([;\t|\r\n]\s*)(?=[{re.escape(''.join(_FORMULA[:4] + _FORMULA[7:]))}])")


def inert(text: str) -> str:
    """A text that is no formula: an apostrophe goes before one that a spreadsheet would run."""
    text = _BEHIND.sub(r"\1'", text)
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
