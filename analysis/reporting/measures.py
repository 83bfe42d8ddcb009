"""The numbers of a report, counted from a snapshot; no picture, no page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.charts.days import day_of
from analysis.reporting.collection import beside, ledger, replies, stages, ways
from analysis.reporting.counting import Row, counted, exploded, floored, language_group, mapped, shares
from analysis.reporting.coverage import coverage, named_sources
from analysis.reporting.lasting import lasting
from analysis.reporting.mentions import Mentions, mentions
from analysis.reporting.readings import Readings, beside_irony, readings, with_irony
from analysis.reporting.reuse import clusters, completeness, copies, reuse
from corpus.errors import UserError
from corpus.snapshot import Snapshot
from corpus.study import Event, Study, Window, load_events

KINDS = ("article", "turn", "post", "comment")
_ALWAYS = frozenset({"article", "post", "comment"})
"""Kinds that a report tells also where there are none."""
SCRIPTS = ("zh", "en", "mixed", "other")
_WIDE = (
    "id",
    "source_id",
    "platform",
    "kind",
    "day_shanghai",
    "published_at",
    "published_precision",
    "language",
    "author_key",
    "sentiment",
    "themes",
    "comments",
    "comments_captured",
    "cluster_id",
    "copy_role",
    "reply_to",
)
_TABLES = frozenset({"clusters", "availability", "permissions", "flow", "media"})


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows, as plain rows; `n` of a group is the number of documents that it rests on."""

    flow: list[Row]
    rejections: list[Row]
    layouts: list[Row]
    """Sources whose own selectors and the generic reading part, or find nothing, on some pages."""
    sources: list[Row]
    coverage: list[Row]
    volume: list[Row]
    kinds: list[Row]
    languages: list[Row]
    """By kind and group of languages."""
    tongues: list[Row]
    """By language, as the corpus has it."""
    sentiment: list[Row]
    sentiment_days: list[Row]
    themes: list[Row]
    theme_days: list[Row]
    held_back: Mapping[str, int]
    """Labelled posts and comments that a figure leaves out, because their group has fewer than K authors."""
    reuse: Row
    clusters: list[Row]
    copies: list[Row]
    completeness: list[Row]
    replies: list[Row]
    beside: list[Row]
    found: list[Row]
    readings: Readings
    mentions: Mentions
    permissions: list[Row]
    ledger: list[Row]
    stages: list[Row]
    reached: list[Row]
    """By source: what was known of, what was had, what was read."""
    states: list[Row]
    again: Row
    estimates: list[Row]
    events: list[Event]
    """Those of the window; lines in the figures carry their place in this list, from 1."""
    other_events: list[Event]
    window: Window
    undated: int
    outside: int
    """Dated documents of days outside the study's window: counted, in no picture over time."""
    documents: int
    dictionary: Mapping[str, list[Row]]


def figures(study: Study, snapshot: Snapshot) -> Figures:
    """Count the snapshot. Days are days of Asia/Shanghai; documents without a date are told apart, never guessed.

    Raises UserError where the snapshot was made by a version whose tables were others.
    """
    wide = with_irony(snapshot, _wide(snapshot))
    window = study.file.window
    days = [date.fromordinal(number) for number in range(window.start.toordinal(), window.end.toordinal() + 1)]
    day = wide.column("day_shanghai")
    inside = wide.filter(pc.fill_null(pc.and_(pc.greater_equal(day, days[0]), pc.less_equal(day, days[-1])), False))
    captures = snapshot.table(
        "captures", ["source_id", "outcome", "permission", "permission_rule", "format", "fetched_at"]
    )
    sources = named_sources(snapshot, captures, wide)
    names = {row["id"]: row["label"] for row in sources}
    sentiment, sentiment_days, held = _sentiment(wide, inside)
    themes, theme_days, held_themes = _themes(wide, inside, days)
    within, others = _events(study, window)
    every_stage, reached = stages(snapshot, names)
    lasted = lasting(snapshot, wide, names)
    return Figures(
        flow=_flow(snapshot.manifest["counts"], wide),
        rejections=_rejections(snapshot.manifest["counts"]["rejections"]),
        layouts=_layouts(snapshot.manifest["counts"].get("layouts", {}), names),
        sources=sources,
        coverage=coverage([row for row in sources if row["kind"] != "archive"], inside, days),
        volume=_volume(inside, days),
        kinds=_ordered(counted(wide, ["kind"])),
        languages=_ordered(counted(wide, ["kind", "script"])),
        tongues=sorted(counted(wide, ["language"]), key=lambda row: (-row["n"], row["language"] or "")),
        sentiment=sentiment,
        sentiment_days=sentiment_days,
        themes=themes,
        theme_days=theme_days,
        held_back=held | held_themes,
        reuse=reuse(wide),
        clusters=clusters(snapshot, wide, names),
        copies=copies(snapshot, wide, names),
        completeness=completeness(wide, names),
        replies=replies(wide, names),
        beside=beside(snapshot, wide, names),
        found=ways(snapshot),
        readings=readings(snapshot, wide),
        mentions=mentions(snapshot, wide, names),
        permissions=_permissions(captures),
        ledger=ledger(snapshot),
        stages=every_stage,
        reached=reached,
        states=lasted.states,
        again=lasted.again,
        estimates=lasted.estimates,
        events=within,
        other_events=others,
        window=window,
        undated=day.null_count,
        outside=wide.num_rows - inside.num_rows - day.null_count,
        documents=wide.num_rows,
        dictionary={name: snapshot.manifest["tables"][name]["columns"] for name in snapshot.tables},
    )


