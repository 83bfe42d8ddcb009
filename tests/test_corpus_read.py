"""What a build publishes of a capture: how it was found and what a picture shows, without accounts."""

import json
from pathlib import Path
from urllib.parse import quote

from corpus.build import build
from corpus.intake import intake
from tests.studies import make_study

NOTE = {
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
