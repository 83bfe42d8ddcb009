"""Import what the browser extension Zeeschuimer recorded of RedNote: one JSON object a line, or its table."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from corpus.delimited import codec_of, columns_of, read_table
from corpus.imports import Damaged, Held, Stub, Taken, weibo
from corpus.imports import Item as Given
from corpus.jsonlines import Line, read_lines
from corpus.posts.taking import unwrapped
from corpus.rednote.items import Item, moment, native_id, part, pick, shape_of
from corpus.rednote.refusals import note_id_in
from corpus.rednote.shapes import shape
from corpus.rednote.taking import Origin, finding_of, row_taken, taken, text_of
from corpus.strictjson import JSONFault, read_json

_META = "__import_meta"
_LINES_LOOKED_AT = 8
_LOOKED_AT = 1 << 20
_PLATFORMS = ("xiaohongshu", "rednote")
_WEIBO = ("weibo", "m.weibo")
_OTHERS = ("bsky", "bluesky", "mastodon")
"""Their items are opened by kinds of their own."""
_OF_OTHERS = re.compile(rb'"source_platform"\s*:\s*"(?:bsky|bluesky|mastodon)')
_MARKS = (b'"source_platform"', b'"timestamp_collected"')
_COLUMNS = frozenset({"collected_from_url", "id", "thread_id", "body", "author", "unix_timestamp"})
_HOSTS = (b"xiaohongshu.com", b"rednote.com")
_SEPARATOR = ";"


class Zeeschuimer:
    """Notes and comments as the platform's interface sent them to the researcher's own browser."""

    title = "Zeeschuimer export of RedNote (.ndjson, .csv)"
    advice: Mapping[str, str] = MappingProxyType(
        {
            "rednote profile": "{} notes come from profile pages, of which Zeeschuimer sees video notes only:"
            " the accounts' picture notes are missing"
        }
    )
    """What to tell where items of a shape are among those taken."""

    def recognise(self, path: Path, head: bytes) -> str | None:
        if is_table(head, _SEPARATOR):
            return "a table separated by semicolons with the columns of Zeeschuimer's RedNote items"
        lines = [line for line in head.split(b"\n") if line.strip()][:_LINES_LOOKED_AT]
        for line in lines:
            try:
                item = unfolded(read_json(line))
            except JSONFault:
                continue
            if item is not None and str(item["source_platform"]).startswith(_OTHERS):
                return None
            if item is not None:
                return "lines of JSON with `source_platform` and `data`, as Zeeschuimer exports them"
        if lines and _OF_OTHERS.search(lines[0]):
            return None
        if lines and lines[0].lstrip(b"\xef\xbb\xbf \t").startswith(b"{") and all(mark in lines[0] for mark in _MARKS):
            return "a first line of JSON that names `source_platform` and `timestamp_collected`, as Zeeschuimer does"
        return None

    def items(self, path: Path, held: Held) -> Iterator[Given]:
        origin = Origin.of(path)
        with path.open("rb") as file:
            head = file.read(1 << 16)
        if is_table(head, _SEPARATOR):
            yield from table_items(path, _SEPARATOR, origin)
            return
        for line in read_lines(path):
            value = value_of(line)
            if isinstance(value, Damaged):
                yield value
            elif (item := unfolded(value)) is None:
                yield Damaged("not_an_item", line.number, line.raw)
            else:
                yield from taken_items(item, line, origin)


def is_table(head: bytes, separator: str) -> bool:
    """Whether a table separated so begins here whose columns, and first rows, are those of RedNote items."""
    names, delimiter = columns_of(head)
    return delimiter == separator and set(names) >= _COLUMNS and any(host in head for host in _HOSTS)


def table_items(path: Path, delimiter: str, origin: Origin) -> Iterator[Given]:
    """Items of a table in the columns of 4CAT, whichever tool wrote it."""
    with path.open("rb") as file:
        codec = codec_of(file.read(_LOOKED_AT))
    for row, cells in read_table(path, delimiter, codec):
        if row.fault:
            yield Damaged(row.fault, row.number, row.raw)
        else:
            yield row_taken(cells, row.number, row.raw, origin)


def value_of(line: Line) -> Any:
    """The value of a line of JSON, or the damage that keeps it from being one."""
    if line.too_long:
        return Damaged("line_too_long", line.number, line.raw)
    try:
        return read_json(line.raw)
    except JSONFault as fault:
        cut = not line.ended and fault.reason == "syntax"
        return Damaged("line_cut" if cut else f"json_{fault.reason}", line.number, line.raw)


def unfolded(value: Any) -> Item | None:
    """An item as Zeeschuimer writes it, also from the spelling that 4CAT uses: data, and all else under one key."""
    if not isinstance(value, dict):
        return None
    item: Item = value
    if isinstance(meta := item.get(_META), dict):
        item = {**meta, "data": {name: one for name, one in item.items() if name != _META}}
    if isinstance(item.get("source_platform"), str) and isinstance(item.get("data"), dict):
        return item
    return None


def taken_items(item: Item, line: Line, origin: Origin) -> Iterator[Given]:
    """An unfolded item as an entry; a tile without its note is a stub, and so are other platforms' items but Weibo's."""
    platform = str(item["source_platform"])
    if platform.startswith(_WEIBO):
        yield from weibo.opened(unwrapped(item), line, origin)
    elif platform.startswith(_PLATFORMS):
        yield _taken(item, line, origin)
    else:
        yield Stub("other_platform", line.number)


def _taken(item: Item, line: Line, origin: Origin) -> Taken | Stub:
    data = part(item, "data")
    name = shape_of(data)
    if name == "stub":
        return Stub("tile_without_note", line.number)
    tab = text_of(item.get("source_platform_url"))
    note_id = _note_id(item, data, name, tab)
    finding = finding_of(tab, note_id, origin.file, moment(item.get("timestamp_collected")))
    return taken(item, "zeeschuimer", shape(f"rednote {name}", data), note_id, finding, origin, line.ended, tab)


def _note_id(item: Item, data: Item, name: str, tab: str) -> str | None:
    if name == "comment":
        return native_id(pick(data, "note_id", "noteId")) or native_id(note_id_in(tab))
    note = part(data, "note_card", "noteCard") or part(data, "note") or data
    own = native_id(pick(note, "note_id", "noteId")) or native_id(data.get("id")) or native_id(item.get("item_id"))
    return own or native_id(note_id_in(text_of(data.get("url"))))


IMPORT = Zeeschuimer()
