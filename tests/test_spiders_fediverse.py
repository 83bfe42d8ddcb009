"""Mastodon and Bluesky asked live on loopback: from tags and known posts to documents, killed, refused, kept to the window."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from corpus.build import build
from corpus.intake import intake
from corpus.study import load_study
from tests.crawled import ROOT, captures, crawl, write_study
from tests.fediverse import START, Instance, Item, bluesky, instance, posts_in, status, thread, uri_of
from tests.served import Served, serve

Row = dict[str, Any]
ONE, TWO = "harbour.example", "pier.example"
PLATFORM = 'kind = "platform"\n{more}'


@pytest.fixture(autouse=True)
def keys_shared(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key for all studies of a test, so that their ids can be compared."""
    monkeypatch.setenv("HUANYING_KEYS", str(tmp_path_factory.mktemp("keys")))


def mastodon(folder: Path, served: Served, *hosts: str, tag: str = "rednote", **more: Any) -> Path:
    fronts = json.dumps([f"http://{host}/tags/{tag}" for host in hosts])
    text = PLATFORM.format(more=f"fronts = {fronts}")
    return write_study(folder, served.place, {"mastodon": text}, hosts={"mastodon": list(hosts)}, **more)


def tables(folder: Path) -> dict[str, list[Row]]:
    snapshot = build(load_study(folder), workers=1).snapshot.folder
    names = ("documents", "sightings", "observations", "media", "rejections", "captures")
    return {
        name: [
            row for path in sorted(snapshot.glob(f"data/{name}/*.parquet")) for row in pl.read_parquet(path).to_dicts()
        ]
        for name in names
    }


def documents(folder: Path) -> dict[str, Row]:
    return {row["id"]: row for row in tables(folder)["documents"]}


@pytest.fixture
def harbour() -> Iterator[tuple[Instance, Served]]:
    one = instance(ONE, 120)
    with serve({(ONE, "*"): one.answer}) as served:
        yield one, served


def test_from_a_tag_to_documents(harbour: tuple[Instance, Served], tmp_path: Path) -> None:
    one, served = harbour
    folder = mastodon(tmp_path, served, ONE)
    result = crawl(folder)
    (counts,) = result["sources"]
    assert result["exit_code"] == 0 and not counts["faults"] and not counts["spider_errors"]
    told = tables(folder)
    assert len(told["documents"]) == len(one.statuses)
    assert sorted(row["reason"] for row in told["rejections"]) == ["empty_answer", "robots_txt"]
    replies = [row for row in told["documents"] if row["kind"] == "comment"]
    posts = {row["id"] for row in told["documents"] if row["kind"] == "post"}
    assert replies and all(row["thread_id"] in posts and row["reply_to"] for row in replies)
    assert {row["is_thread_author"] for row in replies} == {True, False}
    assert {(row["found_by"], row["value"]) for row in told["sightings"] if row["found_by"] != "thread"} == {
        ("tag", "rednote")
    }
    assert {row["value"] for row in told["sightings"] if row["found_by"] == "thread"} <= posts
    assert {(row["alt"], row["width"]) for row in told["media"]} == {("A cat on a chair", 800)}
    text = next(row["text"] for row in told["documents"] if row["text"].startswith("Welcome to the harbour"))
    assert text.endswith("\n\nSee https://paper.example/a/long/path\n#rednote")
    everything = json.dumps(told, default=str, ensure_ascii=False)
    assert "writer" not in everything and "CANARY" not in everything and "max_id" not in everything


def test_killed_in_its_midst_it_ends_like_one_that_was_not(harbour: tuple[Instance, Served], tmp_path: Path) -> None:
    _, served = harbour
    whole = mastodon(tmp_path / "whole", served, ONE)
    crawl(whole)
    folder = mastodon(tmp_path / "killed", served, ONE)
    for fault in ("answered:4", "before-commit:2"):
        run = subprocess.run(
            [sys.executable, "-W", "error", "-m", "tests.crawler", str(folder), fault],
            cwd=ROOT,
            capture_output=True,
            timeout=240,
            check=False,
        )
        assert run.returncode == -signal.SIGKILL
    assert crawl(folder)["exit_code"] == 0
    assert documents(folder) == documents(whole) != {}


