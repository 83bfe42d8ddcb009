"""What a corpus says of texts used again: the wire story of two outlets is one cluster, however the archive is read."""

import json
from pathlib import Path
from typing import Any

import pytest

from corpus.build import build
from corpus.demo.answers import Host
from corpus.demo.hosts import all_hosts
from corpus.demo.layouts import LAYOUTS
from corpus.demo.pages import load_articles
from corpus.demo.site import demo_folder
from corpus.intake import intake
from corpus.snapshot import Snapshot
from corpus.study import Study, load_study
from tests.studies import OUTLET, STUDY, comment, make_study

COPIED = ("more-than-700000-join-rednote", "us-users-flock-to-rednote", "daike-zhi-dao", "daike-zhi-dao-zhuanzai")
LONG = "邻居送来一篮鸡蛋，说是乡下亲戚昨天带来的，让我们趁新鲜吃掉，我拍了照片发到这里。"


def pages(folder: Path, hosts: dict[str, Host]) -> None:
    """Articles of the demonstration's outlets as files with their addresses, as somebody might have saved them."""
    folder.mkdir()
    listed = ["path,url,date"]
    for outlet, articles in load_articles(demo_folder() / "content").items():
        if outlet not in LAYOUTS:
            continue
        layout = LAYOUTS[outlet]
        wanted = [one for number, one in enumerate(articles) if one.slug in COPIED or number < 3]
        for path in [path for one in wanted for path in (layout.address(one), one.also_at) if path]:
            name = f"{len(listed)}.html"
            (folder / name).write_bytes(hosts[layout.host].pages[path][0].body)
            listed.append(f"{name},https://{layout.host}{path},2025-02-01T08:00:00Z")
    (folder / "urls.csv").write_text("\n".join(listed) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Snapshot]:
    folder = tmp_path_factory.mktemp("study") / "demo"
    (folder / "outlets").mkdir(parents=True)
    text = STUDY
    for outlet, layout in LAYOUTS.items():
        if outlet != "harbour-daily":
            text += f'\n[[source]]\nid = "{outlet}"\n'
        (folder / "outlets" / f"{outlet}.toml").write_text(
            OUTLET.replace("Harbour Daily", outlet).replace("harbour-daily.example", layout.host), encoding="utf-8"
        )
    (folder / "study.toml").write_text(text.partition("[files]")[0] + text.partition('codebook.toml"')[2], "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUANYING_KEYS", str(tmp_path_factory.mktemp("keys")))
        pages(folder / "held", all_hosts(demo_folder() / "content", 1))
        study = load_study(folder)
        intake(study, [folder / "held"], None, say=lambda line: None)
        return study, build(study, workers=1).snapshot


def test_a_wire_story_is_one_cluster_across_outlets(built: tuple[Study, Snapshot]) -> None:
    _, snapshot = built
    told = {row["id"]: row for row in snapshot.table("clusters").to_pylist()}
    rows = snapshot.table("documents_wide").to_pylist()
    of = {row["url"]: row for row in rows if row["cluster_id"]}
    wire = {row["source_id"]: row for row in of.values() if told[row["cluster_id"]]["sources"] == 2}
    assert set(wire) == {"harbour-daily", "silk-road-monitor"}
    assert wire["silk-road-monitor"]["copy_role"] == "edited" and wire["silk-road-monitor"]["is_copy"]
    cluster = told[wire["silk-road-monitor"]["cluster_id"]]
    assert cluster["documents"] == 3 and (cluster["equal"], cluster["edited"]) == (1, 1)
    assert {row["cluster_size"] for row in wire.values()} == {3} and cluster["languages"] == ["en"]
    assert cluster["first_published_at"] < cluster["last_published_at"]
    distances = {row["document_id"]: row["distance"] for row in snapshot.table("copies").to_pylist()}
    assert 0.05 < distances[wire["silk-road-monitor"]["id"]] < 0.3
    again = next(row for row in told.values() if row["sources"] == 1)
    assert (again["documents"], again["equal"], again["edited"]) == (2, 1, 0)
    assert len(told) == 2 and len(of) == 5
    alone = [row for row in rows if row["cluster_id"] is None]
    assert alone and all(
        (row["cluster_size"], row["copy_role"], row["is_copy"]) == (None, None, False) for row in alone
    )


def test_the_counts_are_those_of_the_tables(built: tuple[Study, Snapshot]) -> None:
    _, snapshot = built
    counts = snapshot.manifest["counts"]
    assert (counts["copies"], counts["clusters"], counts["edited"]) == (5, 2, 1)
    assert (snapshot.rows("copies"), snapshot.rows("clusters")) == (5, 2)


def test_shards_change_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = make_study(tmp_path / "small")
    texts = [LONG, LONG + "谢谢", LONG.replace("邻居", "鄰居"), "转发：" + LONG, "欢迎欢迎", "欢迎欢迎你"]
    held = study.folder / "more.ndjson"
    held.write_text("".join(json.dumps(said(100 + n, text)) + "\n" for n, text in enumerate(texts)), encoding="utf-8")
    intake(study, [held], None, say=lambda line: None)
    tables = []
    for size in (256, 3):
        monkeypatch.setattr("corpus.build.SHARD_CAPTURES", size)
        snapshot = build(study, workers=1).snapshot
        tables.append([snapshot.table(name).to_pylist() for name in ("copies", "clusters", "documents_wide")])
    assert tables[0] == tables[1]
    assert 4 in [row["documents"] for row in tables[0][1] if row["edited"] == 2]


def said(number: int, text: str) -> dict[str, Any]:
    item: dict[str, Any] = comment(number)
    return {**item, "data": {**item["data"], "content": text}}


def test_comments_are_counted_under_their_post(tmp_path: Path) -> None:
    study = make_study(tmp_path / "small", posts=2)
    intake(study, [demo_folder() / "captures" / "welcome.ndjson"], None, say=lambda line: None)
    rows = build(study, workers=1).snapshot.table("documents_wide").to_pylist()
    captured, parent = [], {row["id"]: row["reply_to"] for row in rows if row["kind"] == "comment"}

    def answers(one: str, root: str) -> bool:
        while (one := parent.get(one) or "") and one != root:
            pass
        return one == root

    for row in rows:
        thread = sum(other["thread_id"] == row["id"] and other["kind"] == "comment" for other in rows)
        below = sum(answers(other, row["id"]) for other in parent)
        is_root = row["id"] in parent and parent[row["id"]] not in parent
        assert row["comments_captured"] == (thread if row["kind"] == "post" else below if is_root else None)
        captured.append(row["comments_captured"])
    assert any(row["comments_captured"] for row in rows if row["kind"] == "comment"), "no replies in this test"
    assert 0 in captured and max(filter(None, captured)) > 2
