"""What a report says in a sentence of names, quotations, quantities, stories, emotions, stances and signs of irony."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from analysis.reporting import probes
from analysis.reporting.corrections import Corrections
from analysis.reporting.findings import LEAST, Finding
from analysis.reporting.mentions import Mentions
from analysis.reporting.readings import NOT_GIVEN, Readings
from analysis.reporting.tables import Name, label_name

STANCES = ("welcoming", "worried", "hostile")
_COMPARED = ("zh", "en")
_UNCORRECTED = {
    "sentiment": ("tone", "tone_days"),
    "themes": ("themes", "theme_days"),
    "stance": ("stance",),
    "emotion": ("emotion",),
}
"""The findings by labels of an annotator alone; the first gives its key to the corrected one."""
_AT_MOST = 4


def corrected(
    found: Mapping[str, Finding], by_codes: Corrections, names: Mapping[str, Mapping[str, Name]]
) -> dict[str, Finding]:
    """The findings with corrected ones in place of those by labels alone, wherever people's codes correct the labels.

    ``names``: of each annotator, the study's names of its labels.
    """
    left = dict(found)
    for annotator, series in by_codes.series.items():
        for key in _UNCORRECTED.get(annotator, ()):
            left.pop(key, None)
        told = [(row.share, row.label) for row in series.of("all") if row.share is not None]
        if not told or annotator not in _UNCORRECTED:
            continue
        shares = tuple(
            replace(share, name=label_name(annotator, label, names.get(annotator, {})))
            for share, label in sorted(told, key=lambda one: (-one[0].value, one[1]))[:_AT_MOST]
        )
        key, values = _UNCORRECTED[annotator][0], {"size": series.size, "shares": shares}
        said = (f"corrected.{annotator}",)
        left[key] = Finding(key, values, series.coded, annotator, "", (), said, "coded", series.rounds)
    return left


def noted(readings: Readings, mentions: Mentions) -> dict[str, Finding]:
    """All that the annotators' tables carry, by key; what rests on too few documents, or on a tie, is left out."""
    makers: Sequence[Callable[[], Finding | None]] = (
        lambda: _stance(readings),
        lambda: _emotion(readings),
        lambda: _irony(readings),
        lambda: _names(mentions, readings.versions),
        lambda: _speakers(mentions, readings.versions),
        lambda: _amounts(mentions, readings.versions),
        lambda: _stories(mentions, readings.versions),
    )
    return {found.key: found for found in (make() for make in makers) if found is not None}


def _stance(readings: Readings) -> Finding | None:
    counts: Counter[str] = Counter()
    for row in readings.stance:
        counts[row["stance"]] += row["n"]
    total = counts.total()
    if total < LEAST or counts.keys() - {*STANCES, *NOT_GIVEN}:
        return None  # what a study's own codes taught has names of its own
    values: dict[str, Any] = {"total": total, "unknown": counts["abstain"] / total}
    values |= {label: counts[label] / total for label in ("none", *STANCES)}
    scope = ("machine", "rules_decline")
    return Finding(
        "stance", values, total, "stance", probes.stance(readings.versions["stance"]), scope, ("stance",), "written"
    )


def _emotion(readings: Readings) -> Finding | None:
    values: dict[str, Any] = {}
    for script in _COMPARED:
        rows = [row for row in readings.emotion if row["script"] == script and row["emotion"] not in NOT_GIVEN]
        most = max((row["n"] for row in rows), default=0)
        first = [row for row in rows if row["n"] == most]
        if len(first) != 1 or first[0]["total"] < LEAST:
            return None
        values |= {f"{script}_emotion": first[0]["emotion"], f"{script}_share": first[0]["share"]}
        values |= {f"{script}_n": first[0]["total"]}
    total = sum(values[f"{script}_n"] for script in _COMPARED)
    said = ("emotion.same",) if values["zh_emotion"] == values["en_emotion"] else ("emotion",)
    scope, sql = ("machine", "two_instruments"), probes.emotion(readings.versions["emotion"])
    return Finding("emotion", values, total, "emotion", sql, scope, said, "written")


def _irony(readings: Readings) -> Finding | None:
    total, cues = readings.irony["n"], readings.irony["cue"]
    if total < LEAST:
        return None
    values = {"total": total, "cues": cues, "share": cues / total}
    sql = probes.irony(readings.versions["ironic_cue"])
    return Finding("irony", values, total, "irony", sql, ("machine",), ("irony",), "written")


def _names(mentions: Mentions, versions: Mapping[str, str]) -> Finding | None:
    if mentions.named.get("documents", 0) < LEAST:
        return None
    values = {**mentions.named, "first": tuple(row["name"] for row in mentions.names[:3])}
    sql = probes.names(versions["entities"])
    return Finding("names", values, values["documents"], "names", sql, ("machine", "known_names"), ("names",))


def _speakers(mentions: Mentions, versions: Mapping[str, str]) -> Finding | None:
    values = dict(mentions.quoted)
    if values.get("articles", 0) < LEAST:
        return None
    values["direct"] /= values["utterances"]
    sql = probes.speakers(versions["quotes"], versions["entities"])
    return Finding("speakers", values, values["articles"], "speakers", sql, ("machine",), ("speakers",), "articles")


def _amounts(mentions: Mentions, versions: Mapping[str, str]) -> Finding | None:
    values = mentions.counted
    if values.get("articles", 0) < LEAST:
        return None
    sql = probes.amounts(versions["quantities"])
    scope = ("machine", "verbatim")
    return Finding("amounts", values, values["articles"], "amounts", sql, scope, ("amounts",), "articles")


def _stories(mentions: Mentions, versions: Mapping[str, str]) -> Finding | None:
    values = dict(mentions.told)
    if values.get("of", 0) < LEAST or not values["stories"]:
        return None
    values["share"] = values["articles"] / values["of"]
    sql = probes.stories(versions["story"])
    return Finding("stories", values, values["of"], "stories", sql, ("machine", "story"), ("stories",), "articles")
