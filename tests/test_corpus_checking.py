"""`huanying check`: what will be asked of whom, how often, what is refused and why, and where all of it is written."""

from pathlib import Path

import pytest

from corpus.authoring import write_study
from corpus.checking import explain
from corpus.errors import UserError
from corpus.study import key_folder, load_study

STUDY = """\
[study]
id = "small"
title = "A small study"
purpose = "To test."
contact = "someone@university.edu"
legal_basis = "none needed"
ethics = "board 7, 2025"
[window]
start = 2025-01-10
end = 2025-01-20
[queries]
zh = ["小红书"]
en = ["RedNote"]
[[source]]
id = "harbour"
pages = 120
[[source]]
id = "rednote"
[politeness]
delay = 5.0
"""
OUTLET = """\
name = "Harbour Daily"
owner = { value = "private", as_of = 2025-01-01, source = "invented" }
country = { value = "US", as_of = 2025-01-01, source = "invented" }
languages = ["en"]
homepage = "https://harbour.example/"
hosts = ["harbour.example"]
feeds = ["https://harbour.example/feed"]
sitemaps = ["https://harbour.example/map.xml"]
fronts = ["https://harbour.example/"]
delay = 30.0
"""


def write(folder: Path, study: str = STUDY, outlet: str = OUTLET) -> Path:
    (folder / "outlets").mkdir(parents=True)
    (folder / "study.toml").write_text(study, encoding="utf-8")
    (folder / "outlets" / "harbour.toml").write_text(outlet, encoding="utf-8")
    return folder


def explained(folder: Path) -> dict[str, str]:
    sections = explain(load_study(folder))
    assert all(line and "\n" not in line for _, body in sections for line in body)
    return {title: "\n".join(body) for title, body in sections}


def test_what_will_be_asked_of_whom(tmp_path: Path) -> None:
    said = explained(write(tmp_path))
    assert "2025-01-10 to 2025-01-20, both included, as days of Asia/Shanghai" in said["What is looked for"]
    assert "小红书, RedNote" in said["What is looked for"]
    harbour = said["Source harbour"]
    for address in ("feed: https://harbour.example/feed", "sitemap: https://harbour.example/map.xml"):
        assert address in harbour
    assert "front: https://harbour.example/" in harbour
    assert "owner private as of 2025-01-01 (invented)" in harbour
    assert "at most 120 pages a run, 30 s or more apart: 60 min" in harbour
    assert "UNTRIED" in harbour
    assert "5 s or more between two requests" in said["How it is asked"]
    assert "someone@university.edu" in said["The study"]


def test_rednote_is_imported_where_robots_forbid(tmp_path: Path) -> None:
    said = explained(write(tmp_path))["Source rednote"]
    assert "nothing is crawled" in said
    assert "huanying import" in said
    assert "robots.txt" in said


def test_what_is_refused_and_why(tmp_path: Path) -> None:
    said = explained(write(tmp_path))["What is refused, and why"]
    for word in ("robots.txt is asked for first, live", "login wall", "public internet", "no switch"):
        assert word in said
    assert "loopback" not in said


def test_served_names_are_told(tmp_path: Path) -> None:
    said = explained(write(tmp_path, STUDY + '[loopback]\n"harbour.example" = "127.0.0.1:8123"\n'))
    assert "served on this machine: harbour.example at 127.0.0.1:8123" in said["Source harbour"]
    assert "but for the 1 names that [loopback] serves" in said["What is refused, and why"]


def test_where_the_key_lies_and_everything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "study")
    said = explained(folder)["Where everything is written"]
    assert str(folder / "archive") in said
    assert str(key_folder() / "small.key") in said
    assert "made at first use" in said
    assert not list(key_folder().iterdir())  # to explain makes nothing
    load_study(folder).keys()
    assert "there; keep a copy apart" in explained(folder)["Where everything is written"]
    monkeypatch.setenv("HUANYING_KEYS", str(folder / "keys"))
    assert "REFUSED: the study key may not lie in the study folder" in explained(folder)["Where everything is written"]


def test_what_is_still_to_settle(tmp_path: Path) -> None:
    write_study(tmp_path / "new", "new")
    said = explained(tmp_path / "new")["To settle before you crawl"]
    assert "study.contact is the example" in said
    assert "study.ethics is empty" in said
    done = write(tmp_path / "study", outlet=OUTLET + "tried = 2026-11-20\n")
    assert explained(done)["To settle before you crawl"] == "nothing"
    assert "last seen to answer on 2026-11-20" in explained(done)["Source harbour"]


def test_words_that_select_nothing_are_told(tmp_path: Path) -> None:
    none = STUDY.replace('zh = ["小红书"]\nen = ["RedNote"]\n', "")
    assert "no words" in explained(write(tmp_path / "a", none))["What is looked for"]
    every = STUDY.replace("[queries]\n", '[queries]\nselect = "all"\n')
    assert "every page" in explained(write(tmp_path / "b", every))["What is looked for"]


def test_a_faulty_events_file_is_no_explanation(tmp_path: Path) -> None:
    folder = write(tmp_path, STUDY + '[files]\nevents = "events.csv"\n')
    (folder / "events.csv").write_text("event_id\ne1\n")
    with pytest.raises(UserError, match=r"events\.csv:1"):
        explain(load_study(folder))


def test_an_archive_tells_of_whom_it_is_asked_and_whose_rules_hold(tmp_path: Path) -> None:
    study = STUDY + '[[source]]\nid = "wayback"\n[[source]]\nid = "gdelt"\n'
    told = explained(write(tmp_path, study.replace("[politeness]\ndelay = 5.0\n", "")))
    for name in ("wayback", "gdelt"):
        assert "asked for what it holds of: harbour" in told[f"Source {name}"]
        assert "its own robots.txt decides" in told[f"Source {name}"]
        assert "UNTRIED" in told[f"Source {name}"]
    assert "front: https://web.archive.org/cdx/search/cdx" in told["Source wayback"]
