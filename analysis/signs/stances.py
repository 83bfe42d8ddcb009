"""Rules for stances: which cues speak for which position towards a target, and when a machine must not say."""

import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from analysis.signs.irony import ironic_signs, irony_digest
from analysis.signs.needles import Needled, Sieve
from analysis.signs.phrases import Plain, denied, plain
from analysis.signs.polarity import LEXICONS, lexicons_digest
from corpus.errors import UserError
from corpus.faults import load_right
from corpus.identity import digest
from corpus.scripts import has_han
from corpus.studyfile import Filled, Part, Regex

Variable = Literal["stance_newcomers", "country_stance"]
VOICES = frozenset({"article", "turn"})
"""Kinds of text in which one speaks of and to others: an article, a turn of an interview. Their own stance is not told."""

_QUOTED = re.compile(r'“[^”\n]{1,200}”|「[^」\n]{1,200}」|『[^』\n]{1,200}』|(?<![a-z0-9])"[^"\n]{1,200}"')
_SENTENCE_END = re.compile(r"[.!?;。\n]")
_CLAUSE_END = re.compile(r"[,.!?;。\n、]")
_SAID_AFTER = re.compile(r"[^.!?\n]{0,60}[,”\"'] ?(?:[a-z]+ ){1,3}(?:said|says|wrote|added|told)\b")
_LATIN = re.compile("[a-z]")
_HEAD = 80
_BLOT = "\ue000"


class Written(Part):
    """A pattern for each way of writing; `hans` is tried on the copy in Simplified script."""

    hans: Regex | None = None
    en: Regex | None = None


class StanceCue(Written):
    """A sign of one position. An `anchored` one holds its target itself; any other needs a target near it."""

    label: Filled
    w: float = Field(default=1.0, gt=0)
    anchored: bool = False


class Window(Part):
    """How far from a cue its target may stand, in signs: from a cue in Chinese and from one in English."""

    hans: int = Field(default=16, ge=0)
    en: int = Field(default=60, ge=0)


class Rules(Part):
    """All that a machine is told of a stance."""

    labels: tuple[Filled, ...] = ()
    absent: Literal["none", "not_applicable"] = "none"
    window: Window = Window()
    threshold: float = Field(default=1.0, gt=0)
    unasked: tuple[Filled, ...] = ()
    by_title: tuple[Filled, ...] = ()
    """Labels of which a cue counts anywhere in a text whose title names the target: such a text is addressed to it."""
    named: Written = Written()
    pointing: Written = Written()
    about_self: Written = Written()
    reported: Written = Written()
    subject: Written = Written()
    """Words of the subject: a text without a cue that holds any may speak of the target unnamed, so nothing is told."""
    exclude: Written = Written()
    cue: tuple[StanceCue, ...] = ()

    @model_validator(mode="after")
    def _speaks_for_labels(self) -> "Rules":
        strangers = sorted({cue.label for cue in self.cue} - set(self.labels)) if self.labels else []
        if strangers:
            raise ValueError(f"has cues of {', '.join(strangers)}, which is no label of it")
        return self


class _Asked(Part):
    model_config = ConfigDict(extra="ignore", frozen=True)

    variable: str = ""
    labels: tuple[str, ...] = ()
    machine: Rules | None = None


class StanceFile(Part):
    """What a machine reads of a stance file; the rest of it is for coders."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    codebook: _Asked = _Asked()
    machine: Rules | None = None
    country_stance: _Asked | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What the rules say of a text: a label, or why none can be told, and the cues that speak for the label."""

    label: str
    score: float | None = None
    reason: str = ""
    """For an abstention: `no cue`, `no target`, `weak`, `quoted`, `denied`, `asked`, `ironic`, `mixed` or `opinion`."""
    places: tuple[tuple[int, int, float], ...] = ()
    """Start and end in the stored text, and weight, of each cue of the label."""


def rules_of(path: Path | None, variable: Variable) -> Rules | None:
    """The rules for ``variable`` of a study's stance file (None: of no study), or None where it asks for no such thing.

    Where the file's own ``variable`` is one that this project has rules for, its ``machine`` table adds cues to them;
    for another variable it is all there is. Raises UserError with every fault of the file.
    """
    if path is None:
        return _built_in(variable)
    file = load_right(path, StanceFile)
    asked, own = (file.codebook, file.machine) if variable == "stance_newcomers" else (file.country_stance, None)
    if asked is None:
        return None
    own = own or asked.machine
    given = _built_in(variable) if asked.variable == variable else None
    if given is None or own is None:
        return given or own
    labels = set(given.labels) | {"none"}
    strangers = sorted({cue.label for cue in own.cue} - labels)
    if strangers:
        raise UserError(
            f"the stance file has cues of {', '.join(strangers)}", where=path, hint="use the labels it names"
        )
    return given.model_copy(update={"cue": given.cue + own.cue})


