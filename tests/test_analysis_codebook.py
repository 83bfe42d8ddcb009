"""A codebook is checked whole: every fault at once, each with its line."""

from pathlib import Path

import pytest

from analysis.signs.codebook import codebook_digest, load_codebook
from corpus.errors import UserError

BOOK = Path(__file__).resolve().parent.parent / "studies" / "tiktok-refugees" / "codebook.toml"
SMALL = """\
[codebook]
id = "small"
version = "1"

[[theme]]
id = "cats"
label = { en = "Cats" }
define = { en = "Cats are spoken of." }
cues = [{ hans = "猫", en = "cats?", w = 2 }]
"""


def faults(tmp_path: Path, text: str) -> str:
    path = tmp_path / "codebook.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_codebook(path)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_first_study_s_codebook_loads() -> None:
    book = load_codebook(BOOK)
    assert len(book.theme) >= 13
    for theme in book.theme:
        assert {"zh_hans", "zh_hant", "en"} <= theme.label.keys()
        assert theme.test_hit and theme.test_miss


def test_a_small_one_needs_little(tmp_path: Path) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(SMALL, encoding="utf-8")
    book = load_codebook(path)
    assert book.codebook.threshold == 2 and book.article.title_factor == 2
    assert len(codebook_digest(path)) == 8


def test_every_fault_at_once_with_its_line(tmp_path: Path) -> None:
    text = (
        SMALL.replace('id = "small"', 'id = "small"\nthreshhold = 3')
        .replace('hans = "猫"', 'hans = "猫("')
        .replace("w = 2", "w = -1")
    )
    told = faults(tmp_path, text)
    assert "3 faults" in told
    assert "codebook.toml:3: codebook.threshhold: unknown key; did you mean 'threshold'?" in told
    assert "is no regular expression" in told and "greater than 0" in told


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('id = "cats"', 'id = "none"', "a label with a meaning of its own"),
        ('id = "cats"', 'id = "Cats!"', "does not have the form"),
        ('label = { en = "Cats" }', 'label = { zh_hans = "猫" }', "says nothing in en"),
        ('{ hans = "猫", en = "cats?", w = 2 }', "{ w = 2 }", "has no pattern"),
        ('version = "1"', 'version = "1"\nabstain_below = 5', "lies above the threshold"),
        ("[codebook]", "[codebook", "not TOML"),
        ('[{ hans = "猫", en = "cats?", w = 2 }]', "[]", "has no cues"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert fault in faults(tmp_path, SMALL.replace(old, new))


def test_a_theme_named_twice(tmp_path: Path) -> None:
    assert "'cats' is named twice" in faults(tmp_path, SMALL + SMALL[SMALL.index("[[theme]]") :])
