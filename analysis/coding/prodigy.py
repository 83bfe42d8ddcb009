"""Prodigy: its choice interface as JSON lines, a file for each variable, and what ``db-out`` gives back."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from analysis.coding import Given, Task, listed, said, table
from analysis.coding.schemes import Scheme, Variable
from corpus.jsonlines import read_lines
from corpus.strictjson import JSONFault, read_json

_LATEST = 1 << 33
"""Seconds; a time stamp beyond is none."""


class Prodigy:
    """One line a unit and variable, as that interface asks one question at a time."""

    title = "Prodigy"
    help = (
        "One run a variable: `prodigy mark <dataset> <coder>.<variable>.jsonl --view-id choice`, with `?session=<coder>` "
        "behind the address. Give back what `prodigy db-out <dataset>` writes."
    )

    def write(self, tasks: Sequence[Task], scheme: Scheme, folder: Path, name: str) -> list[Path]:
        """``<name>.<variable>.jsonl`` for each variable that a task asks for."""
        paths = []
        for variable in scheme.variables:
            rows = [_row(task, variable) for task in tasks if not task.asked or variable.id in task.asked]
            if rows:
                paths.append(folder / f"{name}.{variable.id}.jsonl")
                lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                paths[-1].write_text(lines, encoding="utf-8")
        return paths

    def read(self, path: Path) -> Iterator[Given]:
        """Each line; what was ignored or rejected holds no code."""
        for line in read_lines(path):
            place = f"line {line.number}"
            try:
                row = read_json(b"" if line.too_long else line.raw)
            except JSONFault as fault:
                yield Given(place, fault=f"no JSON ({fault})")
                continue
            yield _given(place, table(row))


def _row(task: Task, variable: Variable) -> dict[str, object]:
    return {
        "input": task.doc_id,  # Prodigy shows equal inputs once: by this, texts that are alike are inputs of their own
        "text": task.text,
        "options": [{"id": code.id, "text": f"{code.label_en} / {code.label_zh}"} for code in variable.codes],
        "config": {"choice_style": "single", "choice_auto_accept": False},
        "meta": {"question": f"{variable.question_en} / {variable.question_zh}", **task.shown},
        "doc_id": task.doc_id,
        "variable": variable.id,
        "coder": task.coder,
        "scheme": task.scheme,
    }


def _given(place: str, row: dict[str, object]) -> Given:
    name, variable = said(row.get("doc_id")), said(row.get("variable"))
    if name is None or variable is None:
        return Given(place, fault="a line without doc_id or variable")
    text = row.get("text")
    accepted = listed(row.get("accept")) if row.get("answer") == "accept" else []
    named = [said(row.get(key)) for key in ("_annotator_id", "_session_id")]
    return Given(
        place,
        doc_id=name,
        who=tuple(tail for one in named if one for tail in _tails(one)),
        assigned=said(row.get("coder")),
        scheme=said(row.get("scheme")),
        text=text if isinstance(text, str) else None,
        codes=tuple((variable, str(code)) for code in accepted),
        at=_moment(row.get("_timestamp")),
    )


def _tails(name: str) -> list[str]:
    """A session is called by dataset and coder with a hyphen between, and either may hold some: each ending of the name."""
    parts = name.split("-")
    return ["-".join(parts[place:]) for place in range(len(parts))]


def _moment(stamp: object) -> str | None:
    if isinstance(stamp, int | float) and 0 <= stamp < _LATEST:
        return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="seconds")
    return None


TOOL = Prodigy()
