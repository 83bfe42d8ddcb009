"""A published state of the corpus as it is read, and whether its files are still as they were written."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import UserError, VerificationError

LATEST = "LATEST"
ROW_GROUP_ROWS = 10_000


class Snapshot:
    """An immutable, published state of the corpus; or, with ``manifest`` given, what of one is written already."""

    def __init__(self, folder: Path, manifest: dict[str, Any] | None = None) -> None:
        self.folder = folder
        try:
            self.manifest: dict[str, Any] = manifest or json.loads((folder / "manifest.json").read_bytes())
        except (OSError, ValueError) as error:
            raise VerificationError(
                "has no readable manifest.json", where=folder, hint="run `huanying build` anew"
            ) from error

    @property
    def id(self) -> str:
        return str(self.manifest["snapshot_id"])

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(sorted(self.manifest["tables"]))

    def rows(self, name: str) -> int:
        return int(self.manifest["tables"][name]["rows"])

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A whole table, or some of its columns, in memory; page checksums are verified."""
        parts = [self._file(path).read(columns=list(columns) if columns else None) for path in self._paths(name)]
        return pa.concat_tables(parts)

    def slices(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """A table row group by row group."""
        for path in self._paths(name):
            file = self._file(path)
            for number in range(file.num_row_groups):
                yield file.read_row_group(number, columns=list(columns) if columns else None)

    def row_groups(self, name: str) -> int:
        return sum(self._file(path).num_row_groups for path in self._paths(name))

    def row_group(self, name: str, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """One row group, counted over all files of the table."""
        for path in self._paths(name):
            file = self._file(path)
            if number < file.num_row_groups:
                return file.read_row_group(number, columns=list(columns) if columns else None)
            number -= file.num_row_groups
        raise IndexError(f"{name} has no such row group")

    def _paths(self, name: str) -> list[Path]:
        if name not in self.manifest["tables"]:
            raise UserError(f"the snapshot has no table {name!r}; it has {', '.join(self.tables)}", where=self.folder)
        return [self.folder / entry["path"] for entry in self.manifest["tables"][name]["files"]]

    def _file(self, path: Path) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(path, page_checksum_verification=True)
        except (OSError, pa.ArrowException) as error:
            raise VerificationError(f"cannot be read: {error}", where=path, hint="run `huanying verify`") from error


def latest(corpus_folder: Path) -> Snapshot:
    """The snapshot that LATEST names; raises UserError where nothing was built yet."""
    try:
        name = (corpus_folder / LATEST).read_text(encoding="ascii").strip()
    except FileNotFoundError as error:
        raise UserError("no corpus was built yet", where=corpus_folder, hint="run `huanying build`") from error
    return Snapshot(corpus_folder / "snapshots" / name)


def read_file(path: Path) -> pa.Table:
    """One file outside a snapshot, whole; raises VerificationError where it cannot be read."""
    try:
        return pq.ParquetFile(path, page_checksum_verification=True).read()
    except (OSError, pa.ArrowException) as error:
        raise VerificationError(f"cannot be read: {error}", where=path, hint="restore it from a copy") from error


def rows_in(path: Path) -> int | None:
    """How many rows a file says that it has; null where it cannot be read."""
    try:
        return int(pq.ParquetFile(path).metadata.num_rows)
    except (OSError, pa.ArrowException):
        return None


def check_files(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Read every data file back and hold it against the manifest: bytes, rows, page checksums.

    Raises VerificationError that names each file at fault.
    """
    faults = []
    for facts in manifest["tables"].values():
        for entry in facts["files"]:
            fault = _file_fault(folder / entry["path"], entry)
            if fault:
                faults.append(f"{entry['path']}: {fault}")
    listed = {entry["path"] for facts in manifest["tables"].values() for entry in facts["files"]}
    found = {path.relative_to(folder).as_posix() for path in (folder / "data").rglob("*") if path.is_file()}
    faults += [f"{path}: is not in the manifest" for path in sorted(found - listed)]
    if faults:
        raise VerificationError(
            "\n  ".join(["the snapshot is damaged:", *faults]),
            where=folder,
            hint="restore it from a copy, or build anew",
        )


def _file_fault(path: Path, entry: Mapping[str, Any]) -> str | None:
    try:
        if path.stat().st_size != entry["bytes"]:
            return f"has {path.stat().st_size} bytes, not {entry['bytes']}"
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry["sha256"]:
                return "its SHA-256 is not the manifest's"
        batches = pq.ParquetFile(path, page_checksum_verification=True).iter_batches(batch_size=ROW_GROUP_ROWS)
        rows = sum(batch.num_rows for batch in batches)
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read: {error}"
    return None if rows == entry["rows"] else f"has {rows} rows, not {entry['rows']}"
