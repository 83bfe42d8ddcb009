"""An answer that nothing has changed counts only where it was asked whether anything had."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from corpus.answers import refusal
from corpus.archive import Entry, Place, capture_of
from corpus.records import Finding, Permission
from tests.captured import KEYS

UNCHANGED = Entry(
    source_id="harbour",
    url="https://harbour.example/a",
    fetched_at=datetime(2025, 1, 20, tzinfo=UTC),
    status=304,
    headers=(),
    body=b"",
    how="http",
    format="page",
    finding=Finding("recheck"),
    permission=Permission("allowed"),
)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (replace(UNCHANGED, request_headers=(("If-None-Match", '"1"'),)), "not_modified"),
        (replace(UNCHANGED, request_headers=(("if-modified-since", "then"),)), "not_modified"),
        (replace(UNCHANGED, request_headers=(("Accept", "text/html"),)), "http_304"),
        (UNCHANGED, "http_304"),
        (replace(UNCHANGED, how="import", request_headers=(("If-None-Match", '"1"'),)), "http_304"),
    ],
)
def test_unchanged_is_told_of_what_was_named(entry: Entry, reason: str) -> None:
    assert refusal(capture_of(entry, Place("00000.warc.gz", 0, 0, ""), KEYS)) == (reason, None)
