"""Blank out the values of secrets where they stand in bytes of any kind: scripts, addresses, JSON within JSON, hidden fields.

Everything else stays byte for byte as it was. Time is linear in the length, and most bodies, which hold no name of a
secret, cost no more than looking for those.
"""

import re
from collections.abc import Iterator

from corpus.telltale import is_secret_field, is_secret_header, is_secret_parameter, told

_WORDS = (
    *(b"token", b"session", b"sessdata", b"secret", b"signature", b"passw", b"cookie", b"auth", b"credential", b"csrf"),
    *(b"xsrf", b"jwt", b"ticket", b"apikey", b"api_key", b"api-key", b"accesskey", b"access_key", b"access-key"),
    *(b"privatekey", b"private_key", b"private-key", b"exportkey", b"export_key", b"bearer", b"xsec", b"avatar"),
    *(b"useragent", b"user_agent", b"user-agent", b"web_id", b"webid", b"device_id", b"deviceid", b"x-s", b"x-t"),
)
"""Each name of a secret holds one of these, or ends in one of `_SHORT`."""
_SHORT = (b"sid", b"key", b"a1", b"uin", b"sig", b"sign", b"otp", b"pwd", b"sub", b"subp", b"code")
_BEHIND = frozenset(b"=%:\"'&\\ \t")
"""What may stand right behind a name that has a value."""
_QUOTE = rb"(?:\\*+\"|\\*+'|&quot;|&#0?3[49];|&#x2[27];|\\++u002[27]|%2[27]|%252[27])"
# What follows a word: the rest of its name, quotes that close it, a sign, and a value in quotes or without.
_AFTER = re.compile(
    rb"(?P<rest>[\w$-]{0,40}+)(?P<close>" + _QUOTE + rb")?+(?P<space>\s{0,9}+)"
    rb"(?P<sign>[:=]|%3[AD]|%253[AD]|\\++u003[ad]|&#61;)(?P<gap>\s{0,9}+)"
    rb"(?:(?P<quote>" + _QUOTE + rb")(?P<value>(?:[^\r\n<>\\\"'&%]|(?!(?P=quote))(?:\\++[^\r\n<>]?|[^\r\n<>\\]))++)"
    rb"|(?P<bare>(?:[A-Za-z0-9+/=_.~!*:|-]|%(?!26|2526|22|2522|27|2527|23|20))++))",
    re.IGNORECASE,
)
_FRONT = re.compile(rb"[\w$-]*\Z")
_ESCAPE = re.compile(rb"(?:25)?[0-9A-F]{2}", re.IGNORECASE)
_SLASHED = re.compile(rb"u00[0-9a-f]{2}|x[0-9a-f]{2}|[nrtbf](?=\w)", re.IGNORECASE)
_LONGEST = 80
_BEGINS_PAIR = re.compile(rb"(?:[?&;#|,]|%(?:25)?(?:3F|26|3B|23)|\\u00(?:26|3f|3b)|\\x26)\Z", re.IGNORECASE)
_ENDS_TEXT = (b",", b"}", b"]", b":", b";", b")")
_EQUALS = (b"=", b"%3d", b"%253d", b"&#61;")
_FIELD_TAG = re.compile(rb"<(?:meta|input)\b[^<>]{0,4096}>", re.IGNORECASE)
_TAG_NAME = re.compile(rb"\b(?:name|id)\s*=\s*[\"']?([\w.:\[\]-]{1,80})", re.IGNORECASE)
_TAG_VALUE = re.compile(rb"\b(?P<name>content|value)\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)", re.IGNORECASE)
# `{"name": "Cookie", "value": "..."}`: how logs of browsers write headers and cookies.
_NAMED = re.compile(
    rb"(?P<quote>\\*+\")name(?P=quote)\s*+:\s*+(?P=quote)(?P<name>[\w.$-]{1,80}+)(?P=quote)\s*+,\s*+(?P=quote)value(?P=quote)\s*+:\s*+"
    rb"(?P=quote)(?P<value>(?:(?!(?P=quote))(?:\\++[^\r\n]?|[^\r\n\\]))++)",
    re.IGNORECASE,
)


def holds_names(lower: bytes) -> bool:
    """Whether anything in ``lower``, bytes in lower case, may be the name of a secret."""
    return any(word in lower for word in _WORDS) or any(word in lower for word in _SHORT)


