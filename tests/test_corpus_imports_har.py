"""HAR: each answer of a browser's log is an item, nothing of what the browser sent is kept, a broken entry costs itself alone."""

import json
import resource
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import nested
from corpus.archive import Entry
from corpus.errors import UserError
from corpus.imports import Damaged, Held, Item, Stub, Taken
from corpus.imports import har as importing
from corpus.imports.har import IMPORT
from corpus.nested import Nested, NestedFault
from corpus.rednote.listings import cards_in
from tests.warcs import PLANTED, entry, har, page

HELD = Held(frozenset({"rednote"}))
URL = "https://harbour-daily.example/{}"
NOTE = "6784f0a1000000000200aaaa"
EDITH = "https://edith.xiaohongshu.com/api/sns/web/"
COMMENTS = {"success": True, "data": {"comments": [{"id": "c1", "content": "欢迎", "user_info": {"user_id": "u1"}}]}}


def items(path: Path) -> list[Item]:
    return list(IMPORT.items(path, HELD))


def read(tmp_path: Path, *given: dict[str, Any], **more: Any) -> list[Item]:
    return items(har(tmp_path / "held.har", list(given), **more))


def entries(found: list[Item]) -> list[Entry]:
    return [item.entry for item in found if isinstance(item, Taken)]


def reasons(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Stub | Damaged)]


def test_a_page_as_text_and_as_base64(tmp_path: Path) -> None:
    body = page("欢迎 One")
    found = read(
        tmp_path,
        entry(URL.format(1), body.decode()),
        entry(URL.format(2), "欢迎欢迎欢迎".encode("gbk"), "text/plain; charset=gbk"),
        entry(URL.format(3), "<p>欢迎", "text/html; charset=gbk"),
    )
    one, two, three = entries(found)
    assert (one.url, one.format, one.how, one.status, one.body) == (URL.format(1), "page", "import", 200, body)
    assert one.fetched_at == datetime(2025, 1, 14, 8, tzinfo=UTC) and one.problems == ()
    assert one.headers == (("Content-Type", "text/html; charset=utf-8"),)
    assert (one.finding.found_by, one.finding.value) == ("file", "held.har")
    assert two.body == "欢迎欢迎欢迎".encode("gbk") and two.header("Content-Type") == "text/plain; charset=gbk"
    assert three.body == "<p>欢迎".encode() and three.header("Content-Type") == "text/html; charset=utf-8"


def test_what_the_browser_sent_is_left_out_and_named(tmp_path: Path) -> None:
    answer = json.dumps({**COMMENTS, "web_session": PLANTED})
    found = read(
        tmp_path,
        entry(f"{EDITH}v2/comment/page?note_id={NOTE}&xsec_token={PLANTED}", answer, "application/json"),
        entry(
            f"{EDITH}v1/feed?sid={PLANTED}",
            answer,
            "application/json",
            method="POST",
            post=f'{{"source_note_id":"{PLANTED}"}}',
        ),
        entry(URL.format(f"?token={PLANTED}&a=1"), page("x", f'<a href="/y?access_token={PLANTED}">y</a>').decode()),
    )
    assert [one.url for one in entries(found)] == [
        f"{EDITH}v2/comment/page?note_id={NOTE}",
        f"{EDITH}v1/feed",
        URL.format("?a=1"),
    ]
    assert [one.format for one in entries(found)] == ["answer", "answer", "page"]
    assert PLANTED not in repr(found)
    taken = [item for item in found if isinstance(item, Taken)]
    assert {"cookies", "header authorization", "header cookie", "header user-agent", "header set-cookie"} <= set(
        taken[0].removed
    )
    assert "field web_session" in taken[0].removed and "parameter xsec_token" in taken[0].removed
    assert {"posted data", "parameter sid"} <= set(taken[1].removed) and "parameter access_token" in taken[2].removed


def test_what_is_only_counted(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        entry(URL.format(1), None),
        entry(URL.format(2), ""),
        entry(URL.format(3), "x", status=0),
        entry(URL.format(4), b"\x89PNG", "image/png"),
        entry(URL.format(5), page("form").decode(), method="POST"),
        entry("data:text/html,x", "x"),
        entry(URL.format(6), None, status=304),
        entry(URL.format(7), '{"a":1}', "application/json"),
        entry(URL.format(8), None, "x-unknown", status=204),
    )
    assert reasons(found) == [
        *("no_content", "no_content", "no_answer", "no_text", "not_asked_by_get", "no_web_address", "no_content"),
        *("json_of_no_known_interface", "no_content"),
    ]


