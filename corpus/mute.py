"""Tell what captures without a document say of the documents at their addresses: gone, blocked, unchanged, sent on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import pyarrow as pa
import pyarrow.compute as pc

from corpus.answers import state_of
from corpus.identity import canonical_url

_SAME_VISIT = timedelta(days=1)
"""Between a redirect and the capture of where it led, which may have been another page's redirect before."""
Row = dict[str, Any]


class Mute:
    """What captures that gave no document tell of the documents at their addresses."""

    def __init__(self, captures: Mapping[str, Row], rejections: pa.Table, readings: Sequence[Row]) -> None:
        self._captures = captures
        self._mute = [one for one in captures.values() if one["outcome"] == "rejected" and one["format"] == "page"]
        ids = pa.array([one["id"] for one in self._mute], pa.string())
        why = rejections.select(["capture_id", "reason", "detail"]).filter(
            pc.is_in(rejections.column("capture_id"), value_set=ids)
        )
        self._why = {row["capture_id"]: row for row in sorted(why.to_pylist(), key=str, reverse=True)}
        self._documents: dict[str, set[str]] = {}
        """By canonical address."""
        self._digests: dict[str, set[str]] = {}
        """Of documents and of captures."""
        self._at: dict[str, list[Row]] = {}
        self._keys: dict[str, str] = {}
        if self._mute:
            self._learn(readings)
        if any(row["reason"] == "redirect" for row in self._why.values()):
            for one in captures.values():
                if one["format"] == "page":
                    self._at.setdefault(self._key(_url_of(one)), []).append(one)

    def _learn(self, readings: Sequence[Row]) -> None:
        for row in readings:
            capture = self._captures[row["capture_id"]]
            for name in (row["id"], capture["id"]):
                self._digests.setdefault(name, set()).add(row["text_digest"])
            own = row["url"]  # canonical as it stands
            if own:
                self._documents.setdefault(own, set()).add(row["id"])
            url = _url_of(capture) if capture["format"] == "page" else None
            if url and own and url.replace("http:", "https:", 1) == own:
                self._keys[url] = own
            elif url:
                self._documents.setdefault(self._key(url), set()).add(row["id"])
        self._documents.pop("", None)

    def _key(self, url: str | None) -> str:
        """`_key` of a whole address; many captures have the same."""
        url = url or ""
        known = self._keys.get(url)
        if known is None:
            known = self._keys[url] = _key(url)
        return known

    def told(self) -> Iterator[tuple[str, str, datetime, str, str]]:
        """Document, capture, moment, state and evidence, for every address that is a document's."""
        for one in self._mute:
            for document in sorted(self._documents.get(self._key(_url_of(one)), ())):
                said = self._said(one, document)
                if said is not None:
                    yield document, one["id"], _at(one), *said

    def _said(self, capture: Row, document: str, hops: int = 5) -> tuple[str, str] | None:
        why, url = self._why.get(capture["id"]), _url_of(capture) or ""
        if why is None:
            return None
        told = state_of(why["reason"], why["detail"], url, capture["status"] or 0)
        if told is not None or why["reason"] != "redirect" or not why["detail"] or not hops:
            return told
        place = _key(why["detail"], url)
        if place == self._key(url):
            return None  # from http to https, say: what it led to is a capture of the same page
        near = [(abs(_at(one) - _at(capture)), one["id"], one) for one in self._at.get(place, ())]
        near = [one for one in near if one[0] <= _SAME_VISIT]
        if not near:
            return "unknown", "sent on to another address"
        target = min(near, key=lambda one: one[:2])[2]
        if target["outcome"] == "documents":
            same = self._digests.get(target["id"], set()) & self._digests[document]
            return (
                ("live", "sent on to its text at another address") if same else ("unknown", "sent on to another text")
            )
        beyond = self._said(target, document, hops - 1)
        return None if beyond is None else (beyond[0], f"sent on: {beyond[1]}")


def _url_of(capture: Row) -> str | None:
    url: str | None = capture["original_url"] or capture["url"]
    return url


def _at(capture: Row) -> datetime:
    at: datetime = capture["collected_at"] or capture["fetched_at"]
    return at


def _key(url: str | None, base: str = "") -> str:
    """The one spelling of an address; empty where it is none."""
    with suppress(ValueError):
        return canonical_url(urljoin(base, url or ""))
    return ""
