"""Read what lists pages: RSS, Atom, sitemaps, sitemap indexes and news sitemaps, from bytes that nobody vouches for."""

import codecs
import html
import re
from dataclasses import dataclass
from html.entities import html5
from typing import Literal
from urllib.parse import urljoin, urlsplit

from lxml import etree

from corpus.decoding import decode_content

BYTE_LIMIT = 50 << 20
ENTRY_LIMIT = 50_000
"""Both as the sitemap protocol sets them."""
_TEXT_LIMIT = 2_000
_ADDRESS_LIMIT = 4_096
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_PROLOGUE = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_VERBATIM = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_ENTITY = re.compile(r"&(?:(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});)?")
_ROOTS = {"rss", "rdf", "feed", "urlset", "sitemapindex"}
_ENTRIES = {"item", "entry", "url", "sitemap"}
_PUBLISHED = ("publication_date", "published", "pubdate", "issued", "date")
_MODIFIED = ("updated", "modified", "lastmod")

ListingKind = Literal["feed", "sitemap", "index", "none"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page, or one further listing, that a listing names. Dates are as printed."""

    url: str
    title: str | None = None
    published_raw: str | None = None
    modified_raw: str | None = None
    """When it last changed: it was published then or before."""
    nested: bool = False
    """A sitemap of a sitemap index."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing names, in its order, and what was wrong with it."""

    kind: ListingKind
    entries: tuple[Listed, ...]
    faults: tuple[str, ...]
    """``not_a_listing``, ``malformed``, ``dtd_refused``, ``too_large``, ``too_many_entries``, ``payload_*``."""
    dropped: int
    """Entries without a usable http(s) address."""


def read_listing(body: bytes, url: str) -> Listing:
    """The entries of a feed or sitemap that was found at ``url``; nothing is raised for any bytes.

    A document type is refused: it is cut out unread, with every entity it would define. Of a file beyond the limits or
    with a fault in the middle, the entries before are kept.
    """
    faults: list[str] = []
    if body[:2] == b"\x1f\x8b":
        body, problems = decode_content(body, "gzip")
        faults += problems
    if len(body) > BYTE_LIMIT:
        body = body[:BYTE_LIMIT]
        faults.append("too_large")
    text, refused = _without_doctype(_ILLEGAL.sub("", _text_of(body)))
    if refused:
        faults.append("dtd_refused")
    if not text.startswith("<"):
        return _plain(text, faults)
    root, whole = _parse(text)
    name = "" if root is None else _name(root)
    if root is None or name not in _ROOTS or (root.getroottree().docinfo.internalDTD is not None):
        return Listing("none", (), (*faults, "not_a_listing"), 0)
    if not whole:
        faults.append("malformed")
    entries, dropped, more = _entries(root, url)
    kind: ListingKind = {"urlset": "sitemap", "sitemapindex": "index"}.get(name, "feed")  # type: ignore[assignment]
    return Listing(kind, entries, (*faults, *more), dropped)


def _text_of(body: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for head, name in ((b"<\x00?\x00", "utf-16-le"), (b"\x00<\x00?", "utf-16-be")):
        if body.startswith(head):
            return body.decode(name, "replace")
    declared = _DECLARED.match(body)
    name = declared.group(1).decode("ascii").lower() if declared else "utf-8"
    try:
        return body.decode({"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}.get(name, name), "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _without_doctype(text: str) -> tuple[str, bool]:
    """``text`` from its first element on, and whether its document type, now cut out, defined anything."""
    text = _DECLARATION.sub("", text, count=1)
    refused = False
    while True:
        text = text[_end_of_prologue(text) :]
        if text[:9].upper() != "<!DOCTYPE":
            return text, refused
        subset, end = text.find("["), text.find(">")
        if subset != -1 and subset < end:
            refused = True
            closing = re.compile(r"\]\s*>").search(text, subset)
            end = closing.end() - 1 if closing else len(text)
        text = text[end + 1 :] if end != -1 else ""


def _end_of_prologue(text: str) -> int:
    found = _PROLOGUE.match(text)
    return found.end() if found else 0


def _parse(text: str) -> tuple["etree._Element | None", bool]:
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(_without_entities(text).encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None, False
    return root, not any(entry.level_name in ("ERROR", "FATAL") for entry in parser.error_log)


def _without_entities(text: str) -> str:
    """``text`` with each named entity as a number, and each ampersand that is none as itself.

    The parser, once it has recovered from a fault, drops named entities without a word, ``&amp;`` in addresses among
    them; numbers it keeps.
    """

    def number(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return "&#38;"
        if name.startswith("#"):
            code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
            return "" if code > 0x10FFFF or _ILLEGAL.match(chr(code)) else f"&#{code};"
        return (
            "".join(f"&#{ord(character)};" for character in html5[f"{name};"])
            if f"{name};" in html5
            else f"&#38;{name};"
        )

    pieces = _VERBATIM.split(text)
    pieces[::2] = [_ENTITY.sub(number, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _name(element: "etree._Element") -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _entries(root: "etree._Element", base: str) -> tuple[tuple[Listed, ...], int, list[str]]:
    found: list[Listed] = []
    dropped = 0
    for element in root.iter():
        if _name(element) not in _ENTRIES or element is root:
            continue
        if len(found) + dropped == ENTRY_LIMIT:
            return tuple(found), dropped, ["too_many_entries"]
        listed = _listed(element, base)
        if listed is None:
            dropped += 1
        else:
            found.append(listed)
    return tuple(found), dropped, []


def _listed(element: "etree._Element", base: str) -> Listed | None:
    fields: dict[str, str] = {}
    address = None
    for child in element.iterdescendants():
        name, parent = _name(child), child.getparent()
        if parent is not element and _name(parent) != "news":
            continue  # of an image, of an enclosure, of the feed from which the entry was taken
        if name == "link" and address is None:
            address = _link(child)
        elif name == "loc" and address is None:
            address = _content(child)
        elif name == "guid" and (child.get("isPermaLink") or "true").lower() == "true":
            fields.setdefault("guid", _content(child))
        elif name == "title" or name in _PUBLISHED or name in _MODIFIED:
            fields.setdefault(name, _content(child))
    url = _absolute(address or fields.get("guid") or "", base)
    if url is None:
        return None
    return Listed(
        url=url,
        title=html.unescape(fields.get("title", "")).strip() or None,
        published_raw=next((fields[name] for name in _PUBLISHED if fields.get(name)), None),
        modified_raw=next((fields[name] for name in _MODIFIED if fields.get(name)), None),
        nested=_name(element) == "sitemap",
    )


def _link(element: "etree._Element") -> str | None:
    if (element.get("rel") or "alternate") != "alternate":
        return None
    return element.get("href") or _content(element) or None


def _content(element: "etree._Element") -> str:
    return " ".join("".join(str(piece) for piece in element.itertext()).split())[:_TEXT_LIMIT]


def _absolute(address: str, base: str) -> str | None:
    address = address.strip()
    if not address or len(address) > _ADDRESS_LIMIT:
        return None
    try:
        url = urljoin(base, address)
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return url if usable else None


def _plain(text: str, faults: list[str]) -> Listing:
    """A sitemap of the plainest form: one address a line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    entries = [
        Listed(line)
        for line in lines[:ENTRY_LIMIT]
        if re.fullmatch(r"https?://[^\s/]\S*", line) and _absolute(line, line)
    ]
    if not entries or len(entries) < len(lines[:ENTRY_LIMIT]) // 2:
        return Listing("none", (), (*faults, "not_a_listing"), 0)
    if len(lines) > ENTRY_LIMIT:
        faults.append("too_many_entries")
    return Listing("sitemap", tuple(entries), tuple(faults), len(lines[:ENTRY_LIMIT]) - len(entries))
