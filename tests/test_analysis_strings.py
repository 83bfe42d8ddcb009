"""No text makes the annotators of names, quotations and quantities fail, or take long."""

import json
import time
from pathlib import Path

import pytest

from analysis.annotators import Passage
from analysis.annotators.entities import ANNOTATOR as ENTITIES
from analysis.annotators.quantities import ANNOTATOR as QUANTITIES
from analysis.annotators.quotes import ANNOTATOR as QUOTES

READY = {type(one).__name__: one.prepare(None) for one in (ENTITIES, QUANTITIES, QUOTES)}
SIZE = 100_000
PIECES = ("a", "Ab", "中", "王", "“", '"', "“‘", "「『", "''", '" said he, "', "“a\n", "1,", "百分之", "a third of ", "Rep. A ", "\0", "😀")  # fmt: skip


def places(name: str, text: str) -> int:
    """How many places are labelled in ``text``; each must be in it."""
    spans = [one for one in READY[name]([Passage(text, "mul")])[0] if one.start is not None]
    assert all(one.start is not None and 0 <= one.start < (one.end or 0) <= len(text) for one in spans)
    return len(spans)


@pytest.mark.parametrize("name", READY)
@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_takes_seconds_at_most(name: str, piece: str) -> None:
    text = (piece * SIZE)[:SIZE]
    began = time.process_time()
    places(name, text)
    assert time.process_time() - began < 4


@pytest.mark.parametrize("name", READY)
def test_strings_that_break_programs(name: str, shared: Path) -> None:
    cases = shared / "data" / "cases" / "strings" / "blns.json"
    if not cases.is_file():
        pytest.skip("no list of strings among the measuring data")
    strings = json.loads(cases.read_text(encoding="utf-8"))
    assert len(strings) > 400
    for text in strings:
        places(name, text)
