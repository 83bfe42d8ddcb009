"""Write the report: one self-contained page in two languages, from the newest snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup

from analysis.charts.days import day_of
from analysis.reporting.corrections import DAYS, LEAST_CODED, Corrections, corrections
from analysis.reporting.counting import K
from analysis.reporting.coverage import SHANGHAI
from analysis.reporting.downloads import csv_text, data_address
from analysis.reporting.findings import LEAST, Finding, findings, headlines
from analysis.reporting.listed import by_codes, listed
from analysis.reporting.measures import Figures, figures
from analysis.reporting.method import write_method
from analysis.reporting.noted import corrected, noted
from analysis.reporting.pages import filled
from analysis.reporting.pictures import SERIES, Picture, pictures
from analysis.reporting.shown import cell, said, sentence
from analysis.reporting.tables import Claimed, Name, Table, label_name, named, tables
from analysis.reporting.words import LANGUAGES, Words
from analysis.signs.codebook import load_codebook
from analysis.signs.emotions import load_emotions
from corpus.disk import Disk
from corpus.snapshot import Snapshot, latest
from corpus.study import Study

ROWS = 120
"""So many rows of a table the page shows; the download has all."""
_NUMBERED = (
    "flow",
    "stages",
    "volume",
    "coverage",
    "sentiment",
    "sentiment_days",
    "themes",
    "theme_days",
    "emotion",
    "stance",
    "copies",
    "completeness",
    "states",
    "remaining",
)


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a page shows, whatever its language."""

    study: Study
    snapshot: Snapshot
    figures: Figures
    found: Mapping[str, Finding]
    tables: Mapping[str, Table]
    downloads: Mapping[str, str]
    themes: Mapping[str, Name]
    emotions: Mapping[str, Name]
    by_codes: Corrections


def write_report(study: Study, disk: Disk | None = None) -> Path:
    """Write ``report/index.html``, and beside it the page on method, each whole or not at all; the path of the first.

    A page asks no other host for anything, runs no script, and escapes every string that comes from the corpus.
    Raises UserError where there is no corpus.
    """
    snapshot = latest(study.corpus_folder)
    contents = gather(study, snapshot)
    page = render(contents)
    study.report_folder.mkdir(parents=True, exist_ok=True)
    path = study.report_folder / "index.html"
    (disk or Disk()).write_whole(path, page.encode())
    write_method(study, snapshot, disk, contents.by_codes.shown)
    return path


def gather(study: Study, snapshot: Snapshot) -> Contents:
    """Count and judge the snapshot."""
    counted = figures(study, snapshot)
    path = study.document_file("themes")
    themes = {
        theme.id: Name(theme.id, theme.label["en"], theme.label.get("zh_hans", theme.label["en"]))
        for theme in (load_codebook(path).theme if path else ())
    }
    felt = study.document_file("emotions")
    emotions = {
        one.id: Name(one.id, one.name.get("en", one.id), one.name.get("zh", one.id))
        for one in (load_emotions(felt).emotion if felt else ())
    }
    right, names = corrections(study, snapshot), {"themes": themes, "emotion": emotions}
    made = tables(counted, themes) | listed(counted.readings, counted.mentions, emotions) | by_codes(right, names)
    found = corrected(findings(counted) | noted(counted.readings, counted.mentions), right, names)
    downloads = {
        name: data_address(csv_text([_raw(c) for c in t.columns], map(_raws, t.rows))) for name, t in made.items()
    }
    return Contents(study, snapshot, counted, found, made, downloads, themes, emotions, right)


def render(contents: Contents) -> str:
    """The page as HTML."""
    pages = (_page(contents, Words(language)) for language in LANGUAGES)
    return filled("page.html.jinja", contents.study.file.study.title, pages)


def _raw(value: Any) -> Any:
    return value.raw if isinstance(value, Name) else value.value if isinstance(value, Claimed) else value


def _raws(row: tuple[Any, ...]) -> list[Any]:
    return [_raw(value) for value in row]


