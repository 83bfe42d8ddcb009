"""From the text of a page to a tree, whatever its markup: hidden containers shown, stray ends ignored, depth bounded."""

import re
from dataclasses import dataclass
from html import unescape

from lxml import etree
from lxml import html as lxml_html

DEPTH_LIMIT = 1_000
"""Parsers below cut silently at about two thousand levels, and extractors give up at three thousand."""
SIZE_LIMIT = 16 << 20
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"])
# Tags that HTML closes by itself: a page of unclosed paragraphs and items is long, not deep.
_LAX = frozenset(["p", "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "tfoot", "colgroup", "html", "body", "head"])
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})\b(?>[^<>\"']+|\"[^\"]*+\"|'[^']*+'|[\"'])*+(/?)>")
_RAW = re.compile(
    r"<(script|style|noscript|template|textarea|svg)\b[^>]*+>.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_STRAY = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_PROLOG = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HIDING = re.compile(
    r"""(\bstyle\s*=\s*["'][^"'>]{0,200}?)(?:visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]))\s*;?""", re.IGNORECASE
)
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
_BREAKS = re.compile(r"</?(?:p|div|br|li|tr|h[1-6]|section|article|blockquote)\b[^<>]{0,500}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Markup:
    """A page ready for extractors: its cleaned source and the tree of it. `truncated`: tags too deep were dropped."""

    source: str
    tree: lxml_html.HtmlElement
    truncated: bool


def parse_markup(text: str) -> Markup | None:
    """The page of ``text``; None where it holds no element at all. Raises nothing for any text."""
    source = _clean(text[:SIZE_LIMIT])
    truncated = len(text) > SIZE_LIMIT
    if too_deep(source):
        source, truncated = flat(source), True
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8")
    try:
        tree = lxml_html.document_fromstring(source.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return Markup(source, tree, truncated)


def _clean(text: str) -> str:
    text = _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))
    text = _STRAY.sub("", _PROLOG.sub("", text))
    # WeChat serves its articles hidden and shows them by script; what is hidden so is the article.
    return _HIDING.sub(r"\1", text)


def too_deep(source: str) -> bool:
    """Whether elements nest deeper than `DEPTH_LIMIT`, counted without building a tree."""
    if source.count("<") < DEPTH_LIMIT:
        return False
    depth = 0
    for found in _TAG.finditer(_RAW.sub("", source)):
        name = found.group(2).lower()
        if name in _VOID or name in _LAX or found.group(3):
            continue
        depth = max(0, depth - 1) if found.group(1) else depth + 1
        if depth > DEPTH_LIMIT:
            return True
    return False


def flat(source: str) -> str:
    """A page of the same lines of text without its nesting: one paragraph for each."""
    title = re.search(r"<title[^>]*>([^<]{0,1000})", source, re.IGNORECASE)
    bare = unescape(_ANY_TAG.sub(" ", _BREAKS.sub("\n", _RAW.sub(" ", source))))
    escaped = bare.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    lines = [" ".join(line.split()) for line in escaped.split("\n")]
    body = "".join(f"<p>{line}</p>\n" for line in lines if line)
    return f"<html><head><title>{title.group(1) if title else ''}</title></head><body>{body}</body></html>"
