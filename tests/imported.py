"""Invented items in every form that an import of JSON or of tables takes, and two files of the same content for every kind."""

import copy
import gzip
import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.study import Study, load_study
from tests import exported, fediverse, warcs
from tests.studies import OUTLET

Item = dict[str, Any]
Step = str | int
Place = tuple[Step, ...]

HOST = "port.example"
MOMENT = datetime(2025, 1, 15, 7, 35, 0, tzinfo=UTC)
SECOND = int(MOMENT.timestamp())
COLLECTED = 1736930000123
STUDY = """
[study]
id = "every-import"
title = "Every import"
purpose = "Testing"
contact = "mailto:study@contact.example"
legal_basis = "invented"

[window]
start = 2025-01-10
end = 2025-02-10

[[source]]
id = "harbour-daily"
[[source]]
id = "rednote"
[[source]]
id = "mastodon"
[[source]]
id = "bluesky"
[[source]]
id = "weibo"

[[table]]
files = "table*"
source = "rednote"
kind = "comment"
zone = "UTC"
[table.columns]
id = "id"
text = "text"
title = "title"
author = "author"
published = "published"
hashtags = "tags"
url = "url"
query = "query"

[files]
themes = "codebook.toml"
"""
CODEBOOK = Path(__file__).resolve().parent.parent / "studies" / "tiktok-refugees" / "codebook.toml"


def make_study(folder: Path) -> Study:
    """A study that names every platform of which there are imports, a newspaper, and a mapping for tables."""
    (folder / "outlets").mkdir(parents=True)
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "codebook.toml").write_bytes(CODEBOOK.read_bytes())
    return load_study(folder)


def put(item: Item, value: Any, *places: Place) -> Item:
    """A copy of ``item`` with ``value`` at every one of the places."""
    made = copy.deepcopy(item)
    for place in places:
        inner: Any = made
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
    return made


def places_in(value: Any, before: Place = ()) -> list[Place]:
    """The place of every value that stands within ``value``, lists and objects themselves too."""
    steps: list[Step] = list(value) if isinstance(value, dict) else []
    if isinstance(value, list):
        steps = list(range(len(value)))
    return [place for step in steps for place in ((*before, step), *places_in(value[step], (*before, step)))]


@dataclass(frozen=True)
class Form:
    """One form of item. `places`: where it holds what a person wrote or is called, by what that is."""

    kind: str
    name: str
    platform: str
    make: Callable[[int], Item]
    places: Mapping[str, tuple[Place, ...]]
    native: Callable[[int], str]
    """The platform's id of the n-th item."""
    separator: str = ""
    """Of a table; empty for lines of JSON."""
    markup: bool = False
    """Whether its text is hypertext."""
    suffix: str = ".ndjson"
    extra: Place = field(default=())
    """The object in which a field that nobody knows may stand."""

    def content(self, items: list[Item]) -> bytes:
        return exported.table(items, self.separator) if self.separator else exported.lines(items)

    def written(self, text: str) -> str:
        """``text`` as the form has it."""
        return html.escape(text) if self.markup else text


def note_id(number: int) -> str:
    return f"6784f0a1{number:016x}"


def _user(number: int) -> Item:
    return {"user_id": f"5f{number:022x}", "nickname": f"Syn{number}"}


def zeeschuimer_note(number: int) -> Item:
    data = {
        "id": note_id(number),
        "note_id": note_id(number),
        "type": "normal",
        "display_title": f"Title {number}",
        "desc": f"The note {number} 猫税",
        "user": _user(number),
        "interact_info": {"liked_count": "12"},
        "time": SECOND * 1000,
        "tag_list": [{"id": "t", "name": "猫税", "type": "topic"}],
    }
    tab = f"https://www.xiaohongshu.com/user/profile/{_user(number)['user_id']}?xsec_token=x"
    return {**exported.zeeschuimer(data), "source_platform_url": tab}


