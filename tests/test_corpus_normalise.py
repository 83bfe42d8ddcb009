"""Normalising changes the form of a text, never what it says, and nothing the second time."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.records import Document
from corpus.stages.normalise import clean, is_empty, normalise

# What makes trouble, more often than chance would draw it.
TROUBLE = "ab é\u0301\u0327一猫\ud83d\ude00\ud800\x00\x07\x1c\r\n\t\x85\u2028\u200b\u200c\u200d\u2060\ufeff\ufe0f\u00ad\u3000 \u0634👩🏽❤#1\u20e3\U000e0067⫝̸Å"
TEXTS = st.one_of(st.text(), st.text(alphabet=st.sampled_from(TROUBLE)), st.text(alphabet=st.characters()))


def document(text: str, title: str | None = None, **more: Any) -> Document:
    return replace(Document(id="d", source_id="rednote", kind="post", url=None, title=title, text=text), **more)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("  one\n\n\n\n two  \n", "one\n\n two"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("pair \ud83d\ude00", "pair 😀"),
        ("cafe\u0301", "café"),
        ("ｆｕｌｌ　ｗｉｄｔｈ ﬁ ①", "ｆｕｌｌ　ｗｉｄｔｈ ﬁ ①"),  # NFC, never NFKC
        ("\ufeff欢\u200b迎\u2060", "欢迎"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f 🏴\U000e0067\U000e007f", "👩\u200d👩\u200d👧 ❤\ufe0f 🏴\U000e0067\U000e007f"),
        ("a\u200db c\u200c", "ab c"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("e\u200b\u0301", "é"),  # what stood between a letter and its accent
    ],
)
def test_form(raw: str, text: str) -> None:
    assert clean(raw)[0] == text


def test_flags_tell_what_was_taken() -> None:
    assert clean("a\x00b")[1] == ("controls_removed",)
    assert clean("a\udfffb\x01")[1] == ("surrogates_replaced", "controls_removed")
    assert clean("a\r\nb")[1] == ()
    assert normalise(document("x", title="\x00t", flags=("truncated",))).flags == ("truncated", "controls_removed")


def test_every_string_of_a_document_can_be_stored() -> None:
    bad = "x\ud800\x00"
    done = normalise(
        document(
            bad,
            title=f" {bad}\n{bad} ",
            url=bad,
            published_raw=bad,
            ip_location_raw=bad,
            hashtags=(bad, "\u200b"),
            bylines=(bad, " "),
        )
    )
    assert done.title == "x\ufffd x\ufffd"
    assert done.hashtags == ("x\ufffd",) and done.bylines == ("x\ufffd",)
    for value in (done.text, done.title, done.url, done.published_raw, done.ip_location_raw):
        assert value is not None and value.encode("utf-8") and "\x00" not in value


@given(TEXTS, st.one_of(st.none(), TEXTS), st.lists(TEXTS, max_size=2))
def test_twice_changes_nothing(text: str, title: str | None, tags: list[str]) -> None:
    once = normalise(document(text, title, hashtags=tuple(tags)))
    assert normalise(once) == once
    once.text.encode("utf-8")


@given(TEXTS)
def test_a_text_without_signs_is_empty(text: str) -> None:
    done = normalise(document(text))
    assert is_empty(done) == (not done.text)


def test_a_title_alone_is_something() -> None:
    assert is_empty(normalise(document(" \u200b\n", title="\x00")))
    assert not is_empty(normalise(document("", title="Welcome")))
