"""Measure segmentation beside its peers in one run: megabytes a second, and how often the cut differs from jieba's.

Labelled texts come from HUANYING_SHARED (default ../shared). Rates are the best of the rounds in which the systems take turns, on
one process: only their ratios mean anything. The whole stage gives tokens, starts, kinds, sentences and lemmas as the rows that
are stored; the bare programs give lists of strings.
"""

import gc
import importlib
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import rjieba
import spacy

from corpus.stages.cut import Text, cutter
from corpus.stages.segment import Segmenter

SHARED = Path(os.environ.get("HUANYING_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
ROUNDS = 7
SLOW = 600
"""Texts that pure Python is timed on."""
Work = Callable[[Sequence[str]], Any]


def texts_of(*tasks: str) -> list[str]:
    found = []
    for task in tasks:
        path = SHARED / "data" / "language-dev" / f"{task}.jsonl"
        if not path.is_file():
            sys.exit(f"no measuring data at {path}: HUANYING_SHARED names another place")
        found += [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    return found


def jieba_reference() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42.1 has invalid escapes and asks for pkg_resources
        jieba = importlib.import_module("jieba")
    jieba.setLogLevel(60)
    return jieba


def rates(systems: dict[str, tuple[Work, Sequence[str]]]) -> dict[str, float]:
    """Megabytes of UTF-8 per second of CPU time, best of the rounds; the systems take turns. The first round is not timed."""
    best = dict.fromkeys(systems, 0.0)
    for round_number in range(ROUNDS + 1):
        for name, (work, texts) in systems.items():
            gc.collect()
            began = time.process_time()
            work(texts)
            taken = time.process_time() - began
            if round_number:
                best[name] = max(best[name], sum(len(text.encode()) for text in texts) / taken / 1e6)
    return best


def each(answer: Callable[[str], Any]) -> Work:
    def work(texts: Sequence[str]) -> None:
        for text in texts:
            answer(text)

    return work


def kept(answer: Callable[[str], Any]) -> Work:
    """With every answer held until the last, as the stage holds its own."""
    return lambda texts: list(map(answer, texts))


def stage(language: str) -> Work:
    """As the build does it: all texts of a shard at one go."""
    segmenter = Segmenter()
    return lambda texts: segmenter.table([Text("d", text, language, None) for text in texts])


def table(kind: str, floor: str, systems: dict[str, tuple[Work, Sequence[str]]]) -> Iterator[str]:
    found = rates(systems)
    yield f"\n{kind}\n"
    yield f"| system | MB/s | time, {floor} = 1 |"
    yield "|---|--:|--:|"
    for name, rate in found.items():
        yield f"| {name} | {rate:.2f} | {found[floor] / rate:.2f} |"


def main() -> None:
    gc.set_threshold(50_000, 20, 20)  # as in the processes of a build
    jieba, bare = jieba_reference(), rjieba.Jieba()
    everything = texts_of("ner_zh", "sentiment_zh", "stance_zh", "topic_zh")
    chinese, english = texts_of("sentiment_zh"), texts_of("sentiment_en")
    differing = sum(cutter(()).cut_chinese(text) != jieba.lcut(text) for text in everything)
    lines = [f"{differing} of {len(everything)} Chinese texts are cut otherwise than by jieba (repeated signs: ties)."]
    lines += table(
        f"Chinese: {len(chinese)} posts and reviews",
        "rjieba",
        {
            "rjieba": (each(lambda text: bare.cut(text, True)), chinese),
            "rjieba, tokens kept": (kept(lambda text: bare.cut(text, True)), chinese),
            "huanying, tokens alone": (each(cutter(()).cut_chinese), chinese),
            "huanying, whole stage": (stage("zh-Hans"), chinese),
            "jieba": (each(jieba.lcut), chinese[:SLOW]),
        },
    )
    blank, with_sentences = spacy.blank("en"), spacy.blank("en")
    with_sentences.add_pipe("sentencizer")
    lines += table(
        f"English: {len(english)} tweets",
        "spaCy blank",
        {
            "spaCy blank": (each(blank.make_doc), english),
            "spaCy blank, sentencizer": (each(with_sentences), english),
            "huanying, whole stage": (stage("en"), english),
        },
    )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
