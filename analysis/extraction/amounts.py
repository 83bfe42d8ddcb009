"""What an amount is: a number with the bounds that words set, its unit, and what it is a number of."""

import re
from dataclasses import dataclass
from typing import Literal

Span = tuple[int, int]
Kind = Literal["count", "share", "money", "time"]
Bound = Literal["exact", "above", "below", "about"]
_HINT = re.compile(
    "[0-9０-９一二两三四五六七八九十百千万亿萬億兩半幾几数數]|half|third|quarter|hundred|illion|thousand|dozen|two|three|four|five|six|"
    "seven|eight|nine|ten|eleven|twelve|teen|twenty|thirty|forty|fifty",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Amount:
    """Places in the text, and what the number means; `low` and `high` as the annotator's card says."""

    start: int
    end: int
    kind: Kind
    value: float | None
    low: float | None
    high: float | None
    unit: Span | None = None
    subject: Span | None = None


def may_hold(text: str) -> bool:
    """Whether a text has any sign or word of number: most have none, and are told so quickly."""
    return _HINT.search(text) is not None


def tidy(value: float) -> float:
    """The number as it was written: 65.4 times a billion is no 65400000000.00001."""
    return float(f"{value:.12g}")


def bounds(value: float, bound: Bound) -> tuple[float | None, float | None]:
    """The least and the most that is meant by ``value`` with such a word before or behind it."""
    if bound == "exact":
        return value, value
    return (value if bound == "above" else None), (value if bound == "below" else None)
