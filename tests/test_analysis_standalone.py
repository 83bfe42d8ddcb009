"""What the verifiers that stand alone see of a plan that was not followed, and where their arithmetic must be exact."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.sampling import keys
from analysis.sampling.drawing import draw
from analysis.sampling.samples import SAMPLE
from corpus.store import arrow_schema, write_file
from corpus.study import Study
from tests.planned import write_plan

Row = dict[str, Any]
SRS = {"method": "srs", "n": 20}
MORE = "[reserves]\nn = 2\n[second_coding]\nfraction = 0.2\n"


@pytest.fixture
def folder(study: Study, tmp_path: Path) -> Path:
    """A draw with one document found gone, and handed over without its study."""
    trial = draw(write_plan(tmp_path / "a.toml", SRS, MORE, name="trial"), study)
    gone = rows(trial)[3]["doc_id"]
    found = f'[[found]]\nid = "{gone}"\nstatus = "unavailable"\nreason = "deleted"\n'
    made = draw(write_plan(tmp_path / "a.toml", SRS, MORE + found), study)
    return Path(shutil.copytree(made, tmp_path / "first"))


def rows(folder: Path) -> list[Row]:
    return list(pq.ParquetFile(folder / "sample.parquet").read().to_pylist())


def by_python(folder: Path) -> dict[int, str]:
    words = [sys.executable, "-I", "-W", "error", folder / "verify_draw.py"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder)
    lines = done.stdout.splitlines()
    assert len(lines) == 9, done.stderr
    failed = {int(line.split()[0]): line for line in lines if "FAILED" in line}
    assert done.returncode == bool(failed)
    return failed


def by_sql(folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    monkeypatch.chdir(folder)
    with duckdb.connect() as database:
        try:
            database.execute(Path("verify_draw.sql").read_text())
        except duckdb.InvalidInputException as error:
            assert "the draw is not as it says" in str(error)
        return {number for (number,) in database.execute("SELECT number FROM checks WHERE NOT ok").fetchall()}


def save(
    folder: Path,
    change: Callable[[list[Row]], None] = lambda content: None,
    plan: str | None = None,
    say: Callable[[Row], None] = lambda said: None,
) -> None:
    """Write sample, plan and sample.json otherwise, and every digest anew."""
    said, content = json.loads((folder / "sample.json").read_bytes()), rows(folder)
    change(content)
    say(said)
    write_file(folder / "sample.parquet", SAMPLE, pa.Table.from_pylist(content, schema=arrow_schema(SAMPLE)))
    if plan is not None:
        (folder / "plan.toml").write_text(plan)
    made = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("plan.toml", "sample.parquet")}
    said["plan"]["sha256"], said["outputs"]["sample.parquet"]["sha256"] = made.values()
    (folder / "sample.json").write_bytes(keys.canonical({**said, "draw_id": keys.draw_id(said)}) + b"\n")


def test_an_honest_draw_holds_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(folder)
    assert not by_python(folder) and not by_sql(folder, monkeypatch)


@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        ('family = "reception"', 'family = "the 400th that was tried"', 2),
        ('family = "reception"', 'family = "reception"\npublic_value = "7"', 2),
        ("n = 20", "n = 19", 2),
        ("n = 2\n", "n = 0\n", 5),
        ("fraction = 0.2", "fraction = 0.5", 8),
        ('reason = "deleted"', 'reason = "off topic"', 8),
        ('method = "srs"', 'method = "census"', 5),
    ],
)
def test_a_plan_that_was_not_followed_is_seen_by_the_script(folder: Path, old: str, new: str, number: int) -> None:
    plan = (folder / "plan.toml").read_text()
    assert old in plan
    save(folder, plan=plan.replace(old, new))
    assert number in by_python(folder)


def drawn(content: list[Row]) -> Row:
    return next(row for row in content if row["status"] == "drawn" and not row["is_reserve"])


def test_a_status_that_nobody_found_is_seen_by_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(content: list[Row]) -> None:
        drawn(content).update(status="ineligible", status_reason="off topic")

    save(folder, spoil)
    assert "its status is not what plan.toml found" in by_python(folder)[8]
    assert by_sql(folder, monkeypatch) == {8}


def test_a_reserve_taken_for_one_that_nobody_missed_is_seen_by_both(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its turn, with the weight that it would have: only the plan tells that the unit was never found gone."""

    def spoil(content: list[Row]) -> None:
        reserve = next(row for row in content if row["is_reserve"] and not row["replaces"])
        out = next(row for row in content if row["rank"] > 4 and row["status"] == "drawn" and not row["is_reserve"])
        moved = {name: out[name] for name in ("pi_num", "pi_den", "pi", "weight", "fpc", "double_code")}
        reserve |= moved | {"replaces": out["doc_id"]}
        out |= dict.fromkeys(("pi_num", "pi_den", "pi", "weight", "fpc"))
        out |= {"status": "replaced", "status_reason": "unavailable: deleted"}

    save(folder, spoil)
    assert set(by_python(folder)) == by_sql(folder, monkeypatch) == {8}


def test_other_reserves_in_the_flow_are_seen_by_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(said: Row) -> None:
        for one in said["flow"][-1]["excluded"]:
            one["n"] += 1 if one["reason"] == "reserve" else -1

    save(folder, say=spoil)
    assert set(by_python(folder)) == by_sql(folder, monkeypatch) == {7}


@pytest.mark.parametrize(
    ("part", "lie"),
    [
        ("plan", {"registered": {"system": "a registry", "id": "7", "at": "2024-12-01", "sha256": None}}),
        ("seed", {"shopping_proof": True}),
        ("population", {"definition": "everything that was ever said"}),
    ],
)
def test_a_claim_that_the_plan_does_not_make_is_seen_by_the_script(folder: Path, part: str, lie: Row) -> None:
    save(folder, say=lambda said: said[part].update(lie))
    assert set(by_python(folder)) == {2}


def test_a_lost_mark_of_second_coding_is_seen_by_both(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(content: list[Row]) -> None:
        next(row for row in content if row["double_code"]).update(double_code=None)

    save(folder, spoil)
    assert set(by_python(folder)) == by_sql(folder, monkeypatch) == {8}


@pytest.mark.parametrize("fraction", ["0.30000000001", "1e-05", "1", "0.1234567890123456"])
def test_how_many_are_coded_twice_is_counted_exactly(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fraction: str
) -> None:
    name = "f" + fraction.replace(".", "-")
    plan = write_plan(tmp_path / "a.toml", SRS, f"[second_coding]\nfraction = {fraction}\n", name=name)
    folder = draw(plan, study)
    assert sum(row["double_code"] for row in rows(folder)) == {"0.30000000001": 7, "1e-05": 1, "1": 20}.get(fraction, 3)
    assert not by_python(folder) and not by_sql(folder, monkeypatch)


def test_both_say_what_they_cannot_see(folder: Path) -> None:
    python, sql = ((folder / f"verify_draw.{kind}").read_text() for kind in ("py", "sql"))
    for text in (python.split('"""')[1], sql.split("\n\n")[0]):
        assert all(word in text for word in ("Seen", "Not seen", "texts", "corpus", "log", "strata", "sample.json"))
    assert "plan.toml (SQL reads no TOML" in sql
