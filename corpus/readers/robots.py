"""Account for a capture of robots.txt: it grants or denies permission and holds no document."""

from corpus.identity import Keys
from corpus.records import Capture, Reading, Rejection


class RobotsReader:
    """Rejects with the reason ``robots_txt``, whatever the answer was."""

    version = "1"
    rank = 0

    def accepts(self, capture: Capture) -> bool:
        return capture.format == "robots"

    def read(self, capture: Capture, keys: Keys) -> Reading:
        return Reading(rejections=(Rejection(capture.id, None, "read", "robots_txt"),))


READER = RobotsReader()
