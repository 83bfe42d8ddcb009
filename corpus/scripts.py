"""The signs of a text: which script they belong to, which make one mark, and Traditional Chinese as Simplified."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

import opencc

Variant = Literal["zh-Hans", "zh-Hant", "zh"]

# Unified ideographs and their extensions, compatibility ideographs, the ideographic zero and the repetition mark.
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9d"
HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff"
LATIN = "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a"

# What joins or dresses emoji; bracket emoji are RedNote's own: [笑哭R], [doge].
EMOJI_SIGN = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_DRESS = "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
FLAG_SIGN = "\U0001f1e6-\U0001f1ff"
EMOJI_TAIL = rf"{_DRESS}(?:\u200d[{EMOJI_SIGN}]{_DRESS})*"
EMOJI = rf"(?:[{FLAG_SIGN}]{{2}}|[0-9#*]\ufe0f?\u20e3|[{EMOJI_SIGN}]{EMOJI_TAIL})"
BRACKET_EMOJI = rf"\[[{HAN}A-Za-z]{{1,8}}\]"

URL = rf"(?:https?://|www\.)[^\s\u3000-\u303f\uff00-\uffef{HAN}]+"
EMAIL = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
MENTION = r"[@＠][\w\-·.]*\w"
# RedNote's #tag[话题]#, Weibo's #tag#, and the #tag of everywhere else.
HASHTAG = r"[#＃](?:[^#＃\s\[\]]{1,60}\[(?:话题|話題)\][#＃]|[^#＃\s\[\]]{1,40}[#＃](?!\w)|[\w·\-]*\w)"

_HAN = re.compile(f"[{HAN}]")
_HAN_RUN = re.compile(f"[{HAN}]+")
_LATIN_RUN = re.compile(f"[{LATIN}]+")
_FURTHER_RUN = re.compile(rf"[^\W\d_{HAN}{LATIN}]+")
_FURTHER = {
    "Kana": re.compile(f"[{KANA}]+"),
    "Hangul": re.compile(f"[{HANGUL}]+"),
    "Cyrillic": re.compile("[\u0400-\u052f]+"),
    "Arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]+"),
    "Thai": re.compile("[\u0e01-\u0e4e]+"),
    "Greek": re.compile("[\u0370-\u03ff]+"),
    "Hebrew": re.compile("[\u05d0-\u05f4]+"),
    "Devanagari": re.compile("[\u0900-\u097f]+"),
}

# What is no letter belongs to the run that it follows.
_RUNS = re.compile(
    rf"(?P<Han>[{HAN}][{HAN}\W\d_]*)|(?P<Latin>[{LATIN}][{LATIN}\W\d_]*)|(?P<Further>[^\W\d_{HAN}{LATIN}]+)"
)
_FURTHER_RUNS = re.compile("|".join(f"(?P<{name}>{run.pattern})" for name, run in _FURTHER.items()) + "|(?P<Other>.)")


def letters(text: str) -> dict[str, int]:
    """How many letters of each script ``text`` has; scripts without letters are absent, unknown ones are ``Other``."""
    found = {"Latin": _count(_LATIN_RUN, text)}
    if not text.isascii():
        found["Han"] = _count(_HAN_RUN, text)
        if rest := "".join(_FURTHER_RUN.findall(text)):
            found |= {name: _count(pattern, rest) for name, pattern in _FURTHER.items()}
            found["Other"] = len(rest) + found["Han"] + found["Latin"] - sum(found.values())
    return {name: count for name, count in found.items() if count}


def script_runs(text: str) -> Iterator[tuple[int, str]]:
    """Where each run of letters of one script begins, and which of the names of `letters` it has."""
    for run in _RUNS.finditer(text):
        script = run.lastgroup or "Other"
        if script != "Further":
            yield run.start(), script
            continue
        for part in _FURTHER_RUNS.finditer(run.group()):
            yield run.start() + part.start(), part.lastgroup or "Other"


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(map(len, pattern.findall(text)))


def has_han(text: str) -> bool:
    return _HAN.search(text) is not None


@cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)


_BOTH = frozenset("后里面只干余")  # 皇后, 公里, 面子, 只有, 干涉, 余 are so written in Traditional Chinese too


@cache
def _telling_characters() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Characters only Simplified, and only Traditional: changed by one conversion and left alone by the other.

    Simplified ones are changed for Taiwan and Hong Kong too: 群, 台 and 吃 have another form in a dictionary only.
    """
    every = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    one_a_line = "\n".join(every)  # a line each, so that no phrase table reaches across
    simplified = _converter("t2s").convert(one_a_line).split("\n")
    traditional, *local = (_converter(name).convert(one_a_line).split("\n") for name in ("s2t", "s2tw", "s2hk"))
    rows = list(zip(every, simplified, traditional, *local, strict=True))
    hans = "".join(sign for sign, hans, *hant in rows if hans == sign and sign not in hant and sign not in _BOTH)
    hant = "".join(sign for sign, hans, hant, *_ in rows if hant == sign != hans)
    return re.compile(f"[{hans}]"), re.compile(f"[{hant}]")


def variant(text: str) -> Variant:
    """Simplified, Traditional, or ``zh`` where no character tells (or as many tell the one as the other)."""
    simplified, traditional = (len(telling.findall(text)) for telling in _telling_characters())
    if simplified == traditional:
        return "zh"
    return "zh-Hans" if simplified > traditional else "zh-Hant"


def to_simplified(text: str) -> str:
    """``text`` in Simplified script by OpenCC's t2s, of the same length: offsets hold in both.

    Where a phrase of OpenCC's tables would change the length, each character is converted alone.
    """
    converted: str = _converter("t2s").convert(text)
    if len(converted) == len(text):
        return converted
    signs = [_converter("t2s").convert(sign) for sign in text]
    return "".join(new if len(new) == 1 else old for old, new in zip(text, signs, strict=True))
