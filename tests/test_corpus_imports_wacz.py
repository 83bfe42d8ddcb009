"""WACZ: each part is checked before anything is taken; what misleads is refused, the rest goes on."""

import hashlib
import json
import stat
import warnings
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from corpus.archive import Entry
from corpus.errors import UserError
from corpus.imports import Damaged, Held, Item, Stub, Taken
from corpus.imports.wacz import IMPORT
from corpus.zipped import ZipFault, Zipped
from tests.warcs import PLANTED, members, page, pages_list, record, response, sha1, wacz, warcinfo

HELD = Held(frozenset({"rednote"}))
URL = "https://harbour-daily.example/{}"
FIRST = members(warcinfo(), response(URL.format(1), page("One")), response(URL.format(2), page("Two")))
SECOND = members(response(URL.format(3), page("Three")), response(URL.format("a.png"), b"\x89PNG", "image/png"))
LIST = pages_list(
    {
        "id": "1",
        "url": URL.format(1),
        "ts": "2025-01-14T08:00:02.5Z",
        "title": "One, as listed",
        "seed": True,
        "depth": 0,
    },
    {
        "id": "2",
        "url": URL.format(2) + "#part",
        "ts": "2025-03-01T00:00:00Z",
        "title": URL.format(2),
        "depth": 1,
        "seed": False,
    },
)
EXTRA = pages_list({"id": "3", "url": URL.format(3), "ts": "2025-01-14T08:00:05Z", "title": "Three"})
PARTS = {
    "archive/a.warc.gz": FIRST,
    "archive/b.warc.gz": SECOND,
    "pages/pages.jsonl": LIST,
    "pages/extraPages.jsonl": EXTRA,
    "indexes/index.cdx.gz": b"\x1f\x8b index",
}


def items(path: Path) -> list[Item]:
    return list(IMPORT.items(path, HELD))


def entries(found: list[Item]) -> list[Entry]:
    return [item.entry for item in found if isinstance(item, Taken)]


def damages(found: list[Item]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Damaged)]


def numbers(found: list[Item]) -> list[str]:
    return [entry.url.removeprefix(URL.format("")) for entry in entries(found)]


def test_pages_of_several_files_with_what_the_lists_say_of_them(tmp_path: Path) -> None:
    path = wacz(tmp_path / "held.wacz", PARTS, deflated=("pages/pages.jsonl",))
    found = items(path)
    one, two, three = entries(found)
    assert IMPORT.recognise(path, path.read_bytes()) and damages(found) == []
    assert [item.reason for item in found if isinstance(item, Stub)] == ["no_text"]
    assert one.body == page("One") and one.fetched_at == datetime(2025, 1, 14, 8, tzinfo=UTC)
    assert (one.finding.found_by, one.finding.value, one.finding.title) == ("file", "held.wacz", "One, as listed")
    assert one.finding.collected_at == datetime(2025, 1, 14, 8, 0, 2, 500000, tzinfo=UTC)
    assert (two.finding.found_by, two.finding.title) == ("link", None)
    assert two.finding.collected_at == two.fetched_at, "the list speaks of another visit"
    assert (three.finding.found_by, three.finding.title) == ("link", "Three")
    assert found[0].shape.name == "WACZ page"  # type: ignore[union-attr]


