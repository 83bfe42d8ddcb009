"""How a command's findings look to a person: tables on the terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus import console
from corpus.errors import UserError
from corpus.permits import read_permits
from corpus.snapshot import latest
from corpus.study import Study


def tables(result: Any) -> None:
    """Whatever can say its own ``tables()``: title, columns, rows."""
    for title, columns, rows in result.tables():
        console.table(title, columns, rows)


def learned(figures: Mapping[str, Any], model: Path) -> None:
    """What a model that was learned from codes can be trusted for, by rows that it had not seen."""
    rows = [(label, one["rows"], f"{one['f1']:.3f}") for label, one in figures["labels"].items()]
    rows += [(f"all ({name})", one["rows"], f"{one['macro_f1']:.3f}") for name, one in figures["languages"].items()]
    rows.append(("all", figures["rows"], f"{figures['macro_f1']:.3f}"))
    console.table("learned from codes; F1 on rows left out in turn", ("label", "rows", "F1"), rows)
    console.say(
        f"always the commonest label: {figures['macro_f1_of_the_commonest_label']:.3f}; answers {figures['answered']:.0%}"
        f" of the rows; calibration error {figures['calibration_error']:.3f}; model {model}"
    )


def crawl(result: Any) -> None:
    """What a crawl asked, got and did not get."""
    rows = [
        (s.source_id, s.listed, s.asked, s.fetched, s.gone, _sum(s.refused), _sum(s.failed), _sum(s.skipped))
        for s in result.sources
    ]
    columns = ("source", "listed", "asked", "fetched", "gone", "refused", "failed", "skipped")
    console.table("what was collected", columns, rows)
    why = [
        (s.source_id, kind, reason, n)
        for s in result.sources
        for kind in ("refused", "failed", "skipped")
        for reason, n in sorted(getattr(s, kind).items())
    ]
    console.table("why not", ("source", "outcome", "reason", "pages"), why)
    console.table("hosts closed for this run", ("host", "why"), sorted(result.closed.items()))
    shown = [(s.source_id, s.shown.notes, s.shown.declared, s.shown.comments) for s in result.sources if s.shown]
    console.table("comments of notes", ("source", "notes", "declared, at least", "shown"), shown)
    for line in result.expect_failures:
        console.say(f"expected more: {line}")
    for line in result.advice:
        console.say(line)


def _sum(counts: dict[str, int]) -> int:
    return sum(counts.values())


def recheck(result: Any) -> None:
    """What a second look found."""
    states = [
        (s.source_id, s.asked, *s.states.values(), _sum(s.refused), _sum(s.failed), s.waiting) for s in result.sources
    ]
    names = tuple(result.sources[0].states) if result.sources else ()
    console.table("what was found", ("source", "pages", *names, "not asked", "no answer", "waiting"), states)
    why = [
        (s.source_id, kind, reason, n)
        for s in result.sources
        for kind, counts in (("not asked", s.refused | s.skipped), ("no answer", s.failed))
        for reason, n in sorted(counts.items())
    ]
    console.table("why not", ("source", "", "reason", "pages"), why)
    console.table("hosts closed for this run", ("host", "why"), sorted(result.closed.items()))
    unchanged = sum(s.unchanged for s in result.sources)
    console.say(f"{unchanged} pages were not sent again: their hosts said that nothing had changed")
    console.say("next: `huanying build` for the tables availability and tombstones")


def permissions(study: Study, as_json: bool) -> None:
    """What each host permitted, when, and by which line of its robots.txt."""
    permits = read_permits(study.archive_folder)
    console.answer({"permissions": permits.rows(), "robots": dict(permits.robots or {})}, as_json)
    if not as_json:
        columns = ("host", "at (UTC)", "decision", "why", "robots.txt", "line", "times")
        console.table("what hosts permitted", columns, permits.lines())
        if not permits.events:
            console.say("nothing was asked of any host yet")


def built(counts: dict[str, Any], folder: Path) -> list[str]:
    """What a build made of the archive."""
    return [
        f"{counts['captures']} captures = {counts['captures_with_documents']} with documents + {counts['captures_rejected']} rejected",
        f"{counts['documents']} documents (of {counts['readings']} readings), {counts['copies']} of them in {counts['clusters']} clusters of equal or nearly equal texts",
        *layouts(counts),
        *(f"  rejected: {reason}: {count}" for reason, count in counts["rejections"].items()),
        f"snapshot {folder}",
    ]


def annotations_of(study: Study) -> list[str]:
    """The tables of annotators and surveys in the newest snapshot; none where nothing was built yet."""
    try:
        tables = latest(study.corpus_folder).manifest["tables"]
    except UserError:
        return []
    return [name for name, facts in tables.items() if "current_version" in facts]


def left_behind(names: Sequence[str]) -> list[str]:
    """What a new snapshot lacks that the one before it had."""
    return [f"without annotations yet ({', '.join(names)}): run `huanying annotate`"] if names else []


def layouts(counts: Mapping[str, Any]) -> list[str]:
    """An alarm for each outlet whose own selectors and the generic reading part, or that find nothing."""
    return [
        f"alarm: layout of {source} parted on {of['layout_parted']} of {sum(of.values())} pages"
        f" and found nothing on {of['layout_empty']}: see whether its pages have changed"
        for source, of in counts.get("layouts", {}).items()
        if of["layout_parted"] or of["layout_empty"]
    ]


def _counted(of: Mapping[str, int]) -> str:
    return ", ".join(f"{label} {count}" for label, count in of.items())


def _placed(places: int) -> str:
    return f"{places} places" if places else ""


def annotated(done: Any) -> list[str]:
    """How many documents got each label, how many places were marked in them, and how many rows each survey wrote."""
    labels = [
        f"{name}: {'; '.join(part for part in (_counted(of), _placed(done.places[name])) if part)}"
        for name, of in done.labels.items()
    ]
    return [
        *labels,
        *(f"{name}: {count} rows" for name, count in done.rows.items()),
        *done.notes,
        f"snapshot {done.snapshot.folder}",
    ]
