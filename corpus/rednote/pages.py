"""Find the notes of a RedNote page: in the state that its script carries, else in its mark-up."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree, html

from corpus.jsliteral import LiteralError, read_literal
from corpus.rednote.refusals import Refusal, note_id_in, refusal_of, visible_text

_STATE = re.compile(r"""window\s*(?:\.\s*|\[\s*["'])__INITIAL_STATE__(?:["']\s*\])?\s*=""")
_STATES_TRIED = 4
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:\s+(\S{1,20}))?")
_SHOWN_ZONE = "Asia/Shanghai"
_TITLE_TAIL = re.compile(r"\s+-\s+(?:小红书|RedNote|rednote)\s*$")

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PageNote:
    """A note as the page's state has it, the key under which it stood (which may be ``""``), and its comments."""

    note: Item
    key: str
    comments: Item
    times: Item | None = None
    """Fields of the document that tell its time, where it was read from mark-up."""


def read_page(page: str, url: str, location: str | None, status: int) -> list[PageNote] | Refusal | str:
    """The notes of a page (never an empty list), or why it shows none, or a reason for rejecting it.

    Where the address names a note, only that one counts; else every note of the page's state. The reasons:
    ``other_note`` (the page's notes are others than its address says), ``state_unreadable``, ``redirect``,
    ``http_status``, ``no_note``.
    """
    wanted = note_id_in(url)
    state, broken = state_of(page)
    notes = _notes(state) if state else []
    chosen = [one for one in notes if wanted is None or wanted in (one.note.get("noteId"), one.note.get("note_id"))]
    if not chosen and wanted:
        chosen = [one for one in notes if one.key == wanted and not (one.note.get("noteId") or one.note.get("note_id"))]
    if chosen:
        return chosen
    if not notes and (marked_up := _from_markup(page, wanted)):
        return [marked_up]
    refusal = refusal_of(url, location, status, visible_text(page) + _said(state))
    if refusal:
        return refusal
    if notes:
        return "other_note"
    if status >= 400:
        return "http_status"
    if status >= 300:
        return "redirect"
    return "state_unreadable" if broken else "no_note"


def state_of(page: str) -> tuple[Item | None, bool]:
    """The object that a page assigns to ``window.__INITIAL_STATE__``, and whether one was there that cannot be read."""
    broken = False
    for tried, found in enumerate(_STATE.finditer(page)):
        if tried == _STATES_TRIED:
            break
        try:
            value, _ = read_literal(page, found.end())
        except LiteralError:
            broken = True
            continue
        if isinstance(value, dict):
            return value, False
    return None, broken


def _notes(state: Item) -> list[PageNote]:
    """Notes with content; the map may hold empty ones, also under the keys ``""`` and ``"undefined"``."""
    details = _part(_part(state, "note"), "noteDetailMap")
    found = []
    for key, detail in details.items():
        note = _part(detail, "note") if isinstance(detail, dict) else {}
        if any(note.get(name) for name in ("noteId", "note_id", "title", "desc", "user")):
            found.append(PageNote(note, key, _part(detail, "comments")))
    return found


def _said(state: Item | None) -> str:
    """What the state says of the request that failed; a page's visible text may not repeat it."""
    info = _part(_part(state or {}, "note"), "serverRequestInfo")
    return "\n" + " ".join(str(info.get(name, "")) for name in ("errMsg", "errorCode", "errorMsg"))


def _part(item: Item, name: str) -> Item:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _from_markup(page: str, wanted: str | None) -> PageNote | None:
    """A note from the elements that show it, where its address gives its id; counts and date as they are printed."""
    if not wanted or ("detail-desc" not in page and "og:title" not in page):
        return None
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    title = _first(tree, "//*[@id='detail-title']") or _TITLE_TAIL.sub("", _meta(tree, "og:title"))
    desc = _first(tree, "//*[@id='detail-desc']")
    if not desc and not (title and _meta(tree, "og:xhs:note_like")):
        return None
    shown = _first(tree, "//*[@id='noteContainer' or contains(@class,'note-content')]//*[contains(@class,'date')]")
    place = _DATE.fullmatch(shown)
    note: Item = {
        "noteId": wanted,
        "title": title,
        "desc": desc or _meta(tree, "description"),
        "user": {"nickname": _first(tree, "//*[contains(@class,'author')]//*[contains(@class,'username')]")},
        "interactInfo": {name: _meta(tree, f"og:xhs:note_{short}") or None for name, short in _METAS.items()},
        "ipLocation": place.group(4) if place else None,
    }
    return PageNote(note, wanted, {}, _shown_date(shown))


_METAS = {"likedCount": "like", "collectedCount": "collect", "commentCount": "comment"}


def _shown_date(shown: str) -> Item:
    """A full date is one of the platform's zone; ``昨天 22:27``, ``01-14`` and ``编辑于`` dates are kept as printed."""
    fields: Item = {"published_raw": shown[:40] or None}
    if found := _DATE.fullmatch(shown):
        try:
            day = datetime(int(found.group(1)), int(found.group(2)), int(found.group(3)), tzinfo=ZoneInfo(_SHOWN_ZONE))
        except ValueError:
            return fields
        fields |= {
            "published_at": day.astimezone(UTC),
            "published_precision": "day",
            "zone_assumed": _SHOWN_ZONE,
        }
    return fields


def _first(tree: Any, path: str) -> str:
    found = tree.xpath(path)
    return " ".join(found[0].text_content().split()) if found else ""


def _meta(tree: Any, name: str) -> str:
    found = tree.xpath("//meta[@name=$name or @property=$name]/@content", name=name)
    return str(found[0]).strip() if found else ""
