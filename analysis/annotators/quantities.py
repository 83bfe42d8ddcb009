"""Label amounts: the number with its bounds, the unit, and what it is a number of, in Chinese and English."""

from analysis.annotators import Annotate, Label, places
from analysis.extraction import amounts_en, amounts_zh
from analysis.extraction.amounts import Amount, may_hold
from corpus.schemas import Column
from corpus.scripts import has_han, to_simplified
from corpus.study import Study

_CARD = """\
Quantities: numbers of something ("more than 700,000 new users", 超过70万名新用户) with bounds, unit and subject, verbatim.

How: rules. English figures and number words with thousand, million, billion, k, m, bn; Chinese figures with 千, 万, 亿 and
numbers written in Chinese; shares (40%, 四成, 过半, a third of); money (US$9, 9美元). A span holds the words of doubt, the
number, its unit and its subject. `value` is the number, of shares in per cent; `low` and `high` bound what can be meant: both equal
`value` where nothing is said, `low` alone after "more than", "at least", 超过, 逾, 多, 余; `high` alone after "nearly", "up to",
近, 不到; neither after "about", 约, 左右; a range has no `value`, and so has 七八万, seven or eight. Numbers in words are read
whole (one hundred and fifty, half a million, 1亿2000万, 十三亿五千万) or not at all; "one in five" is a share; of 成千上万 `low` is
1,000. `subject`: the noun phrase that is counted, as the text has
it, cut at the next verb, preposition or sign by a list of words; null where none stands there. Labels: count, share, money,
time. Dates, times of day, years, ordinals, versions, addresses and numbers in names are left out, and so are plain small
numbers with nothing that they count; a number after a capitalised word is part of a name (iPhone 16) unless it has a comma or a
scale, and four figures from 1500 to 2100 are a year unless many things follow ("2000 new users"). `none`: no quantity. `abstain`: languages other than Chinese and English.
Trained on: nothing. Measured: on the project's own test texts only; no labelled set of quantities was at hand, so precision
and recall are not known. Code a sample before you count with them.
Fails on: numbers in tables and lists, vague words (many, 不少), subjects before the number ("users numbered 700,000"), and
noun phrases of unusual form, whose end it may cut too early or too late."""


class Quantities:
    """The annotator."""

    version = "3"
    labels = ("count", "share", "money", "time")
    card = _CARD
    columns = (
        Column("value", "float64", "The number; null for a range and for vague ones (数十万)"),
        Column("low", "float64", "Least that is meant; null: no lower bound is given"),
        Column("high", "float64", "Most that is meant; null: no upper bound is given"),
        Column("unit", "string", "Measure word, currency, % or unit as in the text; null: a bare count", "text"),
        Column("subject", "string", "What is counted, as in the text; null: not found", "text"),
    )

    def prepare(self, study: Study | None) -> Annotate:
        """Ready; no study changes what it says."""
        return places(lambda text: [_as_label(text, one) for one in find(text)])


def _as_label(text: str, one: Amount) -> Label:
    more = {
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "unit": text[slice(*one.unit)] if one.unit else None,
        "subject": text[slice(*one.subject)] if one.subject else None,
    }
    return Label(one.kind, None, one.start, one.end, more)


def find(text: str) -> list[Amount]:
    """Every quantity of ``text``, in order, none overlapping another."""
    if not may_hold(text):
        return []
    simplified = to_simplified(text) if has_han(text) else text
    found = amounts_en.find(text)
    if has_han(text):
        found += amounts_zh.find(simplified)
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Amount] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


ANNOTATOR = Quantities()
