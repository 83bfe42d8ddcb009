"""The demonstration's platform: pages that a script draws, from the notes and comments of the invented captures."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from corpus.demo.answers import Host, Reply

Item = dict[str, Any]

OPEN, CLOSED = "rednote.example", "xiaohongshu.example"
"""One platform under two names: one lets readers in, the other forbids them everything."""
TOPICS = ("tiktokrefugee", "猫税")
SINGLE = "6788c130000000005f73b4d4"
"""A note that no topic shows; its address needs no token."""
WALLED = "678e3ef8000000003c17c22b"
"""The last note of the last topic: whoever asks for it is sent to a captcha."""
DELETED = "678a00000000000000de1e7e"
_LISTED = 8
_FIRST_CARDS, _CARDS = 4, 4
_FIRST_ROOTS, _ROOTS = 2, 3
_JSON = "application/json; charset=utf-8"
_UNDEFINED = "\x00undefined"
_DELETED_CARD: Item = {
    "type": "normal",
    "display_title": "收据模板先撤下，改好再发",
    "user": {"user_id": "5f5f0000000000000000000b", "nickname": "胡同口晒太阳的猫叔"},
    "interact_info": {"liked_count": "12"},
}


@dataclass(slots=True)
class _Notes:
    """Notes as the platform's pages hold them, by id, and the comments of each as its interface sends them."""

    notes: dict[str, Item] = field(default_factory=dict)
    comments: dict[str, list[Item]] = field(default_factory=dict)


def rednote_hosts(folder: Path, captures: Path) -> tuple[Host, Host]:
    """The platform's two hosts. ``folder`` holds its script, ``captures`` the items that its pages show."""
    held = _load(captures)
    kept = (("Cache-Control", "public, max-age=600"),)
    pages = {"/app.js": Reply((folder / "app.js").read_bytes(), "text/javascript; charset=utf-8", headers=kept)}
    shown: set[str] = set()
    for topic in TOPICS:
        listed = [one for one, note in held.notes.items() if topic in _topics(note)][:_LISTED]
        listed = [one for one in listed if one != WALLED] + ([DELETED, WALLED] if topic == TOPICS[-1] else [])
        pages |= _topic_pages(topic, [_card(one, held.notes.get(one)) for one in listed])
        shown |= set(listed)
    for note_id in sorted(shown - {WALLED, DELETED} | {SINGLE}):
        pages |= _note_pages(note_id, held)
        pages[address_of(note_id)] = pages[f"/explore/{note_id}"]
        if note_id != SINGLE:
            pages[f"/explore/{note_id}"] = _page("小红书", {"note": {"noteDetailMap": {}}}, "当前笔记暂时无法浏览")
    pages[address_of(DELETED)] = _deleted(DELETED)
    captcha = f"/website-login/captcha?{urlencode({'redirectPath': address_of(WALLED)})}"
    pages[address_of(WALLED)] = Reply(b"", status=302, headers=(("Location", captcha),))
    return (
        Host(
            OPEN,
            forbidden=("/user/", "/search_result"),
            pages={path: (reply,) for path, reply in pages.items()},
            captchas=frozenset({address_of(WALLED)}),
            parts=("/app.js", "/api/"),
            pictures=("/picture/",),
            later={address_of(one): _deleted(one) for one in [min(shown - {WALLED, DELETED, SINGLE})]},
        ),
        Host(CLOSED, forbidden=("/",)),
    )


def _load(captures: Path) -> _Notes:
    """Every note that was captured in full, a page's state before a card, in the order of its id, which is of time."""
    found = _Notes()
    for data, platform in _items(captures):
        if platform == "xiaohongshu-comments":
            found.comments.setdefault(data["note_id"], []).append(data)
        elif "note" in data:
            found.notes[data["note"]["noteId"]] = data["note"]
            if data["note"]["noteId"] == SINGLE:
                found.comments[SINGLE] = [_respelt(one, _snake) for one in data["comments"]["list"]]
        elif card := data.get("note_card") or (data if "display_title" in data else None):
            found.notes.setdefault(
                card.get("note_id") or data["id"], _state_of_card(card.get("note_id") or data["id"], card)
            )
    for note_id, note in found.notes.items():
        for comment in found.comments.get(note_id, ()):
            for one in (comment, *comment["sub_comments"]):
                own = one["user_info"]["user_id"] == note["user"]["userId"]
                one["show_tags"] = ["is_author"] if own else []
    found.notes = dict(sorted(found.notes.items()))
    return found


def _items(captures: Path) -> Iterator[tuple[Item, str]]:
    for line in captures.read_text(encoding="utf-8").splitlines():
        try:
            item = json.loads(line)
        except json.JSONDecodeError:  # one line is broken on purpose
            continue
        if item["source_platform"].startswith("xiaohongshu"):
            yield item["data"], item["source_platform"]


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda sign: "_" + sign.group().lower(), name)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda sign: sign.group(1).upper(), name)


def _respelt(value: Any, name: Callable[[str], str]) -> Any:
    """``value`` with the names of its fields in another spelling."""
    if isinstance(value, dict):
        return {name(key): _respelt(one, name) for key, one in value.items()}
    return [_respelt(one, name) for one in value] if isinstance(value, list) else value


def _state_of_card(note_id: str, card: Item) -> Item:
    note: Item = _respelt(card, _camel)
    note |= {"noteId": note_id, "title": note.pop("displayTitle", "")}
    note["interactInfo"]["shareCount"] = note["interactInfo"].pop("sharedCount", "0")
    note["user"].setdefault("nickname", note["user"].pop("nickName", ""))
    return note


def _topics(note: Item) -> set[str]:
    return {tag["name"] for tag in note.get("tagList", ())}


