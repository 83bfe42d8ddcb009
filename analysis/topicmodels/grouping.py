"""Find the topics of one language's texts: how many there are, what tells them, how sure they are, which texts they have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.topicmodels.coherence import Top, agreement, alike, c_npmi, diversity, top_words
from analysis.topicmodels.factors import Fit, Floats, Seeds, Space, Words, assign, counts_of, one_thread
from analysis.topicmodels.glossary import Seed, Settings
from analysis.topicmodels.merging import Merged
from analysis.topicmodels.vocabulary import LEAST_WORDS, Texts, as_words
from corpus.identity import digest

LEAST_TEXTS, LEAST_OF_EACH = 100, 20
"""Different texts that a language must have for topics at all, and for each topic that is tried."""
CANDIDATES = (6, 8, 10, 12, 15, 20, 25, 30)
AGAIN, SHARE, MOST_AGAIN, TIE = 4, 0.8, 20_000, 0.02
"""Further fits, each with a seed of its own on 80 % of the texts, 20,000 at most. Of numbers of topics whose stabilities lie so close to the
best, the most coherent is taken."""
TOP, TOLD = 10, 20
_KNOWN_AGAIN = 0.25


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of one language. Weights of words sum to 1 over the whole vocabulary; documents are those it is the main topic of."""

    id: str
    words: tuple[tuple[str, float], ...]
    weights: Floats
    documents: tuple[tuple[str, float], ...]
    """Ids with how well they fit (0..1), best first."""
    stability: float
    coherence: float | None = None
    name: str = ""
    seeded_by: str | None = None
    merged: tuple[str, ...] = ()

    @property
    def top(self) -> tuple[str, ...]:
        return tuple(word for word, _ in self.words[:TOP])


@dataclass(frozen=True, slots=True)
class Grouped:
    """The topics of a language, largest first; the documents without one, and why; stability by number of topics tried."""

    texts: Texts
    topics: tuple[Topic, ...] = ()
    left_out: tuple[str, ...] = ()
    note: str = ""
    tried: tuple[tuple[int, float], ...] = ()
    diversity: float | None = None


def group(texts: Texts, settings: Settings, seeds: Sequence[Seed] = (), merge: Merged | None = None) -> Grouped:
    """The topics of ``texts``; none, and a note that says why, where there are too few."""
    merge = merge or Merged(())
    enough = [at for at, one in enumerate(texts.sequences) if len(set(one.tolist())) >= LEAST_WORDS]
    # A text that was posted a thousand times would be a topic of its own: each is fitted once.
    places: dict[bytes, int] = {}
    of = [places.setdefault(texts.sequences[at].tobytes(), len(places)) for at in enough]
    if len(places) < LEAST_TEXTS:
        note = f"too few texts: {len(places)} different ones with {LEAST_WORDS} content words or more, of {LEAST_TEXTS}"
        return Grouped(texts, left_out=tuple(texts.ids), note=note)
    sequences = [np.frombuffer(one, np.int32) for one in places]
    begun = _begun(texts, seeds)
    with one_thread():
        fit, sure, tried = _fitted(sequences, texts, settings, [words for _, words in begun])
    topics = _topics(fit, sure, texts, [(texts.ids[at], place) for at, place in zip(enough, of, strict=True)], begun)
    topics = _merged(_known_again(topics, merge), merge, texts)
    numbers = {word: number for number, word in enumerate(texts.words)}
    top = [[numbers[word] for word in topic.top] for topic in topics]
    topics = [replace(topic, coherence=value) for topic, value in zip(topics, c_npmi(top, sequences), strict=True)]
    held = {name for topic in topics for name, _ in topic.documents}
    left_out = tuple(name for name in texts.ids if name not in held)
    note = f"fewer than {LEAST_WORDS} content words, or only words too rare or too common to tell a topic"
    return Grouped(texts, tuple(topics), left_out, note if left_out else "", tried, diversity(top))


def _begun(texts: Texts, seeds: Sequence[Seed]) -> list[tuple[str, dict[int, float]]]:
    numbers = {word: number for number, word in enumerate(texts.words)}
    found = []
    for seed in seeds:
        words = [word for one in getattr(seed, texts.side) for word in as_words(one)]
        if known := {numbers[word]: 1.0 for word in words if word in numbers}:
            found.append((seed.name, known))
    return found


def _fitted(
    sequences: Sequence[Words], texts: Texts, settings: Settings, seeds: Seeds
) -> tuple[Fit, Floats, tuple[tuple[int, float], ...]]:
    """The fit of the number of topics that is asked for, or comes again most surely; each topic's stability; all tried."""
    numbers = _numbers(len(sequences), texts, settings, len(seeds))
    whole = Space(counts_of(sequences, len(texts.words)), settings.method, settings.seed)
    fits = [whole.fit(number, seeds) for number in numbers]
    again = [_again(turn, sequences, texts, settings, seeds, numbers) for turn in range(1, AGAIN + 1)]
    sure = [agreement(_top(fit), [tops[at] for tops in again]) for at, fit in enumerate(fits)]
    tried = tuple((len(one), float(one.mean())) for one in sure)
    best = max(value for _, value in tried)
    equals = [at for at, (_, value) in enumerate(tried) if value >= best - TIE]
    best_of = equals[0] if len(equals) == 1 else max(equals, key=lambda at: (_coherent(fits[at], sequences), at))
    return fits[best_of], sure[best_of], tried


