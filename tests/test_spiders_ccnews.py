"""CC-NEWS: of a stream that no disk should hold, the study's pages are kept; killed or stopped, it goes on where it was."""

import gzip
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from corpus.archive import Archive, journal, read_entry
from corpus.build import build
from corpus.intake import intake
from corpus.records import Finding
from corpus.study import load_study
from corpus.warc import Entry
from spiders.ccnews import months
from tests.crawled import crawl, write_study
from tests.served import Answer, Seen, Served, serve
from tests.warehouse import COMMON, DATA, HARBOUR, HOSTS, NEWS, SIEVED, Warehouse, address, bulk, record, story

FOLDER = "crawl-data/CC-NEWS/2025/01"
FIRST, SECOND, LATE = (
    f"{FOLDER}/CC-NEWS-{stamp}-0000{n}.warc.gz"
    for n, stamp in enumerate(("20250114233000", "20250116000000", "20250131000000"))
)
OUTLETS = {"harbour": HARBOUR, "ccnews": SIEVED}
ACROSS = "story 1, across the border of a piece"
PIECE = 512 << 10
"""Half of the MiB that a body may be in these studies."""


def stocked() -> tuple[Warehouse, dict[str, int]]:
    """Two files of the window and one beyond it, with everything that can be wrong; and where it is."""
    house = Warehouse()
    damaged = bytearray(bulk(50, 30_000))
    damaged[9_000:9_040] = bytes(40)
    members = {
        "info": record("urn:info", "software", kind="warcinfo"),
        "story 0": record(address(0), story(0)),
        "asked 0": record(address(0), "", kind="request"),
        "bulk 1": bulk(1, PIECE - 2_000),
        ACROSS: record(address(1), story(1)),
        "bulk 2": bulk(2, 200_000),
        "damaged": bytes(damaged),
        "story 2": record(address(2), story(2), date="2025-01-15T09:30:00Z"),
        "longer than a piece": bulk(3, 700_000),
        "story 3": record(address(3), story(3)),
        "longer than any": bulk(4, 1_700_000),
        "story 4": record(address(4), story(4)),
        "moved": record(address(90), "", status="301 Moved Permanently"),
        "picture": record(address(91), "GIF89a", media="image/gif"),
        "about": record(f"http://{NEWS}/about", story(0)),
        "old": record(address(92), story(0), date="2024-12-30T00:00:00Z"),
        "same": record(address(93), "", kind="revisit"),
        "story of another": bulk(5, 90_000, f"https://not-{NEWS}/story/5"),
    }
    house.put(FIRST, *members.values())
    at, places = 0, {}
    for name, member in members.items():
        places[name] = at
        at += len(member)
    second = [bulk(n, 150_000) for n in range(10, 22)]
    second[3:3] = [record(address(5), story(5), date="2025-01-16T00:10:00Z")]
    house.put(SECOND, *second, record(address(6), story(6))[:-200])
    house.put(LATE, record(address(7), story(7)))
    listed = f"{SECOND}\n{FIRST}\n{LATE}\nnot/a/path\n"
    house.put(f"{FOLDER}/warc.paths.gz", gzip.compress(listed.encode()))
    return house, places


def prepared(folder: Path, served: Served, *others: str, **more: Any) -> Path:
    """A study of Harbour and of ``others``, with the same article patterns."""
    made = write_study(folder, served.place, {**OUTLETS, **dict.fromkeys(others, HARBOUR)}, hosts=HOSTS, **more)
    study = folder / "study.toml"
    study.write_text(study.read_text().replace("end = 2025-02-10", "end = 2025-01-25"))
    return made


def entries_of(folder: Path) -> list[Entry]:
    archive = load_study(folder).archive_folder
    return [read_entry(archive, place) for place in journal(archive)]


def kept(folder: Path) -> list[Entry]:
    """The members that were kept, as they stand in the archive."""
    return [entry for entry in entries_of(folder) if entry.format == "warc-member"]


def held(folder: Path) -> list[tuple[str, str]]:
    return sorted((entry.url, dict(entry.request_headers)["Range"]) for entry in kept(folder))


@dataclass(frozen=True, slots=True)
class Sieved:
    folder: Path
    result: dict[str, Any]
    house: Warehouse
    places: dict[str, int]
    served: Served

    @property
    def counts(self) -> dict[str, Any]:
        (source,) = self.result["sources"]
        return dict(source)


