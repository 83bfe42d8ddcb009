"""Label whether a text evaluates China or the foreign side, by cues that hold the country; unknown, not guessed."""

from analysis.annotators import Annotate
from analysis.annotators.stance import stance_labeller
from analysis.signs.codebook import codebook_digest
from analysis.signs.stances import rules_digest
from corpus.study import Study

_CARD = """\
Country stance by rules: pro_china, neutral or pro_foreign where a text evaluates a country, and unknown where rules
cannot tell.

How: as the annotator stance, with cues that hold the country they judge (还是中国好, "the American dream is a
scam"). China praised or preferred, or the foreign side belittled: pro_china; the reverse: pro_foreign; both
judged alike: neutral. No country named: `not_applicable`, which is not folded into neutral. `abstain`: a
country is named and no cue tells how it is judged, the cue is denied, asked, quoted, reported or contradicted,
a sign of irony stands in the text, or it is an article or a turn. The names of the labels are those of a published study
of January 2025 (arXiv:2507.14623); the rules are this project's, its own were not seen, so figures of the two
must not be compared as if they were one measure.
Trained on: nothing. Measured: only on invented texts; code a sample.
Fails on: judgements without such a cue, which is most of them, and irony without a sign.
Care: a political opinion of a person who can be identified is protected in many laws. Never sum these labels by
author, and give no cell by place that holds few."""


class CountryStance:
    """The annotator; its version carries the digests of the rules and of the study's stance file."""

    labels = ("pro_china", "neutral", "pro_foreign")
    card = _CARD
    version = f"2+{rules_digest('country_stance')}"

    def prepare(self, study: Study | None) -> Annotate:
        """Ready for a study; `not_applicable` everywhere where its stance file has no country_stance."""
        return stance_labeller("country_stance", study)

    def version_for(self, study: Study | None) -> str:
        """The version with the digest of the study's stance file."""
        path = study.document_file("stance") if study else None
        return self.version if path is None else f"{self.version}+{codebook_digest(path)}"


ANNOTATOR = CountryStance()