def labels_named(path: Path) -> tuple[str, ...]:
    """The labels that a study's stance file names for its coders; raises UserError with every fault of the file."""
    return load_right(path, StanceFile).codebook.labels


@cache
def _built_in(variable: Variable) -> Rules:
    return load_right(LEXICONS / _file(variable), Rules)


def _file(variable: Variable) -> str:
    return f"{variable}.toml"


@cache
def rules_digest(variable: Variable) -> str:
    """First 8 hex digits of the SHA-256 over all lists that the rules use, for the version of labels made by them."""
    own = (LEXICONS / _file(variable)).read_bytes()
    return digest(own + irony_digest().encode() + lexicons_digest().encode())[:8]


class _Pattern:
    """A `Written`, compiled."""

    def __init__(self, written: Written) -> None:
        self.alternatives = [
            *((Needled(one), False) for one in _alternatives(written.hans)),
            *((Needled(one, bordered=True), True) for one in _alternatives(written.en)),
        ]
        """Each with whether it is English."""

    def spans(self, text: str) -> Iterator[tuple[int, int, bool]]:
        """Start, end, and whether it was found as English."""
        wanted = (has_han(text), _LATIN.search(text) is not None)
        for pattern, english in self.alternatives:
            if wanted[english]:
                for start, end in pattern.spans(text):
                    yield start, end, english


def _alternatives(pattern: str | None) -> list[str]:
    """The alternatives of a pattern, each alone: most texts hold nothing of most of them, which costs little to see."""
    found, depth, start, at, inside = [], 0, 0, 0, False
    pattern = pattern or ""
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif inside:
            inside = sign != "]"
        elif sign == "[":
            inside = True
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and not depth:
            found.append(pattern[start:at])
            start = at + 1
        at += 1
    return [one for one in (*found, pattern[start:]) if one]


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    english: bool
    cue: StanceCue


