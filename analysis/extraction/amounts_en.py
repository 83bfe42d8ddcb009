"""Amounts in English: `more than 700,000 new American users`, `nearly a third of them`, `$9.99`, `3 to 5 million`."""

import re

from analysis.extraction.amounts import Amount, Bound, Kind, Span, bounds, tidy

_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9,
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
_WORDY = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(list(_ONES)[1:10])}))?|{'|'.join(sorted(list(_ONES)[1:], key=len, reverse=True))}|an?)"
_FIGURE = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,15}(?:\.\d{1,6})?)"
_SCALE = r"(?:hundred(?: thousand| million| billion)?|thousand|million|billion|trillion|dozen)"
_NUMBER = rf"(?:{_FIGURE}(?:[ \u00a0-]?{_SCALE}\b|(?:k|K|m|M|mn|bn|b|B)\b)?|{_WORDY}[ -]{_SCALE}\b|{_WORDY}\b)"
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
    rf"(?:(?:%(?=[-–]| to ))?(?: to |-|–| and (?=\d))(?:[$€£¥])?(?P<second>{_NUMBER}))?(?P<plus>\+)?(?:{_UNIT})?(?![\w/:@]|[.,]\d|-\d)",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"(?<!\w)(?:{_BEFORE})?(?P<many>an?|one|two|three|\d)?[ -]?(?P<part>half|thirds?|quarters?|fifths?|tenths?) (?:of )?"
    r"(?=(?:the|all|its|their|our|of|those|these)\b)",
    re.IGNORECASE,
)
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
_WORD = re.compile(r"[ \u00a0]+(?:of[ \u00a0]+(?:the|its|their|our|all|those|these)[ \u00a0]+)?([^\W\d][\w’'\-]*)")
_STOPS = frozenset(
    "a an the of to in on at by for from with without into onto over under after before since until during between among amid "
    "within across about against through than then as and or but nor so if that this these those who which whose whom where "
    "when while because is are was were be been being am has have had having do does did will would can could may might must "
    "shall should not no said says say told follows followed following flocked flock flocking joined join joining downloaded "
    "signed moved moving came come coming went go going made make making left leave leaving got get getting used using "
    "triggering sparking looking trying fled flooded flooding poured pouring arrived arriving migrated switched became become "
    "worth old ago later earlier per each every more less fewer it its he she they we you i his her their our my your him them us "
    "also now still already alone together including such like just only up down out off away back here there today yesterday "
    "tomorrow on-line according reported reportedly died registered created posted wrote liked shared commented visited expected".split()
)


def find(text: str) -> list[Amount]:
    """Every amount of an English text, or of the English in a mixed one."""
    found = [one for one in (_amount(text, match) for match in _AMOUNT.finditer(text)) if one]
    found += [_part(text, match) for match in _PART.finditer(text)]
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
    if high is not None and value is not None and value < high:
        scale = high / max(_bare(second), 1e-9) if second and not re.search("[a-zA-Z]", first) else 1.0
        value = tidy(value * scale)
    if value is None:
        return None
    subject = _subject(text, match.end()) if kind in ("count", "share") else None
    wordy = not first[0].isdigit()
    scaled = re.search("[a-z]{4}|[km]$", first, re.IGNORECASE) if not wordy else re.search(_SCALE, first, re.IGNORECASE)
    if unit is None and not scaled and (subject is None or (wordy and first.lower() in {"a", "an", "one"})):
        return None
    if first.lower() in {"a", "an"} or (first.lower() == "one" and kind == "time" and bound == "exact"):
        return None
    if high is not None and high < value:
        return None  # 5-3 is a score, no range
    low, most = (value, high) if high is not None else bounds(value, "above" if match.group("plus") else bound)
    end = max(match.end(), subject[1] if subject else 0)
    return Amount(match.start(), end, kind, None if high is not None else value, low, most, unit, subject)


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
    if len(first) == 4 and 1500 <= int(first) <= 2100:
        return True
    return _NUMBERED.search(text[max(0, start - 10) : start]) is not None


def _bare(number: str) -> float:
    found = re.match(_FIGURE, number)
    return float(found.group().replace(",", "")) if found else _wordy(number) or 0.0


def _value(number: str) -> float | None:
    """The number that figures, words or both name; None for what is no number."""
    lowered = number.lower().replace("\u00a0", " ")
    found = re.match(_FIGURE, lowered)
    if not found:
        return _wordy(lowered)
    value = float(found.group().replace(",", ""))
    for word in re.findall("[a-z]+", lowered[found.end() :]):
        value *= 12 if word == "dozen" else _SCALES.get(word, 1.0)
    return tidy(value)


def _wordy(number: str) -> float | None:
    value = 0.0
    for word in re.findall("[a-z]+", number.lower()):
        if word in _ONES or word in _TENS:
            value += _ONES.get(word, 0.0) + _TENS.get(word, 0.0)
        elif word in {"a", "an"}:
            value += 1
        else:
            value = (value or 1) * (12 if word == "dozen" else _SCALES.get(word, 1.0))
    return value or None


def _part(text: str, match: re.Match[str]) -> Amount:
    many = (match.group("many") or "a").lower()
    factor = float(many) if many.isdigit() else _ONES.get(many, 1.0)
    value = (
        factor * _PARTS[match.group("part").lower().rstrip("s") if match.group("part").lower() != "half" else "half"]
    )
    low, high = bounds(value, _bound(match))
    at = match.end("part")
    subject = _subject(text, at)
    return Amount(match.start(), subject[1] if subject else at, "share", value, low, high, match.span("part"), subject)


def _subject(text: str, at: int) -> Span | None:
    """The words that follow, up to a sign or a word that no noun phrase goes on with; six at most."""
    begin = end = None
    place = at
    for _ in range(6):
        word = _WORD.match(text, place)
        if not word or word.group(1).lower() in _STOPS or (begin is not None and _finite(word.group(1))):
            break
        if begin is None:
            begin = word.start(1)
        elif word.start(1) - place > 2:
            break
        end = place = word.end()
    return (begin, end) if begin is not None and end is not None else None


def _finite(word: str) -> bool:
    """Whether a word looks like a verb that goes on after its subject: `users flooded`."""
    return len(word) > 4 and word.endswith("ed") and word.islower()
