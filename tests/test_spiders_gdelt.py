"""The years behind, from GDELT: what it saw of the study's outlets is asked for by their own spider, live."""

import io
import signal
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.build import build
from corpus.study import load_study
from spiders import gkg
from spiders.gdelt import read_answer
from tests.archives import Article, GdeltServer, gkg_row, zipped
from tests.crawled import ROOT, captures, crawl, write_study
from tests.served import Answer, Seen, Served, page, serve

TEXT = "Visitors and hosts on the app told each other about cats, rent and grammar until late in the evening. " * 4
OUTLET = 'fronts = ["http://harbour.example/"]\narticle = ["/news/"]'
API, BULK = "http://gdelt.example/api/v2/doc/doc", "http://gdelt.example/gdeltv2/"
ARCHIVE = f'kind = "archive"\nfronts = ["{API}", "{BULK}"]'
SEEN = "20250115101500"
SLOW = Answer("<html><body>Please limit requests to one every 5 seconds or contact us.</body></html>")


def articles(number: int = 3) -> list[Article]:
    known = [
        Article(SEEN, f"http://harbour.example/news/{n}", f"RedNote welcomes its visitors, part {n}")
        for n in range(number)
    ]
    return [
        *known,
        Article(SEEN, "http://harbour.example/about", "RedNote and we"),
        Article(SEEN, "http://stranger.example/news/1", "RedNote elsewhere"),
    ]


def make(folder: Path, served: Served, server: GdeltServer, archive: str = ARCHIVE, **more: Any) -> Path:
    def live(seen: Seen) -> Answer:
        if not seen.path.startswith("/news/"):
            return Answer("", status=404) if seen.path == "/robots.txt" else Answer(page("front"))
        return Answer(page(f"RedNote {seen.path}", text=f"{seen.path}. {TEXT}"))

    served.on("gdelt.example", "*", server.answer)
    served.on("harbour.example", "*", live)
    return write_study(folder, served.place, {"harbour": OUTLET, "gdelt": archive}, **more)


def counts(result: dict[str, Any], source: str = "gdelt") -> dict[str, Any]:
    return {one["source_id"]: one for one in result["sources"]}[source]


def documents(folder: Path) -> list[dict[str, Any]]:
    return list(build(load_study(folder), workers=1).snapshot.table("documents").to_pylist())


def questions(server: GdeltServer) -> list[dict[str, str]]:
    asked = [seen.path for seen in server.asked if seen.path.startswith("/api/")]
    return [{name: values[0] for name, values in parse_qs(urlsplit(path).query).items()} for path in asked]


def test_from_query_to_documents(tmp_path: Path) -> None:
    with serve() as served:
        server = GdeltServer(articles())
        folder = make(tmp_path, served, server)
        result = crawl(folder)
        found = documents(folder)
        assert {(one["source_id"], one["url"]) for one in found} == {
            ("harbour", f"https://harbour.example/news/{n}") for n in range(3)
        }, result["log"][-3000:]
        assert counts(result)["skipped"] == {"not_an_article": 1}
        assert counts(result, "harbour")["listed"] == 3
        assert counts(result, "harbour")["pages"] == 3
        probe, english, chinese = questions(server)
        assert probe["query"] == '"RedNote"'
        assert english["query"] == '"RedNote" domainis:harbour.example'
        assert chinese["query"] == '"小红书" domainis:harbour.example'
        assert (english["startdatetime"], english["enddatetime"]) == ("20250109160000", "20250210155959")
        assert not any(seen.path.startswith("/gdeltv2/") for seen in server.asked)
        (one,) = (one for one in captures(folder) if one.url.endswith("/news/1"))
        assert (one.finding.found_by, one.finding.value, one.finding.collected_at) == ("archive", "gdelt", None)
        assert one.finding.title == "RedNote welcomes its visitors, part 1"
        assert one.finding.published_raw is None, "first seen is not published"


