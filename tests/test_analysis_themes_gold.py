"""Themes on texts with known answers: the project's own short texts, and the demonstration's notes and comments."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis.annotators import Passage
from analysis.annotators.themes import ThemeFinder
from analysis.evaluate import evaluate
from analysis.gold import read_gold
from analysis.signs.codebook import load_codebook
from corpus.study import load_study
from tests.studies import CODEBOOK, STUDY
from tests.test_demo_content import DEMO, comments, note_id, rows

GOLD = Path(__file__).parent / "recorded" / "themes" / "gold.jsonl"
FINDER = ThemeFinder(load_codebook(CODEBOOK))
Pairs = list[tuple[Passage, set[str]]]


def given(passage: Passage) -> set[str]:
    return {label.label for label in FINDER.label(passage) if label.start is None} - {"none", "abstain"}


def precision_and_recall(pairs: Pairs) -> tuple[float, float]:
    counts: Counter[str] = Counter()
    for passage, gold in pairs:
        found = given(passage)
        counts.update(right=len(found & gold), given=len(found), gold=len(gold))
    return counts["right"] / counts["given"], counts["right"] / counts["gold"]


def own() -> Pairs:
    return [
        (Passage(row.text, row.lang or "und", row.kind), {name for name, _ in row.items}) for row in read_gold(GOLD)[0]
    ]


def shown() -> Iterator[tuple[str, Passage]]:
    """The demonstration's notes and comments by the id they have on the platform; the fullest version of each."""
    found: dict[str, Passage] = {}
    for row in rows():
        if row["source_platform"] == "xiaohongshu.com":
            note = row["data"].get("note") or row["data"].get("note_card") or row["data"]
            passage = Passage(note.get("desc") or "", "mul", "post", note.get("title") or None)
            before = found.get(note_id(row))
            if before is None or len(before.text) < len(passage.text):
                found[note_id(row)] = passage
        found |= {one["id"]: Passage(one["content"], "mul", "comment") for one in comments(row["data"])}
    yield from found.items()


def known() -> Pairs:
    """The demonstration's notes and comments whose themes its writers stated."""
    stated = tomllib.loads((DEMO / "captures" / "known.toml").read_text(encoding="utf-8"))["known"]
    texts = dict(shown())
    return [(texts[one["id"]], set(one["themes"])) for one in stated]


def test_the_gold_is_broad_and_of_themes_that_exist() -> None:
    themes = {theme.id for theme in load_codebook(CODEBOOK).theme}
    pairs = own()
    assert len(pairs) >= 120 and sum(not gold for _, gold in pairs) >= 40
    assert Counter(passage.language for passage, _ in pairs).keys() == {"zh-Hans", "zh-Hant", "en", "mul"}
    assert set.union(*(gold for _, gold in pairs)) == themes


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en", "mul"])
def test_own_texts(language: str) -> None:
    precision, recall = precision_and_recall([pair for pair in own() if pair[0].language == language])
    assert precision >= 0.95 and recall >= 0.95


def test_traps_catch_nothing() -> None:
    assert [(passage.text, given(passage)) for passage, gold in own() if not gold and given(passage)] == []


def test_known_answers_of_the_demonstration() -> None:
    precision, recall = precision_and_recall(known())
    assert precision >= 0.85 and recall >= 0.55


def test_evaluate_reads_the_gold(tmp_path: Path) -> None:
    text = STUDY.replace('[[source]]\nid = "harbour-daily"\n', "")
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    (tmp_path / "codebook.toml").write_bytes(CODEBOOK.read_bytes())
    figures = evaluate("themes", GOLD, load_study(tmp_path)).figures
    assert figures["n"] == len(own()) and figures["micro_f1"]["value"] > 0.95


def test_articles_are_weighed_apart() -> None:
    """What an article mentions in passing is no theme of it; the same words in a short text are."""
    passing = Passage("Rain is expected. A cat tax was mentioned. Trains run late.", "en", "article", "Rain on Sunday")
    assert given(passing) == set()
    assert given(Passage(passing.text, "en", "comment")) == {"cat_tax"}
    assert given(Passage(passing.text, "en", "article", "Who pays the cat tax")) == {"cat_tax"}


@pytest.mark.parametrize("name", ["topic_zh", "topic_en", "sentiment_zh", "sentiment_en"])
def test_general_texts_seldom_meet_a_theme(shared: Path, name: str) -> None:
    lines = (shared / "data" / "language-dev" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    passages = [Passage(json.loads(line)["text"], "mul", "comment") for line in lines]
    assert sum(bool(given(passage)) for passage in passages) / len(passages) < 0.06
