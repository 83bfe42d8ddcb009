"""Serve the rules by which pages are read as articles: the lists of ``rules.toml`` as compiled patterns."""

import functools
import re
import tomllib
from pathlib import Path

_FILE = Path(__file__).with_name("rules.toml")


@functools.cache
def listed(name: str) -> tuple[str, ...]:
    """The rules of one list, as written."""
    return tuple(_rules()[name])


def any_of(name: str, *, before: str = "", after: str = "", flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    """A pattern that fits where any rule of a list does, between ``before`` and ``after``."""
    return re.compile(f"{before}(?:{'|'.join(listed(name))}){after}", flags)


@functools.cache
def _rules() -> dict[str, list[str]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