class StanceReader:
    """Reads the stance of texts by rules."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._cues = [(cue, *one) for cue in rules.cue for one in _Pattern(cue).alternatives]
        self._sieve = Sieve([pattern for _, pattern, _ in self._cues])
        self._named, self._pointing = _Pattern(rules.named), _Pattern(rules.pointing)
        self._self, self._reported = _Pattern(rules.about_self), _Pattern(rules.reported)
        self._exclude = _Pattern(rules.exclude)
        subject = [rules.subject.hans, f"(?<![a-z0-9])(?:{rules.subject.en})(?![a-z0-9])" if rules.subject.en else None]
        self._subject = re.compile("|".join(one for one in subject if one) or r"(?!)")

    def read(self, text: str, title: str | None = None, kind: str = "post") -> Taken:
        """The stance of a text. The title may name the target; an article's or a turn's own stance is never told (see the card)."""
        read = plain(text, hashtags=True)
        ready = whole = read.text
        hits = self._hits(ready)
        if hits and any(self._exclude.spans(ready)):
            ready = _blotted(ready, [(start, end) for start, end, _ in self._exclude.spans(ready)])
            hits = self._hits(ready)
        if not hits and kind == "comment" and self._rules.absent == "none":
            # Whom a comment speaks of may stand only in what it answers, which is not seen here.
            return Taken("none", 0.5) if any(self._self.spans(ready)) else Taken("abstain", reason="no cue")
        named = [(start, end) for start, end, _ in self._named.spans(whole)]
        pointing = [(start, end) for start, end, _ in self._pointing.spans(ready)]
        above = plain(title, hashtags=True).text if title else ""
        titled = any(self._named.spans(above))
        known = bool(named) or titled
        targets = _merged(named + pointing if known else named)
        aimed = [
            hit
            for hit in hits
            if hit.cue.anchored or (titled and hit.cue.label in self._rules.by_title) or self._is_near(hit, targets)
        ]
        if kind in VOICES:
            told = aimed or known or self._on_subject(ready, above)
            return Taken("abstain", reason="opinion") if told else Taken(self._rules.absent)
        if aimed:
            return self._decide(read, ready, aimed)
        if hits:
            return Taken("abstain", reason="no target")
        if any(self._self.spans(ready)):
            return Taken("none", 0.5)
        if known or pointing or self._on_subject(ready, above):
            return Taken("abstain", reason="no cue")
        return Taken(self._rules.absent)

    def _on_subject(self, *texts: str) -> bool:
        return any(self._subject.search(text) for text in texts)

    def _hits(self, ready: str) -> list[_Hit]:
        among = (self._cues[number] for number in self._sieve.among(ready))
        return _apart(_Hit(*span, english, cue) for cue, pattern, english in among for span in pattern.tried(ready))

    def _is_near(self, hit: _Hit, targets: list[tuple[int, int]]) -> bool:
        reach = self._rules.window.en if hit.english else self._rules.window.hans
        first = bisect_left(targets, hit.start - reach, key=itemgetter(1))
        return first < len(targets) and targets[first][0] - hit.end <= reach

    def _decide(self, read: Plain, ready: str, hits: list[_Hit]) -> Taken:
        counted, dropped = self._counted(ready, hits)
        sums: dict[str, float] = {}
        for (name, _), weight in {(hit.cue.label, ready[hit.start : hit.end]): hit.cue.w for hit in counted}.items():
            sums[name] = sums.get(name, 0.0) + weight
        speaks_of_self = any(self._self.spans(ready))
        if speaks_of_self and set(sums) <= {"welcoming"}:
            return Taken("none", 0.5)
        if not counted or dropped:
            return Taken("abstain", reason=dropped or "no cue")
        if len(sums) > 1 or speaks_of_self:
            return Taken("abstain", reason="mixed")
        label, strength = next(iter(sums.items()))
        if strength < self._rules.threshold:
            return Taken("abstain", reason="weak")
        if ironic_signs(read):
            return Taken("abstain", reason="ironic")
        places = tuple((*read.span(hit.start, hit.end), hit.cue.w) for hit in counted)
        return Taken(label, round(1.0 - math.pow(2.0, -strength), 4), places=places)

    def _counted(self, ready: str, hits: list[_Hit]) -> tuple[list[_Hit], str]:
        """The cues that speak for the writer, and why another does not, where there is one."""
        quoted = _merged([match.span() for match in _QUOTED.finditer(ready)])
        counted: list[_Hit] = []
        why, since = "", 0
        for hit in hits:
            around = bisect_left(quoted, hit.end, key=itemgetter(1))
            if (around < len(quoted) and quoted[around][0] < hit.start) or self._is_reported(ready, hit):
                why = "quoted"
            elif denied(ready, hit.start, since):
                why = "denied"
            elif hit.cue.label in self._rules.unasked and _is_asked(ready, hit.end):
                why = "asked"
            else:
                counted.append(hit)
            since = hit.end
        return counted, why

    def _is_reported(self, ready: str, hit: _Hit) -> bool:
        head = ready[max(0, hit.start - _HEAD) : hit.start]
        cut = max((match.end() for match in _SENTENCE_END.finditer(head)), default=0)
        return any(self._reported.spans(head[cut:])) or _SAID_AFTER.match(ready, hit.end) is not None


def _blotted(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, last = [], 0
    for start, end in _merged(spans):
        pieces += [text[last:start], _BLOT * (end - start)]
        last = end
    return "".join((*pieces, text[last:])) if pieces else text


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap as one: so that both starts and ends rise."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if kept and start < kept[-1][1]:
            kept[-1] = kept[-1][0], max(end, kept[-1][1])
        else:
            kept.append((start, end))
    return kept


def _is_asked(text: str, end: int) -> bool:
    stop = _CLAUSE_END.search(text, end, end + 60)
    return stop is not None and stop.group() == "?"


def _apart(hits: Iterator[_Hit]) -> list[_Hit]:
    """The cues in order, and of those that overlap the anchored, the heavier, the longer one."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, not hit.cue.anchored, -hit.cue.w, -hit.end, hit.cue.label)):
        before = kept[-1] if kept else None
        if before is None or hit.start >= before.end:
            kept.append(hit)
        elif (hit.cue.anchored, hit.cue.w, hit.end - hit.start) > (
            before.cue.anchored,
            before.cue.w,
            before.end - before.start,
        ):
            kept[-1] = hit
    return kept
