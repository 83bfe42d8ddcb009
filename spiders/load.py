"""One page load in the browser: whose it is, what it may ask, how much of that is used up, and what ended it."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PARTS = 400
"""Requests of one page load that are answered; what it asks beyond is refused."""
AT_ONCE = 6
"""Requests that are open to one host at one moment."""
SETTLING = 10.0
"""Seconds after which a page that never rests is taken as it stands."""


@dataclass(slots=True, eq=False)
class Load:
    """Made by `Courtesy` alone, when it gives a browser's request its turn: whoever carries one acts within that turn.

    Moments are seconds since the epoch.
    """

    url: str
    source_id: str
    hosts: frozenset[str]
    """The only hosts that it may ask."""
    pause: float
    """Seconds between two scrolls."""
    seconds: float
    """How long it may take, from its start."""
    size: int
    """Bytes that it may be sent altogether."""
    scrolls: int = 0
    """How often it may be scrolled at most."""
    deadline: float = 0.0
    entered: set[str] = field(default_factory=set)
    """Hosts (with port) whose turn it has."""
    open: int = 0
    """Requests that are open at this moment."""
    parts: int = 0
    received: int = 0
    moved_at: float = 0.0
    """When a request last began or ended."""
    over: bool = False
    """The page is taken: nothing more of it goes out."""
    cut: bool = False
    """Whether something of it is missing: for want of time, parts or bytes, or because a request failed."""
    refused: Counter[str] = field(default_factory=Counter)
    """What was not let out, by reason."""
    origins: set[str] = field(default_factory=set)
    """Of all pages and frames that the browser was given: where something of it may be kept."""
    error: Exception | None = None
    """What ended it before its time."""
    _task: asyncio.Task[str] | None = None

    def start(self) -> None:
        self.deadline = time.time() + self.seconds

    @property
    def left(self) -> float:
        """Seconds until it must be over."""
        return max(self.deadline - time.time(), 0.0)

    def stop(self, error: Exception) -> None:
        """End it with this error: a wall, or a host that wants to be left alone."""
        if self.error is None:
            self.error = error
            if self._task is not None:
                self._task.cancel()

    async def run(self, task: "asyncio.Task[str]") -> str:
        """What ``task`` gives; raises the error that stopped the load, if one did."""
        self._task = task
        try:
            if self.error is not None:
                task.cancel()
            return await task
        except asyncio.CancelledError:
            if self.error is None:
                raise
            raise self.error from None
        finally:
            task.cancel()
            self._task = None

    def refusal(self, method: str, url: str, kind: str) -> str | None:
        """Why a request of the page may not go out, as one word; None where it may. `kind`: what it is meant for."""
        if method not in ("GET", "HEAD"):
            return "method"
        try:
            host = (urlsplit(url).hostname or "").rstrip(".")
        except ValueError:
            return "host"
        if host not in self.hosts:
            return "host"
        if kind in _UNWANTED or urlsplit(url).path.lower().endswith(_MEDIA):
            return "kind"
        if self.over:
            return "turn"
        if self.parts >= PARTS or self.received > self.size or self.left <= 0:
            self.cut = True
            return "budget"
        return None


_UNWANTED = frozenset(
    "audio document embed font image manifest object report serviceworker sharedworker track video websocket".split()
)
"""Kinds (sec-fetch-dest) that no page needs for its text; ``document``: a page that would lead the browser elsewhere."""
_MEDIA = tuple(
    ".avif .bmp .gif .ico .jpeg .jpg .png .svg .webp .aac .flac .m4a .m4v .mov .mp3 .mp4 .oga .ogg .ogv .opus .wav .webm"
    " .eot .otf .ttf .woff .woff2".split()
)
