"""A small study with a draw, codes of two coders, and agreement and estimates that stand on disk."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from analysis.coding.returned import take_back
from analysis.coding.rounds import Asked, export_round
from analysis.estimates.basis import basis_of, newest, write
from analysis.estimates.concord import agreement_of, agreement_path
from analysis.estimates.held import LATER
from analysis.estimates.standing import estimates_of, estimates_path
from analysis.sampling.checking import Check, verify
from analysis.sampling.drawing import draw
from analysis.sampling.keys import canonical
from corpus.study import Study, load_study
from tests.coders import code
from tests.planned import write_plan
from tests.reported import make_snapshot

SCHEME = Path(__file__).resolve().parent.parent / "studies" / "demo" / "coding.toml"
TONES, STANCES = ("negative", "neutral", "positive"), ("welcoming", "hostile")
Row = dict[str, Any]


def coded_by(coder: str) -> Callable[[str, str], str]:
    """Red differs from blue on every fourth unit; they agree on themes."""

    def answer(doc_id: str, name: str) -> str:
        number = int(doc_id[-6:], 16)
        if name.startswith("theme_"):
            return "no" if number % 5 else "yes"
        number += coder == "red" and number % 4 == 0
        return TONES[number % 3] if name == "sentiment" else STANCES[number % 2]

    return answer


def make_coded(folder: Path, documents: int = 120, n: int = 40) -> Path:
    """A study with a draw of ``n`` of its documents, the round ``one`` on it, and the codes of two coders."""
    study, _ = make_snapshot(folder, documents=documents)
    shutil.copyfile(SCHEME, folder / "coding.toml")
    draw(write_plan(folder.parent / "p.toml", {"method": "srs", "n": n}, "[second_coding]\nfraction = 0.5\n"), study)
    made = export_round(study, Asked("first", "one", ("blue",), ("red",))).round
    for coder in made.coders:
        take_back(study, made, code(made, coder, coded_by(coder), folder.parent / coder))
    return folder


def make_standing(built: Path, folder: Path) -> Study:
    """A copy of it with estimates and agreement on disk."""
    shutil.copytree(built, folder)
    study = load_study(folder)
    basis = basis_of(study, "one", snapshot=newest(study))
    write(estimates_path(study.folder, "one"), estimates_of(basis))
    write(agreement_path(study.folder, "one"), agreement_of(basis, 20))
    return study


def checked(study: Study) -> dict[int, Check]:
    """The checks of its draw by their numbers; the first nine are ok."""
    found = {check.number: check for check in verify(study.folder / "samples" / "first", study, LATER)}
    assert all(found[number].outcome == "ok" for number in range(1, 10))
    return found


def outcomes(study: Study) -> tuple[str, ...]:
    """Of checks 10 to 12."""
    found = checked(study)
    return tuple(found[number].outcome for number in (10, 11, 12))


def claims(study: Study) -> dict[str, Row]:
    said = json.loads(estimates_path(study.folder, "one").read_bytes())
    return {one["claim"]: one for one in said["claims"]}


def edit(path: Path, change: Callable[[Row], None]) -> None:
    said = json.loads(path.read_bytes())
    change(said)
    path.write_bytes(canonical(said) + b"\n")
