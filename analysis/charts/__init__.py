"""Pictures of a report: plain rows in, static SVG out; no script, no id and no foreign host in any of them."""

from typing import Any

from analysis.charts import former, heat, overtime, shares
from analysis.charts.overtime import sentiment_days, theme_days
from analysis.charts.shares import completeness
from analysis.charts.spread import copies

__all__ = ["completeness", "copies", "coverage", "sentiment", "sentiment_days", "theme_days", "themes", "volume"]


def volume(rows: Any, events: Any, words: Any, narrow: Any = False) -> str:
    if isinstance(words, str):
        return former.volume(rows, events, words, narrow)
    return overtime.volume(rows, events, words, narrow)


def coverage(rows: Any, events: Any = (), words: Any = None, narrow: bool = False) -> str:
    return former.coverage(rows) if words is None else heat.coverage(rows, events, words, narrow)


def sentiment(rows: Any, words: Any = None, narrow: bool = False) -> str:
    return former.sentiment(rows) if words is None else shares.sentiment(rows, words, narrow)


def themes(rows: Any, words: Any = None, narrow: bool = False) -> str:
    return former.themes(rows) if words is None else shares.themes(rows, words, narrow)
