"""Count documents by cells of labels, none of too few people, and give the query that counts the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from analysis.replication.phases import Phase
from analysis.reporting.counting import PUBLISHED, K, Row, counted, exploded, language_group, mapped
from analysis.reporting.queries import SCRIPT, table_files
from corpus.snapshot import Snapshot

LABELS = {
    "stance": "stance",
    "country_stance": "stance_country",
    "emotion": "emotion",
    "speaker": "speaker_role",
    "irony": "ironic_cue",
}
"""Keys of cells that stand in an annotator's side table, and that table. Of several labels the strongest counts."""
Group = tuple[Any, ...]
_WIDE = ("id", "kind", "author_key", "day_shanghai", "language", "sentiment", "themes")


@dataclass(frozen=True, slots=True)
class Cut:
    """A table of counts: one row a cell, which is a value of each of `keys`; shares are of the last key in the others.

    Keys are `phase`, `texts` (public: posts and comments; published: articles and turns), `kind`, `language`, `theme`,
    `sentiment` or one of `LABELS`. With `irony`, each row tells the share of texts with a sign of irony in its group.
    """

    name: str
    keys: tuple[str, ...]
    public: bool = False
    irony: bool = False
    floored: bool = True

    @property
    def groups(self) -> tuple[str, ...]:
        return self.keys[:-1]

    @property
    def labels(self) -> tuple[str, ...]:
        """The annotators' tables that it reads."""
        return tuple(LABELS[key] for key in (*self.keys, *(["irony"] if self.irony else [])) if key in LABELS)


def prepared(snapshot: Snapshot, phases: Sequence[Phase]) -> pa.Table:
    """One row a document with a column for each key but `theme`, and `themes`; what was never annotated is null."""
    wide = snapshot.table("documents_wide", _WIDE)
    columns = {name: wide.column(name) for name in ("id", "kind", "author_key", "sentiment", "themes")}
    columns["day"] = wide.column("day_shanghai")
    columns["language"] = mapped(wide.column("language"), language_group)
    columns["texts"] = mapped(wide.column("kind"), lambda kind: "published" if kind in PUBLISHED else "public")
    columns["phase"] = _phase(wide.column("day_shanghai"), phases)
    for key, name in LABELS.items():
        columns[key] = _strongest(snapshot, name, wide.column("id"))
    return pa.table(columns)


def _phase(days: pa.ChunkedArray, phases: Sequence[Phase]) -> pa.Array:
    number = {
        phase.first.fromordinal(day): phase.number
        for phase in phases
        for day in range(phase.first.toordinal(), phase.last.toordinal() + 1)
    }
    coded = pc.dictionary_encode(days, null_encoding="encode").combine_chunks()
    return pa.array([number.get(day) for day in coded.dictionary.to_pylist()], pa.int64()).take(coded.indices)


