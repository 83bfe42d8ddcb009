"""Common Crawl: from the index to the study's documents, each with its own address and day; whatever the archive does."""

import json
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.archive import journal, read_entry
from corpus.build import build
from corpus.study import load_study
from spiders.commoncrawl import held_of
from tests.crawled import captures, crawl, write_study
from tests.served import Answer, Seen, Served, serve
from tests.warehouse import DATA, HOSTS, INDEX, NEWS, OUTLETS, Warehouse, address, bulk, record, story

FILE = "crawl-data/CC-MAIN-2025-05/segments/1/warc/CC-MAIN-20250115-00000.warc.gz"
OTHER = "crawl-data/CC-MAIN-2025-05/segments/2/warc/CC-MAIN-20250116-00007.warc.gz"


def stocked() -> Warehouse:
    """Six stories in two files, between pages of others; and lines that are none of the study's."""
    house = Warehouse()
    members = [bulk(0, 3000)]
    for number in range(4):
        members += [record(address(number), story(number)), bulk(number + 1, 2000)]
    offsets = house.put(FILE, *members)
    for number in range(4):
        house.list(address(number), FILE, offsets[1 + 2 * number], len(members[1 + 2 * number]))
    late = [record(f"http://{NEWS}/story/{n}", story(n), date=f"2025-01-2{n}T10:00:00Z") for n in (4, 5)]
    places = house.put(OTHER, *late)
    for number, offset, member in zip((4, 5), places, late, strict=True):
        house.list(address(number), OTHER, offset, len(member), timestamp=f"2025012{number}100000")
    house.list(address(5), OTHER, places[1], len(late[1]), digest="D5", timestamp="20250126100000")
    house.list(f"http://{NEWS}/about", OTHER, 0, 10)
    house.list(f"http://{NEWS}/story/7", OTHER, 0, 10, timestamp="20241201000000")
    house.list(f"http://{NEWS}/2024/11/02/story/8", OTHER, 0, 10)
    house.list(f"http://{NEWS}/story/9", OTHER, 0, 10, status="301")
    house.list(f"http://{NEWS}/story/10", OTHER, 0, 5 << 20)
    house.list("http://www.other.example/story/1", OTHER, 0, 10)
    house.list(address(11), "../secret.warc.gz", 0, 10)
    house.lines += ["{broken", '{"url": "http://harbour.example/story/12"}']
    return house


@dataclass(frozen=True, slots=True)
class Asked:
    folder: Path
    counts: dict[str, Any]
    served: Served


def ask(folder: Path, answer: Callable[[Seen], Answer], fault: str = "", **more: Any) -> dict[str, Any]:
    with serve({("*", "*"): answer}) as served:
        outlets = {name: OUTLETS[name] for name in ("harbour", "commoncrawl")}
        write_study(folder, served.place, outlets, hosts=HOSTS, **more)
        return crawl(folder, "commoncrawl", fault=fault)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("common")
    with serve({("*", "*"): stocked().answer}) as served:
        outlets = {name: OUTLETS[name] for name in ("harbour", "commoncrawl")}
        budget = "pages_per_pattern = 4"  # many parts of one file are no endless calendar
        result = crawl(write_study(folder, served.place, outlets, hosts=HOSTS, budget=budget), "commoncrawl")
        yield Asked(folder, result["sources"][0], served)


def test_the_index_is_asked_page_by_page_and_each_capture_once(asked: Asked) -> None:
    paths = asked.served.paths(INDEX)
    assert sum("showNumPages=true" in path for path in paths) == 1
    assert [path.rpartition("=")[2] for path in paths if "&page=" in path] == ["0", "1", "2", "3"]
    assert all("from=20250109160000" in path and "to=20250312155959" in path for path in paths if "url=" in path)
    ranges = [seen.headers.get("range") for seen in asked.served.requests(DATA) if seen.path != "/robots.txt"]
    assert len(ranges) == len(set(ranges)) == 6


def test_each_line_that_is_not_wanted_is_counted_with_its_reason(asked: Asked) -> None:
    assert asked.counts["fetched"] == 1 + 4 + 6
    assert asked.counts["pages"] == 6
    assert asked.counts["skipped"] == {
        "before_window": 2,
        "http_301": 1,
        "not_an_article": 1,
        "other_host": 1,
        "too_large": 1,
        "unchanged": 1,
    }
    assert asked.counts["faults"] == {"lines_unread: 3": 1}
    assert not asked.counts["failed"] and not asked.counts["refused"] and not asked.counts["spider_errors"]


