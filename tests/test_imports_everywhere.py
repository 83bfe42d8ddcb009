"""Every import on every bad input: recorded cases, malformed JSON and strange strings, all counted and none an error."""

import html
import json
import os
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from corpus.archive import Damage, Entry, Place, capture_of, journal, read_captures
from corpus.build import build
from corpus.errors import UserError
from corpus.identity import Keys
from corpus.imports import Damaged, Item, Stub, Taken
from corpus.intake import held_by, intake
from corpus.mementos import unfold
from corpus.read import read_capture
from corpus.recognition import kinds
from corpus.records import Document
from corpus.secrets import clean_text
from corpus.snapshot import Snapshot
from corpus.stages.normalise import normalise
from corpus.stages.pseudonymise import pseudonymise
from corpus.study import Study
from corpus.tally import IntakeResult
from tests import exported, warcs
from tests.captured import KEYS, capture
from tests.imported import CASES, FORMS, Form, make_study, places_in, put
from tests.studies import comment


def counted(result: IntakeResult) -> bool:
    """Whether the counts of every file add up."""
    return all(
        file.seen == file.kept + file.already + file.stubs.total() + file.quarantined.total() for file in result.files
    )


SHOWN = ("kind", "title", "text", "published_at", "language", "hashtags", "thread_id", "bylines", "author_key")


def shown(snapshot: Snapshot) -> dict[str, Any]:
    rows = snapshot.table("documents", ["id", *SHOWN]).to_pylist()
    return {row.pop("id"): row for row in rows}


def imported(folder: Path, which: int) -> tuple[Study, IntakeResult]:
    study = make_study(folder / "study")
    held = folder / "held"
    held.mkdir()
    paths = [case[which](held) for case in (CASES[kind] for kind in sorted(CASES))]  # type: ignore[operator]
    return study, intake(study, paths)


def test_every_kind_has_a_case_that_is_recognised_and_becomes_documents_in_two_forms(tmp_path: Path) -> None:
    assert set(CASES) == set(kinds()), "a kind of import without a case in tests/imported.py"
    study, first = imported(tmp_path / "first", 0)
    assert sorted(file.kind for file in first.files) == sorted(CASES), "each is recognised as its own"
    assert counted(first) and not first.reasons and all(file.kept for file in first.files)
    documents = shown(build(study, workers=1).snapshot)
    for kind, (_, _, text) in CASES.items():
        assert [row for row in documents.values() if text in (row["text"], row["title"])], kind
    again, second = imported(tmp_path / "second", 1)
    assert counted(second) and not second.reasons and second.kept == first.kept
    assert shown(build(again, workers=1).snapshot) == documents


FORMATS = (
    *("page", "feed", "front", "robots", "text", "part", "answer", "zeeschuimer", "fourcat", "mediacrawler"),
    *("mastodon", "bluesky", "weibo", "row", "warc-member"),
)
URLS = (
    "https://harbour-daily.example/1",
    "https://edith.xiaohongshu.com/api/sns/web/v1/feed",
    "https://m.weibo.cn/detail/5122000000000001",
    "https://mp.weixin.qq.com/s?__biz=MA==&mid=1&idx=1",
    "https://port.example/api/v1/statuses/1/context",
    "https://public.api.bsky.app/xrpc/app.bsky.feed.getPostThread?uri=at%3A%2F%2Fdid%3Aplc%3Aa%2Fapp.bsky.feed.post%2F3k",
)
"""Of hosts whose pages and answers have readers of their own."""
STATES = (
    b'<html><head><script type="application/ld+json">%s</script></head><body><article>Text</article></body></html>',
    b"<html><body><script>window.__INITIAL_STATE__ = %s;</script></body></html>",
    b"<html><body><script>var $render_data = [%s][0] || {};</script></body></html>",
)
"""Pages that carry JSON."""


@pytest.fixture
def cases(shared: Path) -> dict[str, bytes]:
    """Well-formed JSON (``y_``), malformed (``n_``), either by the reader's choice (``i_``), and what programs read otherwise."""
    found = {
        path.name: path.read_bytes() for path in sorted((shared / "data" / "cases" / "json").glob("test_*/*.json"))
    }
    assert len(found) == 340
    return found