def _numbers(different: int, texts: Texts, settings: Settings, seeds: int) -> list[int]:
    """Numbers of topics to try; never more than there are words, or than every second text."""
    asked = getattr(settings.number, texts.side)
    most = different // LEAST_OF_EACH
    numbers = [asked] if asked else [one for one in CANDIDATES if seeds <= one <= most]
    numbers = numbers or [max(min(most, CANDIDATES[0]), seeds, 2)]
    return sorted({max(min(one, len(texts.words), different // 2), 1) for one in numbers})


def _again(
    turn: int, sequences: Sequence[Words], texts: Texts, settings: Settings, seeds: Seeds, numbers: Sequence[int]
) -> list[Top]:
    """The most telling words of a further fit of each number, on a part of the texts of its own."""
    random = np.random.default_rng([settings.seed, turn])
    chosen = np.sort(random.choice(len(sequences), min(int(SHARE * len(sequences)), MOST_AGAIN), replace=False))
    part = counts_of([sequences[at] for at in chosen], len(texts.words))
    space = Space(part, settings.method, settings.seed + turn)
    return [_top(space.fit(number, seeds)) for number in numbers]


def _coherent(fit: Fit, sequences: Sequence[Words]) -> float:
    return float(np.mean([value for value in c_npmi(_top(fit), sequences) if value is not None] or [-1.0]))


def _top(fit: Fit) -> Top:
    return top_words(fit.words, TOP)


def _topics(
    fit: Fit, sure: Floats, texts: Texts, documents: Sequence[tuple[str, int]], begun: Sequence[tuple[str, object]]
) -> list[Topic]:
    held: dict[int, list[tuple[str, float]]] = {}
    for name, place in documents:
        held.setdefault(int(fit.topics[place]), []).append((name, float(fit.scores[place])))
    found: list[Topic] = []
    for number, order in enumerate(top_words(fit.words, TOLD)):
        if number not in held or not order:
            continue
        words = tuple((texts.words[at], float(fit.words[number, at])) for at in order)
        name = f"{texts.side}-{digest(' '.join(sorted(word for word, _ in words[:TOP])).encode())[:8]}"
        seeded = begun[number][0] if number < len(begun) else None
        ranked = tuple(sorted(held[number], key=lambda one: (-round(one[1], 6), one[0])))
        found.append(Topic(name, words, fit.words[number], ranked, float(sure[number]), seeded_by=seeded))
    return _largest_first(found)


def _largest_first(topics: Sequence[Topic]) -> list[Topic]:
    return sorted(topics, key=lambda topic: (-len(topic.documents), topic.id))


def _known_again(topics: list[Topic], merge: Merged) -> list[Topic]:
    """Topics that the file holds, by their words, take its ids and names: one to one, those most alike first."""
    side = topics[0].id.partition("-")[0]
    filed = [one for one in merge.file if one.id.startswith(f"{side}-")]
    numbers: dict[str, int] = {}
    ours, theirs = ([[numbers.setdefault(w, len(numbers)) for w in words] for words in of]
                    for of in ([topic.top for topic in topics], [one.words for one in filed]))  # fmt: skip
    likeness = alike(ours, theirs)
    known = {row: filed[column] for row, column in assign(likeness) if likeness[row, column] >= _KNOWN_AGAIN}
    taken = {one.id for one in known.values()}
    found = []
    for row, topic in enumerate(topics):
        name = known[row].id if row in known else topic.id
        while row not in known and name in taken:
            name += "x"  # the file knows another topic by this id
        taken.add(name)
        found.append(replace(topic, id=name, name=known[row].name if row in known else ""))
    return found


def _merged(topics: list[Topic], merge: Merged, texts: Texts) -> list[Topic]:
    """Topics that the file merges, as one: weights and stability are means by documents. A name is that of the topic which
    takes the others in, also where that one itself is not found this time."""
    homes: dict[str, list[Topic]] = {}
    for topic in topics:
        homes.setdefault(merge.into(topic.id), []).append(topic)
    names = {one.id: one.name for one in merge.file}
    found = []
    for home, parts in homes.items():
        if [one.id for one in parts] == [home]:
            found.append(parts[0])
            continue
        sizes = [len(one.documents) for one in parts]
        weights = np.average([one.weights for one in parts], axis=0, weights=sizes)
        words = tuple((texts.words[at], float(weights[at])) for at in top_words(weights[None, :], TOLD)[0])
        documents = tuple(
            sorted((pair for one in parts for pair in one.documents), key=lambda one: (-round(one[1], 6), one[0]))
        )
        stability = float(np.average([one.stability for one in parts], weights=sizes))
        seeded = next((one.seeded_by for one in parts if one.seeded_by), None)
        merged = tuple(sorted(one.id for one in parts))
        found.append(
            Topic(home, words, weights, documents, stability, name=names.get(home, ""), seeded_by=seeded, merged=merged)
        )
    return _largest_first(found)
