"""The intake: everything is counted, nothing taken twice, what is broken quarantined, the user's mistakes told."""

import errno
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from corpus.archive import Archive, Entry, journal, open_database, read_captures, read_entry
from corpus.disk import Disk
from corpus.errors import NoSpaceError, UserError
from corpus.intake import BATCH, FILES, _Taking, intake
from corpus.recognition import Found, find
from corpus.records import Finding, Permission
from corpus.study import Study, load_study
from tests.test_corpus_imports_zeeschuimer import CARD, COMMENT, line

OUTLET = """
name = "{name}"
kind = "{kind}"
languages = ["zh"]
homepage = "https://{host}"
hosts = ["{host}"]
[owner]
value = "private"
as_of = 2025-01-01
source = "invented"
[country]
value = "CN"
as_of = 2025-01-01
source = "invented"
"""
STUDY = """
[study]
id = "intake-test"
title = "t"
purpose = "p"
contact = "https://huanying.example"
legal_basis = "none needed"
[window]
start = 2025-01-10
end = 2025-02-10
"""


def make_study(folder: Path, *sources: str) -> Study:
    (folder / "outlets").mkdir(parents=True)
    for name, kind, host in (
        ("rednote", "platform", "www.xiaohongshu.com"),
        ("harbour-daily", "news", "harbour-daily.example"),
    ):
        (folder / "outlets" / f"{name}.toml").write_text(OUTLET.format(name=name, kind=kind, host=host))
    chosen = "".join(f'[[source]]\nid = "{name}"\n' for name in sources)
    (folder / "study.toml").write_text(STUDY + chosen)
    return load_study(folder)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path / "study", "rednote", "harbour-daily")


@pytest.fixture
def held(tmp_path: Path) -> Path:
    folder = tmp_path / "held"
    (folder / "pages").mkdir(parents=True)
    lines = [line(CARD), b"broken", line({"id": "x1"}), line(COMMENT), line(CARD, source_platform="example.com")]
    (folder / "export.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    (folder / "pages" / "one.html").write_text("<p>one</p>")
    (folder / "pages" / "two.txt").write_text("two")
    (folder / "urls.csv").write_text("path,url\npages/one.html,https://harbour-daily.example/1\n")
    (folder / "known.toml").write_text("a = 1\n")
    return folder


def test_a_folder_of_mixed_files(study: Study, held: Path) -> None:
    said: list[str] = []
    result = intake(study, [held], say=said.append)
    assert [(name.rsplit("/", 1)[1], *rest) for name, *rest in result.rows()] == [
        ("export.ndjson", "zeeschuimer", 2, 0, 2, 1),
        ("held", "files", 2, 0, 0, 0),
    ]
    for file in result.files:
        assert file.seen == file.kept + file.already + file.stubs.total() + file.quarantined.total()
    assert result.exit_code == 6 and dict(result.reasons) == {"json_syntax": 1}
    assert [Path(path).name for path in result.ignored] == ["known.toml"]
    assert any("zeeschuimer (lines of JSON" in told for told in said)
    document = json.loads(json.dumps(result.document()))
    assert (document["kept"], document["quarantined"], document["stubs"]) == (4, 1, 2)

    captures = [
        capture for _, capture in read_captures(study.archive_folder, journal(study.archive_folder), study.keys())
    ]
    assert [(c.source_id, c.format) for c in captures] == [  # type: ignore[union-attr]
        ("rednote", "zeeschuimer"),
        ("rednote", "zeeschuimer"),
        ("harbour-daily", "page"),
        (FILES.id, "text"),
    ]


def test_what_is_broken_is_kept_with_its_place_and_reason(study: Study, held: Path) -> None:
    intake(study, [held])
    (kept,) = (study.archive_folder / "quarantine").iterdir()
    assert kept.read_bytes() == b"broken"
    database = open_database(study.archive_folder)
    rows = database.execute("SELECT name, kind, reason, position, origin FROM quarantined").fetchall()
    database.close()
    assert rows == [(kept.name, "zeeschuimer", "json_syntax", 2, str(held / "export.ndjson"))]


def test_nothing_is_taken_twice(study: Study, held: Path) -> None:
    first = intake(study, [held])
    places = journal(study.archive_folder)
    again = intake(study, [held, held / "export.ndjson"])
    assert (first.kept, again.kept, again.already) == (4, 0, 6)
    assert journal(study.archive_folder) == places


def test_a_file_of_the_same_path_but_other_bytes_is_said_aloud(study: Study, held: Path) -> None:
    intake(study, [held / "pages"])
    (held / "pages" / "two.txt").write_text("another text")
    said: list[str] = []
    result = intake(study, [held / "pages"], say=said.append)
    assert result.kept == 1 and any("1 files have the path" in told for told in said)


def test_no_account_or_token_is_archived(study: Study, tmp_path: Path) -> None:
    tab = "https://www.xiaohongshu.com/user/profile/5f0000000000000000000077?xsec_token=CANARY"
    path = tmp_path / "profile.ndjson"
    path.write_bytes(line(CARD, source_platform_url=tab) + b"\n")
    intake(study, [path])
    (place,) = journal(study.archive_folder)
    entry = read_entry(study.archive_folder, place)
    assert entry.finding.value == study.keys().author("rednote", "5f0000000000000000000077")
    assert b"CANARY" not in entry.body


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("missing", None, "no such file"),
        ("held", "nonsense", "zeeschuimer: "),
        ("held/known.toml", None, "zeeschuimer: "),
        ("empty", None, "nothing here"),
    ],
)
def test_the_users_mistakes(study: Study, held: Path, name: str, kind: str | None, told: str) -> None:
    (held.parent / "empty").mkdir()
    with pytest.raises(UserError, match=told):
        intake(study, [held.parent / name], kind)