def read(entry: Entry) -> None:
    """What a build would do with an entry: documents or rejections."""
    found = unfold(capture_of(entry, Place("00000.warc.gz", 0, 0, ""), KEYS))
    if not isinstance(found, str):
        reading = read_capture(found, KEYS)
        assert reading.documents or reading.rejections


def test_every_reader_takes_every_case_as_a_body(cases: dict[str, bytes]) -> None:
    for name, raw in cases.items():
        for form in FORMATS:
            for url in URLS if form in ("page", "answer") else URLS[:1]:
                for body in (raw, *(page % raw for page in STATES)) if form == "page" else (raw,):
                    given = unfold(capture(body, format=form, url=url, source_id="", media_type="application/json"))
                    reading = None if isinstance(given, str) else read_capture(given, KEYS)
                    assert reading is None or reading.documents or reading.rejections, (name, form, url)


LINES = tuple(form for form in FORMS if not form.separator)
ONE_OF_EACH = tuple({form.kind: form for form in reversed(LINES)}.values())
WHOLE = {"files": "x.txt", "har": "x.har", "wacz": "x.wacz", "warc": "x.warc", "tables": "table.jsonl"}
REFUSED = frozenset({"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"})
"""Well-formed, but programs do not agree on what they say."""


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path / "study")


def taken(study: Study, path: Path, kind: str) -> IntakeResult:
    """Of a file that is imported by force as of this kind, everything is counted, and what is kept can be read."""
    before = len(journal(study.archive_folder))
    result = intake(study, [path], kind)
    assert counted(result)
    places = journal(study.archive_folder)[before:]
    assert len(places) == result.kept
    for _, found in read_captures(study.archive_folder, places, KEYS):
        assert not isinstance(found, Damage)
        page = unfold(found)
        assert not isinstance(page, str)
        reading = read_capture(page, KEYS)
        assert reading.documents or reading.rejections
    return result


def opened(study: Study, path: Path, kind: str) -> list[Item]:
    """The items of a file, of which each that would be kept can be read; nothing is archived, which takes its time."""
    items = list(kinds()[kind].items(path, held_by(study)))
    for item in items:
        if isinstance(item, Damaged | Stub):
            assert item.reason
        else:
            read(item.entry if isinstance(item, Taken) else item)
    return items


def is_line(raw: bytes) -> bool:
    """Whether a case is a line and no more."""
    return b"\n" not in raw and b"\r" not in raw and bool(raw.strip())


@pytest.mark.parametrize("form", ONE_OF_EACH, ids=lambda form: form.kind)
def test_malformed_lines_are_each_counted_and_spoil_no_neighbour(
    form: Form, cases: dict[str, bytes], study: Study, tmp_path: Path
) -> None:
    good = [json.dumps(form.make(number)).encode() for number in range(len(cases) + 1)]
    path = tmp_path / "table.jsonl"
    lines = [line for pair in zip(good, cases.values(), strict=False) for line in pair]
    path.write_bytes(b"\n".join([*lines, good[-1]]) + b"\n")
    result = taken(study, path, form.kind)
    assert result.kept == len(good)
    told = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    assert result.files[0].seen >= len(told), "no line goes unseen"
    assert result.reasons["json_syntax"] > 100 and result.reasons["json_not_utf8"] > 10


@pytest.mark.parametrize("form", LINES, ids=lambda form: f"{form.kind} {form.name}")
def test_an_item_with_malformed_json_in_it_is_never_kept(
    form: Form, cases: dict[str, bytes], study: Study, tmp_path: Path
) -> None:
    kept = dict.fromkeys("ny", 0)
    for letter in "ny":
        path = tmp_path / f"table {letter}.jsonl"
        ours = {name: raw for name, raw in cases.items() if name.startswith(f"{letter}_") and is_line(raw)}
        names = [name for name in ours if name not in REFUSED]
        lines = [json.dumps(form.make(0)).encode()]
        for number, name in enumerate(names, 1):
            whole = json.dumps(put(form.make(number), "CASE", (*form.extra, "huanying_extra"))).encode()
            lines.append(whole.replace(b'"CASE"', ours[name]))
        path.write_bytes(b"\n".join(lines) + b"\n")
        items = opened(study, path, form.kind)
        kept[letter] = sum(isinstance(item, Taken) for item in items) - 1
        assert sum(isinstance(item, Damaged) for item in items) == len(names) - kept[letter]
    assert kept["n"] == 0 and kept["y"] == len(names) > 80


