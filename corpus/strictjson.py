"""Read JSON and refuse what other programs would read otherwise, or not at all: one error with its reason."""

import json
import math
import re
from typing import Any, NoReturn

DEPTH_LIMIT = 128
BYTES_LIMIT = 64 << 20
_INT64 = 1 << 63
_INT_DIGITS = 20
# Atomic groups keep the scan linear for any input: no position is looked at twice.
_BRACKETS = re.compile(r'"(?>[^"\\]+|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


class JSONFault(ValueError):
    """Why a text is not taken as JSON.

    `reason` is one of ``not_utf8``, ``syntax``, ``not_finite`` (NaN, Infinity, 1e400), ``duplicate_key``, ``too_deep``,
    ``huge_int`` (beyond 64 bits), ``too_long``; `offset` counts bytes for ``not_utf8``, else characters; -1: not known.
    """

    def __init__(self, reason: str, offset: int = -1) -> None:
        super().__init__(f"{reason} at {offset}" if offset >= 0 else reason)
        self.reason = reason
        self.offset = offset


def read_json(data: bytes | str, *, depth: int = DEPTH_LIMIT, limit: int = BYTES_LIMIT) -> Any:
    """The value of a JSON text in UTF-8 (a byte order mark is passed over); raises JSONFault and nothing else.

    Lone surrogates written as escapes are let through: what becomes a document is normalised later.
    """
    if len(data) > limit:
        raise JSONFault("too_long", limit)
    text = _text(data) if isinstance(data, bytes) else data
    _check_depth(text, depth)
    try:
        return _DECODER.decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise JSONFault("syntax", error.pos) from None


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JSONFault("not_utf8", error.start) from None


def _check_depth(text: str, limit: int) -> None:
    if text.count("[") + text.count("{") <= limit:  # not even if each stood within the one before
        return
    depth = 0
    for found in _BRACKETS.finditer(text):
        sign = found.group()
        if sign in "[{":
            depth += 1
            if depth > limit:
                raise JSONFault("too_deep", found.start())
        elif sign in "]}":
            depth -= 1


def _whole(digits: str) -> int:
    if len(digits) > _INT_DIGITS or not -_INT64 <= (number := int(digits)) < _INT64:
        raise JSONFault("huge_int")
    return number


def _real(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise JSONFault("not_finite")
    return number


def _constant(_: str) -> NoReturn:
    raise JSONFault("not_finite")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise JSONFault("duplicate_key")
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole, parse_float=_real, parse_constant=_constant)
