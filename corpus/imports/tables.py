"""Import a table of the researcher's own (CSV, Parquet, lines of JSON) by the mapping that study.toml gives of it."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.archive import Entry
from corpus.delimited import codec_of, first_line, read_table
from corpus.errors import UserError
from corpus.guessing import block, nearest
from corpus.identity import canonical_url, digest
from corpus.imports import Damaged, Held, Item, Shape, Stub, Taken
from corpus.jsonlines import read_lines
from corpus.mapped import Cell, Inexact, as_body, is_rounded, moment_of, plain
from corpus.records import Finding, Permission
from corpus.rednote.collected import PLATFORM as REDNOTE
from corpus.rednote.items import HOSTS
from corpus.secrets import clean_text, without_secrets
from corpus.stages.pseudonymise import shows_account
from corpus.strictjson import JSONFault, read_json
from corpus.studyfile import Mapping

_FORMS = {".csv": "text", ".tsv": "text", ".tab": "text", ".parquet": "parquet", ".jsonl": "lines", ".ndjson": "lines"}
_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 1 << 20
_LINES_LOOKED_AT = 200
_BATCH = 1000
_UNKNOWN_TOLD = 40
_LONGEST_ID = 512
_NO_REFERENCE = frozenset({"0", "null", "none", "undefined", "nan", "-1"})


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in a file; `number` counts lines, or rows of Parquet, from 1. `fault`: why it has no values."""

    number: int
    raw: bytes
    values: dict[str, Any]
    fault: str | None = None


class Tables:
    """Each row is one item, of which only mapped columns are kept."""

    title = "a table of your own (.csv, .tsv, .parquet, .jsonl), by a [[table]] of study.toml"

    def recognise(self, path: Path, head: bytes) -> str | None:
        form = _form(path)
        if form is None or path.is_dir() or not head.strip():
            return None
        if form == "parquet":
            return "a table in Parquet" if head.startswith(b"PAR1") else None
        if form == "lines":
            return "lines of JSON that no other kind of file knows: a table" if _columns_of_lines(head) else None
        columns, _, _ = _text_form(head)
        return f"a table of {len(columns)} columns that no other kind of file knows" if len(columns) > 1 else None

    def items(self, path: Path, held: Held) -> Iterator[Item]:
        """Its rows. Raises UserError where no mapping of the study is for this file, or one names columns it has not."""
        form = _form(path)
        if form is None:
            raise UserError("is no table by its name", where=path, hint=f"tables end in {', '.join(_FORMS)}")
        columns = _columns(path, form)
        mapping = mapping_for(path, held.tables)
        if mapping is None:
            raise UserError(
                "is a table, and the study has no mapping for it",
                where=path,
                hint=f"correct this, put it into study.toml and import again:\n\n"
                f"{block(path.name, columns, _likely_source(path, held))}\n",
            )
        _check(path, mapping, columns, whole=form != "lines")
        modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        named = mapping.columns.named
        for row in _READ[form](path, mapping):
            if row.fault:
                yield Damaged(row.fault, row.number, row.raw)
            else:
                yield _taken(row, mapping, named, path.name, modified)


