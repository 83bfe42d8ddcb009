"""What is read from the development pages is no worse than it was."""

import json

import pytest

from tests.conftest import SHARED
from tests.floors import FILE, measure

PAGES = SHARED / "data/extraction-dev"


@pytest.mark.skipif(not PAGES.is_dir(), reason=f"no measuring data at {PAGES}; HUANYING_SHARED names another place")
def test_extraction_keeps_its_floors() -> None:
    floors = json.loads(FILE.read_text(encoding="utf-8"))["extraction"]
    scores = measure(PAGES)
    fallen = {name: (scores[name], floor) for name, floor in floors.items() if scores[name] < floor}
    assert not fallen, "measured, floor; `python -m tests.floors lower REASON` where that is meant"


def test_floors_that_fell_say_why() -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    assert kept["extraction"]["zh_text"] > 0.9 and kept["extraction"]["en_text"] > 0.9
    assert all(change["reason"] for change in kept["lowered"])
