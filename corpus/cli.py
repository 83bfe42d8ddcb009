"""The front door: every command of ``huanying``; it opens every room and is opened by none."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus import cli_codes, cli_demo, cli_samples, console, showing
from corpus.cli_readings import annotate, evaluate, report, tables, topics
from corpus.disk import is_no_space
from corpus.errors import HuanyingError, UserError
from corpus.options import HERE, AsJson, StudyFolder, Workers
from corpus.study import load_study

app = typer.Typer(
    help="From public pages about one exchange event to a bilingual corpus that can be cited and re-checked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 your mistake, 3 no space, 4 refused by policy, 5 verification failed, 6 done with quarantined input or failures.",
)
cli_samples.register(app)
cli_codes.register(app)
cli_demo.register(app)


def main() -> None:
    """Run the command line; every error ends as a message that says what, where and what next."""
    try:
        app()
    except HuanyingError as error:
        console.err.print(f"[bold red]huanying:[/] {_escaped(str(error))}")
        sys.exit(error.exit_code)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            sys.exit(0)
        full = is_no_space(error)
        after = (
            "make room and run the same command again; nothing is lost"
            if full
            else "see whether the file or folder can be written"
        )
        console.say(f"huanying: {error.filename or ''}: {error.strerror or error}\n  next: {after}")
        sys.exit(3 if full else 1)
    except KeyboardInterrupt:
        console.say("stopped; what was acknowledged is safe, and the same command goes on from there")
        sys.exit(130)


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    study_id: Annotated[str, typer.Option("--id", help="Short name; default: the folder's.")] = "",
) -> None:
    """Write a new study: a commented study.toml with the codebook beside it."""
    from corpus.authoring import write_study

    for path in write_study(folder, study_id or folder.resolve().name):
        console.out.print(f"wrote {path}")
    console.say(f"next: edit {folder / 'study.toml'}, then `huanying check --study {folder}`")


@app.command()
def check(study: StudyFolder = HERE, as_json: AsJson = False) -> None:
    """Check all files of a study and explain what will be asked of whom, and what is refused and why."""
    from analysis.companions import companions
    from corpus.checking import explain

    loaded = load_study(study)
    sections = [*explain(loaded), ("How the corpus will be read", companions(loaded))]
    lines = [line for title, body in sections for line in (title, *(f"  {row}" for row in body), "")]
    console.answer({title: list(body) for title, body in sections}, as_json, lines)


@app.command()
def look(
    file: Annotated[Path, typer.Argument(help="A capture file or a folder of files.")], as_json: AsJson = False
) -> None:
    """Tell what a capture file holds, before any study exists; shows no text, handle or token."""
    from corpus.look import look as look_at

    seen = look_at(file)
    console.answer(asdict(seen), as_json, seen.lines())


@app.command()
def crawl(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Sources of the study; default: all that may be crawled.")
    ] = None,
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Collect: ask the study's sources politely, where permitted, and archive every byte."""
    from spiders.crawl import run_crawl

    with console.progress("crawling", "pages") as told:
        result = run_crawl(load_study(study), outlets=sources, progress=told)
    console.answer(result.document(), as_json)
    if not as_json:
        showing.crawl(result)
    raise typer.Exit(result.exit_code)


@app.command()
def recheck(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Sources of the study; default: all in the corpus.")
    ] = None,
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Look again, politely, at the corpus's articles and posts: still there, edited, gone; build anew to see it in tables."""
    from corpus.rechecks import plan_recheck
    from spiders.crawl import run_recheck

    loaded = load_study(study)
    with console.progress("rechecking", "pages") as told:
        result = run_recheck(loaded, plan_recheck(loaded, sources), progress=told)
    console.answer(result.document(), as_json)
    if not as_json:
        showing.recheck(result)
    raise typer.Exit(result.exit_code)


