"""No text makes a reader, or what makes a text publishable, take long: time grows with a run of one sign, not with its square."""

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpus.read import readers
from corpus.stages.normalise import normalise
from corpus.stages.pseudonymise import mask_value, pseudonymise
from corpus.walls import visible
from tests.captured import KEYS, RECORDED, recorded_capture

LONG = 50_000
SECONDS = 4.0
RUNS = (" ", "\n", "#", "@", "<", "(", "a", ".")
FORMS = (
    *(
        "article/english",
        "bluesky/thread",
        "briefing/english",
        "feed/rss",
        "front/links",
        "mastodon/timeline",
        "part/data",
    ),
    *("rednote/card", "rednote/comment_with_replies", "rednote/fourcat_note", "rednote/mediacrawler_reply"),
    *("rednote/page_state", "robots/plain", "row/post", "text/title_and_text", "wechat/article", "weibo/mobile_post"),
    "weibo/page_state",
)
_TEXT = re.compile(r"\s|[\u3040-\u9fff]")
_PLACES = (
    "<p>",
    "</title>",
    "<title>",
    "<script>",
    "</h1>",
    "<pre>",
    "</description>",
    "<loc>",
    "desc: '",
    '"text": "',
)


def fed(case: Path, run: str) -> list[bytes]:
    """The case's input with a run in its texts: in all of them at once, and, of a page, in several of its places."""
    body = next(case.glob("input.*")).read_bytes()
    try:
        value = json.loads(body)
    except ValueError:
        text = body.decode("utf-8", "replace")
        places = [text.find(place) + len(place) for place in _PLACES if place in text] or [len(text) // 2]
        return [(text[:at] + f"x{run}y" + text[at:]).encode() for at in places]
    return [json.dumps(_filled(value, f"x{run}y")).encode()]


def _filled(value: Any, run: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, run) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, run) for one in value]
    return value + run if isinstance(value, str) and _TEXT.search(value) else value


def read_all(case: Path, run: str) -> float:
    """The longest that one input takes to be read and made publishable, in seconds of this process."""
    longest = 0.0
    for body in fed(case, run):
        capture = replace(recorded_capture(case), body=body)
        began = time.process_time()
        reader = next(reader for _, reader in readers() if reader.accepts(capture))
        reading = reader.read(capture, KEYS)
        for document in reading.documents:
            pseudonymise(normalise(document), KEYS)
        longest = max(longest, time.process_time() - began)
    return longest


@pytest.mark.parametrize("form", FORMS)
def test_time_does_not_grow_with_the_square_of_a_run(form: str) -> None:
    slow = {run: taken for run in RUNS if (taken := read_all(RECORDED / form, run * LONG)) > SECONDS}
    assert not slow


def test_every_reader_is_fed() -> None:
    assert {form.partition("/")[0] for form in FORMS} == {name for name, _ in readers()}


@pytest.mark.parametrize("run", RUNS)
def test_nor_how_something_was_found(run: str) -> None:
    began = time.process_time()
    mask_value(f"x{run * LONG}y", "rednote", KEYS)
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("run", ["<", "<!", "</script", "<a "])
def test_nor_what_is_seen_of_a_page(run: str) -> None:
    began = time.process_time()
    visible(run * (400_000 // len(run)))
    assert time.process_time() - began < SECONDS
