"""Count documents by cells of labels, none of too few people, and give the query that counts the same."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.replication.floors import TOGETHER, cells_of, classed, held_back, personal, pooled
from analysis.replication.phases import DAYS, Phase, phases
from analysis.reporting.counting import PUBLISHED, Row, exploded, language_group, mapped
from analysis.reporting.queries import SCRIPT, table_files
from analysis.signs.emotions import Emotions, load_emotions
from corpus.snapshot import Snapshot
from corpus.study import Study

LABELS = {
    "sentiment": "sentiment",
    "stance": "stance",
    "country_stance": "stance_country",
    "emotion": "emotion",
    "speaker": "speaker_role",
    "irony": "ironic_cue",
}
"""Keys of cells that stand in an annotator's side table, and that table. Of several labels the strongest counts."""
CLASSES = {"li2025": "to_li2025", "tk8911": "to_tk8911", "polarity": "to_polarity"}
"""Keys of cells that are the main emotion in other studies' classes, and the map of the emotions file that tells them."""
SEVERAL, UNLABELLED, NO_PHASE = "several", "unlabelled", 0
_RESERVED = ("none", "abstain", "not_applicable", SEVERAL, UNLABELLED)


@dataclass(frozen=True, slots=True)
class Cut:
    """A table of counts: one row a cell, which is a value of each of `keys`; shares are of the last key in the others.

    Keys are `phase` (0: of no day, or of one outside the window), `texts` (public: posts and comments; published:
    articles and turns), `kind`, `language`, `theme`, one of `LABELS` or of `CLASSES`.
    """

    name: str
    keys: tuple[str, ...]
    public: bool = False
    labelled: bool = True
    """Whether it says something of people; how many texts there are, and in which language, is told of few authors too."""

    @property
    def groups(self) -> tuple[str, ...]:
        return self.keys[:-1]

    @property
    def labels(self) -> tuple[str, ...]:
        """The annotators' tables that it reads."""
        keys = ("emotion" if key in CLASSES else key for key in self.keys)
        return tuple({**LABELS, "theme": "themes"}[key] for key in keys if key in {**LABELS, "theme": "themes"})


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a study's documents are cut: its phases, the column with its days, and by key of `CLASSES` each emotion's."""

    phases: tuple[Phase, ...]
    day: str
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def scheme(study: Study, snapshot: Snapshot) -> Scheme:
    """The scheme of a study; raises UserError where the corpus has no days of its window's zone."""
    path = study.document_file("emotions")
    found = snapshot.table("emotion", ["label"]).column("label").unique().to_pylist() if path else []
    classes = _classes(load_emotions(path), found) if path and "emotion" in snapshot.tables else {}
    return Scheme(phases(study), DAYS[study.file.window.zone], classes)


def _classes(book: Emotions, labels: Iterable[str]) -> dict[str, dict[str, str]]:
    """By key of `CLASSES` the class of each emotion; one that a map does not name goes to its `rest`, or by its own name."""
    names = sorted({one.id for one in book.emotion} | set(labels) | set(_RESERVED))
    found = {}
    for key, called in CLASSES.items():
        given = book.crosswalk.get(called)
        if isinstance(given, Mapping):
            flat = {one: to for one, to in given.items() if isinstance(to, str)}
            flat |= {one: to for to, of in given.items() if isinstance(of, list) for one in of}
            rest = flat.pop("rest", None)
            found[key] = {
                name: flat.get(name) or (name if name in _RESERVED or rest is None else rest) for name in names
            }
    return found


def prepared(snapshot: Snapshot, by: Scheme) -> pa.Table:
    """One row a document with a column for each key but `theme`, and `themes`; what was never annotated is unlabelled."""
    wide = snapshot.table("documents_wide", ("id", "kind", "author_key", by.day, "language"))
    ids = wide.column("id")
    columns = {name: wide.column(name) for name in ("id", "kind", "author_key")}
    columns["day"] = wide.column(by.day)
    columns["language"] = mapped(wide.column("language"), language_group)
    columns["texts"] = mapped(wide.column("kind"), lambda kind: "published" if kind in PUBLISHED else "public")
    columns["phase"] = _phase(wide.column(by.day), by.phases)
    for key, name in LABELS.items():
        columns[key] = pc.fill_null(_strongest(snapshot, name, ids), UNLABELLED)
    for key, classes in by.classes.items():
        columns[key] = mapped(pa.chunked_array([columns["emotion"]]), classes.__getitem__)
    columns["themes"] = _themes(snapshot, ids)
    return pa.table(columns)


