"""Invented statuses and posts, and servers that give them as Mastodon and Bluesky do: paging, threads, refusals."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.served import Answer, Seen

Item = dict[str, Any]
ROBOTS = Answer("User-agent: *\nDisallow: /settings/\n", media="text/plain")
START = datetime(2025, 1, 13, 16, 0, tzinfo=UTC)
TEXTS = (
    "Welcome to the harbour, here is my cat",
    "欢迎来到港口，这是我的猫",
    "Tuna is the best tax",
    "大家慢慢来，别着急",
    "I learned four characters before breakfast",
    "Does anyone know a good soup?",
)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def snowflake(at: datetime, number: int = 0) -> str:
    return str((int(at.timestamp() * 1000) << 16) + number)


def status(number: int, at: datetime, host: str, *, own: str | None = None, tag: str = "rednote", **more: Any) -> Item:
    """One invented status, as an instance gives it to anybody."""
    name = f"writer{number % 7}"
    home = f"https://{host}"
    link = '<a href="https://paper.example/a/long/path"><span class="invisible">https://</span>'
    link += '<span class="ellipsis">paper.example/a</span><span class="invisible">/long/path</span></a>'
    content = f"<p>{TEXTS[number % 6]} {number}</p><p>See {link}<br>"
    content += f'<a href="{home}/tags/{tag}" class="mention hashtag" rel="tag">#<span>{tag}</span></a></p>'
    return {
        "id": own or snowflake(at, number),
        "uri": f"{home}/users/{name}/statuses/{number}",
        "url": f"{home}/@{name}/{number}",
        "created_at": stamp(at),
        "edited_at": None,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": number % 5 == 0,
        "spoiler_text": "cats ahead" if number % 5 == 0 else "",
        "visibility": "public",
        "language": "en",
        "replies_count": 0,
        "reblogs_count": number % 4,
        "favourites_count": number,
        "content": content,
        "reblog": None,
        "account": {
            "id": str(900 + number % 7),
            "username": name,
            "acct": name,
            "display_name": f"Invented {name}",
            "bot": number % 7 == 6,
            "url": f"{home}/@{name}",
            "avatar": f"{home}/CANARY-avatar.png",
            "header": f"{home}/CANARY-header.png",
        },
        "media_attachments": [
            {
                "id": "1",
                "type": "image",
                "url": f"{home}/media/1.png?token=CANARY-media",
                "description": "A cat on a chair",
                "meta": {"original": {"width": 800, "height": 600}},
            }
        ]
        if number % 3 == 0
        else [],
        "mentions": [],
        "tags": [{"name": tag, "url": f"{home}/tags/{tag}"}],
        "emojis": [],
        "card": None,
        "poll": None,
        **more,
    }


def reply(number: int, to: Item, at: datetime, host: str, **more: Any) -> Item:
    """A reply, which bears no tag: only the thread shows it."""
    to["replies_count"] += 1
    return status(
        number,
        at,
        host,
        in_reply_to_id=to["id"],
        in_reply_to_account_id=to["account"]["id"],
        tags=[],
        mentions=[{"id": to["account"]["id"], "acct": to["account"]["acct"], "username": to["account"]["username"]}],
        content=f'<p><span class="h-card"><a href="x">@<span>{to["account"]["acct"]}</span></a></span> yes {number}</p>',
        **more,
    )


def instance(host: str, count: int, *, plain_ids: bool = False, seed: int = 7) -> "Instance":
    """`count` statuses of a tag, one in every three hours from three days before `START`, some with threads below."""
    drawn, made, number = random.Random(seed), [], 1000
    for index in range(count):
        at = START - timedelta(days=3) + timedelta(hours=3 * index, seconds=drawn.randint(0, 900))
        one = status(index, at, host, own=str(100_000 + index * 10) if plain_ids else None)
        made.append(one)
        above = one
        for step in range(index % 4 if index % 3 == 0 else 0):
            number += 1
            own = str(100_001 + index * 10 + step) if plain_ids else None
            below = reply(number, above, at + timedelta(minutes=5 + step), host, own=own)
            made.append(below)
            above = below if step % 2 else above
    return Instance(host, made)


@dataclass(slots=True)
class Instance:
    """A Mastodon instance on loopback. `closed`: the status with which it answers timelines to those without an account."""

    host: str
    statuses: list[Item]
    closed: int | None = None
    busy: int = 0
    """So many of the first timelines are answered with 429."""
    pages: list[str] = field(default_factory=list)
    """The timelines asked for, in order."""

    def answer(self, seen: Seen) -> Answer:
        parts = urlsplit(seen.path)
        if parts.path == "/robots.txt":
            return ROBOTS
        if parts.path.startswith("/api/v1/timelines/tag/"):
            return self._timeline(parts.path.rpartition("/")[2], parse_qs(parts.query))
        if parts.path.endswith("/context"):
            return self._context(parts.path.split("/")[4])
        return Answer("{}", 404, media="application/json")

    def _timeline(self, tag: str, query: dict[str, list[str]]) -> Answer:
        before = (query.get("max_id") or [""])[0]
        self.pages.append(before)
        if self.closed:
            told = {"error": "This method requires an authenticated user"}
            return Answer(json.dumps(told), self.closed, media="application/json")
        if len(self.pages) <= self.busy:
            return Answer("{}", 429, (("Retry-After", "0"),), media="application/json")
        found = [one for one in self.statuses if any(each["name"] == tag for each in one["tags"])]
        found = [one for one in found if one["visibility"] == "public" and (not before or int(one["id"]) < int(before))]
        found.sort(key=lambda one: int(one["id"]), reverse=True)
        return answered(found[: int(query["limit"][0])])

    def _context(self, own: str) -> Answer:
        known = {one["id"]: one for one in self.statuses}
        if own not in known:
            return Answer('{"error":"Record not found"}', 404, media="application/json")
        above: list[Item] = []
        one = known[own]
        while one["in_reply_to_id"]:
            one = known[one["in_reply_to_id"]]
            above.insert(0, one)
        return answered({"ancestors": above, "descendants": list(self._below(own))})

    def _below(self, own: str) -> Iterable[Item]:
        for one in self.statuses:
            if one["in_reply_to_id"] == own:
                yield one
                yield from self._below(one["id"])


def answered(value: Any) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False), media="application/json; charset=utf-8")


DID = "did:plc:invented{:04d}"


def uri_of(number: int) -> str:
    return f"at://{DID.format(number % 9)}/app.bsky.feed.post/3k{number:011d}"


def post(number: int, at: datetime, root: int | None = None, parent: int | None = None, **record: Any) -> Item:
    """One invented post, as the interface shows it to anybody."""
    text = f"{TEXTS[number % 6]} {number} #猫税"
    made: Item = {
        "$type": "app.bsky.feed.post",
        "text": text,
        "createdAt": stamp(at),
        "langs": ["en"],
        "facets": [
            {
                "index": {"byteStart": len(text.encode()) - 7, "byteEnd": len(text.encode())},
                "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "猫税"}],
            }
        ],
        **record,
    }
    if root is not None:
        above = root if parent is None else parent
        made["reply"] = {"root": {"uri": uri_of(root), "cid": "b"}, "parent": {"uri": uri_of(above), "cid": "b"}}
    view: Item = {
        "uri": uri_of(number),
        "cid": f"bafy{number}",
        "author": {
            "did": DID.format(number % 9),
            "handle": f"writer{number % 9}.skies.example",
            "displayName": "Invented",
            "avatar": "https://pictures.example/CANARY-avatar",
            "labels": [],
        },
        "record": made,
        "replyCount": number % 3,
        "repostCount": number % 4,
        "likeCount": number,
        "quoteCount": 1,
        "indexedAt": stamp(at + timedelta(seconds=2)),
        "labels": [],
    }
    if number % 4 == 0:
        image = {
            "alt": "A cat on a chair",
            "aspectRatio": {"width": 640, "height": 480},
            "thumb": "https://t.example/1",
        }
        view["embed"] = {"$type": "app.bsky.embed.images#view", "images": [image]}
    return view


def thread(number: int, replies: int = 4) -> Item:
    """A post with replies below replies, one deleted and one blocked among them."""
    at = START + timedelta(hours=number)
    root: Item = {"$type": "app.bsky.feed.defs#threadViewPost", "post": post(number, at), "replies": []}
    above, above_number = root, number
    for step in range(1, replies + 1):
        own = number + step
        below: Item = {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": post(own, at + timedelta(minutes=step), number, above_number),
            "replies": [],
        }
        above["replies"].append(below)
        above, above_number = below, own
    gone = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri_of(number + 90), "notFound": True}
    blocked = {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri_of(number + 91), "blocked": True, "author": {}}
    root["replies"] += [gone, blocked]
    return root


def posts_in(one: Item) -> list[Item]:
    """The posts of a thread, flat."""
    below = [each for reply in one.get("replies", ()) for each in posts_in(reply)]
    return [one["post"], *below] if "post" in one else below


def bluesky(threads: dict[int, Item]) -> Any:
    """What a server of the interface answers, with ``threads`` by the number of their post."""

    def answer(seen: Seen) -> Answer:
        parts = urlsplit(seen.path)
        if parts.path == "/robots.txt":
            return ROBOTS
        asked = (parse_qs(parts.query).get("uri") or [""])[0]
        for number, one in threads.items():
            if parts.path == "/xrpc/app.bsky.feed.getPostThread" and asked == uri_of(number):
                return answered({"thread": one})
        told = {"error": "NotFound", "message": f"Post not found: {asked}"}
        return Answer(json.dumps(told), 400, media="application/json")

    return answer
