"""Which pages are due for a recheck, at which address, with which validators."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from corpus.archive import Archive, Entry
from corpus.build import build
from corpus.errors import UserError
from corpus.rechecks import plan_recheck
from corpus.records import Finding, Permission
from corpus.study import Study, load_study
from corpus.visits import Plan, Visit
from tests.captured import capture
from tests.studies import PAGE, SENTENCES, make_study

START = datetime(2025, 2, 1, 8, tzinfo=UTC)
HOST = "http://harbour-daily.example"


def body_of(name: str) -> bytes:
    paragraphs = "".join(f"<p>{sentence} It was about {name}.</p>" for sentence in SENTENCES)
    return PAGE.format(title=f"On {name}", day=4, paragraphs=paragraphs).encode()


def archived(study: Study, *entries: tuple[float, str, int, bytes, dict[str, str]]) -> None:
    with Archive(study.archive_folder) as archive:
        for hours, url, status, body, headers in entries:
            archive.append(
                Entry(
                    source_id="harbour-daily",
                    url=url,
                    fetched_at=START + timedelta(hours=hours),
                    status=status,
                    headers=(("Content-Type", "text/html"), *headers.items()),
                    body=body,
                    how="http",
                    format="page",
                    finding=Finding("archive" if "archive" in url else "link"),
                    permission=Permission("allowed"),
                )
            )
        archive.commit()


@pytest.fixture
def planned(tmp_path: Path) -> tuple[Study, Plan]:
    study = make_study(tmp_path / "small")
    kept = "https://web.archive.example/web/20250102030405id_/http://harbour-daily.example/kept?b=2&a=1"
    archived(
        study,
        (5, f"{HOST}/tagged?utm_source=feed", 200, body_of("tags"), {"ETag": 'W/"1"', "Last-Modified": "then"}),
        (6, f"{HOST}/tagged", 304, b"", {"ETag": 'W/"2"'}),
        (1, f"{HOST}/soft", 200, body_of("softness"), {"ETag": '"good"'}),
        (7, f"{HOST}/soft", 200, b"<title>Page not found</title><p>Sorry, try the search.</p>", {"ETag": '"gone"'}),
        (2, f"{HOST}/odd", 200, body_of("oddity"), {"ETag": "\u00e9"}),
        (3, kept, 200, body_of("archives"), {"ETag": '"of-the-archive"'}),
        (1.5, f"{HOST}/half", 200, gzip.compress(body_of("halves"))[:-4], {"ETag": '"1"', "Content-Encoding": "gzip"}),
    )
    build(study, workers=1)
    return study, plan_recheck(study)


def test_each_document_is_visited_once_at_its_own_address(planned: tuple[Study, Plan]) -> None:
    study, plan = planned
    visits = {visit.url: visit for visit in plan.visits()}
    ours = {url: (visit.etag, visit.since) for url, visit in visits.items() if "story" not in url}
    assert ours == {
        f"{HOST}/tagged?utm_source=feed": ('W/"1"', "then"),
        f"{HOST}/soft": ('"good"', None),
        f"{HOST}/odd": (None, None),
        f"{HOST}/kept?b=2&a=1": (None, None),
        f"{HOST}/half": (None, None),
    }
    stories = {url for url in visits if "story" in url}
    assert len(stories) == 5 and all(visits[url].etag is None for url in stories), "imports come without validators"
    assert len(list(plan.visits())) == len(visits) == 10
    assert plan.sources == ("harbour-daily",), "the notes are known by their comments alone, the text is nobody's page"
    assert plan_recheck(study, ["harbour-daily"]).sources == plan.sources


def test_those_come_first_that_were_not_looked_at_for_longest(planned: tuple[Study, Plan]) -> None:
    urls = [visit.url.removeprefix(HOST) for visit in planned[1].visits()]
    assert urls[0] == "/kept?b=2&a=1", "what an archive had kept was looked at when the archive did so"
    assert urls[-3:] == ["/odd", "/tagged?utm_source=feed", "/soft"]


def test_an_answer_is_judged_as_the_build_will(planned: tuple[Study, Plan]) -> None:
    def told(body: bytes, name: str = "tagged", **known: Any) -> tuple[str, str | None]:
        return planned[1].state(capture(body, url=f"{HOST}/{name}", source_id="harbour-daily", **known))

    assert told(body_of("tags")) == ("live", None)
    assert told(body_of("edits")) == ("edited", None)
    assert told(body_of("edits"), "story-0") == ("live", None), "imported: no edit is known"
    assert told(b"", status=304, how="http") == ("live", "304")
    assert told(b"%PDF", media_type="application/pdf") == ("unknown", "not_html")


def test_a_damaged_entry_costs_its_validators_only(planned: tuple[Study, Plan]) -> None:
    study, _ = planned
    for path in study.archive_folder.glob("*.warc.gz"):
        path.write_bytes(bytes(path.stat().st_size))
    visits = list(plan_recheck(study).visits())
    assert Visit("https://harbour-daily.example/tagged", "harbour-daily") in visits and len(visits) == 10


def test_a_snapshot_is_needed_that_tells_of_availability(tmp_path: Path) -> None:
    study = make_study(tmp_path / "small")
    with pytest.raises(UserError, match="no corpus was built"):
        plan_recheck(study)
    build(study, workers=1)
    with pytest.raises(UserError, match="no source 'nobody'"):
        plan_recheck(study, ["nobody"])
    with pytest.raises(UserError, match="no article or post"):
        plan_recheck(load_study(study.folder), ["rednote"])
