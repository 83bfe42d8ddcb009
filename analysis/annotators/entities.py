"""Label the people, organisations, places, platforms and outlets that a text names."""

import re
from collections.abc import Sequence

from analysis.annotators import Annotate, Label, Passage, each
from analysis.extraction.beside import Named
from analysis.extraction.bylines import written
from analysis.extraction.gazetteer import LABELS, LEXICON, Gazetteer, load_names, names_digest, own_names
from analysis.extraction.naming_en import english
from analysis.extraction.naming_zh import chinese, of_places
from analysis.extraction.tagging import TAGGER, Words
from corpus.schemas import Column
from corpus.scripts import has_han, to_simplified
from corpus.stages.pipeline import Pipeline
from corpus.study import Study

_CARD = """\
Entities: the people, organisations, places, platforms and outlets that a text names, with one canonical name each.

How: a hand-written gazetteer (about 400 names in 1,020 forms of Chinese and English, analysis/lexicons/entities.toml), the
names of the study's own sources, and the study's gazetteer.toml (same form: [platform] Name = ["other name", ...]), by longest
match on the text folded by NFKC and case and in Simplified script; names that are also words count only with their capitals.
A family name alone is that of a known person only where no other capitalised word, · or 小 stands before it and no Jr. or Tower
after it; a bare office (商务部, Supreme Court) is that of its country only where no other country stands beside it, else it is
kept as written with that country; Chinese names of up to three signs, platforms' apart, may not break a word of jieba's dictionary.
Addresses name nothing, and hashtags of one word only what the gazetteer has.
Then rules: Chinese titles, verbs of saying and 我叫 beside a name with a Chinese family name, words that jieba tags as names
(nr) and that begin with such a family name; English names after a title, before a verb of saying or a comma and an article,
with a common given name, or in pinyin; organisations and places by their last word; later mentions by the family name alone. Where
the study names trained spaCy pipelines (language.english, language.chinese), the names that they find stand before those by
rule. Score: 1 from the gazetteer, 0.75 from a pipeline, 0.5 by rule. `name`: canonical; as written where no gazetteer has it
(in Simplified script where Chinese). `byline`: the name stands where an article names who wrote, edited or photographed it.
`none`: nothing is named.
Trained on: nothing; jieba's dictionary (MIT) is used for its tags. Measured (November 2026) on 270 Weibo posts (weiboNER_2nd),
exact places and types: named mentions precision 0.80, recall 0.49, F1 0.61; jieba.posseg (nr, ns, nt) has 0.30 and rjieba 0.26 on
the same rows. With the nominal mentions of that set (朋友, 妈妈), which are no names here: F1 0.33, 0.20 and 0.17. Platforms are no
organisations there and are left out of the comparison; it has 169 names, so only the distance from jieba is certain. Words
wrongly taken for names were learned from these and other Chinese posts, which flatters. English was not measured: no
labelled set was at hand.
Fails on: nicknames, foreign names in Chinese characters without a dot, family names that go on with a common word (about a
quarter of the people found by tag alone in posts are none), names without title or verb in English when neither part is
common, people named like words (高兴), 微博 as a word for a post, names in
headlines whose every word has a capital."""

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

_VERSION = "3"
_ADDRESS = re.compile(
    r"https?://[!-~]+|(?<![a-z0-9@.\-])(?:www\.[!-~]+|(?:[a-z0-9\-]{1,63}\.){1,6}[a-z]{2,24}/[!-~]*)", re.IGNORECASE
)
_HASHTAG = re.compile(r"#[^#\s]{1,40}\[话题\]#|#[^#\s]{1,4}#|#[a-zA-Z0-9_]{1,60}|#\w{1,4}(?!\w)")
"""Those of one word, which say nothing beside it; a longer one is a phrase."""


