"""Pictures of a report: plain rows in, static SVG out; no script, no id and no foreign host in any of them."""

from analysis.charts.boxes import flow
from analysis.charts.collecting import remaining, stages, states
from analysis.charts.corrected import corrected, greyed, phased
from analysis.charts.doubts import Look, doubts
from analysis.charts.heat import coverage
from analysis.charts.overtime import sentiment_days, theme_days, volume
from analysis.charts.shares import completeness, emotion, sentiment, stance, themes
from analysis.charts.spread import copies
from analysis.charts.weighing import weights

__all__ = [
    "Look",
    "completeness",
    "copies",
    "corrected",
    "coverage",
    "doubts",
    "emotion",
    "flow",
    "greyed",
    "phased",
    "remaining",
    "sentiment",
    "sentiment_days",
    "stages",
    "stance",
    "states",
    "theme_days",
    "themes",
    "volume",
    "weights",
]
