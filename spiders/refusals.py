"""How a request may end without an answer: refused by policy, put off, or failed on the way."""

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from twisted.internet.error import ConnectError

FAILURES = (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
    ConnectError,
    OSError,
    ValueError,
)
"""What a download may end in beside a response."""


class Refused(IgnoreRequest):
    """Policy forbids the request: it is recorded as refused and never tried around.

    `reason` is one word: ``robots``, ``robots-unreadable``, ``closed``, ``wall``, ``turn``, or one of the guard's (``address``,
    ``scheme``, ``port``, ``credentials``, ``host``, ``proxy``); `rule` says which line, answer or network decided.
    """

    def __init__(self, reason: str, rule: str | None = None) -> None:
        super().__init__(reason if rule is None else f"{reason} ({rule})")
        self.reason = reason
        self.rule = rule


class Later(IgnoreRequest):
    """Not now: the address goes back to the frontier until ``until`` (seconds since the epoch)."""

    def __init__(self, until: float, reason: str, counts: bool) -> None:
        super().__init__(reason)
        self.until = until
        self.reason = reason
        self.counts = counts
        """Whether it uses up one of the address's attempts."""
