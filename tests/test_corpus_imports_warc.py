"""WARC files of other tools: what becomes an item, what is only counted, what is quarantined."""

import gzip
import json
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from corpus import foreign
from corpus.archive import Entry
from corpus.errors import UserError
from corpus.imports import Damaged, Held, Item, Stub, Taken
from corpus.imports.warc import IMPORT
from tests.warcs import PLANTED, http, members, page, record, request, response, sha1, warcinfo

HELD = Held(frozenset({"rednote"}))
URL = "https://harbour-daily.example/{}"
NOTE = "https://www.xiaohongshu.com/explore/6784f0a1000000000200aaaa"
ANSWER = "https://edith.xiaohongshu.com/api/sns/web/v2/comment/page?note_id=6784f0a1000000000200aaaa&cursor="


def items(path: Path, *records: bytes, held: Held = HELD) -> list[Item]:
    file = path / "held.warc.gz"
    file.write_bytes(members(*records))
    return list(IMPORT.items(file, held))


def one(path: Path, *records: bytes) -> Taken:
    (found,) = items(path, *records)
    assert isinstance(found, Taken), found
    return found


def entries(found: list[Item]) -> list[Entry]:
    return [item.entry for item in found if isinstance(item, Taken)]


def reasons(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Stub | Damaged)]


def test_a_page_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    found = one(
        tmp_path, warcinfo(), request(URL.format(1)), response(URL.format(1), page("One"), headers=("X-Cache: HIT",))
    )
    entry = found.entry
    assert (entry.url, entry.format, entry.how, entry.status) == (URL.format(1), "page", "import", 200)
    assert entry.fetched_at == datetime(2025, 1, 14, 8, tzinfo=UTC)
    assert entry.body == page("One") and entry.headers == (
        ("Content-Type", "text/html; charset=utf-8"),
        ("X-Cache", "HIT"),
    )
    assert (entry.finding.found_by, entry.finding.value) == ("file", "held.warc.gz")
    assert entry.permission.decision == "own-capture" and entry.request_headers == ()
    assert found.shape.name == "WARC page" and found.removed == () and found.shape.missing == ()