def test_a_full_span_is_cut_until_each_part_is_told_whole(tmp_path: Path) -> None:
    start = datetime(2025, 1, 12, tzinfo=UTC)
    many = [
        Article(
            (start + timedelta(minutes=30 * n)).strftime("%Y%m%d%H%M%S"), f"http://harbour.example/news/{n}", "RedNote"
        )
        for n in range(600)
    ]
    crowded = [Article("20250201000100", f"http://harbour.example/news/crowd-{n}", "RedNote") for n in range(260)]
    with serve() as served:
        server = GdeltServer([*many, *crowded])
        folder = make(tmp_path, served, server, budget="pages_per_pattern = 5000\npages_per_host = 5000")
        served.on("harbour.example", "*", Answer("", status=404))
        result = crawl(folder)
        assert counts(result)["faults"] == {"window_full": 1}
        assert counts(result, "harbour")["listed"] == 600 + 250
        spans = [(one["startdatetime"], one["enddatetime"]) for one in questions(server) if "RedNote" in one["query"]][
            1:
        ]
        shortest = min(_moment(last) - _moment(first) for first, last in spans)
        assert timedelta(minutes=7) < shortest <= timedelta(minutes=15)
        assert len(spans) == len(set(spans)) < 60


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%S")


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (Answer("<p>Your query was too short or too long.</p>"), "refused", "query"),
        (Answer("Timespan is out of range"), "failed", "timespan"),
        (Answer("<html>The database is on holiday</html>"), "failed", "not_json"),
        (SLOW, "failed", "later"),
        (Answer('{"status": "ok"}'), "failed", "not_json"),
    ],
)
def test_an_error_with_status_200_is_never_an_empty_answer(
    tmp_path: Path, answer: Answer, outcome: str, reason: str
) -> None:
    with serve() as served:
        server = GdeltServer(articles())
        script = server.answer

        def one_fault(seen: Seen) -> Answer:
            return answer if "domainis" in seen.path and "RedNote" in seen.path else script(seen)

        folder = make(tmp_path, served, server, budget="attempts = 2")
        served.on("gdelt.example", "*", one_fault)
        result = crawl(folder)
        assert counts(result)[outcome] == {reason: 1}, result["log"][-2000:]
        assert [fault.partition(":")[0] for fault in counts(result)["faults"]] == [reason]
        assert result["exit_code"] == 6


def test_told_to_slow_down_it_asks_again_and_illegal_escapes_are_mended(tmp_path: Path) -> None:
    with serve() as served:
        server = GdeltServer(articles(1), faults=[SLOW, Answer("busy", 429, headers=[("Retry-After", "1")])])
        server.broken = lambda text: text.replace("visitors,", r"visitors\'").replace("part", "\tpart")
        folder = make(tmp_path, served, server)
        result = crawl(folder)
        assert counts(result)["faults"] == {"illegal_escapes": 1}
        assert counts(result)["failed"] == {}
        asked = [seen for seen in server.asked if seen.path.startswith("/api/")]
        assert asked[2].at - asked[1].at >= 0.95, "Retry-After"
        (one,) = (one for one in captures(folder) if one.url.endswith("/news/0"))
        assert one.finding.title == r"RedNote welcomes its visitors\'  part 0"


def test_the_pause_of_its_file_is_kept(tmp_path: Path) -> None:
    with serve() as served:
        server = GdeltServer(articles(1))
        crawl(make(tmp_path, served, server, archive=f"{ARCHIVE}\ndelay = 0.5"), "gdelt")
        moments = [seen.at for seen in server.asked]
        assert len(moments) == 3
        assert all(later - before >= 0.45 for before, later in pairwise(moments))


def short(folder: Path) -> Path:
    """The same study over one day: 96 bulk files."""
    path = folder / "study.toml"
    path.write_text(path.read_text().replace("2025-01-10", "2025-01-15").replace("2025-02-10", "2025-01-15"))
    return folder


def test_what_the_api_no_longer_reaches_the_bulk_files_tell(tmp_path: Path) -> None:
    with serve() as served:
        server = GdeltServer(articles(), reaches="20260101000000")
        server.bulk["20250115100000.gkg.csv.zip"] = b"PK\x03\x04 no zip"
        folder = short(make(tmp_path, served, server))
        result = crawl(folder)
        assert {one["url"] for one in documents(folder)} == {f"https://harbour.example/news/{n}" for n in range(3)}
        assert len(questions(server)) == 1
        files = [seen.path for seen in server.asked if seen.path.startswith("/gdeltv2/")]
        assert len(files) == len(set(files)) == 96
        assert files[0] == "/gdeltv2/20250114160000.gkg.csv.zip"
        assert counts(result)["faults"] == {"not_a_zip": 1}
        assert counts(result)["gone"] == 94 and counts(result)["failed"] == {}
        assert counts(result)["skipped"] == {"not_an_article": 1}
        crawl(folder)
        assert sum(seen.path == f"/gdeltv2/{SEEN}.gkg.csv.zip" for seen in server.asked) == 1, "they never change"


def test_an_error_leads_to_the_bulk_files_and_a_budget_spreads_them(tmp_path: Path) -> None:
    with serve() as served:
        server = GdeltServer(articles(), faults=[Answer("Timespan is out of range")])
        result = crawl(make(tmp_path, served, server, source="pages = 8"), "gdelt")
        days = {seen.path[9:17] for seen in server.asked if seen.path.startswith("/gdeltv2/")}
        assert len(days) == 8 and max(days) > "20250201", "over the whole window, not its first two hours"
        assert counts(result)["failed"] == {"timespan": 1}
        assert set(counts(result)["skipped"]) == {"budget_source"}