def test_every_case_alone_as_a_file_of_every_kind(cases: dict[str, bytes], study: Study, tmp_path: Path) -> None:
    held = held_by(study)
    for kind, importer in kinds().items():
        refused = 0
        for name, raw in cases.items():
            path = tmp_path / WHOLE.get(kind, "x.json")
            path.write_bytes(raw)
            try:
                items = list(importer.items(path, held))
            except UserError as error:
                assert kind in ("har", "wacz", "tables") and error.hint, (kind, name)
                refused += 1
                continue
            assert items or not raw.strip(b"\xef\xbb\xbf \t\r\n[],") or kind == "files", (kind, name)
            for item in items:
                if isinstance(item, Damaged | Stub):
                    assert item.reason
                    continue
                assert kind == "files", "none of them is an item"
                read(item.entry if isinstance(item, Taken) else item)
        assert refused > 300 or kind not in ("har", "wacz"), "a file that is none of its kind is refused as a whole"


def in_a_log(study: Study, path: Path, entries: list[bytes]) -> IntakeResult:
    path.write_bytes(b'{"log":{"version":"1.2","pages":[],"entries":[' + b",".join(entries) + b"]}}")
    return taken(study, path, "har")


def test_every_case_in_a_network_log(cases: dict[str, bytes], study: Study, tmp_path: Path) -> None:
    bodies = [json.dumps(warcs.entry(url, raw, "application/json")).encode() for url in URLS for raw in cases.values()]
    result = in_a_log(study, tmp_path / "bodies.har", bodies)
    assert result.files[0].seen == len(bodies)
    asked = warcs.entry(
        "https://edith.xiaohongshu.com/api/sns/web/v1/search/notes",
        exported.answer(),
        "application/json",
        method="POST",
    )
    for raw in cases.values():
        asked["request"]["postData"] = {"mimeType": "application/json", "text": raw.decode("utf-8", "surrogateescape")}
        bodies.append(json.dumps(asked).encode())
    assert in_a_log(study, tmp_path / "posted.har", bodies[-len(cases) :]).files[0].seen == len(cases)
    page = json.dumps(warcs.entry(URLS[0], warcs.page("Title").decode())).encode()
    for name, raw in cases.items():
        inside = page.replace(b'"_initiator"', b'"_case": ' + raw + b', "_initiator"')
        for spoilt in (raw, inside):
            path = tmp_path / "spoilt.har"
            path.write_bytes(b'{"log":{"entries":[' + page + b"," + spoilt + b"]}}")
            items = list(kinds()["har"].items(path, held_by(study)))
            kept = sum(isinstance(item, Taken) for item in items)
            if name.startswith(
                "n_"
            ):  # a stray bracket ends an entry early, and all that it needs may stand before that
                assert (kept == 1 or b"}" in raw) and (len(items) > kept or not raw.strip()), name
            else:
                assert len(items) >= 2 and 1 <= kept <= 2, name


def test_every_case_in_web_archives(cases: dict[str, bytes], study: Study, tmp_path: Path) -> None:
    page = warcs.response(URLS[0], warcs.page("Title"))
    own = page.split(b"WARC-Record-ID: ")[1].split(b"\r\n")[0].decode()
    records = [warcs.response(url, raw, "application/json") for url in URLS for raw in cases.values()]
    beside = [
        warcs.record("metadata", raw, "application/x.mediacloud-indexer+json", URLS[0], WARC_Concurrent_To=own)
        for raw in cases.values()
    ]
    (tmp_path / "x.warc.gz").write_bytes(warcs.members(*records, *(one for raw in beside for one in (page, raw))))
    result = taken(study, tmp_path / "x.warc.gz", "warc")
    assert result.files[0].seen == len(records) + len(cases)
    good = warcs.pages_list({"url": URLS[0], "ts": warcs.DATE, "title": "Found"})
    listed = good + b"\n".join(raw for raw in cases.values()) + b"\n"
    parts = {"archive/data.warc.gz": warcs.members(page), "pages/pages.jsonl": listed}
    result = taken(study, warcs.wacz(tmp_path / "x.wacz", parts), "wacz")
    assert result.kept + result.already == 1 and result.reasons["page_json_syntax"] > 100
    for raw in cases.values():
        for package, digest in ((raw, b"{}"), (None, raw)):
            told = {"profile": "data-package", "resources": [{"path": "archive/data.warc.gz", "hash": "md5:0"}]}
            with zipfile.ZipFile(tmp_path / "y.wacz", "w") as file:
                file.writestr("archive/data.warc.gz", parts["archive/data.warc.gz"])
                file.writestr("datapackage.json", json.dumps(told) if package is None else package)
                file.writestr("datapackage-digest.json", digest)
            try:
                items = list(kinds()["wacz"].items(tmp_path / "y.wacz", held_by(study)))
            except UserError as error:
                assert error.hint
            else:
                assert package is None and [item.reason for item in items if isinstance(item, Damaged)]


