"""Rounds of coding: blind tasks, what comes back, what is refused, adjudication, and the codes that hold."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from analysis.agreed import codings
from analysis.coding.aside import Taken
from analysis.coding.codes import codes_of, disputed, rows_of, settled, truth_of
from analysis.coding.judging import export_disputes
from analysis.coding.returned import take_back
from analysis.coding.rounds import TOOLS, Asked, Round, export_round, load_round
from analysis.coding.standing import standing_of
from analysis.estimates.basis import basis_of
from analysis.estimates.held import LATER
from analysis.sampling import keys
from analysis.sampling.checking import verify
from analysis.sampling.drawing import draw
from analysis.sampling.history import discard
from corpus.cli import app
from corpus.errors import UserError, VerificationError
from corpus.study import Study
from tests.coders import code, first_code, tasks, tones_and_stances
from tests.planned import write_plan
from tests.reported import make_snapshot

TITLES = ('=HYPERLINK("https://evil.example";"x")', "欢迎来到小红书\n第二行", 'A "quoted", <b>& title</b>', "@SUM(1)|2")
Rows = list[dict[str, Any]]
OF = {"sentiment": ("negative", "positive"), "stance": ("welcoming", "hostile")}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "small"
    study, _ = make_snapshot(folder, names=("Harbour Daily", *TITLES), documents=120)
    (folder / "coding.toml").write_bytes(tones_and_stances())
    plan = write_plan(folder.parent / "plan.toml", {"method": "srs", "n": 20}, "[second_coding]\nfraction = 0.3\n")
    draw(plan, study)
    return folder


@pytest.fixture
def drawn_with() -> Callable[[Study, str], Round]:
    return lambda study, tool: export_round(study, Asked("first", "one", ("blue",), ("red",), tool=tool)).round


def sample(study: Study) -> Rows:
    return list(pq.read_table(study.folder / "samples" / "first" / "sample.parquet").to_pylist())


def back(study: Study, made: Round, coder: str, target: Path, answer: Any = None, **how: Any) -> Taken:
    return take_back(study, made, code(made, coder, answer or first_code(made), target), **how)


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_what_coders_give_back_becomes_codes(
    study: Study, tmp_path: Path, tool: str, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, tool)
    drawn = {row["doc_id"]: row for row in sample(study)}
    twice = {name for name, row in drawn.items() if row["double_code"]}
    assert {name for name, unit in made.units.items() if "red" in unit["coders"]} == twice and len(twice) == 6
    blue, red = (back(study, made, coder, tmp_path / coder) for coder in ("blue", "red"))
    assert not blue.refused and not red.refused
    assert (blue.rows, red.rows) == (40, 12)
    table = codes_of(study, "one")
    assert table.num_rows == 52
    for row in table.to_pylist():
        assert row["text_commitment"] == drawn[row["doc_id"]]["text_commitment"]
        assert row["scheme_digest"] == made.scheme.digest and row["kind"] == "code" and row["coder"] in ("blue", "red")
    truth = truth_of(study, "one").to_pylist()
    assert {(r["doc_id"], r["variable"]) for r in truth} == {(n, v) for n in drawn for v in ("sentiment", "stance")}
    assert {r["code"] for r in truth} == {"negative", "welcoming"}
    assert {r["how"] for r in truth if r["doc_id"] in twice} == {"agreed"}
    assert {r["how"] for r in truth if r["doc_id"] not in twice} == {"single"}
    before = (made.folder / "codes.jsonl").read_bytes()
    again = back(study, made, "blue", tmp_path / "again")
    assert (again.rows, again.again, again.refused) == (0, 40, ())
    assert (made.folder / "codes.jsonl").read_bytes() == before


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_coders_are_blind_and_the_order_tells_nothing(
    study: Study, tool: str, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, tool)
    written = b"".join(path.read_bytes() for path in tasks(made, "blue")).decode("utf-8")
    frame = pq.read_table(study.folder / "samples" / "first" / "frame.parquet").to_pylist()
    own = [row for row in frame if row["id"] in made.units]
    for column in ("source_id", "author", "day"):
        for value in {str(row[column]) for row in own if row[column] is not None}:
            assert value not in written, column
    assert "article" not in written and "comment" not in written
    seed = keys.seed("small", "reception", "")
    order = list(made.units)
    assert order == sorted(order, key=lambda name: keys.digest(seed, "coding", name))
    assert order != [row["doc_id"] for row in sample(study)]
    assert [written.index(name) for name in order] == sorted(written.index(name) for name in order)


def test_what_is_asked_for_is_shown_and_recorded(study: Study) -> None:
    asked = Asked("first", "seen", ("blue",), show=("source", "date", "parent", "labels"))
    done = export_round(study, asked)
    assert not done.round.document["blind"] and done.round.document["shown"] == list(asked.show)
    written = tasks(done.round, "blue")[0].read_text(encoding="utf-8-sig")
    assert "show_source" in written and "rednote" in written and "2025-01" in written
    assert any("not blind" in note for note in done.notes)
    with pytest.raises(UserError, match="'place' cannot be shown"):
        export_round(study, Asked("first", "odd", ("blue",), show=("place",)))


def test_a_round_is_private_says_so_and_is_written_once(study: Study) -> None:
    asked = Asked("first", "one", ("blue", "green"), ("red",))
    made = export_round(study, asked).round
    assert "**Private.**" in (made.folder / "README.md").read_text(encoding="utf-8")
    assert "*/tasks/" in (made.folder.parent / ".gitignore").read_text(encoding="utf-8")
    assert made.folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (made.folder / "tasks").iterdir())
    firsts = [unit["coders"][0] for unit in made.units.values()]
    assert firsts == ["blue", "green"] * 10
    before = {path: path.read_bytes() for path in made.folder.rglob("*") if path.is_file()}
    assert export_round(study, asked).again
    assert {path: path.read_bytes() for path in made.folder.rglob("*") if path.is_file()} == before
    with pytest.raises(UserError, match="another round has that name"):
        export_round(study, Asked("first", "one", ("blue",)))
    for path in made.folder.rglob("*.json*"):
        assert "Invented" not in path.read_text(encoding="utf-8") or path.parent.name == "tasks"
    scheme = made.folder / "scheme.toml"
    scheme.write_text(scheme.read_text(encoding="utf-8").replace("neutral", "even", 1), encoding="utf-8")
    with pytest.raises(VerificationError, match="scheme was changed"):
        load_round(study, "one")


@pytest.mark.parametrize(
    ("coders", "seconds", "everything", "alone"),
    [
        (("blue",), (), False, 6),
        (("blue",), ("red",), False, 0),
        (("blue", "red"), ("blue",), False, None),
        (("blue", "red"), ("red", "blue"), False, 0),
        (("blue", "red"), (), True, 0),
    ],
)
def test_a_second_coder_who_is_missing_is_told(
    study: Study, coders: tuple[str, ...], seconds: tuple[str, ...], everything: bool, alone: int | None
) -> None:
    done = export_round(study, Asked("first", "one", coders, seconds, everything))
    told = [note for note in done.notes if "only one codes them" in note]
    dealt = [done.round.units[row["doc_id"]]["coders"] for row in sample(study) if row["double_code"]]
    once = sum(len(set(names)) < 2 for names in dealt)
    assert once > 0 if alone is None else once == alone
    assert [int(note.split()[0]) for note in told] == ([once] if once else [])


@pytest.mark.parametrize("everything", [False, True])
def test_a_second_coder_who_would_get_nothing_is_refused(study: Study, tmp_path: Path, everything: bool) -> None:
    with pytest.raises(UserError, match="blue would get nothing: who codes a unit first"):
        export_round(study, Asked("first", "one", ("blue",), ("blue",), everything))
    draw(write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 9}, name="once"), study)
    with pytest.raises(
        UserError, match=r"nothing of once is to be coded twice, and red, green would get nothing(?s:.*)--all"
    ):
        export_round(study, Asked("once", "one", ("blue",), ("red", "green"), everything))
    assert not (study.folder / "coding" / "one").exists()
    assert export_round(study, Asked("once", "one", ("blue",), (), everything)).round.coders == ("blue",)


def test_a_coder_who_gets_nothing_is_told(study: Study) -> None:
    names = tuple(f"c{number}" for number in range(22))
    done = export_round(study, Asked("first", "one", names, tuple(f"s{number}" for number in range(8))))
    told = [f"{name} gets nothing to code a second time" for name in ("s6", "s7")]
    assert done.notes == (*told, *(f"{name} gets nothing: there are 20 units" for name in ("c20", "c21")))


@pytest.mark.parametrize("name", ["ada@coders.example", "Ada Smith", "1", "all", "../x", ""])
def test_a_coder_goes_by_a_pseudonym(study: Study, name: str) -> None:
    with pytest.raises(UserError) as told:
        export_round(study, Asked("first", "one", (name,)))
    assert "pseudonym" in str(told.value) and "coders.example" not in str(told.value)


def _spoilt(study: Study, made: Round, tmp_path: Path, spoil: Callable[[Rows], Any]) -> tuple[Taken, str]:
    """Import what blue gives back by Label Studio after ``spoil`` was let loose on it."""
    path = code(made, "blue", first_code(made), tmp_path / "spoilt")[0]
    exported = json.loads(path.read_bytes())
    exported = spoil(exported) or exported
    path.write_text(json.dumps(exported), encoding="utf-8")
    taken = take_back(study, made, [path])
    kept = made.folder / "quarantine.jsonl"
    return taken, kept.read_text(encoding="utf-8") if kept.is_file() else ""


def _data(key: str, value: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[3]["data"].update({key: value})


def _choice(name: str, value: str) -> Callable[[Rows], None]:
    def spoil(rows: Rows) -> None:
        rows[3]["annotations"][0]["result"][0] |= {"from_name": name, "value": {"choices": [value]}}

    return spoil


def _roundless(rows: Rows) -> None:
    rows[3]["data"]["scheme"] = rows[3]["data"]["scheme"].split("/")[0]


def _by(who: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[3]["annotations"][0].update(completed_by=who)


def _other(rows: Rows) -> None:
    second = json.loads(json.dumps(rows[3]["annotations"][0]))
    second["result"][0]["value"]["choices"] = ["positive"]
    rows[3]["annotations"].append(second)


@pytest.mark.parametrize(
    ("spoil", "reason", "told"),
    [
        (_data("doc_id", "f" * 32), "not_drawn", "was not drawn in first"),
        (_data("scheme", "demo-0123456789ab"), "another_scheme", "by the scheme 'demo-0123456789ab', and this round's"),
        (_data("scheme", None), "another_scheme", "does not say by which scheme"),
        (_roundless, "another_round", "does not say in which round"),
        (_data("text", "Invented!"), "text_changed", "is not the one that was given out"),
        (_data("text", None), "no_text", "without its text"),
        (_data("doc_id", None), "unreadable", "a task without data.doc_id"),
        (_data("text", "half \ud83d"), "unreadable", "lone surrogate"),
        (
            _choice("sentiment", "great"),
            "unknown_code",
            "'great' is no code of sentiment (negative, neutral, positive)",
        ),
        (_choice("mood", "positive"), "unknown_variable", "'mood' is no variable of the scheme (sentiment, stance)"),
        (_by({"id": 9, "email": "ada@coders.example"}), "coder_is_address", "mail address"),
        (_by("Ada Smith"), "coder_unknown", "'Ada Smith', is not of this round: --who"),
    ],
)
def test_a_row_is_refused_with_its_place_and_kept_apart(
    study: Study,
    tmp_path: Path,
    spoil: Callable[[Rows], None],
    reason: str,
    told: str,
    drawn_with: Callable[[Study, str], Round],
) -> None:
    made = drawn_with(study, "labelstudio")
    taken, kept = _spoilt(study, made, tmp_path, spoil)
    if reason in ("coder_unknown", "coder_is_address"):  # who is 1, if the tasks of one coder bear two names?
        assert taken.rows == 0 and len(taken.refused) == 20
        refused = taken.refused[3]
        assert "coders.example" not in kept and "Ada Smith" not in kept
        path = tmp_path / "spoilt" / "blue.json"
        other = "ada@coders.example" if reason == "coder_is_address" else "Ada Smith"
        assert take_back(study, made, [path], who={other: "blue", "1": "blue"}).rows == 40
    else:
        (refused,) = taken.refused
        assert taken.rows == 38
    assert refused.reason == reason and told in refused.told
    assert str(refused).startswith("blue.json, task 4") and "Invented" not in kept
    assert len(kept.splitlines()) == len(taken.refused) and f'"reason": "{reason}"' in kept
    log = [json.loads(line) for line in (made.folder / "imports.jsonl").read_text(encoding="utf-8").splitlines()]
    assert log[0]["refused"] == {reason: len(taken.refused)} or reason in log[0]["refused"]


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_codes_by_another_scheme_are_refused(study: Study, tmp_path: Path, tool: str) -> None:
    old = export_round(study, Asked("first", "old", ("blue",), tool=tool)).round
    scheme = study.folder / "coding.toml"
    scheme.write_bytes(scheme.read_bytes().replace(b'version = "', b'version = "9.'))
    new = export_round(study, Asked("first", "new", ("blue",), tool=tool)).round
    files = code(old, "blue", first_code(old), tmp_path)
    taken = take_back(study, new, files)
    assert taken.rows == 0 and set(taken.reasons) == {"another_scheme"} and rows_of(new.folder) == []
    assert take_back(study, old, files).rows == 40


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_codes_of_another_round_are_refused(study: Study, tmp_path: Path, tool: str) -> None:
    blind = export_round(study, Asked("first", "blind", ("blue",), ("red",), tool=tool)).round
    seen = export_round(study, Asked("first", "seen", ("blue",), ("red",), tool=tool, show=("labels",))).round
    for of, other in ((blind, seen), (seen, blind)):
        files = code(of, "blue", first_code(of), tmp_path / of.name)
        taken = take_back(study, other, files)
        assert taken.rows == 0 and set(taken.reasons) == {"another_round"} and rows_of(other.folder) == []
        assert f"given out in the round '{of.name}', and this is {other.name}" in taken.refused[0].told
    for of, other in ((blind, seen), (seen, blind)):
        for coder, picked in (("blue", 0), ("red", 1)):
            assert back(study, of, coder, tmp_path / of.name, lambda _, name, n=picked: OF[name][n]).rows
        export_disputes(study, of, "judge")
        files = code(of, "judge", first_code(of), tmp_path / of.name, "adjudication")
        assert set(take_back(study, other, files, adjudication=True, coder="judge").reasons) == {"another_round"}


def test_two_codes_by_one_coder_are_both_refused(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "labelstudio")
    taken, _ = _spoilt(study, made, tmp_path, _other)
    assert taken.rows == 38 and [one.reason for one in taken.refused] == ["two_codes"] * 2
    assert [one.place for one in taken.refused] == ["task 4, annotation 1", "task 4, annotation 2"]
    assert back(study, made, "blue", tmp_path / "once").rows == 2
    later = back(
        study, made, "blue", tmp_path / "later", lambda name, variable: "positive" if variable == "sentiment" else None
    )
    assert later.rows == 0 and {one.reason for one in later.refused} == {"two_codes"} and len(later.refused) == 20
    assert "in round one already; --revised takes this one" in later.refused[0].told


def test_a_coder_mends_a_slip(study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]) -> None:
    made = drawn_with(study, "csv")
    for coder in made.coders:
        back(study, made, coder, tmp_path / coder)
    slip = next(name for name, unit in made.units.items() if "red" in unit["coders"])

    def mended(doc_id: str, variable: str) -> str:
        return "positive" if (doc_id, variable) == (slip, "sentiment") else first_code(made)(doc_id, variable)

    assert back(study, made, "red", tmp_path / "red", mended).reasons == {"two_codes": 1}
    before = (made.folder / "codes.jsonl").read_bytes()
    taken = back(study, made, "red", tmp_path / "red", mended, revised=True)
    assert (taken.rows, taken.again, taken.refused) == (1, 11, ()) and taken.notes[0].endswith("stay in the file: 1")
    assert (made.folder / "codes.jsonl").read_bytes().startswith(before)
    assert disputed(rows_of(made.folder)) == {slip: {"sentiment": ("negative", "positive")}}
    assert codings(rows_of(made.folder))["sentiment"][slip] == {"blue": "negative", "red": "positive"}
    assert standing_of(made)["coders"][1]["variables"][0] == {"variable": "sentiment", "coded": 6}
    assert back(study, made, "blue", tmp_path / "blue", mended, revised=True).rows == 1
    assert not disputed(rows_of(made.folder)) and settled(rows_of(made.folder), made.coders)[slip, "sentiment"] == (
        "positive",
        "agreed",
    )


def test_a_task_passed_over_gives_no_code(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "labelstudio")
    taken, kept = _spoilt(study, made, tmp_path, lambda rows: rows[3]["annotations"][0].update(was_cancelled=True))
    assert (taken.rows, taken.passed_over, kept) == (38, 1, "")


def test_lines_are_named_and_the_others_go_on(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "doccano")
    path = code(made, "blue", first_code(made), tmp_path)[0]
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = b'{"torn": \n'
    lines[5] = lines[5].replace(b"stance:welcoming", b'stance:welcoming", "stance:hostile')
    path.write_bytes(b"".join(lines))
    taken = take_back(study, made, [path])
    assert [(one.place, one.reason) for one in taken.refused] == [("line 3", "unreadable"), ("line 6", "two_codes")]
    assert taken.rows == 36


def test_whose_file_it_is_can_be_said(study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]) -> None:
    made = drawn_with(study, "doccano")
    path = code(made, "blue", first_code(made), tmp_path)[0]
    users = path.rename(tmp_path / "ada.smith@coders.example.jsonl")
    rows = [json.loads(line) for line in users.read_text(encoding="utf-8").splitlines()]
    users.write_text("".join(json.dumps({**row, "coder": None}) + "\n" for row in rows), encoding="utf-8")
    taken = take_back(study, made, [users])
    assert taken.rows == 0 and set(taken.reasons) == {"coder_is_address"}
    with pytest.raises(UserError, match="green does not code in this round"):
        take_back(study, made, [users], coder="green")
    assert take_back(study, made, [users], coder="blue").rows == 40
    for kept in made.folder.glob("*.jsonl"):
        assert "coders.example" not in kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_one_coders_file_is_never_taken_for_anothers(study: Study, tmp_path: Path, tool: str) -> None:
    made = export_round(study, Asked("first", "one", ("blue",), ("red",), tool=tool)).round
    files = code(made, "red", first_code(made), tmp_path / "red")
    taken = take_back(study, made, files, coder="blue")
    assert taken.rows == 0 and rows_of(made.folder) == []
    assert taken.reasons == {"another_coder": 12 if tool == "prodigy" else 6}
    assert "it is red's, who codes in this round, and --coder says blue" in taken.refused[0].told
    assert take_back(study, made, files, coder="red").rows == 12
    assert {row["coder"] for row in rows_of(made.folder)} == {"red"}


def test_who_stood_in_for_another_can_be_said(study: Study, tmp_path: Path) -> None:
    made = export_round(study, Asked("first", "one", ("blue",), ("red",), tool="labelstudio")).round
    files = code(made, "blue", first_code(made), tmp_path)
    taken = take_back(study, made, files, who={"1": "red"})
    assert taken.rows == 40 and taken.notes == ("units that were coded by somebody whom they were not given to: 14",)


def test_an_erased_text_takes_no_new_codes_and_keeps_the_old(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "csv")
    assert back(study, made, "blue", tmp_path / "blue").rows == 40
    (study.folder / "samples" / "first" / "salts.parquet").unlink()
    taken = back(study, made, "red", tmp_path / "red")
    assert taken.rows == 0 and taken.reasons == {"text_erased": 6}
    assert codes_of(study, "one").num_rows == 40
    with pytest.raises(UserError, match=r"no unit of this draw can be coded(?s:.*)erased"):
        export_round(study, Asked("first", "two", ("blue",)))


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_adjudication_adds_rows_and_wins(
    study: Study, tmp_path: Path, tool: str, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, tool)
    back(study, made, "blue", tmp_path / "blue")
    differ = sorted(name for name, unit in made.units.items() if "red" in unit["coders"])[:4]
    with pytest.raises(UserError, match="coders differ on nothing"):
        export_disputes(study, made, "judge")

    def red(doc_id: str, variable: str) -> str:
        return "worried" if doc_id in differ and variable == "stance" else first_code(made)(doc_id, variable)

    back(study, made, "red", tmp_path / "red", red)
    ways = {row["doc_id"]: row["how"] for row in truth_of(study, "one").to_pylist() if row["variable"] == "stance"}
    assert {name for name, how in ways.items() if how == "first"} == set(differ)
    before = (made.folder / "codes.jsonl").read_bytes()
    n, _, paths = export_disputes(study, made, "judge")
    written = "".join(path.read_text(encoding="utf-8") for path in paths if path.stem.startswith("judge"))
    assert n == 4 and "welcoming / worried" in written
    assert "blue" not in written and all(name in written for name in differ)

    def judge(doc_id: str, variable: str) -> str | None:
        return "hostile" if variable == "stance" and doc_id != differ[0] else None

    files = code(made, "judge", judge, tmp_path / "judge", "adjudication")
    taken = take_back(study, made, files, adjudication=True, coder=None if tool == "csv" else "judge")
    assert not taken.refused and taken.rows == 3
    after = (made.folder / "codes.jsonl").read_bytes()
    assert after.startswith(before) and after.count(b'"adjudication"') == 3
    holds = {row["doc_id"]: row for row in truth_of(study, "one").to_pylist() if row["variable"] == "stance"}
    assert [(holds[name]["code"], holds[name]["how"]) for name in differ[1:]] == [("hostile", "adjudicated")] * 3
    assert (holds[differ[0]]["code"], holds[differ[0]]["how"]) == ("welcoming", "first")
    state = standing_of(made)
    assert [one["disputed"] for one in state["variables"]] == [0, 1]
    assert state["coders"][1] == {
        "coder": "red",
        "units": 6,
        "variables": [{"variable": "sentiment", "coded": 6}, {"variable": "stance", "coded": 6}],
    }


def test_nobody_adjudicates_what_nobody_coded_or_an_own_code(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "csv")
    files = code(made, "blue", first_code(made), tmp_path)
    taken = take_back(study, made, files, adjudication=True, coder="judge")
    assert taken.rows == 0 and taken.reasons == {"not_coded": 20}
    take_back(study, made, files)
    taken = take_back(study, made, files, adjudication=True)
    assert taken.rows == 0 and taken.reasons == {"own_code": 20}
    taken = take_back(study, made, files, adjudication=True, coder="judge")
    assert taken.rows == 0 and taken.reasons == {"coded_once": 20}


def test_the_file_of_a_coder_is_no_adjudication(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "csv")
    back(study, made, "blue", tmp_path / "blue")
    files = code(made, "red", first_code(made), tmp_path / "red")
    taken = take_back(study, made, files, adjudication=True)
    assert taken.rows == 0 and taken.reasons == {"own_code": 6} and "no --adjudication?" in taken.refused[0].told
    assert take_back(study, made, files).rows == 12


def test_nobody_is_given_own_codes_to_adjudicate(study: Study, tmp_path: Path) -> None:
    made = export_round(study, Asked("first", "one", ("blue", "green"), ("red",))).round
    for coder in made.coders:
        back(study, made, coder, tmp_path / coder, lambda _, name, c=coder: OF[name][c == "red"])
    with pytest.raises(UserError, match="red codes all that is disputed"):
        export_disputes(study, made, "red")
    blue = sum({"blue", "red"} <= set(unit["coders"]) for unit in made.units.values())
    n, own, _ = export_disputes(study, made, "blue")
    assert 0 < blue < 6 and (n, own) == (6 - blue, blue)
    files = code(made, "blue", first_code(made), tmp_path / "judged", "adjudication")
    taken = take_back(study, made, files, adjudication=True)
    assert not taken.refused and taken.rows == 2 * n


def test_what_was_marked_as_right_is_an_adjudication(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "labelstudio")
    for coder in made.coders:
        path = code(made, coder, first_code(made), tmp_path)[0]
        take_back(study, made, [path])
    rows = json.loads(path.read_bytes())
    rows[2]["annotations"][0]["ground_truth"] = True
    path.write_text(json.dumps(rows), encoding="utf-8")
    taken = take_back(study, made, [path], coder="judge", adjudication=True)
    assert taken.rows == 2 and taken.notes == ("codes that were judged, on which no two coders differ: 2",)
    first = codes_of(study, "one").to_pylist()[0]
    assert first["at"] == "2026-11-21T10:00:05+00:00"


def test_a_round_belongs_to_one_draw(study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]) -> None:
    made = drawn_with(study, "csv")
    with pytest.raises(UserError, match="the round one codes this draw"):
        discard(study, "first", "another is drawn")
    (study.folder / "samples" / "first").rename(tmp_path / "elsewhere")
    draw(write_plan(tmp_path / "plan.toml", {"method": "srs", "n": 21}), study)
    with pytest.raises(VerificationError, match="is not the draw that round one was made from"):
        back(study, made, "blue", tmp_path / "blue")


def test_the_code_that_holds() -> None:
    def row(unit: str, coder: str, given: str, kind: str = "code") -> dict[str, Any]:
        return {"doc_id": unit, "variable": "v", "code": given, "coder": coder, "kind": kind}

    rows = [row("a", "x", "1"), row("a", "y", "2"), row("a", "z", "2")]
    rows += [row("b", "y", "2"), row("b", "x", "1"), row("c", "y", "3"), row("d", "x", "1"), row("d", "y", "1")]
    rows += [row("e", "x", "1"), row("e", "y", "2"), row("e", "z", "3")]
    rows += [row("f", "x", "1"), row("f", "j", "2", "adjudication"), row("f", "j2", "3", "adjudication")]
    assert {unit: found for (unit, _), found in settled(rows, ("x", "y", "z")).items()} == {
        "a": ("2", "majority"),
        "b": ("1", "first"),
        "c": ("3", "single"),
        "d": ("1", "agreed"),
        "e": ("1", "first"),
        "f": ("3", "adjudicated"),
    }
    assert settled(rows[::-1], ("x", "y", "z"))["a", "v"] == ("2", "majority")


def test_a_changed_store_of_codes_is_told(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "csv")
    back(study, made, "blue", tmp_path)
    path = made.folder / "codes.jsonl"
    sound = path.read_bytes()
    assert len(rows_of(made.folder)) == 40
    rows = rows_of(made.folder)
    with_notes = [json.dumps({**row, "note": note}) + "\n" for row, note in zip(rows, [None, "odd"] * 20, strict=True)]
    path.write_text("".join(with_notes), encoding="utf-8")
    assert rows_of(made.folder) == rows and "note" not in codes_of(study, "one").column_names
    for spoilt, told in ((sound + b"{}\n", "line 41 is no row"), (b"\xff\n", "line 1 is no")):
        path.write_bytes(spoilt)
        with pytest.raises(VerificationError, match=told):
            back(study, made, "red", tmp_path / "red")
        assert path.read_bytes() == spoilt


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"scheme_digest": "0" * 64}, "was coded by another scheme"),
        ({"coder": "nobody"}, "'nobody' does not code in this round"),
        ({"doc_id": "f" * 32}, "was not given out in this round"),
        ({"text_commitment": "0" * 64}, "was coded by another text"),
    ],
)
def test_a_row_that_is_none_of_the_round_stops_figures_and_the_checks(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round], change: dict[str, str], told: str
) -> None:
    made = drawn_with(study, "csv")
    back(study, made, "blue", tmp_path)
    rows = rows_of(made.folder)
    rows[2] |= change
    (made.folder / "codes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(VerificationError, match=f"line 3: .*{told}"):
        basis_of(study, "one")
    check = verify(study.folder / "samples" / "first", study)[8]
    assert check.outcome == "failed" and f"one/codes.jsonl, line 3: {told}" in check.message.replace(
        rows[2]["doc_id"] + " ", ""
    )


@pytest.mark.parametrize("tool", ["csv", "labelstudio", "doccano"])
def test_remarks_stay_private(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round], tool: str
) -> None:
    made = drawn_with(study, tool)
    path = code(made, "blue", first_code(made), tmp_path)[0]
    if tool == "csv":
        path.write_bytes(path.read_bytes().replace(b";negative;welcoming;", ";negative;welcoming;引“好”".encode(), 1))
    elif tool == "doccano":
        path.write_text(
            path.read_text(encoding="utf-8").replace('"Comments": []', '"Comments": ["引“好”"]', 1), "utf-8"
        )
    else:
        rows = json.loads(path.read_bytes())
        rows[0]["annotations"][0]["result"].append({"from_name": "note", "value": {"text": ["引“好”"]}})
        path.write_text(json.dumps(rows), encoding="utf-8")
    for _ in range(2):
        assert not take_back(study, made, [path]).refused
    (kept,) = (made.folder / "notes.jsonl").read_bytes().splitlines()
    assert json.loads(kept) == {"doc_id": next(iter(made.units)), "coder": "blue", "kind": "code", "note": "引“好”"}
    assert (made.folder / "notes.jsonl").stat().st_mode & 0o077 == 0
    assert "*/notes.jsonl" in (made.folder.parent / ".gitignore").read_text(encoding="utf-8")
    for name in ("codes.jsonl", "imports.jsonl"):
        text = (made.folder / name).read_text(encoding="utf-8")
        assert "好" not in text


def test_what_became_private_is_added_to_what_git_passes_over(study: Study, tmp_path: Path) -> None:
    asked = Asked("first", "one", ("blue",), ("red",))
    made = export_round(study, asked).round
    ignore = made.folder.parent / ".gitignore"
    whole = ignore.read_bytes()
    assert whole.decode().split("\n")[1:-1] == ["*/tasks/", "*/adjudication/", "*/quarantine.jsonl", "*/notes.jsonl"]
    for coder, picked in (("blue", 0), ("red", 1)):
        ignore.write_bytes(b"own/\r\n*/tasks/")
        back(study, made, coder, tmp_path, lambda _, name, n=picked: OF[name][n])
        assert ignore.read_bytes() == b"own/\r\n*/tasks/\n*/adjudication/\n*/quarantine.jsonl\n*/notes.jsonl\n"
    for again in (lambda: export_round(study, asked), lambda: export_disputes(study, made, "judge")):
        ignore.unlink()
        again()
        assert ignore.read_bytes() == whole


@pytest.mark.parametrize("cut", [1, 2, 60, 400])
def test_a_line_cut_short_by_a_crash_is_put_aside(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round], cut: int
) -> None:
    made = drawn_with(study, "csv")
    back(study, made, "blue", tmp_path / "one")
    path = made.folder / "codes.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with pytest.raises(VerificationError, match=r"cut short(?s:.*)import again what was being imported"):
        standing_of(made)
    taken = back(study, made, "blue", tmp_path / "two")
    left = whole[:-cut].count(b"\n") + (cut == 1)
    assert (taken.rows, taken.again, taken.refused) == (40 - left, left, ())
    rows = rows_of(made.folder)
    assert len(rows) == 40 and {row["code"] for row in rows} == {"negative", "welcoming"}
    kept = made.folder / "quarantine.jsonl"
    if cut == 1:
        assert taken.notes == () and path.read_bytes() == whole and not kept.exists()
    else:
        told = f"codes.jsonl, line {left + 1}: it was cut short while it was written, and never taken"
        assert taken.notes == (told,)
        assert json.loads(kept.read_bytes())["note"].encode() == whole[:-cut].split(b"\n")[-1]


def test_rows_left_empty_and_columns_of_ones_own_refuse_nothing(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "csv")
    path = code(made, "blue", first_code(made), tmp_path)[0]
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))
    for number, row in enumerate(rows):
        row["my remarks"] = "odd" if number % 2 else ""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue() + ";" * 9 + "\r\n;;\r\n" + '"";' * 3 + "\r\n", encoding="utf-8-sig", newline="")
    taken = take_back(study, made, [path])
    assert (taken.rows, taken.refused) == (40, ())
    (note,) = taken.notes
    assert note.startswith("blue.csv: the column 'my remarks' is no variable of the scheme (sentiment, stance)")


@pytest.mark.parametrize(
    ("tool", "given", "told"),
    [
        ("csv", lambda path: path.read_text("utf-8-sig").encode("utf-16"), "is text in UTF-16(?s:.*)CSV UTF-8"),
        ("csv", lambda _: b'[{"doc_id": "d1"}]', r"no column doc_id \(read as a file of CSV; --tool"),
        ("doccano", lambda path: _packed(path, ZIP_STORED), r"archive \(zip\)(?s:.*)unpack it"),
        ("csv", lambda path: _packed(path, ZIP_DEFLATED), r"archive \(zip\)(?s:.*)unpack it"),
        ("labelstudio", lambda path: _least(path), "is JSON-MIN(?s:.*)Export > JSON"),
        ("labelstudio", lambda _: b"doc_id,coder\nd1,blue\n", "is no JSON .*read as a file of Label Studio"),
        (
            "doccano",
            lambda _: b"doc_id,coder\nd1,blue\n",
            r"nothing in it is as doccano gives it back \(line 1: no JSON",
        ),
        ("prodigy", lambda _: b'{"text": "a"}\n' * 9, "nothing in it is as Prodigy gives it back"),
    ],
)
def test_a_file_of_another_kind_is_told_once(
    study: Study, tmp_path: Path, tool: str, given: Callable[[Path], bytes], told: str
) -> None:
    made = export_round(study, Asked("first", "one", ("blue",), tool=tool)).round
    path = code(made, "blue", first_code(made), tmp_path)[0]
    path.write_bytes(given(path))
    with pytest.raises(UserError, match=told):
        take_back(study, made, [path])
    assert rows_of(made.folder) == [] and not (made.folder / "quarantine.jsonl").exists()


def _packed(path: Path, way: int) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", way) as packed:
        packed.write(path, "all.jsonl")
    return out.getvalue()


def _least(path: Path) -> bytes:
    rows = [{"doc_id": task["data"]["doc_id"], "sentiment": "negative"} for task in json.loads(path.read_bytes())]
    return json.dumps(rows).encode()


def test_several_names_for_one_coder_are_told_once(
    study: Study, tmp_path: Path, drawn_with: Callable[[Study, str], Round]
) -> None:
    made = drawn_with(study, "labelstudio")
    taken, _ = _spoilt(study, made, tmp_path, _by({"id": 9, "email": "ada@coders.example"}))
    assert taken.notes == (
        "blue.json: tasks of 'blue' were coded by '1', a mail address: --who NAME=CODER for each of them says who it is",
    )
    path = tmp_path / "spoilt" / "blue.json"
    told = CliRunner().invoke(app, ["code", "import", str(path), "--study", str(study.folder)])
    assert told.exit_code == 6 and told.stderr.count("is not of this round") == 1
    assert "task 1, annotation 1: its coder, '1', is not of this round" in told.stderr
    assert "(18 more like this)" in told.stderr and "20 rows refused: " in told.stderr
    assert take_back(study, made, [path], coder="blue").notes == ()


def test_the_commands_give_out_take_back_and_tell(study: Study, tmp_path: Path) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["code", *words, "--study", str(study.folder)])

    done = run("export", "first", "--round", "one", "--coder", "blue", "--second", "red", "--tool", "labelstudio")
    assert done.exit_code == 0 and "20 units" in done.stdout
    made = load_round(study, "one")
    blue, red = (code(made, coder, first_code(made), tmp_path / coder)[0] for coder in ("blue", "red"))
    assert run("import", str(blue), "--round", "one").exit_code == 0
    rows = json.loads(red.read_bytes())
    rows[0]["data"]["text"] = "=other"
    red.write_text(json.dumps(rows), encoding="utf-8")
    spoilt = run("import", str(red))
    assert spoilt.exit_code == 6
    assert "red.json, task 1, annotation 1: the text of" in spoilt.stderr and "1 rows refused" in spoilt.stderr
    state = json.loads(run("status", "--json").stdout)
    assert [one["variables"][0]["coded"] for one in state["coders"]] == [20, 5]
    assert "agreed" in run("status").stdout
    for words, told in (
        (("--coder", "a"), "not said which draw"),
        (("nix", "--coder", "a"), "no draw here"),
        (("nix", "--round", "two", "--coder", "a"), "no draw here"),
        (("first", "--coder", "a"), "the round has no name yet"),
        (("first", "--round", "two"), "nobody is named to code"),
    ):
        assert told in str(run("export", *words).exception), words
    refused = run("export", "--adjudicate", "--coder", "judge")
    assert isinstance(refused.exception, UserError) and "differ on nothing" in str(refused.exception)


def test_what_was_found_gone_keeps_the_round_and_gives_out_the_reserve(study: Study, tmp_path: Path) -> None:
    (study.folder / "samples" / "first").rename(tmp_path / "elsewhere")
    (study.folder / "samples" / "draws.jsonl").unlink()
    plan, more = tmp_path / "plan.toml", "[second_coding]\nfraction = 0.3\n[reserves]\nn = 2\n"
    draw(write_plan(plan, {"method": "srs", "n": 20}, more), study)
    asked = Asked("first", "one", ("blue",), ("red",), tool="csv")
    made = export_round(study, asked).round
    for coder in ("blue", "red"):
        back(study, made, coder, tmp_path / coder)
    gone = next(row["doc_id"] for row in sample(study) if row["double_code"])
    more += f'[[found]]\nid = "{gone}"\nstatus = "unavailable"\nreason = "deleted by its author"\n'
    folder = draw(write_plan(plan, {"method": "srs", "n": 20}, more), study)
    (reserve,) = (row["doc_id"] for row in sample(study) if row["replaces"] == gone)
    assert len(basis_of(study, "one").truth["sentiment"]) == 20
    taken = take_back(study, made, tasks(made, "blue"))
    assert (taken.rows, taken.notes) == (0, ("blue.csv: nothing is coded in it",))
    done = export_round(study, asked)
    assert done.notes[0].startswith("reserves that were taken and are given out now: 1, in tasks/") and not done.again
    assert (made.folder / done.notes[0].split()[-1]).is_dir()
    assert list(done.round.units) == [*made.units, reserve]
    assert list(done.round.units[reserve]["coders"]) == ["blue", "red"]
    (tasks_folder,) = (f"tasks/{path.name}" for path in (made.folder / "tasks").iterdir() if path.is_dir())
    for coder in ("blue", "red"):
        files = code(done.round, coder, first_code(made), tmp_path / f"{coder}-more", tasks_folder)
        assert take_back(study, done.round, files).rows == 2
    truth = basis_of(study, "one").truth["sentiment"]
    assert reserve in truth and len(truth) == 21
    checks = verify(folder, study, LATER)
    assert not [check for check in checks if check.outcome == "failed"], checks
    assert "56 codes were given to these texts" in checks[8].message
    assert export_round(study, asked).again
    with pytest.raises(UserError, match="another round has that name"):
        export_round(study, Asked("first", "one", ("green",), tool="csv"))


def test_codes_of_a_smaller_draw_are_taken_over_and_only_the_rest_is_given_out(study: Study, tmp_path: Path) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["code", *words, "--study", str(study.folder)])

    for name, n in (("small", 8), ("more", 20)):
        twice = "[second_coding]\nfraction = 0.5\n"
        draw(write_plan(tmp_path / "p.toml", {"method": "srs", "n": n}, twice, name), study)
    early = export_round(study, Asked("small", "b1", ("blue",), ("red",))).round
    back(study, early, "blue", tmp_path / "blue")
    back(study, early, "red", tmp_path / "red")
    whole = (early.folder / "codes.jsonl").read_bytes().splitlines(keepends=True)
    rows = [json.loads(line) for line in whole]
    lacks = next(one["doc_id"] for one in early.document["units"] if one["coders"] == ["blue"])
    kept = [line for line, row in zip(whole, rows, strict=True) if row["doc_id"] != lacks]
    (early.folder / "codes.jsonl").write_bytes(b"".join(kept))

    words = ("export", "more", "--round", "e1", "--coder", "green", "--from", "b1")
    done = run(*words)
    assert done.exit_code == 0 and "given out: 13 units" in done.stdout, done.stderr
    assert "taken over from b1: 7 units" in done.stderr and "1 of b1 are coded anew: not all who had it" in done.stderr
    made = load_round(study, "e1")
    assert len(made.units) == 20 and made.coders == ("green", "blue", "red")
    over = {name for name, one in made.units.items() if one.get("from") == "b1"}
    assert over == early.units.keys() - {lacks}
    taken = [json.loads(line) for line in (made.folder / "codes.jsonl").read_bytes().splitlines()]
    assert taken == [{"from": "b1"} | json.loads(line) for line in kept]
    assert not over & {
        row["doc_id"] for row in csv.DictReader(io.StringIO(tasks(made, "green")[0].read_text("utf-8-sig")))
    }

    assert take_back(study, made, code(made, "green", first_code(made), tmp_path / "green")).rows == 26
    assert (
        (made.folder / "codes.jsonl")
        .read_bytes()
        .startswith(b"".join(json.dumps(row, sort_keys=True).encode() + b"\n" for row in taken))
    )
    assert len(basis_of(study, "e1").truth["sentiment"]) == 20
    checks = verify(study.folder / "samples" / "more", study, LATER)
    assert not [check for check in checks if check.outcome == "failed"], checks
    assert "was given out before, the same: 13 units" in run(*words).stdout
    for more, told in (
        (("--round", "e2", "--show", "kind"), "b1 showed its coders nothing beside the text"),
        (("--round", "e2", "--scheme", str(other_scheme(study, tmp_path))), "b1 was coded by another scheme"),
    ):
        assert told in str(run("export", "more", "--coder", "green", "--from", "b1", *more).exception)
    itself = run("export", "small", "--round", "e2", "--coder", "green", "--from", "b1")
    assert "b1 codes small itself" in str(itself.exception)


def other_scheme(study: Study, tmp_path: Path) -> Path:
    path = tmp_path / "other.toml"
    path.write_bytes((study.folder / "coding.toml").read_bytes().replace(b'version = "', b'version = "9'))
    return path
