"""The units of a draw that are to be coded: their texts, held against what was drawn, and nothing that was not asked for."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from analysis.reporting.downloads import inert
from analysis.sampling.frames import commitment
from analysis.sampling.history import samples_folder
from analysis.sampling.keys import digest
from corpus.errors import UserError
from corpus.snapshot import Snapshot, latest, read_file
from corpus.study import Study

SHOWABLE = ("source", "date", "author", "kind", "parent", "labels")
"""What coders may be shown beside the text, if a study asks for it: each makes coders less blind."""
ORDER = "coding"
"""The stream by which units are put in order: it tells nothing of day, stratum, size or chance."""
_IN_FRAME = {"source": "source_id", "date": "day", "author": "author", "kind": "kind"}
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw on disk as coding needs it: `commitments` of all documents drawn, reserves among them; `salts` that are left."""

    folder: Path
    document: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]
    commitments: Mapping[str, str]
    salts: Mapping[str, str]

    @property
    def id(self) -> str:
        return str(self.document["draw_id"])


@dataclass(frozen=True, slots=True)
class Unit:
    """A document to be coded. `text`: with its title above it; `twice`: whether it is to be coded a second time."""

    doc_id: str
    text: str
    twice: bool
    text_commitment: str
    seen: tuple[str, ...]
    """Commitments to `text` as tools hand it to coders."""
    shown: Mapping[str, str] = field(default_factory=lambda: _NOTHING, hash=False)


def load_draw(study: Study, name: str) -> Drawn:
    """The draw of that name; raises UserError where there is none, VerificationError where a table is broken."""
    folder = samples_folder(study) / name
    try:
        document = json.loads((folder / "sample.json").read_bytes())
    except (OSError, ValueError) as error:
        raise UserError("no draw here", where=folder, hint="`huanying sample list` shows the draws") from error
    columns = ["doc_id", "double_code", "is_reserve", "replaces", "status", "text_commitment"]
    rows = read_file(folder / "sample.parquet").select(columns).to_pylist()
    kept = folder / "salts.parquet"
    salts = {row["id"]: row["salt"] for row in read_file(kept).to_pylist()} if kept.is_file() else {}
    commitments = {row["doc_id"]: row["text_commitment"] for row in rows}
    return Drawn(folder, document, tuple(rows), commitments, salts)


def units_of(
    study: Study, drawn: Drawn, show: Sequence[str] = (), only: Collection[str] | None = None
) -> tuple[list[Unit], Counter[str]]:
    """The documents of the sample that can be coded, in the order of their digests, and why others are left out.

    ``show``: some of `SHOWABLE`; ``only``: of these documents. Each text is held against its commitment.
    """
    left_out: Counter[str] = Counter()
    wanted: dict[str, Mapping[str, Any]] = {}
    for row in drawn.rows:
        if row["is_reserve"] and row["replaces"] is None:
            continue
        if row["status"] != "drawn":
            left_out[row["status"]] += 1
        elif only is None or row["doc_id"] in only:
            wanted[row["doc_id"]] = row
    snapshot = _snapshot(study, str(drawn.document["frame"]["snapshot_id"]))
    texts = _texts(snapshot, wanted)
    shown = _shown(snapshot, drawn, wanted, texts, show)
    units = []
    seed = str(drawn.document["seed"]["hex"])
    for name in sorted(wanted, key=lambda one: (digest(seed, ORDER, one), one)):
        salt, row, text = drawn.salts.get(name), wanted[name], texts.get(name)
        if text is None or salt is None:
            left_out["its text was erased"] += 1
        elif commitment(salt, text["text"] or "") != row["text_commitment"]:
            left_out["its text is not the one that was drawn"] += 1
        else:
            whole = shown_text(text["title"], text["text"])
            seen = seen_as(salt, whole)
            units.append(Unit(name, whole, bool(row["double_code"]), row["text_commitment"], seen, shown.get(name, {})))
    return units, left_out


def shown_text(title: str | None, text: str | None) -> str:
    """What a coder reads of a document."""
    return "\n\n".join(part for part in (title, text) if part)


def seen_as(salt: str, text: str) -> tuple[str, ...]:
    """Commitments to a text as it may come back: as it is, and as it stands in a spreadsheet where that differs."""
    return tuple(dict.fromkeys(commitment(salt, even(one)) for one in (text, inert(text))))


def even(text: str) -> str:
    """A text with line ends of one kind: tools and spreadsheets change them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _snapshot(study: Study, identity: str) -> Snapshot:
    folder = study.corpus_folder / "snapshots" / identity
    return Snapshot(folder) if folder.is_dir() else latest(study.corpus_folder)


def _texts(snapshot: Snapshot, wanted: Collection[str]) -> dict[str, dict[str, Any]]:
    columns = ["id", "title", "text", "thread_id", "sentiment", "themes"]
    known = {column["name"] for column in snapshot.manifest["tables"]["documents_wide"]["columns"]}
    found = {}
    for part in snapshot.slices("documents_wide", [name for name in columns if name in known]):
        for place, name in enumerate(part.column("id").to_pylist()):
            if name in wanted:
                found[name] = part.slice(place, 1).to_pylist()[0]
    return found


def _shown(
    snapshot: Snapshot,
    drawn: Drawn,
    wanted: Collection[str],
    texts: Mapping[str, Mapping[str, Any]],
    show: Sequence[str],
) -> dict[str, dict[str, str]]:
    made: dict[str, dict[str, str]] = {name: {} for name in wanted}
    if set(show) & _IN_FRAME.keys():
        for row in read_file(drawn.folder / "frame.parquet").to_pylist():
            if row["id"] in made:
                made[row["id"]] |= {key: str(row[_IN_FRAME[key]] or "") for key in show if key in _IN_FRAME}
    if "parent" in show:
        parents = {name: above for name, above in parents_of(snapshot) if name in wanted}
        above = _texts(snapshot, set(parents.values()))
        for name in made:
            text = above.get(parents.get(name, ""), {})
            made[name]["parent"] = shown_text(text.get("title"), text.get("text"))
    if "labels" in show:
        for name, row in texts.items():
            themes = ", ".join(row.get("themes") or ())
            made[name]["labels"] = "; ".join(filter(None, (row.get("sentiment"), themes)))
    return made


def parents_of(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Of each document that answers another, or stands in its thread: its id and that of the other."""
    for part in snapshot.slices("documents", ["id", "reply_to", "thread_id"]):
        for row in part.to_pylist():
            above = row["reply_to"] or row["thread_id"]
            if above and above != row["id"]:
                yield row["id"], above
