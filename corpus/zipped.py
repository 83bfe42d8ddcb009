"""Look into a zip file without unpacking it: members by exact name, each where it says it is, and nothing that could mislead.

A member is refused whose name leads elsewhere (``..``, an absolute path, a backslash, a NUL), that stands there twice,
is a link, or is encrypted.
"""

import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import RawIOBase, UnsupportedOperation
from typing import IO, cast

RATIO_LIMIT = 200
_SMALL = 64 << 20
_MEMBERS_LIMIT = 100_000
_LOCAL = struct.Struct("<4s5H3I2H")
_STEP = 1 << 20


class ZipFault(ValueError):
    """Why a file is not taken as a zip file, in words."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A member that is not looked at: ``unsafe_name``, ``duplicate_name``, ``link``, ``encrypted``, ``misplaced``."""

    name: str
    reason: str
    offset: int


class Window(RawIOBase):
    """A stretch of a file, read as a file of its own."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self.file, self.start, self.length, self.place = file, start, size, 0

    @property
    def opened(self) -> IO[bytes]:
        return cast(IO[bytes], self)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = max(0, offset + (0, self.place, self.length)[whence])
        return self.place

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self.length - self.place)
        wanted = left if size is None or size < 0 else min(size, left)
        self.file.seek(self.start + self.place)
        data = self.file.read(wanted)
        self.place += len(data)
        return data

    def readinto(self, buffer: object) -> int:
        raise UnsupportedOperation("readinto")


class Zipped:
    """The members of a zip file in ``file``; `refused` are those that are not looked at.

    Raises ZipFault for what is no zip file, has more than 100,000 members, or unpacks to far more than its size.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.size = file.seek(0, 2)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
            raise ZipFault(f"is no zip file, or only part of one: {error}") from error
        listed = self._zip.infolist()
        if len(listed) > _MEMBERS_LIMIT or sum(one.file_size for one in listed) > max(_SMALL, self.size * RATIO_LIMIT):
            raise ZipFault(f"would unpack to more than {RATIO_LIMIT} times its size")
        times = Counter(one.filename for one in listed)
        self.refused = [
            Refused(one.orig_filename, reason, one.header_offset) for one in listed if (reason := _fault(one, times))
        ]
        self._members = {one.filename: one for one in listed if not _fault(one, times) and not one.is_dir()}

    def names(self) -> list[str]:
        return sorted(self._members)

    def offset(self, name: str) -> int:
        """Where the member's own header stands."""
        return self._members[name].header_offset

    def size_of(self, name: str) -> int:
        return self._members[name].file_size

    def stored(self, name: str) -> Window | None:
        """The bytes of a member that is stored as it is; None where it is compressed or not where it should be."""
        one = self._members[name]
        if one.compress_type != zipfile.ZIP_STORED or one.file_size != one.compress_size:
            return None
        self.file.seek(one.header_offset)
        head = self.file.read(_LOCAL.size)
        if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
            return None
        *_, name_length, extra_length = _LOCAL.unpack(head)
        start = one.header_offset + _LOCAL.size + name_length + extra_length
        return Window(self.file, start, one.file_size) if start + one.file_size <= self.size else None

    def pieces(self, name: str) -> Iterator[bytes]:
        """What a member holds, piece by piece, never more than it says; raises ZipFault where it is damaged."""
        try:
            with self._zip.open(name) as opened:
                while piece := opened.read(_STEP):
                    yield piece
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, zlib.error) as error:
            raise ZipFault(f"{name} cannot be unpacked: {error}") from error

    def lines(self, name: str, limit: int) -> Iterator[bytes]:
        """The lines of a member; one longer than ``limit`` is left out. Raises ZipFault as `pieces` does."""
        rest, skipping = b"", False
        for piece in self.pieces(name):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                if not skipping and len(line) <= limit:
                    yield line
                skipping = False
            if len(rest) > limit:
                rest, skipping = b"", True
        if rest and not skipping:
            yield rest


def _fault(one: zipfile.ZipInfo, times: Counter[str]) -> str | None:
    name = one.orig_filename
    if not name or "\0" in name or "\\" in name or ":" in name.split("/")[0] or name.startswith("/"):
        return "unsafe_name"
    if any(part in ("..", ".") for part in name.split("/")):
        return "unsafe_name"
    if times[one.filename] > 1:
        return "duplicate_name"
    if stat.S_ISLNK(one.external_attr >> 16):
        return "link"
    return "encrypted" if one.flag_bits & 1 else None
