"""What shows that a plan came before its draw: a registration of its digest, a public value, the log."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from analysis.sampling.checking import Check, verify
from analysis.sampling.drawing import draw, draw_sample
from analysis.sampling.history import discard, head
from analysis.sampling.plans import load_plan
from corpus.cli import app
from corpus.errors import UserError
from corpus.study import Study
from tests.planned import write_plan

SRS = {"method": "srs", "n": 5}
VALUE = 'public_value = "7 13 22"\npublic_source = "A lottery, its draw of that day"\n'


def plan_with(path: Path, seed: str = "", at: str = "", sha256: str = "", more: str = "", name: str = "first") -> Path:
    registered = f'[registered]\nsystem = "A registry"\nid = "r1"\nat = {at}\n' if at else ""
    registered += f'sha256 = "{sha256}"\n' if sha256 else ""
    write_plan(path, SRS, registered + more, name=name)
    path.write_text(path.read_text().replace("[population]", f"{seed}[population]"))
    return path


def second(folder: Path, study: Study | None) -> Check:
    return verify(folder, study)[1]


def days(n: int) -> str:
    return (datetime.now(UTC) + timedelta(days=n)).date().isoformat()


def test_a_digest_of_the_plan_is_what_is_registered_and_later_parts_leave_it_as_it_is(tmp_path: Path) -> None:
    known = f"public_at = {days(-3)}\n"
    bare = load_plan(plan_with(tmp_path / "a.toml", 'public_source = "A lottery, its draw of that day"\n' + known))
    found = '[[found]]\nid = "d1"\nstatus = "ineligible"\nreason = "off topic"\n'
    full = plan_with(tmp_path / "b.toml", VALUE + known, days(-9), bare.core_sha256, found)
    assert load_plan(full).core_sha256 == bare.core_sha256 and load_plan(full).sha256 != bare.sha256
    full.write_text(full.read_text().replace("n = 5", "n = 6"))
    with pytest.raises(UserError, match=r"registered\.sha256 is not that of this plan, which is [0-9a-f]{64}"):
        load_plan(full)
    told = CliRunner().invoke(app, ["sample", "plan", str(tmp_path / "a.toml"), "--json"])
    assert json.loads(told.stdout)["core_sha256"] == bare.core_sha256
    assert bare.core_sha256 in CliRunner().invoke(app, ["sample", "plan", str(tmp_path / "a.toml")]).stdout


@pytest.mark.parametrize(
    ("known", "at", "bound", "proof"),
    [
        (-3, -9, True, True),
        (-3, -9, False, False),
        (-3, -3, True, False),
        (-3, None, False, False),
        (None, -9, True, False),
    ],
    ids=["before the value", "no digest", "on its day", "with nobody", "no day of the value"],
)
def test_only_a_plan_registered_before_its_public_value_is_said_to_be_proof(
    study: Study, tmp_path: Path, known: int | None, at: int | None, bound: bool, proof: bool
) -> None:
    seed = VALUE + (f"public_at = {days(known)}\n" if known else "")
    path = plan_with(tmp_path / "a.toml", seed)
    digest = load_plan(path).core_sha256 if bound else ""
    folder = draw(plan_with(path, seed, days(at) if at else "", digest), study)
    said = json.loads((folder / "sample.json").read_bytes())
    assert said["seed"]["shopping_proof"] is proof
    claim = "nothing here proves that this seed was not chosen among several"
    assert (claim in (folder / "README.md").read_text()) is not proof
    check = second(folder, study)
    assert check.outcome == "ok" and (claim in check.message) is not proof
    assert ("names no sha256" in check.message) is (at is not None and not bound)


def test_a_blank_value_is_none_and_a_value_before_its_day_was_made_up(study: Study, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"seed\.public_value: is blank"):
        load_plan(plan_with(tmp_path / "a.toml", 'public_value = " "\npublic_source = "my own pocket"\n'))
    early = plan_with(tmp_path / "a.toml", f"{VALUE}public_at = {days(9)}\n")
    told = CliRunner().invoke(app, ["sample", "plan", str(early), "--study", str(study.folder)])
    assert told.exit_code == 0 and f"seed.public_at: {days(9)} has not come" in told.stdout.replace("\n", " ")
    with pytest.raises(UserError, match=r"seed\.public_at: .* has not come, and seed\.public_value is there already"):
        draw(early, study)
    assert not (study.folder / "samples").exists()
    folder = draw(plan_with(tmp_path / "a.toml", f"{VALUE}public_at = {days(-3)}\n"), study)
    change(folder.parent, 0, "at", f"{days(-9)}T00:00:00+00:00")
    check = second(folder, study)
    assert check.outcome == "failed" and "before the day of the public value" in check.message


def test_when_a_plan_was_registered_is_held_against_the_log(study: Study, tmp_path: Path) -> None:
    for name, at, outcome, told in (
        ("early", days(-9), "ok", "registered"),
        ("same", days(0), "ok", "does not show which came first"),
        ("late", days(9), "failed", "only after the frame was frozen"),
        ("moment", f"{days(-2)}T10:00:00Z", "ok", "(A registry, r1), the frame frozen"),
    ):
        folder = draw(plan_with(tmp_path / "a.toml", at=at, name=name), study)
        check = second(folder, study)
        assert check.outcome == outcome and told in check.message, check


def test_other_draws_of_the_study_are_told(study: Study, tmp_path: Path) -> None:
    first = draw(write_plan(tmp_path / "a.toml", SRS, name="a"), study)
    assert "the only draw of this study" in second(first, study).message
    for name in "bc":
        other = write_plan(tmp_path / "a.toml", SRS, name=name)
        other.write_text(other.read_text().replace('"reception"', f'"try {name}"'))
        folder = draw(other, study)
    discard(study, "b", "another one is nicer")
    told = "draw 3 of 3 of this study, 1 put aside, families reception, try b, try c"
    assert second(folder, study).message.endswith(told)
    (aside,) = (study.folder / "samples" / "discarded").iterdir()
    assert "; put aside: another one is nicer; draw 2 of 3" in second(aside, study).message


def change(home: Path, number: int, key: str, value: object) -> None:
    """Change a line of the log and write the digests of all after it anew, as one may who knows how."""
    lines = [json.loads(line) for line in (home / "draws.jsonl").read_text().splitlines()]
    lines[number][key] = value
    if value is ...:
        del lines[number][key]
    made, before = [], ""
    for line in lines:
        made.append(json.dumps(line | {"before": before}, ensure_ascii=False, sort_keys=True))
        before = hashlib.sha256(made[-1].encode()).hexdigest()
    (home / "draws.jsonl").write_text("".join(f"{line}\n" for line in made))


@pytest.mark.parametrize(
    "key", "name title plan_sha256 snapshot_id frame_digest design_digest seed_family public_value n".split()
)
def test_each_field_of_the_logs_line_is_held_against_the_draw(study: Study, tmp_path: Path, key: str) -> None:
    folder = draw(write_plan(tmp_path / "a.toml", SRS), study)
    assert second(folder, study).outcome == "ok"
    change(folder.parent, 0, key, 2000 if key == "n" else "x")
    check = second(folder, study)
    assert check.outcome == "failed" and f"draws.jsonl says {key} =" in check.message
    change(folder.parent, 0, key, ...)
    assert second(folder, study).outcome == (
        "ok" if key == "snapshot_id" else "failed"
    )  # logs of earlier versions lack it


def cut(home: Path) -> None:
    path = home / "draws.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


LOST: list[tuple[Callable[[Path], Any], str]] = [
    (lambda home: (home / "draws.jsonl").unlink(), "draws.jsonl is missing"),
    (cut, "knows no draw"),
    (lambda home: (home / "draws.jsonl").write_bytes(b""), "knows no draw"),
    (lambda home: change(home, 1, "at", "2020-01-01T00:00:00+00:00"), "line 2 is of an earlier moment than the line"),
    (lambda home: (home / "second").rename(home / "third"), "lies in third, and its plan calls it second"),
]


@pytest.mark.parametrize(("spoil", "told"), LOST, ids=[told for _, told in LOST])
def test_a_log_that_is_lost_cut_or_put_in_another_order_fails(
    study: Study, tmp_path: Path, spoil: Callable[[Path], Any], told: str
) -> None:
    draw(write_plan(tmp_path / "a.toml", SRS), study)
    home = draw(write_plan(tmp_path / "a.toml", SRS, name="second"), study).parent
    before = head(home)
    spoil(home)
    folder = home / ("third" if "third" in told else "second")
    check = second(folder, study)
    assert check.outcome == "failed" and told in check.message, check
    assert (head(home) == before) is ("third" in told)


def test_a_draw_that_was_put_aside_does_not_stand_again(study: Study, tmp_path: Path) -> None:
    folder = draw(write_plan(tmp_path / "a.toml", SRS), study)
    discard(study, "first", "too few").rename(folder)
    check = second(folder, study)
    assert check.outcome == "failed" and "put aside, and it lies among those that stand" in check.message
    shutil.copytree(folder, tmp_path / "released")
    assert "there is no log of draws beside it" in second(tmp_path / "released", None).message


def test_an_erased_salt_does_not_come_back_with_a_revision_and_private_files_are_ignored(
    study: Study, tmp_path: Path
) -> None:
    folder = draw(write_plan(tmp_path / "a.toml", SRS), study)
    one, other = (row["doc_id"] for row in pq.read_table(folder / "sample.parquet").to_pylist()[:2])
    words = ["sample", "erase", one, "--reason", "asked for", "--study", str(study.folder)]
    assert CliRunner().invoke(app, words).stdout.startswith("1 salts taken out")
    found = f'[[found]]\nid = "{other}"\nstatus = "ineligible"\nreason = "off topic"\n'
    draw(write_plan(tmp_path / "a.toml", SRS, found), study)
    (aside,) = (study.folder / "samples" / "discarded").iterdir()
    for place in (folder, aside):
        salts = pq.read_table(place / "salts.parquet").column("id").to_pylist()
        assert one not in salts and other in salts
    assert second(folder, study).outcome == "ok"
    assert "erased" in CliRunner().invoke(app, ["sample", "list", "--study", str(study.folder)]).stdout
    git = ["git", "-C", str(study.folder)]
    subprocess.run([*git, "init", "-q"], check=True)
    (study.folder / "samples" / ".first-1").mkdir()
    (study.folder / "samples" / ".first-1" / "frame.parquet").touch()
    subprocess.run([*git, "add", "samples"], check=True)
    added = subprocess.run([*git, "ls-files", "samples"], check=True, capture_output=True, text=True).stdout
    assert "samples/first/sample.parquet" in added and "salts" not in added and "/.first" not in added


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("n = 5", "n = true", "design.n: should be a whole number, without quotes (is "),
        ("n = 5", 'n = "20"', "design.n: should be a whole number, without quotes (is "),
        ("n = 5", "n = 5.0", "design.n: should be a whole number, without quotes (is "),
        ("n = 5", 'n = 5\nallocation = "fixed"', "design.allocation: means nothing for method srs"),
        ("n = 5", "n = 5\nsize_floor = 2", "design.size_floor: means nothing for method srs"),
        ("n = 5", "n = 5\nbreaks = [1, 2]", "design.breaks: means nothing without"),
        ("n = 5", "n = 5\nstrata = []", "design.strata: is empty"),
        (
            "declared_at = 2026-11-21",
            "declared_at = 86400",
            "plan.declared_at: should be a day without quotes, such as 2026-11-21 (is ",
        ),
        (
            "declared_at = 2026-11-21",
            'declared_at = "2026-11-21"',
            "plan.declared_at: should be a day without quotes, such as 2026-11-21 (is ",
        ),
    ],
)
def test_a_plan_is_taken_at_its_word(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = write_plan(tmp_path / "a.toml", SRS)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(UserError) as fault:
        load_plan(path)
    assert told in str(fault.value)


BY_KIND = {"method": "stratified", "strata": ["kind"]}


@pytest.mark.parametrize(
    ("design", "more", "told"),
    [
        (BY_KIND | {"n": 5, "strata": ["kind", "kind"]}, "", "design.strata: names one twice"),
        (BY_KIND | {"n": 5, "fixed": {"post": 1}}, "", "design.fixed: means nothing for allocation proportional"),
        (BY_KIND | {"n": 5, "spread": {"post": 1}}, "", "design.spread: means nothing for allocation proportional"),
        (BY_KIND | {"n": 5, "allocation": "neyman", "spread": {"post": 0}}, "", "design.spread: is 0 everywhere"),
        (BY_KIND | {"allocation": "fixed", "fixed": {"post": 1}, "minimum": 2}, "", "design.minimum: means nothing"),
        (
            BY_KIND | {"allocation": "fixed", "fixed": {"post": 1}},
            f'[extends]\ndraw = "{"0" * 64}"\nn = 2\n',
            "extends.n: means nothing here",
        ),
        ({"method": "poisson", "rate": 0.1, "size_cap": 3}, "", "design.size_cap: means nothing without size"),
        (SRS, '[registered]\nsystem = "A"\nid = "1"\nat = 20270101\n', "registered.at"),
        (SRS, '[[found]]\nid = "d"\nstatus = "ineligible"\nreason = "x"\n' * 2, "found: d is named twice"),
    ],
)
def test_what_a_plan_says_in_vain_is_a_fault(tmp_path: Path, design: dict[str, Any], more: str, told: str) -> None:
    with pytest.raises(UserError) as fault:
        load_plan(write_plan(tmp_path / "a.toml", design, more))
    assert told in str(fault.value)


def test_a_spread_without_end_is_a_fault(tmp_path: Path) -> None:
    path = write_plan(tmp_path / "a.toml", BY_KIND | {"n": 5, "allocation": "neyman", "spread": {"post": 1}})
    path.write_text(path.read_text().replace('"post": 1', '"post" = inf').replace('"post" = 1', '"post" = inf'))
    with pytest.raises(UserError, match=r"design\.spread\.post: should be a finite number"):
        load_plan(path)


def test_names_that_nothing_has_are_told_and_more_than_there_is_is_refused(study: Study, tmp_path: Path) -> None:
    fixed = BY_KIND | {"allocation": "fixed", "fixed": {"post": 2, "comment": 1, "article": 1, "turn": 0, "postt": 9}}
    done = draw_sample(write_plan(tmp_path / "a.toml", fixed, '[frame]\nlanguages = ["zh", "en", "tlh"]\n'), study)
    assert "design.fixed names postt, which no document has" in done.notes
    assert "frame.languages names tlh, which no document of the frame has" in done.notes
    assert not [note for note in done.notes if "zh" in note or "article" in note]
    fixed["fixed"] = {"post": 5000, "comment": 1, "article": 1}
    with pytest.raises(UserError, match=r"design\.fixed: 5000 are asked for of 'post', and there are \d+"):
        draw(write_plan(tmp_path / "a.toml", fixed, name="second"), study)
