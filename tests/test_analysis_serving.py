"""Texts in, labels out, as JSON lines."""

import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.serving import annotate_lines
from corpus.cli import app
from corpus.errors import UserError
from tests.studies import make_study


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


@pytest.mark.parametrize(
    "name", ["sentiment", "emotion", "stance", "stance_country", "ironic_cue", "themes", "language"]
)
def test_half_a_sign_is_answered_and_goes_out_as_it_came(name: str) -> None:
    line = '{"id": "\\ud83d", "title": "\\udc00", "text": "\\ud83d I love it 我太喜歡了 [doge] \\udc00"}'
    with io.TextIOWrapper(io.BytesIO(), encoding="utf-8") as out:
        annotate_lines(name, [line], out)
        out.seek(0)
        assert json.loads(out.read())["id"] == "\ud83d"


def test_offsets_count_each_half_as_one() -> None:
    (row,) = served("sentiment", {"id": 1, "text": "\ud83d\ud83d 太喜欢了"})
    assert row["spans"] == [[3, 6, "positive"]]


def test_a_mark_of_byte_order_is_passed_over() -> None:
    out = io.StringIO()
    annotate_lines("sentiment", ['\ufeff{"id": 1, "text": "good"}\n', b'\xef\xbb\xbf{"id": 2, "text": "good"}\n'], out)
    assert [json.loads(line)["id"] for line in out.getvalue().splitlines()] == [1, 2]


def test_a_study_that_is_given_is_read(tmp_path: Path) -> None:
    out = io.StringIO()
    annotate_lines("themes", ['{"id": 1, "text": "猫税交了吗"}'], out, make_study(tmp_path / "small"))
    assert json.loads(out.getvalue())["label"] == "cat_tax"


def test_the_command_line_reads_what_is_given_or_says_that_it_does_not(tmp_path: Path) -> None:
    study, line = make_study(tmp_path / "small"), '{"id": 1, "text": "猫税交了吗"}\n'
    command = ["annotate", "themes", "--stdio"]
    told = CliRunner().invoke(app, [*command, "--study", str(study.folder)], input=line)
    assert json.loads(told.output)["label"] == "cat_tax"
    assert json.loads(CliRunner().invoke(app, command, input=line).output)["label"] is None
    refused = CliRunner().invoke(app, [*command, "--from-codes", "codes.csv"], input=line)
    assert isinstance(refused.exception, UserError) or refused.exit_code == 2


def test_blank_lines_are_passed_over() -> None:
    out = io.StringIO()
    annotate_lines("sentiment", ["\n", '{"id": 1, "text": "good"}', "\n"], out)
    assert len(out.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "known", "why"),
    [
        ("{", None, "not JSON: syntax"),
        ("[]", None, "expected"),
        ('{"id": 1}', 1, "expected"),
        ('{"text": "x"}', None, "expected"),
        ('{"id": 1, "text": 5}', 1, "expected"),
        ('{"id": "a", "text": null}', "a", "expected"),
        ('{"id": 1, "text": "x", "text": "y"}', None, "not JSON: duplicate_key"),
        ('{"id": ' + "[" * 100_000, None, "not JSON: too_deep"),
        ('{"id": ' + "9" * 5_000 + ', "text": "x"}', None, "not JSON: huge_int"),
        ('{"id": NaN, "text": "x"}', None, "not JSON: not_finite"),
        (b"\xff\xfe", None, "not JSON: not_utf8"),
        (b'{"id": 1, "text": "\xe5\xa5"}', None, "not JSON: not_utf8"),
    ],
)
def test_a_bad_line_is_answered_and_the_next_goes_on(line: str | bytes, known: object, why: str) -> None:
    out = io.StringIO()
    good = b'{"id": 2, "text": "good"}\n'
    annotate_lines("sentiment", [line if isinstance(line, bytes) else line.encode(), good], out)
    bad, after = (json.loads(answer) for answer in out.getvalue().splitlines())
    assert set(bad) == {"id", "error"} and bad["id"] == known and bad["error"].startswith(why)
    assert (after["id"], after["label"]) == (2, "positive")


def test_the_command_line_answers_bad_bytes_and_ends_well() -> None:
    done = CliRunner().invoke(app, ["annotate", "sentiment", "--stdio"], input=b'\xff\xfe\n{"id": 2, "text": "good"}\n')
    assert done.exit_code == 0
    assert [json.loads(line)["id"] for line in done.output.splitlines()] == [None, 2]


def test_an_unknown_annotator() -> None:
    with pytest.raises(UserError, match="no annotator 'mood'"):
        annotate_lines("mood", [], io.StringIO())


def test_spans_are_as_scorers_of_the_task_want_them() -> None:
    text = "“We are glad that they came,” Mira Holt said. “They may stay as long as they like.” Some feared “a flood of them”."
    (row,) = served("quotes", {"id": 1, "text": text})
    assert row["spans"] == [[1, text.index("”", 60), "Mira Holt"]]
    (row,) = served("entities", {"id": 1, "text": "发言人林小舟在小红书上看新华社"})
    assert row["spans"] == [[3, 6, "PER.NAM"], [12, 15, "ORG.NAM"]]
