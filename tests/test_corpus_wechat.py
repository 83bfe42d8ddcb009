"""The WeChat reader: the article however it hides, one id for its addresses, and what stands where it was."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.readers.wechat import READER, address_of
from tests.captured import KEYS, RECORDED, capture, plain, recorded_capture
from tests.hostile import hostile

CASES = sorted((RECORDED / "wechat").iterdir())
LONG = "https://mp.weixin.qq.com/s?__biz=MzSYNTHETIC0==&mid=2650000001&idx=2&sn=0011aabb"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recorded(case: Path) -> None:
    found = recorded_capture(case)
    assert READER.accepts(found)
    told = plain(READER.read(found, KEYS))
    assert told == json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert "SECRET" not in json.dumps(told), "what is of the visitor stays out"


def test_an_article_its_saved_page_and_its_removal_are_one_document() -> None:
    found: set[str] = set()
    for case in ("article", "saved_page", "deleted", "withheld", "verification"):
        reading = READER.read(recorded_capture(RECORDED / "wechat" / case), KEYS)
        found |= {one.id for one in reading.documents} | {one.document_id for one in reading.observations}
    assert found == {KEYS.document("wechat", "MzSYNTHETIC0==/2650000001/2")}


@pytest.mark.parametrize(
    ("url", "plain_url"),
    [
        (LONG + "&chksm=1&scene=2&key=a&uin=b&pass_ticket=c&sessionid=d#rd", LONG),
        (
            "http://mp.weixin.qq.com/mp/appmsg/show?__biz=MzSYNTHETIC0==&appmsgid=2650000001&itemidx=2&sign=0011aabb",
            LONG,
        ),
        (LONG.replace("&", "&amp;"), LONG),
        ("https://mp.weixin.qq.com/s/Abc?scene=25&poc_token=x", "https://mp.weixin.qq.com/s/Abc"),
    ],
)
def test_addresses(url: str, plain_url: str) -> None:
    found, wanted = address_of(url), address_of(plain_url)
    assert found == wanted and found is not None and wanted is not None
    assert address_of(found.url) == found


@pytest.mark.parametrize(
    ("script", "at"),
    [
        ('var ct = "1736926500";', "2025-01-15T07:35:00+00:00"),
        ("var ct='1736926500' || ''", "2025-01-15T07:35:00+00:00"),
        ("var svr_time = \"1737000000\"; var oriCreateTime = '1736926500';", "2025-01-15T07:35:00+00:00"),
        ("window.cgiDataNew = {ori_create_time: JsDecode('1736926500') * 1}", "2025-01-15T07:35:00+00:00"),
        ('var create_time = "1736926500" * 1;', "2025-01-15T07:35:00+00:00"),
        ("var createTime = '2025-01-15 15:35';", "2025-01-15T07:35:00+00:00"),
        ("create_time: JsDecode('2025-01-15 15:35'),", "2025-01-15T07:35:00+00:00"),
        ('var publish_time = "2025-01-15" || "";', "2025-01-14T16:00:00+00:00"),
        ('var ct = "1999999999"; var publish_time = "2025-01-15"', "2025-01-14T16:00:00+00:00"),
        ("</script><em id=publish_time>2025年01月15日 15:35</em><script>", "2025-01-15T07:35:00+00:00"),
        ('var ct = ""; var svr_time = "1737000000";', None),
    ],
)
def test_dates_of_every_generation_of_the_page(script: str, at: str | None) -> None:
    page = f"<script>{script}</script><h1 id=activity-name>T</h1><div id=js_content>文章正文在这里。</div>"
    (document,) = READER.read(capture(page, url=LONG), KEYS).documents
    assert (document.published_at.isoformat() if document.published_at else None) == at
    assert ("no_time" in document.flags) == (at is None)


def test_an_article_about_removal_is_no_removal() -> None:
    page = "<h1 id=activity-name>T</h1><div id=js_content>打开后只见：该内容已被发布者删除。环境异常。</div>"
    assert READER.read(capture(page, url=LONG), KEYS).documents


def test_other_pages_are_left_to_others() -> None:
    assert not READER.accepts(capture("<p>x</p>", url="https://harbour-daily.example/1", source_id="harbour-daily"))
    assert not READER.accepts(capture("<p>x</p>", source_id="files"))
    assert not READER.accepts(capture("{}", url=LONG, format="answer"))


@given(st.binary(max_size=400), st.sampled_from(sorted({200, 0, 302, 404, 503})))
def test_no_exception_for_any_bytes(body: bytes, status: int) -> None:
    frame = b"<script>var ct='1736926500';var biz='" + body + b"'</script><div id=js_content>" + body + b"</div>"
    for data in (body, frame):
        reading = READER.read(capture(data, url=LONG, source_id="wechat", status=status), KEYS)
        assert reading.documents or reading.rejections


def test_no_exception_for_any_address() -> None:
    for url in [
        *hostile(80),
        *(f"{LONG}&target_url={one}" for one in hostile(80)),
        LONG + "\udc80&mid=\udc80",
        "http://[",
    ]:
        address_of(url)
        READER.read(capture("<p>该内容已被发布者删除</p>", url=url, source_id="wechat"), KEYS)


def test_hostile_markup() -> None:
    for page in (
        "<div id=js_content>" * 3000 + "x",
        "<div id=js_content><img data-src=x data-w=1e999 data-ratio=nan><img data-src=y data-w=-5 data-ratio=99999>",
        "<div id=js_content><img data-src=a data-w=999999 data-ratio=999999.9>x",
        "<script id=activity-name>alert(1)</script><div id=js_content>text",
        "<svg id=js_content><![CDATA[<p>]]></svg>",
        "<meta property=og:url content='https://mp.weixin.qq.com/s?__biz=\x00&mid=x&idx=y'><div id=js_content>x",
        "<script>" + 'var nickname = "' + "\\" * 5000 + "</script><div id=js_content>y",
        "<script>" + "ct=''||" * 50_000 + "</script><div id=js_content>z",
    ):
        reading = READER.read(capture(page, url="urn:huanying:file:x.html"), KEYS)
        assert reading.documents or reading.rejections
        assert all(medium.width is None or medium.width > 0 for medium in reading.media)
