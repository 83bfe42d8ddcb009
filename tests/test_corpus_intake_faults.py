"""The intake where something is wrong with one file, or one item: the others are taken, and what is wrong is told."""

import errno
import gzip
import json
from pathlib import Path
from typing import IO, Any

import pytest
from typer.testing import CliRunner

from corpus import foreign
from corpus.archive import journal
from corpus.cli import app
from corpus.errors import NoSpaceError, UserError
from corpus.intake import intake
from corpus.study import Study
from corpus.tally import IntakeResult
from tests import warcs
from tests.exported import folded, lines
from tests.imported import fourcat_note, mastodon_inner, weibo_in_zeeschuimer, weibo_status, zeeschuimer_note
from tests.test_corpus_intake import make_study

STORY = "https://harbour-daily.example/{}"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path / "study", "rednote", "harbour-daily")


def archived(study: Study) -> int:
    return len(journal(study.archive_folder))


def faults(result: IntakeResult) -> dict[str, str]:
    return {Path(file.path).name: file.fault for file in result.files if file.fault}


def of_two_sources(folder: Path, kind: str) -> Path:
    """An archive of a page of the study's, an answer of a platform that it does not name, and another page."""
    post = json.dumps([mastodon_inner(1)])
    asked = "https://mastodon.example/api/v1/timelines/tag/cats"
    if kind == "har":
        entries = [warcs.entry(STORY.format(n), warcs.page(str(n)).decode()) for n in (1, 2)]
        return warcs.har(folder / "a.har", [entries[0], warcs.entry(asked, post, "application/json"), entries[1]])
    pages = [warcs.response(STORY.format(n), warcs.page(str(n))) for n in (1, 2)]
    data = warcs.members(pages[0], warcs.response(asked, post.encode(), "application/json"), pages[1])
    if kind == "wacz":
        return warcs.wacz(folder / "a.wacz", {"archive/data.warc.gz": data})
    (folder / "a.warc.gz").write_bytes(data)
    return folder / "a.warc.gz"


@pytest.mark.parametrize("kind", ["har", "warc", "wacz"])
def test_a_platform_that_is_not_named_stops_no_web_archive(study: Study, tmp_path: Path, kind: str) -> None:
    path = of_two_sources(tmp_path, kind)
    result = intake(study, [path])
    assert result.kept == 2 and result.stubs["source_not_in_study"] == 1
    assert "Mastodon" not in str(result.shapes) and not any("mastodon" in name for name in result.shapes)
    (advice,) = result.advice
    assert "1 items of mastodon" in advice and '[[source]]\n    id = "mastodon"' in advice
    assert result.exit_code == 0 and result.document()["files"][0]["not_named"] == {"mastodon": 1}
    assert archived(study) == 2


