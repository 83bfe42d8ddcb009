"""Label as whom a text speaks, by what it says of itself: as a host, as a newcomer, or from outside."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from analysis.annotators import Annotate, Label, Passage, each
from analysis.signs.codebook import Codebook, codebook_digest, load_codebook
from analysis.signs.cues import CueFinder, Hit
from corpus.study import Study

CUES = Path(__file__).resolve().parent.parent / "lexicons" / "speaker_role.toml"
_PUBLISHED = frozenset({"article", "turn"})
_HALF = 2.0
"""The sum of weights at which the score is a half."""
# What others said: reposts and replies quoted whole, and quotations in which somebody speaks of himself.
_REPOSTED = re.compile(r"(?://\s*@|\bRT @).*|^>[^\n]*", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"“[^“”]{1,400}”|「[^「」]{1,400}」|『[^『』]{1,400}』|\"[^\"\n]{1,400}\"")
_OF_HIMSELF = re.compile(r"[我咱俺]|\b(?:i|we|me|us|my|our|as an?)\b", re.IGNORECASE)

_CARD = """\
Whether a text speaks as a host (our app, we here), as a newcomer (I just joined) or from outside, by its own words alone.

How: some fifty patterns in Simplified and Traditional Chinese and in English, written for the project, in which an author
says of himself or herself who is speaking: "作为一个美国人", "我们中国人", "I just joined from TikTok", "welcome to our app". Each
has a weight; a role is given where its cues reach 2, and only one role may. Its cues stand as labels of their places. What
is quoted, reposted, denied, imagined ("if I were") or said to somebody else ("as an American, do you ...") is no sign.
Articles and turns of conferences are `outside` by their kind, without evidence. Score: the sum s of weights as s / (s + 2); it
is no probability. `abstain`: the text does not say, says it too weakly, or says two things; that is most texts.
Neither a displayed place, nor the language or script, nor a name is looked at; a role is no nationality.
Trained on: nothing. Measured: on its own test texts only, which shows that it does what its authors meant; no coded texts
exist. Code a sample for a figure: `huanying evaluate speaker_role`.
Fails on: irony and play ("I am your spy"), screenshots, roles that a thread tells and the text does not, Americans who have
been on the app for years, and any text whose author keeps silent about himself: who speaks of himself is no random sample."""


class SpeakerRole:
    """The annotator; its version carries the digest of its cues."""

    labels = ("host", "newcomer", "outside")
    card = _CARD

    @property
    def version(self) -> str:
        return f"1+{codebook_digest(CUES)}"

    def prepare(self, study: Study | None) -> Annotate:
        """Ready; no study changes what it says."""
        return each(_label)


@cache
def _cues() -> tuple[Codebook, CueFinder]:
    book = load_codebook(CUES)
    return book, CueFinder(book)


def _label(passage: Passage) -> list[Label]:
    if passage.kind in _PUBLISHED:
        return [Label("outside")]
    if not passage.is_in("und"):
        return [Label("abstain")]
    book, finder = _cues()
    hits = _apart(finder.find(_own_words(passage.text)))
    weights: defaultdict[int, float] = defaultdict(float)
    for theme, cue in {(hit.theme, hit.cue) for hit in hits}:
        weights[theme] += book.theme[theme].cues[cue].w
    given = [theme for theme, weight in weights.items() if weight >= book.codebook.threshold]
    if len(given) != 1:
        return [Label("abstain")]
    role = book.theme[given[0]]
    evidence = [
        Label(role.id, _score(role.cues[hit.cue].w), hit.start, hit.end) for hit in hits if hit.theme == given[0]
    ]
    return [Label(role.id, _score(weights[given[0]])), *evidence]


def _apart(hits: list[Hit]) -> list[Hit]:
    """The hits in order; of those of one role that overlap, the first and longest: they are one sign."""
    apart: dict[int, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, hit.cue)):
        before = apart.setdefault(hit.theme, [])
        if not before or hit.start >= before[-1].end:
            before.append(hit)
    return [hit for theme in apart.values() for hit in theme]


def _score(weight: float) -> float:
    return round(weight / (weight + _HALF), 4)


def _own_words(text: str) -> str:
    """The text with what others said blotted out; every other sign stands where it stood."""
    text = _REPOSTED.sub(lambda found: " " * len(found.group()), text)
    return _QUOTED.sub(
        lambda found: " " * len(found.group()) if _OF_HIMSELF.search(found.group()) else found.group(), text
    )


ANNOTATOR = SpeakerRole()
