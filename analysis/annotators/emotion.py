"""Label which emotions a text expresses, by hand-written signs of Chinese and English, emoji and bracket emoji."""

from analysis.annotators import Annotate, Label, Passage, each
from analysis.signs.codebook import codebook_digest
from analysis.signs.emotions import EmotionFinder, emotions_digest, load_emotions, score, strengths
from analysis.signs.phrases import plain
from corpus.study import Study

# From this strength on an emotion is given; below it the machine has seen a sign but is unsure.
_GIVEN = 1.0

_CARD = """\
Emotion by hand-written signs: which of the study's emotions the writer of a Chinese, English or mixed text expresses.

How: some hundred words, phrases, emoji and bracket emoji for each emotion and language, of three weights (2 and
1 tell the emotion alone, 0.5 only beside another sign), the longest match first; English also in inflected and
drawn-out forms, Chinese in Simplified script whichever it is written in. A denied sign does not count; one in a
question counts half, and one said of others ("they are scared", 他们害怕) a quarter. An emotion is given from a
strength of 1; several may be, the strongest first, and a study that wants one main label and a second takes the
first two. Score: 1 - 2**-strength, which orders and is no probability. Each sign stands with its place. `none`:
no sign (the coders' "neutral"). `abstain`: only weak signs, another language, or neither words nor a known
emoji. The labels are those of the study's emotions file, which may add signs of its own; without one, the
twelve of the lexicon: joy, praise, pride, moved, curiosity, confusion, surprise, sadness, fear, anger,
contempt, disgust.
Trained on: nothing; the signs were written from knowledge, none of a published lexicon was copied.
Measured: only on invented texts, which show that the rules do what they say. No set with these labels for posts in
both languages may be used here, so precision and recall must come from a study's coded sample, by label and language.
Fails on: irony (see the annotator ironic_cue: its share belongs beside every table of emotions), quotation, 哈哈
and 😂 out of politeness, 😭 of delight, 破防, 666, and all feeling told without such a sign. Praise and pride
differ by whose side is praised, which signs seldom tell. Emotion is neither sentiment nor stance: who is afraid
need not want anyone gone."""


class EmotionLabels:
    """The annotator; its version carries the digest of its lexicons, and that of the study's file where there is one."""

    version = f"1+{emotions_digest()}"
    labels: tuple[str, ...] = ()
    card = _CARD

    def prepare(self, study: Study | None) -> Annotate:
        """Ready for a study; where it names no emotions file, and without a study, the lexicon's own labels."""
        path = study.document_file("emotions") if study else None
        finder = EmotionFinder(load_emotions(path) if path else None)
        return each(lambda passage: _label(passage, finder))

    def version_for(self, study: Study | None) -> str:
        """The version with the digest of the study's emotions file."""
        path = study.document_file("emotions") if study else None
        return self.version if path is None else f"{self.version}+{codebook_digest(path)}"


def _label(passage: Passage, finder: EmotionFinder) -> list[Label]:
    """The emotions of one passage, strongest first, and after them the signs that speak for those given."""
    if not passage.is_in("zxx"):
        return [Label("abstain")]
    found = finder.find(plain(passage.text))
    strength = strengths(found)
    given = sorted((name for name in strength if strength[name] >= _GIVEN), key=lambda name: (-strength[name], name))
    if not given:
        return [Label("abstain" if strength or passage.language == "zxx" else "none")]
    return [Label(name, round(score(strength[name]), 4)) for name in given] + [
        Label(one.emotion, one.weight, one.start, one.end) for one in found if one.emotion in given
    ]


ANNOTATOR = EmotionLabels()
