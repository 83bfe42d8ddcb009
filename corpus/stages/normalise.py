"""Bring a document's text to one form without changing what it says."""

import re
import unicodedata
from dataclasses import replace
from typing import Any

from corpus.records import Document
from corpus.scripts import EMOJI_SIGN

CONTROLS = "controls_removed"
SURROGATES = "surrogates_replaced"

_SURROGATE = re.compile("[\ud800-\udfff]")
_NEWLINE = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
# Invisible signs that carry nothing: zero-width space, word joiner and its kin, BOM, soft hyphen, Mongolian separator.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b\u2060-\u2064\ufeff]")
# Joiners mean something within an emoji sequence and in Arabic and Indic scripts, and nothing elsewhere.
_JOINED = f"{EMOJI_SIGN}\ufe0f\U0001f3fb-\U0001f3ff\u0600-\u06ff\u0750-\u077f\u0900-\u0dff\u1000-\u109f\u1780-\u17ff"
_JOINER = re.compile(f"(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])")
_STRAY_SELECTOR = re.compile(r"(?:(?<=\s)|^)[\ufe00-\ufe0f]+")
# Any sign of the patterns above, and what makes more than one line.
_ODD = re.compile(
    "[\ud800-\udfff\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u180e\u200b-\u200d\u2028\u2029\u2060-\u2064\ufe00-\ufe0f\ufdd0-\ufdef"
    "\ufeff\ufffe\uffff]"
)
_LINE_END = re.compile(r"(?<![^\S\n])[^\S\n]++$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"\s+")


def mend(text: str) -> tuple[str, tuple[str, ...]]:
    """``text`` that every store can hold, and flags for what that took.

    Surrogate pairs become the character they mean, lone ones U+FFFD; line ends become ``\\n``; other control characters
    and noncharacters go.
    """
    flags = []
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        flags.append(SURROGATES)
    text = _NEWLINE.sub("\n", text)
    text, removed = _CONTROL.subn("", text)
    if removed:
        flags.append(CONTROLS)
    return text, tuple(flags)


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """``text`` mended, in NFC, without invisible junk, at most one blank line in a row; and the flags of `mend`."""
    if not _ODD.search(text):
        return unicodedata.normalize("NFC", text).strip(), ()
    text, flags = mend(text)
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    while (fewer := _JOINER.sub("", text)) != text:
        text = fewer
    # Once more: taking signs out may bring a letter to its accent.
    text = unicodedata.normalize("NFC", _STRAY_SELECTOR.sub("", text))
    return _BLANK_LINES.sub("\n\n", _LINE_END.sub("", text)).strip(), flags


def normalise(document: Document) -> Document:
    """The document with text, title and hashtags cleaned and its raw strings mended; applying it twice changes nothing.

    NFC, never NFKC: full-width signs and ligatures stay as written. A title is one line; an empty one is null.
    Flags ``controls_removed`` and ``surrogates_replaced`` tell of text or title.
    """
    text, of_text = clean(document.text)
    title, of_title = clean(document.title) if document.title else ("", ())
    hashtags = (_line(clean(tag)[0]) for tag in document.hashtags)
    bylines = (_line(clean(byline)[0]) for byline in document.bylines)
    changes: dict[str, Any] = {
        "text": text,
        "title": _line(title) or None,
        "hashtags": tuple(tag for tag in hashtags if tag),
        "bylines": tuple(name for name in bylines if name),
        "url": _mended(document.url),
        "published_raw": _mended(document.published_raw),
        "ip_location_raw": _mended(document.ip_location_raw),
        "flags": tuple(dict.fromkeys((*document.flags, *of_text, *of_title))),
    }
    changes = {name: value for name, value in changes.items() if value != getattr(document, name)}
    return replace(document, **changes) if changes else document


def is_empty(document: Document) -> bool:
    """Whether a normalised document says nothing at all, so that it must be rejected."""
    return not document.text and not document.title


def _line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _mended(text: str | None) -> str | None:
    return text if text is None or not _ODD.search(text) else mend(text)[0]
