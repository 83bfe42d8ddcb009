import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.annotate import annotate
from corpus.archive import DATABASE
from corpus.build import build
from corpus.errors import HuanyingError, UserError, VerificationError
from corpus.intake import intake
from corpus.manifest import verify
from corpus.snapshot import Snapshot, latest
from corpus.study import Study, load_study
from tests.faults import FailingDisk
from tests.studies import make_study


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Snapshot]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUANYING_KEYS", str(tmp_path_factory.mktemp("keys")))
        study = make_study(tmp_path_factory.mktemp("study") / "small")
        return study, build(study, workers=1).snapshot


def contents(snapshot: Snapshot) -> dict[str, bytes]:
    return {
        str(path.relative_to(snapshot.folder)): path.read_bytes()
        for path in sorted(snapshot.folder.rglob("*"))
        if path.is_file()
    }


def test_every_capture_is_accounted_for(built: tuple[Study, Snapshot]) -> None:
    _, snapshot = built
    counts = snapshot.manifest["counts"]
    assert counts["captures"] == counts["captures_with_documents"] + counts["captures_rejected"]
    assert counts["captures"] == snapshot.rows("captures") >= 12
    assert verify(snapshot)


def test_a_page_fetched_again_is_a_further_capture_of_one_document(built: tuple[Study, Snapshot]) -> None:
    _, snapshot = built
    articles = [row for row in snapshot.table("documents").to_pylist() if row["kind"] == "article"]
    assert len(articles) == 5
    assert all(
        row["published_at"] and row["language"] == "en" and row["title"].startswith("Visitors arrive")
        for row in articles
    )
    assert snapshot.manifest["counts"]["readings"] > snapshot.rows("documents")


def test_offsets_give_back_each_token_and_gaps_are_white_space(built: tuple[Study, Snapshot]) -> None:
    _, snapshot = built
    texts = {row["id"]: row["text"] for row in snapshot.table("documents", ["id", "text"]).to_pylist()}
    assert snapshot.rows("tokens") == len(texts)
    for row in snapshot.table("tokens").to_pylist():
        text, end = texts[row["document_id"]], 0
        for token, start in zip(row["tokens"], row["starts"], strict=True):
            assert text[start : start + len(token)] == token
            assert not text[end:start].strip()
            end = start + len(token)
        assert not text[end:].strip()


def test_no_raw_author_or_handle_in_any_file(built: tuple[Study, Snapshot]) -> None:
    _, snapshot = built
    for table in snapshot.tables:
        text = json.dumps(snapshot.table(table).to_pylist(), default=str)
        assert "invented1" not in text and "u" + "0" * 22 not in text and "Mozilla/5.0" not in text, table


SCRIPT = (
    "import sys; from pathlib import Path; from corpus.build import build; from corpus.study import load_study\n"
    "if __name__ == '__main__': print(build(load_study(Path(sys.argv[1])), workers=int(sys.argv[2])).snapshot.id)"
)


def test_same_bytes_for_any_workers_zone_and_hash_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.build.SHARD_CAPTURES", 4)
    study = make_study(tmp_path / "small", posts=20)
    whole = contents(build(study, workers=2).snapshot)
    script = tmp_path / "build_again.py"
    script.write_text(SCRIPT, encoding="utf-8")
    (study.corpus_folder / "LATEST").unlink()
    snapshots = study.corpus_folder / "snapshots"
    snapshots.rename(study.corpus_folder / "first")
    environment = {
        **os.environ,
        "TZ": "America/New_York",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }
    subprocess.run([sys.executable, str(script), str(study.folder), "1"], check=True, env=environment, timeout=120)
    assert contents(latest(study.corpus_folder)) == whole


@pytest.mark.parametrize("command", ["build", "annotate"])
def test_a_fault_at_every_durable_call(tmp_path: Path, command: str) -> None:
    study = make_study(tmp_path / "small")
    old = build(study, workers=1).snapshot
    if command == "build":
        more = study.folder / "more.txt"
        more.write_text(
            "One more text\n\nIt came in after the first build, and the second one holds it.\n", encoding="utf-8"
        )
        intake(study, [more], None, say=lambda line: None)

    def publish(disk: FailingDisk) -> None:
        if command == "build":
            build(study, workers=1, disk=disk)
        else:
            annotate(study, ["sentiment", "story"], workers=1, disk=disk)  # one of each kind: all are written alike

    counter = FailingDisk()
    publish(counter)
    new = latest(study.corpus_folder).id
    assert new != old.id and counter.calls > 50
    pointer = study.corpus_folder / "LATEST"
    seen = set()
    # all at the begin and at the end, where things move into place; of the many files between, which are written alike, some
    some = {*range(30), *range(30, counter.calls, 11), *range(counter.calls - 50, counter.calls)}
    for call in sorted(some):
        pointer.write_text(old.id + "\n")
        shutil.rmtree(old.folder.parent / new, ignore_errors=True)
        with pytest.raises((OSError, HuanyingError)):
            publish(FailingDisk(call))
        seen.add(latest(study.corpus_folder).id)
        if call % 10 == 0:
            verify(latest(study.corpus_folder))
    assert seen <= {old.id, new} and old.id in seen
    verify(old)