def test_a_revisit_may_point_into_another_file_of_the_collection(tmp_path: Path) -> None:
    again = record("revisit", b"", "application/http", URL.format(9), WARC_Payload_Digest=sha1(page("One")))
    found = entries(items(wacz(tmp_path / "a.wacz", {"archive/a.warc.gz": FIRST, "archive/b.warc.gz": members(again)})))
    assert found[-1].url == URL.format(9) and found[-1].body == page("One")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hash": "sha256:" + "0" * 64}, "digest_wrong"),
        ({"hash": "md5:" + hashlib.md5(FIRST).hexdigest(), "bytes": 1}, "size_wrong"),
        ({"hash": "sha224:" + "0" * 56}, "digest_of_unknown_kind"),
        ({"hash": None}, "digest_missing"),
        ({"path": "archive/gone.warc.gz"}, "resource_missing"),
    ],
)
def test_a_part_that_is_not_as_it_should_be_is_refused_and_the_others_go_on(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    told = [
        {"path": name, "hash": "sha256:" + hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in PARTS.items()
    ]
    told[0] |= change
    found = items(wacz(tmp_path / "a.wacz", PARTS, {"profile": "data-package", "resources": told}))
    assert damages(found) == ([reason, "not_in_datapackage"] if "path" in change else [reason])
    assert numbers(found) == ["3"]


def test_a_part_changed_afterwards_is_refused(tmp_path: Path) -> None:
    path = wacz(tmp_path / "a.wacz", PARTS)
    data = bytearray(path.read_bytes())
    place = data.index(FIRST)
    data[place + len(FIRST) // 2] ^= 1
    path.write_bytes(data)
    assert damages(items(path)) == ["damaged"] and numbers(items(path)) == ["3"]


def test_md5_and_the_older_way_of_telling_digests(tmp_path: Path) -> None:
    told = [
        {"path": name, "stats": {"hash": hashlib.md5(data).hexdigest(), "bytes": len(data)}, "hashing": "md5"}
        for name, data in PARTS.items()
    ]
    found = items(wacz(tmp_path / "a.wacz", PARTS, {"resources": told}))
    assert numbers(found) == ["1", "2", "3"] and not damages(found)


def test_an_archive_that_is_compressed_or_not_listed_is_refused(tmp_path: Path) -> None:
    found = items(
        wacz(tmp_path / "a.wacz", PARTS, deflated=("archive/a.warc.gz",), extra=[("archive/c.warc.gz", FIRST)])
    )
    assert damages(found) == ["not_stored", "not_in_datapackage"] and numbers(found) == ["3"]


@pytest.mark.parametrize(
    "name", ["../evil.warc.gz", "/etc/evil", "archive\\..\\evil.warc.gz", "archive/../x", "C:/x", "archive/a.warc.gz"]
)
def test_names_that_mislead_are_refused(tmp_path: Path, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the writer: a name stands there twice
        path = wacz(tmp_path / "a.wacz", PARTS, extra=[(name, b"evil")])
    found = items(path)
    if name in PARTS:
        assert set(damages(found)) == {"duplicate_name", "resource_missing"} and numbers(found) == ["3"]
    else:
        assert damages(found) == ["unsafe_name"] and numbers(found) == ["1", "2", "3"]
    assert not [one for one in tmp_path.rglob("*") if one != path]


def test_a_name_with_a_nul_and_a_link_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("archive/link.warc.gz")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = wacz(tmp_path / "a.wacz", PARTS, extra=[("archive/evil_nul.warc.gz", FIRST), (link, b"/etc/passwd")])
    path.write_bytes(path.read_bytes().replace(b"evil_nul.warc", b"evil\0nul.warc"))
    assert damages(items(path)) == ["unsafe_name", "link"] and numbers(items(path)) == ["1", "2", "3"]


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.zipped._SMALL", 1 << 20)
    path = wacz(tmp_path / "a.wacz", {**PARTS, "pages/bomb.jsonl": bytes(3 << 20)}, deflated=("pages/bomb.jsonl",))
    with pytest.raises(UserError, match=r"would unpack to more than 200 times"):
        items(path)


@pytest.mark.parametrize(
    ("package", "what"),
    [
        ([], "is no JSON object"),
        ({"profile": "data-package"}, "no list of resources"),
        ({"resources": []}, "no list of resources"),
        ({"resources": [{"name": "x"}]}, "without path"),
        ({"resources": [{"path": "archive/a.warc.gz"}] * 2}, "twice"),
        (
            {"resources": [{"path": "indexes/index.cdx.gz", "hash": "sha256:0"}]},
            "lists no WARC file.*index.cdx.gz: digest wrong",
        ),
    ],
)
def test_a_datapackage_that_is_none(tmp_path: Path, package: Any, what: str) -> None:
    path = wacz(tmp_path / "a.wacz", PARTS, {"resources": []})
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/a.warc.gz", FIRST)
        file.writestr("indexes/index.cdx.gz", b"x")
        file.writestr("datapackage.json", json.dumps(package))
    with pytest.raises(UserError, match=rf"(?s)a\.wacz: is no valid WACZ: .*{what}.*next: "):
        items(path)


def test_what_is_no_wacz(tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    whole = wacz(tmp_path / "b.wacz", PARTS).read_bytes()
    for data, what in ((b"", "no zip file"), (b"PK\x03\x04 rubbish", "no zip file"), (whole[:-40], "no zip file")):
        path.write_bytes(data)
        with pytest.raises(UserError, match=rf"(?s){what}.*next: "):
            items(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("archive/a.warc.gz", FIRST)
    with pytest.raises(UserError, match=r"holds no datapackage\.json"):
        items(path)
    wacz(path, PARTS, digested={"path": "datapackage.json", "hash": "sha256:" + "0" * 64})
    with pytest.raises(UserError, match=r"not as datapackage-digest\.json says"):
        items(path)


def test_a_line_of_a_page_list_that_is_broken_is_told_and_its_secrets_kept_out(tmp_path: Path) -> None:
    broken = b'{"url": "https://a.example/?xsec_token=' + PLANTED.encode() + b'", \n' + LIST
    found = items(wacz(tmp_path / "a.wacz", {**PARTS, "pages/pages.jsonl": broken}))
    (damaged,) = [item for item in found if isinstance(item, Damaged)]
    assert damaged.reason == "page_json_syntax" and PLANTED.encode() not in damaged.raw
    assert entries(found)[0].finding.title == "One, as listed"


def multi(path: Path, parts: dict[str, bytes], *elsewhere: str) -> Path:
    listed = [
        {"path": name, "hash": "sha256:" + hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in parts.items()
    ]
    return wacz(
        path, parts, {"profile": "multi-wacz-package", "resources": [*listed, *({"path": one} for one in elsewhere)]}
    )


def test_collections_in_one_file_are_read_one_after_the_other(tmp_path: Path) -> None:
    one = wacz(tmp_path / "one.wacz", {"archive/a.warc.gz": FIRST}).read_bytes()
    two = wacz(tmp_path / "two.wacz", {"archive/b.warc.gz": SECOND}).read_bytes()
    path = multi(
        tmp_path / "all.wacz", {"one.wacz": one, "bad.wacz": b"no zip", "two.wacz": two}, "https://a.example/x.wacz"
    )
    found = items(path)
    assert numbers(found) == ["1", "2", "3"] and damages(found) == ["collection_invalid"]
    assert [item.reason for item in found if isinstance(item, Stub)] == ["no_text", "collection_elsewhere"]
    torn = wacz(tmp_path / "one.wacz", {"archive/a.warc.gz": FIRST[:-9] + SECOND}).read_bytes()
    (damaged,) = [item for item in items(multi(path, {"one.wacz": torn})) if isinstance(item, Damaged)]
    assert path.read_bytes()[damaged.position :].startswith(damaged.raw), "the position is one of the whole file"


def test_collections_that_are_elsewhere_are_named(tmp_path: Path) -> None:
    path = multi(tmp_path / "a.wacz", {}, f"https://a.example/x.wacz?token={PLANTED}", "y.wacz")
    with pytest.raises(UserError, match=r"(?s)holds none: https://a.example/x.wacz, y.wacz.*next: ") as caught:
        items(path)
    assert PLANTED not in str(caught.value)


def test_a_file_cut_or_bent_anywhere_never_gives_a_page_that_was_not_there(tmp_path: Path) -> None:
    whole = wacz(tmp_path / "a.wacz", {"archive/a.warc.gz": FIRST, "pages/pages.jsonl": LIST}).read_bytes()
    known = {entry.url: entry.body for entry in entries(items(tmp_path / "a.wacz"))}
    path = tmp_path / "b.wacz"
    for at in range(0, len(whole), 5):
        bent = bytearray(whole)
        bent[at] ^= 1 << at % 8
        for data in (whole[:at], bytes(bent)):
            path.write_bytes(data)
            try:
                found = items(path)
            except UserError:
                continue
            assert all(known[entry.url] == entry.body for entry in entries(found))


def test_zipped_needs_a_zip(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x" * 100)
    with (tmp_path / "x").open("rb") as file, pytest.raises(ZipFault):
        Zipped(file)


def test_files_of_other_tools(shared: Path) -> None:
    top = shared / "data" / "cases" / "warc" / "pywb" / "sample_archive" / "waczs"
    (entry,) = entries(items(top / "valid_example_1.wacz"))
    assert entry.finding.title == "Example Domain" and entry.format == "page"
    with pytest.raises(UserError, match=r"(?s)invalid_example_1\.wacz: is no valid WACZ: .*index\.cdx\.gz.*next: "):
        items(top / "invalid_example_1.wacz")
