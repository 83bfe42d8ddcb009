"""The codes of a round: every coder's rows as they were given, only ever added to, and what follows from them."""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from analysis.coding import Given
from analysis.coding.aside import Refused, quarantine
from analysis.coding.rounds import load_round
from corpus.errors import UserError, VerificationError
from corpus.schemas import Column, Table
from corpus.store import arrow_schema
from corpus.study import Study

CODES_FILE = "codes.jsonl"
FROM = "from"
"""The key of a row that was taken over from another round: that round's name."""
CODE, ADJUDICATION = "code", "adjudication"
WAYS = ("adjudicated", "agreed", "majority", "first", "single")
"""How a code that holds was found; see `settled`."""
SIMULATED = "simulated-"
"""How the names of coders begin who are programs: whatever shows their codes says so."""
CODES = Table(
    "codes",
    "One row a document, variable and coder, as it was given; adjudications are rows of their own",
    (
        Column("doc_id", "string", "`documents.id`"),
        Column("variable", "string", "What was asked, an id of the coding scheme"),
        Column("code", "string", "The answer, an id of the coding scheme"),
        Column("coder", "string", "Pseudonym of the coder or adjudicator"),
        Column("at", "string", "When it was coded, or taken back where the tool does not say; ISO 8601"),
        Column("kind", "string", "code, or adjudication"),
        Column("scheme_digest", "string", "Coding scheme that was coded by"),
        Column("text_commitment", "string", "Of the text that was coded, as in the draw"),
    ),
    ("doc_id", "variable", "coder"),
)
TRUTH = Table(
    "truth",
    "One code a document and variable, and how it was found",
    (
        Column("doc_id", "string", "`documents.id`"),
        Column("variable", "string", "What was asked"),
        Column("code", "string", "The code that holds"),
        Column(
            "how", "string", "adjudicated, single, agreed, majority (more than half of three or more), first (coder)"
        ),
    ),
    ("doc_id", "variable"),
)
Row = dict[str, Any]


def codes_of(study: Study, name: str) -> pa.Table:
    """All rows of a round as `CODES`, in the order in which they came; for errors see `rows_of`."""
    return pa.Table.from_pylist(rows_of(load_round(study, name).folder), schema=arrow_schema(CODES))


def truth_of(study: Study, name: str) -> pa.Table:
    """One code of each document and variable of a round, as `TRUTH`, sorted; see `settled`."""
    made = load_round(study, name)
    found = settled(rows_of(made.folder), made.coders)
    rows = [
        {"doc_id": doc_id, "variable": variable, "code": code, "how": how}
        for (doc_id, variable), (code, how) in sorted(found.items())
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(TRUTH))


def settled(rows: Iterable[Mapping[str, Any]], coders: Iterable[str]) -> dict[tuple[str, str], tuple[str, str]]:
    """Of each document and variable the code that holds, and how it was found.

    The last adjudication; else, by the last code of each coder, what all say; else what more than half of three or more say; else what the first of
    ``coders`` says who coded it.
    """
    given: dict[tuple[str, str], dict[str, str]] = {}
    judged: dict[tuple[str, str], str] = {}
    for row in rows:
        key = row["doc_id"], row["variable"]
        if row["kind"] == ADJUDICATION:
            judged[key] = row["code"]
        else:
            given.setdefault(key, {})[row["coder"]] = row["code"]
    order = {coder: place for place, coder in enumerate(coders)}
    found = {key: _settle(codes, order) for key, codes in given.items()}
    return found | {key: (code, "adjudicated") for key, code in judged.items()}


def _settle(codes: Mapping[str, str], order: Mapping[str, int]) -> tuple[str, str]:
    counts = Counter(codes.values())
    code, most = counts.most_common(1)[0]
    if len(counts) == 1:
        return code, "agreed" if len(codes) > 1 else "single"
    if len(codes) > 2 and 2 * most > len(codes):
        return code, "majority"
    first = min(codes, key=lambda coder: (order.get(coder, len(order)), coder))
    return codes[first], "first"


