"""What stands beside a name of the gazetteer and makes it another one: a relative's name, a tower, another country."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.extraction.capitals import NO_NAMES, is_role
from corpus.scripts import to_simplified


@dataclass(frozen=True, slots=True)
class Named:
    """What a found name means, and its place in the stored text."""

    start: int
    end: int
    label: str
    name: str
    score: float = 1.0
    """1 from a gazetteer, less from a trained pipeline, and still less by rule."""


class Taken:
    """Which signs belong to a name already."""

    def __init__(self, names: list[Named]) -> None:
        self._signs = {at for one in names for at in range(one.start, one.end)}

    def take(self, start: int, end: int) -> None:
        self._signs.update(range(start, end))

    def overlap(self, start: int, end: int) -> bool:
        return not self._signs.isdisjoint(range(start, end))


BY_RULE = 0.5  # score
_CAPITALISED = re.compile(r"(?<![\w’'\-])(?P<word>[A-Z\u00c0-\u00de][\w’'\-]*\.?)[ \u00a0]$")
_THINGS = (
    "Jr|Sr|II|III|Towers?|Hotels?|Plaza|Park|Place|Building|Organi[sz]ation|Media|Foundation|University|Casino|Resort|"
    "National|International|Golf|School|Library|Cent(?:er|re)|Institute|Airport|Street|Avenue|Road|Island|Enterprises|"
    "Holdings|Group|Inc|Corp|Company|Winery|Mobile|Model"
)
_OTHER_AFTER = re.compile(rf",? (?:{_THINGS})\b|[·•・]|大厦|大楼|大学|集团|酒店|基金会|二世")
_OTHER_BEFORE = frozenset("·•・小")
_WOMAN = frozenset({"Mrs", "Mrs.", "Ms", "Ms.", "Miss", "Lady"})
_ADJECTIVES = (
    "Afghan Argentine Australian Austrian Bangladeshi Belgian Brazilian British Burmese Cambodian Canadian Chilean Colombian "
    "Cuban Czech Danish Dutch Egyptian Ethiopian Filipino Finnish French German Greek Hungarian Icelandic Indian Indonesian "
    "Iranian Iraqi Irish Israeli Italian Japanese Kazakh Kenyan Korean Malaysian Mexican Nepalese Nepali Nigerian Norwegian "
    "Pakistani Palestinian Peruvian Philippine Polish Portuguese Romanian Russian Saudi Scottish Singaporean Spanish Swedish "
    "Swiss Taiwanese Thai Turkish Ukrainian Venezuelan Vietnamese"
)
_OTHER_OFFICE = re.compile(
    rf"(?<![\w’'\-])(?:(?:North|South) )?(?:{_ADJECTIVES.replace(' ', '|')}|[Ss]tate|Student|World|Party|National|"
    r"[\w ]{0,20}[Pp]eople[’']s) $|[俄韩英法德印菲澳泰越]$"
)


def another_person(text: str, start: int, end: int, family: bool, known_before: bool) -> bool:
    """Whether the person of the gazetteer at ``start`` to ``end`` is another one, or a thing: Eric Trump, Trump Tower.

    ``family``: it is a family name alone, before which no other capitalised word may stand, but for titles, the end
    of a name of its own (``known_before``) and words that begin or end a sentence.
    """
    if _OTHER_AFTER.match(text, end) or text[max(0, start - 1) : start] in _OTHER_BEFORE:
        return True
    found = _CAPITALISED.search(text, max(0, start - 24), start) if family and not known_before else None
    if found is None:
        return False
    word = found.group("word")
    if word in _WOMAN:
        return True
    return not (word in NO_NAMES or is_role(word) or (word.endswith(".") and len(word) > 2))


def offices(text: str, found: Sequence[Named], countries: Mapping[int, str]) -> list[Named]:
    """``found`` without offices taken for those of the wrong country: 韩国 最高法院 becomes 韩国最高法院, as written.

    ``countries``: by number in ``found`` of an office that is named without its country, the country that is meant else.
    """
    settled: list[Named] = []
    skip = -1
    for number, one in enumerate(found):
        if number == skip:
            continue
        country = countries.get(number)
        if country is None:
            settled.append(one)
            continue
        start, end = one.start, one.end
        before = settled[-1] if settled else None
        after = found[number + 1] if number + 1 < len(found) else None
        other = _OTHER_OFFICE.search(text, max(0, start - 30), start)
        if before and before.label == "place" and text[before.end : start] in ("", " ", "’s ", "'s "):
            if before.name != country:
                start = before.start
                settled.pop()
        elif other and not (before and other.start() < before.end):
            start = other.start()
        elif (
            after
            and after.label == "place"
            and after.name != country
            and text[end : after.start] in (" of ", " of the ")
        ):
            end, skip = after.end, number + 1
        whole = (start, end) == (one.start, one.end)
        settled.append(one if whole else Named(start, end, one.label, to_simplified(text[start:end])))
    return settled
