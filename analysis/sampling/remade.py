"""Checks 4 to 8 of a draw: drawn again from its frame and plan, it is the same."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

from analysis.sampling import keys
from analysis.sampling.describing import drawn_flow
from analysis.sampling.opened import DrawFolder, Partly, Wrong, hold
from analysis.sampling.samples import drawn_whole
from analysis.sampling.waves import BEFORE

_PLACE = ("stratum", "wave", "rank", "unit_id", "doc_id", "N_h", "n_h", "is_reserve")
_WEIGHTS = ("lambda", "order_key", "pi_num", "pi_den", "pi", "weight", "fpc", "psu_id", "cluster_size")
_LATER = ("is_reserve", "replaces", "status", "status_reason", "double_code")


def ranks(draw: DrawFolder) -> str:
    seed_hex, places = draw.document["seed"]["hex"], dict[tuple[Any, ...], int]()
    for row in draw.rows:
        made = keys.digest(seed_hex, keys.DRAW, row["unit_id"])
        hold(row["digest"] == made, f"{row['doc_id']}: its digest is not that of its unit under the seed")
        hold(row["u"] == keys.uniform(made), f"{row['doc_id']}: u is not what its digest gives")
        place = (row["stratum"], row["wave"], row["rank"])
        hold(places.setdefault(place, row["unit_id"]) == row["unit_id"], f"{place}: one rank, two units")
    return f"the digests and u of {len(places)} units are those of the seed"


def selection(draw: DrawFolder) -> str:
    here, there = ([tuple(row[name] for name in _PLACE) for row in rows] for rows in (draw.rows, draw.expected))
    for number, (one, other) in enumerate(zip(here, there, strict=False), 1):
        if one != other:
            name, a, b = next(pair for pair in zip(_PLACE, one, other, strict=True) if pair[1] != pair[2])
            raise Wrong(f"row {number}, {one[4]}: drawn again, {other[4]} stands there ({name} {b!r}, not {a!r})")
    hold(len(here) == len(there), f"{len(here)} rows, and drawn again there are {len(there)}")
    hold(len(draw.cells) == len(draw.again.cells), f"{len(draw.cells)} strata and waves, not {len(draw.again.cells)}")
    for said, cell in zip(draw.cells, draw.again.cells, strict=True):
        for name in ("stratum", "wave", "N", "n", "tau"):
            hold(said[name] == getattr(cell, name), f"{name} of {cell.stratum}, wave {cell.wave}, is not what is drawn")
        hold(said["certainty"] == list(cell.certainty), f"certain units of {cell.stratum} are others")
    for told, wave in zip(draw.stage["waves"], draw.waves, strict=True):
        fault = f"of wave {wave.wave} it says {told['n']} ({told['by']}), and it is {wave.n} ({wave.by})"
        hold(told == wave.document(), fault)
    lone = any(wave.by == BEFORE for wave in draw.waves) and isinstance(draw.parent, str)
    note = f"; how many of earlier waves is as it says: {draw.parent}" if lone else ""
    told = (
        f"drawn again from the frame: the same {len(here)} rows in the same order, N, n and tau of every stratum{note}"
    )
    return Partly(told) if lone else told


def weights(draw: DrawFolder) -> str:
    expected = {row["doc_id"]: row for row in draw.expected}
    for row in draw.rows:
        other = expected.get(row["doc_id"], row)
        for name in _WEIGHTS:
            hold(
                row[name] == other[name], f"{row['doc_id']}: {name} is {row[name]!r}, and by the design {other[name]!r}"
            )
    used = [row for row in draw.rows if row["weight"] is not None]
    if draw.plan.design.take is None and not drawn_whole(draw.plan.design) and all(row["pi_num"] for row in used):
        for cell in draw.cells:
            of = [row for row in used if (row["stratum"], row["wave"]) == (cell["stratum"], cell["wave"])]
            total = sum((Fraction(row["pi_den"], row["pi_num"]) for row in of), Fraction())
            right = not of or total == cell["N"]
            hold(
                right, f"{cell['stratum']}, wave {cell['wave']}: weights sum to {float(total)}, not to N = {cell['N']}"
            )
    return f"chances and weights are those of the design; the weights sum to {sum(row['weight'] for row in used):.6g}"


def flow(draw: DrawFolder) -> str:
    flow = draw.document["flow"]
    for step in flow:
        lost = sum(one["n"] for one in step["excluded"])
        hold(step["n_in"] - lost == step["n_out"], f"{step['stage']}: {step['n_in']} - {lost} is not {step['n_out']}")
    for one, two in pairwise(flow):
        said = f"{one['stage']} leaves {one['n_out']}, and {two['stage']} begins with {two['n_in']}"
        hold(one["n_out"] == two["n_in"], said)
    steps = [step["stage"] for step in flow]
    begin = steps.index("draw") - (draw.again.capped is not None)
    hold(flow[begin]["n_in"] == draw.frame.num_rows, f"{steps[begin]} does not begin with the frame")
    hold(
        flow[begin:] == drawn_flow(draw.plan, draw.frame.num_rows, draw.again),
        "the last steps are not what the draw did",
    )
    if isinstance(draw.refrozen, str):
        return Partly(f"{len(flow)} steps add up; not counted again: {draw.refrozen}")
    lost = draw.frame.num_rows - draw.refrozen.frame.num_rows
    if draw.refrozen.missing and (draw.parent or draw.refrozen.missing != lost):
        return Partly(f"{len(flow)} steps add up; not counted again: documents outside the frame were erased")
    hold(
        flow[:begin] == draw.refrozen.flow,
        "counted again from the snapshot, the steps before the draw give other numbers",
    )
    return f"{len(flow)} steps add up, and are the same counted again from the snapshot"


def reserves(draw: DrawFolder) -> str:
    expected = {row["doc_id"]: row for row in draw.expected}
    for row in draw.rows:
        other = expected.get(row["doc_id"], row)
        for name in _LATER:
            said = f"{row['doc_id']}: {name} is {row[name]!r}, and by plan and order of ranks {other[name]!r}"
            hold(row[name] == other[name], said)
    said, again = draw.document["second_coding"], draw.again.second
    hold(said["n"] == sum(again.values()), f"{said['n']} are coded twice, and by the plan {sum(again.values())}")
    hold(
        said["waves"] == [{"wave": wave, "n": n} for wave, n in sorted(again.items())], "second coding by wave differs"
    )
    taken = sum(row["replaces"] is not None for row in draw.rows)
    reserves, twice = (sum(row[name] for row in draw.rows) for name in ("is_reserve", "double_code"))
    return f"{taken} of {reserves} reserves taken, in order of rank; {twice} documents are coded twice"
