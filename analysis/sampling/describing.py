"""What a draw says of itself: sample.json, from which the draw can be made again, and a page for whoever opens the folder."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pyarrow.compute as pc

from analysis.sampling import keys
from analysis.sampling.designs import Chosen, order_of
from analysis.sampling.frames import design_digest, frame_digest
from analysis.sampling.freezing import Frozen, by_week, window
from analysis.sampling.plans import Plan, PlanFile
from analysis.sampling.samples import Sample, drawn_whole
from corpus.study import Study

FORMAT = "huanying-sample/1"
_BEYOND = "beyond the first {take} of their author"


def describe(
    study: Study,
    read: PlanFile,
    snapshot_id: str,
    frozen: Frozen,
    sample: Sample,
    seed_hex: str,
    outputs: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole of sample.json; no clock in it. ``outputs``: SHA-256 and rows of each file beside it."""
    plan = read.plan
    document: dict[str, Any] = {
        "format": FORMAT,
        "title": plan.plan.title,
        "study_id": study.id,
        "plan": {
            "file": "plan.toml",
            "sha256": read.sha256,
            "registered": plan.registered.model_dump(mode="json") if plan.registered else None,
            "declared_at": plan.plan.declared_at.isoformat(),
        },
        "population": _population(study, plan),
        "frame": {
            "snapshot_id": snapshot_id,
            "filter": plan.frame.model_dump(mode="json", exclude={"snapshot"}),
            "n": frozen.frame.num_rows,
            "id_column": "id",
            "frame_digest": frame_digest(frozen.frame),
            "design_digest": design_digest(frozen.frame),
        },
        "flow": [*frozen.flow, *_drawn_flow(plan, frozen.frame.num_rows, sample)],
        "seed": {
            "hex": seed_hex,
            "derivation": keys.SEED_RULE,
            "family": plan.seed.family,
            "public_value": plan.seed.public_value,
            "public_source": plan.seed.public_source,
            "shopping_proof": bool(plan.seed.public_value),
        },
        "rank": {"hash": keys.HASH, "prefix": keys.PREFIX, "u_rule": keys.U_RULE, "tie_rule": keys.TIE_RULE},
        "estimand": plan.estimand,
        "stages": _stages(plan, sample),
        "second_coding": _second(plan, sample),
        "reserves": {"n": plan.reserves.n},
        "status_rules": plan.status_rules.model_dump(),
        "outputs": dict(outputs),
        "extends": plan.extends.draw if plan.extends else None,
        "software": {"package": "huanying", "version": version("huanying")},
    }
    return document | {"draw_id": keys.draw_id(document)}


def _population(study: Study, plan: Plan) -> dict[str, Any]:
    start, end = window(study, plan)
    return {
        "definition": plan.population.definition,
        "unit": plan.population.unit,
        "window": {"start": start.isoformat(), "end": end.isoformat(), "undated": plan.population.undated},
        "zone": plan.population.zone,
        "platforms": list(plan.frame.platforms),
        "languages": list(plan.frame.languages),
        "exclusions": [one.model_dump() for one in plan.frame.exclude],
    }


def _drawn_flow(plan: Plan, frame_n: int, sample: Sample) -> list[dict[str, Any]]:
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


def _stages(plan: Plan, sample: Sample) -> list[dict[str, Any]]:
    """The stages in the order in which they are done; `strata` are those of the stage ``draw``."""
    design = plan.design
    draw: dict[str, Any] = {
        "name": "draw",
        "method": design.method,
        "order": order_of(design),
        "unit": "cluster" if drawn_whole(design) else "document",
        "stream": keys.DRAW,
        "strata": [_cell(cell) for cell in sample.cells],
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


def _second(plan: Plan, sample: Sample) -> dict[str, Any]:
    fraction = plan.second_coding.fraction if plan.second_coding else 0.0
    waves = [{"wave": wave, "n": n} for wave, n in sorted(sample.second.items())]
    return {"fraction": fraction, "stream": keys.SECOND, "n": sum(sample.second.values()), "waves": waves}


def read_me(document: Mapping[str, Any]) -> str:
    """README.md of a draw folder."""
    frame, seed = document["frame"], document["seed"]
    proof = (
        f"The public value of the seed is `{seed['public_value']}` ({seed['public_source']})."
        if seed["shopping_proof"]
        else "No public value was named beforehand: nothing here proves that this seed was not chosen among several."
    )
    registered = document["plan"]["registered"]
    first = (
        f"The plan was registered: {registered['system']}, {registered['id']}, {registered['at']}."
        if registered
        else "The plan was registered with nobody: that it came first is its authors' word."
    )
    drawn = document["flow"][-1]["n_out"]
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

What is estimated from this draw is about the frame: it covers the chance of the draw, not what collecting, ranking or
deletion left out of the frame. `huanying sample verify` checks all of it; `huanying sample explain ID` tells of one
document why it is in, or not.

本文件夹是一次抽样：抽样方案、冻结的抽样框、样本及其权重。用 `verify_draw.py` 或 `verify_draw.sql` 可逐位重抽核对。推断只针对抽样框，不含采集、
平台排序与删帖造成的缺失。
"""
