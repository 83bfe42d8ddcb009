"""RedNote is asked where its robots.txt allows, in a real browser; what it shows is what an import of the same shows."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from corpus.build import build
from corpus.chromium import INSTALL, Chromium, find
from corpus.demo.rednote import CLOSED, DELETED, OPEN, SINGLE, WALLED
from corpus.demo.site import check_log, prepare, read_log
from corpus.errors import UserError
from corpus.intake import intake
from corpus.records import Capture
from corpus.study import load_study
from spiders.crawl import run_crawl
from tests.crawled import captures, crawl, write_study
from tests.served import Answer, serve

Row = dict[str, Any]
needs_chromium = pytest.mark.skipif(
    not isinstance(find(), Chromium), reason="no Chromium here; `huanying doctor` tells"
)


@dataclass(frozen=True, slots=True)
class Crawled:
    """The demonstration's platform, asked once by the spider: what came of it, and what the server saw."""

    folder: Path
    result: Row
    rows: list[Row]
    violations: list[str]
    captures: list[Capture]
    keys: str
    """Folder of the keys with which `snapshot` was built."""
    snapshot: Path

    @property
    def counts(self) -> Row:
        (source,) = self.result["sources"]
        return dict(source)

    def paths(self, host: str = OPEN) -> list[str]:
        return [row["path"] for row in self.rows if row["host"] == host]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    folder = tmp_path_factory.mktemp("site") / "demo"
    with pytest.MonkeyPatch.context() as patch, prepare(folder) as site:
        keys = str(tmp_path_factory.mktemp("keys"))
        patch.setenv("HUANYING_KEYS", keys)
        result = crawl(folder, "rednote")
        snapshot = build(load_study(folder), workers=1).snapshot.folder
        yield Crawled(folder, result, read_log(site.log), check_log(site), captures(folder), keys, snapshot)


def documents(snapshot: Path) -> dict[str, Row]:
    """A snapshot's documents by id."""
    rows = pl.read_parquet(f"{snapshot}/data/documents/*.parquet").to_dicts()
    return {row["id"]: row for row in rows}


@needs_chromium
def test_the_server_saw_nothing_that_robots_forbid_and_no_picture(crawled: Crawled) -> None:
    assert not crawled.violations
    paths = crawled.paths()
    assert paths[0] == "/robots.txt" and not [one for one in paths if one.startswith(("/user", "/search", "/picture"))]
    assert all(row["method"] == "GET" for row in crawled.rows)
    for part in ("/app.js", "/api/sns/web/v1/page/notes", "/api/sns/web/v2/comment/page", "/comment/sub/page"):
        assert any(part in path for path in paths), f"{part} was never asked for: nothing was drawn or scrolled"


@needs_chromium
def test_each_end_is_told(crawled: Crawled) -> None:
    counts = crawled.counts
    assert counts["fetched"] == 2 + 10
    assert counts["gone"] == 1
    assert counts["refused"] == {"robots": 1, "wall": 1}
    assert not counts["failed"] and not counts["spider_errors"] and not counts["faults"]
    assert "captcha" in crawled.result["closed"][f"http://{OPEN}"]
    last = crawled.paths()[-1]
    assert WALLED in last, "nothing was asked after the captcha"


@needs_chromium
def test_a_host_that_forbids_is_told_with_its_rule_and_the_way_out(crawled: Crawled) -> None:
    assert crawled.paths(CLOSED) == ["/robots.txt"]
    assert crawled.counts["forbidden"] == {CLOSED: "line 2: Disallow: /"}
    (line,) = crawled.result["advice"]
    assert CLOSED in line and "line 2: Disallow: /" in line and "`huanying import FILE`" in line


@needs_chromium
def test_what_notes_declare_is_held_against_what_they_showed(crawled: Crawled) -> None:
    shown = crawled.counts["shown"]
    assert shown["notes"] == 10
    assert shown["comments"] >= 50 and shown["declared"] > 10_000
    log = (crawled.folder / "log" / "crawl.log").read_text(encoding="utf-8")
    assert f"note {SINGLE} declares 5 comments; 5 were shown" in log
    assert f"note {DELETED}: gone" in log
    assert "DEMO" not in log, "a token stands in the log"
    assert "Traceback" not in log


@needs_chromium
def test_wire_and_drawn_pages_are_archived_apart(crawled: Crawled) -> None:
    forms = {(one.how, one.format) for one in crawled.captures}
    assert {
        ("http", "page"),
        ("rendered", "page"),
        ("http", "front"),
        ("rendered", "front"),
        ("http", "answer"),
    } <= forms
    (note,) = [one for one in crawled.captures if SINGLE in one.url and one.how == "rendered" and one.format == "page"]
    assert b"comment-item" in note.body
    (wire,) = [one for one in crawled.captures if one.url == note.url and one.how == "http"]
    assert b"comment-item" not in wire.body and b"undefined" in wire.body


