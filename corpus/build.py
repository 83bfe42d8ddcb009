"""Build the corpus: archive in, snapshot out, shard by shard; nothing else is looked at but study, key and versions."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus import rows
from corpus.archive import Place, journal
from corpus.availability import checks_of
from corpus.card import write_card
from corpus.disk import Disk
from corpus.engine import Failed, run, workers_here
from corpus.errors import HuanyingError, UserError
from corpus.flow import Key, crawl_flow, flow_rows, read_flow
from corpus.identity import Keys
from corpus.intake import FILES
from corpus.manifest import compose, versions
from corpus.pages.layouts import FLAGS, layouts_of
from corpus.permits import read_permits
from corpus.read import SHARD_TABLES, Shard, read_shard
from corpus.schemas import TABLES
from corpus.snapshot import Snapshot
from corpus.stages.deduplicate import clusters, copies
from corpus.stages.repeats import repeated_lines
from corpus.stages.segment import Segmenter
from corpus.store import Staging, arrow_schema, map_rows, sorted_order
from corpus.study import Study
from corpus.wide import add_wide

SHARD_CAPTURES, SHARD_BYTES = 1000, 4 << 20
VIEWS = """-- One row a token: for DuckDB, run in the snapshot's folder.
CREATE VIEW tokens_flat AS
SELECT document_id, generate_subscripts(tokens, 1) - 1 AS position, unnest(tokens) AS token, unnest(starts) AS start, unnest(kinds) AS kind,
       unnest(coalesce(lemmas, [NULL])) AS lemma