@pytest.mark.parametrize("plain", [False, True])
def test_the_window_is_kept(tmp_path: Path, plain: bool) -> None:
    """Ids that tell their moment are leapt by; others are paged through. Either way what lies before is not asked for."""
    one = instance(ONE, 400, plain_ids=plain)  # 10 January to the end of February
    with serve({(ONE, "*"): one.answer}) as served:
        folder = mastodon(tmp_path, served, ONE)
        text = (
            (folder / "study.toml").read_text().replace("2025-01-10", "2025-01-20").replace("2025-02-10", "2025-01-25")
        )
        (folder / "study.toml").write_text(text)
        assert crawl(folder)["exit_code"] == 0
        asked = served.paths(ONE)
    tagged = sorted((one["created_at"] for one in one.statuses if one["tags"]), reverse=True)
    seen = {
        item["created_at"] for capture in captures(folder) if "timelines" in capture.url for item in _list(capture.body)
    }
    within = {at for at in tagged if "2025-01-19T16" <= at < "2025-01-25T16"}
    assert within <= seen
    assert len([at for at in seen if at < "2025-01-19T16"]) < 2 * 40
    assert len(one.pages) == (len([at for at in tagged if at > min(within)]) // 40 + 1 if plain else 3)
    outside = {each["id"] for each in one.statuses if each["created_at"] not in within}
    assert not [path for path in asked if path.endswith("/context") and path.split("/")[4] in outside]


def _list(body: bytes) -> list[Item]:
    return list(json.loads(body))


@pytest.mark.parametrize("answer", [401, 403, 422])
def test_an_instance_that_wants_an_account_is_left_alone(tmp_path: Path, answer: int) -> None:
    shut, open_one = instance(ONE, 50), instance(TWO, 20, seed=8)
    shut.closed = answer
    with serve({(ONE, "*"): shut.answer, (TWO, "*"): open_one.answer}) as served:
        folder = mastodon(tmp_path, served, ONE, TWO)
        path = folder / "outlets" / "mastodon.toml"
        path.write_text(path.read_text().replace("/tags/rednote", f'/tags/cats", "http://{ONE}/tags/rednote', 1))
        result = crawl(folder)
    (counts,) = result["sources"]
    assert len(shut.pages) == 1, "nothing more was asked of it"
    assert str(answer) in result["closed"][f"http://{ONE}"] and list(result["closed"]) == [f"http://{ONE}"]
    assert counts["refused"] == {f"http_{answer}": 1, "closed": 1} and not counts["failed"]
    assert len(documents(folder)) == len(open_one.statuses), "the other instance goes on"


def test_a_busy_instance_is_asked_again(tmp_path: Path) -> None:
    one = instance(ONE, 10)
    one.busy = 2
    with serve({(ONE, "*"): one.answer}) as served:
        folder = mastodon(tmp_path, served, ONE)
        assert crawl(folder)["exit_code"] == 0
    assert len(documents(folder)) == len(one.statuses)


def test_one_status_on_two_instances_is_one_document(tmp_path: Path) -> None:
    first = instance(ONE, 10)
    second = instance(TWO, 5, seed=8)
    for one in first.statuses[:4]:
        account = {**one["account"], "id": "77", "acct": one["account"]["acct"] + "@" + ONE}
        second.statuses.append({**one, "id": str(int(one["id"]) + 5), "account": account, "replies_count": 0})
    with serve({(ONE, "*"): first.answer, (TWO, "*"): second.answer}) as served:
        folder = mastodon(tmp_path, served, ONE, TWO)
        crawl(folder)
    told = tables(folder)
    assert len(told["documents"]) == len(first.statuses) + len(second.statuses) - 4
    assert len({row["author_key"] for row in told["documents"]}) <= 14


def test_a_dump_of_the_same_statuses_gives_the_same_documents(harbour: tuple[Instance, Served], tmp_path: Path) -> None:
    one, served = harbour
    live = mastodon(tmp_path / "live", served, ONE)
    crawl(live)
    seen = documents(live)
    newest_first = sorted(one.statuses, key=lambda each: int(each["id"]), reverse=True)
    forms = {
        "lines.ndjson": "".join(json.dumps(each) + "\n" for each in newest_first),
        "list.json": json.dumps(one.statuses, indent=1),
        "answer.json": json.dumps({"statuses": one.statuses}, indent=2),
        "wrapped.ndjson": "".join(
            json.dumps({**each, "__import_meta": {"timestamp_collected": 1739000000000}}) + "\n"
            for each in newest_first
        ),
    }
    for name, text in forms.items():
        folder = mastodon(tmp_path / name.partition(".")[0], served, ONE)
        (folder / name).write_text(text, encoding="utf-8")
        result = intake(load_study(folder), [folder / name])
        assert result.kept == len(one.statuses) and result.exit_code == 0, name
        brought = documents(folder)
        differing = {
            (own, key): (brought[own][key], row[key])
            for own, row in seen.items()
            for key in row
            if brought[own][key] != row[key]
        }
        assert not differing and brought.keys() == seen.keys(), name


def test_a_deleted_thread_is_told(harbour: tuple[Instance, Served], tmp_path: Path) -> None:
    one, served = harbour
    lost = status(9999, START + timedelta(hours=1), ONE, replies_count=3)
    folder = mastodon(tmp_path, served, ONE)

    class Forgetful(Instance):
        def _context(self, own: str) -> Any:
            return Instance._context(Instance(ONE, []), own) if own == lost["id"] else super()._context(own)

    forgetful = Forgetful(ONE, [*one.statuses[:8], lost])
    served.on(ONE, "*", forgetful.answer)
    assert crawl(folder)["sources"][0]["gone"] == 1
    told = tables(folder)
    own = load_study(folder).keys().document("mastodon", lost["uri"])
    states = {row["state"]: row["evidence"] for row in told["observations"] if row["document_id"] == own}
    assert states == {"live": None, "gone": "http_404"}


def skies(folder: Path, served: Served, *numbers: int) -> Path:
    pages = [f"http://skies.example/profile/{uri_of(n).split('/')[2]}/post/{uri_of(n).split('/')[4]}" for n in numbers]
    text = PLATFORM.format(more=f"pages = {json.dumps(pages)}")
    hosts = {"bluesky": ["api.skies.example", "skies.example"]}
    return write_study(folder, served.place, {"bluesky": text}, hosts=hosts)


def test_from_known_posts_to_threads(tmp_path: Path) -> None:
    threads = {100 * n: thread(100 * n) for n in range(1, 8)}
    with serve({("api.skies.example", "*"): bluesky(threads)}) as served:
        whole = skies(tmp_path / "whole", served, *threads, 5000)
        result = crawl(whole)
        killed = skies(tmp_path / "killed", served, *threads, 5000)
        for fault in ("answered:3", "after-commit:2"):
            run = subprocess.run(
                [sys.executable, "-W", "error", "-m", "tests.crawler", str(killed), fault],
                cwd=ROOT,
                capture_output=True,
                timeout=240,
                check=False,
            )
            assert run.returncode == -signal.SIGKILL
        assert crawl(killed)["exit_code"] == 0
        assert all(path.endswith("depth=10") or path == "/robots.txt" for path in served.paths("api.skies.example"))
        assert not served.paths("skies.example"), "the pages themselves are not asked for"
    assert result["exit_code"] == 0 and result["sources"][0]["gone"] == 1
    told = tables(whole)
    assert len(told["documents"]) == 7 * 5
    replies = [row for row in told["documents"] if row["kind"] == "comment"]
    assert len(replies) == 7 * 4 and all(row["thread_id"] and row["reply_to"] for row in replies)
    assert {tuple(row["hashtags"]) for row in told["documents"]} == {("猫税",)}
    reasons = [row["reason"] for row in told["rejections"]]
    assert reasons.count("blocked") == 7 and reasons.count("gone") == 8
    everything = json.dumps(told, default=str, ensure_ascii=False)
    for secret in ("did:plc", "invented0", "writer", "CANARY", "at://"):
        assert secret not in everything
    assert documents(killed) == {row["id"]: row for row in told["documents"]}
    dump = skies(tmp_path / "dump", served, 100)
    views = [view for one in threads.values() for view in posts_in(one)]
    (dump / "posts.ndjson").write_text("".join(json.dumps(view) + "\n" for view in views))
    assert intake(load_study(dump), [dump / "posts.ndjson"]).kept == len(views)
    assert documents(dump) == documents(killed)
