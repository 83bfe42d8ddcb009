"""The demonstration's texts are whole: articles load, all captures but one parse, nobody real is named."""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

DEMO = Path(__file__).parents[1] / "studies" / "demo"
CAPTURES = DEMO / "captures" / "welcome.ndjson"
CHINESE = sorted(DEMO.glob("content/zh-han[st]/*.toml"))
REPRINT = {"daike-zhi-dao", "daike-zhi-dao-zhuanzai"}
SEEN_AGAIN = 11
"""Notes that stand twice in the captures, and one of them as a stub besides."""
_NAMES = """
糯米团子不睡觉 江边打水漂的人 半糖去冰的周三 修车铺老邱头 青椒不吃青椒 风铃草四月开
会计小满在对账 数学课代表请假中 川妹子阿椒椒 东北大碴粥一碗 胡同口晒太阳的猫叔 退休教师莫老
夜班护士小酥饼 鱼丸粗面没鱼丸 高三党林林林 山药蛋蛋同学 上班第八百天 南屿拾贝记 阿柴今天遛人
快递站长阿满 冷静的小石头块 铁锅炖一切啊 清茶听雨人 首页守门员小陶 老用户二〇一六
内容运营阿鹿鹿 字幕组退役选手K 港島行山客阿樂 台南豆花妹妹 觀塘夜貓仔 稻香村口小卖部
包子铺日记本 MapleJenny_OH OhioKettle BigfootBarista TessOnTheTrail RoanokeRonnie
PixelPamela DustyBanjoDan GrannyFernCrochets NurseKit_TX CornfieldCora LouisianaLoon
QuietOtter88 MilwaukeeMoth ProfPickleWI Zed_the_welder HarborHattie あまつゆ手帖
LaPetiteHulotte synthetic.mover
"""
HANDLES = frozenset(_NAMES.split())
"""Every name that a text may call: all invented."""
_CALL = re.compile(r"(?<![\w.])@([\w.]+)")
_NAME_KEYS = frozenset({"nickname", "nick_name", "author_name", "uniqueId"})

Row = dict[str, Any]


