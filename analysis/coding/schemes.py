"""Load and check a coding scheme: what coders are asked, which codes they may give, what each code means."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from analysis.sampling.keys import canonical
from corpus.errors import UserError
from corpus.faults import in_order, line_of, load_table
from corpus.studyfile import Filled, Identifier, Line, Part

SCHEME_FILE = "coding.toml"
Level = Literal["nominal", "ordinal", "interval"]
VariableId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
CodeId = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{0,40}|-?[0-9]{1,9}(\.[0-9]{1,6})?)$")]
RESERVED = frozenset(
    {"doc_id", "coder", "scheme", "text", "note", "id", "label", "meta", "options", "accept", "answer"}
)
"""Names of fields in the files of tools, which no variable may take; nor one that begins with ``show_``."""


YES, NO = "yes", "no"
"""The codes of a variable that asks for one label."""


class Code(Part):
    """One code: its name and its definition in both languages, and texts that get it."""

    id: CodeId
    label_en: Line
    label_zh: Line
    definition_en: Filled
    definition_zh: Filled
    examples: tuple[Filled, ...] = ()
    order: int | None = None
    """Its place; without, that in the file."""


class MachineLabels(Part):
    """Whose labels a variable is held against: those of an annotator, or of several in a text the one that is named."""

    annotator: VariableId
    label: Line | None = None
    """With it the codes are yes (the text bears that label) and no; without, they are the annotator's labels."""


class Variable(Part):
    """One question with its codes; coders give one code of each variable."""

    id: VariableId
    level: Level
    machine: MachineLabels | None = None
    """Where absent: the annotator of the same id."""
    question_en: Filled
    question_zh: Filled
    rule_en: str = ""
    rule_zh: str = ""
    code: tuple[Code, ...] = Field(min_length=2)

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes in their order."""
        placed = [(place if code.order is None else code.order, place, code) for place, code in enumerate(self.code)]
        return tuple(code for _, _, code in sorted(placed, key=lambda one: one[:2]))

    @property
    def labelled_by(self) -> MachineLabels:
        """Whose labels the codes are held against."""
        return self.machine or MachineLabels(annotator=self.id)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the codes in their order, the least first where they are ordered."""
        return tuple(code.id for code in self.codes)


class About(Part):
    id: Identifier
    version: Line
    unit_en: str = ""
    unit_zh: str = ""


class SchemeFile(Part):
    """All of a coding scheme."""

    scheme: About
    variable: tuple[Variable, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Scheme:
    """A scheme, its bytes, and what pins it: the SHA-256 of the canonical JSON of its content."""

    file: SchemeFile
    raw: bytes
    digest: str

    @property
    def variables(self) -> tuple[Variable, ...]:
        return self.file.variable

    @property
    def mark(self) -> str:
        """What tells it from other schemes in the files of tools; no spreadsheet takes it for a number."""
        return f"{self.file.scheme.id}-{self.digest[:12]}"

    def variable(self, name: str) -> Variable | None:
        """The variable of that id, or None."""
        return next((one for one in self.variables if one.id == name), None)

    def asked(self, names: tuple[str, ...]) -> tuple[Variable, ...]:
        """The variables named, in the scheme's order; all where none is named."""
        return tuple(one for one in self.variables if not names or one.id in names)


def load_scheme(path: Path) -> Scheme:
    """The scheme in ``path``; raises UserError with every fault at once, each with its line."""
    if not path.is_file():
        raise UserError(
            "there is no coding scheme", where=path, hint="write one as studies/demo/coding.toml is, or --scheme FILE"
        )
    file, faults = load_table(path, SchemeFile)
    raw = path.read_bytes()
    if file is not None:
        faults += in_order(_faults_of(path, file))
    if file is None or faults:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise UserError(f"{count} in the coding scheme\n" + "\n".join(faults), hint="mend them")
    return Scheme(file, raw, scheme_digest(raw))


def scheme_digest(raw: bytes) -> str:
    """SHA-256 of the canonical JSON of a scheme's TOML: comments and the layout of the file do not change it."""
    return hashlib.sha256(canonical(tomllib.loads(raw.decode("utf-8-sig")))).hexdigest()


def _faults_of(path: Path, file: SchemeFile) -> list[str]:
    text = path.read_text(encoding="utf-8-sig")
    faults: list[str] = []

    def fault(what: str, *where: str | int) -> None:
        faults.append(f"  {path}:{line_of(text, where)}: {'.'.join(map(str, where))}: {what}")

    names = [variable.id for variable in file.variable]
    for number, variable in enumerate(file.variable):
        if variable.id in names[:number]:
            fault(f"{variable.id!r} is named twice", "variable", number, "id")
        if variable.id in RESERVED or variable.id.startswith("show_"):
            fault(f"{variable.id!r} is the name of a field in coding files; take another", "variable", number, "id")
        codes = [code.id for code in variable.code]
        if variable.labelled_by.label and set(codes) != {YES, NO}:
            fault(f"the codes of one label are {YES} and {NO}", "variable", number, "machine")
        for place, code in enumerate(codes):
            if code in codes[:place]:
                fault(f"{code!r} is named twice", "variable", number, "code", place, "id")
            if variable.level == "interval" and not code.lstrip("-").replace(".", "").isdigit():
                fault(f"{code!r} is no number, and the level is interval", "variable", number, "code", place, "id")
        orders = [code.order for code in variable.code if code.order is not None]
        if orders and (len(set(orders)) < len(orders) or len(orders) < len(codes)):
            fault("order: give it to all codes or to none, and each another", "variable", number)
    return faults


def code_book(scheme: Scheme) -> str:
    """The scheme for coders to read, Markdown, both languages side by side."""
    about = scheme.file.scheme
    lines = [f"# {about.id} {about.version}", "", f"SHA-256 `{scheme.digest}`", ""]
    lines += [line for line in (about.unit_en, about.unit_zh) if line] + [""]
    for variable in scheme.variables:
        lines += [f"## `{variable.id}` ({variable.level})", "", variable.question_en, "", variable.question_zh, ""]
        lines += [line for rule in (variable.rule_en, variable.rule_zh) if rule for line in (rule, "")]
        for code in variable.codes:
            lines += [f"### `{code.id}` {code.label_en} / {code.label_zh}", ""]
            lines += [code.definition_en, "", code.definition_zh, ""]
            lines += [f"- {one}" for one in code.examples] + ([""] if code.examples else [])
    return "\n".join(lines).rstrip() + "\n"
