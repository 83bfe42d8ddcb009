"""Text as a picture can hold it: cleaned, measured, shortened; numbers and shares as they are printed."""

import re
import unicodedata
from collections.abc import Iterable

from analysis.reporting.words import Words, minus

LONGEST = 300
"""So many characters of a name are kept at most, also where the whole name is told."""
_ACCENTS = 2
_SLIM = frozenset("iljI.,:;'|!()[]·/ ")
_SLENDER = frozenset('tfr-*"')
_PIECE = re.compile("[\u2e80-\U0003ffff][，。；：、）！？]* *|[^ \u2e80-\U0003ffff]+ *| +")
_BROAD = frozenset("mwMW@%&—–…")


def plain(text: object) -> str:
    """One line of signs that XML can hold and that stay where they are put.

    Control and format characters (those that turn the direction of a line among them) go, lone surrogates become
    U+FFFD, white space becomes one space, and a letter keeps two accents at most.
    """
    kept: list[str] = []
    accents = 0
    for sign in unicodedata.normalize("NFC", str(text)[: 4 * LONGEST]):
        category = unicodedata.category(sign)
        accents = accents + 1 if category in ("Mn", "Me") else 0
        if sign.isspace() or category == "Cc":
            kept.append(" ")
        elif category == "Cs":
            kept.append("\ufffd")
        elif category not in ("Cf", "Cn") and accents <= _ACCENTS:
            kept.append(sign)
    return " ".join("".join(kept).split())[:LONGEST]


def width(text: str, size: float) -> float:
    """Pixels that a line takes at most in the fonts of the pictures; a guess on the wide side, the same everywhere."""
    return size * sum(map(_em, text))


def _em(sign: str) -> float:
    if unicodedata.category(sign) in ("Mn", "Me"):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.0
    if sign in _SLIM:
        return 0.36
    if sign in _SLENDER:
        return 0.43
    if sign in _BROAD:
        return 1.0
    return 0.7 if sign.isupper() else 0.64 if sign.isdigit() else 0.61


def shortened(text: str, room: float, size: float) -> str:
    """The text, or as much of its beginning as fits into ``room`` pixels, with an ellipsis."""
    if width(text, size) <= room:
        return text
    left, kept = room - width("…", size), 0
    while kept < len(text) and (left := left - width(text[kept], size)) >= 0:
        kept += 1
    return text[:kept].rstrip() + "…"


def broken(text: str, room: float, size: float, most: int = 9) -> list[str]:
    """The text in lines of ``room`` pixels, ``most`` of them; the last is shortened where more would be needed.

    Chinese breaks between any two signs, other text at spaces; a word that is too long is shortened.
    """
    lines = [""]
    pieces = _PIECE.findall(text)
    for n, piece in enumerate(pieces):
        if not lines[-1] or width(lines[-1] + piece.rstrip(), size) <= room:
            lines[-1] += piece
        elif len(lines) < most:
            lines.append(piece)
        else:
            lines[-1] += "".join(pieces[n:])
            break
    return [shortened(line.strip(), room, size) for line in lines]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def number(n: float) -> str:
    """1,234."""
    return f"{n:,.0f}"


def percent(share: float) -> str:
    """12%; what is not nothing and not everything never looks like it."""
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 < share < 1:
        return ">99%"
    return minus(f"{share * 100:.0f}%")


def between(value: str, low: str, high: str, words: Words) -> str:
    """A figure with the ends of its interval."""
    return words("chart.between", value=value, low=low, high=high)


def counted(n: int, words: Words) -> str:
    return words("chart.n", n=n, number=number(n))


def sentences(parts: Iterable[str], words: Words) -> str:
    """The sentences that are not empty, one after the other."""
    return ("" if words.language == "zh" else " ").join(filter(None, parts))
