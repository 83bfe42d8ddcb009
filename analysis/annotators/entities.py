"""Label the people, organisations, places, platforms and outlets that a text names."""

from collections.abc import Sequence
from pathlib import Path

from analysis.annotators import Annotate, Label, Passage
from analysis.extraction import naming
from analysis.extraction.gazetteer import LABELS, LEXICON, Gazetteer, Named, load_names, names_digest
from corpus.schemas import Column
from corpus.scripts import has_han, to_simplified
from corpus.stages.pipeline import Pipeline
from corpus.study import Study

_CARD = """\
Entities: the people, organisations, places, platforms and outlets that a text names, with one canonical name each.

How: a hand-written gazetteer (about 360 names in 910 forms of Chinese and English, analysis/lexicons/entities.toml), the
names of the study's own sources, and the study's gazetteer.toml (same form: [platform] Name = ["other name", ...]), by longest
match on the text folded by NFKC and case and in Simplified script; names that are also words count only with their capitals.
Then rules: Chinese titles, verbs of saying and 我叫 beside a name with a Chinese family name, words that jieba tags as names
(nr) and that begin with such a family name; English names after a title, before a verb of saying or a comma and an article,
with a common given name, or in pinyin; organisations by their last word; later mentions by the family name alone. Where
the study names trained spaCy pipelines (language.english, language.chinese), the names that they find stand before those by
rule. Score: 1 from the gazetteer, 0.75 from a pipeline, 0.5 by rule. `name`: canonical; as written where no gazetteer has it.
`none`: nothing is named.
Trained on: nothing; jieba's dictionary (MIT) is used for its tags. Measured (November 2026) on 270 Weibo posts (weiboNER_2nd),
exact places and types: named mentions precision 0.79, recall 0.48, F1 0.60; jieba.posseg (nr, ns, nt) has 0.28 and rjieba 0.25 on
the same rows. With the nominal mentions of that set (朋友, 妈妈), which are no names here: F1 0.33, 0.20 and 0.17. Platforms are no
organisations there and are left out of the comparison; it has 169 names, so only the distance from jieba is certain. Words
wrongly taken for names were learned from these and other Chinese posts, which flatters. English was not measured: no
labelled set was at hand.
Fails on: nicknames, foreign names in Chinese characters without a dot, family names that go on with a common word (about a
quarter of the people found by tag alone in posts are none), names without title or verb in English when neither part is
common, people named like words (高兴), 微博 as a word for a post."""

_TRAINED = {
    "PERSON": "person",
    "PER": "person",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
}
_KIND = {"news": "outlet", "platform": "platform"}
_SCORED = {  # platforms are things to that corpus, and no organisations
    "person": "PER.NAM",
    "organisation": "ORG.NAM",
    "place": "GPE.NAM",
    "outlet": "ORG.NAM",
}


class Entities:
    """The annotator; its version carries the digest of its names, and of the study's."""

    labels = LABELS
    card = _CARD
    version = f"1+{names_digest([LEXICON])}"
    columns = (Column("name", "string", "Canonical name; the name as written where no gazetteer knows it", "text"),)

    def served(self, labels: Sequence[Label]) -> list[tuple[int, int, str | None]]:
        """Places with the types of the Weibo corpus of names (PER.NAM ...), as scorers of names want them."""
        return [
            (one.start, one.end, _SCORED[one.label])
            for one in labels
            if one.start is not None and one.end is not None and one.label in _SCORED
        ]

    def prepare(self, study: Study | None) -> Annotate:
        """Ready for a study: with the names of its sources and its own gazetteer.toml where there is one."""
        sources = [(_KIND[one.kind], one.name) for one in study.sources if one.kind in _KIND] if study else []
        own = _own(study)
        files = [load_names(LEXICON)] + ([load_names(own)] if own else [])
        return EntityFinder(Gazetteer(files, sources), _pipelines(study))

    def version_for(self, study: Study | None) -> str:
        """The version with the digest of the study's own names, where it has such a file."""
        own = _own(study)
        names = f"1+{names_digest([LEXICON, own])}" if own else self.version
        return "+".join((names, *(str(one).replace(" ", "-") for one in _pipelines(study))))


def _own(study: Study | None) -> Path | None:
    path = study.folder / "gazetteer.toml" if study else None
    return path if path and path.is_file() else None


def _pipelines(study: Study | None) -> tuple[Pipeline, ...]:
    language = study.file.language if study else None
    named = ((language.english, "en"), (language.chinese, "zh")) if language else ()
    return tuple(Pipeline(name, code) for name, code in named if name)


class EntityFinder:
    """Labels passages by one gazetteer, by what trained pipelines find, and by rules."""

    def __init__(self, gazetteer: Gazetteer, pipelines: Sequence[Pipeline] = ()) -> None:
        self._gazetteer = gazetteer
        self._pipelines = {one.language: one for one in pipelines}

    def __call__(self, passages: Sequence[Passage]) -> list[list[Label]]:
        return [self.label(passage) for passage in passages]

    def label(self, passage: Passage) -> list[Label]:
        """The names of one passage in order of place, each with its score."""
        found = self.find(passage.text)
        return [Label(one.label, one.score, one.start, one.end, {"name": one.name}) for one in found] or [Label("none")]

    def find(self, text: str) -> list[Named]:
        """Every name in ``text``, in order, none overlapping another."""
        han = has_han(text)
        simplified = to_simplified(text) if han else text
        found = self._gazetteer.find(text)
        for language, copy in (("en", text), ("zh", simplified)):
            if language in self._pipelines and (han or language == "en"):
                found += _trained(self._pipelines[language], copy, text, found)
        found += naming.english(text, found)
        if han:
            found += naming.chinese(simplified, text, found)
        return sorted(found, key=lambda one: (one.start, one.end))


def _trained(pipeline: Pipeline, copy: str, text: str, known: Sequence[Named]) -> list[Named]:
    """Names that a pipeline finds in ``copy``, as long as ``text``, where nothing is known yet."""
    taken = {at for one in known for at in range(one.start, one.end)}
    return [
        Named(start, end, _TRAINED[label], text[start:end], 0.75)
        for start, end, label in pipeline.entities(copy)
        if label in _TRAINED and start < end and taken.isdisjoint(range(start, end))
    ]


ANNOTATOR = Entities()
