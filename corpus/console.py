"""How the command line speaks: progress with what is left, tables, errors; plain lines where there is no terminal."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

_GUESSED, _FILE_WIDTH = 80, 140
"""Columns that rich takes where nothing says how wide the output is; and those of a table in a file or a pipe."""
out = Console(highlight=False, soft_wrap=True)
if not out.is_terminal and out.width == _GUESSED:
    out.width = _FILE_WIDTH
err = Console(stderr=True, highlight=False, soft_wrap=True)
_QUIET_SECONDS = 5.0


def say(text: str = "") -> None:
    """A line to the user: on standard error, so that what a command prints can be piped."""
    err.print(Text(text))


def answer(document: Mapping[str, Any], as_json: bool, lines: Sequence[str] = ()) -> None:
    """A command's result: one JSON object, or lines for a person."""
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, sort_keys=True, default=str) + "\n")
        return
    for line in lines:
        out.print(Text(line))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for a person; nothing where there are no rows."""
    if not rows:
        return
    shown = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for number, name in enumerate(columns):
        shown.add_column(
            name, justify="left" if number == 0 or not isinstance(rows[0][number], int) else "right", overflow="fold"
        )
    for row in rows:
        shown.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    out.print(shown)


@contextmanager
def progress(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how much is done and how much there is; 0 in all: not known yet."""
    if err.is_terminal:
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeRemainingColumn(),
            console=err,
        ) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total or None)
        return
    began = said = time.monotonic()

    def plain(done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said < _QUIET_SECONDS:
            return
        said = now
        left = f", about {(now - began) / done * (total - done):.0f} s left" if total and done else ""
        say(f"{what}: {done}{f' of {total}' if total else ''} {unit}{left}")

    yield plain