def test_a_flipped_byte_makes_verify_name_the_file(tmp_path: Path) -> None:
    snapshot = build(make_study(tmp_path / "small"), workers=1).snapshot
    path = snapshot.folder / "data" / "documents" / "documents-00000.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(VerificationError, match="documents-00000.parquet"):
        verify(snapshot)


def test_a_damaged_capture_is_a_rejection_and_the_others_go_on(tmp_path: Path) -> None:
    study = make_study(tmp_path / "small")
    whole = build(study, workers=1).counts
    file = study.archive_folder / "00000.warc.gz"
    with sqlite3.connect(study.archive_folder / DATABASE) as database:
        place, length = database.execute("SELECT position, length FROM journal ORDER BY id LIMIT 1 OFFSET 3").fetchone()
    data = bytearray(file.read_bytes())
    data[place + length // 2] ^= 8
    file.write_bytes(data)
    counts = build(study, workers=1).counts
    assert counts["rejections"]["archive/damaged"] == 1
    assert (
        counts["captures"] == whole["captures"]
        and counts["captures_with_documents"] == whole["captures_with_documents"] - 1
    )


def test_an_empty_archive_says_what_to_do(tmp_path: Path) -> None:
    study = make_study(tmp_path / "small")
    empty = Study(tmp_path / "other", study.file, study.outlets)
    with pytest.raises(UserError, match="huanying import"):
        build(empty)


def test_annotations_are_tables_of_a_new_snapshot(tmp_path: Path) -> None:
    study = make_study(tmp_path / "small")
    before = build(study, workers=1).snapshot
    done = annotate(study, workers=1)
    assert done.snapshot.id != before.id and set(done.labels) >= {"sentiment", "themes"}
    wide = done.snapshot.table("documents_wide").to_pylist()
    assert all(row["sentiment"] and row["themes"] is not None for row in wide)
    texts = {row["id"]: row["text"] for row in wide}
    for row in done.snapshot.table("themes").to_pylist():
        assert row["start"] is None or 0 <= row["start"] < row["end"] <= len(texts[row["document_id"]])
    assert contents(before).keys() < contents(done.snapshot).keys()
    again = annotate(study, workers=2)
    assert contents(again.snapshot) == contents(done.snapshot)
    verify(done.snapshot)


def test_an_unknown_annotator_is_named(built: tuple[Study, Snapshot]) -> None:
    with pytest.raises(UserError, match="sentiment"):
        annotate(load_study(built[0].folder), ["mood"])


def test_a_changed_codebook_is_what_the_wide_table_shows(tmp_path: Path) -> None:
    study = make_study(tmp_path / "small")
    build(study, workers=1)
    annotate(study, workers=1)
    book = study.folder / "codebook.toml"
    shown = set()
    for number in range(4):
        book.write_text(
            book.read_text(encoding="utf-8").replace('id = "welcome', f'id = "welcome{number}'), encoding="utf-8"
        )
        wide = annotate(study, ["themes"], workers=1).snapshot.table("documents_wide", ["themes"]).to_pylist()
        given = {theme for row in wide for theme in row["themes"] if theme.startswith("welcome")}
        assert len(given) == 1 and not given & shown
        shown |= given


def test_a_damaged_snapshot_is_mended_by_building_anew(tmp_path: Path) -> None:
    study = make_study(tmp_path / "small")
    snapshot = build(study, workers=1).snapshot
    path = snapshot.folder / "data" / "documents" / "documents-00000.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + b"?" + whole[-8:])
    again = build(study, workers=1).snapshot
    assert again.id == snapshot.id and path.read_bytes() == whole
    verify(again)


def test_a_post_of_pictures_alone_is_a_document_and_one_of_nothing_is_not(tmp_path: Path) -> None:
    study = make_study(tmp_path / "study", posts=1)
    held = tmp_path / "pictures.ndjson"
    items = []
    for number, shown in enumerate(([{"url_default": "https://media.example/1.jpg", "width": 3, "height": 4}], [])):
        name = f"67890000000000000000000{number}"
        card = {"type": "normal", "user": {"user_id": "u1"}, "interact_info": {}, "image_list": shown}
        data = {"id": name, "model_type": "note", "note_card": card}
        items.append({"source_platform": "xiaohongshu.com", "timestamp_collected": 1737100000000, "data": data})
    held.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    intake(study, [held])
    snapshot = build(study, workers=1).snapshot
    pictures = snapshot.table("media").to_pylist()
    assert [(row["kind"], row["width"], row["height"]) for row in pictures] == [("image", 3, 4)]
    of = {row["id"]: row for row in snapshot.table("documents").to_pylist()}
    assert (of[pictures[0]["document_id"]]["text"], of[pictures[0]["document_id"]]["language"]) == ("", "zxx")
    assert "empty" in {row["reason"] for row in snapshot.table("rejections").to_pylist()}
    verify(snapshot)
    annotate(study)