def disputed(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Of each document the variables on which its coders differ, with the codes that they gave, and nobody has adjudicated."""
    said: dict[tuple[str, str], dict[str, str]] = {}
    judged = set()
    for row in rows:
        key = row["doc_id"], row["variable"]
        if row["kind"] == ADJUDICATION:
            judged.add(key)
        else:
            said.setdefault(key, {})[row["coder"]] = row["code"]
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for (doc_id, variable), given in sorted(said.items()):
        codes = set(given.values())
        if len(codes) > 1 and (doc_id, variable) not in judged:
            found.setdefault(doc_id, {})[variable] = tuple(sorted(codes))
    return found


def rows_of(folder: Path) -> list[Row]:
    """The rows of the round in ``folder``, oldest first; raises VerificationError that names a broken line."""
    path = folder / CODES_FILE
    return _parsed(path, path.read_bytes()) if path.is_file() else []


def simulated(rows: Iterable[Row]) -> list[str]:
    """The coders among ``rows`` who are programs."""
    return sorted({row["coder"] for row in rows if row["coder"].startswith(SIMULATED)})


@contextmanager
def adding(folder: Path) -> Iterator[tuple[list[Row], BinaryIO, tuple[Refused, ...]]]:
    """The rows of a round and its file, ready for `add`; nobody else adds to it meanwhile. For errors see `rows_of`.

    A last line that was cut short, of which no import ever said that it was taken, is put aside and told.
    """
    path = folder / CODES_FILE
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        raw = file.read()
        whole = raw[: raw.rfind(b"\n") + 1]
        rows = _parsed(path, whole)
        torn: tuple[Refused, ...] = ()
        if cut := raw[len(whole) :]:
            if _sound(row := _read(cut)):
                rows.append(row)
                file.write(b"\n")
            else:
                place, told = f"line {len(rows) + 1}", "it was cut short while it was written, and never taken"
                given = Given(place, note=cut.decode("utf-8", "replace"))
                torn = (Refused(CODES_FILE, place, "cut_short", told, given),)
                quarantine(folder, torn)
                file.truncate(len(whole))
        yield rows, file, torn


def add(file: BinaryIO, rows: Iterable[Row]) -> None:
    """Add rows; durable when this returns."""
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n" for row in rows]
    file.write(b"".join(lines))
    file.flush()
    os.fsync(file.fileno())


def _parsed(path: Path, raw: bytes) -> list[Row]:
    rows = []
    *lines, cut = raw.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        row = _read(line)
        if not _sound(row):
            raise VerificationError(
                f"line {number} is no row of codes", where=path, hint="restore the file from a copy: it only ever grows"
            )
        rows.append(row)
    if cut:
        raise VerificationError(
            "its last line was cut short while it was written",
            where=path,
            hint="import again what was being imported: that puts the line aside and adds what is missing",
        )
    return rows


def _read(line: bytes) -> Any:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    if isinstance(row, dict):
        row.pop("note", None)  # remarks stood here before they were kept in a private file
    return row


def _sound(row: Any) -> bool:
    if not isinstance(row, dict) or row.keys() - {FROM} != {column.name for column in CODES.columns}:
        return False
    return all(isinstance(value, str) for value in row.values()) and row["kind"] in (CODE, ADJUDICATION)


def one_of(study: Study, name: str | None) -> str:
    """The round of that name, or the only one; raises UserError where none is named and there are several, or none."""
    if name is not None:
        return load_round(study, name).name
    found = sorted(path.parent.name for path in (study.folder / "coding").glob("*/round.json"))
    if len(found) != 1:
        told = (
            f"there are {len(found)} rounds of coding: {', '.join(found)}" if found else "there is no round of coding"
        )
        raise UserError(told, where=study.folder / "coding", hint="--round NAME; `huanying code export` begins one")
    return found[0]