def zeeschuimer_comment(number: int) -> Item:
    data = {
        "id": f"c{number:023x}",
        "note_id": note_id(1),
        "content": f"The comment {number} 欢迎",
        "create_time": SECOND * 1000,
        "ip_location": "四川",
        "like_count": "3",
        "sub_comment_count": "1",
        "user_info": _user(number),
        "sub_comments": [
            {"id": f"d{number:023x}", "content": "below", "create_time": SECOND * 1000, "user_info": _user(number + 1)}
        ],
    }
    return exported.zeeschuimer(data)


def folded_note(number: int) -> Item:
    return exported.folded(zeeschuimer_note(number))


def fourcat_note(number: int) -> Item:
    return {
        **exported.fourcat_note(),
        "id": note_id(number),
        "thread_id": note_id(number),
        "url": f"https://www.xiaohongshu.com/explore/{note_id(number)}",
        "title": f"Title {number}",
        "body": f"The note {number} 猫税",
        "hashtags": "猫税",
        "author": f"Syn{number}",
        "likes": "12",
        "unix_timestamp": str(SECOND),
    }


def mediacrawler_note(number: int) -> Item:
    return {
        **exported.crawled_note(),
        "note_id": note_id(number),
        "title": f"Title {number}",
        "desc": f"The note {number} 猫税",
        "time": SECOND * 1000,
        "last_update_time": SECOND * 1000,
        **_user(number),
        "tag_list": "猫税",
        "note_url": f"https://www.xiaohongshu.com/explore/{note_id(number)}?xsec_token=x",
    }


def mediacrawler_comment(number: int) -> Item:
    made = exported.crawled_comment(own=f"c{number:023x}")
    return {**made, "note_id": note_id(1), "content": f"The comment {number}", **_user(number)}


