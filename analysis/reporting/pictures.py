"""All pictures of a report in one language, wide and narrow, each seen through for what could run or reach out."""

from collections.abc import Callable, Mapping, Sequence

from lxml import etree
from markupsafe import Markup

from analysis import charts
from analysis.reporting.counting import Row
from analysis.reporting.measures import Figures
from analysis.reporting.readings import NOT_GIVEN
from analysis.reporting.shown import visible
from analysis.reporting.tables import Name
from analysis.reporting.words import Words

Picture = tuple[Markup, Markup]
"""For wide pages and for narrow ones."""
_DRAWN = frozenset("svg g path line rect circle polygon polyline text tspan title desc".split())
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def pictures(
    figures: Figures, themes: Mapping[str, Name], emotions: Mapping[str, Name], words: Words
) -> dict[str, Picture]:
    """Pictures by name; none where there is nothing to show."""
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
    drawn: dict[str, tuple[bool, Callable[[bool], str]]] = {
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
    return {name: (_checked(draw(False)), _checked(draw(True))) for name, (there_is, draw) in drawn.items() if there_is}


def _clean(rows: Sequence[Row]) -> list[Row]:
    return [{key: visible(value) if isinstance(value, str) else value for key, value in row.items()} for row in rows]


def _checked(svg: str) -> Markup:
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
