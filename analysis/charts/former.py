"""Pictures of a report: rows in, static SVG out; no script and no foreign host in any of them."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import vl_convert

from corpus.study import Event

_FONT = "Noto Sans, Noto Sans CJK SC, Noto Sans SC, PingFang SC, Microsoft YaHei, sans-serif"
_INK, _PAPER, _GRID = "#22303c", "#ffffff", "#e3e8ec"
KINDS = {"article": "#3b6ea5", "post": "#c8553d", "comment": "#e0a458"}
SENTIMENTS = {"negative": "#a63d40", "neutral": "#c9ced6", "positive": "#3a7d44", "abstain": "#eef1f4"}
LANGUAGES = {"zh": "#c8553d", "en": "#3b6ea5", "mixed": "#8a6fb0", "other": "#9aa5b1"}
_WIDTH = 760


def _svg(chart: Any) -> str:
    styled = (
        chart.configure(font=_FONT, background=_PAPER)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=_INK,
            titleColor=_INK,
            gridColor=_GRID,
            domainColor=_GRID,
            tickColor=_GRID,
            labelFontSize=12,
            titleFontSize=12,
        )
        .configure_legend(labelColor=_INK, titleColor=_INK, labelFontSize=12, orient="top", title=None)
        .configure_header(labelColor=_INK, labelFontSize=13, title=None)
    )
    return str(vl_convert.vegalite_to_svg(styled.to_dict()))


def _colours(scale: dict[str, str]) -> Any:
    return alt.Scale(domain=list(scale), range=list(scale.values()))


def _data(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(
        values=[
            {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in row.items()}
            for row in rows
        ]
    )


def volume(rows: Sequence[dict[str, Any]], events: Sequence[Event], start: str, end: str) -> str:
    """Documents a day, stacked by kind, with lines where dated events lie; days of Asia/Shanghai."""
    bars = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=alt.X(
                "day:O",
                timeUnit="utcyearmonthdate",
                title=None,
                axis=alt.Axis(format="%-d %b", labelAngle=0, labelOverlap="greedy", labelSeparation=12),
            ),
            y=alt.Y("n:Q", title="documents a day"),
            color=alt.Color("kind:N", scale=_colours(KINDS)),
        )
    )
    marked = [
        {"day": event.date.isoformat(), "name": f"{n}"}
        for n, event in enumerate(events, 1)
        if start <= event.date.isoformat() <= end
    ]
    if not marked:
        return _svg(bars.properties(width=_WIDTH, height=240))
    at = alt.X("day:O", timeUnit="utcyearmonthdate")
    lines = alt.Chart(_data(marked)).mark_rule(strokeDash=[3, 3], color=_INK, opacity=0.5).encode(x=at)
    unique = list({row["day"]: row for row in reversed(marked)}.values())
    names = (
        alt.Chart(_data(unique))
        .mark_text(dy=-6, baseline="bottom", color=_INK, fontSize=11)
        .encode(x=at, y=alt.value(0), text="name:N")
    )
    return _svg((bars + lines + names).properties(width=_WIDTH, height=240))


def coverage(rows: Sequence[dict[str, Any]]) -> str:
    """Heat map of documents by source and day; a day without any is left empty, so that silence shows as silence."""
    base = alt.Chart(_data(rows)).encode(
        x=alt.X(
            "day:O",
            timeUnit="utcyearmonthdate",
            title=None,
            axis=alt.Axis(format="%-d %b", labelAngle=0, labelOverlap="greedy", labelSeparation=12),
        ),
        y=alt.Y("source:N", title=None, axis=alt.Axis(labelLimit=220)),
    )
    silent = base.mark_rect(fill="#f6f7f9", stroke=_PAPER)
    heat = (
        base.transform_filter("datum.n > 0")
        .mark_rect(stroke=_PAPER)
        .encode(
            color=alt.Color(
                "n:Q", scale=alt.Scale(type="sqrt", scheme="blues", domainMin=0), legend=alt.Legend(title="documents")
            )
        )
    )
    return _svg((silent + heat).properties(width=_WIDTH - 160, height=alt.Step(24)))


def sentiment(rows: Sequence[dict[str, Any]]) -> str:
    """Shares of each label by language group and kind; the number at the end is the group's n."""
    named = [
        row | {"group": f"{row['script']} · {row['kind']}s", "rank": list(SENTIMENTS).index(row["sentiment"])}
        for row in rows
    ]
    y = alt.Y("group:N", title=None, axis=alt.Axis(labelLimit=200))
    bars = (
        alt.Chart(_data(named))
        .mark_bar()
        .encode(
            y=y,
            x=alt.X(
                "sum(share):Q", title="share of documents", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])
            ),
            color=alt.Color("sentiment:N", scale=_colours(SENTIMENTS)),
            order=alt.Order("rank:Q"),
        )
    )
    totals = list({row["group"]: {"group": row["group"], "label": f"n = {row['total']}"} for row in named}.values())
    ends = (
        alt.Chart(_data(totals)).mark_text(align="left", dx=6, color=_INK).encode(y=y, x=alt.datum(1), text="label:N")
    )
    return _svg((bars + ends).properties(width=_WIDTH - 220, height=alt.Step(28)))


def themes(rows: Sequence[dict[str, Any]]) -> str:
    """Documents by theme, side by side for the languages."""
    order = sorted(
        {row["theme"] for row in rows},
        key=lambda theme: (-sum(row["n"] for row in rows if row["theme"] == theme), theme),
    )
    chart = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            y=alt.Y("theme:N", sort=order, title=None, axis=alt.Axis(labelLimit=240)),
            x=alt.X("n:Q", title="documents (one may have several themes)"),
            color=alt.Color("script:N", scale=_colours(LANGUAGES)),
        )
    )
    return _svg(chart.properties(width=_WIDTH - 220, height=alt.Step(24)))
