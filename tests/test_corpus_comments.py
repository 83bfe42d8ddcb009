"""Readers' comments below an article: documents of their own where the page marks each, with pseudonyms for names."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.build import build
from corpus.identity import Keys
from corpus.intake import intake
from corpus.read import read_capture
from corpus.records import Document, Reading
from corpus.study import load_study
from tests.captured import KEYS, capture, plain
from tests.studies import OUTLET, SENTENCES, STUDY

URL = "https://harbour-daily.example/2025/01/16/bell.html"
STORY = "".join(f"<p>{one} {two}</p>" for one in SENTENCES for two in SENTENCES if one != two)
FIRST, ANSWER, LAST = (
    "I rang that bell for nine years.",
    "So did I, and @bo_made_up with me!",
    "Nobody asked the pupils.",
)


def comment(number: int, name: str, said: str, within: str = "", when: str = "2025-01-16T18:04:05+08:00") -> str:
    """As most blogs write it: the answers stand within."""
    return (
        f'<li class="comment depth-1" id="comment-{number}"><article><footer class="comment-meta"><b class="fn">{name}</b> says:'
        f'<time datetime="{when}">yesterday</time></footer><div class="comment-content"><p>{said}</p></div></article>'
        f'<ul class="children">{within}</ul></li>'
    )


def page(below: str, head: str = "") -> str:
    title = "<title>The bell of the school</title>"
    return f"<html><head>{title}{head}</head><body><article><h1>The bell of the school</h1>{STORY}</article>{below}</body></html>"


LISTED = '<div id="comments"><h3>3 comments</h3><ol class="comment-list">{}</ol></div>'.format(
    comment(7, "Ada Invented", FIRST, within=comment(8, "Bo Made-up", ANSWER))
    + comment(9, "Anonymous", LAST, when="soon")
)


def read(body: str, keys: Keys = KEYS) -> Reading:
    return read_capture(capture(body, url=URL, source_id="harbour-daily"), keys)


def comments_of(reading: Reading) -> list[Document]:
    return [one for one in reading.documents if one.kind == "comment"]


def test_marked_comments_are_documents_of_the_article() -> None:
    reading = read(page(LISTED))
    [article] = [one for one in reading.documents if one.kind == "article"]
    first, answer, last = comments_of(reading)
    assert [one.text for one in (first, answer, last)] == [FIRST, ANSWER, LAST]
    assert {one.thread_id for one in (first, answer, last)} == {article.id}
    assert (first.reply_to, answer.reply_to, last.reply_to) == (article.id, first.id, article.id)
    assert first.published_at == datetime(2025, 1, 16, 10, 4, 5, tzinfo=UTC)
    assert last.published_at is None and "no_time" in last.flags
    assert not any(said in article.text for said in (FIRST, ANSWER, LAST))
    assert len({one.document_id for one in reading.sightings if one.found_by == "thread"}) == 3


def test_names_become_pseudonyms_of_the_host() -> None:
    reading = read(page(LISTED))
    first, answer, last = comments_of(reading)
    assert first.author_key and answer.author_key and first.author_key != answer.author_key
    assert last.author_key is None, "nobody in particular"
    written = json.dumps(plain(reading), ensure_ascii=False)
    assert not any(name in written for name in ("Ada", "Invented", "Bo Made-up", "Anonymous"))
    other = read_capture(capture(page(LISTED), url=URL.replace("daily", "weekly"), source_id="x"), KEYS)
    assert comments_of(other)[0].author_key != first.author_key


def test_a_later_capture_gives_the_same_comments_the_same_ids() -> None:
    more = LISTED.replace('<ol class="comment-list">', '<ol class="comment-list">' + comment(3, "Cy Unreal", "First!"))
    before, after = ({one.id: one.text for one in comments_of(read(page(one)))} for one in (LISTED, more))
    assert before.items() < after.items() and len(after) == 4


def test_comments_of_the_articles_own_data() -> None:
    said = [
        {"@type": "Comment", "text": FIRST, "author": {"@type": "Person", "name": "Ada Invented"},
         "dateCreated": "2025-01-16T18:04:05+08:00", "comment": {"@type": "Comment", "text": ANSWER}},
        {"@type": "Comment", "text": ""}, {"@type": "Thing", "text": LAST}, 7, None,
    ]  # fmt: skip
    data = {"@type": "NewsArticle", "headline": "The bell of the school", "comment": said}
    reading = read(page("", f'<script type="application/ld+json">{json.dumps(data)}</script>'))
    first, answer = comments_of(reading)
    assert (first.text, answer.text) == (FIRST, ANSWER)
    assert answer.reply_to == first.id and first.author_key and answer.author_key is None
    assert "Invented" not in json.dumps(plain(reading))


def test_what_only_looks_like_a_comment_is_none() -> None:
    unnumbered = LISTED.replace('id="comment-', 'id="remark-')
    unmarked = LISTED.replace("comment-content", "words")
    other_page = {"@type": "Comment", "text": FIRST}
    loose = page("", f'<script type="application/ld+json">{json.dumps(other_page)}</script>')
    for body in (page(unnumbered), page(unmarked), loose, page("")):
        assert not comments_of(read(body))
    gone = read(f"<html><body>{LISTED}</body></html>")
    assert not comments_of(gone) or gone.documents[0].kind == "article", "never without an article"


def test_a_comment_of_a_later_day_than_the_capture_has_no_time() -> None:
    [one] = comments_of(read(page(comment(1, "Ada Invented", FIRST, when="2031-01-01T00:00:00Z"))))
    assert one.published_at is None


@given(st.lists(st.sampled_from([LISTED[at : at + 40] for at in range(0, len(LISTED), 40)]), max_size=30))
@settings(max_examples=40, deadline=None)
def test_broken_lists_raise_nothing(parts: list[str]) -> None:
    reading = read(page("".join(parts)))
    assert reading.documents[0].kind == "article"
    assert len({one.id for one in reading.documents}) == len(reading.documents)


def test_comments_below_a_conference_stay_comments() -> None:
    turns = "".join(
        f"<p>Harbour Daily: What of bell number {n}?</p><p>Ada Invented: It rings at {n}, as it always has, and we like it so.</p>"
        for n in range(1, 7)
    )
    body = (
        page(LISTED).replace(STORY, turns).replace("The bell of the school", "Spokesperson's Regular Press Conference")
    )
    reading = read(body)
    assert [one.text for one in comments_of(reading)] == [FIRST, ANSWER, LAST]
    assert len([one for one in reading.documents if one.kind == "turn"]) == 12


def test_a_build_holds_them_without_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANYING_KEYS", str(tmp_path / "keys"))
    folder = tmp_path / "study"
    held = folder / "held"
    held.mkdir(parents=True)
    (folder / "outlets").mkdir()
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY.replace('themes = "codebook.toml"', ""), encoding="utf-8")
    (held / "page.html").write_text(page(LISTED), encoding="utf-8")
    (held / "urls.csv").write_text(f"path,url,date,source\npage.html,{URL},2025-01-20T08:00:00Z,harbour-daily\n")
    study = load_study(folder)
    intake(study, [held], None, say=lambda line: None)
    snapshot = build(study, workers=1).snapshot
    rows = {row["id"]: row for row in snapshot.table("documents").to_pylist()}
    assert sorted(row["kind"] for row in rows.values()) == ["article", "comment", "comment", "comment"]
    assert all(
        row["thread_id"] in rows and row["reply_to"] in rows for row in rows.values() if row["kind"] == "comment"
    )
    assert [row["documents"] for row in snapshot.table("captures").to_pylist()] == [4]
    written = json.dumps([snapshot.table(name).to_pylist() for name in snapshot.tables], default=str)
    assert "Bo Made-up" not in written and "bo_made_up" not in written and "Ada Invented" not in written
