"""Zeeschuimer exports: every line is an entry, a stub or damage, and no secret goes on."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.archive import Entry
from corpus.imports import Damaged, Held, Stub, Taken
from corpus.imports.zeeschuimer import IMPORT
from corpus.jsonlines import LINE_LIMIT, read_lines
from corpus.read import read_capture
from corpus.readers.rednote import READER
from corpus.rednote.taking import finding_of
from tests.captured import KEYS, capture

NOTE = "6784f0a1000000000203abcd"
SEARCH = "https://www.xiaohongshu.com/search_result?keyword=%25E7%258C%25AB%25E7%25A8%258E&xsec_token=CANARY1"
CARD = {
    "id": NOTE,
    "model_type": "note",
    "xsec_token": "CANARY2",
    "note_card": {
        "type": "normal",
        "display_title": "Hello from Ohio",
        "desc": f"see https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=CANARY3 please",
        "user": {"user_id": "5f01", "nickname": "SynUser", "avatar": "https://media.example.org/CANARY4.jpg"},
        "interact_info": {"liked_count": "1.2万", "liked": True, "followed": True},
        "cover": {"url_default": "https://media.example.org/c.jpg?token=CANARY5&x=1"},
    },
}
COMMENT = {
    "id": "c001",
    "note_id": NOTE,
    "content": "welcome",
    "sub_comment_count": "0",
    "user_info": {"user_id": "5f02", "nickname": "S2", "image": "https://media.example.org/CANARY6.jpg"},
}


def line(data: Any, **known: Any) -> bytes:
    item = {
        "id": 1,
        "nav_index": "3:12:4",
        "timestamp_collected": 1736930000123,
        "source_platform": "xiaohongshu.com",
        "source_platform_url": SEARCH,
        "source_url": "https://edith.xiaohongshu.com/api/sns/web/v1/search/notes?session=CANARY7",
        "user_agent": "CANARY8",
        "data": data,
    }
    return json.dumps({**item, **known}, ensure_ascii=False).encode()


def items(folder: Path, content: bytes) -> list[Entry | Damaged | Stub]:
    path = folder / "export.ndjson"
    path.write_bytes(content)
    return [item.entry if isinstance(item, Taken) else item for item in IMPORT.items(path, Held())]


def test_an_item_becomes_an_entry_without_secrets(tmp_path: Path) -> None:
    (entry,) = items(tmp_path, line(CARD) + b"\n")
    assert isinstance(entry, Entry)
    assert entry.url == f"https://www.xiaohongshu.com/explore/{NOTE}"
    assert entry.fetched_at == datetime(2025, 1, 15, 8, 33, 20, 123000, tzinfo=UTC)
    assert (entry.source_id, entry.how, entry.format, entry.problems) == ("rednote", "import", "zeeschuimer", ())
    assert (entry.finding.found_by, entry.finding.value, entry.finding.collected_at) == (
        "query",
        "猫税",
        entry.fetched_at,
    )
    assert b"CANARY" not in entry.body and "CANARY" not in repr(entry)
    kept = json.loads(entry.body)["data"]["note_card"]
    assert kept["interact_info"] == {"liked_count": "1.2万"}
    assert kept["cover"]["url_default"] == "https://media.example.org/c.jpg?x=1"
    assert kept["desc"] == f"see https://www.xiaohongshu.com/explore/{NOTE} please"


def test_a_comment_stands_under_its_note(tmp_path: Path) -> None:
    tab = f"https://www.rednote.com/explore/{NOTE}?xsec_token=CANARY"
    (entry,) = items(tmp_path, line(COMMENT, source_platform="xiaohongshu-comments", source_platform_url=tab) + b"\n")
    assert isinstance(entry, Entry)
    assert entry.url == f"https://www.rednote.com/explore/{NOTE}" and b"CANARY" not in entry.body


def test_the_other_spelling_gives_the_same_entry(tmp_path: Path) -> None:
    plain = json.loads(line(CARD))
    meta = {name: value for name, value in plain.items() if name != "data"}
    folded = json.dumps({**plain["data"], "__import_meta": meta}, ensure_ascii=False).encode()
    first, second = items(tmp_path, line(CARD) + b"\n" + folded + b"\n")
    assert first == second
    assert IMPORT.recognise(tmp_path / "x.ndjson", folded)


def test_broken_lines_are_kept_and_the_rest_goes_on(tmp_path: Path) -> None:
    broken = b'{"data": oops'
    content = b"\n".join(
        [line(CARD), broken, b"", b"[1]", b'{"a":1,"a":2}', b'"\xff"', line({"id": NOTE}), line(CARD)[:-9]]
    )
    found = items(tmp_path, content)
    assert [type(item).__name__ for item in found] == ["Entry", *["Damaged"] * 4, "Stub", "Damaged"]
    damaged = [(item.reason, item.position) for item in found if isinstance(item, Damaged)]
    assert damaged == [
        ("json_syntax", 2),
        ("not_an_item", 4),
        ("json_duplicate_key", 5),
        ("json_not_utf8", 6),
        ("line_cut", 8),
    ]
    assert found[1] == Damaged("json_syntax", 2, broken)
    assert found[5] == Stub("tile_without_note", 7)


def test_a_whole_last_line_without_its_end_is_flagged(tmp_path: Path) -> None:
    (entry,) = items(tmp_path, line(CARD))
    assert isinstance(entry, Entry) and entry.problems == ("last_line_unended",)


def test_items_of_other_platforms_are_counted_and_left(tmp_path: Path) -> None:
    assert items(tmp_path, line(CARD, source_platform="example.com") + b"\n") == [Stub("other_platform", 1)]


def test_a_line_beyond_the_limit_is_kept_in_pieces(tmp_path: Path) -> None:
    long = b"x" * (LINE_LIMIT + 10)
    found = items(tmp_path, long + b"\n" + line(CARD) + b"\n")
    pieces = [item for item in found if isinstance(item, Damaged)]
    assert b"".join(piece.raw for piece in pieces) == long
    assert {(piece.reason, piece.position) for piece in pieces} == {("line_too_long", 1)}
    assert isinstance(found[-1], Entry)


def test_an_unknown_moment_is_the_files_and_flagged(tmp_path: Path) -> None:
    (entry,) = items(tmp_path, line(CARD, timestamp_collected="yesterday") + b"\n")
    assert isinstance(entry, Entry) and entry.problems == ("collected_at_unknown",)


@pytest.mark.parametrize(
    ("tab", "found_by", "value"),
    [
        ("https://www.xiaohongshu.com/search_result?keyword=tiktokrefugee&type=51", "query", "tiktokrefugee"),
        ("https://www.xiaohongshu.com/search_result?keyword=cat%20tax", "query", "cat tax"),
        ("https://www.xiaohongshu.com/user/profile/5f01?xsec_token=a", "account", "5f01"),
        ("https://www.xiaohongshu.com/page/topics/5c01?x=1", "tag", "5c01"),
        ("https://www.xiaohongshu.com/explore?channel_id=homefeed_recommend", "feed", "homefeed_recommend"),
        (f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=a", "link", None),
        ("https://www.xiaohongshu.com/explore/aaaa?xsec_token=a", "link", "https://www.xiaohongshu.com/explore/aaaa"),
        ("", "file", "f.ndjson"),
        ("https://[", "file", "f.ndjson"),
        ("https://a.example/search_result?keyword=x", "file", "f.ndjson"),
    ],
)
def test_how_it_was_found_is_told_by_the_tab(tab: str, found_by: str, value: str | None) -> None:
    finding = finding_of(tab, NOTE, "f.ndjson", None)
    assert (finding.found_by, finding.value) == (found_by, value)


def test_recognises_its_own_only() -> None:
    path = Path("x.ndjson")
    assert IMPORT.recognise(path, b"broken\n" + line(CARD))
    assert IMPORT.recognise(path, line({**CARD, "pad": "x" * 90_000})[:65536])
    assert not IMPORT.recognise(path, b'{"a":1}\n{"b":2}\n')
    assert not IMPORT.recognise(path, b"<html>")
    assert not IMPORT.recognise(path, b"")


def test_lines_have_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"a\r\n\n  \nb")
    assert [(one.number, one.raw, one.ended) for one in read_lines(path)] == [(1, b"a", True), (4, b"b", False)]


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 2000), put=st.binary(max_size=8))
def test_any_damage_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, cut: int, put: bytes) -> None:
    whole = line(CARD) + b"\n" + line(COMMENT) + b"\n"
    found = items(tmp_path_factory.mktemp("damage"), whole[:cut] + put + whole[cut:])
    assert found
    for item in found:
        if isinstance(item, Entry):
            reading = READER.read(capture(item.body, format=item.format, url=item.url), KEYS)
            assert reading.documents or reading.rejections


def test_a_weibo_item_goes_the_way_of_weibos_own(tmp_path: Path) -> None:
    person = {"idstr": "77", "avatar_hd": "https://a.example/CANARY.jpg"}
    data = {
        "mid": "5123456789012345",
        "text_raw": "欢迎",
        "user": person,
        "reposts_count": 0,
        "attitudes_count": 1,
        "comments_count": 2,
    }
    hidden = {**data, "mid": "5123456789012346", "visible": {"type": 6, "list_id": 0}}
    lines = [line(one, source_platform="weibo.com") for one in (data, hidden)]
    entry, stub = items(tmp_path, b"\n".join(lines) + b"\n")
    assert isinstance(entry, Entry) and stub == Stub("not_public", 2)
    assert (entry.source_id, entry.format) == ("weibo", "weibo") and b"CANARY" not in entry.body
    reading = read_capture(capture(entry.body, format="weibo", url=entry.url, source_id="weibo"), KEYS)
    assert [document.text for document in reading.documents] == ["欢迎"]
