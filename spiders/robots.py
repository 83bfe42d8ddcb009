"""What a robots.txt says, after RFC 9309 and failing closed: which answers permit, which lines hold, for how long."""

import re
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from protego import Protego

AGENT = "huanying"
"""The product token that we look for in robots.txt and send in User-Agent."""
LONGEST = 2 << 20
"""Bytes of the longest file that is obeyed. RFC 9309 asks for 500 KiB at least; a longer one than ours forbids, unread."""
REDIRECTS = 5
FRESH = 24 * 3600.0
"""Seconds for which an answer holds."""
SHORTLY = 3600.0
"""Seconds after which a host is asked again whose robots.txt could not be read."""

Decision = Literal["rules", "allow", "deny"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one answer to a request for robots.txt comes to. `lifetime`: seconds for which it holds."""

    decision: Decision
    reason: str
    lifetime: float
    body: bytes = b""
    """What is to be obeyed; empty unless the decision is ``rules``."""


def judge(status: int, media_type: str, body: bytes, *, whole: bool = True) -> Verdict:
    """The verdict over an answer that is no redirect. `whole`: False where its end cannot be told from a cut.

    200 and 204 are read; no byte at all permits everything, as the RFC has it. 404 and 410 permit. Everything else
    forbids, also where the RFC would permit (401, 403 and other 4xx) or is silent (429, a page in place of the file,
    text that is not UTF-8, a file without one line of robots.txt): unknown means no.
    """
    if status in (404, 410):
        return Verdict("allow", f"there is no robots.txt ({status})", FRESH)
    if status not in (200, 204):
        return unreadable(f"robots.txt answers {status}")
    if not body.strip():
        if whole:
            return Verdict("allow", f"robots.txt is empty ({status})", FRESH)
        return unreadable("robots.txt broke off before its first byte")
    if len(body) > LONGEST:
        return unreadable(f"robots.txt is longer than {LONGEST >> 20} MiB")
    if body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return unreadable(f"a page in place of robots.txt ({media_type})")
    text = readable(body)
    if text is None:
        return unreadable("robots.txt is not UTF-8 text")
    plain = [line for line in _without_comments(text).splitlines() if line.strip()]
    if plain and not any(_DIRECTIVE.match(line) for line in plain):
        return unreadable("not one line of robots.txt")
    return Verdict("rules", f"robots.txt answers {status}", FRESH, body)


def unreadable(reason: str, lifetime: float = SHORTLY) -> Verdict:
    """The verdict where robots.txt could not be had: nothing may be fetched until it is asked again."""
    return Verdict("deny", reason, lifetime)


def readable(body: bytes) -> str | None:
    """``body`` as text without byte order mark; None where it is not UTF-8 or holds NUL (UTF-16, UTF-32).

    Comments may be in any encoding: they hold no rule, and Chinese sites write them in GBK.
    """
    start = body.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in start:
        return None
    for candidate in (start, re.sub(rb"#[^\r\n]*", b"", start)):
        try:
            return candidate.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return None


_ALLOW = "allow"
_DISALLOW = r"disallow|dissallow|dissalow|disalow|diasllow|disallaw"
_AGENT = r"user[- ]?agent"
_DIRECTIVE = re.compile(
    rf"\s*({_ALLOW}|{_DISALLOW}|{_AGENT}|site-?maps?|crawl[- ]delay|request[- ]rate|visit[- ]time|host"
    r"|clean-param|noindex|content-signal|content-usage|license)\s*[:\s]",
    re.IGNORECASE,
)
_GROUP_LINE = re.compile(rf"\s*(?:({_ALLOW})|({_DISALLOW})|({_AGENT}))(?:\s*:|\s)\s*(.*?)\s*$", re.IGNORECASE)
_SITE_WIDE = re.compile(r"\s*(site-?maps?|host)\s*[:\s]", re.IGNORECASE)
_LITERAL = re.compile(r"[A-Za-z0-9/_.-]*")


def _without_comments(text: str) -> str:
    return re.sub(r"#[^\r\n]*", "", text)


@dataclass(frozen=True, slots=True)
class Line:
    """A rule that holds for us, with its number (from 1) in the file."""

    number: int
    allow: bool
    value: str

    def __str__(self) -> str:
        return f"line {self.number}: {'Allow' if self.allow else 'Disallow'}: {self.value}"


@dataclass(slots=True)
class Rules:
    """A robots.txt that could be read. Protego decides; the line that decides is found beside it, for the record."""

    body: bytes
    _parsed: Protego = field(init=False)
    _lines: tuple[Line, ...] = field(init=False)

    def __post_init__(self) -> None:
        text = readable(self.body) or ""
        self._parsed = Protego.parse(text)
        self._lines = lines_for(text, AGENT)

    @property
    def crawl_delay(self) -> float | None:
        """Seconds between requests that the host asks for: Crawl-delay, or Request-rate where that is slower."""
        delay, rate = self._parsed.crawl_delay(AGENT), self._parsed.request_rate(AGENT)
        paces = [float(delay)] if delay is not None else []
        paces += [rate.seconds / rate.requests] if rate is not None else []
        return max(paces, default=None)

    def allowed(self, url: str) -> bool:
        return bool(self._parsed.can_fetch(url, AGENT))

    def rule(self, url: str) -> str | None:
        """The line by which ``url`` is allowed or not, as ``line 3: Disallow: /private``; None where no line says."""
        allowed, target = self.allowed(url), _target(url)
        lines = [line for line in self._lines if line.allow == allowed and _may_match(line.value, target)]
        lines.sort(key=lambda line: -len(line.value))
        return next((str(line) for line in lines if _matches(line.value, url)), None)


def lines_for(text: str, agent: str) -> tuple[Line, ...]:
    """The Allow and Disallow lines of the groups that hold for ``agent``: those of its longest name, else of ``*``."""
    groups: dict[str, list[Line]] = {}
    names: list[str] = []
    after_rule = False
    for number, line in enumerate(text.splitlines(), start=1):
        found = _GROUP_LINE.match(line.partition("#")[0])
        if found is None:
            after_rule = after_rule or bool(line.partition("#")[0].strip() and not _SITE_WIDE.match(line))
            continue
        allow, _, names_agent, value = found.groups()
        if names_agent:
            names = [] if after_rule else names
            after_rule = False
            names += [name for name in {value.lower(), value.lower().replace("*", "") or "*"} if name]
        else:
            after_rule = True
            if value:
                for name in dict.fromkeys(names):
                    groups.setdefault(name, []).append(Line(number, bool(allow), value))
        for name in names:
            groups.setdefault(name, [])
    ours = max((name for name in groups if name != "*" and agent.startswith(name)), key=len, default="*")
    return tuple(groups.get(ours, ()))


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _may_match(value: str, target: str) -> bool:
    """A quick look before the exact one: the plain letters with which a pattern begins must begin the address too."""
    found = _LITERAL.match(value)
    return "%" in target or "//" in target or found is None or target.startswith(found.group())


@lru_cache(maxsize=4096)
def _pattern(value: str) -> Protego:
    return Protego.parse(f"User-agent: *\nDisallow: {value}\n")


def _matches(value: str, url: str) -> bool:
    return not _pattern(value).can_fetch(url, AGENT)


def retry_after(value: str | None, now: float, longest: float) -> float | None:
    """Seconds from ``now`` (epoch) for which a Retry-After asks, as seconds or as a date, at most ``longest``.

    None where it is absent or says nothing that can be understood.
    """
    if value is None:
        return None
    if re.fullmatch(r"\s*\d+\s*", value, re.ASCII):
        return min(float(value), longest)
    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return min(max(moment.timestamp() - now, 0.0), longest)
    except (ValueError, OverflowError):
        return None
