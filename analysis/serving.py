"""Answer JSON lines with labels: one annotator, no study, texts in and labels out."""

import json
from collections.abc import Iterable
from typing import Any, TextIO

from analysis.annotators import Annotator, Label, Passage
from corpus.errors import UserError
from corpus.plugins import discover
from corpus.stages.language import detect
from corpus.stages.normalise import clean

_NO_CLASS = frozenset({"abstain", "not_applicable"})


def annotate_lines(name: str, stdin: Iterable[str], stdout: TextIO) -> None:
    """For each line ``{"id", "text"}`` of ``stdin`` write ``{"id", "label", "labels", "spans"}``, in order.

    ``title`` and ``kind`` may stand beside the text; ``lang`` is not believed, the language is detected. ``label`` is
    the first label of the whole text, null where the annotator abstains; ``labels`` has all of them with their scores,
    ``spans`` those of places as ``[start, end, label]``, counted in code points of the text as it came. ``name`` may be
    ``language``: the label is then the language of the text, as ``zh``, ``en``, ``mixed`` or ``other``.
    Raises UserError for an unknown name or a line that is not such an object, with its number.
    """
    if name == "language":
        label_of = _language
    else:
        found: dict[str, Annotator] = discover("analysis.annotators", "ANNOTATOR", Annotator)
        if name not in found:
            raise UserError(f"no annotator {name!r}", hint=f"there are: {', '.join(sorted([*found, 'language']))}")
        annotate = found[name].prepare(None)

        def label_of(passage: Passage) -> list[Label]:
            return annotate([passage])[0]

    for number, line in enumerate(stdin, start=1):
        if not line.strip():
            continue
        row = _row(line, number)
        labels = label_of(_passage(row))
        stdout.write(json.dumps({"id": row["id"], **_answer(labels)}, ensure_ascii=False) + "\n")
        stdout.flush()


def _row(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise UserError(
            f"not JSON: {error.msg}", where=f"line {number}", hint='write {"id": ..., "text": ...}'
        ) from error
    if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("text"), str):
        raise UserError("no object with id and text", where=f"line {number}", hint='write {"id": ..., "text": ...}')
    return row


def _passage(row: dict[str, Any]) -> Passage:
    text = str(row["text"])
    title = row.get("title")
    return Passage(text, detect(clean(text)[0]).language, str(row.get("kind") or "post"), str(title) if title else None)


def _language(passage: Passage) -> list[Label]:
    language = passage.language
    if language.startswith("zh"):
        return [Label("zh")]
    return [Label("mixed" if language == "mul" else "en" if language == "en" else "other")]


def _answer(labels: list[Label]) -> dict[str, Any]:
    whole = [label for label in labels if label.start is None]
    first = whole[0].label if whole else None
    return {
        "label": None if first in _NO_CLASS else first,
        "labels": [[label.label, label.score] for label in whole],
        "spans": [[label.start, label.end, label.label] for label in labels if label.start is not None],
    }
