"""Secrets and accounts, each a word of its own, planted in a file of every kind of import; and what searches for them."""

import base64
import gzip
import html
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pyarrow.parquet as pq

from corpus.archive import Damage, journal, read_captures
from corpus.identity import Keys
from tests import exported, imported, warcs
from tests.imported import Item, put

_SECRET = re.compile(rb"Pl4nt[0-9a-f]{10}", re.IGNORECASE)
_ACCOUNT = re.compile(rb"acc0[0-9a-f]{10}|7353[0-9]{12}", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}={0,2}")


class Planted:
    """Words by where they were planted. `secrets` must be nowhere; `accounts` nowhere but in the archive, which is private
    and from which pseudonyms are made."""

    def __init__(self) -> None:
        self.secrets: dict[bytes, str] = {}
        self.accounts: dict[bytes, str] = {}

    def secret(self, where: str) -> str:
        """A word that gives access, names the researcher or shows a face."""
        word = f"Pl4nt{sha256(where.encode()).hexdigest()[:10]}"
        assert self.secrets.setdefault(word.lower().encode(), where) == where
        return word

    def account(self, where: str) -> str:
        """A word that is or holds the id, handle or name of an account."""
        word = f"acc0{sha256(where.encode()).hexdigest()[:10]}"
        self.accounts[word.encode()] = where
        return word

    def number(self, where: str) -> int:
        """An account of a platform that counts its accounts."""
        word = f"7353{int(sha256(where.encode()).hexdigest()[:9], 16) % 10**12:012d}"
        self.accounts[word.encode()] = where
        return int(word)

    def found(self, blob: bytes, accounts: bool = True) -> set[str]:
        """Where that was planted which a stretch of bytes shows."""
        words = {word.lower() for word in _SECRET.findall(blob)}
        shown = {f"secret: {self.secrets.get(word, word.decode())}" for word in words}
        if accounts:
            known = {word.lower() for word in _ACCOUNT.findall(blob)} & self.accounts.keys()
            shown |= {f"account: {self.accounts[word]}" for word in known}
        return shown


# What a file shows when it is opened by whatever can open it