def _strongest(snapshot: Snapshot, name: str, ids: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    if name not in snapshot.tables:
        return pa.nulls(len(ids), pa.string())
    table = snapshot.table(name, ["document_id", "version", "start", "label", "score"])
    newest = pc.equal(table.column("version"), snapshot.manifest["tables"][name]["current_version"])
    whole = table.filter(pc.and_(pc.is_null(table.column("start")), newest)).select(["document_id", "label", "score"])
    score = pc.fill_null(whole.column("score"), 0.0)
    whole = whole.set_column(2, "score", score)
    whole = whole.sort_by([("document_id", "ascending"), ("score", "descending"), ("label", "ascending")])
    first = whole.group_by("document_id", use_threads=False).aggregate([("label", "first")])
    return first.column("label_first").take(pc.index_in(ids, value_set=first.column("document_id")))


def cells(cut: Cut, documents: pa.Table) -> tuple[list[Row], int]:
    """The rows of a cut, in the order of its keys, and how many counts were held back: cells of fewer than K authors.

    A row has the keys, `n`, `total` (of its group), `share`, and `irony` where the cut asks for it. Total and share are
    null where what is missing to the total would tell of fewer than K authors.
    """
    rows = of(cut, documents)
    found = rows.group_by(list(cut.keys)).aggregate([([], "count_all"), ("author_key", "count_distinct")])
    found = found.rename_columns([*cut.keys, "n", "people"]).sort_by([(key, "ascending") for key in cut.keys])
    shown: list[Row] = []
    hidden: list[Row] = []
    for row in found.to_pylist():
        (shown if _is_shown(cut, row) else hidden).append(row)
    totals, ironic = _totals(cut, rows, hidden), _ironic(cut, rows) if cut.irony else {}
    return [_row(cut, row, totals, ironic) for row in shown], sum(row["n"] for row in hidden)


def _is_shown(cut: Cut, row: Row) -> bool:
    return not cut.floored or row.get("texts") == "published" or row["people"] >= K


def _row(cut: Cut, row: Row, totals: Mapping[Group, int | None], ironic: Mapping[Group, float | None]) -> Row:
    group = _group(cut, row)
    total = totals[group]
    made = {key: row[key] for key in (*cut.keys, "n")} | {"total": total, "share": row["n"] / total if total else None}
    return made | ({"irony": ironic.get(group)} if cut.irony else {})


def _totals(cut: Cut, rows: pa.Table, hidden: Sequence[Row]) -> Mapping[Group, int | None]:
    """By group the number of its texts; null where those of its hidden cells are of fewer than K people together."""
    of_hidden = pa.Table.from_pylist(hidden, schema=rows.select(cut.keys).schema)
    lost = rows.select([*cut.keys, "author_key"]).join(of_hidden, list(cut.keys), join_type="left semi")
    people = lost.group_by(list(cut.groups)).aggregate([("author_key", "count_distinct")]).to_pylist()
    few = {_group(cut, row) for row in people if row["author_key_count_distinct"] < K}
    totals = {_group(cut, row): row["n"] for row in counted(rows, cut.groups)}
    return {group: None if group in few else n for group, n in totals.items()}


def _ironic(cut: Cut, rows: pa.Table) -> Mapping[Group, float | None]:
    """By group the share of its texts with a sign of irony; null where those are of 1 to K - 1 people."""
    read = rows.filter(pc.is_in(rows.column("irony"), value_set=pa.array(["cue", "none"])))
    cued = read.filter(pc.equal(read.column("irony"), "cue")).select([*cut.groups, "author_key"])
    found = cued.group_by(list(cut.groups)).aggregate([([], "count_all"), ("author_key", "count_distinct")]).to_pylist()
    cues = {_group(cut, row): row["count_all"] for row in found}
    few = {
        _group(cut, row) for row in found if row.get("texts") != "published" and row["author_key_count_distinct"] < K
    }
    totals = {_group(cut, row): row["n"] for row in counted(read, cut.groups)}
    return {group: None if group in few else cues.get(group, 0) / total for group, total in totals.items()}


def _group(cut: Cut, row: Row) -> Group:
    return tuple(row[key] for key in cut.groups)


def of(cut: Cut, documents: pa.Table) -> pa.Table:
    """What a cut counts: documents that have a value for each key, once for each of their themes where it has these."""
    rows = documents.filter(pc.equal(documents.column("texts"), "public")) if cut.public else documents
    if "theme" in cut.keys:
        rows = with_themes(rows)
    for key in cut.keys:
        rows = rows.filter(pc.is_valid(rows.column(key)))
    return rows


def with_themes(documents: pa.Table) -> pa.Table:
    """One row a document and theme; `none` is the theme of a document without any."""
    rows = documents.filter(pc.is_valid(documents.column("themes")))
    bare = rows.filter(pc.equal(pc.list_value_length(rows.column("themes")), 0)).drop_columns(["themes"])
    bare = bare.append_column("theme", pa.array(["none"] * len(bare), pa.string()))
    return pa.concat_tables([exploded(rows, "themes", "theme"), bare])


def query(cut: Cut, snapshot: Snapshot, phases: Sequence[Phase]) -> str:
    """The query of a cut, for DuckDB in the snapshot's folder: the rows that `cells` gives, in their order."""
    keys, groups = ", ".join(cut.keys), ", ".join(cut.groups)
    published = "texts = 'published'" if "texts" in cut.keys else "false"
    shown = f"{published} OR count(DISTINCT author_key) >= {K}" if cut.floored else "true"
    read, told = "", ""
    if cut.irony:
        read = """,
    count(*) FILTER (irony = 'cue') AS cues, count(DISTINCT author_key) FILTER (irony = 'cue') AS cuers,
    count(*) FILTER (irony IN ('cue', 'none')) AS read"""
        told = f",\n  CASE WHEN cues = 0 OR cuers >= {K} OR {published} THEN cues / nullif(read, 0) END AS irony"
    return f"""WITH base AS ({base_query(cut.labels, snapshot, phases)}),
of AS ({_of_query(cut)}),
cells AS (SELECT {keys}, count(*) AS n, {shown} AS shown FROM of GROUP BY {keys}),
totals AS (SELECT {groups}, count(*) AS whole,
    count(*) FILTER (NOT shown) AS lost, count(DISTINCT author_key) FILTER (NOT shown) AS people{read}
  FROM of JOIN cells USING ({keys}) GROUP BY {groups})
SELECT {keys}, n, CASE WHEN lost = 0 OR people >= {K} THEN whole END AS total, n / total AS share{told}
FROM cells JOIN totals USING ({groups}) WHERE shown ORDER BY {keys}"""


def base_query(names: Sequence[str], snapshot: Snapshot, phases: Sequence[Phase]) -> str:
    """The query of `prepared`, with the labels of the tables ``names``."""
    phase = " ".join(
        f"WHEN day_shanghai BETWEEN DATE '{one.first}' AND DATE '{one.last}' THEN {one.number}" for one in phases
    )
    keys = [key for key, name in LABELS.items() if name in names]
    labels = "".join(f", {key}.label AS {key}" for key in keys)
    joins = "".join(
        f"""
  LEFT JOIN (SELECT document_id, arg_min(label, (-coalesce(score, 0), label)) AS label FROM {table_files(LABELS[key])}
    WHERE "start" IS NULL AND version = '{_version(snapshot, LABELS[key])}' GROUP BY document_id) AS {key}
  ON {key}.document_id = d.id"""
        for key in keys
    )
    published = ", ".join(f"'{kind}'" for kind in PUBLISHED)
    return f"""
  SELECT id, kind, author_key, sentiment, themes, {SCRIPT.replace(" AS script", " AS language")},
    CASE WHEN kind IN ({published}) THEN 'published' ELSE 'public' END AS texts,
    CASE {phase} END AS phase{labels}
  FROM {table_files("documents_wide")} AS d{joins}"""


def _version(snapshot: Snapshot, name: str) -> str:
    return str(snapshot.manifest["tables"][name]["current_version"]).replace("'", "''")


THEMES_QUERY = (
    "SELECT *, unnest(CASE WHEN len(themes) = 0 THEN ['none'] ELSE themes END) AS theme FROM base "
    "WHERE themes IS NOT NULL"
)


def _of_query(cut: Cut) -> str:
    given = [f"{key} IS NOT NULL" for key in cut.keys if key != "theme"]
    given += ["texts = 'public'"] if cut.public else []
    rows = f"FROM ({THEMES_QUERY})" if "theme" in cut.keys else "FROM base"
    return f"SELECT * {rows} WHERE {' AND '.join(given)}" if given else f"SELECT * {rows}"
