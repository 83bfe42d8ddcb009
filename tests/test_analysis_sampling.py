"""The laws of a draw: nothing but ids and the seed decides, a larger one holds the smaller, SQL finds the same."""

import hashlib
from collections import Counter
from fractions import Fraction
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sampling import keys
from analysis.sampling.allocation import neyman, proportional
from analysis.sampling.designs import target_shares
from analysis.sampling.samples import sample_of
from corpus.errors import UserError
from tests.planned import SEED, frame_of, plan_of

LABELS = ("en/post", "zh-Hans/comment", "zh-Hans/post", "zh-Hant/post")


def stratum(number: int) -> str:
    return LABELS[min(number % 7, 3)]


def size(number: int) -> float:
    return float(1 + number % 11 + 40 * (number % 97 == 0))


def taken(table: pa.Table) -> list[str]:
    return [row["doc_id"] for row in table.to_pylist() if not row["is_reserve"]]


def test_keys_are_those_of_the_contract() -> None:
    seed = keys.seed("demo", "first", "")
    assert seed == hashlib.sha256(b"huanying-seed/1\ndemo\nfirst\n").hexdigest()
    made = keys.digest(seed, "draw", "文档-1")
    assert made == hashlib.sha256(f"huanying-sample/1\n{seed}\ndraw\n文档-1".encode()).hexdigest()
    assert keys.uniform("0" * 64) == 0.5 / 2**52 > 0.0
    assert keys.uniform("f" * 64) == (2**52 - 0.5) / 2**52 < 1.0
    assert keys.uniform("f" * 13 + "0" * 51) != keys.uniform("f" * 12 + "e" + "0" * 51)
    with pytest.raises(ValueError, match="newline"):
        keys.digest(seed, "draw", "a\nb")


@pytest.mark.parametrize(
    "design",
    [
        {"method": "srs"},
        {"method": "stratified", "strata": ["language", "kind"]},
        {"method": "stratified", "strata": ["language", "kind"], "minimum": 6},
        {
            "method": "stratified",
            "strata": ["language"],
            "allocation": "neyman",
            "spread": dict(zip(LABELS, (0.5, 0.1, 0.4, 0.3), strict=True)),
        },
        {"method": "pps", "size": "likes"},
        {"method": "cluster", "cluster": "thread"},
        {"method": "cluster", "cluster": "thread", "within": "representative"},
        {"method": "author", "take": 2, "estimand": "documents"},
    ],
    ids=lambda design: "-".join(str(value) for value in design.values() if isinstance(value, str)),
)
def test_a_larger_draw_holds_the_smaller_in_the_same_ranks(design: dict[str, Any]) -> None:
    frame = frame_of(
        900,
        stratum=stratum if design["method"] == "stratified" else "all",
        size=size if design["method"] == "pps" else None,
        cluster=lambda number: f"t{number // 3}",
        author=lambda number: f"a{number % 60 if number % 2 else 0}",
    )
    small, large = (sample_of(frame, plan_of(**design, n=n), SEED).table for n in (30, 60))
    assert set(taken(small)) < set(taken(large))
    ranks = dict(zip(large.column("doc_id").to_pylist(), large.column("rank").to_pylist(), strict=True))
    if design["method"] != "pps":  # its λ, and so who is certain, depend on n
        assert all(ranks[row["doc_id"]] == row["rank"] for row in small.to_pylist())


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(0, 40))
def test_order_of_rows_changes_nothing_and_more_keeps_all(salt: int, n: int, more: int) -> None:
    frame = frame_of(80, stratum=lambda number: LABELS[number * salt % 3])
    seed = hashlib.sha256(str(salt).encode()).hexdigest()
    shuffled = frame.take(Random(salt).sample(range(80), 80))
    plan = plan_of("stratified", strata=["kind"], n=n)
    sample = sample_of(frame, plan, seed).table
    assert sample == sample_of(shuffled, plan, seed).table
    larger = sample_of(frame, plan_of("stratified", strata=["kind"], n=n + more), seed).table
    assert set(taken(sample)) <= set(taken(larger))


@given(st.lists(st.integers(1, 500), min_size=2, max_size=40), st.integers(1, 39), st.integers(0, 10**6))
def test_sequential_poisson_keeps_all_while_no_more_become_certain(sizes: list[int], n: int, salt: int) -> None:
    n = min(n, len(sizes) - 1)
    frame = frame_of(len(sizes), size=lambda number: float(sizes[number]))
    seed = hashlib.sha256(str(salt).encode()).hexdigest()
    small, large = (sample_of(frame, plan_of("pps", size="likes", n=k), seed) for k in (n, n + 1))
    if len(small.cells[0].certainty) == len(large.cells[0].certainty):
        assert set(taken(small.table)) < set(taken(large.table))


