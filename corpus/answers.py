"""What an answer without a page to read says: why there is none, and what that tells of the document at its address."""

import re
from urllib.parse import urljoin, urlsplit

from corpus.records import Capture, State
from corpus.walls import wall_of

_STATUSES: dict[str, State] = {
    "http_401": "blocked",
    "http_402": "blocked",
    "http_403": "blocked",
    "http_404": "gone",
    "http_407": "blocked",
    "http_410": "gone",
    "http_451": "blocked",
}
_WALLS = ("login", "captcha", "challenge")
_FRONT_PATH = re.compile(r"/?(?:index|default|home|main)?(?:\.\w{2,5})?/?(?:en|zh|zh-cn|cn)?/?", re.IGNORECASE)
_ERROR_PATH = re.compile(
    r"/(?:(?:error|err|page)?[-_]?(?:404|410)|(?:page[-_]?)?not[-_]?found|no[-_]?page|deleted|removed)(?:[-_./?]|$)",
    re.IGNORECASE,
)


def refusal(capture: Capture) -> tuple[str, str | None] | None:
    """Reason and detail of a capture that holds no page: ``not_modified`` (304: as it was when it was last had),
    ``redirect``, ``http_<status>``, ``empty``, or ``login``, ``captcha``, ``challenge`` where a wall stands before it;
    None for others.

    An import without a status of its own (0) is taken as it is.
    """
    if capture.status == 304:
        return "not_modified", None
    if 300 <= capture.status < 400:
        return "redirect", capture.location
    if capture.status and not 200 <= capture.status < 300:
        return f"http_{capture.status}", None
    if not capture.body.strip(b" \t\r\n\0"):
        return "empty", ", ".join(capture.problems) or None
    wall = wall_of(capture.url, capture.status, {"content-type": capture.media_type}, capture.body)
    return (wall.kind, wall.evidence) if wall else None


def state_of(reason: str, detail: str | None, url: str) -> tuple[State, str] | None:
    """State and evidence that a rejection tells of the document at ``url``; None where it tells nothing of it.

    A host that fails (5xx), asks for patience (429) or breaks off says nothing. Who is sent on to the front page or to
    an error page is told in a polite way that there is no such page; who is sent elsewhere is told nothing yet.
    """
    if reason == "not_modified":
        return "live", "304"
    if reason in _STATUSES:
        return _STATUSES[reason], f"status {reason[5:]}"
    if reason in _WALLS:
        return "blocked", reason if detail is None else f"{reason}: {detail}"
    if reason == "gone":
        return "gone", "a page that says so" if detail is None else f"a page that says so: {detail}"
    return _sent_on(url, detail) if reason == "redirect" and detail else None


def _sent_on(url: str, location: str) -> tuple[State, str] | None:
    wall = wall_of(url, 302, {"location": location}, b"")
    if wall is not None:
        return "blocked", str(wall)
    try:
        asked, target = urlsplit(url), urlsplit(urljoin(url, location))
    except ValueError:
        return None
    if _ERROR_PATH.search(target.path) and not _ERROR_PATH.search(asked.path):
        return "gone", f"sent on to {target.path}"
    if is_front(target.path) and not target.query and not is_front(asked.path):
        return "gone", "sent on to the front page"
    return None


def is_front(path: str) -> bool:
    """Whether the path of an address is that of a site's front page, as far as its name tells."""
    return _FRONT_PATH.fullmatch(path) is not None
