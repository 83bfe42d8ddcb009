"""Disks that fail: at the n-th call of a kind, or by forgetting what was not synced."""

import errno
from pathlib import Path
from typing import BinaryIO

from corpus.disk import Disk


class FailingDisk(Disk):
    """Raises ENOSPC, EIO or writes short at the n-th durable call, counted over all kinds."""

    def __init__(self, at: int | None = None, fault: str = "nospace") -> None:
        self.at, self.fault, self.calls = at, fault, 0

    def _step(self) -> bool:
        self.calls += 1
        return self.calls - 1 == self.at

    def _fail(self) -> None:
        raise OSError(errno.ENOSPC if self.fault != "io" else errno.EIO, "fault put in by a test")

    def write(self, file: BinaryIO, data: bytes) -> None:
        if self._step():
            if self.fault == "short":
                super().write(file, data[: len(data) // 2])
            self._fail()
        super().write(file, data)

    def sync(self, file: BinaryIO) -> None:
        if self._step():
            self._fail()
        super().sync(file)

    def sync_folder(self, folder: Path) -> None:
        if self._step():
            self._fail()
        super().sync_folder(folder)

    def replace(self, source: Path, target: Path) -> None:
        if self._step():
            self._fail()
        super().replace(source, target)