@pytest.fixture(scope="module")
def sieved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sieved]:
    folder = tmp_path_factory.mktemp("sieved")
    house, places = stocked()
    with serve({("*", "*"): house.answer}) as served:
        result = crawl(prepared(folder, served), "ccnews")
        yield Sieved(folder, result, house, places, served)


def test_what_fits_is_kept_byte_by_byte_with_its_own_range(sieved: Sieved) -> None:
    entries = kept(sieved.folder)
    assert len(entries) == 6
    for entry in entries:
        first, last = map(int, dict(entry.request_headers)["Range"].removeprefix("bytes=").split("-"))
        path = entry.url.partition(f"{DATA}/")[2]
        assert entry.body == sieved.house.files[path][first : last + 1]
        assert entry.header("Content-Length") == str(len(entry.body))
        assert entry.header("Content-Range") == f"bytes {first}-{last}/{len(sieved.house.files[path])}"
        assert entry.source_id == "harbour" and entry.finding.value == "CC-NEWS 2025/01"
        assert entry.permission.decision == "allowed"
    across = sieved.places[ACROSS]
    assert across < PIECE < sieved.places["bulk 2"], "it lies across no border"
    assert any(dict(entry.request_headers)["Range"].startswith(f"bytes={across}-") for entry in entries)


def test_documents_have_their_own_address_and_day(sieved: Sieved) -> None:
    snapshot = build(load_study(sieved.folder), workers=1).snapshot.folder
    documents = pl.read_parquet(f"{snapshot}/data/documents/*.parquet")
    assert sorted(documents["url"]) == [address(n).replace("http:", "https:") for n in range(6)]
    assert set(documents["source_id"]) == {"harbour"}
    captures = pl.read_parquet(f"{snapshot}/data/captures/*.parquet").filter(pl.col("original_url") == address(2))
    assert captures["collected_at"].to_list()[0].replace(tzinfo=UTC) == datetime(2025, 1, 15, 9, 30, tzinfo=UTC)


def test_what_is_spoilt_is_told_with_its_place_and_costs_nothing_else(sieved: Sieved) -> None:
    places, second = sieved.places, len(sieved.house.files[SECOND])
    assert set(sieved.counts["faults"]) == {
        f"damaged_member at {places['damaged']}",
        f"member_too_large at {places['longer than any']}",
        f"cut_member at {second - len(record(address(6), story(6))) + 200}",
        "lines_unread: 1",
    }
    assert not sieved.counts["failed"] and not sieved.counts["spider_errors"]


def test_what_of_the_studys_hosts_is_not_kept_is_counted_with_its_reason(sieved: Sieved) -> None:
    assert sieved.counts["skipped"] == {
        "after_window": 1,
        "before_window": 1,
        "http_301": 1,
        "not_an_article": 1,
        "not_html": 1,
    }
    assert sieved.served.paths(DATA).count(f"/{LATE}") == 0, "a file beyond the window was read"


def test_the_disk_holds_what_was_kept_and_not_what_came_by(sieved: Sieved) -> None:
    size = sum(path.stat().st_size for path in (sieved.folder / "archive").rglob("*") if path.is_file())
    assert sieved.house.sent > 5_000_000
    warc = sum(path.stat().st_size for path in (sieved.folder / "archive").glob("*.warc.gz"))
    assert warc < sieved.house.sent / 100 and size < sieved.house.sent / 10
    assert sieved.house.sent < 1.6 * sum(map(len, sieved.house.files.values())), "much was asked for twice"


def test_each_piece_is_asked_for_once_and_told(sieved: Sieved) -> None:
    ranges = [(seen.path, seen.headers["range"]) for seen in sieved.served.requests(DATA) if "range" in seen.headers]
    assert len(ranges) == len(set(ranges)) == sieved.counts["pages"]
    assert max(int(last) - int(first) + 1 for first, last in re.findall(r"(\d+)-(\d+)", str(ranges))) == 1 << 20
    log = (sieved.folder / "log" / "crawl.log").read_text(encoding="utf-8")
    assert "of other hosts" in log and "Traceback" not in log


