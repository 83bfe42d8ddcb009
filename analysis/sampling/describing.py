"""What a draw says of itself: sample.json, from which the draw can be made again, and a page for whoever opens the folder."""

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

import pyarrow.compute as pc

from analysis.sampling import keys
from analysis.sampling.designs import Chosen, order_of
from analysis.sampling.frames import design_digest, frame_digest
from analysis.sampling.freezing import Frozen, by_week
from analysis.sampling.grounds import Ground
from analysis.sampling.plans import Plan, PlanFile
from analysis.sampling.samples import Sample, drawn_whole
from analysis.sampling.waves import Wave

FORMAT = "huanying-sample/1"
NO_PROOF = "nothing here proves that this seed was not chosen among several"
"""Said of each seed without a public value of a named source, and a plan registered with its digest before that value."""
_BEYOND = "beyond the first {take} of their author"


def describe(
    ground: Ground,
    read: PlanFile,
    snapshot_id: str,
    frozen: Frozen,
    sample: Sample,
    waves: Iterable[Wave],
    outputs: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole of sample.json; no clock in it. ``outputs``: SHA-256 and rows of each file beside it."""
    document, frame = declared(ground, read, snapshot_id), frozen.frame
    document["frame"] |= {
        "n": frame.num_rows,
        "frame_digest": frame_digest(frame),
        "design_digest": design_digest(frame),
    }
    stage = stage_of(document)
    stage |= {"strata": [_cell(cell) for cell in sample.cells], "waves": [one.document() for one in waves]}
    document["second_coding"] |= {
        "n": sum(sample.second.values()),
        "waves": [{"wave": wave, "n": n} for wave, n in sorted(sample.second.items())],
    }
    document |= {
        "flow": [*frozen.flow, *drawn_flow(read.plan, frame.num_rows, sample)],
        "outputs": dict(outputs),
        "software": {"package": "huanying", "version": version("huanying")},
    }
    return document | {"draw_id": keys.draw_id(document)}


def declared(ground: Ground, read: PlanFile, snapshot_id: str) -> dict[str, Any]:
    """What sample.json says by plan and study alone; null stands where it tells of frame, sample and files."""
    plan = read.plan
    return {
        "format": FORMAT,
        "title": plan.plan.title,
        "study_id": ground.study_id,
        "plan": {
            "file": "plan.toml",
            "sha256": read.sha256,
            "core_sha256": read.core_sha256,
            "registered": plan.registered.model_dump(mode="json") if plan.registered else None,
            "declared_at": plan.plan.declared_at.isoformat(),
        },
        "population": _population(ground, plan),
        "frame": {
            "snapshot_id": snapshot_id,
            "filter": plan.frame.model_dump(mode="json", exclude={"snapshot"}),
            "n": None,
            "id_column": "id",
            "frame_digest": None,
            "design_digest": None,
        },
        "flow": None,
        "seed": {
            "hex": keys.seed(ground.study_id, plan.seed.family, plan.seed.public_value),
            "derivation": keys.SEED_RULE,
            "family": plan.seed.family,
            "public_value": plan.seed.public_value,
            "public_source": plan.seed.public_source,
            "public_at": plan.seed.public_at.isoformat() if plan.seed.public_at else None,
            "shopping_proof": read.shopping_proof,
        },
        "rank": {"hash": keys.HASH, "prefix": keys.PREFIX, "u_rule": keys.U_RULE, "tie_rule": keys.TIE_RULE},
        "estimand": plan.estimand,
        "stages": _stages(plan),
        "second_coding": _second(plan),
        "reserves": {"n": plan.reserves.n},
        "status_rules": plan.status_rules.model_dump(),
        "outputs": None,
        "extends": plan.extends.draw if plan.extends else None,
        "software": None,
    }


def stage_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """The stage ``draw`` of a sample.json; raises ValueError where it has not the one."""
    (found,) = (one for one in document["stages"] if one["name"] == "draw")
    stage: dict[str, Any] = found
    return stage


def first_difference(document: Mapping[str, Any], meant: Mapping[str, Any]) -> str | None:
    """Where a sample.json first says another thing than ``meant``, which `declared` made; null where it says the same."""
    said = json.loads(keys.canonical(document))
    said.pop("draw_id", None)
    parts: list[tuple[Any, tuple[str, ...]]] = [
        (said, ("flow", "outputs", "software")),
        (said.get("frame"), ("n", "frame_digest", "design_digest")),
    ]
    parts += [(said.get("second_coding"), ("n", "waves"))]
    parts += [(one, ("strata", "waves")) for one in said["stages"] if one["name"] == "draw"]
    for part, names in parts:
        part |= {name: None for name in names if name in part}
    return _difference("", said, json.loads(keys.canonical(meant)))


def _difference(path: str, said: Any, meant: Any) -> str | None:
    if isinstance(said, dict) and isinstance(meant, dict):
        for name in sorted(said.keys() | meant.keys()):
            inner = f"{path}.{name}" if path else name
            if name not in meant:
                return f"sample.json says {inner} = {said[name]!r}, of which plan and study know nothing"
            if name not in said:
                return f"sample.json says no {inner}; by plan and study it is {meant[name]!r}"
            if (found := _difference(inner, said[name], meant[name])) is not None:
                return found
        return None
    if isinstance(said, list) and isinstance(meant, list):
        if len(said) != len(meant):
            return f"sample.json says {len(said)} {path}; by plan and study there are {len(meant)}"
        pairs = enumerate(zip(said, meant, strict=True))
        return next((found for n, two in pairs if (found := _difference(f"{path}.{n}", *two)) is not None), None)
    same = type(said) is type(meant) and said == meant
    return None if same else f"sample.json says {path} = {said!r}; by plan and study it is {meant!r}"


def _population(ground: Ground, plan: Plan) -> dict[str, Any]:
    start, end = ground.start, ground.end
    return {
        "definition": plan.population.definition,
        "unit": plan.population.unit,
        "window": {"start": start.isoformat(), "end": end.isoformat(), "undated": plan.population.undated},
        "zone": ground.zone,
        "phases": ground.phases,
        "platforms": list(plan.frame.platforms),
        "languages": list(plan.frame.languages),
        "exclusions": [one.model_dump() for one in plan.frame.exclude],
    }


def drawn_flow(plan: Plan, frame_n: int, sample: Sample) -> list[dict[str, Any]]:
    """The last steps of the flow: from the frame to the documents drawn; reserves are not drawn."""
    rows, n = [], frame_n
    if sample.capped is not None:
        reason = _BEYOND.format(take=plan.design.take)
        lost = [{"reason": reason, "n": n - sample.capped}] if n > sample.capped else []
        rows.append({"stage": "cap on authors", "n_in": n, "n_out": sample.capped, "excluded": lost})
        n = sample.capped
    reserves = int(pc.sum(sample.table.column("is_reserve")).as_py() or 0)
    drawn = sample.table.num_rows - reserves
    counts = (("not drawn", n - drawn - reserves), ("reserve", reserves))
    excluded = [{"reason": reason, "n": count} for reason, count in counts if count]
    return [*rows, {"stage": "draw", "n_in": n, "n_out": drawn, "excluded": excluded}]


def _stages(plan: Plan) -> list[dict[str, Any]]:
    """The stages in the order in which they are done; `strata` are those of the stage ``draw``."""
    design = plan.design
    draw: dict[str, Any] = {
        "name": "draw",
        "method": design.method,
        "order": order_of(design),
        "unit": "cluster" if drawn_whole(design) else "document",
        "stream": keys.DRAW,
        "strata": None,
        "waves": None,
        "size_column": design.size,
        "size_cap": design.size_cap,
        "size_floor": design.size_floor if design.size else None,
        "rate": design.rate,
        "allocation": "as many of each weekday" if by_week(design) else design.allocation,
        "within": design.within if drawn_whole(design) else None,
        "take": design.take,
    }
    stages = [draw]
    if design.take is not None:
        cap = {"name": "cap", "method": "srs", "unit": "document", "stream": keys.AUTHOR, "take": design.take}
        stages.insert(0, {**cap, "of": "each author and wave", "strata": [], "size_column": None, "size_cap": None})
    if drawn_whole(design) and design.within == "representative":
        within = {"name": "within", "method": "srs", "unit": "document", "stream": keys.WITHIN, "take": 1}
        of = "each cluster and wave"
        stages.append({**within, "of": of, "strata": [], "size_column": None, "size_cap": None})
    return stages


def _cell(cell: Chosen) -> dict[str, Any]:
    return {
        "stratum": cell.stratum,
        "wave": cell.wave,
        "N": cell.N,
        "n": cell.n,
        "tau": cell.tau,
        "certainty": list(cell.certainty),
    }


def _second(plan: Plan) -> dict[str, Any]:
    fraction = plan.second_coding.fraction if plan.second_coding else 0.0
    return {"fraction": fraction, "stream": keys.SECOND, "n": None, "waves": None}


def without_chance(document: Mapping[str, Any]) -> list[str]:
    """That nothing is drawn of some strata, where it is so; how many come of a Poisson draw is left to chance."""
    stage = stage_of(document)
    none = [cell for cell in stage["strata"] if cell["N"] and not cell["n"]] if stage["order"] != "poisson" else []
    units = sum(cell["N"] for cell in none)
    said = f"{units} units in {len(none)} strata have no chance to be drawn, and no estimate is about them"
    return [f"{said}: see [design] n and minimum"] if none else []


def read_me(document: Mapping[str, Any]) -> str:
    """README.md of a draw folder."""
    frame, seed = document["frame"], document["seed"]
    value = f"The public value of the seed is `{seed['public_value']}` ({seed['public_source']}, {seed['public_at']})."
    proof = f"No public value was named beforehand: {NO_PROOF}."
    if seed["public_value"]:
        proof = value if seed["shopping_proof"] else f"{value} Yet {NO_PROOF}: see `huanying sample verify`."
    registered = document["plan"]["registered"]
    first = (
        f"The plan was registered: {registered['system']}, {registered['id']}, {registered['at']}."
        if registered
        else "The plan was registered with nobody: that it came first is its authors' word."
    )
    drawn, lacking = (
        document["flow"][-1]["n_out"],
        "".join(f"\nOf this draw {one}.\n" for one in without_chance(document)),
    )
    return _README.format(
        title=document["title"],
        draw_id=document["draw_id"],
        drawn=drawn,
        n=frame["n"],
        estimand=document["estimand"],
        frame_digest=frame["frame_digest"],
        seed=seed["hex"],
        proof=proof,
        first=first,
        lacking=lacking,
        sized=_sized(stage_of(document)),
    )


def _sized(stage: Mapping[str, Any]) -> str:
    """What the size of units that have none, or none that is known, is taken to be."""
    if not stage["size_column"]:
        return ""
    size, floor = stage["size_column"], stage["size_floor"]
    return (
        f"\nChances go by `{size}`. A document of fewer than {floor}, or of which `{size}` is unknown, counts as {floor}"
        " (`size_floor`):\nelse it would have no chance at all. Such a document, where it is drawn, has a large weight.\n"
    )


_README = """# {title}

Draw `{draw_id}`: {drawn} documents of a frame of {n}; estimates from it are about: {estimand}.

| file | what it is |
|---|---|
| `plan.toml` | the plan, as it was when the draw was made |
| `frame.parquet` | every document that could be drawn, without text (frame digest `{frame_digest}`) |
| `sample.parquet` | what was drawn, with chances and weights; every column explains itself in its metadata |
| `sample.json` | how the one follows from the other; its SHA-256 without `draw_id` is the draw's id |
| `verify_draw.py` | draws again with Python and pyarrow alone: `python verify_draw.py` |
| `verify_draw.sql` | draws again in DuckDB |
| `salts.parquet` | private, never to be released: with a text, it shows that the text is the one that was drawn |

Each unit is ordered by SHA-256 over `huanying-sample/1`, the seed, the name of the stage's stream and its id, with line
ends between. The seed is `{seed}`, from study, family and public value.
{proof} {first}
{lacking}{sized}
`frame.parquet` and `sample.parquet` hold no text and no name, yet they are about people: pseudonyms of authors, days, sources,
and, where units are drawn by size, exact numbers such as likes. Together these can lead to a post that is still online. They
are needed to draw again, so whoever checks a draw by size gets them, under agreement; `size_cap` keeps the telling numbers out.

`N_h` (units in the frame) and `n_h` (units drawn) differ in case only. DuckDB, which heeds no case, takes `n_h` for `N_h`
and names the other `n_h_1`; pandas, polars, R and pyarrow keep both.

What is estimated from this draw is about the frame: it covers the chance of the draw, not what collecting, ranking or
deletion left out of the frame. `huanying sample verify` checks all of it; `huanying sample explain ID` tells of one
document why it is in, or not.

本文件夹是一次抽样：抽样方案、冻结的抽样框、样本及其权重。用 `verify_draw.py` 或 `verify_draw.sql` 可逐位重抽核对。推断只针对抽样框，不含采集、
平台排序与删帖造成的缺失。
"""
