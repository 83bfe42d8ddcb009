"""Pictures of a report: plain rows in, static SVG out; no script, no id and no foreign host in any of them."""

from analysis.charts.collecting import remaining, stages, states
from analysis.charts.heat import coverage
from analysis.charts.overtime import sentiment_days, theme_days, volume
from analysis.charts.shares import completeness, emotion, sentiment, stance, themes
from analysis.charts.spread import copies

__all__ = [
    "completeness",
    "copies",
    "coverage",
    "emotion",
    "remaining",
    "sentiment",
    "sentiment_days",
    "stages",
    "stance",
    "states",
    "theme_days",
    "themes",
    "volume",
]
