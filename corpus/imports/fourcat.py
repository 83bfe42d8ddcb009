"""Import 4CAT's exports of RedNote: a CSV of its own columns, or the same as lines of JSON."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpus.delimited import columns_of
from corpus.imports import Damaged, Held, Item
from corpus.imports.zeeschuimer import is_table, table_items, taken_items, unfolded, value_of
from corpus.jsonlines import Line, read_lines
from corpus.rednote.taking import Origin, row_taken
from corpus.strictjson import JSONFault, read_json

_SEPARATOR = ","
_FIELDS = frozenset({"id", "thread_id", "body", "author", "likes", "unix_timestamp"})
_HOSTS = ("xiaohongshu.com", "rednote.com")


class FourCat:
    """Notes and comments as 4CAT maps them. Of times only `unix_timestamp` is trusted; authors are names without ids."""

    title = "4CAT export of RedNote (.csv, .ndjson)"

    def recognise(self, path: Path, head: bytes) -> str | None:
        if is_table(head, _SEPARATOR):
            return "a table with 4CAT's columns for RedNote"
        first = next((line for line in head.split(b"\n") if line.strip()), b"")
        try:
            row = read_json(first)
        except JSONFault:
            return None
        return "lines of JSON with 4CAT's columns for RedNote" if _is_row(row) else None

    def items(self, path: Path, held: Held) -> Iterator[Item]:
        origin = Origin.of(path)
        with path.open("rb") as file:
            head = file.read(1 << 16)
        names, delimiter = columns_of(head)
        if "thread_id" in names:
            yield from table_items(path, delimiter, origin)
            return
        for line in read_lines(path):
            yield from _taken(line, origin)


def _is_row(value: Any) -> bool:
    if not isinstance(value, dict) or not value.keys() >= _FIELDS:
        return False
    addresses = f"{value.get('url')} {value.get('collected_from_url')}"
    return any(host in addresses for host in _HOSTS)


def _taken(line: Line, origin: Origin) -> Iterator[Item]:
    value = value_of(line)
    if isinstance(value, Damaged):
        yield value
    elif (item := unfolded(value)) is not None:  # what 4CAT was given by Zeeschuimer it gives on as it came
        yield from taken_items(item, line, origin)
    elif isinstance(value, dict) and value.keys() >= _FIELDS:
        yield row_taken(value, line.number, line.raw, origin, line.ended)
    else:
        yield Damaged("not_an_item", line.number, line.raw)


IMPORT = FourCat()
