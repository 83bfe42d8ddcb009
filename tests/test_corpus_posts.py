"""Mastodon and Bluesky read and imported: recorded cases, dumps in every form, drift, secrets, and whatever is no post."""

import csv
import io
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.archive import Entry
from corpus.imports import Damaged, Held, Import, Stub, Taken
from corpus.imports.bluesky import IMPORT as BLUESKY
from corpus.imports.mastodon import IMPORT as MASTODON
from corpus.jsonlists import read_elements
from corpus.posts.mastodon import Thread, threads_of
from corpus.posts.values import moment_of, text_of
from corpus.readers import Reader
from corpus.readers.bluesky import READER as READS_BLUESKY
from corpus.readers.mastodon import READER as READS_MASTODON
from corpus.records import Document
from tests.captured import KEYS, RECORDED, capture, plain, recorded_capture
from tests.fediverse import DID, START, instance, post, posts_in, stamp, status, thread, uri_of

READERS: dict[str, Reader] = {"mastodon": READS_MASTODON, "bluesky": READS_BLUESKY}
CASES = [case for name in READERS for case in sorted((RECORDED / name).iterdir())]
HOST = "harbour.example"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_recorded(case: Path) -> None:
    reader, found = READERS[case.parent.name], recorded_capture(case)
    assert reader.accepts(found)
    told = plain(reader.read(found, KEYS))
    assert told == json.loads((case / "expected.json").read_text(encoding="utf-8"))
    for raw in ("writer", "friend", "pier.example", "did:plc", "at://", "CANARY", "users/"):
        assert raw not in json.dumps(told)


def brought(importer: Import, path: Path, content: str | bytes) -> list[Any]:
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    head = path.read_bytes()[: 64 << 10]
    assert importer.recognise(path, head), path.name
    return list(importer.items(path, Held()))


def entries(items: list[Any]) -> list[Entry]:
    return [item.entry for item in items if isinstance(item, Taken)]


def read(items: list[Any], **of: Any) -> dict[str, Document]:
    """Documents of an import's entries."""
    found: dict[str, Document] = {}
    for entry in entries(items):
        one = capture(entry.body, format=entry.format, url=entry.url, source_id=entry.source_id, finding=entry.finding)
        found |= {document.id: document for document in READERS[entry.format].read(one, KEYS).documents}
    return found


def lines(items: list[Any]) -> str:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def test_nothing_of_an_account_and_no_secret_is_archived(tmp_path: Path) -> None:
    mine = status(3, START, HOST, favourited=True, muted=True, access_token="CANARY-token")
    mine["account"] |= {"email": "CANARY@a.example", "source": {"note": "CANARY"}}
    theirs = post(4, START)
    theirs["viewer"] = {"like": "CANARY"}
    for importer, item in ((MASTODON, mine), (BLUESKY, theirs)):
        (one,) = brought(importer, tmp_path / "x.ndjson", lines([item]))
        assert isinstance(one, Taken)
        assert b"CANARY" not in one.entry.body and "CANARY" not in repr(one)
        assert one.entry.url.startswith("urn:huanying:item:")
        assert "field avatar" in one.removed
    assert one.removed == ("field avatar", "field viewer")


def test_every_item_ends_as_something(tmp_path: Path) -> None:
    good = json.dumps(status(1, START, HOST))
    direct, boost = status(2, START, HOST, visibility="direct"), status(3, START, HOST)
    boost |= {"content": "", "reblog": status(4, START, HOST, visibility="private")}
    text = "\n".join(
        [
            good,
            '{"uri": oops',
            "[]",
            '{"a":1}',
            "",
            json.dumps(direct),
            json.dumps(boost),
            '{"error":"no"}',
            "7",
            good[:-9],
        ]
    )
    items = brought(MASTODON, tmp_path / "x.ndjson", text)
    kinds = [(type(one).__name__, getattr(one, "reason", ""), getattr(one, "position", 0)) for one in items]
    assert kinds == [
        ("Taken", "", 0),
        ("Damaged", "json_syntax", 2),
        ("Stub", "empty_answer", 3),
        ("Damaged", "not_an_item", 4),
        ("Stub", "not_public", 6),
        ("Stub", "not_public", 7),
        ("Stub", "error_answer", 8),
        ("Damaged", "not_an_item", 9),
        ("Damaged", "line_cut", 10),
    ]
    hidden = post(1, START)
    hidden["author"]["labels"] = [{"val": "!no-unauthenticated"}]
    items = brought(BLUESKY, tmp_path / "y.ndjson", lines([post(2, START), hidden, {"posts": []}, {"error": "x"}, [3]]))
    assert [type(one).__name__ for one in items] == ["Taken", "Stub", "Stub", "Stub", "Damaged"]


