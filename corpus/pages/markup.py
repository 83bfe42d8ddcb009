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
# One class of characters, and a class before all else: what the engine skips to at the speed of a search for a letter.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_HIDING = re.compile(r"[vVoO](?i:isibility\s*:\s*hidden|pacity\s*:\s*0(?![.\d]))\s*;?")
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
    return None if tree is None else Markup(source, tree, truncated)


def _tree(source: str) -> HtmlElement | None:
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True, encoding="utf-8")
    try:
        tree: HtmlElement = lxml_html.document_fromstring(source.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    return tree


def _clean(text: str) -> str:
    text = _UNFIT.sub(lambda found: "\ufffd" if "\ud800" <= found.group() <= "\udfff" else "", text)
    text = _STRAY.sub("", _PROLOG.sub("", text))
    # WeChat serves its articles hidden and shows them by script; what is hidden so is the article.
    return _HIDING.sub("", text)


def flat(source: str) -> str:
    """A page of the same lines of text without its nesting: one paragraph for each."""
    title = re.search(r"<title[^>]*>([^<]{0,1000})", source, re.IGNORECASE)
    bare = unescape(_ANY_TAG.sub(" ", _BREAKS.sub("\n", _RAW.sub(" ", source))))
    escaped = bare.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    lines = [" ".join(line.split()) for line in escaped.split("\n")]
    body = "".join(f"<p>{line}</p>\n" for line in lines if line)
    return f"<html><head><title>{title.group(1) if title else ''}</title></head><body>{body}</body></html>"
