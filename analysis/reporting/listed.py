"""The tables of a report that hold what annotators said: labels by group, names, speakers, quantities, stories."""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.reporting.corrections import DAYS, Corrected, Corrections, Series
from analysis.reporting.counting import Row
from analysis.reporting.measures import SCRIPTS
from analysis.reporting.mentions import EVIDENCE, NAMED, Mentions
from analysis.reporting.noted import STANCES
from analysis.reporting.readings import NOT_GIVEN, Readings
from analysis.reporting.tables import Name, Table, label_name, named, own_name, pivot, share_of, value_name
from analysis.reporting.words import LANGUAGES, Words

_CORRECTED = ("part", "label", "corrected", "low", "high", "coded", "alone", "claim")
_AT_MOST = 8
"""So many subjects, units or bounds of one row are told; the download has no more either."""


def listed(readings: Readings, mentions: Mentions, emotions: Mapping[str, Name]) -> dict[str, Table]:
    """All of them by name, also those without rows; ``emotions``: names of the study's emotions by id."""
    made = (
        _emotion(readings.emotion, emotions),
        pivot("stance", readings.stance, ("script", "kind"), "stance", stances(readings.stance), total=True),
        _names(mentions.names),
        _speakers(mentions.speakers),
        _amounts(mentions.amounts),
        _stories(mentions.stories),
    )
    return {table.name: table for table in made}


def by_codes(found: Corrections, names: Mapping[str, Mapping[str, Name]]) -> dict[str, Table]:
    """One table for each annotator whose labels people's codes correct; ``names``: of each, the study's names of labels."""
    made: dict[str, Table] = {}
    for annotator, series in found.series.items():
        days = DAYS.get(annotator) if series.phased else None
        for row in series.rows:
            low, high = (row.share and row.share.interval) or (None, None)
            head = (_part(row, series), label_name(annotator, row.label, names.get(annotator, {})))
            name = f"corrected_{days if days and row.kind == 'phase' else annotator}"
            table = made.setdefault(name, Table(name, _CORRECTED, [], 2))
            table.rows.append((*head, row.share, low, high, row.n, row.alone, row.share.claim if row.share else None))
    return made


def _part(row: Corrected, series: Series) -> Name:
    if row.kind == "language":
        return value_name("language", str(row.part))
    if row.kind == "all":
        return Name("all", *(Words(language)("corrected.all") for language in LANGUAGES))
    phase = next(one for one in series.phases if one.number == row.part)
    said = (
        Words(language)(
            "corrected.phase", n=row.part, first=Words(language).day(phase.first), last=Words(language).day(phase.last)
        )
        for language in LANGUAGES
    )
    return Name(f"phase-{row.part}", *said)


def stances(rows: Sequence[Row]) -> tuple[str, ...]:
    """The stances that were given in one order: those of the rules, those that a study's codes taught, none, unknown."""
    found = {row["stance"] for row in rows}
    return (*STANCES, *sorted(found - {*STANCES, *NOT_GIVEN}), *NOT_GIVEN)


def _emotion(rows: Sequence[Row], emotions: Mapping[str, Name]) -> Table:
    scripts = [script for script in SCRIPTS if any(row["script"] == script for row in rows)]
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row["emotion"], {})[row["script"]] = row
    columns: list[str | Name] = ["emotion"]
    for script in scripts:
        name = value_name("script", script)
        columns += [name, share_of(script, name)]
    body = []
    sums = {emotion: sum(row["n"] for row in of.values()) for emotion, of in found.items()}
    for emotion in sorted(found, key=lambda one: (one in NOT_GIVEN, -sums[one], one)):
        cells: list[Any] = [emotions.get(emotion) or named("emotion", emotion)]
        for script in scripts:
            of = found[emotion].get(script)
            cells += [of["n"], of["share"]] if of else [0, 0.0]
        body.append((*cells, sums[emotion]))
    ironic = {row["script"]: row["ironic"] for row in rows}
    if any(share is not None for share in ironic.values()):
        body.append((named("emotion", "ironic"), *(cell for one in scripts for cell in (None, ironic[one])), None))
    return Table("emotion", (*columns, "n"), body)


def _names(rows: Sequence[Row]) -> Table:
    ordered = sorted(rows, key=lambda row: NAMED.index(row["kind"]))
    body = [(named("named", r["kind"]), r["name"], r["mentions"], r["documents"], r["sources"]) for r in ordered]
    return Table("names", ("named", "name", "mentions", "documents", "sources"), body, 2)


def _speakers(rows: Sequence[Row]) -> Table:
    columns = ("utterances", "direct", "partial", "indirect", "articles", "sources")
    body = [(r["name"], *(r[c] for c in columns), named("named", r["kind"]), r["role"]) for r in rows]
    return Table("speakers", ("name", *columns, "named", "role"), body)


def _amounts(rows: Sequence[Row]) -> Table:
    body = [
        (
            number_text(row["value"]),
            named("amount", row["amount_kind"]),
            _together(row["subjects"]),
            _together([(value_name("bound", bound), n) for bound, n in row["bounds"]]),
            _together(row["units"]),
            row["articles"],
            row["sources"],
        )
        for row in rows
    ]
    return Table("amounts", ("amount", "amount_kind", "subjects", "bounds", "units", "articles", "sources"), body)


def number_text(value: float) -> str:
    """A number as a person writes it: 700,000; 3.5."""
    return f"{value:,.12g}" if abs(value) < 1e12 else f"{value:.6g}"


def _together(counts: Sequence[tuple[str | Name, int]]) -> Name:
    """Values side by side, each with how often it stands there."""
    shown = [(one if isinstance(one, Name) else own_name(one), n) for one, n in counts[:_AT_MOST]]
    rest = f" · +{len(counts) - _AT_MOST}" if len(counts) > _AT_MOST else ""

    def joined(texts: Sequence[str]) -> str:
        return " · ".join(f"{text} ×{n}" if n > 1 else text for text, (_, n) in zip(texts, shown, strict=True)) + rest

    raw, en, zh = (joined([texts[place] for texts in ((o.raw, o.en, o.zh) for o, _ in shown)]) for place in range(3))
    return Name(raw, en, zh)


def _stories(rows: Sequence[Row]) -> Table:
    columns = ("title", "first_source", "first_day", "articles", "sources")
    body = [
        (n, *(row[c] for c in columns), *(own_name(" · ".join(_shared(kind, row[kind]))) for kind in EVIDENCE))
        for n, row in enumerate(rows, 1)
    ]
    return Table("stories", ("number", *columns, *EVIDENCE), body, 2)


def _shared(kind: str, signs: Sequence[tuple[str, int]]) -> Sequence[str]:
    """What articles share; a figure, which comes as its kind and number, as a person writes it."""
    if kind != "figures":
        return [said for said, _ in signs]
    return [number_text(float(said.rpartition(" ")[2])) for said, _ in signs]
