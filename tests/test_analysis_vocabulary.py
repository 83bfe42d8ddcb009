"""Content words are those that tell what a text is about, the same in either script and in any form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.topicmodels.vocabulary import as_words, content_word, plain_words, texts


@pytest.mark.parametrize(
    ("token", "lemma", "word"),
    [
        ("猫税", None, ("猫税", "zh")),
        ("貓稅", None, ("猫税", "zh")),
        ("TikTok难民", None, ("tiktok难民", "zh")),
        ("Refugees", "refugee", ("refugee", "en")),
        ("TikTok", None, ("tiktok", "en")),
        ("o’clock", None, ("o'clock", "en")),
        ("我们", None, None),
        ("我們", None, None),
        ("the", None, None),
        ("went", "go", None),
        ("猫", None, None),
        ("，", None, None),
        ("2025", None, None),
        ("@invented", None, None),
        ("#猫税[话题]#", None, None),
        ("[笑哭R]", None, None),
        ("😂", None, None),
        ("https://a.example/cats", None, None),
        ("me@a.example", None, None),
        ("привет", None, None),
        ("", None, None),
    ],
)
def test_content_words(token: str, lemma: str | None, word: tuple[str, str] | None) -> None:
    assert content_word(token, lemma) == word


@given(st.text(), st.one_of(st.none(), st.text()))
def test_any_token_is_a_word_or_none(token: str, lemma: str | None) -> None:
    found = content_word(token, lemma)
    assert found is None or (found[0] and found[0] not in plain_words() and found[1] in {"zh", "en"})


def test_rare_and_common_words_are_left_out() -> None:
    sequences = [["every", "few" if n < 3 else f"once{n}", "some" if n % 5 == 0 else "other"] for n in range(20)]
    found = texts("en", [str(n) for n in range(20)], sequences)
    assert found.words == ("few", "some")
    assert [one.tolist() for one in found.sequences[:4]] == [[0, 1], [0], [0], []]
    assert all(one.dtype == np.int32 for one in found.sequences)


def test_a_study_s_words_are_cut_as_texts_are() -> None:
    assert as_words("cat tax") == ["cat", "tax"]
    assert as_words("貓稅") == ["猫税"]
    assert as_words("the") == []
