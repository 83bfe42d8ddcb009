"""What thousands of draws have in common is computed by the product's own functions once, and then remembered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pyarrow as pa

from analysis.sampling import designs, samples
from analysis.sampling.keys import AUTHOR
from analysis.sampling.plans import Design

_DESIGNED = ["id", "stratum", "cluster", "author", "size", "wave", "text_commitment"]
_NAMES: tuple[tuple[ModuleType, str], ...] = (
    (designs, "digests"),
    (designs, "proportional"),
    (designs, "neyman"),
    (samples, "digest"),
    (samples, "capped"),
    (samples, "members_of"),
    (samples, "units_of"),
)


class Frozen:
    """A frame whose rows are made once, in place of once a draw."""

    def __init__(self, frame: pa.Table) -> None:
        self.rows: list[dict[str, Any]] = frame.select(_DESIGNED).to_pylist()
        self.ids: list[str] = frame.column("id").to_pylist()
        self.places: list[str] = [f"{row['stratum']}\t{row['wave']}" for row in self.rows]

    def select(self, _: list[str]) -> "Frozen":
        return self

    def to_pylist(self) -> list[dict[str, Any]]:
        return self.rows


class Memory:
    """Stands before pure functions of the product: digests of one seed, units of a frame, seats by strata.

    Lists are known by their identity, so that what is remembered of one keeps it alive. ``passing`` ends with its seed.
    """

    def __init__(self, ours: Mapping[str, Callable[..., Any]]) -> None:
        self.ours = ours
        self.lasting: dict[Any, Any] = {}
        self.passing: dict[Any, Any] = {}
        self.hashed: dict[str, dict[str, str]] = {}
        self.seed = ""

    def _remember(self, lasts: bool, name: str, key: object, *given: Any) -> Any:
        of = self.lasting if lasts else self.passing
        if (name, key) not in of:
            made = self.ours[name](*given)
            of[name, key] = (list(made) if name == "units_of" else made, given)
        return of[name, key][0]

    def _begin(self, seed_hex: str) -> None:
        if self.seed != seed_hex:
            self.seed = seed_hex
            self.passing.clear()
            self.hashed.clear()

    def digests(self, seed_hex: str, stream: str, unit_ids: Sequence[str]) -> list[str]:
        self._begin(seed_hex)
        of = self.hashed.setdefault(stream, {})
        fresh = [one for one in unit_ids if one not in of]
        of.update(zip(fresh, self.ours["digests"](seed_hex, stream, fresh), strict=True))
        return [of[one] for one in unit_ids]

    def digest(self, seed_hex: str, stream: str, unit_id: str) -> str:
        self._begin(seed_hex)
        of = self.hashed.setdefault(stream, {})
        if unit_id not in of:
            of[unit_id] = self.ours["digest"](seed_hex, stream, unit_id)
        return of[unit_id]

    def capped(self, rows: list[Any], design: Design, seed_hex: str) -> Any:
        self.digests(seed_hex, AUTHOR, [row["id"] for row in rows])
        return self._remember(False, "capped", (id(rows), design.take), rows, design, seed_hex)

    def members_of(self, rows: list[Any], design: Design) -> Any:
        return self._remember(not design.take, "members_of", (id(rows), samples.drawn_whole(design)), rows, design)

    def units_of(self, members: dict[Any, Any]) -> Any:
        lasts = not any(made is members for made, _ in self.passing.values())
        return self._remember(lasts, "units_of", id(members), members)

    def proportional(self, sizes: Mapping[str, int], n: int, least: int = 0) -> Any:
        return dict(self._remember(True, "proportional", (str(sizes), n, least), sizes, n, least))

    def neyman(self, sizes: Mapping[str, int], spreads: Mapping[str, float], n: int, least: int = 0) -> Any:
        return dict(self._remember(True, "neyman", (str(sizes), str(spreads), n, least), sizes, spreads, n, least))


@contextmanager
def once() -> Iterator[None]:
    """Remember for the length of a block."""
    kept = {name: getattr(room, name) for room, name in _NAMES}
    memory = Memory(kept)
    try:
        for room, name in _NAMES:
            setattr(room, name, getattr(memory, name))
        yield
    finally:
        for room, name in _NAMES:
            setattr(room, name, kept[name])
