"""The few errors of the house, each named by what the caller must do about it and carrying its exit code."""

from pathlib import Path


class HuanyingError(Exception):
    """Something went wrong that a person can act on: what happened, where, and what to do next."""

    exit_code = 1

    def __init__(self, what: str, *, where: str | Path | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = None if where is None else str(where)
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        after = f"\n  next: {self.hint}" if self.hint else ""
        return f"{place}{self.what}{after}"


class UserError(HuanyingError):
    """The user's mistake: nothing was done, and the message says how to put it right."""

    exit_code = 2


class NoSpaceError(HuanyingError):
    """The disk is full: what was acknowledged is safe, and the same command goes on once there is room."""

    exit_code = 3


class RefusedError(HuanyingError):
    """Policy forbids it; there is no switch to turn that off."""

    exit_code = 4


class VerificationError(HuanyingError):
    """What is on disk is not what its manifest says."""

    exit_code = 5


class ArchiveError(HuanyingError):
    """A place in the archive cannot be read; others can."""

    exit_code = 5

    def __init__(self, what: str, *, path: str | Path, offset: int) -> None:
        super().__init__(what, where=f"{path} at byte {offset}", hint="run `huanying verify` to see what is damaged")
        self.path = str(path)
        self.offset = offset
