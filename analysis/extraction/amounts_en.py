"""Amounts in English: `more than 700,000 new American users`, `nearly a third of them`, `$9.99`, `3 to 5 million`."""

import math
import re

from analysis.extraction.amounts import Amount, Bound, Kind, Span, bounds, tidy

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "k": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "bn": 1e9, "b": 1e9, "dozen": 12, "lakh": 1e5, "crore": 1e7,
}  # fmt: skip
_ONES = {
    word: float(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
}
_TENS = {
    word: 10.0 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_PARTS = {"half": 50.0, "third": 100 / 3, "quarter": 25.0, "fifth": 20.0, "tenth": 10.0}  # per cent
_BIG = "(?:hundred|thousand|million|billion|trillion|dozen|lakh|crore)s?"
_LITTLE = f"(?:{'|'.join(sorted([*list(_ONES)[1:], *_TENS], key=len, reverse=True))})"
_BEHIND_BIG = "|".join(
    rf"(?<={word})" for word in ("hundred", "thousand", "million", "billion", "trillion", "crore", "lakh")
)
# A run of words of number, told apart by `_wordy`: one hundred and fifty. Of `two million one day` the last is no part.
_WORDY = (
    rf"(?:{_LITTLE}|an?(?=[ -]{_BIG}\b))\b"
    rf"(?:(?:(?:{_BEHIND_BIG})(?:,? and |, )|(?<=ty)[ -]|[ -](?!one\b(?! {_BIG}\b)))(?:{_BIG}|{_LITTLE})\b){{0,24}}"
)
_FRACTION = r"(?:half|(?:(?:an?|one|three)[ -])?quarters?(?: of)?|(?:(?:an?|one|two)[ -])?thirds?(?: of)?) an?"
_FIGURE = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,15}(?:\.\d{1,6})?)"
_AND = rf" and an? (?:half|quarter)(?: {_BIG}\b)?"
_NUMBER = (
    rf"(?:{_FIGURE}(?:{_AND}|[ \u00a0-]?{_BIG}\b(?:[ \u00a0]{_BIG}\b)?|(?:k|m|b)\b|[ \u00a0]?(?:mn|mln|bn)\b)?"
    rf"|{_FRACTION} {_BIG}\b|{_WORDY}(?:{_AND})?)"
)
_TAIL = re.compile(rf"(?:[ -]?(?:{_BIG}|(?<=\d)(?:k|m|b)|mn|mln|bn))+$", re.IGNORECASE)
_SCALED = re.compile(rf"{_BIG}|\d(?:k|m|b)$|mn$|mln$|bn$", re.IGNORECASE)
_ABOVE = (
    r"more than|over|above|at least|upwards of|no fewer than|no less than|not less than|exceeding|exceeded|surpassing|surpassed|"
    r"greater than|well over|in excess of|a minimum of|topped|topping"
)
_BELOW = (
    r"nearly|almost|up to|less than|fewer than|under|below|at most|no more than|not more than|close to|as many as|"
    r"just under|as much as|a maximum of"
)
_ABOUT = r"about|around|roughly|approximately|some|an estimated|estimated|circa|or so|~"
_BEFORE = rf"(?:(?P<above>{_ABOVE})|(?P<below>{_BELOW})|(?P<about>{_ABOUT}))[ \u00a0]?(?:the |an estimated )?"
_MONEY = r"(?P<sign>(?:US|HK|NT|A|C|S)?[$€£¥￥]|RMB ?|USD ?|CNY ?)"
_UNIT = (
    r"(?P<percent>[ \u00a0]?%|[ -]per ?cent\b|[ -]percentage points?\b)|"
    r"[ -](?P<coin>yuan|dollars?|cents?|euros?|pounds?|renminbi|RMB|USD)\b|"
    r"[ -](?P<time>seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?)\b(?!-old)"
)
_AMOUNT = re.compile(
    rf"(?<![\w.,/:#@+\-$€£¥])(?:{_BEFORE})?{_MONEY}?(?P<first>{_NUMBER})"
    rf"(?:(?:%(?=[-–]| to ))?(?: to |-|–| and (?=\d))(?:[$€£¥])?(?P<second>{_NUMBER}))?(?P<plus>\+|-plus\b)?(?:{_UNIT})?(?![\w/:@]|[.,]\d|-\d)",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"(?<!\w)(?:{_BEFORE})?(?P<many>an?|one|two|three|\d)?[ -]?(?P<part>half|thirds?|quarters?|fifths?|tenths?) (?:of )?"
    r"(?=(?:the|all|its|their|our|of|those|these)\b|(?<=of )(?!(?:an?|it|them|us|you|me|him|her|what|that|this|my|your|which)\b)[a-z])",
    re.IGNORECASE,
)
_OUT_OF = re.compile(
    rf"(?<![\w.,/:#@+\-$€£¥%])(?:{_BEFORE})?(?P<many>{_LITTLE}|\d{{1,3}}) (?P<part>(?:in|out of)(?: every)?) "
    rf"(?P<all>(?:{_LITTLE}|an?)(?: hundred| thousand)?|\d{{1,4}})\b(?![:/.,%-]?\d|%|[ -](?:stars?|points?|{_BIG}|{_LITTLE}|"
    r"seconds?|minutes?|hours?|days?|weeks?|months?|years?|a\.?m|p\.?m)\b)",
    re.IGNORECASE,
)
_OF = re.compile(r" of(?= (?!an?\b)[a-zA-Z])")
_BETWEEN = re.compile(r"\bbetween $", re.IGNORECASE)
_MAY_BE_PART = re.compile("half|third|quarter|fifth|tenth", re.IGNORECASE)
_MAY_BE_OUT_OF = re.compile(rf" (?:in|out of)(?: every)? (?:\d|an? |{_LITTLE}\b)", re.IGNORECASE)
_VAGUE = re.compile(
    r"(?<!\w)(?P<many>tens of thousands|hundreds of thousands|hundreds|thousands|millions|tens of millions|hundreds of millions|"
    r"billions|dozens) of\b",
    re.IGNORECASE,
)
_LEAST = {
    "dozens": 24, "hundreds": 200, "thousands": 2e3, "tens of thousands": 2e4, "hundreds of thousands": 2e5, "millions": 2e6,
    "tens of millions": 2e7, "hundreds of millions": 2e8, "billions": 2e9,
}  # fmt: skip
_MONTHS = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
_NUMBERED = re.compile(
    r"\b(?:page|chapter|no\.|number|section|article|version|level|grade|day|part|top)\s+$", re.IGNORECASE
)
_MONTH_AHEAD = re.compile(rf"\s+(?:of\s+)?(?:{_MONTHS})\b", re.IGNORECASE)
_MONTH_BEHIND = re.compile(rf"\b(?:{_MONTHS})\.?\s+$", re.IGNORECASE)
_CLOCK = re.compile(r"\s?(?:a\.?m\.?|p\.?m\.?|o'clock|GMT|ET|EST|UTC)\b", re.IGNORECASE)
_PLURAL = re.compile(r"(?:[a-z]{2}(?<![sui])s|people|men|women|children)\b(?![’'])")
_YEAR_BEHIND = re.compile(
    r"(?:\b(?:in|since|by|until|till|from|before|after|during|of|for|the|its|their|his|her|our|my|late|early|mid|this|year|to|and|"
    r"through|between|around)|[’']s|[\d,/–-])\s*$",
    re.IGNORECASE,
)
_HAVING = re.compile(
    r"\b(?:was|were|are|is|with|has|have|had|got|get|gained|than|only|all|these|another)\s+$", re.IGNORECASE
)
_NAME_BEHIND = re.compile(r"(?P<word>(?<!\w)[^\W\d_][\w’'\-]*[A-Z]?)[ \u00a0]$")
_ADDRESS = re.compile(r"[A-Z]\w+ (?:Street|Avenue|Road|Lane|Drive|Square|Boulevard|Place|Way)$")
_WEEKDAY = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day$|Today$|Yesterday$")
_OPENING = frozenset(
    "all another only just some any both these those the those our exactly every nearly almost about around roughly once even add "
    "plus minus least most first last next other further additional new".split()
)
_WORD = re.compile(
    r"[ \u00a0]+(?:of[ \u00a0]+(?:the|its|their|our|all|those|these)[ \u00a0]+)?((?:[A-Z]\.){2,}|[^\W\d][\w’'\-]*)"
)
_STOPS = frozenset(
    "a an the of to in on at by for from with without into onto over under after before since until during between among amid "
    "within across about against through than then as and or but nor so if that this these those who which whose whom where "
    "when while because is are was were be been being am has have had having do does did will would can could may might must "
    "shall should not no said says say told follows followed following flocked flock flocking joined join joining downloaded "
    "signed moved moving came come coming went go going made make making left leave leaving got get getting used using "
    "triggering sparking looking trying fled flooded flooding poured pouring arrived arriving migrated switched became become use spend want need "
    "worth old ago later earlier per each every more less fewer it its he she they we you i his her their our my your him them us "
    "also now still already alone together including such like just only up down out off away back here there today yesterday "
    "tomorrow on-line according reported reportedly died registered created posted wrote liked shared commented visited expected".split()
)


