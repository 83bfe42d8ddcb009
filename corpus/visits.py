"""What a recheck asks for, and what it needs to be told: addresses with validators, and the state that an answer shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from corpus.records import Capture, State


@dataclass(frozen=True, slots=True)
class Visit:
    """A page to be looked at again. `etag` and `since`: validators of the newest capture that shows its document."""

    url: str
    source_id: str
    etag: str | None = None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Pages of a corpus to be looked at again, those first that were not looked at for longest."""

    sources: tuple[str, ...]
    visits: Callable[[], Iterator[Visit]]
    """Anew at each call, and each page but once."""
    state: Callable[[Capture], tuple[State, str | None]]
    """State and evidence that an answer shows of its page, by the readers of the corpus."""
