"""Pages and answers of RedNote that list notes: what they list, and what a note found there was found by."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from lxml import etree, html

from corpus.records import Finding
from corpus.rednote.items import Item, native_id, part, pick
from corpus.rednote.refusals import note_id_in

_VALUE_LIMIT = 200
_DEPTH = 8
_TOPICS = ("page", "tag", "topic", "topics")


def listing_of(url: str) -> Finding | None:
    """How notes on the page at ``url`` are found: by a query, tag, account or feed; None where it is no such page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    asked = dict(parse_qsl(parts.query))
    steps = [step for step in parts.path.split("/") if step]
    if steps[:1] == ["search_result"] and (keyword := asked.get("keyword")):
        # The platform's own links encode the keyword twice.
        plain = unquote(keyword) if re.search(r"%[0-9A-Fa-f]{2}", keyword) else keyword
        return Finding("query", plain[:_VALUE_LIMIT], sort_order=asked.get("sort"))
    if steps[:2] == ["user", "profile"] and len(steps) > 2:
        return Finding("account", steps[2][:_VALUE_LIMIT])
    if steps and steps[0] in _TOPICS and len(steps) > 1:
        return Finding("tag", unquote(steps[-1])[:_VALUE_LIMIT])
    if steps == ["explore"]:
        return Finding("feed", asked.get("channel_id", "explore")[:_VALUE_LIMIT])
    return None


def cards_in(value: Any, depth: int = 0) -> Iterator[tuple[str, Item]]:
    """Id and content of every note that an answer or a page's state shows as a card, in its order."""
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        card = part(value, "note_card", "noteCard")
        own = native_id(value.get("id")) or native_id(pick(card, "note_id", "noteId"))
        if card and own:
            yield own, card
            return
        listed = native_id(pick(value, "note_id", "noteId"))
        if (
            listed
            and part(value, "user")
            and pick(value, "display_title", "displayTitle", "interact_info", "interactInfo")
        ):
            yield listed, value  # as a profile lists it
            return
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from cards_in(one, depth + 1)


def notes_linked(page: str) -> tuple[str, ...]:
    """Ids of the notes to which a page links, in the order of the links; none where it is no page."""
    try:
        tree = html.document_fromstring(page.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return ()
    found = (native_id(note_id_in(str(link))) for link in tree.xpath("//a/@href"))
    return tuple(dict.fromkeys(note_id for note_id in found if note_id))
