"""The command demo: every step from a crawl to a sample that strangers verify, each by the command that a user would type."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus import console
from corpus.study import load_study

NAME = "first"
"""Of the draw, as studies/demo/sample.toml names it, and of the round of coding."""
RETURNED = "returned"
"""Folder of what the simulated coders give back."""
_SQL = """\
import duckdb
database = duckdb.connect()
try:
    print(database.execute(open("verify_draw.sql", encoding="utf-8").read()).fetchall()[0][0])
finally:
    for number, name, ok, fault, n in database.execute("FROM checks ORDER BY number").fetchall():
        print(number, name + ":", "ok" if ok else f"FAILED: {fault} ({n} in all)")
"""
"""What DuckDB's own program would do with the file, by its Python library."""


def register(app: typer.Typer) -> None:
    """Hang the command into the front door."""
    app.command()(demo)


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to; an earlier demo there is replaced.")] = Path(
        "huanying-demo"
    ),
) -> None:
    """The whole way on an invented site served on loopback: crawl, import, build, annotate, draw, code, estimate, report, verify."""
    from corpus.demo.site import check_log, prepare

    run = _runner(context.find_root().command, folder)
    with prepare(folder) as site:
        run("crawl", "crawl", may=(0, 6))
        run("import what researchers hold", "import", site.captures, may=(0, 6))
        run("build", "build")
        site.server.go_on()
        run("look again, some weeks on", "recheck", may=(0, 6), apart=True)
        violations = check_log(site)
    for line in violations:
        console.say(f"the server saw what it should not: {line}")
    run("build anew", "build")
    run("annotate", "annotate")
    run("tables", "tables")
    _sampled(run, folder)
    run("report", "report")
    run("verify the corpus", "verify")
    run("verify the sample", "sample", "verify", folder / "samples" / NAME, to=False)
    _by_strangers(folder / "samples" / NAME)
    _told(folder)
    if violations:
        raise typer.Exit(5)


Run = Callable[..., None]


def _runner(front: Any, folder: Path) -> Run:
    def run(title: str, *words: str | Path, may: tuple[int, ...] = (0,), to: bool = True, apart: bool = False) -> None:
        """Run a command of the front door as a user would, in this process or `apart`; `to`: on the demonstration's study.

        Ends the demonstration where the exit code is none of ``may``.
        """
        line = [*map(str, words), *(("--study", str(folder)) if to else ())]
        _headed(title, f"huanying {shlex.join(line)}")
        if apart:  # one process runs one crawl
            sys.stdout.flush()
            whole = [sys.executable, "-c", "from corpus.cli import main; main()", *line]
            code: Any = subprocess.run(whole, check=False).returncode
        else:
            code = front.main(line, prog_name="huanying", standalone_mode=False)
        if (code or 0) not in may:
            raise typer.Exit(code)

    return run


def _headed(title: str, line: str) -> None:
    console.answer({}, False, ["", title, f"$ {line}"])


def _sampled(run: Run, folder: Path) -> None:
    """A plan, a draw, two simulated coders, how far they agree, and what follows."""
    from corpus.demo.coders import FIRST, SECOND, answers, give_back

    run("draw sixty documents by a plan", "sample", "draw", folder / "sample.toml")
    # The scheme's rules speak of the text that a comment answers.
    coders = ("--coder", FIRST, "--second", SECOND, "--show", "parent")
    run("give them to two simulated coders", "code", "export", NAME, "--round", NAME, *coders)
    known = answers(load_study(folder).keys())
    tasks = folder / "coding" / NAME / "tasks"
    back = [give_back(tasks / f"{coder}.csv", coder, known, folder / RETURNED) for coder in (FIRST, SECOND)]
    run("take their codes back; no person coded anything here", "code", "import", *back, "--round", NAME)
    run(f"how far {FIRST} and {SECOND} agree", "agree", NAME)
    run("what their codes say of the frame, and how wrong the labels are", "estimate", NAME)


def _by_strangers(draw: Path) -> None:
    """Both stand-alone verifiers in the draw's folder, in processes of their own; raises Exit(5) where one fails."""
    lines = [("by Python and pyarrow alone", "python verify_draw.py", ["verify_draw.py"])]
    if find_spec("duckdb") is not None:
        lines.append(("by DuckDB alone", "duckdb < verify_draw.sql", ["-c", _SQL]))
    for title, shown, arguments in lines:
        _headed(f"verify the sample {title}", f"cd {shlex.quote(str(draw))} && {shown}")
        sys.stdout.flush()
        if subprocess.run([sys.executable, *arguments], cwd=draw, check=False).returncode:
            raise typer.Exit(5)
    if len(lines) == 1:
        console.say(
            "verify_draw.sql was not run: DuckDB is not installed here (pip install duckdb, or DuckDB's own program)"
        )


def _told(folder: Path) -> None:
    places = {
        "corpus": folder / "corpus",
        "report": folder / "report" / "index.html",
        "method": folder / "report" / "method.html",
        "sample": folder / "samples" / NAME,
    }
    console.answer({}, False, ["", *(f"{name:<8}{path.resolve()}" for name, path in places.items())])
