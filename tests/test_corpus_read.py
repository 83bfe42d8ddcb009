"""What a build publishes of a capture: how it was found and what a picture shows, without accounts."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from corpus.build import build
from corpus.intake import intake
from corpus.study import load_study
from tests.studies import make_study

NOTE: dict[str, Any] = {
    "id": "6784f0a1000000000203abcd",
    "model_type": "note",
    "note_card": {
        "type": "normal",
        "desc": "see https://bsky.app/profile/plantedhandle.example/post/3k or harbour.example/users/PlantedHandle",
        "user": {"user_id": "PLANTEDACCOUNT"},
        "interact_info": {"liked_count": "3"},
    },
}
PAGE = """<html><body><h1 id="activity-name">标题</h1><div id="js_content"><p>正文 你好 世界</p>
<img data-src="https://media.example/x" data-w="100" alt="@PlantedHandle 微信号 planted_123 x.com/PlantedHandle">
</div></body></html>"""


def test_no_account_in_how_a_thing_was_found_nor_in_what_a_picture_shows(tmp_path: Path) -> None:
    study = make_study(tmp_path / "study", posts=1)
    tab = "https://www.xiaohongshu.com/search_result?keyword=" + quote("refugee @PlantedHandle from:PlantedHandle")
    item = {"source_platform": "xiaohongshu.com", "source_platform_url": tab, "data": NOTE}
    (held := tmp_path / "held.ndjson").write_text(json.dumps(item) + "\n", encoding="utf-8")
    (pages := tmp_path / "pages").mkdir()
    (pages / "page.html").write_text(PAGE, encoding="utf-8")
    intake(study, [held, pages])
    snapshot = build(study, workers=1).snapshot
    found = {row["value"] for row in snapshot.table("sightings").to_pylist() if row["found_by"] == "query"}
    assert any(value.startswith("refugee @user_") and value.endswith(" from:[account]") for value in found)
    (alt,) = {row["alt"] for row in snapshot.table("media").to_pylist()}
    assert alt.startswith("@user_") and alt.endswith("微信号 [account] [profile]")
    for name in ("captures", "documents", "sightings", "media", "rejections", "tokens"):
        rows = json.dumps(snapshot.table(name).to_pylist(), default=str, ensure_ascii=False).lower()
        assert "planted" not in rows, name


def test_study_words_hold_by_the_day_in_shanghai(tmp_path: Path) -> None:
    folder = make_study(tmp_path / "study", posts=1).folder
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[language.word]]\ntext = "渡轮税单"\nstart = 2025-01-13\n')
    for moment in ("2025-01-12T15:59:00Z", "2025-01-12T16:00:00Z"):  # before midnight in Shanghai, and at it
        name = moment[11:13]
        card = {
            **NOTE["note_card"],
            "desc": f"大家都在说渡轮税单呢{name}",
            "time": int(datetime.fromisoformat(moment).timestamp() * 1000),
        }
        note = {**NOTE, "id": NOTE["id"][:-2] + name, "note_card": card}
        item = {
            "source_platform": "xiaohongshu.com",
            "source_platform_url": "https://www.xiaohongshu.com/explore",
            "data": note,
        }
        (held := tmp_path / f"{name}.ndjson").write_text(json.dumps(item) + "\n", encoding="utf-8")
        intake(load_study(folder), [held])
    snapshot = build(load_study(folder), workers=1).snapshot
    text = {
        row["id"]: row["text"] for row in snapshot.table("documents").to_pylist() if "渡轮税单" in (row["text"] or "")
    }
    whole = {
        text[row["document_id"]][-2:]: "渡轮税单" in row["tokens"]
        for row in snapshot.table("tokens").to_pylist()
        if row["document_id"] in text
    }
    assert whole == {"15": False, "16": True}
