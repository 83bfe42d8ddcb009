"""Count documents by cells of labels, none of too few people, and give the query that counts the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from analysis.counting import PUBLISHED, K, Row, counted, exploded, floored, language_group, mapped, shares
from analysis.phases import Phase
from analysis.queries import SCRIPT, table_files
from corpus.snapshot import Snapshot

LABELS = {
    "stance": "stance",
    "country_stance": "stance_country",
    "emotion": "emotion",
    "speaker": "speaker_role",
    "irony": "ironic_cue",
}
"""Keys of cells that stand in an annotator's side table, and that table. Of several labels the strongest counts."""
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

    A row has the keys, `n`, `total` (of its group, of what is shown), `share`, and `irony` where the cut asks for it.
    """
    rows = of(cut, documents)
    kept, held = floored(rows, cut.keys) if cut.floored else (rows, 0)
    found = shares(kept, cut.groups, cut.keys[-1])
    if cut.irony:
        ironic = _ironic(cut, kept)
        for row in found:
            row["irony"] = ironic.get(tuple(row[key] for key in cut.groups))
    return found, held


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


def _ironic(cut: Cut, kept: pa.Table) -> Mapping[tuple[object, ...], float | None]:
    """By group the share of its texts with a sign of irony; null where those are of 1 to K - 1 people."""
    groups = list(dict.fromkeys((*cut.groups, "texts")))
    read = kept.filter(pc.is_in(kept.column("irony"), value_set=pa.array(["cue", "none"])))
    totals = {tuple(row[key] for key in cut.groups): row["n"] for row in counted(read, cut.groups)}
    cued = read.filter(pc.equal(read.column("irony"), "cue"))
    number = {tuple(row[key] for key in cut.groups): row["n"] for row in counted(cued, cut.groups)}
    people, _ = floored(cued, groups)
    shown = {tuple(row[key] for key in cut.groups): row["n"] for row in counted(people, cut.groups)}
    return {
        group: shown.get(group, 0) / total if shown.get(group, 0) == number.get(group, 0) else None
        for group, total in totals.items()
    }


def query(cut: Cut, snapshot: Snapshot, phases: Sequence[Phase]) -> str:
    """The query of a cut, for DuckDB in the snapshot's folder: the rows that `cells` gives, in their order."""
    keys, groups = ", ".join(cut.keys), ", ".join(cut.groups)
    parts = [f"base AS ({base_query(cut.labels, snapshot, phases)})", f"of AS ({_of_query(cut)})"]
    parts.append(f"kept AS ({kept_query(cut.keys)})" if cut.floored else "kept AS (SELECT * FROM of)")
    shown = f"{keys}, count(*) AS n, sum(count(*)) OVER (PARTITION BY {groups}) AS total, n / total AS share"
    if not cut.irony:
        return f"WITH {_joined(parts)}\nSELECT {shown}\nFROM kept GROUP BY {keys} ORDER BY {keys}"
    parts.append(f"""ironic AS (SELECT {groups}, CASE WHEN cues = 0 OR people >= {K} OR published THEN cues / read END AS irony
  FROM (SELECT {groups}, count(*) AS read, count(*) FILTER (irony = 'cue') AS cues,
    count(DISTINCT author_key) FILTER (irony = 'cue') AS people, bool_and(texts = 'published') AS published
    FROM kept WHERE irony IN ('cue', 'none') GROUP BY {groups}))""")
    return f"""WITH {_joined(parts)},
counted AS (SELECT {shown}
  FROM kept GROUP BY {keys})
SELECT {keys}, n, total, share, irony FROM counted LEFT JOIN ironic USING ({groups}) ORDER BY {keys}"""


def _joined(parts: Sequence[str]) -> str:
    return ",\n".join(parts)


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


def kept_query(keys: Sequence[str]) -> str:
    """What `floored` keeps of `of`."""
    named = ", ".join(keys)
    return f"""SELECT * FROM of SEMI JOIN (SELECT {named}, texts AS whose FROM of
  GROUP BY ALL HAVING whose = 'published' OR count(DISTINCT author_key) >= {K}) AS enough
  ON {" AND ".join(f"of.{key} = enough.{key}" for key in keys)} AND of.texts = enough.whose"""
