"""Weibo: one document for every interface, what is lost as a state, nothing of a person, and imports that count everything."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.imports import Damaged, Held, Stub, Taken
from corpus.imports.weibo import IMPORT
from corpus.imports.zeeschuimer import IMPORT as ZEESCHUIMER
from corpus.posts.weibo import is_status, lost, mid_in, moment_of, number_of, statuses_in, topics_of, words_of
from corpus.readers.weibo import READER
from corpus.recognition import find
from tests.captured import KEYS, RECORDED, capture, plain, recorded_capture
from tests.hostile import hostile

CASES = sorted((RECORDED / "weibo").iterdir())
POST: dict[str, Any] = json.loads((RECORDED / "weibo" / "mobile_post" / "input.json").read_text("utf-8"))
HELD = Held(frozenset({"weibo"}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recorded(case: Path) -> None:
    found = recorded_capture(case)
    assert READER.accepts(found)
    told = plain(READER.read(found, KEYS))
    assert told == json.loads((case / "expected.json").read_text(encoding="utf-8"))
    shown = json.dumps(told, ensure_ascii=False)
    for raw in ("SynWeibo", "SynTwo", "虚构用户", "SynFriend", "10000000", "wx.example", "tvax"):
        assert raw not in shown


def test_a_post_is_one_document_in_every_form() -> None:
    found = {
        READER.read(recorded_capture(RECORDED / "weibo" / case), KEYS).documents[-1].id
        for case in ("mobile_post", "page_state", "repost")
    }
    assert found == {KEYS.document("weibo", "5122000000000001")}
    (lost_one,) = READER.read(recorded_capture(RECORDED / "weibo" / "page_lost"), KEYS).observations
    assert lost_one.document_id in found


def write(path: Path, *values: Any) -> Path:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), encoding="utf-8")
    return path


def kept(path: Path) -> list[bytes]:
    return [item.entry.body for item in IMPORT.items(path, HELD) if isinstance(item, Taken)]


def test_lines_lists_answers_and_zeeschuimer_give_the_same_items(tmp_path: Path) -> None:
    other = {**POST, "id": "5122000000000002", "mid": "5122000000000002"}
    (whole := tmp_path / "list.json").write_text(json.dumps([POST, other]), encoding="utf-8")
    wrapped = [
        {"source_platform": "weibo.com", "timestamp_collected": 1736930000123, "data": one} for one in (POST, other)
    ]
    paths = [
        write(tmp_path / "lines.ndjson", POST, other),
        whole,
        write(
            tmp_path / "answer.ndjson",
            {"ok": 1, "data": {"cards": [{"mblog": POST}, {"card_group": [{"mblog": other}]}]}},
        ),
        write(tmp_path / "tool.ndjson", *wrapped),
    ]
    # What Zeeschuimer recorded is asked of its own kind first: among Weibo's items may be others.
    assert [find(path)[0][0].kind for path in paths] == ["weibo", "weibo", "weibo", "zeeschuimer"]
    assert len({tuple(kept(path)) for path in paths}) == 1 and len(kept(paths[0])) == 2
    taken = [item for item in ZEESCHUIMER.items(paths[3], HELD) if isinstance(item, Taken)]
    read = [READER.read(capture(item.entry.body, format="weibo", source_id="weibo"), KEYS).documents for item in taken]
    assert read == [
        READER.read(capture(body, format="weibo", source_id="weibo"), KEYS).documents for body in kept(paths[0])
    ]


def test_what_an_import_counts(tmp_path: Path) -> None:
    path = write(
        tmp_path / "posts.ndjson",
        POST,
        {**POST, "visible": {"type": 10}},
        {"ok": 1, "data": {"cards": []}},
        {"source_platform": "x.com", "data": POST},
        {"neither": 1},
    )
    path.write_bytes(path.read_bytes() + b'{"cut":')
    first, *others = IMPORT.items(path, HELD)
    assert isinstance(first, Taken) and first.entry.format == "weibo" and first.entry.source_id == "weibo"
    assert b"profile_image_url" not in first.entry.body and first.removed == ("field profile_image_url",)
    assert not first.shape.missing and not first.shape.unknown
    reasons = [one.reason for one in others if isinstance(one, Stub | Damaged)]
    assert reasons == ["not_public", "empty_answer", "other_platform", "not_an_item", "line_cut"]
    drifted = write(
        tmp_path / "new.ndjson", {**{k: v for k, v in POST.items() if k != "reposts_count"}, "brand_new": 1}
    )
    (item,) = IMPORT.items(drifted, HELD)
    assert isinstance(item, Taken) and item.shape.missing == ("repostscount",) and item.shape.unknown == ("brand_new",)


@pytest.mark.parametrize(
    ("url", "mid"),
    [
        ("https://m.weibo.cn/status/K3fnuEfZK", "4607741009594608"),
        ("https://m.weibo.cn/detail/4607741009594608?x=1", "4607741009594608"),
        ("https://weibo.com/1234567890/K3fnuEfZK", "4607741009594608"),
        ("https://weibo.com/u/1234567890", None),
        ("https://weibo.example/1234567890/K3fnuEfZK", None),
        ("http://[", None),
    ],
)
def test_addresses(url: str, mid: str | None) -> None:
    assert mid_in(url) == mid


@pytest.mark.parametrize("raw", ["5分钟前", "昨天 22:27", "06-27", "", None, 5, "Tue Foo 14 10:00:00 +0800 2025", "Tue Jan 99 10:00:00 +0800 2025", "Tue Jan 14 10:00:00 +9999 2025"])  # fmt: skip
def test_times_that_are_none(raw: Any) -> None:
    assert moment_of(raw) is None


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("抱歉，此微博已被作者删除。查看帮助：", "gone"),
        ("该账号因被投诉违反法律法规和《微博社区公约》的相关规定，现已无法查看。", "gone"),
        ("抱歉，作者已设置仅展示半年内微博，此微博已不可见。", "private"),
        ("抱歉，由于作者设置，你暂时没有这条微博的查看权限哦。", "private"),
        ("根据博主设置，此内容无法访问", "private"),
        ("欢迎", None),
    ],
)
def test_what_became_of_a_post(text: str, state: str | None) -> None:
    found = lost({"id": "5122000000000001", "text": text, "user": None})
    assert (found[0] if found else None) == state
    assert lost({**POST, "text": text}) is None, "who quotes the remark has a post of their own"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"text_raw": "I <3 you and a<b and then c>d end"}, "I <3 you and a<b and then c>d end"),
        ({"text_raw": "1 &lt; 2 <3"}, "1 < 2 <3"),
        ({"text_raw": 'hi <a href="https://m.example/">#猫税#</a><br/>there'}, "hi #猫税#\nthere"),
        ({"text": "I &lt;3 you<br />and <span class='x'>me</span>"}, "I <3 you\nand me"),
        ({"text_raw": "short", "longTextContent": "long<br>text"}, "long\ntext"),
    ],
)
def test_what_is_markup(status: dict[str, Any], words: str) -> None:
    assert words_of(status)[0] == words


@pytest.mark.parametrize(
    ("status", "topics"),
    [
        ({}, ("猫税", "欢迎")),
        ({"topic_struct": [{"topic_title": "猫税"}, {"topic_title": ""}]}, ("猫税",)),
        ({"url_struct": [{"url_title": "#两个 字#"}, {"url_title": "网页链接"}], "topic_struct": None}, ("两个 字",)),
    ],
)
def test_topics(status: dict[str, Any], topics: tuple[str, ...]) -> None:
    assert topics_of(status, "排名#1 的 #猫税# 好 #欢迎#[超话] ## # #") == topics


def test_what_the_researcher_did_is_not_archived(tmp_path: Path) -> None:
    user = {**POST["user"], "following": True, "follow_me": True, "remark": "CANARY"}
    passed_on = {**POST, "id": "5122000000000003", "mid": "5122000000000003", "user": user, "favorited": True}
    status = {**POST, "favorited": True, "attitudes_status": 1, "user": user, "retweeted_status": passed_on}
    (taken,) = [one for one in IMPORT.items(write(tmp_path / "a.ndjson", status), HELD) if isinstance(one, Taken)]
    for name in (b"favorited", b"attitudes_status", b"following", b"follow_me", b"remark", b"CANARY"):
        assert name not in taken.entry.body
    assert b"attitudes_count" in taken.entry.body and b"5122000000000003" in taken.entry.body
    assert {"field favorited", "field attitudes_status", "field following", "field follow_me"} <= set(taken.removed)


def test_comments_are_no_posts() -> None:
    assert not is_status({**POST, "rootid": 1})
    assert is_status(POST) and not is_status({**POST, "mid": 5, "id": None, "bid": ""})


@given(st.text("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ#", max_size=14))
def test_ids_of_letters(short: str) -> None:
    found = number_of(short)
    assert found is None or found.isdecimal()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just("<img alt=x><br>"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*POST, "retweeted_status", "page_info", "pic_infos", "pic_ids", "longText", "deleted"]), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*POST, "retweeted_status", "page_info", "pic_infos", "pic_ids", "longText", "deleted", "visible"]), _JSON))  # fmt: skip
def test_no_exception_for_any_status(changes: dict[str, Any]) -> None:
    for value in ({**POST, **changes}, {**POST, "retweeted_status": {**POST, **changes}}, changes):
        reading = READER.read(capture(json.dumps(value), format="weibo", source_id="weibo"), KEYS)
        assert reading.documents or reading.rejections
        page = f"<script>var $render_data = [{json.dumps({'status': value})}][0] || {{}};</script>"
        reading = READER.read(capture(page, url="https://m.weibo.cn/status/5122000000000001"), KEYS)
        assert reading.documents or reading.rejections


@given(
    st.binary(max_size=300), st.sampled_from(["page", "answer", "weibo"]), st.sampled_from([200, 302, 404, 432, 503, 0])
)
def test_no_exception_for_any_bytes(body: bytes, form: str, status: int) -> None:
    for data in (body, b"<script>var $render_data = [" + body):
        found = capture(data, format=form, status=status, url="https://m.weibo.cn/status/K3fnuEfZK", source_id="weibo")
        reading = READER.read(found, KEYS)
        assert reading.documents or reading.rejections


def test_hostile_texts_and_addresses() -> None:
    for text in (
        "<a" * 50_000,
        "<img alt=" * 20_000,
        "#" * 100_000,
        "//@" * 30_000,
        "<p>" * 3000 + "x",
        "\ud800全文</a>",
    ):
        words_of({"text": text})
        READER.read(capture(json.dumps({**POST, "text": text}), format="weibo", source_id="weibo"), KEYS)
    for url in [*hostile(80), "http://["]:
        READER.accepts(capture("", url=url))
        READER.read(capture("", url=url, source_id="weibo"), KEYS)
    deep: Any = POST
    for _ in range(100):
        deep = [deep]
    assert len(statuses_in(deep)) == 1


def test_every_case_of_json_and_every_naughty_string_is_counted(shared: Path, tmp_path: Path) -> None:
    counted: Counter[str] = Counter()
    for case in sorted((shared / "data" / "cases" / "json").rglob("*.json")):
        (path := tmp_path / "x.ndjson").write_bytes(json.dumps(POST).encode() + b"\n" + case.read_bytes())
        counted.update(type(item).__name__ for item in IMPORT.items(path, HELD))
        reading = READER.read(capture(case.read_bytes(), format="weibo"), KEYS)
        assert reading.documents or reading.rejections
    assert counted["Damaged"] > 200
    strings = json.loads(next((shared / "data" / "cases" / "strings").rglob("blns.json")).read_text("utf-8"))
    path = write(tmp_path / "strings.ndjson", *({**POST, "text": text, "region_name": text} for text in strings))
    bodies = kept(path)
    assert len(bodies) == len(strings)
    for body in bodies:
        assert READER.read(capture(body, format="weibo", source_id="weibo"), KEYS).documents
