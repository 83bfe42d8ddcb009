"""The phases of an exchange event: the study's window, cut on the days on which its events begin something new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.reporting.coverage import SHANGHAI
from corpus.study import Event, Study, load_events

_KNOWN = ("certain", "probable")


@dataclass(frozen=True, slots=True)
class Phase:
    """Days of Asia/Shanghai, both counted, and the events with which it begins; the first begins with the window."""

    number: int
    first: date
    last: date
    events: tuple[Event, ...] = ()


def phases(study: Study) -> tuple[Phase, ...]:
    """The window's phases: each begins on the day, in Shanghai, of a certain or probable event of kind ``platform``.

    Events of one day begin one phase; those of the window's first day, and of days outside it, begin none. A study
    that names no such event has one phase. Researchers choose the phases by their events file.
    """
    path = study.document_file("events")
    window = study.file.window
    begun: dict[date, tuple[Event, ...]] = {window.start: ()}
    for event in load_events(path) if path else ():
        day = event.at.astimezone(SHANGHAI).date()
        if event.kind == "platform" and event.certainty in _KNOWN and window.start < day <= window.end:
            begun[day] = (*begun.get(day, ()), event)
    return _numbered(sorted(begun), begun, window.end)


def _numbered(days: Sequence[date], begun: dict[date, tuple[Event, ...]], end: date) -> tuple[Phase, ...]:
    lasts = [*(day - timedelta(days=1) for day in days[1:]), end]
    return tuple(
        Phase(number, first, last, begun[first])
        for number, (first, last) in enumerate(zip(days, lasts, strict=True), 1)
    )
