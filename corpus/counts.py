"""Read a number as a platform prints it, with the bounds of what it can mean."""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from corpus.records import UNKNOWN_COUNT, Count

_UNITS = {
    "": 1,
    "k": 1_000,
    "千": 1_000,
    "w": 10_000,
    "万": 10_000,
    "萬": 10_000,
    "m": 1_000_000,
    "亿": 100_000_000,
    "億": 100_000_000,
    "b": 1_000_000_000,
}
_PRINTED = re.compile(r"(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,6}))?\s*([kmbw千万萬亿億]?)\s*(\+?)")
_POINT_NOUGHT = re.compile(r"^\s*[0-9]{1,15}\.0\Z")
"""As pandas writes a column of whole numbers in which one is missing; nobody counts a tenth of a like."""
_LIMIT = 1 << 62  # a table's column has 64 bits; nothing on a page is counted so high
_RAW_CHARACTERS = 64


def read_count(raw: object) -> Count:
    """``raw`` as value, low and high; whatever is no number is unknown, with what stood there kept in `raw`.

    - ``1234``, ``"1,234"``, ``0``: exact, so low = value = high.
    - ``"1.2万"``: rounded to the last digit printed. With rounding to the nearest, 12,000 stands for 11,500 to 12,499:
      half a unit of that digit down and up, the upper edge excluded.
    - ``"10+"``, ``"10万+"``: at least so many: low 10 or 100,000, value and high null.
    - ``"赞"``, ``"评论"``, ``""``: the button's label, printed where a platform shows no number: value null. It often
      means zero, but it is also what a visitor without an account sees.
    - ``None``: unknown in every field.
    """
    if raw is None:
        return UNKNOWN_COUNT
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        return Count(None, None, None, type(raw).__name__)
    if isinstance(raw, float):
        raw = str(int(raw)) if raw.is_integer() and abs(raw) < _LIMIT else "not a whole number"
    if isinstance(raw, int):
        raw = str(raw) if abs(raw) < _LIMIT else "too large"
    if _POINT_NOUGHT.search(raw):
        raw = raw[:-2]
    if len(raw) > _RAW_CHARACTERS:
        return Count(None, None, None, raw[:_RAW_CHARACTERS])
    return _printed(raw)


@lru_cache(maxsize=10_000)
def _printed(raw: str) -> Count:
    found = _PRINTED.fullmatch(unicodedata.normalize("NFKC", raw).strip().casefold())
    if not found:
        return Count(None, None, None, raw)
    whole, decimals, unit, plus = found.group(1).replace(",", ""), found.group(2) or "", found.group(3), found.group(4)
    factor = _UNITS[unit]
    value = int(Decimal(f"{whole}.{decimals or 0}") * factor)
    if value >= _LIMIT or (decimals and not unit):
        return Count(None, None, None, raw)
    if plus:
        return Count(None, value, None, raw)
    half = factor // 10 ** len(decimals) // 2
    return Count(value, max(0, value - half), max(value, value + half - 1), raw)
