"""Which topic of one language speaks of what a topic of the other does, by the study's glossary and codebook."""

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.signs.codebook import Codebook
from analysis.signs.cues import CueFinder
from analysis.topicmodels.factors import Floats, assign
from analysis.topicmodels.glossary import Term
from analysis.topicmodels.grouping import Grouped
from analysis.topicmodels.vocabulary import Texts, as_words

LEAST_ALIKE = 0.1
_TERMS = 2 / 3


def themes_of(grouped: Grouped, book: Codebook | None) -> list[dict[str, float]]:
    """Of each topic, the themes whose cues its words are, each with the share that those words have of its told words."""
    if book is None:
        return [{} for _ in grouped.topics]
    cues = CueFinder(book)
    found = []
    for topic in grouped.topics:
        shares: dict[str, float] = {}
        for word, weight in topic.words:
            for theme in {hit.theme for hit in cues.find(word)}:
                name = book.theme[theme].id
                shares[name] = shares.get(name, 0.0) + weight
        whole = sum(weight for _, weight in topic.words) or 1
        found.append({name: share / whole for name, share in sorted(shares.items())})
    return found


def align(
    zh: Grouped, en: Grouped, terms: Sequence[Term], themes: Mapping[str, Sequence[Mapping[str, float]]]
) -> list[tuple[int, int, float]]:
    """Pairs of topics (number in ``zh``, in ``en``) with their likeness, 0..1; one to one, the best sum first.

    Two thirds of it are the cosine of the topics' words, where words of one term count as one word and those of no term as
    different ones; a third is what they share of themes. So a topic that hardly touches the glossary is like no other.
    Names in Latin letters that both languages use are terms of their own. Pairs less alike than `LEAST_ALIKE` are left out.
    """
    if not (zh.topics and en.topics):
        return []
    terms = [*terms, *_names(zh.texts, en.texts)]
    names = sorted({name for side in themes.values() for topic in side for name in topic})
    spoken, shared = [], []
    for grouped in (zh, en):
        rows = [
            _spoken(topic.weights, grouped.texts, terms) / np.linalg.norm(topic.weights) for topic in grouped.topics
        ]
        spoken.append(np.array(rows))
        own = [[topic.get(name, 0.0) for name in names] for topic in themes[grouped.texts.side]]
        shared.append(np.array(own).reshape(len(grouped.topics), len(names)))
    likeness = _TERMS * np.minimum(spoken[0] @ spoken[1].T, 1) + (1 - _TERMS) * shared[0] @ shared[1].T
    pairs = [(row, column, float(likeness[row, column])) for row, column in assign(likeness)]
    return [pair for pair in pairs if pair[2] >= LEAST_ALIKE]


def _names(zh: Texts, en: Texts) -> list[Term]:
    both = sorted(set(zh.words) & set(en.words))
    return [Term(zh=(word,), en=(word,)) for word in both]


def _spoken(weights: Floats, texts: Texts, terms: Sequence[Term]) -> Floats:
    """How much a topic says of each term: the weight of its word; of a term of several words, that of the least."""
    numbers = {word: number for number, word in enumerate(texts.words)}
    found = []
    for term in terms:
        said = 0.0
        for written in getattr(term, texts.side):
            words = as_words(written)
            if words and all(word in numbers for word in words):
                said = max(said, min(float(weights[numbers[word]]) for word in words))
        found.append(said)
    return np.array(found)
