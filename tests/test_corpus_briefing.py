"""Press conferences: every turn with its speaker and its question, nothing lost, and ordinary pages left as they are."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.pages.turns import take_apart
from corpus.readers.article import READER as ARTICLE
from corpus.readers.briefing import READER
from tests.captured import KEYS, RECORDED, capture, plain, recorded_capture
from tests.hostile import hostile

CASES = sorted((RECORDED / "briefing").iterdir())
ZH = ["甲社记者：今天天气如何？", "林舟：很好。", "乙报记者：明天呢？", "林舟：也好。"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recorded(case: Path) -> None:
    found = recorded_capture(case)
    assert READER.accepts(found)
    assert plain(READER.read(found, KEYS)) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", ["chinese", "english", "bold_names"])
def test_every_answer_has_its_question_and_the_order_is_kept(case: str) -> None:
    reading = READER.read(recorded_capture(RECORDED / "briefing" / case), KEYS)
    conference, *turns = reading.documents
    ranked = {one.document_id: one.rank for one in reading.sightings if one.found_by == "thread"}
    assert [ranked[turn.id] for turn in turns] == list(range(1, len(turns) + 1))
    places = {turn.id: place for place, turn in enumerate(turns)}
    for place, turn in enumerate(turns):
        assert turn.thread_id == conference.id and turn.kind == "turn" and len(turn.bylines) == 1
        if "answer" in turn.flags and place > 0:
            assert turn.reply_to and places[turn.reply_to] < place and "question" in turns[places[turn.reply_to]].flags
        else:
            assert turn.reply_to is None


def test_a_page_that_only_reports_a_conference_is_an_article() -> None:
    found = recorded_capture(RECORDED / "briefing" / "report_on_one")
    assert READER.read(found, KEYS) == ARTICLE.read(found, KEYS)


def test_ordinary_pages_are_not_asked_for() -> None:
    page = "<title>Cats at the harbour</title><p>Q: who? A: nobody.</p>"
    assert not READER.accepts(capture(page, url="https://harbour-daily.example/1"))
    assert not READER.accepts(capture(page, url="https://notmfa.gov.cn.example/1"))
    assert READER.accepts(capture(page, url="https://www.mfa.gov.cn/1"))


@pytest.mark.parametrize(
    ("lines", "title", "speakers"),
    [
        (ZH, "发言人林舟主持例行记者会", ["甲社记者", "林舟", "乙报记者", "林舟"]),
        (ZH, "例行记者会", ["甲社记者", "林舟", "乙报记者", "林舟"]),
        (["问：一？", "答：一。", "追问：二？", "答：二。"], "答记者问", ["问", "答", "追问", "答"]),
        (["Q: One?", "A: One.", "Follow-up: Two?", "A: Two."], "", ["Q", "A", "Follow-up", "A"]),
        (
            ["AFP: One?", "Lin Zhou: One.", "Dragon TV: Two?", "Lin Zhou: Two."],
            "Press Conference",
            ["AFP", "Lin Zhou", "Dragon TV", "Lin Zhou"],
        ),
        (["QUESTION: One?", "MS. MERCER: One."], "", ["QUESTION", "MS. MERCER"]),
        (["甲社记者：一？他说：", "他说：二", "林舟：三。"], "发言人林舟", ["甲社记者", "林舟"]),
        (["Note: this is no conference.", "Source: nobody", "He said: nothing."], "Press Conference", []),
        (["甲社记者：一？", "乙社记者：二？"], "记者会", []),
        (["Time: 10:30", "Place: here"], "Press briefing", []),
    ],
)
def test_who_speaks(lines: list[str], title: str, speakers: list[str]) -> None:
    assert [turn.speaker for turn in take_apart(lines, title).turns] == speakers


def test_a_page_in_two_languages_pairs_each_answer_with_its_own_question() -> None:
    lines = [
        "甲社记者：今天天气如何？",
        "CCTV: How is the weather today?",
        "林舟：今天天气很好。",
        "Lin Zhou: It is fine.",
    ] * 2
    turns = take_apart(lines, "发言人林舟主持例行记者会 Spokesperson Lin Zhou’s Regular Press Conference").turns
    assert [turn.answers for turn in turns] == [None, None, 0, 1, None, None, 4, 5]


@given(
    st.lists(
        st.sampled_from(
            [*ZH, "林舟：", "甲社记者：", "又及。", "Q: x", "A: y", ":", "：：", "1:16 p.m.", "a" * 99 + ":"]
        )
    )
)
def test_nothing_is_lost(lines: list[str]) -> None:
    told = take_apart(lines, "发言人林舟主持例行记者会")
    whole = "".join([told.opening, *(turn.speaker + turn.text for turn in told.turns)]).replace("\n", "")
    for line in lines:
        said = next((line.partition(sign)[2] for sign in "：:" if sign in line), line)
        assert said.strip() in whole  # a speaker without a word is no turn
    assert all(turn.text and turn.speaker for turn in told.turns)
    assert all(turn.answers is None or turn.answers < place for place, turn in enumerate(told.turns))


@given(st.lists(st.text(max_size=80), max_size=12), st.text(max_size=40))
def test_no_exception_for_any_lines(lines: list[str], title: str) -> None:
    take_apart(lines, title)


@given(st.binary(max_size=300))
def test_no_exception_for_any_bytes(body: bytes) -> None:
    page = b"<title>Press conference</title><p>Q: " + body + b"</p><p>A: " + body + b"</p>"
    for data in (body, page):
        reading = READER.read(capture(data, url="https://www.mfa.gov.cn/1"), KEYS)
        assert reading.documents or reading.rejections


def test_hostile_pages_and_addresses() -> None:
    deep = "<title>记者会</title>" + "<div>" * 3000 + "".join(f"<p>{line}</p>" for line in ZH * 50)
    long = "<title>记者会</title><p>" + "问：" * 20_000 + "</p><p>" + "A B C " * 20_000 + ": x</p>"
    for page in (deep, long, "<title>Press briefing</title>" + "<h1>" * 20_000):
        reading = READER.read(capture(page, url="https://www.mfa.gov.cn/1"), KEYS)
        assert reading.documents or reading.rejections
    for url in [*hostile(80), "http://["]:
        READER.accepts(capture(deep, url=url))
    READER.read(capture(deep, url="http://["), KEYS)
