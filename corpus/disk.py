"""Every durable byte goes through here: append, write, fsync, rename; so that a test can put a fault at each."""

import errno
import os
from pathlib import Path
from typing import BinaryIO

from corpus.errors import NoSpaceError

FLOOR_BYTES = 64 << 20
"""Free space below which no batch is begun, so that what must be closed properly still can be."""


class Disk:
    """The real file system. Tests put in one that fails at the n-th call, or that forgets what was not synced."""

    def append(self, path: Path) -> BinaryIO:
        return path.open("ab")

    def create(self, path: Path) -> BinaryIO:
        return path.open("wb")

    def write(self, file: BinaryIO, data: bytes) -> None:
        file.write(data)

    def sync(self, file: BinaryIO) -> None:
        file.flush()
        os.fsync(file.fileno())

    def sync_folder(self, folder: Path) -> None:
        """Make names in ``folder`` durable (a rename or a new file is only so after this)."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        source.replace(target)

    def truncate(self, path: Path, length: int) -> None:
        with path.open("r+b") as file:
            file.truncate(length)
            os.fsync(file.fileno())

    def free(self, folder: Path) -> int:
        """Free bytes of the file system that holds ``folder``."""
        state = os.statvfs(folder)
        return state.f_bavail * state.f_frsize

    def write_whole(self, path: Path, data: bytes) -> None:
        """Write a small file so that it is there whole or not at all."""
        part = path.with_name(path.name + ".part")
        with self.create(part) as file:
            self.write(file, data)
            self.sync(file)
        self.replace(part, path)
        self.sync_folder(path.parent)

    def require_space(self, folder: Path) -> None:
        """Raises NoSpaceError where less than `FLOOR_BYTES` are free."""
        free = self.free(folder)
        if free < FLOOR_BYTES:
            raise NoSpaceError(
                f"only {free >> 20} MiB are free",
                where=folder,
                hint="make room and run the same command again; nothing is lost",
            )


def is_no_space(error: Exception) -> bool:
    """Whether an error, of the system or of the database, says that the disk or the user's share of it is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "disk is full" in str(error)
