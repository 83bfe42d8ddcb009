"""Doccano: text classification as JSON lines, and its export back, also the one with a file for each user."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.coding import Given, Task, listed, said, table
from analysis.coding.schemes import Scheme
from corpus.jsonlines import read_lines
from corpus.strictjson import JSONFault, read_json

_BETWEEN = ":"


class Doccano:
    """One line a unit; a label is ``variable:code``."""

    title = "doccano"
    help = (
        "One project (text classification) a coder: import `labels.json` under Labels and the coder's JSONL file under "
        "Dataset. Give back the exported JSONL; of an export by user, the coder's file."
    )

    def write(self, tasks: Sequence[Task], scheme: Scheme, folder: Path, name: str) -> list[Path]:
        """``<name>.jsonl`` and, for all coders together, ``labels.json``."""
        rows = [
            {
                "text": task.text,
                "label": [],
                "doc_id": task.doc_id,
                "coder": task.coder,
                "scheme": task.scheme,
                **{f"show_{key}": value for key, value in task.shown.items()},
            }
            for task in tasks
        ]
        labels = [
            {"text": f"{variable.id}{_BETWEEN}{code.id}"} for variable in scheme.variables for code in variable.codes
        ]
        path, named = folder / f"{name}.jsonl", folder / "labels.json"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        named.write_text(json.dumps(labels, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return [path, named]

    def read(self, path: Path) -> Iterator[Given]:
        """Each line; the file's name is what an export by user calls the coder."""
        for line in read_lines(path):
            place = f"line {line.number}"
            try:
                row = read_json(b"" if line.too_long else line.raw)
            except JSONFault as fault:
                yield Given(place, fault=f"no JSON ({fault})")
                continue
            yield _given(place, row, path.stem)


def _given(place: str, row: object, stem: str) -> Given:
    fields = table(row)
    besides = {**table(fields.get("meta")), **table(fields.get("metadata")), **fields}
    name = said(besides.get("doc_id"))
    if name is None:
        return Given(place, fault="a line without doc_id")
    labels = listed(fields.get("label")) or listed(fields.get("labels"))
    text = fields.get("text", fields.get("data"))
    who = [said(besides.get(key)) for key in ("username", "user", "annotator")]
    return Given(
        place,
        doc_id=name,
        who=(*filter(None, who), stem),
        assigned=said(besides.get("coder")),
        scheme=said(besides.get("scheme")),
        text=text if isinstance(text, str) else None,
        codes=tuple(_pair(str(label)) for label in labels),
        note="\n".join(filter(None, map(said, listed(fields.get("Comments"))))) or None,
    )


def _pair(label: str) -> tuple[str, str]:
    variable, _, code = label.partition(_BETWEEN)
    return variable, code


TOOL = Doccano()
