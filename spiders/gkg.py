"""Reads GDELT's bulk files: each a zip with one table of the pages that GDELT saw within a quarter of an hour.

The table is the Global Knowledge Graph 2.1 (codebook: data.gdeltproject.org, "GKG-Codebook-V2.1"): tabs between columns,
no header; the fifth column is a page's address, the last holds its title in a tag.
"""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STEP = timedelta(minutes=15)
LARGEST = 256 << 20
"""Bytes of a table; they are a tenth of that."""
_LONGEST_LINE = 4 << 20
_ADDRESS, _EXTRAS = 4, 26
_TITLE = re.compile(r"<PAGE_TITLE>(.*?)</PAGE_TITLE>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Seen:
    """A page that GDELT saw, and the title it had."""

    url: str
    title: str | None


class Damaged(ValueError):
    """A bulk file that is none, or not all of it: ``not_a_zip``, ``not_one_table``, ``too_large``, ``zip_damaged``."""


def steps(first: datetime, last: datetime) -> list[datetime]:
    """The quarters of an hour from ``first`` to ``last``, the coarsest grid first: so that a budget that ends early
    has looked at the whole window, only less closely."""
    first = first.astimezone(UTC)
    start = first.replace(minute=first.minute // 15 * 15, second=0, microsecond=0)
    count = max(0, (last - start) // STEP + 1)
    width = max(1, (count - 1).bit_length())
    order = sorted(range(count), key=lambda number: int(f"{number:0{width}b}"[::-1], 2))
    return [start + number * STEP for number in order]


def read_table(data: bytes, ratio: int) -> Iterator[Seen]:
    """The pages of a bulk file, as they come. `ratio`: how many times its size the table may have.

    Raises Damaged, after the rows before the damage.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError) as error:
        raise Damaged("not_a_zip") from error
    if len(members) != 1 or not members[0].filename.lower().endswith(".csv") or members[0].flag_bits & 1:
        raise Damaged("not_one_table")
    if members[0].file_size > min(LARGEST, ratio * max(len(data), 1)):
        raise Damaged("too_large")
    try:
        with archive.open(members[0]) as table:
            while line := table.readline(_LONGEST_LINE):
                seen = _seen(line)
                if seen is not None:
                    yield seen
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise Damaged("zip_damaged") from error


def _seen(line: bytes) -> Seen | None:
    columns = line.rstrip(b"\r\n").split(b"\t")
    if len(columns) <= _ADDRESS:
        return None
    url = columns[_ADDRESS].decode("utf-8", "replace").strip()
    if not re.fullmatch(r"https?://[^\s/]\S*", url):
        return None
    extras = columns[_EXTRAS].decode("utf-8", "replace") if len(columns) > _EXTRAS else ""
    title = _TITLE.search(extras)
    return Seen(url, " ".join(html.unescape(title.group(1)).split()) or None if title else None)