def find(text: str) -> list[Amount]:
    """Every amount of an English text, or of the English in a mixed one."""
    found = [one for one in (_amount(text, match) for match in _AMOUNT.finditer(text)) if one]
    if _MAY_BE_PART.search(text):
        found += [_part(text, match) for match in _PART.finditer(text)]
    if _MAY_BE_OUT_OF.search(text):
        found += [one for one in (_out_of(text, match) for match in _OUT_OF.finditer(text)) if one]
    for match in _VAGUE.finditer(text):
        subject = _subject(text, match.end())
        low = float(_LEAST[match.group("many").lower()])
        found.append(
            Amount(match.start(), subject[1] if subject else match.end("many"), "count", None, low, None, None, subject)
        )
    return found


def _amount(text: str, match: re.Match[str]) -> Amount | None:
    first, second = match.group("first"), match.group("second")
    bound = _bound(match)
    unit, kind = _unit(match)
    if _is_date(text, match, unit is not None or bound != "exact"):
        return None
    high = _value(second) if second else None
    value = _value(first)
    if value is None or (second and (high is None or _is_name(text, match))):
        return None
    if high is not None and value < high and not _SCALED.search(first):
        shared = tidy(value * _shared(second or ""))
        value = shared if shared <= high else value
    subject = _subject(text, match.end()) if kind in ("count", "share") else None
    if subject is None and kind == "share" and (of := _OF.match(text, match.end())):
        subject = _subject(text, of.end())
    wordy = not first[0].isdigit()
    scaled = _SCALED.search(first)
    plain = unit is None and not scaled and bound == "exact" and second is None and "," not in first
    if plain and _numbers_a_name(text, match.start(), subject):
        return None
    if unit is None and not scaled and (subject is None or (wordy and first.lower() in {"a", "an", "one"})):
        return None
    if first.lower() in {"a", "an"} or (first.lower() == "one" and kind == "time" and bound == "exact"):
        return None
    if high is not None and high < value:
        return None  # 5-3 is a score, no range
    low, most = (value, high) if high is not None else bounds(value, "above" if match.group("plus") else bound)
    end = max(match.end(), subject[1] if subject else 0)
    between = _BETWEEN.search(text, max(0, match.start() - 8), match.start()) if second else None
    return Amount(
        between.start() if between else match.start(),
        end,
        kind,
        None if high is not None else value,
        low,
        most,
        unit,
        subject,
    )


