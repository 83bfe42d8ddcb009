"""Pages are looked at again by the rules of a crawl; what became of each is told with its evidence."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from corpus.archive import DATABASE, journal
from corpus.build import build
from corpus.chromium import Chromium, find
from corpus.errors import UserError
from corpus.rechecks import plan_recheck
from corpus.snapshot import Snapshot
from corpus.study import load_study
from tests.crawled import captures, crawl, write_study
from tests.served import Answer, Seen, Served, page, serve

Row = dict[str, Any]
PAGES = (
    "same",
    "dated",
    "edited",
    "spaces",
    "gone",
    "soft",
    "login",
    "front",
    "moved",
    "drops",
    "error",
    "swap1",
    "swap2",
)
ETAG, DATED = '"v-1"', "Mon, 20 Jan 2025 08:00:00 GMT"
HARBOUR, CLOSED = "harbour.example", "closed.example"
ROBOTS = "User-agent: *\nAllow: /a/\nDisallow: /private\n"
NAMES = dict(zip(PAGES, "ferry lamp chair gate boat rope fish stone cloud river train wood glass".split(), strict=True))


def text_of(name: str) -> str:
    word = NAMES[name]
    return "</p><p>".join(
        f"The harbour office wrote {day} about the {word}, and nobody at the table had seen another {word} before."
        for day in ("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday")
    )


def article(name: str, **known: Any) -> Answer:
    return Answer(page(f"A report on the {NAMES[name]}", text=text_of(name)), **known)


class Site:
    """As it was when it was crawled, and, once `later`, as it is when it is looked at again."""

    def __init__(self) -> None:
        self.later = False

    def answer(self, seen: Seen) -> Answer:
        if seen.path == "/robots.txt":
            forbids = self.later and seen.host == CLOSED
            return Answer("User-agent: *\nDisallow: /\n" if forbids else ROBOTS, media="text/plain")
        if seen.path == "/":
            names = PAGES if seen.host == HARBOUR else ("same",)
            return Answer(page("The front", *(f"/a/{name}" for name in names), text="Front page of the harbour."))
        name = seen.path.rpartition("/")[2]
        if seen.path == "/b/moved":
            return article("moved")
        if not self.later:
            headers = {"same": [("ETag", ETAG)], "dated": [("Last-Modified", DATED)]}
            return article(name, headers=headers.get(name, []))
        return self.after(name, seen)

    def after(self, name: str, seen: Seen) -> Answer:
        whole = article(name).data().decode()
        if name == "same" and seen.headers.get("if-none-match") == ETAG:
            return Answer(status=304, headers=[("ETag", ETAG)])
        if name == "dated" and seen.headers.get("if-modified-since") == DATED:
            return Answer(status=304)
        return {
            "edited": Answer(whole.replace("on Tuesday about the chair", "on Tuesday, at last, about chairs")),
            "spaces": Answer(whole.replace("the gate, and", "the\n  gate , and")),
            "gone": Answer("no more", 410),
            "soft": Answer(page("Page not found | Harbour", text="Sorry, the page you asked for is not here.")),
            "login": Answer("<title>Log in</title><form><input type=password name=p></form>"),
            "front": Answer(status=301, headers=[("Location", "/")]),
            "moved": Answer(status=301, headers=[("Location", "/b/moved")]),
            "drops": Answer(reset=True),
            "error": Answer("out of order", 500),
            "swap1": Answer(page("Before you go on", text="We and 800 partners ask for a click. " * 12)),
            "swap2": Answer(page("Before you go on", text="We and 800 partners ask for a click. " * 12)),
        }.get(name, Answer(whole))


@dataclass(frozen=True, slots=True)
class Rechecked:
    folder: Path
    before: Snapshot
    after: Snapshot
    result: Row
    seen: list[Seen]
    """Requests of the recheck alone."""
    fresh: Path
    """A copy of the study as it was before the recheck."""
    keys: str
    served: Served

    def checks(self, name: str) -> list[Row]:
        """Rows of availability of a page of the site, in their order."""
        [document] = [
            row["id"]
            for row in self.after.table("documents", ["id", "url"]).to_pylist()
            if row["url"] == f"https://{HARBOUR}/a/{name}"
        ]
        return [row for row in self.after.table("availability").to_pylist() if row["document_id"] == document]

    def states(self, name: str) -> list[str]:
        return [row["state"] for row in self.checks(name)]


def write(folder: Path, place: str) -> Path:
    outlets = {
        "harbour": 'fronts = ["http://harbour.example/"]\narticle = ["/a/"]',
        "closed": 'fronts = ["http://closed.example/"]\narticle = ["/a/"]',
    }
    return write_study(folder, place, outlets, budget="attempts = 2")


@pytest.fixture(scope="module")
def rechecked(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder, site = tmp_path_factory.mktemp("recheck") / "study", Site()
    with pytest.MonkeyPatch.context() as patch, serve({("*", "*"): site.answer}) as served:
        keys = str(tmp_path_factory.mktemp("keys"))
        patch.setenv("HUANYING_KEYS", keys)
        write(folder, served.place)
        assert crawl(folder)["exit_code"] == 0
        study = load_study(folder)
        before = build(study, workers=1).snapshot
        with closing(sqlite3.connect(folder / "archive" / DATABASE)) as database, database:
            database.execute("UPDATE hosts SET robots_expires_at = 0")
        fresh = shutil.copytree(folder, tmp_path_factory.mktemp("fresh") / "study")
        site.later, first = True, len(served.log)
        result = crawl(folder, module="tests.rechecker")
        seen = served.log[first:]
        yield Rechecked(folder, before, build(study, workers=1).snapshot, result, seen, fresh, keys, served)


def counts(rechecked: Rechecked, source: str = "harbour") -> Row:
    [found] = [one for one in rechecked.result["sources"] if one["source_id"] == source]
    return dict(found)


def test_each_state_is_told_with_its_evidence(rechecked: Rechecked) -> None:
    told = {name: (rechecked.checks(name)[-1]["state"], rechecked.checks(name)[-1]["evidence"]) for name in PAGES}
    assert told == {
        "same": ("live", "304"),
        "dated": ("live", "304"),
        "edited": ("edited", "text differs"),
        "spaces": ("live", None),
        "gone": ("gone", "status 410"),
        "soft": ("gone", "a page that says so: Page not found"),
        "login": ("blocked", "login: a login form in place of the page"),
        "front": ("gone", "sent on to the front page"),
        "moved": ("live", "sent on to its text at another address"),
        "drops": ("live", None),
        "error": ("live", None),
        "swap1": ("unknown", "the same page as at 1 other addresses"),
        "swap2": ("unknown", "the same page as at 1 other addresses"),
    }
    assert all(rechecked.states(name)[0] == "live" for name in PAGES)
    assert [len(rechecked.checks(name)) for name in ("drops", "error")] == [1, 1], "no answer is no observation"


def test_an_edit_shows_its_lines_and_the_newest_text(rechecked: Rechecked) -> None:
    [first, second] = rechecked.checks("edited")
    lines = second["diff"].splitlines()
    assert [line for line in lines if line.startswith("-")] == [
        "-The harbour office wrote on Tuesday about the chair, and nobody at the table had seen another chair before."
    ]
    assert "+The harbour office wrote on Tuesday, at last, about chairs, and" in second["diff"]
    assert first["diff"] is None and first["text_digest"] != second["text_digest"]
    texts = {row["url"]: row["text"] for row in rechecked.after.table("documents", ["url", "text"]).to_pylist()}
    assert "at last" in texts[f"https://{HARBOUR}/a/edited"]
    for name in ("swap1", "swap2", "soft", "login", "gone"):
        assert NAMES[name] in texts[f"https://{HARBOUR}/a/{name}"], "no other page takes the place of a document's text"


def test_the_server_saw_our_validators_and_no_page_twice(rechecked: Rechecked) -> None:
    asked = Counter(seen.path for seen in rechecked.seen if seen.host == HARBOUR)
    assert asked.pop("/robots.txt") == 1
    assert asked.pop("/a/error") == 2 and asked.pop("/a/drops") >= 2, "two attempts"
    assert set(asked.values()) == {1} and "/" not in asked, "a front page in place of a page is not asked for"
    sent = {seen.path: seen.headers for seen in rechecked.seen if seen.host == HARBOUR}
    assert sent["/a/same"]["if-none-match"] == ETAG and "if-modified-since" not in sent["/a/same"]
    assert sent["/a/dated"]["if-modified-since"] == DATED
    assert not {"if-none-match", "if-modified-since"} & {*sent["/a/edited"], *sent["/b/moved"]}
    [unchanged] = [one for one in captures(rechecked.folder) if one.status == 304 and one.url.endswith("same")]
    assert (unchanged.format, unchanged.body, unchanged.finding.found_by) == ("page", b"", "recheck")
    rejected = rechecked.after.table("rejections").to_pylist()
    assert Counter(row["reason"] for row in rejected)["not_modified"] == 2


def test_a_host_that_forbids_it_is_not_asked(rechecked: Rechecked) -> None:
    assert {seen.path for seen in rechecked.seen if seen.host == CLOSED} == {"/robots.txt"}
    assert counts(rechecked, "closed")["refused"] == {"robots": 1}
    assert not any(counts(rechecked, "closed")["states"].values())


def test_the_command_counts_what_the_tables_tell(rechecked: Rechecked) -> None:
    found = counts(rechecked)
    assert found["states"] == {"live": 4, "edited": 3, "gone": 3, "blocked": 1, "private": 0, "unknown": 0}
    assert (found["asked"], found["unchanged"], found["waiting"]) == (13, 2, 0)
    assert sum(found["failed"].values()) == 2
    assert rechecked.result["exit_code"] == 6


def test_tombstones_hold_no_text(rechecked: Rechecked) -> None:
    stones = rechecked.after.table("tombstones").to_pylist()
    assert len(stones) == 3 and rechecked.before.rows("tombstones") == 0
    assert {stone["evidence"] for stone in stones} == {
        "status 410",
        "sent on to the front page",
        "a page that says so: Page not found",
    }
    assert all(stone["last_live_at"] < stone["gone_by"] and stone["kind"] == "article" for stone in stones)
    assert not any(NAMES[name] in json.dumps(stones, default=str) for name in PAGES)


def test_the_crawl_s_own_queue_is_not_touched(rechecked: Rechecked) -> None:
    with closing(sqlite3.connect(rechecked.folder / "archive" / DATABASE)) as database:
        runs = database.execute("SELECT source_id, run FROM runs").fetchall()
        outcomes = dict(database.execute("SELECT outcome, COUNT(*) FROM asked GROUP BY outcome").fetchall())
        again = database.execute("SELECT source_id, run, ended_at IS NULL FROM recheck_runs ORDER BY 1").fetchall()
    assert runs == [("closed", 1), ("harbour", 1)] and outcomes == {"fetched": 16}
    assert again == [("closed", 1, 0), ("harbour", 1, 0)]


def test_permissions_and_flow_are_told(rechecked: Rechecked) -> None:
    permits = rechecked.after.table("permissions").to_pylist()
    rules = {(row["origin"], row["decision"], row["rule"]) for row in permits}
    assert ("http://closed.example", "refused", "line 2: Disallow: /") in rules
    assert (f"http://{HARBOUR}", "allowed", "line 2: Allow: /a/") in rules
    assert all(row["robots_digest"] for row in permits if row["decision"] in ("rules", "allowed"))
    flow = {(row["source_id"], row["stage"]): row["items"] for row in rechecked.after.table("flow").to_pylist()}
    assert flow["harbour", "discovered"] == flow["harbour", "asked"] == flow["harbour", "fetched"] == 14
    assert flow["harbour", "captured"] == flow["harbour", "read"] + sum(
        row["items"]
        for row in rechecked.after.table("flow").to_pylist()
        if row["source_id"] == "harbour" and row["stage"] == "rejected"
    )
    made = [snapshot.manifest["made_from"]["ledger_sha256"] for snapshot in (rechecked.before, rechecked.after)]
    assert made[0] != made[1]


def test_status_shows_the_lines_of_robots_txt(rechecked: Rechecked) -> None:
    def told(*more: str) -> str:
        command = [sys.executable, "-c", "from corpus.cli import main; main()", "status", "--permissions", *more]
        done = subprocess.run(
            [*command, "--study", str(rechecked.folder)],
            capture_output=True,
            text=True,
            timeout=240,
            check=True,
            env={**os.environ, "COLUMNS": "200"},
        )
        return done.stdout

    shown = told()
    for part in ("http://closed.example", "line 2: Disallow: /", "line 2: Allow: /a/", "bytes", "refused", "rules"):
        assert part in shown
    document = json.loads(told("--json"))
    assert {row["decision"] for row in document["permissions"]} >= {"rules", "allowed", "refused"}
    assert set(document["robots"].values()) == {len("User-agent: *\nDisallow: /\n"), len(ROBOTS)}


def test_states_do_not_depend_on_the_order_in_which_captures_were_read(
    rechecked: Rechecked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUANYING_KEYS", rechecked.keys)
    monkeypatch.setattr("corpus.build.journal", lambda archive: journal(archive)[::-1])
    monkeypatch.setattr("corpus.build.SHARD_CAPTURES", 3)
    again = build(load_study(rechecked.folder), workers=1).snapshot
    for name in ("availability", "tombstones", "flow", "permissions", "documents"):
        assert again.manifest["tables"][name] == rechecked.after.manifest["tables"][name]


def test_a_recheck_needs_a_snapshot_and_a_known_source(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, "127.0.0.1:9"))
    with pytest.raises(UserError, match="no corpus was built"):
        plan_recheck(study)
    with pytest.raises(UserError, match="no source 'nobody'"):
        plan_recheck(study, ["nobody"])


def test_killed_and_resumed_it_ends_as_if_it_had_not_been(
    rechecked: Rechecked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUANYING_KEYS", rechecked.keys)
    for fault in ("answered:5", "after-commit:3"):
        assert crawl(rechecked.fresh, fault=fault, module="tests.rechecker", check=False).get("returncode") == -9
    with closing(sqlite3.connect(rechecked.fresh / "archive" / DATABASE)) as database:
        done = {key for (key,) in database.execute("SELECT key FROM recheck_asked WHERE outcome IS NOT NULL")}
    mark = len(rechecked.served.log)
    result = crawl(rechecked.fresh, module="tests.rechecker")
    assert done and not done & {f"https://{seen.host}{seen.path}" for seen in rechecked.served.log[mark:]}
    assert result["sources"] == rechecked.result["sources"]
    states = [
        {(row["document_id"], row["state"], row["evidence"]) for row in snapshot.table("availability").to_pylist()}
        for snapshot in (build(load_study(rechecked.fresh), workers=1).snapshot, rechecked.after)
    ]
    assert states[0] == states[1]


def test_a_second_recheck_asks_anew_and_the_oldest_first(rechecked: Rechecked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANYING_KEYS", rechecked.keys)
    mark = len(rechecked.served.log)
    result = crawl(rechecked.folder, "harbour", module="tests.rechecker")
    asked = [seen.path for seen in rechecked.served.log[mark:] if seen.path.startswith("/a/")]
    assert [(one["source_id"], one["run"]) for one in result["sources"]] == [("harbour", 2)]
    assert set(asked[:2]) == {"/a/drops", "/a/error"}, "the last time they gave no answer: theirs is the oldest check"
    assert set(asked) == {f"/a/{name}" for name in PAGES}


PLATFORM = """kind = "platform"
browser = true
pages = {pages}"""
NOTES = tuple(f"6784f0a1000000000203ab{n:02d}" for n in range(6))
LIVE, HIDDEN, TOKEN, DELETED, PRIVATE, WALLED = NOTES


def note_page(note_id: str, text: str) -> Answer:
    note = {
        "noteId": note_id,
        "title": "茶馆",
        "desc": text,
        "time": 1736926500000,
        "user": {"userId": "u1", "nickname": "n"},
    }
    state = {"note": {"noteDetailMap": {note_id: {"note": note, "comments": {}}}}}
    return Answer(f"<!DOCTYPE html><title>-</title><script>window.__INITIAL_STATE__={json.dumps(state)}</script>")


def hidden(seen: Seen) -> Answer:
    where = urlencode({"redirectPath": f"http://rednote.example{seen.path}", "error_code": "300031"})
    return Answer(status=302, headers=[("Location", f"/404?source=note&{where}")])


@pytest.mark.skipif(not isinstance(find(), Chromium), reason="no Chromium here; `huanying doctor` tells")
def test_a_platform_s_notes_are_looked_at_in_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANYING_KEYS", str(tmp_path / "keys"))
    paths = {one: f"/explore/{one}" + ("?xsec_token=AB1" if one == TOKEN else "") for one in NOTES}
    with serve({("*", "/robots.txt"): Answer("User-agent: *\nDisallow: /user/\n", media="text/plain")}) as served:
        for one, path in paths.items():
            served.on("*", path, note_page(one, f"今天的茶很好喝，编号{one[-2:]}。"))
        more = PLATFORM.format(pages=json.dumps([f"http://rednote.example{path}" for path in paths.values()]))
        folder = write_study(tmp_path / "study", served.place, {"rednote": more})
        assert crawl(folder)["exit_code"] == 0
        study = load_study(folder)
        build(study, workers=1)
        for one in (HIDDEN, TOKEN):
            served.on("*", paths[one], hidden)
        served.on("*", "/404", Answer("当前笔记暂时无法浏览"))
        for one, words in ((DELETED, "该笔记已被删除"), (PRIVATE, "仅作者可见"), (WALLED, "请完成安全验证后继续访问")):
            served.on("*", paths[one], Answer(f"<!DOCTYPE html><title>-</title><p>{words}</p>"))
        result = crawl(folder, module="tests.rechecker")
    snapshot = build(study, workers=1).snapshot
    last = {row["document_id"]: row for row in snapshot.table("availability").to_pylist()}
    told = {
        one: (row := last[study.keys().document("rednote", one)])["state"] + f": {row['evidence']}" for one in NOTES
    }
    assert told == {
        LIVE: "live: None",
        HIDDEN: "unknown: 300031, asked without xsec_token",
        TOKEN: "gone: 300031",
        DELETED: "gone: text 该笔记已被删除",
        PRIVATE: "private: text 仅作者可见",
        WALLED: "blocked: text 安全验证",
    }
    [found] = result["sources"]
    assert found["states"] == {"live": 1, "edited": 0, "gone": 1, "blocked": 1, "private": 1, "unknown": 0}
    assert found["refused"] == {"closed": 2}, "where two were sent on to was not asked for once the wall stood there"
    assert list(result["closed"]) == ["http://rednote.example"]
    assert snapshot.rows("tombstones") == 2 and snapshot.rows("documents") == 6
