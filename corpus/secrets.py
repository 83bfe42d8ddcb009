"""What is secret in a capture that people made in their own browser, and how it is taken out before anything is written.

Secret is what gives access (tokens, cookies, signatures), names or tracks the researcher (user agent, own reactions to
a note), or shows a face (avatars). The names of what was taken out are told, its values never (see `corpus.telltale`).
"""

import codecs
import functools
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from corpus.blanking import blank, blank_tags, holds_names
from corpus.decoding import decode_content
from corpus.strictjson import JSONFault, read_json
from corpus.telltale import Removed, is_secret_field, is_secret_header, is_secret_parameter, told

Pairs = tuple[tuple[str, str], ...]

TOO_DEEP = "address too deep"
"""Told where addresses stand in addresses that stand in addresses, and those in the innermost were left out."""
_LEVELS = 5
_DEEPEST = 200
_SHORT = 1000
_PATH_PAIR = re.compile(r";([\w.-]+)=[^/?#;]*")
# An address within running text: it ends where white space, a quote or a bracket begins, or where Chinese goes on.
_ADDRESS = re.compile(r"https?://[!#-&(-;=?@-Z\[\]^_`a-z|~]+", re.IGNORECASE)
_SIGNS = re.compile(r"[?@#;=%]|:\s*[\"'\\&]")
"""A text that holds a secret holds one of these."""
_ASSIGNS = re.compile(r"=|%(?:25)?3[ad]|:\s*[\"'\\&]|&#61;|u003[ad]", re.IGNORECASE)
_QUERY = re.compile(r"\?([!$-&(-;=@-~]*xsec_[!$-&(-;=@-~]*)", re.IGNORECASE)
_WIDE = (
    *((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")),  # before UTF-16: its mark begins with theirs
    *((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")),
)


@functools.lru_cache(maxsize=4096)
def _told_field(name: str) -> str:
    return told("field", (name,))[0]


def without_secrets(url: str) -> tuple[str, Removed]:
    """An address without its credentials and secret parameters, those in its fragment too; what else it has stays as it is.

    Twice is as once. An address that cannot be taken apart loses everything from its first ``?`` on, and one that holds
    addresses within addresses what is deeper than `_LEVELS`.
    """
    removed: set[str] = set()
    return _without(url, 0, removed), tuple(sorted(removed))


def _without(url: str, depth: int, removed: set[str]) -> str:
    if depth > _LEVELS:
        removed.add(TOO_DEEP)
        return ""
    try:
        parts = urlsplit(url)
        credentials, _, host = parts.netloc.rpartition("@")
    except ValueError:
        bare, sign, _ = url.partition("?")
        removed |= {"parameter of a broken address"} if sign else set()
        return bare
    named: set[str] = {"parameter credentials"} if "@" in parts.netloc else set()
    query = _pairs_kept(parts.query, depth, named)
    fragment = _pairs_kept(parts.fragment, depth, named) if "=" in parts.fragment else parts.fragment
    path = _PATH_PAIR.sub(lambda found: _path_pair(found, named), parts.path)
    if not named:
        return url
    removed |= named
    return urlunsplit(
        parts._replace(
            netloc=host if credentials or "@" in parts.netloc else parts.netloc,
            path=path,
            query=query,
            fragment=fragment,
        )
    )


def _path_pair(found: re.Match[str], removed: set[str]) -> str:
    if not is_secret_parameter(found[1]):
        return found.group()
    removed.update(told("parameter", (found[1],)))
    return ""


def _pairs_kept(query: str, depth: int, removed: set[str]) -> str:
    kept = []
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        plain = unquote(unquote(name))
        if is_secret_parameter(plain, value):
            removed.update(told("parameter", (plain,)))
            continue
        if "?" in value or "%" in value:
            value = _inner_kept(value, depth, removed)
        value = _assigned(value, removed)
        kept.append(f"{name}={value}" if value or "=" in pair else name)
    return "&".join(kept)


def _inner_kept(value: str, depth: int, removed: set[str]) -> str:
    """A parameter's value, which may be an address, escaped once or several times."""
    inner, times = unquote(value), 1
    while "?" not in inner and "%3f" in unquote(inner).lower() + inner.lower() and times <= _LEVELS:
        inner, times = unquote(inner), times + 1
    if "?" not in inner:
        return value
    named: set[str] = set()
    kept = _without(inner, depth + 1, named)
    if not named:
        return value
    removed |= named
    for _ in range(times):
        kept = quote(kept, safe="/:", errors="replace")
    return kept


def _assigned(text: str, removed: set[str]) -> str:
    """Text with the values of ``name=value`` and ``"name": "value"`` blanked out where the name is a secret's."""
    if not _ASSIGNS.search(text):
        return text
    raw = text.encode("utf-8", "surrogatepass")
    if not holds_names(raw.lower()):
        return text
    return blank(raw, removed).decode("utf-8", "surrogatepass")


def clean_headers(headers: Iterable[tuple[str, str]]) -> tuple[Pairs, Removed]:
    """Headers without the secret ones, and the others' values without secrets in the addresses that they hold."""
    kept: list[tuple[str, str]] = []
    names: list[str] = []
    inner: set[str] = set()
    for name, value in headers:
        if is_secret_header(name):
            names.append(name)
            continue
        plain, removed = _clean_header(name, value)
        inner |= set(removed)
        kept.append((name, plain))
    return tuple(kept), tuple(sorted({*told("header", names), *inner}))


def _clean_header(name: str, value: str) -> tuple[str, Removed]:
    return without_secrets(value) if name.lower() in ("location", "content-location") else clean_text(value)


def clean_text(text: str) -> tuple[str, Removed]:
    """Running text without the secret parameters of the addresses in it, and without the values of secrets that are
    named in it as scripts and JSON do. Twice is as once."""
    return _known_text(text) if len(text) < _SHORT else _clean_text(text)


def _clean_text(text: str) -> tuple[str, Removed]:
    removed: set[str] = set()

    def tokenless(found: re.Match[str]) -> str:
        kept = _pairs_kept(found.group(1), 0, removed)
        return "?" + kept if kept else ""

    if _SIGNS.search(text):
        text = _ADDRESS.sub(lambda found: _without(found.group(), 0, removed), text)
        text = _QUERY.sub(tokenless, text)
        text = _assigned(text, removed)
    return text, tuple(sorted(removed))


_known_text = functools.lru_cache(maxsize=4096)(_clean_text)  # addresses come again: that of a page, item after item


def clean(value: Any) -> tuple[Any, Removed]:
    """A value of JSON without secret fields, and its texts without secrets; its structure otherwise as it was.

    What is deeper than `_DEEPEST` is left out as a field that cannot be looked at.
    """
    removed: set[str] = set()
    cleaned = _clean(value, "", removed, 0)
    return cleaned, tuple(sorted(removed))


def _clean(value: Any, inside: str, removed: set[str], depth: int) -> Any:
    if depth > _DEEPEST:
        removed.add("field too deep")
        return None
    if isinstance(value, dict):
        kept = {}
        for name, one in value.items():
            if is_secret_field(name, inside) or (name == "value" and _is_named_secret(value)):
                removed.add(_told_field(name))
            elif isinstance(one, dict | list) or (isinstance(one, str) and _SIGNS.search(one)):
                kept[name] = _clean(one, name, removed, depth + 1)
            else:
                kept[name] = one
        return kept
    if isinstance(value, list):
        return [_clean(one, inside, removed, depth + 1) for one in value]
    if not isinstance(value, str) or not _SIGNS.search(value):
        return value
    text, names = clean_text(value)
    removed.update(names)
    return text


def _is_named_secret(pair: dict[str, Any]) -> bool:
    """Whether this is ``{"name": "Cookie", "value": ...}``."""
    name = pair.get("name")
    return isinstance(name, str) and (is_secret_header(name) or is_secret_field(name))


def clean_bytes(body: bytes) -> tuple[bytes, Removed]:
    """A page, or JSON that cannot be read as such, with its secrets blanked out: what stands in scripts, addresses and
    hidden fields. The rest is byte for byte as it was. What was UTF-16 or UTF-32 and held a secret becomes UTF-8.
    """
    removed: set[str] = set()
    plain = _recoded(body)
    cleaned = blank_tags(blank(body if plain is None else plain, removed), removed)
    return cleaned if removed else body, tuple(sorted(removed))


def _recoded(body: bytes) -> bytes | None:
    """In UTF-8 with its byte order mark, which counts more than any label; None where its ASCII is one byte a letter."""
    start = body[:400]
    codec = next((codec for mark, codec in _WIDE if start.startswith(mark)), None)
    if codec is None and start.count(0) * 3 > len(start) > 3:  # no mark: by where the zeros of ASCII stand
        step = 4 if start.count(0) * 3 > len(start) * 2 else 2
        codec = f"utf-{step * 8}-{'le' if start[0] else 'be'}"
    return None if codec is None else codecs.BOM_UTF8 + body.decode(codec, "replace").encode("utf-8", "replace")


_TEXT = rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
_STRING = re.compile(rb'"(?P<name>[^"\\]{1,80})"\s*:\s*' + _TEXT, re.DOTALL)
_PLAIN = _TEXT + rb"|[^\]\"{}\[]++"
_ENDS = rb")*+(?:[\]}]|\Z)"
_NEST = rb"[\[{](?:" + _PLAIN + rb"|[\[{](?:" + _PLAIN + rb"|[\[{](?:" + _PLAIN + _ENDS + _ENDS + _ENDS
_INNER = re.compile(
    rb'"(?P<name>[^"\\]{0,60}?(?i:cookie|postdata|param|session|token|viewer|auth(?!or)|relation|secret|header|ticket|uin)[^"\\]{0,20})"'
    rb"\s*:\s*(?:" + _NEST + rb"|\d+)",
    re.DOTALL,
)
_HEADER_LINE = re.compile(rb"^(?P<name>[A-Za-z0-9-]{1,60})[ \t]*:[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*", re.MULTILINE)
_WARC_HEAD = re.compile(rb"^WARC/[01]\.\d{1,2}[^\S\n]*\n(?:[^\r\n]+\r*\n)*+", re.MULTILINE)
_OF_REQUEST = re.compile(rb"^(?:WARC-Type:[ \t]*request|Content-Type:.*msgtype=request)", re.IGNORECASE | re.MULTILINE)
_KEY = re.compile(rb"(?<![\w+/-])(?=[\w+/-]*[0-9])(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[\w+/-]{32,}+={0,2}")
_ASSIGNED = re.compile(rb"(?<![\w$.%-])(?P<name>[\w$-]{1,60}+)=(?P<value>[^\s\"'<>&;,]++)")
_NAMELESS = frozenset({"header", "header_static", "banner", "email", "headers", "value", "params"})
"""Pictures of accounts, and what in a torn log of a browser holds a cookie, or what was posted."""


def blanked(raw: bytes) -> bytes:
    """What could not be read, as it may be kept: without the values of secret fields, headers and parameters, without
    what requests in a web archive held, and without runs of letters and digits that look like a key.

    Gzip is kept unpacked, as far as it goes.
    """
    if raw[:2] == b"\x1f\x8b" and (unpacked := decode_content(raw, "gzip")[0]):
        raw = unpacked
    raw = _without_requests(_recoded(raw) or raw)
    if raw.lstrip()[:1] in (b"{", b"["):
        try:
            kept, removed = clean(read_json(raw))
            raw = json.dumps(kept, ensure_ascii=False).encode("utf-8", "surrogatepass") if removed else raw
        except JSONFault:
            pass
    named = _HEADER_LINE.sub(_header_emptied, _INNER.sub(_inner_emptied, _STRING.sub(_field_emptied, raw)))
    plain = clean_bytes(clean_text(named.decode("latin-1"))[0].encode("latin-1"))[0]
    return _KEY.sub(b"", _ASSIGNED.sub(_pair_emptied, plain))


def _field_emptied(found: re.Match[bytes]) -> bytes:
    name = found["name"].decode("utf-8", "replace")
    return b'"%s": ""' % found["name"] if name in _NAMELESS or is_secret_field(name, "user") else found.group()


def _inner_emptied(found: re.Match[bytes]) -> bytes:
    emptied = _field_emptied(found)
    if emptied != found.group():
        return emptied
    inside = found.end("name") + 1 - found.start()
    return emptied[:inside] + _INNER.sub(_inner_emptied, emptied[inside:])


def _header_emptied(found: re.Match[bytes]) -> bytes:
    return found["name"] + b": " if is_secret_header(found["name"].decode()) else found.group()


def _pair_emptied(found: re.Match[bytes]) -> bytes:
    return found["name"] + b"=" if is_secret_parameter(found["name"].decode()) else found.group()


def _without_requests(raw: bytes) -> bytes:
    heads = list(_WARC_HEAD.finditer(raw))
    ends = [*(head.start() for head in heads[1:]), len(raw)]
    kept = [raw[: heads[0].start()] if heads else raw]
    for head, end in zip(heads, ends, strict=False):
        kept.append(head.group() if _OF_REQUEST.search(head.group()) else raw[head.start() : end])
    return b"".join(kept)