def mastodon_status(number: int) -> Item:
    made = fediverse.status(number, MOMENT, HOST, own=f"{number}")
    made |= {"content": f"<p>The status {number} 猫税</p>", "uri": f"https://{HOST}/statuses/{number}"}
    made |= {"spoiler_text": f"Title {number}", "tags": [{"name": "猫税", "url": f"https://{HOST}/tags/x"}]}
    return {"4CAT_metadata": {"query": "cat tax", "collected_at": COLLECTED // 1000}, **made}


def mastodon_inner(number: int) -> Item:
    return {name: value for name, value in mastodon_status(number).items() if name != "4CAT_metadata"}


def _uri(number: int) -> str:
    return f"at://did:plc:syn{number:09d}/app.bsky.feed.post/3k{number:011d}"


def bluesky_post(number: int) -> Item:
    made = fediverse.post(number, MOMENT, text=f"The post {number} 猫税", facets=[], tags=["猫税"])
    author = {"did": f"did:plc:syn{number:09d}", "handle": f"syn{number}.skies.example", "displayName": f"Syn{number}"}
    return {**made, "uri": _uri(number), "author": author, "4CAT_metadata": {"query": "cat tax"}}


def bluesky_row(number: int) -> Item:
    """As 4CAT's table has it."""
    return {
        "collected_at": "2025-02-08T07:33:20",
        "query": "cat tax",
        "rank": 1,
        "id": _uri(number),
        "thread_id": _uri(number),
        "created_at": MOMENT.isoformat(),
        "author": f"syn{number}.skies.example",
        "author_id": f"did:plc:syn{number:09d}",
        "body": f"The post {number} 猫税",
        "tags": "猫税",
        "like_count": 1,
        "reply_count": 2,
        "repost_count": 3,
        "replied_to_post": "",
        "labels": "",
        "link": f"https://bsky.app/profile/syn{number}/post/1",
    }


def minet_row(number: int) -> Item:
    return {
        "uri": _uri(number),
        "timestamp_utc": SECOND,
        "indexed_at_utc": "2025-01-15T07:36:00",
        "user_did": f"did:plc:syn{number:09d}",
        "user_handle": f"syn{number}.skies.example",
        "url": "https://bsky.app/profile/x/post/1",
        "original_text": f"The post {number} 猫税",
        "like_count": 1,
        "reply_count": 2,
        "repost_count": 3,
        "to_post_uri": "",
        "to_root_post_uri": "",
        "hashtags": "猫税",
        "match_query": "cat tax",
        "user_display_name": f"Syn{number}",
    }


def weibo_status(number: int) -> Item:
    return {
        "id": f"51220000{number:08d}",
        "mid": f"51220000{number:08d}",
        "visible": {"type": 0, "list_id": 0},
        "created_at": "Wed Jan 15 15:35:00 +0800 2025",
        "text": f"The status {number} #猫税#",
        "user": {"id": 1_000_000_000 + number, "screen_name": f"Syn{number}"},
        "reposts_count": 1,
        "comments_count": 2,
        "attitudes_count": 3,
        "region_name": "发布于 四川",
        "pics": [{"url": "https://pictures.example/1", "large": {"geo": {"width": "4", "height": 3}}}],
        "page_info": {"type": "video", "page_url": "https://video.example/1"},
    }


def weibo_in_zeeschuimer(number: int) -> Item:
    item = {"source_platform": "weibo.com", "timestamp_collected": COLLECTED, "data": weibo_status(number)}
    return {**item, "source_platform_url": "https://s.weibo.com/weibo?q=cat"}


def table_row(number: int) -> Item:
    return {
        "id": f"r{number}",
        "text": f"The row {number} 猫税",
        "title": f"Title {number}",
        "author": f"syn{number}",
        "published": "2025-01-15T07:35:00Z",
        "tags": "猫税",
        "url": f"https://{HOST}/rows/{number}",
        "query": "cat tax",
    }


def _hex(number: int) -> str:
    return f"c{number:023x}"


_DATA: Place = ("data",)
_NOTE_OF_DATA: dict[str, tuple[Place, ...]] = {
    "text": (("data", "desc"),),
    "title": (("data", "display_title"),),
    "author": (("data", "user", "user_id"), ("data", "user", "nickname")),
    "id": (("data", "id"), ("data", "note_id")),
    "tag": (("data", "tag_list", 0, "name"),),
    "url": (("source_platform_url",), ("source_url",)),
}
_FOLDED = {
    name: tuple(place[1:] if place[0] == "data" else ("__import_meta", *place) for place in places)
    for name, places in _NOTE_OF_DATA.items()
}
_OF_4CAT: dict[str, tuple[Place, ...]] = {
    "text": (("body",),),
    "title": (("title",),),
    "author": (("author",),),
    "id": (("id",), ("thread_id",)),
    "tag": (("hashtags",),),
    "url": (("url",),),
}
_OF_MEDIACRAWLER: dict[str, tuple[Place, ...]] = {
    "text": (("desc",),),
    "title": (("title",),),
    "author": (("user_id",), ("nickname",)),
    "id": (("note_id",),),
    "tag": (("tag_list",),),
    "url": (("note_url",), ("video_url",)),
    "query": (("source_keyword",),),
}
_OF_ROWS: dict[str, tuple[Place, ...]] = {
    name: ((column,),)
    for name, column in (("text", "text"), ("title", "title"), ("author", "author"), ("id", "id"), ("tag", "tags"))
} | {"url": (("url",),), "query": (("query",),)}
_OF_BLUESKY_ROWS: dict[str, tuple[Place, ...]] = {
    "text": (("body",),),
    "author": (("author",), ("author_id",)),
    "id": (("id",),),
    "tag": (("tags",),),
    "url": (("link",),),
    "query": (("query",),),
}
_OF_MINET: dict[str, tuple[Place, ...]] = {
    "text": (("original_text",),),
    "author": (("user_did",), ("user_handle",), ("user_display_name",)),
    "id": (("uri",),),
    "tag": (("hashtags",),),
    "url": (("url",),),
    "query": (("match_query",),),
}
_ID_OF_COMMENT = {"id": (("data", "id"),), "author": (("data", "user_info", "user_id"),), "url": _NOTE_OF_DATA["url"]}
_MASTODON: dict[str, tuple[Place, ...]] = {
    "text": (("content",),),
    "title": (("spoiler_text",),),
    "author": (("account", "acct"), ("account", "display_name")),
    "id": (("uri",), ("id",)),
    "tag": (("tags", 0, "name"),),
    "url": (("url",), ("account", "url")),
    "query": (("4CAT_metadata", "query"),),
}
_BLUESKY: dict[str, tuple[Place, ...]] = {
    "text": (("record", "text"),),
    "author": (("author", "did"), ("author", "handle"), ("author", "displayName")),
    "id": (("uri",),),
    "tag": (("record", "tags", 0),),
    "query": (("4CAT_metadata", "query"),),
}
_WEIBO: dict[str, tuple[Place, ...]] = {
    "text": (("text",),),
    "author": (("user", "screen_name"), ("user", "id")),
    "id": (("mid",), ("id",)),
    "tag": (("region_name",),),
    "url": (("pics", 0, "url"), ("page_info", "page_url")),
}
FORMS = (
    Form("zeeschuimer", "note", "rednote", zeeschuimer_note, _NOTE_OF_DATA, note_id, extra=_DATA),
    Form("zeeschuimer", "comment", "rednote", zeeschuimer_comment,
         {"text": (("data", "content"),), **_ID_OF_COMMENT}, _hex, extra=_DATA),
    Form("zeeschuimer", "folded", "rednote", folded_note, _FOLDED, note_id),
    Form("zeeschuimer", "table", "rednote", fourcat_note, _OF_4CAT, note_id, ";", suffix=".csv"),
    Form("zeeschuimer", "weibo", "weibo", weibo_in_zeeschuimer,
         {name: tuple(("data", *place) for place in places) for name, places in _WEIBO.items()}
         | {"query": (("source_platform_url",),)},
         lambda number: f"51220000{number:08d}", markup=True, extra=_DATA),
    Form("fourcat", "lines", "rednote", fourcat_note, _OF_4CAT, note_id),
    Form("fourcat", "table", "rednote", fourcat_note, _OF_4CAT, note_id, ",", suffix=".csv"),
    Form("fourcat", "folded", "rednote", folded_note, _FOLDED, note_id),
    Form("mediacrawler", "note", "rednote", mediacrawler_note, _OF_MEDIACRAWLER, note_id),
    Form("mediacrawler", "comment", "rednote", mediacrawler_comment,
         {"text": (("content",),), "author": (("user_id",), ("nickname",)), "id": (("comment_id",),)}, _hex),
    Form("mediacrawler", "table", "rednote", mediacrawler_note, _OF_MEDIACRAWLER, note_id, ",", suffix=".csv"),
    Form("mastodon", "status", "mastodon", mastodon_status, _MASTODON,
         lambda number: f"https://{HOST}/statuses/{number}", markup=True),
    Form("bluesky", "post", "bluesky", bluesky_post, _BLUESKY, _uri),
    Form("bluesky", "table of 4CAT", "bluesky", bluesky_row, _OF_BLUESKY_ROWS, _uri, ",", suffix=".csv"),
    Form("bluesky", "table of minet", "bluesky", minet_row, _OF_MINET, _uri, ",", suffix=".csv"),
    Form("weibo", "status", "weibo", weibo_status, _WEIBO, lambda number: f"51220000{number:08d}", markup=True),
    Form("tables", "lines", "rednote", table_row, _OF_ROWS, lambda number: f"r{number}"),
    Form("tables", "table", "rednote", table_row, _OF_ROWS, lambda number: f"r{number}", ",", suffix=".csv"),
)  # fmt: skip
"""Of one kind the lines of JSON stand before the tables."""


def parquet(rows: list[Item], path: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


# Two files of the same content for every kind of import

_STORY = "https://harbour-daily.example/{}"


def _page(name: str) -> bytes:
    return warcs.page(f"Visitors arrive by {name}")


def _response(name: str) -> bytes:
    return warcs.response(_STORY.format(name), _page(name))


def _har(folder: Path, name: str) -> Path:
    return warcs.har(folder / f"{name}.har", [warcs.entry(_STORY.format(name), _page(name).decode())])


def _warc(folder: Path, name: str) -> Path:
    path = folder / f"{name}.warc.gz"
    path.write_bytes(warcs.members(warcs.warcinfo(), warcs.request(_STORY.format(name)), _response(name)))
    return path


def _plain_warc(folder: Path, name: str) -> Path:
    path = folder / f"{name}.warc"
    path.write_bytes(warcs.warcinfo() + _response(name))
    return path


def _wacz(folder: Path, name: str) -> Path:
    listed = warcs.pages_list({"url": _STORY.format(name), "ts": warcs.DATE, "title": "Visitors"})
    parts = {"archive/data.warc.gz": warcs.members(warcs.warcinfo(), _response(name)), "pages/pages.jsonl": listed}
    return warcs.wacz(folder / f"{name}.wacz", parts)


def _files(folder: Path, name: str, packed: bool = False) -> Path:
    inside = folder / f"{name} pages"
    inside.mkdir()
    page = inside / ("one.html.gz" if packed else "one.html")
    page.write_bytes(gzip.compress(_page(name), mtime=0) if packed else _page(name))
    (inside / "urls.csv").write_text(f"path,url,date\n{page.name},{_STORY.format(name)},{warcs.DATE}\n")
    return inside


def _lines(folder: Path, file: str, rows: list[Item]) -> Path:
    (folder / file).write_bytes(exported.lines(rows))
    return folder / file


def _table(folder: Path, file: str, rows: list[Item], delimiter: str) -> Path:
    (folder / file).write_bytes(exported.table(rows, delimiter))
    return folder / file


def _whole(folder: Path, file: str, value: Any) -> Path:
    (folder / file).write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")
    return folder / file


Writer = Callable[[Path], Path]
CASES: dict[str, tuple[Writer, Writer, str]] = {
    "bluesky": (
        lambda folder: _lines(folder, "b.ndjson", [bluesky_post(1), bluesky_post(2)]),
        lambda folder: _table(folder, "b.csv", [bluesky_row(1), bluesky_row(2)], ","),
        "The post 1 猫税",
    ),
    "files": (
        lambda folder: _files(folder, "file"),
        lambda folder: _files(folder, "file", packed=True),
        "Visitors arrive by file",
    ),
    "fourcat": (
        lambda folder: _table(folder, "4.csv", [fourcat_note(3)], ","),
        lambda folder: _lines(folder, "4.ndjson", [fourcat_note(3)]),
        "The note 3 猫税",
    ),
    "har": (lambda folder: _har(folder, "har"), lambda folder: _warc(folder, "har"), "Visitors arrive by har"),
    "mastodon": (
        lambda folder: _lines(folder, "m.ndjson", [mastodon_status(4)]),
        lambda folder: _whole(folder, "m.json", {"statuses": [mastodon_inner(4)]}),
        "The status 4 猫税",
    ),
    "mediacrawler": (
        lambda folder: _lines(folder, "search_contents_2025.jsonl", [mediacrawler_note(5), mediacrawler_note(6)]),
        lambda folder: _table(folder, "search_contents_2025.csv", [mediacrawler_note(5), mediacrawler_note(6)], ","),
        "The note 5 猫税",
    ),
    "tables": (
        lambda folder: _table(folder, "table.csv", [table_row(7), table_row(8)], ","),
        lambda folder: parquet([table_row(7), table_row(8)], folder / "table.parquet"),
        "The row 7 猫税",
    ),
    "wacz": (lambda folder: _wacz(folder, "wacz"), lambda folder: _har(folder, "wacz"), "Visitors arrive by wacz"),
    "warc": (
        lambda folder: _warc(folder, "warc"),
        lambda folder: _plain_warc(folder, "warc"),
        "Visitors arrive by warc",
    ),
    "weibo": (
        lambda folder: _lines(folder, "w.ndjson", [weibo_status(9)]),
        lambda folder: _lines(folder, "w2.ndjson", [weibo_in_zeeschuimer(9)]),
        "The status 9 #猫税#",
    ),
    "zeeschuimer": (
        lambda folder: _lines(folder, "z.ndjson", [zeeschuimer_note(10), zeeschuimer_comment(11)]),
        lambda folder: _lines(
            folder, "z.ndjson", [exported.folded(one) for one in (zeeschuimer_note(10), zeeschuimer_comment(11))]
        ),
        "The note 10 猫税",
    ),
}
"""By kind: what writes the file, what writes a second form of it, and the text of one document in both."""
