"""Account for a front page, or another page that only lists others: its links were followed, it holds no document."""

from corpus.answers import refusal
from corpus.identity import Keys
from corpus.records import Capture, Reading, Rejection


class FrontReader:
    """Rejects with the reason ``listing``, or with what the answer was instead of a page."""

    version = "1"
    rank = 0

    def accepts(self, capture: Capture) -> bool:
        return capture.format == "front"

    def read(self, capture: Capture, keys: Keys) -> Reading:
        reason, detail = refusal(capture) or ("listing", None)
        return Reading(rejections=(Rejection(capture.id, None, "read", reason, detail),))


READER = FrontReader()
