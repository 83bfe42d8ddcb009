"""Label which position a text takes towards the newcomers, by cues near a mention of them; unknown, not guessed."""

from collections.abc import Callable
from typing import Any

from analysis.annotators import Annotate, Label, Passage, each
from analysis.learning.coded import Model
from analysis.learning.codes import facts_of_model, has_learned, learned_model, version_of_model
from analysis.signs.codebook import codebook_digest
from analysis.signs.stances import VOICES, StanceReader, Variable, rules_digest, rules_of
from corpus.study import Study

_CARD = """\
Stance towards the newcomers: welcoming, worried, hostile, none, or unknown where it cannot be told.

How: by rules, unless the study has learned from its own codes. Written cues of Chinese (in either script) and
English for each position. A cue counts where it holds its target itself (欢迎来小红书, "go back to your own app")
or a mention of the newcomers stands near it; "they" and "you" are such mentions only where the newcomers are named in the same text or its title. What is denied, asked, in
quotation marks or reported of others (有人说, "some users say") does not count, and then nothing is given. Two
positions, or any sign of irony (see ironic_cue): nothing is given. A newcomer who speaks of himself without
judging is `none`, and so is a post that names no newcomer and holds no word of the subject. `abstain` is the codebook's "unknown": cues too weak
or in doubt, the newcomers named without a cue, a comment whose target may stand in what it answers, another
language, and every article or turn that names them: the stance of its speakers belongs to its quotes. Score: 1 -
2**-strength, which orders and is no probability. The cues stand with their places. A study's stance file may
add cues; where it asks for another variable than stance_newcomers, its own cues are all there is, and where a
study names no such file, every text is `not_applicable`. Where a study has learned from its own codes, the
labels are of that model, under its own version, their scores are probabilities, and articles and turns are `abstain`.
Trained on: nothing; the cues were written from knowledge and tried on invented texts.
Measured (November 2026): on the 119 coded notes and comments of the demonstration, invented texts on which the rules
were mended: 17 were given a label, 16 of them the right one, and 102 left unknown. On published sets about other
subjects (16,646 Chinese and English texts) one was given a position, as it must be where no newcomer is meant.
Learning from codes (`--from-codes`), five folds with copies on one side, mean over targets of macro-F1 of three labels:
0.52 (Chinese, 5 targets) and 0.60 (English, 4) from 200 rows, three samples each; 0.56 (5) and 0.62 (5) from all 393 to 520
rows. Calibration error, each fold's by the others: 0.02 to 0.15 from 200 rows, 0.02 to 0.08 from all.
No general stance model transfers: on targets that it has not seen, a trained one reaches a macro-F1 of 0.26 to 0.42
of three classes, where chance is about 0.33; some hundred coded texts on the very target bring 0.5 to 0.6. Code a
sample, state the agreement, and learn from it.
Sentiment is not stance: taken as stance, labels of sentiment reach 0.34 to 0.43. This annotator uses none.
Fails on: stance told without a cue, which is most of it (expect few answers, and count the unknown), irony without a
sign, answers whose target stands elsewhere, jokes, and hostility in words it does not know. Nothing here may be
summed by author."""


class Stance:
    """The annotator; its version carries the digests of the rules and of the study's stance file."""

    labels = ("welcoming", "worried", "hostile")
    learns = True
    card = _CARD
    version = f"2+{rules_digest('stance_newcomers')}"

    def prepare(self, study: Study | None) -> Annotate:
        """Ready for a study; without one the rules for the newcomers of January 2025."""
        learned = learned_model(study, "stance")
        return _by_model(learned) if learned else stance_labeller("stance_newcomers", study)

    def version_for(self, study: Study | None) -> str:
        """The version with the digest of the study's stance file, or of the model learned from its codes."""
        learned = learned_model(study, "stance")
        if learned:
            return version_of_model(learned)
        path = study.document_file("stance") if study else None
        return self.version if path is None else f"{self.version}+{codebook_digest(path)}"

    def made_with(self, study: Study | None) -> dict[str, Any]:
        """What the version of a learned model stands for: the digest of its codes, and its figures; nothing for the rules."""
        learned = learned_model(study, "stance")
        return facts_of_model(learned) if learned else {}

    def probabilities(self, study: Study | None) -> bool:
        """Whether scores are probabilities: those of a learned model are."""
        return learned_model(study, "stance") is not None

    def learned_from(self, study: Study | None) -> Callable[[str], bool | None] | None:
        """Tells of a text whether the study's model has learned from it; None where there is no model."""
        learned = learned_model(study, "stance")
        return has_learned(study, learned) if study and learned else None


def _by_model(model: Model) -> Annotate:
    def label(passage: Passage) -> list[Label]:
        told = model.label(passage.text) if passage.is_in() and passage.kind not in VOICES else None
        return [Label(*told) if told else Label("abstain")]

    return each(label)


def stance_labeller(variable: Variable, study: Study | None) -> Annotate:
    """Labels passages by the rules for a variable; all are `not_applicable` where the study does not ask for it."""
    path = study.document_file("stance") if study else None
    rules = None if study and path is None else rules_of(path, variable)
    if rules is None:
        return each(lambda _: [Label("not_applicable")])
    reader = StanceReader(rules)
    return each(lambda passage: _label(reader, passage))


def _label(reader: StanceReader, passage: Passage) -> list[Label]:
    if not passage.is_in():
        return [Label("abstain")]
    taken = reader.read(passage.text, passage.title, passage.kind)
    return [Label(taken.label, taken.score)] + [
        Label(taken.label, weight, start, end) for start, end, weight in taken.places
    ]


ANNOTATOR = Stance()
