"""Checks 1 and 2 of a draw: its files are as they were written, and follow from its plan; the log says when it was made."""

import hashlib
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from analysis.sampling import keys
from analysis.sampling.describing import NO_PROOF, declared, first_difference, read_me
from analysis.sampling.drawing import STANDALONE
from analysis.sampling.logged import came_first
from analysis.sampling.opened import DrawFolder, hold
from analysis.sampling.plans import by_phase


def files(draw: DrawFolder) -> str:
    said, raw = draw.document, (draw.folder / "sample.json").read_bytes()
    hold(keys.draw_id(said) == said["draw_id"], "sample.json was changed: draw_id is not its digest")
    hold(raw == keys.canonical(said) + b"\n", "sample.json is not written in its one form")
    for name, facts in said["outputs"].items():
        hold(Path(name).name == name, f"outputs names {name}, which is no file of a draw")
        made = hashlib.sha256((draw.folder / name).read_bytes()).hexdigest()
        hold(made == facts["sha256"], f"{name} was changed: its SHA-256 is {made}, not {facts['sha256']}")
    counts = {"frame.parquet": draw.frame.num_rows, "sample.parquet": len(draw.rows)}
    hold(
        {name: facts["rows"] for name, facts in said["outputs"].items()} == counts,
        f"rows are counted otherwise: {counts}",
    )
    return f"{len(counts)} files and sample.json are as they were written, draw_id {said['draw_id']}{_beside(draw)}"


def _beside(draw: DrawFolder) -> str:
    """The page and the scripts beside a draw are made again; those of another version can only be told of."""
    own, told = version("huanying"), draw.document["software"]
    hold(set(told) == {"package", "version"} and told["package"] == "huanying", f"software says {told}")
    made = {path.name: path.read_bytes() for path in sorted(STANDALONE.glob("verify_draw.*"))}
    made["README.md"] = read_me(draw.document).encode()
    others = [
        name for name, raw in made.items() if not (path := draw.folder / name).is_file() or path.read_bytes() != raw
    ]
    if told["version"] == own:
        hold(not others, f"{' and '.join(others)} not as this version writes it: changed, or taken out")
        return ""
    kept = f"; not held against this version ({own}): {', '.join(others)}" if others else ""
    return f"; by its word it was drawn by version {told['version']}{kept}"


def plan(draw: DrawFolder) -> str:
    said, read = draw.document, draw.read
    hold(read.sha256 == said["plan"]["sha256"], "plan.toml is not the plan that was drawn by")
    if said["plan"]["core_sha256"] != read.core_sha256:  # what a reader needs is the number, where that was changed
        n, drawn = read.plan.design.n, draw.stage["waves"][0]["n"]
        hold(n in (None, drawn), f"n is {drawn} in the draw and {n} in plan.toml: it is not the plan that was drawn by")
    seed, population = said["seed"], read.plan.population
    own = draw.study.id if draw.study else said["study_id"]
    hold(said["study_id"] == own, f"the draw is of a study {said['study_id']!r}, and this study is {own!r}")
    derived = keys.seed(said["study_id"], seed["family"], seed["public_value"])
    hold(seed["hex"] == derived, "the seed does not follow from study, family and public value")
    ground = replace(
        draw.ground,
        study_id=own,
        zone=population.zone or draw.ground.zone,
        start=population.start or draw.ground.start,
        end=population.end or draw.ground.end,
        periods=draw.ground.periods if by_phase(read.plan.design) else (),
    )
    fault = first_difference(said, declared(ground, read, read.plan.frame.snapshot or said["frame"]["snapshot_id"]))
    hold(fault is None, str(fault))
    proof = "" if seed["shopping_proof"] else f"; {NO_PROOF}"
    return f"the plan is the one drawn by, and all that follows from it{proof}; {came_first(draw)}"
