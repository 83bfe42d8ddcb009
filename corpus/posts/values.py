"""Take single values out of a post's JSON: moments, sizes, text of hypertext, addresses, texts without secrets."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from corpus.identity import Keys, mask_handles
from corpus.pages.markup import parse_markup
from corpus.rednote.items import Item

_MOMENT_CHARACTERS = 40
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_LARGEST = 1 << 20  # pixels; no picture is larger, and a table's column has 32 bits
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_GAP = re.compile(r"\s+")
_PARAGRAPHS = frozenset({"p", "div", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"})
_UNSEEN = frozenset({"script", "style", "head", "template"})
_HANDLE = re.compile(r"@(\w[\w.+-]*@[\w-]+(?:\.[\w-]+)+)")


def objects(value: Any) -> list[Item]:
    """The objects of a list; empty where it is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def moment_of(raw: Any) -> datetime | None:
    """An ISO 8601 moment with its offset, in UTC; None for one without, and for years in which nobody posted."""
    if not isinstance(raw, str) or len(raw) > _MOMENT_CHARACTERS:
        return None
    try:
        found = datetime.fromisoformat(raw.strip())
    except ValueError:
        return None
    if found.tzinfo is None or not _FIRST_YEAR <= found.year < _LAST_YEAR:
        return None
    return found.astimezone(UTC)


def to_second(moment: datetime | None) -> datetime | None:
    return moment.replace(microsecond=0) if moment else None


def pixels(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST else None


def host_in(url: Any) -> str:
    """The host of an address in lower case; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".") if isinstance(url, str) else ""
    except ValueError:
        return ""


def mask(text: str, platform: str, keys: Keys) -> str:
    """``text`` with mentions masked, those with a host (``@name@host``) whole."""
    return mask_handles(text.strip(), platform, keys, tuple(dict.fromkeys(_HANDLE.findall(text))))


def text_of(hypertext: str) -> str:
    """What a reader sees of a post's HTML: paragraphs parted by a blank line, breaks kept.

    Links are whole: what a client hides of a long address (``invisible``, ``ellipsis``) was written by the author. The
    line that stands in for a quoted post where a client knows no quotes (``quote-inline``) was not.
    """
    markup = parse_markup(hypertext) if hypertext.strip() else None
    if markup is None:
        return ""
    text = "".join(_words(markup.tree))
    return _GAP.sub(_gap, text).strip()


def _gap(found: re.Match[str]) -> str:
    """Several breaks are one blank line; blanks about a single one go."""
    before, *after = found.group().split("\n")
    if len(after) > 1:
        return "\n\n"
    return before.rstrip(" \t") + "\n" + after[0].lstrip(" \t") if after else before


def _words(tree: Any) -> Iterator[str]:
    """Walks without recursion: how deep markup nests is not ours to say."""
    waiting: list[tuple[Any, bool]] = [(tree, False)]
    while waiting:
        element, left = waiting.pop()
        if left:
            yield _after(element)
            continue
        if element.tag in _UNSEEN or "quote-inline" in element.get("class", "").split():
            yield _BLANKS.sub(" ", element.tail or "")
            continue
        yield "\n\n" if element.tag in _PARAGRAPHS else "\n" if element.tag in ("br", "li") else ""
        preformatted = element.tag in ("pre", "code")
        yield (element.text or "") if preformatted else _BLANKS.sub(" ", element.text or "")
        waiting.append((element, True))
        waiting += [(child, False) for child in reversed(element)]


def _after(element: Any) -> str:
    tail = _BLANKS.sub(" ", element.tail or "")
    return "\n\n" + tail if element.tag in _PARAGRAPHS else tail
