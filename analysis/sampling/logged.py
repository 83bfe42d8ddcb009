"""What the log of draws says of one: when it was drawn, whether its plan came first, and which other draws there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from analysis.sampling.days import begins, moments
from analysis.sampling.history import DISCARDED, LOG, entries, line_of, samples_folder
from analysis.sampling.opened import DrawFolder
from corpus.errors import VerificationError

Row = Mapping[str, Any]
_DRAWN = ("drawn", "revised")


def came_first(draw: DrawFolder) -> str:
    """What the log shows of a draw, in words; raises VerificationError where log and draw do not go together.

    A log is a file of its authors': that its last lines were not written anew only a copy of its last digest shows, kept
    by others.
    """
    home = _home(draw)
    if home is None:
        return "there is no log of draws beside it to say when the frame was frozen"
    rows, identity = entries(home), draw.document["draw_id"]
    mine = [row for row in rows if identity in (row.get("draw_id"), row.get("revises"))]
    line = next((row for row in reversed(mine) if row["draw_id"] == identity and row["event"] in _DRAWN), None)
    if line is None:
        raise VerificationError(f"{LOG} knows no draw {identity}")
    _in_order(rows)
    for name, told in line_of(draw.plan.plan.name, draw.document).items():
        unsaid = name == "snapshot_id" and name not in line  # as in logs of earlier versions
        if not unsaid and line.get(name) != told:
            raise VerificationError(f"{LOG} says {name} = {line.get(name)!r} of this draw, its folder {told!r}")
    drawn = datetime.fromisoformat(line["at"])
    return f"{_before(draw, drawn)}{_fate(draw, home, mine)}; {_others(rows, identity)}"


def _home(draw: DrawFolder) -> Path | None:
    """The folder of the log; null where a draw was handed over without its study."""
    beside = draw.folder.resolve().parent
    beside = beside.parent if beside.name == DISCARDED else beside
    if (beside / LOG).is_file():
        return beside
    if draw.study is None:
        return None
    home = samples_folder(draw.study)
    if not (home / LOG).is_file():
        raise VerificationError(f"the study has draws and no log of them: {LOG} is missing", where=home)
    return home


def _in_order(rows: Sequence[Row]) -> None:
    for number, (one, two) in enumerate(pairwise(rows), 2):
        if datetime.fromisoformat(two["at"]) < datetime.fromisoformat(one["at"]):
            raise VerificationError(f"{LOG}: line {number} is of an earlier moment than the line before it")


def _before(draw: DrawFolder, drawn: datetime) -> str:
    """What shows that the plan came before the draw."""
    registered, public_at = draw.plan.registered, draw.plan.seed.public_at
    if public_at and begins(public_at) > drawn:  # a value that was used before it could be known was made up
        raise VerificationError(f"drawn {drawn}, before the day of the public value, {public_at}")
    if registered is None:
        return f"that it came first is its authors' word: it was registered with nobody (drawn {drawn:%Y-%m-%d})"
    first, last = moments(registered.at)
    if first > drawn:
        raise VerificationError(f"registered {registered.at}, only after the frame was frozen ({drawn})")
    named = f"registered {registered.at} ({registered.system}, {registered.id}), the frame frozen {drawn}"
    if last > drawn:
        named += ", maybe before: a registration of the same day does not show which came first"
    if registered.sha256 is None:
        named += "; what was registered is not shown: [registered] names no sha256 of the plan"
    return named


def _fate(draw: DrawFolder, home: Path, mine: Sequence[Row]) -> str:
    """What became of a draw; where it lies must be where the log has it."""
    folder, name = draw.folder.resolve(), draw.plan.plan.name
    last = mine[-1]
    stands = last["event"] in _DRAWN and last["draw_id"] == draw.document["draw_id"]
    if folder.parent == home.resolve():
        if folder.name != name:
            raise VerificationError(f"lies in {folder.name}, and its plan calls it {name}")
        if not stands:
            raise VerificationError(f"{LOG} says that it was put aside, and it lies among those that stand")
    if stands:
        return ""
    if last["event"] == "discarded":
        return f"; put aside: {last['reason']}"
    return f"; revised {last['at'][:10]}: more was found of its documents"


def _others(rows: Sequence[Row], identity: str) -> str:
    """How many draws there are: whoever draws often and shows one must show here that he did."""
    drawn = list(dict.fromkeys(row["draw_id"] for row in rows if row["event"] == "drawn"))
    follows = {row["draw_id"]: row["revises"] for row in rows if row["event"] == "revised"}
    while identity in follows:
        identity = follows[identity]
    if len(drawn) < 2:
        return "the only draw of this study"
    aside = len({row["draw_id"] for row in rows if row["event"] == "discarded"})
    families = dict.fromkeys(str(row.get("seed_family")) for row in rows if row["event"] == "drawn")
    named = f"{'families' if len(families) > 1 else 'all of the family'} {', '.join(families)}"
    place = f"draw {drawn.index(identity) + 1}" if identity in drawn else "one"
    return f"{place} of {len(drawn)} of this study, {aside} put aside, {named}"
