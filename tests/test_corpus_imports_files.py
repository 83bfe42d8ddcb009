"""Pages and texts from a folder, with and without a table beside them."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpus.archive import Entry
from corpus.errors import UserError
from corpus.imports import Damaged, Held, Stub, Taken
from corpus.imports.files import IMPORT

STUDY = Held(frozenset({"harbour-daily"}))
MODIFIED = 1736930000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "held"
    (top / "deep").mkdir(parents=True)
    (top / "b.html").write_text("<p>b</p>")
    (top / "a.HTML.gz").write_bytes(gzip.compress(b"<p>a</p>"))
    (top / "deep" / "新 1.txt").write_text("文")
    (top / "notes.pdf").write_bytes(b"%PDF")
    (top / ".hidden.txt").write_text("x")
    for path in top.rglob("*"):
        os.utime(path, (MODIFIED, MODIFIED))
    return top


def entries(path: Path) -> list[Entry]:
    return [item for item in IMPORT.items(path, STUDY) if isinstance(item, Entry)]


def test_a_folder_gives_its_pages_and_texts_in_order(folder: Path) -> None:
    found = entries(folder)
    assert [(entry.url, entry.format, entry.body) for entry in found] == [
        ("urn:huanying:file:held/a.HTML.gz", "page", b"<p>a</p>"),
        ("urn:huanying:file:held/b.html", "page", b"<p>b</p>"),
        ("urn:huanying:file:held/deep/%E6%96%B0%201.txt", "text", "文".encode()),
    ]
    assert {entry.fetched_at for entry in found} == {datetime.fromtimestamp(MODIFIED, UTC)}
    assert {entry.source_id for entry in found} == {"files"}
    assert IMPORT.recognise(folder, b"") == "a folder with 3 pages and texts"


def test_a_single_file(folder: Path) -> None:
    assert [entry.url for entry in entries(folder / "b.html")] == ["urn:huanying:file:held/b.html"]
    assert IMPORT.recognise(folder / "b.html", b"") and not IMPORT.recognise(folder / "notes.pdf", b"")


def test_the_table_beside_them_tells_more(folder: Path) -> None:
    (folder / "urls.csv").write_text(
        "path,url,date,source,title,published\n"
        "b.html,https://Harbour-Daily.example/1?utm_source=x,2025-01-14T08:00:00+08:00,harbour-daily,A title,14 Jan\n"
        "deep/新 1.txt,,2025-01-15,,,\n"
        "gone.html,,,,,\n",
        encoding="utf-8-sig",
    )
    found = list(IMPORT.items(folder, STUDY))
    page = found[1]
    assert isinstance(page, Entry)
    assert (page.url, page.source_id) == ("https://harbour-daily.example/1", "harbour-daily")
    assert page.fetched_at == datetime(2025, 1, 14, tzinfo=UTC)
    assert (page.finding.title, page.finding.published_raw) == ("A title", "14 Jan")
    text = found[2]
    assert isinstance(text, Entry) and text.fetched_at == datetime(2025, 1, 15, tzinfo=UTC)
    assert found[3] == Stub("listed_but_not_there", 4)


def test_an_address_of_the_table_loses_its_secrets(folder: Path) -> None:
    address = "https://mp.weixin.qq.com/s?__biz=a&mid=1&idx=1&key=SECRET&uin=SECRET&pass_ticket=SECRET"
    (folder / "urls.csv").write_text(f'path,url\nb.html,"{address}"\n')
    urls = [item.url for item in IMPORT.items(folder, STUDY) if isinstance(item, Entry)]
    assert "https://mp.weixin.qq.com/s?__biz=a&idx=1&mid=1" in urls


def test_a_faulty_table_stops_the_import_and_names_every_line(folder: Path) -> None:
    (folder / "sidecar.csv").write_text(
        "path,url,date,source\nb.html,nowhere,,\nb.html,,14/1/25,\n,,,\nc.html,,,unknown\n"
    )
    with pytest.raises(UserError) as caught:
        list(IMPORT.items(folder, STUDY))
    for line in ("csv:2: ", "csv:3: ", "csv:4: no path", "csv:5: the study names no source 'unknown'"):
        assert line in str(caught.value)


@pytest.mark.parametrize("content", [b"file,url\n", b"path,url\n\xff\xfe,\n"])
def test_a_table_that_is_none_is_the_users_to_mend(folder: Path, content: bytes) -> None:
    (folder / "urls.csv").write_bytes(content)
    with pytest.raises(UserError):
        list(IMPORT.items(folder, STUDY))


def test_damaged_gzip_is_kept_as_it_came(folder: Path) -> None:
    whole = gzip.compress(os.urandom(2000))
    cases = {"cut": whole[:-300], "bad": whole[:50] + b"????" + whole[54:], "none": b"<p>plain</p>"}
    for name, data in cases.items():
        path = folder / f"{name}.html.gz"
        path.write_bytes(data)
        (found,) = IMPORT.items(path, STUDY)
        assert isinstance(found, Damaged) and found.raw == data and found.reason.startswith("payload_")


def test_a_huge_file_is_kept_in_pieces(folder: Path) -> None:
    path = folder / "huge.html"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)
    pieces = list(IMPORT.items(path, STUDY))
    assert [(piece.reason, piece.position) for piece in pieces if isinstance(piece, Damaged)][-1] == (
        "file_too_large",
        64 << 20,
    )
    assert sum(len(piece.raw) for piece in pieces if isinstance(piece, Damaged)) == (64 << 20) + 1


def test_an_address_keeps_its_scheme(folder: Path) -> None:
    (folder / "urls.csv").write_text("path,url\nb.html,HTTP://Harbour-Daily.example/1#top\n")
    assert entries(folder)[1].url == "http://harbour-daily.example/1"


def test_a_table_in_a_folder_within_tells_of_that_folder(folder: Path) -> None:
    (folder / "urls.csv").write_text(
        "path,url\nb.html,https://harbour-daily.example/b\ndeep/新 1.txt,https://outer.example/1\n"
    )
    (folder / "deep" / "urls.csv").write_text("path,url,source\n新 1.txt,https://inner.example/1,harbour-daily\n")
    found = {entry.url: entry.source_id for entry in entries(folder)}
    assert found == {
        "urn:huanying:file:held/a.HTML.gz": "files",
        "https://harbour-daily.example/b": "files",
        "https://inner.example/1": "harbour-daily",
    }


def test_when_a_file_was_written_is_not_when_its_page_was_seen(folder: Path) -> None:
    (folder / "urls.csv").write_text("path,url,date\nb.html,http://a.example/,2025-01-14\n")
    found = {entry.url: entry for entry in entries(folder)}
    dated, undated = found["http://a.example/"], found["urn:huanying:file:held/a.HTML.gz"]
    assert dated.problems == () and dated.finding.collected_at == datetime(2025, 1, 14, tzinfo=UTC)
    assert undated.problems == ("collected_at_unknown",) and undated.finding.collected_at is None


def test_what_is_neither_page_nor_text_is_told(tmp_path: Path) -> None:
    (path := tmp_path / "held.har").write_bytes(b"{}")
    with pytest.raises(UserError, match="ends as that of neither"):
        list(IMPORT.items(path, Held()))


@pytest.mark.parametrize("name", ["a.html", "a.txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_pages_texts_and_what_is_said_of_them_lose_their_secrets(tmp_path: Path, name: str, encoding: str) -> None:
    secret = "PLANTED0secret9"
    held = (
        f"<p>A text of cats, https://a.example/?xsec_token={secret}&q=1</p><script>var t={{token:'{secret}'}}</script>"
    )
    (tmp_path / name).write_bytes(held.encode(encoding))
    (tmp_path / "urls.csv").write_text(f"path,title\n{name},Cats https://a.example/?access_token={secret}\n")
    (taken,) = IMPORT.items(tmp_path, Held())
    assert isinstance(taken, Taken) and taken.removed
    assert secret not in taken.entry.body.decode() + str(taken.entry.finding) + str(taken.removed)
    assert "A text of cats" in taken.entry.body.decode()
