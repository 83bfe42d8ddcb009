"""Read a page of the web as a news article, or say why it is none."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from corpus.answers import refusal, state_of
from corpus.charset import Decoded, decode_text
from corpus.identity import Keys, canonical_url
from corpus.pages.absence import says_gone
from corpus.pages.articles import CHINESE_ZONE, OTHER_ZONE, Article, read_article
from corpus.pages.blocks import units
from corpus.pages.comments import Comment
from corpus.pages.dating import Dated, parse_date
from corpus.pages.layouts import Guide
from corpus.records import Capture, Document, Observation, Reading, Rejection, RemovedLine, Sighting

_HTML = frozenset({"text/html", "application/xhtml+xml", "application/xhtml", "application/vnd.wap.xhtml+xml"})
_UNTOLD = frozenset({"application/octet-stream", "text/plain", "application/unknown", "unknown/unknown", ""})
_LOOKS_LIKE_HTML = re.compile(
    rb"<\s*(?:!doctype\s+html|html|head|body|meta|title|div|p|article|table)\b", re.IGNORECASE
)
_LEAST_UNITS = 10
_LONGEST_TEASER = 20
_LOST_SHARE = 0.005


class ArticleReader:
    """One page, one article, and the comments that readers left below it (`pages.comments`); asked last of all readers of pages.

    Reasons of rejections: those of `refusal`, ``not_html``, ``gone`` (a page that says so with status 200), ``listing``
    (links and teasers only), ``no_text``. Where the reason tells something of the document at that address - that it is
    gone, or behind a wall, or unchanged - an observation of its state stands beside it.
    """

    version = "2"
    rank = 0

    def accepts(self, capture: Capture) -> bool:
        return capture.format == "page"

    def read(self, capture: Capture, keys: Keys) -> Reading:
        return self.read_by(None, capture, keys)

    def read_by(self, guide: Guide | None, capture: Capture, keys: Keys) -> Reading:
        why = refusal(capture)
        if why:
            return _rejected(capture, keys, *why)
        if not _is_html(capture):
            return _rejected(capture, keys, "not_html", capture.media_type)
        decoded = decode_text(capture.body, capture.charset)
        article = read_article(decoded.text, capture.url, capture.fetched_at, guide)
        if article is None:
            return _rejected(capture, keys, "no_text")
        said = says_gone(article)
        if said:
            return _rejected(capture, keys, "gone", said)
        reason = _no_article(article, capture.url)
        if reason:
            return _rejected(capture, keys, reason, article.title)
        document = _document(article, decoded, capture, keys)
        removed = tuple(
            RemovedLine(document.id, one.position, one.rule, None if one.rule == "comments" else one.line)
            for one in article.removed
        )
        comments = _comments(article.comments, document, capture, keys)
        seen = capture.finding.collected_at or capture.fetched_at
        found = tuple(Sighting(one.id, capture.id, "thread", document.id, None, None, seen) for one in comments)
        return Reading((document, *comments), (*_sightings(document.id, capture), *found), removed=removed)


def _rejected(capture: Capture, keys: Keys, reason: str, detail: str | None = None) -> Reading:
    told = state_of(reason, detail, capture.url, capture.status)
    if told is None:
        return Reading(rejections=(Rejection(capture.id, None, "read", reason, detail),))
    document_id, _ = _identity(capture.url, keys)
    seen = capture.finding.collected_at or capture.fetched_at
    return Reading(
        observations=(Observation(document_id, capture.id, seen, state=told[0], evidence=told[1]),),
        rejections=(Rejection(capture.id, document_id, "read", reason, detail),),
    )


def _is_html(capture: Capture) -> bool:
    if capture.media_type in _HTML:
        return True
    # A rendered page has no type of its own, and some servers tell none: then the bytes decide.
    head = capture.body[:4096].replace(b"\0", b"")
    return capture.media_type in _UNTOLD and _LOOKS_LIKE_HTML.search(head) is not None


def _no_article(article: Article, url: str) -> str | None:
    length = units(article.text)
    if article.printed and article.linked * 2 >= article.printed and not article.declared:
        longest = max(map(units, article.text.split("\n")))
        path = urlsplit(url).path.strip("/").lower() if url.startswith("http") else "-"
        if longest < _LONGEST_TEASER or re.fullmatch(r"(?:index|default|home)?(?:\.\w{2,5})?", path):
            return "listing"
    return "no_text" if length < _LEAST_UNITS else None


def _document(article: Article, decoded: Decoded, capture: Capture, keys: Keys) -> Document:
    document_id, url = _identity(capture.url, keys)
    flags = {*article.flags, *capture.problems}
    if decoded.replaced:
        flags.add("charset_replaced")
    if decoded.replaced > _LOST_SHARE * len(decoded.text):
        flags.add("charset_doubtful")
    dated, title = article.dated, article.title
    hint = capture.finding
    if title is None and hint.title:
        title = hint.title
        flags.add("title_from_listing")
    if (dated is None or dated.at is None) and hint.published_raw:
        listed = _listed_date(hint.published_raw, article, capture.fetched_at)
        if listed:
            dated = replace(listed, raw=hint.published_raw)
            flags.add("date_from_listing")
    at = dated.at if dated else None
    if at is None:
        flags.add("no_time")
    return Document(
        id=document_id,
        source_id=capture.source_id,
        kind="article",
        url=url,
        title=title,
        text=article.text,
        published_at=at.astimezone(UTC) if at else None,
        published_precision=dated.precision if dated else None,
        published_raw=dated.raw if dated else None,
        zone_assumed=dated.zone_assumed if dated else None,
        bylines=article.bylines,
        credit=article.credit,
        extraction_confidence=article.agreement,
        flags=tuple(sorted(flags)),
    )


def _comments(said: Sequence[Comment], article: Document, capture: Capture, keys: Keys) -> tuple[Document, ...]:
    """Comments below an article, their authors as pseudonyms within its host; names are not accounts, but all there is."""
    host = _host(capture.url) or capture.source_id
    ids = {one.native: keys.document(host, f"comment:{article.id}:{one.native}") for one in said}
    return tuple(
        Document(
            id=ids[one.native],
            source_id=capture.source_id,
            kind="comment",
            url=None,
            title=None,
            text=one.text,
            published_at=one.dated.at.astimezone(UTC) if one.dated and one.dated.at else None,
            published_precision=one.dated.precision if one.dated else None,
            published_raw=one.dated.raw if one.dated else None,
            zone_assumed=one.dated.zone_assumed if one.dated else None,
            author_key=keys.author(host, f"name:{one.author}") if one.author else None,
            reply_to=ids.get(one.answers or "", article.id),
            thread_id=article.id,
            flags=() if one.dated else ("no_time",),
        )
        for one in said
    )


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _listed_date(raw: str, article: Article, latest: datetime) -> Dated | None:
    """The date that a feed or sitemap gave; none that lies after the capture."""
    found = parse_date(raw, CHINESE_ZONE if article.chinese else OTHER_ZONE)
    return found if found and found.at and found.at <= latest else None


def _identity(url: str, keys: Keys) -> tuple[str, str]:
    try:
        return keys.page(url), canonical_url(url)
    except ValueError:
        return keys.document("file", url), url


def _sightings(document_id: str, capture: Capture) -> tuple[Sighting, ...]:
    how = capture.finding
    seen = how.collected_at or capture.fetched_at
    return (Sighting(document_id, capture.id, how.found_by, how.value, how.rank, how.sort_order, seen),)


READER = ArticleReader()