def rows() -> list[Row]:
    """The items of the captures in order, without the line that is broken on purpose."""
    found: list[Row] = []
    for line in CAPTURES.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def walk(value: object) -> Iterator[Row]:
    """Every JSON object within a value, itself included."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from walk(one)


def comments(data: Row) -> list[Row]:
    """Every comment within an item, replies included, in both spellings."""
    return [one for one in walk(data) if "content" in one and ("note_id" in one or "noteId" in one)]


def note_id(row: Row) -> str:
    """The id of the note that an item shows, also where its map key is dirty."""
    return str(row["data"].get("note", {}).get("noteId") or row["item_id"])


def articles() -> dict[str, Row]:
    return {path.name: tomllib.loads(path.read_text(encoding="utf-8")) for path in CHINESE}


@pytest.mark.parametrize("path", CHINESE, ids=lambda path: path.stem)
def test_article_has_what_it_needs(path: Path) -> None:
    article = tomllib.loads(path.read_text(encoding="utf-8"))
    assert {"slug", "title", "published", "byline", "section", "tags", "text"} <= article.keys()
    assert re.fullmatch(r"[a-z0-9-]+", article["slug"])
    assert path.stem.endswith(article["slug"])
    moment = datetime.fromisoformat(article["published"])
    assert moment.utcoffset() is not None
    assert datetime(2025, 1, 10, tzinfo=UTC) <= moment <= datetime(2025, 2, 6, tzinfo=UTC)
    assert article["tags"] and all(article["tags"])
    assert 150 <= len(article["text"].replace("\n", "")) <= 600
    assert article["text"].encode("gb18030").decode("gb18030") == article["text"]
    assert not set(_CALL.findall(article["text"])) - HANDLES


def test_the_two_papers_are_full_and_their_slugs_differ() -> None:
    for folder, least in (("zh-hans", 26), ("zh-hant", 24)):
        slugs = [tomllib.loads(path.read_text(encoding="utf-8"))["slug"] for path in CHINESE if folder in path.parts]
        assert len(slugs) >= least
        assert len(set(slugs)) == len(slugs)


def test_one_reprint_and_one_wire_story() -> None:
    texts = Counter(article["text"] for article in articles().values())
    twice = [text for text, count in texts.items() if count > 1]
    assert len(twice) == 1 and texts[twice[0]] == 2
    assert {article["slug"] for article in articles().values() if article["text"] == twice[0]} == REPRINT
    assert [article["wire"] for article in articles().values() if "wire" in article] == ["子午通訊社"]


def test_one_line_is_broken_and_no_more() -> None:
    lines = CAPTURES.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(rows()) + 1


def test_items_have_the_fields_of_an_export() -> None:
    found = rows()
    assert [row["id"] for row in found] == list(range(1, len(found) + 1))
    assert 0 < sum("last_updated" in row for row in found) < len(found)
    for row in found:
        assert re.fullmatch(r"\d+:\d+:\d+", row["nav_index"])
        assert row["user_agent"] == "Mozilla/5.0 (synthetic)"
        assert isinstance(row["data"], dict) and isinstance(row["item_id"], str)
        assert isinstance(row["timestamp_collected"], int)
    assert Counter(row["source_platform"] for row in found).keys() == {
        "xiaohongshu.com",
        "xiaohongshu-comments",
        "tiktok.com",
    }
    hosts = {urlsplit(row["source_platform_url"]).hostname for row in found}
    assert {"www.xiaohongshu.com", "www.rednote.com"} <= hosts
    assert any("猫税" in unquote(row["source_platform_url"]) for row in found)


def test_ids_stand_once_but_for_the_intended() -> None:
    notes = Counter(note_id(row) for row in rows() if row["source_platform"] == "xiaohongshu.com")
    assert sum(count > 1 for count in notes.values()) == SEEN_AGAIN
    assert max(notes.values()) == 3
    assert {row["item_id"] for row in rows() if not re.fullmatch(r"[0-9a-f]{24}", row["item_id"])} == {
        "null",
        "",
        "7460000000000000001",
    }
    listed = [row["data"] for row in rows() if row["source_platform"] == "xiaohongshu-comments"]
    own = Counter(one["id"] for data in listed for one in comments(data))
    assert max(own.values()) == 1
    assert not own.keys() & notes.keys()


def test_a_comment_seen_twice_says_the_same() -> None:
    said: dict[str, str] = {}
    for row in rows():
        for one in comments(row["data"]):
            assert said.setdefault(one["id"], one["content"]) == one["content"]


def test_times_lie_in_the_weeks_of_the_event() -> None:
    days: Counter[str] = Counter()
    for row in rows():
        for one in walk(row["data"]):
            moment = one.get("create_time", one.get("createTime", one.get("time")))
            if row["source_platform"] == "tiktok.com" or moment is None:
                continue
            assert moment <= row["timestamp_collected"]
            days[datetime.fromtimestamp(moment / 1000, UTC).strftime("%m%d")] += 1
    assert min(days) >= "0112" and max(days) <= "0203"
    busiest = [day for day, _ in days.most_common(3)]
    assert sorted(busiest) == ["0114", "0115", "0116"]
    assert days["0119"] + days["0120"] > days["0117"] + days["0118"] + days["0121"] + days["0122"]


def test_hard_cases_are_there() -> None:
    whole = CAPTURES.read_text(encoding="utf-8")
    for needle in (
        '"1.2万"',
        '"10万+"',
        '"10+"',
        '"赞"',
        "undefined",
        "[doge]",
        "🙂",
        "[笑哭R]",
        "[微笑R]",
        "[话题]#",
        '"desc":""',
    ):
        assert needle in whole, needle
    said = [one for row in rows() for one in comments(row["data"])]
    assert {one["status"] for one in said} > {0}
    assert len({one["id"] for one in said if one["content"] == "欢迎欢迎"}) == 3
    origins = Counter(row["data"].get("_zs-origin") for row in rows())
    assert origins["html"] >= 4


def test_nobody_is_called_who_was_not_invented() -> None:
    for row in rows():
        for one in walk(row["data"]):
            assert {one[key] for key in _NAME_KEYS & one.keys()} <= HANDLES
            for text in (value for value in one.values() if isinstance(value, str)):
                assert not set(_CALL.findall(text)) - HANDLES
                assert all(address.endswith("@example.org") for address in re.findall(r"[\w.]+@[\w.]+\w", text))


def test_known_answers_are_of_items_that_exist() -> None:
    known = tomllib.loads((DEMO / "captures" / "known.toml").read_text(encoding="utf-8"))["known"]
    book = tomllib.loads((DEMO.parent / "tiktok-refugees" / "codebook.toml").read_text(encoding="utf-8"))
    themes = {theme["id"] for theme in book["theme"]}
    present = {note_id(row) for row in rows()} | {one["id"] for row in rows() for one in comments(row["data"])}
    assert len(known) >= 40
    assert len({one["id"] for one in known}) == len(known)
    for one in known:
        assert one["id"] in present
        assert set(one["themes"]) <= themes
        assert one["sentiment"] in {"positive", "neutral", "negative"}
        assert one["stance"] in {"welcoming", "worried", "hostile", "none"}
    assert {one["stance"] for one in known} == {"welcoming", "worried", "hostile", "none"}
