"""4CAT's exports of RedNote, and Zeeschuimer's table, which has the same columns: every row an entry, a stub or damage."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.imports import Damaged, Stub, Taken
from corpus.imports.fourcat import IMPORT
from corpus.imports.mediacrawler import IMPORT as MEDIACRAWLER
from corpus.imports.zeeschuimer import IMPORT as ZEESCHUIMER
from tests import exported
from tests.captured import KEYS
from tests.exported import NOTE, ROOT

SHOWN = ("id", "kind", "url", "title", "text", "published_at", "thread_id", "hashtags", "reply_to")


def test_a_note_of_the_table(tmp_path: Path) -> None:
    (entry,) = exported.entries(IMPORT, tmp_path / "notes.csv", exported.table([exported.fourcat_note()]))
    assert (entry.source_id, entry.format, entry.how) == ("rednote", "fourcat", "import")
    assert entry.url == f"https://www.xiaohongshu.com/explore/{NOTE}" and "collected_at_unknown" in entry.problems
    assert (entry.finding.found_by, entry.finding.value) == ("query", "cat tax")
    assert b"CANARY" not in entry.body and list(json.loads(entry.body))[:3] == ["collected_from_url", "id", "thread_id"]
    reading = exported.read(entry, KEYS)
    (note,) = reading.documents
    assert (note.title, note.text, note.hashtags) == (exported.TITLE, exported.PLAIN, ("猫税", "welcome"))
    assert note.published_at == datetime.fromtimestamp(exported.SECOND, UTC)
    assert note.author_key == KEYS.author("rednote", "name:" + exported.NICKNAME)
    (seen,) = reading.observations
    assert (seen.likes.low, seen.likes.raw, seen.collects.raw) == (11500, "1.2万", None)
    assert [(one.kind, one.position) for one in reading.media] == [("image", 0), ("image", 1)]


def test_a_comment_of_the_table(tmp_path: Path) -> None:
    (entry,) = exported.entries(IMPORT, tmp_path / "comments.csv", exported.table([exported.fourcat_comment()]))
    (comment,) = exported.read(entry, KEYS).documents
    assert (comment.kind, comment.text, comment.ip_location_level) == ("comment", "undefined", "province")
    assert comment.thread_id == comment.reply_to == KEYS.document("rednote", NOTE)
    assert comment.id == KEYS.document("rednote", ROOT)


def test_both_columns_of_pictures(tmp_path: Path) -> None:
    row = exported.fourcat_note()
    row["image_url"] = row.pop("image_urls").split(",")[0]
    (entry,) = exported.entries(IMPORT, tmp_path / "x.csv", exported.table([row]))
    reading = exported.read(entry, KEYS)
    assert reading.documents and not reading.media, "a first picture tells nothing of their number"


def test_the_table_and_the_lines_give_the_same(tmp_path: Path) -> None:
    rows = [
        exported.fourcat_note(),
        {**exported.fourcat_note(), "id": "6784f0a1000000000203abce", "body": 'a "b";\r\n,c'},
    ]
    table = exported.entries(IMPORT, tmp_path / "same.csv", exported.table(rows, mark=b"\xef\xbb\xbf"))
    lines = exported.entries(IMPORT, tmp_path / "same.ndjson", exported.lines(rows))
    assert [entry.body for entry in table] == [entry.body for entry in lines]
    assert exported.documents(table, KEYS) == exported.documents(lines, KEYS) and len(table) == 2


def test_the_table_of_zeeschuimer_keeps_what_its_lines_have(tmp_path: Path) -> None:
    """Notes as the extension's two exports have them: equal in every field that the table keeps."""
    row = exported.fourcat_note()
    table = exported.entries(ZEESCHUIMER, tmp_path / "zs.csv", exported.table([row], ";"))
    lines = exported.entries(
        ZEESCHUIMER, tmp_path / "zs.ndjson", exported.lines([exported.zeeschuimer(exported.state())])
    )
    ours, theirs = exported.documents(table, KEYS)[0], exported.documents(lines, KEYS)[0]
    assert [getattr(ours, name) for name in SHOWN] == [getattr(theirs, name) for name in SHOWN]
    assert table[0].finding.value == lines[0].finding.value == "cat tax"
    likes = [exported.read(entry, KEYS).observations[0].likes for entry in (*table, *lines)]
    assert likes[0] == likes[1]