@pytest.mark.parametrize(
    ("url", "media", "body", "form"),
    [
        ("robots.txt", "text/plain", b"User-agent: *", "robots"),
        ("feed", "application/rss+xml", b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>", "feed"),
        ("feed", "text/html", b"<rss version='2.0'><channel/></rss>", "feed"),
        ("map.xml", "text/xml", b"<urlset xmlns='x'></urlset>", "feed"),
        ("map.xml.gz", "application/gzip", gzip.compress(b"<urlset/>", mtime=0), "feed"),
        ("page", "application/xhtml+xml", b"<?xml version='1.0'?><html xmlns='x'><body/></html>", "page"),
        ("page", "", b"  <!DOCTYPE html><html></html>", "page"),
        ("words", "text/plain; charset=gbk", "欢迎".encode("gbk"), "text"),
        ("data.xml", "text/xml", b"<other/>", "no_text"),
        ("a.png", "image/png", b"\x89PNG", "no_text"),
        ("a.js", "text/plain", b"let a = 1", "no_text"),
        ("a", "text/css", b"p{}", "no_text"),
        ("a", "text/javascript", b"f()", "no_text"),
        ("a", "application/json", b'{"a":1}', "json_of_no_known_interface"),
        ("a", "text/html", b"", "no_content"),
    ],
)
def test_what_it_is_is_told_by_type_and_look(tmp_path: Path, url: str, media: str, body: bytes, form: str) -> None:
    (found,) = items(tmp_path, response(URL.format(url), body, media))
    assert (found.entry.format if isinstance(found, Taken) else found.reason) == form  # type: ignore[union-attr]


def test_what_is_no_item(tmp_path: Path) -> None:
    found = items(
        tmp_path,
        response(URL.format(1), b"", status=304),
        response("dns:harbour-daily.example", b"1.2.3.4", "text/dns"),
        record("resource", b"{}", "application/json", "urn:pageinfo:https://a.example/"),
        record("resource", b"text", "text/plain", "urn:text:https://a.example/"),
        record("metadata", b"a: 1", "application/warc-fields", URL.format(1)),
        record("response", b"no http", "application/http", URL.format(1)),
        record("response", http(page("x")), "application/http", URL.format(1), WARC_Segment_Number="1"),
        record("unheard-of", b"", "text/plain", URL.format(1)),
    )
    assert reasons(found) == [
        *("not_modified", "no_web_address", "no_web_address", "no_web_address"),
        *("no_http", "segmented", "unknown_record"),
    ]


def test_a_page_that_is_gone_and_a_redirect_are_captures_too(tmp_path: Path) -> None:
    found = items(
        tmp_path,
        response(URL.format(1), b"gone", status=404),
        response(URL.format(2), b"", status=302, headers=(f"Location: /3?xsec_token={PLANTED}&a=1",)),
    )
    assert [(entry.status, entry.format, entry.header("Location")) for entry in entries(found)] == [
        (404, "page", None),
        (302, "page", "/3?a=1"),
    ]


def test_a_resource_is_a_page_without_http(tmp_path: Path) -> None:
    found = one(tmp_path, record("resource", page("One"), "text/html", f"<{URL.format('a b')}>"))
    assert found.entry.url == URL.format("a%20b") and found.entry.body == page("One") and found.entry.status == 200


@pytest.mark.parametrize("coding", ["gzip", "zstd", "said only", "chunked", "said chunked", "chunked cut"])
def test_codings(tmp_path: Path, coding: str) -> None:
    body = sent = page("One")
    headers: tuple[str, ...] = ("Content-Encoding: gzip",)
    if coding == "gzip":
        sent = gzip.compress(body, mtime=0)
    elif coding == "zstd":
        stream = pa.BufferOutputStream()
        with pa.CompressedOutputStream(stream, "zstd") as out:
            out.write(body)
        sent = stream.getvalue().to_pybytes()
        headers = ("Content-Encoding: zstd",)
    elif "chunked" in coding:
        headers = ("Transfer-Encoding: chunked",)
        if coding != "said chunked":
            sent = b"10\r\n" + body[:16] + b"\r\n" + b"%x\r\n" % (len(body) - 16) + body[16:] + b"\r\n0\r\n\r\n"
        if coding == "chunked cut":
            sent = sent[:-30]
    entry = one(tmp_path, response(URL.format(1), sent, headers=headers)).entry
    assert entry.header("Transfer-Encoding") is None
    if coding == "gzip":
        assert (entry.body, entry.header("Content-Encoding")) == (sent, "gzip")
    elif coding == "chunked cut":
        assert body.startswith(entry.body) and entry.problems == ("payload_incomplete",)
    else:
        assert (entry.body, entry.header("Content-Encoding")) == (body, None)


def test_a_revisit_is_a_further_capture_where_its_payload_is_here(tmp_path: Path) -> None:
    body = page("One")
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    known = {
        "WARC_Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        "WARC_Date": "2025-01-20T09:00:00Z",
    }

    def revisit(payload: bytes, **more: str) -> bytes:
        return record(
            "revisit", block, "application/http", URL.format(1), WARC_Payload_Digest=sha1(payload), **{**known, **more}
        )

    found = items(
        tmp_path,
        revisit(b"never seen"),
        response(URL.format(1), body),
        response(URL.format("p.png"), b"\x89PNG", "image/png"),
        revisit(body),
        revisit(b"\x89PNG"),
        revisit(body, WARC_Profile="http://netpreserve.org/warc/1.1/revisit/server-not-modified"),
    )
    first, again = entries(found)
    assert again.body == first.body == body and again.fetched_at == datetime(2025, 1, 20, 9, tzinfo=UTC)
    assert Counter(reasons(found)) == Counter({"revisit_without_payload": 1, "no_text": 2, "not_modified": 1})


def test_a_revisit_within_one_gzip_stream(tmp_path: Path) -> None:
    body = page("One")
    again = record("revisit", b"", "application/http", URL.format(2), WARC_Payload_Digest=sha1(body))
    file = tmp_path / "a.warc.gz"
    file.write_bytes(gzip.compress(response(URL.format(1), body) + again, mtime=0))
    assert [entry.url for entry in entries(list(IMPORT.items(file, HELD)))] == [URL.format(1), URL.format(2)]


def test_what_media_cloud_says_beside_a_page(tmp_path: Path) -> None:
    told = (
        b'{"rss_entry":{"title":"In the feed","pub_date":"Tue, 14 Jan 2025","source_url":"https://harbour-daily.example/feed?token=x"},'
        b'"content_metadata":{"article_title":"On the page"}}'
    )
    beside = record("metadata", told, "application/x.mediacloud-indexer+json", URL.format(1))
    found = entries(items(tmp_path, response(URL.format(1), page("One")), beside, response(URL.format(2), page("Two"))))
    finding = found[0].finding
    assert (finding.found_by, finding.value) == ("feed", "https://harbour-daily.example/feed")
    assert (finding.title, finding.published_raw) == ("In the feed", "Tue, 14 Jan 2025")
    assert found[1].finding.title is None
    broken = record("metadata", b"{", "application/x.mediacloud-indexer+json", URL.format(1))
    assert one(tmp_path, response(URL.format(1), page("One")), broken).entry.finding.title is None


def test_a_platforms_answer_and_page_without_their_secrets(tmp_path: Path) -> None:
    answer = (
        '{"success":true,"data":{"cursor":"c","xsec_token":"@","comments":[{"id":"c1","content":"看 '
        'https://www.xiaohongshu.com/explore/1?xsec_token=@&a=1","user_info":{"user_id":"u1","image":"https://faces.example/@"}}]}}'
    ).replace("@", PLANTED)
    shown = page("Note", f'<script>window.__INITIAL_STATE__={{"xsecToken":"{PLANTED}"}}</script>欢迎')
    found = items(
        tmp_path,
        response(
            f"{ANSWER}&xsec_token={PLANTED}", answer.encode(), "application/json", headers=(f"Set-Cookie: a={PLANTED}",)
        ),
        response(
            f"{NOTE}?xsec_token={PLANTED}&xsec_source=pc",
            gzip.compress(shown, mtime=0),
            headers=("Content-Encoding: gzip",),
        ),
        response(
            "https://edith.xiaohongshu.com/api/sns/web/v2/user/me", b'{"data":{"comments":[]}}', "application/json"
        ),
        response("https://edith.xiaohongshu.com/api/sns/web/v1/config", b"{}", "application/json"),
    )
    one, two = entries(found)
    assert (one.format, one.source_id, one.url) == ("answer", "rednote", ANSWER)
    assert (two.format, two.source_id, two.url) == ("page", "rednote", NOTE)
    assert "token_removed" in two.problems and two.header("Content-Encoding") is None
    assert '"xsecToken":""' in two.body.decode() and "看 https://www.xiaohongshu.com/explore/1?a=1" in one.body.decode()
    assert PLANTED not in repr(entries(found))
    removed = {name for item in found if isinstance(item, Taken) for name in item.removed}
    assert {
        "header set-cookie",
        "parameter xsec_token",
        "field xsec_token",
        "field image",
        "field xsectoken",
    } <= removed
    assert reasons(found) == ["private", "json_of_no_known_interface"]


def test_answers_of_other_platforms_without_what_is_not_for_all(tmp_path: Path) -> None:
    def status(name: str, level: str) -> str:
        return (
            f'{{"id":"1","uri":"https://a.example/{name}","content":"{name}","visibility":"{level}","created_at":"2025-01-14T00:00:00Z",'
            f'"account":{{"id":"1","acct":"a","url":"https://a.example/@a"}}}}'
        )

    timeline = f"[{status('open', 'public')},{status('hidden', 'private')}]"
    post = (
        '{"thread":{"$type":"app.bsky.feed.defs#threadViewPost","post":{"uri":"at://did:plc:a/app.bsky.feed.post/1","cid":"c",'
        '"author":{"did":"did:plc:a","handle":"a.example"},"record":{"text":"Hello","createdAt":"2025-01-14T00:00:00Z"}}}}'
    )
    weibo = [
        {
            "mid": f"491234567890123{n}",
            "created_at": "Tue Jan 14 10:00:00 +0800 2025",
            "text": name,
            "user": {"id": 1},
            "reposts_count": 0,
        }
        for n, name in ((1, "open"), (2, "hidden"))
    ]
    weibo[1]["visible"] = {"type": 2}
    found = entries(
        items(
            tmp_path,
            response(
                "https://weibo.com/ajax/statuses/mymblog",
                json.dumps({"data": {"list": weibo}}).encode(),
                "application/json",
            ),
            response("https://a.example/api/v1/timelines/tag/x", timeline.encode(), "application/json"),
            response("https://public.api.bsky.app/xrpc/app.bsky.feed.getPostThread", post.encode(), "application/json"),
        )
    )
    assert [entry.format for entry in found] == ["weibo", "mastodon", "bluesky"]
    assert all(b"open" in entry.body and b"hidden" not in entry.body for entry in found[:2])


def test_what_is_torn_is_quarantined_and_the_rest_kept(tmp_path: Path) -> None:
    records = [members(response(URL.format(n), page(str(n)))) for n in range(3)]
    file = tmp_path / "a.warc.gz"
    file.write_bytes(records[0] + records[1][:-20] + records[2])
    found = list(IMPORT.items(file, HELD))
    assert [entry.url for entry in entries(found)] == [URL.format(0), URL.format(2)]
    (damaged,) = [item for item in found if isinstance(item, Damaged)]
    assert (damaged.position, damaged.raw) == (len(records[0]), records[1][:-20])


def test_too_large_a_text_is_quarantined_and_a_film_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign, "RECORD_LIMIT", 100_000)
    large = random.Random(1).randbytes(3 << 20)
    found = items(
        tmp_path,
        response(URL.format(1), large, "video/mp4"),
        response(URL.format(2), large),
        response(URL.format(3), page("x")),
    )
    assert reasons(found) == ["no_text", "record_too_large"] and len(entries(found)) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.arc", b"filedesc://a.arc 0.0.0.0 20250114000000 text/plain 10\n1 0 test\n\n"),
        ("a.arc.gz", gzip.compress(b"filedesc://a.arc 0.0.0.0 20250114000000 text/plain 10\n1 0 test\n\n", mtime=0)),
        ("a.warc.zst", b"\x28\xb5\x2f\xfd" + bytes(40)),
    ],
)
def test_what_has_to_be_converted_first(tmp_path: Path, name: str, data: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    assert IMPORT.recognise(file, data)
    with pytest.raises(UserError, match=r"(?s)next: .*(warcio recompress|zstd -d)"):
        list(IMPORT.items(file, HELD))


def test_it_knows_its_files(tmp_path: Path) -> None:
    assert IMPORT.recognise(tmp_path / "any.bin", members(warcinfo())) and IMPORT.recognise(
        tmp_path / "any", warcinfo()
    )
    assert IMPORT.recognise(tmp_path / "damaged.warc.gz", b"\0\0") and not IMPORT.recognise(
        tmp_path / "a.html.gz", b"\x1f\x8b"
    )


def test_a_date_that_is_none_is_told(tmp_path: Path) -> None:
    found = one(tmp_path, response(URL.format(1), page("x"), WARC_Date="yesterday"))
    assert found.entry.problems == ("collected_at_unknown",) and found.shape.missing == ("date",)


def test_files_of_other_tools(shared: Path) -> None:
    """None crashes; each gives items, counts or a clear refusal."""
    outcome: Counter[str] = Counter()
    for path in sorted((shared / "data" / "cases" / "warc").rglob("*")):
        if not path.is_file() or ".arc" not in path.name.replace(".warc", ".arc") or "/cdx" in str(path):
            continue
        try:
            for item in IMPORT.items(path, HELD):
                outcome["kept" if isinstance(item, Taken) else item.reason] += 1  # type: ignore[union-attr]
        except UserError as error:
            assert "warcio recompress" in str(error)
            outcome["arc"] += 1
    assert outcome["arc"] == 7 and outcome["kept"] >= 45 and outcome["length_wrong"] >= 8
