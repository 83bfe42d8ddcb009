"""Read a table of delimited text (CSV) row by row within bounds; what cannot be a row is told with its line and bytes."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from corpus.charset import decode_text
from corpus.errors import UserError

ROW_LIMIT = 1 << 20
_MARK = b"\xef\xbb\xbf"
_DELIMITERS = (",", ";", "\t")
_SEPARATOR = re.compile(rb'"?sep=[^"\r\n]"?[,;\t]*\r?\n', re.IGNORECASE)
"""A first line by which Excel is told what parts the cells; it is no row."""
_CODECS = frozenset({"gb18030", "big5hkscs", "cp950"})
"""Taken beside UTF-8 where the text reads as Chinese in them; any other guess is too weak to read a table by."""
csv.field_size_limit(ROW_LIMIT)  # of Python's 128 KiB: a long text is one cell


@dataclass(frozen=True, slots=True)
class Row:
    """A row, which may span lines. `number`: its first line, from 1. `fault`: why `cells` is empty, else None.

    Faults: ``not_utf8``, ``row_syntax``, ``row_width`` (not as many cells as the first row), ``row_cut`` (the file ends
    within quotes), ``row_too_long``.
    """

    number: int
    raw: bytes
    cells: tuple[str, ...]
    fault: str | None = None


def columns_of(head: bytes) -> tuple[tuple[str, ...], str]:
    """Names in the first row of a table that begins with ``head``, and its delimiter; no names where it is no table."""
    first = first_line(head)
    try:
        line = first.decode("utf-8")
    except UnicodeDecodeError:
        return (), ","
    delimiter = max(_DELIMITERS, key=line.count)
    cells, fault = _cells(first, delimiter)
    return (cells if not fault and len(cells) > 1 else ()), delimiter


def first_line(head: bytes) -> bytes:
    """The line of a table's head in which the names of its columns stand."""
    plain = head.removeprefix(_MARK)
    told = _SEPARATOR.match(plain)
    return plain[told.end() if told else 0 :].split(b"\n", 1)[0]


def codec_of(head: bytes) -> str:
    """The codec of a table that begins with ``head``: UTF-8, or one of Chinese."""
    charset = decode_text(head).charset
    return charset if charset in _CODECS else "utf-8"


def read_table(path: Path, delimiter: str = ",", codec: str = "utf-8") -> Iterator[tuple[Row, dict[str, str]]]:
    """The rows below the first, which names the columns, each with its cells by name; no cells where it has a fault.

    Raises UserError where the first row cannot be read: what is below it would have no names.
    """
    names: tuple[str, ...] | None = None
    for row in read_rows(path, delimiter, codec=codec):
        if names is not None:
            yield row, dict(zip(names, row.cells, strict=False))
        elif row.fault:
            raise UserError(
                f"its first row, which names the columns, cannot be read ({row.fault}, line {row.number})",
                where=path,
                hint="open it in the tool that wrote it, save it as CSV in UTF-8, and import that",
            )
        else:
            names = tuple(cell.strip() for cell in row.cells)


def read_rows(path: Path, delimiter: str = ",", limit: int = ROW_LIMIT, codec: str = "utf-8") -> Iterator[Row]:
    """Rows of a table, the names of its columns among them as the first; blank lines between rows are passed.

    ``codec``: one in which the bytes of ASCII mean ASCII only (UTF-8, GB 18030); a row not in it is ``not_`` and its name.
    A quote that is not closed spoils its own line only: the lines after it are read anew. Memory: one row.
    """
    with path.open("rb") as file:
        lines = _Lines(file, limit)
        width = 0
        while (line := lines.take()) is not None:
            if line.is_piece:
                yield Row(line.number, line.raw, (), "row_too_long")
                continue
            if not line.raw.strip() or (line.number == 1 and _SEPARATOR.fullmatch(line.raw)):
                continue
            taken = [line]
            quotes, size = line.raw.count(b'"'), len(line.raw)
            while quotes % 2 and size < limit and (more := lines.take()) is not None:
                taken.append(more)
                quotes, size = quotes + more.raw.count(b'"'), size + len(more.raw)
            raw = b"".join(one.raw for one in taken) if len(taken) > 1 else line.raw
            cells, fault = _row(raw, delimiter, width, bool(quotes % 2), size >= limit, codec)
            if fault and len(taken) > 1:
                lines.waiting.extendleft(reversed(taken[1:]))
                raw = line.raw
            width = width or len(cells)
            yield Row(line.number, raw.rstrip(b"\r\n"), cells, fault)


def _row(
    raw: bytes, delimiter: str, width: int, is_open: bool, is_long: bool, codec: str
) -> tuple[tuple[str, ...], str | None]:
    if is_open:
        return (), "row_too_long" if is_long else "row_cut"
    cells, fault = _cells(raw, delimiter, codec)
    if not fault and width and len(cells) != width:
        return (), "row_width"
    return cells, fault


def _cells(raw: bytes, delimiter: str, codec: str = "utf-8") -> tuple[tuple[str, ...], str | None]:
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        return (), f"not_{codec.replace('-', '')}"
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return (), "row_syntax"
    return (tuple(rows[0]), None) if len(rows) == 1 else ((), "row_syntax")


class _Lines:
    """Lines of a file with their ends, one at a time, to which lines can be given back."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self.file = file
        self.limit = limit
        self.waiting: deque[_Line] = deque()
        self._number, self._ended, self._begun = 0, True, False

    def take(self) -> "_Line | None":
        """The next line; None at the end of the file."""
        if self.waiting:
            return self.waiting.popleft()
        raw = self.file.readline(self.limit)
        if not raw:
            return None
        ended = raw.endswith(b"\n")
        in_pieces = not self._ended or (not ended and len(raw) >= self.limit)
        self._number += self._ended
        self._ended = ended
        if self._number == 1 and not self._begun:
            raw = raw.removeprefix(_MARK)
        self._begun = True
        return _Line(self._number, raw, in_pieces)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    raw: bytes
    is_piece: bool
    """Of a line beyond the limit."""