@needs_chromium
def test_browser_and_import_give_the_same_documents(
    crawled: Crawled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUANYING_KEYS", crawled.keys)
    imported, both = tmp_path / "imported", tmp_path / "both"
    private = shutil.ignore_patterns("archive", "corpus", "log", "report")
    shutil.copytree(crawled.folder, imported, ignore=private)
    shutil.copytree(crawled.folder, both, ignore=shutil.ignore_patterns("corpus"))
    for folder in (imported, both):
        intake(load_study(folder), [folder / "captures"], None, say=lambda line: None)
    built = [build(load_study(folder), workers=1).snapshot.folder for folder in (imported, both)]
    seen, brought, together = (documents(snapshot) for snapshot in (crawled.snapshot, *built))
    keys = load_study(imported).keys()
    walled = keys.document("rednote", WALLED)
    shared = (seen.keys() & brought.keys()) - {walled}
    assert len([one for one in shared if seen[one]["kind"] == "post"]) == 10
    assert len([one for one in shared if seen[one]["kind"] == "comment"]) >= 50
    for one in shared:
        assert seen[one] == brought[one] == together[one]
    assert seen.keys() - brought.keys() == {keys.document("rednote", DELETED)}, "its card alone was seen"
    assert "no_text" in seen[walled]["flags"], "of what stands behind the wall, the card alone was seen"
    assert together[walled] == brought[walled], "what the crawl was refused, the import brings"


@needs_chromium
def test_no_token_and_no_account_is_in_the_corpus(crawled: Crawled) -> None:
    assert any("xsec_token=" in one.url for one in crawled.captures), "notes are asked for with their tokens"
    for path in crawled.snapshot.rglob("*.parquet"):
        told = json.dumps(pl.read_parquet(path).to_dicts(), default=str, ensure_ascii=False)
        for secret in ("DEMO0b424544", "xsec_token=", "5f5f00000000000000", "MapleJenny_OH"):
            assert secret not in told, (path.name, secret)


@needs_chromium
def test_a_browser_without_our_safeguards_is_found_out(tmp_path: Path) -> None:
    browser = find()
    assert isinstance(browser, Chromium)
    with prepare(tmp_path / "demo") as site:
        command = [str(browser.path), "--headless", "--disable-gpu", "--disable-background-networking", "--dump-dom"]
        command += ["--no-sandbox"] * (os.geteuid() == 0)
        command += [
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--host-resolver-rules=MAP * 127.0.0.1:{site.server.port}",
        ]
        page = f"http://{OPEN}/explore/{SINGLE}"
        done = subprocess.run([*command, page], capture_output=True, text=True, timeout=240, check=True)
        assert "comment-item" in done.stdout
        told = "\n".join(check_log(site))
    for path in ("/user/me", "/search_result/trending", "/picture/", "POST /api/collect"):
        assert path in told


PLATFORM = """kind = "platform"
browser = true
{more}"""
ROBOTS = Answer("User-agent: *\nDisallow: /user/\n", media="text/plain")
NOTE = "6784f0a1000000000203ab{:02d}"


def drawn(words: str, shell: str = "") -> Answer:
    """A page of which the wire says next to nothing: its script draws the words."""
    script = f"document.getElementById('app').textContent = {json.dumps(words)};"
    return Answer(f'<!DOCTYPE html><title>-</title><div id="app">{shell}</div><script>{script}</script>')


@needs_chromium
def test_a_wall_that_only_the_drawn_page_shows_stops_the_host(tmp_path: Path) -> None:
    notes = [f"http://rednote.example/explore/{NOTE.format(n)}" for n in range(3)]
    site = {("*", "/robots.txt"): ROBOTS, ("*", "*"): drawn("请完成安全验证后继续访问")}
    with serve(dict(site)) as served:
        more = PLATFORM.format(more=f"pages = {json.dumps(notes)}")
        result = crawl(write_study(tmp_path, served.place, {"rednote": more}))
        assert len([path for path in served.paths() if path.startswith("/explore/")]) == 1
    (counts,) = result["sources"]
    assert counts["refused"] == {"wall": 1, "closed": 2}
    assert list(result["closed"]) == ["http://rednote.example"]
    assert "Traceback" not in (tmp_path / "log" / "crawl.log").read_text(encoding="utf-8")


def test_a_platform_that_forbids_everything_is_asked_for_its_robots_alone(tmp_path: Path) -> None:
    closed = Answer("# no readers\nUser-agent: *\nDisallow: /\n", media="text/plain")
    with serve({("*", "/robots.txt"): closed, ("*", "*"): Answer("<p>never</p>")}) as served:
        more = PLATFORM.format(more='fronts = ["http://rednote.example/page/topics/cats"]')
        result = crawl(write_study(tmp_path, served.place, {"rednote": more}))
        assert served.paths() == ["/robots.txt"]
        told = subprocess.run(
            [sys.executable, "-c", "from corpus.cli import main; main()", "crawl", "--study", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert set(served.paths()) == {"/robots.txt"}
    assert result["exit_code"] == told.returncode == 4
    for line in (result["advice"][0], told.stderr):
        assert re.search(r"robots.txt of rednote.example.*line 3: Disallow: /\).*`huanying import FILE`", line)


def test_a_platform_without_an_address_is_not_crawled(tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path, "127.0.0.1:9", {"rednote": PLATFORM.format(more="")}))
    with pytest.raises(UserError, match=r"names no address") as caught:
        run_crawl(study, outlets=["rednote"])
    assert "`huanying import FILE`" in str(caught.value) and not study.archive_folder.exists()


def test_without_a_browser_the_result_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANYING_CHROMIUM", str(tmp_path / "absent"))
    site = {("*", "/robots.txt"): ROBOTS, ("*", "*"): Answer("<p>A page with words of its own.</p>")}
    with serve(dict(site)) as served:
        more = PLATFORM.format(more=f'pages = ["http://rednote.example/explore/{NOTE.format(0)}"]')
        plain = 'fronts = ["http://harbour.example/"]'
        result = crawl(write_study(tmp_path, served.place, {"harbour": plain, "rednote": more}))
        assert served.paths("harbour.example") == ["/robots.txt", "/"], "plain sources go on"
    told = {one["source_id"]: one for one in result["sources"]}
    assert told["rednote"]["failed"] == {"no_browser": 1} and told["harbour"]["fetched"] == 1
    assert INSTALL in result["advice"][0] and "huanying doctor" in result["advice"][0]
