"""Outlets' own selectors: read by day, checked against the generic answer, with an alarm where they part."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from corpus import showing
from corpus.build import build
from corpus.intake import intake
from corpus.pages.layouts import FLAGS, layouts_of
from corpus.read import read_capture
from corpus.records import Document
from corpus.study import load_study
from corpus.studyfile import Outlet
from tests.captured import KEYS, capture
from tests.studies import OUTLET, SENTENCES, STUDY

LAYOUTS = """zone = "Asia/Shanghai"

[[layout]]
text = ".story"
title = ".headline"
byline = ".who"
published = ".when"
remove = ".story .panel, .gone"

[[layout]]
until = 2025-02-01
text = "#old"
"""
URL = "https://harbour-daily.example/story-1"
NOW, THEN = datetime(2025, 2, 1, 8, tzinfo=UTC), datetime(2025, 1, 31, 8, tzinfo=UTC)
STORY = [f"{one} {two}" for one in SENTENCES for two in SENTENCES if one != two]
OTHER = "The ferry leaves at nine from the north pier, and its bell can be heard on the hill behind the school. "


def page(story: list[str], before: str = "", within: str = "", name: str = 'class="story"', after: str = "") -> str:
    paragraphs = "".join(f"<p>{line}</p>" for line in story)
    return (
        "<html><head><title>Harbour Daily</title></head><body>"
        '<h2 class="headline">The bell of the school</h2><h1>Harbour Daily</h1>'
        '<p class="who">By Ada Invented and Bo Made-up</p><span class="when">2025-01-16 09:05</span>'
        f"{before}<article><div {name}>{paragraphs}{within}</div></article>{after}</body></html>"
    )


def outlets(extra: str = LAYOUTS) -> dict[str, Outlet]:
    return {"harbour-daily": Outlet.model_validate(tomllib.loads(OUTLET + extra))}


def read(body: str, at: datetime = NOW, url: str = URL) -> Document:
    found = capture(body, url=url, fetched_at=at, source_id="harbour-daily")
    [document] = read_capture(found, KEYS, layouts_of(outlets())).documents
    return document


def flagged(document: Document) -> list[str]:
    return [flag for flag in document.flags if flag in FLAGS]


def test_a_layout_tells_text_title_names_and_time() -> None:
    document = read(page(STORY, within='<p class="panel">Sit down with us, and tell us what you have seen today.</p>'))
    assert document.text == "\n".join(STORY)
    assert flagged(document) == ["layout_agreed"]
    assert document.title == "The bell of the school"
    assert document.bylines == ("Ada Invented", "Bo Made-up")
    assert document.published_at == datetime(2025, 1, 16, 1, 5, tzinfo=UTC)
    assert document.zone_assumed == "Asia/Shanghai"


def test_the_day_and_the_host_choose_the_layout() -> None:
    layouts = layouts_of(outlets())
    assert [layouts.at(URL, day).layout.text for day in (date(2025, 1, 31), date(2025, 2, 1))] == ["#old", ".story"]  # type: ignore[union-attr]
    assert layouts.at("https://elsewhere.example/story-1", date(2025, 2, 1)) is None
    assert layouts.at("http://[", date(2025, 2, 1)) is None
    only_old = layouts_of(outlets(LAYOUTS[LAYOUTS.index("[[layout]]\nuntil") :]))
    assert only_old.at(URL, date(2025, 2, 1)) is None
    assert flagged(read(page(STORY, name='id="old"'), THEN)) == ["layout_agreed"]
    assert flagged(read(page(STORY, name='id="old"'), NOW)) == ["layout_empty"]
    assert flagged(read(page(STORY), url="https://elsewhere.example/story-1")) == []


def test_a_page_from_a_web_archive_has_the_layout_of_the_day_it_shows() -> None:
    found = capture(
        page(STORY, name='id="old"'), url=URL, fetched_at=datetime(2026, 1, 1, tzinfo=UTC), source_id="harbour-daily"
    )
    found = replace(found, finding=replace(found.finding, collected_at=THEN))
    [document] = read_capture(found, KEYS, layouts_of(outlets())).documents
    assert flagged(document) == ["layout_agreed"]


def test_where_a_page_changed_the_generic_answer_holds() -> None:
    changed = page(STORY, name='class="new"', after=f'<div class="story"><p>{OTHER * 2}</p></div>')
    document = read(changed)
    assert flagged(document) == ["layout_parted"]
    assert STORY[0] in document.text and document.text.count("\n") >= len(STORY) - 1
    assert document.title != "The bell of the school", "a layout that is not believed tells nothing"


def test_where_the_extractors_do_not_agree_the_layout_holds() -> None:
    """Of a page of two texts, one extractor takes the one and another both."""
    second = "".join(f"<p>{OTHER}{n}. {OTHER}</p>" for n in range(9))
    doubtful = page(STORY[:4], after=f"<section><div>{second}</div></section><div><div><p>{OTHER * 3}</p></div></div>")
    found = capture(doubtful, url=URL, fetched_at=NOW, source_id="harbour-daily")
    [generic] = read_capture(found, KEYS).documents
    assert generic.extraction_confidence is not None and generic.extraction_confidence < 0.8
    assert OTHER.strip() in generic.text
    document = read(doubtful)
    assert flagged(document) == ["layout_parted"]
    assert document.text == "\n".join(STORY[:4])
    assert document.extraction_confidence is not None and document.extraction_confidence < 0.6


def test_a_build_counts_them_and_sounds_the_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANYING_KEYS", str(tmp_path / "keys"))
    folder = tmp_path / "study"
    (folder / "outlets").mkdir(parents=True)
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET + LAYOUTS, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY.replace('themes = "codebook.toml"', ""), encoding="utf-8")
    held = folder / "held"
    held.mkdir()
    rows = ["path,url,date,source"]
    for number in range(4):
        story = [f"{line} It was day {number}." for line in STORY]
        body = page(story, name='class="new"' if number == 3 else 'class="story"')
        (held / f"{number}.html").write_text(body, encoding="utf-8")
        rows.append(
            f"{number}.html,https://harbour-daily.example/{number},2025-02-0{number + 1}T08:00:00Z,harbour-daily"
        )
    (held / "urls.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    study = load_study(folder)
    intake(study, [held], None, say=lambda line: None)
    built = build(study, workers=1)
    assert built.counts["layouts"] == {
        "harbour-daily": {"layout_agreed": 3, "layout_parted": 0, "layout_empty": 1}
    } == built.snapshot.manifest["counts"]["layouts"]  # fmt: skip
    [alarm] = [line for line in showing.built(dict(built.counts), built.snapshot.folder) if "alarm" in line]
    assert "layout of harbour-daily parted on 0 of 4 pages and found nothing on 1" in alarm
    before = study.digest
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET + LAYOUTS.replace("#old", "#older"), encoding="utf-8")
    assert load_study(folder).digest != before


def test_no_alarm_where_all_agree() -> None:
    agreed = {"layouts": {"harbour-daily": {"layout_agreed": 3, "layout_parted": 0, "layout_empty": 0}}}
    assert showing.layouts(agreed) == showing.layouts({}) == []
