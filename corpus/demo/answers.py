"""What a host of the demonstration is: its rules, its pages, and what nobody may ask of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

XML = "application/xml; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `promised` is the Content-Length said where the connection ends before so many bytes were sent."""

    body: bytes
    media_type: str = HTML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    promised: int | None = None

    def tag(self) -> str:
        """Its entity tag: equal for equal bodies."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True)
class Host:
    """One invented host: its rules and its answers; each path has one answer, or several to be given in turn."""

    name: str
    forbidden: tuple[str, ...] = ("/private/",)
    """Path prefixes that its robots.txt disallows; every path but robots.txt itself where that cannot be read."""
    crawl_delay: float | None = None
    robots_status: int = 200
    pages: dict[str, tuple[Reply, ...]] = field(default_factory=dict)
    endless: Callable[[str], Reply | None] | None = None
    walls: frozenset[str] = frozenset()
    """Paths that show a login wall."""
    captchas: frozenset[str] = frozenset()
    """Paths that send a visitor to a captcha: one is enough to leave the host alone."""
    parts: tuple[str, ...] = ()
    """Prefixes of what a page asks for by itself, in a browser: scripts, and answers of the host's interface."""
    pictures: tuple[str, ...] = ()
    """Prefixes that robots.txt permits and that nobody asks for who came to read."""
    sitemaps: tuple[str, ...] = ()
    later: dict[str, Reply] = field(default_factory=dict)
    """What has changed when the demonstration comes back to look again."""
    validates: bool = False
    """Whether its pages carry an ETag, by which one may ask whether they have changed."""

    def may(self, path: str) -> bool:
        return path == "/robots.txt" or not path.startswith(self.forbidden)

    def robots(self) -> Reply:
        if self.robots_status != 200:
            return Reply(b"Service unavailable\n", "text/plain", self.robots_status)
        lines = ["User-agent: *", *(f"Disallow: {prefix}" for prefix in self.forbidden)]
        if self.crawl_delay is not None:
            lines.append(f"Crawl-delay: {self.crawl_delay}")
        lines += [f"Sitemap: http://{self.name}{path}" for path in self.sitemaps]
        return Reply("\n".join([*lines, ""]).encode(), "text/plain; charset=utf-8")

    def reply(self, path: str, asked_before: int, later: bool = False) -> Reply | None:
        """The answer to the next request for `path`, asked so often before; None where there is no such page."""
        if path == "/robots.txt":
            return self.robots()
        if later and path in self.later:
            return self.later[path]
        if path in self.pages:
            answers = self.pages[path]
            return answers[min(asked_before, len(answers) - 1)]
        return self.endless(path) if self.endless else None
