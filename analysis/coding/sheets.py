"""Spreadsheets: CSV with one row a unit and coder, which no spreadsheet runs as formulas."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.coding import Given, Task
from analysis.coding.schemes import Scheme
from analysis.reporting.downloads import csv_text
from corpus.delimited import codec_of, columns_of, read_table
from corpus.errors import UserError

_HEAD_BYTES = 1 << 16
_EMPTY = b"\"', \t\r\n;"
"""What a row is made of that has no cell filled."""
_FIRST, _LAST = ("doc_id", "coder", "scheme", "text"), ("note",)


class Sheets:
    """A row a unit; its coder writes one code into the column of each variable."""

    title = "CSV"
    help = (
        "Open the coder's file in a spreadsheet, write the code's id (see CODEBOOK.md) into the column of each variable, "
        "and save it as CSV in UTF-8. Leave the other columns as they are. A spreadsheet cuts cells at 32,767 signs: "
        "longer texts come back changed and are refused."
    )

    def write(self, tasks: Sequence[Task], scheme: Scheme, folder: Path, name: str) -> list[Path]:
        """``<name>.csv``."""
        shown = tuple(dict.fromkeys(key for task in tasks for key in task.shown))
        asked = dict.fromkeys(name for task in tasks for name in task.asked)
        variables = [variable.id for variable in scheme.asked(tuple(asked))]
        columns = [*_FIRST, *(f"show_{key}" for key in shown), *variables, *_LAST]
        rows = [
            [task.doc_id, task.coder, task.scheme, task.text, *map(task.shown.get, shown), *[""] * (len(variables) + 1)]
            for task in tasks
        ]
        path = folder / f"{name}.csv"
        path.write_bytes(csv_text(columns, rows).encode("utf-8-sig"))
        return [path]

    def read(self, path: Path) -> Iterator[Given]:
        """Each row; columns that are neither ours nor shown are variables."""
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            raise UserError("is text in UTF-16", where=path, hint="save it as CSV in UTF-8 (Excel: CSV UTF-8)")
        names, delimiter = columns_of(head)
        if "doc_id" not in [name.strip().removeprefix("\ufeff") for name in names]:
            raise UserError("has no column doc_id", where=path, hint="keep the columns as they were written")
        for row, cells in read_table(path, delimiter, codec_of(head)):
            place = f"line {row.number}"
            if not row.raw.strip(_EMPTY):
                continue
            if row.fault or not cells.get("doc_id", "").strip():
                yield Given(place, fault=row.fault or "a row without doc_id")
                continue
            coder = cells.get("coder", "").strip()
            yield Given(
                place,
                doc_id=cells["doc_id"].strip(),
                who=(coder,) if coder else (),
                scheme=cells.get("scheme", "").strip() or None,
                text=cells.get("text"),
                codes=tuple(
                    (name, code.strip())
                    for name, code in cells.items()
                    if name and name not in (*_FIRST, *_LAST) and not name.startswith("show_") and code.strip()
                ),
                note=cells.get("note", "").strip() or None,
                loose=True,
            )


TOOL = Sheets()
