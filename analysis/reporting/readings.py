"""What annotators say of posts and comments as a whole: emotions, stances, and how many texts carry a sign of irony."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from analysis.reporting.counting import Row, counted, floored, shares
from analysis.surveys import newest
from corpus.snapshot import Snapshot

WRITTEN = ("post", "comment")
"""Kinds whose texts one person wrote as his or her own: of these feelings and stances are told."""
NOT_GIVEN = ("none", "abstain")
_OF = ("id", "kind", "script", "author_key")


@dataclass(frozen=True, slots=True)
class Readings:
    """Groups of posts and comments by their labels; `total` counts the group's texts, those of which nothing is said too.

    `ironic`: texts with a sign of irony as a share of those in which signs were looked for; null where none were.
    """

    emotion: list[Row]
    """By emotion (or none, abstain) and group of languages; a text may have several emotions."""
    stance: list[Row]
    """By group of languages, kind and stance (none: takes none; abstain: not known)."""
    irony: Row
    """Posts and comments in which signs of irony were looked for, `n`, and those with one, `cue`."""
    held_back: Mapping[str, int]
    versions: Mapping[str, str]
    """Of each annotator and survey that has run, the version of its last run."""


def readings(snapshot: Snapshot, wide: pa.Table) -> Readings:
    """Count the labels of whole posts and comments; ``wide`` has `script` and, by `with_irony`, `ironic`."""
    emotion, held_emotion = _labelled(snapshot, wide, "emotion", ["script"])
    stance, held_stance = _labelled(snapshot, wide, "stance", ["script", "kind"])
    looked = wide.filter(pc.and_(_written(wide), pc.is_valid(wide.column("ironic"))))
    tables = snapshot.manifest["tables"]
    return Readings(
        emotion=emotion,
        stance=stance,
        irony={"n": len(looked), "cue": pc.sum(looked.column("ironic")).as_py() or 0},
        held_back={"emotion": held_emotion, "stance": held_stance},
        versions={name: str(of["current_version"]) for name, of in tables.items() if "current_version" in of},
    )


def with_irony(snapshot: Snapshot, wide: pa.Table) -> pa.Table:
    """The documents with a column `ironic`: whether a text carries a sign of irony; null where none was looked for."""
    labels = _whole(snapshot, "ironic_cue")
    if labels is None:
        return wide.append_column("ironic", pa.nulls(len(wide), pa.bool_()))
    label = labels.column("label").take(pc.index_in(wide.column("id"), value_set=labels.column("document_id")))
    return wide.append_column("ironic", pc.if_else(pc.equal(label, "abstain"), None, pc.equal(label, "cue")))


def beside_irony(rows: list[Row], table: pa.Table, groups: Sequence[str]) -> list[Row]:
    """The rows of groups, each with `ironic`, its group's share of texts with a sign of irony; null where none was looked for."""
    looked = table.select([*groups, "ironic"]).filter(pc.is_valid(table.column("ironic")))
    signs = looked.set_column(len(groups), "sign", pc.cast(looked.column("ironic"), pa.int64()))
    found = signs.group_by(list(groups)).aggregate([("sign", "sum"), ("sign", "count")]).to_pylist()
    means = {tuple(row[key] for key in groups): row["sign_sum"] / row["sign_count"] for row in found}
    return [row | {"ironic": means.get(tuple(row[key] for key in groups))} for row in rows]


def _written(wide: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(wide.column("kind"), value_set=pa.array(WRITTEN))


def _whole(snapshot: Snapshot, name: str) -> pa.Table | None:
    labels = newest(snapshot, name, ("document_id", "label", "start"))
    return None if labels is None else labels.filter(pc.is_null(labels.column("start"))).drop_columns(["start"])


def _labelled(snapshot: Snapshot, wide: pa.Table, name: str, groups: Sequence[str]) -> tuple[list[Row], int]:
    """Labels of an annotator by groups: counts and shares of all texts of a group to which it may apply."""
    labels = _whole(snapshot, name)
    if labels is None:
        return [], 0
    labels = labels.filter(pc.not_equal(labels.column("label"), "not_applicable"))
    applied = pc.is_in(wide.column("id"), value_set=labels.column("document_id"))
    texts, held = floored(wide.select([*_OF, "ironic"]).filter(pc.and_(_written(wide), applied)), groups)
    totals = {tuple(row[key] for key in groups): row["n"] for row in counted(texts, groups)}
    place = pc.index_in(labels.column("document_id"), value_set=texts.column("id"))
    kept = labels.filter(pc.is_valid(place))
    each = texts.select(list(groups)).take(pc.drop_null(place)).append_column(name, kept.column("label"))
    rows = shares(each, groups, name)
    for row in rows:
        row["total"] = totals[tuple(row[key] for key in groups)]
        row["share"] = row["n"] / row["total"]
    return beside_irony(rows, texts, groups), held
