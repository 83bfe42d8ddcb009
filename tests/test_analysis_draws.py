"""A plan becomes a draw folder: whole or not at all, the same each time, explained, extended, logged."""

import hashlib
import json
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from analysis.sampling import keys
from analysis.sampling.checking import verify
from analysis.sampling.drawing import draw, draw_sample
from analysis.sampling.explaining import explain
from analysis.sampling.frames import commitment, design_digest, frame_digest
from analysis.sampling.history import Log, append, discard, draws_in, entries, ids_of, line_of
from analysis.sampling.opened import DrawFolder
from analysis.sampling.plans import load_plan
from corpus.cli import app
from corpus.errors import UserError, VerificationError
from corpus.snapshot import latest
from corpus.study import Study
from tests.planned import write_plan
from tests.reported import make_snapshot

STRATIFIED = {"method": "stratified", "strata": ["script", "kind"], "n": 30, "minimum": 2}
MORE = """
[reserves]
n = 2
[second_coding]
fraction = 0.2
[frame]
languages = ["zh", "en"]
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "small"
    make_snapshot(folder, documents=240)
    return folder


def read(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "sample.json").read_bytes()))


def rows(path: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(path).to_pylist())


def test_a_draw_folder_holds_all_that_draws_it_again(study: Study, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.toml", STRATIFIED, MORE)
    folder = draw(plan, study)
    assert folder == study.folder / "samples" / "first"
    document = read(folder)
    assert document["draw_id"] == keys.draw_id(document)
    assert (folder / "plan.toml").read_bytes() == plan.read_bytes()
    assert document["plan"]["sha256"] == hashlib.sha256(plan.read_bytes()).hexdigest()
    frame, sample = (pq.read_table(folder / f"{name}.parquet") for name in ("frame", "sample"))
    for name, facts in document["outputs"].items():
        assert facts["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    assert document["frame"]["frame_digest"] == frame_digest(frame)
    assert document["frame"]["design_digest"] == design_digest(frame)
    assert document["seed"]["hex"] == keys.seed("small", "reception", "")
    assert document["seed"]["shopping_proof"] is False
    assert "text" not in frame.column_names and "text" not in sample.column_names
    flow = document["flow"]
    assert flow[0]["n_in"] == 240 and flow[-1]["n_in"] == frame.num_rows and flow[-1]["n_out"] == 30
    assert all(one["n_out"] == two["n_in"] for one, two in pairwise(flow))
    assert all(one["n_in"] - sum(e["n"] for e in one["excluded"]) == one["n_out"] for one in flow)
    assert {row["stage"] for row in flow} == {"language", "window", "draw"}
    cells = document["stages"][0]["strata"]
    assert sum(cell["N"] for cell in cells) == frame.num_rows and sum(cell["n"] for cell in cells) == 30
    assert document["second_coding"]["n"] == 6 == sum(row["double_code"] for row in sample.to_pylist())
    assert sample.num_rows == 30 + 2 * len(cells)
    again = DrawFolder(folder, study).refrozen
    assert not isinstance(again, str) and again.frame == frame


def test_commitments_open_with_the_salt_and_the_text_only(study: Study, tmp_path: Path) -> None:
    folder = draw(write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 5}), study)
    salts = {row["id"]: row["salt"] for row in rows(folder / "salts.parquet")}
    for row in rows(folder / "sample.parquet"):
        assert row["text_commitment"] == commitment(salts[row["doc_id"]], "Invented.")
        assert row["text_commitment"] != hashlib.sha256(b"Invented.").hexdigest()
    assert (folder / "salts.parquet").stat().st_mode & 0o077 == 0
    assert len(set(salts.values())) == len(salts)


def test_the_same_plan_gives_the_same_bytes_and_another_of_that_name_is_refused(study: Study, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.toml", STRATIFIED, MORE)
    folder = draw(plan, study)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert draw_sample(plan, study).again
    shutil.rmtree(folder)
    assert {path.name: path.read_bytes() for path in draw(plan, study).iterdir()} == first
    with pytest.raises(UserError, match=r"another draw has that name(?s:.*)discard first"):
        draw(write_plan(plan, {**STRATIFIED, "n": 31}, MORE), study)
    assert not [path for path in folder.parent.iterdir() if path.name.startswith(".") and path.is_dir()]


def test_the_log_keeps_what_was_discarded_and_shows_a_change(study: Study, tmp_path: Path) -> None:
    folder = draw(write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 5}), study)
    home, identity = folder.parent, read(folder)["draw_id"]
    with pytest.raises(UserError, match="with a reason"):
        discard(study, "first", " ")
    assert (discard(study, "first", "too few") / "sample.json").is_file()
    second = draw(write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 9}), study)
    log = entries(home)
    assert [(row["event"], row["draw_id"]) for row in log[:2]] == [("drawn", identity), ("discarded", identity)]
    assert log[1]["reason"] == "too few" and log[2]["draw_id"] == read(second)["draw_id"]
    path = home / "draws.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    for spoiled in (lines[:1] + lines[2:], [lines[0].replace(b'"n": 5', b'"n": 6'), *lines[1:]]):
        path.write_bytes(b"".join(spoiled))
        with pytest.raises(VerificationError, match=r"draws\.jsonl: line \d does not follow"):
            append(home, "drawn", {})
        assert path.read_bytes() == b"".join(spoiled)


def test_a_line_of_the_log_that_was_never_written_whole_is_set_aside_and_told(study: Study, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 5})
    home = draw(plan, study).parent
    path, torn = home / "draws.jsonl", b'{"at": "2026'
    before = path.read_bytes()
    path.write_bytes(before + torn)
    assert len(entries(home)) == 1 and verify(home / "first", study)[1].outcome == "ok"
    done = draw_sample(write_plan(plan, {"method": "srs", "n": 6}, name="second"), study)
    assert "the last line of draws.jsonl was never written whole; it is set aside in draws.torn" in done.notes
    assert (home / "draws.torn").read_bytes() == torn + b"\n"
    assert path.read_bytes().startswith(before) and [row["name"] for row in entries(home)] == ["first", "second"]
    assert not draw_sample(plan, study).notes


def test_two_draws_at_once_wait_for_each_other(study: Study, tmp_path: Path) -> None:
    plans = [write_plan(tmp_path / "a.toml", STRATIFIED, MORE), write_plan(tmp_path / "b.toml", STRATIFIED, MORE)]
    other = write_plan(tmp_path / "c.toml", {"method": "srs", "n": 5}, name="second")
    study.keys()  # threads of one process are no two processes
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda plan: draw_sample(plan, study), [*plans, other]))
    assert sorted(one.again for one in done[:2]) == [False, True]
    assert sorted(row["name"] for row in entries(done[0].folder.parent)) == ["first", "second"]
    assert not [path for path in done[0].folder.parent.iterdir() if path.name.startswith(".") and path.is_dir()]


@pytest.mark.parametrize("moment", ["before the log", "after the log"])
def test_what_a_killed_draw_leaves_is_no_draw_and_is_finished_by_the_next(
    study: Study, tmp_path: Path, moment: str
) -> None:
    plan = write_plan(tmp_path / "plan.toml", STRATIFIED, MORE)
    child = os.fork()
    if child == 0:
        name = "add" if moment == "before the log" else "stands"
        real = getattr(Log, name)

        def killed(*words: Any) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        def logged(log: Log, draw_id: str) -> bool:
            if not real(log, draw_id):
                log.add("drawn", line_of("first", json.loads(next(home.glob(".*/sample.json")).read_bytes())))
            killed()
            return True

        home = study.folder / "samples"
        setattr(Log, name, killed if moment == "before the log" else logged)
        draw(plan, study)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    home = study.folder / "samples"
    (left,) = (path for path in home.iterdir() if path.is_dir())
    assert left.name.startswith(".first-") and (left / "salts.parquet").is_file()
    assert draws_in(home) == []
    with pytest.raises(UserError, match="no draw here"):
        explain(study, rows(left / "sample.parquet")[0]["doc_id"])
    folder = draw(plan, study)
    assert not left.exists() and verify(folder, study)[1].outcome == "ok"
    assert [row["event"] for row in entries(home)] == ["drawn"]


def test_a_draw_is_put_aside_as_often_as_it_is_drawn_and_never_by_another_way(study: Study, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 5})
    draw(plan, study)
    places = [discard(study, "first", "a trial")]
    live = draw(plan, study)
    check = verify(live, study)[1]
    assert check.outcome == "ok" and "; put aside" not in check.message
    places.append(discard(study, "first", "once more"))
    assert len(set(places)) == 2 and all((place / "sample.json").is_file() for place in places)
    for name in (f"discarded/{places[0].name}", "..", ".hidden", "nobody"):
        with pytest.raises(UserError, match="no draw here"):
            discard(study, name, "why not")
    assert [row["event"] for row in entries(live.parent)] == ["drawn", "discarded", "drawn", "discarded"]
    folder = draw(plan, study)
    (study.folder / "coding" / "r1").mkdir(parents=True)
    (study.folder / "coding" / "r1" / "round.json").write_text(json.dumps({"draw_id": read(folder)["draw_id"]}))
    with pytest.raises(UserError, match=r"the round r1 codes this draw(?s:.*)\[\[found\]\]"):
        discard(study, "first", "again")
    assert folder.is_dir() and len(entries(live.parent)) == 5


def test_more_that_was_found_revises_a_draw_in_its_place(study: Study, tmp_path: Path) -> None:
    design, reserve = {"method": "srs", "n": 20}, "[reserves]\nn = 2\n"
    plan = tmp_path / "plan.toml"
    first = read(draw(write_plan(plan, design, reserve), study))["draw_id"]
    home = study.folder / "samples"
    gone = [row["doc_id"] for row in rows(home / "first" / "sample.parquet")[3:5]]
    found = [f'[[found]]\nid = "{one}"\nstatus = "unavailable"\nreason = "deleted"\n' for one in gone]
    ids = [first]
    for number in (1, 2):
        done = draw_sample(write_plan(plan, design, reserve + "".join(found[:number])), study)
        assert done.revised and done.folder == home / "first"
        ids.append(done.document["draw_id"])
        assert [row["replaces"] for row in rows(done.folder / "sample.parquet") if row["replaces"]] == gone[:number]
        checks = verify(done.folder, study)
        assert not [check for check in checks if check.outcome == "failed"], checks
    assert ids_of(home, ids[2]) == set(ids) and ids_of(home, first) == {first}
    assert [(row["event"], row.get("revises")) for row in entries(home)] == [
        ("drawn", None),
        ("revised", ids[0]),
        ("revised", ids[1]),
    ]
    former = home / "discarded" / f"first-{first[:12]}"
    check = verify(former, study)[1]
    assert check.outcome == "ok" and "revised" in check.message
    for text in (reserve + found[1], reserve, "[reserves]\nn = 3\n" + "".join(found)):
        with pytest.raises(UserError, match="another draw has that name"):
            draw(write_plan(plan, design, text), study)
    assert draws_in(home) == [home / "first"] and len(draws_in(home, aside=True)) == 3


def test_a_plan_is_told_every_fault_at_once(study: Study, tmp_path: Path) -> None:
    design = {"method": "stratified", "size": "likes", "take": 3, "allocation": "neyman"}
    more = '[reserve]\nn = 1\n[frame]\nsources = ["elsewhere"]\nkinds = ["tweet"]\n[found]\nid = "x"'
    path = write_plan(tmp_path / "plan.toml", design, more, estimand="author-means")
    with pytest.raises(UserError) as told:
        load_plan(path, study)
    message = str(told.value)
    for expected in (
        "design.size: means nothing for method stratified; it is for pps, poisson",
        "design.take: means nothing",
        "design.strata: is missing",
        "design.spread: is missing",
        "design.n: is missing",
        "reserve: unknown key; did you mean 'reserves'?",
        "frame.kinds.0",
        "found: is a list of tables: write [[found]]",
        "plan.estimand: author-means is for method author",
    ):
        assert expected in message, message
    lines = [int(line.removeprefix(f"  {path}:").partition(":")[0]) for line in message.splitlines()[1:-1]]
    assert lines == sorted(lines) and len(lines) > 8 and "next: " in message
    sources = write_plan(path, {"method": "census"}, '[frame]\nsources = ["elsewhere"]', name="discarded")
    with pytest.raises(UserError, match=r"plan\.name: discarded is where(?s:.*)frame\.sources: 'elsewhere' is no"):
        load_plan(sources, study)


def test_a_wrong_key_hides_no_fault_of_the_others_in_its_table(tmp_path: Path) -> None:
    path = write_plan(tmp_path / "plan.toml", {"method": "pps", "n": 0, "take": 3, "strata": ["lang"]})
    days = 'start = 2025-03-01\nend = 2025-02-01\nzone = "Asia/Tokyo"\n[design]'
    path.write_text(path.read_text().replace("[design]", days))
    with pytest.raises(UserError) as told:
        load_plan(path)
    keys = [line.split(": ")[1] for line in str(told.value).splitlines() if line.startswith(f"  {path}:")]
    assert sorted(keys) == [
        "design.n",
        "design.size",
        "design.strata.0",
        "design.take",
        "population.end",
        "population.zone",
    ]


def test_every_document_is_explained(study: Study, tmp_path: Path) -> None:
    folder = draw(write_plan(tmp_path / "plan.toml", STRATIFIED, MORE), study)
    sample = rows(folder / "sample.parquet")
    drawn = next(row for row in sample if not row["is_reserve"])
    reserve = next(row for row in sample if row["is_reserve"])
    known = {row["doc_id"] for row in sample}
    left = next(row["id"] for row in rows(folder / "frame.parquet") if row["id"] not in known)
    said = {one: explain(study, one)[0] for one in (drawn["doc_id"], reserve["doc_id"], left)}
    assert [one.state for one in said.values()] == ["drawn", "reserve", "not_drawn"]
    text = "\n".join(said[drawn["doc_id"]].lines)
    assert (
        f"rank {drawn['rank']} of {drawn['N_h']}" in text and drawn["digest"] in text and repr(drawn["weight"]) in text
    )
    frame = {row["id"] for row in rows(folder / "frame.parquet")}
    wide = pq.read_table(next((study.corpus_folder / "snapshots").iterdir()) / "data" / "documents_wide")
    outside = next(row for row in wide.to_pylist() if row["id"] not in frame)
    (one,) = explain(study, outside["id"])
    assert one.state == "not_in_frame"
    reason = f"language: {outside['language']}" if outside["language"] in ("mul", "zxx") else "window: "
    assert reason in one.lines[0]
    with pytest.raises(UserError, match="no document nobody"):
        explain(study, "nobody")


@pytest.mark.parametrize(
    "design",
    [
        {"method": "census"},
        {"method": "srs", "n": 20},
        {"method": "stratified", "strata": ["author_volume", "platform"], "n": 20},
        {"method": "temporal", "by": "day", "n": 20},
        {"method": "temporal", "by": "phase", "strata": ["kind"], "n": 20},
        {"method": "temporal", "by": "constructed week", "n": 2},
        {"method": "pps", "size": "comments", "size_cap": 9, "n": 20},
        {"method": "pps", "size": "comments", "scheme": "pareto", "strata": ["kind"], "n": 20},
        {"method": "poisson", "rate": 0.1},
        {"method": "poisson", "rate": 0.02, "size": "comments"},
        {"method": "cluster", "cluster": "copies", "n": 20},
        {"method": "cluster", "cluster": "thread", "within": "representative", "n": 20},
        {"method": "author", "take": 2, "n": 20},
    ],
    ids=lambda design: "-".join(str(value) for value in design.values() if isinstance(value, str)),
)
def test_every_design_draws_extends_and_explains(study: Study, tmp_path: Path, design: dict[str, Any]) -> None:
    """The frame first ends on 15 January; the extension takes the later days in as a wave of their own."""
    estimand = {"estimand": "documents"} if design["method"] == "author" else {}
    plan = write_plan(tmp_path / "plan.toml", design, **estimand)
    plan.write_text(plan.read_text().replace("[design]", "end = 2025-01-15\n[design]"))
    folder = draw(plan, study)
    document, sample = read(folder), rows(folder / "sample.parquet")
    assert sample and len({row["doc_id"] for row in sample}) == len(sample)
    more = f'[extends]\ndraw = "{document["draw_id"]}"'
    grown = draw(write_plan(tmp_path / "next.toml", design, more, name="second", **estimand), study)
    later = {row["doc_id"]: row for row in rows(grown / "sample.parquet")}
    assert {row["doc_id"] for row in sample} <= later.keys()
    fresh = [row for row in later.values() if row["wave"] == 1]
    assert fresh and read(grown)["extends"] == document["draw_id"]
    frozen = ("doc_id", "unit_id", "stratum", "wave", "rank", "digest", "pi", "weight", "text_commitment")
    for row in sample:
        assert [row[name] for name in frozen] == [later[row["doc_id"]][name] for name in frozen]
    for state, row in (("drawn", sample[0]), ("drawn", fresh[-1])):
        assert {one.draw: one.state for one in explain(study, row["doc_id"])}["second"] == state


def test_an_extension_keeps_seed_and_design(study: Study, tmp_path: Path) -> None:
    folder = draw(write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 20}), study)
    more = f'[extends]\ndraw = "{read(folder)["draw_id"]}"'
    fewer = write_plan(tmp_path / "next.toml", {"method": "srs", "n": 19}, more, name="second")
    with pytest.raises(UserError, match=r"design\.n: 1 documents that were drawn would be lost"):
        draw(fewer, study)
    other = write_plan(
        tmp_path / "next.toml", {"method": "stratified", "strata": ["kind"], "n": 20}, more, name="second"
    )
    with pytest.raises(UserError, match="differs in more than n"):
        draw(other, study)
    grown = write_plan(tmp_path / "next.toml", {"method": "srs", "n": 25}, more, name="second")
    grown.write_text(grown.read_text().replace('family = "reception"', 'family = "another"'))
    with pytest.raises(UserError, match="an extension keeps it"):
        draw(grown, study)
    stranger = write_plan(tmp_path / "next.toml", {"method": "srs", "n": 25}, f'[extends]\ndraw = "{"0" * 64}"')
    with pytest.raises(UserError, match=r"extends\.draw: no draw of this study"):
        draw(stranger, study)
    same = write_plan(tmp_path / "next.toml", {"method": "srs", "n": 20}, f"{more}\nn = 5", name="second")
    with pytest.raises(UserError, match="nothing would be added: no document came later than those of first"):
        draw(same, study)
    assert len(entries(study.folder / "samples")) == 1
    raised = write_plan(tmp_path / "next.toml", {"method": "srs", "n": 22}, f"{more}\nn = 5", name="third")
    (note,) = draw_sample(raised, study).notes
    assert note == "extends.n = 5 had no effect: no document came later than those of first"
    more_n = draw(write_plan(tmp_path / "next.toml", {"method": "srs", "n": 25}, more, name="second"), study)
    assert {row["wave"] for row in rows(more_n / "frame.parquet")} == {0}
    assert len(rows(more_n / "sample.parquet")) == 25


def test_what_was_found_gone_is_replaced_and_stays_so_in_an_extension(study: Study, tmp_path: Path) -> None:
    design, reserve = {"method": "srs", "n": 20}, "[reserves]\nn = 2\n"
    plan = write_plan(tmp_path / "plan.toml", design, reserve)
    plan.write_text(plan.read_text().replace("[design]", "end = 2025-01-15\n[design]"))
    first = draw(plan, study)
    gone = rows(first / "sample.parquet")[3]["doc_id"]
    found = f'{reserve}[[found]]\nid = "{gone}"\nstatus = "unavailable"\nreason = "deleted by its author"\n'
    plan = write_plan(tmp_path / "plan.toml", design, found, name="second")
    plan.write_text(plan.read_text().replace("[design]", "end = 2025-01-15\n[design]"))
    second = draw(plan, study)
    stands = next(row for row in rows(second / "sample.parquet") if row["replaces"] == gone)
    assert stands["rank"] == 21 and stands["weight"] > 0
    said = {one.draw: "\n".join(one.lines) for one in explain(study, gone)}
    assert "replaced: unavailable: deleted by its author" in said["second"] and "replaced" not in said["first"]
    extends = f'[extends]\ndraw = "{read(second)["draw_id"]}"\n'
    with pytest.raises(UserError, match=r"would be lost(?s:.*)\[\[found\]\] of second(?s:.*)repeated in this plan"):
        draw(write_plan(tmp_path / "plan.toml", design, reserve + extends, name="third"), study)
    third = draw(write_plan(tmp_path / "plan.toml", design, found + extends, name="third"), study)
    assert next(row for row in rows(third / "sample.parquet") if row["replaces"] == gone) == stands


def test_exclusions_are_counted_and_strangers_among_them_told(study: Study, tmp_path: Path) -> None:
    frame = rows(draw(write_plan(tmp_path / "plan.toml", {"method": "census"}), study) / "frame.parquet")
    exclude = [{"id": frame[0]["id"], "reason": "an advertisement"}, {"id": "stranger", "reason": "?"}]
    more = "[frame]\nexclude = [" + ", ".join(f'{{id = "{e["id"]}", reason = "{e["reason"]}"}}' for e in exclude) + "]"
    done = draw_sample(write_plan(tmp_path / "plan.toml", {"method": "census"}, more, name="second"), study)
    assert done.notes == ("frame.exclude names stranger, which is not in the corpus",)
    step = next(row for row in done.document["flow"] if row["stage"] == "named")
    assert step["excluded"] == [{"reason": "an advertisement", "n": 1}]
    assert explain(study, frame[0]["id"], "second")[0].lines[0].endswith("named: an advertisement")


def test_documents_that_count_as_the_floor_are_told(study: Study, tmp_path: Path) -> None:
    wide = latest(study.corpus_folder).table("documents_wide", ["id", "comments"]).to_pylist()
    floor = 4
    design = {"method": "pps", "size": "comments", "size_floor": floor, "n": 12}
    done = draw_sample(write_plan(tmp_path / "plan.toml", design), study)
    frame = {row["id"] for row in rows(done.folder / "frame.parquet")}
    known = [row["comments"] for row in wide if row["id"] in frame]
    unknown, fewer = sum(n is None for n in known), sum(n is not None and n < floor for n in known)
    assert unknown and fewer and unknown + fewer < len(frame)
    said = (
        f"{unknown + fewer} of {len(frame)} documents count as {floor}: {unknown} of unknown comments, {fewer} of fewer"
    )
    assert done.notes == (f"by design.size_floor {said}",)
    page = (done.folder / "README.md").read_text(encoding="utf-8")
    assert f"of which `comments` is unknown, counts as {floor}" in page
    plain = draw(write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 12}, name="plain"), study)
    assert "size_floor" not in (plain / "README.md").read_text(encoding="utf-8")


def test_of_a_cluster_only_the_one_taken_is_said_to_be_drawn(study: Study, tmp_path: Path) -> None:
    design = {"method": "cluster", "cluster": "thread", "within": "representative", "n": 60}
    folder = draw(write_plan(tmp_path / "plan.toml", design), study)
    sample = {row["unit_id"]: row["doc_id"] for row in rows(folder / "sample.parquet")}
    frame = rows(folder / "frame.parquet")
    other = next(row for row in frame if sample.get(row["cluster"], row["id"]) != row["id"])
    (one,) = explain(study, other["id"])
    assert one.state == "not_drawn" and "another document" in one.lines[-1]


def test_the_command_line_draws_explains_lists_and_puts_aside(study: Study, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.toml", STRATIFIED, MORE)
    here = ["--study", str(study.folder)]
    told = run("sample", "draw", str(plan), *here)
    assert "30" in told and read(study.folder / "samples" / "first")["draw_id"] in told
    again = json.loads(run("sample", "draw", str(plan), "--json", *here))
    assert again["again"] is True and again["format"] == "huanying-sample/1"
    one = rows(study.folder / "samples" / "first" / "sample.parquet")[0]["doc_id"]
    said = json.loads(run("sample", "explain", one, "--json", *here))
    assert said["draws"][0]["state"] == "drawn"
    assert "first: drawn" in run("sample", "explain", one, *here)
    run("sample", "discard", "first", "--reason", "a trial", *here)
    assert "a trial" in run("sample", "list", *here)
    assert [row["event"] for row in json.loads(run("sample", "list", "--json", *here))["draws"]] == [
        "drawn",
        "discarded",
    ]


def test_a_plan_that_cannot_be_drawn_by_now_is_told_before_it_is_registered(study: Study, tmp_path: Path) -> None:
    here = ["--study", str(study.folder)]
    plan = write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 4000})
    said = json.loads(run("sample", "plan", str(plan), "--json", *here))
    assert said["why_not"] == f"design.n: n is 4000, and there are {said['documents']} units"
    assert said["core_sha256"] == load_plan(plan).core_sha256
    shown = run("sample", "plan", str(plan), *here)
    assert f"could be drawn now: {said['documents']}" in shown and "n is 4000" in shown and "census" in shown
    plan = write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 20}, '[frame]\nlanguages = ["zh", "tlh"]')
    said = json.loads(run("sample", "plan", str(plan), "--json", *here))
    assert said["why_not"] is None and said["documents"] == read(draw(plan, study))["frame"]["n"]
    assert said["notes"] == ["frame.languages names tlh, which no document of the frame has"]
    plan = write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 20}, '[frame]\nlanguages = ["tlh"]', name="none")
    said = json.loads(run("sample", "plan", str(plan), "--json", *here))
    assert said["documents"] is None
    assert said["why_not"].startswith("no document is left for the frame (language: 0 of ")
    assert [path.name for path in draws_in(study.folder / "samples")] == ["first"]


def test_a_study_without_draws_says_so(study: Study) -> None:
    done = CliRunner().invoke(app, ["sample", "list", "--study", str(study.folder)])
    assert done.exit_code == 0 and "no draw yet" in done.output and "pins" not in done.output
    assert json.loads(run("sample", "list", "--json", "--study", str(study.folder))) == {"draws": [], "head": ""}


def run(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout
