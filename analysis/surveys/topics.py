"""Which topics the texts of each language fall into, found without a codebook: one row a topic.

Which documents a topic has stands in the table of the survey `topics_documents`, which is made from the same finding.
"""

import importlib
import importlib.util
from importlib.metadata import version as version_of
from typing import Any

from analysis.topicmodels.glossary import GLOSSARY, TOPICS, contents
from corpus.errors import UserError
from corpus.identity import digest
from corpus.rows import Row
from corpus.schemas import Column, Table
from corpus.snapshot import Snapshot
from corpus.study import Study

METHOD = "1"
MERGE = "topics.merge.toml"
DIGITS = 4
"""To which scores are rounded, so that no machine's last bit shows."""
_OTHERS = "documents in no language in which topics are sought (Chinese and English)"
_CARD = """\
Topics found in the texts of each language by themselves; run by name only (`huanying topics`), needs scikit-learn.

How: the corpus's own tokens; Chinese in Simplified script, English as base forms; without marks, hashtags, numbers, single
signs, names of accounts and words that stand anywhere. Equal texts are fitted once. `clusters` (default): TF-IDF, LSA with 100
dimensions, k-means on the unit sphere, words by class-based TF-IDF. `nmf`: TF-IDF factored by NMF from NNDSVD. Both begin at
the seeds of `topics.toml` where it has any. Number of topics: as `topics.toml` says, or that of 6, 8, 10, 12, 15, 20, 25, 30
which comes again most surely (the most coherent of those within 0.02). Stability: mean Jaccard index of the ten most telling
words with those of four fits, each with a seed of its own on 80 % of the texts (20,000 at most), partners assigned one to one.
Coherence: c_npmi, windows of ten content words. Chinese and English topics are partners by the study's glossary, by names in
Latin letters and by the themes of the codebook whose cues their words are. One thread, fixed seed, rounded scores: the same
bytes for the same corpus, files and version of scikit-learn.
Ids stay: `topics.merge.toml` lists each topic with its words; a topic found later takes the id of the listed one it shares a
quarter of its words with, and the researcher's name and merges.
Trained on: nothing. Measured (`python -m benchmarks.topics`, November 2026) on published sets, other texts than yours: of 4,032
Chinese headlines and posts of 19 classes, 20 clusters have 0.36 mutual information with the classes (NMF 0.28), coherence 0.0,
stability 0.47; of 1,894 English tweets of 5 classes, 10 clusters have 0.20, coherence -0.26 and stability 0.39: no topics to
rely on. 20,000 Chinese posts take 11 s of one core with a given number of topics, 60 s where it is to be chosen.
Fails on: short English posts, whose topics are hardly coherent: read their words and documents before you believe in one; texts
of one or two words, which have no topic; irony; a topic that few wrote about. A topic is what words stand together, never
an opinion."""


class Topics:
    """The survey; it runs only by name."""

    default = False
    card = _CARD
    table = Table(
        "topics",
        "Topics found in the texts of each language; which documents they have: topics_documents; run by name only",
        (
            Column(
                "topic_id", "string", "Language and digest of its words when first found; zh-none, en-none: no topic"
            ),
            Column("version", "string", "Version of the method, with a digest of the study's files that it reads"),
            Column("language", "string", "zh or en; null: further languages, in which no topics are sought"),
            Column("name", "string", "The researcher's name for it, from topics.merge.toml"),
            Column("documents", "int32", "Documents whose topic it is"),
            Column("share", "float64", "The same as a share of all documents read in this language"),
            Column("words", "list<struct<label,score>>", "The words that tell most of it, with weights", "text"),
            Column("coherence", "float64", "c_npmi of the ten most telling words, -1 to 1; about 0: chance"),
            Column("stability", "float64", "How well it comes again with other seeds on 80 % of the texts, 0 to 1"),
            Column(
                "themes",
                "list<struct<label,score>>",
                "Themes of the codebook whose cues its words are; share of weight",
            ),
            Column("aligned_with", "string", "`topics.topic_id` of its partner in the other language"),
            Column("alignment", "float64", "Likeness to the partner, 0 to 1"),
            Column("seeded_by", "string", "The seed of topics.toml that it was begun at"),
            Column("merged", "list<string>", "Topics that the researcher merged into it, itself included; null: none"),
            Column("diversity", "float64", "Share of different words among the ten of all topics of this language"),
            Column("tried", "list<struct<label,score>>", "Numbers of topics that were tried, with their stabilities"),
            Column("note", "string", "Why documents have no topic"),
        ),
        ("topic_id", "version"),
    )

    def version_for(self, study: Study) -> str:
        """With a digest of what shapes the topics: the study's files for them, its codebook, scikit-learn's version."""
        return _version(study)

    def run(self, snapshot: Snapshot, study: Study) -> list[Row]:
        """A row a topic, and a row for the documents of each language that have none."""
        found = discovered(snapshot, study)
        rows: list[Row] = []
        for side, grouped in found.sides.items():
            every = len(grouped.texts.ids)
            whole = {"language": side, "diversity": _rounded(grouped.diversity), "tried": _pairs(grouped.tried)}
            for topic in grouped.topics:
                partner, likeness = found.partners.get(topic.id, (None, None))
                rows.append(
                    {
                        **whole,
                        "topic_id": topic.id,
                        "name": topic.name or None,
                        **_counted(len(topic.documents), every),
                        "words": _pairs(topic.words),
                        "coherence": _rounded(topic.coherence),
                        "stability": _rounded(topic.stability),
                        "themes": _pairs(found.themes[topic.id].items()),
                        "aligned_with": partner,
                        "alignment": _rounded(likeness),
                        "seeded_by": topic.seeded_by,
                        "merged": list(topic.merged) or None,
                    }
                )
            if grouped.left_out:
                left = _counted(len(grouped.left_out), every)
                rows.append({**whole, "topic_id": f"{side}-none", **left, "note": grouped.note})
        if found.others:
            others = _counted(len(found.others), len(found.others))
            rows.append({"topic_id": "other-none", "language": None, **others, "note": _OTHERS})
        return rows


def discovered(snapshot: Snapshot, study: Study) -> Any:
    """What was found (`analysis.topicmodels.discovery.Discovered`); raises UserError without scikit-learn."""
    if importlib.util.find_spec("sklearn") is None:
        raise UserError("topics need scikit-learn, which is not installed", hint="pip install 'huanying[topics]'")
    return importlib.import_module("analysis.topicmodels.discovery").discover(snapshot, study, _version(study))


def _version(study: Study) -> str:
    library = version_of("scikit-learn") if importlib.util.find_spec("sklearn") else ""
    book = study.document_file("themes")
    read = [library.encode(), contents(study, (TOPICS, GLOSSARY, MERGE)), book.read_bytes() if book else b""]
    return f"{METHOD}+{digest(b'|'.join(read))[:8]}"


def _counted(number: int, every: int) -> Row:
    return {"documents": number, "share": _rounded(number / every)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), DIGITS) + 0.0


def _pairs(pairs: Any) -> list[Row]:
    return [{"label": str(label), "score": round(float(score), DIGITS) + 0.0} for label, score in pairs]


SURVEY = Topics()