@app.command(name="import")
def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders that you hold.")],
    kind: Annotated[
        str | None, typer.Option("--as", metavar="KIND", help="Say what it is instead of having it recognised.")
    ] = None,
    study: StudyFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Bring captures that you made yourself into the archive; what is broken is quarantined and counted."""
    from corpus.intake import intake

    result = intake(load_study(study), paths, kind, say=console.say)
    console.answer(result.document(), as_json)
    if not as_json:
        showing.tables(result)
    raise typer.Exit(result.exit_code)


@app.command()
def status(
    study: StudyFolder = HERE,
    permissions: Annotated[
        bool, typer.Option("--permissions", help="What each host permitted, when, and by which line of robots.txt.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Where the study stands: archive, queue, hosts, newest corpus; or what its hosts permitted."""
    if permissions:
        showing.permissions(load_study(study), as_json)
        return
    from corpus.archive import journal
    from corpus.snapshot import latest
    from spiders.sources import status as crawl_status

    loaded = load_study(study)
    document: dict[str, Any] = {
        "study": loaded.id,
        "archived": len(journal(loaded.archive_folder)),
        "crawl": crawl_status(loaded),
    }
    lines = [f"study      {loaded.id}: {loaded.file.study.title}", f"archive    {document['archived']} captures"]
    for name, value in document["crawl"].items():
        shown = ", ".join(f"{key} ({one})" for key, one in value.items()) if isinstance(value, dict) else value
        lines.append(f"{name:<10} {shown if shown != '' else 'none'}")
    try:
        snapshot = latest(loaded.corpus_folder)
        document["snapshot"] = {"id": snapshot.id, "rows": {name: snapshot.rows(name) for name in snapshot.tables}}
        lines += [
            f"corpus     {snapshot.id}: "
            + ", ".join(f"{snapshot.rows(n)} {n}" for n in ("documents", "captures", "rejections")),
            *showing.layouts(snapshot.manifest["counts"]),
        ]
    except UserError:
        document["snapshot"] = None
        lines.append("corpus     none yet: `huanying build`")
    console.answer(document, as_json, lines)


@app.command()
def build(study: StudyFolder = HERE, workers: Workers = None, as_json: AsJson = False) -> None:
    """Turn the archive into a corpus: a new snapshot of Parquet tables."""
    from corpus.build import build as build_corpus

    loaded = load_study(study)
    before = showing.annotations_of(loaded)
    with console.progress("building", "captures") as told:
        built = build_corpus(loaded, workers=workers, progress=told)
    counts = dict(built.counts)
    left = sorted(set(before).difference(built.snapshot.tables))
    lines = [*showing.built(counts, built.snapshot.folder), *showing.left_behind(left)]
    console.answer(
        {**counts, "without_annotations": left, "snapshot": built.snapshot.id, "folder": built.snapshot.folder},
        as_json,
        lines,
    )


for _reading in (annotate, topics, evaluate, report, tables):
    app.command()(_reading)


@app.command()
def verify(study: StudyFolder = HERE, as_json: AsJson = False) -> None:
    """Hold the newest snapshot against its manifest, and the archive against its journal; exit 5 where they differ."""
    from corpus.archive import verify_archive
    from corpus.manifest import verify as verify_snapshot
    from corpus.snapshot import latest

    loaded = load_study(study)
    found = verify_snapshot(latest(loaded.corpus_folder))
    found.append(f"{verify_archive(loaded.archive_folder)} archive entries read back strictly")
    console.answer({"verified": found}, as_json, [f"ok: {line}" for line in found])


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Tell what this machine has, what is missing, and what that costs."""
    from corpus.doctor import examine

    found = examine()
    console.answer({item.name: asdict(item) for item in found}, as_json, [item.line() for item in found])
    raise typer.Exit(0 if all(item.ok or not item.needed for item in found) else 1)


@app.command()
def read(stdio: Annotated[bool, typer.Option("--stdio", help="JSON lines in, JSON lines out.")] = False) -> None:
    """Read pages without a study: {"id", "url", "html_path"} in, the document out."""
    from corpus.serving import read_lines

    if not stdio:
        raise UserError("`huanying read` speaks JSON lines only", hint="huanying read --stdio < pages.jsonl")
    read_lines(sys.stdin, sys.stdout)
