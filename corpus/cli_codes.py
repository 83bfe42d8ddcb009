"""The commands of coding: export, import, status."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpus import console
from corpus.errors import UserError
from corpus.options import HERE, AsJson, StudyFolder
from corpus.study import Study, load_study

if TYPE_CHECKING:
    from analysis.coding.rounds import Exported

code = typer.Typer(help="Give drawn documents to coders, and take their codes back.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang these commands into the front door."""
    app.add_typer(code, name="code")


Round = Annotated[str | None, typer.Option("--round", metavar="NAME", help="A round of coding; default: the only one.")]
ToolName = Annotated[
    str | None, typer.Option("--tool", help="csv, labelstudio, doccano or prodigy; default: csv, or the round's.")
]


@code.command()
def export(
    draw: Annotated[str | None, typer.Argument(help="A draw's name; not with --adjudicate.")] = None,
    round_: Annotated[
        str | None,
        typer.Option(
            "--round", metavar="NAME", help="What the round is called; with --adjudicate default: the only one."
        ),
    ] = None,
    coder: Annotated[
        list[str] | None, typer.Option("--coder", help="A pseudonym; several share the units among them.")
    ] = None,
    second: Annotated[
        list[str] | None, typer.Option("--second", help="A pseudonym; codes what is to be coded twice.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every --coder codes every unit.")] = False,
    tool: ToolName = None,
    show: Annotated[
        str, typer.Option(help="What coders may see beside the text: source,date,author,kind,parent,labels.")
    ] = "",
    scheme: Annotated[
        Path | None, typer.Option(help="Coding scheme (TOML); default: coding.toml of the study.")
    ] = None,
    earlier: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="NAME", help="Take over what this round of an earlier draw says of the same texts."
        ),
    ] = None,
    adjudicate: Annotated[bool, typer.Option("--adjudicate", help="Give --coder what coders differ on.")] = False,
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Write the drawn texts for coders, blind and in an order that tells nothing, into coding/<round>/."""
    from analysis.coding.carried import carried_from
    from analysis.coding.codes import one_of
    from analysis.coding.judging import export_disputes
    from analysis.coding.rounds import Asked, export_round, load_round

    loaded = load_study(study)
    if adjudicate:
        if not coder or len(coder) > 1 or draw is not None:
            raise UserError("one adjudicator, and no draw", hint="--adjudicate --round NAME --coder NAME")
        made = load_round(loaded, one_of(loaded, round_))
        n, own, paths = export_disputes(loaded, made, coder[0], tool)
        document = {"round": made.name, "units": n, "left_to_another": own, "files": paths}
        console.answer(document, as_json, [f"{n} units to adjudicate:", *map(str, paths)])
        if own:
            console.say(f"{own} more are left to another: {coder[0]} codes them")
        return
    of, name = _draw_and_round(loaded, draw, round_)
    shown = tuple(filter(None, (one.strip() for one in show.split(","))))
    asked = Asked(of, name, tuple(coder or ()), tuple(second or ()), everything, tool or "csv", shown, scheme, earlier)
    carried, left = carried_from(loaded, of, earlier, shown, scheme) if earlier else (None, Counter[str]())
    done = export_round(loaded, asked, carried)
    _tell(done, earlier, left, as_json)


def _tell(done: "Exported", earlier: str | None, left: Counter[str], as_json: bool) -> None:
    """What was given out, and what was taken over instead."""
    units, over = len(done.round.units), sum("from" in one for one in done.round.units.values())
    notes = [*done.notes, *(f"{n} of {earlier} are coded anew: {why}" for why, n in sorted(left.items()))]
    notes += [f"taken over from {earlier}: {over} units with their codes"] if earlier else []
    document = {name: value for name, value in done.round.document.items() if name != "units"}
    document |= {"folder": done.round.folder, "again": done.again, "n": units, "taken_over": over, "notes": notes}
    said = "was given out before, the same" if done.again else "given out"
    console.answer(document, as_json, [f"{said}: {units - over} units, {done.round.folder}"])
    for note in notes:
        console.say(note)


def _draw_and_round(study: Study, draw: str | None, round_: str | None) -> tuple[str, str]:
    """Both, where they are given and there is such a draw; raises UserError that says what is missing."""
    from analysis.coding.units import load_draw

    if draw is None:
        told = "it is not said which draw is to be coded"
        raise UserError(
            told, hint="huanying code export DRAW --round NAME --coder NAME; `huanying sample list` shows them"
        )
    load_draw(study, draw)
    if round_ is None:
        told = "the round has no name yet"
        raise UserError(
            told, hint=f"--round NAME, such as pilot: huanying code export {draw} --round pilot --coder blue"
        )
    return draw, round_


@code.command(name="import")
def code_import(
    files: Annotated[list[Path], typer.Argument(help="Files that coders gave back.")],
    round_: Round = None,
    coder: Annotated[
        str | None, typer.Option("--coder", help="All is by this coder, where it names no other of the round.")
    ] = None,
    who: Annotated[
        list[str] | None, typer.Option("--who", metavar="NAME=CODER", help="Who a tool's name for a coder is.")
    ] = None,
    adjudication: Annotated[bool, typer.Option("--adjudication", help="They are an adjudicator's.")] = False,
    revised: Annotated[
        bool, typer.Option("--revised", help="Where a coder gave another code before, this one takes its place.")
    ] = False,
    tool: ToolName = None,
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Take codes back; units not drawn, changed texts and unknown codes are refused and kept apart."""
    from analysis.coding.codes import one_of
    from analysis.coding.returned import take_back
    from analysis.coding.rounds import load_round

    loaded = load_study(study)
    made = load_round(loaded, one_of(loaded, round_))
    pairs = [one.rpartition("=") for one in who or ()]
    if any(not name or not named for name, _, named in pairs):
        raise UserError("--who takes NAME=CODER", hint="--who 3=blue")
    whom = {name: named for name, _, named in pairs}
    taken = take_back(loaded, made, files, coder, whom, adjudication, tool, revised)
    told = {"rows": taken.rows, "again": taken.again, "passed_over": taken.passed_over, "notes": taken.notes}
    refused = [str(one) for one in taken.refused]
    lines = [
        f"{taken.rows} codes added to {made.name}, {taken.again} were there, {taken.passed_over} units passed over"
    ]
    console.answer({"round": made.name, "refused": refused, "reasons": taken.reasons, **told}, as_json, lines)
    told_once = Counter((one.file, one.told) for one in taken.refused)
    firsts = {(one.file, one.told): one for one in reversed(taken.refused)}
    shown = [f"{firsts[key]}{f' ({n - 1} more like this)' if n > 1 else ''}" for key, n in told_once.items()]
    for line in (*taken.notes, *shown[:_MOST]):
        console.say(line)
    if refused:
        more = ", of which some are not shown" if len(shown) > _MOST else ""
        console.say(f"{len(refused)} rows refused{more}: {made.folder / 'quarantine.jsonl'}")
        raise typer.Exit(6)


@code.command()
def status(round_: Round = None, study: StudyFolder = HERE, as_json: AsJson = False) -> None:
    """Show how far each coder is, what is disputed, and how the codes that hold were found."""
    from analysis.coding.codes import WAYS, one_of
    from analysis.coding.rounds import load_round
    from analysis.coding.standing import standing_of

    loaded = load_study(study)
    document = standing_of(load_round(loaded, one_of(loaded, round_)))
    console.answer(document, as_json)
    if as_json:
        return
    rows = [(c["coder"], v["variable"], c["units"], v["coded"]) for c in document["coders"] for v in c["variables"]]
    console.table(f"round {document['round']}", ("coder", "variable", "units", "coded"), rows)
    found = [
        (one["variable"], *(one["how"].get(way, 0) for way in WAYS), one["disputed"]) for one in document["variables"]
    ]
    console.table("how the codes that hold were found", ("variable", *WAYS, "disputed"), found)


_MOST = 20
