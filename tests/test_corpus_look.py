"""A look into a capture file: what it holds in numbers, and nothing of anybody."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from corpus.errors import UserError
from corpus.look import Completeness, look
from tests import exported
from tests.test_corpus_imports_zeeschuimer import CARD, COMMENT, NOTE, line


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.ndjson"
    stated = {"id": NOTE, "note": {"noteId": NOTE, "title": "t", "desc": "d", "interactInfo": {"commentCount": "5"}}}
    named = {**COMMENT, "某某": 1, "id": "c002"}
    lines = [line(stated), line(COMMENT), line(named), line(CARD), b"{", line({"id": "x"})]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def test_what_it_tells(export: Path) -> None:
    (file,) = look(export).files
    assert (file.kind, file.items, file.size) == ("zeeschuimer", 6, export.stat().st_size)
    assert {shape.name: shape.items for shape in file.shapes} == {
        "rednote card": 1,
        "rednote comment": 2,
        "rednote state": 1,
    }
    assert file.stubs == {"tile_without_note": 1} and file.damaged == {"json_syntax": 1}
    assert file.comments == Completeness(notes=1, declared=5, found=2)
    assert file.documents == {"comment": 2, "post": 1}
    assert file.hosts == {"www.xiaohongshu.com": 4}
    assert file.first == file.last and file.first and file.first.isoformat() == "2025-01-15T08:33:20.123000+00:00"


def test_it_shows_no_text_handle_or_token(export: Path) -> None:
    result = look(export)
    told = "\n".join(result.lines()) + json.dumps(asdict(result), ensure_ascii=False, default=str)
    for hidden in ("CANARY", "SynUser", "S2", "5f01", "Hello", "welcome", "某某", NOTE):
        assert hidden not in told
    assert "comments: 2 here of 5 that 1 notes state" in told


def test_a_folder_and_its_unknown_files(export: Path) -> None:
    (export.parent / "a.txt").write_text("text")
    (export.parent / "b.bin").write_bytes(b"\x00")
    result = look(export.parent)
    assert [file.kind for file in result.files] == ["zeeschuimer", "files"]
    assert [Path(name).name for name in result.ignored] == ["b.bin"]


def test_an_unknown_file_is_answered_with_the_kinds_there_are(tmp_path: Path) -> None:
    path = tmp_path / "b.bin"
    path.write_bytes(b"\x00")
    with pytest.raises(UserError, match="zeeschuimer: Zeeschuimer export"):
        look(path)
    with pytest.raises(UserError, match="no such file"):
        look(tmp_path / "missing")


def test_a_faulty_table_is_told_and_the_look_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "urls.csv").write_text("nothing\n")
    (file,) = look(tmp_path).files
    assert file.fault and "no column `path`" in file.fault and "stopped: " in "\n".join(look(tmp_path).lines())


def test_the_other_kinds_of_file(tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.mkdir()
    (held / "4cat.csv").write_bytes(exported.table([{**exported.fourcat_note(), "likes": "", "wholly_new": "CANARY"}]))
    (held / "zs.csv").write_bytes(exported.table([exported.fourcat_note()], ";"))
    rows = [exported.crawled_comment("new"), exported.creator()]
    (held / "search_comments_2025-01-15.jsonl").write_bytes(exported.lines(rows))
    result = look(held)
    files = {Path(file.path).name: file for file in result.files}
    assert {name: file.kind for name, file in files.items()} == {
        "4cat.csv": "fourcat",
        "zs.csv": "zeeschuimer",
        "search_comments_2025-01-15.jsonl": "mediacrawler",
    }
    (shape,) = files["4cat.csv"].shapes
    assert (shape.name, shape.missing, shape.unknown) == ("4CAT note", {"likes": 1}, {"wholly_new": 1})
    assert files["4cat.csv"].documents == files["zs.csv"].documents == {"post": 1}
    assert files["search_comments_2025-01-15.jsonl"].documents == {"comment": 1}
    assert files["search_comments_2025-01-15.jsonl"].stubs == {"account_profile": 1}
    assert any("xsec_token" in name for name in files["zs.csv"].removed)
    told = "\n".join(result.lines()) + json.dumps(asdict(result), ensure_ascii=False, default=str)
    assert "never seen before: wholly_new 1" in told and "lack: likes 1" in told
    for hidden in ("CANARY", exported.NICKNAME, exported.TITLE, exported.ACCOUNT, "undefined"):
        assert hidden not in told
