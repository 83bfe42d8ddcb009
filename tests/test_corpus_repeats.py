"""Lines that a host repeats are told beside the texts, the same however the articles come."""

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.build import build
from corpus.intake import intake
from corpus.schemas import TABLES
from corpus.snapshot import Snapshot
from corpus.stages.repeats import LEAST_TEXTS, repeated_lines
from corpus.store import arrow_schema
from corpus.study import load_study
from tests.captured import KEYS
from tests.studies import OUTLET, PAGE, SENTENCES, STUDY

BANNER = "Sit down with the harbour every morning, and read on."
SAID = "“A bell is a bell,” the caretaker said on Tuesday evening."


def article(number: int, *lines: str, host: str = "harbour.example", **known: object) -> dict[str, object]:
    row = {"id": f"d{number}", "source_id": "harbour", "kind": "article", "url": f"https://{host}/{number}"}
    return row | {"title": f"Story {number}", "text": "\n".join(lines), **known}


def found_in(
    rows: list[dict[str, object]],
    cluster: dict[str, str] | None = None,
    pieces: int = 1,
    numbers: list[int] | None = None,
):  # type: ignore[no-untyped-def]
    schema = pa.schema([arrow_schema(TABLES["documents"]).field(name) for name in rows[0]])
    table = pa.Table.from_pylist(rows, schema=schema)
    step = max(1, -(-len(rows) // pieces))
    table = pa.concat_tables([table.slice(at, step) for at in range(0, len(rows), step)])
    cluster = cluster or {}
    copies = pa.table(
        {
            "document_id": pa.array(list(cluster), pa.string()),
            "cluster_id": pa.array(list(cluster.values()), pa.string()),
        }
    )
    lines, places = repeated_lines(table, pa.array(np.arange(len(rows)) if numbers is None else numbers), copies, KEYS)
    return (
        sorted(lines.to_pylist(), key=lambda row: row["id"]),
        sorted(places.to_pylist(), key=lambda row: (row["document_id"], row["start"])),
    )


def test_a_line_of_three_articles_of_one_host_is_told_with_its_places() -> None:
    rows = [article(n, f"Day {n} at the harbour was quiet.", BANNER, *([BANNER] if n == 2 else [])) for n in range(4)]
    rows += [article(n, BANNER, "Another host says it twice.", host="pier.example") for n in (8, 9)]
    [line], places = found_in(rows)
    assert (line["host"], line["line"]) == ("harbour.example", BANNER)
    assert (line["pages"], line["texts"], line["of"]) == (4, 4, 4)
    assert len(places) == 5, "twice in one article is one page and two places"
    texts = {row["id"]: str(row["text"]) for row in rows}
    assert all(texts[one["document_id"]][one["start"] : one["end"]] == BANNER for one in places)
    assert {one["line_id"] for one in places} == {line["id"]}


def test_what_is_no_such_line() -> None:
    assert found_in([article(n, SAID, f"{n} o'clock") for n in range(2)]) == ([], []), "two articles are few"
    assert found_in([article(n, "Read", f"{n} o'clock") for n in range(5)]) == ([], []), "too short to tell"
    titled = [article(n, SAID, f"{n} o'clock", title=SAID) for n in range(5)]
    assert found_in(titled) == ([], []), "a series has one title"
    posts = [article(n, BANNER, f"{n} o'clock", kind="post") for n in range(5)]
    assert found_in(posts) == ([], []), "people repeat one another"
    copies = [article(n, SAID, "and nothing more was said") for n in range(5)]
    assert found_in(copies, {f"d{n}": "one" for n in range(5)}) == ([], []), "one text at five addresses is one text"


def test_a_copy_does_not_count_but_is_a_place() -> None:
    rows = [article(n, BANNER, f"Story of the day, number {min(n, 3)}") for n in range(5)]
    [line], places = found_in(rows, {"d3": "one", "d4": "one"})
    assert (line["pages"], line["texts"], line["of"], len(places)) == (5, 4, 5, 5)


def test_only_rows_that_count_are_read() -> None:
    rows = [article(n, BANNER if n > 2 else SAID, f"{n} o'clock") for n in range(8)]
    [line], places = found_in(rows, pieces=3, numbers=[6, 3, 5, 0, 1])
    assert (line["line"], line["pages"], line["of"]) == (BANNER, 3, 5)
    assert [one["document_id"] for one in places] == ["d3", "d5", "d6"]


def test_without_an_address_the_source_is_the_host() -> None:
    [line], _ = found_in([article(n, BANNER, f"{n} o'clock", url=None) for n in range(3)])
    assert line["host"] == "harbour"


LINES = st.sampled_from([BANNER, SAID, "short", "", "港口的钟每天早上都会响起。", "𝒜 line beyond the plane"])


@given(
    st.lists(
        st.tuples(st.lists(LINES, max_size=5), st.sampled_from(["a.example", "b.example"])), min_size=1, max_size=9
    ),
    st.randoms(use_true_random=False),
    st.integers(1, 9),
)
@settings(max_examples=60, deadline=None)
def test_any_order_and_sharding_gives_the_same_rows(drawn, dice, pieces) -> None:  # type: ignore[no-untyped-def]
    rows = [article(n, *lines, host=host) for n, (lines, host) in enumerate(drawn)]
    lines, places = found_in(rows)
    mixed = dice.sample(rows, len(rows))
    assert found_in(mixed, pieces=pieces) == (lines, places)
    for line in lines:
        held = [
            row
            for row in rows
            if f"//{line['host']}/" in str(row["url"]) and line["line"] in str(row["text"]).split("\n")
        ]
        assert line["pages"] == line["texts"] == len(held) >= LEAST_TEXTS
    texts = {row["id"]: str(row["text"]) for row in rows}
    said = {line["id"]: line["line"] for line in lines}
    assert all(texts[one["document_id"]][one["start"] : one["end"]] == said[one["line_id"]] for one in places)


def _built(folder: Path) -> Snapshot:
    (folder / "outlets").mkdir(parents=True)
    (folder / "outlets" / "harbour-daily.toml").write_text(OUTLET, encoding="utf-8")
    (folder / "study.toml").write_text(STUDY.replace('themes = "codebook.toml"', ""), encoding="utf-8")
    held = folder / "held"
    held.mkdir()
    rows = ["path,url,date,source"]
    for number in range(5):
        dice = random.Random(number)
        words = " ".join(SENTENCES).lower().replace(",", "").replace(".", "").split()
        lines = [f"{' '.join(dice.sample(words, 20)).capitalize()}, on day {number}." for _ in range(8)]
        lines.insert(2, f"{BANNER} Ask @harbour_invented for more of it.")
        page = PAGE.format(title=f"Part {number}", day=number, paragraphs="".join(f"<p>{line}</p>" for line in lines))
        (held / f"{number}.html").write_text(page, encoding="utf-8")
        rows.append(f"{number}.html,https://harbour-daily.example/{number},2025-01-20T08:00:00Z,harbour-daily")
    (held / "urls.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    study = load_study(folder)
    intake(study, [held], None, say=lambda line: None)
    return build(study, workers=1).snapshot


def test_a_build_tells_them_masked_and_leaves_texts_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUANYING_KEYS", str(tmp_path / "keys"))
    snapshot = _built(tmp_path / "whole")
    [line] = snapshot.table("repeated_lines").to_pylist()
    assert line["line"].startswith(BANNER) and "harbour_invented" not in line["line"]
    assert (line["pages"], line["texts"], line["of"]) == (5, 5, 5)
    texts = {row["id"]: row["text"] for row in snapshot.table("documents", ["id", "text"]).to_pylist()}
    places = snapshot.table("line_places").to_pylist()
    assert len(places) == 5
    assert all(texts[one["document_id"]][one["start"] : one["end"]] == line["line"] for one in places)
    monkeypatch.setattr("corpus.build.SHARD_CAPTURES", 2)
    again = _built(tmp_path / "sharded")
    for table in ("repeated_lines", "line_places"):
        # Another folder has the same key: ids meet.
        assert again.table(table).to_pylist() == snapshot.table(table).to_pylist()
