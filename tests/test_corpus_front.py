import json
from pathlib import Path

import pytest

from corpus.readers.front import READER
from tests.captured import KEYS, RECORDED, plain, recorded_capture


@pytest.mark.parametrize("case", sorted((RECORDED / "front").iterdir()), ids=lambda path: path.name)
def test_recorded(case: Path) -> None:
    found = recorded_capture(case)
    assert READER.accepts(found)
    assert plain(READER.read(found, KEYS)) == json.loads((case / "expected.json").read_text(encoding="utf-8"))