def _wide(snapshot: Snapshot) -> pa.Table:
    known = {column["name"] for column in snapshot.manifest["tables"].get("documents_wide", {"columns": []})["columns"]}
    if not known.issuperset(_WIDE) or not _TABLES.issubset(snapshot.tables):
        raise UserError(
            "this corpus was built by a version whose tables were others",
            where=snapshot.folder,
            hint="run `huanying build` and `huanying annotate`, then report again",
        )
    wide = snapshot.table("documents_wide", _WIDE)
    return wide.append_column("script", mapped(wide.column("language"), language_group))


def _ordered(rows: list[Row]) -> list[Row]:
    """Groups of languages and kinds in the order in which a report names them; a stable order of the rest."""

    def place(row: Row) -> tuple[int, int]:
        return SCRIPTS.index(row.get("script", "zh")), KINDS.index(row.get("kind", "article"))

    return sorted(rows, key=place)


def _events(study: Study, window: Window) -> tuple[list[Event], list[Event]]:
    path = study.document_file("events")
    events = load_events(path) if path else []
    within = [event for event in events if window.start <= event.date <= window.end]
    within.sort(key=day_of)  # of one day the earliest first
    return within, [event for event in events if event not in within]


def _flow(counts: Mapping[str, Any], wide: pa.Table) -> list[Row]:
    kinds = {row["kind"]: row["n"] for row in counted(wide, ["kind"])}
    shown = [kind for kind in KINDS if kind in kinds or kind in _ALWAYS]
    steps = [
        ("captures", counts["captures"]),
        ("with_documents", counts["captures_with_documents"]),
        ("rejected", counts["captures_rejected"]),
        ("readings", counts["readings"]),
        ("documents", counts["documents"]),
        *((kind, kinds.get(kind, 0)) for kind in shown),
        ("copies", counts["copies"]),
        ("listed_not_captured", counts["listed_not_captured"]),
    ]
    return [{"step": step, "n": n} for step, n in steps]


def _rejections(counts: Mapping[str, int]) -> list[Row]:
    rows = [dict(zip(("stage", "reason"), key.split("/", 1), strict=True)) | {"n": n} for key, n in counts.items()]
    return sorted(rows, key=lambda row: (-row["n"], row["stage"], row["reason"]))


def _layouts(counts: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> list[Row]:
    rows = [
        {
            "source": names.get(source, source),
            "parted": of["layout_parted"],
            "empty": of["layout_empty"],
            "n": sum(of.values()),
        }
        for source, of in counts.items()
    ]
    return [row for row in rows if row["parted"] or row["empty"]]


def _volume(inside: pa.Table, days: list[date]) -> list[Row]:
    """Documents per day of the window and kind; days without any are rows too, so that an axis cannot leave them out."""
    found = {(row["day_shanghai"], row["kind"]): row["n"] for row in counted(inside, ["day_shanghai", "kind"])}
    kinds = [kind for kind in KINDS if kind in _ALWAYS or any(kind == one for _, one in found)]
    return [{"day": day, "kind": kind, "n": found.get((day, kind), 0)} for day in days for kind in kinds]


def _sentiment(wide: pa.Table, inside: pa.Table) -> tuple[list[Row], list[Row], dict[str, int]]:
    columns = ["script", "kind", "author_key", "sentiment", "day_shanghai", "ironic"]
    labelled = wide.select(columns).filter(pc.is_valid(wide.column("sentiment")))
    kept, held = floored(labelled, ["script", "kind"])
    dated = inside.select(columns).filter(pc.is_valid(inside.column("sentiment")))
    of_days, held_days = floored(dated, ["day_shanghai", "script"])
    of_days = of_days.rename_columns({"day_shanghai": "day"})
    by_day = _ordered(shares(of_days, ("day", "script"), "sentiment"))
    by_day.sort(key=lambda row: row["day"])
    return (
        beside_irony(_ordered(shares(kept, ("script", "kind"), "sentiment")), kept, ("script", "kind")),
        beside_irony(by_day, of_days, ("day", "script")),
        {"sentiment": held, "sentiment_days": held_days},
    )


def _themes(wide: pa.Table, inside: pa.Table, days: list[date]) -> tuple[list[Row], list[Row], dict[str, int]]:
    """Documents per theme and group of languages with the share of the group's annotated documents; and per day."""
    columns = ["script", "kind", "author_key", "themes", "day_shanghai"]
    annotated, held = floored(wide.select(columns).filter(pc.is_valid(wide.column("themes"))), ["script"])
    totals = {row["script"]: row["n"] for row in counted(annotated, ["script"])}
    rows = counted(exploded(annotated, "themes", "theme"), ["theme", "script"])
    for row in rows:
        row["total"] = totals[row["script"]]
        row["share"] = row["n"] / row["total"]
    dated = inside.select(columns).filter(pc.is_valid(inside.column("themes")))
    of_days, held_days = floored(dated, ["day_shanghai"])
    each = counted(exploded(of_days, "themes", "theme"), ["theme", "day_shanghai"])
    found = {(row["theme"], row["day_shanghai"]): row["n"] for row in each}
    names = sorted({theme for theme, _ in found})
    by_day = [{"theme": theme, "day": day, "n": found.get((theme, day), 0)} for theme in names for day in days]
    return rows, by_day, {"themes": held, "theme_days": held_days}


def _permissions(captures: pa.Table) -> list[Row]:
    """Captures by decision and deciding rule, the most frequent first."""
    rows = counted(captures.select(["permission", "permission_rule"]), ["permission", "permission_rule"])
    return [
        {"permission": row["permission"] or "damaged", "rule": row["permission_rule"], "n": row["n"]}
        for row in sorted(rows, key=lambda row: (-row["n"], row["permission"] or "", row["permission_rule"] or ""))
    ]
