"""What a reader is: it turns one capture into documents, and never knows where the capture came from.

Each module of this folder reads one kind of page or item and offers ``READER``; the module's name is the reader's id.
"""

from typing import Protocol, runtime_checkable

from corpus.identity import Keys
from corpus.pages.layouts import Guide
from corpus.records import Capture, Reading


@runtime_checkable
class Reader(Protocol):
    """Reads captures that it accepts. Of several that accept one, the highest `rank` is asked, and only it."""

    version: str
    rank: int

    def accepts(self, capture: Capture) -> bool: ...

    def read(self, capture: Capture, keys: Keys) -> Reading:
        """Documents, or rejections with reasons: never neither, and no exception for any bytes whatever."""
        ...


@runtime_checkable
class Guided(Reader, Protocol):
    """A reader that can be told where an outlet's pages hold what."""

    def read_by(self, guide: Guide, capture: Capture, keys: Keys) -> Reading:
        """As `read`, with the layout of the capture's host on its day."""
        ...