class Entities:
    """The annotator; its version carries the digest of its names, and of the study's."""

    labels = LABELS
    card = _CARD
    version = f"{_VERSION}+{TAGGER}+{names_digest([LEXICON])}"
    columns = (
        Column(
            "name",
            "string",
            "Canonical name; as written (in Simplified script where Chinese) where no gazetteer knows it",
            "text",
        ),
        Column("byline", "bool", "Whether it is the name of somebody who wrote, edited or photographed the text"),
    )

    def served(self, labels: Sequence[Label]) -> list[tuple[int, int, str | None]]:
        """Places with the types of the Weibo corpus of names (PER.NAM ...), as scorers of names want them."""
        return [
            (one.start, one.end, _SCORED[one.label])
            for one in labels
            if one.start is not None and one.end is not None and one.label in _SCORED
        ]

    def prepare(self, study: Study | None) -> Annotate:
        """Ready for a study: with the names of its sources and its own gazetteer.toml where there is one."""
        own = own_names(study)
        files = [load_names(LEXICON)] + ([load_names(own)] if own else [])
        return each(EntityFinder(Gazetteer(files, _sources(study)), _pipelines(study)).label)

    def version_for(self, study: Study | None) -> str:
        """The version with the digest of the study's own names, those of its sources among them, where it has any."""
        own = own_names(study)
        names = names_digest([LEXICON, *([own] if own else [])], _sources(study))
        return "+".join((_VERSION, TAGGER, names, *(str(one).replace(" ", "-") for one in _pipelines(study))))


def _sources(study: Study | None) -> list[tuple[str, str]]:
    """Label and printed name of each outlet and platform of a study."""
    return [(_KIND[one.kind], one.name) for one in study.sources if one.kind in _KIND] if study else []


def _pipelines(study: Study | None) -> tuple[Pipeline, ...]:
    language = study.file.language if study else None
    named = ((language.english, "en"), (language.chinese, "zh")) if language else ()
    return tuple(Pipeline(name, code) for name, code in named if name)


class EntityFinder:
    """Labels passages by one gazetteer, by what trained pipelines find, and by rules."""

    def __init__(self, gazetteer: Gazetteer, pipelines: Sequence[Pipeline] = ()) -> None:
        self._gazetteer = gazetteer
        self._pipelines = {one.language: one for one in pipelines}

    def label(self, passage: Passage) -> list[Label]:
        """The names of one passage in order of place, each with its score."""
        found = self.find(passage.text)
        makers = written(passage.text, (one for one in found if one.label == "person"))
        return [
            Label(one.label, one.score, one.start, one.end, {"name": one.name, "byline": one.start in makers})
            for one in found
        ] or [Label("none")]

    def find(self, text: str) -> list[Named]:
        """Every name in ``text``, in order, none overlapping another."""
        text = _ADDRESS.sub(_blank, text) if "/" in text or "www" in text else text
        plain = _HASHTAG.sub(_blank, text) if "#" in text else text
        han = has_han(text)
        simplified = to_simplified(plain) if han else plain
        words = Words(simplified) if han else None
        found = self._gazetteer.find(text, words)
        found = of_places(simplified, found) if words else found
        for language, copy in (("en", plain), ("zh", simplified)):
            if language in self._pipelines and (han or language == "en"):
                found += _trained(self._pipelines[language], copy, found)
        found += english(plain, found)
        if words:
            found += chinese(simplified, words, found)
        return sorted(found, key=lambda one: (one.start, one.end))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _trained(pipeline: Pipeline, copy: str, known: Sequence[Named]) -> list[Named]:
    """Names that a pipeline finds in ``copy`` where nothing is known yet."""
    taken = {at for one in known for at in range(one.start, one.end)}
    return [
        Named(start, end, _TRAINED[label], copy[start:end], 0.75)
        for start, end, label in pipeline.entities(copy)
        if label in _TRAINED and start < end and taken.isdisjoint(range(start, end))
    ]


ANNOTATOR = Entities()