ODD = (
    *(None, True, 0, -1, 1.5, 1 << 62, "", " ", "0", "null", "x" * 500, "\0", "\ud800", "http://[", "@", "#"),
    *([], {}, [[]], [{}], [None, 1, "a"], {"": None}, {"id": [], "text": {}}),
)


def strange(form: Form, values: Sequence[Any], path: Path) -> int:
    """A file of items of which each has one of ``values`` in another of its places; how many items."""
    base = form.make(0)
    items = [base] + [put(base, value, place) for place in places_in(base) for value in values]
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    return len(items)


def test_a_field_of_another_type_than_it_should_be_is_no_error(study: Study, tmp_path: Path) -> None:
    for form in LINES:
        count = strange(form, ODD, tmp_path / "table.jsonl")
        assert len(opened(study, tmp_path / "table.jsonl", form.kind)) >= count > 150, form
    entry = warcs.entry(URLS[1], exported.answer(), "application/json")
    entries = [json.dumps(put(entry, value, place)).encode() for place in places_in(entry) for value in ODD]
    (tmp_path / "odd.har").write_bytes(b'{"log":{"entries":[' + b",".join(entries) + b"]}}")
    assert len(opened(study, tmp_path / "odd.har", "har")) == len(entries)


def test_what_no_table_can_hold_stops_no_build(study: Study, tmp_path: Path) -> None:
    for form in LINES:
        strange(form, ("\ud800x", "\0", 1 << 62, -1), tmp_path / "table.jsonl")
        taken(study, tmp_path / "table.jsonl", form.kind)
    counts = build(study, workers=1).snapshot.manifest["counts"]
    assert counts["captures"] == counts["captures_with_documents"] + counts["captures_rejected"] > 700


@pytest.fixture
def strings(shared: Path) -> list[str]:
    """Strings that break programs."""
    found: list[str] = json.loads((shared / "data" / "cases" / "strings" / "blns.json").read_text("utf-8"))
    assert len(found) == 461
    return found


def expected(form: Form, text: str, keys: Keys) -> str:
    """What a document says of an item whose text this is, without its white space, of which hypertext keeps one."""
    document = Document("0" * 32, form.platform, "post", None, None, clean_text(text)[0])
    return "".join(pseudonymise(normalise(document), keys).text.split())


ONE_OF_EACH = tuple({form.kind: form for form in reversed(FORMS)}.values())


def file_of(form: Form, items: list[dict[str, Any]], folder: Path) -> Path:
    path = (
        folder
        / f"table {form.kind} {form.name}{'.jsonl' if form.kind == 'tables' and not form.separator else form.suffix}"
    )
    path.write_bytes(form.content(items))
    return path


def told(form: Form, texts: list[str]) -> list[dict[str, Any]]:
    """Items that each have one of ``texts`` wherever a person's words or name stand."""
    items = []
    for number, text in enumerate(texts):
        item = put(form.make(number), form.written(text), *form.places["text"])
        for field in ("title", "author", "tag", "query"):
            item = put(item, text, *form.places.get(field, ()))
        items.append(item)
    return items


