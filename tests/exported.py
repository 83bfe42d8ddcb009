"""One invented note of RedNote, and comments on it, in the form of every tool that may have captured it."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.archive import Entry, Place, capture_of
from corpus.identity import Keys
from corpus.imports import Damaged, Held, Import, Stub, Taken
from corpus.read import read_capture
from corpus.records import Document, Reading

NOTE = "6784f0a1000000000203abcd"
ACCOUNT, NICKNAME = "5f0000000000000000000001", "SynUser"
TITLE, PLAIN = "Hello from Ohio 猫税已交", '他们说 undefined 是个好名字； it is "mine", now\nsecond line'
DESC = PLAIN + " #猫税[话题]# #welcome[话题]#"
SECOND = 1736926500
AVATAR = "https://media.example.org/CANARY.jpg"
TAB = "https://www.xiaohongshu.com/search_result?keyword=cat%2520tax&xsec_token=CANARY"
PICTURES = ["https://media.example.org/1.jpg", "https://media.example.org/2.jpg"]
ROOT, REPLY = "c00000000000000000000001", "c00000000000000000000002"
COLLECTED = 1736930000123

HELD = Held(frozenset({"rednote"}), {"www.xiaohongshu.com": "rednote"})


def zeeschuimer(data: Mapping[str, Any], **known: Any) -> dict[str, Any]:
    return {
        "id": 17,
        "nav_index": "3:12:4",
        "item_id": data.get("id"),
        "timestamp_collected": COLLECTED,
        "source_platform": "xiaohongshu-comments" if "content" in data else "xiaohongshu.com",
        "source_platform_url": TAB,
        "source_url": "https://edith.xiaohongshu.com/api/sns/web/v1/search/notes?session=CANARY",
        "user_agent": "CANARY",
        "data": data,
        **known,
    }


def folded(item: Mapping[str, Any]) -> dict[str, Any]:
    """As 4CAT gives it on."""
    return {**item["data"], "__import_meta": {name: one for name, one in item.items() if name != "data"}}


def card() -> dict[str, Any]:
    """Shape A, as a search shows it."""
    return {
        "id": NOTE,
        "model_type": "note",
        "xsec_token": "CANARY",
        "note_card": {
            "type": "normal",
            "display_title": TITLE,
            "user": {"user_id": ACCOUNT, "nick_name": NICKNAME, "avatar": AVATAR},
            "interact_info": {"liked_count": "1.2万"},
            "image_list": [
                {"info_list": [{"image_scene": "WB_DFT", "url": one}], "width": 3, "height": 4} for one in PICTURES
            ],
            "cover": {"url_default": PICTURES[0]},
        },
    }


def profile() -> dict[str, Any]:
    """Shape B: a note with a film, as a profile shows it."""
    return {
        "id": NOTE,
        "note_id": NOTE,
        "type": "video",
        "display_title": TITLE,
        "desc": DESC,
        "user": {"user_id": ACCOUNT, "nickname": NICKNAME, "avatar": AVATAR},
        "interact_info": {"liked_count": "12300"},
        "time": SECOND * 1000,
        "video": {
            "media": {
                "stream": {"h264": [{"master_url": "https://media.example.org/v.mp4", "width": 720, "height": 1280}]}
            }
        },
    }


def note_state() -> dict[str, Any]:
    """What a note's own page has of it, in camel case."""
    return {
        "noteId": NOTE,
        "type": "normal",
        "title": TITLE,
        "desc": DESC,
        "time": SECOND * 1000,
        "lastUpdateTime": SECOND * 1000,
        "ipLocation": "美国",
        "xsecToken": "CANARY",
        "user": {"userId": ACCOUNT, "nickname": NICKNAME, "avatar": AVATAR, "xsecToken": "CANARY"},
        "interactInfo": {
            "likedCount": "1.2万",
            "collectedCount": "10+",
            "commentCount": "2",
            "shareCount": "分享",
            "liked": False,
            "relation": "none",
        },
        "tagList": [{"id": "t1", "name": "猫税", "type": "topic"}, {"id": "t2", "name": "welcome", "type": "topic"}],
        "imageList": [{"urlDefault": one, "width": 1080, "height": 1440} for one in PICTURES],
    }


