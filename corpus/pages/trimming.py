"""Cut what is printed around an article but is not of it: title, date, source above; editors, links below."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from corpus.pages.rules import any_of
from corpus.pages.titles import folded

_HEAD_LINES = 12
_TAIL_FROM = 0.35
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Removed:
    """A line taken off, with its number among all lines and why: ``title``, ``head``, ``noise``, ``tail`` or ``comments``."""

    position: int
    rule: str
    line: str


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Lines that stay, and those removed, in order."""

    lines: tuple[str, ...]
    removed: tuple[Removed, ...]


_OPEN = r"^[\s　>»►▲▼◆■●·*※↑↓【\[（(《「『]*"
_NOISE_ZH = any_of("noise_zh", before=_OPEN)
_TAIL_ZH = any_of("tail_zh", before=_OPEN)
_TAIL_WORDS_ZH = any_of("tail_words_zh", before=_OPEN, after=r"(?![^\W\d_]|[，、。；“”‘’])")
_SURE = any_of("sure", before=_OPEN)
_RIGHTS = any_of("rights")
_HEAD_ZH = any_of("head_zh", before=_OPEN)
_DATE = re.compile(
    r"(?:19|20)\d\d\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}|\b\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d|\d{1,2}\s*(?:小时|小時|分钟|分鐘|天)前"
    r"|^\W*(?:\d+|an?|one) (?:min(?:ute)?|hour|hr|day|week|month|year)s? ago\W*$|^\W*(?:yesterday|just now)\W*$"
)
_COMMENTS = any_of("comments", before=_OPEN)
# Under a picture: who took it, or where it is from, in brackets at the end of a line.
_CAPTION_ZH = re.compile(
    r"[（(][^（()）]{0,24}(?:[攝摄](?!氏)|[圖图]片|[圖图][/／]|[資资]料[照圖图]|擷取|截[圖图])[^（()）]{0,12}[）)]\W*$"
)
_NOISE_EN = any_of("noise_en", before=_OPEN)
_TAIL_EN = any_of("tail_en", before=_OPEN)
_HEAD_EN = any_of("head_en", before=_OPEN)


def is_chinese(text: str) -> bool:
    """Whether Han characters dominate: at least a third of the letters, for a word of Latin script has about five."""
    han = len(_CHINESE.findall(text))
    return han > 0 and han * 3 >= len(_LETTER.findall(text))


def trim(lines: Sequence[str], title: str | None) -> Trimmed:
    """``lines`` of an article without what was printed around it, by rules for Chinese in both scripts and English.

    Above: up to twelve lines that repeat the title or give date, source or author. Below: all from the first line of
    the last 65 % that names an editor, a source, related pages, rights or comments. Nothing is cut that would leave
    nothing. What goes is returned.
    """
    chinese = is_chinese("".join(lines))
    above = _head(lines, title, chinese)
    end = len(above) + _tail(lines[len(above) :], chinese)
    below = _below(lines[end:])
    body = _within(lines[len(above) : end], chinese)
    rules = [*above, *body, *below]
    kept = tuple(line for line, rule in zip(lines, rules, strict=True) if rule is None)
    if not kept:
        return Trimmed(tuple(lines), ())
    removed = (Removed(place, rule, lines[place]) for place, rule in enumerate(rules) if rule is not None)
    return Trimmed(kept, tuple(removed))


def _below(lines: Sequence[str]) -> list[str]:
    """Rules of the lines of a tail: from a heading of comments on they are what readers wrote."""
    start = next((place for place, line in enumerate(lines) if _COMMENTS.search(line)), len(lines))
    return ["tail" if place <= start else "comments" for place in range(len(lines))]


def _length(line: str, chinese: bool) -> int:
    return len(line) if chinese else len(line.split())


def _head(lines: Sequence[str], title: str | None, chinese: bool) -> list[str]:
    """Reasons of the lines that go at the top; one of no kind in between goes with them when it is very short."""
    wanted = folded(title or "")
    reasons: list[str] = []
    upto = 0
    for index, line in enumerate(lines[:_HEAD_LINES]):
        why = _head_reason(line, wanted, chinese)
        reasons.append(why or "head")
        if why:
            upto = index + 1
        elif _length(line, chinese) > (14 if chinese else 6) or _ends_sentence(line):
            break
    return reasons[:upto]


def _head_reason(line: str, wanted: str, chinese: bool) -> str | None:
    if _repeats(folded(line), wanted):
        return "title"
    dated = _DATE.search(line)
    # "2025-01-16 09:05 source: ... author: ... size: ..." may be long where it begins with its date.
    longest = 2 if dated and dated.start() < 8 else 1
    if _length(line, chinese) > (40 if chinese else 14) * longest or _ends_sentence(line):
        return None
    return "head" if dated or (_HEAD_ZH if chinese else _HEAD_EN).search(line) else None


def _repeats(key: str, wanted: str) -> bool:
    """Whether a line is the title, a good part of it, or the title and little more."""
    if not key or not wanted:
        return False
    if key == wanted or (len(key) >= 8 and key in wanted):
        return True
    return len(wanted) >= 8 and wanted in key and len(key) < len(wanted) * 1.6


def _ends_sentence(line: str) -> bool:
    return line.rstrip().endswith(("。", "！", "？", ".", "!", "?", "”", "…"))


def _tail(lines: Sequence[str], chinese: bool) -> int:
    """Where the tail begins. A sentence that only begins like one does so where no prose follows before a surer sign."""
    total = sum(map(len, lines))
    seen = prose = 0
    doubtful: int | None = None
    for index, line in enumerate(lines):
        if index and seen >= (total - len(line)) * _TAIL_FROM:
            how = _tail_sign(line, chinese)
            if how == "sure":
                return index if doubtful is None else doubtful
            if how == "doubtful" and doubtful is None:
                doubtful, prose = index, 0
            elif doubtful is not None and _ends_sentence(line):
                length = _length(line, chinese)
                prose += length if length >= (12 if chinese else 6) else 0
                doubtful = None if prose >= (40 if chinese else 20) else doubtful
        seen += len(line)
    return len(lines) if doubtful is None else doubtful


def _tail_sign(line: str, chinese: bool) -> Literal["sure", "doubtful"] | None:
    length = _length(line, chinese)
    if length <= (300 if chinese else 60) and (
        _SURE.search(line) or (length <= (120 if chinese else 30) and _RIGHTS.search(line))
    ):
        return "sure"
    if length > (60 if chinese else 14):
        return None
    if not (_TAIL_ZH.search(line) or _TAIL_WORDS_ZH.search(line) if chinese else _TAIL_EN.search(line)):
        return None
    return "doubtful" if _ends_sentence(line) else "sure"


def _within(lines: Sequence[str], chinese: bool) -> list[str | None]:
    """Noise among the lines of an article; its last lines may ask for a click in whole sentences."""
    rules: list[str | None] = ["noise" if _is_noise(line, chinese) else None for line in lines]
    for place in range(len(lines) - 1, 0, -1):
        if rules[place] is None and not _is_noise(lines[place], chinese, last=True):
            break
        rules[place] = "noise"
    return rules


def _is_noise(line: str, chinese: bool, *, last: bool = False) -> bool:
    if chinese and len(line) <= 80 and _CAPTION_ZH.search(line):
        return True
    if chinese and not last and line.endswith(("。", "？", "”", "…")):  # what asks to be clicked ends without a stop
        return False
    return (
        _length(line, chinese) <= (30 if chinese else 12)
        and (_NOISE_ZH if chinese else _NOISE_EN).search(line) is not None
    )