def test_a_file_of_zeeschuimer_keeps_its_notes_where_weibo_is_not_named(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "mixed.ndjson"
    path.write_bytes(lines([weibo_in_zeeschuimer(1), zeeschuimer_note(2)]))
    result = intake(study, [path])
    assert result.files[0].kind == "zeeschuimer" and result.kept == 1
    assert result.stubs["source_not_in_study"] == 1 and any('id = "weibo"' in told for told in result.advice)
    with pytest.raises(UserError, match='id = "rednote"'):
        intake(make_study(tmp_path / "other", "harbour-daily"), [path])


def test_what_came_before_a_users_mistake_is_archived(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(lines([fourcat_note(1), folded(weibo_in_zeeschuimer(1)), fourcat_note(2)]))
    with pytest.raises(UserError, match='id = "weibo"'):
        intake(study, [path], "fourcat")
    assert archived(study) == 1
    with pytest.raises(UserError, match='id = "weibo"'):
        intake(study, [path], "fourcat")
    assert archived(study) == 1


def test_one_bad_file_of_a_folder_or_of_several_stops_no_other(study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "held"
    folder.mkdir()
    warcs.har(folder / "a.har", [warcs.entry(STORY.format(1), warcs.page("1").decode())])
    (folder / "b.har").write_text('{"log": {"version": "1.2"}}')
    (folder / "c.wacz").write_bytes(b"no zip")
    (folder / "d.ndjson").write_bytes(lines([zeeschuimer_note(1)]))
    (folder / "e.ndjson").write_bytes(lines([weibo_status(1)]))
    said: list[str] = []
    result = intake(study, [folder], say=said.append)
    assert result.kept == 2 and result.exit_code == 6
    assert set(faults(result)) == {"b.har", "c.wacz", "e.ndjson"}
    assert 'id = "weibo"' in faults(result)["e.ndjson"] and "next:" in faults(result)["b.har"]
    assert any("not taken" in told and "c.wacz" in told for told in said)
    (shown,) = [rows for title, _, rows in result.tables() if title == "not taken, and why"]
    assert len(shown) == 3 and len(result.rows()) == 5
    again = intake(study, [folder / name for name in ("b.har", "a.har", "d.ndjson")])
    assert again.already == 2 and set(faults(again)) == {"b.har"}
    nothing = intake(study, [folder / "b.har", folder / "c.wacz"])
    assert nothing.exit_code == 2 and len(faults(nothing)) == 2
    with pytest.raises(UserError, match=r"b\.har"):
        intake(study, [folder / "b.har"])
    with pytest.raises(UserError, match="no such file"):
        intake(study, [folder / "a.har", folder / "z.har"])


def test_a_fault_is_in_the_object_that_is_printed(study: Study, tmp_path: Path) -> None:
    good = warcs.har(tmp_path / "a.har", [warcs.entry(STORY.format(1), warcs.page("1").decode())])
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04")
    asked = ["import", str(tmp_path / "b.xlsx"), str(good), "--study", str(study.folder), "--json"]
    ran = CliRunner().invoke(app, asked)
    assert ran.exit_code == 6
    told = json.loads(next(line for line in ran.stdout.splitlines() if line.startswith("{")))
    assert told["kept"] == 1 and "of a kind" in told["files"][0]["fault"] and told["files"][1]["fault"] is None


@pytest.mark.parametrize(
    ("name", "content", "told", "hint"),
    [
        ("a.ndjson", b"", "is empty", "anew"),
        ("a.har", b"", "is empty", "anew"),
        ("a.csv", b"", "is empty", "anew"),
        ("a.ndjson.gz", gzip.compress(lines([zeeschuimer_note(1)]), mtime=0), "gzip", "gunzip"),
        ("a.har.gz", gzip.compress(b'{"log":{"entries":[]}}', mtime=0), "gzip", "gunzip"),
        ("a.csv.gz", gzip.compress(b"id,text\n1,a\n", mtime=0), "gzip", "gunzip"),
        ("a.csv", "id,text\n1,你好\n".encode("utf-16"), "UTF-16", "UTF-8"),
        ("a.har", '{"log":{"entries":[]}}'.encode("utf-16"), "UTF-16", "UTF-8"),
    ],
)
def test_what_cannot_be_read_is_told_with_what_to_do(
    study: Study, tmp_path: Path, name: str, content: bytes, told: str, hint: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        intake(study, [tmp_path / name])
    assert told in caught.value.what and hint in str(caught.value.hint)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).write_bytes(content)
    (folder / "b.ndjson").write_bytes(lines([zeeschuimer_note(1)]))
    said: list[str] = []
    result = intake(study, [folder], say=said.append)
    assert result.ignored == (str(folder / name),) and any(told in one for one in said)


def test_pages_in_utf16_and_packed_ones_are_taken_as_ever(study: Study, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.html").write_bytes("<p>猫税</p>".encode("utf-16"))
    (folder / "b.html.gz").write_bytes(gzip.compress(b"<p>one</p>", mtime=0))
    assert intake(study, [folder]).kept == 2
    assert [intake(study, [folder / name]).already for name in ("a.html", "b.html.gz")] == [1, 1]


def test_a_log_without_entries_is_told(study: Study, tmp_path: Path) -> None:
    result = intake(study, [warcs.har(tmp_path / "a.har", [])])
    assert result.exit_code == 0 and "holds no items" in result.advice[0]


def test_no_room_to_unpack_is_no_space(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, file: IO[bytes]) -> None:
            self.file = file

        def write(self, data: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    real = foreign.TemporaryFile
    monkeypatch.setattr(foreign, "TemporaryFile", lambda: Full(real()))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(
        gzip.compress(b"".join(warcs.response(STORY.format(n), warcs.page(str(n))) for n in (1, 2)), mtime=0)
    )
    with pytest.raises(NoSpaceError, match="unpacked") as caught:
        intake(study, [path, path])
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "half", ["explore/6784f0a1000000000203ab99/\ud800", "search_result?keyword=a\ud800", "page/topics/\ud800"]
)
def test_half_a_sign_in_the_tabs_address_stops_nothing(study: Study, tmp_path: Path, half: str) -> None:
    path = tmp_path / "a.ndjson"
    address = f"https://www.xiaohongshu.com/{half}"
    items = [{**zeeschuimer_note(1), "source_platform_url": address}, zeeschuimer_note(2)]
    path.write_text("\n".join(map(json.dumps, items)) + "\n")
    assert intake(study, [path]).kept == 2
