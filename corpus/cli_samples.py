"""The commands of samples: draw, explain, code, agree, estimate."""

from pathlib import Path
from typing import Annotated, Any

import typer

from corpus import console
from corpus.options import HERE, AsJson, StudyFolder
from corpus.study import load_study

sample = typer.Typer(help="Draw samples that anyone can draw again.", no_args_is_help=True)
code = typer.Typer(help="Give drawn documents to coders, and take their codes back.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang these commands into the front door."""
    app.add_typer(sample, name="sample")
    # `code`, `agree` and `estimate` are hung in here as they come.


# sample


@sample.command()
def draw(
    plan: Annotated[Path, typer.Argument(help="A plan file (TOML).")],
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Freeze the frame that a plan names and draw from it into samples/<name>/; the same plan gives the same sample."""
    from analysis.sampling.drawing import draw_sample

    done = draw_sample(plan, load_study(study))
    document: dict[str, Any] = {"folder": done.folder, "again": done.again, "notes": list(done.notes), **done.document}
    console.answer(document, as_json)
    if as_json:
        return
    flow = done.document["flow"]
    rows = [(row["stage"], row["n_in"], row["n_out"], _reasons(row["excluded"])) for row in flow]
    console.table("from the corpus to the sample", ("step", "documents", "left", "left out"), rows)
    cells = next(stage for stage in done.document["stages"] if stage["name"] == "draw")["strata"]
    console.table(
        "drawn", ("stratum", "wave", "units", "drawn"), [(c["stratum"], c["wave"], c["N"], c["n"]) for c in cells]
    )
    for note in done.notes:
        console.say(note)
    if not done.document["seed"]["shopping_proof"]:
        console.say("no public value was named: nothing proves that this seed was not chosen among several")
    said = "was drawn before, the same to the last digit" if done.again else "drawn"
    console.answer({}, False, [f"{said}: {done.folder}", f"draw_id {done.document['draw_id']}"])


def _reasons(excluded: list[dict[str, Any]]) -> str:
    return ", ".join(f"{one['reason']} {one['n']}" for one in excluded)


@sample.command()
def explain(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="A document's id (documents.id).")],
    name: Annotated[str | None, typer.Option("--draw", metavar="NAME", help="Of this draw only.")] = None,
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Tell of a document why it is in a draw, or not: its place in the order, and where the line was drawn."""
    from analysis.sampling.explaining import explain as explain_document

    found = explain_document(load_study(study), document_id, name)
    lines = [line for one in found for line in (f"{one.draw}: {one.state}", *(f"  {said}" for said in one.lines))]
    console.answer({"document_id": document_id, "draws": [one.document() for one in found]}, as_json, lines)


@sample.command(name="list")
def list_(study: StudyFolder = HERE, as_json: AsJson = False) -> None:
    """Show the log of all draws, discarded ones too."""
    from analysis.sampling.history import entries, samples_folder

    rows = entries(samples_folder(load_study(study)))
    console.answer({"draws": rows}, as_json)
    if not as_json:
        shown = [(r["at"], r["event"], r["name"], r.get("n"), r["draw_id"][:12], r.get("reason")) for r in rows]
        console.table("draws", ("at (UTC)", "event", "name", "documents", "draw_id", "reason"), shown)


@sample.command()
def discard(
    name: Annotated[str, typer.Argument(help="A draw's name.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the log.")],
    study: StudyFolder = HERE,
) -> None:
    """Put a draw aside for good; it stays in the log and on disk."""
    from analysis.sampling.history import discard as put_aside

    console.answer({}, False, [f"now in {put_aside(load_study(study), name, reason)}"])


# sample verify: here


# code export, code import: here


# agree: here


# estimate: here
