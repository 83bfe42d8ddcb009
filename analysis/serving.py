"""Answer JSON lines with labels: one annotator, texts in and labels out; a study only where one is named."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from analysis.annotators import Annotate, Annotator, Label, Passage
from corpus.errors import UserError
from corpus.plugins import discover
from corpus.stages.language import detect
from corpus.stages.normalise import clean
from corpus.strictjson import JSONFault, read_json
from corpus.study import Study

_SURROGATE = re.compile("[\ud800-\udfff]")
NO_CLASS = frozenset({"abstain", "not_applicable"})


def annotate_lines(name: str, stdin: Iterable[str | bytes], stdout: TextIO, study: Study | None = None) -> None:
    """For each line ``{"id", "text"}`` of ``stdin`` write ``{"id", "label", "labels", "spans"}``, in order.

    ``title`` and ``kind`` may stand beside the text; ``lang`` is not believed, the language is detected. ``label`` is
    the first label of the whole text, null where the annotator abstains; ``labels`` has all of them with their scores,
    ``spans`` those of places as ``[start, end, type]``, counted in code points of the text as it came; the type is as
    `spans_of` says. ``name`` may be ``language``: the label is then the language of the text, as ``zh``, ``en``,
    ``mixed`` or ``other``. A line that is not such an object is answered with its ``id`` (where it has one) and
    ``error``; the next goes on. Raises UserError for an unknown name.
    """
    annotator = annotator_named(name)
    annotate = annotator.prepare(study)
    for line in stdin:
        if not line.strip():
            continue
        row, error = _row(line)
        found = {"error": error} if error else _answer(annotator, annotate([passage_of(row)])[0])
        answer = json.dumps({"id": row.get("id"), **found}, ensure_ascii=False)
        # A half of a surrogate pair in an id goes out as it came in, as an escape: no encoding can write it.
        stdout.write(answer.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
        stdout.flush()


def annotator_named(name: str) -> Annotator:
    """The annotator ``name``, or the one that tells the ``language``; raises UserError for an unknown name."""
    found = discover("analysis.annotators", "ANNOTATOR", Annotator)
    found["language"] = _Language()
    if name not in found:
        raise UserError(f"no annotator {name!r}", hint=f"there are: {', '.join(sorted(found))}")
    return found[name]


def passage_of(row: Mapping[str, Any]) -> Passage:
    """A text with its title and kind where they are given, in the language that it is found to be in.

    Halves of surrogate pairs, which no text of the corpus holds, become U+FFFD one for one: offsets stay those of the text.
    """
    text, title = (_SURROGATE.sub("\ufffd", str(row.get(name) or "")) for name in ("text", "title"))
    return Passage(text, detect(clean(text)[0]).language, str(row.get("kind") or "post"), title or None)


def spans_of(annotator: Annotator, labels: Sequence[Label]) -> list[tuple[int, int, str | None]]:
    """Places with their types, as scorers of the task want them where the annotator says so (`served`), else its labels."""
    served = getattr(annotator, "served", None)
    if callable(served):
        return list(served(labels))
    return [(one.start, one.end, one.label) for one in labels if one.start is not None and one.end is not None]


class _Language:
    """The language of a text as an annotator, in the classes of the public benchmarks."""

    version: str = "1"
    labels: tuple[str, ...] = ("zh", "en", "mixed", "other")
    card: str = "The language of a text, as the build detects it."

    def prepare(self, study: Study | None) -> Annotate:
        return _languages


def _languages(passages: Sequence[Passage]) -> list[list[Label]]:
    classes = {"mul": "mixed", "en": "en"}
    return [[Label("zh" if one.language.startswith("zh") else classes.get(one.language, "other"))] for one in passages]


def _row(line: str | bytes) -> tuple[Mapping[str, Any], str]:
    """The object that a line holds, and why it cannot be labelled: nothing where it can."""
    try:
        row = read_json(line)
    except JSONFault as fault:
        return {}, f"not JSON: {fault}"
    if not isinstance(row, dict) or "id" not in row or not isinstance(row.get("text"), str):
        return row if isinstance(row, dict) else {}, 'expected {"id": ..., "text": "a text"}'
    return row, ""


def _answer(annotator: Annotator, labels: list[Label]) -> dict[str, Any]:
    whole = [label for label in labels if label.start is None]
    first = whole[0].label if whole else None
    return {
        "label": None if first in NO_CLASS else first,
        "labels": [[label.label, label.score] for label in whole],
        "spans": [list(span) for span in spans_of(annotator, labels)],
    }
