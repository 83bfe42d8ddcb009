"""The corpus being written: schemas, tables, snapshots in the making; the only writer of Parquet."""

import fcntl
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from corpus.disk import Disk, is_no_space
from corpus.errors import NoSpaceError, UserError, VerificationError
from corpus.logical import LogicalDigest
from corpus.schemas import SCHEMA_VERSION, Column, Table
from corpus.snapshot import LATEST, ROW_GROUP_ROWS, Snapshot, check_files

FILE_ROWS = 400_000
_SLICES_AT_ONCE = 10
_DICTIONARY_TYPES = ("string", "list<string>")
_PLAIN_COLUMNS = ("id", "_id", "_key", "text", "digest", "url", "title", "value", "detail")
_TYPES = {
    "string": pa.string(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "bytes128": pa.binary(128),
    "list<string>": pa.list_(pa.string()),
    "list<int32>": pa.list_(pa.int32()),
    "list<struct<label,score>>": pa.list_(pa.struct([("label", pa.string()), ("score", pa.float64())])),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The explicit schema of a table, with each column's meaning in its field metadata."""
    return pa.schema(
        [pa.field(column.name, _TYPES[column.type], metadata=_field_metadata(column)) for column in table.columns],
        metadata={"table": table.name, "description": table.description, "schema_version": SCHEMA_VERSION},
    )


def _field_metadata(column: Column) -> dict[str, str]:
    known = {"description": column.description, "personal": column.personal, "since": SCHEMA_VERSION}
    if column.type == "timestamp":
        known["unit"] = "microseconds, UTC"
    return known


# Rows on their way: Arrow files in the work folder of a build.


def write_columns(path: Path, schema: pa.Schema, columns: Mapping[str, Sequence[Any]]) -> None:
    """Rows of one shard as an Arrow IPC file, to be mapped by whoever puts the shards together."""
    table = pa.table([_array(columns[field.name], field.type) for field in schema], schema=schema)
    with ipc.new_file(path, schema) as sink:
        sink.write_table(table)


def _array(values: Sequence[Any], form: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """A lone surrogate, which no file of ours can hold, becomes U+FFFD: one strange file name or count stops no build."""
    if isinstance(values, pa.ChunkedArray):
        return values
    try:
        return pa.array(values, form)
    except UnicodeEncodeError:
        return pa.array([one if one is None else _storable(one) for one in values], form)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return list(map(_storable, value)) if isinstance(value, list | tuple) else value


def map_rows(paths: Iterable[Path], schema: pa.Schema) -> pa.Table:
    """Rows of all shards as one table that stays on disk: the kernel pages in what is looked at."""
    tables = [ipc.open_file(pa.memory_map(str(path))).read_all() for path in paths]
    return pa.concat_tables([schema.empty_table(), *tables])


def sorted_order(table: pa.Table, columns: Sequence[str], descending: frozenset[str] = frozenset()) -> pa.Array:
    """Row numbers of ``table`` in the one order of ``columns``, nulls last."""
    keys = [(name, "descending" if name in descending else "ascending", "at_end") for name in columns]
    return pc.sort_indices(table.select(list(columns)), sort_keys=keys)


def _in_order(table: pa.Table, order: pa.Array) -> Iterator[pa.Table]:
    """``table`` in ``order``, in slices. Many are taken at one go: each time Arrow joins all pieces of the table first."""
    block = _SLICES_AT_ONCE * ROW_GROUP_ROWS
    for start in range(0, len(order), block):
        taken = table.take(order.slice(start, block))
        yield from (taken.slice(begin, ROW_GROUP_ROWS) for begin in range(0, len(taken), ROW_GROUP_ROWS))


# A snapshot being written.


class Staging:
    """A snapshot in the making: a hidden folder beside the snapshots, published whole or not at all.

    Every byte goes through a `Disk`. Raises NoSpaceError where the disk fills; the former snapshot stays what it was.
    """

    def __init__(self, corpus_folder: Path, disk: Disk | None = None) -> None:
        self.disk = disk or Disk()
        self.corpus_folder = corpus_folder
        self.folder = corpus_folder / f".staging-{os.getpid()}"
        self.tables: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> "Staging":
        self.corpus_folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self.corpus_folder)
        for old in self.corpus_folder.glob(".staging-*"):
            shutil.rmtree(old, ignore_errors=True)
        self.folder.mkdir()
        (self.folder / "data").mkdir()
        self.disk.require_space(self.corpus_folder)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        for folder in self.corpus_folder.glob(".staging-*"):
            shutil.rmtree(folder, ignore_errors=True)
        self._lock.close()
        if isinstance(error, OSError) and is_no_space(error):
            raise NoSpaceError(
                "the disk is full",
                where=self.corpus_folder,
                hint="make room and run the same command again; the former snapshot is whole",
            ) from error

    def add(self, table: Table, rows: pa.Table, order: pa.Array | None = None) -> None:
        """Write a table: ``rows`` in ``order`` (row numbers; default: the table's own sort), in fixed slices."""
        order = sorted_order(rows, table.sort) if order is None else order
        self.add_slices(table, _in_order(rows.select(arrow_schema(table).names), order))

    def add_rows(self, table: Table, rows: Sequence[Mapping[str, Any]], **facts: str) -> None:
        """Write a small table from rows; ``facts`` go into its entry of the manifest."""
        self.add(table, pa.Table.from_pylist(list(rows), schema=arrow_schema(table)))
        self.tables[table.name] |= facts

    def add_slices(self, table: Table, slices: Iterable[pa.Table]) -> None:
        """Write a table from slices that come in its order, each of `ROW_GROUP_ROWS` but for the last."""
        schema = arrow_schema(table)
        folder = self.folder / "data" / table.name
        folder.mkdir()
        logical, files, rows = LogicalDigest(schema), [], 0
        for number, part in enumerate(_files_of(slices, schema)):
            path = folder / f"{table.name}-{number:05d}.parquet"
            count = self._write_file(path, schema, table, part, logical)
            files.append(self._described(path, count))
            rows += count
        self.disk.sync_folder(folder)
        self.tables[table.name] = {
            "rows": rows,
            "description": table.description,
            "key": list(table.key),
            "sorted_by": list(table.sort),
            "files": files,
            "columns": [
                {"name": c.name, "type": c.type, "description": c.description, "personal": c.personal}
                for c in table.columns
            ],
            "schema_sha256": hashlib.sha256(json.dumps(schema_document(table), sort_keys=True).encode()).hexdigest(),
            "logical_digest": logical.hexdigest(),
        }
        self.file(f"schema/{table.name}.json", _json(schema_document(table)))

    def keep(self, snapshot: "Snapshot", name: str) -> None:
        """Take a table over from another snapshot, byte for byte (hard links where the file system has them)."""
        facts = snapshot.manifest["tables"][name]
        (self.folder / "data" / name).mkdir()
        for entry in [item["path"] for item in facts["files"]]:
            _link_or_copy(snapshot.folder / entry, self.folder / entry)
        self.disk.sync_folder(self.folder / "data" / name)
        self.tables[name] = facts
        self.file(f"schema/{name}.json", (snapshot.folder / "schema" / f"{name}.json").read_bytes())

    def read(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A table that was already written here."""
        paths = [self.folder / entry["path"] for entry in self.tables[name]["files"]]
        return pa.concat_tables(
            [pq.ParquetFile(path).read(columns=list(columns) if columns else None) for path in paths]
        )

    def so_far(self) -> Snapshot:
        """The tables that were already written here, to be read as those of a published snapshot are; it has no id."""
        return Snapshot(self.folder, {"tables": dict(self.tables)})

    def slices(self, name: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The same slice by slice, as it was written."""
        for entry in self.tables[name]["files"]:
            file = pq.ParquetFile(self.folder / entry["path"])
            for number in range(file.num_row_groups):
                yield file.read_row_group(number, columns=list(columns))

    def work_folder(self) -> Path:
        """A folder for files on their way; removed with the staging, never part of the snapshot."""
        folder = self.corpus_folder / f"{self.folder.name}-work"
        folder.mkdir()
        return folder

    def file(self, name: str, data: bytes) -> None:
        """A further file of the snapshot."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.disk.create(path) as file:
            self.disk.write(file, data)
            self.disk.sync(file)

    def publish(self, manifest: Mapping[str, Any]) -> "Snapshot":
        """Read everything back, then move the snapshot into its place and point LATEST at it, each in one step."""
        name = str(manifest["snapshot_id"])
        self.file("manifest.json", _json(manifest))
        for folder in sorted({path.parent for path in self.folder.rglob("*")}):
            self.disk.sync_folder(folder)
        check_files(self.folder, manifest)
        home = self.corpus_folder / "snapshots"
        home.mkdir(exist_ok=True)
        final = home / name
        if not _is_whole(final, manifest):
            # Nothing of that name, or one that was damaged since: the one just read back takes its place.
            if final.exists():
                self.disk.replace(final, self.folder.with_name(f"{self.folder.name}-damaged"))
            self.disk.replace(self.folder, final)
        self.disk.sync_folder(home)
        self.disk.write_whole(self.corpus_folder / LATEST, f"{name}\n".encode())
        return Snapshot(final)

    def _write_file(
        self, path: Path, schema: pa.Schema, table: Table, slices: Iterator[pa.Table], logical: "LogicalDigest"
    ) -> int:
        count = 0
        with self.disk.create(path) as file:
            sink = pa.PythonFile(_Through(self.disk, file), mode="w")
            with pq.ParquetWriter(sink, schema, **writer_options(schema, table)) as writer:
                for part in slices:
                    logical.update(part)
                    writer.write_table(part, row_group_size=ROW_GROUP_ROWS)
                    count += part.num_rows
            self.disk.sync(file)
        return count

    def _described(self, path: Path, rows: int) -> dict[str, Any]:
        data = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                data.update(chunk)
        return {
            "path": path.relative_to(self.folder).as_posix(),
            "sha256": data.hexdigest(),
            "bytes": path.stat().st_size,
            "rows": rows,
        }


def _lock(folder: Path) -> BinaryIO:
    file = (folder / ".lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise UserError(
            "another process writes this corpus", where=folder, hint="wait for it to end, or stop it"
        ) from error
    return file


def _is_whole(folder: Path, manifest: Mapping[str, Any]) -> bool:
    try:
        if (folder / "manifest.json").read_bytes() != _json(manifest):
            return False
        check_files(folder, manifest)
    except (OSError, VerificationError):
        return False
    return True


class _Through(io.RawIOBase):
    """A Python file whose every write goes through a `Disk`, so that faults can be put in."""

    def __init__(self, disk: Disk, file: BinaryIO) -> None:
        self._disk, self._file = disk, file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._disk.write(self._file, bytes(data))
        return len(data)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()


def _files_of(slices: Iterable[pa.Table], schema: pa.Schema) -> Iterator[Iterator[pa.Table]]:
    """Slices in groups of one file each; a table without rows is one file without rows."""
    source = iter(slices)
    head = next(source, schema.empty_table())
    while head is not None:
        pending: list[pa.Table] = [head]

        def one_file(pending: list[pa.Table] = pending) -> Iterator[pa.Table]:
            for _ in range(FILE_ROWS // ROW_GROUP_ROWS):
                if not pending:
                    return
                yield pending.pop().select(schema.names).cast(schema)
                if (following := next(source, None)) is not None:
                    pending.append(following)

        yield one_file()
        head = pending.pop() if pending else None


def writer_options(schema: pa.Schema, table: Table) -> dict[str, Any]:
    # Dictionaries cost where values hardly repeat: ids, texts, digests, addresses.
    repeating = [
        f"{column.name}.list.element" if column.type.startswith("list") else column.name
        for column in table.columns
        if column.type in _DICTIONARY_TYPES and not column.name.endswith(_PLAIN_COLUMNS)
    ]
    sorting = pq.SortingColumn.from_ordering(
        schema, [(name, "ascending") for name in table.sort], null_placement="at_end"
    )
    return {
        "compression": "zstd",
        "compression_level": 3,
        "use_dictionary": repeating,
        "write_page_index": True,
        "write_page_checksum": True,
        "use_content_defined_chunking": True,
        "sorting_columns": sorting,
    }


def write_file(path: Path, table: Table, rows: pa.Table) -> None:
    """One file outside a snapshot, laid out as its tables are: equal rows give equal bytes. ``rows`` come in order."""
    schema = arrow_schema(table)
    with pq.ParquetWriter(path, schema, **writer_options(schema, table)) as writer:
        writer.write_table(rows.select(schema.names).cast(schema), row_group_size=ROW_GROUP_ROWS)


def schema_document(table: Table) -> dict[str, Any]:
    """The table's dictionary entry as written to ``schema/<table>.json``."""
    return {
        "table": table.name,
        "description": table.description,
        "version": SCHEMA_VERSION,
        "key": list(table.key),
        "sorted_by": list(table.sort),
        "columns": [
            {"name": c.name, "type": c.type, "description": c.description, "personal": c.personal}
            for c in table.columns
        ],
    }


def _json(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        with target.open("rb") as file:
            os.fsync(file.fileno())
