"""Archiving: every answer is kept as it came before anybody reads it, with what was wrong with it."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler

from corpus.archive import journal, read_entry
from corpus.errors import HuanyingError
from corpus.records import Capture, Permission
from corpus.study import load_study
from corpus.warc import Entry
from spiders.archiving import Archiver
from spiders.failures import NotArchived
from spiders.news import News
from spiders.shared import Shared, open_shared
from tests.crawled import captures, crawl, write_study
from tests.served import Answer, page, serve

SQUEEZED = gzip.compress(page("squeezed", text="invented " * 100).encode())
ENDLESS = "x" * (3 << 20)
SITE = {
    "/": Answer(page("Front", *(f"/a/{name}" for name in ("gzip", "moved", "gone", "big", "cut", "odd", "empty")))),
    "/robots.txt": Answer("User-agent: *\nAllow: /", media="text/plain"),
    "/a/gzip": Answer(SQUEEZED, headers=[("Content-Encoding", "gzip"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]),
    "/a/moved": Answer("", 301, headers=[("Location", "/a/target")]),
    "/a/target": Answer(page("Target")),
    "/a/gone": Answer("no more", 410),
    "/a/big": Answer(ENDLESS, media="text/html"),
    "/a/cut": Answer("y" * 5000, headers=[("Content-Length", "9000")], cut=5000),
    "/a/odd": Answer(b"\xff\xfe\x00odd\r\n\r\n", media="application/x-odd"),
    "/a/empty": Answer(b""),
}


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, list[Capture]], dict[str, Entry]]]:
    os.environ["HUANYING_KEYS"] = str(tmp_path_factory.mktemp("module-keys"))
    folder = tmp_path_factory.mktemp("archiving")
    with serve({("*", path): answer for path, answer in SITE.items()}) as served:
        outlet = 'fronts = ["http://harbour.example/"]\narticle = ["/a/"]'
        write_study(folder, served.place, {"harbour": outlet}, budget="attempts = 2")
        crawl(folder)
    by_path: dict[str, list[Capture]] = {}
    for capture in captures(folder):
        by_path.setdefault(capture.url.removeprefix("http://harbour.example"), []).append(capture)
    study = load_study(folder)
    entries = [read_entry(study.archive_folder, place) for place in journal(study.archive_folder)]
    yield by_path, {entry.url.removeprefix("http://harbour.example"): entry for entry in entries}


Archived = tuple[dict[str, list[Capture]], dict[str, Entry]]


def test_every_answer_is_there(archived: Archived) -> None:
    assert {path: [one.status for one in found] for path, found in archived[0].items()} == {
        "/robots.txt": [200],
        "/": [200],
        "/a/gzip": [200],
        "/a/moved": [301],
        "/a/target": [200],
        "/a/gone": [410],
        "/a/big": [200],
        "/a/cut": [200, 200],  # half a body is asked for again, as often as the study allows, and each half is kept
        "/a/odd": [200],
        "/a/empty": [200],
    }


def test_bytes_are_as_sent(archived: Archived) -> None:
    entry, (capture,) = archived[1]["/a/gzip"], archived[0]["/a/gzip"]
    assert entry.body == SQUEEZED
    assert [value for name, value in entry.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert capture.body == gzip.decompress(SQUEEZED)
    assert archived[1]["/a/odd"].body == b"\xff\xfe\x00odd\r\n\r\n"
    assert archived[1]["/a/empty"].body == b""


def test_what_was_asked_is_there_too(archived: Archived) -> None:
    entry = archived[1]["/a/gzip"]
    asked = {name.lower(): value for name, value in entry.request_headers}
    assert asked["user-agent"].startswith("Huanying/")
    assert not {"cookie", "authorization"} & set(asked)
    assert entry.address == "127.0.0.1"
    assert entry.permission.decision == "allowed"
    assert entry.permission.robots_digest == archived[0]["/robots.txt"][0].payload_digest
    assert archived[1]["/robots.txt"].format == "robots"


def test_a_redirect_is_a_capture_with_its_target(archived: Archived) -> None:
    (moved,), (target,) = archived[0]["/a/moved"], archived[0]["/a/target"]
    assert moved.location == "/a/target"
    assert target.finding == moved.finding


def test_a_body_without_end_is_cut_and_flagged(archived: Archived) -> None:
    (big,) = archived[0]["/a/big"]
    assert big.problems == ("truncated",)
    assert (1 << 20) <= len(big.body) < (2 << 20)
    assert ENDLESS.encode().startswith(big.body)


def test_half_a_body_is_flagged(archived: Archived) -> None:
    assert {capture.problems for capture in archived[0]["/a/cut"]} == {("payload_incomplete",)}


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    study = load_study(write_study(tmp_path, "127.0.0.1:9", {"harbour": ""}))
    made = open_shared(study, ["harbour"])
    yield made
    made.archive.close()


def _archiver(shared: Shared) -> Archiver:
    settings = {"SHARED": shared, "STUDY": shared.study, "ADDONS": {}}
    return Archiver.from_crawler(get_crawler(News, settings, prevent_warnings=False))


def _request(**meta: object) -> Request:
    return Request("http://harbour.example/1", meta={"source_id": "harbour", **meta})


def test_nothing_is_archived_without_a_permission(shared: Shared) -> None:
    with pytest.raises(NotArchived, match="without a permission on record"):
        _archiver(shared).process_response(_request(), Response("http://harbour.example/1"))
    assert shared.frontier.halted is not None


def test_an_answer_out_of_a_cache_is_no_capture(shared: Shared) -> None:
    with pytest.raises(NotArchived, match="out of a cache"):
        _archiver(shared).process_response(
            _request(permission=Permission("allowed")), Response("http://harbour.example/1", flags=["cached"])
        )


def test_after_a_halt_nothing_more_is_taken(shared: Shared) -> None:
    shared.frontier.halt(HuanyingError("over"))
    with pytest.raises(NotArchived, match="over"):
        _archiver(shared).process_response(
            _request(permission=Permission("allowed")), HtmlResponse("http://harbour.example/1", body=b"x")
        )
    assert journal(shared.study.archive_folder) == []


def test_settings_are_copied_but_what_is_shared_is_not(shared: Shared) -> None:
    settings = Settings({"SHARED": shared})
    assert settings.copy()["SHARED"] is shared
