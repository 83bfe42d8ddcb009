"""The reader of plain texts."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.readers.text import READER, split_title
from tests.captured import KEYS, RECORDED, capture, plain, recorded_capture


@pytest.mark.parametrize("case", sorted((RECORDED / "text").iterdir()), ids=lambda case: case.name)
def test_recorded(case: Path) -> None:
    found = recorded_capture(case)
    assert READER.accepts(found)
    assert plain(READER.read(found, KEYS)) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A title\nand its text.", "A title"),
        ("A sentence.\nAnd another.", None),
        ("她来了。\n大家说欢迎。", None),
        ("谁在欢迎谁？\n\n大家说欢迎。", "谁在欢迎谁？"),
        ("谁在欢迎谁？\n大家说欢迎。", None),
        ("Only one line", None),
        ("Only one line\n\n", None),
        ("w " * 100 + "\ntext", None),
        ("# A heading\r\n\r\ntext", "A heading"),
    ],
)
def test_the_first_line_may_be_a_title(text: str, title: str | None) -> None:
    found, rest = split_title(text)
    assert found == title and rest


def test_what_is_no_text_is_rejected() -> None:
    for body in (bytes(range(256)) * 8, b"\x00\x01\x02\x00\x00" * 40):
        reading = READER.read(capture(body, format="text"), KEYS)
        assert [rejection.reason for rejection in reading.rejections] == ["not_text"]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_accounted_for(body: bytes) -> None:
    reading = READER.read(capture(body, format="text"), KEYS)
    assert len(reading.documents) + len(reading.rejections) == 1
