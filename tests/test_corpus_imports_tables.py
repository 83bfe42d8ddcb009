"""Tables of the researcher's own: one mapping, three forms, the same documents; what does not fit is told or kept apart."""

import csv
import io
import json
import os
import tracemalloc
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.archive import Entry, Place, capture_of
from corpus.errors import UserError
from corpus.guessing import guess
from corpus.imports import Damaged, Held, Stub, Taken
from corpus.imports.tables import IMPORT
from corpus.intake import intake
from corpus.mapped import Inexact, moment_of, plain, tags_of
from corpus.readers.row import READER
from corpus.records import Document, Reading
from corpus.study import load_study
from corpus.studyfile import Columns, Mapping
from tests.captured import KEYS, RECORDED, capture, recorded_capture
from tests.captured import plain as told
from tests.test_corpus_intake import make_study

NOTE = "6784f0a1000000000203abcd"
NOTES: list[dict[str, Any]] = [
    {
        "note_id": NOTE,
        "title": "猫税已交",
        "content": "Hello @SynCat 欢迎 #猫税[话题]#",
        "user": "u0001",
        "time": datetime(2025, 1, 14, 10, 5, 30),
        "likes": 12,
        "tags": "猫税,cat tax",
        "place": "四川",
        "link": f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=SYN&xsec_source=web",
        "viewer": "me",
    },
    {
        "note_id": "6784f0a1000000000203abce",
        "title": "",
        "content": 'A text, with "quotes"\nand two lines',
        "user": "",
        "time": datetime(2025, 1, 15, 0, 0, 0),
        "likes": None,
        "tags": "",
        "place": "",
        "link": "",
        "viewer": "me",
    },
]
MAPPING = Mapping(
    files="notes.*",
    source="rednote",
    kind="post",
    zone="Asia/Shanghai",
    columns=Columns(
        id="note_id",
        title="title",
        text="content",
        author="user",
        published="time",
        likes="likes",
        hashtags="tags",
        place="place",
        url="link",
    ),
)
CASES = sorted((RECORDED / "row").iterdir())