def _likely_source(path: Path, held: Held) -> str | None:
    """The study's source of which the beginning of a file speaks most: of one of its hosts, or by its name."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE).lower()
    signs = {name: {name} for name in held.source_ids}
    for host, name in held.hosts.items():
        signs.setdefault(name, {name}).add(host.removeprefix("www."))
    if REDNOTE in signs:
        signs[REDNOTE] |= set(HOSTS)
    counts = {name: sum(head.count(sign.lower().encode()) for sign in said) for name, said in signs.items()}
    return min(counts, key=lambda name: (-counts[name], name), default=None)


def mapping_for(path: Path, tables: Sequence[Mapping]) -> Mapping | None:
    """The first mapping whose `files` fits the end of a path."""
    place = path.resolve()
    return next((one for one in tables if place.match(one.files)), None)


def _form(path: Path) -> str | None:
    return _FORMS.get(path.suffix.lower())


def _columns(path: Path, form: str) -> tuple[str, ...]:
    if form == "parquet":
        return tuple(_opened(path).schema_arrow.names)
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    return _text_form(head)[0] if form == "text" else _columns_of_lines(head)


def _check(path: Path, mapping: Mapping, columns: tuple[str, ...], *, whole: bool) -> None:
    """A column that is not there is the user's mistake; in lines of JSON only where every row needs it."""
    named = mapping.columns.named
    needed = named if whole else {field: named[field] for field in ("id", "text") if field in named}
    wrong = [
        f"  columns.{field}: the file has no column {column!r}{nearest(column, columns)}"
        for field, column in needed.items()
        if column not in columns and column.split(".", 1)[0] not in columns
    ]
    twice = [f"  two columns are called {name!r}" for name in named.values() if columns.count(name) > 1]
    if wrong or twice:
        raise UserError(
            f"does not fit its mapping in study.toml (files = {mapping.files!r})\n" + "\n".join([*wrong, *twice]),
            where=path,
            hint=f"its columns are {', '.join(columns[:_UNKNOWN_TOLD])}",
        )


def _text_form(head: bytes) -> tuple[tuple[str, ...], str, str]:
    """Columns, delimiter and codec of delimited text that begins with ``head``; no columns where it is none."""
    codec = codec_of(head)
    first = first_line(head).decode(codec, "replace")
    delimiter = max(_DELIMITERS, key=first.count)
    if "\0" in first:  # UTF-16, or no text at all
        return (), delimiter, codec
    try:
        cells = next(csv.reader([first.rstrip("\r")], delimiter=delimiter), [])
    except csv.Error:
        cells = []
    return tuple(cell.strip() for cell in cells), delimiter, codec


def _columns_of_lines(head: bytes) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for line in [line for line in head.split(b"\n") if line.strip()][:_LINES_LOOKED_AT]:
        try:
            value = read_json(line)
        except JSONFault:
            continue
        names |= dict.fromkeys(value if isinstance(value, dict) else ())
    return tuple(names)


def _read_text(path: Path, mapping: Mapping) -> Iterator[Row]:
    with path.open("rb") as file:
        _, delimiter, codec = _text_form(file.read(_SAMPLE))
    for row, cells in read_table(path, delimiter, codec):
        yield Row(row.number, row.raw, dict(cells), row.fault)


def _read_lines(path: Path, mapping: Mapping) -> Iterator[Row]:
    for line in read_lines(path):
        fault, value = ("line_too_long" if line.too_long else None), None
        if not fault:
            try:
                value = read_json(line.raw)
            except JSONFault as found:
                fault = "line_cut" if not line.ended and found.reason == "syntax" else f"json_{found.reason}"
        if not fault and not isinstance(value, dict):
            fault = "not_an_item"
        yield Row(line.number, line.raw, value if isinstance(value, dict) else {}, fault)


