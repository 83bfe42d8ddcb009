"""What a researcher would hold beside a crawl: the demonstration's pages and notes as other tools would have saved them."""

import csv
import gzip
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus.demo.answers import Host, Reply

Row = dict[str, Any]
SAVED_AT = datetime(2025, 1, 22, 9, 30, tzinfo=UTC)
SECRET = "DEMO-SECRET-7f3a91"
"""Stands wherever a session would: in cookies, headers and addresses. It must be found nowhere afterwards."""
_PAGES = ("harbour-daily.example", "silk-road-monitor.example")
_ANSWERS = "rednote.example"
_NOTES, _COMMENTS = 6, 8
_NOTE_COLUMNS = (
    "collected_from_url id thread_id url title body hashtags timestamp author author_avatar_url image_urls video_url likes"
    " unix_timestamp missing_fields"
).split()
_COMMENT_COLUMNS = (
    "collected_from_url id thread_id url body timestamp author author_avatar_url ip_location likes replies unix_timestamp"
).split()


def write_captures(folder: Path, hosts: Mapping[str, Host], welcome: Path) -> None:
    """Files of every kind that can be imported: web archives of the hosts' pages, and exports of the notes of ``welcome``."""
    pages = [
        (f"http://{name}{path}", replies[0])
        for name in _PAGES
        for path, replies in sorted(hosts[name].pages.items())
        if replies[0].media_type.startswith("text/html") and path.count("/") > 2
    ]
    answers = [
        (f"http://{_ANSWERS}{path}", replies[0])
        for path, replies in sorted(hosts[_ANSWERS].pages.items())
        if path.startswith("/api/")
    ]
    saved = _warc(pages[:3])
    (folder / "visit.warc.gz").write_bytes(saved)
    (folder / "visit.wacz").write_bytes(_wacz(_warc(pages[3:6]), pages[3:6]))
    (folder / "visit.har").write_text(_har(answers[:4]), encoding="utf-8")
    notes, comments = _of(welcome)
    _table(folder / "zeeschuimer-notes.csv", _NOTE_COLUMNS, map(_mapped_note, notes[_NOTES : 2 * _NOTES]), ";")
    _exports(folder, notes[:_NOTES], comments[:_COMMENTS])
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (SAVED_AT.timestamp(), SAVED_AT.timestamp()))


def _warc(pages: Iterable[tuple[str, Reply]]) -> bytes:
    out = b""
    for number, (url, reply) in enumerate(pages):
        head = f"HTTP/1.1 {reply.status} OK\r\nContent-Type: {reply.media_type}\r\nSet-Cookie: session={SECRET}\r\n\r\n"
        block = head.encode() + reply.body
        fields = (
            "WARC/1.1\r\nWARC-Type: response\r\n"
            f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012d}>\r\n"
            f"WARC-Date: {SAVED_AT:%Y-%m-%dT%H:%M:%SZ}\r\nWARC-Target-URI: {url}\r\n"
            f"WARC-Block-Digest: sha256:{hashlib.sha256(block).hexdigest()}\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
        )
        out += gzip.compress(fields.encode() + block + b"\r\n\r\n", mtime=0)
    return out


