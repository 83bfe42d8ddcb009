"""What coders differ on, written for an adjudicator."""

from pathlib import Path

from analysis.coding import Task
from analysis.coding.codes import disputed, rows_of
from analysis.coding.returned import draw_of
from analysis.coding.rounds import TOOLS, Round, pseudonym, write_disputes
from analysis.coding.units import units_of
from corpus.errors import UserError
from corpus.study import Study


def export_disputes(study: Study, made: Round, judge: str, tool: str | None = None) -> tuple[int, int, list[Path]]:
    """Write the units on whose code coders differ for an adjudicator, who is shown the codes but not whose they are; how many, how many are left to another,
    and the files. What ``judge`` codes is left to another. Raises UserError where there are none."""
    name = tool or made.tool
    if name not in TOOLS:
        raise UserError(f"{name!r} is no tool", hint=f"one of {', '.join(TOOLS)}")
    open_ = disputed(rows_of(made.folder))
    if not open_:
        raise UserError("coders differ on nothing that is not adjudicated", where=made.folder)
    others = {unit for unit in open_ if judge not in made.units[unit]["coders"]}
    own = len(open_) - len(others)
    if not others:
        raise UserError(f"{judge} codes all that is disputed", hint="--coder NAME, another: nobody judges an own code")
    drawn = draw_of(study, made)
    units, left_out = units_of(study, drawn, tuple(made.document["shown"]), others)
    tasks = []
    for unit in units:
        codes = "; ".join(f"{variable}: {' / '.join(codes)}" for variable, codes in open_[unit.doc_id].items())
        shown = {**unit.shown, "codes": codes}
        tasks.append(Task(unit.doc_id, pseudonym(judge), unit.text, shown, made.mark, tuple(open_[unit.doc_id])))
    if not tasks:
        raise UserError("no text of a disputed unit is left", hint=", ".join(left_out))
    return len(tasks), own, write_disputes(made, tasks, judge, name)
