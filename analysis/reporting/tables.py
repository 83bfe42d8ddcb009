"""The tables of a report, each for reading in two languages and for downloading as it is in the data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.reporting.counting import Row
from analysis.reporting.measures import KINDS, SCRIPTS, Figures
from analysis.reporting.words import Language, Words
from corpus.intake import FILES

_WORDY = frozenset("title rule owner_source reason value origin subjects role quotations".split())
SENTIMENTS = ("negative", "neutral", "positive", "abstain")


@dataclass(frozen=True, slots=True)
class Name:
    """A value with a name in each language; downloads hold ``raw``."""

    raw: str
    en: str
    zh: str

    def said(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Claimed:
    """A share that the estimates hold as ``claim``; in a sentence its label's name and its interval go with it."""

    value: float
    claim: str
    interval: tuple[float, float] | None = None
    name: Name | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are keys of words (`column.<name>`) or Names; a cell is text, a number, a share (float), a day, a list,
    a Name or null. The first `heads` cells of a row name it."""

    name: str
    columns: tuple[str | Name, ...]
    rows: list[tuple[Any, ...]]
    heads: int = 1

    @property
    def wordy(self) -> list[bool]:
        """Of each column, whether it holds texts that want room."""
        return [name in _WORDY for name in self.columns]

    @property
    def numbers(self) -> list[bool]:
        """Of each column, whether it holds numbers."""
        return [
            any(isinstance(row[place], int | float | Claimed) for row in self.rows)
            for place in range(len(self.columns))
        ]


def named(group: str, value: str | None) -> Name | None:
    """A value of a vocabulary by its names in words.toml; itself where it has none."""
    return None if value is None else Name(value, Words("en").named(group, value), Words("zh").named(group, value))


def label_name(annotator: str, label: str, names: Mapping[str, Name]) -> Name:
    """A label of an annotator by the study's ``names``, else by those of words.toml."""
    return names.get(label) or named(annotator, label) or own_name(label)


def tables(figures: Figures, themes: Mapping[str, Name]) -> dict[str, Table]:
    """All tables by name; ``themes`` are the names of themes by id."""
    made = (
        _plain("flow", ("step", "n"), figures.flow, step="step"),
        _rejections(figures),
        pivot("volume", figures.volume, ("day",), "kind", KINDS),
        _events(figures),
        _coverage(figures),
        _sources(figures),
        pivot("languages", figures.languages, ("kind",), "script", SCRIPTS, total=True),
        _plain("tongues", ("language", "n"), figures.tongues, language="language"),
        pivot("sentiment", figures.sentiment, ("script", "kind"), "sentiment", SENTIMENTS, total=True),
        pivot("sentiment_days", figures.sentiment_days, ("day", "script"), "sentiment", SENTIMENTS, total=True),
        _themes(figures, themes),
        _theme_days(figures, themes),
        _clusters(figures),
        _completeness(figures),
        _plain("permissions", ("permission", "rule", "n"), figures.permissions, heads=2, permission="permission"),
        _plain(
            "ledger", ("origin", "decision", "reason", "rule", "robots_digest", "first", "last", "n"), figures.ledger, 1
        ),
        _plain("stages", ("source", "stage", "reason", "items"), figures.stages, 2, stage="stage", reason="reason"),
        _plain("replies", ("source", "roots", "declared", "captured"), figures.replies),
        _plain("beside", ("source", "medium", "documents", "n", "described"), figures.beside, 2, medium="medium"),
        _plain("states", ("source", "state", "n", "total"), figures.states, 2, state="availability"),
        _remaining(figures),
        _plain("found", ("found_by", "value", "n", "only"), figures.found, 2, found_by="found_by"),
        _dictionary(figures),
    )
    return {table.name: table for table in made}


def _plain(name: str, columns: tuple[str, ...], rows: Iterable[Row], heads: int = 1, **groups: str) -> Table:
    """The rows as they are; ``groups`` tells by which vocabulary the values of a column are named."""
    return Table(
        name,
        columns,
        [tuple(named(groups[c], row[c]) if c in groups else row[c] for c in columns) for row in rows],
        heads,
    )


def _rejections(figures: Figures) -> Table:
    def reason(value: str) -> Name | None:
        status = value.removeprefix("http_")
        if status == value or not status.isdecimal():
            return named("reason", value)
        return Name(value, *(Words(language)("reason.http", status=status) for language in ("en", "zh")))

    rows = [(row["stage"], reason(row["reason"]), row["n"]) for row in figures.rejections]
    return Table("rejections", ("stage", "reason", "n"), rows, 2)


def pivot(
    name: str, rows: Sequence[Row], keys: tuple[str, ...], across: str, order: Sequence[str], total: bool = False
) -> Table:
    """Counts with one row a group and one column a value, values that never occur left out; beside them, where signs of
    irony were looked for, the share of the group's texts with one."""
    present = [value for value in order if any(row[across] == value and row["n"] for row in rows)]
    groups: dict[tuple[Any, ...], dict[str, int]] = {}
    ironic = {tuple(row[key] for key in keys): row.get("ironic") for row in rows}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), {})[row[across]] = row["n"]
    body = []
    for group, cells in groups.items():
        heads = tuple(
            named(key, value) if isinstance(value, str) else value for key, value in zip(keys, group, strict=True)
        )
        sums = [sum(cells.values())] if total else []
        beside = [ironic[group]] if any(share is not None for share in ironic.values()) else []
        body.append((*heads, *(cells.get(value, 0) for value in present), *sums, *beside))
    ends = [*(["n"] if total else []), *(["ironic"] if any(share is not None for share in ironic.values()) else [])]
    columns: tuple[str | Name, ...] = (*keys, *(value_name(across, value) for value in present), *ends)
    return Table(name, columns, body, len(keys))


