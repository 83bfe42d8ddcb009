"""One note, however it was captured, is one document with all its sightings, in whatever order the captures came in."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpus.archive import Archive, Entry
from corpus.build import build
from corpus.imports.fourcat import IMPORT as FOURCAT
from corpus.imports.har import IMPORT as HAR
from corpus.imports.mediacrawler import IMPORT as MEDIACRAWLER
from corpus.imports.zeeschuimer import IMPORT as ZEESCHUIMER
from corpus.intake import intake
from corpus.recognition import kinds
from corpus.snapshot import Snapshot
from tests import exported
from tests.captured import KEYS
from tests.exported import NOTE, REPLY, ROOT
from tests.test_corpus_intake import make_study


def forms(folder: Path) -> dict[str, list[Entry]]:
    """The note in every form; with a film in two of them, as a profile and a table would have it."""

    def lines(data: dict[str, Any]) -> bytes:
        return exported.lines([exported.zeeschuimer(data)])

    held = exported.entries(HAR, folder / "saved.har", exported.har())
    return {
        "shape A": exported.entries(ZEESCHUIMER, folder / "a.ndjson", lines(exported.card())),
        "shape B": exported.entries(ZEESCHUIMER, folder / "b.ndjson", lines(exported.profile())),
        "shape C": exported.entries(ZEESCHUIMER, folder / "c.ndjson", lines(exported.state())),
        "shape C, no key": exported.entries(ZEESCHUIMER, folder / "e.ndjson", lines(exported.state(""))),
        "shape C, null": exported.entries(ZEESCHUIMER, folder / "f.ndjson", lines(exported.state("null"))),
        "shape D": exported.entries(ZEESCHUIMER, folder / "d.ndjson", lines(exported.tile())),
        "4CAT": exported.entries(FOURCAT, folder / "4.csv", exported.table([exported.fourcat_note()])),
        "MediaCrawler, old": exported.entries(
            MEDIACRAWLER, folder / "old.jsonl", exported.lines([exported.crawled_note("old")])
        ),
        "MediaCrawler, new": exported.entries(
            MEDIACRAWLER, folder / "new.jsonl", exported.lines([exported.crawled_note("new")])
        ),
        "page": held[:1],
        "answer": held[1:2],
    }


def test_every_form_is_the_same_note(tmp_path: Path) -> None:
    note = KEYS.document("rednote", NOTE)
    for name, entries in forms(tmp_path).items():
        (entry,) = entries
        reading = exported.read(entry, KEYS)
        assert [document.id for document in reading.documents] == [note], name
        assert not reading.rejections, name
        assert reading.documents[0].title == exported.TITLE, name
        if name not in ("shape A", "shape D"):
            assert (reading.documents[0].text, reading.documents[0].hashtags) == (exported.PLAIN, ("猫税", "welcome"))
            assert reading.documents[0].published_at is not None
        assert reading.observations[0].likes.low in (11500, 12300), name
        kinds_shown = [one.kind for one in reading.media]
        assert kinds_shown == {"shape B": ["video"], "shape D": []}.get(name, ["image", "image"]), name


def told(snapshot: Snapshot, table: str, *columns: str) -> list[tuple[Any, ...]]:
    rows = snapshot.table(table).select(list(columns)).to_pylist()
    return sorted((tuple(row[name] for name in columns) for row in rows), key=repr)


def built(folder: Path, entries: list[Entry]) -> Snapshot:
    study = make_study(folder, "rednote")
    with Archive(study.archive_folder) as archive:
        for entry in entries:
            archive.append(entry)
        archive.commit()
    return build(study, workers=1).snapshot


def test_the_order_of_import_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANYING_KEYS", str(tmp_path / "keys"))  # studies of one id share a key
    every = [entry for entries in forms(tmp_path).values() for entry in entries]
    orders = [every, every[::-1], every[5:] + every[:5], every[::2] + every[1::2]]
    first: dict[str, Any] | None = None
    for number, order in enumerate(orders):
        snapshot = built(tmp_path / f"study{number}", order)
        seen = {
            "documents": told(snapshot, "documents", "id", "title", "text", "author_key", "published_at", "note_type"),
            "sightings": told(snapshot, "sightings", "document_id", "capture_id", "found_by", "value"),
            "observations": told(snapshot, "observations", "document_id", "capture_id", "likes_raw", "collects_raw"),
            "media": told(snapshot, "media", "document_id", "position", "kind", "width"),
        }
        assert len(seen["documents"]) == 1 and seen["media"]
        assert len(seen["observations"]) == len({capture for _, capture, *_ in seen["sightings"]}) == len(every)
        first = first or seen
        assert seen == first
    ways = {(found_by, value) for *_, found_by, value in first["sightings"]} if first else set()
    assert ways == {("query", "cat tax"), ("query", "tiktok难民"), ("file", "saved.har")}


def test_comments_meet_too(tmp_path: Path) -> None:
    rows = [exported.crawled_comment("old"), exported.crawled_comment("old", ROOT, REPLY)]
    forms_of_comments = [
        exported.entries(
            ZEESCHUIMER, tmp_path / "z.ndjson", exported.lines([exported.zeeschuimer(exported.comment())])
        ),
        exported.entries(FOURCAT, tmp_path / "f.csv", exported.table([exported.fourcat_comment()])),
        exported.entries(MEDIACRAWLER, tmp_path / "m.jsonl", exported.lines(rows)),
        exported.entries(HAR, tmp_path / "saved.har", exported.har())[2:],
    ]
    found = [exported.documents(entries, KEYS) for entries in forms_of_comments]
    assert [[document.id for document in documents] for documents in found] == [
        [KEYS.document("rednote", ROOT), KEYS.document("rednote", REPLY)],
        [KEYS.document("rednote", ROOT)],
        [KEYS.document("rednote", ROOT), KEYS.document("rednote", REPLY)],
        [KEYS.document("rednote", ROOT), KEYS.document("rednote", REPLY)],
    ]
    for documents in found:
        assert (documents[0].text, documents[0].reply_to) == ("undefined", KEYS.document("rednote", NOTE))
        assert all(document.reply_to == documents[0].id for document in documents[1:])
    (reading,) = [exported.read(entry, KEYS) for entry in forms_of_comments[0]]
    assert [(one.document_id, one.width, one.height) for one in reading.media] == [(found[0][1].id, 10, 20)]


CASES = ("zeeschuimer", "fourcat", "mediacrawler")


def accounted(kind: str, path: Path) -> int:
    """Import a file as of a kind, whatever it is, and read what became entries; how many items it gave."""
    count = 0
    for item in exported.taken(kinds()[kind], path, path.read_bytes()):
        count += 1
        if hasattr(item, "entry"):
            reading = exported.read(item.entry, KEYS)
            assert reading.documents or reading.rejections
    return count


@pytest.mark.parametrize("kind", CASES)
def test_hostile_json_is_counted(kind: str, shared: Path, tmp_path: Path) -> None:
    """Each case as a whole file, and as a field of an item of this kind."""
    frames: dict[str, Callable[[bytes], bytes]] = {
        "zeeschuimer": lambda value: (
            b'{"source_platform":"xiaohongshu.com","data":{"id":"a1","note":{"title":' + value + b"}}}\n"
        ),
        "fourcat": lambda value: (
            b'{"id":"a1","thread_id":"a1","body":'
            + value
            + b',"author":"x","likes":"1","url":"https://www.xiaohongshu.com/explore/a1","unix_timestamp":"1"}\n'
        ),
        "mediacrawler": lambda value: b'{"note_id":"a1","desc":' + value + b',"last_modify_ts":1}\n',
    }
    cases = sorted((shared / "data" / "cases" / "json").rglob("*.json"))
    assert len(cases) > 300
    for case in cases:
        content = case.read_bytes()
        for number, body in enumerate((content, frames[kind](content))):
            path = tmp_path / f"case-{number}.json"
            path.write_bytes(body)
            assert accounted(kind, path) or not body.strip(b"\xef\xbb\xbf \t\r\n\x0b\x0c[],"), case.name


@pytest.mark.parametrize("kind", CASES)
def test_hostile_strings_are_kept_as_texts(kind: str, shared: Path, tmp_path: Path) -> None:
    strings = json.loads((shared / "data" / "cases" / "strings" / "blns.json").read_text(encoding="utf-8"))
    rows: list[Any] = []
    for number, text in enumerate(strings):
        own = f"a{number}"
        rows.append(
            {
                "zeeschuimer": exported.zeeschuimer(
                    {"id": own, "note": {"noteId": own, "title": text, "desc": text, "user": {"nickname": text}}}
                ),
                "fourcat": {
                    **exported.fourcat_note(),
                    "id": own,
                    "title": text,
                    "body": text,
                    "author": text,
                    "likes": text,
                },
                "mediacrawler": {
                    **exported.crawled_note(),
                    "note_id": own,
                    "desc": text,
                    "nickname": text,
                    "source_keyword": text,
                },
            }[kind]
        )
    path = tmp_path / "strings.jsonl"
    path.write_bytes(exported.lines(rows))
    assert accounted(kind, path) == len(strings) > 400
    if kind != "zeeschuimer":
        path.write_bytes(exported.table(rows))
        assert accounted(kind, path) >= len(strings) - 3, "a row may be broken by what no CSV holds"


def test_they_come_in_together(tmp_path: Path) -> None:
    """The command's own way: a folder of every kind; nothing secret reaches the archive, and all is counted."""
    held = tmp_path / "held"
    held.mkdir()
    items = [
        exported.zeeschuimer(data)
        for data in (exported.card(), exported.profile(), exported.state(), exported.comment())
    ]
    (held / "z.ndjson").write_bytes(exported.lines([*items, exported.folded(exported.zeeschuimer(exported.tile()))]))
    (held / "z.csv").write_bytes(exported.table([exported.fourcat_note()], ";"))
    (held / "4.csv").write_bytes(exported.table([exported.fourcat_comment()]))
    (held / "search_contents_2025-01-15.jsonl").write_bytes(exported.lines([exported.crawled_note("new")]))
    (held / "creator_creators_2025-01-15.json").write_text(json.dumps([exported.creator()]))
    (held / "urls.csv").write_text("a,b\n1,2\n")
    study = make_study(tmp_path / "study", "rednote")
    said: list[str] = []
    result = intake(study, [held], say=said.append)
    assert {Path(file.path).name: (file.kind, file.kept) for file in result.files} == {
        "z.ndjson": ("zeeschuimer", 5),
        "z.csv": ("zeeschuimer", 1),
        "4.csv": ("fourcat", 1),
        "search_contents_2025-01-15.jsonl": ("mediacrawler", 1),
        "creator_creators_2025-01-15.json": ("mediacrawler", 0),
    }
    assert dict(result.stubs) == {"account_profile": 1} and not result.reasons
    assert [line for line in result.advice if "1 notes come from profile pages" in line] and set(result.advice) <= set(
        said
    )
    assert intake(study, [held]).already == 8
    titles = [title for title, _, _ in result.tables()]
    assert titles == ["what was imported", "stubs, and why", "fields that items lack", "removed before archiving"]
    archived = b"".join(path.read_bytes() for path in study.archive_folder.iterdir())
    whole = b"".join(gzip.decompress(path.read_bytes()) for path in study.archive_folder.glob("*.warc.gz"))
    assert b"CANARY" not in archived and b"CANARY" not in whole and b"SynUser" in whole