def test_a_study_may_go_straight_to_the_bulk_files(tmp_path: Path) -> None:
    with serve() as served:
        server = GdeltServer(articles())
        folder = short(make(tmp_path, served, server, archive=f'kind = "archive"\nfronts = ["{BULK}"]'))
        result = crawl(folder)
        assert not questions(server)
        assert counts(result, "harbour")["pages"] == 3


def test_in_a_recent_window_nothing_is_nothing(tmp_path: Path) -> None:
    with serve() as served:
        server = GdeltServer([])
        folder = make(tmp_path, served, server)
        path = folder / "study.toml"
        today = datetime.now(UTC).date()
        text = path.read_text().replace("2025-01-10", str(today - timedelta(days=20)))
        path.write_text(text.replace("2025-02-10", str(today)))
        result = crawl(folder, "gdelt")
        assert result["exit_code"] == 0 and len(server.asked) == 1


def test_only_sources_of_this_crawl_are_asked(tmp_path: Path) -> None:
    with serve() as served:
        result = crawl(make(tmp_path, served, GdeltServer(articles())), "gdelt")
        assert counts(result)["skipped"] == {"source_not_in_this_crawl": 3, "not_an_article": 1}
        assert not served.paths("harbour.example")


def test_killed_once_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    with serve() as served:
        for number, (fault, reaches) in enumerate(
            (("answered:4", "20150101000000"), ("answered:7", "20150101000000"), ("answered:60", "20260101000000"))
        ):
            folder = short(make(tmp_path / str(number), served, GdeltServer(articles(), reaches=reaches)))
            command = [sys.executable, "-W", "error", "-m", "tests.crawler", str(folder), fault]
            killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            result = crawl(folder)
            assert [one["requeued"] for one in result["sources"]] == [0, 0]
            assert {one["url"] for one in documents(folder)} == {f"https://harbour.example/news/{n}" for n in range(3)}


def test_robots_of_gdelt_decide(tmp_path: Path) -> None:
    with serve() as served:
        server = GdeltServer(articles())
        folder = make(tmp_path, served, server)
        served.on("gdelt.example", "/robots.txt", Answer("User-agent: *\nDisallow: /api/\n", media="text/plain"))
        result = crawl(folder)
        assert not server.asked and counts(result)["refused"] == {"robots": 1}


def test_a_bulk_file_is_read_strictly() -> None:
    row = gkg_row(Article(SEEN, "https://harbour.example/news/1", "Cats &amp; rent"))
    table = "\n".join([row, "short\trow", row.replace("https://", "mailto:")])
    assert list(gkg.read_table(zipped({"x.gkg.csv": table}), 200)) == [
        gkg.Seen("https://harbour.example/news/1", "Cats & rent")
    ]
    whole = zipped({"x.csv": row * 50})
    for data, reason in (
        (b"", "not_a_zip"),
        (whole[:-30], "not_a_zip"),
        (zipped({"x.csv": row, "y.csv": row}), "not_one_table"),
        (zipped({"x.exe": row}), "not_one_table"),
        (zipped({"x.csv": " " * 3_000_000}), "too_large"),
        (whole[:60] + bytes([whole[60] ^ 0xFF]) + whole[61:], "zip_damaged"),
    ):
        with pytest.raises(gkg.Damaged, match=reason):
            list(gkg.read_table(data, 200))


def test_a_table_that_lies_about_its_size_is_read_no_further() -> None:
    data = bytearray(zipped({"x.csv": "a\n" * 500_000}))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = archive.infolist()[0].file_size
    told, small = size.to_bytes(4, "little"), (1000).to_bytes(4, "little")
    with pytest.raises(gkg.Damaged, match="zip_damaged"):
        list(gkg.read_table(bytes(data).replace(told, small), 200))


@given(st.integers(0, 300), st.integers(0, 59))
def test_every_step_once_and_soon_spread_over_the_window(quarters: int, minute: int) -> None:
    first = datetime(2025, 1, 10, 16, minute, tzinfo=UTC)
    last = first + quarters * gkg.STEP
    steps = gkg.steps(first, last)
    assert sorted(steps)[0] <= first < sorted(steps)[0] + gkg.STEP
    assert sorted(steps)[-1] <= last < sorted(steps)[-1] + gkg.STEP
    assert len(set(steps)) == len(steps) == quarters + 1
    assert all(step.minute % 15 == 0 for step in steps)
    if quarters >= 8:
        assert max(steps[:2]) - min(steps[:2]) >= (last - first) / 4


@given(st.binary(max_size=100) | st.text("{}[]\"\\:,aticles'\t0 ").map(str.encode))
def test_no_bytes_of_the_api_raise(body: bytes) -> None:
    answer = read_answer(body)
    assert answer.fault is None or not answer.articles
