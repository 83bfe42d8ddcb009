"""Feeds, sitemaps and robots.txt are accounted for, and what they list is sighted."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.readers import Reader, feed, part, robots
from tests.captured import KEYS, RECORDED, capture, plain, recorded_capture

CASES: list[tuple[Reader, Path]] = [(feed.READER, case) for case in sorted((RECORDED / "feed").iterdir())]
CASES += [(robots.READER, case) for case in sorted((RECORDED / "robots").iterdir())]
CASES += [(part.READER, case) for case in sorted((RECORDED / "part").iterdir())]


@pytest.mark.parametrize(("reader", "case"), CASES, ids=lambda value: getattr(value, "name", ""))
def test_recorded(reader: Reader, case: Path) -> None:
    found = recorded_capture(case)
    assert reader.accepts(found)
    assert plain(reader.read(found, KEYS)) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


def test_a_page_listed_meets_the_page_captured() -> None:
    body = "<urlset><url><loc>http://harbour-daily.example/a?utm_source=x</loc></url></urlset>"
    reading = feed.READER.read(capture(body, format="feed", url="https://harbour-daily.example/sitemap.xml"), KEYS)
    assert [one.document_id for one in reading.sightings] == [KEYS.page("https://harbour-daily.example/a")]
    assert [one.found_by for one in reading.sightings] == ["sitemap"]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_accounted_for(body: bytes) -> None:
    reading = feed.READER.read(capture(body, format="feed", url="https://harbour-daily.example/feed.xml"), KEYS)
    assert len(reading.rejections) == 1
