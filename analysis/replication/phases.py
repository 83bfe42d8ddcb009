"""The phases of an exchange event: the study's window, cut on the days on which its events begin something new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from corpus.errors import UserError
from corpus.study import Event, Study, load_events

DAYS = {"Asia/Shanghai": "day_shanghai", "America/New_York": "day_new_york", "UTC": "day_utc"}
"""The zones whose days the corpus has, and the column of each."""
_KNOWN = ("certain", "probable")


@dataclass(frozen=True, slots=True)
class Phase:
    """Days of the window's zone, both counted, and the events with which it begins; the first begins with the window."""

    number: int
    first: date
    last: date
    events: tuple[Event, ...] = ()


def phases(study: Study) -> tuple[Phase, ...]:
    """The window's phases: each begins on the day, in the window's zone, of a certain or probable event of kind
    ``platform``.

    Events of one day begin one phase; those of the window's first day, and of days outside it, begin none. A study
    that names no such event has one phase. Researchers choose the phases by their events file. Raises UserError where
    the corpus has no days of that zone.
    """
    path = study.document_file("events")
    window = study.file.window
    if window.zone not in DAYS:
        where = study.folder / "study.toml"
        hint = f"for tables by phase take one of {', '.join(DAYS)}"
        raise UserError(f"the corpus has no days of the window's zone {window.zone}", where=where, hint=hint)
    begun: dict[date, tuple[Event, ...]] = {window.start: ()}
    for event in load_events(path) if path else ():
        day = event.at.astimezone(ZoneInfo(window.zone)).date()
        if event.kind == "platform" and event.certainty in _KNOWN and window.start < day <= window.end:
            begun[day] = (*begun.get(day, ()), event)
    return _numbered(sorted(begun), begun, window.end)


def _numbered(days: Sequence[date], begun: dict[date, tuple[Event, ...]], end: date) -> tuple[Phase, ...]:
    lasts = [*(day - timedelta(days=1) for day in days[1:]), end]
    return tuple(
        Phase(number, first, last, begun[first])
        for number, (first, last) in enumerate(zip(days, lasts, strict=True), 1)
    )
