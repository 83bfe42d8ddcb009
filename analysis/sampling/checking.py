"""Hold a draw against itself, its plan, its corpus and what was made of it: twelve checks, each with what was found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from analysis.sampling.opened import DrawFolder, Partly, Wrong
from analysis.sampling.origins import files, plan
from analysis.sampling.remade import flow, ranks, reserves, selection, weights
from analysis.sampling.sources import frame, texts
from corpus.errors import HuanyingError
from corpus.study import Study

Outcome = Literal["ok", "failed", "not_applicable"]
Later = Callable[[Path, Study], str | None]
"""A check of what was made of a draw: what it found right, None where there is nothing to check; raises
VerificationError with what is wrong."""
NAMES = (
    "files",
    "plan and seed",
    "frame",
    "ranks",
    "selection",
    "weights",
    "flow",
    "reserves and second coding",
    "texts",
    "agreement",
    "estimates",
    "claims",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One of the twelve, and what it found."""

    number: int
    name: str
    outcome: Outcome
    message: str
    partly: bool = False
    """Whether it could not be done fully, as where the snapshot is no longer here: `ok` then says less."""

    def document(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)


class _Beside(Exception):
    """There is nothing for a check to hold against."""


def verify(folder: Path, study: Study | None = None, later: Mapping[str, Later] | None = None) -> list[Check]:
    """All twelve checks of the draw in ``folder``, whatever bytes it holds; none is left out where another fails.

    With ``study`` the frame is frozen anew and the texts are read, as far as its snapshot is still here; without, the
    draw is held against its own frozen frame, and the messages say so. ``later``: by name, the checks of what was made
    of the draw (agreement, estimates, claims).
    """
    draw = DrawFolder(folder, study)
    own = (files, plan, frame, ranks, selection, weights, flow, reserves, texts)
    checks: list[Callable[[], str]] = [partial(check, draw) for check in own]
    checks += [_further(folder, study, (later or {}).get(name)) for name in NAMES[len(own) :]]
    return [_outcome(number, check) for number, check in enumerate(checks, 1)]


def summary(checks: Sequence[Check]) -> str:
    """All checks in a line: how many hold, which of them not fully, and which fail."""
    right, part = ([one for one in checks if one.outcome == "ok" and one.partly is partly] for partly in (False, True))
    failed, idle = ([one for one in checks if one.outcome == said] for said in ("failed", "not_applicable"))
    told = [f"{len(right)} ok"]
    told += [f"{len(part)} ok only as far as they could be made ({_numbers(part)})"] if part else []
    told += [f"{len(failed)} failed ({_numbers(failed)})"] if failed else []
    told += [f"{len(idle)} with nothing to check"] if idle else []
    return f"{len(checks)} checks: {', '.join(told)}"


def _numbers(checks: Sequence[Check]) -> str:
    return ", ".join(str(one.number) for one in checks)


def _outcome(number: int, check: Callable[[], str]) -> Check:
    name = NAMES[number - 1]
    try:
        found = check()
        return Check(number, name, "ok", str(found), isinstance(found, Partly))
    except _Beside as said:
        return Check(number, name, "not_applicable", str(said))
    except Wrong as said:
        return Check(number, name, "failed", str(said))
    except HuanyingError as error:
        return Check(number, name, "failed", f"{error.where}: {error.what}" if error.where else error.what)
    except (OSError, pa.ArrowException) as error:
        return Check(number, name, "failed", f"cannot be read: {error}")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        return Check(number, name, "failed", f"not of the form of a draw: {type(error).__name__}: {error}")


def _further(folder: Path, study: Study | None, check: Later | None) -> Callable[[], str]:
    def found() -> str:
        said = check(folder, study) if check and study else None
        if said is None:
            raise _Beside("nothing of this kind was made of the draw" if study else "only within the draw's study")
        return said

    return found