def _wacz(saved: bytes, pages: Sequence[tuple[str, Reply]]) -> bytes:
    header = {"format": "json-pages-1.0", "id": "pages", "title": "All pages"}
    listed = [{"id": str(n), "url": url, "ts": f"{SAVED_AT:%Y-%m-%dT%H:%M:%SZ}"} for n, (url, _) in enumerate(pages)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in (header, *listed)).encode()
    held = {"archive/visit.warc.gz": saved, "pages/pages.jsonl": lines}
    package = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": "A visit to invented outlets",
        "created": f"{SAVED_AT:%Y-%m-%dT%H:%M:%SZ}",
        "software": "Huanying, demonstration",
        "resources": [
            {
                "name": path.rsplit("/", 1)[1],
                "path": path,
                "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
                "bytes": len(data),
            }
            for path, data in held.items()
        ],
    }
    described = json.dumps(package, indent=1).encode()
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(described).hexdigest()}"}
    held |= {"datapackage.json": described, "datapackage-digest.json": json.dumps(digest).encode()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        for path, data in held.items():
            file.writestr(zipfile.ZipInfo(path, (2025, 1, 22, 9, 30, 0)), data)
    return out.getvalue()


def _har(answers: Iterable[tuple[str, Reply]]) -> str:
    secrets = [{"name": "Cookie", "value": f"web_session={SECRET}"}, {"name": "Authorization", "value": SECRET}]
    entries = [
        {
            "startedDateTime": f"{SAVED_AT:%Y-%m-%dT%H:%M:%S.000Z}",
            "request": {
                "method": "GET",
                "url": f"{url}&xsec_token={SECRET}",
                "headers": secrets,
                "cookies": [{"name": "web_session", "value": SECRET}],
            },
            "response": {
                "status": reply.status,
                "headers": [
                    {"name": "Content-Type", "value": reply.media_type},
                    {"name": "Set-Cookie", "value": SECRET},
                ],
                "content": {"mimeType": reply.media_type, "text": reply.body.decode(), "size": len(reply.body)},
            },
        }
        for url, reply in answers
    ]
    log = {"version": "1.2", "creator": {"name": "Invented browser", "version": "1"}, "entries": entries}
    return json.dumps({"log": log}, ensure_ascii=False, indent=1)


def _of(welcome: Path) -> tuple[list[Row], list[Row]]:
    """Notes with their text, and comments, as the platform's interface sent them."""
    notes, comments = [], []
    for line in welcome.read_text(encoding="utf-8").splitlines():
        try:
            data = json.loads(line)["data"]
        except (json.JSONDecodeError, KeyError):  # one line is broken on purpose
            continue
        card = data.get("note_card")
        if card and card.get("desc") and card.get("time"):
            notes.append({"id": data["id"], **card})
        elif "sub_comment_count" in data and data.get("ip_location"):
            comments.append(data)
    return notes, comments


def _exports(folder: Path, notes: Sequence[Row], comments: Sequence[Row]) -> None:
    _table(folder / "4cat-notes.csv", _NOTE_COLUMNS, map(_mapped_note, notes), ",")
    _lines(folder / "4cat-comments.ndjson", map(_mapped_comment, comments))
    crawled = folder / "xhs"
    for kind in ("jsonl", "json", "csv"):
        (crawled / kind).mkdir(parents=True)
    rows = [_crawled_note(note) for note in notes]
    said = [_crawled_comment(comment) for comment in comments]
    _lines(crawled / "jsonl" / "search_contents_2025-01-22.jsonl", rows)
    (crawled / "json" / "search_comments_2025-01-22.json").write_text(
        json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    _table(crawled / "csv" / "detail_comments_2025-01-22.csv", list(said[0]), said, ",", "utf-8-sig")


def _name(note: Row) -> str:
    user = note["user"]
    return str(user.get("nickname") or user.get("nick_name") or "")


def _mapped_note(note: Row) -> Row:
    url = f"https://www.xiaohongshu.com/explore/{note['id']}"
    return {
        "collected_from_url": "https://www.xiaohongshu.com/search_result?keyword=tiktokrefugee",
        "id": note["id"],
        "thread_id": note["id"],
        "url": f"{url}?xsec_token={SECRET}",
        "title": note.get("display_title", ""),
        "body": note["desc"],
        "hashtags": ",".join(tag["name"] for tag in note.get("tag_list", ())),
        "author": _name(note),
        "author_avatar_url": "https://media.example.org/avatar.jpg",
        "image_urls": ",".join("https://media.example.org/note.jpg" for _ in note.get("image_list", ())),
        "likes": note["interact_info"]["liked_count"],
        "unix_timestamp": note["time"] // 1000,
    }


def _mapped_comment(comment: Row) -> Row:
    url = f"https://www.xiaohongshu.com/explore/{comment['note_id']}"
    row: Row = dict.fromkeys(_COMMENT_COLUMNS, "")
    return row | {
        "collected_from_url": url,
        "id": comment["id"],
        "thread_id": comment["note_id"],
        "url": url,
        "body": comment["content"],
        "author": comment["user_info"]["nickname"],
        "ip_location": comment["ip_location"],
        "likes": comment["like_count"],
        "replies": comment["sub_comment_count"],
        "unix_timestamp": comment["create_time"] // 1000,
    }


def _crawled_note(note: Row) -> Row:
    info = note["interact_info"]
    return {
        "note_id": note["id"],
        "type": note["type"],
        "title": note.get("display_title", ""),
        "desc": note["desc"],
        "video_url": "",
        "time": note["time"],
        "last_update_time": note["time"],
        "user_id": note["user"]["user_id"],
        "nickname": _name(note),
        "avatar": "https://media.example.org/avatar.jpg",
        "liked_count": info["liked_count"],
        "collected_count": info.get("collected_count", ""),
        "comment_count": info.get("comment_count", ""),
        "share_count": info.get("shared_count", ""),
        "ip_location": note.get("ip_location", ""),
        "image_list": "",
        "tag_list": ",".join(tag["name"] for tag in note.get("tag_list", ())),
        "last_modify_ts": int(SAVED_AT.timestamp() * 1000),
        "note_url": f"https://www.xiaohongshu.com/explore/{note['id']}?xsec_token={SECRET}",
        "source_keyword": "tiktok难民",
        "xsec_token": SECRET,
    }


def _crawled_comment(comment: Row) -> Row:
    return {
        "comment_id": comment["id"],
        "create_time": comment["create_time"],
        "ip_location": comment["ip_location"],
        "note_id": comment["note_id"],
        "content": comment["content"],
        "user_id": comment["user_info"]["user_id"],
        "nickname": comment["user_info"]["nickname"],
        "avatar": "https://media.example.org/avatar.jpg",
        "sub_comment_count": comment["sub_comment_count"],
        "pictures": "",
        "parent_comment_id": 0,
        "last_modify_ts": int(SAVED_AT.timestamp() * 1000),
        "like_count": comment["like_count"],
    }


def _table(path: Path, columns: Sequence[str], rows: Iterable[Row], separator: str, charset: str = "utf-8") -> None:
    with path.open("w", encoding=charset, newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)


def _lines(path: Path, rows: Iterable[Row]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