def _phase(days: pa.ChunkedArray, of: Sequence[Phase]) -> pa.Array:
    number = {
        phase.first.fromordinal(day): phase.number
        for phase in of
        for day in range(phase.first.toordinal(), phase.last.toordinal() + 1)
    }
    if not len(days):
        return pa.nulls(0, pa.int64())
    coded = pc.dictionary_encode(days, null_encoding="encode").combine_chunks()
    numbers = [number.get(day, NO_PHASE) for day in coded.dictionary.to_pylist()]
    return pa.array(numbers, pa.int64()).take(coded.indices)


def _whole(snapshot: Snapshot, name: str) -> pa.Table:
    """Labels of whole documents of an annotator's last version, sorted by document, strength and label."""
    table = snapshot.table(name, ["document_id", "version", "start", "label", "score"])
    newest = pc.equal(table.column("version"), snapshot.manifest["tables"][name]["current_version"])
    whole = table.filter(pc.and_(pc.is_null(table.column("start")), newest)).select(["document_id", "label", "score"])
    whole = whole.set_column(2, "score", pc.fill_null(whole.column("score"), 0.0))
    return whole.sort_by([("document_id", "ascending"), ("score", "descending"), ("label", "ascending")])


def _strongest(snapshot: Snapshot, name: str, ids: pa.ChunkedArray) -> pa.Array:
    """The strongest label of each document, `several` where two are equally strong; null where it has none."""
    if name not in snapshot.tables:
        return pa.nulls(len(ids), pa.string())
    whole = _whole(snapshot, name)
    best = whole.group_by("document_id", use_threads=False).aggregate([("score", "max")])
    places = pc.index_in(whole.column("document_id"), value_set=best.column("document_id"))
    first = whole.filter(pc.equal(whole.column("score"), best.column("score_max").take(places)))
    first = first.group_by("document_id", use_threads=False).aggregate([("label", "first"), ([], "count_all")])
    label = pc.if_else(pc.greater(first.column("count_all"), 1), SEVERAL, first.column("label_first"))
    return label.combine_chunks().take(pc.index_in(ids, value_set=first.column("document_id")).combine_chunks())


def _themes(snapshot: Snapshot, ids: pa.ChunkedArray) -> pa.Array:
    """The themes of each document, or that it has `none`, that the machine abstains, that it is not applicable."""
    whole = _whole(snapshot, "themes")
    lists = whole.group_by("document_id", use_threads=False).aggregate([("label", "list")])
    found = lists.column("label_list").combine_chunks()
    places = pc.index_in(ids, value_set=lists.column("document_id")).combine_chunks()
    return pc.fill_null(found.take(places), pa.scalar([UNLABELLED], found.type))


