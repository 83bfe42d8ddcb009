"""Read gold rows, texts with the labels that people gave them, and name each line that is none.

A line is ``{"id", "text", "label"}``, with ``lang``, ``title`` and ``kind`` where they are known. ``label`` is one label, a list
of labels (empty, or "none" alone: none), or a list of spans ``[start, end, type]`` in code points of the text; one form a file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from corpus.errors import UserError
from corpus.jsonlines import read_lines
from corpus.strictjson import JSONFault, read_json

Form = Literal["label", "labels", "spans"]
Item = tuple[str, tuple[int, int] | None]
_HINT = 'write {"id": ..., "lang": ..., "text": ..., "label": ...}, one object a line'
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Gold:
    """A text and what people said of it: `items` are labels, those of spans with their places."""

    id: str
    text: str
    items: frozenset[Item]
    lang: str | None = None
    title: str | None = None
    kind: str = "post"


def read_gold(path: Path) -> tuple[list[Gold], Form]:
    """All rows of the file and the form of their labels; raises UserError that names the bad lines, or an empty file."""
    if not path.is_file():
        raise UserError("there is no such file", where=path, hint=_HINT)
    rows: list[Gold] = []
    faults: list[str] = []
    lines_of: dict[str, int] = {}
    found: Form | None = None
    for number, content in _lines(path):
        try:
            row = _object(content)
            name = str(row["id"])
            if name in lines_of:
                raise ValueError(f"its id stands in line {lines_of[name]} too")
            lines_of[name] = number
            form, items = _items(row["label"], row["text"])
            if form and found and form != found:
                raise ValueError(f"its label is of another form than those before it ({found})")
            found = found or form
            rows.append(Gold(name, row["text"], items, row.get("lang"), row.get("title"), row.get("kind") or "post"))
        except ValueError as fault:
            faults.append(f"line {number}: {fault}")
    if faults:
        more = [f"and {len(faults) - _MOST_FAULTS} more"] if len(faults) > _MOST_FAULTS else []
        raise UserError("\n  ".join(["bad gold rows:", *faults[:_MOST_FAULTS], *more]), where=path, hint=_HINT)
    if not rows:
        raise UserError("there are no gold rows", where=path, hint=_HINT)
    return rows, found or "labels"


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    for line in read_lines(path):
        yield line.number, b"" if line.too_long else line.raw


def _object(content: bytes) -> dict[str, Any]:
    try:
        row = read_json(content)
    except JSONFault as fault:
        raise ValueError(f"not JSON ({fault})") from fault
    if not isinstance(row, dict):
        raise ValueError("no object")
    if missing := [name for name in ("id", "text", "label") if row.get(name) is None]:
        raise ValueError(f"without {', '.join(missing)}")
    for name in ("text", "lang", "title", "kind"):
        if not isinstance(row.get(name, ""), str | None):
            raise ValueError(f"its {name} is no string")
    return row


def _items(label: Any, text: str) -> tuple[Form | None, frozenset[Item]]:
    if isinstance(label, str) and label:
        return "label", frozenset({(label, None)})
    if isinstance(label, list):
        if not label:
            return None, frozenset()
        if all(isinstance(one, str) and one for one in label):
            return "labels", frozenset((one, None) for one in label if one != "none")
        if all(isinstance(one, list) and len(one) >= 3 for one in label):
            return "spans", frozenset(_span(one, text) for one in label)
    raise ValueError("its label is neither a string nor a list of strings or of [start, end, type]")


def _span(one: list[Any], text: str) -> Item:
    start, end, kind = one[:3]
    if not (type(start) is type(end) is int and isinstance(kind, str) and 0 <= start < end <= len(text)):
        raise ValueError(f"its span {one[:3]} is not [start, end, type] within its text")
    return kind, (start, end)