def state(key: str = NOTE) -> dict[str, Any]:
    """Shape C."""
    return {"id": key, "note": note_state(), "currentTime": COLLECTED}


def tile() -> dict[str, Any]:
    """Shape D."""
    return {
        "id": NOTE,
        "url": f"/explore/{NOTE}",
        "author_name": NICKNAME,
        "author_url": NICKNAME,
        "author_avatar_url": AVATAR,
        "likes": "1.2万",
        "thumbnail_url": PICTURES[0],
        "title": TITLE,
        "_zs-origin": "html",
    }


def comment() -> dict[str, Any]:
    """Shape E: a root with a reply in it."""
    return {
        "id": ROOT,
        "note_id": NOTE,
        "content": "undefined",
        "create_time": (SECOND + 100) * 1000,
        "ip_location": "四川",
        "like_count": "36",
        "sub_comment_count": "1",
        "user_info": {"user_id": "5f02", "nickname": "S2", "image": AVATAR},
        "sub_comments": [
            {
                "id": REPLY,
                "note_id": NOTE,
                "content": "欢迎 welcome!",
                "create_time": (SECOND + 200) * 1000,
                "ip_location": "美国",
                "like_count": "0",
                "user_info": {"user_id": "5f03", "nickname": "S3", "image": AVATAR},
                "target_comment": {"id": ROOT},
                "pictures": [{"url_default": PICTURES[0], "width": 10, "height": 20}],
            }
        ],
    }


def fourcat_note() -> dict[str, str]:
    return {
        "collected_from_url": TAB,
        "id": NOTE,
        "thread_id": NOTE,
        "url": f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=CANARY",
        "title": TITLE,
        "body": DESC,
        "hashtags": "猫税,welcome",
        "timestamp": "1999-01-01 00:00:00",
        "author": NICKNAME,
        "author_avatar_url": AVATAR,
        "image_urls": ",".join(PICTURES),
        "video_url": "",
        "likes": "1.2万",
        "unix_timestamp": str(SECOND),
    }


def fourcat_comment() -> dict[str, str]:
    return {
        "collected_from_url": f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=CANARY",
        "id": ROOT,
        "thread_id": NOTE,
        "url": f"https://www.xiaohongshu.com/explore/{NOTE}",
        "body": "undefined",
        "timestamp": "1999-01-01 00:00:00",
        "author": "S2",
        "author_avatar_url": AVATAR,
        "ip_location": "四川",
        "likes": "36",
        "replies": "1",
        "unix_timestamp": str(SECOND + 100),
    }


def crawled_note(generation: str = "old") -> dict[str, Any]:
    """MediaCrawler's, of before ("old") or since ("new") July 2026."""
    who: dict[str, Any] = {"user_id": ACCOUNT, "nickname": NICKNAME, "avatar": AVATAR, "ip_location": "美国"}
    return {
        "note_id": NOTE,
        "type": "normal",
        "title": TITLE,
        "desc": DESC,
        "video_url": "",
        "time": SECOND * 1000,
        "last_update_time": SECOND * 1000,
        **(who if generation == "old" else {"creator_hash": "0123456789abcdef", "nickname": "S***r"}),
        "liked_count": "1.2万",
        "collected_count": "10+",
        "comment_count": "2",
        "share_count": "0",
        "image_list": ",".join(PICTURES),
        "tag_list": "猫税,welcome",
        "last_modify_ts": COLLECTED + 1000,
        "note_url": f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=CANARY&xsec_source=pc_search",
        "source_keyword": "tiktok难民",
        "xsec_token": "CANARY",
    }


