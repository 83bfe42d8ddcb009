"""The whole way on the demonstration, by the command line, and what consumers then find."""

import gzip
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

from corpus.demo.held import SECRET
from corpus.demo.site import read_log
from tests.demonstrated import ROOT, Demonstrated, demonstrated

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstrated:
    return demonstrated(tmp_path_factory)


@pytest.fixture(scope="module")
def run(demonstration: Demonstrated) -> Run:
    def command(*arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", "from corpus.cli import main; main()", *map(str, arguments)]
        return subprocess.run(
            line,
            input=stdin,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=demonstration.environment,
            timeout=240,
            check=False,
        )

    return command


@pytest.fixture(scope="module")
def demo(demonstration: Demonstrated) -> Path:
    return demonstration.folder


@pytest.fixture(scope="module")
def data(demo: Path) -> Path:
    return demo / "corpus" / "snapshots" / (demo / "corpus" / "LATEST").read_text().strip() / "data"


def one(query: str) -> int:
    """The one number that a query gives."""
    return int(duckdb.sql(query).fetchall()[0][0])


def test_every_reader_sees_documents_of_both_languages(data: Path) -> None:
    pattern = f"{data}/documents_wide/*.parquet"
    frame = pl.read_parquet(pattern)
    pandas = pd.read_parquet(data / "documents_wide" / "documents_wide-00000.parquet")
    count = one(f"SELECT count(*) FROM '{pattern}'")
    assert len(frame) == len(pandas) == count >= 250
    assert {"zh-Hans", "zh-Hant", "en", "mul"} <= set(frame["language"].to_list())
    assert {"article", "post", "comment", "turn"} == set(frame["kind"].to_list())
    assert {"positive", "neutral", "negative"} <= set(frame["sentiment"].to_list())
    assert frame["themes"].list.len().sum() > 50
    assert one(f"SELECT sum(len(tokens)) FROM '{data}/tokens/*.parquet'") > 10_000


def test_the_flat_view_of_tokens_works_in_sql(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data.parent)
    with duckdb.connect() as database:
        database.execute((data.parent / "views.sql").read_text())
        found = database.execute("SELECT count(*), count(DISTINCT document_id) FROM tokens_flat").fetchall()[0]
        wrong = database.execute(
            "SELECT count(*) FROM tokens_flat t JOIN 'data/documents/*.parquet' d ON d.id = t.document_id"
            " WHERE substr(d.text, start + 1, len(token)) <> token"
        ).fetchall()
    assert found[0] > 10_000 and found[1] > 250 and wrong == [(0,)]


def test_what_the_hosts_that_misbehave_gave(data: Path) -> None:
    rows = pl.read_parquet(f"{data}/documents_wide/*.parquet")
    per_source = dict(rows["source_id"].value_counts().iter_rows())
    assert not {"members-only", "robots-broken", "robots-closed", "endless-calendar"} & set(per_source)
    torn = rows.filter(pl.col("source_id") == "torn-pages")
    assert sum("payload_incomplete" in flags for flags in torn["flags"].to_list()) >= 2


def test_the_servers_own_log(demo: Path) -> None:
    rows: list[dict[str, Any]] = read_log(demo / "log" / "served.ndjson")
    asked = {(row["host"], row["path"]) for row in rows}
    assert len(asked) > 80
    assert not [path for _, path in asked if path.startswith("/private")]
    assert {path for host, path in asked if host.startswith(("robots-broken", "robots-closed"))} == {"/robots.txt"}
    assert all("Huanying" in row["user_agent"] for row in rows)


def test_an_import_of_each_kind_stands_beside_the_crawl(demo: Path, data: Path) -> None:
    database = sqlite3.connect(f"file:{demo}/archive/frontier.sqlite?mode=ro", uri=True)
    try:
        quarantined = database.execute("SELECT kind, reason, position FROM quarantined").fetchall()
    finally:
        database.close()
    assert quarantined == [("zeeschuimer", "json_syntax", 147)], "one line is broken on purpose"
    rows = duckdb.sql(
        f"SELECT DISTINCT format FROM '{data}/captures/*.parquet' WHERE how = 'import' AND outcome = 'documents'"
    ).fetchall()
    assert {row[0] for row in rows} >= {
        *("zeeschuimer", "fourcat", "mediacrawler", "mastodon", "bluesky", "weibo", "row"),
        *("page", "text", "answer"),
    }
    files = {row[0] for row in duckdb.sql(f"SELECT DISTINCT value FROM '{data}/sightings/*.parquet'").fetchall()}
    assert {"visit.warc.gz", "visit.wacz", "visit.har"} <= files
    turns = pl.read_parquet(f"{data}/documents/*.parquet").filter(pl.col("kind") == "turn")
    assert len(turns) >= 5 and turns["reply_to"].drop_nulls().len() >= 2
    assert ["Tan Anhe"] in turns["bylines"].to_list()
    media = pl.read_parquet(f"{data}/media/*.parquet")
    assert "A grey cat sitting in a colander" in media["alt"].to_list()


def test_what_was_looked_at_again(demo: Path, data: Path) -> None:
    rows = pl.read_parquet(f"{data}/availability/*.parquet")
    states = dict(rows["state"].value_counts().iter_rows())
    assert states["edited"] == 2 and states["gone"] >= 6 and states["live"] > 150
    assert {"304", "status 410", "sent on to the front page", "text differs"} <= set(rows["evidence"].to_list())
    edited = rows.filter(pl.col("state") == "edited")
    assert all("+Correction" in diff.replace("+ ", "+") for diff in edited["diff"].to_list())
    graves = pl.read_parquet(f"{data}/tombstones/*.parquet")
    assert len(graves) >= 6 and "text" not in graves.columns
    assert all(row["last_live_at"] < row["gone_by"] for row in graves.to_dicts() if row["last_live_at"])
    validated = [row for row in read_log(demo / "log" / "served.ndjson") if row["status"] == 304]
    assert len(validated) > 50, "what has not changed is not sent again"


def test_permissions_and_flow_add_up(run: Run, demo: Path, data: Path) -> None:
    permissions = pl.read_parquet(f"{data}/permissions/*.parquet")
    assert {"rules", "deny", "refused"} <= set(permissions["decision"].to_list())
    told = run("status", "--permissions", "--study", demo).stdout
    assert "line 2: Disallow: /" in told and "captcha" in told
    flow = pl.read_parquet(f"{data}/flow/*.parquet")
    for source in set(flow["source_id"].to_list()):
        n = dict(flow.filter(pl.col("source_id") == source).group_by("stage").agg(pl.col("items").sum()).iter_rows())
        ends = ("fetched", "redirected", "gone", "refused", "failed", "waiting")
        assert n.get("discovered", 0) == n.get("skipped", 0) + n.get("asked", 0), source
        assert n.get("asked", 0) == sum(n.get(stage, 0) for stage in ends), source
        assert n.get("captured", 0) == n.get("read", 0) + n.get("rejected", 0), source


def test_the_secret_of_the_demonstration_is_nowhere(demo: Path) -> None:
    secret = SECRET.encode()
    assert any(secret in path.read_bytes() for path in (demo / "captures").rglob("*.csv")), "it was there to be found"
    for path in sorted(path for path in demo.rglob("*") if path.is_file() and "captures" not in path.parts):
        content = path.read_bytes()
        assert secret not in content, path
        if path.name.endswith(".warc.gz"):
            assert secret not in gzip.decompress(content), path
        if path.suffix == ".parquet":
            assert SECRET not in json.dumps(pl.read_parquet(path).to_dicts(), default=str), path


def test_verify_is_green_then_names_a_flipped_byte(run: Run, demo: Path, data: Path) -> None:
    assert run("verify", "--study", demo).returncode == 0
    path = data / "tokens" / "tokens-00000.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:])
    done = run("verify", "--study", demo)
    path.write_bytes(whole)
    assert done.returncode == 5 and "tokens-00000.parquet" in done.stderr


def test_the_report_is_one_page_that_asks_nobody_and_runs_nothing(demo: Path) -> None:
    pages = {name: (demo / "report" / name).read_text(encoding="utf-8") for name in ("index.html", "method.html")}
    for page in pages.values():
        assert "<script" not in page and not re.search(r"\son\w+=", page)
        led = set(re.findall(r"""(?:src|href)=["']([^"'#][^"']*)["']""", page))
        away = {one for one in led if not one.startswith("data:text/csv;") and one.partition("#")[0] not in pages}
        assert not away, "nothing is fetched, and the two pages lead to each other only"
    page = pages["index.html"]
    assert "江海早报" in page and "港灣時報" in page and page.count("<svg") >= 28, (
        "seven pictures, twice as wide, in two languages"
    )
    assert 'lang="zh' in page and "n = " in page and "not validated by humans" in page


def test_building_anew_gives_the_same_snapshot(run: Run, demo: Path) -> None:
    before = json.loads(run("status", "--json", "--study", demo).stdout)["snapshot"]["id"]
    assert run("build", "--study", demo, "--workers", "1").returncode == 0
    done = run("annotate", "--study", demo, "--workers", "1", "--json")
    assert json.loads(done.stdout)["snapshot"] == before


def test_no_raw_account_token_or_key_in_what_is_written(demo: Path, run: Run) -> None:
    accounts = set(
        re.findall(rb'"nickname":\s*"([^"]{4,})"', (ROOT / "studies/demo/captures/welcome.ndjson").read_bytes())
    )
    ids = set(
        re.findall(rb'"user_?[iI]d":\s*"([^"]{8,})"', (ROOT / "studies/demo/captures/welcome.ndjson").read_bytes())
    )
    assert len(ids) > 20
    snapshot = demo / "corpus" / "snapshots" / (demo / "corpus" / "LATEST").read_text().strip()
    for name in sorted((snapshot / "data").iterdir()):
        rows = b"".join(
            json.dumps(pl.read_parquet(path).to_dicts(), default=str, ensure_ascii=False).encode()
            for path in name.glob("*.parquet")
        )
        for secret in ids | {b"xsec_token", b"Mozilla/5.0 (synthetic)"}:
            assert secret not in rows, (name.name, secret)
    report = (demo / "report" / "index.html").read_bytes()
    assert not [account for account in ids | accounts if account in report]


def test_errors_say_what_where_and_what_next(run: Run, tmp_path: Path) -> None:
    for arguments in (("build",), ("check",), ("report",), ("crawl",)):
        done = run(*arguments, "--study", tmp_path)
        assert done.returncode == 2 and "huanying init" in done.stderr and "Traceback" not in done.stderr
    done = run("import", tmp_path / "absent.ndjson", "--study", ROOT / "studies" / "tiktok-refugees")
    assert done.returncode == 2 and "absent.ndjson" in done.stderr
    assert run("annotate", "a", "b", "--stdio").returncode == 2
    assert run("nonsense").returncode == 2


def test_init_check_look_doctor(run: Run, tmp_path: Path) -> None:
    assert run("init", tmp_path / "mine").returncode == 0
    assert run("init", tmp_path / "mine").returncode == 2
    assert "robots.txt" in run("check", "--study", tmp_path / "mine").stdout
    seen = json.loads(run("look", ROOT / "studies/demo/captures/welcome.ndjson", "--json").stdout)
    assert "zeeschuimer" in json.dumps(seen)
    assert run("doctor").returncode == 0
    assert run("check", "--study", ROOT / "studies" / "tiktok-refugees").returncode == 0


def test_stdio_serves_a_reader_and_annotators(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<html><body><article><h1>Cats</h1>"
        + "<p>Visitors paid the cat tax in good humour today.</p>" * 4
        + "</article></body></html>"
    )
    line = json.dumps({"id": "1", "url": None, "html_path": str(page)}) + "\n"
    answer = json.loads(run("read", "--stdio", stdin=line).stdout)
    assert answer["id"] == "1" and "cat tax" in answer["text"]
    lines = "".join(
        json.dumps({"id": str(n), "lang": lang, "text": text}) + "\n"
        for n, (lang, text) in enumerate((("en", "I love it here"), ("zh", "太难受了")))
    )
    answers = [json.loads(row) for row in run("annotate", "sentiment", "--stdio", stdin=lines).stdout.splitlines()]
    assert [row["label"] for row in answers] == ["positive", "negative"]
