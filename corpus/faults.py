"""Read a TOML file as a model and say of each fault where it stands and what to do about it."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from corpus.errors import UserError

Model = TypeVar("Model", bound=BaseModel)
Loc = tuple[str | int, ...]
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_LINE_OF_FAULT = re.compile(r":(\d+): ")
_PLAIN = {
    "bool_type": "should be true or false, without quotes",
    "date_type": "should be a day without quotes, such as 2026-11-21",
    "datetime_type": "should be a day or a moment without quotes, such as 2026-11-21",
    "float_type": "should be a number, without quotes",
    "int_type": "should be a whole number, without quotes",
    "model_type": "should be a table",
    "string_too_short": "is empty",
    "string_type": "should be a text in quotes",
    "tuple_type": "should be a list, in brackets",
}
_LINE_OF_ERROR = re.compile(r" \(at line (\d+), column (\d+)\)$")


def load_right(
    path: Path, model: type[Model], further: Callable[[Path, Model], list[str]] = lambda path, found: []
) -> Model:
    """A TOML file as ``model``; raises UserError with every fault at once, those among them that ``further`` finds in it."""
    found, faults = load_table(path, model)
    if found is not None:
        faults = further(path, found)
    if found is None or faults:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise UserError(f"{count} in {path.name}\n" + "\n".join(faults), hint="mend them and run `huanying check`")
    return found


def load_table(path: Path, model: type[Model]) -> tuple[Model | None, list[str]]:
    """A TOML file as ``model``, and its faults, each as ``file:line: key: what is wrong``."""
    content, text, faults = read_toml(path)
    if content is None:
        return None, faults
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        return None, describe(path, text, model, error)


def read_toml(path: Path) -> tuple[dict[str, Any] | None, str, list[str]]:
    """The content of a TOML file and its text, or None and the reason. A byte order mark is let pass."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text), text, []
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return None, "", [f"  {path}:{line}: not UTF-8 at byte {error.start}: save it as UTF-8"]
    except tomllib.TOMLDecodeError as error:
        found = _LINE_OF_ERROR.search(str(error))
        place = f"{path}:{found.group(1)}" if found else str(path)
        return None, "", [f"  {place}: not TOML: {_LINE_OF_ERROR.sub('', str(error))}"]
    except RecursionError:
        return None, "", [f"  {path}: not TOML that can be read: nested too deeply"]
    except OSError as error:
        return None, "", [f"  {path}: cannot be read: {error.strerror}"]


def describe(path: Path, text: str, model: type[BaseModel], error: ValidationError) -> list[str]:
    """Each fault of ``error`` as a line that names file, line and key, in the order of lines.

    That a list is too short is no fault of its own where it is so for the entries of it that are wrong.
    """
    items = error.errors(include_url=False)
    above = {item["loc"][:end] for item in items for end in range(1, len(item["loc"]))}
    real = [item for item in items if item["type"] != "too_short" or item["loc"] not in above]
    return in_order([_fault(path, text, model, dict(item)) for item in real])


def in_order(faults: Sequence[str]) -> list[str]:
    """Faults of one file by their lines."""

    def line(fault: str) -> int:
        found = _LINE_OF_FAULT.search(fault)
        return int(found.group(1)) if found else 0

    return sorted(faults, key=line)


def _fault(path: Path, text: str, model: type[BaseModel], item: dict[str, Any]) -> str:
    where: Loc = tuple(item["loc"])
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = "unknown key" + _nearest(model, where)
    elif item["type"] == "missing":
        message = "is missing"
    elif item["type"] == "string_pattern_mismatch":
        message = f"{item['input']!r} does not have the form {item['ctx']['pattern']}"
    elif item["type"] == "tuple_type" and isinstance(item["input"], dict):
        message = f"is a list of tables: write [[{where[-1]}]]"
    elif item["type"] == "too_short":
        message = f"takes {item['ctx']['min_length']} or more, and has {item['ctx']['actual_length']}"
    elif item["type"] in _PLAIN:
        message = f"{_PLAIN[item['type']]} (is {item['input']!r})"
    elif isinstance(item["input"], str | int | float):
        message = f"{message.replace('Input should', 'should')} (is {item['input']!r})"
    line = line_of(text, where, item["input"] if isinstance(item["input"], str) else None)
    return f"  {path}:{line}: {'.'.join(str(part) for part in where)}: {message}"


def _nearest(model: type[BaseModel], where: Loc) -> str:
    """A word on the key that was probably meant: a close one of the same table, or the same one of another."""
    word = str(where[-1])
    home = _table_at(model, where[:-1])
    close = difflib.get_close_matches(word, sorted(home.model_fields) if home else [], n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    places = sorted(".".join(place) for place, table in _tables(model) if place and word in table.model_fields)
    return f"; {word!r} belongs in [{places[0]}]" if places else ""


def _table_at(model: type[BaseModel], where: Loc) -> type[BaseModel] | None:
    names = tuple(part for part in where if isinstance(part, str))
    return next((table for place, table in _tables(model) if place == names), None)


def _tables(model: type[BaseModel], before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    yield before, model
    for name, field in model.model_fields.items():
        for inner in _models_in(field.annotation):
            yield from _tables(inner, (*before, name))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def line_of(text: str, where: Loc, value: str | None = None) -> int:
    """The line (from 1) of a TOML text at which ``where`` stands, or its nearest enclosing table.

    With ``value``, a string in a list of several lines is found at its own line.
    """
    best, best_length, best_end = 1, 0, 1
    lines = text.split("\n")  # as TOML counts them; splitlines would also cut at rarer characters
    for number, end, place in _places(lines):
        if place == where[: len(place)] and len(place) > best_length:
            best, best_length, best_end = number, len(place), end
    if value:
        return next((n for n in range(best, best_end + 1) if value in lines[n - 1]), best)
    return best


def _places(lines: list[str]) -> Iterator[tuple[int, int, Loc]]:
    """Each header and key with its first line, the last line before the next, and its place in the table."""
    table: Loc = ()
    counts: dict[Loc, int] = {}
    found: list[tuple[int, Loc]] = []
    quotes = ""
    for number, line in enumerate(lines, start=1):
        if quotes:  # inside a string of several lines nothing is a key
            quotes = "" if quotes in line else quotes
            continue
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            *above, last = _parts(header.group(2))
            table = ()
            for part in above:  # a table in a list of tables is one of its latest entry
                table = (*table, part)
                table = (*table, counts[table]) if table in counts else table
            table = (*table, last)
            if header.group(1) == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.append((number, table))
        elif key:
            found.append((number, (*table, *_parts(key.group(1)))))
        quotes = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    for index, (number, place) in enumerate(found):
        yield number, found[index + 1][0] - 1 if index + 1 < len(found) else len(lines), place


def _parts(dotted: str) -> Loc:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