def cells(cut: Cut, documents: pa.Table, classes: Mapping[str, Mapping[str, str]]) -> tuple[list[Row], int | None]:
    """The rows of a cut, in the order of its keys, and how many texts are told only together with others, so that nobody is
    told of alone; null where that number would itself tell of fewer than K authors.

    A row has the keys, `n`, `total` (of its group) and `share` to two digits.
    """
    rows = of(cut, documents)
    finest = tuple("emotion" if key in classes else key for key in cut.keys)
    public = cells_of(personal(rows), finest)
    told = pooled(public) if cut.labelled else [cell.values for cell in public]
    if finest != cut.keys:
        told = classed(public, told, classes[cut.keys[-1]])
    published = cells_of(rows.filter(pc.equal(rows.column("texts"), "published")), cut.keys)
    counts: Counter[tuple[Any, ...]] = Counter()
    totals: Counter[tuple[Any, ...]] = Counter()
    for cell, values in chain(zip(public, told, strict=True), ((cell, cell.values) for cell in published)):
        if values:
            counts[values] += cell.n
            totals[values[:-1]] += cell.n
    found = [
        {**dict(zip(cut.keys, values, strict=True)), "n": n, "total": (all_of := totals[values[:-1]])}
        | {"share": (200 * n + all_of) // (2 * all_of) / 100}
        for values, n in sorted(counts.items())
    ]
    return found, held_back(public, told)


def of(cut: Cut, documents: pa.Table) -> pa.Table:
    """What a cut counts: documents, once for each of their themes where it has these."""
    rows = personal(documents) if cut.public else documents
    return with_themes(rows) if "theme" in cut.keys else rows


def with_themes(documents: pa.Table) -> pa.Table:
    """One row a document and theme; where it has none, one that says why."""
    return exploded(documents, "themes", "theme")


def query(cut: Cut, snapshot: Snapshot, by: Scheme, rows: Sequence[Row]) -> str:
    """The query of a cut, for DuckDB in the snapshot's folder: the rows that `cells` gave, in their order.

    Which cells are told by themselves is not asked again: they are named in it.
    """
    keys = ", ".join(cut.keys)
    table = f"({THEMES_QUERY})" if "theme" in cut.keys else "base"
    where = " WHERE texts = 'public'" if cut.public else ""
    steps, last = "", "texts"
    for depth in range(1, len(cut.keys) + 1) if cut.labelled else ():
        before, last = last, f"texts{depth}"
        key, first = cut.keys[depth - 1], ", ".join(cut.keys[:depth])
        steps += f"""
{last} AS (SELECT * REPLACE (CASE WHEN ({first}) IN (SELECT ({first}) FROM told) THEN {key} ELSE '{TOGETHER}' END AS {key})
  FROM {before}),"""
    return f"""WITH base AS ({base_query(cut.labels, snapshot, by)}),
told AS ({printed(cut.keys, rows)}),
texts AS (SELECT {keys} FROM {table}{where}),{steps}
cells AS (SELECT {keys}, count(*) AS n, (sum(count(*)) OVER (PARTITION BY {", ".join(cut.groups)}))::BIGINT AS total
  FROM {last} GROUP BY {keys})
SELECT {keys}, n, total, (200 * n + total) // (2 * total) / 100 AS share
FROM cells SEMI JOIN told USING ({keys}) ORDER BY {keys}"""


def printed(keys: Sequence[str], rows: Sequence[Row]) -> str:
    """The query that names the cells of the rows."""
    names = ", ".join(f'"{key}"' for key in keys)
    if not rows:
        nothing = ", ".join(f'{NO_PHASE if key == "phase" else repr("")} AS "{key}"' for key in keys)
        return f"SELECT {nothing} WHERE false"
    told = ",\n  ".join(f"({', '.join(_literal(row[key]) for key in keys)})" for row in rows)
    return f"SELECT * FROM (VALUES\n  {told}) AS printed({names})"


def _literal(value: Any) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def base_query(names: Sequence[str], snapshot: Snapshot, by: Scheme) -> str:
    """The query of `prepared`, with the labels of the tables ``names``."""
    phase = " ".join(
        f"WHEN {by.day} BETWEEN DATE '{one.first}' AND DATE '{one.last}' THEN {one.number}" for one in by.phases
    )
    keys = [key for key, name in LABELS.items() if name in names]
    labels = "".join(f",\n    coalesce({key}.label, '{UNLABELLED}') AS {key}" for key in keys)
    for key, classes in by.classes.items() if "emotion" in keys else ():
        cases = " ".join(f"WHEN {_literal(one)} THEN {_literal(to)}" for one, to in classes.items())
        labels += f",\n    CASE coalesce(emotion.label, '{UNLABELLED}') {cases} END AS {key}"
    joins = "".join(_strongest_query(snapshot, key) for key in keys)
    if "themes" in names:
        labels += f",\n    coalesce(themes.labels, ['{UNLABELLED}']) AS themes"
        joins += f"""
  LEFT JOIN (SELECT document_id, list(label) AS labels FROM {_whole_query(snapshot, "themes")}
    GROUP BY document_id) AS themes ON themes.document_id = d.id"""
    published = ", ".join(f"'{kind}'" for kind in PUBLISHED)
    return f"""
  SELECT id, kind, author_key, {SCRIPT.replace(" AS script", " AS language")},
    CASE WHEN kind IN ({published}) THEN 'published' ELSE 'public' END AS texts,
    CASE {phase} ELSE {NO_PHASE} END AS phase{labels}
  FROM {table_files("documents_wide")} AS d{joins}"""


def _strongest_query(snapshot: Snapshot, key: str) -> str:
    return f"""
  LEFT JOIN (SELECT document_id, CASE WHEN count(*) > 1 THEN '{SEVERAL}' ELSE min(label) END AS label
    FROM (SELECT document_id, label, rank() OVER (PARTITION BY document_id ORDER BY coalesce(score, 0) DESC) AS place
      FROM {_whole_query(snapshot, LABELS[key])})
    WHERE place = 1 GROUP BY document_id) AS {key} ON {key}.document_id = d.id"""


def _whole_query(snapshot: Snapshot, name: str) -> str:
    version = _literal(str(snapshot.manifest["tables"][name]["current_version"]))
    return f"""{table_files(name)} WHERE "start" IS NULL AND version = {version}"""


THEMES_QUERY = "SELECT *, unnest(themes) AS theme FROM base"
