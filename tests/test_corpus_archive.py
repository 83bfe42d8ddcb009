"""The archive: what goes in comes out, what is damaged is never read as good, what is acknowledged stays."""

import random
import sqlite3
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import archive as archive_module
from corpus.archive import (
    Archive,
    Damage,
    Entry,
    Place,
    journal,
    read_captures,
    read_entry,
    verify_archive,
)
from corpus.disk import Disk
from corpus.errors import ArchiveError, NoSpaceError, UserError
from corpus.identity import Keys
from corpus.records import Capture, Finding, Permission
from corpus.warc import entry_of, members, strict_records

KEYS = Keys(b"k" * 32)
MOMENT = datetime(2025, 1, 14, 8, 0, 0, 123456, tzinfo=UTC)


def entry(number: int = 1, **changes: object) -> Entry:
    known: dict[str, object] = {
        "source_id": "harbour",
        "url": f"http://harbour.example/{number}",
        "fetched_at": MOMENT + timedelta(seconds=number),
        "status": 200,
        "headers": (("Content-Type", "text/html; charset=utf-8"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
        "body": f"<p>欢迎 {number}</p>".encode(),
        "how": "http",
        "format": "page",
        "finding": Finding("feed", "http://harbour.example/rss", rank=3, collected_at=MOMENT, title="小红书"),
        "permission": Permission("allowed", "Allow: /", "f" * 64),
        "request_headers": (("User-Agent", "Huanying/0.1"),),
        "address": "127.0.0.1",
    }
    return Entry(**{**known, **changes})  # type: ignore[arg-type]


def archived(folder: Path, *entries: Entry) -> list[Place]:
    with Archive(folder) as archive:
        for one in entries:
            archive.append(one)
        assert archive.commit() == len(entries)
    return journal(folder)


def test_round_trip(tmp_path: Path) -> None:
    entries = [
        entry(1),
        entry(2, how="rendered", request_headers=(), status=200),
        entry(3, how="import", headers=(("Content-Type", "application/json"),), body=b"{}", request_headers=()),
        entry(4, body=b"", address=None, problems=("truncated",), finding=Finding("seed"), status=404),
        entry(5, headers=(("Content-Encoding", "gzip"), ("X", "\udcff odd: value")), body=b"\x1f\x8b\x00\r\n\r\n"),
    ]
    places = archived(tmp_path, *entries)
    assert [read_entry(tmp_path, place) for place in places] == entries
    assert verify_archive(tmp_path) == 5


names = st.text(st.characters(codec="ascii", exclude_characters=":\r\n", categories=["L", "N"]), min_size=1, max_size=8)
values = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200),
    headers=st.lists(st.tuples(names, values), max_size=4).map(tuple),
    how=st.sampled_from(["http", "rendered", "import"]),
    title=st.text(max_size=20),
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_law_what_goes_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, headers: object, how: str, title: str, moment: datetime
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    one = entry(1, body=body, headers=headers, how=how, finding=Finding("feed", title=title), fetched_at=moment)
    (place,) = archived(folder, one)
    back = read_entry(folder, place)
    assert back == one
    assert back.body == body


def test_captures(tmp_path: Path) -> None:
    squeezed = zlib.compressobj(wbits=31)
    body = squeezed.compress(b"<p>hello</p>") + squeezed.flush()
    gzipped = (("Content-Type", "Text/HTML; charset=GBK"), ("Content-Encoding", "gzip"))
    archived(tmp_path, entry(1, body=body, headers=gzipped), entry(2, body=body[:-4], headers=gzipped))
    whole, cut = [capture for _, capture in read_captures(tmp_path, journal(tmp_path), KEYS)]
    assert isinstance(whole, Capture)
    assert isinstance(cut, Capture)
    assert (whole.body, whole.media_type, whole.charset) == (b"<p>hello</p>", "text/html", "gbk")
    assert whole.problems == ()
    assert cut.problems == ("payload_incomplete",)
    assert whole.id != cut.id


def test_every_cut_and_many_flips_are_noticed(tmp_path: Path) -> None:
    places = archived(tmp_path, *(entry(number) for number in range(4)))
    path = tmp_path / places[0].file
    data = path.read_bytes()
    whole = list(strict_records(data, path))
    edges = {record.offset for record in whole}
    for cut in range(len(data)):
        found, clear = _read(data[:cut], path)
        assert found == whole[: len(found)], f"a cut at {cut} gives a record that is not as it was written"
        assert clear or cut in edges, f"a cut at {cut} passes without a word"
    drawn = random.Random(1)
    for _ in range(3000):
        position, bit = drawn.randrange(len(data)), 1 << drawn.randrange(8)
        flipped = data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :]
        found, clear = _read(flipped, path)
        assert found == whole[: len(found)], f"bit {bit} at {position} gives a changed record"
        assert clear or len(found) == len(whole)
    # The journal's digests notice even what a gzip header hides, and a cut at a record's edge.
    for position in drawn.sample(range(len(data)), 200):
        path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        damaged = [place for place, capture in read_captures(tmp_path, places, KEYS) if isinstance(capture, Damage)]
        hit = [place for place in places if place.offset <= position < place.offset + place.length]
        assert damaged == hit
    path.write_bytes(data[: places[-1].offset])
    with pytest.raises(ArchiveError):
        verify_archive(tmp_path)


