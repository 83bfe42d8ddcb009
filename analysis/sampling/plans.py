"""The plan of a draw: what it says, checked whole before anything is frozen or drawn."""

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import AllowInfNan, Field, Strict, StringConstraints, TypeAdapter, ValidationError

from analysis.sampling.history import DISCARDED
from corpus.errors import UserError
from corpus.faults import describe, in_order, line_of, read_toml
from corpus.study import Part, Study
from corpus.studyfile import Filled, Identifier, Line

Method = Literal["census", "srs", "stratified", "temporal", "pps", "poisson", "cluster", "author"]
Estimand = Literal["documents", "authors-capped", "author-means"]
Stratum = Literal["language", "script", "kind", "source", "platform", "owner", "day", "phase", "author_volume"]
Size = Literal["likes", "collects", "comments", "shares", "characters", "token_count"]
Zone = Literal["UTC", "Asia/Shanghai", "America/New_York"]
Day = Annotated[date, Strict()]
Moment = Annotated[datetime, Strict()]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict(), AllowInfNan(False)]
DocumentId = Annotated[str, StringConstraints(pattern=r"^[^\s]+$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class About(Part):
    name: Identifier
    """Of the draw's folder."""
    title: Line
    declared_at: Day
    """The day on which the plan was fixed; that it was so only a third party can prove: [registered]."""
    estimand: Estimand | None = None
    """What the estimates are about; it must be named where authors are capped, else it is documents."""


class Registered(Part):
    """Who can prove that the plan came first: a registration, a time stamp (RFC 3161)."""

    system: Line
    id: Line
    at: Day | Moment
    sha256: Digest | None = None
    """What was registered: the digest of the plan, as `huanying sample plan` prints it."""


class Seed(Part):
    family: Line
    """Draws of one family order units alike, so that a larger one holds the smaller; another family is independent."""
    public_value: str = Field(default="", pattern=r"^[^\r\n]*$")
    """A value that nobody can choose, of a source named beforehand; empty: the draw is flagged as not shopping-proof."""
    public_source: Line | None = None
    """Where and when that value is read, written down before it exists."""
    public_at: Day | None = None
    """The day on which that value can first be known; a registration before that day shows that nobody chose it."""


class Population(Part):
    definition: Filled
    unit: Line = "document"
    start: Day | None = None
    """First day; the study's window where absent. Days are days of `zone`, both ends counted."""
    end: Day | None = None
    zone: Zone | None = None
    """The study's where absent."""
    undated: Literal["leave out", "keep"] = "leave out"


class Excluded(Part):
    id: DocumentId
    reason: Line


class Filter(Part):
    """Which documents of the snapshot make the frame: every condition that is named must hold."""

    snapshot: str | None = None
    """A snapshot's id; the newest where absent."""
    kinds: tuple[Literal["article", "turn", "post", "comment"], ...] = ()
    languages: tuple[Line, ...] = ()
    """BCP 47; ``zh`` is zh-Hans and zh-Hant too."""
    platforms: tuple[Line, ...] = ()
    sources: tuple[Line, ...] = ()
    characters: Whole = Field(default=1, ge=0)
    """The shortest text, in code points."""
    contains: tuple[Line, ...] = ()
    """At least one of these words is in the text or the title, whatever its case."""
    copies: Literal["all", "first"] = "all"
    """``first``: of texts used again, only the earliest of each cluster."""
    exclude: tuple[Excluded, ...] = ()


class Design(Part):
    method: Method
    n: Whole | None = Field(default=None, ge=1)
    """Units to draw: documents, or clusters."""
    strata: tuple[Stratum, ...] = ()
    allocation: Literal["proportional", "neyman", "fixed"] = "proportional"
    minimum: Whole = Field(default=0, ge=0)
    """So many at the least of each stratum, where it has them; the rest by the allocation."""
    fixed: dict[str, Annotated[Whole, Field(ge=0)]] = Field(default_factory=dict)
    """Allocation ``fixed``: units by stratum, such as ``"zh-Hans/post" = 20``."""
    spread: dict[str, Annotated[Number, Field(ge=0)]] = Field(default_factory=dict)
    """Allocation ``neyman``: the standard deviation expected in each stratum, fixed beforehand."""
    breaks: tuple[Annotated[Whole, Field(ge=1)], ...] = (1, 5, 20)
    """Upper ends of the classes of `author_volume`, by documents of an author in the frame."""
    by: Literal["day", "phase", "constructed week"] = "day"
    """Method ``temporal``: what is a stratum of time."""
    scheme: Literal["sequential_poisson", "pareto"] = "sequential_poisson"
    size: Size | None = None
    """What a unit's chance is in proportion to; it is frozen with the frame."""
    size_cap: Whole | None = Field(default=None, ge=1)
    size_floor: Whole = Field(default=1, ge=1)
    """What units of less, or of unknown size, count: nothing in the frame has no chance at all."""
    rate: Number | None = Field(default=None, gt=0, le=1)
    """Method ``poisson``: each unit's chance; with `size`: its chance for each 1 of its size."""
    cluster: Literal["copies", "thread"] | None = None
    within: Literal["all", "representative"] = "all"
    take: Whole | None = Field(default=None, ge=1)
    """Method ``author``: documents of each author at the most, before `n` are drawn."""


class SecondCoding(Part):
    fraction: Number = Field(gt=0, le=1)
    """Of the documents drawn, how many are coded twice; rounded up."""


class Reserves(Part):
    n: Whole = Field(ge=0)
    """Next ranks of each stratum that stand by."""


class StatusRules(Part):
    """What becomes of a drawn unit that is found so: its reserve takes its place, or it stays and is told."""

    unavailable: Literal["replace", "keep"] = "replace"
    ineligible: Literal["replace", "keep"] = "keep"


class Extends(Part):
    """An earlier draw whose every unit is kept; documents that came later are a wave of their own."""

    draw: Digest
    n: Whole | None = Field(default=None, ge=0)
    """Units of the new wave; at the rate of the first where absent."""


class Found(Part):
    id: DocumentId
    status: Literal["unavailable", "ineligible"]
    reason: Line


class Plan(Part):
    """All of a plan file."""

    plan: About
    seed: Seed
    population: Population
    design: Design
    frame: Filter = Filter()
    registered: Registered | None = None
    second_coding: SecondCoding | None = None
    reserves: Reserves = Reserves(n=0)
    status_rules: StatusRules = StatusRules()
    extends: Extends | None = None
    found: tuple[Found, ...] = ()

    @property
    def estimand(self) -> Estimand:
        return self.plan.estimand or "documents"


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan, the bytes that it was read from, and their SHA-256."""

    plan: Plan
    raw: bytes
    path: Path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def core_sha256(self) -> str:
        """The digest of what a plan fixes beforehand, which is what can be registered: SHA-256 of its content as JSON
        (sorted keys, no spaces, dates as they stand), without what comes later: registered, found and seed.public_value."""
        content = tomllib.loads(self.raw.decode("utf-8-sig"))
        seed = {key: value for key, value in content["seed"].items() if key != "public_value"}
        fixed = {key: value for key, value in content.items() if key not in ("registered", "found")} | {"seed": seed}
        made = json.dumps(fixed, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(made.encode()).hexdigest()

    @property
    def shopping_proof(self) -> bool:
        """Whether nobody could try several seeds: a public value of a named source, and the plan registered, with its
        digest, before the day on which that value could be known."""
        seed, registered = self.plan.seed, self.plan.registered
        if registered is None or registered.sha256 != self.core_sha256 or seed.public_at is None:
            return False
        day = registered.at.date() if isinstance(registered.at, datetime) else registered.at
        return bool(seed.public_value.strip()) and bool(seed.public_source) and day < seed.public_at


def load_plan(path: Path, study: Study | None = None) -> PlanFile:
    """The plan file, right in itself and, with ``study``, for that study; raises UserError with every fault at once."""
    content, text, faults = read_toml(path)
    plan: Plan | None = None
    if content is not None:
        told: set[tuple[Any, ...]] = set()
        try:
            plan = Plan.model_validate(content)
        except ValidationError as error:
            faults += describe(path, text, Plan, error)
            told = {one["loc"][:2] for one in error.errors()}
        further = ((where, what) for where, what in _between(content, study) if where not in told)
        faults += [f"  {path}:{line_of(text, where)}: {'.'.join(where)}: {what}" for where, what in further]
    if plan is None or faults:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise UserError(f"{count} in the plan\n" + "\n".join(in_order(faults)), hint="mend them, then draw again")
    read = PlanFile(plan, path.read_bytes(), path)
    if plan.registered and plan.registered.sha256 not in (None, read.core_sha256):
        raise UserError(
            f"registered.sha256 is not that of this plan, which is {read.core_sha256}",
            where=path,
            hint="draw by the plan that was registered; only registered, found and seed.public_value are added later",
        )
    return read


Fault = tuple[tuple[str, ...], str]


def _right(content: Mapping[str, Any], name: str) -> Any:
    """A table of the plan without its wrong keys, so that they hide no fault of others; None where nothing follows."""
    form, given = cast(Any, Plan.model_fields[name].annotation), content.get(name)
    try:
        return TypeAdapter(form).validate_python(given)
    except ValidationError as error:
        wrong = {one["loc"][0] for one in error.errors() if one["loc"]}
    if not isinstance(given, dict) or wrong & _STEERING or not wrong & given.keys():
        return None
    return _right({name: {key: value for key, value in given.items() if key not in wrong}}, name)


_STEERING = frozenset({"method", "allocation", "by", "size", "cluster", "within"})  # keys that say what others mean


def _between(content: Mapping[str, Any], study: Study | None) -> Iterator[Fault]:
    """What is wrong between the parts of a plan, or between it and its study."""
    design: Design | None = _right(content, "design")
    about: About | None = _right(content, "plan")
    if about and about.name == DISCARDED:
        yield ("plan", "name"), f"{DISCARDED} is where draws are put aside: name it otherwise"
    if design:
        yield from _design(design, content)
    if design and about:
        yield from _estimand(design, about, "extends" in content)
    population: Population | None = _right(content, "population")
    start = population.start or (study.file.window.start if study else None) if population else None
    end = population.end or (study.file.window.end if study else None) if population else None
    if start and end and end < start:
        yield ("population", "end"), f"lies before the first day, {start}"
    if population and design and study and by_phase(design) and population.zone not in (None, study.file.window.zone):
        yield ("population", "zone"), f"phases are days of {study.file.window.zone}, the zone of the study's window"
    if population and design and design.method == "temporal" and population.undated == "keep":
        yield ("population", "undated"), 'a draw by time has no place for the undated: write "leave out"'
    seed: Seed | None = _right(content, "seed")
    if seed and seed.public_value and not seed.public_value.strip():
        yield ("seed", "public_value"), "is blank, which is no value: leave it out"
    if seed and seed.public_value and not seed.public_source:
        yield ("seed", "public_source"), "is missing: say where and when the public value is read"
    named: Counter[str] = Counter(one.id for one in _right(content, "found") or ())
    yield from ((("found",), f"{one} is named twice") for one, n in named.items() if n > 1)
    extends: Extends | None = _right(content, "extends")
    if extends and extends.n is not None and design and (design.allocation == "fixed" or design.method in _NO_N):
        yield ("extends", "n"), "means nothing here: how many come of a wave is not asked by n"
    if study and (chosen := _right(content, "frame")):
        yield from (
            (("frame", "sources"), f"{name!r} is no [[source]] of this study")
            for name in chosen.sources
            if name not in study.outlets
        )


def by_phase(design: Design) -> bool:
    """Whether strata are phases of the study."""
    return "phase" in design.strata or (design.method == "temporal" and design.by == "phase")


_USED = {
    "n": ("srs", "stratified", "temporal", "pps", "cluster", "author"),
    "strata": ("stratified", "pps", "poisson", "temporal"),
    "allocation": ("stratified", "temporal"),
    "minimum": ("stratified", "temporal", "pps"),
    "fixed": ("stratified", "temporal"),
    "spread": ("stratified", "temporal"),
    "size": ("pps", "poisson"),
    "size_cap": ("pps", "poisson"),
    "size_floor": ("pps", "poisson"),
    "rate": ("poisson",),
    "cluster": ("cluster",),
    "within": ("cluster",),
    "take": ("author",),
    "by": ("temporal",),
    "scheme": ("pps",),
}
"""Of each key of [design] that not every method heeds, the methods that do."""
_NO_N = ("census", "poisson")
_NEEDED = {
    "srs": ("n",),
    "stratified": ("strata",),
    "pps": ("n", "size"),
    "poisson": ("rate",),
    "cluster": ("n", "cluster"),
    "author": ("take",),
}


def _design(design: Design, content: Mapping[str, Any]) -> Iterator[Fault]:
    method, named = design.method, content["design"]
    for key, methods in _USED.items():
        if key in named and method not in methods:
            yield ("design", key), f"means nothing for method {method}; it is for {', '.join(methods)}"
    for key in _NEEDED.get(method, ()):
        if key not in named:
            yield ("design", key), f"is missing: method {method} needs it"
    if method in ("stratified", "temporal"):
        yield from _allocation(design, frozenset(named))
    if list(design.breaks) != sorted(set(design.breaks)):
        yield ("design", "breaks"), "must rise"
    if design.size_cap is not None and design.size_cap < design.size_floor:
        yield ("design", "size_cap"), "lies below size_floor"
    yield from _strata(design, frozenset(named))
    reserves: Reserves | None = _right(content, "reserves")
    if reserves and reserves.n:
        yield from _reserves(design)


def _strata(design: Design, named: frozenset[str]) -> Iterator[Fault]:
    if design.method == "poisson" and design.size is None:
        for key in ("size_cap", "size_floor"):
            if key in named:
                yield ("design", key), "means nothing without size"
    if "breaks" in named and "author_volume" not in design.strata:
        yield ("design", "breaks"), 'means nothing without "author_volume" among the strata'
    if "strata" in named and not design.strata:
        yield ("design", "strata"), "is empty: name one, or leave it out"
    if len(set(design.strata)) < len(design.strata):
        yield ("design", "strata"), "names one twice"


def _allocation(design: Design, named: frozenset[str]) -> Iterator[Fault]:
    by_week = design.method == "temporal" and design.by == "constructed week"
    for key in ("strata", "allocation", "minimum", "fixed", "spread") if by_week else ():
        if key in named:
            yield ("design", key), "means nothing for a constructed week: n is the number of weeks"
    if design.allocation == "fixed" and not design.fixed:
        yield ("design", "fixed"), 'is missing: units by stratum, such as {"zh-Hans/post" = 20}'
    if design.allocation == "fixed" and "n" in named:
        yield ("design", "n"), "follows from the fixed numbers: leave it out"
    for key in ("fixed", "spread"):
        if key in named and design.allocation != {"fixed": "fixed", "spread": "neyman"}[key]:
            yield ("design", key), f"means nothing for allocation {design.allocation}"
    if design.allocation == "fixed" and "minimum" in named:
        yield ("design", "minimum"), "means nothing for allocation fixed: the numbers are named"
    if design.spread and not any(design.spread.values()):
        yield ("design", "spread"), "is 0 everywhere: then one document of each stratum would tell all"
    if design.allocation == "neyman" and not design.spread:
        yield ("design", "spread"), "is missing: the standard deviation expected in each stratum"
    if design.allocation != "fixed" and "n" not in named:
        yield ("design", "n"), f"is missing: allocation {design.allocation} needs it"


def _reserves(design: Design) -> Iterator[Fault]:
    where = ("reserves", "n")
    if design.method in ("census", "poisson"):
        yield where, f"method {design.method} has no next rank: there are no reserves"
    by_week = design.method == "temporal" and design.by == "constructed week"
    if by_week or (design.method == "cluster" and design.within == "all"):
        yield where, "units are of many documents: none of them stands by for a single one"


def _estimand(design: Design, about: About, extends: bool) -> Iterator[Fault]:
    where = ("plan", "estimand")
    if design.method == "author" and about.estimand is None:
        yield where, "is missing: a cap on authors changes what is estimated: documents, authors-capped or author-means"
    if design.method != "author" and about.estimand not in (None, "documents"):
        yield where, f"{about.estimand} is for method author"
    if about.estimand == "author-means" and extends:
        yield where, "author-means cannot be extended: later documents change the means; draw anew"
