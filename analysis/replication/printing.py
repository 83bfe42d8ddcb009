"""Write the published studies' tables as CSV files, and one page for reading in each language."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.replication.phases import Phase
from analysis.replication.published import NAMES, Published, Told, published
from analysis.reporting.counting import K, Row
from analysis.reporting.downloads import csv_text
from analysis.reporting.shown import share, visible
from analysis.reporting.tables import Name
from analysis.reporting.words import LANGUAGES, Words
from analysis.signs.codebook import load_codebook
from analysis.signs.emotions import load_emotions
from corpus.disk import Disk
from corpus.snapshot import Snapshot, latest
from corpus.study import Study

_ORDER = (
    *("article", "turn", "post", "comment"),
    *("zh", "en", "mixed", "other"),
    *("negative", "neutral", "positive"),
    *("welcoming", "worried", "hostile", "pro_china", "pro_foreign"),
    *("several", "none", "abstain", "not_applicable", "unlabelled", "together"),
)
# What Markdown would read as more than a sign.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#~&])")
_DASH = "–"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and by table how many rows it has, documents it rests on and how many it tells together only."""

    folder: Path
    files: tuple[Path, ...]
    tables: Mapping[str, Mapping[str, int | None]]

    def document(self) -> dict[str, Any]:
        return {"folder": self.folder, "files": [path.name for path in self.files], "tables": self.tables}

    def lines(self) -> list[str]:
        told = [
            f"{name}: " + ", ".join(f"{_few(n)} {what}" for what, n in of.items()) for name, of in self.tables.items()
        ]
        return [*told, *(f"wrote {path}" for path in self.files)]


def write_tables(study: Study, folder: Path | None = None, disk: Disk | None = None) -> Written:
    """Write the tables of the newest snapshot into ``folder`` (default: report/tables), each file whole or not at all.

    One CSV a table, ``phases.csv``, and ``tables.en.md`` and ``tables.zh.md`` with scope, n and queries; what
    an earlier run wrote there and this one does not is removed. The same snapshot gives the same bytes. Raises UserError where there is no corpus or it has no labels.
    """
    snapshot = latest(study.corpus_folder)
    found = published(study, snapshot)
    folder = folder or study.report_folder / "tables"
    folder.mkdir(parents=True, exist_ok=True)
    contents = {f"{told.name}.csv": csv_text(told.columns, told.lines()) for told in found.tables}
    contents["phases.csv"] = csv_text(_PHASE_COLUMNS, (_phase(one, "") for one in found.phases))
    contents |= {f"tables.{language}.md": _page(study, snapshot, found, Words(language)) for language in LANGUAGES}
    for name, text in sorted(contents.items()):
        (disk or Disk()).write_whole(folder / name, text.encode("utf-8-sig" if name.endswith(".csv") else "utf-8"))
    for name in sorted({f"{name}.csv" for name in NAMES}.difference(contents)):
        (folder / name).unlink(missing_ok=True)
    counts = {
        told.name: {"rows": len(told.rows), "documents": told.n, "told together": told.held} for told in found.tables
    }
    return Written(folder, tuple(folder / name for name in sorted(contents)), counts)


_PHASE_COLUMNS = ("phase", "first", "last", "days", "begins")


def _phase(phase: Phase, window: str) -> list[Any]:
    begins = [event.event for event in phase.events] or [window]
    return [phase.number, phase.first, phase.last, (phase.last - phase.first).days + 1, begins]


def _page(study: Study, snapshot: Snapshot, found: Published, words: Words) -> str:
    facts = {"n": found.documents, "snapshot": snapshot.id}
    names = _names(study)
    parts = [
        f"# {words('tables.title', study=_plain(study.file.study.title))}",
        words("tables.source", **facts),
        words("tables.machine"),
        words("tables.floor", k=K),
        f"## {words('tables.phases')}",
        words("tables.phases.text", zone=study.file.window.zone),
        "\n".join(_phases(found.phases, words)),
    ]
    for told in found.tables:
        parts += [
            f"## {words(f'tables.{told.name}')}",
            words(f"tables.{told.name}.text"),
            "\n".join(_body(told, names, words)) if told.rows else words("tables.none"),
            words("tables.rests", n=told.n, held=_few(told.held), file=f"{told.name}.csv"),
            words("tables.again"),
            f"```sql\n{told.sql}\n```",
        ]
    return "\n\n".join(parts) + "\n"


def _names(study: Study) -> Mapping[str, Name]:
    """Names of themes and emotions, from the study's files."""
    names: dict[str, Name] = {}
    emotions, themes = study.document_file("emotions"), study.document_file("themes")
    for one in load_emotions(emotions).emotion if emotions else ():
        names[f"emotion.{one.id}"] = Name(one.id, one.name.get("en", one.id), one.name.get("zh", one.id))
    for theme in load_codebook(themes).theme if themes else ():
        names[f"theme.{theme.id}"] = Name(theme.id, theme.label["en"], theme.label.get("zh_hans", theme.label["en"]))
    return names


def _phases(phases: Sequence[Phase], words: Words) -> Iterator[str]:
    yield from _head([words(f"tables.column.{name}") for name in _PHASE_COLUMNS], 0)
    for phase in phases:
        *cells, begins = _phase(phase, words("tables.window"))
        yield _line([*map(str, cells), "; ".join(map(_plain, begins))])


def _body(told: Told, names: Mapping[str, Name], words: Words) -> Iterator[str]:
    """The table with one row a group and, but for engagement, one column a value of its last key."""

    def named(key: str, value: Any) -> str:
        own = names.get(f"{key}.{value}")
        return _plain(own.said(words.language) if own else words.named("tables.value", str(value)))

    if told.name == "engagement":
        yield from _head([words(f"tables.column.{name}") for name in told.columns], told.heads)
        for row in told.rows:
            heads = [named(name, row[name]) for name in told.columns[: told.heads]]
            yield _line([*heads, *(_number(row[name]) for name in told.columns[told.heads :])])
        return
    *keys, across = told.columns[: told.heads]
    values = sorted({row[across] for row in told.rows}, key=lambda value: (_place(value), value))
    titles = [words(f"tables.column.{name}") for name in (*keys, "total")]
    yield from _head(
        [*titles[: len(keys)], *(named(across, value) for value in values), *titles[len(keys) :]], len(keys)
    )
    groups: dict[tuple[Any, ...], dict[Any, Row]] = {}
    for row in told.rows:
        groups.setdefault(tuple(row[key] for key in keys), {})[row[across]] = row
    for group, cells in groups.items():
        heads = [named(key, value) for key, value in zip(keys, group, strict=True)]
        one = next(iter(cells.values()))
        counts = [_counted(cells.get(value)) for value in values]
        yield _line([*heads, *counts, _number(one["total"])])


def _place(value: Any) -> int:
    return _ORDER.index(value) if value in _ORDER else len(_ORDER)


def _counted(row: Row | None) -> str:
    if row is None:
        return _DASH
    return f"{row['n']:,} ({share(row['share'])})"


def _number(value: Any) -> str:
    return _DASH if value is None else f"{value:,}"


def _few(n: int | None) -> str:
    """A number that may not be told, as what it is."""
    return f"< {K}" if n is None else str(n)


def _head(titles: Sequence[str], heads: int) -> Iterator[str]:
    yield _line(titles)
    yield _line(["---" if place < heads else "--:" for place in range(len(titles))])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """A text that is not ours, as Markdown shows it and nothing else."""
    return _MARKUP.sub(r"\\\1", " ".join(visible(text).split()))