def test_a_fixed_rate_only_grows_when_documents_are_appended() -> None:
    for design in ({"rate": 0.1}, {"rate": 0.02, "size": "likes"}):
        before, after = (frame_of(n, size=size if "size" in design else None) for n in (1_000, 1_200))
        plan = plan_of("poisson", **design)
        small, large = sample_of(before, plan, SEED), sample_of(after, plan, SEED)
        assert taken(small.table) == [name for name in taken(large.table) if name < "d001000"]
        assert len(taken(large.table)) > len(taken(small.table)) == small.cells[0].n
        assert small.cells[0].tau is not None and float(small.cells[0].tau) >= 1.0
        assert max(row["order_key"] for row in small.table.to_pylist()) < 1.0


def test_a_later_wave_leaves_the_earlier_as_it_was() -> None:
    plan = plan_of("srs", n=50)
    first = frame_of(600)
    both = pa.concat_tables([first, frame_of(200, first=600, wave=1)])
    small = sample_of(first, plan, SEED).table
    grown = sample_of(both, plan, SEED, n_by_wave={0: 50, 1: 17})
    assert [row for row in grown.table.to_pylist() if row["wave"] == 0] == small.to_pylist()
    assert [(cell.wave, cell.N, cell.n) for cell in grown.cells] == [(0, 600, 50), (1, 200, 17)]


def test_the_same_draw_in_sql() -> None:
    frame = frame_of(5_000, stratum=stratum, size=size)
    plan = plan_of("stratified", strata=["kind"], n=200)
    ours = [(row["stratum"], row["rank"], row["doc_id"], row["digest"], row["u"]) for row in drawn(frame, plan)]
    query = """
      WITH keyed AS (SELECT id, stratum, sha256(concat_ws(chr(10), 'huanying-sample/1', $seed, 'draw', id)) AS d FROM frame),
      ranked AS (SELECT *, row_number() OVER (PARTITION BY stratum ORDER BY d, id) AS rank FROM keyed)
      SELECT stratum, rank, id, d, (('0x' || d[1:13])::UBIGINT + 0.5::DOUBLE) / 4503599627370496::DOUBLE FROM ranked
      JOIN wanted USING (stratum) WHERE rank <= n ORDER BY stratum, rank"""
    counts = Counter(row[0] for row in ours)
    wanted = pa.table({"stratum": list(counts), "n": list(counts.values())})
    with duckdb.connect() as base:
        base.register("frame", frame)
        base.register("wanted", wanted)
        assert base.execute(query, {"seed": SEED}).fetchall() == ours


def test_sequential_poisson_in_sql() -> None:
    frame = frame_of(5_000, size=lambda number: float(1 + number % 30))
    ours = [
        (row["doc_id"], row["lambda"], row["order_key"]) for row in drawn(frame, plan_of("pps", size="likes", n=99))
    ]
    query = """
      WITH keyed AS (SELECT id, size, sha256(concat_ws(chr(10), 'huanying-sample/1', $seed, 'draw', id)) AS d FROM frame),
      shared AS (SELECT id, d, 99 * size / (SELECT sum(size) FROM frame) AS share,
                 (('0x' || d[1:13])::UBIGINT + 0.5::DOUBLE) / 4503599627370496::DOUBLE AS u FROM keyed)
      SELECT id, share, u / share FROM shared ORDER BY u / share, d, id LIMIT 99"""
    with duckdb.connect() as base:
        base.register("frame", frame)
        assert base.execute(query, {"seed": SEED}).fetchall() == ours


def drawn(frame: pa.Table, plan: Any) -> list[dict[str, Any]]:
    return list(sample_of(frame, plan, SEED).table.to_pylist())


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(1, 60), min_size=1), st.data())
def test_seats_never_fall_when_there_are_more(sizes: dict[str, int], data: st.DataObject) -> None:
    n = data.draw(st.integers(0, sum(sizes.values()) - 1))
    spreads = {name: float(len(name)) / 4 for name in sizes}
    for fewer, more in (
        (proportional(sizes, n), proportional(sizes, n + 1)),
        (neyman(sizes, spreads, n), neyman(sizes, spreads, n + 1)),
    ):
        assert sum(fewer.values()) == n and all(fewer[name] <= more[name] <= sizes[name] for name in sizes)


def test_seats_are_sainte_lagues() -> None:
    assert proportional({"a": 53, "b": 24, "c": 23}, 7) == {"a": 3, "b": 2, "c": 2}
    assert proportional({"a": 900, "b": 9, "c": 2}, 30, least=3) == {"a": 25, "b": 3, "c": 2}
    with pytest.raises(ValueError, match="minima"):
        proportional({"a": 9, "b": 9}, 3, least=2)


@given(st.dictionaries(st.integers(), st.integers(1, 10**6), min_size=1), st.data())
def test_target_shares_sum_to_n(sizes: dict[int, int], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(sizes)))
    shares = target_shares({str(name): one for name, one in sizes.items()}, n)
    assert abs(sum(shares.values()) - n) < 1e-9 and all(0 < share <= 1 for share in shares.values())


