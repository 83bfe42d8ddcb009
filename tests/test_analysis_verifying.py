"""Three verifiers of a draw: green on every design, and each way to spoil a draw fails in all that can see it."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from analysis.sampling import keys
from analysis.sampling.checking import NAMES, Check, verify
from analysis.sampling.describing import describe, read_me
from analysis.sampling.drawing import STANDALONE, draw
from analysis.sampling.frames import FRAME, design_digest, frame_digest
from analysis.sampling.freezing import Frozen
from analysis.sampling.grounds import ground_of
from analysis.sampling.history import ERASED, append, line_of
from analysis.sampling.plans import load_plan
from analysis.sampling.samples import SAMPLE, sample_of
from analysis.sampling.waves import waves_of
from corpus.cli import app
from corpus.errors import UserError, VerificationError
from corpus.store import arrow_schema, write_file
from corpus.study import Study, load_study
from tests.planned import frame_of, plan_of, write_plan
from tests.reported import make_snapshot

Row = dict[str, Any]
STRATIFIED = {"method": "stratified", "strata": ["script", "kind"], "n": 30, "minimum": 2}
MORE = "[reserves]\nn = 2\n[second_coding]\nfraction = 0.2\n"
SCRIPTS = tuple(path.name for path in sorted(STANDALONE.glob("verify_draw.*")))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "small"
    make_snapshot(folder, documents=240)
    return folder


@pytest.fixture(scope="module")
def drawn(built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A study with a draw in which one document was found gone and replaced by the first reserve of its stratum; its key."""
    place = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUANYING_KEYS", str(place / "keys"))
        shutil.copytree(built, place / "small")
        study, plan = load_study(place / "small"), place / "first.toml"
        trial = draw(write_plan(plan, STRATIFIED, MORE, name="trial"), study)
        gone = rows(trial / "sample.parquet")[1]["doc_id"]
        found = f'{MORE}[[found]]\nid = "{gone}"\nstatus = "unavailable"\nreason = "deleted by its author"\n'
        draw(write_plan(plan, STRATIFIED, found), study)
        return study.folder, study.key_path.read_bytes()


@pytest.fixture
def study(drawn: tuple[Path, bytes], tmp_path: Path) -> Study:
    """The same, to be spoilt."""
    folder, key = drawn
    shutil.copytree(folder, tmp_path / "small")
    study = load_study(tmp_path / "small")
    study.key_path.parent.mkdir(parents=True, exist_ok=True)
    study.key_path.touch(0o600)
    study.key_path.write_bytes(key)
    return study


@pytest.fixture
def folder(study: Study) -> Path:
    return study.folder / "samples" / "first"


def rows(path: Path) -> list[Row]:
    return list(pq.ParquetFile(path).read().to_pylist())


# The three verifiers, each as the numbers of the checks that fail.


def by_us(folder: Path, study: Study | None) -> set[int]:
    return {check.number for check in verify(folder, study) if check.outcome == "failed"}


# Runs one script after the other, since most of the time of one is the start of Python and pyarrow.
READER = """
import contextlib, io, json, runpy, sys
import pyarrow.parquet
for line in sys.stdin:
    told, code = io.StringIO(), 0
    with contextlib.redirect_stdout(told):
        try:
            runpy.run_path(line.strip(), run_name="__main__")
        except SystemExit as end:
            code = int(end.code or 0)
    print(json.dumps([code, told.getvalue()]), flush=True)
"""
ALONE = [sys.executable, "-I", "-W", "error"]


