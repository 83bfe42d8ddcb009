"""The numbers of a report, counted from a snapshot; no picture, no page."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from corpus.snapshot import Snapshot
from corpus.study import Event, Study, load_events

APART = ("none", "abstain", "not_applicable")
_WIDE = ("source_id", "source_name", "kind", "day_shanghai", "language", "sentiment", "themes", "is_copy", "platform")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that a report shows, as plain rows; `n` of a group is the number of documents that it rests on."""

    flow: list[Row]
    rejections: list[Row]
    sources: list[Row]
    coverage: list[Row]
    volume: list[Row]
    languages: list[Row]
    sentiment: list[Row]
    themes: list[Row]
    found: list[Row]
    permissions: list[Row]
    events: list[Event]
    undated: int
    outside: int
    """Dated documents of days outside the study's window: counted, in no picture over time."""
    documents: int
    dictionary: Mapping[str, list[Row]]


def figures(study: Study, snapshot: Snapshot) -> Figures:
    """Count the snapshot. Days are days of Asia/Shanghai; documents without a date are told apart, never guessed."""
    wide: list[Row] = snapshot.table("documents_wide", _WIDE).to_pylist()
    for row in wide:
        row["script"] = language_group(row["language"])
    dated = [row for row in wide if row["day_shanghai"]]
    captures: list[Row] = snapshot.table(
        "captures", ["source_id", "outcome", "permission", "permission_rule", "how", "found_by"]
    ).to_pylist()
    counts = snapshot.manifest["counts"]
    events_file = study.document_file("events")
    return Figures(
        flow=_flow(counts, wide),
        rejections=[
            {"reason": reason, "n": n}
            for reason, n in sorted(counts["rejections"].items(), key=lambda item: (-item[1], item[0]))
        ],
        sources=_sources(snapshot, wide, captures),
        coverage=_coverage(dated, snapshot, study),
        volume=_volume(dated, study),
        languages=counted(wide, ("kind", "script")),
        sentiment=_shares([row for row in wide if row["sentiment"]], ("script", "kind"), "sentiment"),
        themes=_themes(wide),
        found=counted(snapshot.table("sightings", ["found_by"]).to_pylist(), ("found_by",)),
        permissions=counted(
            ({"permission": row["permission"] or "damaged", "rule": row["permission_rule"]} for row in captures),
            ("permission", "rule"),
        ),
        events=load_events(events_file) if events_file else [],
        undated=len(wide) - len(dated),
        outside=sum(1 for row in dated if not study.file.window.start <= row["day_shanghai"] <= study.file.window.end),
        documents=len(wide),
        dictionary={name: snapshot.manifest["tables"][name]["columns"] for name in snapshot.tables},
    )


def language_group(language: str | None) -> str:
    """A language as reports group it: zh (any script), en, mixed, other."""
    if language is None or language in ("zxx", "und"):
        return "other"
    if language.startswith("zh"):
        return "zh"
    return {"en": "en", "mul": "mixed"}.get(language, "other")


def counted(rows: Iterable[Row], keys: Sequence[str]) -> list[Row]:
    """Rows of the keys and their count ``n``, in the order of the keys."""
    found = Counter(tuple(row[key] for key in keys) for row in rows)
    return [
        dict(zip(keys, values, strict=True)) | {"n": n}
        for values, n in sorted(found.items(), key=lambda item: tuple(map(str, item[0])))
    ]


def _shares(rows: Sequence[Row], groups: Sequence[str], label: str) -> list[Row]:
    """Counts of a label within groups, with the group's own total and the share."""
    totals = Counter(tuple(row[key] for key in groups) for row in rows)
    found = counted(rows, (*groups, label))
    for row in found:
        row["total"] = totals[tuple(row[key] for key in groups)]
        row["share"] = row["n"] / row["total"]
    return found


def _flow(counts: Mapping[str, Any], wide: Sequence[Row]) -> list[Row]:
    kinds = Counter(row["kind"] for row in wide)
    steps = [
        ("captures archived", counts["captures"]),
        ("of them with documents", counts["captures_with_documents"]),
        ("of them rejected, with a reason each", counts["captures_rejected"]),
        ("readings of documents", counts["readings"]),
        ("documents, each once", counts["documents"]),
        *((f"of them {kind}s", kinds[kind]) for kind in ("article", "post", "comment")),
        ("documents in clusters of equal texts (kept)", counts["copies"]),
        ("pages listed in feeds and sitemaps but not captured", counts["listed_not_captured"]),
    ]
    return [{"step": step, "n": n} for step, n in steps]


def _sources(snapshot: Snapshot, wide: Sequence[Row], captures: Sequence[Row]) -> list[Row]:
    documents, captured = Counter(row["source_id"] for row in wide), Counter(row["source_id"] for row in captures)
    return [
        row | {"captures": captured[row["id"]], "documents": documents[row["id"]]}
        for row in snapshot.table("sources").to_pylist()
    ]


def _days(study: Study) -> list[date]:
    window = study.file.window
    return [date.fromordinal(number) for number in range(window.start.toordinal(), window.end.toordinal() + 1)]


def _volume(dated: Sequence[Row], study: Study) -> list[Row]:
    """Documents per day of the window and kind; days without any are rows too, so that an axis cannot leave them out."""
    found = Counter((row["day_shanghai"], row["kind"]) for row in dated)
    return [
        {"day": day, "kind": kind, "n": found[(day, kind)]}
        for day in _days(study)
        for kind in ("article", "post", "comment")
    ]


def _coverage(dated: Sequence[Row], snapshot: Snapshot, study: Study) -> list[Row]:
    """Documents per source and day of the window; a source that gave none keeps its row, so that silence shows."""
    window = study.file.window
    found = Counter(
        (row["source_name"], row["day_shanghai"]) for row in dated if window.start <= row["day_shanghai"] <= window.end
    )
    names = sorted({row["name"] for row in snapshot.table("sources", ["name"]).to_pylist()})
    days = _days(study)
    return [{"source": name, "day": day, "n": found[(name, day)]} for name in names for day in days]


def _themes(wide: Sequence[Row]) -> list[Row]:
    """Documents per theme and language group, and the share of that group's annotated documents."""
    annotated = [row for row in wide if row["themes"] is not None]
    totals = Counter(row["script"] for row in annotated)
    found = counted(
        ({"theme": theme, "script": row["script"]} for row in annotated for theme in row["themes"]), ("theme", "script")
    )
    return [row | {"total": totals[row["script"]], "share": row["n"] / totals[row["script"]]} for row in found]
