import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.disk import Disk
from corpus.errors import HuanyingError, UserError, VerificationError
from corpus.logical import LogicalDigest
from corpus.schemas import TABLES
from corpus.snapshot import Snapshot, check_files, latest
from corpus.store import Staging, arrow_schema, map_rows, write_columns
from tests.faults import FailingDisk

SIGHTINGS = TABLES["sightings"]


def rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    made = [
        {
            "document_id": f"{number:032x}",
            "capture_id": f"{number % 7:032x}",
            "found_by": "feed",
            "value": "https://a.example/猫税?😀" if number % 3 else None,
            "rank": number if number % 5 else None,
            "collected_at": datetime(2025, 1, 15, 8, number % 60, tzinfo=UTC),
        }
        for number in range(count)
    ]
    random.Random(seed).shuffle(made)
    return made


def publish(folder: Path, count: int, disk: Disk | None = None, seed: int = 1) -> Snapshot:
    with Staging(folder, disk) as staging:
        staging.add_rows(SIGHTINGS, rows(count, seed))
        staging.add_rows(TABLES["copies"], [])
        return staging.publish({"snapshot_id": f"snapshot-{count}", "tables": staging.tables})


def files(snapshot: Snapshot) -> dict[str, bytes]:
    return {
        str(path.relative_to(snapshot.folder)): path.read_bytes()
        for path in sorted(snapshot.folder.rglob("*"))
        if path.is_file()
    }


def test_any_order_of_rows_gives_the_same_bytes(tmp_path: Path) -> None:
    assert files(publish(tmp_path / "a", 50, seed=1)) == files(publish(tmp_path / "b", 50, seed=2))


def test_shards_map_together_whatever_their_order(tmp_path: Path) -> None:
    schema = arrow_schema(SIGHTINGS)
    made = pa.Table.from_pylist(rows(40), schema=schema)
    paths = [tmp_path / f"{n}.arrow" for n in range(4)]
    for number, path in enumerate(paths):
        write_columns(path, schema, made.take(list(range(number, 40, 4))).to_pydict())
    with Staging(tmp_path / "corpus") as staging:
        staging.add(SIGHTINGS, map_rows(paths[::-1], schema))
        staging.add_rows(TABLES["copies"], [])
        mapped = staging.publish({"snapshot_id": "snapshot-40", "tables": staging.tables})
    assert files(mapped) == files(publish(tmp_path / "whole", 40))


@pytest.mark.parametrize("fault", ["nospace", "io", "short"])
def test_a_fault_at_every_durable_call_leaves_the_old_or_the_new_snapshot(tmp_path: Path, fault: str) -> None:
    counter = FailingDisk()
    publish(tmp_path / "count", 30, counter)
    assert counter.calls > 20
    outcomes = set()
    for call in range(counter.calls):
        folder = tmp_path / f"{fault}-{call}"
        publish(folder, 20)
        with pytest.raises((OSError, HuanyingError)):
            publish(folder, 30, FailingDisk(call, fault))
        seen = latest(folder)
        check_files(seen.folder, seen.manifest)
        assert seen.rows("sightings") == seen.table("sightings").num_rows
        outcomes.add(seen.id)
        assert publish(folder, 30).rows("sightings") == 30
        assert not list(folder.glob(".staging-*"))
    assert outcomes <= {"snapshot-20", "snapshot-30"} and "snapshot-20" in outcomes


def test_all_readers_see_the_same(tmp_path: Path) -> None:
    snapshot = publish(tmp_path, 25)
    pattern = str(snapshot.folder / "data" / "sightings" / "*.parquet")
    wanted = snapshot.table("sightings").select(["document_id", "value", "rank"]).to_pylist()
    assert pl.read_parquet(pattern).select("document_id", "value", "rank").to_dicts() == wanted
    assert duckdb.sql(f"SELECT document_id, value, rank FROM '{pattern}'").to_arrow_table().to_pylist() == wanted
    frame = pd.concat(
        pd.read_parquet(path) for path in sorted((snapshot.folder / "data" / "sightings").glob("*.parquet"))
    )
    assert frame["document_id"].tolist() == [row["document_id"] for row in wanted]
    assert frame["rank"].isna().sum() == sum(row["rank"] is None for row in wanted)


def test_a_flipped_byte_is_named(tmp_path: Path) -> None:
    snapshot = publish(tmp_path, 25)
    path = next((snapshot.folder / "data" / "sightings").glob("*.parquet"))
    whole = path.read_bytes()
    for place in range(0, len(whole), 61):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(VerificationError, match="sightings-00000"):
            check_files(snapshot.folder, snapshot.manifest)


def test_a_stranger_among_the_data_is_named(tmp_path: Path) -> None:
    snapshot = publish(tmp_path, 5)
    (snapshot.folder / "data" / "sightings" / "more.parquet").write_bytes(b"x")
    with pytest.raises(VerificationError, match="more.parquet"):
        check_files(snapshot.folder, snapshot.manifest)


def test_file_schema_dictionary_and_manifest_agree(tmp_path: Path) -> None:
    snapshot = publish(tmp_path, 5)
    schema = pq.read_schema(next((snapshot.folder / "data" / "sightings").glob("*.parquet")))
    document = json.loads((snapshot.folder / "schema" / "sightings.json").read_text())
    assert schema.names == [column["name"] for column in document["columns"]]
    assert all(field.metadata[b"description"] for field in schema)


def test_every_table_has_a_sound_schema() -> None:
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert len({name.lower() for name in names}) == len(names)
        assert set(table.sort) <= set(names)
        assert set(table.key) <= set(table.sort)
        assert all(column.description for column in table.columns)


def test_a_logical_digest_tells_values_not_chunks() -> None:
    schema = arrow_schema(SIGHTINGS)
    whole = pa.Table.from_pylist(rows(10), schema=schema)
    parts = pa.concat_tables([whole.slice(0, 3), whole.slice(3)])
    changed = whole.set_column(4, "rank", pa.array([None] * 10, pa.int32()))
    digests = []
    for table in (whole, parts, changed):
        digest = LogicalDigest(schema)
        digest.update(table)
        digests.append(digest.hexdigest())
    assert digests[0] == digests[1] != digests[2]


def test_two_writers_are_told_apart(tmp_path: Path) -> None:
    with Staging(tmp_path), pytest.raises(UserError, match="another process"), Staging(tmp_path):
        pass


def test_nothing_built_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="huanying build"):
        latest(tmp_path)
