"""Run annotators and surveys over the corpus and publish their tables in a new snapshot; documents are not touched."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.annotators import Annotate, Annotator, Label, Passage, columns_of, version_of
from analysis.surveys import Survey
from corpus.build import finish
from corpus.disk import Disk
from corpus.engine import Failed, run, workers_here
from corpus.errors import HuanyingError, UserError
from corpus.plugins import discover
from corpus.rows import Row
from corpus.schemas import Column, annotations_table
from corpus.snapshot import Snapshot, latest
from corpus.store import Staging, arrow_schema, map_rows, write_columns
from corpus.study import Study, load_study
from corpus.wide import add_wide

_COLUMNS = ("id", "text", "title", "kind", "language")
_MADE_ANEW = ("documents_wide", "columns")
_BIT = 100
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Slice:
    """A row group of documents for one annotator, and where the rows go; all that a worker process needs."""

    number: int
    snapshot: Path
    study: Path
    annotator: str
    version: str
    columns: tuple[Column, ...]
    rows: Path


@dataclass(frozen=True, slots=True)
class Annotated:
    """The new snapshot; per annotator, how many documents got each label as a whole and how many places were marked; per
    survey, its rows."""

    snapshot: Snapshot
    labels: Mapping[str, Mapping[str, int]]
    places: Mapping[str, int]
    rows: Mapping[str, int]
    notes: tuple[str, ...] = ()
    """What annotators that ask others have to say of this run."""

    def document(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        told = ("labels", "places", "rows", "notes")
        return {"snapshot": self.snapshot.id, **{name: getattr(self, name) for name in told}}


def annotators() -> dict[str, Annotator]:
    """All annotators by name."""
    return discover("analysis.annotators", "ANNOTATOR", Annotator)


def surveys() -> dict[str, Survey]:
    """All surveys by name."""
    return discover("analysis.surveys", "SURVEY", Survey)


def cards_of(names: list[str] | None = None) -> dict[str, str]:
    """The cards of the annotators and surveys named (default: of all); raises UserError for an unknown name."""
    known = _known(names)
    return {name: known[name].card.strip() for name in names or sorted(known)}


def annotate(
    study: Study,
    names: list[str] | None = None,
    *,
    workers: int | None = None,
    disk: Disk | None = None,
    progress: Progress | None = None,
) -> Annotated:
    """Annotate the latest snapshot with the named annotators and, after them, surveys (default: all but the costly).

    A table that exists is replaced where name and version are the same; rows of other versions stay.
    Raises UserError for an unknown name or where there is no corpus.
    """
    chosen = _chosen(names)
    latest(study.corpus_folder)  # says that nothing was built before anything is staged
    with Staging(study.corpus_folder, disk) as staging:
        base = latest(study.corpus_folder)
        if base.manifest["made_from"]["study"]["digest"] != study.digest:
            raise UserError(
                "the study file has changed since this corpus was built",
                where=base.folder,
                hint="run `huanying build`, then annotate again",
            )
        for name in base.tables:
            if name not in chosen and name not in _MADE_ANEW:
                staging.keep(base, name)
        labellers = {name: one for name, one in annotators().items() if name in chosen}
        slices = _slices(base, study, labellers, staging.work_folder())
        asking = {name for name, one in labellers.items() if getattr(one, "alone", False)}
        together = [part for part in slices if part.annotator not in asking]
        alone = [part for part in slices if part.annotator in asking]
        _annotate_all(together, min(workers or workers_here(), base.row_groups("documents")), base, progress)
        notes = _annotate_alone(alone, base, progress)
        added = {
            name: _add(staging, base, study, name, one, [part.rows for part in slices if part.annotator == name])
            for name, one in labellers.items()
        }
        rows = {name: _add_survey(staging, base, study, name, one) for name, one in surveys().items() if name in chosen}
        add_wide(staging)
        manifest = base.manifest
        done = finish(staging, study, manifest["made_from"], manifest["dates"], manifest["counts"])
        labels = {name: counts for name, (counts, _) in added.items()}
        return Annotated(done, labels, {name: places for name, (_, places) in added.items()}, rows, notes)


def _chosen(names: list[str] | None) -> frozenset[str]:
    known = _known(names)
    return frozenset(names or (name for name, one in known.items() if getattr(one, "default", True)))


def _known(names: list[str] | None) -> dict[str, Annotator | Survey]:
    known: dict[str, Annotator | Survey] = {**annotators(), **surveys()}
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise UserError(f"no annotator {', '.join(unknown)}", hint=f"there are: {', '.join(sorted(known))}")
    return known


def _slices(base: Snapshot, study: Study, labellers: Mapping[str, Annotator], work: Path) -> list[Slice]:
    facts = {name: (version_of(one, study), columns_of(one)) for name, one in labellers.items()}
    return [
        Slice(number, base.folder, study.folder, name, *known, work / f"{name}-{number:06d}.arrow")
        for number in range(base.row_groups("documents"))
        for name, known in facts.items()
    ]


def _annotate_all(slices: Sequence[Slice], workers: int, base: Snapshot, progress: Progress | None) -> None:
    failed, done, each = [], 0, len({part.annotator for part in slices}) or 1
    for outcome in run(_annotate_slice, slices, workers):
        if isinstance(outcome, Failed):
            if outcome.told is not None:
                raise outcome.told  # the user's to mend, and told as it is
            part = slices[outcome.number]
            failed.append(f"{part.annotator}, slice {part.number}: {outcome.reason}")
        else:
            done += outcome.result
            if progress:
                progress(done // each, base.rows("documents"))
    if failed:
        raise HuanyingError(
            "\n  ".join(["annotating failed:", *sorted(failed)]), hint="this is a fault of ours: report it"
        )


def _annotate_alone(slices: Sequence[Slice], base: Snapshot, progress: Progress | None) -> tuple[str, ...]:
    """Annotators that ask somebody: in this process, so that their bounds hold for all, and an error of theirs is told as
    it is. What was asked before and kept costs nothing when the same command is run again."""
    _prepared.cache_clear()  # a new run has bounds of its own
    each, done = len({part.annotator for part in slices}), 0
    for part in slices:
        tell = functools.partial(_tell, progress, base.rows("documents"), each, done)
        done += _annotate_slice(part, tell)
        _tell(progress, base.rows("documents"), each, done, 0)
    told = {part.annotator: _prepared(part.study, part.annotator, part.version) for part in slices}
    return tuple(line for one in told.values() for line in getattr(one, "notes", ()))


def _tell(progress: Progress | None, of: int, each: int, done: int, more: int) -> None:
    if progress:
        progress((done + more) // each, of)


def _add(
    staging: Staging, base: Snapshot, study: Study, name: str, annotator: Annotator, made: Sequence[Path]
) -> tuple[dict[str, int], int]:
    what = f"Labels of the annotator {name}: {annotator.card.strip().splitlines()[0]}"
    table = annotations_table(name, what, columns_of(annotator))
    schema = arrow_schema(table)
    rows = map_rows(made, schema)
    version = version_of(annotator, study)
    staging.add(table, pa.concat_tables([rows, _older(base, name, version, schema)]))
    staging.tables[name] |= {"current_version": version, "card": annotator.card.strip()}
    if callable(told := getattr(annotator, "made_with", None)):
        before = base.manifest["tables"].get(name, {}).get("made_with", {})
        facts = told(study)
        if made_with := {**before, **({version: facts} if facts else {})}:
            staging.tables[name]["made_with"] = made_with
    whole = rows.filter(pc.is_null(rows.column("start"))).column("label")
    counts = sorted((one["values"], one["counts"]) for one in pc.value_counts(whole).to_pylist())
    return dict(counts), len(rows) - len(whole)


def _add_survey(staging: Staging, base: Snapshot, study: Study, name: str, survey: Survey) -> int:
    table = survey.table
    if table.name != name or "version" not in table.key or "version" not in {one.name for one in table.columns}:
        raise HuanyingError(f"the survey {name} must have a table of its name with `version` in its key")
    version = survey.version_for(study)
    rows: list[Row] = [{**row, "version": version} for row in survey.run(staging.so_far(), study)]
    if len({tuple(row.get(part) for part in table.key) for row in rows}) < len(rows):
        raise HuanyingError(f"the survey {name} gave two rows with one key")
    schema = arrow_schema(table)
    made = pa.Table.from_pylist(rows, schema=schema)
    staging.add(table, pa.concat_tables([made, _older(base, name, version, schema)]))
    staging.tables[name] |= {"current_version": version, "card": survey.card.strip()}
    return len(rows)


def _older(base: Snapshot, name: str, version: str, schema: pa.Schema) -> pa.Table:
    """Rows of other versions as they stood; what a column of another type or none held is null."""
    if name not in base.tables:
        return schema.empty_table()
    table = base.table(name)
    kept = table.filter(pc.not_equal(table.column("version"), version))
    same = {field.name for field in schema if field.name in kept.column_names}
    same = {one for one in same if kept.schema.field(one).type == schema.field(one).type}
    columns = {f.name: kept.column(f.name) if f.name in same else pa.nulls(len(kept), f.type) for f in schema}
    return pa.table(columns, schema=schema)


@functools.cache
def _prepared(study: Path, name: str, version: str) -> Annotate:
    """Ready for a study; ``version`` holds the codebook's digest, so that a changed codebook is read anew."""
    return annotators()[name].prepare(load_study(study))


