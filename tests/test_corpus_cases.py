"""Inputs that others collected to break readers: charsets, markup, strings; each ends as document or rejection, none loses text."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.build import build
from corpus.charset import decode_text
from corpus.intake import intake
from corpus.manifest import verify
from corpus.pages.markup import DEPTH_LIMIT
from corpus.readers.article import READER as ARTICLE
from corpus.readers.text import READER as TEXT
from corpus.records import Document, Reading
from corpus.stages.normalise import clean, normalise
from corpus.study import load_study
from tests.captured import KEYS, capture
from tests.studies import make_study

SENTENCE = "The evening classes at the harbour school had eleven pupils, and the caretaker fetched chairs for them."
WORD = re.compile(r"\w{2,}")
TELLING = {
    "masked",
    "controls_removed",
    "surrogates_replaced",
    "charset_doubtful",
    "charset_replaced",
    "parse_truncated",
}
"""Flags that say why a text may differ from what was put in."""


@pytest.fixture
def cases(shared: Path) -> Path:
    folder = shared / "data" / "cases"
    if not (folder / "html5").is_dir():
        pytest.skip(f"no cases of others at {folder}; HUANYING_SHARED names another place")
    return folder


def accounted(reading: Reading) -> Document | None:
    """The one document of a reading; None where it ends as the one rejection."""
    assert len(reading.documents) + len(reading.rejections) == 1
    for document in reading.documents:
        normalise(document).text.encode("utf-8")
    return reading.documents[0] if reading.documents else None


def tokenizer_cases(cases: Path) -> Iterator[tuple[str, str]]:
    """Each input with the text that it prints where the page around it is in its usual state."""
    for path in sorted((cases / "html5" / "tokenizer").glob("*.test")):
        for tests in json.loads(path.read_bytes()).values():
            for test in tests:
                if not isinstance(test, dict) or not isinstance(test.get("input"), str):
                    continue
                usual = not test.get("initialStates") and not test.get("doubleEscaped")
                printed = "".join(token[1] for token in test["output"] if token[0] == "Character") if usual else ""
                yield test["input"], printed


def test_every_markup_is_accounted_for(cases: Path) -> None:
    alone = [given for given, _ in tokenizer_cases(cases)]
    entities = [given for given in alone if given.startswith("&")]
    together = ["\n<p>".join(entities[start : start + 50]) for start in range(0, len(entities), 50)]
    inputs = [*together, *(given for given in dict.fromkeys(alone) if not given.startswith("&"))]
    inputs += [path.read_text(encoding="utf-8", errors="replace") for path in (cases / "html5").rglob("*.dat")]
    assert len(alone) > 6_000
    for given in inputs:
        accounted(ARTICLE.read(capture(given.encode("utf-8", "surrogatepass")), KEYS))


def test_what_markup_prints_within_an_article_is_kept_or_told(cases: Path) -> None:
    paragraph = f"<p>{SENTENCE} {SENTENCE}</p>"
    told, lost = 0, []
    for given, printed in tokenizer_cases(cases):
        words = WORD.findall(printed)
        if not words:
            continue
        page = f"<html><body><div>{paragraph}<p>{SENTENCE} {given} </p>{paragraph}</div></body></html>"
        document = accounted(ARTICLE.read(capture(page.encode("utf-8", "surrogatepass")), KEYS))
        if document is None or TELLING.intersection(document.flags):
            told += 1
        elif any(word not in document.text for word in words):
            lost.append(given)
    assert len(lost) <= 1 and told < 100, lost  # a word alone in its paragraph may be taken for a control


def test_what_nests_deep_is_kept_and_told() -> None:
    for depth in (DEPTH_LIMIT // 2, DEPTH_LIMIT * 2, DEPTH_LIMIT * 20):
        page = f"<html><body>{'<div>' * depth}<p>{SENTENCE} {SENTENCE}</p>{'</div>' * depth}</body></html>"
        document = accounted(ARTICLE.read(capture(page), KEYS))
        assert document is not None and SENTENCE in document.text
        assert ("parse_truncated" in document.flags) == (depth >= DEPTH_LIMIT)


def test_every_charset_is_accounted_for_as_page_and_as_text(cases: Path) -> None:
    paths = [path for path in sorted((cases / "charset" / "tests").rglob("*")) if path.is_file()]
    assert len(paths) > 100
    for path in paths:
        body = path.read_bytes()
        accounted(ARTICLE.read(capture(body), KEYS))
        for label in (None, "utf-8"):
            document = accounted(TEXT.read(capture(body, charset=label, format="text", media_type="text/plain"), KEYS))
            if document is not None and not TELLING.intersection(document.flags):
                said = WORD.findall(decode_text(body, label).text)
                assert all(word in f"{document.title}\n{document.text}" for word in said)


def test_every_string_is_kept_through_import_and_build(cases: Path, tmp_path: Path) -> None:
    strings = json.loads((cases / "strings" / "blns.json").read_bytes())
    assert len(strings) > 400
    held = tmp_path / "pages"
    held.mkdir()
    for number, string in enumerate(strings):
        said = html.escape(string).encode("utf-8", "replace").decode()
        page = f"<html><head><meta charset=utf-8><title>Case {number} of many</title></head><body><h1>Case {number} of many</h1>"
        body = f"<p>{SENTENCE} {number}</p><p>{SENTENCE} {said} {SENTENCE}</p><p>{SENTENCE}</p></body></html>"
        (held / f"{number:04}.html").write_text(page + body, encoding="utf-8")
    for number, path in enumerate(sorted(path for path in (cases / "charset").rglob("*") if path.is_file())):
        (held / f"charset-{number:04}.{'html' if number % 2 else 'txt'}").write_bytes(path.read_bytes())
    make_study(tmp_path / "study")
    study = load_study(tmp_path / "study")
    intake(study, [held])
    snapshot = build(study, workers=1).snapshot
    counts = snapshot.manifest["counts"]
    assert counts["captures"] == counts["captures_with_documents"] + counts["captures_rejected"] >= len(strings) + 100
    assert verify(snapshot)
    rows = {row["title"]: row for row in snapshot.table("documents", ["title", "text", "flags"]).to_pylist()}
    for number, string in enumerate(strings):
        row = rows[f"Case {number} of many"]
        if not TELLING.intersection(row["flags"]):
            assert all(word in row["text"] for word in WORD.findall(clean(string)[0])), string


def test_removed_lines_give_back_what_was_extracted(cases: Path) -> None:
    """Over real markup of others: the lines of the text and those taken off it fill all places, each once."""
    for given, _ in list(tokenizer_cases(cases))[::40]:
        page = (
            f"<body><h1>Classes</h1><p>2025-01-16 09:05 Source: {given}</p>"
            + f"<p>{SENTENCE * 2}</p>" * 3
            + "<p>Share this</p>"
        )
        reading = ARTICLE.read(capture(page.encode("utf-8", "surrogatepass")), KEYS)
        for document in reading.documents:
            places = [one.position for one in reading.removed]
            assert len(set(places)) == len(places) and set(places) <= set(
                range(len(places) + document.text.count("\n") + 1)
            )
