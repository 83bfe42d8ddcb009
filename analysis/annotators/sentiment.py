"""Label how a text speaks: negative, neutral or positive, by hand-written lexicons of Chinese and English."""

from collections.abc import Sequence

from analysis.annotators import Annotate, Label, Passage
from analysis.polarity import lexicons_digest, polarity, weigh
from corpus.study import Study

# Scores from which on a text counts as good or bad, set on the development texts named in the card.
_GOOD, _BAD = 0.45, -0.2
_GOOD_EN, _BAD_EN = 0.3, -0.1

_CARD = """\
Sentiment by hand-written lexicons: whether a text in Chinese, English or both speaks well or badly of something.

How: about 1,800 Chinese and 1,400 English words and phrases, emoji and RedNote's bracket emoji, each weighted from -3 to 3,
with negation, degree, contrast ("but"), questions and exclamations. Chinese is matched in Simplified script by the longest
string, English by word and lemma. Score: -1 to 1, the sum of weights s as s / sqrt(s² + 12). A text is positive from 0.45
(English 0.3), negative from -0.2 (English -0.1), else neutral. The words that made the score stand as labels of their
places with the weight they had there. `abstain`: other languages, and texts without words or known emoji.
Trained on: nothing; the words were written from knowledge. Rules and the four limits were chosen on development texts, and
after reading some eighty wrong answers there a few words and weights were changed. No list of others is contained.
Measured on those development texts, which flatters a little (November 2026, three classes, macro-F1): Chinese 0.65 on
4,800 texts (social posts 0.56 and 0.63; reviews, two classes, 0.74 to 0.84), English 0.57 on 4,800 (tweets 0.54 to 0.61,
news 0.54; emotion tweets, two classes, 0.70) where VADER 3.3.2 has 0.55 in the same run. By chance a balanced
three-class task gives 0.33. Not measured on RedNote, on Traditional Chinese or on mixed texts: code a sample first.
Fails on: irony, quotation, slang that it does not know, news of bad things told without feeling, and judgements that
need knowledge ("the food came after an hour"). Sentiment is not stance: who praises newcomers' cats need not want them to
stay, and measured as stance such labels are little better than chance."""


class Sentiment:
    """The annotator; its version carries the digest of its lexicons."""

    labels = ("negative", "neutral", "positive")
    card = _CARD
    version = f"1+{lexicons_digest()}"

    def prepare(self, study: Study | None) -> Annotate:
        """Ready; no study changes what it says."""
        return _annotate


def _annotate(passages: Sequence[Passage]) -> list[list[Label]]:
    return [_label(passage) for passage in passages]


def _label(passage: Passage) -> list[Label]:
    language = passage.language
    if not (language.startswith("zh") or language in {"en", "mul", "zxx"}):
        return [Label("abstain")]
    found = weigh(passage.text)
    if not found and language == "zxx":
        return [Label("abstain")]
    score = polarity(found)
    good, bad = (_GOOD_EN, _BAD_EN) if language == "en" else (_GOOD, _BAD)
    label = "positive" if score >= good else "negative" if score <= bad else "neutral"
    evidence = [
        Label("positive" if one.weight > 0 else "negative", round(one.weight, 4), one.start, one.end)
        for one in found
        if one.weight
    ]
    return [Label(label, round(score, 4)), *evidence]


ANNOTATOR = Sentiment()
