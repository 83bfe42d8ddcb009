"""Measure topics on published sets whose classes are known: likeness to the classes, coherence, stability and time.

The classes are not what topics must find; a likeness far above chance shows that topics are of something.
"""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import numpy as np

from analysis.topicmodels.glossary import Settings, Wanted
from analysis.topicmodels.grouping import Grouped, group
from analysis.topicmodels.vocabulary import SIDES, Side, Texts, content_word, texts
from corpus.stages.segment import Segmenter

SHARED = (
    Path(os.environ.get("HUANYING_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data" / "language-dev"
)
MANY = 20_000
NUMBERS = (10, 20, None)


def read(side: Side, *names: str) -> tuple[list[list[str]], list[str]]:
    """Content words and class of each different text of the sets."""
    segmenter = Segmenter()
    found: dict[str, str] = {}
    for name in names:
        for line in (SHARED / f"{name}_{side}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.setdefault(row["text"], row["label"])
    sequences = []
    for text in found:
        cut = segmenter.segment("", text, "zh-Hans" if side == "zh" else "en", None)
        words = [content_word(*one) for one in zip(cut.tokens, cut.lemmas or [None] * len(cut.tokens), strict=True)]
        sequences.append([word for word, _ in filter(None, words)])
    return sequences, list(found.values())


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Normalised mutual information of two groupings, 0 to 1 (Strehl and Ghosh 2002, arithmetic mean)."""
    numbers = [np.unique(labels, return_inverse=True)[1] for labels in (one, other)]
    joint = np.histogram2d(*numbers, bins=[max(of) + 1 for of in numbers])[0] / len(one)
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    held = joint > 0
    shared = float((joint[held] * np.log(joint[held] / apart[held])).sum())
    own = [-float((p[p > 0] * np.log(p[p > 0])).sum()) for p in (joint.sum(axis=1), joint.sum(axis=0))]
    return 2 * shared / sum(own) if sum(own) else 0.0


def timed(found: Texts, method: str, number: int | None) -> tuple[Grouped, float]:
    """The topics and the processor seconds that they took."""
    wanted = Settings.model_validate({"method": method, "number": Wanted(zh=number, en=number)})
    began = time.process_time()
    return group(found, wanted), time.process_time() - began


def main() -> None:
    """Print the tables in Markdown."""
    if not SHARED.is_dir():
        raise SystemExit("no development sets here; HUANYING_SHARED names their place")
    print("| texts | method | topics | likeness to classes (NMI) | c_npmi | stability | diversity | processor s |")
    print("|---|---|---|---|---|---|---|---|")
    for side in SIDES:
        sequences, classes = read(side, "topic")
        found = texts(side, [str(number) for number in range(len(sequences))], sequences)
        for method in ("clusters", "nmf"):
            for number in NUMBERS:
                told, seconds = timed(found, method, number)
                pairs = [(classes[int(name)], topic.id) for topic in told.topics for name, _ in topic.documents]
                coherence = mean(topic.coherence for topic in told.topics if topic.coherence is not None)
                stability = mean(topic.stability for topic in told.topics)
                nmi = likeness([one for one, _ in pairs], [other for _, other in pairs])
                print(
                    f"| {side}, {len(sequences):,} | {method} | {len(told.topics)}{'' if number else ' (chosen)'} | {nmi:.3f} "
                    f"| {coherence:.3f} | {stability:.2f} | {told.diversity or 0:.2f} | {seconds:.1f} |"
                )
    sequences, _ = read("zh", "topic", "sentiment", "stance")
    doubled = [*sequences, *(one[::-1] for one in sequences)][:MANY]
    found = texts("zh", [str(number) for number in range(len(doubled))], doubled)
    print("\n| Chinese posts | topics | processor s |\n|---|---|---|")
    for number in (20, None):
        told, seconds = timed(found, "clusters", number)
        print(f"| {len(doubled):,} | {len(told.topics)}{'' if number else ' (chosen)'} | {seconds:.1f} |")


if __name__ == "__main__":
    main()
