"""What is secret in a capture that people made in their own browser, and how it is taken out before anything is written.

Secret is what gives access (tokens, cookies, signatures), names or tracks the researcher (user agent, own reactions to
a note), or shows a face (avatars). The names of what was taken out are told, its values never.
"""

import functools
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

Removed = tuple[str, ...]
"""Names of what was taken out, each once, sorted: ``header set-cookie``, ``parameter xsec_token``, ``field cookies``."""
Pairs = tuple[tuple[str, str], ...]

_SECRET = r"token|session|secret|signature|passw|passwd|cookie|auth(?!or)|authori[sz]ation|credential|csrf|xsrf|jwt|api[_-]?key|ticket"
_PARAMETER = re.compile(
    rf"({_SECRET}|^xsec|^web_?post_?data|^__wb_post_data|exportkey|access_?key|^(?:g?sid|key|a1|uin|wxuin|sign?|otp|pwd)$)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    rf"({_SECRET}|^user-agent$|^referer$|(?:^|-)(?:client|real|remote|connecting)-?ip$|forwarded|^x-s(?:-common)?$|^x-t$)",
    re.IGNORECASE,
)
_NO_SECRET_HEADERS = frozenset({"www-authenticate", "proxy-authenticate"})
_FIELDS = frozenset(
    {
        *("xsectoken", "xsecsource", "websession", "authorization", "cookie", "cookies", "setcookie", "useragent"),
        *("accesstoken", "refreshtoken", "idtoken", "sessiontoken", "securitytoken", "authtoken", "csrftoken", "token"),
        *("accessjwt", "refreshjwt", "sessionid", "session", "password", "secret", "clientsecret", "apikey", "csrf"),
        *("passticket", "exportkey", "appmsgtoken", "securesession", "postdata", "authentication"),
        *("avatar", "avatarurl", "authoravatarurl", "avatarstatic", "avatarthumb", "avatarlarge", "avatarhd"),
        *("banner", "headerstatic", "email"),
        *("liked", "collected", "followed", "relation", "favourited", "reblogged", "bookmarked", "viewer"),
    }
)
"""Compared without case, ``_`` and ``-``."""
_PICTURES = frozenset({"image", "images", "imageb", "avatar", "profileimageurl"})
_PEOPLE = frozenset({"user", "userinfo"})
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,40}")
_DEEPEST = 200
_SHORT = 1000
_PATH_SESSION = re.compile(r";(jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
# An address within running text: it ends where white space, a quote or a bracket begins, or where Chinese goes on.
_ADDRESS = re.compile(r"https?://[!#-&(-;=?@-Z\[\]^_`a-z|~]+", re.IGNORECASE)
_SIGNS = re.compile("[?@#;]")
"""An address that holds a secret holds one of these."""
_QUERY = re.compile(r"\?([!$-&(-;=@-~]*xsec_[!$-&(-;=@-~]*)", re.IGNORECASE)

_QUOTE = rb"(?:\\*\"|\\*'|&quot;|&#0?34;|&#x22;|\\+u0022|%22|%2522)"
_KEYED = (
    rb"xsec_?token|xsec_?source|web_?session|access_?token|refresh_?token|id_?token|j?session_?id|session_?token|csrf_?token"
    rb"|xsrf_?token|auth_?token|access_?jwt|refresh_?jwt|pass_?ticket|appmsg_?token|export_?key|authorization|cookies?"
    rb"|set[_-]?cookies?|user[_-]?agent|avatar(?:_?url|_?large|_?hd|_?static)?"
)
_WORDS = (
    *(b"token", b"xsec", b"session", b"jwt", b"ticket", b"exportkey", b"export_key", b"authorization", b"cookie"),
    *(b"useragent", b"user_agent", b"user-agent", b"avatar"),
)
"""Each name of `_KEYED` holds one of them."""
# A pattern that begins with a plain set of signs is looked for many times faster than one with alternatives.
_OPENS = rb"(?-i:[\"'\\&%])(?:(?<=[\"'])|(?<=\\)\\*(?:[\"']|u0022)|(?<=&)(?:quot;|#0?34;|#x22;)|(?<=%)(?:25)?22)"
# `"name": "value"` as a page's script, or JSON within JSON, writes it; the quotes that open the value close it.
_VALUE = re.compile(
    rb"(?P<open>" + _OPENS + rb")(?P<name>" + _KEYED + rb"|token)(?P=open)\s*(?::|%3A)\s*(?P<quote>" + _QUOTE + rb")"
    rb"(?P<value>(?:(?!(?P=quote))[^\r\n<>]){1,8192})(?=(?P=quote)|\Z)",
    re.IGNORECASE,
)
# `name=value` as an address writes it, once or twice escaped. `xsec_token` is a secret wherever it stands.
_PAIR = re.compile(
    rb"(?P<before>(?-i:[?&;#%\\xX])(?:(?<=[?&;#])|(?<=%)(?:25)?(?:3F|26)|(?<=\\)\\*u0026|(?<=[xX])sec_?(?=token)))(?P<name>"
    + _KEYED
    + rb"|token)(?P<sign>=|%3D|%253D|\\+u003d)(?P<value>(?:(?!%26|%2526|%22|%27|%23|%20)[A-Za-z0-9%+/=_.~!*:-]){1,8192})",
    re.IGNORECASE,
)
_FIELD_TAG = re.compile(rb"<(?:meta|input)\b[^<>]{0,4096}>", re.IGNORECASE)
_TAG_NAME = re.compile(rb"\b(?:name|id)\s*=\s*[\"']?([\w.:\[\]-]{1,80})", re.IGNORECASE)
_TAG_VALUE = re.compile(rb"\b(?P<name>content|value)\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)", re.IGNORECASE)


def is_secret_parameter(name: str) -> bool:
    """Whether a parameter of an address is one that gives access; ``name`` may be escaped once or twice."""
    return bool(_PARAMETER.search(unquote(unquote(name))))


def is_secret_header(name: str) -> bool:
    """Whether a header, of a request or of an answer, is one that never is archived."""
    return name.lower() not in _NO_SECRET_HEADERS and bool(_HEADER.search(name))


@functools.lru_cache(maxsize=4096)
def is_secret_field(name: str, inside: str = "") -> bool:
    """Whether a field of JSON is one; ``inside``: the name of the object that holds it."""
    plain = _plain(name)
    return plain in _FIELDS or (plain in _PICTURES and _plain(inside) in _PEOPLE)


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _told(kind: str, names: Iterable[str]) -> Removed:
    """Names as they may be told: one that looks like none may be a value itself."""
    return tuple(
        sorted({f"{kind} {name.lower() if _NAME.fullmatch(name) else 'without a plain name'}" for name in names})
    )


@functools.lru_cache(maxsize=4096)
def _told_field(name: str) -> str:
    return _told("field", (name,))[0]


def without_secrets(url: str) -> tuple[str, Removed]:
    """An address without its credentials and secret parameters, those in its fragment too; what else it has stays as it is.

    Twice is as once. An address that cannot be taken apart loses everything from its first ``?`` on.
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")
    except ValueError:
        bare, sign, _ = url.partition("?")
        return bare, ("parameter of a broken address",) if sign else ()
    query, named = _pairs_kept(parts.query)
    fragment, more = _pairs_kept(parts.fragment) if "=" in parts.fragment else (parts.fragment, [])
    path, sessions = _PATH_SESSION.subn("", parts.path)
    names = [*named, *more, *(["jsessionid"] if sessions else []), *(["credentials"] if host[1] else [])]
    if not names:
        return url, ()
    kept = parts._replace(netloc=host[2], path=path, query=query, fragment=fragment)
    return urlunsplit(kept), _told("parameter", names)


def _pairs_kept(query: str) -> tuple[str, list[str]]:
    kept, named = [], []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        plain = unquote(unquote(name))
        if is_secret_parameter(plain):
            named.append(plain)
            continue
        if "%3F" in value or "%3f" in value or "?" in value:  # an address within the address
            inner, removed = without_secrets(unquote(value))
            if removed:
                named += [one.removeprefix("parameter ") for one in removed]
                value = _escaped(inner)
        kept.append(f"{name}={value}" if value or "=" in pair else name)
    return "&".join(kept), named


def _escaped(address: str) -> str:
    return "".join(
        sign if sign.isalnum() or sign in "-._~/:" else f"%{ord(sign):02X}" for sign in address if sign < "\x7f"
    )


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
    return tuple(kept), tuple(sorted({*_told("header", names), *inner}))


def _clean_header(name: str, value: str) -> tuple[str, Removed]:
    return without_secrets(value) if name.lower() in ("location", "content-location") else clean_text(value)


def clean_text(text: str) -> tuple[str, Removed]:
    """Running text without the secret parameters of the addresses in it. Twice is as once."""
    return _known_text(text) if len(text) < _SHORT else _clean_text(text)


def _clean_text(text: str) -> tuple[str, Removed]:
    removed: set[str] = set()

    def cleaned(found: re.Match[str]) -> str:
        address, names = without_secrets(found.group())
        removed.update(names)
        return address

    def tokenless(found: re.Match[str]) -> str:
        kept, names = _pairs_kept(found.group(1))
        removed.update(_told("parameter", names))
        return "?" + kept if kept else ""

    if _SIGNS.search(text):
        text = _ADDRESS.sub(cleaned, text)
        text = _QUERY.sub(tokenless, text)
    return text, tuple(sorted(removed))


_known_text = functools.lru_cache(maxsize=4096)(_clean_text)  # addresses come again: that of a page, item after item


def clean(value: Any) -> tuple[Any, Removed]:
    """A value of JSON without secret fields, and its texts without secret parameters; its structure otherwise as it was.

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
            if is_secret_field(name, inside):
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


def clean_bytes(body: bytes) -> tuple[bytes, Removed]:
    """A page, or JSON that cannot be read as such, with its secrets blanked out: what stands in scripts, addresses and
    hidden fields. The rest is byte for byte as it was. Looks for names in ASCII: any encoding but UTF-16 and UTF-32.
    """
    removed: set[str] = set()

    def emptied(found: re.Match[bytes]) -> bytes:
        name = found["name"].decode()
        removed.update(_told("field" if "quote" in found.re.groupindex else "parameter", [_spelt(found, name)]))
        whole, start = found.group(), found.start()
        return whole[: found.start("value") - start] + whole[found.end("value") - start :]

    def fields(found: re.Match[bytes]) -> bytes:
        named = _TAG_NAME.search(found.group())
        if named is None or not is_secret_parameter(name := named.group(1).decode("ascii", "replace")):
            return found.group()
        emptied_tag, count = _TAG_VALUE.subn(rb'\g<name>=""', found.group())
        if count:
            removed.update(_told("field", [name]))
        return emptied_tag

    lower = body.lower()
    if any(word in lower for word in _WORDS):  # most pages hold none, and looking closely costs much more
        body = _PAIR.sub(emptied, _VALUE.sub(emptied, body))
    return _FIELD_TAG.sub(fields, body), tuple(sorted(removed))


_NAMED = rb'"(?P<name>[^"\\]{1,80})"\s*:\s*'
_STRING = re.compile(_NAMED + rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_INNER = re.compile(_NAMED + rb"(?:\{[^{}]{1,8192}\}|\[[^][]{1,8192}\]|\d+)", re.DOTALL)
_HEADER_LINE = re.compile(rb"^(?P<name>[A-Za-z0-9-]{1,60}): [^\r\n]*", re.MULTILINE)


def blanked(raw: bytes) -> bytes:
    """What could not be read, as it may be kept: without the values of secret fields, headers and parameters.

    What is packed, and a cell of a table, which bears no name, stays as it is.
    """

    def field(found: re.Match[bytes]) -> bytes:
        name = found["name"].decode("utf-8", "replace")
        return b'"%s": ""' % found["name"] if name == "header" or is_secret_field(name, "user") else found.group()

    def header(found: re.Match[bytes]) -> bytes:
        return found["name"] + b": " if is_secret_header(found["name"].decode()) else found.group()

    named = _HEADER_LINE.sub(header, _INNER.sub(field, _STRING.sub(field, raw)))
    return clean_bytes(clean_text(named.decode("latin-1"))[0].encode("latin-1"))[0]


def _spelt(found: re.Match[bytes], name: str) -> str:
    before = found.groupdict().get("before") or b""
    return before.decode() + name if before.lower().startswith(b"xsec") else name
