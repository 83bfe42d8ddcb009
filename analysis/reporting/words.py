"""The words of reports and charts in English and Chinese, from the files beside it; no text of a page lies in code."""

import functools
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_MONTHS = "January February March April May June July August September October November December".split()
_FOLDER = Path(__file__).resolve().parent


class Words:
    """The words of one language. `words("key", n=3)` fills the text of that key; see `words.toml`.

    An English text may have a second form, `en_one`, which is taken where the value `n` is 1.
    """

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, /, **values: Any) -> str:
        """The text of ``key``; raises KeyError where the key, the language or a value is missing."""
        return self.text(key, values.get("n")).format_map(values)

    def text(self, key: str, n: Any = None) -> str:
        """The text of ``key`` before it is filled, in the form for ``n``."""
        texts = entries()[key]
        return (texts.get(f"{self.language}_one") if n == 1 else None) or texts[self.language]

    def has(self, key: str) -> bool:
        return key in entries()

    def named(self, group: str, value: str) -> str:
        """The name of a value of a vocabulary, such as ("sentiment", "positive"); the value itself where it has none."""
        key = f"{group}.{value}"
        return self(key) if self.has(key) else value

    def day(self, day: date) -> str:
        """14 Jan; 1月14日."""
        return f"{day.month}月{day.day}日" if self.language == "zh" else f"{day.day} {_MONTHS[day.month - 1][:3]}"

    def full_day(self, day: date) -> str:
        """14 January 2025; 2025年1月14日."""
        return (
            f"{day.year}年{self.day(day)}"
            if self.language == "zh"
            else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        )

    def listed(self, names: list[str]) -> str:
        """a, b and c; a、b和c."""
        if len(names) < 2:
            return "".join(names)
        between, last = ("、", "和") if self.language == "zh" else (", ", " and ")
        return between.join(names[:-1]) + last + names[-1]


def minus(number: str) -> str:
    """A printed number with a minus sign for its hyphen, and no sign before a zero."""
    return number.replace("-", "\N{MINUS SIGN}") if re.search("[1-9]", number) else number.lstrip("-")


@functools.cache
def entries() -> Mapping[str, Mapping[str, str]]:
    """All texts, key -> language -> text; raises KeyError where two files hold one key."""
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted(_FOLDER.glob("words*.toml")):
        for key, texts in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if key in found:
                raise KeyError(f"{path.name}: {key!r} stands in another file too")
            found[key] = texts
    return found
