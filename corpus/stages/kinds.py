"""What kind of thing each token is, and where sentences begin: one code a token, so that whole batches are looked at at one go."""

import re
import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from corpus.scripts import EMOJI_SIGN, HAN, LATIN

Codes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int32]
# Those up to NEWLINE are gaps between tokens; those from DOCUMENT to STOP may end a sentence.
SPACE, DOCUMENT, NEWLINE, END, STOP, CLOSING, PUNCTUATION, HAN_WORD, LATIN_WORD, WORD, NUMBER = range(11)
EMOJI, PLATFORM_EMOJI, HASHTAG, MENTION, URL, OTHER, HELD = range(11, 18)
KINDS = (
    *(
        "gap",
        "gap",
        "gap",
        "punctuation",
        "punctuation",
        "punctuation",
        "punctuation",
        "word",
        "word",
        "word",
        "number",
    ),
    *("emoji", "platform_emoji", "hashtag", "mention", "url", "other", "other"),
)
"""The published name of each code."""

BETWEEN, HOLDER, MARK = "\ufffe", "\uffff", "\ufdd0"
"""Noncharacters: what stands between two documents, for what was cut already, and for what is never cut."""

_ENDS, _CLOSES = "。！？!?｡‼⁉", "…”’」』）)]】》\"'~～"
_NUMBER = re.compile(r"[0-9]+(?:[.,:/-][0-9]+)*%?")
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(f"[{LATIN}]")
_EMOJI = re.compile(f"[{EMOJI_SIGN}]")
_ASTRAL, _PICTURES, _PICTURES_END, _IDEOGRAPHS, _IDEOGRAPHS_END, _POINTS = (
    *(0x10000, 0x1F000, 0x1FB00),
    *(0x20000, 0x323B0, 0x110000),
)


def _class(sign: str) -> int:
    if sign.isspace():
        return NEWLINE if sign == "\n" else SPACE
    for signs, code in ((_ENDS, END), (".", STOP), (_CLOSES, CLOSING), (BETWEEN, DOCUMENT), (HOLDER, HELD)):
        if sign in signs:
            return code
    for pattern, code in ((_HAN, HAN_WORD), (_LATIN, LATIN_WORD), (_EMOJI, EMOJI)):
        if pattern.match(sign):
            return code
    return {"L": WORD, "M": WORD, "N": NUMBER, "P": PUNCTUATION}.get(unicodedata.category(sign)[0], OTHER)


def points(text: str) -> npt.NDArray[np.uint32]:
    """The code points of ``text``."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


@cache
def classes() -> Codes:
    """The code of a token that is one sign, by its code point; of a longer one of jieba's by its first."""
    table = np.full(_POINTS, WORD, np.uint8)
    table[:_ASTRAL] = [_class(chr(point)) for point in range(_ASTRAL)]
    table[_PICTURES:_PICTURES_END] = EMOJI
    table[_IDEOGRAPHS:_IDEOGRAPHS_END] = HAN_WORD
    return table


def code_of(token: str) -> int:
    """The code of any token that is no mark."""
    if len(token) == 1:
        return int(classes()[ord(token)])
    if _NUMBER.fullmatch(token):
        return NUMBER
    if token.isspace():
        return NEWLINE if "\n" in token else SPACE
    if _HAN.search(token):
        return HAN_WORD
    if _LATIN.search(token):
        return LATIN_WORD if token[0].isalnum() else WORD  # not 's, which may stand for more than one
    if any(map(str.isalnum, token)):
        return NUMBER if any(map(str.isdigit, token)) else WORD
    if not token.strip("."):
        return STOP
    return END if not token.strip(_ENDS) else int(classes()[ord(token[0])])


# Sentences end at 。！？!?, at a full stop before white space or a Chinese word, and at line ends; closing signs and emoji join.
# What each code makes of the place where it stands: it ends a line, or a sentence, leaves the place as it is, joins an end but
# nothing else, or is inside a sentence.
_LINE, _END, _LEAVES, _JOINS, _INSIDE = range(5)
_EFFECTS = np.full(256, _INSIDE, np.uint8)
_EFFECTS[[DOCUMENT, NEWLINE]] = _LINE
_EFFECTS[END] = _END
_EFFECTS[SPACE] = _LEAVES
_EFFECTS[[STOP, CLOSING, EMOJI, PLATFORM_EMOJI]] = _JOINS
_STOPPED = np.zeros(256, bool)
_STOPPED[[SPACE, NEWLINE, DOCUMENT, HAN_WORD]] = True


def sentence_starts(codes: Codes) -> npt.NDArray[np.int64]:
    """Positions of the tokens that begin a sentence, ascending; ``codes`` begin with that of a document."""
    effects = _EFFECTS[codes]
    stops = np.flatnonzero(codes[:-1] == STOP)
    effects[stops[_STOPPED[codes[stops + 1]]]] = _END
    told = np.flatnonzero(effects != _LEAVES)
    signs = effects[told]
    numbers = np.arange(len(signs), dtype=np.int32)
    settled = np.maximum.accumulate(np.where(signs == _JOINS, 0, numbers))
    before = signs[settled][:-1]
    joined = signs[:-1] == _JOINS
    after_line = (before == _LINE) & ~joined
    after_end = (before == _END) & (signs[1:] == _INSIDE)
    starts = (signs[1:] != _LINE) & (after_line | after_end)
    found: npt.NDArray[np.int64] = told[1:][starts]
    return found