def crawled_comment(generation: str = "old", parent: Any = 0, own: str = ROOT) -> dict[str, Any]:
    who: dict[str, Any] = {"user_id": "5f02", "nickname": "S2", "avatar": AVATAR, "ip_location": "四川"}
    return {
        "comment_id": own,
        "create_time": (SECOND + 100) * 1000,
        "note_id": NOTE,
        "content": "undefined",
        **(who if generation == "old" else {"creator_hash": "fedcba9876543210", "nickname": "S***2"}),
        "sub_comment_count": "1",
        "pictures": "",
        "parent_comment_id": parent,
        "last_modify_ts": COLLECTED + 1000,
        "like_count": "36",
    }


def creator() -> dict[str, Any]:
    return {
        "user_id": ACCOUNT,
        "nickname": NICKNAME,
        "gender": "女",
        "avatar": AVATAR,
        "desc": "CANARY",
        "ip_location": "美国",
        "follows": "1",
        "fans": "2",
        "interaction": "3",
        "tag_list": "{}",
        "last_modify_ts": COLLECTED,
    }


def page() -> str:
    """The note's own page: a script's object, with what is no JSON in it, and dirty keys beside."""
    body = json.dumps(note_state(), ensure_ascii=False)
    dirty = '"":{note:{}},"undefined":{note:{},comments:undefined,},'
    shown = f'{{note:{{currentNoteId:"{NOTE}",noteDetailMap:{{{dirty}"{NOTE}":{{comments:undefined,currentTime:1,note:{body},}},}},}},}}'
    return f"<html><head></head><body><script>window.__INITIAL_STATE__ = {shown};</script></body></html>"


def answer() -> str:
    """What the platform's interface answered when the note was opened."""
    items = [
        {
            "id": NOTE,
            "model_type": "note",
            "note_card": {**card()["note_card"], "note_id": NOTE, "desc": DESC, "time": SECOND * 1000},
        }
    ]
    return json.dumps({"success": True, "code": 0, "data": {"items": items}}, ensure_ascii=False)


def har() -> bytes:
    """What a browser's network panel saved: the note's page, what its script asked for, and its comments."""
    comments = json.dumps({"success": True, "data": {"comments": [comment()]}}, ensure_ascii=False)
    asked = (
        (f"https://www.xiaohongshu.com/explore/{NOTE}?xsec_token=CANARY", "text/html; charset=utf-8", page()),
        ("https://edith.xiaohongshu.com/api/sns/web/v1/feed", "application/json", answer()),
        (f"https://edith.xiaohongshu.com/api/sns/web/v2/comment/page?note_id={NOTE}", "application/json", comments),
    )
    entries = [
        {
            "startedDateTime": "2025-01-15T08:33:20.123Z",
            "request": {"method": "GET", "url": url, "headers": [{"name": "Cookie", "value": "web_session=CANARY"}]},
            "response": {
                "status": 200,
                "headers": [{"name": "Content-Type", "value": media_type}],
                "content": {"size": len(text.encode()), "mimeType": media_type, "text": text},
            },
        }
        for url, media_type, text in asked
    ]
    log = {"version": "1.2", "creator": {"name": "invented", "version": "1"}, "entries": entries}
    return json.dumps({"log": log}, ensure_ascii=False).encode()


def lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def table(rows: Sequence[Mapping[str, Any]], delimiter: str = ",", mark: bytes = b"") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return mark + out.getvalue().encode()


def taken(one: Import, path: Path, content: bytes) -> list[Taken | Damaged | Stub]:
    """All that an import makes of a file of this content; each of its entries is told with its shape."""
    path.write_bytes(content)
    found: list[Taken | Damaged | Stub] = []
    for item in one.items(path, HELD):
        assert not isinstance(item, Entry)
        found.append(item)
    return found


def entries(one: Import, path: Path, content: bytes) -> list[Entry]:
    return [item.entry for item in taken(one, path, content) if isinstance(item, Taken)]


def read(entry: Entry, keys: Keys) -> Reading:
    """What becomes of an entry in a build."""
    return read_capture(capture_of(entry, Place("00000.warc.gz", 0, 0, ""), keys), keys)


def documents(found: Sequence[Entry], keys: Keys) -> list[Document]:
    return [document for entry in found for document in read(entry, keys).documents]
