"""What the numbers of a report say in a sentence each, with the query that gives the same numbers from the snapshot."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from analysis.charts.days import day_of
from analysis.reporting import queries
from analysis.reporting.counting import Row
from analysis.reporting.measures import Figures

LEAST = 30
"""A share of fewer documents than this is no finding."""
LEAST_OF_DAY = 10
"""Nor does a day of fewer labelled texts of a language say anything of its tone."""
_HEADLINES = ("peak", "sources", "silence", "reuse", "comments", "checked", "tone", "themes", "languages")
_MOST = 8
_COMPARED = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement, of which `said` names the sentences in words.toml; a float in `values` is a share, 0 to 1.

    It rests on ``n`` of `unit`; `scope` names what it does not cover. `sql` is for DuckDB in the snapshot's folder: its
    one row has columns of `values` with the same content. What rests on the codes of `rounds` has none: the estimates of
    these hold its numbers.
    """

    key: str
    values: Mapping[str, Any]
    n: int
    figure: str
    sql: str
    scope: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    unit: str = "documents"
    rounds: tuple[str, ...] = ()


def findings(figures: Figures) -> dict[str, Finding]:
    """All that the data carry, by key; what rests on too few documents, or on a tie, is left out."""
    makers: Sequence[Callable[[Figures], Finding | None]] = (
        _peak,
        _sources,
        _silence,
        _reuse,
        _comments,
        _checked,
        _tone,
        _themes,
        _languages,
        _tone_days,
        _theme_days,
        _flow,
        _permission,
    )
    return {found.key: found for found in (make(figures) for make in makers) if found is not None}


def headlines(found: Mapping[str, Finding]) -> list[Finding]:
    """The findings that a report opens with, what people's codes correct first."""
    told = [one for one in found.values() if one.rounds]
    return [*told, *(found[key] for key in _HEADLINES if key in found and not found[key].rounds)][:_MOST]


def _summed(rows: Iterable[Row], key: str) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for row in rows:
        found[row[key]] += row["n"]
    return found


def _peak(figures: Figures) -> Finding | None:
    days = _summed(figures.volume, "day")
    total = days.total()
    if total < LEAST:
        return None
    day = min(days, key=lambda day: (-days[day], day))
    near = tuple(str(n) for n, event in enumerate(figures.events, 1) if 0 <= (day - day_of(event)).days <= 1)
    values = {"day": day, "n": days[day], "total": total, "share": days[day] / total, "events": near}
    said = ("peak", "peak.events") if near else ("peak", "peak.no_event") if figures.events else ("peak",)
    return Finding("peak", values, total, "volume", queries.peak(figures.window), ("undated",), said)


def _sources(figures: Figures) -> Finding | None:
    news = [row for row in figures.sources if row["kind"] == "news" and row["documents"]]
    total = sum(row["documents"] for row in news)
    if total < LEAST or len(news) < 2:
        return None
    top = 3 if len(news) > 4 else 1
    first = sorted(news, key=lambda row: (-row["documents"], row["id"]))[:top]
    values = {
        "top": top,
        "sources": len(news),
        "total": total,
        "share": sum(row["documents"] for row in first) / total,
        "names": tuple(row["name"] for row in first),
    }
    said = ("sources", "sources.many" if top > 1 else "sources.one")
    return Finding("sources", values, total, "sources", queries.sources(top), (), said)


def _silence(figures: Figures) -> Finding | None:
    sources = [row for row in figures.sources if row["state"] != "archive"]
    states = Counter(row["state"] for row in sources)
    asked = [row for row in figures.coverage if row["asked"]]
    if not asked:
        return None
    silent = sum(not row["n"] for row in asked)
    values = {
        "sources": len(sources),
        "gave": states["documents"],
        "nothing": states["nothing"],
        "refused": states["refused"],
        "not_asked": states["not_asked"],
        "asked_days": len(asked),
        "silent_days": silent,
        "share": silent / len(asked),
    }
    return Finding(
        "silence",
        values,
        len(asked),
        "coverage",
        queries.silence(figures.window),
        ("silence",),
        ("silence",),
        "source_days",
    )


def _reuse(figures: Figures) -> Finding | None:
    if figures.documents < LEAST:
        return None
    values: dict[str, Any] = {
        "documents": figures.reuse["documents"],
        "total": figures.documents,
        "share": figures.reuse["documents"] / figures.documents,
        "clusters": figures.reuse["clusters"],
    }
    widest = figures.clusters[0] if figures.clusters and figures.clusters[0]["sources"] > 1 else None
    said: tuple[str, ...] = ("reuse",)
    if widest:
        said += ("reuse.widest",) if widest["hours"] is None else ("reuse.widest", "reuse.hours")
        values |= {"texts": widest["documents"], "reached": widest["sources"], "first": widest["first_source"]}
        values |= {"hours": widest["hours"]} if widest["hours"] is not None else {}
    return Finding("reuse", values, figures.documents, "copies", queries.reuse(), ("copies",), said)


