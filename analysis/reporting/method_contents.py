"""All that the page on method shows, whatever its language, gathered from draws, codes, agreement and estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.coding.codes import rows_of as codes_given
from analysis.coding.codes import simulated
from analysis.coding.schemes import Variable
from analysis.estimates.claims import CODES
from analysis.reporting.corrections import LEAST_CODED, Phase, corrections, told_parts
from analysis.reporting.method_draw import Drawn, Listed, checked, chosen, drawn, listed
from analysis.reporting.method_round import Claim, Coded, coded, fullest_round, rounds_of
from analysis.reporting.tables import Name, named, own_name
from analysis.reporting.words import Words
from analysis.sampling.checking import Check
from analysis.sampling.history import samples_folder
from analysis.signs.codebook import load_codebook
from corpus.errors import HuanyingError, UserError, VerificationError
from corpus.snapshot import Snapshot, read_file
from corpus.study import Study

YES = "yes"
_YES_OR_NO = frozenset({"yes", "no"})
Part = tuple[str, str | None]
ALL: Part = ("all", None)


@dataclass(frozen=True, slots=True)
class Block:
    """What one picture shows: the codes of one question, or the yes of all questions that are answered by yes and no."""

    id: str
    name: Name
    variables: tuple[Variable, ...]

    @property
    def single(self) -> bool:
        return len(self.variables) == 1 and not yes_or_no(self.variables[0])


@dataclass(frozen=True, slots=True)
class Method:
    """`shown`: the draw that the page is about, `parts` of whose frame may be told; `notes`: what readers must be told, as
    keys of words with their values; `report`: rounds whose figures the report shows; `others`: rounds that this page does
    not tell of, each with its draw, and apart from them those that the report shows."""

    study: Study
    draws: Sequence[Listed]
    shown: Listed | None
    checks: Sequence[Check]
    drawn: Drawn | None
    coded: Coded | None
    parts: frozenset[Part]
    blocks: Sequence[Block]
    notes: Sequence[tuple[str, Mapping[str, Any]]]
    names: Mapping[str, Name]
    report: Sequence[str]
    others: Mapping[bool, Sequence[Name]]

    def tells(self, claim: Claim) -> bool:
        """Whether a figure is told: of all of the frame, or of a part of enough authors and coded documents."""
        part = (claim.kind, claim.place)
        return part == ALL or (part in self.parts and (claim.n >= LEAST_CODED or claim.low is None))

    def best(self, variable: str, *kinds: str) -> list[Claim]:
        """The best figures of a question that are told, by part of the frame and code."""
        if self.coded is None or self.coded.estimates is None:
            return []
        made = self.coded.estimates
        return [one for kind in kinds for one in made.best(variable, kind).values() if self.tells(one)]

    def by_codes(self, claim: Claim) -> Claim | None:
        """What codes alone say of the same, where the figure goes by labels too."""
        if self.coded is None or self.coded.estimates is None or claim.by == CODES:
            return None
        found = self.coded.estimates.of(claim.variable, claim.kind, CODES).get((claim.place, claim.code))
        return found if found and self.tells(found) else None

    def beside(self, variable: str, *kinds: str) -> list[Claim]:
        """The best figures, each with that by codes alone beside it."""
        pairs = [(one, self.by_codes(one)) for one in self.best(variable, *kinds)]
        return [one for pair in pairs for one in pair if one]

    def naive(self, claim: Claim) -> Claim | None:
        """What labels alone say of the same."""
        if self.coded is None or self.coded.estimates is None:
            return None
        return self.coded.estimates.naive(claim.variable, claim.kind).get((claim.place, claim.code))

    def varied(self, variable: str, *kinds: str) -> list[tuple[Claim, list[Claim]]]:
        """Each figure with those that were made in another way, where there are any."""
        if self.coded is None or self.coded.estimates is None:
            return []
        others: dict[str, list[Claim]] = {}
        for one in self.coded.estimates.robustness:
            others.setdefault(one.base or "", []).append(one)
        return [(one, others[one.name]) for one in self.best(variable, *kinds) if one.name in others]


def yes_or_no(variable: Variable) -> bool:
    return set(variable.ids) == _YES_OR_NO


def gather_method(study: Study, snapshot: Snapshot, report: Sequence[str] | None = None) -> Method:
    """What the page shows: the draw and the round that the report shows, which are the first of ``report``.

    Where the report shows none, the newest draw that has a round of coding, else the newest; nothing of one that does not
    hold.
    """
    notes: list[tuple[str, Mapping[str, Any]]] = []
    try:
        draws = listed(study)
    except (VerificationError, KeyError, ValueError):
        draws = []
        notes.append(("method.fault.log", {}))
    rounds, report = rounds_of(study), _of_report(study, snapshot) if report is None else report
    first = next((draw_id for draw_id, names in rounds.items() if report and report[0] in names), None)
    shown = chosen(draws, rounds, first)
    checks = checked(study, shown.name) if shown else []
    failed = [one.number for one in checks if one.outcome == "failed"]
    made = _drawn(study, shown, notes) if shown and not failed else None
    if failed:
        names = [Name(str(n), *(Words(language)(f"check.{n}") for language in ("en", "zh"))) for n in failed]
        notes.append(("method.fault.failed", {"names": names}))
    here = sorted(name for draw_id in shown.every for name in rounds.get(draw_id, ())) if shown else []
    told = (
        _coded(study, snapshot, shown, report[0] if report and report[0] in here else fullest_round(study, here), notes)
        if shown and made
        else None
    )
    parts = _parts(study, made, told) if made else frozenset()
    names_of = _names(study, told)
    others = _others(draws, rounds, told.round.name if told else None, report)
    blocks = _blocks(told, names_of)
    return Method(study, draws, shown, checks, made, told, parts, blocks, notes, names_of, report, others)


def _of_report(study: Study, snapshot: Snapshot) -> Sequence[str]:
    """The rounds that the report shows; none where its files cannot be read, of which this page tells by itself."""
    try:
        return corrections(study, snapshot).shown
    except (HuanyingError, OSError, KeyError, TypeError, ValueError, AttributeError):
        return ()


def _others(
    draws: Sequence[Listed], rounds: Mapping[str, Sequence[str]], told: str | None, report: Sequence[str]
) -> dict[bool, list[Name]]:
    """The rounds but that which is ``told``, with the names of their draws, by whether the report shows them."""
    drawn_as = {draw_id: one.name for one in draws for draw_id in one.every}
    found: dict[bool, list[Name]] = {True: [], False: []}
    for name, draw_id in sorted((name, draw_id) for draw_id, names in rounds.items() for name in names):
        if name != told:
            of = {"round": name, "draw": drawn_as.get(draw_id, draw_id[:12])}
            en, zh = (Words(language)("method.round.of", **of) for language in ("en", "zh"))
            found[name in report].append(Name(name, en, zh))
    return found


def _drawn(study: Study, shown: Listed, notes: list[tuple[str, Mapping[str, Any]]]) -> Drawn | None:
    try:
        return drawn(study, shown.name)
    except (UserError, KeyError, TypeError, ValueError) as error:
        notes.append(("method.fault.draw", {"reason": error.what if isinstance(error, UserError) else str(error)}))
        return None


def _coded(
    study: Study,
    snapshot: Snapshot,
    shown: Listed,
    name: str | None,
    notes: list[tuple[str, Mapping[str, Any]]],
) -> Coded | None:
    if name is None:
        return None
    try:
        made = coded(study, name, shown.every)
    except HuanyingError:
        notes.append(("method.fault.round", {"name": name}))
        return None
    if programs := simulated(codes_given(study.folder / "coding" / name)):
        notes.append(("codes.simulated", {"round": name, "names": programs}))
    notes += [("method.fault.file", {"name": fault}) for fault in made.faults]
    if made.estimates and made.rows > made.estimates.codes:
        notes.append(("method.stale.codes", {"n": made.rows - made.estimates.codes, "name": name}))
    if made.estimates and made.estimates.snapshot_id not in (None, snapshot.id):
        notes.append(("method.stale.snapshot", {"name": name}))
    return made


def _parts(study: Study, made: Drawn, told: Coded | None) -> frozenset[Part]:
    """Parts of the frame of which codes and labels are told: those by enough authors."""
    frame = read_file(samples_folder(study) / made.name / "frame.parquet")
    rows = frame.select(["author", "kind", "language", "day"]).to_pylist()
    spans = told.estimates.phases if told and told.estimates else {}
    return frozenset(told_parts(rows, [Phase(number, *days) for number, days in spans.items()]))


def _names(study: Study, told: Coded | None) -> dict[str, Name]:
    """How questions are called: as the report calls the labels that they are held against."""
    path = study.document_file("themes")
    themes = {one.id: (one.label["en"], one.label.get("zh_hans")) for one in load_codebook(path).theme} if path else {}
    found: dict[str, Name] = {}
    for variable in told.round.scheme.variables if told else ():
        label = variable.labelled_by.label
        if label in themes:
            en, zh = themes[label]
            found[variable.id] = Name(variable.id, en, zh or en)
        else:
            found[variable.id] = named("variable", variable.id) or own_name(variable.id)
    return found


def _blocks(told: Coded | None, names: Mapping[str, Name]) -> list[Block]:
    variables = told.round.scheme.variables if told else ()
    blocks = [Block(one.id, names[one.id], (one,)) for one in variables if not yes_or_no(one)]
    questions = tuple(one for one in variables if yes_or_no(one))
    if questions:
        name = Name("questions", *(Words(language)("method.questions") for language in ("en", "zh")))
        blocks.append(Block("questions", name, questions))
    return blocks
