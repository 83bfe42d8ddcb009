"""Which moments a day may mean, somewhere on earth."""

from datetime import UTC, date, datetime, time, timedelta

_EARLIEST, _LATEST = timedelta(hours=-14), timedelta(hours=12)
"""A day begins somewhere 14 hours before it does in UTC, and ends 12 hours after it."""


def begins(day: date) -> datetime:
    """The earliest moment of a day."""
    return datetime.combine(day, time(), UTC) + _EARLIEST


def moments(at: date | datetime) -> tuple[datetime, datetime]:
    """The earliest and the latest that a moment can mean: without a zone it is UTC, and a day is any moment of it."""
    if isinstance(at, datetime):
        moment = at if at.tzinfo else at.replace(tzinfo=UTC)
        return moment, moment
    return begins(at), datetime.combine(at, time(), UTC) + timedelta(days=1) + _LATEST