def _read(data: bytes, path: Path) -> tuple[list[object], bool]:
    found: list[object] = []
    try:
        for record in strict_records(data, path):
            found.append(record)
    except ArchiveError:
        return found, True
    return found, False


def test_the_common_checker_passes(tmp_path: Path) -> None:
    places = archived(tmp_path, entry(1), entry(2, how="rendered"), entry(3, how="import", request_headers=()))
    path = tmp_path / places[0].file
    check = [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)]
    run = subprocess.run(check, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "digest failed" not in run.stdout
    assert run.stdout.count("digest pass") == 8  # of 1 warcinfo, 3 contents, 2 requests and 2 metadata records


def test_an_import_is_one_record_and_older_ones_of_two_are_read(tmp_path: Path) -> None:
    named = Finding("tag", "猫税\r\n\ud83d", collected_at=MOMENT)
    new = entry(1, how="import", request_headers=(), finding=named, problems=("last_line_unended",))
    alone = list(strict_records(b"".join(members(new)), tmp_path))
    assert [record.kind for record in alone] == ["resource"]
    assert entry_of(alone) == new
    apart = list(strict_records(b"".join(members(replace(new, request_headers=(("A", "b"),)))), tmp_path))
    assert [record.kind for record in apart] == ["resource", "request", "metadata"]
    assert entry_of([apart[0], apart[2]]) == new
    assert entry_of(apart[:2]) is None


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with Archive(tmp_path), pytest.raises(UserError, match="another process works on this study"):
        Archive(tmp_path)
    Archive(tmp_path).close()


def test_what_was_not_committed_is_cut_and_kept_aside(tmp_path: Path) -> None:
    places = archived(tmp_path, entry(1))
    with Archive(tmp_path) as archive:
        archive.append(entry(2))
    size = (tmp_path / places[0].file).stat().st_size
    with Archive(tmp_path) as archive:
        (tail,) = archive.recovered_tails
        assert tail.parent == tmp_path / "quarantine"
        assert (tmp_path / places[0].file).stat().st_size + tail.stat().st_size == size
        archive.append(entry(3))
        archive.commit()
    assert [read_entry(tmp_path, place).url[-1] for place in journal(tmp_path)] == ["1", "3"]
    assert verify_archive(tmp_path) == 2


def test_a_shorter_file_than_the_journal_says_is_no_silent_loss(tmp_path: Path) -> None:
    (place,) = archived(tmp_path, entry(1))
    path = tmp_path / place.file
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ArchiveError, match="shorter than its journal"):
        Archive(tmp_path)


def test_files_roll(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "ROLL_BYTES", 5000)
    with Archive(tmp_path) as archive:
        for number in range(12):
            archive.append(entry(number))
            archive.commit()
    places = journal(tmp_path)
    assert len({place.file for place in places}) > 2
    assert [read_entry(tmp_path, place).url for place in places] == [entry(number).url for number in range(12)]
    assert all(path.stat().st_size <= 5000 for path in tmp_path.glob("*.warc.gz"))


def test_a_transaction_is_whole_or_not_at_all(tmp_path: Path) -> None:
    def fails(database: sqlite3.Connection) -> None:
        database.execute("CREATE TABLE x (a)")
        raise sqlite3.OperationalError("database or disk is full")

    with Archive(tmp_path) as archive:
        archive.append(entry(1))
        with pytest.raises(sqlite3.OperationalError):
            archive.commit(fails)
        assert not archive.database.in_transaction
    assert journal(tmp_path) == []
    assert verify_archive(tmp_path) == 0


class Recorder(Disk):
    """Remembers the order of durable calls, how much of each file is synced, and how much room it claims to have."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.synced: dict[Path, int] = {}
        self.room = 1 << 40

    def write(self, file: BinaryIO, data: bytes) -> None:
        self.calls.append("append")
        super().write(file, data)

    def sync(self, file: BinaryIO) -> None:
        super().sync(file)
        self.calls.append("sync")
        self.synced[Path(file.name)] = Path(file.name).stat().st_size

    def free(self, folder: Path) -> int:
        return self.room


def test_append_then_sync_then_commit(tmp_path: Path) -> None:
    disk = Recorder()
    with Archive(tmp_path, disk) as archive:
        archive.database.set_trace_callback(
            lambda said: disk.calls.append(said) if said in ("COMMIT", "BEGIN IMMEDIATE") else None
        )
        archive.append(entry(1))
        archive.append(entry(2))
        archive.commit()
        archive.database.set_trace_callback(None)
    assert disk.calls == ["append", "append", "append", "sync", "BEGIN IMMEDIATE", "COMMIT"]


def test_a_power_cut_takes_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    disk = Recorder()
    with Archive(tmp_path, disk) as archive:
        for number in range(5):
            archive.append(entry(number))
            archive.commit()
        archive.append(entry(9))
    for path, length in disk.synced.items():
        with path.open("r+b") as file:
            file.truncate(length)
    with Archive(tmp_path):
        pass
    assert verify_archive(tmp_path) == 5


def test_no_batch_is_begun_without_room(tmp_path: Path) -> None:
    disk = Recorder()
    with Archive(tmp_path, disk) as archive:
        archive.append(entry(1))
        archive.commit()
        disk.room = 1000
        with pytest.raises(NoSpaceError):
            archive.append(entry(2))
    assert verify_archive(tmp_path) == 1
