"""The researcher's file of topics: their names, and which of them are one; by it topics are known again at the next run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from analysis.topicmodels.glossary import load_beside
from corpus.disk import Disk
from corpus.faults import line_of
from corpus.study import Study
from corpus.studyfile import Filled, Part

MERGE = "topics.merge.toml"
_HEAD = """\
# The topics that were found, for you to name and to merge. `huanying topics` reads this file at its next run, gives a topic that
# comes again its id and name from here, and adds new ones at the end; it changes nothing that stands here.
# name: what you call it; into = "zh-0123abcd": it is a part of that topic. Leave id and words as they are.
"""


class Named(Part):
    """A topic of an earlier run: its id, its most telling words, your name for it, and the topic that takes it in."""

    id: Filled
    words: tuple[Filled, ...]
    name: str = ""
    into: str = ""


class MergeFile(Part):
    """All of `topics.merge.toml`."""

    topic: tuple[Named, ...] = ()


class Listed(Protocol):
    """What the file needs of a topic."""

    @property
    def id(self) -> str: ...

    @property
    def top(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Merged:
    """Where topics go: the id of the topic that takes each in, itself where none does."""

    file: tuple[Named, ...]

    def into(self, name: str) -> str:
        """The topic in which ``name`` ends up, over any number of steps."""
        steps = {one.id: one.into for one in self.file if one.into}
        while name in steps:
            name = steps[name]
        return name


def load_merge(study: Study) -> Merged:
    """The file of the study; raises UserError where an id stands twice, leads nowhere, crosses languages or into a ring."""
    return Merged(load_beside(study, MERGE, MergeFile, _faults_of).topic)


def _faults_of(path: Path, file: MergeFile) -> list[str]:
    text = path.read_text(encoding="utf-8-sig")
    ids = [one.id for one in file.topic]
    steps = {one.id: one.into for one in file.topic if one.into}
    faults = []
    for place, (one, into) in enumerate((topic.id, topic.into) for topic in file.topic):
        where = f"  {path}:{line_of(text, ('topic', place))}: topic.{place}: {one}"
        if one in ids[:place]:
            faults.append(f"{where} stands twice")
        elif into and into not in ids:
            faults.append(f"{where}: into = {into!r}: there is no such topic here")
        elif into and into.partition("-")[0] != one.partition("-")[0]:
            faults.append(
                f"{where}: into = {into!r}: is of another language; topics of two languages are aligned instead"
            )
        elif _in_ring(one, steps):
            faults.append(f"{where}: into = {into!r}: leads back to itself")
    return faults


def _in_ring(name: str, steps: dict[str, str]) -> bool:
    seen = set()
    while name in steps and name not in seen:
        seen.add(name)
        name = steps[name]
    return name in steps


def add_new(study: Study, found: Sequence[Listed]) -> tuple[Path, int]:
    """Write topics that the file does not hold at its end; its path and how many. What stands there stays as it is."""
    path = study.folder / MERGE
    known = {one.id for one in load_merge(study).file}
    new = [one for one in found if one.id not in known]
    if new:
        before = path.read_text(encoding="utf-8") if path.is_file() else _HEAD
        Disk().write_whole(path, (before.rstrip("\n") + "\n" + "".join(map(_entry, new))).encode())
    return path, len(new)


def _entry(topic: Listed) -> str:
    words = ", ".join(json.dumps(word, ensure_ascii=False) for word in topic.top)
    return f'\n[[topic]]\nid = "{topic.id}"\nwords = [{words}]\nname = ""\ninto = ""\n'