def blank(body: bytes, removed: set[str]) -> bytes:
    """``body`` with the values of secrets blanked out; their names are put into ``removed``."""
    lower = body.lower()
    if holds_names(lower):
        body = _without(body, _values(body, lower, removed))
    if b"name" in lower and b"value" in lower:
        body = _without(body, _named(body, removed))
    return body


def blank_tags(body: bytes, removed: set[str]) -> bytes:
    """A page without the values of hidden fields and of ``meta`` whose names are those of secrets."""

    def emptied(found: re.Match[bytes]) -> bytes:
        named = _TAG_NAME.search(found.group())
        if named is None or not is_secret_parameter(name := named.group(1).decode("ascii", "replace")):
            return found.group()
        tag, count = _TAG_VALUE.subn(rb'\g<name>=""', found.group())
        if count:
            removed.update(told("field", [name]))
        return tag

    return _FIELD_TAG.sub(emptied, body)


def _without(body: bytes, spans: Iterator[tuple[int, int]]) -> bytes:
    kept, last = [], 0
    for start, end in spans:
        kept.append(body[last:start])
        last = end
    return b"".join((*kept, body[last:])) if last else body


def _named(body: bytes, removed: set[str]) -> Iterator[tuple[int, int]]:
    for found in _NAMED.finditer(body):
        name = found["name"].decode()
        if is_secret_header(name) or is_secret_parameter(name):
            removed.update(told("field", [name]))
            yield found.span("value")


def _places(lower: bytes) -> Iterator[tuple[int, int]]:
    """Where words stand that names of secrets hold, and where they end; in order."""
    places: list[tuple[int, int]] = []
    for word in _WORDS:
        at = lower.find(word)
        while at >= 0:
            places.append((at, at + len(word)))
            at = lower.find(word, at + len(word))
    for word in _SHORT:
        at = lower.find(word)
        while at >= 0:
            end = at + len(word)
            if end < len(lower) and lower[end] in _BEHIND:
                places.append((at, end))
            at = lower.find(word, end)
    return iter(sorted(places))


def _values(body: bytes, lower: bytes, removed: set[str]) -> Iterator[tuple[int, int]]:
    """Where the values of secrets stand, in order."""
    last = 0
    for start, end in _places(lower):
        if start < last:
            continue
        after = _AFTER.match(body, end)
        if after is None:
            continue
        begin = _begin(body, start)
        name = (body[begin:end] + after["rest"]).decode()
        group = "value" if after["quote"] else "bare"
        is_secret = (
            _is_quoted_secret(body, begin, name, after) if after["quote"] else _is_pair(body, begin, name, after)
        )
        if is_secret:
            removed.update(told("field" if after["quote"] else "parameter", [name]))
            last = after.end(group)
            yield after.span(group)


def _begin(body: bytes, start: int) -> int:
    """Where the name begins that holds what stands at ``start``: behind an escape that ends in letters or digits."""
    before = body[max(0, start - _LONGEST) : start]
    found = _FRONT.search(before)
    begin = start - (len(before) - found.start()) if found else start
    sign = body[begin - 1 : begin] if begin else b""
    escape = _ESCAPE.match(body, begin, start) if sign == b"%" else None
    escape = _SLASHED.match(body, begin, start + 1) if sign == b"\\" else escape
    return min(escape.end(), start) if escape else begin


def _is_quoted_secret(body: bytes, begin: int, name: str, after: re.Match[bytes]) -> bool:
    """``"name": "value"``, ``name = 'value'``, ``name:"value"``; of the last only what looks like no prose."""
    if not is_secret_field(name):
        return False
    close = after["close"]
    if close:
        return body[begin - len(close) : begin].lower() == close.lower()
    if after["value"][:1] in _ENDS_TEXT:  # the quotes close a text that ends as an assignment begins
        return False
    if after["sign"].lower() in _EQUALS or after["sign"].lower().endswith(b"3d"):
        return True
    value = after["value"]
    is_one_word = value.isascii() and not any(sign in value for sign in b" \t")
    return is_one_word and (not after["gap"] or any(chr(sign).isdigit() for sign in value))


def _is_pair(body: bytes, begin: int, name: str, after: re.Match[bytes]) -> bool:
    """``?name=value``, escaped or not. What begins with ``xsec`` is a secret wherever it stands."""
    if after["close"] or after["space"] or after["gap"] or not after["sign"].lower().endswith((b"=", b"3d", b"61;")):
        return False
    if not is_secret_parameter(name, after["bare"].decode("ascii", "replace")):
        return False
    return "xsec" in name.lower() or _BEGINS_PAIR.search(body, max(0, begin - 8), begin) is not None