def test_a_platform_that_the_study_does_not_name(tmp_path: Path, held: Path) -> None:
    study = make_study(tmp_path / "other", "harbour-daily")
    with pytest.raises(UserError, match='id = "rednote"'):
        intake(study, [held / "export.ndjson"])
    assert journal(study.archive_folder) == []


def test_a_kind_that_is_said_goes_before_what_it_looks_like(held: Path) -> None:
    (found,), _ = find(held / "known.toml", "zeeschuimer")
    assert (found.kind, found.why) == ("zeeschuimer", "as you said")
    (whole,), _ = find(held, "files")
    assert whole.path == held


MORE = 250


class FullDisk(Disk):
    """Takes so many bytes, then none."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, file: BinaryIO, data: bytes) -> None:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        file.write(data)


def test_a_file_read_in_a_process_of_its_own_gives_the_same_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.ndjson"
    items = [line({**CARD, "id": f"n{number}"}) + b"\n" for number in range(450)]
    path.write_bytes(b"".join([*items[:300], b'{"cut', b"\n", *items[300:]]))
    archived, results = [], []
    for large in (1, 1 << 40):
        monkeypatch.setattr("corpus.intake._LARGE", large)
        monkeypatch.setattr("corpus.intake.workers_here", lambda: 2)
        study = make_study(tmp_path / f"study{large}", "rednote")
        results.append(intake(study, [path]).document())
        archived.append([place.sha256 for place in journal(study.archive_folder)])
        assert [kept.name for kept in (study.archive_folder / "quarantine").iterdir()]
    assert archived[0] == archived[1]
    assert len(archived[0]) == 450
    assert results[0] == results[1]


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "many.ndjson"
    path.write_bytes(b"".join(line({**CARD, "id": f"n{number}"}) + b"\n" for number in range(BATCH + MORE)))
    endless = FullDisk(1 << 40)
    intake(make_study(tmp_path / "endless", "rednote"), [path], disk=endless)
    used = (1 << 40) - endless.room
    seen = set()
    for tenth in (0, 3, 6, 9):
        study = make_study(tmp_path / f"study{tenth}", "rednote")
        with pytest.raises(NoSpaceError):
            intake(study, [path], disk=FullDisk(used * tenth // 10))
        kept = len(journal(study.archive_folder))
        seen.add(kept)
        result = intake(study, [path])
        assert (result.already, result.kept) == (kept, BATCH + MORE - kept)
        assert len(journal(study.archive_folder)) == BATCH + MORE
    assert seen == {0, BATCH}


def test_the_measuring_data_goes_through(study: Study, shared: Path, tmp_path: Path) -> None:
    some = tmp_path / "some"
    some.mkdir()
    for page in sorted((shared / "data" / "extraction-dev" / "html").iterdir())[::20]:
        (some / page.name).write_bytes(page.read_bytes())
    result = intake(study, [some, shared / "data" / "coverage"])
    assert result.exit_code == 0 and result.kept == result.files[0].seen + 2 > 20


def test_what_is_missing_new_and_removed_is_told_by_shape(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "export.ndjson"
    bare = {"id": "c9", "note_id": "n9", "content": "x", "sub_comment_count": "0", "NewThing": 1, "名字": 2}
    path.write_bytes(line(COMMENT) + b"\n" + line(bare) + b"\n" + line(CARD) + b"\n")
    result = intake(study, [path])
    (file,) = result.files
    shapes = file.document()["shapes"]
    assert {name: shape["items"] for name, shape in shapes.items()} == {"rednote card": 1, "rednote comment": 2}
    assert (
        shapes["rednote comment"]["missing"]["user_info"] == 1
        and shapes["rednote comment"]["missing"]["like_count"] == 2
    )
    assert shapes["rednote comment"]["unknown"] == {"(no plain word)": 1, "new_thing": 1}
    assert any("xsec_token" in name for name in file.removed) and "CANARY" not in json.dumps(result.document())
    shown = {title: rows for title, _, rows in result.tables()}
    assert ("rednote comment", "new_thing", 1, 2) in shown["fields never seen before"]
    assert ("rednote comment", "like_count", 2, 2) in shown["fields that items lack"]
    again = intake(study, [path])
    assert again.already == 3 and again.files[0].shapes == file.shapes


@pytest.mark.parametrize("platform", ["mastodon", "bluesky", "weibo", "wechat"])
def test_any_platform_that_is_not_named_is_told_how_to_be(study: Study, platform: str) -> None:
    entry = Entry(
        source_id=platform,
        url="urn:huanying:item:0",
        fetched_at=datetime(2025, 1, 15, tzinfo=UTC),
        status=200,
        headers=(),
        body=b"{}",
        how="import",
        format=platform,
        finding=Finding("file"),
        permission=Permission("own-capture"),
    )
    with Archive(study.archive_folder) as archive:
        taking = _Taking(study, archive, study.keys(), lambda _: None)
        with pytest.raises(UserError, match=f'id = "{platform}"'):
            taking._placed(entry, Found(Path("x"), "files", ""))
        assert taking._placed(replace(entry, source_id=""), Found(Path("x"), "files", "")).source_id == FILES.id
        known = replace(entry, source_id=platform, url="https://www.harbour-daily.example/1")
        assert taking._placed(known, Found(Path("x"), "files", "")).source_id == "harbour-daily"


def test_a_moment_that_is_the_files_own_makes_no_new_item(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "export.ndjson"
    path.write_bytes(line(CARD, timestamp_collected=None) + b"\n")
    assert intake(study, [path]).kept == 1
    os.utime(path, (1, 1))
    assert intake(study, [path]).already == 1
