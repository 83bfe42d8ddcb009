"""Write the report: one self-contained page with every figure's n, from the newest snapshot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis import charts
from analysis.codebook import load_codebook
from analysis.measures import Figures, figures
from corpus.disk import Disk
from corpus.snapshot import latest
from corpus.study import Study

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def write_report(study: Study, disk: Disk | None = None) -> Path:
    """Write ``report/index.html``, whole or not at all, and return its path.

    The page asks no other host for anything, runs no script, and escapes every string that comes from the corpus.
    Raises UserError where there is no corpus.
    """
    snapshot = latest(study.corpus_folder)
    counted = figures(study, snapshot)
    page = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            study=study.file,
            manifest=snapshot.manifest,
            figures=counted,
            pictures=_pictures(study, counted),
            sentiment_table=_pivot(
                counted.sentiment, ("script", "kind"), "sentiment", ("negative", "neutral", "positive", "abstain")
            ),
            themes_table=_pivot(_named_themes(study, counted), ("theme",), "script", ("zh", "en", "mixed", "other")),
            languages_table=_pivot(counted.languages, ("kind",), "script", ("zh", "en", "mixed", "other")),
        )
    )
    study.report_folder.mkdir(parents=True, exist_ok=True)
    path = study.report_folder / "index.html"
    (disk or Disk()).write_whole(path, page.encode())
    return path


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _pictures(study: Study, counted: Figures) -> dict[str, Markup]:
    """SVG by name; no picture where there is nothing to show."""
    window = study.file.window
    drawn = (
        {"volume": charts.volume(counted.volume, counted.events, window.start.isoformat(), window.end.isoformat())}
        if any(row["n"] for row in counted.volume)
        else {}
    )
    if counted.coverage:
        drawn["coverage"] = charts.coverage(counted.coverage)
    if counted.sentiment:
        drawn["sentiment"] = charts.sentiment(counted.sentiment)
    if counted.themes:
        drawn["themes"] = charts.themes(_named_themes(study, counted))
    # The SVG is the drawing library's, which escapes the text in it.
    return {name: Markup(svg) for name, svg in drawn.items()}


def _named_themes(study: Study, counted: Figures) -> list[dict[str, Any]]:
    path = study.document_file("themes")
    names = {theme.id: theme.label["en"] for theme in load_codebook(path).theme} if path else {}
    return [row | {"theme": names.get(row["theme"], row["theme"])} for row in counted.themes]


def _pivot(rows: Sequence[dict[str, Any]], keys: Sequence[str], across: str, order: Sequence[str]) -> dict[str, Any]:
    """A table of counts with one row a group and one column a label, and each row's n."""
    columns = [name for name in order if any(row[across] == name for row in rows)]
    groups: dict[tuple[str, ...], dict[str, int]] = {}
    for row in rows:
        groups.setdefault(tuple(str(row[key]) for key in keys), {})[row[across]] = row["n"]
    body = [
        {"group": " · ".join(group), "cells": [cells.get(c, 0) for c in columns], "n": sum(cells.values())}
        for group, cells in groups.items()
    ]
    return {
        "columns": columns,
        "rows": sorted(body, key=lambda row: (-row["n"], row["group"])) if across == "script" else body,
    }
