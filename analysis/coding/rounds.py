"""A round of coding on disk: who codes what of which draw by which scheme, and the files for the coders."""

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.coding import Task, Tool, doccano, labelstudio, prodigy, sheets
from analysis.coding.aside import keep_private
from analysis.coding.read_me import read_me
from analysis.coding.schemes import SCHEME_FILE, Scheme, code_book, load_scheme
from analysis.coding.units import SHOWABLE, Drawn, Unit, load_draw, units_of
from analysis.sampling.history import ids_of, samples_folder
from analysis.sampling.keys import canonical
from corpus.disk import Disk
from corpus.errors import UserError, VerificationError
from corpus.study import Study

FORMAT = "huanying-coding/1"
CODING, TASKS, ROUND_FILE, JUDGED = "coding", "tasks", "round.json", "adjudication"
TOOLS: Mapping[str, Tool] = {
    "csv": sheets.TOOL,
    "labelstudio": labelstudio.TOOL,
    "doccano": doccano.TOOL,
    "prodigy": prodigy.TOOL,
}
_PSEUDONYM = re.compile(r"[^\W\d_][\w-]{0,30}")
_ROUND = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_TAKEN = frozenset({"human", "machine", "all", "unknown", "labels", "labelling"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a round is to be. `coders` share the units among them, `seconds` those that are coded twice; with `everything`
    each coder codes all."""

    draw: str
    name: str
    coders: tuple[str, ...]
    seconds: tuple[str, ...] = ()
    everything: bool = False
    tool: str = "csv"
    show: tuple[str, ...] = ()
    scheme: Path | None = None
    earlier: str | None = None
    """A round whose codes of the same texts are taken over."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round on disk."""

    folder: Path
    document: Mapping[str, Any]
    scheme: Scheme

    @property
    def name(self) -> str:
        return str(self.document["round"])

    @property
    def mark(self) -> str:
        """What tells its tasks from those of other rounds and schemes."""
        return mark_of(self.scheme, self.name)

    @property
    def coders(self) -> tuple[str, ...]:
        """All of them, those who coded first before those who coded second."""
        return tuple(self.document["coders"])

    @property
    def tool(self) -> str:
        return str(self.document["tool"])

    @property
    def units(self) -> Mapping[str, Mapping[str, Any]]:
        """What was given out, by document: `coders`, `text_commitment`, `seen`."""
        return {one["doc_id"]: one for one in self.document["units"]}


@dataclass(frozen=True, slots=True)
class Carried:
    """What a round takes over of an earlier one: units, each with those who coded it, and files with their codes.

    `pinned`: which round that is, and how far its codes had come.
    """

    pinned: Mapping[str, Any]
    coders: Mapping[str, tuple[str, ...]]
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Exported:
    """A round as it was written. `again`: it was there already, the same."""

    round: Round
    notes: tuple[str, ...]
    again: bool = False


def mark_of(scheme: Scheme, name: str) -> str:
    """The mark in each task of the round ``name``: what a coder was shown hangs on the round, so its codes go into no other."""
    return f"{scheme.mark}/{name}"


def pseudonym(name: str) -> str:
    """``name`` where it may name a coder in data that others see; raises UserError where not."""
    if "@" in name:
        raise UserError("a coder is named by a pseudonym, never by a mail address", hint="--coder blue, for one")
    if not _PSEUDONYM.fullmatch(name) or name.casefold() in _TAKEN:
        raise UserError(
            f"{name!r} cannot name a coder", hint="a letter, then letters, digits, - or _; a pseudonym, such as blue"
        )
    return name


def load_round(study: Study, name: str) -> Round:
    """The round of that name; raises UserError where there is none, VerificationError where it was changed."""
    folder = study.folder / CODING / name
    path = folder / ROUND_FILE
    if not _ROUND.fullmatch(name) or not path.is_file():
        raise UserError("no round of coding here", where=folder, hint="`huanying code export` begins one")
    try:
        document = json.loads(path.read_bytes())
        sound = document["format"] == FORMAT and document["round"] == name
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise VerificationError("is no round of coding", where=path, hint="restore it from a copy")
    scheme = load_scheme(folder / "scheme.toml")
    if scheme.digest != document["scheme_digest"]:
        raise VerificationError(
            "the coding scheme was changed after the round began",
            where=folder / "scheme.toml",
            hint="restore it from a copy; another scheme is another round",
        )
    return Round(folder, document, scheme)


def export_round(study: Study, asked: Asked, carried: Carried | None = None) -> Exported:
    """Write ``coding/<round>/`` with a file for each coder, whole or not at all; equal arguments give equal bytes. What is
    ``carried`` over from an earlier round is not given out again.

    Where the draw was revised since the round began, the reserves that were taken are given out as well.
    Raises UserError for names that cannot be, an unknown tool, or where another round has that name.
    """
    _check(asked)
    drawn = load_draw(study, asked.draw)
    scheme = load_scheme(asked.scheme or study.folder / SCHEME_FILE)
    units, left_out = units_of(study, drawn, asked.show)
    if not units:
        raise UserError("no unit of this draw can be coded", where=drawn.folder, hint=", ".join(left_out) or None)
    known = carried.coders if carried else {}
    fresh = [unit for unit in units if unit.doc_id not in known]
    given = deal(fresh, asked)
    dealt = {**given, **known}
    before = sorted({name for names in known.values() for name in names})
    document = {
        "format": FORMAT,
        "round": asked.name,
        "draw": asked.draw,
        "draw_id": drawn.id,
        "scheme": {"id": scheme.file.scheme.id, "version": scheme.file.scheme.version},
        "scheme_digest": scheme.digest,
        "blind": not asked.show,
        "shown": list(asked.show),
        "coders": list(dict.fromkeys((*asked.coders, *asked.seconds, *before))),
        "tool": asked.tool,
        "made_from": {"snapshot_id": drawn.document["frame"]["snapshot_id"]},
        "left_out": [{"reason": reason, "n": n} for reason, n in sorted(left_out.items())],
        "units": [_row(unit, dealt) | ({"from": asked.earlier} if unit.doc_id in known else {}) for unit in units],
        **({"from": dict(carried.pinned)} if carried else {}),
    }
    notes = _notes(asked, fresh, given, left_out)
    lone = sum(unit.twice and len(known.get(unit.doc_id, "ab")) < 2 for unit in units)
    notes += (f"{lone} units taken over are to be coded twice, and only one coded them",) if lone else ()
    folder = study.folder / CODING / asked.name
    keep_private(folder.parent)
    if folder.exists():
        if more := _more(study, asked, drawn, units, document):
            return more
        return _again(study, folder, document, scheme, notes)
    if asked.seconds and len(_idle(asked, given)) == len(asked.seconds):
        raise _nothing_twice(asked, drawn, fresh)
    _write(folder, document, scheme, asked, fresh, dealt, carried.files if carried else {})
    return Exported(load_round(study, asked.name), notes)


def _more(
    study: Study, asked: Asked, drawn: Drawn, units: Sequence[Unit], document: Mapping[str, Any]
) -> Exported | None:
    """The round with the units that a revision of its draw brought, their files in a folder of their own under tasks/; null
    where it is another round, or the draw was not revised."""
    folder = study.folder / CODING / asked.name
    before = load_round(study, asked.name)
    ids = ids_of(samples_folder(study), drawn.id)
    later = ("draw_id", "units", "left_out")
    if before.document["draw_id"] not in ids or any(
        before.document.get(name) != value for name, value in document.items() if name not in later
    ):
        return None
    fresh = [unit for unit in units if unit.doc_id not in before.units]
    if before.document["draw_id"] == drawn.id:
        grown = before.units.keys() > {unit.doc_id for unit in units}
        return Exported(before, (), again=True) if grown else None
    dealt = deal(fresh, asked)
    if fresh:
        tasks = folder / TASKS / drawn.id[:12]
        tasks.mkdir(mode=0o700, parents=True, exist_ok=True)
        _give_out(tasks, before.scheme, asked, fresh, dealt)
        _guard(tasks)
    told = "the draw was revised, and no reserve is to be coded for it"
    if fresh:
        told = f"reserves that were taken and are given out now: {len(fresh)}, in {TASKS}/{drawn.id[:12]}"
    rows = [*before.document["units"], *(_row(unit, dealt) for unit in fresh)]
    Disk().write_whole(folder / ROUND_FILE, canonical({**document, "units": rows}) + b"\n")
    (folder / ROUND_FILE).chmod(0o600)
    return Exported(load_round(study, asked.name), (told,))


def _row(unit: Unit, dealt: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    return {
        "doc_id": unit.doc_id,
        "coders": list(dealt[unit.doc_id]),
        "text_commitment": unit.text_commitment,
        "seen": list(unit.seen),
    }


def _give_out(
    folder: Path, scheme: Scheme, asked: Asked, units: Sequence[Unit], dealt: Mapping[str, tuple[str, ...]]
) -> None:
    """A file for each coder who codes some of these units."""
    mark = mark_of(scheme, asked.name)
    for coder in dict.fromkeys((*asked.coders, *asked.seconds)):
        own = [Task(one.doc_id, coder, one.text, one.shown, mark) for one in units if coder in dealt[one.doc_id]]
        if own:
            TOOLS[asked.tool].write(own, scheme, folder, coder)


def _check(asked: Asked) -> None:
    if not _ROUND.fullmatch(asked.name):
        raise UserError(f"{asked.name!r} cannot name a round", hint="small letters, digits, - and _")
    if not asked.coders:
        raise UserError("nobody is named to code", hint="--coder NAME, a pseudonym")
    for name in (*asked.coders, *asked.seconds):
        pseudonym(name)
    both = {*asked.coders, *asked.seconds}
    twice = any(len(set(names)) < len(names) for names in (asked.coders, asked.seconds))
    if twice or len({name.casefold() for name in both}) < len(both):
        raise UserError(
            "a coder is named twice", hint="name each once; who codes first may also code second for others"
        )
    if asked.tool not in TOOLS:
        raise UserError(f"{asked.tool!r} is no tool", hint=f"one of {', '.join(TOOLS)}")
    strangers = [name for name in asked.show if name not in SHOWABLE]
    if strangers:
        raise UserError(f"{strangers[0]!r} cannot be shown", hint=f"--show takes some of {','.join(SHOWABLE)}")


def deal(units: Sequence[Unit], asked: Asked) -> dict[str, tuple[str, ...]]:
    """Who codes each unit: coders take turns in the order of the units; so do second coders, at what is coded twice,
    where the same unit never goes to one coder twice."""
    dealt: dict[str, tuple[str, ...]] = {}
    taken = 0
    for place, unit in enumerate(units):
        first = asked.coders if asked.everything else (asked.coders[place % len(asked.coders)],)
        others = [name for name in asked.seconds if name not in first]
        if unit.twice and others:
            first = (*first, others[taken % len(others)])
            taken += 1
        dealt[unit.doc_id] = first
    return dealt


def _idle(asked: Asked, dealt: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Who was named to code a second time, and gets nothing that another codes first."""
    alone = len(asked.coders) if asked.everything else 1
    busy = {name for names in dealt.values() for name in names[alone:]}
    return [name for name in asked.seconds if name not in busy]


def _nothing_twice(asked: Asked, drawn: Drawn, units: Sequence[Unit]) -> UserError:
    if not any(unit.twice for unit in units):
        told = f"nothing of {asked.draw} is to be coded twice, and {', '.join(asked.seconds)} would get nothing"
        hint = "leave --second out; [second_coding] in a plan says how much is coded twice; --all gives every unit to each --coder"
        return UserError(told, where=drawn.folder, hint=hint)
    told = f"{', '.join(asked.seconds)} would get nothing: who codes a unit first does not code it a second time"
    return UserError(told, hint="--second NAME, another than codes first")


def _notes(
    asked: Asked, units: Sequence[Unit], dealt: Mapping[str, tuple[str, ...]], left_out: Counter[str]
) -> tuple[str, ...]:
    notes = [f"{n} not given out: {reason}" for reason, n in sorted(left_out.items())]
    alone = sum(unit.twice and len(dealt[unit.doc_id]) < 2 for unit in units)
    if alone:
        told = f"{alone} units are to be coded twice, and only one codes them: --second NAME, another than codes them first"
        notes.append(told)
    notes += [f"{name} gets nothing to code a second time" for name in _idle(asked, dealt)]
    given = {name for names in dealt.values() for name in names}
    notes += [f"{name} gets nothing: there are {len(units)} units" for name in asked.coders if name not in given]
    if asked.show:
        notes.append(f"not blind: coders are shown {', '.join(asked.show)}")
    return tuple(notes)


def _again(study: Study, folder: Path, document: Mapping[str, Any], scheme: Scheme, notes: tuple[str, ...]) -> Exported:
    try:
        same = (folder / ROUND_FILE).read_bytes() == canonical(document) + b"\n"
    except OSError:
        same = False
    if not same:
        raise UserError(
            "another round has that name",
            where=folder,
            hint="name this one otherwise: what was given out stays as it is",
        )
    return Exported(load_round(study, folder.name), notes, again=True)


def _write(
    folder: Path,
    document: Mapping[str, Any],
    scheme: Scheme,
    asked: Asked,
    units: Sequence[Unit],
    dealt: Mapping[str, tuple[str, ...]],
    files: Mapping[str, bytes],
) -> None:
    part = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    (part / TASKS).mkdir(parents=True, mode=0o700)
    try:
        tool = TOOLS[asked.tool]
        _give_out(part / TASKS, scheme, asked, units, dealt)
        (part / "scheme.toml").write_bytes(scheme.raw)
        (part / "CODEBOOK.md").write_text(code_book(scheme), encoding="utf-8")
        (part / "README.md").write_text(read_me(document, tool), encoding="utf-8")
        (part / ROUND_FILE).write_bytes(canonical(document) + b"\n")
        for name, content in files.items():
            (part / name).write_bytes(content)
        _guard(part)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_disputes(made: Round, tasks: Sequence[Task], judge: str, tool: str) -> list[Path]:
    """The file of an adjudicator, in place of an earlier one."""
    keep_private(made.folder.parent)
    folder = made.folder / JUDGED
    folder.mkdir(exist_ok=True, mode=0o700)
    paths = TOOLS[tool].write(tasks, made.scheme, folder, judge)
    _guard(folder)
    return paths


def _guard(folder: Path) -> None:
    """Texts are for the user alone, and durable."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            with path.open("rb") as file:
                os.fsync(file.fileno())
    folder.chmod(0o700)
