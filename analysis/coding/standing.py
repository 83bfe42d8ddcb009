"""How far a round of coding is: what each coder has done, what is disputed, how the codes that hold were found."""

from collections import Counter
from typing import Any

from analysis.coding.codes import CODE, disputed, rows_of, settled
from analysis.coding.rounds import Round


def standing_of(made: Round) -> dict[str, Any]:
    """The state of a round as a document: coders with their units and codes, and of each variable how its codes hold."""
    rows = rows_of(made.folder)
    given = Counter(coder for unit in made.units.values() for coder in unit["coders"])
    coded = Counter((c, v) for c, v, _ in {(r["coder"], r["variable"], r["doc_id"]) for r in rows if r["kind"] == CODE})
    names = [variable.id for variable in made.scheme.variables]
    how: dict[str, Counter[str]] = {name: Counter() for name in names}
    for (_, name), (_, way) in settled(rows, made.coders).items():
        how[name][way] += 1
    differ = Counter(name for codes in disputed(rows).values() for name in codes)
    return {
        "round": made.name,
        "draw": made.document["draw"],
        "draw_id": made.document["draw_id"],
        "scheme": made.document["scheme"],
        "blind": made.document["blind"],
        "units": len(made.units),
        "coders": [
            {
                "coder": coder,
                "units": given[coder],
                "variables": [{"variable": name, "coded": coded[coder, name]} for name in names],
            }
            for coder in made.coders
        ],
        "variables": [
            {"variable": name, "how": dict(sorted(how[name].items())), "disputed": differ[name]} for name in names
        ],
    }