def texts_of(study: Study) -> dict[str, str]:
    """What a build would say, by document."""
    found = {}
    for _, one in read_captures(study.archive_folder, journal(study.archive_folder), study.keys()):
        assert not isinstance(one, Damage)
        for document in read_capture(one, study.keys()).documents:
            found[document.id] = pseudonymise(normalise(document), study.keys()).text
    return found


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.kind} {form.name}")
def test_strange_strings_as_text_title_author_tag_and_query(
    form: Form, strings: list[str], study: Study, tmp_path: Path
) -> None:
    result = intake(study, [file_of(form, told(form, strings), tmp_path)], form.kind)
    assert counted(result) and result.files[0].seen == len(strings)
    texts, keys, wrong = texts_of(study), study.keys(), []
    for number, text in enumerate(strings):
        found, wanted = texts.get(keys.document(form.platform, form.native(number))), expected(form, text, keys)
        if "".join((found or "").split()) != wanted or (found is None and wanted):
            wrong.append((text, found, wanted))
    assert not wrong


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.kind} {form.name}")
def test_strange_strings_as_id_and_in_addresses(form: Form, strings: list[str], study: Study, tmp_path: Path) -> None:
    items = []
    for number, text in enumerate(strings):
        items.append(put(form.make(number), text, *form.places["id"]))
        for url in (text, f"https://www.xiaohongshu.com/search_result?keyword={text}"):
            items.append(put(form.make(number), url, *form.places.get("url", ())))
    found = opened(study, file_of(form, items, tmp_path), form.kind)
    assert len(found) == len(items) and sum(isinstance(item, Taken) for item in found) >= len(items) / 2


def as_names(strings: list[str]) -> list[bytes]:
    """Those that a file can be called, and one as Chinese systems of old wrote it."""
    names = {text.replace("/", "⁄").replace("\0", "").encode()[:200] for text in strings}
    return sorted({*names, "群聊记录".encode("gb18030")} - {b""})


def test_strange_strings_as_names_of_files(strings: list[str], study: Study, tmp_path: Path) -> None:
    held = tmp_path / "held"
    held.mkdir()
    names = as_names(strings)
    for number, name in enumerate(names):
        (held / os.fsdecode(b"n " + name + b".ndjson")).write_bytes(exported.lines([comment(number)]))
        (held / os.fsdecode(b"p " + name + b".html")).write_bytes(
            warcs.page(f"Page {number + 1000}")
        )  # a page 404 is none
    result = intake(study, [held])
    assert counted(result) and not result.reasons and not result.ignored
    assert {file.kind: file.kept for file in result.files} == {"zeeschuimer": 1, "files": len(names)}
    assert len(result.files) == len(names) + 1 > 400
    json.dumps(result.document()).encode()
    snapshot = build(study, workers=1).snapshot
    texts = Counter(snapshot.table("documents", ["title", "kind"])["kind"].to_pylist())
    assert texts == {"comment": len(names), "article": len(names)}


def test_strange_strings_in_pages_and_logs(strings: list[str], study: Study, tmp_path: Path) -> None:
    address = "https://harbour-daily.example/"
    urls = [f"{address}{number}?q={text}" for number, text in enumerate(strings)]
    pages = [warcs.page(html.escape(text), html.escape(text)) for text in strings]
    records = [warcs.response(url, page) for url, page in zip(urls, pages, strict=True)]
    (tmp_path / "x.warc.gz").write_bytes(warcs.members(*records))
    in_warc = taken(study, tmp_path / "x.warc.gz", "warc")
    assert in_warc.files[0].seen == len(strings)
    entries = [warcs.entry(url, page.decode()) for url, page in zip(urls, pages, strict=True)]
    in_log = taken(study, warcs.har(tmp_path / "x.har", entries), "har")
    assert in_log.files[0].seen == len(strings)
    listed = [{"url": url, "ts": text, "title": text} for url, text in zip(urls, strings, strict=True)]
    parts = {"archive/x.warc.gz": warcs.members(*records), "pages/pages.jsonl": warcs.pages_list(*listed)}
    assert taken(study, warcs.wacz(tmp_path / "x.wacz", parts), "wacz").files[0].seen == len(strings)
    folder = tmp_path / "held"
    folder.mkdir()
    rows = []
    for number, text in enumerate(strings):
        (folder / f"{number}.txt").write_text(text)
        rows.append({"path": f"{number}.txt", "title": text, "published": text, "url": f"{address}{number}"})
    (folder / "urls.csv").write_bytes(exported.table(rows))
    assert taken(study, folder, "files").files[0].seen == len(strings)
