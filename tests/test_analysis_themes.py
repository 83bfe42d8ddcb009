"""Themes are given as the codebook says, in both scripts, and their cues point at the stored text."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.annotators import Label, Passage
from analysis.annotators.themes import ANNOTATOR, ThemeFinder
from analysis.signs.codebook import Codebook, load_codebook
from analysis.signs.cues import CueFinder, fold
from analysis.signs.needles import Needled, needles
from corpus.study import load_study
from tests.studies import STUDY

BOOK = load_codebook(Path(__file__).resolve().parent.parent / "studies" / "tiktok-refugees" / "codebook.toml")
FINDER = ThemeFinder(BOOK)
CASES = [
    (theme.id, text, hit)
    for theme in BOOK.theme
    for hit, texts in ((True, theme.test_hit), (False, theme.test_miss))
    for text in texts
]


def whole(labels: list[Label]) -> dict[str, float | None]:
    return {label.label: label.score for label in labels if label.start is None}


def book(cues: str, extra: str = "") -> Codebook:
    import tomllib

    return Codebook.model_validate(
        tomllib.loads(
            f'[codebook]\nid = "t"\nversion = "1"\n[[theme]]\nid = "cats"\nlabel = {{ en = "Cats" }}\n'
            f'define = {{ en = "Cats." }}\ncues = [{cues}]\n{extra}'
        )
    )


@pytest.mark.parametrize(
    ("theme", "text", "hit"), CASES, ids=[f"{theme}-{number}" for number, (theme, _, _) in enumerate(CASES)]
)
def test_the_codebook_s_own_texts(theme: str, text: str, hit: bool) -> None:
    assert (theme in whole(FINDER.label(Passage(text, "mul", "comment")))) == hit


def test_score_is_the_sum_of_distinct_cues() -> None:
    finder = ThemeFinder(book('{ hans = "猫", w = 2 }, { hans = "税", en = "tax", w = 1 }'))
    assert whole(finder.label(Passage("猫猫猫", "zh"))) == {"cats": 2}
    assert whole(finder.label(Passage("猫税 tax", "mul"))) == {"cats": 3}
    assert whole(finder.label(Passage("税", "zh"))) == {"abstain": None}
    assert whole(finder.label(Passage("狗", "zh"))) == {"none": None}


def test_places_are_those_of_the_stored_text() -> None:
    text = "ﬁrst，ＣＡＴ ＴＡＸ！這是貓稅"  # the ligature folds to two signs, the full-width letters to others
    spans = [(text[label.start : label.end]) for label in FINDER.label(Passage(text, "mul")) if label.start is not None]
    assert spans == ["ＣＡＴ ＴＡＸ", "貓稅"]


def test_traditional_text_meets_simplified_cues_and_its_own() -> None:
    finder = ThemeFinder(book('{ hans = "猫税", w = 2 }, { hant = "便當", w = 2 }'))
    assert whole(finder.label(Passage("貓稅和便當", "zh-Hant"))) == {"cats": 4}


def test_what_is_excluded_is_no_sign() -> None:
    finder = ThemeFinder(book('{ hans = "猫", en = "cats?", w = 2 }', 'exclude = ["熊猫", "cats and dogs"]'))
    assert whole(finder.label(Passage("熊猫", "zh"))) == {"none": None}
    assert whole(finder.label(Passage("熊貓和貓", "zh-Hant"))) == {"cats": 2}
    assert whole(finder.label(Passage("It rains Cats and Dogs", "en"))) == {"none": None}


def test_english_cues_stand_alone() -> None:
    finder = ThemeFinder(book('{ en = "cat|FBI", w = 2 }'))
    assert whole(finder.label(Passage("category, concatenate", "en"))) == {"none": None}
    assert whole(finder.label(Passage("A CAT.", "en"))) == whole(finder.label(Passage("fbi", "en"))) == {"cats": 2}
    assert whole(finder.label(Passage("我的cat很好", "mul"))) == {"cats": 2}


def test_articles_count_titles_more_and_once_is_nothing() -> None:
    finder = ThemeFinder(book('{ en = "cats", w = 2 }, { en = "tax", w = 1 }'))
    assert whole(finder.label(Passage("Rain fell. Cats slept.", "en", "article", "The weather"))) == {"none": None}
    assert whole(finder.label(Passage("Cats here, cats there.", "en", "article", "The weather"))) == {"abstain": None}
    assert whole(finder.label(Passage("Cats here, cats there; tax and tax.", "en", "article", None))) == {"cats": 3}
    assert whole(finder.label(Passage("Nothing more.", "en", "article", "Cats"))) == {"cats": 4}


def test_a_title_of_a_post_counts_and_has_no_place() -> None:
    labels = ThemeFinder(book('{ en = "cats", w = 2 }')).label(Passage("look", "en", "post", "Cats"))
    assert labels == [Label("cats", 2.0)]


def test_languages_that_the_codebook_does_not_cover() -> None:
    assert FINDER.label(Passage("bienvenue welcome", "fr")) == [Label("abstain")]


def test_without_a_codebook_nothing_applies(tmp_path: Path) -> None:
    assert ANNOTATOR.prepare(None)([Passage("猫税", "zh")]) == [[Label("not_applicable")]]
    assert ANNOTATOR.version_for(None) == ANNOTATOR.version
    (tmp_path / "study.toml").write_text(
        re.sub(r"\[\[source\]\]\nid.*\n", "", STUDY).replace('[files]\nthemes = "codebook.toml"\n', ""),
        encoding="utf-8",
    )
    study = load_study(tmp_path)
    assert ANNOTATOR.prepare(study)([Passage("猫税", "zh")]) == [[Label("not_applicable")]]


def test_the_version_tells_the_codebook(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(re.sub(r"\[\[source\]\]\nid.*\n", "", STUDY), encoding="utf-8")
    path = tmp_path / "codebook.toml"
    source = Path(__file__).resolve().parent.parent / "studies" / "tiktok-refugees" / "codebook.toml"
    path.write_bytes(source.read_bytes())
    study = load_study(tmp_path)
    before = ANNOTATOR.version_for(study)
    assert before.startswith(f"{ANNOTATOR.version}+")
    assert whole(ANNOTATOR.prepare(study)([Passage("猫税已交", "zh")])[0]) == {"cat_tax": 2}
    path.write_bytes(source.read_bytes() + b"\n# changed\n")
    assert ANNOTATOR.version_for(study) != before


@given(st.one_of(st.text(), st.text(alphabet=st.sampled_from("ﬁ①㍿ｶﾞİß貓税税cat 猫ＴＡＸ\u0301한\ufdfa"))))
def test_spans_lie_in_the_text(text: str) -> None:
    copies = fold(text)
    assert len(copies.folded) == len(copies.simplified)
    for start in range(len(copies.folded)):
        low, high = copies.span(start, start + 1)
        assert 0 <= low < high <= len(text)
    for hit in CueFinder(BOOK).find(text) if len(text) < 4 else FINDER._finder.find(text):
        assert 0 <= hit.start < hit.end <= len(text)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("猫税|狗税", ("狗税", "猫税")),
        ("(交|缴)(一下)?税", ("税",)),
        ("thank(s| you).{0,25}kind", ("thank",)),
        ("a?", None),
        (r"\d+", None),
        ("[ab]c+", ("c",)),
        ("(?:xyz){2,}", ("xyz",)),
        ("FBI", ("FBI",)),
    ],
)
def test_needles(pattern: str, expected: tuple[str, ...] | None) -> None:
    assert needles(pattern) == expected


@given(
    st.lists(
        st.sampled_from(["猫", "税", "交", "cat", " ", "tax", "(", "FBI", "thanks", "you", "kind"]), max_size=8
    ).map("".join)
)
def test_needles_never_hide_a_match(text: str) -> None:
    for pattern in ("猫税|狗税", "(交|缴)(一下)?税", "(cat|dog)[ -]?tax", "thank(s| you).{0,25}kind", "fbi|cia", "a?"):
        assert Needled(pattern).spans(text.lower()) == [found.span() for found in re.finditer(pattern, text.lower())]