def test_a_list_is_taken_element_by_element(tmp_path: Path) -> None:
    good = json.dumps(status(1, START, HOST), indent=1)
    text = f'[{good},\n{{"uri": oops}},\n{good.replace("/1", "/2")},\n{{"cut": "he'
    items = brought(MASTODON, tmp_path / "x.json", text)
    assert [type(one).__name__ for one in items] == ["Taken", "Damaged", "Taken", "Damaged"]
    broken = [one for one in items if isinstance(one, Damaged)]
    assert [one.reason for one in broken] == ["json_syntax", "line_cut"]
    assert all(text.encode()[one.position :].startswith(one.raw) for one in broken)


def test_drift_is_told(tmp_path: Path) -> None:
    strange = status(1, START, HOST, heartbeat=3, 张三=1)
    del strange["replies_count"], strange["account"]["acct"]
    (one,) = brought(MASTODON, tmp_path / "x.ndjson", lines([strange]))
    assert one.shape.name == "mastodon status"
    assert one.shape.missing == ("repliescount", "account.acct") and set(one.shape.unknown) == {
        "heartbeat",
        "(no plain word)",
    }
    odd = post(1, START)
    odd["record"]["mood"] = 1
    del odd["indexedAt"]
    (two,) = brought(BLUESKY, tmp_path / "x.ndjson", lines([odd]))
    assert (two.shape.name, two.shape.missing, two.shape.unknown) == ("bluesky post", ("indexedat",), ("record.mood",))


def test_what_tools_put_around_is_understood(tmp_path: Path) -> None:
    tab = f"https://{HOST}/tags/rednote"
    meta = {"timestamp_collected": 1739000000000, "source_platform": "mastodon", "source_platform_url": tab}
    one, folded = status(1, START, HOST), {**status(1, START, HOST), "__import_meta": meta}
    other = {"source_platform": "threads.net", "data": one}
    items = brought(MASTODON, tmp_path / "x.ndjson", lines([folded, {**meta, "data": one}, other]))
    first, second = entries(items)
    assert first.body == second.body and first.finding == second.finding and isinstance(items[2], Stub)
    assert (first.finding.found_by, first.finding.value, first.problems) == ("tag", "rednote", ())
    assert first.fetched_at.isoformat() == "2025-02-08T07:33:20+00:00"
    kept = {**post(2, START), "4CAT_metadata": {"collected_at": 1739000000, "query": "from:writer2 cats", "rank": 4}}
    (entry,) = entries(brought(BLUESKY, tmp_path / "y.ndjson", lines([kept])))
    assert (entry.finding.found_by, entry.finding.rank, entry.fetched_at) == ("query", 4, first.fetched_at)
    found = READS_BLUESKY.read(capture(entry.body, format="bluesky", finding=entry.finding), KEYS)
    assert found.sightings[0].value == "from:[account] cats"


def snake(value: Any) -> Any:
    """A post as 4CAT's library spells it."""
    names = {"createdAt": "created_at", "indexedAt": "indexed_at", "$type": "py_type", "aspectRatio": "aspect_ratio"}
    names |= {f"{name}Count": f"{name}_count" for name in ("like", "reply", "repost", "quote")}
    if isinstance(value, dict):
        return {names.get(name, name): snake(one) for name, one in value.items()}
    return [snake(one) for one in value] if isinstance(value, list) else value


