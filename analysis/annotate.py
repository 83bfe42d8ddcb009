"""Run annotators over the corpus and publish their side tables in a new snapshot; documents are not touched."""

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.annotators import Annotate, Annotator, Label, Passage
from corpus.build import finish
from corpus.disk import Disk
from corpus.engine import Failed, run, workers_here
from corpus.errors import HuanyingError, UserError
from corpus.plugins import discover
from corpus.rows import Row
from corpus.schemas import annotations_table
from corpus.snapshot import Snapshot, latest
from corpus.store import Staging, arrow_schema, map_rows, write_rows
from corpus.study import Study, load_study
from corpus.wide import add_wide

_COLUMNS = ("id", "text", "title", "kind", "language")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Slice:
    """A row group of documents to annotate, and where the rows go; all that a worker process needs."""

    number: int
    snapshot: Path
    study: Path
    annotator: str
    version: str
    rows: Path


@dataclass(frozen=True, slots=True)
class Annotated:
    """The new snapshot and, per annotator, how many documents got each label as a whole."""

    snapshot: Snapshot
    labels: Mapping[str, Mapping[str, int]]


def annotators() -> dict[str, Annotator]:
    """All annotators by name."""
    return discover("analysis.annotators", "ANNOTATOR", Annotator)


def annotate(
    study: Study,
    names: list[str] | None = None,
    *,
    workers: int | None = None,
    disk: Disk | None = None,
    progress: Progress | None = None,
) -> Annotated:
    """Annotate the latest snapshot with the named annotators (default: all).

    A table that exists is replaced where annotator and version are the same; rows of other versions stay.
    Raises UserError for an unknown name or where there is no corpus.
    """
    known = annotators()
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise UserError(f"no annotator {', '.join(unknown)}", hint=f"there are: {', '.join(sorted(known))}")
    chosen = sorted(names or known)
    labels: dict[str, Mapping[str, int]] = {}
    latest(study.corpus_folder)  # says that nothing was built before anything is staged
    with Staging(study.corpus_folder, disk) as staging:
        base = latest(study.corpus_folder)
        if base.manifest["made_from"]["study"]["digest"] != study.digest:
            raise UserError(
                "the study file has changed since this corpus was built",
                where=base.folder,
                hint="run `huanying build`, then annotate again",
            )
        work = staging.work_folder()
        for name in base.tables:
            if name not in chosen and name not in ("documents_wide", "columns"):
                staging.keep(base, name)
        for name in chosen:
            labels[name] = _add(staging, base, study, name, known[name], work, workers or workers_here(), progress)
        add_wide(staging)
        manifest = base.manifest
        return Annotated(finish(staging, study, manifest["made_from"], manifest["dates"], manifest["counts"]), labels)


def _add(
    staging: Staging,
    base: Snapshot,
    study: Study,
    name: str,
    annotator: Annotator,
    work: Path,
    workers: int,
    progress: Progress | None,
) -> Mapping[str, int]:
    table = annotations_table(name, f"Labels of the annotator {name}: {annotator.card.strip().splitlines()[0]}")
    version = version_of(annotator, study)
    count = base.row_groups("documents")
    slices = [Slice(n, base.folder, study.folder, name, version, work / f"{name}-{n:06d}.arrow") for n in range(count)]
    failed, done = [], 0
    for outcome in run(_annotate_slice, slices, workers):
        if isinstance(outcome, Failed):
            failed.append(f"{name}, slice {outcome.number}: {outcome.reason}")
        else:
            done += outcome.result
            if progress:
                progress(done, base.rows("documents"))
    if failed:
        raise HuanyingError(
            "\n  ".join(["annotating failed:", *sorted(failed)]), hint="this is a fault of ours: report it"
        )
    schema = arrow_schema(table)
    rows = map_rows([one.rows for one in slices], schema).to_pylist()
    whole = Counter(row["label"] for row in rows if row["start"] is None)
    if name in base.tables:
        rows += [row for row in base.table(name).to_pylist() if row["version"] != version]
    staging.add_rows(table, rows, current_version=version)
    return dict(sorted(whole.items()))


def version_of(annotator: Annotator, study: Study | None) -> str:
    """The version under which its labels are kept: with the digest of the study's codebook where it reads one."""
    specific = getattr(annotator, "version_for", None)
    return str(specific(study)) if callable(specific) else annotator.version


@functools.cache
def _prepared(study: Path, name: str, version: str) -> Annotate:
    """Ready for a study; ``version`` holds the codebook's digest, so that a changed codebook is read anew."""
    return annotators()[name].prepare(load_study(study))


def _annotate_slice(one: Slice) -> int:
    snapshot = Snapshot(one.snapshot)
    documents = snapshot.row_group("documents", one.number, _COLUMNS).to_pylist()
    passages = [Passage(row["text"], row["language"] or "und", row["kind"], row["title"]) for row in documents]
    found = _prepared(one.study, one.annotator, one.version)(passages)
    if len(found) != len(passages) or not all(found):
        raise HuanyingError(
            f"annotator {one.annotator} gave {len(found)} lists for {len(passages)} passages, or an empty one"
        )
    rows = [_row(one, document, label) for document, labels in zip(documents, found, strict=True) for label in labels]
    write_rows(one.rows, arrow_schema(annotations_table(one.annotator, "")), rows)
    return len(documents)


def _row(one: Slice, document: Mapping[str, Any], label: Label) -> Row:
    return {
        "document_id": document["id"],
        "annotator": one.annotator,
        "version": one.version,
        "start": label.start,
        "end": label.end,
        "label": label.label,
        "score": label.score,
    }
