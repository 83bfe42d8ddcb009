"""Count what became of the items of an import: by file, by shape, by field."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpus.imports import Shape

_PARTLY_EXIT, _NOTHING_EXIT = 6, 2
NOT_NAMED = "source_not_in_study"
"""Why an item of a platform is a stub where its file holds items of many sources and the study names not this one."""


@dataclass(slots=True)
class ShapeCount:
    """Items of one shape, and of them those that lack a field, or have one that was never seen before."""

    items: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def add(self, shape: Shape) -> None:
        self.items += 1
        if shape.missing:
            self.missing.update(shape.missing)
        if shape.unknown:
            self.unknown.update(shape.unknown)

    def join(self, other: "ShapeCount") -> None:
        self.items += other.items
        self.missing += other.missing
        self.unknown += other.unknown

    def document(self) -> dict[str, Any]:
        """As one plain object."""
        return {"items": self.items, "missing": _sorted(self.missing), "unknown": _sorted(self.unknown)}


@dataclass(slots=True)
class FileIntake:
    """What became of one file's items: seen = kept + already + stubs + quarantined."""

    path: str
    kind: str
    why: str
    kept: int = 0
    already: int = 0
    """Archived by an earlier import, byte for byte: not archived again."""
    stubs: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    shapes: dict[str, ShapeCount] = field(default_factory=dict)
    """Of the items kept or there already, where their import tells one."""
    removed: Counter[str] = field(default_factory=Counter)
    """Items from which a secret of this name was removed."""
    not_named: Counter[str] = field(default_factory=Counter)
    """Items of each platform that the study does not name: they are among the stubs."""
    fault: str | None = None
    """Why the file was not taken, or not to its end, and what to do."""

    @property
    def seen(self) -> int:
        return self.kept + self.already + self.stubs.total() + self.quarantined.total()

    def shaped(self, shape: Shape, removed: Iterable[str]) -> None:
        """Count an item's shape, and the names of what was removed from it."""
        counted = self.shapes.get(shape.name)
        if counted is None:
            counted = self.shapes[shape.name] = ShapeCount()
        counted.add(shape)
        self.removed.update(removed)

    def left_out(self, source_id: str) -> None:
        """Count an item of a platform that the study does not name."""
        self.stubs[NOT_NAMED] += 1
        self.not_named[source_id] += 1

    def summary(self) -> str:
        """In one line, for a person who waits."""
        parts = [f"{self.kept} kept", f"{self.already} there already"]
        parts += [f"{count} stubs ({reason})" for reason, count in sorted(self.stubs.items())]
        parts += [f"{count} quarantined ({reason})" for reason, count in sorted(self.quarantined.items())]
        return f"  {self.seen} items: " + ", ".join(parts)

    def document(self) -> dict[str, Any]:
        """As one plain object."""
        return {
            "path": self.path,
            "kind": self.kind,
            "why": self.why,
            "seen": self.seen,
            "kept": self.kept,
            "already": self.already,
            "stubs": _sorted(self.stubs),
            "quarantined": _sorted(self.quarantined),
            "shapes": {name: counted.document() for name, counted in sorted(self.shapes.items())},
            "removed": _sorted(self.removed),
            "not_named": _sorted(self.not_named),
            "fault": self.fault,
        }


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of every file that was named; `ignored`: files of a folder that are of no known kind."""

    files: tuple[FileIntake, ...]
    ignored: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    """What the kinds of file that were imported are known not to hold."""

    @property
    def kept(self) -> int:
        return sum(file.kept for file in self.files)

    @property
    def already(self) -> int:
        return sum(file.already for file in self.files)

    @property
    def stubs(self) -> Counter[str]:
        """Stubs by reason."""
        return sum((file.stubs for file in self.files), Counter())

    @property
    def reasons(self) -> Counter[str]:
        """Quarantined items by reason."""
        return sum((file.quarantined for file in self.files), Counter())

    @property
    def shapes(self) -> dict[str, ShapeCount]:
        """Shapes over all files."""
        every: dict[str, ShapeCount] = {}
        for file in self.files:
            for name, counted in file.shapes.items():
                every.setdefault(name, ShapeCount()).join(counted)
        return every

    @property
    def removed(self) -> Counter[str]:
        """Items from which a secret of this name was removed."""
        return sum((file.removed for file in self.files), Counter())

    @property
    def exit_code(self) -> int:
        if any(file.fault for file in self.files):
            return _PARTLY_EXIT if any(file.seen for file in self.files) else _NOTHING_EXIT
        return _PARTLY_EXIT if self.reasons else 0

    def rows(self) -> list[tuple[str, str, int, int, int, int]]:
        """File, kind, kept, there already, stubs, quarantined."""
        return [(f.path, f.kind, f.kept, f.already, f.stubs.total(), f.quarantined.total()) for f in self.files]

    def tables(self) -> list[tuple[str, Sequence[str], Sequence[Sequence[object]]]]:
        """Title, columns and rows of every table to show to a person; those without rows are left out."""
        every: list[tuple[str, Sequence[str], Sequence[Sequence[object]]]] = [
            (
                "what was imported",
                ("file", "kind", "kept", "there already", "stubs", "quarantined"),
                self.rows(),
            ),
            ("not taken, and why", ("file", "fault"), [(file.path, file.fault) for file in self.files if file.fault]),
            ("stubs, and why", ("reason", "items"), sorted(self.stubs.items())),
            ("quarantined, and why", ("reason", "items"), sorted(self.reasons.items())),
            ("fields that items lack", ("shape", "field", "items", "of"), self._fields("missing")),
            ("fields never seen before", ("shape", "field", "items", "of"), self._fields("unknown")),
            ("removed before archiving", ("name", "items"), sorted(self.removed.items())),
        ]
        return [table for table in every if table[2]]

    def _fields(self, which: str) -> list[tuple[str, str, int, int]]:
        shapes = self.shapes
        return [
            (name, field_name, count, shapes[name].items)
            for name in sorted(shapes)
            for field_name, count in sorted(getattr(shapes[name], which).items())
        ]

    def document(self) -> dict[str, Any]:
        """As one plain object, for ``--json``."""
        return {
            "files": [file.document() for file in self.files],
            "ignored": list(self.ignored),
            "advice": list(self.advice),
            "kept": self.kept,
            "already": self.already,
            "stubs": self.stubs.total(),
            "quarantined": self.reasons.total(),
        }


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))
