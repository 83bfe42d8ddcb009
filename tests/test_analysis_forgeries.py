"""Forgeries by one who writes all digests and the log anew: what only study and corpus can show, is shown by them."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from analysis.reporting.method_draw import listed
from analysis.sampling import keys
from analysis.sampling.checking import verify
from analysis.sampling.describing import read_me
from analysis.sampling.drawing import draw, draw_sample
from analysis.sampling.erasing import erase_salts
from analysis.sampling.history import ERASED, append, discard, line_of
from analysis.sampling.plans import load_plan
from corpus.cli import app
from corpus.errors import UserError
from corpus.study import Study, load_study
from tests import test_analysis_verifying as verifying
from tests.planned import write_plan
from tests.test_analysis_verifying import Row, Spoilt, by_us, change_corpus, rows

built, drawn, study, folder = verifying.built, verifying.drawn, verifying.study, verifying.folder


def add_a_document_that_never_was(draw: Spoilt) -> None:
    """Not drawn, and counted everywhere."""
    cell = max(draw.said["stages"][0]["strata"], key=lambda cell: cell["N"])
    seed = draw.said["seed"]["hex"]
    names = (f"dffc{number:028x}" for number in range(10**6))
    name = next(one for one in names if keys.digest(seed, "draw", one) > cell["tau"])
    like = next(row for row in draw.frame if row["stratum"] == cell["stratum"])
    draw.frame.append(like | {"id": name, "text_commitment": "a" * 64})
    draw.frame.sort(key=lambda row: row["id"])
    cell["N"] += 1
    for row in draw.sample:
        if row["stratum"] == cell["stratum"]:
            row["N_h"] += 1
            if row["pi"] is not None:
                n, N = row["n_h"], row["N_h"]
                row |= {"pi_den": N, "pi": n / N, "weight": N / n, "fpc": 1.0 - n / N}
    flow = draw.said["flow"]
    for step in flow[:-1]:
        step |= {"n_in": step["n_in"] + 1, "n_out": step["n_out"] + 1}
    flow[-1]["n_in"] += 1
    next(one for one in flow[-1]["excluded"] if one["reason"] == "not drawn")["n"] += 1


def add_one_and_say_that_it_was_erased(draw: Spoilt) -> None:
    known = {row["id"] for row in draw.frame}
    add_a_document_that_never_was(draw)
    made_up = [row["id"] for row in draw.frame if row["id"] not in known]
    append(draw.folder.parent, ERASED, {"ids": made_up, "reason": "asked for"})


def change_salts(draw: Spoilt, all_of_them: bool = False) -> None:
    path, drawn = draw.folder / "salts.parquet", {row["doc_id"] for row in draw.sample}
    table = pq.ParquetFile(path).read()
    salts = table.to_pylist()
    one = next(row for row in salts if row["id"] not in drawn)
    for row in salts if all_of_them else [one]:
        row["salt"] = "00" * 16
    pq.write_table(pa.Table.from_pylist(salts, schema=table.schema), path, write_page_checksum=True)


def drop_a_row_and_change_a_salt(draw: Spoilt) -> None:
    verifying.drop_a_row_of_the_frame_and_count_anew(draw)
    change_salts(draw)


def drop_a_row_and_change_all_salts(draw: Spoilt) -> None:
    verifying.drop_a_row_of_the_frame_and_count_anew(draw)
    change_salts(draw, all_of_them=True)


def name_another_snapshot(draw: Spoilt) -> None:
    draw.said["frame"]["snapshot_id"] = "0" * 16


def name_another_snapshot_in_rows(draw: Spoilt) -> None:
    for row in draw.sample:
        row["snapshot_id"] = "elsewhere"


def change_days_in_the_frame(draw: Spoilt) -> None:
    for row in draw.frame:
        row["day"] = date(2025, 1, 20)


def say_another_reason(draw: Spoilt) -> None:
    draw.said["flow"][-1]["excluded"][0]["reason"] = "off topic, by hand"


def say_a_stage_more(draw: Spoilt) -> None:
    draw.said["stages"].append({"name": "cap", "method": "srs", "unit": "document", "stream": "author", "take": 3})


def say_who_approved(draw: Spoilt) -> None:
    draw.said["approved_by"] = "An ethics board"


def say_a_stratum_twice(draw: Spoilt) -> None:
    draw.said["stages"][0]["strata"].append(draw.said["stages"][0]["strata"][0])


FORGED: list[tuple[Callable[[Spoilt], None], set[int], int, str]] = [
    (add_a_document_that_never_was, {3, 7}, 3, "no erasure of it is on record: it was made up"),
    (add_one_and_say_that_it_was_erased, {3, 7}, 3, "1 document are said to be erased, and the snapshot lacks 0"),
    (drop_a_row_and_change_a_salt, {3, 7}, 3, "the snapshot gives 1 document that the frame lacks"),
    (change_salts, {3}, 3, "salts.parquet: the salt of "),
    (drop_a_row_and_change_all_salts, {3, 7, 9}, 3, "the snapshot gives 1 document that the frame lacks"),
    (name_another_snapshot, {3}, 3, "sample.json says snapshot_id is '0000000000000000', sample.parquet ['"),
    (name_another_snapshot_in_rows, {3}, 3, "sample.parquet ['elsewhere']"),
    (change_days_in_the_frame, {3}, 3, "day is not what the snapshot gives"),
    (say_another_reason, {7}, 7, "the last steps are not what the draw did"),
    (say_a_stage_more, {2}, 2, "sample.json says 2 stages; by plan and study there are 1"),
    (say_who_approved, {2}, 2, "approved_by = 'An ethics board', of which plan and study know nothing"),
    (say_a_stratum_twice, {5}, 5, "strata and waves, not"),
]


@pytest.mark.parametrize(("spoil", "ours", "number", "message"), FORGED, ids=[row[0].__name__ for row in FORGED])
def test_what_is_forged_is_seen_within_the_study(
    study: Study, folder: Path, spoil: Callable[[Spoilt], None], ours: set[int], number: int, message: str
) -> None:
    spoilt = Spoilt(folder)
    spoil(spoilt)
    spoilt.save()
    checks = verify(folder, study)
    assert {check.number for check in checks if check.outcome == "failed"} == ours
    assert message in checks[number - 1].message


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield from (leaf for name, one in inner for leaf in leaves(one, (*path, name))) if value else ()
    if not inner:
        yield path


def changed(path: tuple[Any, ...], value: Any) -> Any:
    if path[:2] == ("population", "window") and path[2] != "undated":
        return "2020-01-01" if path[2] == "start" else "2030-01-01"
    if path == ("population", "zone"):
        return "America/New_York"
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}x" if isinstance(value, str) else "x"


def test_whatever_is_changed_in_sample_json_is_seen(study: Study, folder: Path) -> None:
    """Each value by itself, all digests and the log made right again; what only the study knew then is told of."""
    whole = (folder / "sample.json").read_bytes()
    log = (folder.parent / "draws.jsonl").read_bytes()
    told = {"population.window.start", "population.window.end", "population.zone", "software.version"}
    paths = [path for path in leaves(json.loads(whole)) if path != ("draw_id",)]
    assert len(paths) > 80
    for path in paths:
        said = json.loads(whole)
        at = said
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] = changed(path, at[path[-1]])
        said["draw_id"] = keys.draw_id(said)
        (folder / "sample.json").write_bytes(keys.canonical(said) + b"\n")
        with suppress(TypeError, KeyError, ValueError):
            (folder / "README.md").write_text(read_me(said), encoding="utf-8")
        (folder.parent / "draws.jsonl").write_bytes(log)
        append(folder.parent, "drawn", line_of(folder.name, said))
        checks = verify(folder, study)
        name = ".".join(map(str, path))
        failed = [check for check in checks if check.outcome == "failed"]
        words = " ".join(check.message for check in checks)
        assert failed or (name in told and ("has changed since" in words or "by its word" in words)), name


def test_the_days_of_a_snapshot_are_held_against_its_manifest(study: Study, folder: Path) -> None:
    def move(content: list[Row]) -> None:
        for row in content:
            row |= {name: date(2025, 1, 20) for name in ("day_utc", "day_shanghai", "day_new_york") if row[name]}

    spoilt = Spoilt(folder)
    change_days_in_the_frame(spoilt)
    spoilt.save()
    change_corpus(study, move)
    check = verify(folder, study)[2]
    assert check.outcome == "failed" and "the snapshot is not as it was built: data/documents_wide" in check.message


def test_an_erasure_reaches_every_draw_and_is_told(study: Study, folder: Path) -> None:
    discard(study, "trial", "only a trial")
    (aside,) = (folder.parent / "discarded").iterdir()
    one = next(row["doc_id"] for row in rows(folder / "sample.parquet") if row["weight"] is not None)
    assert erase_salts(study, [one], "its author asked for it") == 2
    assert all(one not in {row["id"] for row in rows(place / "salts.parquet")} for place in (folder, aside))
    assert (folder / "salts.parquet").stat().st_mode & 0o077 == 0
    change_corpus(study, lambda content: content.remove(next(row for row in content if row["id"] == one)))
    for place in (folder, aside):
        checks = verify(place, study)
        assert not [check for check in checks if check.outcome == "failed"]
        assert "but for 1 document erased, on record: by the frozen frame" in checks[2].message
        assert "1 document erased, text or salt: by the frozen frame" in checks[8].message
    done = CliRunner().invoke(app, ["sample", "list", "--study", str(study.folder)])
    assert done.exit_code == 0 and "its author asked for it" in " ".join(done.output.split())
    assert {row.name for row in listed(study)} == {"first", "trial"}
    with pytest.raises(UserError, match="with a reason"):
        erase_salts(study, [one], " ")


def test_an_erased_text_leaves_no_salt(study: Study, folder: Path) -> None:
    one = rows(folder / "frame.parquet")[0]["id"]
    change_corpus(study, lambda content: content.remove(next(row for row in content if row["id"] == one)))
    append(folder.parent, ERASED, {"ids": [one], "reason": "its author asked for it"})
    assert verify(folder, study)[2].message == f"{one}: its text was erased, and its salt was not"


@pytest.mark.parametrize("name", ["verify_draw.py", "verify_draw.sql", "README.md"])
def test_what_lies_beside_a_draw_is_held(study: Study, folder: Path, name: str) -> None:
    (folder / name).write_text("print('1 files: ok')", encoding="utf-8")
    checks = verify(folder, study)
    assert checks[0].outcome == "failed" and f"{name} not as this version writes it" in checks[0].message
    spoilt = Spoilt(folder)
    spoilt.said["software"]["version"] = "9.9"
    spoilt.save()
    (folder / name).write_text("print('1 files: ok')", encoding="utf-8")
    check = verify(folder, study)[0]
    assert check.outcome == "ok" and "version 9.9; not held" in check.message and name in check.message


def test_a_study_that_took_another_id_for_its_seed_is_seen(study: Study, folder: Path) -> None:
    path = study.folder / "study.toml"
    path.write_text(path.read_text().replace('id = "small"', 'id = "small-b"', 1), encoding="utf-8")
    other = load_study(study.folder)
    assert other.id == "small-b"
    check = verify(folder, other)[1]
    assert check.outcome == "failed" and "of a study 'small', and this study is 'small-b'" in check.message


def extended(study: Study, place: Path, design: Row, extends: str = "") -> list[Path]:
    """A draw that ends on 15 January, and its extension."""
    plan = write_plan(place / "plan.toml", design, name="early")
    plan.write_text(plan.read_text().replace("[design]", "end = 2025-01-15\n[design]"))
    early = draw(plan, study)
    identity = json.loads((early / "sample.json").read_bytes())["draw_id"]
    more = f'[extends]\ndraw = "{identity}"\n{extends}'
    return [early, draw(write_plan(plan, design, more, name="later"), study)]


def test_more_of_a_later_wave_than_the_plan_says_is_seen(study: Study, tmp_path: Path) -> None:
    _, folder = extended(study, tmp_path, {"method": "srs", "n": 10}, "n = 12\n")
    assert not by_us(folder, study)
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text().replace("n = 12", "n = 5"))
    spoilt, read = Spoilt(folder), load_plan(plan)
    spoilt.said["plan"] |= {"sha256": read.sha256, "core_sha256": read.core_sha256}
    spoilt.save()
    alone = shutil.copytree(folder, tmp_path / "alone")
    assert 2 not in by_us(folder, study) and 5 in by_us(folder, study) and 5 in by_us(alone, None)


def test_an_extension_is_held_against_a_parent_that_was_put_aside(study: Study, tmp_path: Path) -> None:
    _, folder = extended(study, tmp_path, {"method": "srs", "n": 10})
    discard(study, "early", "to see")
    checks = verify(folder, study)
    assert not [check for check in checks if check.outcome == "failed"]
    assert "frozen anew from the snapshot it is the same" in checks[2].message
    spoilt = Spoilt(folder)
    drawn = {row["doc_id"] for row in spoilt.sample}
    spoilt.frame.remove(next(row for row in spoilt.frame if row["wave"] == 0 and row["id"] not in drawn))
    spoilt.save()
    assert "the snapshot gives 1 document that the frame lacks" in verify(folder, study)[2].message


def test_the_clusters_of_a_later_wave_are_drawn_by_themselves(study: Study, tmp_path: Path) -> None:
    """Else a thread that goes on would be drawn again just where it was drawn before, and waves were not independent."""
    early, later = extended(study, tmp_path, {"method": "cluster", "cluster": "thread", "n": 12})
    waves: list[dict[str, bool]] = [{}, {}]
    drawn = {(row["unit_id"], row["wave"]) for row in rows(later / "sample.parquet")}
    for row in rows(later / "frame.parquet"):
        assert row["cluster"].endswith("/1") is (row["wave"] == 1)
        waves[row["wave"]][row["cluster"].removesuffix("/1")] = (row["cluster"], row["wave"]) in drawn
    both = waves[0].keys() & waves[1].keys()
    assert len(both) > 5 and any(waves[0][one] != waves[1][one] for one in both)
    assert not by_us(early, study) and not by_us(later, study)


def test_honest_changes_of_a_study_are_told_and_fail_nothing(study: Study, tmp_path: Path) -> None:
    """Of its window and of its events: the draw goes by what they were."""
    folder = draw(
        write_plan(tmp_path / "plan.toml", {"method": "temporal", "by": "phase", "n": 20}, name="phased"), study
    )
    said = json.loads((folder / "sample.json").read_bytes())["population"]["phases"]
    assert [one["number"] for one in said] == [1, 2]
    events, toml = study.folder / "events.csv", study.folder / "study.toml"
    before = events.read_text()
    events.write_text(before.replace("official,invented,reported", "platform,invented,certain"), encoding="utf-8")
    checks = verify(folder, load_study(study.folder))
    assert not [check for check in checks if check.outcome == "failed"]
    assert "the study's events have changed since" in checks[2].message
    toml.write_text(toml.read_text().replace("end = 2025-02-10", "end = 2025-02-20"), encoding="utf-8")
    checks = verify(folder, load_study(study.folder))
    assert not [check for check in checks if check.outcome == "failed"]
    assert "the study's window has changed since: 2025-01-" in checks[2].message


def test_phases_are_days_of_the_studys_own_zone(study: Study, tmp_path: Path) -> None:
    toml, design = study.folder / "study.toml", {"method": "stratified", "strata": ["phase"], "n": 20}
    text = toml.read_text()
    assert "zone" not in text.split("[window]")[1].split("[")[0]
    toml.write_text(text.replace("end = 2025-02-10", 'end = 2025-02-10\nzone = "America/New_York"'), encoding="utf-8")
    other = load_study(study.folder)
    plan = write_plan(tmp_path / "plan.toml", design, name="phased")
    folder = draw(plan, other)
    said = json.loads((folder / "sample.json").read_bytes())["population"]
    assert said["zone"] == "America/New_York" and not by_us(folder, other)
    parts = {one["number"]: (one["first"], one["last"]) for one in said["phases"]}
    for row in rows(folder / "frame.parquet"):
        first, last = parts[int(row["stratum"].removeprefix("phase "))]
        assert first <= str(row["day"]) <= last
    plan.write_text(plan.read_text().replace("[design]", 'zone = "Asia/Shanghai"\n[design]'), encoding="utf-8")
    with pytest.raises(UserError, match=r"population\.zone: phases are days of America/New_York"):
        draw(plan, other)


def test_a_draw_from_another_version_of_the_file_format_is_the_same_draw(study: Study, folder: Path) -> None:
    """Bytes of Parquet name the version that wrote them; units and chances are what make a draw."""
    for name in ("frame", "sample"):
        path = folder / f"{name}.parquet"
        pq.write_table(pq.ParquetFile(path).read(), path, compression="none", write_page_checksum=True)
    said = json.loads((folder / "sample.json").read_bytes())
    for name, facts in said["outputs"].items():
        facts["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    said["draw_id"] = keys.draw_id(said)
    (folder / "sample.json").write_bytes(keys.canonical(said) + b"\n")
    done = draw_sample(folder / "plan.toml", study)
    assert done.again and done.document["draw_id"] == said["draw_id"]


def test_strata_without_a_chance_are_told(study: Study, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.toml", {"method": "temporal", "by": "day", "n": 5}, name="few")
    done = draw_sample(plan, study)
    (said,) = done.notes
    assert "strata have no chance to be drawn, and no estimate is about them" in said
    assert said in (done.folder / "README.md").read_text(encoding="utf-8")
    whole = draw_sample(write_plan(tmp_path / "plan.toml", {"method": "poisson", "rate": 0.001}, name="none"), study)
    assert not whole.notes


def test_a_text_altered_where_other_tables_have_it_is_seen_after_an_erasure_too(study: Study, folder: Path) -> None:
    one = rows(folder / "sample.parquet")[0]["doc_id"]

    def alter(content: list[Row]) -> None:
        for row in content:
            row["text"] = f"{row['text']}!" if row["id"] == one else row["text"]

    change_corpus(study, alter, "documents")
    for _ in range(2):
        checks = verify(folder, study)
        assert {check.number for check in checks if check.outcome == "failed"} == {3, 9}
        for number in (2, 8):
            assert "the snapshot is not as it was built: data/documents/" in checks[number].message
        append(folder.parent, ERASED, {"ids": ["f" * 32], "reason": "its author asked for it"})


@pytest.mark.parametrize("all_of_them", [False, True], ids=["one", "all"])
def test_a_salt_that_lacks_without_a_line_of_the_log_is_seen(study: Study, folder: Path, all_of_them: bool) -> None:
    drawn = [row["doc_id"] for row in rows(folder / "sample.parquet")]
    out = set(drawn if all_of_them else drawn[:1])
    table = pq.ParquetFile(folder / "salts.parquet").read()
    left = [] if all_of_them else [row for row in table.to_pylist() if row["id"] not in out]
    pq.write_table(pa.Table.from_pylist(left, schema=table.schema), folder / "salts.parquet", write_page_checksum=True)
    check = verify(folder, study)[8]
    assert check.outcome == "failed" and "its salt is not here, and no erasure of it is on record" in check.message
    append(folder.parent, ERASED, {"ids": sorted(out), "reason": "their authors asked for it"})
    check = verify(folder, study)[8]
    assert check.outcome == "ok" and check.partly


def test_a_snapshot_that_is_named_away_does_not_pass_for_a_whole_check(study: Study, folder: Path) -> None:
    assert not any(check.partly for check in verify(folder, study))
    place = study.folder / "coding" / "first"
    place.mkdir(parents=True)
    spoilt = Spoilt(folder)
    made = {"draw_id": spoilt.said["draw_id"], "made_from": {"snapshot_id": spoilt.said["frame"]["snapshot_id"]}}
    made |= {"scheme_digest": "1" * 64, "coders": [], "units": []}
    spoilt.said["frame"]["snapshot_id"] = "ab" * 16
    for row in spoilt.sample:
        row["snapshot_id"] = "ab" * 16
    spoilt.save()
    (place / "round.json").write_text(json.dumps(made | {"draw_id": Spoilt(folder).said["draw_id"]}))
    checks = verify(folder, study)
    assert [check.number for check in checks if check.partly] == [3, 7]
    assert checks[8].outcome == "failed" and "from another snapshot than the draw's" in checks[8].message
    (place / "round.json").unlink()
    done = CliRunner().invoke(app, ["sample", "verify", str(folder), "--study", str(study.folder)])
    assert done.exit_code == 0 and "ok in part" in done.stdout
    assert "3 ok only as far as they could be made (3, 7, 9)" in done.stdout.splitlines()[-1]
    said = CliRunner().invoke(app, ["sample", "verify", str(folder), "--study", str(study.folder), "--json"]).stdout
    assert json.loads(said)["partly"] == [3, 7, 9] and json.loads(said)["ok"]


def test_another_n_in_the_plan_is_told_as_a_number(study: Study, folder: Path) -> None:
    spoilt, plan = Spoilt(folder), folder / "plan.toml"
    plan.write_bytes(plan.read_bytes().replace(b"n = 30", b"n = 31"))
    spoilt.said["plan"]["sha256"] = hashlib.sha256(plan.read_bytes()).hexdigest()
    spoilt.save()
    assert "n is 30 in the draw and 31 in plan.toml" in verify(folder, study)[1].message
