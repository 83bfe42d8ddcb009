"""Keeps out of every log what addresses may tell of people: their queries and sessions, which may hold tokens, and accounts."""

import logging
import re

_END = r"[^\s/?#<>\"'),;]+"
_MASKS = (
    (re.compile(r"\?[^\s<>\"')]*=[^\s<>\"')]*"), "?..."),
    (re.compile(rf"(?<=\S);[\w.-]+={_END}"), ";..."),
    (re.compile(rf"(/|%2F)(@|%40){_END}", re.IGNORECASE), r"\1\2..."),
    (re.compile(r"\bdid(:|%3A)[a-z]+(?:(?::|%3A)[\w.-]+)+", re.IGNORECASE), r"did\1..."),
    (re.compile(rf"(/(?:users?/profile|profile|users?|u)/)(?!profile/){_END}", re.IGNORECASE), r"\1..."),
)


class Masked(logging.Formatter):
    """As its parent, with ``?...`` for each query, and the like for accounts and sessions in paths."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        for form, instead in _MASKS:
            text = form.sub(instead, text)
        return text


def mask_all() -> None:
    """For the handlers that somebody else has put up, as ``scrapy crawl`` does."""
    for handler in logging.getLogger().handlers:
        known = handler.formatter
        if known is not None and type(known) is logging.Formatter:
            handler.setFormatter(Masked(known._fmt, known.datefmt))
