"""Parts of files: how they are asked for, and whether what came is the part."""

import re
from dataclasses import dataclass

from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from spiders.asks import Ask, Ended
from spiders.failures import Answered
from spiders.refusals import Refused

_LENGTH = re.compile(r"bytes \*/(\d{1,18})")
_SPAN = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


class FileEnded(Ended):
    """No byte of the file lies where the part would begin: the one before it, which did not know, was the last."""


class RangeDiffers(IgnoreRequest):
    """The answer is a part of the file, but not the one that was asked for, or it is content-coded."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a part lies in its file: first and last byte, both included; and the file's length where it is told."""

    first: int
    last: int
    total: int | None

    @property
    def is_end(self) -> bool:
        """Whether the file ends with it."""
        return self.total is not None and self.last + 1 >= self.total


def header_of(ask: Ask) -> dict[str, str]:
    """Request headers of an Ask for a part of a file, or only for what has changed; none for any other.

    A coded part could not be put together.
    """
    if ask.first is None:
        validators = {"If-None-Match": ask.etag, "If-Modified-Since": ask.since}
        return {name: value for name, value in validators.items() if value}
    return {"Range": range_of(ask.first, ask.last or 0), "Accept-Encoding": "identity"}


def range_of(first: int, last: int) -> str:
    return f"bytes={first}-{last}"


def length_of(ask: Ask) -> int | None:
    """How many bytes of a file are asked for; None for what is no part."""
    return None if ask.first is None or ask.last is None else ask.last - ask.first + 1


def span_of(response: Response) -> Span | None:
    """What an answer's Content-Range says; None where it has none that is understood."""
    found = _SPAN.fullmatch((response.headers.get("Content-Range") or b"").decode("latin-1").strip())
    if found is None:
        return None
    first, last, total = found.groups()
    return Span(int(first), int(last), None if total == "*" else int(total))


def misfit_of(ask: Ask, response: Response) -> Exception | None:
    """What is wrong with an answer that is not the part that was asked for; None of other asks and of other statuses.

    A whole file in place of a part is Refused (``range_ignored``); another part ends as RangeDiffers; half a part is
    asked for again. A part is shorter than was asked for only where the file ends. Takes the answer as it was sent: a
    coding undone leaves no trace. Where a file is read on piece by piece, 416 says that there is no more of it.
    """
    if ask.sieved and ask.first and response.status == 416:
        total = _LENGTH.fullmatch((response.headers.get("Content-Range") or b"").decode("latin-1").strip())
        return None if total and int(total[1]) > ask.first else FileEnded("fetched", "end_of_file")
    if ask.first is None or ask.last is None or response.status not in (200, 206):
        return None
    if response.status == 200:
        return Refused("range_ignored", "answers 200 with the whole file")
    span = span_of(response)
    whole = (
        span is not None
        and span.first == ask.first
        and (span.last == ask.last or (span.last < ask.last and span.is_end))
    )
    if span is None or not whole or (response.headers.get("Content-Encoding") or b"identity").lower() != b"identity":
        return RangeDiffers()
    if len(response.body) < span.last - span.first + 1:
        return Answered(206, incomplete=True)
    return RangeDiffers() if len(response.body) > span.last - span.first + 1 else None