def test_killed_and_resumed_it_keeps_the_same_and_each_once(sieved: Sieved, tmp_path: Path) -> None:
    house, _ = stocked()
    with serve({("*", "*"): house.answer}) as served:
        prepared(tmp_path, served)
        for fault in ("append:3", "before-commit:4", "synced:2", "append:2"):
            assert crawl(tmp_path, "ccnews", fault=fault, check=False)["returncode"] == -signal.SIGKILL, fault
        crawl(tmp_path, "ccnews")
    assert held(tmp_path) == held(sieved.folder)
    assert house.sent < sieved.house.sent + 8 * (1 << 20), "a kill cost more than the piece in flight"


def test_a_budget_stops_it_and_the_next_run_goes_on(sieved: Sieved, tmp_path: Path) -> None:
    house, _ = stocked()
    with serve({("*", "*"): house.answer}) as served:
        prepared(tmp_path, served, budget="pages_per_host = 4")
        runs = [crawl(tmp_path, "ccnews")["sources"][0] for _ in range(6)]
    assert runs[0]["pages"] == 4 and runs[0]["refused"] == {"budget_host": 2}
    assert [one["pages"] for one in runs][-1] == 0 and all(one["pages"] <= 4 for one in runs)
    assert held(tmp_path) == held(sieved.folder)
    assert house.sent == sieved.house.sent


def test_a_server_that_knows_no_ranges_is_refused_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    house, _ = stocked()

    def answer(seen: Seen) -> Answer:
        seen.headers.pop("range", None)
        return house.answer(seen)

    with serve({("*", "*"): answer}) as served:
        result = crawl(prepared(tmp_path, served), "ccnews")
    assert result["sources"][0]["refused"] == {"range_ignored": 2}
    assert sum(path.stat().st_size for path in (tmp_path / "archive").glob("*.warc.gz")) < 100_000


def test_a_wall_in_place_of_a_piece_closes_the_host_and_is_kept_as_evidence(tmp_path: Path) -> None:
    house, _ = stocked()
    wall = "<html><head><title>Just a moment...</title></head><body>wait</body></html>"

    def answer(seen: Seen) -> Answer:
        return Answer(wall) if "range" in seen.headers else house.answer(seen)

    with serve({("*", "*"): answer}) as served:
        result = crawl(prepared(tmp_path, served), "ccnews")
        assert len([seen for seen in served.requests(DATA) if "range" in seen.headers]) == 1
    assert result["sources"][0]["refused"] == {"wall": 1, "closed": 1}
    assert list(result["closed"]) == [f"http://{DATA}"]
    assert [entry.status for entry in entries_of(tmp_path) if entry.body == wall.encode()] == [200]


@pytest.mark.parametrize(
    ("total", "told"),
    [("bytes */*", {}), ("", {}), (f"bytes */{PIECE}", {}), (f"bytes */{PIECE + 9}", {"http_416": 1})],
)
def test_a_file_of_unknown_length_may_end_with_a_piece(tmp_path: Path, total: str, told: dict[str, int]) -> None:
    """The file is just as long as a piece, and the server tells nobody."""
    house, member = Warehouse(), record(address(1), story(1))
    around = len(bulk(1, PIECE - 2_000)) - (PIECE - 2_000)
    filler = bulk(1, PIECE - len(member) - around)
    assert len(filler) + len(member) == PIECE
    house.put(FIRST, member, filler)
    house.put(f"{FOLDER}/warc.paths.gz", gzip.compress(FIRST.encode()))
    house.put(f"{FOLDER.replace('/01', '/02')}/warc.paths.gz", gzip.compress(b""))

    def answer(seen: Seen) -> Answer:
        given = house.answer(seen)
        span = dict(given.headers).get("Content-Range", "")
        if given.status == 416:
            return replace(given, headers=[("Content-Range", total)] if total else [])
        return replace(given, headers=[("Content-Range", span.replace(f"/{PIECE}", "/*"))] if span else [])

    with serve({("*", "*"): answer}) as served:
        counts = crawl(prepared(tmp_path, served), "ccnews")["sources"][0]
        asked = [seen.headers["range"] for seen in served.requests(DATA) if "range" in seen.headers]
    assert asked == [f"bytes=0-{PIECE - 1}", f"bytes={PIECE}-{2 * PIECE - 1}"]
    assert len(kept(tmp_path)) == 1 and counts["failed"] == told


