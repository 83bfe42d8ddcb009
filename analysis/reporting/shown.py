"""Values as a page shows them: escaped, set apart from the text around them, said as each language says them."""

import re
from datetime import date, datetime
from typing import Any

from markupsafe import Markup, escape

from analysis.reporting.tables import Claimed, Name
from analysis.reporting.words import Words, minus

# Controls, and what no XML may hold; a page shows that something was there.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DAY = Markup('<span class="day">{}</span>')


def visible(text: str) -> str:
    """The text with a replacement mark for each sign that no page and no picture may hold."""
    return _UNSHOWN.sub("\ufffd", text)


def apart(text: str) -> Markup:
    """A text that is not ours, escaped, in a direction of its own."""
    return Markup("<bdi>{}</bdi>").format(visible(text))


def share(value: float) -> str:
    """A share as percent; a decimal where it would otherwise be rounded to nothing or to all."""
    return minus(f"{value:.1%}" if 0 < abs(value) < 0.01 or 0.99 < value < 1 else f"{value:.0%}")


def claimed(value: Claimed, text: str) -> Markup:
    """A figure of the estimates, so that `huanying sample verify` finds it in the page and holds it against them."""
    return Markup('<data data-claim="{}" value="{!r}">{}</data>').format(visible(value.claim), value.value, text)


def _told(words: Words, value: Claimed) -> Markup:
    told = claimed(value, share(value.value))
    if value.name:
        told = said(words, value.name) + (" " if words.language == "en" else "") + told
    if value.interval:
        low, high = (share(end) for end in value.interval)
        between = sentence(words, "corrected.between", low=low, high=high)
        ends = '<span data-of="{}" data-low="{!r}" data-high="{!r}">{}</span>'
        told += Markup(ends).format(visible(value.claim), *value.interval, between)
    return told


def said(words: Words, value: Any) -> Markup:
    """A value in a sentence."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Claimed):
        return _told(words, value)
    if isinstance(value, Name):
        return apart(value.said(words.language))
    if isinstance(value, tuple | list):
        return Markup(words.listed([str(said(words, item)) for item in value]))
    if isinstance(value, datetime | date):
        return escape(words.full_day(value))
    if isinstance(value, float):
        return escape(share(value))
    return escape(f"{value:,}") if isinstance(value, int) else apart(value)


def sentence(words: Words, key: str, /, strong: bool = False, **values: Any) -> Markup:
    """The text of ``key``, filled; with ``strong``, numbers and days stand out."""
    filled = {name: said(words, value) for name, value in values.items()}
    if strong:
        filled = {
            name: Markup("<b>{}</b>").format(text) if isinstance(values[name], int | float | date) else text
            for name, text in filled.items()
        }
    return Markup(words.text(key, values.get("n"))).format(**filled)


def cell(words: Words, value: Any) -> Markup:
    """A value in a table; null is a dash, which is not 0."""
    if value is None:
        return Markup("—")
    if isinstance(value, Claimed):
        return claimed(value, minus(f"{value.value:.1%}"))
    if isinstance(value, float):
        return escape(minus(f"{value:.1%}"))
    if isinstance(value, datetime | date):
        return _DAY.format(value.isoformat())
    if isinstance(value, list | tuple):
        return apart(", ".join(map(str, value)))
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        return _DAY.format(value)
    return said(words, value)
