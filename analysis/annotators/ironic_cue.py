"""Flag texts that carry a sign of irony, so that every table of feelings can say how many of its texts do."""

from analysis.annotators import Annotate, Label, Passage, each
from analysis.signs.irony import ironic_signs, irony_digest
from analysis.signs.phrases import plain
from corpus.study import Study

_CARD = """\
Ironic cue: whether a text carries a sign that it may mean something else than it says. A flag, no verdict of irony.

How: about a dozen written patterns: the dog emoji ([doge], 狗头, 🐶 at the end of a text without dogs), smiles
that are none (🙂, [微笑R]), 呵呵, 笑死 before what is mocked, mock courtesy (洋大人, 真有你的), words of praise in scare
quotes or after "so-called" (所谓), "/s", "sure, ...", "yeah right" and their like. `cue` with the weight of the
strongest sign as its score: 1 where it is meant as such a sign, 0.5 where it is often sincere; each sign stands
with its place. `none`: none found. `abstain`: another language, and none of the signs that hold in every
language.
Trained on: nothing. Measured: only on invented texts; no figure for precision or recall exists before a study has
coded a sample, and no claim is made that a text with a cue is ironic.
Fails on: irony without a sign, which is most irony; 🙂 and "sure," of people who mean them; quotation marks
round a title.
Use: the share cue / (cue + none) belongs under every table of sentiment, emotion or stance, and those labels are
least to be trusted where it is high."""


class IronicCue:
    """The annotator; its version carries the digest of its list of signs."""

    labels = ("cue",)
    card = _CARD
    version = f"1+{irony_digest()}"

    def prepare(self, study: Study | None) -> Annotate:
        """Ready; no study changes what it says."""
        return each(_label)


def _label(passage: Passage) -> list[Label]:
    signs = ironic_signs(plain(passage.text, hashtags=True))
    if signs:
        places = [Label("cue", sign.weight, sign.start, sign.end) for sign in signs]
        return [Label("cue", max(sign.weight for sign in signs)), *places]
    return [Label("none" if passage.is_in("zxx") else "abstain")]


ANNOTATOR = IronicCue()
