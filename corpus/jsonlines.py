"""Read a file line by line within bounds, with the number of each line and whether it ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LINE_LIMIT = 16 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """A line's bytes without its end. `number` counts from 1."""

    number: int
    raw: bytes
    ended: bool
    """False for a last line without a line end, which may have been cut."""
    too_long: bool = False
    """A piece of a line beyond the limit; its pieces share their number and together are the line."""


def read_lines(path: Path, limit: int = LINE_LIMIT) -> Iterator[Line]:
    """The lines of a file that are not blank. Memory: one line, and never more than ``limit`` bytes of it."""
    with path.open("rb") as file:
        number, inside = 1, False
        while piece := file.readline(limit):
            ended = piece.endswith(b"\n")
            too_long = inside or (not ended and len(piece) == limit)
            raw = piece.rstrip(b"\r\n") if ended else piece
            if too_long or raw.strip():
                yield Line(number, raw, ended, too_long)
            inside = too_long and not ended
            number += ended