def shown_in(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what it unpacks to: members of gzip, columns of Parquet, rows of SQLite, data in pages."""
    raw = path.read_bytes()
    yield raw
    if path.suffix == ".parquet":
        yield json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False).encode("utf-8", "replace")
    elif path.suffix == ".sqlite":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            yield "\n".join(database.iterdump()).encode("utf-8", "replace")
    elif raw[:2] == b"\x1f\x8b":
        yield from _members(raw)
    else:
        yield raw.replace(b"\0", b"")
        plain = unquote_to_bytes(html.unescape(raw.decode("utf-8", "replace")).encode())
        yield plain
        yield from _decoded(plain)


def _members(raw: bytes) -> Iterator[bytes]:
    """Each member, one that is cut or damaged as far as it goes."""
    while raw[:2] == b"\x1f\x8b":
        inflate, text, rest = zlib.decompressobj(31), b"", b""
        for start in range(0, len(raw), 64):
            try:
                text += inflate.decompress(raw[start : start + 64])
            except zlib.error:
                break
            if inflate.eof:
                rest = inflate.unused_data + raw[start + 64 :]
                break
        yield text
        yield from _decoded(text)
        raw = rest


def _decoded(text: bytes) -> Iterator[bytes]:
    """What stands in it as base 64."""
    for run in _BASE64.findall(text):
        for start in range(4):
            part = run[start:].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            yield base64.b64decode(part[: len(part) // 4 * 4])


def leaks(planted: Planted, folder: Path, keys: Keys | None = None) -> dict[str, set[str]]:
    """What of that which was planted is found in a study's folder, by file; accounts outside its archive only."""
    found: dict[str, set[str]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        private = name.startswith("archive/")
        shown = planted.found(name.encode(), accounts=not private)
        for blob in shown_in(path):
            shown |= planted.found(blob, accounts=not private)
        if shown:
            found[name] = shown
    if keys is None:
        return found
    archive = folder / "archive"
    for place, capture in read_captures(archive, journal(archive), keys):
        assert not isinstance(capture, Damage)
        if shown := planted.found(capture.body, accounts=False):
            found[f"{place.file} {capture.format}"] = shown
    return found


# The files


_FIELDS = (
    *("xsec_token", "xsecToken", "xsec_source", "XsecToken", "web_session", "webSession", "session_id", "sessionId"),
    *("access_token", "accessToken", "refresh_token", "id_token", "Authorization", "cookie", "Cookies", "set-cookie"),
    *("user_agent", "userAgent", "User-Agent", "csrf_token", "token", "accessJwt", "refreshJwt", "pass_ticket"),
    *("password", "api_key", "apiKey", "client_secret", "avatar", "avatar_url", "avatarLarge", "avatar_hd"),
)
_PARAMETERS = (
    *("xsec_token", "XSEC_TOKEN", "access_token", "token", "api_key", "apikey", "key", "sessionid", "sid", "sign"),
    *("X-Amz-Signature", "auth", "pass_ticket", "web_session", "ticket", "a1"),
)
_ESCAPED = ("xsec%5Ftoken", "xsec%255Ftoken")


def _everywhere(planted: Planted, where: str) -> Item:
    """Secret fields that no item needs, as pages' states and answers have them."""
    return {name: planted.secret(f"{where}, field {name}") for name in _FIELDS}


def _query(planted: Planted, where: str, names: tuple[str, ...]) -> str:
    """The end of an address: a secret in each of these parameters, in an address within it, and in its fragment."""
    parts = [f"{name}={planted.secret(f'{where}, parameter {name}')}" for name in names]
    inner = f"https%3A%2F%2Fb.example%2F%3Fxsec_token%3D{planted.secret(f'{where}, address within the address')}"
    return f"?page=1&{'&'.join(parts)}&next={inner}#access_token={planted.secret(f'{where}, fragment')}"


def _address(planted: Planted, where: str, base: str = "https://www.xiaohongshu.com/explore/6784f0a1") -> str:
    """An address with a secret in each of its parts."""
    scheme, rest = base.split("://")
    name = planted.secret(f"{where}, password")
    return f"{scheme}://me:{name}@{rest}{_query(planted, where, (*_PARAMETERS, *_ESCAPED))}"


def _said(planted: Planted, where: str) -> str:
    """What somebody wrote: an address with a token, and what leads to a person."""
    token, mail, handle = planted.secret(f"{where}, in text"), planted.account(f"{where}, mail"), planted.account(where)
    profile, wechat = planted.account(f"{where}, profile in text"), planted.account(f"{where}, number of WeChat")
    return (
        f"The cats of {where.replace(' ', '-')} 猫税 https://www.xiaohongshu.com/explore/1?xsec_token={token}&n=1 and"
        f" {mail}@post.example @{handle} https://www.xiaohongshu.com/user/profile/{profile} 微信号：{wechat}"
    )


def zeeschuimer_items(planted: Planted) -> list[Item]:
    made = []
    for number, (shape, data) in enumerate(
        {
            "card": exported.card(),
            "profile": exported.profile(),
            "state": {"id": exported.NOTE, "note": exported.note_state()},
            "tile": exported.tile(),
            "comment": exported.comment(),
        }.items()
    ):
        where = f"zeeschuimer {shape}"
        user = {"user_id": planted.account(where + " id"), "nickname": planted.account(where + " name")}
        user |= {"image": planted.secret(where + " face"), "images": planted.secret(where + " face 2")}
        item = exported.zeeschuimer(
            {**data, **_everywhere(planted, where), "below": [_everywhere(planted, where + " below")]}
        )
        inner = item["data"]
        for person in (inner, inner.get("note_card"), inner.get("note"), *inner.get("sub_comments", ())):
            if isinstance(person, dict):
                for key in ("user", "user_info"):
                    if key in person:
                        person[key] = {**user, "avatar": planted.secret(where + " avatar"), "userId": user["user_id"]}
                for key in ("desc", "content", "title"):
                    if key in person:
                        person[key] = _said(planted, f"{where} {key}")
        if shape == "tile":
            inner |= {
                "author_name": user["nickname"],
                "author_url": f"/user/profile/{user['user_id']}?xsec_token={planted.secret('tile author')}",
            }
            inner |= {
                "author_avatar_url": planted.secret("tile avatar"),
                "url": f"/explore/{exported.NOTE}?xsec_token={planted.secret('tile url')}",
            }
        item |= {
            "id": number,
            "user_agent": planted.secret(where + " agent"),
            "headers": {"Cookie": planted.secret(where + " kept header")},
        }
        item |= {
            "source_url": _address(planted, where + " source url", "https://edith.xiaohongshu.com/api/sns/web/v1/feed")
        }
        tab = f"https://www.xiaohongshu.com/user/profile/{user['user_id']}"
        item |= {"source_platform_url": _address(planted, where + " tab", tab)}
        made += [item, exported.folded(put(item, planted.secret(where + " folded agent"), ("user_agent",)))]
    return made


def _broken(lines: list[bytes], planted: Planted, where: str) -> bytes:
    """Lines, and after them the first one broken in each of the ways in which lines break, with secrets of their own."""

    def other(way: str) -> bytes:
        return _SECRET.sub(
            lambda found: planted.secret(f"{where} {way} {found.group()[5:9].decode()}").encode(), lines[0]
        )

    cut = other("cut")
    agent = cut.rfind(b"Pl4nt")
    return b"\n".join(
        [
            *lines,
            other("syntax").replace(b"{", b"{,", 1),
            other("bytes").replace(b"{", b'{"a":"\xff",', 1),
            other("twice").replace(b"{", b'{"a":1,"a":2,', 1),
            b"[" + other("list") + b"]",
            b"{" + other("no item") + b"}",
            b'{"data":' + other("unknown") + b"}",
            cut[: agent + 15],
        ]
    )


def _rows(planted: Planted, where: str, row: Item, *columns: str) -> Item:
    """A row with a secret in each of these columns."""
    return {**row, **{name: planted.secret(f"{where} {name}") for name in columns}}


def fourcat_rows(planted: Planted) -> list[Item]:
    where = "fourcat"
    row = _rows(planted, where, imported.fourcat_note(21), "author_avatar_url", "user_agent", "cookie", "xsec_token")
    row |= {"author": planted.account(where + " author"), "body": _said(planted, where + " body")}
    row |= {"url": _address(planted, where + " url"), "title": _said(planted, where + " title")}
    return [
        row | {"collected_from_url": _address(planted, where + " tab", "https://www.xiaohongshu.com/search_result")}
    ]


def mediacrawler_rows(planted: Planted) -> list[Item]:
    where = "mediacrawler"
    row = _rows(planted, where, imported.mediacrawler_note(22), "avatar", "xsec_token", "cookies", "user_agent")
    row |= {"user_id": planted.account(where + " id"), "nickname": planted.account(where + " name")}
    row |= {"note_url": _address(planted, where + " url"), "desc": _said(planted, where + " text")}
    return [row | {"source_keyword": f"cat tax {_address(planted, where + ' keyword')}"}]


def mastodon_items(planted: Planted) -> list[Item]:
    where = "mastodon"
    status = imported.mastodon_status(23)
    handle = planted.account(where + " acct")
    faces = {
        name: planted.secret(f"{where} {name}")
        for name in ("avatar", "avatar_static", "header", "header_static", "email")
    }
    status["account"] |= {
        "acct": f"{handle}@port.example",
        "username": handle,
        "url": f"https://port.example/@{handle}",
        **faces,
    }
    status["account"] |= {
        "source": {"email": planted.secret(where + " source"), "privacy": "x"},
        "id": str(planted.number(where)),
    }
    status["content"] = f"<p>{_said(planted, where + ' text')} <a href='{_address(planted, where + ' link')}'>x</a></p>"
    status["url"] = f"https://port.example/@{handle}/23"
    status["uri"] = f"https://port.example/users/{handle}/statuses/23"
    status["mentions"] = [{"acct": planted.account(where + " mention"), "id": "1"}]
    status |= _everywhere(planted, where)
    status["4CAT_metadata"] = {"query": "cats", **_everywhere(planted, where + " metadata")}
    status["media_attachments"] = [
        {"type": "image", "url": _address(planted, where + " picture", "https://port.example/p")}
    ]
    return [status, put(status, status["uri"] + "4", ("uri",))]


def bluesky_items(planted: Planted) -> list[Item]:
    where = "bluesky"
    post = imported.bluesky_post(24)
    did = f"did:plc:{planted.account(where + ' did')}"
    post["uri"] = f"at://{did}/app.bsky.feed.post/3k24"
    post["author"] = {
        "did": did,
        "handle": f"{planted.account(where + ' handle')}.skies.example",
        **_everywhere(planted, where),
    }
    post["author"] |= {"banner": planted.secret(where + " banner"), "viewer": {"x": planted.secret(where + " viewer")}}
    post["record"] |= {"text": _said(planted, where + " text"), **_everywhere(planted, where + " record")}
    post["record"]["facets"] = [{"features": [{"uri": _address(planted, where + " facet")}], "index": {}}]
    return [post, put(post, f"at://{did}/app.bsky.feed.post/3k25", ("uri",))]


def weibo_items(planted: Planted) -> list[Item]:
    where = "weibo"
    status = imported.weibo_status(25)
    faces = {name: planted.secret(f"{where} {name}") for name in ("avatar_hd", "avatar_large", "profile_image_url")}
    status["user"] = {"id": planted.number(where), "screen_name": planted.account(where + " name"), **faces}
    name = planted.account(where + " mentioned")
    status["text"] = f"{_said(planted, where + ' text')} <a href='/n/{name}'>@{name}</a>"
    status |= {**_everywhere(planted, where), "scheme": _address(planted, where + " scheme")}
    return [status, {"source_platform": "weibo.com", "timestamp_collected": imported.COLLECTED,
                     "user_agent": planted.secret(where + " agent"), "data": put(status, "5122000000000026", ("mid",), ("id",))}]  # fmt: skip


def table_rows(planted: Planted) -> list[Item]:
    where = "table"
    row = _rows(planted, where, imported.table_row(26), "cookie", "user_agent", "avatar", "xsec_token")
    row |= {"author": planted.account(where + " author"), "text": _said(planted, where + " text")}
    return [
        row
        | {
            "url": _address(planted, where + " url", "https://harbour-daily.example/26"),
            "query": _address(planted, where + " query"),
        }
    ]


def html_page(planted: Planted, where: str, title: str) -> str:
    """A page as somebody who was logged in saved it."""
    state = json.dumps(
        {
            "user": _everywhere(planted, where + " state"),
            "note": {"xsecToken": planted.secret(where + " note")},
        }
    )
    twice = json.dumps(json.dumps({"sessionId": planted.secret(where + " JSON in JSON")}))
    page = warcs.page(title).decode()
    added = (
        f'<meta name="csrf-token" content="{planted.secret(where + " meta")}">'
        f"<script>window.__INITIAL_STATE__ = {state}; var more = {twice};</script>"
        f'<input type="hidden" name="_csrf" value="{planted.secret(where + " hidden")}">'
        f'<a href="{html.escape("/x" + _query(planted, where + " link", _PARAMETERS))}">x</a>'
        f'<img src="/x.png?a=1&amp;access_token={planted.secret(where + " picture")}">'
        f'<div data-state="{html.escape(json.dumps({"accessToken": planted.secret(where + " attribute")}))}"></div>'
    )
    return page.replace("</article>", "</article>" + added)


def _answer_of(planted: Planted, where: str) -> str:
    note = {
        "note_id": exported.NOTE,
        "desc": _said(planted, where),
        "user": {"user_id": planted.account(where + " id")},
    }
    note["user"] |= {"avatar": planted.secret(where + " avatar")}
    items = [
        {
            "id": exported.NOTE,
            "xsec_token": planted.secret(where + " token"),
            "note_card": {**exported.card()["note_card"], **note},
        }
    ]
    return json.dumps({"data": {"items": items, **_everywhere(planted, where)}, "success": True})


def har_entries(planted: Planted) -> list[Item]:
    where = "har"
    base = "https://harbour-daily.example/"
    bodies: Mapping[str, tuple[str, str | bytes, str]] = {
        "page": (base + "h1", html_page(planted, "har page", "Cats in a log"), "text/html; charset=utf-8"),
        "base64": (base + "h2", html_page(planted, "har base64", "More cats in a log").encode(), "text/html"),
        "answer": (
            "https://edith.xiaohongshu.com/api/sns/web/v1/feed",
            _answer_of(planted, "har answer"),
            "application/json",
        ),
        "mastodon": (
            "https://port.example/api/v1/timelines/tag/x",
            json.dumps(_bare(mastodon_items(planted))),
            "application/json",
        ),
        "other": (base + "api/me", json.dumps(_everywhere(planted, "har other")), "application/json"),
        "broken": (
            "https://edith.xiaohongshu.com/api/sns/web/v2/x",
            '{"comments":' + json.dumps(_everywhere(planted, "har broken")),
            "application/json",
        ),
    }
    made = []
    for name, (url, body, media) in bodies.items():
        spot = f"{where} {name}"
        entry = warcs.entry(_address(planted, spot + " url", url), body, media)
        asked, given = entry["request"], entry["response"]
        headers = (
            "Cookie",
            "cookie",
            "Authorization",
            "User-Agent",
            "X-CSRF-Token",
            "Referer",
            "X-S",
            "x-s-common",
            "Proxy-Authorization",
        )
        asked["headers"] = [{"name": header, "value": planted.secret(f"{spot} sent {header}")} for header in headers]
        asked["queryString"] = [{"name": "xsec_token", "value": planted.secret(spot + " queryString")}]
        asked["cookies"] = [{"name": "web_session", "value": planted.secret(spot + " sent cookie")}]
        asked["postData"] = {
            "mimeType": "application/json",
            "text": json.dumps({"password": planted.secret(spot + " posted"), "keyword": "cats"}),
            "params": [{"name": "password", "value": planted.secret(spot + " posted parameter")}],
        }
        given["headers"] = [
            {"name": "Content-Type", "value": media},
            *(
                {"name": header, "value": planted.secret(f"{spot} received {header}")}
                for header in (
                    "Set-Cookie",
                    "set-cookie",
                    "X-Access-Token",
                    "X-Client-IP",
                    "X-Amz-Security-Token",
                    "Authorization",
                )
            ),
            {"name": "Location", "value": _address(planted, spot + " location")},
            {"name": "Link", "value": f"<{_address(planted, spot + ' header link')}>; rel=next"},
        ]
        given["cookies"] = [{"name": "sid", "value": planted.secret(spot + " received cookie")}]
        given["redirectURL"] = _address(planted, spot + " redirect")
        entry |= {
            "comment": planted.secret(spot + " comment"),
            "_initiator": {
                "type": "script",
                "url": _address(planted, spot + " initiator"),
                "stack": planted.secret(spot + " stack"),
            },
            "_webSocketMessages": [{"data": planted.secret(spot + " message")}],
            "serverIPAddress": planted.secret(spot + " server"),
            "connection": planted.secret(spot + " connection"),
        }
        made.append(entry)
    return made


def _bare(items: list[Item]) -> list[Item]:
    return [{name: value for name, value in item.items() if name != "4CAT_metadata"} for item in items]


def har_file(planted: Planted, path: Path) -> Path:
    """With entries that are broken, too, the last of which is cut."""
    whole = har_entries(planted)
    made = [json.dumps(entry).encode() for entry in whole]
    plain = json.dumps({name: whole[0][name] for name in ("startedDateTime", "request", "response")}).encode()

    def other(way: str) -> bytes:
        return _SECRET.sub(lambda found: planted.secret(f"har {way} {found.group()[5:11].decode()}").encode(), plain)

    entries = [
        *made,
        other("bytes").replace(b"{", b'{"a":"\xff",', 1),
        other("twice").replace(b"{", b'{"a":1,"a":2,', 1),
        other("status").replace(b'"status": 200', b'"status": "x"'),
        other("base64").replace(b'"text": "', b'"encoding": "base64", "text": "*'),
        b'"no entry"',
        other("cut")[:-700],
    ]
    page = {"id": "page_1", "title": _address(planted, "har page title"), "comment": planted.secret("har page comment")}
    head = {"version": "1.2", "creator": {"name": "x", "comment": planted.secret("har creator")}, "pages": [page]}
    path.write_bytes(json.dumps({"log": head}).encode()[:-2] + b', "entries": [' + b",".join(entries))
    return path


def warc_records(planted: Planted, where: str) -> list[bytes]:
    url = _address(planted, where + " url", f"https://harbour-daily.example/{where}")
    asked = "GET / HTTP/1.1\r\n" + "".join(
        f"{name}: {planted.secret(f'{where} request {name}')}\r\n"
        for name in ("Cookie", "User-Agent", "Authorization", "Referer")
    )
    received = [
        f"{name}: {planted.secret(f'{where} response {name}')}"
        for name in ("Set-Cookie", "X-Auth-Token", "X-Client-IP")
    ]
    received.append(f"Location: {_address(planted, where + ' location')}")
    beside = f"via: {_address(planted, where + ' via')}\r\n" + "".join(
        f"{name}: {planted.secret(f'{where} metadata {name}')}\r\n"
        for name in ("cookie", "user-agent", "Authorization")
    )
    cloud = {
        "rss_entry": {
            "source_url": _address(planted, where + " feed", "https://harbour-daily.example/rss"),
            "title": f"Cats {_address(planted, where + ' title')}",
        },
        **_everywhere(planted, where + " cloud"),
    }
    page = html_page(planted, where, f"Cats in a {where}").encode()
    packed = html_page(planted, where + " packed", f"Packed cats in a {where}").encode()
    answer = _answer_of(planted, where + " answer").encode()
    found = warcs.response(url, page, headers=tuple(received))
    own = found.split(b"WARC-Record-ID: ")[1].split(b"\r\n")[0].decode()
    return [
        warcs.record("warcinfo", f"cookie: {planted.secret(where + ' kept cookie')}\r\n".encode(), "application/warc-fields"),
        warcs.record("request", asked.encode() + b"\r\n", "application/http; msgtype=request", url),
        found,
        warcs.record("metadata", json.dumps(cloud).encode(), "application/x.mediacloud-indexer+json", url, WARC_Concurrent_To=own),
        warcs.record("metadata", beside.encode(), "application/warc-fields", url),
        warcs.response(url.replace("page=1", "page=2"), gzip.compress(packed), headers=("Content-Encoding: gzip", *received)),
        warcs.response("https://edith.xiaohongshu.com/api/sns/web/v1/feed", answer, "application/json"),
        warcs.record("resource", page.replace(b"Cats", b"Resource of cats"), "text/html", url.replace("page=1", "page=3")),
        warcs.record("revisit", b"", "application/http; msgtype=response", url, WARC_Profile="http://x.example/server-not-modified"),
    ]  # fmt: skip


def wacz_file(planted: Planted, path: Path) -> Path:
    url = _address(planted, "wacz url", "https://harbour-daily.example/wacz")
    titled = [
        {"url": one, "ts": warcs.DATE, "title": f"Cats {_address(planted, 'wacz title')}"}
        for one in (url, url.replace("page=1", "page=2"))
    ]
    listed = warcs.pages_list(*titled)
    listed += (
        b'{"url": "'
        + _address(planted, "wacz broken line").encode()
        + b'", "user_agent": "'
        + planted.secret("wacz broken agent").encode()
        + b'"\n'
    )
    parts = {
        "archive/data.warc.gz": warcs.members(*warc_records(planted, "wacz")),
        "pages/pages.jsonl": listed,
        "logs/crawl.log": planted.secret("wacz log").encode(),
    }
    return warcs.wacz(
        path,
        parts,
        told={"description": planted.secret("wacz description"), "software": planted.secret("wacz software")},
    )


def pages(planted: Planted, folder: Path) -> Path:
    """Saved pages with a table beside them."""
    folder.mkdir()
    (folder / "one.html").write_text(html_page(planted, "saved", "Saved cats"), encoding="utf-8")
    (folder / "two.html.gz").write_bytes(gzip.compress(html_page(planted, "saved and packed", "Packed cats").encode()))
    name = f"four?xsec_token={planted.secret('name of a file')}&x=1.html"
    (folder / name).write_text(html_page(planted, "named", "Named cats"), encoding="utf-8")
    (folder / "three.txt").write_text(
        f"Cats\n\n{_said(planted, 'saved text')} {_address(planted, 'saved address')}", encoding="utf-8"
    )
    rows = [
        {
            "path": "one.html",
            "url": _address(planted, "table beside", "https://harbour-daily.example/saved"),
            "title": "Cats",
        }
    ]
    (folder / "urls.csv").write_bytes(exported.table(rows))
    return folder


def _table(rows: list[Item], planted: Planted, where: str, delimiter: str = ",") -> bytes:
    """With a row of too many cells, and one that is cut."""
    whole = exported.table(rows, delimiter)
    last = whole.rstrip(b"\n").rsplit(b"\n", 1)[1]

    def other(way: str) -> bytes:
        return _SECRET.sub(lambda found: planted.secret(f"{where} {way} {found.group()[5:11].decode()}").encode(), last)

    return whole + other("wide") + delimiter.encode() + b"more\n" + other("cut") + b'"'


def plant(planted: Planted, folder: Path) -> list[Path]:
    """A file of every kind of import."""
    folder.mkdir()

    def lines(name: str, items: list[Item]) -> Path:
        (folder / name).write_bytes(_broken(exported.lines(items).splitlines(), planted, name))
        return folder / name

    def table(name: str, rows: list[Item], delimiter: str = ",") -> Path:
        (folder / name).write_bytes(_table(rows, planted, name, delimiter))
        return folder / name

    (folder / "x.warc.gz").write_bytes(warcs.members(*warc_records(planted, "warc")))
    (folder / "plain.warc").write_bytes(b"".join(warc_records(planted, "plain-warc")))
    torn = [one.replace(b"Content-Length: ", b"Content-Length: 9") for one in warc_records(planted, "torn-warc")]
    (folder / "torn.warc").write_bytes(b"".join(torn))
    packed = warcs.members(*warc_records(planted, "cut-warc")[:3])
    (folder / "cut.warc.gz").write_bytes(packed[:-20])
    return [
        lines("z.ndjson", zeeschuimer_items(planted)),
        table("z.csv", fourcat_rows(planted), ";"),
        table("4.csv", fourcat_rows(planted)),
        lines("4.ndjson", fourcat_rows(planted)),
        lines("search_contents.jsonl", mediacrawler_rows(planted)),
        table("search_contents.csv", mediacrawler_rows(planted)),
        lines("m.ndjson", mastodon_items(planted)),
        lines("b.ndjson", bluesky_items(planted)),
        lines("w.ndjson", weibo_items(planted)),
        table("table.csv", table_rows(planted)),
        lines("table.jsonl", table_rows(planted)),
        har_file(planted, folder / "x.har"),
        folder / "x.warc.gz",
        folder / "plain.warc",
        folder / "torn.warc",
        folder / "cut.warc.gz",
        wacz_file(planted, folder / "x.wacz"),
        pages(planted, folder / "pages"),
    ]