def _bound(match: re.Match[str]) -> Bound:
    if match.group("above"):
        return "above"
    return "below" if match.group("below") else "about" if match.group("about") else "exact"


def _unit(match: re.Match[str]) -> tuple[Span | None, Kind]:
    if match.group("sign"):
        return match.span("sign"), "money"
    if match.group("percent"):
        start, end = match.span("percent")
        return (start + len(match.group("percent")) - len(match.group("percent").lstrip(" \u00a0-")), end), "share"
    if match.group("coin"):
        return match.span("coin"), "money"
    return (match.span("time"), "time") if match.group("time") else (None, "count")


def _is_date(text: str, match: re.Match[str], marked: bool) -> bool:
    first = match.group("first")
    start, end = match.start("first"), match.end("first")
    if not re.fullmatch(r"\d{1,4}", first):
        return False
    if _MONTH_BEHIND.search(text[max(0, start - 12) : start]) or _MONTH_AHEAD.match(text[end : end + 16]):
        return True
    if _CLOCK.match(text[end : end + 8]):
        return True
    if marked:
        return False
    if len(first) == 4 and 1500 <= int(first) <= 2100 and not _counts(text, start, end):
        return True
    return _NUMBERED.search(text[max(0, start - 10) : start]) is not None


def _counts(text: str, start: int, end: int) -> bool:
    """Whether four figures that may be a year are a number of things: many of them follow, and no word of time stands before."""
    subject = _subject(text, end)
    if subject is None or not _PLURAL.search(text, *subject) or _YEAR_BEHIND.search(text[max(0, start - 16) : start]):
        return False
    return not 2010 <= int(text[start:end]) <= 2040 or _HAVING.search(text[max(0, start - 16) : start]) is not None


