"""Take codes over from an earlier round: of the same texts, by the same scheme, of coders who saw the same."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from analysis.coding.codes import CODE, CODES_FILE, FROM, rows_of
from analysis.coding.returned import draw_of
from analysis.coding.rounds import Carried, load_round
from analysis.coding.schemes import SCHEME_FILE, load_scheme
from analysis.coding.units import Unit, load_draw, units_of
from corpus.errors import UserError
from corpus.study import Study


def carried_from(
    study: Study, draw: str, earlier: str, show: Sequence[str], scheme: Path | None = None
) -> tuple[Carried, Counter[str]]:
    """What a round of ``draw`` takes over from the round ``earlier``, and why other units of that are coded anew.

    Raises UserError where the round was coded by another scheme, or its coders were shown more or less.
    """
    before = load_round(study, earlier)
    if load_scheme(scheme or study.folder / SCHEME_FILE).digest != before.scheme.digest:
        raise UserError(f"{earlier} was coded by another scheme", hint="its codes answer other questions: code anew")
    if list(show) != before.document["shown"]:
        seen = ",".join(before.document["shown"]) or "nothing beside the text"
        raise UserError(f"{earlier} showed its coders {seen}", hint="give the same to --show, or code anew")
    drawn = load_draw(study, draw)
    if drawn.id == before.document["draw_id"]:
        raise UserError(f"{earlier} codes {draw} itself", hint="--from takes a round of an earlier draw")
    here, there = (_units(study, one, show) for one in (draw, str(draw_of(study, before).folder.name)))
    rows = rows_of(before.folder)
    coded: dict[str, set[str]] = {}
    for row in rows:
        if row["kind"] == CODE:
            coded.setdefault(row["doc_id"], set()).add(row["coder"])
    coders: dict[str, tuple[str, ...]] = {}
    left: Counter[str] = Counter()
    for name, unit in here.items():
        if name not in before.units:
            continue
        given = before.units[name]
        if unit != there.get(name) or list(unit.seen) != given["seen"]:
            left["what was shown of it is not the same"] += 1
        elif not coded.get(name, set()).issuperset(given["coders"]):
            left["not all who had it have coded it"] += 1
        else:
            stood_in = coded[name].difference(given["coders"])
            coders[name] = (*given["coders"], *sorted(stood_in))
    taken = [{FROM: earlier} | row for row in rows if row["doc_id"] in coders]
    lines = b"".join(json.dumps(row, ensure_ascii=False, sort_keys=True).encode() + b"\n" for row in taken)
    whole = hashlib.sha256((before.folder / CODES_FILE).read_bytes()).hexdigest() if rows else ""
    pinned = {"round": earlier, "draw_id": before.document["draw_id"], "rows": len(rows), "sha256": whole}
    return Carried(pinned, coders, {CODES_FILE: lines}), left


def _units(study: Study, draw: str, show: Sequence[str]) -> dict[str, Unit]:
    """The units of a draw, without what the draw alone says of them."""
    units, _ = units_of(study, load_draw(study, draw), show)
    return {one.doc_id: Unit(one.doc_id, one.text, False, one.text_commitment, one.seen, one.shown) for one in units}