def test_a_redirect_what_is_gone_and_what_came_from_the_cache(tmp_path: Path) -> None:
    found = entries(
        read(
            tmp_path,
            entry(URL.format(1), None, status=302, headers=[("Location", "/2")]),
            entry(URL.format(2), "gone", status=404),
            entry(URL.format(3), page("x").decode(), status=304),
        )
    )
    assert [(one.status, one.header("Location"), one.problems) for one in found] == [
        (302, "/2", ()),
        (404, None, ()),
        (200, None, ("from_cache",)),
    ]


def test_how_a_notes_answer_was_found(tmp_path: Path) -> None:
    pages = (
        {"id": "page_1", "title": "https://www.xiaohongshu.com/search_result?keyword=TikTok%20refugee&source=web"},
        {"id": "page_2", "title": "A page"},
    )
    answer = json.dumps(COMMENTS)
    found = entries(
        read(
            tmp_path,
            entry(
                f"{EDITH}v1/search/notes",
                answer,
                "application/json",
                method="POST",
                post='{"keyword":"猫税","sort":"general"}',
            ),
            entry(f"{EDITH}v2/comment/page", answer, "application/json"),
            entry(f"{EDITH}v2/comment/page?a=1", answer, "application/json", pageref="page_2"),
            entry(f"{EDITH}v1/search/notes?b=1", answer, "application/json", method="POST", post="{", pageref=None),
            pages=pages,
        )
    )
    assert [(one.finding.found_by, one.finding.value, one.finding.sort_order) for one in found] == [
        ("query", "猫税", "general"),
        ("query", "TikTok refugee", None),
        ("file", "held.har", None),
        ("file", "held.har", None),
    ]


def test_what_a_profile_lists_is_taken_and_read(tmp_path: Path) -> None:
    note = {"note_id": NOTE, "type": "video", "display_title": "Cats", "user": {"user_id": "u9", "nickname": "n"}}
    listed = json.dumps({"success": True, "data": {"notes": [{**note, "xsec_token": PLANTED}], "cursor": "c"}})
    (kept,) = entries(read(tmp_path, entry(f"{EDITH}v1/user_posted?user_id=u9", listed, "application/json")))
    assert (kept.format, kept.source_id) == ("answer", "rednote") and PLANTED.encode() not in kept.body
    assert dict(cards_in(json.loads(kept.body)["data"])) == {NOTE: note}


def test_posts_that_are_not_public_are_counted(tmp_path: Path) -> None:
    status = {"id": "1", "uri": "https://m.example/1", "content": "<p>hi</p>", "account": {"id": "9", "acct": "a"}}
    given = [{**status, "visibility": name} for name in ("public", "private", "direct")]
    (taken,) = read(tmp_path, entry("https://m.example/api/v1/timelines/tag/x", json.dumps(given), "application/json"))
    assert isinstance(taken, Taken) and taken.removed.count("post not public") == 2
    assert [one["visibility"] for one in json.loads(taken.entry.body)] == ["public"]


def test_a_header_whose_name_may_be_a_value_is_not_named(tmp_path: Path) -> None:
    given = entry(URL.format(1), page("A"))
    given["request"]["headers"].append({"name": f"Cookie: {PLANTED}", "value": "x"})
    (taken,) = read(tmp_path, given)
    assert isinstance(taken, Taken) and "header without a plain name" in taken.removed
    assert PLANTED.lower() not in str(taken.removed).lower()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("[]", "not_an_entry"),
        ("null", "not_an_entry"),
        ('{"request":{"url":"https://a.example/","method":"GET"},"response":{"status":true}}', "not_an_entry"),
        ('{"a":1,"a":2}', "json_duplicate_key"),
        ('{"a":NaN}', "json_not_finite"),
        ('{"a":undefined}', "json_syntax"),
        ("[" * 200 + "]" * 200, "json_too_deep"),
    ],
)
def test_a_broken_entry_costs_itself_alone(tmp_path: Path, broken: str, reason: str) -> None:
    whole = json.dumps(entry(URL.format(1), "<html>1"))
    path = tmp_path / "a.har"
    path.write_text(
        f'\ufeff{{"log":{{"version":"1.2","entries":[{whole},\n{broken} , {whole}],"x":1}}}}\n', encoding="utf-8"
    )
    found = items(path)
    assert len(entries(found)) == 2
    (damaged,) = [item for item in found if isinstance(item, Damaged)]
    assert damaged.reason == reason and path.read_bytes()[damaged.position :].startswith(broken.encode())


def test_base64_that_is_none(tmp_path: Path) -> None:
    bad = entry(URL.format(1), b"x")
    bad["response"]["content"]["text"] = "###"
    assert reasons(read(tmp_path, bad, entry(URL.format(2), "<html>2"))) == ["base64_faulty"]


