"""Account for what a page in the browser asked for beside itself: scripts, styles, frames, data."""

from corpus.identity import Keys
from corpus.records import Capture, Reading, Rejection


class Part:
    """Rejects with the reason ``part_of_page``: a platform's own reader, of higher rank, takes what it can read."""

    version = "1"
    rank = -1

    def accepts(self, capture: Capture) -> bool:
        return capture.format in ("part", "answer")

    def read(self, capture: Capture, keys: Keys) -> Reading:
        return Reading(rejections=(Rejection(capture.id, None, "read", "part_of_page", capture.finding.value),))


READER = Part()