def held(*tables: Mapping) -> Held:
    return Held(frozenset({"rednote", "harbour-daily"}), {}, tables or (MAPPING,))


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """The same rows in the form that the name promises."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    else:
        file = io.StringIO()
        writer = csv.DictWriter(file, list(rows[0]), delimiter={".csv": ",", ".tsv": "\t"}[path.suffix])
        writer.writeheader()
        writer.writerows(rows)
        path.write_bytes(file.getvalue().encode("gb18030" if path.suffix == ".tsv" else "utf-8-sig"))
    os.utime(path, (1_737_000_000, 1_737_000_000))
    return path


def entries(path: Path, *tables: Mapping) -> list[Entry]:
    return [item.entry for item in IMPORT.items(path, held(*tables)) if isinstance(item, Taken)]


def read(entry: Entry) -> Reading:
    return READER.read(capture_of(entry, Place("", 0, 0, ""), KEYS), KEYS)


def documents(path: Path, *tables: Mapping) -> list[Document]:
    return [document for entry in entries(path, *tables) for document in read(entry).documents]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recorded(case: Path) -> None:
    found = recorded_capture(case)
    assert READER.accepts(found)
    assert told(READER.read(found, KEYS)) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


def test_csv_parquet_and_lines_give_the_same_entries_and_documents(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"notes.{form}", NOTES) for form in ("csv", "tsv", "parquet", "jsonl")]
    bodies = [[entry.body for entry in entries(path)] for path in paths]
    assert bodies[0] == bodies[1] == bodies[2] == bodies[3]
    found = [documents(path) for path in paths]
    assert found[0] == found[1] == found[2] == found[3]
    note, other = found[0]
    assert note.id == KEYS.document("rednote", NOTE) and note.thread_id == note.id
    assert note.url == f"https://www.xiaohongshu.com/explore/{NOTE}"
    assert note.published_at == datetime(2025, 1, 14, 2, 5, 30, tzinfo=UTC)
    assert (note.zone_assumed, note.published_precision) == ("Asia/Shanghai", "second")
    assert note.author_key == KEYS.author("rednote", "u0001") and "SynCat" not in note.text
    assert note.hashtags == ("猫税", "cat tax") and note.ip_location_level == "province"
    assert other.text == 'A text, with "quotes"\nand two lines' and other.flags == ("no_author",)


def test_only_mapped_columns_are_kept_and_the_others_are_told(tmp_path: Path) -> None:
    for form in ("csv", "parquet", "jsonl"):
        first, second = list(IMPORT.items(write(tmp_path / f"notes.{form}", NOTES), held()))
        assert isinstance(first, Taken) and isinstance(second, Taken)
        assert first.shape.name == "rednote post of a table"
        assert first.shape.unknown == ("viewer",) and not first.shape.missing
        assert set(second.shape.missing) == {"title", "author", "likes", "hashtags", "place", "url"}
        assert b'"me"' not in first.entry.body and b"xsec" not in first.entry.body
        assert first.removed == ("parameter xsec_source", "parameter xsec_token")
        assert first.entry.problems == ("collected_at_unknown",)


def test_live_chat_of_a_room_comes_in_as_comments_of_it(tmp_path: Path) -> None:
    study = make_study(tmp_path / "study", "rednote")
    text = (study.folder / "study.toml").read_text()
    (study.folder / "study.toml").write_text(
        text + '[[table]]\nfiles = "captures/live-chat*.csv"\nsource = "rednote"\nkind = "comment"\n'
        'zone = "Asia/Shanghai"\n[table.columns]\nid = "msg_id"\ntext = "content"\nauthor = "uid"\npublished = "time"\n'
        'thread = "room"\ncollected = "seen"\n'
    )
    (folder := tmp_path / "captures").mkdir()
    (folder / "live-chat-1.csv").write_text(
        "msg_id,content,uid,time,room,seen\n"
        "m1,欢迎来到直播间,u1,2025-01-14 20:00:01,room7,2025-01-14T20:10:00+08:00\n"
        "m2,Hi from Ohio!,u2,2025-01-14 20:00:05,room7,2025-01-14T20:10:00+08:00\n"
        "m3,,u2,2025-01-14 20:00:06,room7,2025-01-14T20:10:00+08:00\n"
        ",no id,u2,2025-01-14 20:00:06,room7,2025-01-14T20:10:00+08:00\n",
        encoding="utf-8",
    )
    study = load_study(study.folder)
    result = intake(study, [folder])
    assert result.kept == 2 and result.reasons == {"no_text": 1, "no_id": 1}
    found = documents(folder / "live-chat-1.csv", *study.file.table)
    room = KEYS.document("rednote", "room7")
    assert [(one.kind, one.thread_id, one.reply_to, one.flags) for one in found] == [("comment", room, room, ())] * 2
    reading = read(entries(folder / "live-chat-1.csv", *study.file.table)[0])
    assert [(one.found_by, one.value) for one in reading.sightings] == [("thread", room)]
    assert [one.observed_at for one in reading.observations] == [datetime(2025, 1, 14, 12, 10, tzinfo=UTC)]
    assert intake(study, [folder]).already == 2


def test_a_news_table_meets_crawled_pages_by_address(tmp_path: Path) -> None:
    path = write(
        tmp_path / "press.csv",
        [
            {
                "url": "http://harbour-daily.example/1?utm_source=x",
                "head": "T",
                "body": "Text.",
                "by": "A. Writer",
                "d": "2025-01-14",
            }
        ],
    )
    columns = Columns(url="url", title="head", text="body", author_name="by", published="d")
    mapping = Mapping(files="press.csv", source="harbour-daily", kind="article", zone="UTC", columns=columns)
    (document,) = documents(path, mapping)
    assert document.id == KEYS.page("https://harbour-daily.example/1")
    assert document.bylines == ("A. Writer",) and document.author_key is None
    assert document.published_precision == "day" and document.flags == ()


def test_a_file_without_mapping_is_told_with_one_to_correct(tmp_path: Path) -> None:
    path = write(tmp_path / "other.csv", NOTES)
    with pytest.raises(UserError) as caught:
        list(IMPORT.items(path, held()))
    for line in (
        "[[table]]",
        'files = "other.csv"',
        'id = "note_id"',
        'text = "content"',
        'published = "time"',
        "viewer",
    ):
        assert line in str(caught.value)


def test_what_is_printed_is_a_mapping_that_works(tmp_path: Path) -> None:
    study = make_study(tmp_path / "study", "rednote")
    path = write(tmp_path / "other.csv", NOTES)
    with pytest.raises(UserError) as caught:
        intake(study, [path])
    printed = str(caught.value).partition("\n\n")[2]
    with (study.folder / "study.toml").open("a") as file:
        file.write("\n" + printed)
    assert intake(load_study(study.folder), [path]).kept == 2


def test_columns_that_are_not_there_are_told_with_the_nearest(tmp_path: Path) -> None:
    wrong = MAPPING.model_copy(
        update={"columns": Columns(id="note_id", text="contents", author="usr", published="time")}
    )
    for form in ("csv", "parquet"):
        with pytest.raises(UserError) as caught:
            list(IMPORT.items(write(tmp_path / f"notes.{form}", NOTES), held(wrong)))
        assert "columns.text: the file has no column 'contents'; did you mean content?" in str(caught.value)
        assert "columns.author: the file has no column 'usr'; did you mean user?" in str(caught.value)


def test_rows_that_cannot_be_items_are_kept_apart_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    mapping = MAPPING.model_copy(update={"columns": Columns(id="note_id", text="content")})
    path.write_bytes(
        "note_id,content\na1,文\n,none\na3,\n1.73693E+18,rounded\na5,x,y\n".encode() + b'"a6,open\na7,\xff\n,\nlast,ok'
    )
    found = list(IMPORT.items(path, held(mapping)))
    assert [(one.reason, one.position) for one in found if isinstance(one, Damaged)] == [
        ("no_id", 3),
        ("no_text", 4),
        ("id_not_exact", 5),
        ("row_width", 6),
        ("row_cut", 7),
        ("not_utf8", 8),
    ]
    assert [one for one in found if isinstance(one, Stub)] == [Stub("empty_row", 9)]
    assert [one.text for one in documents(path, mapping)] == ["文", "ok"]


def test_parquet_of_every_type(tmp_path: Path) -> None:
    path = tmp_path / "notes.parquet"
    table = pa.table(
        {
            "note_id": pa.array([1736930000000000001, 2], pa.int64()),
            "content": pa.array(["a", "b"], pa.large_string()),
            "time": pa.array([datetime(2025, 1, 14, 1, 2, 3, tzinfo=UTC), None], pa.timestamp("ns", "UTC")),
            "tags": pa.array([["x", "y"], None], pa.list_(pa.string())),
            "at": pa.array([{"place": "四川"}, None], pa.struct({"place": pa.string()})),
            "likes": pa.array([3.0, float("nan")], pa.float64()),
        }
    )
    pq.write_table(table, path)
    columns = Columns(id="note_id", text="content", published="time", hashtags="tags", place="at.place", likes="likes")
    first, second = documents(path, MAPPING.model_copy(update={"columns": columns}))
    assert first.id == KEYS.document("rednote", "1736930000000000001")
    assert first.published_at == datetime(2025, 1, 14, 1, 2, 3, tzinfo=UTC) and first.zone_assumed is None
    assert (first.hashtags, first.ip_location_raw, second.hashtags) == (("x", "y"), "四川", ())
    floats = pa.table({"note_id": pa.array([1.736930000000000001e18], pa.float64()), "content": ["a"]})
    pq.write_table(floats, path)
    mapping = MAPPING.model_copy(update={"columns": Columns(id="note_id", text="content")})
    assert [one.reason for one in IMPORT.items(path, held(mapping)) if isinstance(one, Damaged)] == ["id_not_exact"]


def test_a_parquet_file_damaged_within_gives_what_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "notes.parquet"
    mapping = MAPPING.model_copy(update={"columns": Columns(id="note_id", text="content")})
    table = pa.table({"note_id": [f"n{i}" for i in range(30)], "content": [f"text {i} " * 40 for i in range(30)]})
    pq.write_table(table, path, row_group_size=10, compression="gzip", write_page_checksum=True)
    group = pq.ParquetFile(path).metadata.row_group(1).column(1)
    raw = bytearray(path.read_bytes())
    start = group.dictionary_page_offset or group.data_page_offset
    raw[start + 20 : start + 60] = bytes(40)
    path.write_bytes(raw)
    found = list(IMPORT.items(path, held(mapping)))
    assert [(one.reason, one.position) for one in found if isinstance(one, Damaged)] == [("rows_unreadable", 11)]
    assert sum(isinstance(one, Taken) for one in found) == 20
    path.write_bytes(raw[:200])
    with pytest.raises(UserError, match="cannot be read as Parquet"):
        list(IMPORT.items(path, held(mapping)))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    mapping = MAPPING.model_copy(update={"columns": Columns(id="note_id", text="content")})
    with path.open("w") as file:
        file.write("note_id,content\n")
        file.writelines(f"n{i},{'x' * 2000}\n" for i in range(5000))
    tracemalloc.start()
    assert sum(1 for _ in IMPORT.items(path, held(mapping))) == 5000
    assert tracemalloc.get_traced_memory()[1] < 6 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("raw", "times", "zone", "at", "precision"),
    [
        ("2025-01-14", "auto", "Asia/Shanghai", "2025-01-13T16:00:00+00:00", "day"),
        ("2025-01-14 10:05", "auto", "UTC", "2025-01-14T10:05:00+00:00", "minute"),
        ("2025-01-14T10:05:06+08:00", "iso", None, "2025-01-14T02:05:06+00:00", "second"),
        ("2025-01-14T10:05:06Z", "auto", None, "2025-01-14T10:05:06+00:00", "second"),
        ("1736926500", "auto", None, "2025-01-15T07:35:00+00:00", "second"),
        ("1736926500123", "auto", None, "2025-01-15T07:35:00+00:00", "second"),
        ("1736926500123", "unix_ms", None, "2025-01-15T07:35:00+00:00", "second"),
        ("2025年1月14日 10:05", "auto", "Asia/Shanghai", "2025-01-14T02:05:00+00:00", "minute"),
        ("14/01/2025 10h", "%d/%m/%Y %Hh", "UTC", "2025-01-14T10:00:00+00:00", "hour"),
    ],
)
def test_times(raw: str, times: str, zone: str | None, at: str, precision: str) -> None:
    found = moment_of(raw, times, zone)
    assert found and (found.at.isoformat(), found.precision) == (at, precision)


@pytest.mark.parametrize(
    ("raw", "times", "zone"),
    [
        ("3天前", "auto", "Asia/Shanghai"),
        ("2025-01-14 10:05", "auto", None),
        ("1736926500", "iso", "UTC"),
        ("17369265001234567890", "auto", None),
        ("nonsense", "%d", "UTC"),
        ("2025", "%", "UTC"),
        ("x", "%Q", "UTC"),
        ("2025-01-14", "auto", "No/Zone"),
        ("0001-01-01T00:00:00+23:00", "iso", None),
        ("", "auto", "UTC"),
    ],
)
def test_times_that_are_none(raw: str, times: str, zone: str | None) -> None:
    assert moment_of(raw, times, zone) is None


def test_cells() -> None:
    cells: tuple[Any, ...] = (
        1.0,
        1,
        "1 ",
        True,
        None,
        "",
        float("nan"),
        date(2025, 1, 14),
        ["a", None, 2],
        [],
        b"x",
        {"a": 1},
    )
    assert [plain(cell) for cell in cells] == [
        "1", "1", "1", "true", None, None, None, "2025-01-14", ["a", "2"], None, "x", None,
    ]  # fmt: skip
    with pytest.raises(Inexact):
        plain(1e18)
    assert tags_of("#猫税#欢迎 #cat tax") == ("猫税", "欢迎", "cat tax")
    assert tags_of(["a", "#b", "a"]) == ("a", "b") and tags_of(None) == ()


def test_guesses_in_both_languages() -> None:
    assert guess(["笔记ID", "笔记详情", "发布时间", "点赞数", "收藏数", "评论数", "IP属地"]) == {
        "id": "笔记ID",
        "text": "笔记详情",
        "published": "发布时间",
        "likes": "点赞数",
        "collects": "收藏数",
        "comments": "评论数",
        "place": "IP属地",
    }


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('files = "a.csv"\nsource = "nobody"\nkind = "post"\n[table.columns]\nid = "a"\ntext = "b"', "is no [[source]]"),
        ('files = "a.csv"\nsource = "rednote"\nkind = "post"\n[table.columns]\nid = "a"', "columns.text is missing"),
        ('files = "a.csv"\nsource = "rednote"\nkind = "post"\n[table.columns]\ntext = "a"', "columns.id is missing"),
        ('files = "a.csv"\nsource = "rednote"\nkind = "post"\n[table.columns]\nid = "a"\ntext = "b"\npublished = "c"', "zone is missing"),
        ('files = "a.csv"\nsource = "rednote"\nkind = "post"\n[table.columns]\nid = "a"\ntext = "b"\nlike = "c"', "did you mean 'likes'?"),
        ('files = "../a.csv"\nsource = "rednote"\nkind = "post"\n[table.columns]\nid = "a"\ntext = "b"', "inside the study folder"),
    ],
)  # fmt: skip
def test_faulty_mappings_are_told_by_line(tmp_path: Path, table: str, fault: str) -> None:
    folder = make_study(tmp_path / "study", "rednote").folder
    with (folder / "study.toml").open("a") as file:
        file.write(f"[[table]]\n{table}\n")
    with pytest.raises(UserError) as caught:
        load_study(folder)
    assert fault in str(caught.value) and "study.toml:" in str(caught.value)


def test_every_case_of_json_and_every_naughty_string_is_counted(shared: Path, tmp_path: Path) -> None:
    mapping = MAPPING.model_copy(update={"columns": Columns(id="id", text="text", published="t", hashtags="tags")})
    kept: Counter[str] = Counter()
    for case in sorted((shared / "data" / "cases" / "json").rglob("*.json")):
        path = tmp_path / "notes.jsonl"
        path.write_bytes(b'{"id":"a","text":"b"}\n' + case.read_bytes())
        items = list(IMPORT.items(path, held(mapping)))
        kept.update(type(item).__name__ for item in items)
        assert isinstance(items[0], Taken)
        reading = READER.read(capture(case.read_bytes(), format="row"), KEYS)
        assert reading.documents or reading.rejections
        fields = (
            b'{"kind":"post","zone":"UTC","times":"auto","fields":{"id":"x","text":"y","published":' + case.read_bytes()
        )
        reading = READER.read(capture(fields + b"}}", format="row"), KEYS)
        assert reading.documents or reading.rejections
    assert kept["Damaged"] > 100
    strings = json.loads(next((shared / "data" / "cases" / "strings").rglob("blns.json")).read_text("utf-8"))
    rows = [{"id": f"n{i}", "text": text, "t": text, "tags": text} for i, text in enumerate(strings)]
    for form in ("csv", "jsonl", "parquet"):
        items = list(IMPORT.items(write(tmp_path / f"notes.{form}", rows), held(mapping)))
        assert sum(isinstance(item, Taken) for item in items) + sum(
            isinstance(item, Damaged) and item.reason == "no_text" for item in items
        ) == len(strings)
        for item in items:
            if isinstance(item, Taken):
                assert read(item.entry).documents


def test_the_reader_takes_hostile_rows() -> None:
    rows: tuple[dict[str, Any], ...] = (
        {"kind": [], "fields": {}},
        {"kind": "post", "fields": []},
        {"kind": "post", "fields": {"id": 5, "text": ["a", 1]}},
        {"kind": "post", "fields": {"id": "a" * 10_000, "text": "\ud800", "url": "http://[", "published": "9" * 900}, "zone": 5},
        {"kind": "article", "fields": {"url": "https://x.example/\ud800", "title": "t", "place": "x" * 999}, "zone": "../x"},
    )  # fmt: skip
    for row in rows:
        reading = READER.read(capture(json.dumps(row), format="row"), KEYS)
        assert reading.documents or reading.rejections
    assert isinstance(READER.read(capture("{", format="row"), KEYS).rejections[0].reason, str)
