"""The same pages as WARC, WACZ, HAR and plain files are the same documents, and no secret of any of them is kept."""

import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus.archive import journal
from corpus.build import build
from corpus.intake import intake
from corpus.snapshot import Snapshot
from corpus.study import Study, load_study
from tests.studies import CODEBOOK, OUTLET, PAGE, SENTENCES, STUDY
from tests.warcs import PLANTED, entry, har, members, pages_list, request, response, wacz, warcinfo

NOTE = "6784f0a1000000000200aaaa"
EDITH = "https://edith.xiaohongshu.com/api/sns/web/v2/comment/page?note_id={}&cursor=&xsec_token={}"
STORY = "https://harbour-daily.example/story-{}"
COMMENTS = {
    "success": True,
    "data": {
        "xsec_token": PLANTED,
        "comments": [
            {
                "id": f"c{n:023x}",
                "note_id": NOTE,
                "content": text,
                "create_time": 1736926500000 + n,
                "like_count": str(n),
                "user_info": {
                    "user_id": f"u{n:023x}",
                    "nickname": f"invented{n}",
                    "image": f"https://faces.example/{PLANTED}",
                },
            }
            for n, text in enumerate(("欢迎来到小红书，猫税交了吗", "Welcome! Show us your cat"))
        ],
    },
}
STATE = {
    "note": {
        "noteDetailMap": {
            NOTE: {
                "note": {
                    "noteId": NOTE,
                    "title": "你好",
                    "desc": "欢迎新朋友们来到这里",
                    "time": 1736926500000,
                    "xsecToken": PLANTED,
                    "user": {
                        "userId": "u" + "0" * 23,
                        "nickname": "invented",
                        "avatar": f"https://faces.example/{PLANTED}",
                    },
                }
            }
        }
    }
}


def stories() -> list[tuple[str, bytes]]:
    pages = []
    for number in range(3):
        paragraphs = "".join(f"<p>{SENTENCES[(number + n) % 5]} It was day {number}.</p>" for n in range(5))
        text = PAGE.format(title=f"Visitors arrive, part {number}", day=number, paragraphs=paragraphs)
        pages.append((STORY.format(number), text.encode()))
    note = f"<html><head><title>你好</title></head><body><script>window.__INITIAL_STATE__={json.dumps(STATE)}</script></body></html>"
    return [
        *pages,
        (f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token={PLANTED}&xsec_source=pc_search", note.encode()),
    ]


def in_warc() -> bytes:
    answer = json.dumps(COMMENTS).encode()
    records = [warcinfo()]
    for url, body in stories():
        coded = gzip.compress(body, mtime=0)
        headers = ("Content-Encoding: gzip", f"Set-Cookie: web_session={PLANTED}", f"X-Token: {PLANTED}")
        records += [request(url), response(url, coded, headers=headers)]
    records.append(
        response(EDITH.format(NOTE, PLANTED), answer, "application/json", headers=(f"Set-Cookie: a={PLANTED}",))
    )
    return members(*records)


def as_warc(folder: Path) -> None:
    (folder / "held.warc.gz").write_bytes(in_warc())


def as_plain_warc(folder: Path) -> None:
    (folder / "held.warc").write_bytes(gzip.decompress(in_warc()))


def as_wacz(folder: Path) -> None:
    listed = pages_list(
        *({"id": str(n), "url": url, "ts": "2025-01-14T08:00:00Z"} for n, (url, _) in enumerate(stories()))
    )
    wacz(folder / "held.wacz", {"archive/data.warc.gz": in_warc(), "pages/pages.jsonl": listed})


def as_har(folder: Path) -> None:
    entries = [entry(url, body.decode()) for url, body in stories()]
    answer = entry(EDITH.format(NOTE, PLANTED), json.dumps(COMMENTS), "application/json", method="GET", post=PLANTED)
    har(folder / "held.har", [*entries, answer])


def as_files(folder: Path) -> None:
    rows = ["path,url,date"]
    for number, (url, body) in enumerate(stories()):
        (folder / f"{number}.html").write_bytes(body.replace(PLANTED.encode(), b""))
        rows.append(f"{number}.html,{url.split('?')[0]},2025-01-14T08:00:00Z")
    (folder / "urls.csv").write_text("\n".join(rows) + "\n")


def one_key(size: int) -> str:
    return "ab" * size


FORMS = {"warc": as_warc, "plain warc": as_plain_warc, "wacz": as_wacz, "har": as_har, "files": as_files}


def made(folder: Path, *forms: str) -> tuple[Study, Snapshot]:
    (folder / "outlets").mkdir(parents=True)
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "codebook.toml").write_bytes(CODEBOOK.read_bytes())
    held = folder / "held"
    held.mkdir()
    for form in forms:
        (held / form).mkdir()
        FORMS[form](held / form)
    study = load_study(folder)
    result = intake(study, [held / form for form in forms], None, say=lambda line: None)
    assert result.exit_code == 0
    return study, build(study, workers=1).snapshot


