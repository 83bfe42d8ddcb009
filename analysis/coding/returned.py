"""Take codes back from coders: what cannot be trusted is refused with its place and kept apart, all else is added."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from analysis.coding import Given
from analysis.coding.aside import Refused, Taken, called, keep_private, log, quarantine, remarks, short
from analysis.coding.codes import ADJUDICATION, CODE, Row, add, adding
from analysis.coding.files import From, alone, read_files
from analysis.coding.rounds import TOOLS, Round, pseudonym
from analysis.coding.units import Drawn, even, load_draw
from analysis.sampling.frames import commitment
from analysis.sampling.history import ids_of, samples_folder
from corpus.errors import UserError, VerificationError
from corpus.study import Study

_WHO = "--who NAME=CODER says who a tool's name is, --coder NAME that all of a file is by one coder"
_STOOD_IN = "leave --coder out; where another did code it, --who NAME=CODER says who the tool's name is"


class _No(Exception):
    """A row is refused."""

    def __init__(self, reason: str, told: str) -> None:
        super().__init__(told)
        self.reason = reason
        self.told = told


def take_back(
    study: Study,
    made: Round,
    paths: Sequence[Path],
    coder: str | None = None,
    who: Mapping[str, str] | None = None,
    adjudication: bool = False,
    tool: str | None = None,
    revised: bool = False,
) -> Taken:
    """Add the codes in ``paths`` to the round. ``coder``: all is by this one, where it names no other of the round; ``who``:
    what a tool calls a coder, and who that is. With ``adjudication`` they are judgements by ``coder`` or whom the file names,
    of which a file's chosen ones count alone where it has any; with ``revised`` a code takes the place of another that its
    coder gave before.

    Raises UserError where a file is none of the tool's, VerificationError where the draw is another than the round's; what
    is wrong with single rows is refused and quarantined.
    """
    known = {name: pseudonym(one) for name, one in (who or {}).items()}
    by = None if coder is None else pseudonym(coder)
    named = (*known.values(), *([by] if by else []))
    strangers = [one for one in named if one not in made.coders] if not adjudication else []
    if strangers:
        raise UserError(f"{strangers[0]} does not code in this round", hint=f"its coders: {', '.join(made.coders)}")
    name = tool or made.tool
    if name not in TOOLS:
        raise UserError(f"{name!r} is no tool", hint=f"one of {', '.join(TOOLS)}")
    drawn = draw_of(study, made)
    found, own = read_files(paths, name, made.scheme)
    if adjudication:
        found = _chosen(found)
    coded = [one for one in found if one.given.codes or one.given.fault]
    kind = ADJUDICATION if adjudication else CODE
    sure, doubts = ({}, []) if by else alone(coded, {*made.coders, *known})
    keep_private(made.folder.parent)
    with adding(made.folder) as (there, file, torn):
        checked = _Check(made, drawn, by, known, kind, there, sure, revised)
        sound, refused = checked.all(coded)
        rows, again = checked.new(sound)
        quarantine(made.folder, refused)
        remarks(made.folder, kind, ((one.given, one.coder) for one in sound))
        add(file, rows)
        empty = {path.name for path in paths} - {one.file for one in coded}
        own += [f"{called(name)}: nothing is coded in it" for name in sorted(empty)]
        notes = (*map(str, torn), *own, *doubts, *checked.notes(sound))
        taken = Taken(len(rows), again, len(found) - len(coded), tuple(refused), notes)
        log(made.folder, paths, name, kind, taken)
    return taken


def draw_of(study: Study, made: Round) -> Drawn:
    """The draw that a round codes; raises VerificationError where another bears its name."""
    drawn = load_draw(study, str(made.document["draw"]))
    if made.document["draw_id"] not in ids_of(samples_folder(study), drawn.id):
        raise VerificationError(
            f"is not the draw that round {made.name} was made from", where=drawn.folder, hint="restore it from a copy"
        )
    return drawn


def _chosen(found: Sequence[From]) -> list[From]:
    """Of each file in which some are chosen, those; of another all."""
    files = {one.file for one in found if one.given.chosen}
    return [one for one in found if one.given.chosen or one.file not in files]


class _Check:
    """The rules that a row must hold to."""

    def __init__(
        self,
        made: Round,
        drawn: Drawn,
        by: str | None,
        who: Mapping[str, str],
        kind: str,
        there: list[Row],
        alone: Mapping[tuple[str, str], str],
        revised: bool,
    ) -> None:
        self.made, self.drawn, self.by, self.who, self.kind, self.alone = made, drawn, by, who, kind, alone
        self.units, self.revised = made.units, revised
        self.there = {(r["doc_id"], r["variable"], r["coder"]): r["code"] for r in there if r["kind"] == kind}
        self.coded: dict[tuple[str, str], dict[str, str]] = {}
        for row in there:
            if row["kind"] == CODE:
                self.coded.setdefault((row["doc_id"], row["variable"]), {})[row["coder"]] = row["code"]
        self.now = datetime.now(UTC).isoformat(timespec="seconds")

    def all(self, found: Iterable[From]) -> tuple[list[From], list[Refused]]:
        """The rows that hold, with their coders, and those refused."""
        sound, refused = [], []
        for one in found:
            try:
                sound.append(self._held(one))
            except _No as no:
                refused.append(Refused(one.file, one.given.place, no.reason, no.told, one.given))
        said: dict[tuple[str, str, str], set[str]] = {}
        for one in sound:
            for variable, code in one.given.codes:
                said.setdefault((one.given.doc_id, variable, one.coder), set()).add(code)
        kept = []
        for one in sound:
            twice = [v for v, _ in one.given.codes if len(said[one.given.doc_id, v, one.coder]) > 1]
            other = [v for v, code in one.given.codes if self._other(one, v, code) and not self.revised]
            if twice or other:
                where = (
                    "in what is imported" if twice else f"in round {self.made.name} already; --revised takes this one"
                )
                told = f"{one.coder} gave this unit two codes of {(twice or other)[0]}: another stands {where}"
                refused.append(Refused(one.file, one.given.place, "two_codes", told, one.given))
            else:
                kept.append(one)
        return kept, refused

    def _other(self, one: From, variable: str, code: str) -> bool:
        """Whether its coder gave another code before."""
        return bool(self.there.get((one.given.doc_id, variable, one.coder), code) != code)

    def _held(self, one: From) -> From:
        given = one.given
        if given.fault:
            raise _No("unreadable", f"cannot be read: {given.fault}")
        self._written_soundly(given)
        self._unit(given)
        self._scheme(given)
        coder = self._coder(one)
        for variable, code in given.codes:
            self._code(given.doc_id, variable, code, coder)
        return replace(one, coder=coder)

    def _written_soundly(self, given: Given) -> None:
        parts = (given.doc_id, given.text, given.note, given.at, given.assigned, given.scheme, *given.who)
        try:
            "\n".join((*filter(None, parts), *(part for pair in given.codes for part in pair))).encode()
        except UnicodeEncodeError:
            raise _No("unreadable", "holds half a character (a lone surrogate)") from None

    def _unit(self, given: Given) -> None:
        name = given.doc_id
        if name not in self.drawn.commitments:
            raise _No("not_drawn", f"unit {short(name)} was not drawn in {self.made.document['draw']}")
        unit = self.units.get(name)
        if unit is None:
            raise _No("not_given_out", f"unit {name} was not given out in this round")
        if unit["text_commitment"] != self.drawn.commitments[name]:
            raise _No("text_changed", f"the draw commits itself to another text of {name} than this round")
        salt = self.drawn.salts.get(name)
        if salt is None:
            raise _No("text_erased", f"the text of {name} was erased: nothing shows what was coded")
        if given.text is None:
            raise _No("no_text", f"unit {name} came back without its text: nothing shows what was coded")
        if commitment(salt, even(given.text)) not in unit["seen"]:
            raise _No("text_changed", f"the text of {name} is not the one that was given out")

    def _scheme(self, given: Given) -> None:
        mark = self.made.scheme.mark
        if given.scheme is None:
            raise _No("another_scheme", f"it does not say by which scheme it was coded; this round's is {mark}")
        scheme, _, name = given.scheme.partition("/")
        if scheme != mark:
            raise _No("another_scheme", f"it was coded by the scheme {short(scheme)}, and this round's is {mark}")
        if name != self.made.name:
            of = f"was given out in the round {short(name)}" if name else "does not say in which round it was given out"
            raise _No("another_round", f"it {of}, and this is {self.made.name}: --round NAME, the one it is of")

    def _coder(self, one: From) -> str:
        given = one.given
        if self.by is not None:
            self._not_anothers(given, self.by)
            return self.by
        for name in given.who:
            if name in self.who:
                return self.who[name]
            if name in self.made.coders and self.kind == CODE:
                return name
        assigned = self.alone.get((one.file, given.who[0] if given.who else ""))
        if assigned is not None and (self.kind == ADJUDICATION or assigned in self.made.coders):
            try:
                return pseudonym(assigned)
            except UserError as error:
                raise _No("coder_unknown", error.what) from None
        if self.kind == ADJUDICATION and given.who:
            try:
                return pseudonym(given.who[0])
            except UserError as error:
                raise _No("coder_unknown", f"{error.what}; {_WHO}") from None
        if any("@" in name for name in given.who):
            raise _No("coder_is_address", f"its coder is a mail address, not a pseudonym: {_WHO}")
        called = f"its coder, {short(given.who[0])}, is not of this round" if given.who else "it names no coder"
        raise _No("coder_unknown", f"{called}: {_WHO}")

    def _not_anothers(self, given: Given, by: str) -> None:
        """What a coder of the round is named for is not another's because a command says so; a judge marks what coders gave."""
        named = next((name for name in (*given.who, given.assigned) if name in self.made.coders), by)
        if self.kind == CODE and named != by:
            raise _No("another_coder", f"it is {named}'s, who codes in this round, and --coder says {by}: {_STOOD_IN}")

    def _code(self, name: str, variable: str, code: str, coder: str) -> None:
        asked = self.made.scheme.variable(variable)
        if asked is None:
            known = ", ".join(one.id for one in self.made.scheme.variables)
            raise _No("unknown_variable", f"{short(variable)} is no variable of the scheme ({known})")
        if code not in asked.ids:
            raise _No("unknown_code", f"{short(code)} is no code of {variable} ({', '.join(asked.ids)})")
        if self.kind == ADJUDICATION:
            coders = self.coded.get((name, variable), {})
            if not coders:
                raise _No("not_coded", f"nobody has coded {variable} of {name}: there is nothing to adjudicate")
            if coder in coders or coder in self.units[name]["coders"]:
                told = f"{coder} codes {name}, and would judge an own code: --coder NAME, another; no --adjudication?"
                raise _No("own_code", told)
            if len(coders) < 2:
                raise _No("coded_once", f"{variable} of {name} was coded once: there is nothing to choose between")

    def new(self, sound: Iterable[From]) -> tuple[list[Row], int]:
        """The rows to add, and how many are there already."""
        rows: dict[tuple[str, str, str], Row] = {}
        again = 0
        for one in sound:
            given = one.given
            for variable, code in given.codes:
                key = given.doc_id, variable, one.coder
                if self.there.get(key) == code or key in rows:
                    again += 1
                    continue
                rows[key] = {
                    "doc_id": given.doc_id,
                    "variable": variable,
                    "code": code,
                    "coder": one.coder,
                    "at": _moment(given.at) or self.now,
                    "kind": self.kind,
                    "scheme_digest": self.made.scheme.digest,
                    "text_commitment": self.units[given.doc_id]["text_commitment"],
                }
        return list(rows.values()), again

    def notes(self, sound: Sequence[From]) -> list[str]:
        """What is no fault, and still worth knowing."""
        found = []
        revised = sum(self._other(one, variable, code) for one in sound for variable, code in one.given.codes)
        if revised:
            found.append(f"codes that take the place of others by the same coder, which stay in the file: {revised}")
        if self.kind == ADJUDICATION:
            pairs = {(one.given.doc_id, variable) for one in sound for variable, _ in one.given.codes}
            agreed = sum(len(set(self.coded[pair].values())) < 2 for pair in pairs)
            return [*found, *([f"codes that were judged, on which no two coders differ: {agreed}"] if agreed else [])]
        strange = {(one.given.doc_id, one.coder) for one in sound}
        strange = {pair for pair in strange if pair[1] not in self.units[pair[0]]["coders"]}
        if strange:
            found.append(f"units that were coded by somebody whom they were not given to: {len(strange)}")
        return found


def _moment(told: str | None) -> str | None:
    """A tool's time in UTC, to the second; None where it is no time, or of no zone."""
    try:
        at = datetime.fromisoformat(told or "")
        return at.astimezone(UTC).isoformat(timespec="seconds") if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