def _page(contents: Contents, words: Words) -> dict[str, Any]:
    """What the template of one language's page takes."""
    manifest, counted = contents.snapshot.manifest, contents.figures
    drawn: dict[str, Picture] = pictures(counted, contents.themes, contents.emotions, contents.by_codes, words)

    def w(key: str, /, **values: Any) -> Markup:
        return sentence(words, key, **values)

    def column(name: str | Name) -> Markup:
        return said(words, name) if isinstance(name, Name) else w(f"column.{name}")

    def finding(found: Finding, part: str, strong: bool = False) -> Markup:
        values = {name: _named(contents, name, value) for name, value in found.values.items()}
        return sentence(words, f"finding.{part}", strong=strong, **values)

    def title(name: str) -> Markup:
        if name in DAYS.values() and f"corrected_{name}" in contents.tables:
            return w(f"title.corrected.{name}")
        found = next((one for one in contents.found.values() if one.figure == name), None)
        return finding(found, f"{found.said[0]}.title") if found else w(f"title.{name}")

    return {
        "w": w,
        "column": column,
        "cell": lambda value: cell(words, value),
        "day_of": day_of,
        "finding": finding,
        "title": title,
        "scope": lambda name: w(f"scope.{name}", **_of_scopes(counted)),
        "lang": words.language,
        "about": contents.study.file,
        "figures": counted,
        "untold": _untold(counted, words),
        "pictures": drawn,
        "captions": {name: w(f"caption.{name}", **values) for name, values in _captions(counted).items()},
        "numbers": {name: number for number, name in enumerate(_NUMBERED, 1)},
        "found": contents.found,
        "by_codes": contents.by_codes,
        "series_of": SERIES,
        "corrected_names": _corrected_names(contents, words),
        "least_coded": LEAST_CODED,
        "headlines": headlines(contents.found),
        "tables": contents.tables,
        "downloads": contents.downloads,
        "flow": {row["step"]: row["n"] for row in counted.flow},
        "manifest": manifest,
        "ran": contents.figures.readings.versions,
        "captured": [_day(manifest["dates"].get(name)) for name in ("first_capture", "last_capture")],
        "file_stem": f"{contents.study.id}-{contents.snapshot.id[:8]}",
        "least": LEAST,
        "k": K,
        "most": ROWS,
    }


def _corrected_names(contents: Contents, words: Words) -> dict[str, tuple[str, ...]]:
    """Of each annotator the labels that have a corrected figure."""
    names = {"themes": contents.themes, "emotion": contents.emotions}
    return {
        annotator: tuple(
            label_name(annotator, row.label, names.get(annotator, {})).said(words.language)
            for row in series.of("all")
            if row.share is not None
        )
        for annotator, series in contents.by_codes.series.items()
    }


def _untold(counted: Figures, words: Words) -> list[dict[str, Any]]:
    """Why of some sources no share is estimated: one row a reason, with the sources' names."""
    found: dict[str, list[str]] = {}
    for row in counted.estimates:
        if row["reason"]:
            days = words("chart.days", n=int(row["lag"] // 24)) if row["reason"] == "late" else ""
            found.setdefault(row["reason"], []).append(f"{row['source']} ({days})" if days else row["source"])
    return [{"reason": reason, "names": tuple(names)} for reason, names in sorted(found.items())]


def _day(moment: str | None) -> date | None:
    return datetime.fromisoformat(moment).astimezone(SHANGHAI).date() if moment else None


def _named(contents: Contents, name: str, value: Any) -> Any:
    if name.endswith("emotion"):
        return contents.emotions.get(value) or named("emotion", value)
    return contents.themes.get(value, value) if name.endswith("theme") else value


def _of_scopes(counted: Figures) -> dict[str, int]:
    unknown = sum(row["unknown"] for row in counted.completeness)
    return {"undated": counted.undated, "outside": counted.outside, "unknown": unknown}


def _captions(counted: Figures) -> dict[str, dict[str, int]]:
    """The numbers in the caption of each figure."""

    def n(name: str, key: str = "n") -> int:
        return sum(row[key] for row in getattr(counted, name))

    scopes = _of_scopes(counted)
    held = counted.held_back
    told = counted.readings
    read = {row["script"]: row["total"] for row in told.emotion}
    annotated = {(row["script"]): row["total"] for row in counted.themes}
    return {
        "flow": {"listed": next(row["n"] for row in counted.flow if row["step"] == "listed_not_captured")},
        "volume": scopes | {"n": n("volume"), "documents": counted.documents},
        "coverage": {"n": n("coverage")},
        **{name: {} for name in ("names", "speakers", "amounts", "stories")},
        "sources": {"n": counted.documents},
        "languages": {"n": counted.documents},
        "sentiment": {"n": n("sentiment"), "held": held["sentiment"], "k": K},
        "sentiment_days": {"n": n("sentiment_days"), "held": held["sentiment_days"], "k": K},
        "themes": {"n": sum(annotated.values()), "held": held["themes"], "k": K},
        "theme_days": {"n": n("theme_days"), "held": held["theme_days"], "k": K},
        "emotion": {"n": sum(read.values()), "held": told.held_back["emotion"], "k": K},
        "stance": {"n": sum(row["n"] for row in told.stance), "held": told.held_back["stance"], "k": K},
        "copies": {"n": len(counted.clusters), "shown": len({row["cluster"] for row in counted.copies})},
        "completeness": scopes | {"n": n("completeness", "posts")},
        "permissions": {"n": n("permissions")},
        "ledger": {"n": n("ledger")},
        "stages": {},
        "states": {"n": sum(row["n"] for row in counted.states), "again": counted.again["documents"]},
        "remaining": {"n": sum(row["rechecked"] for row in counted.estimates if row["points"])},
    }
