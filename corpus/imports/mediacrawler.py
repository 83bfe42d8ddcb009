"""Import RedNote files of MediaCrawler, those of before and since July 2026: lines of JSON, one array, or CSV."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus.delimited import codec_of, columns_of, read_table
from corpus.imports import Damaged, Held, Item, Stub
from corpus.imports.zeeschuimer import value_of
from corpus.jsonlines import Line, read_lines
from corpus.jsonlists import read_elements
from corpus.records import Finding
from corpus.rednote.exports import account_of
from corpus.rednote.items import Item as Row
from corpus.rednote.items import moment, native_id
from corpus.rednote.shapes import shape
from corpus.rednote.taking import Origin, taken, text_of
from corpus.strictjson import JSONFault, read_json

_NAME = re.compile(r"^(search|detail|creator)_(?:contents|comments|creators)_")
# Other platforms' files of the same tool have the same names, and some of the same fields.
_NOTE = frozenset({"note_id", "desc", "collected_count", "last_modify_ts"})
_COMMENT = frozenset({"comment_id", "note_id", "content", "like_count", "last_modify_ts"})
_CREATOR = frozenset({"user_id", "fans", "follows", "interaction"})
_IDS = frozenset({"note_id", "user_id"})
_OBJECT = re.compile(rb'\{(?>[^"{}]++|"(?>[^"\\]++|\\.)*+")*+\}', re.DOTALL)
_BLANK = b"\xef\xbb\xbf \t\r\n"
_LOOKED_AT = 64 << 10
_LINES_LOOKED_AT = 8


class MediaCrawler:
    """Notes and comments of RedNote; a profile is a stub, because nobody's profile is collected.

    Files since July 2026 give a hash instead of an account's id (`creator_hash`): their authors meet among themselves,
    and never those of other captures.
    """

    title = "MediaCrawler files of RedNote (.jsonl, .json, .csv)"

    def recognise(self, path: Path, head: bytes) -> str | None:
        for names in _first_fields(head):
            if names >= _NOTE:
                return "fields of a note as MediaCrawler writes them of RedNote"
            if names >= _COMMENT:
                return "fields of a comment as MediaCrawler writes them of RedNote"
            if names >= _CREATOR:
                return "fields of a profile as MediaCrawler writes them of RedNote"
        return None

    def items(self, path: Path, held: Held) -> Iterator[Item]:
        """Of an item that the file holds several times each is an entry: the counts at another moment."""
        origin = Origin.of(path)
        with path.open("rb") as file:
            head = file.read(_LOOKED_AT)
        names, delimiter = columns_of(head)
        if not _IDS.isdisjoint(names):
            yield from _table(path, delimiter, origin)
            return
        for line in read_elements(path) if head.lstrip(_BLANK).startswith(b"[") else read_lines(path):
            value = value_of(line)
            yield value if isinstance(value, Damaged) else _taken(value, line, origin)


def _first_fields(head: bytes) -> Iterator[frozenset[str]]:
    """Names of the fields of what stands first in a file, whichever of the three forms it has."""
    start = head.lstrip(_BLANK)
    if start[:1] not in (b"[", b"{"):
        yield frozenset(columns_of(head)[0])
        return
    for candidate in [start[1:]] if start[:1] == b"[" else start.split(b"\n")[:_LINES_LOOKED_AT]:
        if found := _OBJECT.match(candidate.strip()):
            try:
                yield frozenset(read_json(found.group()))
            except JSONFault:
                continue


def _table(path: Path, delimiter: str, origin: Origin) -> Iterator[Item]:
    with path.open("rb") as file:
        codec = codec_of(file.read(_LOOKED_AT))
    for row, cells in read_table(path, delimiter, codec):
        if row.fault:
            yield Damaged(row.fault, row.number, row.raw)
        else:
            yield _taken(cells, Line(row.number, row.raw, True), origin)


def _taken(value: Any, line: Line, origin: Origin) -> Item:
    if not isinstance(value, dict):
        return Damaged("not_an_item", line.number, line.raw)
    row: Row = value
    if row.keys() >= _CREATOR and "note_id" not in row:
        return Stub("account_profile", line.number)
    is_comment = "comment_id" in row
    note_id = native_id(row.get("note_id"))
    if (native_id(row.get("comment_id")) if is_comment else note_id) is None:
        return Damaged("no_id" if is_comment or "note_id" in row else "not_an_item", line.number, line.raw)
    since = "since July 2026" if "creator_hash" in row else "before July 2026"
    item_shape = shape(f"MediaCrawler {'comment' if is_comment else 'note'}, {since}", row)
    finding = replace(_finding(row, is_comment, origin.file), collected_at=moment(row.get("last_modify_ts")))
    return taken(row, "mediacrawler", item_shape, note_id, finding, origin, line.ended)


def _finding(row: Row, is_comment: bool, file: str) -> Finding:
    """A note's keyword says by which query it was found; else the file's name tells what was asked for."""
    if is_comment:
        return Finding("thread")
    if keyword := text_of(row.get("source_keyword")).strip():
        return Finding("query", keyword[:200])
    found = _NAME.match(file)
    asked = found.group(1) if found else ""
    if asked == "creator" and (account := account_of(row)):
        return Finding("account", account)
    return Finding("seed") if asked == "detail" else Finding("file", file)


IMPORT = MediaCrawler()
