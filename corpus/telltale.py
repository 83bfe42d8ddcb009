"""Which names are those of secrets: of parameters, headers and fields; what is told of them are names, never values."""

import functools
import re
from collections.abc import Iterable
from urllib.parse import unquote

Removed = tuple[str, ...]
"""Names of what was taken out, each once, sorted: ``header set-cookie``, ``parameter xsec_token``, ``field cookies``."""

_SECRET = (
    r"token|session|sessdata|secret|signature|passw|cookie|auth(?!or)|authori[sz]ation|credential|csrf|xsrf|jwt|ticket"
    r"|(?:api|access|private|export)[_-]?key|bearer"
)
_PARAMETER = re.compile(
    rf"({_SECRET}|^xsec|^web_?post_?data|^__wb_post_data"
    r"|^(?:g?sid|key|a1|uin|wxuin|sign?|otp|pwd|web_?id|device_?id|(?-i:SUBP?))$"
    r"|^(?:share(?:$|_|[A-Z])|shareredid$|author_share$|xhsshare$|app_?uid$|red_?id$))",
    re.IGNORECASE,
)
"""The last of these say who passed a link on."""
_HEADER = re.compile(
    rf"({_SECRET}|^user-agent$|^referer$|(?:^|-)(?:client|real|remote|connecting)-?ip$|forwarded|^x-s(?:-common)?$|^x-t$)",
    re.IGNORECASE,
)
_NO_SECRET_HEADERS = frozenset({"www-authenticate", "proxy-authenticate"})
_FIELD = re.compile(
    rf"{_SECRET}|^xsec|^useragent$|^postdata$|^avatar|authoravatarurl$"
    r"|^(?:g?sid|a1|uin|wxuin|otp|pwd|webid|deviceid|webpostdata)$"
)
_NO_SECRET_FIELD = re.compile(
    r"author(?!i[sz])(?!avatar)|counts?$|^tokens$|tokeni[sz]|^sessions$|cursor|expire|limit$|^avatartype$"
)
_FIELDS = frozenset({"liked", "collected", "followed", "relation", "favourited", "reblogged", "bookmarked", "viewer"})
"""What the reader did with an item, and what it is to the reader."""
_FIELDS_AS_SPELT = frozenset({"x-s", "x-t", "x-s-common", "SUB", "SUBP"})
_PICTURES = frozenset({"image", "images", "imageb", "profileimageurl"})
_PEOPLE = frozenset({"user", "userinfo"})
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,40}")
_GRANT = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[\w.~%/+-]{20,}")


def is_secret_parameter(name: str, value: str = "") -> bool:
    """Whether a parameter of an address is one that gives access, or names a reader; ``name`` may be escaped once or twice."""
    return _is_secret_parameter(name) or (name.lower() == "code" and _GRANT.fullmatch(value) is not None)


@functools.lru_cache(maxsize=4096)
def _is_secret_parameter(name: str) -> bool:
    return bool(_PARAMETER.search(unquote(unquote(name))))


def is_secret_header(name: str) -> bool:
    """Whether a header, of a request or of an answer, is one that never is archived."""
    return name.lower() not in _NO_SECRET_HEADERS and bool(_HEADER.search(name))


@functools.lru_cache(maxsize=4096)
def is_secret_field(name: str, inside: str = "") -> bool:
    """Whether a field of JSON is one; ``inside``: the name of the object that holds it."""
    plain = _plain(name)
    if plain in _FIELDS or name in _FIELDS_AS_SPELT or (plain in _PICTURES and _plain(inside) in _PEOPLE):
        return True
    return _FIELD.search(plain) is not None and _NO_SECRET_FIELD.search(plain) is None


def _plain(name: str) -> str:
    """Compared without case, ``_`` and ``-``."""
    return name.replace("_", "").replace("-", "").lower()


def told(kind: str, names: Iterable[str]) -> Removed:
    """Names as they may be told: one that looks like none may be a value itself."""
    return tuple(
        sorted({f"{kind} {name.lower() if _NAME.fullmatch(name) else 'without a plain name'}" for name in names})
    )