def _numbers_a_name(text: str, start: int, subject: Span | None) -> bool:
    """Whether a number is part of a name: iPhone 16, Fortune 500, 10 Downing Street."""
    if subject and _ADDRESS.search(text, *subject):
        return True
    before = _NAME_BEHIND.search(text[max(0, start - 40) : start])
    if before is None:
        return False
    word = before.group("word")
    if word.islower() or word.lower() in _STOPS | _OPENING or word.endswith(("ly", "’s", "'s")):
        return False
    shouted = word.isupper() and subject is not None and text[slice(*subject)].isupper()
    return not shouted and not _WEEKDAY.match(word)


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether a hyphen joins a figure and a word, as it does in no range: 7-Eleven."""
    first, second = match.group("first"), match.group("second")
    joined = text[match.end("first") : match.start("second")] in {"-", "–"}
    return joined and first[0].isdigit() != second[0].isdigit()


def _shared(second: str) -> float:
    """What the first number of a range has from the second: the million of `3 to 5 million`."""
    found = _TAIL.search(second)
    return _product(re.findall("[a-z]+", found.group().lower())) if found else 1.0


def _product(words: list[str]) -> float:
    value = 1.0
    for word in words:
        value *= _scale(word)
    return value


def _scale(word: str) -> float:
    return _SCALES.get(word) or _SCALES.get(word.rstrip("s"), 1.0)


def _value(number: str) -> float | None:
    """The number that figures, words or both name; None for what is no number."""
    lowered = number.lower().replace("\u00a0", " ")
    part = re.fullmatch(rf"{_FRACTION} (?P<scale>{_BIG})", lowered)
    if part:
        factor = next(share for name, share in _PARTS.items() if name in lowered) / 100
        many = 2 if lowered.startswith("two") else 3 if lowered.startswith("three") else 1
        return tidy(many * factor * _scale(part.group("scale")))
    whole, more, rest = re.sub("[ -]", " ", lowered).partition(" and a ")
    found = re.match(_FIGURE, lowered)
    value = (
        float(found.group().replace(",", "")) * _product(re.findall("[a-z]+", whole[found.end() :]))
        if found
        else _wordy(whole)
    )
    if value is None or not more:
        return tidy(value) if value is not None else None
    words = rest.split()
    if len(words) > 1:
        return tidy((value + _PARTS[words[0]] / 100) * _scale(words[1]))
    return tidy(value + _PARTS[words[0]] / 100 * _shared(whole))


def _wordy(number: str) -> float | None:
    """A number in words: groups below a thousand, each with a scale that is smaller than the one before; else None."""
    total = part = 0.0
    group: float | None = None
    least = math.inf
    for word in re.findall("[a-z]+", number.lower()):
        if word == "and":
            continue
        if word in _ONES or word in _TENS or word in {"a", "an"}:
            value = _ONES.get(word) or _TENS.get(word) or 1.0
            room = group is None or group % 100 == 0 or (group % 10 == 0 and group % 100 >= 20 and value < 10)
            if not room:
                return None
            group = (group or 0.0) + value
        elif word.rstrip("s") == "hundred":
            if group is None or group >= 100:
                return None
            group *= 100
        else:
            scale = _scale(word)
            if group is None:
                if not part:
                    return None
                part *= scale  # a thousand million
                continue
            if scale >= least:
                return None
            total, part, group, least = total + part, group * scale, None, scale
    value = total + part + (group or 0.0)
    return value if value and (group is None or group < least) else None


def _part(text: str, match: re.Match[str]) -> Amount:
    many = (match.group("many") or "a").lower()
    factor = float(many) if many.isdigit() else _ONES.get(many, 1.0)
    value = (
        factor * _PARTS[match.group("part").lower().rstrip("s") if match.group("part").lower() != "half" else "half"]
    )
    low, high = bounds(value, _bound(match))
    at = match.end("part")
    subject = _subject(text, at) or _subject(text, match.end() - 1)
    return Amount(match.start(), subject[1] if subject else at, "share", value, low, high, match.span("part"), subject)


def _out_of(text: str, match: re.Match[str]) -> Amount | None:
    """One in five adults, seven out of ten: a share. `Number 1 in 87 countries` is none."""
    many, every = _value(match.group("many")), _value(match.group("all"))
    start = match.start("many")
    if not many or not every or many >= every or _NUMBERED.search(text[max(0, start - 10) : start]):
        return None
    value = tidy(100 * many / every)
    subject = _subject(text, match.end())
    end = subject[1] if subject else match.end()
    return Amount(match.start(), end, "share", value, *bounds(value, _bound(match)), match.span("part"), subject)


def _subject(text: str, at: int) -> Span | None:
    """The words that follow, up to a sign or a word that no noun phrase goes on with; six at most."""
    begin = end = None
    place = at
    for _ in range(6):
        word = _WORD.match(text, place)
        if not word or _stops(text, word) or (begin is not None and _finite(word.group(1))):
            break
        if begin is None:
            begin = word.start(1)
        elif word.start(1) - place > 2:
            break
        end = place = word.end()
    return (begin, end) if begin is not None and end is not None else None


def _stops(text: str, word: re.Match[str]) -> bool:
    """Whether no noun phrase goes on with the word; US and IT in capitals are names, unless all is in capitals."""
    written = word.group(1)
    if written.lower() not in _STOPS:
        return False
    following = _WORD.match(text, word.end())
    return not (written.isupper() and len(written) > 1 and not (following and following.group(1).isupper()))


def _finite(word: str) -> bool:
    """Whether a word looks like a verb that goes on after its subject: `users flooded`."""
    return len(word) > 4 and word.endswith("ed") and word.islower()
