"""Choose units within strata: each design is an order of the units, and how many are taken from its head."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import repeat
from typing import Literal, NamedTuple

from analysis.sampling.allocation import neyman, proportional
from analysis.sampling.freezing import by_week
from analysis.sampling.keys import DRAW, digests, pareto, sequential_poisson, uniform
from analysis.sampling.plans import Design
from corpus.errors import UserError

Order = Literal["digest", "sequential_poisson", "pareto", "poisson"]
Cell = tuple[str, int]
"""A stratum and a wave: what is drawn by itself."""
Place = tuple[float, str, str]
"""What orders a unit: its key (0 where the digest decides), its digest, its id."""


class Unit(NamedTuple):
    """What is drawn: a document or a cluster. A tuple, for there are as many as documents."""

    id: str
    stratum: str = "all"
    wave: int = 0
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A unit with its place. `share` is λ, its target chance; `key` what orders it where that is not the digest."""

    unit: Unit
    rank: int
    digest: str
    u: float
    share: float | None
    key: float | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A cell's outcome: the first `n` of `ranked` are drawn, the others are its reserves, in order.

    `tau` is the digest or key of the first unit that is not drawn: none below it may be missing.
    """

    stratum: str
    wave: int
    N: int
    n: int
    tau: str | float | None
    certainty: tuple[str, ...]
    ranked: tuple[Ranked, ...]


def order_of(design: Design) -> Order:
    """By what a design orders its units."""
    if design.method == "pps":
        return design.scheme
    return "poisson" if design.method == "poisson" else "digest"


def choose(
    units: Iterable[Unit], design: Design, seed_hex: str, n_by_wave: Mapping[int, int | None], reserves: int = 0
) -> list[Chosen]:
    """Draw from every stratum of every wave; ``n_by_wave``: units to draw of each wave, None for as many as the design
    gives by itself. The order of ``units`` does not matter.

    Raises UserError where the plan asks for more than there is, or names too few strata.
    """
    cells: dict[Cell, list[Unit]] = {}
    for unit in units:
        cells.setdefault((unit.stratum, unit.wave), []).append(unit)
    found = []
    for wave in sorted({wave for _, wave in cells}):
        sizes = {stratum: len(of) for (stratum, number), of in sorted(cells.items()) if number == wave}
        wanted = allocate(design, sizes, n_by_wave.get(wave), "extends.n" if wave else "design.n")
        found += [_drawn(cells[name, wave], design, seed_hex, wanted[name], reserves) for name in sizes]
    return sorted(found, key=lambda one: (one.stratum, one.wave))


def allocate(design: Design, sizes: Mapping[str, int], n: int | None, key: str = "design.n") -> dict[str, int]:
    """Units to draw of each stratum of one wave, by the number there is; the whole of it where that is not fixed."""
    if by_week(design) and n is not None:
        return {name: min(n, size) for name, size in sizes.items()}
    if design.allocation == "fixed":
        _hold_named(design.fixed, sizes, "fixed", key == "design.n")
        fixed = {name: int(design.fixed[name]) for name in sizes}
        over = [name for name, size in sizes.items() if fixed[name] > size]
        if over and key == "design.n":  # of a later wave there may be fewer: then all of them
            told = "; ".join(f"{fixed[name]} are asked for of {name!r}, and there are {sizes[name]}" for name in over)
            raise UserError(f"design.fixed: {told}", hint="ask for fewer")
        return {name: min(fixed[name], size) for name, size in sizes.items()}
    if n is None:
        return dict(sizes)
    if design.allocation == "neyman":
        _hold_named(design.spread, sizes, "spread", key == "design.n")
    try:
        if design.allocation == "neyman":
            return neyman(sizes, design.spread, n, design.minimum)
        return proportional(sizes, n, design.minimum)
    except ValueError as error:
        raise UserError(f"{key}: {error}", hint="ask for fewer, or take all with method census") from error


def _hold_named(numbers: Mapping[str, float], sizes: Mapping[str, int], key: str, first: bool) -> None:
    """Raises UserError with every stratum that the plan does not name and, of the ``first`` wave, which has those that the
    plan was written for, every name in the plan that is none."""
    unnamed = sorted(sizes.keys() - numbers.keys())
    if not unnamed:
        return
    strangers = sorted(numbers.keys() - sizes.keys()) if first else []
    told = f"the plan does not name {', '.join(map(repr, unnamed))} of the frame's strata"
    if strangers:
        told += f"; it names {', '.join(_near(one, unnamed) for one in strangers)}, which the frame has not"
    zeros = ", ".join(f'"{one}" = 0' for one in unnamed)
    raise UserError(f"design.{key}: {told}", hint=f"add {zeros} to {key}, or numbers: 0 takes none of a stratum")


def _near(name: str, unnamed: Sequence[str]) -> str:
    close = get_close_matches(name, unnamed, n=1)
    return f"{name!r} (did you mean {close[0]!r}?)" if close else repr(name)


def _drawn(units: list[Unit], design: Design, seed_hex: str, n: int, reserves: int) -> Chosen:
    shares = _shares(units, design, n)
    places = _places(units, design, seed_hex, n, shares)
    if design.method == "poisson":
        n = sum(key < 1.0 for key, _, _ in places)
    left = places[n] if n < len(places) else None
    return Chosen(
        stratum=units[0].stratum,
        wave=units[0].wave,
        N=len(units),
        n=n,
        tau=None if left is None else left[0] if shares else left[1],
        certainty=tuple(sorted(name for name, share in shares.items() if share >= 1.0)),
        ranked=_numbered(places[: n + reserves], units, shares),
    )


def ranked(units: list[Unit], design: Design, seed_hex: str, n: int) -> tuple[Ranked, ...]:
    """All units of one cell in their order, of which ``n`` are to be drawn. By PPS none has a place where n is 0."""
    shares = _shares(units, design, n)
    return _numbered(_places(units, design, seed_hex, n, shares), units, shares)


def _numbered(places: list[Place], units: list[Unit], shares: Mapping[str, float]) -> tuple[Ranked, ...]:
    of = {unit.id: unit for unit in units}
    return tuple(
        Ranked(of[name], rank, made, uniform(made), shares.get(name), key if shares else None)
        for rank, (key, made, name) in enumerate(places, 1)
    )


def _places(units: list[Unit], design: Design, seed_hex: str, n: int, shares: Mapping[str, float]) -> list[Place]:
    """Of many units few are drawn, so that no more than what orders them is made of each."""
    if design.method == "pps" and n == 0:
        return []
    names = [unit.id for unit in units]
    made = digests(seed_hex, DRAW, names)
    if not shares:
        return sorted(zip(repeat(0.0), made, names))  # the first has no end
    key = pareto if order_of(design) == "pareto" else sequential_poisson
    return sorted((key(uniform(one), shares[name]), one, name) for one, name in zip(made, names, strict=True))


def _shares(units: list[Unit], design: Design, n: int) -> dict[str, float]:
    """λ of each unit; empty where all have the same chance and the digest alone decides."""
    if design.method == "poisson" and design.rate is not None:
        rate = design.rate
        return {unit.id: min(1.0, rate if unit.size is None else rate * unit.size) for unit in units}
    if design.method == "pps":
        return target_shares({unit.id: unit.size or 0 for unit in units}, n)
    return {}


def target_shares(sizes: Mapping[str, int], n: int) -> dict[str, float]:
    """λ in proportion to whole sizes of at least 1, summing to ``n``; those that would reach 1 are certain, and the rest
    is shared out anew until none does (Rosén 1997). In whole numbers up to the one division, so exact in any language.
    """
    rest, certain = dict(sizes), dict[str, float]()
    while rest:
        left, total = n - len(certain), sum(rest.values())
        sure = [name for name, size in rest.items() if left * size >= total]
        if not sure:
            return certain | {name: left * size / total for name, size in rest.items()}
        for name in sure:
            certain[name] = 1.0
            del rest[name]
    return certain
