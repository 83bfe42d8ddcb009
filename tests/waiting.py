"""Waits for what must come about, with a patience that costs nothing when all goes well."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def waits_until(what: Callable[[], Found], seconds: float = 60.0) -> Found:
    """What ``what`` gives as soon as it is true; after so many seconds whatever it gives then."""
    until = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.02)
    return found
