"""What the status of a capture says: whether there is a page to read, and if not, why not."""

from corpus.records import Capture


def refusal(capture: Capture) -> tuple[str, str | None] | None:
    """Reason and detail of a capture that holds no page: ``redirect``, ``http_<status>`` or ``empty``; None for others.

    An import without a status of its own (0) is taken as it is.
    """
    if 300 <= capture.status < 400 and capture.status != 304:
        return "redirect", capture.location
    if capture.status and not 200 <= capture.status < 300:
        return f"http_{capture.status}", None
    if not capture.body.strip(b" \t\r\n\0"):
        return "empty", ", ".join(capture.problems) or None
    return None