def value_name(group: str, value: str) -> Name:
    """A value of a vocabulary by its names in words.toml."""
    return Name(value, Words("en").named(group, value), Words("zh").named(group, value))


def own_name(text: str) -> Name:
    """A text that is its own name in both languages."""
    return Name(text, text, text)


def share_of(script: str, name: Name) -> Name:
    """The head of a column of shares within a group of languages."""
    return Name(f"{script}_share", *(Words(w)("column.share_of", of=name.said(w)) for w in ("en", "zh")))


def _events(figures: Figures) -> Table:
    rows = [
        (number, event.date, event.zone, event.event, event.certainty, event.source)
        for number, event in enumerate(figures.events, 1)
    ]
    return Table("events", ("number", "date", "zone", "event", "certainty", "evidence"), rows)


def _coverage(figures: Figures) -> Table:
    sources = list(dict.fromkeys(row["source"] for row in figures.coverage))
    days: dict[Any, list[Any]] = {}
    for row in figures.coverage:
        unasked = row["state"] if row["state"] in ("refused", "not_asked") else "later"
        days.setdefault(row["day"], []).append(row["n"] if row["asked"] or row["n"] else named("cell", unasked))
    return Table("coverage", ("day", *map(own_name, sources)), [(day, *cells) for day, cells in days.items()])


def _sources(figures: Figures) -> Table:
    columns: tuple[str, ...] = (
        "documents",
        "share",
        "captures",
        "state",
        "kind",
        "owner",
        "owner_as_of",
        "owner_source",
    )
    columns += ("base_country", "languages")
    vocabularies = ("kind", "owner", "state")
    rows = []
    for row in figures.sources:
        told = {c: named(c, row[c]) if c in vocabularies else row[c] for c in columns}
        if (
            row["owner_source"] == FILES.owner_source
        ):  # a source of no study: what it holds in these columns says nothing
            told |= dict.fromkeys(("kind", "owner"), named("owner", "unclassified"))
            told |= dict.fromkeys(("owner_as_of", "owner_source", "base_country"))
        rows.append((row["label"], *told.values()))
    return Table("sources", ("name", *columns), rows)


def _themes(figures: Figures, themes: Mapping[str, Name]) -> Table:
    scripts = [script for script in SCRIPTS if any(row["script"] == script for row in figures.themes)]
    found: dict[str, dict[str, Row]] = {}
    for row in figures.themes:
        found.setdefault(row["theme"], {})[row["script"]] = row
    total = {theme: sum(row["n"] for row in of.values()) for theme, of in found.items()}
    columns: list[str | Name] = ["theme"]
    for script in scripts:
        name = value_name("script", script)
        columns += [
            name,
            share_of(script, name),
        ]
    rows = []
    for theme in sorted(found, key=lambda theme: (-total[theme], theme)):
        cells: list[Any] = [themes.get(theme, own_name(theme))]
        for script in scripts:
            of = found[theme].get(script)
            cells += [of["n"], of["share"]] if of else [0, 0.0]
        rows.append((*cells, total[theme]))
    return Table("themes", (*columns, "n"), rows)


def _theme_days(figures: Figures, themes: Mapping[str, Name]) -> Table:
    ids = sorted({row["theme"] for row in figures.theme_days})
    days: dict[Any, dict[str, int]] = {}
    for row in figures.theme_days:
        days.setdefault(row["day"], {})[row["theme"]] = row["n"]
    names = tuple(themes.get(theme, own_name(theme)) for theme in ids)
    return Table("theme_days", ("day", *names), [(day, *(cells[t] for t in ids)) for day, cells in days.items()])


def _clusters(figures: Figures) -> Table:
    columns = ("title", "first_source", "first_day", "documents", "equal", "edited", "sources", "languages", "hours")
    rows = [(n, *(row[c] for c in columns)) for n, row in enumerate(figures.clusters, 1)]
    return Table("clusters", ("number", *columns), rows, 2)


def _completeness(figures: Figures) -> Table:
    columns = ("source", "posts", "complete", "unknown", "declared", "captured")
    rows = [
        (*(row[c] for c in columns), row["captured"] / row["declared"] if row["declared"] else None)
        for row in figures.completeness
    ]
    return Table("completeness", (*columns, "share"), rows)


def _remaining(figures: Figures) -> Table:
    columns = ("source", "hours", "share", "low", "high", "n")
    rows = [
        (row["source"], *(point[c] for c in columns[1:5]), row["n"])
        for row in figures.estimates
        for point in row["points"]
    ]
    return Table("remaining", columns, rows, 2)


def _dictionary(figures: Figures) -> Table:
    columns = ("column", "type", "description", "personal")
    rows = [
        (table, of["name"], *(of[c] for c in columns[1:])) for table, all_ in figures.dictionary.items() for of in all_
    ]
    return Table("dictionary", ("table", *columns), rows, 2)
