"""A digest of a table's values that does not depend on what wrote the file."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class LogicalDigest:
    """SHA-256 over the values of a table, whatever wrote the file: it outlives a new Parquet writer.

    Per slice of rows and per column: name, count, validity bytes, and the values as little-endian numbers; strings and
    lists as 64-bit lengths and then their content. Fed in table order with slices of `ROW_GROUP_ROWS`.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._sha = hashlib.sha256("\n".join(f"{field.name}:{field.type}" for field in schema).encode())

    def update(self, rows: pa.Table) -> None:
        for name in rows.column_names:
            column = rows.column(name).combine_chunks()
            self._column(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)

    def _column(self, values: pa.Array) -> None:
        valid = np.asarray(pc.is_valid(values).to_numpy(zero_copy_only=False), dtype=np.uint8)
        self._sha.update(len(values).to_bytes(8, "little") + valid.tobytes())
        kind = values.type
        if pa.types.is_string(kind):
            filled = values.fill_null("")
            self._sha.update(_lengths(pc.binary_length(filled)))
            self._sha.update(_joined(filled))
        elif pa.types.is_list(kind):
            self._sha.update(_lengths(pc.fill_null(pc.list_value_length(values), 0)))
            self._column(values.flatten())
        elif pa.types.is_struct(kind):
            for child in values.flatten():
                self._column(child)
        elif pa.types.is_floating(kind):
            self._sha.update(values.fill_null(0.0).to_numpy(zero_copy_only=False).astype("<f8").tobytes())
        else:
            whole = values.cast(pa.int8()) if pa.types.is_boolean(kind) else values
            if pa.types.is_date32(kind):
                whole = whole.cast(pa.int32())
            self._sha.update(whole.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).astype("<i8").tobytes())

    def hexdigest(self) -> str:
        return self._sha.hexdigest()


def _joined(strings: pa.Array) -> memoryview | bytes:
    """The UTF-8 of all strings (none of them null) one after the other, as Arrow holds them."""
    _, ends, content = strings.buffers()
    if not len(strings) or content is None:
        return b""
    places = np.frombuffer(ends, np.int32)[strings.offset : strings.offset + len(strings) + 1]
    return memoryview(content)[places[0] : places[-1]]


def _lengths(values: pa.Array) -> bytes:
    return bytes(values.to_numpy(zero_copy_only=False).astype("<i8").tobytes())
