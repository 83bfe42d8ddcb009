"""The commands of samples: draw, explain, verify, agree, estimate."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpus import console
from corpus.errors import UserError
from corpus.options import HERE, AsJson, StudyFolder
from corpus.study import load_study

if TYPE_CHECKING:
    from analysis.estimates.basis import Basis

sample = typer.Typer(help="Draw samples that anyone can draw again.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang these commands into the front door."""
    app.add_typer(sample, name="sample")
    app.command()(agree)
    app.command()(estimate)


# sample


@sample.command()
def draw(
    plan: Annotated[Path, typer.Argument(help="A plan file (TOML).")],
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Freeze the frame that a plan names and draw from it into samples/<name>/; the same plan gives the same sample."""
    from analysis.sampling.describing import NO_PROOF
    from analysis.sampling.drawing import draw_sample
    from analysis.sampling.history import head

    done = draw_sample(plan, load_study(study))
    document: dict[str, Any] = {
        "folder": done.folder,
        "again": done.again,
        "revised": done.revised,
        "notes": list(done.notes),
        **done.document,
    }
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
        console.say(NO_PROOF)
    said = "was drawn before, the same to the last digit" if done.again else "drawn"
    said = "drawn again with what was found; codes given to it stay" if done.revised else said
    console.answer({}, False, [f"{said}: {done.folder}", f"draw_id {done.document['draw_id']}"])
    console.say(
        f"the log of draws ends in {head(done.folder.parent)}: noted elsewhere, it pins all that was drawn so far"
    )


def _reasons(excluded: list[dict[str, Any]]) -> str:
    return ", ".join(f"{one['reason']} {one['n']}" for one in excluded)


@sample.command()
def plan(
    plan: Annotated[Path, typer.Argument(help="A plan file (TOML).")],
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Look through a plan without drawing, and print the digest by which it can be registered beforehand."""
    from analysis.sampling.drawing import try_plan
    from analysis.sampling.plans import load_plan

    loaded = load_study(study) if (study / "study.toml").is_file() else None
    read = load_plan(plan, loaded)
    lines = [f"no faults: {plan}"]
    document: dict[str, Any] = {"plan": plan, "sha256": read.sha256, "core_sha256": read.core_sha256}
    if loaded:
        trial = try_plan(read, loaded)
        document |= {"documents": trial.documents, "why_not": trial.why_not, "notes": list(trial.notes)}
        lines += [] if trial.documents is None else [f"documents that could be drawn now: {trial.documents}"]
        lines += trial.notes
        if trial.why_not:
            lines.append(f"yet nothing can be drawn by it now: {trial.why_not}")
            lines += [f"  next: {trial.hint}"] if trial.hint else []
    console.answer(document, as_json, [*lines, f"sha256 to be registered: {read.core_sha256}"])


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
    from analysis.sampling.history import entries, head, samples_folder

    home = samples_folder(load_study(study))
    rows = entries(home)
    console.answer({"draws": rows, "head": head(home)}, as_json)
    if not as_json:
        shown = [
            (r["at"], r["event"], r.get("name"), r.get("n"), r.get("draw_id", "")[:12], r.get("reason")) for r in rows
        ]
        if not rows:
            console.say("no draw yet: `huanying sample draw` makes one from a plan")
            return
        console.table("draws", ("at (UTC)", "event", "name", "documents", "draw_id", "reason"), shown)
        console.say(f"noted elsewhere, this digest pins the log as it is: {head(home)}")


@sample.command()
def discard(
    name: Annotated[str, typer.Argument(help="A draw's name.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the log.")],
    study: StudyFolder = HERE,
) -> None:
    """Put a draw aside for good; it stays in the log and on disk."""
    from analysis.sampling.history import discard as put_aside

    console.answer({}, False, [f"now in {put_aside(load_study(study), name, reason)}"])


@sample.command()
def erase(
    documents: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of documents (documents.id).")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the log. Name nobody.")],
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Take out of every draw what opens the commitments to these texts, and of rounds of coding what may quote them."""
    from analysis.coding.erasing import erase_rows
    from analysis.sampling.erasing import erase_salts

    loaded = load_study(study)
    count = erase_salts(loaded, documents, reason)
    left = erase_rows(loaded, documents)
    document = {"salts": count, "rows": {str(path): n for path, n in left.rows.items()}, "files": left.files}
    lines = [f"{count} salts taken out; whoever has the study key can make them again"]
    lines += [f"{n} rows taken out of {path}" for path, n in left.rows.items()]
    lines += [f"was given to coders and holds the text, or may: {path}" for path in left.files]
    console.answer(document, as_json, lines)
    if not as_json:
        console.say(
            "next: delete these files, and have coders delete theirs"
            if left.files
            else "no file of a coder holds the text"
        )
        console.say("the archive, the corpus, exports and reports are not touched")


@sample.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A draw's folder.")],
    study: Annotated[
        Path | None, typer.Option("--study", metavar="DIR", help="Its study; default: the one that it lies in.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold a draw against itself, its plan, its corpus and what was made of it: twelve checks; exit 5 where one fails."""
    from analysis.estimates.held import LATER
    from analysis.sampling.checking import summary
    from analysis.sampling.checking import verify as verify_draw

    if not (folder / "sample.json").is_file():
        raise UserError("no draw here: there is no sample.json", where=folder, hint="give a folder under samples/")
    home = study or next((one for one in folder.resolve().parents[:3] if (one / "study.toml").is_file()), None)
    checks = verify_draw(folder, load_study(home) if home else None, LATER)
    failed = [check.number for check in checks if check.outcome == "failed"]
    partly = [check.number for check in checks if check.partly]
    console.answer(
        {"ok": not failed, "failed": failed, "partly": partly, "checks": [check.document() for check in checks]},
        as_json,
    )
    if not as_json:
        said = [f"{one.outcome.replace('_', ' ')}{' in part' if one.partly else ''}" for one in checks]
        rows = [(str(one.number), one.name, told, one.message) for one, told in zip(checks, said, strict=True)]
        console.table(str(folder), ("", "check", "outcome", "what was found"), rows)
        console.answer({}, False, [summary(checks)])
    if failed:
        raise typer.Exit(5)


