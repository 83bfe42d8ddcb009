"""From the text of a page to a tree, whatever its markup: the hidden shown, stray ends ignored, depth bounded."""

import re
from dataclasses import dataclass
from html import unescape

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

DEPTH_LIMIT = 512
"""As in browsers. The parser below cuts silently at about two thousand levels, and extractors give up before."""
SIZE_LIMIT = 16 << 20
# Counting in the tree what is nested is a hundred times as quick as counting tags in the source.
_TOO_DEEP = etree.XPath(f"boolean({'/*' * DEPTH_LIMIT})")
# What is not closed runs to the end, as browsers read it: so no position is looked at twice.
_RAW = re.compile(r"<(script|style|textarea)\b[^>]*+>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_STRAY = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_PROLOG = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROLS = bytes((*range(9), 11, 12, *range(14, 32)))
_HIDING = re.compile(r"visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])", re.IGNORECASE)
_STYLED = etree.XPath("//*[@style]")
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
_BREAKS = re.compile(r"</?(?:p|div|br|li|tr|h[1-6]|section|article|blockquote)\b[^<>]{0,500}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Markup:
    """A page ready for extractors: its cleaned source and the tree of it. `truncated`: tags too deep were dropped."""

    source: str
    tree: HtmlElement
    truncated: bool


def parse_markup(text: str) -> Markup | None:
    """The page of ``text``; None where it holds no element at all. Raises nothing for any text."""
    source = _clean(text[:SIZE_LIMIT])
    truncated = len(text) > SIZE_LIMIT
    tree = _tree(source)
    if tree is not None and _TOO_DEEP(tree):
        source, truncated = flat(source), True
        tree = _tree(source)
    if tree is None:
        return None
    _show(tree)
    return Markup(source, tree, truncated)


def _tree(source: str) -> HtmlElement | None:
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8")
    try:
        tree: HtmlElement = lxml_html.document_fromstring(source.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return tree


def _clean(text: str) -> str:
    """``text`` without what no tree can hold, and without ends that others follow. Bytes are translated at one go."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        data = _SURROGATE.sub("\ufffd", text).encode("utf-8")
    data = data.translate(None, _CONTROLS).replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    return _STRAY.sub("", _PROLOG.sub("", data.decode("utf-8")))


def _show(tree: HtmlElement) -> None:
    """WeChat serves its articles hidden and shows them by script; what is hidden so is the article."""
    for element in _STYLED(tree):
        if _HIDING.search(element.get("style")):
            element.set("style", _HIDING.sub("", element.get("style")))


def flat(source: str) -> str:
    """A page of the same lines of text without its nesting: one paragraph for each."""
    title = re.search(r"<title[^>]*>([^<]{0,1000})", source, re.IGNORECASE)
    bare = unescape(_ANY_TAG.sub(" ", _BREAKS.sub("\n", _RAW.sub(" ", source))))
    escaped = bare.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    lines = [" ".join(line.split()) for line in escaped.split("\n")]
    body = "".join(f"<p>{line}</p>\n" for line in lines if line)
    return f"<html><head><title>{title.group(1) if title else ''}</title></head><body>{body}</body></html>"
