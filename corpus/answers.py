"""What the status of a capture says: whether there is a page to read, and if not, why not."""

from corpus.records import Capture
from corpus.walls import wall_of


def refusal(capture: Capture) -> tuple[str, str | None] | None:
    """Reason and detail of a capture that holds no page: ``redirect``, ``http_<status>``, ``empty``, or ``login``,
    ``captcha``, ``challenge`` where a wall stands before it; None for others.

    An import without a status of its own (0) is taken as it is.
    """
    if 300 <= capture.status < 400 and capture.status != 304:
        return "redirect", capture.location
    if capture.status and not 200 <= capture.status < 300:
        return f"http_{capture.status}", None
    if not capture.body.strip(b" \t\r\n\0"):
        return "empty", ", ".join(capture.problems) or None
    wall = wall_of(capture.url, capture.status, {"content-type": capture.media_type}, capture.body)
    return (wall.kind, wall.evidence) if wall else None