# what codes say

RoundName = Annotated[str | None, typer.Argument(metavar="ROUND", help="A round of coding; default: the only one.")]


def _made(
    what: str,
    round_: str | None,
    study: Path,
    place: Callable[[Path, str], Path],
    make: Callable[["Basis"], dict[str, Any]],
    as_json: bool,
) -> tuple[dict[str, Any], Path]:
    """What a round says by its codes and the newest labels, written to its place and answered."""
    from analysis.coding.codes import one_of
    from analysis.estimates.basis import basis_of, newest, write

    loaded = load_study(study)
    name = one_of(loaded, round_)
    document = make(basis_of(loaded, name, snapshot=newest(loaded)))
    path = write(place(loaded.folder, name), document)
    console.answer({**document, "path": path}, as_json, [f"{what} of {name}: {path}"])
    return document, path


def agree(
    round_: RoundName = None,
    resamples: Annotated[int, typer.Option(min=20, max=100_000, help="Resamples of units for the intervals.")] = 1_000,
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Tell how far coders agree, and the machine with them, into agreement/<round>.json."""
    from analysis.estimates.concord import agreement_of, agreement_path

    document, path = _made(
        "agreement", round_, study, agreement_path, lambda basis: agreement_of(basis, resamples), as_json
    )
    if as_json:
        return
    columns = ("figure", "language", "code", "value", "from", "to", "units", "coders")
    for one in document["agreement"]:
        rows = [_figure(f) for f in one["figures"] if f["language"] is None or f["code"] is None]
        console.table(f"{one['variable']}, {one['between']}", columns, rows)
    for scope in dict.fromkeys(one["scope"]["en"] for one in document["agreement"]):
        console.say(scope)
    if document["agreement"]:
        console.say(f"each code in each language, and what was taken for what: in {path}")
    else:
        console.say("no unit was coded by two, and no label stands beside a code: there is nothing to agree on")


def estimate(
    round_: RoundName = None,
    accept_extreme_weights: Annotated[
        bool,
        typer.Option("--accept-extreme-weights", help="Also where single documents weigh 20 times the mean and more."),
    ] = False,
    median: Annotated[
        list[str] | None,
        typer.Option("--median", help="Also the median likes, collects, comments or shares of each code's documents."),
    ] = None,
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Tell what a round says of its frame: shares by codes, by labels, and corrected, into estimates/<round>.json."""
    from analysis.estimates.medians import COUNTS
    from analysis.estimates.standing import estimates_of, estimates_path

    if unknown := set(median or ()) - set(COUNTS):
        raise UserError(
            f"there are no medians of {', '.join(sorted(unknown))}", hint=f"--median takes {', '.join(COUNTS)}"
        )
    counts = [one for one in COUNTS if one in (median or ())]
    document, path = _made(
        "estimates",
        round_,
        study,
        estimates_path,
        lambda basis: estimates_of(basis, accept_extreme_weights, counts),
        as_json,
    )
    if as_json:
        return
    columns = ("code", "of", "by", "value", "from", "to", "error", "coded", "precise as", "")
    for variable in dict.fromkeys(one["variable"] for one in document["claims"]):
        own = [one for one in document["claims"] if one["variable"] == variable]
        console.table(variable, columns, [_shown(one) for one in _foremost(own)])
        for line in _behind(variable, own, document["held"].get(variable)):
            console.say(line)
    if medians := document.get("medians"):
        console.table("medians", ("code", "of", *columns[3:7], "coded", "unknown"), [_middle(one) for one in medians])
    if any(_unsure(one, document["claims"]) for one in document["claims"]):
        console.say(_UNSURE)
    if any(one["n_eff"] is not None for one in document["claims"]):
        console.say("precise as: a plain draw, with replacement, of so many documents")
    for scope in dict.fromkeys(one["scope"]["en"] for one in document["claims"]):
        console.say(scope)
    console.say(f"all {len(document['claims'])} figures, and {len(document['robustness'])} made otherwise: in {path}")
    refused = document["not_estimated"]
    for one in refused[:_FEW]:
        console.say(f"not estimated: {one['claim']}: {one['reason']}")
    if len(refused) > _FEW:
        console.say(f"not estimated: {len(refused) - _FEW} more")


_FEW = 3
_UNSURE = (
    "where labels make a figure less sure, tell both, unless it was written down beforehand which counts; more codes make "
    "either surer, better labels the corrected one: `huanying annotate --from-codes`, with codes of texts not in this draw"
)
_LACKING = (
    ("missing", "drawn but not coded"),
    ("unavailable", "gone"),
    ("replaced", "replaced by a reserve"),
    ("ineligible", "ineligible"),
    ("uncovered", "in strata of which nothing was drawn or is known"),
    ("unlabelled", "without a label"),
)


def _behind(variable: str, claims: list[dict[str, Any]], held: dict[str, int] | None) -> list[str]:
    """What stands behind the figures of all of the frame: documents that they lack, and how the codes were found."""
    of_all = [one for one in claims if one["domain"]["kind"] == "all"]
    most = {name: max((one.get(name, 0) for one in of_all), default=0) for name, _ in _LACKING}
    lines = [f"{variable}, documents: " + ", ".join(f"{most[name]} {told}" for name, told in _LACKING if most[name])]
    lines = lines if any(most.values()) else []
    if held:
        from analysis.coding.codes import WAYS

        found = ", ".join(f"{held[way]} {way}" for way in WAYS if held[way])
        lines.append(f"{variable}, codes: {found}")
        if held["disputed"]:
            lines.append(
                f"{variable}: coders differ on {held['disputed']} documents, which nobody has judged: what most of three "
                "or more say counts, else what the first coder says"
            )
    if worse := [one["code"] for one in of_all if _unsure(one, of_all)]:
        lines.append(f"{variable}: labels make the figure less sure than codes alone for {', '.join(worse)}")
    return lines


def _unsure(claim: dict[str, Any], claims: list[dict[str, Any]]) -> bool:
    """Whether a corrected figure of all of the frame has a larger error than that by codes alone."""
    if claim["by"] != "codes and labels" or claim["domain"]["kind"] != "all":
        return False
    same = [one for one in claims if all(one[key] == claim[key] for key in ("variable", "code", "domain"))]
    alone = [one["se"] for one in same if one["by"] == "codes" and one["se"] is not None]
    return bool(alone and claim["se"] is not None and claim["se"] > alone[0])


def _foremost(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of all of the frame every figure; of its parts only the one that has most behind it, which stands before others."""
    best: dict[tuple[object, ...], dict[str, Any]] = {}
    for one in claims:
        key = (one["code"], one["domain"]["kind"], one["domain"]["value"])
        best[key] = one if one["by"] == "codes and labels" else best.get(key, one)
    return [one for one in claims if one["domain"]["kind"] == "all" or one in best.values()]


def _figure(one: dict[str, Any]) -> tuple[object, ...]:
    figures = map(_told, (one["value"], one["low"], one["high"]))
    return one["statistic"], one["language"] or "all", one["code"] or "all", *figures, one["units"], one["coders"]


def _shown(one: dict[str, Any]) -> tuple[object, ...]:
    between = one["interval"] or {"low": None, "high": None}
    figures = (one["value"], between["low"], between["high"], one["se"])
    note = "" if one["validated"] else "not validated by humans"
    note = "by the estimator outside 0 to 1" if one.get("outside") else note
    worth = "" if one["n_eff"] is None else f"{one['n_eff']:.1f}"
    named = one["code"] or "mean"
    where = one["claim"].split("/")[3]
    return named, where, one["by"], *map(_told, figures), one["n"], worth, note


def _middle(one: dict[str, Any]) -> tuple[object, ...]:
    between = one["interval"]
    figures = (f"{one['value']:g}", f"{between['low']:g}", f"{between['high']:g}", _told(one["se"]))
    return f"{one['variable']} {one['code']}", one["count"], *figures, one["n"], one["unknown"]


def _told(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
