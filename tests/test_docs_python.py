"""The examples in Python of the pages on draws and coding run as they stand, in the folder of a study, and give what they say."""

import re
from pathlib import Path
from typing import Any

import pytest

from corpus.snapshot import latest
from tests.estimated import make_coded

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_coded(tmp_path_factory.mktemp("built") / "small")


def run(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the example of a page leaves, its round under the name of the one that the study has."""
    (example,) = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(example.replace('"pilot"', '"one"'), names)
    return names


def test_a_quantile_of_any_number(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upper = run("sampling.md", built, monkeypatch)["upper"]
    lengths = {len(text) for text in latest(built / "corpus").table("documents").column("text").to_pylist()}
    assert upper.value in lengths and upper.low <= upper.value <= upper.high and upper.n == 40


def test_codes_as_they_came_and_those_that_hold(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run("coding.md", built, monkeypatch)
    coders = found["given"].column("coder").to_pylist()
    assert set(coders) == {"blue", "red"} and found["given"].num_rows > found["holds"].num_rows
    pairs = {(row["doc_id"], row["variable"]) for row in found["given"].to_pylist()}
    assert pairs == {(row["doc_id"], row["variable"]) for row in found["holds"].to_pylist()}
    assert {"single", "agreed", "first"} == set(found["holds"].column("how").to_pylist())
