"""Asks a host's permission before each request, waits its turn, and stops where the host does not want us."""

from scrapy.exceptions import IgnoreRequest


class Refused(IgnoreRequest):
    """Policy forbids the request: it is recorded as refused and never tried around."""

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
