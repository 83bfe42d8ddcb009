"""Nothing of why a capture gave no document leads to a person."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.answers import state_of
from corpus.archive import Archive, Entry
from corpus.build import build
from corpus.reasons import plain, plainly
from corpus.records import Finding, Observation, Permission, Rejection
from tests.captured import FETCHED_AT, KEYS, capture
from tests.studies import make_study

URL = "https://harbour.example/a/1?b=2"
CAPTURE = capture("", url=URL, status=302, source_id="harbour")


def published(detail: str, reason: str = "redirect") -> str | None:
    return plain(Rejection("c", None, "read", reason, detail), CAPTURE, KEYS).detail


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("/b/2", "/b/2"),
        ("https://other.example/b#c", "https://other.example/b"),
        ("/b/2?token=SECRET", "/b/2?…"),
        ("/?p=5", "/?…"),
        ("https://social.example/@alice?token=SECRET", "[profile]"),
        ("/@alice/5", "[profile]"),
        ("https://alice:SECRET@other.example/b", "https://other.example/b"),
        ("//alice:SECRET@other.example/b?c", "//other.example/b?…"),
        ("/a/1?b=2&utm_source=SECRET", None),
        ("https://[broken?token=SECRET", "[no address]"),
    ],
)
def test_where_a_redirect_leads_is_told_without_accounts_and_tokens(location: str, told: str | None) -> None:
    assert published(location) == told


def test_a_query_left_out_makes_no_front_page_of_its_address() -> None:
    assert state_of("redirect", published("/?p=5"), URL) is None
    assert state_of("redirect", published("/"), URL) == ("gone", "sent on to the front page")


def test_words_of_a_page_and_evidence_are_masked() -> None:
    said = "Not found: https://social.example/@alice, ask someone@harbour.example or @alice"
    for told in (
        published(said, "gone"),
        plainly(Observation("d", "c", FETCHED_AT, state="gone", evidence=said), CAPTURE, KEYS).evidence,
    ):
        assert told is not None and told.startswith("Not found: [profile]")
        assert "alice" not in told and "someone" not in told
    assert published("application/pdf", "not_html") == "application/pdf"


@given(st.text(max_size=60))
def test_no_location_makes_it_fail(location: str) -> None:
    published(location)
    published("http://" + location)


def test_a_build_publishes_them_so(tmp_path: Path) -> None:
    study = make_study(tmp_path / "small")
    entry = Entry(
        source_id="harbour-daily",
        url="http://harbour-daily.example/moved",
        fetched_at=FETCHED_AT,
        status=302,
        headers=(("Location", "https://social.example/@alice?token=SECRET"),),
        body=b"",
        how="http",
        format="page",
        finding=Finding("link"),
        permission=Permission("allowed"),
    )
    odd = replace(
        entry, status=200, headers=(("Content-Type", "text/plain"),), body=b"x", format="alice@harbour.example"
    )
    with Archive(study.archive_folder) as archive:
        archive.append(entry)
        archive.append(odd)
        archive.commit()
    rows = build(study, workers=1).snapshot.table("rejections").to_pylist()
    told = {row["reason"]: row["detail"] for row in rows}
    assert (told["redirect"], told["no_reader"]) == ("[profile]", "[email]")