@pytest.mark.parametrize("nothing", ["", "null", "undefined"])
def test_what_a_tool_writes_for_nothing_is_nothing(tmp_path: Path, nothing: str) -> None:
    row = {**exported.fourcat_note(), "author": nothing, "likes": nothing, "unix_timestamp": nothing}
    (entry,) = exported.entries(ZEESCHUIMER, tmp_path / "zs.csv", exported.table([row], ";"))
    reading = exported.read(entry, KEYS)
    assert reading.documents[0].author_key is None and reading.documents[0].published_at is None
    assert reading.observations[0].likes.raw is None


def test_what_is_broken_is_kept_with_its_line(tmp_path: Path) -> None:
    rows = [exported.fourcat_note(), {**exported.fourcat_note(), "id": "null"}, exported.fourcat_note()]
    content = exported.table(rows).replace(b"\n" + exported.table([rows[2]]).split(b"\n", 1)[1], b"", 1)
    other = {**exported.fourcat_note(), "url": "https://a.example/1", "collected_from_url": "https://a.example"}
    content = exported.table([rows[0]]) + b"1,2\n\xff\n" + exported.table(rows[1:]).split(b"\n", 1)[1]
    content += exported.table([other]).split(b"\n", 1)[1]
    found = exported.taken(IMPORT, tmp_path / "x.csv", content)
    assert [type(item) for item in found] == [Taken, Damaged, Damaged, Damaged, Taken, Stub]
    # The text of a note is on two lines.
    assert [(i.reason, i.position) for i in found if isinstance(i, Damaged)] == [
        ("row_width", 4),
        ("not_utf8", 5),
        ("no_id", 6),
    ]
    assert found[-1] == Stub("other_platform", 10)


def test_it_tells_what_is_missing_new_and_removed(tmp_path: Path) -> None:
    row = {**exported.fourcat_note(), "likes": "", "wholly_new": "x", "某人": "y", "missing_fields": "body,gone"}
    (item,) = exported.taken(IMPORT, tmp_path / "x.csv", exported.table([row]))
    assert isinstance(item, Taken)
    assert (item.shape.name, item.shape.missing) == ("4CAT note", ("likes", "body"))
    assert sorted(item.shape.unknown) == ["(no plain word)", "wholly_new"]
    assert any("author_avatar_url" in name for name in item.removed) and any(
        "xsec_token" in name for name in item.removed
    )


def test_each_recognises_its_own_only() -> None:
    note, lines = exported.table([exported.fourcat_note()]), exported.lines([exported.fourcat_note()])
    path = Path("x")
    assert IMPORT.recognise(path, note) and IMPORT.recognise(path, lines)
    assert IMPORT.recognise(path, exported.table([exported.fourcat_comment()]))
    semicolons = exported.table([exported.fourcat_note()], ";")
    assert ZEESCHUIMER.recognise(path, semicolons) and not IMPORT.recognise(path, semicolons)
    assert not ZEESCHUIMER.recognise(path, note) and not ZEESCHUIMER.recognise(path, lines)
    other = {**exported.fourcat_note(), "url": "https://a.example/1", "collected_from_url": "https://a.example"}
    for head in (
        exported.table([other]),
        exported.lines([other]),
        b"id,body\n1,2\n",
        b"<html>",
        b"",
        b"{",
        b"\xff\xfe",
    ):
        assert not IMPORT.recognise(path, head) and not ZEESCHUIMER.recognise(path, head)
    for head in (note, lines, semicolons):
        assert not MEDIACRAWLER.recognise(path, head)


def test_what_zeeschuimer_gave_4cat_comes_out_as_it_was(tmp_path: Path) -> None:
    item = exported.zeeschuimer(exported.card())
    through = exported.entries(IMPORT, tmp_path / "x.ndjson", exported.lines([exported.folded(item)]))
    straight = exported.entries(ZEESCHUIMER, tmp_path / "x.ndjson", exported.lines([item]))
    assert through == straight and through[0].format == "zeeschuimer"
