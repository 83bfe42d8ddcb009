"""Checks 1 and 2 of a draw: its files are as they were written, and follow from its plan; the log says when it was made."""

import hashlib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from analysis.sampling import keys
from analysis.sampling.designs import order_of
from analysis.sampling.drawing import STANDALONE
from analysis.sampling.history import DISCARDED, LOG, entries
from analysis.sampling.opened import DrawFolder, hold
from analysis.sampling.plans import Plan
from analysis.sampling.samples import drawn_whole


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
    others = [
        path.name
        for path in sorted(STANDALONE.glob("verify_draw.*"))
        if not (copy := draw.folder / path.name).is_file() or copy.read_bytes() != path.read_bytes()
    ]
    note = f"; {' and '.join(others)} here: not as in this version" if others else ""
    return f"{len(counts)} files and sample.json are as they were written, draw_id {said['draw_id']}{note}"


def plan(draw: DrawFolder) -> str:
    said, plan = draw.document, draw.plan
    hold(draw.read.sha256 == said["plan"]["sha256"], "plan.toml is not the plan that was drawn by")
    seed, second = said["seed"], plan.second_coding
    pairs = {
        "title": (said["title"], plan.plan.title),
        "plan.declared_at": (said["plan"]["declared_at"], plan.plan.declared_at.isoformat()),
        "plan.registered": (
            said["plan"]["registered"],
            plan.registered.model_dump(mode="json") if plan.registered else None,
        ),
        "population.definition": (said["population"]["definition"], plan.population.definition),
        "frame.filter": (said["frame"]["filter"], plan.frame.model_dump(mode="json", exclude={"snapshot"})),
        "estimand": (said["estimand"], plan.estimand),
        "seed.family": (seed["family"], plan.seed.family),
        "seed.public_value": (seed["public_value"], plan.seed.public_value),
        "seed.shopping_proof": (seed["shopping_proof"], bool(plan.seed.public_value)),
        "second_coding.fraction": (said["second_coding"]["fraction"], second.fraction if second else 0.0),
        "reserves": (said["reserves"], {"n": plan.reserves.n}),
        "status_rules": (said["status_rules"], plan.status_rules.model_dump()),
        "extends": (said["extends"], plan.extends.draw if plan.extends else None),
    }
    for name, (told, meant) in pairs.items():
        hold(told == meant, f"sample.json says {name} = {told!r}, the plan {meant!r}")
    for name, meant in _designed(plan).items():
        hold(draw.stage[name] == meant, f"sample.json says {name} = {draw.stage[name]!r}, the plan {meant!r}")
    derived = keys.seed(said["study_id"], seed["family"], seed["public_value"])
    hold(seed["hex"] == derived, "the seed does not follow from study, family and public value")
    proof = "" if seed["public_value"] else "; no public value: not shopping-proof"
    return f"the plan is the one drawn by, and the seed follows from it{proof}; {_came_first(draw)}"


def _designed(plan: Plan) -> dict[str, Any]:
    """What the stage ``draw`` must say of the plan's design."""
    design, whole = plan.design, drawn_whole(plan.design)
    return {
        "method": design.method,
        "order": order_of(design),
        "unit": "cluster" if whole else "document",
        "stream": keys.DRAW,
        "size_column": design.size,
        "size_cap": design.size_cap,
        "rate": design.rate,
        "within": design.within if whole else None,
        "take": design.take,
    }


def _came_first(draw: DrawFolder) -> str:
    home = draw.folder.resolve().parent
    home = home.parent if home.name == DISCARDED else home
    if not (home / LOG).is_file():
        return "there is no log of draws beside it to say when the frame was frozen"
    lines = [row for row in entries(home) if row.get("draw_id") == draw.document["draw_id"]]
    hold(bool(lines), f"{LOG} knows no draw {draw.document['draw_id']}")
    thrown = next((row for row in lines if row["event"] == "discarded"), None)
    drawn = datetime.fromisoformat(lines[0]["at"])
    aside = f"; discarded: {thrown['reason']}" if thrown else ""
    registered = draw.plan.registered
    if registered is None:
        return f"that it came first is its authors' word: it was registered with nobody (drawn {drawn:%Y-%m-%d}){aside}"
    hold(_moment(registered.at) <= drawn, f"registered {registered.at}, only after the frame was frozen ({drawn})")
    return f"registered {registered.at} ({registered.system}, {registered.id}), the frame frozen {drawn}{aside}"


def _moment(at: date | datetime) -> datetime:
    """The earliest that a date can mean; without a zone it is UTC."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