@functools.lru_cache(maxsize=64)
def _withheld(snapshot: Path, study: Path, name: str) -> Mapping[str, Label]:
    """Documents that an annotator may not see, and what is written for them."""
    withhold = getattr(annotators()[name], "withheld", None)
    return withhold(Snapshot(snapshot), load_study(study)) if callable(withhold) else {}


@functools.lru_cache(maxsize=1)
def _passages(snapshot: Path, number: int) -> tuple[list[str], list[Passage]]:
    """A row group's ids and texts; read once for all annotators, which take one row group after the other."""
    rows = Snapshot(snapshot).row_group("documents", number, _COLUMNS)
    ids, texts, titles, kinds, languages = (rows.column(name).to_pylist() for name in _COLUMNS)
    passages = [
        Passage(text, language or "und", kind, title)
        for text, title, kind, language in zip(texts, titles, kinds, languages, strict=True)
    ]
    return ids, passages


def _annotate_slice(one: Slice, tell: Callable[[int], None] | None = None) -> int:
    ids, passages = _passages(one.snapshot, one.number)
    settled = _withheld(one.snapshot, one.study, one.annotator)
    shown = (
        [passage for name, passage in zip(ids, passages, strict=True) if name not in settled] if settled else passages
    )
    function = _prepared(one.study, one.annotator, one.version)
    given = function(shown) if tell is None else _bit_by_bit(function, shown, tell)
    if len(given) != len(shown) or not all(given):
        raise HuanyingError(
            f"annotator {one.annotator} gave {len(given)} lists for {len(shown)} passages, or an empty one"
        )
    told = iter(given)
    found = [[settled[name]] if name in settled else next(told) for name in ids]
    schema = arrow_schema(annotations_table(one.annotator, "", one.columns))
    write_columns(one.rows, schema, _columns(one, ids, passages, found))
    return len(passages)


