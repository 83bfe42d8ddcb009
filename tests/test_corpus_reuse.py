"""Near copies are found across scripts and small edits, different texts never meet, and no order changes anything."""

import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.stages import reuse
from corpus.stages.deduplicate import fold
from corpus.stages.reuse import FEWEST, distance, families, shingles, signatures

ZH = (
    "邻居送来一篮鸡蛋，说是乡下亲戚昨天带来的，让我们趁新鲜吃掉。我把照片发到网上，没想到几百个外国朋友来问价格。",
    "图书馆晚上延长开放两个小时，自习室里坐满了帮人改英语作业的学生，管理员说从来没有见过这么安静又这么热闹的夜晚。",
)
EN = (
    "My neighbour teaches swimming, and this week she has been answering questions about hospital bills until midnight.",
    "The library will stay open for two more hours each evening because the reading room is full of people translating.",
)


def grouped(texts: list[str], times: list[int] | None = None) -> dict[str, str]:
    """The first of each folded text's family."""
    folded = sorted({fold(text) for text in texts})
    ranks = [texts.index(next(t for t in texts if fold(t) == one)) for one in folded] if times is None else times
    first, _ = families(folded.__getitem__, np.array(ranks, np.int64))
    return {one: folded[first[number]] for number, one in enumerate(folded)}


def together(*texts: str) -> bool:
    return len(set(grouped(list(texts)).values())) == 1


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        (ZH[0], ZH[0].replace("一篮", "一筐")),
        (ZH[0], "转载：" + ZH[0] + "你们那里多少钱"),
        (ZH[0], ZH[0][:40] + ZH[0][45:]),
        (
            ZH[1],
            "圖書館晚上延長開放兩個小時，自習室裡坐滿了幫人改英文作業的學生，管理員說從來沒有見過這麼安靜又這麼熱鬧的夜晚。",
        ),
        (EN[0], EN[0].replace("this week", "since Monday")),
        (EN[1], "BREAKING: " + EN[1].upper() + " Photo by a reader."),
        (ZH[0] + EN[0], ZH[0] + EN[0].replace("midnight", "morning")),
    ],
)
def test_an_edited_text_is_found(text: str, edited: str) -> None:
    assert fold(text) != fold(edited)
    assert together(text, edited)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ZH[0], ZH[1]),
        (EN[0], EN[1]),
        (EN[1], ZH[1]),  # a translation is no reuse
        ("欢迎欢迎，热烈欢迎", "欢迎欢迎，热烈欢迎你"),
        ("Welcome! Show us your cat", "Welcome, show us your cats"),
        ("哈" * 40, "哈" * 60),
        (ZH[0], "他说：“" + ZH[0][:14] + "”" + ZH[1]),
    ],
)
def test_different_texts_stay_apart(one: str, other: str) -> None:
    assert not together(one, other)


def test_a_text_quoted_whole_in_one_of_less_than_twice_its_length_is_reuse() -> None:
    assert together(EN[0], EN[0] + " A reader wrote this to us from a small town on the coast, and we print it.")
    assert not together(EN[0], EN[0] + " ".join(EN[1] for _ in range(1)) + ZH[0] + ZH[1])


def test_shingles_are_of_three_signs_or_six_letters() -> None:
    hashed, bounds = shingles(["欢迎你们", "welcome", "", "欢迎a", "欢迎你们"])
    assert np.diff(bounds).tolist() == [2, 2, 0, 1, 2]
    assert hashed[:2].tolist() == hashed[-2:].tolist() and len(set(hashed.tolist())) == 5


def test_chunks_change_no_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [fold(text) for text in (*ZH, *EN, "短", "")]
    whole, long = signatures(texts, len(texts))
    assert long.tolist() == [True] * 4 + [False] * 2
    monkeypatch.setattr(reuse, "_CHUNK", 1)
    for one, two in zip(signatures(texts, len(texts)), (whole, long), strict=True):
        assert (one == two).all()


def test_a_long_drift_is_cut() -> None:
    chance = random.Random(4)
    words = [f"{a}{b}" for a in "欢迎新朋友来这里" for b in "猫税作业鸡蛋火锅翻译"]
    now, chain = [chance.choice(words) for _ in range(40)], []
    for _ in range(60):
        now[chance.randrange(40)] = chance.choice(words)
        now[chance.randrange(40)] = chance.choice(words)
        chain.append("".join(now))
    first = grouped(chain)
    assert 2 < len(set(first.values())) < 30
    sets = {text: set(shingles([text])[0].tolist()) for text in first}
    for text, leader in first.items():
        assert len(sets[text] & sets[leader]) / len(sets[text] | sets[leader]) >= reuse.DRIFT


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Every comparison that is asked for."""
    asked: list[tuple[int, int]] = []
    plain = reuse.Overlaps.of

    def counted(self: reuse.Overlaps, one: int, other: int) -> float:
        asked.append((one, other))
        return plain(self, one, other)

    monkeypatch.setattr(reuse.Overlaps, "of", counted)
    return asked


def test_thousands_of_nearly_equal_texts_cost_no_square(compared: list[tuple[int, int]]) -> None:
    began = time.process_time()
    assert len(set(grouped([f"{ZH[0]}{number}" for number in range(5000)], list(range(5000))).values())) == 1
    assert len(compared) < 3 * 5000
    assert time.process_time() - began < 30


def test_texts_with_one_boilerplate_stay_apart_and_cost_no_square(compared: list[tuple[int, int]]) -> None:
    chance = random.Random(2)
    texts = ["".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(40)) + ZH[0] for _ in range(800)]
    first = grouped(texts, list(range(800)))
    assert all(one == leader for one, leader in first.items())
    assert 800 < len(compared) < 800 * 16  # of 319,600 pairs, most of which share a band


@pytest.mark.parametrize(
    ("one", "other", "share"), [("", "", 0), ("abcd", "abce", 0.25), ("ab", "", 1), ("ab", "xy", 1)]
)
def test_distance(one: str, other: str, share: float) -> None:
    assert distance(one, other) == distance(other, one) == share


def test_a_huge_text_is_compared_piece_by_piece() -> None:
    text = "".join(random.Random(1).choices(ZH[0] + ZH[1], k=100_000))
    began = time.process_time()
    assert 0 < distance(text, text[:70_000] + "猫" + text[70_000:]) < 0.01
    assert time.process_time() - began < 5


TEXTS = st.lists(
    st.builds(
        lambda text, at, sign, end: text[:at] + sign + text[at:] + end,
        st.sampled_from([fold(text) for text in (*ZH, *EN)]),
        st.integers(0, 40),
        st.sampled_from(["", "猫", "茶狗", "x"]),
        st.sampled_from(["", "再见", "fromareader"]),
    ),
    min_size=1,
    max_size=12,
    unique=True,
)


@given(TEXTS, st.randoms())
def test_families_know_their_first_and_keep_short_texts_out(texts: list[str], chance: random.Random) -> None:
    texts = sorted({*texts, "欢迎欢迎", "欢迎欢迎你"})
    ranks = list(range(len(texts)))
    chance.shuffle(ranks)
    first, distances = families(texts.__getitem__, np.array(ranks, np.int64))
    for number, leader in enumerate(first.tolist()):
        assert first[leader] == leader and ranks[leader] <= ranks[number]
        assert (distances[number] == 0.0) == (leader == number) and 0 <= distances[number] < 1
        assert leader == number or min(len(np.unique(shingles([texts[n]])[0])) for n in (leader, number)) >= FEWEST