def test_documents_are_the_outlets_own_with_the_day_of_the_capture_kept_apart(asked: Asked) -> None:
    snapshot = build(load_study(asked.folder), workers=1).snapshot.folder
    documents = pl.read_parquet(f"{snapshot}/data/documents/*.parquet").sort("url")
    assert documents["url"].to_list() == [address(n).replace("http:", "https:") for n in range(6)]
    assert set(documents["source_id"]) == {"harbour"} and set(documents["kind"]) == {"article"}
    kept = pl.read_parquet(f"{snapshot}/data/captures/*.parquet").filter(pl.col("format") == "warc-member")
    assert sorted(kept["original_url"]) == [address(n) for n in range(6)]
    assert all(url.startswith(f"http://{DATA}/crawl-data/") for url in kept["url"])
    (fourth,) = kept.filter(pl.col("original_url") == address(4)).to_dicts()
    assert fourth["collected_at"].replace(tzinfo=UTC) == datetime(2025, 1, 24, 10, tzinfo=UTC)
    assert fourth["fetched_at"].year >= 2026 and fourth["source_id"] == "harbour"
    sightings = pl.read_parquet(f"{snapshot}/data/sightings/*.parquet")
    assert set(sightings["found_by"]) == {"archive"} and set(sightings["value"]) == {"CC-MAIN-2025-05"}


def test_entries_hold_the_bytes_and_the_range_as_they_were(asked: Asked) -> None:
    folder = load_study(asked.folder).archive_folder
    entries = [read_entry(folder, place) for place in journal(folder)]
    house = stocked()
    members = [entry for entry in entries if entry.format == "warc-member"]
    assert len(members) == 6
    for entry in members:
        asked_for = dict(entry.request_headers)["Range"].removeprefix("bytes=")
        first, last = map(int, asked_for.split("-"))
        assert entry.body == house.files[entry.url.partition(f"{DATA}/")[2]][first : last + 1]
        assert entry.status == 206 and (entry.header("Content-Range") or "").startswith(f"bytes {first}-{last}/")
        assert entry.finding.collected_at is not None


def test_a_second_run_asks_the_index_again_and_no_capture_twice(asked: Asked) -> None:
    before = len(asked.served.requests(DATA))
    again = crawl(asked.folder, "commoncrawl")
    assert again["sources"][0]["run"] == 2
    assert [seen for seen in asked.served.requests(DATA)[before:] if seen.path != "/robots.txt"] == []


def test_nothing_held_is_no_failure_and_a_wrong_index_is_one(tmp_path: Path) -> None:
    house = stocked()
    with serve({("*", "*"): house.answer}) as served:
        empty = {"harbour": HARBOUR_ELSEWHERE, "commoncrawl": OUTLETS["commoncrawl"]}
        hosts = {**HOSTS, "harbour": ["quay.example"]}
        result = crawl(write_study(tmp_path / "empty", served.place, empty, hosts=hosts), "commoncrawl")
        assert result["exit_code"] == 0 and result["sources"][0]["fetched"] == 1
        wrong = {**empty, "commoncrawl": OUTLETS["commoncrawl"].replace("2025-05", "2525-05")}
        result = crawl(write_study(tmp_path / "wrong", served.place, wrong, hosts=hosts), "commoncrawl")
        assert result["exit_code"] == 6 and result["sources"][0]["failed"] == {"http_404": 1}


def test_what_a_budget_leaves_of_an_index_the_next_run_asks_for(tmp_path: Path) -> None:
    house = stocked()
    house.most = 3
    house.list("https://[harbour.example/story/1", OTHER, 0, 10)
    house.list(address(13), OTHER, 0, 10, status="x" * 500)
    with serve({("*", "*"): house.answer}) as served:
        outlets = {name: OUTLETS[name] for name in ("harbour", "commoncrawl")}
        write_study(tmp_path, served.place, outlets, hosts=HOSTS, budget="pages_per_pattern = 4")
        first = crawl(tmp_path, "commoncrawl")["sources"][0]
        assert first["skipped"]["budget_pattern"] == 2 and first["pages"] == 6
        second = crawl(tmp_path, "commoncrawl")["sources"][0]
        pages = {path.rpartition("=")[2] for path in served.paths(INDEX) if "&page=" in path}
        assert pages == set("012345")
    assert "budget_pattern" not in second["skipped"]
    assert second["skipped"]["http_other"] == 1 and second["skipped"]["other_host"] == 2


WHOLE = random.Random(1).randbytes(4 << 20)
HARBOUR_ELSEWHERE = "article = ['/story/']"


def altered(house: Warehouse, change: Callable[[Answer], Answer]) -> Callable[[Seen], Answer]:
    """The warehouse's answers, with those of its files changed."""

    def answer(seen: Seen) -> Answer:
        given = house.answer(seen)
        return change(given) if seen.host == DATA and seen.path != "/robots.txt" else given

    return answer