FROM 'data/tokens/*.parquet';
"""
_BEST_FIRST, _DESCENDING = ("quality", "fetched_at", "capture_id"), frozenset({"quality", "fetched_at"})
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Built:
    snapshot: Snapshot
    counts: Mapping[str, Any]


def build(
    study: Study, *, workers: int | None = None, disk: Disk | None = None, progress: Progress | None = None
) -> Built:
    """Read the whole archive and publish a snapshot of tables; the same inputs give the same bytes.

    ``workers``: processes (default: the processors here). ``progress`` is called with captures read and in all.
    Raises UserError where nothing is archived, HuanyingError where a shard fails or a capture is unaccounted for,
    NoSpaceError where the disk fills; the former snapshot then stays.
    """
    places = journal(study.archive_folder)
    if not places:
        raise UserError(
            "the archive is empty", where=study.archive_folder, hint="run `huanying crawl` or `huanying import` first"
        )
    keys = study.keys()
    language = study.file.language
    segmenter = Segmenter(language.word, language.english, language.chinese)  # what it lacks is said before work begins
    with Staging(study.corpus_folder, disk) as staging:
        work = staging.work_folder()
        shards = _shards(study, places, work, keys)
        _read_all(shards, workers or workers_here(), progress)
        permits, crawled = read_permits(study.archive_folder).rows(), crawl_flow(study.archive_folder)
        counts = _assemble(staging, study, shards, keys, permits, crawled)
        staging.tables["tokens"]["segmenter"] = segmenter.segmenter
        shutil.rmtree(work)
        made_from = {
            "archive_sha256": hashlib.sha256("\n".join(sorted(place.sha256 for place in places)).encode()).hexdigest(),
            "ledger_sha256": hashlib.sha256(repr((permits, flow_rows(crawled))).encode()).hexdigest(),
            "study": {"id": study.id, "title": study.file.study.title, "digest": study.digest},
            "key_fingerprint": keys.fingerprint(),
            "versions": versions(),
        }
        return Built(finish(staging, study, made_from, counts.pop("dates"), counts), counts)


def finish(
    staging: Staging, study: Study, made_from: Mapping[str, Any], dates: Mapping[str, Any], counts: Mapping[str, Any]
) -> Snapshot:
    """Write data dictionary, views and cards, and publish."""
    dictionary = [
        {
            "table": name,
            "column": c["name"],
            "type": c["type"],
            "description": c["description"],
            "personal": c["personal"],
            "position": n,
        }
        for name, facts in sorted(staging.tables.items())
        for n, c in enumerate(facts["columns"])
    ]
    staging.add_rows(TABLES["columns"], dictionary)
    manifest = compose(staging.tables, made_from, counts, dates)
    staging.file("views.sql", VIEWS.encode())
    for name, data in write_card(manifest, study).items():
        staging.file(name, data)
    return staging.publish(manifest)


def _shards(study: Study, places: list[Place], work: Path, keys: Keys) -> list[Shard]:
    language, layouts = study.file.language, layouts_of(study.outlets)
    return [
        Shard(
            number,
            tuple(some),
            study.archive_folder,
            work,
            language.word,
            language.english,
            language.chinese,
            layouts,
            keys.secret,
        )
        for number, some in enumerate(_parts(places))
    ]


def _parts(places: list[Place]) -> Iterator[list[Place]]:
    """Places in their order, parted where enough stand together: pages take longer to read than items of a kilobyte."""
    part: list[Place] = []
    held = 0
    for place in places:
        part.append(place)
        held += place.length
        if len(part) >= SHARD_CAPTURES or held >= SHARD_BYTES:
            yield part
            part, held = [], 0
    if part:
        yield part


def _read_all(shards: list[Shard], workers: int, progress: Progress | None) -> None:
    total, done, failed = sum(len(shard.places) for shard in shards), 0, []
    for outcome in run(read_shard, shards, workers):
        if isinstance(outcome, Failed):
            failed.append(f"shard {outcome.number}: {outcome.reason}")
        else:
            done += outcome.result
            if progress:
                progress(done, total)
    if failed:
        raise HuanyingError(
            "\n  ".join(["some of the archive could not be read:", *sorted(failed)]),
            hint="this is a fault of ours: report it",
        )


def _assemble(
    staging: Staging, study: Study, shards: list[Shard], keys: Keys, permits: list[rows.Row], crawled: Mapping[Key, int]
) -> dict[str, Any]:
    read = {
        name: map_rows([shard.path(name) for shard in shards], arrow_schema(table))
        for name, table in SHARD_TABLES.items()
    }
    checks = checks_of(read)
    chosen = _choose(read["documents"], checks.impostors)
    ids = read["documents"].column("id").take(chosen)
    staging.add(TABLES["documents"], read["documents"], chosen)
    staging.add(TABLES["tokens"], read.pop("tokens"), chosen.take(pc.sort_indices(ids)))
    for name in ("captures", "rejections"):
        staging.add(TABLES[name], read[name])
    known = ids.combine_chunks()
    for name in ("sightings", "observations"):
        staging.add(TABLES[name], read[name], _distinct(read[name], TABLES[name].sort, known))
    media = _media(read["media"], known)
    staging.add(TABLES["media"], media)
    staging.add(TABLES["removed_lines"], _of_chosen(read["removed_lines"], read["documents"], chosen))
    about = read["documents"].select(["id", "source_id", "kind"]).take(chosen)
    looked_at = about.filter(pc.is_in(about.column("id"), value_set=pa.array(list(checks.of), pa.string()))).to_pylist()
    staging.add_rows(TABLES["availability"], checks.rows(looked_at))
    staging.add_rows(TABLES["tombstones"], checks.tombstones(looked_at))
    staging.add_rows(TABLES["permissions"], permits)
    staging.add_rows(TABLES["flow"], flow_rows(crawled, read_flow(read["captures"], read["rejections"], about)))
    reused = _add_copies(staging, read["documents"], chosen, keys)
    reused["repeated_lines"] = _add_lines(staging, read["documents"], chosen, keys)
    used = set(pc.unique(read["captures"].column("source_id")).to_pylist())
    sources = [*study.sources, *([FILES] if FILES.id in used else [])]
    staging.add_rows(TABLES["sources"], [rows.source_row(source) for source in sources])
    add_wide(staging)
    listed = read["sightings"].column("document_id")
    unseen = pc.count_distinct(listed.filter(pc.invert(pc.is_in(listed, value_set=known)))).as_py()
    laid = _layout_counts(read["documents"].select(["source_id", "flags"]).take(chosen))
    return {**_counts(read, len(chosen)), "listed_not_captured": unseen, "layouts": laid, **reused}


def _add_copies(staging: Staging, documents: pa.Table, chosen: pa.Array, keys: Keys) -> dict[str, int]:
    found = copies(documents, keys, chosen).cast(arrow_schema(TABLES["copies"]))
    facts = documents.select(["id", "source_id", "language", "published_at"]).take(chosen)
    grouped = clusters(found, facts).cast(arrow_schema(TABLES["clusters"]))
    staging.add(TABLES["copies"], found)
    staging.add(TABLES["clusters"], grouped)
    edited = pc.sum(grouped.column("edited")).as_py() or 0
    return {"copies": found.num_rows, "clusters": grouped.num_rows, "edited": edited}


def _add_lines(staging: Staging, documents: pa.Table, chosen: pa.Array, keys: Keys) -> int:
    copied = staging.read("copies", ["document_id", "cluster_id"])
    lines, places = repeated_lines(documents, chosen, copied, keys)
    staging.add(TABLES["repeated_lines"], lines)
    staging.add(TABLES["line_places"], places)
    return len(lines)


def _layout_counts(documents: pa.Table) -> dict[str, dict[str, int]]:
    """Of each source, how many documents were read with a layout, by how that fared (`layouts.FLAGS`)."""
    flags = documents.column("flags")
    rows = pa.table(
        {
            "source_id": documents.column("source_id").take(pc.list_parent_indices(flags)),
            "flag": pc.list_flatten(flags),
        }
    )
    found = rows.filter(pc.is_in(rows.column("flag"), value_set=pa.array(FLAGS))).group_by(["source_id", "flag"])
    counted: dict[str, dict[str, int]] = {}
    for row in found.aggregate([([], "count_all")]).sort_by([("source_id", "ascending")]).to_pylist():
        counted.setdefault(row["source_id"], dict.fromkeys(FLAGS, 0))[row["flag"]] = row["count_all"]
    return counted


def _choose(documents: pa.Table, impostors: Set[int]) -> pa.Array:
    """Row numbers of one reading a document - the most complete, then the newest, then by capture - in the table's order.

    ``impostors`` are rows that are another page in the place of their document.
    """
    order = sorted_order(documents, ["id", *_BEST_FIRST], _DESCENDING)
    order = order.filter(pc.invert(pc.is_in(order, value_set=pa.array(sorted(impostors), order.type))))
    winners = order.filter(_new(documents.select(["id"]).take(order)))
    keys = documents.select(list(TABLES["documents"].sort)).take(winners)
    return winners.take(sorted_order(keys, TABLES["documents"].sort))


def _of_chosen(lines: pa.Table, documents: pa.Table, chosen: pa.Array) -> pa.Table:
    """Removed lines of the readings that count; of a capture that is archived twice, once."""
    counting = documents.select(["id", "capture_id"]).take(chosen)
    readings = pc.binary_join_element_wise(*counting.columns, " ").combine_chunks()
    kept = lines.filter(
        pc.is_in(pc.binary_join_element_wise(lines["document_id"], lines["capture_id"], " "), value_set=readings)
    )
    return kept.take(_distinct(kept, TABLES["removed_lines"].sort, counting.column("id").combine_chunks()))


def _media(media: pa.Table, known: pa.Array) -> pa.Table:
    """Media of ``known`` documents: of each those of one reading, the best of those that show any."""
    ordered = media.take(sorted_order(media, ["document_id", *_BEST_FIRST, "position"], _DESCENDING))
    begins = _new(ordered.select(["document_id"])).to_numpy(zero_copy_only=False)
    best = ordered.column("capture_id").filter(pa.array(begins)).take(pa.array(np.cumsum(begins) - 1))
    shown = ordered.filter(pc.equal(ordered.column("capture_id"), best))
    return shown.take(_distinct(shown, TABLES["media"].sort, known))


def _distinct(table: pa.Table, columns: tuple[str, ...], known: pa.Array) -> pa.Array:
    """Numbers of the rows of ``known`` documents that differ in ``columns``, in their order; of equal ones the first in the
    order of all columns."""
    rest = [field.name for field in table.schema if field.name not in columns and not pa.types.is_list(field.type)]
    order = sorted_order(table, [*columns, *rest])
    order = order.filter(pc.is_in(table.column("document_id"), value_set=known).take(order))
    return order.filter(_new(table.select(list(columns)).take(order)))


def _new(ordered: pa.Table) -> pa.Array:
    """For each row whether it differs from the one before it; null equals null."""
    new = np.ones(len(ordered), np.bool_)
    if len(ordered) > 1:
        new[1:] = False
        for values in (column.combine_chunks() for column in ordered.columns):
            differs = pc.fill_null(pc.not_equal(values[1:], values[:-1]), False)
            appears = pc.not_equal(pc.is_null(values[1:]), pc.is_null(values[:-1]))
            new[1:] |= pc.or_(differs, appears).to_numpy(zero_copy_only=False)
    return pa.array(new)


def _counts(read: Mapping[str, pa.Table], documents: int) -> dict[str, Any]:
    captures, rejections = read["captures"], read["rejections"]
    outcomes = Counter(captures.column("outcome").to_pylist())
    refused = set(rejections.column("capture_id").to_pylist())
    lost = [
        capture
        for capture, outcome in zip(
            captures.column("id").to_pylist(), captures.column("outcome").to_pylist(), strict=True
        )
        if outcome == "rejected" and capture not in refused
    ]
    if lost or outcomes["documents"] + outcomes["rejected"] != len(captures):
        raise HuanyingError(
            f"{len(lost)} captures became neither documents nor rejections", hint="this is a fault of ours: report it"
        )
    reasons = Counter(zip(rejections.column("stage").to_pylist(), rejections.column("reason").to_pylist(), strict=True))
    moments = [moment for moment in pc.min_max(captures.column("fetched_at")).as_py().values() if moment]
    return {
        "captures": len(captures),
        "captures_with_documents": outcomes["documents"],
        "captures_rejected": outcomes["rejected"],
        "readings": len(read["documents"]),
        "documents": documents,
        "rejections": {f"{stage}/{reason}": count for (stage, reason), count in sorted(reasons.items())},
        "dates": {
            name: moment.isoformat() for name, moment in zip(("first_capture", "last_capture"), moments, strict=False)
        },
    }
