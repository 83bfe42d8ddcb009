"""MediaCrawler's files of RedNote: both generations, three forms, and nothing of anybody's profile."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from corpus.imports import Damaged, Stub, Taken
from corpus.imports.mediacrawler import IMPORT
from corpus.recognition import find
from tests import exported
from tests.captured import KEYS
from tests.exported import ACCOUNT, COLLECTED, NOTE, REPLY, ROOT

NOTES = "search_contents_2025-01-15"
COMMENTS = "search_comments_2025-01-15"
GENERATIONS = ("old", "new")


def array(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=4).encode()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_note(tmp_path: Path, generation: str) -> None:
    (entry,) = exported.entries(
        IMPORT, tmp_path / f"{NOTES}.jsonl", exported.lines([exported.crawled_note(generation)])
    )
    assert (entry.format, entry.source_id, entry.problems) == ("mediacrawler", "rednote", ())
    assert entry.url == f"https://www.xiaohongshu.com/explore/{NOTE}" and b"CANARY" not in entry.body
    assert (entry.finding.found_by, entry.finding.value) == ("query", "tiktok难民")
    assert entry.fetched_at == entry.finding.collected_at == datetime.fromtimestamp((COLLECTED + 1000) / 1000, UTC)
    reading = exported.read(entry, KEYS)
    (note,) = reading.documents
    assert (note.title, note.text, note.hashtags) == (exported.TITLE, exported.PLAIN, ("猫税", "welcome"))
    assert note.published_at == datetime.fromtimestamp(exported.SECOND, UTC) and note.edited_at is None
    hashed = KEYS.author("rednote", "hash:0123456789abcdef")
    assert note.author_key == (KEYS.author("rednote", ACCOUNT) if generation == "old" else hashed)
    assert note.ip_location_raw == ("美国" if generation == "old" else None)
    (seen,) = reading.observations
    assert (seen.collects.low, seen.comments.value, seen.shares.value) == (10, 2, 0)
    assert seen.observed_at == entry.fetched_at
    assert [one.kind for one in reading.media] == ["image", "image"]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("parent", [0, "0", "", None])
def test_a_root_answers_the_note(tmp_path: Path, generation: str, parent: Any) -> None:
    row = exported.crawled_comment(generation, parent)
    (entry,) = exported.entries(IMPORT, tmp_path / f"{COMMENTS}.jsonl", exported.lines([row]))
    (comment,) = exported.read(entry, KEYS).documents
    note = KEYS.document("rednote", NOTE)
    assert (comment.kind, comment.text, comment.reply_to, comment.thread_id) == ("comment", "undefined", note, note)
    assert entry.finding.found_by == "thread"


def test_a_reply_answers_its_parent(tmp_path: Path) -> None:
    row = {**exported.crawled_comment("old", ROOT, REPLY), "pictures": "https://media.example.org/1.jpg"}
    (entry,) = exported.entries(IMPORT, tmp_path / "x.jsonl", exported.lines([row]))
    reading = exported.read(entry, KEYS)
    assert reading.documents[0].reply_to == KEYS.document("rednote", ROOT)
    assert [(one.document_id, one.kind) for one in reading.media] == [(reading.documents[0].id, "image")]


def test_a_title_that_is_the_texts_beginning_is_none(tmp_path: Path) -> None:
    long = "很" * 300
    for desc, title, expected in ((long, long[:255], None), (long, "很好", "很好"), ("", "很好", "很好")):
        row = {**exported.crawled_note(), "desc": desc, "title": title}
        (entry,) = exported.entries(IMPORT, tmp_path / "x.jsonl", exported.lines([row]))
        assert exported.read(entry, KEYS).documents[0].title == expected


@pytest.mark.parametrize("generation", GENERATIONS)
def test_the_three_forms_give_the_same(tmp_path: Path, generation: str) -> None:
    for name, rows in (
        (
            NOTES,
            [
                exported.crawled_note(generation),
                {**exported.crawled_note(generation), "last_modify_ts": COLLECTED + 9000},
            ],
        ),
        (COMMENTS, [exported.crawled_comment(generation), exported.crawled_comment(generation, ROOT, REPLY)]),
    ):
        jsonl = exported.entries(IMPORT, tmp_path / f"{name}.jsonl", exported.lines(rows))
        one = exported.entries(IMPORT, tmp_path / f"{name}.json", array(rows))
        table = exported.entries(IMPORT, tmp_path / f"{name}.csv", exported.table(rows, mark=b"\xef\xbb\xbf"))
        assert [entry.body for entry in jsonl] == [entry.body for entry in one] and len(jsonl) == 2
        readings = [[exported.read(entry, KEYS) for entry in form] for form in (jsonl, one, table)]
        for read in ("documents", "rejections", "media"):
            told = [[getattr(reading, read) for reading in form] for form in readings]
            assert told[0] == told[1] == told[2]
        seen = [
            [(o.observed_at, o.likes, o.collects, o.comments, o.shares) for r in form for o in r.observations]
            for form in readings
        ]
        assert seen[0] == seen[1] == seen[2] and len(seen[0]) == 2
        found = [[entry.finding for entry in form] for form in (jsonl, one, table)]
        assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    ("name", "row", "found_by", "value"),
    [
        ("creator_contents_2025-01-15.jsonl", exported.crawled_note("old"), "account", ACCOUNT),
        ("creator_contents_2025-01-15.jsonl", exported.crawled_note("new"), "account", "hash:0123456789abcdef"),
        ("detail_contents_2025-01-15.jsonl", exported.crawled_note(), "seed", None),
        ("mine.jsonl", exported.crawled_note(), "file", "mine.jsonl"),
    ],
)
def test_how_it_was_found(tmp_path: Path, name: str, row: dict[str, Any], found_by: str, value: str | None) -> None:
    (entry,) = exported.entries(IMPORT, tmp_path / name, exported.lines([{**row, "source_keyword": ""}]))
    assert (entry.finding.found_by, entry.finding.value) == (found_by, value)


def test_profiles_are_stubs(tmp_path: Path) -> None:
    for name, content in (
        ("c.jsonl", exported.lines([exported.creator()])),
        ("c.csv", exported.table([exported.creator()])),
    ):
        assert exported.taken(IMPORT, tmp_path / name, content)[0] == Stub(
            "account_profile", 1 if name == "c.jsonl" else 2
        )
        assert IMPORT.recognise(tmp_path / name, content)


def test_what_is_broken_is_kept_with_its_place(tmp_path: Path) -> None:
    note = exported.lines([exported.crawled_note()])
    found = exported.taken(
        IMPORT, tmp_path / "x.jsonl", note + b"broken\n[1]\n" + note + b'{"note_id":""}\n' + note[:50]
    )
    assert [type(item) for item in found] == [Taken, Damaged, Damaged, Taken, Damaged, Damaged]
    assert [(item.reason, item.position) for item in found if isinstance(item, Damaged)] == [
        ("json_syntax", 2),
        ("not_an_item", 3),
        ("no_id", 5),
        ("line_cut", 6),
    ]
    whole = array([exported.crawled_note(), exported.crawled_note()])
    found = exported.taken(IMPORT, tmp_path / "x.json", whole[: len(whole) - 40])
    assert [type(item) for item in found] == [Taken, Damaged]
    assert isinstance(found[1], Damaged) and whole[found[1].position :].startswith(found[1].raw)
    middle = whole.replace(b'"note_id"', b'"note_id', 1)
    assert isinstance(exported.taken(IMPORT, tmp_path / "x.json", middle)[0], Damaged)


def test_it_tells_the_generation_and_what_is_new(tmp_path: Path) -> None:
    rows = [
        exported.crawled_note("old"),
        {**exported.crawled_note("new"), "new_field": 1, "desc": ""},
        exported.crawled_comment("new"),
    ]
    items = exported.taken(IMPORT, tmp_path / "x.jsonl", exported.lines(rows))
    shapes = [item.shape for item in items if isinstance(item, Taken)]
    assert [shape.name for shape in shapes] == [
        "MediaCrawler note, before July 2026",
        "MediaCrawler note, since July 2026",
        "MediaCrawler comment, since July 2026",
    ]
    assert [shape.unknown for shape in shapes] == [(), ("new_field",), ()]
    assert [shape.missing for shape in shapes] == [(), ("desc",), ()]


def test_a_whole_folder_is_recognised_and_other_platforms_are_not(tmp_path: Path) -> None:
    top = tmp_path / "data" / "xhs"
    for form in ("jsonl", "json", "csv"):
        (top / form).mkdir(parents=True)
    (top / "jsonl" / f"{NOTES}.jsonl").write_bytes(exported.lines([exported.crawled_note()]))
    (top / "json" / f"{COMMENTS}.json").write_bytes(array([exported.crawled_comment("new")]))
    (top / "csv" / "detail_contents_2025-01-15.csv").write_bytes(
        exported.table([exported.crawled_note("new")], mark=b"\xef\xbb\xbf")
    )
    (top / "json" / "creator_creators_2025-01-15.json").write_bytes(array([exported.creator()]))
    weibo = {
        "note_id": "1",
        "content": "x",
        "comments_count": "1",
        "shared_count": "1",
        "last_modify_ts": 1,
        "note_url": "",
    }
    (top / "jsonl" / "other_contents_2025-01-15.jsonl").write_bytes(exported.lines([weibo]))
    found, _ = find(top)
    assert [one.path.name for one in found if one.kind == "mediacrawler"] == [
        "detail_contents_2025-01-15.csv",
        "creator_creators_2025-01-15.json",
        f"{COMMENTS}.json",
        f"{NOTES}.jsonl",
    ]
