"""Import Bluesky's posts: lines of JSON, a list, answers of the interface, or the tables of 4CAT and minet."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from corpus.delimited import columns_of, read_table
from corpus.imports import Damaged, Held, Stub
from corpus.imports import Item as Given
from corpus.jsonlines import Line
from corpus.posts.bluesky import PLATFORM, is_for_all, is_item, is_view, items_in
from corpus.posts.tables import FORMS, form_of
from corpus.posts.taking import (
    Wrapped,
    fields,
    first_values,
    head_of,
    read_values,
    shape,
    taken,
    unwrapped,
    value_of,
)
from corpus.records import Finding
from corpus.rednote.fields import string
from corpus.rednote.items import Item, part
from corpus.rednote.taking import Origin, json_bytes

_MARKS = (b'"uri"', b'"app.bsky.feed.')
"""Of a thread that is too long to be seen whole."""
_NAMES = ("bsky", "bluesky")
_VIEW = fields(
    "uri cid author record indexed_at like_count reply_count repost_count",
    "quote_count bookmark_count embed viewer labels threadgate $type py_type debug place",
    author=fields(
        "did handle",
        "display_name avatar labels viewer associated created_at verification status pronouns py_type $type",
    ),
    record=fields(
        "text created_at", "$type py_type langs facets reply embed entities tags labels via bridgy_original_text"
    ),
)


class Bluesky:
    """Posts, threads of them, and what stands in the place of a deleted or blocked one.

    Posts whose authors ask that they be not shown to all are stubs: they are not archived.
    """

    title = "Bluesky posts as its interface, 4CAT or minet give them (.ndjson, .json, .csv)"

    def recognise(self, path: Path, head: bytes) -> str | None:
        for value in first_values(head):
            if any(is_item(one) for one in items_in(unwrapped(value).item) or ()):
                return "JSON with `record`, `uri` and `author`, as Bluesky's interface gives a post"
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and all(mark in head for mark in _MARKS):
            return "JSON that names `app.bsky.feed`, as Bluesky's interface does"
        form = form_of(columns_of(head)[0])
        return f"a table with the columns of {form}'s Bluesky posts" if form else None

    def items(self, path: Path, held: Held) -> Iterator[Given]:
        origin = Origin.of(path)
        names, delimiter = columns_of(head_of(path))
        if form := form_of(names):
            yield from _rows(path, delimiter, form, origin)
            return
        for line in read_values(path):
            value = value_of(line)
            if isinstance(value, Damaged) or isinstance(line, Damaged):
                yield value
            else:
                yield from _opened(value, line, origin)


def _opened(value: Any, line: Line, origin: Origin) -> Iterator[Given]:
    wrapped = unwrapped(value)
    if wrapped.platform and not any(name in wrapped.platform for name in _NAMES):
        yield Stub("other_platform", line.number)
        return
    items = items_in(wrapped.item)
    if items is None:
        refused = isinstance(value, dict) and isinstance(value.get("error"), str)
        yield Stub("error_answer", line.number) if refused else Damaged("not_an_item", line.number, line.raw)
        return
    for item in items:
        yield _judged(item, wrapped, line, origin)
    if not items:
        yield Stub("empty_answer", line.number)


def _judged(item: Any, wrapped: Wrapped, line: Line, origin: Origin) -> Given:
    if not is_item(item):
        return Damaged("not_an_item", line.number, json_bytes(item))
    view = item if is_view(item) else part(item, "post")
    if view and not is_for_all(view):
        return Stub("not_public", line.number)
    name = "bluesky post" if view is item else "bluesky thread" if "replies" in item else "bluesky post of a feed"
    known = shape(name, view, _VIEW) if view else shape("bluesky post not shown", {}, fields(""))
    return taken(PLATFORM, item, known, _finding(wrapped, origin), origin, line.ended)


def _finding(wrapped: Wrapped, origin: Origin) -> Finding:
    found = wrapped.finding(origin.file)
    try:
        tab = urlsplit(string(wrapped.told.get("source_platform_url")))
    except ValueError:
        return found
    if tab.path.startswith("/hashtag/") and (tag := unquote(tab.path.split("/")[2])):
        return replace(found, found_by="tag", value=tag, rank=None)
    if tab.path == "/search" and (query := parse_qs(tab.query).get("q")):
        return replace(found, found_by="query", value=query[0][:200], rank=None)
    return found


def _rows(path: Path, delimiter: str, form: str, origin: Origin) -> Iterator[Given]:
    for row, cells in read_table(path, delimiter):
        if row.fault:
            yield Damaged(row.fault, row.number, row.raw)
        else:
            yield _row(cells, form, Line(row.number, row.raw, True), origin)


def _row(cells: dict[str, str], form: str, line: Line, origin: Origin) -> Given:
    made = FORMS[form].post(cells)
    if made is None:
        return Damaged("no_id", line.number, line.raw)
    known = shape(f"{form} post of Bluesky", _filled(cells), FORMS[form].fields)
    return taken(PLATFORM, made, known, FORMS[form].finding(cells, origin.file), origin, True)


def _filled(cells: dict[str, str]) -> Item:
    return {name: cell for name, cell in cells.items() if cell}


IMPORT = Bluesky()
