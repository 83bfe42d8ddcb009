"""Files that coders gave back: what stands in them, and whom a tool's names in them stand for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.coding import Given
from analysis.coding.aside import called, short
from analysis.coding.rounds import TOOLS
from analysis.coding.schemes import Scheme
from corpus.errors import UserError

_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class From:
    """A row, the file that it stands in, and its coder once that is settled."""

    file: str
    given: Given
    coder: str = ""


def read_files(paths: Sequence[Path], tool: str, scheme: Scheme) -> tuple[list[From], list[str]]:
    """What stands in files of a tool, and notes on columns that are passed over as they are no variable of the scheme.

    Raises UserError for a file in which nothing is as the tool writes it.
    """
    found: list[From] = []
    notes = []
    for path in paths:
        given = _read(path, tool)
        own = {name for one in given if one.loose for name, _ in one.codes if scheme.variable(name) is None}
        found += [From(path.name, _without(one, own) if one.loose else one) for one in given]
        known = ", ".join(variable.id for variable in scheme.variables)
        for name in sorted(own):
            notes.append(
                f"{called(path.name)}: the column {short(name)} is no variable of the scheme ({known}): passed over"
            )
    return found, notes


def _without(one: Given, own: set[str]) -> Given:
    return replace(one, codes=tuple(pair for pair in one.codes if pair[0] not in own))


def _read(path: Path, tool: str) -> list[Given]:
    if not path.is_file():
        raise UserError("there is no such file", where=path)
    with path.open("rb") as file:
        if file.read(len(_ZIP)) == _ZIP:
            hint = "unpack it, and import the files of your coders; of a workbook, save the sheet as CSV in UTF-8"
            raise UserError("is an archive (zip) or a workbook", where=path, hint=hint)
    title = TOOLS[tool].title
    try:
        given = list(TOOLS[tool].read(path))
    except UserError as error:
        told = f"{error.what} (read as a file of {title}; --tool says of which else)"
        raise UserError(told, where=path, hint=error.hint) from error
    if given and all(one.fault for one in given):
        first = f"{given[0].place}: {given[0].fault}"
        hint = f"{TOOLS[tool].help} --tool says so where the file is of another tool"
        raise UserError(f"nothing in it is as {title} gives it back ({first})", where=path, hint=hint)
    return given


def alone(found: Iterable[From], named: set[str]) -> tuple[dict[tuple[str, str], str], list[str]]:
    """For each file, whom its tool's names stand for where they are nobody's: the coder whom the tasks were written for, if
    one name goes with one coder only. And notes on where it goes otherwise."""
    pairs = {
        (one.file, one.given.who[0] if one.given.who else "", one.given.assigned)
        for one in found
        if one.given.assigned is not None and not named.intersection(one.given.who)
    }
    names = Counter((file, name) for file, name, _ in pairs)
    coders = Counter((file, assigned) for file, _, assigned in pairs)
    sure = {
        (file, name): assigned
        for file, name, assigned in pairs
        if assigned is not None and names[file, name] == 1 and coders[file, assigned] == 1
    }
    return sure, [_doubt(pairs, file, assigned) for (file, assigned), n in sorted(coders.items()) if n > 1]


def _doubt(pairs: Iterable[tuple[str, str, str | None]], file: str, assigned: str | None) -> str:
    several = sorted(name for where, name, whose in pairs if (where, whose) == (file, assigned))
    told = ", ".join(short(name) if name else "nobody" for name in several)
    return f"{called(file)}: tasks of {short(assigned or '')} were coded by {told}: --who NAME=CODER for each of them says who it is"
