"""Texts in, labels out, as JSON lines."""

import io
import json

import pytest

from analysis.serving import annotate_lines
from corpus.errors import UserError


def served(name: str, *rows: object) -> list[dict[str, object]]:
    out = io.StringIO()
    annotate_lines(name, [json.dumps(row, ensure_ascii=False) + "\n" for row in rows], out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_sentiment_line_by_line() -> None:
    rows = [
        {"id": "a", "lang": "zh", "text": "太喜欢了"},
        {"id": 2, "text": "I hate it"},
        {"id": "c", "text": "Je suis très content ici"},
    ]
    first, second, third = served("sentiment", *rows)
    assert (first["id"], first["label"]) == ("a", "positive")
    assert (second["id"], second["label"]) == (2, "negative")
    assert (third["id"], third["label"]) == ("c", None)
    assert first["spans"] == [[0, 3, "positive"]]


def test_language() -> None:
    rows = [
        {"id": n, "text": text}
        for n, text in enumerate(("你好呀", "hello there", "Hello my friends 大家好我来了", "今日は"))
    ]
    assert [row["label"] for row in served("language", *rows)] == ["zh", "en", "mixed", "other"]


def test_themes_without_a_study_do_not_apply() -> None:
    assert served("themes", {"id": 1, "text": "猫税"})[0]["label"] is None


def test_any_text_is_answered() -> None:
    texts = ["", " ", "\ud800", "\x00", "a" * 10_000, "[" * 1000]
    assert len(served("sentiment", *({"id": n, "text": text} for n, text in enumerate(texts)))) == len(texts)


def test_blank_lines_are_passed_over() -> None:
    out = io.StringIO()
    annotate_lines("sentiment", ["\n", '{"id": 1, "text": "good"}', "\n"], out)
    assert len(out.getvalue().splitlines()) == 1


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"text": "x"}', '{"id": 1, "text": 5}'])
def test_a_bad_line_is_named(line: str) -> None:
    with pytest.raises(UserError, match="line 2"):
        annotate_lines("sentiment", ['{"id": 1, "text": "x"}', line], io.StringIO())


def test_an_unknown_annotator() -> None:
    with pytest.raises(UserError, match="no annotator 'mood'"):
        annotate_lines("mood", [], io.StringIO())


def test_spans_are_as_scorers_of_the_task_want_them() -> None:
    text = "“We are glad that they came,” Mira Holt said. “They may stay as long as they like.” Some feared “a flood of them”."
    (row,) = served("quotes", {"id": 1, "text": text})
    assert row["spans"] == [[1, text.index("”", 60), "Mira Holt"]]
    (row,) = served("entities", {"id": 1, "text": "发言人林小舟在小红书上看新华社"})
    assert row["spans"] == [[3, 6, "PER.NAM"], [12, 15, "ORG.NAM"]]