def of_part(answer: Answer, **fields: Any) -> Answer:
    known = {"body": answer.body, "status": answer.status, "headers": answer.headers, "media": answer.media}
    return Answer(**{**known, **fields})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda a: of_part(a, status=200, body=WHOLE, headers=()), {"refused": {"range_ignored": 6}}),
        (lambda a: of_part(a, headers=[("Content-Range", "bytes 0-9/99")]), {"failed": {"range_differs": 6}}),
        (lambda a: of_part(a, headers=()), {"failed": {"range_differs": 6}}),
        (lambda a: of_part(a, body=a.data()[:-5]), {"failed": {"payload_incomplete": 6}}),
        (lambda a: of_part(a, body=a.data() + b"more"), {"failed": {"range_differs": 6}}),
        (
            lambda a: of_part(a, headers=[*a.headers, ("Content-Encoding", "gzip")]),
            {"failed": {"range_differs": 6}},
        ),
        (lambda a: Answer("", 404), {"gone": 6}),
    ],
)
def test_what_is_not_the_part_that_was_asked_for_is_not_taken_for_it(
    tmp_path: Path, change: Callable[[Answer], Answer], told: dict[str, Any]
) -> None:
    result = ask(tmp_path, altered(stocked(), change), budget="attempts = 2")
    counts = result["sources"][0]
    assert {name: counts[name] for name in told} == told
    assert counts["pages"] == 0
    size = sum(path.stat().st_size for path in (tmp_path / "archive").glob("*.warc.gz"))
    assert size < 1 << 20, "a whole file was taken in place of a part"


def test_a_wall_in_place_of_a_part_closes_the_host(tmp_path: Path) -> None:
    house = stocked()
    wall = Answer("<html><head><title>Just a moment...</title></head><body>wait</body></html>")
    with serve({("*", "*"): altered(house, lambda _: wall)}) as served:
        outlets = {name: OUTLETS[name] for name in ("harbour", "commoncrawl")}
        result = crawl(write_study(tmp_path, served.place, outlets, hosts=HOSTS), "commoncrawl")
        assert len(served.paths(DATA)) == 2, "robots.txt, and the one that was answered with a wall"
    assert result["sources"][0]["refused"] == {"wall": 1, "closed": 5}
    assert list(result["closed"]) == [f"http://{DATA}"]


def test_what_is_not_the_part_sets_the_clock_as_any_answer_does(tmp_path: Path) -> None:
    house = Warehouse()
    members = [record(address(n), story(n)) for n in range(2)]
    for number, offset in enumerate(house.put(FILE, *members)):
        house.list(address(number), FILE, offset, len(members[number]))
    slow = altered(house, lambda _: Answer("x" * 3000, media="application/gzip", delay=0.6))
    with serve({("*", "*"): slow}) as served:
        outlets = {name: OUTLETS[name] for name in ("harbour", "commoncrawl")}
        write_study(tmp_path, served.place, outlets, hosts=HOSTS)
        outlet = tmp_path / "outlets" / "commoncrawl.toml"
        outlet.write_text(f"{outlet.read_text()}\ndelay = 1.0\n")
        result = crawl(tmp_path, "commoncrawl")
        first, second = (seen.at for seen in served.requests(DATA) if seen.path != "/robots.txt")
    assert result["sources"][0]["refused"] == {"range_ignored": 2}
    assert second - first >= 0.6 + 1.0, "the pause is counted from the answer"


def test_robots_of_the_files_host_are_obeyed(tmp_path: Path) -> None:
    house = stocked()

    def answer(seen: Seen) -> Answer:
        if seen.host == DATA and seen.path == "/robots.txt":
            return Answer("User-agent: *\nDisallow: /crawl-data/\n", media="text/plain")
        return house.answer(seen)

    result = ask(tmp_path, answer)
    assert result["sources"][0]["refused"] == {"robots": 6}
    assert house.sent == 0


def test_killed_and_resumed_it_ends_as_if_it_never_was(asked: Asked, tmp_path: Path) -> None:
    whole = {(one.url, one.payload_digest) for one in captures(asked.folder) if one.format == "warc-member"}
    with serve({("*", "*"): stocked().answer}) as served:
        outlets = {name: OUTLETS[name] for name in ("harbour", "commoncrawl")}
        write_study(tmp_path, served.place, outlets, hosts=HOSTS)
        for fault in ("answered:3", "before-commit:2", "append:3"):
            assert crawl(tmp_path, "commoncrawl", fault=fault, check=False)["returncode"] == -signal.SIGKILL
        assert crawl(tmp_path, "commoncrawl")["exit_code"] == 6, "the broken lines are told"
    assert {(one.url, one.payload_digest) for one in captures(tmp_path) if one.format == "warc-member"} == whole


@given(st.binary(max_size=200) | st.dictionaries(st.text(), st.text()).map(lambda d: json.dumps(d).encode()))
def test_no_line_of_an_index_raises(line: bytes) -> None:
    held = held_of(line)
    assert held is None or held.length > 0