def test_a_file_cut_anywhere_keeps_what_was_whole_and_no_secret(tmp_path: Path) -> None:
    answer = json.dumps({"data": {"comments": [{"web_session": PLANTED}]}})
    given = [
        entry(
            f"{EDITH}v2/comment/page?note_id={NOTE}&xsec_token={PLANTED}",
            answer,
            "application/json",
            post=f'{{"a":"{PLANTED}"}}',
        ),
        entry(URL.format(2), page("Two").decode()),
    ]
    whole = har(tmp_path / "a.har", given).read_bytes()
    known = [(one.url, one.body) for one in entries(items(tmp_path / "a.har"))]
    path = tmp_path / "b.har"
    seen = set()
    for cut in range(0, len(whole), 3):
        path.write_bytes(whole[:cut])
        try:
            found = items(path)
        except UserError as error:
            assert "next: export it anew" in str(error)
            continue
        got = [(one.url, one.body) for one in entries(found)]
        assert got == known[: len(got)] and isinstance(found[-1], Damaged) and found[-1].reason == "har_cut"
        assert {item.reason for item in found if isinstance(item, Damaged)} <= {"entry_cut", "har_cut"}
        assert PLANTED.encode() not in b"".join(item.raw for item in found if isinstance(item, Damaged))
        seen.add(len(got))
    assert seen == {0, 1, 2}


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"log":{}}', b'{"log":[]}', b'{"log":{"entries":{}}}', b"\xff\xfe{", b'{"log"']
)
def test_what_is_no_har(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.har"
    path.write_bytes(data)
    assert IMPORT.recognise(path, data)
    with pytest.raises(UserError, match=r"(?s)is no HAR file.*next: "):
        items(path)


def test_it_knows_its_files(tmp_path: Path) -> None:
    path = har(tmp_path / "a.json", [], indent=2)
    assert IMPORT.recognise(path, path.read_bytes()) and not IMPORT.recognise(tmp_path / "b.json", b'{"log": 1}')
    assert items(path) == []


def test_an_entry_beyond_the_limit_is_told_and_a_film_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_ENTRY_LIMIT", 5_000)
    found = read(
        tmp_path,
        entry(URL.format(1), "x" * 20_000),
        entry(URL.format(2), b"x" * 20_000, "video/mp4"),
        entry(URL.format(3), "<html>3"),
    )
    assert reasons(found) == ["entry_too_long", "no_text"] and len(entries(found)) == 1
    assert [item.raw for item in found if isinstance(item, Damaged)] == [b""]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    body = page("x", "欢迎 " * 20_000).decode()
    path = tmp_path / "large.har"
    one = json.dumps(entry(URL.format(1), body))
    with path.open("w") as file:
        file.write('{"log":{"entries":[' + one)
        for _ in range(150):
            file.write("," + one)
        file.write("]}}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in IMPORT.items(path, HELD)) == 151
    assert path.stat().st_size > 20 << 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 12 << 10, "KiB"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(alphabet='a"\\[]{},:欢\n', max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet='lo"g\\', max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=5), _JSON, st.integers(1, 40), st.booleans())
def test_elements_come_out_as_they_are_in_pieces_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, listed: list[Any], beside: Any, size: int, is_indented: bool
) -> None:
    path = tmp_path_factory.mktemp("nested") / "a.json"
    value = {"a": beside, "log": {"b": beside, "entries": listed, "c": beside}, "d": beside}
    path.write_text(json.dumps(value, indent=1 if is_indented else None, ensure_ascii=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nested, "_PIECE", size)
        found = [line for _, line in Nested(path, "log", ("entries",), 1 << 20).elements()]
        raw = path.read_bytes()
        assert [json.loads(line.raw) for line in found] == listed
        assert all(raw[line.number :].startswith(line.raw) and line.ended for line in found)
        path.write_bytes(raw[:-1])
        with pytest.raises(NestedFault):
            list(Nested(path, "log", ("entries",), 1 << 20).elements())


def test_json_of_every_kind_of_fault(shared: Path, tmp_path: Path) -> None:
    """As an entry, and as the answer within one: never a crash, every item accounted for."""
    files = sorted((shared / "data" / "cases" / "json").rglob("*.json"))
    assert len(files) > 300
    path = tmp_path / "a.har"
    good = json.dumps(entry(URL.format(1), "<html>1")).encode()
    for file in files:
        path.write_bytes(b'{"log":{"entries":[' + good + b"," + file.read_bytes() + b"," + good + b"]}}")
        found = items(path)
        assert entries(found) and len(found) >= 2, file.name
        answer = entry(f"{EDITH}v2/comment/page", file.read_bytes() + b'"comments"', "application/json")
        (item,) = read(tmp_path, answer)
        assert isinstance(item, Taken | Stub)
