"""Names in English that no gazetteer holds, by their capitals and what stands beside them: titles, verbs of saying."""

import re
from collections.abc import Iterator

from analysis.extraction.beside import BY_RULE, Named, Taken
from analysis.extraction.capitals import FAMILY, GIVEN, NO_NAMES, ORGANISATION, PLACE, THINGS, is_role
from analysis.extraction.speech_en import VERB

_CAPITAL = r"[A-Z\u00c0-\u00de][\w’'\-]*"
_RUN = re.compile(rf"(?<![\w@#/.’'\-]){_CAPITAL}(?:[ \u00a0](?:[A-Z]\. ?)?{_CAPITAL}){{0,8}}")
_WORD = re.compile(r"[^ \u00a0]+")
_POSSESSIVE = ("’s", "'s")
_DESCRIBED = re.compile(r", (?:an?|the) [a-z]|, \d\d,")
_SYLLABLE = r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|ui|uo|ue|a|o|e|i|u|v)r?"
_PINYIN = re.compile(rf"{_SYLLABLE}(?:['’\-]?{_SYLLABLE})?", re.IGNORECASE)
_TITLE_BEFORE = re.compile(r"(?:^|[\s(“\"])(?P<title>[\w.\-]+),?[ \u00a0]$")
_LONGEST = 4  # words of a person's name

Part = tuple[int, int, str]
"""Begin, end and letters of a word."""


def english(text: str, known: list[Named]) -> list[Named]:
    """People, organisations and places in English, by their capitals and what stands beside them."""
    found: list[Named] = []
    taken = Taken(known)
    for run in _RUN.finditer(text):
        for words in _parts(run, taken):
            one = _named(text, words)
            if one:
                found.append(one)
    return found + _family_names(text, found, taken)


def _parts(run: re.Match[str], taken: Taken) -> Iterator[list[Part]]:
    """The words of a run of capitals, parted where a known name or a possessive stands among them."""
    words: list[Part] = []
    for match in _WORD.finditer(run.group()):
        start, end = run.start() + match.start(), run.start() + match.end()
        possessive = match.group().endswith(_POSSESSIVE)
        if not taken.overlap(start, end):
            end -= 2 * possessive
            words.append((start, end, match.group()[: end - start]))
        elif words:
            yield words
            words = []
        if possessive and words:
            yield words
            words = []
    if words:
        yield words


def _named(text: str, words: list[Part]) -> Named | None:
    """The name among the words of a part, without what begins sentences and without titles."""
    while words and words[0][2] in NO_NAMES:
        words = words[1:]
    if not words:
        return None
    label = _thing(text[words[0][0] : words[-1][1]]) if len(words) > 1 else None
    if label is None:
        words = _without_titles(words)
        label = _person(text, words)
    start, end = words[0][0], words[-1][1]
    return Named(start, end, label, text[start:end].replace("\u00a0", " "), BY_RULE) if label else None


def _without_titles(words: list[Part]) -> list[Part]:
    """`House Speaker Ann Lee` is `Ann Lee`: at least two words stay, or one after titles alone."""
    titles = [number for number, (_, _, word) in enumerate(words[:-2]) if is_role(word)]
    words = words[titles[-1] + 1 :] if titles else words
    while len(words) > 1 and is_role(words[0][2]):
        words = words[1:]
    return words


def _thing(said: str) -> str | None:
    """Whether some words are the name of an organisation or a place, by the last of them."""
    return "organisation" if ORGANISATION.search(said) else "place" if PLACE.search(said) else None


def _person(text: str, parts: list[Part]) -> str | None:
    start, end = parts[0][0], parts[-1][1]
    words = [word for _, _, word in parts]
    last = words[-1]
    if len(words) > _LONGEST or (last in THINGS and len(words) > 1) or (is_role(last) and words[0] not in GIVEN):
        return None
    before = _TITLE_BEFORE.search(text[max(0, start - 24) : start])
    if before and (is_role(before.group("title")) or before.group("title") in {"Mr.", "Ms.", "Mrs.", "Dr."}):
        return "person"
    if len(words) == 1:
        return None
    if words[0] in GIVEN or _is_pinyin(words):
        return "person"
    return "person" if len(words) <= 3 and (VERB.match(text, end + 1) or _DESCRIBED.match(text, end)) else None


def _is_pinyin(words: list[str]) -> bool:
    """Whether two words are a Chinese family name and a given name, in this order."""
    return len(words) == 2 and words[0] in FAMILY and _PINYIN.fullmatch(words[1]) is not None


def _family_names(text: str, found: list[Named], taken: Taken) -> list[Named]:
    """Later mentions of a person by one of the names alone, under the name in full."""
    full: dict[str, Named] = {}
    for one in found:
        if one.label == "person" and " " in one.name:
            parts = one.name.split()
            part = parts[0] if _is_pinyin(parts) else parts[-1]
            if len(part) > 2 or part in FAMILY:
                full.setdefault(part, one)
    if not full:
        return []
    own = Taken(found)
    pattern = re.compile(rf"(?<![\w’'\-])(?:{'|'.join(map(re.escape, sorted(full)))})(?![\w\-])")
    more = []
    for match in pattern.finditer(text):
        first = full[match.group()]
        if match.start() > first.start and not taken.overlap(*match.span()) and not own.overlap(*match.span()):
            more.append(Named(match.start(), match.end(), "person", first.name, BY_RULE))
    return more
