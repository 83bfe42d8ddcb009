"""The article reader as a service of JSON lines."""

import io
import json
from pathlib import Path

from corpus.serving import read_lines
from tests.captured import RECORDED


def answers(*lines: str) -> list[dict[str, object]]:
    out = io.StringIO()
    read_lines(lines, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_page_in_its_document_out() -> None:
    asked = {"id": "x", "url": None, "html_path": str(RECORDED / "article/simplified_gb18030/input.html")}
    (found,) = answers(json.dumps(asked))
    assert found["id"] == "x" and found["title"] == "夜校来了新同学"
    assert found["date"] == "2025-01-16T09:05:00+08:00"
    assert found["authors"] == ["苏小舟"] and str(found["lang"]).startswith("zh")
    assert str(found["text"]).startswith("去年十二月")


def test_lines_that_cannot_be_answered_do_not_stop_the_next(tmp_path: Path) -> None:
    empty = tmp_path / "empty.html"
    empty.write_bytes(b"")
    found = answers(
        "{no json",
        "[]",
        '{"id": 1, "html_path": "/nowhere/at/all"}',
        "",
        json.dumps({"id": 2, "html_path": str(empty)}),
    )
    assert [one["id"] for one in found] == [None, None, 1, 2]
    assert ["error" in one for one in found] == [True, True, True, False]
