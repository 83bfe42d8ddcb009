"""Takes a capture out of the web archive that held it: the page itself, at its own address, as of the day it was kept."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from corpus.members import unfold_member
from corpus.records import Capture

_ADDRESS = re.compile(r"https?://[^/?#]+/web/(\d{14})id_/(https?):/{1,2}([^/?#\s]\S*)", re.IGNORECASE)
_STAMP = "%Y%m%d%H%M%S"
_KNOWN = re.compile(r"https?://web\.archive\.org/", re.IGNORECASE)
"""The archive whose addresses are known as such wherever they come from, an import say."""
_CLOCKS = timedelta(hours=1)
"""By which clocks may differ."""


@dataclass(frozen=True, slots=True)
class Memento:
    """What the address of a raw capture in an archive says: whose page it is, and when it was kept (UTC)."""

    url: str
    at: datetime


def memento_of(address: str) -> Memento | None:
    """The page and the moment that ``…/web/<14 digits>id_/<url>`` names; None for any other address."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return None
    stamp, scheme, rest = found.groups()
    try:
        return Memento(f"{scheme.lower()}://{rest}", datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC))
    except ValueError:  # no such day
        return None


def stamp_of(moment: datetime) -> str:
    """A moment as archives write it: 14 digits, UTC."""
    return moment.astimezone(UTC).strftime(_STAMP)


def unfold(capture: Capture) -> Capture | str:
    """The capture of the page itself, with the same id, where ``capture`` came out of a web archive; others as they are:
    any host can name its own pages as an archive does, but speaks for none of another's.

    A str says why there is no page in it: ``redirect``, ``not_archived`` (the archive's own 404: it says nothing of the
    page), ``http_<status>``, or ``kept_after_fetched`` (a day that had not come); of a member of a WARC file, as
    `unfold_member` does.
    """
    if capture.format == "warc-member":
        return unfold_member(capture)
    memento = memento_of(capture.url)
    if memento is None or capture.format == "robots" or not _is_archive(capture):
        return capture
    if 300 <= capture.status < 400:
        return "redirect"
    if capture.status in (404, 410):
        return "not_archived"
    if capture.status not in (0, 200):
        return f"http_{capture.status}"
    if memento.at > capture.fetched_at + _CLOCKS and "collected_at_unknown" not in capture.problems:
        return "kept_after_fetched"
    return replace(capture, url=memento.url, finding=replace(capture.finding, collected_at=memento.at))


def _is_archive(capture: Capture) -> bool:
    return capture.finding.found_by == "archive" or _KNOWN.match(capture.url) is not None
