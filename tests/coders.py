"""Simulated coders: what each tool gives back once somebody has coded the file that was written for it."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.coding.rounds import Round

_SCHEME = Path(__file__).resolve().parent.parent / "studies" / "demo" / "coding.toml"
Row = dict[str, Any]
Answer = Callable[[str, str], str | None]
"""Of a document's id and a variable the code that a coder gives, or None."""


def tones_and_stances() -> bytes:
    """The demonstration's coding scheme without what it asks of themes."""
    return _SCHEME.read_bytes().split(b'\n[[variable]]\nid = "theme_')[0] + b"\n"


def first_code(made: Round) -> Answer:
    """Everybody gives the first code of each variable."""
    return lambda doc_id, name: next(v.ids[0] for v in made.scheme.variables if v.id == name)


def tasks(made: Round, coder: str, folder: str = "tasks") -> list[Path]:
    """The files of one coder."""
    return sorted(path for path in (made.folder / folder).iterdir() if path.name.split(".")[0] == coder)


def code(made: Round, coder: str, answer: Answer, target: Path, folder: str = "tasks") -> list[Path]:
    """What a coder gives back by the round's tool, as files in ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for path in tasks(made, coder, folder):
        if path.suffix in (".json", ".jsonl", ".csv"):
            back = target / path.name
            back.write_bytes(_GIVE_BACK[made.tool](path.read_bytes(), coder, answer, _names(made)))
            written.append(back)
    return written


def _names(made: Round) -> list[str]:
    return [variable.id for variable in made.scheme.variables]


def _sheet(raw: bytes, coder: str, answer: Answer, names: list[str]) -> bytes:
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    for row in rows:
        row |= {name: answer(row["doc_id"], name) or "" for name in names if name in row}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _label_studio(raw: bytes, coder: str, answer: Answer, names: list[str]) -> bytes:
    exported = []
    for number, task in enumerate(json.loads(raw), 1):
        given = [(name, answer(task["data"]["doc_id"], name)) for name in names]
        result = [
            {"id": name, "from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [one]}}
            for name, one in given
            if one
        ]
        annotation = {
            "id": 100 + number,
            "completed_by": 1,
            "result": result,
            "was_cancelled": not result,
            "ground_truth": False,
            "created_at": "2026-11-21T10:00:00.000000Z",
            "updated_at": "2026-11-21T10:00:05.000000Z",
            "lead_time": 4.2,
        }
        exported.append({"id": number, "data": task["data"], "annotations": [annotation], "predictions": []})
    return json.dumps(exported, ensure_ascii=False).encode()


def _doccano(raw: bytes, coder: str, answer: Answer, names: list[str]) -> bytes:
    exported = []
    for number, line in enumerate(raw.splitlines(), 1):
        row = json.loads(line)
        given = [(name, answer(row["doc_id"], name)) for name in names]
        exported.append({"id": number, **row, "label": [f"{name}:{one}" for name, one in given if one], "Comments": []})
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in exported)


def _prodigy(raw: bytes, coder: str, answer: Answer, names: list[str]) -> bytes:
    exported = []
    for line in raw.splitlines():
        row = json.loads(line)
        one = answer(row["doc_id"], row["variable"])
        session = f"my-set-{coder}"
        row |= {"accept": [one] if one else [], "answer": "accept" if one else "ignore", "_timestamp": 1795000000}
        row |= {
            "_input_hash": 1,
            "_task_hash": 2,
            "_view_id": "choice",
            "_annotator_id": session,
            "_session_id": session,
        }
        exported.append(row)
    return b"".join(json.dumps(row).encode() + b"\n" for row in exported)


_GIVE_BACK = {"csv": _sheet, "labelstudio": _label_studio, "doccano": _doccano, "prodigy": _prodigy}