def _opened(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise UserError(
            f"cannot be read as Parquet: {str(error).splitlines()[0][:200]}", where=path, hint="write it anew"
        ) from error


def _read_parquet(path: Path, mapping: Mapping) -> Iterator[Row]:
    """A stretch (row group) that cannot be read is one damaged item; those after it are read."""
    number = 0
    with _opened(path) as file:
        names = set(file.schema_arrow.names)
        wanted = {name if name in names else name.split(".", 1)[0] for name in mapping.columns.named.values()}
        for group in range(file.num_row_groups):
            start, rows = number, file.metadata.row_group(group).num_rows
            try:
                for batch in file.iter_batches(_BATCH, row_groups=[group], columns=sorted(wanted)):
                    for values in _plain_times(batch).to_pylist():
                        number += 1
                        yield Row(number, b"", {**dict.fromkeys(names), **values})
            except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
                told = json.dumps({"row_group": group, "rows": rows, "error": str(error)[:200]})
                yield Row(number + 1, told.encode(), {}, "rows_unreadable")
            number = start + rows


def _plain_times(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Nanoseconds, which no time of Python holds, as microseconds."""
    for index, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            cast = batch.column(index).cast(pa.timestamp("us", field.type.tz), safe=False)
            batch = batch.set_column(index, field.name, cast)
    return batch


_READ = {"text": _read_text, "lines": _read_lines, "parquet": _read_parquet}


def _damaged(reason: str, row: Row) -> Damaged:
    return Damaged(reason, row.number, row.raw or json.dumps(row.values, default=str).encode())


def _taken(row: Row, mapping: Mapping, named: dict[str, str], file: str, modified: datetime) -> Taken | Damaged | Stub:
    if not any(value not in (None, "") for value in row.values.values()):
        return Stub("empty_row", row.number)
    fields: dict[str, Cell] = {}
    for field, column in named.items():
        try:
            value = plain(_at(row.values, column))
        except Inexact:
            return _damaged("id_not_exact", row)
        if value is not None:
            fields[field] = value
    removed = _clean(fields)
    if fault := _fault(fields, mapping):
        return _damaged(fault, row)
    used = {column if column in row.values else column.split(".", 1)[0] for column in named.values()}
    shape = Shape(
        f"{mapping.source} {mapping.kind} of a table",
        missing=tuple(sorted(set(named) - set(fields))),
        unknown=tuple(name[:60] for name in row.values if name and name not in used)[:_UNKNOWN_TOLD],
    )
    return Taken(_entry(fields, mapping, file, modified), shape, removed)


def _at(values: dict[str, Any], column: str) -> Any:
    """A column's value; ``a.b`` is b within a where no column has the whole name."""
    if column in values or "." not in column:
        return values.get(column)
    value: Any = values
    for name in column.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _clean(fields: dict[str, Cell]) -> tuple[str, ...]:
    """Take out what is no address, no reference, or secret; the names of secrets."""
    removed: set[str] = set()
    for field, value in list(fields.items()):
        if isinstance(value, list) and field != "hashtags":
            fields[field] = value = " ".join(value)
        if isinstance(value, str):
            kept, names = (without_secrets if field == "url" else clean_text)(value)
            fields[field] = kept
            removed |= set(names)
    for field in ("id", "thread", "reply_to"):
        if str(fields.get(field, "")).casefold() in _NO_REFERENCE:
            del fields[field]
    if "url" in fields:
        try:
            fields["url"] = canonical_url(str(fields["url"]))
        except ValueError:
            del fields["url"]
    return tuple(sorted(removed))


def _fault(fields: dict[str, Cell], mapping: Mapping) -> str | None:
    identifier = str(fields.get("id", ""))
    if not identifier and not (mapping.kind == "article" and "url" in fields):
        return "no_id"
    if len(identifier) > _LONGEST_ID:
        return "id_too_long"
    if is_rounded(identifier):
        return "id_not_exact"
    return None if "text" in fields or "title" in fields else "no_text"


def _entry(fields: dict[str, Cell], mapping: Mapping, file: str, modified: datetime) -> Entry:
    body = as_body(fields, mapping.kind, mapping.zone, mapping.times)
    collected = moment_of(str(fields.get("collected", "")), mapping.times, mapping.zone)
    at = collected.at if collected else None
    url, rank, query = str(fields.get("url", "")), str(fields.get("rank", "")), str(fields.get("query", ""))
    return Entry(
        source_id=mapping.source,
        url=url if url and not shows_account(url) else f"urn:huanying:item:{digest(body)[:32]}",
        fetched_at=at or modified,
        status=200,
        headers=(("Content-Type", "application/json"),),
        body=body,
        how="import",
        format="row",
        finding=Finding(
            "query" if query else "file",
            query[:200] or file,
            rank=int(rank) if rank.isascii() and rank.isdigit() and len(rank) < 9 else None,
            collected_at=at,
        ),
        permission=Permission("own-capture"),
        problems=() if at else ("collected_at_unknown",),
    )


IMPORT = Tables()