def test_one_dump_in_every_form_gives_the_same_documents(tmp_path: Path) -> None:
    tree = thread(100)
    posts = posts_in(tree)
    forms = {
        "lines.ndjson": lines(posts),
        "list.json": json.dumps(posts, indent=2),
        "line.json": json.dumps(posts),
        "answer.json": json.dumps({"posts": posts, "cursor": "1"}, indent=1),
        "feed.json": json.dumps({"feed": [{"post": one} for one in posts]}),
        "thread.json": json.dumps({"thread": tree}, indent=1),
        "answers.ndjson": lines([{"posts": posts[:2]}, {"posts": posts[2:]}]),
        "4cat.ndjson": lines([{**snake(one), "4CAT_metadata": {"query": "q"}} for one in posts]),
    }
    documents = {name: read(brought(BLUESKY, tmp_path / name, text)) for name, text in forms.items()}
    assert len(documents["lines.ndjson"]) == 5
    for name, found in documents.items():
        assert found == documents["lines.ndjson"], name


def table(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_tables_of_other_tools_give_the_same_documents(tmp_path: Path) -> None:
    posts = posts_in(thread(100))
    as_4cat, as_minet = [], []
    for one in posts:
        record, uri = one["record"], one["uri"]
        reply = record.get("reply")
        above = reply["parent"]["uri"].split("/") if reply else []
        as_4cat.append(
            {
                "collected_at": "2025-02-08T07:33:20",
                "query": "cats",
                "rank": 1,
                "id": uri,
                "thread_id": reply["root"]["uri"] if reply else uri,
                "created_at": record["createdAt"].replace("Z", "+00:00"),
                "author": "writer.skies.example",
                "author_id": uri.split("/")[2],
                "body": record["text"],
                "tags": "猫税",
                "like_count": one["likeCount"],
                "reply_count": one["replyCount"],
                "repost_count": one["repostCount"],
                "replied_to_post": f"https://bsky.app/profile/{above[2]}/post/{above[4]}" if above else "",
                "author_avatar": "https://pictures.example/CANARY",
                "labels": "",
            }
        )
        as_minet.append(
            {
                "uri": uri,
                "timestamp_utc": int(START.timestamp()) + 100 * 3600 + 60 * (int(uri[-2:])),
                "indexed_at_utc": one["indexedAt"].removesuffix("Z"),
                "user_did": uri.split("/")[2],
                "text": "reworked",
                "original_text": record["text"],
                "like_count": one["likeCount"],
                "reply_count": one["replyCount"],
                "repost_count": one["repostCount"],
                "to_post_uri": reply["parent"]["uri"] if reply else "",
                "to_root_post_uri": reply["root"]["uri"] if reply else "",
                "hashtags": "猫税",
            }
        )
    expected = read(brought(BLUESKY, tmp_path / "x.ndjson", lines(posts)))
    for name, rows in (("4cat.csv", as_4cat), ("minet.csv", as_minet)):
        items = brought(BLUESKY, tmp_path / name, table(rows) + "broken,row\n")
        assert isinstance(items[-1], Damaged) and items[-1].reason == "row_width"
        assert not any(b"CANARY" in entry.body for entry in entries(items))
        found = read(items)
        assert found.keys() == expected.keys()
        for own, document in found.items():
            assert _untold(document) == _untold(expected[own]), name


def _untold(document: Document) -> tuple[Any, ...]:
    """All but how the moment was printed."""
    d = document
    return (
        d.kind,
        d.text,
        d.published_at,
        d.author_key,
        d.reply_to,
        d.thread_id,
        d.hashtags,
        d.is_thread_author,
        d.flags,
    )


def test_a_reply_finds_what_it_answers_wherever_that_stands_in_the_file(tmp_path: Path) -> None:
    statuses = instance(HOST, 40).statuses
    turned = read(brought(MASTODON, tmp_path / "x.ndjson", lines(statuses[::-1])))
    straight = read(brought(MASTODON, tmp_path / "x.json", json.dumps({"statuses": statuses}, indent=1)))
    alone = read(brought(MASTODON, tmp_path / "x.ndjson", lines([one for one in statuses if one["in_reply_to_id"]])))
    assert turned == straight
    replies = [one for one in straight.values() if one.kind == "comment"]
    assert replies and all(one.reply_to in straight and one.thread_id in straight for one in replies)
    first_level = [one for one in alone.values() if one.reply_to is None]
    assert first_level and all("no_thread" in one.flags and one.thread_id is None for one in first_level)


def test_it_recognises_its_own_only(tmp_path: Path, shared: Path) -> None:
    own = {"mastodon": lines([status(1, START, HOST)]), "bluesky": lines([post(1, START)])}
    for name, importer in (("mastodon", MASTODON), ("bluesky", BLUESKY)):
        for of, text in own.items():
            assert bool(importer.recognise(tmp_path, text.encode())) == (of == name)
        for text in ("", "{", "[", "[]", "{}", "<html>", "id,text\n1,2\n", '{"account":{},"uri":"x"}', "\ufeff[[["):
            assert importer.recognise(tmp_path, text.encode()) is None
        for case in sorted((shared / "data/cases/json").glob("test_*/*.json")):
            assert importer.recognise(tmp_path, case.read_bytes()) is None


def test_malformed_json_and_strange_strings_are_all_accounted_for(tmp_path: Path, shared: Path) -> None:
    cases = [case.read_bytes() for case in sorted((shared / "data/cases/json").glob("test_*/*.json"))]
    strings = json.loads((shared / "data/cases/strings/blns.json").read_text(encoding="utf-8"))
    whole = [status(1, START, HOST, content=text, spoiler_text=text, tags=[{"name": text}]) for text in strings]
    whole += [post(1, START, text=text, tags=[text], createdAt=text) for text in strings]
    whole += [{**post(1, START), "uri": text} for text in strings]
    whole += [status(1, START, HOST, uri=text) for text in strings]
    path = tmp_path / "x"
    ends = Counter[str]()
    for name, importer in (("mastodon", MASTODON), ("bluesky", BLUESKY)):
        for raw in (*cases, lines(whole).encode("utf-8", "surrogatepass")):
            path.write_bytes(raw)
            items = list(importer.items(path, Held()))
            assert items or not raw.strip(b"\xef\xbb\xbf \t\r\n[],"), raw[:80]
            ends.update(type(item).__name__ for item in items)
            for body in (raw, *(entry.body for entry in entries(items))):
                found = READERS[name].read(capture(body, format=name), KEYS)
                assert found.documents or found.rejections
        assert len(items) == len(whole)
    assert ends["Damaged"] > 300 and ends["Taken"] >= len(strings)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["public", "1", uri_of(1), stamp(START)]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(status(1, START, HOST))), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from([*status(1, START, HOST), "reblog", "huanying_thread"]), _VALUES),
    st.dictionaries(st.sampled_from([*post(1, START), "post", "replies", "parent", "notFound", "embed"]), _VALUES),
    st.dictionaries(
        st.sampled_from(["text", "reply", "facets", "createdAt", "embed", "labels", "$type", "tags"]), _VALUES
    ),
)
def test_a_reader_never_fails(
    tmp_path_factory: pytest.TempPathFactory,
    of_status: dict[str, Any],
    of_post: dict[str, Any],
    of_record: dict[str, Any],
) -> None:
    path = tmp_path_factory.mktemp("odd") / "x"
    odd = {**status(1, START, HOST), **of_status}
    for body in ([odd], odd, {"ancestors": [odd], "descendants": [odd, 1]}, {"statuses": odd}):
        context = f"https://{HOST}/api/v1/statuses/1/context"
        reading = READS_MASTODON.read(capture(json.dumps(body), format="mastodon", url=context), KEYS)
        assert reading.documents or reading.rejections
    view = {**post(1, START), **of_post}
    for record in (view.get("record"), of_record, {**post(1, START)["record"], **of_record}):
        for body in (
            {**view, "record": record},
            {"thread": {"post": {**view, "record": record}, "replies": [view, 1]}},
        ):
            reading = READS_BLUESKY.read(capture(json.dumps(body), format="bluesky"), KEYS)
            assert reading.documents or reading.rejections
    path.write_text(lines([odd, view, {**odd, "reblog": {**odd, **of_record}}, {**view, "record": of_record}]))
    for importer in (MASTODON, BLUESKY):
        assert len(list(importer.items(path, Held()))) >= 4