def test_weights_give_back_the_frame() -> None:
    frame = frame_of(700, stratum=stratum, cluster=lambda number: f"t{number // 4}")
    stratified = drawn(frame, plan_of("stratified", strata=["kind"], n=70, reserves=3))
    assert sum(row["weight"] for row in stratified if not row["is_reserve"]) == pytest.approx(700)
    assert all(row["weight"] is row["pi"] is row["pi_num"] is None for row in stratified if row["is_reserve"])
    assert all(Fraction(row["pi_num"], row["pi_den"]) == Fraction(row["n_h"], row["N_h"]) for row in stratified[:5])
    whole = drawn(frame_of(700, cluster=lambda number: f"t{number // 4}"), plan_of("cluster", cluster="thread", n=35))
    assert sum(row["weight"] for row in whole) == pytest.approx(700) and len(whole) == 140
    one = plan_of("cluster", cluster="thread", n=35, within="representative")
    single = drawn(frame_of(700, cluster=lambda number: f"t{number // 4}"), one)
    assert sum(row["weight"] for row in single) == pytest.approx(700) and len(single) == 35
    census = drawn(frame, plan_of("census"))
    assert len(census) == 700 and all(row["weight"] == 1.0 and row["fpc"] == 0.0 for row in census)


def test_a_cap_on_authors_weighs_by_what_is_estimated() -> None:
    def author(number: int) -> str | None:
        return None if number >= 290 else f"a{number % 10}" if number < 100 else f"b{number // 2}"

    frame = frame_of(300, author=author)  # ten authors of 10, ninety-five of 2, ten unknown
    by = {
        name: sample_of(frame, plan_of("author", take=3, estimand=name), SEED)
        for name in ("documents", "authors-capped", "author-means")
    }
    totals = {name: sum(sample.table.column("weight").to_pylist()) for name, sample in by.items()}
    assert by["documents"].capped == 30 + 190 + 10
    assert totals == {"documents": pytest.approx(300), "authors-capped": 230, "author-means": pytest.approx(115)}
    counts = Counter(row["psu_id"] for row in by["documents"].table.to_pylist())
    assert max(counts.values()) == 3


def test_reserves_take_the_place_of_what_is_gone_in_order_of_rank() -> None:
    frame = frame_of(100)
    rows = drawn(frame, plan_of("srs", n=10, reserves=3, fraction=0.3))
    twice = next(row["doc_id"] for row in rows if row["double_code"])
    other = next(row["doc_id"] for row in rows if not row["double_code"])
    first, second, third = (row["doc_id"] for row in rows[10:])
    found = [{"id": name, "status": "unavailable", "reason": "deleted"} for name in (twice, other, first)]
    after = {row["doc_id"]: row for row in drawn(frame, plan_of("srs", n=10, reserves=3, fraction=0.3, found=found))}
    assert [after[name]["status"] for name in (twice, other, first, second)] == ["replaced"] * 3 + ["drawn"]
    assert {after[name]["replaces"] for name in (first, second)} == {twice, other}
    assert after[third]["replaces"] == first
    assert sum(row["weight"] or 0 for row in after.values()) == pytest.approx(100)
    stands = next(row for row in after.values() if row["replaces"] == twice)
    assert stands["double_code"]
    assert sum(row["double_code"] for row in rows) == 3
    kept = [{"id": other, "status": "ineligible", "reason": "another topic"}]
    row = {row["doc_id"]: row for row in drawn(frame, plan_of("srs", n=10, reserves=3, found=kept))}[other]
    assert (row["status"], row["weight"]) == ("ineligible", 10.0)


def test_more_than_there_is_is_refused_with_what_to_do() -> None:
    with pytest.raises(UserError, match=r"design\.n: n is 11, and there are 10 units(?s:.*)census"):
        drawn(frame_of(10), plan_of("srs", n=11))
    fixed = plan_of("stratified", strata=["kind"], allocation="fixed", fixed={"en/post": 2})
    with pytest.raises(UserError, match=r"does not name 'en/comment', 'zh-Hans/comment' of the frame's strata"):
        drawn(frame_of(10, stratum=lambda n: ("en/post", "en/comment", "zh-Hans/comment")[n % 3]), fixed)
    numbers = {"en/psot": 2, "en/comment": 1, "fr": 1}
    for more in ({"allocation": "fixed", "fixed": numbers}, {"allocation": "neyman", "spread": numbers, "n": 2}):
        plan = plan_of("stratified", strata=["kind"], **more)
        with pytest.raises(UserError) as error:
            drawn(frame_of(10, stratum=lambda n: ("en/post", "en/comment", "zh-Hans/comment")[n % 3]), plan)
        told = "does not name 'en/post', 'zh-Hans/comment' of the frame's strata; it names"
        assert f"{told} 'en/psot' (did you mean 'en/post'?), 'fr', which the frame has not" in str(error.value)
        assert '"en/post" = 0, "zh-Hans/comment" = 0' in str(error.value)
    with pytest.raises(UserError, match="was not drawn"):
        drawn(frame_of(10), plan_of("srs", n=2, found=[{"id": "x", "status": "unavailable", "reason": "gone"}]))
