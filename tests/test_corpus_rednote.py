"""The RedNote reader: one document whichever the shape, nothing of a person, and no exception for any bytes."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.readers.rednote import READER
from corpus.records import Capture, Finding, Reading
from corpus.rednote.collected import safe_finding
from corpus.rednote.items import moment, native_id, shape_of, without_tokens
from corpus.rednote.pages import state_of
from corpus.rednote.refusals import note_id_in, refusal_of, visible_text
from tests.captured import KEYS, RECORDED, capture, plain, recorded_capture

NOTE = "6784f0a1000000000203abcd"
CASES = sorted((RECORDED / "rednote").iterdir())


def read(case: str) -> Reading:
    return READER.read(recorded_capture(RECORDED / "rednote" / case), KEYS)


def item(data: Any, **known: Any) -> Capture:
    body = json.dumps({"source_platform": "xiaohongshu.com", "data": data})
    return capture(body, format="zeeschuimer", url=f"https://www.xiaohongshu.com/explore/{NOTE}", **known)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recorded(case: Path) -> None:
    found = recorded_capture(case)
    assert READER.accepts(found)
    assert plain(READER.read(found, KEYS)) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_of_a_person_leaves_the_reader(case: Path) -> None:
    told = json.dumps(plain(READER.read(recorded_capture(case), KEYS)), ensure_ascii=False)
    for raw in ("5f00000000", "SynUser", "Syn Friend", "@S9", "@other", "xsec_token=", "media.example.org"):
        assert raw not in told


def test_one_note_is_one_document_in_every_shape() -> None:
    shapes = ("card", "card_from_search", "profile_video", "note_state", "html_tile", "page_state", "page_markup")
    posts = [document for case in shapes for document in read(case).documents if document.kind == "post"]
    assert {document.id for document in posts} == {KEYS.document("rednote", NOTE)}
    assert {document.url for document in posts} == {f"https://www.xiaohongshu.com/explore/{NOTE}"}
    keyed = {case: read(case).documents[0].author_key for case in shapes}
    assert (
        keyed["card"]
        == keyed["note_state"]
        == keyed["page_state"]
        == KEYS.author("rednote", "5f0000000000000000000001")
    )
    assert keyed["html_tile"] == keyed["page_markup"] == KEYS.author("rednote", "name:SynUser")


def test_a_users_undefined_is_kept() -> None:
    note, first, second = read("page_state").documents
    assert "我叫 undefined" in note.text
    assert first.text == "Teach me “undefined” in Chinese"
    assert second.text == '未定义 {哈哈} "];'
    assert [document.is_thread_author for document in (first, second)] == [False, True]


def test_replies_know_what_they_answer() -> None:
    root, reply, deeper = read("comment_with_replies").documents
    note = KEYS.document("rednote", NOTE)
    assert [root.reply_to, reply.reply_to, deeper.reply_to] == [note, root.id, reply.id]
    assert {root.thread_id, reply.thread_id, deeper.thread_id} == {note}


def test_null_zero_and_ten_or_more_differ() -> None:
    (seen,) = read("card").observations
    assert (seen.likes.value, seen.likes.low, seen.likes.high) == (12000, 11500, 12499)
    assert (seen.collects.value, seen.collects.low, seen.collects.high) == (None, 10, None)
    assert (seen.comments.value, seen.comments.low) == (0, 0)
    assert (seen.shares.value, seen.shares.low, seen.shares.raw) == (None, None, "分享")


def test_a_relative_time_is_no_date() -> None:
    (note,) = read("card_from_search").documents
    assert note.published_at is None and note.published_raw == "昨天 22:27" and "no_time" in note.flags


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("page_deleted", "gone"),
        ("redirect_without_token", "unknown"),
        ("redirect_with_token", "gone"),
        ("login_wall", "blocked"),
        ("captcha", "blocked"),
        ("tile_stub", "stub"),
    ],
)
def test_what_shows_nothing_is_told_apart(case: str, reason: str) -> None:
    reading = read(case)
    assert [rejection.reason for rejection in reading.rejections] == [reason]
    assert not reading.documents
    if reason != "stub":
        (seen,) = reading.observations
        assert seen.state == reason and seen.evidence and seen.document_id == KEYS.document("rednote", NOTE)


def test_words_of_a_wall_within_a_note_are_its_text() -> None:
    data = {"id": NOTE, "note": {"noteId": NOTE, "title": "安全验证", "desc": "该笔记已被删除？登录后……", "user": {}}}
    page = f"<script>window.__INITIAL_STATE__={json.dumps({'note': {'noteDetailMap': {NOTE: data}}})}</script>"
    for found in (capture(page, url=f"https://www.rednote.com/explore/{NOTE}"), item(data)):
        reading = READER.read(found, KEYS)
        assert [document.title for document in reading.documents] == ["安全验证"] and not reading.rejections


def test_only_the_note_of_the_address_counts() -> None:
    note = {"noteId": "a" * 24, "title": "another"}
    page = f"window.__INITIAL_STATE__={json.dumps({'note': {'noteDetailMap': {'a' * 24: {'note': note}}}})}"
    reading = READER.read(capture(page, url=f"https://www.xiaohongshu.com/explore/{NOTE}"), KEYS)
    assert [rejection.reason for rejection in reading.rejections] == ["other_note"]


def test_a_page_cannot_pass_fields_of_its_own() -> None:
    data = {"id": NOTE, "note": {"noteId": NOTE, "title": "t", "_times": {"id": "x"}, "times": 1}}
    assert READER.read(item(data), KEYS).documents[0].id == KEYS.document("rednote", NOTE)


def test_accepts_what_is_of_the_platform() -> None:
    body = b"<script>window.__INITIAL_STATE__={note:{noteDetailMap:{}}}</script>"
    assert READER.accepts(capture(b"", url="https://www.rednote.com/explore/1"))
    assert READER.accepts(capture(body))
    assert not READER.accepts(capture(body, url="https://harbour-daily.example/1", source_id="harbour-daily"))
    assert not READER.accepts(capture(b"", url="https://notxiaohongshu.com/explore/1", source_id="files"))
    assert not READER.accepts(capture(b"", url="https://xiaohongshu.com/robots.txt", format="robots"))


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        ({}, "stub"),
        ({"note": {}}, "stub"),
        ({"note_card": {"a": 1}}, "card"),
        ({"sub_comment_count": "0"}, "comment"),
        ({"content": "x", "noteId": "1"}, "comment"),
        ({"user": {"a": 1}}, "profile"),
        ({"_zs-origin": "html"}, "html"),
        ([], "unknown"),
    ],
)
def test_shapes(data: Any, shape: str) -> None:
    assert shape_of(data) == shape


def test_ids_and_times() -> None:
    assert [native_id(value) for value in ("", "null", "undefined", None, 5, "a b", "é", "a" * 65)] == [None] * 8
    assert native_id(NOTE) == NOTE
    assert str(moment(1736926500000)) == str(moment("1736926500")) == "2025-01-15 07:35:00+00:00"
    assert [moment(value) for value in (0, -1, True, "x", 10**30, None, [])] == [None] * 7
    assert note_id_in(f"https://x/404?redirectPath=https%253A%252F%252Fy%252Fexplore%252F{NOTE}%253Fa") == NOTE
    assert note_id_in("https://www.xiaohongshu.com/explore") is None


def test_tokens_go_and_the_rest_of_an_address_stays() -> None:
    assert without_tokens("看 https://x/e?a=1&xsec_token=AB%3D&xsec_source=pc，好") == "看 https://x/e?a=1，好"
    assert without_tokens("really? yes") == "really? yes"


def test_an_account_is_told_by_its_pseudonym_only() -> None:
    made = safe_finding(Finding("account", "5f0001"), KEYS)
    assert made.value == KEYS.author("rednote", "5f0001") and safe_finding(made, KEYS) == made
    linked = safe_finding(Finding("link", "https://www.xiaohongshu.com/user/profile/5f0001?x=1"), KEYS)
    assert linked == made
    assert safe_finding(Finding("query", "猫税"), KEYS).value == "猫税"
    note = Finding("link", f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=SYN%3D&xsec_source=pc_feed")
    assert safe_finding(note, KEYS).value == f"https://www.xiaohongshu.com/explore/{NOTE}"


def test_visible_text_leaves_scripts_out() -> None:
    assert visible_text("a<script>b</script>c<STYLE>d</style>e<script>f") == "ace"
    assert refusal_of("https://x/", None, 200, visible_text("<script>安全验证</script>")) is None


def test_a_state_behind_a_broken_one_is_found() -> None:
    assert state_of("window.__INITIAL_STATE__={a: window.__INITIAL_STATE__={b:1}") == ({"b": 1}, False)
    assert state_of("window.__INITIAL_STATE__={a:") == (None, True)
    reading = READER.read(capture("window.__INITIAL_STATE__={a: noteDetailMap"), KEYS)
    assert [rejection.reason for rejection in reading.rejections] == ["state_unreadable"]


NAMES = (
    *("id", "note_id", "noteId", "note", "note_card", "user", "user_info", "user_id", "nickname", "title", "desc"),
    *("content", "time", "create_time", "type", "interact_info", "liked_count", "comments", "list", "sub_comments"),
    *("sub_comment_count", "tag_list", "at_users", "target_comment", "_zs-origin", "author_name", "author_url", "url"),
    *("corner_tag_info", "noteDetailMap", "show_tags", "ip_location"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


def accounted(reading: Reading) -> bool:
    ids = [document.id for document in reading.documents]
    return bool(reading.documents or reading.rejections) and len(ids) == len(set(ids))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON)
def test_any_item_is_accounted_for(data: Any) -> None:
    assert accounted(READER.read(item(data), KEYS))
    page = f"<p>x</p><script>window.__INITIAL_STATE__={json.dumps({'note': {'noteDetailMap': {NOTE: data}}})}</script>"
    assert accounted(READER.read(capture(page), KEYS))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from(["page", "zeeschuimer"]),
    st.sampled_from(["", "window.__INITIAL_STATE__=", '{"data":']),
)
def test_any_bytes_are_accounted_for(body: bytes, form: str, before: str) -> None:
    url = f"https://www.xiaohongshu.com/explore/{NOTE}"
    assert accounted(READER.read(capture(before.encode() + body, format=form, url=url), KEYS))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4000), st.integers(0, 255))
def test_a_damaged_page_is_accounted_for(position: int, value: int) -> None:
    case = RECORDED / "rednote" / "page_state"
    body = bytearray((case / "input.html").read_bytes())
    body[position % len(body)] = value
    url = f"https://www.xiaohongshu.com/explore/{NOTE}"
    assert accounted(READER.read(capture(bytes(body), url=url), KEYS))
    assert accounted(READER.read(capture(bytes(body[:position]), url=url), KEYS))