def test_one_article_live_from_three_archives_and_from_a_file_is_one_document(tmp_path: Path) -> None:
    house = Warehouse()
    member = record(address(1), story(1))
    file = "crawl-data/CC-MAIN-2025-05/segments/1/warc/a-0.warc.gz"
    house.put(FIRST, bulk(1, 5_000), member)
    house.put(f"{FOLDER}/warc.paths.gz", FIRST.encode())
    house.put(file, member)
    house.list(address(1), file, 0, len(member))
    live = f'{HARBOUR}\npages = ["{address(1)}"]'
    with serve({("*", "*"): house.answer, (NEWS, "/story/1"): Answer(story(1))}) as served:
        write_study(tmp_path, served.place, {"harbour": live, "ccnews": SIEVED, "commoncrawl": COMMON}, hosts=HOSTS)
        crawl(tmp_path)
    study = load_study(tmp_path)
    (entry,) = [entry for entry in entries_of(tmp_path) if entry.url == address(1)]
    with Archive(study.archive_folder) as archive:
        memento = f"http://archive.example/web/20250116000000id_/{address(1)}"
        archive.append(replace(entry, url=memento, finding=Finding("archive", "wayback")))
        archive.commit()
    files = tmp_path / "held"
    files.mkdir()
    (files / "page.html").write_text(story(1), encoding="utf-8")
    (files / "urls.csv").write_text(f"path,url,date\npage.html,{address(1)}?utm_source=a,2025-01-20T08:00:00Z\n")
    intake(study, [files], None, say=lambda line: None)
    snapshot = build(study, workers=1).snapshot.folder
    (document,) = pl.read_parquet(f"{snapshot}/data/documents/*.parquet").to_dicts()
    assert document["source_id"] == "harbour"
    sightings = pl.read_parquet(f"{snapshot}/data/sightings/*.parquet")
    assert set(sightings["document_id"]) == {document["id"]} and sightings["capture_id"].n_unique() == 5
    assert {"CC-NEWS 2025/01", "CC-MAIN-2025-05"} < set(sightings["value"])


def test_months_reach_over_the_turn_of_a_year() -> None:
    first, last = datetime(2024, 11, 30, 23, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)
    assert months(first, last) == ["2024/11", "2024/12", "2025/01", "2025/02"]


def test_a_study_that_looks_for_more_reads_its_files_anew(tmp_path: Path) -> None:
    house = Warehouse()
    house.put(FIRST, *(bulk(n, 150_000) for n in range(8)), record("http://quay.example/story/1", story(1)))
    house.put(f"{FOLDER}/warc.paths.gz", FIRST.encode())
    with serve({("*", "*"): house.answer}) as served:
        prepared(tmp_path, served, budget="pages_per_host = 2")
        assert crawl(tmp_path, "ccnews")["sources"][0]["refused"] == {"budget_host": 1}
        assert kept(tmp_path) == []
        prepared(tmp_path, served, "quay")
        result = crawl(tmp_path, "ccnews")["sources"][0]
        assert not result["failed"] and not result["refused"]
    (entry,) = kept(tmp_path)
    assert entry.source_id == "quay"


def test_what_a_part_gave_and_its_end_are_durable_as_one(tmp_path: Path) -> None:
    house = Warehouse()
    house.put(FIRST, *(record(address(n), story(n)) for n in range(130)), bulk(1, PIECE))
    house.put(f"{FOLDER}/warc.paths.gz", FIRST.encode())
    with serve({("*", "*"): house.answer}) as served:
        prepared(tmp_path, served)
        for fault in ("append:60", "append:120", "synced:1"):
            assert crawl(tmp_path, "ccnews", fault=fault, check=False)["returncode"] == -signal.SIGKILL, fault
        assert crawl(tmp_path, "ccnews")["exit_code"] == 0
    assert len(held(tmp_path)) == len(set(held(tmp_path))) == 130


def test_memory_does_not_grow_with_the_stream(tmp_path: Path) -> None:
    peaks = []
    for name, number in (("short", 8), ("long", 120)):
        house = Warehouse()
        house.put(FIRST, *(bulk(n, 150_000) for n in range(number)), record(address(1), story(1)))
        house.put(f"{FOLDER}/warc.paths.gz", FIRST.encode())
        with serve({("*", "*"): house.answer}) as served:
            result = crawl(prepared(tmp_path / name, served), "ccnews")
        assert len(kept(tmp_path / name)) == 1
        peaks.append(result["peak_mib"])
    assert peaks[1] < peaks[0] + 12, peaks