def documents(snapshot: Snapshot) -> dict[str, tuple[Any, ...]]:
    columns = ("kind", "source_id", "title", "text", "published_at", "author_key", "thread_id")
    return {row["id"]: tuple(row[name] for name in columns) for row in snapshot.table("documents").to_pylist()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, ...]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUANYING_KEYS", str(tmp_path_factory.mktemp("keys")))
        patch.setattr("corpus.study.secrets.token_hex", one_key)
        _, snapshot = made(tmp_path_factory.mktemp("study") / "small", "har")
        found = documents(snapshot)
    assert sorted(one[0] for one in found.values()) == ["article"] * 3 + ["comment"] * 2 + ["post"]
    assert {one[1] for one in found.values()} == {"harbour-daily", "rednote"} and all(one[3] for one in found.values())
    return found


@pytest.fixture(autouse=True)
def same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids are made with the study's key: every study here has the same."""
    monkeypatch.setattr("corpus.study.secrets.token_hex", one_key)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_documents(tmp_path: Path, form: str, expected: dict[str, tuple[Any, ...]]) -> None:
    _, snapshot = made(tmp_path / "study", form)
    wanted = {key: one for key, one in expected.items() if form != "files" or one[0] != "comment"}
    assert documents(snapshot) == wanted


def test_all_forms_together_are_one_corpus_with_every_sighting(
    tmp_path: Path, expected: dict[str, tuple[Any, ...]]
) -> None:
    _, snapshot = made(tmp_path / "study", *FORMS)
    assert documents(snapshot) == expected
    sightings: dict[str, set[str]] = {}
    for row in snapshot.table("sightings").to_pylist():
        sightings.setdefault(row["document_id"], set()).add(row["capture_id"])
    articles = [row["id"] for row in snapshot.table("documents").to_pylist() if row["kind"] == "article"]
    assert all(len(sightings[one]) == 2 for one in articles), "packed as it came, and unpacked; what is the same is one"


def unpacked(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below ``folder`` as it is, and, where it is of gzip members, what they unpack to, twice."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        yield path, data
        if path.name.endswith(".warc.gz"):
            text = gzip.decompress(data)
            yield path, text
            for at in (found for found in range(len(text)) if text.startswith(b"\x1f\x8b\x08", found)):
                yield path, zlib.decompressobj(31).decompress(text[at:])


def test_planted_secrets_are_found_nowhere(tmp_path: Path) -> None:
    study, snapshot = made(tmp_path / "study", "warc", "wacz", "har")
    places = [study.archive_folder, snapshot.folder]
    for folder in places:
        looked = 0
        for path, data in unpacked(folder):
            assert PLANTED.encode() not in data and PLANTED[::-1].encode() not in data, path
            looked += 1
        assert looked > 1
    tables = [snapshot.table(name).to_pylist() for name in ("captures", "documents", "sightings", "rejections")]
    assert PLANTED not in str(tables) and "faces.example" not in str(tables)
    with sqlite3.connect(study.archive_folder / "frontier.sqlite") as database:
        assert PLANTED not in "\n".join(database.iterdump())
    assert any(PLANTED.encode() in data for _, data in unpacked(study.folder / "held")), "it was there"
    assert len(journal(study.archive_folder)) == 8, "what two files hold alike is archived once"