@given(st.lists(_VALUES, max_size=5), st.sampled_from([None, 1]), st.sampled_from([1, 2, 3, 5, 1 << 20]))
def test_elements_of_a_list_come_whole(
    tmp_path_factory: pytest.TempPathFactory, value: list[Any], indent: int, piece: int
) -> None:
    path = tmp_path_factory.mktemp("lists") / "x.json"
    path.write_text(json.dumps(value, indent=indent))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("corpus.jsonlists._PIECE", piece)
        found = list(read_elements(path))
    raw = path.read_bytes()
    assert [json.loads(one.raw) for one in found] == value
    assert all(raw[one.number :].startswith(one.raw) and one.ended for one in found)


def test_a_long_element_comes_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('[1,"' + "x" * 50 + '",2]')
    found = list(read_elements(path, limit=20))
    assert [one.raw for one in found if not one.too_long] == [b"1", b"2"]
    assert b"".join(one.raw for one in found if one.too_long) == b'"' + b"x" * 50 + b'"'


@pytest.mark.parametrize(
    ("hypertext", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>a<br>b</p><p>c</p>", "a\nb\n\nc"),
        ("<p>a<br/><br/>b</p>", "a\n\nb"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<p>a &lt;b&gt; &amp; c</p>", "a <b> & c"),
        ("<p>x</p><script>y</script>z", "x\n\nz"),
        ("<pre><code>a  b\n c</code></pre>", "a  b\nc"),
        ('<p class="quote-inline">RE: x</p><p>mine</p>', "mine"),
        ("<p>" * 3000 + "deep", "deep"),
        ("<p>broken <b", "broken"),
    ],
)
def test_text_of_hypertext(hypertext: str, text: str) -> None:
    assert text_of(hypertext) == text


def test_a_long_thread_takes_one_way_through_it() -> None:
    statuses = [
        {"id": str(n), "uri": f"u{n}", "account": {"id": str(n % 2)}, "in_reply_to_id": str(n - 1) if n else None}
        for n in range(50_000)
    ]
    began = time.process_time()
    threads = threads_of(reversed(statuses))
    assert time.process_time() - began < 3
    assert len(threads) == 49_999 and {thread.root for thread in threads.values()} == {"u0"}
    assert threads["7"].parent == "u6" and threads["7"].by_root is False and threads["8"].by_root is True


def test_statuses_that_answer_each_other_in_a_ring_have_no_thread() -> None:
    above = {"1": "2", "2": "3", "3": "2", "4": "1", "5": "9", "6": "5"}
    statuses = [{"id": own, "uri": f"u{own}", "in_reply_to_id": up} for own, up in above.items()]
    threads = threads_of(statuses)
    assert all(threads[own] == Thread() for own in "1234")
    assert threads["5"] == Thread() and threads["6"] == Thread("u5")


def test_moments() -> None:
    assert stamp(moment_of("2025-01-14T05:06:07.123456789Z") or START) == "2025-01-14T05:06:07.123Z"
    for raw in (None, 7, "", "yesterday", "2025-01-14T05:06:07", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"):
        assert moment_of(raw) is None


def test_the_account_is_the_same_on_every_instance() -> None:
    here = status(1, START, HOST)
    there = {**here, "account": {**here["account"], "acct": f"writer1@{HOST}", "id": "5"}}
    both = [
        READS_MASTODON.read(capture(json.dumps(one), format="mastodon"), KEYS).documents[0] for one in (here, there)
    ]
    assert both[0] == both[1] and DID
