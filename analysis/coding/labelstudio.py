"""Label Studio: tasks as JSON with a labelling configuration, and its JSON export back."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from analysis.coding import Given, Task, listed, said, table
from analysis.coding.schemes import Scheme
from corpus.errors import UserError
from corpus.strictjson import JSONFault, read_json

_NOTE = "note"


class LabelStudio:
    """One task a unit; every variable is a row of choices whose results are the codes' ids."""

    title = "Label Studio"
    help = (
        "One project a coder: paste `labelling.xml` under Settings > Labeling Interface > Code, then import the coder's JSON "
        "file. Give back what Export > JSON (not JSON-MIN) writes."
    )

    def write(self, tasks: Sequence[Task], scheme: Scheme, folder: Path, name: str) -> list[Path]:
        """``<name>.json`` and, for all coders together, ``labelling.xml``."""
        rows = [
            {
                "data": {
                    "doc_id": task.doc_id,
                    "coder": task.coder,
                    "scheme": task.scheme,
                    "text": task.text,
                    **{f"show_{key}": value for key, value in task.shown.items()},
                }
            }
            for task in tasks
        ]
        path, layout = folder / f"{name}.json", folder / "labelling.xml"
        path.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        shown = tuple(dict.fromkeys(key for task in tasks for key in task.shown))
        needed = not any(task.asked for task in tasks)
        layout.write_text(labelling(scheme, shown, needed), encoding="utf-8")
        return [path, layout]

    def read(self, path: Path) -> Iterator[Given]:
        """Each annotation of each task; predictions and drafts are no codes."""
        try:
            tasks = read_json(path.read_bytes())
        except JSONFault as fault:
            raise UserError(f"is no JSON ({fault})", where=path, hint="export it again: Export > JSON") from fault
        if not isinstance(tasks, list):
            raise UserError("is no list of tasks", where=path, hint="export it from Label Studio: Export > JSON")
        if tasks and all("data" not in table(task) and "doc_id" in table(task) for task in tasks):
            raise UserError(
                "is JSON-MIN, which leaves out who coded", where=path, hint="export it again: Export > JSON"
            )
        for number, task in enumerate(tasks, 1):
            yield from _annotations(f"task {number}", task)


def labelling(scheme: Scheme, shown: Sequence[str] = (), needed: bool = True) -> str:
    """The configuration of a project: the text, what is shown besides, and the choices of every variable."""
    lines = ["<View>"]
    lines += [f'  <Text name="show_{key}" value="$show_{key}"/>' for key in shown]
    lines += ['  <Text name="text" value="$text"/>']
    for variable in scheme.variables:
        lines += [f"  <Header value={quoteattr(f'{variable.question_en} / {variable.question_zh}')}/>"]
        must = ' required="true"' if needed else ""
        lines += [f'  <Choices name="{variable.id}" toName="text" choice="single"{must}>']
        for code in variable.codes:
            label, hint = f"{code.label_en} / {code.label_zh}", f"{code.definition_en} / {code.definition_zh}"
            lines += [f'    <Choice alias="{code.id}" value={quoteattr(label)} hint={quoteattr(hint)}/>']
        lines += ["  </Choices>"]
    lines += [f'  <TextArea name="{_NOTE}" toName="text" maxSubmissions="1" placeholder="note / 备注"/>', "</View>"]
    return "\n".join(lines) + "\n"


def _annotations(place: str, task: object) -> Iterator[Given]:
    data = table(table(task).get("data"))
    name = said(data.get("doc_id"))
    if name is None:
        yield Given(place, fault="a task without data.doc_id")
        return
    text = data.get("text")
    for number, one in enumerate(listed(table(task).get("annotations")), 1):
        row = table(one)
        passed_over = row.get("was_cancelled") is True
        codes, note = _results(row.get("result"))
        yield Given(
            f"{place}, annotation {number}",
            doc_id=name,
            who=_names(row.get("completed_by")),
            assigned=said(data.get("coder")),
            scheme=said(data.get("scheme")),
            text=text if isinstance(text, str) else None,
            codes=() if passed_over else codes,
            at=said(row.get("updated_at")) or said(row.get("created_at")),
            note=note,
            chosen=row.get("ground_truth") is True,
        )


def _results(result: object) -> tuple[tuple[tuple[str, str], ...], str | None]:
    codes: list[tuple[str, str]] = []
    note = None
    for one in listed(result):
        row = table(one)
        name, value = row.get("from_name"), table(row.get("value"))
        if name == _NOTE:
            note = "\n".join(filter(None, map(said, listed(value.get("text"))))) or note
        elif isinstance(name, str):
            codes += [(name, str(choice)) for choice in listed(value.get("choices"))]
    return tuple(codes), note


def _names(completed_by: object) -> tuple[str, ...]:
    """The coder's number, or what an export with particulars tells of the coder."""
    if isinstance(completed_by, dict):
        return tuple(str(completed_by[key]) for key in ("email", "id") if completed_by.get(key) is not None)
    return () if completed_by is None else (str(completed_by),)


TOOL = LabelStudio()