def _token(note_id: str) -> str:
    return f"DEMO{note_id[-8:]}="


def address_of(note_id: str) -> str:
    """Path of a note as topics link it: without its token the platform shows it to nobody."""
    return f"/explore/{note_id}?xsec_token={quote(_token(note_id), safe='')}&xsec_source=pc_topic"


def _picture(note_id: str) -> str:
    return f"/picture/{note_id}.jpg"


def _card(note_id: str, note: Item | None) -> Item:
    """A note as a topic shows it: title, name and likes, no text and no time."""
    if note is None:
        card = dict(_DELETED_CARD)
    else:
        user = {"user_id": note["user"]["userId"], "nickname": note["user"]["nickname"]}
        likes = {"liked_count": note["interactInfo"]["likedCount"]}
        card = {"type": note["type"], "display_title": note["title"], "user": user, "interact_info": likes}
    card["cover"] = {"url_default": _picture(note_id)}
    return {"id": note_id, "model_type": "note", "xsec_token": _token(note_id), "note_card": card}


def _topic_pages(topic: str, cards: list[Item]) -> dict[str, Reply]:
    first = _respelt(cards[:_FIRST_CARDS], _camel)
    more = len(cards) > _FIRST_CARDS
    state = {
        "topic": {"name": topic, "items": first, "cursor": str(_FIRST_CARDS), "hasMore": more, "banner": _UNDEFINED}
    }
    pages = {f"/page/topics/{quote(topic)}": _page(f"#{topic} - 小红书", state)}
    for start in range(_FIRST_CARDS, len(cards), _CARDS):
        end = start + _CARDS
        values = urlencode({"page_id": topic, "cursor": start, "num": _CARDS})
        told = {"items": cards[start:end], "cursor": str(end), "has_more": end < len(cards)}
        pages[f"/api/sns/web/v1/page/notes?{values}"] = _answer(told)
    return pages


def _note_pages(note_id: str, held: _Notes) -> dict[str, Reply]:
    """A note's page and what it asks for as one scrolls: further comments, and replies beyond the first."""
    roots = held.comments.get(note_id, [])
    pages, shown = {}, []
    for root in roots:
        replies = root["sub_comments"]
        cursor = replies[0]["id"] if replies else ""
        shown.append(
            {
                **root,
                "sub_comments": replies[:1],
                "sub_comment_cursor": cursor,
                "sub_comment_has_more": len(replies) > 1,
            }
        )
        if len(replies) > 1:
            values = urlencode({"note_id": note_id, "root_comment_id": root["id"], "num": 10, "cursor": cursor})
            told = {"comments": replies[1:], "cursor": "", "has_more": False}
            pages[f"/api/sns/web/v2/comment/sub/page?{values}"] = _answer(told)
    for start in range(_FIRST_ROOTS, len(roots), _ROOTS):
        end = start + _ROOTS
        values = urlencode({"note_id": note_id, "cursor": roots[start - 1]["id"]})
        cursor = roots[end - 1]["id"] if end < len(roots) else ""
        told = {"comments": shown[start:end], "cursor": cursor, "has_more": end < len(roots)}
        pages[f"/api/sns/web/v2/comment/page?{values}"] = _answer(told)
    first: Item = {
        "list": _respelt(shown[:_FIRST_ROOTS], _camel),
        "cursor": roots[_FIRST_ROOTS - 1]["id"] if len(roots) > _FIRST_ROOTS else "",
        "hasMore": len(roots) > _FIRST_ROOTS,
        "loading": False,
    }
    note = held.notes[note_id] | {"xsecToken": _token(note_id), "video": _UNDEFINED}
    note["imageList"] = [{"urlDefault": _picture(note_id), "livePhoto": False}]
    note["user"] = {**note["user"], "avatar": _UNDEFINED}
    detail = {"note": note, "comments": first, "currentTime": 1738821600000}
    pages[f"/explore/{note_id}"] = _page(f"{note['title']} - 小红书", _note_state(note_id, detail))
    return pages


def _note_state(note_id: str, detail: Item, failed: Item | None = None) -> Item:
    info = failed or {"state": "success", "errMsg": "", "errorCode": 0}
    return {
        "global": {"appSettings": {"notificationInterval": 30}, "supportWebp": _UNDEFINED},
        "user": {"loggedIn": False, "activated": _UNDEFINED},
        "note": {
            "firstNoteId": note_id,
            "currentNoteId": note_id,
            "noteDetailMap": {note_id: detail, "undefined": {"note": {}, "comments": _UNDEFINED}},
            "serverRequestInfo": info,
        },
    }


def _deleted(note_id: str) -> Reply:
    """The platform answers 200 for a note that is gone, and says so in its state and to the visitor."""
    failed = {"state": "fail", "errMsg": "笔记不存在", "errorCode": -510001}
    return _page("小红书", _note_state(note_id, {"note": {}, "comments": {"list": []}}, failed), "该笔记已被删除")


def _page(title: str, state: Item, said: str = "") -> Reply:
    """A page as such applications send it: next to no words, a state as JavaScript, and a script that draws it."""
    literal = json.dumps(state, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    literal = literal.replace(json.dumps(_UNDEFINED), "undefined")
    script = "" if said else '<script src="/app.js" defer></script>'
    return Reply(
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{_plain(title)}</title>'
        f"<script>window.__INITIAL_STATE__ = {literal};</script></head>"
        f'<body><div id="app">{said}</div>{script}</body></html>'.encode()
    )


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _answer(data: Item) -> Reply:
    told = {"code": 0, "success": True, "msg": "成功", "data": data}
    return Reply(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), _JSON)