def _bit_by_bit(function: Annotate, passages: Sequence[Passage], tell: Callable[[int], None]) -> list[list[Label]]:
    """What takes long tells how far it is more often than once a row group."""
    given: list[list[Label]] = []
    for start in range(0, len(passages), _BIT):
        given += function(passages[start : start + _BIT])
        tell(len(given))
    return given


def _columns(one: Slice, ids: list[str], passages: list[Passage], found: list[list[Label]]) -> dict[str, Sequence[Any]]:
    """The labels as the columns of the annotator's table; raises HuanyingError for one that the table cannot hold."""
    own = frozenset(column.name for column in one.columns)
    for passage, labels in zip(passages, found, strict=True):
        size = len(passage.text)
        for label in labels:
            if label.start is None:
                faulty = label.end is not None
            else:
                faulty = not 0 <= label.start < (label.end or 0) <= size
            if faulty:
                raise HuanyingError(f"annotator {one.annotator} gave a span outside the text: {label}")
            if label.more and not own.issuperset(label.more):
                raise HuanyingError(f"annotator {one.annotator} has no columns {sorted(set(label.more) - own)}")
    flat = [label for labels in found for label in labels]
    return {
        "document_id": [named for named, labels in zip(ids, found, strict=True) for _ in labels],
        "annotator": [one.annotator] * len(flat),
        "version": [one.version] * len(flat),
        "start": [label.start for label in flat],
        "end": [label.end for label in flat],
        "label": [label.label for label in flat],
        "score": [label.score for label in flat],
        **{column.name: [label.more.get(column.name) for label in flat] for column in one.columns},
    }
