"""All pictures of a report in one language, wide and narrow, each seen through for what could run or reach out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from lxml import etree
from markupsafe import Markup

from analysis import charts
from analysis.reporting.corrections import DAYS, Corrected, Corrections, Series
from analysis.reporting.counting import Row, language_group
from analysis.reporting.measures import Figures
from analysis.reporting.readings import NOT_GIVEN
from analysis.reporting.shown import visible
from analysis.reporting.tables import Name, label_name
from analysis.reporting.words import Words

Picture = tuple[Markup, Markup]
"""For wide pages and for narrow ones."""
SERIES = {
    "sentiment": "sentiment",
    "sentiment_days": "sentiment",
    "themes": "themes",
    "theme_days": "themes",
    "emotion": "emotion",
    "stance": "stance",
}
"""The figures that show labels of whole documents, and whose labels."""
_DRAWN = frozenset("svg g path line rect circle polygon polyline text tspan title desc".split())
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def pictures(
    figures: Figures, themes: Mapping[str, Name], emotions: Mapping[str, Name], by_codes: Corrections, words: Words
) -> dict[str, Picture]:
    """Pictures by name; none where there is nothing to show.

    Where people's codes correct the labels of a figure NAME, it is grey, and `corrected_NAME` beside it is not.
    """
    series = by_codes.series
    there = {
        name: tuple(charts.greyed(svg) if SERIES.get(name) in series else svg for svg in (draw(False), draw(True)))
        for name, (there_is, draw) in _drawn(figures, themes, emotions, words).items()
        if there_is
    }
    for annotator, one in series.items():
        there |= _corrected(annotator, one, figures, {"themes": themes, "emotion": emotions}.get(annotator, {}), words)
    return {name: (checked(wide), checked(narrow)) for name, (wide, narrow) in there.items()}


def _drawn(
    figures: Figures, themes: Mapping[str, Name], emotions: Mapping[str, Name], words: Words
) -> dict[str, tuple[bool, Callable[[bool], str]]]:
    """What was counted: of each picture whether there is anything to show, and what draws it."""
    events, window = figures.events, figures.window

    def label(rows: Sequence[Row], key: str = "theme", names: Mapping[str, Name] = themes) -> list[Row]:
        said = {name: one.said(words.language) for name, one in names.items()}
        return [row | {"theme": said.get(row[key]) or words.named(key, row[key])} for row in rows]

    def titled(rows: Sequence[Row]) -> list[Row]:
        return [row | {"cluster": f"{row['cluster']} · {names[row['cluster']]}"} for row in rows]

    # A window begins and ends where it does, also where no text was written then.
    ends = [{"day": day, "script": "", "sentiment": "", "n": 0, "total": 0} for day in (window.start, window.end)]
    felt = label([row for row in figures.readings.emotion if row["emotion"] not in NOT_GIVEN], "emotion", emotions)
    taken = figures.readings.stance
    names = {n: row["title"] or row["first_source"] for n, row in enumerate(figures.clusters, 1)}
    return {
        "volume": (
            any(row["n"] for row in figures.volume),
            lambda narrow: charts.volume(_clean(figures.volume), events, words, narrow),
        ),
        "coverage": (
            bool(figures.coverage),
            lambda narrow: charts.coverage(_clean(figures.coverage), events, words, narrow),
        ),
        "sentiment": (
            bool(figures.sentiment),
            lambda narrow: charts.sentiment(_clean(figures.sentiment), words, narrow),
        ),
        "sentiment_days": (
            bool(figures.sentiment_days),
            lambda narrow: charts.sentiment_days(_clean([*figures.sentiment_days, *ends]), events, words, narrow),
        ),
        "themes": (bool(figures.themes), lambda narrow: charts.themes(_clean(label(figures.themes)), words, narrow)),
        "theme_days": (
            bool(figures.theme_days),
            lambda narrow: charts.theme_days(_clean(label(figures.theme_days)), events, words, narrow),
        ),
        "emotion": (bool(felt), lambda narrow: charts.emotion(_clean(felt), words, narrow)),
        "stance": (bool(taken), lambda narrow: charts.stance(_clean(taken), words, narrow)),
        "copies": (bool(figures.copies), lambda narrow: charts.copies(_clean(titled(figures.copies)), words, narrow)),
        "stages": (bool(figures.reached), lambda narrow: charts.stages(_clean(figures.reached), words, narrow)),
        "states": (bool(figures.states), lambda narrow: charts.states(_clean(figures.states), words, narrow)),
        "remaining": (
            any(len(row["points"]) > 1 for row in figures.estimates),
            lambda narrow: charts.remaining(_clean(figures.estimates), words, narrow),
        ),
        "completeness": (
            any(row["declared"] for row in figures.completeness),
            lambda narrow: charts.completeness(_clean(figures.completeness), words, narrow),
        ),
    }


def _corrected(
    annotator: str, series: Series, figures: Figures, names: Mapping[str, Name], words: Words
) -> dict[str, tuple[str, str]]:
    """The pictures of a corrected series: by language, and by phase where a phase has a corrected figure."""
    rows = [_row(row, series, names, words) for row in series.of("all", "language")]
    if annotator in ("themes", "emotion"):
        rows.sort(key=lambda row: row["label"])
    made: dict[str, Callable[[bool], str]] = {
        f"corrected_{annotator}": lambda narrow: charts.corrected(_clean(rows), annotator, words, narrow)
    }
    if series.phased and annotator in DAYS:
        name, points = DAYS[annotator], _daily(figures) if annotator == "sentiment" else []
        steps = [_row(row, series, names, words) for row in series.of("phase")]
        steps.sort(key=lambda row: row["label"])
        made[f"corrected_{name}"] = lambda narrow: charts.phased(
            _clean(steps), points, figures.events, words, name, narrow
        )
    return {name: (draw(False), draw(True)) for name, draw in made.items()}


def _row(row: Corrected, series: Series, names: Mapping[str, Name], words: Words) -> Row:
    """A corrected share as pictures take it."""
    low, high = (row.share and row.share.interval) or (None, None)
    spans = {one.number: {"first": one.first, "last": one.last} for one in series.phases}
    return {
        "label": row.label,
        "name": label_name(series.annotator, row.label, names).said(words.language),
        "kind": row.kind,
        "place": words("corrected.all") if row.part is None else words.named("language", row.part),
        "script": language_group(row.part) if row.kind == "language" else "",
        "naive": row.alone.value,
        "share": row.share and row.share.value,
        "low": low,
        "high": high,
        "n": row.n,
    } | (spans[str(row.part)] if row.kind == "phase" else {})


def _daily(figures: Figures) -> list[Row]:
    """By day the labels of tone of all languages, and how many texts bear one."""
    totals: Counter[date] = Counter()
    found: Counter[tuple[str, date]] = Counter()
    for row in figures.sentiment_days:
        totals[row["day"]] += row["n"]
        found[row["sentiment"], row["day"]] += row["n"]
    labels = {label for label, _ in found}
    return [
        {"label": label, "day": day, "n": found[label, day], "total": n}
        for label in labels
        for day, n in totals.items()
    ]


def _clean(rows: Sequence[Row]) -> list[Row]:
    return [{key: visible(value) if isinstance(value, str) else value for key, value in row.items()} for row in rows]


def checked(svg: str) -> Markup:
    """The picture as it came; raises ValueError where it holds what could run, reach out or meet another's id."""
    if "<![CDATA[" in svg:
        raise ValueError("a picture holds CDATA, which HTML reads otherwise")
    for element in etree.fromstring(svg.encode(), _PARSER).iter():
        if not isinstance(element.tag, str) or etree.QName(element).localname not in _DRAWN:
            raise ValueError(f"a picture holds {element.tag}")
        for name, value in element.attrib.items():
            plain = etree.QName(name).localname.lower()
            if plain.startswith("on") or plain in ("href", "src", "id") or "url(" in str(value):
                raise ValueError(f"a picture holds {plain}={value!r}")
    return Markup(svg)
