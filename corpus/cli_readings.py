"""Commands that read a corpus: label it, hold labels against people, show what it says."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus import console, showing
from corpus.errors import UserError
from corpus.options import HERE, AsJson, StudyFolder, Workers
from corpus.study import Study, load_study


def annotate(
    names: Annotated[
        list[str] | None, typer.Argument(help="Annotators and surveys; default: all but those that run by name only.")
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option("--study", metavar="DIR", help="Folder with study.toml; default: where you stand; --stdio: none."),
    ] = None,
    workers: Workers = None,
    as_json: AsJson = False,
    stdio: Annotated[
        bool, typer.Option("--stdio", help="JSON lines in and out, of no study unless --study is given; one annotator.")
    ] = False,
    cards: Annotated[
        bool, typer.Option("--cards", help="Say what each does, how it was measured and where it fails; label nothing.")
    ] = False,
    codes: Annotated[
        Path | None,
        typer.Option("--from-codes", metavar="FILE", help="Learn first from texts that the study's coders labelled."),
    ] = None,
) -> None:
    """Label the documents; each annotator, and each survey of the whole corpus, writes a side table of its own.

    Examples: `huanying annotate`; `huanying annotate sentiment quotes`; `huanying annotate topics` (run by name only);
    `huanying annotate stance --from-codes coding/codes.csv` (columns text or document_id, and label);
    `huanying annotate sentiment --cards`; `echo '{"id": 1, "text": "欢迎！"}' | huanying annotate sentiment --stdio`.
    """
    if cards:
        from analysis.annotate import cards_of

        found = cards_of(names)
        console.answer({"cards": found}, as_json, [f"{name}\n\n{card}\n" for name, card in found.items()])
        return
    if (stdio or codes) and (not names or len(names) != 1):
        option = "--stdio" if stdio else "--from-codes"
        raise UserError(f"{option} is for one annotator", hint=f"huanying annotate stance {option}")
    if stdio and codes:
        raise UserError("--stdio learns nothing", hint="learn first: huanying annotate stance --from-codes FILE")
    if stdio and names:
        from analysis.serving import annotate_lines

        annotate_lines(names[0], sys.stdin.buffer, sys.stdout, load_study(study) if study else None)
        return
    from analysis.annotate import annotate as annotate_corpus

    loaded = load_study(study or HERE)
    learned = _learn(loaded, names[0], codes, as_json) if codes and names else {}
    with console.progress("annotating", "documents") as told:
        done = annotate_corpus(loaded, names, workers=workers, progress=told)
    console.answer({**done.document(), **learned}, as_json, showing.annotated(done))


def _learn(study: Study, name: str, codes: Path, as_json: bool) -> dict[str, Any]:
    """Learn an annotator from coded rows, and say what the model can be trusted for."""
    from analysis.annotate import annotators
    from analysis.learning.codes import learn_from_codes

    if not getattr(annotators().get(name), "learns", False):
        able = sorted(one for one, annotator in annotators().items() if getattr(annotator, "learns", False))
        raise UserError(f"{name} does not learn from codes", hint=f"those that do: {', '.join(able)}")
    model, path = learn_from_codes(study, name, codes)
    if not as_json:
        showing.learned(model.figures, path)
    return {"learned": {"model": path, "figures": model.figures}}


def topics(study: StudyFolder = HERE, as_json: AsJson = False) -> None:
    """Find what is talked about, without a codebook, and list it in topics.merge.toml for you to name and merge."""
    from analysis.topicmodels.topics import find_topics

    found = find_topics(load_study(study))
    console.answer(found.document(), as_json)
    if not as_json:
        showing.tables(found)
        console.answer({}, False, found.lines())


def evaluate(
    name: Annotated[str, typer.Argument(help="An annotator, or language.")],
    gold: Annotated[Path, typer.Argument(help='Lines of JSON: {"id", "lang", "text", "label"}.')],
    study: Annotated[
        Path | None,
        typer.Option("--study", metavar="DIR", help="Whose codebook to use; default: where you stand, if any."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold an annotator against texts that people labelled: F1 by class and language, calibration, intervals."""
    from analysis.evaluate import evaluate as hold

    folder = study or (HERE if (HERE / "study.toml").is_file() else None)
    found = hold(name, gold, load_study(folder) if folder else None)
    console.answer(found.figures, as_json)
    if not as_json:
        showing.tables(found)
        console.answer({}, False, found.notes())


def report(study: StudyFolder = HERE, as_json: AsJson = False) -> None:
    """Write report/index.html, and report/method.html beside it, from the newest snapshot: pages that open anywhere."""
    from analysis.reporting.report import write_report

    path = write_report(load_study(study))
    console.answer({"report": path}, as_json, [f"report {path}"])


def tables(
    study: StudyFolder = HERE,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where to; default: report/tables.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the published studies' tables: phases, stance by emotion by theme, engagement, each with n and its query."""
    from analysis.replication.printing import write_tables

    written = write_tables(load_study(study), out)
    console.answer(written.document(), as_json, written.lines())
