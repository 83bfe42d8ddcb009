"""Keeps the queries of addresses out of every log: they may hold tokens."""

import logging
import re

_QUERY = re.compile(r"\?[^\s<>\"')]*=[^\s<>\"')]*")


class Masked(logging.Formatter):
    """As its parent, with ``?...`` for each query."""

    def format(self, record: logging.LogRecord) -> str:
        return _QUERY.sub("?...", super().format(record))


def mask_all() -> None:
    """For the handlers that somebody else has put up, as ``scrapy crawl`` does."""
    for handler in logging.getLogger().handlers:
        known = handler.formatter
        if known is not None and type(known) is logging.Formatter:
            handler.setFormatter(Masked(known._fmt, known.datefmt))
