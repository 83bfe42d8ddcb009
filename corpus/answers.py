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
_ERROR_NAME = re.compile(
    r"(?:(?:(?:error|err|page)[-_]?)?(?:404|410)|(?:404[-_]?)?(?:page[-_]?)?not[-_]?found|no[-_]?page)(?:\.\w{2,5})?",
    re.IGNORECASE,
)
"""All of the last part of a path: headlines begin with such words."""
_ERROR_PATH = re.compile(r"/((?:page[-_]?)?(?:deleted|removed)(?:\.\w{2,5})?)/?", re.IGNORECASE)
_LASTING = frozenset({301, 308})


def refusal(capture: Capture) -> tuple[str, str | None] | None:
    """Reason and detail of a capture that holds no page: ``not_modified`` (304 to a request that named what was last
    had: it is as it was), ``redirect``, ``http_<status>``, ``empty``, or ``login``, ``captcha``, ``challenge`` where a wall stands before it;
    None for others.

    An import without a status of its own (0) is taken as it is.
    """
    if capture.status == 304 and capture.how == "http" and "unconditional" not in capture.problems:
        return "not_modified", None
    if 300 <= capture.status < 400 and capture.status != 304:
        return "redirect", capture.location
    if capture.status and not 200 <= capture.status < 300:
        return f"http_{capture.status}", None
    if not capture.body.strip(b" \t\r\n\0"):
        return "empty", ", ".join(capture.problems) or None
    wall = wall_of(capture.url, capture.status, {"content-type": capture.media_type}, capture.body)
    return (wall.kind, wall.evidence) if wall else None


def state_of(reason: str, detail: str | None, url: str, status: int = 301) -> tuple[State, str] | None:
    """State and evidence that a rejection tells of the document at ``url``; None where it tells nothing of it.

    A host that fails (5xx), asks for patience (429) or breaks off says nothing. Who is sent on to the front page or to
    an error page of the same host is told in a polite way that there is no such page; but to the front page for the time
    being (``status`` of the redirect: 302, 303, 307) may be for any reason. Who is sent elsewhere is told nothing yet.
    """
    if reason == "not_modified":
        return "live", "304"
    if reason in _STATUSES:
        return _STATUSES[reason], f"status {reason[5:]}"
    if reason in _WALLS:
        return "blocked", reason if detail is None else f"{reason}: {detail}"
    if reason == "gone":
        return "gone", "a page that says so" if detail is None else f"a page that says so: {detail}"
    return _sent_on(url, detail, status) if reason == "redirect" and detail else None


def _sent_on(url: str, location: str, status: int) -> tuple[State, str] | None:
    wall = wall_of(url, 302, {"location": location}, b"")
    if wall is not None:
        return "blocked", str(wall)
    try:
        asked, target = urlsplit(url), urlsplit(urljoin(url, location))
        if _host(asked.hostname) != _host(target.hostname):
            return None
    except ValueError:
        return None
    error = _error_name(target.path)
    if error is not None and _error_name(asked.path) is None:
        return "gone", f"sent on to {error}"
    if is_front(target.path) and not target.query and not is_front(asked.path):
        sent = "sent on to the front page"
        return ("gone", sent) if status in _LASTING else ("unknown", f"{sent} ({status})")
    return None


def _host(name: str | None) -> str:
    return (name or "").rstrip(".").removeprefix("www.")


def _error_name(path: str) -> str | None:
    """What an error page is called: the name of a file or folder, never a part of a headline."""
    last = path.rstrip("/").rpartition("/")[2]
    if _ERROR_NAME.fullmatch(last):
        return last
    whole = _ERROR_PATH.fullmatch(path)
    return whole.group(1) if whole else None


def is_front(path: str) -> bool:
    """Whether the path of an address is that of a site's front page, as far as its name tells."""
    return _FRONT_PATH.fullmatch(path) is not None