def _comments(figures: Figures) -> Finding | None:
    rows = figures.completeness
    declared, captured = (sum(row[name] for row in rows) for name in ("declared", "captured"))
    posts, complete = (sum(row[name] for row in rows) for name in ("posts", "complete"))
    if declared < LEAST:
        return None
    values = {
        "declared": declared,
        "captured": captured,
        "share": captured / declared,
        "posts": posts,
        "complete": complete,
    }
    return Finding("comments", values, posts, "completeness", queries.comments(), ("comments",), ("comments",), "posts")


def _checked(figures: Figures) -> Finding | None:
    n = figures.again
    if n["documents"] < LEAST:
        return None
    values = {name: n[name] for name in ("documents", "gone", "edited", "private")} | {
        "share": n["gone"] / n["documents"]
    }
    return Finding("checked", values, n["documents"], "states", queries.checked(), ("checks",), ("checked",), "checked")


def _tone(figures: Figures) -> Finding | None:
    """Tone of posts and comments; of articles where there are not enough posts and comments in both languages."""
    for about, kinds in (("public", ("post", "comment")), ("articles", ("article",))):
        rows = [row for row in figures.sentiment if row["kind"] in kinds]
        labels = {
            script: _summed((row for row in rows if row["script"] == script), "sentiment") for script in _COMPARED
        }
        if all(labels[script].total() >= LEAST for script in _COMPARED):
            values: dict[str, Any] = {}
            for script, counts in labels.items():
                total = counts.total()
                values[f"{script}_n"] = total
                values |= {f"{script}_{label}": counts[label] / total for label in ("positive", "negative")}
            total = sum(counts.total() for counts in labels.values())
            said, scope = (f"tone.{about}",), ("machine", "two_instruments")
            return Finding("tone", values, total, "sentiment", queries.tone(kinds), scope, said)
    return None


def _themes(figures: Figures) -> Finding | None:
    values: dict[str, Any] = {}
    for script in _COMPARED:
        rows = [row for row in figures.themes if row["script"] == script]
        most = max((row["n"] for row in rows), default=0)
        first = [row for row in rows if row["n"] == most]
        if len(first) != 1 or first[0]["total"] < LEAST:
            return None
        values |= {f"{script}_theme": first[0]["theme"], f"{script}_share": first[0]["share"]}
        values |= {f"{script}_n": first[0]["total"]}
    total = sum(values[f"{script}_n"] for script in _COMPARED)
    said = ("themes.same",) if values["zh_theme"] == values["en_theme"] else ("themes",)
    return Finding("themes", values, total, "themes", queries.themes(), ("machine", "subject"), said)


def _languages(figures: Figures) -> Finding | None:
    if figures.documents < LEAST:
        return None
    counts = _summed(figures.languages, "script")
    values = {script: counts[script] / figures.documents for script in ("zh", "en", "mixed", "other")}
    return Finding("languages", values, figures.documents, "languages", queries.languages(), (), ("languages",))


def _tone_days(figures: Figures) -> Finding | None:
    """Days of the few texts that say nothing are left out; a language with less than three other days is none to compare."""
    days: dict[tuple[str, date], Counter[str]] = {}
    for row in figures.sentiment_days:
        days.setdefault((row["script"], row["day"]), Counter())[row["sentiment"]] = row["n"]
    values, total = {"least": LEAST_OF_DAY}, 0
    for script in _COMPARED:
        of = [counts for (group, _), counts in days.items() if group == script and counts.total() >= LEAST_OF_DAY]
        if len(of) < 3:
            return None
        values[f"{script}_days"] = len(of)
        values[f"{script}_positive_days"] = sum(counts["positive"] > counts["negative"] for counts in of)
        total += sum(counts.total() for counts in of)
    sql = queries.tone_days(figures.window, LEAST_OF_DAY)
    return Finding("tone_days", values, total, "sentiment_days", sql, ("machine",), ("tone_days",))


def _theme_days(figures: Figures) -> Finding | None:
    totals = _summed(figures.theme_days, "theme")
    if not totals or max(totals.values()) < LEAST:
        return None
    theme = min(totals, key=lambda theme: (-totals[theme], theme))
    first = min((row for row in figures.theme_days if row["theme"] == theme), key=lambda row: (-row["n"], row["day"]))
    values = {"theme": theme, "day": first["day"], "n": first["n"], "total": totals[theme]}
    scope, said = ("machine", "subject"), ("theme_days",)
    sql = queries.theme_days(figures.window)
    return Finding("theme_days", values, totals[theme], "theme_days", sql, scope, said)


def _flow(figures: Figures) -> Finding | None:
    n = {row["step"]: row["n"] for row in figures.flow}
    if not n["captures"]:
        return None
    values = {name: n[name] for name in ("captures", "with_documents", "rejected", "documents")}
    return Finding("flow", values, n["captures"], "flow", queries.flow(), (), ("flow",), "captures")


def _permission(figures: Figures) -> Finding | None:
    n = _summed(figures.permissions, "permission")
    names = {"allowed": "allowed", "no-robots": "free", "asking": "robots", "own-capture": "own"}
    if not n or n.keys() - names.keys():
        return None  # a damaged record has none that could be read
    values = {"captures": n.total()} | {name: n[decision] for decision, name in names.items()}
    return Finding(
        "permission", values, n.total(), "permissions", queries.permission(), (), ("permission",), "captures"
    )