@pytest.fixture(scope="module", autouse=True)
def reader() -> Iterator[None]:
    """Python alone, without our packages in reach."""
    with subprocess.Popen([*ALONE, "-c", READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        by_python.process = process  # type: ignore[attr-defined]
        yield
        assert process.stdin
        process.stdin.close()


def by_python(folder: Path) -> set[int]:
    process = by_python.process  # type: ignore[attr-defined]
    process.stdin.write(f"{folder / 'verify_draw.py'}\n")
    process.stdin.flush()
    return failed(*json.loads(process.stdout.readline()))


def failed(code: int, told: str) -> set[int]:
    lines = told.splitlines()
    assert len(lines) == 9
    numbers = {int(line.split()[0]) for line in lines if "FAILED" in line}
    assert all(line.endswith(": ok") or "FAILED: " in line for line in lines)
    assert code == (1 if numbers else 0)
    return numbers


def by_sql(folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[int]:
    monkeypatch.chdir(folder)
    with duckdb.connect() as database:
        script, failed = Path("verify_draw.sql").read_text(), False
        try:
            database.execute(script)
        except duckdb.InvalidInputException as error:
            assert "the draw is not as it says" in str(error)
            failed = True
        found = {number for (number,) in database.execute("SELECT number FROM checks WHERE NOT ok").fetchall()}
        assert database.execute("SELECT count(*) FROM checks").fetchone() == (9,)
    assert failed == bool(found)
    return found


# Spoiling a draw.


class Spoilt:
    """A draw folder that is changed by one who knows how it is made: `save` writes it so that all digests are right."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: Row = json.loads((folder / "sample.json").read_bytes())
        self.frame, self.sample = rows(folder / "frame.parquet"), rows(folder / "sample.parquet")

    def save(self) -> None:
        for name, form, table in (("frame", FRAME, self.frame), ("sample", SAMPLE, self.sample)):
            path = self.folder / f"{name}.parquet"
            made = pa.Table.from_pylist(table, schema=arrow_schema(form))
            write_file(path, form, made)
            facts = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "rows": len(table)}
            self.said["outputs"][path.name] = facts
            if name == "frame":
                digests = {"frame_digest": frame_digest(made), "design_digest": design_digest(made)}
                self.said["frame"] |= {**digests, "n": len(table)}
        self.said["draw_id"] = keys.draw_id(self.said)
        (self.folder / "sample.json").write_bytes(keys.canonical(self.said) + b"\n")
        (self.folder / "README.md").write_text(read_me(self.said), encoding="utf-8")
        append(self.folder.parent, "drawn", line_of(self.folder.name, self.said))

    def undrawn(self) -> Row:
        drawn = {row["doc_id"] for row in self.sample}
        return next(row for row in self.frame if row["id"] not in drawn)

    @property
    def reserves(self) -> list[Row]:
        """Of the stratum with a unit that was replaced."""
        cell = next(row for row in self.sample if row["replaces"])
        return [row for row in self.sample if row["is_reserve"] and row["stratum"] == cell["stratum"]]


def swap_an_id(draw: Spoilt) -> None:
    other = draw.undrawn()
    draw.sample[0] |= {"doc_id": other["id"], "unit_id": other["id"], "text_commitment": other["text_commitment"]}


def swap_an_id_and_its_digest(draw: Spoilt) -> None:
    swap_an_id(draw)
    made = keys.digest(draw.said["seed"]["hex"], "draw", draw.sample[0]["unit_id"])
    draw.sample[0] |= {"digest": made, "u": keys.uniform(made), "psu_id": draw.sample[0]["unit_id"]}


def change_a_digit_of_the_seed(draw: Spoilt) -> None:
    made = draw.said["seed"]["hex"]
    draw.said["seed"]["hex"] = ("1" if made[0] != "1" else "2") + made[1:]


def drop_a_row_of_the_frame(draw: Spoilt) -> None:
    draw.frame.remove(draw.undrawn())


def drop_a_row_of_the_frame_and_count_anew(draw: Spoilt) -> None:
    """In a stratum that was drawn whole but for one: nothing in the folder tells of it any more."""
    lost = draw.undrawn()
    draw.frame.remove(lost)
    cell = next(cell for cell in draw.said["stages"][0]["strata"] if cell["stratum"] == lost["stratum"])
    cell["N"] -= 1
    for row in draw.sample:
        if row["stratum"] == lost["stratum"]:
            row["N_h"] -= 1
            if row["pi"] is not None:
                n, N = row["n_h"], row["N_h"]
                row |= {"pi_den": N, "pi": n / N, "weight": N / n, "fpc": 1.0 - n / N}
    seed = draw.said["seed"]["hex"]
    known = {row["unit_id"] for row in draw.sample if not row["is_reserve"]}
    left = [row["id"] for row in draw.frame if row["stratum"] == lost["stratum"] and row["id"] not in known]
    cell["tau"] = min((keys.digest(seed, "draw", one) for one in left), default=None)
    flow = draw.said["flow"]
    flow[-2]["n_out"] -= 1
    flow[-2]["excluded"][0]["n"] += 1
    flow[-1]["n_in"] -= 1
    flow[-1]["excluded"][0]["n"] -= 1


def edit_a_weight(draw: Spoilt) -> None:
    draw.sample[0]["weight"] *= 1.01


def edit_a_chance(draw: Spoilt) -> None:
    draw.sample[0]["pi_den"] += 1


def reorder(draw: Spoilt) -> None:
    draw.sample[0], draw.sample[1] = draw.sample[1], draw.sample[0]


def give_two_units_each_others_rank(draw: Spoilt) -> None:
    one, two = draw.sample[:2]
    one["rank"], two["rank"] = two["rank"], one["rank"]
    reorder(draw)


def take_a_reserve_early(draw: Spoilt) -> None:
    first, second = draw.reserves
    for name in ("replaces", "pi_num", "pi_den", "pi", "weight", "fpc", "double_code"):
        first[name], second[name] = second[name], first[name]


def move_the_line(draw: Spoilt) -> None:
    draw.said["stages"][0]["strata"][0]["tau"] = "f" * 64


def code_another_twice(draw: Spoilt) -> None:
    row = next(row for row in draw.sample if not row["double_code"] and not row["is_reserve"])
    row["double_code"] = True


def alter_a_commitment(draw: Spoilt) -> None:
    draw.sample[0]["text_commitment"] = "0" * 64


def alter_a_commitment_in_the_frame_too(draw: Spoilt) -> None:
    alter_a_commitment(draw)
    next(row for row in draw.frame if row["id"] == draw.sample[0]["doc_id"])["text_commitment"] = "0" * 64


def edit_a_count_of_the_flow(draw: Spoilt) -> None:
    draw.said["flow"][0]["n_out"] -= 1


def edit_two_counts_of_the_flow(draw: Spoilt) -> None:
    draw.said["flow"][0]["n_in"] += 1
    draw.said["flow"][0]["excluded"][0]["n"] += 1


def restate_the_estimand(draw: Spoilt) -> None:
    draw.said["estimand"] = "authors-capped"


def call_it_drawn_after_all(draw: Spoilt) -> None:
    row = next(row for row in draw.sample if row["status"] == "replaced")
    like = next(one for one in draw.sample if one["stratum"] == row["stratum"] and one["weight"] is not None)
    row |= {name: like[name] for name in ("pi_num", "pi_den", "pi", "weight", "fpc")}
    row |= {"status": "drawn", "status_reason": None}


# What each changes; the checks that fail with us, within the study; in Python alone and in SQL; what we say of it.
MUTATIONS: list[tuple[Callable[[Spoilt], None], set[int], set[int], int, str]] = [
    (swap_an_id, {4, 5}, {4, 5}, 4, "its digest is not that of its unit"),
    (swap_an_id_and_its_digest, {5}, {5}, 5, "row 1, d0c00000000000000000000000000000: drawn again"),
    (change_a_digit_of_the_seed, {2, 4, 5, 6, 7, 8}, {2, 4, 5, 8}, 2, "the seed does not follow from study"),
    (drop_a_row_of_the_frame, {3, 5, 6, 7}, {5, 6, 7}, 3, "the snapshot gives 1 document that the frame lacks"),
    (drop_a_row_of_the_frame_and_count_anew, {3, 7}, set(), 3, "the snapshot gives 1 document that the frame lacks"),
    (edit_a_weight, {6}, {6}, 6, "weight is 8.08, and by the design 8.0"),
    (edit_a_chance, {6}, {6}, 6, "pi_den is 33, and by the design 32"),
    (reorder, {5}, {5}, 5, "stands there (rank 1, not 2)"),
    (give_two_units_each_others_rank, {5}, {5}, 5, "stands there (unit_id"),
    (take_a_reserve_early, {6, 8}, {8}, 8, "by plan and order of ranks"),
    (move_the_line, {5}, {5}, 5, "tau of en/article, wave 0, is not what is drawn"),
    (code_another_twice, {8}, {8}, 8, "double_code is True"),
    (alter_a_commitment, {9}, {9}, 9, "the commitment to its text is not the frozen one"),
    (alter_a_commitment_in_the_frame_too, {3, 9}, set(), 9, "its text is not the one drawn"),
    (edit_a_count_of_the_flow, {7}, {7}, 7, "window: 240 - 18 is not 221"),
    (edit_two_counts_of_the_flow, {7}, set(), 7, "counted again from the snapshot"),
    (restate_the_estimand, {2}, set(), 2, "estimand = 'authors-capped'; by plan and study it is 'documents'"),
    (call_it_drawn_after_all, {6, 8}, {8}, 8, "status is 'drawn', and by plan and order of ranks 'replaced'"),
]


@pytest.mark.parametrize(
    ("spoil", "ours", "alone", "number", "message"), MUTATIONS, ids=[row[0].__name__ for row in MUTATIONS]
)
def test_what_is_spoilt_fails_in_every_verifier_that_can_see_it(
    study: Study,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Spoilt], None],
    ours: set[int],
    alone: set[int],
    number: int,
    message: str,
) -> None:
    """By one who writes all digests anew, so that only what was spoilt can show it."""
    spoilt = Spoilt(folder)
    spoil(spoilt)
    spoilt.save()
    checks = verify(folder, study)
    assert {check.number for check in checks if check.outcome == "failed"} == ours
    assert message in checks[number - 1].message
    assert by_python(folder) == alone
    assert by_sql(folder, monkeypatch) == alone


def test_saving_a_draw_unspoilt_spoils_nothing(study: Study, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folder.joinpath("sample.json").read_bytes()
    Spoilt(folder).save()
    assert folder.joinpath("sample.json").read_bytes() == before
    assert not by_us(folder, study) and not by_python(folder) and not by_sql(folder, monkeypatch)


@pytest.mark.parametrize("spoil", [None, edit_a_weight])
def test_the_script_for_reading_is_run_by_its_path(folder: Path, spoil: Callable[[Spoilt], None] | None) -> None:
    if spoil:
        spoilt = Spoilt(folder)
        spoil(spoilt)
        spoilt.save()
    done = subprocess.run([*ALONE, folder / "verify_draw.py"], capture_output=True, text=True, cwd=folder.parent)
    assert failed(done.returncode, done.stdout) == ({6} if spoil else set()), done.stderr


def test_what_is_said_of_n_h_in_duckdb_is_so(folder: Path) -> None:
    """It heeds no case: who selects n_h is given N_h, without a word."""
    assert "takes `n_h` for `N_h`" in (folder / "README.md").read_text(encoding="utf-8")
    given = [(row["N_h"], row["n_h"]) for row in rows(folder / "sample.parquet")]
    with duckdb.connect() as database:
        for names in ("N_h, n_h_1", "n_h, n_h_1"):
            query = f"SELECT {names} FROM read_parquet($1)"
            assert database.execute(query, [str(folder / "sample.parquet")]).fetchall() == given
    assert all(there > taken for there, taken in given)


@pytest.mark.parametrize(
    ("name", "number", "message"),
    [
        ("sample.json", 1, "sample.json was changed: draw_id is not its digest"),
        ("sample.parquet", 1, "sample.parquet was changed: its SHA-256 is"),
        ("frame.parquet", 1, "frame.parquet was changed: its SHA-256 is"),
        ("plan.toml", 2, "plan.toml is not the plan that was drawn by"),
    ],
)
def test_a_changed_file_fails_everywhere(
    study: Study, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int, message: str
) -> None:
    path = folder / name
    if name.endswith(".parquet"):
        pq.write_table(pq.ParquetFile(path).read(), path, compression="none", write_page_checksum=True)
    else:
        text = path.read_text(encoding="utf-8").replace("Posts about an arrival", "Posts about a departure")
        path.write_text(text, encoding="utf-8")
    checks = verify(folder, study)
    assert next(check.number for check in checks if check.outcome == "failed") == number
    assert message in checks[number - 1].message
    assert number in by_python(folder) and number in by_sql(folder, monkeypatch)


# Texts and the corpus.


def change_corpus(study: Study, change: Callable[[list[Row]], None], name: str = "documents_wide") -> None:
    """Change rows of a table in the snapshot, behind its manifest's back."""
    (snapshot,) = (study.corpus_folder / "snapshots").iterdir()
    for path in (snapshot / "data" / name).iterdir():
        table = pq.ParquetFile(path).read()
        content = table.to_pylist()
        change(content)
        pq.write_table(pa.Table.from_pylist(content, schema=table.schema), path, write_page_checksum=True)


def test_a_text_that_was_altered_is_seen_by_who_holds_it(study: Study, folder: Path) -> None:
    one = rows(folder / "sample.parquet")[0]["doc_id"]

    def alter(content: list[Row]) -> None:
        for row in content:
            row["text"] = "Altered." if row["id"] == one else row["text"]

    change_corpus(study, alter)
    checks = verify(folder, study)
    assert {check.number for check in checks if check.outcome == "failed"} == {3, 9}
    assert "the snapshot is not as it was built: data/documents_wide" in checks[2].message
    assert checks[8].message == f"{one}: its text is not the one drawn"
    assert not by_python(folder) and not by_us(folder, None)


def test_a_code_given_to_another_text_is_told(study: Study, folder: Path) -> None:
    row = rows(folder / "sample.parquet")[0]
    place = study.folder / "coding" / "first"
    place.mkdir(parents=True)
    unit = {name: row[name] for name in ("doc_id", "text_commitment")}
    made = {"draw_id": Spoilt(folder).said["draw_id"], "scheme_digest": "1" * 64, "coders": ["blue"], "units": [unit]}
    (place / "round.json").write_text(json.dumps(made))
    given = unit | {"scheme_digest": "1" * 64, "coder": "blue", "kind": "code"}
    lines = [given, given | {"text_commitment": "0" * 64}]
    (place / "codes.jsonl").write_text(json.dumps(lines[0]) + "\n")
    assert verify(folder, study)[8].message.endswith("; 1 codes were given to these texts")
    (place / "codes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    check = verify(folder, study)[8]
    assert check.outcome == "failed" and f"line 2: {row['doc_id']} was coded by another text" in check.message
    (place / "codes.jsonl").write_text(json.dumps(lines[0]) + "\n")
    (place / "round.json").write_text(json.dumps(made | {"units": [unit | {"text_commitment": "0" * 64}]}))
    check = verify(folder, study)[8]
    assert check.outcome == "failed" and f"{row['doc_id']} was given out with another text" in check.message


@pytest.mark.parametrize("erased", ["text", "salt", "snapshot", "salts"])
def test_after_an_erasure_the_frozen_frame_stands_in_and_it_is_said(study: Study, folder: Path, erased: str) -> None:
    one = next(row["doc_id"] for row in rows(folder / "sample.parquet") if row["weight"] is not None)
    if erased == "text":
        change_corpus(study, lambda content: content.remove(next(row for row in content if row["id"] == one)))
    if erased in ("text", "salt"):
        append(folder.parent, ERASED, {"ids": [one], "reason": "its author asked for it"})
        salts = pq.ParquetFile(folder / "salts.parquet").read()
        left = [row for row in salts.to_pylist() if row["id"] != one]
        pq.write_table(pa.Table.from_pylist(left, schema=salts.schema), folder / "salts.parquet")
    if erased == "snapshot":
        shutil.rmtree(study.corpus_folder / "snapshots")
    if erased == "salts":
        (folder / "salts.parquet").unlink()
    checks = verify(folder, study)
    assert not [check for check in checks if check.outcome == "failed"]
    assert ("by the frozen frame" in checks[2].message) == (erased in ("text", "snapshot"))
    assert "by the frozen frame" in checks[8].message
    assert "1 document" in checks[8].message or erased in ("snapshot", "salts")
    assert checks[2].partly == (erased in ("text", "snapshot")) and checks[8].partly
    assert not by_python(folder)


def test_another_key_than_the_draws_is_told_and_taken_for_none(study: Study, folder: Path) -> None:
    for made, said in ((None, "the study key is not here"), ("0" * 64, "is not the one that it was drawn with")):
        study.key_path.unlink()
        if made:
            study.key_path.touch(0o600)
            study.key_path.write_text(made)
        checks = verify(folder, study)
        assert not [check for check in checks if check.outcome == "failed"]
        assert said in checks[2].message and "54 texts are those" in checks[8].message
        assert study.key_path.exists() is bool(made)
        study.key_path.touch(0o600)


# Every design, and many documents.


@pytest.mark.parametrize(
    "design",
    [
        {"method": "census"},
        {"method": "srs", "n": 20},
        {"method": "stratified", "strata": ["author_volume", "platform"], "n": 20},
        {"method": "temporal", "by": "phase", "strata": ["kind"], "n": 20},
        {"method": "temporal", "by": "constructed week", "n": 2},
        {"method": "pps", "size": "comments", "size_cap": 9, "n": 60},
        {"method": "pps", "size": "comments", "scheme": "pareto", "strata": ["kind"], "n": 20},
        {"method": "poisson", "rate": 0.1},
        {"method": "poisson", "rate": 0.02, "size": "comments"},
        {"method": "cluster", "cluster": "copies", "n": 20},
        {"method": "cluster", "cluster": "thread", "within": "representative", "n": 20},
        {"method": "author", "take": 2, "n": 20, "estimand": "documents"},
        {"method": "author", "take": 2, "n": 20, "estimand": "authors-capped"},
        {"method": "author", "take": 2, "n": 20, "estimand": "author-means"},
    ],
    ids=lambda design: "-".join(str(value) for value in design.values() if isinstance(value, str)),
)
def test_every_design_and_its_extension_is_drawn_again_by_all_three(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, design: Row
) -> None:
    estimand = {"estimand": design["estimand"]} if "estimand" in design else {}
    chosen = {key: value for key, value in design.items() if key != "estimand"}
    second = "[second_coding]\nfraction = 0.15\n"
    plan = write_plan(tmp_path / "plan.toml", chosen, second, name="early", **estimand)
    plan.write_text(plan.read_text().replace("[design]", "end = 2025-01-15\n[design]"))
    folders = [draw(plan, study)]
    if estimand != {"estimand": "author-means"}:
        identity = json.loads((folders[0] / "sample.json").read_bytes())["draw_id"]
        more = f'{second}[extends]\ndraw = "{identity}"'
        folders.append(draw(write_plan(plan, chosen, more, name="later", **estimand), study))
    for folder in folders:
        checks = verify(folder, study)
        assert not [check for check in checks[:9] if check.outcome != "ok"]
        assert not by_python(folder) and not by_sql(folder, monkeypatch)
    spoilt = Spoilt(folders[0])
    spoilt.sample[0]["weight"] *= 2
    spoilt.sample.pop()
    spoilt.save()
    assert {5, 6} <= by_us(folders[0], study) & by_python(folders[0]) & by_sql(folders[0], monkeypatch)
    for folder in folders[1:]:
        assert "the draw that it extends is not here" in verify(folder, study)[2].message


@pytest.fixture(scope="module")
def many() -> pa.Table:
    """A frame of 50,000 documents, of sizes of which the largest are certain."""
    random = Random(1)
    sizes = [float(min(10**6, int(random.paretovariate(0.8)))) for _ in range(50_000)]
    return frame_of(50_000, size=sizes.__getitem__, stratum=lambda number: f"s{number % 7 // 3}")


@pytest.mark.parametrize(
    "design",
    [
        {"method": "srs", "n": 2_000},
        {"method": "pps", "size": "likes", "n": 5_000},
    ],
    ids=["srs", "sequential_poisson"],
)
def test_the_same_draw_from_python_and_sql_of_50_000(
    built: Path, many: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, design: Row
) -> None:
    study, plan = load_study(built), write_plan(tmp_path / "plan.toml", design, MORE)
    read, seed = load_plan(plan, study), keys.seed("small", "reception", "")
    sample = sample_of(many, read.plan, seed, "snapshot")
    outputs = {}
    for name, form, table in (("frame.parquet", FRAME, many), ("sample.parquet", SAMPLE, sample.table)):
        write_file(tmp_path / name, form, table)
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        outputs[name] = {"sha256": digest, "rows": table.num_rows}
    frozen, ground = Frozen(many, [], frozenset(), ()), ground_of(study, read.plan)
    document = describe(ground, read, "snapshot", frozen, sample, waves_of(read.plan, {0: 50_000}), outputs)
    (tmp_path / "sample.json").write_bytes(keys.canonical(document) + b"\n")
    for name in SCRIPTS:
        shutil.copyfile(STANDALONE / name, tmp_path / name)
    assert not by_sql(tmp_path, monkeypatch)
    if "size" in design:
        assert not by_python(tmp_path)
        assert any(cell.certainty for cell in sample.cells)


@pytest.mark.parametrize(
    "design",
    [
        {"method": "srs"},
        {"method": "stratified", "strata": ["kind"]},
        {"method": "pps", "size": "likes", "size_cap": 40},
    ],
    ids=["srs", "stratified", "sequential_poisson"],
)
def test_of_50_000_a_hundred_are_among_two_hundred(many: pa.Table, design: Row) -> None:
    frame = many.set_column(many.column_names.index("size"), "size", pc.min_element_wise(many.column("size"), 40.0))
    if design["method"] != "stratified":
        frame = frame.set_column(frame.column_names.index("stratum"), "stratum", pa.array(["all"] * 50_000))
    fewer, more = (sample_of(frame, plan_of(**design, n=n), "ab" * 32) for n in (100, 200))
    small, large = (set(sample.table.column("doc_id").to_pylist()) for sample in (fewer, more))
    assert (len(small), len(large)) == (100, 200) and small < large
    assert len(fewer.cells) == (3 if design["method"] == "stratified" else 1)
    assert not any(cell.certainty for cell in more.cells)


# The command, what comes later, and bytes of any kind.


def test_the_command_lists_all_twelve_and_ends_with_5_where_one_fails(study: Study, folder: Path) -> None:
    done = CliRunner().invoke(app, ["sample", "verify", str(folder), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["ok"] and [check["number"] for check in said["checks"]] == list(range(1, 13))
    assert [check["name"] for check in said["checks"]] == list(NAMES)
    assert "frozen anew from the snapshot" in said["checks"][2]["message"]
    spoilt = Spoilt(folder)
    edit_a_weight(spoilt)
    spoilt.save()
    done = CliRunner().invoke(app, ["sample", "verify", str(folder)])
    assert done.exit_code == 5
    assert all(name.split()[0] in done.stdout for name in NAMES)
    assert "failed" in done.stdout and "not applicable" in done.stdout
    alone = shutil.copytree(folder, study.folder.parent / "alone")
    said = json.loads(CliRunner().invoke(app, ["sample", "verify", str(alone), "--json"]).stdout)
    assert said["failed"] == [6] and "the study is not here" in said["checks"][2]["message"]
    assert isinstance(CliRunner().invoke(app, ["sample", "verify", str(study.folder)]).exception, UserError)


def test_checks_of_what_was_made_of_a_draw_are_called(study: Study, folder: Path) -> None:
    def right(at: Path, of: Study) -> str:
        assert at == folder and of is study
        return "3 estimates, the same to 1e-12"

    def wrong(at: Path, of: Study) -> str:
        raise VerificationError("claim 4 stands in no estimate", where=at)

    checks = verify(folder, study, {"estimates": right, "claims": wrong, "agreement": lambda at, of: None})
    assert [check.outcome for check in checks[9:]] == ["not_applicable", "ok", "failed"]
    assert checks[11] == Check(12, "claims", "failed", f"{folder}: claim 4 stands in no estimate")


def test_no_bytes_make_it_fall_over(folder: Path) -> None:
    random = Random(5)
    for name in ("sample.json", "sample.parquet", "frame.parquet", "plan.toml"):
        whole = (folder / name).read_bytes()
        for _ in range(12):
            spoilt = bytearray(whole[: random.choice([len(whole), random.randrange(len(whole))])])
            for _ in range(3 if spoilt else 0):
                spoilt[random.randrange(len(spoilt))] ^= 1 << random.randrange(8)
            (folder / name).write_bytes(spoilt)
            checks = verify(folder)
            assert len(checks) == 12 and any(check.outcome == "failed" for check in checks)
        (folder / name).unlink()
        assert any(check.outcome == "failed" for check in verify(folder))
        (folder / name).write_bytes(whole)
    assert not by_us(folder, None)


@pytest.mark.parametrize("value", [None, "x", -1, [], {}])
def test_no_value_in_sample_json_makes_it_fall_over(folder: Path, value: object) -> None:
    said = json.loads((folder / "sample.json").read_bytes())
    for name in said:
        if said[name] == value:
            continue
        made = {**said, name: value}
        made |= {} if name == "draw_id" else {"draw_id": keys.draw_id(made)}
        (folder / "sample.json").write_bytes(keys.canonical(made) + b"\n")
        checks = verify(folder)
        assert len(checks) == 12 and any(check.outcome == "failed" for check in checks), name


def test_the_script_for_reading_is_short_and_needs_nothing_of_ours() -> None:
    script = (STANDALONE / "verify_draw.py").read_text(encoding="utf-8")
    assert len(script.splitlines()) <= 120
    assert "analysis" not in script and "corpus." not in script
    assert SCRIPTS == ("verify_draw.py", "verify_draw.sql")
