"""Equal and nearly equal texts meet in one cluster, in whatever order they come."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.identity import Keys
from corpus.schemas import TABLES
from corpus.stages.deduplicate import clusters, copies, fold, text_digest
from corpus.stages.reuse import SIGNATURE_BYTES, signed
from corpus.store import arrow_schema

KEYS = Keys(bytes(range(32)))
DAY = datetime(2025, 1, 14, tzinfo=UTC)
WIRE = "More than seven hundred thousand people joined in two days, and most were asked for a picture of their cat."
STORY = "两天之内有七十多万人加入，他们大多在门口就被要求交猫税，也就是发一张自己家猫的照片。"


def table(rows: list[tuple[str, str, datetime | None]]) -> pa.Table:
    schema = arrow_schema(TABLES["documents"])
    names = ["id", "source_id", "text", "text_digest", "published_at", "language"]
    columns = [
        {"id": name, "source_id": name[0], "text": text, "text_digest": text_digest(text), "published_at": moment}
        | {"language": "en" if text.isascii() else "zh"}
        for name, text, moment in rows
    ]
    return pa.Table.from_pylist(columns, schema=pa.schema([schema.field(name) for name in names]))


def found(rows: list[tuple[str, str, datetime | None]]) -> dict[str, dict[str, Any]]:
    return {row["document_id"]: row for row in copies(table(rows), KEYS).to_pylist()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Welcome, friends!", "welcome  FRIENDS"),
        ("欢迎，朋友！", "欢迎朋友"),
        ("歡迎，朋友們", "欢迎朋友们"),
        ("ＡＢＣ１", "abc1"),
        ("Straße", "STRASSE"),
        ("a\u200bb", "ab"),
    ],
)
def test_trivially_equal(one: str, other: str) -> None:
    assert text_digest(one) == text_digest(other)


@pytest.mark.parametrize(("one", "other"), [("yes", "no"), ("……", "???"), ("猫税😂", "猫税😭"), ("", "!")])
def test_apart(one: str, other: str) -> None:
    assert text_digest(one) != text_digest(other)


def test_first_is_the_earliest_then_the_smallest_id() -> None:
    later = DAY + timedelta(days=1)
    rows = found([("c", "Hi!", None), ("b", "hi", later), ("a", "HI", later), ("alone", "ho", DAY)])
    assert {name: row["role"] for name, row in rows.items()} == {"a": "first", "b": "copy", "c": "copy"}
    assert len({row["cluster_id"] for row in rows.values()}) == 1
    assert all(row["distance"] == 0.0 for row in rows.values())


def test_documents_without_text_are_copies_of_nothing() -> None:
    assert found([("a", "", DAY), ("b", "", DAY)]) == {}


def test_an_edited_copy_has_its_distance_and_an_equal_one_in_the_other_script_none() -> None:
    traditional = "兩天之內有七十多萬人加入，他們大多在門口就被要求交貓稅，也就是發一張自己家貓的照片。"
    rows = found(
        [
            ("late", STORY.replace("七十多万人", "八十万人"), DAY + timedelta(days=2)),
            ("first", STORY, DAY),
            ("hant", traditional, DAY + timedelta(days=1)),
            ("wire", WIRE, DAY),
            ("undated", WIRE.replace("two days", "a weekend"), None),
        ]
    )
    assert {name: row["role"] for name, row in rows.items()} == {
        "first": "first", "hant": "copy", "late": "edited", "wire": "first", "undated": "edited"
    }  # fmt: skip
    assert rows["hant"]["distance"] == 0.0 and 0 < rows["late"]["distance"] < 0.1
    assert rows["first"]["cluster_id"] == rows["late"]["cluster_id"] != rows["wire"]["cluster_id"]


def test_a_cluster_keeps_its_id_when_later_copies_come() -> None:
    before = found([("a", STORY, DAY), ("b", STORY, DAY + timedelta(days=1))])
    more = [(f"n{n}", STORY + "转" * n, DAY + timedelta(days=2 + n)) for n in range(6)]
    after = found([("a", STORY, DAY), ("b", STORY, DAY + timedelta(days=1)), *more])
    assert after["a"]["cluster_id"] == after["n5"]["cluster_id"] == before["a"]["cluster_id"]


def test_rows_that_do_not_count_are_left_out() -> None:
    rows = table([("a", STORY, DAY), ("a", STORY + "旧", DAY), ("b", STORY, DAY)])
    assert sorted(copies(rows, KEYS, pa.array([2, 0])).column("document_id").to_pylist()) == ["a", "b"]


def test_signatures_made_before_change_nothing() -> None:
    texts = [STORY, "短", STORY + "转", WIRE, "", WIRE.upper() + " Really?"]
    rows = table([(f"d{number}", text, DAY) for number, text in enumerate(texts)])
    made = pa.array(signed([fold(text) for text in texts]), pa.binary(SIGNATURE_BYTES))
    assert made.null_count == 2
    whole = copies(rows, KEYS).sort_by("document_id")
    assert whole.num_rows == 4
    assert copies(rows.append_column("signature", made), KEYS).sort_by("document_id") == whole
    blank = pa.array([None if one is None else b"\0" * SIGNATURE_BYTES for one in made.to_pylist()], made.type)
    assert copies(rows.append_column("signature", blank), KEYS).num_rows == 4  # all are held against each other
    none = pa.nulls(len(rows), made.type)
    assert copies(rows.append_column("signature", none), KEYS).num_rows == 0


def test_what_a_cluster_tells() -> None:
    documents = table(
        [
            ("x1", STORY, DAY),
            ("x2", STORY, None),
            ("y1", "Reposted from a friend in Toledo, Ohio: " + STORY, DAY + timedelta(days=3)),
            ("z1", "又来一次 hello", None),
            ("z2", "又來一次 Hello", None),
            ("z3", "none", DAY),
        ]
    )
    told = clusters(copies(documents, KEYS), documents).cast(arrow_schema(TABLES["clusters"])).to_pylist()
    by_first = {row.pop("first_document_id"): row for row in told}
    assert set(by_first) == {"x1", "z1"} and all(row.pop("id") for row in told)
    assert by_first["x1"] == {
        "documents": 3, "equal": 1, "edited": 1, "sources": 2, "languages": ["zh"],
        "first_published_at": DAY, "last_published_at": DAY + timedelta(days=3),
    }  # fmt: skip
    assert by_first["z1"]["first_published_at"] is None and by_first["z1"]["equal"] == by_first["z1"]["sources"] == 1


def test_nothing_in_nothing_out() -> None:
    documents = table([])
    assert clusters(copies(documents, KEYS), documents).num_rows == 0


ROWS = st.lists(
    st.tuples(
        st.sampled_from(
            [STORY, STORY + "真的", "转发" + STORY, WIRE, WIRE.upper(), WIRE + " Really?", "hi", "Hi!", ""]
        ),
        st.one_of(st.none(), st.integers(0, 3).map(lambda days: DAY + timedelta(days=days))),
    ),
    max_size=14,
)


@settings(max_examples=60)
@given(ROWS, st.randoms())
def test_no_order_changes_the_clusters(texts: list[tuple[str, datetime | None]], chance: random.Random) -> None:
    rows = [(f"d{number}", text, moment) for number, (text, moment) in enumerate(texts)]
    shuffled = list(rows)
    chance.shuffle(shuffled)
    whole = found(rows)
    assert found(shuffled) == whole
    # In pieces, as shards give them, and with rows between that do not count.
    pieces = pa.concat_tables([table(rows[start : start + 3]) for start in range(0, len(rows), 3)] or [table([])])
    assert {row["document_id"]: row for row in copies(pieces, KEYS).to_pylist()} == whole
    roles = Counter((row["cluster_id"], row["role"]) for row in whole.values())
    members = Counter(row["cluster_id"] for row in whole.values())
    assert all(count >= 2 and roles[cluster, "first"] == 1 for cluster, count in members.items())
    assert all((row["distance"] > 0) == (row["role"] == "edited") for row in whole.values())
    texts_of = {name: text for name, text, _ in rows}
    for name, text in texts_of.items():
        again = [other for other, same in texts_of.items() if other != name and text_digest(same) == text_digest(text)]
        assert not text or (name in whole) or not again
